//! What a hub and its nodes say of expressions that wait for their turn, and that nodes compute for each other.

use super::{Attempt, RangeHash};
use serde::{Deserialize, Serialize};

/// An expression that a node gave away.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct CallId {
    /// The unit, as it runs where it was given away.
    pub attempt: Attempt,
    /// The how many-th that was given away there.
    pub n: u64,
}

/// What an expression is, besides what it captured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CallHead {
    /// What it computes; see `wire::waiting_content`.
    pub key: RangeHash,
    /// The expression in the text of its code.
    pub node: u32,
    /// How many more calls may nest in it.
    pub depth_left: i64,
}

/// What became of an expression.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum CallEnd {
    /// The body is its value.
    Value,
    /// Ints did not fit: files, and expressions in them.
    Wide(Vec<(String, u32)>),
    /// It is to be computed where it stands: it raises, or its value cannot leave the node.
    InPlace,
    /// It was not begun.
    Refused,
}

/// What a hub says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ErrandTold {
    /// Somebody has nothing to do: one expression is wanted.
    Want {
        /// A part of this; else of what the unit itself runs.
        within: Option<CallId>,
        /// That has waited for so long.
        waited_ms: u64,
    },
    /// Compute this; the body is what it captured.
    Compute {
        /// Which.
        call: CallId,
        /// While waiting for this one, which was given away here: it is a part of it.
        awaited: Option<u64>,
        /// What it is.
        head: CallHead,
    },
    /// One that was given away here has ended.
    Answer {
        /// Which.
        n: u64,
        /// How.
        end: CallEnd,
    },
    /// Its turn has come: if it was not begun, it is to be given back.
    Recall {
        /// Which.
        call: CallId,
    },
    /// It is not wanted any more.
    CallOff {
        /// Which.
        call: CallId,
    },
}

/// What a node says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ErrandSaid {
    /// It runs the unit besides another node, and can compute something.
    Ready,
    /// It cannot any more.
    Busy,
    /// It gives this away; the body is what that captured.
    Gives {
        /// Which.
        n: u64,
        /// What that is a part of, where that is computed for another node.
        within: Option<CallId>,
        /// What it is.
        head: CallHead,
    },
    /// The turn has come of one that it gave away.
    Waits {
        /// Which.
        n: u64,
    },
    /// One that it gave away is not wanted any more.
    NotWanted {
        /// Which.
        n: u64,
    },
    /// It is over here; the body is its value.
    Ended {
        /// Which.
        call: CallId,
        /// While waiting for which it was computed, as in [`ErrandTold::Compute`].
        awaited: Option<u64>,
        /// How.
        end: CallEnd,
        /// How long it ran, in microseconds, without waiting for what other nodes computed.
        ran_us: u64,
    },
}
