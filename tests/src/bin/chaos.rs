//! Real clusters whose processes are killed and frozen while scripts run: `cargo chaos -- --runs N --seed S --engine dask`.
//!
//! `--engine processes` and `dask` choose what keeps the nodes (both where none is named), `--first N` the number of the first run,
//! `--nodes N` how many nodes there are, `--frozen P` how many of a hundred runs freeze something instead of killing it.

#![forbid(unsafe_code)]

use afar_tests::cluster::Engine;
use afar_tests::cluster::chaos::{Plan, run};

fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let option = |name: &str| words.iter().position(|w| w == name).and_then(|at| words.get(at + 1)).cloned();
    let number = |name: &str| {
        option(name).map(|n| n.parse::<u64>().unwrap_or_else(|_| panic!("{name} takes a number")))
    };
    let count = |name: &str, n: usize| number(name).and_then(|n| usize::try_from(n).ok()).unwrap_or(n);
    let engines = match option("--engine").as_deref() {
        Some("dask") => vec![Engine::Dask],
        Some("processes") => vec![Engine::Processes],
        Some(other) => panic!("{other} is no engine"),
        None => vec![Engine::Processes, Engine::Dask],
    };
    let mut has_failed = false;
    for engine in engines {
        let plan = Plan {
            engine,
            n_nodes: count("--nodes", 2),
            first: number("--first").unwrap_or(0),
            n_runs: number("--runs").unwrap_or(100),
            seed: number("--seed").unwrap_or(1),
            frozen_percent: count("--frozen", 25),
        };
        println!("engine {}, seed {}", engine.name(), plan.seed);
        match run(&plan, |run| println!("{run}")) {
            Ok(report) => {
                has_failed |= report.has_failed();
                print!("{}", report.summary());
            }
            Err(why) => {
                has_failed = true;
                println!("{why}");
            }
        }
    }
    if has_failed {
        std::process::exit(1);
    }
}
