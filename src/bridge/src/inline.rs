//! Stepping lone tasks of an asyncio run inline, on the loop's own thread.
//!
//! A coroutine that does not wait costs no turn of the loop. It still runs as an `asyncio.Task` of its
//! own, in a context of its own: from 3.12 on the task starts eagerly; before, its first step is taken
//! back from the loop's queue and run at once. On a loop without that queue the task starts with the
//! loop's next turn.

use crate::attempt::{self, Mode};
use crate::context;
use crate::retry::{self, Verdict};
use crate::run::Run;
use crate::task::Task;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};

/// What starting tasks on one event loop takes, looked up once a run.
#[pyclass(frozen, module = "langgraph_rust._engine")]
pub struct LoopKit {
    running_loop: Py<PyAny>,
    task_class: Py<PyAny>,
    coroutine_type: Py<PyAny>,
    /// Tasks start by themselves (3.12).
    eager: bool,
    /// `Task` takes a context (3.11).
    takes_context: bool,
    /// The loop's queue of what is ready, before 3.12.
    ready: Option<Py<PyAny>>,
    current_task: Py<PyAny>,
    enter_task: Py<PyAny>,
    leave_task: Py<PyAny>,
}

#[pymethods]
impl LoopKit {
    #[new]
    fn new(running_loop: Bound<'_, PyAny>) -> PyResult<Self> {
        let py = running_loop.py();
        let tasks = py.import("asyncio.tasks")?;
        let version = py.version_info();
        let eager = version >= (3, 12);
        let ready = if eager { None } else { running_loop.getattr_opt("_ready")?.map(Bound::unbind) };
        Ok(LoopKit {
            task_class: tasks.getattr("Task")?.unbind(),
            coroutine_type: py.import("types")?.getattr("CoroutineType")?.unbind(),
            eager,
            takes_context: version >= (3, 11),
            ready,
            current_task: tasks.getattr("current_task")?.unbind(),
            enter_task: tasks.getattr("_enter_task")?.unbind(),
            leave_task: tasks.getattr("_leave_task")?.unbind(),
            running_loop: running_loop.unbind(),
        })
    }

    /// Starts a coroutine as a task whose first step runs at once.
    fn start<'py>(
        &self,
        coroutine: Bound<'py, PyAny>,
        context: Bound<'py, PyAny>,
        name: Bound<'py, PyAny>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let py = coroutine.py();
        let kwargs = PyDict::new(py);
        kwargs.set_item(intern!(py, "loop"), &self.running_loop)?;
        kwargs.set_item(intern!(py, "name"), name)?;
        if self.takes_context {
            kwargs.set_item(intern!(py, "context"), &context)?;
        }
        if self.eager {
            kwargs.set_item(intern!(py, "eager_start"), true)?;
        }
        let class = self.task_class.bind(py);
        let task = if self.takes_context {
            class.call((coroutine,), Some(&kwargs))?
        } else {
            context::run_in(&context, |_| class.call((coroutine,), Some(&kwargs)))?
        };
        if let Some(ready) = &self.ready {
            let ready = ready.bind(py);
            if ready.is_truthy()? {
                self.step_now(ready.call_method0(intern!(py, "pop"))?)?;
            }
        }
        Ok(task)
    }

    fn __traverse__(&self, visit: pyo3::PyVisit<'_>) -> Result<(), pyo3::PyTraverseError> {
        visit.call(&self.running_loop)
    }
}

impl LoopKit {
    /// Runs a task's first step in the place of the task that is running.
    fn step_now(&self, handle: Bound<'_, PyAny>) -> PyResult<()> {
        let py = handle.py();
        let running_loop = self.running_loop.bind(py);
        let outer = self.current_task.bind(py).call1((running_loop,))?;
        if outer.is_none() {
            return handle.call_method0(intern!(py, "_run")).map(drop);
        }
        self.leave_task.bind(py).call1((running_loop, &outer))?;
        let stepped = handle.call_method0(intern!(py, "_run"));
        self.enter_task.bind(py).call1((running_loop, &outer))?;
        stepped.map(drop)
    }
}

