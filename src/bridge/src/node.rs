//! How each node runs, decided once when the graph is compiled.

use crate::gc::{trace_fields, Trace, Traced};
use crate::host::Obj;
use crate::lazy;
use crate::offload::Pace;
use crate::writer::{self, Writer};
use pregel_core::{ChannelId, Graph, NodeId};
use pyo3::exceptions::PyRuntimeError;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList, PyString, PyTuple};
use std::sync::Arc;

/// Where one key of a node's input comes from.
pub enum Source {
    Channel(ChannelId),
    Managed(Obj),
    Absent,
}

pub enum Input {
    /// The value of one channel as it is.
    One(Source),
    /// A dict of the available channels.
    Many(Vec<(Py<PyString>, Source)>),
}

pub struct NodePlan {
    pub name: Py<PyString>,
    /// The user's `PregelNode`.
    pub node: Obj,
    pub input: Input,
    pub mapper: Option<Obj>,
    /// Nodes with the same number read the same input and may share a copy of it.
    pub input_group: usize,
    pub body: Body,
    /// `None` where a writer is not one of ours: the node is then run as the Runnable it is.
    pub writers: Option<Vec<Writer>>,
    pub tags: Option<Obj>,
    pub hidden: bool,
    pub metadata: Option<Obj>,
    pub retry_policy: Option<Obj>,
    pub cache_policy: Option<Obj>,
    pub timeout: Option<Obj>,
    pub error_handler: Option<NodeId>,
    pub is_error_handler: bool,
    pub has_body: bool,
    /// Callbacks hear of one run of it and no other under its name, or of nothing to be shown: a tap may be told
    /// instead.
    pub taps: bool,
    /// Nothing can be streamed while it runs: it only passes its input on, and is not shown.
    pub is_silent: bool,
}

/// What a node does before its writers.
pub enum Body {
    /// Nothing: its input goes straight to the writers.
    Nothing,
    Callable(CallablePlan),
    Runnable(Obj),
    /// A graph of ours.
    Subgraph(Obj),
}

/// A user's function with the arguments that are injected into it.
pub struct CallablePlan {
    pub runnable: Obj,
    pub func: Option<Obj>,
    pub afunc: Option<Obj>,
    /// The async form only moves the sync one to a thread.
    pub sync_origin: bool,
    pub injections: Vec<(Py<PyString>, Injection)>,
    pub kwargs: Option<Py<PyDict>>,
    /// A Runnable that the function returns is run in its turn.
    pub recurse: bool,
    pub explode_args: bool,
    pub pace: Arc<Pace>,
}

pub enum Injection {
    Config,
    Runtime,
    Error(Obj),
    /// An attribute of the runtime.
    Field(Py<PyString>),
}

impl CallablePlan {
    /// The plan of exactly our `RunnableCallable`; `None` for every other Runnable.
    pub fn of(runnable: &Bound<'_, PyAny>) -> PyResult<Option<CallablePlan>> {
        if !lazy::RUNNABLE_CALLABLE.is_type_of(runnable)? {
            return Ok(None);
        }
        let optional = |name: &str| -> PyResult<Option<Obj>> {
            let value = runnable.getattr(name)?;
            Ok((!value.is_none()).then(|| value.unbind()))
        };
        let flag = |name: &str| -> PyResult<bool> { runnable.getattr(name)?.is_truthy() };
        let kwargs = runnable.getattr(intern!(runnable.py(), "kwargs"))?.cast_into::<PyDict>()?;
        let mut injections = Vec::new();
        for (keyword, accepted) in runnable.getattr(intern!(runnable.py(), "func_accepts"))?.cast_into::<PyDict>()? {
            let (field, default): (Bound<'_, PyString>, Bound<'_, PyAny>) = accepted.extract()?;
            let injection = match keyword.extract::<String>()?.as_str() {
                "config" => Injection::Config,
                "runtime" => Injection::Runtime,
                "error" => Injection::Error(default.unbind()),
                _ => Injection::Field(field.unbind()),
            };
            if !kwargs.contains(&keyword)? {
                injections.push((keyword.cast_into::<PyString>()?.unbind(), injection));
            }
        }
        let sync_origin = runnable.getattr_opt("sync_origin")?.map_or(Ok(false), |v| v.is_truthy())?;
        Ok(Some(CallablePlan {
            runnable: runnable.clone().unbind(),
            func: optional("func")?,
            afunc: optional("afunc")?,
            sync_origin,
            injections,
            kwargs: (!kwargs.is_empty()).then(|| kwargs.unbind()),
            recurse: flag("recurse")?,
            explode_args: flag("explode_args")?,
            pace: Arc::default(),
        }))
    }
}

impl NodePlan {
    /// How quick calls of its function were.
    pub fn pace(&self) -> Option<&Arc<Pace>> {
        match &self.body {
            Body::Callable(plan) => Some(&plan.pace),
            _ => None,
        }
    }

