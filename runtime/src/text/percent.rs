//! `template % values` for text and bytes. Bytes are handled as text of their Latin-1 characters.

use super::receiver::bytes_of;
use super::template::char_of;
use crate::number::render::{self, Notation, Style};
use crate::number::{payload, type_name};
use crate::object::{attr, call};
use crate::value::Args;
use crate::{Fault, Res, Value, budget, number, ops};

/// `text % values`.
pub fn format_str(template: &str, values: &Value) -> Res {
    Formatter::new(values, Target::Text).run(template).map(Value::string)
}

/// `bytes % values`.
pub fn format_bytes(template: &[u8], values: &Value) -> Res {
    let template: String = template.iter().map(|byte| char::from(*byte)).collect();
    let out = Formatter::new(values, Target::Bytes).run(&template)?;
    Ok(Value::bytes(out.chars().map(|c| u8::try_from(c).unwrap_or(b'?')).collect::<Vec<u8>>()))
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Target {
    Text,
    Bytes,
}

/// What a `*` stands for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Star {
    Width,
    Precision,
}

/// What stands between `%` and the letter.
#[derive(Default)]
struct Flags {
    left: bool,
    plus: bool,
    space: bool,
    alternate: bool,
    zero: bool,
    width: usize,
    precision: Option<usize>,
}

struct Formatter<'a> {
    target: Target,
    /// The values of a tuple, or the one value; `key` after `%(key)`.
    values: &'a Value,
    items: Option<&'a [Value]>,
    next: usize,
    key: Option<Value>,
    is_mapping: bool,
}

impl<'a> Formatter<'a> {
    fn new(values: &'a Value, target: Target) -> Self {
        let items = match payload(values) {
            Value::Tuple(items) => Some(&items[..]),
            _ => None,
        };
        Self {
            target,
            values,
            items,
            next: 0,
            key: None,
            is_mapping: items.is_none() && is_mapping(values, target),
        }
    }

    fn run(&mut self, template: &str) -> Res<String> {
        let mut out = String::with_capacity(template.len() + 16);
        let mut rest = template;
        while let Some(at) = rest.find('%') {
            out.push_str(&rest[..at]);
            rest = self.convert(template, &rest[at + 1..], &mut out)?;
        }
        out.push_str(rest);
        if self.left_over() {
            let what = if self.target == Target::Text { "string" } else { "bytes" };
            return Err(Fault::type_error(format!("not all arguments converted during {what} formatting")));
        }
        Ok(out)
    }

    fn left_over(&self) -> bool {
        if self.is_mapping {
            return false;
        }
        match self.items {
            Some(items) => self.next < items.len(),
            None => self.next == 0,
        }
    }

    fn next_value(&mut self) -> Res {
        let enough = || Fault::type_error("not enough arguments for format string");
        if let Some(value) = &self.key {
            if self.next > 0 {
                return Err(enough());
            }
            self.next = 1;
            return Ok(value.clone());
        }
        let idx = self.next;
        let value = match self.items {
            Some(items) => items.get(idx).cloned(),
            None => (idx == 0).then(|| self.values.clone()),
        };
        self.next = idx + usize::from(value.is_some());
        value.ok_or_else(enough)
    }

