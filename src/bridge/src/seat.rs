//! The place of a loop's current task, lent to the tasks that are stepped inline.

use crate::flight::{Carrier, Flight, Input, Leg, Load};
use crate::inline::LoopKit;
use crate::offload::{Batch, Elsewhere};
use crate::promise::Promise;
use crate::sink::lock;
use crate::spare::Spare;
use pyo3::intern;
use pyo3::prelude::*;

/// Who the loop's current task is while tasks are stepped inline.
enum Seated<'py> {
    /// The task that drives.
    Outer,
    /// A spare, or nobody; the task that drives is kept.
    Other(Option<Bound<'py, PyAny>>),
}

/// What came of stepping a flight.
pub enum Flown<'py> {
    Ended(Flight, Option<PyErr>),
    /// It waits; this is its task.
    Running(Bound<'py, PyAny>),
    Call(Flight, Box<Elsewhere>),
}

/// The place of the current task, lent to spares. To be closed before the loop's next turn.
pub struct Seat<'a, 'py> {
    kit: &'a Bound<'py, LoopKit>,
    seated: Seated<'py>,
    spare: Option<Spare>,
    /// The task that is being stepped already: it is taken first.
    stepped: Option<Spare>,
}

impl<'a, 'py> Seat<'a, 'py> {
    pub fn new(kit: &'a Bound<'py, LoopKit>, stepped: Option<Spare>) -> Self {
        Seat { kit, seated: Seated::Outer, spare: None, stepped }
    }

    /// Goes on with a flight until it has to wait.
    pub fn fly(&mut self, mut flight: Flight, input: Input<'py>) -> PyResult<Flown<'py>> {
        let py = self.kit.py();
        let Some(mut spare) = self.take_spare(&flight)? else {
            let name = flight.task.get().name.clone_ref(py);
            return match input {
                Input::Begin => self.schedule(name, Load::Ready(flight)).map(Flown::Running),
                _ => Err(pyo3::exceptions::PyRuntimeError::new_err("this loop lets no task be stepped inline")),
            };
        };
        spare.take_measure(py);
        let leg = flight.go(py, input);
        match leg {
            Ok(Leg::Waits(first)) if first.is_none() => {
                self.seat(None)?;
                spare.let_pause(self.kit.get(), py, flight).map(Flown::Running)
            }
            Ok(Leg::Waits(first)) => self.let_go(spare, Load::Handed(flight, first.unbind())).map(Flown::Running),
            Ok(Leg::Call(call)) if !spare.is_marked(self.kit.get(), py)? => {
                self.spare = Some(spare);
                Ok(Flown::Call(flight, call))
            }
            Ok(Leg::Call(call)) => {
                let batch = Batch::unwaited();
                let promise = LoopKit::hand_over(self.kit, call, &batch)?;
                batch.start(py, &self.kit.get().jobs);
                self.board(spare, flight, promise).map(Flown::Running)
            }
            Ok(Leg::Ended(error)) => self.end(spare, flight, error),
            Err(error) => self.end(spare, flight, Some(error)),
        }
    }

    fn end(&mut self, spare: Spare, flight: Flight, error: Option<PyErr>) -> PyResult<Flown<'py>> {
        let py = self.kit.py();
        if !spare.is_marked(self.kit.get(), py)? {
            self.spare = Some(spare);
            return Ok(Flown::Ended(flight, error));
        }
        // somebody keeps the task: it ends with the code that ran as it
        let cancelled = spare.must_cancel(py)?;
        let (failed, is_stepped) = (error.is_some(), spare.is_stepped());
        let outcome = error.as_ref().map(|error| error.value(py).clone().into_any().unbind());
        let task = self.let_go(spare, Load::Over(outcome))?;
        if failed && !cancelled && !is_stepped {
            task.setattr(intern!(py, "_log_traceback"), false)?;
        }
        let error = if cancelled { Some(Promise::cancellation(py)?) } else { error };
        Ok(Flown::Ended(flight, error))
    }

    /// Lets a flight wait for a call that was handed over.
    pub fn let_wait(&mut self, flight: Flight, promise: Py<Promise>) -> PyResult<Bound<'py, PyAny>> {
        match self.take_spare(&flight)? {
            Some(spare) => self.board(spare, flight, promise),
            None => Err(pyo3::exceptions::PyRuntimeError::new_err("this loop lets no task be stepped inline")),
        }
    }

    fn board(&mut self, spare: Spare, mut flight: Flight, promise: Py<Promise>) -> PyResult<Bound<'py, PyAny>> {
        flight.wait_for(promise.clone_ref(self.kit.py()));
        promise.get().begin_waiting();
        self.let_go(spare, Load::Handed(flight, promise.into_any()))
    }

    /// Makes a task that the loop starts in its next turn.
    pub fn schedule(&self, name: Py<pyo3::types::PyString>, load: Load) -> PyResult<Bound<'py, PyAny>> {
        let py = self.kit.py();
        let carrier = Bound::new(py, Carrier::new())?;
        carrier.get().take_on(load);
        self.kit.get().make_task(&carrier, name.bind(py).as_any())
    }

    fn let_go(&mut self, spare: Spare, load: Load) -> PyResult<Bound<'py, PyAny>> {
        self.seat(None)?;
        spare.let_go(self.kit.get(), self.kit.py(), load)
    }

    /// Gives the place to a task, or to nobody.
    fn seat(&mut self, task: Option<&Bound<'py, PyAny>>) -> PyResult<()> {
        let kit = self.kit.get();
        let before = kit.current.swap(kit.running_loop.bind(self.kit.py()), task)?;
        if let Seated::Outer = self.seated {
            self.seated = Seated::Other(before);
        }
        Ok(())
    }

    /// A spare for a flight, which is the current task from now on.
    fn take_spare(&mut self, flight: &Flight) -> PyResult<Option<Spare>> {
        let py = self.kit.py();
        let kit = self.kit.get();
        let name = flight.task.get().name.bind(py).as_any();
        if let Some(mut spare) = self.spare.take() {
            spare.rename(name)?;
            return Ok(Some(spare));
        }
        let kept = self.stepped.take().or_else(|| lock(&kit.spares).pop());
        let spare = match kept {
            Some(mut spare) => {
                spare.rename(name)?;
                spare
            }
            None => match kit.make_spare(name)? {
                Some(spare) => spare,
                None => return Ok(None),
            },
        };
        self.seat(Some(spare.task.bind(py)))?;
        Ok(Some(spare))
    }

    /// Gives the place back.
    pub fn close(mut self) -> PyResult<()> {
        self.give_back()
    }

    fn give_back(&mut self) -> PyResult<()> {
        let py = self.kit.py();
        let kit = self.kit.get();
        // one that is being stepped just ends
        if let Some(mut spare) = self.spare.take().filter(|spare| !spare.is_stepped()) {
            spare.hide(kit, py)?;
            lock(&kit.spares).push(spare);
        }
        match std::mem::replace(&mut self.seated, Seated::Outer) {
            Seated::Outer => Ok(()),
            Seated::Other(outer) => kit.current.restore(kit.running_loop.bind(py), outer.as_ref()),
        }
    }
}

impl Drop for Seat<'_, '_> {
    fn drop(&mut self) {
        if let Err(error) = self.give_back() {
            error.write_unraisable(self.kit.py(), None);
        }
    }
}
