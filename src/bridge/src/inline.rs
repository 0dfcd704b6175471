//! Stepping tasks of an asyncio run inline, on the loop's own thread.
//!
//! Code of a node runs as an `asyncio.Task` of its own, in a context of its own. Before it has to wait it
//! needs no turn of the loop, and no new task either: a spare one is the current task meanwhile. Code that
//! ends without a wait, and left no trace at the spare (a reference, a callback, a cancellation), gives it
//! back unstepped. Code that waits takes the spare along: it is that code's task from then on.
//!
//! A spare is made with a stand-in for `loop.call_soon`, which keeps its first step from the loop. On a
//! loop that does not let itself be asked so, every task starts with the loop's next turn.

use crate::current::Current;
use crate::flight::{Carrier, Flight, Input, Leg, Load};
use crate::gc::{self, trace_fields, Trace, Traced};
use crate::host::Obj;
use crate::offload::{Batch, Elsewhere, Jobs};
use crate::promise::Promise;
use crate::sink::lock;
use crate::vectorcall;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::PyDict;
use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

/// What running tasks on one event loop takes; kept at the loop.
#[pyclass(frozen, module = "langgraph_rust._engine")]
pub struct LoopKit {
    running_loop: Py<PyAny>,
    pub coroutine_type: Py<PyAny>,
    task_class: Py<PyAny>,
    /// `Task` takes a context (3.11).
    takes_context: bool,
    /// Takes a new task's first step from the loop; `None` where the loop does not let it.
    first_step: Option<Py<FirstStep>>,
    running: Py<PyAny>,
    current: Current,
    register_task: Py<PyAny>,
    unregister_task: Py<PyAny>,
    count_weak: Py<PyAny>,
    /// Nested runs need one each.
    spares: Mutex<Vec<Spare>>,
    pub jobs: Arc<Jobs>,
    /// Promises that came to an outcome, for the loop's next turn.
    settled: Mutex<VecDeque<Py<Promise>>>,
    is_told: AtomicBool,
}

/// An `asyncio.Task` whose first step is still to be made.
struct Spare {
    task: Obj,
    /// Its method, bound.
    set_name: Obj,
    carrier: Py<Carrier>,
    step: Obj,
    /// References to the task, weak ones too, while it is the current one and nobody looks at it.
    strong: isize,
    weak: usize,
    /// `asyncio.all_tasks` does not show it.
    hidden: bool,
}

/// What is to be called, and in which context if it named one.
type Kept = (Py<PyAny>, Option<Py<PyAny>>);

/// Stands in for `loop.call_soon` while a task is made, and keeps what the task wants to be called.
#[pyclass(frozen, module = "langgraph_rust._engine")]
struct FirstStep {
    kept: Mutex<Option<Kept>>,
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
        let mut seat = Seat::new(slf);
        let flight = Flight::new(py, task, slf.clone().unbind(), gate)?;
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
trace_fields!(Spare: task, set_name, carrier, step);
trace_fields!(FirstStep: kept);

impl Trace for Kept {
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

    fn make_task<'py>(
        &self,
        carrier: &Bound<'py, Carrier>,
        name: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let py = carrier.py();
        let kwargs = PyDict::new(py);
        kwargs.set_item(intern!(py, "loop"), &self.running_loop)?;
        kwargs.set_item(intern!(py, "name"), name.unwrap_or(intern!(py, "node").as_any()))?;
        if self.takes_context {
            kwargs.set_item(intern!(py, "context"), crate::context::copy_current(py)?)?;
        }
        self.task_class.bind(py).call((carrier,), Some(&kwargs))
    }

    fn make_spare(&self, py: Python<'_>) -> PyResult<Option<Spare>> {
        let Some(first_step) = &self.first_step else { return Ok(None) };
        let running_loop = self.running_loop.bind(py);
        let call_soon = intern!(py, "call_soon");
        let carrier = Bound::new(py, Carrier::new())?;
        running_loop.setattr(call_soon, first_step)?;
        let made = self.make_task(&carrier, None);
        running_loop.delattr(call_soon)?;
        let kept = lock(&first_step.get().kept).take();
        let (task, Some((step, _))) = (made?, kept) else { return Ok(None) };
        task.setattr(intern!(py, "_log_destroy_pending"), false)?;
        let weak = self.count_weak(&task)?;
        let set_name = task.getattr(intern!(py, "set_name"))?.unbind();
        let carrier = carrier.unbind();
        Ok(Some(Spare { task: task.unbind(), set_name, carrier, step, strong: 0, weak, hidden: false }))
    }

