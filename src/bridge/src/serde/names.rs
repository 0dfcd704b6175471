//! Strings that come again and again in stored data: keys of dicts, modules, classes.
//!
//! A slot a hash, the last comer stays. Making a string anew, and its hash for the dict it goes
//! into, costs several times the look-up.

use pyo3::prelude::*;
use pyo3::types::PyString;
use std::sync::Mutex;

const SLOTS: usize = 1024;
const MAX_LENGTH: usize = 48;

struct Slot {
    length: u8,
    bytes: [u8; MAX_LENGTH],
    string: Option<Py<PyString>>,
}

const EMPTY: Slot = Slot { length: 0, bytes: [0; MAX_LENGTH], string: None };

static NAMES: Mutex<[Slot; SLOTS]> = Mutex::new([EMPTY; SLOTS]);

/// The string of these bytes of UTF-8; None if they are none.
pub fn string<'py>(py: Python<'py>, bytes: &[u8]) -> Option<Bound<'py, PyString>> {
    if bytes.len() > MAX_LENGTH || bytes.is_empty() {
        return make(py, bytes);
    }
    let place = hash(bytes) as usize % SLOTS;
    // Whoever finds the table in use does without.
    if let Ok(slots) = NAMES.try_lock() {
        let slot = &slots[place];
        if let Some(string) = &slot.string {
            if slot.length as usize == bytes.len() && &slot.bytes[..bytes.len()] == bytes {
                return Some(string.bind(py).clone());
            }
        }
    }
    let string = make(py, bytes)?;
    let mut replaced = None;
    if let Ok(mut slots) = NAMES.try_lock() {
        let slot = &mut slots[place];
        slot.length = bytes.len() as u8;
        slot.bytes[..bytes.len()].copy_from_slice(bytes);
        replaced = slot.string.replace(string.clone().unbind());
    }
    drop(replaced);
    Some(string)
}

/// A new string.
pub fn make<'py>(py: Python<'py>, bytes: &[u8]) -> Option<Bound<'py, PyString>> {
    // SAFETY: attached; the call returns a new reference, or null with an error set.
    unsafe {
        let made = pyo3::ffi::PyUnicode_FromStringAndSize(bytes.as_ptr().cast(), bytes.len() as isize);
        match Bound::from_owned_ptr_or_opt(py, made) {
            Some(string) => Some(string.cast_into_unchecked()),
            None => {
                pyo3::ffi::PyErr_Clear();
                None
            }
        }
    }
}

/// FNV-1a over words of eight bytes.
fn hash(bytes: &[u8]) -> u64 {
    const PRIME: u64 = 0x0000_0100_0000_01b3;
    let mut hash = 0xcbf2_9ce4_8422_2325 ^ bytes.len() as u64;
    for chunk in bytes.chunks(8) {
        let mut word = [0; 8];
        word[..chunk.len()].copy_from_slice(chunk);
        hash = (hash ^ u64::from_le_bytes(word)).wrapping_mul(PRIME);
    }
    hash ^ (hash >> 32)
}
