//! Ranges come and go: offered, taken up again by a driver's next life, finished, dropped.

use super::Ledger;
use super::event::{Action, Offer, RangeId};
use super::range::{End, Range};

impl Ledger {
    /// A range wants to be run. One that waits for its driver's next life goes on under its new number.
    pub(super) fn offered(&mut self, offer: Offer, actions: &mut Vec<Action>) {
        let id = offer.range;
        let is_known = |ledger: &Self| {
            offer.home.is_none_or(|home| ledger.nodes.contains_key(&home))
                && offer.parent.is_none_or(|parent| ledger.leases.contains_key(&parent))
        };
        // What an attempt offers that is over, nobody waits for.
        if self.ranges.contains_key(&id) || !is_known(self) {
            return;
        }
        let depth = self.depth_below(&offer);
        let range = match self.take_orphan(&offer) {
            Some(mut range) => {
                range.offer = offer;
                range.depth = depth;
                range
            }
            None => Range::new(offer, depth, self.now_ms),
        };
        for (_, attempt) in &range.leased {
            if let Some(lease) = self.leases.get_mut(attempt) {
                lease.range = id;
            }
        }
        if let Some(lease) = range.offer.parent.and_then(|parent| self.leases.get_mut(&parent)) {
            lease.children.push(id);
        }
        let waits_at = range.offer.parent.and_then(|p| self.leases.get(&p)).map(|lease| lease.node);
        self.ranges.insert(id, range);
        self.closed.insert(id);
        self.open_if_worth(id);
        waits_at.into_iter().for_each(|node| self.settle_node(node));
        self.settle_range(id, actions);
    }

    fn depth_below(&self, offer: &Offer) -> u32 {
        let parent = offer.parent.and_then(|parent| self.leases.get(&parent));
        parent
            .and_then(|lease| self.ranges.get(&lease.range))
            .map_or(0, |range| range.depth.saturating_add(1))
    }

    /// Does an element of this range wait for what is offered: it would wait for itself.
    pub(super) fn is_inside(&self, offer: &Offer, id: RangeId) -> bool {
        let mut parent = offer.parent;
        while let Some(lease) = parent.and_then(|parent| self.leases.get(&parent)) {
            if lease.range == id {
                return true;
            }
            parent = self.ranges.get(&lease.range).and_then(|range| range.offer.parent);
        }
        false
    }

    fn take_orphan(&mut self, offer: &Offer) -> Option<Range> {
        let is_it = |range: &Range| {
            range.offer.code == offer.code && range.offer.len == offer.len && range.offer.kind == offer.kind
        };
        let fits = |id: &RangeId| self.ranges.get(id).is_some_and(is_it) && !self.is_inside(offer, *id);
        let id = self.orphans.iter().copied().find(fits)?;
        let mut range = self.forget_range(id)?;
        range.orphaned_ms = None;
        range.is_open = false;
        Some(range)
    }

    /// Nobody waits for a range for the moment: whoever offers the same again finds what is done.
    pub(super) fn orphan(&mut self, id: RangeId) {
        self.open_range(id);
        let Some(range) = self.ranges.get_mut(&id) else { return };
        range.offer.home = None;
        range.offer.parent = None;
        range.orphaned_ms = Some(self.now_ms);
        self.orphans.insert(id);
    }

    pub(super) fn forget_orphans(&mut self, actions: &mut Vec<Action>) {
        let (now_ms, orphan_ms) = (self.now_ms, self.tuning.orphan_ms);
        let is_over =
            |range: &Range| range.orphaned_ms.is_some_and(|since| now_ms > since.saturating_add(orphan_ms));
        let over: Vec<RangeId> =
            self.orphans.iter().copied().filter(|id| self.ranges.get(id).is_some_and(is_over)).collect();
        over.into_iter().for_each(|range| self.drop_range(range, actions));
    }

