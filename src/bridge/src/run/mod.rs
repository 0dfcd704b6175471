//! One invocation of a graph.
//!
//! `Run` is what tasks and drivers share; its `Machine` is the state of the run, taken out of its
//! slot while a barrier works on it. The files beside this one are the moments of a run: `load`,
//! `enter`, `plan`, `commit`, `barrier`, `exit`; `checkpoint`, `delta` and `persist` keep it, `emit`
//! shows it.

mod asyncio;
pub mod barrier;
pub mod cached;
pub mod calls;
pub mod checkpoint;
pub mod commit;
mod control;
pub mod delta;
pub mod emit;
pub mod enter;
pub mod exit;
pub mod handing;
pub mod handler;
pub mod inputs;
pub mod keep;
mod landing;
pub mod load;
pub mod nested;
mod origin;
pub mod persist;
mod plain;
pub mod plan;
pub mod replaced;
mod settings;
mod stop;
mod values;

use control::Control;
use enter::Prepared;
use origin::Origin;
use plan::Tasks;
pub use settings::{Collect, Durability, Settings};
use values::Latest;

use crate::clock::CheckpointId;
use crate::config::TaskBase;
use crate::error::Fault;
use crate::gc::{self, trace_fields, Trace, Traced};
use crate::graph::{Graph, KeySet};
use crate::host::{Obj, PyHost};
use crate::mailbox::Mailbox;
use crate::sink::lock;
use crate::slot::Slot;
use crate::task::Task;
use pregel_core::apply::Updated;
use pregel_core::pending::{Pending, PendingWrite};
use pregel_core::task_id::Scheme;
use pregel_core::write::NULL_TASK_ID;
use pregel_core::{Reserved, Sparse, State, Status, Superstep, Version};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};
use std::collections::{HashSet, VecDeque};
use std::sync::atomic::AtomicUsize;
use std::sync::{Arc, Mutex};

/// The state of a run, as one thread at a time works on it.
pub struct Machine {
    pub state: State<Obj>,
    pub superstep: Superstep,
    pub status: Status,
    pub step: i64,
    pub stop: i64,
    pub checkpoint_config: Py<PyDict>,
    pub previous_config: Option<Py<PyDict>>,
    pub checkpoint_id: Arc<CheckpointId>,
    pub saved_id: Arc<CheckpointId>,
    /// The format version of the loaded checkpoint: it decides how task ids are hashed.
    pub format: i64,
    pub metadata: Py<PyDict>,
    /// The last value that the thread's entrypoint returned, where it has one.
    pub previous: Option<Obj>,
    pub pending: Pending<Obj>,
    /// The versions that are already in the saver.
    pub saved_versions: Sparse<Option<Version>>,
    pub has_saved_versions: bool,
    pub tasks: Tasks,
    pub planned: bool,
    pub updated: Option<Updated>,
    pub replaying: bool,
    /// No superstep of this run has ended.
    pub is_first: bool,
    /// The tasks that wrote in this run; kept where their writes are stored only at its end.
    pub written: HashSet<Arc<str>>,
    pub output: Option<Obj>,
    pub lifecycle: VecDeque<Obj>,
    pub ops: persist::Ops,
    pub loaded_latest: bool,
    pub has_parent: bool,
    pub superseded: bool,
    pub initial_config: Py<PyDict>,
    /// These two are not made yet.
    pub is_unlocated: bool,
    /// How the last checkpoint's metadata describes it: why and when it was made.
    pub described: (checkpoint::Source, i64),
    /// Of a run that stores in a ledger.
    pub keeper: Option<Box<keep::Keeper>>,
    pub late: Option<keep::LateAddress>,
    /// The saver is asked to store, though there is a ledger.
    pub asks_saver: bool,
    /// What a saver was given last, to be changed for the next time.
    pub mirror: Option<checkpoint::Mirror>,
    /// Of graphs with delta channels.
    pub delta: Option<Box<delta::Delta>>,
}

impl Machine {
    /// How the ids of tasks are made.
    pub fn scheme(&self) -> Scheme {
        Scheme::of_format(self.format)
    }
}

