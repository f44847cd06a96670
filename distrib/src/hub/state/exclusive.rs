//! Units for which the memory of a node did not suffice while others ran there: that says nothing about them, so each of
//! them runs again on a node that has nothing else to do. Only what fails there fails.

use super::super::events::NodeId;
use super::{Place, State};
use crate::protocol::{Attempt, ToNode};

/// So often a unit is given a node of its own: what ran there before may hold memory still at the first time.
const MAX_EXCLUSIVE: u32 = 2;

impl State {
    /// A node begins a unit: whatever else it runs has company from here on.
    pub(super) fn note_company(&mut self, unit: u64, id: NodeId) {
        let Some(node) = self.nodes.get(&id) else { return };
        let others: Vec<u64> = node.running.iter().copied().filter(|other| *other != unit).collect();
        let is_shared = !others.is_empty() || node.helping.is_some();
        for id in others {
            if let Some(other) = self.units.get_mut(&id) {
                other.had_company = true;
            }
        }
        if let Some(unit) = self.units.get_mut(&unit) {
            unit.had_company = is_shared;
        }
    }

    /// Sends a unit that has failed for want of memory to a node of its own, where it had none; true where it does.
    pub(super) fn retry_exclusively(&mut self, id: NodeId, attempt: Attempt) -> bool {
        let Some(unit) = self.current(id, attempt) else { return false };
        if !unit.had_company || unit.n_exclusive >= MAX_EXCLUSIVE || unit.is_told {
            return false;
        }
        unit.n_exclusive += 1;
        let keys = unit.given.keys.clone();
        self.end_help(attempt.unit);
        self.put_back(attempt.unit);
        self.say(id, ToNode::Release { keys });
        true
    }

    /// Is a unit to have a node of its own. Not where it is computed once more: others that have a node may wait for that.
    pub(super) fn is_exclusive(&self, unit: u64) -> bool {
        self.units.get(&unit).is_some_and(|u| u.n_exclusive > 0 && !u.is_told)
    }

    /// May a unit be sent to a node, by what runs there: nothing does where either of them is to be alone.
    pub(super) fn may_share_node(&self, unit: u64, id: NodeId) -> bool {
        let Some(node) = self.nodes.get(&id) else { return false };
        node.running.is_empty()
            || !(self.is_exclusive(unit) || node.running.iter().any(|u| self.is_exclusive(*u)))
    }

    /// Does a unit wait for a node of its own: no more are sent anywhere until it has one.
    pub(super) fn has_exclusive_waiting(&self) -> bool {
        self.units.values().any(|u| u.n_exclusive > 0 && !u.is_told && u.place == Place::Ready)
    }
}
