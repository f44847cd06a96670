//! The page of results, as it is written from one run.

use crate::peer::{Peer, Tools};
use crate::rounds::{Row, mean};
use crate::splits::{Cost, MOST};
use std::fmt::Write;
use std::process::Command;

/// What a run found.
#[derive(Clone, Debug)]
pub struct Run {
    /// The command, as it was given.
    pub command: String,
    /// How often each was timed.
    pub n_rounds: usize,
    /// The kernels, by name.
    pub rows: Vec<Row>,
    /// What splitting costs, where it was counted.
    pub costs: Vec<Cost>,
    /// What could not be measured, and why.
    pub notes: Vec<String>,
}

// Writing to a string cannot fail.

/// The page, in Markdown.
pub fn page(run: &Run, tools: &Tools) -> String {
    let mut out = String::from("# Results\n\nWritten by the benches themselves; none of it by hand.\n\n");
    let _ = writeln!(out, "- {}\n- {}", machine(), tools.versions().join(" · "));
    let _ = writeln!(out, "- {}, `{}`: medians of {}\n", commit(), run.command, rounds(run.n_rounds));
    out.push_str("Whole processes are timed, start and compiling included. A ratio is Afar's time by that of the peer, taken round by round: below 1, Afar is faster.\n");
    out.push_str(
        "All print the same, or there is no result. CPython, and Afar beside it, run a smaller size.\n\n",
    );
    out.push_str("![](results.svg)\n\n| kernel | what it is | Afar, s | by Rust | by Numba | by CPython | boxed |\n|---|---|---:|---:|---:|---:|---:|\n");
    for row in &run.rows {
        let cells: Vec<String> = Peer::OTHERS.iter().map(|peer| ratio(row.ratio(*peer))).collect();
        let boxed = row.boxed.map_or("–".to_owned(), |share| format!("{:.2} %", share * 100.0));
        let name =
            if row.kernel.is_in_mean { row.kernel.name.clone() } else { format!("{} ¹", row.kernel.name) };
        let _ = writeln!(
            out,
            "| {name} | {} | {:.3} | {} | {boxed} |",
            row.kernel.title,
            row.seconds(),
            cells.join(" | ")
        );
    }
    let means: Vec<String> = Peer::OTHERS.iter().map(|peer| ratio(mean(&counted(run, *peer)))).collect();
    let _ = writeln!(out, "| **geometric mean** | | | {} | |\n", means.join(" | "));
    if run.rows.iter().any(|row| !row.kernel.is_in_mean) {
        out.push_str("¹ Not in the mean.\n\n");
    }
    costs(run, &mut out);
    if !run.notes.is_empty() {
        out.push_str("## Left out\n\n");
        run.notes.iter().for_each(|note| {
            let _ = writeln!(out, "- {note}");
        });
    }
    out.trim_end().to_owned() + "\n"
}

fn costs(run: &Run, out: &mut String) {
    if run.costs.is_empty() {
        return;
    }
    let _ = writeln!(out, "## What splitting costs where nobody takes anything\n");
    let _ = writeln!(
        out,
        "Instructions of one worker that keeps its work ready to be taken, by those of `--sync`; at most {MOST} is the aim.\n"
    );
    out.push_str("| kernel | `--sync`, millions | ready, millions | ratio |\n|---|---:|---:|---:|\n");
    for cost in &run.costs {
        #[expect(clippy::cast_precision_loss, reason = "a few digits are shown")]
        let millions = |n: u64| n as f64 / 1e6;
        let _ = writeln!(
            out,
            "| {} | {:.1} | {:.1} | {:.3} |",
            cost.name,
            millions(cost.sync),
            millions(cost.split),
            cost.ratio()
        );
    }
    out.push('\n');
}

/// The ratios that count in the mean.
pub fn counted(run: &Run, peer: Peer) -> Vec<f64> {
    run.rows.iter().filter(|row| row.kernel.is_in_mean).filter_map(|row| row.ratio(peer)).collect()
}

fn ratio(value: Option<f64>) -> String {
    match value {
        None => "–".to_owned(),
        Some(x) if x < 0.0995 => format!("{x:.4}"),
        Some(x) => format!("{x:.2}"),
    }
}

fn rounds(n: usize) -> String {
    if n == 1 { "one round".to_owned() } else { format!("{n} rounds") }
}

fn machine() -> String {
    let text = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model =
        text.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": ")).map(|(_, name)| name);
    let n = std::thread::available_parallelism().map_or(1, usize::from);
    format!("{}, {n} cores, {}", model.unwrap_or("an unknown processor"), std::env::consts::OS)
}

fn commit() -> String {
    let git = |args: &[&str]| {
        let output = Command::new("git").args(args).current_dir(crate::root()).output().ok()?;
        output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
    };
    let Some(commit) = git(&["rev-parse", "--short", "HEAD"]) else { return "an unknown commit".to_owned() };
    let is_clean =
        git(&["status", "--porcelain", "--untracked-files=no"]).is_some_and(|changes| changes.is_empty());
    format!("commit {commit}{}", if is_clean { "" } else { " with changes" })
}
