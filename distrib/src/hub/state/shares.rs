//! The ranges that several nodes take part in. What is run where, and what counts, is the ledger's; here is what its parts are, and who has
//! come to which range.

use super::super::events::NodeId;
use super::State;
use crate::ledger::{
    self, Action as Deed, AttemptId, CodeKey, Doubling, ErrorId, Event as Fact, Kind, Ledger, Loss, Offer,
    Partial, RangeId, Why,
};
use crate::planner::Tuning;
use crate::protocol::{Attempt, Coming, PartHead, RangeHash, SliceEnd, ToNode};
use crate::wire::Blob;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::RangeInclusive;
use std::sync::Arc;

/// The number of the one range that a ledger has here.
const RANGE: RangeId = RangeId(1);

/// What more than this a range came to is kept only until everybody has it who runs its unit.
const KEPT_BYTES: usize = 1 << 16;

/// What a part came to.
#[derive(Clone, Debug)]
struct Stored {
    head: PartHead,
    body: Arc<Blob>,
    /// Who has computed it: a node that runs the unit once more has it no longer.
    by: Attempt,
}

/// A node that has come to a range.
#[derive(Clone, Copy, Debug)]
struct Taker {
    /// What the ledger calls it.
    name: ledger::NodeId,
    attempt: Attempt,
}

#[derive(Clone, Debug)]
enum Over {
    /// These are the parts, in order.
    Done(Vec<u64>),
    /// This element fails: does it take its nodes with it.
    Failed(i64, bool),
}

/// A range that nodes share.
#[derive(Clone)]
pub(super) struct Share {
    ledger: Ledger,
    /// What had been done of it when it was offered. The ledger counts from there.
    head: Stored,
    /// The outer range, and the element of that in which it is.
    within: Option<(RangeHash, i64)>,
    takers: BTreeMap<NodeId, Taker>,
    last_name: u32,
    parts: BTreeMap<u64, Stored>,
    last_part: u64,
    over: Option<Over>,
    /// Who has what it came to already.
    served: BTreeSet<Attempt>,
    /// Who runs all of it for himself.
    apart: BTreeSet<Attempt>,
}

impl std::fmt::Debug for Share {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Share")
            .field("takers", &self.takers)
            .field("over", &self.over)
            .finish_non_exhaustive()
    }
}

/// A range with which one node goes on, as nobody else runs its unit.
#[derive(Clone, Debug)]
pub(super) struct Alone {
    node: NodeId,
    /// How it came to it.
    come: Come,
    /// Who has come to it meanwhile.
    waiting: Vec<(NodeId, Come)>,
}

impl Alone {
    /// Who goes on alone.
    pub(super) fn node(&self) -> NodeId {
        self.node
    }

    /// The outer range, and the element of that in which it is.
    pub(super) fn within(&self) -> Option<(RangeHash, i64)> {
        self.come.coming.within
    }

    /// Who has come to it meanwhile.
    pub(super) fn waiting(&self) -> impl Iterator<Item = (NodeId, Attempt)> {
        self.waiting.iter().map(|(id, come)| (*id, come.attempt))
    }

    /// A node does not wait for it any more.
    pub(super) fn does_not_wait(&mut self, id: NodeId) {
        self.waiting.retain(|(other, _)| *other != id);
    }
}

/// A range that a node has come to.
#[derive(Clone, Debug)]
pub(super) struct Come {
    pub(super) attempt: Attempt,
    pub(super) range: RangeHash,
    pub(super) coming: Coming,
    pub(super) body: Arc<Blob>,
}

fn count(n: i64) -> u64 {
    u64::try_from(n).unwrap_or(0)
}

fn index(n: u64) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}

/// The names that ranges of a unit may have.
pub(super) fn ranges_of(unit: u64) -> RangeInclusive<(u64, RangeHash)> {
    (unit, [0; 32])..=(unit, [u8::MAX; 32])
}

impl Share {
    fn new(come: &Come, tuning: Tuning) -> Self {
        let stored = Stored { head: come.coming.head.clone(), body: come.body.clone(), by: come.attempt };
        Self {
            ledger: Ledger::new(tuning),
            head: stored,
            within: come.coming.within,
            takers: BTreeMap::new(),
            last_name: 0,
            parts: BTreeMap::new(),
            last_part: 0,
            over: None,
            served: BTreeSet::new(),
            apart: BTreeSet::new(),
        }
    }