/// What came of a task that ran elsewhere.
pub struct Finished {
    pub task: Py<Task>,
    pub error: Option<Obj>,
}

#[pyclass(frozen, module = "langgraph_rust._engine")]
pub struct Run {
    pub graph: Py<Graph>,
    pub settings: Settings,
    pub slot: Slot<Machine>,
    /// The namespace of the run as a tuple, as chunks carry it.
    pub namespace: Py<PyTuple>,
    origin: Mutex<Origin>,
    /// The namespace as the config has it.
    namespace_text: Option<Py<PyAny>>,
    /// The same, as the namespaces of tasks begin.
    prefix: String,
    /// The channels that the run shows.
    pub output: Arc<KeySet>,
    base: Mutex<Option<Arc<TaskBase>>>,
    /// Tasks that wait for a thread.
    pub jobs: Mailbox<Py<Task>>,
    pub finished: Mailbox<Finished>,
    /// The newest values, for a driver that wants only the last.
    latest: Mutex<Latest>,
    /// The values of the output as they were shown last, if they change by writes alone.
    values: Mutex<Option<Py<PyDict>>>,
    pub interrupts: Mutex<Vec<Obj>>,
    lane: persist::LateLane,
    cache_lane: persist::LateLane,
    /// Calls made from inside tasks that have not ended.
    pub calls: AtomicUsize,
    pub work: crate::driver::Work,
    /// The asyncio driver, while it drives.
    pub driver: Mutex<Option<Obj>>,
    pub flights: Mutex<asyncio::Flights>,
    replaced: replaced::Replaced,
    /// What tasks write is taken in before the barrier, to be stored or to be passed on.
    keeps_writes: bool,
    /// Opened by the engine for a task that had nothing to share with it.
    inherits: bool,
}

impl Run {
    fn assemble(py: Python<'_>, graph: Py<Graph>, settings: Settings, prepared: Prepared) -> PyResult<Run> {
        let replaced = replaced::Replaced::now(py)?;
        let keeps_writes = settings.checkpointer.is_some()
            || settings.cache.is_some()
            || settings.sink.as_ref().is_some_and(|sink| sink.get().wants_tasks())
            || replaced.any()
            || graph.get().has_delta;
        let output = graph.get().keys_of(settings.output_keys.bind(py))?;
        let prefix = prepared.namespace_text.as_ref().and_then(|text| text.extract(py).ok());
        Ok(Run {
            graph,
            settings,
            slot: Slot::new(prepared.machine),
            namespace: prepared.namespace,
            origin: Mutex::new(prepared.origin),
            namespace_text: prepared.namespace_text,
            prefix: prefix.unwrap_or_default(),
            output,
            base: Mutex::new(None),
            jobs: Mailbox::default(),
            finished: Mailbox::default(),
            latest: Mutex::default(),
            values: Mutex::new(None),
            interrupts: Mutex::new(Vec::new()),
            lane: persist::LateLane::default(),
            cache_lane: persist::LateLane::default(),
            calls: AtomicUsize::new(0),
            work: crate::driver::Work::default(),
            driver: Mutex::new(None),
            flights: Mutex::default(),
            replaced,
            keeps_writes,
            inherits: false,
        })
    }

    /// A run that will not run: it holds a loaded checkpoint. Its config is taken as it is.
    pub fn for_state(graph: Py<Graph>, config: &Bound<'_, PyDict>, options: &Bound<'_, PyDict>) -> PyResult<Run> {
        let mut settings = Settings::of(config, options)?;
        settings.parent_scratchpad = None;
        settings.nested = true;
        let prepared = enter::prepare(&settings, config)?;
        Run::assemble(config.py(), graph, settings, prepared)
    }

    /// Loads a checkpoint to look at it: nothing begins.
    pub fn load_state(
        &self,
        saved: load::Saved<'_>,
        channels: Option<Bound<'_, PyDict>>,
        step: i64,
        stop: i64,
    ) -> PyResult<()> {
        let mut machine = self.slot.take(saved.config.py())?;
        self.load(&mut machine, saved, channels)?;
        // a thread is read as it stands, whatever its last superstep changed
        machine.updated = None;
        machine.step = step;
        machine.stop = stop;
        Ok(())
    }

