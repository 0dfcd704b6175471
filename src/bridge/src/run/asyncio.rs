//! What the asyncio driver calls. It performs; the decisions are those of the sync driver.

use super::landing::Driving;
use super::stop::Stop;
use super::{Finished, Machine, Run};
use crate::driver::Phase;
use crate::flight::{Flight, Input};
use crate::gc::trace_fields;
use crate::host::Obj;
use crate::inline::LoopKit;
use crate::lazy;
use crate::node::Body;
use crate::offload::{Batch, Elsewhere};
use crate::promise::Promise;
use crate::seat::{Flown, Seat};
use crate::sink::lock;
use crate::spare::Spare;
use crate::task::Task;
use pyo3::exceptions::PyRuntimeError;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};
use std::collections::VecDeque;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

/// Supersteps without a wait after which other tasks of the loop get their turn.
const SUPERSTEPS_A_TURN: usize = 64;

/// The tasks of a superstep as an asyncio run knows them.
#[derive(Default)]
pub struct Flights {
    /// What the driver waits on.
    pub(super) bell: Option<Py<Promise>>,
    /// Limits how many tasks run at once.
    gate: Option<Obj>,
    to_start: Vec<Py<Task>>,
    /// The chunks of the plan have gone out.
    shown: bool,
    /// Of a superstep that began with a lone task: how many tasks it had then.
    pub alone: Option<usize>,
    /// The `asyncio.Task`s of those that wait.
    pub(super) running: Vec<Obj>,
    pub(super) ended: VecDeque<Finished>,
    /// Supersteps since the loop had its last turn.
    supersteps: usize,
    kit: Option<Py<LoopKit>>,
    /// Nothing but what `Stop` names has to be done for the run: it may go on without its driver.
    pub(super) is_light: bool,
    /// The run has ended without its driver.
    is_over: bool,
    /// What the run has stopped for, and the driver was not told yet.
    pub(super) due: Option<Stop>,
    /// In whose place it goes on then, while the driver waits.
    pub(super) driving: Option<Driving>,
}

trace_fields!(Flights: bell, gate, to_start, running, ended, kit, due, driving);

/// Takes subgraphs apart from other tasks. They begin last: on a loop they take turns of their own, so
/// that the others have ended before their first superstep has.
fn part(run: &Run, tasks: Vec<Py<Task>>) -> (Vec<Py<Task>>, Vec<Py<Task>>) {
    if tasks.len() < 2 {
        return (tasks, Vec::new());
    }
    let is_subgraph = |task: &Py<Task>| task.get().node(run).is_some_and(|n| matches!(n.body, Body::Subgraph(_)));
    let (subgraphs, others) = tasks.into_iter().partition(is_subgraph);
    (others, subgraphs)
}

/// Calls of sync functions, with the tasks that make them.
type Calls = Vec<(Flight, Box<Elsewhere>)>;

impl Run {
    fn plan_superstep(slf: &Bound<'_, Run>) -> PyResult<Option<Stop>> {
        let run = slf.get();
        if !Run::tick_as_replaced(slf)? {
            return Ok(Some(Stop::Over));
        }
        run.set_phase(Phase::Start);
        lock(&run.flights).shown = false;
        if run.settings.cache.is_some() {
            return Ok(Some(Stop::Cached));
        }
        Ok(None)
    }

    fn start_superstep(&self, py: Python<'_>) -> PyResult<()> {
        let tasks = self.open(py)?;
        let alone = if self.is_alone(&tasks) { Some(self.count_tasks(py)?) } else { None };
        {
            let mut work = lock(&self.work.inner);
            work.phase = Phase::Run;
            work.inflight = tasks.len();
            work.stopping = false;
            work.deadline = self.settings.step_timeout_s.map(|s| Instant::now() + Duration::from_secs_f64(s));
        }
        let mut flights = lock(&self.flights);
        flights.alone = alone;
        flights.to_start = tasks;
        Ok(())
    }

