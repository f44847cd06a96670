//! What is run again where an int did not fit: a strip of a range, or a unit.
//!
//! Finished parts stay finished. The strip that met the int is taken back and run through a body that is compiled for it with
//! the types wide that flow from that site; the rest of the range goes on as before. Where the result of the range then is not
//! what the code behind it takes it for, the unit is run again, and finds the result in the [`ledger`].

use super::acc::Acc;
use super::piece::{Body, Code};
use super::reduce::Reduce;
use super::spread::RangeName;
use super::{ledger, moment, sample};
use crate::abi::{self, Ctx};
use crate::fault::FaultKind;
use crate::{Fault, Res, Value, hooks};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

/// How many strips of a part are taken back before the rest of it starts wide.
pub(super) const MAX_ABORTS: u32 = 2;
/// A finished range that took this long, in nanoseconds, is worth keeping for the case that its unit is run again.
const WORTH_KEEPING_NS: u64 = 2_000_000;

static N_STRIPS: AtomicU64 = AtomicU64::new(0);
static N_UNITS: AtomicU64 = AtomicU64::new(0);
static N_TAKEN_OVER: AtomicU64 = AtomicU64::new(0);
static N_ELEMENTS: AtomicU64 = AtomicU64::new(0);
static N_ELEMENTS_AGAIN: AtomicU64 = AtomicU64::new(0);

/// What was run again so far, in this process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Redone {
    /// Strips of ranges.
    pub n_strips: u64,
    /// The elements in them.
    pub n_elements: u64,
    /// The elements of all ranges.
    pub n_all_elements: u64,
    /// Units.
    pub n_units: u64,
    /// Ranges that a unit which was run again had finished before.
    pub n_taken_over: u64,
}

/// Counters since the process began.
pub fn redone() -> Redone {
    Redone {
        n_strips: N_STRIPS.load(Ordering::Relaxed),
        n_elements: N_ELEMENTS_AGAIN.load(Ordering::Relaxed),
        n_all_elements: N_ELEMENTS.load(Ordering::Relaxed),
        n_units: N_UNITS.load(Ordering::Relaxed),
        n_taken_over: N_TAKEN_OVER.load(Ordering::Relaxed),
    }
}

/// The site at which an int did not fit, where that is the fault.
pub(super) fn site_of(fault: &Fault) -> Option<u32> {
    match &*fault.0 {
        FaultKind::Widen(site) => Some(*site),
        _ => None,
    }
}

/// Runs a unit, as often as ints turn out larger than it was compiled for.
///
/// # Errors
///
/// What the unit raised.
pub fn run_unit<T>(mut attempt: impl FnMut() -> Res<T>) -> Res<T> {
    let mark = ledger::mark();
    let n_handled = abi::with_ctx(Ctx::n_handled);
    let shown = moment::order_shown();
    loop {
        let result = attempt();
        if result.is_err() {
            // An int that does not fit leaves handlers, and loops over sets, without coming to their ends.
            abi::with_ctx(|ctx| ctx.forget_handled(n_handled));
            moment::show_order(shown);
        }
        let Some(site) = result.as_ref().err().and_then(site_of) else {
            ledger::forget(mark);
            return result;
        };
        let mut sites = ledger::turn(mark);
        sites.push(site);
        hooks::compiler()?.widen(&sites);
        N_UNITS.fetch_add(1, Ordering::Relaxed);
    }
}

/// The sites that a range has met, and its body for the first so many of them.
#[derive(Default)]
struct Known {
    sites: Vec<u32>,
    body: Option<(Body, usize)>,
}

/// What all parts of a range share of its wider version.
pub(super) struct Again {
    code: Code,
    known: Mutex<Known>,
    /// How long its parts ran, on all workers.
    busy_ns: AtomicU64,
    /// How often it was cut.
    n_splits: AtomicU64,
    /// How many of its parts met an iterator from outside.
    n_in_turn: AtomicU64,
    /// Somebody looks at how far it is.
    pub(super) is_shown: bool,
    /// Where it stands, for a profile.
    pub(super) above: Option<Arc<[u32]>>,
    /// What the processes call it that take part in it.
    name: OnceLock<RangeName>,
}

/// Elements of a range, and what they run in.
#[derive(Clone, Copy)]
pub(super) struct Strip {
    pub(super) env: *const Value,
    pub(super) lo: i64,
    pub(super) hi: i64,
}

