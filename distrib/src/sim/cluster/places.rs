//! What happens on nodes, and what comes from outside: mishaps, and drivers that offer their ranges.

use super::{Cluster, Order, Told, Waiter, What};
use crate::ledger::{AttemptId, CodeKey, Doubling, Event, Loss, NodeId, Offer, RangeId};
use crate::sim::net::{Care, arrivals};
use crate::sim::node::{Node, Step};
use crate::sim::scenario::Mishap;
use crate::sim::work::{Does, Work};
use std::rc::Rc;

impl Cluster {
    pub(super) fn node(&mut self, slot: usize, id: NodeId) -> Option<&mut Node> {
        self.slots[slot].node.as_mut().filter(|node| node.id == id)
    }

    pub(super) fn ordered(&mut self, slot: usize, id: NodeId, order: Order) {
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

    pub(super) fn pump(&mut self, slot: usize, id: NodeId) {
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
    pub(super) fn time_over(&mut self, slot: usize, id: NodeId, attempt: AttemptId) {
        let Some(node) = self.node(slot, id) else { return };
        if let Some(stops_at) = node.stops_at(attempt) {
            self.send_up(slot, Told::Event(Event::SliceStops { attempt, stops_at }), 200, Care::None);
        }
        self.pump(slot, id);
    }

    pub(super) fn element_done(
        &mut self,
        slot: usize,
        id: NodeId,
        attempt: AttemptId,
        index: u64,
        cost_us: u64,
    ) {
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

    pub(super) fn offer_inner(&mut self, slot: usize, id: NodeId, attempt: AttemptId, index: u64) {
        let Some(work) = self.node(slot, id).and_then(|node| node.wait(attempt, index)) else { return };
        let inner = Rc::new(work.inner(index));
        let range = RangeId(self.number());
        self.ranges.insert(range, (inner.clone(), Waiter::Element(id, attempt, index)));
        let offer = offer(range, &inner, Some(id), Some(attempt), 0);
        self.send_up(slot, Told::Event(Event::Offered(offer)), 1000, Care::Arrives);
        self.pump(slot, id);
    }

    pub(super) fn beat(&mut self, slot: usize, id: NodeId) {
        let Some(node) = self.node(slot, id) else { return };
        let reached = node.runs.iter().map(|run| (run.slice.attempt, run.next)).collect();
        self.plan(self.now_us + self.scenario.beat_us, What::Beat(slot, id));
        self.send_up(slot, Told::Event(Event::Heartbeat { node: id, reached }), 200, Care::None);
    }

    pub(super) fn send_up(&mut self, slot: usize, told: Told, n_bytes: u64, care: Care) {
        let links = self.scenario.links;
        let passed = self.up.passed(slot, self.now_us, n_bytes, &links);
        let parted = self.slots[slot].parted_until_us;
        for at in arrivals(&links, &mut self.rng, passed, parted, care) {
            let at = if care == Care::Arrives { self.up.in_order(slot, at) } else { at };
            self.plan(at, What::ToGateway(told.clone()));
        }
    }

    pub(super) fn mishap(&mut self, at: usize) {
        let (_, slot, mishap) = self.scenario.mishaps[at];
        let state = &mut self.slots[slot];
        match mishap {
            Mishap::GatewayRestarts => self.gateway_restarts(),
            Mishap::Restarts(how, for_us) => self.restart(slot, how, for_us),
            Mishap::Freezes(for_us) => state.frozen_until_us = self.now_us + for_us,
            Mishap::Parted(for_us) => state.parted_until_us = self.now_us + for_us,
            Mishap::Slows(percent) => state.slow_percent = percent,
        }
    }

    /// A node ends. Its drivers, and what it offered, are run again elsewhere.
    pub(super) fn restart(&mut self, slot: usize, how: Loss, for_us: u64) {
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

    pub(super) fn returns(&mut self, slot: usize) {
        let id = NodeId(u32::try_from(self.number()).unwrap_or(u32::MAX));
        let n_cores = self.scenario.nodes[slot].n_cores;
        self.places.insert(id, slot);
        self.slots[slot].node = Some(Node::new(id, u64::from(n_cores)));
        self.send_up(slot, Told::Event(Event::NodeJoined { node: id, n_cores }), 1000, Care::Arrives);
        let first = self.rng.within(0, self.scenario.beat_us);
        self.plan(self.now_us + first, What::Beat(slot, id));
    }

    /// A driver offers its range; one whose node is gone is run again from the start, elsewhere.
    pub(super) fn offer_job(&mut self, job: usize) {
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

    pub(super) fn cancel_job(&mut self, job: usize) {
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
