//! The compiled form of a `Pregel`, made once and shared by its runs.

use crate::cells::{self, Initial};
use crate::gc::{trace_fields, Trace, Traced};
use crate::host::{Obj, PyHost};
use crate::known::KnownNames;
use crate::lazy;
use crate::node::{Input, NodePlan};
use crate::writer::{target_of, with_text};
use pregel_core::{Channel, ChannelId, ChannelKind, Graph as CoreGraph, GraphBuilder, Sparse, State, Target};
use pyo3::ffi;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString, PyType};
use std::sync::{Arc, OnceLock};

/// The name that stands for the end of the graph.
pub const END: &str = "__end__";

/// Which channels make up an output: one as it is, or several as a dict.
pub struct KeySet {
    pub one: bool,
    pub keys: Vec<(Py<PyString>, ChannelId)>,
    /// By channel.
    shown: Vec<bool>,
    /// The channels change by nothing but writes to them.
    pub steady: bool,
}

impl KeySet {
    pub fn of(core: &CoreGraph<Obj>, keys: &Bound<'_, PyAny>) -> PyResult<KeySet> {
        let mut set = KeySet { one: false, keys: Vec::new(), shown: vec![false; core.channels.len()], steady: true };
        let add = |set: &mut KeySet, name: Bound<'_, PyString>| -> PyResult<()> {
            if let Some(id) = core.channel_id(&name.extract::<String>()?) {
                set.shown[id.index()] = true;
                set.steady &= core.channel(id).kind.is_steady();
                set.keys.push((name.unbind(), id));
            }
            Ok(())
        };
        if let Ok(name) = keys.cast::<PyString>() {
            add(&mut set, name.clone())?;
            set.one = true;
            return Ok(set);
        }
        for name in keys.try_iter()? {
            add(&mut set, name?.cast_into::<PyString>()?)?;
        }
        Ok(set)
    }

    pub fn contains(&self, channel: ChannelId) -> bool {
        self.shown[channel.index()]
    }

    pub fn shows(&self, target: &Target) -> bool {
        target.channel().is_some_and(|channel| self.contains(channel))
    }

    /// The value of the one channel (None where it is empty), or a dict of those that are there.
    pub fn read<'py>(&self, state: &State<Obj>, host: &mut PyHost<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
        let py = host.py;
        if self.one {
            let Some((_, channel)) = self.keys.first() else { return Ok(py.None().into_bound(py)) };
            let value = cells::show(py, state.cells[channel.index()].read(host)?)?;
            return Ok(value.unwrap_or_else(|| py.None().into_bound(py)));
        }
        let values = PyDict::new(py);
        for (name, channel) in &self.keys {
            if let Some(value) = cells::show(py, state.cells[channel.index()].read(host)?)? {
                values.set_item(name, value)?;
            }
        }
        Ok(values.into_any())
    }
}

pub struct ChannelPlan {
    pub name: Py<PyString>,
    /// The channel object the user declared.
    pub spec: Obj,
    pub initial: Initial,
    pub is_delta: bool,
    /// Each run begins with a cell of its own making, not with a copy of the template's.
    is_made: bool,
}

/// A channel that is kept as the writes since a snapshot.
pub struct DeltaPlan {
    pub channel: ChannelId,
    /// After how many updates a snapshot is due.
    pub frequency: u64,
}

/// The compiled graph: `Graph(nodes, channels, ...)`; see `langgraph_rust.pregel.main`.
#[pyclass(frozen, module = "langgraph_rust._engine")]
pub struct Graph {
    pub core: CoreGraph<Obj>,
    pub channels: Vec<ChannelPlan>,
    pub managed: Py<PyDict>,
    pub nodes: Vec<NodePlan>,
    /// The cells that runs begin with, where they are not made for each.
    template: Arc<[Channel<Obj>]>,
    /// The places of the others.
    made: Vec<usize>,
    pub input_channels: Obj,
    pub output_channels: Obj,
    pub stream_channels: Obj,
    output_set: Arc<KeySet>,
    /// All output channels are channels.
    has_output: bool,
    stream_set: Arc<KeySet>,
    pub retry_policy: Option<Obj>,
    pub cache_policy: Option<Obj>,
    pub has_untracked: bool,
    /// The channel of an entrypoint's last value.
    pub previous: Option<ChannelId>,
    /// The channels that run as Python objects.
    pub foreign: Vec<ChannelId>,
    pub has_delta: bool,
    pub deltas: Vec<DeltaPlan>,
    /// Some node's errors are left to another.
    pub has_handlers: bool,
    /// By the names of nodes; made when the first path function answers.
    destinations: OnceLock<KnownNames<Destination>>,
}

