//! Delta channels in a run: their counters, what the next checkpoint must snapshot, and the writes
//! that a run which stores nothing before its end keeps until then.
//!
//! A checkpoint with several children cannot keep a write for one of them: each would replay it. Where
//! a write may not be stored, or a stored one not be replayed, its channel is snapshot instead.

use super::enter::INPUT;
use super::persist::Op;
use super::{Durability, Machine, Run};
use crate::config::patched;
use crate::gc::{trace_fields, Trace, Traced};
use crate::graph::{DeltaPlan, Graph};
use crate::host::{overwritten, Obj};
use crate::keys;
use crate::lazy;
use crate::task::Task;
use crate::writer;
use pregel_core::delta::{self, Count, LateWrite};
use pregel_core::write::{Write, NULL_TASK_ID};
use pregel_core::{ChannelId, Sparse};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString};
use std::borrow::Borrow;
use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;

/// Present where the graph has delta channels.
#[derive(Default)]
pub struct Delta {
    /// By place in `Graph::deltas`.
    counts: Vec<Count>,
    /// After how many supersteps a snapshot is due in any case.
    bound: u64,
    /// What the next checkpoint snapshots, whatever the counters say.
    forced: BTreeSet<ChannelId>,
    /// Writes a resumed run found on its checkpoint. Those that no task takes over are replaced by a
    /// snapshot.
    loaded: Vec<(Arc<str>, ChannelId)>,
    taken_over: HashSet<Arc<str>>,
    late: Option<Late>,
}

/// What is stored at the end of the run only.
#[derive(Default)]
struct Late {
    writes: Vec<LateWrite<Obj>>,
    /// Of the input command; applied with the first superstep.
    commands: Vec<Write<Obj>>,
    /// What the checkpoint has already.
    stored: HashSet<(Arc<str>, ChannelId)>,
    first_step: Option<i64>,
}

trace_fields!(Delta: late);
trace_fields!(Late: writes, commands);

impl Trace for LateWrite<Obj> {
    fn trace(&self, visit: &pyo3::PyVisit<'_>) -> Traced {
        self.value.trace(visit)
    }
}

impl Graph {
    pub fn is_delta(&self, channel: ChannelId) -> bool {
        self.has_delta && self.channels[channel.index()].is_delta
    }

    fn delta_target(&self, write: &Write<Obj>) -> Option<ChannelId> {
        write.target.channel().filter(|channel| self.is_delta(*channel))
    }

    /// Whether any of the writes goes to a delta channel.
    pub fn writes_delta(&self, writes: &[Write<Obj>]) -> bool {
        self.writes_delta_of(writes)
    }

    pub fn writes_delta_of<W: Borrow<Write<Obj>>>(&self, writes: &[W]) -> bool {
        self.has_delta && writes.iter().any(|write| self.delta_target(write.borrow()).is_some())
    }
}

impl Delta {
    pub fn of(py: Python<'_>, run: &Run, machine: &Machine) -> PyResult<Option<Box<Delta>>> {
        let graph = run.graph.get();
        if !graph.has_delta {
            return Ok(None);
        }
        let counters = machine.metadata.bind(py).get_item(keys::counters(py))?.filter(|found| !found.is_none());
        let mut counts = vec![Count::default(); graph.deltas.len()];
        if let Some(counters) = counters {
            for (plan, count) in graph.deltas.iter().zip(&mut counts) {
                if let Ok(pair) = counters.get_item(plan.name(graph)) {
                    let [updates, supersteps] = pair.extract::<Vec<u64>>()?[..] else { continue };
                    *count = Count { updates, supersteps };
                }
            }
        }
        let bound = py.import("langgraph_rust.pregel._delta")?.getattr("superstep_bound")?.call0()?.extract()?;
        let keeps_late = run.settings.durability == Durability::Exit && run.settings.checkpointer.is_some();
        let late = keeps_late.then(|| Late {
            stored: machine
                .pending
                .iter()
                .filter(|p| &*p.task_id != NULL_TASK_ID)
                .filter_map(|p| Some((p.task_id.clone(), graph.delta_target(&p.write)?)))
                .collect(),
            ..Late::default()
        });
        Ok(Some(Box::new(Delta { counts, bound, late, ..Delta::default() })))
    }

