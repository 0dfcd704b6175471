//! What a running task may read: the frozen channels, and its own writes on top.

use crate::cells;
use crate::host::{Obj, PyHost};
use crate::node::{Input, Source};
use crate::run::Run;
use crate::task::Task;
use crate::writer::Select;
use pregel_core::channel::Values;
use pregel_core::write::Write;
use pregel_core::{read as core_read, Channel, ChannelId, State};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString};

/// A channel's value now; `None` where it is empty.
fn value_of<'py>(
    py: Python<'py>,
    run: &Run,
    channel: ChannelId,
    own: Option<&[Write<Obj>]>,
) -> PyResult<Option<Bound<'py, PyAny>>> {
    let mut host = PyHost { py, versioning: &run.settings.versioning };
    let cell: Channel<Obj> = run.slot.look(py, |machine| machine.state.cells[channel.index()].clone())?;
    let values: Values<Obj> = own
        .unwrap_or_default()
        .iter()
        .filter(|w| w.target.channel() == Some(channel))
        .map(|w| w.value.clone_ref(py))
        .collect();
    let plain = matches!(cell, Channel::LastValue(_) | Channel::Reducing { .. } | Channel::Untracked(_));
    if own.is_none() || (values.is_empty() && plain) {
        return cells::show(py, cell.read(&mut host)?);
    }
    let name = &run.graph.get().core.channel(channel).name;
    let cell = core_read::with_writes(cell, name, values, &mut host)?;
    cells::show(py, cell.read(&mut host)?)
}

/// `Task.read`: one value (None where the channel is empty), or a dict of those that are there.
pub fn read<'py>(task: &Task, select: &Bound<'py, PyAny>, fresh: bool) -> PyResult<Bound<'py, PyAny>> {
    let py = select.py();
    let run = task.run.get();
    let graph = run.graph.get();
    let writes = fresh.then(|| task.copy_writes());
    if let Ok(name) = select.cast::<PyString>() {
        let text: String = name.extract()?;
        let Some(channel) = graph.core.channel_id(&text) else {
            return Err(pyo3::exceptions::PyKeyError::new_err(text));
        };
        return Ok(value_of(py, run, channel, writes.as_deref())?.unwrap_or_else(|| py.None().into_bound(py)));
    }
    let values = PyDict::new(py);
    let mut managed = Vec::new();
    for name in select.try_iter()? {
        let name = name?.cast_into::<PyString>()?;
        match graph.core.channel_id(&name.extract::<String>()?) {
            Some(channel) => {
                if let Some(value) = value_of(py, run, channel, writes.as_deref())? {
                    values.set_item(name, value)?;
                }
            }
            None => managed.push(name),
        }
    }
    for name in managed {
        let Some(spec) = graph.managed.bind(py).get_item(&name)? else {
            return Err(pyo3::exceptions::PyKeyError::new_err(name.unbind()));
        };
        values.set_item(name, spec.call_method1(intern!(spec.py(), "get"), (task.scratchpad(py)?,))?)?;
    }
    Ok(values.into_any())
}

/// What a conditional edge reads: the state with the task's own writes.
pub fn select_fresh<'py>(py: Python<'py>, task: &Task, select: &Select) -> PyResult<Bound<'py, PyAny>> {
    let run = task.run.get();
    let writes = task.copy_writes();
    match select {
        Select::One(channel) => {
            Ok(value_of(py, run, *channel, Some(&writes))?.unwrap_or_else(|| py.None().into_bound(py)))
        }
        Select::Many(keys) => {
            let values = PyDict::new(py);
            for (name, channel) in keys {
                if let Some(value) = value_of(py, run, *channel, Some(&writes))? {
                    values.set_item(name, value)?;
                }
            }
            Ok(values.into_any())
        }
        Select::Other => Err(pyo3::exceptions::PyRuntimeError::new_err("this reader is not native")),
    }
}

/// A node's input from the state; `None` where the one channel it reads is empty.
///
/// Needs `scratchpad` only where managed values are read.
pub fn input_of<'py>(
    py: Python<'py>,
    state: &State<Obj>,
    input: &Input,
    host: &mut PyHost<'_, 'py>,
    scratchpad: &dyn Fn() -> PyResult<Obj>,
) -> PyResult<Option<Bound<'py, PyAny>>> {
    match input {
        Input::One(Source::Channel(channel)) => cells::show(py, state.cells[channel.index()].read(host)?),
        Input::One(_) => Ok(None),
        Input::Many(keys) => {
            let values = PyDict::new(py);
            for (name, source) in keys {
                match source {
                    Source::Channel(channel) => {
                        if let Some(value) = cells::show(py, state.cells[channel.index()].read(host)?)? {
                            values.set_item(name, value)?;
                        }
                    }
                    Source::Managed(spec) => {
                        values.set_item(name, spec.bind(py).call_method1(intern!(py, "get"), (scratchpad()?,))?)?;
                    }
                    Source::Absent => {
                        return Err(pyo3::exceptions::PyKeyError::new_err(name.clone_ref(py)));
                    }
                }
            }
            Ok(Some(values.into_any()))
        }
    }
}
