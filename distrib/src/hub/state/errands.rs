//! Expressions of units that wait for their turn, and that nodes compute for each other. A node that runs a unit besides another one is *ready*
//! as soon as it has come to where it can compute a part of it. Whoever runs the unit for what it comes to, or a part of it for another
//! node, is asked for the oldest that it has; what it gives goes to one that is ready, or to one that waits for what this is a part of.
//!
//! What is lost with a node, refused, or given away with nobody left to take it, is computed where it stands, as if it had never been given
//! away. So nothing here can make an answer wrong, and nobody waits for what nobody computes.

use super::super::events::NodeId;
use super::{Place, State};
use crate::protocol::{Attempt, CallEnd, CallHead, CallId, ErrandSaid, ErrandTold, RangeHash, ToNode};
use crate::wire::Blob;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// An expression is worth it if it has waited for so many times as long as a message takes.
const WAITED_FACTOR: u64 = 16;
/// It has to have waited for so long in any case, and needs not for longer.
const WAITED_MS: std::ops::RangeInclusive<u64> = 20..=2_000;
/// Values of no more bytes are kept for the case that the node is lost which has asked for them; of a unit no more than that in all.
const KEPT_BYTES: usize = 1 << 16;
const KEPT_BYTES_OF_UNIT: usize = 1 << 24;
/// Where so many nodes were lost that computed parts of a unit, they are not given away any more.
const MAX_LOST: u32 = 3;
/// A node asks for so many values in vain before it is left alone, until more of them are known.
const MAX_MISSED: u32 = 4;

/// An expression that was given away.
#[derive(Clone, Debug)]
struct Call {
    giver: NodeId,
    within: Option<CallId>,
    head: CallHead,
    body: Arc<Blob>,
    /// Who computes it, or is about to; and while waiting for which.
    at: Option<(Attempt, NodeId)>,
    awaited: Option<CallId>,
    /// Who could not.
    left_by: BTreeSet<NodeId>,
    /// Its turn has come where it was given away.
    is_due: bool,
}

/// The errands of a unit.
#[derive(Clone, Debug, Default)]
pub(super) struct Errands {
    calls: BTreeMap<CallId, Call>,
    /// Who can compute something, and as which attempt.
    ready: BTreeMap<NodeId, Attempt>,
    /// Who was asked for something that has not given it.
    asked: BTreeSet<(NodeId, Option<CallId>)>,
    /// What was computed, as long as a node may be lost.
    known: BTreeMap<RangeHash, Arc<Blob>>,
    known_bytes: usize,
    /// How much longer than usual an expression has to have waited: a power of two.
    caution: u32,
    n_lost: u32,
    /// The unit began anew, or another node goes on with it.
    is_anew: bool,
    /// How often a node has asked in vain for what is known.
    missed: BTreeMap<NodeId, u32>,
}

/// A node that has nothing to do.
#[derive(Clone, Copy, Debug)]
struct Taker {
    node: NodeId,
    attempt: Attempt,
    /// While it waits for this one, it computes parts of that alone.
    awaited: Option<CallId>,
}

impl Errands {
    /// Is a call a part of another one.
    fn is_part(&self, within: Option<CallId>, of: CallId) -> bool {
        let outer = |call: &CallId| self.calls.get(call).and_then(|call| call.within);
        std::iter::successors(within, outer).any(|call| call == of)
    }

    /// Those that have nothing to do.
    fn takers(&self) -> Vec<Taker> {
        let is_free = |node: NodeId, awaited: Option<CallId>| {
            let has_it = |call: &Call| call.at.is_some_and(|(_, at)| at == node) && call.awaited == awaited;
            !self.calls.values().any(has_it)
        };
        let ready =
            self.ready.iter().map(|(node, attempt)| Taker { node: *node, attempt: *attempt, awaited: None });
        let due = self.calls.iter().filter(|(_, call)| call.is_due);
        let due = due.map(|(id, call)| Taker { node: call.giver, attempt: id.attempt, awaited: Some(*id) });
        ready.chain(due).filter(|taker| is_free(taker.node, taker.awaited)).collect()
    }

    /// The oldest that this one may compute.
    fn best_for(&self, taker: Taker) -> Option<CallId> {
        let suits = |call: &Call| {
            call.at.is_none()
                && call.giver != taker.node
                && !call.left_by.contains(&taker.node)
                && taker.awaited.is_none_or(|awaited| self.is_part(call.within, awaited))
        };
        self.calls.iter().find(|(_, call)| suits(call)).map(|(id, _)| *id)
    }

    /// Those that may have something for one that has nothing, as which attempts, and of what it is a part.
    fn givers_for(
        &self,
        taker: Taker,
        first: Option<(NodeId, Attempt)>,
    ) -> Vec<(NodeId, Attempt, Option<CallId>)> {
        let first = first.filter(|_| taker.awaited.is_none()).map(|(node, attempt)| (node, attempt, None));
        let hosts = self.calls.iter().filter_map(|(id, call)| {
            let (attempt, node) = call.at?;
            taker.awaited.is_none_or(|awaited| self.is_part(Some(*id), awaited)).then_some((
                node,
                attempt,
                Some(*id),
            ))
        });
        first.into_iter().chain(hosts).filter(|(node, ..)| *node != taker.node).collect()
    }