    /// With `watched`, the node is run as the Runnable it is.
    pub fn compile(
        name: &Bound<'_, PyString>,
        node: &Bound<'_, PyAny>,
        graph: &Graph<Obj>,
        managed: &Bound<'_, PyDict>,
        error_handlers: &Bound<'_, PyDict>,
        watched: bool,
    ) -> PyResult<NodePlan> {
        let optional = |attribute: &str| -> PyResult<Option<Obj>> {
            let value = node.getattr(attribute)?;
            Ok((!value.is_none()).then(|| value.unbind()))
        };
        let tags = optional("tags")?;
        let hidden = match &tags {
            Some(tags) => tags.bind(node.py()).contains("langsmith:hidden")?,
            None => false,
        };
        let handler = error_handlers.get_item(name)?.map(|h| h.extract::<String>()).transpose()?;
        let writers =
            if watched { None } else { writer::compile(&node.getattr(intern!(node.py(), "flat_writers"))?, graph)? };
        let body = compile_body(&node.getattr(intern!(node.py(), "bound"))?)?;
        let passes_on = |writers: &Vec<Writer>| writers.iter().all(|writer| matches!(writer, Writer::Entries(_)));
        let is_silent = hidden && matches!(body, Body::Nothing) && writers.as_ref().is_some_and(passes_on);
        let reports_once = writers.as_deref().is_some_and(|writers| !writers.is_empty())
            && optional("trace_policy")?.is_none()
            && reports_under(&body, writers.as_deref().unwrap_or_default(), name)?;
        let has_body = !matches!(body, Body::Nothing) || writers.as_ref().is_none_or(|w| !w.is_empty());
        Ok(NodePlan {
            name: name.clone().unbind(),
            input: compile_input(&node.getattr(intern!(node.py(), "channels"))?, graph, managed)?,
            mapper: optional("mapper")?,
            input_group: 0,
            body,
            writers,
            tags,
            hidden,
            metadata: optional("metadata")?,
            retry_policy: optional("retry_policy")?.filter(|p| p.bind(node.py()).is_truthy().unwrap_or(true)),
            cache_policy: optional("cache_policy")?,
            timeout: optional("timeout")?,
            error_handler: handler.and_then(|h| graph.node_id(&h)),
            is_error_handler: node.getattr(intern!(node.py(), "is_error_handler"))?.is_truthy()?,
            has_body,
            taps: is_silent || reports_once,
            is_silent,
            node: node.clone().unbind(),
        })
    }
}

/// Whether a node reports to callbacks as `name`, and nothing in it that is run natively would do so too.
fn reports_under(body: &Body, writers: &[Writer], name: &Bound<'_, PyString>) -> PyResult<bool> {
    let shares_name = |plan: &CallablePlan| -> PyResult<bool> {
        let runnable = plan.runnable.bind(name.py());
        Ok(runnable.getattr(intern!(runnable.py(), "trace"))?.is_truthy()?
            && runnable.getattr(intern!(runnable.py(), "name"))?.eq(name)?)
    };
    match body {
        Body::Nothing | Body::Subgraph(_) => return Ok(false),
        Body::Callable(plan) if shares_name(plan)? => return Ok(false),
        Body::Callable(_) | Body::Runnable(_) => {}
    }
    for writer in writers {
        if let Writer::Branch(branch) = writer {
            if branch.callable.as_ref().map_or(Ok(false), shares_name)? {
                return Ok(false);
            }
        }
    }
    Ok(true)
}

fn compile_body(bound: &Bound<'_, PyAny>) -> PyResult<Body> {
    if bound.is(lazy::DEFAULT_BOUND.get(bound.py())?) {
        return Ok(Body::Nothing);
    }
    Ok(match CallablePlan::of(bound)? {
        Some(plan) => Body::Callable(plan),
        None if lazy::PREGEL.is_instance(bound)? => Body::Subgraph(bound.clone().unbind()),
        None => Body::Runnable(bound.clone().unbind()),
    })
}

fn compile_input(channels: &Bound<'_, PyAny>, graph: &Graph<Obj>, managed: &Bound<'_, PyDict>) -> PyResult<Input> {
    let source = |name: &Bound<'_, PyString>| -> PyResult<Source> {
        if let Some(id) = graph.channel_id(&name.extract::<String>()?) {
            return Ok(Source::Channel(id));
        }
        Ok(managed.get_item(name)?.map_or(Source::Absent, |m| Source::Managed(m.unbind())))
    };
    if let Ok(name) = channels.cast::<PyString>() {
        return Ok(Input::One(source(name)?));
    }
    if !channels.is_instance_of::<PyList>() && !channels.is_instance_of::<PyTuple>() {
        return Err(PyRuntimeError::new_err(format!("Invalid channels type, expected list or dict, got {channels}")));
    }
    let mut sources = Vec::new();
    for name in channels.try_iter()? {
        let name = name?.cast_into::<PyString>()?;
        let source = source(&name)?;
        sources.push((name.unbind(), source));
    }
    Ok(Input::Many(sources))
}

trace_fields!(NodePlan: node, input, mapper, body, writers, tags, metadata, retry_policy, cache_policy, timeout);
trace_fields!(CallablePlan: runnable, func, afunc, injections, kwargs);

impl Trace for Source {
    fn trace(&self, visit: &pyo3::PyVisit<'_>) -> Traced {
        match self {
            Source::Managed(spec) => spec.trace(visit),
            Source::Channel(_) | Source::Absent => Ok(()),
        }
    }
}

impl Trace for Input {
    fn trace(&self, visit: &pyo3::PyVisit<'_>) -> Traced {
        match self {
            Input::One(source) => source.trace(visit),
            Input::Many(keys) => keys.iter().try_for_each(|(_, source)| source.trace(visit)),
        }
    }
}

impl Trace for Body {
    fn trace(&self, visit: &pyo3::PyVisit<'_>) -> Traced {
        match self {
            Body::Nothing => Ok(()),
            Body::Callable(plan) => plan.trace(visit),
            Body::Runnable(runnable) | Body::Subgraph(runnable) => runnable.trace(visit),
        }
    }
}

impl Trace for (Py<PyString>, Injection) {
    fn trace(&self, visit: &pyo3::PyVisit<'_>) -> Traced {
        match &self.1 {
            Injection::Error(default) => default.trace(visit),
            Injection::Config | Injection::Runtime | Injection::Field(_) => Ok(()),
        }
    }
}
