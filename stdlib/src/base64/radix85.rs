//! Ascii85 and base 85.

use super::{options, source, truth, viewed};
use crate::native::bind_python;
use afar_runtime::{Args, Fault, Res, Value, number, ops};

const ALPHABET: &[u8; 85] =
    b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz!#$%&()*+-;<=>?@^_`{|}~";

/// Which words have one letter, and whether the last one is whole.
struct Rules {
    pad: bool,
    folds_nuls: bool,
    folds_spaces: bool,
}

fn encode(data: &[u8], digit: impl Fn(u32) -> u8, rules: &Rules) -> Vec<u8> {
    let mut out = Vec::with_capacity(data.len().div_ceil(4) * 5);
    for chunk in data.chunks(4) {
        let word = (0..4).fold(0u32, |word, i| word << 8 | u32::from(chunk.get(i).copied().unwrap_or(0)));
        let n_padding = if rules.pad { 0 } else { 4 - chunk.len() };
        if rules.folds_nuls && word == 0 && n_padding == 0 {
            out.push(b'z');
        } else if rules.folds_spaces && word == 0x2020_2020 {
            out.push(b'y');
        } else {
            let digits = [52_200_625, 614_125, 7225, 85, 1].map(|unit| digit(word / unit % 85));
            out.extend_from_slice(&digits[..5 - n_padding]);
        }
    }
    out
}

/// `a85encode(b, *, foldspaces, wrapcol, pad, adobe)`.
pub fn a85encode(args: &Args<'_>) -> Res {
    let params = ["b", "foldspaces", "wrapcol", "pad", "adobe"];
    let [data, spaces, columns, pad, adobe] = options(args, "a85encode", params)?;
    let data = viewed(data.unwrap_or(&Value::None))?;
    let rules = Rules { pad: truth(pad)?, folds_nuls: true, folds_spaces: truth(spaces)? };
    let mut out = encode(data, |digit| digit as u8 + b'!', &rules);
    let is_adobe = truth(adobe)?;
    if is_adobe {
        out.splice(0..0, *b"<~");
    }
    if let Some(columns) = columns.filter(|c| !matches!(c, Value::Int(0))) {
        out = wrap(&out, columns, is_adobe)?;
    }
    if is_adobe {
        out.extend_from_slice(b"~>");
    }
    Ok(Value::bytes(out))
}

/// Lines of at most this many columns, the mark at the end included.
fn wrap(text: &[u8], columns: &Value, is_adobe: bool) -> Res<Vec<u8>> {
    if !ops::truthy(columns)? {
        return Ok(text.to_vec());
    }
    let least: usize = if is_adobe { 2 } else { 1 };
    let width = usize::try_from(number::index_arg(columns)?).unwrap_or(0).max(least);
    let mut lines: Vec<&[u8]> = text.chunks(width).collect();
    if is_adobe && lines.last().is_some_and(|last| last.len() + 2 > width) {
        lines.push(b"");
    }
    Ok(lines.join(&b'\n'))
}

/// `a85decode(b, *, foldspaces, adobe, ignorechars)`.
pub fn a85decode(args: &Args<'_>) -> Res {
    let params = ["b", "foldspaces", "adobe", "ignorechars"];
    let [data, spaces, adobe, ignored] = options(args, "a85decode", params)?;
    let mut data = source(data.unwrap_or(&Value::None))?;
    if truth(adobe)? {
        let Some(body) = data.strip_suffix(b"~>") else {
            return Err(Fault::value_error("Ascii85 encoded byte sequences must end with b'~>'"));
        };
        // CPython cuts two bytes from each end of the whole.
        data = if data.starts_with(b"<~") { body.get(2..).unwrap_or_default() } else { body };
    }
    let folds_spaces = truth(spaces)?;
    let default = Value::bytes(*b" \t\n\r\x0b");
    let ignored = ignored.unwrap_or(&default);
    let mut out = Vec::with_capacity(data.len() / 5 * 4);
    let (mut word, mut n_digits) = (0u64, 0);
    for &byte in data.iter().chain(b"uuuu") {
        match byte {
            b'!'..=b'u' => {
                word = word * 85 + u64::from(byte - b'!');
                n_digits += 1;
                if n_digits == 5 {
                    let whole = u32::try_from(word).map_err(|_| Fault::value_error("Ascii85 overflow"))?;
                    out.extend_from_slice(&whole.to_be_bytes());
                    (word, n_digits) = (0, 0);
                }
            }
            b'z' | b'y' if byte == b'z' || folds_spaces => {
                if n_digits > 0 {
                    let letter = char::from(byte);
                    return Err(Fault::value_error(format!("{letter} inside Ascii85 5-tuple")));
                }
                out.extend_from_slice(&[if byte == b'z' { 0 } else { b' ' }; 4]);
            }
            _ if ops::contains(ignored, &Value::Int(byte.into()))? => {}
            _ => {
                let letter = char::from(byte);
                return Err(Fault::value_error(format!("Non-Ascii85 digit found: {letter}")));
            }
        }
    }
    out.truncate(out.len() - (4 - n_digits).min(out.len()));
    Ok(Value::bytes(out))
}

/// `b85encode(b, pad)`.
pub fn b85encode(args: &Args<'_>) -> Res {
    let [data, pad] = bind_python(args, "b85encode", ["b", "pad"], 1)?;
    let data = viewed(data.unwrap_or(&Value::None))?;
    let rules = Rules { pad: truth(pad)?, folds_nuls: false, folds_spaces: false };
    Ok(Value::bytes(encode(data, |digit| ALPHABET[digit as usize], &rules)))
}

/// `b85decode(b)`.
pub fn b85decode(args: &Args<'_>) -> Res {
    let [data] = bind_python(args, "b85decode", ["b"], 1)?;
    let data = source(data.unwrap_or(&Value::None))?;
    let mut out = Vec::with_capacity(data.len().div_ceil(5) * 4);
    for (i, chunk) in data.chunks(5).enumerate() {
        let mut word = 0u64;
        for j in 0..5 {
            let byte = chunk.get(j).unwrap_or(&b'~');
            let Some(digit) = ALPHABET.iter().position(|d| d == byte) else {
                let place = i * 5 + j;
                return Err(Fault::value_error(format!("bad base85 character at position {place}")));
            };
            word = word * 85 + digit as u64;
        }
        let Ok(word) = u32::try_from(word) else {
            let start = i * 5;
            return Err(Fault::value_error(format!("base85 overflow in hunk starting at byte {start}")));
        };
        out.extend_from_slice(&word.to_be_bytes());
    }
    let n_padding = data.len().div_ceil(5) * 5 - data.len();
    out.truncate(out.len() - n_padding.min(out.len()));
    Ok(Value::bytes(out))
}
