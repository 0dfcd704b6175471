//! What an `InMemorySaver` has stored, as long as nobody reaches into its dicts.
//!
//! Runs put checkpoints and writes here without a Python object in between (`run/keep`); the saver's
//! methods read, write and delete by `Ledger`'s (`checkpoint/memory/_saver.py`). `open` moves
//! everything into the saver's dicts, in the form that they have in LangGraph, and ends the ledger.

pub mod encodings;
mod entry;
mod given;
mod names;
mod read;
mod shelf;
pub mod stored;
mod tape;
mod update;

pub use entry::Entry;
use given::Given;
pub use names::{Id, Names};
pub use shelf::{About, Changes, NewMade, NewMarks, Shelf, StoredWrite, Told, NONE};

use crate::sink::lock;
use crate::versions;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList, PyTuple};
use read::Reader;
use std::collections::HashMap;
use std::sync::Mutex;
use stored::{Encoded, Loader, Stored};

/// The numbers of writes of which a task has one; all others count from zero (`WRITES_IDX_MAP`).
pub fn index_of_write(channel: &str, place: usize) -> i32 {
    match channel {
        "__error__" => -1,
        "__scheduled__" => -2,
        "__interrupt__" => -3,
        "__resume__" => -4,
        _ => place as i32,
    }
}

/// Checkpoints by thread and namespace.
#[pyclass(frozen, module = "langgraph_rust._engine")]
pub struct Ledger {
    inner: Mutex<Inner>,
}

#[derive(Clone)]
pub struct Inner {
    /// False once the content has moved to the saver's dicts.
    live: bool,
    pub names: Names,
    threads: HashMap<String, Thread>,
    serial: u64,
}

#[derive(Clone)]
struct Thread {
    serial: u64,
    /// By namespace, in the order they came.
    shelves: Vec<(String, Shelf)>,
}

impl Inner {
    fn next_serial(&mut self) -> u64 {
        self.serial += 1;
        self.serial
    }

    /// The shelf of a namespace, and the names.
    pub fn shelf(&mut self, thread: &str, namespace: &str) -> (&mut Shelf, &mut Names) {
        if !self.threads.contains_key(thread) {
            let serial = self.next_serial();
            self.threads.insert(thread.to_owned(), Thread { serial, shelves: Vec::new() });
        }
        self.serial += 1;
        let serial = self.serial;
        let shelves = &mut self.threads.get_mut(thread).expect("put above").shelves;
        let at = match shelves.iter().position(|(name, _)| name == namespace) {
            Some(at) => at,
            None => {
                shelves.push((namespace.to_owned(), Shelf::new(serial)));
                shelves.len() - 1
            }
        };
        (&mut shelves[at].1, &mut self.names)
    }

    fn find(&self, thread: &str, namespace: &str) -> Option<&Shelf> {
        self.threads.get(thread)?.shelves.iter().find(|(name, _)| name == namespace).map(|(_, shelf)| shelf)
    }

    fn in_order(&self) -> Vec<(&String, &Thread)> {
        let mut threads: Vec<_> = self.threads.iter().collect();
        threads.sort_by_key(|(_, thread)| thread.serial);
        threads
    }
}

impl Ledger {
    /// Calls `body` with the content, unless that has moved to the saver's dicts. It must not call Python.
    pub fn with<R>(&self, body: impl FnOnce(&mut Inner) -> R) -> Option<R> {
        let mut inner = lock(&self.inner);
        inner.live.then(|| body(&mut inner))
    }

    /// Whether nothing is stored under a namespace, or under what begins with it; false where that is to be
    /// asked of the saver's dicts.
    pub fn is_without(&self, thread: &str, namespace: &str) -> bool {
        let has = |thread: &Thread| thread.shelves.iter().any(|(name, _)| name.starts_with(namespace));
        self.with(|inner| inner.threads.get(thread).is_some_and(has)) == Some(false)
    }

