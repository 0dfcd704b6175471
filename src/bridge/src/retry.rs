//! What follows from a failed attempt.

use crate::attempt::{self, Mode};
use crate::error::add_note;
use crate::lazy;
use crate::task::Task;
use pregel_core::namespace;
use pyo3::exceptions::PyException;
use pyo3::prelude::*;
use pyo3::types::PyDict;

pub enum Verdict {
    /// The failure was a command to this graph, which has been written.
    Done,
    /// Try again after this many seconds.
    Retry(f64),
    Fail(PyErr),
}

/// Runs a task to its end on this thread, retries included.
pub fn run(slf: &Bound<'_, Task>) -> PyResult<()> {
    let py = slf.py();
    let task = slf.get();
    if task.timeout.is_some() {
        return Err(PyErr::from_value(lazy::support(py, "sync_timeout_error")?.call1((&task.name,))?));
    }
    loop {
        task.begin_attempt(py);
        task.clear_writes();
        attempt::reset(task);
        let Err(error) = attempt::advance(slf, Mode::Sync, None) else {
            return Ok(());
        };
        match judge(slf, error)? {
            Verdict::Done => return Ok(()),
            Verdict::Fail(error) => return Err(error),
            Verdict::Retry(delay_s) => {
                py.import("time")?.call_method1("sleep", (delay_s,))?;
            }
        }
    }
}

/// Decides about `error`, raised by the task's current attempt.
pub fn judge(slf: &Bound<'_, Task>, error: PyErr) -> PyResult<Verdict> {
    let py = slf.py();
    let task = slf.get();
    if error.is_instance(py, lazy::GRAPH_BUBBLE_UP.get(py)?) {
        if error.is_instance(py, lazy::PARENT_COMMAND.get(py)?) {
            return parent_command(slf, error);
        }
        return Ok(Verdict::Fail(error));
    }
    if is_cancellation(py, &error)? {
        let cancelled = lazy::NODE_CANCELLED_ERROR.get(py)?.call1((&task.name,))?;
        let cancelled = PyErr::from_value(cancelled);
        cancelled.set_cause(py, Some(error));
        return Ok(Verdict::Fail(cancelled));
    }
    if !error.is_instance_of::<PyException>(py) {
        return Ok(Verdict::Fail(error));
    }
    add_note(py, &error, &format!("During task with name '{}' and id '{}'", task.name_text, task.id));
    let Some(policies) = slf.getattr("retry_policy")?.extract::<Option<Bound<'_, PyAny>>>()? else {
        return Ok(Verdict::Fail(error));
    };
    let attempts = task.attempts.load(std::sync::atomic::Ordering::Relaxed);
    let delay = lazy::support(py, "retry_delay")?.call1((policies, error.value(py), attempts, &task.name))?;
    Ok(match delay.extract::<Option<f64>>()? {
        Some(delay_s) => Verdict::Retry(delay_s),
        None => Verdict::Fail(error),
    })
}

/// Cancellation from outside asyncio's control: it can only be there if asyncio was imported.
fn is_cancellation(py: Python<'_>, error: &PyErr) -> PyResult<bool> {
    if error.is_instance_of::<PyException>(py) {
        return Ok(false);
    }
    let modules = py.import("sys")?.getattr("modules")?;
    let asyncio = modules.cast::<PyDict>()?.get_item("asyncio")?;
    Ok(match asyncio {
        Some(asyncio) => error.is_instance(py, &asyncio.getattr("CancelledError")?),
        None => false,
    })
}

/// A command raised to a graph above: written here if this is the graph it names, else passed on.
fn parent_command(slf: &Bound<'_, Task>, error: PyErr) -> PyResult<Verdict> {
    let py = slf.py();
    let task = slf.get();
    let value = error.value(py);
    let command = value.getattr("args")?.get_item(0)?;
    let target = command.getattr("graph")?;
    if let Ok(target) = target.extract::<String>() {
        let own = target == task.namespace || target == namespace::recast(&task.namespace) || target == *task.name_text;
        if own {
            return Ok(match attempt::write_command(slf, &command) {
                Ok(()) => Verdict::Done,
                Err(error) => Verdict::Fail(error),
            });
        }
        if target == "__parent__" {
            let parent = namespace::parent_of_task(&task.namespace);
            let command = lazy::support(py, "readdress")?.call1((command, parent))?;
            value.setattr("args", (command,))?;
        }
    }
    Ok(Verdict::Fail(error))
}
