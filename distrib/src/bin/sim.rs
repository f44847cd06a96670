//! The ledger on simulated clusters: `cargo sim -- --seeds N [--seed S]`, `cargo sim -- --curve [FILE.svg]`.
//!
//! `--seed S --seeds 1` runs a seed again, as it ran before. `--decisions N` counts how fast the ledger decides.

#![forbid(unsafe_code)]

use afar_distrib::sim;
use std::process::ExitCode;
use std::time::Instant;

const SIZES: [u64; 10] = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000];

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let option = |name: &str| words.iter().position(|w| w == name).and_then(|at| words.get(at + 1)).cloned();
    let number = |name: &str| option(name).and_then(|n| n.parse::<u64>().ok());
    if words.iter().any(|w| w == "--curve") {
        return curve(
            number("--seed").unwrap_or(1),
            &option("--curve").unwrap_or_else(|| "curve.svg".to_owned()),
        );
    }
    if let Some(n) = number("--decisions") {
        return decisions(n);
    }
    seeds(number("--seed").unwrap_or(1), number("--seeds").unwrap_or(10_000))
}

/// Runs scenarios one after the other; one that goes wrong says its seed.
fn seeds(first: u64, n: u64) -> ExitCode {
    let mut n_wrong = 0;
    let mut n_events = 0;
    for seed in first..first.saturating_add(n) {
        match sim::run_seed(seed) {
            Ok(report) => n_events += report.n_events,
            Err(what) => {
                n_wrong += 1;
                println!("seed {seed}: {what}\n  again: cargo sim -- --seeds 1 --seed {seed}");
            }
        }
    }
    println!("{} of {n} seeds exact, {n_events} events", n - n_wrong);
    if n_wrong == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Counts how fast the ledger decides, with 1,000 nodes each of which ends a slice as soon as it has one.
fn decisions(n: u64) -> ExitCode {
    let begun = Instant::now();
    let n_decided = sim::decide(1_000, n);
    let seconds = begun.elapsed().as_secs_f64();
    println!("{n_decided} slices in {seconds:.2} s: {:.0} decisions a second", n_decided as f64 / seconds);
    ExitCode::SUCCESS
}

/// Prints how well clusters of all sizes are used, and writes the picture.
fn curve(seed: u64, file: &str) -> ExitCode {
    let points = match sim::curve(&SIZES, seed) {
        Ok(points) => points,
        Err(what) => {
            println!("{what}");
            return ExitCode::FAILURE;
        }
    };
    print!("{}", sim::table(&points));
    match std::fs::write(file, sim::svg(&points)) {
        Ok(()) => {
            println!("{file}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            println!("{file}: {error}");
            ExitCode::FAILURE
        }
    }
}
