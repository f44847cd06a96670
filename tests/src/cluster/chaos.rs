//! Clusters whose processes are killed and frozen at random moments while scripts run: the answer must be the same, and come in time.

use super::{
    BLOCKS, CALLS, Ended, Engine, Kind, PROXIES, RANGES, afar_in, comes_true, find, is_whole, program_in,
    signal, start,
};
use crate::generated::random::Random;
use crate::listing::difference;
use crate::program::{Answer, Scratch};
use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;
use std::time::{Duration, Instant};

/// So long what is frozen stays so.
const FREEZE: Duration = Duration::from_secs(20);
/// So much longer than what was lost a run may take.
const SLACK: Duration = Duration::from_secs(5);
/// So much longer it may take where a node is frozen, which has to be given up first.
const FROZEN_NODE: Duration = Duration::from_secs(15);
/// A run that takes longer hangs.
const HANGS: Duration = Duration::from_secs(180);
/// So long a cluster has to be whole again.
const MENDING: Duration = Duration::from_secs(60);
/// After so many runs it is measured anew how long scripts take that nobody hurts.
const MEASURED_EACH: u64 = 25;

/// The scripts, by their names.
const SCRIPTS: [(&str, &str); 4] =
    [("blocks.afr", BLOCKS), ("ranges.afr", RANGES), ("proxies.afr", PROXIES), ("calls.afr", CALLS)];

/// What is to be done.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    /// What keeps the nodes.
    pub engine: Engine,
    /// How many nodes there are.
    pub n_nodes: usize,
    /// The number of the first run.
    pub first: u64,
    /// How many runs.
    pub n_runs: u64,
    /// What decides them, with their numbers.
    pub seed: u64,
    /// How many of a hundred freeze something; the others kill.
    pub frozen_percent: usize,
}

/// How a process is hurt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Way {
    /// It is killed.
    Killed,
    /// It is frozen for a while.
    Frozen,
}

/// How a run ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// With the same answer, in time.
    Exact,
    /// With the same answer, but too late.
    Late,
    /// It had ended before anything could be hurt.
    Missed,
    /// With another answer, or the cluster did not come back.
    Wrong(String),
    /// It did not end.
    Hangs,
}

/// A run.
#[derive(Clone, Debug)]
pub struct Run {
    number: u64,
    script: &'static str,
    kind: Kind,
    way: Way,
    at: Duration,
    extra: Duration,
    limit: Duration,
    is_logged: bool,
    /// A script that was killed, run again, went on with what it had begun.
    is_resumed: bool,
    verdict: Verdict,
}

impl fmt::Display for Run {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let way = if self.way == Way::Killed { "killed" } else { "frozen" };
        let (number, script, kind) = (self.number, self.script, self.kind.name());
        write!(f, "{number} {script}: {kind} {way} at {:.2} s: ", self.at.as_secs_f64())?;
        let log = match (self.is_logged, self.is_resumed) {
            (_, true) => "its job went on",
            (true, false) => "in the log",
            (false, false) => "not in the log",
        };
        let times = || {
            format!(
                "{:.2} s more, {:.2} s allowed, {log}",
                self.extra.as_secs_f64(),
                self.limit.as_secs_f64()
            )
        };
        match &self.verdict {
            Verdict::Exact => write!(f, "exact, {}", times()),
            Verdict::Late => write!(f, "exact but LATE, {}", times()),
            Verdict::Missed => write!(f, "missed"),
            Verdict::Wrong(why) => write!(f, "WRONG, {}\n{why}", times()),
            Verdict::Hangs => write!(f, "HANGS, {log}"),
        }
    }
}

/// All runs.
#[derive(Clone, Debug, Default)]
pub struct Report(pub Vec<Run>);

impl Report {
    fn count(&self, is_it: impl Fn(&Verdict) -> bool) -> usize {
        self.0.iter().filter(|run| is_it(&run.verdict)).count()
    }

    /// Was an answer wrong, or did one not come.
    pub fn has_failed(&self) -> bool {
        self.count(|v| matches!(v, Verdict::Wrong(_) | Verdict::Hangs)) > 0
    }

