//! The beginning of a run: from its config and a loaded checkpoint to the first plan.

use super::checkpoint::Source;
use super::delta::Delta;
use super::load::Saved;
use super::origin::Origin;
use super::plan::Tasks;
use super::{advance, Machine, Run, Settings};
use crate::clock::CheckpointId;
use crate::config::{configurable, patched};
use crate::driver::Phase;
use crate::error::plain;
use crate::graph::Graph;
use crate::host::{Obj, PyHost};
use crate::keys;
use crate::lazy;
use crate::writer;
use pregel_core::apply::Updated;
use pregel_core::apply::{apply_writes, TaskWrites};
use pregel_core::begin::{decide, Beginning, Situation};
use pregel_core::pending::{Pending, PendingWrite};
use pregel_core::write::{Write, NULL_TASK_ID};
use pregel_core::{interrupt, Path, Reserved, Sparse, State, Status, Superstep};
use pyo3::exceptions::{PyRuntimeError, PyTypeError};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList, PyString, PyTuple};
use std::collections::{HashSet, VecDeque};
use std::sync::Arc;

/// The name under which writes of no node are applied.
pub const INPUT: &str = "__input__";

/// A run that has loaded nothing yet.
pub struct Prepared {
    pub machine: Machine,
    pub namespace: Py<PyTuple>,
    pub namespace_text: Option<Obj>,
    pub origin: Origin,
}

/// The machine of a run, with the config and the namespace that nested runs have.
pub fn prepare(settings: &Settings, config: &Bound<'_, PyDict>) -> PyResult<Prepared> {
    let py = config.py();
    let mut config = config.clone();
    let conf = configurable(&config)?;
    let namespace_key = keys::checkpoint_ns(py);
    if let Some(scratchpad) = &settings.parent_scratchpad {
        // the second subgraph run of one task, and those after it, have namespaces of their own
        let count: usize = scratchpad.bind(py).call_method0(intern!(py, "subgraph_counter"))?.extract()?;
        if count > 0 {
            let namespace: String = conf.as_any().get_item(namespace_key)?.extract()?;
            let namespace = PyString::new(py, &format!("{namespace}|{count}")).into_any();
            config = patched(&config, &[(namespace_key, namespace)])?;
        }
    }
    let has_namespace = conf.get_item(namespace_key)?.map_or(Ok(false), |ns| ns.is_truthy())?;
    if !settings.nested && has_namespace {
        let none = py.None().into_bound(py);
        config =
            patched(&config, &[(namespace_key, PyString::new(py, "").into_any()), (keys::checkpoint_id(py), none)])?;
    }
    let checkpoint_config = address(&config)?;
    let text = configurable(&config)?.get_item(namespace_key)?;
    let namespace = match &text {
        Some(ns) if ns.is_truthy()? => {
            let text: String = ns.extract()?;
            PyTuple::new(py, text.split('|').collect::<Vec<_>>())?
        }
        _ => PyTuple::empty(py),
    };
    Ok(Prepared {
        machine: Machine::idle(checkpoint_config),
        namespace: namespace.unbind(),
        namespace_text: text.map(Bound::unbind),
        origin: Origin::Given(config.unbind()),
    })
}

impl Machine {
    /// The state of a run that has loaded nothing; `checkpoint_config` names its checkpoint to the saver.
    pub fn idle(checkpoint_config: Bound<'_, PyDict>) -> Machine {
        let py = checkpoint_config.py();
        let none = Arc::new(CheckpointId::none());
        Machine {
            state: State::unloaded(),
            superstep: Superstep::Idle,
            status: Status::Input,
            step: 0,
            stop: 0,
            checkpoint_config: checkpoint_config.clone().unbind(),
            initial_config: checkpoint_config.unbind(),
            is_unlocated: false,
            previous_config: None,
            checkpoint_id: none.clone(),
            saved_id: none,
            format: 4,
            metadata: PyDict::new(py).unbind(),
            previous: None,
            pending: Pending::default(),
            saved_versions: Sparse::empty(),
            has_saved_versions: false,
            tasks: Tasks::new(),
            planned: false,
            updated: None,
            replaying: false,
            is_first: true,
            written: HashSet::new(),
            output: None,
            lifecycle: VecDeque::new(),
            ops: super::persist::Ops::default(),
            loaded_latest: false,
            has_parent: false,
            superseded: false,
            described: (Source::Input, -1),
            keeper: None,
            late: None,
            asks_saver: false,
            mirror: None,
            delta: None,
        }
    }
}

