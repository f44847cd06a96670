//! How far the unit is that the edge waits for, as the hub has said last: for the line on the terminal.

use crate::hub::Work;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// What is older is not shown any more.
const FRESH: Duration = Duration::from_secs(1);

struct Heard {
    work: Work,
    heard: Instant,
    /// When the range that it tells of was told of first.
    began: Instant,
}

static LAST: Mutex<Option<Heard>> = Mutex::new(None);

/// How far it is, and how long that range has been told of; `None` where nobody has said anything of late.
pub fn latest() -> Option<(Work, Duration)> {
    let last = LAST.lock().unwrap_or_else(PoisonError::into_inner);
    let last = last.as_ref().filter(|last| last.heard.elapsed() < FRESH)?;
    Some((last.work, last.began.elapsed()))
}

pub(crate) fn heard(work: Work) {
    let mut last = LAST.lock().unwrap_or_else(PoisonError::into_inner);
    let heard = Instant::now();
    let same = last.as_ref().filter(|last| (last.work.unit, last.work.n_all) == (work.unit, work.n_all));
    let began = same.filter(|last| last.work.n_done <= work.n_done).map_or(heard, |last| last.began);
    *last = Some(Heard { work, heard, began });
}

/// It has ended.
pub(crate) fn ended(unit: u64) {
    let mut last = LAST.lock().unwrap_or_else(PoisonError::into_inner);
    if last.as_ref().is_some_and(|last| last.work.unit == unit) {
        *last = None;
    }
}
