//! Lists: contiguous segments, unboxed where all items are ints of 64 bits, or floats.

use crate::{Res, Value};

/// The items of a list.
#[derive(Clone)]
pub enum Items {
    /// All are ints (not bools) of 64 bits.
    Int(Vec<i64>),
    /// All are floats.
    Float(Vec<f64>),
    /// Any.
    Any(Vec<Value>),
}

/// A list. Compiled code reads `data`, `len` and `kind`.
#[repr(C)]
pub struct List {
    data: usize,
    len: usize,
    kind: u8,
    items: Items,
}

impl List {
    /// Offset of the address of the first item.
    pub const DATA_OFFSET: usize = std::mem::offset_of!(List, data);
    /// Offset of the number of items.
    pub const LEN_OFFSET: usize = std::mem::offset_of!(List, len);
    /// Offset of the kind: 0 any, 1 int, 2 float.
    pub const KIND_OFFSET: usize = std::mem::offset_of!(List, kind);

    /// A list of these items.
    pub fn new(items: Items) -> Self {
        let (data, len, kind) = match &items {
            Items::Any(v) => (v.as_ptr().expose_provenance(), v.len(), 0),
            Items::Int(v) => (v.as_ptr().expose_provenance(), v.len(), 1),
            Items::Float(v) => (v.as_ptr().expose_provenance(), v.len(), 2),
        };
        Self { data, len, kind, items }
    }

    /// A list of these values, unboxed where all of them allow it.
    pub fn from_values(values: Vec<Value>) -> Self {
        if !values.is_empty() && values.iter().all(|v| matches!(v, Value::Int(_))) {
            return Self::new(Items::Int(
                values.iter().map(|v| if let Value::Int(n) = v { *n } else { 0 }).collect(),
            ));
        }
        if !values.is_empty() && values.iter().all(|v| matches!(v, Value::Float(_))) {
            return Self::new(Items::Float(
                values.iter().map(|v| if let Value::Float(x) = v { *x } else { 0.0 }).collect(),
            ));
        }
        Self::new(Items::Any(values))
    }

    /// The number of items.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Has it no items.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The items.
    pub fn items(&self) -> &Items {
        &self.items
    }

    /// One item, none beyond the end.
    pub fn get(&self, idx: usize) -> Option<Value> {
        match &self.items {
            Items::Any(v) => v.get(idx).cloned(),
            Items::Int(v) => v.get(idx).map(|n| Value::Int(*n)),
            Items::Float(v) => v.get(idx).map(|x| Value::Float(*x)),
        }
    }

    /// All items, boxed.
    pub fn to_values(&self) -> Vec<Value> {
        (0..self.len).filter_map(|i| self.get(i)).collect()
    }

    /// Changes the items of a list that nobody else sees, and keeps what compiled code reads true.
    pub fn update(&mut self, change: impl FnOnce(&mut Items)) {
        change(&mut self.items);
        *self = Self::new(std::mem::replace(&mut self.items, Items::Any(Vec::new())));
    }
}

/// `a + b`; `a` is reused in place where this is the only reference to it.
pub fn concat(a: crate::Ref<List>, b: &List) -> Res {
    let _ = (a, b);
    unimplemented!()
}
