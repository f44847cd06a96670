//! Ranges that other processes take part in.
//!
//! Every process that takes part has come to the same range: the same code with the same inputs, which purity makes one
//! computation. Each runs slices of it, from their first element on, as whoever keeps account says, and in the end all of
//! them put the same parts together in order. What a range needs travels nowhere; only what its parts came to does.
//!
//! A range that is soon done stays where it is. One whose parts hold what has an identity does, too: such a part would be
//! another one elsewhere.
//!
//! Ranges within an element of a shared range are shared as well: who has nothing left to do in the outer one runs the same element, and so
//! comes to the same inner ones.

mod taking;

use super::errand::{Errand, Given, Standing, Wish};
use super::ledger;
use super::piece::{self, Place};
use super::workers;
use crate::fault::FaultKind;
use crate::hooks::{RangeKey, Site};
use crate::{Fault, Res, Value, task};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};
pub(super) use taking::run;

/// What a range computes, as all processes call it.
pub type RangeName = [u8; 32];

/// An element of a shared range, in which another range is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Within {
    /// The outer range.
    pub range: RangeName,
    /// The element.
    pub index: i64,
}

/// Whether the work of finding out what a range computes is worth it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Worth {
    /// It has run for long: it is.
    Long,
    /// It has not begun: where its inputs are small.
    Early,
}

/// What whoever keeps account is told of a range.
pub struct Offered {
    /// What it computes.
    pub key: RangeKey,
    /// By which kinds of parts it is told from others of the same code.
    pub kind: u8,
    /// How many elements it has.
    pub len: i64,
    /// May one of them be the last that is wanted.
    pub ends_early: bool,
    /// Where it is, if not outermost.
    pub within: Option<Within>,
    /// How much finding out its name may cost.
    pub worth: Worth,
}

/// How long the elements of a range take, each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pace {
    /// Too short to be told apart.
    Fine,
    /// So long that whoever may come to take part should not have to wait for the end of one.
    Coarse,
}

/// Who has said something to a range meanwhile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Call {
    /// Nobody.
    None,
    /// Somebody wants to take part.
    Invited,
    /// There are orders.
    Orders,
}

/// What a part came to.
pub struct Part {
    /// Its first element.
    pub lo: i64,
    /// Behind its last.
    pub hi: i64,
    /// What they came to.
    pub value: Value,
    /// Where ints did not fit.
    pub sites: Vec<Site>,
}

/// What a process is to do for a range.
pub enum Order {
    /// Run these elements, one after the other, until the time is over.
    Run {
        /// The number of the slice.
        slice: u64,
        /// The first element.
        lo: i64,
        /// Behind the last.
        hi: i64,
        /// For so long.
        budget: Duration,
    },
    /// All is done: these are the parts, in order. One whose value is unbound was computed here.
    Join(Vec<Part>),
    /// This element raises, and none before it.
    Fail(i64),
    /// This element cannot be run anywhere.
    Lost(i64),
    /// Nobody takes part: all that is not done is to be done here, until somebody wants to.
    GoOn,
    /// Run this element, which somebody else runs, to take part in the ranges within it. What it comes to is not wanted.
    Assist {
        /// The element.
        index: i64,
        /// It is not wanted any more.
        cancel: Arc<AtomicBool>,
        /// Whoever shares its ranges.
        spreader: Arc<dyn Spreader>,
    },
}

/// How a slice ended.
pub enum End {
    /// All before this index is done.
    Stopped(Part, Verdict),
    /// This element has raised, and all before it have not.
    Failed(i64),
    /// What it came to is not to leave this process.
    Kept,
}

/// Does a part decide its range.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// What is behind it is wanted.
    GoesOn,
    /// Nothing behind it is.
    Decides,
}

/// Whoever shares the ranges of a unit with other processes.
pub trait Spreader: Send + Sync {
    /// A range that others may take part in. None where it is to stay here.
    fn offer(&self, range: &Offered) -> Option<Box<dyn Sharing>>;

    /// Does another process run the unit already, or the element in which a range is: then it has come to the range before, or will soon.
    fn comes_second(&self, within: Option<Within>) -> bool;

    /// What other processes want of a thread that runs a part of the unit.
    fn wish(&self, _standing: Standing) -> Wish {
        Wish::Nothing
    }

