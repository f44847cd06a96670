//! The iterators of the built-in containers, and collecting what an iterable gives.

use super::{Dict, DictFlavour, List, Set, ViewKind, afford};
use crate::iter::{self, Iter, Iterate};
use crate::value::{Str, Tuple};
use crate::{Fault, Ref, Res, Value, hooks};
use num_bigint::BigInt;
use num_traits::{One, ToPrimitive, Zero};

/// `iter(value)` of a built-in container, of text or of bytes.
pub fn iter(value: &Value) -> Option<Res> {
    Some(Ok(match value {
        Value::List(list) => Iter::value(ListIter { list: Some(list.clone()), at: 0 }),
        Value::Tuple(items) => Iter::value(TupleIter { items: Some(items.clone()), at: 0 }),
        Value::Range(range) => match range.small() {
            Some((start, stop, step)) => Iter::value(RangeIter {
                next: start,
                step,
                left: u64::try_from(super::slice_len(start, stop, step)).unwrap_or(u64::MAX),
            }),
            None => Iter::value(BigRangeIter {
                next: super::range::big(&range.start),
                step: super::range::big(&range.step),
                left: range.len_big(),
            }),
        },
        Value::Str(text) => Iter::value(StrIter { text: text.clone(), at: 0 }),
        Value::Bytes(bytes) => Iter::value(BytesIter { bytes: bytes.clone(), at: 0 }),
        Value::Dict(dict) => Iter::value(DictIter::forward(dict.clone(), ViewKind::Keys)),
        Value::View(view) => Iter::value(DictIter::forward(view.dict.clone(), view.kind)),
        Value::Set(set) => Iter::value(SetIter { items: elements(set), released: false }),
        Value::Iter(_) => value.clone(),
        _ => return None,
    }))
}

/// `reversed(value)` of a built-in container or of text.
pub(crate) fn reversed(value: &Value) -> Option<Value> {
    Some(match value {
        Value::List(list) => Iter::value(ListBack { list: list.clone(), left: list.len() }),
        Value::Tuple(items) => Iter::value(TupleBack { items: items.clone(), left: items.len() }),
        Value::Str(text) => Iter::value(StrBack { text: text.clone(), left: text.len() }),
        Value::Bytes(bytes) => Iter::value(BytesBack { bytes: bytes.clone(), left: bytes.len() }),
        Value::Range(range) => {
            let (start, step, len) =
                (super::range::big(&range.start), super::range::big(&range.step), range.len_big());
            let last = if len.is_zero() { start } else { start + &step * (&len - BigInt::one()) };
            match (last.to_i64(), (-&step).to_i64(), len.to_u64()) {
                (Some(next), Some(step), Some(left)) => Iter::value(RangeIter { next, step, left }),
                _ => Iter::value(BigRangeIter { next: last, step: -step, left: len }),
            }
        }
        Value::Dict(dict) => Iter::value(DictIter::backward(dict.clone(), ViewKind::Keys)),
        Value::View(view) => Iter::value(DictIter::backward(view.dict.clone(), view.kind)),
        _ => return None,
    })
}

/// All items of an iterable, in order.
pub fn collect(value: &Value) -> Res<Vec<Value>> {
    match value {
        Value::List(list) => Ok(list.to_values()),
        Value::Tuple(items) => Ok(items.to_vec()),
        Value::Set(set) => match set.len() {
            0 | 1 => Ok(set.iter_unordered().cloned().collect()),
            _ => Err(order_hidden()),
        },
        Value::Dict(dict) => Ok(dict.iter().map(|(k, _)| k.clone()).collect()),
        Value::View(view) => Ok(view.dict.iter().map(|(k, v)| shown(view.kind, k, v)).collect()),
        Value::Range(range) => {
            afford(range.len_small().ok_or_else(crate::budget::no_length)?, 16, "list")?;
            drain(value)
        }
        _ => drain(value),
    }
}

fn drain(value: &Value) -> Res<Vec<Value>> {
    let it = iter::of(value)?;
    if matches!(value, Value::Instance(_)) {
        crate::ops::length_hint(value)?;
    }
    let mut items = Vec::new();
    match &it {
        Value::Iter(state) => state.with(|state| {
            // What says how much is left is refused where that cannot fit, before anything is made.
            afford(state.size_hint(), 16, "list")?;
            items.reserve(state.size_hint().min(1 << 20));
            while let Some(item) = iter::step(state)? {
                grow(&mut items, item)?;
            }
            Ok(())
        })?,
        _ => {
            while let Some(item) = iter::advance(&it)? {
                grow(&mut items, item)?;
            }
        }
    }
    Ok(items)
}