/// The config that names the run's checkpoint: a parent may have pinned its namespace to one.
pub fn address<'py>(config: &Bound<'py, PyDict>) -> PyResult<Bound<'py, PyDict>> {
    let py = config.py();
    let conf = configurable(config)?;
    let mut addressed = config.clone();
    if let Some(map) = conf.get_item(keys::checkpoint_map(py))? {
        let namespace = conf.get_item(keys::checkpoint_ns(py))?.unwrap_or_else(|| py.None().into_bound(py));
        if map.contains(&namespace)? {
            addressed = patched(config, &[(keys::checkpoint_id(py), map.get_item(namespace)?)])?;
        }
    }
    if let Some(thread) = conf.get_item(keys::thread_id(py))? {
        if thread.is_truthy()? && !thread.is_instance_of::<PyString>() {
            let thread = thread.str()?.into_any();
            addressed = patched(&addressed, &[(keys::thread_id(py), thread)])?;
        }
    }
    Ok(addressed)
}

#[pymethods]
impl Run {
    /// Starts from what the saver gave (None: nothing). `superseded`: a newer checkpoint exists;
    /// `latest`: the newest was asked for; `channels`: channel objects already rebuilt from history.
    #[pyo3(signature = (saved, superseded=false, latest=true, channels=None))]
    pub fn begin(
        slf: &Bound<'_, Run>,
        saved: Option<Bound<'_, PyAny>>,
        superseded: bool,
        latest: bool,
        channels: Option<Bound<'_, PyDict>>,
    ) -> PyResult<()> {
        let py = slf.py();
        let run = slf.get();
        let mut held = run.slot.take(py)?;
        let machine = &mut *held;
        machine.loaded_latest = latest;
        machine.superseded = superseded;
        match saved {
            Some(saved) => run.load(machine, Saved::of(&saved)?, channels)?,
            None => run.load_nothing(py, machine)?,
        }
        machine.stop = machine.step + run.settings.recursion_limit + 1;
        Beginner { slf, run, py, machine }.begin()?;
        run.set_phase(Phase::Plan);
        Ok(())
    }
}

/// The first moments of a run, after the checkpoint was loaded.
struct Beginner<'a, 'py> {
    slf: &'a Bound<'py, Run>,
    run: &'a Run,
    py: Python<'py>,
    machine: &'a mut Machine,
}

