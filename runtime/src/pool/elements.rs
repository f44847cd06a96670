//! Memory that compiled code writes the elements of a range into, eight bytes each, without a call.
//!
//! Before a strip there is room made for as many as it may have; behind it they are counted, by where the code has got to.

use crate::collections::{Items, List};
use crate::{Ref, Res, Value, budget};

/// From this many items on, growing asks whether so much memory is there.
const LARGE: usize = 1 << 16;

/// The room for elements of one machine type.
pub(super) struct Elements {
    /// What was gathered so far: of the machine type, until something came that is not.
    items: Items,
    /// Where a strip writes once `items` are boxed.
    strip: Items,
}

/// Where a strip may write: the addresses of the first free place, and of the end.
#[derive(Clone, Copy)]
pub(super) struct Room {
    pub(super) at: i64,
    pub(super) end: i64,
}

impl Elements {
    /// Of ints.
    pub(super) fn ints() -> Self {
        Self { items: Items::Int(Vec::new()), strip: Items::Int(Vec::new()) }
    }

    /// Of floats.
    pub(super) fn floats() -> Self {
        Self { items: Items::Float(Vec::new()), strip: Items::Float(Vec::new()) }
    }

    /// What was gathered.
    pub(super) fn items(&self) -> &Items {
        &self.items
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.items.len()
    }

    fn target(&mut self) -> &mut Items {
        if matches!(self.items, Items::Any(_)) { &mut self.strip } else { &mut self.items }
    }

    /// Makes room for so many more.
    ///
    /// # Errors
    ///
    /// `MemoryError`.
    pub(super) fn open(&mut self, n: usize) -> Res<Room> {
        match self.target() {
            Items::Int(v) => open(v, n),
            Items::Float(v) => open(v, n),
            Items::Rows(_) | Items::Any(_) => Ok(Room { at: 0, end: 0 }),
        }
    }

    /// The strip has written up to this address.
    pub(super) fn close(&mut self, at: i64) {
        match self.target() {
            Items::Int(v) => close(v, at),
            Items::Float(v) => close(v, at),
            Items::Rows(_) | Items::Any(_) => {}
        }
        if matches!(self.items, Items::Any(_)) {
            self.items.extend(&self.strip);
            self.strip.truncate(0);
        }
    }

    /// Forgets all but the first so many.
    pub(super) fn truncate(&mut self, n: usize) {
        self.items.truncate(n);
        self.strip.truncate(0);
    }

    /// Adds items of any type.
    pub(super) fn extend(&mut self, more: &Items) {
        self.items.extend(more);
    }

    /// Adds those of the part right behind this one.
    pub(super) fn append(&mut self, more: Self) {
        if self.len() == 0 && !matches!(self.items, Items::Any(_)) {
            *self = more;
        } else {
            self.items.extend(&more.items);
        }
    }

    /// A list of them.
    pub(super) fn into_list(self) -> Value {
        // An empty list is the same, whatever it might have held.
        let items = if self.len() == 0 { Items::Any(Vec::new()) } else { self.items };
        Value::List(Ref::new(List::new(items)))
    }
}

fn address<T>(at: *mut T) -> i64 {
    i64::try_from(at.expose_provenance()).unwrap_or(0)
}

fn open<T>(v: &mut Vec<T>, n: usize) -> Res<Room> {
    let (len, bytes) = (v.len(), size_of::<T>());
    if len + n > v.capacity() {
        // The buffer grows by as much again.
        if len >= LARGE && !budget::fits(len.saturating_mul(bytes)) {
            budget::check(len, bytes, &format!("a list of more than {len} items"))?;
        }
        v.reserve(n);
    }
    let free = v.spare_capacity_mut();
    let n_bytes = i64::try_from(free.len() * bytes).unwrap_or(0);
    let at = address(free.as_mut_ptr());
    Ok(Room { at, end: at + n_bytes })
}

fn close<T>(v: &mut Vec<T>, at: i64) {
    let start = address(v.spare_capacity_mut().as_mut_ptr());
    let n = usize::try_from(at - start).unwrap_or(0) / size_of::<T>();
    let n = n.min(v.capacity() - v.len());
    // SAFETY: the code that was given the room of `open` writes it from its start on, without gaps, and says how far it has come;
    // the buffer has not moved since, as nothing was added to it. The capacity bounds it.
    unsafe { v.set_len(v.len() + n) };
}

