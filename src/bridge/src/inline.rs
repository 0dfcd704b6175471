//! Stepping lone tasks of an asyncio run inline, on the loop's own thread.
//!
//! A coroutine that does not wait costs no turn of the loop. It still runs as an `asyncio.Task` of its
//! own, in a context of its own: from 3.12 on the task starts eagerly; before, its first step is taken
//! from `loop.call_soon` while the task is made, and run at once. On a loop that does not let itself be
//! asked so, the task starts with the loop's next turn.

use crate::attempt::{self, Mode};
use crate::context;
use crate::gc::{trace_fields, Trace, Traced};
use crate::retry::{self, Verdict};
use crate::run::Run;
use crate::sink::lock;
use crate::task::Task;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};
use std::sync::Mutex;

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
    /// Takes a new task's first step from the loop, before 3.12; `None` where the loop does not let it.
    first_step: Option<Py<FirstStep>>,
    current_task: Py<PyAny>,
    enter_task: Py<PyAny>,
    leave_task: Py<PyAny>,
}

/// What is to be called, and in which context if it named one.
type Kept = (Py<PyAny>, Option<Py<PyAny>>);

/// Stands in for `loop.call_soon` while a task is made, and keeps what the task wants to be called.
#[pyclass(frozen, module = "langgraph_rust._engine")]
struct FirstStep {
    kept: Mutex<Option<Kept>>,
}

#[pymethods]
impl FirstStep {
    #[pyo3(signature = (callback, *, context=None))]
    fn __call__(&self, callback: Py<PyAny>, context: Option<Py<PyAny>>) {
        let old = lock(&self.kept).replace((callback, context));
        drop(old);
    }

    fn __traverse__(&self, visit: pyo3::PyVisit<'_>) -> Traced {
        self.trace(&visit)
    }
}

impl FirstStep {
    /// A stand-in that `running_loop` accepts; `None` where it does not, or was given one by others.
    fn on(running_loop: &Bound<'_, PyAny>) -> PyResult<Option<Py<FirstStep>>> {
        let py = running_loop.py();
        let name = intern!(py, "call_soon");
        let stand_in = Py::new(py, FirstStep { kept: Mutex::new(None) })?;
        match running_loop.getattr_opt(intern!(py, "__dict__"))? {
            Some(own) if own.contains(name)? => return Ok(None),
            Some(_) => {}
            None => return Ok(None),
        }
        if running_loop.setattr(name, &stand_in).is_err() {
            return Ok(None);
        }
        running_loop.delattr(name)?;
        Ok(Some(stand_in))
    }
}

#[pymethods]
impl LoopKit {
    #[new]
    fn new(running_loop: Bound<'_, PyAny>) -> PyResult<Self> {
        let py = running_loop.py();
        let tasks = py.import("asyncio.tasks")?;
        let version = py.version_info();
        let eager = version >= (3, 12);
        Ok(LoopKit {
            task_class: tasks.getattr("Task")?.unbind(),
            coroutine_type: py.import("types")?.getattr("CoroutineType")?.unbind(),
            eager,
            takes_context: version >= (3, 11),
            first_step: if eager { None } else { FirstStep::on(&running_loop)? },
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
        let Some(first_step) = &self.first_step else {
            return self.make(coroutine, &context, name);
        };
        let running_loop = self.running_loop.bind(py);
        let call_soon = intern!(py, "call_soon");
        running_loop.setattr(call_soon, first_step)?;
        let made = self.make(coroutine, &context, name);
        running_loop.delattr(call_soon)?;
        let kept = lock(&first_step.get().kept).take();
        let made = made?;
        if let Some((step, own)) = kept {
            let context = own.map_or(context, |own| own.into_bound(py));
            self.step_now(step.bind(py), &context)?;
        }
        Ok(made)
    }

    fn __traverse__(&self, visit: pyo3::PyVisit<'_>) -> Traced {
        self.trace(&visit)
    }
}

trace_fields!(LoopKit: running_loop, task_class, coroutine_type, first_step, current_task, enter_task, leave_task);
trace_fields!(FirstStep: kept);

impl Trace for Kept {
    fn trace(&self, visit: &pyo3::PyVisit<'_>) -> Traced {
        self.0.trace(visit)?;
        self.1.trace(visit)
    }
}

impl LoopKit {
    fn make<'py>(
        &self,
        coroutine: Bound<'py, PyAny>,
        context: &Bound<'py, PyAny>,
        name: Bound<'py, PyAny>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let py = coroutine.py();
        let kwargs = PyDict::new(py);
        kwargs.set_item(intern!(py, "loop"), &self.running_loop)?;
        kwargs.set_item(intern!(py, "name"), name)?;
        let class = self.task_class.bind(py);
        if !self.takes_context {
            return context::run_in(context, |_| class.call((coroutine,), Some(&kwargs)));
        }
        kwargs.set_item(intern!(py, "context"), context)?;
        if self.eager {
            kwargs.set_item(intern!(py, "eager_start"), true)?;
        }
        class.call((coroutine,), Some(&kwargs))
    }

    /// Runs a task's first step in the place of the task that is running.
    fn step_now<'py>(&self, step: &Bound<'py, PyAny>, context: &Bound<'py, PyAny>) -> PyResult<()> {
        let py = step.py();
        let running_loop = self.running_loop.bind(py);
        let outer = self.current_task.bind(py).call1((running_loop,))?;
        if !outer.is_none() {
            self.leave_task.bind(py).call1((running_loop, &outer))?;
        }
        let stepped = context::run_in(context, |_| step.call0().map(drop));
        if !outer.is_none() {
            self.enter_task.bind(py).call1((running_loop, &outer))?;
        }
        stepped
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
