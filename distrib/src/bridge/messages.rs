//! What a gateway and its bridge to Dask say to each other. The same messages, in the same order, stand in
//! `python/afar_dask/messages.py`, which reads and writes what postcard makes of them.

use serde::{Deserialize, Serialize};

/// What the gateway says. The body is noted where there is one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ToBridge {
    /// First of all; the body is what a node says when it only says that it lives.
    Begin {
        /// The version of Afar.
        version: String,
        /// Nodes of other epochs are those of a gateway that has gone.
        epoch: u64,
    },
    /// Begin a link to a node, or go on with one that the bridge before this one had.
    Open {
        /// Which.
        link: u64,
        /// On which worker.
        worker: String,
        /// What is started, and its arguments.
        program: Vec<String>,
        /// It is not known to have been started.
        is_new: bool,
        /// How many bytes for the node have arrived there.
        sent: u64,
        /// How many bytes of the node have arrived here.
        received: u64,
    },
    /// The body is for the node.
    Push {
        /// Over which link.
        link: u64,
        /// Where the body belongs among all bytes for the node.
        offset: u64,
    },
    /// The node is to end.
    Close {
        /// Which.
        link: u64,
    },
}

/// A worker of Dask on which a node can be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// Its address; no two workers have the same.
    pub address: String,
    /// Its name; the one that is started in its stead has the same.
    pub name: String,
}

/// What the bridge says. The body is noted where there is one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum FromBridge {
    /// It has a scheduler.
    Ready {
        /// The version of its package.
        version: String,
        /// The version of Dask.
        distributed: String,
    },
    /// All workers that can take a node.
    Places {
        /// Which.
        all: Vec<Place>,
    },
    /// A node has been started.
    Opened {
        /// Which.
        link: u64,
    },
    /// A node has been given all bytes below an offset.
    Took {
        /// Which.
        link: u64,
        /// The offset.
        offset: u64,
    },
    /// The body is what a node says.
    Got {
        /// Which.
        link: u64,
        /// Where the body belongs among all that it says.
        offset: u64,
    },
    /// A link is at its end.
    Closed {
        /// Which.
        link: u64,
        /// The node itself has ended; otherwise the way to it is gone.
        is_node: bool,
        /// How.
        why: String,
    },
    /// The bridge lives; several times in a few seconds.
    Beat {
        /// The scheduler answers.
        is_clear: bool,
    },
    /// It cannot go on, and another one could not either.
    Failed {
        /// Why.
        why: String,
    },
}
