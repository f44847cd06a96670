//! The edge's side: which unit waits for which, what each left behind, and who still wants it.

mod job;
mod submit;
mod wait;

pub use submit::{BlockRequest, CallRequest, Options};

use crate::driver;
use crate::engine::{Embedded, Engine, Event, Listener, Outcome, Passing, Processes, UnitId, Work};
use crate::future::{Future, Handle, HeldValue, Status};
use crate::hub::Nodes;
use crate::inputs::StandIn;
use crate::{proxy, reach};
use afar_runtime::fault::FaultKind;
use afar_runtime::object::exception::{self, Frame};
use afar_runtime::task::{self, Task};
use afar_runtime::{Fault, Res, Value, abi};
use job::{Job, Place};
use rustc_hash::FxHashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock, PoisonError, Weak};
use std::time::Instant;

/// Which engine a process is to use.
#[derive(Clone)]
pub enum EngineKind {
    /// In this process.
    Embedded,
    /// In this process, with everything passed through bytes.
    Wire,
    /// In processes of this machine.
    Processes(Nodes),
    /// On a cluster.
    Cluster(Arc<Processes>),
}

static KIND: Mutex<Option<EngineKind>> = Mutex::new(None);
static CLIENT: OnceLock<Client> = OnceLock::new();

/// Chooses the engine; false where blocks have run already, on another one.
pub fn set_engine(kind: EngineKind) -> bool {
    let mut chosen = KIND.lock().unwrap_or_else(PoisonError::into_inner);
    let is_in_time = CLIENT.get().is_none();
    if is_in_time {
        *chosen = Some(kind);
    }
    is_in_time
}

/// This process ends in order: a cluster need not keep what it has computed for it.
pub fn leave() {
    if let Some(EngineKind::Cluster(engine)) = &*KIND.lock().unwrap_or_else(PoisonError::into_inner) {
        engine.leave();
    }
}

/// The client of this process.
pub fn client() -> &'static Client {
    let client = CLIENT.get_or_init(|| {
        let embedded = || -> Arc<dyn Engine> { Embedded::new(Passing::Shared) };
        Client::new(match KIND.lock().unwrap_or_else(PoisonError::into_inner).clone() {
            Some(EngineKind::Wire) => Embedded::new(Passing::Bytes),
            Some(EngineKind::Processes(nodes)) => match Processes::new(nodes) {
                Ok(engine) => engine,
                // Without threads there are no nodes; what runs here is the same.
                Err(_) => embedded(),
            },
            Some(EngineKind::Cluster(engine)) => engine,
            Some(EngineKind::Embedded) | None => embedded(),
        })
    });
    client.listen();
    client
}

/// What the edge knows of its units.
#[derive(Default)]
struct Board {
    /// The units that have not ended.
    jobs: FxHashMap<UnitId, Job>,
    /// Which units wait for a future.
    waiters: FxHashMap<u64, Vec<UnitId>>,
    /// Calls by what they compute, so that equal ones share a future.
    shared: FxHashMap<[u8; 32], Known>,
    /// All futures that somebody may still ask for.
    known: Vec<Weak<Future>>,
}

/// A call that is known by what it computes.
struct Known {
    handle: Weak<Handle>,
    /// What its name says by where it lies.
    _pins: Vec<Value>,
}

/// The edge's side of an engine.
pub struct Client {
    engine: Arc<dyn Engine>,
    board: Mutex<Board>,
    bell: Condvar,
    next_id: AtomicU64,
    n_ended: AtomicU64,
    is_listening: OnceLock<()>,
}

struct Ear;

impl Listener for Ear {
    fn event(&self, event: Event) -> Res<()> {
        match CLIENT.get() {
            Some(client) => client.event(event),
            None => Ok(()),
        }
    }
}

impl Client {
    fn new(engine: Arc<dyn Engine>) -> Self {
        Self {
            engine,
            board: Mutex::default(),
            bell: Condvar::new(),
            next_id: AtomicU64::new(1),
            n_ended: AtomicU64::new(0),
            is_listening: OnceLock::new(),
        }
    }

