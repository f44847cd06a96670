//! Parts of ranges: run strip by strip, cut when somebody is hungry, joined in order.

use super::acc::{Acc, Reduce};
use super::again::{Again, Strip};
use super::workers;
use crate::abi::{self, Ctx};
use crate::fault::FaultKind;
use crate::task::{self, Task};
use crate::{Fault, Res, Value, hooks};
use std::cell::RefCell;
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

/// How long a strip should take, in nanoseconds: what lies between two polls.
const STRIP_NS: u128 = 40_000;

/// The compiled body of a range: runs the elements from `lo` up to, and without, `hi`.
pub type Body = extern "C" fn(&Ctx, env: *const Value, lo: i64, hi: i64, acc: *mut Acc) -> i64;

/// A range as it was compiled.
#[derive(Clone, Copy)]
pub struct Code {
    /// Its body.
    pub body: Body,
    /// The number by which the compiler knows it.
    pub range: u32,
    /// What becomes of its elements.
    pub kind: Reduce,
    /// The site at which a sum of ints may not fit.
    pub site: u32,
}

/// What all parts of a range share.
#[derive(Clone, Copy)]
struct Shared {
    env: *const Value,
    kind: Reduce,
    depth_left: i64,
    again: *const Again,
}

impl Shared {
    fn again(&self) -> &Again {
        // SAFETY: it lies in the frame of `run_range`, which outlives every part: see the README.
        unsafe { &*self.again }
    }
}

/// Nobody has taken it.
const WAITING: u8 = 0;
/// Somebody runs it, or took it back.
const TAKEN: u8 = 1;
/// Its result is there.
const DONE: u8 = 2;

/// A part that was given away.
pub(super) struct Piece {
    shared: Shared,
    lo: i64,
    hi: i64,
    state: AtomicU8,
    called_off: AtomicBool,
    /// The part that this one was cut from was called off.
    above: Option<Arc<Piece>>,
    handling: Vec<Value>,
    /// How many strips of what it was cut from were taken back.
    n_aborts: u32,
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
    /// The piece that this is, if it was given away by somebody.
    piece: Option<Arc<Piece>>,
    /// How many strips of it were taken back.
    n_aborts: u32,
    /// The unit that it is a part of.
    task: Task,
}

thread_local! {
    static STACK: RefCell<Vec<Running>> = const { RefCell::new(Vec::new()) };
}

impl Piece {
    pub(super) fn is_called_off(&self) -> bool {
        self.called_off.load(Ordering::Relaxed) || self.above.as_ref().is_some_and(|p| p.is_called_off())
    }

    fn call_off(&self) {
        self.called_off.store(true, Ordering::Relaxed);
        workers::attention();
    }

    fn take(&self) -> bool {
        self.state.compare_exchange(WAITING, TAKEN, Ordering::Acquire, Ordering::Relaxed).is_ok()
    }

    fn is_done(&self) -> bool {
        self.state.load(Ordering::Acquire) == DONE
    }

    /// Runs the piece, if nobody else has taken it.
    pub(super) fn run(self: &Arc<Self>) {
        if !self.take() {
            return;
        }
        let result = if self.is_called_off() {
            (Acc::new(self.shared.kind), Err(cancelled()))
        } else {
            let run = |ctx: &Ctx| {
                let depth = ctx.depth_left.replace(self.shared.depth_left);
                let handling = ctx.handling.replace(self.handling.clone());
                let result = run_part(ctx, self.shared, self.lo, self.hi, Some(self));
                ctx.depth_left.set(depth);
                ctx.handling.replace(handling);
                ctx.hand_in_counts();
                result
            };
            task::enter(self.task.clone(), || abi::with_ctx(run))
        };
        *self.result.lock().unwrap_or_else(PoisonError::into_inner) = Some(result);
        self.state.store(DONE, Ordering::Release);
        workers::wake();
    }

    fn take_result(&self) -> (Acc, Res<()>) {
        let result = self.result.lock().unwrap_or_else(PoisonError::into_inner).take();
        result.unwrap_or_else(|| {
            (Acc::new(self.shared.kind), Err(Fault::not_pure("internal error: a part without a result")))
        })
    }
}

fn cancelled() -> Fault {
    Fault::new(FaultKind::Cancelled)
}

/// Runs the range `0..n` of a compiled body and combines its parts.
///
/// # Errors
///
/// What the first element in order raised; `Widen` where the result is not what the code behind it takes it for.
pub fn run_range(ctx: &Ctx, code: &Code, env: &[Value], n: i64) -> Res {
    let again = Again::new(*code);
    if let Some(result) = again.recall(env, n) {
        return Ok(result);
    }
    let depth_left = ctx.depth_left.get();
    let shared = Shared { env: env.as_ptr(), kind: code.kind, depth_left, again: &raw const again };
    let (acc, outcome) = run_part(ctx, shared, 0, n, None);
    match outcome {
        // What came before the element that raised may not combine: that comes first.
        Err(fault) if fault.as_exception().is_some() => acc.raised_before(code.kind).and(Err(fault)),
        Err(fault) => Err(fault),
        Ok(()) => {
            let result = again.settle(acc.finish(code.kind)?, env, n)?;
            again.keep(&result, env, n);
            Ok(result)
        }
    }
}

