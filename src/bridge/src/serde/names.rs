//! Strings out of UTF-8, and those that come again and again in stored data: keys of dicts, modules,
//! classes.
//!
//! The latter are kept, a slot a hash, the last comer stays. Making a string anew, and its hash for
//! the dict it goes into, costs several times the look-up.

use crate::symbol;
use pyo3::ffi::{self, PyObject, Py_ssize_t};
use pyo3::prelude::*;
use pyo3::types::PyString;
use std::ffi::{c_char, c_int, c_void};
use std::mem::transmute;
use std::sync::{Mutex, MutexGuard, OnceLock};

const SLOTS: usize = 1024;
const MAX_LENGTH: usize = 48;

pub struct Slot {
    length: u8,
    bytes: [u8; MAX_LENGTH],
    string: Option<Py<PyString>>,
}

const EMPTY: Slot = Slot { length: 0, bytes: [0; MAX_LENGTH], string: None };

static KEPT: Mutex<[Slot; SLOTS]> = Mutex::new([EMPTY; SLOTS]);

/// The kept strings, as one decoding sees them: whoever finds them in use does without. So nobody
/// waits, though they stay in use while Python code makes objects.
pub enum Names {
    Untried,
    Mine(MutexGuard<'static, [Slot; SLOTS]>),
    Without,
}

impl Names {
    /// The string of these bytes of UTF-8; None if they are none.
    #[inline]
    pub fn string<'py>(&mut self, py: Python<'py>, bytes: &[u8]) -> Option<Bound<'py, PyAny>> {
        if bytes.len() > MAX_LENGTH || bytes.is_empty() {
            return make(py, bytes);
        }
        if let Names::Untried = self {
            *self = KEPT.try_lock().map_or(Names::Without, Names::Mine);
        }
        let Names::Mine(slots) = self else {
            return make(py, bytes);
        };
        let slot = &mut slots[hash(bytes) as usize % SLOTS];
        if let Some(string) = &slot.string {
            if slot.length as usize == bytes.len() && &slot.bytes[..bytes.len()] == bytes {
                return Some(string.bind(py).clone().into_any());
            }
        }
        let string = make(py, bytes)?;
        slot.length = bytes.len() as u8;
        slot.bytes[..bytes.len()].copy_from_slice(bytes);
        // An exact `str` runs no code when it is dropped.
        slot.string = Some(string.clone().cast_into::<PyString>().ok()?.unbind());
        Some(string)
    }
}

type New = unsafe extern "C" fn(Py_ssize_t, u32) -> *mut PyObject;
type AsUtf8 = unsafe extern "C" fn(*mut PyObject, *mut Py_ssize_t) -> *mut c_char;
type FromUnits = unsafe extern "C" fn(c_int, *const c_void, Py_ssize_t) -> *mut PyObject;

/// Makers of strings that are not of the limited API, but that every interpreter exports.
struct Makers {
    /// Makes a string of a length and a greatest code point, whose content is to be written.
    new: New,
    /// Where the content of a string of ASCII is.
    as_utf8: AsUtf8,
    /// Makes a string of code units of so many bytes.
    from_units: FromUnits,
}

fn makers() -> Option<&'static Makers> {
    static FOUND: OnceLock<Option<Makers>> = OnceLock::new();
    let find = || {
        let new = symbol::find(c"PyUnicode_New")?;
        let as_utf8 = symbol::find(c"PyUnicode_AsUTF8AndSize")?;
        let from_units = symbol::find(c"PyUnicode_FromKindAndData")?;
        // SAFETY: the signatures are those of the functions, the same since 3.3 but for a const.
        unsafe {
            Some(Makers {
                new: transmute::<*mut c_void, New>(new),
                as_utf8: transmute::<*mut c_void, AsUtf8>(as_utf8),
                from_units: transmute::<*mut c_void, FromUnits>(from_units),
            })
        }
    };
    FOUND.get_or_init(find).as_ref()
}

/// A new string; None if the bytes are no UTF-8.
#[inline]
pub fn make<'py>(py: Python<'py>, bytes: &[u8]) -> Option<Bound<'py, PyAny>> {
    match makers() {
        // The interpreter's own decoder looks at ASCII twice, and is slow on everything else.
        Some(makers) if bytes.len() > 1 && bytes.is_ascii() => make_ascii(py, bytes, makers),
        Some(makers) if bytes.len() > 1 => match two_byte_units(bytes) {
            // SAFETY: attached; the units live until the call is over, which copies them, and narrows
            // them to one byte where it can.
            Some(units) => unsafe {
                owned(py, (makers.from_units)(2, units.as_ptr().cast(), units.len() as Py_ssize_t))
            },
            None => decode(py, bytes),
        },
        _ => decode(py, bytes),
    }
}

