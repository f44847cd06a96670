//! Replacement templates: `\1`, `\g<name>`, escapes; and the text that is put together from them.

use super::groups::{MAX_GROUPS, number_of};
use super::matcher::Found;
use super::parse::simple_escape;
use super::pattern::{Pattern, Subject, chars_of};
use super::raise;
use super::source::{Source, Token};
use super::tree::{Parsed, Wrong};
use afar_runtime::object::call;
use afar_runtime::{Args, Fault, Res, Value, ops, text};

enum Part {
    Literal(String),
    Group(usize),
}

/// A replacement template.
pub struct Template {
    parts: Vec<Part>,
    is_text: bool,
}

/// Text or bytes that are put together; remembers what does not fit, for the message.
pub struct Output {
    bytes: Vec<u8>,
    is_text: bool,
    /// All items, once one does not fit.
    n_items: usize,
    wrong: Option<(usize, Value)>,
}

impl Output {
    /// An empty one.
    pub fn new(is_text: bool) -> Self {
        Self { bytes: Vec::new(), is_text, n_items: 0, wrong: None }
    }

    /// Adds a part of the subject.
    pub fn part(&mut self, subject: &Subject, start: usize, end: usize) {
        self.value(&subject.slice(start, end));
    }

    /// Adds an item.
    pub fn value(&mut self, value: &Value) {
        let fits = match (self.is_text, text::str_of(value), text::bytes_of(value)) {
            (true, Some(text), _) => Some(text.as_bytes()),
            (false, _, Some(bytes)) => Some(bytes),
            _ => None,
        };
        match fits {
            Some(bytes) => self.bytes.extend_from_slice(bytes),
            None if self.wrong.is_none() => self.wrong = Some((self.n_items, value.clone())),
            None => {}
        }
        self.n_items += 1;
    }

    /// The whole; the fault of `"".join` where an item is of another type.
    pub fn finish(self) -> Res {
        if let Some((idx, value)) = self.wrong {
            let wanted = if self.is_text { "str instance" } else { "a bytes-like object" };
            return Err(Fault::type_error(format!(
                "sequence item {idx}: expected {wanted}, {} found",
                ops::type_name(&value)
            )));
        }
        if !self.is_text {
            return Ok(Value::bytes(self.bytes));
        }
        match String::from_utf8(self.bytes) {
            Ok(text) => Ok(Value::string(text)),
            Err(_) => unreachable!("it is put together from text"),
        }
    }
}

impl Template {
    /// Adds what a match gives.
    pub fn expand(&self, subject: &Subject, found: &Found, out: &mut Output) -> Res<()> {
        let mut own = Output::new(out.is_text);
        for part in &self.parts {
            match part {
                Part::Group(group) => match found.group(*group) {
                    Some((start, end)) => own.part(subject, start, end),
                    None => own.n_items += 1,
                },
                Part::Literal(text) if self.is_text => own.value(&Value::str(text)),
                Part::Literal(text) => {
                    own.value(&Value::bytes(text.chars().map(|c| c as u8).collect::<Vec<u8>>()));
                }
            }
        }
        out.value(&own.finish()?);
        Ok(())
    }
}

/// Reads a template.
pub fn parse(pattern: &Pattern, template: &Value) -> Res<Template> {
    let Some((chars, is_text)) = chars_of(template) else {
        ops::hash(template)?;
        return Err(Fault::type_error(format!(
            "decoding to str: need a bytes-like object, {} found",
            ops::type_name(template)
        )));
    };
    let mut reader = Reader { parts: Vec::new(), literal: String::new(), pattern };
    reader.read(chars, is_text).map_err(|wrong| match wrong {
        Wrong::Pattern(message, at) => raise(&message, template, at),
        Wrong::Other(fault) => fault,
    })?;
    Ok(Template { parts: reader.parts, is_text })
}

struct Reader<'a> {
    parts: Vec<Part>,
    literal: String,
    pattern: &'a Pattern,
}

