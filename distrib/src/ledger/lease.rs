//! Nodes, and what they have: leases begin, are renewed by heartbeats, and end.

use super::Ledger;
use super::event::{Action, AttemptId, Loss, NodeId, RangeId, Slice};
use super::range::{Kills, Rank, Taken};
use std::collections::BTreeSet;

/// For how long a node that refused a slice gets none.
const REST_MS: u64 = 1_000;

/// A part of a range that a node has.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Lease {
    pub(super) range: RangeId,
    pub(super) node: NodeId,
    pub(super) lo: u64,
    /// Where it ends since it was last cut.
    pub(super) hi: u64,
    /// The other attempt at the same elements.
    pub(super) twin: Option<AttemptId>,
    pub(super) kills: Kills,
    pub(super) budget_ms: u64,
    /// When it was the first of its node, as far as is known.
    pub(super) began_ms: Option<u64>,
    pub(super) deadline_ms: u64,
    /// All before this is done or under way, as its node last said; and when that was, or when it began.
    pub(super) reached: u64,
    pub(super) heard_ms: u64,
    /// The ranges that an element of it waits for.
    pub(super) children: Vec<RangeId>,
}

/// What the death of a node says of an attempt that it had.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Blame {
    /// Nothing: it did not run, or nobody died.
    None,
    /// It, or another that ran beside it.
    Shared,
    /// Nothing else ran.
    Alone,
}

impl Blame {
    /// What so many elements are suspected of from here on. One element is counted against only when it was alone.
    pub(super) fn added_to(self, kills: Kills, n: u64) -> Kills {
        match self {
            Self::None => kills,
            Self::Shared if n == 1 => Kills { is_apart: true, ..kills },
            Self::Shared | Self::Alone => Kills { n: kills.n.saturating_add(1), ..kills },
        }
    }
}

impl Lease {
    /// How many cores it can keep busy.
    pub(super) fn width(&self, n_cores: u64) -> u64 {
        if !self.children.is_empty() {
            return 0;
        }
        // What may kill its node has it alone: nothing waits behind it either.
        let is_suspect = self.kills != Kills::default();
        if is_suspect { 2 * n_cores } else { self.hi.saturating_sub(self.reached).clamp(1, n_cores) }
    }
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Node {
    pub(super) n_cores: u64,
    /// How many cores its attempts could keep busy.
    pub(super) n_busy: u64,
    /// Its attempts, in the order in which it runs them.
    pub(super) queue: Vec<AttemptId>,
    pub(super) heard_ms: u64,
    pub(super) is_silent: bool,
    /// It has refused something, and gets nothing until then.
    pub(super) rests_until_ms: u64,
    /// Ranges that nobody but this node may have.
    pub(super) own: BTreeSet<Rank>,
}

impl Ledger {
    pub(super) fn node_joined(&mut self, node: NodeId, n_cores: u32) {
        if self.nodes.contains_key(&node) {
            return;
        }
        let n_cores = u64::from(n_cores.max(1));
        self.n_cores += n_cores;
        self.n_live += 1;
        let state = Node {
            n_cores,
            n_busy: 0,
            queue: Vec::new(),
            heard_ms: self.now_ms,
            is_silent: false,
            rests_until_ms: 0,
            own: BTreeSet::new(),
        };
        self.nodes.insert(node, state);
        self.settle_node(node);
    }

    /// Its leases are todo again, and the ranges that its drivers offered wait for their drivers' next life.
    pub(super) fn node_lost(&mut self, node: NodeId, how: Loss, actions: &mut Vec<Action>) {
        let Some(state) = self.nodes.get(&node) else { return };
        if !state.is_silent {
            self.n_cores -= state.n_cores;
            self.n_live -= 1;
        }
        let blames: Vec<(AttemptId, Blame)> = match how {
            Loss::Died => self.blames(node),
            Loss::Left => state.queue.iter().map(|attempt| (*attempt, Blame::None)).collect(),
        };
        for (attempt, blame) in blames {
            self.return_lease(attempt, blame, actions);
        }
        self.nodes.remove(&node);
        self.hungry.remove(&node);
        self.unfed.remove(&node);
        let left: Vec<RangeId> =
            self.ranges.iter().filter(|(_, r)| r.home() == Some(node)).map(|(&id, _)| id).collect();
        left.into_iter().for_each(|range| self.orphan(range));
    }

