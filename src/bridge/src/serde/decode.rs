//! Bytes to objects.

use super::names::{self, Names};
use super::revive::Reviver;
use super::wire::{Ended, Head, Reader};
use pyo3::exceptions::{PyException, PyValueError};
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyByteArray, PyBytes, PyDict, PyFloat, PyMemoryView, PyTuple};

/// Containers within containers, counting through extensions.
const MAX_DEPTH: u16 = 1022;

/// Why bytes cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum Flaw {
    #[error("unexpected end of file")]
    Ended,
    #[error("invalid type Reserved")]
    Reserved,
    #[error("invalid UTF-8 string")]
    Utf8,
    #[error("Recursion limit reached")]
    TooDeep,
    #[error("invalid type {0}")]
    KeyType(Form),
    #[error("ext_hook failed")]
    Hook(Box<PyErr>),
    /// What ends the program, or memory that ran out: goes through as it is.
    #[error(transparent)]
    Raised(Box<PyErr>),
}

impl From<Ended> for Flaw {
    fn from(_: Ended) -> Self {
        Flaw::Ended
    }
}

impl Flaw {
    /// An exception out of Python code that makes an object.
    pub fn of_hook(py: Python<'_>, error: PyErr) -> Flaw {
        match error.is_instance_of::<PyException>(py) {
            true => Flaw::Hook(Box::new(error)),
            false => Flaw::Raised(Box::new(error)),
        }
    }

    fn into_error(self, py: Python<'_>) -> PyErr {
        let told = PyValueError::new_err(self.to_string());
        match self {
            Flaw::Raised(error) => *error,
            Flaw::Hook(cause) => {
                told.set_cause(py, Some(*cause));
                told
            }
            _ => told,
        }
    }
}

/// What makes values of extensions: not looked at before there is one.
enum Hook<'py> {
    Unknown,
    /// Ours, whose work is done here.
    Reviver(Reviver<'py>),
    /// Any callable of `(code, bytes)`.
    Foreign,
}

/// Decodes one object; bytes that follow it are not looked at.
pub fn unpack<'py>(data: &Bound<'py, PyAny>, hook: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    let py = data.py();
    let bytes = if let Ok(bytes) = data.cast::<PyBytes>() {
        bytes.clone()
    } else if data.is_instance_of::<PyByteArray>() || data.is_instance_of::<PyMemoryView>() {
        // SAFETY: the call returns a new `bytes`, or null with an error set.
        unsafe { Bound::from_owned_ptr_or_err(py, ffi::PyBytes_FromObject(data.as_ptr()))?.cast_into_unchecked() }
    } else {
        return Err(PyValueError::new_err("Input must be bytes, bytearray, memoryview"));
    };
    let reader = Reader::new(bytes.as_bytes());
    let mut decoder = Decoder { py, reader, names: Names::Untried, callable: hook, hook: Hook::Unknown };
    decoder.value(0).map_err(|flaw| flaw.into_error(py))
}

pub struct Decoder<'a, 'py> {
    pub py: Python<'py>,
    pub reader: Reader<'a>,
    names: Names,
    callable: &'a Bound<'py, PyAny>,
    hook: Hook<'py>,
}

pub type Decoded<'py> = Result<Bound<'py, PyAny>, Flaw>;

