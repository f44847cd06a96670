//! Parts of ranges: run strip by strip, cut when somebody is hungry, joined in order.

use super::acc::Acc;
use super::again::{Again, Strip};
use super::elements::Whole;
use super::errand;
use super::folds::Folds;
use super::fork;
use super::reduce::Reduce;
use super::sample;
use super::spread::{self, Spreader, Within};
use super::ticket::{self, Setting, Ticket};
use super::watch::{self, Level, Shown, Watched};
use super::workers::{self, Job};
use crate::abi::{self, Ctx};
use crate::budget;
use crate::task::{self, Task};
use crate::{Fault, Res, Value, stack};
use std::cell::RefCell;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

/// How long a strip should take, in nanoseconds: what lies between two polls.
pub(super) const STRIP_NS: u128 = 40_000;

/// No strip has more elements: their sum fits 64 bits where each of them is small.
pub const MAX_STRIP: i64 = 1 << 22;

/// No range that the compiler knows: it has no wider version, and its result is not kept for a unit that is run again.
pub const UNKNOWN: u32 = u32::MAX;

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
    /// So many elements are certainly soon done: no strip needs to have fewer.
    pub grain: i64,
}

/// What all parts of a range share.
#[derive(Clone, Copy)]
pub(super) struct Shared {
    env: *const Value,
    n_env: usize,
    /// How many elements there are in all parts.
    n: i64,
    pub(super) kind: Reduce,
    depth_left: i64,
    /// All of it runs on one thread.
    alone: bool,
    /// The address of the first element of a list whose length is known; 0 where there is none.
    whole: i64,
    again: *const Again,
}

impl Shared {
    pub(super) fn again(&self) -> &Again {
        // SAFETY: it lies in the frame of `run_range`, which outlives every part: see the README.
        unsafe { &*self.again }
    }

    /// Where a part begins.
    pub(super) fn acc(&self) -> Acc {
        let mut acc = Acc::new(self.kind);
        acc.whole = self.whole;
        if matches!(self.kind, Reduce::Join | Reduce::CountWords | Reduce::Fold) {
            // SAFETY: the environment lies in the frame of the function that runs the range, which outlives every part.
            let env = unsafe { std::slice::from_raw_parts(self.env, self.n_env) };
            match (self.kind, env.last()) {
                (Reduce::Join, Some(Value::Str(separator))) => acc.separator = Some(separator.clone()),
                (Reduce::CountWords, Some(Value::Str(text))) => acc.begin_words(text),
                (Reduce::Fold, Some(Value::Str(ops))) => acc.folds = Some(Box::new(Folds::new(ops.clone()))),
                _ => {}
            }
        }
        acc
    }
}

