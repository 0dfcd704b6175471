//! What a run asks of its saver and cache, in the order it must happen.
//!
//! A saver that answers at once is called in place. Otherwise a sync run has a lane: one thread of
//! the executor at a time performs its requests in order, so that the writes a checkpoint contains
//! are durable before it. An async run hands its requests to the asyncio driver. The cache has a
//! lane of its own: it waits for no checkpoint, and it is asked only once the run's entries are in.

use super::{Machine, Run};
use crate::attempt::Mode;
use crate::context;
use crate::executor;
use crate::gc::{trace_fields, Trace, Traced};
use crate::host::Obj;
use crate::lazy;
use crate::sink::lock;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList, PyTuple};
use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, OnceLock};
use std::time::Duration;

pub enum Op {
    /// With `binds`, a checkpoint is rebuilt from these writes: where they fail, none may follow.
    PutWrites {
        config: Py<PyDict>,
        writes: Py<PyList>,
        task_id: Arc<str>,
        path: String,
        binds: bool,
    },
    Put {
        config: Py<PyDict>,
        checkpoint: Py<PyDict>,
        metadata: Py<PyDict>,
        versions: Py<PyDict>,
    },
    CacheSet {
        cache: Obj,
        key: Obj,
        writes: Py<PyList>,
    },
}

/// Requests that the asyncio driver has not taken yet.
#[derive(Default)]
pub struct Ops {
    waiting: VecDeque<Op>,
}

impl Ops {
    pub fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }
}

/// Checkpoints that may wait for a saver slower than its run. Each holds a state.
pub const PENDING_CHECKPOINTS: usize = 16;

/// A lane that is made for its first request: most runs make none.
#[derive(Default)]
pub struct LateLane(OnceLock<Arc<Lane>>);

impl LateLane {
    fn lane(&self) -> &Arc<Lane> {
        self.0.get_or_init(Arc::default)
    }

    /// Keeps a failure; with `binds`, no checkpoint may follow it.
    pub(super) fn fail(&self, py: Python<'_>, error: PyErr, binds: bool) {
        self.lane().fail(py, error, binds);
    }

    /// Whether no checkpoint may follow.
    pub(super) fn put_failed(&self) -> bool {
        self.0.get().is_some_and(|lane| lock(&lane.inner).put_failed)
    }

    fn wait(&self, py: Python<'_>, behind: fn(&LaneInner) -> bool) -> PyResult<()> {
        self.0.get().map_or(Ok(()), |lane| lane.wait(py, behind))
    }

    fn take_failure(&self) -> Option<Obj> {
        self.0.get().and_then(|lane| lock(&lane.inner).failure.take())
    }
}

impl Trace for LateLane {
    fn trace(&self, visit: &pyo3::PyVisit<'_>) -> Traced {
        self.0.get().map_or(Ok(()), |lane| lane.trace(visit))
    }
}

/// The requests of a sync run, performed in order beside it.
#[derive(Default)]
struct Lane {
    inner: Mutex<LaneInner>,
    /// Rung after each checkpoint, and at the end.
    moved: Condvar,
}

#[derive(Default)]
struct LaneInner {
    waiting: VecDeque<Op>,
    /// How many of those that wait are checkpoints.
    checkpoints: usize,
    running: bool,
    /// The first failure; checkpoints after it are not written.
    failure: Option<Obj>,
    put_failed: bool,
}

/// A failure that waited for its run to end.
const POLL: Duration = Duration::from_millis(50);

impl Run {
    pub fn persist(&self, py: Python<'_>, machine: &mut Machine, op: Op) -> PyResult<()> {
        let caches = matches!(op, Op::CacheSet { .. });
        if self.settings.saves_inline && !caches {
            if matches!(op, Op::Put { .. }) && self.lane.put_failed() {
                return Ok(());
            }
            if let Err(error) = self.perform(py, &op) {
                self.lane.fail(py, error, op.binds());
            }
            return Ok(());
        }
        if self.settings.mode == Mode::Async {
            machine.ops.waiting.push_back(op);
            return Ok(());
        }
        let lane = if caches { self.cache_lane.lane() } else { self.lane.lane() };
        if lane.add(op) {
            self.start_lane(py, lane.clone())?;
        }
        Ok(())
    }

    fn start_lane(&self, py: Python<'_>, lane: Arc<Lane>) -> PyResult<()> {
        let saver = self.settings.checkpointer.as_ref().map(|s| s.clone_ref(py));
        let takes_path = self.settings.takes_task_path;
        let context = context::copy_current(py)?.unbind();
        executor::spawn(Box::new(move |py| {
            // the lane keeps every failure for the end of the run
            let _ = context::run_in(context.bind(py), |py| {
                lane.drain(py, saver.as_ref(), takes_path);
                Ok(())
            });
        }));
        Ok(())
    }

    fn perform(&self, py: Python<'_>, op: &Op) -> PyResult<()> {
        perform(py, op, self.settings.checkpointer.as_ref(), self.settings.takes_task_path)
    }

    /// Waits until everything the saver was asked for so far is done; failures are kept.
    pub fn wait_lane(&self, py: Python<'_>) -> PyResult<()> {
        self.lane.wait(py, |inner| inner.running)
    }

    /// Waits until the saver is no further behind than a run may leave it.
    pub fn wait_room(&self, py: Python<'_>) -> PyResult<()> {
        self.lane.wait(py, |inner| inner.checkpoints >= PENDING_CHECKPOINTS)
    }

    /// Waits until the run's own entries are in the cache.
    pub fn wait_cache(&self, py: Python<'_>) -> PyResult<()> {
        self.cache_lane.wait(py, |inner| inner.running)
    }

