//! Whatever happens to slices, in whatever order, each element counts once, and the answer is that of a plain loop.

use super::*;
use proptest::prelude::*;
use std::collections::BTreeMap;

/// What may happen.
#[derive(Clone, Debug)]
enum Op {
    Join(u32),
    Lose(usize, Loss),
    Offer {
        len: u64,
        kind: Kind,
        special: Option<u64>,
        nested: bool,
        cost_ns: Option<u64>,
    },
    CancelRange(usize),
    /// Some attempt that was ever submitted ends after this part of it, whether it is still wanted or not.
    End {
        which: usize,
        permille: u64,
    },
    Refuse(usize),
    Stop {
        which: usize,
        permille: u64,
    },
    Beat {
        node: usize,
        permille: u64,
        forgets: bool,
    },
    LosePartial(usize),
    /// The last end is told again.
    Again,
    Pass(u64),
}

fn op() -> impl Strategy<Value = Op> {
    let loss = prop_oneof![Just(Loss::Died), Just(Loss::Left)];
    let kind = prop_oneof![Just(Kind::Combine), Just(Kind::ShortCircuit)];
    let special = proptest::option::of(0u64..200);
    prop_oneof![
        2 => (1u32..5).prop_map(Op::Join),
        1 => (any::<usize>(), loss).prop_map(|(which, how)| Op::Lose(which, how)),
        2 => (0u64..200, kind, special, any::<bool>(), proptest::option::of(1u64..50_000_000)).prop_map(
            |(len, kind, special, nested, cost_ns)| Op::Offer { len, kind, special, nested, cost_ns }
        ),
        1 => any::<usize>().prop_map(Op::CancelRange),
        12 => (any::<usize>(), 0u64..1200).prop_map(|(which, permille)| Op::End { which, permille }),
        1 => any::<usize>().prop_map(Op::Refuse),
        2 => (any::<usize>(), 0u64..1100).prop_map(|(which, permille)| Op::Stop { which, permille }),
        4 => (any::<usize>(), 0u64..1000, any::<bool>()).prop_map(|(node, permille, forgets)| Op::Beat { node, permille, forgets }),
        1 => any::<usize>().prop_map(Op::LosePartial),
        1 => Just(Op::Again),
        4 => (0u64..3000).prop_map(Op::Pass),
    ]
}

/// What is true of a range, and what was told of it.
struct Truth {
    offer: Offer,
    /// The element that fails, or decides.
    special: Option<u64>,
    /// How often each element counts.
    counted: Vec<u32>,
}

/// A slice as its node knows it.
#[derive(Clone, Copy)]
struct Sent {
    node: NodeId,
    slice: Slice,
}

struct World {
    ledger: Ledger,
    now_ms: u64,
    events: Vec<(u64, Event)>,
    nodes: Vec<NodeId>,
    sent: Vec<Sent>,
    truths: BTreeMap<RangeId, Truth>,
    over: BTreeMap<RangeId, bool>,
    /// What each partial is of, until it is released.
    partials: BTreeMap<u64, (RangeId, u64, u64)>,
    next: u64,
    n_deaths: u32,
}

impl World {
    fn new(tuning: Tuning) -> Self {
        Self {
            ledger: Ledger::new(tuning),
            now_ms: 0,
            events: Vec::new(),
            nodes: Vec::new(),
            sent: Vec::new(),
            truths: BTreeMap::new(),
            over: BTreeMap::new(),
            partials: BTreeMap::new(),
            next: 1,
            n_deaths: 0,
        }
    }

    fn number(&mut self) -> u64 {
        self.next += 1;
        self.next
    }

    fn tell(&mut self, event: Event) {
        let mut actions = Vec::new();
        self.events.push((self.now_ms, event.clone()));
        self.ledger.step(self.now_ms, event, &mut actions);
        self.ledger.verify().unwrap_or_else(|what| panic!("{what}"));
        actions.into_iter().for_each(|action| self.carry_out(action));
    }

