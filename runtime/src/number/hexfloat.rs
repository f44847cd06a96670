//! `float.hex` and `float.fromhex`.

use super::{big, float};
use crate::{Fault, Res};
use num_bigint::BigUint;

/// `x.hex()`.
pub fn hex(x: f64) -> String {
    if !x.is_finite() {
        return super::render::repr(x);
    }
    let sign = if x.is_sign_negative() { "-" } else { "" };
    if x == 0.0 {
        return format!("{sign}0x0.0p+0");
    }
    let (mantissa, exponent) = float::decompose(x);
    let (first, exponent) = if mantissa >> 52 == 0 { (0, -1022) } else { (1, exponent + 52) };
    format!("{sign}0x{first}.{:013x}p{exponent:+}", mantissa & ((1 << 52) - 1))
}

/// `float.fromhex(text)`.
pub fn from_hex(text: &str) -> Res<f64> {
    let invalid = || Fault::value_error("invalid hexadecimal floating-point string");
    let too_large = || Fault::overflow("hexadecimal value too large to represent as a float");
    let text = text.trim_matches(|c: char| c.is_ascii_whitespace() || c == '\u{b}');
    let (negative, body) = match text.as_bytes().first() {
        Some(b'-') => (true, &text[1..]),
        Some(b'+') => (false, &text[1..]),
        _ => (false, text),
    };
    let signed = |x: f64| if negative { -x } else { x };
    match body.to_ascii_lowercase().as_str() {
        "inf" | "infinity" => return Ok(signed(f64::INFINITY)),
        "nan" => return Ok(signed(f64::NAN)),
        _ => {}
    }
    let body = body.strip_prefix("0x").or_else(|| body.strip_prefix("0X")).unwrap_or(body);
    let (digits, exponent) = match body.find(['p', 'P']) {
        Some(at) => {
            let exponent = &body[at + 1..];
            let plain = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
            if plain.is_empty() || !plain.bytes().all(|b| b.is_ascii_digit()) {
                return Err(invalid());
            }
            // An exponent beyond 64 bits is beyond every digit string that can be written.
            let huge = if exponent.starts_with('-') { i64::MIN / 4 } else { i64::MAX / 4 };
            (&body[..at], exponent.parse::<i64>().map_or(huge, |e| e.clamp(i64::MIN / 4, i64::MAX / 4)))
        }
        None => (body, 0),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let all: String = [whole, fraction].concat();
    if all.is_empty() {
        return Err(invalid());
    }
    let Some(mantissa) =
        BigUint::parse_bytes(all.as_bytes(), 16).filter(|_| all.bytes().all(|b| b.is_ascii_hexdigit()))
    else {
        return Err(invalid());
    };
    if mantissa == BigUint::ZERO {
        return Ok(signed(0.0));
    }
    let exponent = exponent - 4 * i64::try_from(fraction.len()).unwrap_or(0);
    let top = exponent.saturating_add(i64::try_from(mantissa.bits()).unwrap_or(i64::MAX));
    if top > 1024 {
        return Err(too_large());
    }
    if top < -1100 {
        return Ok(signed(0.0));
    }
    big::scaled_f64(&mantissa, exponent, false).map(signed).ok_or_else(too_large)
}
