//! A channel that collects every value written to it.

use super::Values;
use crate::host::Host;

#[derive(Clone)]
pub struct Topic<V> {
    pub values: Vec<V>,
    /// Keeps the values of earlier supersteps.
    pub accumulate: bool,
}

impl<V: Clone> Topic<V> {
    pub fn update<H: Host<Value = V>>(&mut self, host: &mut H, values: Values<V>) -> bool {
        let mut updated = false;
        if !self.accumulate {
            updated = !self.values.is_empty();
            self.values.clear();
        }
        let before = self.values.len();
        for value in values {
            match host.spread(&value) {
                Some(elements) => self.values.extend(elements),
                None => self.values.push(value),
            }
        }
        updated || self.values.len() > before
    }
}
