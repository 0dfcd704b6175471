//! One execution of a node in a superstep, as the engine and as Python see it.

use crate::attempt::Progress;
use crate::clock::CheckpointId;
use crate::config;
use crate::gc::{self, trace_fields, Trace, Traced};
use crate::host::Obj;
use crate::node::NodePlan;
use crate::run::plan::{begin_id, id_of_pull, id_of_send};
use crate::run::{Machine, Run};
use crate::scratchpad::Scratchpad;
use crate::sink::lock;
use crate::tap::Tap;
use crate::writer;
use pregel_core::task_id::{Scheme, TaskIds};
use pregel_core::write::Write;
use pregel_core::{namespace, NodeId, Path};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList, PyString, PyTuple};
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock};

/// What a task executes.
pub enum Work {
    Node(NodeId),
    /// A function called from inside a task.
    Call(CallWork),
}

pub struct CallWork {
    pub runnable: Obj,
    pub retry_policy: Option<Obj>,
    pub callbacks: Option<Obj>,
}

/// A task of a running superstep. It has the attributes of upstream's `PregelExecutableTask`.
#[pyclass(frozen, module = "langgraph_rust._engine")]
pub struct Task {
    pub run: Py<Run>,
    pub work: Work,
    pub name: Py<PyString>,
    pub name_text: Arc<str>,
    id: OnceLock<Arc<str>>,
    scheme: Scheme,
    pub path: Path,
    pub input: Obj,
    /// The namespace of the task that made this one; `None` where that is the run.
    above: Option<String>,
    pub checkpoint_id: Arc<CheckpointId>,
    pub step: i64,
    pub stop: i64,
    pub writes: Mutex<Vec<Write<Obj>>>,
    pub answers: Answers,
    pub cache_key: Option<Obj>,
    pub timeout: Option<Obj>,
    /// For an error handler: the `NodeError` it handles.
    pub failure: Option<Obj>,
    /// The value `previous` of the runtime; `None` keeps that of the run.
    pub previous: Option<Obj>,
    /// The config of the task that made this one; `None` derives from the run's.
    pub parent_config: Option<Py<PyDict>>,
    pub attempts: AtomicU32,
    committed: AtomicBool,
    started: AtomicU64,
    scratchpad: OnceLock<Py<Scratchpad>>,
    config: Mutex<Configs>,
    pub progress: Mutex<Progress>,
}

/// The config of the current attempt.
#[derive(Default)]
struct Configs {
    /// The task's own, made at the first look.
    own: Option<Py<PyDict>>,
    /// What the attempt is shown in its place while it is guarded.
    guarded: Option<Py<PyDict>>,
}

/// What a task was told when it was planned.
#[derive(Default)]
pub struct Answers {
    pub given: Option<Py<PyList>>,
    /// The run holds an answer that names no interrupt.
    pub unaddressed: bool,
}

/// What every task needs to be made.
pub struct TaskSeed {
    pub work: Work,
    pub name: Py<PyString>,
    pub name_text: Arc<str>,
    /// `None` of a task that triggers or a send made: then it is told by where the task stands.
    pub id: Option<Arc<str>>,
    pub path: Path,
    pub input: Obj,
    pub above: Option<String>,
    pub answers: Answers,
    pub cache_key: Option<Obj>,
    pub timeout: Option<Obj>,
    pub failure: Option<Obj>,
    pub previous: Option<Obj>,
    pub parent_config: Option<Py<PyDict>>,
}

