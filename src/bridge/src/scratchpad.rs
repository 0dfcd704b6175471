//! What a task remembers while it runs: counters of calls and interrupts, answers it was given.

use crate::host::Obj;
use crate::run::Run;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::PyList;
use std::sync::atomic::{AtomicUsize, Ordering};

/// The scratchpad of one task; upstream's `PregelScratchpad` by shape.
#[pyclass(frozen, module = "langgraph_rust._engine")]
pub struct Scratchpad {
    #[pyo3(get)]
    step: i64,
    #[pyo3(get)]
    stop: i64,
    /// The answers given to this task's interrupts so far, in order.
    #[pyo3(get)]
    resume: Py<PyList>,
    calls: AtomicUsize,
    interrupts: AtomicUsize,
    subgraphs: AtomicUsize,
    /// The run whose unaddressed answer this task may take; `None` if it has none.
    answer_of: Option<Py<Run>>,
    parent: Option<Obj>,
}

#[pymethods]
impl Scratchpad {
    /// The place of the next call made from inside the task.
    pub fn call_counter(&self) -> usize {
        self.calls.fetch_add(1, Ordering::Relaxed)
    }

    /// The place of the next interrupt in the task.
    fn interrupt_counter(&self) -> usize {
        self.interrupts.fetch_add(1, Ordering::Relaxed)
    }

    /// The place of the next subgraph run in the task.
    pub fn subgraph_counter(&self) -> usize {
        self.subgraphs.fetch_add(1, Ordering::Relaxed)
    }

    /// Before another attempt: it meets the same interrupts again.
    pub fn restart(&self) {
        self.interrupts.store(0, Ordering::Relaxed);
    }

    /// The answer that names no interrupt, or None; with `consume` nobody else gets it.
    #[pyo3(signature = (consume=false))]
    fn get_null_resume(&self, py: Python<'_>, consume: bool) -> PyResult<Obj> {
        if let Some(run) = &self.answer_of {
            return Ok(run.get().unaddressed_answer(py, consume)?.unwrap_or_else(|| py.None()));
        }
        match &self.parent {
            Some(parent) => Ok(parent.bind(py).call_method1(intern!(py, "get_null_resume"), (consume,))?.unbind()),
            None => Ok(py.None()),
        }
    }

    fn __traverse__(&self, visit: pyo3::PyVisit<'_>) -> crate::gc::Traced {
        visit.call(&self.resume)?;
        visit.call(&self.answer_of)?;
        visit.call(&self.parent)
    }
}

impl Scratchpad {
    pub fn new(step: i64, stop: i64, resume: Py<PyList>, answer_of: Option<Py<Run>>, parent: Option<Obj>) -> Self {
        Scratchpad {
            step,
            stop,
            resume,
            calls: AtomicUsize::new(0),
            interrupts: AtomicUsize::new(0),
            subgraphs: AtomicUsize::new(0),
            answer_of,
            parent,
        }
    }
}
