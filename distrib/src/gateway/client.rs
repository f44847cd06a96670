//! The edge's end of a gateway. What it has said and what counts still it keeps: where the gateway is lost and comes back,
//! it says that again, and goes on.

use super::health::Health;
use super::messages::{FromGateway, ScriptHash, Status, ToGateway};
use crate::hub::{Event, Submission, Told};
use crate::node::greeting;
use crate::protocol::{self, ProtocolError};
use crate::wire::{Blob, TextHash};
use std::collections::{BTreeMap, BTreeSet};
use std::io::BufReader;
use std::net::{Shutdown, TcpStream, ToSocketAddrs};
use std::sync::mpsc::Sender;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// So long a lost gateway has to come back.
const PATIENCE: Duration = Duration::from_secs(30);
/// So long a gateway has to answer.
const TIMEOUT: Duration = Duration::from_secs(5);

/// So long it takes at most to say goodbye.
const LEAVING: Duration = Duration::from_millis(200);

/// What is wrong with a cluster.
#[derive(Debug, thiserror::Error)]
pub enum RemoteError {
    /// The text is no address.
    #[error("`{0}` is no address of a cluster: `afar://HOST:PORT` is meant")]
    Address(String),
    /// Nobody is there.
    #[error("no cluster answers at {0}: {1}")]
    Absent(String, std::io::Error),
    /// It does not let this edge in.
    #[error("the cluster at {0} refuses: {1}")]
    Refused(String, String),
    /// It says what is not understood, or ended.
    #[error("the cluster at {0} does not answer as it should: {1}")]
    Broken(String, ProtocolError),
}

/// Where a gateway is, and what it is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    /// `HOST:PORT`.
    pub host: String,
    /// What shows that one may come in.
    pub token: String,
    /// What status shows: the script.
    pub name: String,
    /// Where the modules of the program are; empty for somebody who asks about the cluster.
    pub folder: String,
    /// What is run, where it may be run again.
    pub script: Option<ScriptHash>,
}

impl Address {
    /// `HOST:PORT` of `afar://HOST:PORT`.
    ///
    /// # Errors
    ///
    /// Where it is something else.
    pub fn host_of(url: &str) -> Result<String, RemoteError> {
        let wrong = || RemoteError::Address(url.to_owned());
        let host = url.strip_prefix("afar://").ok_or_else(wrong)?.trim_end_matches('/');
        let (name, port) = host.rsplit_once(':').ok_or_else(wrong)?;
        if name.is_empty() || port.parse::<u16>().is_err() { Err(wrong()) } else { Ok(host.to_owned()) }
    }

    fn broken(&self, why: ProtocolError) -> RemoteError {
        RemoteError::Broken(self.host.clone(), why)
    }

    fn connect(&self) -> Result<(TcpStream, BufReader<TcpStream>), RemoteError> {
        let absent = |why| RemoteError::Absent(self.host.clone(), why);
        let all = self.host.to_socket_addrs().map_err(absent)?;
        let mut last = std::io::Error::from(std::io::ErrorKind::NotFound);
        for address in all {
            match TcpStream::connect_timeout(&address, TIMEOUT) {
                Ok(stream) => return self.greet(stream),
                Err(why) => last = why,
            }
        }
        Err(absent(last))
    }

    fn greet(&self, stream: TcpStream) -> Result<(TcpStream, BufReader<TcpStream>), RemoteError> {
        let greet = || -> Result<(FromGateway, BufReader<TcpStream>), ProtocolError> {
            stream.set_nodelay(true)?;
            stream.set_read_timeout(Some(TIMEOUT))?;
            let hello = ToGateway::Hello {
                token: self.token.clone(),
                greeting: greeting(),
                name: self.name.clone(),
                folder: self.folder.clone(),
                script: self.script,
            };
            protocol::send(&mut &stream, &hello, &[])?;
            let mut reader = BufReader::with_capacity(1 << 16, stream.try_clone()?);
            let (answer, _) = protocol::receive(&mut reader)?;
            stream.set_read_timeout(None)?;
            Ok((answer, reader))
        };
        match greet() {
            Ok((FromGateway::Welcome, reader)) => Ok((stream, reader)),
            Ok((FromGateway::Refused { why }, _)) => Err(RemoteError::Refused(self.host.clone(), why)),
            Ok(_) => Err(self.broken(ProtocolError::Broken("no welcome".to_owned()))),
            Err(why) => Err(self.broken(why)),
        }
    }

