//! The border to compiled code: the context it runs in, statuses, and the one table of functions that it may call.

#![expect(unsafe_code, reason = "compiled code passes runs of values by their first one")]

mod globals;
mod held;
pub mod libm;
pub mod native;
mod output;
mod shims;
mod table;

pub use globals::{Found, Globals, View, epoch, globals, globals_named, proxied_names, view_id};
pub use output::{PRINT, Sink, Stream, capture, flush, set_sink, write};
pub use shims::*;
pub use table::{Kind, Out, RtInfo};

use crate::fault::FaultKind;
use crate::object::exception::{self, Frame};
use crate::pool::fork::Waiting;
use crate::{Fault, Value};
use std::cell::{Cell, RefCell};
use std::sync::RwLock;
use std::sync::atomic::{AtomicU64, Ordering};

/// What compiled code answers: done.
pub const OK: i64 = 0;
/// What compiled code answers: `Ctx::fault` says why not.
pub const FAULT: i64 = 1;

/// A name that is not bound: a local variable of the function that reads it.
pub const UNBOUND_LOCAL: i64 = 0;
/// A name that is not bound: one of the edge.
pub const UNBOUND_GLOBAL: i64 = 1;
/// A name that is not bound: a local variable of what is around the function, comprehension or class that reads it.
pub const UNBOUND_FREE: i64 = 2;

/// The state of one thread that runs compiled code. Compiled code reads the first fields.
#[repr(C)]
pub struct Ctx {
    /// How many more calls may nest.
    pub depth_left: Cell<i64>,
    /// The place from which a fault goes on its way out.
    pub place: Cell<i64>,
    /// The status of the last call that left all registers as they were.
    pub status: Cell<i64>,
    /// How many instructions ran, where they are counted.
    pub n_insts: Cell<u64>,
    /// How many of them worked on boxed values.
    pub n_boxed: Cell<u64>,
    /// The innermost function that runs, where that is kept.
    pub frame: Cell<*const crate::pool::sample::Frame>,
    /// The expressions that wait for their turn.
    pub waiting: Waiting,
    /// Why the last operation has no value.
    fault: Cell<Option<Fault>>,
    /// What a generator is resumed with.
    pub resume: Cell<Option<crate::iter::Resume>>,
    /// What a generator returned.
    pub returned: Cell<Value>,
    /// The exceptions being handled, innermost last: for `raise` alone, and for `__context__`.
    pub handling: RefCell<Vec<Value>>,
}

impl Ctx {
    /// Offset of `depth_left`.
    pub const DEPTH_LEFT: usize = std::mem::offset_of!(Ctx, depth_left);

    /// Offset of `place`.
    pub const PLACE: usize = std::mem::offset_of!(Ctx, place);

    /// Offset of `status`.
    pub const STATUS: usize = std::mem::offset_of!(Ctx, status);

    /// Offset of `n_insts`.
    pub const N_INSTS: usize = std::mem::offset_of!(Ctx, n_insts);

    /// Offset of `n_boxed`.
    pub const N_BOXED: usize = std::mem::offset_of!(Ctx, n_boxed);
    /// Offset of `frame`.
    pub const FRAME: usize = std::mem::offset_of!(Ctx, frame);
    /// Offset of `waiting`.
    pub const WAITING: usize = std::mem::offset_of!(Ctx, waiting);

    /// A context for a thread that starts.
    pub fn new() -> Self {
        Self {
            depth_left: Cell::new(MAX_DEPTH),
            place: Cell::new(0),
            status: Cell::new(0),
            n_insts: Cell::new(0),
            n_boxed: Cell::new(0),
            frame: Cell::new(std::ptr::null()),
            waiting: Waiting::new(),
            fault: Cell::new(None),
            resume: Cell::new(None),
            returned: Cell::new(Value::Unbound),
            handling: RefCell::new(Vec::new()),
        }
    }

    /// Adds what was counted on this thread to the counters of the process.
    pub fn hand_in_counts(&self) {
        let n = self.n_insts.take();
        if n > 0 {
            N_INSTS.fetch_add(n, Ordering::Relaxed);
            N_BOXED.fetch_add(self.n_boxed.take(), Ordering::Relaxed);
        }
    }

    /// How many exceptions are being handled.
    pub fn n_handled(&self) -> usize {
        self.handling.borrow().len()
    }

    /// Forgets the exceptions that are being handled but for the first so many: of work that was cut short, and did not come to
    /// the end of its handlers.
    pub fn forget_handled(&self, n: usize) {
        self.handling.borrow_mut().truncate(n);
    }

    /// Announces a fault.
    pub fn set_fault(&self, fault: Fault) {
        self.fault.set(Some(fault));
    }

    /// Is a fault announced that nobody has taken.
    pub(crate) fn has_fault(&self) -> bool {
        let fault = self.fault.take();
        let is_there = fault.is_some();
        self.fault.set(fault);
        is_there
    }

    /// Takes the fault that a status other than [`OK`] announces.
    pub fn take_fault(&self) -> Fault {
        self.fault.take().unwrap_or_else(|| Fault::not_pure("internal error: a fault without a reason"))
    }
}

