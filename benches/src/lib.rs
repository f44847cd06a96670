//! What the benches share: running a program many times, and the median and spread of the times; and the kernels, held
//! against the same by hand.

#![forbid(unsafe_code)]

pub mod kernel;
pub mod peer;
pub mod plot;
pub mod report;
pub mod rounds;
pub mod splits;

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// The root of the workspace.
pub fn root() -> PathBuf {
    let here = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    here.parent().map_or(here.clone(), PathBuf::from)
}

/// The binary of the profile that the benches have, built first if it is not there or is old.
///
/// # Panics
///
/// If it cannot be built.
pub fn afar() -> PathBuf {
    let bench = std::env::current_exe().expect("a bench has a path");
    let beside = bench.parent().expect("a program is in a folder");
    // A bench is in `deps` of the folder of its profile, a program in that folder itself.
    let folder = if beside.ends_with("deps") { beside.parent().unwrap_or(beside) } else { beside };
    let target = folder.parent().expect("a profile has a folder of its own");
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut build = Command::new(cargo);
    build.args(["build", "--quiet", "--package", "afar", "--bin", "afar", "--target-dir"]).arg(target);
    if folder.ends_with("release") {
        build.arg("--release");
    }
    let built = build.current_dir(root()).status();
    assert!(built.is_ok_and(|status| status.success()), "`cargo build --package afar` failed");
    folder.join("afar")
}

/// What a program printed, and how long it took from start to end.
///
/// # Panics
///
/// If it fails: a wrong answer cannot be fast.
pub fn time(program: &Path, args: &[&str]) -> (String, Duration) {
    let started = Instant::now();
    let output = Command::new(program).args(args).stdin(Stdio::null()).output();
    let took = started.elapsed();
    let output = output.unwrap_or_else(|error| panic!("{}: {error}", program.display()));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{} {args:?}: {said}", program.display());
    (String::from_utf8_lossy(&output.stdout).into_owned(), took)
}

/// Times of several runs.
#[derive(Clone, Debug)]
pub struct Times(Vec<Duration>);

impl Times {
    /// Runs something so often. `run` gives the time of one run.
    pub fn of(n_runs: usize, mut run: impl FnMut() -> Duration) -> Self {
        let mut times: Vec<Duration> = (0..n_runs.max(1)).map(|_| run()).collect();
        times.sort();
        Self(times)
    }

    /// The one in the middle.
    pub fn median(&self) -> Duration {
        self.0[self.0.len() / 2]
    }

    /// The median and the spread, as in `12.3 ms (11.9 to 14.0)`.
    pub fn show(&self) -> String {
        let ms = |time: Duration| format!("{:.1}", time.as_secs_f64() * 1000.0);
        let (first, last) = (self.0[0], self.0[self.0.len() - 1]);
        format!("{} ms ({} to {})", ms(self.median()), ms(first), ms(last))
    }
}
