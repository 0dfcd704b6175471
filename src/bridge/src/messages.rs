//! Merging lists of messages in the usual case: whole messages that are new, after others.

use pyo3::ffi;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyList, PySet, PyString};

/// More new messages than this are left to the general way, which looks them up in a dict.
const FEW: usize = 8;

/// `known` with `new`, a message or a list, after it. None where that may not be all there is to do: where
/// one is of a class not in `plain`, has no id, or has another's.
#[pyfunction]
pub fn append_messages<'py>(
    known: &Bound<'py, PyAny>,
    new: &Bound<'py, PyAny>,
    plain: &Bound<'py, PySet>,
) -> PyResult<Option<Bound<'py, PyAny>>> {
    let py = known.py();
    let Ok(known) = known.cast_exact::<PyList>() else { return Ok(None) };
    let new = match new.cast_exact::<PyList>() {
        Ok(list) => list.clone(),
        Err(_) => PyList::new(py, [new])?,
    };
    if new.len() > FEW {
        return Ok(None);
    }
    let mut reader = IdReader { plain, class: std::ptr::null_mut() };
    let mut hashes = Vec::with_capacity(FEW);
    for message in new.iter() {
        match reader.hash_of_id(&message)? {
            Some(hash) if !hashes.contains(&hash) => hashes.push(hash),
            _ => return Ok(None),
        }
    }
    for message in known.iter() {
        match reader.hash_of_id(&message)? {
            // strings of one hash may differ, but then the general way finds out
            Some(hash) if !hashes.contains(&hash) => {}
            _ => return Ok(None),
        }
    }
    // SAFETY: both are lists; what comes back is a new list, or null with an error set.
    let merged = unsafe { Bound::from_owned_ptr_or_err(py, ffi::PySequence_Concat(known.as_ptr(), new.as_ptr()))? };
    Ok(Some(merged))
}

struct IdReader<'a, 'py> {
    plain: &'a Bound<'py, PySet>,
    /// The class that was last found among the plain ones.
    class: *mut ffi::PyTypeObject,
}

impl<'py> IdReader<'_, 'py> {
    /// None if the message's class is not plain, or its id no string.
    fn hash_of_id(&mut self, message: &Bound<'py, PyAny>) -> PyResult<Option<isize>> {
        let py = message.py();
        let class = message.get_type_ptr();
        if class != self.class {
            if !self.plain.contains(message.get_type())? {
                return Ok(None);
            }
            self.class = class;
        }
        let name = intern!(py, "id");
        // SAFETY: a new reference, or null with an error set. The classes are langchain's own, whose fields
        // lie in the instance's dict; pydantic's way to them asks more.
        let id =
            unsafe { Bound::from_owned_ptr_or_opt(py, ffi::PyObject_GenericGetAttr(message.as_ptr(), name.as_ptr())) };
        match id {
            Some(id) if id.is_exact_instance_of::<PyString>() => Ok(Some(id.hash()?)),
            Some(_) => Ok(None),
            None => {
                drop(PyErr::take(py));
                Ok(None)
            }
        }
    }
}
