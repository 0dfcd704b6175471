//! A value as the ledger keeps it.
//!
//! What cannot change is kept as it is and encoded when somebody asks for its bytes. Everything else
//! is encoded when it is put. Lists are kept by their elements: one that began as another did shares
//! that beginning with it.

use super::tape::is_atom;
use crate::host::Obj;
use crate::serde::encode;
use crate::serde::text::with_utf8;
use crate::serde::wire::Writer;
use pyo3::ffi;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyTuple};
use std::sync::Arc;

#[derive(Clone)]
pub enum Stored {
    /// The channel has no value.
    Empty,
    Atom(Obj),
    Encoded(Arc<Encoded>),
    List(Arc<ListRecord>),
}

/// Bytes, and how they were made.
pub struct Encoded {
    /// None for msgpack.
    pub encoding: Option<Box<str>>,
    pub bytes: Box<[u8]>,
}

/// What turns stored bytes into objects: of a saver's serializer.
pub struct Loader<'a, 'py> {
    /// `loads_typed`.
    pub loads: &'a Bound<'py, PyAny>,
    /// What makes extensions, where nothing else stands between the bytes and the object.
    pub hook: Option<&'a Bound<'py, PyAny>>,
}

impl Encoded {
    pub fn msgpack(bytes: &[u8]) -> Encoded {
        Encoded { encoding: None, bytes: bytes.into() }
    }

    /// Of a pair that a serializer's `dumps_typed` gave.
    pub fn of(typed: &Bound<'_, PyAny>) -> PyResult<Encoded> {
        let (encoding, data): (String, Bound<'_, PyAny>) = typed.extract()?;
        let bytes: Vec<u8> = match data.cast::<PyBytes>() {
            Ok(bytes) => bytes.as_bytes().to_vec(),
            Err(_) => data.extract()?,
        };
        let encoding = (encoding != "msgpack").then(|| encoding.into());
        Ok(Encoded { encoding, bytes: bytes.into() })
    }

    pub fn typed<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        (self.encoding.as_deref().unwrap_or("msgpack"), PyBytes::new(py, &self.bytes)).into_pyobject(py)
    }

    pub fn load<'py>(&self, py: Python<'py>, loader: &Loader<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
        match self.encoding {
            None => loader.msgpack(py, &self.bytes),
            Some(_) => loader.loads.call1((self.typed(py)?,)),
        }
    }
}

impl<'py> Loader<'_, 'py> {
    fn msgpack(&self, py: Python<'py>, bytes: &[u8]) -> PyResult<Bound<'py, PyAny>> {
        let bytes = PyBytes::new(py, bytes);
        match self.hook {
            Some(hook) => crate::serde::msgpack_unpack(&bytes, hook),
            None => self.loads.call1(((intern!(py, "msgpack"), bytes),)),
        }
    }
}

impl Stored {
    /// Keeps a value that cannot change and whose encoding cannot fail; `None` for any other.
    pub fn atom(value: &Bound<'_, PyAny>) -> Option<Stored> {
        let obj = value.as_ptr();
        // SAFETY: the thread is attached, and `value` lives as long as the borrow.
        let keeps = unsafe {
            let class = ffi::Py_TYPE(obj);
            if class == &raw mut ffi::PyUnicode_Type {
                // surrogates are not what is read back
                with_utf8(obj, &mut |_| ()).is_ok()
            } else if class == &raw mut ffi::PyLong_Type {
                let mut overflow = 0;
                ffi::PyLong_AsLongLongAndOverflow(obj, &mut overflow);
                overflow == 0
            } else {
                is_atom(class)
            }
        };
        keeps.then(|| Stored::Atom(value.clone().unbind()))
    }

    /// As a serializer's `dumps_typed` gives it.
    pub fn typed<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        match self {
            Stored::Empty => (intern!(py, "empty"), PyBytes::new(py, b"")).into_pyobject(py),
            Stored::Atom(value) => crate::serde::dumps_typed(value.bind(py)),
            Stored::Encoded(encoded) => encoded.typed(py),
            Stored::List(list) => (intern!(py, "msgpack"), PyBytes::new(py, &list.bytes())).into_pyobject(py),
        }
    }

    /// The value; `None` where the channel had none.
    pub fn load<'py>(&self, py: Python<'py>, loader: &Loader<'_, 'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        Ok(Some(match self {
            Stored::Empty => return Ok(None),
            Stored::Atom(value) => value.bind(py).clone(),
            Stored::Encoded(encoded) => encoded.load(py, loader)?,
            Stored::List(list) => loader.msgpack(py, &list.bytes())?,
        }))
    }

    /// Stores a value whose bytes nobody shares. `dumps` is a serializer's `dumps_typed`.
    pub fn alone(value: &Bound<'_, PyAny>, dumps: &Bound<'_, PyAny>) -> PyResult<Stored> {
        if let Some(atom) = Stored::atom(value) {
            return Ok(atom);
        }
        let typed = dumps.call1((value,))?;
        Ok(Stored::Encoded(Arc::new(Encoded::of(&typed)?)))
    }
}