    /// How many runs had something hurt.
    pub fn n_hits(&self) -> usize {
        self.count(|v| *v != Verdict::Missed)
    }

    /// How many runs there were of each kind, and how much longer they took at worst.
    pub fn summary(&self) -> String {
        let (n_wrong, n_hangs) =
            (self.count(|v| matches!(v, Verdict::Wrong(_))), self.count(|v| *v == Verdict::Hangs));
        let (n, n_late) = (self.0.len(), self.count(|v| *v == Verdict::Late));
        let n_hits = self.n_hits();
        let mut text = format!("{n} runs, {n_hits} hits, {n_wrong} wrong, {n_hangs} hang, {n_late} late\n");
        let mut by_kind: BTreeMap<(Kind, Way), (usize, Duration)> = BTreeMap::new();
        for run in self.0.iter().filter(|run| run.verdict != Verdict::Missed) {
            let (n, worst) = by_kind.entry((run.kind, run.way)).or_default();
            (*n, *worst) = (*n + 1, (*worst).max(run.extra));
        }
        for ((kind, way), (n, worst)) in by_kind {
            let way = if way == Way::Killed { "killed" } else { "frozen" };
            text +=
                &format!("  {} {way}: {n} hits, at worst {:.2} s more\n", kind.name(), worst.as_secs_f64());
        }
        text
    }
}

/// Runs all of a plan on one cluster; says each run as it is done.
///
/// # Errors
///
/// Where the cluster does not start, or a script fails that nobody hurts.
pub fn run(plan: &Plan, mut show: impl FnMut(&Run)) -> Result<Report, String> {
    let folder = Scratch::new();
    let _ended = Ended(folder.path());
    for (name, text) in SCRIPTS {
        folder.write(name, text);
    }
    let address = start(folder.path(), plan.engine, plan.n_nodes)?;
    let mut bench = Bench { plan: *plan, folder: folder.path(), address, unhurt: Vec::new() };
    let mut report = Report::default();
    for number in plan.first..plan.first + plan.n_runs {
        if (number - plan.first).is_multiple_of(MEASURED_EACH) {
            bench.measure()?;
        }
        let run = bench.hurt(number);
        show(&run);
        report.0.push(run);
    }
    Ok(report)
}

/// What a script prints and how long it takes, where nobody hurts it.
struct Unhurt {
    stdout: Vec<u8>,
    took: Duration,
}

/// A cluster, and what is known of the scripts on it.
struct Bench<'f> {
    plan: Plan,
    folder: &'f Path,
    address: String,
    unhurt: Vec<Unhurt>,
}