    /// Waits until everything asked for is done, and raises the first failure.
    pub fn wait_persisted(&self, py: Python<'_>) -> PyResult<()> {
        self.wait_lane(py)?;
        self.wait_cache(py)?;
        self.raise_failure(py)
    }
}

#[pymethods]
impl Run {
    /// The requests that wait, as `(name, args, binds)`: a method of the saver (`cache_set` for the cache),
    /// and whether no checkpoint may be stored once it has failed.
    fn take_ops<'py>(&self, py: Python<'py>) -> PyResult<Vec<Bound<'py, PyTuple>>> {
        let ops = std::mem::take(&mut self.slot.take(py)?.ops.waiting);
        let request = |op: &Op| {
            let request = op.to_python(py, self.settings.takes_task_path)?;
            (request.get_item(0)?, request.get_item(1)?, op.binds()).into_pyobject(py)
        };
        ops.iter().map(request).collect()
    }

    /// Raises the first failure of the saver that the engine has called, or else of the cache.
    pub fn raise_failure(&self, py: Python<'_>) -> PyResult<()> {
        let failure = self.lane.take_failure().or_else(|| self.cache_lane.take_failure());
        failure.map_or(Ok(()), |failure| Err(PyErr::from_value(failure.into_bound(py))))
    }
}

impl Op {
    /// Whether no checkpoint may be stored once this has failed.
    fn binds(&self) -> bool {
        matches!(self, Op::Put { .. } | Op::PutWrites { binds: true, .. })
    }

    fn to_python<'py>(&self, py: Python<'py>, takes_path: bool) -> PyResult<Bound<'py, PyTuple>> {
        match self {
            Op::PutWrites { config, writes, task_id, path, .. } if takes_path => {
                ("put_writes", (config, writes, &**task_id, path)).into_pyobject(py)
            }
            Op::PutWrites { config, writes, task_id, .. } => {
                ("put_writes", (config, writes, &**task_id)).into_pyobject(py)
            }
            Op::Put { config, checkpoint, metadata, versions } => {
                ("put", (config, checkpoint, metadata, versions)).into_pyobject(py)
            }
            Op::CacheSet { key, writes, .. } => ("cache_set", (key, writes)).into_pyobject(py),
        }
    }
}

fn perform(py: Python<'_>, op: &Op, saver: Option<&Obj>, takes_path: bool) -> PyResult<()> {
    if let Op::CacheSet { cache, key, writes } = op {
        return lazy::support(py, "cache_set")?.call1((cache, key, writes)).map(drop);
    }
    let Some(saver) = saver else { return Ok(()) };
    let request = op.to_python(py, takes_path)?;
    let method = request.get_item(0)?.cast_into::<pyo3::types::PyString>()?;
    let args = request.get_item(1)?.cast_into::<PyTuple>()?;
    saver.bind(py).call_method1(method, args).map(drop)
}

trace_fields!(Ops: waiting);
trace_fields!(LaneInner: waiting, failure);

impl Trace for Op {
    fn trace(&self, visit: &pyo3::PyVisit<'_>) -> Traced {
        match self {
            Op::PutWrites { config, writes, .. } => {
                config.trace(visit)?;
                writes.trace(visit)
            }
            Op::Put { config, checkpoint, metadata, versions } => {
                [config, checkpoint, metadata, versions].into_iter().try_for_each(|held| held.trace(visit))
            }
            Op::CacheSet { cache, key, writes } => {
                cache.trace(visit)?;
                key.trace(visit)?;
                writes.trace(visit)
            }
        }
    }
}

impl Trace for Lane {
    fn trace(&self, visit: &pyo3::PyVisit<'_>) -> Traced {
        // a run waits for its lane without the GIL
        lock(&self.inner).trace(visit)
    }
}

impl Lane {
    /// Takes a request; true if nobody performs them yet.
    fn add(&self, op: Op) -> bool {
        let mut inner = lock(&self.inner);
        inner.checkpoints += usize::from(matches!(op, Op::Put { .. }));
        inner.waiting.push_back(op);
        !std::mem::replace(&mut inner.running, true)
    }

    fn drain(&self, py: Python<'_>, saver: Option<&Obj>, takes_path: bool) {
        loop {
            let op = {
                let mut inner = lock(&self.inner);
                let Some(op) = inner.waiting.pop_front() else {
                    inner.running = false;
                    self.moved.notify_all();
                    return;
                };
                op
            };
            let puts = matches!(op, Op::Put { .. });
            if puts && lock(&self.inner).put_failed {
                self.step_on();
                continue;
            }
            if let Err(error) = perform(py, &op, saver, takes_path) {
                self.fail(py, error, op.binds());
            }
            if puts {
                self.step_on();
            }
        }
    }

    /// A checkpoint waits no more.
    fn step_on(&self) {
        lock(&self.inner).checkpoints -= 1;
        self.moved.notify_all();
    }

    fn fail(&self, py: Python<'_>, error: PyErr, binds: bool) {
        let error = error.into_value(py).into_any();
        let mut inner = lock(&self.inner);
        inner.put_failed |= binds;
        if inner.failure.is_none() {
            inner.failure = Some(error);
        }
    }

    /// Waits while it is `behind`.
    fn wait(&self, py: Python<'_>, behind: fn(&LaneInner) -> bool) -> PyResult<()> {
        if !behind(&lock(&self.inner)) {
            return Ok(());
        }
        loop {
            let busy = py.detach(|| {
                let inner = lock(&self.inner);
                if !behind(&inner) {
                    return false;
                }
                match self.moved.wait_timeout(inner, POLL) {
                    Ok((inner, _)) => behind(&inner),
                    Err(poisoned) => behind(&poisoned.into_inner().0),
                }
            });
            if !busy {
                return Ok(());
            }
            py.check_signals()?;
        }
    }
}
