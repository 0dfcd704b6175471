//! Sync functions of asyncio runs, called on the executor.
//!
//! The loop's own thread waits a moment for functions that were quick before: a hand-over and back is
//! then two switches of threads, on one core where the system lets them, and no turn of the loop. Nothing of a slow function blocks the loop: what
//! is not over within that moment becomes a promise, and the next calls of it are not waited for at all.

use crate::affinity::Held;
use crate::context;
use crate::executor::{self, PATIENCE, PATIENCE_IN_ALL};
use crate::gc::trace_fields;
use crate::host::Obj;
use crate::inline::LoopKit;
use crate::mailbox::Mailbox;
use crate::promise::Promise;
use crate::spin::{Event, Spin};
use pyo3::exceptions::{PyRuntimeError, PyStopIteration};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple, PyType};
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicUsize, Ordering};
use std::sync::Arc;
use std::time::Instant;

/// Calls of a function that are not waited for after one that was slow.
const CALLS_NOT_WAITED_FOR: u32 = 32;

/// Where the loops' threads wait for quick calls.
static CALLS_OVER: Spin = Spin::new();

/// Whether calls of a function tend to be over at once.
#[derive(Default)]
pub struct Pace(AtomicU32);

impl Pace {
    /// Whether to wait for the next call.
    pub fn is_quick(&self) -> bool {
        let left = self.0.load(Ordering::Relaxed);
        if left > 0 {
            self.0.store(left - 1, Ordering::Relaxed);
        }
        left == 0
    }

    /// Takes in that a call that was waited for was not over in time.
    pub fn note_slow(&self) {
        self.0.store(CALLS_NOT_WAITED_FOR, Ordering::Relaxed);
    }
}

/// A call that is to be made on another thread, in a context of its own.
pub struct Elsewhere {
    pub function: Obj,
    pub args: Py<PyTuple>,
    pub kwargs: Option<Py<PyDict>>,
    pub context: Obj,
    pub pace: Arc<Pace>,
}

/// Calls that the loop's thread may wait for together.
pub struct Batch {
    left: AtomicUsize,
    quick: bool,
    /// The loop's thread waits and sees whether the calls get on: one thread is enough until it says more.
    watched: AtomicBool,
    /// The loop's thread went on without the end of a call.
    slow: AtomicBool,
    over: Arc<Event>,
}

struct Job {
    call: Box<Elsewhere>,
    promise: Py<Promise>,
    batch: Option<Arc<Batch>>,
}

/// The calls that wait for a thread.
pub struct Jobs {
    queue: Mailbox<Job>,
    /// Threads asked for that have not come yet; never more than one.
    asked: AtomicUsize,
}

trace_fields!(Jobs: queue);
trace_fields!(Job: call, promise);
trace_fields!(Elsewhere: function, args, kwargs, context);

impl Jobs {
    pub fn new() -> Arc<Jobs> {
        Arc::new(Jobs { queue: Mailbox::default(), asked: AtomicUsize::new(0) })
    }

    pub fn push(&self, call: Box<Elsewhere>, promise: Py<Promise>, batch: Option<Arc<Batch>>) {
        self.queue.put(Job { call, promise, batch });
    }

    /// Asks for a thread, unless one is on its way. Needs no GIL.
    pub fn ask(self: &Arc<Self>) {
        if let Some(job) = self.asked_for() {
            executor::spawn(job);
        }
    }

    fn asked_for(self: &Arc<Self>) -> Option<executor::Job> {
        self.asked.compare_exchange(0, 1, Ordering::SeqCst, Ordering::SeqCst).ok()?;
        let own = self.clone();
        Some(Box::new(move |py| own.work(py)))
    }

    /// Makes calls until none waits. Each call that may block lets one more thread come.
    fn work(self: &Arc<Self>, py: Python<'_>) {
        self.asked.store(0, Ordering::SeqCst);
        while let Some(job) = self.queue.try_next() {
            let watched = job.batch.as_ref().is_some_and(|batch| batch.watched.load(Ordering::SeqCst));
            if !watched && self.queue.len() > 0 {
                self.ask();
            }
            job.run(py);
        }
    }
}

impl Job {
    fn run(self, py: Python<'_>) {
        let Job { call, promise, batch } = self;
        let promise = promise.bind(py);
        if !promise.get().is_cancelled() {
            let outcome = call.run(py);
            drop(call);
            // a loop that was closed meanwhile has nobody who waits
            let _ = Promise::settle(promise, outcome);
        }
        if let Some(batch) = batch {
            if batch.quick && !batch.slow.load(Ordering::SeqCst) {
                executor::stay_near();
            }
            if batch.left.fetch_sub(1, Ordering::SeqCst) == 1 {
                executor::tell_when_idle(batch.over.clone());
            }
        }
    }
}

