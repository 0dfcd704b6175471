//! Why an object cannot be written; and how deep one may nest.

use pyo3::exceptions::{PyRuntimeError, PyTypeError};
use pyo3::prelude::*;

/// Why an object cannot be written.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    #[error("Recursion limit reached")]
    TooDeep,
    #[error("Integer exceeds 64-bit range")]
    IntTooBig,
    #[error("Type is not msgpack serializable: {}", .0.0)]
    NoForm(Box<(String, Option<PyErr>)>),
    #[error("Dict key must a type serializable with OPT_NON_STR_KEYS")]
    KeyType,
    #[error("string contains surrogates")]
    Surrogates,
    #[error("datetime.time must not have tzinfo set")]
    TimeZone,
    #[error("Failed to get buffer from memoryview")]
    Buffer,
    #[error("a container changed while it was being serialized")]
    Changed,
    /// Not an error: the dump of a model may do more than copy this value.
    #[error("the value is not plain")]
    NotPlain,
    #[error(transparent)]
    Raised(Box<PyErr>),
}

impl From<PyErr> for Refusal {
    fn from(error: PyErr) -> Self {
        Refusal::Raised(Box::new(error))
    }
}

impl Refusal {
    pub fn into_error(self, py: Python<'_>) -> PyErr {
        match self {
            Refusal::Raised(error) => *error,
            Refusal::Changed => PyRuntimeError::new_err(self.to_string()),
            Refusal::NoForm(found) => {
                let error = PyTypeError::new_err(format!("Type is not msgpack serializable: {}", found.0));
                error.set_cause(py, found.1);
                error
            }
            other => PyTypeError::new_err(other.to_string()),
        }
    }
}

pub type Written = Result<(), Refusal>;

/// Containers within containers, not counting through extensions; and counting all.
const MAX_LEVEL: u16 = 255;
const MAX_DEPTH: u16 = 1022;

/// How far inside containers a value is.
#[derive(Clone, Copy)]
pub struct Depth {
    level: u16,
    all: u16,
}

impl Depth {
    pub const NONE: Depth = Depth { level: 0, all: 0 };

    #[inline]
    pub fn deeper(self) -> Result<Depth, Refusal> {
        if self.level >= MAX_LEVEL || self.all >= MAX_DEPTH {
            return Err(Refusal::TooDeep);
        }
        Ok(Depth { level: self.level + 1, all: self.all + 1 })
    }

    /// Inside the array that is an extension's payload.
    pub fn in_payload(self) -> Result<Depth, Refusal> {
        self.at_payload()?.deeper()
    }

    /// Where the payload of an extension begins: levels are counted anew.
    pub fn at_payload(self) -> Result<Depth, Refusal> {
        if self.all >= MAX_DEPTH {
            return Err(Refusal::TooDeep);
        }
        Ok(Depth { level: 0, all: self.all + 1 })
    }
}
