//! How an attempt calls what a node holds: functions with what is injected, Runnables, subgraphs.

use crate::attempt::{enter, Attempt, Called, Mode, Wait};
use crate::context;
use crate::keys;
use crate::lazy;
use crate::node::{CallablePlan, Injection};
use crate::offload::Elsewhere;
use crate::run::{nested, Durability, Run};
use crate::task::Task;
use crate::vectorcall;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};

/// What a function is called with.
enum Arguments<'py> {
    One(Bound<'py, PyAny>),
    Many(Bound<'py, PyTuple>, Option<Bound<'py, PyDict>>),
}

impl<'py> Arguments<'py> {
    fn pass_to(&self, function: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        match self {
            Arguments::One(argument) => vectorcall::with_one(function, argument),
            Arguments::Many(args, kwargs) => function.call(args, kwargs.as_ref()),
        }
    }

    fn split(self, py: Python<'py>) -> PyResult<(Bound<'py, PyTuple>, Option<Bound<'py, PyDict>>)> {
        match self {
            Arguments::One(argument) => Ok((PyTuple::new(py, [argument])?, None)),
            Arguments::Many(args, kwargs) => Ok((args, kwargs)),
        }
    }
}

impl<'py> Attempt<'_, 'py> {
    /// Calls a user's function with its input and what is injected.
    pub fn call(&self, plan: &CallablePlan, input: &Bound<'py, PyAny>) -> PyResult<Called<'py>> {
        let (function, awaits) = match (self.mode, &plan.func, &plan.afunc) {
            (Mode::Async, _, Some(afunc)) if !plan.sync_origin => (afunc, true),
            (_, Some(func), _) => (func, false),
            (_, None, _) => return Err(no_sync_function(plan, self.py)?),
        };
        let kwargs = self.arguments(plan)?;
        let arguments = if plan.explode_args {
            let (args, own): (Bound<'py, PyTuple>, Bound<'py, PyDict>) = input.extract()?;
            let kwargs = kwargs.map_or_else(|| Ok(PyDict::new(self.py)), Ok::<_, PyErr>)?;
            kwargs.update(own.as_mapping())?;
            Arguments::Many(args, Some(kwargs))
        } else {
            match kwargs {
                None => Arguments::One(input.clone()),
                kwargs => Arguments::Many(PyTuple::new(self.py, [input])?, kwargs),
            }
        };
        self.apply(function.bind(self.py), arguments, awaits, plan)
    }

    fn apply(
        &self,
        function: &Bound<'py, PyAny>,
        arguments: Arguments<'py>,
        awaits: bool,
        plan: &CallablePlan,
    ) -> PyResult<Called<'py>> {
        if self.mode == Mode::Sync {
            return Ok(Called::Value(self.in_context(|_| arguments.pass_to(function))?));
        }
        if awaits {
            return Ok(Called::Wait(Wait::Awaitable(arguments.pass_to(function)?)));
        }
        if plan.afunc.is_none() {
            return Ok(Called::Value(arguments.pass_to(function)?));
        }
        let (args, kwargs) = arguments.split(self.py)?;
        Ok(Called::Wait(Wait::Call(Box::new(Elsewhere {
            function: function.clone().unbind(),
            args: args.unbind(),
            kwargs: kwargs.map(Bound::unbind),
            context: context::copy_current(self.py)?.unbind(),
            pace: plan.pace.clone(),
        }))))
    }

    /// Runs somebody's Runnable.
    pub fn invoke(&self, runnable: &Bound<'py, PyAny>, input: &Bound<'py, PyAny>) -> PyResult<Called<'py>> {
        let config = Task::config(self.slf)?;
        if self.mode == Mode::Async {
            return Ok(Called::Wait(Wait::Awaitable(
                runnable.call_method1(intern!(runnable.py(), "ainvoke"), (input, config))?,
            )));
        }
        let value = self.in_context(|_| runnable.call_method1(intern!(runnable.py(), "invoke"), (input, config)))?;
        Ok(Called::Value(value))
    }

    /// Runs a subgraph, without asking it where that makes no difference.
    pub fn descend(&self, pregel: &Bound<'py, PyAny>, input: &Bound<'py, PyAny>) -> PyResult<Called<'py>> {
        if self.mode == Mode::Async {
            return match nested::open(self.slf, pregel)? {
                Some(run) => {
                    let settings = &run.get().settings;
                    let waits = settings.durability == Durability::Sync;
                    let asked = (pregel, &run, settings.max_concurrency, &settings.checkpointer, waits);
                    let coroutine = lazy::AINVOKE_NESTED.get(self.py)?.call1(asked)?;
                    Ok(Called::Wait(Wait::Awaitable(coroutine)))
                }
                None => self.invoke(pregel, input),
            };
        }
        let value = self.in_context(|_| match nested::open(self.slf, pregel)? {
            Some(run) => Ok(Run::invoke(&run)?.into_bound(self.py)),
            None => pregel.call_method1(intern!(self.py, "invoke"), (input, Task::config(self.slf)?)),
        })?;
        Ok(Called::Value(value))
    }

    /// Calls `body` in a copy of the current context in which the task's config is the running one.
    pub fn in_context<T>(&self, body: impl FnOnce(Python<'py>) -> PyResult<T>) -> PyResult<T> {
        let context = context::copy_current(self.py)?;
        context::run_in(&context, |py| {
            enter(self.slf)?;
            body(py)
        })
    }

    fn arguments(&self, plan: &CallablePlan) -> PyResult<Option<Bound<'py, PyDict>>> {
        if plan.injections.is_empty() && plan.kwargs.is_none() {
            return Ok(None);
        }
        let kwargs = match &plan.kwargs {
            Some(kwargs) => kwargs.bind(self.py).copy()?,
            None => PyDict::new(self.py),
        };
        let runtime = || -> PyResult<Bound<'py, PyAny>> {
            let config = Task::config(self.slf)?;
            let configurable = crate::config::configurable(config.bind(self.py))?;
            Ok(configurable.get_item(keys::runtime(self.py))?.unwrap_or_else(|| self.py.None().into_bound(self.py)))
        };
        for (keyword, injection) in &plan.injections {
            let value = match injection {
                Injection::Config => Task::config(self.slf)?.into_bound(self.py).into_any(),
                Injection::Runtime => runtime()?,
                Injection::Field(field) => runtime()?.getattr(field)?,
                Injection::Error(default) => match &self.task.failure {
                    Some(failure) => failure.bind(self.py).clone(),
                    None => default.bind(self.py).clone(),
                },
            };
            kwargs.set_item(keyword, value)?;
        }
        Ok(Some(kwargs))
    }
}

fn no_sync_function(plan: &CallablePlan, py: Python<'_>) -> PyResult<PyErr> {
    let name = plan.runnable.bind(py).getattr(intern!(py, "name"))?;
    Ok(pyo3::exceptions::PyTypeError::new_err(format!(
        "No synchronous function provided to \"{name}\".\nEither initialize with a synchronous function or invoke via the async API (ainvoke, astream, etc.)"
    )))
}
