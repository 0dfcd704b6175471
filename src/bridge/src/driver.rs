//! The sync driver: performs what the engine asks for, on the caller's thread and the executor.
//!
//! | phase  | does                                                         | then            |
//! |--------|--------------------------------------------------------------|-----------------|
//! | Enter  | loads the checkpoint, begins                                 | Plan            |
//! | Plan   | plans a superstep; goes on at once if there is no stream     | Start, Done     |
//! | Start  | begins the tasks; a lone one runs here, inline               | Run, Apply      |
//! | Run    | runs and awaits the superstep's tasks                        | Apply           |
//! | Apply  | the barrier                                                  | Plan            |
//!
//! An error in any phase closes the run. `step` moves one phase on, so that a stream can hand on
//! chunks in between; while tasks run it also returns whenever a chunk has arrived.

use crate::attempt::Mode;
use crate::context;
use crate::gc::{self, trace_fields};
use crate::host::Obj;
use crate::keys;
use crate::lazy;
use crate::node::NodePlan;
use crate::offload::Pace;
use crate::retry;
use crate::run::plan::release;
use crate::run::{Collect, Durability, Finished, Run};
use crate::sink::lock;
use crate::standby::Place;
use crate::task::Task;
use crate::turn;
use crate::turnstile;
use crate::waiting::Waiting;
use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub enum Phase {
    #[default]
    Enter,
    Plan,
    /// The tasks of the superstep are to be started.
    Start,
    Run,
    Apply,
    Done,
}

/// The work of a superstep's tasks.
#[derive(Default)]
pub struct Work {
    pub inner: Mutex<WorkInner>,
    pub helpers: AtomicUsize,
}

#[derive(Default)]
pub struct WorkInner {
    pub phase: Phase,
    /// Tasks handed out whose end has not come in.
    pub inflight: usize,
    pub deadline: Option<Instant>,
    /// The context in which the superstep's tasks run.
    pub context: Option<Obj>,
    failure: Option<Obj>,
    interrupts: Vec<Obj>,
    pub stopping: bool,
    /// What the ended run raises, once its last chunks have gone out.
    ending: Option<Obj>,
    /// The thread that joins if the run's own does not get on.
    pub standby: Option<Arc<Place>>,
    /// Whether functions like that of a lone task, which is handed out, were quick.
    pub pace: Option<Arc<Pace>>,
    /// How the run's own thread waits.
    pub waiting: Option<Arc<Waiting>>,
}

trace_fields!(Work: inner);
trace_fields!(WorkInner: context, failure, interrupts, ending);

impl WorkInner {
    /// Whether a task has ended for which the run ends.
    pub fn has_failed(&self) -> bool {
        self.failure.is_some() || !self.interrupts.is_empty()
    }
}

impl Work {
    /// Lets go of what a run that nobody holds kept for its end.
    pub fn clear(&self) {
        gc::clear(&self.inner);
    }
}

impl Run {
    pub fn phase(&self) -> Phase {
        lock(&self.work.inner).phase
    }

    pub fn set_phase(&self, phase: Phase) {
        lock(&self.work.inner).phase = phase;
    }

    /// Moves the run on; false when it has ended.
    fn step(slf: &Bound<'_, Run>) -> PyResult<bool> {
        let moved = match slf.get().phase() {
            Phase::Enter => Run::enter(slf),
            Phase::Plan => Run::plan(slf),
            Phase::Start => Run::start(slf),
            Phase::Run => Run::work_on(slf),
            Phase::Apply => Run::apply(slf),
            Phase::Done => {
                let ending = lock(&slf.get().work.inner).ending.take();
                return ending.map_or(Ok(false), |error| Err(PyErr::from_value(error.into_bound(slf.py()))));
            }
        };
        if let Err(error) = moved {
            if let Err(shown) = Run::close(slf, Some(error)) {
                lock(&slf.get().work.inner).ending = Some(shown.into_value(slf.py()).into_any());
            }
        }
        Ok(true)
    }

    fn step_to_end(slf: &Bound<'_, Run>) -> PyResult<()> {
        while Run::step(slf)? {}
        Ok(())
    }

