//! Operators, comparison, hashing, length and indexing of all the containers.

use super::seq::{self, Seq};
use super::{
    Dict, DictFlavour, Nest, Set, View, ViewKind, as_index, construct, counter, dict, list, payload, same,
    slice_indices, slice_len, views,
};
use crate::ops::{BinOp, CmpOp, UnaryOp};
use crate::{Fault, Ref, Res, Value, ops};

/// `a op b`: concatenation, repetition, and the algebra of sets, views, dicts and counters.
pub fn binary(op: BinOp, a: &Value, b: &Value) -> Option<Res> {
    let (a, b) = (payload(a), payload(b));
    match op {
        BinOp::Add => match (a, b) {
            (Value::List(x), Value::List(y)) => Some(list::concat(x, y)),
            (Value::Tuple(x), Value::Tuple(y)) => Some(concat_tuples(x, y)),
            (Value::List(_), _) => Some(Err(not_concatenable("list", b))),
            (Value::Tuple(_), _) => Some(Err(not_concatenable("tuple", b))),
            _ => counter::binary(op, a, b),
        },
        BinOp::Mul => match (a, b) {
            (Value::List(_) | Value::Tuple(_), _) => Some(repeat(a, b)),
            (_, Value::List(_) | Value::Tuple(_)) => Some(repeat(b, a)),
            _ => None,
        },
        BinOp::Sub | BinOp::BitAnd | BinOp::BitOr | BinOp::BitXor => match (a, b) {
            (Value::Set(x), Value::Set(y)) => Some(set_operation(op, x, y)),
            (Value::View(v), _) if v.kind != ViewKind::Values => Some(views::operation(op, a, b)),
            (_, Value::View(v)) if v.kind != ViewKind::Values => Some(views::operation(op, a, b)),
            (Value::Dict(x), Value::Dict(y)) => {
                counter::binary(op, a, b).or_else(|| (op == BinOp::BitOr).then(|| merge(x, y)))
            }
            _ => None,
        },
        _ => None,
    }
}

/// `+c` and `-c` of a counter.
pub fn unary(op: UnaryOp, a: &Value) -> Option<Res> {
    match payload(a) {
        Value::Dict(dict) if dict.flavour == DictFlavour::Counter => counter::unary(op, dict),
        _ => None,
    }
}

fn concat_tuples(a: &[Value], b: &[Value]) -> Res {
    super::afford(a.len().saturating_add(b.len()), 16, "tuple")?;
    let mut out = Vec::with_capacity(a.len() + b.len());
    out.extend_from_slice(a);
    out.extend_from_slice(b);
    Ok(Value::tuple(out))
}

fn not_concatenable(what: &str, b: &Value) -> Fault {
    Fault::type_error(format!("can only concatenate {what} (not \"{}\") to {what}", ops::type_name(b)))
}

fn repeat(items: &Value, times: &Value) -> Res {
    let n = match as_index(times)? {
        Some(Value::Int(n)) => usize::try_from(n).unwrap_or(0),
        Some(_) => {
            let name = ops::type_name(times);
            return Err(Fault::overflow(format!("cannot fit '{name}' into an index-sized integer")));
        }
        None => {
            return Err(Fault::type_error(format!(
                "can't multiply sequence by non-int of type '{}'",
                ops::type_name(times)
            )));
        }
    };
    match items {
        Value::List(list) => list::repeat(list, n),
        Value::Tuple(tuple) => {
            super::afford(tuple.len().saturating_mul(n), 16, "tuple")?;
            Ok(Value::tuple(seq::repeat(tuple, n)?))
        }
        _ => unreachable!("only lists and tuples are repeated here"),
    }
}

/// `a | b` of dicts: an ordered dict where either is one.
fn merge(a: &Ref<Dict>, b: &Ref<Dict>) -> Res {
    let flavour = if a.flavour == DictFlavour::Ordered || b.flavour == DictFlavour::Ordered {
        DictFlavour::Ordered
    } else {
        DictFlavour::Plain
    };
    let this = if a.flavour == flavour { a.clone() } else { Ref::new(a.clone_as(flavour)) };
    this.merged(b).map(|dict| Value::Dict(Ref::new(dict)))
}