    fn count_weak(&self, task: &Bound<'_, PyAny>) -> PyResult<usize> {
        vectorcall::with_one(self.count_weak.bind(task.py()), task)?.extract()
    }
}

impl Spare {
    /// Gives it the name of what it is to carry.
    fn rename(&self, py: Python<'_>, flight: &Flight) -> PyResult<()> {
        vectorcall::with_one(self.set_name.bind(py), flight.task.get().name.bind(py).as_any()).map(drop)
    }

    /// Whether code that ran as this task left something at it.
    fn is_marked(&self, kit: &LoopKit, py: Python<'_>) -> PyResult<bool> {
        let task = self.task.bind(py);
        Ok(references(task) != self.strong
            || kit.count_weak(task)? != self.weak
            || !task.getattr(intern!(py, "_callbacks"))?.is_none()
            || self.must_cancel(py)?)
    }

    fn must_cancel(&self, py: Python<'_>) -> PyResult<bool> {
        self.task.bind(py).getattr(intern!(py, "_must_cancel"))?.is_truthy()
    }
}

fn references(task: &Bound<'_, PyAny>) -> isize {
    // SAFETY: the object is alive, and the thread is attached.
    unsafe { pyo3::ffi::Py_REFCNT(task.as_ptr()) }
}

/// Who the loop's current task is while tasks are stepped inline.
enum Seated<'py> {
    /// The task that drives.
    Outer,
    /// A spare, or nobody; the task that drives is kept.
    Other(Option<Bound<'py, PyAny>>),
}

/// What came of stepping a flight.
pub enum Flown<'py> {
    Ended(Flight, Option<PyErr>),
    /// It waits; this is its task.
    Running(Bound<'py, PyAny>),
    Call(Flight, Box<Elsewhere>),
}

/// The place of the current task, lent to spares. To be closed before the loop's next turn.
pub struct Seat<'a, 'py> {
    kit: &'a Bound<'py, LoopKit>,
    seated: Seated<'py>,
    spare: Option<Spare>,
}

impl<'a, 'py> Seat<'a, 'py> {
    pub fn new(kit: &'a Bound<'py, LoopKit>) -> Self {
        Seat { kit, seated: Seated::Outer, spare: None }
    }

    /// Goes on with a flight until it has to wait.
    pub fn fly(&mut self, mut flight: Flight, input: Input<'py>) -> PyResult<Flown<'py>> {
        let py = self.kit.py();
        let Some(mut spare) = self.take_spare()? else {
            let name = flight.task.get().name.clone_ref(py);
            return match input {
                Input::Begin => self.schedule(name, Load::Ready(flight)).map(Flown::Running),
                _ => Err(pyo3::exceptions::PyRuntimeError::new_err("this loop lets no task be stepped inline")),
            };
        };
        spare.rename(py, &flight)?;
        let task = spare.task.bind(py);
        if spare.strong == 0 {
            spare.strong = references(task);
        }
        let leg = flight.go(py, input);
        match leg {
            Ok(Leg::Waits(first)) => {
                spare.carrier.get().take_on(Load::Handed(flight, first.unbind()));
                self.let_go(spare).map(Flown::Running)
            }
            Ok(Leg::Call(call)) if !spare.is_marked(self.kit.get(), py)? => {
                self.spare = Some(spare);
                Ok(Flown::Call(flight, call))
            }
            Ok(Leg::Call(call)) => {
                let batch = Batch::unwaited();
                let promise = LoopKit::hand_over(self.kit, call, &batch)?;
                batch.start(py, &self.kit.get().jobs);
                self.board(spare, flight, promise).map(Flown::Running)
            }
            Ok(Leg::Ended(error)) => self.end(spare, flight, error),
            Err(error) => self.end(spare, flight, Some(error)),
        }
    }

    fn end(&mut self, spare: Spare, flight: Flight, error: Option<PyErr>) -> PyResult<Flown<'py>> {
        let py = self.kit.py();
        if !spare.is_marked(self.kit.get(), py)? {
            self.spare = Some(spare);
            return Ok(Flown::Ended(flight, error));
        }
        // somebody keeps the task: it ends with the code that ran as it
        let cancelled = spare.must_cancel(py)?;
        spare
            .carrier
            .get()
            .take_on(Load::Over(error.as_ref().map(|error| error.value(py).clone().into_any().unbind())));
        let failed = error.is_some();
        let task = self.let_go(spare)?;
        if failed && !cancelled {
            task.setattr(intern!(py, "_log_traceback"), false)?;
        }
        let error = if cancelled { Some(Promise::cancellation(py)?) } else { error };
        Ok(Flown::Ended(flight, error))
    }

