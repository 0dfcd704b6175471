//! A subgraph that runs as a node, opened by the engine itself.
//!
//! What `Pregel.invoke` would find out from the config of the task follows from the run above, as long
//! as that has nothing but a saver to share with it: no stream, callbacks, cache or replay.

use super::enter::{self, Prepared};
use super::origin::{Bequest, Inherited, Origin};
use super::{Machine, Run, Settings};
use crate::graph::Graph;
use crate::lazy::{self, Lazy};
use crate::task::{Task, Work};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyDict, PyString, PyTuple};
use std::sync::atomic::Ordering;

/// The run of `pregel` as the body of `task`; None where `pregel` has to be asked itself.
pub fn open<'py>(task: &Bound<'py, Task>, pregel: &Bound<'py, PyAny>) -> PyResult<Option<Bound<'py, Run>>> {
    let py = task.py();
    let above = task.get().run.get();
    if !is_ordinary(task.get(), pregel)? {
        return Ok(None);
    }
    let bequest = above.bequest(py)?;
    if bequest == Bequest::Other || (bequest == Bequest::Saver && !takes_saver(pregel)?) {
        return Ok(None);
    }
    if lazy::AMBIENT_HANDLERS.get(py)?.call0()?.is_truthy()? {
        return Ok(None);
    }
    let graph = pregel.call_method0(intern!(py, "_compiled"))?.cast_into::<Graph>()?.unbind();
    let settings = Settings::nested(task, pregel, graph.get())?;
    let prepared = match bequest {
        Bequest::Saver if !has_stored_nothing(task.get(), &settings, graph.get()) => {
            let of_task = Task::own_config(task)?;
            let config = lazy::NESTED_CONFIG.get(py)?.call1((pregel, of_task, task.get().namespace()))?;
            enter::prepare(&settings, config.cast::<PyDict>()?)?
        }
        _ => {
            let mut prepared = prepare(task, pregel)?;
            prepared.machine.is_unlocated = bequest == Bequest::Saver;
            prepared
        }
    };
    let mut run = Run::assemble(py, graph, settings, prepared)?;
    run.inherits = true;
    Ok(Some(Bound::new(py, run)?))
}

fn prepare(task: &Bound<'_, Task>, pregel: &Bound<'_, PyAny>) -> PyResult<Prepared> {
    let py = task.py();
    let own = task.get();
    // the second subgraph run of one task, and those after it, have namespaces of their own
    let count = own.scratchpad(py)?.get().subgraph_counter();
    let mut text = own.namespace();
    if count > 0 {
        text.push_str(&format!("|{count}"));
    }
    let namespace = PyTuple::new(py, text.split('|').collect::<Vec<_>>())?;
    let text = PyString::new(py, &text).unbind();
    let resuming = if own.attempts.load(Ordering::Relaxed) > 1 { Some(true) } else { own.run.get().resuming(py)? };
    Ok(Prepared {
        machine: Machine::idle(PyDict::new(py)),
        namespace: namespace.unbind(),
        namespace_text: Some(text.clone_ref(py).into_any()),
        origin: Origin::Inherited(Inherited {
            task: task.clone().unbind(),
            pregel: pregel.clone().unbind(),
            namespace: text,
            resuming,
        }),
    })
}

/// Whether it is certain that there is no checkpoint to go on from.
fn has_stored_nothing(task: &Task, settings: &Settings, graph: &Graph) -> bool {
    let (Some(ledger), Some(thread)) = (&settings.ledger, &settings.thread) else { return false };
    // those are rebuilt from what the run's first config names
    !graph.has_delta && ledger.get().is_without(thread, &task.namespace())
}

/// Whether the graph keeps its state with the saver of the run above, as it is.
fn takes_saver(pregel: &Bound<'_, PyAny>) -> PyResult<bool> {
    let py = pregel.py();
    let own = pregel.getattr(intern!(py, "checkpointer"))?;
    Ok(!own.is(PyBool::new(py, false)) && pregel.getattr(intern!(py, "_serde_allowlist"))?.is_none())
}

/// Whether the graph runs by our own methods, and nothing about it asks for more than the last values.
fn is_ordinary(task: &Task, pregel: &Bound<'_, PyAny>) -> PyResult<bool> {
    let py = pregel.py();
    if !matches!(task.work, Work::Node(_)) || task.parent_config.is_some() {
        return Ok(false);
    }
    let class = pregel.get_type();
    let own = pregel.getattr(intern!(py, "__dict__"))?;
    let methods: [(&Bound<'_, PyString>, &Lazy); 4] = [
        (intern!(py, "invoke"), &lazy::PREGEL_INVOKE),
        (intern!(py, "ainvoke"), &lazy::PREGEL_AINVOKE),
        (intern!(py, "stream"), &lazy::PREGEL_STREAM),
        (intern!(py, "astream"), &lazy::PREGEL_ASTREAM),
    ];
    for (name, ours) in methods {
        if !class.getattr(name)?.is(ours.get(py)?) || own.contains(name)? {
            return Ok(false);
        }
    }
    let set = |name: &Bound<'_, PyString>| -> PyResult<bool> { pregel.getattr(name)?.is_truthy() };
    let keeps_by_name = pregel.getattr(intern!(py, "checkpointer"))?.is(PyBool::new(py, true));
    Ok(!keeps_by_name && !set(intern!(py, "config"))? && !set(intern!(py, "debug"))?)
}
