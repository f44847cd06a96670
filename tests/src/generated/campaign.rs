//! Running many programs, on all cores, and what came of it.

use super::compare::{Verdict, compare};
use super::peer::Peer;
use super::tree::{Reader, Stmt, render};
use super::{Mode, program, shrink};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// What is to be run.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The seed of all programs.
    pub seed: u64,
    /// The number of the first program.
    pub first: u64,
    /// How far a program's number is from that of the one before it: five, for programs of one kind.
    pub step: u64,
    /// How many programs.
    pub n_programs: u64,
    /// The modes that each runs in; without any, the first and one other by turns.
    pub modes: Vec<Mode>,
    /// No more are begun after this.
    pub time: Option<Duration>,
    /// How many differences end it.
    pub max_failures: usize,
    /// The binary that serves, see [`Peer::afar`].
    pub binary: PathBuf,
    /// How many threads.
    pub n_threads: usize,
}

/// What came of it.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// How many programs were run.
    pub n_programs: u64,
    /// How many runs of Afar there were, by mode.
    pub n_runs: BTreeMap<&'static str, u64>,
    /// How many runs gave the same as CPython.
    pub n_same: u64,
    /// Refusals by kind, with the number of one program.
    pub refusals: BTreeMap<String, (u64, u64)>,
    /// Runs that say nothing, by reason, with the number of one program.
    pub skipped: BTreeMap<String, (u64, u64)>,
    /// Differences, made small.
    pub failures: Vec<String>,
    /// Time that Afar took, summed over all runs.
    pub afar_time: Duration,
}

/// The peers of one thread.
pub struct Bench {
    python: Peer,
    afar: Vec<(Mode, Peer)>,
}

/// Of a program that takes CPython longer nothing is asked: it would take all modes as long.
const PYTHON_LIMIT: Duration = Duration::from_secs(3);

impl Bench {
    /// Peers whose complaints go to this folder.
    pub fn new(binary: &Path, folder: &Path) -> Self {
        Self {
            python: Peer::python(folder),
            afar: Mode::ALL.map(|mode| (mode, Peer::afar(binary, mode, folder))).into_iter().collect(),
        }
    }

    fn afar(&mut self, mode: Mode) -> &mut Peer {
        let at = self.afar.iter().position(|(m, _)| *m == mode).unwrap_or(0);
        &mut self.afar[at].1
    }

    /// Runs a text, the same for both, in one mode.
    pub fn verdict(&mut self, mode: Mode, text: &str) -> Verdict {
        let python = self.python.run(text);
        compare(&python, &self.afar(mode).run(text))
    }

    fn verdict_of(&mut self, mode: Mode, program: &[Stmt]) -> Verdict {
        let python = self.python.run(&render(program, Reader::Python));
        if matches!(compare(&python, &python), Verdict::Skipped(_)) {
            return compare(&python, &python);
        }
        compare(&python, &self.afar(mode).run(&render(program, Reader::Afar)))
    }
}

/// Runs a plan.
pub fn run(plan: &Plan, folder: &Path, progress: impl Fn(&Report) + Sync) -> Report {
    let next = AtomicU64::new(plan.first);
    let start = Instant::now();
    let report = Mutex::new(Report::default());
    std::thread::scope(|scope| {
        for thread in 0..plan.n_threads {
            let (next, report, progress) = (&next, &report, &progress);
            scope.spawn(move || {
                let folder = folder.join(thread.to_string());
                std::fs::create_dir_all(&folder).expect("a scratch folder takes folders");
                let mut bench = Bench::new(&plan.binary, &folder);
                loop {
                    let number = next.fetch_add(plan.step, Ordering::Relaxed);
                    let is_late = plan.time.is_some_and(|t| start.elapsed() > t);
                    let n_failures =
                        report.lock().expect("no thread panics while it holds this").failures.len();
                    if number >= plan.first + plan.n_programs * plan.step
                        || is_late
                        || n_failures >= plan.max_failures
                    {
                        return;
                    }
                    one(plan, number, &mut bench, report);
                    progress(&report.lock().expect("no thread panics while it holds this"));
                }
            });
        }
    });
    report.into_inner().expect("no thread panics while it holds this")
}

