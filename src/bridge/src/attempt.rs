//! One try of a task: the body, then the writers.
//!
//! The same stages serve both drivers. In a sync run every call returns its value at once; in an
//! async run a call may give an awaitable instead, and `advance` is called again with what came of it.

use crate::context;
use crate::error::plain;
use crate::graph::{Destination, END};
use crate::host::{is_common, Obj};
use crate::lazy;
use crate::node::{Body, NodePlan};
use crate::offload::Elsewhere;
use crate::sink::lock;
use crate::task::Task;
use crate::view;
use crate::writer::{self, Assembly, BranchPlan, Select, Writer};
use pregel_core::write::{Write, TASKS};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList, PyString, PyTuple};
use smallvec::{smallvec, SmallVec};

/// Where an attempt stands.
#[derive(Default)]
pub struct Progress {
    stage: Stage,
    /// What the body returned, for the writers.
    output: Option<Obj>,
    /// The tap wants to hear of the end.
    tapped: bool,
}

crate::gc::trace_fields!(Progress: output);

#[derive(Default, Clone, Copy)]
enum Stage {
    #[default]
    Start,
    /// The body was awaited; its value comes in.
    Body,
    /// A Runnable that the body returned was awaited.
    Returned,
    /// The Runnable form of the whole node was awaited; nothing is left to do.
    Whole,
    Writer(usize),
    /// The path function of this writer was awaited.
    Path(usize),
    /// A Runnable that the path function returned was awaited.
    PathReturned(usize),
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    Sync,
    Async,
}

/// What an attempt waits for.
pub enum Wait<'py> {
    Awaitable(Bound<'py, PyAny>),
    /// A sync function of an async run.
    Call(Box<Elsewhere>),
}

/// What a call came to.
pub enum Called<'py> {
    Value(Bound<'py, PyAny>),
    Wait(Wait<'py>),
}

/// Runs the next stages of the task's attempt; gives what the attempt has to wait for.
pub fn advance<'py>(
    slf: &Bound<'py, Task>,
    mode: Mode,
    mut resumed: Option<Bound<'py, PyAny>>,
) -> PyResult<Option<Wait<'py>>> {
    let py = slf.py();
    let attempt = Attempt { slf, task: slf.get(), py, mode };
    let (mut stage, mut output) = {
        let progress = lock(&attempt.task.progress);
        (progress.stage, progress.output.as_ref().map(|o| o.bind(py).clone()))
    };
    let waited = !matches!(stage, Stage::Start);
    loop {
        let taken = resumed.take();
        let none = || py.None().into_bound(py);
        let (next, wait) = match stage {
            Stage::Start => {
                attempt.tell_start()?;
                attempt.start(&mut output)?
            }
            Stage::Body => attempt.after_body(taken.unwrap_or_else(none), &mut output)?,
            Stage::Returned => {
                output = taken;
                (Some(Stage::Writer(0)), None)
            }
            Stage::Whole => (None, None),
            Stage::Writer(index) => attempt.write(index, output.as_ref())?,
            Stage::Path(index) => attempt.after_path(index, taken.unwrap_or_else(none), output.as_ref())?,
            Stage::PathReturned(index) => {
                attempt.finish_branch(index, taken.unwrap_or_else(none), output.as_ref())?;
                (Some(Stage::Writer(index + 1)), None)
            }
        };
        match (next, wait) {
            (Some(next), None) => stage = next,
            (next, wait) => {
                if next.is_none() && wait.is_none() {
                    attempt.tell_end(output.as_ref())?;
                }
                if wait.is_some() || waited {
                    let old = {
                        let mut progress = lock(&attempt.task.progress);
                        progress.stage = next.unwrap_or_default();
                        let output = if wait.is_some() { output.map(Bound::unbind) } else { None };
                        std::mem::replace(&mut progress.output, output)
                    };
                    drop(old);
                }
                return Ok(wait);
            }
        }
    }
}

/// Puts an attempt back to its start.
pub fn reset(task: &Task) {
    let old = std::mem::take(&mut *lock(&task.progress));
    drop(old);
}

type Next<'py> = (Option<Stage>, Option<Wait<'py>>);

pub struct Attempt<'a, 'py> {
    pub slf: &'a Bound<'py, Task>,
    pub task: &'a Task,
    pub py: Python<'py>,
    pub mode: Mode,
}