fn set_operation(op: BinOp, a: &Ref<Set>, b: &Ref<Set>) -> Res {
    Ok(Value::Set(match op {
        BinOp::BitOr => Ref::new(a.union(b)?),
        BinOp::BitAnd => Ref::new(a.intersection(b)?),
        BinOp::BitXor => Ref::new(a.symmetric_difference(b)?),
        _ => Ref::new(a.difference(b)?),
    }))
}

/// `a == b`; the same object is equal to itself.
pub fn eq(a: &Value, b: &Value) -> Option<Res<bool>> {
    Some(match (a, b) {
        (Value::List(x), Value::List(y)) if Ref::ptr_eq(x, y) => Ok(true),
        (Value::Tuple(x), Value::Tuple(y)) if Ref::ptr_eq(x, y) => Ok(true),
        (Value::Dict(x), Value::Dict(y)) => {
            if Ref::ptr_eq(x, y) {
                Ok(true)
            } else {
                dict::eq(x, y)
            }
        }
        (Value::List(_), Value::List(_)) | (Value::Tuple(_), Value::Tuple(_)) => {
            let (x, y) = (Seq::of(a)?, Seq::of(b)?);
            seq::eq(x, y)
        }
        (Value::Set(x), Value::Set(y)) => {
            if Ref::ptr_eq(x, y) {
                Ok(true)
            } else if x.len() != y.len() {
                Ok(false)
            } else {
                x.is_subset(y)
            }
        }
        (Value::Range(x), Value::Range(y)) => {
            let (x, y) = (x.identity(), y.identity());
            x.iter().zip(&y).try_fold(true, |all, (p, q)| Ok(all && same(p, q)?))
        }
        (Value::Slice(x), Value::Slice(y)) => {
            let (x, y) = ([&x.start, &x.stop, &x.step], [&y.start, &y.stop, &y.step]);
            x.into_iter().zip(y).try_fold(true, |all, (p, q)| Ok(all && same(p, q)?))
        }
        (Value::View(_), Value::View(_) | Value::Set(_)) | (Value::Set(_), Value::View(_)) => {
            return views::compare(CmpOp::Eq, a, b);
        }
        _ => return None,
    })
}

/// The order of two lists or two tuples as a value: what their items answer.
pub fn order(op: CmpOp, a: &Value, b: &Value) -> Option<Res> {
    match (op, a, b) {
        (CmpOp::Eq | CmpOp::Ne, ..) => None,
        (_, Value::List(_), Value::List(_)) | (_, Value::Tuple(_), Value::Tuple(_)) => {
            Some(seq::order(op, Seq::of(a)?, Seq::of(b)?))
        }
        _ => None,
    }
}

/// `a op b`; `None` where the two have no order.
pub fn compare(op: CmpOp, a: &Value, b: &Value) -> Option<Res<bool>> {
    match op {
        CmpOp::Eq => return eq(a, b),
        CmpOp::Ne => return eq(a, b).map(|r| r.map(|e| !e)),
        _ => {}
    }
    match (a, b) {
        (Value::List(_), Value::List(_)) | (Value::Tuple(_), Value::Tuple(_)) => {
            Some(seq::compare(op, Seq::of(a)?, Seq::of(b)?))
        }
        (Value::Set(x), Value::Set(y)) => Some(compare_sets(op, x, y)),
        (Value::View(_), Value::View(_) | Value::Set(_)) | (Value::Set(_), Value::View(_)) => {
            views::compare(op, a, b)
        }
        (Value::Slice(x), Value::Slice(y)) => {
            let parts = |s: &super::Slice| [s.start.clone(), s.stop.clone(), s.step.clone()];
            Some(seq::compare(op, Seq::Any(&parts(x)), Seq::Any(&parts(y))))
        }
        (Value::Dict(x), Value::Dict(y))
            if x.flavour == DictFlavour::Counter && y.flavour == DictFlavour::Counter =>
        {
            Some(counter::compare(op, x, y))
        }
        _ => None,
    }
}

