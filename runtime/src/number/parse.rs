//! Text to numbers, as `int`, `float` and `complex` read it.

use super::big::MAX_STR_DIGITS;
use crate::text::{decimal_value, is_space};
use crate::{Fault, Res, Value};
use num_bigint::BigInt;

/// Text without the space around it, and with every digit of Unicode as its ASCII one; `None` where something else
/// beyond ASCII is left, which no number has.
fn to_ascii(text: &str) -> Option<String> {
    let text = text.trim_matches(is_space);
    if text.is_ascii() {
        return Some(text.to_owned());
    }
    text.chars()
        .map(|c| match c {
            _ if c.is_ascii() => Some(c),
            _ if is_space(c) => Some(' '),
            _ => decimal_value(c).and_then(|digit| char::from_digit(digit, 10)),
        })
        .collect()
}

/// `int(text, base)`; `None` where the text is no such number. The base is 0 or from 2 to 36.
pub fn int(text: &str, base: u32) -> Res<Option<Value>> {
    // The usual case: a few digits.
    if base == 10 && !text.is_empty() && text.len() <= 18 && text.bytes().all(|b| b.is_ascii_digit()) {
        return Ok(text.parse().ok().map(Value::Int));
    }
    let Some(ascii) = to_ascii(text) else { return Ok(None) };
    int_ascii(&ascii, base)
}

fn int_ascii(text: &str, base: u32) -> Res<Option<Value>> {
    let (negative, body) = match text.as_bytes().first() {
        Some(b'-') => (true, &text[1..]),
        Some(b'+') => (false, &text[1..]),
        _ => (false, text),
    };
    let prefix = match body.as_bytes() {
        [b'0', b'x' | b'X', ..] => 16,
        [b'0', b'o' | b'O', ..] => 8,
        [b'0', b'b' | b'B', ..] => 2,
        _ => 0,
    };
    let old_octal = base == 0 && prefix == 0 && body.starts_with('0');
    let (base, body) = match base {
        0 if prefix != 0 => (prefix, &body[2..]),
        0 => (10, body),
        _ if base == prefix => (base, &body[2..]),
        _ => (base, body),
    };
    // One underscore may follow the prefix.
    let body = if prefix == base { body.strip_prefix('_').unwrap_or(body) } else { body };
    if body.is_empty() || body.starts_with('_') || body.ends_with('_') || body.contains("__") {
        return Ok(None);
    }
    let digits: Vec<u8> = body.bytes().filter(|b| *b != b'_').collect();
    if !digits.iter().all(|b| char::from(*b).is_digit(base)) {
        return Ok(None);
    }
    // `010` is no Python literal, `00` is.
    if old_octal && digits.iter().any(|b| *b != b'0') {
        return Ok(None);
    }
    if digits.len() > MAX_STR_DIGITS && !base.is_power_of_two() {
        return Err(Fault::value_error(format!(
            "Exceeds the limit ({MAX_STR_DIGITS} digits) for integer string conversion: value has {} digits; use sys.set_int_max_str_digits() to increase the limit",
            digits.len()
        )));
    }
    Ok(BigInt::parse_bytes(&digits, base).map(|n| Value::big(if negative { -n } else { n })))
}

/// `float(text)`; `None` where the text is no float.
pub fn float(text: &str) -> Option<f64> {
    // The usual case: digits with a point among them.
    if text.starts_with(|c: char| c.is_ascii_digit()) && text.bytes().all(|b| b.is_ascii_digit() || b == b'.')
    {
        return text.parse().ok();
    }
    let ascii = to_ascii(text)?;
    let plain = without_underscores(&ascii)?;
    float_ascii(&plain)
}

/// Underscores stand between digits only.
fn without_underscores(text: &str) -> Option<String> {
    if !text.contains('_') {
        return Some(text.to_owned());
    }
    let bytes = text.as_bytes();
    let digit = |at: Option<usize>| at.and_then(|at| bytes.get(at)).is_some_and(u8::is_ascii_digit);
    let fits = |at: usize| bytes[at] != b'_' || digit(at.checked_sub(1)) && digit(Some(at + 1));
    (0..bytes.len()).all(fits).then(|| text.replace('_', ""))
}

/// Is there an underscore that does not stand between digits.
pub fn has_wrong_underscore(text: &str) -> bool {
    without_underscores(text).is_none()
}

fn float_ascii(text: &str) -> Option<f64> {
    let (negative, body) = match text.as_bytes().first()? {
        b'-' => (true, &text[1..]),
        b'+' => (false, &text[1..]),
        _ => (false, text),
    };
    let size = if body.bytes().all(|b| matches!(b, b'0'..=b'9' | b'.' | b'e' | b'E' | b'+' | b'-'))
        && body.starts_with(|c: char| c.is_ascii_digit() || c == '.')
    {
        body.parse().ok()?
    } else {
        special(body)?
    };
    Some(if negative { -size } else { size })
}

fn special(body: &str) -> Option<f64> {
    match body.to_ascii_lowercase().as_str() {
        "inf" | "infinity" => Some(f64::INFINITY),
        "nan" => Some(f64::NAN),
        _ => None,
    }
}

/// `complex(text)`; `None` where the text is no complex number.
pub fn complex(text: &str) -> Option<(f64, f64)> {
    let ascii = to_ascii(text)?;
    let ascii = without_underscores(&ascii)?;
    let mut body = ascii.as_str();
    if let Some(inner) = body.strip_prefix('(') {
        body = inner.strip_suffix(')')?.trim_matches(is_space);
    }
    if body.is_empty() {
        return None;
    }
    let Some(with_j) = body.strip_suffix(['j', 'J']) else {
        return float_ascii(body).map(|re| (re, 0.0));
    };
    // The imaginary part starts at the last sign that is no exponent's.
    let bytes = with_j.as_bytes();
    let split = (0..bytes.len())
        .rev()
        .find(|&at| matches!(bytes[at], b'+' | b'-') && (at == 0 || !matches!(bytes[at - 1], b'e' | b'E')));
    let imaginary = |part: &str| match part {
        "" | "+" => Some(1.0),
        "-" => Some(-1.0),
        _ => float_ascii(part),
    };
    match split {
        None | Some(0) => imaginary(with_j).map(|im| (0.0, im)),
        Some(at) => Some((float_ascii(&with_j[..at])?, imaginary(&with_j[at..])?)),
    }
}