impl<'py> Attempt<'_, 'py> {
    /// The plan of the node, where it may be run natively.
    fn native(&self) -> Option<&NodePlan> {
        let run = self.task.run.get();
        if run.settings.manager.is_some() && self.task.tap().is_none() {
            return None;
        }
        self.task.node(run).filter(|node| node.writers.is_some())
    }

    /// Tells the tap, if there is one, that the node begins.
    fn tell_start(&self) -> PyResult<()> {
        if let Some(tap) = self.task.tap() {
            let tapped = tap.start(self.py, self.task)?;
            lock(&self.task.progress).tapped = tapped;
        }
        Ok(())
    }

    /// Tells it that the node has ended, with what it returned.
    fn tell_end(&self, output: Option<&Bound<'py, PyAny>>) -> PyResult<()> {
        let Some(tap) = self.task.tap() else { return Ok(()) };
        if std::mem::take(&mut lock(&self.task.progress).tapped) {
            tap.end(self.py, self.task, output)?;
        }
        Ok(())
    }

    fn start(&self, output: &mut Option<Bound<'py, PyAny>>) -> PyResult<Next<'py>> {
        let input = self.task.input.bind(self.py);
        let Some(node) = self.native() else {
            return self.run_whole(input);
        };
        let called = match &node.body {
            Body::Nothing => {
                *output = Some(input.clone());
                return Ok((Some(Stage::Writer(0)), None));
            }
            Body::Callable(plan) => self.call(plan, input)?,
            Body::Runnable(runnable) => self.invoke(runnable.bind(self.py), input)?,
            Body::Subgraph(pregel) => self.descend(pregel.bind(self.py), input)?,
        };
        match called {
            Called::Value(value) => self.after_body(value, output),
            Called::Wait(wait) => Ok((Some(Stage::Body), Some(wait))),
        }
    }

    /// Runs the node as the Runnable it is: body and writers report to callbacks on their own.
    fn run_whole(&self, input: &Bound<'py, PyAny>) -> PyResult<Next<'py>> {
        let proc = self.task.proc_of(self.py)?;
        let config = Task::config(self.slf)?;
        if self.mode == Mode::Async {
            let method = if self.task.run.get().settings.streams_nodes { "consume_astream" } else { "ainvoke" };
            let awaitable = match method {
                "ainvoke" => proc.call_method1(intern!(proc.py(), "ainvoke"), (input, config))?,
                _ => lazy::support(self.py, method)?.call1((proc, input, config))?,
            };
            return Ok((Some(Stage::Whole), Some(Wait::Awaitable(awaitable))));
        }
        proc.call_method1(intern!(proc.py(), "invoke"), (input, config))?;
        Ok((None, None))
    }

    fn after_body(&self, value: Bound<'py, PyAny>, output: &mut Option<Bound<'py, PyAny>>) -> PyResult<Next<'py>> {
        let recurses = match self.native().map(|node| &node.body) {
            Some(Body::Callable(plan)) => plan.recurse,
            _ => false,
        };
        if recurses && is_runnable(&value)? {
            return match self.invoke(&value, self.task.input.bind(self.py))? {
                Called::Value(value) => {
                    *output = Some(value);
                    Ok((Some(Stage::Writer(0)), None))
                }
                Called::Wait(wait) => Ok((Some(Stage::Returned), Some(wait))),
            };
        }
        *output = Some(value);
        Ok((Some(Stage::Writer(0)), None))
    }

    fn write(&self, index: usize, output: Option<&Bound<'py, PyAny>>) -> PyResult<Next<'py>> {
        let writers = self.native().and_then(|node| node.writers.as_deref()).unwrap_or_default();
        let Some(writer) = writers.get(index) else {
            return Ok((None, None));
        };
        let none = self.py.None().into_bound(self.py);
        let output = output.unwrap_or(&none);
        match writer {
            Writer::Entries(entries) => {
                let run = self.task.run.get();
                let mut assembly = Assembly { py: self.py, graph: &run.graph.get().core, out: Vec::new() };
                assembly.entries(entries, output)?;
                self.task.extend_writes(assembly.out);
                Ok((Some(Stage::Writer(index + 1)), None))
            }
            Writer::Branch(branch) => {
                let value = self.branch_input(branch, output)?;
                let called = match &branch.callable {
                    Some(plan) => self.call(plan, &value)?,
                    None => self.invoke(branch.path.bind(self.py), &value)?,
                };
                match called {
                    Called::Value(value) => self.after_path(index, value, Some(output)),
                    Called::Wait(wait) => Ok((Some(Stage::Path(index)), Some(wait))),
                }
            }
        }
    }

    fn branch_of(&self, index: usize) -> PyResult<&BranchPlan> {
        match self.native().and_then(|node| node.writers.as_deref()).and_then(|w| w.get(index)) {
            Some(Writer::Branch(branch)) => Ok(branch),
            _ => Err(pyo3::exceptions::PyRuntimeError::new_err("the graph was compiled anew while it ran")),
        }
    }

    /// The state as this task leaves it; with what the node returned beneath, where both are dicts.
    fn branch_input(&self, branch: &BranchPlan, output: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        let Some(reader) = &branch.reader else {
            return Ok(output.clone());
        };
        let read = match &reader.select {
            Select::Other => reader.reader.bind(self.py).call1((Task::config(self.slf)?,))?,
            select => {
                let values = view::select_fresh(self.py, self.task, select)?;
                match &reader.mapper {
                    Some(mapper) => mapper.bind(self.py).call1((values,))?,
                    None => values,
                }
            }
        };
        match (read.cast::<PyDict>(), output.cast::<PyDict>()) {
            (Ok(state), Ok(returned)) if !branch.own_schema => {
                let both = returned.copy()?;
                both.update(state.as_mapping())?;
                Ok(both.into_any())
            }
            _ => Ok(read),
        }
    }

    fn after_path(
        &self,
        index: usize,
        value: Bound<'py, PyAny>,
        output: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Next<'py>> {
        let branch = self.branch_of(index)?;
        let recurses = branch.callable.as_ref().is_some_and(|plan| plan.recurse);
        if recurses && is_runnable(&value)? {
            let none = self.py.None().into_bound(self.py);
            let input = self.branch_input(branch, output.unwrap_or(&none))?;
            return match self.invoke(&value, &input)? {
                Called::Value(value) => {
                    self.finish_branch(index, value, output)?;
                    Ok((Some(Stage::Writer(index + 1)), None))
                }
                Called::Wait(wait) => Ok((Some(Stage::PathReturned(index)), Some(wait))),
            };
        }
        self.finish_branch(index, value, output)?;
        Ok((Some(Stage::Writer(index + 1)), None))
    }

    /// Turns the path function's answer into writes.
    fn finish_branch(
        &self,
        index: usize,
        answer: Bound<'py, PyAny>,
        output: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<()> {
        let branch = self.branch_of(index)?;
        let destinations = self.destinations(branch, answer)?;
        let graph = self.task.run.get().graph.get();
        if branch.native_writes {
            for destination in destinations {
                let write = match destination.cast::<PyString>() {
                    Ok(name) => match graph.destination(name)? {
                        Destination::Node(target) => Write::new(target, self.py.None()),
                        Destination::Start | Destination::End => continue,
                    },
                    Err(_) => Write::new(writer::target_of(&graph.core, TASKS), destination.unbind()),
                };
                self.task.add_write(write);
            }
        } else {
            let graph = &graph.core;
            let entries = branch.writes.bind(self.py).call1((PyList::new(self.py, &destinations)?, false))?;
            let none = self.py.None().into_bound(self.py);
            let writer = lazy::CHANNEL_WRITE.get(self.py)?.call1((entries,))?;
            let plan = writer::compile(PyList::new(self.py, [writer])?.as_any(), graph)?;
            let mut assembly = Assembly { py: self.py, graph, out: Vec::new() };
            for writer in plan.iter().flatten() {
                if let Writer::Entries(entries) = writer {
                    assembly.entries(entries, output.unwrap_or(&none))?;
                }
            }
            self.task.extend_writes(assembly.out);
        }
        Ok(())
    }

    fn destinations(&self, branch: &BranchPlan, answer: Bound<'py, PyAny>) -> PyResult<Answers<'py>> {
        let several = answer.is_instance_of::<PyList>() || answer.is_instance_of::<PyTuple>();
        let answers: Answers<'py> =
            if several { answer.try_iter()?.collect::<PyResult<_>>()? } else { smallvec![answer] };
        let send = lazy::SEND.get(self.py)?;
        let mut out = Answers::with_capacity(answers.len());
        for answer in answers {
            let is_send = !answer.is_instance_of::<PyString>() && answer.is_instance(send)?;
            let destination = match &branch.ends {
                Some(ends) if !is_send => ends.bind(self.py).as_any().get_item(answer)?,
                _ => answer,
            };
            out.push(destination);
        }
        let graph = self.task.run.get().graph.get();
        for destination in &out {
            let start = match destination.cast::<PyString>() {
                Ok(name) => matches!(graph.destination(name)?, Destination::Start),
                Err(_) => destination.is_none(),
            };
            if start {
                return Err(pyo3::exceptions::PyValueError::new_err("Branch did not return a valid destination"));
            }
        }
        for destination in &out {
            if !destination.is_instance_of::<PyString>()
                && destination.is_instance(send)?
                && destination.getattr(intern!(destination.py(), "node"))?.eq(END)?
            {
                return Err(plain(self.py, &lazy::INVALID_UPDATE_ERROR, "Cannot send a packet to the END node")?);
            }
        }
        Ok(out)
    }
}

/// What a path function answers with; most answer with one node.
type Answers<'py> = SmallVec<[Bound<'py, PyAny>; 1]>;

/// Makes the task's config the running one in the current context.
pub fn enter(slf: &Bound<'_, Task>) -> PyResult<()> {
    let py = slf.py();
    context::set_var(lazy::CONFIG_VAR.get(py)?, slf.as_any())
}

/// The same for the first step of an asyncio task. A node that reports to callbacks is run as a
/// Runnable, which makes each step's own config the running one: the whole node's must not be
/// beneath it, or its name would be taken for the step's.
pub fn enter_flight(slf: &Bound<'_, Task>) -> PyResult<()> {
    let task = slf.get();
    let run = task.run.get();
    if run.settings.manager.is_some() && task.node(run).is_some() && task.tap().is_none() {
        return Ok(());
    }
    enter(slf)
}

/// Whether the value is a Runnable, ours or langchain's. Common values are told apart without a look.
fn is_runnable(value: &Bound<'_, PyAny>) -> PyResult<bool> {
    if is_common(value) || lazy::COMMAND.is_type_of(value)? || lazy::SEND.is_type_of(value)? {
        return Ok(false);
    }
    lazy::support(value.py(), "is_runnable")?.call1((value,))?.is_truthy()
}
