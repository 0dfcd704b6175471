//! Where a run's config comes from.
//!
//! A run with a saver is given one. That of others nobody may ever look at, so it is made at the first
//! look: of what the caller said, or, for a subgraph that runs as a node, of the config of its task.

use super::{Control, Machine, Run};
use crate::config::configurable;
use crate::gc::{trace_fields, Trace, Traced};
use crate::host::Obj;
use crate::keys;
use crate::lazy;
use crate::task::Task;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString};

pub enum Origin {
    Given(Py<PyDict>),
    Inherited(Inherited),
    Caller(Caller),
}

/// The config of a root run without a saver, before it is made.
pub struct Caller {
    pub pregel: Obj,
    /// The caller's own, copied as it was.
    pub config: Option<Py<PyDict>>,
    pub context: Obj,
    pub store: Option<Obj>,
    pub control: Control,
    pub durability: Option<Obj>,
    /// Whether the run resumes; `None` after the first superstep.
    pub resuming: Option<bool>,
}

impl Caller {
    fn make(&self, py: Python<'_>) -> PyResult<Py<PyDict>> {
        let made = lazy::CALLER_CONFIG.get(py)?.call1((
            &self.pregel,
            &self.config,
            &self.context,
            &self.store,
            self.control.object(py)?,
            &self.durability,
        ))?;
        let made = made.cast_into::<PyDict>()?;
        let conf = configurable(&made)?;
        conf.set_item(keys::replay_state(py), py.None())?;
        if let Some(resuming) = self.resuming {
            conf.set_item(keys::resuming(py), resuming)?;
        }
        Ok(made.unbind())
    }

    fn clone_ref(&self, py: Python<'_>) -> Caller {
        Caller {
            pregel: self.pregel.clone_ref(py),
            config: self.config.as_ref().map(|config| config.clone_ref(py)),
            context: self.context.clone_ref(py),
            store: self.store.as_ref().map(|store| store.clone_ref(py)),
            control: self.control.clone_ref(py),
            durability: self.durability.as_ref().map(|durability| durability.clone_ref(py)),
            resuming: self.resuming,
        }
    }
}

trace_fields!(Caller: pregel, config, context, store, control);

/// The config of a run that was opened for a task, before it is made.
pub struct Inherited {
    pub task: Py<Task>,
    pub pregel: Obj,
    pub namespace: Py<PyString>,
    /// Whether the run above resumes; `None` after the first superstep.
    pub resuming: Option<bool>,
}

impl Inherited {
    fn make(&self, py: Python<'_>) -> PyResult<Py<PyDict>> {
        let of_task = Task::own_config(self.task.bind(py))?;
        let made = lazy::NESTED_CONFIG.get(py)?.call1((&self.pregel, of_task, &self.namespace))?;
        let made = made.cast_into::<PyDict>()?;
        if self.resuming.is_none() {
            let conf = configurable(&made)?;
            if conf.contains(keys::resuming(py))? {
                conf.del_item(keys::resuming(py))?;
            }
        }
        Ok(made.unbind())
    }

    fn clone_ref(&self, py: Python<'_>) -> Inherited {
        Inherited {
            task: self.task.clone_ref(py),
            pregel: self.pregel.clone_ref(py),
            namespace: self.namespace.clone_ref(py),
            resuming: self.resuming,
        }
    }
}

trace_fields!(Inherited: task, pregel);

impl Trace for Origin {
    fn trace(&self, visit: &pyo3::PyVisit<'_>) -> Traced {
        match self {
            Origin::Given(config) => config.trace(visit),
            Origin::Inherited(inherited) => inherited.trace(visit),
            Origin::Caller(caller) => caller.trace(visit),
        }
    }
}

