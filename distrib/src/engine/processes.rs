//! The engine whose units run in other processes: nodes that a [`Hub`] of this process keeps, or one behind a gateway.
//!
//! What crosses the border is encoded here, and decoded: the hub passes bytes on.

use super::{Engine, Event, Held, Key, Listener, Meta, Outcome, Slots, Unit, UnitId, cancelled, threads};
use crate::gateway::{Address, Remote, RemoteError, ask_status};
use crate::hub::{self, Hub, NodeStatus, Nodes, Resumed, Submission, Told};
use crate::inputs::StandIn;
use crate::protocol::About;
use crate::traffic;
use crate::wire::{self, Blob, Names, Sent, Side, TextHash, Uid};
use crate::work;
use afar_runtime::{Fault, Res, Str, Value, hooks};
use rustc_hash::{FxHashMap, FxHashSet};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

/// So often whoever waits for a value looks whether the edge was interrupted.
const LOOK: Duration = Duration::from_millis(20);

/// What the hub has answered, by the number of the value.
#[derive(Default)]
struct Answers {
    asked: FxHashMap<u64, usize>,
    come: FxHashMap<u64, Result<Arc<Blob>, Absent>>,
}

/// Why there is no value.
#[derive(Clone)]
enum Absent {
    Fault(Arc<Blob>),
    Because(String),
}

/// Who hands units to nodes.
enum Keeper {
    /// A hub of this process.
    Here(Hub),
    /// One behind a gateway.
    There(Arc<Remote>),
}

impl Keeper {
    fn tell(&self, event: hub::Event) {
        match self {
            Self::Here(hub) => hub.tell(event),
            Self::There(remote) => remote.tell(event),
        }
    }

    fn status(&self) -> (Vec<NodeStatus>, usize) {
        match self {
            Self::Here(hub) => hub.status(),
            Self::There(remote) => {
                let all = ask_status(remote.address()).unwrap_or_default();
                let own = all.into_iter().find(|s| s.name == remote.address().name);
                own.map_or((Vec::new(), 0), |s| (s.nodes, usize::try_from(s.n_ready).unwrap_or(0)))
            }
        }
    }
}

/// The engine of nodes that are processes of their own.
pub struct Processes {
    hub: Keeper,
    names: Mutex<Names>,
    sent_texts: Mutex<FxHashSet<TextHash>>,
    sent: Mutex<Sent>,
    answers: Mutex<Answers>,
    bell: Condvar,
    listener: OnceLock<Arc<dyn Listener>>,
}

fn lock<T>(what: &Mutex<T>) -> MutexGuard<'_, T> {
    what.lock().unwrap_or_else(PoisonError::into_inner)
}

/// So many values may be known by the number of one unit or future.
const N_PLACES: u64 = 1 << 24;
/// From here on these are large values that were sent with it.
const FIRST_LARGE: u64 = N_PLACES / 2;

/// The number of a value: it follows from what the value belongs to, so that a script that is run again gives the same numbers.
const fn key_of(owner: u64, place: u64) -> u64 {
    owner * N_PLACES + place
}

fn node_name(id: hub::NodeId) -> Str {
    Str::from(format!("node {}", id.0))
}

impl Processes {
    /// An engine with nodes of its own.
    ///
    /// # Errors
    ///
    /// Where a thread cannot be started.
    pub fn new(nodes: Nodes) -> std::io::Result<Arc<Self>> {
        let (told, hears) = channel();
        // The engine lives as long as the process.
        let hub = Hub::start(nodes.links(), Box::new(move |what| drop(told.send(what))))?;
        Self::with(Keeper::Here(hub), hears).map_err(|()| std::io::Error::other("no thread can be started"))
    }

    /// An engine on a cluster.
    ///
    /// # Errors
    ///
    /// Where the cluster does not answer, or does not let this edge in.
    pub fn connect(address: Address) -> Result<Arc<Self>, RemoteError> {
        let (told, hears) = channel();
        let host = address.host.clone();
        let remote = Remote::connect(address, told)?;
        Self::with(Keeper::There(remote), hears)
            .map_err(|()| RemoteError::Absent(host, std::io::Error::other("no thread can be started")))
    }

    /// The edge ends: a gateway need not keep what it has computed for it.
    pub fn leave(&self) {
        match &self.hub {
            Keeper::Here(_) => {}
            Keeper::There(remote) => remote.leave(),
        }
    }

