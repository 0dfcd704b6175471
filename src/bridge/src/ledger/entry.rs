//! A stored checkpoint, taken out of its thread to be shown.

use super::names::Id;
use super::read::Reader;
use super::stored::{Loader, Stored};
use super::update::Update;
use super::{Inner, Ledger};
use crate::clock::{self, CheckpointId};
use crate::graph::Graph;
use crate::host::{Obj, PyHost};
use crate::keys;
use crate::lazy;
use crate::path;
use crate::run::checkpoint::FORMAT;
use crate::run::inputs::Inputs;
use crate::run::load::load_seen;
use crate::run::plan::{begin_id, id_of_pull, id_of_send};
use crate::versions::Versioning;
use pregel_core::path::Path;
use pregel_core::task_id::{Scheme, TaskIds};
use pregel_core::write::NULL_TASK_ID;
use pregel_core::{plan, Channel, ChannelKind, Reserved, State};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList, PyString, PyTuple, PyType};
use std::sync::Arc;

/// A checkpoint of the form in which runs make them, as it was when it was looked up, with its values.
#[pyclass(frozen, module = "langgraph_rust._engine")]
pub struct Entry {
    pub(super) reader: Reader,
    /// In the order of the reader's versions; None where no value was ever stored.
    values: Vec<Option<Stored>>,
}

impl Entry {
    pub fn find(inner: &Inner, thread: &str, namespace: &str, id: Option<&str>) -> Option<Entry> {
        let reader = Reader::find(inner, thread, namespace, id)?;
        reader.moment()?;
        let shelf = inner.find(thread, namespace)?;
        let values = reader.numbers.iter().map(|(channel, version)| shelf.value(*channel, *version).cloned()).collect();
        Some(Entry { reader, values })
    }
}

#[pymethods]
impl Entry {
    #[getter]
    fn id(&self) -> String {
        self.reader.id.text()
    }

    #[getter]
    fn parent_id(&self) -> Option<String> {
        self.reader.parent.as_ref().map(Id::text)
    }

    /// When it was made, as ISO 8601.
    #[getter]
    fn created_at(&self) -> Option<String> {
        self.reader.moment().map(|(time_us, _)| clock::iso(time_us))
    }

