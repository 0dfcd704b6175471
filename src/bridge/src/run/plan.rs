//! The beginning of a superstep: which tasks it runs.

use super::inputs::Inputs;
use super::{advance, is_unaddressed_answer, Machine, Run};
use crate::cells;
use crate::error::add_note;
use crate::graph::Graph;
use crate::host::{Obj, PyHost};
use crate::lazy;
use crate::node::NodePlan;
use crate::task::{Answers, Task, TaskSeed, Work};
use crate::writer::with_text;
use pregel_core::graph::Node;
use pregel_core::path::{Path, PULL, PUSH};
use pregel_core::task_id::{interrupt_id, TaskIds};
use pregel_core::{interrupt, namespace, plan, Channel, ChannelId, NodeId, Reserved, Status, Superstep};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList, PyString};
use smallvec::SmallVec;
use std::borrow::Cow;
use std::sync::Arc;

impl Run {
    /// Plans the next superstep. False when the run is over; raises `GraphInterrupt` where it pauses.
    pub fn tick(slf: &Bound<'_, Run>) -> PyResult<bool> {
        let py = slf.py();
        let run = slf.get();
        let mut machine = run.slot.take(py)?;
        let machine = &mut *machine;
        advance(machine, Superstep::Planned)?;
        if machine.step > machine.stop {
            machine.status = Status::OutOfSteps;
            Run::plan_tasks(slf, machine)?;
            return Ok(false);
        }
        Run::plan_tasks(slf, machine)?;
        if machine.tasks.is_empty() {
            machine.status = Status::Done;
            return Ok(false);
        }
        if !machine.replaying && !machine.pending.is_empty() {
            run.reapply(py, machine)?;
            Run::resume_error_handlers(slf, machine)?;
        }
        if let Some(nodes) = &run.settings.interrupt_before {
            if run.is_interrupted(py, machine, nodes)? {
                machine.status = Status::InterruptBefore;
                return Err(PyErr::from_value(lazy::GRAPH_INTERRUPT.get(py)?.call0()?));
            }
        }
        if run.settings.control.asks_to_drain(py)? {
            machine.status = Status::Draining;
            return Ok(false);
        }
        advance(machine, Superstep::Running)?;
        run.emit_tasks(py, machine, &machine.tasks)?;
        if !machine.pending.is_empty() {
            for task in &machine.tasks {
                let writes = task.get().copy_writes();
                if !writes.is_empty() {
                    run.emit_writes(py, machine, task, &writes, true)?;
                }
            }
        }
        Ok(true)
    }

    /// Makes the tasks, and shows the checkpoint they were made from.
    pub fn plan_tasks(slf: &Bound<'_, Run>, machine: &mut Machine) -> PyResult<()> {
        let run = slf.get();
        release(std::mem::take(&mut machine.tasks));
        machine.tasks = Planner::new(slf, machine).tasks()?;
        machine.planned = true;
        if run.settings.checkpointer.is_some() && run.shows_checkpoints() {
            run.settle_address(slf.py(), machine)?;
            run.emit_checkpoint(slf.py(), machine)?;
        }
        Ok(())
    }

    /// Whether the run pauses at one of these nodes: it has a task there, and news since the last pause.
    pub fn is_interrupted(&self, py: Python<'_>, machine: &Machine, nodes: &Obj) -> PyResult<bool> {
        let nodes = nodes.bind(py);
        let all = nodes.cast::<PyString>().is_ok_and(|text| text.to_cow().is_ok_and(|t| t == "*"));
        for task in &machine.tasks {
            let task = task.get();
            let named = if all { !task.is_hidden() } else { nodes.contains(&task.name)? };
            if named {
                // this looks at every channel, so it comes last
                return Ok(interrupt::has_news(&self.graph.get().core, &machine.state));
            }
        }
        Ok(false)
    }
}

/// The tasks of a superstep; of most it is one.
pub type Tasks = SmallVec<[Py<Task>; 2]>;

