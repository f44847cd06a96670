//! Nodes that run nothing, are slow, and die, and an edge that hears what the hub tells: what the state machine is driven by in its tests.

use super::super::{Action, Cause, Event, NodeId, Offer, Resumed, State, Submission, Told};
use crate::protocol::{About, Attempt, Coming, PartHead, RangeHash, SliceEnd, ToNode};
use crate::resources::Resources;
use crate::wire::Blob;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

/// What a unit computes: a number that hangs on all of its inputs.
fn value_of(unit: u64, inputs: &[u64]) -> u64 {
    inputs.iter().fold(unit.wrapping_mul(0x9e37_79b9_7f4a_7c15), |all, n| all.rotate_left(7) ^ n)
}

pub(super) fn blob(n: u64) -> Arc<Blob> {
    Arc::new(Blob { bytes: n.to_le_bytes().to_vec(), ..Blob::default() })
}

pub(super) fn number(blob: &Blob) -> u64 {
    blob.bytes.get(..8).and_then(|b| b.try_into().ok()).map_or(0, u64::from_le_bytes)
}

/// How many elements the range of a unit has, where it has one, and how many one that is within an element of it.
const LEN: i64 = 40;
const LEN_WITHIN: i64 = 12;

fn has_range(unit: u64) -> bool {
    unit.is_multiple_of(3)
}

/// Is there a range within an element of the range of a unit.
fn has_within(unit: u64, index: i64) -> bool {
    unit.is_multiple_of(2) && index % 8 == 5
}

fn range_of(seed: u64) -> RangeHash {
    let mut hash = [7; 32];
    hash[..8].copy_from_slice(&seed.to_le_bytes());
    hash
}

/// What tells the range within an element from others.
fn seed_within(unit: u64, index: i64) -> u64 {
    (unit << 32) + index.cast_unsigned() + 1
}

/// What some elements of a range come to.
fn sum_of(seed: u64, lo: i64, hi: i64) -> u64 {
    (lo..hi).fold(0, |all: u64, n| all.wrapping_add(value_of(seed, &[n.cast_unsigned()])))
}

fn part(seed: u64, lo: i64, hi: i64) -> (PartHead, Arc<Blob>) {
    (PartHead { lo, hi, n_bytes: 8, sites: Vec::new() }, blob(sum_of(seed, lo, hi)))
}

/// What a unit does when the range within an element is over.
#[derive(Clone, Debug)]
enum Then {
    EndsSlice { slice: u64, lo: i64, stop: i64 },
    HasAssisted { index: i64 },
}

/// A range that a unit has come to.
#[derive(Default)]
struct AtRange {
    seed: u64,
    len: i64,
    keys: Vec<u64>,
    own: BTreeSet<(i64, i64)>,
    /// It goes on alone, until it is called.
    is_alone: bool,
    /// It had begun all before this element before anybody told it to.
    begun: i64,
    /// Where it is in an element of another range: that, and what comes behind it.
    then: Option<(RangeHash, i64, Then)>,
    /// What is said of a range while the unit is within an element of it.
    unread: Vec<(ToNode, Arc<Blob>)>,
}

#[derive(Default)]
pub(super) struct Fake {
    pub(super) held: BTreeMap<u64, u64>,
    ranges: BTreeMap<(Attempt, RangeHash), AtRange>,
    pub(super) said: VecDeque<ToNode>,
    bodies: VecDeque<Arc<Blob>>,
}

pub(super) struct World {
    pub(super) state: State,
    pub(super) nodes: BTreeMap<NodeId, Fake>,
    last_node: u32,
    pub(super) now: u64,
    inputs: BTreeMap<u64, Vec<u64>>,
    pub(super) ends: BTreeMap<u64, usize>,
    pub(super) prints: BTreeMap<u64, usize>,
    pub(super) answers: BTreeMap<u64, Vec<u64>>,
    pub(super) failed: BTreeSet<u64>,
}

pub(super) const fn key_of(unit: u64) -> u64 {
    unit * 10
}

/// What a node of a test has.
pub(super) fn offer(n_slots: usize, resources: &str) -> Offer {
    let resources = Resources::parse(resources).unwrap_or_else(|why| unreachable!("{why}"));
    Offer { n_slots, room: 1 << 30, resources }
}

