//! Channels with a guard against several writes in one superstep.

use super::Values;
use crate::error::Rule;
use std::sync::Arc;

#[derive(Clone)]
pub struct Guarded<V> {
    pub value: Option<V>,
    pub guard: bool,
}

impl<V> Guarded<V> {
    /// `fades`: a superstep without writes clears the value.
    pub fn update(
        &mut self,
        name: &Arc<str>,
        kind: &'static str,
        fades: bool,
        values: Values<V>,
    ) -> Result<bool, Rule> {
        if values.is_empty() {
            return Ok(fades && self.value.take().is_some());
        }
        if values.len() > 1 && self.guard {
            return Err(Rule::GuardedUpdate { channel: name.clone(), kind });
        }
        self.value = values.into_last();
        Ok(true)
    }
}
