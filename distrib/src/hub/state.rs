//! What a hub knows and decides, as a state machine: events in, actions out, no clock, no thread and no socket.
//!
//! A unit is sent to a node that has room, with the inputs that are not there yet; what it leaves behind stays where it was
//! made until somebody needs it. Everything is known by what makes it: where a node is lost, the units that ran there are
//! sent to another one, and values that only it held are computed again as soon as they are asked for. The edge hears the
//! end of a unit, and each text that it printed, exactly once.

mod assist;
mod errands;
mod exclusive;
mod helpers;
mod resources;
mod shares;
mod values;
mod working;

use super::events::{Action, Cause, Event, NodeId, NodeStatus, Offer, Resumed, Submission, Told};
use crate::planner::Tuning;
use crate::protocol::{About, Attempt, RangeHash, ToNode};
use crate::resources::Resources;
use crate::wire::{Blob, TextHash};
use errands::Errands;
use helpers::Helper;
use shares::{Alone, Come, Share};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// A node that is not heard for so long is lost.
pub const LEASE_MS: u64 = 8_000;
/// A unit that has taken so many nodes with it is not tried again.
const MAX_KILLED: u32 = 3;

/// How far a unit is.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Place {
    Ready,
    /// Inputs are on their way to the node.
    Gathering(NodeId, BTreeSet<u64>),
    Running(NodeId),
    Done,
}

#[derive(Clone, Debug)]
struct Unit {
    given: Submission,
    place: Place,
    /// Has it taken one of the slots of its node.
    has_slot: bool,
    /// The attempt that it is given to.
    attempt: u32,
    /// When it was sent.
    since_ms: u64,
    /// The nodes that tried to help, and could not.
    left_by: BTreeSet<NodeId>,
    /// Does the edge know that it has ended.
    is_told: bool,
    /// How many texts the edge has of it, and how many this attempt has printed.
    n_told: usize,
    n_printed: usize,
    /// How many nodes were lost while they ran it.
    n_killed: u32,
    /// Its node has run something else besides.
    had_company: bool,
    /// How often it was given a node of its own, since the memory of one that it shared did not suffice.
    n_exclusive: u32,
    /// Which of its keys are bound.
    bound: Vec<bool>,
    /// It was cancelled, or has failed: where it is wanted again, it runs again.
    is_given_up: bool,
}

#[derive(Clone, Debug, Default)]
struct Held {
    /// What computes it; `None` where the edge sent it.
    unit: Option<u64>,
    /// What the edge sent, or what came along with the end of the unit that computes it.
    blob: Option<Arc<Blob>>,
    on: BTreeSet<NodeId>,
    nbytes: u64,
    is_wanted: bool,
    /// How many units are computed from it.
    n_users: usize,
    /// Does the edge wait for it.
    is_asked: bool,
    /// A node was asked for it.
    coming_from: Option<NodeId>,
    /// It has no bytes: what is computed from it runs where it lies.
    stuck: Option<Arc<Blob>>,
}

#[derive(Clone, Debug)]
struct Node {
    offer: Offer,
    running: BTreeSet<u64>,
    /// How many of these have a slot.
    n_slotted: usize,
    texts: BTreeSet<TextHash>,
    heard_ms: u64,
    /// The unit that it runs since it has nothing else to do.
    helping: Option<u64>,
    /// What was called off here and has not ended yet, with what it uses, where that is anything.
    leaving: BTreeMap<Attempt, Resources>,
}

/// What a unit has bound, and what came along of that.
type Bound = (Vec<Option<About>>, Vec<(usize, Arc<Blob>)>);

