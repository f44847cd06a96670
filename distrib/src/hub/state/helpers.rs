//! Nodes that have nothing of their own to do run what another one runs: the same unit, which is the same computation, so that its ranges
//! can be shared. Whichever of them ends first is the one that counts.

use super::super::events::NodeId;
use super::{Node, Place, State, Unit};
use crate::protocol::{Attempt, ToNode};
use std::collections::BTreeSet;

/// A unit that has run for so long is worth helping.
const WORTH_HELPING_MS: u64 = 30;

/// About so much is moved in a millisecond, in bytes: inputs that take longer than the unit has run so far are not worth it yet.
const MOVED_PER_MS: u64 = 200_000;
/// The inputs that are brought to a node for its help take no more than such a part of the room that it has: what it computes takes some too.
const PART_OF_ROOM: u64 = 4;

/// A node that runs a unit besides the one that it was given to.
#[derive(Clone, Debug)]
pub(super) struct Helper {
    /// The how many-th time that the unit was sent.
    pub(super) attempt: u32,
    /// How many texts it has printed.
    pub(super) n_printed: usize,
    /// Inputs that are on their way to it.
    missing: BTreeSet<u64>,
}

impl State {
    /// Is this an attempt of a node that helps.
    pub(super) fn is_helper(&self, id: NodeId, attempt: Attempt) -> bool {
        self.helpers.get(&(attempt.unit, id)).is_some_and(|h| h.attempt == attempt.n)
    }

    /// The nodes that run a unit, and as which attempt.
    pub(super) fn runners(&self, unit: u64) -> Vec<(NodeId, u32)> {
        let Some(known) = self.units.get(&unit) else { return Vec::new() };
        let first = if let Place::Running(node) = known.place { Some((node, known.attempt)) } else { None };
        let helpers = self.helpers.range((unit, NodeId(0))..=(unit, NodeId(u32::MAX)));
        first.into_iter().chain(helpers.map(|((_, node), h)| (*node, h.attempt))).collect()
    }

    /// Gives nodes without work a part in what others do.
    pub(super) fn help(&mut self) {
        let idle: Vec<NodeId> = self
            .nodes
            .iter()
            .filter(|(_, node)| node.running.is_empty() && node.helping.is_none())
            .map(|(id, _)| *id)
            .collect();
        for node in idle {
            let Some(Node { offer, leaving, .. }) = self.nodes.get(&node) else { continue };
            let declared = &offer.resources;
            let wants = self.units.iter().filter(|(_, unit)| {
                let is_running = matches!(unit.place, Place::Running(_)) && !unit.left_by.contains(&node);
                is_running
                    && declared.suffices(&unit.given.resources, leaving.values())
                    && self.is_worth_helping(unit, node)
            });
            let best = wants.map(|(id, _)| (self.runners(*id).len(), *id)).min();
            if let Some((_, unit)) = best {
                self.begin_to_help(unit, node);
            }
        }
    }

    /// Has a unit run for long enough, also for what it takes to bring its inputs to a node.
    fn is_worth_helping(&self, unit: &Unit, node: NodeId) -> bool {
        let far =
            unit.given.inputs.iter().filter_map(|key| self.held.get(key)).filter(|h| !h.on.contains(&node));
        let n_bytes: u64 = far.map(|h| h.nbytes).sum();
        let ran_ms = self.now_ms.saturating_sub(unit.since_ms);
        let most = ran_ms.saturating_mul(MOVED_PER_MS);
        ran_ms >= WORTH_HELPING_MS
            && (n_bytes == 0 || (n_bytes <= most && n_bytes <= self.room_on(node) / PART_OF_ROOM))
    }

    fn begin_to_help(&mut self, unit: u64, node: NodeId) {
        let inputs = self.units.get(&unit).map(|u| u.given.inputs.clone()).unwrap_or_default();
        let held = |key: &u64| self.held.get(key);
        let can_come = |key: &u64| {
            held(key).is_some_and(|h| {
                h.on.contains(&node) || h.blob.is_some() || (h.stuck.is_none() && !h.on.is_empty())
            })
        };
        if !inputs.iter().all(can_come) {
            return;
        }
        let mut missing = BTreeSet::new();
        for key in inputs {
            let Some(held) = self.held.get(&key).filter(|h| !h.on.contains(&node)) else { continue };
            match held.blob.clone() {
                Some(blob) => self.move_to(node, key, &blob),
                None => {
                    missing.insert(key);
                }
            }
        }
        if !self.units.contains_key(&unit) {
            return;
        }
        self.n_attempts += 1;
        let is_complete = missing.is_empty();
        let helper = Helper { attempt: self.n_attempts, n_printed: 0, missing: missing.clone() };
        self.helpers.insert((unit, node), helper);
        if let Some(node) = self.nodes.get_mut(&node) {
            node.helping = Some(unit);
        }
        if is_complete {
            self.run_helper(unit, node);
        } else {
            missing.into_iter().for_each(|key| self.bring(key));
        }
    }

