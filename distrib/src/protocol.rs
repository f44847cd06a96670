//! What a hub and its nodes say to each other, and how it is put into frames.
//!
//! A frame is the length of its head, the length of its body, the head, and the body. The head is one message in postcard;
//! the body is what is large in it: encoded values and units, which the hub passes on without looking into them.

mod errand;

pub use errand::{CallEnd, CallHead, CallId, ErrandSaid, ErrandTold};

use crate::resources::Resources;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::io::{self, Read, Write};

/// The version of everything that is said; both sides refuse another one.
pub const VERSION: u32 = 6;
/// A longer head is no head.
const MAX_HEAD: u32 = 64 << 20;

/// What cannot go on between a hub and a node.
#[derive(Debug, thiserror::Error)]
pub enum ProtocolError {
    /// The connection is broken, or was closed: the other side is gone.
    #[error("the connection ended: {0}")]
    Io(#[from] io::Error),
    /// The other side speaks something else.
    #[error("the other side says what is not understood: {0}")]
    Broken(String),
}

/// A unit on its way: the same one may be sent more than once, each time as another attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Attempt {
    /// The unit.
    pub unit: u64,
    /// The how many-th time that it is sent.
    pub n: u32,
}

/// What is known of a held value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct About {
    /// `list[int]`.
    pub type_name: String,
    /// `len(value)`, where it has one.
    pub len: Option<u64>,
    /// The length of its canonical encoding, where it has one.
    pub nbytes: Option<u64>,
    /// The names of the edge that functions in it use: the namespace's unit and number, and the name.
    pub reaches: Vec<(u64, u64, String)>,
}

/// A range, by what it computes; see `wire::range_content`.
pub type RangeHash = [u8; 32];

/// A part of a range on its way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartHead {
    /// Its first element.
    pub lo: i64,
    /// Behind its last.
    pub hi: i64,
    /// How many bytes of the body are its value; 0 where whoever hears this has computed it.
    pub n_bytes: u64,
    /// Where ints did not fit: files, and expressions in them.
    pub sites: Vec<(String, u32)>,
}

/// A range that a node has come to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Coming {
    /// How many elements it has.
    pub len: i64,
    /// May one of them be the last that is wanted.
    pub ends_early: bool,
    /// The outer range, and the element of that in which it is.
    pub within: Option<(RangeHash, i64)>,
    /// What is done of it.
    pub head: PartHead,
    /// The node has begun all elements before this one, and goes on meanwhile; `None` where it waits for orders.
    pub under_way: Option<i64>,
    /// Each of its elements takes so long that nobody should have to wait for the end of one to take part.
    pub is_coarse: bool,
}

/// How a slice ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum SliceEnd {
    /// These elements are done; the body is what they came to.
    Stopped {
        /// Which.
        part: PartHead,
        /// Nothing behind them is wanted.
        decides: bool,
    },
    /// This element has raised, and all before it have not.
    Failed(i64),
    /// What it came to is not to leave the node, which runs all of the range by itself.
    Kept,
}

/// A value that goes along with the end of its unit: it is small, and asking for it would take longer than sending it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Along {
    /// Its place among what the unit binds.
    pub place: u32,
    /// How many bytes of the body it is.
    pub n_bytes: u32,
    /// The texts that it needs.
    pub texts: Vec<[u8; 32]>,
}

/// Who a node is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Greeting {
    /// [`VERSION`].
    pub protocol: u32,
    /// The version of Afar.
    pub version: String,
    /// What its floating-point library computes: where that differs, answers would.
    pub libm: u64,
    /// How many threads share the work of a unit.
    pub n_workers: u32,
    /// How much room it has for values, in memory and on disk, in bytes.
    pub room: u64,
    /// What it declares.
    pub resources: Resources,
    /// The process.
    pub pid: u32,
}

