//! Pydantic models, written without their dump as long as it would only copy.

use super::borrow::{Elements, Held, Items};
use super::encode::Encoder;
use super::instance;
use super::kind::{Kind, Shape, ShapedField};
use super::refusal::{Depth, Refusal, Written};
use super::text;
use pyo3::ffi::{self, PyObject, PyTypeObject};
use pyo3::prelude::*;
use pyo3::types::PyDict;

// SAFETY: see `Encoder`.
impl<'py> Encoder<'py> {
    /// Writes a value that the dump of a model leaves as it is, though it is not of msgpack's types.
    pub unsafe fn atom(&mut self, obj: *mut PyObject, class: *mut PyTypeObject, depth: Depth) -> Written {
        unsafe {
            match &self.kind(class).kind {
                Kind::Ext(form) if form.atomic => {
                    let _held = Held::new(obj);
                    self.ext(obj, form, depth)
                }
                _ => Err(Refusal::NotPlain),
            }
        }
    }

    /// Writes a model's fields as its dump would give them; `NotPlain` if it has to be asked for one.
    pub unsafe fn model(&mut self, obj: *mut PyObject, fields: &[ShapedField], depth: Depth) -> Written {
        unsafe {
            if instance::has_extra(self.py, obj) != Some(false) {
                return Err(Refusal::NotPlain);
            }
            match instance::fields(self.py, obj) {
                Some(values) if values.is_exact_instance_of::<PyDict>() => {
                    self.shaped_dict(values.as_ptr(), fields, fields.len(), false, depth)
                }
                _ => Err(Refusal::NotPlain),
            }
        }
    }

    /// Writes a dict of these fields; `NotPlain` if one of the required ones is missing, or there are
    /// others and may not be.
    unsafe fn shaped_dict(
        &mut self,
        dict: *mut PyObject,
        fields: &[ShapedField],
        required: usize,
        others: bool,
        depth: Depth,
    ) -> Written {
        let depth = depth.deeper()?;
        let mut found = 0;
        let mut expected = 0;
        unsafe {
            let mut items = Items::new(dict);
            self.writer.map(items.length);
            while let Some((key, value)) = items.next()? {
                if ffi::Py_TYPE(key) != &raw mut ffi::PyUnicode_Type {
                    return Err(Refusal::NotPlain);
                }
                // The items mostly come in the order of the fields.
                let shape = match find(fields, key, expected) {
                    Some(place) => {
                        expected = place + 1;
                        found += usize::from(fields[place].required);
                        &fields[place].shape
                    }
                    None if others => &Shape::Plain,
                    None => return Err(Refusal::NotPlain),
                };
                self.str_key(key)?;
                self.shaped(value, shape, depth)?;
            }
        }
        if found == required {
            Ok(())
        } else {
            Err(Refusal::NotPlain)
        }
    }

    /// Writes a value of a model as its dump would give it.
    unsafe fn shaped(&mut self, obj: *mut PyObject, shape: &Shape, depth: Depth) -> Written {
        unsafe {
            let class = ffi::Py_TYPE(obj);
            match shape {
                Shape::Plain => self.value::<true>(obj, depth),
                Shape::List(inner) if class == &raw mut ffi::PyList_Type => {
                    let depth = depth.deeper()?;
                    let mut items = Elements::new(obj);
                    self.writer.array(items.length);
                    while let Some(item) = items.next()? {
                        self.shaped(item, inner, depth)?;
                    }
                    Ok(())
                }
                Shape::Map(inner) if class == &raw mut ffi::PyDict_Type => {
                    let depth = depth.deeper()?;
                    let mut items = Items::new(obj);
                    self.writer.map(items.length);
                    while let Some((key, value)) = items.next()? {
                        if ffi::Py_TYPE(key) == &raw mut ffi::PyUnicode_Type {
                            self.str_key(key)?;
                        } else {
                            self.key::<true>(key, depth)?;
                        }
                        self.shaped(value, inner, depth)?;
                    }
                    Ok(())
                }
                Shape::Dict { fields, required, others } if class == &raw mut ffi::PyDict_Type => {
                    self.shaped_dict(obj, fields, *required, *others, depth)
                }
                Shape::Model { class: expected, fields } if class.cast() == expected.as_ptr() => {
                    let _held = Held::new(obj);
                    self.model(obj, fields, depth)
                }
                _ if obj == ffi::Py_None() => {
                    self.writer.nil();
                    Ok(())
                }
                _ => Err(Refusal::NotPlain),
            }
        }
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
