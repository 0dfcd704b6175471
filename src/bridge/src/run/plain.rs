//! The run that most callers ask for: a root run that keeps nothing, and that nobody observes.
//!
//! What `pregel/_open.py` finds out of configs and surroundings for any run is known of it at once. Its
//! config is made at the first look (`origin`).

use super::enter::Prepared;
use super::origin::{Caller, Origin};
use super::{Collect, Control, Durability, Machine, Run, Settings};
use crate::attempt::Mode;
use crate::context;
use crate::graph::Graph;
use crate::host::Obj;
use crate::keys;
use crate::lazy;
use crate::shape::Shape;
use crate::sink::StreamSink;
use crate::versions::Versioning;
use crate::writer::with_text;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyDict, PyInt, PyList, PyString, PyTuple};

/// What the caller's config says, if it says nothing out of the ordinary.
#[derive(Default)]
struct Said {
    config: Option<Py<PyDict>>,
    run_id: Option<Obj>,
    max_concurrency: Option<usize>,
    recursion_limit: Option<i64>,
}

impl Said {
    /// None where the config is more than a plain one.
    fn of(config: &Bound<'_, PyAny>) -> PyResult<Option<Said>> {
        let py = config.py();
        let mut said = Said::default();
        if config.is_none() {
            return Ok(Some(said));
        }
        if !config.is_exact_instance_of::<PyDict>() {
            return Ok(None);
        }
        let config = config.cast::<PyDict>()?;
        let copied = config.copy()?;
        for (key, value) in config.iter() {
            if value.is_none() {
                continue;
            }
            if key.is(keys::configurable(py)) {
                if !value.is_exact_instance_of::<PyDict>() {
                    return Ok(None);
                }
                let conf = value.cast::<PyDict>()?;
                if !is_public(conf)? {
                    return Ok(None);
                }
                copied.set_item(key, conf.copy()?)?;
            } else if key.is(keys::recursion_limit(py)) {
                if !value.is_instance_of::<PyInt>() {
                    return Ok(None);
                }
                said.recursion_limit = Some(value.extract()?).filter(|limit| *limit >= 1);
                if said.recursion_limit.is_none() {
                    return Ok(None);
                }
            } else if key.is(keys::max_concurrency(py)) {
                said.max_concurrency = value.extract()?;
                said.max_concurrency = said.max_concurrency.filter(|limit| *limit > 0);
            } else if key.is(keys::run_id(py)) {
                said.run_id = Some(value.str()?.into_any().unbind());
            } else if !key.is(keys::run_name(py)) {
                return Ok(None);
            }
        }
        said.config = Some(copied.unbind());
        Ok(Some(said))
    }
}

/// Whether all the keys are the caller's own, and none names a checkpoint.
fn is_public(conf: &Bound<'_, PyDict>) -> PyResult<bool> {
    for key in conf.keys() {
        let Ok(key) = key.cast::<PyString>() else { return Ok(false) };
        if with_text(key, |key| key.starts_with("__pregel_") || key.starts_with("checkpoint_"))? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// The modes to stream, where the engine itself emits them all: the shape and the set of them.
fn streamed(asked: &Bound<'_, PyAny>) -> PyResult<Option<(Vec<Py<PyString>>, bool)>> {
    let plain = |mode: &Bound<'_, PyAny>| -> PyResult<Option<Py<PyString>>> {
        let Ok(mode) = mode.cast::<PyString>() else { return Ok(None) };
        let known = with_text(mode, |mode| matches!(mode, "values" | "updates"))?;
        Ok(known.then(|| mode.clone().unbind()))
    };
    if let Some(mode) = plain(asked)? {
        return Ok(Some((vec![mode], false)));
    }
    if !asked.is_exact_instance_of::<PyList>() {
        return Ok(None);
    }
    let mut modes = Vec::new();
    for mode in asked.cast::<PyList>()?.iter() {
        let Some(mode) = plain(&mode)? else { return Ok(None) };
        modes.push(mode);
    }
    Ok(Some((modes, true)))
}

/// The attributes of a graph that runs are opened with.
struct Own<'a, 'py>(&'a Bound<'py, PyAny>);

impl<'py> Own<'_, 'py> {
    fn set(&self, name: &Bound<'py, PyString>) -> PyResult<Option<Obj>> {
        let value = self.0.getattr(name)?;
        Ok((!value.is_none()).then(|| value.unbind()))
    }

    fn holds(&self, name: &Bound<'py, PyString>) -> PyResult<bool> {
        self.0.getattr(name)?.is_truthy()
    }

    /// Nodes to pause at: those that are asked for, or the graph's.
    fn nodes(&self, asked: &Bound<'py, PyAny>, name: &Bound<'py, PyString>) -> PyResult<Option<Obj>> {
        if !asked.is_none() && asked.is_truthy()? {
            return Ok(Some(asked.clone().unbind()));
        }
        let own = self.0.getattr(name)?;
        Ok(own.is_truthy()?.then(|| own.unbind()))
    }

    /// Whether it keeps nothing, reports nothing and starts from no config of its own.
    fn is_plain(&self) -> PyResult<bool> {
        let py = self.0.py();
        let checkpointer = self.0.getattr(intern!(py, "checkpointer"))?;
        Ok((checkpointer.is_none() || checkpointer.is(PyBool::new(py, false)))
            && !self.holds(intern!(py, "config"))?
            && !self.holds(intern!(py, "debug"))?)
    }
}