    /// Gives an expression that waits to another process; none where it is to stay here.
    fn give(&self, _given: &Given<'_>) -> Option<Box<dyn Errand>> {
        None
    }
}

/// A range that is shared.
pub trait Sharing {
    /// What the range is called.
    fn name(&self) -> RangeName;

    /// Says that this process has begun all elements before this one, and goes on by itself until it is called.
    fn begun(&mut self, under_way: i64);

    /// Says how far this process has come by itself, from the first element on, and waits for orders from here on.
    fn begin(&mut self, head: Part, pace: Pace);

    /// Waits for what is to be done.
    ///
    /// # Errors
    ///
    /// `Cancelled`.
    fn next(&mut self) -> Res<Order>;

    /// A slice wants to begin these elements next, of which all before `lo` are done; gives up to where it is to, which is no further than
    /// `lo` where it was cut before them.
    fn take(&mut self, slice: u64, lo: i64, hi: i64) -> i64;

    /// Has anybody said something meanwhile.
    fn call(&mut self) -> Call;

    /// The element is over that was run to take part in what is within it.
    fn assisted(&mut self, index: i64);

    /// A slice has ended.
    fn ended(&mut self, slice: u64, end: End, ran: Duration);
}

/// A loop that has begun so often, and was so soon done each time, is left alone.
const FEW: u64 = 8;
const SOON_NS: u64 = 5_000_000;
/// So many loops are told apart.
const N_LOOPS: usize = 1 << 10;

/// When a loop first began, in nanoseconds from the first of all, and how often it did.
struct Begun {
    first_ns: AtomicU64,
    n: AtomicU64,
}

static BEGUN: [Begun; N_LOOPS] =
    [const { Begun { first_ns: AtomicU64::new(0), n: AtomicU64::new(0) } }; N_LOOPS];

/// What the clock of a loop starts from, which becomes a range when it has run for a while: that is at once where other processes may take
/// part, so that all of them have the same range.
pub fn loop_begins(site: i64, n: i64) -> i64 {
    let now = workers::ticks().load(Ordering::Relaxed);
    let may_share = || task::spreader().is_some() && piece::place() != Place::Inside;
    if n > 1 && may_share() && is_worth_it(site) { now - LONG_AGO } else { now }
}

/// Longer ago than any loop must run before it becomes a range.
const LONG_AGO: i64 = 1 << 32;

/// Does what is at this site take long enough, as far as has been seen.
pub(super) fn is_worth_it(site: i64) -> bool {
    static START: OnceLock<Instant> = OnceLock::new();
    let now = START.get_or_init(Instant::now).elapsed().as_nanos();
    let now = u64::try_from(now).unwrap_or(u64::MAX);
    let place = usize::try_from(site.unsigned_abs().wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 54).unwrap_or(0);
    let Some(begun) = BEGUN.get(place) else { return false };
    let n = begun.n.fetch_add(1, Ordering::Relaxed);
    if n == 0 {
        begun.first_ns.store(now, Ordering::Relaxed);
    }
    n < FEW || now.saturating_sub(begun.first_ns.load(Ordering::Relaxed)) / n >= SOON_NS
}

/// Is a value made of numbers, text and containers of them alone: nothing in it has an identity that a program could see.
pub fn is_plain(value: &Value) -> bool {
    ledger::is_plain(value, 0)
}

/// Is a value small, so that to encode it takes no time.
pub fn is_light(value: &Value) -> bool {
    ledger::is_light(value)
}

/// Is a value plain, and soon looked through.
pub fn is_small(value: &Value) -> bool {
    ledger::is_small(value)
}

/// As [`is_small`], or a function, a class or a module.
pub fn is_small_or_named(value: &Value) -> bool {
    ledger::is_small_or_named(value)
}

/// Does this fault say nothing about the program: whoever else runs the same may not meet it.
pub fn is_of_this_process(fault: &Fault) -> bool {
    match &*fault.0 {
        FaultKind::Exception(_) => fault.is("MemoryError"),
        FaultKind::NotPure { .. } | FaultKind::Exit(_) => false,
        FaultKind::Cancelled | FaultKind::Widen(_) | FaultKind::NotHere => true,
    }
}
