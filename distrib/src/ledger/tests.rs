//! What the ledger asks for, told in short: one case a rule.

use super::*;

/// A ledger with what it was told, and what it asked for since the last look.
struct Desk {
    ledger: Ledger,
    now_ms: u64,
    next: u64,
}

fn text(action: &Action) -> String {
    match action {
        Action::Submit { node, slice } => {
            format!(
                "n{} a{} r{} {}..{} {}ms",
                node.0, slice.attempt.0, slice.range.0, slice.lo, slice.hi, slice.budget_ms
            )
        }
        Action::Cut { node, attempt, hi } => format!("cut n{} a{} {hi}", node.0, attempt.0),
        Action::Cancel { node, attempt } => format!("cancel n{} a{}", node.0, attempt.0),
        Action::Accepted { range, lo, hi, .. } => format!("accepted r{} {lo}..{hi}", range.0),
        Action::Bounded { range, end, .. } => format!("bounded r{} {end}", range.0),
        Action::RangeDone { range, end, parts } => {
            let parts: Vec<String> = parts.iter().map(|p| format!("{}..{}", p.lo, p.hi)).collect();
            format!("done r{} {end}: {}", range.0, parts.join(" "))
        }
        Action::RangeFailed { range, index, why } => format!("failed r{} {index} {why:?}", range.0),
        Action::Release { .. } => "release".to_owned(),
    }
}

impl Desk {
    fn new(tuning: Tuning) -> Self {
        Self { ledger: Ledger::new(tuning), now_ms: 0, next: 0 }
    }

    /// Tells an event, and gives what is asked for.
    fn tell(&mut self, event: Event) -> String {
        let mut actions = Vec::new();
        self.ledger.step(self.now_ms, event, &mut actions);
        self.ledger.verify().unwrap_or_else(|what| panic!("{what}"));
        actions.iter().map(text).collect::<Vec<_>>().join("\n")
    }

    fn join(&mut self, node: u32, n_cores: u32) -> String {
        self.tell(Event::NodeJoined { node: NodeId(node), n_cores })
    }

    fn offer(&mut self, range: u64, len: u64, kind: Kind) -> String {
        self.tell(Event::Offered(offer(range, len, kind)))
    }

    fn end(&mut self, attempt: u64, stopped_at: u64, ran_ms: u64) -> String {
        self.ended(attempt, stopped_at, ran_ms, Verdict::GoesOn)
    }

    fn ended(&mut self, attempt: u64, stopped_at: u64, ran_ms: u64, verdict: Verdict) -> String {
        self.next += 1;
        let partial = Partial { id: self.next, n_bytes: 8 };
        let attempt = AttemptId(attempt);
        self.tell(Event::SliceEnded { attempt, stopped_at, partial, verdict, ran_us: ran_ms * 1000 })
    }

    fn fail(&mut self, attempt: u64, index: u64) -> String {
        self.tell(Event::SliceFailed {
            attempt: AttemptId(attempt),
            index,
            error: ErrorId(index),
            ran_us: 1000,
        })
    }

    fn beat(&mut self, node: u32, reached: &[(u64, u64)]) -> String {
        let reached = reached.iter().map(|&(attempt, at)| (AttemptId(attempt), at)).collect();
        self.tell(Event::Heartbeat { node: NodeId(node), reached })
    }

    fn lose(&mut self, node: u32, how: Loss) -> String {
        self.tell(Event::NodeLost { node: NodeId(node), how })
    }

    fn pass(&mut self, ms: u64) -> String {
        self.now_ms += ms;
        self.tell(Event::Tick)
    }
}

fn offer(range: u64, len: u64, kind: Kind) -> Offer {
    Offer {
        range: RangeId(range),
        code: CodeKey([1; 32]),
        len,
        kind,
        home: None,
        parent: None,
        priority: 0,
        cost_ns: None,
        doubling: Doubling::Allowed,
    }
}

