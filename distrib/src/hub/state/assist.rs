//! Ranges within the elements of shared ranges. A node for which nothing is left of the outer range runs an element that another node runs,
//! and so comes to the same inner ranges, which are shared as others are. What the element comes to counts where it was run for that alone.

use super::super::events::NodeId;
use super::State;
use super::shares::ranges_of;
use crate::protocol::{Attempt, RangeHash, ToNode};
use std::collections::BTreeMap;

impl State {
    /// How many nodes run an element, or are about to, with this one.
    pub(super) fn n_peers(&self, unit: u64, (range, index): (RangeHash, i64), id: NodeId) -> usize {
        let is_other = |node: NodeId| node != id;
        let assistants = self.assisting.range((unit, range, NodeId(0))..=(unit, range, NodeId(u32::MAX)));
        let n_assistants = assistants.filter(|((_, _, node), at)| is_other(*node) && **at == index).count();
        let share = self.shares.get(&(unit, range));
        let n_runners = share.map_or(0, |s| s.runners_of(index).into_iter().filter(|n| is_other(*n)).count());
        1 + n_assistants + n_runners
    }

    /// Finds something to do for all nodes that have come to a range of which nothing is left for them.
    pub(super) fn assist_all(&mut self) {
        let all: Vec<_> = self.shares.keys().copied().collect();
        all.into_iter().for_each(|at| self.assist(at));
    }

    fn assist(&mut self, at: (u64, RangeHash)) {
        let Some(share) = self.shares.get(&at) else { return };
        let idle = share.idle_takers();
        let mut wanted = if idle.is_empty() { BTreeMap::new() } else { self.elements_with_ranges(at) };
        for (id, attempt) in idle {
            if self.assisting.contains_key(&(at.0, at.1, id)) {
                continue;
            }
            let least = wanted.iter_mut().filter(|(_, nodes)| !nodes.contains(&id));
            let Some((index, nodes)) = least.min_by_key(|(index, nodes)| (nodes.len(), **index)) else {
                continue;
            };
            nodes.push(id);
            let index = *index;
            self.assisting.insert((at.0, at.1, id), index);
            self.say(id, ToNode::Assist { attempt, range: at.1, index });
        }
    }

    /// The elements of a range within which there are ranges that take long, and the nodes that run each of them.
    fn elements_with_ranges(&self, (unit, range): (u64, RangeHash)) -> BTreeMap<i64, Vec<NodeId>> {
        let mut found: BTreeMap<i64, Vec<NodeId>> = BTreeMap::new();
        let of_unit = ranges_of(unit);
        for (_, alone) in self.alone.range(of_unit.clone()) {
            if let Some((_, index)) = alone.within().filter(|(outer, _)| *outer == range) {
                found.entry(index).or_default().push(alone.node());
            }
        }
        for (_, share) in self.shares.range(of_unit).filter(|(_, share)| !share.is_over()) {
            if let Some((_, index)) = share.within().filter(|(outer, _)| *outer == range) {
                found.entry(index).or_default().extend(share.takers().map(|(id, _)| id));
            }
        }
        for nodes in found.values_mut() {
            nodes.sort_unstable();
            nodes.dedup();
        }
        found
    }

    /// A node has run an element for what is within it.
    pub(super) fn has_assisted(&mut self, at: (u64, RangeHash), id: NodeId, index: i64) {
        let entry = (at.0, at.1, id);
        if self.assisting.get(&entry) == Some(&index) {
            self.assisting.remove(&entry);
        }
    }

    /// A node is not to run an element any more for what is within it.
    pub(super) fn dismiss(&mut self, at: (u64, RangeHash), id: NodeId) {
        let Some(index) = self.assisting.remove(&(at.0, at.1, id)) else { return };
        // Nor is what it runs for what is within that.
        let of_unit = ranges_of(at.0);
        let inner = self.shares.range(of_unit).filter(|(_, share)| share.within() == Some((at.1, index)));
        let inner: Vec<_> = inner.map(|(inner, _)| *inner).collect();
        inner.into_iter().for_each(|inner| self.dismiss(inner, id));
        if let Some((_, n)) = self.runners(at.0).into_iter().find(|(node, _)| *node == id) {
            self.say(id, ToNode::Dismiss { attempt: Attempt { unit: at.0, n }, range: at.1 });
        }
    }

    /// Elements of a range are done, and what is within them is over.
    pub(super) fn forget_within(&mut self, at: (u64, RangeHash), lo: i64, hi: i64) {
        let assistants = self.assisting.range((at.0, at.1, NodeId(0))..=(at.0, at.1, NodeId(u32::MAX)));
        let idle: Vec<_> =
            assistants.filter(|(_, at)| (lo..hi).contains(*at)).map(|((_, _, node), _)| *node).collect();
        idle.into_iter().for_each(|id| self.dismiss(at, id));
        let is_over = |within: Option<(RangeHash, i64)>| {
            within.is_some_and(|(range, index)| range == at.1 && (lo..hi).contains(&index))
        };
        let of_unit = ranges_of(at.0);
        let shares = self.shares.range(of_unit.clone()).filter(|(_, share)| is_over(share.within()));
        let shares: Vec<_> =
            shares.map(|(inner, share)| (*inner, share.takers().collect::<Vec<_>>())).collect();
        let alone = self.alone.range(of_unit).filter(|(_, alone)| is_over(alone.within()));
        let alone: Vec<_> =
            alone.map(|(inner, alone)| (*inner, alone.waiting().collect::<Vec<_>>())).collect();
        for (inner, left) in shares.into_iter().chain(alone) {
            self.forget_within(inner, 0, i64::MAX);
            self.shares.remove(&inner);
            self.alone.remove(&inner);
            // Whoever is there still goes on by himself.
            for (id, attempt) in left {
                self.say(id, ToNode::GoOn { attempt, range: inner.1 });
            }
        }
    }

    /// Whoever was alone with a range has done it: who runs its element for it alone need not wait for it any more.
    pub(super) fn dismiss_waiting(&mut self, at: (u64, RangeHash)) {
        let Some(alone) = self.alone.get(&at) else { return };
        let Some((outer, _)) = alone.within() else { return };
        let waiting: Vec<_> = alone.waiting().map(|(id, _)| id).collect();
        let outer = (at.0, outer);
        for id in waiting {
            if self.assisting.contains_key(&(outer.0, outer.1, id)) {
                self.dismiss(outer, id);
                if let Some(alone) = self.alone.get_mut(&at) {
                    alone.does_not_wait(id);
                }
            }
        }
    }
}
