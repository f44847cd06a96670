//! A node: a process that runs the units that its hub sends, on all its workers, and holds what they leave behind.
//!
//! One thread reads what the hub says and never waits for anything else; each unit has a thread of its own, and one more
//! thread says several times a second that the process lives.

mod desk;
mod errands;

use crate::driver;
use crate::engine::{Key, Unit, threads};
use crate::protocol::{self, About, Along, Attempt, FromNode, Greeting, ProtocolError, RangeHash, ToNode};
use crate::resources;
use crate::wire::{self, Blob, Names, Shelf, Side};
use afar_compiler::program::Source;
use afar_runtime::fault::FaultKind;
use afar_runtime::pool::spread::{is_of_this_process, is_plain};
use afar_runtime::task::{self, Task};
use afar_runtime::{Fault, Res, Value, budget, hooks, pool};
use desk::{Desk, Role, Spread};
use rustc_hash::FxHashMap;
use std::io::{BufReader, Read, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// So often a node says that it lives.
pub const BEAT: Duration = Duration::from_millis(250);
/// So often between two beats the threads of its units are asked for a look, where others want something of them.
const N_LOOKS: u32 = 25;

/// Plain values of no more bytes go along with the end of the unit that computes them.
const SMALL: u64 = 4096;

/// What a node has.
struct Node {
    out: Mutex<Box<dyn Write + Send>>,
    names: Mutex<Names>,
    held: Shelf,
    running: Mutex<FxHashMap<Attempt, Running>>,
}

/// A unit that runs here.
#[derive(Clone)]
struct Running {
    /// It is not wanted any more.
    cancel: Arc<AtomicBool>,
    /// Where it is told what to do for its ranges.
    desk: Arc<Desk>,
    /// Another node runs it already.
    is_helper: bool,
}

fn lock<T>(what: &Mutex<T>) -> MutexGuard<'_, T> {
    what.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Serves the hub at the other end of a connection until it goes away, or says goodbye.
///
/// # Errors
///
/// Where what the hub says is not understood.
pub fn serve(from: impl Read, to: impl Write + Send + 'static) -> Result<(), ProtocolError> {
    let held = Shelf::default();
    let node = Arc::new(Node {
        out: Mutex::new(Box::new(to)),
        names: Mutex::new(Names::with(Side::Node, held.clone())),
        held,
        running: Mutex::default(),
    });
    node.say(&FromNode::Hello(greeting()), &[]);
    let beating = node.clone();
    let beat = move || {
        while beating.say(&FromNode::Beat { reached: beating.reached() }, &[]) {
            beating.look_until_next_beat();
        }
    };
    std::thread::Builder::new().name("beat".to_owned()).spawn(beat)?;
    let mut from = BufReader::with_capacity(1 << 16, from);
    loop {
        match protocol::receive::<ToNode>(&mut from) {
            Ok((ToNode::Bye, _)) | Err(ProtocolError::Io(_)) => return Ok(()),
            Ok((message, body)) => node.hear(message, body),
            Err(broken) => return Err(broken),
        }
    }
}

/// Who this process is.
pub fn greeting() -> Greeting {
    Greeting {
        protocol: protocol::VERSION,
        version: env!("CARGO_PKG_VERSION").to_owned(),
        libm: libm_fingerprint(),
        n_workers: u32::try_from(pool::n_workers().max(1)).unwrap_or(1),
        room: budget::limit().saturating_add(budget::spill::limit()) as u64,
        resources: resources::declared().clone(),
        pid: std::process::id(),
    }
}

/// What the floating-point library gives for some arguments at which libraries differ, as one number.
fn libm_fingerprint() -> u64 {
    let probes = [0.1_f64, 0.7, 1.3, 2.9, 11.5, 1e5 + 0.25, 1e22];
    let mut hasher = blake3::Hasher::new();
    for x in probes {
        let values = [x.sin(), x.cos(), x.tan(), x.exp(), x.ln(), x.tanh(), x.powf(0.3), x.cbrt(), x.ln_1p()];
        values.iter().for_each(|v| {
            hasher.update(&v.to_bits().to_le_bytes());
        });
    }
    let hash = *hasher.finalize().as_bytes();
    u64::from_le_bytes([hash[0], hash[1], hash[2], hash[3], hash[4], hash[5], hash[6], hash[7]])
}

impl Node {
    /// Says something to the hub; false where it is gone.
    fn say(&self, message: &FromNode, body: &[u8]) -> bool {
        protocol::send(&mut *lock(&self.out), message, body).is_ok()
    }

    fn hear(self: &Arc<Self>, message: ToNode, body: Vec<u8>) {
        match message {
            ToNode::Text { file, .. } => {
                let text = String::from_utf8_lossy(&body);
                wire::add_text(&Arc::new(Source::new(&file, &text)));
            }
            ToNode::Run { attempt, keys, is_helper } => {
                let cancel = Arc::new(AtomicBool::new(false));
                let running = Running { cancel, desk: Desk::new(), is_helper };
                lock(&self.running).insert(attempt, running.clone());
                self.apart(attempt, move |node| node.run(attempt, &keys, &body, &running));
            }
            ToNode::Hold { key } => {
                // In order: the unit that needs it comes next.
                let value = wire::decode(&mut lock(&self.names), &body);
                lock(&self.held).insert(key, value.unwrap_or_else(crate::proxy::absent));
            }
            ToNode::Fetch { key } => {
                self.apart(Attempt { unit: 0, n: 0 }, move |node| node.send_value(key));
            }
            ToNode::Release { keys } => {
                let old: Vec<_> = {
                    let mut held = lock(&self.held);
                    keys.iter().filter_map(|key| held.remove(key)).collect()
                };
                drop(old);
            }
            ToNode::Cancel { attempt } => {
                if let Some(running) = lock(&self.running).get(&attempt) {
                    hooks::cancel_task(&running.cancel);
                    running.desk.stop();
                }
            }
            ToNode::Slice { attempt, .. }
            | ToNode::Cut { attempt, .. }
            | ToNode::Join { attempt, .. }
            | ToNode::Fails { attempt, .. }
            | ToNode::GoOn { attempt, .. }
            | ToNode::Invite { attempt, .. }
            | ToNode::Assist { attempt, .. }
            | ToNode::Dismiss { attempt, .. } => {
                // What comes too late is for nobody.
                if let Some(running) = lock(&self.running).get(&attempt) {
                    running.desk.put(message, body);
                }
            }
            ToNode::Errand { attempt, told } => {
                let running = lock(&self.running).get(&attempt).cloned();
                if let Some(said) = running.and_then(|running| running.desk.errands.hear(told, body)) {
                    self.say(&FromNode::Errand { attempt, said }, &[]);
                }
            }
            ToNode::Bye => {}
        }
    }

    /// Asks the threads of units for a look where there is something for them, now and then for the length of a beat.
    fn look_until_next_beat(&self) {
        let mut n_left = N_LOOKS;
        while n_left > 0 {
            let running: Vec<_> = lock(&self.running).values().cloned().collect();
            if running.iter().any(|running| running.desk.errands.needs_look(running.is_helper)) {
                hooks::look();
            }
            // What is asleep should be left so.
            let n = if running.is_empty() { (N_LOOKS / 4).clamp(1, n_left) } else { 1 };
            std::thread::sleep(BEAT / N_LOOKS * n);
            n_left -= n;
        }
    }

    /// Does something on a thread with a deep stack.
    fn apart(self: &Arc<Self>, attempt: Attempt, job: impl FnOnce(&Arc<Self>) + Send + 'static) {
        let node = self.clone();
        if threads::run(Box::new(move || job(&node))).is_err() && attempt.unit != 0 {
            self.ended(
                attempt,
                &[],
                Vec::new(),
                Err(Fault::memory_error("no thread can be started for a unit")),
            );
        }
    }

    fn run(self: &Arc<Self>, attempt: Attempt, keys: &[u64], body: &[u8], running: &Running) {
        self.say(&FromNode::Started { attempt }, &[]);
        let unit = wire::decode_unit(&mut lock(&self.names), body);
        let (bound, end) = match unit {
            Ok(unit) => self.outcome(attempt, &unit, running),
            Err(fault) => (Vec::new(), Err(fault)),
        };
        // What was told to stop has not bound what the unit leaves behind.
        let bound = if running.cancel.load(Ordering::Relaxed) { vec![None; bound.len()] } else { bound };
        hooks::end_task(&running.cancel);
        lock(&self.running).remove(&attempt);
        self.ended(attempt, keys, bound, end);
    }

    /// How far each slice has come that is here.
    fn reached(&self) -> Vec<(Attempt, RangeHash, u64, i64)> {
        let running: Vec<_> = lock(&self.running).iter().map(|(a, r)| (*a, r.desk.clone())).collect();
        let each = |(attempt, desk): (Attempt, Arc<Desk>)| {
            desk.reached().into_iter().map(move |(range, slice, at)| (attempt, range, slice, at))
        };
        running.into_iter().flat_map(each).collect()
    }

    fn outcome(
        self: &Arc<Self>,
        attempt: Attempt,
        unit: &Unit,
        running: &Running,
    ) -> (Vec<Option<Value>>, Res<()>) {
        let fetch = |key: Key| {
            let held = lock(&self.held).get(&key.0).cloned();
            held.ok_or_else(|| Fault::not_pure("internal error: an input of a unit is not here"))
        };
        let print = |text: Vec<(String, bool)>| {
            if self.say(&FromNode::Printed { attempt, text }, &[]) {
                Ok(())
            } else {
                Err(Fault::new(FaultKind::Cancelled))
            }
        };
        let role = if running.is_helper { Role::Helper } else { Role::First };
        let spreader = Spread { node: self.clone(), attempt, desk: running.desk.clone(), role };
        let task = Task {
            view: unit.inputs.view(&fetch),
            cancel: Some(running.cancel.clone()),
            spreader: Some(Arc::new(spreader)),
        };
        let counted = budget::Running::begin();
        let ended = task::enter(task, || driver::run(unit, &fetch, &print));
        drop(counted);
        (ended.bound, ended.end)
    }

    fn ended(&self, attempt: Attempt, keys: &[u64], bound: Vec<Option<Value>>, end: Res<()>) {
        let mut along = Vec::new();
        let mut body = Vec::new();
        let (bound, fault) = {
            let mut names = lock(&self.names);
            names.begin_unit(attempt.unit);
            let about: Vec<Option<About>> =
                bound.iter().map(|v| v.as_ref().map(|v| about(&mut names, v))).collect();
            for (place, (about, value)) in about.iter().zip(&bound).enumerate() {
                if let (Some(about), Some(value)) = (about, value) {
                    along.extend(small(&mut names, place, about, value, &mut body));
                }
            }
            let fault = end.as_ref().err().map(|fault| wire::encode_fault(&mut names, fault));
            names.end_unit();
            (about.into_iter().zip(bound).collect::<Vec<_>>(), fault)
        };
        let mut told = Vec::with_capacity(bound.len());
        {
            let mut held = lock(&self.held);
            for (key, (about, value)) in keys.iter().zip(bound) {
                if let Some(value) = value {
                    held.insert(*key, value);
                }
                told.push(about);
            }
        }
        let has_failed = fault.is_some();
        let is_of_node = end.as_ref().is_err_and(is_of_this_process);
        let Blob { bytes, texts, .. } = fault.unwrap_or_default();
        body.extend(bytes);
        self.say(&FromNode::Ended { attempt, bound: told, along, texts, has_failed, is_of_node }, &body);
    }

    fn send_value(&self, key: u64) {
        let value = lock(&self.held).get(&key).cloned();
        let value =
            value.ok_or_else(|| Fault::not_pure("internal error: a value that was let go is asked for"));
        let mut names = lock(&self.names);
        let encoded = value.and_then(|value| wire::encode(&mut names, &value));
        let is_there = encoded.is_ok();
        let blob = encoded.unwrap_or_else(|fault| wire::encode_fault(&mut names, &fault));
        drop(names);
        self.say(&FromNode::Value { key, texts: blob.texts, is_there }, &blob.bytes);
    }
}

/// Puts a small value into the body of what tells of the end of its unit.
fn small(names: &mut Names, place: usize, about: &About, value: &Value, body: &mut Vec<u8>) -> Option<Along> {
    // What is found through functions and classes is sent with them, and counted nowhere.
    about.nbytes.filter(|n| *n <= SMALL && is_plain(value))?;
    let Blob { bytes, texts, .. } = wire::encode(names, value).ok()?;
    let along = Along { place: u32::try_from(place).ok()?, n_bytes: u32::try_from(bytes.len()).ok()?, texts };
    body.extend(bytes);
    Some(along)
}

fn about(names: &mut Names, value: &Value) -> About {
    let n_named = names.n_named();
    let (meta, about) = wire::meta(names, value);
    if names.n_named() > n_named {
        // What is sent besides, as the class of a method, gets its name too, which must be the same in each run of the unit.
        // What cannot be sent says so when it is asked for.
        drop(wire::encode(names, value));
    }
    About {
        type_name: meta.type_name,
        len: meta.len.map(|n| n as u64),
        nbytes: meta.nbytes.map(|n| n as u64),
        reaches: about.reaches.into_iter().map(|(uid, name)| (uid.unit, uid.n, name.to_string())).collect(),
    }
}
