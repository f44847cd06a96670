//! Comparisons, as expressions make them and as containers ask for them.

use super::binary::rank;
use super::identity::same_function;
use super::{CmpOp, is_same_object, nested, too_deep, truthy, type_name};
use crate::object::call::call_attr;
use crate::object::class::{class_ref, unwrap};
use crate::{Args, Fault, Ref, Res, Value};
use std::cmp::Ordering;

fn is_object(value: &Value) -> bool {
    matches!(value, Value::Instance(_) | Value::Host(_))
}

fn holds(op: CmpOp, ordering: Ordering) -> bool {
    match op {
        CmpOp::Eq => ordering.is_eq(),
        CmpOp::Ne => ordering.is_ne(),
        CmpOp::Lt => ordering.is_lt(),
        CmpOp::Le => ordering.is_le(),
        CmpOp::Gt => ordering.is_gt(),
        CmpOp::Ge => ordering.is_ge(),
    }
}

/// `a op b` as a value (an instance's method may give anything).
pub fn compare(op: CmpOp, a: &Value, b: &Value) -> Res {
    match (a, b) {
        (Value::Int(a), Value::Int(b)) => return Ok(Value::Bool(holds(op, a.cmp(b)))),
        (Value::Str(a), Value::Str(b)) => {
            return Ok(Value::Bool(match op {
                CmpOp::Eq => a == b,
                CmpOp::Ne => a != b,
                _ => holds(op, a.cmp(b)),
            }));
        }
        _ => {}
    }
    if is_object(a) || is_object(b) {
        return nested(|| too_deep(" in comparison"), || with_methods(op, a, b));
    }
    let native = || match crate::collections::order(op, a, b) {
        Some(result) => result.map(Some),
        None => native_compare(op, a, b).transpose().map(|found| found.map(Value::Bool)),
    };
    match nested(|| too_deep(" in comparison"), native)? {
        Some(result) => Ok(result),
        None => fallback(op, a, b),
    }
}

/// Where nobody knows how to compare: identity, or the error.
fn fallback(op: CmpOp, a: &Value, b: &Value) -> Res {
    if matches!(op, CmpOp::Eq | CmpOp::Ne)
        && let Some(same) = same_function(a, b)?
    {
        return Ok(Value::Bool(same == (op == CmpOp::Eq)));
    }
    match op {
        CmpOp::Eq => Ok(Value::Bool(is_same_object(a, b))),
        CmpOp::Ne => Ok(Value::Bool(!is_same_object(a, b))),
        _ => Err(Fault::type_error(format!(
            "'{}' not supported between instances of '{}' and '{}'",
            op.symbol(),
            type_name(a),
            type_name(b)
        ))),
    }
}

/// The comparison of the built-in types; `None` where they have none for these operands.
pub fn native_compare(op: CmpOp, a: &Value, b: &Value) -> Option<Res<bool>> {
    if matches!(op, CmpOp::Eq | CmpOp::Ne) {
        return native_eq(a, b).map(|r| r.map(|same| same == (op == CmpOp::Eq)));
    }
    crate::number::compare(op, a, b)
        .or_else(|| crate::text::compare(op, a, b))
        .or_else(|| crate::collections::compare(op, a, b))
}

fn native_eq(a: &Value, b: &Value) -> Option<Res<bool>> {
    match (a, b) {
        (Value::Str(a), Value::Str(b)) => return Some(Ok(a == b)),
        (Value::Bytes(a), Value::Bytes(b)) => return Some(Ok(a == b)),
        (Value::Method(a), Value::Method(b)) => {
            return Some(Ok(is_same_object(&a.func, &b.func) && is_same_object(&a.receiver, &b.receiver)));
        }
        _ => {}
    }
    crate::number::eq(a, b).map(Ok).or_else(|| crate::collections::eq(a, b))
}

fn with_methods(op: CmpOp, a: &Value, b: &Value) -> Res {
    for (host, other, op) in [(a, b, op), (b, a, op.reflected())] {
        if let Value::Host(host) = host {
            if let Some(message) = host.0.refusal() {
                return Err(Fault::type_error(message));
            }
            if let Some(result) = host.0.compare(op, other) {
                return result;
            }
            if matches!(op, CmpOp::Eq | CmpOp::Ne)
                && let Some(same) = host.0.eq(other)
            {
                return Ok(Value::Bool(same? == (op == CmpOp::Eq)));
            }
        }
    }
    let (class_a, class_b) = (class_ref(a), class_ref(b));
    let mut right_is_tried = false;
    if !Ref::ptr_eq(class_a, class_b) && class_b.is_subclass(class_a) && !class_b.is_builtin {
        right_is_tried = true;
        if let Some(result) = attempt(op.reflected(), b, a)? {
            return Ok(result);
        }
    }
    if let Some(result) = attempt(op, a, b)? {
        return Ok(result);
    }
    if !right_is_tried && let Some(result) = attempt(op.reflected(), b, a)? {
        return Ok(result);
    }
    fallback(op, a, b)
}

/// What the class of `a` says: its own method, else the built-in type that it derives from. `None` for `NotImplemented`.
fn attempt(op: CmpOp, a: &Value, b: &Value) -> Res<Option<Value>> {
    let class = class_ref(a);
    if let Some(method) = class.special(op.method()) {
        return Ok(match call_attr(method, a, &Args::positional(std::slice::from_ref(b)))? {
            Value::NotImplemented => None,
            result => Some(result),
        });
    }
    if op == CmpOp::Ne && std::ptr::eq(unwrap(a), a) && class.special("__eq__").is_some() {
        // `object.__ne__` turns `__eq__` around.
        return match attempt(CmpOp::Eq, a, b)? {
            Some(result) => Ok(Some(Value::Bool(!truthy(&result)?))),
            None => Ok(None),
        };
    }
    let (native_a, native_b) = (unwrap(a), unwrap(b));
    if let Some(result) = crate::collections::counter::compare_by_methods(op, [a, b], [native_a, native_b]) {
        return result.map(|holds| Some(Value::Bool(holds)));
    }
    if is_object(native_a) || rank(native_a).is_some() && rank(native_a) < rank(native_b) {
        return Ok(None);
    }
    Ok(native_compare(op, native_a, native_b).transpose()?.map(Value::Bool))
}

/// `a == b`, as containers ask it: the same object is equal to itself without being asked (NaN, see `language.md`).
pub fn eq(a: &Value, b: &Value) -> Res<bool> {
    match (a, b) {
        (Value::Int(a), Value::Int(b)) => return Ok(a == b),
        (Value::Str(a), Value::Str(b)) => return Ok(a == b),
        (Value::Float(x), Value::Float(y)) if x.is_nan() && y.is_nan() => {
            return crate::number::nan::same(*x, *y).ok_or_else(one_nan);
        }
        (Value::Float(x), Value::Float(y)) => return Ok(x == y),
        (Value::Complex(x), Value::Complex(y))
            if (x.re.is_nan() || x.im.is_nan()) && (y.re.is_nan() || y.im.is_nan()) =>
        {
            return Err(one_nan());
        }
        _ => {}
    }
    if let Some(same) = same_function(a, b)? {
        return Ok(same);
    }
    if is_same_object(a, b) {
        return Ok(true);
    }
    truthy(&compare(CmpOp::Eq, a, b)?)
}

fn one_nan() -> Fault {
    Fault::not_pure(
        "whether a NaN that was computed is the same object as another is an accident of the implementation",
    )
}

/// `bool(a < b)`.
pub fn lt(a: &Value, b: &Value) -> Res<bool> {
    truthy(&compare(CmpOp::Lt, a, b)?)
}
