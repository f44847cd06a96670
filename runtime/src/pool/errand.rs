//! Expressions that wait for their turn, and that other processes compute.
//!
//! What one captured goes to a process that runs the same unit, and has the same body for it; its value comes back. Whatever else it comes
//! to there says only that it is to be computed in place, in its turn: so what it raises is raised where it stands. A process that
//! computes for another one does so at a poll of what it runs itself, on top of that.

use super::fork::{self, Record};
use super::spread::{self, Spreader};
use super::ticket::{self, Ticket};
use super::{again, piece};
use crate::abi::{self, Ctx};
use crate::fault::FaultKind;
use crate::hooks::{self, RangeKey, Site};
use crate::{Fault, Res, Value, task};
use std::cell::Cell;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// An expression that waits, as it is given to another process.
pub struct Given<'c> {
    /// What it computes.
    pub key: RangeKey,
    /// The words that it captured.
    pub captured: &'c [Value],
    /// How many more calls may nest in it.
    pub depth_left: i64,
    /// That which it is a part of, where that is computed here for another process: by its number here.
    pub within: Option<u64>,
}

/// What became of an expression that another process was to compute.
pub enum Answer {
    /// It came to this.
    Value(Value),
    /// Ints did not fit at these sites.
    Wide(Vec<Site>),
    /// It is to be computed where it stands.
    InPlace,
}

/// What is heard by whoever waits for an expression that another process computes.
pub enum News {
    /// What became of it.
    Answer(Answer),
    /// Somebody wants a part of it computed.
    Part(Guest),
}

/// An expression that was given to another process.
pub trait Errand: Send + Sync {
    /// Waits a short while for news: its turn has come.
    fn wait(&self) -> Option<News>;

    /// It is not wanted any more.
    fn call_off(&self);
}

/// Calls off what runs here for another process.
pub struct CallOff(Arc<Ticket>);

impl CallOff {
    /// It is not wanted any more.
    pub fn call_off(&self) {
        self.0.call_off();
    }
}

/// Whoever is told of what runs here for another process.
pub trait Host: Send + Sync {
    /// It has begun.
    fn began(&self, number: u64, call_off: CallOff);

    /// It has ended, after so long without what others computed of it.
    fn ended(&self, number: u64, answer: Answer, ran: Duration);
}

/// An expression that this process computes for another one.
pub struct Guest {
    /// Its number here; not 0.
    pub number: u64,
    /// The address of its body.
    pub body: usize,
    /// The words that it captured.
    pub captured: Vec<Value>,
    /// How many components its value has.
    pub n_results: usize,
    /// How many more calls may nest in it.
    pub depth_left: i64,
    /// Who is told of it.
    pub host: Arc<dyn Host>,
}

/// Where a thread is that asks what others want.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    /// It runs the unit itself: no part of a range, and nothing that was given away.
    pub is_outside: bool,
    /// What it runs is a part of that which has this number here.
    pub within: Option<u64>,
}

/// What other processes want of a thread.
pub enum Wish {
    /// Nothing.
    Nothing,
    /// An expression that has waited for so long.
    Give(Duration),
    /// That it computes something.
    Compute(Guest),
}

/// An expression as it was when it was looked at.
#[derive(Clone, Copy)]
struct Seen {
    which: (usize, usize, i64, u64),
    since: Instant,
}

thread_local! {
    /// The oldest expression that waits on this thread, where somebody wants it.
    static SEEN: Cell<Option<Seen>> = const { Cell::new(None) };
    /// How long this thread has waited for other processes, or computed for them.
    static AWAY: Cell<Duration> = const { Cell::new(Duration::ZERO) };
}

/// Does what other processes want of this thread.
///
/// # Errors
///
/// `Widen`, where what was computed for another process shows that the unit here has to be compiled for larger ints.
pub(super) fn attend() -> Res<()> {
    let Some(spreader) = task::spreader() else { return Ok(()) };
    let standing = Standing { is_outside: piece::is_outside(), within: ticket::guest() };
    match spreader.wish(standing) {
        Wish::Nothing => Ok(()),
        Wish::Give(waited) => {
            abi::with_ctx(|ctx| give(ctx, &*spreader, waited));
            Ok(())
        }
        Wish::Compute(guest) => match abi::with_ctx(|ctx| compute(ctx, &guest)) {
            Some((ticket, fault)) => {
                ticket.adopt();
                Err(fault)
            }
            None => Ok(()),
        },
    }
}

