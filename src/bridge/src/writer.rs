//! The writers of a node: how its return value becomes writes.

use crate::error::plain;
use crate::gc::{trace_fields, Trace, Traced};
use crate::host::Obj;
use crate::known::KnownNames;
use crate::lazy;
use crate::node::CallablePlan;
use crate::serde::text::with_utf8;
use pregel_core::write::{Write, TASKS};
use pregel_core::{ChannelId, Graph, Reserved, Target};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList, PyString, PyTuple};
use std::collections::HashMap;

/// One writer, in the order they run after the node's body.
pub enum Writer {
    Entries(Vec<Entry>),
    Branch(Box<BranchPlan>),
}

pub enum Entry {
    /// The keys of a returned dict, dataclass or command that are channels of the state.
    Updates(Updates),
    /// The whole return value, for a state that is one value.
    Root {
        mapper: Obj,
        channel: Target,
    },
    /// The destinations of a returned command or send.
    Control(Obj),
    /// A fixed channel.
    Channel {
        target: Target,
        value: Option<Obj>,
        skip_none: bool,
        mapper: Option<Obj>,
    },
    Send(Obj),
    /// Somebody's function from the return value to writes.
    Mapper {
        mapper: Obj,
        value: Option<Obj>,
    },
}

pub struct Updates {
    pub mapper: Obj,
    pub keys: KnownNames<Target>,
}

/// A conditional edge.
pub struct BranchPlan {
    pub path: Obj,
    pub callable: Option<CallablePlan>,
    pub ends: Option<Py<PyDict>>,
    pub reader: Option<Reader>,
    /// The branch declared a schema of its own: the return value is not mixed into what it reads.
    pub own_schema: bool,
    /// Makes entries of destinations; recognised ones are made natively.
    pub writes: Obj,
    pub native_writes: bool,
}

pub struct Reader {
    pub select: Select,
    pub mapper: Option<Obj>,
    pub reader: Obj,
}

pub enum Select {
    One(ChannelId),
    Many(Vec<(Py<PyString>, ChannelId)>),
    /// Managed values among the keys: read through the Python reader.
    Other,
}

trace_fields!(Updates: mapper);
trace_fields!(BranchPlan: path, callable, ends, reader, writes);
trace_fields!(Reader: mapper, reader);

impl Trace for Writer {
    fn trace(&self, visit: &pyo3::PyVisit<'_>) -> Traced {
        match self {
            Writer::Entries(entries) => entries.trace(visit),
            Writer::Branch(branch) => branch.trace(visit),
        }
    }
}

impl Trace for Entry {
    fn trace(&self, visit: &pyo3::PyVisit<'_>) -> Traced {
        match self {
            Entry::Updates(updates) => updates.trace(visit),
            Entry::Root { mapper, .. } | Entry::Control(mapper) => mapper.trace(visit),
            Entry::Send(packet) => packet.trace(visit),
            Entry::Channel { value, mapper, .. } => {
                value.trace(visit)?;
                mapper.trace(visit)
            }
            Entry::Mapper { mapper, value } => {
                mapper.trace(visit)?;
                value.trace(visit)
            }
        }
    }
}

pub fn compile(writers: &Bound<'_, PyAny>, graph: &Graph<Obj>) -> PyResult<Option<Vec<Writer>>> {
    let mut out = Vec::new();
    for writer in writers.try_iter()? {
        let writer = writer?;
        if lazy::CHANNEL_WRITE.is_type_of(&writer)? {
            let entries: PyResult<Vec<Entry>> = writer
                .getattr(intern!(writer.py(), "writes"))?
                .try_iter()?
                .map(|e| compile_entry(&e?, graph))
                .collect();
            out.push(Writer::Entries(entries?));
        } else if lazy::BRANCH_WRITER.is_type_of(&writer)? {
            out.push(Writer::Branch(Box::new(compile_branch(&writer, graph)?)));
        } else {
            return Ok(None);
        }
    }
    Ok(Some(out))
}

/// Where a write to `channel` goes.
pub fn target_of(graph: &Graph<Obj>, channel: &str) -> Target {
    if let Some(id) = graph.channel_id(channel) {
        return Target::Channel(id);
    }
    Reserved::parse(channel).map_or_else(|| Target::Unknown(channel.into()), Target::Reserved)
}

fn passthrough(value: Bound<'_, PyAny>) -> PyResult<Option<Obj>> {
    let through = value.is(lazy::PASSTHROUGH.get(value.py())?);
    Ok((!through).then(|| value.unbind()))
}