    /// How much the death of a node says of each of its attempts.
    fn blames(&self, node: NodeId) -> Vec<(AttemptId, Blame)> {
        let running = self.running(node);
        let queue = self.nodes.get(&node).map_or(&[][..], |node| &node.queue);
        // Beside the element that waits, others may run.
        let runs_beside = |lease: &Lease| !lease.children.is_empty() && lease.hi - lease.lo > 1;
        let may_run = |attempt: &AttemptId| {
            running.contains(attempt) || self.leases.get(attempt).is_some_and(runs_beside)
        };
        let n = queue.iter().filter(|attempt| may_run(attempt)).count();
        let blame = |attempt: &AttemptId| match (may_run(attempt), n) {
            (false, _) => Blame::None,
            (true, 1) => Blame::Alone,
            (true, _) => Blame::Shared,
        };
        queue.iter().map(|attempt| (*attempt, blame(attempt))).collect()
    }

    /// The attempts of a node that run, by what is known: as many of the first as keep its cores busy.
    pub(super) fn running(&self, node: NodeId) -> Vec<AttemptId> {
        let Some(node) = self.nodes.get(&node) else { return Vec::new() };
        let mut left = node.n_cores;
        let mut running = Vec::new();
        for attempt in &node.queue {
            let width = self.leases.get(attempt).map_or(0, |lease| lease.width(node.n_cores));
            if left == 0 {
                break;
            }
            if width > 0 {
                running.push(*attempt);
            }
            left = left.saturating_sub(width);
        }
        running
    }

    /// A node lives, and tells how far it is. What it has and should not have is called off again.
    pub(super) fn heartbeat(
        &mut self,
        node: NodeId,
        reached: &[(AttemptId, u64)],
        actions: &mut Vec<Action>,
    ) {
        let (now_ms, lease_ms) = (self.now_ms, self.tuning.lease_ms);
        let Some(state) = self.nodes.get_mut(&node) else { return };
        state.heard_ms = now_ms;
        if state.is_silent {
            state.is_silent = false;
            self.n_cores += state.n_cores;
            self.n_live += 1;
        }
        for &(attempt, index) in reached {
            let Some(lease) = self.leases.get_mut(&attempt).filter(|lease| lease.node == node) else {
                actions.push(Action::Cancel { node, attempt });
                continue;
            };
            lease.deadline_ms = now_ms.saturating_add(lease_ms);
            lease.heard_ms = lease.heard_ms.max(now_ms);
            if index > lease.reached && index > lease.hi {
                // It has not heard that it was cut.
                actions.push(Action::Cut { node, attempt, hi: lease.hi });
            }
            lease.reached = lease.reached.max(index);
        }
        self.settle_node(node);
    }

    /// Hands a part of a range to a node.
    pub(super) fn lease(
        &mut self,
        node: NodeId,
        range: RangeId,
        part: Taken,
        budget_ms: u64,
        actions: &mut Vec<Action>,
    ) -> AttemptId {
        let attempt = AttemptId(self.next_attempt);
        self.next_attempt += 1;
        let Taken { lo, hi, kills } = part;
        let lease = Lease {
            range,
            node,
            lo,
            hi,
            twin: None,
            kills,
            budget_ms,
            began_ms: None,
            deadline_ms: self.now_ms.saturating_add(self.tuning.lease_ms),
            reached: lo,
            heard_ms: self.now_ms,
            children: Vec::new(),
        };
        self.leases.insert(attempt, lease);
        if let Some(range) = self.ranges.get_mut(&range) {
            range.leased.insert((lo, attempt));
        }
        if let Some(state) = self.nodes.get_mut(&node) {
            state.queue.push(attempt);
        }
        self.settle_node(node);
        actions.push(Action::Submit { node, slice: Slice { attempt, range, lo, hi, budget_ms } });
        attempt
    }

    /// Ends a lease; what becomes of its elements is the caller's to say.
    pub(super) fn end_lease(&mut self, attempt: AttemptId) -> Option<Lease> {
        let lease = self.leases.remove(&attempt)?;
        if let Some(range) = self.ranges.get_mut(&lease.range) {
            range.leased.remove(&(lease.lo, attempt));
        }
        if let Some(twin) = lease.twin.and_then(|twin| self.leases.get_mut(&twin)) {
            twin.twin = None;
        }
        if let Some(node) = self.nodes.get_mut(&lease.node) {
            node.queue.retain(|other| *other != attempt);
        }
        self.settle_node(lease.node);
        Some(lease)
    }

