//! The UTF-8 of a string, without a copy where the interpreter lets us see it.

use crate::symbol;
use pyo3::ffi::{self, PyObject, Py_ssize_t};
use pyo3::prelude::*;
use std::ffi::c_char;
use std::sync::OnceLock;

type AsUtf8AndSize = unsafe extern "C" fn(*mut PyObject, *mut Py_ssize_t) -> *const c_char;

/// Of the limited API since 3.10 only, but exported by every interpreter.
fn as_utf8_and_size() -> Option<AsUtf8AndSize> {
    static FOUND: OnceLock<Option<AsUtf8AndSize>> = OnceLock::new();
    *FOUND.get_or_init(|| {
        let address = symbol::find(c"PyUnicode_AsUTF8AndSize")?;
        // SAFETY: the signature is that of the function, the same since 3.3 but for a const.
        Some(unsafe { std::mem::transmute::<*mut std::ffi::c_void, AsUtf8AndSize>(address) })
    })
}

/// A string has code points that UTF-8 has no bytes for.
pub struct Surrogates;

/// Calls `use_bytes` with the UTF-8 of a string.
///
/// # Safety
/// The thread is attached, and `string` is a live `str`.
#[inline]
pub unsafe fn with_utf8<T>(string: *mut PyObject, use_bytes: &mut impl FnMut(&[u8]) -> T) -> Result<T, Surrogates> {
    let used = match as_utf8_and_size() {
        Some(as_utf8_and_size) => unsafe {
            let mut length: Py_ssize_t = 0;
            let start = as_utf8_and_size(string, &mut length);
            // The bytes live in the string, which the caller keeps alive.
            (!start.is_null()).then(|| use_bytes(std::slice::from_raw_parts(start.cast(), length as usize)))
        },
        None => unsafe { with_encoded(ffi::PyUnicode_AsUTF8String(string), use_bytes) },
    };
    used.ok_or_else(|| {
        unsafe { ffi::PyErr_Clear() };
        Surrogates
    })
}

/// Like `with_utf8`, with a question mark for each surrogate.
///
/// # Safety
/// As for `with_utf8`.
#[inline]
pub unsafe fn with_lenient_utf8<T>(
    py: Python<'_>,
    string: *mut PyObject,
    mut use_bytes: impl FnMut(&[u8]) -> T,
) -> PyResult<T> {
    unsafe {
        if let Ok(used) = with_utf8(string, &mut use_bytes) {
            return Ok(used);
        }
        let encoded = ffi::PyUnicode_AsEncodedString(string, c"utf-8".as_ptr(), c"replace".as_ptr());
        with_encoded(encoded, &mut use_bytes).ok_or_else(|| PyErr::fetch(py))
    }
}

/// Calls `use_bytes` with a new `bytes`, and drops that; None if making it failed.
unsafe fn with_encoded<T>(encoded: *mut PyObject, use_bytes: &mut impl FnMut(&[u8]) -> T) -> Option<T> {
    if encoded.is_null() {
        return None;
    }
    unsafe {
        let start = ffi::PyBytes_AsString(encoded);
        let used = use_bytes(std::slice::from_raw_parts(start.cast(), ffi::PyBytes_Size(encoded) as usize));
        ffi::Py_DECREF(encoded);
        Some(used)
    }
}
