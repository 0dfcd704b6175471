//! Why an asyncio run stops: what its driver is to do.

use crate::gc::{Trace, Traced};
use crate::host::Obj;
use crate::promise::Promise;
use crate::task::Task;
use pyo3::prelude::*;
use pyo3::types::PyTuple;

/// What the driver is to do next, with what belongs to it.
pub enum Stop {
    /// Nothing is left to plan.
    Over,
    /// There may be chunks, or requests to the saver, to take.
    News,
    /// Other tasks of the loop are to get their turn.
    Turn,
    /// The tasks may be in the cache.
    Cached,
    /// Tasks wait; so many seconds at most, if there is a limit.
    Waits(Py<Promise>, Option<f64>),
    /// An error handler is to be started, by `enqueue`.
    Handled(Py<Task>, Obj),
    Failed(Obj),
}

impl Trace for Stop {
    fn trace(&self, visit: &pyo3::PyVisit<'_>) -> Traced {
        match self {
            Stop::Waits(bell, _) => bell.trace(visit),
            Stop::Handled(task, error) => {
                task.trace(visit)?;
                error.trace(visit)
            }
            Stop::Failed(error) => error.trace(visit),
            Stop::Over | Stop::News | Stop::Turn | Stop::Cached => Ok(()),
        }
    }
}

impl Stop {
    pub fn failed(py: Python<'_>, error: PyErr) -> Stop {
        Stop::Failed(error.into_value(py).into_any())
    }

    /// As the driver is told of it.
    pub fn told(self, py: Python<'_>) -> PyResult<Bound<'_, PyTuple>> {
        let name = match self {
            Stop::Over => "over",
            Stop::News => "news",
            Stop::Turn => "turn",
            Stop::Cached => "cached",
            Stop::Waits(bell, left_s) => return ("waits", bell, left_s).into_pyobject(py),
            Stop::Handled(task, error) => return ("handled", task, error).into_pyobject(py),
            Stop::Failed(error) => return Err(PyErr::from_value(error.into_bound(py))),
        };
        (name, py.None(), py.None()).into_pyobject(py)
    }
}
