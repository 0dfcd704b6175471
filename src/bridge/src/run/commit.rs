//! A task ended: what it wrote is stored, persisted and shown. Nothing is applied yet.

use super::persist::Op;
use super::{Durability, Machine, Run};
use crate::config::patched;
use crate::host::Obj;
use crate::keys;
use crate::lazy;
use crate::task::Task;
use crate::writer;
use pregel_core::pending::Recorded;
use pregel_core::write::{Write, TASKS};
use pregel_core::{ChannelKind, Reserved, Target};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList, PyString};
use std::sync::Arc;

#[pymethods]
impl Run {
    /// Takes `[(channel, value), …]` as what a task wrote: stores, persists and shows it.
    ///
    /// Runs that begin while it is replaced on the class pass the writes of their tasks through the
    /// replacement.
    #[pyo3(name = "put_writes", signature = (task_id, writes, *, cached=false))]
    fn put_writes_py(&self, task_id: &str, writes: &Bound<'_, PyAny>, cached: bool) -> PyResult<()> {
        let py = writes.py();
        let writes = writer::parse(&self.graph.get().core, writes)?;
        let mut machine = self.slot.take(py)?;
        let task = machine.tasks.iter().find(|task| &**task.get().id() == task_id).map(|task| task.clone_ref(py));
        self.put_writes(py, &mut machine, task.as_ref(), &task_id.into(), writes, cached)
    }
}

impl Run {
    /// Takes in how `task` ended. Says whether its error is left to an error handler.
    pub fn commit(&self, py: Python<'_>, task: &Py<Task>, error: Option<&PyErr>) -> PyResult<bool> {
        let inner = task.get();
        let Some(error) = error else {
            self.tell_finished(py, inner)?;
            if !self.keeps_writes {
                self.show_writes(py, task)?;
                return Ok(false);
            }
            let mut writes = self.identified_writes(py, inner)?;
            if writes.iter().all(|w| w.target.is_control()) {
                let nothing = Write::new(Target::Reserved(Reserved::NoWrites), py.None());
                inner.extend_writes(vec![nothing.clone()]);
                writes.push(nothing);
            }
            self.put_task_writes(py, task, writes, false)?;
            return Ok(false);
        };
        if error.is_instance(py, lazy::GRAPH_BUBBLE_UP.get(py)?) {
            if error.is_instance(py, lazy::GRAPH_INTERRUPT.get(py)?) {
                self.commit_interrupt(py, task, error)?;
            }
            return Ok(false);
        }
        let handled = self.is_handled(inner, error, py);
        let mut writes =
            vec![Write::new(Target::Reserved(Reserved::Error), error.value(py).clone().into_any().unbind())];
        if handled {
            let name = inner.name.clone_ref(py).into_any();
            writes.push(Write::new(Target::Reserved(Reserved::ErrorSourceNode), name));
        }
        inner.extend_writes(writes);
        let writes = self.identified_writes(py, inner)?;
        self.put_task_writes(py, task, writes, false)?;
        Ok(handled)
    }

    /// Shows what a task wrote, of a run that nobody resumes: until the barrier it is the task's alone.
    fn show_writes(&self, py: Python<'_>, task: &Py<Task>) -> PyResult<()> {
        let inner = task.get();
        let mut writes = inner.take_writes();
        if writes.iter().all(|w| w.target.is_control()) {
            writes.push(Write::new(Target::Reserved(Reserved::NoWrites), py.None()));
        }
        let shown = match self.settings.sink {
            Some(_) => self.slot.take(py).and_then(|machine| self.emit_writes(py, &machine, task, &writes, false)),
            None => Ok(()),
        };
        inner.extend_writes(writes);
        inner.note_committed();
        shown
    }

    /// Stores what a task wrote, by way of a replaced `Run.put_writes` where there is one.
    pub fn put_task_writes(
        &self,
        py: Python<'_>,
        task: &Py<Task>,
        writes: Vec<Write<Obj>>,
        cached: bool,
    ) -> PyResult<()> {
        let inner = task.get();
        if !self.replaced.put_writes {
            let mut machine = self.slot.take(py)?;
            return self.put_writes(py, &mut machine, Some(task), inner.id(), writes, cached);
        }
        let options = PyDict::new(py);
        options.set_item(intern!(options.py(), "cached"), cached)?;
        let writes = writer::to_python(py, &self.graph.get().core, &writes)?;
        inner.run.bind(py).call_method(intern!(py, "put_writes"), (&**inner.id(), writes), Some(&options)).map(drop)
    }

    fn tell_finished(&self, py: Python<'_>, task: &Task) -> PyResult<()> {
        match &self.settings.node_finished {
            Some(callback) if !task.is_hidden() => callback.bind(py).call1((&task.name,)).map(drop),
            _ => Ok(()),
        }
    }

    fn commit_interrupt(&self, py: Python<'_>, task: &Py<Task>, error: &PyErr) -> PyResult<()> {
        let args = error.value(py).getattr("args")?;
        if args.len()? == 0 || !args.get_item(0)?.is_truthy()? {
            return Ok(());
        }
        let mut writes = vec![Write::new(Target::Reserved(Reserved::Interrupt), args.get_item(0)?.unbind())];
        let answered = task.get().copy_writes().into_iter().filter(|w| w.target.is(Reserved::Resume));
        writes.extend(answered);
        self.put_task_writes(py, task, writes, false)
    }