pub(super) fn submission(unit: u64, inputs: Vec<u64>, resumed: Resumed) -> Event {
    Event::Submit(Submission {
        unit,
        blob: blob(unit),
        inputs,
        keys: vec![key_of(unit)],
        priority: 0,
        is_urgent: unit.is_multiple_of(5),
        resources: offer(0, if unit.is_multiple_of(3) { "GPU=1" } else { "" }).resources,
        resumed,
    })
}

impl World {
    pub(super) fn new() -> Self {
        Self {
            state: State::default(),
            nodes: BTreeMap::new(),
            last_node: 0,
            now: 0,
            inputs: BTreeMap::new(),
            ends: BTreeMap::new(),
            prints: BTreeMap::new(),
            answers: BTreeMap::new(),
            failed: BTreeSet::new(),
        }
    }

    pub(super) fn step(&mut self, event: Event) {
        for action in self.state.step(self.now, event) {
            match action {
                Action::Send(id, message, body) => {
                    let node = self.nodes.get_mut(&id).unwrap_or_else(|| unreachable!("a node that is gone"));
                    node.said.push_back(message);
                    node.bodies.push_back(body);
                }
                Action::Tell(told) => self.told(told),
                Action::Kill(id) => {
                    self.nodes.remove(&id);
                }
            }
        }
    }

    fn told(&mut self, told: Told) {
        match told {
            Told::Ended(unit, bound, fault) => {
                assert!(fault.is_none() && bound.len() == 1);
                *self.ends.entry(unit).or_default() += 1;
            }
            Told::Printed(unit, _) => *self.prints.entry(unit).or_default() += 1,
            Told::Answer(key, Ok(value)) => self.answers.entry(key).or_default().push(number(&value)),
            Told::Failed(unit, _) => {
                self.failed.insert(unit);
            }
            Told::Started(..) | Told::Working(_) => {}
            // What takes three nodes with it is not tried again, nor what is computed from it.
            Told::Gone(key, _) => {
                self.failed.insert(key / 10);
            }
            Told::Answer(_, Err(_)) => unreachable!("a value that is not there"),
        }
    }

    pub(super) fn add_node(&mut self) {
        self.last_node += 1;
        let id = NodeId(self.last_node);
        self.nodes.insert(id, Fake::default());
        self.step(Event::NodeUp(id, offer(1, "GPU=1")));
    }

    pub(super) fn kill(&mut self, at: usize) {
        let Some(id) = self.nodes.keys().nth(at % self.nodes.len().max(1)).copied() else { return };
        self.nodes.remove(&id);
        self.step(Event::NodeDown(id));
        self.add_node();
    }

    /// A node does the next thing that it was told.
    pub(super) fn work(&mut self, at: usize) -> bool {
        let busy: Vec<NodeId> =
            self.nodes.iter().filter(|(_, n)| !n.said.is_empty()).map(|(id, _)| *id).collect();
        let Some(id) = busy.get(at % busy.len().max(1)).copied() else { return false };
        let Some(node) = self.nodes.get_mut(&id) else { return false };
        let (Some(message), Some(body)) = (node.said.pop_front(), node.bodies.pop_front()) else {
            return false;
        };
        match message {
            ToNode::Hold { key } => {
                node.held.insert(key, number(&body));
            }
            ToNode::Release { keys } => {
                for key in keys {
                    node.held.remove(&key);
                }
            }
            ToNode::Fetch { key } => {
                let value = node.held.get(&key).copied();
                let value = value.unwrap_or_else(|| unreachable!("{key} is not on {id:?}"));
                self.step(Event::Value(id, key, Ok(blob(value))));
            }
            ToNode::Run { attempt, keys, is_helper } => self.run(id, attempt, keys, is_helper),
            ToNode::Cancel { attempt } => {
                let n_before = node.ranges.len();
                node.ranges.retain(|(of, _), _| *of != attempt);
                if node.ranges.len() < n_before {
                    let (bound, fault, cause) = (vec![None], Some(Arc::default()), Cause::Node);
                    // What it had by then is not what the unit leaves behind.
                    let along = vec![(0, blob(u64::MAX))];
                    self.step(Event::Ended { node: id, attempt, bound, along, fault, cause });
                }
            }
            ToNode::Slice { attempt, range, .. }
            | ToNode::Join { attempt, range, .. }
            | ToNode::GoOn { attempt, range }
            | ToNode::Assist { attempt, range, .. } => {
                let is_within = |then: &Option<(RangeHash, i64, Then)>| {
                    then.as_ref().is_some_and(|(outer, _, _)| *outer == range)
                };
                if node.ranges.iter().any(|((of, _), here)| *of == attempt && is_within(&here.then)) {
                    let here = node.ranges.get_mut(&(attempt, range));
                    here.into_iter().for_each(|here| here.unread.push((message.clone(), body.clone())));
                } else {
                    self.obey(id, message, &body, at);
                }
            }
            ToNode::Invite { attempt, range } => {
                let wanted: Vec<RangeHash> = node
                    .ranges
                    .iter_mut()
                    .filter(|((of, name), here)| {
                        *of == attempt && range.map_or(here.then.is_none(), |range| range == *name)
                    })
                    .filter_map(|((_, name), here)| std::mem::take(&mut here.is_alone).then_some(*name))
                    .collect();
                for name in wanted {
                    self.offer(id, (attempt, name), LEN_WITHIN / 2, None);
                }
            }
            ToNode::Dismiss { attempt, range } => {
                let is_it = |then: &Option<(RangeHash, i64, Then)>| matches!(then, Some((outer, _, Then::HasAssisted { .. })) if *outer == range);
                let here = node.ranges.iter().find(|((of, _), here)| *of == attempt && is_it(&here.then));
                if let Some(inner) = here.map(|(inner, _)| *inner) {
                    self.step(Event::Left { node: id, attempt: inner.0, range: inner.1 });
                    self.leave_inner(id, inner);
                }
            }
            ToNode::Cut { .. }
            | ToNode::Fails { .. }
            | ToNode::Errand { .. }
            | ToNode::Text { .. }
            | ToNode::Bye => {}
        }
        true
    }

