//! The encodings `unicode_escape` and `raw_unicode_escape`: text as it stands in the source of a program.

use super::codec::decode_error;
use super::repr;
use crate::{Fault, Res};

/// Bytes of a text, with escapes for all that is not printable ASCII.
pub fn encode(text: &str) -> Vec<u8> {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\\' => out.push_str("\\\\"),
            '\t' => out.push_str("\\t"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            ' '..='~' => out.push(c),
            _ => repr::escape(c, &mut out),
        }
    }
    out.into_bytes()
}

/// Bytes of a text, with escapes for what has no byte in Latin-1.
pub fn encode_raw(text: &str) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    for c in text.chars() {
        match u8::try_from(c) {
            Ok(byte) => out.push(byte),
            Err(_) => {
                let mut escaped = String::new();
                repr::escape(c, &mut escaped);
                out.extend_from_slice(escaped.as_bytes());
            }
        }
    }
    out
}

/// Where a run of bytes is read.
struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
    out: String,
    name: &'static str,
    errors: &'a str,
}

impl Reader<'_> {
    fn wrong(&mut self, start: usize, reason: &str) -> Res<()> {
        decode_error(&mut self.out, self.errors, self.name, self.bytes, start..self.at, reason)
    }

    /// The character whose code so many hexadecimal digits give.
    fn coded(&mut self, start: usize, n_digits: usize, truncated: &str, beyond: &str) -> Res<()> {
        let mut code = 0;
        for _ in 0..n_digits {
            let digit = self.bytes.get(self.at).and_then(|b| char::from(*b).to_digit(16));
            let Some(digit) = digit else { return self.wrong(start, truncated) };
            code = code << 4 | digit;
            self.at += 1;
        }
        match char::from_u32(code) {
            Some(c) => self.out.push(c),
            None if code > 0x10_ffff => return self.wrong(start, beyond),
            None => return Err(Fault::not_pure("half of a surrogate pair, which text here cannot hold")),
        }
        Ok(())
    }

    /// One to three octal digits, the first of which is read.
    fn octal(&mut self, first: u8) {
        let mut code = u32::from(first - b'0');
        for _ in 0..2 {
            match self.bytes.get(self.at) {
                Some(digit @ b'0'..=b'7') => code = code << 3 | u32::from(digit - b'0'),
                _ => break,
            }
            self.at += 1;
        }
        self.out.extend(char::from_u32(code));
    }

    /// What stands behind a backslash.
    fn escape(&mut self, start: usize) -> Res<()> {
        let Some(byte) = self.bytes.get(self.at).copied() else {
            return self.wrong(start, "\\ at end of string");
        };
        self.at += 1;
        match byte {
            b'\n' => {}
            b'\\' | b'\'' | b'"' => self.out.push(char::from(byte)),
            b'a' => self.out.push('\u{7}'),
            b'b' => self.out.push('\u{8}'),
            b't' => self.out.push('\t'),
            b'n' => self.out.push('\n'),
            b'v' => self.out.push('\u{b}'),
            b'f' => self.out.push('\u{c}'),
            b'r' => self.out.push('\r'),
            b'0'..=b'7' => self.octal(byte),
            b'x' => return self.coded(start, 2, "truncated \\xXX escape", ""),
            b'u' => return self.coded(start, 4, "truncated \\uXXXX escape", ""),
            b'U' => {
                return self.coded(start, 8, "truncated \\UXXXXXXXX escape", "illegal Unicode character");
            }
            b'N' if self.bytes.get(self.at) == Some(&b'{') => {
                return Err(Fault::not_pure("the names of characters in `\\N{...}` are not read from bytes"));
            }
            b'N' => return self.wrong(start, "malformed \\N character escape"),
            _ => self.out.extend(['\\', char::from(byte)]),
        }
        Ok(())
    }

    /// What stands behind a backslash, where only codes are escapes.
    fn escape_raw(&mut self, start: usize) -> Res<()> {
        let Some(byte) = self.bytes.get(self.at).copied() else {
            self.out.push('\\');
            return Ok(());
        };
        self.at += 1;
        let beyond = "\\Uxxxxxxxx out of range";
        match byte {
            b'u' => self.coded(start, 4, "truncated \\uXXXX escape", beyond),
            b'U' => self.coded(start, 8, "truncated \\UXXXXXXXX escape", beyond),
            _ => {
                self.out.extend(['\\', char::from(byte)]);
                Ok(())
            }
        }
    }
}

/// Text of bytes; `is_raw` where only codes are escapes.
pub fn decode(bytes: &[u8], errors: &str, is_raw: bool) -> Res<String> {
    let name = if is_raw { "rawunicodeescape" } else { "unicodeescape" };
    let mut reader = Reader { bytes, at: 0, out: String::with_capacity(bytes.len()), name, errors };
    while let Some(byte) = bytes.get(reader.at) {
        let start = reader.at;
        reader.at += 1;
        match byte {
            b'\\' if is_raw => reader.escape_raw(start)?,
            b'\\' => reader.escape(start)?,
            _ => reader.out.push(char::from(*byte)),
        }
    }
    Ok(reader.out)
}
