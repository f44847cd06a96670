//! Sets and frozensets. Whatever would reveal the order of two or more elements is `NotPure`.

use crate::{Res, Value};

/// A set.
#[derive(Clone)]
pub struct Set {
    /// Is it a `frozenset`.
    pub frozen: bool,
    entries: Vec<(u64, Value)>,
}

impl Set {
    /// An empty set.
    pub fn new(frozen: bool) -> Self {
        Self { frozen, entries: Vec::new() }
    }

    /// The number of elements.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Has it no elements.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Is it an element.
    pub fn contains(&self, item: &Value) -> Res<bool> {
        let _ = item;
        unimplemented!()
    }

    /// Adds an element; false where an equal one was there. For a set that is being built.
    pub fn insert(&mut self, item: Value) -> Res<bool> {
        let _ = item;
        unimplemented!()
    }

    /// The elements, in an order that the program must never see.
    pub fn iter_unordered(&self) -> impl ExactSizeIterator<Item = &Value> {
        self.entries.iter().map(|(_, v)| v)
    }
}
