//! What an edge and a gateway say to each other: the events of a hub and what it tells, as plain data with a body.

use super::health::Health;
use crate::hub::{Event, NodeStatus, Resumed, Submission, Told, Work};
use crate::protocol::{About, Greeting};
use crate::resources::Resources;
use crate::wire::{Blob, TextHash};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// What is run by an edge, in one hash: a script and what it is given.
pub type ScriptHash = [u8; 32];

/// The hash of what is run: its text, its name, its arguments, where it runs.
pub fn script_hash<'t>(parts: impl IntoIterator<Item = &'t str>) -> ScriptHash {
    let mut hasher = blake3::Hasher::new();
    for part in parts {
        hasher.update(&(part.len() as u64).to_le_bytes());
        hasher.update(part.as_bytes());
    }
    *hasher.finalize().as_bytes()
}

/// What an edge says to a gateway. The body is noted where there is one.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum ToGateway {
    /// First of all.
    Hello {
        /// What shows that it may come in.
        token: String,
        /// Who it is.
        greeting: Greeting,
        /// What status shows: the script.
        name: String,
        /// Where the modules of the program are.
        folder: String,
        /// The name of its job by what is run; `None` where that cannot be run again.
        script: Option<ScriptHash>,
    },
    /// A text that code stands in; the body is the text.
    Text {
        /// Its name.
        hash: TextHash,
        /// The file, as tracebacks show it.
        file: String,
    },
    /// A unit; the body is what is run.
    Submit {
        /// Its number.
        unit: u64,
        /// The values that it is computed from.
        inputs: Vec<u64>,
        /// Under which numbers what it binds is held.
        keys: Vec<u64>,
        /// Higher ones start first.
        priority: i64,
        /// The edge waits for it.
        is_urgent: bool,
        /// It runs only where these are declared, and not in use.
        resources: Resources,
        /// The texts that the body needs.
        texts: Vec<TextHash>,
        /// How far it was when the gateway before this one was lost.
        resumed: Resumed,
    },
    /// A value; the body is it.
    Put {
        /// Its number.
        key: u64,
        /// The texts that the body needs.
        texts: Vec<TextHash>,
    },
    /// The edge asks for a value.
    Ask {
        /// Its number.
        key: u64,
    },
    /// The edge does not want a value any more.
    Release {
        /// Its number.
        key: u64,
    },
    /// The edge does not want a unit any more.
    Cancel {
        /// Its number.
        unit: u64,
    },
    /// The edge has ended, and wants nothing any more.
    Bye,
    /// How are things.
    Status,
    /// A job is to end.
    EndJob {
        /// Its number.
        job: u64,
    },
    /// The gateway is to end.
    End,
}

/// What a gateway says to an edge. The body is noted where there is one.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum FromGateway {
    /// It may come in.
    Welcome,
    /// It may not.
    Refused {
        /// Why.
        why: String,
    },
    /// A unit has begun.
    Started {
        /// Which.
        unit: u64,
        /// Where.
        node: u32,
    },
    /// A unit has printed.
    Printed {
        /// Which.
        unit: u64,
        /// What; `true` for stderr.
        text: Vec<(String, bool)>,
    },
    /// A unit has ended; the body is its fault.
    Ended {
        /// Which.
        unit: u64,
        /// What is held of it.
        bound: Vec<Option<(u64, About)>>,
        /// Did it end with a fault.
        has_failed: bool,
    },
    /// A unit cannot be run.
    Failed {
        /// Which.
        unit: u64,
        /// Why.
        why: String,
    },
    /// A value that was asked for; the body is it, or the fault that says why there is none.
    Answer {
        /// Its number.
        key: u64,
        /// Is it a value.
        is_there: bool,
    },
    /// A value that was asked for is not there.
    Gone {
        /// Its number.
        key: u64,
        /// Why.
        why: String,
    },
    /// Whether there was such a job.
    JobEnded {
        /// There was.
        is_known: bool,
    },
    /// How far a unit is.
    Working {
        /// That.
        work: Work,
    },
    /// How things are.
    All {
        /// What edges have the cluster do.
        sessions: Vec<Status>,
        /// The cluster itself.
        health: Health,
    },
    /// The gateway ends.
    Bye,
}

/// How things are with one job.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Status {
    /// Its number.
    pub job: u64,
    /// The script.
    pub name: String,
    /// Its edge is there.
    pub is_connected: bool,
    /// Its nodes.
    pub nodes: Vec<NodeStatus>,
    /// How many units wait for a node.
    pub n_ready: u64,
    /// How many units have ended, and how many have not.
    pub n_done: u64,
    /// See [`Self::n_done`].
    pub n_open: u64,
    /// How long ago it began.
    pub age_ms: u64,
    /// How many bytes its nodes hold, and the gateway keeps for it.
    pub nbytes: u64,
}

