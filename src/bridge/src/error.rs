//! The one place that picks an exception class.

use crate::lazy;
use pregel_core::Rule;
use pyo3::intern;
use pyo3::prelude::*;

/// A Python exception on its way through the core.
pub struct Fault(pub PyErr);

impl From<PyErr> for Fault {
    fn from(error: PyErr) -> Self {
        Fault(error)
    }
}

impl From<Fault> for PyErr {
    fn from(fault: Fault) -> Self {
        fault.0
    }
}

impl From<Rule> for Fault {
    fn from(rule: Rule) -> Self {
        Fault(Python::attach(|py| raise(py, &rule).unwrap_or_else(|failure| failure)))
    }
}

fn raise(py: Python<'_>, rule: &Rule) -> PyResult<PyErr> {
    let text = rule.to_string();
    match rule {
        Rule::ConcurrentUpdate { .. } | Rule::SecondOverwrite { .. } => {
            coded(py, &lazy::INVALID_UPDATE_ERROR, &text, "INVALID_CONCURRENT_GRAPH_UPDATE")
        }
        Rule::GuardedUpdate { .. } | Rule::StrangerAtBarrier { .. } => plain(py, &lazy::INVALID_UPDATE_ERROR, &text),
        Rule::Empty { .. } => plain(py, &lazy::EMPTY_CHANNEL_ERROR, &text),
        Rule::Transition { .. } => Ok(pyo3::exceptions::PyRuntimeError::new_err(text)),
    }
}

/// An exception of ours with this message.
pub fn plain(py: Python<'_>, class: &lazy::Lazy, message: &str) -> PyResult<PyErr> {
    Ok(PyErr::from_value(class.get(py)?.call1((message,))?))
}

/// An exception whose message ends with the page about its code.
pub fn coded(py: Python<'_>, class: &lazy::Lazy, message: &str, code: &str) -> PyResult<PyErr> {
    let kwargs = pyo3::types::PyDict::new(py);
    kwargs.set_item(intern!(kwargs.py(), "message"), message)?;
    kwargs.set_item(intern!(kwargs.py(), "error_code"), lazy::ERROR_CODE.get(py)?.getattr(code)?)?;
    let text = lazy::ERROR_MESSAGE.get(py)?.call((), Some(&kwargs))?;
    Ok(PyErr::from_value(class.get(py)?.call1((text,))?))
}

/// Adds a line to the exception's traceback, where the interpreter has notes (3.11).
pub fn add_note(py: Python<'_>, error: &PyErr, note: &str) {
    let value = error.value(py);
    if value.hasattr("add_note").unwrap_or(false) {
        // a note is a courtesy: an exception that refuses it is raised without
        let _ = value.call_method1(intern!(value.py(), "add_note"), (note,));
    }
}
