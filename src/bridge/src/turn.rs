//! When runs let other Python threads have a turn, beside the places where they wait for something.

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use std::sync::atomic::{AtomicBool, Ordering};

static AT_SUPERSTEPS: AtomicBool = AtomicBool::new(true);

/// Lets go of the GIL for a moment, unless runs keep it until they wait. Where another thread computes,
/// having it back may take a switch interval.
pub fn offer(py: Python<'_>) {
    if AT_SUPERSTEPS.load(Ordering::Relaxed) {
        py.detach(|| ());
    }
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