    fn metadata<'py>(
        &self,
        loads: &Bound<'py, PyAny>,
        hook: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        self.reader.metadata(loads.py(), &Loader { loads, hook })
    }

    /// Whether all that it holds is of kinds whose reading cannot fail.
    #[getter]
    fn is_plain(&self) -> bool {
        let is_plain = |stored: &Stored| matches!(stored, Stored::Atom(_) | Stored::Empty);
        self.values.iter().flatten().all(is_plain) && self.reader.writes.iter().all(|write| is_plain(&write.value))
    }

    /// The `StateSnapshot` of a graph without graphs inside. None where it takes a closer look: at writes that
    /// are no task's or tell what became of one, at tasks that have ended where that is to be seen, at parents.
    /// `config` names the checkpoint, where it is not to be made.
    #[allow(clippy::too_many_arguments)]
    fn snapshot<'py>(
        &self,
        graph: &Bound<'py, Graph>,
        thread: &str,
        namespace: &str,
        config: Option<Bound<'py, PyAny>>,
        shown: &Bound<'py, PyAny>,
        live: bool,
        loads: &Bound<'py, PyAny>,
        hook: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Option<Bound<'py, PyAny>>> {
        let py = graph.py();
        let loader = Loader { loads, hook };
        if self.is_telling() {
            return Ok(None);
        }
        let metadata = self.reader.metadata(py, &loader)?;
        if metadata.cast::<PyDict>()?.get_item(keys::parents(py))?.is_some_and(|parents| parents.len().unwrap_or(1) > 0)
        {
            return Ok(None);
        }
        let Some(state) = self.state(py, graph.get(), &loader)? else { return Ok(None) };
        let Some(planned) = self.tasks(py, graph.get(), namespace, &state)? else { return Ok(None) };
        let (none, nothing) = (py.None().into_bound(py), PyTuple::empty(py).into_any());
        let (mut tasks, mut next) = (Vec::with_capacity(planned.len()), Vec::with_capacity(planned.len()));
        for task in planned {
            let result = match self.result(py, &task.id, shown, &loader)? {
                Outcome::Open => none.clone(),
                Outcome::Unclear => return Ok(None),
                Outcome::Ended(_) if live => return Ok(None),
                Outcome::Ended(result) => result,
            };
            let id = PyString::new(py, &task.id).into_any();
            next.push(task.name.clone());
            tasks.push(made(
                py,
                &lazy::PREGEL_TASK,
                [id, task.name, task.path, none.clone(), nothing.clone(), none.clone(), result],
            )?);
        }
        let mut host = PyHost { py, versioning: &Versioning::Count };
        let values = graph.get().keys_of(shown)?.read(&state, &mut host)?;
        let config = match config {
            Some(config) => config,
            None => named(py, thread, namespace, &self.reader.id)?,
        };
        let parent = match &self.reader.parent {
            Some(parent) => named(py, thread, namespace, parent)?,
            None => none,
        };
        let created = self.created_at().into_pyobject(py)?;
        let (next, tasks) = (PyTuple::new(py, next)?.into_any(), PyTuple::new(py, tasks)?.into_any());
        made(py, &lazy::STATE_SNAPSHOT, [values, next, config, metadata, created, parent, tasks, nothing]).map(Some)
    }

    /// What it holds of a graph: `(values, tasks, pending writes)`, with the tasks that it leads to. None
    /// where telling takes more than this checkpoint. `shown` names the channels whose values are read.
    fn show<'py>(
        &self,
        graph: &Bound<'py, Graph>,
        namespace: &str,
        shown: &Bound<'py, PyAny>,
        loads: &Bound<'py, PyAny>,
        hook: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Option<Bound<'py, PyTuple>>> {
        let py = graph.py();
        let loader = Loader { loads, hook };
        let Some(state) = self.state(py, graph.get(), &loader)? else { return Ok(None) };
        let Some(planned) = self.tasks(py, graph.get(), namespace, &state)? else { return Ok(None) };
        let class = lazy::PREGEL_TASK.get(py)?;
        let tasks = PyList::empty(py);
        for task in planned {
            tasks.append(class.call1((&*task.id, task.name, task.path))?)?;
        }
        let mut host = PyHost { py, versioning: &Versioning::Count };
        let values = graph.get().keys_of(shown)?.read(&state, &mut host)?;
        let pending = self.reader.pending(py, &loader, None)?;
        Ok(Some((values, tasks, pending).into_pyobject(py)?))
    }

    /// What each node has seen of the channels.
    fn versions_seen<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        self.reader.versions_seen(py)
    }

    /// Stores what follows if a node returns `values`: its writes, and a checkpoint, whose id it gives. None,
    /// with nothing stored, where that takes more: functions of the user, a look at the state, inner graphs.
    #[allow(clippy::too_many_arguments)]
    fn update(
        &self,
        ledger: &Ledger,
        graph: &Bound<'_, Graph>,
        thread: &str,
        namespace: &str,
        node: &str,
        values: &Bound<'_, PyAny>,
        task: Option<&str>,
        may_branch: bool,
        dumps: &Bound<'_, PyAny>,
        reading: &Bound<'_, PyAny>,
        loads: &Bound<'_, PyAny>,
        hook: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Option<String>> {
        let update = Update { ledger, thread, namespace, node, values, task, may_branch, dumps, reading };
        self.perform(graph, &update, &Loader { loads, hook })
    }
}

/// A task of the superstep that follows.
pub(super) struct Planned<'py> {
    pub id: Arc<str>,
    pub name: Bound<'py, PyAny>,
    path: Bound<'py, PyAny>,
}

/// What pending writes tell of a task.
enum Outcome<'py> {
    /// Nothing.
    Open,
    /// It has ended with this result.
    Ended(Bound<'py, PyAny>),
    Unclear,
}

/// Whether a write is no task's, or tells what became of a task.
fn is_telling(task: &str, channel: &str) -> bool {
    task == NULL_TASK_ID
        || [Reserved::Error, Reserved::ErrorSourceNode, Reserved::Interrupt, Reserved::Resume, Reserved::Return]
            .iter()
            .any(|reserved| reserved.name() == channel)
}

/// A config that names a checkpoint.
fn named<'py>(py: Python<'py>, thread: &str, namespace: &str, id: &Id) -> PyResult<Bound<'py, PyAny>> {
    let names = PyDict::new(py);
    names.set_item(keys::thread_id(py), thread)?;
    names.set_item(keys::checkpoint_ns(py), namespace)?;
    names.set_item(keys::checkpoint_id(py), id.text())?;
    let config = PyDict::new(py);
    config.set_item(keys::configurable(py), names)?;
    Ok(config.into_any())
}

/// An instance of a class of named tuples.
fn made<'py, const FIELDS: usize>(
    py: Python<'py>,
    class: &lazy::Lazy,
    fields: [Bound<'py, PyAny>; FIELDS],
) -> PyResult<Bound<'py, PyAny>> {
    // the class's own constructor is a function of Python that does the same
    let fields = PyTuple::new(py, fields)?;
    py.get_type::<PyTuple>().call_method1(intern!(py, "__new__"), (class.get(py)?.cast::<PyType>()?, fields))
}

impl Entry {
    pub(super) fn is_telling(&self) -> bool {
        self.reader.writes.iter().any(|write| is_telling(&write.task, &write.channel))
    }

