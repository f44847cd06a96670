//! Dicts in order of insertion, and their views: the structure; methods are in `dict_methods`, `views` and `counter`.

use super::index::Index;
use super::{afford, same};
use crate::{Ref, Res, Value, ops};

/// What kind of dict it is, for `repr`, look-ups and methods.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DictFlavour {
    /// `dict`.
    Plain,
    /// `collections.Counter`.
    Counter,
    /// `collections.OrderedDict`.
    Ordered,
}

/// A dict. Keys are found by [`crate::ops::hash`] and [`crate::ops::eq`], which may call functions of the program.
#[derive(Clone)]
pub struct Dict {
    /// Its kind.
    pub flavour: DictFlavour,
    entries: Vec<(u64, Value, Value)>,
    index: Index,
}

impl Dict {
    /// An empty dict.
    pub fn new() -> Self {
        Self::with_flavour(DictFlavour::Plain)
    }

    /// An empty dict of this kind.
    pub fn with_flavour(flavour: DictFlavour) -> Self {
        Self { flavour, entries: Vec::new(), index: Index::default() }
    }

    /// An empty dict with room for `n` entries.
    pub fn with_capacity(n: usize) -> Self {
        let mut index = Index::default();
        index.reserve(n, |_| 0);
        Self { flavour: DictFlavour::Plain, entries: Vec::with_capacity(n), index }
    }

    /// The same entries, as a dict of this kind.
    pub fn clone_as(&self, flavour: DictFlavour) -> Self {
        Self { flavour, entries: self.entries.clone(), index: self.index.clone() }
    }

