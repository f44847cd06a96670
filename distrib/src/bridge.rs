//! The bridge to Dask, as the gateway has it: a child process that is the only client of Dask, and links over it to nodes that are children of
//! Dask's workers.
//!
//! A link is two streams of bytes, counted from its beginning on. What was sent is kept until the node has it. So a bridge
//! that is lost takes nothing with it: the next one goes on where the streams are.

mod child;
mod links;
mod messages;
pub mod package;
#[cfg(test)]
mod tests;

pub use messages::{FromBridge, Place, ToBridge};

use crate::hub::{Inbox, Links, Loss};
use crate::protocol::{self, FromNode, ToNode};
use crate::wire::Blob;
use links::{DaskLinks, Part};
use std::collections::{BTreeMap, VecDeque};
use std::path::PathBuf;
use std::sync::mpsc::Sender;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// A bridge that is not heard for so long is not waited for: who is silent behind it is not to blame.
const UNCLEAR: Duration = Duration::from_secs(2);
/// Where no worker can be reached for so long, none is waited for.
const PATIENCE: Duration = Duration::from_secs(90);

/// How the bridge is started.
#[derive(Clone, Debug)]
pub struct Config {
    /// A Python that has Dask.
    pub python: PathBuf,
    /// The folder with the package that the bridge is in.
    pub package: PathBuf,
    /// Where the scheduler is told of.
    pub cluster: PathBuf,
    /// How many workers there are to be.
    pub n_workers: usize,
    /// What serves as a node, and its arguments.
    pub program: Vec<String>,
    /// Nodes of other epochs are those of a gateway that has gone.
    pub epoch: u64,
}

/// What the bridge is told goes here; `None` while there is none.
type Out = Option<Sender<(ToBridge, Arc<Vec<u8>>)>>;

/// A link, as the gateway knows it.
struct Line {
    worker: String,
    program: Vec<String>,
    is_opened: bool,
    inbox: Inbox,
    /// What the node says goes to the thread that takes it apart.
    said: Sender<Part>,
    received: u64,
    /// Where the node is in what is for it, and what it has not taken.
    taken: u64,
    sent: u64,
    waiting: VecDeque<Arc<Vec<u8>>>,
}

/// How things are with the bridge.
struct State {
    out: Out,
    places: Vec<Place>,
    lines: BTreeMap<u64, Line>,
    last: u64,
    /// When the bridge last said that all is well.
    clear: Instant,
    /// When there was last a worker.
    reached: Instant,
    distributed: String,
    /// Why no bridge will ever work.
    failed: Option<String>,
}

/// The bridge of a gateway.
pub struct Bridge {
    config: Config,
    state: Mutex<State>,
}

