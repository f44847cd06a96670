//! `string`: the two readers of format strings that `string.Formatter` is made of; the module is written in Afar
//! (`string.afr`).

use afar_runtime::iter::{Iter, Iterate};
use afar_runtime::{Args, Builtin, Fault, Res, Value, ops, text};

/// The part of the module that is written in Afar.
pub const SOURCE: &str = include_str!("string.afr");

/// What the module holds natively.
pub const NAMES: &[&str] = &["_formatter_field_name_split", "_formatter_parser", "_put_over"];

static BUILTINS: &[Builtin] = &[
    Builtin { name: "_formatter_field_name_split", owner: "string", call: split_name },
    Builtin { name: "_formatter_parser", owner: "string", call: parser },
    Builtin { name: "_put_over", owner: "string", call: put_over },
];

/// A name of the module.
pub fn lookup(name: &str) -> Option<Value> {
    BUILTINS.iter().find(|b| b.name == name).map(Value::Builtin)
}

/// `_put_over(class, name, value)`: an attribute of a class that has just been made.
fn put_over(args: &Args<'_>) -> Res {
    args.count("put_over", 3, 3)?;
    match (&args.pos[0], text::str_of(&args.pos[1])) {
        (Value::Class(class), Some(name)) => {
            class.put_over(std::iter::once((name.clone(), args.pos[2].clone())).collect());
            Ok(Value::None)
        }
        _ => Err(Fault::type_error("an attribute of a class is needed")),
    }
}

fn text_arg(args: &Args<'_>) -> Res<String> {
    args.count("formatter_parser", 1, 1)?;
    match text::str_of(&args.pos[0]) {
        Some(text) => Ok(text.as_str().to_owned()),
        None => Err(Fault::type_error(format!("expected str, got {}", ops::type_name(&args.pos[0])))),
    }
}

fn wrong<T>(message: &str) -> Res<T> {
    Err(Fault::value_error(message))
}

/// `formatter_parser(text)`: tuples of literal text, field name, specification and conversion.
fn parser(args: &Args<'_>) -> Res {
    Ok(Iter::value(Parser { text: text_arg(args)?, at: 0 }))
}

struct Parser {
    text: String,
    at: usize,
}

impl Iterate for Parser {
    fn next(&mut self) -> Res<Option<Value>> {
        let rest = &self.text[self.at..];
        if rest.is_empty() {
            return Ok(None);
        }
        let literal = |text: &str| {
            Ok(Some(Value::tuple(vec![Value::str(text), Value::None, Value::None, Value::None])))
        };
        let Some(at) = rest.find(['{', '}']) else {
            self.at = self.text.len();
            return literal(&self.text[self.text.len() - rest.len()..]);
        };
        let (brace, behind) = (&rest[at..=at], &rest[at + 1..]);
        if behind.starts_with(brace) {
            let whole = rest[..=at].to_owned();
            self.at += at + 2;
            return literal(&whole);
        }
        if brace == "}" {
            return wrong("Single '}' encountered in format string");
        }
        if behind.is_empty() {
            return wrong("Single '{' encountered in format string");
        }
        let (name, conversion, spec, n) = field(behind)?;
        let item = vec![
            Value::str(&rest[..at]),
            Value::str(name),
            Value::str(spec),
            conversion.map_or(Value::None, |c| Value::string(c.to_string())),
        ];
        self.at += at + 1 + n;
        Ok(Some(Value::tuple(item)))
    }

    fn type_name(&self) -> &'static str {
        "formatteriterator"
    }
}

/// The name, conversion and specification of a field behind its brace, and its length with the closing one.
fn field(text: &str) -> Res<(&str, Option<char>, &str, usize)> {
    let mut in_brackets = false;
    let mut stop = None;
    for (at, c) in text.char_indices() {
        match c {
            ']' => in_brackets = false,
            _ if in_brackets => {}
            '{' => return wrong("unexpected '{' in field name"),
            '[' => in_brackets = true,
            '}' | ':' | '!' => {
                stop = Some((at, c));
                break;
            }
            _ => {}
        }
    }
    let Some((end, c)) = stop else { return wrong("expected '}' before end of string") };
    let (name, mut at) = (&text[..end], end + 1);
    let mut conversion = None;
    if c == '}' {
        return Ok((name, None, "", at));
    }
    if c == '!' {
        let mut chars = text[at..].chars();
        let Some(found) = chars.next() else {
            return wrong("end of string while looking for conversion specifier");
        };
        conversion = Some(found);
        let next = chars.next();
        at = text.len() - chars.as_str().len();
        match next {
            Some('}') => return Ok((name, conversion, "", at)),
            Some(':') | None => {}
            Some(_) => return wrong("expected ':' after conversion specifier"),
        }
    }
    let mut open = 1;
    for (i, c) in text[at..].char_indices() {
        match c {
            '{' => open += 1,
            '}' => open -= 1,
            _ => {}
        }
        if open == 0 {
            return Ok((name, conversion, &text[at..at + i], at + i + 1));
        }
    }
    wrong("unmatched '{' in format spec")
}

/// A number, or the text itself.
fn index(text: &str) -> Res {
    let mut n: i64 = 0;
    for c in text.chars() {
        let Some(digit) = text::decimal_value(c) else { return Ok(Value::str(text)) };
        n = n
            .checked_mul(10)
            .and_then(|n| n.checked_add(i64::from(digit)))
            .ok_or_else(|| Fault::value_error("Too many decimal digits in format string"))?;
    }
    Ok(if text.is_empty() { Value::str(text) } else { Value::Int(n) })
}

/// `formatter_field_name_split(name)`: the first part, and the others with what they are.
fn split_name(args: &Args<'_>) -> Res {
    let name = text_arg(args)?;
    let end = name.find(['.', '[']).unwrap_or(name.len());
    let first = index(&name[..end])?;
    Ok(Value::tuple(vec![first, Iter::value(Parts { text: name, at: end })]))
}

struct Parts {
    text: String,
    at: usize,
}

impl Iterate for Parts {
    fn next(&mut self) -> Res<Option<Value>> {
        let rest = &self.text[self.at..];
        let Some(c) = rest.chars().next() else { return Ok(None) };
        let inner = &rest[c.len_utf8()..];
        let (part, n) = match c {
            '.' => {
                let end = inner.find(['.', '[']).unwrap_or(inner.len());
                (Value::str(&inner[..end]), end)
            }
            '[' => {
                let Some(end) = inner.find(']') else { return wrong("Missing ']' in format string") };
                (index(&inner[..end])?, end + 1)
            }
            _ => return wrong("Only '.' or '[' may follow ']' in format field specifier"),
        };
        if part.as_str() == Some("") {
            return wrong("Empty attribute in format string");
        }
        self.at += 1 + n;
        Ok(Some(Value::tuple(vec![Value::Bool(c == '.'), part])))
    }

    fn type_name(&self) -> &'static str {
        "fieldnameiterator"
    }
}
