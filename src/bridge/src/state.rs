//! A loaded checkpoint outside of a run: for reading and editing threads, and for the faces of the
//! engine that other code imports.

use crate::cells;
use crate::config;
use crate::error::Fault;
use crate::graph::{Graph, KeySet};
use crate::host::Obj;
use crate::lazy;
use crate::path;
use crate::run::load::Saved;
use crate::run::{checkpoint, delta, Run};
use crate::task::Task;
use crate::versions;
use crate::writer;
use pregel_core::apply::{apply_writes, TaskWrites};
use pregel_core::Path;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PySet, PyTuple};

/// `State(graph, checkpoint, pending_writes, config, step, stop, get_next_version, store, checkpointer, channels)`.
///
/// Without `get_next_version`, writes change values and no versions. `channels` holds objects of
/// channels that are loaded already.
#[pyclass(frozen, module = "langgraph_rust._engine")]
pub struct State {
    run: Py<Run>,
    versioned: bool,
}

#[pymethods]
impl State {
    #[new]
    #[pyo3(signature = (graph, checkpoint, pending_writes, config, step, stop, get_next_version=None, store=None,
        checkpointer=None, channels=None))]
    #[allow(clippy::too_many_arguments)]
    fn new(
        graph: Py<Graph>,
        checkpoint: Bound<'_, PyDict>,
        pending_writes: Vec<(Obj, String, Obj)>,
        config: Bound<'_, PyDict>,
        step: i64,
        stop: i64,
        get_next_version: Option<Bound<'_, PyAny>>,
        store: Option<Bound<'_, PyAny>>,
        checkpointer: Option<Bound<'_, PyAny>>,
        channels: Option<Bound<'_, PyDict>>,
    ) -> PyResult<State> {
        let py = checkpoint.py();
        let options = PyDict::new(py);
        options.set_item(intern!(options.py(), "input"), py.None())?;
        options.set_item(intern!(options.py(), "output_keys"), &graph.get().output_channels)?;
        options.set_item(intern!(options.py(), "stream_keys"), &graph.get().stream_channels)?;
        options.set_item(intern!(options.py(), "store"), store)?;
        options.set_item(intern!(options.py(), "checkpointer"), checkpointer)?;
        let versioned = get_next_version.is_some();
        options.set_item(intern!(options.py(), "get_next_version"), get_next_version)?;
        let run = Py::new(py, Run::for_state(graph, &config, &options)?)?;
        let saved = Saved {
            config,
            checkpoint,
            metadata: PyDict::new(py),
            parent_config: None,
            pending: pending_writes
                .into_iter()
                .map(|(task, channel, value)| Ok((task.bind(py).str()?.extract()?, channel, value.into_bound(py))))
                .collect::<PyResult<_>>()?,
        };
        saved.metadata.set_item("step", step - 1)?;
        run.get().load_state(saved, channels, step, stop)?;
        Ok(State { run, versioned })
    }

    /// The tasks of the next superstep by id: `PregelExecutableTask`s, or bare `PregelTask`s.
    #[pyo3(signature = (for_execution=true, with_config=false))]
    fn plan<'py>(&self, py: Python<'py>, for_execution: bool, with_config: bool) -> PyResult<Bound<'py, PyDict>> {
        let tasks = Run::plan_state(self.run.bind(py))?;
        let out = PyDict::new(py);
        for task in tasks {
            let shown = if for_execution { executable(task.bind(py), with_config)? } else { bare(task.bind(py))? };
            out.set_item(&**task.get().id(), shown)?;
        }
        Ok(out)
    }

    /// Applies the writes of tasks (objects with `path`, `name`, `writes`, `triggers`); gives the names of
    /// the channels that changed.
    fn apply<'py>(&self, tasks: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PySet>> {
        let py = tasks.py();
        let run = self.run.get();
        let graph = run.graph.get();
        let mut writes = Vec::new();
        for task in tasks.try_iter()? {
            writes.push(task_writes(graph, &task?)?);
        }
        let mut machine = run.slot.take(py)?;
        let mut host = run.host(py);
        let updated = apply_writes(&graph.core, &mut machine.state, &mut writes, self.versioned, &mut host);
        let updated = updated.map_err(|fault: Fault| PyErr::from(fault))?;
        let names = PySet::empty(py)?;
        for channel in updated {
            names.add(&graph.channels[channel.index()].name)?;
        }
        Ok(names)
    }

    /// The value of one channel, or a dict of several.
    fn read<'py>(&self, select: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        let py = select.py();
        let run = self.run.get();
        let keys = KeySet::of(&run.graph.get().core, select)?;
        let machine = run.slot.take(py)?;
        keys.read(&machine.state, &mut run.host(py))
    }

    /// Channel objects that stand where the channels stand, by name.
    #[getter]
    fn channels<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let run = self.run.get();
        let machine = run.slot.take(py)?;
        let channels = PyDict::new(py);
        for (plan, cell) in run.graph.get().channels.iter().zip(machine.state.cells.iter()) {
            channels.set_item(&plan.name, cells::to_channel(plan.spec.bind(py), cell)?)?;
        }
        Ok(channels)
    }

    #[getter]
    fn versions<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let run = self.run.get();
        checkpoint::versions_dict(py, run.graph.get(), &run.slot.take(py)?.state)
    }

    #[getter]
    fn versions_seen<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let run = self.run.get();
        checkpoint::seen_dict(py, run.graph.get(), &run.slot.take(py)?.state)
    }

    /// The state as a checkpoint dict, with an id of its own unless one is given.
    #[pyo3(signature = (step, *, id=None, updated_channels=None, channels_to_snapshot=None, stored_versions=None))]
    fn checkpoint<'py>(
        &self,
        py: Python<'py>,
        step: i64,
        id: Option<String>,
        updated_channels: Option<Vec<String>>,
        channels_to_snapshot: Option<Bound<'py, PyAny>>,
        stored_versions: Option<Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyDict>> {
        let run = self.run.get();
        let graph = run.graph.get();
        let id = id.unwrap_or_else(|| crate::clock::checkpoint_id(step).text().to_owned());
        let updated: Option<Vec<_>> =
            updated_channels.map(|names| names.iter().filter_map(|name| graph.core.channel_id(name)).collect());
        let mut machine = run.slot.take(py)?;
        let snapshot = match channels_to_snapshot {
            Some(names) => delta::channel_ids(graph, &names)?,
            None => Vec::new(),
        };
        let mut stored = vec![None; graph.channels.len()];
        if let Some(versions) = stored_versions {
            for channel in &snapshot {
                if let Ok(version) = versions.get_item(&graph.channels[channel.index()].name) {
                    stored[channel.index()] = Some(versions::from_python(&version)?);
                }
            }
        }
        let bumped =
            pregel_core::delta::bump(&graph.core, &mut machine.state, &snapshot, &stored.into(), &mut run.host(py));
        bumped.map_err(PyErr::from)?;
        checkpoint::to_dict(py, graph, &machine.state, &id, updated.as_deref(), &snapshot)
    }

    fn __traverse__(&self, visit: pyo3::PyVisit<'_>) -> crate::gc::Traced {
        visit.call(&self.run)
    }
}

