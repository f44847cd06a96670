//! Operators of text and bytes: concatenation, repetition, `%`, comparison, membership, hash.

use super::percent;
use super::receiver::{bytes_of, str_of};
use crate::number::{ops_index, payload, type_name};
use crate::ops::{BinOp, CmpOp};
use crate::{Fault, Res, Value, budget};
use std::hash::Hasher;

/// `a op b` where one is text or bytes. `None` where the operator is not defined for them, or where the other operand is
/// an instance with an operator method of its own, which decides; where that declines, the error is [`concat_error`].
pub fn binary(op: BinOp, a: &Value, b: &Value) -> Option<Res> {
    match (op, a, b) {
        (BinOp::Add, Value::Str(x), Value::Str(y)) => Some(concat_str(x, y)),
        (BinOp::Add, Value::Bytes(x), Value::Bytes(y)) => {
            Some(concat_bytes(x.as_ref().as_ref(), y.as_ref().as_ref()))
        }
        (BinOp::Add, Value::Str(_) | Value::Bytes(_), _) => match has_method(b, "__radd__") {
            Ok(true) => None,
            Ok(false) => concat_error(a, b).map(Err),
            Err(fault) => Some(Err(fault)),
        },
        (BinOp::Mul, Value::Str(_) | Value::Bytes(_), _) => repeat(a, b, "__rmul__"),
        // Where both are sequences, the one on the left says what is wrong.
        (BinOp::Mul, Value::List(_) | Value::Tuple(_), _) => None,
        (BinOp::Mul, _, Value::Str(_) | Value::Bytes(_)) => repeat(b, a, "__mul__"),
        (BinOp::Mod, Value::Str(format), _) => Some(percent::format_str(format, b)),
        (BinOp::Mod, Value::Bytes(format), _) => Some(percent::format_bytes(format, b)),
        _ => None,
    }
}

/// Has an instance, or a native object, a method of that name.
fn has_method(value: &Value, name: &str) -> Res<bool> {
    match value {
        Value::Instance(_) | Value::Host(_) => Ok(crate::object::attr::find_special(value, name)?.is_some()),
        _ => Ok(false),
    }
}

/// The error of `text + value` and `bytes + value`.
pub fn concat_error(a: &Value, b: &Value) -> Option<Fault> {
    match payload(a) {
        Value::Str(_) => {
            Some(Fault::type_error(format!("can only concatenate str (not \"{}\") to str", type_name(b))))
        }
        Value::Bytes(_) => {
            Some(Fault::type_error(format!("can't concat {} to {}", type_name(b), type_name(a))))
        }
        _ => None,
    }
}

/// Adds `b` to `a` where this is the only reference to it.
pub fn append_own(a: &mut crate::Str, b: &crate::Str) -> Res<bool> {
    let n_chars = a.n_chars() + b.n_chars();
    a.append_own(b, |n_bytes| {
        // The buffer grows by as much again, at least.
        if budget::fits(n_bytes) {
            Ok(())
        } else {
            budget::check(n_bytes, 1, &format!("a str of {n_chars} characters"))
        }
    })
}

fn concat_str(a: &crate::Str, b: &crate::Str) -> Res {
    if a.is_empty() {
        return Ok(Value::Str(b.clone()));
    }
    if b.is_empty() {
        return Ok(Value::Str(a.clone()));
    }
    let len = a.len() + b.len();
    if !budget::fits(len) {
        budget::check(len, 1, &format!("a str of {} characters", a.n_chars() + b.n_chars()))?;
    }
    let mut out = String::with_capacity(len);
    out.push_str(a);
    out.push_str(b);
    Ok(Value::string(out))
}

fn concat_bytes(a: &[u8], b: &[u8]) -> Res {
    let len = a.len() + b.len();
    if !budget::fits(len) {
        budget::check(len, 1, &format!("bytes of {len}"))?;
    }
    Ok(Value::bytes([a, b].concat()))
}

