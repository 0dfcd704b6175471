//! What the engine asks of the owner of the values.

use crate::channel::Channel;
use crate::error::Rule;
use crate::sparse::Sparse;
use crate::version::Version;

/// One request to a channel that the engine does not know (a subclass or a user's own kind).
pub enum ForeignCall<V> {
    IsAvailable,
    Get,
    Update(Vec<V>),
    Consume,
    Finish,
    Copy,
}

/// The answer to a `ForeignCall`.
pub enum ForeignReply<V> {
    Flag(bool),
    Value(V),
    /// The channel holds nothing.
    Empty,
}

/// The owner of the values: calls reducers, reads foreign channels, makes versions.
///
/// Every method is synchronous and may run user code. `Error` carries both the user's exceptions and
/// the rules that the engine found broken.
pub trait Host {
    type Value: Clone;
    type Error: From<Rule>;

    /// `reducer(left, right)`.
    fn reduce(
        &mut self,
        reducer: &Self::Value,
        left: Self::Value,
        right: Self::Value,
    ) -> Result<Self::Value, Self::Error>;

    /// The value inside an overwrite marker; `None` for every other value.
    fn overwrite(&mut self, value: &Self::Value) -> Result<Option<Self::Value>, Self::Error>;

    /// The elements of a list that a topic spreads; `None` for every other value.
    fn spread(&mut self, value: &Self::Value) -> Option<Vec<Self::Value>>;

    /// Where `value` stands among `names`.
    fn position(&mut self, value: &Self::Value, names: &[Self::Value]) -> Result<Option<usize>, Self::Error>;

    /// A value that no barrier name equals.
    fn stranger(&mut self, channel: &str, value: &Self::Value, names: &[Self::Value]) -> Self::Error;

    fn foreign(
        &mut self,
        object: &Self::Value,
        call: ForeignCall<Self::Value>,
    ) -> Result<ForeignReply<Self::Value>, Self::Error>;

    /// The version after `current`.
    fn next_version(&mut self, current: Option<&Version>) -> Result<Version, Self::Error>;

    /// A write to a channel that the graph does not have; it is dropped.
    fn unknown_channel(&mut self, task: &str, path: &crate::path::Path, channel: &str);
}

/// What a channel shows to a reader.
pub enum Reading<'a, V> {
    One(V),
    /// A topic's elements; the host makes a fresh list of them.
    Many(&'a [V]),
    /// Present, but without a value of its own (a barrier that was passed).
    Nothing,
    Empty,
}

pub(crate) fn foreign_flag<H: Host>(
    host: &mut H,
    object: &H::Value,
    call: ForeignCall<H::Value>,
) -> Result<bool, H::Error> {
    Ok(matches!(host.foreign(object, call)?, ForeignReply::Flag(true)))
}

pub(crate) type Cells<V> = Sparse<Channel<V>>;
