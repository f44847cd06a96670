//! Namespaces of the edge: names, their values, and when they last changed.

use crate::{Str, Value};
use rustc_hash::FxHashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

/// One name.
#[derive(Clone)]
struct Entry {
    value: Value,
    /// When it was last bound.
    version: u64,
    /// How often it was bound.
    n_writes: u32,
}

/// A namespace: of a script, a session, a module or a block.
pub struct Globals {
    /// Its number, by which compiled code names it.
    pub id: u32,
    /// `__name__`.
    pub name: Str,
    entries: RwLock<(Vec<Str>, FxHashMap<Str, Entry>)>,
    /// Where a name is looked for that is not here: the edge around a block.
    parent: Option<Arc<Globals>>,
}

/// A name that was looked up.
#[derive(Clone)]
pub struct Found {
    /// Its value.
    pub value: Value,
    /// When it was last bound.
    pub version: u64,
    /// How often it was bound.
    pub n_writes: u32,
}

static REGISTRY: RwLock<Vec<Arc<Globals>>> = RwLock::new(Vec::new());
static EPOCH: AtomicU64 = AtomicU64::new(1);

/// A number that grows with every binding of any name.
pub fn epoch() -> u64 {
    EPOCH.load(Ordering::Acquire)
}

/// A namespace by its number.
pub fn globals(id: i64) -> Option<Arc<Globals>> {
    let all = REGISTRY.read().unwrap_or_else(PoisonError::into_inner);
    usize::try_from(id).ok().and_then(|id| all.get(id).cloned())
}

impl std::fmt::Debug for Globals {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Globals({})", self.id)
    }
}

impl Globals {
    /// A new namespace.
    pub fn new(name: &str, parent: Option<Arc<Globals>>) -> Arc<Self> {
        let mut all = REGISTRY.write().unwrap_or_else(PoisonError::into_inner);
        let made = Arc::new(Self {
            id: u32::try_from(all.len()).unwrap_or(u32::MAX),
            name: Str::new(name),
            entries: RwLock::default(),
            parent,
        });
        all.push(made.clone());
        made
    }

    /// Looks a name up, here and then around.
    pub fn find(&self, name: &str) -> Option<Found> {
        let here = {
            let entries = self.entries.read().unwrap_or_else(PoisonError::into_inner);
            entries.1.get(name).map(|e| Found { value: e.value.clone(), version: e.version, n_writes: e.n_writes })
        };
        here.or_else(|| self.parent.as_ref()?.find(name))
    }

    /// The value of a name.
    pub fn get(&self, name: &str) -> Option<Value> {
        self.find(name).map(|f| f.value)
    }

    /// Is the name bound here, not only around.
    pub fn has_own(&self, name: &str) -> bool {
        self.entries.read().unwrap_or_else(PoisonError::into_inner).1.contains_key(name)
    }

    /// Binds a name.
    pub fn set(&self, name: &str, value: Value) {
        let version = EPOCH.fetch_add(1, Ordering::AcqRel) + 1;
        let mut entries = self.entries.write().unwrap_or_else(PoisonError::into_inner);
        let old = match entries.1.get_mut(name) {
            Some(entry) => {
                entry.version = version;
                entry.n_writes += 1;
                Some(std::mem::replace(&mut entry.value, value))
            }
            None => {
                entries.0.push(Str::new(name));
                entries.1.insert(Str::new(name), Entry { value, version, n_writes: 1 });
                None
            }
        };
        drop(entries);
        // What the name held may be large, or hold the last reference to something that looks here.
        drop(old);
    }

    /// Unbinds a name.
    pub fn delete(&self, name: &str) {
        EPOCH.fetch_add(1, Ordering::AcqRel);
        let mut entries = self.entries.write().unwrap_or_else(PoisonError::into_inner);
        let old = entries.1.remove(name);
        entries.0.retain(|n| n.as_str() != name);
        drop(entries);
        drop(old);
    }

    /// The names bound here, in the order in which they were first bound.
    pub fn names(&self) -> Vec<Str> {
        self.entries.read().unwrap_or_else(PoisonError::into_inner).0.clone()
    }
}
