//! The rules a run can break, one variant each. The host turns them into its own exceptions.

use std::sync::Arc;
use thiserror::Error;

#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Rule {
    #[error(
        "At key '{channel}': Can receive only one value per step. Use an Annotated key to handle multiple values."
    )]
    ConcurrentUpdate { channel: Arc<str> },
    #[error("At key '{channel}': {kind}(guard=True) can receive only one value per step. Use guard=False if you want to store any one of multiple values.")]
    GuardedUpdate { channel: Arc<str>, kind: &'static str },
    #[error("Can receive only one Overwrite value per super-step.")]
    SecondOverwrite { channel: Arc<str> },
    /// The host writes the message: it alone can show the value and the names.
    #[error("value not among the names of barrier '{channel}'")]
    StrangerAtBarrier { channel: Arc<str> },
    #[error("channel '{channel}' is empty")]
    Empty { channel: Arc<str> },
    #[error("a superstep cannot go from {from} to {to}")]
    Transition { from: &'static str, to: &'static str },
}
