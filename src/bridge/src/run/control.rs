//! By what a run may be asked to stop between two supersteps.

use crate::gc::{Trace, Traced};
use crate::host::Obj;
use crate::lazy;
use pyo3::intern;
use pyo3::prelude::*;
use std::sync::{Arc, OnceLock};

/// A run's control. One that nobody passed is made when somebody looks at it, for before nobody can
/// have asked it for anything; runs inside share it.
pub enum Control {
    Given(Obj),
    Own(Arc<OnceLock<Obj>>),
}

impl Control {
    pub fn of(given: Option<Obj>) -> Control {
        given.map_or_else(|| Control::Own(Arc::default()), Control::Given)
    }

    pub fn clone_ref(&self, py: Python<'_>) -> Control {
        match self {
            Control::Given(control) => Control::Given(control.clone_ref(py)),
            Control::Own(made) => Control::Own(made.clone()),
        }
    }

    /// The control, if somebody can know it.
    fn known(&self) -> Option<&Obj> {
        match self {
            Control::Given(control) => Some(control),
            Control::Own(made) => made.get(),
        }
    }

    pub fn object(&self, py: Python<'_>) -> PyResult<Obj> {
        if let Some(known) = self.known() {
            return Ok(known.clone_ref(py));
        }
        let made = lazy::RUN_CONTROL.get(py)?.call0()?.unbind();
        Ok(match self {
            Control::Given(control) => control.clone_ref(py),
            Control::Own(own) => own.get_or_init(|| made).clone_ref(py),
        })
    }

    /// Whether the run was asked to stop; of our own class the field behind the property is read.
    pub fn asks_to_drain(&self, py: Python<'_>) -> PyResult<bool> {
        let Some(control) = self.known() else { return Ok(false) };
        let control = control.bind(py);
        if lazy::RUN_CONTROL.is_type_of(control)? {
            return Ok(!control.getattr(intern!(py, "_drain_reason"))?.is_none());
        }
        control.getattr(intern!(py, "drain_requested"))?.is_truthy()
    }

    /// Why it was asked to.
    pub fn drain_reason<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        match self.known() {
            Some(control) => control.bind(py).getattr(intern!(py, "drain_reason")),
            None => Ok(py.None().into_bound(py)),
        }
    }
}

impl Trace for Control {
    fn trace(&self, visit: &pyo3::PyVisit<'_>) -> Traced {
        match self {
            Control::Given(control) => control.trace(visit),
            // shared by several, and of a class that holds nothing
            Control::Own(_) => Ok(()),
        }
    }
}
