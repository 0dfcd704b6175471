//! What follows from a failed attempt.

use crate::attempt::{self, Mode};
use crate::error::add_note;
use crate::lazy;
use crate::task::Task;
use pregel_core::namespace;
use pyo3::exceptions::PyException;
use pyo3::intern;
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
        if task.begin_attempt() > 1 {
            task.clear_writes();
            attempt::reset(task);
        }
        let Err(error) = attempt::advance(slf, Mode::Sync, None) else {
            return Ok(());
        };
        match judge(slf, error)? {
            Verdict::Done => return Ok(()),
            Verdict::Fail(error) => return Err(error),
            Verdict::Retry(delay_s) => {
                py.import("time")?.call_method1(intern!(py, "sleep"), (delay_s,))?;
            }
        }
    }
}

/// Decides about `error`, raised by the task's current attempt.
pub fn judge(slf: &Bound<'_, Task>, error: PyErr) -> PyResult<Verdict> {
    let task = slf.get();
    let tried = Tried {
        task: slf.as_any(),
        name: &task.name_text,
        id: task.id(),
        namespace: &task.namespace(),
        attempts: task.attempts.load(std::sync::atomic::Ordering::Relaxed),
    };
    tried.judge(error)
}

/// The same for any object with the attributes of a task: seconds to wait before the next attempt,
/// None if all is done; raises the error where it is final.
#[pyfunction(name = "judge")]
pub fn judge_any(
    task: &Bound<'_, PyAny>,
    namespace: &str,
    attempts: u32,
    error: &Bound<'_, PyAny>,
) -> PyResult<Option<f64>> {
    let name: String = task.getattr(intern!(task.py(), "name"))?.extract()?;
    let id = task.getattr(intern!(task.py(), "id"))?.str()?.to_string();
    Tried { task, name: &name, id: &id, namespace, attempts }.judge(PyErr::from_value(error.clone()))?.told()
}

impl Verdict {
    /// As Python is told of it.
    pub fn told(self) -> PyResult<Option<f64>> {
        match self {
            Verdict::Done => Ok(None),
            Verdict::Retry(delay_s) => Ok(Some(delay_s)),
            Verdict::Fail(error) => Err(error),
        }
    }
}

/// A task whose attempt failed; its `retry_policy`, `writers` and `config` are asked for if they matter.
struct Tried<'a, 'py> {
    task: &'a Bound<'py, PyAny>,
    name: &'a str,
    id: &'a str,
    namespace: &'a str,
    attempts: u32,
}

impl Tried<'_, '_> {
    fn judge(&self, error: PyErr) -> PyResult<Verdict> {
        let py = self.task.py();
        if error.is_instance(py, lazy::GRAPH_BUBBLE_UP.get(py)?) {
            if error.is_instance(py, lazy::PARENT_COMMAND.get(py)?) {
                return self.parent_command(error);
            }
            return Ok(Verdict::Fail(error));
        }
        if is_cancellation(py, &error)? {
            let cancelled = lazy::NODE_CANCELLED_ERROR.get(py)?.call1((self.name,))?;
            let cancelled = PyErr::from_value(cancelled);
            cancelled.set_cause(py, Some(error));
            return Ok(Verdict::Fail(cancelled));
        }
        if !error.is_instance_of::<PyException>(py) {
            return Ok(Verdict::Fail(error));
        }
        add_note(py, &error, &format!("During task with name '{}' and id '{}'", self.name, self.id));
        let Some(policies) = self.task.getattr("retry_policy")?.extract::<Option<Bound<'_, PyAny>>>()? else {
            return Ok(Verdict::Fail(error));
        };
        let asked = (policies, error.value(py), self.attempts, self.name);
        let delay = lazy::support(py, "retry_delay")?.call1(asked)?;
        Ok(match delay.extract::<Option<f64>>()? {
            Some(delay_s) => Verdict::Retry(delay_s),
            None => Verdict::Fail(error),
        })
    }

    /// A command raised to a graph above: written here if this is the graph it names, else passed on.
    fn parent_command(&self, error: PyErr) -> PyResult<Verdict> {
        let py = self.task.py();
        let value = error.value(py);
        let command = value.getattr(intern!(value.py(), "args"))?.get_item(0)?;
        if let Ok(target) = command.getattr(intern!(command.py(), "graph"))?.extract::<String>() {
            let own = target == self.namespace || target == namespace::recast(self.namespace) || target == self.name;
            if own {
                return Ok(match self.write_command(&command) {
                    Ok(()) => Verdict::Done,
                    Err(error) => Verdict::Fail(error),
                });
            }
            if target == "__parent__" {
                let parent = namespace::parent_of_task(self.namespace);
                let command = lazy::support(py, "readdress")?.call1((command, parent))?;
                value.setattr("args", (command,))?;
            }
        }
        Ok(Verdict::Fail(error))
    }

    /// Runs the writers of the task's node on a command that was addressed to its graph.
    fn write_command(&self, command: &Bound<'_, PyAny>) -> PyResult<()> {
        let config = self.task.getattr("config")?;
        for writer in self.task.getattr("writers")?.try_iter()? {
            writer?.call_method1("invoke", (command, &config))?;
        }
        Ok(())
    }
}

/// The namespace of the graph above the task with this namespace.
#[pyfunction]
pub fn parent_namespace(namespace: &str) -> String {
    namespace::parent_of_task(namespace)
}

/// Cancellation from outside asyncio's control: it can only be there if asyncio was imported.
pub fn is_cancellation(py: Python<'_>, error: &PyErr) -> PyResult<bool> {
    if error.is_instance_of::<PyException>(py) {
        return Ok(false);
    }
    let modules = py.import("sys")?.getattr(intern!(py, "modules"))?;
    let asyncio = modules.cast::<PyDict>()?.get_item("asyncio")?;
    Ok(match asyncio {
        Some(asyncio) => error.is_instance(py, &asyncio.getattr(intern!(asyncio.py(), "CancelledError"))?),
        None => false,
    })
}