/// What a hub knows.
#[derive(Clone, Debug, Default)]
pub struct State {
    /// What the way to its nodes is like.
    tuning: Tuning,
    now_ms: u64,
    nodes: BTreeMap<NodeId, Node>,
    units: BTreeMap<u64, Unit>,
    held: BTreeMap<u64, Held>,
    texts: BTreeMap<TextHash, (String, Arc<Blob>)>,
    /// The nodes that run a unit besides the one that it was given to.
    helpers: BTreeMap<(u64, NodeId), Helper>,
    /// The ranges of units that nodes share.
    shares: BTreeMap<(u64, RangeHash), Share>,
    alone: BTreeMap<(u64, RangeHash), Alone>,
    /// The nodes that run an element of a shared range for what is within it, and which.
    assisting: BTreeMap<(u64, RangeHash, NodeId), i64>,
    /// What the nodes that run a unit compute for each other.
    errands: BTreeMap<u64, Errands>,
    /// How many attempts there were in all: none has the number of another one.
    n_attempts: u32,
    /// When the edge was told last how far its unit is.
    told_work_ms: u64,
    actions: Vec<Action>,
}

impl State {
    /// A hub that knows nothing yet but what the way to its nodes is like.
    pub fn new(tuning: Tuning) -> Self {
        Self { tuning, ..Self::default() }
    }

    /// Takes an event at a moment; says what is to be done, in order.
    pub fn step(&mut self, now_ms: u64, event: Event) -> Vec<Action> {
        self.now_ms = self.now_ms.max(now_ms);
        self.take(event);
        self.schedule();
        std::mem::take(&mut self.actions)
    }

    /// The nodes, and how many units wait for one.
    pub fn status(&self) -> (Vec<NodeStatus>, usize) {
        let nodes = self.nodes.iter().map(|(id, node)| NodeStatus {
            node: *id,
            n_slots: node.offer.n_slots as u64,
            n_running: node.running.len() as u64,
            n_held: self.held.values().filter(|h| h.on.contains(id)).count() as u64,
            nbytes_held: self.held_on(*id),
            resources: node.offer.resources.clone(),
        });
        (nodes.collect(), self.units.values().filter(|u| u.place == Place::Ready).count())
    }

    fn take(&mut self, event: Event) {
        match event {
            Event::NodeUp(id, offer) => {
                let (running, texts) = (BTreeSet::new(), BTreeSet::new());
                let heard_ms = self.now_ms;
                let node = Node {
                    offer,
                    running,
                    n_slotted: 0,
                    texts,
                    heard_ms,
                    helping: None,
                    leaving: BTreeMap::new(),
                };
                self.nodes.insert(id, node);
            }
            Event::NodeDown(id) => self.lose(id, 1),
            Event::NodeCutOff(id) => self.lose(id, 0),
            Event::NoNodes(why) => {
                let waiting: Vec<u64> =
                    self.units.iter().filter(|(_, u)| u.place == Place::Ready).map(|(id, _)| *id).collect();
                let why = format!("no node can be started: {why}");
                waiting.into_iter().for_each(|id| self.fail(id, &why));
            }
            Event::Beat(id, reached) => {
                if let Some(node) = self.nodes.get_mut(&id) {
                    node.heard_ms = self.now_ms;
                }
                self.slices_reached(id, &reached);
            }
            Event::Offered { node, attempt, range, coming, body } => {
                self.came_to(node, Come { attempt, range, coming, body });
            }
            Event::Left { node, attempt, range } => self.has_left((attempt.unit, range), node, attempt),
            Event::Assisted { node, attempt, range, index } => {
                self.has_assisted((attempt.unit, range), node, index);
            }
            Event::SliceEnded { node, attempt, range, slice, end, ran_us, body } => {
                self.slice_ended(node, (attempt.unit, range), slice, end, ran_us, body);
            }
            Event::Errand { node, attempt, said, body } => self.errand(node, attempt, said, body),
            Event::Text(hash, file, text) => {
                self.texts.insert(hash, (file, text));
            }
            Event::Submit(given) => self.submit(given),
            Event::Put(key, blob) => {
                // It may be here still, where a script is run again.
                let held = self.held.entry(key).or_default();
                held.nbytes = blob.bytes.len() as u64;
                (held.blob, held.is_wanted) = (Some(blob), true);
            }
            Event::Ask(key) => self.ask(key),
            Event::Release(key) => {
                if let Some(held) = self.held.get_mut(&key) {
                    held.is_wanted = false;
                    held.is_asked = false;
                }
                self.sweep(key);
            }
            Event::Cancel(unit) => self.cancel(unit),
            Event::Started(id, attempt) => {
                let is_new = self.current(id, attempt).is_some_and(|u| !u.is_told && u.n_told == 0);
                if is_new {
                    self.actions.push(Action::Tell(Told::Started(attempt.unit, id)));
                }
            }
            Event::Printed(id, attempt, text) => self.printed(id, attempt, text),
            Event::Ended { node, attempt, bound, along, fault, cause } => {
                self.has_gone(node, attempt);
                if cause == Cause::Node && !self.is_current(node, attempt) {
                    self.gave_up(node, attempt);
                } else if cause != Cause::Node || !self.retry_exclusively(node, attempt) {
                    self.ended(node, attempt, (bound, along), fault);
                }
            }
            Event::Value(id, key, value) => self.arrived(id, key, value),
            Event::Tick => self.tick(),
        }
    }

