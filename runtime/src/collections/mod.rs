//! Lists, tuples, dicts, sets, ranges, slices and views: what the operations of the language do on them.
//!
//! Functions that give an `Option` say `None` where the operation is not theirs: the caller asks others, or makes the
//! `TypeError`.

mod construct;
pub mod counter;
mod dict;
mod dict_methods;
mod dict_tree;
mod index;
mod iterators;
pub mod list;
mod list_methods;
mod log;
mod operators;
mod range;
pub(crate) mod repr;
pub mod rows;
mod seq;
mod set;
mod set_methods;
pub mod spare;
mod tuple;
mod views;

pub use construct::{
    construct_dict, construct_frozenset, construct_list, construct_set, construct_tuple, direct_entries,
    display_of, each_key, merge_entries, merge_mapping,
};
pub use counter::{class_counter, class_ordered_dict, construct_counter, construct_ordered_dict};
pub use dict::{Dict, DictFlavour, View, ViewKind};
pub use iterators::{collect, iter};
pub(crate) use iterators::{elements, grow, order_hidden, reversed};
pub use list::{Items, List, concat};
pub use operators::{
    binary, binary_in_place, compare, contains, eq, getitem, hash, len, order, part_of, plain_hash,
    plain_hash_of, truthy, unary, with_entry_in_place,
};
pub use range::{Range, Slice, construct_range, construct_slice, slice_indices, slice_len};
pub use repr::repr;
pub use set::Set;

use crate::object::{attr, class};
use crate::value::Builtin;
use crate::{Args, Fault, Ref, Res, Value, budget, ops};
use num_traits::Signed;
use std::cell::Cell;

/// The methods of a built-in type of this module, mutating ones (which refuse) included, sorted by name.
pub fn methods(type_name: &str) -> &'static [Builtin] {
    match type_name {
        "list" => list_methods::METHODS,
        "tuple" => tuple::METHODS,
        "dict" => dict_methods::METHODS,
        "set" => set_methods::SET,
        "frozenset" => set_methods::FROZENSET,
        "range" => tuple::RANGE,
        "slice" => tuple::SLICE,
        "dict_keys" | "odict_keys" => views::KEYS,
        "dict_values" | "odict_values" => views::VALUES,
        "dict_items" | "odict_items" => views::ITEMS,
        "Counter" => counter::COUNTER,
        "OrderedDict" => counter::ORDERED,
        _ => &[],
    }
}

/// A method of a built-in type of this module; for `Counter` and `OrderedDict` also those of `dict`.
pub fn method(type_name: &str, name: &str) -> Option<&'static Builtin> {
    let table = methods(type_name);
    if let Ok(at) = table.binary_search_by(|b| b.name.cmp(name)) {
        return Some(&table[at]);
    }
    match type_name {
        "Counter" | "OrderedDict" => method("dict", name),
        _ => None,
    }
}

/// A method that is called on the type: `dict.fromkeys`.
pub fn static_method(type_name: &str, name: &str) -> Option<&'static Builtin> {
    match (type_name, name) {
        ("dict", "fromkeys") => Some(&dict_methods::FROMKEYS),
        ("OrderedDict", "fromkeys") => Some(&counter::ORDERED_FROMKEYS),
        ("Counter", "fromkeys") => Some(&counter::COUNTER_FROMKEYS),
        _ => None,
    }
}

/// A data attribute: `start`, `stop` and `step` of ranges and slices, `mapping` of views.
pub fn attr(value: &Value, name: &str) -> Option<Value> {
    match (value, name) {
        (Value::Range(r), "start") => Some(r.start.clone()),
        (Value::Range(r), "stop") => Some(r.stop.clone()),
        (Value::Range(r), "step") => Some(r.step.clone()),
        (Value::Slice(s), "start") => Some(s.start.clone()),
        (Value::Slice(s), "stop") => Some(s.stop.clone()),
        (Value::Slice(s), "step") => Some(s.step.clone()),
        _ => None,
    }
}

/// A table of methods, sorted by name.
macro_rules! method_table {
    ($owner:literal; $($name:literal => $call:expr,)*) => {
        &[$($crate::value::Builtin { name: $name, owner: $owner, call: $call },)*]
    };
}
use method_table;

