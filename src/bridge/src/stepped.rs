//! A task as Python steps it in an asyncio run.

use crate::attempt::{self, Mode, Wait};
use crate::host::Obj;
use crate::inline::LoopKit;
use crate::offload::Batch;
use crate::retry;
use crate::sink::lock;
use crate::task::Task;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::PyDict;

#[pymethods]
impl Task {
    /// Begins an attempt.
    fn begin(&self) {
        self.begin_attempt();
        self.clear_writes();
        attempt::reset(self);
    }

    /// Goes on with what was awaited (None at first); gives the next awaitable, or None at the end.
    fn advance<'py>(slf: &Bound<'py, Self>, value: Bound<'py, PyAny>) -> PyResult<Option<Bound<'py, PyAny>>> {
        let py = slf.py();
        match attempt::advance(slf, Mode::Async, Some(value))? {
            None => Ok(None),
            Some(Wait::Awaitable(awaitable)) => Ok(Some(awaitable)),
            Some(Wait::Call(call)) => {
                let kit = LoopKit::of_loop(&py.import("asyncio")?.call_method0(intern!(py, "get_running_loop"))?)?;
                let batch = Batch::unwaited();
                let promise = LoopKit::hand_over(&kit, call, &batch)?;
                batch.start(py, &kit.get().jobs);
                Ok(Some(promise.into_any().into_bound(py)))
            }
        }
    }

    /// Decides about a failed attempt: seconds to wait before the next, None if all is done; raises
    /// the error where it is final.
    fn judge(slf: &Bound<'_, Self>, error: Bound<'_, PyAny>) -> PyResult<Option<f64>> {
        retry::judge(slf, PyErr::from_value(error))?.told()
    }

    /// Shows the current attempt this config in place of its own; with None its own again.
    fn guard(&self, config: Option<Py<PyDict>>) {
        self.guard_config(config);
    }

    /// Forgets what the current attempt wrote.
    fn forget_writes(&self) {
        self.clear_writes();
    }

    /// The driver of the run.
    #[getter]
    fn driver(&self, py: Python<'_>) -> Option<Obj> {
        lock(&self.run.get().driver).as_ref().map(|driver| driver.clone_ref(py))
    }
}
