//! `--stats`: counters of the compiler and the runtime.

use crate::config::settings;
use afar_runtime::{budget, pool};
use std::time::Duration;

/// What there is to count, by name, in the order in which it is shown.
pub fn stats() -> Vec<(String, String)> {
    let settings = settings();
    let mut all: Vec<(String, String)> = Vec::new();
    let mut add = |name: &str, value: String| all.push((name.to_owned(), value));
    let compiler = afar_compiler::compiler();
    let pool = pool::stats();
    add("workers", pool.n_workers.to_string());
    add("ranges cut", pool.n_splits.to_string());
    add("calls given away", pool.n_calls.to_string());
    #[expect(clippy::cast_precision_loss, reason = "a share needs few digits")]
    if pool.wall_ns > 0 {
        let idle = pool.idle_ns as f64 / (pool.wall_ns as f64 * pool.n_workers as f64);
        add("idle share since the first cut", format!("{idle:.3}"));
    }
    add("sites that turned out wide", compiler.n_widened.to_string());
    drop(compiler);
    add("memory limit", budget::human(settings.memory));
    if let Some(peak) = peak_memory() {
        add("peak memory of the process", budget::human(peak));
    }
    all
}

/// `stats()` and how long it took, as a table.
pub fn table(took: Duration) -> String {
    let mut all = vec![("wall time".to_owned(), format!("{:.3} s", took.as_secs_f64()))];
    all.extend(stats());
    let width = all.iter().map(|(n, _)| n.chars().count()).max().unwrap_or(0);
    all.iter().map(|(name, value)| format!("{name:<width$}  {value}\n")).collect()
}

/// The most that was resident at once, in bytes.
fn peak_memory() -> Option<usize> {
    let text = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = text.lines().find_map(|l| l.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix("kB")?.trim().parse::<usize>().ok()?.checked_mul(1024)
}