pub(super) fn compare_sets(op: CmpOp, a: &Set, b: &Set) -> Res<bool> {
    match op {
        CmpOp::Lt => Ok(a.len() < b.len() && a.is_subset(b)?),
        CmpOp::Le => a.is_subset(b),
        CmpOp::Gt => Ok(b.len() < a.len() && b.is_subset(a)?),
        CmpOp::Ge => b.is_subset(a),
        CmpOp::Eq => Ok(a.len() == b.len() && a.is_subset(b)?),
        CmpOp::Ne => Ok(a.len() != b.len() || !a.is_subset(b)?),
    }
}

/// The name of a dict's type.
pub(super) fn dict_name(dict: &Dict) -> &'static str {
    match dict.flavour {
        DictFlavour::Plain => "dict",
        DictFlavour::Counter => "Counter",
        DictFlavour::Ordered => "OrderedDict",
    }
}

/// A hash that agrees with `==`; `TypeError` for what has none.
pub fn hash(value: &Value) -> Option<Res<u64>> {
    let name = match value {
        Value::Tuple(items) => return Some(hash_items(items)),
        Value::Set(set) if set.frozen => return Some(Ok(set.hash())),
        Value::Range(range) => return Some(hash_items(&range.identity())),
        Value::List(_) => "list",
        Value::Set(_) => "set",
        Value::Slice(_) => "slice",
        Value::Dict(dict) if dict.flavour == DictFlavour::Ordered => "collections.OrderedDict",
        Value::Dict(dict) => dict_name(dict),
        Value::View(view) => match (view.kind, view.dict.flavour) {
            (ViewKind::Keys, DictFlavour::Ordered) => "odict_keys",
            (ViewKind::Items, DictFlavour::Ordered) => "odict_items",
            (ViewKind::Keys, _) => "dict_keys",
            (ViewKind::Items, _) => "dict_items",
            (ViewKind::Values, _) => return None,
        },
        _ => return None,
    };
    Some(Err(Fault::type_error(format!("unhashable type: '{name}'"))))
}

fn hash_items(items: &[Value]) -> Res<u64> {
    let _nest = Nest::enter("maximum recursion depth exceeded")?;
    mixed(items, ops::hash)
}

/// The hash of items from the hash of each.
fn mixed<E>(items: &[Value], hash: impl Fn(&Value) -> Result<u64, E>) -> Result<u64, E> {
    let mut all = 0x517C_C1B7_2722_0A95_u64 ^ items.len() as u64;
    for item in items {
        all = (all.rotate_left(5) ^ hash(item)?).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    }
    Ok(all ^ (all >> 31))
}

/// The hash of a number of machine size, a text, or a tuple of these, which nest no deeper than this; `None` for anything else.
#[inline]
pub fn plain_hash(value: &Value, depth: u32) -> Option<u64> {
    match value {
        Value::Int(_) | Value::Bool(_) | Value::Float(_) => crate::number::hash(value),
        Value::Str(text) => Some(crate::text::hash_bytes(text.as_bytes())),
        Value::Tuple(items) if depth > 0 => plain_hash_of(items, depth),
        _ => None,
    }
}

/// As [`plain_hash`], of a tuple of these items.
#[inline]
pub fn plain_hash_of(items: &[Value], depth: u32) -> Option<u64> {
    mixed(items, |v| plain_hash(v, depth - 1).ok_or(())).ok()
}

/// `len(value)`.
pub fn len(value: &Value) -> Option<Res<usize>> {
    Some(Ok(match value {
        Value::List(list) => list.len(),
        Value::Tuple(items) => items.len(),
        Value::Dict(dict) => dict.len(),
        Value::Set(set) => set.len(),
        Value::View(view) => view.dict.len(),
        Value::Range(range) => match range.len_small() {
            Some(n) => n,
            None => return Some(Err(Fault::overflow("Python int too large to convert to C ssize_t"))),
        },
        _ => return None,
    }))
}

