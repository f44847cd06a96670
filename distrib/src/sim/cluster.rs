//! The simulation itself: a queue of what happens when, the ledger in the middle, nodes around it.

use super::net::{Care, Lane, arrivals};
use super::node::{Ending, Node, Step};
use super::rng::{Rng, mix};
use super::scenario::{Mishap, Scenario};
use super::work::{Answer, Does, Work};
use crate::ledger::{
    Action, AttemptId, CodeKey, Doubling, ErrorId, Event, Ledger, Loss, NodeId, Offer, Part, Partial,
    RangeId, Slice, Verdict, Why,
};
use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};
use std::rc::Rc;

/// What was seen of a run.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Report {
    /// When the last job was over.
    pub makespan_us: u64,
    /// What all elements that count cost, on one core of ordinary speed.
    pub useful_us: u64,
    /// How long cores were busy, with whatever.
    pub busy_us: u64,
    /// How long the scheduler was busy with submits and cuts.
    pub scheduler_us: u64,
    /// Slices that were submitted.
    pub n_submits: u64,
    /// Slices that were cut.
    pub n_cuts: u64,
    /// Events that the ledger was told.
    pub n_events: u64,
    /// All cores.
    pub n_cores: u64,
}

impl Report {
    /// The part of all cores' time that went into what counts.
    pub fn efficiency(&self) -> f64 {
        self.useful_us as f64 / (self.makespan_us.max(1) * self.n_cores) as f64
    }

    /// The part of all cores' time in which nothing ran.
    pub fn idle(&self) -> f64 {
        1.0 - self.busy_us as f64 / (self.makespan_us.max(1) * self.n_cores) as f64
    }

    /// The part of the time in which the scheduler was busy.
    pub fn scheduler(&self) -> f64 {
        self.scheduler_us as f64 / self.makespan_us.max(1) as f64
    }
}

/// What a node is told.
#[derive(Clone, Debug)]
enum Order {
    Submit(Slice, Rc<Work>),
    Cut(AttemptId, u64),
    Cancel(AttemptId),
    /// The inner range that an element waited for is done.
    InnerDone(AttemptId, u64),
}

/// What a node tells; the gateway numbers what it receives.
#[derive(Clone, Debug)]
enum Told {
    Event(Event),
    Ended { slice: Slice, work: Rc<Work>, ending: Ending, ran_us: u64 },
}

#[derive(Clone, Debug)]
enum What {
    ToGateway(Told),
    ToNode(usize, NodeId, Order),
    ElementDone(usize, NodeId, AttemptId, u64, u64),
    /// An element has come to its inner range.
    Waits(usize, NodeId, AttemptId, u64),
    /// The time of a slice is over.
    TimeOver(usize, NodeId, AttemptId),
    Beat(usize, NodeId),
    Tick,
    Mishap(usize),
    Returns(usize),
    Offer(usize),
    CancelJob(usize),
}

/// Something that happens; of two at the same time, what was planned first.
struct Planned(u64, u64, What);

impl PartialEq for Planned {
    fn eq(&self, other: &Self) -> bool {
        (self.0, self.1) == (other.0, other.1)
    }
}

impl Eq for Planned {}

impl PartialOrd for Planned {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Planned {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (self.0, self.1).cmp(&(other.0, other.1))
    }
}

/// Who waits for a range.
#[derive(Clone, Copy, Debug)]
enum Waiter {
    Job(usize),
    Element(NodeId, AttemptId, u64),
}

/// A place for a node, whichever of its lives it is in.
struct Slot {
    node: Option<Node>,
    slow_percent: u64,
    frozen_until_us: u64,
    parted_until_us: u64,
}

