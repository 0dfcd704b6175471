//! What a value was made of when it was encoded, so that it can be seen whether it still is.
//!
//! A tape lists the parts of a value in the order they are met: of what cannot change (strings,
//! numbers, …) the object itself, of what can (lists, dicts, models) its kind and size. The tape keeps
//! those objects, so no other object can have their place in memory: a value that reads the same,
//! object by object, is encoded the same. Values with other parts have no tape.

use crate::serde::kind::{self, Frozen, Kind, Known, Payload};
use pyo3::ffi::{self, PyObject, PyTypeObject};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString, PyType};
use std::sync::Arc;

/// How deep a tape goes.
const MAX_DEPTH: u16 = 200;

/// What stands for a container: odd, which the address of an object never is.
const LIST: usize = 0b001;
const TUPLE: usize = 0b011;
const DICT: usize = 0b101;
const MODEL: usize = 0b111;

fn container(kind: usize, length: isize) -> usize {
    (length as usize) << 3 | kind
}

pub struct Tape {
    /// Addresses of objects, each of which is owned, and containers.
    words: Box<[usize]>,
}

impl Tape {
    /// Lists the parts of a value; `None` where one of them may change unseen.
    pub fn of(value: &Bound<'_, PyAny>) -> Option<Tape> {
        let mut walk = Walk { py: value.py(), end: Recorder { words: Vec::new() }, last: None };
        // SAFETY: the thread is attached, and `value` lives as long as the borrow.
        let whole = unsafe { walk.value(value.as_ptr(), 0) };
        let tape = Tape { words: walk.end.words.into() };
        whole.then_some(tape)
    }

    /// Whether the value still has the same parts.
    pub fn matches(&self, value: &Bound<'_, PyAny>) -> bool {
        let mut walk = Walk { py: value.py(), end: Matcher { words: &self.words, at: 0 }, last: None };
        // SAFETY: as above.
        unsafe { walk.value(value.as_ptr(), 0) && walk.end.at == self.words.len() }
    }
}

impl Drop for Tape {
    fn drop(&mut self) {
        // an interpreter that has ended keeps its objects
        let _ = Python::try_attach(|_| {
            for word in self.words.iter().filter(|word| *word & 1 == 0) {
                // SAFETY: the tape owns a reference to each, and the thread is attached. They are of
                // classes whose objects run no code when they go, or classes.
                unsafe { ffi::Py_DECREF(*word as *mut PyObject) };
            }
        });
    }
}

/// What becomes of the parts that a walk meets.
trait End {
    /// Takes a container; false ends the walk.
    fn take(&mut self, container: usize) -> bool;
    /// Takes a model of this class, if one is expected here.
    fn take_model(&mut self, class: usize) -> bool;
    /// Takes an object.
    ///
    /// # Safety
    /// The thread is attached and the object is alive.
    unsafe fn take_object(&mut self, object: *mut PyObject) -> bool;
}

struct Recorder {
    words: Vec<usize>,
}

impl End for Recorder {
    fn take(&mut self, container: usize) -> bool {
        self.words.push(container);
        true
    }

    fn take_model(&mut self, _: usize) -> bool {
        false
    }

    unsafe fn take_object(&mut self, object: *mut PyObject) -> bool {
        unsafe { ffi::Py_INCREF(object) };
        self.words.push(object as usize);
        true
    }
}

struct Matcher<'a> {
    words: &'a [usize],
    at: usize,
}

impl End for Matcher<'_> {
    #[inline]
    fn take(&mut self, container: usize) -> bool {
        let same = self.words.get(self.at) == Some(&container);
        self.at += 1;
        same
    }

    #[inline]
    fn take_model(&mut self, class: usize) -> bool {
        let same = self.words.get(self.at..self.at + 2) == Some(&[container(MODEL, 0), class]);
        self.at += if same { 2 } else { 0 };
        same
    }

    #[inline]
    unsafe fn take_object(&mut self, object: *mut PyObject) -> bool {
        self.take(object as usize)
    }
}

struct Walk<'py, E> {
    py: Python<'py>,
    end: E,
    /// The class looked up last.
    last: Option<Arc<Known>>,
}

