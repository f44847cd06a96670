//! Base 32, with both of its alphabets.

use super::{source, translate, truth, viewed, wrong_length};
use crate::binascii::error;
use crate::native::bind_python;
use afar_runtime::{Args, Res, Value};
use std::borrow::Cow;

/// The usual alphabet.
pub const PLAIN: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/// The one that keeps the order.
pub const HEX: &[u8; 32] = b"0123456789ABCDEFGHIJKLMNOPQRSTUV";

/// `b32encode(s)` with an alphabet.
pub fn encode(args: &Args<'_>, name: &str, alphabet: &[u8; 32]) -> Res {
    let [data] = bind_python(args, name, ["s"], 1)?;
    let data = viewed(data.unwrap_or(&Value::None))?;
    let mut out = Vec::with_capacity(data.len().div_ceil(5) * 8);
    for chunk in data.chunks(5) {
        let word = (0..5).fold(0u64, |word, i| word << 8 | u64::from(chunk.get(i).copied().unwrap_or(0)));
        let n_digits = (chunk.len() * 8).div_ceil(5);
        let digit =
            |i: usize| if i < n_digits { alphabet[(word >> (35 - 5 * i) & 31) as usize] } else { b'=' };
        out.extend((0..8).map(digit));
    }
    Ok(Value::bytes(out))
}

/// `b32decode(s, casefold, map01)`.
pub fn b32decode(args: &Args<'_>) -> Res {
    let [data, casefold, map] = bind_python(args, "b32decode", ["s", "casefold", "map01"], 1)?;
    decode(PLAIN, data, casefold, map)
}

/// `b32hexdecode(s, casefold)`.
pub fn b32hexdecode(args: &Args<'_>) -> Res {
    let [data, casefold] = bind_python(args, "b32hexdecode", ["s", "casefold"], 1)?;
    decode(HEX, data, casefold, None)
}

fn decode(alphabet: &[u8; 32], data: Option<&Value>, casefold: Option<&Value>, map: Option<&Value>) -> Res {
    let mut text = Cow::Borrowed(source(data.unwrap_or(&Value::None))?);
    if !text.len().is_multiple_of(8) {
        return Err(error("Incorrect padding"));
    }
    if let Some(map) = map.filter(|v| !v.is_none()) {
        let one = source(map)?;
        if one.len() != 1 {
            return wrong_length(&Value::bytes(one));
        }
        text = Cow::Owned(translate(&text, b"01", &[b'O', one[0]]));
    }
    if truth(casefold)? {
        text = Cow::Owned(text.to_ascii_uppercase());
    }
    let n_digits = text.iter().rposition(|b| *b != b'=').map_or(0, |at| at + 1);
    let n_pads = text.len() - n_digits;
    let mut out = Vec::with_capacity(text.len() / 8 * 5);
    let mut word = 0u64;
    for chunk in text[..n_digits].chunks(8) {
        word = 0;
        for byte in chunk {
            let digit = alphabet.iter().position(|d| d == byte);
            word = word << 5 | digit.ok_or_else(|| error("Non-base32 digit found"))? as u64;
        }
        out.extend_from_slice(&word.to_be_bytes()[3..]);
    }
    if !matches!(n_pads, 0 | 1 | 3 | 4 | 6) {
        return Err(error("Incorrect padding"));
    }
    if n_pads > 0 && !out.is_empty() {
        out.truncate(out.len() - 5);
        let n_left = (43 - 5 * n_pads) / 8;
        out.extend_from_slice(&(word << (5 * n_pads)).to_be_bytes()[3..3 + n_left]);
    }
    Ok(Value::bytes(out))
}
