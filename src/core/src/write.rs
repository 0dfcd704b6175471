//! Where a write goes: to a channel of the graph, or to a name the engine keeps for itself.

use crate::graph::ChannelId;
use std::sync::Arc;

/// Names of the write protocol that are no channels of the graph.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Reserved {
    NoWrites,
    Push,
    Resume,
    Interrupt,
    Return,
    Error,
    ErrorSourceNode,
}

impl Reserved {
    pub const ALL: [(Reserved, &'static str); 7] = [
        (Reserved::NoWrites, "__no_writes__"),
        (Reserved::Push, "__pregel_push"),
        (Reserved::Resume, "__resume__"),
        (Reserved::Interrupt, "__interrupt__"),
        (Reserved::Return, "__return__"),
        (Reserved::Error, "__error__"),
        (Reserved::ErrorSourceNode, "__error_source_node__"),
    ];

    pub fn parse(name: &str) -> Option<Reserved> {
        if !name.starts_with("__") {
            return None;
        }
        Self::ALL.iter().find(|(_, n)| *n == name).map(|(r, _)| *r)
    }

    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(r, _)| *r == self).map_or("", |(_, n)| n)
    }

    /// Writes that say what happened to a task rather than what it produced.
    pub fn is_control(self) -> bool {
        matches!(self, Reserved::Error | Reserved::ErrorSourceNode | Reserved::Interrupt | Reserved::Resume)
    }
}

/// The channel that carries sends to the next superstep.
pub const TASKS: &str = "__pregel_tasks";
/// The id under which writes of no task (input, commands) are kept.
pub const NULL_TASK_ID: &str = "00000000-0000-0000-0000-000000000000";

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Target {
    Channel(ChannelId),
    Reserved(Reserved),
    /// A name the graph does not have.
    Unknown(Arc<str>),
}

impl Target {
    pub fn is(&self, reserved: Reserved) -> bool {
        *self == Target::Reserved(reserved)
    }

    pub fn channel(&self) -> Option<ChannelId> {
        match self {
            Target::Channel(id) => Some(*id),
            _ => None,
        }
    }

    /// Whether a task whose writes are all of this kind still counts as having produced nothing.
    pub fn is_control(&self) -> bool {
        matches!(self, Target::Reserved(r) if r.is_control())
    }
}

/// One write of a task, not yet applied.
#[derive(Debug, Clone)]
pub struct Write<V> {
    pub target: Target,
    pub value: V,
}

impl<V> Write<V> {
    pub fn new(target: Target, value: V) -> Self {
        Write { target, value }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reserved_names_round_trip() {
        for (reserved, name) in Reserved::ALL {
            assert_eq!(Reserved::parse(name), Some(reserved));
            assert_eq!(reserved.name(), name);
        }
        assert_eq!(Reserved::parse("messages"), None);
        assert_eq!(Reserved::parse("__other__"), None);
    }
}
