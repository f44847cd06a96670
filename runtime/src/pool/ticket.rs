//! What every piece of work that was given away has: whether somebody runs it, is it still wanted, and which work it is a part of.

use super::ledger::{self, Kept};
use super::{moment, workers};
use crate::abi::Ctx;
use crate::fault::FaultKind;
use crate::task::{self, Task};
use crate::{Fault, Res, Value, hooks};
use std::cell::RefCell;
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// Nobody has taken it.
const WAITING: u8 = 0;
/// Somebody runs it, or took it back.
const TAKEN: u8 = 1;
/// Its result is there.
const DONE: u8 = 2;

/// The state of a piece of work that was given away.
pub(super) struct Ticket {
    state: AtomicU8,
    called_off: AtomicBool,
    /// That of the work which this one was cut from, where that was given away itself.
    above: Option<Arc<Ticket>>,
    /// When it was given away.
    stamp: u64,
    /// Its number, where it is computed for another process; else 0.
    guest: u64,
    /// What it has left for the next attempt of what it is a part of.
    kept: Mutex<Kept>,
}

/// Work that was given away and runs on this thread.
struct Here {
    ticket: Arc<Ticket>,
    /// An address in the frame that runs it: stacks grow down, so what is nested in it lies below.
    at: usize,
}

thread_local! {
    static HERE: RefCell<Vec<Here>> = const { RefCell::new(Vec::new()) };
}

/// What work takes along to the thread that runs it.
pub(super) struct Setting {
    pub(super) depth_left: i64,
    /// The exceptions being handled around it.
    pub(super) handling: Vec<Value>,
    /// The unit that it is a part of.
    pub(super) task: Task,
}

impl Ticket {
    /// For work that was cut from what began at this address of this thread's stack.
    pub(super) fn new(cut_from: usize) -> Arc<Self> {
        Self::of_guest(cut_from, 0)
    }

    /// For what is computed for another process on top of what began at this address.
    pub(super) fn of_guest(cut_from: usize, guest: u64) -> Arc<Self> {
        let above =
            HERE.with_borrow(|here| here.iter().rev().find(|h| h.at > cut_from).map(|h| h.ticket.clone()));
        Arc::new(Self {
            state: AtomicU8::new(WAITING),
            called_off: AtomicBool::new(false),
            above,
            stamp: moment::next_stamp(),
            guest,
            kept: Mutex::default(),
        })
    }

    fn line(&self) -> impl Iterator<Item = &Self> {
        std::iter::successors(Some(self), |t| t.above.as_deref())
    }

    /// The number of that which it is a part of, or is itself, and which is computed for another process.
    pub(super) fn guest(&self) -> Option<u64> {
        self.line().map(|t| t.guest).find(|number| *number != 0)
    }

    /// Where ints did not fit in it.
    pub(super) fn sites(&self) -> Vec<u32> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner).sites().to_vec()
    }

    pub(super) fn is_called_off(&self) -> bool {
        self.line().any(|t| t.called_off.load(Ordering::Relaxed))
    }

    pub(super) fn call_off(&self) {
        self.called_off.store(true, Ordering::Relaxed);
        workers::attention();
    }

    /// Is this work a part of that.
    pub(super) fn is_part_of(&self, other: &Self) -> bool {
        self.line().any(|t| std::ptr::eq(t, other))
    }

    pub(super) fn take(&self) -> bool {
        self.state.compare_exchange(WAITING, TAKEN, Ordering::Acquire, Ordering::Relaxed).is_ok()
    }

    /// The result is there.
    pub(super) fn finish(&self) {
        self.state.store(DONE, Ordering::Release);
        workers::wake();
    }

    pub(super) fn is_done(&self) -> bool {
        self.state.load(Ordering::Acquire) == DONE
    }

    /// Runs work that was given away on this thread, as if where it was cut from.
    #[inline(never)]
    pub(super) fn run<T>(self: &Arc<Self>, ctx: &Ctx, setting: Setting, run: impl FnOnce() -> T) -> T {
        let mark = 0u8;
        let depth = ctx.depth_left.replace(setting.depth_left);
        let handling = ctx.handling.replace(setting.handling);
        HERE.with_borrow_mut(|here| here.push(Here { ticket: self.clone(), at: address(&mark) }));
        let attempt = ledger::mark();
        let result = moment::given_at(self.stamp, || task::enter(setting.task, run));
        *self.kept.lock().unwrap_or_else(PoisonError::into_inner) = ledger::take_off(attempt);
        ctx.hand_in_counts();
        let gone = HERE.with_borrow_mut(Vec::pop);
        drop(gone);
        ctx.depth_left.set(depth);
        ctx.handling.replace(handling);
        result
    }
}

impl Ticket {
    /// Takes over, on the thread that gave the work away, what the work has left for the next attempt.
    pub(super) fn adopt(&self) {
        ledger::put_on(std::mem::take(&mut *self.kept.lock().unwrap_or_else(PoisonError::into_inner)));
    }
}

/// The number of that which runs on this thread for another process, with all that it gave away.
pub(super) fn guest() -> Option<u64> {
    HERE.with_borrow(|here| here.last().and_then(|h| h.ticket.guest()))
}

/// Does this thread run work that was given away.
pub(super) fn is_away() -> bool {
    HERE.with_borrow(|here| !here.is_empty())
}

/// The address of something in the frame that runs the work on this thread that was given away last.
pub(super) fn away_at() -> Option<usize> {
    HERE.with_borrow(|here| here.last().map(|h| h.at))
}

/// The address of something in the frame of the caller, which says what is nested in what: stacks grow down. The caller is
/// not to be inlined, since within one frame addresses say nothing.
pub(super) fn address(of_local: &u8) -> usize {
    std::ptr::from_ref(std::hint::black_box(of_local)).addr()
}

/// `Cancelled` where what runs on this thread is not wanted any more.
pub(super) fn check() -> Res<()> {
    hooks::poll()?;
    // The innermost is what runs; those around it wait for it.
    let ticket = HERE.with_borrow(|here| here.last().map(|h| h.ticket.clone()));
    if ticket.is_some_and(|t| t.is_called_off()) { Err(cancelled()) } else { Ok(()) }
}

pub(super) fn cancelled() -> Fault {
    Fault::new(FaultKind::Cancelled)
}
