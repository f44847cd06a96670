//! Nodes that run a recursion step by step, give parts of it away, refuse and lose them, and die: what it comes to is the same, and it ends.

use super::super::{Action, Cause, Event, NodeId, Resumed, State, Told};
use super::world::{blob, number, offer, submission};
use crate::protocol::{About, Attempt, CallEnd, CallHead, CallId, ErrandSaid, ErrandTold, ToNode};
use crate::wire::Blob;
use proptest::prelude::*;
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

const UNIT: u64 = 1;
/// The recursion that the unit is, and what it comes to.
const DEPTH: u64 = 13;
const TOTAL: u64 = 233;

/// A call of `f(n)`, which is `f(n - 1) + f(n - 2)`.
#[derive(Clone, Copy, Debug)]
struct Frame {
    n: u64,
    /// What the first call came to; until then the second one waits.
    first: Option<u64>,
    given: Option<u64>,
}

#[derive(Clone, Debug)]
enum What {
    Unit { is_helper: bool },
    Guest { call: CallId, awaited: Option<u64> },
}

/// What runs on a node; the last of them, on top of the others.
#[derive(Clone, Debug)]
struct Task {
    what: What,
    frames: Vec<Frame>,
    /// It waits for this one.
    due: Option<u64>,
}

#[derive(Clone, Copy, Debug)]
struct Asked {
    call: CallId,
    awaited: Option<u64>,
    n: u64,
}

#[derive(Default)]
struct Fake {
    attempt: Option<Attempt>,
    tasks: Vec<Task>,
    asked: Vec<Asked>,
    wants: Vec<Option<CallId>>,
    answers: BTreeMap<u64, (CallEnd, u64)>,
    is_ready: bool,
    n_given: u64,
    said: VecDeque<(ToNode, Arc<Blob>)>,
}

struct World {
    state: State,
    nodes: BTreeMap<NodeId, Fake>,
    last_node: u32,
    now: u64,
    ended: Option<u64>,
    has_failed: bool,
    n_steps: usize,
    /// How many of them were made for others.
    n_hosted: usize,
}

fn frame(n: u64) -> Frame {
    Frame { n, first: None, given: None }
}

fn key(n: u64) -> [u8; 32] {
    let mut key = [9; 32];
    key[..8].copy_from_slice(&n.to_le_bytes());
    key
}

fn task(what: What, n: u64) -> Task {
    Task { what, frames: vec![frame(n)], due: None }
}

impl World {
    fn new(n_nodes: usize) -> Self {
        let (nodes, ended, has_failed) = (BTreeMap::new(), None, false);
        let mut world = Self {
            state: State::default(),
            nodes,
            last_node: 0,
            now: 0,
            ended,
            has_failed,
            n_steps: 0,
            n_hosted: 0,
        };
        (0..n_nodes).for_each(|_| world.add_node());
        world.step(submission(UNIT, Vec::new(), Resumed::default()));
        world
    }

    fn add_node(&mut self) {
        self.last_node += 1;
        let id = NodeId(self.last_node);
        self.nodes.insert(id, Fake::default());
        self.step(Event::NodeUp(id, offer(1, "")));
    }

    fn step(&mut self, event: Event) {
        for action in self.state.step(self.now, event) {
            match action {
                Action::Send(id, message, body) => {
                    let node = self.nodes.get_mut(&id).unwrap_or_else(|| unreachable!("a node that is gone"));
                    node.said.push_back((message, body));
                }
                Action::Tell(Told::Answer(_, Ok(value))) => self.ended = Some(number(&value)),
                Action::Tell(Told::Failed(..)) => self.has_failed = true,
                Action::Tell(_) => {}
                Action::Kill(id) => {
                    self.nodes.remove(&id);
                }
            }
        }
    }

    fn says(&mut self, node: NodeId, said: ErrandSaid, n: u64) {
        let Some(attempt) = self.nodes.get(&node).and_then(|fake| fake.attempt) else { return };
        self.step(Event::Errand { node, attempt, said, body: blob(n) });
    }

    fn says_end(&mut self, node: NodeId, call: CallId, end: CallEnd, n: u64) {
        self.says(node, ErrandSaid::Ended { call, awaited: None, end, ran_us: 50_000 }, n);
    }

    /// A node hears the next thing that it was told.
    fn hear(&mut self, id: NodeId) -> bool {
        let Some(fake) = self.nodes.get_mut(&id) else { return false };
        let Some((message, body)) = fake.said.pop_front() else { return false };
        match message {
            ToNode::Run { attempt, is_helper, .. } => {
                *fake = Fake { said: std::mem::take(&mut fake.said), ..Fake::default() };
                fake.attempt = Some(attempt);
                fake.tasks.push(task(What::Unit { is_helper }, DEPTH));
                self.step(Event::Started(id, attempt));
            }
            ToNode::Cancel { attempt } if fake.attempt == Some(attempt) => {
                *fake = Fake { said: std::mem::take(&mut fake.said), ..Fake::default() };
                let (bound, along, fault) = (vec![None], Vec::new(), Some(Arc::default()));
                self.step(Event::Ended { node: id, attempt, bound, along, fault, cause: Cause::Node });
            }
            ToNode::Errand { attempt, told } if fake.attempt == Some(attempt) => self.told(id, told, &body),
            ToNode::Fetch { key } => self.step(Event::Value(id, key, Ok(blob(TOTAL)))),
            _ => {}
        }
        true
    }