    fn carry_out(&mut self, action: Action) {
        match action {
            Action::Submit { node, slice } => {
                assert!(slice.lo < slice.hi && slice.budget_ms > 0);
                self.sent.push(Sent { node, slice });
            }
            Action::Cut { .. } | Action::Cancel { .. } | Action::Bounded { .. } => {}
            Action::Accepted { range, lo, hi, .. } => {
                let Some(truth) = self.truths.get_mut(&range) else { panic!("accepted for nobody") };
                for at in lo..hi {
                    truth.counted[at as usize] += 1;
                    assert_eq!(truth.counted[at as usize], 1, "element {at} counts twice");
                }
            }
            Action::Release { partial } => {
                assert!(self.partials.remove(&partial.id).is_some(), "{partial:?} is released twice");
            }
            Action::RangeDone { range, end, parts } => self.done(range, end, &parts),
            Action::RangeFailed { range, index, why } => {
                let truth = &self.truths[&range];
                assert!(matches!(why, Why::Raised(_)), "nothing here is to blame");
                assert_eq!((truth.offer.kind, truth.special), (Kind::Combine, Some(index)));
                self.over.insert(range, true);
            }
        }
    }

    fn done(&mut self, range: RangeId, end: u64, parts: &[Part]) {
        let truth = &self.truths[&range];
        let special = truth.special.filter(|at| *at < truth.offer.len);
        let expected = match truth.offer.kind {
            Kind::Combine => {
                assert_eq!(special, None, "an element fails, and nobody noticed");
                truth.offer.len
            }
            Kind::ShortCircuit => special.map_or(truth.offer.len, |at| at + 1),
        };
        assert_eq!(end, expected);
        let mut at = 0;
        for part in parts {
            let of = self.partials.remove(&part.partial.id);
            assert_eq!(of, Some((range, part.lo, part.hi)));
            assert_eq!(part.lo, at);
            at = part.hi;
        }
        assert_eq!(at, end);
        self.over.insert(range, true);
    }

    /// What a node says that ran a slice so far.
    fn end(&mut self, sent: Sent, stop: u64) -> Option<Event> {
        let Slice { attempt, range, lo, .. } = sent.slice;
        // A range that goes on under another number is still the same.
        let range = self.ledger.leases.get(&attempt).map_or(range, |lease| lease.range);
        let truth = self.truths.get(&range)?;
        let stop = stop.min(truth.offer.len);
        let special = truth.special.filter(|at| (lo..stop).contains(at));
        let kind = truth.offer.kind;
        let id = self.number();
        Some(match (special, kind) {
            (Some(index), Kind::Combine) => {
                Event::SliceFailed { attempt, index, error: ErrorId(index), ran_us: 1000 }
            }
            (Some(index), Kind::ShortCircuit) => self.ended(sent, range, index + 1, id, Verdict::Decides),
            (None, _) => self.ended(sent, range, stop, id, Verdict::GoesOn),
        })
    }

    fn ended(&mut self, sent: Sent, range: RangeId, stopped_at: u64, id: u64, verdict: Verdict) -> Event {
        let Slice { attempt, lo, .. } = sent.slice;
        self.partials.insert(id, (range, lo, stopped_at));
        let ran_us = (stopped_at - lo) * 1000;
        Event::SliceEnded { attempt, stopped_at, partial: Partial { id, n_bytes: 8 }, verdict, ran_us }
    }

