//! `str.encode` and `bytes.decode`: encodings and error handlers.

use super::codec_names::ALIASES;
use super::codec_tables::{GAP, TABLES};
use super::receiver::str_of;
use super::{codec_escape, codec_wide, repr};
use crate::number::clinic_name;
use crate::{Fault, Res, Value};
use rustc_hash::FxHashMap;

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
    /// A table of the characters of the bytes, or of the upper half of them.
    Table(&'static str),
    /// UTF-16 or UTF-32.
    Wide(codec_wide::Wide),
    /// Text as in the source of a program.
    Escape,
    /// The same, with escapes for codes only.
    RawEscape,
}

/// What is done about characters and bytes that an encoding does not have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Handler {
    Strict,
    Ignore,
    Replace,
    BackslashReplace,
    XmlCharRefReplace,
    SurrogateEscape,
    SurrogatePass,
}

/// Which way a codec is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    Encode,
    Decode,
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

/// A name in lower case, with one underscore for all that is neither letter nor digit.
fn normalized(name: &str) -> String {
    let mut normal = String::with_capacity(name.len());
    for c in name.chars() {
        if c.is_ascii_alphanumeric() || c == '.' {
            normal.push(c.to_ascii_lowercase());
        } else if !normal.is_empty() && !normal.ends_with('_') {
            normal.push('_');
        }
    }
    normal.truncate(normal.trim_end_matches('_').len());
    normal
}

/// An encoding by any of its names.
fn lookup(name: &str, way: Way) -> Res<Encoding> {
    let normal = normalized(name);
    let Ok(idx) = ALIASES.binary_search_by_key(&normal.as_str(), |(alias, _)| alias) else {
        return Err(Fault::exception("LookupError", format!("unknown encoding: {name}")));
    };
    Ok(match ALIASES[idx].1 {
        "utf_8" => Encoding::Utf8,
        "utf_8_sig" => Encoding::Utf8Sig,
        "ascii" => Encoding::Ascii,
        "latin_1" => Encoding::Latin1,
        "unicode_escape" => Encoding::Escape,
        "raw_unicode_escape" => Encoding::RawEscape,
        "not_text" => {
            let verb = if way == Way::Encode { "encode" } else { "decode" };
            return Err(Fault::exception(
                "LookupError",
                format!("'{name}' is not a text encoding; use codecs.{verb}() to handle arbitrary codecs"),
            ));
        }
        "refused" => {
            return Err(Fault::not_pure(format!(
                "the encoding '{name}' is not supported: its tables are not there; use utf-8"
            )));
        }
        known => match TABLES.binary_search_by_key(&known, |(name, _)| name) {
            Ok(at) => Encoding::Table(TABLES[at].1),
            Err(_) => Encoding::Wide(codec_wide::Wide::named(known)),
        },
    })
}

/// CPython finds all but the most usual encodings by way of a registry, which wraps plain errors.
fn wrapped(fault: Fault, encoding: &str, way: Way) -> Fault {
    let normal = normalized(encoding);
    let usual = matches!(
        normal.as_str(),
        "utf_8"
            | "utf8"
            | "utf_16"
            | "utf16"
            | "utf_32"
            | "utf32"
            | "ascii"
            | "us_ascii"
            | "latin1"
            | "latin_1"
            | "iso_8859_1"
            | "iso8859_1"
    );
    let kind = ["LookupError", "TypeError"].into_iter().find(|kind| fault.is(kind));
    let (Some(kind), Some(exception), false) = (kind, fault.as_exception(), usual) else { return fault };
    let verb = if way == Way::Encode { "encoding" } else { "decoding" };
    let text = crate::object::exception::text(exception).unwrap_or_default();
    Fault::exception(kind, format!("{verb} with '{encoding}' codec failed ({kind}: {text})"))
}

fn handler(name: &str) -> Res<Handler> {
    Ok(match name {
        "strict" => Handler::Strict,
        "ignore" => Handler::Ignore,
        "replace" => Handler::Replace,
        "backslashreplace" => Handler::BackslashReplace,
        "xmlcharrefreplace" => Handler::XmlCharRefReplace,
        "surrogateescape" => Handler::SurrogateEscape,
        "surrogatepass" => Handler::SurrogatePass,
        "namereplace" => {
            return Err(Fault::not_pure(
                "the error handler 'namereplace' is not supported: use 'backslashreplace'",
            ));
        }
        _ => return Err(Fault::exception("LookupError", format!("unknown error handler name '{name}'"))),
    })
}

/// The character of a byte in a table.
fn char_in(table: &[char], byte: u8) -> Option<char> {
    let at = usize::from(byte);
    let found = match at.checked_sub(256 - table.len()) {
        Some(at) => table.get(at).copied(),
        None => Some(char::from(byte)),
    };
    found.filter(|c| *c != GAP)
}