/// The memory of a list whose length is known: every part writes where its elements belong, so that nothing is joined.
pub(super) struct Whole {
    items: Items,
    n: usize,
}

impl Whole {
    /// For `n` ints.
    pub(super) fn ints(n: i64) -> Option<Self> {
        let n = affordable(n)?;
        let mut items = Vec::new();
        items.try_reserve_exact(n).ok()?;
        Some(Self { items: Items::Int(items), n })
    }

    /// For `n` floats.
    pub(super) fn floats(n: i64) -> Option<Self> {
        let n = affordable(n)?;
        let mut items = Vec::new();
        items.try_reserve_exact(n).ok()?;
        Some(Self { items: Items::Float(items), n })
    }

    /// The address of the first element.
    pub(super) fn address(&mut self) -> i64 {
        match &mut self.items {
            Items::Int(v) => address(v.as_mut_ptr()),
            Items::Float(v) => address(v.as_mut_ptr()),
            Items::Rows(_) | Items::Any(_) => 0,
        }
    }

    /// The list, where all elements were written but those that are `apart`: the first one's number, and the elements.
    pub(super) fn into_list(mut self, apart: &[(i64, Value)]) -> Value {
        match &mut self.items {
            // SAFETY: there is room for `n`, and every one was written: by the strip that it belongs to, or below.
            Items::Int(v) => unsafe { fill(v, self.n) },
            // SAFETY: as above.
            Items::Float(v) => unsafe { fill(v, self.n) },
            Items::Rows(_) | Items::Any(_) => {}
        }
        let mut list = List::new(self.items);
        for (lo, more) in apart {
            let (Value::List(more), Ok(lo)) = (more, usize::try_from(*lo)) else { continue };
            list.update(|items| put(items, lo, more.items()));
        }
        Value::List(Ref::new(list))
    }
}

/// A copy of the elements from `lo` up to `hi` of a list in the making, all of which were written but those that are `apart`.
pub(super) fn written(whole: i64, of_ints: bool, (lo, hi): (i64, i64), apart: &[(i64, Value)]) -> Value {
    let items = if of_ints { Items::Int(copied(whole, lo, hi)) } else { Items::Float(copied(whole, lo, hi)) };
    let mut list = List::new(items);
    for (at, more) in apart {
        let (Value::List(more), Ok(at)) = (more, usize::try_from(at - lo)) else { continue };
        list.update(|items| put(items, at, more.items()));
    }
    Value::List(Ref::new(list))
}

fn copied<T: Copy>(whole: i64, lo: i64, hi: i64) -> Vec<T> {
    let (n, first) = (usize::try_from(hi - lo).unwrap_or(0), usize::try_from(whole + lo * 8).unwrap_or(0));
    let from: *const T = std::ptr::with_exposed_provenance(first);
    // SAFETY: `whole` is the address of the memory of a `Whole` that lives as long as its range runs; its elements are eight bytes each, and
    // the part that asks has written those from `lo` up to `hi` but the ones that are apart, whose places are only written over.
    unsafe { std::slice::from_raw_parts(from, n) }.to_vec()
}

fn affordable(n: i64) -> Option<usize> {
    let n = usize::try_from(n).ok().filter(|n| *n > 0)?;
    budget::fits(n.checked_mul(8)?).then_some(n)
}

/// # Safety
///
/// There is room for `n`, and whatever is read of them later was written.
unsafe fn fill<T: Copy + Default>(v: &mut Vec<T>, n: usize) {
    // SAFETY: the caller's.
    unsafe { v.set_len(n) };
}

/// Writes items over those from `lo` on.
fn put(items: &mut Items, lo: usize, more: &Items) {
    match (&mut *items, more) {
        (Items::Int(v), Items::Int(more)) => v[lo..lo + more.len()].copy_from_slice(more),
        (Items::Float(v), Items::Float(more)) => v[lo..lo + more.len()].copy_from_slice(more),
        (_, Items::Any(more)) if more.is_empty() => {}
        (Items::Any(v), more) => {
            let more = more.to_values();
            v[lo..lo + more.len()].clone_from_slice(&more);
        }
        (items, more) => {
            let mut boxed = Items::Any(items.to_values());
            put(&mut boxed, lo, more);
            *items = boxed;
        }
    }
}