    fn told(&mut self, id: NodeId, told: ErrandTold, body: &Blob) {
        let Some(fake) = self.nodes.get_mut(&id) else { return };
        match told {
            ErrandTold::Want { within, .. } => fake.wants.push(within),
            ErrandTold::Compute { call, awaited, head } => {
                assert_eq!(head.key, key(number(body)));
                fake.asked.push(Asked { call, awaited, n: number(body) });
            }
            ErrandTold::Answer { n, end } => {
                assert!(fake.answers.insert(n, (end, number(body))).is_none(), "two answers");
            }
            ErrandTold::Recall { call } => {
                let n_before = fake.asked.len();
                fake.asked.retain(|asked| asked.call != call);
                if fake.asked.len() < n_before {
                    self.says_end(id, call, CallEnd::Refused, 0);
                }
            }
            ErrandTold::CallOff { call } => {
                fake.asked.retain(|asked| asked.call != call);
                let is_it = |task: &Task| matches!(task.what, What::Guest { call: of, .. } if of == call);
                if let Some(at) = fake.tasks.iter().position(is_it) {
                    self.unwind(id, at);
                }
            }
        }
    }

    /// A task is called off, with all that runs on top of it.
    fn unwind(&mut self, id: NodeId, at: usize) {
        let Some(fake) = self.nodes.get_mut(&id) else { return };
        for task in fake.tasks.split_off(at).into_iter().rev() {
            for n in task.frames.iter().rev().filter_map(|frame| frame.given) {
                self.says(id, ErrandSaid::NotWanted { n }, 0);
            }
            if let What::Guest { call, .. } = task.what {
                self.says_end(id, call, CallEnd::InPlace, 0);
            }
        }
    }

    /// A node does the next step of what it runs.
    fn work(&mut self, id: NodeId, choice: u8) -> bool {
        let Some(fake) = self.nodes.get_mut(&id) else { return false };
        let Some(top) = fake.tasks.last_mut() else { return false };
        if let Some(n) = top.due {
            let Some((end, value)) = fake.answers.remove(&n) else { return self.begin(id, Some(n), choice) };
            top.due = None;
            let late: Vec<CallId> =
                fake.asked.extract_if(.., |asked| asked.awaited == Some(n)).map(|asked| asked.call).collect();
            match end {
                CallEnd::Value => self.returns(id, value, true),
                CallEnd::Wide(_) | CallEnd::InPlace | CallEnd::Refused => self.descends(id),
            }
            late.into_iter().for_each(|call| self.says_end(id, call, CallEnd::Refused, 0));
            return true;
        }
        if matches!(top.what, What::Unit { is_helper: true }) {
            if self.begin(id, None, choice) {
                return true;
            }
            if !std::mem::replace(&mut self.nodes.entry(id).or_default().is_ready, true) {
                self.says(id, ErrandSaid::Ready, 0);
            }
        }
        self.gives(id);
        self.n_steps += 1;
        let Some(fake) = self.nodes.get_mut(&id) else { return false };
        let is_for_others = |task: &Task| matches!(task.what, What::Guest { awaited: None, .. });
        self.n_hosted += usize::from(fake.tasks.iter().any(is_for_others));
        let Some(frames) = fake.tasks.last_mut().map(|top| &mut top.frames) else { return false };
        match frames.last().map(|frame| frame.n) {
            Some(n) if n >= 2 => frames.push(frame(n - 1)),
            Some(n) => self.returns(id, n, false),
            None => return false,
        }
        true
    }

    /// Begins what it was asked for, or refuses it.
    fn begin(&mut self, id: NodeId, awaited: Option<u64>, choice: u8) -> bool {
        let Some(fake) = self.nodes.get_mut(&id) else { return false };
        let Some(at) = fake.asked.iter().position(|asked| asked.awaited == awaited) else { return false };
        let asked = fake.asked.remove(at);
        if choice.is_multiple_of(16) {
            self.says_end(id, asked.call, CallEnd::Refused, 0);
        } else {
            fake.tasks.push(task(What::Guest { call: asked.call, awaited }, asked.n));
        }
        true
    }

    /// Gives the oldest that waits, where that is wanted.
    fn gives(&mut self, id: NodeId) {
        let Some(fake) = self.nodes.get_mut(&id) else { return };
        let Some(top) = fake.tasks.last_mut() else { return };
        let within = match top.what {
            What::Unit { .. } => None,
            What::Guest { call, .. } => Some(call),
        };
        let Some(at) = fake.wants.iter().position(|want| *want == within) else { return };
        let n_frames = top.frames.len();
        let mut waiting = top.frames.iter_mut().take(n_frames.saturating_sub(1));
        let Some(oldest) = waiting.find(|f| f.first.is_none() && f.given.is_none()) else { return };
        fake.wants.remove(at);
        fake.n_given += 1;
        let (n, of) = (fake.n_given, oldest.n - 2);
        oldest.given = Some(n);
        let head = CallHead { key: key(of), node: 0, depth_left: 0 };
        self.says(id, ErrandSaid::Gives { n, within, head }, of);
    }

