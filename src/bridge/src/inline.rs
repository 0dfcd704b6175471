//! Stepping tasks of an asyncio run inline, on the loop's own thread.
//!
//! Code of a node runs as an `asyncio.Task` of its own, in a context of its own. Before it has to wait it
//! needs no turn of the loop, and no new task either: a spare one is the current task meanwhile. Code that
//! ends without a wait, and left no trace at the spare (a reference, a callback, a cancellation), gives it
//! back unstepped. Code that waits takes the spare along: it is that code's task from then on. When that
//! code has ended, its task is a spare in its turn for as long as it is stepped.
//!
//! A spare is made with a stand-in for `loop.call_soon`, which keeps its first step from the loop. On a
//! loop that does not let itself be asked so, every task starts with the loop's next turn.

use crate::current::Current;
use crate::flight::{Carrier, Flight, Input, Load};
use crate::gc::{self, trace_fields, Trace, Traced};
use crate::host::Obj;
use crate::offload::{Batch, Elsewhere, Jobs};
use crate::promise::Promise;
use crate::seat::{Flown, Seat};
use crate::sink::lock;
use crate::spare::{self, Spare};
use crate::vectorcall;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::PyDict;
use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, AtomicIsize, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock};

/// Of so many steps of tasks, references are counted in the first few.
const STEPS_A_NOTE: usize = 1024;
const NOTED_STEPS: usize = 16;

/// What running tasks on one event loop takes; kept at the loop.
#[pyclass(frozen, module = "langgraph_rust._engine")]
pub struct LoopKit {
    pub running_loop: Py<PyAny>,
    pub coroutine_type: Py<PyAny>,
    task_class: Py<PyAny>,
    /// `Task` takes a context (3.11).
    takes_context: bool,
    /// Takes a new task's first step from the loop; `None` where the loop does not let it.
    first_step: Option<Py<FirstStep>>,
    running: Py<PyAny>,
    pub current: Current,
    pub register_task: Py<PyAny>,
    pub unregister_task: Py<PyAny>,
    count_weak: Py<PyAny>,
    /// Weak references to a task that was just made.
    weak_when_made: OnceLock<usize>,
    /// The fewest references to a task at the begin of a step.
    strong_when_stepped: AtomicIsize,
    steps_noted: AtomicUsize,
    /// Nested runs need one each.
    pub spares: Mutex<Vec<Spare>>,
    pub jobs: Arc<Jobs>,
    /// Promises that came to an outcome, for the loop's next turn.
    settled: Mutex<VecDeque<Py<Promise>>>,
    is_told: AtomicBool,
}

/// Stands in for `loop.call_soon` while a task is made, and keeps what the task wants to be called.
#[pyclass(frozen, module = "langgraph_rust._engine")]
struct FirstStep {
    kept: Mutex<Option<spare::FirstStep>>,
}

#[pymethods]
impl FirstStep {
    #[pyo3(signature = (callback, *, context=None))]
    fn __call__(&self, callback: Py<PyAny>, context: Option<Py<PyAny>>) {
        let old = lock(&self.kept).replace((callback, context));
        drop(old);
    }

    fn __traverse__(&self, visit: pyo3::PyVisit<'_>) -> Traced {
        self.trace(&visit)
    }
}

impl FirstStep {
    /// A stand-in that `running_loop` accepts; `None` where it does not, or was given one by others.
    fn on(running_loop: &Bound<'_, PyAny>) -> PyResult<Option<Py<FirstStep>>> {
        let py = running_loop.py();
        let name = intern!(py, "call_soon");
        let stand_in = Py::new(py, FirstStep { kept: Mutex::new(None) })?;
        match running_loop.getattr_opt(intern!(py, "__dict__"))? {
            Some(own) if own.contains(name)? => return Ok(None),
            Some(_) => {}
            None => return Ok(None),
        }
        if running_loop.setattr(name, &stand_in).is_err() {
            return Ok(None);
        }
        running_loop.delattr(name)?;
        Ok(Some(stand_in))
    }
}

