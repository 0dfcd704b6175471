//! The dedicated executor: one pool of OS threads for the whole process, fed by a crossbeam queue.
//!
//! Threads are made on demand and end when idle. A thread keeps its Python thread state while it
//! lives and lets go of the GIL only to wait. A forked child has a pool of its own.
//!
//! A thread that was waited for stays near: on the core of who waited, for the next job from there. Where
//! jobs come thick and fast it tries, now and then, whether both are faster on a core each.

use crate::affinity::{self, Held};
use crate::sink::lock;
use crate::spin::{Choice, Event, Sleepers, Spin, LONGEST};
use crate::threads::PerProcess;
use crossbeam_channel::{unbounded, Receiver, Sender};
use pyo3::prelude::*;
use std::cell::{Cell, RefCell};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

pub type Job = Box<dyn FnOnce(Python<'_>) + Send>;

/// How long an idle thread waits for work before it ends.
const IDLE: Duration = Duration::from_secs(10);
/// Threads made at once on demand; past it, one more for each `STALL` without progress.
const EAGER_THREADS: usize = 36;
const STALL: Duration = Duration::from_millis(5);
/// How long an exiting interpreter waits for running threads, and how often it looks.
const EXIT_PATIENCE: Duration = Duration::from_secs(1);
const EXIT_POLL: Duration = Duration::from_micros(200);

struct Pool {
    jobs: (Sender<Job>, Receiver<Job>),
    sleepers: Sleepers,
    /// Threads alive, and those of them that wait for a job.
    threads: AtomicUsize,
    idle: AtomicUsize,
    /// Jobs begun so far; a stall is a queue that is not empty while this stands still.
    begun: AtomicUsize,
    watched: AtomicUsize,
    /// Where threads wait that stay near; none of them counts as idle.
    berths: Mutex<Vec<Arc<Berth>>>,
}

/// Where a thread that stays near waits for its next job.
struct Berth {
    /// Until a job has come.
    held: Mutex<Option<Held>>,
    job: Mutex<Option<Job>>,
    sleepers: Sleepers,
}

impl Default for Pool {
    fn default() -> Self {
        let count = || AtomicUsize::new(0);
        Pool {
            jobs: unbounded(),
            sleepers: Sleepers::default(),
            threads: count(),
            idle: count(),
            begun: count(),
            watched: count(),
            berths: Mutex::default(),
        }
    }
}

/// One idle thread of the pool waits here for its next job before it sleeps.
static NEXT_JOB: Spin = Spin::new();

/// Whether threads that stay near are better off apart, and after what waits that is tried. Who waits for
/// such a thread takes part in it.
static APART: Choice = Choice::new();
const BRISK: Duration = LONGEST;

/// How long a thread waits for a job that may be quick, before it takes it for a slow one.
pub const PATIENCE: Duration = Duration::from_micros(100);
/// How long at most: while one job after the other comes to its end, or no thread comes to it.
pub const PATIENCE_IN_ALL: Duration = Duration::from_millis(5);
/// How often it lets a thread on its own core go on before it sleeps: one that computes does so until the
/// job is done, and to sleep for a short time takes a timer, which costs a virtual machine 15 us and more.
const YIELDS: usize = 8;

/// How a thread came to its last job.
#[derive(Clone, Copy)]
enum Came {
    Queue,
    /// It had waited so long in a berth.
    Berth(Duration),
}

static POOL: PerProcess<Pool> = PerProcess::new();

/// Runs `job` like `spawn`; the calling thread is about to wait for it. If it gives something, the calling
/// thread keeps to its core, and the job runs there too.
pub fn spawn_near(job: Job) -> Option<Held> {
    let Some(berth) = POOL.share().take_berth() else {
        spawn(job);
        return None;
    };
    // before the other one wakes: it comes in at once, and is not to find this thread free to move
    let held = Held::here();
    lock(&berth.held).iter().for_each(Held::move_here);
    berth.give(job);
    held
}

/// Gives a job that may be quick a moment to be `over`: on the calling thread's core, where that was `held`
/// for it, else as `place` has learnt to. Needs no GIL.
pub fn await_quick(over: &Event, held: Option<&Held>, place: &Spin) {
    if held.is_some() {
        let began = Instant::now();
        for _ in 0..YIELDS {
            // another program on this core goes on for longer
            if over.has_come() || began.elapsed() > PATIENCE {
                break;
            }
            std::thread::yield_now();
        }
    } else if APART.is_settled() {
        APART.watch(|| over.has_come(), LONGEST);
    } else {
        place.watch(|| over.has_come());
    }
}

/// Runs `job` on a thread of the pool, attached to the interpreter.
pub fn spawn(job: Job) {
    let pool = POOL.share();
    // the receiver lives in the pool itself, so the queue is never closed
    let _ = pool.jobs.0.send(job);
    pool.sleepers.wake();
    pool.see_to_jobs();
}

thread_local! {
    static TOLD_WHEN_IDLE: RefCell<Vec<Arc<Event>>> = const { RefCell::new(Vec::new()) };
}

/// Sets an event once the calling thread of the pool has let go of the GIL, or goes on to its next job.
pub fn tell_when_idle(event: Arc<Event>) {
    TOLD_WHEN_IDLE.with_borrow_mut(|told| told.push(event));
}

fn tell() {
    for event in TOLD_WHEN_IDLE.take() {
        event.set();
    }
}

thread_local! {
    static STAYS_NEAR: Cell<bool> = const { Cell::new(false) };
}

/// Has the calling thread of the pool stay near when its job is done: somebody waited for it.
pub fn stay_near() {
    STAYS_NEAR.set(true);
}

/// Called in a forked child: the parent's threads do not exist here.
pub fn after_fork() {
    POOL.leave_behind();
}

/// Called before the interpreter is torn down: waits a while for the threads that run Python.
///
/// One that came back to Python later would be ended by `pthread_exit`, which unwinds through frames of
/// Rust and aborts the process. Threads that wait for a job, or that block without Python, do no harm.
pub fn rest(py: Python<'_>) {
    let Some(pool) = POOL.made() else { return };
    let deadline = Instant::now() + EXIT_PATIENCE;
    let waiting = || pool.idle.load(Ordering::SeqCst) + lock(&pool.berths).len();
    py.detach(|| {
        while pool.threads.load(Ordering::SeqCst) > waiting() && Instant::now() < deadline {
            std::thread::sleep(EXIT_POLL);
        }
    });
}

impl Berth {
    fn give(&self, job: Job) {
        *lock(&self.job) = Some(job);
        self.sleepers.wake();
    }

    fn has_job(&self) -> bool {
        lock(&self.job).is_some()
    }
}

impl Pool {
    fn take_berth(&self) -> Option<Arc<Berth>> {
        lock(&self.berths).pop()
    }

    /// Has a thread come to each job that waits, where fewer than that are idle.
    fn see_to_jobs(self: &Arc<Self>) {
        if self.idle.load(Ordering::SeqCst) >= self.jobs.1.len() {
            return;
        }
        if let Some(berth) = self.take_berth() {
            match self.jobs.1.try_recv() {
                Ok(job) => {
                    drop(lock(&berth.held).take());
                    berth.give(job);
                }
                Err(_) => lock(&self.berths).push(berth),
            }
        } else if self.threads.load(Ordering::SeqCst) < EAGER_THREADS {
            add_thread(self);
        } else if self.watched.swap(1, Ordering::SeqCst) == 0 {
            let own = self.clone();
            let started = std::thread::Builder::new().name("langgraph-watch".into()).spawn(move || watch(&own));
            if started.is_err() {
                self.watched.store(0, Ordering::SeqCst);
            }
        }
    }

    /// Waits for a job, as long as an idle thread does, and tells those who wait for that. Needs no GIL.
    fn next_job(self: &Arc<Self>, near: bool, came: &mut Came) -> Option<Job> {
        let has_come = || !self.jobs.1.is_empty();
        let near = near && !has_come();
        let apart = near && !matches!(*came, Came::Berth(waited) if waited > BRISK) && APART.is_due();
        let has_come_apart = apart && self.waits_apart(matches!(*came, Came::Berth(_)));
        let held = if near && !has_come_apart { Held::here() } else { None };
        let job = match held {
            Some(held) => {
                let began = Instant::now();
                let job = self.job_in_berth(held);
                *came = Came::Berth(began.elapsed());
                job
            }
            None => {
                tell();
                NEXT_JOB.watch(has_come);
                *came = Came::Queue;
                self.job_of_queue(has_come)
            }
        };
        self.idle.fetch_sub(1, Ordering::SeqCst);
        // who sent another one until now may have relied on this thread
        self.see_to_jobs();
        job
    }

    /// Watches for a job on a core of its own, to which it has to move first if it was `near`; true if one came.
    fn waits_apart(&self, near: bool) -> bool {
        if near {
            affinity::move_away();
        }
        tell();
        // the first time, who is told has to wake
        APART.watch(|| !self.jobs.1.is_empty(), if near { 2 * LONGEST } else { LONGEST })
    }

    fn job_of_queue(&self, has_come: impl Fn() -> bool) -> Option<Job> {
        let deadline = Instant::now() + IDLE;
        loop {
            if let Ok(job) = self.jobs.1.try_recv() {
                return Some(job);
            }
            // another thread may have taken what this one was woken for
            if !self.sleepers.sleep(deadline.saturating_duration_since(Instant::now()), &has_come) {
                return None;
            }
        }
    }

    fn job_in_berth(self: &Arc<Self>, held: Held) -> Option<Job> {
        let held = Mutex::new(Some(held));
        let berth = Arc::new(Berth { held, job: Mutex::new(None), sleepers: Sleepers::default() });
        lock(&self.berths).push(berth.clone());
        self.idle.fetch_sub(1, Ordering::SeqCst);
        if !self.jobs.1.is_empty() {
            // a thread that is made now would be held as well
            drop(lock(&berth.held).take());
            self.see_to_jobs();
        }
        // who is told goes on at once, and may have the next job already
        tell();
        if !berth.sleepers.sleep(IDLE, || berth.has_job()) {
            lock(&self.berths).retain(|other| !Arc::ptr_eq(other, &berth));
            while Arc::strong_count(&berth) > 1 && !berth.has_job() {
                // somebody has just taken it, and is about to give or to put it back
                std::thread::yield_now();
                lock(&self.berths).retain(|other| !Arc::ptr_eq(other, &berth));
            }
        }
        let job = lock(&berth.job).take();
        drop(lock(&berth.held).take());
        self.idle.fetch_add(1, Ordering::SeqCst);
        job
    }
}

fn add_thread(pool: &Arc<Pool>) {
    pool.threads.fetch_add(1, Ordering::SeqCst);
    let own = pool.clone();
    let started = std::thread::Builder::new().name("langgraph".into()).spawn(move || work(&own));
    if started.is_err() {
        // the system gives no more threads: those that there are will come to the job
        pool.threads.fetch_sub(1, Ordering::SeqCst);
    }
}

thread_local! {
    static WAITED: Cell<Duration> = const { Cell::new(Duration::ZERO) };
}

/// How long the calling thread of the pool had to wait for the GIL before its job.
pub fn waited_for_gil() -> Duration {
    WAITED.get()
}

fn work(pool: &Arc<Pool>) {
    let mut asked = Instant::now();
    let mut came = Came::Queue;
    // while the interpreter shuts down there is nothing left to work for
    let _ = Python::try_attach(|py| loop {
        let near = STAYS_NEAR.take();
        let job = match pool.jobs.1.try_recv() {
            Ok(job) => {
                tell();
                Some(job)
            }
            Err(_) => {
                pool.idle.fetch_add(1, Ordering::SeqCst);
                let job = py.detach(|| {
                    let job = pool.next_job(near, &mut came);
                    asked = Instant::now();
                    job
                });
                WAITED.set(asked.elapsed());
                job
            }
        };
        match job {
            Some(job) => {
                pool.begun.fetch_add(1, Ordering::Relaxed);
                job(py);
            }
            None => break,
        }
    });
    pool.threads.fetch_sub(1, Ordering::SeqCst);
}

/// Adds a thread whenever jobs wait and none was begun for a while: every thread blocks.
fn watch(pool: &Arc<Pool>) {
    loop {
        let before = pool.begun.load(Ordering::Relaxed);
        std::thread::sleep(STALL);
        if pool.jobs.1.is_empty() {
            break;
        }
        if pool.begun.load(Ordering::Relaxed) == before {
            add_thread(pool);
        }
    }
    pool.watched.store(0, Ordering::SeqCst);
}