/// A cluster that is simulated.
pub struct Cluster {
    scenario: Scenario,
    rng: Rng,
    now_us: u64,
    n_planned: u64,
    planned: BinaryHeap<Reverse<Planned>>,
    ledger: Ledger,
    slots: Vec<Slot>,
    down: Lane,
    up: Lane,
    scheduler_free_us: u64,
    ranges: BTreeMap<RangeId, (Rc<Work>, Waiter)>,
    /// What the gateway holds: the code, and which elements.
    partials: BTreeMap<u64, (u64, u64, u64)>,
    /// The number under which a job runs.
    jobs: Vec<Option<RangeId>>,
    /// The jobs that are over.
    over: Vec<bool>,
    /// Where each node is.
    places: BTreeMap<NodeId, usize>,
    n_open: usize,
    next_id: u64,
    works: Vec<Rc<Work>>,
    report: Report,
    wrong: Option<String>,
}

impl Cluster {
    /// A cluster before its first event.
    pub fn new(scenario: Scenario) -> Self {
        let n_nodes = scenario.nodes.len();
        let works: Vec<Rc<Work>> = scenario.jobs.iter().map(|job| Rc::new(job.work.clone())).collect();
        let slot = |spec: &super::NodeSpec| Slot {
            node: None,
            slow_percent: spec.slow_percent,
            frozen_until_us: 0,
            parted_until_us: 0,
        };
        let mut cluster = Self {
            rng: Rng::new(mix(scenario.seed)),
            now_us: 0,
            n_planned: 0,
            planned: BinaryHeap::new(),
            ledger: Ledger::new(scenario.tuning),
            slots: scenario.nodes.iter().map(slot).collect(),
            down: Lane::new(n_nodes),
            up: Lane::new(n_nodes),
            scheduler_free_us: 0,
            ranges: BTreeMap::new(),
            partials: BTreeMap::new(),
            jobs: vec![None; scenario.jobs.len()],
            over: vec![false; scenario.jobs.len()],
            places: BTreeMap::new(),
            n_open: scenario.jobs.len(),
            next_id: 1,
            works,
            report: Report::default(),
            wrong: None,
            scenario,
        };
        cluster.plan_start();
        cluster
    }

    fn plan_start(&mut self) {
        (0..self.slots.len()).for_each(|slot| self.plan(0, What::Returns(slot)));
        for job in 0..self.scenario.jobs.len() {
            let (at, cancelled) = (self.scenario.jobs[job].at_us, self.scenario.jobs[job].cancelled_us);
            self.plan(at, What::Offer(job));
            if let Some(at) = cancelled {
                self.plan(at, What::CancelJob(job));
            }
        }
        for mishap in 0..self.scenario.mishaps.len() {
            self.plan(self.scenario.mishaps[mishap].0, What::Mishap(mishap));
        }
        self.plan(0, What::Tick);
    }

    /// Runs until every job is over.
    ///
    /// # Errors
    ///
    /// An answer that is not that of a plain loop, a ledger that does not hold together, or a job that does not end.
    pub fn run(mut self) -> Result<Report, String> {
        let limit_us = self.limit_us();
        while self.n_open > 0 {
            let Some(Reverse(Planned(at, _, what))) = self.planned.pop() else {
                return Err("nothing happens any more".to_owned());
            };
            self.now_us = at;
            if at > limit_us {
                return Err(format!("not over after {} s: {:?}", limit_us / 1_000_000, self.ledger));
            }
            self.happen(what);
            if let Some(wrong) = self.wrong.take() {
                return Err(format!("at {} us: {wrong}", self.now_us));
            }
        }
        self.report.makespan_us = self.now_us;
        self.report.n_cores = self.scenario.nodes.iter().map(|node| u64::from(node.n_cores)).sum();
        Ok(self.report)
    }

    /// Far more than one core that starts anew at each mishap would take.
    fn limit_us(&self) -> u64 {
        let slowest = self.scenario.nodes.iter().map(|node| node.slow_percent).max().unwrap_or(100).max(3000);
        let inner = |work: &Work| -> u64 { (0..3).map(|i| work.inner(i).total_us()).sum() };
        let total: u64 = self.works.iter().map(|work| work.total_us() + inner(work)).sum();
        1_000_000_000 + (self.scenario.mishaps.len() as u64 + 4) * total * slowest / 100
    }