/// `sequence * times`; `None` where the other operand has an operator method of its own.
fn repeat(sequence: &Value, times: &Value, operator: &str) -> Option<Res> {
    if matches!(payload(times), Value::Int(_) | Value::BigInt(_) | Value::Bool(_)) {
        return Some(ops_index(times).and_then(|n| repeat_by(sequence, &n, times)));
    }
    match has_method(times, operator) {
        Ok(true) => return None,
        Ok(false) => {}
        Err(fault) => return Some(Err(fault)),
    }
    Some(match has_method(times, "__index__") {
        Ok(true) => ops_index(times).and_then(|n| repeat_by(sequence, &n, times)),
        Ok(false) => Err(Fault::type_error(format!(
            "can't multiply sequence by non-int of type '{}'",
            type_name(times)
        ))),
        Err(fault) => Err(fault),
    })
}

fn repeat_by(sequence: &Value, times: &Value, named: &Value) -> Res {
    let n = match times {
        Value::Int(n) => usize::try_from(*n).unwrap_or(0),
        _ => {
            let name = type_name(named);
            return Err(Fault::overflow(format!("cannot fit '{name}' into an index-sized integer")));
        }
    };
    let too_long = |len: usize, what: &str| {
        let fits = len.checked_mul(n).is_some_and(|len| i64::try_from(len).is_ok());
        if fits { Ok(()) } else { Err(Fault::overflow(what)) }
    };
    match sequence {
        Value::Str(text) => {
            too_long(text.n_chars(), "repeated string is too long")?;
            if n == 1 {
                return Ok(sequence.clone());
            }
            budget::check(n, text.len(), &format!("a str of {} times {n} characters", text.n_chars()))?;
            Ok(Value::string(text.repeat(n)))
        }
        Value::Bytes(bytes) => {
            too_long(bytes.len(), "repeated bytes are too long")?;
            budget::check(n, bytes.len(), &format!("bytes of {} times {n}", bytes.len()))?;
            Ok(Value::bytes(bytes.repeat(n)))
        }
        _ => Ok(sequence.clone()),
    }
}

/// `a op b` for two texts or two bytes.
pub fn compare(op: CmpOp, a: &Value, b: &Value) -> Option<Res<bool>> {
    let order = match (a, b) {
        (Value::Str(x), Value::Str(y)) => match op {
            CmpOp::Eq => return Some(Ok(x == y)),
            CmpOp::Ne => return Some(Ok(x != y)),
            _ => x.cmp(y),
        },
        (Value::Bytes(x), Value::Bytes(y)) => x.as_ref().cmp(y.as_ref()),
        _ => return None,
    };
    Some(Ok(match op {
        CmpOp::Eq => order.is_eq(),
        CmpOp::Ne => order.is_ne(),
        CmpOp::Lt => order.is_lt(),
        CmpOp::Le => order.is_le(),
        CmpOp::Gt => order.is_gt(),
        CmpOp::Ge => order.is_ge(),
    }))
}

/// `item in container` where the container is text or bytes.
pub fn contains(container: &Value, item: &Value) -> Option<Res<bool>> {
    if let Some(text) = str_of(container) {
        return Some(match str_of(item) {
            Some(part) => Ok(text.contains(part.as_str())),
            None => Err(Fault::type_error(format!(
                "'in <string>' requires string as left operand, not {}",
                type_name(item)
            ))),
        });
    }
    let bytes = bytes_of(container)?;
    Some(match payload(item) {
        Value::Bytes(part) => Ok(super::search::find(bytes, part).is_some()),
        Value::Int(_) | Value::BigInt(_) | Value::Bool(_) => byte_arg(item).map(|byte| bytes.contains(&byte)),
        _ => Err(Fault::type_error(format!("a bytes-like object is required, not '{}'", type_name(item)))),
    })
}

/// An int that is a byte.
pub fn byte_arg(value: &Value) -> Res<u8> {
    match ops_index(value)? {
        Value::Int(n) => u8::try_from(n).ok(),
        _ => None,
    }
    .ok_or_else(|| Fault::value_error("byte must be in range(0, 256)"))
}

/// The hash of text or bytes, the same in every process.
pub fn hash(value: &Value) -> Option<u64> {
    let bytes: &[u8] = match payload(value) {
        Value::Str(text) => text.as_bytes(),
        Value::Bytes(bytes) => bytes,
        _ => return None,
    };
    Some(hash_bytes(bytes))
}

/// The hash of a text with these bytes.
pub fn hash_bytes(bytes: &[u8]) -> u64 {
    let mut hasher = rustc_hash::FxHasher::default();
    hasher.write(bytes);
    hasher.write_usize(bytes.len());
    hasher.finish()
}
