//! Help that stands by: a thread that joins a run only where the run's own thread does not get on.
//!
//! Short tasks of a fan-out are over before a second thread has woken and got the GIL; woken all the
//! same, it costs both of them switches. So the first thread beside the caller's is asked for after
//! `GRACE`. It joins at once if the GIL was free by then, since the caller waits for something. If it had
//! to wrest the GIL from the caller, the caller computes: the thread stands by once more, for `RENEWED`,
//! and joins then in any case, since a task may be waiting for another one that has not started.
//!
//! One thread of the process watches the time. It sleeps in short steps for a while after its last
//! customer, so that a busy program does not pay a wake-up for each superstep.

use crate::executor;
use crate::run::Run;
use crate::sink::lock;
use crate::threads::PerProcess;
use pyo3::prelude::*;
use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

/// How long a run's own thread is left alone with its tasks.
const GRACE: Duration = Duration::from_millis(1);
/// The same after a thread that stood by found the GIL taken.
const RENEWED: Duration = Duration::from_millis(10);
/// A wait for the GIL that tells a caller who computes from one who waits: well under the interval after
/// which the interpreter makes threads take turns, 5 ms unless a program sets it.
const CONTENDED: Duration = Duration::from_millis(2);
/// The watch's step, and the steps without a customer after which it sleeps until it is woken.
const STEP: Duration = Duration::from_millis(1);
const IDLE_STEPS: usize = 50;

/// A thread's place on standby for one superstep of a run.
pub struct Place {
    run: Mutex<Option<Py<Run>>>,
    renewed: bool,
}

impl Place {
    /// Gives the place up; true unless the thread is on its way.
    pub fn cancel(&self) -> bool {
        let run = lock(&self.run).take();
        run.is_some()
    }
}

/// What a thread that has stood by is to do.
pub enum Turn {
    Join,
    /// The run's own thread computes: it is left alone for a while longer.
    Renew,
}

type Join = fn(&Bound<'_, Run>, Turn);

struct Due {
    at: Instant,
    place: Arc<Place>,
    join: Join,
}

/// Whether the calling thread of the pool had to wrest the GIL from another thread.
pub fn is_gil_taken() -> bool {
    executor::waited_for_gil() > CONTENDED
}

#[derive(Default)]
struct Watch {
    due: Mutex<Dues>,
    woken: Condvar,
}

#[derive(Default)]
struct Dues {
    waiting: VecDeque<Due>,
    /// The watch runs; it need not be woken while it sleeps in steps.
    runs: bool,
    sleeps: bool,
}

static WATCH: PerProcess<Watch> = PerProcess::new();

/// Called in a forked child: the parent's watch does not run here.
pub fn after_fork() {
    WATCH.leave_behind();
}

/// Puts a thread on standby for `run`; it calls `join` if its turn comes.
pub fn stand_by(run: Py<Run>, renewed: bool, join: Join) -> Arc<Place> {
    let place = Arc::new(Place { run: Mutex::new(Some(run)), renewed });
    let grace = if renewed { RENEWED } else { GRACE };
    let due = Due { at: Instant::now() + grace, place: place.clone(), join };
    let watch = WATCH.share();
    let (starts, wakes) = {
        let mut dues = lock(&watch.due);
        dues.waiting.push_back(due);
        let starts = !dues.runs;
        dues.runs = true;
        (starts, std::mem::take(&mut dues.sleeps))
    };
    if wakes {
        watch.woken.notify_one();
    }
    if starts {
        let own = watch.clone();
        let started = std::thread::Builder::new().name("langgraph-standby".into()).spawn(move || own.keep());
        if started.is_err() {
            // without a watch nobody may wait for it
            lock(&watch.due).runs = false;
            call(lock(&watch.due).waiting.pop_back());
        }
    }
    place
}

impl Watch {
    fn keep(&self) {
        let mut idle = 0;
        loop {
            let next = {
                let mut dues = lock(&self.due);
                dues.waiting.retain(|due| lock(&due.place.run).is_some());
                if dues.waiting.is_empty() {
                    idle += 1;
                    if idle > IDLE_STEPS {
                        dues.sleeps = true;
                        while dues.sleeps {
                            dues = match self.woken.wait(dues) {
                                Ok(dues) => dues,
                                Err(poisoned) => poisoned.into_inner(),
                            };
                        }
                        idle = 0;
                    }
                } else {
                    idle = 0;
                }
                let now = Instant::now();
                let place = dues.waiting.iter().position(|due| due.at <= now);
                place.and_then(|place| dues.waiting.remove(place))
            };
            match next {
                Some(due) => call(Some(due)),
                None => std::thread::sleep(STEP),
            }
        }
    }
}

/// Sends a thread of the pool to the run, unless the place was given up.
fn call(due: Option<Due>) {
    let Some(Due { place, join, .. }) = due else { return };
    if lock(&place.run).is_none() {
        return;
    }
    executor::spawn(Box::new(move |py| {
        let run = lock(&place.run).take();
        let Some(run) = run else { return };
        let turn = if is_gil_taken() && !place.renewed { Turn::Renew } else { Turn::Join };
        join(run.bind(py), turn);
    }));
}
