//! Orders that are total and known without asking the program: numbers without NaN, text, bytes, and tuples and lists of
//! these.

use crate::collections::Items;
use crate::object::Native;
use crate::{Ref, Value, ops};
use num_bigint::BigInt;
use num_traits::FromPrimitive;
use std::borrow::Cow;
use std::cmp::Ordering;

/// How deep tuples and lists are looked into.
const MAX_DEPTH: usize = 12;

/// Are any two of these comparable, by [`compare`], as their `<` does.
pub fn is_total(items: &[Value]) -> bool {
    total(&items.iter().collect::<Vec<_>>(), 0)
}

fn is_number(value: &Value) -> bool {
    match value {
        Value::Int(_) | Value::Bool(_) | Value::BigInt(_) => true,
        Value::Float(x) => !x.is_nan(),
        _ => false,
    }
}

fn total(items: &[&Value], depth: usize) -> bool {
    let Some(first) = items.first() else { return true };
    match first {
        Value::Int(_) | Value::Bool(_) | Value::BigInt(_) | Value::Float(_) => {
            items.iter().all(|v| is_number(v))
        }
        Value::Str(_) => items.iter().all(|v| matches!(v, Value::Str(_))),
        Value::Bytes(_) => items.iter().all(|v| matches!(v, Value::Bytes(_))),
        Value::Tuple(_) if depth < MAX_DEPTH => {
            let rows: Option<Vec<&[Value]>> =
                items.iter().map(|v| if let Value::Tuple(t) = v { Some(&***t) } else { None }).collect();
            rows.is_some_and(|rows| columns(&rows, depth))
        }
        Value::List(_) if depth < MAX_DEPTH => lists(items, depth),
        _ => false,
    }
}

/// Is each column total: what stands at one place is only compared with what stands at the same place.
fn columns(rows: &[&[Value]], depth: usize) -> bool {
    let width = rows.iter().map(|r| r.len()).max().unwrap_or(0);
    (0..width).all(|at| {
        let column: Vec<&Value> = rows.iter().filter_map(|r| r.get(at)).collect();
        total(&column, depth + 1)
    })
}

fn lists(items: &[&Value], depth: usize) -> bool {
    let mut boxed: Vec<Cow<'_, [Value]>> = Vec::new();
    let mut numeric = false;
    for item in items {
        let Value::List(list) = item else { return false };
        match list.items() {
            Items::Int(_) => numeric = true,
            Items::Float(v) => {
                if v.iter().any(|x| x.is_nan()) {
                    return false;
                }
                numeric = true;
            }
            Items::Any(v) if v.is_empty() => {}
            Items::Rows(_) => boxed.push(Cow::Owned(list.to_values())),
            Items::Any(v) => boxed.push(Cow::Borrowed(v)),
        }
    }
    if numeric {
        return boxed.iter().all(|v| v.iter().all(is_number));
    }
    let rows: Vec<&[Value]> = boxed.iter().map(|v| &**v).collect();
    columns(&rows, depth)
}

/// The order of two values that are total together.
pub fn compare(a: &Value, b: &Value) -> Ordering {
    match (a, b) {
        (Value::Int(a), Value::Int(b)) => a.cmp(b),
        (Value::Str(a), Value::Str(b)) => a.cmp(b),
        (Value::Float(a), Value::Float(b)) => a.partial_cmp(b).unwrap_or(Ordering::Equal),
        (Value::Tuple(a), Value::Tuple(b)) => compare_all(a, b),
        (Value::List(x), Value::List(y)) => match (x.items(), y.items()) {
            (Items::Int(x), Items::Int(y)) => x.cmp(y),
            (Items::Any(x), Items::Any(y)) => compare_all(x, y),
            _ => compare_all(&x.to_values(), &y.to_values()),
        },
        (Value::Bytes(a), Value::Bytes(b)) => a.cmp(b),
        _ => compare_numbers(a, b),
    }
}

fn compare_all(a: &[Value], b: &[Value]) -> Ordering {
    for (x, y) in a.iter().zip(b) {
        let order = compare(x, y);
        if order.is_ne() {
            return order;
        }
    }
    a.len().cmp(&b.len())
}

