//! Which tasks the next superstep runs.

use crate::graph::{ChannelId, Graph, NodeId};
use crate::host::Host;
use crate::state::State;

/// The nodes whose triggers have news for them, in name order.
///
/// `updated` are the channels that the last barrier changed, where that is known; only the nodes
/// they trigger are looked at. A superstep so costs its active tasks, not the size of the graph.
pub fn triggered_nodes<H: Host>(
    graph: &Graph<H::Value>,
    state: &State<H::Value>,
    updated: Option<&[ChannelId]>,
    host: &mut H,
) -> Result<Vec<NodeId>, H::Error> {
    let mut candidates = match updated {
        Some(updated) if !updated.is_empty() => candidates_of(graph, updated),
        _ if !state.has_versions() => return Ok(Vec::new()),
        _ => graph.node_ids().collect(),
    };
    if !state.has_versions() {
        return Ok(Vec::new());
    }
    let mut failure = None;
    candidates.retain(|node| match is_triggered(graph, state, *node, host) {
        Ok(triggered) => triggered && failure.is_none(),
        Err(error) => {
            failure.get_or_insert(error);
            false
        }
    });
    failure.map_or(Ok(candidates), Err)
}

fn candidates_of<V>(graph: &Graph<V>, updated: &[ChannelId]) -> Vec<NodeId> {
    if let [channel] = updated {
        return graph.triggered_by(*channel).to_vec();
    }
    let mut nodes: Vec<NodeId> = Vec::new();
    for channel in updated {
        nodes.extend_from_slice(graph.triggered_by(*channel));
    }
    nodes.sort_unstable_by_key(|node| graph.rank(*node));
    nodes.dedup();
    nodes
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
