//! A range in one of the processes that take part in it: what it runs when, and how its parts come together.

use super::{Call, End, Offered, Order, Pace, Part, Sharing, Spreader, Verdict, Within, Worth};
use super::{is_of_this_process, is_worth_it};
use crate::abi::Ctx;
use crate::pool::acc::Acc;
use crate::pool::again::MAX_ABORTS;
use crate::pool::piece::{Shared, run_part};
use crate::pool::reduce::Reduce;
use crate::pool::workers;
use crate::task::{self, Task};
use crate::{Fault, Res, Value, budget, hooks};
use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

/// A range that has run for so long is offered to others.
const LONG: Duration = Duration::from_millis(60);
/// How long the elements should take that run between two looks at what has been said meanwhile.
const STEP: Duration = Duration::from_millis(8);
/// No more than such a part of what is left runs between two looks: what comes may take much longer than what has been.
const SHARE: i64 = 64;
/// A range of no more elements is offered before the first of them: that one may take as long as all others.
const FEW: i64 = 1024;

/// A range while it is shared.
struct Spread<'a> {
    ctx: &'a Ctx,
    shared: Shared,
    /// How many elements there are.
    n: i64,
    /// How many elements are run at a time.
    step: i64,
    pace: Pace,
    /// How long its elements take, as far as others were told.
    told: Pace,
    /// What was computed here, by its first element.
    own: BTreeMap<i64, Own>,
}

/// Elements that were computed here.
struct Own {
    ran: Ran,
    /// Others have heard of it.
    is_told: bool,
}

/// Elements that were run in order.
struct Ran {
    acc: Acc,
    /// Up to here.
    at: i64,
    /// How long it took.
    took: Duration,
    outcome: Res<()>,
}

/// Runs a range that other processes may take part in.
pub(in crate::pool) fn run(
    ctx: &Ctx,
    shared: Shared,
    n: i64,
    spreader: &dyn Spreader,
    within: Option<Within>,
    env: &[Value],
) -> (Acc, Res<()>) {
    let again = shared.again();
    let (step, pace) = (again.code().grain.max(1), Pace::Fine);
    let mut this = Spread { ctx, shared, n, step, pace, told: pace, own: BTreeMap::new() };
    let offer = |worth| {
        let (kind, ends_early) = (kind_number(shared), matches!(shared.kind, Reduce::Any | Reduce::All));
        let key = again.key(env)?;
        spreader.offer(&Offered { key, kind, len: n, ends_early, within, worth })
    };
    let may_be_long = n <= FEW && step == 1 && within.is_none();
    let is_second = spreader.comes_second(within);
    let may_be_early = if within.is_some() { is_second } else { is_worth_it(i64::from(again.range())) };
    let is_early = may_be_early && (is_second || may_be_long);
    let mut early = if is_early { offer(Worth::Early) } else { None };
    if let Some(sharing) = &mut early {
        again.share_as(sharing.name());
        if is_second {
            return this.tell_and_take_part(Ran::nothing(shared, 0), &mut **sharing);
        }
        sharing.begun(this.step_end(0, n));
    }
    let began = Instant::now();
    let head = this.run_while(Ran::nothing(shared, 0), n, |at, end| {
        let is_called = early.as_mut().is_some_and(|sharing| sharing.call() != Call::None);
        if is_called || began.elapsed() >= LONG { at } else { end }
    });
    if head.is_over(n) {
        if let Some(sharing) = &mut early {
            sharing.ended(0, End::Kept, Duration::ZERO);
        }
        return (head.acc, head.outcome);
    }
    let Some(mut sharing) = early.or_else(|| offer(Worth::Long)) else { return this.alone(head) };
    if sharing.call() == Call::Orders {
        return this.take_part(Some(head), &mut *sharing);
    }
    if within.is_none() || this.pace == Pace::Coarse {
        return this.tell_and_take_part(head, &mut *sharing);
    }
    // There are many of them, and few to which somebody comes.
    sharing.begun(head.at);
    match this.go_on(head, &mut *sharing) {
        ControlFlow::Continue(ran) => this.take_part(Some(ran), &mut *sharing),
        ControlFlow::Break(over) => over,
    }
}