impl Again {
    pub(super) fn new(code: Code, is_shown: bool) -> Self {
        Self {
            code,
            known: Mutex::default(),
            busy_ns: AtomicU64::new(0),
            n_splits: AtomicU64::new(0),
            n_in_turn: AtomicU64::new(0),
            is_shown,
            above: sample::above(0),
            name: OnceLock::new(),
        }
    }

    /// Other processes may take part in it, under this name.
    pub(super) fn share_as(&self, name: RangeName) {
        // It has one name.
        let _ = self.name.set(name);
    }

    /// What it is called, where other processes may take part in it.
    pub(super) fn name(&self) -> Option<RangeName> {
        self.name.get().copied()
    }

    /// The range as it was compiled.
    pub(super) fn code(&self) -> Code {
        self.code
    }

    /// The number by which the compiler knows the range.
    pub(super) fn range(&self) -> u32 {
        self.code.range
    }

    /// It was cut.
    pub(super) fn was_cut(&self) {
        self.n_splits.fetch_add(1, Ordering::Relaxed);
    }

    /// How often it was cut.
    pub(super) fn n_splits(&self) -> u64 {
        self.n_splits.load(Ordering::Relaxed)
    }

    /// A part of it met an iterator from outside, and runs when its turn has come.
    pub(super) fn in_turn(&self) {
        self.n_in_turn.fetch_add(1, Ordering::Relaxed);
    }

    /// How many parts did.
    pub(super) fn n_in_turn(&self) -> u64 {
        self.n_in_turn.load(Ordering::Relaxed)
    }

    /// A part has run so many elements for so long.
    pub(super) fn count(&self, n_elements: i64, busy_ns: u128) {
        N_ELEMENTS.fetch_add(n_elements.unsigned_abs(), Ordering::Relaxed);
        self.busy_ns.fetch_add(u64::try_from(busy_ns).unwrap_or(u64::MAX), Ordering::Relaxed);
    }

    /// Was anything of it run in a wider version.
    pub(super) fn has_wide(&self) -> bool {
        self.known().body.is_some()
    }

    /// The sites that it has met.
    pub(super) fn sites(&self) -> Vec<u32> {
        self.known().sites.clone()
    }

    /// Parts that others have run have met these sites.
    pub(super) fn learn(&self, sites: &[u32]) {
        let mut known = self.known();
        for site in sites {
            if !known.sites.contains(site) {
                known.sites.push(*site);
            }
        }
    }

    fn known(&self) -> std::sync::MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Runs a strip: in the narrow body, or where too many strips before it were taken back, in the wider one. Gives how
    /// often it was taken back.
    pub(super) fn run(&self, ctx: &Ctx, strip: Strip, acc: &mut Acc, n_aborts: u32) -> Res<u32> {
        let mark = ledger::mark();
        let known = if n_aborts < MAX_ABORTS { None } else { self.known().body };
        let shown = moment::order_shown();
        let mut n_again = 0;
        let mut n_sites = known.map_or(0, |(_, n)| n);
        let mut result = match known {
            Some((body, _)) => self.run_wide(ctx, strip, acc, body),
            None => self.run_narrow(ctx, strip, acc),
        };
        while let Some(site) = result.as_ref().err().and_then(site_of) {
            moment::show_order(shown);
            let mut sites = ledger::turn(mark);
            sites.push(site);
            let Some((body, n)) = self.wider(&sites, n_sites) else {
                // The unit around it is run again.
                ledger::want(&sites);
                return result.map(|()| n_again);
            };
            n_sites = n;
            n_again += 1;
            N_STRIPS.fetch_add(1, Ordering::Relaxed);
            N_ELEMENTS_AGAIN.fetch_add((strip.hi - strip.lo).unsigned_abs(), Ordering::Relaxed);
            result = self.run_wide(ctx, strip, acc, body);
        }
        ledger::forget(mark);
        result.map(|()| n_again)
    }

    fn run_narrow(&self, ctx: &Ctx, strip: Strip, acc: &mut Acc) -> Res<()> {
        let kind = self.code.kind;
        let (mark, n_handled) = (acc.mark(kind), ctx.n_handled());
        acc.open(strip.lo, strip.hi)?;
        if (self.code.body)(ctx, strip.env, strip.lo, strip.hi, acc) == abi::OK {
            return acc.close(kind);
        }
        ctx.forget_handled(n_handled);
        let fault = ctx.take_fault();
        if site_of(&fault).is_some() {
            acc.roll_back(mark);
        }
        Err(fault)
    }

