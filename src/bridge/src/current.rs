//! Who a loop's current `asyncio.Task` is.
//!
//! Code that is stepped inline is the current task meanwhile, so this changes twice a superstep. asyncio
//! offers it as a swap (3.12); before, there is a dict of current tasks by loop, which it shares with its
//! C part, and in any case functions by which a task takes the place and leaves it.

use crate::gc::{Trace, Traced};
use crate::host::Obj;
use crate::vectorcall;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyModule};

pub enum Current {
    Swap { swap: Obj, current: Obj },
    Table(Py<PyDict>),
    Steps { enter: Obj, leave: Obj, current: Obj },
}

impl Current {
    /// Of the module `asyncio.tasks`, on the loop that runs.
    pub fn of(tasks: &Bound<'_, PyModule>, running_loop: &Bound<'_, PyAny>) -> PyResult<Current> {
        let current = tasks.getattr(intern!(tasks.py(), "current_task"))?;
        if let Some(swap) = tasks.as_any().getattr_opt("_swap_current_task")? {
            return Ok(Current::Swap { swap: swap.unbind(), current: current.unbind() });
        }
        if let Some(Ok(table)) = tasks.as_any().getattr_opt("_current_tasks")?.map(|table| table.cast_into::<PyDict>())
        {
            let shown = current.call1((running_loop,))?;
            // shared only if it tells what the function tells
            if !shown.is_none() && table.get_item(running_loop)?.is_some_and(|kept| kept.is(&shown)) {
                return Ok(Current::Table(table.unbind()));
            }
        }
        Ok(Current::Steps {
            enter: tasks.getattr(intern!(tasks.py(), "_enter_task"))?.unbind(),
            leave: tasks.getattr(intern!(tasks.py(), "_leave_task"))?.unbind(),
            current: current.unbind(),
        })
    }

    /// Makes `task` the loop's current one, or nobody; gives the one before.
    pub fn swap<'py>(
        &self,
        running_loop: &Bound<'py, PyAny>,
        task: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Option<Bound<'py, PyAny>>> {
        let py = running_loop.py();
        let before = match self {
            Current::Swap { swap, .. } => {
                let none = py.None();
                vectorcall::with_two(swap.bind(py), running_loop, task.unwrap_or(none.bind(py)))?
            }
            Current::Table(table) => {
                let table = table.bind(py);
                let before = table.get_item(running_loop)?;
                match task {
                    Some(task) => table.set_item(running_loop, task)?,
                    None if before.is_some() => table.del_item(running_loop)?,
                    None => {}
                }
                return Ok(before);
            }
            Current::Steps { enter, leave, current } => {
                let before = current.bind(py).call1((running_loop,))?;
                if !before.is_none() {
                    leave.bind(py).call1((running_loop, &before))?;
                }
                if let Some(task) = task {
                    enter.bind(py).call1((running_loop, task))?;
                }
                before
            }
        };
        Ok((!before.is_none()).then_some(before))
    }
}

impl Current {
    /// The loop's current task.
    pub fn get<'py>(&self, running_loop: &Bound<'py, PyAny>) -> PyResult<Option<Bound<'py, PyAny>>> {
        let py = running_loop.py();
        let shown = match self {
            Current::Table(table) => return table.bind(py).get_item(running_loop),
            Current::Swap { current, .. } | Current::Steps { current, .. } => {
                vectorcall::with_one(current.bind(py), running_loop)?
            }
        };
        Ok((!shown.is_none()).then_some(shown))
    }

    /// Makes `task` the loop's current one again, or nobody, after another.
    pub fn restore<'py>(&self, running_loop: &Bound<'py, PyAny>, task: Option<&Bound<'py, PyAny>>) -> PyResult<()> {
        match (self, task) {
            (Current::Table(table), Some(task)) => table.bind(task.py()).set_item(running_loop, task),
            _ => self.swap(running_loop, task).map(drop),
        }
    }
}

impl Trace for Current {
    fn trace(&self, visit: &pyo3::PyVisit<'_>) -> Traced {
        match self {
            Current::Swap { swap, current } => {
                swap.trace(visit)?;
                current.trace(visit)
            }
            Current::Table(table) => table.trace(visit),
            Current::Steps { enter, leave, current } => {
                enter.trace(visit)?;
                leave.trace(visit)?;
                current.trace(visit)
            }
        }
    }
}
