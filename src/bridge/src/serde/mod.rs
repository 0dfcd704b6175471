//! Msgpack as a checkpoint stores it, both ways.
//!
//! An object is written by the rules of msgpack where it has a form there, else as an extension: a
//! code and, as msgpack again, what it takes to make the object anew (`serde/_ext.py`). How
//! instances of a class are written is asked of Python once a class (`serde/_kinds.py`); what only the
//! instance knows is asked each time (`serde/_reduce.py`). Reading makes the common extensions
//! itself and hands the rest, and whatever fails, to Python (`serde/_revive.py`).
//!
//! The bytes are those that LangGraph writes with ormsgpack, and so are the limits and the errors.

mod decode;
mod encode;
mod kind;
mod names;
mod revive;
mod text;
mod wire;

use pyo3::prelude::*;
use pyo3::types::PyBytes;

/// Encodes an object.
///
/// Raises:
///     TypeError: if something in it has no form in msgpack.
#[pyfunction]
fn msgpack_pack<'py>(obj: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyBytes>> {
    Ok(PyBytes::new(obj.py(), &encode::pack(obj)?))
}

/// Decodes one object; `hook` makes a value of each extension's code and bytes.
///
/// Raises:
///     ValueError: if the bytes are no msgpack, or the hook fails.
#[pyfunction]
fn msgpack_unpack<'py>(data: &Bound<'py, PyAny>, hook: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    decode::unpack(data, hook)
}

pub fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_function(wrap_pyfunction!(msgpack_pack, module)?)?;
    module.add_function(wrap_pyfunction!(msgpack_unpack, module)?)
}