#[pymethods]
impl LoopKit {
    #[new]
    fn new(running_loop: Bound<'_, PyAny>) -> PyResult<Self> {
        let py = running_loop.py();
        let tasks = py.import("asyncio.tasks")?;
        let of = |name: &str| -> PyResult<Obj> { Ok(tasks.getattr(name)?.unbind()) };
        Ok(LoopKit {
            task_class: of("Task")?,
            coroutine_type: py.import("types")?.getattr(intern!(py, "CoroutineType"))?.unbind(),
            takes_context: py.version_info() >= (3, 11),
            first_step: FirstStep::on(&running_loop)?,
            running: py.import("asyncio")?.getattr(intern!(py, "_get_running_loop"))?.unbind(),
            current: Current::of(&tasks, &running_loop)?,
            register_task: of("_register_task")?,
            unregister_task: of("_unregister_task")?,
            count_weak: py.import("weakref")?.getattr(intern!(py, "getweakrefcount"))?.unbind(),
            weak_when_made: OnceLock::new(),
            steps_noted: AtomicUsize::new(0),
            strong_when_stepped: AtomicIsize::new(isize::MAX),
            running_loop: running_loop.unbind(),
            spares: Mutex::new(Vec::new()),
            jobs: Jobs::new(),
            settled: Mutex::new(VecDeque::new()),
            is_told: AtomicBool::new(false),
        })
    }

    /// The kit of a loop, made at its first run.
    #[staticmethod]
    #[pyo3(name = "of")]
    pub fn of_loop<'py>(running_loop: &Bound<'py, PyAny>) -> PyResult<Bound<'py, LoopKit>> {
        let name = intern!(running_loop.py(), "_langgraph_kit");
        if let Some(kept) = running_loop.getattr_opt(name)? {
            if let Ok(kit) = kept.cast_into::<LoopKit>() {
                return Ok(kit);
            }
        }
        let kit = Bound::new(running_loop.py(), LoopKit::new(running_loop.clone())?)?;
        // a loop without room for it gets a new one each time
        let _ = running_loop.setattr(name, &kit);
        Ok(kit)
    }

    /// Starts a task of the engine as an `asyncio.Task`; its first step is made at once where it can be.
    pub fn start<'py>(
        slf: &Bound<'py, Self>,
        task: Py<crate::task::Task>,
        gate: Option<Obj>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let py = slf.py();
        let mut seat = Seat::new(slf, None);
        let flight = Flight::new(py, task, slf.clone().unbind(), gate, None)?;
        let started = match seat.fly(flight, Input::Begin)? {
            Flown::Running(running) => running,
            Flown::Ended(flight, error) => seat.schedule(
                flight.task.get().name.clone_ref(py),
                Load::Over(error.map(|error| error.into_value(py).into_any())),
            )?,
            Flown::Call(flight, call) => {
                let batch = Batch::unwaited();
                let promise = LoopKit::hand_over(slf, call, &batch)?;
                batch.start(py, &slf.get().jobs);
                seat.let_wait(flight, promise)?
            }
        };
        seat.close()?;
        Ok(started)
    }

    /// Lets those who wait for settled promises go on; called by the loop.
    fn tell(slf: &Bound<'_, Self>) -> PyResult<()> {
        let kit = slf.get();
        kit.is_told.store(false, Ordering::SeqCst);
        let settled = std::mem::take(&mut *lock(&kit.settled));
        let mut raised = Ok(());
        for promise in settled {
            raised = raised.and(Promise::fire(promise.bind(slf.py())));
        }
        raised
    }

    fn __traverse__(&self, visit: pyo3::PyVisit<'_>) -> Traced {
        self.trace(&visit)
    }

    fn __clear__(&self) {
        gc::clear(&self.spares);
        gc::clear(&self.settled);
    }
}

trace_fields!(LoopKit: running_loop, coroutine_type, task_class, first_step, running, current, register_task,
    unregister_task, count_weak, spares, jobs, settled);
trace_fields!(FirstStep: kept);

impl Trace for spare::FirstStep {
    fn trace(&self, visit: &pyo3::PyVisit<'_>) -> Traced {
        self.0.trace(visit)?;
        self.1.trace(visit)
    }
}

impl LoopKit {
    pub fn loop_of(&self, py: Python<'_>) -> Obj {
        self.running_loop.clone_ref(py)
    }

