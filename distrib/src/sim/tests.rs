//! A short form of what `cargo sim` does at length, and scenarios put together by hand.

use super::net::Links;
use super::*;
use crate::ledger::{Kind, Loss};
use crate::planner::Tuning;

#[test]
fn two_hundred_seeds_are_exact() {
    for seed in 1..=200 {
        if let Err(what) = run_seed(seed) {
            panic!("seed {seed}: {what}\nagain: cargo sim -- --seeds 1 --seed {seed}");
        }
    }
}

#[test]
fn the_same_seed_gives_the_same_run() {
    for seed in [3, 77, 1234] {
        assert_eq!(run_seed(seed), run_seed(seed));
    }
}

const SECOND: u64 = 1_000_000;

/// Some nodes of four cores, and one range.
fn scenario(n_nodes: usize, shape: Shape, special: &[(u64, Does)]) -> Scenario {
    let work = Work {
        seed: 9,
        len: 2_000,
        kind: Kind::Combine,
        shape,
        mean_us: 50_000,
        special: special.to_vec(),
        inner_len: 100,
        partial_bytes: 1_000,
    };
    Scenario {
        seed: 5,
        tuning: Tuning::PROCESSES,
        links: Links {
            latency_us: 1_000,
            jitter_us: 100,
            bytes_per_us: 300,
            lost_permille: 0,
            doubled_permille: 0,
        },
        nodes: vec![NodeSpec { n_cores: 4, slow_percent: 100 }; n_nodes],
        jobs: vec![Job { at_us: 0, work, home: None, priority: 0, cancelled_us: None }],
        mishaps: Vec::new(),
        beat_us: 500_000,
        code_bytes: 1_000,
        verifies: true,
    }
}

#[track_caller]
fn run(scenario: Scenario) -> Report {
    match Cluster::new(scenario).run() {
        Ok(report) => report,
        Err(what) => panic!("{what}"),
    }
}

#[test]
fn uneven_work_is_spread() {
    for shape in [Shape::Uniform, Shape::AtTheEnd, Shape::HeavyTail] {
        let report = run(scenario(5, shape, &[]));
        assert!(report.efficiency() > 0.7, "{shape:?}: {report:?}");
    }
}

#[test]
fn an_element_of_an_hour_holds_up_nothing_else_and_is_not_taken_for_dead() {
    let report = run(scenario(3, Shape::OneLong(3600 * SECOND), &[]));
    let seconds = report.makespan_us / SECOND;
    assert!((3600..3610).contains(&seconds), "{seconds} s");
    // Once on the node that met it first, and once more on one that had nothing else to do.
    assert!(report.busy_us / SECOND < 2 * 3600 + 110, "{report:?}");
}

#[test]
fn a_node_that_freezes_or_is_parted_costs_about_a_lease() {
    for mishap in [Mishap::Freezes(600 * SECOND), Mishap::Parted(600 * SECOND)] {
        let mut scenario = scenario(4, Shape::Uniform, &[]);
        scenario.mishaps.push((2 * SECOND, 1, mishap));
        let report = run(scenario);
        assert!(report.makespan_us < 20 * SECOND, "{mishap:?}: {report:?}");
    }
}

#[test]
fn a_slow_node_does_not_hold_up_the_others() {
    let mut scenario = scenario(4, Shape::Uniform, &[]);
    scenario.nodes[2].slow_percent = 10_000;
    let report = run(scenario);
    assert!(report.makespan_us < 20 * SECOND, "{report:?}");
}

#[test]
fn nodes_that_leave_and_come_back_cost_what_they_had() {
    let mut scenario = scenario(4, Shape::Uniform, &[]);
    for at in 1..10 {
        scenario.mishaps.push((at * SECOND / 2, at as usize % 4, Mishap::Restarts(Loss::Left, SECOND / 5)));
    }
    let report = run(scenario);
    assert!(report.makespan_us < 20 * SECOND, "{report:?}");
}

#[test]
fn the_element_that_kills_is_named_and_the_first_that_raises_wins() {
    run(scenario(3, Shape::Uniform, &[(1234, Does::Kills)]));
    run(scenario(3, Shape::Uniform, &[(700, Does::Raises), (800, Does::Raises), (1900, Does::Raises)]));
}

#[test]
fn elements_wait_for_inner_ranges_on_a_single_core() {
    let mut scenario =
        scenario(1, Shape::Uniform, &[(3, Does::Waits), (4, Does::Waits), (1999, Does::Waits)]);
    scenario.nodes[0].n_cores = 1;
    run(scenario);
}

#[test]
fn a_small_cluster_is_used_well() {
    let points = match curve(&[1, 10], 1) {
        Ok(points) => points,
        Err(what) => panic!("{what}"),
    };
    assert!(points.iter().all(|point| point.report.efficiency() > 0.9), "{}", table(&points));
    assert!(svg(&points).ends_with("</svg>\n"));
}
