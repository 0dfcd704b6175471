//! Objects to bytes.

use super::kind::{self, Field, Form, Kind, Payload, Shape, ShapedField};
use super::text;
use super::wire::Writer;
use pyo3::exceptions::{PyException, PyRuntimeError, PyTypeError};
use pyo3::ffi::{self, PyObject, PyTypeObject, Py_ssize_t};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyString, PyTuple, PyType};
use std::ptr;
use std::sync::Arc;

/// Containers within containers, not counting through extensions; and counting all.
const MAX_LEVEL: u16 = 255;
const MAX_DEPTH: u16 = 1022;

/// Why an object cannot be written.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    #[error("Recursion limit reached")]
    TooDeep,
    #[error("Integer exceeds 64-bit range")]
    IntTooBig,
    #[error("Type is not msgpack serializable: {}", .0.0)]
    NoForm(Box<(String, Option<PyErr>)>),
    #[error("Dict key must a type serializable with OPT_NON_STR_KEYS")]
    KeyType,
    #[error("string contains surrogates")]
    Surrogates,
    #[error("datetime.time must not have tzinfo set")]
    TimeZone,
    #[error("Failed to get buffer from memoryview")]
    Buffer,
    #[error("a container changed while it was being serialized")]
    Changed,
    /// Not an error: the dump of a model may do more than copy this value.
    #[error("the value is not plain")]
    NotPlain,
    #[error(transparent)]
    Raised(Box<PyErr>),
}

impl From<PyErr> for Refusal {
    fn from(error: PyErr) -> Self {
        Refusal::Raised(Box::new(error))
    }
}

impl Refusal {
    fn into_error(self, py: Python<'_>) -> PyErr {
        match self {
            Refusal::Raised(error) => *error,
            Refusal::Changed => PyRuntimeError::new_err(self.to_string()),
            Refusal::NoForm(found) => {
                let error = PyTypeError::new_err(format!("Type is not msgpack serializable: {}", found.0));
                error.set_cause(py, found.1);
                error
            }
            other => PyTypeError::new_err(other.to_string()),
        }
    }
}

type Written = Result<(), Refusal>;

/// How far inside containers a value is.
#[derive(Clone, Copy)]
struct Depth {
    level: u16,
    all: u16,
}

impl Depth {
    const NONE: Depth = Depth { level: 0, all: 0 };

    #[inline]
    fn deeper(self) -> Result<Depth, Refusal> {
        if self.level >= MAX_LEVEL || self.all >= MAX_DEPTH {
            return Err(Refusal::TooDeep);
        }
        Ok(Depth { level: self.level + 1, all: self.all + 1 })
    }

    /// Inside the array that is an extension's payload.
    fn in_payload(self) -> Result<Depth, Refusal> {
        Depth { level: 0, all: self.all }.deeper()
    }
}

/// Encodes an object.
pub fn pack(obj: &Bound<'_, PyAny>) -> PyResult<Vec<u8>> {
    let py = obj.py();
    let mut encoder = Encoder { py, writer: Writer { out: Vec::with_capacity(256) }, last: None };
    // SAFETY: the thread is attached, and `obj` lives as long as the borrow.
    let written = unsafe { encoder.value::<false>(obj.as_ptr(), Depth::NONE) };
    written.map_err(|refusal| refusal.into_error(py))?;
    Ok(encoder.writer.out)
}

/// Keeps an object alive: code that runs meanwhile may take it out of the container it is in.
struct Held(*mut PyObject);

impl Held {
    unsafe fn new(obj: *mut PyObject) -> Self {
        unsafe { ffi::Py_INCREF(obj) };
        Held(obj)
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        // SAFETY: made by an attached thread, and never sent to another.
        unsafe { ffi::Py_DECREF(self.0) };
    }
}

struct Encoder<'py> {
    py: Python<'py>,
    writer: Writer,
    /// The last class looked up: lists mostly hold one kind of thing.
    last: Option<(*mut PyTypeObject, Arc<Kind>)>,
}

