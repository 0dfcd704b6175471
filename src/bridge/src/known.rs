//! Names that are known beforehand, found by the identity of the string before its text is hashed.
//!
//! Names in programs are interned, so a dict's key mostly is the very string that was interned here.

use crate::writer::with_text;
use pyo3::prelude::*;
use pyo3::types::PyString;
use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

pub struct KnownNames<T> {
    by_text: HashMap<String, T>,
    by_identity: HashMap<usize, T, BuildHasherDefault<Spread>>,
    /// Keeps the strings, so that no other gets the address of one.
    _held: Vec<Py<PyString>>,
}

impl<T: Clone> KnownNames<T> {
    pub fn new(py: Python<'_>, names: HashMap<String, T>) -> Self {
        let held: Vec<Py<PyString>> = names.keys().map(|name| PyString::intern(py, name).unbind()).collect();
        let by_identity = held.iter().zip(names.values()).map(|(name, value)| (name.as_ptr() as usize, value.clone()));
        KnownNames { by_identity: by_identity.collect(), by_text: names, _held: held }
    }

    pub fn find(&self, name: &Bound<'_, PyString>) -> PyResult<Option<&T>> {
        match self.by_identity.get(&(name.as_ptr() as usize)) {
            Some(found) => Ok(Some(found)),
            None => with_text(name, |text| self.by_text.get(text)),
        }
    }
}

/// Spreads addresses over a table: they differ in their middle bits.
#[derive(Default)]
pub struct Spread(u64);

impl Hasher for Spread {
    fn write(&mut self, bytes: &[u8]) {
        bytes.iter().for_each(|byte| self.write_usize(usize::from(*byte)));
    }

    fn write_usize(&mut self, address: usize) {
        self.0 = (self.0 ^ address as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15).rotate_left(26);
    }

    fn finish(&self) -> u64 {
        self.0
    }
}
