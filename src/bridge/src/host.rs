//! The host of the engine's values: Python objects.

use crate::cells;
use crate::error::{plain, Fault};
use crate::lazy;
use crate::versions::Versioning;
use pregel_core::path::Path;
use pregel_core::{ForeignCall, ForeignReply, Host, Version};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyDict, PyFloat, PyInt, PyList, PyString, PyTuple};

pub type Obj = Py<PyAny>;

pub struct PyHost<'a, 'py> {
    pub py: Python<'py>,
    pub versioning: &'a Versioning,
}

impl Host for PyHost<'_, '_> {
    type Value = Obj;
    type Error = Fault;

    fn reduce(&mut self, reducer: &Obj, left: Obj, right: Obj) -> Result<Obj, Fault> {
        Ok(reducer.call1(self.py, (left, right))?)
    }

    fn overwrite(&mut self, value: &Obj) -> Result<Option<Obj>, Fault> {
        Ok(overwritten(value.bind(self.py))?)
    }

    fn spread(&mut self, value: &Obj) -> Option<Vec<Obj>> {
        let list = value.bind(self.py).cast::<PyList>().ok()?;
        Some(list.iter().map(Bound::unbind).collect())
    }

    fn position(&mut self, value: &Obj, names: &[Obj]) -> Result<Option<usize>, Fault> {
        let value = value.bind(self.py);
        for (place, name) in names.iter().enumerate() {
            if name.is(value) || value.eq(name)? {
                return Ok(Some(place));
            }
        }
        Ok(None)
    }

    fn stranger(&mut self, channel: &str, value: &Obj, names: &[Obj]) -> Fault {
        let text = || -> PyResult<PyErr> {
            let names = cells::set_of(self.py, names.iter())?.str()?;
            let value = value.bind(self.py).str()?;
            plain(self.py, &lazy::INVALID_UPDATE_ERROR, &format!("At key '{channel}': Value {value} not in {names}"))
        };
        Fault(text().unwrap_or_else(|failure| failure))
    }

    fn foreign(&mut self, object: &Obj, call: ForeignCall<Obj>) -> Result<ForeignReply<Obj>, Fault> {
        let object = object.bind(self.py);
        let flag = |answer: Bound<'_, PyAny>| Ok(ForeignReply::Flag(answer.is_truthy()?));
        match call {
            ForeignCall::IsAvailable => flag(object.call_method0(intern!(object.py(), "is_available"))?),
            ForeignCall::Update(values) => {
                flag(object.call_method1(intern!(object.py(), "update"), (PyList::new(self.py, values)?,))?)
            }
            ForeignCall::Consume => flag(object.call_method0(intern!(object.py(), "consume"))?),
            ForeignCall::Finish => flag(object.call_method0(intern!(object.py(), "finish"))?),
            ForeignCall::Copy => Ok(ForeignReply::Value(object.call_method0(intern!(object.py(), "copy"))?.unbind())),
            ForeignCall::Get => match object.call_method0(intern!(object.py(), "get")) {
                Ok(value) => Ok(ForeignReply::Value(value.unbind())),
                Err(error) if error.is_instance(self.py, lazy::EMPTY_CHANNEL_ERROR.get(self.py)?) => {
                    Ok(ForeignReply::Empty)
                }
                Err(error) => Err(Fault(error)),
            },
        }
    }

    fn next_version(&mut self, current: Option<&Version>) -> Result<Version, Fault> {
        Ok(self.versioning.next(self.py, current)?)
    }

    fn unknown_channel(&mut self, task: &str, path: &Path, channel: &str) {
        let warn = || -> PyResult<()> {
            let text = format!(
                "Task {task} with path {} wrote to unknown channel {channel}, ignoring it.",
                crate::path::to_python(self.py, path)?.repr()?
            );
            lazy::support(self.py, "warn")?.call1((text,)).map(drop)
        };
        // a log line that cannot be written changes nothing of the run
        let _ = warn();
    }
}

/// The value inside an `Overwrite`, or inside one of its dict forms.
pub fn overwritten(value: &Bound<'_, PyAny>) -> PyResult<Option<Obj>> {
    if let Ok(dict) = value.cast::<PyDict>() {
        if dict.len() == 1 {
            if let Some(inner) = dict.get_item(intern!(dict.py(), "__overwrite__"))? {
                return Ok(Some(inner.unbind()));
            }
        }
        if let (Some(kind), Some(inner)) =
            (dict.get_item(intern!(dict.py(), "type"))?, dict.get_item(intern!(dict.py(), "value"))?)
        {
            if kind.eq("__overwrite__")? {
                return Ok(Some(inner.unbind()));
            }
        }
        return Ok(None);
    }
    if lazy::OVERWRITE.is_instance(value)? {
        return Ok(Some(value.getattr(intern!(value.py(), "value"))?.unbind()));
    }
    Ok(None)
}

/// Whether the value is of a class that most values are of, and that is told apart without a look.
pub fn is_common(value: &Bound<'_, PyAny>) -> bool {
    value.is_none()
        || value.is_exact_instance_of::<PyDict>()
        || value.is_exact_instance_of::<PyList>()
        || value.is_exact_instance_of::<PyString>()
        || value.is_exact_instance_of::<PyTuple>()
        || value.is_exact_instance_of::<PyBool>()
        || value.is_exact_instance_of::<PyInt>()
        || value.is_exact_instance_of::<PyFloat>()
}
