//! Keeping a thread on the core on which it runs.
//!
//! Two threads that hand work to and fro, of which only one runs at a time, are best off on one core: who
//! is woken there takes over within two microseconds. On a core that has gone idle the same takes an
//! interrupt, and on a virtual machine the host's attention: fifteen to forty. The system wakes threads on
//! idle cores, so both keep to the core while they wait for each other. Before it runs code of a node a
//! thread is free again: the threads and processes which that code makes inherit where it may run.

/// A thread that keeps to one core.
pub struct Held(sys::Held);

impl Held {
    /// Keeps the calling thread on the core on which it runs. `None` where it has no other, or the system
    /// does not let it.
    pub fn here() -> Option<Held> {
        sys::Held::here().map(Held)
    }

    /// Has the thread, which sleeps, wake on the core of the calling one.
    pub fn move_here(&self) {
        self.0.move_here();
    }
}

/// Has the calling thread go on on another core than the one on which it runs, if it may.
pub fn move_away() {
    sys::move_away();
}

/// Lets the thread run where it could before, from any thread.
impl Drop for Held {
    fn drop(&mut self) {
        self.0.free();
    }
}

#[cfg(target_os = "linux")]
mod sys {
    use std::mem::{size_of, zeroed};
    use std::sync::atomic::{AtomicUsize, Ordering};

    pub struct Held {
        thread: libc::pid_t,
        core: AtomicUsize,
        before: libc::cpu_set_t,
    }

    impl Held {
        pub fn here() -> Option<Held> {
            let core = own_core()?;
            // SAFETY: the call takes no arguments.
            let thread = libc::pid_t::try_from(unsafe { libc::syscall(libc::SYS_gettid) }).ok()?;
            let before = cores_of(thread)?;
            // SAFETY: the set is initialised.
            let has_others = unsafe { libc::CPU_COUNT(&before) } > 1;
            (has_others && keep(thread, &only(core))).then(|| Held { thread, core: AtomicUsize::new(core), before })
        }

        pub fn move_here(&self) {
            let Some(core) = own_core().filter(|core| *core != self.core.load(Ordering::Relaxed)) else { return };
            if keep(self.thread, &only(core)) {
                self.core.store(core, Ordering::Relaxed);
            }
        }

        pub fn free(&self) {
            // whoever was told otherwise meanwhile stays where that was
            let held = only(self.core.load(Ordering::Relaxed));
            // SAFETY: both sets are initialised.
            if cores_of(self.thread).is_some_and(|now| unsafe { libc::CPU_EQUAL(&now, &held) }) {
                keep(self.thread, &self.before);
            }
        }
    }

    pub fn move_away() {
        let (Some(core), Some(before)) = (own_core(), cores_of(0)) else { return };
        let mut others = before;
        // SAFETY: the set is initialised, and has room for the core.
        unsafe { libc::CPU_CLR(core, &mut others) };
        // where there are no others the system refuses
        if keep(0, &others) {
            keep(0, &before);
        }
    }

    /// The core on which the calling thread runs, if a set has room for it.
    fn own_core() -> Option<usize> {
        // SAFETY: the call takes no arguments.
        let core = usize::try_from(unsafe { libc::sched_getcpu() }).ok()?;
        (core < 8 * size_of::<libc::cpu_set_t>()).then_some(core)
    }

    fn only(core: usize) -> libc::cpu_set_t {
        // SAFETY: a set without any bits is all zeros, and it has room for `core`.
        unsafe {
            let mut set = zeroed();
            libc::CPU_SET(core, &mut set);
            set
        }
    }

    fn cores_of(thread: libc::pid_t) -> Option<libc::cpu_set_t> {
        // SAFETY: the set has the size that is named, and all zeros are a set.
        unsafe {
            let mut set = zeroed();
            (libc::sched_getaffinity(thread, size_of::<libc::cpu_set_t>(), &mut set) == 0).then_some(set)
        }
    }

    fn keep(thread: libc::pid_t, set: &libc::cpu_set_t) -> bool {
        // SAFETY: the set has the size that is named.
        unsafe { libc::sched_setaffinity(thread, size_of::<libc::cpu_set_t>(), set) == 0 }
    }
}

#[cfg(not(target_os = "linux"))]
mod sys {
    pub enum Held {}

    impl Held {
        pub fn here() -> Option<Held> {
            None
        }

        pub fn move_here(&self) {
            match *self {}
        }

        pub fn free(&self) {
            match *self {}
        }
    }

    pub fn move_away() {}
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    fn cores() -> usize {
        std::thread::available_parallelism().map_or(1, usize::from)
    }

    #[test]
    fn a_thread_that_is_held_has_one_core_and_all_of_them_again_after() {
        let before = cores();
        let held = Held::here();
        assert_eq!(held.is_some(), before > 1);
        assert_eq!(cores(), 1);
        assert!(Held::here().is_none(), "there is no other core to keep it from");
        drop(held);
        assert_eq!(cores(), before);
        move_away();
        assert_eq!(cores(), before);
    }
}
