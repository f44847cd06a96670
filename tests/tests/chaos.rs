//! Processes of a cluster that are killed at random while scripts run; `cargo chaos` goes on for as long as one likes.

use afar_tests::cluster::Engine;
use afar_tests::cluster::chaos::{Plan, run};

#[test]
fn whatever_is_killed_the_answer_is_the_same() {
    let (engine, n_nodes, first, n_runs) = (Engine::Processes, 2, 0, 12);
    let plan = Plan { engine, n_nodes, first, n_runs, seed: 1, frozen_percent: 0 };
    let report = run(&plan, |run| println!("{run}")).expect("the cluster starts, and scripts run on it");
    assert!(!report.has_failed(), "{}", report.summary());
    assert!(report.n_hits() > 6, "{}", report.summary());
}