    /// Gives a call to the executor; `Batch::start` lets a thread come to it.
    pub fn hand_over(slf: &Bound<'_, Self>, call: Box<Elsewhere>, batch: &Arc<Batch>) -> PyResult<Py<Promise>> {
        let promise = Promise::new(slf.py(), slf.clone().unbind())?;
        slf.get().jobs.push(call, promise.clone_ref(slf.py()), Some(batch.clone()));
        Ok(promise)
    }

    /// Has those who wait for a promise told in the loop's next turn; from any thread.
    pub fn announce(slf: &Bound<'_, Self>, promise: &Bound<'_, Promise>) -> PyResult<()> {
        let py = slf.py();
        let kit = slf.get();
        lock(&kit.settled).push_back(promise.clone().unbind());
        if kit.is_told.swap(true, Ordering::SeqCst) {
            return Ok(());
        }
        let tell = slf.getattr(intern!(py, "tell"))?;
        let running_loop = kit.running_loop.bind(py);
        let own = kit.running.bind(py).call0()?.is(running_loop);
        let method = if own { intern!(py, "call_soon") } else { intern!(py, "call_soon_threadsafe") };
        running_loop.call_method1(method, (tell,)).map(drop)
    }

    /// The loop's current task.
    pub fn current_task<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        self.current.get(self.running_loop.bind(py))
    }

    /// Does `work` with `task`, or nobody, in the place of the current task `running`.
    pub fn in_place_of<'py, T>(
        &self,
        running: &Bound<'py, PyAny>,
        task: Option<&Bound<'py, PyAny>>,
        work: impl FnOnce() -> PyResult<T>,
    ) -> PyResult<T> {
        let running_loop = self.running_loop.bind(running.py());
        self.current.swap(running_loop, task)?;
        let done = work();
        self.current.restore(running_loop, Some(running))?;
        done
    }

    pub fn make_task<'py>(
        &self,
        carrier: &Bound<'py, Carrier>,
        name: &Bound<'py, PyAny>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let py = carrier.py();
        let kwargs = PyDict::new(py);
        kwargs.set_item(intern!(py, "loop"), &self.running_loop)?;
        kwargs.set_item(intern!(py, "name"), name)?;
        if self.takes_context {
            kwargs.set_item(intern!(py, "context"), crate::context::copy_current(py)?)?;
        }
        self.task_class.bind(py).call((carrier,), Some(&kwargs))
    }

    pub fn make_spare(&self, name: &Bound<'_, PyAny>) -> PyResult<Option<Spare>> {
        let py = name.py();
        let Some(first_step) = &self.first_step else { return Ok(None) };
        let running_loop = self.running_loop.bind(py);
        let call_soon = intern!(py, "call_soon");
        let carrier = Bound::new(py, Carrier::new())?;
        running_loop.setattr(call_soon, first_step)?;
        let made = self.make_task(&carrier, name);
        running_loop.delattr(call_soon)?;
        let kept = lock(&first_step.get().kept).take();
        let (task, Some(step)) = (made?, kept) else { return Ok(None) };
        let weak = match self.weak_when_made.get() {
            Some(weak) => *weak,
            None => *self.weak_when_made.get_or_init(|| self.count_weak(&task).unwrap_or(0)),
        };
        Ok(Some(Spare::made(task.unbind(), carrier.unbind(), step, weak)))
    }

    /// Weak references to a task that nobody looks at; `None` before one was made.
    pub fn weak_when_made(&self) -> Option<usize> {
        self.weak_when_made.get().copied()
    }

    /// Counts the references to the current task at the begin of a step, until that is known well enough.
    pub fn note_step(&self, py: Python<'_>) -> PyResult<()> {
        if self.steps_noted.fetch_add(1, Ordering::Relaxed) % STEPS_A_NOTE >= NOTED_STEPS {
            return Ok(());
        }
        if let Some(task) = self.current_task(py)? {
            self.strong_when_stepped.fetch_min(spare::references(&task), Ordering::Relaxed);
        }
        Ok(())
    }

    /// Whether so many references to a task that is being stepped are the loop's and the run's alone.
    pub fn is_free_when_stepped(&self, strong: isize) -> bool {
        strong == self.strong_when_stepped.load(Ordering::Relaxed)
    }

    pub fn count_weak(&self, task: &Bound<'_, PyAny>) -> PyResult<usize> {
        vectorcall::with_one(self.count_weak.bind(task.py()), task)?.extract()
    }
}