    /// Whether the plan has chunks that go out before its tasks are begun.
    fn shows_plan(&self) -> bool {
        self.is_heard() && !std::mem::replace(&mut lock(&self.flights).shown, true)
    }

    /// Steps the tasks that are to start until each has ended or waits.
    fn start_tasks<'py>(slf: &Bound<'py, Run>, seat: &mut Seat<'_, 'py>, kit: &Bound<'py, LoopKit>) -> PyResult<()> {
        let py = slf.py();
        let (tasks, gate) = {
            let mut flights = lock(&slf.get().flights);
            (std::mem::take(&mut flights.to_start), flights.gate.as_ref().map(|gate| gate.clone_ref(py)))
        };
        let (tasks, subgraphs) = part(slf.get(), tasks);
        for tasks in [tasks, subgraphs] {
            let mut calls = Calls::new();
            for task in tasks {
                let gate = gate.as_ref().map(|gate| gate.clone_ref(py));
                let flight = Flight::new(py, task, kit.clone().unbind(), gate, Some(slf.clone().unbind()))?;
                Run::fly(slf, seat, flight, Input::Begin, &mut calls)?;
            }
            while !calls.is_empty() {
                calls = Run::make_calls(slf, seat, kit, calls)?;
            }
        }
        Ok(())
    }

    fn fly<'py>(
        slf: &Bound<'py, Run>,
        seat: &mut Seat<'_, 'py>,
        flight: Flight,
        input: Input<'py>,
        calls: &mut Calls,
    ) -> PyResult<()> {
        let py = slf.py();
        let task = flight.task.clone_ref(py);
        match seat.fly(flight, input)? {
            Flown::Ended(_, error) => {
                slf.get().land(Finished::of(py, task, error));
            }
            Flown::Running(running) => lock(&slf.get().flights).running.push(running.unbind()),
            Flown::Call(flight, call) => calls.push((flight, call)),
        }
        Ok(())
    }

    /// Hands calls of sync functions over; goes on with those that are over in a moment.
    fn make_calls<'py>(
        slf: &Bound<'py, Run>,
        seat: &mut Seat<'_, 'py>,
        kit: &Bound<'py, LoopKit>,
        calls: Calls,
    ) -> PyResult<Calls> {
        let py = slf.py();
        let batch = Batch::of(calls.iter().map(|(_, call)| &**call));
        let mut handed = Vec::with_capacity(calls.len());
        for (flight, call) in calls {
            let pace = call.pace.clone();
            handed.push((flight, LoopKit::hand_over(kit, call, &batch)?, pace));
        }
        batch.start(py, &kit.get().jobs);
        // what goes to a thread has not ended when a task beside it fails, however soon it would
        let fails = slf.get().fails(py);
        let mut next = Calls::new();
        for (flight, promise, pace) in handed {
            match if fails { None } else { promise.get().take(py) } {
                Some(outcome) => Run::fly(slf, seat, flight, Input::Came(outcome), &mut next)?,
                None => {
                    if !fails {
                        batch.note_slow(&pace);
                    }
                    let running = seat.let_wait(flight, promise)?;
                    lock(&slf.get().flights).running.push(running.unbind());
                }
            }
        }
        Ok(next)
    }

    /// Whether a task has failed whose end was not taken in yet.
    fn fails(&self, py: Python<'_>) -> bool {
        let bubbles = |error: &Obj| {
            let class = lazy::GRAPH_BUBBLE_UP.get(py);
            class.and_then(|class| error.bind(py).is_instance(class)).unwrap_or(false)
        };
        let flights = lock(&self.flights);
        flights.ended.iter().filter_map(|ended| ended.error.as_ref()).any(|error| !bubbles(error))
    }

    /// Takes in tasks that have ended. Gives what the driver has to do for one, or to wait for.
    fn work_async<'py>(slf: &Bound<'py, Run>, kit: &Bound<'py, LoopKit>) -> PyResult<Option<Stop>> {
        let py = slf.py();
        let run = slf.get();
        loop {
            let Some(ended) = lock(&run.flights).ended.pop_front() else { break };
            if let Some(error) = run.take_end(py, &ended)? {
                return Ok(Some(Stop::Handled(ended.task, error)));
            }
            // after a failure those that have ended by now count, and none that does while chunks go out
            if !lock(&run.work.inner).stopping && run.is_heard_in_step(py)? {
                return Ok(Some(Stop::News));
            }
        }
        let (inflight, stopping, deadline) = {
            let work = lock(&run.work.inner);
            (work.inflight, work.stopping, work.deadline)
        };
        if stopping || (inflight == 0 && !run.has_calls()) {
            Run::settle_work(slf)?;
            return Ok(None);
        }
        if run.is_heard_in_step(py)? {
            return Ok(Some(Stop::News));
        }
        let left = deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
        if left == Some(Duration::ZERO) {
            return Err(PyErr::from_value(py.import("asyncio")?.getattr(intern!(py, "TimeoutError"))?.call0()?));
        }
        let bell = run.arm_bell(py, kit)?;
        Ok(Some(Stop::Waits(bell, left.map(|left| left.as_secs_f64()))))
    }

    /// What the driver waits on until its next wake-up.
    fn arm_bell(&self, py: Python<'_>, kit: &Bound<'_, LoopKit>) -> PyResult<Py<Promise>> {
        let kept = {
            let mut flights = lock(&self.flights);
            flights.supersteps = 0;
            flights.bell.as_ref().map(|bell| bell.clone_ref(py))
        };
        if let Some(bell) = kept {
            bell.get().arm();
            return Ok(bell);
        }
        let bell = Promise::new(py, kit.clone().unbind())?;
        lock(&self.flights).bell = Some(bell.clone_ref(py));
        Ok(bell)
    }

    fn apply_async(slf: &Bound<'_, Run>) -> PyResult<Option<Stop>> {
        let py = slf.py();
        let run = slf.get();
        Run::finish_as_replaced(slf)?;
        run.set_phase(Phase::Plan);
        let due = {
            let mut flights = lock(&run.flights);
            flights.supersteps += 1;
            flights.supersteps >= SUPERSTEPS_A_TURN
        };
        if due {
            lock(&run.flights).supersteps = 0;
            return Ok(Some(Stop::Turn));
        }
        if run.has_requests(py)? {
            return Ok(Some(Stop::News));
        }
        Ok(None)
    }
}

