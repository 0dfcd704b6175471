//! Entering a copy of the caller's context.
//!
//! The limited API has no contextvars, but every interpreter exports them: they are looked up once.
//! Where they are not found (another implementation), running a task is refused with a clear error.

use pyo3::ffi;
use pyo3::prelude::*;
use std::ffi::{c_int, CStr};
use std::sync::OnceLock;

type CopyCurrent = unsafe extern "C" fn() -> *mut ffi::PyObject;
type Copy = unsafe extern "C" fn(*mut ffi::PyObject) -> *mut ffi::PyObject;
type Enter = unsafe extern "C" fn(*mut ffi::PyObject) -> c_int;
type VarSet = unsafe extern "C" fn(*mut ffi::PyObject, *mut ffi::PyObject) -> *mut ffi::PyObject;

struct Symbols {
    copy_current: CopyCurrent,
    copy: Copy,
    enter: Enter,
    exit: Enter,
    set: VarSet,
}

fn symbols() -> Option<&'static Symbols> {
    static SYMBOLS: OnceLock<Option<Symbols>> = OnceLock::new();
    SYMBOLS.get_or_init(find_symbols).as_ref()
}

#[cfg(unix)]
fn find_symbols() -> Option<Symbols> {
    // SAFETY: dlsym with a NUL-terminated name; the signatures are those of CPython's contextvars
    // API, unchanged since 3.7.1.
    unsafe fn find(name: &CStr) -> Option<*mut libc::c_void> {
        let symbol = unsafe { libc::dlsym(libc::RTLD_DEFAULT, name.as_ptr()) };
        (!symbol.is_null()).then_some(symbol)
    }
    unsafe {
        Some(Symbols {
            copy_current: std::mem::transmute::<*mut libc::c_void, CopyCurrent>(find(c"PyContext_CopyCurrent")?),
            copy: std::mem::transmute::<*mut libc::c_void, Copy>(find(c"PyContext_Copy")?),
            enter: std::mem::transmute::<*mut libc::c_void, Enter>(find(c"PyContext_Enter")?),
            exit: std::mem::transmute::<*mut libc::c_void, Enter>(find(c"PyContext_Exit")?),
            set: std::mem::transmute::<*mut libc::c_void, VarSet>(find(c"PyContextVar_Set")?),
        })
    }
}

#[cfg(not(unix))]
fn find_symbols() -> Option<Symbols> {
    None
}

/// A copy of the context of the calling thread.
pub fn copy_current(py: Python<'_>) -> PyResult<Bound<'_, PyAny>> {
    match symbols() {
        // SAFETY: the thread is attached; the call returns a new reference or sets an error.
        Some(found) => unsafe { Bound::from_owned_ptr_or_err(py, (found.copy_current)()) },
        None => py.import("contextvars")?.call_method0("copy_context"),
    }
}

/// A copy of `context`.
pub fn copy_of<'py>(context: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    match symbols() {
        // SAFETY: `context` is a Context; the call returns a new reference or sets an error.
        Some(found) => unsafe { Bound::from_owned_ptr_or_err(context.py(), (found.copy)(context.as_ptr())) },
        None => context.call_method0("copy"),
    }
}

/// Sets a context variable in the current context.
pub fn set_var(var: &Bound<'_, PyAny>, value: &Bound<'_, PyAny>) -> PyResult<()> {
    match symbols() {
        // SAFETY: `var` is a ContextVar; the returned token is dropped at once.
        Some(found) => unsafe {
            Bound::from_owned_ptr_or_err(var.py(), (found.set)(var.as_ptr(), value.as_ptr())).map(drop)
        },
        None => var.call_method1("set", (value,)).map(drop),
    }
}

/// Calls `body` inside `context`.
pub fn run_in<'py, T>(context: &Bound<'py, PyAny>, body: impl FnOnce(Python<'py>) -> PyResult<T>) -> PyResult<T> {
    let py = context.py();
    let Some(found) = symbols() else {
        return unsupported();
    };
    // SAFETY: enter and exit are paired on this thread, also when `body` unwinds.
    unsafe {
        if (found.enter)(context.as_ptr()) < 0 {
            return Err(PyErr::fetch(py));
        }
    }
    let leave = Leave { context, exit: found.exit };
    let result = body(py);
    drop(leave);
    result
}

struct Leave<'a, 'py> {
    context: &'a Bound<'py, PyAny>,
    exit: Enter,
}

impl Drop for Leave<'_, '_> {
    fn drop(&mut self) {
        // SAFETY: pairs the enter of `run_in`; it fails only if the context is not the current one,
        // which the pairing excludes.
        unsafe {
            (self.exit)(self.context.as_ptr());
        }
    }
}

/// Says that tasks cannot have a context of their own on this interpreter.
fn unsupported<T>() -> PyResult<T> {
    Err(pyo3::exceptions::PyRuntimeError::new_err(
        "this interpreter does not export PyContext_Enter: langgraph_rust cannot give a task its own context",
    ))
}