impl Reader<'_> {
    fn flush(&mut self) {
        if !self.literal.is_empty() {
            self.parts.push(Part::Literal(std::mem::take(&mut self.literal)));
        }
    }

    fn group(&mut self, source: &Source, group: usize, offset: usize) -> Parsed<()> {
        if group > self.pattern.n_groups() {
            return Err(source.error(format!("invalid group reference {group}"), offset));
        }
        self.flush();
        self.parts.push(Part::Group(group));
        Ok(())
    }

    fn code(&mut self, code: u32) {
        self.literal.push(char::from_u32(code).unwrap_or('\0'));
    }

    fn read(&mut self, chars: Vec<char>, is_text: bool) -> Parsed<()> {
        let mut source = Source::new(chars, is_text)?;
        while let Some(token) = source.get()? {
            match token {
                Token::Char(c) => self.literal.push(c),
                Token::Escape('g') => self.named(&mut source)?,
                Token::Escape('0') => {
                    let digits = source.get_while(2, |c| c.is_digit(8))?;
                    self.code(u32::from_str_radix(&format!("0{digits}"), 8).unwrap_or(0) & 0xff);
                }
                Token::Escape(c) if c.is_ascii_digit() => self.numbered(&mut source, c)?,
                Token::Escape(c) => match simple_escape(c) {
                    Some(code) => self.code(code),
                    None if c.is_ascii_alphabetic() => {
                        return Err(source.error(format!("bad escape \\{c}"), 2));
                    }
                    None => {
                        self.literal.push('\\');
                        self.literal.push(c);
                    }
                },
            }
        }
        self.flush();
        Ok(())
    }

    fn named(&mut self, source: &mut Source) -> Parsed<()> {
        if !source.take('<')? {
            return Err(source.error("missing <", 0));
        }
        let name = source.get_until('>', "group name")?;
        let offset = name.chars().count() + 1;
        let group = if text::is_identifier(&name) {
            match self.pattern.names.iter().find(|(n, _)| n.as_str() == name) {
                Some((_, group)) => *group,
                None => {
                    let message = format!("unknown group name {}", text::repr_str(&name));
                    return Err(Wrong::Other(Fault::index_error(message)));
                }
            }
        } else {
            let Some(group) = number_of(&name)? else {
                let message = format!("bad character in group name {}", text::repr_str(&name));
                return Err(source.error(message, offset));
            };
            if group >= MAX_GROUPS {
                return Err(source.error(format!("invalid group reference {}", name.trim()), offset));
            }
            group
        };
        self.group(source, group, offset)
    }

    fn numbered(&mut self, source: &mut Source, c: char) -> Parsed<()> {
        let mut digits = c.to_string();
        if let Some(second) = source.next_if(|c| c.is_ascii_digit()) {
            source.get()?;
            digits.push(second);
            if c.is_digit(8)
                && second.is_digit(8)
                && let Some(third) = source.next_if(|c| c.is_digit(8))
            {
                source.get()?;
                digits.push(third);
                let code = u32::from_str_radix(&digits, 8).unwrap_or(u32::MAX);
                if code > 0o377 {
                    let message = format!("octal escape value \\{digits} outside of range 0-0o377");
                    return Err(source.error(message, digits.len() + 1));
                }
                self.code(code);
                return Ok(());
            }
        }
        let group = digits.parse().unwrap_or(usize::MAX);
        self.group(source, group, digits.len())
    }
}

/// `re.escape(pattern)`.
pub fn escape(args: &Args<'_>) -> Res {
    let [pattern] = crate::native::bind_python(args, "escape", ["pattern"], 1)?;
    let pattern = pattern.unwrap_or(&Value::None);
    let is_special = |c: char| "()[]{}?*+-|^$\\.&~# \t\n\r\x0b\x0c".contains(c);
    let mut out = String::new();
    let Some((chars, is_text)) = chars_of(pattern) else {
        return call::call(
            &Value::Class(afar_runtime::object::class::builtin("str")),
            &Args::positional(&[pattern.clone(), Value::str("latin1")]),
        );
    };
    for c in chars {
        if is_special(c) {
            out.push('\\');
        }
        out.push(c);
    }
    Ok(if is_text {
        Value::string(out)
    } else {
        Value::bytes(out.chars().map(|c| c as u8).collect::<Vec<u8>>())
    })
}
