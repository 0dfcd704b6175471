//! Stored checkpoints to Python's objects.

use super::names::{Id, Names};
use super::shelf::{About, Body, Made, Marks, Record, Shelf, TaskWrites, Told, NONE};
use super::stored::{Loader, Stored};
use super::{list_of, Inner};
use crate::clock;
use crate::keys;
use crate::run::checkpoint::{Source, FORMAT};
use crate::versions;
use pregel_core::Version;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList, PyTuple};
use std::sync::Arc;

/// A channel and a version.
pub type Mark = (Arc<str>, Version);

/// A checkpoint with all that is needed to show it, but for its values.
pub struct Reader {
    pub id: Id,
    pub parent: Option<Id>,
    body: Body,
    /// By name: the versions, and what each node has seen. Empty where the checkpoint came from outside.
    pub versions: Vec<Mark>,
    /// The versions as the shelf numbers them.
    pub numbers: Vec<(u32, u32)>,
    pub seen: Vec<(Arc<str>, Option<Mark>)>,
    updated: Option<Vec<Arc<str>>>,
    pub writes: Vec<PendingWrite>,
}

pub struct PendingWrite {
    path: Arc<str>,
    pub task: String,
    index: i32,
    pub channel: Arc<str>,
    pub value: Stored,
}

impl Reader {
    /// The checkpoint with this id, or the latest.
    pub fn find(inner: &Inner, thread: &str, namespace: &str, id: Option<&str>) -> Option<Reader> {
        let shelf = inner.find(thread, namespace)?;
        let record = match id {
            Some(id) => shelf.find(&Id::of(id))?,
            None => shelf.latest()?,
        };
        Some(Reader::of(&inner.names, shelf, record))
    }

    pub fn of(names: &Names, shelf: &Shelf, record: &Record) -> Reader {
        let mut reader = Reader {
            id: record.id.clone(),
            parent: record.parent.clone(),
            body: record.body.clone(),
            versions: Vec::new(),
            numbers: Vec::new(),
            seen: Vec::new(),
            updated: None,
            writes: pending_writes(names, &record.writes),
        };
        if let Body::Made(made) = &record.body {
            let marks = shelf.place_of(&record.id).and_then(|place| shelf.marks(place)).unwrap_or_default();
            reader.take_marks(names, shelf, &marks);
            let name = |channel: &u32| names.name(*channel).clone();
            reader.updated = made.updated.as_ref().map(|updated| updated.iter().map(name).collect());
        }
        reader
    }

    fn take_marks(&mut self, names: &Names, shelf: &Shelf, marks: &Marks) {
        let version = |number: &u32| shelf.versions.version(*number).clone();
        self.numbers = marks.versions.iter().map(|(c, v)| (*c, *v)).collect();
        self.versions = marks.versions.iter().map(|(c, v)| (names.name(*c).clone(), version(v))).collect();
        let seen = |(node, channel): &(u32, u32), v: &u32| {
            let mark = (*channel != NONE).then(|| (names.name(*channel).clone(), version(v)));
            (names.name(*node).clone(), mark)
        };
        self.seen = marks.seen.iter().map(|(key, v)| seen(key, v)).collect();
    }

    /// When it was made, in microseconds since 1970, and its superstep: if it is of the form of runs.
    pub fn moment(&self) -> Option<(u64, i64)> {
        match &self.body {
            Body::Made(made) => Some((made.time_us, made.step)),
            Body::Given(_) => None,
        }
    }

