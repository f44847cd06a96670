//! The workers: who is hungry, what is in the queue, and when to sleep.

use super::piece::Piece;
use crate::hooks;
use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

/// The longest nap of a hungry worker before it asks again.
const LONGEST_NAP: Duration = Duration::from_millis(1);
/// The shortest.
const SHORTEST_NAP: Duration = Duration::from_micros(20);
/// The address space of a worker's stack; pages are taken as they are used.
const STACK_BYTES: usize = 4 << 30;

static QUEUE: Mutex<VecDeque<Arc<Piece>>> = Mutex::new(VecDeque::new());
static BELL: Condvar = Condvar::new();
static HUNGRY: AtomicUsize = AtomicUsize::new(0);
static WANTED: AtomicUsize = AtomicUsize::new(0);
static CUTS_ALWAYS: AtomicBool = AtomicBool::new(false);
static STARTED: AtomicBool = AtomicBool::new(false);
static POOL: OnceLock<Option<rayon::ThreadPool>> = OnceLock::new();
static N_SPLITS: AtomicU64 = AtomicU64::new(0);
static IDLE_NS: AtomicU64 = AtomicU64::new(0);
static FIRST_SPLIT: OnceLock<Instant> = OnceLock::new();

/// What the workers did so far.
#[derive(Clone, Copy, Debug)]
pub struct Stats {
    /// How many workers there are.
    pub n_workers: usize,
    /// How often a range was cut.
    pub n_splits: u64,
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
pub(super) fn cuts_always() -> bool {
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

/// The life of a worker.
fn work() {
    let mut nap = SHORTEST_NAP;
    loop {
        match next() {
            Some(piece) => {
                piece.run();
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

fn next() -> Option<Arc<Piece>> {
    QUEUE.lock().unwrap_or_else(PoisonError::into_inner).pop_front()
}

/// Asks for work, and sleeps until there is some or the nap is over.
fn rest(nap: Duration) {
    let before = Instant::now();
    HUNGRY.fetch_add(1, Ordering::Relaxed);
    attention();
    let queue = QUEUE.lock().unwrap_or_else(PoisonError::into_inner);
    if queue.is_empty() {
        let woken = BELL.wait_timeout(queue, nap);
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
    if !hooks::is_cancelled() && !cuts_always() {
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
    hungry > 0 && QUEUE.lock().unwrap_or_else(PoisonError::into_inner).len() < hungry
}

/// Puts a piece where the hungry look.
pub(super) fn push(piece: Arc<Piece>) {
    FIRST_SPLIT.get_or_init(Instant::now);
    N_SPLITS.fetch_add(1, Ordering::Relaxed);
    QUEUE.lock().unwrap_or_else(PoisonError::into_inner).push_back(piece);
    BELL.notify_one();
}

/// Something is done that somebody may wait for.
pub(super) fn wake() {
    BELL.notify_all();
}

/// Runs another piece, or asks for one, while a piece runs elsewhere.
pub(super) fn help_or_wait(is_done: impl Fn() -> bool) {
    if let Some(piece) = next() {
        piece.run();
        return;
    }
    for _ in 0..200 {
        if is_done() {
            return;
        }
        std::hint::spin_loop();
    }
    rest(SHORTEST_NAP);
}
