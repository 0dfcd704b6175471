//! Threads that run graphs at the same time take turns.
//!
//! A run lets go of the GIL at every superstep. If the other threads that run graphs waited for it then,
//! each release would wake one of them, mostly in vain: a superstep takes two microseconds, a thread's
//! waking thirty. So such a thread waits here, without the GIL, for a turn at most; who waits for the GIL
//! itself runs other code, and is let in at every release.
//!
//! That is for threads whose supersteps are short. One that waits or computes in its nodes takes no part,
//! or others would wait for what it waits for. A thread that does so for the first time has its turn taken
//! away; others that waited in vain do so less often.

use crate::spin::{Patience, Sleepers};
use crate::threads::PerProcess;
use std::cell::Cell;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// How long a thread waits for its turn.
const TURN: Duration = Duration::from_millis(1);
/// The longest superstep that is short, and how many of them in a row let a thread take part.
const SHORT: Duration = Duration::from_micros(50);
const SHORT_ONES: u32 = 8;

/// The thread whose turn it is; 0 for nobody.
static INSIDE: AtomicUsize = AtomicUsize::new(0);
/// Supersteps that were begun inside.
static PASSED: AtomicUsize = AtomicUsize::new(0);
static WAITING: AtomicUsize = AtomicUsize::new(0);
static SLEEPERS: PerProcess<Sleepers> = PerProcess::new();
static PATIENCE: Patience = Patience::new();

/// What the supersteps of a thread are like.
#[derive(Default)]
struct Pace {
    /// When the one under way began.
    began: Cell<Option<Instant>>,
    /// Short ones in a row.
    short: Cell<u32>,
}

thread_local!(static PACE: Pace = const { Pace { began: Cell::new(None), short: Cell::new(0) } });

impl Pace {
    /// A number of the thread's own.
    fn thread(&self) -> usize {
        std::ptr::from_ref(self) as usize
    }

    /// Takes in that a superstep has ended; true if the thread's are short.
    fn is_short(&self) -> bool {
        if let Some(began) = self.began.take() {
            let (took, short) = (began.elapsed(), self.short.get());
            self.short.set(match () {
                () if took <= SHORT => (short + 1).min(SHORT_ONES),
                // it may have waited for the GIL
                () if took <= TURN => short / 2,
                () => 0,
            });
        }
        self.short.get() == SHORT_ONES
    }
}

/// Called in a forked child, whose only thread is the caller.
pub fn after_fork() {
    INSIDE.store(0, Ordering::SeqCst);
    WAITING.store(0, Ordering::SeqCst);
    SLEEPERS.leave_behind();
}

/// Goes on with the next superstep, after a wait for the turn of this thread. To be called without the GIL.
pub fn pass() {
    PACE.with(|pace| {
        let own = pace.thread();
        if !pace.is_short() {
            give_up(own);
        } else if enter(own) {
            PASSED.fetch_add(1, Ordering::Relaxed);
        } else if PATIENCE.is_due() {
            wait(own);
        }
        pace.began.set(Some(Instant::now()));
    });
}

/// Ends the turn of this thread, if it is its turn.
pub fn leave() {
    PACE.with(|pace| {
        pace.began.set(None);
        give_up(pace.thread());
    });
}

fn give_up(own: usize) {
    if INSIDE.load(Ordering::Relaxed) != own {
        return;
    }
    let left = INSIDE.compare_exchange(own, 0, Ordering::SeqCst, Ordering::Relaxed).is_ok();
    if left && WAITING.load(Ordering::SeqCst) > 0 {
        SLEEPERS.share().wake();
    }
}

fn enter(own: usize) -> bool {
    let inside = INSIDE.load(Ordering::SeqCst);
    inside == own || inside == 0 && INSIDE.compare_exchange(0, own, Ordering::SeqCst, Ordering::Relaxed).is_ok()
}

fn wait(own: usize) {
    let passed = PASSED.load(Ordering::Relaxed);
    WAITING.fetch_add(1, Ordering::SeqCst);
    let entered = SLEEPERS.share().sleep(TURN, || enter(own));
    WAITING.fetch_sub(1, Ordering::SeqCst);
    if !entered {
        INSIDE.store(own, Ordering::SeqCst);
    }
    PATIENCE.learn(entered || PASSED.load(Ordering::Relaxed) != passed);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_inside() -> bool {
        PACE.with(|pace| INSIDE.load(Ordering::SeqCst) == pace.thread())
    }

    /// Passes until it is this thread's turn.
    fn pass_quickly() {
        PACE.with(|pace| pace.short.set(SHORT_ONES));
        while !is_inside() {
            pass();
            PACE.with(|pace| pace.began.set(None));
        }
    }

    /// One test, since the turnstile is one for the process.
    #[test]
    fn turns_are_taken_given_up_and_taken_away() {
        for _ in 0..SHORT_ONES - 1 {
            pass();
            PACE.with(|pace| pace.began.set(Some(Instant::now())));
        }
        assert!(!is_inside(), "a thread has to show that it is quick");
        pass_quickly();
        // a second thread gets its turn while this one does nothing
        let other = std::thread::spawn(|| {
            pass_quickly();
            leave();
            is_inside()
        });
        assert!(!other.join().unwrap_or(true));
        assert_eq!(INSIDE.load(Ordering::SeqCst), 0);
        // what leaves lets in who waits
        pass_quickly();
        let waiting = std::thread::spawn(|| {
            pass_quickly();
            leave();
        });
        leave();
        assert!(waiting.join().is_ok());
        // a long superstep ends a thread's turn
        pass_quickly();
        PACE.with(|pace| pace.began.set(Instant::now().checked_sub(2 * SHORT)));
        pass();
        assert!(!is_inside());
    }
}
