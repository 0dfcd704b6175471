//! The compiled form of a graph: nodes and channels by small ids, and the trigger table.
//!
//! Names are interned once, at compile time; inside a superstep only ids are compared.

use crate::channel::ChannelKind;
use std::collections::HashMap;
use std::sync::Arc;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ChannelId(pub u32);

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeId(pub u32);

impl ChannelId {
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

impl NodeId {
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

pub struct ChannelSpec<V> {
    pub name: Arc<str>,
    pub kind: ChannelKind<V>,
}

pub struct Node {
    pub name: Arc<str>,
    /// The channels whose new version makes this node run, in the order they were declared.
    pub triggers: Arc<[ChannelId]>,
    /// Their names sorted, as task ids hash them.
    pub sorted_triggers: Vec<Arc<str>>,
}

pub struct Graph<V> {
    pub channels: Vec<ChannelSpec<V>>,
    pub nodes: Vec<Node>,
    channel_ids: HashMap<Arc<str>, ChannelId>,
    node_ids: HashMap<Arc<str>, NodeId>,
    /// channel → the nodes it triggers, sorted by name.
    triggered: Vec<Vec<NodeId>>,
    /// All nodes sorted by name: the rank orders the tasks of one superstep.
    rank: Vec<u32>,
    /// The channels that an empty update can change; all others are left alone between writes.
    pub emptied: Vec<ChannelId>,
    /// The channels that can change when a run is about to finish.
    pub finishing: Vec<ChannelId>,
    /// The channel of sends, where the graph has one.
    pub tasks: Option<ChannelId>,
}

impl<V> Graph<V> {
    pub fn channel_id(&self, name: &str) -> Option<ChannelId> {
        self.channel_ids.get(name).copied()
    }

    pub fn node_id(&self, name: &str) -> Option<NodeId> {
        self.node_ids.get(name).copied()
    }

    pub fn channel(&self, id: ChannelId) -> &ChannelSpec<V> {
        &self.channels[id.index()]
    }

    pub fn node(&self, id: NodeId) -> &Node {
        &self.nodes[id.index()]
    }

    pub fn triggered_by(&self, channel: ChannelId) -> &[NodeId] {
        &self.triggered[channel.index()]
    }

    /// The place of a node in name order.
    pub fn rank(&self, node: NodeId) -> u32 {
        self.rank[node.index()]
    }

    pub fn channel_ids(&self) -> impl Iterator<Item = ChannelId> {
        (0..self.channels.len() as u32).map(ChannelId)
    }

    pub fn node_ids(&self) -> impl Iterator<Item = NodeId> {
        (0..self.nodes.len() as u32).map(NodeId)
    }
}

/// Collects channels and nodes, then closes them into a `Graph`.
pub struct GraphBuilder<V> {
    channels: Vec<ChannelSpec<V>>,
    channel_ids: HashMap<Arc<str>, ChannelId>,
    nodes: Vec<Node>,
}

impl<V> Default for GraphBuilder<V> {
    fn default() -> Self {
        GraphBuilder { channels: Vec::new(), channel_ids: HashMap::new(), nodes: Vec::new() }
    }
}

impl<V> GraphBuilder<V> {
    pub fn add_channel(&mut self, name: &str, kind: ChannelKind<V>) -> ChannelId {
        let name: Arc<str> = name.into();
        let id = ChannelId(self.channels.len() as u32);
        self.channel_ids.insert(name.clone(), id);
        self.channels.push(ChannelSpec { name, kind });
        id
    }

    /// Adds a node; triggers that name no channel are left out (validation reports them).
    pub fn add_node(&mut self, name: &str, triggers: &[String]) -> NodeId {
        let id = NodeId(self.nodes.len() as u32);
        let mut sorted: Vec<Arc<str>> = triggers.iter().map(|t| Arc::from(t.as_str())).collect();
        sorted.sort();
        let triggers = triggers.iter().filter_map(|t| self.channel_ids.get(t.as_str()).copied()).collect();
        self.nodes.push(Node { name: name.into(), triggers, sorted_triggers: sorted });
        id
    }

    pub fn build(self) -> Graph<V> {
        let mut order: Vec<u32> = (0..self.nodes.len() as u32).collect();
        order.sort_by(|a, b| self.nodes[*a as usize].name.cmp(&self.nodes[*b as usize].name));
        let mut rank = vec![0; order.len()];
        for (place, node) in order.iter().enumerate() {
            rank[*node as usize] = place as u32;
        }
        let mut triggered = vec![Vec::new(); self.channels.len()];
        for node in &order {
            for channel in self.nodes[*node as usize].triggers.iter() {
                let nodes: &mut Vec<NodeId> = &mut triggered[channel.index()];
                if nodes.last() != Some(&NodeId(*node)) {
                    nodes.push(NodeId(*node));
                }
            }
        }
        let ids = |wanted: fn(&ChannelKind<V>) -> bool| {
            let places = self.channels.iter().enumerate().filter(|(_, c)| wanted(&c.kind));
            places.map(|(i, _)| ChannelId(i as u32)).collect::<Vec<_>>()
        };
        Graph {
            emptied: ids(ChannelKind::reacts_to_empty_update),
            finishing: ids(ChannelKind::reacts_to_finish),
            tasks: self.channel_ids.get(crate::write::TASKS).copied(),
            node_ids: self.nodes.iter().enumerate().map(|(i, n)| (n.name.clone(), NodeId(i as u32))).collect(),
            channels: self.channels,
            channel_ids: self.channel_ids,
            nodes: self.nodes,
            triggered,
            rank,
        }
    }
}