/// The frames of a place: its own, and those of the functions around it that it is written out in, innermost first.
pub fn location(place: u32) -> Vec<Frame> {
    let all = LOCATIONS.read().unwrap_or_else(std::sync::PoisonError::into_inner);
    all.get(place as usize).cloned().unwrap_or_default()
}

thread_local! {
    static CTX: Ctx = Ctx::new();
}

static N_INSTS: AtomicU64 = AtomicU64::new(0);
static N_BOXED: AtomicU64 = AtomicU64::new(0);

/// How many instructions ran so far, and how many of them worked on boxed values, where they are counted.
pub fn counts() -> (u64, u64) {
    (N_INSTS.load(Ordering::Relaxed), N_BOXED.load(Ordering::Relaxed))
}

/// The context of this thread.
pub fn with_ctx<T>(run: impl FnOnce(&Ctx) -> T) -> T {
    CTX.with(run)
}

/// Does this thread run a statement of the edge itself, not a function that it called: each of these takes one of the calls that may nest.
pub fn is_at_edge() -> bool {
    with_ctx(|ctx| ctx.depth_left.get() >= MAX_DEPTH - 1)
}

impl Default for Ctx {
    fn default() -> Self {
        Self::new()
    }
}

/// How deep calls may nest along the logical chain.
pub const MAX_DEPTH: i64 = 200_000;

/// The places that compiled code names in its unwinding, by number.
static LOCATIONS: RwLock<Vec<Vec<Frame>>> = RwLock::new(Vec::new());

/// Gives a place its number: its frame, and those of the functions around it that it is written out in, innermost first.
pub fn add_location(frames: Vec<Frame>) -> u32 {
    let mut all = LOCATIONS.write().unwrap_or_else(std::sync::PoisonError::into_inner);
    all.push(frames);
    u32::try_from(all.len() - 1).unwrap_or(u32::MAX)
}

thread_local! {
    /// The places that an interrupt has passed on this thread, innermost first.
    static TRAIL: RefCell<Vec<Frame>> = const { RefCell::new(Vec::new()) };
}

/// Adds the place to the traceback of what passes it.
fn trace(fault: &mut Fault, location: usize) {
    let all = LOCATIONS.read().unwrap_or_else(std::sync::PoisonError::into_inner);
    for frame in all.get(location).into_iter().flatten() {
        match &mut *fault.0 {
            FaultKind::Exception(exception) => exception::add_frame(exception, frame.clone()),
            FaultKind::NotPure { frames, .. } => extend(frames, frame),
            FaultKind::Cancelled => TRAIL.with_borrow_mut(|trail| extend(trail, frame)),
            FaultKind::Exit(_) | FaultKind::Widen(_) | FaultKind::NotHere => {}
        }
    }
}

fn extend(trail: &mut Vec<Frame>, frame: &Frame) {
    if trail.len() < MAX_TRAIL && !frame.is_around(trail.last()) {
        trail.push(frame.clone());
    }
}

/// How many places are kept of what is no exception.
const MAX_TRAIL: usize = 100;

/// Takes the places that the last interrupt has passed on this thread, innermost first.
pub fn take_trail() -> Vec<Frame> {
    TRAIL.take()
}

/// The values of a run that starts at `first`.
pub(crate) fn run(first: &Value, n: i64) -> &[Value] {
    // SAFETY: the verifier of the IR holds that a run names `n` consecutive slots of the frame, all initialised.
    unsafe { std::slice::from_raw_parts(first, usize::try_from(n).unwrap_or(0)) }
}

/// The values of a run that starts at `first`, to be taken from it.
pub(crate) fn run_mut(first: &mut Value, n: i64) -> &mut [Value] {
    // SAFETY: as `run`; and slots of a frame are used by its thread alone.
    unsafe { std::slice::from_raw_parts_mut(first, usize::try_from(n).unwrap_or(0)) }
}

/// Runs a range whose body is machine code at this address. Its grain stands above the bits of what becomes of its elements.
fn run_range(ctx: &Ctx, body: i64, range: i64, env: &[Value], n: i64, kind: i64, site: i64) -> crate::Res {
    let grain = kind >> crate::pool::Reduce::BITS;
    let kind = usize::try_from(kind & ((1 << crate::pool::Reduce::BITS) - 1))
        .ok()
        .and_then(|k| crate::pool::Reduce::ALL.get(k).copied());
    let kind = kind.ok_or_else(|| Fault::not_pure("internal error: a reduction without a number"))?;
    let body = range_body(usize::try_from(body).unwrap_or(0));
    let range = u32::try_from(range).unwrap_or(u32::MAX);
    let code = crate::pool::Code { body, range, kind, site: u32::try_from(site).unwrap_or(0), grain };
    crate::pool::run_range(ctx, &code, env, n).inspect_err(|fault| {
        if let Some(raised) = fault.as_exception() {
            exception::set_n_elements(raised, u64::try_from(n).unwrap_or(0));
        }
    })
}

/// The body of a range, from its address.
pub(crate) fn range_body(address: usize) -> crate::pool::Body {
    let code = std::ptr::with_exposed_provenance::<()>(address);
    // SAFETY: compiled code and the compiler's hooks give addresses of range bodies, which the code generator made with this
    // signature, and whose code is never freed.
    unsafe { std::mem::transmute(code) }
}