impl<'a, 'py> Decoder<'a, 'py> {
    pub fn value(&mut self, depth: u16) -> Decoded<'py> {
        match self.reader.head()? {
            Head::Str(length) => self.text(length),
            Head::Array(length) => self.list(length, depth),
            Head::Map(length) => self.map(length, depth),
            Head::Ext(length) => self.ext(length, depth),
            head => self.scalar(head),
        }
    }

    fn text(&mut self, length: usize) -> Decoded<'py> {
        let bytes = self.reader.take(length)?;
        names::make(self.py, bytes).ok_or(Flaw::Utf8)
    }

    /// A string that may well have been seen before.
    pub fn name(&mut self, length: usize) -> Decoded<'py> {
        let bytes = self.reader.take(length)?;
        self.names.string(self.py, bytes).ok_or(Flaw::Utf8)
    }

    fn scalar(&mut self, head: Head) -> Decoded<'py> {
        let py = self.py;
        Ok(match head {
            Head::Nil => py.None().into_bound(py),
            Head::Bool(value) => PyBool::new(py, value).to_owned().into_any(),
            Head::Int(value) => int(py, value)?,
            Head::Uint(value) => uint(py, value)?,
            Head::Float(value) => PyFloat::new(py, value).into_any(),
            Head::Bin(length) => PyBytes::new(py, self.reader.take(length)?).into_any(),
            _ => return Err(Flaw::Reserved),
        })
    }

    /// A head may announce more than there is: nothing is made before that is known.
    fn check_room(&self, length: usize, item_size: usize, depth: u16) -> Result<(), Flaw> {
        if depth >= MAX_DEPTH {
            return Err(Flaw::TooDeep);
        }
        if length > self.reader.remaining() / item_size {
            return Err(Flaw::Ended);
        }
        Ok(())
    }

    fn list(&mut self, length: usize, depth: u16) -> Decoded<'py> {
        self.check_room(length, 1, depth)?;
        // SAFETY: attached; every slot is filled by a reference that the list takes over, and one left
        // empty by an error is dropped with the list before anybody sees it.
        unsafe {
            let made = ffi::PyList_New(length as isize);
            let list = Bound::from_owned_ptr_or_err(self.py, made).map_err(raised)?;
            for place in 0..length {
                let item = self.value(depth + 1)?;
                ffi::PyList_SetItem(made, place as isize, item.into_ptr());
            }
            Ok(list)
        }
    }

    fn map(&mut self, length: usize, depth: u16) -> Decoded<'py> {
        self.check_room(length, 2, depth)?;
        let dict = PyDict::new(self.py);
        for _ in 0..length {
            let key = self.key(depth + 1)?;
            let value = self.value(depth + 1)?;
            dict.set_item(key, value).map_err(raised)?;
        }
        Ok(dict.into_any())
    }

    /// A key: what can be hashed, arrays as tuples.
    fn key(&mut self, depth: u16) -> Decoded<'py> {
        let mark = self.reader;
        match self.reader.head()? {
            Head::Str(length) => self.name(length),
            Head::Array(length) => {
                self.check_room(length, 1, depth)?;
                let items = (0..length).map(|_| self.key(depth + 1)).collect::<Result<Vec<_>, _>>()?;
                Ok(PyTuple::new(self.py, items).map_err(raised)?.into_any())
            }
            Head::Map(_) | Head::Ext(_) => Err(Flaw::KeyType(Form({ mark }.byte()?))),
            head => self.scalar(head),
        }
    }

    fn ext(&mut self, length: usize, depth: u16) -> Decoded<'py> {
        let code = self.reader.byte()? as i8;
        let payload = self.reader.take(length)?;
        if depth >= MAX_DEPTH {
            return Err(Flaw::TooDeep);
        }
        if let Hook::Unknown = self.hook {
            self.hook = Reviver::of(self.callable).map_err(raised)?.map_or(Hook::Foreign, Hook::Reviver);
        }
        if let Hook::Foreign = self.hook {
            let made = self.callable.call1((code, PyBytes::new(self.py, payload)));
            return made.map_err(|error| Flaw::of_hook(self.py, error));
        }
        let outside = std::mem::replace(&mut self.reader, Reader::new(payload));
        let made = self.revive(code, depth + 1);
        self.reader = outside;
        made
    }

    /// The reviver that is the hook.
    pub fn reviver(&self) -> &Reviver<'py> {
        match &self.hook {
            Hook::Reviver(reviver) => reviver,
            _ => unreachable!("only what it revives asks for it"),
        }
    }
}

fn raised(error: PyErr) -> Flaw {
    Flaw::Raised(Box::new(error))
}

fn int(py: Python<'_>, value: i64) -> Decoded<'_> {
    // SAFETY: attached; the call returns a new reference, or null with an error set.
    unsafe { Bound::from_owned_ptr_or_err(py, ffi::PyLong_FromLongLong(value)).map_err(raised) }
}

fn uint(py: Python<'_>, value: u64) -> Decoded<'_> {
    // SAFETY: attached; the call returns a new reference, or null with an error set.
    unsafe { Bound::from_owned_ptr_or_err(py, ffi::PyLong_FromUnsignedLongLong(value)).map_err(raised) }
}

/// The first byte of a map or an extension, told by the name of its form.
#[derive(Debug)]
pub struct Form(u8);

impl std::fmt::Display for Form {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.0 {
            byte @ 0x80..=0x8f => write!(out, "FixMap({})", byte & 0x0f),
            byte @ 0xc7..=0xc9 => write!(out, "Ext{}", 8 << (byte - 0xc7)),
            byte @ 0xd4..=0xd8 => write!(out, "FixExt{}", 1 << (byte - 0xd4)),
            byte => write!(out, "Map{}", 16 << (byte - 0xde)),
        }
    }
}