// SAFETY, for all methods: the thread is attached and pointers are to live objects. No Python code
// runs during a walk, so what a container holds stays there.
impl<E: End> Walk<'_, E> {
    #[inline]
    unsafe fn value(&mut self, obj: *mut PyObject, depth: u16) -> bool {
        unsafe {
            let class = ffi::Py_TYPE(obj);
            if is_atom(class) {
                return self.end.take_object(obj);
            }
            if depth > MAX_DEPTH {
                return false;
            }
            if class == &raw mut ffi::PyDict_Type {
                return self.dict(obj, depth);
            }
            if class == &raw mut ffi::PyList_Type {
                let length = ffi::PyList_Size(obj);
                return self.end.take(container(LIST, length))
                    && (0..length).all(|place| self.value(ffi::PyList_GetItem(obj, place), depth + 1));
            }
            if class == &raw mut ffi::PyTuple_Type {
                let length = ffi::PyTuple_Size(obj);
                return self.end.take(container(TUPLE, length))
                    && (0..length).all(|place| self.value(ffi::PyTuple_GetItem(obj, place), depth + 1));
            }
            self.other(obj, class, depth)
        }
    }

    unsafe fn dict(&mut self, dict: *mut PyObject, depth: u16) -> bool {
        unsafe {
            if !self.end.take(container(DICT, ffi::PyDict_Size(dict))) {
                return false;
            }
            let (mut at, mut key, mut value) = (0, std::ptr::null_mut(), std::ptr::null_mut());
            while ffi::PyDict_Next(dict, &mut at, &mut key, &mut value) != 0 {
                if !is_atom(ffi::Py_TYPE(key)) || !self.end.take_object(key) || !self.value(value, depth + 1) {
                    return false;
                }
            }
            true
        }
    }

    /// A pydantic model that is written from its fields alone, or an object that never changes.
    unsafe fn other(&mut self, obj: *mut PyObject, class: *mut PyTypeObject, depth: u16) -> bool {
        unsafe {
            if self.end.take_model(class as usize) {
                return self.model(obj, depth);
            }
            let known = self.kind(class);
            let Kind::Ext(form) = &known.kind else { return false };
            let bound = Bound::from_borrowed_ptr(self.py, obj);
            match form.frozen {
                Frozen::Always => return self.end.take_object(obj),
                Frozen::InPlainZone => {
                    let Ok(zone) = bound.getattr(intern!(self.py, "tzinfo")) else { return false };
                    let known = self.kind(zone.get_type_ptr());
                    let plain =
                        zone.is_none() || matches!(&known.kind, Kind::Ext(form) if form.frozen == Frozen::Always);
                    return plain && self.end.take_object(obj);
                }
                Frozen::Never => {}
            }
            matches!(form.payload, Payload::Model(_))
                && self.end.take(container(MODEL, 0))
                && self.end.take_object(class.cast())
                && self.model(obj, depth)
        }
    }

    /// The fields of a model that has no others.
    unsafe fn model(&mut self, obj: *mut PyObject, depth: u16) -> bool {
        unsafe {
            let Some(extra) = attribute(self.py, obj, intern!(self.py, "__pydantic_extra__")) else { return false };
            let has_none =
                extra.is_none() || extra.is_exact_instance_of::<PyDict>() && ffi::PyDict_Size(extra.as_ptr()) == 0;
            if !has_none {
                return false;
            }
            let Some(fields) = attribute(self.py, obj, intern!(self.py, "__dict__")) else { return false };
            fields.is_exact_instance_of::<PyDict>() && self.dict(fields.as_ptr(), depth + 1)
        }
    }

    unsafe fn kind(&mut self, class: *mut PyTypeObject) -> Arc<Known> {
        match &self.last {
            Some(known) if known.class.as_ptr() == class.cast() => known.clone(),
            _ => {
                let bound = unsafe { Bound::from_borrowed_ptr(self.py, class.cast()).cast_into_unchecked::<PyType>() };
                let known = kind::of(&bound);
                self.last = Some(known.clone());
                known
            }
        }
    }
}

/// An attribute as every object has it: a model's own ways of finding one are slow, and for others.
unsafe fn attribute<'py>(
    py: Python<'py>,
    obj: *mut PyObject,
    name: &Bound<'py, PyString>,
) -> Option<Bound<'py, PyAny>> {
    unsafe {
        let found = Bound::from_owned_ptr_or_opt(py, ffi::PyObject_GenericGetAttr(obj, name.as_ptr()));
        if found.is_none() {
            ffi::PyErr_Clear();
        }
        found
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
