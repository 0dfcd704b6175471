//! What one invocation was asked to do; nothing in it changes while the run goes on.

use super::Control;
use crate::attempt::Mode;
use crate::config;
use crate::gc::trace_fields;
use crate::graph::Graph;
use crate::host::Obj;
use crate::keys;
use crate::ledger::Ledger;
use crate::sink::StreamSink;
use crate::tap::Tap;
use crate::task::Task;
use crate::versions::Versioning;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString};

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Durability {
    Sync,
    Async,
    Exit,
}

/// What the driver's caller wants of a run.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Collect {
    /// Every chunk, as it arises.
    Chunks,
    /// Only the last values.
    Latest,
}

/// Where a config names no limit.
const DEFAULT_RECURSION_LIMIT: i64 = 10_007;

pub struct Settings {
    pub mode: Mode,
    pub collect: Collect,
    pub input: Obj,
    pub sink: Option<Py<StreamSink>>,
    pub output_keys: Obj,
    pub stream_keys: Obj,
    pub interrupt_before: Option<Obj>,
    pub interrupt_after: Option<Obj>,
    pub checkpointer: Option<Obj>,
    pub store: Option<Obj>,
    pub cache: Option<Obj>,
    pub durability: Durability,
    pub manager: Option<Obj>,
    /// Hears of nodes in the place of the manager's handlers, where those are the `messages` mode's alone.
    pub tap: Option<Tap>,
    pub control: Control,
    pub migrate: Option<Obj>,
    pub versioning: Versioning,
    pub takes_task_path: bool,
    /// The saver answers at once, so it is called in place.
    pub saves_inline: bool,
    /// The saver's ledger, where it has one that is filled without its methods.
    pub ledger: Option<Py<Ledger>>,
    /// The thread, where its ledger alone tells what subgraphs have stored.
    pub thread: Option<String>,
    pub nested: bool,
    pub addressed: bool,
    pub parent_scratchpad: Option<Obj>,
    pub run_id: Option<Obj>,
    pub node_finished: Option<Obj>,
    /// Tasks run beside the driver, which hands on chunks as they arise.
    pub eager: bool,
    pub step_timeout_s: Option<f64>,
    pub max_concurrency: Option<usize>,
    /// Supersteps that the run may take.
    pub recursion_limit: i64,
    /// Nodes are consumed by `astream`, for tracers that tap streams.
    pub streams_nodes: bool,
    pub has_lifecycle: bool,
}

