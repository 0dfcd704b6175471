//! The stream of a run: chunks `(namespace, mode, payload)` in the order they arose.

use crate::gc::{self, trace_fields, Trace, Traced};
use crate::host::Obj;
use crate::keys;
use crate::shape::{Chunk, Shape};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PySet, PyString, PyTuple};
use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::Mutex;

/// The stream modes that the engine itself emits, one bit each.
#[derive(Clone, Copy, Default)]
pub struct Modes(u8);

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Mode {
    Values,
    Updates,
    Checkpoints,
    Tasks,
    Debug,
}

impl Mode {
    const ALL: [Mode; 5] = [Mode::Values, Mode::Updates, Mode::Checkpoints, Mode::Tasks, Mode::Debug];

    pub fn text(self, py: Python<'_>) -> &Bound<'_, PyString> {
        match self {
            Mode::Values => keys::values(py),
            Mode::Updates => keys::updates(py),
            Mode::Checkpoints => keys::checkpoints(py),
            Mode::Tasks => keys::tasks(py),
            Mode::Debug => keys::debug(py),
        }
    }

    fn bit(self) -> u8 {
        1 << self as u8
    }
}

impl Modes {
    pub fn of(modes: &Bound<'_, PyAny>) -> PyResult<Modes> {
        let mut bits = 0;
        for mode in Mode::ALL {
            if modes.contains(mode.text(modes.py()))? {
                bits |= mode.bit();
            }
        }
        Ok(Modes(bits))
    }

    pub fn has(self, mode: Mode) -> bool {
        self.0 & mode.bit() != 0
    }

    fn union(self, other: Modes) -> Modes {
        Modes(self.0 | other.0)
    }
}

/// Takes chunks from any thread: `sink((namespace, mode, payload))`. `modes` says which it wants.
#[pyclass(frozen, module = "langgraph_rust._engine")]
pub struct StreamSink {
    #[pyo3(get)]
    modes: Py<PySet>,
    own: Modes,
    /// The stream of the run above, which wants some of our chunks too.
    parent: Option<(Obj, Modes)>,
    /// How the run's own reader gets them; tuples where nothing is said.
    shape: Option<Shape>,
    chunks: Mutex<VecDeque<Chunk>>,
    /// Its own reader gets no more chunks.
    deaf: AtomicBool,
    /// Called after a chunk arrived, to wake a driver that waits.
    wake: Mutex<Option<Obj>>,
    signal: crossbeam_channel::Sender<()>,
    pub arrivals: crossbeam_channel::Receiver<()>,
}

#[pymethods]
impl StreamSink {
    #[new]
    #[pyo3(signature = (modes, parent=None, shape=None))]
    fn new(modes: Bound<'_, PySet>, parent: Option<Bound<'_, PyAny>>, shape: Option<Shape>) -> PyResult<Self> {
        let (signal, arrivals) = crossbeam_channel::bounded(1);
        let parent = match parent {
            Some(parent) => {
                let wanted = Modes::of(&parent.getattr(intern!(parent.py(), "modes"))?)?;
                Some((parent.unbind(), wanted))
            }
            None => None,
        };
        Ok(StreamSink {
            own: Modes::of(modes.as_any())?,
            modes: modes.unbind(),
            parent,
            shape,
            chunks: Mutex::new(VecDeque::new()),
            deaf: AtomicBool::new(false),
            wake: Mutex::new(None),
            signal,
            arrivals,
        })
    }

    fn __call__(&self, py: Python<'_>, chunk: Bound<'_, PyTuple>) -> PyResult<()> {
        let mode = chunk.get_item(1)?;
        if let Some((parent, _)) = &self.parent {
            let parent = parent.bind(py);
            if parent.getattr(intern!(parent.py(), "modes"))?.contains(&mode)? {
                parent.call1((&chunk,))?;
            }
            if !self.modes.bind(py).contains(&mode)? {
                return Ok(());
            }
        }
        self.store(py, Chunk::of(&chunk)?)
    }

