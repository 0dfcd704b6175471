//! Task paths as Python tuples.

use pregel_core::path::{Path, PULL, PUSH};
use pyo3::prelude::*;
use pyo3::types::{PyInt, PyString, PyTuple};

pub fn to_python<'py>(py: Python<'py>, path: &Path) -> PyResult<Bound<'py, PyAny>> {
    Ok(match path {
        Path::Pull(name) => (PULL, &**name).into_pyobject(py)?.into_any(),
        Path::Send(index) => (PUSH, *index, false).into_pyobject(py)?.into_any(),
        Path::Call { parent, index } => (PUSH, to_python(py, parent)?, *index, true).into_pyobject(py)?.into_any(),
        Path::ErrorHandler(failed) => {
            let failed = to_python(py, failed)?;
            let parts = failed.cast::<PyTuple>()?;
            let mut items: Vec<_> = parts.iter().take(3).collect();
            items.push(PyString::new(py, "node_error_handler").into_any());
            items.push(false.into_pyobject(py)?.to_owned().into_any());
            PyTuple::new(py, items)?.into_any()
        }
        Path::Root => PyTuple::empty(py).into_any(),
        Path::Text(text) => PyString::new(py, text).into_any(),
    })
}

/// Any path as its sort key: `~` opens a tuple, integers have ten digits.
pub fn sort_key_of(path: &Bound<'_, PyAny>) -> PyResult<String> {
    if let Ok(parts) = path.try_iter() {
        if !path.is_instance_of::<PyString>() {
            let keys: PyResult<Vec<String>> = parts.map(|part| sort_key_of(&part?)).collect();
            return Ok(format!("~{}", keys?.join(", ")));
        }
    }
    if path.is_instance_of::<PyInt>() {
        return Ok(format!("{:010}", path.extract::<i64>()?));
    }
    Ok(path.str()?.to_string())
}
