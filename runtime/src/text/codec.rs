//! `str.encode` and `bytes.decode`: encodings and error handlers.

use super::codec_names::{ALIASES, UNSUPPORTED};
use super::receiver::str_of;
use super::{codec_wide, repr};
use crate::number::clinic_name;
use crate::{Fault, Res, Value};

/// An encoding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// UTF-8.
    Utf8,
    /// UTF-8 that may start with a byte order mark.
    Utf8Sig,
    /// ASCII.
    Ascii,
    /// ISO 8859-1.
    Latin1,
    /// Windows code page 1252.
    Cp1252,
    /// UTF-16 or UTF-32.
    Wide(codec_wide::Wide),
}

/// What is done about characters and bytes that an encoding does not have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Handler {
    Strict,
    Ignore,
    Replace,
    BackslashReplace,
    XmlCharRefReplace,
}

/// An argument that is a name: `TypeError: encode() argument 'encoding' must be str, not int`.
pub fn name_arg<'a>(func: &str, param: &str, value: Option<&'a Value>, default: &'a str) -> Res<&'a str> {
    match value {
        None => Ok(default),
        Some(value) => str_of(value).map(|text| text.as_str()).ok_or_else(|| {
            Fault::type_error(format!("{func}() argument '{param}' must be str, not {}", clinic_name(value)))
        }),
    }
}

/// An encoding by any of its names.
fn lookup(name: &str) -> Res<Encoding> {
    let mut normal = String::with_capacity(name.len());
    for c in name.chars() {
        if c.is_ascii_alphanumeric() || c == '.' {
            normal.push(c.to_ascii_lowercase());
        } else if !normal.is_empty() && !normal.ends_with('_') {
            normal.push('_');
        }
    }
    let normal = normal.trim_end_matches('_');
    let Ok(idx) = ALIASES.binary_search_by_key(&normal, |(alias, _)| alias) else {
        if UNSUPPORTED.binary_search(&normal).is_ok() {
            return Err(Fault::not_pure(format!(
                "the encoding '{name}' is not supported: use utf-8, utf-16, utf-32, ascii, latin-1 or cp1252"
            )));
        }
        return Err(Fault::exception("LookupError", format!("unknown encoding: {name}")));
    };
    Ok(match ALIASES[idx].1 {
        "utf_8" => Encoding::Utf8,
        "utf_8_sig" => Encoding::Utf8Sig,
        "ascii" => Encoding::Ascii,
        "latin_1" => Encoding::Latin1,
        "cp1252" => Encoding::Cp1252,
        wide => Encoding::Wide(codec_wide::Wide::named(wide)),
    })
}

fn handler(name: &str) -> Res<Handler> {
    Ok(match name {
        "strict" => Handler::Strict,
        "ignore" => Handler::Ignore,
        "replace" => Handler::Replace,
        "backslashreplace" => Handler::BackslashReplace,
        "xmlcharrefreplace" => Handler::XmlCharRefReplace,
        "namereplace" | "surrogateescape" | "surrogatepass" => {
            return Err(Fault::not_pure(format!("the error handler '{name}' is not supported")));
        }
        _ => return Err(Fault::exception("LookupError", format!("unknown error handler name '{name}'"))),
    })
}

const CP1252: [char; 32] = [
    '€', '\0', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\0', 'Ž', '\0', '\0', '‘', '’', '“',
    '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\0', 'ž', 'Ÿ',
];

fn cp1252_byte(c: char) -> Option<u8> {
    match u32::from(c) {
        code @ (0..=0x7f | 0xa0..=0xff) => u8::try_from(code).ok(),
        _ => CP1252.iter().position(|known| *known == c).and_then(|at| u8::try_from(at + 0x80).ok()),
    }
}

fn cp1252_char(byte: u8) -> Option<char> {
    match byte {
        0x80..=0x9f => Some(CP1252[usize::from(byte) - 0x80]).filter(|c| *c != '\0'),
        _ => Some(char::from(byte)),
    }
}

/// An encoding of one byte a character: the byte, its name in messages, and why a character has none.
type Single = (fn(char) -> Option<u8>, &'static str, &'static str);

/// `text.encode(encoding, errors)`.
pub fn encode(text: &str, encoding: &str, errors: &str) -> Res<Vec<u8>> {
    let encoding = if encoding == "utf-8" { Encoding::Utf8 } else { lookup(encoding)? };
    let single: Single = match encoding {
        Encoding::Utf8 => return Ok(text.as_bytes().to_vec()),
        Encoding::Utf8Sig => return Ok([b"\xef\xbb\xbf", text.as_bytes()].concat()),
        Encoding::Wide(wide) => return Ok(wide.encode(text)),
        Encoding::Ascii => {
            (|c| u8::try_from(c).ok().filter(u8::is_ascii), "ascii", "ordinal not in range(128)")
        }
        Encoding::Latin1 => (|c| u8::try_from(c).ok(), "latin-1", "ordinal not in range(256)"),
        Encoding::Cp1252 => (cp1252_byte, "charmap", "character maps to <undefined>"),
    };
    encode_single(text, single, errors)
}

