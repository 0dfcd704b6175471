//! Channels between their Python objects and the engine's cells.

use crate::host::Obj;
use crate::lazy;
use pregel_core::channel::{AfterFinish, Barrier, Guarded, Topic};
use pregel_core::host::Reading;
use pregel_core::{Channel, ChannelKind};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyDict, PyFloat, PyInt, PyList, PySet, PyString, PyTuple, PyType};

/// What a reducing channel starts from; made anew for each run, since reducers may mutate it.
pub enum Initial {
    Nothing,
    EmptyList,
    EmptyDict,
    EmptySet,
    /// An immutable value, shared.
    Shared(Obj),
    /// Asked of the channel object each time.
    Made,
}

impl Initial {
    /// Whether each run is given an object of its own.
    pub fn is_made(&self) -> bool {
        !matches!(self, Initial::Nothing | Initial::Shared(_))
    }
}

/// The kind of a channel object. Exact built-in types run natively, but for those in `foreign`; anything
/// else stays the object it is.
pub fn kind_of(spec: &Bound<'_, PyAny>, foreign: &[Bound<'_, PyType>]) -> PyResult<ChannelKind<Obj>> {
    let class = spec.get_type();
    let is_own = !foreign.iter().any(|other| class.is(other));
    let is = |lazy: &lazy::Lazy| -> PyResult<bool> { Ok(is_own && class.is(lazy.get(spec.py())?)) };
    Ok(if is(&lazy::LAST_VALUE)? {
        ChannelKind::LastValue
    } else if is(&lazy::EPHEMERAL_VALUE)? {
        ChannelKind::Ephemeral { guard: spec.getattr(intern!(spec.py(), "guard"))?.is_truthy()? }
    } else if is(&lazy::REDUCING)? {
        ChannelKind::Reducing { reducer: spec.getattr(intern!(spec.py(), "operator"))?.unbind() }
    } else if is(&lazy::TOPIC)? {
        ChannelKind::Topic { accumulate: spec.getattr(intern!(spec.py(), "accumulate"))?.is_truthy()? }
    } else if is(&lazy::ANY_VALUE)? {
        ChannelKind::AnyValue
    } else if is(&lazy::UNTRACKED_VALUE)? {
        ChannelKind::Untracked { guard: spec.getattr(intern!(spec.py(), "guard"))?.is_truthy()? }
    } else if is(&lazy::LAST_VALUE_AFTER_FINISH)? {
        ChannelKind::LastValueAfterFinish
    } else if is(&lazy::BARRIER)? || is(&lazy::BARRIER_AFTER_FINISH)? {
        let names: PyResult<Vec<Obj>> =
            spec.getattr(intern!(spec.py(), "names"))?.try_iter()?.map(|n| Ok(n?.unbind())).collect();
        ChannelKind::Barrier { names: names?.into(), after_finish: is(&lazy::BARRIER_AFTER_FINISH)? }
    } else {
        let untracked = lazy::UNTRACKED_VALUE.is_instance(spec)?;
        ChannelKind::Foreign { object: spec.clone().unbind(), untracked }
    })
}

/// How the initial value of a reducing channel is made.
pub fn initial_of(spec: &Bound<'_, PyAny>) -> PyResult<Initial> {
    let py = spec.py();
    if !lazy::REDUCING.is_type_of(spec)? {
        return Ok(Initial::Nothing);
    }
    let value = spec.getattr(intern!(spec.py(), "value"))?;
    if value.is(lazy::MISSING.get(py)?) {
        return Ok(Initial::Nothing);
    }
    Ok(if value.is_exact_instance_of::<PyList>() && value.len()? == 0 {
        Initial::EmptyList
    } else if value.is_exact_instance_of::<PyDict>() && value.len()? == 0 {
        Initial::EmptyDict
    } else if value.is_exact_instance_of::<PySet>() && value.len()? == 0 {
        Initial::EmptySet
    } else if value.is_none()
        || value.is_exact_instance_of::<PyInt>()
        || value.is_exact_instance_of::<PyFloat>()
        || value.is_exact_instance_of::<PyBool>()
        || value.is_exact_instance_of::<PyString>()
    {
        Initial::Shared(value.unbind())
    } else {
        Initial::Made
    })
}

