//! The gateway: it tells the ledger what comes, and does what the ledger asks for.

use super::{Cluster, Order, Planned, Told, Waiter, What};
use crate::ledger::{
    Action, AttemptId, Entry, ErrorId, Event, Ledger, NodeId, Part, Partial, RangeId, Verdict, Why,
};
use crate::sim::net::{Care, arrivals};
use crate::sim::node::Ending;
use crate::sim::work::Answer;
use std::cmp::Reverse;

impl Cluster {
    /// Tells the ledger something, and does what it asks for.
    pub(super) fn tell(&mut self, event: Event) {
        let mut actions = Vec::new();
        self.report.n_events += 1;
        if let Event::Offered(offer) = &event {
            self.write(offer.range, Entry::Offered(offer.clone()));
        }
        self.ledger.step(self.now_us / 1000, event, &mut actions);
        if self.scenario.verifies
            && let Err(what) = self.ledger.verify()
        {
            self.is_wrong(what);
        }
        actions.into_iter().for_each(|action| self.act(action));
    }

    pub(super) fn received(&mut self, told: Told) {
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

    pub(super) fn act(&mut self, action: Action) {
        match action {
            Action::Submit { node, slice } => {
                self.report.n_submits += 1;
                self.first_attempt = AttemptId(slice.attempt.0 + 1);
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
            Action::Accepted { range, lo, hi, partial } => {
                self.write(range, Entry::Accepted { range, lo, hi, partial });
            }
            Action::Bounded { range, end, why } => self.write(range, Entry::Bounded { range, end, why }),
            Action::TakenUp { range, orphan } => self.taken_up(range, orphan),
            Action::RangeDropped { range } => {
                self.ranges.remove(&range);
                self.journal.remove(&range);
            }
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

    /// Writes a line of the journal, which outlives the gateway.
    fn write(&mut self, range: RangeId, entry: Entry) {
        if self.scenario.verifies {
            self.journal.entry(range).or_default().push(entry);
        }
    }

    fn taken_up(&mut self, range: RangeId, orphan: RangeId) {
        self.ranges.remove(&orphan);
        let mut lines = self.journal.remove(&orphan).unwrap_or_default();
        lines.extend(self.journal.remove(&range).unwrap_or_default());
        lines.push(Entry::TakenUp { range, orphan });
        self.journal.insert(range, lines);
    }

    /// The gateway dies, and another goes on from its journal. Nodes drop what they had, and join anew; drivers offer their ranges again.
    pub(super) fn gateway_restarts(&mut self) {
        let journal = self.journal.values().flatten().cloned();
        let now_ms = self.now_us / 1000;
        self.ledger = Ledger::resume(self.scenario.tuning, now_ms, self.first_attempt, journal);
        self.planned.retain(|Reverse(Planned(_, _, what))| !matches!(what, What::ToGateway(_)));
        for slot in 0..self.slots.len() {
            if let Some(node) = self.slots[slot].node.take() {
                self.places.remove(&node.id);
                let noticed = self.now_us.max(self.slots[slot].frozen_until_us);
                let wait = self.rng.within(1, 200_000);
                self.plan(noticed + wait, What::Returns(slot));
            }
        }
        for job in 0..self.jobs.len() {
            if self.jobs[job].is_some() && !self.over[job] {
                let wait = self.rng.within(0, 1_000_000);
                self.plan(self.now_us + wait, What::Offer(job));
            }
        }
    }

    /// Each element counts once, and in order.
    pub(super) fn range_done(&mut self, range: RangeId, end: u64, parts: &[Part]) {
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

    pub(super) fn range_over(&mut self, range: RangeId, answer: Answer) {
        self.journal.remove(&range);
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
    pub(super) fn order(&mut self, id: NodeId, order: Order, n_bytes: u64, care: Care) {
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
}