    /// Decides what becomes of the writes found on the checkpoint, once it is known whether the run
    /// takes them over.
    pub fn settle_loaded(&mut self, graph: &Graph, machine_pending: &[super::PendingWrite<Obj>], takes_over: bool) {
        for pending in machine_pending {
            let Some(channel) = graph.delta_target(&pending.write) else { continue };
            if !takes_over {
                self.forced.insert(channel);
            } else if &*pending.task_id != NULL_TASK_ID {
                self.loaded.push((pending.task_id.clone(), channel));
            }
        }
    }

    /// These writes are no part of what is replayed: a snapshot carries them.
    pub fn force_written(&mut self, graph: &Graph, writes: &[Write<Obj>]) {
        self.forced.extend(writes.iter().filter_map(|write| graph.delta_target(write)));
    }

    /// Replay begins after the newest overwrite, so a snapshot has to hold it.
    pub fn force_overwritten<'a>(
        &mut self,
        py: Python<'_>,
        graph: &Graph,
        writes: impl Iterator<Item = &'a Write<Obj>>,
    ) -> PyResult<()> {
        for write in writes {
            let Some(channel) = graph.delta_target(write) else { continue };
            if overwritten(write.value.bind(py))?.is_some() {
                self.forced.insert(channel);
            }
        }
        Ok(())
    }

    pub fn note_taken_over(&mut self, task_id: &Arc<str>) {
        if !self.loaded.is_empty() {
            self.taken_over.insert(task_id.clone());
        }
    }

    /// At the first barrier: loaded writes that no task took over belong to tasks that ran again, or
    /// that were dropped.
    pub fn force_abandoned(&mut self) {
        let taken_over = std::mem::take(&mut self.taken_over);
        let loaded = std::mem::take(&mut self.loaded);
        self.forced.extend(loaded.into_iter().filter(|(id, _)| !taken_over.contains(id)).map(|(_, channel)| channel));
    }

    pub fn keep_command(&mut self, graph: &Graph, writes: &[Write<Obj>]) {
        if let Some(late) = &mut self.late {
            late.commands.extend(writes.iter().filter(|w| graph.delta_target(w).is_some()).cloned());
        }
    }

    /// Takes in the input: kept for the end, or else forced unless `stores` says that it is stored.
    pub fn keep_input(&mut self, graph: &Graph, step: i64, writes: &[Write<Obj>], stores: bool) {
        let Some(late) = &mut self.late else {
            if !stores {
                self.force_written(graph, writes);
            }
            return;
        };
        for write in writes {
            if let Some(channel) = graph.delta_target(write) {
                late.writes.push(of_no_task(step, channel, write));
            }
        }
    }

    /// Keeps what a superstep wrote for the end of the run.
    pub fn keep_superstep(&mut self, graph: &Graph, machine: &MachineView<'_>) {
        let Some(late) = &mut self.late else { return };
        let is_first = late.first_step.is_none();
        if is_first {
            late.first_step = Some(machine.step);
            for write in std::mem::take(&mut late.commands) {
                if let Some(channel) = write.target.channel() {
                    late.writes.push(of_no_task(machine.step, channel, &write));
                }
            }
        }
        for pending in machine.pending {
            let Some(channel) = graph.delta_target(&pending.write) else { continue };
            let known = &*pending.task_id == NULL_TASK_ID || late.stored.contains(&(pending.task_id.clone(), channel));
            if is_first && known {
                continue;
            }
            let task = machine.tasks.iter().find(|task| *task.get().id() == pending.task_id);
            late.writes.push(LateWrite {
                step: machine.step,
                task_id: pending.task_id.clone(),
                path: task.map_or_else(String::new, |task| task.get().path.sort_key()),
                channel,
                value: pending.write.value.clone(),
            });
        }
    }

    /// A superstep has passed in which `updated` were updated.
    pub fn advance(&mut self, graph: &Graph, updated: &[ChannelId]) {
        for (plan, count) in graph.deltas.iter().zip(&mut self.counts) {
            count.advance(updated.contains(&plan.channel));
        }
    }

    /// The channels that a checkpoint made now snapshots, in order.
    fn snapshot(&self, graph: &Graph, state: &pregel_core::State<Obj>) -> Vec<ChannelId> {
        let due =
            graph.deltas.iter().zip(&self.counts).filter(|(plan, count)| {
                count.is_due(plan.frequency, self.bound) && state.version(plan.channel).is_some()
            });
        let mut channels = self.forced.clone();
        channels.extend(due.map(|(plan, _)| plan.channel));
        channels.into_iter().collect()
    }

    fn forget(&mut self, graph: &Graph, snapshot: &[ChannelId]) {
        for (plan, count) in graph.deltas.iter().zip(&mut self.counts) {
            if snapshot.contains(&plan.channel) {
                *count = Count::default();
            }
        }
        self.forced.retain(|channel| !snapshot.contains(channel));
    }

    /// Puts the counters into a checkpoint's metadata.
    fn describe(&self, graph: &Graph, metadata: &Bound<'_, PyDict>) -> PyResult<()> {
        let py = metadata.py();
        let counters = PyDict::new(py);
        for (plan, count) in graph.deltas.iter().zip(&self.counts) {
            if *count != Count::default() {
                counters.set_item(plan.name(graph), (count.updates, count.supersteps))?;
            }
        }
        if !counters.is_empty() {
            return metadata.set_item(keys::counters(py), counters);
        }
        if metadata.contains(keys::counters(py))? {
            metadata.del_item(keys::counters(py))?;
        }
        Ok(())
    }
}

