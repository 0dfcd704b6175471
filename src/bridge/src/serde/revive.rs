//! Makes the objects that extensions stand for, as `ReviveHook` (`serde/_revive.py`) does.
//!
//! What the allowlist lets pass and what can be made is made here. Refusals, failures and parts of an
//! unusual shape are left to the hook's own functions, which also tell listeners and the log.

use super::decode::{Decoded, Decoder, Flaw};
use super::wire::Head;
use pyo3::exceptions::PyException;
use pyo3::ffi;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyDict, PyList, PySet, PyString, PyTuple};

const SINGLE_ARG: i8 = 0;
const POS_ARGS: i8 = 1;
const KW_ARGS: i8 = 2;
const METHOD: i8 = 3;
const PYDANTIC_V1: i8 = 4;
const PYDANTIC_V2: i8 = 5;
const NUMPY_ARRAY: i8 = 6;
const DELTA_SNAPSHOT: i8 = 7;

/// The Python half: `serde/_revive.py` and what it uses.
struct Names {
    hook_class: Py<PyAny>,
    safe_types: Py<PyAny>,
    safe_methods: Py<PyAny>,
    check_allowed: Py<PyAny>,
    check_allowed_method: Py<PyAny>,
    payload_instead: Py<PyAny>,
    find_module: Py<PyAny>,
    send_from_args: Py<PyAny>,
    build_array: Py<PyAny>,
    note_damaged: Py<PyAny>,
    note_unknown: Py<PyAny>,
    note_unmade: Py<PyAny>,
    delta_snapshot: Py<PyAny>,
    listeners: Py<PyList>,
    warned: Py<PySet>,
}

impl Names {
    fn get(py: Python<'_>) -> PyResult<&'static Names> {
        static NAMES: PyOnceLock<Names> = PyOnceLock::new();
        NAMES.get_or_try_init(py, || {
            let serde = |module: &str| py.import(format!("langgraph_rust.checkpoint.serde.{module}"));
            let (revive, lists) = (serde("_revive")?, serde("_msgpack")?);
            let of_revive = |name: &str| revive.getattr(name).map(Bound::unbind);
            Ok(Names {
                hook_class: of_revive("ReviveHook")?,
                safe_types: lists.getattr(intern!(lists.py(), "SAFE_MSGPACK_TYPES"))?.unbind(),
                safe_methods: lists.getattr(intern!(lists.py(), "SAFE_MSGPACK_METHODS"))?.unbind(),
                check_allowed: of_revive("_check_allowed")?,
                check_allowed_method: of_revive("_check_allowed_method")?,
                payload_instead: of_revive("_payload_instead")?,
                find_module: of_revive("find_module")?,
                send_from_args: of_revive("_send_from_args")?,
                build_array: of_revive("build_array")?,
                note_damaged: of_revive("note_damaged")?,
                note_unknown: of_revive("note_unknown")?,
                note_unmade: of_revive("note_unmade")?,
                delta_snapshot: of_revive("_DeltaSnapshot")?,
                listeners: serde("event_hooks")?.getattr("_listeners")?.cast_into::<PyList>()?.unbind(),
                warned: serde("_warn")?.getattr("_warned_unregistered_types")?.cast_into::<PySet>()?.unbind(),
            })
        })
    }
}

pub struct Reviver<'py> {
    hook: Bound<'py, PyAny>,
    /// True, None, or a set of `(module, name)`.
    allowed: Bound<'py, PyAny>,
    names: &'static Names,
}

/// The payload of codes 0 to 5, in its usual shape.
struct Parts<'py> {
    module: Bound<'py, PyAny>,
    name: Bound<'py, PyAny>,
    payload: Bound<'py, PyAny>,
    method: Option<Bound<'py, PyAny>>,
}

impl<'py> Reviver<'py> {
    /// The reviver that `hook` is, if it is ours.
    pub fn of(hook: &Bound<'py, PyAny>) -> PyResult<Option<Self>> {
        let py = hook.py();
        let names = Names::get(py)?;
        if !hook.get_type().is(names.hook_class.bind(py)) {
            return Ok(None);
        }
        let allowed = hook.getattr(intern!(py, "allowed"))?;
        Ok(Some(Reviver { hook: hook.clone(), allowed, names }))
    }

