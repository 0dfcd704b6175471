//! When the chunks of a stream go out.
//!
//! A reader may look at the run between two chunks: at the thread's state, or at messages that got
//! their ids since. So chunks go out at the points where LangGraph's do: when a superstep is planned
//! and not begun, when a task has ended beside others, and when the run is over. What a lone task
//! causes goes out after the barrier, with the next plan.

use super::Run;
use crate::driver::Phase;
use crate::sink::lock;
use crate::task::Task;
use pyo3::prelude::*;

impl Run {
    /// Whether chunks may go out now.
    pub fn hands_on(&self) -> bool {
        matches!(self.phase(), Phase::Start | Phase::Run | Phase::Done)
    }

    /// Whether these tasks of a superstep are one that nothing runs beside, and that no chunks go out of
    /// while it runs.
    pub fn is_alone(&self, tasks: &[Py<Task>]) -> bool {
        let [task] = tasks else { return false };
        let is_silent = || task.get().node(self).is_some_and(|node| node.is_silent);
        (!self.settings.eager || is_silent()) && self.settings.step_timeout_s.is_none()
    }

    /// How many tasks the superstep has; 0 where there is no stream that it matters to.
    pub fn count_tasks(&self, py: Python<'_>) -> PyResult<usize> {
        match self.settings.sink {
            Some(_) => self.slot.look(py, |machine| machine.tasks.len()),
            None => Ok(0),
        }
    }

    /// Whether there are chunks.
    pub fn is_heard(&self) -> bool {
        self.settings.sink.as_ref().is_some_and(|sink| sink.get().waiting())
    }

    /// Whether an asyncio run has chunks that go out while its superstep runs: those of a lone task do not,
    /// unless it failed, or tasks came to it.
    pub fn is_heard_in_step(&self, py: Python<'_>) -> PyResult<bool> {
        if !self.is_heard() {
            return Ok(false);
        }
        let Some(planned) = lock(&self.flights).alone else { return Ok(true) };
        let (ended, failed) = {
            let work = lock(&self.work.inner);
            (work.inflight == 0, work.has_failed())
        };
        Ok(ended && (failed || self.count_tasks(py)? > planned))
    }
}
