//! Channel versions between Python and the engine, and who makes the next one.

use crate::clock;
use crate::gc::{Trace, Traced};
use crate::writer::with_text;
use pregel_core::Version;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyFloat, PyInt, PyString};
use std::sync::Arc;

/// How the version after another is made.
pub enum Versioning {
    /// 1, 2, 3, …: runs without a saver, and savers that keep the default.
    Count,
    /// `InMemorySaver`'s own: a count, then random digits to tell forks.
    Digits,
    /// The saver's own function `(current, None) -> version`.
    Saver(Py<PyAny>),
}

impl Trace for Versioning {
    fn trace(&self, visit: &pyo3::PyVisit<'_>) -> Traced {
        match self {
            Versioning::Count | Versioning::Digits => Ok(()),
            Versioning::Saver(next) => next.trace(visit),
        }
    }
}

impl Versioning {
    pub fn clone_ref(&self, py: Python<'_>) -> Versioning {
        match self {
            Versioning::Count => Versioning::Count,
            Versioning::Digits => Versioning::Digits,
            Versioning::Saver(next) => Versioning::Saver(next.clone_ref(py)),
        }
    }

    pub fn next(&self, py: Python<'_>, current: Option<&Version>) -> PyResult<Version> {
        match (self, current) {
            (Versioning::Count, None) => Ok(Version::Int(1)),
            (Versioning::Count, Some(Version::Int(v))) => Ok(Version::Int(v + 1)),
            (Versioning::Count, Some(Version::Float(v))) => Ok(Version::Float(v + 1.0)),
            (Versioning::Count, Some(Version::Text(_))) => Err(pyo3::exceptions::PyTypeError::new_err(
                "this thread's versions are strings: run it with the saver that wrote them",
            )),
            (Versioning::Digits, current) => {
                let count = match current {
                    None => 0,
                    Some(Version::Int(count)) => *count,
                    Some(Version::Text(text)) => count_of(text)?,
                    Some(Version::Float(_)) => {
                        return Err(pyo3::exceptions::PyAttributeError::new_err(
                            "'float' object has no attribute 'split'",
                        ))
                    }
                };
                Ok(Version::Text(digits(count + 1)))
            }
            (Versioning::Saver(next), current) => {
                let current = current.map(|v| to_python(py, v)).transpose()?;
                from_python(&next.bind(py).call1((current, py.None()))?)
            }
        }
    }
}

/// The count that a version begins with.
fn count_of(version: &str) -> Result<i64, std::num::ParseIntError> {
    let count = version.split('.').next().unwrap_or_default();
    match count.trim_start_matches('0') {
        "" if !count.is_empty() => Ok(0),
        digits => digits.parse(),
    }
}

/// A count in 32 digits, and a random fraction in 16.
fn digits(count: i64) -> Arc<str> {
    let mut text = *b"00000000000000000000000000000000.0.0000000000000000";
    let mut write = |end: usize, length: usize, mut value: u64| {
        for place in (end - length..end).rev() {
            if value == 0 {
                break;
            }
            text[place] = b'0' + (value % 10) as u8;
            value /= 10;
        }
    };
    write(32, 20, count.unsigned_abs());
    write(51, 16, clock::random());
    std::str::from_utf8(&text).unwrap_or_default().into()
}

pub fn to_python<'py>(py: Python<'py>, version: &Version) -> PyResult<Bound<'py, PyAny>> {
    Ok(match version {
        Version::Int(v) => v.into_pyobject(py)?.into_any(),
        Version::Float(v) => PyFloat::new(py, *v).into_any(),
        Version::Text(v) => PyString::new(py, v).into_any(),
    })
}

pub fn from_python(version: &Bound<'_, PyAny>) -> PyResult<Version> {
    if let Ok(text) = version.cast::<PyString>() {
        return with_text(text, |text| Version::Text(text.into()));
    }
    if version.is_instance_of::<PyInt>() && !version.is_instance_of::<PyBool>() {
        return Ok(Version::Int(version.extract()?));
    }
    if version.is_instance_of::<PyFloat>() {
        return Ok(Version::Float(version.extract()?));
    }
    Err(pyo3::exceptions::PyTypeError::new_err(format!(
        "a channel version must be an int, a float or a str, got {}: check the saver's get_next_version",
        version.get_type().name()?
    )))
}