/// Where an answer of a path function leads.
#[derive(Clone)]
pub enum Destination {
    Start,
    End,
    /// Where a write makes the node run.
    Node(Target),
}

impl Destination {
    fn of(core: &CoreGraph<Obj>, name: &str) -> Destination {
        match name {
            "__start__" => Destination::Start,
            END => Destination::End,
            _ => Destination::Node(target_of(core, &format!("branch:to:{name}"))),
        }
    }
}

#[pymethods]
impl Graph {
    #[new]
    #[pyo3(signature = (nodes, channels, input_channels, output_channels, stream_channels, node_error_handler_map=None,
        retry_policy=None, cache_policy=None, watched=false, foreign=Vec::new()))]
    #[allow(clippy::too_many_arguments)]
    fn new(
        nodes: &Bound<'_, PyDict>,
        channels: &Bound<'_, PyDict>,
        input_channels: Bound<'_, PyAny>,
        output_channels: Bound<'_, PyAny>,
        stream_channels: Bound<'_, PyAny>,
        node_error_handler_map: Option<Bound<'_, PyDict>>,
        retry_policy: Option<Bound<'_, PyAny>>,
        cache_policy: Option<Bound<'_, PyAny>>,
        watched: bool,
        foreign: Vec<Bound<'_, PyType>>,
    ) -> PyResult<Self> {
        let py = nodes.py();
        let managed = PyDict::new(py);
        let mut builder = GraphBuilder::default();
        let plans = compile_channels(channels, &managed, &foreign, &mut builder)?;
        for (name, node) in nodes.iter() {
            let triggers: Vec<String> = node
                .getattr(intern!(node.py(), "triggers"))?
                .try_iter()?
                .map(|t| t?.extract())
                .collect::<PyResult<_>>()?;
            builder.add_node(&name.extract::<String>()?, &triggers);
        }
        let core = builder.build();
        let deltas = find_deltas(py, &core, &plans)?;
        let handlers = node_error_handler_map.unwrap_or_else(|| PyDict::new(py));
        let mut compiled = Vec::new();
        for (name, node) in nodes.iter() {
            compiled.push(NodePlan::compile(&name.cast_into()?, &node, &core, &managed, &handlers, watched)?);
        }
        group_inputs(py, &mut compiled);
        let given = |policy: Option<Bound<'_, PyAny>>| -> PyResult<Option<Obj>> {
            Ok(match policy {
                Some(policy) if policy.is_truthy()? => Some(policy.unbind()),
                _ => None,
            })
        };
        let made: Vec<usize> = plans.iter().enumerate().filter(|(_, plan)| plan.is_made).map(|(at, _)| at).collect();
        Ok(Graph {
            template: template_of(py, &core, &plans)?,
            made,
            has_untracked: core.channels.iter().any(|c| c.kind.is_untracked()),
            previous: core.channel_id("__previous__"),
            foreign: core.channel_ids().filter(|id| core.channel(*id).kind.is_foreign()).collect(),
            has_handlers: compiled.iter().any(|node| node.error_handler.is_some()),
            has_delta: !deltas.is_empty(),
            deltas,
            has_output: are_keys(&output_channels, channels)?,
            output_set: Arc::new(KeySet::of(&core, &output_channels)?),
            stream_set: Arc::new(KeySet::of(&core, &stream_channels)?),
            core,
            channels: plans,
            managed: managed.unbind(),
            nodes: compiled,
            input_channels: input_channels.unbind(),
            output_channels: output_channels.unbind(),
            stream_channels: stream_channels.unbind(),
            retry_policy: given(retry_policy)?,
            cache_policy: given(cache_policy)?,
            destinations: OnceLock::new(),
        })
    }

    /// The number of nodes.
    fn __len__(&self) -> usize {
        self.nodes.len()
    }

    /// Whether it is made of these very objects, under the same names.
    fn is_of(&self, nodes: &Bound<'_, PyDict>, channels: &Bound<'_, PyDict>) -> PyResult<bool> {
        let py = nodes.py();
        let managed = self.managed.bind(py);
        if nodes.len() != self.nodes.len() || channels.len() != self.channels.len() + managed.len() {
            return Ok(false);
        }
        let mut own = self.nodes.iter();
        let same_node =
            |name, node| Ok(own.next().is_some_and(|own| own.name.as_ptr() == name && own.node.as_ptr() == node));
        if !all_items(nodes, same_node)? {
            return Ok(false);
        }
        let mut own = self.channels.iter().peekable();
        all_items(channels, |name, spec| {
            if own.next_if(|own| own.name.as_ptr() == name && own.spec.as_ptr() == spec).is_some() {
                return Ok(true);
            }
            // SAFETY: an item of the dict, which nothing changes meanwhile.
            let name = unsafe { Bound::from_borrowed_ptr(py, name) };
            Ok(managed.get_item(name)?.is_some_and(|kept| kept.as_ptr() == spec))
        })
    }

    fn __traverse__(&self, visit: pyo3::PyVisit<'_>) -> Traced {
        self.trace(&visit)
    }
}

