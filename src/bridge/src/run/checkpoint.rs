//! A checkpoint of the state at a barrier.

use super::persist::Op;
use super::{Durability, Machine, Run};
use crate::cells;
use crate::clock::{self, CheckpointId};
use crate::config::{configurable, patched};
use crate::gc::trace_fields;
use crate::graph::Graph;
use crate::host::Obj;
use crate::keys;
use crate::versions;
use pregel_core::write::TASKS;
use pregel_core::{ChannelId, Reserved, State};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList, PyString};
use std::sync::Arc;

/// The format that is written.
pub const FORMAT: i64 = 4;

/// Why a checkpoint is made.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Source {
    Input,
    Loop,
    Fork,
    /// From outside of a run.
    Update,
    /// The run ends and keeps only its last state.
    Exit,
}

impl Source {
    pub fn name(self) -> &'static str {
        match self {
            Source::Input => "input",
            Source::Loop | Source::Exit => "loop",
            Source::Fork => "fork",
            Source::Update => "update",
        }
    }
}

impl Run {
    pub fn put_checkpoint(&self, py: Python<'_>, machine: &mut Machine, source: Source) -> PyResult<()> {
        if source != Source::Fork {
            return self.put(py, machine, source);
        }
        // a branch of what there was: the checkpoint updates nothing, the run goes on with what was updated
        let updated = machine.updated.take();
        self.put(py, machine, source)?;
        machine.updated = updated;
        Ok(())
    }

    /// The id of a checkpoint that is made now. Stored ones are sorted by their ids.
    pub fn next_checkpoint_id(&self, step: i64) -> Arc<CheckpointId> {
        let id = clock::checkpoint_id(step);
        if self.settings.checkpointer.is_some() {
            id.bytes();
        }
        Arc::new(id)
    }

    fn put(&self, py: Python<'_>, machine: &mut Machine, source: Source) -> PyResult<()> {
        let exiting = source == Source::Exit;
        if exiting && machine.checkpoint_id.text() == machine.saved_id.text() {
            return Ok(());
        }
        let late = self.describes_late(machine, source);
        if !exiting {
            machine.described = (source, machine.step);
            if !late {
                self.describe(py, machine)?;
            }
            if let Some(delta) = &mut machine.delta {
                delta.advance(self.graph.get(), machine.updated.as_deref().unwrap_or_default());
            }
            machine.checkpoint_id = self.next_checkpoint_id(machine.step);
        }
        machine.format = FORMAT;
        let keeps = self.settings.checkpointer.is_some() && (exiting || self.settings.durability != Durability::Exit);
        if keeps {
            let snapshot = self.plan_snapshot(py, machine)?;
            self.describe_delta(py, machine)?;
            if !self.keep_in_ledger(py, machine, source, &snapshot)? {
                if late || (exiting && machine.delta.is_none()) {
                    self.describe(py, machine)?;
                }
                self.keep(py, machine, &snapshot)?;
            }
            machine.state.changes.forget();
            if self.graph.get().has_delta {
                machine.saved_versions = machine.state.versions.clone();
                machine.has_saved_versions = true;
            }
        } else if self.settings.checkpointer.is_some() {
            self.describe_delta(py, machine)?;
        }
        if !exiting {
            machine.step += 1;
        }
        Ok(())
    }

    fn describe(&self, py: Python<'_>, machine: &mut Machine) -> PyResult<()> {
        if self.settings.checkpointer.is_none() {
            return Ok(());
        }
        let (source, step) = machine.described;
        let metadata = PyDict::new(py);
        metadata.set_item(keys::source(py), source.name())?;
        metadata.set_item(keys::step(py), step)?;
        let conf = configurable(self.config(py)?.bind(py))?;
        match conf.get_item(keys::checkpoint_map(py))? {
            Some(map) => metadata.set_item(keys::parents(py), map)?,
            None => metadata.set_item(keys::parents(py), PyDict::new(py))?,
        }
        machine.metadata = metadata.unbind();
        Ok(())
    }

