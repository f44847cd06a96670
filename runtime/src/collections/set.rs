//! Sets and frozensets: the structure and the algebra. Whatever would reveal the order of two or more elements is
//! `NotPure`.

use super::index::Index;
use super::log::Log;
use super::{Unmade, afford, order_hidden, same};
use crate::iter::order;
use crate::{Res, Value, hooks, ops};

/// A set.
#[derive(Clone)]
pub struct Set {
    /// Is it a `frozenset`.
    pub frozen: bool,
    entries: Vec<(u64, Value)>,
    index: Index,
    log: Log,
}

impl Set {
    /// An empty set.
    pub fn new(frozen: bool) -> Self {
        Self { frozen, entries: Vec::new(), index: Index::default(), log: Log::default() }
    }

    /// A set of these elements.
    pub fn from_values(frozen: bool, items: Vec<Value>) -> Res<Self> {
        let mut set = Self::new(frozen);
        for (n, item) in items.into_iter().enumerate() {
            if n % 4096 == 4095 {
                hooks::poll()?;
            }
            set.insert(item)?;
        }
        Ok(set)
    }

    /// A set of elements that came in an order which must not show.
    pub fn from_unordered(frozen: bool, items: Vec<Value>) -> Res<Self> {
        let mut set = Self::new(frozen);
        for (n, item) in items.into_iter().enumerate() {
            if n % 4096 == 4095 {
                hooks::poll()?;
            }
            set.insert_unordered(item)?;
        }
        Ok(set)
    }

    /// The same elements, frozen or not.
    pub fn clone_as(&self, frozen: bool) -> Self {
        Self { frozen, entries: self.entries.clone(), index: self.index.clone(), log: Log::default() }
    }

