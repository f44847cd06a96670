//! Real clusters of this machine, each in a folder of its own: how one is started, which processes it is made of, and how one of these is hurt.

pub mod chaos;

use crate::binary::{afar, target_folder};
use crate::program::{Answer, Program};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// A script with blocks, values that stay where they are, calls, classes and prints; about two seconds.
pub const BLOCKS: &str = include_str!("../cluster/blocks.afr");
/// A program whose comprehensions, reductions and loops take long enough to be shared, of all kinds.
pub const RANGES: &str = include_str!("../cluster/ranges.afr");
/// The same, where elements raise, have an identity, or use names that are bound anew.
pub const RAISES: &str = include_str!("../cluster/raises.afr");
/// A program that keeps what it computes on the cluster, and computes from that.
pub const PROXIES: &str = include_str!("../cluster/proxies.afr");

/// Recursions of all kinds, whose calls nodes compute for each other.
pub const CALLS: &str = include_str!("../cluster/calls.afr");
/// The same, where calls raise, nest too deep, come to large ints, or use what has an identity.
pub const CALL_RAISES: &str = include_str!("../cluster/call_raises.afr");

/// What keeps the nodes of a cluster.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    /// The workers of Dask.
    Dask,
    /// The gateway.
    Processes,
}

impl Engine {
    /// As the command line calls it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Dask => "dask",
            Self::Processes => "processes",
        }
    }

    /// What a cluster of it is made of.
    pub fn kinds(self) -> &'static [Kind] {
        match self {
            Self::Dask => {
                &[Kind::Node, Kind::Worker, Kind::Nanny, Kind::Bridge, Kind::Gateway, Kind::Scheduler]
            }
            Self::Processes => &[Kind::Node, Kind::Gateway],
        }
    }
}

/// A kind of process.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// What runs units.
    Node,
    /// What Dask runs tasks on; a node is its child.
    Worker,
    /// What keeps a worker, or the scheduler.
    Nanny,
    /// The client of Dask.
    Bridge,
    /// What scripts connect to.
    Gateway,
    /// The scheduler of Dask.
    Scheduler,
    /// The script's own process.
    Client,
}

impl Kind {
    /// As people call it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Node => "node",
            Self::Worker => "worker",
            Self::Nanny => "nanny",
            Self::Bridge => "bridge",
            Self::Gateway => "gateway",
            Self::Scheduler => "scheduler",
            Self::Client => "client",
        }
    }

    /// Is this one.
    fn is(self, process: &Process) -> bool {
        let has = |word: &str| process.line.iter().any(|w| w == word);
        match self {
            Self::Node => has("node") && !has("run"),
            Self::Worker => has("afar_dask.worker") && process.is_forked,
            Self::Nanny => (has("afar_dask.worker") || has("afar_dask.scheduler")) && !process.is_forked,
            Self::Bridge => has("afar_dask.bridge"),
            Self::Gateway => has("gateway") && !has("--keeper"),
            Self::Scheduler => has("afar_dask.scheduler") && process.is_forked,
            Self::Client => has("run") && has("--cluster"),
        }
    }
}

/// Where environments of Python are kept from one run of the tests to the next.
pub fn data_folder() -> PathBuf {
    target_folder().join("tmp/data")
}

/// `afar` with the cluster of a folder.
pub fn program_in(folder: &Path, args: &[&str]) -> Program {
    Program::new(afar())
        .args(args)
        .env("XDG_RUNTIME_DIR", &folder.to_string_lossy())
        .env("XDG_DATA_HOME", &data_folder().to_string_lossy())
        .folder(folder)
        .timeout(Duration::from_secs(240))
}

/// What `afar` with the cluster of a folder does.
pub fn afar_in(folder: &Path, args: &[&str]) -> Answer {
    program_in(folder, args).run()
}

/// A process.
#[derive(Clone, Debug)]
pub struct Process {
    /// Its number.
    pub id: u32,
    /// Its command line.
    pub line: Vec<String>,
    /// It runs what its parent runs.
    pub is_forked: bool,
}

/// The words of a file in `/proc`.
fn words(id: u32, what: &str) -> Vec<String> {
    let bytes = std::fs::read(format!("/proc/{id}/{what}")).unwrap_or_default();
    bytes.split(|b| *b == 0).map(|w| String::from_utf8_lossy(w).into_owned()).collect()
}

/// The process that started this one.
fn parent(id: u32) -> Option<u32> {
    let text = std::fs::read_to_string(format!("/proc/{id}/status")).ok()?;
    text.lines().find_map(|line| line.strip_prefix("PPid:"))?.trim().parse().ok()
}

/// The processes of the cluster in a folder.
pub fn processes(folder: &Path) -> Vec<Process> {
    let own = format!("XDG_RUNTIME_DIR={}", folder.display());
    let all = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    let ids = all.filter_map(|p| p.file_name().to_str()?.parse::<u32>().ok());
    let process = |id: u32| {
        let line = words(id, "cmdline");
        let is_forked = parent(id).is_some_and(|parent| words(parent, "cmdline") == line);
        Process { id, line, is_forked }
    };
    ids.filter(|id| words(*id, "environ").contains(&own)).map(process).collect()
}

/// The processes of a kind in the cluster of a folder.
pub fn find(folder: &Path, kind: Kind) -> Vec<u32> {
    processes(folder).iter().filter(|process| kind.is(process)).map(|process| process.id).collect()
}

/// Sends a signal, as `-KILL`; false where there is no such process.
pub fn signal(id: u32, name: &str) -> bool {
    let sent = Command::new("kill").args([name, &id.to_string()]).stderr(Stdio::null()).status();
    sent.is_ok_and(|status| status.success())
}

/// Waits until something is so; false where that takes longer than the limit.
pub fn comes_true(limit: Duration, mut is_so: impl FnMut() -> bool) -> bool {
    let began = Instant::now();
    while !is_so() {
        if began.elapsed() > limit {
            return false;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    true
}

/// Does the cluster of a folder answer, with all workers where it has any.
pub fn is_whole(folder: &Path, engine: Engine, n_nodes: usize) -> bool {
    let status = afar_in(folder, &["cluster", "status", "--json"]);
    let text = status.stdout_text();
    let has = |n: usize| engine == Engine::Processes || text.contains(&format!("\"worker-{n}\""));
    status.status == Some(0) && (0..n_nodes).all(has)
}

/// Starts a cluster in a folder, and gives its address.
///
/// # Errors
///
/// What is said where it does not start.
pub fn start(folder: &Path, engine: Engine, n_nodes: usize) -> Result<String, String> {
    let up = afar_in(folder, &["cluster", "up", "-n", &n_nodes.to_string(), "--engine", engine.name()]);
    let address = up.stdout_text().trim().to_owned();
    if up.status == Some(0) { Ok(address) } else { Err(up.stderr_text()) }
}

/// Ends the cluster of a folder, also where a test fails.
pub struct Ended<'f>(pub &'f Path);

impl Drop for Ended<'_> {
    fn drop(&mut self) {
        // Mostly there is none any more.
        let _ = afar_in(self.0, &["cluster", "down"]);
    }
}