    fn keep(&mut self, key: RangeHash, value: &Arc<Blob>) {
        let n_bytes = value.bytes.len();
        if n_bytes <= KEPT_BYTES && self.known_bytes + n_bytes <= KEPT_BYTES_OF_UNIT {
            self.known_bytes += n_bytes;
            self.missed.clear();
            self.known.insert(key, value.clone());
        }
    }
}

impl State {
    /// A node has said something of the expressions of a unit.
    pub(super) fn errand(&mut self, node: NodeId, attempt: Attempt, said: ErrandSaid, body: Arc<Blob>) {
        let unit = attempt.unit;
        if !self.runners(unit).contains(&(node, attempt.n)) {
            return;
        }
        match said {
            ErrandSaid::Ready => {
                if self.is_helper(node, attempt) {
                    self.errands.entry(unit).or_default().ready.insert(node, attempt);
                }
            }
            ErrandSaid::Busy => {
                if let Some(errands) = self.errands.get_mut(&unit) {
                    errands.ready.remove(&node);
                }
            }
            ErrandSaid::Gives { n, within, head } => {
                let call = Call {
                    giver: node,
                    within,
                    head,
                    body,
                    at: None,
                    awaited: None,
                    left_by: BTreeSet::new(),
                    is_due: false,
                };
                self.gives(CallId { attempt, n }, call);
            }
            ErrandSaid::Waits { n } => self.is_due(CallId { attempt, n }),
            ErrandSaid::NotWanted { n } => self.call_off_errand(CallId { attempt, n }),
            ErrandSaid::Ended { call, end, ran_us, .. } => {
                self.errand_ended(node, unit, call, end, ran_us, &body)
            }
        }
        self.deal(unit);
    }

    fn gives(&mut self, id: CallId, call: Call) {
        let is_helper = self.is_helper(call.giver, id.attempt);
        let errands = self.errands.entry(id.attempt.unit).or_default();
        errands.asked.remove(&(call.giver, call.within));
        if let Some(value) = errands.known.get(&call.head.key).cloned() {
            return self.answer(call.giver, id, CallEnd::Value, &value);
        }
        *errands.missed.entry(call.giver).or_default() += 1;
        if is_helper && call.within.is_none() {
            // Whoever runs the unit for what it comes to has the same, and gives it if it is wanted.
            return self.answer(call.giver, id, CallEnd::InPlace, &Arc::default());
        }
        errands.calls.insert(id, call);
    }

    /// The turn of an expression has come.
    fn is_due(&mut self, id: CallId) {
        let Some(errands) = self.errands.get_mut(&id.attempt.unit) else { return };
        let Some(call) = errands.calls.get_mut(&id) else { return };
        call.is_due = true;
        match call.at {
            Some((attempt, node)) => {
                self.say(node, ToNode::Errand { attempt, told: ErrandTold::Recall { call: id } });
            }
            None => self.leave_in_place(id),
        }
    }

    /// An expression is to be computed where it stands.
    fn leave_in_place(&mut self, id: CallId) {
        let call = self.errands.get_mut(&id.attempt.unit).and_then(|errands| errands.calls.remove(&id));
        if let Some(call) = call {
            self.answer(call.giver, id, CallEnd::InPlace, &Arc::default());
        }
    }

    fn answer(&mut self, giver: NodeId, id: CallId, end: CallEnd, body: &Arc<Blob>) {
        let told = ErrandTold::Answer { n: id.n, end };
        self.send(giver, ToNode::Errand { attempt: id.attempt, told }, body);
    }

    /// An expression is not wanted any more.
    fn call_off_errand(&mut self, id: CallId) {
        let call = self.errands.get_mut(&id.attempt.unit).and_then(|errands| errands.calls.remove(&id));
        if let Some((attempt, node)) = call.and_then(|call| call.at) {
            self.say(node, ToNode::Errand { attempt, told: ErrandTold::CallOff { call: id } });
        }
    }

    fn errand_ended(
        &mut self,
        node: NodeId,
        unit: u64,
        id: CallId,
        end: CallEnd,
        ran_us: u64,
        body: &Arc<Blob>,
    ) {
        let Some(errands) = self.errands.get_mut(&unit) else { return };
        errands.asked.remove(&(node, Some(id)));
        let Some(call) = errands.calls.get_mut(&id).filter(|c| c.at.is_some_and(|(_, at)| at == node)) else {
            return;
        };
        if end == CallEnd::Refused {
            (call.at, call.awaited) = (None, None);
            call.left_by.insert(node);
            let is_for_nobody = errands.ready.keys().all(|ready| call.left_by.contains(ready));
            if call.is_due || is_for_nobody {
                self.leave_in_place(id);
            }
            return;
        }
        let (giver, key) = (call.giver, call.head.key);
        if end == CallEnd::Value {
            errands.keep(key, body);
        }
        // What was soon done was not worth it.
        let is_soon = ran_us / 1000 < least_ms(self.tuning.latency_ms, 0) / 2;
        errands.caution =
            if is_soon { (errands.caution + 1).min(8) } else { errands.caution.saturating_sub(1) };
        errands.calls.remove(&id);
        self.answer(giver, id, end, body);
    }

