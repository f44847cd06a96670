//! The entries of a large dict that shares most of them with others: persistent trees, where one more entry costs O(log n).

use super::same;
use crate::{Res, Value};
use std::hash::{BuildHasherDefault, Hasher};

/// A key with its hash in front and its value behind.
pub(super) type Entry = (u64, Value, Value);

/// Entries in order, and where those of a hash are.
#[derive(Clone, Default)]
pub(super) struct Tree {
    entries: im::Vector<Entry>,
    places: im::GenericHashMap<u64, Places, BuildHasherDefault<Spread>, im::shared_ptr::DefaultSharedPtr>,
}

/// The places of the entries of one hash, oldest first; more than one is rare.
#[derive(Clone)]
struct Places {
    first: usize,
    more: Vec<usize>,
}

/// Spreads what is a hash already.
#[derive(Default)]
pub(super) struct Spread(u64);

impl Hasher for Spread {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.write_u64(u64::from(*byte));
        }
    }

    fn write_u64(&mut self, hash: u64) {
        self.0 = super::index::spread(self.0 ^ hash);
    }
}

impl Tree {
    /// These entries; O(n).
    pub(super) fn of(entries: &[Entry]) -> Self {
        let mut tree = Self::default();
        for entry in entries {
            tree.push(entry.clone());
        }
        tree
    }

    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    pub(super) fn get(&self, idx: usize) -> Option<&Entry> {
        self.entries.get(idx)
    }

    pub(super) fn iter(&self) -> im::vector::Iter<'_, Entry, im::shared_ptr::DefaultSharedPtr> {
        self.entries.iter()
    }

    /// The place of a key. `same` may call functions of the program.
    pub(super) fn find(&self, hash: u64, key: &Value) -> Res<Option<usize>> {
        let Some(places) = self.places.get(&hash) else { return Ok(None) };
        for idx in std::iter::once(&places.first).chain(&places.more) {
            if same(&self.entries[*idx].1, key)? {
                return Ok(Some(*idx));
            }
        }
        Ok(None)
    }

    /// The places of a hash, oldest first.
    pub(super) fn of_hash(&self, hash: u64) -> impl Iterator<Item = &Entry> {
        let places = self.places.get(&hash);
        let all = places.into_iter().flat_map(|p| std::iter::once(p.first).chain(p.more.iter().copied()));
        all.map(|idx| &self.entries[idx])
    }

    /// Adds an entry at the end.
    pub(super) fn push(&mut self, entry: Entry) {
        let (hash, idx) = (entry.0, self.entries.len());
        self.entries.push_back(entry);
        match self.places.get_mut(&hash) {
            Some(places) => places.more.push(idx),
            None => {
                self.places.insert(hash, Places { first: idx, more: Vec::new() });
            }
        }
    }

    /// The value at a place, to be changed.
    pub(super) fn value_mut(&mut self, idx: usize) -> Option<&mut Value> {
        self.entries.get_mut(idx).map(|entry| &mut entry.2)
    }
}
