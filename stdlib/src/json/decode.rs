//! Reading JSON: values from text, with the messages and places of CPython's scanner.

use super::raise;
use afar_runtime::collections::Dict;
use afar_runtime::number::construct_int;
use afar_runtime::{Args, Fault, Ref, Res, Str, Value, hooks, ops, text};

/// What the reader calls instead of making values itself.
pub struct Hooks<'a> {
    /// Are control characters in strings refused.
    pub is_strict: bool,
    /// Made of a dict.
    pub object: Option<&'a Value>,
    /// Made of a list of pairs.
    pub pairs: Option<&'a Value>,
    /// Made of the text of a float.
    pub float: Option<&'a Value>,
    /// Made of the text of an int.
    pub int: Option<&'a Value>,
    /// Made of `NaN`, `Infinity`, `-Infinity`.
    pub constant: Option<&'a Value>,
}

/// How deep values may nest.
const MAX_DEPTH: usize = 20_000;

/// What is being read, from the outside in.
enum Level {
    Array(Vec<Value>),
    Object(Vec<(Value, Value)>, Value),
}

/// A value that was read, or a level that was opened.
enum Step {
    Value(Value),
    Open(Level),
}

struct Reader<'a> {
    source: &'a Value,
    text: &'a Str,
    bytes: &'a [u8],
    at: usize,
    hooks: &'a Hooks<'a>,
}

/// The first place at or behind this one that is no white space.
pub fn skip_space(bytes: &[u8], at: usize) -> usize {
    let rest = bytes.get(at..).unwrap_or_default();
    at + rest.iter().position(|b| !matches!(b, b' ' | b'\t' | b'\n' | b'\r')).unwrap_or(rest.len())
}

/// The index of the character at a byte.
pub fn char_of(text: &Str, byte: usize) -> usize {
    if text.is_ascii() { byte } else { text.get(..byte).map_or(byte, |before| before.chars().count()) }
}

/// Reads one value from a byte on; the value and the byte behind it.
pub fn read(source: &Value, text: &Str, at: usize, hooks: &Hooks<'_>) -> Res<(Value, usize)> {
    let mut reader = Reader { source, text, bytes: text.as_bytes(), at, hooks };
    let value = reader.whole()?;
    Ok((value, reader.at))
}

