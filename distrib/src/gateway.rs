//! The gateway: a process that keeps nodes for edges in other processes.
//!
//! Each edge that connects gets a job of its own (`job.rs`): a hub with its own nodes, so that what one program loads and binds is not
//! seen by another. A job outlives its edge for a while, for the same script that is run again. All of it binds the loopback address, and asks for a token.

mod client;
mod health;
mod job;
mod messages;
#[cfg(test)]
mod tests;

pub use client::{Address, Remote, RemoteError, ask_health, ask_status, end_job, shut_down};
pub use health::{Engine, Health, WorkerStatus};
pub use messages::{FromGateway, ScriptHash, Status, ToGateway, script_hash};

use crate::log;
use crate::protocol::{self, ProtocolError};
use crate::skew;
use health::Trial;
use job::Job;
use std::collections::BTreeMap;
use std::io::BufReader;
use std::net::{Shutdown, TcpListener, TcpStream};
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// So long an edge has to say who it is.
const HANDSHAKE: Duration = Duration::from_secs(5);
/// So often it is looked which jobs nobody has come for.
const LOOK: Duration = Duration::from_secs(1);

/// How a gateway works.
pub struct Config {
    /// Where the nodes of a session come from; the folder of the script is added.
    pub engine: Engine,
    /// Who knows this may come in.
    pub token: String,
}

/// What one gateway knows of its jobs.
struct Gateway {
    config: Config,
    trial: Trial,
    jobs: Mutex<Jobs>,
}

/// The jobs, by their numbers, and the last number that was given.
#[derive(Default)]
struct Jobs {
    all: BTreeMap<u64, Arc<Job>>,
    last: u64,
}

fn lock<T>(what: &Mutex<T>) -> MutexGuard<'_, T> {
    what.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Serves edges until one of them says that the gateway is to end.
///
/// # Errors
///
/// Where no connection can be taken any more.
pub fn serve(listener: &TcpListener, config: Config) -> std::io::Result<()> {
    log::begin();
    let trial = Trial::start(&config.engine)?;
    let gateway = Arc::new(Gateway { config, trial, jobs: Mutex::default() });
    let (end, ended): (Sender<()>, Receiver<()>) = channel();
    let taker = listener.try_clone()?;
    let watched = Arc::downgrade(&gateway);
    std::thread::Builder::new().name("jobs".to_owned()).spawn(move || {
        while let Some(gateway) = watched.upgrade() {
            gateway.end_old_jobs();
            drop(gateway);
            std::thread::sleep(LOOK);
        }
    })?;
    std::thread::Builder::new().name("gateway".to_owned()).spawn(move || {
        for stream in taker.incoming().flatten() {
            let (gateway, end) = (gateway.clone(), end.clone());
            let session = move || {
                if gateway.session(stream).is_ok_and(|is_last| is_last) {
                    // Whoever waits for it may have gone.
                    let _ = end.send(());
                }
            };
            // Where no thread can be had, the connection is closed, and the edge says so.
            let _ = std::thread::Builder::new().name("session".to_owned()).spawn(session);
        }
    })?;
    // An error would mean that nobody takes connections any more.
    let _ = ended.recv();
    Ok(())
}

/// Are two texts the same; in a time that does not tell where they differ.
fn is_same(a: &str, b: &str) -> bool {
    blake3::hash(a.as_bytes()) == blake3::hash(b.as_bytes())
}

