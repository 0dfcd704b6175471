//! The messages that the nodes of a run are given, which are no news, and return, which are.

use crate::gc::{trace_fields, Trace, Traced};
use crate::host::{is_common, Obj};
use crate::lazy;
use pyo3::ffi;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyDict, PyList, PySet, PyString, PyTuple};
use smallvec::{smallvec, SmallVec};

/// Where messages come from: the namespace of their graph, and the metadata of the node's run.
type Meta<'py> = (Bound<'py, PyTuple>, Bound<'py, PyDict>);

/// Takes what is shown.
pub trait Audience<'py> {
    fn show(&mut self, message: &Bound<'py, PyAny>) -> PyResult<()>;
}

/// What the `messages` mode shows of nodes, and which messages it has shown or need not show.
#[pyclass(frozen, module = "langgraph_rust._engine")]
pub struct NodeMessages {
    /// Their ids.
    #[pyo3(get)]
    seen: Py<PySet>,
    /// Takes each `(namespace, "messages", (message, metadata))`.
    stream: Obj,
    /// A class of messages that is left out.
    left_out: Option<Obj>,
}

trace_fields!(NodeMessages: seen, stream, left_out);

#[pymethods]
impl NodeMessages {
    #[new]
    #[pyo3(signature = (stream, left_out=None))]
    fn new(py: Python<'_>, stream: Obj, left_out: Option<Obj>) -> PyResult<Self> {
        Ok(NodeMessages { seen: PySet::empty(py)?.unbind(), stream, left_out })
    }

    /// Notes the messages that a node is given.
    pub fn mark(&self, inputs: &Bound<'_, PyAny>) -> PyResult<()> {
        let seen = self.seen.bind(inputs.py());
        let mut classes = Classes::of(inputs.py())?;
        for value in state_values(inputs)? {
            each(&value, &mut |value| {
                if let Some(id) = classes.id_of(value)? {
                    if !id.is_none() {
                        seen.add(id)?;
                    }
                }
                Ok(())
            })?;
        }
        Ok(())
    }

    /// Shows a message; with `dedupe` only where it was not seen.
    #[pyo3(name = "emit", signature = (meta, message, dedupe=false))]
    fn emit_py<'py>(&self, meta: Meta<'py>, message: &Bound<'py, PyAny>, dedupe: bool) -> PyResult<()> {
        let id = message.getattr(intern!(message.py(), "id"))?;
        self.emit(&mut Listener { stream: &self.stream, meta }, message, id, dedupe)
    }

    /// Shows the messages in what a node returned, or in the updates of its Commands.
    #[pyo3(name = "emit_found")]
    fn emit_found_py<'py>(&self, meta: Meta<'py>, outputs: &Bound<'py, PyAny>) -> PyResult<()> {
        self.emit_found(&mut Listener { stream: &self.stream, meta }, outputs)
    }

    fn __traverse__(&self, visit: pyo3::PyVisit<'_>) -> Traced {
        self.trace(&visit)
    }
}

impl NodeMessages {
    pub fn emit_found<'py>(&self, to: &mut impl Audience<'py>, outputs: &Bound<'py, PyAny>) -> PyResult<()> {
        if let Some(update) = update_of(outputs)? {
            return self.emit_in(to, &update);
        }
        if !is_sequence(outputs)? {
            return self.emit_in(to, outputs);
        }
        let outputs: Vec<Bound<'py, PyAny>> = outputs.try_iter()?.collect::<PyResult<_>>()?;
        let updates: Vec<Option<Bound<'py, PyAny>>> = outputs.iter().map(update_of).collect::<PyResult<_>>()?;
        let any_command = updates.iter().any(Option::is_some);
        for (output, update) in outputs.iter().zip(&updates) {
            match update {
                Some(update) => self.emit_in(to, update)?,
                None if any_command => self.emit_in(to, output)?,
                None => self.emit_new(to, output)?,
            }
        }
        Ok(())
    }

    /// Shows the messages in an output: itself, its items, or those of its fields.
    fn emit_in<'py>(&self, to: &mut impl Audience<'py>, output: &Bound<'py, PyAny>) -> PyResult<()> {
        if is_sequence(output)? {
            return each(output, &mut |value| self.emit_new(to, value));
        }
        if !is_common(output) && self.emits(to, output)? {
            return Ok(());
        }
        for value in state_values(output)? {
            each(&value, &mut |value| self.emit_new(to, value))?;
        }
        Ok(())
    }

    fn emit_new<'py>(&self, to: &mut impl Audience<'py>, value: &Bound<'py, PyAny>) -> PyResult<()> {
        self.emits(to, value).map(drop)
    }

    /// Shows a message that was not seen; false where the value is none to be shown.
    fn emits<'py>(&self, to: &mut impl Audience<'py>, value: &Bound<'py, PyAny>) -> PyResult<bool> {
        let py = value.py();
        let Some(id) = Classes::of(py)?.id_of(value)? else { return Ok(false) };
        if let Some(class) = &self.left_out {
            if value.is_instance(class.bind(py))? {
                return Ok(false);
            }
        }
        self.emit(to, value, id, true)?;
        Ok(true)
    }

    fn emit<'py>(
        &self,
        to: &mut impl Audience<'py>,
        message: &Bound<'py, PyAny>,
        mut id: Bound<'py, PyAny>,
        dedupe: bool,
    ) -> PyResult<()> {
        let seen = self.seen.bind(message.py());
        if dedupe && seen.contains(&id)? {
            return Ok(());
        }
        if id.is_none() {
            lazy::GIVE_ID.get(message.py())?.call1((message,))?;
            id = message.getattr(intern!(message.py(), "id"))?;
        }
        seen.add(id)?;
        to.show(message)
    }
}