    fn listen(&self) {
        self.is_listening.get_or_init(|| self.engine.listen(Arc::new(Ear)));
    }

    /// The engine.
    pub fn engine(&self) -> &Arc<dyn Engine> {
        &self.engine
    }

    fn board(&self) -> MutexGuard<'_, Board> {
        self.board.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn number(&self) -> u64 {
        self.next_id.fetch_add(1, Ordering::Relaxed)
    }

    /// All futures that somebody may still ask for, the oldest first.
    pub fn futures(&self) -> Vec<Arc<Future>> {
        let mut board = self.board();
        board.known.retain(|f| f.strong_count() > 0);
        board.known.iter().filter_map(Weak::upgrade).collect()
    }

    // Events.

    fn event(&self, event: Event) -> Res<()> {
        match event {
            Event::Started(id, node) => {
                let board = self.board();
                if let Some(job) = board.jobs.get(&id) {
                    for place in &job.places {
                        let mut state = place.future.state();
                        state.status = Status::Running;
                        state.node = Some(node.clone());
                        state.began = Some(Instant::now());
                    }
                }
                Ok(())
            }
            Event::Printed(id, text) => self.printed(id, text),
            Event::Ended(id, outcome) => {
                self.ended(id, outcome);
                Ok(())
            }
        }
    }

    /// What a block prints is shown at once where the edge waits for it, else kept until it does.
    fn printed(&self, id: UnitId, text: Vec<(String, bool)>) -> Res<()> {
        let mut board = self.board();
        match board.jobs.get_mut(&id) {
            Some(job) if !job.is_awaited => {
                job.printed.extend(text);
                Ok(())
            }
            // Under the lock, so that the texts of one block stay in order.
            Some(_) => show(text),
            None => Ok(()),
        }
    }

    fn ended(&self, id: UnitId, outcome: Outcome) {
        let held: Vec<Option<Arc<HeldValue>>> = outcome
            .bound
            .into_iter()
            .map(|h| h.map(|h| Arc::new(HeldValue::new(self.engine.clone(), h))))
            .collect();
        if let Some(raised) = outcome.end.as_ref().err().and_then(Fault::as_exception) {
            exception::show_elements(raised);
        }
        self.settle(id, held, outcome.end);
    }

    /// A unit has ended, or is given up: what waits for it goes on.
    fn settle(&self, id: UnitId, held: Vec<Option<Arc<HeldValue>>>, end: Res<()>) {
        let mut board = self.board();
        // One that was given up before ends for nobody.
        let Some(job) = board.jobs.remove(&id) else { return };
        let shown = show(job.printed.clone());
        let mut held = held.into_iter();
        for place in &job.places {
            self.settle_place(&job, place, held.next().flatten(), &end);
        }
        let ready = board.release_waiters(&job);
        let forgotten = board.forget(&job);
        drop(board);
        self.bell.notify_all();
        for id in ready {
            self.start(id);
        }
        // What the unit took along is let go here, not under the lock. A closed stdout is the edge's to notice.
        drop((job, shown, forgotten));
    }

    fn settle_place(&self, job: &Job, place: &Place, held: Option<Arc<HeldValue>>, end: &Res<()>) {
        let mut fault = None;
        let mut value = held;
        match end {
            // The edge gets what was bound before the raise, and then the raise.
            Err(why) if job.delivers || value.is_none() => fault = Some(end_of(why)),
            Ok(()) if value.is_none() && !job.delivers => (value, fault) = self.earlier(place),
            _ => {}
        }
        let mut state = place.future.state();
        state.status = fault.as_ref().map_or(Status::Finished, |(status, _)| *status);
        state.value = value;
        state.fault = fault.map(|(_, fault)| fault);
        state.ended = Some((Instant::now(), self.n_ended.fetch_add(1, Ordering::Relaxed)));
        if state.status == Status::Error {
            state.recipe = job.recipe();
        }
    }

