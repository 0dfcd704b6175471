//! Entering a copy of the caller's context.
//!
//! The limited API has no contextvars, but every interpreter exports them: they are looked up once.
//! Where they are not found, the methods of Python's contexts serve.

use crate::symbol;
use pyo3::ffi;
use pyo3::intern;
use pyo3::prelude::*;
use std::ffi::{c_int, c_void};
use std::sync::OnceLock;

type CopyCurrent = unsafe extern "C" fn() -> *mut ffi::PyObject;
type Copy = unsafe extern "C" fn(*mut ffi::PyObject) -> *mut ffi::PyObject;
type Enter = unsafe extern "C" fn(*mut ffi::PyObject) -> c_int;
type VarGet = unsafe extern "C" fn(*mut ffi::PyObject, *mut ffi::PyObject, *mut *mut ffi::PyObject) -> c_int;
type VarSet = unsafe extern "C" fn(*mut ffi::PyObject, *mut ffi::PyObject) -> *mut ffi::PyObject;

struct Symbols {
    copy_current: CopyCurrent,
    copy: Copy,
    enter: Enter,
    exit: Enter,
    get: VarGet,
    set: VarSet,
}

fn symbols() -> Option<&'static Symbols> {
    static SYMBOLS: OnceLock<Option<Symbols>> = OnceLock::new();
    SYMBOLS.get_or_init(find_symbols).as_ref()
}

fn find_symbols() -> Option<Symbols> {
    // SAFETY: the signatures are those of CPython's contextvars API, unchanged since 3.7.1.
    unsafe {
        Some(Symbols {
            copy_current: std::mem::transmute::<*mut c_void, CopyCurrent>(symbol::find(c"PyContext_CopyCurrent")?),
            copy: std::mem::transmute::<*mut c_void, Copy>(symbol::find(c"PyContext_Copy")?),
            enter: std::mem::transmute::<*mut c_void, Enter>(symbol::find(c"PyContext_Enter")?),
            exit: std::mem::transmute::<*mut c_void, Enter>(symbol::find(c"PyContext_Exit")?),
            get: std::mem::transmute::<*mut c_void, VarGet>(symbol::find(c"PyContextVar_Get")?),
            set: std::mem::transmute::<*mut c_void, VarSet>(symbol::find(c"PyContextVar_Set")?),
        })
    }
}

/// A copy of the context of the calling thread.
pub fn copy_current(py: Python<'_>) -> PyResult<Bound<'_, PyAny>> {
    match symbols() {
        // SAFETY: the thread is attached; the call returns a new reference or sets an error.
        Some(found) => unsafe { Bound::from_owned_ptr_or_err(py, (found.copy_current)()) },
        None => py.import("contextvars")?.call_method0(intern!(py, "copy_context")),
    }
}

/// A copy of `context`.
pub fn copy_of<'py>(context: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    match symbols() {
        // SAFETY: `context` is a Context; the call returns a new reference or sets an error.
        Some(found) => unsafe { Bound::from_owned_ptr_or_err(context.py(), (found.copy)(context.as_ptr())) },
        None => context.call_method0(intern!(context.py(), "copy")),
    }
}

/// The value of a context variable in the current context; `None` where it has none, or Python's.
pub fn value_of<'py>(var: &Bound<'py, PyAny>) -> PyResult<Option<Bound<'py, PyAny>>> {
    let py = var.py();
    let Some(found) = symbols() else {
        return Ok(Some(var.call_method1(intern!(var.py(), "get"), (py.None(),))?).filter(|value| !value.is_none()));
    };
    let mut value = std::ptr::null_mut();
    // SAFETY: `var` is a ContextVar; on success `value` is a new reference, or null where it has no value.
    unsafe {
        if (found.get)(var.as_ptr(), std::ptr::null_mut(), &mut value) < 0 {
            return Err(PyErr::fetch(py));
        }
        Ok(Bound::from_owned_ptr_or_opt(py, value).filter(|value| !value.is_none()))
    }
}

/// Sets a context variable in the current context.
pub fn set_var(var: &Bound<'_, PyAny>, value: &Bound<'_, PyAny>) -> PyResult<()> {
    match symbols() {
        // SAFETY: `var` is a ContextVar; the returned token is dropped at once.
        Some(found) => unsafe {
            Bound::from_owned_ptr_or_err(var.py(), (found.set)(var.as_ptr(), value.as_ptr())).map(drop)
        },
        None => var.call_method1(intern!(var.py(), "set"), (value,)).map(drop),
    }
}

/// Calls `body` inside `context`.
pub fn run_in<'py, T>(context: &Bound<'py, PyAny>, body: impl FnOnce(Python<'py>) -> PyResult<T>) -> PyResult<T> {
    let py = context.py();
    let Some(found) = symbols() else {
        return run_by_call(context, body);
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

/// Calls `body` inside `context` by the context's own method, at the price of a Python call.
fn run_by_call<'py, T>(context: &Bound<'py, PyAny>, body: impl FnOnce(Python<'py>) -> PyResult<T>) -> PyResult<T> {
    let py = context.py();
    let mut body = Some(body);
    let mut result = None;
    let mut call = || {
        if let Some(body) = body.take() {
            result = Some(body(py));
        }
    };
    // SAFETY: only the lifetime is changed. The pointer is used before `Context.run` returns, on this
    // thread, which stays attached; afterwards it is taken back.
    let call: *mut (dyn FnMut() + 'static) = unsafe { std::mem::transmute::<*mut (dyn FnMut() + '_), _>(&mut call) };
    let body_of = Bound::new(py, BodyOfCall(Some(call)))?;
    let outcome = context.call_method1(intern!(context.py(), "run"), (&body_of,));
    body_of.borrow_mut().0 = None;
    outcome?;
    result.unwrap_or_else(|| Err(pyo3::exceptions::PyRuntimeError::new_err("Context.run did not call")))
}

/// What `Context.run` is given to call, once.
#[pyclass(unsendable)]
struct BodyOfCall(Option<*mut (dyn FnMut() + 'static)>);

#[pymethods]
impl BodyOfCall {
    fn __call__(slf: &Bound<'_, Self>) {
        let call = slf.borrow_mut().0.take();
        if let Some(call) = call {
            // SAFETY: `run_by_call` waits for this, and takes the pointer back otherwise.
            unsafe { (*call)() };
        }
    }
}