/// A method that changes its receiver: what it says, and how to write it.
macro_rules! refuse {
    ($owner:literal, $name:literal, $instead:literal) => {
        |_| {
            const THIS: &$crate::value::Builtin =
                &$crate::value::Builtin { name: $name, owner: $owner, call: |_| Ok($crate::Value::None) };
            Err($crate::Fault::mutating(THIS, $instead))
        }
    };
}
use refuse;

/// So deep in tuples, numbers and texts are looked at by themselves.
pub(crate) const PLAIN_DEPTH: u32 = 3;

/// `a == b` as containers ask it, with the frequent cases first.
pub(crate) fn same(a: &Value, b: &Value) -> Res<bool> {
    match (a, b) {
        (Value::Int(a), Value::Int(b)) => Ok(a == b),
        (Value::Str(a), Value::Str(b)) => Ok(a == b),
        _ => match plainly_same(a, b, PLAIN_DEPTH) {
            Some(same) => Ok(same),
            None => ops::eq(a, b),
        },
    }
}

/// Are two values the same, where that is told by numbers and texts alone, this deep in tuples.
fn plainly_same(a: &Value, b: &Value, depth: u32) -> Option<bool> {
    match (a, b) {
        (Value::Int(a), Value::Int(b)) => Some(a == b),
        (Value::Str(a), Value::Str(b)) => Some(a == b),
        (Value::Bool(a), Value::Bool(b)) => Some(a == b),
        (Value::None, Value::None) => Some(true),
        (Value::Float(a), Value::Float(b)) if !a.is_nan() && !b.is_nan() => Some(a == b),
        (Value::Tuple(a), Value::Tuple(b)) if depth > 0 => {
            if Ref::ptr_eq(a, b) {
                return Some(true);
            }
            if a.len() != b.len() {
                return Some(false);
            }
            for (a, b) in a.iter().zip(b.iter()) {
                if !plainly_same(a, b, depth - 1)? {
                    return Some(false);
                }
            }
            Some(true)
        }
        _ => None,
    }
}

/// A key that was not made: the items of a tuple, which are only looked for as a rule.
#[derive(Clone, Copy)]
pub(crate) struct Unmade<'a> {
    pub(crate) hash: u64,
    items: &'a [Value],
}

impl<'a> Unmade<'a> {
    /// Of these items; none where a tuple of them has a hash that is not told by numbers and texts alone.
    pub(crate) fn of(items: &'a [Value]) -> Option<Self> {
        plain_hash_of(items, PLAIN_DEPTH).map(|hash| Self { hash, items })
    }

