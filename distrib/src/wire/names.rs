//! The things of one process that have an identity, under names that all processes use; and the texts that code stands in.
//!
//! A class, a function, an instance or a namespace is named by whoever first sends it: by the unit that made it, and a
//! number in it. A unit that is run again, anywhere, gives its things the same names, so that what was computed anew is
//! still the very thing that it was. What the edge sends is named by the unit that it was first sent with: so a name never says anything
//! else than what the bytes of that unit say, also where a script is run again.

use afar_compiler::Shipped;
use afar_compiler::program::Source;
use afar_lang::{CheckEnv, check, parse};
use afar_runtime::abi::Globals;
use afar_runtime::{Ref, Str, Value};
use rustc_hash::FxHashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// The name of a thing in all processes: the unit that made it or that it was first sent with, and its number there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Uid {
    /// Twice the number of the unit, and one more where the thing is of the edge.
    pub unit: u64,
    /// The how many-th thing of it, from 1 on.
    pub n: u64,
}

impl Uid {
    /// Is the thing of the edge.
    pub(super) fn is_of_edge(self) -> bool {
        self.unit & OWN == 0 && (self.unit == 0 || self.unit & 1 == 1)
    }
}

/// Marks names that a process gives outside of any unit.
const OWN: u64 = 1 << 63;

/// The hash that names a text.
pub type TextHash = [u8; 32];

/// Which side of a border a process is on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Side {
    /// The edge: the names that a script binds are bound here.
    #[default]
    Edge,
    /// A node: it has copies of them, as they were when a unit was sent.
    Node,
}

/// The values that a node holds, by their numbers.
pub type Shelf = Arc<Mutex<FxHashMap<u64, Value>>>;

/// What one process calls its things.
#[derive(Default)]
pub struct Names {
    side: Side,
    /// The unit whose things are being named.
    unit: u64,
    /// How many things each unit has.
    last: FxHashMap<u64, u64>,
    values: FxHashMap<Uid, Value>,
    by_address: FxHashMap<usize, Uid>,
    globals: FxHashMap<Uid, Arc<Globals>>,
    by_globals: FxHashMap<u32, Uid>,
    texts: FxHashMap<TextHash, Arc<Shipped>>,
    shelf: Shelf,
}

/// The texts that this process has, by their hashes.
static TEXTS: Mutex<Option<FxHashMap<TextHash, Arc<Source>>>> = Mutex::new(None);

/// The address of what a value refers to, where it has an identity that a program can see.
pub(super) fn identity(value: &Value) -> Option<usize> {
    match value {
        Value::Func(r) => Some(Ref::as_ptr(r).addr()),
        Value::Class(r) => Some(Ref::as_ptr(r).addr()),
        Value::Instance(r) => Some(Ref::as_ptr(r).addr()),
        Value::Cell(r) => Some(Ref::as_ptr(r).addr()),
        Value::Host(r) => Some(Ref::as_ptr(r).addr()),
        _ => None,
    }
}

impl Names {
    /// The names of a process.
    pub fn new(side: Side) -> Self {
        Self { side, ..Self::default() }
    }

    /// The names of a process that holds values.
    pub fn with(side: Side, shelf: Shelf) -> Self {
        Self { side, shelf, ..Self::default() }
    }

    /// The value that a number stands for.
    pub(super) fn held(&self, key: u64) -> Option<Value> {
        self.shelf.lock().unwrap_or_else(PoisonError::into_inner).get(&key).cloned()
    }

    /// Which side of the border this is.
    pub fn side(&self) -> Side {
        self.side
    }

    /// What is named from here on belongs to this unit, which may have run before; at the edge, it is sent with it.
    pub fn begin_unit(&mut self, unit: u64) {
        match self.side {
            Side::Edge => self.unit = 2 * unit + 1,
            Side::Node => {
                self.unit = 2 * unit;
                self.last.remove(&self.unit);
            }
        }
    }

    /// The things of a unit are named: what is named from here on no other process can have named.
    pub fn end_unit(&mut self) {
        self.unit = OWN | u64::from(std::process::id());
    }

    /// How many things are named here.
    pub fn n_named(&self) -> usize {
        self.values.len() + self.globals.len()
    }

    fn next(&mut self) -> Uid {
        let n = self.last.entry(self.unit).or_default();
        *n += 1;
        Uid { unit: self.unit, n: *n }
    }

    /// The name of a thing, given where it has none.
    pub(super) fn of(&mut self, value: &Value) -> Uid {
        let Some(address) = identity(value) else { return Uid { unit: 0, n: 0 } };
        if let Some(&uid) = self.by_address.get(&address) {
            return uid;
        }
        let uid = self.next();
        self.learn(uid, value);
        uid
    }

    /// A thing has this name.
    pub(super) fn learn(&mut self, uid: Uid, value: &Value) {
        let Some(address) = identity(value) else { return };
        self.values.insert(uid, value.clone());
        self.by_address.insert(address, uid);
    }

    /// The thing of a name, where it is here.
    pub(super) fn known(&self, uid: Uid) -> Option<Value> {
        self.values.get(&uid).cloned()
    }

    /// The name of a namespace.
    pub(super) fn of_globals(&mut self, globals: &Arc<Globals>) -> Uid {
        if let Some(&uid) = self.by_globals.get(&globals.id) {
            return uid;
        }
        let uid = self.next();
        self.learn_globals(uid, globals);
        uid
    }

    pub(super) fn learn_globals(&mut self, uid: Uid, globals: &Arc<Globals>) {
        self.globals.insert(uid, globals.clone());
        self.by_globals.insert(globals.id, uid);
    }

    pub(super) fn globals(&self, uid: Uid) -> Option<Arc<Globals>> {
        self.globals.get(&uid).cloned()
    }

    /// Names of namespaces of this process, by their numbers here; what is not of this process is left out.
    pub fn local_names(&self, reaches: &[(Uid, Str)]) -> Vec<(u32, Str)> {
        reaches.iter().filter_map(|(uid, name)| Some((self.globals.get(uid)?.id, name.clone()))).collect()
    }

    /// A text with its tree; `None` where it never came here.
    pub(super) fn text(&mut self, hash: &TextHash) -> Option<Arc<Shipped>> {
        if let Some(shipped) = self.texts.get(hash) {
            return Some(shipped.clone());
        }
        let source = text_of(hash)?;
        let parsed = parse(&source.text);
        // It was checked where it came from; this fills in the scopes.
        let _ = check(&parsed.tree, &CheckEnv::default(), &source.text);
        let shipped = Arc::new(Shipped::new(source, parsed.tree));
        self.texts.insert(*hash, shipped.clone());
        Some(shipped)
    }
}

/// A text that came here, or was sent from here.
pub fn text_of(hash: &TextHash) -> Option<Arc<Source>> {
    TEXTS.lock().unwrap_or_else(PoisonError::into_inner).as_ref()?.get(hash).cloned()
}

/// Keeps a text.
pub fn add_text(source: &Arc<Source>) -> TextHash {
    let hash = hash_of(source);
    let mut texts = TEXTS.lock().unwrap_or_else(PoisonError::into_inner);
    texts.get_or_insert_default().entry(hash).or_insert_with(|| source.clone());
    hash
}

/// The name of a text: of the file too, since tracebacks show it.
fn hash_of(source: &Source) -> TextHash {
    let mut hasher = blake3::Hasher::new();
    hasher.update(source.file.as_bytes());
    hasher.update(&[0]);
    hasher.update(source.text.as_bytes());
    *hasher.finalize().as_bytes()
}