fn modes(plan: &Plan, number: u64) -> Vec<Mode> {
    if !plan.modes.is_empty() {
        return plan.modes.clone();
    }
    let others = &Mode::ALL[1..];
    let turn = usize::try_from(number).unwrap_or(0) % others.len();
    vec![Mode::ALL[0], others[turn]]
}

fn one(plan: &Plan, number: u64, bench: &mut Bench, report: &Mutex<Report>) {
    let program = program::program(plan.seed, number);
    let python = bench.python.run_within(&render(&program, Reader::Python), PYTHON_LIMIT);
    let is_unknown = matches!(compare(&python, &python), Verdict::Skipped(_));
    let text = render(&program, Reader::Afar);
    let mut verdicts = Vec::new();
    let mut took = Duration::ZERO;
    for mode in modes(plan, number) {
        if is_unknown {
            verdicts.push((mode, compare(&python, &python)));
            continue;
        }
        let before = Instant::now();
        let answer = bench.afar(mode).run(&text);
        took += before.elapsed();
        verdicts.push((mode, compare(&python, &answer)));
    }
    let failure = verdicts.iter().find_map(|(mode, verdict)| match verdict {
        Verdict::Different(how) => Some(failure(plan, number, &program, *mode, how, bench)),
        _ => None,
    });
    let mut report = report.lock().expect("no thread panics while it holds this");
    report.n_programs += 1;
    report.afar_time += took;
    report.failures.extend(failure);
    for (mode, verdict) in verdicts {
        *report.n_runs.entry(mode.name()).or_default() += 1;
        match verdict {
            Verdict::Same => report.n_same += 1,
            Verdict::Refused(why) => report.refusals.entry(why).or_insert((0, number)).0 += 1,
            Verdict::Skipped(why) => {
                report.skipped.entry(format!("{} ({why})", mode.name())).or_insert((0, number)).0 += 1
            }
            Verdict::Different(_) => {}
        }
    }
}

/// Makes a program small that shows a difference, and says all about it.
fn failure(plan: &Plan, number: u64, program: &[Stmt], mode: Mode, how: &str, bench: &mut Bench) -> String {
    let is_crash = how.starts_with("crash");
    let small = shrink::shrink(
        program,
        |candidate| matches!(bench.verdict_of(mode, candidate), Verdict::Different(how) if how.starts_with("crash") == is_crash),
    );
    let how = match bench.verdict_of(mode, &small) {
        Verdict::Different(how) => how,
        other => format!("{how}\n  (made small: {other:?}: it differs from run to run)"),
    };
    let text = render(&small, Reader::Afar);
    format!("seed {} program {number} mode {}: {how}\n{text}", plan.seed, mode.name())
}

impl Report {
    /// What it says, for people.
    pub fn summary(&self) -> String {
        let runs: u64 = self.n_runs.values().sum();
        let mut out = format!(
            "{} programs, {runs} runs ({}), {} the same, {} refused, {} skipped, {} different; {:.1} ms a run\n",
            self.n_programs,
            self.n_runs.iter().map(|(mode, n)| format!("{mode} {n}")).collect::<Vec<_>>().join(", "),
            self.n_same,
            self.refusals.values().map(|(n, _)| n).sum::<u64>(),
            self.skipped.values().map(|(n, _)| n).sum::<u64>(),
            self.failures.len(),
            self.afar_time.as_secs_f64() * 1e3 / f64::from(u32::try_from(runs.max(1)).unwrap_or(u32::MAX)),
        );
        let mut refusals: Vec<_> = self.refusals.iter().collect();
        refusals.sort_by_key(|(_, (n, _))| std::cmp::Reverse(*n));
        for (why, (n, number)) in refusals {
            out.push_str(&format!("  refused {n:5}  {why}  (as program {number})\n"));
        }
        for (why, (n, number)) in &self.skipped {
            out.push_str(&format!("  skipped {n:5}  {why}  (as program {number})\n"));
        }
        out
    }
}
