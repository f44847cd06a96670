//! The workers: who is hungry, what is in the queue, and when to sleep.

use super::fork::Call;
use super::piece::Piece;
use super::sample::{self, State};
use super::ticket::Ticket;
use crate::{Res, hooks};
use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

/// The longest nap of a hungry worker before it asks again.
const LONGEST_NAP: Duration = Duration::from_millis(1);
/// The shortest.
const SHORTEST_NAP: Duration = Duration::from_micros(20);
/// The address space of a worker's stack; pages are taken as they are used.
const STACK_BYTES: usize = 4 << 30;

/// Something that was given away.
pub(super) enum Job {
    /// A part of a range.
    Piece(Arc<Piece>),
    /// An expression that waited for its turn.
    Call(Arc<Call>),
}

impl Job {
    fn ticket(&self) -> &Ticket {
        match self {
            Self::Piece(piece) => &piece.ticket,
            Self::Call(call) => &call.ticket,
        }
    }

    fn run(&self) {
        match self {
            Self::Piece(piece) => piece.run(),
            Self::Call(call) => call.run(),
        }
    }
}

/// How often hungry workers have asked for work.
static TICKS: AtomicI64 = AtomicI64::new(0);
static QUEUE: Mutex<VecDeque<Job>> = Mutex::new(VecDeque::new());
static BELL: Condvar = Condvar::new();
static HUNGRY: AtomicUsize = AtomicUsize::new(0);
static WANTED: AtomicUsize = AtomicUsize::new(0);
static CUTS_ALWAYS: AtomicBool = AtomicBool::new(false);
/// How many of the hungry wait for something that runs elsewhere, and find nothing in the queue that is a part of it.
static STARVING: AtomicUsize = AtomicUsize::new(0);
static STARTED: AtomicBool = AtomicBool::new(false);
/// There is code whose calls may be given away.
static EXPECTED: AtomicBool = AtomicBool::new(false);
static FIRST_POLL: OnceLock<Instant> = OnceLock::new();
static POOL: OnceLock<Option<rayon::ThreadPool>> = OnceLock::new();
static N_SPLITS: AtomicU64 = AtomicU64::new(0);
static N_CALLS: AtomicU64 = AtomicU64::new(0);
static IDLE_NS: AtomicU64 = AtomicU64::new(0);
/// How many workers have begun.
static N_AT_WORK: AtomicUsize = AtomicUsize::new(0);
static FIRST_SPLIT: OnceLock<Instant> = OnceLock::new();

/// What the workers did so far.
#[derive(Clone, Copy, Debug)]
pub struct Stats {
    /// How many workers there are.
    pub n_workers: usize,
    /// How often a range was cut.
    pub n_splits: u64,
    /// How often a call was given away.
    pub n_calls: u64,
    /// Time that workers spent looking for work or asleep since the first split, summed over them, in nanoseconds.
    pub idle_ns: u64,
    /// Time since the first split, in nanoseconds.
    pub wall_ns: u64,
}

/// Counters since the process began.
pub fn stats() -> Stats {
    Stats {
        n_workers: n_workers(),
        n_splits: N_SPLITS.load(Ordering::Relaxed),
        n_calls: N_CALLS.load(Ordering::Relaxed),
        idle_ns: IDLE_NS.load(Ordering::Relaxed),
        wall_ns: FIRST_SPLIT.get().map_or(0, |at| u64::try_from(at.elapsed().as_nanos()).unwrap_or(u64::MAX)),
    }
}

/// Sets the number of workers, the calling thread included; 1 for no splitting at all. Counts before the pool has started only.
pub fn configure(n: usize) {
    WANTED.store(n, Ordering::Relaxed);
}

/// Cuts every range at every poll, whether somebody wants work or not: what tests hold uncut ranges against.
pub fn cut_always(is_on: bool) {
    CUTS_ALWAYS.store(is_on, Ordering::Relaxed);
    if is_on {
        attention();
    }
}

/// Is every range cut at every poll.
pub fn cuts_always() -> bool {
    CUTS_ALWAYS.load(Ordering::Relaxed)
}

/// The number of workers.
pub fn n_workers() -> usize {
    match WANTED.load(Ordering::Relaxed) {
        0 => std::thread::available_parallelism().map_or(1, usize::from),
        n => n,
    }
}

/// Starts the workers, once.
pub(super) fn start() {
    if STARTED.load(Ordering::Relaxed) || STARTED.swap(true, Ordering::Relaxed) {
        return;
    }
    let n = n_workers();
    if n < 2 {
        return;
    }
    let pool = POOL.get_or_init(|| {
        rayon::ThreadPoolBuilder::new()
            .num_threads(n - 1)
            .stack_size(STACK_BYTES)
            .start_handler(|_| crate::stack::own(STACK_BYTES))
            .thread_name(|i| format!("worker {}", i + 1))
            .build()
            .ok()
    });
    if let Some(pool) = pool {
        for _ in 1..n {
            pool.spawn(work);
        }
    }
}

/// How often workers without work have asked for some, and slept since: what passes of that while a loop runs tells whether it
/// is worth being given away. Where everything is cut, each poll counts.
pub fn ticks() -> &'static AtomicI64 {
    &TICKS
}

pub(super) fn tick_if_cut() {
    if cuts_always() {
        TICKS.fetch_add(1, Ordering::Relaxed);
    }
}