/// Adds an item to what is collected, within the budget, polling.
pub(crate) fn grow(items: &mut Vec<Value>, item: Value) -> Res<()> {
    if items.len() == items.capacity() {
        afford(items.len().saturating_mul(2), 16, "list")?;
    }
    items.push(item);
    if items.len().is_multiple_of(4096) {
        hooks::poll()?;
    }
    Ok(())
}

/// What an iteration over a set says whose order would show.
pub(crate) fn order_hidden() -> Fault {
    Fault::not_pure(
        "the order of a set of several elements is not defined, and this use would show it: use `sorted(s)`, or what \
         does not depend on the order (`len`, `in`, `min`, `max`, `sum`, `any`, `all`, set algebra)",
    )
}

fn shown(kind: ViewKind, key: &Value, value: &Value) -> Value {
    match kind {
        ViewKind::Keys => key.clone(),
        ViewKind::Values => value.clone(),
        ViewKind::Items => Value::tuple(vec![key.clone(), value.clone()]),
    }
}

struct ListIter {
    list: Option<Ref<List>>,
    at: usize,
}

impl Iterate for ListIter {
    fn next(&mut self) -> Res<Option<Value>> {
        let item = self.list.as_ref().and_then(|list| list.get(self.at));
        match item {
            Some(_) => self.at += 1,
            None => self.list = None,
        }
        Ok(item)
    }

    fn type_name(&self) -> &'static str {
        "list_iterator"
    }

    fn size_hint(&self) -> usize {
        self.list.as_ref().map_or(0, |list| list.len() - self.at)
    }
}

struct ListBack {
    list: Ref<List>,
    left: usize,
}

impl Iterate for ListBack {
    fn next(&mut self) -> Res<Option<Value>> {
        if self.left == 0 {
            return Ok(None);
        }
        self.left -= 1;
        Ok(self.list.get(self.left))
    }

    fn type_name(&self) -> &'static str {
        "list_reverseiterator"
    }

    fn size_hint(&self) -> usize {
        self.left
    }
}

struct TupleIter {
    items: Option<Ref<Tuple>>,
    at: usize,
}

impl Iterate for TupleIter {
    fn next(&mut self) -> Res<Option<Value>> {
        let item = self.items.as_ref().and_then(|items| items.get(self.at).cloned());
        match item {
            Some(_) => self.at += 1,
            None => self.items = None,
        }
        Ok(item)
    }

    fn type_name(&self) -> &'static str {
        "tuple_iterator"
    }

    fn size_hint(&self) -> usize {
        self.items.as_ref().map_or(0, |items| items.len() - self.at)
    }
}

struct TupleBack {
    items: Ref<Tuple>,
    left: usize,
}

impl Iterate for TupleBack {
    fn next(&mut self) -> Res<Option<Value>> {
        if self.left == 0 {
            return Ok(None);
        }
        self.left -= 1;
        Ok(self.items.get(self.left).cloned())
    }

    fn type_name(&self) -> &'static str {
        "reversed"
    }

    fn size_hint(&self) -> usize {
        self.left
    }
}

struct RangeIter {
    next: i64,
    step: i64,
    left: u64,
}

impl Iterate for RangeIter {
    fn next(&mut self) -> Res<Option<Value>> {
        if self.left == 0 {
            return Ok(None);
        }
        let item = self.next;
        self.left -= 1;
        self.next = item.wrapping_add(self.step);
        Ok(Some(Value::Int(item)))
    }

    fn type_name(&self) -> &'static str {
        "range_iterator"
    }

    fn size_hint(&self) -> usize {
        usize::try_from(self.left).unwrap_or(usize::MAX)
    }
}

struct BigRangeIter {
    next: BigInt,
    step: BigInt,
    left: BigInt,
}

impl Iterate for BigRangeIter {
    fn next(&mut self) -> Res<Option<Value>> {
        if self.left.is_zero() {
            return Ok(None);
        }
        let item = self.next.clone();
        self.next += &self.step;
        self.left -= 1_i32;
        Ok(Some(Value::big(item)))
    }

    fn type_name(&self) -> &'static str {
        "longrange_iterator"
    }

    fn size_hint(&self) -> usize {
        self.left.to_usize().unwrap_or(usize::MAX)
    }
}

struct StrIter {
    text: Str,
    at: usize,
}

