//! What the asyncio driver calls. It performs; the decisions are those of the sync driver.

use super::{Machine, Run};
use crate::attempt::{self, Mode};
use crate::host::Obj;
use crate::retry;
use crate::sink::lock;
use crate::task::Task;
use pyo3::prelude::*;
use pyo3::types::PyDict;
use std::sync::atomic::Ordering;

impl Run {
    /// The tasks of the superstep that have no writes yet.
    pub fn open(&self, py: Python<'_>) -> PyResult<Vec<Py<Task>>> {
        let all = |machine: &mut Machine| machine.tasks.iter().map(|t| t.clone_ref(py)).collect::<Vec<_>>();
        let mut tasks = self.slot.look(py, all)?;
        tasks.retain(|task| !task.get().has_writes());
        Ok(tasks)
    }

    /// Whether calls made from inside tasks are under way.
    pub fn has_calls(&self) -> bool {
        self.calls.load(Ordering::SeqCst) > 0
    }

    /// Whether the driver has something to take: chunks, or requests to the saver.
    pub fn has_news(&self, py: Python<'_>) -> PyResult<bool> {
        let chunks = self.settings.sink.as_ref().is_some_and(|sink| sink.get().waiting());
        Ok(chunks || self.slot.look(py, |machine| !machine.ops.is_empty())?)
    }
}

#[pymethods]
impl Run {
    /// Plans the next superstep; false when the run is over.
    #[pyo3(name = "tick")]
    fn tick_py(slf: &Bound<'_, Self>) -> PyResult<bool> {
        Run::tick(slf)
    }

    /// The tasks of the superstep that have to run, in order.
    fn open_tasks(&self, py: Python<'_>) -> PyResult<Vec<Py<Task>>> {
        self.open(py)
    }

    /// Tells the engine that a call from inside a task began (1) or ended (-1).
    fn count_call(&self, change: isize) {
        if change > 0 {
            self.calls.fetch_add(1, Ordering::SeqCst);
        } else {
            self.calls.fetch_sub(1, Ordering::SeqCst);
        }
    }

    /// Takes in how a task ended; true if its error is left to a handler.
    #[pyo3(name = "commit", signature = (task, error=None))]
    fn commit_py(&self, py: Python<'_>, task: Py<Task>, error: Option<Bound<'_, PyAny>>) -> PyResult<bool> {
        let error = error.map(PyErr::from_value);
        self.commit(py, &task, error.as_ref())
    }

    /// The task that handles a failure, or None.
    #[pyo3(name = "schedule_handler")]
    fn schedule_handler_py(slf: &Bound<'_, Self>, task: Py<Task>, error: Obj) -> PyResult<Option<Py<Task>>> {
        Run::schedule_handler(slf, &task, &error)
    }

    /// The barrier.
    #[pyo3(name = "finish")]
    fn finish_py(slf: &Bound<'_, Self>) -> PyResult<()> {
        Run::finish(slf)
    }

    /// Lets go of the tasks of a run that has ended.
    fn forget_tasks(&self, py: Python<'_>) -> PyResult<()> {
        let tasks = self.slot.take(py)?.tasks.split_off(0);
        super::plan::release(tasks);
        let driver = lock(&self.driver).take();
        drop(driver);
        Ok(())
    }

    /// The object that starts calls made from inside tasks.
    fn set_driver(&self, driver: Obj) {
        let old = lock(&self.driver).replace(driver);
        drop(old);
    }

    /// The channel objects of the graph, by name.
    #[getter]
    fn specs<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let specs = PyDict::new(py);
        for plan in &self.graph.get().channels {
            specs.set_item(&plan.name, &plan.spec)?;
        }
        Ok(specs)
    }
}

#[pymethods]
impl Task {
    /// Begins an attempt.
    fn begin(&self) {
        self.begin_attempt();
        self.clear_writes();
        attempt::reset(self);
    }

    /// Goes on with what was awaited (None at first); gives the next awaitable, or None at the end.
    fn advance<'py>(slf: &Bound<'py, Self>, value: Bound<'py, PyAny>) -> PyResult<Option<Bound<'py, PyAny>>> {
        attempt::advance(slf, Mode::Async, Some(value))
    }

    /// Decides about a failed attempt: seconds to wait before the next, None if all is done; raises
    /// the error where it is final.
    fn judge(slf: &Bound<'_, Self>, error: Bound<'_, PyAny>) -> PyResult<Option<f64>> {
        retry::judge(slf, PyErr::from_value(error))?.told()
    }

    /// Shows the current attempt this config in place of its own; with None its own again.
    fn guard(&self, config: Option<Py<PyDict>>) {
        self.guard_config(config);
    }

    /// Forgets what the current attempt wrote.
    fn forget_writes(&self) {
        self.clear_writes();
    }

    /// The driver of the run.
    #[getter]
    fn driver(&self, py: Python<'_>) -> Option<Obj> {
        lock(&self.run.get().driver).as_ref().map(|driver| driver.clone_ref(py))
    }

    // The running config as langchain reads it: this object stands for its dict.

    fn items<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        Task::config(slf)?.bind(slf.py()).call_method0("items")
    }

    fn keys<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        Task::config(slf)?.bind(slf.py()).call_method0("keys")
    }

    fn values<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        Task::config(slf)?.bind(slf.py()).call_method0("values")
    }

    fn copy<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyDict>> {
        Task::config(slf)?.bind(slf.py()).copy()
    }

    #[pyo3(signature = (key, default=None))]
    fn get<'py>(
        slf: &Bound<'py, Self>,
        key: &Bound<'py, PyAny>,
        default: Option<Bound<'py, PyAny>>,
    ) -> PyResult<Option<Bound<'py, PyAny>>> {
        Ok(Task::config(slf)?.bind(slf.py()).get_item(key)?.or(default))
    }

    fn __getitem__<'py>(slf: &Bound<'py, Self>, key: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        Task::config(slf)?.bind(slf.py()).as_any().get_item(key)
    }

    fn __contains__(slf: &Bound<'_, Self>, key: &Bound<'_, PyAny>) -> PyResult<bool> {
        Task::config(slf)?.bind(slf.py()).contains(key)
    }

    fn __iter__<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        Ok(Task::config(slf)?.bind(slf.py()).as_any().try_iter()?.into_any())
    }

    fn __len__(slf: &Bound<'_, Self>) -> PyResult<usize> {
        Ok(Task::config(slf)?.bind(slf.py()).len())
    }
}
