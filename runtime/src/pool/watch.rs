//! What those who look on see of the ranges: how long each took and how often it was cut, and how far the outermost one is.
//!
//! Nothing of it is kept unless somebody asked for it before the program ran, and nothing costs more than a few instructions a
//! strip then.

use super::again::Again;
use super::workers;
use crate::clock::core_time;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicI64, AtomicU8, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// What is looked at: see [`Level`].
static LEVEL: AtomicU8 = AtomicU8::new(0);
static MEASURED: Mutex<BTreeMap<u32, Measured>> = Mutex::new(BTreeMap::new());
static GIVEN: Mutex<BTreeMap<usize, u64>> = Mutex::new(BTreeMap::new());
/// The elements of the outermost range, and how many of them are done; zero where none runs.
static TOTAL: AtomicI64 = AtomicI64::new(0);
static DONE: AtomicI64 = AtomicI64::new(0);
static BEGAN: Mutex<Option<Instant>> = Mutex::new(None);

/// What a range took, all its runs together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Measured {
    /// How often it ran.
    pub n_runs: u64,
    /// From start to end.
    pub wall: Duration,
    /// The time of cores meanwhile; zero where it ran within another range, which has it.
    pub cores: Duration,
    /// How often it was cut.
    pub n_splits: u64,
    /// How many of its parts needed the state of an iterator from outside, and ran in their turn.
    pub n_in_turn: u64,
    /// It ran within another range, or in a call that was given away.
    pub is_nested: bool,
}

/// How far the outermost range is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// How many of its elements are done.
    pub n_done: i64,
    /// How many there are.
    pub n_all: i64,
    /// How long it has run.
    pub took: Duration,
}

/// What is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Level {
    /// Nothing.
    Nothing = 0,
    /// How far the outermost range is.
    Progress = 1,
    /// What each range takes, too.
    All = 2,
}

/// From here on all ranges are measured.
pub fn measure() {
    LEVEL.fetch_max(Level::All as u8, Ordering::Relaxed);
}

/// From here on it is known how far the outermost range is.
pub fn show_progress() {
    LEVEL.fetch_max(Level::Progress as u8, Ordering::Relaxed);
}

/// What ranges took so far, by the numbers by which the compiler knows them.
pub fn measured() -> Vec<(u32, Measured)> {
    let all = MEASURED.lock().unwrap_or_else(PoisonError::into_inner);
    all.iter().map(|(range, measured)| (*range, *measured)).collect()
}

/// How often calls were given away so far, by the addresses of their bodies.
pub fn calls_given() -> Vec<(usize, u64)> {
    let all = GIVEN.lock().unwrap_or_else(PoisonError::into_inner);
    all.iter().map(|(body, n)| (*body, *n)).collect()
}

/// How far the outermost range is, where one runs.
pub fn progress() -> Option<Progress> {
    let n_all = TOTAL.load(Ordering::Relaxed);
    let began = (*BEGAN.lock().unwrap_or_else(PoisonError::into_inner))?;
    let n_done = DONE.load(Ordering::Relaxed).min(n_all);
    (n_all > 0).then(|| Progress { n_done, n_all, took: began.elapsed() })
}

/// How many workers are at work.
pub fn n_busy() -> usize {
    workers::n_busy()
}

pub(super) fn level() -> Level {
    match LEVEL.load(Ordering::Relaxed) {
        0 => Level::Nothing,
        1 => Level::Progress,
        _ => Level::All,
    }
}

/// The outermost range while it runs: whoever wants to know sees how far it is.
pub(super) struct Shown(());

impl Shown {
    /// A range of so many elements begins.
    pub(super) fn begin(n: i64) -> Self {
        *BEGAN.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
        DONE.store(0, Ordering::Relaxed);
        TOTAL.store(n, Ordering::Relaxed);
        Self(())
    }
}

impl Drop for Shown {
    fn drop(&mut self) {
        TOTAL.store(0, Ordering::Relaxed);
    }
}

/// A range that is measured while it runs.
pub(super) struct Watched {
    start: Instant,
    cores: Duration,
    is_outermost: bool,
}

impl Watched {
    /// A range begins.
    pub(super) fn begin(is_outermost: bool) -> Self {
        Self { start: Instant::now(), cores: core_time(), is_outermost }
    }

    /// It has ended, in whatever way.
    pub(super) fn end(self, again: &Again) {
        let wall = self.start.elapsed();
        let mut all = MEASURED.lock().unwrap_or_else(PoisonError::into_inner);
        let so_far = all.entry(again.range()).or_default();
        so_far.n_runs += 1;
        so_far.wall += wall;
        so_far.n_splits += again.n_splits();
        so_far.n_in_turn += again.n_in_turn();
        if self.is_outermost {
            so_far.cores += core_time().saturating_sub(self.cores);
        } else {
            so_far.is_nested = true;
        }
    }
}

/// So many more elements of the outermost range are done.
pub(super) fn advance(n: i64) {
    DONE.fetch_add(n, Ordering::Relaxed);
}

/// A call with this body was given away.
pub(super) fn gave(body: usize) {
    if level() == Level::All {
        *GIVEN.lock().unwrap_or_else(PoisonError::into_inner).entry(body).or_default() += 1;
    }
}