fn make_initial(spec: &Bound<'_, PyAny>, initial: &Initial) -> PyResult<Option<Obj>> {
    let py = spec.py();
    Ok(match initial {
        Initial::Nothing => None,
        Initial::EmptyList => Some(PyList::empty(py).into_any().unbind()),
        Initial::EmptyDict => Some(PyDict::new(py).into_any().unbind()),
        Initial::EmptySet => Some(PySet::empty(py)?.into_any().unbind()),
        Initial::Shared(value) => Some(value.clone_ref(py)),
        Initial::Made => {
            let missing = lazy::MISSING.get(py)?;
            let value = spec.call_method1(intern!(spec.py(), "from_checkpoint"), (missing,))?.getattr("value")?;
            (!value.is(missing)).then(|| value.unbind())
        }
    })
}

/// The cell of a channel that is at `saved`, or in its initial state.
pub fn restore(
    spec: &Bound<'_, PyAny>,
    kind: &ChannelKind<Obj>,
    initial: &Initial,
    saved: Option<Bound<'_, PyAny>>,
) -> PyResult<Channel<Obj>> {
    let value = |saved: Option<Bound<'_, PyAny>>| saved.map(Bound::unbind);
    Ok(match kind {
        ChannelKind::LastValue => Channel::LastValue(value(saved)),
        ChannelKind::AnyValue => Channel::AnyValue(value(saved)),
        ChannelKind::Ephemeral { guard } => Channel::Ephemeral(Guarded { value: value(saved), guard: *guard }),
        ChannelKind::Untracked { guard } => Channel::Untracked(Guarded { value: None, guard: *guard }),
        ChannelKind::LastValueAfterFinish => {
            let (value, finished) = pair(saved)?;
            Channel::AfterFinish(AfterFinish { value, finished })
        }
        ChannelKind::Topic { accumulate } => {
            Channel::Topic(Topic { values: topic_values(saved)?, accumulate: *accumulate })
        }
        ChannelKind::Reducing { reducer } => {
            let value = match saved {
                Some(saved) => Some(unwrap_snapshot(saved)?.unbind()),
                None => make_initial(spec, initial)?,
            };
            Channel::Reducing { value, reducer: reducer.clone_ref(spec.py()) }
        }
        ChannelKind::Barrier { names, after_finish } => {
            let (seen, finished) = if *after_finish { pair(saved)? } else { (value(saved), false) };
            let seen = seen_names(spec.py(), names, seen)?;
            Channel::Barrier(Barrier { names: names.clone(), seen, finished: after_finish.then_some(finished) })
        }
        ChannelKind::Foreign { .. } => {
            let missing = lazy::MISSING.get(spec.py())?;
            let saved = saved.unwrap_or_else(|| missing.clone());
            Channel::Foreign(spec.call_method1(intern!(spec.py(), "from_checkpoint"), (saved,))?.unbind())
        }
    })
}

