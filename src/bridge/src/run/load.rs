//! From a checkpoint, as a saver gave it, to the machine of a run.

use super::enter::address;
use super::{Machine, Run};
use crate::clock::CheckpointId;
use crate::config::configurable;
use crate::graph::Graph;
use crate::host::Obj;
use crate::keys;
use crate::versions;
use crate::writer::{self, with_text};
use pregel_core::pending::PendingWrite;
use pregel_core::write::Write;
use pregel_core::{Reserved, State};
use pyo3::exceptions::PyValueError;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString};
use std::sync::Arc;

/// A checkpoint as a saver gave it.
pub struct Saved<'py> {
    pub config: Bound<'py, PyDict>,
    pub checkpoint: Bound<'py, PyDict>,
    pub metadata: Bound<'py, PyDict>,
    pub parent_config: Option<Bound<'py, PyDict>>,
    pub pending: Vec<(String, String, Bound<'py, PyAny>)>,
}

impl<'py> Saved<'py> {
    pub fn of(tuple: &Bound<'py, PyAny>) -> PyResult<Saved<'py>> {
        let dict = |name: &str| -> PyResult<Bound<'py, PyDict>> { Ok(tuple.getattr(name)?.cast_into::<PyDict>()?) };
        let parent = tuple.getattr(intern!(tuple.py(), "parent_config"))?;
        let mut pending = Vec::new();
        let writes = tuple.getattr(intern!(tuple.py(), "pending_writes"))?;
        if !writes.is_none() {
            for write in writes.try_iter()? {
                let [task, channel, value]: [Bound<'py, PyAny>; 3] = write?.extract()?;
                pending.push((task.str()?.extract()?, channel.extract()?, value));
            }
        }
        Ok(Saved {
            config: dict("config")?,
            checkpoint: dict("checkpoint")?,
            metadata: dict("metadata")?,
            parent_config: if parent.is_none() { None } else { Some(parent.cast_into::<PyDict>()?) },
            pending,
        })
    }
}

/// Puts the marks of a checkpoint into a state.
pub fn load_marks(graph: &Graph, state: &mut State<Obj>, checkpoint: &Bound<'_, PyDict>) -> PyResult<()> {
    let py = checkpoint.py();
    for (name, version) in dict_at(checkpoint, keys::channel_versions(py))?.iter().flatten() {
        let version = versions::from_python(&version)?;
        with_text(name.cast::<PyString>()?, |name| match graph.core.channel_id(name) {
            Some(channel) => state.set_version(channel, version),
            None => state.set_stray_version(name, version),
        })?;
    }
    for (node, marks) in dict_at(checkpoint, keys::versions_seen(py))?.iter().flatten() {
        let node = with_text(node.cast::<PyString>()?, str::to_owned)?;
        let marks: Vec<(String, _)> = marks
            .cast::<PyDict>()?
            .iter()
            .map(|(channel, version)| {
                let channel = with_text(channel.cast::<PyString>()?, str::to_owned)?;
                Ok((channel, versions::from_python(&version)?))
            })
            .collect::<PyResult<_>>()?;
        load_seen(graph, state, &node, marks.iter().map(|(channel, version)| (&**channel, version.clone())));
    }
    Ok(())
}

fn dict_at<'py>(owner: &Bound<'py, PyDict>, key: &Bound<'py, PyString>) -> PyResult<Option<Bound<'py, PyDict>>> {
    owner.get_item(key)?.map(|found| Ok(found.cast_into::<PyDict>()?)).transpose()
}

/// Adds what a node has seen to a state.
pub fn load_seen<'a>(
    graph: &Graph,
    state: &mut State<Obj>,
    node: &str,
    marks: impl Iterator<Item = (&'a str, pregel_core::Version)>,
) {
    if node == Reserved::Interrupt.name() {
        let seen = state.interrupt_seen.get_or_insert_with(Default::default);
        seen.extend(marks.map(|(c, v)| (c.into(), v)));
        return;
    }
    let known = graph.core.node_id(node);
    let mut strays = Vec::new();
    if let Some(id) = known {
        let seen = state.seen[id.index()].get_or_insert_with(Vec::new);
        for (channel, version) in marks {
            match graph.core.channel_id(channel) {
                Some(channel) => seen.push((channel, version)),
                None => strays.push((channel, version)),
            }
        }
    } else {
        strays.extend(marks);
    }
    if known.is_none() || !strays.is_empty() {
        let entry = state.stray_seen.entry(node.into()).or_default();
        entry.extend(strays.into_iter().map(|(c, v)| (Arc::from(c), v)));
    }
}

impl Run {
    pub fn load_nothing(&self, py: Python<'_>, machine: &mut Machine) -> PyResult<()> {
        machine.checkpoint_id = self.next_checkpoint_id(-2);
        machine.saved_id = machine.checkpoint_id.clone();
        machine.step = -1;
        machine.metadata.bind(py).set_item(keys::step(py), -2)?;
        machine.state = self.graph.get().restore(py, None)?;
        if self.is_unmade() {
            // no saver will be asked, or the engine found already that it has nothing
            return Ok(());
        }
        self.settle_config(py, machine, None)
    }

    /// Makes the config by which the run's checkpoints are stored, where it was put off.
    pub fn locate(&self, py: Python<'_>, machine: &mut Machine) -> PyResult<()> {
        if !std::mem::replace(&mut machine.is_unlocated, false) {
            return Ok(());
        }
        machine.checkpoint_config = address(self.config(py)?.bind(py))?.unbind();
        self.settle_config(py, machine, None)
    }

    pub fn load<'py>(
        &self,
        machine: &mut Machine,
        saved: Saved<'py>,
        channels: Option<Bound<'py, PyDict>>,
    ) -> PyResult<()> {
        let py = saved.checkpoint.py();
        let graph = self.graph.get();
        if let Some(migrate) = &self.settings.migrate {
            migrate.bind(py).call1((&saved.checkpoint,))?;
        }
        machine.has_parent = true;
        let text =
            |key: &Bound<'py, PyString>| -> PyResult<String> { saved.checkpoint.as_any().get_item(key)?.extract() };
        let id = text(keys::id(py))?;
        machine.checkpoint_id = Arc::new(
            CheckpointId::parse(id.clone())
                .ok_or_else(|| PyValueError::new_err(format!("the checkpoint id {id:?} is no hexadecimal UUID")))?,
        );
        machine.saved_id = machine.checkpoint_id.clone();
        machine.format = saved.checkpoint.as_any().get_item(keys::v(py))?.extract()?;
        let step = saved.metadata.as_any().get_item(keys::step(py))?;
        machine.step = step.extract::<i64>()? + 1;
        machine.metadata = saved.metadata.clone().unbind();
        machine.previous_config = saved.parent_config.map(Bound::unbind);
        let values = match saved.checkpoint.get_item(keys::channel_values(py))? {
            Some(values) => Some(values.cast_into::<PyDict>()?),
            None => None,
        };
        machine.state = graph.restore(py, values.as_ref())?;
        if let Some(channels) = channels {
            for (name, object) in channels.iter() {
                if let Some(id) = graph.core.channel_id(&name.extract::<String>()?) {
                    machine.state.cells[id.index()] = pregel_core::Channel::Foreign(object.unbind());
                }
            }
        }
        machine.previous = match &values {
            Some(values) => values.get_item(keys::previous(py))?.map(Bound::unbind),
            None => None,
        };
        load_marks(graph, &mut machine.state, &saved.checkpoint)?;
        machine.state.changes.forget();
        machine.saved_versions = machine.state.versions.clone();
        machine.has_saved_versions = machine.state.has_versions();
        if let Some(updated) = saved.checkpoint.get_item(keys::updated_channels(py))? {
            if updated.is_truthy()? {
                let names: Vec<String> = updated.extract()?;
                machine.updated = Some(names.iter().filter_map(|name| graph.core.channel_id(name)).collect());
            }
        }
        machine.pending = saved
            .pending
            .into_iter()
            .map(|(task, channel, value)| PendingWrite {
                task_id: task.into(),
                write: Write::new(writer::target_of(&graph.core, &channel), value.unbind()),
            })
            .collect();
        self.settle_config(py, machine, Some(&saved.config))
    }

    /// The checkpoint's own config over the run's, so that the next one is stored as its child.
    fn settle_config(&self, py: Python<'_>, machine: &mut Machine, saved: Option<&Bound<'_, PyDict>>) -> PyResult<()> {
        let own = machine.checkpoint_config.bind(py);
        let conf = PyDict::new(py);
        conf.set_item(keys::checkpoint_ns(py), "")?;
        conf.update(configurable(own)?.as_mapping())?;
        let config = own.copy()?;
        if let Some(saved) = saved {
            config.update(saved.as_mapping())?;
            conf.update(configurable(saved)?.as_mapping())?;
        }
        config.set_item(keys::configurable(py), conf)?;
        machine.checkpoint_config = config.clone().unbind();
        machine.initial_config = config.unbind();
        Ok(())
    }
}
