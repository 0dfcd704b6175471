//! The inputs of a superstep's nodes.

use crate::host::{Obj, PyHost};
use crate::node::{Input, NodePlan};
use crate::scratchpad::Scratchpad;
use crate::view;
use pregel_core::State;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::PyList;

/// Reads the inputs of nodes off a state.
pub struct Inputs<'a, 'py> {
    py: Python<'py>,
    state: &'a State<Obj>,
    step: i64,
    stop: i64,
    /// Inputs made by a mapper, with their input group: the next task of it gets a shallow copy.
    mapped: Vec<(usize, Bound<'py, PyAny>)>,
}

impl<'a, 'py> Inputs<'a, 'py> {
    pub fn new(py: Python<'py>, state: &'a State<Obj>, step: i64, stop: i64) -> Self {
        Inputs { py, state, step, stop, mapped: Vec::new() }
    }

    /// What a node is given; None where there is nothing for it.
    pub fn of(&mut self, node: &NodePlan, host: &mut PyHost<'_, 'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        let shares = node.mapper.is_some() || matches!(node.input, Input::One(_));
        if shares {
            if let Some((_, made)) = self.mapped.iter().find(|(group, _)| *group == node.input_group) {
                return Ok(Some(self.py.import("copy")?.call_method1(intern!(self.py, "copy"), (made,))?));
            }
        }
        let scratchpad = || self.bare_scratchpad();
        let Some(value) = view::input_of(self.py, self.state, &node.input, host, &scratchpad)? else {
            return Ok(None);
        };
        let value = match &node.mapper {
            Some(mapper) => mapper.bind(self.py).call1((value,))?,
            None => value,
        };
        if shares {
            self.mapped.push((node.input_group, value.clone()));
        }
        Ok(Some(value))
    }

    /// What managed values look at: the step and the stop.
    fn bare_scratchpad(&self) -> PyResult<Obj> {
        let pad = Scratchpad::new(self.step, self.stop, PyList::empty(self.py).unbind(), None, None);
        Ok(Py::new(self.py, pad)?.into_any())
    }
}