    /// Is this key the same.
    fn is(self, key: &Value) -> Res<bool> {
        let Value::Tuple(items) = key else { return same(key, &self.make()) };
        if items.len() != self.items.len() {
            return Ok(false);
        }
        for (a, b) in items.iter().zip(self.items) {
            let is_same = match plainly_same(a, b, PLAIN_DEPTH - 1) {
                Some(known) => known,
                None => same(a, b)?,
            };
            if !is_same {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn make(self) -> Value {
        Value::tuple(self.items.to_vec())
    }
}

/// Refuses a container that cannot fit the memory budget.
pub(crate) fn afford(n: usize, item_bytes: usize, noun: &str) -> Res<()> {
    match n.checked_mul(item_bytes) {
        Some(bytes) if budget::fits(bytes) && n <= isize::MAX as usize / 64 => Ok(()),
        _ => {
            let text = format!("{noun} of {} items", grouped(n));
            budget::check(n, item_bytes, &text)?;
            Err(Fault::memory_error(format!("{text} does not fit the address space")))
        }
    }
}

/// `1,000,000`.
fn grouped(n: usize) -> String {
    let digits = n.to_string();
    let mut out = String::new();
    for (i, c) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(c);
    }
    out
}

thread_local! {
    static DEPTH: Cell<u32> = const { Cell::new(0) };
}

/// How deep comparisons and the like may nest; CPython allows about 1,000.
const MAX_DEPTH: u32 = 3_000;

/// One level of a recursive operation on nested containers.
pub(crate) struct Nest;

impl Nest {
    /// Goes one level deeper; `RecursionError` where that is too deep.
    pub(crate) fn enter(message: &str) -> Res<Self> {
        DEPTH.with(|depth| {
            if depth.get() >= MAX_DEPTH {
                return Err(Fault::exception("RecursionError", message));
            }
            depth.set(depth.get() + 1);
            Ok(Self)
        })
    }
}

impl Drop for Nest {
    fn drop(&mut self) {
        DEPTH.with(|depth| depth.set(depth.get().saturating_sub(1)));
    }
}

/// The value of the built-in type that an instance of a subclass holds; any other value itself.
pub(crate) fn payload(value: &Value) -> &Value {
    class::unwrap(value)
}

/// The int that a value is as an index; `None` where it has no `__index__`.
pub(crate) fn as_index(value: &Value) -> Res<Option<Value>> {
    match value {
        Value::Int(_) | Value::BigInt(_) => Ok(Some(value.clone())),
        Value::Bool(b) => Ok(Some(Value::Int(i64::from(*b)))),
        Value::Instance(_) | Value::Host(_) => match attr::find_special(value, "__index__")? {
            Some(_) => ops::index(value).map(Some),
            None => Ok(None),
        },
        _ => Ok(None),
    }
}

/// An int, or the bound of 64 bits that it lies beyond.
pub(crate) fn clamp(value: &Value) -> i64 {
    match value {
        Value::Int(n) => *n,
        Value::Bool(b) => i64::from(*b),
        Value::BigInt(n) if n.is_negative() => i64::MIN,
        _ => i64::MAX,
    }
}

/// The wording of `PyArg_UnpackTuple` for constructors and for methods with optional arguments.
pub fn arity(name: &str, n: usize, min: usize, max: usize) -> Res<()> {
    let s = |n: usize| if n == 1 { "" } else { "s" };
    if (min..=max).contains(&n) {
        return Ok(());
    }
    Err(Fault::type_error(if min == max {
        format!("{name} expected {min} argument{}, got {n}", s(min))
    } else if n < min {
        format!("{name} expected at least {min} argument{}, got {n}", s(min))
    } else {
        format!("{name} expected at most {max} argument{}, got {n}", s(max))
    }))
}

/// A method's arguments behind the receiver, which must be from `min` to `max`, without keywords.
pub(crate) fn rest<'a>(args: &Args<'a>, owner: &str, name: &str, min: usize, max: usize) -> Res<&'a [Value]> {
    let rest = &args.pos[1..];
    let n = rest.len();
    if !args.kw.is_empty() {
        return Err(Fault::type_error(format!("{owner}.{name}() takes no keyword arguments")));
    }
    match (min, max) {
        (0, 0) if n > 0 => Err(Fault::type_error(format!("{owner}.{name}() takes no arguments ({n} given)"))),
        (1, 1) if n != 1 => {
            Err(Fault::type_error(format!("{owner}.{name}() takes exactly one argument ({n} given)")))
        }
        _ => {
            arity(name, n, min, max)?;
            Ok(rest)
        }
    }
}

/// The refusal of a method that was taken from its class and called on something else.
pub(crate) fn wrong_receiver(args: &Args<'_>, owner: &str, name: &str) -> Fault {
    Fault::type_error(format!(
        "descriptor '{name}' for '{owner}' objects doesn't apply to a '{}' object",
        ops::type_name(args.receiver())
    ))
}

/// The two-argument and one-argument special methods, on any container.
pub(crate) mod special {
    use super::{Res, Value, ops, payload, rest};
    use crate::ops::{BinOp, CmpOp};
    use crate::{Args, Fault};