    /// Whether an error handler is to take care of the error.
    pub fn is_handled(&self, task: &Task, error: &PyErr, py: Python<'_>) -> bool {
        let handled = task.node(self).is_some_and(|node| node.error_handler.is_some() && !node.is_error_handler);
        handled && error.is_instance_of::<pyo3::exceptions::PyException>(py)
    }

    /// Stores the writes of a task (of none, for input and commands) as pending; persists and shows them.
    pub fn put_writes(
        &self,
        py: Python<'_>,
        machine: &mut Machine,
        task: Option<&Py<Task>>,
        task_id: &Arc<str>,
        writes: Vec<Write<Obj>>,
        cached: bool,
    ) -> PyResult<()> {
        if writes.is_empty() {
            return Ok(());
        }
        if self.settings.durability == Durability::Exit && self.settings.checkpointer.is_some() {
            machine.written.insert(task_id.clone());
        }
        let Recorded { writes, begin, is_new } = machine.pending.record(task_id, writes);
        if self.settings.checkpointer.is_some()
            && self.settings.durability != Durability::Exit
            && !self.keep_writes(py, machine, task, task_id, (begin, is_new))?
        {
            let stored = machine.pending.stored(task_id, begin).cloned().collect();
            let op = self.writes_op(py, machine, task, task_id, stored)?;
            self.persist(py, machine, op)?;
        }
        if !machine.planned {
            return Ok(());
        }
        if let Some(task) = task {
            self.emit_writes(py, machine, task, &writes, cached)?;
            if !cached {
                self.cache_writes(py, machine, task, &writes)?;
            }
        }
        Ok(())
    }

    fn writes_op(
        &self,
        py: Python<'_>,
        machine: &mut Machine,
        task: Option<&Py<Task>>,
        task_id: &Arc<str>,
        stored: Vec<Write<Obj>>,
    ) -> PyResult<Op> {
        self.settle_address(py, machine)?;
        let own = machine.checkpoint_config.bind(py);
        let namespace = self.checkpoint_namespace(py)?;
        let id = PyString::new(py, machine.checkpoint_id.text()).into_any();
        let config = patched(own, &[(keys::checkpoint_ns(py), namespace), (keys::checkpoint_id(py), id)])?;
        let stored = self.without_untracked(py, stored)?;
        Ok(Op::PutWrites {
            config: config.unbind(),
            writes: writer::to_python(py, &self.graph.get().core, &stored)?.unbind(),
            task_id: task_id.clone(),
            path: task.map_or_else(String::new, |task| task.get().path.sort_key()),
            binds: self.graph.get().writes_delta(&stored),
        })
    }

    /// Leaves out what must not be stored: writes to untracked channels, and such keys of sends.
    pub fn without_untracked(&self, py: Python<'_>, writes: Vec<Write<Obj>>) -> PyResult<Vec<Write<Obj>>> {
        let graph = self.graph.get();
        if !graph.has_untracked {
            return Ok(writes);
        }
        let mut kept = Vec::with_capacity(writes.len());
        for write in writes {
            let Some(channel) = write.target.channel() else {
                kept.push(write);
                continue;
            };
            let spec = graph.core.channel(channel);
            if spec.kind.is_untracked() {
                continue;
            }
            if &*spec.name == TASKS {
                let value = self.sanitize_send(py, &write.value)?;
                kept.push(Write::new(write.target, value));
            } else {
                kept.push(write);
            }
        }
        Ok(kept)
    }

    pub fn sanitize_send(&self, py: Python<'_>, packet: &Obj) -> PyResult<Obj> {
        let graph = self.graph.get();
        let untracked: Vec<&str> =
            graph.core.channels.iter().filter(|c| is_untracked_value(&c.kind)).map(|c| &*c.name).collect();
        let sanitize = lazy::support(py, "sanitize_send")?;
        Ok(sanitize.call1((packet, PyList::new(py, untracked)?))?.unbind())
    }

    /// A finished task's writes go into the cache of its node.
    fn cache_writes(
        &self,
        py: Python<'_>,
        machine: &mut Machine,
        task: &Py<Task>,
        writes: &[Write<Obj>],
    ) -> PyResult<()> {
        let (Some(cache), Some(key)) = (&self.settings.cache, &task.get().cache_key) else { return Ok(()) };
        let failed = |w: &Write<Obj>| w.target.is(Reserved::Interrupt) || w.target.is(Reserved::Error);
        if writes.iter().any(failed) {
            return Ok(());
        }
        let writes = writer::to_python(py, &self.graph.get().core, &task.get().copy_writes())?;
        let op = Op::CacheSet { cache: cache.clone_ref(py), key: key.clone_ref(py), writes: writes.unbind() };
        self.persist(py, machine, op)
    }
}

fn is_untracked_value(kind: &ChannelKind<Obj>) -> bool {
    kind.is_untracked()
}
