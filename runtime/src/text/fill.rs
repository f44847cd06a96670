//! Format strings whose pieces are known: numbers are written where they belong, without texts of their own.

use crate::{Res, Str, Value, number, ops};
use std::cell::Cell;

/// A buffer that is larger is not kept.
const KEPT: usize = 1 << 12;

thread_local! {
    static BUFFER: Cell<Vec<u8>> = const { Cell::new(Vec::new()) };
}

/// The pieces of the template with the values between them.
///
/// # Errors
///
/// What formatting a value raises.
pub fn filled(template: &[Value], values: &[Value]) -> Res<Str> {
    // A format of the program that formats on its way finds an empty buffer.
    let mut out = BUFFER.take();
    let outcome = fill(&mut out, template, values);
    let text = outcome.map(|()| Str::new(written(&out)));
    keep(out);
    text
}

fn fill(out: &mut Vec<u8>, template: &[Value], values: &[Value]) -> Res<()> {
    for (pieces, value) in template.chunks_exact(2).zip(values) {
        out.extend_from_slice(bytes(&pieces[0]));
        push_formatted(out, value, pieces[1].as_str().unwrap_or(""))?;
    }
    out.extend_from_slice(template.last().map_or(&[], bytes));
    Ok(())
}

fn push_formatted(out: &mut Vec<u8>, value: &Value, spec: &str) -> Res<()> {
    match value {
        Value::Int(n) if spec.is_empty() => push_int(out, *n),
        Value::Str(text) if spec.is_empty() => out.extend_from_slice(text.as_bytes()),
        Value::Float(x) if is_fixed(out, *x, spec) => {}
        value => out.extend_from_slice(ops::format(value, spec)?.as_bytes()),
    }
    Ok(())
}

/// Calls `f` with a value in a format.
///
/// # Errors
///
/// Those of `f`, and what formatting the value raises.
pub fn with_formatted(value: &Value, spec: &str, f: impl FnOnce(&str) -> Res<()>) -> Res<()> {
    if let (Value::Int(n), "") = (value, spec) {
        return f(itoa::Buffer::new().format(*n));
    }
    let mut out = BUFFER.take();
    let outcome = push_formatted(&mut out, value, spec).and_then(|()| f(written(&out)));
    keep(out);
    outcome
}

fn written(pieces: &[u8]) -> &str {
    match std::str::from_utf8(pieces) {
        Ok(text) => text,
        Err(_) => unreachable!("all pieces are text"),
    }
}

fn keep(mut out: Vec<u8>) {
    out.clear();
    if out.capacity() <= KEPT {
        BUFFER.set(out);
    }
}

/// Appends a float in the format `.2f`, or the like; false, and nothing is done, for another format.
fn is_fixed(out: &mut Vec<u8>, x: f64, spec: &str) -> bool {
    match spec.as_bytes() {
        [b'.', digit @ b'0'..=b'9', b'f'] => number::push_fixed(out, x, usize::from(digit - b'0')),
        _ => false,
    }
}

fn bytes(piece: &Value) -> &[u8] {
    piece.as_str().unwrap_or("").as_bytes()
}

/// Appends the digits of an int.
pub fn push_int(out: &mut Vec<u8>, n: i64) {
    out.extend_from_slice(itoa::Buffer::new().format(n).as_bytes());
}
