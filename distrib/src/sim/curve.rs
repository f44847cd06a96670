//! How well a cluster is used, by its size: as a table, and as a picture.

use super::cluster::{Cluster, Report};
use super::net::Links;
use super::scenario::{Job, NodeSpec, Scenario};
use super::work::{Shape, Work};
use crate::ledger::{
    Action, CodeKey, Doubling, Event, Kind, Ledger, NodeId, Offer, Partial, RangeId, Slice, Verdict,
};
use crate::planner::Tuning;
use std::collections::VecDeque;
use std::fmt::Write;

/// One size.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Point {
    /// How many nodes.
    pub n_nodes: u64,
    /// What was seen.
    pub report: Report,
}

const N_CORES: u32 = 8;
const CORE_SECONDS: u64 = 1_000;
const MEAN_US: u64 = 100_000;

/// A cluster of this size, behind a scheduler that takes a millisecond for a submit and 15 ms for the way, with links of 300 MB/s, and 1,000
/// seconds of one core for each node of very uneven work.
fn scenario(n_nodes: u64, seed: u64) -> Scenario {
    let work = Work {
        seed,
        len: n_nodes * CORE_SECONDS * 1_000_000 / MEAN_US,
        kind: Kind::Combine,
        shape: Shape::HeavyTail,
        mean_us: MEAN_US,
        special: Vec::new(),
        inner_len: 0,
        partial_bytes: 100_000,
    };
    let n = usize::try_from(n_nodes).unwrap_or(usize::MAX);
    Scenario {
        seed,
        tuning: Tuning::DASK,
        links: Links {
            latency_us: 15_000,
            jitter_us: 2_000,
            bytes_per_us: 300,
            lost_permille: 0,
            doubled_permille: 0,
        },
        nodes: vec![NodeSpec { n_cores: N_CORES, slow_percent: 100 }; n],
        jobs: vec![Job { at_us: 1_000_000, work, home: None, priority: 0, cancelled_us: None }],
        mishaps: Vec::new(),
        beat_us: 1_000_000,
        code_bytes: 1_000_000,
        verifies: false,
    }
}

/// Runs clusters of these sizes.
///
/// # Errors
///
/// What went wrong in one.
pub fn curve(sizes: &[u64], seed: u64) -> Result<Vec<Point>, String> {
    let point = |&n_nodes: &u64| {
        let mut report = Cluster::new(scenario(n_nodes, seed)).run()?;
        // Nodes join in the first second.
        report.makespan_us -= 1_000_000;
        Ok(Point { n_nodes, report })
    };
    sizes.iter().map(point).collect()
}

/// Lets this many nodes end this many slices, each as soon as it has it, halfway; gives how many ended.
pub fn decide(n_nodes: u32, n_slices: u64) -> u64 {
    let mut ledger = Ledger::new(Tuning::DASK);
    let mut actions = Vec::new();
    for node in 0..n_nodes {
        ledger.step(0, Event::NodeJoined { node: NodeId(node), n_cores: N_CORES }, &mut actions);
    }
    let offer = Offer {
        range: RangeId(1),
        code: CodeKey([0; 32]),
        len: u64::MAX / 2,
        kind: Kind::Combine,
        home: None,
        parent: None,
        priority: 0,
        cost_ns: Some(1_000),
        doubling: Doubling::Allowed,
    };
    ledger.step(0, Event::Offered(offer), &mut actions);
    let mut waiting: VecDeque<Slice> = VecDeque::new();
    let mut n_ended = 0;
    while n_ended < n_slices {
        waiting.extend(actions.drain(..).filter_map(|action| match action {
            Action::Submit { slice, .. } => Some(slice),
            _ => None,
        }));
        let Some(Slice { attempt, lo, hi, .. }) = waiting.pop_front() else { break };
        n_ended += 1;
        let partial = Partial { id: n_ended, n_bytes: 8 };
        let (stopped_at, verdict) = (lo + (hi - lo).div_ceil(2), Verdict::GoesOn);
        let ended = Event::SliceEnded { attempt, stopped_at, partial, verdict, ran_us: 1_000_000 };
        ledger.step(n_ended / 500, ended, &mut actions);
    }
    n_ended
}

// Writing to a string cannot fail.

/// The curve as a table.
pub fn table(points: &[Point]) -> String {
    let mut out = String::from("nodes   cores   seconds  efficiency   idle  scheduler  slices    cuts\n");
    for Point { n_nodes, report } in points {
        let _ = writeln!(
            out,
            "{n_nodes:>5} {:>7} {:>9.1} {:>10.1}% {:>5.1}% {:>9.1}% {:>7} {:>7}",
            report.n_cores,
            report.makespan_us as f64 / 1e6,
            100.0 * report.efficiency(),
            100.0 * report.idle(),
            100.0 * report.scheduler(),
            report.n_submits,
            report.n_cuts
        );
    }
    out
}

const LEFT: f64 = 60.0;
const TOP: f64 = 40.0;
const WIDTH: f64 = 520.0;
const HEIGHT: f64 = 260.0;

/// The curve as a picture: the size is logarithmic, the other axis in percent.
pub fn svg(points: &[Point]) -> String {
    let most = points.iter().map(|point| point.n_nodes).max().unwrap_or(1).max(2) as f64;
    let x = |n: u64| LEFT + WIDTH * (n as f64).ln() / most.ln();
    let y = |part: f64| TOP + HEIGHT * (1.0 - part.clamp(0.0, 1.0));
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {:.0} {:.0}\" font-family=\"sans-serif\" font-size=\"12\">\n\
         <rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n",
        LEFT + WIDTH + 40.0,
        TOP + HEIGHT + 50.0
    );
    for percent in (0..=100).step_by(20) {
        let at = y(f64::from(percent) / 100.0);
        let _ = writeln!(
            out,
            "<path d=\"M{LEFT:.0} {at:.1}h{WIDTH:.0}\" stroke=\"#d0d7de\"/>\n\
             <text x=\"{:.0}\" y=\"{:.1}\" text-anchor=\"end\">{percent} %</text>",
            LEFT - 8.0,
            at + 4.0
        );
    }
    for point in points {
        let _ = writeln!(
            out,
            "<text x=\"{:.1}\" y=\"{:.0}\" text-anchor=\"middle\">{}</text>",
            x(point.n_nodes),
            TOP + HEIGHT + 18.0,
            point.n_nodes
        );
    }
    let _ = writeln!(
        out,
        "<text x=\"{:.0}\" y=\"{:.0}\" text-anchor=\"middle\">nodes of {N_CORES} cores, {CORE_SECONDS} core-seconds each</text>",
        LEFT + WIDTH / 2.0,
        TOP + HEIGHT + 40.0
    );
    let lines: [(&str, &str, fn(&Report) -> f64); 2] =
        [("efficiency", "#1f6feb", Report::efficiency), ("scheduler busy", "#d4761c", Report::scheduler)];
    for ((name, color, value), at) in lines.into_iter().zip([LEFT, LEFT + 120.0]) {
        let path: Vec<String> =
            points.iter().map(|p| format!("{:.1} {:.1}", x(p.n_nodes), y(value(&p.report)))).collect();
        let _ = writeln!(
            out,
            "<path d=\"M{}\" fill=\"none\" stroke=\"{color}\" stroke-width=\"2\"/>\n\
             <text x=\"{at:.0}\" y=\"24\" fill=\"{color}\">{name}</text>",
            path.join("L")
        );
    }
    out.push_str("</svg>\n");
    out
}
