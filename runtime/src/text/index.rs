//! Indexing and slicing of text and bytes.

use super::receiver::{bytes_of, str_of};
use crate::collections::Slice;
use crate::number::{ops_index, payload, to_index, type_name};
use crate::{Fault, Res, Value};

/// A part of a slice, clamped to 64 bits.
pub fn slice_part(value: &Value) -> Res<i64> {
    if let Value::Int(n) = value {
        return Ok(*n);
    }
    let has_index = matches!(payload(value), Value::Bool(_) | Value::Int(_) | Value::BigInt(_))
        || matches!(value, Value::Instance(_))
            && crate::object::attr::find_special(value, "__index__")?.is_some();
    if !has_index {
        return Err(Fault::type_error("slice indices must be integers or None or have an __index__ method"));
    }
    Ok(to_index(&ops_index(value)?).unwrap_or(0))
}

/// Start, stop and step of a slice of a sequence of that length, as `slice.indices` gives them, and how many items it has.
pub fn slice_bounds(slice: &Slice, len: usize) -> Res<(i64, i64, i64, usize)> {
    let len = i64::try_from(len).unwrap_or(i64::MAX);
    let step = if slice.step.is_none() { 1 } else { slice_part(&slice.step)?.max(-i64::MAX) };
    if step == 0 {
        return Err(Fault::value_error("slice step cannot be zero"));
    }
    let (low, high) = if step > 0 { (0, len) } else { (-1, len - 1) };
    let place = |value: &Value, default: i64| -> Res<i64> {
        if value.is_none() {
            return Ok(default);
        }
        let at = slice_part(value)?;
        Ok(if at < 0 { at.saturating_add(len).max(low) } else { at.min(high) })
    };
    let (start, stop) = if step > 0 {
        (place(&slice.start, 0)?, place(&slice.stop, len)?)
    } else {
        (place(&slice.start, len - 1)?, place(&slice.stop, -1)?)
    };
    let distance = if step > 0 { stop - start } else { start - stop };
    let n = if distance <= 0 { 0 } else { (distance - 1) / step.abs() + 1 };
    Ok((start, stop, step, usize::try_from(n).unwrap_or(0)))
}

/// `value[idx]` for text and bytes.
pub fn getitem(value: &Value, idx: &Value) -> Option<Res> {
    if str_of(value).is_some() {
        return Some(str_item(value, idx));
    }
    bytes_of(value).map(|bytes| bytes_item(bytes, idx))
}

/// The place of an index, negative from the end; `None` beyond.
fn place(idx: i64, len: usize) -> Option<usize> {
    let at = if idx < 0 { idx.checked_add(i64::try_from(len).ok()?)? } else { idx };
    usize::try_from(at).ok().filter(|at| *at < len)
}

fn is_index(idx: &Value) -> Res<bool> {
    Ok(match payload(idx) {
        Value::Int(_) | Value::BigInt(_) | Value::Bool(_) => true,
        Value::Instance(_) => crate::object::attr::find_special(idx, "__index__")?.is_some(),
        _ => false,
    })
}

/// An index of a sequence; `IndexError` where it does not fit a machine word.
fn word(idx: &Value) -> Res<i64> {
    match ops_index(idx)? {
        Value::Int(n) => Ok(n),
        _ => Err(Fault::index_error(format!("cannot fit '{}' into an index-sized integer", type_name(idx)))),
    }
}

fn str_item(value: &Value, idx: &Value) -> Res {
    let Some(text) = str_of(value) else { return Ok(Value::None) };
    let at = match idx {
        Value::Int(n) => *n,
        Value::Slice(slice) => {
            let (start, _, step, n) = slice_bounds(slice, text.n_chars())?;
            return Ok(str_slice(text, start, step, n));
        }
        _ if is_index(idx)? => word(idx)?,
        _ => {
            return Err(Fault::type_error(format!(
                "string indices must be integers, not '{}'",
                type_name(idx)
            )));
        }
    };
    let c = place(at, text.n_chars()).and_then(|at| text.char_at(at));
    match c {
        Some(c) => Ok(Value::Str(crate::Str::of_char(c))),
        None => Err(Fault::index_error("string index out of range")),
    }
}

/// `n` characters of a text, from `start` on, `step` apart; all of them exist.
pub fn str_slice(text: &crate::Str, start: i64, step: i64, n: usize) -> Value {
    let first = usize::try_from(start).unwrap_or(0);
    if n == 0 {
        return Value::str("");
    }
    if step == 1 {
        if n == text.n_chars() {
            return Value::Str(text.clone());
        }
        return Value::str(text.slice(first, first + n));
    }
    if text.is_ascii() {
        let picked = pick(text.as_bytes(), first, step, n);
        return Value::string(String::from_utf8(picked).unwrap_or_default());
    }
    let chars: Vec<char> = text.chars().collect();
    Value::string(pick(&chars, first, step, n).into_iter().collect())
}

fn pick<T: Copy>(items: &[T], first: usize, step: i64, n: usize) -> Vec<T> {
    let stride = usize::try_from(step.unsigned_abs()).unwrap_or(usize::MAX);
    if step > 0 {
        items[first..].iter().step_by(stride).take(n).copied().collect()
    } else {
        items[..=first].iter().rev().step_by(stride).take(n).copied().collect()
    }
}

fn bytes_item(bytes: &[u8], idx: &Value) -> Res {
    let at = match idx {
        Value::Int(n) => *n,
        Value::Slice(slice) => {
            let (start, _, step, n) = slice_bounds(slice, bytes.len())?;
            if n == 0 {
                return Ok(Value::bytes(Vec::new()));
            }
            let first = usize::try_from(start).unwrap_or(0);
            if step == 1 {
                return Ok(Value::bytes(&bytes[first..first + n]));
            }
            return Ok(Value::bytes(pick(bytes, first, step, n)));
        }
        _ if is_index(idx)? => word(idx)?,
        _ => {
            return Err(Fault::type_error(format!(
                "byte indices must be integers or slices, not {}",
                type_name(idx)
            )));
        }
    };
    match place(at, bytes.len()) {
        Some(at) => Ok(Value::Int(i64::from(bytes[at]))),
        None => Err(Fault::index_error("index out of range")),
    }
}