fn task_writes(graph: &Graph, task: &Bound<'_, PyAny>) -> PyResult<TaskWrites<Obj>> {
    let name: String = task.getattr(intern!(task.py(), "name"))?.extract()?;
    let mut triggers = Vec::new();
    let mut steps = false;
    for trigger in task.getattr(intern!(task.py(), "triggers"))?.try_iter()? {
        steps = true;
        triggers.extend(graph.core.channel_id(&trigger?.extract::<String>()?));
    }
    Ok(TaskWrites {
        path: Path::Text(path::sort_key_of(&task.getattr(intern!(task.py(), "path"))?)?.into()),
        node: graph.core.node_id(&name),
        name: name.into(),
        triggers: Some(triggers.into()),
        steps,
        writes: writer::parse(&graph.core, &task.getattr(intern!(task.py(), "writes"))?)?,
    })
}

fn bare<'py>(task: &Bound<'py, Task>) -> PyResult<Bound<'py, PyAny>> {
    let py = task.py();
    let inner = task.get();
    let path = path::to_python(py, &inner.path)?;
    lazy::PREGEL_TASK.get(py)?.call1((&**inner.id(), &inner.name, path))
}

fn executable<'py>(task: &Bound<'py, Task>, with_config: bool) -> PyResult<Bound<'py, PyAny>> {
    let py = task.py();
    let inner = task.get();
    let writes = py.import("collections")?.getattr(intern!(py, "deque"))?.call0()?;
    let fields = PyDict::new(py);
    fields.set_item(intern!(fields.py(), "name"), &inner.name)?;
    fields.set_item(intern!(fields.py(), "input"), &inner.input)?;
    fields.set_item(intern!(fields.py(), "proc"), inner.proc_of(py)?)?;
    fields.set_item(intern!(fields.py(), "writes"), &writes)?;
    if with_config {
        let made = Task::config(task)?;
        let patch = [(crate::keys::send(py), writes.getattr(intern!(writes.py(), "extend"))?)];
        fields.set_item(intern!(fields.py(), "config"), config::patched(made.bind(py), &patch)?)?;
    } else {
        fields.set_item(intern!(fields.py(), "config"), PyDict::new(py))?;
    }
    for name in ["triggers", "cache_key", "id", "path", "writers", "subgraphs", "timeout"] {
        fields.set_item(name, task.getattr(name)?)?;
    }
    let retry_policy = task.getattr(intern!(task.py(), "retry_policy"))?;
    let none = PyTuple::empty(py).into_any();
    fields.set_item(intern!(fields.py(), "retry_policy"), if retry_policy.is_none() { none } else { retry_policy })?;
    lazy::EXECUTABLE_TASK.get(py)?.call((), Some(&fields))
}
