//! Format strings whose pieces are known: numbers are written where they belong, without texts of their own.

use crate::{Res, Str, Value, ops};
use std::cell::RefCell;

/// A buffer that is larger is not kept.
const KEPT: usize = 1 << 12;

thread_local! {
    static BUFFER: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
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
    let text = outcome.map(|()| match std::str::from_utf8(&out) {
        Ok(text) => Str::new(text),
        Err(_) => unreachable!("all pieces are text"),
    });
    out.clear();
    if out.capacity() <= KEPT {
        BUFFER.set(out);
    }
    text
}

fn fill(out: &mut Vec<u8>, template: &[Value], values: &[Value]) -> Res<()> {
    for (pieces, value) in template.chunks_exact(2).zip(values) {
        out.extend_from_slice(bytes(&pieces[0]));
        let spec = pieces[1].as_str().unwrap_or("");
        match value {
            Value::Int(n) if spec.is_empty() => push_int(out, *n),
            Value::Str(text) if spec.is_empty() => out.extend_from_slice(text.as_bytes()),
            value => out.extend_from_slice(ops::format(value, spec)?.as_bytes()),
        }
    }
    out.extend_from_slice(template.last().map_or(&[], bytes));
    Ok(())
}

fn bytes(piece: &Value) -> &[u8] {
    piece.as_str().unwrap_or("").as_bytes()
}

/// Appends the digits of an int.
pub fn push_int(out: &mut Vec<u8>, n: i64) {
    let mut digits = [0; 20];
    let mut at = digits.len();
    let mut left = n.unsigned_abs();
    loop {
        at -= 1;
        #[expect(clippy::cast_possible_truncation, reason = "a digit")]
        let digit = (left % 10) as u8;
        digits[at] = b'0' + digit;
        left /= 10;
        if left == 0 {
            break;
        }
    }
    if n < 0 {
        out.push(b'-');
    }
    out.extend_from_slice(&digits[at..]);
}