fn small(value: &Value) -> Option<i64> {
    match value {
        Value::Int(n) => Some(*n),
        Value::Bool(b) => Some(i64::from(*b)),
        _ => None,
    }
}

fn big(value: &Value) -> BigInt {
    match value {
        Value::BigInt(n) => BigInt::clone(n),
        other => BigInt::from(small(other).unwrap_or(0)),
    }
}

fn compare_numbers(a: &Value, b: &Value) -> Ordering {
    match (a, b) {
        (Value::Float(x), Value::Float(y)) => x.partial_cmp(y).unwrap_or(Ordering::Equal),
        (Value::Float(x), other) => compare_int_float(other, *x).reverse(),
        (other, Value::Float(x)) => compare_int_float(other, *x),
        _ => match (small(a), small(b)) {
            (Some(a), Some(b)) => a.cmp(&b),
            _ => big(a).cmp(&big(b)),
        },
    }
}

/// Exact, whatever their sizes.
fn compare_int_float(n: &Value, x: f64) -> Ordering {
    if x.is_infinite() {
        return if x > 0.0 { Ordering::Less } else { Ordering::Greater };
    }
    let whole = BigInt::from_f64(x.trunc()).unwrap_or_default();
    big(n).cmp(&whole).then_with(|| 0.0_f64.partial_cmp(&x.fract()).unwrap_or(Ordering::Equal))
}

/// Are the two the same to whoever looks at them: so that it does not show which of them comes first.
pub fn is_same(a: &Value, b: &Value) -> bool {
    same_within(a, b, MAX_DEPTH)
}

fn same_within(a: &Value, b: &Value, depth: usize) -> bool {
    let Some(depth) = depth.checked_sub(1) else { return ops::is_same_object(a, b) };
    let is_same = |a: &Value, b: &Value| same_within(a, b, depth);
    match (a, b) {
        (Value::None, Value::None) => true,
        (Value::Bool(a), Value::Bool(b)) => a == b,
        (Value::Int(a), Value::Int(b)) => a == b,
        (Value::BigInt(a), Value::BigInt(b)) => a == b,
        (Value::Float(a), Value::Float(b)) => a.to_bits() == b.to_bits(),
        (Value::Str(a), Value::Str(b)) => a == b,
        (Value::Bytes(a), Value::Bytes(b)) => a == b,
        (Value::Tuple(a), Value::Tuple(b)) => {
            a.len() == b.len() && a.iter().zip(b.iter()).all(|(x, y)| is_same(x, y))
        }
        (Value::List(a), Value::List(b)) => {
            let (a, b) = (a.to_values(), b.to_values());
            a.len() == b.len() && a.iter().zip(&b).all(|(x, y)| is_same(x, y))
        }
        (Value::Set(a), Value::Set(b)) => {
            let has = |x: &Value| matches!(b.find_equal(x), Ok(Some(y)) if is_same(x, y));
            a.frozen == b.frozen && a.len() == b.len() && a.iter_unordered().all(has)
        }
        (Value::Range(a), Value::Range(b)) => {
            is_same(&a.start, &b.start) && is_same(&a.stop, &b.stop) && is_same(&a.step, &b.step)
        }
        (Value::Complex(a), Value::Complex(b)) => {
            a.re.to_bits() == b.re.to_bits() && a.im.to_bits() == b.im.to_bits()
        }
        (Value::Instance(x), Value::Instance(y)) if !Ref::ptr_eq(x, y) => {
            let (m, n) = (x.named_fields(), y.named_fields());
            let payloads = match (x.payload(), y.payload()) {
                (Some(a), Some(b)) => is_same(a, b),
                (None, None) => matches!((&x.native, &y.native), (Native::None, Native::None)),
                _ => false,
            };
            Ref::ptr_eq(&x.class, &y.class)
                && payloads
                && m.len() == n.len()
                && m.iter().zip(&n).all(|((name, a), (other, b))| name == other && is_same(a, b))
        }
        _ => ops::is_same_object(a, b),
    }
}