    fn run(&mut self, op: Op) {
        let pick = |which: usize, n: usize| (n > 0).then(|| which % n);
        match op {
            Op::Join(n_cores) => {
                let node = NodeId(u32::try_from(self.number()).unwrap_or(0));
                self.nodes.push(node);
                self.tell(Event::NodeJoined { node, n_cores });
            }
            Op::Lose(which, how) => {
                if let Some(at) = pick(which, self.nodes.len()) {
                    // Nothing here is to blame for three deaths.
                    self.n_deaths += u32::from(how == Loss::Died);
                    let how = if self.n_deaths < 3 { how } else { Loss::Left };
                    let node = self.nodes.remove(at);
                    self.tell(Event::NodeLost { node, how });
                }
            }
            Op::Offer { len, kind, special, nested, cost_ns } => {
                self.offer(len, kind, special, nested, cost_ns)
            }
            Op::CancelRange(which) => {
                let live: Vec<RangeId> = self.ledger.ranges.keys().copied().collect();
                if let Some(at) = pick(which, live.len()) {
                    self.over.insert(live[at], false);
                    self.tell(Event::Cancelled { range: live[at] });
                }
            }
            Op::End { which, permille } => {
                // The latest are the likeliest to be wanted.
                let Some(back) = pick(which, self.sent.len().min(8)) else { return };
                let sent = self.sent[self.sent.len() - 1 - back];
                let n = sent.slice.hi - sent.slice.lo;
                if let Some(event) = self.end(sent, sent.slice.lo + n * permille / 1000) {
                    self.tell(event);
                }
            }
            Op::Refuse(which) => {
                if let Some(at) = pick(which, self.sent.len()) {
                    self.tell(Event::SliceLost { attempt: self.sent[at].slice.attempt });
                }
            }
            Op::Stop { which, permille } => {
                if let Some(at) = pick(which, self.sent.len()) {
                    let Slice { attempt, lo, hi, .. } = self.sent[at].slice;
                    self.tell(Event::SliceStops { attempt, stops_at: lo + (hi - lo) * permille / 1000 });
                }
            }
            Op::Beat { node, permille, forgets } => {
                let Some(at) = pick(node, self.nodes.len()) else { return };
                let node = self.nodes[at];
                let mine =
                    self.sent.iter().rev().filter(|sent| sent.node == node).take(if forgets { 1 } else { 4 });
                let reached = |s: &Slice| (s.attempt, s.lo + (s.hi - s.lo) * permille / 1000);
                let reached = mine.map(|sent| reached(&sent.slice)).collect();
                self.tell(Event::Heartbeat { node, reached });
            }
            Op::LosePartial(which) => self.lose_partial(which),
            Op::Again => {
                let is_end = |event: &&(u64, Event)| {
                    matches!(event.1, Event::SliceFailed { .. } | Event::SliceLost { .. })
                };
                if let Some((_, event)) = self.events.iter().rev().find(is_end).cloned() {
                    self.tell(event);
                }
            }
            Op::Pass(ms) => {
                self.now_ms += ms;
                self.tell(Event::Tick);
            }
        }
    }

    fn offer(&mut self, len: u64, kind: Kind, special: Option<u64>, nested: bool, cost_ns: Option<u64>) {
        let range = RangeId(self.number());
        let parent = self.sent.last().filter(|_| nested).map(|sent| (sent.node, sent.slice.attempt));
        let offer = Offer {
            range,
            code: CodeKey([len as u8; 32]),
            len,
            kind,
            home: parent.map(|p| p.0),
            parent: parent.map(|p| p.1),
            priority: (len % 3) as i64,
            cost_ns,
            doubling: Doubling::Allowed,
        };
        // The code says what the elements do.
        let special = special.filter(|_| len % 3 == 0).map(|_| len / 2);
        let n = usize::try_from(len).unwrap_or(0);
        let known = self.ledger.orphans.iter().find(|id| {
            let old = &self.ledger.ranges[id].offer;
            (old.code, old.len, old.kind) == (offer.code, len, kind) && !self.ledger.is_inside(&offer, **id)
        });
        let old = known
            .and_then(|id| self.truths.get(id))
            .map(|old| (old.offer.range, old.counted.clone(), old.special));
        let (special, counted) =
            old.clone().map_or((special, vec![0; n]), |(_, counted, special)| (special, counted));
        self.truths.insert(range, Truth { offer: offer.clone(), special, counted });
        if let Some((old, ..)) = old {
            // What was of the old one is of the new one.
            for of in self.partials.values_mut().filter(|of| of.0 == old) {
                of.0 = range;
            }
            self.over.insert(old, false);
        }
        self.tell(Event::Offered(offer));
        if !self.ledger.ranges.contains_key(&range) {
            // Its parent is over, or it is already done.
            self.over.entry(range).or_insert(false);
        }
    }

