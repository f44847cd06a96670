//! The border between the edge and whatever runs its units.
//!
//! The *embedded* engine runs them in this process. Engines that start processes, or speak to Dask, implement the same
//! trait: everything that crosses it is either plain data or a value that [`crate::wire`] can encode.

mod embedded;
mod processes;
pub(crate) mod threads;

pub use embedded::{Embedded, Passing};
pub use processes::Processes;

use crate::inputs::Inputs;
use crate::resources::Resources;
use afar_compiler::program::Code;
use afar_lang::ast::{Block, Name};
use afar_runtime::{Fault, Res, Str, Value};
use std::sync::Arc;

/// A unit, by number; never used twice in a process.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct UnitId(pub u64);

/// A value that an engine holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Key(pub u64);

/// What is to run.
#[derive(Clone, Debug)]
pub enum Work {
    /// The body of a block: sequential, with prints.
    Block {
        /// Its tree.
        block: Arc<Block>,
        /// The code of the edge around it.
        outer: Arc<Code>,
        /// The names to keep.
        keep: Vec<Name>,
    },
    /// One call.
    Call {
        /// What is called.
        func: Value,
        /// The arguments by position.
        args: Vec<Value>,
        /// The arguments by name.
        kw: Vec<(Str, Value)>,
    },
}

impl Work {
    /// How many values it leaves behind at most: one for each kept name of a block and its own, or that of a call.
    pub fn n_bound(&self) -> usize {
        match self {
            Self::Block { keep, .. } => keep.len() + 1,
            Self::Call { .. } => 1,
        }
    }
}

/// A piece of pure work that can be run again.
#[derive(Clone, Debug)]
pub struct Unit {
    /// Its number.
    pub id: UnitId,
    /// What runs.
    pub work: Work,
    /// What the names that it reaches are bound to, and what its proxies stand for.
    pub inputs: Inputs,
    /// Higher ones start first.
    pub priority: i64,
    /// The edge waits for it: it starts at once, whatever else runs.
    pub is_urgent: bool,
    /// It runs only where these are declared, and not in use.
    pub resources: Resources,
    /// Are the kept names of a block to be left to the edge, which gets their values.
    pub delivers: bool,
}

/// What is known of a held value without looking at it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Meta {
    /// `list[int]`.
    pub type_name: String,
    /// `len(value)`, where it has one.
    pub len: Option<usize>,
    /// The length of its canonical encoding; `None` where it has none.
    pub nbytes: Option<usize>,
    /// The names of the edge that functions in it use, by their namespaces: whoever uses it sends them along. None where
    /// the engine looks at the edge itself.
    pub reaches: Vec<(u32, Str)>,
}

/// A value that an engine holds for a proxy.
#[derive(Clone, Debug)]
pub struct Held {
    /// Where.
    pub key: Key,
    /// What.
    pub meta: Meta,
}

/// What a unit left behind.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// For each kept name of a block, then its value, or the value of a call: `None` where there is none.
    pub bound: Vec<Option<Held>>,
    /// Did it end well.
    pub end: Res<()>,
}

/// What an engine tells.
#[derive(Clone, Debug)]
pub enum Event {
    /// A unit has begun, on this node.
    Started(UnitId, Str),
    /// A block has printed; `true` for stderr.
    Printed(UnitId, Vec<(String, bool)>),
    /// A unit has ended.
    Ended(UnitId, Outcome),
}

/// Who hears what an engine tells; called on the engine's threads.
pub trait Listener: Send + Sync {
    /// Takes an event. An error stops the unit: nobody reads what it prints.
    fn event(&self, event: Event) -> Res<()>;
}

/// A place where units run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Slots {
    /// The node.
    pub node: Str,
    /// How many units it runs at once.
    pub n_slots: usize,
    /// How many it runs at this moment.
    pub n_running: usize,
    /// How many wait for it.
    pub n_ready: usize,
    /// How many values it holds.
    pub n_held: usize,
    /// The resources that it declares.
    pub resources: Resources,
}

/// What runs units.
pub trait Engine: Send + Sync {
    /// `embedded`, `wire`, `processes`.
    fn name(&self) -> &'static str;

    /// Does it run in this process, on the values of the edge themselves.
    fn shares_memory(&self) -> bool;

    /// Where units run, and how busy it is there.
    fn slots(&self) -> Vec<Slots>;

    /// Takes a unit whose inputs are all there. Its events come to the listener, `Ended` last and exactly once.
    fn submit(&self, unit: Unit);

    /// Asks a unit to stop where it is and to give back what it has; a unit that has no parts runs to its end.
    fn cut(&self, unit: UnitId);

    /// Stops a unit: it ends, sooner or later, with [`afar_runtime::fault::FaultKind::Cancelled`].
    fn cancel(&self, unit: UnitId);

    /// Holds a value of the edge, for a future of this number, which is no unit's.
    ///
    /// # Errors
    ///
    /// Where it cannot leave the edge.
    fn hold(&self, value: &Value, future: u64) -> Res<Held>;

    /// The value behind a key.
    ///
    /// # Errors
    ///
    /// Where it is gone, or cannot leave the engine.
    fn fetch(&self, key: Key) -> Res<Value>;

    /// Lets a value go.
    fn release(&self, key: Key);

    /// Installs who hears the events; to be called once, before the first unit.
    fn listen(&self, listener: Arc<dyn Listener>);
}

/// The fault of work that is not wanted any more.
pub(crate) fn cancelled() -> Fault {
    Fault::new(afar_runtime::fault::FaultKind::Cancelled)
}
