//! The keeper: it starts what a cluster is made of, and starts it anew where it dies or does not go on.
//!
//! All of it ends when nobody holds the far end of a pipe any more that everything has as its input: the keeper and the gateway hold it. So nothing is left
//! behind, whoever is killed. Each service is a process group of its own, which is ended as a whole.

use super::environment::Python;
use super::{Asked, refuse};
use crate::cli::{OK, output};
use afar_distrib::gateway;
use rustix::process::{Pid, Signal, kill_process_group};
use std::fs;
use std::io::{PipeReader, PipeWriter, Read};
use std::net::TcpListener;
use std::os::fd::OwnedFd;
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// So often it is looked whether all live.
const LOOK: Duration = Duration::from_millis(20);
/// So many deaths in a row, each soon after the start, are not followed by another start of the gateway.
const MAX_DEATHS: u32 = 10;
/// What has lived for so long did not die at once.
const LONG: Duration = Duration::from_millis(500);
/// What dies at once waits so long before it is started anew, each time twice as long, up to the other.
const NAP: Duration = Duration::from_millis(50);
const LONGEST_NAP: Duration = Duration::from_secs(5);
/// A service that shows that it lives each second, and has not done so for so long, is ended and started anew.
const SILENCE: Duration = Duration::from_secs(30);
/// One that has just been started has to load Python's modules first, which takes long on a machine that has much to do.
const LOADING: Duration = Duration::from_mins(3);
/// So long everything has to end by itself.
const ENDING: Duration = Duration::from_millis(1500);

/// The file that tells where the scheduler is.
pub fn cluster_file() -> PathBuf {
    gateway::folder().join("dask.json")
}

/// Where Dask's workers keep what they keep on disk.
fn scratch() -> PathBuf {
    gateway::folder().join("scratch")
}

/// What a service does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Role {
    Gateway,
    Scheduler,
    Worker(usize),
}

impl Role {
    fn name(self) -> String {
        match self {
            Self::Gateway => "the gateway".to_owned(),
            Self::Scheduler => "the scheduler".to_owned(),
            Self::Worker(n) => format!("worker-{n}"),
        }
    }
}

/// Says in the log what becomes of a part of the cluster.
fn say(role: Role, what: &str) {
    output::error(&format!("afar keeper: {} {what}\n", role.name()));
}

/// One part of the cluster.
struct Service {
    role: Role,
    child: Option<Child>,
    began: Instant,
    n_deaths: u32,
    /// How much it has said to show that it lives, and since when it has not.
    n_said: Arc<AtomicU64>,
    seen: (u64, Instant),
}

impl Service {
    fn new(role: Role) -> Self {
        let now = Instant::now();
        Self { role, child: None, began: now, n_deaths: 0, n_said: Arc::default(), seen: (0, now) }
    }

    /// Ends all of it.
    fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            end_group(&child);
            // It may have ended by itself.
            let _ = child.kill();
            let _ = child.wait();
        }
    }

    /// Whether it is there; what else is in its group ends with it.
    fn lives(&mut self) -> bool {
        let Some(child) = &mut self.child else { return false };
        match child.try_wait() {
            Ok(None) => true,
            Ok(Some(_)) | Err(_) => {
                end_group(child);
                self.child = None;
                let is_early = self.began.elapsed() < LONG;
                self.n_deaths = if is_early { self.n_deaths + 1 } else { 0 };
                false
            }
        }
    }

    /// It has not shown for long that it lives.
    fn is_silent(&mut self) -> bool {
        let n_said = self.n_said.load(Ordering::Relaxed);
        if n_said != self.seen.0 {
            self.seen = (n_said, Instant::now());
        }
        let limit = if n_said == 0 { LOADING } else { SILENCE };
        self.role != Role::Gateway && self.seen.1.elapsed() > limit
    }

    fn may_start(&self) -> bool {
        let nap = NAP.saturating_mul(1 << self.n_deaths.min(8)).min(LONGEST_NAP);
        self.n_deaths == 0 || self.began.elapsed() > nap
    }
}

fn end_group(child: &Child) {
    let group = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
    if let Some(group) = group {
        // Nobody may be in it any more.
        let _ = kill_process_group(group, Signal::KILL);
    }
}

/// A cluster, as its keeper has it.
struct Cluster {
    listener: TcpListener,
    asked: Asked,
    services: Vec<Service>,
    input: PipeReader,
    /// While this is held, the services go on.
    life: PipeWriter,
}