    fn run_helper(&mut self, id: u64, node: NodeId) {
        let Some(helper) = self.helpers.get(&(id, node)) else { return };
        let attempt = Attempt { unit: id, n: helper.attempt };
        let Some(unit) = self.units.get(&id) else { return };
        let (keys, blob) = (unit.given.keys.clone(), unit.given.blob.clone());
        self.send_texts(node, &blob.texts);
        self.send(node, ToNode::Run { attempt, keys, is_helper: true }, &blob);
        for (other, n) in self.runners(id) {
            if other != node {
                self.say(other, ToNode::Invite { attempt: Attempt { unit: id, n }, range: None });
            }
        }
    }

    /// The nodes that wait for a value to help.
    pub(super) fn helpers_waiting(&self, key: u64) -> Vec<(u64, NodeId)> {
        self.helpers.iter().filter(|(_, h)| h.missing.contains(&key)).map(|(at, _)| *at).collect()
    }

    /// A value is where it helps.
    pub(super) fn helper_has(&mut self, unit: u64, node: NodeId, key: u64) {
        let Some(helper) = self.helpers.get_mut(&(unit, node)) else { return };
        if helper.missing.remove(&key) && helper.missing.is_empty() {
            self.run_helper(unit, node);
        }
    }

    /// The helper becomes the one that the unit was given to; whoever was that has gone, or is told to stop.
    pub(super) fn promote(&mut self, id: u64, node: NodeId) {
        let Some(helper) = self.helpers.remove(&(id, node)) else { return };
        let Some(unit) = self.units.get_mut(&id) else { return };
        let before = std::mem::replace(&mut unit.place, Place::Running(node));
        let old = std::mem::replace(&mut unit.attempt, helper.attempt);
        unit.n_printed = helper.n_printed;
        let has_slot = unit.has_slot;
        if let Place::Gathering(from, _) | Place::Running(from) = before {
            if matches!(before, Place::Running(_)) && self.nodes.contains_key(&from) {
                self.call_off(from, Attempt { unit: id, n: old });
            }
            self.leave(id, from);
            self.leaves_shares(id, from);
            self.leaves_errands(id, from);
        }
        self.errands_begin_anew(id);
        if let Some(node) = self.nodes.get_mut(&node) {
            node.helping = None;
            node.running.insert(id);
            node.n_slotted += usize::from(has_slot);
        }
    }

    /// A helper that has begun, to take the place of a node that was lost.
    pub(super) fn first_helper(&self, unit: u64) -> Option<NodeId> {
        let mut helpers = self.helpers.range((unit, NodeId(0))..=(unit, NodeId(u32::MAX)));
        helpers.find(|(_, h)| h.missing.is_empty()).map(|((_, node), _)| *node)
    }

    /// A node does not help any more.
    pub(super) fn stop_helping(&mut self, node: NodeId) {
        let Some(unit) = self.nodes.get_mut(&node).and_then(|n| n.helping.take()) else { return };
        if let Some(helper) = self.helpers.remove(&(unit, node))
            && helper.missing.is_empty()
        {
            self.call_off(node, Attempt { unit, n: helper.attempt });
        }
        self.leaves_shares(unit, node);
        self.leaves_errands(unit, node);
    }

    /// An attempt besides the one that counts cannot go on, for reasons that say nothing about the program. What it has bound by then is
    /// not what the unit leaves behind.
    pub(super) fn gave_up(&mut self, node: NodeId, attempt: Attempt) {
        let Some(unit) = self.units.get(&attempt.unit) else { return };
        let is_stray = |key: &&u64| !self.held.get(key).is_some_and(|h| h.on.contains(&node));
        let keys: Vec<u64> = unit.given.keys.iter().filter(is_stray).copied().collect();
        if !keys.is_empty() {
            self.say(node, ToNode::Release { keys });
        }
        if self.is_helper(node, attempt) {
            self.stop_helping(node);
            if let Some(unit) = self.units.get_mut(&attempt.unit) {
                unit.left_by.insert(node);
            }
        }
    }

    /// Nobody runs a unit any more.
    pub(super) fn end_help(&mut self, unit: u64) {
        for (node, _) in self.runners(unit) {
            if self.helpers.contains_key(&(unit, node)) {
                self.stop_helping(node);
            }
        }
        self.end_shares(unit);
        self.end_errands(unit);
    }
}
