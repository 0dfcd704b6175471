//! Which tasks the next superstep runs.

use crate::graph::{ChannelId, Graph, NodeId};
use crate::host::Host;
use crate::state::State;
use smallvec::SmallVec;
use std::borrow::Cow;

/// The nodes of a superstep; most run a few.
pub type Due = SmallVec<[NodeId; 4]>;

/// The nodes whose triggers have news for them, in name order.
///
/// `updated` are the channels that the last barrier changed, where that is known; only the nodes
/// they trigger are looked at. A superstep so costs its active tasks, not the size of the graph.
pub fn triggered_nodes<H: Host>(
    graph: &Graph<H::Value>,
    state: &State<H::Value>,
    updated: Option<&[ChannelId]>,
    host: &mut H,
) -> Result<Due, H::Error> {
    if !state.has_versions() {
        return Ok(Due::new());
    }
    let candidates = match updated {
        Some(updated) if !updated.is_empty() => candidates_of(graph, updated),
        _ => Cow::Owned(graph.node_ids().collect()),
    };
    let mut triggered = Due::new();
    for node in candidates.iter() {
        if is_triggered(graph, state, *node, host)? {
            triggered.push(*node);
        }
    }
    Ok(triggered)
}

fn candidates_of<'g, V>(graph: &'g Graph<V>, updated: &[ChannelId]) -> Cow<'g, [NodeId]> {
    let mut lists = updated.iter().map(|channel| graph.triggered_by(*channel)).filter(|nodes| !nodes.is_empty());
    let Some(first) = lists.next() else { return Cow::Borrowed(&[]) };
    let Some(second) = lists.next() else { return Cow::Borrowed(first) };
    let mut nodes = [first, second].concat();
    for more in lists {
        nodes.extend_from_slice(more);
    }
    nodes.sort_unstable_by_key(|node| graph.rank(*node));
    nodes.dedup();
    Cow::Owned(nodes)
}

/// Whether one of the node's triggers is available and newer than what the node has seen.
fn is_triggered<H: Host>(
    graph: &Graph<H::Value>,
    state: &State<H::Value>,
    node: NodeId,
    host: &mut H,
) -> Result<bool, H::Error> {
    let never_ran = state.seen[node.index()].is_none();
    for channel in graph.node(node).triggers.iter() {
        if !state.cells[channel.index()].is_available(host)? {
            continue;
        }
        let news = |version: &crate::Version| version.is_newer_than(state.seen_version(node, *channel));
        if never_ran || state.version(*channel).is_some_and(news) {
            return Ok(true);
        }
    }
    Ok(false)
}