    /// How many elements are done, and how many there are; `None` where that is over.
    fn progress(&self) -> Option<(u64, u64)> {
        let of_ledger = self.ledger.progress(RANGE).filter(|_| self.over.is_none())?;
        let base = u64::try_from(self.base()).unwrap_or(0);
        Some((base + of_ledger.n_done + of_ledger.n_ran, base + of_ledger.len))
    }

    fn base(&self) -> i64 {
        self.head.head.hi
    }

    /// The outer range, and the element of that in which it is.
    pub(super) fn within(&self) -> Option<(RangeHash, i64)> {
        self.within
    }

    /// Is all of it done, or has it failed.
    pub(super) fn is_over(&self) -> bool {
        self.over.is_some()
    }

    /// Who takes part.
    pub(super) fn takers(&self) -> impl Iterator<Item = (NodeId, Attempt)> {
        self.takers.iter().map(|(id, taker)| (*id, taker.attempt))
    }

    /// Those for whom nothing is left to do.
    pub(super) fn idle_takers(&self) -> Vec<(NodeId, Attempt)> {
        let is_idle = |name| self.over.is_none() && self.ledger.is_idle(name);
        self.takers.iter().filter(|(_, t)| is_idle(t.name)).map(|(id, t)| (*id, t.attempt)).collect()
    }

    /// Those that were given this element.
    pub(super) fn runners_of(&self, index: i64) -> Vec<NodeId> {
        let names = self.ledger.runners_of(RANGE, count(index - self.base()));
        names.into_iter().filter_map(|name| self.taker_of(name)).map(|(id, _)| id).collect()
    }

    fn taker_of(&self, name: ledger::NodeId) -> Option<(NodeId, Attempt)> {
        self.takers.iter().find(|(_, t)| t.name == name).map(|(id, t)| (*id, t.attempt))
    }

    /// What a node is told when the range is over.
    fn end_for(&mut self, attempt: Attempt, range: RangeHash) -> Option<(ToNode, Arc<Blob>)> {
        match self.over.clone()? {
            Over::Failed(index, is_lost) => {
                Some((ToNode::Fails { attempt, range, index, is_lost }, Arc::default()))
            }
            Over::Done(parts) => {
                // What it has computed itself it still has, once.
                let has_own = self.served.insert(attempt);
                let mut bytes = Vec::new();
                let stored = parts.iter().filter_map(|part| self.parts.get(part));
                let head = Some(&self.head).filter(|_| self.base() > 0);
                let heads = head.into_iter().chain(stored).map(|stored| {
                    let mut head = stored.head.clone();
                    if has_own && stored.by == attempt {
                        head.n_bytes = 0;
                    } else {
                        bytes.extend_from_slice(&stored.body.bytes);
                    }
                    head
                });
                let parts = heads.collect();
                let body = Blob { bytes, ..Blob::default() };
                Some((ToNode::Join { attempt, range, parts }, Arc::new(body)))
            }
        }
    }
}

impl State {
    /// A node has come to a range that takes long.
    pub(super) fn came_to(&mut self, id: NodeId, come: Come) {
        let at = (come.attempt.unit, come.range);
        let runners = self.runners(at.0);
        if !runners.contains(&(id, come.attempt.n)) {
            return;
        }
        if self.shares.contains_key(&at) {
            return self.joins(id, at, come.attempt);
        }
        let other = self.alone.get(&at).filter(|alone| alone.node != id);
        let Some((other, begun)) = other.map(|alone| (alone.node, alone.come.clone())) else {
            return self.comes_first(id, at, come);
        };
        if begun.coming.under_way.is_some() && begun.coming.within.is_none() {
            // What is left behind what it has begun is for everybody.
            self.share(at, &begun);
            self.joins(other, at, begun.attempt);
            self.joins(id, at, come.attempt);
            return self.not_alone(at);
        }
        // Whoever has gone on alone has done much of it by now, and is about to say so.
        if let Some((_, n)) = runners.iter().find(|(node, _)| *node == other) {
            let attempt = Attempt { unit: at.0, n: *n };
            self.say(other, ToNode::Invite { attempt, range: Some(at.1) });
        }
        if let Some(alone) = self.alone.get_mut(&at) {
            alone.waiting.push((id, come));
        }
    }