    fn ask(&self, question: &ToGateway) -> Result<FromGateway, RemoteError> {
        // Who asks wants no nodes.
        let asking = Self { folder: String::new(), script: None, ..self.clone() };
        let (stream, mut reader) = asking.connect()?;
        let mut ask = || -> Result<FromGateway, ProtocolError> {
            stream.set_read_timeout(Some(TIMEOUT))?;
            protocol::send(&mut &stream, question, &[])?;
            Ok(protocol::receive(&mut reader)?.0)
        };
        ask().map_err(|why| self.broken(why))
    }
}

/// How things are with a cluster.
///
/// # Errors
///
/// Where it does not answer.
pub fn ask_status(address: &Address) -> Result<Vec<Status>, RemoteError> {
    ask_health(address).map(|(sessions, _)| sessions)
}

/// How things are with a cluster, and how it is itself.
///
/// # Errors
///
/// Where it does not answer.
pub fn ask_health(address: &Address) -> Result<(Vec<Status>, Health), RemoteError> {
    match address.ask(&ToGateway::Status)? {
        FromGateway::All { sessions, health } => Ok((sessions, health)),
        _ => Err(address.broken(ProtocolError::Broken("no status".to_owned()))),
    }
}

/// Ends a job; false where there is none of this number.
///
/// # Errors
///
/// Where the cluster does not answer.
pub fn end_job(address: &Address, job: u64) -> Result<bool, RemoteError> {
    match address.ask(&ToGateway::EndJob { job })? {
        FromGateway::JobEnded { is_known } => Ok(is_known),
        _ => Err(address.broken(ProtocolError::Broken("no answer".to_owned()))),
    }
}

/// Ends a cluster.
///
/// # Errors
///
/// Where it does not answer.
pub fn shut_down(address: &Address) -> Result<(), RemoteError> {
    address.ask(&ToGateway::End).map(|_| ())
}

/// What an edge has said that counts still.
#[derive(Default)]
struct Journal {
    texts: BTreeMap<TextHash, (String, Arc<Blob>)>,
    puts: BTreeMap<u64, Arc<Blob>>,
    units: BTreeMap<u64, Submission>,
    /// Which unit a value is of.
    of: BTreeMap<u64, u64>,
    asked: BTreeSet<u64>,
}

impl Journal {
    /// Takes down what is said.
    fn note(&mut self, event: &Event) {
        match event {
            Event::Text(hash, file, text) => {
                self.texts.insert(*hash, (file.clone(), text.clone()));
            }
            Event::Submit(given) => {
                self.of.extend(given.keys.iter().map(|key| (*key, given.unit)));
                self.units.insert(given.unit, given.clone());
            }
            Event::Put(key, blob) => {
                self.puts.insert(*key, blob.clone());
            }
            Event::Ask(key) => {
                self.asked.insert(*key);
            }
            Event::Release(key) => self.release(*key),
            Event::Cancel(unit) => {
                self.units.remove(unit);
            }
            _ => {}
        }
    }

    /// A value is not wanted any more: nor is its unit, unless something is computed from it.
    fn release(&mut self, key: u64) {
        self.asked.remove(&key);
        let is_input = self.units.values().any(|u| u.inputs.contains(&key));
        if is_input {
            return;
        }
        self.puts.remove(&key);
        let Some(unit) = self.of.remove(&key) else { return };
        let is_needed = self.of.values().any(|u| *u == unit);
        if !is_needed {
            self.units.remove(&unit);
        }
    }

    /// Takes down what is told; false where it was told before.
    fn heard(&mut self, told: &Told) -> bool {
        match told {
            Told::Printed(unit, _) => {
                if let Some(given) = self.units.get_mut(unit) {
                    given.resumed.n_printed += 1;
                }
            }
            Told::Ended(unit, ..) | Told::Failed(unit, _) => {
                if let Some(given) = self.units.get_mut(unit) {
                    return !std::mem::replace(&mut given.resumed.has_ended, true);
                }
            }
            Told::Answer(key, _) | Told::Gone(key, _) => {
                self.asked.remove(key);
            }
            Told::Started(..) | Told::Working(_) => {}
        }
        true
    }

    /// All that counts, to be said again, in an order in which nothing comes before what it needs.
    fn again(&self) -> Vec<Event> {
        let texts =
            self.texts.iter().map(|(hash, (file, text))| Event::Text(*hash, file.clone(), text.clone()));
        let puts = self.puts.iter().map(|(key, blob)| Event::Put(*key, blob.clone()));
        let units = self.units.values().cloned().map(Event::Submit);
        let asked = self.asked.iter().map(|key| Event::Ask(*key));
        texts.chain(puts).chain(units).chain(asked).collect()
    }
}

struct Line {
    /// `None` while the gateway is lost.
    writer: Option<TcpStream>,
    journal: Journal,
    /// Why the gateway will not come back, once that is sure.
    gone: Option<String>,
}

