//! What a run shows of itself: values, updates, tasks, checkpoints, lifecycle events.

use super::enter::writer_tuples;
use super::{Collect, Machine, Run};
use crate::cells;
use crate::clock;
use crate::config::patched;
use crate::host::Obj;
use crate::keys;
use crate::lazy;
use crate::sink::{lock, Mode};
use crate::task::Task;
use crate::writer;
use pregel_core::write::Write;
use pregel_core::{Reserved, Status};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList, PyString, PyTuple};

impl Run {
    /// Whether anybody wants chunks of this mode.
    pub fn wants(&self, mode: Mode) -> bool {
        let latest = self.settings.collect == Collect::Latest && matches!(mode, Mode::Values);
        latest || self.settings.sink.as_ref().is_some_and(|sink| sink.get().wants(mode))
    }

    pub fn shows_checkpoints(&self) -> bool {
        self.wants(Mode::Checkpoints) || self.wants(Mode::Debug)
    }

    fn emit(&self, py: Python<'_>, mode: Mode, payload: Bound<'_, PyAny>) -> PyResult<()> {
        if mode == Mode::Values && self.settings.collect == Collect::Latest {
            let old = lock(&self.latest).replace(payload.clone().unbind());
            drop(old);
        }
        match &self.settings.sink {
            Some(sink) => sink.get().emit(py, &self.namespace, mode, payload),
            None => Ok(()),
        }
    }

    /// Tasks and checkpoints are shown in the debug mode too, in an envelope.
    fn emit_debug(&self, py: Python<'_>, mode: Mode, kind: &str, step: i64, payload: Bound<'_, PyAny>) -> PyResult<()> {
        self.emit(py, mode, payload.clone())?;
        if self.wants(Mode::Debug) {
            let envelope = PyDict::new(py);
            envelope.set_item("step", step)?;
            envelope.set_item("timestamp", clock::timestamp())?;
            envelope.set_item("type", kind)?;
            envelope.set_item("payload", payload)?;
            self.emit(py, Mode::Debug, envelope.into_any())?;
        }
        Ok(())
    }

    pub fn emit_values(&self, py: Python<'_>, machine: &Machine) -> PyResult<()> {
        if !self.wants(Mode::Values) {
            return Ok(());
        }
        let values = self.output.read(&machine.state, &mut self.host(py))?;
        self.emit(py, Mode::Values, values)
    }

    pub fn emit_tasks(&self, py: Python<'_>, machine: &Machine, tasks: &[Py<Task>]) -> PyResult<()> {
        if !self.wants(Mode::Tasks) && !self.wants(Mode::Debug) {
            return Ok(());
        }
        let payloads = lazy::DEBUG_TASKS.get(py)?.call1((PyList::new(py, tasks)?,))?;
        for payload in payloads.try_iter()? {
            self.emit_debug(py, Mode::Tasks, "task", machine.step, payload?)?;
        }
        Ok(())
    }

    pub fn emit_checkpoint(&self, py: Python<'_>, machine: &Machine) -> PyResult<()> {
        let id = PyString::new(py, &machine.checkpoint_id.text).into_any();
        let config = patched(machine.checkpoint_config.bind(py), &[(keys::checkpoint_id(py), id)])?;
        let graph = self.graph.get();
        let channels = PyDict::new(py);
        for (plan, cell) in graph.channels.iter().zip(&machine.state.cells) {
            channels.set_item(&plan.name, cells::to_channel(plan.spec.bind(py), cell)?)?;
        }
        let payloads = lazy::DEBUG_CHECKPOINT.get(py)?.call1((
            config,
            channels,
            &self.settings.stream_keys,
            &machine.metadata,
            PyList::new(py, &machine.tasks)?,
            writer_tuples(self, py, &machine.pending)?,
            machine.previous_config.as_ref(),
            &self.settings.output_keys,
        ))?;
        for payload in payloads.try_iter()? {
            self.emit_debug(py, Mode::Checkpoints, "checkpoint", machine.step - 1, payload?)?;
        }
        Ok(())
    }

    /// Shows what a task wrote.
    pub fn emit_writes(
        &self,
        py: Python<'_>,
        machine: &Machine,
        task: &Py<Task>,
        writes: &[Write<Obj>],
        cached: bool,
    ) -> PyResult<()> {
        let inner = task.get();
        let Some(first) = writes.first() else { return Ok(()) };
        if inner.is_hidden() {
            return Ok(());
        }
        if first.target.is(Reserved::Interrupt) {
            if inner.path.is_call() {
                return Ok(());
            }
            self.emit_interrupts(py, machine, writes)?;
        } else if !first.target.is(Reserved::Error) && self.wants(Mode::Updates) {
            let payload = self.updates_of(py, inner, writes, cached)?;
            self.emit(py, Mode::Updates, payload)?;
        }
        if cached || !(self.wants(Mode::Tasks) || self.wants(Mode::Debug)) {
            return Ok(());
        }
        let pair = (task, writer::to_python(py, &self.graph.get().core, writes)?);
        let payloads = lazy::DEBUG_TASK_RESULTS.get(py)?.call1((pair, &self.settings.stream_keys))?;
        for payload in payloads.try_iter()? {
            self.emit_debug(py, Mode::Tasks, "task_result", machine.step, payload?)?;
        }
        Ok(())
    }

