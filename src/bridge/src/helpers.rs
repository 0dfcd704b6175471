//! The threads beside a sync run's own: when one is asked for, and what it does.

use crate::context;
use crate::executor;
use crate::retry;
use crate::run::{Finished, Run};
use crate::sink::lock;
use crate::standby::{self, Turn};
use pyo3::prelude::*;
use std::sync::atomic::Ordering;

/// Threads that one run asks for at most, where it sets no limit of its own.
const HELPERS: usize = 32;

impl Run {
    /// Has a thread stand by that joins if this one does not get on with the tasks.
    pub fn have_stand_by(slf: &Bound<'_, Run>, renewed: bool) {
        let run = slf.get();
        if !run.takes_helper() {
            return;
        }
        let place = standby::stand_by(slf.clone().unbind(), renewed, join);
        let old = lock(&run.work.inner).standby.replace(place);
        drop(old);
    }

    /// The superstep's tasks have all started or are given up: nobody need join any more.
    pub fn dismiss_standby(&self) {
        let place = lock(&self.work.inner).standby.take();
        if place.is_some_and(|place| place.cancel()) {
            self.work.helpers.fetch_sub(1, Ordering::SeqCst);
        }
    }

    /// Whether the caller's own thread runs tasks too. Not where it hands on chunks as they arise, has
    /// an eye on the time, or has to start the handler of an error while other tasks run.
    pub fn caller_helps(&self) -> bool {
        !self.settings.eager && self.settings.step_timeout_s.is_none() && !self.graph.get().has_handlers
    }

    /// How many tasks of this run may be under way beside the caller's own.
    fn helper_limit(&self) -> usize {
        let own = usize::from(self.caller_helps());
        self.settings.max_concurrency.map_or(HELPERS, |limit| limit.saturating_sub(own).max(1 - own))
    }

    /// Counts one more thread, where tasks wait and the limit allows it.
    fn takes_helper(&self) -> bool {
        if self.jobs.len() == 0 || self.work.helpers.load(Ordering::SeqCst) >= self.helper_limit() {
            return false;
        }
        self.work.helpers.fetch_add(1, Ordering::SeqCst);
        true
    }

    /// Asks the executor for one more thread, where it is of use.
    pub fn call_helper(slf: &Bound<'_, Run>) {
        if let Some(job) = Run::helper_to_call(slf) {
            executor::spawn(job);
        }
    }

    /// What to ask the executor for; None where one more thread would be of no use.
    pub fn helper_to_call(slf: &Bound<'_, Run>) -> Option<executor::Job> {
        if !slf.get().takes_helper() {
            return None;
        }
        let owner = slf.clone().unbind();
        Some(Box::new(move |py| help(owner.bind(py))))
    }
}

/// The turn of a thread that stood by for this run.
fn join(slf: &Bound<'_, Run>, turn: Turn) {
    match turn {
        Turn::Join => help(slf),
        Turn::Renew => {
            slf.get().work.helpers.fetch_sub(1, Ordering::SeqCst);
            Run::have_stand_by(slf, true);
        }
    }
}

/// A thread of the executor takes tasks of this run until none waits.
fn help(slf: &Bound<'_, Run>) {
    let py = slf.py();
    let run = slf.get();
    let crowded = standby::is_gil_taken();
    while let Some(task) = run.jobs.try_next() {
        if crowded {
            Run::have_stand_by(slf, true);
        } else {
            Run::call_helper(slf);
        }
        if let Some(waiting) = &lock(&run.work.inner).waiting {
            waiting.begun.store(true, Ordering::SeqCst);
        }
        let error = in_base_context(py, run, || retry::run(task.bind(py))).err();
        run.finished.put(Finished::of(py, task, error));
        let waiting = lock(&run.work.inner).waiting.take();
        if let Some(waiting) = waiting {
            if waiting.near.load(Ordering::SeqCst) {
                executor::stay_near();
            }
            executor::tell_when_idle(waiting.over.clone());
        }
    }
    run.work.helpers.fetch_sub(1, Ordering::SeqCst);
    // a task may have come in after the last look and before the count went down
    Run::call_helper(slf);
}

fn in_base_context(py: Python<'_>, run: &Run, body: impl FnOnce() -> PyResult<()>) -> PyResult<()> {
    let base = lock(&run.work.inner).context.as_ref().map(|context| context.clone_ref(py));
    match base {
        Some(base) => context::run_in(&context::copy_of(base.bind(py))?, |_| body()),
        None => body(),
    }
}