#[test]
fn what_a_slice_leaves_is_todo_again() {
    let mut desk = Desk::new(Tuning::EMBEDDED);
    assert_eq!(desk.join(1, 1), "");
    assert_eq!(desk.offer(1, 100, Kind::Combine), "n1 a1 r1 0..50 200ms");
    desk.now_ms = 200;
    assert_eq!(desk.end(1, 10, 200), "accepted r1 0..10\nn1 a2 r1 10..55 900ms");
    desk.now_ms = 900;
    assert_eq!(desk.end(2, 55, 700), "accepted r1 10..55\nn1 a3 r1 55..78 365ms");
    assert_eq!(desk.end(3, 78, 300), "accepted r1 55..78\nn1 a4 r1 78..91 200ms");
    assert_eq!(desk.end(4, 91, 200), "accepted r1 78..91\nn1 a5 r1 91..100 200ms");
    assert_eq!(desk.end(5, 100, 100), "accepted r1 91..100\ndone r1 100: 0..10 10..55 55..78 78..91 91..100");
    assert_eq!((desk.ledger.n_ranges(), desk.ledger.n_leases()), (0, 0));
}

#[test]
fn an_empty_range_is_done() {
    let mut desk = Desk::new(Tuning::EMBEDDED);
    assert_eq!(desk.offer(1, 0, Kind::Combine), "done r1 0: ");
}

#[test]
fn the_first_failing_element_wins() {
    let mut desk = Desk::new(Tuning::EMBEDDED);
    desk.join(1, 1);
    desk.join(2, 1);
    assert_eq!(desk.offer(1, 40, Kind::Combine), "n1 a1 r1 0..10 200ms\nn2 a2 r1 10..18 200ms");
    assert_eq!(desk.fail(2, 15), "accepted r1 10..15\nbounded r1 15");
    // It was accepted before; what comes now is not read by anybody.
    assert_eq!(desk.end(1, 4, 1), "release\nn1 a3 r1 4..7 200ms\nn2 a4 r1 7..9 200ms");
    assert_eq!(desk.fail(4, 8), "accepted r1 7..8\nbounded r1 8");
    assert_eq!(desk.fail(3, 5), "accepted r1 4..5\nbounded r1 5\nfailed r1 5 Raised(ErrorId(5))");
}

#[test]
fn what_decides_ends_a_range_that_short_circuits() {
    let mut desk = Desk::new(Tuning::EMBEDDED);
    desk.join(1, 1);
    desk.join(2, 1);
    assert_eq!(desk.offer(1, 40, Kind::ShortCircuit), "n1 a1 r1 0..10 200ms\nn2 a2 r1 10..18 200ms");
    assert_eq!(desk.ended(2, 12, 1, Verdict::Decides), "accepted r1 10..12\nbounded r1 12");
    assert_eq!(desk.end(1, 10, 1), "accepted r1 0..10\ndone r1 12: 0..10 10..12");
}

#[test]
fn a_doubled_or_late_end_counts_once() {
    let mut desk = Desk::new(Tuning::EMBEDDED);
    desk.join(1, 1);
    desk.offer(1, 2, Kind::Combine);
    assert_eq!(desk.end(1, 1, 1), "accepted r1 0..1\nn1 a2 r1 1..2 200ms");
    assert_eq!(desk.end(1, 1, 1), "release");
    assert_eq!(desk.end(2, 2, 1), "accepted r1 1..2\ndone r1 2: 0..1 1..2");
    assert_eq!(desk.end(2, 2, 1), "release");
}

#[test]
fn a_heartbeat_renews_and_silence_ends_a_lease() {
    let mut desk = Desk::new(Tuning { latency_ms: 0, ..Tuning::PROCESSES });
    desk.join(1, 1);
    desk.offer(1, 1, Kind::Combine);
    for _ in 0..1000 {
        // An element that takes an hour is not taken for dead.
        desk.pass(4_000);
        assert_eq!(desk.beat(1, &[(1, 1)]), "");
    }
    desk.now_ms += 5_001;
    assert_eq!(desk.join(2, 1), "n2 a2 r1 0..1 200ms");
    desk.now_ms += 5_001;
    desk.beat(2, &[(2, 1)]);
    assert_eq!(desk.pass(1), "cancel n1 a1");
}

#[test]
fn what_a_node_should_not_have_is_called_off_again() {
    let mut desk = Desk::new(Tuning::PROCESSES);
    desk.join(1, 1);
    assert_eq!(desk.beat(1, &[(77, 3)]), "cancel n1 a77");
}

