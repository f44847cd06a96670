//! Calls that wait for their turn, which a worker without work may take: `f(n - 1) + f(n - 2)`.
//!
//! Before the first call, compiled code puts a record of the later expression into its frame and links it to those that wait
//! already; after it, the record is unlinked and the expression is computed in place, as if there had been no record. Only
//! where somebody was hungry meanwhile was it given away, by this thread itself, at a poll: so linking and unlinking are
//! plain stores. See the README beside this file.

use super::errand::{self, Errand, Guest};
use super::ticket::{self, Setting, Ticket};
use super::{sample, workers};
use crate::abi::{self, Ctx};
use crate::task::{self, Task};
use crate::{Fault, Res, Value};
use std::cell::{Cell, RefCell};
use std::sync::{Arc, Mutex, PoisonError};

/// The compiled body of an expression that waits: takes what it captured, writes the components of its value.
type Body = extern "C" fn(&Ctx, captured: *const Value, results: *mut Value) -> i64;

/// An expression that waits for its turn, in the frame of the function that it belongs to.
#[repr(C)]
pub struct Record {
    /// The one that was put before it.
    prev: *mut Record,
    /// The one that was put behind it last.
    next: *mut Record,
    /// The address of its [`Body`]; once it is given away, what [`Arc::into_raw`] gave of its [`Call`], or null where it is
    /// to stay.
    body: *const (),
    /// The shape, see [`Shape`]; 0 once it is given away, which none is.
    shape: u64,
    /// How many more calls could nest around the frame.
    depth_left: i64,
    /// How many wait before it.
    ordinal: i64,
    /// What it captured: bits of numbers, addresses of values.
    captured: [u64; 0],
}

impl Record {
    /// Offset of `prev`.
    pub const PREV: usize = std::mem::offset_of!(Record, prev);
    /// Offset of `next`.
    pub const NEXT: usize = std::mem::offset_of!(Record, next);
    /// Offset of `body`.
    pub const BODY: usize = std::mem::offset_of!(Record, body);
    /// Offset of `shape`.
    pub const SHAPE: usize = std::mem::offset_of!(Record, shape);
    /// Offset of `depth_left`.
    pub const DEPTH_LEFT: usize = std::mem::offset_of!(Record, depth_left);
    /// Offset of `ordinal`.
    pub const ORDINAL: usize = std::mem::offset_of!(Record, ordinal);
    /// Offset of the first word that was captured.
    pub const CAPTURED: usize = std::mem::offset_of!(Record, captured);
}

/// What kind of value a captured word stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Word {
    /// A 64-bit integer.
    Int,
    /// The bits of a float.
    Float,
    /// A boolean.
    Bool,
    /// The address of a value that the frame keeps alive.
    Value,
}

/// What an expression that waits captured and gives, in one word: two counts of a byte each, of which the
/// first has its highest bit set, then two bits a captured word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shape(pub u64);

impl Shape {
    /// How many words may be captured.
    const MAX_CAPTURED: usize = 24;

    /// The shape of these words and this many components of the result; `None` for more than there is room for.
    pub fn new(captured: &[Word], n_results: usize) -> Option<Self> {
        if captured.len() > Self::MAX_CAPTURED {
            return None;
        }
        let mut bits = 1 << 7 | u64::try_from(captured.len()).ok()?;
        bits |= u64::from(u8::try_from(n_results).ok()?) << 8;
        for (i, word) in captured.iter().enumerate() {
            let kind = match word {
                Word::Int => 0u64,
                Word::Float => 1,
                Word::Bool => 2,
                Word::Value => 3,
            };
            bits |= kind << (16 + 2 * i);
        }
        Some(Self(bits))
    }

    fn n_results(self) -> usize {
        usize::from((self.0 >> 8) as u8)
    }

    fn captured(self) -> impl Iterator<Item = Word> {
        (0..usize::from(self.0 as u8 & 0x7f)).map(move |i| match (self.0 >> (16 + 2 * i)) & 3 {
            0 => Word::Int,
            1 => Word::Float,
            2 => Word::Bool,
            _ => Word::Value,
        })
    }
}