    fn emit_interrupts(&self, py: Python<'_>, machine: &Machine, writes: &[Write<Obj>]) -> PyResult<()> {
        let interrupts = PyList::empty(py);
        for write in writes.iter().filter(|w| w.target.is(Reserved::Interrupt)) {
            let value = write.value.bind(py);
            if value.is_instance_of::<PyTuple>() || value.is_instance_of::<PyList>() {
                for interrupt in value.try_iter()? {
                    interrupts.append(interrupt?)?;
                }
            } else {
                interrupts.append(value)?;
            }
        }
        let interrupts = interrupts.to_tuple();
        self.show_interrupts(py, &interrupts)?;
        if self.wants(Mode::Values) {
            let values = self.output.read(&machine.state, &mut self.host(py))?;
            let payload = match values.cast_into::<PyDict>() {
                Ok(values) => values,
                Err(_) => PyDict::new(py),
            };
            payload.set_item(keys::interrupt(py), interrupts)?;
            self.emit(py, Mode::Values, payload.into_any())?;
        }
        Ok(())
    }

    /// An update under the interrupt's name; drivers that want only the last values keep it beside them.
    pub fn show_interrupts(&self, py: Python<'_>, interrupts: &Bound<'_, PyTuple>) -> PyResult<()> {
        if self.settings.collect == Collect::Latest {
            lock(&self.interrupts).extend(interrupts.iter().map(Bound::unbind));
        }
        if self.wants(Mode::Updates) {
            let payload = PyDict::new(py);
            payload.set_item(keys::interrupt(py), interrupts)?;
            self.emit(py, Mode::Updates, payload.into_any())?;
        }
        Ok(())
    }

    /// `{node: what it wrote to the output}`; several writes to one channel stay apart, in a list.
    fn updates_of<'py>(
        &self,
        py: Python<'py>,
        task: &Task,
        writes: &[Write<Obj>],
        cached: bool,
    ) -> PyResult<Bound<'py, PyAny>> {
        let graph = &self.graph.get().core;
        let mut updates: Vec<Bound<'py, PyAny>> = Vec::new();
        if let Some(returned) = writes.iter().find(|w| w.target.is(Reserved::Return)) {
            updates.push(returned.value.bind(py).clone());
        } else {
            let shown: Vec<&Write<Obj>> = writes.iter().filter(|w| self.output.shows(&w.target)).collect();
            let repeats = shown.iter().enumerate().any(|(i, w)| shown[..i].iter().any(|v| v.target == w.target));
            if self.output.one {
                updates.extend(shown.iter().map(|w| w.value.bind(py).clone()));
            } else if repeats {
                for write in shown {
                    let one = PyDict::new(py);
                    one.set_item(writer::name_of(graph, &write.target), &write.value)?;
                    updates.push(one.into_any());
                }
            } else if !shown.is_empty() {
                let all = PyDict::new(py);
                for write in shown {
                    all.set_item(writer::name_of(graph, &write.target), &write.value)?;
                }
                updates.push(all.into_any());
            }
        }
        let payload = PyDict::new(py);
        match updates.len() {
            0 => payload.set_item(&task.name, py.None())?,
            1 => payload.set_item(&task.name, &updates[0])?,
            _ => payload.set_item(&task.name, PyList::new(py, updates)?)?,
        }
        if cached {
            let mark = PyDict::new(py);
            mark.set_item("cached", true)?;
            payload.set_item("__metadata__", mark)?;
        }
        Ok(payload.into_any())
    }

    /// Keeps a lifecycle event `(kind, status, checkpoint id, namespace, interrupts)` for the driver.
    pub fn push_lifecycle(
        &self,
        py: Python<'_>,
        machine: &mut Machine,
        kind: &str,
        interrupts: Option<&Bound<'_, PyTuple>>,
    ) -> PyResult<()> {
        if !self.settings.has_lifecycle {
            return Ok(());
        }
        if machine.status == Status::Draining {
            return Err(pyo3::exceptions::PyRuntimeError::new_err("Draining status cannot emit lifecycle events"));
        }
        let interrupts = interrupts.cloned().unwrap_or_else(|| PyTuple::empty(py));
        let event = (kind, machine.status.name(), &machine.checkpoint_id.text, &self.namespace, interrupts);
        machine.lifecycle.push_back(event.into_pyobject(py)?.into_any().unbind());
        Ok(())
    }
}
