//! The values that a run shows after a superstep, kept up to date.
//!
//! A superstep changes few of many channels. So the dict of all is made once, and then changed where
//! channels were written.

use super::{Collect, Machine, Run};
use crate::cells;
use crate::gc::{Trace, Traced};
use crate::host::Obj;
use crate::sink::{lock, Mode};
use pregel_core::ChannelId;
use pyo3::prelude::*;
use pyo3::types::PyDict;

/// The newest values, where only the last are wanted.
#[derive(Default)]
pub enum Latest {
    #[default]
    Nothing,
    /// Those that the channels hold: they change by writes alone, and each write is followed by a show.
    Due,
    Shown(Obj),
}

impl Trace for Latest {
    fn trace(&self, visit: &pyo3::PyVisit<'_>) -> Traced {
        match self {
            Latest::Shown(values) => values.trace(visit),
            Latest::Nothing | Latest::Due => Ok(()),
        }
    }
}

impl Run {
    /// The newest values; None where none were shown.
    pub fn latest(&self, py: Python<'_>) -> PyResult<Option<Obj>> {
        match &*lock(&self.latest) {
            Latest::Nothing => return Ok(None),
            Latest::Shown(values) => return Ok(Some(values.clone_ref(py))),
            Latest::Due => {}
        }
        let machine = self.slot.take(py)?;
        let values = self.output.read(&machine.state, &mut self.host(py))?.unbind();
        drop(machine);
        drop(self.keep_latest(Latest::Shown(values.clone_ref(py))));
        Ok(Some(values))
    }

    /// Gives back those before, to be dropped.
    pub fn keep_latest(&self, latest: Latest) -> Latest {
        std::mem::replace(&mut lock(&self.latest), latest)
    }

    /// Shows the values, of which only those of the channels in `updated` changed since the last time;
    /// None if that is not known.
    pub fn emit_values(&self, py: Python<'_>, machine: &Machine, updated: Option<&[ChannelId]>) -> PyResult<()> {
        let is_heard = self.settings.sink.as_ref().is_some_and(|sink| sink.get().wants(Mode::Values));
        if !is_heard && self.settings.collect != Collect::Latest {
            return Ok(());
        }
        if !is_heard && self.output.steady {
            drop(self.keep_latest(Latest::Due));
            return Ok(());
        }
        let values = self.values_now(py, machine, updated)?;
        self.emit(py, Mode::Values, values)
    }

    fn values_now<'py>(
        &self,
        py: Python<'py>,
        machine: &Machine,
        updated: Option<&[ChannelId]>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let kept = lock(&self.values).as_ref().map(|kept| kept.bind(py).clone());
        let values = match (kept, updated) {
            (Some(kept), Some(updated)) if self.refresh(&kept, machine, updated)? => kept,
            _ => {
                let values = self.output.read(&machine.state, &mut self.host(py))?;
                // one alone is shown as the value that it holds, which is no dict of ours
                let is_own = self.output.steady && !self.output.one;
                let Some(fresh) = values.cast::<PyDict>().ok().filter(|_| is_own) else {
                    return Ok(values);
                };
                let old = lock(&self.values).replace(fresh.clone().unbind());
                drop(old);
                fresh.clone()
            }
        };
        // whoever gets a chunk may do with it as he likes
        let is_heard = self.settings.sink.as_ref().is_some_and(|sink| sink.get().wants(Mode::Values));
        Ok(if is_heard { values.copy()?.into_any() } else { values.into_any() })
    }

    /// Brings the dict up to date; false where it must be made anew, for the order of its keys.
    fn refresh(&self, values: &Bound<'_, PyDict>, machine: &Machine, updated: &[ChannelId]) -> PyResult<bool> {
        let py = values.py();
        let mut host = self.host(py);
        let keys = values.len();
        for channel in updated.iter().filter(|channel| self.output.contains(**channel)) {
            let name = &self.graph.get().channels[channel.index()].name;
            match cells::show(py, machine.state.cells[channel.index()].read(&mut host)?)? {
                Some(value) => values.set_item(name, value)?,
                None => return Ok(false),
            }
        }
        // a key that is new stands at the end now
        Ok(values.len() == keys)
    }
}
