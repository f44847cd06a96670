//! What is simulated: nodes, links, work and mishaps; made up from a seed, or put together by hand.

use super::net::Links;
use super::rng::Rng;
use super::work::{Does, Shape, Work};
use crate::ledger::{Kind, Loss};
use crate::planner::Tuning;

/// A node that is there from the start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NodeSpec {
    /// How many elements it runs at once.
    pub n_cores: u32,
    /// 100 is the ordinary speed, 300 takes three times as long.
    pub slow_percent: u64,
}

/// A range that somebody offers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Job {
    /// When.
    pub at_us: u64,
    /// What it computes.
    pub work: Work,
    /// The node whose driver waits for it; `None` where the gateway does.
    pub home: Option<usize>,
    /// Higher ones first.
    pub priority: i64,
    /// When it is called off again.
    pub cancelled_us: Option<u64>,
}

/// What happens to a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mishap {
    /// It ends, and another comes in its place after this time.
    Restarts(Loss, u64),
    /// It does nothing for this time, not even a heartbeat.
    Freezes(u64),
    /// Nothing goes to it or comes from it for this time.
    Parted(u64),
    /// From here on it takes so much longer.
    Slows(u64),
}

/// All that a run depends on.
#[derive(Clone, Debug, PartialEq)]
pub struct Scenario {
    /// Of everything that happens by chance.
    pub seed: u64,
    /// How the ledger is set up.
    pub tuning: Tuning,
    /// What the links are like.
    pub links: Links,
    /// The nodes.
    pub nodes: Vec<NodeSpec>,
    /// What they do.
    pub jobs: Vec<Job>,
    /// When something happens, and to which node.
    pub mishaps: Vec<(u64, usize, Mishap)>,
    /// How often a node tells how far it is.
    pub beat_us: u64,
    /// What a node must have before it can run a code.
    pub code_bytes: u64,
    /// Look through the whole ledger after each event.
    pub verifies: bool,
}

const SECOND: u64 = 1_000_000;

impl Scenario {
    /// A small cluster to which much happens.
    pub fn of(seed: u64) -> Self {
        let mut rng = Rng::new(seed);
        let n_nodes = rng.within(1, 7) as usize;
        let nodes: Vec<NodeSpec> = (0..n_nodes)
            .map(|_| NodeSpec {
                n_cores: rng.pick(&[1, 1, 2, 4, 8]),
                slow_percent: rng.pick(&[100, 100, 100, 150, 500]),
            })
            .collect();
        let tuning = rng.pick(&[Tuning::PROCESSES, Tuning::DASK, Tuning { lease_ms: 3_000, ..Tuning::DASK }]);
        let is_calm = rng.chance(200);
        let n_jobs = rng.within(1, 4);
        let jobs: Vec<Job> = (0..n_jobs).map(|_| job(&mut rng, n_nodes)).collect();
        let links = links(&mut rng, &tuning, is_calm);
        // A lease must outlive what is lost and late on the way.
        let beat_us =
            rng.pick(&[200_000, 500_000]).min(if links.lost_permille > 10 { 150_000 } else { SECOND });
        Self {
            seed,
            tuning,
            links,
            mishaps: if is_calm { Vec::new() } else { mishaps(&mut rng, n_nodes) },
            nodes,
            jobs,
            beat_us,
            code_bytes: rng.pick(&[1_000, 1_000_000, 50_000_000]),
            verifies: true,
        }
    }
}

fn links(rng: &mut Rng, tuning: &Tuning, is_calm: bool) -> Links {
    Links {
        latency_us: tuning.latency_ms * 1000,
        jitter_us: if is_calm { 0 } else { rng.pick(&[0, 1_000, 50_000, tuning.lease_ms * 1000 / 6]) },
        bytes_per_us: 300,
        lost_permille: if is_calm { 0 } else { rng.pick(&[0, 0, 10, 100, 300]) },
        doubled_permille: if is_calm { 0 } else { rng.pick(&[0, 0, 50, 300]) },
    }
}

fn job(rng: &mut Rng, n_nodes: usize) -> Job {
    let len = rng.pick(&[0, 1, 3, 10, 100, 1000, 3000]).min(rng.within(0, 3000));
    // An hour takes long to simulate, too.
    let long_us = if rng.chance(30) { 3600 * SECOND } else { 60 * SECOND };
    let kind = rng.pick(&[Kind::Combine, Kind::Combine, Kind::ShortCircuit]);
    let shape = rng.pick(&[Shape::Uniform, Shape::AtTheEnd, Shape::HeavyTail, Shape::OneLong(long_us)]);
    let does = match kind {
        Kind::Combine => rng.pick(&[Does::Returns, Does::Returns, Does::Raises, Does::Kills]),
        Kind::ShortCircuit => rng.pick(&[Does::Returns, Does::Decides]),
    };
    let n_special = if does == Does::Kills { 1 } else { rng.within(0, 4) };
    let mut special: Vec<(u64, Does)> = Vec::new();
    if len > 0 && does != Does::Returns {
        special.extend((0..n_special).map(|_| (rng.within(0, len), does)));
    }
    let inner_len = rng.pick(&[0, 0, 10, 200]);
    if inner_len > 0 && len > 0 {
        special.extend((0..rng.within(0, 3)).map(|_| (rng.within(0, len), Does::Waits)));
    }
    special.sort_by_key(|(at, _)| *at);
    special.dedup_by_key(|(at, _)| *at);
    let mean_us = rng.pick(&[100, 5_000, 100_000, 1_000_000]);
    let at_us = rng.within(0, 5 * SECOND);
    let work = Work { seed: rng.next(), len, kind, shape, mean_us, special, inner_len, partial_bytes: 1000 };
    Job {
        at_us,
        work,
        home: rng.chance(300).then(|| rng.within(0, n_nodes as u64) as usize),
        priority: rng.pick(&[0, 0, 1]),
        cancelled_us: rng.chance(50).then(|| at_us + rng.within(0, 20 * SECOND)),
    }
}

fn mishaps(rng: &mut Rng, n_nodes: usize) -> Vec<(u64, usize, Mishap)> {
    let mut n_deaths = 0;
    let mut mishaps = Vec::new();
    for _ in 0..rng.within(0, 12) {
        let for_us = rng.pick(&[SECOND / 10, SECOND, 8 * SECOND, 40 * SECOND]);
        // More than two deaths of the same elements would rightly be taken for their fault.
        let how = if n_deaths < 1 { rng.pick(&[Loss::Died, Loss::Left]) } else { Loss::Left };
        let mishap = match rng.within(0, 7) {
            0..=2 => Mishap::Restarts(how, for_us),
            3 | 4 => Mishap::Freezes(for_us),
            5 => Mishap::Parted(for_us),
            _ => Mishap::Slows(rng.pick(&[100, 200, 1000])),
        };
        n_deaths += u32::from(matches!(mishap, Mishap::Restarts(Loss::Died, _)));
        mishaps.push((rng.within(0, 60 * SECOND), rng.within(0, n_nodes as u64) as usize, mishap));
    }
    mishaps
}