/// Writes of an input, with the task id that they are stored under.
pub type StoredInput = (Arc<str>, Vec<Write<Obj>>);

/// What of a machine is looked at while its delta part is changed.
pub struct MachineView<'a> {
    pub step: i64,
    pub pending: &'a [super::PendingWrite<Obj>],
    pub tasks: &'a [Py<Task>],
}

fn of_no_task(step: i64, channel: ChannelId, write: &Write<Obj>) -> LateWrite<Obj> {
    LateWrite { step, task_id: NULL_TASK_ID.into(), path: String::new(), channel, value: write.value.clone() }
}

impl DeltaPlan {
    fn name<'a>(&self, graph: &'a Graph) -> &'a Py<PyString> {
        &graph.channels[self.channel.index()].name
    }
}

impl Run {
    /// Gives messages that go to delta channels ids that last: what is stored, applied and shown must
    /// agree on them.
    pub fn identify(&self, py: Python<'_>, writes: &mut [Write<Obj>]) -> PyResult<()> {
        let graph = self.graph.get();
        if !graph.writes_delta(writes) {
            return Ok(());
        }
        let named = writer::to_python(py, &graph.core, writes)?;
        let specs = PyDict::new(py);
        for plan in &graph.deltas {
            specs.set_item(plan.name(graph), &graph.channels[plan.channel.index()].spec)?;
        }
        py.import("langgraph_rust.pregel._messages")?.getattr("ensure_message_ids")?.call1((specs, &named))?;
        for (write, pair) in writes.iter_mut().zip(named.iter()) {
            if graph.delta_target(write).is_some() {
                write.value = pair.get_item(1)?.unbind();
            }
        }
        Ok(())
    }

    /// The writes of a task, with lasting ids.
    pub fn identified_writes(&self, py: Python<'_>, task: &Task) -> PyResult<Vec<Write<Obj>>> {
        let mut writes = task.copy_writes();
        if self.graph.get().writes_delta(&writes) {
            self.identify(py, &mut writes)?;
            task.set_writes(writes.clone());
        }
        Ok(writes)
    }

    /// Takes in what the input writes to delta channels; gives what of it is stored on the checkpoint
    /// that the run starts from. That needs one, and none of a branch.
    pub fn keep_delta_input(
        &self,
        py: Python<'_>,
        machine: &mut Machine,
        writes: &[Write<Obj>],
    ) -> PyResult<Option<StoredInput>> {
        let graph = self.graph.get();
        let Some(delta) = &mut machine.delta else { return Ok(None) };
        delta.force_overwritten(py, graph, writes.iter())?;
        let stores = machine.has_parent && machine.loaded_latest && self.settings.durability != Durability::Exit;
        delta.keep_input(graph, machine.step, writes, stores);
        if !stores || !graph.writes_delta(writes) {
            return Ok(None);
        }
        let id = &machine.checkpoint_id;
        let task_id = delta::input_task_id(id.bytes(), INPUT)
            .ok_or_else(|| PyValueError::new_err(format!("the checkpoint id {:?} is no UUID", id.text())))?;
        let stored = writes.iter().filter(|write| graph.delta_target(write).is_some());
        Ok(Some((task_id.into(), stored.cloned().collect())))
    }

