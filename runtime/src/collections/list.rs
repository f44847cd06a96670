//! Lists: contiguous segments, unboxed where all items are ints of 64 bits, or floats, or tuples of such in one form.

use super::afford;
use super::rows::Rows;
use crate::budget;
use crate::{Ref, Res, Value};

/// The items of a list.
#[derive(Clone)]
pub enum Items {
    /// All are ints (not bools) of 64 bits.
    Int(Vec<i64>),
    /// All are floats.
    Float(Vec<f64>),
    /// All are tuples of numbers, booleans and `None` in one form.
    Rows(Rows),
    /// Any.
    Any(Vec<Value>),
}

impl Items {
    /// Adds one item, boxing the others where it does not fit among them.
    pub fn push(&mut self, value: Value) {
        match (&mut *self, value) {
            (Self::Int(v), Value::Int(n)) => v.push(n),
            (Self::Float(v), Value::Float(x)) => v.push(x),
            (Self::Any(v), value) if !v.is_empty() => v.push(value),
            (Self::Any(v), Value::Int(n)) if v.is_empty() => *self = Self::Int(vec![n]),
            (Self::Any(v), Value::Float(x)) if v.is_empty() => *self = Self::Float(vec![x]),
            (Self::Rows(rows), value) => {
                if !rows.push(&value) {
                    self.boxed(1).push(value);
                }
            }
            (_, value) => match Rows::like(&value).filter(|_| self.is_empty()) {
                Some(mut rows) => {
                    rows.push(&value);
                    *self = Self::Rows(rows);
                }
                None => self.boxed(1).push(value),
            },
        }
    }

    /// Adds the items of another list.
    pub fn extend(&mut self, other: &Items) {
        match (&mut *self, other) {
            (Self::Int(a), Self::Int(b)) => a.extend_from_slice(b),
            (Self::Float(a), Self::Float(b)) => a.extend_from_slice(b),
            (Self::Any(a), Self::Any(b)) => a.extend_from_slice(b),
            (Self::Rows(a), Self::Rows(b)) if a.id() == b.id() => {
                a.extend(b);
            }
            (Self::Rows(a), Self::Any(b)) => {
                let before = a.len();
                if !b.iter().all(|v| a.push(v)) {
                    a.truncate(before);
                    self.boxed(b.len()).extend_from_slice(b);
                }
            }
            (Self::Any(a), b) if a.is_empty() => *self = b.clone(),
            (_, Self::Any(b)) if b.is_empty() => {}
            (_, Self::Int(b)) => self.boxed(b.len()).extend(b.iter().map(|n| Value::Int(*n))),
            (_, Self::Float(b)) => self.boxed(b.len()).extend(b.iter().map(|x| Value::Float(*x))),
            (_, Self::Rows(b)) => self.boxed(b.len()).extend(b.values()),
            (_, Self::Any(b)) => self.boxed(b.len()).extend_from_slice(b),
        }
    }

    /// The number of items.
    pub fn len(&self) -> usize {
        match self {
            Self::Int(v) => v.len(),
            Self::Float(v) => v.len(),
            Self::Rows(rows) => rows.len(),
            Self::Any(v) => v.len(),
        }
    }

    /// How they are stored, as compiled code names it: -1 ints, -2 floats, -3 anything, else the number of the form of rows.
    pub fn form(&self) -> i64 {
        match self {
            Self::Int(_) => -1,
            Self::Float(_) => -2,
            Self::Any(_) => -3,
            Self::Rows(rows) => i64::from(rows.id()),
        }
    }

    /// Are there none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The bytes of one item.
    pub fn item_bytes(&self) -> usize {
        match self {
            Self::Int(_) | Self::Float(_) => 8,
            Self::Rows(rows) => 8 * rows.width(),
            Self::Any(_) => 16,
        }
    }

    /// All items, boxed.
    pub fn to_values(&self) -> Vec<Value> {
        match self {
            Self::Any(v) => v.clone(),
            Self::Int(v) => v.iter().map(|n| Value::Int(*n)).collect(),
            Self::Float(v) => v.iter().map(|x| Value::Float(*x)).collect(),
            Self::Rows(rows) => rows.values().collect(),
        }
    }