    /// The number of elements.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Has it no elements.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    fn find(&self, hash: u64, item: &Value) -> Res<Option<usize>> {
        let entries = &self.entries;
        self.index.find(hash, entries.len(), |i| {
            let (h, v) = &entries[i];
            if *h == hash { same(v, item) } else { Ok(false) }
        })
    }

    /// Is it an element. A set, which has no hash, is looked for as the frozenset of its elements.
    pub fn contains(&self, item: &Value) -> Res<bool> {
        let hash = match item {
            Value::Set(set) => set.hash(),
            _ => ops::hash(item)?,
        };
        Ok(self.find(hash, item)?.is_some())
    }

    fn contains_hashed(&self, hash: u64, item: &Value) -> Res<bool> {
        Ok(self.find(hash, item)?.is_some())
    }

    /// Adds an element; false where an equal one was there. For a set that is being built.
    pub fn insert(&mut self, item: Value) -> Res<bool> {
        let hash = ops::hash(&item)?;
        self.insert_hashed(hash, item)
    }

    /// As [`Set::insert`], of a tuple of these, which is only made where it is new.
    ///
    /// # Errors
    ///
    /// As there.
    pub fn insert_tuple(&mut self, items: &[Value]) -> Res<bool> {
        let (Some(key), false) = (Unmade::of(items), self.log.is_noting()) else {
            return self.insert(Value::tuple(items.to_vec()));
        };
        let is_match = |i: usize| {
            let (hash, known) = &self.entries[i];
            if *hash == key.hash { key.is(known) } else { Ok(false) }
        };
        if self.index.find(key.hash, self.entries.len(), is_match)?.is_some() {
            return Ok(false);
        }
        self.push(key.hash, key.make())?;
        Ok(true)
    }

    fn insert_hashed(&mut self, hash: u64, item: Value) -> Res<bool> {
        if self.log.is_watching() {
            self.note(&item);
        }
        if self.find(hash, &item)?.is_some() {
            return Ok(false);
        }
        self.push(hash, item)?;
        Ok(true)
    }

    /// From here on the set is a part, to which [`Set::join`] is done or which is joined.
    pub fn watch(&mut self) {
        self.log.watch();
    }

    #[cold]
    fn note(&mut self, item: &Value) {
        let Self { entries, log, .. } = self;
        if log.begins(item, || entries.iter().map(|(_, v)| (v.clone(), Value::None)).collect()) {
            log.push(item.clone(), Value::None);
        }
    }

    /// What [`Set::roll_back`] needs to know.
    pub fn mark(&self) -> (usize, Option<usize>) {
        (self.len(), self.log.mark())
    }

    /// Forgets the elements that were added behind a mark.
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
        match more.log.replay(|item, _| self.insert(item.clone()).map(drop)) {
            Some(joined) => joined,
            None => more.iter_unordered().try_for_each(|item| self.insert(item.clone()).map(drop)),
        }
    }

    /// The element that is equal to this one.
    pub fn find_equal(&self, item: &Value) -> Res<Option<&Value>> {
        Ok(self.find(ops::hash(item)?, item)?.map(|at| &self.entries[at].1))
    }

    /// Adds an element of those that come in an order which must not show: `NotPure` where it would show in which of two equal
    /// ones is kept. For a set that is being built.
    pub fn insert_unordered(&mut self, item: Value) -> Res<()> {
        let hash = ops::hash(&item)?;
        if self.log.is_watching() {
            self.note(&item);
        }
        match self.find(hash, &item)? {
            Some(at) if !order::is_same(&self.entries[at].1, &item) => Err(order_hidden()),
            Some(_) => Ok(()),
            None => self.push(hash, item),
        }
    }

    fn push(&mut self, hash: u64, item: Value) -> Res<()> {
        if self.entries.len() == self.entries.capacity() {
            let n = self.entries.len().saturating_mul(2);
            afford(n, if n > Index::MAX { usize::MAX } else { 32 }, "set")?;
        }
        self.entries.push((hash, item));
        let entries = &self.entries;
        self.index.added(entries.len(), |i| entries[i].0);
        Ok(())
    }

    /// Forgets all but the first `n` elements that were added. For a set that is being built.
    pub fn truncate(&mut self, n: usize) {
        if n < self.entries.len() {
            self.entries.truncate(n);
            let entries = &self.entries;
            self.index.rebuild(entries.len(), |i| entries[i].0);
        }
    }

    /// The elements, in an order that the program must never see.
    pub fn iter_unordered(&self) -> impl ExactSizeIterator<Item = &Value> {
        self.entries.iter().map(|(_, v)| v)
    }

    /// The element, where there is exactly one.
    pub fn only(&self) -> Option<&Value> {
        match &*self.entries {
            [(_, v)] => Some(v),
            _ => None,
        }
    }

    /// A hash that does not depend on the order.
    pub fn hash(&self) -> u64 {
        let mut all = 0x5EED_5E75_u64.wrapping_add(self.entries.len() as u64);
        for (h, _) in &self.entries {
            let x = (*h ^ 0x9E37_79B9_7F4A_7C15).wrapping_mul(0xBF58_476D_1CE4_E5B9);
            all = all.wrapping_add(x ^ (x >> 29));
        }
        all.wrapping_mul(0x94D0_49BB_1331_11EB)
    }

    /// Adds all elements of another set.
    fn absorb(&mut self, other: &Self) -> Res<()> {
        for (n, (hash, item)) in other.entries.iter().enumerate() {
            if n % 4096 == 4095 {
                hooks::poll()?;
            }
            self.insert_hashed(*hash, item.clone())?;
        }
        Ok(())
    }

    /// `self | other`, of the kind of `self`.
    pub fn union(&self, other: &Self) -> Res<Self> {
        let mut set = self.clone();
        set.absorb(other)?;
        Ok(set)
    }

    /// Adds all elements of another set, or none where that fails.
    pub fn absorb_whole(&mut self, other: &Self) -> Res<()> {
        let n = self.len();
        let outcome = self.absorb(other);
        if outcome.is_err() {
            self.entries.truncate(n);
            let entries = &self.entries;
            self.index.rebuild(n, |i| entries[i].0);
        }
        outcome
    }

    /// `self & other`: the elements come from the smaller one, from `other` where both are of one size.
    pub fn intersection(&self, other: &Self) -> Res<Self> {
        let (from, within) = if other.len() > self.len() { (self, other) } else { (other, self) };
        from.filtered(self.frozen, |hash, item| within.contains_hashed(hash, item))
    }

    /// `self - other`.
    pub fn difference(&self, other: &Self) -> Res<Self> {
        self.filtered(self.frozen, |hash, item| Ok(!other.contains_hashed(hash, item)?))
    }

    /// `self ^ other`.
    pub fn symmetric_difference(&self, other: &Self) -> Res<Self> {
        let mut out = other.filtered(self.frozen, |hash, item| Ok(!self.contains_hashed(hash, item)?))?;
        for (hash, item) in &self.entries {
            if !other.contains_hashed(*hash, item)? {
                out.push(*hash, item.clone())?;
            }
        }
        Ok(out)
    }

    /// `self <= other`.
    pub fn is_subset(&self, other: &Self) -> Res<bool> {
        if self.len() > other.len() {
            return Ok(false);
        }
        for (n, (hash, item)) in self.entries.iter().enumerate() {
            if n % 4096 == 4095 {
                hooks::poll()?;
            }
            if !other.contains_hashed(*hash, item)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Have they no element in common.
    pub fn is_disjoint(&self, other: &Self) -> Res<bool> {
        let (from, within) = if other.len() > self.len() { (self, other) } else { (other, self) };
        for (hash, item) in &from.entries {
            if within.contains_hashed(*hash, item)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn filtered(&self, frozen: bool, mut keep: impl FnMut(u64, &Value) -> Res<bool>) -> Res<Self> {
        let mut out = Self::new(frozen);
        for (n, (hash, item)) in self.entries.iter().enumerate() {
            if n % 4096 == 4095 {
                hooks::poll()?;
            }
            if keep(*hash, item)? {
                out.push(*hash, item.clone())?;
            }
        }
        Ok(out)
    }
}