fn kind_number(shared: Shared) -> u8 {
    u8::try_from(shared.again().code().kind.family().number()).unwrap_or(u8::MAX)
}

impl Ran {
    /// Before the first of these elements.
    fn nothing(shared: Shared, at: i64) -> Self {
        Self { acc: shared.acc(), at, took: Duration::ZERO, outcome: Ok(()) }
    }

    /// Is nothing more to be done: all elements are there, one has raised, or one has decided.
    fn is_over(&self, n: i64) -> bool {
        self.at >= n || self.outcome.is_err() || self.acc.decides()
    }
}

/// How many elements run at a time at least.
fn n_at_once() -> i64 {
    i64::try_from(workers::n_workers()).unwrap_or(1).max(1)
}

impl Spread<'_> {
    /// Runs elements in order up to `hi`, step by step: `may` is asked before each of them, and says up to where it goes.
    fn run_while(&mut self, mut ran: Ran, hi: i64, mut may: impl FnMut(i64, i64) -> i64) -> Ran {
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
        let least = n_at_once();
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
        ran.took += took;
        ran.outcome = joined.and(outcome);
        if ran.outcome.is_ok() {
            ran.at = hi;
        }
        let n_ran = hi - ran_from;
        let is_coarse = n_ran <= n_at_once() && took >= STEP * 2;
        self.pace = if is_coarse { Pace::Coarse } else { Pace::Fine };
        if took < STEP / 2 {
            self.step = n_ran.saturating_mul(2);
        } else if took > STEP * 2 {
            let times = i64::try_from(took.as_nanos() / STEP.as_nanos()).unwrap_or(i64::MAX);
            self.step = n_ran / times;
        }
    }

    /// Runs what is left of the range here.
    fn alone(&mut self, mut head: Ran) -> (Acc, Res<()>) {
        self.run_step(&mut head, self.n);
        (head.acc, head.outcome)
    }

    /// Says how far this process has come, and does what others say.
    fn tell_and_take_part(&mut self, head: Ran, sharing: &mut dyn Sharing) -> (Acc, Res<()>) {
        if self.tell_head(&head, sharing) {
            self.take_part(Some(head), sharing)
        } else {
            self.all_here(Some(head))
        }
    }

    /// Does what others say, until the range is over.
    fn take_part(&mut self, mut head: Option<Ran>, sharing: &mut dyn Sharing) -> (Acc, Res<()>) {
        loop {
            let order = match sharing.next() {
                Ok(order) => order,
                Err(fault) => return (self.shared.acc(), Err(fault)),
            };
            if matches!(order, Order::Run { .. } | Order::Assist { .. }) {
                self.shared.again().share_as(sharing.name());
            }
            if !matches!(order, Order::GoOn) {
                self.keep_head(&mut head);
            }
            match order {
                Order::Run { slice, lo, hi, budget } => match self.slice(sharing, slice, (lo, hi), budget) {
                    Ok(true) => {}
                    Ok(false) => return self.all_here(None),
                    Err(fault) => return (self.shared.acc(), Err(fault)),
                },
                Order::Join(parts) => return self.join(parts),
                Order::Fail(at) => return self.fail(at),
                Order::Lost(at) => return (self.shared.acc(), Err(lost(at))),
                Order::Assist { index, cancel, spreader } => {
                    self.assist(index, cancel, spreader);
                    sharing.assisted(index);
                }
                Order::GoOn => {
                    let Some(so_far) = head.take() else { return self.all_here(None) };
                    match self.go_on(so_far, sharing) {
                        ControlFlow::Continue(ran) => head = Some(ran),
                        ControlFlow::Break(over) => return over,
                    }
                }
            }
        }
    }

    /// Goes on alone until somebody calls, or to the end of the range.
    fn go_on(&mut self, so_far: Ran, sharing: &mut dyn Sharing) -> ControlFlow<(Acc, Res<()>), Ran> {
        let mut ran = so_far;
        loop {
            let end = self.step_end(ran.at, self.n);
            self.run_step(&mut ran, end);
            let call = sharing.call();
            if ran.is_over(self.n) && (ran.at < self.n || call == Call::None) {
                // Who waits to take part has nothing to take part in.
                sharing.ended(0, End::Kept, Duration::ZERO);
                return ControlFlow::Break((ran.acc, ran.outcome));
            }
            if call == Call::Orders {
                return ControlFlow::Continue(ran);
            }
            if call == Call::Invited || self.pace == Pace::Coarse && self.told == Pace::Fine {
                let is_told = self.tell_head(&ran, sharing);
                return if is_told {
                    ControlFlow::Continue(ran)
                } else {
                    ControlFlow::Break(self.all_here(Some(ran)))
                };
            }
        }
    }

    /// Runs an element for what is within it alone.
    fn assist(&mut self, index: i64, cancel: Arc<AtomicBool>, spreader: Arc<dyn Spreader>) {
        let task = Task { cancel: Some(cancel), spreader: Some(spreader), ..task::current() };
        // Whatever it raises is met by whoever runs it for its result.
        drop(task::enter(task, || run_part(self.ctx, self.shared, index, index + 1, 0)));
    }

    /// What was done before the range was shared is a part like others.
    fn keep_head(&mut self, head: &mut Option<Ran>) {
        if let Some(ran) = head.take() {
            self.own.insert(0, Own { ran, is_told: false });
        }
    }

    fn part(&self, acc: &Acc, lo: i64, hi: i64) -> Option<Part> {
        let sites = hooks::compiler().ok()?.name_sites(&self.shared.again().sites())?;
        Some(Part { lo, hi, value: acc.to_portable(lo, hi)?, sites })
    }

    /// Tells how far this process has come by itself; false where that is not to leave it.
    fn tell_head(&mut self, ran: &Ran, sharing: &mut dyn Sharing) -> bool {
        match self.part(&ran.acc, 0, ran.at) {
            Some(head) => {
                self.told = self.pace;
                sharing.begin(head, self.pace);
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
        // It may have begun them before it was told to. What was told and does not count holds elements of others.
        let own = self.own.remove(&lo).filter(|own| own.ran.at <= hi || !own.is_told);
        let before = own.map_or_else(|| Ran::nothing(self.shared, lo), |own| own.ran);
        let mut is_first = before.at == lo;
        let ran = self.run_while(before, hi, |at, end| {
            let may = std::mem::take(&mut is_first) || began.elapsed() < budget;
            if may { sharing.take(slice, at, end) } else { at }
        });
        let took = ran.took;
        if let Err(fault) = ran.outcome {
            let end = if is_of_this_process(&fault) { None } else { self.first_that_raises(ran.at, hi) };
            // What says nothing about the program is met again by whoever runs all of it.
            sharing.ended(slice, end.map_or(End::Kept, End::Failed), took);
            // What has too little memory for a slice has too little for all of them.
            return if fault.is("MemoryError") { Err(fault) } else { Ok(end.is_some()) };
        }
        let verdict = if ran.acc.decides() { Verdict::Decides } else { Verdict::GoesOn };
        let part = self.part(&ran.acc, lo, ran.at);
        self.own.insert(lo, Own { ran, is_told: true });
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
            let own = self.own.remove(&part.lo).filter(|own| own.ran.at == part.hi);
            let joined = match own {
                Some(own) => all.append(self.shared.kind, own.ran.acc),
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
        let shared = self.shared;
        self.alone(head.unwrap_or_else(|| Ran::nothing(shared, 0)))
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