    /// The number of entries.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Has it no entries.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    fn find(&self, hash: u64, key: &Value) -> Res<Option<usize>> {
        let entries = &self.entries;
        self.index.find(hash, entries.len(), |i| {
            let (h, k, _) = &entries[i];
            if *h == hash { same(k, key) } else { Ok(false) }
        })
    }

    /// The value of a key.
    pub fn get(&self, key: &Value) -> Res<Option<&Value>> {
        let hash = ops::hash(key)?;
        self.get_hashed(hash, key)
    }

    /// The value of a key whose hash is known.
    pub fn get_hashed(&self, hash: u64, key: &Value) -> Res<Option<&Value>> {
        Ok(self.find(hash, key)?.map(|i| &self.entries[i].2))
    }

    /// Is there an entry with this key.
    pub fn contains_key(&self, key: &Value) -> Res<bool> {
        Ok(self.get(key)?.is_some())
    }

    /// The entry at a place in the order.
    pub fn entry_at(&self, idx: usize) -> Option<(&Value, &Value)> {
        self.entries.get(idx).map(|(_, k, v)| (k, v))
    }

    /// Adds an entry, or replaces the value (the first key object stays). For a dict that is being built.
    pub fn insert(&mut self, key: Value, value: Value) -> Res<()> {
        let hash = ops::hash(&key)?;
        self.insert_hashed(hash, key, value)
    }

    /// [`Dict::insert`] of a key whose hash is known.
    pub fn insert_hashed(&mut self, hash: u64, key: Value, value: Value) -> Res<()> {
        match self.find(hash, &key)? {
            Some(i) => {
                self.entries[i].2 = value;
                Ok(())
            }
            None => self.push(hash, key, value),
        }
    }

    /// The value of a key, to be changed; `default` is entered first where there is none. For a dict that is being built.
    pub fn get_or_insert(&mut self, key: &Value, default: impl FnOnce() -> Value) -> Res<&mut Value> {
        let hash = ops::hash(key)?;
        let at = match self.find(hash, key)? {
            Some(i) => i,
            None => {
                self.push(hash, key.clone(), default())?;
                self.entries.len() - 1
            }
        };
        Ok(&mut self.entries[at].2)
    }

    /// The entries whose keys have this hash, for a caller that compares them itself.
    pub fn same_hash(&self, hash: u64) -> Vec<(Value, Value)> {
        let mut all = Vec::new();
        let found = self.index.find(hash, self.entries.len(), |i| {
            let (h, k, v) = &self.entries[i];
            if *h == hash {
                all.push((k.clone(), v.clone()));
            }
            Ok(false)
        });
        debug_assert!(matches!(found, Ok(None)), "nothing is accepted");
        all
    }

    /// Adds an entry without comparing it with others.
    pub fn insert_apart(&mut self, hash: u64, key: Value, value: Value) -> Res<()> {
        self.push(hash, key, value)
    }

    /// Removes an entry and keeps the order of the others; O(n). For a dict that is being built.
    pub fn remove(&mut self, key: &Value) -> Res<Option<Value>> {
        let hash = ops::hash(key)?;
        let Some(at) = self.find(hash, key)? else { return Ok(None) };
        let (_, _, value) = self.entries.remove(at);
        let entries = &self.entries;
        self.index.rebuild(entries.len(), |i| entries[i].0);
        Ok(Some(value))
    }

    /// Forgets all but the first `n` keys that were added. For a dict that is being built.
    pub fn truncate(&mut self, n: usize) {
        if n < self.entries.len() {
            self.entries.truncate(n);
            let entries = &self.entries;
            self.index.rebuild(entries.len(), |i| entries[i].0);
        }
    }

    fn push(&mut self, hash: u64, key: Value, value: Value) -> Res<()> {
        if self.entries.len() == self.entries.capacity() {
            let n = self.entries.len().saturating_mul(2);
            afford(n, if n > Index::MAX { usize::MAX } else { 48 }, "dict")?;
        }
        self.entries.push((hash, key, value));
        let entries = &self.entries;
        self.index.added(entries.len(), |i| entries[i].0);
        Ok(())
    }

    /// Adds all entries of another dict, whose hashes are known.
    pub fn update(&mut self, other: &Dict) -> Res<()> {
        for (n, (hash, key, value)) in other.entries.iter().enumerate() {
            if n % 4096 == 4095 {
                crate::hooks::poll()?;
            }
            self.insert_hashed(*hash, key.clone(), value.clone())?;
        }
        Ok(())
    }

    /// `this | other`, of the kind of `this`; in place where this is the only reference to it.
    pub fn merged(mut this: Ref<Self>, other: &Self) -> Res<Ref<Self>> {
        if other.is_empty() {
            return Ok(this);
        }
        if let Some(dict) = Ref::get_mut(&mut this) {
            dict.update(other)?;
            return Ok(this);
        }
        let mut dict = Self::clone(&this);
        dict.update(other)?;
        Ok(Ref::new(dict))
    }

    /// `{**this, key: value}`; in place where this is the only reference to it.
    pub fn with_entry(mut this: Ref<Self>, key: Value, value: Value) -> Res<Ref<Self>> {
        if let Some(dict) = Ref::get_mut(&mut this) {
            dict.flavour = DictFlavour::Plain;
            dict.insert(key, value)?;
            return Ok(this);
        }
        let mut dict = this.clone_as(DictFlavour::Plain);
        dict.insert(key, value)?;
        Ok(Ref::new(dict))
    }

    /// The entries, in order.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = (&Value, &Value)> + ExactSizeIterator {
        self.entries.iter().map(|(_, k, v)| (k, v))
    }

    /// The entries with the hashes of their keys, in order.
    pub fn iter_hashed(&self) -> impl DoubleEndedIterator<Item = (u64, &Value, &Value)> + ExactSizeIterator {
        self.entries.iter().map(|(h, k, v)| (*h, k, v))
    }
}

impl Default for Dict {
    fn default() -> Self {
        Self::new()
    }
}

/// `a == b`: the same keys with equal values; for two ordered dicts also in the same order; for two counters a missing
/// count is zero.
pub(super) fn eq(a: &Dict, b: &Dict) -> Res<bool> {
    if a.flavour == DictFlavour::Counter && b.flavour == DictFlavour::Counter {
        return super::counter::all_pairs(a, b, same);
    }
    if a.len() != b.len() {
        return Ok(false);
    }
    let _nest = super::Nest::enter("maximum recursion depth exceeded in comparison")?;
    for (n, (hash, key, value)) in a.entries.iter().enumerate() {
        if n % 4096 == 4095 {
            crate::hooks::poll()?;
        }
        match b.get_hashed(*hash, key)? {
            Some(other) if same(value, other)? => {}
            _ => return Ok(false),
        }
    }
    if a.flavour == DictFlavour::Ordered && b.flavour == DictFlavour::Ordered {
        for ((k, _), (l, _)) in a.iter().zip(b.iter()) {
            if !same(k, l)? {
                return Ok(false);
            }
        }
    }
    Ok(true)
}

/// What a view shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ViewKind {
    /// `d.keys()`.
    Keys,
    /// `d.values()`.
    Values,
    /// `d.items()`.
    Items,
}

/// A view of a dict.
pub struct View {
    /// What it shows.
    pub kind: ViewKind,
    /// Of which dict.
    pub dict: Ref<Dict>,
}