/// A part that was given away.
pub(super) struct Piece {
    shared: Shared,
    lo: i64,
    hi: i64,
    pub(super) ticket: Arc<Ticket>,
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
    /// The first element of the strip that runs.
    strip: i64,
    /// The next element that no strip has taken.
    next: i64,
    /// Where this part ends now.
    end: i64,
    /// What was given away, the highest part first.
    given: Vec<Arc<Piece>>,
    /// An address in the frame that runs it.
    at: usize,
    /// How many strips of it were taken back.
    n_aborts: u32,
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
            let part = |ctx: &Ctx| run_part(ctx, self.shared, self.lo, self.hi, self.n_aborts);
            let above = self.shared.again().above.as_ref();
            abi::with_ctx(|ctx| self.ticket.run(ctx, setting, || sample::below(above, || part(ctx))))
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
/// What the first element in order raised; `Widen` where the result is not what the code behind it takes it for.
pub fn run_range(ctx: &Ctx, code: &Code, env: &[Value], n: i64) -> Res {
    stack::check()?;
    let level = watch::level();
    if level == Level::Nothing {
        return run_whole(ctx, &Again::new(*code, false), env, n);
    }
    let is_outermost = is_outside();
    let again = Again::new(*code, is_outermost);
    let shown = is_outermost.then(|| Shown::begin(n));
    let watched = (level == Level::All).then(|| Watched::begin(is_outermost));
    let result = run_whole(ctx, &again, env, n);
    if let Some(watched) = watched {
        watched.end(&again);
    }
    drop(shown);
    result
}

fn run_whole(ctx: &Ctx, again: &Again, env: &[Value], n: i64) -> Res {
    if let Some(result) = again.recall(env, n) {
        return Ok(result);
    }
    let code = again.code();
    let (depth_left, again_at) = (ctx.depth_left.get(), std::ptr::from_ref(again));
    let mut room = match code.kind {
        Reduce::EachInt => Whole::ints(n),
        Reduce::EachFloat => Whole::floats(n),
        _ => None,
    };
    let whole = room.as_mut().map_or(0, Whole::address);
    let env_at = env.as_ptr();
    let shared = Shared {
        env: env_at,
        n_env: env.len(),
        n,
        kind: code.kind,
        depth_left,
        alone: false,
        whole,
        again: again_at,
    };
    // A list for which there is no room is refused here as soon as can be; one that lies in a file is not copied from node to node.
    let n_bytes = usize::try_from(n).unwrap_or(0).saturating_mul(8);
    let has_room = match code.kind {
        Reduce::EachInt | Reduce::EachFloat => whole != 0 && budget::fits_memory(n_bytes),
        _ => true,
    };
    let (acc, outcome) = match spreader(&code, n).filter(|_| has_room) {
        Some((spreader, within)) => spread::run(ctx, shared, n, &*spreader, within, env),
        None => run_part(ctx, shared, 0, n, 0),
    };
    match outcome {
        // What came before the element that raised may not combine: that comes first.
        Err(fault) if fault.as_exception().is_some() => acc.raised_before(code.kind).and(Err(fault)),
        Err(fault) => Err(fault),
        Ok(()) => {
            let result = match room {
                Some(room) => room.into_list(&acc.apart),
                None => acc.finish(code.kind)?,
            };
            let result = again.settle(result, env, n)?;
            again.keep(&result, env, n);
            Ok(result)
        }
    }
}

/// Does this thread run no part of a range, and no work that was given away.
pub(super) fn is_outside() -> bool {
    STACK.with_borrow(Vec::is_empty) && !ticket::is_away()
}

/// Where a range is that begins on this thread.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// In no other range that has more than one element.
    Outside,
    /// In an element of a range that other processes take part in.
    Within(Within),
    /// In a range that runs here alone.
    Inside,
}

/// Where a range is that begins on this thread.
pub(super) fn place() -> Place {
    let away_at = ticket::away_at();
    STACK.with_borrow(|stack| {
        // What was given away runs above whatever waits on this thread meanwhile.
        let own = stack.iter().rev().take_while(|part| away_at.is_none_or(|at| part.at < at));
        match own.into_iter().find(|part| part.shared.n > 1) {
            Some(part) => match part.shared.again().name() {
                Some(range) if part.next - part.strip == 1 => {
                    Place::Within(Within { range, index: part.strip })
                }
                _ => Place::Inside,
            },
            None if away_at.is_some() => Place::Inside,
            None => Place::Outside,
        }
    })
}

/// Whoever shares this range with other processes, and where it is; none where it is to stay here.
fn spreader(code: &Code, n: i64) -> Option<(Arc<dyn Spreader>, Option<Within>)> {
    let spreader = task::spreader()?;
    if n < 2 || code.range == UNKNOWN || !code.kind.is_portable() {
        return None;
    }
    match place() {
        Place::Outside => Some((spreader, None)),
        Place::Within(within) if spread::is_worth_it(i64::from(code.range)) => Some((spreader, Some(within))),
        Place::Within(_) | Place::Inside => None,
    }
}

#[inline(never)]
pub(super) fn run_part(ctx: &Ctx, shared: Shared, lo: i64, hi: i64, n_aborts: u32) -> (Acc, Res<()>) {
    let mut acc = shared.acc();
    if lo > 0 {
        acc.watch();
    }
    let mark = 0u8;
    let at = STACK.with_borrow_mut(|stack| {
        let (given, at) = (Vec::new(), ticket::address(&mark));
        stack.push(Running {
            shared,
            strip: lo,
            next: lo,
            end: hi,
            given,
            at,
            n_aborts,
            task: task::current(),
        });
        stack.len() - 1
    });
    let mut busy_ns = 0;
    let own = run_strips(ctx, shared, at, &mut acc, &mut busy_ns);
    let part = STACK.with_borrow_mut(Vec::pop);
    shared.again().count(part.as_ref().map_or(0, |r| r.next - lo), busy_ns);
    join(ctx, shared, own, acc, part.map(|r| r.given).unwrap_or_default())
}