impl Reader<'_> {
    fn error(&self, message: &str, byte: usize) -> Fault {
        raise(message, self.source, char_of(self.text, byte))
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn space(&mut self) {
        self.at = skip_space(self.bytes, self.at);
    }

    fn whole(&mut self) -> Res {
        let mut levels: Vec<Level> = Vec::new();
        let mut n = 0_u32;
        loop {
            n = n.wrapping_add(1);
            if n.is_multiple_of(4096) {
                hooks::poll()?;
            }
            let mut value = match self.step()? {
                Step::Value(value) => value,
                Step::Open(level) => {
                    if levels.len() >= MAX_DEPTH {
                        let what = if matches!(level, Level::Array(_)) { "array" } else { "object" };
                        return Err(Fault::exception(
                            "RecursionError",
                            format!(
                                "maximum recursion depth exceeded while decoding a JSON {what} from a unicode string"
                            ),
                        ));
                    }
                    levels.push(level);
                    continue;
                }
            };
            // The value goes into the level around it, which may end behind it and be a value itself.
            loop {
                let Some(level) = levels.pop() else { return Ok(value) };
                match self.add(level, value)? {
                    Step::Open(level) => {
                        levels.push(level);
                        break;
                    }
                    Step::Value(done) => value = done,
                }
            }
        }
    }

    /// Adds a value to a level: the level goes on, or is a value.
    fn add(&mut self, level: Level, value: Value) -> Res<Step> {
        let (level, end) = match level {
            Level::Array(mut items) => {
                items.push(value);
                (Level::Array(items), b']')
            }
            Level::Object(mut pairs, key) => {
                pairs.push((key, value));
                (Level::Object(pairs, Value::None), b'}')
            }
        };
        self.space();
        match self.peek() {
            Some(c) if c == end => {
                self.at += 1;
                self.finish(level).map(Step::Value)
            }
            Some(b',') => {
                self.at += 1;
                self.space();
                Ok(Step::Open(match level {
                    Level::Object(pairs, _) => Level::Object(pairs, self.key()?),
                    level @ Level::Array(_) => level,
                }))
            }
            _ => Err(self.error("Expecting ',' delimiter", self.at)),
        }
    }

    fn finish(&self, level: Level) -> Res {
        let pairs = match level {
            Level::Array(items) => return Ok(Value::list(items)),
            Level::Object(pairs, _) => pairs,
        };
        if let Some(hook) = self.hooks.pairs {
            let pairs = pairs.into_iter().map(|(k, v)| Value::tuple(vec![k, v])).collect();
            return ops::call(hook, &[Value::list(pairs)]);
        }
        let mut dict = Dict::with_capacity(pairs.len());
        for (key, value) in pairs {
            dict.insert(key, value)?;
        }
        let dict = Value::Dict(Ref::new(dict));
        match self.hooks.object {
            Some(hook) => ops::call(hook, &[dict]),
            None => Ok(dict),
        }
    }

    /// A key with its colon.
    fn key(&mut self) -> Res {
        if self.peek() != Some(b'"') {
            return Err(self.error("Expecting property name enclosed in double quotes", self.at));
        }
        let key = self.string()?;
        self.space();
        if self.peek() != Some(b':') {
            return Err(self.error("Expecting ':' delimiter", self.at));
        }
        self.at += 1;
        self.space();
        Ok(key)
    }

    /// Reads a value, or opens a level.
    fn step(&mut self) -> Res<Step> {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        let value = match rest.first() {
            Some(b'"') => self.string()?,
            Some(b'{') => {
                self.at += 1;
                self.space();
                if self.peek() == Some(b'}') {
                    self.at += 1;
                    return self.finish(Level::Object(Vec::new(), Value::None)).map(Step::Value);
                }
                return Ok(Step::Open(Level::Object(Vec::new(), self.key()?)));
            }
            Some(b'[') => {
                self.at += 1;
                self.space();
                if self.peek() == Some(b']') {
                    self.at += 1;
                    return Ok(Step::Value(Value::list(Vec::new())));
                }
                return Ok(Step::Open(Level::Array(Vec::new())));
            }
            _ if rest.starts_with(b"null") => self.word(4, Value::None),
            _ if rest.starts_with(b"true") => self.word(4, Value::Bool(true)),
            _ if rest.starts_with(b"false") => self.word(5, Value::Bool(false)),
            _ if rest.starts_with(b"NaN") => self.constant("NaN", f64::NAN)?,
            _ if rest.starts_with(b"Infinity") => self.constant("Infinity", f64::INFINITY)?,
            _ if rest.starts_with(b"-Infinity") => self.constant("-Infinity", f64::NEG_INFINITY)?,
            _ => self.number()?,
        };
        Ok(Step::Value(value))
    }

    fn word(&mut self, n: usize, value: Value) -> Value {
        self.at += n;
        value
    }

    fn constant(&mut self, name: &str, value: f64) -> Res {
        let value = match self.hooks.constant {
            Some(hook) => ops::call(hook, &[Value::str(name)])?,
            None => Value::Float(value),
        };
        Ok(self.word(name.len(), value))
    }

    fn number(&mut self) -> Res {
        let bytes = self.bytes;
        let digits = |from: usize| {
            from + bytes.get(from..).unwrap_or_default().iter().take_while(|b| b.is_ascii_digit()).count()
        };
        let start = self.at;
        let first = start + usize::from(bytes.get(start) == Some(&b'-'));
        let mut end = match bytes.get(first) {
            Some(b'0') => first + 1,
            Some(b'1'..=b'9') => digits(first),
            _ => return Err(self.error("Expecting value", start)),
        };
        let mut is_float = false;
        if bytes.get(end) == Some(&b'.') && digits(end + 1) > end + 1 {
            is_float = true;
            end = digits(end + 1);
        }
        if matches!(bytes.get(end), Some(b'e' | b'E')) {
            let from = end + 1 + usize::from(matches!(bytes.get(end + 1), Some(b'+' | b'-')));
            let to = digits(from);
            if to > from {
                is_float = true;
                end = to;
            }
        }
        self.at = end;
        let text = &self.text[start..end];
        if is_float {
            return match self.hooks.float {
                Some(hook) => ops::call(hook, &[Value::str(text)]),
                None => Ok(Value::Float(text.parse().unwrap_or(f64::NAN))),
            };
        }
        match (self.hooks.int, text.parse()) {
            (Some(hook), _) => ops::call(hook, &[Value::str(text)]),
            (None, Ok(n)) => Ok(Value::Int(n)),
            (None, Err(_)) => construct_int(&Args::positional(&[Value::str(text)])),
        }
    }

    /// Reads a string at its opening quote.
    fn string(&mut self) -> Res {
        let begin = self.at;
        self.at += 1;
        let mut out = String::new();
        loop {
            let rest = &self.bytes[self.at..];
            let n = rest.iter().position(|b| matches!(b, b'"' | b'\\' | 0..=0x1f)).unwrap_or(rest.len());
            let plain = &self.text[self.at..self.at + n];
            self.at += n;
            match self.peek() {
                None => return Err(self.error("Unterminated string starting at", begin)),
                Some(b'"') => {
                    self.at += 1;
                    return Ok(if out.is_empty() { Value::str(plain) } else { Value::string(out + plain) });
                }
                Some(b'\\') => {
                    out.push_str(plain);
                    let c = self.escape(begin)?;
                    out.push(c);
                }
                Some(_) if self.hooks.is_strict => {
                    return Err(self.error("Invalid control character at", self.at));
                }
                Some(control) => {
                    out.push_str(plain);
                    out.push(char::from(control));
                    self.at += 1;
                }
            }
        }
    }

    /// Reads an escape at its backslash.
    fn escape(&mut self, begin: usize) -> Res<char> {
        let c = match self.bytes.get(self.at + 1) {
            None => return Err(self.error("Unterminated string starting at", begin)),
            Some(b'"') => '"',
            Some(b'\\') => '\\',
            Some(b'/') => '/',
            Some(b'b') => '\x08',
            Some(b'f') => '\x0c',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => return self.unicode_escape(),
            Some(_) => return Err(self.error("Invalid \\escape", self.at)),
        };
        self.at += 2;
        Ok(c)
    }

    /// The code of four hexadecimal digits behind the `u` at a byte.
    fn hexadecimal(&self, at: usize) -> Res<u32> {
        let wrong = || self.error("Invalid \\uXXXX escape", at);
        // As CPython: at least one character must follow the digits.
        let rest = self.text.get(at + 1..).unwrap_or_default();
        if rest.chars().nth(4).is_none() {
            return Err(wrong());
        }
        let digits = rest.get(..4).filter(|d| d.bytes().all(|b| b.is_ascii_hexdigit())).ok_or_else(wrong)?;
        Ok(u32::from_str_radix(digits, 16).unwrap_or(0))
    }

    fn unicode_escape(&mut self) -> Res<char> {
        let first = self.hexadecimal(self.at + 1)?;
        self.at += 6;
        if let Some(c) = char::from_u32(first) {
            return Ok(c);
        }
        if first < 0xdc00 && self.bytes[self.at..].starts_with(b"\\u") && self.bytes.len() > self.at + 6 {
            let second = self.hexadecimal(self.at + 1)?;
            if (0xdc00..0xe000).contains(&second) {
                self.at += 6;
                let code = 0x1_0000 + ((first - 0xd800) << 10) + (second - 0xdc00);
                return char::from_u32(code).ok_or_else(text::surrogate_refusal);
            }
        }
        Err(text::surrogate_refusal())
    }
}
