//! The dedicated executor: one pool of OS threads for the whole process, fed by a crossbeam queue.
//!
//! Threads are made on demand and end when idle. A thread keeps its Python thread state while it
//! lives and lets go of the GIL only to wait. A forked child has a pool of its own.

use crate::spin::{Event, Sleepers, Spin};
use crate::threads::PerProcess;
use crossbeam_channel::{unbounded, Receiver, Sender};
use pyo3::prelude::*;
use std::cell::{Cell, RefCell};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::Arc;
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
        }
    }
}

/// One idle thread of the pool waits here for its next job before it sleeps.
static NEXT_JOB: Spin = Spin::new();

static POOL: PerProcess<Pool> = PerProcess::new();

/// Runs `job` on a thread of the pool, attached to the interpreter.
pub fn spawn(job: Job) {
    let pool = POOL.share();
    // the receiver lives in the pool itself, so the queue is never closed
    let _ = pool.jobs.0.send(job);
    pool.sleepers.wake();
    if pool.idle.load(Ordering::SeqCst) >= pool.jobs.1.len() {
        return;
    }
    if pool.threads.load(Ordering::SeqCst) < EAGER_THREADS {
        add_thread(&pool);
    } else if pool.watched.swap(1, Ordering::SeqCst) == 0 {
        let watched = pool.clone();
        let started = std::thread::Builder::new().name("langgraph-watch".into()).spawn(move || watch(&watched));
        if started.is_err() {
            pool.watched.store(0, Ordering::SeqCst);
        }
    }
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
    py.detach(|| {
        while pool.threads.load(Ordering::SeqCst) > pool.idle.load(Ordering::SeqCst) && Instant::now() < deadline {
            std::thread::sleep(EXIT_POLL);
        }
    });
}

impl Pool {
    /// Waits for a job, as long as an idle thread does. Needs no GIL.
    fn next_job(&self) -> Option<Job> {
        let has_come = || !self.jobs.1.is_empty();
        NEXT_JOB.watch(has_come);
        let deadline = Instant::now() + IDLE;
        loop {
            if let Ok(job) = self.jobs.1.try_recv() {
                return Some(job);
            }
            // another thread may have taken what this one was woken for
            if !self.sleepers.sleep(deadline.saturating_duration_since(Instant::now()), has_come) {
                return None;
            }
        }
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
    // while the interpreter shuts down there is nothing left to work for
    let _ = Python::try_attach(|py| loop {
        pool.idle.fetch_add(1, Ordering::SeqCst);
        let job = match pool.jobs.1.try_recv() {
            Ok(job) => {
                tell();
                Some(job)
            }
            Err(_) => {
                let job = py.detach(|| {
                    tell();
                    let job = pool.next_job();
                    asked = Instant::now();
                    job
                });
                WAITED.set(asked.elapsed());
                job
            }
        };
        pool.idle.fetch_sub(1, Ordering::SeqCst);
        // Until now it counted as idle, and who sent a job while it came back for the GIL relied on it.
        match job.or_else(|| pool.jobs.1.try_recv().ok()) {
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