    /// Ends a lease whose elements somebody else has, and what its elements wait for.
    pub(super) fn cancel_lease(&mut self, attempt: AttemptId, actions: &mut Vec<Action>) -> Option<Lease> {
        let lease = self.end_lease(attempt)?;
        actions.push(Action::Cancel { node: lease.node, attempt });
        for child in &lease.children {
            self.drop_range(*child, actions);
        }
        Some(lease)
    }

    /// Ends a lease that came to nothing: its elements are todo again, unless its twin has them.
    pub(super) fn return_lease(&mut self, attempt: AttemptId, blame: Blame, actions: &mut Vec<Action>) {
        let Some(mut lease) = self.end_lease(attempt) else { return };
        for child in std::mem::take(&mut lease.children) {
            self.orphan(child);
        }
        if let Some(twin) = lease.twin.and_then(|twin| self.leases.get_mut(&twin)) {
            // It does not make the other less suspect that it was not alone.
            twin.kills = blame.added_to(lease.kills, lease.hi - lease.lo);
            let node = twin.node;
            return self.settle_node(node);
        }
        self.suspect(&lease, blame, actions);
        self.settle_range(lease.range, actions);
    }

    /// A slice was refused, or got lost on the way.
    pub(super) fn slice_lost(&mut self, attempt: AttemptId, actions: &mut Vec<Action>) {
        let Some(lease) = self.leases.get(&attempt) else { return };
        if let Some(node) = self.nodes.get_mut(&lease.node) {
            node.rests_until_ms = self.now_ms + REST_MS;
        }
        self.return_lease(attempt, Blame::None, actions);
    }

    /// Nodes that have not been heard of get nothing, until they are.
    pub(super) fn silence(&mut self) {
        let (now_ms, lease_ms) = (self.now_ms, self.tuning.lease_ms);
        let mut changed = Vec::new();
        for (&id, node) in &mut self.nodes {
            let is_silent = now_ms > node.heard_ms.saturating_add(lease_ms);
            if is_silent && !node.is_silent {
                node.is_silent = true;
                self.n_cores -= node.n_cores;
                self.n_live -= 1;
                changed.push(id);
            } else if node.rests_until_ms != 0 && node.rests_until_ms <= now_ms {
                node.rests_until_ms = 0;
                changed.push(id);
            }
        }
        changed.into_iter().for_each(|node| self.settle_node(node));
    }

    /// Leases that their nodes have not named for too long are given up.
    pub(super) fn expire(&mut self, actions: &mut Vec<Action>) {
        let now_ms = self.now_ms;
        let is_over = |lease: &Lease| lease.deadline_ms < now_ms;
        let over: Vec<(AttemptId, NodeId)> =
            self.leases.iter().filter(|(_, l)| is_over(l)).map(|(&id, l)| (id, l.node)).collect();
        for (attempt, node) in over {
            self.return_lease(attempt, Blame::None, actions);
            actions.push(Action::Cancel { node, attempt });
        }
    }

    /// Notes what a node lacks, and which of its attempts run.
    pub(super) fn settle_node(&mut self, id: NodeId) {
        let running = self.running(id);
        for attempt in running {
            if let Some(lease) = self.leases.get_mut(&attempt)
                && lease.began_ms.is_none()
            {
                lease.began_ms = Some(self.now_ms + self.tuning.latency_ms);
                lease.heard_ms = self.now_ms + self.tuning.latency_ms;
            }
        }
        let Some(node) = self.nodes.get_mut(&id) else { return };
        let widths = node.queue.iter().filter_map(|a| self.leases.get(a)).map(|l| l.width(node.n_cores));
        let busy: u64 = widths.sum();
        node.n_busy = busy;
        let gets = !node.is_silent && node.rests_until_ms == 0;
        mark(&mut self.hungry, id, gets && busy < node.n_cores);
        mark(&mut self.unfed, id, gets && (node.n_cores..2 * node.n_cores).contains(&busy));
    }
}

pub(super) fn mark<T: Ord>(set: &mut BTreeSet<T>, item: T, is_in: bool) {
    if is_in {
        set.insert(item);
    } else {
        set.remove(&item);
    }
}
