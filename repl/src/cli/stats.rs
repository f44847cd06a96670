//! `--stats` and `:time`: how long something took, on how many cores, and what it came to.

use crate::config::{Stats, settings};
use crate::render::quote;
use afar_distrib::traffic::traffic;
use afar_runtime::{abi, budget, clock, pool};
use std::time::{Duration, Instant};

/// What is less is not counted to the byte.
const LEAST_BYTES: usize = 1_000_000;

/// Has what costs something counted, where statistics are asked for: to be called before anything is compiled.
pub fn begin() {
    if settings().stats != Stats::None {
        afar_compiler::count_instructions();
    }
}

/// All counters, since the process began.
#[derive(Clone, Copy, Debug)]
pub struct Counters {
    at: Instant,
    cores: Duration,
    compiled: Duration,
    n_cuts: u64,
    n_calls: u64,
    idle: Duration,
    n_strips: u64,
    n_again: u64,
    n_elements: u64,
    n_units: u64,
    n_taken_over: u64,
    n_sites: u64,
    n_insts: u64,
    n_sent: u64,
    n_slices: u64,
    n_calls_there: u64,
    calls_there: Duration,
    n_boxed: u64,
}

impl Counters {
    /// As they are; what is counted as the most that was held starts anew.
    pub fn now() -> Self {
        budget::forget_peak();
        Self::read()
    }

    fn read() -> Self {
        let (pool, redone, (n_insts, n_boxed)) = (pool::stats(), pool::redone(), abi::counts());
        let (compiler, sent) = (afar_compiler::compiler(), traffic());
        Self {
            at: Instant::now(),
            cores: clock::core_time(),
            compiled: compiler.compile_time(),
            n_cuts: pool.n_splits,
            n_calls: pool.n_calls,
            idle: Duration::from_nanos(pool.idle_ns),
            n_strips: redone.n_strips,
            n_again: redone.n_elements,
            n_elements: redone.n_all_elements,
            n_units: redone.n_units,
            n_taken_over: redone.n_taken_over,
            n_sites: compiler.n_widened,
            n_insts,
            n_boxed,
            n_sent: sent.n_bytes,
            n_slices: sent.n_slices,
            n_calls_there: sent.n_calls,
            calls_there: Duration::from_micros(sent.calls_us),
        }
    }

    /// What happened since then.
    pub fn since(&self) -> Taken {
        let now = Self::read();
        Taken {
            wall: now.at - self.at,
            since: Self {
                at: now.at,
                cores: now.cores.saturating_sub(self.cores),
                compiled: now.compiled.saturating_sub(self.compiled),
                n_cuts: now.n_cuts - self.n_cuts,
                n_calls: now.n_calls - self.n_calls,
                idle: now.idle.saturating_sub(self.idle),
                n_strips: now.n_strips - self.n_strips,
                n_again: now.n_again - self.n_again,
                n_elements: now.n_elements - self.n_elements,
                n_units: now.n_units - self.n_units,
                n_taken_over: now.n_taken_over - self.n_taken_over,
                n_sites: now.n_sites - self.n_sites,
                n_insts: now.n_insts - self.n_insts,
                n_sent: now.n_sent - self.n_sent,
                n_slices: now.n_slices - self.n_slices,
                n_calls_there: now.n_calls_there - self.n_calls_there,
                calls_there: now.calls_there.saturating_sub(self.calls_there),
                n_boxed: now.n_boxed - self.n_boxed,
            },
            peak_bytes: budget::peak(),
        }
    }
}

/// What something took.
#[derive(Clone, Copy, Debug)]
pub struct Taken {
    wall: Duration,
    since: Counters,
    peak_bytes: usize,
}

#[expect(clippy::cast_precision_loss, reason = "a share needs few digits")]
fn share(part: u64, whole: u64) -> f64 {
    part as f64 / whole.max(1) as f64
}

impl Taken {
    /// How many cores were at work, on average.
    fn cores_used(&self) -> f64 {
        self.since.cores.as_secs_f64() / self.wall.as_secs_f64().max(1e-9)
    }