impl<'py> Beginner<'_, 'py> {
    fn begin(mut self) -> PyResult<()> {
        let input = self.run.settings.input.bind(self.py).clone();
        let situation = self.situation(&input)?;
        let begun = decide(&situation);
        self.machine.delta = Delta::of(self.py, self.run, self.machine)?;
        self.machine.replaying = begun.replays;
        if begun.travels {
            self.machine.pending.retain(|p| !p.write.target.is(Reserved::Resume));
        }
        let graph = self.run.graph.get();
        let machine = &mut *self.machine;
        if let Some(delta) = &mut machine.delta {
            delta.settle_loaded(graph, &machine.pending, begun.resumes && !begun.replays);
        }
        let mut carried = Vec::new();
        if situation.input_is_command {
            carried = self.take_command(&input, &begun)?;
        }
        self.apply_unaddressed(carried)?;
        let mut replay_bound = None;
        if begun.resumes {
            replay_bound = self.resume(&begun)?;
        } else if !self.take_input(&input)? && situation.resuming.is_none() {
            let keys = self.run.graph.get().input_channels.bind(self.py);
            let text = format!("Received no input for {}", keys.str()?);
            return Err(plain(self.py, &lazy::EMPTY_INPUT_ERROR, &text)?);
        }
        if !self.run.settings.nested {
            self.tell_children(&begun, replay_bound)?;
        }
        self.machine.status = Status::Pending;
        if begun.resumes {
            self.run.push_lifecycle(self.py, self.machine, "resume", None)?;
        }
        Ok(())
    }

    fn situation(&self, input: &Bound<'py, PyAny>) -> PyResult<Situation> {
        let py = self.py;
        let settings = &self.run.settings;
        let is_command = !input.is_instance_of::<PyDict>() && lazy::COMMAND.is_instance(input)?;
        let known = Situation {
            has_versions: self.machine.state.has_versions(),
            resuming: self.run.resuming(py)?,
            input_is_none: input.is_none(),
            input_is_command: is_command,
            command_resumes: is_command && !input.getattr(intern!(input.py(), "resume"))?.is_none(),
            nested: settings.nested,
            ..Situation::default()
        };
        if self.run.is_unmade() {
            // nothing was loaded, and nobody named a checkpoint
            return Ok(known);
        }
        let config = self.run.config(py)?;
        let config = config.bind(py);
        let conf = configurable(config)?;
        let metadata = self.machine.metadata.bind(py);
        let source = metadata.get_item(keys::source(py))?;
        let source: Option<String> = source.map(|s| s.extract()).transpose()?.flatten();
        let same_run = match metadata.get_item(keys::run_id(py))? {
            None => false,
            Some(stored) => match config.get_item(keys::metadata(py))? {
                Some(own) if !own.is_none() => match own.cast::<PyDict>()?.get_item(keys::run_id(py))? {
                    Some(id) => id.eq(stored)?,
                    None => stored.is_none(),
                },
                _ => stored.is_none(),
            },
        };
        let pinned = match (conf.get_item(keys::checkpoint_map(py))?, conf.get_item(keys::checkpoint_ns(py))?) {
            (Some(map), Some(namespace)) => map.contains(namespace)?,
            (Some(map), None) => map.contains("")?,
            _ => false,
        };
        Ok(Situation {
            same_run,
            addressed: settings.addressed || self.is_pinned()?,
            pinned_by_parent: pinned,
            superseded: self.machine.superseded,
            written_by_edit: matches!(source.as_deref(), Some("update" | "fork")),
            ..known
        })
    }

    /// Whether a parent's checkpoint map names the checkpoint.
    fn is_pinned(&self) -> PyResult<bool> {
        let conf = configurable(self.run.config(self.py)?.bind(self.py))?;
        let Some(map) = conf.get_item(keys::checkpoint_map(self.py))? else { return Ok(false) };
        let namespace = conf.get_item(keys::checkpoint_ns(self.py))?;
        let namespace = namespace.unwrap_or_else(|| self.py.None().into_bound(self.py));
        if !map.contains(&namespace)? {
            return Ok(false);
        }
        map.get_item(namespace)?.is_truthy()
    }

    /// Records what the command writes; gives the writes that a fork carries over instead.
    fn take_command(&mut self, command: &Bound<'py, PyAny>, begun: &Beginning) -> PyResult<Vec<PendingWrite<Obj>>> {
        let py = self.py;
        let resume = command.getattr(intern!(command.py(), "resume"))?;
        let by_id = !resume.is_none() && self.take_answers(&resume)?;
        let mapped = lazy::support(py, "map_command")?.call1((command,))?;
        let graph = self.run.graph.get();
        let mut writes = Vec::new();
        for write in mapped.try_iter()? {
            let (channel, value): (String, Bound<'_, PyAny>) = write?.extract()?;
            let target = writer::target_of(&graph.core, &channel);
            if !(by_id && target.is(Reserved::Resume)) {
                writes.push(Write::new(target, value.unbind()));
            }
        }
        if writes.is_empty() && !by_id {
            return Err(plain(py, &lazy::EMPTY_INPUT_ERROR, "Received empty Command input")?);
        }
        let task_id: Arc<str> = NULL_TASK_ID.into();
        self.run.identify(py, &mut writes)?;
        if let Some(delta) = &mut self.machine.delta {
            if begun.forks {
                delta.force_written(graph, &writes);
            } else {
                delta.keep_command(graph, &writes);
            }
        }
        if begun.forks {
            return Ok(writes.into_iter().map(|write| PendingWrite { task_id: task_id.clone(), write }).collect());
        }
        if !writes.is_empty() {
            self.run.put_writes(py, self.machine, None, &task_id, writes, false)?;
        }
        Ok(Vec::new())
    }

    /// Checks an answer to interrupts; says whether it is a map by interrupt id.
    fn take_answers(&mut self, resume: &Bound<'py, PyAny>) -> PyResult<bool> {
        let py = self.py;
        if self.run.settings.checkpointer.is_none() {
            return Err(PyRuntimeError::new_err("Cannot use Command(resume=...) without checkpointer"));
        }
        let pending = writer_tuples(self.run, py, &self.machine.pending)?;
        let conf = configurable(self.run.config(py)?.bind(py))?;
        let strict = conf.get_item(keys::strict_resume(py))?.map_or(Ok(false), |s| s.is_truthy())?
            && !self.run.settings.nested
            && !self.machine.superseded;
        let by_id: bool = lazy::support(py, "check_resume")?.call1((resume, pending, strict))?.extract()?;
        if by_id {
            // shared on purpose: configs derived from this one see the map too
            let config = self.run.config(py)?;
            let config = config.bind(py);
            match config.get_item(keys::configurable(py))? {
                Some(conf) => conf.set_item(keys::resume_map(py), resume)?,
                None => config.set_item(keys::configurable(py), conf)?,
            }
            self.run.forget_base();
        }
        Ok(by_id)
    }

    fn apply_unaddressed(&mut self, carried: Vec<PendingWrite<Obj>>) -> PyResult<()> {
        let all = self.machine.pending.iter().chain(&carried);
        let writes: Vec<_> = all.filter(|p| &*p.task_id == NULL_TASK_ID).map(|p| p.write.clone()).collect();
        if writes.is_empty() {
            return Ok(());
        }
        let updated = self.apply(&mut [input_writes(writes)])?;
        if let Some(known) = &mut self.machine.updated {
            known.extend(updated);
        }
        Ok(())
    }

    fn apply(&mut self, tasks: &mut [TaskWrites<Obj>]) -> PyResult<Updated> {
        let mut host = PyHost { py: self.py, versioning: &self.run.settings.versioning };
        let graph = &self.run.graph.get().core;
        apply_writes(graph, &mut self.machine.state, tasks, true, &mut host).map_err(PyErr::from)
    }

    /// Goes on from the checkpoint; gives the config that bounds the replay of a fork.
    fn resume(&mut self, begun: &Beginning) -> PyResult<Option<Py<PyDict>>> {
        interrupt::mark_handled(&self.run.graph.get().core, &mut self.machine.state);
        let mut bound = None;
        if begun.forks {
            if self.was_edited()? {
                bound = self.machine.previous_config.as_ref().map(|config| config.clone_ref(self.py));
            }
            self.machine.pending.retain(|p| !p.write.target.is(Reserved::Interrupt));
            self.run.put_checkpoint(self.py, self.machine, Source::Fork)?;
        }
        self.run.emit_values(self.py, self.machine, None)?;
        Ok(bound)
    }

    fn was_edited(&self) -> PyResult<bool> {
        let source = self.machine.metadata.bind(self.py).get_item(keys::source(self.py))?;
        let source: Option<String> = source.map(|s| s.extract()).transpose()?.flatten();
        Ok(matches!(source.as_deref(), Some("update" | "fork")))
    }

    /// Applies the input; false where there is none.
    fn take_input(&mut self, input: &Bound<'py, PyAny>) -> PyResult<bool> {
        let mut writes = map_input(self.run.graph.get(), input)?;
        if writes.is_empty() {
            return Ok(false);
        }
        self.run.identify(self.py, &mut writes)?;
        let stored = self.run.keep_delta_input(self.py, self.machine, &writes)?;
        // the tasks that were due are given up for the new input; they count as having run
        Run::plan_discarded(self.slf, self.machine)?;
        let mut tasks: Vec<_> = self
            .machine
            .tasks
            .drain(..)
            .map(|task| self.run.at_barrier(task.get(), task.get().copy_writes()))
            .collect();
        tasks.push(input_writes(writes));
        let updated = self.apply(&mut tasks)?;
        self.machine.updated = Some(updated);
        if let Some((task_id, writes)) = stored {
            self.run.put_writes(self.py, self.machine, None, &task_id, writes, false)?;
        }
        self.run.put_checkpoint(self.py, self.machine, Source::Input)?;
        Ok(true)
    }

    /// Whether subgraphs resume too, and which checkpoint they replay.
    fn tell_children(&mut self, begun: &Beginning, replay_bound: Option<Py<PyDict>>) -> PyResult<()> {
        let py = self.py;
        if !begun.travels && self.run.note_resuming(begun.resumes) {
            return Ok(());
        }
        let mut replay = py.None().into_bound(py);
        if begun.travels {
            let own = PyString::new(py, self.machine.checkpoint_id.text()).into_any();
            let bound = match replay_bound {
                Some(config) => Some(config),
                None if self.was_edited()? => self.machine.previous_config.as_ref().map(|c| c.clone_ref(py)),
                None => None,
            };
            let id = match bound {
                Some(config) => configurable(config.bind(py))?.get_item(keys::checkpoint_id(py))?.unwrap_or(own),
                None => own,
            };
            replay = lazy::REPLAY_STATE.get(py)?.call1((id,))?;
        }
        let resumes = begun.resumes.into_pyobject(py)?.to_owned().into_any();
        let config =
            patched(self.run.config(py)?.bind(py), &[(keys::resuming(py), resumes), (keys::replay_state(py), replay)])?;
        self.run.set_config(config.unbind());
        Ok(())
    }
}