trace_fields!(Graph: managed, channels, nodes, input_channels, output_channels, stream_channels,
    retry_policy, cache_policy, core, template);
trace_fields!(ChannelPlan: spec, initial);

impl Trace for CoreGraph<Obj> {
    fn trace(&self, visit: &pyo3::PyVisit<'_>) -> Traced {
        self.channels.iter().try_for_each(|channel| channel.kind.trace(visit))
    }
}

impl Trace for Initial {
    fn trace(&self, visit: &pyo3::PyVisit<'_>) -> Traced {
        match self {
            Initial::Shared(value) => value.trace(visit),
            _ => Ok(()),
        }
    }
}

impl Graph {
    /// Whether `keys` are the graph's own output channels, and all of them exist.
    pub fn shows_whole_output(&self, keys: &Bound<'_, PyAny>) -> bool {
        self.output_channels.is(keys) && self.has_output
    }

    /// Where the answer `name` of a path function leads.
    pub fn destination(&self, name: &Bound<'_, PyString>) -> PyResult<Destination> {
        let of = |name: &str| Destination::of(&self.core, name);
        let known = self.destinations.get_or_init(|| {
            let nodes = self.core.nodes.iter().map(|node| node.name.to_string());
            let names = nodes.chain([END.to_owned()]).map(|name| (name.clone(), of(&name)));
            KnownNames::new(name.py(), names.collect())
        });
        match known.find(name)? {
            Some(found) => Ok(found.clone()),
            None => with_text(name, of),
        }
    }

    /// The set of these keys; those of the graph itself were made with it.
    pub fn keys_of(&self, keys: &Bound<'_, PyAny>) -> PyResult<Arc<KeySet>> {
        if self.output_channels.is(keys) {
            return Ok(self.output_set.clone());
        }
        if self.stream_channels.is(keys) {
            return Ok(self.stream_set.clone());
        }
        Ok(Arc::new(KeySet::of(&self.core, keys)?))
    }

    /// The cells of a run that starts from `values` (channel → saved value).
    pub fn restore(&self, py: Python<'_>, values: Option<&Bound<'_, PyDict>>) -> PyResult<State<Obj>> {
        if values.is_none() {
            return self.begin(py);
        }
        self.restore_by(py, |_, plan| match values {
            Some(values) => values.get_item(&plan.name),
            None => Ok(None),
        })
    }

    /// The cells of a run that starts from what `saved` gives for each channel.
    pub fn restore_by<'py>(
        &self,
        py: Python<'py>,
        mut saved: impl FnMut(ChannelId, &ChannelPlan) -> PyResult<Option<Bound<'py, PyAny>>>,
    ) -> PyResult<State<Obj>> {
        let mut state_cells = Sparse::from_template(self.template.clone());
        for (place, plan) in self.channels.iter().enumerate() {
            if let Some(saved) = saved(ChannelId(place as u32), plan)? {
                state_cells[place] = self.cell(py, place, Some(saved))?;
            } else if plan.is_made {
                state_cells[place] = self.cell(py, place, None)?;
            }
        }
        Ok(State::new(&self.core, state_cells))
    }

    /// The cells of a run that starts from nothing.
    pub fn begin(&self, py: Python<'_>) -> PyResult<State<Obj>> {
        let mut state_cells = Sparse::from_template(self.template.clone());
        for place in &self.made {
            state_cells[*place] = self.cell(py, *place, None)?;
        }
        Ok(State::new(&self.core, state_cells))
    }

    fn cell<'py>(&self, py: Python<'py>, place: usize, saved: Option<Bound<'py, PyAny>>) -> PyResult<Channel<Obj>> {
        let plan = &self.channels[place];
        cells::restore(plan.spec.bind(py), &self.core.channels[place].kind, &plan.initial, saved)
    }
}

