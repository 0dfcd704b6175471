//! When runs let other Python threads have a turn, beside the places where they wait for something.

use crate::symbol;
use crate::turnstile;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use std::ffi::c_void;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::OnceLock;

static AT_SUPERSTEPS: AtomicBool = AtomicBool::new(true);

/// Lets go of the GIL for a moment, unless runs keep it until they wait. Where another thread computes,
/// having it back may take a switch interval. A run that goes on until it ends `takes_turns` with others;
/// it is to call `turnstile::leave` before it waits, and in the end.
pub fn offer(py: Python<'_>, takes_turns: bool) {
    if AT_SUPERSTEPS.load(Ordering::Relaxed) && has_others(py) {
        py.detach(|| {
            if takes_turns {
                turnstile::pass();
            }
        });
    }
}

struct Threads {
    interpreter: unsafe extern "C" fn() -> *mut c_void,
    first: unsafe extern "C" fn(*mut c_void) -> *mut c_void,
    next: unsafe extern "C" fn(*mut c_void) -> *mut c_void,
}

fn find_threads() -> Option<Threads> {
    type Of = unsafe extern "C" fn(*mut c_void) -> *mut c_void;
    // SAFETY: the signatures are those of 3.9, the first version that exports them all.
    unsafe {
        Some(Threads {
            interpreter: std::mem::transmute::<*mut c_void, unsafe extern "C" fn() -> *mut c_void>(symbol::find(
                c"PyInterpreterState_Get",
            )?),
            first: std::mem::transmute::<*mut c_void, Of>(symbol::find(c"PyInterpreterState_ThreadHead")?),
            next: std::mem::transmute::<*mut c_void, Of>(symbol::find(c"PyThreadState_Next")?),
        })
    }
}

/// Whether the interpreter knows of another thread that could want the GIL; true where it cannot tell.
fn has_others(_attached: Python<'_>) -> bool {
    static FOUND: OnceLock<Option<Threads>> = OnceLock::new();
    let Some(threads) = FOUND.get_or_init(find_threads) else { return true };
    // SAFETY: this thread is attached. A thread's state is freed by a thread that is, so the first one
    // lasts while it is looked at; one that is entered meanwhile is in front of it, and is seen next time.
    unsafe { !(threads.next)((threads.first)((threads.interpreter)())).is_null() }
}

/// Sets when sync runs release the GIL: at every "superstep", or only while "waiting".
#[pyfunction]
pub fn set_gil_release(when: &Bound<'_, PyAny>) -> PyResult<()> {
    let at_supersteps = match when.extract::<String>().ok().as_deref() {
        Some("superstep") => true,
        Some("waiting") => false,
        _ => {
            let text = format!("gil_release is 'superstep' or 'waiting', not {}", when.repr()?);
            return Err(PyValueError::new_err(text));
        }
    };
    AT_SUPERSTEPS.store(at_supersteps, Ordering::Relaxed);
    Ok(())
}
