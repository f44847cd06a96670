//! Ranges that other processes take part in.
//!
//! Every process that takes part has come to the same range: the same code with the same inputs, which purity makes one
//! computation. Each runs slices of it, from their first element on, as whoever keeps account says, and in the end all of
//! them put the same parts together in order. What a range needs travels nowhere; only what its parts came to does.
//!
//! A range that is soon done stays where it is. One whose parts hold what has an identity does, too: such a part would be
//! another one elsewhere.

use super::acc::Acc;
use super::again::MAX_ABORTS;
use super::ledger;
use super::piece::{self, Shared, run_part};
use super::reduce::Reduce;
use super::workers;
use crate::abi::Ctx;
use crate::fault::FaultKind;
use crate::hooks::{self, RangeKey, Site};
use crate::{Fault, Res, Value, budget, task};
use std::collections::BTreeMap;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// A range that has run for so long is offered to others.
const LONG: Duration = Duration::from_millis(60);
/// How long the elements should take that run between two looks at what has been said meanwhile.
const STEP: Duration = Duration::from_millis(8);

/// No more than such a part of what is left runs between two looks: what comes may take much longer than what has been.
const SHARE: i64 = 64;

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
    /// A range has run for a while. None where it is to stay here.
    fn offer(&self, range: &Offered) -> Option<Box<dyn Sharing>>;
}

/// A range that is shared.
pub trait Sharing {
    /// Says how far this process has come by itself, from the first element on.
    fn begin(&mut self, head: Part);

    /// Waits for what is to be done.
    ///
    /// # Errors
    ///
    /// `Cancelled`.
    fn next(&mut self) -> Res<Order>;

    /// A slice wants to begin these elements next, of which all before `lo` are done; gives up to where it is to, which is no further than
    /// `lo` where it was cut before them.
    fn take(&mut self, slice: u64, lo: i64, hi: i64) -> i64;

    /// Does somebody want to take part in what is done here alone.
    fn is_invited(&mut self) -> bool;

    /// A slice has ended.
    fn ended(&mut self, slice: u64, end: End, ran: Duration);
}

/// A range while it is shared.
struct Spread<'a> {
    ctx: &'a Ctx,
    shared: Shared,
    /// How many elements there are.
    n: i64,
    /// How many elements are run at a time.
    step: i64,
    /// What was computed here, by its first element: up to which, and what it came to.
    own: BTreeMap<i64, (i64, Acc)>,
}

/// Elements that were run in order.
struct Ran {
    acc: Acc,
    /// Up to here.
    at: i64,
    outcome: Res<()>,
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
    if n > 1 && task::spreader().is_some() && piece::is_outside() && is_worth_it(site) {
        now - LONG_AGO
    } else {
        now
    }
}

/// Longer ago than any loop must run before it becomes a range.
const LONG_AGO: i64 = 1 << 32;