    fn enter(slf: &Bound<'_, Run>) -> PyResult<()> {
        let py = slf.py();
        let run = slf.get();
        if run.settings.checkpointer.is_none() || run.is_unmade() {
            Run::begin(slf, None, false, true, None)?;
        } else {
            let loaded = lazy::support(py, "load")?.call1((slf, run.settings.checkpointer.as_ref()))?;
            let (saved, superseded, latest, channels): (Bound<'_, PyAny>, bool, bool, Option<Bound<'_, PyDict>>) =
                loaded.extract()?;
            let saved = (!saved.is_none()).then_some(saved);
            Run::begin(slf, saved, superseded, latest, channels)?;
        }
        Ok(())
    }

    fn plan(slf: &Bound<'_, Run>) -> PyResult<()> {
        let py = slf.py();
        let run = slf.get();
        // other threads get their turn between the supersteps of a root run; a nested run is part of a
        // superstep, beside whose tasks each release could cost it a switch interval
        if !run.settings.nested {
            turn::offer(py, run.settings.sink.is_none());
        }
        if !Run::tick_as_replaced(slf)? {
            return Run::close(slf, None);
        }
        if run.settings.cache.is_some() {
            let tasks =
                run.slot.look(py, |machine| machine.tasks.iter().map(|t| t.clone_ref(py)).collect::<Vec<_>>())?;
            Run::match_cached(slf, &tasks)?;
        }
        if run.settings.sink.is_some() {
            run.set_phase(Phase::Start);
            return Ok(());
        }
        Run::start(slf)
    }

    fn start(slf: &Bound<'_, Run>) -> PyResult<()> {
        let py = slf.py();
        let run = slf.get();
        if let Some(task) = run.lone_task(py)? {
            return Run::run_alone(slf, task);
        }
        let mut tasks = run.open(py)?;
        if tasks.is_empty() {
            run.set_phase(Phase::Apply);
            return Ok(());
        }
        if run.is_alone(&tasks) {
            let task = tasks.remove(0);
            return Run::run_alone(slf, task);
        }
        Run::hand_out(slf, tasks)
    }

    /// A lone task runs on the caller's own thread.
    fn run_alone(slf: &Bound<'_, Run>, task: Py<Task>) -> PyResult<()> {
        let py = slf.py();
        let run = slf.get();
        let planned = run.count_tasks(py)?;
        let mut next = Some(task);
        while let Some(task) = next.take() {
            let error = retry::run(task.bind(py)).err();
            if error.is_some() {
                Run::wait_calls(slf)?;
            }
            let handled = run.commit(py, &task, error.as_ref())?;
            match error {
                Some(error) if handled => {
                    next = Run::schedule_handler(slf, &task, &error.value(py).clone().into_any().unbind())?;
                    Run::match_cached(slf, next.as_slice())?;
                    next = next.filter(|task| !task.get().has_writes());
                }
                Some(error) if run.settings.sink.is_some() && !ends_all(py, &error) => {
                    // its last chunks go out before the run is closed
                    let mut work = lock(&run.work.inner);
                    work.failure = Some(error.into_value(py).into_any());
                    work.phase = Phase::Run;
                    return Ok(());
                }
                Some(error) => return Err(error),
                None => {}
            }
        }
        Run::wait_calls(slf)?;
        run.set_phase(if run.count_tasks(py)? > planned { Phase::Run } else { Phase::Apply });
        Ok(())
    }

    fn hand_out(slf: &Bound<'_, Run>, tasks: Vec<Py<Task>>) -> PyResult<()> {
        let py = slf.py();
        let run = slf.get();
        let context = context::copy_current(py)?.unbind();
        let pace = match &tasks[..] {
            [task] if !run.caller_helps() => task.get().node(run).and_then(NodePlan::pace).cloned(),
            _ => None,
        };
        let old = {
            let mut work = lock(&run.work.inner);
            work.phase = Phase::Run;
            work.pace = pace;
            work.inflight = tasks.len();
            work.stopping = false;
            work.deadline = run.settings.step_timeout_s.map(|s| Instant::now() + Duration::from_secs_f64(s));
            work.context.replace(context)
        };
        drop(old);
        for task in tasks {
            run.jobs.put(task);
        }
        if run.caller_helps() {
            Run::have_stand_by(slf, false);
        } else if run.is_heard() {
            Run::call_helper(slf);
        }
        // else the wait asks for one, which comes next
        Ok(())
    }

