//! The simulation itself: a queue of what happens when, the ledger in the middle, nodes around it.

mod gateway;
mod places;

use super::net::Lane;
use super::node::{Ending, Node};
use super::rng::{Rng, mix};
use super::scenario::Scenario;
use super::work::Work;
use crate::ledger::{AttemptId, Entry, Event, Ledger, NodeId, RangeId, Slice};
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
    /// The lines of the journal, by range, and a number that no attempt has had.
    journal: BTreeMap<RangeId, Vec<Entry>>,
    first_attempt: AttemptId,
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
            journal: BTreeMap::new(),
            first_attempt: AttemptId(1),
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
}
