//! A change of a thread's state from outside, as if a node had returned values, where that takes no
//! more than a stored checkpoint: the node's writers are the engine's own, and nothing else is asked.

use super::entry::{Entry, Planned};
use super::shelf::{About, Changes, NewMade, NewMarks, Shelf, StoredWrite, Told, NONE};
use super::stored::{Encoded, Loader, Stored};
use super::{Id, Inner, Ledger, Names};
use crate::cells;
use crate::clock::{self, CheckpointId};
use crate::graph::Graph;
use crate::host::{Obj, PyHost};
use crate::keys;
use crate::run::checkpoint::Source;
use crate::versions::Versioning;
use crate::writer::{self, is_plain, Assembly, Writer};
use pregel_core::apply::{apply_writes, TaskWrites};
use pregel_core::task_id::id_of_update;
use pregel_core::{NodeId, Path, Reserved, State, Target};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::PyDict;
use std::sync::Arc;

/// An empty dict in msgpack.
const NO_PARENTS: &[u8] = &[0x80];

/// What is asked of an update.
pub struct Update<'a, 'py> {
    pub ledger: &'a Ledger,
    pub thread: &'a str,
    pub namespace: &'a str,
    pub node: &'a str,
    pub values: &'a Bound<'py, PyAny>,
    /// Of the task that the update stands for, if the caller says so.
    pub task: Option<&'a str>,
    /// Whether another checkpoint may have consumed the writes: then they are not stored.
    pub may_branch: bool,
    /// The serializer's `dumps_typed`.
    pub dumps: &'a Bound<'py, PyAny>,
    /// Notes what could not be read.
    pub reading: &'a Bound<'py, PyAny>,
}

/// What an update adds to a thread.
struct Outcome {
    id: Id,
    step: i64,
    task: String,
    writes: Vec<(Arc<str>, Stored)>,
    values: Vec<(Arc<str>, pregel_core::Version, Stored)>,
}

impl Entry {
    /// Stores the checkpoint that the update leads to and gives its id. None, with nothing stored, where it
    /// takes more.
    pub fn perform(
        &self,
        graph: &Bound<'_, Graph>,
        update: &Update<'_, '_>,
        loader: &Loader<'_, '_>,
    ) -> PyResult<Option<String>> {
        let py = graph.py();
        let graph = graph.get();
        if graph.has_untracked || !graph.foreign.is_empty() || self.is_telling() || self.has_parents(py, loader)? {
            return Ok(None);
        }
        let Some(node) = graph.core.node_id(update.node) else { return Ok(None) };
        let Some(entries) = plain_entries(graph, node) else { return Ok(None) };
        if !is_plain(update.values) && !update.values.is_none() {
            return Ok(None);
        }
        let Some(mut state) = self.state(py, graph, loader)? else { return Ok(None) };
        let Some(task) = self.task_of(py, graph, update, &state)? else { return Ok(None) };
        if update.reading.getattr(intern!(py, "losses"))?.is_truthy()? {
            return Ok(None);
        }
        let mut made = Assembly { py, graph: &graph.core, out: Vec::new() };
        for entries in entries {
            made.entries(entries, update.values)?;
        }
        let mut writes = Vec::with_capacity(made.out.len());
        for write in &made.out {
            let Target::Channel(channel) = &write.target else { return Ok(None) };
            // before a reducer gets hold of it
            let value = Stored::alone(write.value.bind(py), update.dumps)?;
            writes.push((graph.core.channel(*channel).name.clone(), value));
        }
        state.changes.forget();
        let applied = TaskWrites {
            path: Path::Text(path_of_update().into()),
            node: Some(node),
            name: update.node.into(),
            triggers: None,
            steps: true,
            writes: made.out,
        };
        let mut host = PyHost { py, versioning: &Versioning::Digits };
        apply_writes(&graph.core, &mut state, &mut [applied], true, &mut host).map_err(PyErr::from)?;
        let mut values = Vec::new();
        for place in state.changes.channels.iter() {
            let Some(version) = state.versions[place].clone() else { continue };
            let value = match cells::saved_form(py, &state.cells[place])? {
                Some(value) => Stored::alone(value.bind(py), update.dumps)?,
                None => Stored::Empty,
            };
            values.push((graph.core.channels[place].name.clone(), version, value));
        }
        let Some((_, step)) = self.reader.moment() else { return Ok(None) };
        let id = clock::checkpoint_id(step).text().to_owned();
        let outcome = Outcome { id: Id::of(&id), step: step + 1, task, writes, values };
        let put = update.ledger.with(|inner| self.put(inner, graph, update, &state, outcome));
        Ok((put == Some(true)).then_some(id))
    }

