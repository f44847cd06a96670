//! The engine in this process: every unit on a thread of its own, whose ranges all workers share.

use super::{Engine, Event, Held, Key, Listener, Outcome, Slots, Unit, UnitId, cancelled, threads};
use crate::driver::{self, Ended};
use crate::resources::{Resources, declared};
use crate::wire::{self, Names, Side};
use afar_runtime::task::{self, Task};
use afar_runtime::{Fault, Res, Str, Value, hooks, pool};
use rustc_hash::FxHashMap;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, Weak};

/// How values get into the engine and out of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Passing {
    /// As they are.
    Shared,
    /// Through bytes, as if the engine were another process.
    Bytes,
}

/// What runs, and what waits for a slot.
#[derive(Default)]
struct State {
    /// Those first that start whatever else runs, then by priority, then by number.
    ready: BTreeMap<(bool, std::cmp::Reverse<i64>, UnitId), Unit>,
    running: FxHashMap<UnitId, Arc<AtomicBool>>,
    /// What those of them use that use something.
    in_use: BTreeMap<UnitId, Resources>,
    /// How many of the running ones have a slot.
    n_slotted: usize,
    held: FxHashMap<Key, Value>,
}

/// The engine in this process.
pub struct Embedded {
    this: Weak<Self>,
    passing: Passing,
    /// What is named on either side of the border, where there is one.
    edge: Mutex<Names>,
    node: Mutex<Names>,
    state: Mutex<State>,
    next_key: AtomicU64,
    listener: OnceLock<Arc<dyn Listener>>,
}

fn lock(names: &Mutex<Names>) -> MutexGuard<'_, Names> {
    names.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The one node.
const NODE: &str = "here";

impl Embedded {
    /// An engine.
    pub fn new(passing: Passing) -> Arc<Self> {
        Arc::new_cyclic(|this| Self {
            this: this.clone(),
            passing,
            edge: Mutex::new(Names::new(Side::Edge)),
            node: Mutex::new(Names::new(Side::Node)),
            state: Mutex::default(),
            next_key: AtomicU64::new(1),
            listener: OnceLock::new(),
        })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn tell(&self, event: Event) -> Res<()> {
        self.listener.get().map_or(Ok(()), |l| l.event(event))
    }

    fn n_slots() -> usize {
        pool::n_workers().max(1)
    }

    /// Starts what is ready, as long as there are slots.
    fn start_ready(&self) {
        loop {
            let unit = {
                let mut state = self.state();
                let has_slot = state.n_slotted < Self::n_slots();
                let suffices = |unit: &Unit| declared().suffices(&unit.resources, state.in_use.values());
                // Without a slot only those may start that stand first.
                let mut some = state.ready.iter().take_while(|((waits, ..), _)| has_slot || !waits);
                let first = some.find(|(_, unit)| suffices(unit)).map(|(key, _)| *key);
                let Some(unit) = first.and_then(|key| state.ready.remove(&key)) else { return };
                state.n_slotted += usize::from(!unit.is_urgent);
                state.running.insert(unit.id, Arc::default());
                if !unit.resources.is_empty() {
                    state.in_use.insert(unit.id, unit.resources.clone());
                }
                unit
            };
            self.start(unit);
        }
    }

    fn start(&self, unit: Unit) {
        let Some(this) = self.this.upgrade() else { return };
        let id = unit.id;
        if pool::n_workers() == 1 && !unit.is_urgent {
            // One thread for everything: the unit runs where it is asked for.
            return this.run(unit);
        }
        if threads::run(Box::new(move || this.run(unit))).is_err() {
            let end = Err(Fault::memory_error("no thread can be started for a unit"));
            self.end(id, false, Outcome { bound: Vec::new(), end });
        }
    }

    fn run(&self, unit: Unit) {
        let (id, is_slotted) = (unit.id, !unit.is_urgent);
        let flag = self.state().running.get(&id).cloned().unwrap_or_default();
        let outcome = match self.tell(Event::Started(id, Str::new(NODE))) {
            Ok(()) if !flag.load(Ordering::SeqCst) => self.outcome(unit, &flag),
            Ok(()) => Outcome { bound: Vec::new(), end: Err(cancelled()) },
            Err(fault) => Outcome { bound: Vec::new(), end: Err(fault) },
        };
        hooks::end_task(&flag);
        self.end(id, is_slotted, outcome);
    }

    fn end(&self, id: UnitId, is_slotted: bool, outcome: Outcome) {
        {
            let mut state = self.state();
            state.running.remove(&id);
            state.in_use.remove(&id);
            if is_slotted {
                state.n_slotted = state.n_slotted.saturating_sub(1);
            }
        }
        // A closed stdout is noticed by the edge as well.
        let _ = self.tell(Event::Ended(id, outcome));
        self.start_ready();
    }

    /// Runs a unit on this thread, and holds what it bound.
    fn outcome(&self, unit: Unit, flag: &Arc<AtomicBool>) -> Outcome {
        let unit = match self.passing {
            Passing::Shared => unit,
            Passing::Bytes => match self.arrived(&unit) {
                Ok(unit) => unit,
                Err(fault) => return Outcome { bound: Vec::new(), end: Err(fault) },
            },
        };
        let fetch = |key| self.held(key);
        let task = Task { view: unit.inputs.view(&fetch), cancel: Some(flag.clone()), ..Task::default() };
        let ended = task::enter(task, || self.drive(&unit));
        lock(&self.node).begin_unit(unit.id.0);
        let bound = ended.bound.into_iter().map(|v| v.map(|v| self.hold_own(v))).collect();
        let mut end = ended.end;
        if self.passing == Passing::Bytes {
            end = end.map_err(|fault| {
                let blob = wire::encode_fault(&mut lock(&self.node), &fault);
                wire::decode_fault(&mut lock(&self.edge), &blob.bytes)
            });
        }
        Outcome { bound, end }
    }

    /// A unit of the edge as it arrives on the other side.
    fn arrived(&self, unit: &Unit) -> Res<Unit> {
        let blob = wire::encode_unit(&mut lock(&self.edge), unit, &mut |_| None)?;
        wire::decode_unit(&mut lock(&self.node), &blob.bytes)
    }

    /// A value of one side as it arrives on the other.
    fn passed(from: &Mutex<Names>, to: &Mutex<Names>, value: &Value) -> Res {
        let blob = wire::encode(&mut lock(from), value)?;
        wire::decode(&mut lock(to), &blob.bytes)
    }

    fn drive(&self, unit: &Unit) -> Ended {
        let id = unit.id;
        driver::run(unit, &|key| self.held(key), &|printed| self.tell(Event::Printed(id, printed)))
    }

    fn held(&self, key: Key) -> Res<Value> {
        let found = self.state().held.get(&key).cloned();
        found.ok_or_else(|| Fault::not_pure("internal error: a value that was let go is asked for"))
    }

    /// Holds a value of the engine's side.
    fn hold_own(&self, value: Value) -> Held {
        let (mut meta, about) = wire::meta(&mut lock(&self.node), &value);
        if self.passing == Passing::Bytes {
            meta.reaches = lock(&self.edge).local_names(&about.reaches);
        }
        let key = Key(self.next_key.fetch_add(1, Ordering::Relaxed));
        self.state().held.insert(key, value);
        Held { key, meta }
    }
}

impl Engine for Embedded {
    fn name(&self) -> &'static str {
        match self.passing {
            Passing::Shared => "embedded",
            Passing::Bytes => "wire",
        }
    }

