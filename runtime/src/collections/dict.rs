//! Dicts in order of insertion, and their views: the structure; methods are in `dict_methods`, `views` and `counter`.

use super::dict_tree::{Entry, Tree};
use super::index::{Index, runs_code};
use super::log::Log;
use super::{Unmade, afford, same};
use crate::{Ref, Res, Value, ops};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

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
    entries: Entries,
    log: Log,
}

/// How the entries are kept.
#[derive(Clone)]
enum Entries {
    /// In one piece, as every dict begins.
    Flat(Flat),
    /// Shared with other dicts: what a large dict that somebody else holds becomes when it is updated.
    Tree(Box<Tree>),
}

#[derive(Default)]
struct Flat {
    entries: Vec<Entry>,
    index: Index,
    /// The same entries as a tree, made when one is asked for.
    tree: OnceLock<Box<Tree>>,
    /// Was it copied from another in order to change it.
    is_version: bool,
    /// Was it copied in order to change the copy.
    has_versions: AtomicBool,
}

impl Clone for Flat {
    fn clone(&self) -> Self {
        Self { entries: self.entries.clone(), index: self.index.clone(), ..Self::default() }
    }
}

impl Flat {
    fn forget_tree(&mut self) {
        if self.tree.get().is_some() {
            self.tree = OnceLock::new();
        }
    }

    fn push(&mut self, entry: Entry) {
        self.entries.push(entry);
        let entries = &self.entries;
        self.index.added(entries.len(), |i| entries[i].0);
    }
}

/// Up to this many entries, an update of a shared dict copies them.
const SMALL: usize = 64;

impl Dict {
    /// An empty dict.
    pub fn new() -> Self {
        Self::with_flavour(DictFlavour::Plain)
    }

    /// An empty dict of this kind.
    pub fn with_flavour(flavour: DictFlavour) -> Self {
        Self { flavour, entries: Entries::Flat(Flat::default()), log: Log::default() }
    }

    /// An empty dict with room for `n` entries.
    pub fn with_capacity(n: usize) -> Self {
        let mut index = Index::default();
        index.reserve(n, |_| 0);
        let entries = Entries::Flat(Flat { entries: Vec::with_capacity(n), index, ..Flat::default() });
        Self { flavour: DictFlavour::Plain, entries, log: Log::default() }
    }

    /// The same entries, as a dict of this kind.
    pub fn clone_as(&self, flavour: DictFlavour) -> Self {
        Self { flavour, entries: self.entries.clone(), log: Log::default() }
    }

    /// The same entries, to be changed in `n` of them. A large dict that was made by such a change, or of which this is done again,
    /// is shared as a tree, so that a chain of versions costs O(log n) for each; else it is copied, which is cheaper once.
    fn version(&self, flavour: DictFlavour, n: usize) -> Self {
        let entries = match &self.entries {
            Entries::Flat(flat) if flat.entries.len() > SMALL && n < flat.entries.len() / 8 => {
                if flat.is_version || flat.has_versions.swap(true, Relaxed) {
                    Entries::Tree(flat.tree.get_or_init(|| Box::new(Tree::of(&flat.entries))).clone())
                } else {
                    Entries::Flat(Flat { is_version: true, ..flat.clone() })
                }
            }
            other => other.clone(),
        };
        Self { flavour, entries, log: Log::default() }
    }

    /// The number of entries.
    pub fn len(&self) -> usize {
        match &self.entries {
            Entries::Flat(flat) => flat.entries.len(),
            Entries::Tree(tree) => tree.len(),
        }
    }