    /// A unit does what it is told for a range.
    fn obey(&mut self, id: NodeId, message: ToNode, body: &Blob, at: usize) {
        let Some(node) = self.nodes.get_mut(&id) else { return };
        match message {
            ToNode::Slice { attempt, range, slice, lo, hi, .. } => {
                let Some(here) = node.ranges.get_mut(&(attempt, range)) else { return };
                here.is_alone = false;
                let stop = lo + 1 + i64::try_from(at).unwrap_or(0) % (hi - lo);
                let stop = if lo < here.begun { stop.max(here.begun) } else { stop };
                let is_outer = here.then.is_none();
                let within = (lo..stop).find(|index| is_outer && has_within(attempt.unit, *index));
                match within {
                    Some(index) => {
                        let stop = (index + 1).max(if lo < here.begun { here.begun } else { 0 });
                        let then = Then::EndsSlice { slice, lo, stop };
                        self.come_within(id, (attempt, range), index, then, at);
                    }
                    None => self.end_slice(id, (attempt, range), slice, (lo, stop)),
                }
            }
            ToNode::Assist { attempt, range, index } => {
                self.come_within(id, (attempt, range), index, Then::HasAssisted { index }, at);
            }
            ToNode::Join { attempt, range, parts } => self.join(id, (attempt, range), &parts, body),
            ToNode::GoOn { attempt, range } => {
                if let Some(here) = node.ranges.get_mut(&(attempt, range)) {
                    here.is_alone = true;
                }
            }
            _ => unreachable!("only what is for a range"),
        }
    }

    fn end_slice(&mut self, node: NodeId, place: (Attempt, RangeHash), slice: u64, (lo, stop): (i64, i64)) {
        let Some(here) = self.nodes.get_mut(&node).and_then(|n| n.ranges.get_mut(&place)) else { return };
        here.own.insert((lo, stop));
        let (part, body) = part(here.seed, lo, stop);
        let (attempt, range) = place;
        let end = SliceEnd::Stopped { part, decides: false };
        self.step(Event::SliceEnded { node, attempt, range, slice, end, ran_us: 1000, body });
    }

    /// A unit comes to the range within an element.
    fn come_within(
        &mut self,
        id: NodeId,
        (attempt, outer): (Attempt, RangeHash),
        index: i64,
        then: Then,
        at: usize,
    ) {
        let seed = seed_within(attempt.unit, index);
        let is_first = matches!(then, Then::EndsSlice { .. });
        let inner = AtRange { seed, len: LEN_WITHIN, then: Some((outer, index, then)), ..AtRange::default() };
        let place = (attempt, range_of(seed));
        if let Some(node) = self.nodes.get_mut(&id) {
            node.ranges.insert(place, inner);
        }
        let begun = (is_first && at.is_multiple_of(2)).then_some(2);
        self.offer(id, place, 0, begun);
    }

