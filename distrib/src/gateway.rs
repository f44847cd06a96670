//! The gateway: a process that keeps nodes for edges in other processes.
//!
//! Each edge that connects gets a [`Hub`] of its own with its own nodes, so that what one program loads and binds is not
//! seen by another. All of it binds the loopback address, and asks for a token.

mod client;
mod health;
mod messages;
#[cfg(test)]
mod tests;

pub use client::{Address, Remote, RemoteError, ask_health, ask_status, shut_down};
pub use health::{Engine, Health, WorkerStatus};
pub use messages::{FromGateway, Status, ToGateway};

use crate::hub::Hub;
use crate::protocol::{self, ProtocolError};
use crate::skew;
use crate::wire::Blob;
use health::Trial;
use std::collections::BTreeMap;
use std::io::BufReader;
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// So long an edge has to say who it is.
const HANDSHAKE: Duration = Duration::from_secs(5);

/// How a gateway works.
pub struct Config {
    /// Where the nodes of a session come from; the folder of the script is added.
    pub engine: Engine,
    /// Who knows this may come in.
    pub token: String,
}

/// What one gateway knows of its sessions.
struct Gateway {
    config: Config,
    trial: Trial,
    sessions: Mutex<BTreeMap<u64, (String, Hub)>>,
    last: Mutex<u64>,
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
    let trial = Trial::start(&config.engine)?;
    let gateway = Arc::new(Gateway { config, trial, sessions: Mutex::default(), last: Mutex::default() });
    let (end, ended): (Sender<()>, Receiver<()>) = channel();
    let taker = listener.try_clone()?;
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
        let ToGateway::Hello { token, greeting: theirs, name, folder } = hello else { return Ok(false) };
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
        let is_edge = !folder.is_empty();
        let mut session = Session { gateway: self, name, folder, writer, hub: None };
        if is_edge {
            // Its nodes start while it compiles.
            session.hub()?;
        }
        let result = session.serve(&mut reader);
        drop(session);
        result
    }

    fn status(&self) -> Vec<Status> {
        let sessions: Vec<(String, Hub)> = lock(&self.sessions).values().cloned().collect();
        sessions
            .into_iter()
            .map(|(name, hub)| {
                let (nodes, n_ready) = hub.status();
                Status { name, nodes, n_ready: n_ready as u64 }
            })
            .collect()
    }
}

/// One edge, as the gateway knows it.
struct Session<'g> {
    gateway: &'g Gateway,
    name: String,
    folder: String,
    writer: TcpStream,
    hub: Option<(u64, Hub)>,
}

impl Session<'_> {
    fn serve(&mut self, reader: &mut BufReader<TcpStream>) -> Result<bool, ProtocolError> {
        loop {
            match protocol::receive::<ToGateway>(reader) {
                Ok((ToGateway::Status, _)) => {
                    let all = self.gateway.status();
                    let health = self.gateway.trial.health(&self.gateway.config.engine);
                    protocol::send(&mut self.writer, &FromGateway::All { sessions: all, health }, &[])?;
                }
                Ok((ToGateway::End, _)) => {
                    protocol::send(&mut self.writer, &FromGateway::Bye, &[])?;
                    return Ok(true);
                }
                Ok((message, body)) => {
                    if let Some(event) = message.event(body) {
                        self.hub()?.tell(event);
                    }
                }
                // It has gone: so does what it had.
                Err(ProtocolError::Io(_)) => return Ok(false),
                Err(broken) => return Err(broken),
            }
        }
    }

    /// The hub of this session, made when it is first needed.
    fn hub(&mut self) -> Result<&Hub, ProtocolError> {
        if self.hub.is_none() {
            let (tell, told) = channel();
            let mut writer = self.writer.try_clone()?;
            std::thread::Builder::new().name("to edge".to_owned()).spawn(move || {
                for told in told {
                    let (message, body): (FromGateway, Arc<Blob>) = FromGateway::of(told);
                    if protocol::send(&mut writer, &message, &body.bytes).is_err() {
                        return;
                    }
                }
            })?;
            let links = self.gateway.config.engine.links(&["--folder".to_owned(), self.folder.clone()]);
            // Where the edge has gone, nobody is told.
            let hub = Hub::start(links, Box::new(move |told| drop(tell.send(told))))?;
            let id = {
                let mut last = lock(&self.gateway.last);
                *last += 1;
                *last
            };
            lock(&self.gateway.sessions).insert(id, (self.name.clone(), hub.clone()));
            self.hub = Some((id, hub));
        }
        match &self.hub {
            Some((_, hub)) => Ok(hub),
            None => Err(ProtocolError::Broken("a session without a hub".to_owned())),
        }
    }
}

impl Drop for Session<'_> {
    fn drop(&mut self) {
        if let Some((id, hub)) = self.hub.take() {
            lock(&self.gateway.sessions).remove(&id);
            hub.end();
        }
    }
}

/// Where a cluster of this user is told of: a folder that nobody else can look into.
pub fn folder() -> PathBuf {
    let runtime = std::env::var_os("XDG_RUNTIME_DIR").map(PathBuf::from).filter(|path| path.is_absolute());
    let home = || std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".local/state"));
    runtime.or_else(home).unwrap_or_else(std::env::temp_dir).join("afar")
}
