//! Results of earlier runs, taken from the cache instead of running a task.

use super::Run;
use crate::host::Obj;
use crate::lazy;
use crate::task::Task;
use crate::writer;
use pyo3::prelude::*;
use pyo3::types::PyList;

impl Run {
    /// Asks the cache for the tasks that have a key and no writes yet; what this run has put there is in.
    pub fn match_cached(slf: &Bound<'_, Run>, tasks: &[Py<Task>]) -> PyResult<()> {
        let py = slf.py();
        let run = slf.get();
        let Some(cache) = &run.settings.cache else { return Ok(()) };
        let open = run.cacheable(py, tasks)?;
        if open.is_empty() {
            return Ok(());
        }
        run.wait_cache(py)?;
        let found = lazy::support(py, "cache_get")?.call1((cache, open))?;
        Run::take_cached(slf, &found)
    }
}

#[pymethods]
impl Run {
    /// The tasks of the superstep that the cache may know, as a list.
    fn uncached<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        if self.settings.cache.is_none() {
            return Ok(PyList::empty(py));
        }
        let tasks = self.slot.look(py, |machine| machine.tasks.iter().map(|t| t.clone_ref(py)).collect::<Vec<_>>())?;
        self.cacheable(py, &tasks)
    }

    /// Takes `[(task, writes), …]` from the cache as the tasks' results.
    pub fn take_cached(slf: &Bound<'_, Run>, found: &Bound<'_, PyAny>) -> PyResult<()> {
        let py = slf.py();
        let run = slf.get();
        for pair in found.try_iter()? {
            let (task, writes): (Py<Task>, Bound<'_, PyAny>) = pair?.extract()?;
            let writes = writer::parse(&run.graph.get().core, &writes)?;
            task.get().extend_writes(writes);
            let writes = run.identified_writes(py, task.get())?;
            run.put_task_writes(py, &task, writes, true)?;
        }
        Ok(())
    }
}

impl Run {
    fn cacheable<'py>(&self, py: Python<'py>, tasks: &[Py<Task>]) -> PyResult<Bound<'py, PyList>> {
        let open = tasks.iter().filter(|t| t.get().cache_key.is_some() && !t.get().has_writes());
        let pairs: Vec<(Py<Task>, Option<Obj>)> =
            open.map(|t| (t.clone_ref(py), t.get().cache_key.as_ref().map(|k| k.clone_ref(py)))).collect();
        PyList::new(py, pairs)
    }
}