fn compile_entry(entry: &Bound<'_, PyAny>, graph: &Graph<Obj>) -> PyResult<Entry> {
    if lazy::WRITE_ENTRY.is_instance(entry)? {
        let channel: String = entry.getattr(intern!(entry.py(), "channel"))?.extract()?;
        let mapper = entry.getattr(intern!(entry.py(), "mapper"))?;
        return Ok(Entry::Channel {
            target: target_of(graph, &channel),
            value: passthrough(entry.getattr(intern!(entry.py(), "value"))?)?,
            skip_none: entry.getattr(intern!(entry.py(), "skip_none"))?.is_truthy()?,
            mapper: (!mapper.is_none()).then(|| mapper.unbind()),
        });
    }
    if lazy::SEND.is_instance(entry)? {
        return Ok(Entry::Send(entry.clone().unbind()));
    }
    let mapper = entry.getattr(intern!(entry.py(), "mapper"))?;
    let value = passthrough(entry.getattr(intern!(entry.py(), "value"))?)?;
    if value.is_none() {
        if lazy::STATE_UPDATES.is_type_of(&mapper)? {
            let keys: Vec<String> = mapper.getattr(intern!(mapper.py(), "keys"))?.extract()?;
            let keys: HashMap<String, Target> = keys
                .into_iter()
                .map(|key| {
                    let target = target_of(graph, &key);
                    (key, target)
                })
                .collect();
            let keys = KnownNames::new(entry.py(), keys);
            return Ok(Entry::Updates(Updates { mapper: mapper.unbind(), keys }));
        }
        if lazy::ROOT_UPDATES.is_type_of(&mapper)? {
            return Ok(Entry::Root { mapper: mapper.unbind(), channel: target_of(graph, "__root__") });
        }
        if lazy::CONTROL_BRANCH.is_type_of(&mapper)? {
            return Ok(Entry::Control(mapper.unbind()));
        }
    }
    Ok(Entry::Mapper { mapper: mapper.unbind(), value })
}

fn compile_branch(writer: &Bound<'_, PyAny>, graph: &Graph<Obj>) -> PyResult<BranchPlan> {
    let branch = writer.getattr(intern!(writer.py(), "branch"))?;
    let path = branch.getattr(intern!(branch.py(), "path"))?;
    let ends = branch.getattr(intern!(branch.py(), "ends"))?;
    let reader = writer.getattr(intern!(writer.py(), "reader"))?;
    let writes = writer.getattr(intern!(writer.py(), "writes"))?;
    Ok(BranchPlan {
        callable: CallablePlan::of(&path)?,
        path: path.unbind(),
        ends: if ends.is_truthy()? { Some(ends.cast_into::<PyDict>()?.unbind()) } else { None },
        reader: if reader.is_none() { None } else { Some(compile_reader(&reader, graph)?) },
        own_schema: !branch.getattr(intern!(branch.py(), "input_schema"))?.is_none(),
        native_writes: lazy::BRANCH_WRITES.is_type_of(&writes)?,
        writes: writes.unbind(),
    })
}

fn compile_reader(reader: &Bound<'_, PyAny>, graph: &Graph<Obj>) -> PyResult<Reader> {
    let select = reader.getattr(intern!(reader.py(), "select"))?;
    let mapper = reader.getattr(intern!(reader.py(), "mapper"))?;
    let native =
        lazy::STATE_READER.is_type_of(reader)? && reader.getattr(intern!(reader.py(), "fresh"))?.is_truthy()?;
    let select = if !native {
        Select::Other
    } else if let Ok(name) = select.cast::<PyString>() {
        graph.channel_id(&name.extract::<String>()?).map_or(Select::Other, Select::One)
    } else {
        let mut ids = Vec::new();
        for name in select.try_iter()? {
            let name = name?.cast_into::<PyString>()?;
            match graph.channel_id(&name.extract::<String>()?) {
                Some(id) => ids.push((name.unbind(), id)),
                None => return Ok(Reader { select: Select::Other, mapper: None, reader: reader.clone().unbind() }),
            }
        }
        Select::Many(ids)
    };
    Ok(Reader { select, mapper: (!mapper.is_none()).then(|| mapper.unbind()), reader: reader.clone().unbind() })
}

/// Maps return values to writes.
pub struct Assembly<'a, 'py> {
    pub py: Python<'py>,
    pub graph: &'a Graph<Obj>,
    pub out: Vec<Write<Obj>>,
}

