//! A future as asyncio's tasks know them, for results that come from Rust or from another thread.
//!
//! `asyncio.Future` would cost a turn of the loop for each hop. This one calls what waits for it from
//! the loop callback that brings the result: a task steps on at once.

use crate::context;
use crate::gc::{self, trace_fields, Trace, Traced};
use crate::host::Obj;
use crate::inline::LoopKit;
use crate::sink::lock;
use pyo3::exceptions::{PyRuntimeError, PyStopIteration};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::Mutex;

/// What is to be called, and in which context.
type Waiting = (Obj, Option<Obj>);

#[derive(Default)]
enum State {
    #[default]
    Pending,
    Returned(Obj),
    Raised(Obj),
    Cancelled,
    /// The outcome was taken.
    Spent,
}

#[derive(Default)]
struct Inner {
    state: State,
    waiting: Vec<Waiting>,
}

trace_fields!(Promise: kit, inner);
trace_fields!(Inner: state, waiting);

impl Trace for State {
    fn trace(&self, visit: &pyo3::PyVisit<'_>) -> Traced {
        match self {
            State::Returned(held) | State::Raised(held) => held.trace(visit),
            State::Pending | State::Cancelled | State::Spent => Ok(()),
        }
    }
}

/// Settled once; one that only wakes somebody can be armed again.
#[pyclass(frozen, module = "langgraph_rust._engine")]
pub struct Promise {
    kit: Py<LoopKit>,
    blocking: AtomicBool,
    inner: Mutex<Inner>,
}

impl Promise {
    pub fn new(py: Python<'_>, kit: Py<LoopKit>) -> PyResult<Py<Promise>> {
        Py::new(py, Promise { kit, blocking: AtomicBool::new(false), inner: Mutex::new(Inner::default()) })
    }

    /// Takes the outcome, from any thread; whoever waits is told on the loop, in its next turn.
    pub fn settle(slf: &Bound<'_, Self>, outcome: PyResult<Obj>) -> PyResult<()> {
        let waited_for = slf.get().store(slf.py(), outcome);
        if waited_for {
            LoopKit::announce(slf.get().kit.bind(slf.py()), slf)?;
        }
        Ok(())
    }

    /// The same from a callback of the loop, outside of any task: whoever waits goes on at once.
    pub fn settle_now(slf: &Bound<'_, Self>, outcome: PyResult<Obj>) -> PyResult<()> {
        slf.get().store(slf.py(), outcome);
        Promise::fire(slf)
    }

    fn store(&self, py: Python<'_>, outcome: PyResult<Obj>) -> bool {
        let settled = match outcome {
            Ok(value) => State::Returned(value),
            Err(error) => State::Raised(error.into_value(py).into_any()),
        };
        let (unused, waited_for) = {
            let mut inner = lock(&self.inner);
            if matches!(inner.state, State::Pending) {
                (std::mem::replace(&mut inner.state, settled), !inner.waiting.is_empty())
            } else {
                (settled, false)
            }
        };
        drop(unused);
        waited_for
    }

    /// Calls what waits. Only what ends the whole program comes out.
    pub fn fire(slf: &Bound<'_, Self>) -> PyResult<()> {
        let py = slf.py();
        let waiting = std::mem::take(&mut lock(&slf.get().inner).waiting);
        let mut raised = Ok(());
        for (callback, own) in waiting {
            let called = match own {
                Some(own) => context::run_in(own.bind(py), |py| callback.call1(py, (slf,))),
                None => callback.call1(py, (slf,)),
            };
            raised = raised.and(called.map(drop));
        }
        raised
    }

    /// The outcome, if there is one.
    pub fn take(&self, py: Python<'_>) -> Option<PyResult<Obj>> {
        let mut inner = lock(&self.inner);
        match std::mem::replace(&mut inner.state, State::Spent) {
            State::Returned(value) => Some(Ok(value)),
            State::Raised(error) => Some(Err(PyErr::from_value(error.into_bound(py)))),
            other => {
                inner.state = other;
                None
            }
        }
    }

    /// Says that it is yielded to the loop, as `await` does.
    pub fn begin_waiting(&self) {
        self.blocking.store(true, Ordering::Relaxed);
    }

    /// Makes it wait for its next settling, unless it does already.
    pub fn arm(&self) {
        let old = {
            let mut inner = lock(&self.inner);
            if matches!(inner.state, State::Pending) {
                return;
            }
            std::mem::take(&mut *inner)
        };
        drop(old);
    }

    /// Whether somebody waits for its next settling.
    pub fn is_awaited(&self) -> bool {
        let inner = lock(&self.inner);
        matches!(inner.state, State::Pending) && !inner.waiting.is_empty()
    }

    pub fn is_pending(&self) -> bool {
        matches!(lock(&self.inner).state, State::Pending)
    }

    pub fn is_cancelled(&self) -> bool {
        matches!(lock(&self.inner).state, State::Cancelled)
    }

    pub fn cancellation(py: Python<'_>) -> PyResult<PyErr> {
        Ok(PyErr::from_value(py.import("asyncio")?.getattr(intern!(py, "CancelledError"))?.call0()?))
    }
}