impl Run {
    /// The tasks of the superstep that have no writes yet.
    pub fn open(&self, py: Python<'_>) -> PyResult<Vec<Py<Task>>> {
        let due = |task: &&Py<Task>| !task.get().has_writes();
        self.slot.look(py, |machine| machine.tasks.iter().filter(due).map(|task| task.clone_ref(py)).collect())
    }

    /// The task of a superstep that has one alone, which is still to be run.
    pub fn lone_task(&self, py: Python<'_>) -> PyResult<Option<Py<Task>>> {
        let lone = |machine: &mut Machine| match &machine.tasks[..] {
            [task] if self.is_alone(&machine.tasks) && !task.get().has_writes() => Some(task.clone_ref(py)),
            _ => None,
        };
        self.slot.look(py, lone)
    }

    /// Whether calls made from inside tasks are under way.
    pub fn has_calls(&self) -> bool {
        self.calls.load(Ordering::SeqCst) > 0
    }

    /// Whether the driver has requests to the saver to take.
    pub fn has_requests(&self, py: Python<'_>) -> PyResult<bool> {
        self.slot.look(py, |machine| !machine.ops.is_empty())
    }
}

impl Run {
    /// Goes on until the driver has something to do; as `stepped`, where a task has ended that is being stepped.
    pub(super) fn go_on(slf: &Bound<'_, Run>, kit: &Bound<'_, LoopKit>, stepped: Option<Spare>) -> PyResult<Stop> {
        let run = slf.get();
        let mut seat = Seat::new(kit, stepped);
        loop {
            let stop = match run.phase() {
                Phase::Enter | Phase::Plan => Run::plan_superstep(slf)?,
                Phase::Start if run.shows_plan() => Some(Stop::News),
                Phase::Start => {
                    run.start_superstep(slf.py())?;
                    None
                }
                Phase::Run => {
                    if !lock(&run.flights).to_start.is_empty() {
                        Run::start_tasks(slf, &mut seat, kit)?;
                    }
                    Run::work_async(slf, kit)?
                }
                Phase::Apply => Run::apply_async(slf)?,
                Phase::Done => return Err(PyRuntimeError::new_err("the run is over")),
            };
            if let Some(stop) = stop {
                seat.close()?;
                return Ok(stop);
            }
        }
    }

