//! Dicts in order of insertion, and their views.

use crate::{Ref, Res, Value};

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
}

impl Dict {
    /// An empty dict.
    pub fn new() -> Self {
        Self { flavour: DictFlavour::Plain, entries: Vec::new() }
    }

    /// The number of entries.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Has it no entries.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The value of a key.
    pub fn get(&self, key: &Value) -> Res<Option<&Value>> {
        let _ = key;
        unimplemented!()
    }

    /// Adds an entry, or replaces the value (the first key object stays). For a dict that is being built.
    pub fn insert(&mut self, key: Value, value: Value) -> Res<()> {
        let _ = (key, value);
        unimplemented!()
    }

    /// The entries, in order.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = (&Value, &Value)> + ExactSizeIterator {
        self.entries.iter().map(|(_, k, v)| (k, v))
    }
}

impl Default for Dict {
    fn default() -> Self {
        Self::new()
    }
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