    /// The tasks that the loaded checkpoint leads to.
    pub fn plan_state(slf: &Bound<'_, Run>) -> PyResult<Tasks> {
        let machine = slf.get().slot.take(slf.py())?;
        plan::Planner::new(slf, &machine).tasks()
    }

    pub fn host<'a, 'py>(&'a self, py: Python<'py>) -> PyHost<'a, 'py> {
        PyHost { py, versioning: &self.settings.versioning }
    }

    /// What the configs of this superstep's tasks share.
    pub fn task_base(&self, py: Python<'_>) -> PyResult<Arc<TaskBase>> {
        if let Some(base) = lock(&self.base).as_ref() {
            return Ok(base.clone());
        }
        let config = self.config(py)?;
        let base = Arc::new(TaskBase::of(config.bind(py))?);
        let old = lock(&self.base).replace(base.clone());
        drop(old);
        Ok(base)
    }

    fn origin(&self) -> std::sync::MutexGuard<'_, Origin> {
        lock(&self.origin)
    }

    /// To be called when the run's config was changed in place.
    pub fn forget_base(&self) {
        let old = lock(&self.base).take();
        drop(old);
    }

    pub fn parent_scratchpad(&self, _py: Python<'_>) -> PyResult<Option<Obj>> {
        Ok(self.settings.parent_scratchpad.as_ref().map(|pad| pad.clone_ref(_py)))
    }

    /// The pending answer that names no interrupt; with `consume` it is taken away.
    pub fn unaddressed_answer(&self, py: Python<'_>, consume: bool) -> PyResult<Option<Obj>> {
        let mut machine = self.slot.take(py)?;
        let place = machine.pending.iter().position(is_unaddressed_answer);
        let Some(place) = place else { return Ok(None) };
        if consume {
            return Ok(Some(machine.pending.remove(place).write.value));
        }
        Ok(Some(machine.pending[place].write.value.clone_ref(py)))
    }

    pub fn prefix(&self) -> &str {
        &self.prefix
    }

    pub fn checkpoint_namespace<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        Ok(match &self.namespace_text {
            Some(namespace) => namespace.bind(py).clone(),
            None => pyo3::types::PyString::new(py, "").into_any(),
        })
    }
}

pub fn is_unaddressed_answer(pending: &PendingWrite<Obj>) -> bool {
    &*pending.task_id == NULL_TASK_ID && pending.write.target.is(Reserved::Resume)
}

/// A run moves its superstep on; a wrong move is an error with a name.
pub fn advance(machine: &mut Machine, to: Superstep) -> PyResult<()> {
    machine.superstep.advance(to).map_err(|rule| PyErr::from(Fault::from(rule)))
}

#[pymethods]
impl Run {
    #[new]
    #[pyo3(signature = (graph, config, options))]
    fn new(graph: Py<Graph>, config: Bound<'_, PyDict>, options: Bound<'_, PyDict>) -> PyResult<Run> {
        let settings = Settings::of(&config, &options)?;
        let prepared = enter::prepare(&settings, &config)?;
        Run::assemble(config.py(), graph, settings, prepared)
    }

    /// The config by which the run's checkpoint is asked of the saver.
    #[getter]
    fn checkpoint_config(&self, py: Python<'_>) -> PyResult<Py<PyDict>> {
        let mut machine = self.slot.take(py)?;
        self.settle_address(py, &mut machine)?;
        Ok(machine.checkpoint_config.clone_ref(py))
    }

    /// Whether the engine knows that no saver has a checkpoint to load.
    #[getter]
    fn loads_nothing(&self) -> bool {
        self.settings.checkpointer.is_none() || self.is_unmade()
    }

    /// Whether its saver answers at once.
    #[getter]
    fn saves_inline(&self) -> bool {
        self.settings.saves_inline
    }