/// Code was made whose calls may be given away: the workers are to start when such a program has run for a while.
pub fn expect_calls() {
    if !EXPECTED.swap(true, Ordering::Relaxed) {
        attention();
    }
}

/// Starts the workers where they are expected, a strip's time after the first poll: no time is asked for once they are there.
pub(super) fn start_in_time() {
    if is_start_due() && FIRST_POLL.get_or_init(Instant::now).elapsed().as_nanos() > super::piece::STRIP_NS {
        start();
    }
}

fn is_start_due() -> bool {
    EXPECTED.load(Ordering::Relaxed) && !STARTED.load(Ordering::Relaxed)
}

/// How many workers are at work.
pub(super) fn n_busy() -> usize {
    if STARTED.load(Ordering::Relaxed) {
        n_workers().saturating_sub(HUNGRY.load(Ordering::Relaxed)).max(1)
    } else {
        1
    }
}

/// The life of a worker.
fn work() {
    sample::join(1 + N_AT_WORK.fetch_add(1, Ordering::Relaxed));
    let mut nap = SHORTEST_NAP;
    loop {
        match next() {
            Some(job) => {
                job.run();
                nap = SHORTEST_NAP;
            }
            None => {
                rest(nap);
                nap = (nap * 2).min(LONGEST_NAP);
                rayon::yield_now();
            }
        }
    }
}

fn next() -> Option<Job> {
    QUEUE.lock().unwrap_or_else(PoisonError::into_inner).pop_front()
}

/// The next that is a part of other work.
fn next_part_of(ticket: &Ticket) -> Option<Job> {
    let mut queue = QUEUE.lock().unwrap_or_else(PoisonError::into_inner);
    let at = queue.iter().position(|job| job.ticket().is_part_of(ticket))?;
    queue.remove(at)
}

/// Asks for work, and sleeps until there is some or the nap is over.
fn rest(nap: Duration) {
    let before = Instant::now();
    HUNGRY.fetch_add(1, Ordering::Relaxed);
    TICKS.fetch_add(1, Ordering::Relaxed);
    attention();
    let queue = QUEUE.lock().unwrap_or_else(PoisonError::into_inner);
    if queue.is_empty() {
        let woken = sample::during(State::Idle, || BELL.wait_timeout(queue, nap));
        drop(woken.unwrap_or_else(PoisonError::into_inner));
    } else {
        drop(queue);
    }
    HUNGRY.fetch_sub(1, Ordering::Relaxed);
    if FIRST_SPLIT.get().is_some() {
        let ns = u64::try_from(before.elapsed().as_nanos()).unwrap_or(0);
        IDLE_NS.fetch_add(ns, Ordering::Relaxed);
    }
}

/// Does anybody want a look.
pub(super) fn wants_attention() -> bool {
    hooks::attention_flag().load(Ordering::Relaxed)
}

/// Asks every busy worker for a look at its next poll.
pub(super) fn attention() {
    hooks::attention_flag().store(true, Ordering::Relaxed);
}

/// Nothing to look at.
pub(super) fn calm() {
    if !hooks::is_cancelled() && !cuts_always() && !is_start_due() {
        hooks::attention_flag().store(false, Ordering::SeqCst);
        // Somebody may have been asked to stop in between.
        if hooks::is_cancelled() {
            attention();
        }
    }
}

/// Does a worker want work that is not in the queue already.
pub(super) fn is_anybody_hungry() -> bool {
    if cuts_always() {
        return true;
    }
    let hungry = HUNGRY.load(Ordering::Relaxed);
    if hungry == 0 {
        return false;
    }
    // Those that wait for something cannot take all that is in the queue.
    let enough = if STARVING.load(Ordering::Relaxed) > 0 { 2 * n_workers() } else { hungry };
    QUEUE.lock().unwrap_or_else(PoisonError::into_inner).len() < enough
}

/// Puts something where the hungry look.
pub(super) fn push(job: Job) {
    FIRST_SPLIT.get_or_init(Instant::now);
    let counter = match job {
        Job::Piece(_) => &N_SPLITS,
        Job::Call(_) => &N_CALLS,
    };
    counter.fetch_add(1, Ordering::Relaxed);
    QUEUE.lock().unwrap_or_else(PoisonError::into_inner).push_back(job);
    BELL.notify_one();
}

/// Something is done that somebody may wait for.
pub(super) fn wake() {
    BELL.notify_all();
}

/// Waits for something that runs elsewhere, and helps with what is a part of it. Nothing else is run meanwhile: it might
/// never end, where what waits here would have called it off.
///
/// # Errors
///
/// What `check` says meanwhile.
pub(super) fn wait(ticket: &Ticket, check: impl Fn() -> Res<()>) -> Res<()> {
    let mut nap = SHORTEST_NAP;
    while !ticket.is_done() {
        if let Some(job) = next_part_of(ticket) {
            job.run();
            nap = SHORTEST_NAP;
            continue;
        }
        if (0..200).any(|_| {
            std::hint::spin_loop();
            ticket.is_done()
        }) {
            break;
        }
        check()?;
        STARVING.fetch_add(1, Ordering::Relaxed);
        rest(nap);
        STARVING.fetch_sub(1, Ordering::Relaxed);
        nap = (nap * 2).min(LONGEST_NAP);
    }
    Ok(())
}