    /// A unit has come to a range, and waits, or goes on where it has `begun` so many elements.
    fn offer(&mut self, node: NodeId, place: (Attempt, RangeHash), hi: i64, begun: Option<i64>) {
        let (attempt, range) = place;
        let Some(here) = self.nodes.get_mut(&node).and_then(|n| n.ranges.get_mut(&place)) else { return };
        let hi = hi.max(here.begun);
        here.own.insert((0, hi));
        here.begun = begun.unwrap_or(hi);
        here.is_alone = begun.is_some();
        let within = here.then.as_ref().map(|(outer, index, _)| (*outer, *index));
        let (head, body) = part(here.seed, 0, if begun.is_some() { 0 } else { hi });
        let coming = Coming {
            len: here.len,
            ends_early: false,
            within,
            head,
            under_way: begun,
            is_coarse: attempt.n.is_multiple_of(4),
        };
        self.step(Event::Offered { node, attempt, range, coming, body });
    }

    /// All parts are there, in order, and none twice.
    fn join(&mut self, id: NodeId, place: (Attempt, RangeHash), parts: &[PartHead], body: &Blob) {
        let Some(here) = self.nodes.get_mut(&id).and_then(|n| n.ranges.get(&place)) else { return };
        let (mut at, mut all, mut rest) = (0, 0u64, &body.bytes[..]);
        for part in parts {
            assert_eq!(part.lo, at);
            at = part.hi;
            let value = if part.n_bytes == 0 {
                assert!(here.own.contains(&(part.lo, part.hi)), "{part:?} was not computed here");
                sum_of(here.seed, part.lo, part.hi)
            } else {
                let (own, behind) = rest.split_at(8);
                rest = behind;
                own.try_into().map_or(0, u64::from_le_bytes)
            };
            all = all.wrapping_add(value);
        }
        assert_eq!((at, all, rest.len()), (here.len, sum_of(here.seed, 0, here.len), 0));
        self.leave(id, place);
    }

    /// A range is over for a unit.
    fn leave(&mut self, id: NodeId, place: (Attempt, RangeHash)) {
        let is_outer =
            self.nodes.get(&id).and_then(|n| n.ranges.get(&place)).is_some_and(|h| h.then.is_none());
        if !is_outer {
            return self.leave_inner(id, place);
        }
        let here = self.nodes.get_mut(&id).and_then(|n| n.ranges.remove(&place));
        self.finish(id, place.0, &here.unwrap_or_default().keys);
    }

    /// A range within an element is over for a unit, or not wanted any more.
    fn leave_inner(&mut self, id: NodeId, place: (Attempt, RangeHash)) {
        let Some(node) = self.nodes.get_mut(&id) else { return };
        let Some((outer, _, then)) = node.ranges.remove(&place).and_then(|here| here.then) else { return };
        let outer = (place.0, outer);
        let unread = node.ranges.get_mut(&outer).map(|here| std::mem::take(&mut here.unread));
        for (message, body) in unread.unwrap_or_default().into_iter().rev() {
            node.said.push_front(message);
            node.bodies.push_front(body);
        }
        match then {
            Then::EndsSlice { slice, lo, stop } => self.end_slice(id, outer, slice, (lo, stop)),
            Then::HasAssisted { index } => {
                self.step(Event::Assisted { node: id, attempt: outer.0, range: outer.1, index });
            }
        }
    }

    /// Whoever goes on alone comes to the end. False where nobody does.
    pub(super) fn finish_alone(&mut self) -> bool {
        let is_at_end = |node: &Fake, place: &(Attempt, RangeHash)| {
            let inside = |here: &AtRange| here.then.as_ref().is_some_and(|(outer, _, _)| *outer == place.1);
            !node.ranges.iter().any(|((of, _), here)| *of == place.0 && inside(here))
        };
        let alone = self.nodes.iter().find_map(|(id, node)| {
            let place = node.ranges.iter().find(|(place, here)| here.is_alone && is_at_end(node, place));
            place.map(|(place, _)| (*id, *place))
        });
        let Some((node, place)) = alone else { return false };
        let ((attempt, range), end, body) = (place, SliceEnd::Kept, Arc::default());
        self.step(Event::SliceEnded { node, attempt, range, slice: 0, end, ran_us: 0, body });
        self.leave(node, place);
        true
    }

