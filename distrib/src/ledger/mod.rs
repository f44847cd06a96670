//! Who runs which part of which range, and what came of it: a state machine without clock, threads or sockets.
//!
//! `README.md` beside this file says what its states and invariants are. Whatever drives it tells it events and does what it asks for; how long
//! things take is the business of [`crate::planner`].

mod event;
mod grant;
mod journal;
mod lease;
mod offer;
mod range;
mod settle;
mod spread;
mod verify;

#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;

pub use event::{
    Action, AttemptId, CodeKey, Doubling, ErrorId, Event, Kind, Loss, NodeId, Offer, Part, Partial, RangeId,
    Slice, Verdict, Why,
};
pub use journal::{Entry, replay};

use crate::planner::{Load, Tuning};
use lease::{Lease, Node};
use range::{Range, Rank};
use std::collections::{BTreeMap, BTreeSet};

/// The ledger.
#[derive(Clone, Debug, PartialEq)]
pub struct Ledger {
    tuning: Tuning,
    now_ms: u64,
    next_attempt: u64,
    nodes: BTreeMap<NodeId, Node>,
    n_cores: u64,
    /// How many nodes are not silent.
    n_live: u64,
    ranges: BTreeMap<RangeId, Range>,
    leases: BTreeMap<AttemptId, Lease>,
    /// The ranges that have something for every node.
    open: BTreeSet<Rank>,
    /// The ranges that have something under suspicion.
    suspected: BTreeSet<Rank>,
    /// The ranges that are kept at home.
    closed: BTreeSet<RangeId>,
    /// Nodes with a core that has nothing to do.
    hungry: BTreeSet<NodeId>,
    /// Nodes that have something to do, and nothing that waits behind it.
    unfed: BTreeSet<NodeId>,
    /// The ranges that nobody waits for.
    orphans: BTreeSet<RangeId>,
}

/// How far a range is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// How many elements are done.
    pub n_done: u64,
    /// How many run, or wait on a node.
    pub n_leased: u64,
    /// How many of these have run, as far as their nodes have said.
    pub n_ran: u64,
    /// How many there are, as far as is known.
    pub len: u64,
}

impl Ledger {
    /// A ledger that knows no nodes and no ranges.
    pub fn new(tuning: Tuning) -> Self {
        Self {
            tuning,
            now_ms: 0,
            next_attempt: 1,
            nodes: BTreeMap::new(),
            n_cores: 0,
            n_live: 0,
            ranges: BTreeMap::new(),
            leases: BTreeMap::new(),
            open: BTreeSet::new(),
            suspected: BTreeSet::new(),
            closed: BTreeSet::new(),
            hungry: BTreeSet::new(),
            unfed: BTreeSet::new(),
            orphans: BTreeSet::new(),
        }
    }

    /// Takes an event, and adds what is to be done to `actions`, in the order in which it is to be done.
    ///
    /// `now_ms` counts from any time; one that goes back counts as none having passed. The same events give the same actions. What cannot be,
    /// as an event about an attempt that nobody knows, changes nothing, except that its partial is released.
    pub fn step(&mut self, now_ms: u64, event: Event, actions: &mut Vec<Action>) {
        self.now_ms = self.now_ms.max(now_ms);
        let may_have_idled = !matches!(event, Event::Heartbeat { .. });
        match event {
            Event::NodeJoined { node, n_cores } => self.node_joined(node, n_cores),
            Event::NodeLost { node, how } => self.node_lost(node, how, actions),
            Event::Offered(offer) => self.offered(offer, actions),
            Event::Cancelled { range } => self.drop_range(range, actions),
            Event::SliceEnded { attempt, stopped_at, partial, verdict, ran_us } => {
                self.slice_ended(attempt, stopped_at, partial, verdict, ran_us, actions);
            }
            Event::SliceStops { attempt, stops_at } => self.slice_stops(attempt, stops_at, actions),
            Event::SliceFailed { attempt, index, error, ran_us } => {
                self.slice_failed(attempt, index, error, ran_us, actions);
            }
            Event::SliceLost { attempt } => self.slice_lost(attempt, actions),
            Event::PartialLost { range, partial } => self.partial_lost(range, partial, actions),
            Event::Heartbeat { node, reached } => self.heartbeat(node, &reached, actions),
            Event::Tick => self.tick(actions),
        }
        self.feed(actions);
        if may_have_idled {
            self.spread(actions);
        }
    }

    /// How far a range is; `None` where it is over, or was never offered.
    pub fn progress(&self, id: RangeId) -> Option<Progress> {
        let range = self.ranges.get(&id)?;
        let n_suspect: u64 = range.suspects.iter().map(|(lo, suspect)| suspect.hi - lo).sum();
        let n_leased = range.end - range.n_todo - n_suspect - range.n_done;
        // Of two attempts at the same elements, the first stands for both.
        let leases = self.leases.iter().filter(|(at, lease)| lease.twin.is_none_or(|twin| **at < twin));
        let n_ran = leases
            .filter(|(_, l)| l.range == id)
            .map(|(_, l)| l.reached.min(l.hi).saturating_sub(l.lo))
            .sum();
        Some(Progress { n_done: range.n_done, n_leased, n_ran, len: range.end })
    }

    /// Has a node nothing to do.
    pub fn is_idle(&self, node: NodeId) -> bool {
        self.nodes.get(&node).is_some_and(|node| node.queue.is_empty())
    }

    /// The nodes that were given an element of a range.
    pub fn runners_of(&self, range: RangeId, index: u64) -> Vec<NodeId> {
        let has = |lease: &&Lease| lease.range == range && (lease.lo..lease.hi).contains(&index);
        self.leases.values().filter(has).map(|lease| lease.node).collect()
    }

    /// How many ranges are not over.
    pub fn n_ranges(&self) -> usize {
        self.ranges.len()
    }

    /// How many attempts are under way.
    pub fn n_leases(&self) -> usize {
        self.leases.len()
    }

    fn load(&self) -> Load {
        Load { n_nodes: self.n_live, n_cores: self.n_cores }
    }

    fn tick(&mut self, actions: &mut Vec<Action>) {
        self.silence();
        self.expire(actions);
        self.forget_orphans(actions);
        self.open_closed();
    }
}
