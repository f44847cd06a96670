//! What is always true of a ledger, looked up the slow way.

use super::Ledger;
use super::range::Range;

impl Ledger {
    /// Looks whether the state holds together. For tests and simulations: it takes time in proportion to all that there is.
    ///
    /// # Errors
    ///
    /// What does not hold.
    pub fn verify(&self) -> Result<(), String> {
        for (id, range) in &self.ranges {
            self.verify_range(range).map_err(|what| format!("{id:?}: {what}"))?;
        }
        self.verify_leases()?;
        self.verify_nodes()
    }

    /// Every element lies in one extent.
    fn verify_range(&self, range: &Range) -> Result<(), String> {
        let mut extents: Vec<(u64, u64)> = range.todo.iter().map(|(&lo, &hi)| (lo, hi)).collect();
        if extents.windows(2).any(|two| two[0].1 == two[1].0) {
            return Err("what is todo touches".to_owned());
        }
        let n_todo: u64 = extents.iter().map(|(lo, hi)| hi - lo).sum();
        let done: Vec<(u64, u64)> = range.done.iter().map(|(&lo, done)| (lo, done.hi)).collect();
        let n_done: u64 = done.iter().map(|(lo, hi)| hi - lo).sum();
        if (n_todo, n_done) != (range.n_todo, range.n_done) {
            return Err(format!(
                "counts {n_todo} todo and {n_done} done, not {} and {}",
                range.n_todo, range.n_done
            ));
        }
        extents.extend(done);
        extents.extend(range.suspects.iter().map(|(&lo, suspect)| (lo, suspect.hi)));
        for (lo, attempt) in &range.leased {
            let lease = self.leases.get(attempt).ok_or_else(|| format!("{attempt:?} is no lease"))?;
            if lease.lo != *lo || lease.range != range.offer.range {
                return Err(format!("{attempt:?} is elsewhere"));
            }
            // Of twins the first stands for both.
            if lease.twin.is_none_or(|twin| *attempt < twin) {
                extents.push((lease.lo, lease.hi));
            }
        }
        extents.sort_unstable();
        let mut at = 0;
        for (lo, hi) in extents {
            if lo != at || hi <= lo {
                return Err(format!("{lo}..{hi} follows {at}"));
            }
            at = hi;
        }
        if at != range.end {
            return Err(format!("ends at {at}, not at {}", range.end));
        }
        if self.suspected.contains(&range.rank()) == range.suspects.is_empty() {
            return Err("is suspected wrongly".to_owned());
        }
        let (is_open, is_closed) =
            (self.open.contains(&range.rank()), self.closed.contains(&range.offer.range));
        if is_open != (range.is_open && n_todo > 0) || is_closed == range.is_open {
            return Err("is listed wrongly".to_owned());
        }
        Ok(())
    }

    fn verify_leases(&self) -> Result<(), String> {
        for (id, lease) in &self.leases {
            let is_listed =
                self.ranges.get(&lease.range).is_some_and(|r| r.leased.contains(&(lease.lo, *id)));
            let is_queued = self.nodes.get(&lease.node).is_some_and(|node| node.queue.contains(id));
            if !is_listed || !is_queued {
                return Err(format!("{id:?} is not listed"));
            }
            let twin = lease.twin.map(|twin| self.leases.get(&twin));
            let is_twin = |twin: Option<&super::lease::Lease>| {
                twin.is_some_and(|t| {
                    t.twin == Some(*id) && (t.range, t.lo, t.hi) == (lease.range, lease.lo, lease.hi)
                })
            };
            if !twin.is_none_or(is_twin) {
                return Err(format!("{id:?} has no twin"));
            }
            let is_child = |child| self.ranges.get(child).is_some_and(|r| r.offer.parent == Some(*id));
            if !lease.children.iter().all(is_child) {
                return Err(format!("{id:?} waits for nothing"));
            }
        }
        Ok(())
    }

    fn verify_nodes(&self) -> Result<(), String> {
        let live = || self.nodes.values().filter(|node| !node.is_silent);
        if live().map(|node| node.n_cores).sum::<u64>() != self.n_cores
            || live().count() as u64 != self.n_live
        {
            return Err("the cores are miscounted".to_owned());
        }
        let queued: usize = self.nodes.values().map(|node| node.queue.len()).sum();
        let known = |id: &super::NodeId| self.nodes.contains_key(id);
        if queued != self.leases.len() || !self.hungry.iter().chain(&self.unfed).all(known) {
            return Err("nodes are listed wrongly".to_owned());
        }
        Ok(())
    }
}