    fn other<'a>(args: &Args<'a>, name: &str) -> Res<(&'a Value, &'a Value)> {
        let found = rest_of(args, name, 1)?;
        Ok((payload(args.receiver()), payload(&found[0])))
    }

    fn rest_of<'a>(args: &Args<'a>, name: &str, n: usize) -> Res<&'a [Value]> {
        let found = &args.pos[1..];
        if found.len() != n || !args.kw.is_empty() {
            let s = if n == 1 { "" } else { "s" };
            let _ = name;
            return Err(Fault::type_error(format!("expected {n} argument{s}, got {}", found.len())));
        }
        Ok(found)
    }

    fn or_not_implemented(result: Option<Res>) -> Res {
        result.unwrap_or(Ok(Value::NotImplemented))
    }

    fn compared(args: &Args<'_>, op: CmpOp, name: &str) -> Res {
        let (a, b) = other(args, name)?;
        let result = match op {
            CmpOp::Eq => super::eq(a, b),
            CmpOp::Ne => super::eq(a, b).map(|r| r.map(|e| !e)),
            _ => super::compare(op, a, b),
        };
        result.map_or(Ok(Value::NotImplemented), |r| r.map(Value::Bool))
    }

    pub(crate) fn eq(args: &Args<'_>) -> Res {
        compared(args, CmpOp::Eq, "__eq__")
    }
    pub(crate) fn ne(args: &Args<'_>) -> Res {
        compared(args, CmpOp::Ne, "__ne__")
    }
    pub(crate) fn lt(args: &Args<'_>) -> Res {
        compared(args, CmpOp::Lt, "__lt__")
    }
    pub(crate) fn le(args: &Args<'_>) -> Res {
        compared(args, CmpOp::Le, "__le__")
    }
    pub(crate) fn gt(args: &Args<'_>) -> Res {
        compared(args, CmpOp::Gt, "__gt__")
    }
    pub(crate) fn ge(args: &Args<'_>) -> Res {
        compared(args, CmpOp::Ge, "__ge__")
    }
    pub(crate) fn add(args: &Args<'_>) -> Res {
        let (a, b) = other(args, "__add__")?;
        or_not_implemented(super::binary(BinOp::Add, a, b))
    }
    pub(crate) fn mul(args: &Args<'_>) -> Res {
        let (a, b) = other(args, "__mul__")?;
        or_not_implemented(super::binary(BinOp::Mul, a, b))
    }
    pub(crate) fn and(args: &Args<'_>) -> Res {
        let (a, b) = other(args, "__and__")?;
        or_not_implemented(super::binary(BinOp::BitAnd, a, b))
    }
    pub(crate) fn or(args: &Args<'_>) -> Res {
        let (a, b) = other(args, "__or__")?;
        or_not_implemented(super::binary(BinOp::BitOr, a, b))
    }
    pub(crate) fn xor(args: &Args<'_>) -> Res {
        let (a, b) = other(args, "__xor__")?;
        or_not_implemented(super::binary(BinOp::BitXor, a, b))
    }
    pub(crate) fn sub(args: &Args<'_>) -> Res {
        let (a, b) = other(args, "__sub__")?;
        or_not_implemented(super::binary(BinOp::Sub, a, b))
    }
    pub(crate) fn rand(args: &Args<'_>) -> Res {
        let (a, b) = other(args, "__rand__")?;
        or_not_implemented(super::binary(BinOp::BitAnd, b, a))
    }
    pub(crate) fn ror(args: &Args<'_>) -> Res {
        let (a, b) = other(args, "__ror__")?;
        or_not_implemented(super::binary(BinOp::BitOr, b, a))
    }
    pub(crate) fn rxor(args: &Args<'_>) -> Res {
        let (a, b) = other(args, "__rxor__")?;
        or_not_implemented(super::binary(BinOp::BitXor, b, a))
    }
    pub(crate) fn rsub(args: &Args<'_>) -> Res {
        let (a, b) = other(args, "__rsub__")?;
        or_not_implemented(super::binary(BinOp::Sub, b, a))
    }
    pub(crate) fn contains(args: &Args<'_>) -> Res {
        let item = rest(args, "object", "__contains__", 1, 1)?;
        match super::contains(payload(args.receiver()), &item[0]) {
            Some(found) => found.map(Value::Bool),
            None => ops::contains(payload(args.receiver()), &item[0]).map(Value::Bool),
        }
    }
    pub(crate) fn getitem(args: &Args<'_>) -> Res {
        let idx = rest(args, "object", "__getitem__", 1, 1)?;
        super::getitem(payload(args.receiver()), &idx[0])
            .unwrap_or_else(|| ops::getitem(payload(args.receiver()), &idx[0]))
    }
    pub(crate) fn len(args: &Args<'_>) -> Res {
        rest_of(args, "__len__", 0)?;
        ops::len(payload(args.receiver())).map(Value::usize)
    }
    pub(crate) fn iter(args: &Args<'_>) -> Res {
        rest_of(args, "__iter__", 0)?;
        super::iter(payload(args.receiver())).unwrap_or_else(|| ops::iter(payload(args.receiver())))
    }
    pub(crate) fn repr(args: &Args<'_>) -> Res {
        rest_of(args, "__repr__", 0)?;
        ops::repr(payload(args.receiver())).map(Value::string)
    }
    pub(crate) fn reversed(args: &Args<'_>) -> Res {
        rest_of(args, "__reversed__", 0)?;
        crate::iter::reversed(payload(args.receiver()))
    }
}