    /// Has the saver store the checkpoint.
    fn keep(&self, py: Python<'_>, machine: &mut Machine, snapshot: &[ChannelId]) -> PyResult<()> {
        self.settle_address(py, machine)?;
        let graph = self.graph.get();
        let mirror = match machine.mirror.take() {
            Some(mirror) => mirror.follow(py, graph, &machine.state)?,
            None => Mirror::of(py, graph, &machine.state)?,
        };
        let checkpoint = mirror.show(py)?;
        machine.mirror = Some(mirror);
        let values = checkpoint.as_any().get_item(keys::channel_values(py))?.cast_into::<PyDict>()?;
        for channel in snapshot {
            let value = cells::to_snapshot(py, &machine.state.cells[channel.index()])?;
            values.set_item(&graph.channels[channel.index()].name, value)?;
        }
        set_head(&checkpoint, graph, machine.checkpoint_id.text(), machine.updated.as_deref())?;
        machine.previous = values.get_item(keys::previous(py))?.map(Bound::unbind);
        if graph.has_untracked {
            if let Some(sends) = values.get_item(TASKS)? {
                values.set_item(TASKS, self.sanitize_sends(py, &sends)?)?;
            }
        }
        let own = machine.checkpoint_config.bind(py);
        let has_parent =
            configurable(own)?.get_item(keys::checkpoint_id(py))?.map_or(Ok(false), |id| id.is_truthy())?;
        machine.previous_config = has_parent.then(|| own.clone().unbind());
        let namespace = self.checkpoint_namespace(py)?;
        let config = patched(machine.checkpoint_config.bind(py), &[(keys::checkpoint_ns(py), namespace)])?;
        let op = Op::Put {
            config: config.clone().unbind(),
            checkpoint: checkpoint.unbind(),
            metadata: machine.metadata.clone_ref(py),
            versions: new_versions(py, graph, &machine.state)?.unbind(),
        };
        self.persist(py, machine, op)?;
        let id = PyString::new(py, machine.checkpoint_id.text()).into_any();
        machine.checkpoint_config = patched(&config, &[(keys::checkpoint_id(py), id)])?.unbind();
        Ok(())
    }

    pub fn sanitize_sends<'py>(&self, py: Python<'py>, sends: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyList>> {
        let clean = PyList::empty(py);
        for packet in sends.try_iter()? {
            clean.append(self.sanitize_send(py, &packet?.unbind())?)?;
        }
        Ok(clean)
    }
}

/// The state as a checkpoint dict.
pub fn to_dict<'py>(
    py: Python<'py>,
    graph: &Graph,
    state: &State<Obj>,
    id: &str,
    updated: Option<&[ChannelId]>,
    snapshot: &[ChannelId],
) -> PyResult<Bound<'py, PyDict>> {
    let values = PyDict::new(py);
    for (place, version) in state.versions.touched() {
        if version.is_some() {
            if let Some(value) = cells::saved_form(py, &state.cells[place])? {
                values.set_item(&graph.channels[place].name, value)?;
            }
        }
    }
    for channel in snapshot {
        let value = cells::to_snapshot(py, &state.cells[channel.index()])?;
        values.set_item(&graph.channels[channel.index()].name, value)?;
    }
    let checkpoint = PyDict::new(py);
    checkpoint.set_item(keys::channel_values(py), values)?;
    checkpoint.set_item(keys::channel_versions(py), versions_dict(py, graph, state)?)?;
    checkpoint.set_item(keys::versions_seen(py), seen_dict(py, graph, state)?)?;
    set_head(&checkpoint, graph, id, updated)?;
    Ok(checkpoint)
}

/// Sets what tells a checkpoint from others of the same state.
fn set_head(checkpoint: &Bound<'_, PyDict>, graph: &Graph, id: &str, updated: Option<&[ChannelId]>) -> PyResult<()> {
    let py = checkpoint.py();
    checkpoint.set_item(keys::v(py), FORMAT)?;
    checkpoint.set_item(keys::ts(py), clock::timestamp())?;
    checkpoint.set_item(keys::id(py), id)?;
    let updated = match updated {
        None => py.None().into_bound(py),
        Some(updated) => {
            let mut names: Vec<&str> = updated.iter().map(|c| &*graph.core.channel(*c).name).collect();
            names.sort_unstable();
            names.dedup();
            PyList::new(py, names)?.into_any()
        }
    };
    checkpoint.set_item(keys::updated_channels(py), updated)
}

pub fn versions_dict<'py>(py: Python<'py>, graph: &Graph, state: &State<Obj>) -> PyResult<Bound<'py, PyDict>> {
    let dict = PyDict::new(py);
    for (name, version) in &state.stray_versions {
        dict.set_item(&**name, versions::to_python(py, version)?)?;
    }
    for (place, version) in state.versions.touched() {
        if let Some(version) = version {
            dict.set_item(&graph.channels[place].name, versions::to_python(py, version)?)?;
        }
    }
    Ok(dict)
}

