//! Channels that keep the last value written.

use super::Values;
use crate::error::Rule;
use std::sync::Arc;

/// At most one write a superstep.
pub fn update<V>(cell: &mut Option<V>, name: &Arc<str>, values: Values<V>) -> Result<bool, Rule> {
    match values.len() {
        0 => Ok(false),
        1 => {
            *cell = values.into_last();
            Ok(true)
        }
        _ => Err(Rule::ConcurrentUpdate { channel: name.clone() }),
    }
}

/// Any number of writes, taken to be equal; cleared by a superstep that writes none.
pub fn update_any<V>(cell: &mut Option<V>, values: Values<V>) -> bool {
    if values.is_empty() {
        return cell.take().is_some();
    }
    *cell = values.into_last();
    true
}

/// A last value that shows itself only when the run is about to finish, and only once.
#[derive(Clone)]
pub struct AfterFinish<V> {
    pub value: Option<V>,
    pub finished: bool,
}

impl<V> AfterFinish<V> {
    pub fn is_available(&self) -> bool {
        self.finished && self.value.is_some()
    }

    pub fn update(&mut self, values: Values<V>) -> bool {
        match values.into_last() {
            None => false,
            last => {
                self.finished = false;
                self.value = last;
                true
            }
        }
    }

    pub fn consume(&mut self) -> bool {
        if self.finished {
            self.finished = false;
            self.value = None;
            return true;
        }
        false
    }

    pub fn finish(&mut self) -> bool {
        if !self.finished && self.value.is_some() {
            self.finished = true;
            return true;
        }
        false
    }
}