    /// The checkpoint without its values, and its versions.
    pub fn checkpoint<'py>(
        &self,
        py: Python<'py>,
        loader: &Loader<'_, 'py>,
    ) -> PyResult<(Bound<'py, PyDict>, Bound<'py, PyDict>)> {
        match &self.body {
            Body::Given(given) => {
                let checkpoint = given.0.load(py, loader)?.cast_into::<PyDict>()?;
                let versions = checkpoint.get_item(keys::channel_versions(py))?;
                let versions = match versions {
                    Some(versions) => versions.cast_into::<PyDict>()?,
                    None => PyDict::new(py),
                };
                Ok((checkpoint, versions))
            }
            Body::Made(made) => self.made(py, made),
        }
    }

    fn made<'py>(&self, py: Python<'py>, made: &Made) -> PyResult<(Bound<'py, PyDict>, Bound<'py, PyDict>)> {
        let versions = PyDict::new(py);
        for (channel, version) in &self.versions {
            versions.set_item(&**channel, versions::to_python(py, version)?)?;
        }
        let updated = match &self.updated {
            None => py.None().into_bound(py),
            Some(updated) => PyList::new(py, updated.iter().map(|name| &**name))?.into_any(),
        };
        let checkpoint = PyDict::new(py);
        checkpoint.set_item(keys::v(py), FORMAT)?;
        checkpoint.set_item(keys::ts(py), clock::iso(made.time_us))?;
        checkpoint.set_item(keys::id(py), self.id.text())?;
        checkpoint.set_item(keys::channel_versions(py), &versions)?;
        checkpoint.set_item(keys::versions_seen(py), self.versions_seen(py)?)?;
        checkpoint.set_item(keys::updated_channels(py), updated)?;
        Ok((checkpoint, versions))
    }

    /// What each node has seen, by name.
    pub fn versions_seen<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let seen = PyDict::new(py);
        let mut last: Option<(&Arc<str>, Bound<'py, PyDict>)> = None;
        for (node, mark) in &self.seen {
            let own = match &last {
                Some((name, own)) if Arc::ptr_eq(name, node) => own.clone(),
                _ => {
                    let own = PyDict::new(py);
                    seen.set_item(&**node, &own)?;
                    last = Some((node, own.clone()));
                    own
                }
            };
            if let Some((channel, version)) = mark {
                own.set_item(&**channel, versions::to_python(py, version)?)?;
            }
        }
        Ok(seen)
    }

    pub fn metadata<'py>(&self, py: Python<'py>, loader: &Loader<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
        match &self.body {
            Body::Given(given) => given.1.load(py, loader),
            Body::Made(made) => match &made.told {
                Told::Given(metadata) => metadata.load(py, loader),
                Told::Run { source, about, counters } => {
                    let parents = about.parents.load(py, loader)?;
                    let counters = counters.as_ref().map(|counters| counters.load(py, loader)).transpose()?;
                    Ok(describe(py, made.step, *source, about, parents, counters.flatten())?.into_any())
                }
            },
        }
    }

    /// The pending writes, of some channels or of all: `[(task id, channel, value), …]`.
    pub fn pending<'py>(
        &self,
        py: Python<'py>,
        loader: &Loader<'_, 'py>,
        channels: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyList>> {
        let mut loaded = Vec::with_capacity(self.writes.len());
        for write in &self.writes {
            if let Some(channels) = channels {
                if !channels.contains(&*write.channel)? {
                    continue;
                }
            }
            let value = write.value.load(py, loader)?;
            loaded.push((&*write.task, &*write.channel, value));
        }
        list_of(py, loaded)
    }

    /// The checkpoint as the saver's dicts hold it: both parts encoded, and the parent's id.
    pub fn typed<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        let parent = self.parent.as_ref().map(Id::text);
        match &self.body {
            Body::Given(given) => (given.0.typed(py)?, given.1.typed(py)?, parent).into_pyobject(py),
            Body::Made(made) => {
                let (checkpoint, _) = self.made(py, made)?;
                let checkpoint = crate::serde::dumps_typed(checkpoint.as_any())?;
                let (source, about, counters) = match &made.told {
                    Told::Given(metadata) => return (checkpoint, metadata.typed(py)?, parent).into_pyobject(py),
                    Told::Run { source, about, counters } => (*source, about, counters),
                };
                // both were encoded when the checkpoint was made, and hold only what needs no serializer
                let plain = |stored: &Stored| -> PyResult<Option<Bound<'py, PyAny>>> {
                    let hook = py.eval(c"lambda code, data: None", None, None)?;
                    stored.load(py, &Loader { loads: &hook, hook: Some(&hook) })
                };
                let counters = counters.as_ref().map(plain).transpose()?.flatten();
                let metadata = describe(py, made.step, source, about, plain(&about.parents)?, counters)?;
                let metadata = crate::serde::dumps_typed(metadata.as_any())?;
                (checkpoint, metadata, parent).into_pyobject(py)
            }
        }
    }
}

fn describe<'py>(
    py: Python<'py>,
    step: i64,
    source: Source,
    about: &About,
    parents: Option<Bound<'py, PyAny>>,
    counters: Option<Bound<'py, PyAny>>,
) -> PyResult<Bound<'py, PyDict>> {
    let metadata = PyDict::new(py);
    metadata.set_item(keys::source(py), source.name())?;
    metadata.set_item(keys::step(py), step)?;
    metadata.set_item(keys::parents(py), parents)?;
    if let Some(counters) = counters {
        metadata.set_item(keys::counters(py), counters)?;
    }
    for (key, value) in &about.more {
        if !metadata.contains(key)? {
            metadata.set_item(key, value)?;
        }
    }
    Ok(metadata)
}

/// The writes in the order in which a run applies them: by path, task and number.
fn pending_writes(names: &Names, groups: &[TaskWrites]) -> Vec<PendingWrite> {
    let mut writes = Vec::new();
    for group in groups {
        let (path, task) = (names.name(group.path), group.task.text());
        for write in &group.writes {
            writes.push(PendingWrite {
                path: path.clone(),
                task: task.clone(),
                index: write.index,
                channel: names.name(write.channel).clone(),
                value: write.value.clone(),
            });
        }
    }
    writes.sort_by(|a, b| (&*a.path, &a.task, a.index).cmp(&(&*b.path, &b.task, b.index)));
    writes
}