/// A text of one character.
fn one_char(c: char) -> Value {
    Value::Str(crate::Str::of_char(c))
}

impl Iterate for StrIter {
    fn next(&mut self) -> Res<Option<Value>> {
        let Some(c) = self.text.as_str()[self.at..].chars().next() else { return Ok(None) };
        self.at += c.len_utf8();
        Ok(Some(one_char(c)))
    }

    fn type_name(&self) -> &'static str {
        if self.text.is_ascii() { "str_ascii_iterator" } else { "str_iterator" }
    }

    fn size_hint(&self) -> usize {
        (self.text.len() - self.at).div_ceil(4)
    }
}

struct StrBack {
    text: Str,
    left: usize,
}

impl Iterate for StrBack {
    fn next(&mut self) -> Res<Option<Value>> {
        let Some(c) = self.text.as_str()[..self.left].chars().next_back() else { return Ok(None) };
        self.left -= c.len_utf8();
        Ok(Some(one_char(c)))
    }

    fn type_name(&self) -> &'static str {
        "reversed"
    }
}

struct BytesIter {
    bytes: Ref<Box<[u8]>>,
    at: usize,
}

impl Iterate for BytesIter {
    fn next(&mut self) -> Res<Option<Value>> {
        let item = self.bytes.get(self.at).map(|b| Value::Int(i64::from(*b)));
        if item.is_some() {
            self.at += 1;
        }
        Ok(item)
    }

    fn type_name(&self) -> &'static str {
        "bytes_iterator"
    }

    fn size_hint(&self) -> usize {
        self.bytes.len() - self.at
    }
}

struct BytesBack {
    bytes: Ref<Box<[u8]>>,
    left: usize,
}

impl Iterate for BytesBack {
    fn next(&mut self) -> Res<Option<Value>> {
        if self.left == 0 {
            return Ok(None);
        }
        self.left -= 1;
        Ok(self.bytes.get(self.left).map(|b| Value::Int(i64::from(*b))))
    }

    fn type_name(&self) -> &'static str {
        "reversed"
    }
}

/// Over keys, values or items; `at..end` is what is left, taken from either end.
struct DictIter {
    dict: Ref<Dict>,
    kind: ViewKind,
    at: usize,
    end: usize,
    back: bool,
}

impl DictIter {
    fn forward(dict: Ref<Dict>, kind: ViewKind) -> Self {
        Self { at: 0, end: dict.len(), dict, kind, back: false }
    }

    fn backward(dict: Ref<Dict>, kind: ViewKind) -> Self {
        Self { at: 0, end: dict.len(), dict, kind, back: true }
    }
}

impl Iterate for DictIter {
    fn next(&mut self) -> Res<Option<Value>> {
        if self.at >= self.end {
            return Ok(None);
        }
        let idx = if self.back {
            self.end -= 1;
            self.end
        } else {
            self.at += 1;
            self.at - 1
        };
        Ok(self.dict.entry_at(idx).map(|(k, v)| shown(self.kind, k, v)))
    }

    fn type_name(&self) -> &'static str {
        if self.dict.flavour == DictFlavour::Ordered {
            return "odict_iterator";
        }
        match (self.back, self.kind) {
            (false, ViewKind::Keys) => "dict_keyiterator",
            (false, ViewKind::Values) => "dict_valueiterator",
            (false, ViewKind::Items) => "dict_itemiterator",
            (true, ViewKind::Keys) => "dict_reversekeyiterator",
            (true, ViewKind::Values) => "dict_reversevalueiterator",
            (true, ViewKind::Items) => "dict_reverseitemiterator",
        }
    }

    fn size_hint(&self) -> usize {
        self.end - self.at
    }
}

/// Over a set: refuses the first item of several, unless whoever asks keeps the order to itself.
struct SetIter {
    items: Vec<Value>,
    released: bool,
}

impl Iterate for SetIter {
    fn next(&mut self) -> Res<Option<Value>> {
        if self.items.len() > 1 && !self.released {
            return Err(order_hidden());
        }
        Ok(self.items.pop())
    }

    fn hides_order(&self) -> bool {
        self.items.len() > 1 && !self.released
    }

    fn release_order(&mut self) {
        self.released = true;
    }

    fn type_name(&self) -> &'static str {
        "set_iterator"
    }

    fn size_hint(&self) -> usize {
        self.items.len()
    }
}

/// The elements of a set, in an order that must not show.
pub(crate) fn elements(set: &Set) -> Vec<Value> {
    set.iter_unordered().cloned().collect()
}
