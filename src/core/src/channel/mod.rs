//! Channels: named cells with an update rule. One file a kind.

mod barrier;
mod ephemeral;
mod last_value;
mod reducing;
mod topic;
mod values;

pub use barrier::Barrier;
pub use ephemeral::Guarded;
pub use last_value::AfterFinish;
pub use topic::Topic;
pub use values::Values;

use crate::error::Rule;
use crate::host::{foreign_flag, ForeignCall, ForeignReply, Host, Reading};
use std::sync::Arc;

/// What a channel is, fixed at compile time.
#[derive(Clone)]
pub enum ChannelKind<V> {
    LastValue,
    LastValueAfterFinish,
    AnyValue,
    Ephemeral {
        guard: bool,
    },
    Untracked {
        guard: bool,
    },
    Topic {
        accumulate: bool,
    },
    Reducing {
        reducer: V,
    },
    Barrier {
        names: Arc<[V]>,
        after_finish: bool,
    },
    /// A kind the engine does not know: the value is the user's channel object.
    Foreign {
        object: V,
        untracked: bool,
    },
}

impl<V> ChannelKind<V> {
    /// Whether an update without values can change the channel.
    pub fn reacts_to_empty_update(&self) -> bool {
        matches!(
            self,
            ChannelKind::AnyValue
                | ChannelKind::Ephemeral { .. }
                | ChannelKind::Topic { accumulate: false }
                | ChannelKind::Foreign { .. }
        )
    }

    pub fn reacts_to_finish(&self) -> bool {
        matches!(
            self,
            ChannelKind::LastValueAfterFinish
                | ChannelKind::Barrier { after_finish: true, .. }
                | ChannelKind::Foreign { .. }
        )
    }

    /// Whether nothing but writes changes the channel.
    pub fn is_steady(&self) -> bool {
        matches!(self, ChannelKind::LastValue | ChannelKind::Reducing { .. } | ChannelKind::Untracked { .. })
    }

    /// Whether it runs as an object of the host's.
    pub fn is_foreign(&self) -> bool {
        matches!(self, ChannelKind::Foreign { .. })
    }

    /// Whether the channel's value stays out of checkpoints and of persisted writes.
    pub fn is_untracked(&self) -> bool {
        matches!(self, ChannelKind::Untracked { .. } | ChannelKind::Foreign { untracked: true, .. })
    }
}

/// The state of one channel in one run.
#[derive(Clone)]
pub enum Channel<V> {
    LastValue(Option<V>),
    AfterFinish(AfterFinish<V>),
    AnyValue(Option<V>),
    Ephemeral(Guarded<V>),
    Untracked(Guarded<V>),
    Topic(Topic<V>),
    Reducing { value: Option<V>, reducer: V },
    Barrier(Barrier<V>),
    Foreign(V),
}

impl<V> Channel<V> {
    /// The values that the channel itself holds.
    pub fn values(&self) -> impl Iterator<Item = &V> {
        let (one, many): (Option<&V>, &[V]) = match self {
            Channel::LastValue(value) | Channel::AnyValue(value) | Channel::Reducing { value, .. } => {
                (value.as_ref(), &[])
            }
            Channel::Ephemeral(cell) | Channel::Untracked(cell) => (cell.value.as_ref(), &[]),
            Channel::AfterFinish(cell) => (cell.value.as_ref(), &[]),
            Channel::Topic(topic) => (None, &topic.values),
            Channel::Barrier(_) => (None, &[]),
            Channel::Foreign(object) => (Some(object), &[]),
        };
        one.into_iter().chain(many)
    }
}

impl<V: Clone> Channel<V> {
    /// Whether a reader finds something.
    #[inline]
    pub fn is_available<H: Host<Value = V>>(&self, host: &mut H) -> Result<bool, H::Error> {
        Ok(match self {
            Channel::LastValue(value) | Channel::AnyValue(value) => value.is_some(),
            Channel::Reducing { value, .. } => value.is_some(),
            Channel::Ephemeral(cell) | Channel::Untracked(cell) => cell.value.is_some(),
            Channel::AfterFinish(cell) => cell.is_available(),
            Channel::Topic(topic) => !topic.values.is_empty(),
            Channel::Barrier(barrier) => barrier.is_available(),
            Channel::Foreign(object) => foreign_flag(host, object, ForeignCall::IsAvailable)?,
        })
    }