    fn make(&self, py: Python<'py>, code: i8, parts: Parts<'py>) -> Decoded<'py> {
        let built = match self.is_allowed(&parts) {
            Ok(false) => return Ok(parts.payload),
            Ok(true) => self.build(py, code, &parts),
            Err(error) => Err(error),
        };
        built.or_else(|error| self.instead(py, code, &parts, error))
    }

    fn is_allowed(&self, parts: &Parts<'py>) -> PyResult<bool> {
        let py = parts.module.py();
        let names = self.names;
        let (module, name) = (&parts.module, &parts.name);
        if let Some(method) = &parts.method {
            if names.safe_methods.bind(py).contains((module, name, method))? {
                return Ok(true);
            }
            return names.check_allowed_method.bind(py).call1((module, name, method))?.is_truthy();
        }
        let path = PyTuple::new(py, [module, name])?;
        if names.safe_types.bind(py).contains(&path)? {
            return Ok(true);
        }
        let listed = match self.allowed.cast::<PySet>() {
            Ok(allowed) => allowed.contains(&path)?,
            // Everything is allowed: all there would be to do is to tell, once.
            Err(_) => {
                self.allowed.is_truthy()?
                    && names.listeners.bind(py).is_empty()
                    && names.warned.bind(py).contains(&path)?
            }
        };
        if listed {
            return Ok(true);
        }
        names.check_allowed.bind(py).call1((&self.allowed, module, name))?.is_truthy()
    }

    fn build(&self, py: Python<'py>, code: i8, parts: &Parts<'py>) -> PyResult<Bound<'py, PyAny>> {
        if code == POS_ARGS && is_send(parts)? && parts.payload.len()? != 2 {
            return self.names.send_from_args.bind(py).call1((&parts.payload,));
        }
        let target = self.find(py, parts)?;
        match code {
            SINGLE_ARG => target.call1((&parts.payload,)),
            POS_ARGS => target.call1(
                parts.payload.try_iter()?.collect::<PyResult<Vec<_>>>().and_then(|args| PyTuple::new(py, args))?,
            ),
            METHOD => {
                let method = parts.method.as_ref().expect("read with this code");
                target.getattr(method.cast::<PyString>()?)?.call1((&parts.payload,))
            }
            KW_ARGS => target.call((), Some(parts.payload.cast::<PyDict>()?)),
            _ => self.build_model(py, code, &target, &parts.payload),
        }
    }

    fn build_model(
        &self,
        py: Python<'py>,
        code: i8,
        class: &Bound<'py, PyAny>,
        payload: &Bound<'py, PyAny>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let values = Some(payload.cast::<PyDict>()?);
        class.call((), values).or_else(|error| {
            if !error.is_instance_of::<PyException>(py) {
                return Err(error);
            }
            // What was valid when stored may not be now: the values matter more than the rules.
            let construct = if code == PYDANTIC_V1 { "construct" } else { "model_construct" };
            class.getattr(construct)?.call((), values)
        })
    }

    /// The class, or function, that the parts name.
    fn find(&self, py: Python<'py>, parts: &Parts<'py>) -> PyResult<Bound<'py, PyAny>> {
        let name = parts.name.cast::<PyString>()?;
        let module = parts.module.cast::<PyString>()?;
        let text = module.to_cow()?;
        let own = text.strip_prefix("langgraph.").map(|rest| PyString::new(py, &format!("langgraph_rust.{rest}")));
        // Of those we have, ours if it is in use.
        for loaded in [own.as_ref().unwrap_or(module), module] {
            // SAFETY: attached; both calls return borrowed references, which are cloned at once.
            let found = unsafe {
                let found = ffi::PyDict_GetItemWithError(ffi::PyImport_GetModuleDict(), loaded.as_ptr());
                Bound::from_borrowed_ptr_or_opt(py, found)
            };
            if let Some(found) = found.filter(|found| !found.is_none()) {
                return found.getattr(name);
            }
        }
        self.names.find_module.bind(py).call1((&parts.module,))?.getattr(name)
    }

    /// What stands for an object that could not be made.
    fn instead(&self, py: Python<'py>, code: i8, parts: &Parts<'py>, error: PyErr) -> Decoded<'py> {
        if !error.is_instance_of::<PyException>(py) {
            return Err(Flaw::Raised(Box::new(error)));
        }
        if matches!(code, PYDANTIC_V1 | PYDANTIC_V2) {
            let noted = self.names.note_unmade.bind(py).call1((&parts.module, &parts.name));
            return noted.map(|_| parts.payload.clone()).map_err(|error| Flaw::of_hook(py, error));
        }
        let told = (&parts.module, &parts.name, &parts.payload);
        let instead = self.names.payload_instead.bind(py).call1((told, error.into_value(py)));
        instead.map_err(|error| Flaw::of_hook(py, error))
    }
}