#[test]
fn idle_nodes_get_the_upper_halves_of_what_runs() {
    let mut desk = Desk::new(Tuning::EMBEDDED);
    desk.join(1, 1);
    desk.offer(1, 2, Kind::Combine);
    desk.end(1, 1, 1000);
    let offered = Offer { cost_ns: Some(10_000_000), priority: 1, ..offer(2, 101, Kind::Combine) };
    assert_eq!(desk.tell(Event::Offered(offered)), "");
    // All that is todo goes out before anything is cut.
    assert_eq!(desk.end(2, 2, 1), "accepted r1 1..2\ndone r1 2: 0..1 1..2\nn1 a3 r2 0..51 505ms");
    (2..16).for_each(|node| drop(desk.join(node, 1)));
    assert_eq!(desk.join(16, 1), "cut n1 a3 26\nn16 a18 r2 26..51 200ms");
    assert_eq!(desk.join(17, 1), "cut n1 a3 14\nn17 a19 r2 14..26 200ms");
    assert_eq!(desk.join(18, 1), "cut n16 a18 39\nn18 a20 r2 39..51 200ms");
}

#[test]
fn who_did_not_hear_of_a_cut_in_time_keeps_what_it_did() {
    let mut desk = Desk::new(Tuning { latency_ms: 0, ..Tuning::PROCESSES });
    desk.join(1, 1);
    let offered =
        desk.tell(Event::Offered(Offer { cost_ns: Some(10_000_000), ..offer(1, 20, Kind::Combine) }));
    assert_eq!(offered, "n1 a1 r1 0..20 200ms");
    desk.now_ms = 10;
    assert_eq!(desk.join(2, 1), "cut n1 a1 11\nn2 a2 r1 11..20 200ms");
    assert_eq!(
        desk.end(1, 15, 150),
        "cancel n2 a2\naccepted r1 0..15\nn1 a3 r1 15..18 200ms\nn2 a4 r1 18..19 200ms"
    );
    assert_eq!(desk.end(2, 20, 150), "release");
}

#[test]
fn what_is_late_is_run_a_second_time_and_the_first_end_counts() {
    let mut desk = Desk::new(Tuning::EMBEDDED);
    desk.join(1, 1);
    assert_eq!(desk.offer(1, 1, Kind::Combine), "n1 a1 r1 0..1 200ms");
    desk.join(2, 1);
    assert_eq!(desk.pass(400), "");
    assert_eq!(desk.pass(100), "n2 a2 r1 0..1 200ms");
    assert_eq!(desk.pass(5000), "");
    assert_eq!(desk.end(2, 1, 1), "cancel n1 a1\naccepted r1 0..1\ndone r1 1: 0..1");
    assert_eq!(desk.end(1, 1, 1), "release");
}

#[test]
fn what_shows_something_is_not_run_a_second_time() {
    let mut desk = Desk::new(Tuning::EMBEDDED);
    desk.join(1, 1);
    desk.tell(Event::Offered(Offer { doubling: Doubling::Never, ..offer(1, 1, Kind::Combine) }));
    desk.join(2, 1);
    assert_eq!(desk.pass(100_000), "");
}

/// Runs a range one element of which kills its node, on nodes that are replaced; gives how it ended, and how many died.
fn kill(len: u64, culprit: u64) -> (String, u32) {
    let mut desk = Desk::new(Tuning::EMBEDDED);
    let mut node = 1;
    let mut told = desk.join(node, 1) + &desk.offer(1, len, Kind::Combine);
    loop {
        if let Some(at) = told.find("failed") {
            return (told[at..].to_owned(), node - 1);
        }
        desk.now_ms += 10;
        let (&attempt, lease) =
            desk.ledger.leases.first_key_value().unwrap_or_else(|| panic!("nothing runs: {told}"));
        let (lo, hi) = (lease.lo, lease.hi);
        assert!(node < 40, "nobody is blamed");
        told = if (lo..hi).contains(&culprit) {
            node += 1;
            desk.lose(node - 1, Loss::Died) + &desk.join(node, 1)
        } else {
            desk.end(attempt.0, hi, 1)
        };
    }
}

