//! A simulated cluster: it drives the ledger through made-up time, with nodes that die, freeze and come back, and messages that are late, lost,
//! doubled and out of order; all of it by seed. It checks that every answer is that of a plain loop, and measures how well the cores are used.

mod cluster;
mod curve;
mod net;
mod node;
mod rng;
mod scenario;
mod work;

#[cfg(test)]
mod tests;

pub use cluster::{Cluster, Report};
pub use curve::{Point, curve, decide, svg, table};
pub use scenario::{Job, Mishap, NodeSpec, Scenario};
pub use work::{Answer, Does, Shape, Work};

/// Runs the scenario of a seed, and looks at everything on the way.
///
/// # Errors
///
/// What went wrong. The same seed goes wrong in the same way.
pub fn run_seed(seed: u64) -> Result<Report, String> {
    Cluster::new(Scenario::of(seed)).run()
}