    /// All nodes say that they live, and which slices they have.
    pub(super) fn beat(&mut self) {
        for id in self.nodes.keys().copied().collect::<Vec<_>>() {
            let said = self.nodes.get(&id).map(|n| n.said.clone()).unwrap_or_default();
            let at = self.nodes.get(&id).into_iter().flat_map(|n| &n.ranges);
            let within = at.clone().filter_map(|((attempt, _), here)| match &here.then {
                Some((outer, _, Then::EndsSlice { slice, stop, .. })) => {
                    Some((*attempt, *outer, *slice, *stop))
                }
                _ => None,
            });
            let unread = at.flat_map(|(_, here)| &here.unread).map(|(message, _)| message.clone());
            let slices = said.into_iter().chain(unread).filter_map(|message| match message {
                ToNode::Slice { attempt, range, slice, lo, .. } => Some((attempt, range, slice, lo)),
                _ => None,
            });
            let all = slices.chain(within).collect();
            self.step(Event::Beat(id, all));
        }
    }

    fn run(&mut self, id: NodeId, attempt: Attempt, keys: Vec<u64>, is_helper: bool) {
        self.step(Event::Started(id, attempt));
        self.step(Event::Printed(id, attempt, vec![("text".to_owned(), false)]));
        if !has_range(attempt.unit) {
            return self.finish(id, attempt, &keys);
        }
        let (seed, len) = (attempt.unit, LEN);
        let place = (attempt, range_of(seed));
        if let Some(node) = self.nodes.get_mut(&id) {
            node.ranges.insert(place, AtRange { keys, seed, len, ..AtRange::default() });
        }
        match (is_helper, attempt.unit.is_multiple_of(4)) {
            (true, _) => self.offer(id, place, 0, None),
            (false, true) => self.offer(id, place, 0, Some(3)),
            (false, false) => self.offer(id, place, 3, None),
        }
    }

    fn finish(&mut self, id: NodeId, attempt: Attempt, keys: &[u64]) {
        let inputs = self.inputs.get(&attempt.unit).cloned().unwrap_or_default();
        let Some(node) = self.nodes.get_mut(&id) else { return };
        let given: Vec<u64> = inputs
            .iter()
            .map(|k| *node.held.get(k).unwrap_or_else(|| unreachable!("input {k} is not on {id:?}")))
            .collect();
        for key in keys {
            node.held.insert(*key, value_of(attempt.unit, &given));
        }
        self.step(Event::Printed(id, attempt, vec![("text".to_owned(), false)]));
        let about = About { type_name: "int".to_owned(), len: None, nbytes: Some(8), reaches: Vec::new() };
        let value = value_of(attempt.unit, &given);
        let goes_along = attempt.unit.is_multiple_of(4);
        let along = goes_along.then(|| (0, blob(value))).into_iter().collect();
        let (bound, fault, cause) = (vec![Some(about)], None, Cause::Program);
        self.step(Event::Ended { node: id, attempt, bound, along, fault, cause });
    }

    /// The edge lets some of its values go, is lost, and comes back: it says again what it has said.
    pub(super) fn come_back(&mut self, n_units: u64, released: u8) {
        // What has failed it says nothing of: whoever is computed from it fails too.
        let lives: Vec<u64> = (1..=n_units).filter(|unit| !self.failed.contains(unit)).collect();
        for unit in lives.iter().filter(|unit| released >> (*unit % 8) & 1 == 1) {
            self.step(Event::Release(key_of(*unit)));
        }
        for unit in lives {
            self.submit(unit, self.inputs.get(&unit).cloned().unwrap_or_default());
        }
    }

    pub(super) fn submit(&mut self, unit: u64, inputs: Vec<u64>) {
        self.inputs.insert(unit, inputs.clone());
        let n_printed = self.prints.get(&unit).copied().unwrap_or(0) as u64;
        let resumed = Resumed { n_printed, has_ended: self.ends.contains_key(&unit) };
        self.step(submission(unit, inputs, resumed));
    }

    /// Everything that can be done is done.
    pub(super) fn settle(&mut self) {
        for _ in 0..2000 {
            while self.work(0) {}
            self.now += 100;
            self.beat();
            self.step(Event::Tick);
            // Who has time may have heard what else there is to do.
            let is_busy = self.work(1) || self.finish_alone();
            if !is_busy && self.nodes.values().all(|n| n.said.is_empty() && n.ranges.is_empty()) {
                return;
            }
        }
        unreachable!("something waits for ever");
    }

    pub(super) fn expected(&self, unit: u64) -> u64 {
        let inputs = self.inputs.get(&unit).cloned().unwrap_or_default();
        let given: Vec<u64> = inputs.iter().map(|key| self.expected(key / 10)).collect();
        value_of(unit, &given)
    }
}
