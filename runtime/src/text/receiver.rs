//! Receivers and arguments of the methods of `str` and `bytes`, and the wording of wrong ones.

use crate::number::{payload, type_name};
use crate::value::Args;
use crate::{Fault, Res, Str, Value};

/// The text that a value is, an instance of a subclass of `str` included.
pub fn str_of(value: &Value) -> Option<&Str> {
    match payload(value) {
        Value::Str(text) => Some(text),
        _ => None,
    }
}

/// The bytes that a value is, an instance of a subclass of `bytes` included.
pub fn bytes_of(value: &Value) -> Option<&[u8]> {
    match payload(value) {
        Value::Bytes(bytes) => Some(bytes),
        _ => None,
    }
}

fn wrong(name: &str, owner: &str, receiver: &Value) -> Fault {
    Fault::type_error(format!(
        "descriptor '{name}' for '{owner}' objects doesn't apply to a '{}' object",
        type_name(receiver)
    ))
}

/// The receiver of a method of `str`.
pub fn text<'a>(args: &Args<'a>, name: &str) -> Res<&'a Str> {
    str_of(args.receiver()).ok_or_else(|| wrong(name, "str", args.receiver()))
}

/// The receiver of a method of `bytes`.
pub fn bytes<'a>(args: &Args<'a>, name: &str) -> Res<&'a [u8]> {
    bytes_of(args.receiver()).ok_or_else(|| wrong(name, "bytes", args.receiver()))
}

/// Checks the number of arguments behind the receiver, in CPython's words: they are qualified for methods without
/// arguments or with just one.
pub fn arity(args: &Args<'_>, owner: &str, name: &str, min: usize, max: usize) -> Res<()> {
    let n = args.pos.len() - 1;
    if args.kw.is_empty() && (min..=max).contains(&n) {
        return Ok(());
    }
    if !args.kw.is_empty() {
        return args.no_keywords(&format!("{owner}.{name}"));
    }
    if max <= 1 && min == max {
        return args.rest().count(&format!("{owner}.{name}"), min, max);
    }
    args.rest().count(name, min, max)
}

/// `start` and `end` of `find` and the like: `None` or an index, negative from the end, clamped.
pub fn window(start: Option<&Value>, end: Option<&Value>, len: usize) -> Res<(usize, usize)> {
    let len_signed = i64::try_from(len).unwrap_or(i64::MAX);
    let place = |value: Option<&Value>, default: i64| -> Res<i64> {
        let Some(value) = value.filter(|v| !v.is_none()) else { return Ok(default) };
        let at = super::index::slice_part(value)?;
        Ok(if at < 0 { (at.saturating_add(len_signed)).max(0) } else { at })
    };
    let (start, end) = (place(start, 0)?, place(end, len_signed)?.min(len_signed));
    Ok((usize::try_from(start).unwrap_or(0), usize::try_from(end).unwrap_or(0)))
}

/// Checks the number of arguments behind the receiver in the words of `PyArg_ParseTuple`.
pub fn parsed_arity(args: &Args<'_>, owner: &str, name: &str, min: usize, max: usize) -> Res<()> {
    let n = args.pos.len() - 1;
    if args.kw.is_empty() && (min..=max).contains(&n) {
        return Ok(());
    }
    if !args.kw.is_empty() {
        return args.no_keywords(&format!("{owner}.{name}"));
    }
    let (how, expected) = if n < min { ("at least", min) } else { ("at most", max) };
    let s = if expected == 1 { "" } else { "s" };
    Err(Fault::type_error(format!("{name}() takes {how} {expected} argument{s} ({n} given)")))
}
