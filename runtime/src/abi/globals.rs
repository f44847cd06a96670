//! Namespaces of the edge: names, their values, and when they last changed.

use crate::{Str, Value, task};
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
#[derive(Clone, Debug)]
pub struct Found {
    /// Its value.
    pub value: Value,
    /// When it was last bound.
    pub version: u64,
    /// How often it was bound.
    pub n_writes: u32,
}

/// The names of the edge as a block sees them: as they were when it started, with values where the edge has proxies.
#[derive(Debug)]
pub struct View {
    /// Its number; 0 is that of no view at all.
    id: u64,
    names: FxHashMap<(u32, Str), Option<Found>>,
    /// The names that hold what a proxy stands for, which code is not to take for constants.
    proxied: Vec<Str>,
}

impl View {
    /// A view of these names of namespaces; those without a value are not bound. `proxied` names hold proxies' values.
    pub fn new(names: impl IntoIterator<Item = (u32, Str, Option<Found>)>, proxied: Vec<Str>) -> Arc<Self> {
        static LAST: AtomicU64 = AtomicU64::new(0);
        let id = LAST.fetch_add(1, Ordering::Relaxed) + 1;
        Arc::new(Self { id, names: names.into_iter().map(|(g, n, f)| ((g, n), f)).collect(), proxied })
    }
}

/// The number of this thread's view, 0 where it has none.
pub fn view_id() -> u64 {
    task::with_view(|view| view.map_or(0, |v| v.id))
}

/// The names that hold proxies' values in this thread's view.
pub fn proxied_names() -> Vec<Str> {
    task::with_view(|view| view.map(|v| v.proxied.clone()).unwrap_or_default())
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

/// The namespace of a module, the latest of that name.
pub fn globals_named(name: &str) -> Option<Arc<Globals>> {
    let all = REGISTRY.read().unwrap_or_else(PoisonError::into_inner);
    all.iter().rev().find(|g| g.name.as_str() == name).cloned()
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

    /// Looks a name up, here and then around; a block that runs on this thread sees it as in its view.
    pub fn find(&self, name: &str) -> Option<Found> {
        let viewed = task::with_view(|view| {
            view.and_then(|v| v.names.get(&(self.id, Str::new(name)) as &(u32, Str)).cloned())
        });
        let here = match viewed {
            Some(found) => found,
            None => self.find_own(name),
        };
        here.or_else(|| self.parent.as_ref()?.find(name))
    }

    /// Looks a name up here only, as it is bound at this moment.
    pub fn find_own(&self, name: &str) -> Option<Found> {
        let entries = self.entries.read().unwrap_or_else(PoisonError::into_inner);
        entries.1.get(name).map(|e| Found {
            value: e.value.clone(),
            version: e.version,
            n_writes: e.n_writes,
        })
    }

    /// Where names are looked for that are not here.
    pub fn parent(&self) -> Option<&Arc<Globals>> {
        self.parent.as_ref()
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