/// A function that takes chunks.
struct Listener<'a, 'py> {
    stream: &'a Obj,
    meta: Meta<'py>,
}

impl<'py> Audience<'py> for Listener<'_, 'py> {
    fn show(&mut self, message: &Bound<'py, PyAny>) -> PyResult<()> {
        let py = message.py();
        let (namespace, metadata) = &self.meta;
        self.stream.call1(py, ((namespace, intern!(py, "messages"), (message, metadata)),)).map(drop)
    }
}

/// langchain's own classes of messages, as far as they were met.
struct Classes<'py> {
    known: &'py Bound<'py, PySet>,
    /// The one that was met last.
    last: *mut ffi::PyTypeObject,
}

impl<'py> Classes<'py> {
    fn of(py: Python<'py>) -> PyResult<Self> {
        static KNOWN: PyOnceLock<Py<PySet>> = PyOnceLock::new();
        let known = KNOWN.get_or_try_init(py, || PySet::empty(py).map(Bound::unbind))?.bind(py);
        Ok(Classes { known, last: std::ptr::null_mut() })
    }

    /// The id of a message; None if the value is no message.
    fn id_of(&mut self, value: &Bound<'py, PyAny>) -> PyResult<Option<Bound<'py, PyAny>>> {
        let py = value.py();
        let name = intern!(py, "id");
        let class = value.get_type_ptr();
        if class != self.last {
            if is_common(value) {
                return Ok(None);
            }
            if !self.known.contains(value.get_type())? {
                return if self.meet(value)? { value.getattr(name).map(Some) } else { Ok(None) };
            }
            self.last = class;
        }
        // SAFETY: a new reference, or null with an error set. The classes are langchain's own, whose fields
        // lie in the instance's dict; pydantic's way to them asks more.
        let id = unsafe { ffi::PyObject_GenericGetAttr(value.as_ptr(), name.as_ptr()) };
        unsafe { Bound::from_owned_ptr_or_err(py, id) }.map(Some)
    }

    /// Whether a value of a class that is not known is a message. pydantic answers this in Python.
    fn meet(&self, value: &Bound<'py, PyAny>) -> PyResult<bool> {
        if !lazy::BASE_MESSAGE.is_instance(value)? {
            return Ok(false);
        }
        let class = value.get_type();
        let module = class.getattr(intern!(value.py(), "__module__"))?;
        // only langchain's own are kept: classes made at run time must be free to go
        if module.extract::<String>().is_ok_and(|module| module.starts_with("langchain_core.")) {
            self.known.add(class)?;
        }
        Ok(true)
    }
}

/// Whether messages are looked for among the value's items.
fn is_sequence(value: &Bound<'_, PyAny>) -> PyResult<bool> {
    if is_common(value) {
        return Ok(value.is_exact_instance_of::<PyList>() || value.is_exact_instance_of::<PyTuple>());
    }
    let known = Classes::of(value.py())?.known.contains(value.get_type())?;
    Ok(!known && lazy::SEQUENCE.is_instance(value)? && !value.is_instance_of::<PyString>())
}

/// Calls `visit` with each item of a sequence, or with the value itself.
fn each<'py>(value: &Bound<'py, PyAny>, visit: &mut dyn FnMut(&Bound<'py, PyAny>) -> PyResult<()>) -> PyResult<()> {
    if let Ok(list) = value.cast_exact::<PyList>() {
        return list.iter().try_for_each(|value| visit(&value));
    }
    if is_sequence(value)? {
        return value.try_iter()?.try_for_each(|value| visit(&value?));
    }
    visit(value)
}

/// The values of a state's fields.
fn state_values<'py>(state: &Bound<'py, PyAny>) -> PyResult<SmallVec<[Bound<'py, PyAny>; 8]>> {
    if let Ok(dict) = state.cast_exact::<PyDict>() {
        return Ok(dict.iter().map(|(_, value)| value).collect());
    }
    if is_common(state) {
        return Ok(smallvec![]);
    }
    lazy::STATE_VALUES.get(state.py())?.call1((state,))?.try_iter()?.collect()
}

/// The update of a Command; None of anything else.
fn update_of<'py>(output: &Bound<'py, PyAny>) -> PyResult<Option<Bound<'py, PyAny>>> {
    if is_common(output) || !lazy::COMMAND.is_instance(output)? {
        return Ok(None);
    }
    output.getattr(intern!(output.py(), "update")).map(Some)
}
