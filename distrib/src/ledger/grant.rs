//! What is todo goes to nodes that have nothing to do, and behind what the others run.

use super::Ledger;
use super::event::{Action, NodeId, RangeId};

impl Ledger {
    /// Hands out what is todo.
    pub(super) fn feed(&mut self, actions: &mut Vec<Action>) {
        self.feed_suspects(actions);
        // Those with nothing first, then those with nothing behind what they run.
        while self.feed_hungry(actions) {}
        self.feed_ahead(actions);
    }

    /// What may have killed a node runs alone on one.
    fn feed_suspects(&mut self, actions: &mut Vec<Action>) {
        while let Some(&(_, _, id)) = self.suspected.first() {
            let is_free = |id: &&NodeId| self.nodes.get(id).is_some_and(|node| node.n_busy == 0);
            let Some(&node) = self.hungry.iter().find(is_free) else { return };
            let load = self.load();
            let Some(range) = self.ranges.get_mut(&id) else { return };
            let Some(part) = range.take_suspect() else { return };
            self.lease(node, id, part, self.tuning.budget_ms(load, None), actions);
            self.settle_range(id, actions);
        }
    }

    /// Is a node to become free for what must run alone.
    pub(super) fn is_kept_free(&self, node: NodeId) -> bool {
        let first = || self.nodes.iter().find(|(_, node)| !node.is_silent).map(|(&id, _)| id);
        !self.suspected.is_empty() && first() == Some(node)
    }

    /// One slice for each node that has a core to spare. Tells whether there was one.
    fn feed_hungry(&mut self, actions: &mut Vec<Action>) -> bool {
        if self.open.is_empty() && self.closed.is_empty() {
            return false;
        }
        let mut any = false;
        for node in self.emptiest_first() {
            if self.open.is_empty() && self.closed.is_empty() {
                break;
            }
            if let Some(range) = self.pick(node).filter(|_| !self.is_kept_free(node)) {
                any |= self.grant(node, range, actions);
            }
        }
        any
    }

    /// The nodes with a core to spare, those with nothing at all first.
    pub(super) fn emptiest_first(&self) -> Vec<NodeId> {
        let busy = |id: &NodeId| self.nodes.get(id).map_or(0, |node| node.n_busy);
        let mut nodes: Vec<(u64, NodeId)> = self.hungry.iter().map(|id| (busy(id), *id)).collect();
        nodes.sort_unstable();
        nodes.into_iter().map(|(_, node)| node).collect()
    }

    fn feed_ahead(&mut self, actions: &mut Vec<Action>) {
        if self.tuning.latency_ms == 0 || self.open.is_empty() {
            return;
        }
        for node in self.unfed.clone() {
            let Some(&(_, _, range)) = self.open.first() else { return };
            let todo_ms = self.ranges.get(&range).and_then(|range| range.todo_ms(self.n_cores));
            if !self.tuning.feeds_ahead(self.load(), todo_ms) {
                return;
            }
            if !self.is_kept_free(node) {
                self.grant(node, range, actions);
            }
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