    /// A copy of what is found, to be read without the lock.
    fn look<R>(&self, body: impl FnOnce(&Inner) -> Option<R>) -> Option<R> {
        body(&lock(&self.inner))
    }
}

#[pymethods]
impl Ledger {
    #[new]
    fn new() -> Ledger {
        let inner = Inner { live: true, names: Names::default(), threads: HashMap::new(), serial: 0 };
        Ledger { inner: Mutex::new(inner) }
    }

    /// Whether the content is still here.
    #[getter]
    fn live(&self) -> bool {
        lock(&self.inner).live
    }

    fn __deepcopy__(&self, _memo: Bound<'_, PyAny>) -> Ledger {
        Ledger { inner: Mutex::new(lock(&self.inner).clone()) }
    }

    /// The ids of all threads, in the order they came.
    fn threads(&self) -> Vec<String> {
        lock(&self.inner).in_order().into_iter().map(|(id, _)| id.clone()).collect()
    }

    /// The namespaces of a thread, in the order they came.
    fn namespaces(&self, thread: &str) -> Vec<String> {
        let inner = lock(&self.inner);
        let names = |thread: &Thread| thread.shelves.iter().map(|(name, _)| name.clone()).collect();
        inner.threads.get(thread).map(names).unwrap_or_default()
    }

    /// The ids of a namespace's checkpoints, newest first.
    fn ids(&self, thread: &str, namespace: &str) -> Vec<String> {
        let ids = |shelf: &Shelf| shelf.in_order().rev().map(|record| record.id.text()).collect();
        self.look(|inner| inner.find(thread, namespace).map(ids)).unwrap_or_default()
    }

    /// The id of a namespace's latest checkpoint.
    fn latest(&self, thread: &str, namespace: &str) -> Option<String> {
        self.look(|inner| Some(inner.find(thread, namespace)?.latest()?.id.text()))
    }

    /// A checkpoint by its id, or the latest, if it is of the form in which runs make them.
    fn entry(&self, thread: &str, namespace: &str, id: Option<&str>) -> Option<Entry> {
        self.look(|inner| Entry::find(inner, thread, namespace, id))
    }