/// An encoding of one byte a character: the byte, its name in messages, and why a character has none.
type Single<'a> = (&'a dyn Fn(char) -> Option<u8>, &'a str, &'a str);

/// `text.encode(encoding, errors)`.
pub fn encode(text: &str, encoding: &str, errors: &str) -> Res<Vec<u8>> {
    let kind = if encoding == "utf-8" { Encoding::Utf8 } else { lookup(encoding, Way::Encode)? };
    let made = match kind {
        Encoding::Utf8 => return Ok(text.as_bytes().to_vec()),
        Encoding::Utf8Sig => return Ok([b"\xef\xbb\xbf", text.as_bytes()].concat()),
        Encoding::Wide(wide) => return Ok(wide.encode(text)),
        Encoding::Escape => return Ok(codec_escape::encode(text)),
        Encoding::RawEscape => return Ok(codec_escape::encode_raw(text)),
        Encoding::Ascii => {
            let byte = |c| u8::try_from(c).ok().filter(u8::is_ascii);
            encode_single(text, (&byte, "ascii", "ordinal not in range(128)"), errors)
        }
        Encoding::Latin1 => {
            let byte = |c| u8::try_from(c).ok();
            encode_single(text, (&byte, "latin-1", "ordinal not in range(256)"), errors)
        }
        Encoding::Table(table) => {
            let table: Vec<char> = table.chars().collect();
            // Of two bytes for one character the later one is meant.
            let pairs = (0..=255).filter_map(|byte| Some((char_in(&table, byte)?, byte)));
            let bytes: FxHashMap<char, u8> = pairs.collect();
            let byte = |c| bytes.get(&c).copied();
            encode_single(text, (&byte, "charmap", "character maps to <undefined>"), errors)
        }
    };
    made.map_err(|fault| wrapped(fault, encoding, Way::Encode))
}

fn encode_single(text: &str, (byte, name, reason): Single<'_>, errors: &str) -> Res<Vec<u8>> {
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
        let strict = || {
            let range = [Value::usize(at), Value::usize(at + bad.len())];
            let [start, end] = range;
            let args = vec![Value::str(name), Value::str(text), start, end, Value::str(reason)];
            Fault::exception_args("UnicodeEncodeError", args)
        };
        let mut instead = String::new();
        match handler(errors)? {
            // There are no surrogates that these could take care of.
            Handler::Strict | Handler::SurrogateEscape | Handler::SurrogatePass => return Err(strict()),
            Handler::Ignore => {}
            Handler::Replace => instead.extend(bad.iter().map(|_| '?')),
            Handler::BackslashReplace => bad.iter().for_each(|c| repr::escape(*c, &mut instead)),
            Handler::XmlCharRefReplace => {
                instead.extend(bad.iter().map(|c| format!("&#{};", u32::from(*c))));
            }
        }
        for c in instead.chars() {
            out.push(byte(c).ok_or_else(strict)?);
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
    let handler = match handler(errors)? {
        Handler::SurrogateEscape if !bytes[range.start].is_ascii() => return Err(surrogate()),
        Handler::SurrogatePass if is_surrogate(name, &bytes[range.start..]) => return Err(surrogate()),
        handler => handler,
    };
    match handler {
        Handler::Strict | Handler::SurrogateEscape | Handler::SurrogatePass => {
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

fn surrogate() -> Fault {
    Fault::not_pure("half of a surrogate pair, which text here cannot hold")
}

/// Does the code of a surrogate stand here.
fn is_surrogate(name: &str, bytes: &[u8]) -> bool {
    matches!(
        (name, bytes),
        ("utf-8", [0xed, 0xa0..=0xbf, 0x80..=0xbf, ..])
            | ("utf-16-be", [0xd8..=0xdf, _, ..])
            | ("utf-16-le", [_, 0xd8..=0xdf, ..])
            | ("utf-32-be", [0, 0, 0xd8..=0xdf, _, ..])
            | ("utf-32-le", [_, 0xd8..=0xdf, 0, 0, ..])
    )
}

/// `bytes.decode(encoding, errors)`.
pub fn decode(bytes: &[u8], encoding: &str, errors: &str) -> Res<String> {
    // Of no bytes CPython does not even look the encoding up.
    if bytes.is_empty() {
        return Ok(String::new());
    }
    let kind = if encoding == "utf-8" { Encoding::Utf8 } else { lookup(encoding, Way::Decode)? };
    let made = match kind {
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
        Encoding::Table(table) => {
            let table: Vec<char> = table.chars().collect();
            let reason = "character maps to <undefined>";
            decode_single(bytes, |byte| char_in(&table, byte), "charmap", reason, errors)
        }
        Encoding::Escape => codec_escape::decode(bytes, errors, false),
        Encoding::RawEscape => codec_escape::decode(bytes, errors, true),
    };
    made.map_err(|fault| wrapped(fault, encoding, Way::Decode))
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
