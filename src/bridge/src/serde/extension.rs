//! Objects as extensions.

use super::encode::Encoder;
use super::kind::{Field, Form, Payload};
use super::refusal::{Depth, Refusal, Written};
use pyo3::exceptions::PyException;
use pyo3::ffi::{self, PyObject};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyString, PyTuple};

// SAFETY: see `Encoder`.
impl<'py> Encoder<'py> {
    /// Writes what Python's `reduce_value` makes of an object.
    pub unsafe fn asked(&mut self, obj: *mut PyObject, depth: Depth) -> Written {
        static REDUCE: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
        let py = self.py;
        let reduce = REDUCE.get_or_try_init(py, || {
            Ok::<_, PyErr>(py.import("langgraph_rust.checkpoint.serde._reduce")?.getattr("reduce_value")?.unbind())
        })?;
        let obj = unsafe { self.bound(obj) };
        let reduced = match reduce.bind(py).call1((&obj,)) {
            Ok(reduced) => reduced,
            Err(error) => return Err(self.no_form(&obj, error.into())),
        };
        if reduced.is_instance_of::<PyString>() {
            return unsafe { self.str(reduced.as_ptr()) };
        }
        let (code, parts): (u8, Bound<'py, PyAny>) = reduced.extract()?;
        let start = self.writer.begin_ext();
        let inside = depth.at_payload();
        let written = inside.and_then(|inside| unsafe { self.value::<false>(parts.as_ptr(), inside) });
        written.map_err(|refusal| self.no_form(&obj, refusal))?;
        self.writer.end_ext(start, code);
        Ok(())
    }

    pub unsafe fn ext(&mut self, obj: *mut PyObject, form: &Form, depth: Depth) -> Written {
        let start = self.writer.begin_ext();
        match unsafe { self.payload(obj, form, depth) } {
            Ok(()) => {
                self.writer.end_ext(start, form.code);
                Ok(())
            }
            // Also what is too deep: the dump finds out whether it is endless.
            Err(_) if matches!(form.payload, Payload::Model(_)) => {
                self.writer.out.truncate(start);
                unsafe { self.asked(obj, depth) }
            }
            Err(refusal) => Err(self.no_form(unsafe { &self.bound(obj) }, refusal)),
        }
    }

    /// What a failure inside an extension is told as; exceptions that end the program go through.
    fn no_form(&self, obj: &Bound<'py, PyAny>, refusal: Refusal) -> Refusal {
        let cause = refusal.into_error(self.py);
        if !cause.is_instance_of::<PyException>(self.py) {
            return cause.into();
        }
        Refusal::NoForm(Box::new((name_of_class(obj), Some(cause))))
    }

    unsafe fn payload(&mut self, obj: *mut PyObject, form: &Form, depth: Depth) -> Written {
        let py = self.py;
        let depth = depth.in_payload()?;
        self.writer.out.extend_from_slice(&form.start);
        unsafe {
            match &form.payload {
                Payload::Items => {
                    let items = Bound::from_owned_ptr_or_err(py, ffi::PySequence_Tuple(obj))?;
                    self.tuple::<false>(items.as_ptr(), depth)
                }
                Payload::Text => self.str(self.bound(obj).str()?.as_ptr()),
                Payload::Attribute(name) => {
                    let value = self.bound(obj).getattr(name.bind(py))?;
                    self.value::<false>(value.as_ptr(), depth)
                }
                Payload::Result(method) => {
                    let result = self.bound(obj).call_method0(method.bind(py))?;
                    self.value::<false>(result.as_ptr(), depth)
                }
                Payload::Called(function) => {
                    let payload = function.bind(py).call1((self.bound(obj),))?;
                    self.value::<false>(payload.as_ptr(), depth)
                }
                Payload::Fields(fields) => self.fields(obj, fields, depth),
                Payload::Send => self.send(obj, depth),
                Payload::Model(fields) => self.model(obj, fields, depth),
            }?;
        }
        self.writer.out.extend_from_slice(&form.end);
        Ok(())
    }

    unsafe fn fields(&mut self, obj: *mut PyObject, fields: &[Field], depth: Depth) -> Written {
        let depth = depth.deeper()?;
        self.writer.map(fields.len());
        for field in fields {
            self.writer.str(field.text.as_bytes());
            unsafe {
                let value = self.bound(obj).getattr(field.name.bind(self.py))?;
                self.value::<false>(value.as_ptr(), depth)?;
            }
        }
        Ok(())
    }

    unsafe fn send(&mut self, obj: *mut PyObject, depth: Depth) -> Written {
        let py = self.py;
        let send = unsafe { self.bound(obj) };
        let timeout = send.getattr_opt(intern!(py, "timeout"))?.filter(|timeout| !timeout.is_none());
        let mut args = vec![send.getattr(intern!(py, "node"))?, send.getattr(intern!(py, "arg"))?];
        args.extend(timeout);
        unsafe { self.tuple::<false>(PyTuple::new(py, args)?.as_ptr(), depth) }
    }
}

/// The name of an object's class as the interpreter's own errors have it: with the module, if the
/// class is of C.
fn name_of_class(obj: &Bound<'_, PyAny>) -> String {
    let class = obj.get_type();
    // SAFETY: the thread is attached, and the class lives as long as its instance.
    let of_c = unsafe { ffi::PyType_GetFlags(class.as_type_ptr()) } & ffi::Py_TPFLAGS_HEAPTYPE == 0;
    let name = class.name().map_or_else(|_| "?".to_owned(), |name| name.to_string());
    match class.module() {
        Ok(module) if of_c && module != "builtins" => format!("{module}.{name}"),
        _ => name,
    }
}