#[pymethods]
impl Promise {
    #[getter(_asyncio_future_blocking)]
    fn is_blocking(&self) -> bool {
        self.blocking.load(Ordering::Relaxed)
    }

    #[setter(_asyncio_future_blocking)]
    fn set_blocking(&self, blocking: bool) {
        self.blocking.store(blocking, Ordering::Relaxed);
    }

    fn get_loop(&self, py: Python<'_>) -> Obj {
        self.kit.get().loop_of(py)
    }

    fn done(&self) -> bool {
        !self.is_pending()
    }

    fn cancelled(&self) -> bool {
        self.is_cancelled()
    }

    /// Tells the task that waits whether it is to be cancelled; the outcome itself is awaited.
    fn result(&self, py: Python<'_>) -> PyResult<()> {
        if self.is_cancelled() {
            return Err(Promise::cancellation(py)?);
        }
        Ok(())
    }

    #[pyo3(signature = (msg=None))]
    fn cancel(slf: &Bound<'_, Self>, msg: Option<Obj>) -> PyResult<bool> {
        let _ = msg;
        let waited_for = {
            let mut inner = lock(&slf.get().inner);
            if !matches!(inner.state, State::Pending) {
                return Ok(false);
            }
            inner.state = State::Cancelled;
            !inner.waiting.is_empty()
        };
        if waited_for {
            LoopKit::announce(slf.get().kit.bind(slf.py()), slf)?;
        }
        Ok(true)
    }

    #[pyo3(signature = (callback, *, context=None))]
    fn add_done_callback(slf: &Bound<'_, Self>, callback: Obj, context: Option<Obj>) -> PyResult<()> {
        let done = {
            let mut inner = lock(&slf.get().inner);
            inner.waiting.push((callback, context));
            !matches!(inner.state, State::Pending)
        };
        if done {
            LoopKit::announce(slf.get().kit.bind(slf.py()), slf)?;
        }
        Ok(())
    }

    fn remove_done_callback(&self, callback: &Bound<'_, PyAny>) -> PyResult<usize> {
        let py = callback.py();
        let mut kept = Vec::new();
        let waiting = std::mem::take(&mut lock(&self.inner).waiting);
        let before = waiting.len();
        for each in waiting {
            if !each.0.bind(py).eq(callback)? {
                kept.push(each);
            }
        }
        let removed = before - kept.len();
        lock(&self.inner).waiting.extend(kept);
        Ok(removed)
    }

    fn __await__(slf: Py<Self>) -> Py<Self> {
        slf
    }

    fn __iter__(slf: Py<Self>) -> Py<Self> {
        slf
    }

    /// Gives itself until it is settled, then what it came to.
    fn __next__(slf: &Bound<'_, Self>) -> PyResult<Option<Py<Self>>> {
        let py = slf.py();
        let promise = slf.get();
        if let Some(outcome) = promise.take(py) {
            let value = outcome?;
            if value.is_none(py) {
                return Ok(None);
            }
            return Err(PyStopIteration::new_err((value,)));
        }
        if promise.is_cancelled() {
            return Err(Promise::cancellation(py)?);
        }
        if promise.done() {
            return Err(PyRuntimeError::new_err("the outcome was taken already"));
        }
        promise.set_blocking(true);
        Ok(Some(slf.clone().unbind()))
    }

    fn send(slf: &Bound<'_, Self>, value: Obj) -> PyResult<Py<Self>> {
        let _ = value;
        match Promise::__next__(slf)? {
            Some(waits) => Ok(waits),
            None => Err(PyStopIteration::new_err(())),
        }
    }

    #[pyo3(signature = (kind, value=None, traceback=None))]
    fn throw(
        &self,
        kind: &Bound<'_, PyAny>,
        value: Option<Bound<'_, PyAny>>,
        traceback: Option<Bound<'_, PyAny>>,
    ) -> PyResult<()> {
        Err(thrown(kind, value, traceback)?)
    }

    fn __traverse__(&self, visit: pyo3::PyVisit<'_>) -> Traced {
        self.trace(&visit)
    }

    fn __clear__(&self) {
        gc::clear(&self.inner);
    }
}

/// The error of a call `throw(kind, value, traceback)`, in any of its forms.
pub fn thrown(
    kind: &Bound<'_, PyAny>,
    value: Option<Bound<'_, PyAny>>,
    traceback: Option<Bound<'_, PyAny>>,
) -> PyResult<PyErr> {
    let py = kind.py();
    let given = value.filter(|value| !value.is_none());
    let error = if !kind.is_instance_of::<pyo3::types::PyType>() {
        kind.clone()
    } else {
        match given {
            Some(value) if value.is_instance(kind)? => value,
            Some(value) => match value.cast::<PyTuple>() {
                Ok(args) => kind.call(args, None::<&Bound<'_, PyDict>>)?,
                Err(_) => kind.call1((value,))?,
            },
            None => kind.call0()?,
        }
    };
    if let Some(traceback) = traceback.filter(|traceback| !traceback.is_none()) {
        error.setattr(intern!(py, "__traceback__"), traceback)?;
    }
    Ok(PyErr::from_value(error))
}
