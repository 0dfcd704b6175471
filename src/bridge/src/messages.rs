//! Merging lists of messages in the usual case: whole messages that are new, after others.

use pyo3::ffi;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyList, PySet, PyString};

/// More new messages than this are left to the general way, which looks them up in a dict.
const FEW: usize = 8;

/// `known` with `new`, a message or a list, after it. None where that may not be all there is to do: where
/// one is of a class not in `plain`, one of `known` has no id, or one has another's. New messages without an id
/// are given theirs by `identify`, which takes the list of `new`.
#[pyfunction]
pub fn append_messages<'py>(
    known: &Bound<'py, PyAny>,
    new: &Bound<'py, PyAny>,
    plain: &Bound<'py, PySet>,
    identify: &Bound<'py, PyAny>,
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
    let Some(hashes) = hashes_of_new(&mut reader, &new)? else { return Ok(None) };
    let lacks_ids = hashes.len() < new.len();
    let mut hashes_of_known = Vec::with_capacity(if lacks_ids { known.len() } else { 0 });
    for message in known.iter() {
        match reader.id_of(&message)? {
            // strings of one hash may differ, but then the general way finds out
            Id::Text(hash) if !hashes.contains(&hash) => {
                if lacks_ids {
                    hashes_of_known.push(hash);
                }
            }
            _ => return Ok(None),
        }
    }
    if lacks_ids {
        identify.call1((&new,))?;
        // ids are as unique as what makes them, which a program may have replaced
        match hashes_of_new(&mut reader, &new)? {
            Some(hashes) if hashes.len() == new.len() && !hashes.iter().any(|hash| hashes_of_known.contains(hash)) => {}
            _ => return Ok(None),
        }
    }
    // SAFETY: both are lists; what comes back is a new list, or null with an error set.
    let merged = unsafe { Bound::from_owned_ptr_or_err(py, ffi::PySequence_Concat(known.as_ptr(), new.as_ptr()))? };
    Ok(Some(merged))
}

/// The hashes of the ids that there are. None where two are equal, or a message is none to be appended.
fn hashes_of_new<'py>(reader: &mut IdReader<'_, 'py>, new: &Bound<'py, PyList>) -> PyResult<Option<Vec<isize>>> {
    let mut hashes = Vec::with_capacity(FEW);
    for message in new.iter() {
        match reader.id_of(&message)? {
            Id::Text(hash) if !hashes.contains(&hash) => hashes.push(hash),
            Id::Missing => {}
            _ => return Ok(None),
        }
    }
    Ok(Some(hashes))
}

enum Id {
    /// By its hash.
    Text(isize),
    /// The message's id is None.
    Missing,
    /// The message's class is not plain, or its id something else.
    Other,
}

struct IdReader<'a, 'py> {
    plain: &'a Bound<'py, PySet>,
    /// The class that was last found among the plain ones.
    class: *mut ffi::PyTypeObject,
}

impl<'py> IdReader<'_, 'py> {
    fn id_of(&mut self, message: &Bound<'py, PyAny>) -> PyResult<Id> {
        let py = message.py();
        let class = message.get_type_ptr();
        if class != self.class {
            if !self.plain.contains(message.get_type())? {
                return Ok(Id::Other);
            }
            self.class = class;
        }
        let name = intern!(py, "id");
        // SAFETY: a new reference, or null with an error set. The classes are langchain's own, whose fields
        // lie in the instance's dict; pydantic's way to them asks more.
        let id =
            unsafe { Bound::from_owned_ptr_or_opt(py, ffi::PyObject_GenericGetAttr(message.as_ptr(), name.as_ptr())) };
        match id {
            Some(id) if id.is_exact_instance_of::<PyString>() => Ok(Id::Text(id.hash()?)),
            Some(id) if id.is_none() => Ok(Id::Missing),
            Some(_) => Ok(Id::Other),
            None => {
                drop(PyErr::take(py));
                Ok(Id::Other)
            }
        }
    }
}