/// Lets go of tasks that have run: what they hold of their own leads back to them.
pub fn release(tasks: Tasks) {
    for task in &tasks {
        task.get().release();
    }
}

/// Makes the tasks of one superstep.
pub struct Planner<'a, 'py> {
    slf: &'a Bound<'py, Run>,
    py: Python<'py>,
    machine: &'a Machine,
    graph: &'a Graph,
    /// Made for the first id, with the step as ids name it.
    ids: Option<(TaskIds, String)>,
    inputs: Inputs<'a, 'py>,
    unaddressed: bool,
}

impl<'a, 'py> Planner<'a, 'py> {
    pub fn new(slf: &'a Bound<'py, Run>, machine: &'a Machine) -> Self {
        let py = slf.py();
        Planner {
            slf,
            py,
            machine,
            graph: slf.get().graph.get(),
            ids: None,
            inputs: Inputs::new(py, &machine.state, machine.step, machine.stop),
            unaddressed: machine.pending.iter().any(is_unaddressed_answer),
        }
    }

    pub fn tasks(mut self) -> PyResult<Tasks> {
        let mut host = self.slf.get().host(self.py);
        let mut tasks = Tasks::new();
        if let Some(channel) = self.graph.core.tasks {
            let packets = self.packets(channel, &mut host)?;
            tasks.reserve(packets.len());
            for (index, packet) in packets.iter().enumerate() {
                if let Some(task) = self.send(index, packet.bind(self.py))? {
                    tasks.push(task);
                }
            }
        }
        let updated = self.machine.updated.as_deref();
        for node in
            plan::triggered_nodes(&self.graph.core, &self.machine.state, updated, &mut host).map_err(PyErr::from)?
        {
            if let Some(task) = self.pull(node, &mut host)? {
                tasks.push(task);
            }
        }
        Ok(tasks)
    }