    fn is_current(&self, id: NodeId, attempt: Attempt) -> bool {
        let unit = self.units.get(&attempt.unit);
        unit.is_some_and(|unit| unit.place == Place::Running(id) && unit.attempt == attempt.n)
    }

    /// The unit of an attempt, if that is the one that counts.
    fn current(&mut self, id: NodeId, attempt: Attempt) -> Option<&mut Unit> {
        let unit = self.units.get_mut(&attempt.unit)?;
        (unit.place == Place::Running(id) && unit.attempt == attempt.n).then_some(unit)
    }

    /// Takes a unit; one that is known, and was not given up, goes on as it is.
    fn submit(&mut self, given: Submission) {
        let was_given_up = self.units.get(&given.unit).map(|known| known.is_given_up);
        if was_given_up.is_none() {
            for key in &given.inputs {
                self.held.entry(*key).or_default().n_users += 1;
            }
        }
        for key in &given.keys {
            // What is computed from it may have been told before, where a hub was lost.
            let held = self.held.entry(*key).or_default();
            held.unit = Some(given.unit);
            held.is_wanted = true;
        }
        if was_given_up == Some(false) {
            return;
        }
        // It may run again for what is computed from it, and what it has printed there was told to nobody.
        self.stop(given.unit);
        let Resumed { n_printed, has_ended } = given.resumed;
        let unit = Unit {
            place: if has_ended { Place::Done } else { Place::Ready },
            has_slot: false,
            attempt: 0,
            since_ms: 0,
            left_by: BTreeSet::new(),
            is_told: has_ended,
            n_told: usize::try_from(n_printed).unwrap_or(usize::MAX),
            n_printed: 0,
            n_killed: 0,
            had_company: false,
            n_exclusive: 0,
            bound: Vec::new(),
            is_given_up: false,
            given,
        };
        let keys = unit.given.keys.clone();
        self.units.insert(unit.given.unit, unit);
        // It may have been computed again for others just then, which wait for it still.
        keys.into_iter().for_each(|key| self.bring_if_awaited(key));
    }

    // Where units run.

    /// Sends what is ready to where there is room; what that needs may have to be computed again, and is ready then.
    fn schedule(&mut self) {
        while self.schedule_some() {}
    }