fn pair(saved: Option<Bound<'_, PyAny>>) -> PyResult<(Option<Obj>, bool)> {
    match saved {
        None => Ok((None, false)),
        Some(saved) => {
            // a pair, which serializers may give back as a list
            let [value, finished]: [Bound<'_, PyAny>; 2] = saved.extract()?;
            Ok((Some(value.unbind()), finished.is_truthy()?))
        }
    }
}

fn topic_values(saved: Option<Bound<'_, PyAny>>) -> PyResult<Vec<Obj>> {
    let Some(saved) = saved else { return Ok(Vec::new()) };
    // an older format kept (seen, values)
    let values = if saved.is_instance_of::<PyTuple>() { saved.get_item(1)? } else { saved };
    values.try_iter()?.map(|value| Ok(value?.unbind())).collect()
}

fn seen_names(py: Python<'_>, names: &[Obj], seen: Option<Obj>) -> PyResult<Vec<bool>> {
    let Some(seen) = seen else { return Ok(vec![false; names.len()]) };
    let seen = seen.bind(py);
    names.iter().map(|name| seen.contains(name)).collect()
}

/// A value saved by a channel kind that keeps snapshots, without its wrapper.
fn unwrap_snapshot(saved: Bound<'_, PyAny>) -> PyResult<Bound<'_, PyAny>> {
    if saved.get_type().name()?.to_cow()? == "_DeltaSnapshot" {
        return saved.getattr(intern!(saved.py(), "value"));
    }
    Ok(saved)
}

/// What a checkpoint keeps of the cell; `None` where it keeps nothing.
pub fn saved_form(py: Python<'_>, cell: &Channel<Obj>) -> PyResult<Option<Obj>> {
    Ok(match cell {
        Channel::LastValue(value) | Channel::AnyValue(value) | Channel::Reducing { value, .. } => {
            value.as_ref().map(|v| v.clone_ref(py))
        }
        Channel::Ephemeral(cell) => cell.value.as_ref().map(|v| v.clone_ref(py)),
        Channel::Untracked(_) => None,
        Channel::AfterFinish(cell) => match &cell.value {
            None => None,
            Some(value) => Some((value, cell.finished).into_pyobject(py)?.into_any().unbind()),
        },
        Channel::Topic(topic) => Some(PyList::new(py, &topic.values)?.into_any().unbind()),
        Channel::Barrier(barrier) => {
            let seen = barrier.names.iter().zip(&barrier.seen).filter(|(_, seen)| **seen).map(|(name, _)| name);
            let seen = set_of(py, seen)?;
            Some(match barrier.finished {
                None => seen.unbind(),
                Some(finished) => (seen, finished).into_pyobject(py)?.into_any().unbind(),
            })
        }
        Channel::Foreign(object) => {
            let value = object.bind(py).call_method0(intern!(py, "checkpoint"))?;
            (!value.is(lazy::MISSING.get(py)?)).then(|| value.unbind())
        }
    })
}

/// The whole value of a channel that is kept as writes, as a checkpoint keeps it.
pub fn to_snapshot<'py>(py: Python<'py>, cell: &Channel<Obj>) -> PyResult<Bound<'py, PyAny>> {
    let value = match cell {
        Channel::Foreign(object) => Some(object.bind(py).call_method0(intern!(py, "get"))?.unbind()),
        native => saved_form(py, native)?,
    };
    lazy::DELTA_SNAPSHOT.get(py)?.call1((value,))
}

pub fn set_of<'py, 'a>(py: Python<'py>, items: impl Iterator<Item = &'a Obj>) -> PyResult<Bound<'py, PyAny>> {
    let set = PySet::empty(py)?;
    for item in items {
        set.add(item)?;
    }
    Ok(set.into_any())
}

/// What a reader gets; `None` where the channel is empty.
pub fn show<'py>(py: Python<'py>, reading: Reading<'_, Obj>) -> PyResult<Option<Bound<'py, PyAny>>> {
    Ok(match reading {
        Reading::One(value) => Some(value.into_bound(py)),
        Reading::Many(values) => Some(PyList::new(py, values)?.into_any()),
        Reading::Nothing => Some(py.None().into_bound(py)),
        Reading::Empty => None,
    })
}

/// A Python channel object that stands where the cell stands.
pub fn to_channel<'py>(spec: &Bound<'py, PyAny>, cell: &Channel<Obj>) -> PyResult<Bound<'py, PyAny>> {
    let py = spec.py();
    match cell {
        Channel::Foreign(object) => Ok(object.bind(py).clone()),
        // its value never reaches a checkpoint, so it is set on the object itself
        Channel::Untracked(cell) => {
            let object = spec.call_method0(intern!(spec.py(), "copy"))?;
            let missing = lazy::MISSING.get(py)?.clone().unbind();
            object.setattr("value", cell.value.as_ref().unwrap_or(&missing))?;
            Ok(object)
        }
        native => {
            let saved = saved_form(py, native)?;
            let saved = saved.unwrap_or(lazy::MISSING.get(py)?.clone().unbind());
            spec.call_method1(intern!(spec.py(), "from_checkpoint"), (saved,))
        }
    }
}
