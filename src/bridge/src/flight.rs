//! A task of an asyncio run on its way: its attempts, and what they wait for.
//!
//! A flight is stepped by the driver until it has to wait. Then a carrier takes it over: the coroutine of
//! an `asyncio.Task`, which steps it from then on.

use crate::attempt::{self, Mode, Wait};
use crate::context;
use crate::gc::{self, trace_fields, Trace, Traced};
use crate::host::Obj;
use crate::inline::LoopKit;
use crate::lazy;
use crate::offload::{Batch, Elsewhere};
use crate::promise::{thrown, Promise};
use crate::retry::{self, Verdict};
use crate::run::Run;
use crate::sink::lock;
use crate::symbol;
use crate::task::Task;
use pyo3::exceptions::{PyRuntimeError, PyStopIteration};
use pyo3::ffi;
use pyo3::intern;
use pyo3::prelude::*;
use std::ffi::c_int;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, OnceLock};

pub struct Flight {
    pub task: Py<Task>,
    /// The run that waits for its end; of a call made from inside a task, the caller does.
    run: Option<Py<Run>>,
    kit: Py<LoopKit>,
    /// The context that all of the task's code runs in.
    context: Obj,
    /// What it awaits, as an iterator.
    awaited: Option<Obj>,
    stage: Stage,
    /// The semaphore that limits how many tasks run at once.
    gate: Option<Obj>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// Before the gate, or waiting at it.
    Gate,
    /// In the gate's open part.
    Attempt,
    /// A coroutine in Python runs the attempts, under their timeouts.
    Timed,
    /// Between a failed attempt and the next.
    Pause,
}

/// What a flight goes on with.
pub enum Input<'py> {
    Begin,
    Send(Bound<'py, PyAny>),
    Throw(PyErr),
    /// What it waited for came to this.
    Came(PyResult<Obj>),
}

/// How far a flight came.
pub enum Leg<'py> {
    /// It yielded this, for the loop to wait on.
    Waits(Bound<'py, PyAny>),
    Call(Box<Elsewhere>),
    Ended(Option<PyErr>),
}

