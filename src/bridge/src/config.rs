//! The config dict of a task, made in one go when somebody looks at it.

use crate::host::Obj;
use crate::keys;
use crate::lazy;
use crate::task::{Task, Work};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList, PyString};
use std::sync::atomic::Ordering;

/// What the tasks of a superstep share of their configs.
pub struct TaskBase {
    /// The run's config without empty values, and without what each task has of its own.
    pub rest: Py<PyDict>,
    pub metadata: Option<Py<PyDict>>,
    pub tags: Option<Obj>,
    pub configurable: Py<PyDict>,
    pub parent_namespace: Py<PyString>,
}

crate::gc::trace_fields!(TaskBase: rest, metadata, tags, configurable);

impl TaskBase {
    /// Splits a run's config.
    pub fn of(config: &Bound<'_, PyDict>) -> PyResult<TaskBase> {
        let py = config.py();
        let merged = lazy::MERGE_CONFIGS.get(py)?.call1((config,))?.cast_into::<PyDict>()?;
        let metadata = take(&merged, keys::metadata(py))?.map(|m| m.cast_into::<PyDict>()).transpose()?;
        let tags = take(&merged, keys::tags(py))?;
        let configurable = take(&merged, keys::configurable(py))?;
        let configurable = match configurable {
            Some(found) => found.cast_into::<PyDict>()?,
            None => PyDict::new(py),
        };
        // they name the run itself, not the runs of its tasks
        take(&merged, keys::run_name(py))?;
        take(&merged, keys::run_id(py))?;
        let namespace = match configurable.get_item(keys::checkpoint_ns(py))? {
            Some(namespace) => namespace.cast_into::<PyString>()?,
            None => PyString::new(py, ""),
        };
        Ok(TaskBase {
            rest: merged.unbind(),
            metadata: metadata.map(Bound::unbind),
            tags: tags.map(Bound::unbind),
            configurable: configurable.unbind(),
            parent_namespace: namespace.unbind(),
        })
    }
}

fn take<'py>(owner: &Bound<'py, PyDict>, key: &Bound<'py, PyString>) -> PyResult<Option<Bound<'py, PyAny>>> {
    let value = owner.get_item(key)?;
    if value.is_some() {
        owner.del_item(key)?;
    }
    Ok(value)
}

/// A copy of `config` with these keys of its `configurable` set.
pub fn patched<'py>(
    config: &Bound<'py, PyDict>,
    patch: &[(&Bound<'py, PyString>, Bound<'py, PyAny>)],
) -> PyResult<Bound<'py, PyDict>> {
    let py = config.py();
    let out = config.copy()?;
    let configurable = match config.get_item(keys::configurable(py))? {
        Some(found) => found.cast_into::<PyDict>()?.copy()?,
        None => PyDict::new(py),
    };
    for (key, value) in patch {
        configurable.set_item(key, value)?;
    }
    out.set_item(keys::configurable(py), configurable)?;
    Ok(out)
}

/// The `configurable` of a config; an empty one where there is none.
pub fn configurable<'py>(config: &Bound<'py, PyDict>) -> PyResult<Bound<'py, PyDict>> {
    let py = config.py();
    match config.get_item(keys::configurable(py))? {
        Some(found) if !found.is_none() => Ok(found.cast_into::<PyDict>()?),
        _ => Ok(PyDict::new(py)),
    }
}

pub fn of_task<'py>(slf: &Bound<'py, Task>) -> PyResult<Bound<'py, PyDict>> {
    let py = slf.py();
    let task = slf.get();
    let run = task.run.get();
    let own = match &task.parent_config {
        Some(config) => Some(TaskBase::of(config.bind(py))?),
        None => None,
    };
    let shared;
    let base = match &own {
        Some(base) => base,
        None => {
            shared = run.task_base(py)?;
            &shared
        }
    };
    let config = base.rest.bind(py).copy()?;
    config.set_item(keys::metadata(py), metadata(py, task, base)?)?;
    if let Some(tags) = tags(py, task, base)? {
        config.set_item(keys::tags(py), tags)?;
    }
    set_callbacks(py, task, &config)?;
    config.set_item(keys::configurable(py), task_configurable(slf, base)?)?;
    Ok(config)
}