    /// A node has come to a range that nobody else has come to.
    fn comes_first(&mut self, id: NodeId, at: (u64, RangeHash), come: Come) {
        let n_peers = match come.coming.within {
            Some(within) => self.n_peers(at.0, within, id),
            None => self.runners(at.0).len(),
        };
        let is_awaited = self.alone.get(&at).is_some_and(|alone| !alone.waiting.is_empty());
        // What goes on meanwhile within an element is called when somebody comes.
        let waits = come.coming.under_way.is_none();
        if waits && (come.coming.is_coarse || is_awaited)
            || n_peers > 1 && (waits || come.coming.within.is_none())
        {
            self.share(at, &come);
            self.joins(id, at, come.attempt);
            return self.not_alone(at);
        }
        if waits {
            self.say(id, ToNode::GoOn { attempt: come.attempt, range: come.range });
        }
        if !waits && (n_peers > 1 || is_awaited) {
            self.say(id, ToNode::Invite { attempt: come.attempt, range: Some(come.range) });
        }
        let waiting = self.alone.remove(&at).map(|alone| alone.waiting).unwrap_or_default();
        self.alone.insert(at, Alone { node: id, come, waiting });
    }

    /// Nobody goes on alone with a range any more.
    fn not_alone(&mut self, at: (u64, RangeHash)) {
        let waiting = self.alone.remove(&at).map(|alone| alone.waiting).unwrap_or_default();
        waiting.into_iter().for_each(|(id, come)| self.came_to(id, come));
    }

    /// A range is shared from here on.
    fn share(&mut self, at: (u64, RangeHash), come: &Come) {
        let mut share = Share::new(come, self.tuning);
        let offer = Offer {
            range: RANGE,
            code: CodeKey(come.range),
            len: count(come.coming.len - share.base()),
            kind: if come.coming.ends_early { Kind::ShortCircuit } else { Kind::Combine },
            home: None,
            parent: None,
            priority: 0,
            cost_ns: None,
            doubling: Doubling::Allowed,
        };
        if offer.len == 0 {
            share.over = Some(Over::Done(Vec::new()));
        } else {
            // Nobody takes part yet, so there is nothing to be done.
            share.ledger.step(self.now_ms, Fact::Offered(offer), &mut Vec::new());
        }
        self.shares.insert(at, share);
    }

    /// A node takes part in a range, or hears what it came to.
    fn joins(&mut self, id: NodeId, at: (u64, RangeHash), attempt: Attempt) {
        let Some(share) = self.shares.get_mut(&at) else { return };
        if share.apart.contains(&attempt) {
            return self.say(id, ToNode::GoOn { attempt, range: at.1 });
        }
        if let Some((message, body)) = share.end_for(attempt, at.1) {
            self.send(id, message, &body);
            return self.forget_served(at);
        }
        if share.takers.get(&id).is_some_and(|taker| taker.attempt == attempt) {
            // It had said that it goes on, and was given its part already.
            return;
        }
        share.last_name += 1;
        let name = ledger::NodeId(share.last_name);
        if let Some(before) = share.takers.insert(id, Taker { name, attempt }) {
            self.tell_ledger(at, Fact::NodeLost { node: before.name, how: Loss::Left });
        }
        let n_cores = self.nodes.get(&id).map_or(1, |n| u32::try_from(n.offer.n_slots).unwrap_or(1));
        self.tell_ledger(at, Fact::NodeJoined { node: name, n_cores });
    }

    /// A slice has ended.
    pub(super) fn slice_ended(
        &mut self,
        id: NodeId,
        (unit, range): (u64, RangeHash),
        slice: u64,
        end: SliceEnd,
        ran_us: u64,
        body: Arc<Blob>,
    ) {
        let at = (unit, range);
        if let Some(alone) = self.alone.get_mut(&at).filter(|_| end == SliceEnd::Kept) {
            if alone.node != id {
                return alone.does_not_wait(id);
            }
            self.dismiss_waiting(at);
            self.forget_within(at, 0, i64::MAX);
            return self.not_alone(at);
        }
        let Some(share) = self.shares.get_mut(&at) else { return };
        let (attempt, base) = (AttemptId(slice), share.base());
        let Some(taker) = share.takers.get(&id).copied() else { return };
        let fact = match end {
            SliceEnd::Stopped { part, decides } => {
                share.last_part += 1;
                let (id_of_part, n_bytes) = (share.last_part, body.bytes.len() as u64);
                let stopped_at = count(part.hi - base);
                share.parts.insert(id_of_part, Stored { head: part, body, by: taker.attempt });
                let verdict = if decides { ledger::Verdict::Decides } else { ledger::Verdict::GoesOn };
                let partial = Partial { id: id_of_part, n_bytes };
                Fact::SliceEnded { attempt, stopped_at, partial, verdict, ran_us }
            }
            SliceEnd::Failed(index) => {
                Fact::SliceFailed { attempt, index: count(index - base), error: ErrorId(0), ran_us }
            }
            SliceEnd::Kept => {
                share.apart.insert(taker.attempt);
                self.leaves_share(at, id);
                return self.say(id, ToNode::GoOn { attempt: taker.attempt, range });
            }
        };
        self.tell_ledger(at, fact);
    }