    fn schedule_some(&mut self) -> bool {
        let mut is_any = false;
        let mut ready: Vec<_> = self
            .units
            .iter()
            .filter(|(_, u)| u.place == Place::Ready)
            .map(|(id, u)| {
                // What is computed again is waited for by units that have slots: it must not wait for one.
                let is_urgent = u.given.is_urgent || u.is_told;
                (!is_urgent, std::cmp::Reverse(u.given.priority), *id)
            })
            .collect();
        ready.sort_unstable();
        for (has_slot, _, unit) in ready {
            if has_slot && !self.is_exclusive(unit) && self.has_exclusive_waiting() {
                continue;
            }
            match self.best_node(unit, has_slot) {
                Some(node) => {
                    self.gather(unit, node, has_slot);
                    is_any = true;
                }
                None if self.is_torn(unit) => {
                    self.fail(unit, "its inputs cannot leave the nodes that they are on");
                }
                None if self.is_beyond_all(unit) => {
                    self.fail(unit, "no node declares the resources that it asks for");
                }
                None => {}
            }
        }
        is_any
    }

    /// The nodes that have what cannot be moved.
    fn is_allowed(&self, unit: u64, node: NodeId) -> bool {
        let inputs = self.units.get(&unit).map_or(&[][..], |u| &u.given.inputs);
        inputs.iter().filter_map(|k| self.held.get(k)).all(|h| h.stuck.is_none() || h.on.contains(&node))
    }

    fn is_torn(&self, unit: u64) -> bool {
        !self.nodes.is_empty() && !self.nodes.keys().any(|node| self.is_allowed(unit, *node))
    }

    /// Where the most of its inputs lie, then where the least runs.
    fn best_node(&self, unit: u64, has_slot: bool) -> Option<NodeId> {
        let inputs = &self.units.get(&unit)?.given.inputs;
        let has_room = |node: &Node| !has_slot || node.n_slotted < node.offer.n_slots;
        let local = |id: NodeId| -> u64 {
            let here = inputs.iter().filter_map(|k| self.held.get(k)).filter(|h| h.on.contains(&id));
            here.map(|h| h.nbytes + 1).sum()
        };
        self.nodes
            .iter()
            .filter(|(id, node)| has_room(node) && self.is_allowed(unit, **id))
            .filter(|(id, _)| !(has_slot || self.is_exclusive(unit)) || self.may_share_node(unit, **id))
            .filter(|(_, node)| self.has_resources(unit, node))
            .min_by_key(|(id, node)| (std::cmp::Reverse(local(**id)), node.running.len(), **id))
            .map(|(id, _)| *id)
    }

    fn gather(&mut self, id: u64, to: NodeId, has_slot: bool) {
        self.stop_helping(to);
        let Some(unit) = self.units.get_mut(&id) else { return };
        self.n_attempts += 1;
        unit.attempt = self.n_attempts;
        unit.since_ms = self.now_ms;
        unit.has_slot = has_slot;
        let inputs = unit.given.inputs.clone();
        if let Some(node) = self.nodes.get_mut(&to) {
            node.running.insert(id);
            node.n_slotted += usize::from(has_slot);
        }
        self.note_company(id, to);
        let mut missing = BTreeSet::new();
        for key in inputs {
            let Some(held) = self.held.get(&key) else { continue };
            if held.on.contains(&to) {
                continue;
            }
            match held.blob.clone() {
                Some(blob) => self.move_to(to, key, &blob),
                None => {
                    missing.insert(key);
                }
            }
        }
        if missing.is_empty() {
            return self.run(id, to);
        }
        if let Some(unit) = self.units.get_mut(&id) {
            unit.place = Place::Gathering(to, missing.clone());
        }
        missing.into_iter().for_each(|key| self.bring(key));
    }

    fn run(&mut self, id: u64, to: NodeId) {
        let Some(unit) = self.units.get_mut(&id) else { return };
        unit.place = Place::Running(to);
        unit.n_printed = 0;
        let attempt = Attempt { unit: id, n: unit.attempt };
        let (keys, blob) = (unit.given.keys.clone(), unit.given.blob.clone());
        self.send_texts(to, &blob.texts);
        self.send(to, ToNode::Run { attempt, keys, is_helper: false }, &blob);
    }

    fn send(&mut self, to: NodeId, message: ToNode, blob: &Arc<Blob>) {
        self.actions.push(Action::Send(to, message, blob.clone()));
    }

