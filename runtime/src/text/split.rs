//! Splitting and joining: `split`, `rsplit`, `splitlines`, `partition`, `join`, for text and bytes.

use super::chars::{is_line_break, is_space};
use super::receiver::{bytes_of, str_of};
use super::search;
use crate::collections::Items;
use crate::number::{payload, type_name};
use crate::{Fault, Res, Value, hooks, ops};
use std::borrow::Cow;

/// `text.split()`: by runs of white space.
pub fn by_space(text: &str, limit: usize) -> Vec<&str> {
    let mut parts = Vec::new();
    let mut rest = text.trim_start_matches(is_space);
    while !rest.is_empty() {
        if parts.len() == limit {
            parts.push(rest);
            break;
        }
        let end = rest.find(is_space).unwrap_or(rest.len());
        parts.push(&rest[..end]);
        rest = rest[end..].trim_start_matches(is_space);
    }
    parts
}

/// `text.rsplit()`: by runs of white space, from the right.
pub fn by_space_right(text: &str, limit: usize) -> Vec<&str> {
    let mut parts = Vec::new();
    let mut rest = text.trim_end_matches(is_space);
    while !rest.is_empty() {
        if parts.len() == limit {
            parts.push(rest);
            break;
        }
        let start =
            rest.char_indices().rev().find(|(_, c)| is_space(*c)).map_or(0, |(at, c)| at + c.len_utf8());
        parts.push(&rest[start..]);
        rest = rest[..start].trim_end_matches(is_space);
    }
    parts.reverse();
    parts
}

/// Is it white space for bytes.
pub fn is_byte_space(byte: u8) -> bool {
    matches!(byte, b'\t'..=b'\r' | b' ')
}

/// `bytes.split()` and `bytes.rsplit()` by runs of white space.
pub fn bytes_by_space(bytes: &[u8], limit: usize, from_right: bool) -> Vec<&[u8]> {
    let mut parts = Vec::new();
    let mut rest = trim(bytes, is_byte_space, !from_right, from_right);
    while !rest.is_empty() {
        if parts.len() == limit {
            parts.push(rest);
            break;
        }
        if from_right {
            let start = rest.iter().rposition(|b| is_byte_space(*b)).map_or(0, |at| at + 1);
            parts.push(&rest[start..]);
            rest = trim(&rest[..start], is_byte_space, false, true);
        } else {
            let end = rest.iter().position(|b| is_byte_space(*b)).unwrap_or(rest.len());
            parts.push(&rest[..end]);
            rest = trim(&rest[end..], is_byte_space, true, false);
        }
    }
    if from_right {
        parts.reverse();
    }
    parts
}

/// Bytes without those at its ends that match.
pub fn trim(bytes: &[u8], matches: impl Fn(u8) -> bool, left: bool, right: bool) -> &[u8] {
    let start = if left { bytes.iter().position(|b| !matches(*b)).unwrap_or(bytes.len()) } else { 0 };
    let bytes = &bytes[start..];
    let end =
        if right { bytes.iter().rposition(|b| !matches(*b)).map_or(0, |at| at + 1) } else { bytes.len() };
    &bytes[..end]
}

/// Byte offsets of the parts between separators; the separator is not empty.
pub fn by_separator(
    bytes: &[u8],
    separator: &[u8],
    limit: usize,
    from_right: bool,
) -> Vec<std::ops::Range<usize>> {
    let mut parts = Vec::new();
    if from_right {
        let mut end = bytes.len();
        while parts.len() < limit {
            let Some(at) = search::rfind(&bytes[..end], separator) else { break };
            parts.push(at + separator.len()..end);
            end = at;
        }
        parts.push(0..end);
        parts.reverse();
        return parts;
    }
    let mut start = 0;
    while parts.len() < limit {
        let Some(at) = search::find(&bytes[start..], separator) else { break };
        parts.push(start..start + at);
        start += at + separator.len();
    }
    parts.push(start..bytes.len());
    parts
}

/// `text.splitlines(keepends)`.
pub fn lines(text: &str, keep_ends: bool) -> Vec<&str> {
    let mut parts = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let Some((end, c)) = rest.char_indices().find(|(_, c)| is_line_break(*c)) else {
            parts.push(rest);
            break;
        };
        let next = end + if rest[end..].starts_with("\r\n") { 2 } else { c.len_utf8() };
        parts.push(&rest[..if keep_ends { next } else { end }]);
        rest = &rest[next..];
    }
    parts
}

/// `bytes.splitlines(keepends)`: only `\n` and `\r` end a line.
pub fn byte_lines(bytes: &[u8], keep_ends: bool) -> Vec<&[u8]> {
    let mut parts = Vec::new();
    let mut rest = bytes;
    while !rest.is_empty() {
        let Some(end) = rest.iter().position(|b| matches!(b, b'\n' | b'\r')) else {
            parts.push(rest);
            break;
        };
        let next = end + if rest[end..].starts_with(b"\r\n") { 2 } else { 1 };
        parts.push(&rest[..if keep_ends { next } else { end }]);
        rest = &rest[next..];
    }
    parts
}

/// The items of the argument of `join`.
fn items(iterable: &Value) -> Res<Cow<'_, [Value]>> {
    match iterable {
        Value::Tuple(items) => Ok(Cow::Borrowed(items)),
        Value::List(list) => Ok(match list.items() {
            Items::Any(items) => Cow::Borrowed(items),
            // Whatever they are, they are no text; the first one is in the message.
            _ => Cow::Owned(list.to_values()),
        }),
        _ => match ops::iter(iterable) {
            Ok(iterator) => ops::collect(&iterator).map(Cow::Owned),
            Err(fault) if fault.is("TypeError") => Err(Fault::type_error("can only join an iterable")),
            Err(fault) => Err(fault),
        },
    }
}

/// `separator.join(iterable)`.
pub fn join_str(separator: &str, iterable: &Value) -> Res {
    let items = items(iterable)?;
    if let [single @ Value::Str(_)] = &*items {
        return Ok(single.clone());
    }
    let mut len = 0usize;
    for (idx, item) in items.iter().enumerate() {
        let Some(text) = str_of(item) else {
            return Err(Fault::type_error(format!(
                "sequence item {idx}: expected str instance, {} found",
                type_name(item)
            )));
        };
        len = len.saturating_add(text.len() + separator.len());
        if idx % 65_536 == 65_535 {
            hooks::poll()?;
        }
    }
    crate::budget::check(len, 1, "a joined str")?;
    let mut out = String::with_capacity(len);
    for (idx, item) in items.iter().enumerate() {
        if idx > 0 {
            out.push_str(separator);
        }
        out.push_str(str_of(item).map_or("", |text| text.as_str()));
    }
    Ok(Value::string(out))
}

/// `separator.join(iterable)` for bytes.
pub fn join_bytes(separator: &[u8], iterable: &Value) -> Res {
    let items = items(iterable)?;
    let mut len = 0usize;
    for (idx, item) in items.iter().enumerate() {
        let Some(bytes) = bytes_of(item) else {
            return Err(Fault::type_error(format!(
                "sequence item {idx}: expected a bytes-like object, {} found",
                type_name(payload(item))
            )));
        };
        len = len.saturating_add(bytes.len() + separator.len());
    }
    crate::budget::check(len, 1, "joined bytes")?;
    let mut out = Vec::with_capacity(len);
    for (idx, item) in items.iter().enumerate() {
        if idx > 0 {
            out.extend_from_slice(separator);
        }
        out.extend_from_slice(bytes_of(item).unwrap_or_default());
    }
    Ok(Value::bytes(out))
}