fn input_writes(writes: Vec<Write<Obj>>) -> TaskWrites<Obj> {
    TaskWrites { path: Path::Root, name: INPUT.into(), node: None, triggers: None, steps: false, writes }
}

/// Pending writes in their Python form.
pub fn writer_tuples<'py>(run: &Run, py: Python<'py>, pending: &[PendingWrite<Obj>]) -> PyResult<Bound<'py, PyList>> {
    let graph = &run.graph.get().core;
    let tuples: PyResult<Vec<Bound<'py, PyTuple>>> = pending
        .iter()
        .map(|p| (&*p.task_id, writer::name_of(graph, &p.write.target), &p.write.value).into_pyobject(py))
        .collect();
    PyList::new(py, tuples?)
}

/// The writes that an input makes.
pub fn map_input(graph: &Graph, input: &Bound<'_, PyAny>) -> PyResult<Vec<Write<Obj>>> {
    let py = input.py();
    if input.is_none() {
        return Ok(Vec::new());
    }
    let channels = graph.input_channels.bind(py);
    if let Ok(name) = channels.cast::<PyString>() {
        let target = writer::with_text(name, |text| writer::target_of(&graph.core, text))?;
        return Ok(vec![Write::new(target, input.clone().unbind())]);
    }
    let Ok(dict) = input.cast::<PyDict>() else {
        return Err(PyTypeError::new_err(format!("Expected chunk to be a dict, got {}", input.get_type().name()?)));
    };
    let mut writes = Vec::new();
    for (key, value) in dict.iter() {
        if channels.contains(&key)? {
            let target = writer::target_of(&graph.core, &key.extract::<String>()?);
            writes.push(Write::new(target, value.unbind()));
        } else {
            let text = format!("Input channel {} not found in {}", key.str()?, channels.str()?);
            lazy::support(py, "warn")?.call1((text,))?;
        }
    }
    Ok(writes)
}

impl Run {
    /// Plans the tasks that new input discards.
    fn plan_discarded(slf: &Bound<'_, Run>, machine: &mut Machine) -> PyResult<()> {
        if !machine.state.has_versions() {
            return Ok(());
        }
        // of all nodes: a barrier that failed left channels changed that its checkpoint does not name
        machine.updated = None;
        machine.tasks = super::plan::Planner::new(slf, machine).tasks()?;
        Ok(())
    }

    /// Moves the superstep to `to` where the run still may; used by drivers that stop early.
    pub fn stop(&self, machine: &mut Machine) -> PyResult<()> {
        advance(machine, Superstep::Done)
    }
}