    fn run_wide(&self, ctx: &Ctx, strip: Strip, acc: &mut Acc, body: Body) -> Res<()> {
        let mut more = Acc::new(self.code.kind.wide());
        more.watch();
        more.separator.clone_from(&acc.separator);
        more.folds = acc.folds.as_ref().map(|folds| Box::new(folds.empty()));
        let n_handled = ctx.n_handled();
        if body(ctx, strip.env, strip.lo, strip.hi, &mut more) == abi::OK {
            return acc.take_in(self.code.kind, strip.lo, more);
        }
        ctx.forget_handled(n_handled);
        let fault = ctx.take_fault();
        if site_of(&fault).is_none() && self.code.kind.is_deferred() {
            // What comes before the element that raised may not combine, which comes first.
            acc.take_in(self.code.kind, strip.lo, more)?;
        }
        Err(fault)
    }

    /// The body with these sites wide too, and how many it has; none where one with `n_before` had all of them, or where it
    /// cannot be compiled.
    fn wider(&self, sites: &[u32], n_before: usize) -> Option<(Body, usize)> {
        let mut known = self.known();
        for site in sites {
            if !known.sites.contains(site) {
                known.sites.push(*site);
            }
        }
        let n = known.sites.len();
        if n == n_before {
            return None;
        }
        if known.body.is_none_or(|(_, has)| has < n) {
            let address = hooks::compiler().ok()?.wide_range(self.code.range, &known.sites)?;
            known.body = Some((abi::range_body(address), n));
        }
        known.body
    }

    /// The result of the range, where it is what the code behind it takes it for. Else it is kept, and the unit run again.
    pub(super) fn settle(&self, result: Value, env: &[Value], n: i64) -> Res {
        let kind = self.code.kind;
        let mut sites = self.known().sites.clone();
        // Ints that fit strip by strip may not fit together.
        let is_fold = kind == Reduce::Fold;
        let does_not_fit = kind == Reduce::SumInt && !matches!(result, Value::Int(_));
        if !does_not_fit && !is_fold && sites.is_empty() {
            return Ok(result);
        }
        let hooks = hooks::compiler()?;
        if !does_not_fit && hooks.range_fits(self.code.range, &result) {
            return Ok(result);
        }
        if does_not_fit || is_fold {
            sites.push(self.code.site);
        }
        if let Some(key) = key(self.code.range, env) {
            ledger::keep(key, n, kind, &result, false);
        }
        let first = sites.first().copied().unwrap_or(self.code.site);
        ledger::want(&sites);
        Err(Fault::new(FaultKind::Widen(first)))
    }

    /// The result of this range as an attempt before this one has found it.
    pub(super) fn recall(&self, env: &[Value], n: i64) -> Option<Value> {
        if !ledger::has_any() {
            return None;
        }
        let result = ledger::take(&key(self.code.range, env)?, n, self.code.kind)?;
        if !hooks::compiler().ok()?.range_fits(self.code.range, &result) {
            return None;
        }
        N_TAKEN_OVER.fetch_add(1, Ordering::Relaxed);
        Some(result)
    }

    /// What the range computes, where that can be told.
    pub(super) fn key(&self, env: &[Value]) -> Option<hooks::RangeKey> {
        key(self.code.range, env)
    }

    /// Keeps a result that took long, for the case that the unit is run again.
    pub(super) fn keep(&self, result: &Value, env: &[Value], n: i64) {
        if self.busy_ns.load(Ordering::Relaxed) >= WORTH_KEEPING_NS
            && let Some(key) = key(self.code.range, env)
        {
            ledger::keep(key, n, self.code.kind, result, true);
        }
    }
}

/// What a range computes. An exception that is being handled shows in those that are made meanwhile: nothing is kept then.
fn key(range: u32, env: &[Value]) -> Option<hooks::RangeKey> {
    if abi::with_ctx(|ctx| !ctx.handling.borrow().is_empty()) {
        return None;
    }
    hooks::compiler().ok()?.range_key(range, env)
}
