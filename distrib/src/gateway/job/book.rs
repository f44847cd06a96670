//! What a job has been told by its edges and by its hub, and who is told of it: a state machine, without threads or sockets.

use super::kept::Kept;
use crate::hub::{Event, NodeId, Resumed, Submission, Told};
use crate::wire::Blob;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::mpsc::Sender;
use std::time::Instant;

/// Where more is printed than this, nobody who comes later can be told all of it.
const MAX_PRINTED: u64 = 64 << 20;

/// What is to be done with what an edge has said.
#[derive(Debug)]
pub(super) enum Course {
    /// The hub is told.
    On(Event),
    /// Nothing more.
    Settled,
    /// It is not what was said before under this number.
    Another,
}

/// How a unit ended.
#[derive(Clone, Debug)]
enum End {
    /// It has not.
    No,
    /// So.
    Told(Told),
    /// As the edge has heard from another gateway.
    Elsewhere,
    /// Without a result: it runs again where it is wanted again.
    GivenUp,
}

/// What is known of a unit.
#[derive(Debug)]
struct Record {
    content: [u8; 32],
    node: Option<NodeId>,
    /// How many texts it had printed before this gateway was told of it, and what it has printed since.
    n_before: u64,
    printed: Vec<Vec<(String, bool)>>,
    end: End,
    /// The edge that is there has sent it.
    is_claimed: bool,
}

impl Record {
    fn new(content: [u8; 32], resumed: Resumed) -> Self {
        let end = if resumed.has_ended { End::Elsewhere } else { End::No };
        Self { content, node: None, n_before: resumed.n_printed, printed: Vec::new(), end, is_claimed: true }
    }

    fn is_open(&self) -> bool {
        matches!(self.end, End::No)
    }
}

/// What a job has been told.
pub(super) struct Book {
    /// What the edge calls itself.
    pub(super) name: String,
    /// Tells the edge; `None` while there is none.
    out: Option<Sender<Told>>,
    /// When anything was told last.
    last: Instant,
    units: BTreeMap<u64, Record>,
    /// The hashes of what the edge has sent by itself.
    puts: BTreeMap<u64, [u8; 32]>,
    /// What the edge that is there waits for.
    asked: BTreeSet<u64>,
    kept: Kept,
    nbytes_printed: u64,
    is_cancelled: bool,
}

/// Why there is no result of a job that somebody has ended.
const CANCELLED: &str = "the job was ended by `afar jobs cancel`";

impl Book {
    pub(super) fn new() -> Self {
        Self {
            name: String::new(),
            out: None,
            last: Instant::now(),
            units: BTreeMap::new(),
            puts: BTreeMap::new(),
            asked: BTreeSet::new(),
            kept: Kept::default(),
            nbytes_printed: 0,
            is_cancelled: false,
        }
    }

    /// An edge has come; false where one is there.
    pub(super) fn attach(&mut self, name: &str, out: Sender<Told>) -> bool {
        if self.out.is_some() || self.is_cancelled {
            return false;
        }
        (self.name, self.out, self.last) = (name.to_owned(), Some(out), Instant::now());
        true
    }

    /// The edge is lost; false where one that came later could not be told all.
    pub(super) fn lose_edge(&mut self) -> bool {
        self.out = None;
        self.last = Instant::now();
        self.asked.clear();
        self.units.values_mut().for_each(|unit| unit.is_claimed = false);
        self.nbytes_printed <= MAX_PRINTED && !self.is_cancelled
    }

    /// Is an edge there.
    pub(super) fn has_edge(&self) -> bool {
        self.out.is_some()
    }

    /// May one come.
    pub(super) fn is_waiting(&self) -> bool {
        self.out.is_none() && !self.is_cancelled
    }

    /// Since when there has been neither an edge nor anything to compute.
    pub(super) fn idle_since(&self) -> Option<Instant> {
        let is_idle = self.out.is_none() && !self.units.values().any(Record::is_open);
        is_idle.then_some(self.last)
    }

    /// How many units have ended, and how many have not.
    pub(super) fn count(&self) -> (u64, u64) {
        let n_open = self.units.values().filter(|unit| unit.is_open()).count();
        ((self.units.len() - n_open) as u64, n_open as u64)
    }

    /// How many bytes are kept here for an edge that may come back.
    pub(super) fn nbytes_kept(&self) -> u64 {
        self.kept.nbytes() + self.nbytes_printed
    }

    /// Somebody has ended the job.
    pub(super) fn cancel(&mut self) {
        self.is_cancelled = true;
        let open: Vec<u64> =
            self.units.iter().filter(|(_, u)| u.is_open() && u.is_claimed).map(|(id, _)| *id).collect();
        for unit in open {
            self.tell(Told::Failed(unit, CANCELLED.to_owned()));
        }
        for key in std::mem::take(&mut self.asked) {
            self.tell(Told::Gone(key, CANCELLED.to_owned()));
        }
    }

    fn tell(&self, told: Told) {
        if let Some(out) = &self.out {
            // An edge that has gone is noticed by whoever reads what it says.
            let _ = out.send(told);
        }
    }

