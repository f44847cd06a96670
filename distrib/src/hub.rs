//! The hub: where units of an edge are handed to nodes. [`state`] decides; here are the threads and the processes.
//!
//! One thread owns the state. For each node there is a thread that reads what it says and one that writes what it is told,
//! so that nobody waits for a node that does not listen.

mod events;
mod state;
#[cfg(test)]
mod tests;

pub use events::{Action, Cause, Event, NodeId, NodeStatus, Resumed, Submission, Told};
pub use state::{LEASE_MS, State};

use crate::node::greeting;
use crate::protocol::{self, FromNode, Greeting, ToNode};
use crate::traffic;
use crate::wire::Blob;
use std::collections::BTreeMap;
use std::io::BufReader;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant};

/// So often a hub looks whether its nodes live.
const TICK: Duration = Duration::from_millis(50);
/// A node that was lost so soon after its start is not started again at once.
const SOON: Duration = Duration::from_secs(2);
/// After so many nodes in a row that did not live, no more are started.
const MAX_FAILURES: u32 = 5;

/// How nodes are started.
#[derive(Clone, Debug)]
pub struct Nodes {
    /// How many.
    pub n_nodes: usize,
    /// The program that serves as a node at its standard input, and its arguments.
    pub program: PathBuf,
    /// Its arguments.
    pub args: Vec<String>,
}

/// Who is told what becomes of units and values; called on the hub's thread.
pub type Ear = Box<dyn FnMut(Told) + Send>;

enum Message {
    /// What the edge wants.
    Edge(Event),
    /// What a node says.
    Said(NodeId, FromNode, Vec<u8>),
    /// A node does not say anything any more.
    Closed(NodeId),
    /// The edge asks how things are.
    Status(Sender<(Vec<NodeStatus>, usize)>),
    /// The process of a node is to be ended, as if it had died: for tests.
    Kill(NodeId),
    /// The edge has gone.
    End,
}

/// The edge's end of a hub. When the last one goes, the nodes end.
#[derive(Clone)]
pub struct Hub {
    to: Sender<Message>,
}

impl Hub {
    /// Starts a hub with its nodes.
    pub fn start(nodes: Nodes, ear: Ear) -> std::io::Result<Self> {
        let (to, from) = channel();
        let own = to.clone();
        std::thread::Builder::new().name("hub".to_owned()).spawn(move || {
            let mut keeper = Keeper {
                nodes,
                ear,
                to: own,
                began: Instant::now(),
                state: State::default(),
                peers: BTreeMap::new(),
                last_node: 0,
                n_failures: 0,
            };
            keeper.keep(&from);
        })?;
        Ok(Self { to })
    }

    /// Tells the hub what the edge wants.
    pub fn tell(&self, event: Event) {
        // A hub that is gone has told so.
        let _ = self.to.send(Message::Edge(event));
    }

    /// The nodes, and how many units wait for one.
    pub fn status(&self) -> (Vec<NodeStatus>, usize) {
        let (answer, asked) = channel();
        let _ = self.to.send(Message::Status(answer));
        asked.recv_timeout(Duration::from_secs(1)).unwrap_or_default()
    }

    /// Ends the hub and its nodes.
    pub fn end(&self) {
        let _ = self.to.send(Message::End);
    }

    /// Ends the process of a node, as if it had died.
    pub fn kill(&self, node: NodeId) {
        let _ = self.to.send(Message::Kill(node));
    }
}

/// A node as the hub reaches it.
struct Peer {
    child: Child,
    out: Sender<(ToNode, Arc<Blob>)>,
    began: Instant,
    is_greeted: bool,
}

struct Keeper {
    nodes: Nodes,
    ear: Ear,
    to: Sender<Message>,
    began: Instant,
    state: State,
    peers: BTreeMap<NodeId, Peer>,
    last_node: u32,
    /// How many nodes in a row did not live.
    n_failures: u32,
}

impl Keeper {
    fn keep(&mut self, from: &Receiver<Message>) {
        let mut next_tick = Instant::now();
        loop {
            self.fill_up();
            let left = next_tick.saturating_duration_since(Instant::now());
            if left.is_zero() {
                next_tick = Instant::now() + TICK;
                self.step(Event::Tick);
            }
            match from.recv_timeout(left) {
                Ok(Message::End) => return,
                Ok(message) => self.take(message),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return,
            }
        }
    }

    /// Starts the nodes that are missing.
    fn fill_up(&mut self) {
        while self.peers.len() < self.nodes.n_nodes && self.n_failures < MAX_FAILURES {
            self.last_node += 1;
            let id = NodeId(self.last_node);
            match self.start_node(id) {
                Ok(peer) => {
                    self.peers.insert(id, peer);
                }
                Err(_) => self.n_failures += 1,
            }
        }
        if self.peers.is_empty() && self.n_failures >= MAX_FAILURES {
            self.step(Event::NoNodes);
        }
    }