/// A list: some of the first elements of another list, and then elements of its own.
pub struct ListRecord {
    base: Option<Arc<ListRecord>>,
    /// How many elements of the base are taken.
    kept: usize,
    pub length: usize,
    own: Box<[Element]>,
    /// How many elements all lists that this one builds on have of their own.
    burden: usize,
}

#[derive(Clone)]
pub enum Element {
    /// Encoded, in at most `SHORT` bytes.
    Short(u8, [u8; SHORT]),
    Encoded(Arc<Encoded>),
}

pub const SHORT: usize = 14;

impl Element {
    pub fn bytes(&self) -> &[u8] {
        match self {
            Element::Short(length, bytes) => &bytes[..*length as usize],
            Element::Encoded(encoded) => &encoded.bytes,
        }
    }

    /// Of a value, encoded by way of a buffer.
    pub fn atom(value: &Bound<'_, PyAny>, buffer: &mut Vec<u8>) -> PyResult<Element> {
        encode::pack_into(value, buffer)?;
        Ok(Element::of(buffer))
    }

    pub fn of(bytes: &[u8]) -> Element {
        if bytes.len() <= SHORT {
            let mut short = [0; SHORT];
            short[..bytes.len()].copy_from_slice(bytes);
            return Element::Short(bytes.len() as u8, short);
        }
        Element::Encoded(Arc::new(Encoded::msgpack(bytes)))
    }
}

impl ListRecord {
    pub fn alone(own: Vec<Element>) -> ListRecord {
        ListRecord { base: None, kept: 0, length: own.len(), burden: own.len(), own: own.into() }
    }

    /// The first `kept` elements of `base`, then `own`.
    pub fn after(base: &Arc<ListRecord>, kept: usize, own: Vec<Element>) -> ListRecord {
        let (length, burden) = (kept + own.len(), base.burden + own.len());
        // a list is read through all that it builds on: that stays within twice its length
        if kept == 0 || burden > 2 * length + 16 {
            let mut all = Vec::with_capacity(length);
            base.each(kept, |element| all.push(element.clone()));
            all.extend(own);
            return ListRecord::alone(all);
        }
        ListRecord { base: Some(base.clone()), kept, length, own: own.into(), burden }
    }

    fn each(&self, limit: usize, mut visit: impl FnMut(&Element)) {
        let mut parts = Vec::new();
        let (mut list, mut limit) = (self, limit.min(self.length));
        loop {
            let own = limit.saturating_sub(list.kept).min(list.own.len());
            parts.push(&list.own[..own]);
            limit = limit.min(list.kept);
            match &list.base {
                Some(base) if limit > 0 => list = base,
                _ => break,
            }
        }
        parts.iter().rev().copied().flatten().for_each(&mut visit);
    }

    /// The list in msgpack.
    pub fn bytes(&self) -> Vec<u8> {
        let mut writer = Writer::default();
        writer.array(self.length);
        self.each(self.length, |element| writer.out.extend_from_slice(element.bytes()));
        writer.out
    }
}

impl Drop for ListRecord {
    fn drop(&mut self) {
        // one by one: the chain may be longer than the stack is deep
        let mut next = self.base.take();
        while let Some(mut list) = next.and_then(Arc::into_inner) {
            next = list.base.take();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn element(value: u8) -> Element {
        Element::of(&[value])
    }

    #[test]
    fn a_list_shares_the_beginning_of_another() {
        let first = Arc::new(ListRecord::alone((0..40).map(element).collect()));
        let grown = Arc::new(ListRecord::after(&first, 40, vec![element(99)]));
        let cut = ListRecord::after(&grown, 2, vec![element(7)]);
        assert_eq!(grown.bytes().len(), 3 + 41);
        assert_eq!(cut.bytes(), [0x93, 0, 1, 7]);
        assert_eq!(Arc::strong_count(&first), 2);
    }

    #[test]
    fn a_list_is_never_read_through_much_more_than_its_length() {
        let mut list = Arc::new(ListRecord::alone(vec![element(0)]));
        for value in 0..1000 {
            list = Arc::new(ListRecord::after(&list, 1, vec![element(value as u8)]));
            assert!(list.burden <= 2 * list.length + 16);
        }
        assert_eq!(list.bytes(), [0x92, 0, 231]);
    }

    #[test]
    fn a_long_chain_is_dropped_without_recursion() {
        let mut list = Arc::new(ListRecord::alone(Vec::new()));
        for _ in 0..200_000 {
            let kept = list.length;
            list = Arc::new(ListRecord::after(&list, kept, vec![element(1)]));
        }
        drop(list);
    }
}