    fn plan(&mut self, at_us: u64, what: What) {
        self.n_planned += 1;
        self.planned.push(Reverse(Planned(at_us, self.n_planned, what)));
    }

    fn number(&mut self) -> u64 {
        self.next_id += 1;
        self.next_id
    }

    fn is_wrong(&mut self, what: String) {
        self.wrong.get_or_insert(what);
    }

    fn happen(&mut self, what: What) {
        if let Some(what) = self.held_back(what) {
            match what {
                What::ToGateway(told) => self.received(told),
                What::ToNode(slot, id, order) => self.ordered(slot, id, order),
                What::ElementDone(slot, id, attempt, index, cost_us) => {
                    self.element_done(slot, id, attempt, index, cost_us);
                }
                What::Waits(slot, id, attempt, index) => self.offer_inner(slot, id, attempt, index),
                What::TimeOver(slot, id, attempt) => self.time_over(slot, id, attempt),
                What::Beat(slot, id) => self.beat(slot, id),
                What::Tick => {
                    self.plan(self.now_us + 100_000, What::Tick);
                    self.tell(Event::Tick);
                }
                What::Mishap(at) => self.mishap(at),
                What::Returns(slot) => self.returns(slot),
                What::Offer(job) => self.offer_job(job),
                What::CancelJob(job) => self.cancel_job(job),
            }
        }
    }

    /// What happens on a node that is frozen happens when it thaws.
    fn held_back(&mut self, what: What) -> Option<What> {
        let slot = match &what {
            What::ToNode(slot, ..) | What::ElementDone(slot, ..) | What::Waits(slot, ..) => *slot,
            What::TimeOver(slot, ..) | What::Beat(slot, _) => *slot,
            _ => return Some(what),
        };
        let until = self.slots[slot].frozen_until_us;
        if until <= self.now_us {
            return Some(what);
        }
        self.plan(until, what);
        None
    }

    // The gateway.

    /// Tells the ledger something, and does what it asks for.
    fn tell(&mut self, event: Event) {
        let mut actions = Vec::new();
        self.report.n_events += 1;
        self.ledger.step(self.now_us / 1000, event, &mut actions);
        if self.scenario.verifies
            && let Err(what) = self.ledger.verify()
        {
            self.is_wrong(what);
        }
        actions.into_iter().for_each(|action| self.act(action));
    }

    fn received(&mut self, told: Told) {
        match told {
            Told::Event(event) => self.tell(event),
            Told::Ended { slice, work, ending, ran_us } => {
                let attempt = slice.attempt;
                let (stopped_at, verdict) = match ending {
                    Ending::Failed(index) => {
                        return self.tell(Event::SliceFailed {
                            attempt,
                            index,
                            error: ErrorId(index),
                            ran_us,
                        });
                    }
                    Ending::Stopped(at) => (at, Verdict::GoesOn),
                    Ending::Decided(at) => (at, Verdict::Decides),
                };
                let id = self.number();
                self.partials.insert(id, (work.seed, slice.lo, stopped_at));
                let partial = Partial { id, n_bytes: work.partial_bytes };
                self.tell(Event::SliceEnded { attempt, stopped_at, partial, verdict, ran_us });
            }
        }
    }

