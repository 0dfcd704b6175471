//! What a run tells of its nodes where only the `messages` mode listens: in the place of callbacks.

use crate::config;
use crate::gc::trace_fields;
use crate::host::Obj;
use crate::node_messages::{Audience, NodeMessages};
use crate::run::Run;
use crate::shape::Chunk;
use crate::sink::StreamSink;
use crate::task::Task;
use pyo3::exceptions::PyException;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::PyDict;

/// The one key of metadata whose values langchain merges.
const MERGED: &str = "lc_versions";

pub struct Tap {
    /// The Python half: makes callbacks for what a node runs, and reports failures.
    pub object: Obj,
    handler: Obj,
    messages: Py<NodeMessages>,
    /// What everything that the run causes has in its metadata.
    metadata: Py<PyDict>,
    /// Messages of the run's own namespace are shown.
    shows: PyOnceLock<bool>,
}

trace_fields!(Tap: object, handler, messages, metadata);

impl Tap {
    /// As the attributes of the Python object tell it.
    pub fn of(object: &Bound<'_, PyAny>) -> PyResult<Tap> {
        let py = object.py();
        let handler = object.getattr(intern!(py, "handler"))?;
        Ok(Tap {
            messages: handler.getattr(intern!(py, "nodes"))?.cast_into()?.unbind(),
            metadata: object.getattr(intern!(py, "metadata"))?.cast_into()?.unbind(),
            handler: handler.unbind(),
            shows: PyOnceLock::new(),
            object: object.clone().unbind(),
        })
    }

    /// Hears that a node begins; true if its end is to be heard of too.
    pub fn start(&self, py: Python<'_>, task: &Task) -> PyResult<bool> {
        let told = self.hears(py, task).and_then(|hears| {
            if hears {
                self.messages.get().mark(task.input.bind(py))?;
            }
            Ok(hears)
        });
        self.report(py, "on_chain_start", told)
    }

    /// Hears that it has ended, with what it returned. Whoever waits for the chunks is woken by the end.
    pub fn end(&self, py: Python<'_>, task: &Task, output: Option<&Bound<'_, PyAny>>) -> PyResult<()> {
        let (Some(output), Some(sink)) = (output, &task.run.get().settings.sink) else { return Ok(()) };
        let mut audience = Readers { tap: self, task, sink: sink.get(), metadata: None };
        self.report(py, "on_chain_end", self.messages.get().emit_found(&mut audience, output))
    }

    fn hears(&self, py: Python<'_>, task: &Task) -> PyResult<bool> {
        let run = task.run.get();
        Ok(task.node(run).is_some_and(|node| !node.hidden) && self.shows(py, run)?)
    }

    /// Whether messages of the run's own namespace are shown.
    fn shows(&self, py: Python<'_>, run: &Run) -> PyResult<bool> {
        let shows = self.shows.get_or_try_init(py, || {
            let namespace = run.namespace.bind(py);
            let handler = self.handler.bind(py);
            PyResult::Ok(
                !self.object.getattr(py, intern!(py, "is_hidden"))?.is_truthy(py)?
                    && (namespace.is_empty()
                        || handler.getattr(intern!(py, "subgraphs"))?.is_truthy()?
                        || handler.getattr(intern!(py, "parent_ns"))?.eq(namespace)?),
            )
        })?;
        Ok(*shows)
    }

    fn metadata<'py>(&self, py: Python<'py>, task: &Task) -> PyResult<Bound<'py, PyDict>> {
        let (own, tags) = config::labels(py, task)?;
        let shared = self.metadata.bind(py);
        if own.contains(MERGED)? || shared.contains(MERGED)? {
            let merged = self.object.bind(py).call_method1(intern!(py, "merge"), (own, tags))?;
            return Ok(merged.cast_into()?);
        }
        let metadata = shared.copy()?;
        metadata.update(own.as_mapping())?;
        Ok(metadata)
    }

    /// Reports a failure as langchain reports those of handlers: the run goes on.
    fn report<T: Default>(&self, py: Python<'_>, event: &str, told: PyResult<T>) -> PyResult<T> {
        match told {
            Err(error) if error.is_instance_of::<PyException>(py) => {
                self.object.call_method1(py, intern!(py, "report"), (event, error.value(py)))?;
                Ok(T::default())
            }
            told => told,
        }
    }
}

/// Those of the run's stream.
struct Readers<'a, 'py> {
    tap: &'a Tap,
    task: &'a Task,
    sink: &'a StreamSink,
    /// Made for the first message: most nodes return one or none.
    metadata: Option<Bound<'py, PyDict>>,
}

impl<'py> Audience<'py> for Readers<'_, 'py> {
    fn show(&mut self, message: &Bound<'py, PyAny>) -> PyResult<()> {
        let py = message.py();
        let metadata = match &self.metadata {
            Some(metadata) => metadata,
            None => self.metadata.insert(self.tap.metadata(py, self.task)?),
        };
        self.sink.keep(Chunk {
            namespace: self.task.run.get().namespace.clone_ref(py).into_any(),
            mode: intern!(py, "messages").clone().into_any().unbind(),
            payload: (message, metadata).into_pyobject(py)?.into_any().unbind(),
        });
        Ok(())
    }
}
