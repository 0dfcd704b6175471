//! Checkpoints and writes into the ledger of an `InMemorySaver`, without a Python object in between.
//!
//! What is stored is what `checkpoint` and `commit` would have the saver store. Where the ledger's
//! content has moved into the saver's dicts, they do.

use super::checkpoint::Source;
use super::{Machine, Run};
use crate::cells;
use crate::clock;
use crate::config::{configurable, patched};
use crate::gc::trace_fields;
use crate::graph::Graph;
use crate::host::Obj;
use crate::keys;
use crate::lazy;
use crate::ledger::encodings::Encodings;
use crate::ledger::stored::Stored;
use crate::ledger::{
    index_of_write, About, Changes, Id, Inner, Ledger, Names, NewMade, NewMarks, StoredWrite, Told, NONE,
};
use crate::task::Task;
use crate::writer;
use pregel_core::write::Write;
use pregel_core::{ChannelId, Reserved, State, Target};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString};
use smallvec::SmallVec;
use std::sync::Arc;

/// What a run knows of its place in a ledger.
pub struct Keeper {
    thread: String,
    namespace: String,
    about: Arc<About>,
    encodings: Encodings,
    /// The shelf that the numbers below are of.
    shelf: u64,
    /// The place of the run's last checkpoint.
    last: Option<u32>,
    /// The numbers of channels and nodes, as far as they were asked for.
    channels: Vec<u32>,
    nodes: Vec<u32>,
}

/// Where the checkpoint last stored has its config: made when somebody asks for it.
pub struct LateAddress {
    parent: Option<Id>,
    id: Id,
}

/// The ids of a new checkpoint, and what became of its values.
struct Prepared {
    id: Id,
    parent: Option<Id>,
    values: SmallVec<[(ChannelId, Stored); 4]>,
    counters: Option<Stored>,
}

/// The values of the changed channels, and the counters of delta channels.
type Encoded = (SmallVec<[(ChannelId, Stored); 4]>, Option<Stored>);

/// The forms in which changed channels are saved.
type Forms = SmallVec<[(ChannelId, Option<Obj>); 4]>;

impl Run {
    /// The run's keeper, made at first use; `None` where the saver has to be asked.
    fn take_keeper(&self, py: Python<'_>, machine: &mut Machine) -> PyResult<Option<(&Ledger, Box<Keeper>)>> {
        let Some(ledger) = &self.settings.ledger else { return Ok(None) };
        if machine.asks_saver {
            return Ok(None);
        }
        self.locate(py, machine)?;
        let ledger = ledger.get();
        let keeper = match machine.keeper.take() {
            Some(keeper) => Some(keeper),
            None => self.make_keeper(py, machine)?,
        };
        let usable = keeper.filter(|_| ledger.with(|_| ()).is_some());
        machine.asks_saver = usable.is_none();
        Ok(usable.map(|keeper| (ledger, keeper)))
    }

    fn make_keeper(&self, py: Python<'_>, machine: &Machine) -> PyResult<Option<Box<Keeper>>> {
        let config = machine.checkpoint_config.bind(py);
        let conf = configurable(config)?;
        let text = |found: Option<Bound<'_, PyAny>>| found.and_then(|found| found.extract::<String>().ok());
        let Some(thread) = text(conf.get_item(keys::thread_id(py))?) else { return Ok(None) };
        let Some(namespace) = text(Some(self.checkpoint_namespace(py)?)) else { return Ok(None) };
        let fallback = self.settings.checkpointer.as_ref().map(|saver| pickling(saver.bind(py))).transpose()?.flatten();
        let mut encodings = Encodings::new(fallback);
        let parents = match conf.get_item(keys::checkpoint_map(py))? {
            Some(map) => map,
            None => PyDict::new(py).into_any(),
        };
        encodings.begin();
        let parents = encodings.store(&parents, None)?;
        let more = lazy::CHECKPOINT_METADATA.get(py)?.call1((config, PyDict::new(py)))?.cast_into::<PyDict>()?;
        // a value that is of a class of its own is the serializer's matter
        if more.iter().any(|(key, value)| Stored::atom(&key).is_none() || Stored::atom(&value).is_none()) {
            return Ok(None);
        }
        let more = more.iter().map(|(key, value)| (key.unbind(), value.unbind())).collect();
        let about = Arc::new(About { parents, more });
        let (channels, nodes) = (Vec::new(), Vec::new());
        Ok(Some(Box::new(Keeper { thread, namespace, about, encodings, shelf: 0, last: None, channels, nodes })))
    }