#[pymethods]
impl Run {
    /// Opens the run of a caller who asks for nothing but `asked`: `(context, control, stream_mode,
    /// output_keys, interrupt_before, interrupt_after, durability)`. None where the run is to be opened the
    /// general way. A `stream_mode` of None asks for the last values alone.
    #[staticmethod]
    fn open_plain<'py>(
        pregel: &Bound<'py, PyAny>,
        graph: Py<Graph>,
        input: Obj,
        config: &Bound<'py, PyAny>,
        asked: [Bound<'py, PyAny>; 7],
        asynchronous: bool,
    ) -> PyResult<Option<Run>> {
        let py = pregel.py();
        let own = Own(pregel);
        let [run_context, control, stream_mode, output_keys, before, after, durability] = asked;
        if !own.is_plain()? || run_context.is_instance_of::<PyDict>() {
            return Ok(None);
        }
        if context::value_of(lazy::CONFIG_VAR.get(py)?)?.is_some() {
            return Ok(None);
        }
        let Some(said) = Said::of(config)? else { return Ok(None) };
        let output_keys = match output_keys.is_none() {
            true => graph.get().stream_channels.clone_ref(py),
            false if graph.get().shows_whole_output(&output_keys) => output_keys.unbind(),
            false => return Ok(None),
        };
        let sink = match stream_mode.is_none() {
            true => None,
            false => {
                let Some((modes, many)) = streamed(&stream_mode)? else { return Ok(None) };
                Some(Py::new(py, StreamSink::shaped(py, Shape::of_modes(modes, many))?)?)
            }
        };
        if lazy::AMBIENT_HANDLERS.get(py)?.call0()?.is_truthy()? {
            return Ok(None);
        }
        let control = Control::of((!control.is_none()).then(|| control.unbind()));
        let store = own.set(intern!(py, "store"))?;
        let settings = Settings {
            mode: if asynchronous { Mode::Async } else { Mode::Sync },
            collect: if sink.is_some() { Collect::Chunks } else { Collect::Latest },
            input,
            sink,
            output_keys,
            stream_keys: graph.get().stream_channels.clone_ref(py),
            interrupt_before: own.nodes(&before, intern!(py, "interrupt_before_nodes"))?,
            interrupt_after: own.nodes(&after, intern!(py, "interrupt_after_nodes"))?,
            checkpointer: None,
            store: store.as_ref().map(|store| store.clone_ref(py)),
            cache: own.set(intern!(py, "cache"))?,
            durability: Durability::of(&durability)?,
            manager: None,
            tap: None,
            control: control.clone_ref(py),
            migrate: None,
            versioning: Versioning::Count,
            takes_task_path: false,
            saves_inline: false,
            ledger: None,
            thread: None,
            nested: false,
            addressed: false,
            parent_scratchpad: None,
            run_id: said.run_id,
            node_finished: None,
            eager: own.holds(intern!(py, "stream_eager"))?,
            step_timeout_s: own.set(intern!(py, "step_timeout"))?.map(|t| t.extract(py)).transpose()?,
            max_concurrency: said.max_concurrency,
            recursion_limit: match said.recursion_limit {
                Some(limit) => limit,
                None => lazy::DEFAULT_RECURSION_LIMIT.get(py)?.extract()?,
            },
            streams_nodes: false,
            has_lifecycle: false,
        };
        let prepared = Prepared {
            machine: Machine::idle(PyDict::new(py)),
            namespace: PyTuple::empty(py).unbind(),
            namespace_text: None,
            origin: Origin::Caller(Caller {
                pregel: pregel.clone().unbind(),
                config: said.config,
                context: run_context.unbind(),
                store,
                control,
                durability: (!durability.is_none()).then(|| durability.unbind()),
                resuming: None,
            }),
        };
        Run::assemble(py, graph, settings, prepared).map(Some)
    }

    /// Takes the chunks; None where only the last values are wanted.
    #[getter]
    fn sink(&self, py: Python<'_>) -> Option<Py<StreamSink>> {
        self.settings.sink.as_ref().map(|sink| sink.clone_ref(py))
    }

    #[getter]
    fn max_concurrency(&self) -> Option<usize> {
        self.settings.max_concurrency
    }

    #[getter]
    fn eager(&self) -> bool {
        self.settings.eager
    }

    #[getter]
    fn cache(&self, py: Python<'_>) -> Option<Obj> {
        self.settings.cache.as_ref().map(|cache| cache.clone_ref(py))
    }
}
