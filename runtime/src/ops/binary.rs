//! Binary and unary operators: the built-in types first, then the methods of classes, with CPython's order of trying.

use super::{BinOp, UnaryOp, type_name};
use crate::collections::merge_entries;
use crate::object::call::call_attr;
use crate::object::class::{Class, class_ref, unwrap};
use crate::{Args, Fault, Ref, Res, Value};

/// Is it an object whose class may have methods of its own for operators.
fn is_object(value: &Value) -> bool {
    matches!(value, Value::Instance(_) | Value::Host(_) | Value::Class(_))
}

/// `a op b`.
pub fn binary(op: BinOp, a: &Value, b: &Value) -> Res {
    if !is_object(a) && !is_object(b) {
        return native_binary(op, a, b).unwrap_or_else(|| Err(unsupported(op, a, b)));
    }
    match with_methods(op, a, b)? {
        Some(result) => Ok(result),
        None => Err(unsupported(op, a, b)),
    }
}

fn unsupported(op: BinOp, a: &Value, b: &Value) -> Fault {
    let (left, right) = (type_name(a), type_name(b));
    Fault::type_error(format!("unsupported operand type(s) for {}: '{left}' and '{right}'", op.symbol()))
}

/// The operation of the built-in types; `None` where they have none for these operands.
pub fn native_binary(op: BinOp, a: &Value, b: &Value) -> Option<Res> {
    crate::number::binary(op, a, b)
        .or_else(|| crate::text::binary(op, a, b))
        .or_else(|| crate::collections::binary(op, a, b))
}

fn is_number(value: &Value) -> bool {
    rank(value).is_some()
}

/// Are these operands of a number operation, or of `%` on text, which CPython tries before the right side's methods.
fn comes_first(op: BinOp, a: &Value, b: &Value) -> bool {
    (is_number(b) && rank(a) >= rank(b)) || (op == BinOp::Mod && matches!(a, Value::Str(_) | Value::Bytes(_)))
}

fn with_methods(op: BinOp, a: &Value, b: &Value) -> Res<Option<Value>> {
    if let Some(result) = special_objects(op, a, b) {
        return result;
    }
    let (name, reflected) = op.methods();
    let (class_a, class_b) = (class_ref(a), class_ref(b));
    let left = class_a.special(name);
    let mut right = if Ref::ptr_eq(class_a, class_b) { None } else { class_b.special(reflected) };
    if let Some(method) = right
        && class_b.is_subclass(class_a)
        && overrides(class_a, class_b, reflected)
    {
        if let Some(result) = attempt(method, b, a)? {
            return Ok(Some(result));
        }
        right = None;
    }
    let (native_a, native_b) = (unwrap(a), unwrap(b));
    match left {
        Some(method) => {
            if let Some(result) = attempt(method, a, b)? {
                return Ok(Some(result));
            }
        }
        None if comes_first(op, native_a, native_b) => {
            // `%` on text shows the instances, not what is in them.
            let right = if is_number(native_a) { native_b } else { b };
            if let Some(result) = native_binary(op, native_a, right) {
                return result.map(Some);
            }
        }
        None => {}
    }
    if let Some(method) = right
        && let Some(result) = attempt(method, b, a)?
    {
        return Ok(Some(result));
    }
    if let Some(result) = sequence(op, a, b) {
        return result.map(Some);
    }
    // A method of the program on the left hides what its built-in base does, but not what the right side's type does.
    if left.is_some() {
        let takes = class_b.special(reflected).is_none()
            && !Ref::ptr_eq(class_a, class_b)
            && takes_left(op, native_a, native_b);
        return if takes { native_binary(op, native_a, native_b).transpose() } else { Ok(None) };
    }
    // Of the left side's type it is too much, and the method of the right side has declined.
    if is_number(native_a) && rank(native_a) < rank(native_b) && class_b.special(reflected).is_some() {
        return Ok(None);
    }
    if std::ptr::eq(native_a, a) && is_object(a) && std::ptr::eq(native_b, b) && is_object(b) {
        return Ok(None);
    }
    if op == BinOp::BitOr
        && let Some(result) = crate::object::derived::merged(a, b)
    {
        return result.map(Some);
    }
    if op == BinOp::BitOr && matches!((native_a, native_b), (Value::Dict(_), Value::Dict(_))) {
        let (left, right) = (merge_entries(a)?, merge_entries(b)?);
        return native_binary(op, &Value::Dict(left), &Value::Dict(right)).transpose();
    }
    match native_binary(op, native_a, native_b) {
        // The message names the class of the instance, not of what is in it.
        Some(Err(fault)) if fault.is("TypeError") && (is_object(a) || is_object(b)) => {
            match native_binary(op, a, b) {
                Some(Err(named)) => Err(named),
                _ => Err(fault),
            }
        }
        result => result.transpose(),
    }
}