/// Gives away the oldest expression that waits, if it has waited for so long.
fn give(ctx: &Ctx, spreader: &dyn Spreader, waited: Duration) {
    let Some(oldest) = fork::oldest(ctx) else { return };
    let now = Instant::now();
    let which = fork::marks(oldest);
    let seen = SEEN.get().filter(|seen| seen.which == which);
    let since = seen.map_or(now, |seen| seen.since);
    let is_given = now - since >= waited && give_now(ctx, spreader, oldest);
    // What is not to leave the process is not asked for again at once.
    let is_refused = !is_given && now - since >= waited;
    SEEN.set(Some(Seen { which, since: if is_refused { now } else { since } }));
}

fn give_now(ctx: &Ctx, spreader: &dyn Spreader, oldest: *mut Record) -> bool {
    fork::give_to(ctx, oldest, |body, captured, depth_left, within| {
        let key = hooks::compiler().ok()?.waiting_key(body, captured)?;
        spreader.give(&Given { key, captured, depth_left, within })
    })
}

/// Computes something for another process, on top of what this thread runs. Gives `Widen`, and what computed it, where an int did not fit.
#[inline(never)]
fn compute(ctx: &Ctx, guest: &Guest) -> Option<(Arc<Ticket>, Fault)> {
    let mark = 0u8;
    let ticket = Ticket::of_guest(ticket::address(&mark), guest.number);
    guest.host.began(guest.number, CallOff(ticket.clone()));
    let (began, away) = (Instant::now(), AWAY.get());
    let result = fork::run_guest(ctx, guest, &ticket);
    let ran = began.elapsed().saturating_sub(AWAY.get().saturating_sub(away));
    let (answer, fault) = match result {
        Ok(components) => (value_of(guest.body, &components).map_or(Answer::InPlace, Answer::Value), None),
        Err(fault) => match again::site_of(&fault) {
            Some(site) => (wide(&ticket, site).map_or(Answer::InPlace, Answer::Wide), Some(fault)),
            None => (Answer::InPlace, None),
        },
    };
    guest.host.ended(guest.number, answer, ran);
    fault.map(|fault| (ticket, fault))
}

/// What it came to, where that may leave the process.
fn value_of(body: usize, components: &[Value]) -> Option<Value> {
    let value = hooks::compiler().ok()?.waiting_value(body, components)?;
    spread::is_plain(&value).then_some(value)
}

fn wide(ticket: &Ticket, site: u32) -> Option<Vec<Site>> {
    let mut sites = ticket.sites();
    sites.push(site);
    hooks::compiler().ok()?.name_sites(&sites)
}

/// The turn has come of an expression that was given to another process: the components of its value; none where it is to be computed in
/// place.
pub(super) fn join(ctx: &Ctx, errand: &dyn Errand, body: usize) -> Res<Option<Vec<Value>>> {
    let (began, away) = (Instant::now(), AWAY.get());
    let result = wait(ctx, errand, body);
    AWAY.set(away + began.elapsed());
    result
}

fn wait(ctx: &Ctx, errand: &dyn Errand, body: usize) -> Res<Option<Vec<Value>>> {
    loop {
        if let Err(fault) = ticket::check() {
            errand.call_off();
            return Err(fault);
        }
        match errand.wait() {
            Some(News::Answer(answer)) => return settle(answer, body),
            // What it means for the whole is told with that.
            Some(News::Part(guest)) => drop(compute(ctx, &guest)),
            None => {}
        }
    }
}

fn settle(answer: Answer, body: usize) -> Res<Option<Vec<Value>>> {
    let hooks = hooks::compiler()?;
    match answer {
        Answer::Value(value) => Ok(hooks.waiting_components(body, &value)),
        Answer::Wide(sites) => {
            let sites = hooks.narrow_sites_named(&sites);
            // Where all of them are wide here, it fits.
            let Some(first) = sites.first().copied() else { return Ok(None) };
            super::ledger::want(&sites);
            Err(Fault::new(FaultKind::Widen(first)))
        }
        Answer::InPlace => Ok(None),
    }
}