    /// What was sent in the superstep before.
    fn packets(&self, channel: ChannelId, host: &mut PyHost<'_, 'py>) -> PyResult<Cow<'a, [Obj]>> {
        let cell = &self.machine.state.cells[channel.index()];
        if let Channel::Topic(topic) = cell {
            return Ok(Cow::Borrowed(&topic.values));
        }
        Ok(match cells::show(self.py, cell.read(host)?)? {
            Some(values) => values.try_iter()?.map(|value| Ok(value?.unbind())).collect::<PyResult<_>>()?,
            None => Cow::Borrowed(&[]),
        })
    }

    /// Begins the id of a task of the node `name`, made by the run or by the task with this namespace.
    fn id(&mut self, above: Option<&str>, name: &str) -> &mut TaskIds {
        let machine = self.machine;
        let (ids, step) = self.ids.get_or_insert_with(|| {
            (TaskIds::new(machine.scheme(), machine.checkpoint_id.bytes()), machine.step.to_string())
        });
        begin_id(ids, above.unwrap_or_else(|| self.slf.get().prefix()), name, step)
    }

    fn pull(&mut self, id: NodeId, host: &mut PyHost<'_, 'py>) -> PyResult<Option<Py<Task>>> {
        let node = &self.graph.nodes[id.index()];
        let core = self.graph.core.node(id);
        let input = match self.inputs.of(node, host) {
            Ok(Some(input)) => input,
            Ok(None) => return Ok(None),
            Err(error) => {
                let note = format!("Before task with name '{0}' and path '('{PULL}', '{0}')'", core.name);
                add_note(self.py, &error, &note);
                return Err(error);
            }
        };
        if !node.has_body {
            return Ok(None);
        }
        let seed = TaskSeed {
            work: Work::Node(id),
            name: node.name.clone_ref(self.py),
            name_text: core.name.clone(),
            path: Path::Pull(core.name.clone()),
            answers: self.answers(None, &core.name, |planner| id_of_pull(planner.id(None, &core.name), core))?,
            cache_key: self.cache_key(node, &input)?,
            timeout: node.timeout.as_ref().map(|t| t.clone_ref(self.py)),
            input: input.unbind(),
            failure: None,
            previous: Some(self.previous()),
            parent_config: None,
            id: None,
            above: None,
        };
        self.make(seed).map(Some)
    }

    fn send(&mut self, index: usize, packet: &Bound<'py, PyAny>) -> PyResult<Option<Py<Task>>> {
        if !lazy::SEND.is_or_resembles(packet)? {
            let text = format!("Ignoring invalid packet type {} in pending sends", packet.get_type().repr()?);
            lazy::support(self.py, "warn")?.call1((text,))?;
            return Ok(None);
        }
        let target = packet.getattr(intern!(self.py, "node"))?.cast_into::<PyString>()?;
        let Some(id) = with_text(&target, |name| self.graph.core.node_id(name))? else {
            let text = format!("Ignoring unknown node name {target} in pending sends");
            lazy::support(self.py, "warn")?.call1((text,))?;
            return Ok(None);
        };
        let node = &self.graph.nodes[id.index()];
        if !node.has_body {
            return Ok(None);
        }
        let core = self.graph.core.node(id);
        let input = packet.getattr(intern!(self.py, "arg"))?;
        let timeout = packet.getattr(intern!(self.py, "timeout"))?;
        let timeout = if timeout.is_none() {
            node.timeout.as_ref().map(|t| t.clone_ref(self.py))
        } else {
            Some(timeout.unbind())
        };
        let seed = TaskSeed {
            work: Work::Node(id),
            name: node.name.clone_ref(self.py),
            name_text: core.name.clone(),
            path: Path::Send(index),
            answers: self.answers(None, &core.name, |planner| id_of_send(planner.id(None, &core.name), index))?,
            cache_key: self.cache_key(node, &input)?,
            timeout,
            input: input.unbind(),
            failure: None,
            previous: Some(self.previous()),
            parent_config: None,
            id: None,
            above: None,
        };
        self.make(seed).map(Some)
    }

    /// The task that takes care of a failed one.
    pub fn handler(
        &mut self,
        failed: &Bound<'py, Task>,
        id: NodeId,
        error: &Bound<'py, PyAny>,
    ) -> PyResult<Option<Py<Task>>> {
        let node = &self.graph.nodes[id.index()];
        if !node.has_body {
            return Ok(None);
        }
        let task = failed.get();
        let name = self.graph.core.node(id).name.clone();
        let task_id = self.id(None, &name).add(PUSH).add("node_error_handler").add(task.id()).make();
        let failure = lazy::NODE_ERROR.get(self.py)?;
        let fields = PyDict::new(self.py);
        fields.set_item(intern!(fields.py(), "node"), &task.name)?;
        fields.set_item(intern!(fields.py(), "error"), error)?;
        let seed = TaskSeed {
            work: Work::Node(id),
            name: node.name.clone_ref(self.py),
            answers: self.answers(None, &name, |_| task_id.clone())?,
            name_text: name,
            path: Path::ErrorHandler(Box::new(task.path.clone())),
            cache_key: self.cache_key(node, task.input.bind(self.py))?,
            timeout: None,
            input: task.input.clone_ref(self.py),
            failure: Some(failure.call((), Some(&fields))?.unbind()),
            previous: Some(self.previous()),
            parent_config: None,
            id: Some(task_id),
            above: None,
        };
        self.make(seed).map(Some)
    }

    /// The task that runs a function called from inside `caller`.
    pub fn call(&mut self, caller: &Bound<'py, Task>, index: usize, name: &str, call: CallSeed) -> PyResult<Py<Task>> {
        let parent = caller.get();
        let above = parent.namespace();
        let path = parent.path.sort_key();
        let task_id = self.id(Some(&above), name).add(PUSH).add(&path).add(&index.to_string()).make();
        let seed = TaskSeed {
            answers: self.answers(Some(&above), name, |_| task_id.clone())?,
            work: Work::Call(call.work),
            name: PyString::new(self.py, name).unbind(),
            name_text: name.into(),
            path: Path::Call { parent: Box::new(parent.path.clone()), index },
            cache_key: call.cache_key,
            timeout: call.timeout,
            input: call.input,
            failure: None,
            previous: None,
            parent_config: Some(Task::own_config(caller)?),
            id: Some(task_id),
            above: Some(above),
        };
        self.make(seed)
    }

    fn make(&self, seed: TaskSeed) -> PyResult<Py<Task>> {
        Py::new(self.py, Task::new(self.slf.clone().unbind(), seed, self.machine))
    }

    fn previous(&self) -> Obj {
        self.machine.previous.as_ref().map_or_else(|| self.py.None(), |p| p.clone_ref(self.py))
    }

    fn cache_key(&self, node: &NodePlan, input: &Bound<'py, PyAny>) -> PyResult<Option<Obj>> {
        let policy = node.cache_policy.as_ref().or(self.graph.cache_policy.as_ref());
        let Some(policy) = policy else { return Ok(None) };
        let made = lazy::support(self.py, "node_cache_key")?;
        Ok(Some(made.call1((policy, &node.node, &node.name, input))?.unbind()))
    }

    /// The answers that pending writes and the resume map hold for a task.
    fn answers(
        &mut self,
        above: Option<&str>,
        name: &str,
        id: impl FnOnce(&mut Self) -> Arc<str>,
    ) -> PyResult<Answers> {
        if self.machine.pending.is_empty() {
            return Ok(Answers::default());
        }
        let task_id = &*id(self);
        let given = PyList::empty(self.py);
        let own = self.machine.pending.iter();
        if let Some(found) = own.clone().find(|p| &*p.task_id == task_id && p.write.target.is(Reserved::Resume)) {
            let value = found.write.value.bind(self.py);
            match value.cast::<PyList>() {
                Ok(list) => {
                    for item in list.iter() {
                        given.append(item)?;
                    }
                }
                Err(_) => given.append(value)?,
            }
        }
        let configurable = crate::config::configurable(self.slf.get().config(self.py)?.bind(self.py))?;
        if let Some(map) = configurable.get_item(crate::keys::resume_map(self.py))? {
            if map.is_truthy()? {
                let map = map.cast_into::<PyDict>()?;
                let namespace = &namespace::of_task(above.unwrap_or_else(|| self.slf.get().prefix()), name, task_id);
                let next = map.get_item(interrupt_id(namespace, given.len()))?;
                let answer = match next {
                    Some(answer) => Some(answer),
                    None => map.get_item(interrupt_id(namespace, 0))?,
                };
                if let Some(answer) = answer {
                    given.append(answer)?;
                }
            }
        }
        Ok(Answers { given: Some(given.unbind()), unaddressed: self.unaddressed })
    }
}

/// Begins the id of a task of the node `name` under a namespace.
pub fn begin_id<'i>(ids: &'i mut TaskIds, above: &str, name: &str, step: &str) -> &'i mut TaskIds {
    if !above.is_empty() {
        ids.add(above).add(namespace::SEPARATOR);
    }
    ids.add(name).add(step).add(name)
}

/// The id, as far as it was begun, of the task that a node's triggers make.
pub fn id_of_pull(begun: &mut TaskIds, node: &Node) -> Arc<str> {
    begun.add(PULL);
    for trigger in &node.sorted_triggers {
        begun.add(trigger);
    }
    begun.make()
}

/// The id, as far as it was begun, of the task that a send makes.
pub fn id_of_send(begun: &mut TaskIds, index: usize) -> Arc<str> {
    begun.add(PUSH).add(&index.to_string()).make()
}

/// What a call brings to its task.
pub struct CallSeed {
    pub work: crate::task::CallWork,
    pub input: Obj,
    pub cache_key: Option<Obj>,
    pub timeout: Option<Obj>,
}
