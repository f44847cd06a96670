//! What to do with nodes that have nothing to do, when nothing is todo: they get the upper halves of what others run; and where nothing can be
//! halved, they run what is late a second time.

use super::Ledger;
use super::event::{Action, AttemptId, Doubling, NodeId, RangeId};
use super::lease::Lease;
use super::range::{Kills, Taken};
use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// A run of elements that may be halved again.
#[derive(Clone, Copy, Debug)]
struct Piece {
    lo: u64,
    hi: u64,
    range: RangeId,
    per_element_ns: f64,
    n_cores: u64,
    /// How long it waits for its turn.
    waits_ms: f64,
    owner: Owner,
}

#[derive(Clone, Copy, Debug)]
enum Owner {
    /// What is left of an attempt that runs.
    Runs(AttemptId),
    /// An attempt that waits behind others of its node: all of it may go.
    Waits(AttemptId),
    /// It goes to this node.
    Goes(NodeId),
}

impl Piece {
    fn left_ms(&self) -> f64 {
        let n = self.hi - self.lo;
        self.waits_ms + n as f64 * self.per_element_ns / 1e6 / self.n_cores.min(n).max(1) as f64
    }

    /// Where it is halved.
    fn mid(&self) -> Option<u64> {
        match self.owner {
            Owner::Waits(_) => Some(self.lo),
            Owner::Runs(_) | Owner::Goes(_) => {
                Some(self.lo + (self.hi - self.lo).div_ceil(2)).filter(|mid| *mid < self.hi)
            }
        }
    }
}

/// Orders pieces by what is left of them; of equal ones the first made goes first.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Left(u64, Reverse<usize>);

impl Left {
    fn of(piece: &Piece, at: usize) -> Self {
        Self((piece.left_ms() * 1e3) as u64, Reverse(at))
    }
}

impl Ledger {
    /// Finds work for nodes that have none.
    pub(super) fn spread(&mut self, actions: &mut Vec<Action>) {
        if self.hungry.is_empty() || !self.open.is_empty() || self.leases.is_empty() {
            return;
        }
        self.halve(actions);
        if !self.hungry.is_empty() {
            self.double(actions);
        }
    }

    /// Halves what has most left, as often as there are nodes without work; what was just cut off may be halved again.
    fn halve(&mut self, actions: &mut Vec<Action>) {
        let mut pieces = self.pieces();
        let mut heap: BinaryHeap<Left> =
            pieces.iter().enumerate().map(|(at, piece)| Left::of(piece, at)).collect();
        let mut takers = self.emptiest_first();
        takers.retain(|node| !self.is_kept_free(*node));
        let least_ms = self.tuning.steal_ms(takers.len());
        let mut takers = takers.into_iter();
        let mut called_off = Vec::new();
        while let Some(Left(_, Reverse(at))) = heap.pop() {
            let piece = pieces[at];
            if piece.left_ms() < least_ms {
                break;
            }
            // What cannot be halved leaves the heap.
            let Some(mid) = piece.mid() else { continue };
            let Some(taker) = takers.next() else { break };
            let n_cores = self.nodes.get(&taker).map_or(1, |node| node.n_cores);
            let gone = Piece { lo: mid, owner: Owner::Goes(taker), n_cores, waits_ms: 0.0, ..piece };
            if let Owner::Waits(attempt) = piece.owner {
                called_off.push(attempt);
                pieces[at] = gone;
            } else {
                pieces[at].hi = mid;
                pieces.push(gone);
                heap.push(Left::of(&gone, pieces.len() - 1));
            }
            heap.push(Left::of(&pieces[at], at));
        }
        for attempt in called_off {
            self.cancel_lease(attempt, actions);
        }
        self.carry_out(&pieces, actions);
    }

    /// What every attempt has left that may be given away.
    fn pieces(&self) -> Vec<Piece> {
        let mut pieces = Vec::new();
        for node in self.nodes.values() {
            let mut waits_ms = 0.0;
            for attempt in &node.queue {
                let Some(lease) = self.leases.get(attempt) else { continue };
                let Some(piece) = self.piece(*attempt, lease, node.n_cores) else { continue };
                let left_ms = piece.left_ms();
                let is_waiting = matches!(piece.owner, Owner::Waits(_));
                pieces.push(Piece { waits_ms: if is_waiting { waits_ms } else { 0.0 }, ..piece });
                waits_ms += left_ms;
            }
        }
        pieces.retain(|piece| piece.lo < piece.hi);
        pieces
    }

