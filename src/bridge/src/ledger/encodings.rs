//! Values to what the ledger keeps, encoding only what changed.
//!
//! An encoding is used again for a value that its tape shows to be unchanged. It is looked for at the
//! value's place in memory, and for the elements of a channel's list at their place in the list stored
//! before; both only say where to look. What was met in a superstep is remembered for the next one,
//! and the last list of each channel.

use super::names::Quick;
use super::stored::{Element, Encoded, ListRecord, Stored};
use super::tape::{Recorder, Tape};
use crate::gc::trace_fields;
use crate::host::Obj;
use crate::serde::encode;
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::{PyByteArray, PyList};
use std::collections::HashMap;
use std::hash::BuildHasherDefault;
use std::sync::Arc;

#[derive(Default)]
pub struct Encodings {
    recent: Places<Known>,
    older: Places<Known>,
    /// By channel.
    lists: Vec<Option<Arc<ListMemo>>>,
    /// Counts stretches in which no code of others runs: what was checked in one need not be again.
    stretch: u64,
    /// What was checked in this stretch stays alive in it, so that its place is not taken.
    held: Vec<Obj>,
    /// A serializer's `dumps_typed`, for values that msgpack has no form for.
    fallback: Option<Obj>,
    recorder: Recorder,
    /// What is encoded passes through here.
    buffer: Vec<u8>,
}

/// By address in memory.
type Places<T> = HashMap<usize, T, BuildHasherDefault<Quick>>;

struct Known {
    form: Form,
    checked: u64,
}

#[derive(Clone)]
enum Form {
    Unit(Unit),
    List(Arc<ListMemo>),
}

/// An encoded value that is no list.
#[derive(Clone)]
struct Unit {
    tape: Arc<Tape>,
    encoded: Arc<Encoded>,
}

/// A list as it was when it was stored.
struct ListMemo {
    record: Arc<ListRecord>,
    marks: Vec<Mark>,
}

#[derive(Clone)]
enum Mark {
    Atom(Obj),
    Unit {
        address: usize,
        unit: Unit,
    },
    /// It may change unseen.
    Blank,
}

impl Unit {
    fn matches(&self, value: &Bound<'_, PyAny>) -> bool {
        // SAFETY: attached, and `value` is alive.
        unsafe { self.tape.matches(value.py(), value.as_ptr()) }
    }
}

impl Mark {
    /// # Safety
    /// The thread is attached, and `value` is alive.
    #[inline]
    unsafe fn matches(&self, py: Python<'_>, value: *mut ffi::PyObject) -> bool {
        match self {
            Mark::Atom(atom) => atom.as_ptr() == value,
            Mark::Unit { unit, .. } => unsafe { unit.tape.matches(py, value) },
            Mark::Blank => false,
        }
    }
}

/// How many of the first elements of a list are as they were marked.
fn count_matches(marks: &[Mark], list: &Bound<'_, PyList>) -> usize {
    let py = list.py();
    let common = marks.len().min(list.len());
    let differs = marks[..common].iter().enumerate().position(|(place, mark)| {
        // SAFETY: attached; no Python code runs meanwhile, so the list stays as long as it is and keeps
        // what it holds.
        unsafe { !mark.matches(py, ffi::PyList_GetItem(list.as_ptr(), place as isize)) }
    });
    differs.unwrap_or(common)
}

// what is held is let go of before the collector can run, and the rest cannot reach user code
trace_fields!(Encodings: fallback);

impl Encodings {
    pub fn new(fallback: Option<Obj>) -> Encodings {
        Encodings { fallback, ..Encodings::default() }
    }

    /// Code of others may have run.
    pub fn begin(&mut self) {
        self.stretch += 1;
        self.held.clear();
    }

    /// What was held need not be any longer.
    pub fn end(&mut self) {
        self.held.clear();
    }

    /// A superstep is over.
    pub fn rotate(&mut self) {
        self.held.clear();
        std::mem::swap(&mut self.older, &mut self.recent);
        self.recent.clear();
    }

    /// Stores a value; `channel` is given for the value of a channel, so that the next one can be
    /// compared with it.
    pub fn store(&mut self, value: &Bound<'_, PyAny>, channel: Option<usize>) -> PyResult<Stored> {
        if let Some(atom) = Stored::atom(value) {
            return Ok(atom);
        }
        let stored = match value.cast_exact::<PyList>() {
            Ok(list) => self.list(list, channel).map(Stored::List),
            Err(_) => self.other(value),
        };
        match (&self.fallback, stored) {
            (Some(dumps), Err(error)) if error.is_instance_of::<pyo3::exceptions::PyTypeError>(value.py()) => {
                Stored::alone(value, dumps.bind(value.py()))
            }
            (_, stored) => stored,
        }
    }

    fn other(&mut self, value: &Bound<'_, PyAny>) -> PyResult<Stored> {
        if value.is_instance_of::<PyByteArray>() || value.is_instance_of::<pyo3::types::PyBytes>() {
            let typed = crate::serde::dumps_typed(value)?;
            return Ok(Stored::Encoded(Arc::new(Encoded::of(typed.as_any())?)));
        }
        let (encoded, _) = self.unit(value)?;
        Ok(Stored::Encoded(encoded))
    }