/// What a hub says to a node. The body is noted where there is one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ToNode {
    /// A text that code stands in; the body is the text.
    Text {
        /// Its name.
        hash: [u8; 32],
        /// The file, as tracebacks show it.
        file: String,
    },
    /// Run this; the body is the unit.
    Run {
        /// Which.
        attempt: Attempt,
        /// Under which numbers what it binds is held.
        keys: Vec<u64>,
        /// Does another node run it already.
        is_helper: bool,
    },
    /// Hold this; the body is the value.
    Hold {
        /// Its number.
        key: u64,
    },
    /// Send back what is held.
    Fetch {
        /// Its number.
        key: u64,
    },
    /// Let go.
    Release {
        /// What.
        keys: Vec<u64>,
    },
    /// Stop.
    Cancel {
        /// What.
        attempt: Attempt,
    },
    /// Run these elements of a range, in order, until the time is over.
    Slice {
        /// The unit that has come to the range.
        attempt: Attempt,
        /// The range.
        range: RangeHash,
        /// The number of the slice.
        slice: u64,
        /// The first element.
        lo: i64,
        /// Behind the last.
        hi: i64,
        /// For so long.
        budget_ms: u64,
    },
    /// A slice ends here already.
    Cut {
        /// Of which unit.
        attempt: Attempt,
        /// Of which range.
        range: RangeHash,
        /// Which slice.
        slice: u64,
        /// Behind its last element.
        hi: i64,
    },
    /// All of a range is done; the body are the values of its parts, one behind the other.
    Join {
        /// Of which unit.
        attempt: Attempt,
        /// Which range.
        range: RangeHash,
        /// In order.
        parts: Vec<PartHead>,
    },
    /// A range has failed.
    Fails {
        /// Of which unit.
        attempt: Attempt,
        /// Which range.
        range: RangeHash,
        /// The first element that fails.
        index: i64,
        /// It does not raise: each node that ran it was lost.
        is_lost: bool,
    },
    /// Nobody else takes part in a range at present.
    GoOn {
        /// Of which unit.
        attempt: Attempt,
        /// Which range.
        range: RangeHash,
    },
    /// Somebody wants to take part in what the unit does.
    Invite {
        /// Which unit.
        attempt: Attempt,
        /// In which range; `None` where in all that are in no other one.
        range: Option<RangeHash>,
    },
    /// Run an element that another node runs, to take part in the ranges within it.
    Assist {
        /// Of which unit.
        attempt: Attempt,
        /// Of which range.
        range: RangeHash,
        /// The element.
        index: i64,
    },
    /// An element is not to be run any more for what is within it.
    Dismiss {
        /// Of which unit.
        attempt: Attempt,
        /// Of which range.
        range: RangeHash,
    },
    /// There is nothing more to do.
    Bye,
    /// Of the expressions of a unit that wait for their turn; the body is what goes with it.
    Errand {
        /// Of which unit.
        attempt: Attempt,
        /// What.
        told: ErrandTold,
    },
}

/// What a node says to its hub.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum FromNode {
    /// It is there. First of all.
    Hello(Greeting),
    /// It lives; several times a second, whatever it computes.
    Beat {
        /// How far each slice has come that it has.
        reached: Vec<(Attempt, RangeHash, u64, i64)>,
    },
    /// A unit has come to a range that takes long; the body is what its first elements came to.
    Offered {
        /// Which unit.
        attempt: Attempt,
        /// What the range computes.
        range: RangeHash,
        /// What is known of it.
        coming: Coming,
    },
    /// A unit is not in a range any more, whose end it has not heard of.
    Left {
        /// Which unit.
        attempt: Attempt,
        /// Which range.
        range: RangeHash,
    },
    /// An element was run to take part in the ranges within it, and is over.
    Assisted {
        /// Of which unit.
        attempt: Attempt,
        /// Of which range.
        range: RangeHash,
        /// The element.
        index: i64,
    },
    /// A slice has ended; the body is what it came to.
    SliceEnded {
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
    },
    /// A unit has begun.
    Started {
        /// Which.
        attempt: Attempt,
    },
    /// A statement of a block has printed; `true` for stderr.
    Printed {
        /// Which.
        attempt: Attempt,
        /// What.
        text: Vec<(String, bool)>,
    },
    /// A unit has ended; the body are the values that go along, one behind the other, and the fault, empty where it ended well.
    Ended {
        /// Which.
        attempt: Attempt,
        /// What is held now, in the order of its keys; `None` where a name was not bound.
        bound: Vec<Option<About>>,
        /// What of that is in the body.
        along: Vec<Along>,
        /// The texts that the fault needs.
        texts: Vec<[u8; 32]>,
        /// Did it end with a fault.
        has_failed: bool,
        /// The fault says nothing about the program, as when the node has too little memory.
        is_of_node: bool,
    },
    /// What was asked for; the body is the value, or the fault that says why it cannot be sent.
    Value {
        /// Its number.
        key: u64,
        /// The texts that the body needs.
        texts: Vec<[u8; 32]>,
        /// Is it a value, not a fault.
        is_there: bool,
    },
    /// Of the expressions of a unit that wait for their turn; the body is what goes with it.
    Errand {
        /// Of which unit.
        attempt: Attempt,
        /// What.
        said: ErrandSaid,
    },
}

