//! What a pydantic model has inside, read past the ways that its class adds to finding an attribute.

use crate::symbol;
use pyo3::ffi::{self, PyObject};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyString, PyType};
use std::ffi::c_void;
use std::mem::transmute;
use std::sync::OnceLock;

/// Where `BaseModel` keeps the fields that a class did not name.
struct ExtraSlot {
    descriptor: Py<PyAny>,
    /// None where the interpreter does not tell.
    read: Option<ffi::descrgetfunc>,
}

static EXTRA: PyOnceLock<ExtraSlot> = PyOnceLock::new();

/// Whether instances of a class keep their extra fields where all models do. To be asked before `extra` is.
pub fn is_usual(class: &Bound<'_, PyType>) -> PyResult<bool> {
    let py = class.py();
    let slot = EXTRA.get_or_try_init(py, || {
        let model = py.import("pydantic")?.getattr(intern!(py, "BaseModel"))?;
        let descriptor = model.getattr(intern!(py, "__pydantic_extra__"))?;
        Ok::<_, PyErr>(ExtraSlot { read: reader_of(&descriptor), descriptor: descriptor.unbind() })
    })?;
    Ok(class.getattr(intern!(py, "__pydantic_extra__"))?.is(&slot.descriptor))
}

fn reader_of(descriptor: &Bound<'_, PyAny>) -> Option<ffi::descrgetfunc> {
    // SAFETY: attached; what the slot holds is a function of this kind. Of a class that is not on the heap
    // interpreters before 3.10 do not tell, but set an error.
    unsafe {
        let slot = ffi::PyType_GetSlot(descriptor.get_type_ptr(), ffi::Py_tp_descr_get);
        if slot.is_null() {
            ffi::PyErr_Clear();
            return None;
        }
        Some(transmute::<*mut c_void, ffi::descrgetfunc>(slot))
    }
}

/// Whether a model has fields that its class did not name; None where it was never initialized.
///
/// # Safety
/// The thread is attached, and `obj` is alive: an instance of a class that `is_usual`.
#[inline]
pub unsafe fn has_extra(py: Python<'_>, obj: *mut PyObject) -> Option<bool> {
    unsafe {
        let found = match EXTRA.get(py) {
            Some(ExtraSlot { descriptor, read: Some(read) }) => {
                read(descriptor.as_ptr(), obj, ffi::Py_TYPE(obj).cast())
            }
            _ => ffi::PyObject_GenericGetAttr(obj, intern!(py, "__pydantic_extra__").as_ptr()),
        };
        let found = owned(py, found)?;
        if found.is_none() {
            return Some(false);
        }
        let is_empty =
            ffi::Py_TYPE(found.as_ptr()) == &raw mut ffi::PyDict_Type && ffi::PyDict_Size(found.as_ptr()) == 0;
        Some(!is_empty)
    }
}

type GetDict = unsafe extern "C" fn(*mut PyObject, *mut c_void) -> *mut PyObject;

/// The dict in which an instance of a class of Python has its attributes.
///
/// # Safety
/// The thread is attached, and `obj` is alive.
#[inline]
pub unsafe fn fields<'py>(py: Python<'py>, obj: *mut PyObject) -> Option<Bound<'py, PyAny>> {
    static FOUND: OnceLock<Option<GetDict>> = OnceLock::new();
    let find = || {
        let address = symbol::find(c"PyObject_GenericGetDict")?;
        // SAFETY: the signature is that of the function, the same since 3.3.
        Some(unsafe { transmute::<*mut c_void, GetDict>(address) })
    };
    unsafe {
        match FOUND.get_or_init(find) {
            Some(get) => owned(py, get(obj, std::ptr::null_mut())),
            None => attribute(py, obj, intern!(py, "__dict__")),
        }
    }
}

/// An attribute as every object has it.
unsafe fn attribute<'py>(
    py: Python<'py>,
    obj: *mut PyObject,
    name: &Bound<'py, PyString>,
) -> Option<Bound<'py, PyAny>> {
    unsafe { owned(py, ffi::PyObject_GenericGetAttr(obj, name.as_ptr())) }
}

/// # Safety
/// `made` is a new reference, or null with an error set.
#[inline]
unsafe fn owned(py: Python<'_>, made: *mut PyObject) -> Option<Bound<'_, PyAny>> {
    unsafe {
        let made = Bound::from_owned_ptr_or_opt(py, made);
        if made.is_none() {
            ffi::PyErr_Clear();
        }
        made
    }
}