/// A hub behind a gateway.
pub struct Remote {
    address: Address,
    line: Mutex<Line>,
    ear: Mutex<Sender<Told>>,
}

fn lock<T>(what: &Mutex<T>) -> MutexGuard<'_, T> {
    what.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Remote {
    /// Connects; what the hub tells goes to `ear`.
    ///
    /// # Errors
    ///
    /// Where nobody is there, or does not let this edge in.
    pub fn connect(address: Address, ear: Sender<Told>) -> Result<Arc<Self>, RemoteError> {
        let (stream, reader) = address.connect()?;
        let line = Mutex::new(Line { writer: Some(stream), journal: Journal::default(), gone: None });
        let this = Arc::new(Self { address, line, ear: Mutex::new(ear.clone()) });
        let listening = this.clone();
        let listen = move || listening.listen(reader, &ear);
        let started = std::thread::Builder::new().name("gateway".to_owned()).spawn(listen);
        started.map_err(|why| this.address.broken(why.into()))?;
        Ok(this)
    }

    /// Where it is.
    pub fn address(&self) -> &Address {
        &self.address
    }

    /// Tells the hub what the edge wants. Where the gateway is lost, it is told when it is back.
    pub fn tell(&self, event: Event) {
        let mut line = lock(&self.line);
        if let Some(why) = &line.gone {
            let told = match event {
                Event::Submit(given) => Told::Failed(given.unit, why.clone()),
                Event::Ask(key) => Told::Gone(key, why.clone()),
                _ => return,
            };
            // Who listened has gone.
            let _ = lock(&self.ear).send(told);
            return;
        }
        line.journal.note(&event);
        Self::say(&mut line, event);
    }

    /// The edge ends, and wants nothing any more.
    pub fn leave(&self) {
        // Where somebody says something that a gateway does not take, that is not waited for: it finds out by itself.
        let Ok(mut line) = self.line.try_lock() else { return };
        line.gone = Some("this process ends".to_owned());
        if let Some(writer) = &mut line.writer {
            // A gateway that is gone has nothing to forget.
            let _ = writer.set_write_timeout(Some(LEAVING));
            let _ = protocol::send(writer, &ToGateway::Bye, &[]);
        }
    }

    fn say(line: &mut Line, event: Event) {
        let Some((message, body)) = ToGateway::of(event) else { return };
        let Some(writer) = &mut line.writer else { return };
        if protocol::send(writer, &message, &body.bytes).is_err() {
            // Whoever listens notices as well.
            let _ = writer.shutdown(Shutdown::Both);
            line.writer = None;
        }
    }

    fn listen(&self, reader: BufReader<TcpStream>, ear: &Sender<Told>) {
        let mut reader = reader;
        loop {
            while let Ok((message, body)) = protocol::receive::<FromGateway>(&mut reader) {
                let Some(told) = message.told(body) else { continue };
                if lock(&self.line).journal.heard(&told) && ear.send(told).is_err() {
                    return;
                }
            }
            {
                let mut line = lock(&self.line);
                line.writer = None;
                if line.gone.is_some() {
                    return;
                }
            }
            match self.reconnect() {
                Some(again) => reader = again,
                None => return self.give_up(ear),
            }
        }
    }

    /// Connects anew, and says again what counts.
    fn reconnect(&self) -> Option<BufReader<TcpStream>> {
        let deadline = Instant::now() + PATIENCE;
        let mut nap = Duration::from_millis(50);
        while Instant::now() < deadline {
            match self.address.connect() {
                Ok((stream, reader)) => {
                    let mut line = lock(&self.line);
                    line.writer = Some(stream);
                    for event in line.journal.again() {
                        Self::say(&mut line, event);
                    }
                    return Some(reader);
                }
                Err(RemoteError::Refused(..)) => return None,
                Err(_) => std::thread::sleep(nap),
            }
            nap = (nap * 2).min(Duration::from_secs(1));
        }
        None
    }

    /// The gateway does not come back: nothing that is waited for does.
    fn give_up(&self, ear: &Sender<Told>) {
        let why = format!("the cluster at {} is gone", self.address.host);
        let mut line = lock(&self.line);
        line.gone = Some(why.clone());
        let units = line.journal.units.values().filter(|u| !u.resumed.has_ended);
        let failed = units.map(|u| Told::Failed(u.unit, why.clone()));
        let gone = line.journal.asked.iter().map(|key| Told::Gone(*key, why.clone()));
        for told in failed.chain(gone) {
            if ear.send(told).is_err() {
                return;
            }
        }
    }
}
