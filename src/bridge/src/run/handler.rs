//! What a resumed run takes over: results of tasks that had finished, errors that were being handled.

use super::enter::writer_tuples;
use super::plan::Planner;
use super::{Machine, Run};
use crate::host::Obj;
use crate::lazy;
use crate::task::{Task, Work};
use crate::writer;
use pregel_core::write::Write;
use pregel_core::{NodeId, Reserved, Target};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::PyDict;

impl Run {
    /// Gives tasks the results that pending writes hold for them.
    pub fn reapply(&self, py: Python<'_>, machine: &mut Machine) -> PyResult<()> {
        let tasks = std::mem::take(&mut machine.tasks);
        let reapplied = self.reapply_to(py, machine, &tasks);
        machine.tasks = tasks;
        reapplied
    }

    pub fn reapply_to(&self, py: Python<'_>, machine: &mut Machine, tasks: &[Py<Task>]) -> PyResult<()> {
        if machine.pending.is_empty() {
            return Ok(());
        }
        let statuses = lazy::TASK_STATUSES.get(py)?.call1((writer_tuples(self, py, &machine.pending)?,))?;
        let statuses = statuses.cast_into::<PyDict>()?;
        for task in tasks {
            if let Some(status) = statuses.get_item(&**task.get().id())? {
                let output = status.getattr(intern!(status.py(), "output"))?;
                task.get().extend_writes(writer::parse(&self.graph.get().core, &output)?);
                if let Some(delta) = &mut machine.delta {
                    delta.note_taken_over(task.get().id());
                }
            }
        }
        Ok(())
    }

    /// Takes up error handlers that were due when the run stopped.
    pub fn resume_error_handlers(slf: &Bound<'_, Run>, machine: &mut Machine) -> PyResult<()> {
        let py = slf.py();
        let sources = machine.pending.iter().filter(|p| p.write.target.is(Reserved::ErrorSourceNode));
        let failed: Vec<_> = sources.map(|p| p.task_id.clone()).collect();
        for task_id in failed {
            let error = machine
                .pending
                .iter()
                .find(|p| p.task_id == task_id && p.write.target.is(Reserved::Error))
                .map(|p| p.write.value.clone_ref(py));
            let task = machine.tasks.iter().find(|t| *t.get().id() == task_id).map(|t| t.clone_ref(py));
            let (Some(error), Some(task)) = (error, task) else { continue };
            let Some(handler) = slf.get().handler_of(task.get()) else { continue };
            task.get().extend_writes(vec![Write::new(Target::Reserved(Reserved::Error), error.clone_ref(py))]);
            let made = Planner::new(slf, machine).handler(task.bind(py), handler, error.bind(py))?;
            machine.tasks.extend(made);
        }
        Ok(())
    }

    fn handler_of(&self, task: &Task) -> Option<NodeId> {
        match &task.work {
            Work::Node(id) => self.graph.get().nodes[id.index()].error_handler,
            Work::Call(_) => None,
        }
    }

    /// Adds the task that handles `error` of `failed` to the superstep.
    pub fn schedule_handler(slf: &Bound<'_, Run>, failed: &Py<Task>, error: &Obj) -> PyResult<Option<Py<Task>>> {
        let py = slf.py();
        let run = slf.get();
        let Some(handler) = run.handler_of(failed.get()) else { return Ok(None) };
        run.wait_durable(py)?;
        let mut held = run.slot.take(py)?;
        let machine = &mut *held;
        let made = Planner::new(slf, machine).handler(failed.bind(py), handler, error.bind(py))?;
        let Some(task) = made else { return Ok(None) };
        machine.tasks.push(task.clone_ref(py));
        if !machine.replaying {
            run.reapply_to(py, machine, std::slice::from_ref(&task))?;
        }
        Ok(Some(task))
    }

    /// The failure is stored before its handler starts.
    fn wait_durable(&self, py: Python<'_>) -> PyResult<()> {
        match self.settings.mode {
            crate::attempt::Mode::Sync => self.wait_lane(py),
            crate::attempt::Mode::Async => Ok(()),
        }
    }
}
