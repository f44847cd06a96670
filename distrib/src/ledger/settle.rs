//! Slices end: what is accepted, what ends a range, who is to blame.
//!
//! A partial is accepted for a live lease alone, and only where nothing of it is done. A node that has not heard in time that it was cut
//! may be further than its lease: that counts too, and whoever was given those elements is called off.

use super::Ledger;
use super::event::{Action, AttemptId, ErrorId, Partial, RangeId, Verdict, Why};
use super::lease::{Blame, Lease};
use super::range::{End, Kills};

/// After so many attempts that killed their nodes, elements are parted until the one is found.
const MAX_KILLS: u8 = 3;

impl Ledger {
    /// A slice has stopped.
    pub(super) fn slice_ended(
        &mut self,
        attempt: AttemptId,
        stopped_at: u64,
        partial: Partial,
        verdict: Verdict,
        ran_us: u64,
        actions: &mut Vec<Action>,
    ) {
        let Some((id, lo)) = self.acceptable(attempt, stopped_at) else {
            actions.push(Action::Release { partial });
            return self.return_lease(attempt, Blame::None, actions);
        };
        self.learn(attempt, stopped_at, ran_us);
        self.take_over(attempt, stopped_at, actions);
        let Some(range) = self.ranges.get_mut(&id) else {
            return actions.push(Action::Release { partial });
        };
        if stopped_at == lo || range.is_bound_to_fail() {
            actions.push(Action::Release { partial });
            range.add_done(lo, stopped_at, None);
        } else {
            range.add_done(lo, stopped_at, Some(partial));
            actions.push(Action::Accepted { range: id, lo, hi: stopped_at, partial: Some(partial) });
        }
        if verdict == Verdict::Decides && stopped_at > lo {
            self.bound(id, stopped_at, End::Reached, actions);
        }
        self.settle_range(id, actions);
    }

    /// An element has failed. The first in order that fails wins: all behind it is called off, all before it is still to be done.
    pub(super) fn slice_failed(
        &mut self,
        attempt: AttemptId,
        index: u64,
        error: ErrorId,
        ran_us: u64,
        actions: &mut Vec<Action>,
    ) {
        let Some((id, lo)) = self.acceptable(attempt, index.saturating_add(1)).filter(|(_, lo)| index >= *lo)
        else {
            return self.return_lease(attempt, Blame::None, actions);
        };
        self.learn(attempt, index, ran_us);
        self.take_over(attempt, index, actions);
        let Some(range) = self.ranges.get_mut(&id) else { return };
        range.add_done(lo, index, None);
        if index > lo {
            actions.push(Action::Accepted { range: id, lo, hi: index, partial: None });
        }
        self.bound(id, index, End::Failed(Why::Raised(error)), actions);
        self.settle_range(id, actions);
    }

    /// The range and the first element of an attempt that may say that all before `end` is done.
    fn acceptable(&self, attempt: AttemptId, end: u64) -> Option<(RangeId, u64)> {
        let lease = self.leases.get(&attempt)?;
        let range = self.ranges.get(&lease.range)?;
        let is_sound = (lease.lo..=range.end).contains(&end) && !range.is_touched(lease.lo, end);
        is_sound.then_some((lease.range, lease.lo))
    }

    fn learn(&mut self, attempt: AttemptId, stopped_at: u64, ran_us: u64) {
        let Some(lease) = self.leases.get(&attempt) else { return };
        let n_cores = self.nodes.get(&lease.node).map_or(1, |node| node.n_cores);
        let n = stopped_at - lease.lo;
        let id = lease.range;
        if let Some(range) = self.ranges.get_mut(&id)
            && n > 0
        {
            range.cost.learn(n, ran_us, n_cores.min(n));
        }
        self.open_if_worth(id);
    }