enum Sent<'py> {
    Yielded(Bound<'py, PyAny>),
    Returned(Bound<'py, PyAny>),
}

enum Next<'py> {
    Wait(Wait<'py>),
    End(Option<PyErr>),
}

impl Flight {
    pub fn new(
        py: Python<'_>,
        task: Py<Task>,
        kit: Py<LoopKit>,
        gate: Option<Obj>,
        run: Option<Py<Run>>,
    ) -> PyResult<Flight> {
        let context = context::copy_current(py)?.unbind();
        Ok(Flight { task, run, kit, context, awaited: None, stage: Stage::Gate, gate })
    }

    /// Goes on until it has to wait.
    pub fn go<'py>(&mut self, py: Python<'py>, input: Input<'py>) -> PyResult<Leg<'py>> {
        let context = self.context.clone_ref(py);
        context::run_in(context.bind(py), |py| self.go_inside(py, input))
    }

    fn go_inside<'py>(&mut self, py: Python<'py>, input: Input<'py>) -> PyResult<Leg<'py>> {
        let mut next = match input {
            Input::Begin => {
                attempt::enter_flight(self.task.bind(py))?;
                match self.gate.as_ref().map(|gate| gate.call_method0(py, intern!(py, "acquire"))).transpose()? {
                    Some(acquired) => Next::Wait(Wait::Awaitable(acquired.into_bound(py))),
                    None => self.begin(py),
                }
            }
            Input::Send(value) => match self.send(py, Ok(value)) {
                Ok(Sent::Yielded(waits)) => return Ok(Leg::Waits(waits)),
                Ok(Sent::Returned(value)) => self.follow(py, value),
                Err(error) => self.fail(py, error)?,
            },
            Input::Throw(error) => match self.send(py, Err(error)) {
                Ok(Sent::Yielded(waits)) => return Ok(Leg::Waits(waits)),
                Ok(Sent::Returned(value)) => self.follow(py, value),
                Err(error) => self.fail(py, error)?,
            },
            Input::Came(Ok(value)) => self.follow(py, value.into_bound(py)),
            Input::Came(Err(error)) => self.fail(py, error)?,
        };
        loop {
            match next {
                Next::End(error) => {
                    self.leave_gate(py)?;
                    return Ok(Leg::Ended(error));
                }
                Next::Wait(Wait::Call(call)) => return Ok(Leg::Call(call)),
                Next::Wait(Wait::Awaitable(awaitable)) => {
                    let sent = self.await_it(py, awaitable);
                    next = match sent {
                        Ok(Sent::Yielded(waits)) => return Ok(Leg::Waits(waits)),
                        Ok(Sent::Returned(value)) => self.follow(py, value),
                        Err(error) => self.fail(py, error)?,
                    };
                }
            }
        }
    }

    fn await_it<'py>(&mut self, py: Python<'py>, awaitable: Bound<'py, PyAny>) -> PyResult<Sent<'py>> {
        let native = awaitable.get_type().is(&self.kit.get().coroutine_type);
        let iterator = if native { awaitable } else { lazy::support(py, "await_any")?.call1((awaitable,))? };
        self.awaited = Some(iterator.unbind());
        self.send(py, Ok(py.None().into_bound(py)))
    }

    fn send<'py>(&mut self, py: Python<'py>, input: PyResult<Bound<'py, PyAny>>) -> PyResult<Sent<'py>> {
        let Some(awaited) = self.awaited.take() else {
            return Err(PyRuntimeError::new_err("a task that waits for nothing was resumed"));
        };
        let sent = match input {
            Ok(value) => send(awaited.bind(py), &value)?,
            Err(error) => throw(awaited.bind(py), error)?,
        };
        if matches!(sent, Sent::Yielded(_)) {
            self.awaited = Some(awaited);
        }
        Ok(sent)
    }

    /// The first attempt.
    fn begin<'py>(&mut self, py: Python<'py>) -> Next<'py> {
        let task = self.task.bind(py);
        if task.get().timeout.is_some() {
            self.stage = Stage::Timed;
            let timed = lazy::support(py, "run_timed").and_then(|run| run.call1((task,)));
            return timed.map_or_else(|error| Next::End(Some(error)), |timed| Next::Wait(Wait::Awaitable(timed)));
        }
        self.stage = Stage::Attempt;
        task.get().begin_attempt();
        self.advance(py, None)
    }

    fn advance<'py>(&mut self, py: Python<'py>, value: Option<Bound<'py, PyAny>>) -> Next<'py> {
        match attempt::advance(self.task.bind(py), Mode::Async, value) {
            Ok(Some(wait)) => Next::Wait(wait),
            Ok(None) => Next::End(None),
            Err(error) => self.fail(py, error).unwrap_or_else(|error| Next::End(Some(error))),
        }
    }

    /// Goes on after what it awaited returned.
    fn follow<'py>(&mut self, py: Python<'py>, value: Bound<'py, PyAny>) -> Next<'py> {
        match self.stage {
            Stage::Gate => self.begin(py),
            Stage::Attempt => self.advance(py, Some(value)),
            Stage::Timed => Next::End(None),
            Stage::Pause => {
                self.stage = Stage::Attempt;
                let task = self.task.get();
                task.begin_attempt();
                task.clear_writes();
                attempt::reset(task);
                self.advance(py, None)
            }
        }
    }

    /// Decides what follows from an error.
    fn fail<'py>(&mut self, py: Python<'py>, error: PyErr) -> PyResult<Next<'py>> {
        if self.stage != Stage::Attempt {
            return Ok(Next::End(Some(error)));
        }
        if retry::is_cancellation(py, &error)? && lazy::support(py, "is_being_cancelled")?.call0()?.is_truthy()? {
            return Ok(Next::End(Some(error)));
        }
        Ok(match retry::judge(self.task.bind(py), error)? {
            Verdict::Done => Next::End(None),
            Verdict::Fail(error) => Next::End(Some(error)),
            Verdict::Retry(delay_s) => {
                self.stage = Stage::Pause;
                let pause = py.import("asyncio")?.call_method1(intern!(py, "sleep"), (delay_s,))?;
                Next::Wait(Wait::Awaitable(pause))
            }
        })
    }

    fn leave_gate(&mut self, py: Python<'_>) -> PyResult<()> {
        match self.gate.take() {
            Some(gate) if self.stage != Stage::Gate => gate.call_method0(py, intern!(py, "release")).map(drop),
            _ => Ok(()),
        }
    }

    /// Lets the run know of its end, as the task that steps it.
    fn touch_down(self, carrier: &Bound<'_, Carrier>, error: Option<&PyErr>) -> PyResult<()> {
        let py = carrier.py();
        let Flight { task, run, kit, .. } = self;
        run.map_or(Ok(()), |run| Run::touch_down(run.bind(py), kit.bind(py), carrier, task, error))
    }

    /// Lets it wait for a call that was handed over.
    pub fn wait_for(&mut self, promise: Py<Promise>) {
        self.awaited = Some(promise.into_any());
    }
}

trace_fields!(Flight: task, run, kit, context, awaited, gate);

