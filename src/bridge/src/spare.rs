//! An `asyncio.Task` that is to be the current one while code runs inline.

use crate::flight::{Carrier, Flight, Load};
use crate::gc::trace_fields;
use crate::host::Obj;
use crate::inline::LoopKit;
use crate::vectorcall;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::PyDict;

/// A task whose first step is still to be made, or one that is being stepped and has nothing left to do.
pub struct Spare {
    pub task: Obj,
    /// Its method, bound; of one that is used again.
    set_name: Option<Obj>,
    pub carrier: Py<Carrier>,
    /// The first step, and the context in which it is to be made if that was said; none if it is being stepped.
    step: Option<FirstStep>,
    /// References to the task, weak ones too, while it is the current one and nobody looks at it.
    strong: isize,
    weak: usize,
    /// `asyncio.all_tasks` does not show it.
    hidden: bool,
}

/// What is to be called, and in which context if it named one.
pub type FirstStep = (Obj, Option<Obj>);

trace_fields!(Spare: task, set_name, carrier, step);

impl Spare {
    /// One that was just made, with as many `weak` references as it has.
    pub fn made(task: Obj, carrier: Py<Carrier>, step: FirstStep, weak: usize) -> Spare {
        Spare { task, set_name: None, carrier, step: Some(step), strong: 0, weak, hidden: false }
    }

    /// The task that is being stepped, unless somebody but the loop has an eye on it.
    pub fn stepped(kit: &LoopKit, task: &Bound<'_, PyAny>, carrier: Py<Carrier>) -> PyResult<Option<Spare>> {
        let py = task.py();
        let Some(weak) = kit.weak_when_made().filter(|_| !carrier.get().was_thrown_at()) else { return Ok(None) };
        let (strong, own) = (references(task), task.clone().unbind());
        let spare = Spare { task: own, set_name: None, carrier, step: None, strong: strong + 1, weak, hidden: false };
        let is_free = kit.is_free_when_stepped(strong) && !spare.is_marked(kit, py)?;
        Ok(is_free.then_some(spare))
    }

    pub fn is_stepped(&self) -> bool {
        self.step.is_none()
    }

    /// Counts the references to it, before any code runs as it.
    pub fn take_measure(&mut self, py: Python<'_>) {
        if self.strong == 0 || self.is_stepped() {
            self.strong = references(self.task.bind(py));
        }
    }

    /// Hides it from `asyncio.all_tasks` until code waits as it.
    pub fn hide(&mut self, kit: &LoopKit, py: Python<'_>) -> PyResult<()> {
        if !self.hidden {
            kit.unregister_task.bind(py).call1((&self.task,))?;
            self.task.setattr(py, intern!(py, "_log_destroy_pending"), false)?;
            self.hidden = true;
            self.weak = kit.count_weak(self.task.bind(py))?;
        }
        Ok(())
    }

    /// Makes it a task like any other.
    fn show(&self, kit: &LoopKit, py: Python<'_>) -> PyResult<()> {
        if self.hidden {
            kit.register_task.bind(py).call1((&self.task,))?;
            self.task.setattr(py, intern!(py, "_log_destroy_pending"), true)?;
        }
        Ok(())
    }

    /// Gives it what it is to go on with, and steps it where it is not being stepped. It is a task like any
    /// other from now on, and not to be the current one at the call.
    pub fn let_go<'py>(self, kit: &LoopKit, py: Python<'py>, load: Load) -> PyResult<Bound<'py, PyAny>> {
        self.show(kit, py)?;
        self.carrier.get().take_on(load);
        if let Some((step, _)) = &self.step {
            step.bind(py).call0()?;
        }
        Ok(self.task.into_bound(py))
    }

    /// The same with code that yielded without a word of what it waits for: it goes on in the loop's next turn.
    pub fn let_pause<'py>(self, kit: &LoopKit, py: Python<'py>, flight: Flight) -> PyResult<Bound<'py, PyAny>> {
        let Some((step, context)) = &self.step else {
            return self.let_go(kit, py, Load::Handed(flight, py.None()));
        };
        self.show(kit, py)?;
        self.carrier.get().take_on(Load::Flying(flight));
        let in_context = PyDict::new(py);
        if let Some(context) = context {
            in_context.set_item(intern!(py, "context"), context)?;
        }
        kit.loop_of(py).bind(py).call_method(intern!(py, "call_soon"), (step,), Some(&in_context))?;
        Ok(self.task.into_bound(py))
    }

    /// Gives it the name of what it is to carry.
    pub fn rename(&mut self, name: &Bound<'_, PyAny>) -> PyResult<()> {
        let py = name.py();
        if self.set_name.is_none() {
            self.set_name = Some(self.task.getattr(py, intern!(py, "set_name"))?);
            // it is one more reference to the task
            self.strong += isize::from(self.strong > 0);
        }
        self.set_name.as_ref().map_or(Ok(()), |set_name| vectorcall::with_one(set_name.bind(py), name).map(drop))
    }

    /// Whether code that ran as this task left something at it.
    pub fn is_marked(&self, kit: &LoopKit, py: Python<'_>) -> PyResult<bool> {
        let task = self.task.bind(py);
        Ok(references(task) != self.strong
            || kit.count_weak(task)? != self.weak
            || !task.getattr(intern!(py, "_callbacks"))?.is_none()
            || self.must_cancel(py)?)
    }

    pub fn must_cancel(&self, py: Python<'_>) -> PyResult<bool> {
        self.task.bind(py).getattr(intern!(py, "_must_cancel"))?.is_truthy()
    }
}

/// How many references to a task there are.
pub fn references(task: &Bound<'_, PyAny>) -> isize {
    // SAFETY: the object is alive, and the thread is attached.
    unsafe { pyo3::ffi::Py_REFCNT(task.as_ptr()) }
}
