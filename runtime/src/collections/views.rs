//! `d.keys()`, `d.values()`, `d.items()`: methods, set algebra and comparison.

use super::operators::{as_set, compare_sets, view_contains};
use super::{Set, View, ViewKind, construct, method_table, payload, rest, special, wrong_receiver};
use crate::ops::{BinOp, CmpOp};
use crate::value::Builtin;
use crate::{Args, Ref, Res, Value, iter};

pub(super) static KEYS: &[Builtin] = method_table! { "dict_keys";
    "__and__" => special::and,
    "__contains__" => special::contains,
    "__eq__" => special::eq,
    "__iter__" => special::iter,
    "__len__" => special::len,
    "__ne__" => special::ne,
    "__or__" => special::or,
    "__rand__" => special::rand,
    "__repr__" => special::repr,
    "__reversed__" => special::reversed,
    "__ror__" => special::ror,
    "__rsub__" => special::rsub,
    "__rxor__" => special::rxor,
    "__sub__" => special::sub,
    "__xor__" => special::xor,
    "isdisjoint" => |args| isdisjoint(args, "dict_keys"),
};

pub(super) static ITEMS: &[Builtin] = method_table! { "dict_items";
    "__and__" => special::and,
    "__contains__" => special::contains,
    "__eq__" => special::eq,
    "__iter__" => special::iter,
    "__len__" => special::len,
    "__ne__" => special::ne,
    "__or__" => special::or,
    "__rand__" => special::rand,
    "__repr__" => special::repr,
    "__reversed__" => special::reversed,
    "__ror__" => special::ror,
    "__rsub__" => special::rsub,
    "__rxor__" => special::rxor,
    "__sub__" => special::sub,
    "__xor__" => special::xor,
    "isdisjoint" => |args| isdisjoint(args, "dict_items"),
};

pub(super) static VALUES: &[Builtin] = method_table! { "dict_values";
    "__contains__" => special::contains,
    "__iter__" => special::iter,
    "__len__" => special::len,
    "__repr__" => special::repr,
    "__reversed__" => special::reversed,
};

fn isdisjoint(args: &Args<'_>, owner: &str) -> Res {
    let Value::View(view) = payload(args.receiver()) else {
        return Err(wrong_receiver(args, owner, "isdisjoint"));
    };
    let other = &rest(args, owner, "isdisjoint", 1, 1)?[0];
    if let Some(items) = iter::unordered_items(other)? {
        for item in &items {
            if view_contains(view, item)? {
                return Ok(Value::Bool(false));
            }
        }
        return Ok(Value::Bool(true));
    }
    let it = iter::of(other)?;
    while let Some(item) = iter::advance(&it)? {
        if view_contains(view, &item)? {
            return Ok(Value::Bool(false));
        }
    }
    Ok(Value::Bool(true))
}

/// `a op b`, where either is a view of keys or items and the other any iterable; a set.
pub(super) fn operation(op: BinOp, a: &Value, b: &Value) -> Res {
    let out = match op {
        BinOp::BitAnd => {
            let (view, other) = match (a, b) {
                (Value::View(view), _) if view.kind != ViewKind::Values => (view, b),
                (_, Value::View(view)) => (view, a),
                _ => unreachable!("one of them is a view"),
            };
            intersection(view, other)?
        }
        BinOp::BitOr => as_set(a)?.union(&as_set(b)?)?,
        BinOp::BitXor => as_set(a)?.symmetric_difference(&as_set(b)?)?,
        _ => as_set(a)?.difference(&as_set(b)?)?,
    };
    Ok(Value::Set(Ref::new(out)))
}

fn intersection(view: &View, other: &Value) -> Res<Set> {
    let mut out = Set::new(false);
    let mut keep = |item: Value| -> Res<()> {
        if view_contains(view, &item)? {
            out.insert(item)?;
        }
        Ok(())
    };
    match iter::unordered_items(other)? {
        Some(items) => items.into_iter().try_for_each(keep)?,
        None => construct::each(other, &mut keep)?,
    }
    Ok(out)
}

/// Compares a view of keys or items with another one or with a set; `None` where it has no order.
pub(super) fn compare(op: CmpOp, a: &Value, b: &Value) -> Option<Res<bool>> {
    let is_values = |v: &Value| matches!(v, Value::View(view) if view.kind == ViewKind::Values);
    if is_values(a) || is_values(b) {
        return match (a, b) {
            (Value::View(x), Value::View(y)) if op == CmpOp::Eq && Ref::ptr_eq(x, y) => Some(Ok(true)),
            _ => None,
        };
    }
    Some(compared(op, a, b))
}

fn compared(op: CmpOp, a: &Value, b: &Value) -> Res<bool> {
    if let (Value::View(x), Value::View(y)) = (a, b)
        && x.kind == ViewKind::Items
        && y.kind == ViewKind::Items
    {
        // Values need no hash: every item of the smaller one is looked up in the other one.
        return compare_items(op, x, y);
    }
    // Values that have no hash fault only where the lengths let them be asked for it.
    let (m, n) = (super::len(a).unwrap_or(Ok(0))?, super::len(b).unwrap_or(Ok(0))?);
    match op {
        CmpOp::Eq if m != n => Ok(false),
        CmpOp::Ne if m != n => Ok(true),
        _ => compare_sets(op, &as_set(a)?, &as_set(b)?),
    }
}

fn compare_items(op: CmpOp, a: &View, b: &View) -> Res<bool> {
    let subset = |a: &View, b: &View| -> Res<bool> {
        for (key, value) in a.dict.iter() {
            match b.dict.get(key)? {
                Some(found) if super::same(found, value)? => {}
                _ => return Ok(false),
            }
        }
        Ok(true)
    };
    let (m, n) = (a.dict.len(), b.dict.len());
    match op {
        CmpOp::Eq => Ok(m == n && subset(a, b)?),
        CmpOp::Ne => Ok(m != n || !subset(a, b)?),
        CmpOp::Lt => Ok(m < n && subset(a, b)?),
        CmpOp::Le => Ok(m <= n && subset(a, b)?),
        CmpOp::Gt => Ok(n < m && subset(b, a)?),
        CmpOp::Ge => Ok(n <= m && subset(b, a)?),
    }
}
