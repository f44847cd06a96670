//! What happens to a hub, what it does, and what it tells the edge.

use crate::protocol::{About, Attempt, Coming, ErrandSaid, RangeHash, SliceEnd, ToNode};
use crate::resources::Resources;
use crate::wire::{Blob, TextHash};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// A node, by number; never used twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct NodeId(pub u32);

/// What happens to a hub.
#[derive(Clone, Debug)]
pub enum Event {
    /// A node has come, and has this.
    NodeUp(NodeId, Offer),
    /// A node is gone.
    NodeDown(NodeId),
    /// The way to a node is gone: whatever ran there is not to blame.
    NodeCutOff(NodeId),
    /// No node can be had, and why.
    NoNodes(String),
    /// A node lives, and has come so far with its slices of ranges.
    Beat(NodeId, Vec<(Attempt, RangeHash, u64, i64)>),
    /// A unit has come to a range that takes long.
    Offered {
        /// Where.
        node: NodeId,
        /// The unit.
        attempt: Attempt,
        /// The range.
        range: RangeHash,
        /// What is known of it.
        coming: Coming,
        /// What is done of it came to this.
        body: Arc<Blob>,
    },
    /// A node is not in a range any more, whose end it has not heard of.
    Left {
        /// Which.
        node: NodeId,
        /// Of which unit.
        attempt: Attempt,
        /// Of which range.
        range: RangeHash,
    },
    /// A node has run an element for what is within it.
    Assisted {
        /// Where.
        node: NodeId,
        /// Of which unit.
        attempt: Attempt,
        /// Of which range.
        range: RangeHash,
        /// The element.
        index: i64,
    },
    /// A slice of a range has ended.
    SliceEnded {
        /// Where.
        node: NodeId,
        /// Of which unit.
        attempt: Attempt,
        /// Of which range.
        range: RangeHash,
        /// Which slice.
        slice: u64,
        /// How.
        end: SliceEnd,
        /// How long it ran, in microseconds.
        ran_us: u64,
        /// What it came to.
        body: Arc<Blob>,
    },
    /// A node has said something of the expressions of a unit that wait for their turn.
    Errand {
        /// Which.
        node: NodeId,
        /// Of which unit.
        attempt: Attempt,
        /// What.
        said: ErrandSaid,
        /// What goes with it.
        body: Arc<Blob>,
    },
    /// A text that code of the edge stands in: the file and the text.
    Text(TextHash, String, Arc<Blob>),
    /// The edge wants a unit to be run.
    Submit(Submission),
    /// The edge has a value under a number.
    Put(u64, Arc<Blob>),
    /// The edge asks for a value.
    Ask(u64),
    /// The edge does not want a value any more.
    Release(u64),
    /// The edge does not want a unit any more.
    Cancel(u64),
    /// A unit has begun.
    Started(NodeId, Attempt),
    /// A unit has printed.
    Printed(NodeId, Attempt, Vec<(String, bool)>),
    /// A unit has ended.
    Ended {
        /// Where.
        node: NodeId,
        /// Which.
        attempt: Attempt,
        /// What it bound.
        bound: Vec<Option<About>>,
        /// What came along of that, by its place.
        along: Vec<(usize, Arc<Blob>)>,
        /// Its fault.
        fault: Option<Arc<Blob>>,
        /// What the fault lies in.
        cause: Cause,
    },
    /// A node has sent a value, or the fault that says why it cannot.
    Value(NodeId, u64, Result<Arc<Blob>, Arc<Blob>>),
    /// Time has passed.
    Tick,
}

/// What a node has.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Offer {
    /// So many units may run on it at once.
    pub n_slots: usize,
    /// So much room is for values, in memory and on disk, in bytes.
    pub room: u64,
    /// What it declares.
    pub resources: Resources,
}

/// What ended a unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// The program: it would end so anywhere.
    Program,
    /// The node, as when it has too little memory or was told to stop: where another one runs the unit too, that one counts.
    Node,
}

/// A unit as the edge sends it.
#[derive(Clone, Debug)]
pub struct Submission {
    /// Its number.
    pub unit: u64,
    /// What is run.
    pub blob: Arc<Blob>,
    /// The values that its proxies stand for.
    pub inputs: Vec<u64>,
    /// Under which numbers what it binds is held.
    pub keys: Vec<u64>,
    /// Higher ones start first.
    pub priority: i64,
    /// The edge waits for it: it starts at once, whatever else runs.
    pub is_urgent: bool,
    /// It runs only where these are declared, and not in use.
    pub resources: Resources,
    /// How far it was when the hub before this one was lost.
    pub resumed: Resumed,
}

/// What the edge has heard of a unit from a hub that was lost.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Resumed {
    /// How many texts it has printed.
    pub n_printed: u64,
    /// That it has ended: it runs again only where somebody asks for what it made.
    pub has_ended: bool,
}

/// What a hub does.
#[derive(Clone, Debug)]
pub enum Action {
    /// It says something to a node.
    Send(NodeId, ToNode, Arc<Blob>),
    /// It tells the edge something.
    Tell(Told),
    /// It ends a node that is not heard any more.
    Kill(NodeId),
}

/// What the edge is told.
#[derive(Clone, Debug)]
pub enum Told {
    /// A unit has begun.
    Started(u64, NodeId),
    /// A unit has printed.
    Printed(u64, Vec<(String, bool)>),
    /// A unit has ended: what is held of it, and its fault.
    Ended(u64, Vec<Option<(u64, About)>>, Option<Arc<Blob>>),
    /// A unit cannot be run, and why.
    Failed(u64, String),
    /// A value that was asked for, or the fault that says why there is none.
    Answer(u64, Result<Arc<Blob>, Arc<Blob>>),
    /// A value that was asked for is not there, and why.
    Gone(u64, String),
    /// How far a unit is that the edge waits for; now and then.
    Working(Work),
}

/// How far a unit is, and who works.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Work {
    /// Which.
    pub unit: u64,
    /// How many elements of the range that nodes share are done.
    pub n_done: u64,
    /// How many it has; zero where none is shared.
    pub n_all: u64,
    /// How many nodes run something.
    pub n_busy: u32,
    /// How many there are.
    pub n_nodes: u32,
}

/// What a hub says of a node.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NodeStatus {
    /// The node.
    pub node: NodeId,
    /// How many units it runs at once.
    pub n_slots: u64,
    /// How many it runs at this moment.
    pub n_running: u64,
    /// How many values it holds.
    pub n_held: u64,
    /// How many bytes these are.
    pub nbytes_held: u64,
    /// What it declares.
    pub resources: Resources,
}