impl Settings {
    pub fn of(run_config: &Bound<'_, PyDict>, options: &Bound<'_, PyDict>) -> PyResult<Settings> {
        let py = run_config.py();
        let optional = |name: &str| -> PyResult<Option<Obj>> {
            Ok(options.get_item(name)?.filter(|v| !v.is_none()).map(Bound::unbind))
        };
        let required = |name: &str| -> PyResult<Obj> {
            let found = options.get_item(name)?;
            found.map(Bound::unbind).ok_or_else(|| pyo3::exceptions::PyKeyError::new_err(name.to_owned()))
        };
        let nodes = |name: &str| -> PyResult<Option<Obj>> {
            Ok(options.get_item(name)?.filter(|v| v.is_truthy().unwrap_or(false)).map(Bound::unbind))
        };
        let flag =
            |name: &str| -> PyResult<bool> { options.get_item(name)?.map_or(Ok(false), |value| value.is_truthy()) };
        let conf = config::configurable(run_config)?;
        let in_conf = |key: &Bound<'_, PyString>| -> PyResult<Option<Obj>> {
            Ok(conf.get_item(key)?.filter(|v| !v.is_none()).map(Bound::unbind))
        };
        let ledger = match optional("ledger")? {
            Some(ledger) => Some(ledger.into_bound(py).cast_into::<Ledger>()?.unbind()),
            None => None,
        };
        let thread = match conf.get_item(keys::thread_id(py))? {
            // a map may name checkpoints of subgraphs
            Some(thread)
                if flag("loads_inline")? && ledger.is_some() && !conf.contains(keys::checkpoint_map(py))? =>
            {
                thread.extract::<String>().ok().filter(|thread| !thread.is_empty())
            }
            _ => None,
        };
        let versioning = match optional("get_next_version")? {
            _ if ledger.is_some() => Versioning::Digits,
            Some(next) => Versioning::Saver(next),
            None => Versioning::Count,
        };
        let addressed = conf.get_item(keys::checkpoint_id(py))?.map_or(Ok(false), |id| id.is_truthy())?
            || in_conf(keys::replay_state(py))?.is_some();
        let run_id = run_config.get_item(keys::run_id(py))?.filter(|id| !id.is_none());
        Ok(Settings {
            mode: if flag("is_async")? { Mode::Async } else { Mode::Sync },
            collect: if flag("latest_only")? { Collect::Latest } else { Collect::Chunks },
            input: required("input")?,
            sink: options
                .get_item("sink")?
                .filter(|sink| !sink.is_none())
                .map(|sink| sink.cast_into::<StreamSink>().map(Bound::unbind))
                .transpose()?,
            output_keys: required("output_keys")?,
            stream_keys: required("stream_keys")?,
            interrupt_before: nodes("interrupt_before")?,
            interrupt_after: nodes("interrupt_after")?,
            checkpointer: optional("checkpointer")?,
            store: optional("store")?,
            cache: optional("cache")?,
            durability: durability_of(options)?,
            manager: optional("manager")?,
            tap: optional("tap")?.map(|tap| Tap::of(tap.bind(py))).transpose()?,
            control: Control::of(optional("control")?),
            migrate: optional("migrate")?,
            versioning,
            takes_task_path: flag("takes_task_path")?,
            saves_inline: flag("saves_inline")?,
            ledger,
            thread,
            nested: conf.contains(keys::task_id(py))?,
            addressed,
            parent_scratchpad: in_conf(keys::scratchpad(py))?,
            run_id: run_id.map(|id| id.str().map(|id| id.into_any().unbind())).transpose()?,
            node_finished: in_conf(keys::node_finished(py))?,
            eager: flag("eager")?,
            step_timeout_s: optional("step_timeout")?.map(|t| t.extract(py)).transpose()?,
            max_concurrency: run_config
                .get_item(keys::max_concurrency(py))?
                .filter(|n| n.is_truthy().unwrap_or(false))
                .map(|n| n.extract())
                .transpose()?,
            recursion_limit: match run_config.get_item(keys::recursion_limit(py))? {
                Some(limit) => limit.extract()?,
                None => DEFAULT_RECURSION_LIMIT,
            },
            streams_nodes: flag("streams_nodes")?,
            has_lifecycle: flag("has_lifecycle")?,
        })
    }

    /// Of a run of `pregel` in the place of the body of `task`, with nothing asked of it but its last
    /// values, where the run above has no stream or manager to share.
    pub fn nested(task: &Bound<'_, Task>, pregel: &Bound<'_, PyAny>, graph: &Graph) -> PyResult<Settings> {
        let py = task.py();
        let above = &task.get().run.get().settings;
        let shared = |value: &Option<Obj>| value.as_ref().map(|value| value.clone_ref(py));
        let optional = |name: &Bound<'_, PyString>| -> PyResult<Option<Obj>> {
            let value = pregel.getattr(name)?;
            Ok((!value.is_none()).then(|| value.unbind()))
        };
        let nodes = |name: &Bound<'_, PyString>| -> PyResult<Option<Obj>> {
            let value = pregel.getattr(name)?;
            Ok(value.is_truthy()?.then(|| value.unbind()))
        };
        let migrate = match &above.checkpointer {
            Some(_) => Some(pregel.getattr(intern!(py, "_migrate_checkpoint"))?.unbind()),
            None => None,
        };
        Ok(Settings {
            mode: above.mode,
            collect: Collect::Latest,
            input: task.get().input.clone_ref(py),
            sink: None,
            output_keys: graph.output_channels.clone_ref(py),
            stream_keys: graph.stream_channels.clone_ref(py),
            interrupt_before: nodes(intern!(py, "interrupt_before_nodes"))?,
            interrupt_after: nodes(intern!(py, "interrupt_after_nodes"))?,
            checkpointer: shared(&above.checkpointer),
            store: shared(&above.store),
            cache: optional(intern!(py, "cache"))?,
            durability: above.durability,
            manager: None,
            tap: None,
            control: above.control.clone_ref(py),
            migrate,
            versioning: above.versioning.clone_ref(py),
            takes_task_path: above.takes_task_path,
            saves_inline: above.saves_inline,
            ledger: above.ledger.as_ref().map(|ledger| ledger.clone_ref(py)),
            thread: above.thread.clone(),
            nested: true,
            addressed: false,
            parent_scratchpad: Some(task.get().scratchpad(py)?.clone_ref(py).into_any()),
            run_id: None,
            node_finished: shared(&above.node_finished),
            eager: pregel.getattr(intern!(py, "stream_eager"))?.is_truthy()?,
            step_timeout_s: optional(intern!(py, "step_timeout"))?.map(|t| t.extract(py)).transpose()?,
            max_concurrency: above.max_concurrency,
            recursion_limit: above.recursion_limit,
            streams_nodes: false,
            has_lifecycle: false,
        })
    }
}

trace_fields!(Settings: input, sink, output_keys, stream_keys, interrupt_before, interrupt_after, checkpointer, store,
    cache, manager, tap, control, migrate, versioning, parent_scratchpad, run_id, node_finished);

fn durability_of(options: &Bound<'_, PyDict>) -> PyResult<Durability> {
    match options.get_item(intern!(options.py(), "durability"))? {
        Some(durability) => Durability::of(&durability),
        None => Ok(Durability::Async),
    }
}

impl Durability {
    /// By its name; None stands for the default.
    pub fn of(name: &Bound<'_, PyAny>) -> PyResult<Durability> {
        let Some(name) = name.extract::<Option<String>>()? else { return Ok(Durability::Async) };
        Ok(match name.as_str() {
            "sync" => Durability::Sync,
            "exit" => Durability::Exit,
            _ => Durability::Async,
        })
    }
}
