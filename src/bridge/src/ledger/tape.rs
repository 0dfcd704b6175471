//! What a value was made of when it was encoded, so that it can be seen whether it still is.
//!
//! A tape lists the parts of a value in the order they are met: of what cannot change (strings,
//! numbers, …) the object itself, of what can (lists, dicts, models) its kind and size. The tape keeps
//! those objects, so no other object can have their place in memory: a value that reads the same,
//! object by object, is encoded the same. Values with other parts have no tape.

use crate::serde::instance;
use crate::serde::kind::{self, Frozen, Kind, Known, Payload};
use pyo3::ffi::{self, PyObject, PyTypeObject};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyType};
use std::sync::Arc;

/// How deep a tape goes.
const MAX_DEPTH: u16 = 200;

/// What stands for a container, below its length: odd, which the address of an object never is.
const LIST: usize = 0b001;
const TUPLE: usize = 0b011;
const DICT: usize = 0b101;
const MODEL: usize = 0b111;

pub struct Tape {
    /// Addresses of objects, each of which is owned, and containers.
    words: Box<[usize]>,
}

impl Tape {
    /// Whether a value still has the parts that were recorded.
    ///
    /// # Safety
    /// The thread is attached, and `value` is alive.
    #[inline]
    pub unsafe fn matches(&self, py: Python<'_>, value: *mut PyObject) -> bool {
        let mut matcher = Matcher { py, words: &self.words };
        unsafe { matcher.value(value) && matcher.words.is_empty() }
    }
}

impl Drop for Tape {
    fn drop(&mut self) {
        // an interpreter that has ended keeps its objects
        let _ = Python::try_attach(|_| release(&self.words));
    }
}

/// Gives up the references to the objects among these words. The thread is attached.
fn release(words: &[usize]) {
    for word in words.iter().filter(|word| *word & 1 == 0) {
        // SAFETY: a tape owns a reference to each, and the thread is attached. They are of classes whose
        // objects run no code when they go, or classes.
        unsafe { ffi::Py_DECREF(*word as *mut PyObject) };
    }
}

/// Compares a value with a tape. What is the very object that was recorded is not looked at: it never
/// changes. No Python code runs meanwhile.
struct Matcher<'a, 'py> {
    py: Python<'py>,
    words: &'a [usize],
}

// SAFETY, for all methods: the thread is attached and pointers are to live objects, which the
// containers they are in keep alive.
impl Matcher<'_, '_> {
    #[inline]
    unsafe fn value(&mut self, obj: *mut PyObject) -> bool {
        let Some((&word, rest)) = self.words.split_first() else { return false };
        self.words = rest;
        if word & 1 == 0 {
            return word == obj as usize;
        }
        unsafe { self.container(word, obj) }
    }

    unsafe fn container(&mut self, word: usize, obj: *mut PyObject) -> bool {
        unsafe {
            let class = ffi::Py_TYPE(obj);
            let length = (word >> 3) as isize;
            match word & 0b111 {
                LIST => {
                    class == &raw mut ffi::PyList_Type
                        && ffi::PyList_Size(obj) == length
                        && (0..length).all(|place| self.value(ffi::PyList_GetItem(obj, place)))
                }
                TUPLE => {
                    class == &raw mut ffi::PyTuple_Type
                        && ffi::PyTuple_Size(obj) == length
                        && (0..length).all(|place| self.value(ffi::PyTuple_GetItem(obj, place)))
                }
                DICT => class == &raw mut ffi::PyDict_Type && self.items(obj, length),
                _ => {
                    let Some((&expected, rest)) = self.words.split_first() else { return false };
                    self.words = rest;
                    expected == class as usize && self.model(obj)
                }
            }
        }
    }

    unsafe fn items(&mut self, dict: *mut PyObject, length: isize) -> bool {
        unsafe {
            if ffi::PyDict_Size(dict) != length {
                return false;
            }
            let (mut at, mut key, mut value) = (0, std::ptr::null_mut(), std::ptr::null_mut());
            for _ in 0..length {
                if ffi::PyDict_Next(dict, &mut at, &mut key, &mut value) == 0 {
                    return false;
                }
                let Some((&expected, rest)) = self.words.split_first() else { return false };
                self.words = rest;
                if expected != key as usize || !self.value(value) {
                    return false;
                }
            }
            true
        }
    }

    unsafe fn model(&mut self, obj: *mut PyObject) -> bool {
        unsafe {
            if instance::has_extra(self.py, obj) != Some(false) {
                return false;
            }
            instance::fields(self.py, obj).is_some_and(|fields| self.value(fields.as_ptr()))
        }
    }
}

/// Records tapes, one after the other.
#[derive(Default)]
pub struct Recorder {
    words: Vec<usize>,
    /// The class looked up last.
    last: Option<Arc<Known>>,
}