/// The metadata and the tags of a node's task, for callbacks.
pub fn labels<'py>(py: Python<'py>, task: &Task) -> PyResult<(Bound<'py, PyDict>, Option<Bound<'py, PyAny>>)> {
    let base = task.run.get().task_base(py)?;
    Ok((metadata(py, task, &base)?, tags(py, task, &base)?))
}

fn metadata<'py>(py: Python<'py>, task: &Task, base: &TaskBase) -> PyResult<Bound<'py, PyDict>> {
    let metadata = PyDict::new(py);
    if let Some(shared) = &base.metadata {
        for (key, value) in shared.bind(py).iter() {
            metadata.set_item(key, copy_mapping(value)?)?;
        }
    }
    metadata.set_item(keys::langgraph_step(py), task.step)?;
    metadata.set_item(keys::langgraph_node(py), &task.name)?;
    metadata.set_item(keys::langgraph_triggers(py), task.trigger_names(py)?)?;
    metadata.set_item(keys::langgraph_path(py), crate::path::to_python(py, &task.path)?)?;
    metadata.set_item(keys::langgraph_checkpoint_ns(py), task.namespace())?;
    if let Some(Some(own)) = task.node(task.run.get()).map(|node| &node.metadata) {
        for pair in own.bind(py).call_method0(intern!(py, "items"))?.try_iter()? {
            let (key, value): (Bound<'_, PyAny>, Bound<'_, PyAny>) = pair?.extract()?;
            metadata.set_item(key, copy_mapping(value)?)?;
        }
    }
    Ok(metadata)
}

fn copy_mapping(value: Bound<'_, PyAny>) -> PyResult<Bound<'_, PyAny>> {
    match value.cast::<PyDict>() {
        Ok(dict) => Ok(dict.copy()?.into_any()),
        Err(_) => Ok(value),
    }
}

fn tags<'py>(py: Python<'py>, task: &Task, base: &TaskBase) -> PyResult<Option<Bound<'py, PyAny>>> {
    let own = task.node(task.run.get()).and_then(|node| node.tags.as_ref());
    let own = own.map(|tags| tags.bind(py)).filter(|tags| tags.is_truthy().unwrap_or(false));
    let shared = base.tags.as_ref().map(|tags| tags.bind(py));
    Ok(match (shared, own) {
        (None, None) => None,
        (Some(tags), None) | (None, Some(tags)) => Some(tags.clone()),
        (Some(shared), Some(own)) => {
            let both = PyList::empty(py);
            for tag in shared.try_iter()?.chain(own.try_iter()?) {
                both.append(tag?)?;
            }
            Some(both.into_any())
        }
    })
}

/// With a callback manager, the task reports to a child of it under its own name.
fn set_callbacks(py: Python<'_>, task: &Task, config: &Bound<'_, PyDict>) -> PyResult<()> {
    if let Work::Call(call) = &task.work {
        if let Some(callbacks) = &call.callbacks {
            config.set_item(keys::callbacks(py), callbacks)?;
            config.set_item(keys::run_name(py), &task.name)?;
            return Ok(());
        }
    }
    let run = task.run.get();
    if let Some(tap) = task.tap() {
        let metadata = config.get_item(keys::metadata(py))?;
        let tags = config.get_item(keys::tags(py))?;
        let child = tap.object.bind(py).call_method1(intern!(py, "callbacks"), (task.step, metadata, tags))?;
        return config.set_item(keys::callbacks(py), child);
    }
    if let Some(manager) = &run.settings.manager {
        let child = manager.bind(py).call_method1(intern!(py, "get_child"), (format!("graph:step:{}", task.step),))?;
        config.set_item(keys::callbacks(py), child)?;
        config.set_item(keys::run_name(py), &task.name)?;
        return Ok(());
    }
    let asynchronous = run.settings.mode == crate::attempt::Mode::Async;
    let callbacks = lazy::support(py, "task_callbacks")?.call1((config, asynchronous))?;
    config.set_item(keys::callbacks(py), callbacks)
}