    fn lose_partial(&mut self, which: usize) {
        let kept: Vec<(RangeId, u64, u64, u64)> = self
            .ledger
            .ranges
            .iter()
            .flat_map(|(id, r)| r.done.iter().filter_map(|(&lo, d)| d.partial.map(|p| (*id, p.id, lo, d.hi))))
            .collect();
        if kept.is_empty() {
            return;
        }
        let (range, partial, lo, hi) = kept[which % kept.len()];
        self.partials.remove(&partial);
        if let Some(truth) = self.truths.get_mut(&range) {
            (lo..hi).for_each(|at| truth.counted[at as usize] -= 1);
        }
        self.tell(Event::PartialLost { range, partial });
    }

    /// From here on all goes well: everything must come to an end.
    fn settle(&mut self) {
        self.run(Op::Join(2));
        for round in 0..10_000 {
            if self.ledger.ranges.values().all(|range| range.orphaned_ms.is_some()) {
                break;
            }
            assert!(round < 9_999, "it never ends: {:?}", self.ledger);
            self.now_ms += 10;
            let live: Vec<(AttemptId, NodeId, u64, u64)> =
                self.ledger.leases.iter().map(|(&a, l)| (a, l.node, l.lo, l.hi)).collect();
            for node in self.nodes.clone() {
                let reached = live.iter().filter(|l| l.1 == node).map(|l| (l.0, l.2)).collect();
                self.tell(Event::Heartbeat { node, reached });
            }
            if let Some(&(attempt, node, lo, hi)) = live.first() {
                let range = self.ledger.leases[&attempt].range;
                let sent = Sent { node, slice: Slice { attempt, range, lo, hi, budget_ms: 1 } };
                if let Some(event) = self.end(sent, hi) {
                    self.tell(event);
                }
            }
            self.tell(Event::Tick);
        }
        self.now_ms += 1_000_000;
        self.tell(Event::Tick);
        self.tell(Event::Tick);
        assert!(self.ledger.ranges.is_empty() && self.ledger.leases.is_empty());
        assert!(self.truths.keys().all(|range| self.over.contains_key(range) || self.forgotten(*range)));
        assert_eq!(self.partials.len(), 0, "nobody released these: {:?}", self.partials);
    }

    /// Was it dropped with whoever waited for it.
    fn forgotten(&self, range: RangeId) -> bool {
        let offer = &self.truths[&range].offer;
        offer.parent.is_some() || offer.home.is_some()
    }
}

fn run(tuning: Tuning, ops: Vec<Op>) -> World {
    let mut world = World::new(tuning);
    ops.into_iter().for_each(|op| world.run(op));
    world
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn each_element_counts_once_and_the_first_that_fails_wins(ops in proptest::collection::vec(op(), 1..120), far in any::<bool>()) {
        let tuning = if far { Tuning::DASK } else { Tuning::EMBEDDED };
        run(tuning, ops).settle();
    }

    #[test]
    fn the_same_events_lead_to_the_same_state(ops in proptest::collection::vec(op(), 1..80)) {
        let world = run(Tuning::PROCESSES, ops);
        prop_assert_eq!(replay(Tuning::PROCESSES, world.events), world.ledger);
    }

    #[test]
    fn a_journal_holds_what_is_done(ops in proptest::collection::vec(op(), 1..80)) {
        let world = run(Tuning::DASK, ops);
        let journal = world.ledger.journal();
        let resumed = Ledger::resume(Tuning::DASK, world.now_ms, journal);
        prop_assert!(resumed.verify().is_ok());
        for (id, range) in &world.ledger.ranges {
            let other = &resumed.ranges[id];
            prop_assert_eq!((range.parts(), range.n_done, range.end), (other.parts(), other.n_done, other.end));
            prop_assert_eq!(range.what_ends, other.what_ends);
        }
    }
}