    /// Whether a checkpoint's metadata and config may stay unmade until somebody asks for them.
    pub fn describes_late(&self, machine: &Machine, source: Source) -> bool {
        let kept = self.settings.ledger.is_some() && !machine.asks_saver;
        kept && (source == Source::Loop || machine.is_unlocated) && machine.delta.is_none() && !self.shows_checkpoints()
    }

    /// Stores the checkpoint in the ledger; false where that has to be left to the saver.
    pub fn keep_in_ledger(
        &self,
        py: Python<'_>,
        machine: &mut Machine,
        source: Source,
        snapshot: &[ChannelId],
    ) -> PyResult<bool> {
        let Some((ledger, mut keeper)) = self.take_keeper(py, machine)? else { return Ok(false) };
        let forms = self.changed_values(py, machine, snapshot)?;
        let parent = match &machine.late {
            Some(late) => Some(late.id.clone()),
            None => {
                let id = configurable(machine.checkpoint_config.bind(py))?.get_item(keys::checkpoint_id(py))?;
                let id = id.and_then(|id| id.extract::<String>().ok()).filter(|id| !id.is_empty());
                id.as_deref().map(Id::of)
            }
        };
        let id = Id::of_checkpoint(&machine.checkpoint_id);
        if !self.lane.put_failed() {
            match self.encode(py, machine, &mut keeper, forms) {
                Ok((values, counters)) => {
                    let prepared = Prepared { id: id.clone(), parent: parent.clone(), values, counters };
                    let put = ledger.with(|inner| keeper.put(inner, self.graph.get(), machine, prepared));
                    if put.is_none() {
                        // code that ran meanwhile looked into the saver's dicts
                        machine.asks_saver = true;
                        return Ok(false);
                    }
                }
                Err(error) => self.lane.fail(py, error, true),
            }
        }
        keeper.encodings.rotate();
        machine.keeper = Some(keeper);
        machine.late = Some(LateAddress { parent, id });
        if !self.describes_late(machine, source) {
            self.settle_address(py, machine)?;
        }
        Ok(true)
    }

    /// The values that the checkpoint stores: of the channels that changed.
    fn changed_values(&self, py: Python<'_>, machine: &mut Machine, snapshot: &[ChannelId]) -> PyResult<Forms> {
        let graph = self.graph.get();
        let mut forms = Forms::new();
        for place in machine.state.changes.channels.iter() {
            let channel = ChannelId(place as u32);
            let form = if snapshot.contains(&channel) {
                Some(cells::to_snapshot(py, &machine.state.cells[place])?.unbind())
            } else {
                cells::saved_form(py, &machine.state.cells[place])?
            };
            let form = match form {
                Some(sends) if graph.has_untracked && graph.core.tasks == Some(channel) => {
                    Some(self.sanitize_sends(py, sends.bind(py))?.into_any().unbind())
                }
                form => form,
            };
            forms.push((channel, form));
        }
        if let Some(previous) = graph.previous {
            machine.previous = match machine.state.versions[previous.index()] {
                Some(_) => cells::saved_form(py, &machine.state.cells[previous.index()])?,
                None => None,
            };
        }
        Ok(forms)
    }

    fn encode(&self, py: Python<'_>, machine: &Machine, keeper: &mut Keeper, forms: Forms) -> PyResult<Encoded> {
        keeper.encodings.begin();
        let mut values = SmallVec::with_capacity(forms.len());
        for (channel, form) in forms {
            let value = match form {
                Some(value) => keeper.encodings.store(value.bind(py), Some(channel.index()))?,
                None => Stored::Empty,
            };
            values.push((channel, value));
        }
        let counters = match &machine.delta {
            Some(_) => machine.metadata.bind(py).get_item(keys::counters(py))?,
            None => None,
        };
        let counters = counters.map(|counters| keeper.encodings.store(&counters, None)).transpose()?;
        Ok((values, counters))
    }