fn encode_single(text: &str, (byte, name, reason): Single, errors: &str) -> Res<Vec<u8>> {
    let mut out = Vec::with_capacity(text.len());
    let mut chars = text.chars().enumerate().peekable();
    while let Some((at, c)) = chars.next() {
        if let Some(byte) = byte(c) {
            out.push(byte);
            continue;
        }
        // Consecutive ones are handled in one go, as the error shows.
        let mut bad = vec![c];
        while let Some((_, c)) = chars.next_if(|(_, c)| byte(*c).is_none()) {
            bad.push(c);
        }
        match handler(errors)? {
            Handler::Strict => {
                let args = vec![
                    Value::str(name),
                    Value::str(text),
                    Value::usize(at),
                    Value::usize(at + bad.len()),
                    Value::str(reason),
                ];
                return Err(Fault::exception_args("UnicodeEncodeError", args));
            }
            Handler::Ignore => {}
            Handler::Replace => out.extend(std::iter::repeat_n(b'?', bad.len())),
            Handler::BackslashReplace => {
                let mut escaped = String::new();
                bad.iter().for_each(|c| repr::escape(*c, &mut escaped));
                out.extend_from_slice(escaped.as_bytes());
            }
            Handler::XmlCharRefReplace => {
                for c in bad {
                    out.extend_from_slice(format!("&#{};", u32::from(c)).as_bytes());
                }
            }
        }
    }
    Ok(out)
}

/// Handles a wrong piece of bytes: adds its replacement, or fails.
pub fn decode_error(
    out: &mut String,
    errors: &str,
    name: &str,
    bytes: &[u8],
    range: std::ops::Range<usize>,
    reason: &str,
) -> Res<()> {
    match handler(errors)? {
        Handler::Strict => {
            let args = vec![
                Value::str(name),
                Value::bytes(bytes),
                Value::usize(range.start),
                Value::usize(range.end),
                Value::str(reason),
            ];
            return Err(Fault::exception_args("UnicodeDecodeError", args));
        }
        Handler::Ignore => {}
        Handler::Replace => out.push('\u{fffd}'),
        Handler::BackslashReplace => {
            for byte in &bytes[range] {
                repr::escape(char::from(*byte), out);
            }
        }
        Handler::XmlCharRefReplace => {
            return Err(Fault::type_error("don't know how to handle UnicodeDecodeError in error callback"));
        }
    }
    Ok(())
}

/// `bytes.decode(encoding, errors)`.
pub fn decode(bytes: &[u8], encoding: &str, errors: &str) -> Res<String> {
    // Of no bytes CPython does not even look the encoding up.
    if bytes.is_empty() {
        return Ok(String::new());
    }
    match if encoding == "utf-8" { Encoding::Utf8 } else { lookup(encoding)? } {
        Encoding::Utf8 => decode_utf8(bytes, errors),
        Encoding::Utf8Sig => decode_utf8(bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes), errors),
        Encoding::Latin1 => Ok(bytes.iter().map(|byte| char::from(*byte)).collect()),
        Encoding::Wide(wide) => wide.decode(bytes, errors),
        Encoding::Ascii => decode_single(
            bytes,
            |byte| byte.is_ascii().then(|| char::from(byte)),
            "ascii",
            "ordinal not in range(128)",
            errors,
        ),
        Encoding::Cp1252 => {
            decode_single(bytes, cp1252_char, "charmap", "character maps to <undefined>", errors)
        }
    }
}

fn decode_single(
    bytes: &[u8],
    char_of: impl Fn(u8) -> Option<char>,
    name: &str,
    reason: &str,
    errors: &str,
) -> Res<String> {
    let mut out = String::with_capacity(bytes.len());
    for (at, byte) in bytes.iter().enumerate() {
        match char_of(*byte) {
            Some(c) => out.push(c),
            None => decode_error(&mut out, errors, name, bytes, at..at + 1, reason)?,
        }
    }
    Ok(out)
}

fn decode_utf8(bytes: &[u8], errors: &str) -> Res<String> {
    let mut out = String::new();
    let mut at = 0;
    loop {
        let error = match std::str::from_utf8(&bytes[at..]) {
            Ok(text) => {
                if at == 0 {
                    return Ok(text.to_owned());
                }
                out.push_str(text);
                return Ok(out);
            }
            Err(error) => error,
        };
        let bad = at + error.valid_up_to();
        out.push_str(std::str::from_utf8(&bytes[at..bad]).unwrap_or_default());
        let (end, reason) = match error.error_len() {
            None => (bytes.len(), "unexpected end of data"),
            Some(len) if matches!(bytes[bad], 0x80..=0xc1 | 0xf5..) => (bad + len, "invalid start byte"),
            Some(len) => (bad + len, "invalid continuation byte"),
        };
        decode_error(&mut out, errors, "utf-8", bytes, bad..end, reason)?;
        at = end;
    }
}