fn make_ascii<'py>(py: Python<'py>, bytes: &[u8], makers: &Makers) -> Option<Bound<'py, PyAny>> {
    const MAX_ASCII: u32 = 127;
    // SAFETY: attached; of a string of ASCII the second call gives the content itself, with room for as
    // many bytes as were asked for, and nobody else has seen the string yet.
    unsafe {
        let string = owned(py, (makers.new)(bytes.len() as Py_ssize_t, MAX_ASCII))?;
        let mut length = 0;
        let content = (makers.as_utf8)(string.as_ptr(), &mut length);
        if content.is_null() {
            ffi::PyErr_Clear();
            return decode(py, bytes);
        }
        std::ptr::copy_nonoverlapping(bytes.as_ptr(), content.cast(), bytes.len());
        Some(string)
    }
}

/// The code points of UTF-8, if it is valid and all fit in 16 bits.
fn two_byte_units(mut bytes: &[u8]) -> Option<Vec<u16>> {
    let mut units = Vec::with_capacity(bytes.len());
    let tail = |byte: u8| u16::from(byte & 0x3f);
    loop {
        bytes = match bytes {
            [] => return Some(units),
            [one @ ..=0x7f, rest @ ..] => {
                units.push(u16::from(*one));
                rest
            }
            [one @ 0xc2..=0xdf, two @ 0x80..=0xbf, rest @ ..] => {
                units.push(u16::from(*one & 0x1f) << 6 | tail(*two));
                rest
            }
            [one @ 0xe0..=0xef, two @ 0x80..=0xbf, three @ 0x80..=0xbf, rest @ ..] => {
                let unit = u16::from(*one & 0x0f) << 12 | tail(*two) << 6 | tail(*three);
                // Shorter forms exist, or it is a surrogate.
                if unit < 0x800 || (0xd800..0xe000).contains(&unit) {
                    return None;
                }
                units.push(unit);
                rest
            }
            _ => return None,
        };
    }
}

fn decode<'py>(py: Python<'py>, bytes: &[u8]) -> Option<Bound<'py, PyAny>> {
    // SAFETY: attached, and the bytes live until the call is over.
    unsafe { owned(py, ffi::PyUnicode_FromStringAndSize(bytes.as_ptr().cast(), bytes.len() as Py_ssize_t)) }
}

/// # Safety
/// `made` is a new reference, or null with an error set.
unsafe fn owned(py: Python<'_>, made: *mut PyObject) -> Option<Bound<'_, PyAny>> {
    if made.is_null() {
        unsafe { ffi::PyErr_Clear() };
        return None;
    }
    Some(unsafe { Bound::from_owned_ptr(py, made) })
}

/// A word at a time, each folded in by a wide multiplication.
#[inline]
fn hash(bytes: &[u8]) -> u64 {
    const KEY: u64 = 0x9e37_79b9_7f4a_7c15;
    let fold = |hash: u64, word: u64| {
        let product = u128::from(hash ^ word) * u128::from(KEY);
        product as u64 ^ (product >> 64) as u64
    };
    let word = |at: usize| u64::from_le_bytes(bytes[at..at + 8].try_into().expect("eight bytes"));
    let length = bytes.len();
    let mut hash = length as u64;
    if length < 8 {
        let mut last = [0; 8];
        last[..length].copy_from_slice(bytes);
        return fold(hash, u64::from_le_bytes(last));
    }
    for at in (0..length - 8).step_by(8) {
        hash = fold(hash, word(at));
    }
    fold(hash, word(length - 8))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_names_fall_into_different_slots() {
        let names: Vec<String> = (0..200).map(|number| format!("channel_{number}")).collect();
        let slots: std::collections::HashSet<_> =
            names.iter().map(|name| hash(name.as_bytes()) as usize % SLOTS).collect();
        assert!(slots.len() > 170, "{}", slots.len());
    }

    #[test]
    fn two_byte_units_are_those_of_valid_text_of_the_basic_plane() {
        for text in ["", "a", "\u{7f}\u{80}\u{7ff}\u{800}\u{d7ff}\u{e000}\u{ffff}", "aé日"] {
            let units: Vec<u16> = text.encode_utf16().collect();
            assert_eq!(two_byte_units(text.as_bytes()), Some(units), "{text}");
        }
        let refused: [&[u8]; 6] =
            [&[0xc0, 0x80], &[0xe0, 0x9f, 0xbf], &[0xed, 0xa0, 0x80], "😀".as_bytes(), &[0xe3, 0x81], &[0x80]];
        for bytes in refused {
            assert_eq!(two_byte_units(bytes), None, "{bytes:x?}");
        }
    }
}
