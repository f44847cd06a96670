//! Literals as text.

use super::exprs;
use crate::ast::*;
use std::fmt::Write;

/// The text of a literal, and how tightly it binds.
pub(super) fn constant(c: &Constant) -> (String, u8) {
    let text = match c {
        Constant::None => "None".to_owned(),
        Constant::Ellipsis => "...".to_owned(),
        Constant::Bool(true) => "True".to_owned(),
        Constant::Bool(false) => "False".to_owned(),
        Constant::Int(value) => value.to_string(),
        Constant::BigInt(digits) => decimal(digits),
        Constant::Float(value) => float(*value),
        Constant::Imaginary(value) => format!("{}j", float(*value).trim_end_matches(".0")),
        Constant::Str(text) => quoted(text),
        Constant::Bytes(bytes) => {
            let plain = std::str::from_utf8(bytes).ok().filter(|text| text.is_ascii()).and_then(raw);
            if let Some(text) = plain {
                return (format!("b{text}"), exprs::ATOM);
            }
            let mut body = String::new();
            for b in bytes.iter() {
                match b {
                    b'"' | b'\\' | b'\'' => body.push_str(&format!("\\x{b:02x}")),
                    b' '..=b'~' => body.push(char::from(*b)),
                    _ => body.push_str(&format!("\\x{b:02x}")),
                }
            }
            format!("b\"{body}\"")
        }
    };
    (text, exprs::ATOM)
}

/// The decimal digits of a number of base 16: CPython's `unparse` knows no other base.
fn decimal(hex: &str) -> String {
    const BASE: u64 = 1_000_000_000;
    // The lowest limb first.
    let mut limbs: Vec<u64> = vec![0];
    for chunk in hex.as_bytes().chunks(7) {
        let digits = std::str::from_utf8(chunk).unwrap_or_default();
        let mut carry = u64::from_str_radix(digits, 16).unwrap_or(0);
        for limb in &mut limbs {
            carry += *limb << (4 * chunk.len());
            *limb = carry % BASE;
            carry /= BASE;
        }
        if carry > 0 {
            limbs.push(carry);
        }
    }
    let (last, rest) = limbs.split_last().map_or((0, &[][..]), |(last, rest)| (*last, rest));
    let mut out = last.to_string();
    rest.iter().rev().for_each(|limb| out.push_str(&format!("{limb:09}")));
    out
}

/// As Python's `repr`, which has an exponent where that is below -4 or above 15.
fn float(value: f64) -> String {
    if value.is_infinite() {
        return "1e309".to_owned();
    }
    let text = format!("{value:e}");
    let (digits, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    match exponent.parse::<i32>() {
        Ok(-4..16) => {
            let text = value.to_string();
            if text.contains('.') { text } else { format!("{text}.0") }
        }
        Ok(exponent) => {
            let sign = if exponent < 0 { '-' } else { '+' };
            format!("{digits}e{sign}{:02}", exponent.abs())
        }
        Err(_) => text,
    }
}

fn escape(text: &str, out: &mut String) {
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if c.is_control() => {
                let _ = write!(out, "\\U{:08x}", u32::from(c));
            }
            c => out.push(c),
        }
    }
}

/// Text between quotes as it is, without a backslash, as it must be between the braces of an f-string.
fn raw(text: &str) -> Option<String> {
    if text.contains(['\\', '\r', '\0']) {
        return None;
    }
    let quotes: &[&str] =
        if text.contains('\n') { &["'''", "\"\"\""] } else { &["\"", "'", "'''", "\"\"\""] };
    let quote = quotes.iter().find(|q| !text.contains(**q) && !text.ends_with(&q[..1]))?;
    Some(format!("{quote}{text}{quote}"))
}

fn quoted(text: &str) -> String {
    if let Some(text) = raw(text) {
        return text;
    }
    let mut out = String::from("\"");
    escape(text, &mut out);
    out.push('"');
    out
}

/// An f-string.
///
/// Python 3.11 allows neither backslashes nor the own quotes within the braces; what needs them has no text that is one
/// literal. Then the values stand between quotes that they do not hold, in pieces beside one another.
pub(super) fn format(parts: &[FormatPart]) -> String {
    let mut pieces: Vec<String> = Vec::new();
    for part in parts {
        match part {
            FormatPart::Text(text) => {
                let mut body = String::new();
                escape(text, &mut body);
                pieces.push(format!("f\"{}\"", body.replace('{', "{{").replace('}', "}}")));
            }
            FormatPart::Value { .. } => {
                let body = value(part);
                let quote = ["\"", "'", "\"\"\"", "'''"].into_iter().find(|q| fits(&body, q)).unwrap_or("\"");
                pieces.push(format!("f{quote}{body}{quote}"));
            }
        }
    }
    if pieces.is_empty() { "f\"\"".to_owned() } else { pieces.join(" ") }
}

/// Can the text stand between these quotes?
fn fits(body: &str, quote: &str) -> bool {
    let ends_in_it = quote.len() == 3 && (body.starts_with(&quote[..1]) || body.ends_with(&quote[..1]));
    !body.contains(quote) && !ends_in_it && (quote.len() == 3 || !body.contains('\n'))
}

fn value(part: &FormatPart) -> String {
    let FormatPart::Value { value, debug, conversion, spec } = part else { return String::new() };
    let text = match debug {
        Some(debug) => debug.to_string(),
        None => {
            let text = exprs::text(value, exprs::NAMED);
            // `{{` would be a brace.
            let text = if text.starts_with('{') { format!(" {text}") } else { text };
            // A colon of a lambda would begin the specification.
            if text.contains("lambda") { format!("({text})") } else { text }
        }
    };
    let conversion = match conversion {
        Some(Conversion::Repr) => "!r",
        Some(Conversion::Str) => "!s",
        Some(Conversion::Ascii) => "!a",
        None => "",
    };
    let spec = spec.as_ref().map_or(String::new(), |spec| format!(":{}", specification(spec)));
    format!("{{{text}{conversion}{spec}}}")
}

fn specification(parts: &[FormatPart]) -> String {
    let one = |part: &FormatPart| match part {
        FormatPart::Text(text) => {
            let mut body = String::new();
            escape(text, &mut body);
            body
        }
        FormatPart::Value { .. } => value(part),
    };
    parts.iter().map(one).collect()
}