/// The coroutine of an `asyncio.Task` that steps a flight.
#[pyclass(frozen, module = "langgraph_rust._engine")]
pub struct Carrier {
    load: Mutex<Load>,
    /// An error was raised in it, which the code may have survived: a cancellation.
    was_thrown_at: AtomicBool,
}

#[derive(Default)]
pub enum Load {
    #[default]
    Empty,
    Running,
    /// Not begun.
    Ready(Flight),
    /// Begun by the driver: what it yielded is still to be given to the loop.
    Handed(Flight, Obj),
    Flying(Flight),
    /// Its flight ended before it was stepped.
    Over(Option<Obj>),
}

impl Carrier {
    pub fn new() -> Carrier {
        Carrier { load: Mutex::new(Load::Empty), was_thrown_at: AtomicBool::new(false) }
    }

    pub fn was_thrown_at(&self) -> bool {
        self.was_thrown_at.load(Ordering::Relaxed)
    }

    pub fn take_on(&self, load: Load) {
        let old = std::mem::replace(&mut *lock(&self.load), load);
        drop(old);
    }

    fn step<'py>(slf: &Bound<'py, Self>, input: PyResult<Bound<'py, PyAny>>) -> PyResult<Option<Bound<'py, PyAny>>> {
        let (py, carrier) = (slf.py(), slf.get());
        let load = std::mem::replace(&mut *lock(&carrier.load), Load::Running);
        match load {
            Load::Running => Err(PyRuntimeError::new_err("the coroutine is being stepped already")),
            Load::Empty => {
                carrier.take_on(Load::Empty);
                input.map(|_| None)
            }
            Load::Over(outcome) => {
                carrier.take_on(Load::Empty);
                input?;
                outcome.map_or(Ok(None), |error| Err(PyErr::from_value(error.into_bound(py))))
            }
            Load::Ready(flight) => match input {
                Ok(_) => Carrier::fly(slf, flight, Input::Begin),
                Err(error) => {
                    carrier.take_on(Load::Empty);
                    flight.touch_down(slf, Some(&error))?;
                    Err(error)
                }
            },
            Load::Handed(flight, first) => {
                let first = first.into_bound(py);
                match input {
                    Ok(_) => {}
                    Err(error) if first.is_none() => return Carrier::fly(slf, flight, Input::Throw(error)),
                    // cancelled before the loop knew what it waits for
                    Err(_) => drop(first.call_method0(intern!(py, "cancel"))?),
                }
                carrier.take_on(Load::Flying(flight));
                Ok(Some(first))
            }
            Load::Flying(flight) => {
                if flight.run.is_some() {
                    flight.kit.get().note_step(py)?;
                }
                let input = match input {
                    Ok(value) => Input::Send(value),
                    Err(error) => Input::Throw(error),
                };
                Carrier::fly(slf, flight, input)
            }
        }
    }

    /// What the task goes on with that was given to it while it was being stepped; nothing if it is to end.
    fn hand_on<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        let load = std::mem::take(&mut *lock(&self.load));
        match load {
            Load::Handed(flight, first) => {
                self.take_on(Load::Flying(flight));
                Ok(Some(first.into_bound(py)))
            }
            Load::Over(Some(error)) => Err(PyErr::from_value(error.into_bound(py))),
            _ => Ok(None),
        }
    }

    fn fly<'py>(slf: &Bound<'py, Self>, mut flight: Flight, input: Input<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        let (py, carrier) = (slf.py(), slf.get());
        let leg = flight.go(py, input);
        let waits = match leg {
            Ok(Leg::Waits(waits)) => Ok(waits),
            Ok(Leg::Call(call)) => {
                let kit = flight.kit.bind(py);
                let batch = Batch::unwaited();
                let promise = LoopKit::hand_over(kit, call, &batch)?;
                batch.start(py, &kit.get().jobs);
                flight.wait_for(promise.clone_ref(py));
                promise.bind(py).get().begin_waiting();
                Ok(promise.into_any().into_bound(py))
            }
            Ok(Leg::Ended(None)) => Err(None),
            Ok(Leg::Ended(Some(error))) | Err(error) => Err(Some(error)),
        };
        match waits {
            Ok(waits) => {
                carrier.take_on(Load::Flying(flight));
                Ok(Some(waits))
            }
            Err(error) => {
                carrier.take_on(Load::Empty);
                flight.touch_down(slf, error.as_ref())?;
                error.map_or_else(|| carrier.hand_on(py), Err)
            }
        }
    }
}

#[pymethods]
impl Carrier {
    fn __await__(slf: Py<Self>) -> Py<Self> {
        slf
    }