    /// The items as boxed values, with room for `extra` more.
    fn boxed(&mut self, extra: usize) -> &mut Vec<Value> {
        let mut values = Vec::new();
        match self {
            Self::Int(v) => {
                values.reserve(v.len() + extra);
                values.extend(v.iter().map(|n| Value::Int(*n)));
            }
            Self::Float(v) => {
                values.reserve(v.len() + extra);
                values.extend(v.iter().map(|x| Value::Float(*x)));
            }
            Self::Rows(rows) => {
                values.reserve(rows.len() + extra);
                values.extend(rows.values());
            }
            Self::Any(v) => values = std::mem::take(v),
        }
        *self = Self::Any(values);
        match self {
            Self::Any(v) => v,
            Self::Int(_) | Self::Float(_) | Self::Rows(_) => unreachable!("it was made `Any` a line above"),
        }
    }

    /// Forgets all but the first `n` items.
    pub fn truncate(&mut self, n: usize) {
        match self {
            Self::Int(v) => v.truncate(n),
            Self::Float(v) => v.truncate(n),
            Self::Rows(rows) => rows.truncate(n),
            Self::Any(v) => v.truncate(n),
        }
    }

    /// How many items there is room for.
    pub fn capacity(&self) -> usize {
        match self {
            Self::Int(v) => v.capacity(),
            Self::Float(v) => v.capacity(),
            Self::Rows(rows) => rows.capacity(),
            Self::Any(v) => v.capacity(),
        }
    }
}

/// A list. Compiled code reads `data`, `len` and `form`.
#[repr(C)]
pub struct List {
    data: usize,
    len: usize,
    form: i64,
    items: Items,
}

impl List {
    /// Offset of the address of the first item.
    pub const DATA_OFFSET: usize = std::mem::offset_of!(List, data);
    /// Offset of the number of items.
    pub const LEN_OFFSET: usize = std::mem::offset_of!(List, len);
    /// Offset of how the items are stored: see [`Items::form`].
    pub const FORM_OFFSET: usize = std::mem::offset_of!(List, form);

    /// A list of these items.
    pub fn new(items: Items) -> Self {
        let (data, len, form) = head(&items);
        Self { data, len, form, items }
    }

    /// A list of these values, unboxed where all of them allow it.
    pub fn from_values(values: Vec<Value>) -> Self {
        match values.first() {
            Some(Value::Int(_)) if values.iter().all(|v| matches!(v, Value::Int(_))) => Self::new(
                Items::Int(values.iter().map(|v| if let Value::Int(n) = v { *n } else { 0 }).collect()),
            ),
            Some(Value::Float(_)) if values.iter().all(|v| matches!(v, Value::Float(_))) => Self::new(
                Items::Float(values.iter().map(|v| if let Value::Float(x) = v { *x } else { 0.0 }).collect()),
            ),
            Some(first @ Value::Tuple(_)) => {
                let Some(mut rows) = Rows::like(first) else { return Self::new(Items::Any(values)) };
                rows.reserve(values.len());
                let fit = values.iter().all(|v| rows.push(v));
                Self::new(if fit { Items::Rows(rows) } else { Items::Any(values) })
            }
            _ => Self::new(Items::Any(values)),
        }
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
            Items::Rows(rows) => rows.get(idx),
        }
    }

    /// All items, boxed.
    pub fn to_values(&self) -> Vec<Value> {
        self.items.to_values()
    }

    /// Changes the items of a list that nobody else sees, and keeps what compiled code reads true.
    pub fn update(&mut self, change: impl FnOnce(&mut Items)) {
        change(&mut self.items);
        (self.data, self.len, self.form) = head(&self.items);
    }

    /// Adds an int where there is room for it among ints.
    #[inline]
    pub fn push_int_into_room(&mut self, n: i64) -> bool {
        match &mut self.items {
            Items::Int(v) if v.len() < v.capacity() => {
                v.push(n);
                self.len += 1;
                true
            }
            _ => false,
        }
    }

    /// Adds a float where there is room for it among floats.
    #[inline]
    pub fn push_float_into_room(&mut self, x: f64) -> bool {
        match &mut self.items {
            Items::Float(v) if v.len() < v.capacity() => {
                v.push(x);
                self.len += 1;
                true
            }
            _ => false,
        }
    }

    /// Adds a row of zeros where there is room for it among rows of this form: the address of its words.
    #[inline]
    pub fn add_row_into_room(&mut self, form: i64) -> Option<usize> {
        match &mut self.items {
            Items::Rows(rows) if i64::from(rows.id()) == form && rows.has_room() => {
                self.len += 1;
                Some(rows.add())
            }
            _ => None,
        }
    }

    /// Forgets the items from this address on.
    pub fn end_at(&mut self, address: i64) -> bool {
        let bytes = usize::try_from(address).ok().and_then(|end| end.checked_sub(self.data));
        let Some(n) = bytes.map(|bytes| bytes / self.items.item_bytes()).filter(|n| *n <= self.len) else {
            return false;
        };
        match n {
            0 => self.update(|items| *items = Items::Any(Vec::new())),
            n if n < self.len => self.update(|items| items.truncate(n)),
            _ => {}
        }
        true
    }

    /// The items at `start`, `start + step`, ..., `n` of them, all of which exist.
    pub fn pick(&self, start: i64, step: i64, n: usize) -> Self {
        Self::new(match &self.items {
            Items::Int(v) => Items::Int(super::seq::pick(v, start, step, n)),
            Items::Float(v) => Items::Float(super::seq::pick(v, start, step, n)),
            Items::Rows(rows) => Items::Rows(rows.pick(super::seq::places(start, step, n))),
            Items::Any(v) => return Self::from_values(super::seq::pick(v, start, step, n)),
        })
    }
}

