//! Identity and hashes.

use super::{CmpOp, compare, nested, too_deep, truthy, type_name};
use crate::object::call::call_attr;
use crate::object::class::{class_ref, unwrap};
use crate::{Args, Fault, Ref, Res, Value};

/// Are these one object: the same counted cell, or the same value of a type without cells.
///
/// Never true for two values that CPython could hold as two objects and that are not equal to themselves.
pub fn is_same_object(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::None, Value::None)
        | (Value::Ellipsis, Value::Ellipsis)
        | (Value::NotImplemented, Value::NotImplemented) => true,
        (Value::Bool(a), Value::Bool(b)) => a == b,
        (Value::Int(a), Value::Int(b)) => a == b,
        (Value::Builtin(a), Value::Builtin(b)) => std::ptr::eq(*a, *b),
        (Value::BigInt(a), Value::BigInt(b)) => Ref::ptr_eq(a, b),
        (Value::Str(a), Value::Str(b)) => std::ptr::eq(a.as_str(), b.as_str()),
        (Value::Bytes(a), Value::Bytes(b)) => Ref::ptr_eq(a, b),
        (Value::Tuple(a), Value::Tuple(b)) => Ref::ptr_eq(a, b),
        (Value::List(a), Value::List(b)) => Ref::ptr_eq(a, b),
        (Value::Dict(a), Value::Dict(b)) => Ref::ptr_eq(a, b),
        (Value::Set(a), Value::Set(b)) => Ref::ptr_eq(a, b),
        (Value::Range(a), Value::Range(b)) => Ref::ptr_eq(a, b),
        (Value::Slice(a), Value::Slice(b)) => Ref::ptr_eq(a, b),
        (Value::Func(a), Value::Func(b)) => a.is_same(b) == Some(true),
        (Value::Method(a), Value::Method(b)) => Ref::ptr_eq(a, b),
        (Value::Class(a), Value::Class(b)) => Ref::ptr_eq(a, b),
        (Value::Instance(a), Value::Instance(b)) => Ref::ptr_eq(a, b),
        (Value::Iter(a), Value::Iter(b)) => Ref::ptr_eq(a, b),
        (Value::View(a), Value::View(b)) => Ref::ptr_eq(a, b),
        (Value::Module(a), Value::Module(b)) => Ref::ptr_eq(a, b),
        (Value::Host(a), Value::Host(b)) => Ref::ptr_eq(a, b),
        _ => false,
    }
}

/// `a is b`; `NotPure` where CPython's answer is an accident.
pub fn is(a: &Value, b: &Value) -> Res<bool> {
    if a.tag() != b.tag()
        && !matches!((a, b), (Value::Int(_), Value::BigInt(_)) | (Value::BigInt(_), Value::Int(_)))
    {
        return Ok(false);
    }
    let is_accident = matches!(
        a,
        Value::Int(_)
            | Value::Float(_)
            | Value::BigInt(_)
            | Value::Complex(_)
            | Value::Str(_)
            | Value::Bytes(_)
            | Value::Tuple(_)
            | Value::List(_)
            | Value::Dict(_)
            | Value::Set(_)
            | Value::Range(_)
            | Value::Slice(_)
            | Value::View(_)
    );
    if let Some(same) = same_function(a, b)? {
        return Ok(same);
    }
    if let (Value::Float(x), Value::Float(y)) = (a, b)
        && let Some(same) = crate::number::nan::same(*x, *y)
    {
        return Ok(same);
    }
    if !is_accident {
        return Ok(is_same_object(a, b));
    }
    let is_equal = is_same_object(a, b)
        || matches!((a, b), (Value::Float(x), Value::Float(y)) if x.is_nan() && y.is_nan())
        || truthy(&compare(CmpOp::Eq, a, b)?)?;
    if is_equal {
        return Err(Fault::not_pure(format!(
            "`is` between equal values of type `{}`: whether they are one object is an accident; use `==`",
            type_name(a)
        )));
    }
    Ok(false)
}

