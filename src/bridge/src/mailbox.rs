//! A queue that threads wait for and that the garbage collector can look into.
//!
//! A channel's content is out of the collector's sight, so the channel carries only the news that
//! something came, and the content waits beside it.

use crate::gc::{Trace, Traced};
use crate::sink::lock;
use crossbeam_channel::{unbounded, Receiver, Sender};
use pyo3::PyVisit;
use std::collections::VecDeque;
use std::sync::Mutex;
use std::time::Duration;

pub struct Mailbox<T> {
    content: Mutex<VecDeque<T>>,
    signal: Sender<()>,
    /// Gives one unit for each item, to be waited for; then `take` gives the item.
    pub arrivals: Receiver<()>,
}

impl<T> Default for Mailbox<T> {
    fn default() -> Self {
        let (signal, arrivals) = unbounded();
        Mailbox { content: Mutex::new(VecDeque::new()), signal, arrivals }
    }
}

impl<T> Mailbox<T> {
    pub fn put(&self, item: T) {
        lock(&self.content).push_back(item);
        // the receiver lives in the mailbox itself
        let _ = self.signal.send(());
    }

    /// The item whose arrival was received.
    pub fn take(&self) -> Option<T> {
        lock(&self.content).pop_front()
    }

    /// The next item, if there is one.
    pub fn try_next(&self) -> Option<T> {
        self.arrivals.try_recv().ok().and_then(|()| self.take())
    }

    /// Waits for the next item; to be called without the GIL, and `take` with it.
    pub fn wait(&self, patience: Duration) -> bool {
        self.arrivals.recv_timeout(patience).is_ok()
    }

    pub fn len(&self) -> usize {
        self.arrivals.len()
    }
}

impl<T: Trace> Mailbox<T> {
    pub fn clear(&self) {
        let old = std::mem::take(&mut *lock(&self.content));
        drop(old);
    }
}

impl<T: Trace> Trace for Mailbox<T> {
    fn trace(&self, visit: &PyVisit<'_>) -> Traced {
        self.content.trace(visit)
    }
}
