//! A channel that opens when every one of its names has been written.

use super::Values;
use crate::host::Host;
use std::sync::Arc;

#[derive(Clone)]
pub struct Barrier<V> {
    pub names: Arc<[V]>,
    /// For each name, whether it was written.
    pub seen: Vec<bool>,
    /// `Some` for a barrier that also waits for the run to be about to finish.
    pub finished: Option<bool>,
}

impl<V: Clone> Barrier<V> {
    fn is_complete(&self) -> bool {
        self.seen.iter().all(|seen| *seen)
    }

    pub fn is_available(&self) -> bool {
        self.finished != Some(false) && self.is_complete()
    }

    pub fn update<H: Host<Value = V>>(
        &mut self,
        host: &mut H,
        name: &Arc<str>,
        values: Values<V>,
    ) -> Result<bool, H::Error> {
        let mut updated = false;
        for value in values {
            match host.position(&value, &self.names)? {
                Some(place) => {
                    updated |= !self.seen[place];
                    self.seen[place] = true;
                }
                None => return Err(host.stranger(name, &value, &self.names)),
            }
        }
        Ok(updated)
    }

    pub fn consume(&mut self) -> bool {
        if !self.is_available() {
            return false;
        }
        self.seen.fill(false);
        self.finished = self.finished.map(|_| false);
        true
    }

    pub fn finish(&mut self) -> bool {
        if self.finished == Some(false) && self.is_complete() {
            self.finished = Some(true);
            return true;
        }
        false
    }
}