    /// The encoding of a value that is no list and no atom, and its tape if it can have one.
    fn unit(&mut self, value: &Bound<'_, PyAny>) -> PyResult<(Arc<Encoded>, Option<Arc<Tape>>)> {
        let address = value.as_ptr() as usize;
        if let Some(Form::Unit(unit)) = self.find(address, value) {
            return Ok((unit.encoded, Some(unit.tape)));
        }
        encode::pack_into(value, &mut self.buffer)?;
        let encoded = Arc::new(Encoded::msgpack(&self.buffer));
        let Some(tape) = self.recorder.record(value) else {
            // encoding it may have run anybody's code
            self.stretch += 1;
            return Ok((encoded, None));
        };
        let unit = Unit { tape: Arc::new(tape), encoded };
        self.remember(address, value, Form::Unit(unit.clone()));
        Ok((unit.encoded, Some(unit.tape)))
    }

    fn remember(&mut self, address: usize, value: &Bound<'_, PyAny>, form: Form) {
        self.held.push(value.clone().unbind());
        let old = self.recent.insert(address, Known { form, checked: self.stretch });
        drop(old);
    }

    /// What is known of the value at this address, if it is that value and has not changed.
    fn find(&mut self, address: usize, value: &Bound<'_, PyAny>) -> Option<Form> {
        let known = match self.recent.get(&address) {
            Some(known) if known.checked == self.stretch => return Some(known.form.clone()),
            Some(_) => self.recent.remove(&address)?,
            None if self.older.is_empty() => return None,
            None => self.older.remove(&address)?,
        };
        let same = match &known.form {
            Form::Unit(unit) => unit.matches(value),
            Form::List(memo) => value.cast_exact::<PyList>().is_ok_and(|list| {
                list.len() == memo.marks.len() && count_matches(&memo.marks, list) == memo.marks.len()
            }),
        };
        if !same {
            return None;
        }
        self.remember(address, value, known.form.clone());
        Some(known.form)
    }

    fn list(&mut self, list: &Bound<'_, PyList>, channel: Option<usize>) -> PyResult<Arc<ListRecord>> {
        let address = list.as_ptr() as usize;
        if let Some(Form::List(memo)) = self.find(address, list.as_any()) {
            if let Some(channel) = channel {
                *self.place(channel) = Some(memo.clone());
            }
            return Ok(memo.record.clone());
        }
        let before = channel.and_then(|channel| self.place(channel).take());
        let stretch = self.stretch;
        let memo = match before {
            Some(before) => self.list_after(list, before)?,
            None => {
                let mut memo = ListMemo { record: Arc::new(ListRecord::alone(Vec::new())), marks: Vec::new() };
                let own = self.elements(list, 0, &mut memo.marks, &Places::default())?;
                memo.record = Arc::new(ListRecord::alone(own));
                Arc::new(memo)
            }
        };
        let record = memo.record.clone();
        match channel {
            Some(channel) => *self.place(channel) = Some(memo),
            // written lists are mostly met again: as values, or as the ends of values
            None if stretch == self.stretch => self.remember(address, list.as_any(), Form::List(memo)),
            None => {}
        }
        Ok(record)
    }

    /// A list in the place of another.
    fn list_after(&mut self, list: &Bound<'_, PyList>, before: Arc<ListMemo>) -> PyResult<Arc<ListMemo>> {
        let length = list.len();
        let kept = count_matches(&before.marks, list);
        if kept == length && kept == before.marks.len() {
            return Ok(before);
        }
        // elements that moved are found by their address
        let moved: Places<Unit> = before.marks[kept..]
            .iter()
            .filter_map(|mark| match mark {
                Mark::Unit { address, unit } => Some((*address, unit.clone())),
                _ => None,
            })
            .collect();
        let mut memo = Arc::try_unwrap(before)
            .unwrap_or_else(|shared| ListMemo { record: shared.record.clone(), marks: shared.marks.clone() });
        memo.marks.truncate(kept);
        let own = self.elements(list, kept, &mut memo.marks, &moved)?;
        memo.record = Arc::new(ListRecord::after(&memo.record, kept, own));
        Ok(Arc::new(memo))
    }

    /// Encodes the elements from `begin` on, and marks them.
    fn elements(
        &mut self,
        list: &Bound<'_, PyList>,
        begin: usize,
        marks: &mut Vec<Mark>,
        moved: &Places<Unit>,
    ) -> PyResult<Vec<Element>> {
        let length = list.len();
        let mut own = Vec::with_capacity(length - begin);
        for place in begin..length {
            let value = list.get_item(place)?;
            if let Some(Stored::Atom(atom)) = Stored::atom(&value) {
                own.push(Element::atom(&value, &mut self.buffer)?);
                marks.push(Mark::Atom(atom));
                continue;
            }
            let address = value.as_ptr() as usize;
            let known = moved.get(&address).filter(|unit| unit.matches(&value));
            let (encoded, tape) = match known {
                Some(unit) => (unit.encoded.clone(), Some(unit.tape.clone())),
                None => self.unit(&value)?,
            };
            marks.push(match tape {
                Some(tape) => Mark::Unit { address, unit: Unit { tape, encoded: encoded.clone() } },
                None => Mark::Blank,
            });
            own.push(Element::Encoded(encoded));
        }
        if list.len() != length {
            return Err(pyo3::exceptions::PyRuntimeError::new_err("a container changed while it was being serialized"));
        }
        Ok(own)
    }

    fn place(&mut self, channel: usize) -> &mut Option<Arc<ListMemo>> {
        if self.lists.len() <= channel {
            self.lists.resize_with(channel + 1, || None);
        }
        &mut self.lists[channel]
    }
}