    #[getter(config)]
    fn config_py(&self, py: Python<'_>) -> PyResult<Py<PyDict>> {
        self.config(py)
    }

    #[getter]
    fn checkpoint_ns(&self, py: Python<'_>) -> Py<PyTuple> {
        self.namespace.clone_ref(py)
    }

    #[getter]
    fn status(&self, py: Python<'_>) -> PyResult<&'static str> {
        self.slot.look(py, |machine| machine.status.name())
    }

    #[getter(step)]
    fn step_py(&self, py: Python<'_>) -> PyResult<i64> {
        self.slot.look(py, |machine| machine.step)
    }

    #[getter]
    fn output(&self, py: Python<'_>) -> PyResult<Option<Obj>> {
        self.slot.look(py, |machine| machine.output.as_ref().map(|o| o.clone_ref(py)))
    }

    /// The last values that the run emitted, or None.
    #[getter(latest)]
    fn latest_py(&self, py: Python<'_>) -> PyResult<Option<Obj>> {
        self.latest(py)
    }

    #[getter(interrupts)]
    fn interrupts_py(&self) -> Vec<Obj> {
        lock(&self.interrupts).clone()
    }

    /// The next lifecycle event that was not shown yet, or None.
    fn pop_lifecycle(&self, py: Python<'_>) -> PyResult<Option<Obj>> {
        Ok(self.slot.take(py)?.lifecycle.pop_front())
    }

    fn __traverse__(&self, visit: pyo3::PyVisit<'_>) -> Traced {
        self.trace(&visit)
    }

    fn __clear__(&self) {
        let tasks = self.slot.glance(|machine| std::mem::take(&mut machine.tasks));
        drop(tasks);
        gc::clear(&self.driver);
        gc::clear(&self.flights);
        gc::clear(&self.latest);
        gc::clear(&self.values);
        gc::clear(&self.interrupts);
        self.jobs.clear();
        self.finished.clear();
        self.work.clear();
    }
}

impl Finished {
    pub fn of(py: Python<'_>, task: Py<Task>, error: Option<PyErr>) -> Finished {
        Finished { task, error: error.map(|error| error.into_value(py).into_any()) }
    }
}

trace_fields!(Finished: task, error);

impl Trace for Run {
    fn trace(&self, visit: &pyo3::PyVisit<'_>) -> Traced {
        self.graph.trace(visit)?;
        self.namespace_text.trace(visit)?;
        self.settings.trace(visit)?;
        self.origin.trace(visit)?;
        // the configs of tasks share it; the run reports it for all of them
        if let Ok(base) = self.base.try_lock() {
            base.as_ref().map_or(Ok(()), |base| base.trace(visit))?;
        }
        self.jobs.trace(visit)?;
        self.finished.trace(visit)?;
        self.latest.trace(visit)?;
        self.values.trace(visit)?;
        self.interrupts.trace(visit)?;
        self.lane.trace(visit)?;
        self.cache_lane.trace(visit)?;
        self.work.trace(visit)?;
        self.driver.trace(visit)?;
        self.flights.trace(visit)?;
        self.slot.glance(|machine| machine.trace(visit)).unwrap_or(Ok(()))
    }
}

trace_fields!(Machine: checkpoint_config, previous_config, metadata, previous, pending, tasks, output, lifecycle, ops,
    initial_config, delta, state, keeper, mirror);

impl Trace for Pending<Obj> {
    fn trace(&self, visit: &pyo3::PyVisit<'_>) -> Traced {
        self.iter().try_for_each(|pending| pending.trace(visit))
    }
}

impl Trace for State<Obj> {
    fn trace(&self, visit: &pyo3::PyVisit<'_>) -> Traced {
        // what no run has touched is the compiled graph's
        self.cells.touched().try_for_each(|(_, cell)| cell.trace(visit))
    }
}

impl Trace for PendingWrite<Obj> {
    fn trace(&self, visit: &pyo3::PyVisit<'_>) -> Traced {
        self.write.trace(visit)
    }
}