    /// A checkpoint by its id, or the latest: `(id, checkpoint, metadata, parent's id, pending writes)`, or
    /// None. `loads` is the serializer's `loads_typed`, `hook` what it makes extensions with, where it is our
    /// own. With `metadata`, that is taken as it is.
    #[pyo3(signature = (thread, namespace, id, loads, hook, metadata=None))]
    fn load<'py>(
        &self,
        thread: &str,
        namespace: &str,
        id: Option<&str>,
        loads: &Bound<'py, PyAny>,
        hook: Option<&Bound<'py, PyAny>>,
        metadata: Option<Bound<'py, PyAny>>,
    ) -> PyResult<Option<Bound<'py, PyTuple>>> {
        let py = loads.py();
        let Some(found) = self.look(|inner| Reader::find(inner, thread, namespace, id)) else { return Ok(None) };
        let loader = Loader { loads, hook };
        let (checkpoint, versions) = found.checkpoint(py, &loader)?;
        let values = self.values(py, thread, namespace, &versions, &loader)?;
        checkpoint.set_item(intern!(checkpoint.py(), "channel_values"), values)?;
        let metadata = match metadata {
            Some(metadata) => metadata,
            None => found.metadata(py, &loader)?,
        };
        let parent = found.parent.as_ref().map(Id::text);
        let pending = found.pending(py, &loader, None)?;
        Ok(Some((found.id.text(), checkpoint, metadata, parent, pending).into_pyobject(py)?))
    }

    /// A checkpoint's metadata.
    fn metadata<'py>(
        &self,
        thread: &str,
        namespace: &str,
        id: &str,
        loads: &Bound<'py, PyAny>,
        hook: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Option<Bound<'py, PyAny>>> {
        let found = self.look(|inner| Reader::find(inner, thread, namespace, Some(id)));
        found.map(|found| found.metadata(loads.py(), &Loader { loads, hook })).transpose()
    }

    /// Of some channels at a checkpoint: `(parent's id, {channel: value}, pending writes)`, or None.
    fn part<'py>(
        &self,
        thread: &str,
        namespace: &str,
        id: &str,
        channels: &Bound<'py, PyAny>,
        loads: &Bound<'py, PyAny>,
        hook: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Option<Bound<'py, PyTuple>>> {
        let py = loads.py();
        let Some(found) = self.look(|inner| Reader::find(inner, thread, namespace, Some(id))) else { return Ok(None) };
        let loader = Loader { loads, hook };
        let (_, versions) = found.checkpoint(py, &loader)?;
        let wanted = PyDict::new(py);
        for (channel, version) in versions.iter() {
            if channels.contains(&channel)? {
                wanted.set_item(channel, version)?;
            }
        }
        let values = self.values(py, thread, namespace, &wanted, &loader)?;
        let pending = found.pending(py, &loader, Some(channels))?;
        Ok(Some((found.parent.as_ref().map(Id::text), values, pending).into_pyobject(py)?))
    }

    /// Stores a checkpoint that comes from outside. False, with nothing stored, where a version is none that
    /// can be kept here.
    #[allow(clippy::too_many_arguments)]
    fn put<'py>(
        &self,
        thread: &str,
        namespace: &str,
        id: &str,
        parent: Option<&str>,
        checkpoint: &Bound<'py, PyDict>,
        metadata: &Bound<'py, PyAny>,
        versions: &Bound<'py, PyDict>,
        dumps: &Bound<'py, PyAny>,
    ) -> PyResult<bool> {
        let rest = checkpoint.copy()?;
        let values = rest
            .get_item(intern!(rest.py(), "channel_values"))?
            .map(|values| values.cast_into::<PyDict>())
            .transpose()?;
        let Some(values) = values else { return Ok(false) };
        rest.del_item("channel_values")?;
        let mut stored = Vec::new();
        for (channel, version) in versions.iter() {
            let (Ok(name), Ok(version)) = (channel.extract::<String>(), versions::from_python(&version)) else {
                return Ok(false);
            };
            let value = match values.get_item(&channel)? {
                Some(value) => Stored::alone(&value, dumps)?,
                None => Stored::Empty,
            };
            stored.push((name, version, value));
        }
        let (id, parent) = (Id::of(id), parent.map(Id::of));
        let given = Given::of(&rest, metadata, &id);
        let metadata = Encoded::of(&dumps.call1((metadata,))?)?;
        let rest = if given.is_none() { Some(Encoded::of(&dumps.call1((rest,))?)?) } else { None };
        let put = self.with(|inner| {
            let (shelf, names) = inner.shelf(thread, namespace);
            for (name, version, value) in stored {
                let (channel, version) = (names.number(&name), shelf.versions.number(&version));
                shelf.put_value(channel, version, value);
            }
            match (given, rest) {
                (Some(given), _) => {
                    let new = given.numbered(names, shelf, id, parent, metadata);
                    shelf.put_made(new);
                }
                (None, Some(rest)) => shelf.put_given(id, parent, rest, metadata),
                (None, None) => {}
            }
        });
        Ok(put.is_some())
    }

    /// Stores a task's writes, `[(channel, value), …]`. False where the content has moved.
    #[allow(clippy::too_many_arguments)]
    fn put_writes<'py>(
        &self,
        thread: &str,
        namespace: &str,
        id: &str,
        writes: &Bound<'py, PyAny>,
        task: &str,
        path: &str,
        dumps: &Bound<'py, PyAny>,
    ) -> PyResult<bool> {
        let mut stored = Vec::new();
        for (place, write) in writes.try_iter()?.enumerate() {
            let (channel, value): (String, Bound<'_, PyAny>) = write?.extract()?;
            let value = Stored::alone(&value, dumps)?;
            stored.push((index_of_write(&channel, place), channel, value));
        }
        let put = self.with(|inner| {
            let (shelf, names) = inner.shelf(thread, namespace);
            let numbered = |(index, channel, value): (i32, String, Stored)| StoredWrite {
                channel: names.number(&channel),
                index,
                value,
            };
            let writes = stored.into_iter().map(numbered).collect();
            shelf.put_writes(&Id::of(id), Id::of(task), names.number(path), writes, false);
        });
        Ok(put.is_some())
    }

    /// Deletes everything of a thread.
    fn delete(&self, thread: &str) {
        let old = lock(&self.inner).threads.remove(thread);
        drop(old);
    }

    /// Moves everything into a saver's dicts, if it is still here.
    fn open<'py>(
        &self,
        storage: &Bound<'py, PyAny>,
        writes: &Bound<'py, PyAny>,
        blobs: &Bound<'py, PyDict>,
    ) -> PyResult<()> {
        let py = storage.py();
        let content = {
            let mut inner = lock(&self.inner);
            if !std::mem::replace(&mut inner.live, false) {
                return Ok(());
            }
            let names = std::mem::take(&mut inner.names);
            let threads = std::mem::take(&mut inner.threads);
            Inner { live: false, names, threads, serial: 0 }
        };
        for (thread, held) in content.in_order() {
            for (namespace, shelf) in &held.shelves {
                let checkpoints = storage.get_item(thread)?.get_item(namespace)?;
                for record in shelf.in_order() {
                    let reader = Reader::of(&content.names, shelf, record);
                    checkpoints.set_item(record.id.text(), reader.typed(py)?)?;
                }
                for (channel, version, value) in shelf.values() {
                    let version = versions::to_python(py, shelf.versions.version(version))?;
                    blobs.set_item((thread, namespace, &**content.names.name(channel), version), value.typed(py)?)?;
                }
                for (id, groups) in shelf.all_writes().filter(|(_, groups)| !groups.is_empty()) {
                    let own = writes.get_item((thread, namespace, id.text()))?;
                    for group in groups {
                        let task = group.task.text();
                        let path = content.names.name(group.path);
                        for write in &group.writes {
                            let name = content.names.name(write.channel);
                            let stored = (&task, &**name, write.value.typed(py)?, &**path);
                            own.set_item((&task, write.index), stored)?;
                        }
                    }
                }
            }
        }
        Ok(())
    }
}

