//! The state of a run: its channels, their versions, and what each node has seen of them.

use crate::channel::Channel;
use crate::graph::{ChannelId, Graph, NodeId};
use crate::host::Cells;
use crate::sparse::Sparse;
use crate::version::{newest, Version};
use std::collections::HashMap;
use std::sync::Arc;

pub type Seen = Vec<(ChannelId, Version)>;

/// Places in a list that have changed; each is listed once, in the order they changed first.
#[derive(Clone, Default)]
pub struct Places {
    listed: Vec<u32>,
    known: Vec<bool>,
}

impl Places {
    #[inline]
    pub fn note(&mut self, place: usize) {
        if !self.contains(place) {
            self.add(place);
        }
    }

    fn add(&mut self, place: usize) {
        if self.known.len() <= place {
            self.known.resize(place + 1, false);
        }
        self.known[place] = true;
        self.listed.push(place as u32);
    }

    pub fn contains(&self, place: usize) -> bool {
        self.known.get(place).copied().unwrap_or(false)
    }

    pub fn iter(&self) -> impl Iterator<Item = usize> + '_ {
        self.listed.iter().map(|place| *place as usize)
    }

    fn forget(&mut self) {
        for place in self.listed.drain(..) {
            self.known[place as usize] = false;
        }
    }
}

/// What of a state has changed since its last checkpoint, so that the next one stores that alone.
#[derive(Clone, Default)]
pub struct Changes {
    /// Channels with a new version.
    pub channels: Places,
    /// Nodes that have seen something new.
    pub nodes: Places,
    /// Something else: marks of interrupts, of strays, or of many nodes at once.
    pub others: bool,
}

impl Changes {
    /// The state is stored as it is.
    pub fn forget(&mut self) {
        self.channels.forget();
        self.nodes.forget();
        self.others = false;
    }
}

#[derive(Clone)]
pub struct State<V> {
    pub cells: Cells<V>,
    /// By channel; `None` where it was never written.
    pub versions: Sparse<Option<Version>>,
    /// By node; `None` where the node never ran.
    pub seen: Sparse<Option<Seen>>,
    /// The versions up to which interrupts were handled; `None` before the first.
    pub interrupt_seen: Option<HashMap<Arc<str>, Version>>,
    /// Marks of a loaded checkpoint for channels and nodes that the graph no longer has. They are
    /// carried along, so that a thread survives an edit of its graph and its undoing.
    pub stray_versions: HashMap<Arc<str>, Version>,
    pub stray_seen: HashMap<Arc<str>, HashMap<Arc<str>, Version>>,
    latest: Option<Version>,
    /// What differs from the checkpoint that was stored or loaded last.
    pub changes: Changes,
    /// Of the channels that an empty update can change, those that may hold a value: only they are
    /// notified when a superstep writes nothing to them.
    pub(crate) fading: Vec<ChannelId>,
}

impl<V: Clone> State<V> {
    /// A state with these cells. Those that were not touched hold nothing that silence could change.
    pub fn new(graph: &Graph<V>, cells: Cells<V>) -> Self {
        let may_fade = |channel: ChannelId, cell: &Channel<V>| {
            graph.channel(channel).kind.reacts_to_empty_update() && cell.may_fade()
        };
        let touched = cells.touched().map(|(place, cell)| (ChannelId(place as u32), cell));
        let fading = touched.filter(|(channel, cell)| may_fade(*channel, cell)).map(|(channel, _)| channel).collect();
        State {
            versions: Sparse::same(None, cells.len()),
            seen: Sparse::same(None, graph.nodes.len()),
            cells,
            fading,
            ..State::unloaded()
        }
    }

    /// The state of a run that has loaded nothing yet, not even channels.
    pub fn unloaded() -> Self {
        State {
            versions: Sparse::empty(),
            cells: Sparse::empty(),
            seen: Sparse::empty(),
            interrupt_seen: None,
            stray_versions: HashMap::new(),
            stray_seen: HashMap::new(),
            latest: None,
            changes: Changes::default(),
            fading: Vec::new(),
        }
    }

    /// Notes that silence may change `channel` from now on, if it changes channels of its kind.
    pub(crate) fn expect_silence(&mut self, graph: &Graph<V>, channel: ChannelId) {
        if graph.channel(channel).kind.reacts_to_empty_update() && !self.fading.contains(&channel) {
            self.fading.push(channel);
        }
    }

    /// Whether any channel, known or stray, has ever been written.
    pub fn has_versions(&self) -> bool {
        self.latest.is_some()
    }

    pub fn version(&self, channel: ChannelId) -> Option<&Version> {
        self.versions[channel.index()].as_ref()
    }

    pub fn set_version(&mut self, channel: ChannelId, version: Version) {
        self.note_latest(&version);
        self.place_version(channel, version);
    }

    /// Gives a channel a version that `note_latest` knows of.
    #[inline]
    pub(crate) fn place_version(&mut self, channel: ChannelId, version: Version) {
        self.versions[channel.index()] = Some(version);
        self.changes.channels.note(channel.index());
    }

    /// To be told of every version that a channel is given.
    pub(crate) fn note_latest(&mut self, version: &Version) {
        if newest(self.latest.as_ref(), Some(version)) == Some(version) {
            self.latest = Some(version.clone());
        }
    }

    pub fn set_stray_version(&mut self, name: &str, version: Version) {
        self.note_latest(&version);
        self.stray_versions.insert(name.into(), version);
        self.changes.others = true;
    }

    /// The newest version of any channel. Versions only grow, so it is kept, not searched.
    pub fn latest_version(&self) -> Option<&Version> {
        self.latest.as_ref()
    }

    /// What `node` has seen of `channel`.
    pub fn seen_version(&self, node: NodeId, channel: ChannelId) -> Option<&Version> {
        let seen = self.seen[node.index()].as_ref()?;
        seen.iter().find(|(c, _)| *c == channel).map(|(_, v)| v)
    }

    /// Records that `node` has seen its triggers as they stand.
    pub fn mark_seen(&mut self, node: NodeId, triggers: &[ChannelId]) {
        let seen = self.seen[node.index()].get_or_insert_with(|| Vec::with_capacity(triggers.len()));
        self.changes.nodes.note(node.index());
        for channel in triggers {
            let Some(version) = &self.versions[channel.index()] else { continue };
            match seen.iter_mut().find(|(c, _)| c == channel) {
                Some((_, mark)) => *mark = version.clone(),
                None => seen.push((*channel, version.clone())),
            }
        }
    }
}
