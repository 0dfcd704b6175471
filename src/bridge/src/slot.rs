//! Where a run keeps its machine: taken out while Python may be called, shared for short looks.

use crate::sink::lock;
use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use std::ops::{Deref, DerefMut};
use std::sync::Mutex;
use std::thread::ThreadId;
use std::time::Duration;

pub struct Slot<T> {
    inner: Mutex<Inner<T>>,
}

struct Inner<T> {
    content: Option<Box<T>>,
    holder: Option<ThreadId>,
}

/// How long a look waits before it asks again for a machine that is busy.
const PATIENCE: Duration = Duration::from_micros(20);

impl<T: Send> Slot<T> {
    pub fn new(content: T) -> Self {
        Slot { inner: Mutex::new(Inner { content: Some(Box::new(content)), holder: None }) }
    }

    /// Takes the machine out until the guard is dropped.
    pub fn take(&self, py: Python<'_>) -> PyResult<Held<'_, T>> {
        loop {
            {
                let mut inner = lock(&self.inner);
                if let Some(content) = inner.content.take() {
                    inner.holder = Some(std::thread::current().id());
                    return Ok(Held { slot: self, content: Some(content) });
                }
                refuse_reentry(&inner)?;
            }
            py.detach(|| std::thread::sleep(PATIENCE));
        }
    }

    /// A short look, which must neither call Python nor drop a Python object.
    pub fn look<R>(&self, py: Python<'_>, body: impl Fn(&mut T) -> R) -> PyResult<R> {
        loop {
            {
                let mut inner = lock(&self.inner);
                if let Some(content) = inner.content.as_deref_mut() {
                    return Ok(body(content));
                }
                refuse_reentry(&inner)?;
            }
            py.detach(|| std::thread::sleep(PATIENCE));
        }
    }

    /// For the garbage collector: a look that gives up where the machine is busy.
    pub fn glance<R>(&self, body: impl FnOnce(&mut T) -> R) -> Option<R> {
        let mut inner = self.inner.try_lock().ok()?;
        inner.content.as_deref_mut().map(body)
    }
}

fn refuse_reentry<T>(inner: &Inner<T>) -> PyResult<()> {
    if inner.holder == Some(std::thread::current().id()) {
        return Err(PyRuntimeError::new_err(
            "the run is busy at its barrier: a reducer, channel or saver called back into the run that called it",
        ));
    }
    Ok(())
}

/// The machine, taken out of its slot; dropping it puts the machine back.
pub struct Held<'a, T> {
    slot: &'a Slot<T>,
    content: Option<Box<T>>,
}

impl<T> Deref for Held<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        self.content.as_ref().expect("held until dropped")
    }
}

impl<T> DerefMut for Held<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        self.content.as_mut().expect("held until dropped")
    }
}

impl<T> Drop for Held<'_, T> {
    fn drop(&mut self) {
        let mut inner = lock(&self.slot.inner);
        inner.content = self.content.take();
        inner.holder = None;
    }
}