    /// The call on top has come to a value.
    fn returns(&mut self, id: NodeId, value: u64, is_second: bool) {
        let (mut value, mut is_second) = (value, is_second);
        loop {
            let Some(fake) = self.nodes.get_mut(&id) else { return };
            let Some(top) = fake.tasks.last_mut() else { return };
            if !is_second {
                top.frames.pop();
            }
            is_second = false;
            let Some(outer) = top.frames.last_mut() else { return self.ends(id, value) };
            if let Some(first) = outer.first {
                value += first;
                continue;
            }
            outer.first = Some(value);
            return self.turn(id);
        }
    }

    /// The turn of the second call has come.
    fn turn(&mut self, id: NodeId) {
        let Some(top) = self.nodes.get_mut(&id).and_then(|fake| fake.tasks.last_mut()) else { return };
        match top.frames.last_mut().and_then(|frame| frame.given.take()) {
            Some(n) => {
                top.due = Some(n);
                self.says(id, ErrandSaid::Waits { n }, 0);
            }
            None => self.descends(id),
        }
    }

    /// The second call is made in place.
    fn descends(&mut self, id: NodeId) {
        let Some(top) = self.nodes.get_mut(&id).and_then(|fake| fake.tasks.last_mut()) else { return };
        let n = top.frames.last().map_or(0, |frame| frame.n);
        top.frames.push(frame(n - 2));
    }

    /// What runs on top has ended.
    fn ends(&mut self, node: NodeId, value: u64) {
        let Some(fake) = self.nodes.get_mut(&node) else { return };
        let Some(ended) = fake.tasks.pop() else { return };
        match (ended.what, fake.attempt) {
            (What::Guest { call, .. }, _) => self.says_end(node, call, CallEnd::Value, value),
            (What::Unit { .. }, Some(attempt)) => {
                assert_eq!(value, TOTAL);
                fake.attempt = None;
                let about =
                    About { type_name: String::new(), len: None, nbytes: Some(8), reaches: Vec::new() };
                let (bound, along, fault) = (vec![Some(about)], vec![(0, blob(value))], None);
                self.step(Event::Ended { node, attempt, bound, along, fault, cause: Cause::Program });
                self.step(Event::Ask(submission_key()));
            }
            (What::Unit { .. }, None) => {}
        }
    }

    fn kill(&mut self, at: usize) {
        let Some(id) = self.nodes.keys().nth(at % self.nodes.len().max(1)).copied() else { return };
        self.nodes.remove(&id);
        self.step(Event::NodeDown(id));
        self.add_node();
    }

    /// One node after the other does what it can, until the unit has ended.
    fn settle(&mut self) {
        for round in 0..20_000u32 {
            if self.ended.is_some() || self.has_failed {
                return;
            }
            self.now += 1;
            for id in self.nodes.keys().copied().collect::<Vec<_>>() {
                while self.hear(id) {}
                self.work(id, 1);
            }
            if round.is_multiple_of(10) {
                self.beat();
            }
        }
        unreachable!("the unit does not end");
    }

    fn beat(&mut self) {
        for id in self.nodes.keys().copied().collect::<Vec<_>>() {
            self.step(Event::Beat(id, Vec::new()));
        }
        self.step(Event::Tick);
    }
}

const fn submission_key() -> u64 {
    super::world::key_of(UNIT)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_recursion_comes_to_the_same_whoever_computes_it(
        n_nodes in 1..5usize,
        choices in prop::collection::vec((any::<u8>(), any::<u8>()), 0..3000),
    ) {
        let mut world = World::new(n_nodes);
        for (kind, a) in choices {
            let id = world.nodes.keys().nth(usize::from(a) % world.nodes.len()).copied().unwrap_or(NodeId(0));
            world.now += u64::from(kind % 4 == 0);
            match kind {
                0 if a < 64 => world.kill(usize::from(a)),
                0..=9 => world.beat(),
                10..=120 => {
                    world.hear(id);
                }
                _ => {
                    world.work(id, a);
                }
            }
        }
        world.settle();
        prop_assert!(world.has_failed || world.ended == Some(TOTAL));
    }
}

#[test]
fn two_nodes_share_a_recursion() {
    for n_nodes in [2, 3, 4] {
        let mut world = World::new(n_nodes);
        world.settle();
        assert_eq!(world.ended, Some(TOTAL));
        let (n_hosted, n_rounds) = (world.n_hosted, usize::try_from(world.now).unwrap_or(usize::MAX));
        assert!(n_hosted * 10 > world.n_steps * 3, "{n_nodes} nodes: {n_hosted} of {}", world.n_steps);
        // Alone it takes a step for each of 753 calls.
        assert!(n_rounds < 600, "{n_nodes} nodes: {n_rounds} rounds");
    }
}