    /// Ends the lease of an attempt that has come as far as `stopped_at`: its twin is not wanted, what it left is todo, and
    /// whoever has what it did too much is called off.
    fn take_over(&mut self, attempt: AttemptId, stopped_at: u64, actions: &mut Vec<Action>) {
        let Some(lease) = self.end_lease(attempt) else { return };
        // What it offered and did not wait for.
        lease.children.iter().for_each(|child| self.drop_range(*child, actions));
        if let Some(twin) = lease.twin {
            self.cancel_lease(twin, actions);
        }
        let others: Vec<AttemptId> = self.ranges.get(&lease.range).map_or_else(Vec::new, |range| {
            let begin = |lo: u64| (lo, AttemptId(0));
            range
                .leased
                .range(begin(lease.lo)..begin(stopped_at.max(lease.lo)))
                .map(|(_, other)| *other)
                .collect()
        });
        for other in others {
            let ended = self.cancel_lease(other, actions);
            if let (Some(ended), Some(range)) = (ended, self.ranges.get_mut(&lease.range)) {
                // Twins have the same elements: the first gives them back for both.
                range.remove_todo(ended.lo, ended.hi);
                range.add_todo(ended.lo.max(stopped_at), ended.hi, ended.kills, ended.hi - ended.lo);
            }
        }
        let Some(range) = self.ranges.get_mut(&lease.range) else { return };
        range.remove_todo(lease.hi, stopped_at);
        range.add_todo(stopped_at, lease.hi, lease.kills, lease.hi - lease.lo);
    }

    /// Nothing at and behind an index is wanted any more.
    fn bound(&mut self, id: RangeId, end: u64, what_ends: End, actions: &mut Vec<Action>) {
        let Some(range) = self.ranges.get_mut(&id) else { return };
        actions.push(Action::Bounded { range: id, end, why: what_ends.why() });
        actions.extend(range.bound(end, what_ends).into_iter().map(|partial| Action::Release { partial }));
        let leased: Vec<(u64, AttemptId)> = range.leased.iter().copied().collect();
        for (lo, attempt) in leased {
            if lo >= end {
                self.cancel_lease(attempt, actions);
            } else {
                self.shorten(attempt, end, actions);
            }
        }
    }

    /// A lease goes no further than this.
    pub(super) fn shorten(&mut self, attempt: AttemptId, hi: u64, actions: &mut Vec<Action>) {
        let Some(lease) = self.leases.get_mut(&attempt).filter(|lease| lease.hi > hi) else { return };
        lease.kills = lease.kills.of_part(hi - lease.lo, lease.hi - lease.lo);
        lease.hi = hi;
        let node = lease.node;
        actions.push(Action::Cut { node, attempt, hi });
        self.settle_node(node);
    }

    /// A slice will end here, with elements under way: the rest is todo.
    pub(super) fn slice_stops(&mut self, attempt: AttemptId, stops_at: u64, actions: &mut Vec<Action>) {
        let Some(lease) = self.leases.get_mut(&attempt) else { return };
        let (id, lo, hi, kills) = (lease.range, lease.lo, lease.hi, lease.kills);
        if !(lo + 1..hi).contains(&stops_at) {
            return;
        }
        lease.reached = stops_at;
        lease.hi = stops_at;
        lease.kills = kills.of_part(stops_at - lo, hi - lo);
        let (node, twin) = (lease.node, lease.twin);
        if let Some(twin) = twin {
            self.shorten(twin, stops_at, actions);
        }
        if let Some(range) = self.ranges.get_mut(&id) {
            range.add_todo(stops_at, hi, kills, hi - lo);
        }
        self.settle_node(node);
        self.settle_range(id, actions);
    }

    /// An attempt that ran when its node died. After the third, its elements are parted, and whichever part does it again is parted again;
    /// an element that does it three times alone is named.
    pub(super) fn suspect(&mut self, lease: &Lease, blame: Blame, actions: &mut Vec<Action>) {
        let Some(range) = self.ranges.get_mut(&lease.range) else { return };
        let n = lease.hi - lease.lo;
        let kills = blame.added_to(lease.kills, n);
        if kills.n < MAX_KILLS {
            range.add_todo(lease.lo, lease.hi, kills, n);
        } else if n > 1 {
            let mid = lease.lo + n / 2;
            let kills = Kills { n: MAX_KILLS - 1, is_apart: true };
            range.add_todo(lease.lo, mid, kills, n);
            range.add_todo(mid, lease.hi, kills, n);
        } else {
            self.bound(lease.range, lease.lo, End::Failed(Why::KilledNodes), actions);
        }
    }

    /// A stored partial is gone: its elements are to be done again.
    pub(super) fn partial_lost(&mut self, range: RangeId, partial: u64, actions: &mut Vec<Action>) {
        if self.ranges.get_mut(&range).is_some_and(|range| range.lose_partial(partial)) {
            self.settle_range(range, actions);
        }
    }
}
