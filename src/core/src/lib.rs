#![forbid(unsafe_code)]
//! The superstep engine of langgraph_rust: plan, run, apply.
//!
//! No Python, no I/O, no clock and no randomness: values are opaque (`Host::Value`), ids and
//! versions come in as arguments, and what may wait leaves as data. See `superstep` for the state
//! machine and `graph` for the compiled form that everything else works on.

pub mod apply;
pub mod begin;
pub mod channel;
pub mod delta;
pub mod error;
pub mod graph;
pub mod host;
pub mod interrupt;
pub mod namespace;
pub mod path;
pub mod pending;
pub mod plan;
pub mod read;
pub mod sparse;
pub mod state;
pub mod superstep;
pub mod task_id;
pub mod version;
pub mod write;

pub use channel::{Channel, ChannelKind};
pub use error::Rule;
pub use graph::{ChannelId, Graph, GraphBuilder, NodeId};
pub use host::{ForeignCall, ForeignReply, Host};
pub use path::Path;
pub use sparse::Sparse;
pub use state::State;
pub use superstep::{Status, Superstep};
pub use version::Version;
pub use write::{Reserved, Target};