/// How far a lone task came without waiting.
enum Lone<'py> {
    Ended(Option<PyErr>),
    /// It waits for this.
    Waits(Bound<'py, PyAny>),
    /// It failed and is to be tried again after so many seconds.
    Retry(f64),
}

/// Runs the first attempt of a task until it ends or has to wait.
fn run_lone<'py>(kit: &LoopKit, slf: &Bound<'py, Task>) -> PyResult<Lone<'py>> {
    let py = slf.py();
    let task = slf.get();
    task.begin_attempt();
    let context = context::copy_current(py)?;
    let mut moved = context::run_in(&context, |_| {
        attempt::enter(slf)?;
        attempt::advance(slf, Mode::Async, None)
    });
    loop {
        let awaitable = match moved {
            Ok(None) => return Ok(Lone::Ended(None)),
            Ok(Some(awaitable)) => awaitable,
            Err(error) => return judge(slf, error),
        };
        if !awaitable.get_type().is(&kit.coroutine_type) {
            return Ok(Lone::Waits(awaitable));
        }
        let started = kit.start(awaitable, context.clone(), task.name.bind(py).clone().into_any())?;
        if !started.call_method0(intern!(py, "done"))?.is_truthy()? {
            return Ok(Lone::Waits(started));
        }
        moved = match started.call_method0(intern!(py, "result")) {
            Ok(value) => context::run_in(&context, |_| attempt::advance(slf, Mode::Async, Some(value))),
            Err(error) => Err(error),
        };
    }
}

fn judge<'py>(slf: &Bound<'py, Task>, error: PyErr) -> PyResult<Lone<'py>> {
    Ok(match retry::judge(slf, error)? {
        Verdict::Done => Lone::Ended(None),
        Verdict::Retry(delay_s) => Lone::Retry(delay_s),
        Verdict::Fail(error) => Lone::Ended(Some(error)),
    })
}

#[pymethods]
impl Run {
    /// Runs up to `supersteps` supersteps while each is one task that does not wait. Gives what
    /// stopped it, with a task and what belongs to it:
    ///
    /// * `over`: nothing is left to plan;
    /// * `many` (tasks): the superstep has other than one task;
    /// * `waits` (task, awaitable), `retry` (task, seconds), `failed` (task, error);
    /// * `pause`: there are chunks or requests to take, or the supersteps are used up.
    fn run_inline<'py>(
        slf: &Bound<'py, Self>,
        kit: &Bound<'py, LoopKit>,
        supersteps: usize,
        alone: bool,
    ) -> PyResult<Bound<'py, PyTuple>> {
        let py = slf.py();
        let run = slf.get();
        for _ in 0..supersteps {
            if !Run::tick(slf)? {
                return ("over", py.None(), py.None()).into_pyobject(py);
            }
            let mut open = run.open(py)?;
            let single = alone && open.len() == 1 && open[0].get().timeout.is_none();
            if !single || run.settings.cache.is_some() {
                return ("many", open, py.None()).into_pyobject(py);
            }
            let task = open.remove(0);
            match run_lone(kit.get(), task.bind(py))? {
                Lone::Waits(awaitable) => return ("waits", task, awaitable).into_pyobject(py),
                Lone::Retry(delay_s) => return ("retry", task, delay_s).into_pyobject(py),
                Lone::Ended(Some(error)) => {
                    return ("failed", task, error.value(py)).into_pyobject(py);
                }
                Lone::Ended(None) => {}
            }
            if run.has_calls() {
                return ("calls", task, py.None()).into_pyobject(py);
            }
            run.commit(py, &task, None)?;
            Run::finish(slf)?;
            if run.has_news(py)? {
                break;
            }
        }
        ("pause", py.None(), py.None()).into_pyobject(py)
    }
}
