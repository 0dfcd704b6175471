//! What the garbage collector is shown.
//!
//! A cycle is collected only if every reference on it is reported, by one owner each. So whatever can
//! reach user code is listed here or beside its type; left out are strings and what holds only strings.
//! Within one collection the answers must not change: a lock that a thread without the GIL may hold is
//! waited for (it is never held while waiting for the GIL), all others are held with the GIL only.

use crate::sink::lock;
use pregel_core::channel::{Channel, ChannelKind};
use pregel_core::write::Write;
use pyo3::{Py, PyTraverseError, PyVisit};
use smallvec::{Array, SmallVec};
use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

pub type Traced = Result<(), PyTraverseError>;

/// Holds Python objects.
pub trait Trace {
    fn trace(&self, visit: &PyVisit<'_>) -> Traced;
}

/// `trace_fields!(Type: field, field)`: the fields that hold Python objects.
macro_rules! trace_fields {
    ($type:ty: $($field:ident),+) => {
        impl $crate::gc::Trace for $type {
            fn trace(&self, visit: &pyo3::PyVisit<'_>) -> $crate::gc::Traced {
                $($crate::gc::Trace::trace(&self.$field, visit)?;)+
                Ok(())
            }
        }
    };
}
pub(crate) use trace_fields;

impl<T> Trace for Py<T> {
    fn trace(&self, visit: &PyVisit<'_>) -> Traced {
        visit.call(self)
    }
}

impl<T: Trace> Trace for Option<T> {
    fn trace(&self, visit: &PyVisit<'_>) -> Traced {
        self.as_ref().map_or(Ok(()), |held| held.trace(visit))
    }
}

impl<T: Trace> Trace for Box<T> {
    fn trace(&self, visit: &PyVisit<'_>) -> Traced {
        (**self).trace(visit)
    }
}

impl<T: Trace + ?Sized> Trace for Arc<T> {
    /// For the one owner that reports what several share.
    fn trace(&self, visit: &PyVisit<'_>) -> Traced {
        (**self).trace(visit)
    }
}

impl<T: Trace> Trace for [T] {
    fn trace(&self, visit: &PyVisit<'_>) -> Traced {
        self.iter().try_for_each(|held| held.trace(visit))
    }
}

impl<T: Trace> Trace for Vec<T> {
    fn trace(&self, visit: &PyVisit<'_>) -> Traced {
        self.iter().try_for_each(|held| held.trace(visit))
    }
}

impl<A: Array<Item: Trace>> Trace for SmallVec<A> {
    fn trace(&self, visit: &PyVisit<'_>) -> Traced {
        self.iter().try_for_each(|held| held.trace(visit))
    }
}

impl<T: Trace> Trace for VecDeque<T> {
    fn trace(&self, visit: &PyVisit<'_>) -> Traced {
        self.iter().try_for_each(|held| held.trace(visit))
    }
}

impl<T: Trace> Trace for Mutex<T> {
    fn trace(&self, visit: &PyVisit<'_>) -> Traced {
        match self.try_lock() {
            Ok(held) => held.trace(visit),
            // held by the very call that the collection interrupts
            Err(_) => Ok(()),
        }
    }
}

impl<V: Trace> Trace for Write<V> {
    fn trace(&self, visit: &PyVisit<'_>) -> Traced {
        self.value.trace(visit)
    }
}

impl<V: Trace> Trace for Channel<V> {
    fn trace(&self, visit: &PyVisit<'_>) -> Traced {
        if let Channel::Reducing { reducer, .. } = self {
            reducer.trace(visit)?;
        }
        self.values().try_for_each(|value| value.trace(visit))
    }
}

impl<V: Trace> Trace for ChannelKind<V> {
    fn trace(&self, visit: &PyVisit<'_>) -> Traced {
        match self {
            ChannelKind::Reducing { reducer: held } | ChannelKind::Foreign { object: held, .. } => held.trace(visit),
            _ => Ok(()),
        }
    }
}

/// Empties what a mutex guards, and drops it after the lock is released.
pub fn clear<T: Default>(held: &Mutex<T>) {
    let old = std::mem::take(&mut *lock(held));
    drop(old);
}