    /// Runs or awaits tasks until one has ended or a chunk has come.
    fn work_on(slf: &Bound<'_, Run>) -> PyResult<()> {
        let py = slf.py();
        let run = slf.get();
        let mut any_ended = false;
        while let Some(ended) = run.finished.try_next() {
            Run::take_in(slf, ended)?;
            any_ended = true;
        }
        if any_ended && run.is_heard() {
            // what it caused goes out before the barrier, whether or not its end was waited for
            return Ok(());
        }
        let (inflight, stopping) = {
            let work = lock(&run.work.inner);
            (work.inflight, work.stopping)
        };
        if stopping || (inflight == 0 && run.calls.load(Ordering::SeqCst) == 0) {
            return Run::settle_work(slf);
        }
        if run.caller_helps() && run.settings.max_concurrency != Some(0) {
            if let Some(task) = run.jobs.try_next() {
                let error = retry::run(task.bind(py)).err();
                if let Some(error) = error.as_ref().filter(|error| ends_all(py, error)) {
                    lock(&run.work.inner).inflight -= 1;
                    return Err(error.clone_ref(py));
                }
                // what ended elsewhere meanwhile comes first
                while let Some(ended) = run.finished.try_next() {
                    Run::take_in(slf, ended)?;
                }
                return Run::take_in(slf, Finished::of(py, task, error));
            }
        }
        Run::wait(slf)
    }

    /// Takes in the end of a task; calls have committed themselves and only wake the driver.
    pub fn take_in(slf: &Bound<'_, Run>, ended: Finished) -> PyResult<()> {
        let py = slf.py();
        let run = slf.get();
        if ended.task.get().path.is_call() {
            return Ok(());
        }
        let Some(error) = run.take_end(py, &ended)? else { return Ok(()) };
        let handler = Run::schedule_handler(slf, &ended.task, &error)?;
        Run::match_cached(slf, handler.as_slice())?;
        if let Some(handler) = handler.filter(|task| !task.get().has_writes()) {
            lock(&run.work.inner).inflight += 1;
            run.jobs.put(handler);
            Run::call_helper(slf);
        }
        Ok(())
    }

    /// Commits the end of a task and keeps its error for the end of the superstep; gives the error where a
    /// handler is to take care of it instead.
    pub fn take_end(&self, py: Python<'_>, ended: &Finished) -> PyResult<Option<Obj>> {
        let error = ended.error.as_ref().map(|error| PyErr::from_value(error.bind(py).clone()));
        let handled = self.commit(py, &ended.task, error.as_ref())?;
        lock(&self.work.inner).inflight -= 1;
        let Some(error) = error else { return Ok(None) };
        if handled {
            return Ok(Some(error.into_value(py).into_any()));
        }
        if retry::is_cancellation(py, &error)? {
            return Ok(None);
        }
        let interrupts = error.is_instance(py, lazy::GRAPH_INTERRUPT.get(py)?);
        let stops = !error.is_instance(py, lazy::GRAPH_BUBBLE_UP.get(py)?)
            && !lazy::IS_INVALID_RESUME.get(py)?.call1((error.value(py),))?.is_truthy()?;
        let error = error.into_value(py).into_any();
        let mut work = lock(&self.work.inner);
        if interrupts {
            work.interrupts.push(error);
        } else if work.failure.is_none() {
            work.failure = Some(error);
        }
        work.stopping |= stops;
        Ok(None)
    }

    /// Every task has ended, or one has failed for all.
    pub fn settle_work(slf: &Bound<'_, Run>) -> PyResult<()> {
        let py = slf.py();
        slf.get().dismiss_standby();
        let (failure, interrupts) = {
            let mut work = lock(&slf.get().work.inner);
            (work.failure.take(), std::mem::take(&mut work.interrupts))
        };
        if let Some(failure) = failure {
            return Err(PyErr::from_value(failure.into_bound(py)));
        }
        if !interrupts.is_empty() {
            let interrupts = interrupts.into_iter().map(|error| PyErr::from_value(error.into_bound(py))).collect();
            return Err(merge_interrupts(py, interrupts)?);
        }
        slf.get().set_phase(Phase::Apply);
        Ok(())
    }

    fn apply(slf: &Bound<'_, Run>) -> PyResult<()> {
        let run = slf.get();
        Run::finish_as_replaced(slf)?;
        match run.settings.durability {
            Durability::Sync => run.wait_persisted(slf.py())?,
            Durability::Async => run.wait_room(slf.py())?,
            Durability::Exit => {}
        }
        run.set_phase(Phase::Plan);
        Ok(())
    }