    /// What a proxy stands for whose name was not bound: the earlier value, or that there is none.
    fn earlier(&self, place: &Place) -> (Option<Arc<HeldValue>>, Option<(Status, Fault)>) {
        let held = match &place.earlier {
            None => {
                let message = format!("name '{}' is not defined", place.future.label);
                Err(exception::name_error("NameError", message, &place.future.label))
            }
            Some(value) => match proxy::future_of(value) {
                Some(earlier) => {
                    let state = earlier.state();
                    match (&state.value, &state.fault) {
                        (Some(value), _) => return (Some(value.clone()), None),
                        (None, Some(fault)) => return (None, Some((state.status, fault.clone()))),
                        (None, None) => Ok(None),
                    }
                }
                None => self.engine.hold(value, place.future.id).map(Some),
            },
        };
        match held {
            Ok(held) => (held.map(|h| Arc::new(HeldValue::new(self.engine.clone(), h))), None),
            Err(fault) => (None, Some((Status::Error, fault))),
        }
    }

    /// Hands a unit to the engine, once all of its inputs are there: also those that functions behind its proxies use,
    /// which are known only then.
    fn start(&self, id: UnitId) {
        let reached = {
            let board = self.board();
            let Some(job) = board.jobs.get(&id) else { return };
            let held = job.deps.iter().filter_map(|dep| dep.0.held());
            held.flat_map(|h| h.meta.reaches.clone()).collect::<Vec<_>>()
        };
        let reached = match reach::of_names(&reached) {
            Ok(reached) => reached,
            Err(fault) => return self.settle(id, Vec::new(), Err(fault)),
        };
        let unit = {
            let mut board = self.board();
            if board.waits_for(id, &reached.handles) {
                return;
            }
            let Some(job) = board.jobs.get_mut(&id) else { return };
            let stand_ins = job.deps.iter().map(|dep| (dep.0.id, stand_in(&dep.0))).collect();
            let Some(unit) = &mut job.unit else { return };
            unit.inputs.stand_ins = stand_ins;
            for name in reached.names {
                if !unit.inputs.names.iter().any(|n| n.globals == name.globals && n.name == name.name) {
                    unit.inputs.names.push(name);
                }
            }
            unit.clone()
        };
        self.engine.submit(unit);
    }

    /// Somebody does not want a future any more.
    pub(crate) fn dropped(&self, future: &Future) {
        let content = future.state().content.take();
        let (known, is_wanted) = {
            let mut board = self.board();
            // A newer call of the same name stays.
            let is_old = |known: &Known| known.handle.strong_count() == 0;
            let known = content.filter(|key| board.shared.get(key).is_some_and(is_old));
            let known = known.and_then(|key| board.shared.remove(&key));
            let Some(job) = board.jobs.get_mut(&future.unit) else { return drop((board, known)) };
            job.n_wanted = job.n_wanted.saturating_sub(1);
            (known, job.n_wanted > 0 || job.shows || job.is_awaited)
        };
        drop(known);
        if !is_wanted {
            self.cancel(future.unit);
        }
    }

    /// Lets a value go at once, whoever still has a proxy of it; what is not computed yet is stopped.
    pub fn release(&self, future: &Future) {
        if !future.status().is_final() {
            self.cancel(future.unit);
        }
        let old = {
            let mut state = future.state();
            if state.status == Status::Finished {
                state.status = Status::Cancelled;
                state.fault = Some(Fault::exception("RuntimeError", "the value was released"));
            }
            (state.value.take(), state.recipe.take())
        };
        drop(old);
        self.bell.notify_all();
    }

    /// Runs what failed again, here and on this thread; `None` where nothing did.
    pub fn replay(&self, future: &Future) -> Option<Res> {
        let recipe = future.state().recipe.clone()?;
        let fetch = |key| self.engine.fetch(key);
        let place = match &recipe.work {
            Work::Block { keep, .. } => keep.iter().position(|n| **n == *future.label).unwrap_or(keep.len()),
            Work::Call { .. } => 0,
        };
        let task = Task { view: recipe.inputs.view(&fetch), ..task::current() };
        let ended = task::enter(task, || driver::run(&recipe, &fetch, &show));
        Some(ended.end.map(|()| ended.bound.into_iter().nth(place).flatten().unwrap_or(Value::None)))
    }