    /// A node lives, and has come so far with these slices.
    pub(super) fn slices_reached(&mut self, id: NodeId, reached: &[(Attempt, RangeHash, u64, i64)]) {
        let of_node: Vec<_> =
            self.shares.iter().filter(|(_, s)| s.takers.contains_key(&id)).map(|(at, _)| *at).collect();
        for at in of_node {
            let Some(share) = self.shares.get(&at) else { continue };
            let (Some(taker), base) = (share.takers.get(&id).copied(), share.base()) else { continue };
            let own =
                reached.iter().filter(|(attempt, range, _, _)| *attempt == taker.attempt && *range == at.1);
            let reached = own.map(|(_, _, slice, n)| (AttemptId(*slice), count(n - base))).collect();
            self.tell_ledger(at, Fact::Heartbeat { node: taker.name, reached });
        }
    }

    /// How many elements are done of the range of a unit that nodes share at this moment, and how many it has.
    pub(super) fn progress(&self, unit: u64) -> Option<(u64, u64)> {
        let of_unit = self.shares.range(ranges_of(unit));
        let outer = of_unit.filter(|(_, share)| share.within.is_none());
        outer.filter_map(|(_, share)| share.progress()).max_by_key(|(_, n_all)| *n_all)
    }

    /// Time has passed for all ranges.
    pub(super) fn tick_shares(&mut self) {
        let all: Vec<_> = self.shares.iter().filter(|(_, s)| s.over.is_none()).map(|(at, _)| *at).collect();
        all.into_iter().for_each(|at| self.tell_ledger(at, Fact::Tick));
    }

    /// A node is lost, with all that it ran.
    pub(super) fn lose_taker(&mut self, id: NodeId) {
        self.not_alone_any_more(|_, alone| alone.node == id);
        let of_node: Vec<_> =
            self.shares.iter().filter(|(_, s)| s.takers.contains_key(&id)).map(|(at, _)| *at).collect();
        for at in of_node {
            let taker = self.shares.get_mut(&at).and_then(|share| share.takers.remove(&id));
            if let Some(taker) = taker {
                self.tell_ledger(at, Fact::NodeLost { node: taker.name, how: Loss::Died });
            }
        }
        self.assisting.retain(|(_, _, node), _| *node != id);
    }

    /// A node does not run a unit any more.
    pub(super) fn leaves_shares(&mut self, unit: u64, id: NodeId) {
        self.not_alone_any_more(|(of, _), alone| *of == unit && alone.node == id);
        let of_unit: Vec<_> = self.shares.keys().filter(|(u, _)| *u == unit).copied().collect();
        of_unit.into_iter().for_each(|at| self.leaves_share(at, id));
        self.assisting.retain(|(of, _, node), _| *of != unit || *node != id);
    }

    /// A node is not in a range any more, whose end it has not heard of.
    pub(super) fn has_left(&mut self, at: (u64, RangeHash), id: NodeId, attempt: Attempt) {
        if let Some(share) = self.shares.get_mut(&at) {
            // Where it comes to it again, it has nothing of what it has computed.
            share.served.insert(attempt);
            if share.takers.get(&id).is_some_and(|taker| taker.attempt == attempt) {
                self.leaves_share(at, id);
            }
        }
        match self.alone.get_mut(&at) {
            Some(alone) if alone.node == id => self.not_alone(at),
            Some(alone) => alone.does_not_wait(id),
            None => {}
        }
    }

    fn leaves_share(&mut self, at: (u64, RangeHash), id: NodeId) {
        self.assisting.remove(&(at.0, at.1, id));
        let taker = self.shares.get_mut(&at).and_then(|share| share.takers.remove(&id));
        if let Some(taker) = taker {
            self.tell_ledger(at, Fact::NodeLost { node: taker.name, how: Loss::Left });
        }
    }

