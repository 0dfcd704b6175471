//! How the thread of a sync run waits for tasks on others.

use crate::affinity::Held;
use crate::executor::{self, PATIENCE, PATIENCE_IN_ALL};
use crate::lazy;
use crate::offload::Pace;
use crate::run::Run;
use crate::sink::lock;
use crate::spin::{Event, Spin};
use crate::turnstile;
use crossbeam_channel::{never, select};
use pyo3::prelude::*;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How long a wait goes on before it looks for signals.
const POLL: Duration = Duration::from_millis(50);

/// Where runs' own threads wait for tasks on others.
static TASK_OVER: Spin = Spin::new();

/// A run's own thread that waits for a task on another.
#[derive(Default)]
pub struct Waiting {
    /// Set by the thread that has ended one and let go of the GIL.
    pub over: Arc<Event>,
    /// That thread is to stay near: this one hands it a quick task.
    pub near: AtomicBool,
    /// A thread has come to the task.
    pub begun: AtomicBool,
}

impl Waiting {
    /// Has a thread come to a lone task and gives it a moment. If that was enough, the calling thread keeps to
    /// its core until it lets go of what this gives.
    fn have_quick(&self, asked: executor::Job, pace: &Pace) -> Option<Held> {
        self.near.store(true, Ordering::SeqCst);
        let held = executor::spawn_near(asked);
        executor::await_quick(&self.over, held.as_ref(), &TASK_OVER);
        // that a thread takes long to wake tells nothing of the task
        let (began, mut has_begun) = (Instant::now(), false);
        while !self.over.sleep(PATIENCE) {
            if has_begun || began.elapsed() > PATIENCE_IN_ALL {
                pace.note_slow();
                self.near.store(false, Ordering::SeqCst);
                return None;
            }
            has_begun = self.begun.load(Ordering::SeqCst);
        }
        held
    }
}

impl Run {
    /// Waits until no call made from inside a task is running.
    pub fn wait_calls(slf: &Bound<'_, Run>) -> PyResult<()> {
        let py = slf.py();
        let run = slf.get();
        while run.calls.load(Ordering::SeqCst) > 0 {
            // what ends is only counted: calls commit themselves
            if py.detach(|| run.finished.wait(POLL)) {
                drop(run.finished.take());
            }
            py.check_signals()?;
        }
        Ok(())
    }

    /// Waits for the end of a task or for a chunk, with an eye on signals and the step's deadline.
    pub fn wait(slf: &Bound<'_, Run>) -> PyResult<()> {
        let py = slf.py();
        let run = slf.get();
        let deadline = lock(&run.work.inner).deadline;
        let left = deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
        if left == Some(Duration::ZERO) {
            return Err(PyErr::from_value(lazy::support(py, "timeout_error")?.call0()?));
        }
        let patience = left.map_or(POLL, |left| left.min(POLL));
        let unused = never();
        let arrivals = run.settings.sink.as_ref().map_or(&unused, |sink| &sink.get().arrivals);
        // a thread that is asked for without the GIL need not wait for it
        let asked = if run.caller_helps() { None } else { Run::helper_to_call(slf) };
        turnstile::leave();
        let waiting = Arc::new(Waiting::default());
        let pace = {
            let mut work = lock(&run.work.inner);
            work.waiting = Some(waiting.clone());
            work.pace.take().filter(|pace| asked.is_some() && pace.is_quick())
        };
        let (any_ended, held) = py.detach(|| {
            let held = match (asked, pace) {
                (Some(asked), Some(pace)) => waiting.have_quick(asked, &pace),
                (asked, _) => {
                    asked.into_iter().for_each(executor::spawn);
                    if run.finished.len() == 0 {
                        TASK_OVER.watch(|| waiting.over.has_come());
                    }
                    None
                }
            };
            let any_ended = select! {
                recv(run.finished.arrivals()) -> _ => true,
                recv(arrivals) -> _ => false,
                default(patience) => false,
            };
            (any_ended, held)
        });
        // now that this thread has the GIL: who let go of it has woken it
        drop(held);
        if any_ended {
            if let Some(ended) = run.finished.take() {
                Run::take_in(slf, ended)?;
            }
        }
        py.check_signals()
    }

    /// Waits until the tasks that have begun have ended; those that have not are given up.
    pub fn wait_running(slf: &Bound<'_, Run>) -> PyResult<()> {
        let py = slf.py();
        let run = slf.get();
        let mut given_up = Vec::new();
        while let Some(task) = run.jobs.try_next() {
            given_up.push(task);
        }
        let running = |run: &Run, given_up: usize| {
            lock(&run.work.inner).inflight > given_up || run.calls.load(Ordering::SeqCst) > 0
        };
        while running(run, given_up.len()) {
            let any_ended = py.detach(|| run.finished.wait(POLL));
            if let Some(ended) = if any_ended { run.finished.take() } else { None } {
                if !ended.task.get().path.is_call() {
                    lock(&run.work.inner).inflight -= 1;
                    let error = ended.error.map(|error| PyErr::from_value(error.into_bound(py)));
                    run.commit(py, &ended.task, error.as_ref())?;
                }
            }
            py.check_signals()?;
        }
        Ok(())
    }
}