impl Recorder {
    /// Lists the parts of a value; `None` where one of them may change unseen.
    pub fn record(&mut self, value: &Bound<'_, PyAny>) -> Option<Tape> {
        self.words.clear();
        // SAFETY: the thread is attached, and `value` lives as long as the borrow.
        if unsafe { self.value(value.py(), value.as_ptr(), 0) } {
            return Some(Tape { words: self.words.as_slice().into() });
        }
        release(&self.words);
        None
    }
}

// SAFETY, for all methods: the thread is attached and pointers are to live objects. No Python code
// runs during a walk, so what a container holds stays there.
impl Recorder {
    fn take(&mut self, kind: usize, length: isize) {
        self.words.push((length as usize) << 3 | kind);
    }

    unsafe fn take_object(&mut self, object: *mut PyObject) -> bool {
        unsafe { ffi::Py_INCREF(object) };
        self.words.push(object as usize);
        true
    }

    unsafe fn value(&mut self, py: Python<'_>, obj: *mut PyObject, depth: u16) -> bool {
        unsafe {
            let class = ffi::Py_TYPE(obj);
            if is_atom(class) {
                return self.take_object(obj);
            }
            if depth > MAX_DEPTH {
                return false;
            }
            if class == &raw mut ffi::PyDict_Type {
                return self.dict(py, obj, depth);
            }
            if class == &raw mut ffi::PyList_Type {
                let length = ffi::PyList_Size(obj);
                self.take(LIST, length);
                return (0..length).all(|place| self.value(py, ffi::PyList_GetItem(obj, place), depth + 1));
            }
            if class == &raw mut ffi::PyTuple_Type {
                let length = ffi::PyTuple_Size(obj);
                self.take(TUPLE, length);
                return (0..length).all(|place| self.value(py, ffi::PyTuple_GetItem(obj, place), depth + 1));
            }
            self.other(py, obj, class, depth)
        }
    }

    unsafe fn dict(&mut self, py: Python<'_>, dict: *mut PyObject, depth: u16) -> bool {
        unsafe {
            self.take(DICT, ffi::PyDict_Size(dict));
            let (mut at, mut key, mut value) = (0, std::ptr::null_mut(), std::ptr::null_mut());
            while ffi::PyDict_Next(dict, &mut at, &mut key, &mut value) != 0 {
                if !is_atom(ffi::Py_TYPE(key)) || !self.take_object(key) || !self.value(py, value, depth + 1) {
                    return false;
                }
            }
            true
        }
    }

    /// A pydantic model that is written from its fields alone, or an object that never changes.
    unsafe fn other(&mut self, py: Python<'_>, obj: *mut PyObject, class: *mut PyTypeObject, depth: u16) -> bool {
        unsafe {
            let known = self.kind(py, class);
            let Kind::Ext(form) = &known.kind else { return false };
            match form.frozen {
                Frozen::Always => return self.take_object(obj),
                Frozen::InPlainZone => {
                    let Ok(zone) = Bound::from_borrowed_ptr(py, obj).getattr(intern!(py, "tzinfo")) else {
                        return false;
                    };
                    let known = self.kind(py, zone.get_type_ptr());
                    let plain =
                        zone.is_none() || matches!(&known.kind, Kind::Ext(form) if form.frozen == Frozen::Always);
                    return plain && self.take_object(obj);
                }
                Frozen::Never => {}
            }
            if !matches!(form.payload, Payload::Model(_)) {
                return false;
            }
            self.take(MODEL, 0);
            self.take_object(class.cast()) && self.model(py, obj, depth)
        }
    }

    /// The fields of a model that has no others.
    unsafe fn model(&mut self, py: Python<'_>, obj: *mut PyObject, depth: u16) -> bool {
        unsafe {
            if instance::has_extra(py, obj) != Some(false) {
                return false;
            }
            let Some(fields) = instance::fields(py, obj) else { return false };
            fields.is_exact_instance_of::<PyDict>() && self.dict(py, fields.as_ptr(), depth + 1)
        }
    }

    unsafe fn kind(&mut self, py: Python<'_>, class: *mut PyTypeObject) -> Arc<Known> {
        match &self.last {
            Some(known) if known.class.as_ptr() == class.cast() => known.clone(),
            _ => {
                let bound = unsafe { Bound::from_borrowed_ptr(py, class.cast()).cast_into_unchecked::<PyType>() };
                let known = kind::of(&bound);
                self.last = Some(known.clone());
                known
            }
        }
    }
}

/// Whether objects of exactly this class never change and hold no others.
#[inline]
pub fn is_atom(class: *mut PyTypeObject) -> bool {
    class == &raw mut ffi::PyUnicode_Type
        || class == &raw mut ffi::PyLong_Type
        || class == &raw mut ffi::PyBool_Type
        || class == &raw mut ffi::PyFloat_Type
        || class == &raw mut ffi::PyBytes_Type
        || class == none_type()
}

#[inline]
fn none_type() -> *mut PyTypeObject {
    // SAFETY: None lives for ever, and its class is read only.
    unsafe { ffi::Py_TYPE(ffi::Py_None()) }
}