    fn not_alone_any_more(&mut self, is_gone: impl Fn(&(u64, RangeHash), &Alone) -> bool) {
        let gone: Vec<_> = self.alone.iter().filter(|(at, a)| is_gone(at, a)).map(|(at, _)| *at).collect();
        gone.into_iter().for_each(|at| self.not_alone(at));
    }

    /// A unit is over, and its ranges with it.
    pub(super) fn end_shares(&mut self, unit: u64) {
        self.shares.retain(|(of, _), _| *of != unit);
        self.alone.retain(|(of, _), _| *of != unit);
        self.assisting.retain(|(of, _, _), _| *of != unit);
    }

    fn tell_ledger(&mut self, at: (u64, RangeHash), fact: Fact) {
        let now = self.now_ms;
        let mut deeds = Vec::new();
        if let Some(share) = self.shares.get_mut(&at) {
            share.ledger.step(now, fact, &mut deeds);
        }
        deeds.into_iter().for_each(|deed| self.do_for(at, deed));
    }

    fn do_for(&mut self, at: (u64, RangeHash), deed: Deed) {
        let range = at.1;
        let Some(share) = self.shares.get_mut(&at) else { return };
        let base = share.base();
        match deed {
            Deed::Submit { node, slice } => {
                let Some((id, attempt)) = share.taker_of(node) else { return };
                let (lo, hi) = (index(slice.lo) + base, index(slice.hi) + base);
                let (slice, budget_ms) = (slice.attempt.0, slice.budget_ms);
                self.dismiss(at, id);
                self.say(id, ToNode::Slice { attempt, range, slice, lo, hi, budget_ms });
            }
            Deed::Cut { node, attempt: slice, hi } => self.cut(at, node, slice, index(hi) + base),
            Deed::Cancel { node, attempt: slice } => self.cut(at, node, slice, 0),
            Deed::RangeDone { parts, .. } => {
                share.over = Some(Over::Done(parts.into_iter().map(|p| p.partial.id).collect()));
                self.range_is_over(at);
            }
            Deed::RangeFailed { index: n, why, .. } => {
                share.over = Some(Over::Failed(index(n) + base, why == Why::KilledNodes));
                self.range_is_over(at);
            }
            Deed::Release { partial } => {
                share.parts.remove(&partial.id);
            }
            // A range is not called off here, nor handed on under another number; what is accepted is not written down.
            Deed::RangeDropped { .. } | Deed::Bounded { .. } | Deed::TakenUp { .. } => {}
            // What is within what is done, nobody comes to any more.
            Deed::Accepted { lo, hi, .. } => self.forget_within(at, index(lo) + base, index(hi) + base),
        }
    }

    fn cut(&mut self, at: (u64, RangeHash), node: ledger::NodeId, slice: AttemptId, hi: i64) {
        if let Some((id, attempt)) = self.shares.get(&at).and_then(|share| share.taker_of(node)) {
            self.say(id, ToNode::Cut { attempt, range: at.1, slice: slice.0, hi });
        }
    }

    /// Everybody who has come to a range hears what it came to; who comes later hears it then.
    fn range_is_over(&mut self, at: (u64, RangeHash)) {
        let Some(share) = self.shares.get_mut(&at) else { return };
        let takers = std::mem::take(&mut share.takers);
        takers.keys().for_each(|id| self.dismiss(at, *id));
        let Some(share) = self.shares.get_mut(&at) else { return };
        let told: Vec<_> = takers
            .into_iter()
            .filter_map(|(id, taker)| Some((id, share.end_for(taker.attempt, at.1)?)))
            .collect();
        for (id, (message, body)) in told {
            self.send(id, message, &body);
        }
        self.forget_served(at);
    }

    /// Forgets what is large and what everybody has who runs the unit.
    fn forget_served(&mut self, at: (u64, RangeHash)) {
        let runners = self.runners(at.0);
        let Some(share) = self.shares.get(&at) else { return };
        let has_it = |n: u32| {
            let attempt = Attempt { unit: at.0, n };
            share.served.contains(&attempt) || share.apart.contains(&attempt)
        };
        let n_bytes: usize = share.parts.values().map(|part| part.body.bytes.len()).sum();
        if share.over.is_some() && n_bytes > KEPT_BYTES && runners.iter().all(|(_, n)| has_it(*n)) {
            self.forget_within(at, 0, i64::MAX);
            self.shares.remove(&at);
        }
    }
}