    /// Handles what follows a `%`, and gives what is behind it.
    fn convert<'t>(&mut self, template: &str, text: &'t str, out: &mut String) -> Res<&'t str> {
        if let Some(behind) = text.strip_prefix('%') {
            out.push('%');
            return Ok(behind);
        }
        let mut rest = text;
        if let Some(behind) = rest.strip_prefix('(') {
            rest = self.read_key(behind)?;
        }
        let flags;
        (flags, rest) = self.read_flags(rest)?;
        let Some(kind) = rest.chars().next() else { return Err(Fault::value_error("incomplete format")) };
        let at = template.len() - rest.len();
        rest = &rest[kind.len_utf8()..];
        let value = self.next_value()?;
        match kind {
            'd' | 'i' | 'u' | 'o' | 'x' | 'X' => {
                let shown = if kind == 'i' && self.target == Target::Bytes { 'd' } else { kind };
                integer(shown, &value, &flags, out)?;
            }
            'e' | 'E' | 'f' | 'F' | 'g' | 'G' => self.real(kind, &value, &flags, out)?,
            's' | 'r' | 'a' | 'b' if kind != 'b' || self.target == Target::Bytes => {
                let text = self.text(kind, &value)?;
                pad_text(cut(&text, flags.precision), &flags, out)?;
            }
            'c' => {
                let c = self.character(&value)?;
                pad_text(c.encode_utf8(&mut [0; 4]), &flags, out)?;
            }
            _ => {
                let shown =
                    if (' '..'\u{7f}').contains(&kind) || self.target == Target::Bytes { kind } else { '?' };
                return Err(Fault::value_error(format!(
                    "unsupported format character '{shown}' (0x{:x}) at index {}",
                    u32::from(kind),
                    template[..at].chars().count()
                )));
            }
        }
        Ok(rest)
    }

    /// `%(key)`: its value is the one for this conversion.
    fn read_key<'t>(&mut self, text: &'t str) -> Res<&'t str> {
        if !self.is_mapping {
            return Err(Fault::type_error("format requires a mapping"));
        }
        let mut open = 1;
        let end = text.char_indices().find(|(_, c)| {
            open += match c {
                '(' => 1,
                ')' => -1,
                _ => 0,
            };
            open == 0
        });
        let Some((end, _)) = end else { return Err(Fault::value_error("incomplete format key")) };
        let key = &text[..end];
        let key = match self.target {
            Target::Text => Value::str(key),
            Target::Bytes => {
                Value::bytes(key.chars().map(|c| u8::try_from(c).unwrap_or(b'?')).collect::<Vec<u8>>())
            }
        };
        self.key = Some(ops::getitem(self.values, &key)?);
        self.next = 0;
        Ok(&text[end + 1..])
    }

    fn read_flags<'t>(&mut self, text: &'t str) -> Res<(Flags, &'t str)> {
        let mut flags = Flags::default();
        let mut rest = text;
        while let Some(c) = rest.chars().next() {
            match c {
                '-' => flags.left = true,
                '+' => flags.plus = true,
                ' ' => flags.space = true,
                '#' => flags.alternate = true,
                '0' => flags.zero = true,
                _ => break,
            }
            rest = &rest[1..];
        }
        if let Some(behind) = rest.strip_prefix('*') {
            rest = behind;
            let width = self.star(Star::Width)?;
            flags.left |= width < 0;
            flags.width = usize::try_from(width.unsigned_abs()).unwrap_or(usize::MAX);
        } else {
            (flags.width, rest) = digits(rest, "width too big")?;
        }
        if let Some(behind) = rest.strip_prefix('.') {
            let too_big = if self.target == Target::Text { "precision too big" } else { "prec too big" };
            rest = behind;
            if let Some(behind) = rest.strip_prefix('*') {
                rest = behind;
                flags.precision = Some(usize::try_from(self.star(Star::Precision)?).unwrap_or(0));
            } else {
                let precision;
                (precision, rest) = digits(rest, too_big)?;
                flags.precision = Some(precision);
            }
        }
        rest = rest.strip_prefix(['h', 'l', 'L']).unwrap_or(rest);
        Ok((flags, rest))
    }

    fn star(&mut self, star: Star) -> Res<i64> {
        let value = self.next_value()?;
        match payload(&value) {
            Value::Int(_) | Value::BigInt(_) if star == Star::Precision => {
                number::c_int_arg(&value).map(i64::from)
            }
            Value::Int(n) => Ok(*n),
            Value::Bool(b) => Ok(i64::from(*b)),
            Value::BigInt(_) => Err(Fault::overflow("Python int too large to convert to C ssize_t")),
            _ => Err(Fault::type_error("* wants int")),
        }
    }

    fn text(&self, kind: char, value: &Value) -> Res<String> {
        match (kind, self.target) {
            ('r', Target::Text) => ops::repr(value),
            ('s', Target::Text) => match value {
                Value::Str(text) => Ok(text.as_str().to_owned()),
                _ => ops::to_str(value).map(|text| text.as_str().to_owned()),
            },
            ('s' | 'b', Target::Bytes) => {
                let has_method =
                    matches!(value, Value::Instance(_)) && attr::find_special(value, "__bytes__")?.is_some();
                let converted;
                let bytes = if has_method {
                    converted = call::call_method(value, "__bytes__", &Args::positional(&[]))?;
                    bytes_of(&converted)
                } else {
                    bytes_of(value)
                };
                bytes.map(|bytes| bytes.iter().map(|byte| char::from(*byte)).collect()).ok_or_else(|| {
                    Fault::type_error(format!(
                        "%b requires a bytes-like object, or an object that implements __bytes__, not '{}'",
                        type_name(value)
                    ))
                })
            }
            _ => ops::ascii(value),
        }
    }

    fn character(&self, value: &Value) -> Res<char> {
        match (payload(value), self.target) {
            (Value::Str(text), Target::Text) if text.n_chars() == 1 => {
                return text.char_at(0).ok_or_else(|| Fault::type_error("%c requires int or char"));
            }
            (Value::Bytes(bytes), Target::Bytes) if bytes.len() == 1 => return Ok(char::from(bytes[0])),
            (Value::Str(_), Target::Text) => return Err(Fault::type_error("%c requires int or char")),
            _ => {}
        }
        let code = match payload(value) {
            Value::Int(n) => *n,
            Value::Bool(b) => i64::from(*b),
            Value::BigInt(_) => -1,
            Value::Instance(_) if attr::find_special(value, "__index__")?.is_some() => {
                number::index_arg(value)?
            }
            _ if self.target == Target::Text => return Err(Fault::type_error("%c requires int or char")),
            _ => {
                return Err(Fault::type_error("%c requires an integer in range(256) or a single byte"));
            }
        };
        match self.target {
            Target::Text => char_of(code)?.ok_or_else(|| Fault::overflow("%c arg not in range(0x110000)")),
            Target::Bytes => {
                u8::try_from(code).map(char::from).map_err(|_| Fault::overflow("%c arg not in range(256)"))
            }
        }
    }

    fn real(&self, kind: char, value: &Value, flags: &Flags, out: &mut String) -> Res<()> {
        let x = match value {
            Value::Float(x) => *x,
            _ => number::real_arg(value).map_err(|fault| {
                if self.target == Target::Bytes && fault.is("TypeError") {
                    Fault::type_error(format!("float argument required, not {}", type_name(value)))
                } else {
                    fault
                }
            })?,
        };
        let precision = flags.precision.unwrap_or(6);
        if i32::try_from(precision).is_err() {
            return Err(Fault::value_error("precision too big"));
        }
        budget::check(precision, 1, "a float's text")?;
        let style = Style {
            notation: match kind.to_ascii_lowercase() {
                'e' => Notation::Exponent,
                'f' => Notation::Fixed,
                _ => Notation::General,
            },
            precision,
            alternate: flags.alternate,
            add_dot_0: false,
            no_negative_zero: false,
        };
        let mut text = render::float(x, style);
        if kind.is_uppercase() {
            text.make_ascii_uppercase();
        }
        let (negative, body) = text.strip_prefix('-').map_or((false, text.as_str()), |body| (true, body));
        pad_number(negative, "", body, flags, out)
    }
}