    /// Stores a task's pending writes in the ledger; false where that has to be left to the saver.
    pub fn keep_writes(
        &self,
        py: Python<'_>,
        machine: &mut Machine,
        task: Option<&Py<Task>>,
        task_id: &Arc<str>,
        (begin, is_new): (usize, bool),
    ) -> PyResult<bool> {
        let Some((ledger, mut keeper)) = self.take_keeper(py, machine)? else { return Ok(false) };
        let graph = self.graph.get();
        let plain: Vec<Write<Obj>>;
        let writes: SmallVec<[&Write<Obj>; 8]> = if graph.has_untracked {
            let all = machine.pending.stored(task_id, begin).cloned().collect();
            plain = self.without_untracked(py, all)?;
            plain.iter().collect()
        } else {
            machine.pending.stored(task_id, begin).collect()
        };
        keeper.encodings.begin();
        let mut stored = Vec::with_capacity(writes.len());
        let kept = writes.iter().try_for_each(|write| {
            let value = keeper.encodings.store(write.value.bind(py), None)?;
            stored.push(StoredWrite { channel: NONE, index: 0, value });
            Ok(())
        });
        match kept {
            Ok(()) => {
                let path = task.map_or_else(String::new, |task| task.get().path.sort_key());
                let put = ledger.with(|inner| {
                    let id = Id::of_checkpoint(&machine.checkpoint_id);
                    keeper.put_writes(inner, graph, &id, task_id, &path, &writes, stored, is_new);
                });
                if put.is_none() {
                    machine.asks_saver = true;
                    return Ok(false);
                }
            }
            Err(error) => self.lane.fail(py, error, self.graph.get().writes_delta_of(&writes)),
        }
        keeper.encodings.end();
        machine.keeper = Some(keeper);
        Ok(true)
    }

    /// Makes the config of the checkpoint last stored, where it was put off.
    pub fn settle_address(&self, py: Python<'_>, machine: &mut Machine) -> PyResult<()> {
        self.locate(py, machine)?;
        let Some(late) = machine.late.take() else { return Ok(()) };
        let namespace = self.checkpoint_namespace(py)?;
        let at = |config: &Py<PyDict>, id: &Id| -> PyResult<Py<PyDict>> {
            let id = PyString::new(py, &id.text()).into_any();
            let patch = [(keys::checkpoint_ns(py), namespace.clone()), (keys::checkpoint_id(py), id)];
            Ok(patched(config.bind(py), &patch)?.unbind())
        };
        machine.previous_config = match &late.parent {
            Some(parent) => Some(at(&machine.checkpoint_config, parent)?),
            None => None,
        };
        machine.checkpoint_config = at(&machine.checkpoint_config, &late.id)?;
        Ok(())
    }
}

/// What pickles for a saver's serializer, if it does.
fn pickling(saver: &Bound<'_, PyAny>) -> PyResult<Option<Obj>> {
    let serde = saver.getattr(intern!(saver.py(), "serde"))?;
    if serde.getattr(intern!(serde.py(), "pickle_fallback"))?.is_truthy()? {
        return Ok(Some(serde.getattr(intern!(serde.py(), "dumps_typed"))?.unbind()));
    }
    Ok(None)
}

trace_fields!(Keeper: encodings);

impl Keeper {
    fn put(&mut self, inner: &mut Inner, graph: &Graph, machine: &Machine, prepared: Prepared) {
        let state = &machine.state;
        let (shelf, names) = inner.shelf(&self.thread, &self.namespace);
        if shelf.serial != self.shelf {
            (self.shelf, self.last) = (shelf.serial, None);
        }
        for (channel, value) in prepared.values {
            let Some(version) = state.version(channel) else { continue };
            let version = shelf.versions.number(version);
            shelf.put_value(self.channel(graph, names, channel), version, value);
        }
        let mut marks = Marking { keeper: self, graph, names, shelf };
        let marks = match marks.keeper.last {
            Some(last) if !state.changes.others => NewMarks::Since(last, marks.changes(state)),
            _ => NewMarks::Whole(marks.whole(state)),
        };
        let updated = machine.updated.as_ref().map(|updated| {
            let mut own: SmallVec<[&str; 8]> =
                updated.iter().map(|channel| &*graph.core.channel(*channel).name).collect();
            own.sort_unstable();
            own.dedup();
            own.into_iter().map(|name| names.number(name)).collect()
        });
        let (source, step) = machine.described;
        let place = shelf.put_made(NewMade {
            id: prepared.id,
            parent: prepared.parent,
            time_us: clock::now_us(),
            step,
            told: Told::Run { source, about: self.about.clone(), counters: prepared.counters },
            updated,
            marks,
        });
        self.last = Some(place);
    }

