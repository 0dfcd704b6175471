//! Reading the channels from inside a running task.

use crate::channel::Channel;
use crate::graph::{ChannelId, Graph};
use crate::host::Host;
use crate::state::State;
use crate::write::Write;

/// A copy of `channel` as the writes of one task would leave it; the channel itself stays frozen.
///
/// Only the task's own writes show: those of its siblings are not applied before the barrier.
pub fn with_writes<H: Host>(
    graph: &Graph<H::Value>,
    state: &State<H::Value>,
    channel: ChannelId,
    writes: &[Write<H::Value>],
    host: &mut H,
) -> Result<Channel<H::Value>, H::Error> {
    let own = writes.iter().filter(|w| w.target.channel() == Some(channel));
    let values = own.map(|w| w.value.clone()).collect();
    let mut copy = state.cells[channel.index()].fork(host)?;
    copy.update(host, &graph.channel(channel).name, values)?;
    Ok(copy)
}
