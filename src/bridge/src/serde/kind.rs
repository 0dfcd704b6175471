//! How instances of a class are written: asked of Python once a class, and remembered.

use super::instance;
use super::wire::Writer;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyDict, PyString, PyTuple, PyType};
use std::collections::HashMap;
use std::sync::{Arc, Mutex};

/// Programs make classes on the fly; past this many the cache starts anew.
const MAX_KINDS: usize = 1024;

/// A class, and how its instances are written.
pub struct Known {
    pub class: Py<PyType>,
    pub kind: Kind,
}

pub enum Kind {
    /// Only the instance can tell.
    Ask,
    Str,
    Int,
    List,
    Dict,
    Ext(Form),
}

/// An extension whose payload is an array: module, name, what `payload` says, and a last part.
pub struct Form {
    pub code: u8,
    /// The array's head, the module and the name, encoded.
    pub start: Box<[u8]>,
    pub payload: Payload,
    /// What follows the payload, encoded.
    pub end: Box<[u8]>,
    /// Whether the dump of a pydantic model leaves such a value as it is.
    pub atomic: bool,
    pub frozen: Frozen,
}

/// Whether an object that was encoded once is encoded the same ever after.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Frozen {
    Never,
    /// If its time zone is a fixed one, or none.
    InPlainZone,
    Always,
}

impl Frozen {
    fn of(path: &[String], code_is_atomic: bool) -> Frozen {
        let names: Vec<&str> = path.iter().map(String::as_str).collect();
        match names[..] {
            _ if !code_is_atomic => Frozen::Never,
            ["uuid", "UUID", ..] | ["decimal", "Decimal", ..] => Frozen::Always,
            ["datetime", "date" | "timedelta" | "timezone", ..] => Frozen::Always,
            ["datetime", "datetime", ..] => Frozen::InPlainZone,
            _ => Frozen::Never,
        }
    }
}

pub enum Payload {
    Items,
    Text,
    Attribute(Py<PyString>),
    /// What a method gives.
    Result(Py<PyString>),
    /// What a function makes of the instance.
    Called(Py<PyAny>),
    Fields(Box<[Field]>),
    Send,
    Model(Box<[ShapedField]>),
}

pub struct Field {
    pub name: Py<PyString>,
    /// The name in UTF-8.
    pub text: Box<str>,
}

pub struct ShapedField {
    pub field: Field,
    pub shape: Shape,
    pub required: bool,
}

/// What the dump of a pydantic model makes of a value (see `serde/_models.py`).
pub enum Shape {
    Plain,
    List(Box<Shape>),
    Map(Box<Shape>),
    Dict { fields: Box<[ShapedField]>, required: usize, others: bool },
    Model { class: Py<PyType>, fields: Box<[ShapedField]> },
}

type Kinds = HashMap<usize, Arc<Known>>;

static KINDS: Mutex<Option<Kinds>> = Mutex::new(None);

/// How instances of `class` are written.
pub fn of(class: &Bound<'_, PyType>) -> Arc<Known> {
    let key = class.as_ptr() as usize;
    if let Some(known) = KINDS.lock().expect("no panic in here").as_ref().and_then(|kinds| kinds.get(&key)) {
        return known.clone();
    }
    // An odd class may make the questions fail; then each instance is asked.
    let kind = describe(class).unwrap_or(Kind::Ask);
    let known = Arc::new(Known { class: class.clone().unbind(), kind });
    let mut kinds = KINDS.lock().expect("no panic in here");
    let full = kinds.as_ref().is_some_and(|kinds| kinds.len() >= MAX_KINDS);
    let dropped = if full { kinds.take() } else { None };
    let replaced = kinds.get_or_insert_with(HashMap::new).insert(key, known.clone());
    drop(kinds);
    // Python objects are dropped when the lock is free: that may run code.
    drop((dropped, replaced));
    known
}

fn describe(class: &Bound<'_, PyType>) -> PyResult<Kind> {
    static DESCRIBE: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    let py = class.py();
    let describe = DESCRIBE.get_or_try_init(py, || {
        Ok::<_, PyErr>(py.import("langgraph_rust.checkpoint.serde._kinds")?.getattr("describe")?.unbind())
    })?;
    let answer = describe.bind(py).call1((class,))?;
    if answer.is_none() {
        return Ok(Kind::Ask);
    }
    type Answer<'py> = (u8, u8, Vec<String>, Bound<'py, PyAny>, Vec<String>, bool);
    let (number, code, path, needs, more, atomic): Answer<'_> = answer.extract()?;
    let payload = match number {
        1 => return Ok(Kind::Str),
        2 => return Ok(Kind::Int),
        3 => return Ok(Kind::List),
        4 => return Ok(Kind::Dict),
        5 => Payload::Items,
        6 => Payload::Text,
        7 => Payload::Attribute(needs.cast_into::<PyString>()?.unbind()),
        8 => Payload::Called(needs.unbind()),
        12 => Payload::Result(needs.cast_into::<PyString>()?.unbind()),
        9 => Payload::Fields(needs.try_iter()?.map(|name| field(&name?)).collect::<PyResult<_>>()?),
        10 => Payload::Send,
        11 if !instance::is_usual(class)? => return Ok(Kind::Ask),
        11 => Payload::Model(shaped_fields(needs.cast::<PyDict>()?, None)?),
        _ => return Err(PyValueError::new_err(number)),
    };
    let (mut start, mut end) = (Writer::default(), Writer::default());
    start.array(path.len() + 1 + more.len());
    path.iter().for_each(|part| start.str(part.as_bytes()));
    more.iter().for_each(|part| end.str(part.as_bytes()));
    let frozen = Frozen::of(&path, atomic);
    Ok(Kind::Ext(Form { code, start: start.out.into(), payload, end: end.out.into(), atomic, frozen }))
}

fn field(name: &Bound<'_, PyAny>) -> PyResult<Field> {
    let name = name.cast::<PyString>()?;
    Ok(Field { name: name.clone().unbind(), text: name.extract::<String>()?.into() })
}

fn shaped_fields(shapes: &Bound<'_, PyDict>, required: Option<&Bound<'_, PyTuple>>) -> PyResult<Box<[ShapedField]>> {
    let shaped = |(name, shape): (Bound<'_, PyAny>, Bound<'_, PyAny>)| {
        let required = required.map_or(Ok(true), |names| names.contains(&name))?;
        Ok(ShapedField { field: field(&name)?, shape: read_shape(&shape)?, required })
    };
    shapes.iter().map(shaped).collect()
}

fn read_shape(shape: &Bound<'_, PyAny>) -> PyResult<Shape> {
    if shape.is_none() {
        return Ok(Shape::Plain);
    }
    let parts = shape.cast::<PyTuple>()?;
    let first = parts.get_item(1)?;
    Ok(match parts.get_item(0)?.extract::<String>()?.as_str() {
        "list" => Shape::List(Box::new(read_shape(&first)?)),
        "map" => Shape::Map(Box::new(read_shape(&first)?)),
        "model" => {
            let class = first.cast_into::<PyType>()?;
            if !instance::is_usual(&class)? {
                return Err(PyValueError::new_err("an unusual model"));
            }
            Shape::Model { class: class.unbind(), fields: shaped_fields(parts.get_item(2)?.cast::<PyDict>()?, None)? }
        }
        _ => {
            let names = parts.get_item(2)?.cast_into::<PyTuple>()?;
            Shape::Dict {
                fields: shaped_fields(first.cast::<PyDict>()?, Some(&names))?,
                required: names.len(),
                others: parts.get_item(3)?.extract()?,
            }
        }
    })
}