    /// Takes a chunk that only this run's own reader is to see.
    fn put(&self, py: Python<'_>, chunk: Bound<'_, PyTuple>) -> PyResult<()> {
        self.store(py, Chunk::of(&chunk)?)
    }

    /// Whether a chunk can be taken.
    #[getter]
    pub fn waiting(&self) -> bool {
        !lock(&self.chunks).is_empty()
    }

    /// Says whether what arrives is left out from now on: what tasks cause while a failure cancels them.
    pub fn deafen(&self, deaf: bool) {
        self.deaf.store(deaf, Ordering::Relaxed);
    }

    /// Sets what is called after each arrival, on the thread where it happened; None to stop.
    fn notify(&self, callback: Option<Obj>) {
        let previous = {
            let mut wake = lock(&self.wake);
            std::mem::replace(&mut *wake, callback)
        };
        drop(previous);
    }

    fn __traverse__(&self, visit: pyo3::PyVisit<'_>) -> Traced {
        self.trace(&visit)
    }

    fn __clear__(&self) {
        gc::clear(&self.chunks);
        gc::clear(&self.wake);
    }
}

trace_fields!(StreamSink: modes, parent, shape, chunks, wake);

impl Trace for (Obj, Modes) {
    fn trace(&self, visit: &pyo3::PyVisit<'_>) -> Traced {
        self.0.trace(visit)
    }
}

impl StreamSink {
    /// Takes the chunks that its reader is to get in this shape.
    pub fn shaped(py: Python<'_>, shape: Shape) -> PyResult<Self> {
        StreamSink::new(PySet::new(py, shape.modes())?, None, Some(shape))
    }

    pub fn wants(&self, mode: Mode) -> bool {
        let parent = self.parent.as_ref().map_or(Modes::default(), |(_, modes)| *modes);
        self.own.union(parent).has(mode)
    }

    /// Whether somebody is to see tasks as Python objects.
    pub fn wants_tasks(&self) -> bool {
        self.wants(Mode::Tasks) || self.wants(Mode::Debug)
    }

    pub fn emit(&self, py: Python<'_>, namespace: &Py<PyTuple>, mode: Mode, payload: Bound<'_, PyAny>) -> PyResult<()> {
        let text = mode.text(py);
        if let Some((parent, modes)) = &self.parent {
            if modes.has(mode) {
                parent.bind(py).call1(((namespace, text, &payload),))?;
            }
        }
        if self.own.has(mode) {
            let mode = text.clone().into_any().unbind();
            self.store(py, Chunk { namespace: namespace.clone_ref(py).into_any(), mode, payload: payload.unbind() })?;
        }
        Ok(())
    }

    /// The next chunk as the run's reader is to get it.
    pub fn next(&self, py: Python<'_>) -> PyResult<Option<Obj>> {
        loop {
            let Some(chunk) = lock(&self.chunks).pop_front() else { return Ok(None) };
            match &self.shape {
                Some(shape) => {
                    if let Some(shaped) = shape.of(py, chunk)? {
                        return Ok(Some(shaped));
                    }
                }
                None => return Ok(Some(chunk.into_tuple(py)?.into_any().unbind())),
            }
        }
    }

    /// Takes a chunk and wakes nobody: for a task that is about to end, which wakes the driver. False where it is
    /// left out.
    pub fn keep(&self, chunk: Chunk) -> bool {
        let is_taken = !self.deaf.load(Ordering::Relaxed);
        if is_taken {
            lock(&self.chunks).push_back(chunk);
        }
        is_taken
    }

    fn store(&self, py: Python<'_>, chunk: Chunk) -> PyResult<()> {
        if !self.keep(chunk) {
            return Ok(());
        }
        // full means that a wake-up is already on its way
        let _ = self.signal.try_send(());
        let wake = lock(&self.wake).as_ref().map(|wake| wake.clone_ref(py));
        match wake {
            Some(wake) => wake.call0(py).map(drop),
            None => Ok(()),
        }
    }
}

/// A panic while one of these small locks was held leaves nothing half done.
pub fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}