    /// Stops a unit: its futures are cancelled at once.
    pub fn cancel(&self, id: UnitId) {
        self.give_up(id, crate::engine::cancelled());
    }

    fn give_up(&self, id: UnitId, why: Fault) {
        self.settle(id, Vec::new(), Err(why));
        self.engine.cancel(id);
    }
}

impl Board {
    /// Adds to what a unit is computed from; true where it has to wait for some of it.
    fn waits_for(&mut self, id: UnitId, handles: &[Arc<Handle>]) -> bool {
        let Some(job) = self.jobs.get_mut(&id) else { return true };
        for handle in handles {
            if job.deps.iter().any(|d| d.0.id == handle.0.id) {
                continue;
            }
            job.deps.push(handle.clone());
            // What had ended before it was put on the board rings no bell.
            if !handle.0.status().is_final() {
                self.waiters.entry(handle.0.id).or_default().push(id);
                job.n_waits += 1;
            }
        }
        job.n_waits > 0
    }

    /// The units that wait for nothing any more, now that this one has ended.
    fn release_waiters(&mut self, job: &Job) -> Vec<UnitId> {
        let mut ready = Vec::new();
        for place in &job.places {
            for id in self.waiters.remove(&place.future.id).unwrap_or_default() {
                if let Some(waiter) = self.jobs.get_mut(&id) {
                    waiter.n_waits = waiter.n_waits.saturating_sub(1);
                    if waiter.n_waits == 0 {
                        ready.push(id);
                    }
                }
            }
        }
        ready
    }

    /// Errors are never kept: a call that failed is no answer to an equal one.
    fn forget(&mut self, job: &Job) -> Option<Known> {
        let key = job.content.as_ref()?;
        let has_failed = job.places.iter().any(|p| p.future.status() != Status::Finished);
        if has_failed { self.shared.remove(key) } else { None }
    }
}

/// Gives what is shown of the source of a frame: its line, and marks under it; and where an attribute was not found, marks for that.
pub type SourceLines = fn(&Frame, Option<&str>) -> Option<String>;

static LINES: OnceLock<SourceLines> = OnceLock::new();

/// Says where tracebacks find their source lines.
pub fn set_source_lines(lines: SourceLines) {
    // All sessions of a process keep their sources in one place.
    let _ = LINES.set(lines);
}

/// What is shown of the source of a frame, where the session has it.
pub(crate) fn source_line(frame: &Frame, missing: Option<&str>) -> Option<String> {
    LINES.get().and_then(|lines| lines(frame, missing))
}

/// Writes what a block printed.
fn show(text: Vec<(String, bool)>) -> Res<()> {
    text.into_iter().try_for_each(|(text, is_error)| abi::write(&text, is_error))
}

fn stand_in(future: &Future) -> StandIn {
    let state = future.state();
    match (&state.value, &state.fault) {
        (Some(held), _) => StandIn::Held(held.key),
        (None, Some(fault)) => StandIn::Failed(fault.clone()),
        (None, None) => StandIn::Failed(Fault::not_pure("internal error: a proxy without a value")),
    }
}

/// The status that an end gives, and the fault that its proxies raise: a stop is an exception that a program can catch.
fn end_of(why: &Fault) -> (Status, Fault) {
    match &*why.0 {
        FaultKind::Cancelled => {
            (Status::Cancelled, Fault::exception("RuntimeError", "the work was cancelled"))
        }
        _ => (Status::Error, why.clone()),
    }
}

/// A value with a handle of a future: what the edge binds.
pub fn proxy_value(handle: &Arc<Handle>) -> Value {
    proxy::value(handle.clone())
}