/// Sends a message.
///
/// # Errors
///
/// Where the other side is gone.
pub fn send<M: Serialize>(to: &mut impl Write, message: &M, body: &[u8]) -> Result<(), ProtocolError> {
    let head = postcard::to_stdvec(message).map_err(|e| ProtocolError::Broken(e.to_string()))?;
    let n_head = u32::try_from(head.len()).map_err(|_| ProtocolError::Broken("a long message".to_owned()))?;
    let mut start = Vec::with_capacity(12 + head.len());
    start.extend_from_slice(&n_head.to_le_bytes());
    start.extend_from_slice(&(body.len() as u64).to_le_bytes());
    start.extend_from_slice(&head);
    to.write_all(&start)?;
    to.write_all(body)?;
    to.flush()?;
    Ok(())
}

/// Waits for a message.
///
/// # Errors
///
/// Where the other side is gone, or says what is no message.
pub fn receive<M: DeserializeOwned>(from: &mut impl Read) -> Result<(M, Vec<u8>), ProtocolError> {
    let mut lengths = [0; 12];
    from.read_exact(&mut lengths)?;
    let [a, b, c, d, rest @ ..] = lengths;
    let n_head = u32::from_le_bytes([a, b, c, d]);
    let n_body = u64::from_le_bytes(rest);
    if n_head > MAX_HEAD {
        return Err(ProtocolError::Broken("a head that is too long".to_owned()));
    }
    let mut head = vec![0; usize::try_from(n_head).unwrap_or(0)];
    from.read_exact(&mut head)?;
    let message = postcard::from_bytes(&head).map_err(|e| ProtocolError::Broken(e.to_string()))?;
    let mut body = Vec::new();
    // What is promised is not made room for before it comes.
    if from.take(n_body).read_to_end(&mut body)? as u64 != n_body {
        return Err(io::Error::from(io::ErrorKind::UnexpectedEof).into());
    }
    Ok((message, body))
}

#[cfg(test)]
mod tests {
    use super::{Attempt, FromNode, ToNode, receive, send};

    #[test]
    fn what_is_sent_arrives() {
        let mut pipe = Vec::new();
        let (attempt, keys) = (Attempt { unit: 7, n: 2 }, vec![1, u64::MAX]);
        let run = ToNode::Run { attempt, keys, is_helper: true };
        assert!(send(&mut pipe, &run, b"body").is_ok());
        assert!(send(&mut pipe, &FromNode::Beat { reached: Vec::new() }, b"").is_ok());
        let mut from = &pipe[..];
        let (first, body): (ToNode, _) = receive(&mut from).unwrap_or((ToNode::Bye, Vec::new()));
        assert_eq!((first, &body[..]), (run, &b"body"[..]));
        assert!(matches!(receive::<FromNode>(&mut from), Ok((FromNode::Beat { .. }, _))));
        assert!(receive::<FromNode>(&mut from).is_err());
    }

    #[test]
    fn what_is_broken_is_refused() {
        for bytes in [&[0xff; 40][..], &[4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 99, 99, 99, 99], &[1, 0]] {
            assert!(receive::<ToNode>(&mut &bytes[..]).is_err());
        }
    }
}