    fn act(&mut self, action: Action) {
        match action {
            Action::Submit { node, slice } => {
                self.report.n_submits += 1;
                let Some((work, _)) = self.ranges.get(&slice.range) else {
                    return self.is_wrong(format!("{slice:?} of a range that nobody offered"));
                };
                let work = work.clone();
                self.order(node, Order::Submit(slice, work), 1000, Care::None);
            }
            Action::Cut { node, attempt, hi } => {
                self.report.n_cuts += 1;
                self.order(node, Order::Cut(attempt, hi), 100, Care::None);
            }
            Action::Cancel { node, attempt } => self.order(node, Order::Cancel(attempt), 100, Care::None),
            // What counts is looked at when all is done.
            Action::Accepted { .. } | Action::Bounded { .. } => {}
            Action::Release { partial } => {
                if self.partials.remove(&partial.id).is_none() {
                    self.is_wrong(format!("{partial:?} is released, and nobody has it"));
                }
            }
            Action::RangeDone { range, end, parts } => self.range_done(range, end, &parts),
            Action::RangeFailed { range, index, why } => {
                let answer = match why {
                    Why::Raised(_) => Answer::Raised(index),
                    Why::KilledNodes => Answer::Killed(index),
                };
                self.range_over(range, answer);
            }
        }
    }

    /// Each element counts once, and in order.
    fn range_done(&mut self, range: RangeId, end: u64, parts: &[Part]) {
        let seed = self.ranges.get(&range).map_or(0, |(work, _)| work.seed);
        let mut at = 0;
        for part in parts {
            let holds = self.partials.remove(&part.partial.id);
            if holds != Some((seed, part.lo, part.hi)) || part.lo != at {
                self.is_wrong(format!("{range:?}: {part:?} follows {at}, and holds {holds:?}"));
            }
            at = part.hi;
        }
        if at != end {
            self.is_wrong(format!("{range:?} ends at {at}, not at {end}"));
        }
        self.range_over(range, Answer::Done(end));
    }

    fn range_over(&mut self, range: RangeId, answer: Answer) {
        let Some((work, waiter)) = self.ranges.remove(&range) else {
            return self.is_wrong(format!("{range:?} is over, and nobody offered it"));
        };
        if answer != work.answer() {
            self.is_wrong(format!("{range:?}: {answer:?}, and not {:?}", work.answer()));
        }
        match waiter {
            // It was called off before the offer came.
            Waiter::Job(job) if self.over[job] => {}
            Waiter::Job(job) => {
                self.report.useful_us += work.total_us();
                self.over[job] = true;
                self.n_open -= 1;
            }
            Waiter::Element(id, attempt, index) => {
                self.order(id, Order::InnerDone(attempt, index), 1000, Care::Arrives);
            }
        }
    }

    /// Sends a node an order: the scheduler is a queue, then come the links.
    fn order(&mut self, id: NodeId, order: Order, n_bytes: u64, care: Care) {
        let Some(&slot) = self.places.get(&id) else { return };
        let submit_us = self.scenario.tuning.submit_us;
        self.report.scheduler_us += submit_us;
        self.scheduler_free_us = self.scheduler_free_us.max(self.now_us) + submit_us;
        let code = match &order {
            Order::Submit(_, work) => {
                self.slots[slot].node.as_mut().is_some_and(|node| node.codes.insert(work.seed))
            }
            Order::Cut(..) | Order::Cancel(_) | Order::InnerDone(..) => false,
        };
        let n_bytes = n_bytes + if code { self.scenario.code_bytes } else { 0 };
        let links = self.scenario.links;
        let passed = self.down.passed(slot, self.scheduler_free_us, n_bytes, &links);
        let parted = self.slots[slot].parted_until_us;
        for at in arrivals(&links, &mut self.rng, passed, parted, care) {
            let at = if care == Care::Arrives { self.down.in_order(slot, at) } else { at };
            self.plan(at, What::ToNode(slot, id, order.clone()));
        }
    }

    // Nodes.

    fn node(&mut self, slot: usize, id: NodeId) -> Option<&mut Node> {
        self.slots[slot].node.as_mut().filter(|node| node.id == id)
    }

    fn ordered(&mut self, slot: usize, id: NodeId, order: Order) {
        let Some(node) = self.node(slot, id) else { return };
        match order {
            Order::Submit(slice, work) => node.submit(slice, work),
            Order::Cut(attempt, hi) => node.cut(attempt, hi),
            Order::Cancel(attempt) => node.cancel(attempt),
            Order::InnerDone(attempt, index) => {
                // A node that has let go of the attempt has no use for it.
                let _ = node.finish(attempt, index);
            }
        }
        self.pump(slot, id);
    }