    /// Whether silence can change the channel as it stands, if it changes channels of this kind at all.
    pub(crate) fn may_fade(&self) -> bool {
        matches!(self, Channel::Foreign(_)) || self.values().next().is_some()
    }

    /// Whether silence can still change the channel: it holds something, or may (a foreign one).
    pub(crate) fn stays_notified<H: Host<Value = V>>(&self, host: &mut H) -> Result<bool, H::Error> {
        match self {
            Channel::Foreign(_) => Ok(true),
            native => native.is_available(host),
        }
    }

    pub fn read<H: Host<Value = V>>(&self, host: &mut H) -> Result<Reading<'_, V>, H::Error> {
        let one = |value: &Option<V>| value.clone().map_or(Reading::Empty, Reading::One);
        Ok(match self {
            Channel::LastValue(value) | Channel::AnyValue(value) => one(value),
            Channel::Reducing { value, .. } => one(value),
            Channel::Ephemeral(cell) | Channel::Untracked(cell) => one(&cell.value),
            Channel::AfterFinish(cell) if cell.is_available() => one(&cell.value),
            Channel::AfterFinish(_) => Reading::Empty,
            Channel::Topic(topic) if topic.values.is_empty() => Reading::Empty,
            Channel::Topic(topic) => Reading::Many(&topic.values),
            Channel::Barrier(barrier) if barrier.is_available() => Reading::Nothing,
            Channel::Barrier(_) => Reading::Empty,
            Channel::Foreign(object) => match host.foreign(object, ForeignCall::Get)? {
                ForeignReply::Value(value) => Reading::One(value),
                _ => Reading::Empty,
            },
        })
    }

    /// Applies the writes of one superstep, in order; an empty list only notifies. Says whether the
    /// channel changed.
    pub fn update<H: Host<Value = V>>(
        &mut self,
        host: &mut H,
        name: &Arc<str>,
        values: Values<V>,
    ) -> Result<bool, H::Error> {
        match self {
            Channel::LastValue(cell) => last_value::update(cell, name, values).map_err(H::Error::from),
            Channel::AnyValue(cell) => Ok(last_value::update_any(cell, values)),
            Channel::AfterFinish(cell) => Ok(cell.update(values)),
            Channel::Ephemeral(cell) => cell.update(name, "EphemeralValue", true, values).map_err(H::Error::from),
            Channel::Untracked(cell) => cell.update(name, "UntrackedValue", false, values).map_err(H::Error::from),
            Channel::Topic(topic) => Ok(topic.update(host, values)),
            Channel::Reducing { value, reducer } => reducing::update(host, name, value, reducer, values),
            Channel::Barrier(barrier) => barrier.update(host, name, values),
            Channel::Foreign(object) => foreign_flag(host, object, ForeignCall::Update(values.into_vec())),
        }
    }

    /// Whether the channel can change when a task that it triggered has run.
    pub(crate) fn is_consumed(&self) -> bool {
        matches!(self, Channel::AfterFinish(_) | Channel::Barrier(_) | Channel::Foreign(_))
    }

    /// Tells the channel that a task it triggered has run.
    pub fn consume<H: Host<Value = V>>(&mut self, host: &mut H) -> Result<bool, H::Error> {
        Ok(match self {
            Channel::AfterFinish(cell) => cell.consume(),
            Channel::Barrier(barrier) => barrier.consume(),
            Channel::Foreign(object) => foreign_flag(host, object, ForeignCall::Consume)?,
            _ => false,
        })
    }

    /// Tells the channel that the run would end now.
    pub fn finish<H: Host<Value = V>>(&mut self, host: &mut H) -> Result<bool, H::Error> {
        Ok(match self {
            Channel::AfterFinish(cell) => cell.finish(),
            Channel::Barrier(barrier) => barrier.finish(),
            Channel::Foreign(object) => foreign_flag(host, object, ForeignCall::Finish)?,
            _ => false,
        })
    }

    /// A copy that can be updated without changing this channel.
    pub fn fork<H: Host<Value = V>>(&self, host: &mut H) -> Result<Channel<V>, H::Error> {
        match self {
            Channel::Foreign(object) => match host.foreign(object, ForeignCall::Copy)? {
                ForeignReply::Value(copy) => Ok(Channel::Foreign(copy)),
                _ => Err(Rule::Empty { channel: "copy".into() }.into()),
            },
            native => Ok(native.clone()),
        }
    }
}