    fn say(&mut self, to: NodeId, message: ToNode) {
        self.actions.push(Action::Send(to, message, Arc::default()));
    }

    fn send_texts(&mut self, to: NodeId, texts: &[TextHash]) {
        for hash in texts {
            let is_new = self.nodes.get_mut(&to).is_some_and(|node| node.texts.insert(*hash));
            if let Some((file, text)) = self.texts.get(hash).filter(|_| is_new) {
                let message = ToNode::Text { hash: *hash, file: file.clone() };
                self.actions.push(Action::Send(to, message, text.clone()));
            }
        }
    }

    /// Sends a value to a node.
    fn move_to(&mut self, to: NodeId, key: u64, blob: &Arc<Blob>) {
        self.send_texts(to, &blob.texts);
        self.send(to, ToNode::Hold { key }, blob);
        if let Some(held) = self.held.get_mut(&key) {
            held.on.insert(to);
        }
    }

    // The ends of units.

    fn printed(&mut self, id: NodeId, attempt: Attempt, text: Vec<(String, bool)>) {
        let n_printed = match self.helpers.get_mut(&(attempt.unit, id)).filter(|h| h.attempt == attempt.n) {
            Some(helper) => {
                helper.n_printed += 1;
                helper.n_printed
            }
            None => {
                let Some(unit) = self.current(id, attempt) else { return };
                unit.n_printed += 1;
                unit.n_printed
            }
        };
        let Some(unit) = self.units.get_mut(&attempt.unit) else { return };
        // What another attempt has printed is the same.
        if n_printed > unit.n_told && !unit.is_told {
            unit.n_told = n_printed;
            self.actions.push(Action::Tell(Told::Printed(attempt.unit, text)));
        }
    }

    fn ended(&mut self, id: NodeId, attempt: Attempt, (bound, along): Bound, fault: Option<Arc<Blob>>) {
        if self.is_helper(id, attempt) {
            self.promote(attempt.unit, id);
        }
        let is_current = self.current(id, attempt).is_some();
        let keys = self.units.get(&attempt.unit).map(|u| u.given.keys.clone()).unwrap_or_default();
        for (key, about) in keys.iter().zip(&bound) {
            let held = self.held.get_mut(key);
            if let (Some(about), Some(held)) = (about, held) {
                held.on.insert(id);
                held.nbytes = about.nbytes.unwrap_or(0);
            }
        }
        if !is_current {
            return keys.into_iter().for_each(|key| self.sweep(key));
        }
        self.leave(attempt.unit, id);
        self.end_help(attempt.unit);
        let Some(unit) = self.units.get_mut(&attempt.unit) else { return };
        unit.place = Place::Done;
        unit.bound = bound.iter().map(Option::is_some).collect();
        // One that is computed again may end sooner, for want of memory, and what it has bound by then may be something else.
        for (place, blob) in along.into_iter().filter(|_| !unit.is_told) {
            if let Some(held) = keys.get(place).and_then(|key| self.held.get_mut(key)) {
                held.blob.get_or_insert(blob);
            }
        }
        if !std::mem::replace(&mut unit.is_told, true) {
            let held = keys.iter().zip(bound).map(|(key, about)| about.map(|a| (*key, a))).collect();
            self.actions.push(Action::Tell(Told::Ended(attempt.unit, held, fault)));
        }
        for key in &keys {
            self.wake(*key);
            self.sweep(*key);
        }
        let inputs = self.units.get(&attempt.unit).map(|u| u.given.inputs.clone()).unwrap_or_default();
        inputs.into_iter().for_each(|key| self.sweep(key));
    }

    /// A unit is not on a node any more.
    fn leave(&mut self, unit: u64, id: NodeId) {
        let has_slot = self.units.get(&unit).is_some_and(|u| u.has_slot);
        if let Some(node) = self.nodes.get_mut(&id)
            && node.running.remove(&unit)
        {
            node.n_slotted = node.n_slotted.saturating_sub(usize::from(has_slot));
        }
    }

