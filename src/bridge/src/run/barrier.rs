//! The end of a superstep: all writes are applied, kept and shown.

use super::checkpoint::Source;
use super::delta::MachineView;
use super::{advance, Run};
use crate::host::Obj;
use crate::lazy;
use crate::task::{Task, Work};
use pregel_core::apply::{apply_writes, TaskWrites};
use pregel_core::write::Write;
use pregel_core::{Path, Status, Superstep};
use pyo3::prelude::*;
use smallvec::SmallVec;

impl Run {
    /// What a task leaves at the barrier; `writes` are those of the task.
    pub fn at_barrier(&self, task: &Task, writes: Vec<Write<Obj>>) -> TaskWrites<Obj> {
        let node = match &task.work {
            Work::Node(id) => Some(*id),
            Work::Call(_) => None,
        };
        // a task made by a send has none of its own
        let pulled = node.filter(|_| matches!(task.path, Path::Pull(_)));
        TaskWrites {
            path: task.path.clone(),
            name: task.name_text.clone(),
            node,
            triggers: pulled.map(|id| self.graph.get().core.node(id).triggers.clone()),
            steps: true,
            writes,
        }
    }

    /// Applies the superstep's writes. Raises `GraphInterrupt` where the run pauses after a node.
    pub fn finish(slf: &Bound<'_, Run>) -> PyResult<()> {
        let py = slf.py();
        let run = slf.get();
        let mut held = run.slot.take(py)?;
        let machine = &mut *held;
        advance(machine, Superstep::Applied)?;
        // where nobody is to see them later, they need no copies
        let writes_of = if run.keeps_writes { Task::copy_writes } else { Task::take_writes };
        let at_barrier = |task: &Py<Task>| run.at_barrier(task.get(), writes_of(task.get()));
        let mut tasks: SmallVec<[TaskWrites<Obj>; 1]> = machine.tasks.iter().map(at_barrier).collect();
        let wrote_output = tasks.iter().flat_map(|t| &t.writes).any(|w| run.output.shows(&w.target));
        if let Some(delta) = &mut machine.delta {
            delta.force_overwritten(py, run.graph.get(), tasks.iter().flat_map(|t| &t.writes))?;
            delta.force_abandoned();
        }
        let mut host = run.host(py);
        let updated = apply_writes(&run.graph.get().core, &mut machine.state, &mut tasks, true, &mut host);
        let updated = updated.map_err(PyErr::from)?;
        let shows = wrote_output && updated.iter().any(|channel| run.output.contains(*channel));
        if shows {
            run.emit_values(py, machine, Some(&updated))?;
        }
        machine.updated = Some(updated);
        if let Some(delta) = &mut machine.delta {
            let view = MachineView { step: machine.step, pending: &machine.pending, tasks: &machine.tasks };
            delta.keep_superstep(run.graph.get(), &view);
        }
        let done = std::mem::take(&mut machine.pending);
        drop(done);
        machine.replaying = false;
        run.put_checkpoint(py, machine, Source::Loop)?;
        if let Some(nodes) = &run.settings.interrupt_after {
            if run.is_interrupted(py, machine, nodes)? {
                machine.status = Status::InterruptAfter;
                Run::plan_tasks(slf, machine)?;
                return Err(PyErr::from_value(lazy::GRAPH_INTERRUPT.get(py)?.call0()?));
            }
        }
        run.forget_resuming(py, machine)
    }
}