fn lock<T>(what: &Mutex<T>) -> MutexGuard<'_, T> {
    what.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Bridge {
    /// Starts a bridge, and whatever keeps it running.
    ///
    /// # Errors
    ///
    /// Where no thread can be started.
    pub fn start(config: Config) -> std::io::Result<Arc<Self>> {
        let this = Arc::new(Self::new(config));
        child::keep(&this)?;
        Ok(this)
    }

    fn new(config: Config) -> Self {
        let now = Instant::now();
        let state = State {
            out: None,
            places: Vec::new(),
            lines: BTreeMap::new(),
            last: 0,
            clear: now,
            reached: now,
            distributed: String::new(),
            failed: None,
        };
        Self { config, state: Mutex::new(state) }
    }

    /// Nodes for a hub: one on each worker, which get these arguments besides.
    pub fn links(self: &Arc<Self>, args: &[String]) -> Box<dyn Links> {
        let mut program = self.config.program.clone();
        program.extend_from_slice(args);
        Box::new(DaskLinks::new(self.clone(), program))
    }

    /// The workers that can take a node.
    pub fn places(&self) -> Vec<Place> {
        lock(&self.state).places.clone()
    }

    /// How many workers there are to be.
    pub fn n_workers(&self) -> usize {
        self.config.n_workers
    }

    /// The version of Dask; empty while it is not known.
    pub fn distributed(&self) -> String {
        lock(&self.state).distributed.clone()
    }

    /// Why there will be no node, where that is sure.
    pub fn trouble(&self) -> Option<String> {
        let state = lock(&self.state);
        let is_lost = state.places.is_empty() && state.reached.elapsed() > PATIENCE;
        let lost = || is_lost.then(|| "no worker of Dask can be reached".to_owned());
        state.failed.clone().or_else(lost)
    }

    /// Opens a link to a new node on a worker.
    fn open(&self, worker: String, program: &[String], inbox: Inbox) -> std::io::Result<u64> {
        let said = links::listen(inbox.clone())?;
        let mut state = lock(&self.state);
        state.last += 1;
        let link = state.last;
        let line = Line {
            worker,
            program: program.to_vec(),
            is_opened: false,
            inbox,
            said,
            received: 0,
            taken: 0,
            sent: 0,
            waiting: VecDeque::new(),
        };
        let message = line.open(link);
        state.lines.insert(link, line);
        state.say(message, Arc::default());
        Ok(link)
    }

    fn push(&self, link: u64, message: &ToNode, blob: &Blob) {
        let mut bytes = Vec::with_capacity(blob.bytes.len() + 64);
        if protocol::send(&mut bytes, message, &blob.bytes).is_err() {
            // What cannot be said cannot be said over any other way either.
            return self.close(link, Loss::Way("a message that is too long".to_owned()));
        }
        let bytes = Arc::new(bytes);
        let mut state = lock(&self.state);
        let Some(line) = state.lines.get_mut(&link) else { return };
        let offset = line.sent;
        line.sent += bytes.len() as u64;
        line.waiting.push_back(bytes.clone());
        state.say(ToBridge::Push { link, offset }, bytes);
    }

    /// Ends a link, and the node at its other end.
    fn close(&self, link: u64, loss: Loss) {
        let mut state = lock(&self.state);
        if let Some(line) = state.lines.remove(&link) {
            // The bridge tells of its place again when the node is gone.
            state.places.retain(|place| place.address != line.worker);
            state.say(ToBridge::Close { link }, Arc::default());
            line.end(loss);
        }
    }

    // What the bridge says.

    /// A bridge has come: it is told all that the one before it knew.
    fn begin(&self, out: Sender<(ToBridge, Arc<Vec<u8>>)>) {
        let mut state = lock(&self.state);
        state.out = Some(out);
        let again: Vec<_> = state.lines.iter().flat_map(|(link, line)| line.again(*link)).collect();
        let version = env!("CARGO_PKG_VERSION").to_owned();
        let mut beat = Vec::new();
        // Writing into memory does not fail.
        let _ = protocol::send(&mut beat, &FromNode::Beat { reached: Vec::new() }, &[]);
        state.say(ToBridge::Begin { version, epoch: self.config.epoch }, Arc::new(beat));
        again.into_iter().for_each(|(message, body)| state.say(message, body));
    }

    fn lost(&self) {
        let mut state = lock(&self.state);
        state.out = None;
        state.places.clear();
    }

    fn hear(&self, message: FromBridge, body: Vec<u8>) {
        let mut state = lock(&self.state);
        match message {
            FromBridge::Ready { distributed, .. } => state.distributed = distributed,
            FromBridge::Places { all } => state.places = all,
            FromBridge::Opened { link } => {
                if let Some(line) = state.lines.get_mut(&link) {
                    line.is_opened = true;
                }
            }
            FromBridge::Took { link, offset } => {
                if let Some(line) = state.lines.get_mut(&link) {
                    line.took(offset);
                }
            }
            FromBridge::Got { link, offset } => {
                if let Some(line) = state.lines.get_mut(&link) {
                    line.got(offset, body);
                }
            }
            FromBridge::Closed { link, is_node, why } => {
                if let Some(line) = state.lines.remove(&link) {
                    line.end(if is_node { Loss::Node(Some(why)) } else { Loss::Way(why) });
                }
            }
            FromBridge::Beat { is_clear } => {
                if is_clear {
                    state.clear = Instant::now();
                }
            }
            FromBridge::Failed { why } => state.failed = Some(why),
        }
        if !state.places.is_empty() || !state.lines.is_empty() {
            state.reached = Instant::now();
        }
    }

    /// While the way is not clear, nodes that are not heard are not to blame: it vouches for them.
    fn vouch(&self) {
        let state = lock(&self.state);
        if state.clear.elapsed() > UNCLEAR && state.clear.elapsed() < PATIENCE {
            state.lines.values().filter(|line| line.is_opened).for_each(|line| line.inbox.lives());
        }
    }
}

impl State {
    fn say(&mut self, message: ToBridge, body: Arc<Vec<u8>>) {
        if let Some(out) = &self.out {
            // A bridge that is gone is told of by its reader; the next one is told all that counts.
            let _ = out.send((message, body));
        }
    }
}

impl Line {
    fn open(&self, link: u64) -> ToBridge {
        ToBridge::Open {
            link,
            worker: self.worker.clone(),
            program: self.program.clone(),
            is_new: !self.is_opened,
            sent: self.taken,
            received: self.received,
        }
    }

    /// What a new bridge is told of it.
    fn again(&self, link: u64) -> Vec<(ToBridge, Arc<Vec<u8>>)> {
        let mut all = vec![(self.open(link), Arc::default())];
        let mut offset = self.sent - self.waiting.iter().map(|part| part.len() as u64).sum::<u64>();
        for part in &self.waiting {
            let end = offset + part.len() as u64;
            // Of a part that the node has to some extent, the rest.
            let skipped = usize::try_from(self.taken.saturating_sub(offset)).unwrap_or(0);
            let rest = if skipped == 0 { part.clone() } else { Arc::new(part[skipped..].to_vec()) };
            all.push((ToBridge::Push { link, offset: offset.max(self.taken) }, rest));
            offset = end;
        }
        all
    }

    fn took(&mut self, offset: u64) {
        self.taken = self.taken.max(offset.min(self.sent));
        let mut begin = self.sent - self.waiting.iter().map(|part| part.len() as u64).sum::<u64>();
        while let Some(part) = self.waiting.front() {
            begin += part.len() as u64;
            if begin > self.taken {
                break;
            }
            self.waiting.pop_front();
        }
    }

    fn got(&mut self, offset: u64, body: Vec<u8>) {
        // After a bridge was lost, the next one asks from where this one is.
        if offset == self.received {
            self.received += body.len() as u64;
            // Whoever takes it apart has told when it has gone.
            let _ = self.said.send(Part::Bytes(body));
        }
    }

    /// The hub is told that the node is gone, behind all that it has said.
    fn end(&self, loss: Loss) {
        let _ = self.said.send(Part::End(loss));
    }
}
