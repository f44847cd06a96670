//! What the two ends of a connection know of each other's things.

use afar_compiler::Shipped;
use afar_compiler::program::Source;
use afar_lang::{CheckEnv, check, parse};
use afar_runtime::abi::Globals;
use afar_runtime::{Ref, Value};
use rustc_hash::FxHashMap;
use std::sync::Arc;

/// One end of a link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// The edge.
    Edge,
    /// The engine.
    Node,
}

impl End {
    /// The other one.
    pub fn other(self) -> Self {
        match self {
            Self::Edge => Self::Node,
            Self::Node => Self::Edge,
        }
    }
}

/// The things of one end that have an identity, by the numbers that both ends use.
///
/// They are kept for as long as the link: what comes back is the very thing that went.
#[derive(Default)]
struct Table {
    values: FxHashMap<u64, Value>,
    by_address: FxHashMap<usize, u64>,
    globals: FxHashMap<u64, Arc<Globals>>,
    by_globals: FxHashMap<u32, u64>,
}

/// What the two ends of a connection know of each other's things.
#[derive(Default)]
pub struct Link {
    last: u64,
    /// At which end a namespace was made.
    made_at: FxHashMap<u64, bool>,
    edge: Table,
    node: Table,
    texts: FxHashMap<[u8; 32], Arc<Shipped>>,
    /// Values without a form of bytes, which only this process understands.
    locals: Vec<Value>,
}

/// The address of what a value refers to, where it has an identity that a program can see.
pub(super) fn identity(value: &Value) -> Option<usize> {
    match value {
        Value::Func(r) => Some(Ref::as_ptr(r).addr()),
        Value::Class(r) => Some(Ref::as_ptr(r).addr()),
        Value::Instance(r) => Some(Ref::as_ptr(r).addr()),
        Value::Cell(r) => Some(Ref::as_ptr(r).addr()),
        _ => None,
    }
}

impl Link {
    fn table(&mut self, end: End) -> &mut Table {
        match end {
            End::Edge => &mut self.edge,
            End::Node => &mut self.node,
        }
    }

    /// The number of a thing of one end, made where it has none; and whether the other end knows it.
    pub(super) fn number_of(&mut self, end: End, value: &Value) -> (u64, bool) {
        let Some(address) = identity(value) else { return (0, false) };
        if let Some(&number) = self.table(end).by_address.get(&address) {
            return (number, self.table(end.other()).values.contains_key(&number));
        }
        self.last += 1;
        let number = self.last;
        self.learn(end, number, value);
        (number, false)
    }

    /// A thing of one end has this number.
    pub(super) fn learn(&mut self, end: End, number: u64, value: &Value) {
        let Some(address) = identity(value) else { return };
        let table = self.table(end);
        table.values.insert(number, value.clone());
        table.by_address.insert(address, number);
    }

    pub(super) fn known(&mut self, end: End, number: u64) -> Option<Value> {
        self.table(end).values.get(&number).cloned()
    }

    /// The number of a namespace of one end; and whether the other end has it.
    pub(super) fn number_of_globals(&mut self, end: End, globals: &Arc<Globals>) -> (u64, bool) {
        if let Some(&number) = self.table(end).by_globals.get(&globals.id) {
            return (number, self.table(end.other()).globals.contains_key(&number));
        }
        self.last += 1;
        let number = self.last;
        self.made_at.insert(number, end == End::Edge);
        self.learn_globals(end, number, globals);
        (number, false)
    }

    /// Was a namespace made at this end, so that its names are to be found here only.
    pub(super) fn is_own_globals(&mut self, end: End, globals: &Arc<Globals>) -> bool {
        let (number, _) = self.number_of_globals(end, globals);
        self.made_at.get(&number) == Some(&(end == End::Edge))
    }

    pub(super) fn learn_globals(&mut self, end: End, number: u64, globals: &Arc<Globals>) {
        let table = self.table(end);
        table.globals.insert(number, globals.clone());
        table.by_globals.insert(globals.id, number);
    }

    pub(super) fn globals(&mut self, end: End, number: u64) -> Option<Arc<Globals>> {
        self.table(end).globals.get(&number).cloned()
    }

    /// Does the other end have a text.
    pub(super) fn has_text(&self, hash: &[u8; 32]) -> bool {
        self.texts.contains_key(hash)
    }

    /// Parses a text that came over the link.
    pub(super) fn add_text(&mut self, hash: [u8; 32], file: &str, text: &str) {
        let parsed = parse(text);
        // It was checked where it came from; this fills in the scopes.
        let _ = check(&parsed.tree, &CheckEnv::default(), text);
        let shipped = Shipped::new(Arc::new(Source::new(file, text)), parsed.tree);
        self.texts.insert(hash, Arc::new(shipped));
    }

    pub(super) fn text(&self, hash: &[u8; 32]) -> Option<Arc<Shipped>> {
        self.texts.get(hash).cloned()
    }

    /// Keeps a value for the other end of a link within one process.
    pub(super) fn add_local(&mut self, value: &Value) -> usize {
        self.locals.push(value.clone());
        self.locals.len() - 1
    }

    pub(super) fn local(&self, number: usize) -> Option<Value> {
        self.locals.get(number).cloned()
    }
}

/// The name of a text: of the file too, since tracebacks show it.
pub(super) fn text_hash(source: &Source) -> [u8; 32] {
    let mut hasher = blake3::Hasher::new();
    hasher.update(source.file.as_bytes());
    hasher.update(&[0]);
    hasher.update(source.text.as_bytes());
    *hasher.finalize().as_bytes()
}