    /// What a task wrote to the channels that are shown, if it has ended.
    fn result<'py>(
        &self,
        py: Python<'py>,
        task: &str,
        shown: &Bound<'py, PyAny>,
        loader: &Loader<'_, 'py>,
    ) -> PyResult<Outcome<'py>> {
        let mut writes = self.reader.writes.iter().filter(|write| write.task == task).peekable();
        if writes.peek().is_none() {
            return Ok(Outcome::Open);
        }
        let result = PyDict::new(py);
        let is_one = shown.is_instance_of::<PyString>();
        for write in writes {
            let channel = PyString::new(py, &write.channel);
            if if is_one { !shown.eq(&channel)? } else { !shown.contains(&channel)? } {
                continue;
            }
            if result.contains(&channel)? {
                return Ok(Outcome::Unclear);
            }
            result.set_item(channel, write.value.load(py, loader)?)?;
        }
        if is_one {
            let value = result.get_item(shown)?;
            return Ok(Outcome::Ended(value.unwrap_or_else(|| py.None().into_bound(py))));
        }
        Ok(Outcome::Ended(result.into_any()))
    }

    pub(super) fn state(&self, py: Python<'_>, graph: &Graph, loader: &Loader<'_, '_>) -> PyResult<Option<State<Obj>>> {
        if graph.has_delta {
            return Ok(None);
        }
        let mut saved: Vec<Option<&Stored>> = vec![None; graph.channels.len()];
        for ((name, _), value) in self.reader.versions.iter().zip(&self.values) {
            let Some(channel) = graph.core.channel_id(name) else { continue };
            saved[channel.index()] = value.as_ref();
            let is_empty = matches!(value, None | Some(Stored::Empty));
            if is_empty && matches!(graph.core.channel(channel).kind, ChannelKind::Reducing { .. }) {
                // it was a delta channel then, whose value is made of writes to older checkpoints
                return Ok(None);
            }
        }
        let mut state = graph.restore_by(py, |channel, _| match saved[channel.index()] {
            Some(stored) => stored.load(py, &Loader { loads: loader.loads, hook: loader.hook }),
            None => Ok(None),
        })?;
        for (name, version) in &self.reader.versions {
            match graph.core.channel_id(name) {
                Some(channel) => state.set_version(channel, version.clone()),
                None => state.set_stray_version(name, version.clone()),
            }
        }
        for (node, mark) in &self.reader.seen {
            load_seen(graph, &mut state, node, mark.iter().map(|(channel, version)| (&**channel, version.clone())));
        }
        Ok(Some(state))
    }

    /// The tasks of the superstep that follows.
    pub(super) fn tasks<'py>(
        &self,
        py: Python<'py>,
        graph: &Graph,
        namespace: &str,
        state: &State<Obj>,
    ) -> PyResult<Option<Vec<Planned<'py>>>> {
        let (Some((_, step)), Some(id)) = (self.reader.moment(), CheckpointId::parse(self.reader.id.text())) else {
            return Ok(None);
        };
        let step = step + 1;
        let mut host = PyHost { py, versioning: &Versioning::Count };
        let mut inputs = Inputs::new(py, state, step, step + 2);
        let step_text = step.to_string();
        let mut ids = TaskIds::new(Scheme::of_format(FORMAT), id.bytes());
        let mut tasks = Vec::new();
        let mut add = |id: Arc<str>, name: &Py<PyString>, path: &Path| -> PyResult<()> {
            let path = path::to_python(py, path)?.into_any();
            tasks.push(Planned { id, name: name.bind(py).clone().into_any(), path });
            Ok(())
        };
        let sends = graph.core.tasks.map(|channel| &state.cells[channel.index()]);
        if !matches!(sends, None | Some(Channel::Topic(_))) {
            return Ok(None);
        }
        if let Some(Channel::Topic(topic)) = sends {
            for (index, packet) in topic.values.iter().enumerate() {
                let packet = packet.bind(py);
                if !lazy::SEND.is_or_resembles(packet)? {
                    return Ok(None);
                }
                let target: String = packet.getattr(intern!(packet.py(), "node"))?.extract()?;
                let Some(node) = graph.core.node_id(&target) else { return Ok(None) };
                let node = &graph.nodes[node.index()];
                if node.has_body {
                    let id = id_of_send(begin_id(&mut ids, namespace, &target, &step_text), index);
                    add(id, &node.name, &Path::Send(index))?;
                }
            }
        }
        for node in plan::triggered_nodes(&graph.core, state, None, &mut host).map_err(PyErr::from)? {
            let plan = &graph.nodes[node.index()];
            if plan.has_body && inputs.of(plan, &mut host)?.is_some() {
                let core = graph.core.node(node);
                let id = id_of_pull(begin_id(&mut ids, namespace, &core.name, &step_text), core);
                add(id, &plan.name, &Path::Pull(core.name.clone()))?;
            }
        }
        Ok(Some(tasks))
    }
}
