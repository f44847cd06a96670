//! What nodes declare, what of it is in use, and how much room they have.

use super::super::events::NodeId;
use super::{Node, State};
use crate::protocol::{Attempt, ToNode};
use crate::resources::Resources;

impl State {
    /// Has a node what a unit asks for, and is it not in use. What is computed again is waited for by units that have it: it must not wait for them.
    pub(super) fn has_resources(&self, unit: u64, node: &Node) -> bool {
        let Some(unit) = self.units.get(&unit) else { return false };
        let asked = &unit.given.resources;
        let running = node.running.iter().filter_map(|id| self.units.get(id)).map(|u| &u.given.resources);
        let in_use = running.chain(node.leaving.values()).filter(|_| !unit.is_told);
        node.offer.resources.suffices(asked, in_use)
    }

    /// Tells a node to stop what it runs. Until it has, it uses what it asked for.
    pub(super) fn call_off(&mut self, id: NodeId, attempt: Attempt) {
        self.say(id, ToNode::Cancel { attempt });
        let asked = self.units.get(&attempt.unit).map(|u| &u.given.resources);
        if let (Some(asked), Some(node)) = (asked.filter(|a| !a.is_empty()), self.nodes.get_mut(&id)) {
            node.leaving.insert(attempt, asked.clone());
        }
    }

    /// What a node was told to stop has ended, or ended before it heard of that.
    pub(super) fn has_gone(&mut self, id: NodeId, attempt: Attempt) {
        if let Some(node) = self.nodes.get_mut(&id) {
            node.leaving.remove(&attempt);
        }
    }

    /// Are there nodes, and does none of them declare what a unit asks for.
    pub(super) fn is_beyond_all(&self, unit: u64) -> bool {
        let nothing = Resources::default();
        let asked = self.units.get(&unit).map_or(&nothing, |u| &u.given.resources);
        let has = |node: &Node| node.offer.resources.suffices(asked, std::iter::empty());
        !self.nodes.is_empty() && !self.nodes.values().any(has)
    }

    /// How many bytes a node holds, as far as is known.
    pub(super) fn held_on(&self, id: NodeId) -> u64 {
        self.held.values().filter(|h| h.on.contains(&id)).map(|h| h.nbytes).sum()
    }

    /// How many bytes a node has room for besides.
    pub(super) fn room_on(&self, id: NodeId) -> u64 {
        self.nodes.get(&id).map_or(0, |node| node.offer.room.saturating_sub(self.held_on(id)))
    }
}
