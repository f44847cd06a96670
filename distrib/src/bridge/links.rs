//! The nodes of one hub on the workers of Dask: one on each.

use super::{Bridge, lock};
use crate::hub::{Inbox, Link, Links, Loss, NodeId};
use crate::planner::Tuning;
use crate::protocol::{self, FromNode, ProtocolError, ToNode};
use crate::wire::Blob;
use std::collections::BTreeMap;
use std::io::Read;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};

/// The nodes of a hub, and the workers that they are on.
pub(super) struct DaskLinks {
    bridge: Arc<Bridge>,
    program: Vec<String>,
    on: BTreeMap<NodeId, String>,
}

impl DaskLinks {
    pub(super) fn new(bridge: Arc<Bridge>, program: Vec<String>) -> Self {
        Self { bridge, program, on: BTreeMap::new() }
    }
}

impl Links for DaskLinks {
    fn start(&mut self, id: NodeId, inbox: Inbox) -> std::io::Result<Option<Box<dyn Link>>> {
        let is_free = |address: &String| !self.on.values().any(|taken| taken == address);
        let free = lock(&self.bridge.state).places.iter().map(|p| p.address.clone()).find(is_free);
        let Some(worker) = free else { return Ok(None) };
        let link = self.bridge.open(worker.clone(), &self.program, inbox)?;
        self.on.insert(id, worker);
        Ok(Some(Box::new(DaskLink { bridge: self.bridge.clone(), link })))
    }

    fn ended(&mut self, id: NodeId) {
        self.on.remove(&id);
    }

    fn trouble(&self) -> Option<String> {
        self.bridge.trouble()
    }

    fn tuning(&self) -> Tuning {
        Tuning::DASK
    }
}

struct DaskLink {
    bridge: Arc<Bridge>,
    link: u64,
}

impl Link for DaskLink {
    fn send(&self, message: ToNode, blob: Arc<Blob>) {
        self.bridge.push(self.link, &message, &blob);
    }

    fn kill(&mut self) {
        self.bridge.close(self.link, Loss::Node(Some("it was told to end".to_owned())));
    }

    fn end(&mut self) -> Option<String> {
        None
    }
}

impl Drop for DaskLink {
    fn drop(&mut self) {
        self.kill();
    }
}

/// What comes over a link.
pub(super) enum Part {
    /// What the node says, in order.
    Bytes(Vec<u8>),
    /// The link is at its end.
    End(Loss),
}

/// Starts a thread that takes apart what a node says.
pub(super) fn listen(inbox: Inbox) -> std::io::Result<Sender<Part>> {
    let (said, parts) = channel();
    std::thread::Builder::new().name("from node".to_owned()).spawn(move || {
        let mut reader = Parts { parts, current: Vec::new(), at: 0, inbox: inbox.clone(), loss: None };
        let broken = loop {
            match protocol::receive::<FromNode>(&mut reader) {
                Ok((message, body)) => {
                    if !inbox.said(message, body) {
                        return;
                    }
                }
                Err(ProtocolError::Io(_)) => break None,
                Err(broken @ ProtocolError::Broken(_)) => break Some(broken.to_string()),
            }
        };
        inbox.closed(reader.loss.unwrap_or(Loss::Node(broken)));
    })?;
    Ok(said)
}

/// Bytes that come in parts, as a stream.
struct Parts {
    parts: Receiver<Part>,
    current: Vec<u8>,
    at: usize,
    inbox: Inbox,
    loss: Option<Loss>,
}

impl Read for Parts {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        while self.at == self.current.len() {
            match self.parts.recv() {
                Ok(Part::Bytes(part)) => {
                    if part.len() > 1 << 16 {
                        // A long message is under way: whoever sends it cannot say meanwhile that it lives.
                        self.inbox.lives();
                    }
                    self.current = part;
                    self.at = 0;
                }
                Ok(Part::End(loss)) => {
                    self.loss = Some(loss);
                    return Ok(0);
                }
                Err(_) => return Ok(0),
            }
        }
        let n = into.len().min(self.current.len() - self.at);
        into[..n].copy_from_slice(&self.current[self.at..self.at + n]);
        self.at += n;
        Ok(n)
    }
}
