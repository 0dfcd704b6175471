//! Tasks made from inside tasks.

use super::plan::{CallSeed, Planner};
use super::Run;
use crate::attempt::Mode;
use crate::context;
use crate::executor;
use crate::host::Obj;
use crate::lazy;
use crate::retry;
use crate::task::{CallWork, Task};
use pregel_core::{write::Write, Reserved};
use pyo3::exceptions::{PyRuntimeError, PyValueError};
use pyo3::intern;
use pyo3::prelude::*;
use std::sync::atomic::Ordering;

/// A call as `Task.call` takes it.
pub struct Call<'py> {
    pub func: Bound<'py, PyAny>,
    pub input: Bound<'py, PyAny>,
    pub retry_policy: Option<Obj>,
    pub cache_policy: Option<Obj>,
    pub timeout: Option<Obj>,
    pub callbacks: Option<Obj>,
}

/// Runs the call as a task of the caller's superstep; gives its future.
pub fn call<'py>(caller: &Bound<'py, Task>, asked: Call<'py>) -> PyResult<Obj> {
    let py = caller.py();
    let run = caller.get().run.bind(py);
    if run.get().settings.mode == Mode::Async {
        return async_call(caller, asked);
    }
    if lazy::support(py, "is_coroutine_function")?.call1((&asked.func,))?.is_truthy()? {
        return Err(PyRuntimeError::new_err("In an sync context async tasks cannot be called"));
    }
    let future = lazy::support(py, "new_future")?.call0()?;
    let task = push(caller, asked)?;
    Run::match_cached(run, std::slice::from_ref(&task))?;
    let writes = task.get().copy_writes();
    if !writes.is_empty() {
        settle(py, &future, &writes)?;
        return Ok(future.unbind());
    }
    start(py, run, task, &future)?;
    Ok(future.unbind())
}

/// The same on an event loop: the asyncio driver makes the future and runs the task.
fn async_call(caller: &Bound<'_, Task>, asked: Call<'_>) -> PyResult<Obj> {
    let py = caller.py();
    let push = PushCall { caller: caller.clone().unbind() };
    let start = lazy::support(py, "start_call")?;
    let options = (asked.func, asked.input, asked.retry_policy, asked.cache_policy, asked.timeout, asked.callbacks);
    Ok(start.call1((caller, Py::new(py, push)?, options))?.unbind())
}

/// `push(func, input, retry_policy, cache_policy, timeout, callbacks)` makes the task of a call.
#[pyclass(frozen, module = "langgraph_rust._engine")]
struct PushCall {
    caller: Py<Task>,
}

#[pymethods]
impl PushCall {
    fn __call__(
        &self,
        func: Bound<'_, PyAny>,
        input: Bound<'_, PyAny>,
        retry_policy: Option<Obj>,
        cache_policy: Option<Obj>,
        timeout: Option<Obj>,
        callbacks: Option<Obj>,
    ) -> PyResult<Py<Task>> {
        let py = func.py();
        push(self.caller.bind(py), Call { func, input, retry_policy, cache_policy, timeout, callbacks })
    }

    fn __traverse__(&self, visit: pyo3::PyVisit<'_>) -> crate::gc::Traced {
        visit.call(&self.caller)
    }
}

fn push<'py>(caller: &Bound<'py, Task>, asked: Call<'py>) -> PyResult<Py<Task>> {
    let py = caller.py();
    let parent = caller.get();
    let run = parent.run.bind(py);
    let runnable = lazy::RUNNABLE_FOR_CALL.get(py)?.call1((&asked.func,))?;
    let name = runnable.getattr(intern!(runnable.py(), "name"))?;
    if name.is_none() {
        return Err(PyValueError::new_err("`call` functions must have a `__name__` attribute"));
    }
    let name: String = name.extract()?;
    let index = parent.scratchpad(py)?.get().call_counter();
    let policy = asked.cache_policy.or_else(|| run.get().graph.get().cache_policy.as_ref().map(|p| p.clone_ref(py)));
    let cache_key = match policy {
        Some(policy) => {
            let made = lazy::support(py, "call_cache_key")?;
            Some(made.call1((policy, &asked.func, &asked.input))?.unbind())
        }
        None => None,
    };
    let given = |policy: Option<Obj>| policy.filter(|p| p.bind(py).is_truthy().unwrap_or(false));
    let seed = CallSeed {
        work: CallWork {
            runnable: runnable.unbind(),
            retry_policy: given(asked.retry_policy),
            callbacks: given(asked.callbacks),
        },
        input: asked.input.unbind(),
        cache_key,
        timeout: asked.timeout,
    };
    // the caller's config is made before the machine is taken: making it looks at the machine
    Task::own_config(caller)?;
    let mut held = run.get().slot.take(py)?;
    let machine = &mut *held;
    let task = Planner::new(run, machine).call(caller, index, &name, seed)?;
    run.get().emit_tasks(py, machine, std::slice::from_ref(&task))?;
    match machine.tasks.iter_mut().find(|t| t.get().id() == task.get().id()) {
        Some(slot) => *slot = task.clone_ref(py),
        None => machine.tasks.push(task.clone_ref(py)),
    }
    if !machine.replaying {
        run.get().reapply_to(py, machine, std::slice::from_ref(&task))?;
    }
    Ok(task)
}

/// Settles a future with what the task had written before.
pub fn settle(py: Python<'_>, future: &Bound<'_, PyAny>, writes: &[Write<Obj>]) -> PyResult<()> {
    let value_of = |kind: Reserved| writes.iter().find(|w| w.target.is(kind)).map(|w| w.value.bind(py));
    if let Some(value) = value_of(Reserved::Return) {
        return future.call_method1(intern!(future.py(), "set_result"), (value,)).map(drop);
    }
    match value_of(Reserved::Error) {
        Some(error) => {
            let error = lazy::support(py, "as_exception")?.call1((error,))?;
            future.call_method1(intern!(future.py(), "set_exception"), (error,)).map(drop)
        }
        None => future.call_method1(intern!(future.py(), "set_result"), (py.None(),)).map(drop),
    }
}

/// Runs the task on the executor; its end is committed before the future is settled.
fn start(py: Python<'_>, run: &Bound<'_, Run>, task: Py<Task>, future: &Bound<'_, PyAny>) -> PyResult<()> {
    let context = context::copy_current(py)?.unbind();
    let future = future.clone().unbind();
    let owner = run.clone().unbind();
    owner.get().calls.fetch_add(1, Ordering::SeqCst);
    executor::spawn(Box::new(move |py| {
        let outcome = context::run_in(context.bind(py), |py| run_call(py, &owner, &task, future.bind(py)));
        if let Err(error) = outcome {
            // nobody waits for this future any more, or it cannot be settled
            error.write_unraisable(py, None);
        }
        owner.get().calls.fetch_sub(1, Ordering::SeqCst);
        owner.get().finished.put(super::Finished { task, error: None });
    }));
    Ok(())
}

fn run_call(py: Python<'_>, run: &Py<Run>, task: &Py<Task>, future: &Bound<'_, PyAny>) -> PyResult<()> {
    let outcome = retry::run(task.bind(py));
    let error = outcome.err();
    run.get().commit(py, task, error.as_ref())?;
    match error {
        None => settle(py, future, &task.get().copy_writes()),
        Some(error) => future.call_method1(intern!(future.py(), "set_exception"), (error.value(py),)).map(drop),
    }
}