    fn shares_memory(&self) -> bool {
        self.passing == Passing::Shared
    }

    fn slots(&self) -> Vec<Slots> {
        let state = self.state();
        vec![Slots {
            node: Str::new(NODE),
            n_slots: Self::n_slots(),
            n_running: state.running.len(),
            n_ready: state.ready.len(),
            n_held: state.held.len(),
            resources: declared().clone(),
        }]
    }

    fn submit(&self, unit: Unit) {
        self.state().ready.insert((!unit.is_urgent, std::cmp::Reverse(unit.priority), unit.id), unit);
        self.start_ready();
    }

    fn cut(&self, _unit: UnitId) {
        // A unit's ranges are cut inside this process, by whichever worker is hungry.
    }

    fn cancel(&self, id: UnitId) {
        let (waiting, flag) = {
            let mut state = self.state();
            let key = state.ready.keys().find(|(_, _, unit)| *unit == id).copied();
            (key.and_then(|key| state.ready.remove(&key)), state.running.get(&id).cloned())
        };
        if let Some(flag) = flag {
            hooks::cancel_task(&flag);
        }
        if waiting.is_some() {
            let _ = self.tell(Event::Ended(id, Outcome { bound: Vec::new(), end: Err(cancelled()) }));
        }
    }

    fn hold(&self, value: &Value, _future: u64) -> Res<Held> {
        Ok(self.hold_own(match self.passing {
            Passing::Shared => value.clone(),
            Passing::Bytes => Self::passed(&self.edge, &self.node, value)?,
        }))
    }

    fn fetch(&self, key: Key) -> Res<Value> {
        let value = self.held(key)?;
        match self.passing {
            Passing::Shared => Ok(value),
            Passing::Bytes => Self::passed(&self.node, &self.edge, &value),
        }
    }

    fn release(&self, key: Key) {
        let old = self.state().held.remove(&key);
        // Its drop may be long, and may let go of others.
        drop(old);
    }

    fn listen(&self, listener: Arc<dyn Listener>) {
        // A second listener would be the same client.
        let _ = self.listener.set(listener);
    }
}