    fn __iter__(slf: Py<Self>) -> Py<Self> {
        slf
    }

    fn __next__<'py>(slf: &Bound<'py, Self>) -> PyResult<Option<Bound<'py, PyAny>>> {
        Carrier::step(slf, Ok(slf.py().None().into_bound(slf.py())))
    }

    fn send<'py>(slf: &Bound<'py, Self>, value: Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        Carrier::step(slf, Ok(value))?.ok_or_else(|| PyStopIteration::new_err(()))
    }

    #[pyo3(signature = (kind, value=None, traceback=None))]
    fn throw<'py>(
        slf: &Bound<'py, Self>,
        kind: &Bound<'py, PyAny>,
        value: Option<Bound<'py, PyAny>>,
        traceback: Option<Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        slf.get().was_thrown_at.store(true, Ordering::Relaxed);
        let error = thrown(kind, value, traceback)?;
        Carrier::step(slf, Err(error))?.ok_or_else(|| PyStopIteration::new_err(()))
    }

    fn close(&self, py: Python<'_>) -> PyResult<()> {
        let load = std::mem::take(&mut *lock(&self.load));
        match load {
            Load::Handed(flight, _) | Load::Flying(flight) => match flight.awaited {
                Some(awaited) => match awaited.bind(py).getattr_opt(intern!(py, "close"))? {
                    Some(close) => context::run_in(flight.context.bind(py), |_| close.call0().map(drop)),
                    None => Ok(()),
                },
                None => Ok(()),
            },
            _ => Ok(()),
        }
    }

    fn __traverse__(&self, visit: pyo3::PyVisit<'_>) -> Traced {
        self.load.trace(&visit)
    }

    fn __clear__(&self) {
        gc::clear(&self.load);
    }
}

impl Trace for Load {
    fn trace(&self, visit: &pyo3::PyVisit<'_>) -> Traced {
        match self {
            Load::Ready(flight) | Load::Flying(flight) => flight.trace(visit),
            Load::Handed(flight, first) => {
                flight.trace(visit)?;
                first.trace(visit)
            }
            Load::Over(error) => error.trace(visit),
            Load::Empty | Load::Running => Ok(()),
        }
    }
}

type IterSend = unsafe extern "C" fn(*mut ffi::PyObject, *mut ffi::PyObject, *mut *mut ffi::PyObject) -> c_int;

/// `PyIter_Send` (3.10): steps a coroutine without an exception for its return.
fn iter_send(py: Python<'_>) -> Option<IterSend> {
    static FOUND: OnceLock<Option<IterSend>> = OnceLock::new();
    *FOUND.get_or_init(|| {
        // an engine that cargo linked brings a libpython along: an older interpreter would find its
        if py.version_info() < (3, 10) {
            return None;
        }
        let symbol = symbol::find(c"PyIter_Send")?;
        // SAFETY: the signature is that of the limited API since 3.10.
        Some(unsafe { std::mem::transmute::<*mut std::ffi::c_void, IterSend>(symbol) })
    })
}

fn send<'py>(iterator: &Bound<'py, PyAny>, value: &Bound<'py, PyAny>) -> PyResult<Sent<'py>> {
    let py = iterator.py();
    let Some(iter_send) = iter_send(py) else {
        return stepped(py, iterator.call_method1(intern!(py, "send"), (value,)));
    };
    let mut result = std::ptr::null_mut();
    // SAFETY: both objects are alive; a result other than an error is a new reference.
    unsafe {
        match iter_send(iterator.as_ptr(), value.as_ptr(), &mut result) {
            0 => Ok(Sent::Returned(Bound::from_owned_ptr(py, result))),
            1 => Ok(Sent::Yielded(Bound::from_owned_ptr(py, result))),
            _ => Err(PyErr::fetch(py)),
        }
    }
}

fn throw<'py>(iterator: &Bound<'py, PyAny>, error: PyErr) -> PyResult<Sent<'py>> {
    let py = iterator.py();
    stepped(py, iterator.call_method1(intern!(py, "throw"), (error.into_value(py),)))
}

/// What a call of `send` or `throw` came to.
fn stepped<'py>(py: Python<'py>, called: PyResult<Bound<'py, PyAny>>) -> PyResult<Sent<'py>> {
    match called {
        Ok(yielded) => Ok(Sent::Yielded(yielded)),
        Err(error) if error.is_instance_of::<PyStopIteration>(py) => {
            Ok(Sent::Returned(error.value(py).getattr(intern!(py, "value"))?))
        }
        Err(error) => Err(error),
    }
}
