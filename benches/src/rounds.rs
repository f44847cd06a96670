//! Kernels timed beside their peers: in turn within each round, so that a change in the machine's speed meets all alike.

use crate::kernel::Kernel;
use crate::peer::{Peer, Tools};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// What was measured of a kernel.
#[derive(Clone, Debug)]
pub struct Row {
    /// The kernel.
    pub kernel: Kernel,
    /// Afar's times at full size, one for each round.
    pub afar: Vec<Duration>,
    /// For each peer, Afar's time by its own, round by round; of CPython at the small size.
    pub ratios: Vec<(Peer, Vec<f64>)>,
    /// The share of operations on boxed values in what Afar ran.
    pub boxed: Option<f64>,
}

impl Row {
    /// Afar's time.
    pub fn seconds(&self) -> f64 {
        median(&self.afar.iter().map(Duration::as_secs_f64).collect::<Vec<_>>())
    }

    /// Afar's time by that of a peer: below one, Afar is faster.
    pub fn ratio(&self, peer: Peer) -> Option<f64> {
        let (_, all) = self.ratios.iter().find(|(other, _)| *other == peer)?;
        (!all.is_empty()).then(|| median(all))
    }
}

/// The one in the middle, or between the two in the middle.
pub fn median(all: &[f64]) -> f64 {
    let mut sorted = all.to_vec();
    sorted.sort_by(f64::total_cmp);
    let n = sorted.len();
    match n {
        0 => f64::NAN,
        _ if n % 2 == 1 => sorted[n / 2],
        _ => f64::midpoint(sorted[n / 2 - 1], sorted[n / 2]),
    }
}

/// What a process printed, and how long it took.
///
/// # Errors
///
/// The last line of what it said, where it failed.
pub fn run(command: &[String]) -> Result<(String, Duration), String> {
    let [program, args @ ..] = command else { return Err("no program".to_owned()) };
    let started = Instant::now();
    let output = Command::new(program).args(args).stdin(Stdio::null()).output();
    let took = started.elapsed();
    let output = output.map_err(|error| format!("{program}: {error}"))?;
    if output.status.success() {
        return Ok((String::from_utf8_lossy(&output.stdout).into_owned(), took));
    }
    let said = String::from_utf8_lossy(&output.stderr);
    Err(said.trim_end().lines().last().map_or_else(|| output.status.to_string(), str::to_owned))
}

/// Times a kernel. `scratch` is a folder for its texts.
///
/// # Errors
///
/// Where one of them fails, or prints something else than the others: a wrong answer cannot be fast.
pub fn time(kernel: &Kernel, tools: &Tools, n_rounds: usize, scratch: &Path) -> Result<Row, String> {
    let mut row = Row { kernel: kernel.clone(), afar: Vec::new(), ratios: Vec::new(), boxed: None };
    for (size, peers) in [(kernel.size, &[Peer::Rust, Peer::Numba][..]), (kernel.small, &[Peer::Python][..])]
    {
        let file = scratch.join(format!("{}_{size}.afr", kernel.name));
        std::fs::write(&file, kernel.sized(size)).map_err(|e| format!("{}: {e}", file.display()))?;
        let afar = tools.command(Peer::Afar, kernel, size, &file).unwrap_or_default();
        let others: Vec<(Peer, Vec<String>)> =
            peers.iter().filter_map(|p| Some((*p, tools.command(*p, kernel, size, &file)?))).collect();
        if others.is_empty() && size != kernel.size {
            continue;
        }
        let mut ratios: Vec<(Peer, Vec<f64>)> = others.iter().map(|(peer, _)| (*peer, Vec::new())).collect();
        for _ in 0..n_rounds.max(1) {
            let (expected, own) = run(&afar).map_err(|why| format!("Afar: {why}"))?;
            for ((peer, command), (_, found)) in others.iter().zip(&mut ratios) {
                let (answer, took) = run(command).map_err(|why| format!("{}: {why}", peer.name()))?;
                if answer != expected {
                    return Err(format!("Afar prints {expected:?}, {} prints {answer:?}", peer.name()));
                }
                found.push(own.as_secs_f64() / took.as_secs_f64().max(1e-9));
            }
            if size == kernel.size {
                row.afar.push(own);
            }
        }
        row.ratios.extend(ratios);
    }
    row.boxed = boxed(kernel, tools, scratch);
    Ok(row)
}

/// The share of boxed operations, from a run of its own, since counting takes time.
fn boxed(kernel: &Kernel, tools: &Tools, scratch: &Path) -> Option<f64> {
    let file = scratch.join(format!("{}_{}.afr", kernel.name, kernel.small));
    std::fs::write(&file, kernel.sized(kernel.small)).ok()?;
    let output = Command::new(&tools.afar).args(["run", "--stats=json"]).arg(&file).output().ok()?;
    let said = String::from_utf8_lossy(&output.stderr);
    let (_, value) = said.lines().last()?.split_once("\"boxed_share\":")?;
    value.split([',', '}']).next()?.parse().ok()
}

/// The geometric mean.
pub fn mean(all: &[f64]) -> Option<f64> {
    #[expect(clippy::cast_precision_loss, reason = "few numbers")]
    let n = all.len() as f64;
    (!all.is_empty()).then(|| (all.iter().map(|x| x.ln()).sum::<f64>() / n).exp())
}

#[cfg(test)]
mod tests {
    use super::{mean, median};

    #[test]
    fn middles_and_means() {
        assert_eq!(
            [median(&[3.0, 1.0, 2.0]), median(&[4.0, 1.0, 2.0, 3.0])].map(f64::to_bits),
            [2.0, 2.5].map(f64::to_bits)
        );
        assert!(mean(&[0.5, 2.0]).is_some_and(|m| (m - 1.0).abs() < 1e-12));
        assert_eq!(mean(&[]), None);
    }
}
