//! Random programs and grids of operations, held against CPython: a short run with fixed seeds.
//!
//! `cargo generated -- --programs N --seed S` runs as many as one likes, and `cargo generated -- --grids` the grids alone.

use afar_tests::generated::campaign::{Bench, Plan, run};
use afar_tests::generated::compare::Verdict;
use afar_tests::generated::{Mode, grids};
use afar_tests::jobs;
use afar_tests::program::Scratch;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

/// How many programs are run: each in two modes.
const N_PROGRAMS: u64 = 1000;
/// No more are begun after this.
const TIME: Duration = Duration::from_secs(60);

fn has_python() -> bool {
    let version = Command::new("python3").arg("--version").output();
    version.is_ok_and(|v| v.stdout.starts_with(b"Python 3.11."))
}

fn binary() -> PathBuf {
    PathBuf::from(env!("CARGO_BIN_EXE_generated"))
}

#[test]
fn random_programs() {
    if !has_python() {
        println!("no CPython 3.11: nothing to compare with");
        return;
    }
    let scratch = Scratch::new();
    let plan = Plan {
        seed: 2026,
        first: 0,
        step: 1,
        n_programs: N_PROGRAMS,
        modes: Vec::new(),
        time: Some(TIME),
        max_failures: 3,
        binary: binary(),
        n_threads: std::thread::available_parallelism().map_or(1, usize::from),
    };
    let report = run(&plan, scratch.path(), |_| {});
    println!("{}", report.summary());
    assert!(report.failures.is_empty(), "{}", report.failures.join("\n"));
    assert!(report.n_same > report.n_programs, "hardly a program says anything:\n{}", report.summary());
}

#[test]
fn all_grids() {
    if !has_python() {
        println!("no CPython 3.11: nothing to compare with");
        return;
    }
    let all = grids::all();
    let n_threads = std::thread::available_parallelism().map_or(1, usize::from);
    let shares: Vec<Vec<&grids::Grid>> =
        (0..n_threads).map(|at| all.iter().skip(at).step_by(n_threads).collect()).collect();
    let wrong = jobs::map(&shares, |share| {
        let own = Scratch::new();
        let mut bench = Bench::new(&binary(), own.path());
        let verdicts = share.iter().map(|grid| (grid, bench.verdict(Mode::Default, &grid.text)));
        verdicts
            .filter(|(_, verdict)| *verdict != Verdict::Same)
            .map(|(grid, verdict)| format!("{}: {verdict:?}", grid.name))
            .collect::<Vec<String>>()
    });
    println!("{} grids", all.len());
    assert!(wrong.iter().all(Vec::is_empty), "{}", wrong.concat().join("\n"));
}