fn task_configurable<'py>(slf: &Bound<'py, Task>, base: &TaskBase) -> PyResult<Bound<'py, PyDict>> {
    let py = slf.py();
    let task = slf.get();
    let run = task.run.get();
    let shared = base.configurable.bind(py);
    let conf = shared.copy()?;
    conf.set_item(keys::task_id(py), &**task.id())?;
    conf.set_item(keys::send(py), slf.getattr(intern!(slf.py(), "send"))?)?;
    conf.set_item(keys::read(py), slf.getattr(intern!(slf.py(), "read"))?)?;
    conf.set_item(keys::call(py), slf.getattr(intern!(slf.py(), "call"))?)?;
    if let Some(saver) = &run.settings.checkpointer {
        conf.set_item(keys::checkpointer(py), saver)?;
    } else if !conf.contains(keys::checkpointer(py))? {
        conf.set_item(keys::checkpointer(py), py.None())?;
    }
    let map = match shared.get_item(keys::checkpoint_map(py))? {
        Some(map) => map.cast_into::<PyDict>()?.copy()?,
        None => PyDict::new(py),
    };
    map.set_item(&base.parent_namespace, task.checkpoint_id.text())?;
    conf.set_item(keys::checkpoint_map(py), map)?;
    conf.set_item(keys::checkpoint_id(py), py.None())?;
    conf.set_item(keys::checkpoint_ns(py), task.namespace())?;
    conf.set_item(keys::scratchpad(py), task.scratchpad(py)?)?;
    conf.set_item(keys::runtime(py), runtime(slf, base)?)?;
    if let Some(failure) = &task.failure {
        conf.set_item(keys::node_error(py), failure)?;
    }
    if task.attempts.load(Ordering::Relaxed) > 1 {
        conf.set_item(keys::resuming(py), true)?;
    }
    Ok(conf)
}

/// The runtime of the task's current attempt.
pub fn runtime<'py>(slf: &Bound<'py, Task>, base: &TaskBase) -> PyResult<Bound<'py, PyAny>> {
    let py = slf.py();
    let task = slf.get();
    let run = task.run.get();
    let conf = base.configurable.bind(py);
    let shared = match conf.get_item(keys::runtime(py))? {
        Some(runtime) => runtime,
        None => lazy::DEFAULT_RUNTIME.get(py)?.clone(),
    };
    let info = PyDict::new(py);
    info.set_item(intern!(info.py(), "checkpoint_id"), task.checkpoint_id.text())?;
    info.set_item(intern!(info.py(), "checkpoint_ns"), task.namespace())?;
    info.set_item(intern!(info.py(), "task_id"), &**task.id())?;
    info.set_item(intern!(info.py(), "thread_id"), conf.get_item(keys::thread_id(py))?)?;
    info.set_item(intern!(info.py(), "run_id"), run.settings.run_id.as_ref())?;
    info.set_item(intern!(info.py(), "node_attempt"), task.attempts.load(Ordering::Relaxed).max(1))?;
    info.set_item(intern!(info.py(), "node_first_attempt_time"), task.started())?;
    let info = lazy::EXECUTION_INFO.get(py)?.call((), Some(&info))?;
    let overrides = PyDict::new(py);
    overrides.set_item(intern!(overrides.py(), "store"), run.settings.store.as_ref())?;
    overrides.set_item(intern!(overrides.py(), "execution_info"), info)?;
    if let Some(previous) = &task.previous {
        overrides.set_item(intern!(overrides.py(), "previous"), previous)?;
    }
    shared.call_method(intern!(shared.py(), "override"), (), Some(&overrides))
}