    fn with(hub: Keeper, hears: Receiver<Told>) -> Result<Arc<Self>, ()> {
        let this = Arc::new(Self {
            hub,
            names: Mutex::new(Names::new(Side::Edge)),
            sent_texts: Mutex::default(),
            sent: Mutex::default(),
            answers: Mutex::default(),
            bell: Condvar::new(),
            listener: OnceLock::new(),
        });
        let heard = this.clone();
        // What is told may be decoded, which may run code of the program: on a deep stack.
        let life = move || hears.into_iter().for_each(|told| heard.hear(told));
        threads::run(Box::new(life)).map_err(drop)?;
        Ok(this)
    }

    /// Has the hub keep a value under a number.
    fn put(&self, key: u64, blob: Blob) {
        traffic::sent(blob.bytes.len());
        self.hub.tell(hub::Event::Put(key, Arc::new(blob)));
    }

    /// A unit as bytes, and what is large in it apart, unless the hub has it already.
    fn encode(&self, unit: &Unit) -> Res<Blob> {
        let mut sent = lock(&self.sent);
        let mut next_key = key_of(unit.id.0, FIRST_LARGE);
        let mut put = |blob: Blob| {
            let key = next_key;
            next_key += 1;
            self.put(key, blob);
            key
        };
        let mut large = |value: &Value| sent.number_of(value, &mut put);
        let mut names = lock(&self.names);
        names.begin_unit(unit.id.0);
        wire::encode_unit(&mut names, unit, &mut large)
    }

    /// What the edge has let go, the hub need not keep.
    fn forget_sent(&self) {
        for key in lock(&self.sent).sweep() {
            self.hub.tell(hub::Event::Release(key));
        }
    }

    fn tell(&self, event: Event) -> Res<()> {
        self.listener.get().map_or(Ok(()), |l| l.event(event))
    }

    /// Sends the texts that bytes need and that the hub has not.
    fn send_texts(&self, blob: &Blob) {
        for hash in &blob.texts {
            if lock(&self.sent_texts).insert(*hash)
                && let Some(source) = wire::text_of(hash)
            {
                let text = Blob { bytes: source.text.as_bytes().to_vec(), ..Blob::default() };
                traffic::sent(text.bytes.len());
                self.hub.tell(hub::Event::Text(*hash, source.file.to_string(), Arc::new(text)));
            }
        }
    }

    fn hear(&self, told: Told) {
        // A closed stdout is noticed by the edge as well.
        let _ = match told {
            Told::Started(unit, node) => self.tell(Event::Started(UnitId(unit), node_name(node))),
            Told::Printed(unit, text) => {
                let shown = self.tell(Event::Printed(UnitId(unit), text));
                if shown.is_err() {
                    self.hub.tell(hub::Event::Cancel(unit));
                }
                shown
            }
            Told::Ended(unit, bound, fault) => {
                work::ended(unit);
                let bound = bound.into_iter().map(|b| b.map(|(key, about)| self.held(key, about))).collect();
                let end = match fault {
                    None => Ok(()),
                    Some(fault) => Err(wire::decode_fault(&mut lock(&self.names), &fault.bytes)),
                };
                self.tell(Event::Ended(UnitId(unit), Outcome { bound, end }))
            }
            Told::Failed(unit, why) => {
                let end = Err(Fault::exception("RuntimeError", format!("the work was given up: {why}")));
                self.tell(Event::Ended(UnitId(unit), Outcome { bound: Vec::new(), end }))
            }
            Told::Answer(key, value) => self.answered(key, value.map_err(Absent::Fault)),
            Told::Gone(key, why) => self.answered(key, Err(Absent::Because(why))),
            Told::Working(work) => {
                work::heard(work);
                Ok(())
            }
        };
    }

    fn held(&self, key: u64, about: About) -> Held {
        let size = |n: u64| usize::try_from(n).unwrap_or(usize::MAX);
        let reaches: Vec<(Uid, Str)> =
            about.reaches.into_iter().map(|(unit, n, name)| (Uid { unit, n }, Str::from(name))).collect();
        let meta = Meta {
            type_name: about.type_name,
            len: about.len.map(size),
            nbytes: about.nbytes.map(size),
            reaches: lock(&self.names).local_names(&reaches),
        };
        Held { key: Key(key), meta }
    }

    fn answered(&self, key: u64, value: Result<Arc<Blob>, Absent>) -> Res<()> {
        let mut answers = lock(&self.answers);
        if answers.asked.contains_key(&key) {
            answers.come.insert(key, value);
        }
        drop(answers);
        self.bell.notify_all();
        Ok(())
    }