    /// Lets a flight wait for a call that was handed over.
    pub fn let_wait(&mut self, flight: Flight, promise: Py<Promise>) -> PyResult<Bound<'py, PyAny>> {
        match self.take_spare()? {
            Some(spare) => {
                spare.rename(self.kit.py(), &flight)?;
                self.board(spare, flight, promise)
            }
            None => Err(pyo3::exceptions::PyRuntimeError::new_err("this loop lets no task be stepped inline")),
        }
    }

    fn board(&mut self, spare: Spare, mut flight: Flight, promise: Py<Promise>) -> PyResult<Bound<'py, PyAny>> {
        flight.wait_for(promise.clone_ref(self.kit.py()));
        promise.get().begin_waiting();
        spare.carrier.get().take_on(Load::Handed(flight, promise.into_any()));
        self.let_go(spare)
    }

    /// Makes a task that the loop starts in its next turn.
    pub fn schedule(&self, name: Py<pyo3::types::PyString>, load: Load) -> PyResult<Bound<'py, PyAny>> {
        let py = self.kit.py();
        let carrier = Bound::new(py, Carrier::new())?;
        carrier.get().take_on(load);
        self.kit.get().make_task(&carrier, Some(name.bind(py).as_any()))
    }

    /// Steps a spare: it is a task like any other from now on.
    fn let_go(&mut self, spare: Spare) -> PyResult<Bound<'py, PyAny>> {
        let py = self.kit.py();
        let kit = self.kit.get();
        let task = spare.task.into_bound(py);
        self.seat(None)?;
        if spare.hidden {
            kit.register_task.bind(py).call1((&task,))?;
        }
        task.setattr(intern!(py, "_log_destroy_pending"), true)?;
        spare.step.bind(py).call0()?;
        Ok(task)
    }

    /// Gives the place to a task, or to nobody.
    fn seat(&mut self, task: Option<&Bound<'py, PyAny>>) -> PyResult<()> {
        let kit = self.kit.get();
        let before = kit.current.swap(kit.running_loop.bind(self.kit.py()), task)?;
        if let Seated::Outer = self.seated {
            self.seated = Seated::Other(before);
        }
        Ok(())
    }

    /// A spare, which is the current task from now on.
    fn take_spare(&mut self) -> PyResult<Option<Spare>> {
        let py = self.kit.py();
        let kit = self.kit.get();
        if let Some(spare) = self.spare.take() {
            return Ok(Some(spare));
        }
        let kept = lock(&kit.spares).pop();
        let spare = match kept {
            Some(spare) => spare,
            None => match kit.make_spare(py)? {
                Some(spare) => spare,
                None => return Ok(None),
            },
        };
        self.seat(Some(spare.task.bind(py)))?;
        Ok(Some(spare))
    }

    /// Gives the place back.
    pub fn close(mut self) -> PyResult<()> {
        self.give_back()
    }

    fn give_back(&mut self) -> PyResult<()> {
        let py = self.kit.py();
        let kit = self.kit.get();
        if let Some(mut spare) = self.spare.take() {
            if !spare.hidden {
                kit.unregister_task.bind(py).call1((&spare.task,))?;
                spare.hidden = true;
                spare.weak = kit.count_weak(spare.task.bind(py))?;
            }
            lock(&kit.spares).push(spare);
        }
        match std::mem::replace(&mut self.seated, Seated::Outer) {
            Seated::Outer => Ok(()),
            Seated::Other(outer) => kit.current.restore(kit.running_loop.bind(py), outer.as_ref()),
        }
    }
}

impl Drop for Seat<'_, '_> {
    fn drop(&mut self) {
        if let Err(error) = self.give_back() {
            error.write_unraisable(self.kit.py(), None);
        }
    }
}