/// Whether `holds` for each key and value of a dict; it must not change the dict.
fn all_items(
    dict: &Bound<'_, PyDict>,
    mut holds: impl FnMut(*mut ffi::PyObject, *mut ffi::PyObject) -> PyResult<bool>,
) -> PyResult<bool> {
    let (mut place, mut key, mut value) = (0, std::ptr::null_mut(), std::ptr::null_mut());
    // SAFETY: the references are borrowed from the dict, which is alive and stays as it is.
    while unsafe { ffi::PyDict_Next(dict.as_ptr(), &mut place, &mut key, &mut value) } != 0 {
        if !holds(key, value)? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Adds the channels to `builder`, and the managed values among them to `managed`. Those of a class in
/// `foreign` stay the objects they are.
fn compile_channels(
    channels: &Bound<'_, PyDict>,
    managed: &Bound<'_, PyDict>,
    foreign: &[Bound<'_, PyType>],
    builder: &mut GraphBuilder<Obj>,
) -> PyResult<Vec<ChannelPlan>> {
    let mut plans = Vec::new();
    for (name, spec) in channels.iter() {
        let name = name.cast_into::<PyString>()?;
        if !lazy::BASE_CHANNEL.is_instance(&spec)? {
            managed.set_item(name, spec)?;
            continue;
        }
        let kind = cells::kind_of(&spec, foreign)?;
        let initial = cells::initial_of(&spec)?;
        let is_made = matches!(kind, ChannelKind::Foreign { .. }) || initial.is_made();
        builder.add_channel(&name.extract::<String>()?, kind);
        plans.push(ChannelPlan {
            name: name.unbind(),
            is_made,
            initial,
            is_delta: lazy::DELTA.is_instance(&spec)?,
            spec: spec.unbind(),
        });
    }
    Ok(plans)
}

/// The cells that runs begin with; empty ones stand for those that each run makes.
fn template_of(py: Python<'_>, core: &CoreGraph<Obj>, plans: &[ChannelPlan]) -> PyResult<Arc<[Channel<Obj>]>> {
    let cells = plans.iter().zip(&core.channels).map(|(plan, spec)| match plan.is_made {
        true => Ok(Channel::LastValue(None)),
        false => cells::restore(plan.spec.bind(py), &spec.kind, &plan.initial, None),
    });
    cells.collect::<PyResult<Vec<_>>>().map(Arc::from)
}

/// Whether the channel or all of the channels that `names` names are there.
fn are_keys(names: &Bound<'_, PyAny>, channels: &Bound<'_, PyDict>) -> PyResult<bool> {
    if names.is_instance_of::<PyString>() {
        return channels.contains(names);
    }
    for name in names.try_iter()? {
        if !channels.contains(name?)? {
            return Ok(false);
        }
    }
    Ok(true)
}

fn find_deltas(py: Python<'_>, core: &CoreGraph<Obj>, plans: &[ChannelPlan]) -> PyResult<Vec<DeltaPlan>> {
    let found = core.channel_ids().zip(plans).filter(|(_, plan)| plan.is_delta);
    found
        .map(|(channel, plan)| {
            let frequency = plan.spec.bind(py).getattr(intern!(py, "snapshot_frequency"))?.extract()?;
            Ok(DeltaPlan { channel, frequency })
        })
        .collect()
}

/// Nodes that read the same keys through the same mapper share one number.
fn group_inputs(py: Python<'_>, nodes: &mut [NodePlan]) {
    let mut groups: Vec<(Option<*mut pyo3::ffi::PyObject>, Vec<String>)> = Vec::new();
    for node in nodes {
        let keys = match &node.input {
            Input::One(_) => {
                match node.node.bind(py).getattr(intern!(py, "channels")).and_then(|c| c.extract::<String>()) {
                    Ok(name) => vec![name],
                    Err(_) => Vec::new(),
                }
            }
            Input::Many(keys) => keys.iter().map(|(name, _)| name.to_string()).collect(),
        };
        let group = (node.mapper.as_ref().map(|m| m.as_ptr()), keys);
        node.input_group = groups.iter().position(|g| *g == group).unwrap_or_else(|| {
            groups.push(group);
            groups.len() - 1
        });
    }
}
