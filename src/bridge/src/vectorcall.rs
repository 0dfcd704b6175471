//! Calling Python without a tuple of arguments.
//!
//! The limited API of 3.8 has no vectorcall, but interpreters from 3.9 on export it: it is looked up
//! once. Where it is not found, arguments go in tuples.

use crate::symbol;
use pyo3::ffi;
use pyo3::prelude::*;
use std::ffi::c_void;
use std::sync::OnceLock;

type Vectorcall =
    unsafe extern "C" fn(*mut ffi::PyObject, *mut *mut ffi::PyObject, usize, *mut ffi::PyObject) -> *mut ffi::PyObject;

/// The place before the arguments is free for the callee's use (`PY_VECTORCALL_ARGUMENTS_OFFSET`).
const PLACE_BEFORE: usize = 1 << (usize::BITS - 1);

fn vectorcall(py: Python<'_>) -> Option<Vectorcall> {
    static FOUND: OnceLock<Option<Vectorcall>> = OnceLock::new();
    *FOUND.get_or_init(|| {
        // an engine that cargo linked brings a libpython along: an older interpreter would find its
        if py.version_info() < (3, 9) {
            return None;
        }
        let symbol = symbol::find(c"PyObject_Vectorcall")?;
        // SAFETY: the signature is that of 3.9, the first version that exports it.
        Some(unsafe { std::mem::transmute::<*mut c_void, Vectorcall>(symbol) })
    })
}

/// `callable(argument)`.
pub fn with_one<'py>(callable: &Bound<'py, PyAny>, argument: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    let Some(vectorcall) = vectorcall(callable.py()) else { return callable.call1((argument,)) };
    let mut places = [std::ptr::null_mut(), argument.as_ptr()];
    // SAFETY: all objects are alive; the callee may change the first place only.
    unsafe {
        let result = vectorcall(callable.as_ptr(), places.as_mut_ptr().add(1), 1 | PLACE_BEFORE, std::ptr::null_mut());
        Bound::from_owned_ptr_or_err(callable.py(), result)
    }
}

/// `callable(first, second)`.
pub fn with_two<'py>(
    callable: &Bound<'py, PyAny>,
    first: &Bound<'py, PyAny>,
    second: &Bound<'py, PyAny>,
) -> PyResult<Bound<'py, PyAny>> {
    let Some(vectorcall) = vectorcall(callable.py()) else { return callable.call1((first, second)) };
    let mut places = [std::ptr::null_mut(), first.as_ptr(), second.as_ptr()];
    // SAFETY: as in `with_one`.
    unsafe {
        let result = vectorcall(callable.as_ptr(), places.as_mut_ptr().add(1), 2 | PLACE_BEFORE, std::ptr::null_mut());
        Bound::from_owned_ptr_or_err(callable.py(), result)
    }
}
