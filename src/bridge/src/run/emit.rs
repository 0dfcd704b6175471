//! What a run shows of itself: values, updates, tasks, checkpoints, lifecycle events.

use super::enter::writer_tuples;
use super::{Collect, Latest, Machine, Run};
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
use pyo3::intern;
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

    pub fn emit(&self, py: Python<'_>, mode: Mode, payload: Bound<'_, PyAny>) -> PyResult<()> {
        if mode == Mode::Values && self.settings.collect == Collect::Latest {
            let old = self.keep_latest(Latest::Shown(payload.clone().unbind()));
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
            envelope.set_item(intern!(envelope.py(), "step"), step)?;
            envelope.set_item(intern!(envelope.py(), "timestamp"), clock::timestamp())?;
            envelope.set_item(intern!(envelope.py(), "type"), kind)?;
            envelope.set_item(intern!(envelope.py(), "payload"), payload)?;
            self.emit(py, Mode::Debug, envelope.into_any())?;
        }
        Ok(())
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
        let id = PyString::new(py, machine.checkpoint_id.text()).into_any();
        let config = patched(machine.checkpoint_config.bind(py), &[(keys::checkpoint_id(py), id)])?;
        let graph = self.graph.get();
        let channels = PyDict::new(py);
        for (plan, cell) in graph.channels.iter().zip(machine.state.cells.iter()) {
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
        let payload = PyDict::new(py);
        payload.set_item(&task.name, self.update_of(py, writes)?)?;
        if cached {
            let mark = PyDict::new(py);
            mark.set_item(intern!(mark.py(), "cached"), true)?;
            payload.set_item(intern!(payload.py(), "__metadata__"), mark)?;
        }
        Ok(payload.into_any())
    }

    /// What a task wrote to the output: None, one update, or a list of several.
    fn update_of<'py>(&self, py: Python<'py>, writes: &[Write<Obj>]) -> PyResult<Bound<'py, PyAny>> {
        if let Some(returned) = writes.iter().find(|w| w.target.is(Reserved::Return)) {
            return Ok(returned.value.bind(py).clone());
        }
        let shown = || writes.iter().filter(|w| self.output.shows(&w.target));
        let repeats = || shown().enumerate().any(|(i, w)| shown().take(i).any(|v| v.target == w.target));
        let named = |writes: &mut dyn Iterator<Item = &Write<Obj>>| -> PyResult<Bound<'py, PyAny>> {
            let update = PyDict::new(py);
            for write in writes {
                if let Some(channel) = write.target.channel() {
                    update.set_item(&self.graph.get().channels[channel.index()].name, &write.value)?;
                }
            }
            Ok(update.into_any())
        };
        match (shown().count(), self.output.one) {
            (0, _) => Ok(py.None().into_bound(py)),
            (1, true) => Ok(shown().next().map_or_else(|| py.None().into_bound(py), |w| w.value.bind(py).clone())),
            (_, true) => Ok(PyList::new(py, shown().map(|w| &w.value).collect::<Vec<_>>())?.into_any()),
            (1, false) => named(&mut shown()),
            (_, false) if repeats() => {
                let updates = shown().map(|write| named(&mut std::iter::once(write))).collect::<PyResult<Vec<_>>>()?;
                Ok(PyList::new(py, updates)?.into_any())
            }
            (_, false) => named(&mut shown()),
        }
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
        let event = (kind, machine.status.name(), machine.checkpoint_id.text(), &self.namespace, interrupts);
        machine.lifecycle.push_back(event.into_pyobject(py)?.into_any().unbind());
        Ok(())
    }
}