impl Run {
    /// The run's whole config.
    pub fn config(&self, py: Python<'_>) -> PyResult<Py<PyDict>> {
        let unmade = match &*self.origin() {
            Origin::Given(config) => return Ok(config.clone_ref(py)),
            Origin::Inherited(inherited) => Origin::Inherited(inherited.clone_ref(py)),
            Origin::Caller(caller) => Origin::Caller(caller.clone_ref(py)),
        };
        let made = match &unmade {
            Origin::Given(config) => config.clone_ref(py),
            Origin::Inherited(inherited) => inherited.make(py)?,
            Origin::Caller(caller) => caller.make(py)?,
        };
        let (kept, old) = {
            let mut origin = self.origin();
            match &*origin {
                // another thread was faster
                Origin::Given(config) => (config.clone_ref(py), None),
                Origin::Inherited(_) | Origin::Caller(_) => {
                    let kept = made.clone_ref(py);
                    (kept, Some(std::mem::replace(&mut *origin, Origin::Given(made))))
                }
            }
        };
        drop(old);
        Ok(kept)
    }

    pub fn set_config(&self, config: Py<PyDict>) {
        let old = std::mem::replace(&mut *self.origin(), Origin::Given(config));
        drop(old);
        self.forget_base();
    }

    /// Whether the run's config is not made yet. It names no checkpoint then, and no saver has one to load.
    pub fn is_unmade(&self) -> bool {
        !matches!(&*self.origin(), Origin::Given(_))
    }

    /// Says whether the run resumes; false where that is to be put into the config, which is made.
    pub fn note_resuming(&self, resumes: bool) -> bool {
        match &mut *self.origin() {
            Origin::Caller(caller) => caller.resuming = Some(resumes),
            Origin::Given(_) | Origin::Inherited(_) => return false,
        }
        true
    }

    /// What the run above said about resuming; `None` where it said nothing.
    pub fn resuming(&self, py: Python<'_>) -> PyResult<Option<bool>> {
        let config = match &*self.origin() {
            Origin::Inherited(inherited) => return Ok(inherited.resuming),
            Origin::Caller(caller) => return Ok(caller.resuming),
            Origin::Given(config) => config.clone_ref(py),
        };
        configurable(config.bind(py))?.get_item(keys::resuming(py))?.map(|flag| flag.is_truthy()).transpose()
    }

    /// Subgraphs resume in the first superstep only: it has ended.
    pub fn forget_resuming(&self, py: Python<'_>, machine: &mut Machine) -> PyResult<()> {
        if !std::mem::replace(&mut machine.is_first, false) {
            return Ok(());
        }
        let config = match &mut *self.origin() {
            Origin::Inherited(inherited) => {
                inherited.resuming = None;
                return Ok(());
            }
            Origin::Caller(caller) => {
                caller.resuming = None;
                return Ok(());
            }
            Origin::Given(config) => config.clone_ref(py),
        };
        let conf = configurable(config.bind(py))?;
        if conf.contains(keys::resuming(py))? {
            conf.del_item(keys::resuming(py))?;
            self.forget_base();
        }
        Ok(())
    }

    /// What a subgraph of this run finds in its config for it.
    pub fn bequest(&self, py: Python<'_>) -> PyResult<Bequest> {
        let saves = self.settings.checkpointer.is_some();
        // a root run that was opened here was told of no stream, cache, replay or saver
        if !self.inherits && !self.is_unmade() {
            let config = self.config(py)?;
            let conf = configurable(config.bind(py))?;
            for key in [keys::stream(py), keys::replay_state(py), keys::cache(py)] {
                if conf.get_item(key)?.is_some_and(|value| !value.is_none()) {
                    return Ok(Bequest::Other);
                }
            }
            // a saver, or a map that pins the subgraph to a checkpoint, which somebody passed
            let passed = conf.get_item(keys::checkpointer(py))?.is_some_and(|saver| !saver.is_none())
                || conf.contains(keys::checkpoint_map(py))?;
            if passed && !saves {
                return Ok(Bequest::Other);
            }
        }
        Ok(if saves { Bequest::Saver } else { Bequest::Nothing })
    }
}

/// What a run hands down to its subgraphs by their config.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Bequest {
    Nothing,
    /// Its saver, and with it a config to address it.
    Saver,
    /// A stream, a cache, the replay of a checkpoint, or what only `Pregel` itself can tell.
    Other,
}