impl Task {
    pub fn new(run: Py<Run>, seed: TaskSeed, machine: &Machine) -> Task {
        Task {
            run,
            work: seed.work,
            name: seed.name,
            name_text: seed.name_text,
            id: seed.id.map_or_else(OnceLock::new, OnceLock::from),
            scheme: machine.scheme(),
            path: seed.path,
            input: seed.input,
            above: seed.above,
            checkpoint_id: machine.checkpoint_id.clone(),
            step: machine.step,
            stop: machine.stop,
            writes: Mutex::new(Vec::new()),
            answers: seed.answers,
            cache_key: seed.cache_key,
            timeout: seed.timeout,
            failure: seed.failure,
            previous: seed.previous,
            parent_config: seed.parent_config,
            attempts: AtomicU32::new(0),
            committed: AtomicBool::new(false),
            started: AtomicU64::new(0),
            scratchpad: OnceLock::new(),
            config: Mutex::new(Configs::default()),
            progress: Mutex::new(Progress::default()),
        }
    }

    /// Made at the first look: of a run that keeps nothing, few look at it.
    pub fn id(&self) -> &Arc<str> {
        self.id.get_or_init(|| {
            let mut ids = TaskIds::new(self.scheme, self.checkpoint_id.bytes());
            let run = self.run.get();
            let begun = begin_id(&mut ids, run.prefix(), &self.name_text, &self.step.to_string());
            match (&self.work, &self.path) {
                (Work::Node(_), Path::Send(index)) => id_of_send(begun, *index),
                (Work::Node(id), _) => id_of_pull(begun, run.graph.get().core.node(*id)),
                (Work::Call(_), _) => begun.make(),
            }
        })
    }