    /// Has it no entries.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn find(&self, hash: u64, key: &Value) -> Res<Option<usize>> {
        match &self.entries {
            Entries::Flat(Flat { entries, index, .. }) => {
                let is_match = |i: usize| {
                    let (h, k, _): &Entry = &entries[i];
                    if *h == hash { same(k, key) } else { Ok(false) }
                };
                if runs_code(key) {
                    index.find_in_order(hash, entries.len(), is_match)
                } else {
                    index.find(hash, entries.len(), is_match)
                }
            }
            Entries::Tree(tree) => tree.find(hash, key),
        }
    }

    fn entry(&self, idx: usize) -> Option<&Entry> {
        match &self.entries {
            Entries::Flat(flat) => flat.entries.get(idx),
            Entries::Tree(tree) => tree.get(idx),
        }
    }

    fn value_mut(&mut self, idx: usize) -> &mut Value {
        let found = match &mut self.entries {
            Entries::Flat(flat) => {
                flat.forget_tree();
                flat.entries.get_mut(idx).map(|entry| &mut entry.2)
            }
            Entries::Tree(tree) => tree.value_mut(idx),
        };
        match found {
            Some(value) => value,
            None => unreachable!("the place was found in this dict"),
        }
    }

    /// The value of a key.
    pub fn get(&self, key: &Value) -> Res<Option<&Value>> {
        let hash = ops::hash(key)?;
        self.get_hashed(hash, key)
    }

    /// The value of a key whose hash is known.
    pub fn get_hashed(&self, hash: u64, key: &Value) -> Res<Option<&Value>> {
        Ok(self.find(hash, key)?.and_then(|i| self.entry(i)).map(|entry| &entry.2))
    }

    /// Is there an entry with this key.
    pub fn contains_key(&self, key: &Value) -> Res<bool> {
        Ok(self.get(key)?.is_some())
    }

    /// The entry at a place in the order.
    pub fn entry_at(&self, idx: usize) -> Option<(&Value, &Value)> {
        self.entry(idx).map(|(_, k, v)| (k, v))
    }

    /// Adds an entry, or replaces the value (the first key object stays). For a dict that is being built.
    pub fn insert(&mut self, key: Value, value: Value) -> Res<()> {
        let hash = ops::hash(&key)?;
        self.insert_hashed(hash, key, value)
    }

    /// [`Dict::insert`] of a key whose hash is known.
    pub fn insert_hashed(&mut self, hash: u64, key: Value, value: Value) -> Res<()> {
        if self.log.is_watching() {
            self.note(&key, &value);
        }
        match self.find(hash, &key)? {
            Some(i) => {
                *self.value_mut(i) = value;
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
                self.len() - 1
            }
        };
        Ok(self.value_mut(at))
    }

    /// Adds to the count of a key, which counts as zero where it is not there; the place of its entry. For a dict that is being
    /// built.
    pub fn count(&mut self, key: &Value, n: i64) -> Res<usize> {
        let hash = ops::hash(key)?;
        self.count_hashed(hash, key, n)
    }

    fn count_hashed(&mut self, hash: u64, key: &Value, n: i64) -> Res<usize> {
        if self.log.is_watching() {
            self.note(key, &Value::Int(n));
        }
        let Some(at) = self.find(hash, key)? else {
            self.push(hash, key.clone(), Value::Int(n))?;
            return Ok(self.len() - 1);
        };
        self.count_at(at, n)?;
        Ok(at)
    }

    /// As [`Dict::count`], with a tuple of these for a key, which is only made where it is new.
    ///
    /// # Errors
    ///
    /// As there.
    pub fn count_tuple(&mut self, items: &[Value], n: i64) -> Res<usize> {
        let (Some(key), Entries::Flat(Flat { entries, index, .. }), false) =
            (Unmade::of(items), &self.entries, self.log.is_noting())
        else {
            return self.count(&Value::tuple(items.to_vec()), n);
        };
        let is_match = |i: usize| {
            let (hash, known, _): &Entry = &entries[i];
            if *hash == key.hash { key.is(known) } else { Ok(false) }
        };
        let Some(at) = index.find(key.hash, entries.len(), is_match)? else {
            self.push(key.hash, key.make(), Value::Int(n))?;
            return Ok(self.len() - 1);
        };
        self.count_at(at, n)?;
        Ok(at)
    }

    /// Adds to a count.
    fn count_at(&mut self, at: usize, n: i64) -> Res<()> {
        let count = self.value_mut(at);
        *count = match &*count {
            Value::Int(so_far) => Value::int128(i128::from(*so_far) + i128::from(n)),
            other => ops::binary(ops::BinOp::Add, other, &Value::Int(n))?,
        };
        Ok(())
    }

    /// From here on the dict is a part, to which [`Dict::join`] is done or which is joined.
    pub fn watch(&mut self) {
        self.log.watch();
    }

    #[cold]
    fn note(&mut self, key: &Value, value: &Value) {
        let Self { entries, log, .. } = self;
        let so_far = || match entries {
            Entries::Flat(flat) => flat.entries.iter().map(|(_, k, v)| (k.clone(), v.clone())).collect(),
            Entries::Tree(tree) => {
                (0..tree.len()).filter_map(|i| tree.get(i)).map(|e| (e.1.clone(), e.2.clone())).collect()
            }
        };
        if log.begins(key, so_far) {
            log.push(key.clone(), value.clone());
        }
    }

    /// What [`Dict::roll_back`] needs to know.
    pub fn mark(&self) -> (usize, Option<usize>) {
        (self.len(), self.log.mark())
    }

    /// Forgets the entries that were added behind a mark.
    pub fn roll_back(&mut self, (n, noted): (usize, Option<usize>)) {
        self.truncate(n);
        self.log.truncate(noted);
    }

    /// Adds what was added to a part that comes right behind this one, as if it had been added here.
    ///
    /// # Errors
    ///
    /// What a comparison raises.
    pub fn join(&mut self, more: &Self) -> Res<()> {
        more.log
            .replay(|key, value| self.insert(key.clone(), value.clone()))
            .unwrap_or_else(|| self.update(more))
    }

    /// As [`Dict::join`], of counts.
    ///
    /// # Errors
    ///
    /// What a comparison raises.
    pub fn join_counts(&mut self, more: &Self) -> Res<()> {
        let mut count = |key: &Value, n: &Value| match n {
            Value::Int(n) => self.count(key, *n).map(drop),
            _ => Ok(()),
        };
        match more.log.replay(&mut count) {
            Some(joined) => joined,
            None => self.add_counts(more),
        }
    }

    /// Takes back one from the count in the entry at this place.
    pub fn uncount(&mut self, at: usize) {
        if let Value::Int(n) = self.value_mut(at) {
            *n -= 1;
        }
    }

    /// Adds the counts of another dict.
    pub fn add_counts(&mut self, more: &Self) -> Res<()> {
        for (i, (hash, key, n)) in more.entries().enumerate() {
            if i % 4096 == 4095 {
                crate::hooks::poll()?;
            }
            if let Value::Int(n) = n {
                self.count_hashed(*hash, key, *n)?;
            }
        }
        Ok(())
    }

    /// The entries whose keys have this hash, for a caller that compares them itself.
    pub fn same_hash(&self, hash: u64) -> Vec<(Value, Value)> {
        match &self.entries {
            Entries::Flat(Flat { entries, index, .. }) => {
                let mut all = Vec::new();
                let found = index.find(hash, entries.len(), |i| {
                    let (h, k, v) = &entries[i];
                    if *h == hash {
                        all.push((k.clone(), v.clone()));
                    }
                    Ok(false)
                });
                debug_assert!(matches!(found, Ok(None)), "nothing is accepted");
                all
            }
            Entries::Tree(tree) => tree.of_hash(hash).map(|(_, k, v)| (k.clone(), v.clone())).collect(),
        }
    }

    /// Adds an entry without comparing it with others.
    pub fn insert_apart(&mut self, hash: u64, key: Value, value: Value) -> Res<()> {
        self.push(hash, key, value)
    }

    /// Removes an entry and keeps the order of the others; O(n). For a dict that is being built.
    pub fn remove(&mut self, key: &Value) -> Res<Option<Value>> {
        let hash = ops::hash(key)?;
        let Some(at) = self.find(hash, key)? else { return Ok(None) };
        let mut entries: Vec<Entry> = self.entries().cloned().collect();
        let (_, _, value) = entries.remove(at);
        let mut index = Index::default();
        index.rebuild(entries.len(), |i| entries[i].0);
        self.entries = Entries::Flat(Flat { entries, index, ..Flat::default() });
        Ok(Some(value))
    }

    /// Forgets all but the first `n` keys that were added. For a dict that is being built.
    pub fn truncate(&mut self, n: usize) {
        if n < self.len() {
            let mut kept = Flat::default();
            self.entries().take(n).for_each(|entry| kept.push(entry.clone()));
            self.entries = Entries::Flat(kept);
        }
    }

    fn push(&mut self, hash: u64, key: Value, value: Value) -> Res<()> {
        match &mut self.entries {
            Entries::Flat(flat) => {
                if flat.entries.len() == flat.entries.capacity() {
                    let n = flat.entries.len().saturating_mul(2);
                    afford(n, if n > Index::MAX { usize::MAX } else { 48 }, "dict")?;
                }
                flat.forget_tree();
                flat.push((hash, key, value));
            }
            Entries::Tree(tree) => tree.push((hash, key, value)),
        }
        Ok(())
    }

    /// Adds all entries of another dict, whose hashes are known.
    pub fn update(&mut self, other: &Dict) -> Res<()> {
        for (n, (hash, key, value)) in other.entries().enumerate() {
            if n % 4096 == 4095 {
                crate::hooks::poll()?;
            }
            self.insert_hashed(*hash, key.clone(), value.clone())?;
        }
        Ok(())
    }

    /// `self | other`, of the kind of `self`.
    pub fn merged(&self, other: &Self) -> Res<Self> {
        let mut dict = self.version(self.flavour, other.len());
        dict.update(other)?;
        Ok(dict)
    }

    /// [`Dict::update`] that changes nothing where it fails.
    pub fn update_whole(&mut self, other: &Dict) -> Res<()> {
        let n = self.len();
        let mut replaced = Vec::new();
        let outcome = other.entries().enumerate().try_for_each(|(i, (hash, key, value))| {
            if i % 4096 == 4095 {
                crate::hooks::poll()?;
            }
            match self.find(*hash, key)? {
                Some(at) => {
                    replaced.push((at, std::mem::replace(self.value_mut(at), value.clone())));
                    Ok(())
                }
                None => self.push(*hash, key.clone(), value.clone()),
            }
        });
        if outcome.is_err() {
            for (at, value) in replaced.into_iter().rev() {
                *self.value_mut(at) = value;
            }
            let entries: Vec<Entry> = self.entries().take(n).cloned().collect();
            let mut index = Index::default();
            index.rebuild(n, |i| entries[i].0);
            self.entries = Entries::Flat(Flat { entries, index, ..Flat::default() });
        }
        outcome
    }

    /// `{**self, ...}` with room for `n` more entries, which the caller adds.
    pub fn display(&self, n: usize) -> Self {
        self.version(DictFlavour::Plain, n)
    }

    /// The entries, in order.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = (&Value, &Value)> + ExactSizeIterator {
        self.entries().map(|(_, k, v)| (k, v))
    }

    /// The entries with the hashes of their keys, in order.
    pub fn iter_hashed(&self) -> impl DoubleEndedIterator<Item = (u64, &Value, &Value)> + ExactSizeIterator {
        self.entries().map(|(h, k, v)| (*h, k, v))
    }

    fn entries(&self) -> impl DoubleEndedIterator<Item = &Entry> + ExactSizeIterator {
        match &self.entries {
            Entries::Flat(flat) => Iter::Flat(flat.entries.iter()),
            Entries::Tree(tree) => Iter::Tree(tree.iter()),
        }
    }
}

/// Entries in order.
enum Iter<A, B> {
    Flat(A),
    Tree(B),
}

impl<'a, A: Iterator<Item = &'a Entry>, B: Iterator<Item = &'a Entry>> Iterator for Iter<A, B> {
    type Item = &'a Entry;

    fn next(&mut self) -> Option<&'a Entry> {
        match self {
            Self::Flat(a) => a.next(),
            Self::Tree(b) => b.next(),
        }
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        match self {
            Self::Flat(a) => a.size_hint(),
            Self::Tree(b) => b.size_hint(),
        }
    }
}

impl<'a, A, B> DoubleEndedIterator for Iter<A, B>
where
    A: DoubleEndedIterator<Item = &'a Entry>,
    B: DoubleEndedIterator<Item = &'a Entry>,
{
    fn next_back(&mut self) -> Option<&'a Entry> {
        match self {
            Self::Flat(a) => a.next_back(),
            Self::Tree(b) => b.next_back(),
        }
    }
}

impl<'a, A, B> ExactSizeIterator for Iter<A, B>
where
    A: ExactSizeIterator<Item = &'a Entry>,
    B: ExactSizeIterator<Item = &'a Entry>,
{
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
    for (n, (hash, key, value)) in a.entries().enumerate() {
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
