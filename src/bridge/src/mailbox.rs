//! A queue that threads wait for and that the garbage collector can look into.
//!
//! A channel's content is out of the collector's sight, so the channel carries only the news that
//! something came, and the content waits beside it.

use crate::gc::{Trace, Traced};
use crate::sink::lock;
use crossbeam_channel::{unbounded, Receiver, Sender};
use pyo3::PyVisit;
use std::collections::VecDeque;
use std::sync::{Mutex, OnceLock};
use std::time::Duration;

pub struct Mailbox<T> {
    content: Mutex<VecDeque<T>>,
    /// Made for the first item or whoever waits for it: it is large, and most mailboxes stay empty.
    signal: OnceLock<(Sender<()>, Receiver<()>)>,
}

impl<T> Default for Mailbox<T> {
    fn default() -> Self {
        Mailbox { content: Mutex::new(VecDeque::new()), signal: OnceLock::new() }
    }
}

impl<T> Mailbox<T> {
    fn signal(&self) -> &(Sender<()>, Receiver<()>) {
        self.signal.get_or_init(unbounded)
    }

    /// Gives one unit for each item, to be waited for; then `take` gives the item.
    pub fn arrivals(&self) -> &Receiver<()> {
        &self.signal().1
    }

    pub fn put(&self, item: T) {
        lock(&self.content).push_back(item);
        // the receiver lives in the mailbox itself
        let _ = self.signal().0.send(());
    }

    /// The item whose arrival was received.
    pub fn take(&self) -> Option<T> {
        lock(&self.content).pop_front()
    }

    /// The next item, if there is one.
    pub fn try_next(&self) -> Option<T> {
        let (_, arrivals) = self.signal.get()?;
        arrivals.try_recv().ok().and_then(|()| self.take())
    }

    /// Waits for the next item; to be called without the GIL, and `take` with it.
    pub fn wait(&self, patience: Duration) -> bool {
        self.arrivals().recv_timeout(patience).is_ok()
    }

    pub fn len(&self) -> usize {
        self.signal.get().map_or(0, |(_, arrivals)| arrivals.len())
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