impl Bench<'_> {
    fn run(&self, script: &str) -> Answer {
        program_in(self.folder, &["run", "--cluster", &self.address, script]).timeout(HANGS).run()
    }

    /// Runs each script, twice at first, since the first time nothing is warm.
    fn measure(&mut self) -> Result<(), String> {
        let is_first = self.unhurt.is_empty();
        self.unhurt.clear();
        for (name, _) in SCRIPTS {
            if is_first {
                self.run(name);
            }
            let (here, there) = (afar_in(self.folder, &["run", name]), self.run(name));
            if there.status != Some(0) || here.stdout != there.stdout {
                let why = difference(&here.stdout_text(), &there.stdout_text());
                return Err(format!(
                    "{name}, which nobody hurts: {}{why}\n{}",
                    there.status_text(),
                    there.stderr_text()
                ));
            }
            self.unhurt.push(Unhurt { stdout: there.stdout, took: there.took });
        }
        Ok(())
    }

    /// One run.
    fn hurt(&self, number: u64) -> Run {
        let mut random = Random::new(self.plan.seed, number);
        let nth = random.below(SCRIPTS.len());
        let kinds: Vec<Kind> = self.plan.engine.kinds().iter().copied().chain([Kind::Client]).collect();
        let kind = *random.pick(&kinds);
        let way = if random.chance(self.plan.frozen_percent) { Way::Frozen } else { Way::Killed };
        let (script, unhurt) = (SCRIPTS[nth].0, &self.unhurt[nth]);
        let at = unhurt.took.mul_f64(f64::from(u32::try_from(random.below(950)).unwrap_or(0)) / 1000.0);
        let limit = limit(kind, way, at);
        let n_logged = self.log().len();
        let (answer, was_hurt) = self.run_and_hurt(script, kind, way, at, random.below(1 << 20));
        let mut took = answer.took;
        let mut verdict = match was_hurt {
            false => Verdict::Missed,
            true => self.judge(&answer, unhurt),
        };
        if was_hurt && (kind, way) == (Kind::Client, Way::Killed) && answer.status.is_none() {
            let again = self.run(script);
            took = at + again.took;
            verdict = match unhurt.stdout.starts_with(&answer.stdout) {
                true => self.judge(&again, unhurt),
                false => Verdict::Wrong(format!("before it was killed:\n{}", answer.stdout_text())),
            };
        }
        let extra = took.saturating_sub(unhurt.took);
        if verdict == Verdict::Exact && extra > limit {
            verdict = Verdict::Late;
        }
        if !comes_true(MENDING, || self.is_as_before()) {
            verdict = Verdict::Wrong(format!("the cluster is not as it was before:\n{}", self.log()));
        }
        let said = self.log().split_off(n_logged);
        let is_logged = said.lines().any(|line| line.starts_with("afar ") && line.contains("lost"));
        let is_resumed = said.contains(" goes on with ");
        Run { number, script, kind, way, at, extra, limit, is_logged, is_resumed, verdict }
    }

    /// Runs a script, and hurts a process meanwhile; false where there was none any more.
    fn run_and_hurt(&self, script: &str, kind: Kind, way: Way, at: Duration, nth: usize) -> (Answer, bool) {
        let began = Instant::now();
        std::thread::scope(|scope| {
            let running = scope.spawn(|| self.run(script));
            std::thread::sleep(at.saturating_sub(began.elapsed()));
            let all = find(self.folder, kind);
            let hurt = all.get(nth % all.len().max(1)).copied();
            let how = if way == Way::Killed { "-KILL" } else { "-STOP" };
            let was_hurt = hurt.is_some_and(|id| !running.is_finished() && signal(id, how));
            if let Some(id) = hurt.filter(|_| way == Way::Frozen) {
                comes_true(FREEZE, || running.is_finished());
                // What has been replaced meanwhile does not come back.
                let _ = signal(id, "-CONT");
            }
            let answer = running.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
            (answer, was_hurt)
        })
    }

    /// All parts of the cluster are there, and no job is left.
    fn is_as_before(&self) -> bool {
        let jobs = afar_in(self.folder, &["jobs"]).stdout_text();
        jobs == "no jobs\n" && is_whole(self.folder, self.plan.engine, self.plan.n_nodes)
    }

    fn judge(&self, answer: &Answer, unhurt: &Unhurt) -> Verdict {
        if answer.is_late {
            return Verdict::Hangs;
        }
        if answer.status == Some(0) && answer.stdout == unhurt.stdout {
            return Verdict::Exact;
        }
        let why = difference(&String::from_utf8_lossy(&unhurt.stdout), &answer.stdout_text());
        let (status, said) = (answer.status_text(), answer.stderr_tail(20));
        Verdict::Wrong(format!("{status}{why}\n{said}\nthe log:\n{}", self.log()))
    }

    fn log(&self) -> String {
        let bytes = std::fs::read(self.folder.join("afar/log")).unwrap_or_default();
        String::from_utf8_lossy(&bytes).into_owned()
    }
}

/// So much longer a run may take whose process is hurt at this moment: what was done may be lost.
fn limit(kind: Kind, way: Way, at: Duration) -> Duration {
    match (way, kind) {
        (Way::Killed, _) => at + SLACK,
        (Way::Frozen, Kind::Node | Kind::Worker) => at + FROZEN_NODE,
        (Way::Frozen, Kind::Nanny | Kind::Bridge | Kind::Gateway | Kind::Scheduler | Kind::Client) => {
            FREEZE + SLACK
        }
    }
}