    fn start_node(&self, id: NodeId) -> std::io::Result<Peer> {
        let (ours, theirs) = UnixStream::pair()?;
        let child = Command::new(&self.nodes.program)
            .args(&self.nodes.args)
            .stdin(Stdio::from(OwnedFd::from(theirs)))
            .stdout(Stdio::null())
            .stderr(Stdio::inherit())
            // What interrupts the edge is not for it.
            .process_group(0)
            .spawn()?;
        let (out, told) = channel::<(ToNode, Arc<Blob>)>();
        let mut writer = ours.try_clone()?;
        std::thread::Builder::new().name("to node".to_owned()).spawn(move || {
            while let Ok((message, blob)) = told.recv() {
                if protocol::send(&mut writer, &message, &blob.bytes).is_err() {
                    return;
                }
            }
            let _ = writer.shutdown(std::net::Shutdown::Both);
        })?;
        let to = self.to.clone();
        std::thread::Builder::new().name("from node".to_owned()).spawn(move || {
            let mut reader = BufReader::with_capacity(1 << 16, ours);
            while let Ok((message, body)) = protocol::receive::<FromNode>(&mut reader) {
                if to.send(Message::Said(id, message, body)).is_err() {
                    return;
                }
            }
            let _ = to.send(Message::Closed(id));
        })?;
        Ok(Peer { child, out, began: Instant::now(), is_greeted: false })
    }

    fn take(&mut self, message: Message) {
        match message {
            Message::Edge(event) => self.step(event),
            Message::Said(id, said, body) => self.said(id, said, body),
            Message::Closed(id) => self.closed(id),
            Message::Status(answer) => {
                // Who asked may have gone on.
                let _ = answer.send(self.state.status());
            }
            Message::Kill(id) => self.kill(id),
            Message::End => {}
        }
    }

    fn now_ms(&self) -> u64 {
        u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    fn step(&mut self, event: Event) {
        for action in self.state.step(self.now_ms(), event) {
            match action {
                Action::Send(id, message, blob) => {
                    if matches!(message, ToNode::Slice { .. }) {
                        traffic::slice();
                    }
                    if let Some(peer) = self.peers.get(&id) {
                        // A peer that is gone is told of by its reader.
                        let _ = peer.out.send((message, blob));
                    }
                }
                Action::Tell(told) => (self.ear)(told),
                Action::Kill(id) => self.kill(id),
            }
        }
    }

    fn said(&mut self, id: NodeId, said: FromNode, body: Vec<u8>) {
        let blob = |texts| Arc::new(Blob { bytes: body, texts, ..Blob::default() });
        let event = match said {
            FromNode::Hello(theirs) => return self.greet(id, &theirs),
            FromNode::Beat { reached } => Event::Beat(id, reached),
            FromNode::Started { attempt } => Event::Started(id, attempt),
            FromNode::Printed { attempt, text } => Event::Printed(id, attempt, text),
            FromNode::Offered { attempt, range, len, ends_early, head } => {
                Event::Offered { node: id, attempt, range, len, ends_early, head, body: blob(Vec::new()) }
            }
            FromNode::SliceEnded { attempt, range, slice, end, ran_us } => {
                Event::SliceEnded { node: id, attempt, range, slice, end, ran_us, body: blob(Vec::new()) }
            }
            FromNode::Ended { attempt, bound, texts, has_failed, is_of_node } => {
                let fault = has_failed.then(|| blob(texts));
                let cause = if is_of_node { Cause::Node } else { Cause::Program };
                Event::Ended { node: id, attempt, bound, fault, cause }
            }
            FromNode::Value { key, texts, is_there } => {
                let value = blob(texts);
                Event::Value(id, key, if is_there { Ok(value) } else { Err(value) })
            }
        };
        self.step(event);
    }

    /// A node that would compute otherwise is not taken.
    fn greet(&mut self, id: NodeId, theirs: &Greeting) {
        let ours = greeting();
        let is_equal =
            (theirs.protocol, &theirs.version, theirs.libm) == (ours.protocol, &ours.version, ours.libm);
        if !is_equal {
            self.n_failures = MAX_FAILURES;
            return self.kill(id);
        }
        if let Some(peer) = self.peers.get_mut(&id) {
            peer.is_greeted = true;
            self.step(Event::NodeUp(id, usize::try_from(theirs.n_workers).unwrap_or(1)));
        }
    }

    fn closed(&mut self, id: NodeId) {
        if let Some(mut peer) = self.peers.remove(&id) {
            let is_early = !peer.is_greeted || peer.began.elapsed() < SOON;
            self.n_failures = if is_early { self.n_failures + 1 } else { 0 };
            // It may be there still, and deaf.
            let _ = peer.child.kill();
            let _ = peer.child.wait();
        }
        self.step(Event::NodeDown(id));
    }

    fn kill(&mut self, id: NodeId) {
        if let Some(peer) = self.peers.get_mut(&id) {
            // That it is gone is told by its reader.
            let _ = peer.child.kill();
        }
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        for peer in self.peers.values_mut() {
            let _ = peer.child.kill();
            let _ = peer.child.wait();
        }
    }
}
