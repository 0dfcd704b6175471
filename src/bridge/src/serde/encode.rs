//! Objects to bytes.

use super::borrow::{Elements, Held, Items};
use super::kind::{self, Kind, Known};
use super::refusal::{Depth, Refusal, Written};
use super::text;
use super::wire::Writer;
use pyo3::ffi::{self, PyObject, PyTypeObject};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::PyType;
use std::sync::Arc;

/// Encodes an object.
pub fn pack(obj: &Bound<'_, PyAny>) -> PyResult<Vec<u8>> {
    let mut out = Vec::with_capacity(256);
    pack_into(obj, &mut out)?;
    Ok(out)
}

/// Encodes an object into a buffer, in the place of what is in there.
pub fn pack_into(obj: &Bound<'_, PyAny>, buffer: &mut Vec<u8>) -> PyResult<()> {
    let py = obj.py();
    buffer.clear();
    let mut encoder = Encoder { py, writer: Writer { out: std::mem::take(buffer) }, last: None };
    // SAFETY: the thread is attached, and `obj` lives as long as the borrow.
    let written = unsafe { encoder.value::<false>(obj.as_ptr(), Depth::NONE) };
    *buffer = encoder.writer.out;
    written.map_err(|refusal| refusal.into_error(py))
}

pub struct Encoder<'py> {
    pub py: Python<'py>,
    pub writer: Writer,
    /// The last class looked up: lists mostly hold one kind of thing.
    last: Option<Arc<Known>>,
}

