//! Random programs held against CPython, for as long as one likes: `cargo generated -- --programs N --seed S`.
//!
//! `--number K` shows one program, `--modes a,b` says which modes, `--seconds T` bounds the time, `--threads N` how much at once;
//! `--first N --step 5` runs programs of one kind (3: of classes).

#![forbid(unsafe_code)]

use afar_tests::generated::campaign::{Bench, Plan, run};
use afar_tests::generated::compare::Verdict;
use afar_tests::generated::grids::all;
use afar_tests::generated::tree::{Reader, render};
use afar_tests::generated::{Mode, peer, program};
use afar_tests::program::Scratch;
use std::time::Duration;

fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let option = |name: &str| words.iter().position(|w| w == name).and_then(|at| words.get(at + 1)).cloned();
    let number = |name: &str| {
        option(name).map(|n| n.parse::<u64>().unwrap_or_else(|_| panic!("{name} takes a number")))
    };
    if let Some(mode) = option("--serve") {
        return peer::serve(Mode::named(&mode).unwrap_or_else(|| panic!("{mode} is no mode")));
    }
    let seed = number("--seed").unwrap_or(1);
    if let Some(number) = number("--number") {
        let reader = if words.iter().any(|w| w == "--python") { Reader::Python } else { Reader::Afar };
        print!("{}", render(&program::program(seed, number), reader));
        return;
    }
    if words.iter().any(|w| w == "--grids") {
        std::process::exit(grids(&option("--only").unwrap_or_default()));
    }
    let modes = option("--modes").unwrap_or_default();
    let named = |name: &str| Mode::named(name).unwrap_or_else(|| panic!("{name} is no mode"));
    let plan = Plan {
        seed,
        first: number("--first").unwrap_or(0),
        step: number("--step").unwrap_or(1),
        n_programs: number("--programs").unwrap_or(1000),
        modes: match modes.as_str() {
            "all" => Mode::ALL.to_vec(),
            "" => Vec::new(),
            names => names.split(',').map(named).collect(),
        },
        time: number("--seconds").map(Duration::from_secs),
        max_failures: number("--failures").and_then(|n| usize::try_from(n).ok()).unwrap_or(10),
        binary: std::env::current_exe().expect("a process has a path"),
        n_threads: number("--threads").and_then(|n| usize::try_from(n).ok()).unwrap_or(2),
    };
    let scratch = Scratch::new();
    let report = run(&plan, scratch.path(), |so_far| {
        if so_far.n_programs % 200 == 0 {
            eprint!("{}", so_far.summary());
        }
    });
    for failure in &report.failures {
        println!("{failure}");
    }
    print!("{}", report.summary());
    if !report.failures.is_empty() {
        std::process::exit(1);
    }
}

/// Runs the grids whose names have this in them; gives the exit status.
fn grids(only: &str) -> i32 {
    let scratch = Scratch::new();
    let mut bench = Bench::new(&std::env::current_exe().expect("a process has a path"), scratch.path());
    let mut status = 0;
    for grid in all().into_iter().filter(|g| g.name.contains(only)) {
        match bench.verdict(Mode::Default, &grid.text) {
            Verdict::Same => {}
            other => {
                status = 1;
                println!("{}: {other:?}", grid.name);
            }
        }
    }
    status
}