/// Runs what is left of the part on top of the stack, which may be cut meanwhile.
fn run_strips(ctx: &Ctx, shared: Shared, at: usize, acc: &mut Acc, busy_ns: &mut u128) -> Res<()> {
    let grain = if workers::cuts_always() { 1 } else { shared.again().code().grain };
    let (mut strip, most) = (grain.max(1), shared.kind.most_elements());
    let mut before = None;
    loop {
        let Some(taken) = next_strip(at, strip.min(most)) else { return Ok(()) };
        // What is done in one strip is done before anybody asks how long it took.
        if before.is_none() && (!taken.is_last || grain <= 1) {
            before = Some(Instant::now());
        }
        let again = shared.again();
        let (lo, hi) = (taken.lo, taken.hi);
        let n_more = again.run(ctx, Strip { env: shared.env, lo, hi }, acc, taken.n_aborts)?;
        if again.is_shown {
            watch::advance(hi - lo);
        }
        if n_more > 0 {
            STACK.with_borrow_mut(|stack| stack[at].n_aborts += n_more);
        }
        if acc.is_decided(shared.kind) {
            return Ok(());
        }
        if let Some(since) = before {
            let after = Instant::now();
            let took = (after - since).as_nanos();
            before = Some(after);
            *busy_ns += took;
            if workers::cuts_always() {
                workers::start();
            } else if took < STRIP_NS / 2 && strip < most {
                strip = strip.saturating_mul(2);
            } else if took > STRIP_NS * 2 && strip > 1 {
                strip /= 2;
            }
            if *busy_ns > STRIP_NS {
                workers::start();
            }
        }
        if workers::wants_attention() {
            poll()?;
            before = before.map(|_| Instant::now());
        }
    }
}

/// Elements that a strip has taken.
struct Taken {
    lo: i64,
    hi: i64,
    /// How many strips of their part were taken back.
    n_aborts: u32,
    /// None of the part are left.
    is_last: bool,
}

/// The next elements of a part.
fn next_strip(at: usize, strip: i64) -> Option<Taken> {
    STACK.with_borrow_mut(|stack| {
        let part = stack.get_mut(at)?;
        if part.next >= part.end {
            return None;
        }
        let lo = part.next;
        part.strip = lo;
        part.next = lo.saturating_add(strip.min(MAX_STRIP)).min(part.end);
        Some(Taken { lo, hi: part.next, n_aborts: part.n_aborts, is_last: part.next == part.end })
    })
}

/// The slow path of a poll: stops what is not wanted any more, and gives work away where somebody is hungry: first here, then elsewhere.
///
/// # Errors
///
/// `Cancelled`; `Widen`, see [`errand::attend`].
pub fn poll() -> Res<()> {
    ticket::check()?;
    workers::start_in_time();
    workers::tick_if_cut();
    if workers::is_anybody_hungry() && give() {
        return Ok(());
    }
    workers::calm();
    errand::attend()
}

/// Gives away the outermost thing that waits on this thread: a call, or a part of a range. False where there is none.
pub(super) fn give() -> bool {
    let range = STACK.with_borrow(|stack| stack.iter().find(|r| r.is_divisible()).map(|r| r.at));
    let job = abi::with_ctx(|ctx| {
        let call = fork::oldest(ctx).filter(|call| range.is_none_or(|range| call.addr() > range));
        match call {
            Some(call) => Some(Job::Call(fork::give(ctx, call))),
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
        part.shared.again().was_cut();
        let piece = Arc::new(Piece {
            shared: part.shared,
            lo: middle,
            hi: part.end,
            ticket: Ticket::new(part.at),
            handling: ctx.handling.borrow().clone(),
            n_aborts: part.n_aborts,
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
            let alone = Shared { alone: true, ..shared };
            shared.again().in_turn();
            (more, result) = run_part(ctx, alone, piece.lo, piece.hi, piece.n_aborts);
        } else if outcome.is_ok() {
            piece.ticket.adopt();
        }
        if outcome.is_ok() && !acc.is_decided(shared.kind) {
            // Also of a part that raised: what came before is there.
            outcome = acc.append(shared.kind, more).and(result);
        }
    }
    (acc, outcome)
}
