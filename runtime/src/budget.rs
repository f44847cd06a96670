//! The memory budget: a size that cannot fit is refused before it is allocated, and what grows in small steps is stopped
//! where it passes the limit.
//!
//! [`Counted`] counts what the process holds. A large allocation asks [`check`] first; everything else is noticed by the
//! count, and raised by the next function of the runtime that gives a value, or at the next poll. What is large may lie in
//! files besides ([`spill`]), where a process was told so.

mod counted;
mod grown;
mod pages;
pub mod spill;

pub use counted::{Counted, forget_peak, held, peak};

use crate::fault::FaultKind;
use crate::{Fault, Res};
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};

/// In bytes; set by the session at its start.
static LIMIT: AtomicUsize = AtomicUsize::new(usize::MAX);
/// More than this is held, which nobody was told yet.
static IS_OVER: AtomicBool = AtomicBool::new(false);
/// Where that was said last: the program has what is above the limit to clean up with.
static SAID_AT: AtomicUsize = AtomicUsize::new(0);

/// The share of the limit that a program may hold above it once it was told.
const GRACE: usize = 8;
/// The smallest allocation that asks what is held already.
const LARGE: usize = 1 << 20;

/// How often the memory did not suffice.
static N_REFUSED: AtomicU64 = AtomicU64::new(0);

/// How often the memory did not suffice so far.
pub fn n_refused() -> u64 {
    N_REFUSED.load(Ordering::Relaxed)
}

/// How many units of a cluster run in this process.
static N_UNITS: AtomicUsize = AtomicUsize::new(0);

/// A unit of a cluster runs in this process for as long as this lives.
#[derive(Debug)]
pub struct Running(());

impl Running {
    /// It begins.
    pub fn begin() -> Self {
        N_UNITS.fetch_add(1, Ordering::Relaxed);
        Self(())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        N_UNITS.fetch_sub(1, Ordering::Relaxed);
    }
}

/// The memory does not suffice. Where several units run here, that says nothing about any of them, and no program may see it: whoever
/// sent them runs each by itself.
fn refusal(message: String) -> Fault {
    if N_UNITS.load(Ordering::Relaxed) > 1 {
        return Fault::new(FaultKind::Cancelled);
    }
    N_REFUSED.fetch_add(1, Ordering::Relaxed);
    Fault::memory_error(message)
}

/// Sets the limit, in bytes.
pub fn set_limit(bytes: usize) {
    LIMIT.store(bytes, Ordering::Relaxed);
}

/// The limit, in bytes.
pub fn limit() -> usize {
    LIMIT.load(Ordering::Relaxed)
}

/// Refuses an allocation of `count` items of `item_bytes` each that cannot fit. `what` names what asks, as in `list of
/// 1,000,000 items`.
///
/// # Errors
///
/// `MemoryError`; `OverflowError` for a number of items that is no length.
pub fn check(count: usize, item_bytes: usize, what: &str) -> Res<()> {
    if isize::try_from(count).is_err() {
        return Err(no_length());
    }
    let held = held();
    let room = limit().saturating_sub(held);
    match count.checked_mul(item_bytes) {
        Some(bytes) if bytes <= room || bytes < LARGE || spill::fits(bytes) => Ok(()),
        bytes => {
            let size = bytes.map_or_else(|| "more than the address space".to_owned(), human);
            let beside = if held < LARGE { String::new() } else { format!(" beside {} held", human(held)) };
            Err(refusal(format!("{what} needs {size}{beside}, the limit is {}", limits())))
        }
    }
}

/// What is said of a number of items beyond 63 bits.
pub fn no_length() -> Fault {
    Fault::exception("OverflowError", "Python int too large to convert to C ssize_t")
}

/// The limits, for people.
fn limits() -> String {
    let memory = human(limit());
    if spill::limit() == 0 { memory } else { format!("{memory}, and {} on disk", human(spill::limit())) }
}

/// Would so much fit.
pub fn fits(bytes: usize) -> bool {
    fits_memory(bytes) || spill::fits(bytes)
}

/// Would so much fit without a file.
pub fn fits_memory(bytes: usize) -> bool {
    bytes < LARGE || bytes <= limit().saturating_sub(held())
}

/// What is held has changed by a good deal.
fn note_held(held: usize) {
    let limit = limit();
    if held <= limit {
        if SAID_AT.load(Ordering::Relaxed) != 0 {
            SAID_AT.store(0, Ordering::Relaxed);
        }
        if IS_OVER.load(Ordering::Relaxed) {
            IS_OVER.store(false, Ordering::Relaxed);
        }
        return;
    }
    let is_said = SAID_AT.load(Ordering::Relaxed) != 0;
    if !is_said || held > limit.saturating_add(limit / GRACE) {
        IS_OVER.store(true, Ordering::Relaxed);
        crate::hooks::look();
    }
}

/// Does the process hold more than the limit, which was not said yet.
#[inline]
pub fn is_over() -> bool {
    IS_OVER.load(Ordering::Relaxed)
}

/// `MemoryError`, where the process holds more than the limit. Said once, until what is held shrinks or grows again by much.
///
/// # Errors
///
/// That.
#[cold]
pub fn raise_over() -> Res<()> {
    if !IS_OVER.swap(false, Ordering::Relaxed) {
        return Ok(());
    }
    let held = held();
    if held <= limit() {
        return Ok(());
    }
    SAID_AT.store(held, Ordering::Relaxed);
    Err(refusal(format!("{} are held here, the limit is {}", human(held), limits())))
}

/// A size as people read it: `5.3 MB`.
pub fn human(bytes: usize) -> String {
    const UNITS: [&str; 5] = ["bytes", "KB", "MB", "GB", "TB"];
    #[expect(clippy::cast_precision_loss, reason = "one decimal is shown")]
    let mut size = bytes as f64;
    let mut unit = 0;
    while size >= 1000.0 && unit + 1 < UNITS.len() {
        size /= 1000.0;
        unit += 1;
    }
    if unit == 0 { format!("{bytes} bytes") } else { format!("{size:.1} {}", UNITS[unit]) }
}