    #[allow(clippy::too_many_arguments)]
    fn put_writes(
        &mut self,
        inner: &mut Inner,
        graph: &Graph,
        checkpoint: &Id,
        task_id: &str,
        path: &str,
        writes: &[&Write<Obj>],
        mut stored: Vec<StoredWrite>,
        is_new: bool,
    ) {
        let (shelf, names) = inner.shelf(&self.thread, &self.namespace);
        for (place, (write, kept)) in writes.iter().zip(&mut stored).enumerate() {
            (kept.channel, kept.index) = match &write.target {
                Target::Channel(channel) => (self.channel(graph, names, *channel), place as i32),
                other => {
                    let name = writer::name_of(&graph.core, other);
                    (names.number(name), index_of_write(name, place))
                }
            };
        }
        shelf.put_writes(checkpoint, Id::of(task_id), names.number(path), stored, is_new);
    }

    fn channel(&mut self, graph: &Graph, names: &mut Names, channel: ChannelId) -> u32 {
        numbered(&mut self.channels, channel.index(), || names.number(&graph.core.channel(channel).name))
    }
}

/// The number at a place, asked for once.
fn numbered(known: &mut Vec<u32>, place: usize, number: impl FnOnce() -> u32) -> u32 {
    if known.len() <= place {
        known.resize(place + 1, NONE);
    }
    if known[place] == NONE {
        known[place] = number();
    }
    known[place]
}

/// Turns the marks of a state into numbers.
struct Marking<'a> {
    keeper: &'a mut Keeper,
    graph: &'a Graph,
    names: &'a mut Names,
    shelf: &'a mut crate::ledger::Shelf,
}

/// Most supersteps change a few, which then need no room of their own.
type VersionMarks = SmallVec<[(u32, u32); 8]>;
type SeenMarks = SmallVec<[(u32, u32, u32); 8]>;

impl Marking<'_> {
    fn changes(&mut self, state: &State<Obj>) -> Changes {
        let changed = state.changes.channels.iter();
        let versions: VersionMarks = changed.filter_map(|place| self.version(state, place)).collect();
        let mut seen = SeenMarks::new();
        for node in state.changes.nodes.iter() {
            self.node(state, node, &mut seen);
        }
        Changes { versions: versions.into_boxed_slice(), seen: seen.into_boxed_slice() }
    }

    fn whole(&mut self, state: &State<Obj>) -> Changes {
        let mut versions = VersionMarks::new();
        let mut seen = SeenMarks::new();
        for (name, version) in &state.stray_versions {
            versions.push((self.names.number(name), self.shelf.versions.number(version)));
        }
        for (node, marks) in &state.stray_seen {
            self.named(node, marks.iter(), &mut seen);
        }
        versions.extend(state.versions.touched().filter_map(|(place, _)| self.version(state, place)));
        for (node, _) in state.seen.touched() {
            self.node(state, node, &mut seen);
        }
        if let Some(marks) = &state.interrupt_seen {
            self.named(Reserved::Interrupt.name(), marks.iter(), &mut seen);
        }
        Changes { versions: versions.into_boxed_slice(), seen: seen.into_boxed_slice() }
    }

    fn named<'b>(
        &mut self,
        node: &str,
        marks: impl Iterator<Item = (&'b Arc<str>, &'b pregel_core::Version)>,
        seen: &mut SeenMarks,
    ) {
        let node = self.names.number(node);
        let before = seen.len();
        for (channel, version) in marks {
            seen.push((node, self.names.number(channel), self.shelf.versions.number(version)));
        }
        if seen.len() == before {
            seen.push((node, NONE, NONE));
        }
    }

    fn version(&mut self, state: &State<Obj>, place: usize) -> Option<(u32, u32)> {
        let version = self.shelf.versions.number(state.versions[place].as_ref()?);
        Some((self.keeper.channel(self.graph, self.names, ChannelId(place as u32)), version))
    }

    fn node(&mut self, state: &State<Obj>, place: usize, seen: &mut SeenMarks) {
        let Some(marks) = &state.seen[place] else { return };
        let name = &self.graph.core.nodes[place].name;
        let node = numbered(&mut self.keeper.nodes, place, || self.names.number(name));
        if marks.is_empty() {
            seen.push((node, NONE, NONE));
        }
        for (channel, version) in marks {
            let version = self.shelf.versions.number(version);
            seen.push((node, self.keeper.channel(self.graph, self.names, *channel), version));
        }
    }
}