    pub fn node<'a>(&self, run: &'a Run) -> Option<&'a NodePlan> {
        match &self.work {
            Work::Node(id) => Some(&run.graph.get().nodes[id.index()]),
            Work::Call(_) => None,
        }
    }

    /// What hears of the task in the place of callbacks.
    pub fn tap(&self) -> Option<&Tap> {
        let run = self.run.get();
        run.settings.tap.as_ref().filter(|_| self.node(run).is_some_and(|node| node.taps))
    }

    /// Under which the task's subgraphs keep their state; made anew, for few look at it.
    pub fn namespace(&self) -> String {
        let above = self.above.as_deref().unwrap_or_else(|| self.run.get().prefix());
        namespace::of_task(above, &self.name_text, self.id())
    }

    pub fn is_hidden(&self) -> bool {
        self.node(self.run.get()).is_some_and(|node| node.hidden)
    }

    pub fn has_writes(&self) -> bool {
        !lock(&self.writes).is_empty()
    }

    pub fn copy_writes(&self) -> Vec<Write<Obj>> {
        lock(&self.writes).clone()
    }

    /// The writes, which the task then has no more.
    pub fn take_writes(&self) -> Vec<Write<Obj>> {
        std::mem::take(&mut *lock(&self.writes))
    }

    /// Its end was taken in.
    pub fn note_committed(&self) {
        self.committed.store(true, Ordering::Relaxed);
    }

    pub fn is_committed(&self) -> bool {
        self.committed.load(Ordering::Relaxed)
    }

    pub fn extend_writes(&self, writes: Vec<Write<Obj>>) {
        let mut own = lock(&self.writes);
        if own.is_empty() {
            *own = writes;
        } else {
            own.extend(writes);
        }
    }

    pub fn add_write(&self, write: Write<Obj>) {
        lock(&self.writes).push(write);
    }

    /// Puts other writes in the place of those there are.
    pub fn set_writes(&self, writes: Vec<Write<Obj>>) {
        let old = std::mem::replace(&mut *lock(&self.writes), writes);
        drop(old);
    }

    /// Forgets the writes; the values are dropped after the lock is released.
    pub fn clear_writes(&self) {
        drop(self.take_writes());
    }

    /// Drops the config, which holds the task as the task holds it.
    pub fn release(&self) {
        let old = std::mem::take(&mut *lock(&self.config));
        drop(old);
    }

    /// When the first attempt began, seconds since 1970.
    pub fn started(&self) -> f64 {
        f64::from_bits(self.started.load(Ordering::Relaxed))
    }

    /// Counts an attempt; the config of the one before is dropped.
    pub fn begin_attempt(&self) -> u32 {
        let attempt = self.attempts.fetch_add(1, Ordering::Relaxed) + 1;
        if attempt == 1 {
            self.started.store(crate::clock::now_seconds().to_bits(), Ordering::Relaxed);
        } else if let Some(scratchpad) = self.scratchpad.get() {
            scratchpad.get().restart();
        }
        let old = std::mem::take(&mut *lock(&self.config));
        drop(old);
        attempt
    }

    pub fn scratchpad(&self, py: Python<'_>) -> PyResult<&Py<Scratchpad>> {
        if let Some(made) = self.scratchpad.get() {
            return Ok(made);
        }
        let given = match &self.answers.given {
            Some(list) => list.clone_ref(py),
            None => PyList::empty(py).unbind(),
        };
        let run = self.run.get();
        let answer_of = self.answers.unaddressed.then(|| self.run.clone_ref(py));
        let made = Py::new(py, Scratchpad::new(self.step, self.stop, given, answer_of, run.parent_scratchpad(py)?))?;
        Ok(self.scratchpad.get_or_init(|| made))
    }

    /// The config dict that the current attempt sees.
    pub fn config(slf: &Bound<'_, Task>) -> PyResult<Py<PyDict>> {
        if let Some(guarded) = &lock(&slf.get().config).guarded {
            return Ok(guarded.clone_ref(slf.py()));
        }
        Task::own_config(slf)
    }

    /// The task's own config dict, made at the first look in an attempt.
    pub fn own_config(slf: &Bound<'_, Task>) -> PyResult<Py<PyDict>> {
        let py = slf.py();
        let task = slf.get();
        if let Some(made) = &lock(&task.config).own {
            return Ok(made.clone_ref(py));
        }
        let made = config::of_task(slf)?.unbind();
        let mut slot = lock(&task.config);
        Ok(slot.own.get_or_insert(made).clone_ref(py))
    }

    /// Shows the attempt another config than its own; with None its own again.
    pub fn guard_config(&self, config: Option<Py<PyDict>>) {
        let old = std::mem::replace(&mut lock(&self.config).guarded, config);
        drop(old);
    }

    /// The names that triggered the task, as metadata shows them.
    pub fn trigger_names<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        match (&self.path, self.node(self.run.get())) {
            (Path::Pull(_), Some(_)) => {
                let Work::Node(id) = &self.work else { return Ok(PyTuple::empty(py)) };
                let node = self.run.get().graph.get().core.node(*id);
                PyTuple::new(py, node.sorted_triggers.iter().map(|t| &**t))
            }
            _ => PyTuple::new(py, [pregel_core::path::PUSH]),
        }
    }

    fn retry_policy_of(&self, py: Python<'_>) -> Option<Obj> {
        let run = self.run.get();
        let own = match &self.work {
            Work::Node(id) => run.graph.get().nodes[id.index()].retry_policy.as_ref(),
            Work::Call(call) => call.retry_policy.as_ref(),
        };
        own.or(run.graph.get().retry_policy.as_ref()).map(|policy| policy.clone_ref(py))
    }

    /// The Runnable that a task runs as when it cannot be run natively.
    pub fn proc_of<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        match &self.work {
            Work::Node(id) => self.run.get().graph.get().nodes[id.index()].node.bind(py).getattr(intern!(py, "node")),
            Work::Call(call) => Ok(call.runnable.bind(py).clone()),
        }
    }
}

#[pymethods]
impl Task {
    #[getter]
    fn name(&self, py: Python<'_>) -> Py<PyString> {
        self.name.clone_ref(py)
    }

    #[getter]
    #[pyo3(name = "id")]
    fn id_py(&self) -> &str {
        self.id()
    }

    #[getter]
    fn input(&self, py: Python<'_>) -> Obj {
        self.input.clone_ref(py)
    }

