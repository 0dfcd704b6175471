//! Waits that are mostly over in a moment.
//!
//! To sleep and be woken takes a thread tens of microseconds where its core has gone idle meanwhile, most
//! of all on a virtual machine; to watch for the same event takes none. But who watches on the core that
//! the other thread wants only holds it up. So a place that waited in vain waits that way less often.

use crate::sink::lock;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Condvar, Mutex, OnceLock};
use std::time::{Duration, Instant};

/// How long a wait is watched for: the time in which a sleeping thread wakes and makes a short call.
pub const LONGEST: Duration = Duration::from_micros(60);
/// Looks at the event for each look at the clock.
const LOOKS: usize = 16;
/// After tries in vain, one chance in 2, 4 and so on to one in `2 ** RAREST` is taken.
const RAREST: u32 = 5;
/// The same where each wait can do without: a try in vain counts for some, many that were not make up for all.
const RAREST_BY_CHOICE: u32 = 6;
const LOSS: u32 = 2;
/// Waits not in vain, one after the other, that are worth the change to watching and back.
const WORTH: u32 = 64;

/// Tries something less often where it was in vain.
pub struct Patience {
    /// Chances to leave out before the next try.
    left_out: AtomicU32,
    /// How often it tries: once in `2 ** rarity` chances.
    rarity: AtomicU32,
}

impl Patience {
    pub const fn new() -> Patience {
        Patience { left_out: AtomicU32::new(0), rarity: AtomicU32::new(0) }
    }

    /// Whether to try now.
    pub fn is_due(&self) -> bool {
        let left_out = self.left_out.load(Ordering::Relaxed);
        if left_out > 0 {
            self.left_out.store(left_out - 1, Ordering::Relaxed);
        }
        left_out == 0
    }

    /// Takes in whether a try was worth while.
    pub fn learn(&self, was_worth: bool) {
        let rarity = self.rarity.load(Ordering::Relaxed);
        self.set(if was_worth { rarity.saturating_sub(1) } else { (rarity + 1).min(RAREST) });
    }

    fn set(&self, rarity: u32) {
        self.rarity.store(rarity, Ordering::Relaxed);
        self.left_out.store((1 << rarity) - 1, Ordering::Relaxed);
    }
}

/// Whether two threads that work in turns do better on a core each, where they watch for each other.
pub struct Choice {
    patience: Patience,
    /// Waits not in vain since the last one that was.
    streak: AtomicU32,
}

impl Choice {
    pub const fn new() -> Choice {
        Choice { patience: Patience::new(), streak: AtomicU32::new(0) }
    }

    /// Whether to watch for the next thing to come, rather than sleep.
    pub fn is_due(&self) -> bool {
        has_cores() && (self.is_settled() || self.patience.is_due())
    }

    /// Whether it was right the last time.
    pub fn is_settled(&self) -> bool {
        self.streak.load(Ordering::Relaxed) > 0
    }

    /// Watches for `come`, for `longest` at most; true if it came. Needs no GIL.
    pub fn watch(&self, come: impl Fn() -> bool, longest: Duration) -> bool {
        let has_come = watched(come, longest);
        if has_come {
            self.streak.fetch_add(1, Ordering::Relaxed);
        } else {
            self.lose();
        }
        has_come
    }

    fn lose(&self) {
        let was_worth = self.streak.swap(0, Ordering::Relaxed) >= WORTH;
        let rarity = if was_worth { 0 } else { self.patience.rarity.load(Ordering::Relaxed) };
        self.patience.set((rarity + LOSS).min(RAREST_BY_CHOICE));
    }
}

/// A place in the program that waits; it learns whether to watch for the event is worth while.
pub struct Spin {
    patience: Patience,
    /// A thread watches; a second one would take a core from those that work.
    taken: AtomicBool,
}

impl Spin {
    pub const fn new() -> Spin {
        Spin { patience: Patience::new(), taken: AtomicBool::new(false) }
    }

    /// Watches for `come` for a moment; returns at once where that is not worth while. Needs no GIL.
    pub fn watch(&self, come: impl Fn() -> bool) {
        if come() {
            // by itself: this tells nothing of what watching is worth
            return;
        }
        if !self.patience.is_due() || !has_cores() || self.taken.swap(true, Ordering::Relaxed) {
            return;
        }
        self.patience.learn(watched(come, LONGEST));
        self.taken.store(false, Ordering::Relaxed);
    }
}

/// Threads that sleep until something has come.
///
/// A channel's own wait yields the processor some ten times before it sleeps, which costs more than the
/// sleep where the thread that is waited for runs on the same core.
#[derive(Default)]
pub struct Sleepers {
    asleep: Mutex<usize>,
    woken: Condvar,
}

impl Sleepers {
    /// Sleeps until `come`, for `patience` at most; true if it came. Needs no GIL.
    pub fn sleep(&self, patience: Duration, come: impl Fn() -> bool) -> bool {
        let deadline = Instant::now() + patience;
        let mut asleep = lock(&self.asleep);
        *asleep += 1;
        let mut left = patience;
        while !come() && left > Duration::ZERO {
            asleep = match self.woken.wait_timeout(asleep, left) {
                Ok((asleep, _)) => asleep,
                Err(poisoned) => poisoned.into_inner().0,
            };
            left = deadline.saturating_duration_since(Instant::now());
        }
        *asleep -= 1;
        come()
    }

    /// Wakes one of them, after what it waits for has come.
    pub fn wake(&self) {
        // once the lock is free, who has looked in vain sleeps; not under it, or who wakes waits for it
        let asleep = *lock(&self.asleep);
        if asleep > 0 {
            self.woken.notify_one();
        }
    }
}