impl Elsewhere {
    fn run(&self, py: Python<'_>) -> PyResult<Obj> {
        let kwargs = self.kwargs.as_ref().map(|kwargs| kwargs.bind(py));
        let called = context::run_in(self.context.bind(py), |py| self.function.bind(py).call(&self.args, kwargs));
        match called {
            Err(error) if error.is_instance_of::<PyStopIteration>(py) => {
                // a coroutine cannot raise it
                let text = error.value(py).str()?.to_string();
                let shown = PyRuntimeError::new_err(text);
                shown.set_cause(py, Some(error));
                Err(shown)
            }
            other => other.map(Bound::unbind),
        }
    }
}

impl Batch {
    pub fn of<'a>(calls: impl Iterator<Item = &'a Elsewhere>) -> Arc<Batch> {
        let (mut left, mut quick) = (0, true);
        for call in calls {
            left += 1;
            quick &= call.pace.is_quick();
        }
        Arc::new(Batch::new(left, quick))
    }

    /// One that nobody waits for.
    pub fn unwaited() -> Arc<Batch> {
        Arc::new(Batch::new(1, false))
    }

    fn new(left: usize, quick: bool) -> Batch {
        let (watched, slow) = (AtomicBool::new(quick), AtomicBool::new(false));
        Batch { left: AtomicUsize::new(left), quick, watched, slow, over: Arc::default() }
    }

    /// Takes in that a call was not over when it was looked for.
    pub fn note_slow(&self, pace: &Pace) {
        self.slow.store(true, Ordering::SeqCst);
        if self.quick {
            pace.note_slow();
        }
    }

    /// Lets a thread come to the calls; waits a moment if they may be quick.
    pub fn start(self: &Arc<Self>, py: Python<'_>, jobs: &Arc<Jobs>) {
        if !self.quick {
            jobs.ask();
            return;
        }
        // asked without the GIL, or the thread would wake only to wait for it
        let held = py.detach(|| {
            let held = jobs.asked_for().and_then(executor::spawn_near);
            self.wait(held.as_ref());
            self.watched.store(false, Ordering::SeqCst);
            if self.over.has_come() {
                return None;
            }
            if self.left.load(Ordering::SeqCst) == 0 || jobs.queue.len() == 0 {
                return held;
            }
            // not while this thread is held: the one that comes may have to be made
            drop(held);
            jobs.ask();
            None
        });
        // now that this thread has the GIL: who let go of it has woken it
        drop(held);
    }

    /// Waits a moment for the calls.
    fn wait(&self, held: Option<&Held>) {
        let began = Instant::now();
        executor::await_quick(&self.over, held, &CALLS_OVER);
        let mut left = self.left.load(Ordering::SeqCst);
        while !self.over.sleep(PATIENCE) {
            let now = self.left.load(Ordering::SeqCst);
            if now == 0 || now == left || began.elapsed() > PATIENCE_IN_ALL {
                break;
            }
            left = now;
        }
    }
}

/// Where code in Python has sync functions called; one for each function, as it learns how quick they are.
#[pyclass(frozen, module = "langgraph_rust._engine")]
#[derive(Default)]
pub struct Offload {
    pace: Arc<Pace>,
}

#[pymethods]
impl Offload {
    #[new]
    fn new() -> Self {
        Offload::default()
    }

    /// Calls `function` on the executor, in a copy of the current context. What it gives is awaited on
    /// `running_loop`, the loop of the calling thread.
    #[pyo3(signature = (running_loop, function, /, *args, **kwargs))]
    fn call(
        &self,
        running_loop: &Bound<'_, PyAny>,
        function: Obj,
        args: Py<PyTuple>,
        kwargs: Option<Py<PyDict>>,
    ) -> PyResult<Py<Promise>> {
        let py = running_loop.py();
        let kit = LoopKit::of_loop(running_loop)?;
        let context = context::copy_current(py)?.unbind();
        let call = Box::new(Elsewhere { function, args, kwargs, context, pace: self.pace.clone() });
        let batch = Batch::of(std::iter::once(&*call));
        let promise = LoopKit::hand_over(&kit, call, &batch)?;
        batch.start(py, &kit.get().jobs);
        if promise.get().is_pending() {
            batch.note_slow(&self.pace);
        }
        Ok(promise)
    }

    /// A copy has everything to learn.
    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> (Bound<'py, PyType>, Bound<'py, PyTuple>) {
        (slf.get_type(), PyTuple::empty(slf.py()))
    }
}