/// Where so many wait that nobody has taken, calls below them are as good as none: what calls itself goes on without records
/// until some of them are given away.
const PLENTY: i64 = 8;

/// The expressions that wait on one thread, oldest first. Compiled code reads `top` and `enough`, and writes `top`.
#[repr(C)]
pub struct Waiting {
    /// The newest.
    top: Cell<*mut Record>,
    /// The newest of those that were given away. All older ones were, too: the oldest goes first.
    given: Cell<*mut Record>,
    /// The ordinal from which on there are enough behind `given`.
    enough: Cell<i64>,
    /// Stands before the first.
    bottom: Box<Cell<Record>>,
    /// The result of the last one that ran elsewhere.
    results: RefCell<Vec<Value>>,
}

impl Waiting {
    /// Offset of `top`.
    pub const TOP: usize = std::mem::offset_of!(Waiting, top);
    /// Offset of `enough`.
    pub const ENOUGH: usize = std::mem::offset_of!(Waiting, enough);

    /// None.
    pub fn new() -> Self {
        let (none, body) = (std::ptr::null_mut(), std::ptr::null());
        let (shape, depth_left, ordinal) = (0, 0, 0);
        let bottom = Record { prev: none, next: none, body, shape, depth_left, ordinal, captured: [] };
        let bottom = Box::new(Cell::new(bottom));
        let first = bottom.as_ptr();
        let (top, given, enough) = (Cell::new(first), Cell::new(first), Cell::new(PLENTY));
        Self { top, given, enough, bottom, results: RefCell::default() }
    }

    /// From here on this is the newest that was given away.
    ///
    /// # Safety
    ///
    /// It is `bottom`, or a record whose frame is alive and that compiled code has filled in.
    unsafe fn set_given(&self, newest: *mut Record) {
        self.given.set(newest);
        // SAFETY: the caller's.
        self.enough.set(unsafe { (*newest).ordinal } + PLENTY);
    }
}

impl Default for Waiting {
    fn default() -> Self {
        Self::new()
    }
}

/// An expression that was given away.
pub(super) struct Call {
    body: Body,
    captured: Vec<Value>,
    n_results: usize,
    depth_left: i64,
    task: Task,
    pub(super) ticket: Arc<Ticket>,
    /// Where it stands, for a profile.
    above: Option<Arc<[u32]>>,
    /// Another process computes it.
    errand: Option<Box<dyn Errand>>,
    result: Mutex<Option<Res<Vec<Value>>>>,
}

impl Call {
    /// Computes it, if nobody else has taken it.
    pub(super) fn run(&self) {
        if !self.ticket.take() {
            return;
        }
        let result = if self.ticket.is_called_off() {
            Err(ticket::cancelled())
        } else {
            abi::with_ctx(|ctx| self.run_here(ctx))
        };
        *self.result.lock().unwrap_or_else(PoisonError::into_inner) = Some(result);
        self.ticket.finish();
    }

    /// It is not wanted any more.
    fn call_off(&self) {
        self.ticket.call_off();
        if let Some(errand) = &self.errand {
            errand.call_off();
        }
    }

    fn run_here(&self, ctx: &Ctx) -> Res<Vec<Value>> {
        // It is given away only where no exception is being handled.
        let setting = Setting { depth_left: self.depth_left, handling: Vec::new(), task: self.task.clone() };
        let mut results = vec![Value::Unbound; self.n_results];
        let run = || (self.body)(ctx, self.captured.as_ptr(), results.as_mut_ptr());
        match self.ticket.run(ctx, setting, || sample::below(self.above.as_ref(), run)) {
            abi::OK => Ok(results),
            _ => Err(ctx.take_fault()),
        }
    }
}