impl Gateway {
    /// Speaks with one edge until it goes; true where it ends the gateway.
    fn session(&self, stream: TcpStream) -> Result<bool, ProtocolError> {
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(HANDSHAKE))?;
        let mut reader = BufReader::with_capacity(1 << 16, stream.try_clone()?);
        let mut writer = stream.try_clone()?;
        let (hello, _) = protocol::receive::<ToGateway>(&mut reader)?;
        let ToGateway::Hello { token, greeting: theirs, name, folder, script } = hello else {
            return Ok(false);
        };
        let why = if is_same(&token, &self.config.token) {
            skew::between("the cluster", "this process", &theirs)
        } else {
            Some("the token is not that of this cluster".to_owned())
        };
        if let Some(why) = why {
            protocol::send(&mut writer, &FromGateway::Refused { why }, &[])?;
            return Ok(false);
        }
        protocol::send(&mut writer, &FromGateway::Welcome, &[])?;
        stream.set_read_timeout(None)?;
        if folder.is_empty() {
            return self.answer(&mut reader, &mut writer);
        }
        // Its nodes start while it compiles.
        let job = self.job_for(&name, &folder, script, &stream)?;
        let left = serve_edge(&job, &mut reader);
        if left == Left::InOrder || !job.lose_edge() {
            self.forget(&job);
        } else {
            log::say(&format!("the script of job {} is lost, {name}: what it began goes on", job.id));
        }
        // Where it is there, it connects anew.
        let _ = stream.shutdown(Shutdown::Both);
        Ok(false)
    }

    /// Answers somebody who asks about the cluster; true where the gateway is to end.
    fn answer(
        &self,
        reader: &mut BufReader<TcpStream>,
        writer: &mut TcpStream,
    ) -> Result<bool, ProtocolError> {
        loop {
            let answer = match protocol::receive::<ToGateway>(reader) {
                Ok((ToGateway::Status, _)) => {
                    let health = self.trial.health(&self.config.engine);
                    FromGateway::All { sessions: self.status(), health }
                }
                Ok((ToGateway::EndJob { job }, _)) => FromGateway::JobEnded { is_known: self.end_job(job) },
                Ok((ToGateway::End, _)) => {
                    protocol::send(writer, &FromGateway::Bye, &[])?;
                    return Ok(true);
                }
                Ok(_) | Err(ProtocolError::Io(_)) => return Ok(false),
                Err(broken) => return Err(broken),
            };
            protocol::send(writer, &answer, &[])?;
        }
    }

    /// The job that an edge goes on with, or a new one.
    fn job_for(
        &self,
        name: &str,
        folder: &str,
        script: Option<ScriptHash>,
        stream: &TcpStream,
    ) -> Result<Arc<Job>, ProtocolError> {
        let old = lock(&self.jobs).all.values().find(|job| job.waits_for(script)).cloned();
        if let Some(job) = old
            && job.attach(name, stream)?
        {
            log::say(&format!("job {} goes on with {name}", job.id));
            return Ok(job);
        }
        let links = self.config.engine.links(&["--folder".to_owned(), folder.to_owned()]);
        let mut jobs = lock(&self.jobs);
        jobs.last += 1;
        let job = Job::start(jobs.last, script, links)?;
        job.attach(name, stream)?;
        jobs.all.insert(job.id, job.clone());
        Ok(job)
    }

    fn status(&self) -> Vec<Status> {
        let jobs: Vec<Arc<Job>> = lock(&self.jobs).all.values().cloned().collect();
        jobs.iter().map(|job| job.status()).collect()
    }

    /// Ends a job whose edge wants nothing any more.
    fn forget(&self, job: &Job) {
        lock(&self.jobs).all.remove(&job.id);
        job.end();
    }

    /// Ends a job for which somebody else asks; false where there is none.
    fn end_job(&self, id: u64) -> bool {
        let Some(job) = lock(&self.jobs).all.get(&id).cloned() else { return false };
        log::say(&format!("job {id} is ended, {}", job.name()));
        job.cancel();
        if !job.has_edge() {
            self.forget(&job);
        }
        true
    }

    fn end_old_jobs(&self) {
        let all: Vec<Arc<Job>> = lock(&self.jobs).all.values().cloned().collect();
        for job in all.iter().filter(|job| job.is_over()) {
            log::say(&format!("job {} is over, {}: nobody has come for it", job.id, job.name()));
            self.forget(job);
        }
    }
}

/// How an edge left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Left {
    /// It has said so, or has to begin anew.
    InOrder,
    /// It is gone.
    Lost,
}

/// Speaks with an edge until it goes.
fn serve_edge(job: &Job, reader: &mut BufReader<TcpStream>) -> Left {
    loop {
        match protocol::receive::<ToGateway>(reader) {
            Ok((ToGateway::Bye, _)) => return Left::InOrder,
            Ok((message, body)) => {
                if message.event(body).is_some_and(|event| !job.take(event)) {
                    log::say(&format!("job {} begins anew: its script does something else", job.id));
                    return Left::InOrder;
                }
            }
            Err(ProtocolError::Io(_)) => return Left::Lost,
            Err(ProtocolError::Broken(_)) => return Left::InOrder,
        }
    }
}

/// Where a cluster of this user is told of: a folder that nobody else can look into.
pub fn folder() -> PathBuf {
    let runtime = std::env::var_os("XDG_RUNTIME_DIR").map(PathBuf::from).filter(|path| path.is_absolute());
    let home = || std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".local/state"));
    runtime.or_else(home).unwrap_or_else(std::env::temp_dir).join("afar")
}