/// Which numbers a type of numbers takes beside its own: those of less. Nothing for what is no number.
pub(super) fn rank(value: &Value) -> Option<u8> {
    match value {
        Value::Bool(_) | Value::Int(_) | Value::BigInt(_) => Some(0),
        Value::Float(_) => Some(1),
        Value::Complex(_) => Some(2),
        _ => None,
    }
}

/// Does the operator of the right side's type take such a left side, too.
fn takes_left(op: BinOp, a: &Value, b: &Value) -> bool {
    match (op, a, b) {
        (BinOp::Mod, Value::Str(_), Value::Str(_)) | (BinOp::Mod, Value::Bytes(_), Value::Bytes(_)) => true,
        (BinOp::Sub | BinOp::BitAnd | BinOp::BitOr | BinOp::BitXor, Value::Set(_), Value::Set(_)) => true,
        (BinOp::BitOr, Value::Dict(_), Value::Dict(_)) => true,
        _ => rank(a).is_some() && rank(a) <= rank(b),
    }
}

fn is_sequence(value: &Value) -> bool {
    matches!(value, Value::Str(_) | Value::Bytes(_) | Value::Tuple(_) | Value::List(_))
}

/// Concatenation and repetition, which CPython tries when the methods of both sides have declined. `None` where no side
/// is a sequence whose class leaves these operators as they are.
fn sequence(op: BinOp, a: &Value, b: &Value) -> Option<Res> {
    let has = |value: &Value, name: &str| class_ref(value).special(name).is_some();
    match op {
        BinOp::Add if is_sequence(unwrap(a)) && !has(a, "__add__") => {
            let (left, right) = (unwrap(a), unwrap(b));
            if left.tag() == right.tag() {
                return native_binary(op, left, right);
            }
            let what = type_name(left);
            Some(Err(crate::text::concat_error(a, b).unwrap_or_else(|| {
                let other = type_name(b);
                Fault::type_error(format!("can only concatenate {what} (not \"{other}\") to {what}"))
            })))
        }
        BinOp::Mul => {
            // A class that has one of the two methods has the other one from its base, as a method: it comes first.
            let sides = [(a, b, "__rmul__", "__mul__"), (b, a, "__mul__", "__rmul__")];
            let n_sides = if Ref::ptr_eq(class_ref(a), class_ref(b)) { 1 } else { 2 };
            let by_method = sides.into_iter().take(n_sides).find(|(items, _, own, base)| {
                is_sequence(unwrap(items)) && has(items, own) && !has(items, base)
            });
            if let Some((items, times, ..)) = by_method {
                return match super::index(times) {
                    Ok(n) => native_binary(op, unwrap(items), &n),
                    Err(fault) => Some(Err(fault)),
                };
            }
            let is_plain = |v: &Value| is_sequence(unwrap(v)) && !has(v, "__mul__") && !has(v, "__rmul__");
            let (items, times) = [(a, b), (b, a)].into_iter().find(|(items, _)| is_plain(items))?;
            match super::index(times) {
                Ok(n) => native_binary(op, unwrap(items), &n),
                Err(_) if !has(times, "__index__") => Some(Err(Fault::type_error(format!(
                    "can't multiply sequence by non-int of type '{}'",
                    type_name(times)
                )))),
                Err(fault) => Some(Err(fault)),
            }
        }
        _ => None,
    }
}