impl<'py> Decoder<'_, 'py> {
    /// Makes the object of an extension, whose payload is what the reader holds.
    pub fn revive(&mut self, code: i8, depth: u16) -> Decoded<'py> {
        let py = self.py;
        match code {
            SINGLE_ARG..=PYDANTIC_V2 => self.object(code, depth),
            DELTA_SNAPSHOT => {
                let value = self.value(depth).map_err(|flaw| failed_inside(py, flaw))?;
                let class = self.reviver().names.delta_snapshot.bind(py);
                class.call1((value,)).map_err(|error| Flaw::of_hook(py, error))
            }
            NUMPY_ARRAY => {
                let made = self.value(depth).and_then(|parts| {
                    let build_array = self.reviver().names.build_array.bind(py);
                    build_array.call1((parts,)).map_err(|error| Flaw::of_hook(py, error))
                });
                or_none(py, made)
            }
            _ => {
                let noted = self.reviver().names.note_unknown.bind(py).call1((code,));
                noted.map(|_| py.None().into_bound(py)).map_err(|error| Flaw::of_hook(py, error))
            }
        }
    }

    fn object(&mut self, code: i8, depth: u16) -> Decoded<'py> {
        let py = self.py;
        let start = self.reader;
        match self.parts(code, depth) {
            Ok(Some(parts)) => return self.reviver().make(py, code, parts),
            Ok(None) => {}
            Err(flaw) => return or_none(py, Err(flaw)),
        }
        // Not the shape we write: the hook knows what to say about each oddity.
        self.reader = start;
        let parts = match self.value(depth) {
            Ok(parts) => parts,
            Err(flaw) => return or_none(py, Err(flaw)),
        };
        let revived = self.reviver().hook.call_method1(intern!(py, "revive"), (code, parts));
        revived.map_err(|error| Flaw::of_hook(py, error))
    }

    /// Reads `[module, name, payload]` or, as a code may have it, `[module, name, payload, method]`.
    fn parts(&mut self, code: i8, depth: u16) -> Result<Option<Parts<'py>>, Flaw> {
        let length = match self.reader.head()? {
            Head::Array(length @ 3..=4) => length,
            _ => return Ok(None),
        };
        let Head::Str(size) = self.reader.head()? else {
            return Ok(None);
        };
        let module = self.name(size)?;
        let Head::Str(size) = self.reader.head()? else {
            return Ok(None);
        };
        let name = self.name(size)?;
        let payload = self.value(depth + 1)?;
        let last = if length == 4 { Some(self.value(depth + 1)?) } else { None };
        if code == METHOD && last.is_none() {
            return Ok(None);
        }
        Ok(Some(Parts { module, name, payload, method: last.filter(|_| code == METHOD) }))
    }
}

fn is_send(parts: &Parts<'_>) -> PyResult<bool> {
    let (module, name) = (parts.module.cast::<PyString>()?, parts.name.cast::<PyString>()?);
    Ok(name.to_cow()? == "Send" && module.to_cow()? == "langgraph.types")
}

/// An extension that cannot be read is None, unless what stopped it ends the program.
fn or_none<'py>(py: Python<'py>, decoded: Decoded<'py>) -> Decoded<'py> {
    match decoded {
        Err(Flaw::Raised(error)) => Err(Flaw::Raised(error)),
        Err(_) => {
            let noted = Names::get(py).and_then(|names| names.note_damaged.bind(py).call0());
            noted.map(|_| py.None().into_bound(py)).map_err(|error| Flaw::of_hook(py, error))
        }
        made => made,
    }
}

/// A flaw inside an extension is a failure of the hook.
fn failed_inside(py: Python<'_>, flaw: Flaw) -> Flaw {
    match flaw {
        Flaw::Raised(_) | Flaw::Hook(_) => flaw,
        other => Flaw::of_hook(py, pyo3::exceptions::PyValueError::new_err(other.to_string())),
    }
}