fn is_worth_it(site: i64) -> bool {
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

/// Runs a range that other processes may take part in.
pub(super) fn run(
    ctx: &Ctx,
    shared: Shared,
    n: i64,
    spreader: &dyn Spreader,
    env: &[Value],
) -> (Acc, Res<()>) {
    let again = shared.again();
    let mut this = Spread { ctx, shared, n, step: again.code().grain.max(1), own: BTreeMap::new() };
    let began = Instant::now();
    let head = this.run_while(shared.acc(), 0, n, |at, end| if began.elapsed() < LONG { end } else { at });
    if head.is_over(n) {
        return (head.acc, head.outcome);
    }
    let ends_early = matches!(shared.kind, Reduce::Any | Reduce::All);
    let offer = again.key(env).map(|key| Offered { key, kind: kind_number(shared), len: n, ends_early });
    let Some(mut sharing) = offer.and_then(|offer| spreader.offer(&offer)) else {
        return this.alone(head);
    };
    this.take_part(head, &mut *sharing)
}

fn kind_number(shared: Shared) -> u8 {
    u8::try_from(shared.again().code().kind.family().number()).unwrap_or(u8::MAX)
}

impl Ran {
    /// Is nothing more to be done: all elements are there, one has raised, or one has decided.
    fn is_over(&self, n: i64) -> bool {
        self.at >= n || self.outcome.is_err() || self.acc.decides()
    }
}

impl Spread<'_> {
    /// Runs elements in order up to `hi`, step by step: `may` is asked before each of them, and says up to where it goes.
    fn run_while(&mut self, acc: Acc, lo: i64, hi: i64, mut may: impl FnMut(i64, i64) -> i64) -> Ran {
        let mut ran = Ran { acc, at: lo, outcome: Ok(()) };
        while ran.at < hi {
            let end = may(ran.at, self.step_end(ran.at, hi));
            if end <= ran.at {
                break;
            }
            self.run_step(&mut ran, end);
            if ran.outcome.is_err() || ran.acc.decides() {
                break;
            }
        }
        ran
    }

    /// Where a step ends that begins here.
    fn step_end(&self, at: i64, hi: i64) -> i64 {
        let least = i64::try_from(workers::n_workers()).unwrap_or(1).max(1);
        let most = ((hi - at) / SHARE).max(least);
        hi.min(at.saturating_add(self.step.clamp(least, most)))
    }

    /// Runs all elements up to here.
    fn run_step(&mut self, ran: &mut Ran, hi: i64) {
        let ran_from = ran.at;
        let before = Instant::now();
        let n_aborts = if self.shared.again().has_wide() { MAX_ABORTS } else { 0 };
        let (more, outcome) = run_part(self.ctx, self.shared, ran.at, hi, n_aborts);
        // What is put together grows where no code of the program asks whether so much memory is there.
        let joined = ran.acc.append(self.shared.kind, more).and_then(|()| budget::raise_over());
        let took = before.elapsed();
        ran.outcome = joined.and(outcome);
        if ran.outcome.is_ok() {
            ran.at = hi;
        }
        let n_ran = hi - ran_from;
        if took < STEP / 2 {
            self.step = n_ran.saturating_mul(2);
        } else if took > STEP * 2 {
            let times = i64::try_from(took.as_nanos() / STEP.as_nanos()).unwrap_or(i64::MAX);
            self.step = n_ran / times;
        }
    }

    /// Runs what is left of the range here.
    fn alone(&mut self, head: Ran) -> (Acc, Res<()>) {
        let ran = self.run_while(head.acc, head.at, self.n, |_, end| end);
        (ran.acc, ran.outcome)
    }

    /// Does what others say, until the range is over.
    fn take_part(&mut self, head: Ran, sharing: &mut dyn Sharing) -> (Acc, Res<()>) {
        let mut head = Some(head);
        if let Some(ran) = &head
            && !self.tell_head(ran, sharing)
        {
            return self.all_here(head);
        }
        loop {
            let order = match sharing.next() {
                Ok(order) => order,
                Err(fault) => return (self.shared.acc(), Err(fault)),
            };
            match order {
                Order::Run { slice, lo, hi, budget } => {
                    self.keep_head(&mut head);
                    match self.slice(sharing, slice, (lo, hi), budget) {
                        Ok(true) => {}
                        Ok(false) => return self.all_here(None),
                        Err(fault) => return (self.shared.acc(), Err(fault)),
                    }
                }
                Order::Join(parts) => {
                    self.keep_head(&mut head);
                    return self.join(parts);
                }
                Order::Fail(at) => {
                    self.keep_head(&mut head);
                    return self.fail(at);
                }
                Order::Lost(at) => return (self.shared.acc(), Err(lost(at))),
                Order::GoOn => {
                    let Some(so_far) = head.take() else { return self.all_here(None) };
                    let n = self.n;
                    let ran =
                        self.run_while(
                            so_far.acc,
                            so_far.at,
                            n,
                            |at, end| {
                                if sharing.is_invited() { at } else { end }
                            },
                        );
                    let is_over = ran.is_over(n);
                    if is_over && (ran.at < n || !sharing.is_invited()) {
                        // Who waits to take part has nothing to take part in.
                        sharing.ended(0, End::Kept, Duration::ZERO);
                        return (ran.acc, ran.outcome);
                    }
                    if !self.tell_head(&ran, sharing) {
                        return self.all_here(Some(ran));
                    }
                    head = Some(ran);
                }
            }
        }
    }

    /// What was done before the range was shared is a part like others.
    fn keep_head(&mut self, head: &mut Option<Ran>) {
        if let Some(ran) = head.take() {
            self.own.insert(0, (ran.at, ran.acc));
        }
    }

    fn part(&self, acc: &Acc, lo: i64, hi: i64) -> Option<Part> {
        let sites = hooks::compiler().ok()?.name_sites(&self.shared.again().sites())?;
        Some(Part { lo, hi, value: acc.to_portable(lo, hi)?, sites })
    }

    /// Tells how far this process has come by itself; false where that is not to leave it.
    fn tell_head(&self, ran: &Ran, sharing: &mut dyn Sharing) -> bool {
        match self.part(&ran.acc, 0, ran.at) {
            Some(head) => {
                sharing.begin(head);
                true
            }
            None => {
                sharing.ended(0, End::Kept, Duration::ZERO);
                false
            }
        }
    }

    /// Runs a slice; false where what it came to is not to leave this process.
    ///
    /// # Errors
    ///
    /// `MemoryError`.
    fn slice(
        &mut self,
        sharing: &mut dyn Sharing,
        slice: u64,
        (lo, hi): (i64, i64),
        budget: Duration,
    ) -> Res<bool> {
        let began = Instant::now();
        let acc = self.shared.acc();
        let mut is_first = true;
        let ran = self.run_while(acc, lo, hi, |at, end| {
            let may = std::mem::take(&mut is_first) || began.elapsed() < budget;
            if may { sharing.take(slice, at, end) } else { at }
        });
        let took = began.elapsed();
        if let Err(fault) = ran.outcome {
            let end = if is_of_this_process(&fault) { None } else { self.first_that_raises(ran.at, hi) };
            // What says nothing about the program is met again by whoever runs all of it.
            sharing.ended(slice, end.map_or(End::Kept, End::Failed), took);
            // What has too little memory for a slice has too little for all of them.
            return if fault.is("MemoryError") { Err(fault) } else { Ok(end.is_some()) };
        }
        let verdict = if ran.acc.decides() { Verdict::Decides } else { Verdict::GoesOn };
        let part = self.part(&ran.acc, lo, ran.at);
        self.own.insert(lo, (ran.at, ran.acc));
        let is_told = part.is_some();
        sharing.ended(slice, part.map_or(End::Kept, |part| End::Stopped(part, verdict)), took);
        Ok(is_told)
    }

    /// The first of these elements that raises, which is known to be among the next few.
    fn first_that_raises(&mut self, lo: i64, hi: i64) -> Option<i64> {
        (lo..hi).find(|at| run_part(self.ctx, self.shared, *at, at + 1, 0).1.is_err())
    }

    /// Puts all parts together in order.
    fn join(&mut self, parts: Vec<Part>) -> (Acc, Res<()>) {
        let mut all = self.shared.acc();
        for part in parts {
            let own = self.own.remove(&part.lo).filter(|(hi, _)| *hi == part.hi);
            let joined = match own {
                Some((_, acc)) => all.append(self.shared.kind, acc),
                None if part.value.is_bound() => self.take_in(&mut all, part),
                None => Err(Fault::not_pure("internal error: a part of a range that nobody has")),
            };
            if joined.is_err() {
                return (all, joined);
            }
        }
        (all, Ok(()))
    }

    /// Takes in a part that another process has computed. Where code here knows nothing of the places at which its ints did not fit, it is
    /// computed here too.
    fn take_in(&self, all: &mut Acc, part: Part) -> Res<()> {
        let sites = hooks::compiler()?.sites_named(&part.sites);
        if sites.is_empty() && !part.sites.is_empty() {
            let (more, outcome) = run_part(self.ctx, self.shared, part.lo, part.hi, 0);
            return all.append(self.shared.kind, more).and(outcome);
        }
        self.shared.again().learn(&sites);
        all.take_portable(part.lo, part.value)
    }

    /// Runs everything here, but what is done already at its beginning.
    fn all_here(&mut self, head: Option<Ran>) -> (Acc, Res<()>) {
        let start = || Ran { acc: self.shared.acc(), at: 0, outcome: Ok(()) };
        self.alone(head.unwrap_or_else(start))
    }

    /// Raises what this element raises; what comes before it may not combine, which would come first.
    fn fail(&mut self, at: i64) -> (Acc, Res<()>) {
        if self.shared.kind.is_deferred() {
            return self.all_here(None);
        }
        let (acc, outcome) = run_part(self.ctx, self.shared, at, at + 1, 0);
        match outcome {
            Err(fault) => (acc, Err(fault)),
            Ok(()) => self.all_here(None),
        }
    }
}

fn lost(at: i64) -> Fault {
    Fault::exception(
        "RuntimeError",
        format!("element {at} of a range was given up: each of the nodes that ran it was lost"),
    )
}

/// Is a value made of numbers, text and containers of them alone: nothing in it has an identity that a program could see.
pub fn is_plain(value: &Value) -> bool {
    ledger::is_plain(value, 0)
}

/// Does this fault say nothing about the program: whoever else runs the same may not meet it.
pub fn is_of_this_process(fault: &Fault) -> bool {
    match &*fault.0 {
        FaultKind::Exception(_) => fault.is("MemoryError"),
        FaultKind::NotPure { .. } | FaultKind::Exit(_) => false,
        FaultKind::Cancelled | FaultKind::Widen(_) | FaultKind::NotHere => true,
    }
}
