//! Reading the channels from inside a running task.

use crate::channel::{Channel, Values};
use crate::host::Host;
use std::sync::Arc;

/// `cell` as the writes of one task would leave it; the frozen channel it was copied from stays as it is.
///
/// Only the task's own writes show: those of its siblings are not applied before the barrier.
pub fn with_writes<H: Host>(
    cell: Channel<H::Value>,
    name: &Arc<str>,
    values: Values<H::Value>,
    host: &mut H,
) -> Result<Channel<H::Value>, H::Error> {
    let mut own = cell.fork(host)?;
    own.update(host, name, values)?;
    Ok(own)
}
