//! The hub: where units of an edge are handed to nodes. [`state`] decides, [`links`] reach the nodes; here is the thread that owns both.

mod clock;
mod events;
mod links;
mod state;
#[cfg(test)]
mod tests;

pub use events::{Action, Cause, Event, NodeId, NodeStatus, Offer, Resumed, Submission, Told, Work};
pub use links::{Inbox, Link, Links, Loss, Nodes};
pub use state::{LEASE_MS, State};

use crate::log;
use crate::protocol::{Along, CallEnd, ErrandSaid, ErrandTold, FromNode, Greeting, ToNode};
use crate::skew;
use crate::traffic;
use crate::wire::Blob;
use clock::Clock;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant};

/// So often a hub looks whether its nodes live.
const TICK: Duration = Duration::from_millis(50);
/// A node that was lost so soon after its start is not started again at once.
const SOON: Duration = Duration::from_secs(2);
/// After so many nodes in a row that did not live, no more are started.
const MAX_FAILURES: u32 = 5;
/// So long a node has to say who it is.
const GREETING: Duration = Duration::from_secs(20);

/// Who is told what becomes of units and values; called on the hub's thread.
pub type Ear = Box<dyn FnMut(Told) + Send>;

enum Message {
    /// What the edge wants.
    Edge(Event),
    /// What a node says.
    Said(NodeId, FromNode, Vec<u8>),
    /// A node does not say anything any more.
    Closed(NodeId, Loss),
    /// The edge asks how things are.
    Status(Sender<(Vec<NodeStatus>, usize)>),
    /// It is asked why there are no nodes.
    Trouble(Sender<Option<String>>),
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
    ///
    /// # Errors
    ///
    /// Where no thread can be started.
    pub fn start(links: Box<dyn Links>, ear: Ear) -> std::io::Result<Self> {
        let (to, from) = channel();
        let (own, tuning) = (to.clone(), links.tuning());
        std::thread::Builder::new().name("hub".to_owned()).spawn(move || {
            let mut keeper = Keeper {
                links,
                ear,
                to: own,
                clock: Clock::start(),
                state: State::new(tuning),
                peers: BTreeMap::new(),
                last_node: 0,
                n_failures: 0,
                trouble: None,
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

    /// Why there are no nodes, where none will come.
    pub fn trouble(&self) -> Option<String> {
        let (answer, asked) = channel();
        let _ = self.to.send(Message::Trouble(answer));
        asked.recv_timeout(Duration::from_secs(1)).ok().flatten()
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
    link: Box<dyn Link>,
    began: Instant,
    is_greeted: bool,
}

struct Keeper {
    links: Box<dyn Links>,
    ear: Ear,
    to: Sender<Message>,
    clock: Clock,
    state: State,
    peers: BTreeMap<NodeId, Peer>,
    last_node: u32,
    /// How many nodes in a row did not live.
    n_failures: u32,
    /// How the last of them ended.
    trouble: Option<String>,
}

impl Keeper {
    fn keep(&mut self, from: &Receiver<Message>) {
        let mut next_tick = Instant::now();
        loop {
            self.fill_up();
            let left = next_tick.saturating_duration_since(Instant::now());
            if left.is_zero() {
                next_tick = Instant::now() + TICK;
                self.end_the_mute();
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
        while self.n_failures < MAX_FAILURES {
            let id = NodeId(self.last_node + 1);
            match self.links.start(id, Inbox { id, to: self.to.clone() }) {
                Ok(Some(link)) => {
                    self.last_node += 1;
                    self.peers.insert(id, Peer { link, began: Instant::now(), is_greeted: false });
                }
                Ok(None) => break,
                Err(why) => {
                    self.n_failures += 1;
                    self.trouble = Some(why.to_string());
                }
            }
        }
        if let Some(why) = self.no_nodes() {
            self.step(Event::NoNodes(why));
        }
    }

    /// Why there are no nodes, where none will come.
    fn no_nodes(&self) -> Option<String> {
        let failed = || (self.n_failures >= MAX_FAILURES).then(|| self.trouble.clone().unwrap_or_default());
        self.peers.is_empty().then(|| self.links.trouble().or_else(failed)).flatten()
    }

    /// Ends nodes that do not say who they are.
    fn end_the_mute(&mut self) {
        let is_mute = |peer: &&mut Peer| !peer.is_greeted && peer.began.elapsed() > GREETING;
        self.peers.values_mut().filter(is_mute).for_each(|peer| peer.link.kill());
    }

    fn take(&mut self, message: Message) {
        match message {
            Message::Edge(event) => self.step(event),
            Message::Said(id, said, body) => self.said(id, said, body),
            Message::Closed(id, loss) => self.closed(id, loss),
            Message::Status(answer) => {
                // Who asked may have gone on.
                let _ = answer.send(self.state.status());
            }
            Message::Trouble(answer) => {
                let _ = answer.send(self.no_nodes());
            }
            Message::Kill(id) => self.kill(id),
            Message::End => {}
        }
    }

    fn step(&mut self, event: Event) {
        for action in self.state.step(self.clock.now_ms(), event) {
            match action {
                Action::Send(id, message, blob) => {
                    if matches!(message, ToNode::Slice { .. }) {
                        traffic::slice();
                    }
                    if matches!(
                        message,
                        ToNode::Errand { told: ErrandTold::Compute { awaited: None, .. }, .. }
                    ) {
                        traffic::call();
                    }
                    if let Some(peer) = self.peers.get(&id) {
                        peer.link.send(message, blob);
                    }
                }
                Action::Tell(told) => (self.ear)(told),
                Action::Kill(id) => {
                    log::say(&format!("node {} is not heard any more, and is ended", id.0));
                    self.kill(id);
                }
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
            FromNode::Offered { attempt, range, coming } => {
                Event::Offered { node: id, attempt, range, coming, body: blob(Vec::new()) }
            }
            FromNode::Left { attempt, range } => Event::Left { node: id, attempt, range },
            FromNode::Assisted { attempt, range, index } => {
                Event::Assisted { node: id, attempt, range, index }
            }
            FromNode::SliceEnded { attempt, range, slice, end, ran_us } => {
                Event::SliceEnded { node: id, attempt, range, slice, end, ran_us, body: blob(Vec::new()) }
            }
            FromNode::Errand { attempt, said } => {
                if let ErrandSaid::Ended { end: CallEnd::Value, awaited: None, ran_us, .. } = said {
                    traffic::called(ran_us);
                }
                Event::Errand { node: id, attempt, said, body: blob(Vec::new()) }
            }
            FromNode::Ended { attempt, bound, along, texts, has_failed, is_of_node } => {
                let all = blob(Vec::new());
                let (along, rest) = taken_apart(along, &all.bytes);
                let fault = has_failed.then(|| Arc::new(Blob { bytes: rest, texts, ..Blob::default() }));
                let cause = if is_of_node { Cause::Node } else { Cause::Program };
                Event::Ended { node: id, attempt, bound, along, fault, cause }
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
        if let Some(why) = skew::between("this process", "a node", theirs) {
            self.n_failures = MAX_FAILURES;
            self.trouble = Some(why);
            return self.kill(id);
        }
        if let Some(peer) = self.peers.get_mut(&id) {
            peer.is_greeted = true;
            let n_slots = usize::try_from(theirs.n_workers).unwrap_or(1);
            let offer = Offer { n_slots, room: theirs.room, resources: theirs.resources.clone() };
            self.step(Event::NodeUp(id, offer));
        }
    }

    fn closed(&mut self, id: NodeId, loss: Loss) {
        let event = if matches!(loss, Loss::Way(_)) { Event::NodeCutOff(id) } else { Event::NodeDown(id) };
        if let Some(mut peer) = self.peers.remove(&id) {
            let how = peer.link.end();
            self.links.ended(id);
            let why = match &loss {
                Loss::Way(why) => Some(format!("the way to it is gone, {why}")),
                Loss::Node(told) => told.clone().or_else(|| how.clone()),
            };
            log::say(&format!("node {} is lost: {}", id.0, why.unwrap_or_else(|| "it ended".to_owned())));
            match loss {
                Loss::Way(_) => {}
                Loss::Node(_) if peer.is_greeted && peer.began.elapsed() >= SOON => self.n_failures = 0,
                Loss::Node(told) => {
                    if self.n_failures < MAX_FAILURES {
                        self.trouble = told.or(how).map(|how| format!("a node dies as it starts: {how}"));
                    }
                    self.n_failures += 1;
                }
            }
        }
        self.step(event);
    }

    fn kill(&mut self, id: NodeId) {
        if let Some(peer) = self.peers.get_mut(&id) {
            // That it is gone is told by its inbox.
            peer.link.kill();
        }
    }
}

/// The values that came along with the end of a unit, and what is left of the body.
fn taken_apart(along: Vec<Along>, body: &[u8]) -> (Vec<(usize, Arc<Blob>)>, Vec<u8>) {
    let mut rest = body;
    let mut values = Vec::with_capacity(along.len());
    for Along { place, n_bytes, texts } in along {
        let n = usize::try_from(n_bytes).unwrap_or(usize::MAX);
        let Some((bytes, behind)) = rest.split_at_checked(n) else { break };
        rest = behind;
        let blob = Blob { bytes: bytes.to_vec(), texts, ..Blob::default() };
        values.push((usize::try_from(place).unwrap_or(usize::MAX), Arc::new(blob)));
    }
    (values, rest.to_vec())
}
