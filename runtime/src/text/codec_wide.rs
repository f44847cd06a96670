//! UTF-16 and UTF-32.

use super::codec::decode_error;
use crate::Res;

/// An encoding of units of two or four bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wide {
    four_bytes: bool,
    /// `None`: a byte order mark says it; without one, little endian.
    big_endian: Option<bool>,
}

impl Wide {
    /// By its name: `utf_16`, `utf_32_be`.
    pub fn named(name: &str) -> Self {
        Self {
            four_bytes: name.starts_with("utf_32"),
            big_endian: if name.ends_with("_be") {
                Some(true)
            } else if name.ends_with("_le") {
                Some(false)
            } else {
                None
            },
        }
    }

    /// Bytes of a text.
    pub fn encode(self, text: &str) -> Vec<u8> {
        let big = self.big_endian == Some(true);
        let mark = if self.big_endian.is_none() { "\u{feff}" } else { "" };
        let mut out = Vec::with_capacity(text.len() * 2);
        for c in mark.chars().chain(text.chars()) {
            if self.four_bytes {
                let code = u32::from(c);
                out.extend(if big { code.to_be_bytes() } else { code.to_le_bytes() });
            } else {
                for unit in c.encode_utf16(&mut [0; 2]) {
                    out.extend(if big { unit.to_be_bytes() } else { unit.to_le_bytes() });
                }
            }
        }
        out
    }

    /// Text of bytes.
    pub fn decode(self, bytes: &[u8], errors: &str) -> Res<String> {
        let size = if self.four_bytes { 4 } else { 2 };
        let (mut big, mut start) = (self.big_endian.unwrap_or(false), 0);
        if self.big_endian.is_none() && bytes.len() >= size {
            let first = unit(&bytes[..size], false);
            if first == 0xfeff {
                start = size;
            } else if unit(&bytes[..size], true) == 0xfeff {
                (start, big) = (size, true);
            }
        }
        let name = match (self.four_bytes, big) {
            (true, true) => "utf-32-be",
            (true, false) => "utf-32-le",
            (false, true) => "utf-16-be",
            (false, false) => "utf-16-le",
        };
        if self.four_bytes {
            decode_32(bytes, start, big, name, errors)
        } else {
            decode_16(bytes, start, big, name, errors)
        }
    }
}

fn unit(bytes: &[u8], big: bool) -> u32 {
    let add = |sum: u32, byte: &u8| sum << 8 | u32::from(*byte);
    if big { bytes.iter().fold(0, add) } else { bytes.iter().rev().fold(0, add) }
}

fn decode_16(bytes: &[u8], start: usize, big: bool, name: &str, errors: &str) -> Res<String> {
    let mut out = String::with_capacity(bytes.len() / 2);
    let mut at = start;
    while at < bytes.len() {
        let Some(first) = bytes.get(at..at + 2).map(|pair| unit(pair, big)) else {
            decode_error(&mut out, errors, name, bytes, at..bytes.len(), "truncated data")?;
            break;
        };
        if let Some(c) = char::from_u32(first) {
            out.push(c);
            at += 2;
        } else if first >= 0xdc00 {
            decode_error(&mut out, errors, name, bytes, at..at + 2, "illegal encoding")?;
            at += 2;
        } else {
            match bytes.get(at + 2..at + 4).map(|pair| unit(pair, big)) {
                None => {
                    decode_error(&mut out, errors, name, bytes, at..bytes.len(), "unexpected end of data")?;
                    break;
                }
                Some(second @ 0xdc00..=0xdfff) => {
                    let code = 0x1_0000 + ((first - 0xd800) << 10) + (second - 0xdc00);
                    out.extend(char::from_u32(code));
                    at += 4;
                }
                Some(_) => {
                    decode_error(&mut out, errors, name, bytes, at..at + 2, "illegal UTF-16 surrogate")?;
                    at += 2;
                }
            }
        }
    }
    Ok(out)
}

fn decode_32(bytes: &[u8], start: usize, big: bool, name: &str, errors: &str) -> Res<String> {
    let mut out = String::with_capacity(bytes.len() / 4);
    let mut at = start;
    while at < bytes.len() {
        let Some(code) = bytes.get(at..at + 4).map(|quad| unit(quad, big)) else {
            decode_error(&mut out, errors, name, bytes, at..bytes.len(), "truncated data")?;
            break;
        };
        match char::from_u32(code) {
            Some(c) => out.push(c),
            None => {
                let reason = if code > 0x10_ffff {
                    "code point not in range(0x110000)"
                } else {
                    "code point in surrogate code point range(0xd800, 0xe000)"
                };
                decode_error(&mut out, errors, name, bytes, at..at + 4, reason)?;
            }
        }
        at += 4;
    }
    Ok(out)
}