    /// Nobody wants a range any more, nor what its elements wait for.
    pub(super) fn drop_range(&mut self, id: RangeId, actions: &mut Vec<Action>) {
        let mut unwanted = vec![id];
        while let Some(id) = unwanted.pop() {
            let Some(range) = self.forget_range(id) else { continue };
            actions.extend(range.partials().map(|partial| Action::Release { partial }));
            for (_, attempt) in &range.leased {
                let Some(lease) = self.end_lease(*attempt) else { continue };
                actions.push(Action::Cancel { node: lease.node, attempt: *attempt });
                unwanted.extend(lease.children);
            }
        }
    }

    /// Takes a range out of every list. Its leases stay.
    fn forget_range(&mut self, id: RangeId) -> Option<Range> {
        let range = self.ranges.remove(&id)?;
        self.open.remove(&range.rank());
        self.suspected.remove(&range.rank());
        self.closed.remove(&id);
        self.orphans.remove(&id);
        if let Some(home) = range.home().and_then(|home| self.nodes.get_mut(&home)) {
            home.own.remove(&range.rank());
        }
        if let Some(lease) = range.offer.parent.and_then(|parent| self.leases.get_mut(&parent)) {
            lease.children.retain(|child| *child != id);
            let node = lease.node;
            self.settle_node(node);
        }
        Some(range)
    }

    /// Notes whether a range has something to do, and ends it when all is done.
    pub(super) fn settle_range(&mut self, id: RangeId, actions: &mut Vec<Action>) {
        let Some(range) = self.ranges.get(&id) else { return };
        if range.is_finished() && range.orphaned_ms.is_none() {
            return self.finish(id, actions);
        }
        let rank = range.rank();
        let (has_open, has_own) = (range.is_open && range.n_todo > 0, !range.is_open && range.n_todo > 0);
        let home = range.home().and_then(|home| self.nodes.get_mut(&home));
        super::lease::mark(&mut self.suspected, rank, !range.suspects.is_empty());
        super::lease::mark(&mut self.open, rank, has_open);
        if let Some(home) = home {
            super::lease::mark(&mut home.own, rank, has_own);
        }
    }

    fn finish(&mut self, id: RangeId, actions: &mut Vec<Action>) {
        let Some(range) = self.forget_range(id) else { return };
        for (_, attempt) in &range.leased {
            // A second attempt at what is done.
            self.cancel_lease(*attempt, actions);
        }
        match range.what_ends {
            End::Reached => {
                actions.push(Action::RangeDone { range: id, end: range.end, parts: range.parts() });
            }
            End::Failed(why) => {
                actions.extend(range.partials().map(|partial| Action::Release { partial }));
                actions.push(Action::RangeFailed { range: id, index: range.end, why });
            }
        }
    }

    /// Every node may have a part of a range, from here on.
    fn open_range(&mut self, id: RangeId) {
        self.closed.remove(&id);
        let Some(range) = self.ranges.get_mut(&id) else { return };
        range.is_open = true;
        let rank = range.rank();
        super::lease::mark(&mut self.open, rank, range.n_todo > 0);
        if let Some(home) = range.home().and_then(|home| self.nodes.get_mut(&home)) {
            home.own.remove(&rank);
        }
    }

    /// Opens a range that is kept at home, if sending parts of it away pays, or if its home cannot run it.
    pub(super) fn open_if_worth(&mut self, id: RangeId) {
        let Some(range) = self.ranges.get(&id).filter(|_| self.closed.contains(&id)) else { return };
        let home = range.home().and_then(|home| self.nodes.get(&home)).filter(|home| !home.is_silent);
        let waited_ms = self.now_ms - range.offered_ms;
        let is_worth = home.is_none_or(|home| {
            let left_ms = range.cost.ms(range.end - range.n_done, home.n_cores);
            self.tuning.is_worth_sending(left_ms, waited_ms)
        });
        if is_worth {
            self.open_range(id);
        }
    }

    pub(super) fn open_closed(&mut self) {
        let closed: Vec<RangeId> = self.closed.iter().copied().collect();
        closed.into_iter().for_each(|id| self.open_if_worth(id));
    }
}