/// Keeps a cluster until it is told to end: by its gateway, or by a signal.
pub fn keep(listener: TcpListener, asked: Asked) -> i32 {
    let end = Arc::new(AtomicBool::new(false));
    let registered = signal_hook::flag::register(signal_hook::consts::SIGTERM, end.clone());
    let pipe = registered.and_then(|_| std::io::pipe());
    let (input, life) = match pipe {
        Ok(pipe) => pipe,
        Err(why) => return refuse(&format!("the cluster cannot be kept: {why}"), None),
    };
    let roles: Vec<Role> = match &asked.python {
        None => vec![Role::Gateway],
        Some(_) => {
            [Role::Scheduler, Role::Gateway].into_iter().chain((0..asked.n_nodes).map(Role::Worker)).collect()
        }
    };
    let services = roles.into_iter().map(Service::new).collect();
    let mut cluster = Cluster { listener, asked, services, input, life };
    let status = cluster.keep(&end);
    cluster.end();
    status
}

impl Cluster {
    fn keep(&mut self, end: &AtomicBool) -> i32 {
        // What an earlier one has left behind says nothing of this one.
        let _ = fs::remove_file(cluster_file());
        let _ = fs::remove_dir_all(scratch());
        loop {
            if end.load(Ordering::Relaxed) {
                return OK;
            }
            for at in 0..self.services.len() {
                let role = self.services[at].role;
                if self.services[at].is_silent() {
                    say(role, "shows no sign of life, and is ended");
                    self.services[at].kill();
                }
                let had = self.services[at].child.as_mut().map(Child::try_wait);
                if role == Role::Gateway && matches!(had, Some(Ok(Some(status))) if status.success()) {
                    return OK;
                }
                if let Some(Ok(Some(status))) = had {
                    say(role, &format!("is lost: {status}"));
                }
                if self.services[at].lives() || !self.services[at].may_start() {
                    continue;
                }
                if role == Role::Gateway && self.services[at].n_deaths >= MAX_DEATHS {
                    return refuse("the gateway dies as soon as it is started", None);
                }
                if role == Role::Scheduler {
                    // Whoever finds no scheduler waits for the next one.
                    let _ = fs::remove_file(cluster_file());
                }
                self.start(at);
            }
            std::thread::sleep(LOOK);
        }
    }

    fn start(&mut self, at: usize) {
        let command = self.command(self.services[at].role);
        let service = &mut self.services[at];
        service.began = Instant::now();
        // Nobody has said anything yet; what the one before it said is for nobody.
        (service.n_said, service.seen) = (Arc::default(), (0, service.began));
        let started = command.and_then(|mut command| command.process_group(0).spawn());
        match started {
            Ok(mut child) => {
                if let Some(out) = child.stdout.take() {
                    count(out, service.n_said.clone());
                }
                service.child = Some(child);
            }
            Err(_) => service.n_deaths += 1,
        }
    }

    fn command(&self, role: Role) -> std::io::Result<Command> {
        let module = match role {
            Role::Gateway => {
                let mut command = Command::new(std::env::current_exe()?);
                let args = std::env::args().skip(1).filter(|arg| arg != "--keeper");
                let socket = self.listener.try_clone()?;
                command.args(args).stdin(Stdio::from(OwnedFd::from(socket)));
                // It says nothing there: it holds it.
                command.stdout(Stdio::from(OwnedFd::from(self.life.try_clone()?)));
                return Ok(command);
            }
            Role::Scheduler => "afar_dask.scheduler",
            Role::Worker(_) => "afar_dask.worker",
        };
        let Some(Python { program, package }) = &self.asked.python else {
            return Err(std::io::Error::other("there is no Python"));
        };
        let mut command = Command::new(program);
        command.args(["-m", module]).arg(cluster_file()).env("PYTHONPATH", package);
        // Modules are looked for there as well: not where somebody happens to be.
        command.current_dir(package);
        if let Role::Worker(n) = role {
            command.arg(format!("worker-{n}")).arg(scratch());
        }
        let input = OwnedFd::from(self.input.try_clone()?);
        command.stdin(Stdio::from(input)).stdout(Stdio::piped());
        Ok(command)
    }

    /// Ends all services, and leaves none behind.
    fn end(self) {
        let Self { services, input, life, .. } = self;
        drop((input, life));
        let mut services = services;
        let deadline = Instant::now() + ENDING;
        while Instant::now() < deadline && services.iter_mut().any(Service::lives) {
            std::thread::sleep(LOOK);
        }
        services.iter_mut().for_each(Service::kill);
        let _ = fs::remove_file(cluster_file());
        let _ = fs::remove_dir_all(scratch());
    }
}

/// Counts what a service says, on a thread of its own. Where none can be had, it is taken for silent, and started anew.
fn count(mut out: impl Read + Send + 'static, n_said: Arc<AtomicU64>) {
    let _ = std::thread::Builder::new().name("signs of life".to_owned()).spawn(move || {
        let mut buffer = [0; 256];
        while let Ok(1..) = out.read(&mut buffer) {
            n_said.fetch_add(1, Ordering::Relaxed);
        }
    });
}