fn run_part(ctx: &Ctx, shared: Shared, lo: i64, hi: i64, piece: Option<&Arc<Piece>>) -> (Acc, Res<()>) {
    let n_aborts = piece.map_or(0, |p| p.n_aborts);
    let (given, piece, task) = (Vec::new(), piece.cloned(), task::current());
    let at = STACK.with_borrow_mut(|stack| {
        stack.push(Running { shared, next: lo, end: hi, given, piece, n_aborts, task });
        stack.len() - 1
    });
    let mut acc = Acc::new(shared.kind);
    let mut busy_ns = 0;
    let own = run_strips(ctx, shared, at, &mut acc, &mut busy_ns);
    let part = STACK.with_borrow_mut(|stack| stack.pop());
    shared.again().count(part.as_ref().map_or(0, |r| r.next - lo), busy_ns);
    join(ctx, shared, own, acc, part.map(|r| r.given).unwrap_or_default())
}

/// Runs what is left of the part on top of the stack, which may be cut meanwhile.
fn run_strips(ctx: &Ctx, shared: Shared, at: usize, acc: &mut Acc, busy_ns: &mut u128) -> Res<()> {
    let mut strip = 1i64;
    let mut before = Instant::now();
    loop {
        let Some((lo, hi, n_aborts)) = next_strip(at, strip) else { return Ok(()) };
        let n_more = shared.again().run(ctx, Strip { env: shared.env, lo, hi }, acc, n_aborts)?;
        if n_more > 0 {
            STACK.with_borrow_mut(|stack| stack[at].n_aborts += n_more);
        }
        if acc.is_decided(shared.kind) {
            return Ok(());
        }
        let after = Instant::now();
        let took = (after - before).as_nanos();
        before = after;
        *busy_ns += took;
        if took < STRIP_NS / 2 {
            strip = strip.saturating_mul(2);
        } else if took > STRIP_NS * 2 && strip > 1 {
            strip /= 2;
        }
        if *busy_ns > STRIP_NS {
            workers::start();
        }
        if workers::wants_attention() {
            poll()?;
            before = Instant::now();
        }
    }
}

/// The next elements of a part, and how many strips of it were taken back.
fn next_strip(at: usize, strip: i64) -> Option<(i64, i64, u32)> {
    STACK.with_borrow_mut(|stack| {
        let part = stack.get_mut(at)?;
        if part.next >= part.end {
            return None;
        }
        let lo = part.next;
        part.next = lo.saturating_add(strip).min(part.end);
        Some((lo, part.next, part.n_aborts))
    })
}

/// The slow path of a poll: stops what is not wanted any more, and gives work away where somebody is hungry.
///
/// # Errors
///
/// `Cancelled`.
pub fn poll() -> Res<()> {
    hooks::poll()?;
    // The innermost piece is what runs; those below it wait for it, or help with it.
    let piece = STACK.with_borrow(|stack| stack.iter().rev().find_map(|r| r.piece.clone()));
    let called_off = piece.is_some_and(|p| p.is_called_off());
    if called_off {
        return Err(cancelled());
    }
    if workers::is_anybody_hungry() {
        give();
    } else {
        workers::calm();
    }
    Ok(())
}

/// Cuts the outermost range that has something left.
pub(super) fn give() {
    let cut = STACK.with_borrow_mut(|stack| {
        let above: Vec<Option<Arc<Piece>>> = stack.iter().map(|r| r.piece.clone()).collect();
        for (i, part) in stack.iter_mut().enumerate() {
            let left = part.end - part.next;
            if left < 1 || !Acc::is_splittable(part.shared.kind) {
                continue;
            }
            let middle = part.end - (left + 1) / 2;
            let handling = abi::with_ctx(|ctx| ctx.handling.borrow().clone());
            let piece = Arc::new(Piece {
                shared: part.shared,
                lo: middle,
                hi: part.end,
                state: AtomicU8::new(WAITING),
                called_off: AtomicBool::new(false),
                n_aborts: part.n_aborts,
                above: above[..=i].iter().rev().flatten().next().cloned(),
                handling,
                task: part.task.clone(),
                result: Mutex::new(None),
            });
            part.end = middle;
            part.given.push(piece.clone());
            return Some(piece);
        }
        None
    });
    match cut {
        Some(piece) => workers::push(piece),
        None => workers::calm(),
    }
}

/// Combines a part with what was given away of it, in order.
fn join(ctx: &Ctx, shared: Shared, own: Res<()>, mut acc: Acc, mut given: Vec<Arc<Piece>>) -> (Acc, Res<()>) {
    let mut outcome = own;
    while let Some(piece) = given.pop() {
        if outcome.is_err() || acc.is_decided(shared.kind) {
            piece.call_off();
        }
        finish_piece(ctx, &piece);
        let (more, result) = piece.take_result();
        if outcome.is_ok() && !acc.is_decided(shared.kind) {
            // Also of a part that raised: what came before is there.
            outcome = acc.append(shared.kind, more).and(result);
        }
    }
    (acc, outcome)
}

/// Runs the piece if nobody has; waits for it, helping, if somebody runs it.
fn finish_piece(_ctx: &Ctx, piece: &Arc<Piece>) {
    piece.run();
    while !piece.is_done() {
        workers::help_or_wait(|| piece.is_done());
    }
}