/// `bool(value)`.
pub fn truthy(value: &Value) -> Option<bool> {
    match value {
        Value::Range(range) => Some(!range.is_empty()),
        _ => len(value).map(|n| !matches!(n, Ok(0))),
    }
}

/// `value[from:to]` of a text or list; anything else as a slice says.
pub fn part_of(value: &Value, from: i64, to: i64) -> Res {
    let part = |len: usize| {
        let len = i64::try_from(len).unwrap_or(i64::MAX);
        let place = |at: i64| if at < 0 { at.saturating_add(len).max(0) } else { at.min(len) };
        let (start, stop) = (place(from), place(to));
        (start, usize::try_from(stop - start).unwrap_or(0))
    };
    match value {
        Value::List(list) => {
            let (start, n) = part(list.len());
            Ok(Value::List(Ref::new(list.pick(start, 1, n))))
        }
        Value::Str(text) => {
            let (start, n) = part(text.n_chars());
            Ok(crate::text::str_slice(text, start, 1, n))
        }
        _ => {
            let (start, stop) = (Value::Int(from), Value::Int(to));
            ops::getitem(value, &Value::Slice(Ref::new(super::Slice { start, stop, step: Value::None })))
        }
    }
}

/// `value[index]`, slices included.
pub fn getitem(value: &Value, idx: &Value) -> Option<Res> {
    Some(match value {
        Value::List(list) => match idx {
            Value::Int(n) => {
                let at = if *n < 0 { n.wrapping_add(list.len() as i64) } else { *n };
                match usize::try_from(at).ok().and_then(|at| list.get(at)) {
                    Some(item) => Ok(item),
                    None => Err(Fault::index_error("list index out of range")),
                }
            }
            Value::Slice(slice) => slice_indices(slice, list.len()).map(|(start, stop, step)| {
                let n = slice_len(start, stop, step);
                Value::List(Ref::new(list.pick(start, step, n)))
            }),
            _ => sequence_place(idx, list.len(), "list")
                .and_then(|at| list.get(at).ok_or_else(|| Fault::index_error("list index out of range"))),
        },
        Value::Tuple(items) => match idx {
            Value::Slice(slice) => slice_indices(slice, items.len()).map(|(start, stop, step)| {
                let n = slice_len(start, stop, step);
                if n == items.len() && step == 1 {
                    value.clone()
                } else {
                    Value::tuple(seq::pick(items, start, step, n))
                }
            }),
            _ => sequence_place(idx, items.len(), "tuple").map(|at| items[at].clone()),
        },
        Value::Range(range) => match idx {
            Value::Int(_) => range.item(idx),
            Value::Slice(slice) => range.slice(slice).map(|r| Value::Range(Ref::new(r))),
            _ => match as_index(idx) {
                Ok(Some(n)) => range.item(&n),
                Ok(None) => Err(bad_index("range", idx)),
                Err(e) => Err(e),
            },
        },
        Value::Dict(dict) => match dict.get(idx) {
            Ok(Some(found)) => Ok(found.clone()),
            Ok(None) if dict.flavour == DictFlavour::Counter => Ok(Value::Int(0)),
            Ok(None) => Err(Fault::key_error(idx.clone())),
            Err(e) => Err(e),
        },
        _ => return None,
    })
}

fn bad_index(what: &str, idx: &Value) -> Fault {
    Fault::type_error(format!("{what} indices must be integers or slices, not {}", ops::type_name(idx)))
}

fn sequence_place(idx: &Value, len: usize, what: &str) -> Res<usize> {
    match idx {
        Value::Int(_) => seq::place(idx, len, what),
        _ => match as_index(idx)? {
            Some(n) => seq::place(&n, len, what),
            None => Err(bad_index(what, idx)),
        },
    }
}