/// Can it be asked for keys: everything with items but text (and bytes, for bytes).
fn is_mapping(values: &Value, target: Target) -> bool {
    match payload(values) {
        Value::Str(_) => false,
        Value::Bytes(_) => target == Target::Text,
        Value::List(_) | Value::Dict(_) | Value::Range(_) => true,
        Value::Instance(_) | Value::Host(_) => {
            matches!(attr::find_special(values, "__getitem__"), Ok(Some(_)))
        }
        _ => false,
    }
}

fn digits<'t>(text: &'t str, too_big: &str) -> Res<(usize, &'t str)> {
    let n_digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (digits, rest) = text.split_at(n_digits);
    if digits.is_empty() {
        return Ok((0, rest));
    }
    match digits.parse::<usize>() {
        Ok(n) if isize::try_from(n).is_ok() => Ok((n, rest)),
        _ => Err(Fault::value_error(too_big)),
    }
}

fn cut(text: &str, precision: Option<usize>) -> &str {
    let end = precision.and_then(|n| text.char_indices().nth(n)).map_or(text.len(), |(at, _)| at);
    &text[..end]
}

fn pad_text(text: &str, flags: &Flags, out: &mut String) -> Res<()> {
    let fill = flags.width.saturating_sub(text.chars().count());
    budget::check(fill, 1, "a padded text")?;
    let left = if flags.left { 0 } else { fill };
    out.extend(std::iter::repeat_n(' ', left));
    out.push_str(text);
    out.extend(std::iter::repeat_n(' ', fill - left));
    Ok(())
}