pub fn seen_dict<'py>(py: Python<'py>, graph: &Graph, state: &State<Obj>) -> PyResult<Bound<'py, PyDict>> {
    let dict = PyDict::new(py);
    for (node, marks) in &state.stray_seen {
        let entry = PyDict::new(py);
        for (channel, version) in marks {
            entry.set_item(&**channel, versions::to_python(py, version)?)?;
        }
        dict.set_item(&**node, entry)?;
    }
    for (place, seen) in state.seen.touched() {
        let (plan, Some(seen)) = (&graph.nodes[place], seen) else { continue };
        let entry = match dict.get_item(&plan.name)? {
            Some(entry) => entry.cast_into::<PyDict>()?,
            None => PyDict::new(py),
        };
        for (channel, version) in seen {
            entry.set_item(&graph.channels[channel.index()].name, versions::to_python(py, version)?)?;
        }
        dict.set_item(&plan.name, entry)?;
    }
    if let Some(marks) = &state.interrupt_seen {
        let entry = PyDict::new(py);
        for (channel, version) in marks {
            entry.set_item(&**channel, versions::to_python(py, version)?)?;
        }
        dict.set_item(Reserved::Interrupt.name(), entry)?;
    }
    Ok(dict)
}

/// The versions that the saver does not have yet.
fn new_versions<'py>(py: Python<'py>, graph: &Graph, state: &State<Obj>) -> PyResult<Bound<'py, PyDict>> {
    let dict = PyDict::new(py);
    let mut places: Vec<usize> = state.changes.channels.iter().collect();
    places.sort_unstable();
    for place in places {
        if let Some(version) = &state.versions[place] {
            dict.set_item(&graph.channels[place].name, versions::to_python(py, version)?)?;
        }
    }
    Ok(dict)
}

/// The dicts of a checkpoint that a saver was given. The next one gets copies, in which only what changed
/// was made anew.
pub struct Mirror {
    values: Py<PyDict>,
    versions: Py<PyDict>,
    seen: Py<PyDict>,
}

trace_fields!(Mirror: values, versions, seen);

impl Mirror {
    fn of(py: Python<'_>, graph: &Graph, state: &State<Obj>) -> PyResult<Mirror> {
        let values = PyDict::new(py);
        for place in 0..state.cells.len() {
            set_value(&values, graph, state, place)?;
        }
        Ok(Mirror {
            values: values.unbind(),
            versions: versions_dict(py, graph, state)?.unbind(),
            seen: seen_dict(py, graph, state)?.unbind(),
        })
    }

    fn follow(mut self, py: Python<'_>, graph: &Graph, state: &State<Obj>) -> PyResult<Mirror> {
        let (values, versions) = (self.values.bind(py), self.versions.bind(py));
        for place in state.changes.channels.iter() {
            set_value(values, graph, state, place)?;
            if let Some(version) = &state.versions[place] {
                versions.set_item(&graph.channels[place].name, versions::to_python(py, version)?)?;
            }
        }
        // only they know whether what they hold is what they held
        for channel in &graph.foreign {
            set_value(values, graph, state, channel.index())?;
        }
        if state.changes.others {
            self.versions = versions_dict(py, graph, state)?.unbind();
            self.seen = seen_dict(py, graph, state)?.unbind();
            return Ok(self);
        }
        let seen = self.seen.bind(py);
        for place in state.changes.nodes.iter() {
            let Some(marks) = &state.seen[place] else { continue };
            let name = &graph.nodes[place].name;
            let entry = match seen.get_item(name)? {
                Some(entry) => entry.cast_into::<PyDict>()?,
                None => {
                    let entry = PyDict::new(py);
                    seen.set_item(name, &entry)?;
                    entry
                }
            };
            for (channel, version) in marks {
                entry.set_item(&graph.channels[channel.index()].name, versions::to_python(py, version)?)?;
            }
        }
        Ok(self)
    }

    /// A checkpoint without its head. A saver may do with it what it likes.
    fn show<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let seen = self.seen.bind(py).copy()?;
        for (node, marks) in self.seen.bind(py).iter() {
            seen.set_item(node, marks.cast_into::<PyDict>()?.copy()?)?;
        }
        let checkpoint = PyDict::new(py);
        checkpoint.set_item(keys::channel_values(py), self.values.bind(py).copy()?)?;
        checkpoint.set_item(keys::channel_versions(py), self.versions.bind(py).copy()?)?;
        checkpoint.set_item(keys::versions_seen(py), seen)?;
        Ok(checkpoint)
    }
}

/// Sets the value of a channel as a checkpoint keeps it, or removes it.
fn set_value(values: &Bound<'_, PyDict>, graph: &Graph, state: &State<Obj>, place: usize) -> PyResult<()> {
    let py = values.py();
    let name = graph.channels[place].name.bind(py);
    let value = match state.versions[place] {
        Some(_) => cells::saved_form(py, &state.cells[place])?,
        None => None,
    };
    match value {
        Some(value) => values.set_item(name, value),
        None if values.contains(name)? => values.del_item(name),
        None => Ok(()),
    }
}
