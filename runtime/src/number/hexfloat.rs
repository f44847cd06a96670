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
    let (mantissa, exponent, rest) = parsed(body).ok_or_else(invalid)?;
    let top = exponent.saturating_add(i64::try_from(mantissa.bits()).unwrap_or(i64::MAX));
    let made = if mantissa == BigUint::ZERO || top < -1100 {
        0.0
    } else if top > 1024 {
        return Err(too_large());
    } else {
        big::scaled_f64(&mantissa, exponent, false).ok_or_else(too_large)?
    };
    // What stands behind the number is looked at when its value is known.
    if rest.is_empty() { Ok(signed(made)) } else { Err(invalid()) }
}

/// Digits and the exponent of two behind them, and what follows; `None` where there is no number.
fn parsed(body: &str) -> Option<(BigUint, i64, &str)> {
    let n_digits = |text: &str| text.bytes().take_while(u8::is_ascii_hexdigit).count();
    let (whole, rest) = body.split_at(n_digits(body));
    let (fraction, rest) = match rest.strip_prefix('.') {
        Some(rest) => rest.split_at(n_digits(rest)),
        None => ("", rest),
    };
    let mantissa = BigUint::parse_bytes([whole, fraction].concat().as_bytes(), 16)?;
    let (exponent, rest) = match rest.strip_prefix(['p', 'P']) {
        Some(rest) => {
            let plain = rest.strip_prefix(['+', '-']).unwrap_or(rest);
            let len = plain.bytes().take_while(u8::is_ascii_digit).count();
            if len == 0 {
                return None;
            }
            let (exponent, behind) = rest.split_at(rest.len() - plain.len() + len);
            // An exponent beyond 64 bits is beyond every digit string that can be written.
            let huge = if exponent.starts_with('-') { i64::MIN / 4 } else { i64::MAX / 4 };
            (exponent.parse::<i64>().map_or(huge, |e| e.clamp(i64::MIN / 4, i64::MAX / 4)), behind)
        }
        None => (0, rest),
    };
    Some((mantissa, exponent - 4 * i64::try_from(fraction.len()).unwrap_or(0), rest))
}
