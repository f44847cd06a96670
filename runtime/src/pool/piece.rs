//! Parts of ranges: run strip by strip, cut when somebody is hungry, joined in order.

use super::acc::{Acc, Reduce};
use super::fork;
use super::ticket::{self, Setting, Ticket};
use super::workers::{self, Job};
use crate::abi::{self, Ctx};
use crate::task::{self, Task};
use crate::{Fault, Res, Value};
use std::cell::RefCell;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

/// How long a strip should take, in nanoseconds: what lies between two polls.
pub(super) const STRIP_NS: u128 = 40_000;

/// The compiled body of a range: runs the elements from `lo` up to, and without, `hi`.
pub type Body = extern "C" fn(&Ctx, env: *const Value, lo: i64, hi: i64, acc: *mut Acc) -> i64;

/// What all parts of a range share.
#[derive(Clone, Copy)]
struct Shared {
    body: Body,
    env: *const Value,
    kind: Reduce,
    site: u32,
    depth_left: i64,
    /// All of it runs on one thread.
    alone: bool,
}

/// A part that was given away.
pub(super) struct Piece {
    shared: Shared,
    lo: i64,
    hi: i64,
    pub(super) ticket: Arc<Ticket>,
    handling: Vec<Value>,
    /// The unit that it is a part of.
    task: Task,
    result: Mutex<Option<(Acc, Res<()>)>>,
}

// SAFETY: the pointer is to the environment of a range, which is only read and outlives the piece: see the README.
unsafe impl Send for Piece {}
// SAFETY: as above; all that is written is behind atomics and a lock.
unsafe impl Sync for Piece {}

/// A part that runs on this worker.
struct Running {
    shared: Shared,
    /// The next element that no strip has taken.
    next: i64,
    /// Where this part ends now.
    end: i64,
    /// What was given away, the highest part first.
    given: Vec<Arc<Piece>>,
    /// An address in the frame that runs it.
    at: usize,
    /// The unit that it is a part of.
    task: Task,
}

thread_local! {
    static STACK: RefCell<Vec<Running>> = const { RefCell::new(Vec::new()) };
}

impl Piece {
    /// Runs the piece, if nobody else has taken it.
    pub(super) fn run(&self) {
        if !self.ticket.take() {
            return;
        }
        let result = if self.ticket.is_called_off() {
            (Acc::new(self.shared.kind), Err(ticket::cancelled()))
        } else {
            let setting = Setting {
                depth_left: self.shared.depth_left,
                handling: self.handling.clone(),
                task: self.task.clone(),
            };
            abi::with_ctx(|ctx| {
                self.ticket.run(ctx, setting, || run_part(ctx, self.shared, self.lo, self.hi))
            })
        };
        *self.result.lock().unwrap_or_else(PoisonError::into_inner) = Some(result);
        self.ticket.finish();
    }

    fn take_result(&self) -> (Acc, Res<()>) {
        let result = self.result.lock().unwrap_or_else(PoisonError::into_inner).take();
        result.unwrap_or_else(|| {
            (Acc::new(self.shared.kind), Err(Fault::not_pure("internal error: a part without a result")))
        })
    }
}

/// Runs the range `0..n` of a compiled body and combines its parts.
///
/// # Errors
///
/// What the first element in order raised.
pub fn run_range(ctx: &Ctx, body: Body, env: *const Value, n: i64, kind: Reduce, site: u32) -> Res {
    let shared = Shared { body, env, kind, site, depth_left: ctx.depth_left.get(), alone: false };
    let (acc, outcome) = run_part(ctx, shared, 0, n);
    match outcome {
        // What came before the element that raised may not add up: that comes first.
        Err(fault) if kind == Reduce::SumAny && fault.as_exception().is_some() => {
            acc.finish(kind).and(Err(fault))
        }
        Err(fault) => Err(fault),
        Ok(()) => acc.finish(kind),
    }
}

fn run_part(ctx: &Ctx, shared: Shared, lo: i64, hi: i64) -> (Acc, Res<()>) {
    let mark = 0u8;
    let at = STACK.with_borrow_mut(|stack| {
        let (given, at) = (Vec::new(), ticket::address(&mark));
        stack.push(Running { shared, next: lo, end: hi, given, at, task: task::current() });
        stack.len() - 1
    });
    let mut acc = Acc::new(shared.kind);
    let own = run_strips(ctx, shared, at, &mut acc);
    let given = STACK.with_borrow_mut(|stack| stack.pop()).map(|r| r.given).unwrap_or_default();
    join(ctx, shared, own, acc, given)
}