// SAFETY, for all methods of it that are unsafe, here and in `extension` and `model`: the thread is attached, and pointers are to live objects, which
// stay so for the call at least: whoever takes one out of a container either runs no Python code
// before it is written, or holds it.
impl<'py> Encoder<'py> {
    pub unsafe fn bound(&self, obj: *mut PyObject) -> Bound<'py, PyAny> {
        unsafe { Bound::from_borrowed_ptr(self.py, obj) }
    }

    /// Writes a value; with `PLAIN` only one that the dump of a model leaves as it is.
    #[inline]
    pub unsafe fn value<const PLAIN: bool>(&mut self, obj: *mut PyObject, depth: Depth) -> Written {
        unsafe {
            let class = ffi::Py_TYPE(obj);
            if class == &raw mut ffi::PyUnicode_Type {
                return self.str(obj);
            }
            if class == &raw mut ffi::PyLong_Type {
                return self.int(obj);
            }
            if obj == ffi::Py_None() {
                self.writer.nil();
                return Ok(());
            }
            if class == &raw mut ffi::PyDict_Type {
                return self.dict::<PLAIN>(obj, depth);
            }
            if class == &raw mut ffi::PyList_Type {
                return self.list::<PLAIN>(obj, depth);
            }
            if class == &raw mut ffi::PyBool_Type {
                self.writer.bool(obj == ffi::Py_True());
                return Ok(());
            }
            if class == &raw mut ffi::PyFloat_Type {
                self.writer.float(ffi::PyFloat_AsDouble(obj));
                return Ok(());
            }
            if class == &raw mut ffi::PyTuple_Type {
                return self.tuple::<PLAIN>(obj, depth);
            }
            if class == &raw mut ffi::PyBytes_Type {
                return self.bytes(obj);
            }
            if PLAIN {
                return self.atom(obj, class, depth);
            }
            if class == &raw mut ffi::PyByteArray_Type {
                let start = ffi::PyByteArray_AsString(obj);
                let length = ffi::PyByteArray_Size(obj) as usize;
                self.writer.bin(std::slice::from_raw_parts(start.cast(), length));
                return Ok(());
            }
            if class == &raw mut ffi::PyMemoryView_Type {
                return self.memoryview(obj);
            }
            self.other(obj, class, depth)
        }
    }

    pub unsafe fn str(&mut self, obj: *mut PyObject) -> Written {
        let writer = &mut self.writer;
        Ok(unsafe { text::with_lenient_utf8(self.py, obj, |bytes| writer.str(bytes)) }?)
    }

    #[inline]
    unsafe fn int(&mut self, obj: *mut PyObject) -> Written {
        unsafe {
            let mut overflow = 0;
            let value = ffi::PyLong_AsLongLongAndOverflow(obj, &mut overflow);
            if overflow == 0 {
                self.writer.int(value);
                return Ok(());
            }
            let value = ffi::PyLong_AsUnsignedLongLong(obj);
            if value == u64::MAX && !ffi::PyErr_Occurred().is_null() {
                ffi::PyErr_Clear();
                return Err(Refusal::IntTooBig);
            }
            self.writer.uint(value);
            Ok(())
        }
    }

    unsafe fn bytes(&mut self, obj: *mut PyObject) -> Written {
        unsafe {
            let start = ffi::PyBytes_AsString(obj);
            self.writer.bin(std::slice::from_raw_parts(start.cast(), ffi::PyBytes_Size(obj) as usize));
        }
        Ok(())
    }

    unsafe fn memoryview(&mut self, obj: *mut PyObject) -> Written {
        unsafe {
            let view = self.bound(obj);
            if !view.getattr(intern!(self.py, "c_contiguous"))?.is_truthy()? {
                return Err(Refusal::Buffer);
            }
            let bytes = Bound::from_owned_ptr_or_err(self.py, ffi::PyBytes_FromObject(obj))?;
            self.bytes(bytes.as_ptr())
        }
    }

    unsafe fn list<const PLAIN: bool>(&mut self, obj: *mut PyObject, depth: Depth) -> Written {
        let depth = depth.deeper()?;
        unsafe {
            let mut items = Elements::new(obj);
            self.writer.array(items.length);
            while let Some(item) = items.next()? {
                self.value::<PLAIN>(item, depth)?;
            }
        }
        Ok(())
    }

    pub unsafe fn tuple<const PLAIN: bool>(&mut self, obj: *mut PyObject, depth: Depth) -> Written {
        unsafe {
            let depth = depth.deeper()?;
            let _held = Held::new(obj);
            let length = ffi::PyTuple_Size(obj);
            self.writer.array(length as usize);
            for index in 0..length {
                self.value::<PLAIN>(ffi::PyTuple_GetItem(obj, index), depth)?;
            }
        }
        Ok(())
    }

    unsafe fn dict<const PLAIN: bool>(&mut self, obj: *mut PyObject, depth: Depth) -> Written {
        let depth = depth.deeper()?;
        unsafe {
            let mut items = Items::new(obj);
            self.writer.map(items.length);
            while let Some((key, value)) = items.next()? {
                if ffi::Py_TYPE(key) == &raw mut ffi::PyUnicode_Type {
                    self.str_key(key)?;
                    self.value::<PLAIN>(value, depth)?;
                } else {
                    // A key may run code: that of an enum's member.
                    let _held = (Held::new(key), Held::new(value));
                    self.key::<PLAIN>(key, depth)?;
                    self.value::<PLAIN>(value, depth)?;
                }
            }
        }
        Ok(())
    }

    pub unsafe fn str_key(&mut self, key: *mut PyObject) -> Written {
        let writer = &mut self.writer;
        unsafe { text::with_utf8(key, &mut |bytes| writer.str(bytes)) }.map_err(|_| Refusal::Surrogates)
    }

    /// Writes a dict's key that is no exact `str`.
    pub unsafe fn key<const PLAIN: bool>(&mut self, key: *mut PyObject, depth: Depth) -> Written {
        unsafe {
            let class = ffi::Py_TYPE(key);
            let plain = class == &raw mut ffi::PyLong_Type
                || class == &raw mut ffi::PyBool_Type
                || class == &raw mut ffi::PyFloat_Type
                || class == &raw mut ffi::PyBytes_Type
                || key == ffi::Py_None();
            if plain {
                return self.value::<true>(key, depth);
            }
            if PLAIN {
                return Err(Refusal::NotPlain);
            }
            if class == &raw mut ffi::PyUnicode_Type {
                return self.str_key(key);
            }
            if class == &raw mut ffi::PyMemoryView_Type {
                return self.memoryview(key);
            }
            if class == &raw mut ffi::PyTuple_Type {
                let depth = depth.deeper()?;
                self.writer.array(ffi::PyTuple_Size(key) as usize);
                for index in 0..ffi::PyTuple_Size(key) {
                    self.key::<false>(ffi::PyTuple_GetItem(key, index), depth)?;
                }
                return Ok(());
            }
            self.other_key(key, class, depth)
        }
    }

    /// A key of a class of its own: derived from `str` or `int`, an enum's member, a time, a UUID.
    unsafe fn other_key(&mut self, key: *mut PyObject, class: *mut PyTypeObject, depth: Depth) -> Written {
        unsafe {
            match &self.kind(class).kind {
                Kind::Str => return self.str_key(key),
                Kind::Int => return self.int(key),
                _ => {}
            }
            let py = self.py;
            let key = self.bound(key);
            if key.is_instance(py.import("enum")?.getattr(intern!(py, "Enum"))?.as_any())? {
                return self.key::<false>(key.getattr(intern!(py, "value"))?.as_ptr(), depth);
            }
            let class = key.get_type();
            let path = (class.module()?.to_string(), class.name()?.to_string());
            let text = match (path.0.as_str(), path.1.as_str()) {
                ("datetime", "datetime" | "date") => key.call_method0(intern!(py, "isoformat"))?,
                ("datetime", "time") => {
                    if !key.getattr(intern!(py, "tzinfo"))?.is_none() {
                        return Err(Refusal::TimeZone);
                    }
                    key.call_method0(intern!(py, "isoformat"))?
                }
                ("uuid", "UUID") => key.str()?.into_any(),
                _ => return Err(Refusal::KeyType),
            };
            self.str(text.as_ptr())
        }
    }

    pub unsafe fn kind(&mut self, class: *mut PyTypeObject) -> Arc<Known> {
        match &self.last {
            Some(known) if known.class.as_ptr() == class.cast() => known.clone(),
            _ => {
                let bound = unsafe { self.bound(class.cast()).cast_into_unchecked::<PyType>() };
                let known = kind::of(&bound);
                self.last = Some(known.clone());
                known
            }
        }
    }

    unsafe fn other(&mut self, obj: *mut PyObject, class: *mut PyTypeObject, depth: Depth) -> Written {
        unsafe {
            let _held = Held::new(obj);
            match &self.kind(class).kind {
                Kind::Str => self.str(obj),
                Kind::Int => self.int(obj),
                Kind::List => self.list::<false>(obj, depth),
                Kind::Dict => self.dict::<false>(obj, depth),
                Kind::Ask => self.asked(obj, depth),
                Kind::Ext(form) => self.ext(obj, form, depth),
            }
        }
    }
}