    /// A line for each of few things, always in the same order; boxed operations where they are counted.
    pub fn table(&self) -> String {
        let (s, n_workers) = (&self.since, pool::n_workers());
        let plural = |n: u64, one: &str| if n == 1 { format!("1 {one}") } else { format!("{n} {one}s") };
        let mut rows = vec![
            ("wall", seconds(self.wall)),
            ("cores", format!("{}, {:.2} of {n_workers} in use", seconds(s.cores), self.cores_used())),
            ("compiled", seconds(s.compiled)),
            ("split", format!("{}, {}", plural(s.n_cuts, "range"), plural(s.n_calls, "call"))),
            (
                "again",
                format!(
                    "{} ({:.2} % of elements), {}",
                    plural(s.n_strips, "strip"),
                    share(s.n_again, s.n_elements) * 100.0,
                    plural(s.n_units, "unit")
                ),
            ),
        ];
        if settings().stats != Stats::None {
            let millions = s.n_insts as f64 / 1e6;
            let boxed = share(s.n_boxed, s.n_insts) * 100.0;
            rows.push(("boxed", format!("{boxed:.2} % of {millions:.1} million instructions")));
        }
        if s.n_sent > 0 {
            let sent = budget::human(usize::try_from(s.n_sent).unwrap_or(usize::MAX));
            let (slices, calls) = (plural(s.n_slices, "slice"), plural(s.n_calls_there, "call"));
            rows.push(("sent", format!("{sent}, {slices}, {calls}")));
        }
        let limit = budget::human(settings().memory);
        let most = if self.peak_bytes < LEAST_BYTES {
            format!("below {}", budget::human(LEAST_BYTES))
        } else {
            format!("{} at most", budget::human(self.peak_bytes))
        };
        rows.push(("memory", format!("{most}, of {limit}")));
        rows.iter().map(|(name, value)| format!("{name:<9} {value}\n")).collect()
    }

    /// All of it for machines, as an object on one line.
    pub fn json(&self) -> String {
        let s = &self.since;
        let float = |x: f64| format!("{x:.6}");
        let fields = [
            ("wall_s", float(self.wall.as_secs_f64())),
            ("core_s", float(s.cores.as_secs_f64())),
            ("cores", float(self.cores_used())),
            ("workers", pool::n_workers().to_string()),
            ("compile_s", float(s.compiled.as_secs_f64())),
            ("ranges_cut", s.n_cuts.to_string()),
            ("calls_given", s.n_calls.to_string()),
            ("idle_s", float(s.idle.as_secs_f64())),
            ("strips_again", s.n_strips.to_string()),
            ("elements_again_share", float(share(s.n_again, s.n_elements))),
            ("units_again", s.n_units.to_string()),
            ("ranges_taken_over", s.n_taken_over.to_string()),
            ("sites_wide", s.n_sites.to_string()),
            ("instructions", s.n_insts.to_string()),
            ("boxed_share", float(share(s.n_boxed, s.n_insts))),
            ("sent_bytes", s.n_sent.to_string()),
            ("slices", s.n_slices.to_string()),
            ("calls_there", s.n_calls_there.to_string()),
            ("calls_there_s", float(s.calls_there.as_secs_f64())),
            ("peak_bytes", self.peak_bytes.to_string()),
            ("limit_bytes", settings().memory.to_string()),
            ("resident_peak_bytes", peak_resident().map_or("null".to_owned(), |n| n.to_string())),
        ];
        let fields: Vec<String> =
            fields.iter().map(|(name, value)| format!("{}:{value}", quote(name))).collect();
        format!("{{{}}}\n", fields.join(","))
    }

    /// What was asked for by `--stats`.
    pub fn asked(&self) -> String {
        match settings().stats {
            Stats::None => String::new(),
            Stats::Table => self.table(),
            Stats::Json => self.json(),
        }
    }
}

fn seconds(time: Duration) -> String {
    format!("{:.3} s", time.as_secs_f64())
}

/// The most of this process that was resident at once, in bytes.
fn peak_resident() -> Option<usize> {
    let text = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = text.lines().find_map(|l| l.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix("kB")?.trim().parse::<usize>().ok()?.checked_mul(1024)
}
