//! The end of a run, by itself, by an interrupt or by an error.

use super::checkpoint::Source;
use super::persist::Op;
use super::{Durability, Machine, Run};
use crate::config::patched;
use crate::driver::Phase;
use crate::error::{coded, plain};
use crate::keys;
use crate::lazy;
use crate::writer;
use pregel_core::apply::apply_writes;
use pregel_core::write::Write;
use pregel_core::Status;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString, PyTuple};
use std::sync::Arc;

impl Run {
    /// Ends the run; gives back the error that the caller is to see. An interrupt ends a root run well.
    pub fn exit(slf: &Bound<'_, Run>, error: Option<PyErr>) -> PyResult<Option<PyErr>> {
        let py = slf.py();
        let run = slf.get();
        run.set_phase(Phase::Done);
        let mut held = run.slot.take(py)?;
        let machine = &mut *held;
        // may come from any state; only a run that ended before is left as it is
        let _ = run.stop(machine);
        run.keep_last(py, machine, error.is_some())?;
        let Some(error) = error else {
            run.settle_output(py, machine)?;
            return Ok(None);
        };
        if run.settings.nested || !error.is_instance(py, lazy::GRAPH_INTERRUPT.get(py)?) {
            return Ok(Some(error));
        }
        run.close_interrupted(py, machine, &error)?;
        run.settle_output(py, machine)?;
        Ok(None)
    }

    fn settle_output(&self, py: Python<'_>, machine: &mut Machine) -> PyResult<()> {
        // whoever wants only the latest values has them already
        if self.settings.manager.is_some() || self.settings.collect == super::Collect::Chunks {
            let output = self.output.read(&machine.state, &mut self.host(py))?;
            machine.output = Some(output.unbind());
        }
        Ok(())
    }

    /// With durability "exit" everything is stored now: the last state and what is pending on it.
    fn keep_last(&self, py: Python<'_>, machine: &mut Machine, failed: bool) -> PyResult<()> {
        if self.settings.durability != Durability::Exit || self.settings.checkpointer.is_none() {
            return Ok(());
        }
        let namespace = self.namespace.bind(py);
        let mut parts = namespace.iter();
        let stateful = parts.all(|part| part.extract::<String>().is_ok_and(|part| !part.contains(':')));
        if self.settings.nested && !failed && !stateful {
            return Ok(());
        }
        self.put_late_writes(py, machine)?;
        self.put_checkpoint(py, machine, Source::Exit)?;
        self.put_pending(py, machine)
    }

    fn put_pending(&self, py: Python<'_>, machine: &mut Machine) -> PyResult<()> {
        self.settle_address(py, machine)?;
        let namespace = self.checkpoint_namespace(py)?;
        let id = PyString::new(py, machine.checkpoint_id.text()).into_any();
        let own = machine.checkpoint_config.bind(py);
        let config = patched(own, &[(keys::checkpoint_ns(py), namespace), (keys::checkpoint_id(py), id)])?.unbind();
        let mut groups: Vec<(Arc<str>, Vec<Write<_>>)> = Vec::new();
        for pending in machine.pending.iter() {
            if !machine.written.contains(&pending.task_id) {
                continue;
            }
            match groups.iter_mut().find(|(id, _)| *id == pending.task_id) {
                Some((_, writes)) => writes.push(pending.write.clone()),
                None => groups.push((pending.task_id.clone(), vec![pending.write.clone()])),
            }
        }
        for (task_id, writes) in groups {
            let task = machine.tasks.iter().find(|task| *task.get().id() == task_id);
            let op = Op::PutWrites {
                config: config.clone_ref(py),
                writes: writer::to_python(py, &self.graph.get().core, &writes)?.unbind(),
                path: task.map_or_else(String::new, |task| task.get().path.sort_key()),
                task_id,
                binds: false,
            };
            self.persist(py, machine, op)?;
        }
        Ok(())
    }

    /// Shows the state with what the interrupted superstep wrote so far.
    fn close_interrupted(&self, py: Python<'_>, machine: &mut Machine, error: &PyErr) -> PyResult<()> {
        let args = error.value(py).getattr("args")?;
        let payload = if args.len()? > 0 { Some(args.get_item(0)?) } else { None };
        let interrupts = match &payload {
            Some(payload) => PyTuple::new(py, payload.try_iter()?.collect::<PyResult<Vec<_>>>()?)?,
            None => PyTuple::empty(py),
        };
        self.push_lifecycle(py, machine, "interrupt", Some(&interrupts))?;
        let any_committed = !machine.pending.is_empty() || machine.tasks.iter().any(|task| task.get().is_committed());
        let any_written = machine.tasks.iter().any(|task| task.get().has_writes());
        if machine.planned && any_committed && any_written {
            let mut tasks: Vec<_> =
                machine.tasks.iter().map(|task| self.at_barrier(task.get(), task.get().copy_writes())).collect();
            let wrote_output = tasks.iter().flat_map(|t| &t.writes).any(|w| self.output.shows(&w.target));
            let mut host = self.host(py);
            let updated = apply_writes(&self.graph.get().core, &mut machine.state, &mut tasks, true, &mut host);
            let updated = updated.map_err(PyErr::from)?;
            if wrote_output && updated.iter().any(|channel| self.output.contains(*channel)) {
                self.emit_values(py, machine, Some(&updated))?;
            }
        }
        if interrupts.is_empty() {
            self.show_interrupts(py, &interrupts)?;
        }
        Ok(())
    }
}

#[pymethods]
impl Run {
    /// Raises where the run ended for lack of steps or because it was asked to drain.
    pub fn raise_status(&self, py: Python<'_>) -> PyResult<()> {
        let status = self.slot.look(py, |machine| machine.status)?;
        match status {
            Status::OutOfSteps => {
                let limit = self.settings.recursion_limit;
                let text = format!(
                    "Recursion limit of {limit} reached without hitting a stop condition. You can increase the limit by setting the `recursion_limit` config key."
                );
                Err(coded(py, &lazy::RECURSION_ERROR, &text, "GRAPH_RECURSION_LIMIT")?)
            }
            Status::Draining => {
                let reason = self.settings.control.drain_reason(py)?;
                let reason = if reason.is_truthy()? { reason.str()?.to_string() } else { "shutdown".to_owned() };
                Err(plain(py, &lazy::GRAPH_DRAINED, &reason)?)
            }
            _ => Ok(()),
        }
    }

    /// Ends the run with `error` (None: well). Gives the error back where the caller is to see it.
    #[pyo3(name = "exit", signature = (error=None))]
    fn exit_py<'py>(slf: &Bound<'py, Run>, error: Option<Bound<'py, PyAny>>) -> PyResult<Option<Bound<'py, PyAny>>> {
        let error = error.map(PyErr::from_value);
        Ok(Run::exit(slf, error)?.map(|error| error.value(slf.py()).clone().into_any()))
    }

    /// The tasks of the superstep by id; a dict made anew.
    #[getter]
    fn tasks<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let tasks = self.slot.look(py, |machine| machine.tasks.iter().map(|t| t.clone_ref(py)).collect::<Vec<_>>())?;
        let dict = PyDict::new(py);
        for task in tasks {
            dict.set_item(&**task.get().id(), &task)?;
        }
        Ok(dict)
    }
}