    fn has_parents(&self, py: Python<'_>, loader: &Loader<'_, '_>) -> PyResult<bool> {
        let metadata = self.reader.metadata(py, loader)?;
        let parents = metadata.cast::<PyDict>()?.get_item(keys::parents(py))?;
        Ok(parents.is_some_and(|parents| parents.len().unwrap_or(1) > 0))
    }

    /// The id of the task that the update stands for: one that is planned, if there is one of its node.
    fn task_of(
        &self,
        py: Python<'_>,
        graph: &Graph,
        update: &Update<'_, '_>,
        state: &State<Obj>,
    ) -> PyResult<Option<String>> {
        if let Some(task) = update.task.filter(|task| !task.is_empty()) {
            return Ok(Some(task.to_owned()));
        }
        let Some(planned) = self.tasks(py, graph, update.namespace, state)? else { return Ok(None) };
        let is_of_node = |task: &&Planned<'_>| task.name.eq(update.node).unwrap_or(false);
        if let Some(task) = planned.iter().find(is_of_node) {
            return Ok(Some(task.id.to_string()));
        }
        let id = CheckpointId::parse(self.reader.id.text());
        Ok(id.map(|id| id_of_update(id.bytes(), Reserved::Interrupt.name()).to_string()))
    }

    /// False, with nothing stored, if the checkpoint was replaced or deleted meanwhile.
    fn put(
        &self,
        inner: &mut Inner,
        graph: &Graph,
        update: &Update<'_, '_>,
        state: &State<Obj>,
        outcome: Outcome,
    ) -> bool {
        let (shelf, names) = inner.shelf(update.thread, update.namespace);
        let own = &self.reader.id;
        let Some(base) = shelf.place_of(own).filter(|place| shelf.is_made(*place)) else { return false };
        let is_branch = update.may_branch && shelf.latest().is_some_and(|latest| latest.id != *own);
        if !is_branch && !outcome.writes.is_empty() {
            let numbered = |(place, (channel, value)): (usize, (Arc<str>, Stored))| StoredWrite {
                channel: names.number(&channel),
                index: place as i32,
                value,
            };
            let writes = outcome.writes.into_iter().enumerate().map(numbered).collect();
            let path = names.number(&path_of_update());
            shelf.put_writes(own, Id::of(&outcome.task), path, writes, false);
        }
        for (channel, version, value) in outcome.values {
            let version = shelf.versions.number(&version);
            shelf.put_value(names.number(&channel), version, value);
        }
        let changes = changes_of(state, graph, names, shelf);
        let parents = Stored::Encoded(Arc::new(Encoded::msgpack(NO_PARENTS)));
        shelf.put_made(NewMade {
            id: outcome.id,
            parent: Some(own.clone()),
            time_us: clock::now_us(),
            step: outcome.step,
            told: Told::Run {
                source: Source::Update,
                about: Arc::new(About { parents, more: Vec::new() }),
                counters: None,
            },
            updated: None,
            marks: NewMarks::Since(base, changes),
        });
        true
    }
}

/// Where an update stands among the tasks of its superstep.
fn path_of_update() -> String {
    format!("~{}, {:010}", Reserved::Interrupt.name(), 0)
}

/// What a node's writers write, if they ask nobody: neither the user's functions nor the state.
fn plain_entries(graph: &Graph, node: NodeId) -> Option<Vec<&Vec<writer::Entry>>> {
    let writers = graph.nodes[node.index()].writers.as_ref().filter(|writers| writers.len() == 1)?;
    let mut all = Vec::with_capacity(writers.len());
    for each in writers {
        let Writer::Entries(entries) = each else { return None };
        let is_plain = |entry: &writer::Entry| match entry {
            writer::Entry::Updates(_) | writer::Entry::Root { .. } | writer::Entry::Control(_) => true,
            writer::Entry::Channel { mapper, .. } => mapper.is_none(),
            writer::Entry::Send(_) | writer::Entry::Mapper { .. } => false,
        };
        if !entries.iter().all(is_plain) {
            return None;
        }
        all.push(entries);
    }
    Some(all)
}

fn changes_of(state: &State<Obj>, graph: &Graph, names: &mut Names, shelf: &mut Shelf) -> Changes {
    let mut versions = Vec::new();
    for place in state.changes.channels.iter() {
        if let Some(version) = &state.versions[place] {
            versions.push((names.number(&graph.core.channels[place].name), shelf.versions.number(version)));
        }
    }
    let mut seen = Vec::new();
    for place in state.changes.nodes.iter() {
        let Some(marks) = &state.seen[place] else { continue };
        let node = names.number(&graph.core.nodes[place].name);
        if marks.is_empty() {
            seen.push((node, NONE, NONE));
        }
        for (channel, version) in marks {
            let channel = names.number(&graph.core.channel(*channel).name);
            seen.push((node, channel, shelf.versions.number(version)));
        }
    }
    Changes { versions: versions.into(), seen: seen.into() }
}
