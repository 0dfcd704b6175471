//! Msgpack as a checkpoint stores it, both ways.
//!
//! An object is written by the rules of msgpack where it has a form there, else as an extension: a
//! code and, as msgpack again, what it takes to make the object anew (`serde/_ext.py`). How
//! instances of a class are written is asked of Python once a class (`serde/_kinds.py`); what only the
//! instance knows is asked each time (`serde/_reduce.py`). Reading makes the common extensions
//! itself and hands the rest, and whatever fails, to Python (`serde/_revive.py`).
//!
//! The bytes are those that LangGraph writes with ormsgpack, and so are the limits and the errors.

mod borrow;
pub mod decode;
pub mod encode;
mod extension;
pub mod instance;
pub mod kind;
mod model;
mod names;
pub mod refusal;
mod revive;
pub mod text;
pub mod wire;

use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyByteArray, PyBytes, PyTuple};

/// Encodes an object.
///
/// Raises:
///     TypeError: if something in it has no form in msgpack.
#[pyfunction]
pub fn msgpack_pack<'py>(obj: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyBytes>> {
    Ok(PyBytes::new(obj.py(), &encode::pack(obj)?))
}

/// Encodes an object as `JsonPlusSerializer.dumps_typed` does, but for pickling: what it took, and bytes.
///
/// Raises:
///     TypeError: if something in it has no form in msgpack.
#[pyfunction]
pub fn dumps_typed<'py>(obj: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyTuple>> {
    let py = obj.py();
    let (encoding, data) = if obj.is_none() {
        (intern!(py, "null"), PyBytes::new(py, b"").into_any())
    } else if obj.is_instance_of::<PyBytes>() {
        (intern!(py, "bytes"), obj.clone())
    } else if obj.is_instance_of::<PyByteArray>() {
        (intern!(py, "bytearray"), obj.clone())
    } else {
        (intern!(py, "msgpack"), msgpack_pack(obj)?.into_any())
    };
    PyTuple::new(py, [encoding.as_any(), &data])
}

/// Decodes one object; `hook` makes a value of each extension's code and bytes.
///
/// Raises:
///     ValueError: if the bytes are no msgpack, or the hook fails.
#[pyfunction]
pub fn msgpack_unpack<'py>(data: &Bound<'py, PyAny>, hook: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    decode::unpack(data, hook)
}

pub fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_function(wrap_pyfunction!(dumps_typed, module)?)?;
    module.add_function(wrap_pyfunction!(msgpack_pack, module)?)?;
    module.add_function(wrap_pyfunction!(msgpack_unpack, module)?)
}