/// Something that comes once.
#[derive(Default)]
pub struct Event {
    come: AtomicBool,
    sleepers: Sleepers,
}

impl Event {
    pub fn set(&self) {
        self.come.store(true, Ordering::SeqCst);
        self.sleepers.wake();
    }

    pub fn has_come(&self) -> bool {
        self.come.load(Ordering::SeqCst)
    }

    /// Sleeps until it has come, for `patience` at most; true if it came. Needs no GIL.
    pub fn sleep(&self, patience: Duration) -> bool {
        self.sleepers.sleep(patience, || self.has_come())
    }
}

fn watched(come: impl Fn() -> bool, longest: Duration) -> bool {
    let began = Instant::now();
    loop {
        for _ in 0..LOOKS {
            if come() {
                return true;
            }
            std::hint::spin_loop();
        }
        if began.elapsed() > longest {
            return false;
        }
    }
}

/// Whether two threads can run at once.
fn has_cores() -> bool {
    static CORES: OnceLock<usize> = OnceLock::new();
    *CORES.get_or_init(|| std::thread::available_parallelism().map_or(1, usize::from)) > 1
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    const LONG: Duration = Duration::from_secs(60);

    #[test]
    fn a_place_that_waits_in_vain_watches_less_and_less_often() {
        let place = Spin::new();
        let mut looked = Vec::new();
        for wait in 0..100 {
            let looks = AtomicU32::new(0);
            place.watch(|| {
                looks.fetch_add(1, Ordering::Relaxed);
                false
            });
            if looks.into_inner() > 1 {
                looked.push(wait);
            }
        }
        // one in 2, 4, 8, 16, 32 and so on
        let expected: &[i32] = if has_cores() { &[0, 2, 6, 14, 30, 62, 94] } else { &[] };
        assert_eq!(looked, expected);
    }

    /// Whether the next wait is watched for; what is waited for comes at the second look.
    fn watches(place: &Spin) -> bool {
        let looks = AtomicU32::new(0);
        place.watch(|| looks.fetch_add(1, Ordering::Relaxed) > 0);
        looks.into_inner() > 1
    }

    #[test]
    fn a_choice_is_taken_again_after_some_time_and_for_good_where_it_was_right() {
        let choice = Choice::new();
        let due = |waits: usize| (0..waits).filter(|_| choice.is_due()).count();
        let cores = usize::from(has_cores());
        assert!(!choice.watch(|| false, Duration::ZERO));
        assert_eq!(due(3), 0);
        choice.lose();
        assert_eq!([due(15), due(5)], [0, 5 * cores]);
        choice.lose();
        choice.lose();
        assert_eq!([due(63), due(1)], [0, cores]);
        assert!(!choice.is_settled());
        assert!(choice.watch(|| true, Duration::ZERO));
        assert!(choice.is_settled());
        assert_eq!(due(9), 9 * cores);
    }

    #[test]
    fn a_choice_that_was_right_for_a_short_time_is_taken_as_rarely_as_one_that_was_not() {
        let choice = Choice::new();
        let waits_until_due = || (0..).take_while(|_| !choice.is_due()).count();
        for streak in [1, WORTH - 1, 0] {
            (0..streak).for_each(|_| assert!(choice.watch(|| true, Duration::ZERO)));
            choice.lose();
        }
        assert!(!has_cores() || waits_until_due() == (1 << RAREST_BY_CHOICE) - 1);
        (0..WORTH).for_each(|_| assert!(choice.watch(|| true, Duration::ZERO)));
        choice.lose();
        assert!(!has_cores() || waits_until_due() == (1 << LOSS) - 1);
    }

    #[test]
    fn each_wait_that_was_not_in_vain_makes_a_place_watch_more_often() {
        let place = Spin::new();
        place.patience.rarity.store(2, Ordering::Relaxed);
        let watched: Vec<_> = (0..5).map(|_| watches(&place)).collect();
        let expected = if has_cores() { [true, false, true, true, true] } else { [false; 5] };
        assert_eq!(watched, expected);
    }

    #[test]
    fn what_has_come_already_changes_nothing() {
        let place = Spin::new();
        place.patience.rarity.store(3, Ordering::Relaxed);
        place.watch(|| true);
        assert_eq!(place.patience.rarity.into_inner(), 3);
    }

    #[test]
    fn a_sleeper_wakes_for_what_comes() {
        let event = Arc::new(Event::default());
        let sleeper = {
            let event = event.clone();
            std::thread::spawn(move || event.sleep(LONG))
        };
        event.set();
        assert!(sleeper.join().unwrap_or(false));
    }

    #[test]
    fn a_sleeper_gives_up_when_its_patience_ends() {
        assert!(!Event::default().sleep(Duration::from_millis(1)));
    }

    #[test]
    fn every_wake_wakes_a_sleeper() {
        let (sleepers, jobs) = (Arc::new(Sleepers::default()), Arc::new(AtomicU32::new(0)));
        let threads: Vec<_> = (0..4)
            .map(|_| {
                let (sleepers, jobs) = (sleepers.clone(), jobs.clone());
                std::thread::spawn(move || loop {
                    assert!(sleepers.sleep(LONG, || jobs.load(Ordering::SeqCst) > 0));
                    if jobs.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1)).is_ok() {
                        break;
                    }
                })
            })
            .collect();
        for _ in 0..4 {
            jobs.fetch_add(1, Ordering::SeqCst);
            sleepers.wake();
        }
        assert!(threads.into_iter().all(|thread| thread.join().is_ok()));
    }
}