    /// Before a checkpoint is stored: what it snapshots. Versions and counters follow.
    pub fn plan_snapshot(&self, py: Python<'_>, machine: &mut Machine) -> PyResult<Vec<ChannelId>> {
        let Some(delta) = &mut machine.delta else { return Ok(Vec::new()) };
        let graph = self.graph.get();
        let snapshot = delta.snapshot(graph, &machine.state);
        let nothing = Sparse::empty();
        let stored = if machine.has_saved_versions { &machine.saved_versions } else { &nothing };
        delta::bump(&graph.core, &mut machine.state, &snapshot, stored, &mut self.host(py)).map_err(PyErr::from)?;
        delta.forget(graph, &snapshot);
        Ok(snapshot)
    }

    /// The counters as they stand go into the metadata.
    pub fn describe_delta(&self, py: Python<'_>, machine: &Machine) -> PyResult<()> {
        let Some(delta) = &machine.delta else { return Ok(()) };
        delta.describe(self.graph.get(), machine.metadata.bind(py))
    }

    /// At the end of a run that stored nothing before: stores the writes that its last checkpoint does
    /// not snapshot on the checkpoint it began from. A new thread gets an empty one.
    pub fn put_late_writes(&self, py: Python<'_>, machine: &mut Machine) -> PyResult<()> {
        self.settle_address(py, machine)?;
        let graph = self.graph.get();
        let Some(delta) = &mut machine.delta else { return Ok(()) };
        let Some(late) = &mut delta.late else { return Ok(()) };
        let mut writes = std::mem::take(&mut late.writes);
        if machine.has_parent && !machine.loaded_latest {
            // a checkpoint that was asked for by its id may have children
            delta.forced.extend(writes.iter().map(|late| late.channel));
        }
        let first_step = late.first_step;
        let snapshot = delta.snapshot(graph, &machine.state);
        writes.retain(|late| !snapshot.contains(&late.channel));
        if writes.is_empty() {
            return Ok(());
        }
        let groups = delta::group_late(writes, first_step)
            .ok_or_else(|| PyValueError::new_err("the id of a task is no hexadecimal UUID"))?;
        if !machine.has_parent {
            self.put_anchor(py, machine)?;
        }
        let namespace = self.checkpoint_namespace(py)?;
        let anchor = if machine.has_parent { &machine.initial_config } else { &machine.checkpoint_config };
        let config = patched(anchor.bind(py), &[(keys::checkpoint_ns(py), namespace)])?.unbind();
        for group in groups {
            let op = Op::PutWrites {
                config: config.clone_ref(py),
                writes: writer::to_python(py, &graph.core, &group.writes)?.unbind(),
                task_id: group.task_id.into(),
                path: group.path,
                binds: true,
            };
            self.persist(py, machine, op)?;
        }
        Ok(())
    }

    /// An empty checkpoint, for writes to be stored on.
    fn put_anchor(&self, py: Python<'_>, machine: &mut Machine) -> PyResult<()> {
        let initial = machine.initial_config.bind(py);
        let id = PyString::new(py, machine.saved_id.text()).into_any();
        let checkpoint = lazy::EMPTY_CHECKPOINT.get(py)?.call0()?.cast_into::<PyDict>()?;
        checkpoint.set_item(keys::id(py), &id)?;
        let metadata = PyDict::new(py);
        metadata.set_item(keys::step(py), -2)?;
        let root = patched(initial, &[(keys::checkpoint_id(py), py.None().into_bound(py))])?;
        let anchor = patched(initial, &[(keys::checkpoint_id(py), id)])?;
        machine.checkpoint_config = anchor.unbind();
        let op = Op::Put {
            config: root.unbind(),
            checkpoint: checkpoint.unbind(),
            metadata: metadata.unbind(),
            versions: PyDict::new(py).unbind(),
        };
        self.persist(py, machine, op)
    }
}

/// A list of channel names as the engine's ids, in order; names it does not have are left out.
pub fn channel_ids(graph: &Graph, names: &Bound<'_, PyAny>) -> PyResult<Vec<ChannelId>> {
    let mut ids = BTreeSet::new();
    for name in names.try_iter()? {
        ids.extend(graph.core.channel_id(&name?.extract::<String>()?));
    }
    Ok(ids.into_iter().collect())
}