    /// A unit is to be sent anew.
    fn put_back(&mut self, id: u64) {
        let Some(unit) = self.units.get_mut(&id) else { return };
        let old = std::mem::replace(&mut unit.place, Place::Ready);
        self.errands_begin_anew(id);
        if let Place::Gathering(node, _) | Place::Running(node) = old {
            self.leave(id, node);
            self.leaves_errands(id, node);
        }
    }

    fn cancel(&mut self, id: u64) {
        self.stop(id);
        let Some(unit) = self.units.get_mut(&id) else { return };
        (unit.is_told, unit.is_given_up) = (true, true);
        let keys = unit.given.keys.clone();
        for key in keys {
            if let Some(held) = self.held.get_mut(&key) {
                held.is_wanted = false;
            }
            self.sweep(key);
        }
    }

    /// A unit does not run any more.
    fn stop(&mut self, id: u64) {
        let Some(unit) = self.units.get_mut(&id) else { return };
        let attempt = Attempt { unit: id, n: unit.attempt };
        let old = std::mem::replace(&mut unit.place, Place::Done);
        if let Place::Running(node) = old {
            self.call_off(node, attempt);
        }
        if let Place::Gathering(node, _) | Place::Running(node) = old {
            self.leave(id, node);
        }
        self.end_help(id);
    }

    fn fail(&mut self, id: u64, why: &str) {
        self.end_help(id);
        let Some(unit) = self.units.get_mut(&id) else { return };
        unit.place = Place::Done;
        unit.is_given_up = true;
        let keys = unit.given.keys.clone();
        if !std::mem::replace(&mut unit.is_told, true) {
            self.actions.push(Action::Tell(Told::Failed(id, why.to_owned())));
        }
        for key in keys {
            if let Some(held) = self.held.get_mut(&key)
                && std::mem::take(&mut held.is_asked)
            {
                self.actions.push(Action::Tell(Told::Gone(key, why.to_owned())));
            }
            for id in self.gathering(key) {
                self.put_back(id);
                self.fail(id, why);
            }
        }
    }

    // Nodes.

    fn tick(&mut self) {
        let now = self.now_ms;
        let silent = |node: &Node| now.saturating_sub(node.heard_ms) > LEASE_MS;
        let lost: Vec<NodeId> = self.nodes.iter().filter(|(_, n)| silent(n)).map(|(id, _)| *id).collect();
        for id in lost {
            self.actions.push(Action::Kill(id));
            self.lose(id, 1);
        }
        self.tick_shares();
        self.help();
        self.assist_all();
        self.tick_errands();
        self.tell_work();
    }

    /// A node is gone, which counts for so many deaths against the units that ran there.
    fn lose(&mut self, id: NodeId, n_deaths: u32) {
        let Some(node) = self.nodes.remove(&id) else { return };
        self.lose_taker(id);
        self.loses_errands(id, n_deaths);
        if let Some(unit) = node.helping {
            self.helpers.remove(&(unit, id));
        }
        let mut broken = Vec::new();
        for (key, held) in &mut self.held {
            if held.on.remove(&id) && held.on.is_empty() {
                held.stuck = None;
            }
            if held.coming_from == Some(id) {
                held.coming_from = None;
                broken.push(*key);
            }
        }
        for unit in node.running {
            // One that was computed from what is given up here is given up with it.
            let Some(known) = self.units.get_mut(&unit).filter(|u| u.place != Place::Done) else { continue };
            known.n_killed += if known.place == Place::Running(id) { n_deaths } else { 0 };
            if known.n_killed >= MAX_KILLED {
                self.fail(unit, "each of the three nodes that ran it was lost");
            } else if let Some(helper) = self.first_helper(unit) {
                self.promote(unit, helper);
            } else {
                self.put_back(unit);
            }
        }
        // Whoever waits for a value that this node was asked for still does.
        broken.into_iter().for_each(|key| self.bring_if_awaited(key));
    }
}