impl ToGateway {
    /// The event of a hub as a message, and its body; none where an edge has no such event.
    pub(super) fn of(event: Event) -> Option<(Self, Arc<Blob>)> {
        let none = Arc::<Blob>::default;
        Some(match event {
            Event::Text(hash, file, text) => (Self::Text { hash, file }, text),
            Event::Submit(given) => {
                let Submission { unit, blob, inputs, keys, priority, is_urgent, resources, resumed } = given;
                let texts = blob.texts.clone();
                (Self::Submit { unit, inputs, keys, priority, is_urgent, resources, texts, resumed }, blob)
            }
            Event::Put(key, blob) => (Self::Put { key, texts: blob.texts.clone() }, blob),
            Event::Ask(key) => (Self::Ask { key }, none()),
            Event::Release(key) => (Self::Release { key }, none()),
            Event::Cancel(unit) => (Self::Cancel { unit }, none()),
            Event::NodeUp(..)
            | Event::NodeDown(_)
            | Event::NodeCutOff(_)
            | Event::NoNodes(_)
            | Event::Beat(..)
            | Event::Offered { .. }
            | Event::Left { .. }
            | Event::Assisted { .. }
            | Event::SliceEnded { .. }
            | Event::Errand { .. }
            | Event::Started(..)
            | Event::Printed(..)
            | Event::Ended { .. }
            | Event::Value(..)
            | Event::Tick => return None,
        })
    }

    /// The event of a hub that a message says; none where it is not for a hub.
    pub(super) fn event(self, body: Vec<u8>) -> Option<Event> {
        let blob = |texts| Arc::new(Blob { bytes: body, texts, ..Blob::default() });
        Some(match self {
            Self::Text { hash, file } => Event::Text(hash, file, blob(Vec::new())),
            Self::Submit { unit, inputs, keys, priority, is_urgent, resources, texts, resumed } => {
                let blob = blob(texts);
                Event::Submit(Submission {
                    unit,
                    blob,
                    inputs,
                    keys,
                    priority,
                    is_urgent,
                    resources,
                    resumed,
                })
            }
            Self::Put { key, texts } => Event::Put(key, blob(texts)),
            Self::Ask { key } => Event::Ask(key),
            Self::Release { key } => Event::Release(key),
            Self::Cancel { unit } => Event::Cancel(unit),
            Self::Hello { .. } | Self::Bye | Self::Status | Self::EndJob { .. } | Self::End => return None,
        })
    }
}

impl FromGateway {
    /// What a hub tells as a message, and its body.
    pub(super) fn of(told: Told) -> (Self, Arc<Blob>) {
        let none = Arc::<Blob>::default;
        match told {
            Told::Started(unit, node) => (Self::Started { unit, node: node.0 }, none()),
            Told::Printed(unit, text) => (Self::Printed { unit, text }, none()),
            Told::Ended(unit, bound, fault) => {
                (Self::Ended { unit, bound, has_failed: fault.is_some() }, fault.unwrap_or_default())
            }
            Told::Failed(unit, why) => (Self::Failed { unit, why }, none()),
            Told::Answer(key, Ok(value)) => (Self::Answer { key, is_there: true }, value),
            Told::Answer(key, Err(fault)) => (Self::Answer { key, is_there: false }, fault),
            Told::Gone(key, why) => (Self::Gone { key, why }, none()),
            Told::Working(work) => (Self::Working { work }, none()),
        }
    }

    /// What a hub has told; none where it is not from a hub.
    pub(super) fn told(self, body: Vec<u8>) -> Option<Told> {
        let blob = || Arc::new(Blob { bytes: body, ..Blob::default() });
        Some(match self {
            Self::Started { unit, node } => Told::Started(unit, crate::hub::NodeId(node)),
            Self::Printed { unit, text } => Told::Printed(unit, text),
            Self::Ended { unit, bound, has_failed } => Told::Ended(unit, bound, has_failed.then(blob)),
            Self::Failed { unit, why } => Told::Failed(unit, why),
            Self::Answer { key, is_there: true } => Told::Answer(key, Ok(blob())),
            Self::Answer { key, is_there: false } => Told::Answer(key, Err(blob())),
            Self::Gone { key, why } => Told::Gone(key, why),
            Self::Working { work } => Told::Working(work),
            Self::Welcome | Self::Refused { .. } | Self::JobEnded { .. } | Self::All { .. } | Self::Bye => {
                return None;
            }
        })
    }
}