#[test]
fn an_element_that_kills_nodes_is_found_and_named() {
    assert_eq!(kill(1, 0), ("failed r1 0 KilledNodes".to_owned(), 3));
    let (told, n_died) = kill(1000, 700);
    assert_eq!(told, "failed r1 700 KilledNodes");
    assert!(n_died < 20, "{n_died} nodes died for one element");
}

#[test]
fn nodes_that_leave_are_nobodys_fault() {
    let mut desk = Desk::new(Tuning::EMBEDDED);
    desk.join(1, 1);
    desk.offer(1, 1, Kind::Combine);
    for node in 1..50 {
        desk.lose(node, Loss::Left);
        assert_eq!(desk.join(node + 1, 1), format!("n{} a{} r1 0..1 200ms", node + 1, node + 1));
    }
}

#[test]
fn an_inner_range_runs_where_the_outer_one_waits() {
    let mut desk = Desk::new(Tuning::PROCESSES);
    desk.join(1, 2);
    assert_eq!(desk.offer(1, 2, Kind::Combine), "n1 a1 r1 0..1 200ms\nn1 a2 r1 1..2 200ms");
    let inner = Offer {
        home: Some(NodeId(1)),
        parent: Some(AttemptId(1)),
        code: CodeKey([2; 32]),
        ..offer(2, 8, Kind::Combine)
    };
    assert_eq!(desk.tell(Event::Offered(inner)), "n1 a3 r2 0..8 200ms");
    assert_eq!(desk.end(3, 8, 10), "accepted r2 0..8\ndone r2 8: 0..8");
    assert_eq!(desk.end(1, 1, 10), "accepted r1 0..1");
}

#[test]
fn a_driver_that_is_run_again_finds_what_is_done() {
    let mut desk = Desk::new(Tuning::PROCESSES);
    desk.join(1, 1);
    assert_eq!(desk.offer(1, 1, Kind::Combine), "n1 a1 r1 0..1 200ms");
    let inner = |range, attempt, node| Offer {
        home: Some(NodeId(node)),
        parent: Some(AttemptId(attempt)),
        code: CodeKey([2; 32]),
        ..offer(range, 8, Kind::Combine)
    };
    assert_eq!(desk.tell(Event::Offered(inner(2, 1, 1))), "n1 a2 r2 0..8 200ms");
    assert_eq!(desk.end(2, 5, 10), "accepted r2 0..5\nn1 a3 r2 5..8 200ms");
    assert_eq!(desk.lose(1, Loss::Left), "");
    // What nobody waits for yet is served all the same.
    assert_eq!(desk.join(2, 2), "n2 a4 r2 5..8 200ms");
    assert_eq!(desk.end(4, 8, 10), "accepted r2 5..8\nn2 a5 r1 0..1 200ms");
    assert_eq!(desk.tell(Event::Offered(inner(3, 5, 2))), "done r3 8: 0..5 5..8");
    desk.end(5, 1, 10);
    assert_eq!(desk.ledger.n_ranges(), 0);
}

#[test]
fn little_work_stays_where_its_driver_is() {
    let mut desk = Desk::new(Tuning::DASK);
    desk.join(1, 1);
    desk.join(2, 1);
    let offered = Offer { home: Some(NodeId(2)), cost_ns: Some(1_000_000), ..offer(1, 100, Kind::Combine) };
    assert_eq!(desk.tell(Event::Offered(offered)), "n2 a1 r1 0..100 200ms");
    let offered = Offer { home: Some(NodeId(2)), cost_ns: Some(1_000_000), ..offer(2, 1000, Kind::Combine) };
    assert_eq!(desk.tell(Event::Offered(offered)).lines().next(), Some("n1 a2 r2 0..250 250ms"));
}

#[test]
fn a_lost_partial_is_made_again() {
    let mut desk = Desk::new(Tuning::EMBEDDED);
    desk.join(1, 1);
    desk.offer(1, 4, Kind::Combine);
    assert_eq!(desk.end(1, 2, 1), "accepted r1 0..2\nn1 a2 r1 2..4 200ms");
    desk.tell(Event::PartialLost { range: RangeId(1), partial: 1 });
    assert_eq!(desk.end(2, 4, 1), "accepted r1 2..4\nn1 a3 r1 0..2 200ms");
    assert_eq!(desk.end(3, 2, 1), "accepted r1 0..2\ndone r1 4: 0..2 2..4");
}