    #[getter]
    fn proc<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.proc_of(py)
    }

    #[getter(writes)]
    fn writes_py<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        writer::to_python(py, &self.run.get().graph.get().core, &self.copy_writes())
    }

    #[getter(config)]
    fn config_py(slf: &Bound<'_, Self>) -> PyResult<Py<PyDict>> {
        Task::config(slf)
    }

    #[getter]
    fn triggers<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        self.trigger_names(py)
    }

    #[getter]
    fn retry_policy(&self, py: Python<'_>) -> Option<Obj> {
        self.retry_policy_of(py)
    }

    #[getter]
    fn cache_key(&self, py: Python<'_>) -> Option<Obj> {
        self.cache_key.as_ref().map(|key| key.clone_ref(py))
    }

    #[getter(path)]
    fn path_py<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        crate::path::to_python(py, &self.path)
    }

    #[getter]
    fn writers<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        match self.node(self.run.get()) {
            Some(node) => node.node.bind(py).getattr(intern!(py, "flat_writers")),
            None => Ok(PyList::empty(py).into_any()),
        }
    }

    #[getter]
    fn subgraphs<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        match self.node(self.run.get()) {
            Some(node) => node.node.bind(py).getattr(intern!(py, "subgraphs")),
            None => Ok(PyList::empty(py).into_any()),
        }
    }

    /// The names of all channels, which `read` takes.
    #[getter]
    fn channels<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        PyList::new(py, self.run.get().graph.get().channels.iter().map(|channel| channel.name.bind(py)))
    }

    #[getter]
    fn timeout(&self, py: Python<'_>) -> Option<Obj> {
        self.timeout.as_ref().map(|timeout| timeout.clone_ref(py))
    }

    /// Adds writes `[(channel, value), …]` to the task.
    fn send(&self, writes: &Bound<'_, PyAny>) -> PyResult<()> {
        let parsed = writer::parse(&self.run.get().graph.get().core, writes)?;
        self.extend_writes(parsed);
        Ok(())
    }

    /// The value of a channel, or a dict of several. With `fresh`, as the task's own writes leave them.
    #[pyo3(signature = (select, fresh=false))]
    fn read<'py>(&self, select: &Bound<'py, PyAny>, fresh: bool) -> PyResult<Bound<'py, PyAny>> {
        crate::view::read(self, select, fresh)
    }

    /// Runs `func` as a task of the same superstep; gives its future.
    #[pyo3(signature = (func, input, *, retry_policy=None, cache_policy=None, timeout=None, callbacks=None))]
    fn call(
        slf: &Bound<'_, Self>,
        func: Bound<'_, PyAny>,
        input: Bound<'_, PyAny>,
        retry_policy: Option<Obj>,
        cache_policy: Option<Obj>,
        timeout: Option<Obj>,
        callbacks: Option<Obj>,
    ) -> PyResult<Obj> {
        let asked = crate::run::calls::Call { func, input, retry_policy, cache_policy, timeout, callbacks };
        crate::run::calls::call(slf, asked)
    }

    fn __traverse__(&self, visit: pyo3::PyVisit<'_>) -> Traced {
        self.trace(&visit)
    }

    fn __clear__(&self) {
        gc::clear(&self.config);
        gc::clear(&self.writes);
    }

    fn __repr__(&self) -> String {
        format!("Task(name={:?}, id={:?})", self.name_text, self.id())
    }
}

trace_fields!(Answers: given);
trace_fields!(Configs: own, guarded);

impl Trace for Task {
    fn trace(&self, visit: &pyo3::PyVisit<'_>) -> Traced {
        self.run.trace(visit)?;
        if let Work::Call(call) = &self.work {
            call.runnable.trace(visit)?;
            call.retry_policy.trace(visit)?;
            call.callbacks.trace(visit)?;
        }
        self.input.trace(visit)?;
        self.writes.trace(visit)?;
        self.answers.trace(visit)?;
        self.cache_key.trace(visit)?;
        self.timeout.trace(visit)?;
        self.failure.trace(visit)?;
        self.previous.trace(visit)?;
        self.parent_config.trace(visit)?;
        visit.call(self.scratchpad.get())?;
        self.config.trace(visit)?;
        self.progress.trace(visit)
    }
}