    /// Whether nothing but the run itself is left to be ended.
    pub(super) fn ends_alone(&self) -> bool {
        let flights = lock(&self.flights);
        !self.settings.eager
            && flights.is_light
            && flights.running.is_empty()
            && flights.ended.is_empty()
            && !self.has_calls()
    }

    /// Goes on without the driver, until there may be chunks or the run is over; false where the driver has
    /// something to do first.
    fn go_alone(slf: &Bound<'_, Run>) -> bool {
        let run = slf.get();
        let Some(kit) = run.light_kit(slf.py()) else { return false };
        let ended = match Run::go_on(slf, kit.bind(slf.py()), None) {
            Ok(Stop::News) => return true,
            Ok(Stop::Over) if run.ends_alone() => Run::end_alone(slf).map(|()| None),
            Ok(stop) => Ok(Some(stop)),
            Err(error) => Err(error),
        };
        let due = match ended {
            Ok(None) => return true,
            Ok(Some(stop)) => stop,
            Err(error) => Stop::failed(slf.py(), error),
        };
        lock(&run.flights).due = Some(due);
        false
    }

    /// Ends a run that has nothing left to do.
    pub(super) fn end_alone(slf: &Bound<'_, Run>) -> PyResult<()> {
        if let Some(error) = Run::exit(slf, None)? {
            return Err(error);
        }
        slf.get().forget_tasks(slf.py())?;
        lock(&slf.get().flights).is_over = true;
        Ok(())
    }

    /// The loop to go on with, where the run may go on without its driver.
    fn light_kit(&self, py: Python<'_>) -> Option<Py<LoopKit>> {
        if matches!(self.phase(), Phase::Enter | Phase::Done) {
            return None;
        }
        let flights = lock(&self.flights);
        let free = flights.is_light && flights.due.is_none();
        flights.kit.as_ref().filter(|_| free).map(|kit| kit.clone_ref(py))
    }
}

#[pymethods]
impl Run {
    /// Sets the loop on which the run is driven, and whether it `is_light`: then it goes on between chunks
    /// without its driver.
    fn board(&self, kit: Py<LoopKit>, is_light: bool) {
        let old = {
            let mut flights = lock(&self.flights);
            flights.is_light = is_light;
            flights.kit.replace(kit)
        };
        drop(old);
    }

    /// Goes on to the end; false where the driver has something to do before.
    fn go_to_end(slf: &Bound<'_, Self>) -> bool {
        while Run::go_alone(slf) {}
        slf.get().is_over()
    }

    /// Whether the run has ended without its driver.
    #[getter]
    fn is_over(&self) -> bool {
        lock(&self.flights).is_over
    }