// SAFETY, for all methods below: the thread is attached, and pointers are to live objects, which
// stay so for the call at least: whoever takes one out of a container either runs no Python code
// before it is written, or holds it.
impl<'py> Encoder<'py> {
    unsafe fn bound(&self, obj: *mut PyObject) -> Bound<'py, PyAny> {
        unsafe { Bound::from_borrowed_ptr(self.py, obj) }
    }

    /// Writes a value; with `PLAIN` only if it is of msgpack's own types, exactly.
    #[inline]
    unsafe fn value<const PLAIN: bool>(&mut self, obj: *mut PyObject, depth: Depth) -> Written {
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
                return Err(Refusal::NotPlain);
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

    unsafe fn str(&mut self, obj: *mut PyObject) -> Written {
        let writer = &mut self.writer;
        Ok(unsafe { text::with_lenient_utf8(self.py, obj, |bytes| writer.str(bytes)) }?)
    }

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
        unsafe {
            let depth = depth.deeper()?;
            let _held = Held::new(obj);
            let length = ffi::PyList_Size(obj);
            self.writer.array(length as usize);
            for index in 0..length {
                let item = ffi::PyList_GetItem(obj, index);
                if item.is_null() {
                    ffi::PyErr_Clear();
                    return Err(Refusal::Changed);
                }
                self.value::<PLAIN>(item, depth)?;
            }
            if ffi::PyList_Size(obj) != length {
                return Err(Refusal::Changed);
            }
        }
        Ok(())
    }

    unsafe fn tuple<const PLAIN: bool>(&mut self, obj: *mut PyObject, depth: Depth) -> Written {
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
        unsafe {
            let depth = depth.deeper()?;
            let _held = Held::new(obj);
            let length = ffi::PyDict_Size(obj);
            self.writer.map(length as usize);
            let mut items = Items::new(obj);
            let mut count = 0;
            while let Some((key, value)) = items.next() {
                if ffi::Py_TYPE(key) == &raw mut ffi::PyUnicode_Type {
                    self.str_key(key)?;
                    self.value::<PLAIN>(value, depth)?;
                } else {
                    // A key may run code: that of an enum's member.
                    let _held = (Held::new(key), Held::new(value));
                    self.key::<PLAIN>(key, depth)?;
                    self.value::<PLAIN>(value, depth)?;
                }
                count += 1;
            }
            if count != length {
                return Err(Refusal::Changed);
            }
        }
        Ok(())
    }

    unsafe fn str_key(&mut self, key: *mut PyObject) -> Written {
        let writer = &mut self.writer;
        unsafe { text::with_utf8(key, &mut |bytes| writer.str(bytes)) }.map_err(|_| Refusal::Surrogates)
    }

    /// Writes a dict's key that is no exact `str`.
    unsafe fn key<const PLAIN: bool>(&mut self, key: *mut PyObject, depth: Depth) -> Written {
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
            match &*self.kind(class) {
                Kind::Str => return self.str_key(key),
                Kind::Int => return self.int(key),
                _ => {}
            }
            let py = self.py;
            let key = self.bound(key);
            if key.is_instance(py.import("enum")?.getattr("Enum")?.as_any())? {
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

    unsafe fn kind(&mut self, class: *mut PyTypeObject) -> Arc<Kind> {
        match &self.last {
            Some((last, kind)) if ptr::eq(*last, class) => kind.clone(),
            _ => {
                let bound = unsafe { self.bound(class.cast()).cast_into_unchecked::<PyType>() };
                let kind = kind::of(&bound);
                self.last = Some((class, kind.clone()));
                kind
            }
        }
    }

    unsafe fn other(&mut self, obj: *mut PyObject, class: *mut PyTypeObject, depth: Depth) -> Written {
        unsafe {
            let _held = Held::new(obj);
            match &*self.kind(class) {
                Kind::Str => self.str(obj),
                Kind::Int => self.int(obj),
                Kind::List => self.list::<false>(obj, depth),
                Kind::Dict => self.dict::<false>(obj, depth),
                Kind::Ask => self.asked(obj, depth),
                Kind::Ext(form) => self.ext(obj, form, depth),
            }
        }
    }

    /// Writes what Python's `reduce_value` makes of an object.
    unsafe fn asked(&mut self, obj: *mut PyObject, depth: Depth) -> Written {
        static REDUCE: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
        let py = self.py;
        let reduce = REDUCE.get_or_try_init(py, || {
            Ok::<_, PyErr>(py.import("langgraph_rust.checkpoint.serde._reduce")?.getattr("reduce_value")?.unbind())
        })?;
        let obj = unsafe { self.bound(obj) };
        let reduced = match reduce.bind(py).call1((&obj,)) {
            Ok(reduced) => reduced,
            Err(error) => return Err(self.no_form(&obj, error.into())),
        };
        if reduced.is_instance_of::<PyString>() {
            return unsafe { self.str(reduced.as_ptr()) };
        }
        let (code, parts): (u8, Bound<'py, PyAny>) = reduced.extract()?;
        let start = self.writer.begin_ext();
        let inside = Depth { level: 0, all: depth.all + 1 };
        let written = if inside.all > MAX_DEPTH {
            Err(Refusal::TooDeep)
        } else {
            unsafe { self.value::<false>(parts.as_ptr(), inside) }
        };
        written.map_err(|refusal| self.no_form(&obj, refusal))?;
        self.writer.end_ext(start, code);
        Ok(())
    }

    unsafe fn ext(&mut self, obj: *mut PyObject, form: &Form, depth: Depth) -> Written {
        let start = self.writer.begin_ext();
        match unsafe { self.payload(obj, form, depth) } {
            Ok(()) => {
                self.writer.end_ext(start, form.code);
                Ok(())
            }
            // Also what is too deep: the dump finds out whether it is endless.
            Err(_) if matches!(form.payload, Payload::Model(_)) => {
                self.writer.out.truncate(start);
                unsafe { self.asked(obj, depth) }
            }
            Err(refusal) => Err(self.no_form(unsafe { &self.bound(obj) }, refusal)),
        }
    }

    /// What a failure inside an extension is told as; exceptions that end the program go through.
    fn no_form(&self, obj: &Bound<'py, PyAny>, refusal: Refusal) -> Refusal {
        let cause = refusal.into_error(self.py);
        if !cause.is_instance_of::<PyException>(self.py) {
            return cause.into();
        }
        Refusal::NoForm(Box::new((name_of_class(obj), Some(cause))))
    }

    unsafe fn payload(&mut self, obj: *mut PyObject, form: &Form, depth: Depth) -> Written {
        let py = self.py;
        let depth = depth.in_payload()?;
        self.writer.out.extend_from_slice(&form.start);
        unsafe {
            match &form.payload {
                Payload::Items => {
                    let items = Bound::from_owned_ptr_or_err(py, ffi::PySequence_Tuple(obj))?;
                    self.tuple::<false>(items.as_ptr(), depth)
                }
                Payload::Text => self.str(self.bound(obj).str()?.as_ptr()),
                Payload::Attribute(name) => {
                    let value = self.bound(obj).getattr(name.bind(py))?;
                    self.value::<false>(value.as_ptr(), depth)
                }
                Payload::IsoTime => {
                    let iso = self.bound(obj).call_method0(intern!(py, "isoformat"))?;
                    self.value::<false>(iso.as_ptr(), depth)?;
                    self.writer.str(b"fromisoformat");
                    Ok(())
                }
                Payload::Fields(fields) => self.fields(obj, fields, depth),
                Payload::Send => self.send(obj, depth),
                Payload::Model(fields) => {
                    self.model(obj, fields, depth)?;
                    self.writer.str(b"model_validate_json");
                    Ok(())
                }
            }
        }
    }

    unsafe fn fields(&mut self, obj: *mut PyObject, fields: &[Field], depth: Depth) -> Written {
        let depth = depth.deeper()?;
        self.writer.map(fields.len());
        for field in fields {
            self.writer.str(field.text.as_bytes());
            unsafe {
                let value = self.bound(obj).getattr(field.name.bind(self.py))?;
                self.value::<false>(value.as_ptr(), depth)?;
            }
        }
        Ok(())
    }

    unsafe fn send(&mut self, obj: *mut PyObject, depth: Depth) -> Written {
        let py = self.py;
        let send = unsafe { self.bound(obj) };
        let timeout = send.getattr_opt(intern!(py, "timeout"))?.filter(|timeout| !timeout.is_none());
        let mut args = vec![send.getattr(intern!(py, "node"))?, send.getattr(intern!(py, "arg"))?];
        args.extend(timeout);
        unsafe { self.tuple::<false>(PyTuple::new(py, args)?.as_ptr(), depth) }
    }

    /// Writes a model's fields as its dump would give them; `NotPlain` if it has to be asked for one.
    unsafe fn model(&mut self, obj: *mut PyObject, fields: &[ShapedField], depth: Depth) -> Written {
        let py = self.py;
        let depth = depth.deeper()?;
        unsafe {
            let model = self.bound(obj);
            let values = model.getattr(intern!(py, "__dict__"))?;
            let extra = model.getattr(intern!(py, "__pydantic_extra__"))?;
            // Of a model that allows others it is a dict, of one that does not None.
            if extra.is_truthy()? || ffi::PyDict_Size(values.as_ptr()) != fields.len() as Py_ssize_t {
                return Err(Refusal::NotPlain);
            }
            self.writer.map(fields.len());
            self.shaped_items(values.as_ptr(), fields, false, depth)?;
        }
        Ok(())
    }

    /// Writes a dict's items; returns how many of them are required ones.
    unsafe fn shaped_items(
        &mut self,
        dict: *mut PyObject,
        fields: &[ShapedField],
        others: bool,
        depth: Depth,
    ) -> Result<usize, Refusal> {
        let mut required = 0;
        unsafe {
            let mut items = Items::new(dict);
            // The items mostly come in the order of the fields.
            let mut expected = 0;
            while let Some((key, value)) = items.next() {
                if ffi::Py_TYPE(key) != &raw mut ffi::PyUnicode_Type {
                    return Err(Refusal::NotPlain);
                }
                let shape = match find(fields, key, expected) {
                    Some(place) => {
                        expected = place + 1;
                        required += usize::from(fields[place].required);
                        &fields[place].shape
                    }
                    None if others => &Shape::Plain,
                    None => return Err(Refusal::NotPlain),
                };
                self.str_key(key)?;
                self.shaped(value, shape, depth)?;
            }
        }
        Ok(required)
    }

    /// Writes a plain value of a model as its dump would give it.
    unsafe fn shaped(&mut self, obj: *mut PyObject, shape: &Shape, depth: Depth) -> Written {
        unsafe {
            let class = ffi::Py_TYPE(obj);
            match shape {
                Shape::List(inner) if class == &raw mut ffi::PyList_Type => {
                    let depth = depth.deeper()?;
                    let length = ffi::PyList_Size(obj);
                    self.writer.array(length as usize);
                    for index in 0..length {
                        self.shaped(ffi::PyList_GetItem(obj, index), inner, depth)?;
                    }
                    Ok(())
                }
                Shape::Dict { fields, required, others } if class == &raw mut ffi::PyDict_Type => {
                    let depth = depth.deeper()?;
                    self.writer.map(ffi::PyDict_Size(obj) as usize);
                    let found = self.shaped_items(obj, fields, *others, depth)?;
                    if found == *required {
                        Ok(())
                    } else {
                        Err(Refusal::NotPlain)
                    }
                }
                Shape::Plain => self.value::<true>(obj, depth),
                _ if obj == ffi::Py_None() => {
                    self.writer.nil();
                    Ok(())
                }
                _ => Err(Refusal::NotPlain),
            }
        }
    }
}

/// The name of an object's class as the interpreter's own errors have it: with the module, if the
/// class is of C.
fn name_of_class(obj: &Bound<'_, PyAny>) -> String {
    let class = obj.get_type();
    // SAFETY: the thread is attached, and the class lives as long as its instance.
    let of_c = unsafe { ffi::PyType_GetFlags(class.as_type_ptr()) } & ffi::Py_TPFLAGS_HEAPTYPE == 0;
    let name = class.name().map_or_else(|_| "?".to_owned(), |name| name.to_string());
    match class.module() {
        Ok(module) if of_c && module != "builtins" => format!("{module}.{name}"),
        _ => name,
    }
}

/// The place of the field that a key names: most likely `expected`.
unsafe fn find(fields: &[ShapedField], key: *mut PyObject, expected: usize) -> Option<usize> {
    if fields.get(expected).is_some_and(|field| field.field.name.as_ptr() == key) {
        return Some(expected);
    }
    let by_text = |bytes: &[u8]| fields.iter().position(|field| field.field.text.as_bytes() == bytes);
    unsafe { text::with_utf8(key, &mut { by_text }) }.ok().flatten()
}

/// The items of a dict, borrowed.
struct Items {
    dict: *mut PyObject,
    at: Py_ssize_t,
}

impl Items {
    fn new(dict: *mut PyObject) -> Self {
        Items { dict, at: 0 }
    }

    unsafe fn next(&mut self) -> Option<(*mut PyObject, *mut PyObject)> {
        let (mut key, mut value) = (ptr::null_mut(), ptr::null_mut());
        let more = unsafe { ffi::PyDict_Next(self.dict, &mut self.at, &mut key, &mut value) };
        (more != 0).then_some((key, value))
    }
}