impl Ledger {
    /// The values of channels at these versions, but for those that had none.
    fn values<'py>(
        &self,
        py: Python<'py>,
        thread: &str,
        namespace: &str,
        versions: &Bound<'py, PyDict>,
        loader: &Loader<'_, 'py>,
    ) -> PyResult<Bound<'py, PyDict>> {
        let mut named = Vec::new();
        for (channel, version) in versions.iter() {
            let Ok(version) = versions::from_python(&version) else { continue };
            let Ok(name) = channel.extract::<String>() else { continue };
            named.push((channel, name, version));
        }
        let found: Vec<Option<Stored>> = {
            let inner = lock(&self.inner);
            let shelf = inner.find(thread, namespace);
            let value = |name: &str, version| {
                let shelf = shelf?;
                shelf.value(inner.names.known(name)?, shelf.versions.known(version)?).cloned()
            };
            named.iter().map(|(_, name, version)| value(name, version)).collect()
        };
        let values = PyDict::new(py);
        for ((channel, ..), stored) in named.iter().zip(found) {
            let Some(stored) = stored else { continue };
            if let Some(value) = stored.load(py, loader)? {
                values.set_item(channel, value)?;
            }
        }
        Ok(values)
    }
}

/// A list of what an iterator gives.
fn list_of<'py, T: IntoPyObject<'py>>(py: Python<'py>, items: Vec<T>) -> PyResult<Bound<'py, PyList>> {
    PyList::new(py, items.into_iter().map(|item| item.into_bound_py_any(py)).collect::<PyResult<Vec<_>>>()?)
}

use pyo3::IntoPyObjectExt;