    /// Ends the run: tasks that did not start are given up, those that run are waited for.
    fn close(slf: &Bound<'_, Run>, error: Option<PyErr>) -> PyResult<()> {
        let py = slf.py();
        let run = slf.get();
        run.set_phase(Phase::Done);
        run.dismiss_standby();
        if error.as_ref().is_some_and(|error| !ends_all(py, error)) {
            // what else they cause comes after the failure, and nobody is shown it
            let deafen = |deaf| run.settings.sink.iter().for_each(|sink| sink.get().deafen(deaf));
            deafen(true);
            let waited = Run::wait_running(slf);
            deafen(false);
            waited?;
        }
        let shown = Run::exit(slf, error)?;
        let persisted = run.wait_persisted(py);
        let tasks = std::mem::take(&mut run.slot.take(py)?.tasks);
        release(tasks);
        match shown {
            Some(error) => Err(error),
            None => persisted,
        }
    }
}

/// Whether the error is no failure of a task but ends the whole program. Nothing is then waited for.
fn ends_all(py: Python<'_>, error: &PyErr) -> bool {
    use pyo3::exceptions::{PyKeyboardInterrupt, PySystemExit};
    error.is_instance_of::<PyKeyboardInterrupt>(py) || error.is_instance_of::<PySystemExit>(py)
}

/// One `GraphInterrupt` with the interrupts of all.
pub fn merge_interrupts(py: Python<'_>, errors: Vec<PyErr>) -> PyResult<PyErr> {
    let mut all = Vec::new();
    for error in errors {
        let args = error.value(py).getattr("args")?;
        if args.len()? > 0 {
            for interrupt in args.get_item(0)?.try_iter()? {
                all.push(interrupt?);
            }
        }
    }
    Ok(PyErr::from_value(lazy::GRAPH_INTERRUPT.get(py)?.call1((PyTuple::new(py, all)?,))?))
}

#[pymethods]
impl Run {
    /// Runs to the end; gives the last values, with the interrupts among them where it paused.
    pub fn invoke(slf: &Bound<'_, Self>) -> PyResult<Obj> {
        let py = slf.py();
        let run = slf.get();
        if run.settings.mode != Mode::Sync || run.settings.collect != Collect::Latest {
            return Err(PyRuntimeError::new_err("this run was made for another driver"));
        }
        let ended = Run::step_to_end(slf);
        if !run.settings.nested {
            turnstile::leave();
        }
        ended?;
        run.raise_status(py)?;
        run.result(py)
    }

    /// The last values as `invoke` gives them.
    pub fn result(&self, py: Python<'_>) -> PyResult<Obj> {
        let latest = self.latest(py)?;
        let interrupts = lock(&self.interrupts).clone();
        if interrupts.is_empty() {
            return Ok(latest.unwrap_or_else(|| py.None()));
        }
        let out = match latest.as_ref().map(|latest| latest.bind(py).cast::<PyDict>()) {
            Some(Ok(values)) => values.copy()?,
            _ => PyDict::new(py),
        };
        out.set_item(keys::interrupt(py), interrupts)?;
        Ok(out.into_any().unbind())
    }

    /// The next chunk as the caller is to get it; `MISSING` when the run has ended.
    fn next_chunk(slf: &Bound<'_, Self>) -> PyResult<Obj> {
        let py = slf.py();
        let run = slf.get();
        loop {
            if let Some(sink) = run.settings.sink.as_ref().filter(|_| run.hands_on()) {
                if let Some(chunk) = sink.get().next(py)? {
                    return Ok(chunk);
                }
            }
            if !Run::step(slf)? {
                return Ok(lazy::MISSING.get(py)?.clone().unbind());
            }
        }
    }

    /// Ends a run whose stream was closed or failed outside; gives the error back unless it is settled.
    fn abort<'py>(slf: &Bound<'py, Self>, error: Bound<'py, PyAny>) -> PyResult<()> {
        if slf.get().phase() == Phase::Done {
            return Ok(());
        }
        // the error is the caller's own: it goes on raising it
        match Run::close(slf, Some(PyErr::from_value(error))) {
            Ok(()) => Ok(()),
            Err(_) => Ok(()),
        }
    }
}