fn pad_number(negative: bool, prefix: &str, body: &str, flags: &Flags, out: &mut String) -> Res<()> {
    let sign = match (negative, flags.plus, flags.space) {
        (true, ..) => "-",
        (false, true, _) => "+",
        (false, false, true) => " ",
        _ => "",
    };
    let fill = flags.width.saturating_sub(sign.len() + prefix.len() + body.len());
    budget::check(fill, 1, "a padded number")?;
    let (before, zeros, after) = match (flags.left, flags.zero) {
        (true, _) => (0, 0, fill),
        (false, true) => (0, fill, 0),
        (false, false) => (fill, 0, 0),
    };
    out.extend(std::iter::repeat_n(' ', before));
    out.push_str(sign);
    out.push_str(prefix);
    out.extend(std::iter::repeat_n('0', zeros));
    out.push_str(body);
    out.extend(std::iter::repeat_n(' ', after));
    Ok(())
}

fn integer(kind: char, value: &Value, flags: &Flags, out: &mut String) -> Res<()> {
    let wrong = || {
        let what = if matches!(kind, 'o' | 'x' | 'X') { "an integer" } else { "a real number" };
        Fault::type_error(format!("%{kind} format: {what} is required, not {}", type_name(value)))
    };
    let n = match payload(value) {
        Value::Int(_) | Value::BigInt(_) | Value::Bool(_) => number::ops_index(payload(value))?,
        Value::Instance(_) if matches!(kind, 'o' | 'x' | 'X') => match number::ops_index(value) {
            Err(fault) if fault.is("TypeError") => return Err(wrong()),
            other => other?,
        },
        Value::Float(_) if matches!(kind, 'd' | 'i' | 'u') => {
            number::construct_int(&Args::positional(std::slice::from_ref(payload(value))))?
        }
        Value::Instance(_) => match number::construct_int(&Args::positional(std::slice::from_ref(value))) {
            Err(fault) if fault.is("TypeError") => return Err(wrong()),
            other => other?,
        },
        _ => return Err(wrong()),
    };
    let (radix, prefix) = match kind {
        'o' => (8, "0o"),
        'x' => (16, "0x"),
        'X' => (16, "0X"),
        _ => (10, ""),
    };
    let (negative, mut digits) = match number::num(&n) {
        Some(n) => number::magnitude(n, radix)?,
        None => return Err(wrong()),
    };
    if kind == 'X' {
        digits.make_ascii_uppercase();
    }
    if let Some(precision) = flags.precision {
        let zeros = precision.saturating_sub(digits.len());
        if i32::try_from(precision).is_err() {
            return Err(Fault::overflow("precision too large"));
        }
        budget::check(zeros, 1, "an int's text")?;
        digits.insert_str(0, &"0".repeat(zeros));
    }
    pad_number(negative, if flags.alternate { prefix } else { "" }, &digits, flags, out)
}