/// Are these two functions of the program one object; `None` for anything else.
pub(super) fn same_function(a: &Value, b: &Value) -> Res<Option<bool>> {
    let (Value::Func(a), Value::Func(b)) = (a, b) else { return Ok(None) };
    match a.is_same(b) {
        Some(same) => Ok(Some(same)),
        None => Err(Fault::not_pure(
            "whether two functions of one `def` are one object is not known where one came from elsewhere, or names itself",
        )),
    }
}

/// A hash of where an object lies, which agrees with identity.
pub fn identity_hash(value: &Value) -> u64 {
    let address = match value {
        Value::Builtin(b) => std::ptr::from_ref(*b).addr(),
        Value::Func(r) => match usize::try_from(r.identity) {
            Ok(identity) if identity != 0 => identity << 4,
            _ => Ref::as_ptr(r).addr(),
        },
        Value::Method(r) => Ref::as_ptr(r).addr(),
        Value::Class(r) => Ref::as_ptr(r).addr(),
        Value::Instance(r) => Ref::as_ptr(r).addr(),
        Value::Iter(r) => Ref::as_ptr(r).addr(),
        Value::View(r) => Ref::as_ptr(r).addr(),
        Value::Module(r) => Ref::as_ptr(r).addr(),
        Value::Host(r) => Ref::as_ptr(r).addr(),
        other => usize::from(other.tag()),
    };
    // The low bits of addresses are zero.
    (address as u64).rotate_right(4).wrapping_mul(0x9e37_79b9_7f4a_7c15)
}

/// A hash that agrees with `==`, of our own making; `TypeError: unhashable type: 'list'`.
pub fn hash(value: &Value) -> Res<u64> {
    if let Some(plain) = crate::collections::plain_hash(value, crate::collections::PLAIN_DEPTH) {
        return Ok(plain);
    }
    match value {
        Value::Instance(_) => nested(|| too_deep(""), || of_instance(value)),
        Value::Host(host) => match host.0.refusal() {
            Some(message) => Err(Fault::type_error(message)),
            None => host.0.hash().unwrap_or_else(|| Ok(identity_hash(value))),
        },
        Value::Func(func) if func.identity == 0 => {
            Err(Fault::not_pure("the hash of a function that names itself: which object it is is not known"))
        }
        Value::Method(method) => {
            Ok(identity_hash(&method.func).rotate_left(7) ^ identity_hash(&method.receiver))
        }
        _ => native(value),
    }
}

fn native(value: &Value) -> Res<u64> {
    if let Some(hash) = crate::number::hash(value).or_else(|| crate::text::hash(value)) {
        return Ok(hash);
    }
    match nested(|| too_deep(""), || crate::collections::hash(value).transpose())? {
        Some(hash) => Ok(hash),
        None => Ok(identity_hash(value)),
    }
}

fn of_instance(value: &Value) -> Res<u64> {
    let class = class_ref(value);
    if let Some(method) = class.special("__hash__") {
        if method.is_none() {
            return Err(Fault::type_error(format!("unhashable type: '{}'", class.shown)));
        }
        return match unwrap(&call_attr(method, value, &Args::positional(&[]))?) {
            number @ (Value::Int(_) | Value::BigInt(_) | Value::Bool(_)) => native(number),
            _ => Err(Fault::type_error("__hash__ method should return an integer")),
        };
    }
    match unwrap(value) {
        Value::List(_) | Value::Dict(_) | Value::Slice(_) => {
            Err(Fault::type_error(format!("unhashable type: '{}'", class.shown)))
        }
        Value::Set(set) if !set.frozen => {
            Err(Fault::type_error(format!("unhashable type: '{}'", class.shown)))
        }
        Value::Instance(_) => Ok(identity_hash(value)),
        payload => native(payload),
    }
}
