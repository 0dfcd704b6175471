//! What the threads of one process share. A fork leaves the child without threads: what theirs
//! shared is then replaced, and the old is leaked, since its locks may be held by threads that are gone.

use std::sync::atomic::{AtomicPtr, Ordering};
use std::sync::Arc;

pub struct PerProcess<T>(AtomicPtr<Arc<T>>);

impl<T: Default> PerProcess<T> {
    pub const fn new() -> Self {
        PerProcess(AtomicPtr::new(std::ptr::null_mut()))
    }

    /// What this process has; made now if it has none.
    pub fn share(&self) -> Arc<T> {
        if let Some(shared) = self.made() {
            return shared;
        }
        let fresh = Box::into_raw(Box::new(Arc::new(T::default())));
        match self.0.compare_exchange(std::ptr::null_mut(), fresh, Ordering::AcqRel, Ordering::Acquire) {
            // SAFETY: just published, and what is published is never freed.
            Ok(_) => unsafe { (*fresh).clone() },
            // SAFETY: `fresh` was not published; `winner` was, and is never freed.
            Err(winner) => unsafe {
                drop(Box::from_raw(fresh));
                (*winner).clone()
            },
        }
    }

    /// What this process has, if it was made.
    pub fn made(&self) -> Option<Arc<T>> {
        let current = self.0.load(Ordering::Acquire);
        // SAFETY: what is published is never freed.
        (!current.is_null()).then(|| unsafe { (*current).clone() })
    }

    /// To be called in a forked child, whose only thread is the caller.
    pub fn leave_behind(&self) {
        self.0.store(std::ptr::null_mut(), Ordering::Release);
    }
}