/// The oldest expression that waits on this thread and may be given away. Not while an exception is being handled: how many
/// were when it began to wait, which its own exceptions would show, is not known.
pub(super) fn oldest(ctx: &Ctx) -> Option<*mut Record> {
    let waiting = &ctx.waiting;
    if waiting.given.get() == waiting.top.get() || !ctx.handling.borrow().is_empty() {
        return None;
    }
    // SAFETY: `given` is `bottom` or a record that is linked, whose frame is alive; it is not the newest, so the one behind it
    // has been linked, and what was linked behind it last is still there.
    Some(unsafe { (*waiting.given.get()).next })
}

/// Gives away the oldest expression that waits.
pub(super) fn give(ctx: &Ctx, oldest: *mut Record) -> Arc<Call> {
    let call = Arc::new(copy(oldest));
    leave(ctx, oldest, call.clone());
    call
}

/// Gives the oldest expression that waits to another process, if `give` does: it gets the address of the body, what that captured, how many
/// more calls may nest in it, and the number of that which it is a part of, where that is computed for another process.
pub(super) fn give_to(
    ctx: &Ctx,
    oldest: *mut Record,
    give: impl FnOnce(usize, &[Value], i64, Option<u64>) -> Option<Box<dyn Errand>>,
) -> bool {
    let mut call = copy(oldest);
    let body = body_of(oldest);
    call.errand = give(body, &call.captured, call.depth_left, call.ticket.guest());
    let is_given = call.errand.is_some();
    if is_given {
        leave(ctx, oldest, Arc::new(call));
    }
    is_given
}

fn body_of(record: *mut Record) -> usize {
    // SAFETY: the record is linked, so its frame is alive and compiled code has filled it in.
    unsafe { (*record).body.addr() }
}

/// What tells an expression that waits from others at the same place in the stack, as far as is seen at once.
pub(super) fn marks(record: *mut Record) -> (usize, usize, i64, u64) {
    // SAFETY: as in `body_of`; only this thread uses it.
    let of = unsafe { &*record };
    let has_words = Shape(of.shape).captured().next().is_some();
    // SAFETY: compiled code has written as many words behind the record as its shape says.
    let first = if has_words { unsafe { (&raw const of.captured).cast::<u64>().read() } } else { 0 };
    (record.addr(), of.body.addr(), of.depth_left, first)
}

/// A call that computes an expression that waits, whatever becomes of its frame.
fn copy(oldest: *mut Record) -> Call {
    // SAFETY: the record is linked, so its frame is alive and compiled code has filled it in; only this thread uses it.
    let record = unsafe { &mut *oldest };
    let shape = Shape(record.shape);
    let first = (&raw const record.captured).cast::<u64>();
    let captured = shape
        .captured()
        .enumerate()
        .map(|(i, word)| {
            // SAFETY: compiled code has written as many words behind the record as its shape says.
            let bits = unsafe { first.add(i).read() };
            match word {
                Word::Int => Value::Int(bits.cast_signed()),
                Word::Float => Value::Float(f64::from_bits(bits)),
                Word::Bool => Value::Bool(bits != 0),
                // SAFETY: the frame keeps the value at this address alive, and does not write it, while the record is linked.
                Word::Value => unsafe {
                    (*std::ptr::with_exposed_provenance::<Value>(bits as usize)).clone()
                },
            }
        })
        .collect();
    Call {
        // SAFETY: compiled code has put the address of a body that the code generator made with this signature.
        body: unsafe { std::mem::transmute::<*const (), Body>(record.body) },
        captured,
        n_results: shape.n_results(),
        depth_left: record.depth_left - 1,
        task: task::current(),
        ticket: Ticket::new(oldest.addr()),
        above: sample::above(oldest.addr()),
        errand: None,
        result: Mutex::new(None),
    }
}

/// Leaves the call in the record that it was given away as.
fn leave(ctx: &Ctx, oldest: *mut Record, call: Arc<Call>) {
    super::watch::gave(body_of(oldest));
    // SAFETY: as in `copy`.
    let record = unsafe { &mut *oldest };
    record.body = Arc::into_raw(call).cast();
    record.shape = 0;
    // SAFETY: as above.
    unsafe { ctx.waiting.set_given(oldest) };
}