    fn pump(&mut self, slot: usize, id: NodeId) {
        let now_us = self.now_us;
        let slow_percent = self.slots[slot].slow_percent;
        let mut steps = Vec::new();
        let Some(node) = self.node(slot, id) else { return };
        node.pump(now_us, &mut steps);
        for step in steps {
            match step {
                Step::Began { attempt, index, cost_us } => {
                    let cost_us = cost_us * slow_percent / 100;
                    self.plan(now_us + cost_us, What::ElementDone(slot, id, attempt, index, cost_us));
                }
                Step::First(attempt, budget_ms) => {
                    self.plan(now_us + budget_ms * 1000, What::TimeOver(slot, id, attempt));
                }
                Step::Ended { slice, work, ending, ran_us } => {
                    let n_bytes = work.partial_bytes;
                    self.send_up(slot, Told::Ended { slice, work, ending, ran_us }, n_bytes, Care::None);
                }
            }
        }
    }

    /// A slice begins nothing more: it ends, or says where it will.
    fn time_over(&mut self, slot: usize, id: NodeId, attempt: AttemptId) {
        let Some(node) = self.node(slot, id) else { return };
        if let Some(stops_at) = node.stops_at(attempt) {
            self.send_up(slot, Told::Event(Event::SliceStops { attempt, stops_at }), 200, Care::None);
        }
        self.pump(slot, id);
    }

    fn element_done(&mut self, slot: usize, id: NodeId, attempt: AttemptId, index: u64, cost_us: u64) {
        let Some(node) = self.node(slot, id) else { return };
        let does = node.runs.iter().find(|run| run.slice.attempt == attempt).map(|run| run.work.does(index));
        match does {
            Some(Does::Kills) => return self.restart(slot, Loss::Died, 200_000),
            Some(Does::Waits) => {
                self.report.busy_us += cost_us;
                self.plan(self.now_us + 1, What::Waits(slot, id, attempt, index));
                return;
            }
            Some(_) => {
                let _ = node.finish(attempt, index);
                self.report.busy_us += cost_us;
            }
            None => {}
        }
        self.pump(slot, id);
    }

    fn offer_inner(&mut self, slot: usize, id: NodeId, attempt: AttemptId, index: u64) {
        let Some(work) = self.node(slot, id).and_then(|node| node.wait(attempt, index)) else { return };
        let inner = Rc::new(work.inner(index));
        let range = RangeId(self.number());
        self.ranges.insert(range, (inner.clone(), Waiter::Element(id, attempt, index)));
        let offer = offer(range, &inner, Some(id), Some(attempt), 0);
        self.send_up(slot, Told::Event(Event::Offered(offer)), 1000, Care::Arrives);
        self.pump(slot, id);
    }

    fn beat(&mut self, slot: usize, id: NodeId) {
        let Some(node) = self.node(slot, id) else { return };
        let reached = node.runs.iter().map(|run| (run.slice.attempt, run.next)).collect();
        self.plan(self.now_us + self.scenario.beat_us, What::Beat(slot, id));
        self.send_up(slot, Told::Event(Event::Heartbeat { node: id, reached }), 200, Care::None);
    }

    fn send_up(&mut self, slot: usize, told: Told, n_bytes: u64, care: Care) {
        let links = self.scenario.links;
        let passed = self.up.passed(slot, self.now_us, n_bytes, &links);
        let parted = self.slots[slot].parted_until_us;
        for at in arrivals(&links, &mut self.rng, passed, parted, care) {
            let at = if care == Care::Arrives { self.up.in_order(slot, at) } else { at };
            self.plan(at, What::ToGateway(told.clone()));
        }
    }

    // What happens from outside.