    /// Waits for a value that was asked for.
    fn wait_for(&self, key: u64) -> Res<Result<Arc<Blob>, Absent>> {
        let mut answers = lock(&self.answers);
        loop {
            if let Some(value) = answers.come.get(&key) {
                return Ok(value.clone());
            }
            hooks::poll()?;
            answers = self.bell.wait_timeout(answers, LOOK).unwrap_or_else(PoisonError::into_inner).0;
        }
    }
}

impl Engine for Processes {
    fn name(&self) -> &'static str {
        match self.hub {
            Keeper::Here(_) => "processes",
            Keeper::There(_) => "cluster",
        }
    }

    fn shares_memory(&self) -> bool {
        false
    }

    fn slots(&self) -> Vec<Slots> {
        let (nodes, n_ready) = self.hub.status();
        let size = |n: u64| usize::try_from(n).unwrap_or(usize::MAX);
        nodes
            .into_iter()
            .map(|n| Slots {
                node: node_name(n.node),
                n_slots: size(n.n_slots),
                n_running: size(n.n_running),
                n_ready,
                n_held: size(n.n_held),
                resources: n.resources,
            })
            .collect()
    }

    fn submit(&self, unit: Unit) {
        self.forget_sent();
        let blob = match self.encode(&unit) {
            Ok(blob) => blob,
            Err(fault) => {
                let outcome = Outcome { bound: Vec::new(), end: Err(fault) };
                // A closed stdout is noticed by the edge as well.
                let _ = self.tell(Event::Ended(unit.id, outcome));
                return;
            }
        };
        self.send_texts(&blob);
        traffic::sent(blob.bytes.len());
        let mut inputs: Vec<u64> = unit
            .inputs
            .stand_ins
            .values()
            .filter_map(|s| if let StandIn::Held(key) = s { Some(key.0) } else { None })
            .chain(blob.held.iter().copied())
            .collect();
        inputs.sort_unstable();
        inputs.dedup();
        self.hub.tell(hub::Event::Submit(Submission {
            unit: unit.id.0,
            blob: Arc::new(blob),
            inputs,
            keys: (0..unit.work.n_bound() as u64).map(|place| key_of(unit.id.0, place)).collect(),
            priority: unit.priority,
            is_urgent: unit.is_urgent,
            resources: unit.resources,
            resumed: Resumed::default(),
        }));
    }

    fn cut(&self, _unit: UnitId) {
        // A unit is not cut between processes.
    }

    fn cancel(&self, id: UnitId) {
        self.hub.tell(hub::Event::Cancel(id.0));
        // A closed stdout is noticed by the edge as well.
        let _ = self.tell(Event::Ended(id, Outcome { bound: Vec::new(), end: Err(cancelled()) }));
    }

    fn hold(&self, value: &Value, future: u64) -> Res<Held> {
        let (blob, meta) = {
            let mut names = lock(&self.names);
            names.begin_unit(future);
            let (mut meta, about) = wire::meta(&mut names, value);
            meta.reaches = names.local_names(&about.reaches);
            (wire::encode(&mut names, value)?, meta)
        };
        self.send_texts(&blob);
        let key = key_of(future, 0);
        self.put(key, blob);
        Ok(Held { key: Key(key), meta })
    }

    fn fetch(&self, key: Key) -> Res<Value> {
        *lock(&self.answers).asked.entry(key.0).or_default() += 1;
        self.hub.tell(hub::Event::Ask(key.0));
        let value = self.wait_for(key.0);
        {
            let mut answers = lock(&self.answers);
            let n = answers.asked.entry(key.0).or_default();
            *n -= 1;
            if *n == 0 {
                answers.asked.remove(&key.0);
                answers.come.remove(&key.0);
            }
        }
        match value? {
            Ok(blob) => wire::decode(&mut lock(&self.names), &blob.bytes),
            Err(Absent::Fault(blob)) => Err(wire::decode_fault(&mut lock(&self.names), &blob.bytes)),
            Err(Absent::Because(why)) => {
                Err(Fault::exception("RuntimeError", format!("the value is not there: {why}")))
            }
        }
    }

    fn release(&self, key: Key) {
        self.forget_sent();
        self.hub.tell(hub::Event::Release(key.0));
    }

    fn listen(&self, listener: Arc<dyn Listener>) {
        // A second listener would be the same client.
        let _ = self.listener.set(listener);
    }
}
