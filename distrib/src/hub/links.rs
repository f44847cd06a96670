//! The way from a hub to its nodes: processes of its own, or whatever else keeps them. Here are the processes.

use super::{Message, NodeId};
use crate::planner::Tuning;
use crate::protocol::{self, FromNode, ToNode};
use crate::wire::Blob;
use std::io::BufReader;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::Arc;
use std::sync::mpsc::{Sender, channel};
use std::time::{Duration, Instant};

/// So long a node that has closed its socket has to end by itself.
const ENDING: Duration = Duration::from_millis(200);

/// Where a hub gets its nodes from.
pub trait Links: Send {
    /// Starts a node, if there is a place for one more; what it says goes to `inbox`.
    ///
    /// # Errors
    ///
    /// Where it cannot be started.
    fn start(&mut self, id: NodeId, inbox: Inbox) -> std::io::Result<Option<Box<dyn Link>>>;

    /// A node that was started is gone, and its place is free.
    fn ended(&mut self, id: NodeId);

    /// Why there will be no node, where that is sure.
    fn trouble(&self) -> Option<String>;

    /// What the way to the nodes is like.
    fn tuning(&self) -> Tuning;
}

/// The way to one node.
pub trait Link: Send {
    /// Says something to the node. That it is gone is told by its inbox.
    fn send(&self, message: ToNode, blob: Arc<Blob>);

    /// Ends the node, as if it had died; its inbox tells of that.
    fn kill(&mut self);

    /// The node is gone: tidies up, and says how it ended, where that is known here.
    fn end(&mut self) -> Option<String>;
}

/// How a hub lost a node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Loss {
    /// It has ended, and how, where that is known.
    Node(Option<String>),
    /// The way to it is gone, and why: the node is not to blame.
    Way(String),
}

/// Where what a node says is put.
#[derive(Clone)]
pub struct Inbox {
    pub(super) id: NodeId,
    pub(super) to: Sender<Message>,
}

impl Inbox {
    /// The node has said something; false where the hub is gone.
    pub fn said(&self, message: FromNode, body: Vec<u8>) -> bool {
        self.to.send(Message::Said(self.id, message, body)).is_ok()
    }

    /// The node lives, as far as can be known, although it does not say so.
    pub fn lives(&self) {
        // A hub that is gone needs no nodes.
        let _ = self.to.send(Message::Said(self.id, FromNode::Beat { reached: Vec::new() }, Vec::new()));
    }

    /// The node does not say anything any more.
    pub fn closed(&self, loss: Loss) {
        // A hub that is gone needs no nodes.
        let _ = self.to.send(Message::Closed(self.id, loss));
    }
}

/// Nodes that are processes of this machine, and children of this one.
#[derive(Clone, Debug)]
pub struct Nodes {
    /// How many.
    pub n_nodes: usize,
    /// The program that serves as a node at its standard input.
    pub program: PathBuf,
    /// Its arguments.
    pub args: Vec<String>,
}

impl Nodes {
    /// As a hub uses them.
    pub fn links(self) -> Box<dyn Links> {
        Box::new(Processes { nodes: self, n_started: 0 })
    }
}

struct Processes {
    nodes: Nodes,
    n_started: usize,
}

impl Links for Processes {
    fn start(&mut self, _: NodeId, inbox: Inbox) -> std::io::Result<Option<Box<dyn Link>>> {
        if self.n_started >= self.nodes.n_nodes {
            return Ok(None);
        }
        let process = Process::start(&self.nodes, inbox)?;
        self.n_started += 1;
        Ok(Some(Box::new(process)))
    }

    fn ended(&mut self, _: NodeId) {
        self.n_started -= 1;
    }

    fn trouble(&self) -> Option<String> {
        None
    }

    fn tuning(&self) -> Tuning {
        Tuning::PROCESSES
    }
}

struct Process {
    child: Child,
    out: Sender<(ToNode, Arc<Blob>)>,
}

impl Process {
    fn start(nodes: &Nodes, inbox: Inbox) -> std::io::Result<Self> {
        let (ours, theirs) = UnixStream::pair()?;
        let mut writer = ours.try_clone()?;
        let child = Command::new(&nodes.program)
            .args(&nodes.args)
            .stdin(Stdio::from(OwnedFd::from(theirs)))
            .stdout(Stdio::null())
            .stderr(Stdio::inherit())
            // What interrupts the edge is not for it.
            .process_group(0)
            .spawn()?;
        let (out, told) = channel::<(ToNode, Arc<Blob>)>();
        let process = Self { child, out };
        std::thread::Builder::new().name("to node".to_owned()).spawn(move || {
            while let Ok((message, blob)) = told.recv() {
                if protocol::send(&mut writer, &message, &blob.bytes).is_err() {
                    return;
                }
            }
            let _ = writer.shutdown(std::net::Shutdown::Both);
        })?;
        std::thread::Builder::new().name("from node".to_owned()).spawn(move || {
            let mut reader = BufReader::with_capacity(1 << 16, ours);
            while let Ok((message, body)) = protocol::receive::<FromNode>(&mut reader) {
                if !inbox.said(message, body) {
                    return;
                }
            }
            inbox.closed(Loss::Node(None));
        })?;
        Ok(process)
    }
}

impl Link for Process {
    fn send(&self, message: ToNode, blob: Arc<Blob>) {
        // A node that is gone is told of by its reader.
        let _ = self.out.send((message, blob));
    }

    fn kill(&mut self) {
        // That it is gone is told by its reader.
        let _ = self.child.kill();
    }

    fn end(&mut self) -> Option<String> {
        let deadline = Instant::now() + ENDING;
        while Instant::now() < deadline {
            match self.child.try_wait() {
                Ok(Some(status)) => return Some(how_it_ended(status)),
                Ok(None) => std::thread::sleep(Duration::from_millis(2)),
                Err(_) => break,
            }
        }
        // It may be there still, and deaf.
        let _ = self.child.kill();
        let _ = self.child.wait();
        Some("it closed its socket".to_owned())
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The end of a process, in words.
fn how_it_ended(status: ExitStatus) -> String {
    match (status.code(), status.signal()) {
        (Some(code), _) => format!("it ended with status {code}"),
        (None, Some(signal)) => format!("it was killed by signal {signal}"),
        (None, None) => status.to_string(),
    }
}