    fn mishap(&mut self, at: usize) {
        let (_, slot, mishap) = self.scenario.mishaps[at];
        let state = &mut self.slots[slot];
        match mishap {
            Mishap::Restarts(how, for_us) => self.restart(slot, how, for_us),
            Mishap::Freezes(for_us) => state.frozen_until_us = self.now_us + for_us,
            Mishap::Parted(for_us) => state.parted_until_us = self.now_us + for_us,
            Mishap::Slows(percent) => state.slow_percent = percent,
        }
    }

    /// A node ends. Its drivers, and what it offered, are run again elsewhere.
    fn restart(&mut self, slot: usize, how: Loss, for_us: u64) {
        let Some(node) = self.slots[slot].node.take() else { return };
        let id = node.id;
        self.places.remove(&id);
        self.slots[slot].frozen_until_us = 0;
        let noticed = self.now_us.max(self.slots[slot].parted_until_us) + self.rng.within(0, 50_000);
        let noticed = self.up.in_order(slot, noticed);
        self.plan(noticed, What::ToGateway(Told::Event(Event::NodeLost { node: id, how })));
        self.plan(self.now_us + for_us, What::Returns(slot));
        for job in 0..self.jobs.len() {
            if self.jobs[job].is_some() && !self.over[job] && self.scenario.jobs[job].home == Some(slot) {
                self.plan(noticed + 1, What::Offer(job));
            }
        }
    }

    fn returns(&mut self, slot: usize) {
        let id = NodeId(u32::try_from(self.number()).unwrap_or(u32::MAX));
        let n_cores = self.scenario.nodes[slot].n_cores;
        self.places.insert(id, slot);
        self.slots[slot].node = Some(Node::new(id, u64::from(n_cores)));
        self.send_up(slot, Told::Event(Event::NodeJoined { node: id, n_cores }), 1000, Care::Arrives);
        let first = self.rng.within(0, self.scenario.beat_us);
        self.plan(self.now_us + first, What::Beat(slot, id));
    }

    /// A driver offers its range; one whose node is gone is run again from the start, elsewhere.
    fn offer_job(&mut self, job: usize) {
        if self.over[job] {
            return;
        }
        let spec = &self.scenario.jobs[job];
        let (home, priority) = (spec.home, spec.priority);
        let mut slot = None;
        let mut id = None;
        if home.is_some() {
            // Wherever there is a node.
            slot = (0..self.slots.len()).find(|slot| self.slots[*slot].node.is_some());
            let Some(at) = slot else { return self.plan(self.now_us + 100_000, What::Offer(job)) };
            id = self.slots[at].node.as_ref().map(|node| node.id);
            self.scenario.jobs[job].home = slot;
        }
        let range = RangeId(self.number());
        let work = self.works[job].clone();
        self.jobs[job] = Some(range);
        let offer = offer(range, &work, id, None, priority);
        self.ranges.insert(range, (work, Waiter::Job(job)));
        match slot {
            Some(slot) => self.send_up(slot, Told::Event(Event::Offered(offer)), 1000, Care::Arrives),
            None => self.tell(Event::Offered(offer)),
        }
    }

    fn cancel_job(&mut self, job: usize) {
        // A job that was not offered yet will not be.
        if let Some(range) = self.jobs[job].take().filter(|_| !self.over[job]) {
            self.n_open -= 1;
            self.over[job] = true;
            self.tell(Event::Cancelled { range });
        }
    }
}

fn offer(
    range: RangeId,
    work: &Work,
    home: Option<NodeId>,
    parent: Option<AttemptId>,
    priority: i64,
) -> Offer {
    let mut code = [0; 32];
    code[..8].copy_from_slice(&work.seed.to_le_bytes());
    Offer {
        range,
        code: CodeKey(code),
        len: work.len,
        kind: work.kind,
        home,
        parent,
        priority,
        cost_ns: None,
        doubling: Doubling::Allowed,
    }
}