/// Does the subclass bring a reflected method other than the one of the class on the left.
fn overrides(base: &Ref<Class>, derived: &Ref<Class>, name: &str) -> bool {
    match (base.lookup(name), derived.lookup(name)) {
        (Some(a), Some(b)) => !super::is_same_object(a, b),
        (None, Some(_)) => true,
        _ => false,
    }
}

/// Calls an operator method: `None` for `NotImplemented`.
fn attempt(method: &Value, receiver: &Value, other: &Value) -> Res<Option<Value>> {
    match call_attr(method, receiver, &Args::positional(std::slice::from_ref(other)))? {
        Value::NotImplemented => Ok(None),
        result => Ok(Some(result)),
    }
}

/// Operators of classes (`int | None`), and of native objects.
fn special_objects(op: BinOp, a: &Value, b: &Value) -> Option<Res<Option<Value>>> {
    if op == BinOp::BitOr
        && let Some(result) = crate::object::typing::union(a, b)
    {
        return Some(result.map(Some));
    }
    for (host, other, side) in [(a, b, crate::object::Side::Left), (b, a, crate::object::Side::Right)] {
        if let Value::Host(host) = host {
            if let Some(message) = host.0.refusal() {
                return Some(Err(Fault::type_error(message)));
            }
            if let Some(result) = host.0.binary(op, other, side) {
                return Some(result.map(Some));
            }
        }
    }
    None
}

/// `op a`.
pub fn unary(op: UnaryOp, a: &Value) -> Res {
    let (name, symbol) = match op {
        UnaryOp::Neg => ("__neg__", "-"),
        UnaryOp::Pos => ("__pos__", "+"),
        UnaryOp::Invert => ("__invert__", "~"),
    };
    if is_object(a) {
        if let Value::Host(host) = a {
            if let Some(message) = host.0.refusal() {
                return Err(Fault::type_error(message));
            }
            if let Some(result) = host.0.unary(op) {
                return result;
            }
        }
        if let Some(method) = class_ref(a).special(name) {
            return call_attr(method, a, &Args::positional(&[]));
        }
    }
    let native = unwrap(a);
    if let Some(result) = crate::number::unary(op, native) {
        return result;
    }
    if let (Value::Dict(_), UnaryOp::Pos | UnaryOp::Neg, Some(method)) =
        (native, op, class_ref(a).lookup(name))
    {
        // `+counter`, `-counter`.
        return call_attr(method, a, &Args::positional(&[]));
    }
    Err(Fault::type_error(format!("bad operand type for unary {symbol}: '{}'", type_name(a))))
}

/// `divmod(a, b)`.
pub fn divmod(a: &Value, b: &Value) -> Res {
    let refuse = || {
        let (left, right) = (type_name(a), type_name(b));
        Fault::type_error(format!("unsupported operand type(s) for divmod(): '{left}' and '{right}'"))
    };
    for (host, other, side) in [(a, b, crate::object::Side::Left), (b, a, crate::object::Side::Right)] {
        if let Value::Host(host) = host
            && let Some(result) = host.0.divmod(other, side)
        {
            return result;
        }
    }
    if let Some(method) = class_ref(a).special("__divmod__")
        && let Some(result) = attempt(method, a, b)?
    {
        return Ok(result);
    }
    if let Some(method) = class_ref(b).special("__rdivmod__")
        && let Some(result) = attempt(method, b, a)?
    {
        return Ok(result);
    }
    crate::number::divmod(unwrap(a), unwrap(b)).unwrap_or_else(|| Err(refuse()))
}

/// `pow(a, b, m)`.
pub fn pow(a: &Value, b: &Value, m: Option<&Value>) -> Res {
    let Some(m) = m.filter(|m| !m.is_none()) else {
        return binary(BinOp::Pow, a, b);
    };
    if let Some(method) = class_ref(a).special("__pow__") {
        match call_attr(method, a, &Args::positional(&[b.clone(), m.clone()]))? {
            Value::NotImplemented => {}
            result => return Ok(result),
        }
    }
    crate::number::pow_mod(unwrap(a), unwrap(b), unwrap(m)).map_err(|fault| {
        if fault.is("TypeError") && [a, b, m].into_iter().any(is_object) {
            return crate::number::pow_mod(a, b, m).err().unwrap_or(fault);
        }
        fault
    })
}