/// Computes something for another process, on top of what this thread runs. What waits below it is nobody's meanwhile: the other process has
/// the same.
pub(super) fn run_guest(ctx: &Ctx, guest: &Guest, ticket: &Arc<Ticket>) -> Res<Vec<Value>> {
    let body = std::ptr::with_exposed_provenance::<()>(guest.body);
    let call = Call {
        // SAFETY: the address is that of a body which the code generator made with this signature; its code is never freed.
        body: unsafe { std::mem::transmute::<*const (), Body>(body) },
        captured: guest.captured.clone(),
        n_results: guest.n_results,
        depth_left: guest.depth_left,
        task: task::current(),
        ticket: ticket.clone(),
        above: sample::above(0),
        errand: None,
        result: Mutex::new(None),
    };
    let waiting = &ctx.waiting;
    let given = waiting.given.get();
    // SAFETY: the newest is linked, or `bottom`.
    unsafe { waiting.set_given(waiting.top.get()) };
    let result = call.run_here(ctx);
    // SAFETY: what was given away before is below the frames of the call, so it is still there.
    unsafe { waiting.set_given(given) };
    result
}

/// Takes from the newest record that was given away what it was given away as.
fn take_back(ctx: &Ctx) -> Arc<Call> {
    let record = ctx.waiting.given.get();
    // SAFETY: whoever asks has met a record that was given away, so this is one; its frame is alive, and `give` has left a
    // count on the call in it, which is taken here, once, since the record is no longer among the given ones.
    unsafe {
        ctx.waiting.set_given((*record).prev);
        Arc::from_raw((*record).body.cast::<Call>())
    }
}

/// The turn has come of the expression that was given away last: waits for it where somebody computes it. False where it is to be
/// computed in place.
///
/// # Errors
///
/// What it raised.
pub fn join(ctx: &Ctx) -> Res<bool> {
    let call = take_back(ctx);
    if let Some(errand) = &call.errand {
        let results = errand::join(ctx, &**errand, (call.body as *const ()).addr())?;
        let is_there = results.is_some();
        ctx.waiting.results.replace(results.unwrap_or_default());
        return Ok(is_there);
    }
    if call.ticket.take() {
        return Ok(false);
    }
    if let Err(fault) = workers::wait(&call.ticket, ticket::check) {
        call.ticket.call_off();
        return Err(fault);
    }
    let result = call.result.lock().unwrap_or_else(PoisonError::into_inner).take();
    match result.unwrap_or_else(|| Err(Fault::not_pure("internal error: a call without a result"))) {
        Ok(results) => {
            ctx.waiting.results.replace(results);
            Ok(true)
        }
        // It needs the state of an iterator, whose turn has come here.
        Err(fault) if fault.is_not_here() => Ok(false),
        Err(fault) => {
            call.ticket.adopt();
            Err(fault)
        }
    }
}

/// A component of the result of the last [`join`].
pub fn result(ctx: &Ctx, at: i64) -> Value {
    let at = usize::try_from(at).unwrap_or(usize::MAX);
    ctx.waiting.results.borrow_mut().get_mut(at).map(std::mem::take).unwrap_or_default()
}

/// A frame is left with a fault: its expressions do not wait any more, and those that run elsewhere are not wanted.
pub fn abandon(ctx: &Ctx, frame: usize, n_bytes: usize) {
    let waiting = &ctx.waiting;
    loop {
        let top = waiting.top.get();
        if !(frame..frame + n_bytes).contains(&top.addr()) {
            return;
        }
        if waiting.given.get() == top {
            take_back(ctx).call_off();
        }
        // SAFETY: the frame of the newest record is the one that is being left, which is still there.
        waiting.top.set(unsafe { (*top).prev });
    }
}