/// `item in container`.
pub fn contains(container: &Value, item: &Value) -> Option<Res<bool>> {
    Some(match container {
        Value::List(_) | Value::Tuple(_) => {
            let seq = Seq::of(container)?;
            seq.position(item, 0, usize::MAX).map(|at| at.is_some())
        }
        Value::Dict(dict) => dict.contains_key(item),
        Value::Set(set) => set.contains(item),
        Value::Range(range) => range_contains(range, item),
        Value::View(view) => view_contains(view, item),
        _ => return None,
    })
}

fn range_contains(range: &super::Range, item: &Value) -> Res<bool> {
    match item {
        Value::Int(_) | Value::BigInt(_) | Value::Bool(_) => Ok(range.place_of(item).is_some()),
        Value::Float(x) => {
            // An int that equals the float, where there is one.
            if x.fract() != 0.0 || !x.is_finite() {
                return Ok(false);
            }
            match <num_bigint::BigInt as num_traits::FromPrimitive>::from_f64(*x) {
                Some(n) => Ok(range.place_of(&Value::big(n)).is_some()),
                None => Ok(false),
            }
        }
        Value::Instance(_) | Value::Host(_) | Value::Complex(_) => {
            let Some(n) = range.len_small() else {
                return Err(Fault::not_pure(
                    "a search through a range of more than 2**63 items does not end",
                ));
            };
            for at in 0..n {
                if at % 4096 == 4095 {
                    crate::hooks::poll()?;
                }
                if same(&range.at(at), item)? {
                    return Ok(true);
                }
            }
            Ok(false)
        }
        _ => Ok(false),
    }
}

pub(super) fn view_contains(view: &View, item: &Value) -> Res<bool> {
    match view.kind {
        ViewKind::Keys => view.dict.contains_key(item),
        ViewKind::Values => {
            for (_, value) in view.dict.iter() {
                if same(value, item)? {
                    return Ok(true);
                }
            }
            Ok(false)
        }
        ViewKind::Items => {
            let Value::Tuple(pair) = payload(item) else { return Ok(false) };
            let [key, value] = &***pair else { return Ok(false) };
            match view.dict.get(key)? {
                Some(found) => same(found, value),
                None => Ok(false),
            }
        }
    }
}

/// The set that a view shows, or that an iterable gives.
pub(super) fn as_set(value: &Value) -> Res<Set> {
    construct::set_of(value, false)
}

/// `a op b`, where `a` is reused if this is the only reference to it: `a + [x]`, `a + text`, `d | e`, `s | t`. What is left in `a`
/// is of no use; where it fails, `a` is as it was.
pub fn binary_in_place(op: BinOp, a: &mut Value, b: &Value) -> Res {
    let is_done = match (op, &mut *a, b) {
        (BinOp::Add, Value::List(a), Value::List(b)) => list::extend_own(a, b)?,
        (BinOp::Add, Value::Str(a), Value::Str(b)) => crate::text::append_own(a, b)?,
        (BinOp::BitOr, Value::Dict(a), Value::Dict(b))
            if a.flavour == DictFlavour::Plain && b.flavour == DictFlavour::Plain =>
        {
            Ref::get_mut(a).map(|own| own.update_whole(b)).transpose()?.is_some()
        }
        (BinOp::BitOr, Value::Set(a), Value::Set(b)) => {
            Ref::get_mut(a).map(|own| own.absorb_whole(b)).transpose()?.is_some()
        }
        _ => false,
    };
    if is_done { Ok(std::mem::take(a)) } else { ops::binary(op, a, b) }
}

/// `{**a, key: value}`, where `a` is reused as in [`binary_in_place`].
pub fn with_entry_in_place(a: &mut Value, key: &Value, value: &Value) -> Res {
    if let Value::Dict(dict) = a
        && dict.flavour == DictFlavour::Plain
        && let Some(own) = Ref::get_mut(dict)
    {
        own.insert(key.clone(), value.clone())?;
        return Ok(std::mem::take(a));
    }
    let mut dict = super::construct::display_of(a, 1)?;
    dict.insert(key.clone(), value.clone())?;
    Ok(Value::Dict(Ref::new(dict)))
}