    // What the edge says.

    pub(super) fn take(&mut self, event: Event) -> Course {
        if self.is_cancelled {
            match event {
                Event::Submit(given) => self.tell(Told::Failed(given.unit, CANCELLED.to_owned())),
                Event::Ask(key) => self.tell(Told::Gone(key, CANCELLED.to_owned())),
                _ => {}
            }
            return Course::Settled;
        }
        match event {
            Event::Submit(given) => self.submit(given),
            Event::Put(key, blob) => {
                let content = *blake3::hash(&blob.bytes).as_bytes();
                match self.puts.insert(key, content) {
                    Some(before) if before != content => Course::Another,
                    _ => Course::On(Event::Put(key, blob)),
                }
            }
            Event::Ask(key) => match self.kept.get(key) {
                Some(value) => {
                    self.tell(Told::Answer(key, Ok(value.clone())));
                    Course::Settled
                }
                None => {
                    self.asked.insert(key);
                    Course::On(Event::Ask(key))
                }
            },
            Event::Release(key) => {
                self.asked.remove(&key);
                Course::On(Event::Release(key))
            }
            Event::Cancel(id) => {
                if let Some(unit) = self.units.get_mut(&id) {
                    unit.end = End::GivenUp;
                }
                Course::On(Event::Cancel(id))
            }
            other => Course::On(other),
        }
    }

    fn submit(&mut self, given: Submission) -> Course {
        let content = content(&given);
        let Some(unit) = self.units.get_mut(&given.unit) else {
            self.units.insert(given.unit, Record::new(content, given.resumed));
            return Course::On(Event::Submit(given));
        };
        let heard = given.resumed;
        let is_unknown = matches!(unit.end, End::Elsewhere) && !heard.has_ended;
        if unit.content != content || heard.n_printed < unit.n_before || is_unknown {
            return Course::Another;
        }
        if matches!(unit.end, End::GivenUp) {
            *unit = Record::new(content, heard);
            return Course::On(Event::Submit(given));
        }
        unit.is_claimed = true;
        let mut again = Vec::new();
        if !heard.has_ended {
            again.extend(unit.node.map(|node| Told::Started(given.unit, node)));
            let n_heard = usize::try_from(heard.n_printed - unit.n_before).unwrap_or(usize::MAX);
            again.extend(
                unit.printed.iter().skip(n_heard).map(|text| Told::Printed(given.unit, text.clone())),
            );
            if let End::Told(end) = &unit.end {
                again.push(end.clone());
            }
        }
        let n_printed = unit.n_before + unit.printed.len() as u64;
        let resumed = Resumed { n_printed, has_ended: !unit.is_open() };
        again.into_iter().for_each(|told| self.tell(told));
        // Where the hub has forgotten it, it has ended, and is computed again for those who ask for it.
        Course::On(Event::Submit(Submission { resumed, ..given }))
    }

    // What the hub tells.

    pub(super) fn hear(&mut self, told: Told) {
        self.last = Instant::now();
        let is_heard = match &told {
            Told::Started(id, node) => self.note(*id, |unit| unit.node = Some(*node)),
            Told::Printed(id, text) => {
                self.nbytes_printed += text.iter().map(|(text, _)| text.len() as u64).sum::<u64>();
                self.note(*id, |unit| unit.printed.push(text.clone()))
            }
            Told::Ended(id, ..) => self.note(*id, |unit| unit.end = End::Told(told.clone())),
            Told::Failed(id, _) => self.note(*id, |unit| unit.end = End::GivenUp),
            Told::Answer(key, value) => {
                if let Ok(value) = value {
                    self.keep(*key, value);
                }
                self.asked.remove(key)
            }
            Told::Gone(key, _) => self.asked.remove(key),
            // How far it is counts at that moment alone.
            Told::Working(work) => self.note(work.unit, |_| ()),
        };
        if is_heard {
            self.tell(told);
        }
    }

    fn keep(&mut self, key: u64, value: &Arc<Blob>) {
        self.kept.insert(key, value.clone());
    }

    /// Takes down what has become of a unit; is the edge that is there to hear it.
    fn note(&mut self, id: u64, what: impl FnOnce(&mut Record)) -> bool {
        let Some(unit) = self.units.get_mut(&id).filter(|unit| unit.is_open()) else { return false };
        what(unit);
        unit.is_claimed
    }
}

/// The hash of all that a unit is made of.
fn content(given: &Submission) -> [u8; 32] {
    let mut hasher = blake3::Hasher::new();
    for numbers in [&given.inputs, &given.keys] {
        hasher.update(&(numbers.len() as u64).to_le_bytes());
        numbers.iter().for_each(|n| {
            hasher.update(&n.to_le_bytes());
        });
    }
    hasher.update(&given.priority.to_le_bytes());
    hasher.update(&[u8::from(given.is_urgent)]);
    hasher.update(given.resources.to_string().as_bytes());
    hasher.update(&[0]);
    hasher.update(&given.blob.bytes);
    *hasher.finalize().as_bytes()
}
