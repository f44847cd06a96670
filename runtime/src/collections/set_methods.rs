//! The methods of `set` and `frozenset`. Those that change the set refuse, and say how to write it.

use super::operators::as_set;
use super::{Set, method_table, payload, refuse, rest, special, wrong_receiver};
use crate::value::Builtin;
use crate::{Args, Fault, Ref, Res, Value, iter};

pub(super) static SET: &[Builtin] = method_table! { "set";
    "__and__" => special::and,
    "__contains__" => special::contains,
    "__eq__" => special::eq,
    "__ge__" => special::ge,
    "__gt__" => special::gt,
    "__iter__" => special::iter,
    "__le__" => special::le,
    "__len__" => special::len,
    "__lt__" => special::lt,
    "__ne__" => special::ne,
    "__or__" => special::or,
    "__rand__" => special::rand,
    "__repr__" => special::repr,
    "__ror__" => special::ror,
    "__rsub__" => special::rsub,
    "__rxor__" => special::rxor,
    "__sub__" => special::sub,
    "__xor__" => special::xor,
    "add" => refuse!("set", "add", "write `s = s | {x}`"),
    "clear" => refuse!("set", "clear", "write `s = set()`"),
    "copy" => copy,
    "difference" => difference,
    "difference_update" => refuse!("set", "difference_update", "write `s = s.difference(t)`"),
    "discard" => refuse!("set", "discard", "write `s = s - {x}`"),
    "intersection" => intersection,
    "intersection_update" => refuse!("set", "intersection_update", "write `s = s.intersection(t)`"),
    "isdisjoint" => isdisjoint,
    "issubset" => issubset,
    "issuperset" => issuperset,
    "pop" => refuse!("set", "pop", "take `min(s)`, say, and `s - {x}` for the rest"),
    "remove" => refuse!("set", "remove", "write `s = s - {x}`"),
    "symmetric_difference" => symmetric_difference,
    "symmetric_difference_update" => refuse!("set", "symmetric_difference_update", "write `s = s ^ set(t)`"),
    "union" => union,
    "update" => refuse!("set", "update", "write `s = s.union(t)`"),
};

pub(super) static FROZENSET: &[Builtin] = method_table! { "frozenset";
    "__and__" => special::and,
    "__contains__" => special::contains,
    "__eq__" => special::eq,
    "__ge__" => special::ge,
    "__gt__" => special::gt,
    "__iter__" => special::iter,
    "__le__" => special::le,
    "__len__" => special::len,
    "__lt__" => special::lt,
    "__ne__" => special::ne,
    "__or__" => special::or,
    "__rand__" => special::rand,
    "__repr__" => special::repr,
    "__ror__" => special::ror,
    "__rsub__" => special::rsub,
    "__rxor__" => special::rxor,
    "__sub__" => special::sub,
    "__xor__" => special::xor,
    "copy" => copy,
    "difference" => difference,
    "intersection" => intersection,
    "isdisjoint" => isdisjoint,
    "issubset" => issubset,
    "issuperset" => issuperset,
    "symmetric_difference" => symmetric_difference,
    "union" => union,
};

/// The receiver, and the arguments behind it: from `min` to `max` of them.
fn parts<'a>(args: &Args<'a>, name: &str, min: usize, max: usize) -> Res<(&'a Ref<Set>, &'a [Value])> {
    let Value::Set(set) = payload(args.receiver()) else {
        return Err(wrong_receiver(args, "set", name));
    };
    let owner = if set.frozen { "frozenset" } else { "set" };
    if !args.kw.is_empty() {
        return Err(Fault::type_error(format!("{owner}.{name}() takes no keyword arguments")));
    }
    if max == usize::MAX {
        return Ok((set, &args.pos[1..]));
    }
    Ok((set, rest(args, owner, name, min, max)?))
}

fn value(set: Set) -> Value {
    Value::Set(Ref::new(set))
}

fn copy(args: &Args<'_>) -> Res {
    let (set, _) = parts(args, "copy", 0, 0)?;
    Ok(Value::Set(set.clone()))
}

fn union(args: &Args<'_>) -> Res {
    let (set, others) = parts(args, "union", 0, usize::MAX)?;
    let mut out = set.clone();
    for other in others {
        Ref::make_mut(&mut out).absorb_whole(&as_set(other)?)?;
    }
    Ok(Value::Set(out))
}

fn intersection(args: &Args<'_>) -> Res {
    let (set, others) = parts(args, "intersection", 0, usize::MAX)?;
    let mut out = set.clone();
    for other in others {
        out = Ref::new(match payload(other) {
            Value::Set(other) => out.intersection(other)?,
            _ => {
                let mut common = Set::new(set.frozen);
                let mut keep = |item: Value| -> Res<()> {
                    if out.contains(&item)? {
                        common.insert(item)?;
                    }
                    Ok(())
                };
                match iter::unordered_items(other)? {
                    Some(items) => out.intersection(&Set::from_unordered(set.frozen, items)?)?,
                    None => {
                        super::construct::each(other, &mut keep)?;
                        common
                    }
                }
            }
        });
    }
    Ok(Value::Set(out))
}

fn difference(args: &Args<'_>) -> Res {
    let (set, others) = parts(args, "difference", 0, usize::MAX)?;
    let mut out = set.clone();
    for other in others {
        out = Ref::new(out.difference(&as_set(other)?)?);
    }
    Ok(Value::Set(out))
}

fn symmetric_difference(args: &Args<'_>) -> Res {
    let (set, others) = parts(args, "symmetric_difference", 1, 1)?;
    Ok(value(set.symmetric_difference(&as_set(&others[0])?)?))
}

fn isdisjoint(args: &Args<'_>) -> Res {
    let (set, others) = parts(args, "isdisjoint", 1, 1)?;
    if let Value::Set(other) = payload(&others[0]) {
        return set.is_disjoint(other).map(Value::Bool);
    }
    any_item(&others[0], |item| set.contains(item)).map(|found| Value::Bool(!found))
}

fn issubset(args: &Args<'_>) -> Res {
    let (set, others) = parts(args, "issubset", 1, 1)?;
    set.is_subset(&as_set(&others[0])?).map(Value::Bool)
}

fn issuperset(args: &Args<'_>) -> Res {
    let (set, others) = parts(args, "issuperset", 1, 1)?;
    if let Value::Set(other) = payload(&others[0]) {
        return other.is_subset(set).map(Value::Bool);
    }
    any_item(&others[0], |item| set.contains(item).map(|c| !c)).map(|missing| Value::Bool(!missing))
}

/// Is there an item of which this holds; none behind it is looked at.
fn any_item(source: &Value, holds: impl Fn(&Value) -> Res<bool>) -> Res<bool> {
    if let Some(items) = iter::unordered_items(source)? {
        let mut found = false;
        for item in &items {
            found |= holds(item)?;
        }
        return Ok(found);
    }
    let it = iter::of(source)?;
    while let Some(item) = iter::advance(&it)? {
        if holds(&item)? {
            return Ok(true);
        }
    }
    Ok(false)
}