/// What compiled code reads of a list of these items: where they are, how many, and how they are stored.
fn head(items: &Items) -> (usize, usize, i64) {
    let data = match items {
        Items::Any(v) => v.as_ptr().expose_provenance(),
        Items::Int(v) => v.as_ptr().expose_provenance(),
        Items::Float(v) => v.as_ptr().expose_provenance(),
        Items::Rows(rows) => rows.words().as_ptr().expose_provenance(),
    };
    (data, items.len(), items.form())
}

/// The bytes of an item of two lists that become one.
fn item_bytes(a: &List, b: &List) -> usize {
    a.items.item_bytes().max(b.items.item_bytes())
}

/// `a + b`.
pub fn concat(a: &List, b: &List) -> Res {
    let n = a.len().saturating_add(b.len());
    afford(n, item_bytes(a, b), "list")?;
    let mut items = match &a.items {
        Items::Int(v) => Items::Int(with_room(v, n)),
        Items::Float(v) => Items::Float(with_room(v, n)),
        Items::Rows(rows) => {
            let mut all = rows.empty();
            all.reserve(n);
            all.extend(rows);
            Items::Rows(all)
        }
        Items::Any(v) => Items::Any(with_room(v, n)),
    };
    items.extend(&b.items);
    Ok(Value::List(Ref::new(List::new(items))))
}

/// Adds the items of `b` to `a` where this is the only reference to it, which makes growing amortized O(`b`).
pub(super) fn extend_own(a: &mut Ref<List>, b: &List) -> Res<bool> {
    let (n, size) = (a.len().saturating_add(b.len()), item_bytes(a, b));
    let Some(list) = Ref::get_mut(a) else { return Ok(false) };
    let capacity = list.items.capacity();
    // The buffer grows by as much again, at least.
    if n > capacity && !budget::fits(capacity.max(b.len()).saturating_mul(size)) {
        afford(n, size, "list")?;
    }
    list.update(|items| items.extend(&b.items));
    Ok(true)
}

/// `a * n`.
pub fn repeat(a: &List, n: usize) -> Res {
    afford(a.len().saturating_mul(n), a.items.item_bytes(), "list")?;
    let items = match &a.items {
        Items::Int(v) => Items::Int(v.repeat(n)),
        Items::Float(v) => Items::Float(v.repeat(n)),
        Items::Rows(rows) => Items::Rows(rows.repeat(n)),
        Items::Any(v) => Items::Any(super::seq::repeat(v, n)?),
    };
    Ok(Value::List(Ref::new(List::new(items))))
}

fn with_room<T: Clone>(v: &[T], n: usize) -> Vec<T> {
    let mut out = Vec::with_capacity(n);
    out.extend_from_slice(v);
    out
}