    /// What is left of an attempt, and what its elements take. Empty where all of it is under way.
    fn piece(&self, attempt: AttemptId, lease: &Lease, n_cores: u64) -> Option<Piece> {
        let range = self.ranges.get(&lease.range)?;
        let is_whole = lease.twin.is_none() && lease.kills == Kills::default();
        if !is_whole || range.orphaned_ms.is_some() || !range.is_open {
            return None;
        }
        let per_element_ns = self.expected_ns(lease, n_cores)?;
        let (lo, owner) = match lease.began_ms {
            None => (lease.lo, Owner::Waits(attempt)),
            // Its node has said that it has not come to it.
            Some(began)
                if lease.reached == lease.lo && lease.heard_ms > began + 4 * self.tuning.latency_ms =>
            {
                (lease.lo, Owner::Waits(attempt))
            }
            // It goes on while its last word, and this one, are on their way.
            Some(_) => {
                let since_ms = self.now_ms.saturating_sub(lease.heard_ms) + self.tuning.latency_ms;
                let ahead = (since_ms as f64 * 1e6 * n_cores as f64 / per_element_ns) as u64;
                let begun = lease.lo.saturating_add(n_cores);
                (lease.reached.saturating_add(ahead).max(begun).min(lease.hi), Owner::Runs(attempt))
            }
        };
        Some(Piece { lo, hi: lease.hi, range: lease.range, per_element_ns, n_cores, waits_ms: 0.0, owner })
    }

    /// What an element of a lease takes on one core: what those of its range took, or more where its node has said that it is late.
    fn expected_ns(&self, lease: &Lease, n_cores: u64) -> Option<f64> {
        let range = self.ranges.get(&lease.range)?;
        let ran_ms = lease.began_ms.map_or(0, |began| lease.heard_ms.saturating_sub(began));
        let n_done = lease.reached.saturating_sub(lease.lo);
        let n_cores = n_cores.min(lease.hi - lease.lo).max(1);
        let own = ran_ms as f64 * 1e6 * n_cores as f64 / (n_done + n_cores) as f64;
        match range.cost.per_element_ns() {
            Some(ns) => Some(ns.max(own)),
            None => (own > 0.0).then_some(own),
        }
    }

    /// Cuts what was halved, and hands out what was cut off.
    fn carry_out(&mut self, pieces: &[Piece], actions: &mut Vec<Action>) {
        for piece in pieces {
            match piece.owner {
                Owner::Runs(attempt) => self.shorten(attempt, piece.hi, actions),
                Owner::Waits(_) => {}
                Owner::Goes(node) => {
                    let budget_ms = self.tuning.budget_ms(self.load(), None);
                    let part = Taken { lo: piece.lo, hi: piece.hi, kills: Kills::default() };
                    self.lease(node, piece.range, part, budget_ms, actions);
                }
            }
        }
    }

    /// Runs what is late a second time, if nothing else will be todo soon.
    fn double(&mut self, actions: &mut Vec<Action>) {
        if self.leases.values().any(|lease| self.will_be_todo(lease)) {
            return;
        }
        let mut late: Vec<(u64, AttemptId)> = self
            .leases
            .iter()
            .filter(|(_, lease)| self.is_late(lease))
            .map(|(&id, lease)| (lease.began_ms.unwrap_or(self.now_ms), id))
            .collect();
        late.sort_unstable();
        for (_, attempt) in late {
            let Some(lease) = self.leases.get(&attempt).cloned() else { continue };
            let idle = |node: &&NodeId| {
                **node != lease.node && self.nodes.get(node).is_some_and(|node| node.queue.is_empty())
            };
            let Some(&node) = self.hungry.iter().find(idle) else { return };
            let part = Taken { lo: lease.lo, hi: lease.hi, kills: lease.kills };
            let twin = self.lease(node, lease.range, part, lease.budget_ms, actions);
            for (one, other) in [(attempt, twin), (twin, attempt)] {
                if let Some(lease) = self.leases.get_mut(&one) {
                    lease.twin = Some(other);
                }
            }
        }
    }

    /// Is there something in a lease that is not begun, and comes back when its time is over.
    fn will_be_todo(&self, lease: &Lease) -> bool {
        let over_ms = lease.began_ms.map(|began| began + lease.budget_ms + 4 * self.tuning.latency_ms);
        lease.reached < lease.hi && over_ms.is_none_or(|over| self.now_ms < over)
    }

    fn is_late(&self, lease: &Lease) -> bool {
        let Some(range) = self.ranges.get(&lease.range) else { return false };
        let may = range.offer.doubling == Doubling::Allowed
            && lease.twin.is_none()
            && lease.kills == Kills::default();
        let (Some(began_ms), true) = (lease.began_ms, may && lease.children.is_empty()) else { return false };
        let n_cores = self.nodes.get(&lease.node).map_or(1, |node| node.n_cores);
        let ran_ms = self.now_ms.saturating_sub(began_ms);
        let n = lease.hi - lease.lo;
        self.tuning.is_straggling(ran_ms, lease.budget_ms, range.cost.ms(n, n_cores.min(n)))
    }
}
