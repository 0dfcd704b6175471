//! How the end of a task comes in whose code took turns of the loop of its own.
//!
//! A driver that only waits for it is not woken: the run goes on from where the code ended, in the very
//! turn of the loop, and wakes its driver when there is something to do for it. Where an error or a
//! cancellation may still change how the `asyncio.Task` ends, that is waited for.

use super::asyncio::Flights;
use super::stop::Stop;
use super::{Finished, Run};
use crate::context;
use crate::flight::Carrier;
use crate::gc::{trace_fields, Trace, Traced};
use crate::host::Obj;
use crate::inline::LoopKit;
use crate::promise::Promise;
use crate::sink::lock;
use crate::spare::Spare;
use crate::task::Task;
use pyo3::prelude::*;
use std::sync::Mutex;

/// In whose place a run goes on that does not wake its driver.
pub struct Driving {
    /// The driver's `asyncio.Task`, or nobody.
    task: Option<Obj>,
    /// A copy of its context.
    context: Obj,
}

trace_fields!(Driving: task, context);

/// Called when the `asyncio.Task` of a task is done.
#[pyclass(frozen, module = "langgraph_rust._engine")]
pub struct Landing {
    run: Py<Run>,
    /// Let go of at the call: the run may go on for long inside it.
    task: Mutex<Option<Py<Task>>>,
}

trace_fields!(Landing: run, task);

#[pymethods]
impl Landing {
    fn __call__(&self, running: Bound<'_, PyAny>) -> PyResult<()> {
        let py = running.py();
        let error = if running.call_method0(pyo3::intern!(py, "cancelled"))?.is_truthy()? {
            Some(Promise::cancellation(py)?)
        } else {
            let error = running.call_method0(pyo3::intern!(py, "exception"))?;
            (!error.is_none()).then(|| PyErr::from_value(error))
        };
        let run = self.run.get();
        run.forget_running(&running);
        let task = lock(&self.task).take();
        if task.is_some_and(|task| run.land(Finished::of(py, task, error))) {
            run.ring(py, true)?;
        }
        Ok(())
    }

    fn __traverse__(&self, visit: pyo3::PyVisit<'_>) -> Traced {
        self.trace(&visit)
    }
}

impl Run {
    /// Takes in that the code of a task has ended, or came to `error`, as the asyncio.Task `running`, which
    /// is still being stepped.
    pub fn touch_down(
        slf: &Bound<'_, Run>,
        kit: &Bound<'_, LoopKit>,
        carrier: &Bound<'_, Carrier>,
        task: Py<Task>,
        error: Option<&PyErr>,
    ) -> PyResult<()> {
        let py = slf.py();
        let run = slf.get();
        let Some(running) = kit.get().current_task(py)? else { return Ok(()) };
        let is_settled = error.is_none() && !running.getattr(pyo3::intern!(py, "_must_cancel"))?.is_truthy()?;
        let Some(driving) = run.driving(py).filter(|_| is_settled) else {
            let landing = Landing { run: slf.clone().unbind(), task: Mutex::new(Some(task)) };
            running.call_method1(pyo3::intern!(py, "add_done_callback"), (landing,))?;
            return Ok(());
        };
        let stepped = Spare::stepped(kit.get(), &running, carrier.clone().unbind())?;
        run.forget_running(&running);
        if !run.land(Finished::of(py, task, None)) {
            return Ok(());
        }
        // an ended run has let go of it
        let bell = lock(&run.flights).bell.as_ref().map(|bell| bell.clone_ref(py));
        let driver = driving.task.as_ref().map(|task| task.bind(py));
        let went = context::run_in(driving.context.bind(py), |_| {
            kit.get().in_place_of(&running, driver, || Run::go_on(slf, kit, stepped))
        });
        let due = match went {
            Ok(Stop::Waits(..)) => return Ok(()),
            Ok(Stop::Over) if run.ends_alone() => match Run::end_alone(slf) {
                Ok(()) => None,
                Err(error) => Some(Stop::failed(py, error)),
            },
            Ok(stop) => Some(stop),
            Err(error) => Some(Stop::failed(py, error)),
        };
        lock(&run.flights).due = due;
        bell.map_or(Ok(()), |bell| Promise::settle(bell.bind(py), Ok(py.None())))
    }

    /// Keeps the end of a task for the driver; true if it is to be woken for it.
    pub(super) fn land(&self, ended: Finished) -> bool {
        let failed = ended.error.is_some();
        let last = {
            let mut flights = lock(&self.flights);
            flights.ended.push_back(ended);
            flights.running.is_empty()
        };
        // others may wait for what it wrote: a saver, a cache, a stream
        let settings = &self.settings;
        failed || last || settings.sink.is_some() || settings.checkpointer.is_some() || settings.cache.is_some()
    }

    /// Wakes the driver; `now` from a callback of the loop, outside of any task.
    pub fn ring(&self, py: Python<'_>, now: bool) -> PyResult<()> {
        let Some(bell) = lock(&self.flights).bell.as_ref().map(|bell| bell.clone_ref(py)) else { return Ok(()) };
        let bell = bell.bind(py);
        if now {
            Promise::settle_now(bell, Ok(py.None()))
        } else {
            Promise::settle(bell, Ok(py.None()))
        }
    }

    fn forget_running(&self, running: &Bound<'_, PyAny>) {
        let gone = {
            let mut flights = lock(&self.flights);
            let place = flights.running.iter().position(|other| other.is(running));
            place.map(|place| flights.running.swap_remove(place))
        };
        drop(gone);
    }

    /// Keeps in whose place the run may go on while its driver waits.
    pub fn note_driving(&self, py: Python<'_>, kit: &Bound<'_, LoopKit>) -> PyResult<()> {
        let driving = Driving {
            task: kit.get().current_task(py)?.map(Bound::unbind),
            context: context::copy_current(py)?.unbind(),
        };
        let old = lock(&self.flights).driving.replace(driving);
        drop(old);
        Ok(())
    }

    /// In whose place the run may go on; nothing where its driver does more than wait for a task, or is
    /// woken already.
    fn driving(&self, py: Python<'_>) -> Option<Driving> {
        let flights = lock(&self.flights);
        let Flights { bell, driving, is_light: true, due: None, .. } = &*flights else { return None };
        let waits = bell.as_ref().is_some_and(|bell| bell.get().is_awaited());
        if !waits || self.settings.eager || self.settings.step_timeout_s.is_some() {
            return None;
        }
        driving.as_ref().map(|driving| Driving {
            task: driving.task.as_ref().map(|task| task.clone_ref(py)),
            context: driving.context.clone_ref(py),
        })
    }
}
