//! What is todo goes to nodes that have nothing to do, and behind what the others run.

use super::Ledger;
use super::event::{Action, NodeId, RangeId};

impl Ledger {
    /// Hands out what is todo.
    pub(super) fn feed(&mut self, actions: &mut Vec<Action>) {
        // Those with nothing first, then those with nothing behind what they run.
        while self.feed_hungry(actions) {}
        self.feed_ahead(actions);
    }

    /// One slice for each node that has a core to spare. Tells whether there was one.
    fn feed_hungry(&mut self, actions: &mut Vec<Action>) -> bool {
        if self.open.is_empty() && self.closed.is_empty() {
            return false;
        }
        let hungry: Vec<NodeId> = self.hungry.iter().copied().collect();
        let mut any = false;
        for node in hungry {
            let Some(range) = self.pick(node) else { continue };
            any |= self.grant(node, range, actions);
            if self.open.is_empty() && self.closed.is_empty() {
                break;
            }
        }
        any
    }

    fn feed_ahead(&mut self, actions: &mut Vec<Action>) {
        if self.tuning.latency_ms == 0 || self.open.is_empty() {
            return;
        }
        let unfed: Vec<NodeId> = self.unfed.iter().copied().collect();
        for node in unfed {
            let Some(&(_, _, range)) = self.open.first() else { return };
            let todo_ms = self.ranges.get(&range).and_then(|range| range.todo_ms(self.n_cores));
            if !self.tuning.feeds_ahead(self.load(), todo_ms) {
                return;
            }
            self.grant(node, range, actions);
        }
    }

    /// The range that a node is to have a part of.
    fn pick(&self, node: NodeId) -> Option<RangeId> {
        let own = self.nodes.get(&node).and_then(|node| node.own.first());
        let open = self.open.first();
        own.into_iter().chain(open).min().map(|rank| rank.2)
    }

    fn grant(&mut self, node: NodeId, id: RangeId, actions: &mut Vec<Action>) -> bool {
        let load = self.load();
        let n_cores = self.nodes.get(&node).map_or(1, |node| node.n_cores);
        let Some(range) = self.ranges.get_mut(&id) else { return false };
        let (n, todo_ms) = if range.is_open {
            (self.tuning.share(load, range.n_todo, n_cores, &range.cost), range.todo_ms(load.n_cores))
        } else {
            (range.n_todo, range.todo_ms(n_cores))
        };
        let Some(part) = range.take_todo(n) else { return false };
        let budget_ms = self.tuning.budget_ms(load, todo_ms);
        self.lease(node, id, part, budget_ms, actions);
        self.settle_range(id, actions);
        true
    }
}