impl<'py> Assembly<'_, 'py> {
    pub fn entries(&mut self, entries: &[Entry], output: &Bound<'py, PyAny>) -> PyResult<()> {
        for entry in entries {
            self.entry(entry, output)?;
        }
        Ok(())
    }

    fn entry(&mut self, entry: &Entry, output: &Bound<'py, PyAny>) -> PyResult<()> {
        match entry {
            Entry::Updates(updates) => self.updates(updates, output),
            Entry::Root { mapper, channel } => {
                if output.is_none() {
                    return Ok(());
                }
                if is_plain(output) {
                    self.out.push(Write::new(channel.clone(), output.clone().unbind()));
                    return Ok(());
                }
                self.mapped(mapper, output)
            }
            Entry::Control(mapper) => {
                if output.is_none() || output.is_exact_instance_of::<PyDict>() {
                    return Ok(());
                }
                self.mapped(mapper, output)
            }
            Entry::Channel { target, value, skip_none, mapper } => {
                let value = value.as_ref().map_or_else(|| output.clone(), |v| v.bind(self.py).clone());
                self.channel(target, value, *skip_none, mapper.as_ref())
            }
            Entry::Send(send) => {
                self.out.push(Write::new(target_of(self.graph, TASKS), send.clone_ref(self.py)));
                Ok(())
            }
            Entry::Mapper { mapper, value } => match value {
                Some(value) => self.mapped(mapper, value.bind(self.py)),
                None => self.mapped(mapper, output),
            },
        }
    }

    fn channel(
        &mut self,
        target: &Target,
        value: Bound<'py, PyAny>,
        skip_none: bool,
        mapper: Option<&Obj>,
    ) -> PyResult<()> {
        if target.channel().is_some() && target.channel() == self.graph.tasks {
            return Err(plain(self.py, &lazy::INVALID_UPDATE_ERROR, "Cannot write to the reserved channel TASKS")?);
        }
        let value = match mapper {
            Some(mapper) => mapper.bind(self.py).call1((value,))?,
            None => value,
        };
        let skipped = (skip_none && value.is_none()) || value.is(lazy::SKIP_WRITE.get(self.py)?);
        if !skipped {
            self.out.push(Write::new(target.clone(), value.unbind()));
        }
        Ok(())
    }

    fn updates(&mut self, updates: &Updates, output: &Bound<'py, PyAny>) -> PyResult<()> {
        if output.is_none() {
            return Ok(());
        }
        let Ok(dict) = output.cast::<PyDict>() else {
            return self.mapped(&updates.mapper, output);
        };
        for (key, value) in dict.iter() {
            let Ok(name) = key.cast::<PyString>() else { continue };
            if let Some(target) = updates.keys.find(name)? {
                self.out.push(Write::new(target.clone(), value.unbind()));
            }
        }
        Ok(())
    }

    /// Writes made by a Python mapper: `[(channel, value), …]` or `None`.
    fn mapped(&mut self, mapper: &Obj, output: &Bound<'py, PyAny>) -> PyResult<()> {
        let writes = mapper.bind(self.py).call1((output,))?;
        if writes.is_none() {
            return Ok(());
        }
        self.out.extend(parse(self.graph, &writes)?);
        Ok(())
    }
}

/// Writes from their Python form `[(channel, value), …]`.
pub fn parse(graph: &Graph<Obj>, writes: &Bound<'_, PyAny>) -> PyResult<Vec<Write<Obj>>> {
    let mut out = Vec::new();
    for pair in writes.try_iter()? {
        // A cache gives back lists where it was given tuples.
        let [channel, value]: [Bound<'_, PyAny>; 2] = pair?.extract()?;
        out.push(Write::new(target_of(graph, &channel.extract::<String>()?), value.unbind()));
    }
    Ok(out)
}

/// Whether a value certainly is no command, send, or list of them.
pub fn is_plain(value: &Bound<'_, PyAny>) -> bool {
    value.is_exact_instance_of::<PyDict>()
        || value.is_exact_instance_of::<PyString>()
        || value.is_exact_instance_of::<pyo3::types::PyInt>()
        || value.is_exact_instance_of::<pyo3::types::PyFloat>()
}

/// Calls `body` with the text of a Python string.
pub fn with_text<T>(text: &Bound<'_, PyString>, body: impl FnOnce(&str) -> T) -> PyResult<T> {
    let mut body = Some(body);
    // SAFETY: attached, and the string lives as long as the borrow. What is seen of it is UTF-8.
    let used = unsafe {
        with_utf8(text.as_ptr(), &mut |bytes| body.take().map(|body| body(std::str::from_utf8_unchecked(bytes))))
    };
    match used {
        Ok(Some(used)) => Ok(used),
        _ => Err(text.to_cow().err().unwrap_or_else(|| PyErr::fetch(text.py()))),
    }
}

/// The name of a channel that a write goes to.
pub fn name_of<'a>(graph: &'a Graph<Obj>, target: &'a Target) -> &'a str {
    match target {
        Target::Channel(id) => &graph.channel(*id).name,
        Target::Reserved(reserved) => reserved.name(),
        Target::Unknown(name) => name,
    }
}

/// Writes in their Python form.
pub fn to_python<'py>(py: Python<'py>, graph: &Graph<Obj>, writes: &[Write<Obj>]) -> PyResult<Bound<'py, PyList>> {
    let pairs: PyResult<Vec<Bound<'py, PyTuple>>> =
        writes.iter().map(|w| (name_of(graph, &w.target), &w.value).into_pyobject(py)).collect();
    PyList::new(py, pairs?)
}