    /// Gives what was given away to those that have nothing to do, and asks for more.
    fn deal(&mut self, unit: u64) {
        let Some(errands) = self.errands.get_mut(&unit) else { return };
        let mut idle = Vec::new();
        let mut given = Vec::new();
        for taker in errands.takers() {
            let Some(id) = errands.best_for(taker) else {
                idle.push(taker);
                continue;
            };
            if let Some(call) = errands.calls.get_mut(&id) {
                (call.at, call.awaited) = (Some((taker.attempt, taker.node)), taker.awaited);
                given.push((taker, id, call.head, call.body.clone()));
            }
        }
        for (taker, call, head, body) in given {
            let awaited = taker.awaited.map(|awaited| awaited.n);
            let told = ErrandTold::Compute { call, awaited, head };
            self.send(taker.node, ToNode::Errand { attempt: taker.attempt, told }, &body);
        }
        self.ask_for_more(unit, &idle);
    }

    fn ask_for_more(&mut self, unit: u64, idle: &[Taker]) {
        let first = self.units.get(&unit).and_then(|known| match known.place {
            Place::Running(node) => Some((node, Attempt { unit, n: known.attempt })),
            Place::Ready | Place::Gathering(..) | Place::Done => None,
        });
        let Some(errands) = self.errands.get_mut(&unit).filter(|errands| errands.n_lost < MAX_LOST) else {
            return;
        };
        let mut wanted: Vec<_> = idle.iter().flat_map(|taker| errands.givers_for(*taker, first)).collect();
        // What is known need not be computed again: by a node that goes on for a lost one, or has computed for others meanwhile.
        let helpers = idle.iter().filter(|taker| taker.awaited.is_none()).map(|t| (t.node, t.attempt));
        let all = first
            .filter(|_| errands.is_anew)
            .into_iter()
            .chain(helpers)
            .filter(|_| !errands.known.is_empty());
        let may_ask = |node: &NodeId| errands.missed.get(node).is_none_or(|n| *n < MAX_MISSED);
        wanted.extend(all.filter(|(node, _)| may_ask(node)).map(|(node, attempt)| (node, attempt, None)));
        let waited_ms = least_ms(self.tuning.latency_ms, errands.caution);
        wanted.retain(|(node, _, within)| {
            self.nodes.contains_key(node) && errands.asked.insert((*node, *within))
        });
        for (node, attempt, within) in wanted {
            let told = ErrandTold::Want { within, waited_ms };
            self.say(node, ToNode::Errand { attempt, told });
        }
    }

    /// A node does not run a unit any more, or is lost.
    pub(super) fn leaves_errands(&mut self, unit: u64, node: NodeId) {
        let Some(errands) = self.errands.get_mut(&unit) else { return };
        errands.ready.remove(&node);
        errands.asked.retain(|(of, _)| *of != node);
        let given = errands.calls.iter().filter(|(_, call)| call.giver == node).map(|(id, _)| *id);
        let given: Vec<CallId> = given.collect();
        let at = errands.calls.iter().filter(|(_, call)| call.at.is_some_and(|(_, at)| at == node));
        let at: Vec<CallId> = at.map(|(id, _)| *id).collect();
        given.into_iter().for_each(|id| self.call_off_errand(id));
        at.into_iter().for_each(|id| self.leave_in_place(id));
        self.deal(unit);
    }

    /// A node is lost that may have computed something for others.
    pub(super) fn loses_errands(&mut self, node: NodeId, n_deaths: u32) {
        let units: Vec<u64> = self.errands.keys().copied().collect();
        for unit in units {
            if let Some(errands) = self.errands.get_mut(&unit) {
                let has_some = errands.calls.values().any(|call| call.at.is_some_and(|(_, at)| at == node));
                errands.n_lost += if has_some { n_deaths } else { 0 };
            }
            self.leaves_errands(unit, node);
        }
    }

    /// Another node goes on for the one that ran a unit, or the unit begins anew: what was computed for that is known.
    pub(super) fn errands_begin_anew(&mut self, unit: u64) {
        if let Some(errands) = self.errands.get_mut(&unit) {
            errands.missed.clear();
            errands.is_anew = true;
        }
    }

    /// A unit is over.
    pub(super) fn end_errands(&mut self, unit: u64) {
        self.errands.remove(&unit);
    }

    /// Time has passed.
    pub(super) fn tick_errands(&mut self) {
        let units: Vec<u64> = self.errands.keys().copied().collect();
        units.into_iter().for_each(|unit| self.deal(unit));
    }
}

/// For how long an expression has to have waited.
fn least_ms(latency_ms: u64, caution: u32) -> u64 {
    let least = (latency_ms * WAITED_FACTOR).clamp(*WAITED_MS.start(), *WAITED_MS.end());
    (least << caution).min(*WAITED_MS.end())
}