/// Runs what is left of the part on top of the stack, which may be cut meanwhile.
fn run_strips(ctx: &Ctx, shared: Shared, at: usize, acc: &mut Acc) -> Res<()> {
    let mut strip = 1i64;
    let mut busy_ns = 0u128;
    loop {
        let Some((lo, hi)) = next_strip(at, strip) else { return Ok(()) };
        let before = Instant::now();
        if (shared.body)(ctx, shared.env, lo, hi, acc) != abi::OK {
            return Err(ctx.take_fault());
        }
        if acc.is_decided(shared.kind) {
            return Ok(());
        }
        let took = before.elapsed().as_nanos();
        busy_ns += took;
        if workers::cuts_always() {
            workers::start();
        } else if took < STRIP_NS / 2 {
            strip = strip.saturating_mul(2);
        } else if took > STRIP_NS * 2 && strip > 1 {
            strip /= 2;
        }
        if busy_ns > STRIP_NS {
            workers::start();
        }
        if workers::wants_attention() {
            poll()?;
        }
    }
}

fn next_strip(at: usize, strip: i64) -> Option<(i64, i64)> {
    STACK.with_borrow_mut(|stack| {
        let part = stack.get_mut(at)?;
        if part.next >= part.end {
            return None;
        }
        let lo = part.next;
        part.next = lo.saturating_add(strip).min(part.end);
        Some((lo, part.next))
    })
}

/// The slow path of a poll: stops what is not wanted any more, and gives work away where somebody is hungry.
///
/// # Errors
///
/// `Cancelled`.
pub fn poll() -> Res<()> {
    ticket::check()?;
    workers::start_in_time();
    if !workers::is_anybody_hungry() || !give() {
        workers::calm();
    }
    Ok(())
}

/// Gives away the outermost thing that waits on this thread: a call, or a part of a range. False where there is none.
fn give() -> bool {
    let range = STACK.with_borrow(|stack| stack.iter().find(|r| r.is_divisible()).map(|r| r.at));
    let job = abi::with_ctx(|ctx| {
        let call = fork::oldest(ctx).filter(|call| range.is_none_or(|range| call.addr() > range));
        match call {
            Some(call) => fork::give(ctx, call).map(Job::Call),
            None => cut(ctx).map(Job::Piece),
        }
    });
    job.map(workers::push).is_some()
}

/// Cuts the outermost range that has something left.
fn cut(ctx: &Ctx) -> Option<Arc<Piece>> {
    STACK.with_borrow_mut(|stack| {
        let part = stack.iter_mut().find(|r| r.is_divisible())?;
        let middle = part.end - (part.end - part.next + 1) / 2;
        let piece = Arc::new(Piece {
            shared: part.shared,
            lo: middle,
            hi: part.end,
            ticket: Ticket::new(part.at),
            handling: ctx.handling.borrow().clone(),
            task: part.task.clone(),
            result: Mutex::new(None),
        });
        part.end = middle;
        part.given.push(piece.clone());
        Some(piece)
    })
}

impl Running {
    /// Is there something left to give away.
    fn is_divisible(&self) -> bool {
        self.next < self.end && !self.shared.alone && Acc::is_splittable(self.shared.kind)
    }
}

/// Combines a part with what was given away of it, in order.
fn join(ctx: &Ctx, shared: Shared, own: Res<()>, mut acc: Acc, mut given: Vec<Arc<Piece>>) -> (Acc, Res<()>) {
    let mut outcome = own;
    while let Some(piece) = given.pop() {
        if outcome.is_err() || acc.is_decided(shared.kind) {
            piece.ticket.call_off();
        }
        piece.run();
        workers::wait(&piece.ticket, || Ok(())).ok();
        let (mut more, mut result) = piece.take_result();
        if result.as_ref().is_err_and(Fault::is_not_here) && outcome.is_ok() {
            // It needs the state of an iterator, whose turn has come here.
            (more, result) = run_part(ctx, Shared { alone: true, ..shared }, piece.lo, piece.hi);
        }
        if outcome.is_ok() && !acc.is_decided(shared.kind) {
            // Also of a part that raised: what came before is there.
            outcome = acc.append(shared.kind, more, shared.site).and(result);
        }
    }
    (acc, outcome)
}