    /// Goes on until the driver has something to do. Gives what, and what belongs to it; see `Stop`.
    fn drive<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyTuple>> {
        let py = slf.py();
        let (due, kit) = {
            let mut flights = lock(&slf.get().flights);
            (flights.due.take(), flights.kit.as_ref().map(|kit| kit.clone_ref(py)))
        };
        let kit = kit.ok_or_else(|| PyRuntimeError::new_err("the run has no loop"))?;
        let stop = due.map_or_else(|| Run::go_on(slf, kit.bind(py), None), Ok)?;
        if let Stop::Waits(..) = stop {
            slf.get().note_driving(py, kit.bind(py))?;
        }
        stop.told(py)
    }

    /// The next chunk as the caller is to get it; `MISSING` where the driver has something to do first.
    fn next_ready(slf: &Bound<'_, Self>) -> PyResult<Obj> {
        let py = slf.py();
        let run = slf.get();
        if let Some(sink) = &run.settings.sink {
            loop {
                if run.hands_on() {
                    if let Some(chunk) = sink.get().next(py)? {
                        return Ok(chunk);
                    }
                }
                if !Run::go_alone(slf) {
                    break;
                }
            }
        }
        Ok(lazy::MISSING.get(py)?.clone().unbind())
    }

    /// Adds a task to the superstep that is under way.
    fn enqueue(&self, task: Py<Task>) {
        lock(&self.work.inner).inflight += 1;
        lock(&self.flights).to_start.push(task);
    }

    /// Wakes the driver, from any thread.
    fn wake(&self, py: Python<'_>) -> PyResult<()> {
        self.ring(py, false)
    }

    /// The `asyncio.Task`s of the tasks that wait.
    fn running(&self) -> Vec<Obj> {
        lock(&self.flights).running.clone()
    }

    /// Commits what has ended, in a run that is over.
    fn commit_ended(&self, py: Python<'_>) -> PyResult<()> {
        loop {
            let Some(ended) = lock(&self.flights).ended.pop_front() else { return Ok(()) };
            let error = ended.error.map(|error| PyErr::from_value(error.into_bound(py)));
            self.commit(py, &ended.task, error.as_ref())?;
        }
    }

    /// Limits how many tasks run at once by a semaphore of asyncio.
    fn set_gate(&self, gate: Obj) {
        let old = lock(&self.flights).gate.replace(gate);
        drop(old);
    }

    /// Tells the engine that a call from inside a task began (1) or ended (-1).
    fn count_call(&self, change: isize) {
        if change > 0 {
            self.calls.fetch_add(1, Ordering::SeqCst);
        } else {
            self.calls.fetch_sub(1, Ordering::SeqCst);
        }
    }

    /// Takes in how a task ended; true if its error is left to a handler.
    #[pyo3(name = "commit", signature = (task, error=None))]
    fn commit_py(&self, py: Python<'_>, task: Py<Task>, error: Option<Bound<'_, PyAny>>) -> PyResult<bool> {
        let error = error.map(PyErr::from_value);
        self.commit(py, &task, error.as_ref())
    }

    /// The task that handles a failure, or None.
    #[pyo3(name = "schedule_handler")]
    fn schedule_handler_py(slf: &Bound<'_, Self>, task: Py<Task>, error: Obj) -> PyResult<Option<Py<Task>>> {
        Run::schedule_handler(slf, &task, &error)
    }

    /// Lets go of the tasks of a run that has ended.
    fn forget_tasks(&self, py: Python<'_>) -> PyResult<()> {
        let tasks = std::mem::take(&mut self.slot.take(py)?.tasks);
        super::plan::release(tasks);
        let driver = lock(&self.driver).take();
        drop(driver);
        crate::gc::clear(&self.flights);
        Ok(())
    }

    /// The object that starts calls made from inside tasks.
    fn set_driver(&self, driver: Obj) {
        let old = lock(&self.driver).replace(driver);
        drop(old);
    }

    /// The channel objects of the graph, by name.
    #[getter]
    fn specs<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let specs = PyDict::new(py);
        for plan in &self.graph.get().channels {
            specs.set_item(&plan.name, &plan.spec)?;
        }
        Ok(specs)
    }
}
