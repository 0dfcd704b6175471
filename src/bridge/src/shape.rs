//! The form in which a run's chunks reach its caller.
//!
//! Asked for in the first version, a chunk is its payload; with several modes `(mode, payload)`; with
//! subgraphs the namespace comes first. What the second version makes of it, and how it is printed, is
//! said in Python.

use crate::gc::trace_fields;
use crate::host::Obj;
use pyo3::prelude::*;
use pyo3::types::{PyString, PyTuple};

/// What a run emitted.
pub struct Chunk {
    pub namespace: Obj,
    pub mode: Obj,
    pub payload: Obj,
}

trace_fields!(Chunk: namespace, mode, payload);

impl Chunk {
    /// Of a tuple `(namespace, mode, payload)`.
    pub fn of(tuple: &Bound<'_, PyTuple>) -> PyResult<Chunk> {
        let (namespace, mode, payload) = tuple.extract()?;
        Ok(Chunk { namespace, mode, payload })
    }

    pub fn into_tuple(self, py: Python<'_>) -> PyResult<Bound<'_, PyTuple>> {
        (self.namespace, self.mode, self.payload).into_pyobject(py)
    }
}

/// As the attributes of a Python object tell it.
#[derive(FromPyObject)]
pub struct Shape {
    /// The modes that are streamed.
    modes: Vec<Py<PyString>>,
    /// Whether they were asked for as a list.
    many: bool,
    subgraphs: bool,
    /// Prints a chunk, where any are printed.
    print: Option<Obj>,
    /// Makes a chunk of the second version.
    second: Option<Obj>,
}

trace_fields!(Shape: print, second);

impl Shape {
    /// Of the first version, nothing printed, for the run's own namespace.
    pub fn of_modes(modes: Vec<Py<PyString>>, many: bool) -> Shape {
        Shape { modes, many, subgraphs: false, print: None, second: None }
    }

    pub fn modes(&self) -> &[Py<PyString>] {
        &self.modes
    }

    /// The chunk for the caller; `None` if its mode is not streamed.
    pub fn of(&self, py: Python<'_>, chunk: Chunk) -> PyResult<Option<Obj>> {
        let Chunk { namespace, mode, payload } = chunk;
        if let Some(print) = &self.print {
            print.bind(py).call1((&namespace, &mode, &payload))?;
        }
        if !self.streams(mode.bind(py))? {
            return Ok(None);
        }
        if let Some(second) = &self.second {
            return Ok(Some(second.bind(py).call1((namespace, mode, payload))?.unbind()));
        }
        let shaped = match (self.subgraphs, self.many) {
            (false, false) => return Ok(Some(payload)),
            (false, true) => (mode, payload).into_pyobject(py)?,
            (true, false) => (namespace, payload).into_pyobject(py)?,
            (true, true) => (namespace, mode, payload).into_pyobject(py)?,
        };
        Ok(Some(shaped.into_any().unbind()))
    }

    fn streams(&self, mode: &Bound<'_, PyAny>) -> PyResult<bool> {
        if self.modes.iter().any(|own| own.is(mode)) {
            return Ok(true);
        }
        for own in &self.modes {
            if mode.eq(own)? {
                return Ok(true);
            }
        }
        Ok(false)
    }
}
