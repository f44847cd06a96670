//! `str.format` and `str.format_map`.

use super::surrogate_refusal;
use crate::object::attr;
use crate::value::Args;
use crate::{Fault, Res, Str, Value, ops};

/// Where the fields of a template find their values.
struct Source<'a> {
    /// `None` for `format_map`, which has no positions.
    pos: Option<&'a [Value]>,
    kw: &'a [(Str, Value)],
    mapping: Option<&'a Value>,
    numbering: Numbering,
}

/// How fields without a name are numbered; the two ways do not mix.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Numbering {
    Unknown,
    Automatic(usize),
    Manual,
}

/// `template.format(*args, **kwargs)`.
pub fn format(template: &Str, args: Args<'_>) -> Res {
    let mut source =
        Source { pos: Some(args.pos), kw: args.kw, mapping: None, numbering: Numbering::Unknown };
    fill(template, &mut source, 2).map(Value::string)
}

/// `template.format_map(mapping)`.
pub fn format_map(template: &Str, mapping: &Value) -> Res {
    let mut source = Source { pos: None, kw: &[], mapping: Some(mapping), numbering: Numbering::Unknown };
    fill(template, &mut source, 2).map(Value::string)
}

/// A field, as it is written between braces.
struct Field<'a> {
    name: &'a str,
    conversion: Option<char>,
    spec: &'a str,
    nested: bool,
}

/// The text of a template; `depth` bounds templates in specifications.
fn fill(template: &str, source: &mut Source<'_>, depth: u32) -> Res<String> {
    if depth == 0 {
        return Err(Fault::value_error("Max string recursion exceeded"));
    }
    let mut out = String::with_capacity(template.len());
    let mut rest = template;
    while let Some(at) = rest.find(['{', '}']) {
        out.push_str(&rest[..at]);
        let brace = &rest[at..=at];
        rest = &rest[at + 1..];
        if rest.starts_with(brace) {
            out.push_str(brace);
            rest = &rest[1..];
            continue;
        }
        if brace == "}" {
            return Err(Fault::value_error("Single '}' encountered in format string"));
        }
        if rest.is_empty() {
            return Err(Fault::value_error("Single '{' encountered in format string"));
        }
        let field;
        (field, rest) = parse_field(rest)?;
        render(&field, source, depth, &mut out)?;
    }
    out.push_str(rest);
    Ok(out)
}

/// Reads a field behind its opening brace, and gives what follows the closing one.
fn parse_field(text: &str) -> Res<(Field<'_>, &str)> {
    let mut chars = text.char_indices();
    let mut stop = None;
    while let Some((at, c)) = chars.next() {
        match c {
            '{' => return Err(Fault::value_error("unexpected '{' in field name")),
            '[' => {
                // Up to, and without, the closing bracket: it is read as part of the name.
                while chars.clone().next().is_some_and(|(_, c)| c != ']') {
                    chars.next();
                }
            }
            '}' | ':' | '!' => {
                stop = Some((at, c));
                break;
            }
            _ => {}
        }
    }
    let Some((end, c)) = stop else { return Err(Fault::value_error("expected '}' before end of string")) };
    let (name, mut rest) = (&text[..end], &text[end + 1..]);
    let mut field = Field { name, conversion: None, spec: "", nested: false };
    if c == '}' {
        return Ok((field, rest));
    }
    if c == '!' {
        let mut after = rest.chars();
        field.conversion = after.next();
        if field.conversion.is_none() {
            return Err(Fault::value_error("end of string while looking for conversion specifier"));
        }
        let next = after.next();
        rest = after.as_str();
        match next {
            Some('}') => return Ok((field, rest)),
            Some(':') | None => {}
            Some(_) => return Err(Fault::value_error("expected ':' after conversion specifier")),
        }
    }
    let mut open = 1;
    for (at, c) in rest.char_indices() {
        match c {
            '{' => {
                field.nested = true;
                open += 1;
            }
            '}' => {
                open -= 1;
                if open == 0 {
                    field.spec = &rest[..at];
                    return Ok((field, &rest[at + 1..]));
                }
            }
            _ => {}
        }
    }
    Err(Fault::value_error("unmatched '{' in format spec"))
}

fn render(field: &Field<'_>, source: &mut Source<'_>, depth: u32, out: &mut String) -> Res<()> {
    let mut value = look_up(field.name, source)?;
    value = match field.conversion {
        None => value,
        Some('r') => Value::string(ops::repr(&value)?),
        Some('s') => Value::Str(ops::to_str(&value)?),
        Some('a') => Value::string(ops::ascii(&value)?),
        Some(c) => {
            return Err(Fault::value_error(if c > ' ' && c < '\u{7f}' {
                format!("Unknown conversion specifier {c}")
            } else {
                format!("Unknown conversion specifier \\x{:x}", u32::from(c))
            }));
        }
    };
    let expanded;
    let spec = if field.nested {
        expanded = fill(field.spec, source, depth - 1)?;
        &expanded
    } else {
        field.spec
    };
    match (&value, spec) {
        (Value::Str(text), "") => out.push_str(text),
        _ => out.push_str(&ops::format(&value, spec)?),
    }
    Ok(())
}

/// A number in a field name; `None` where it is no number.
fn index(text: &str) -> Res<Option<usize>> {
    if text.is_empty() {
        return Ok(None);
    }
    let mut n: usize = 0;
    for c in text.chars() {
        let Some(digit) = super::decimal_value(c) else { return Ok(None) };
        n = n
            .checked_mul(10)
            .and_then(|n| n.checked_add(digit as usize))
            .filter(|n| *n <= isize::MAX.unsigned_abs())
            .ok_or_else(|| Fault::value_error("Too many decimal digits in format string"))?;
    }
    Ok(Some(n))
}

fn look_up(name: &str, source: &mut Source<'_>) -> Res {
    let end = name.find(['.', '[']).unwrap_or(name.len());
    let (first, mut rest) = name.split_at(end);
    let mut value = match position(first, source)? {
        Some(idx) => match source.pos {
            None => return Err(Fault::value_error("Format string contains positional fields")),
            Some(args) => args.get(idx).cloned().ok_or_else(|| {
                Fault::index_error(format!("Replacement index {idx} out of range for positional args tuple"))
            })?,
        },
        None => match source.mapping {
            Some(mapping) => ops::getitem(mapping, &Value::str(first))?,
            None => source
                .kw
                .iter()
                .find(|(key, _)| key.as_str() == first)
                .map(|(_, value)| value.clone())
                .ok_or_else(|| Fault::key_error(Value::str(first)))?,
        },
    };
    while let Some(c) = rest.chars().next() {
        rest = &rest[c.len_utf8()..];
        match c {
            '.' => {
                let end = rest.find(['.', '[']).unwrap_or(rest.len());
                let (attribute, after) = rest.split_at(end);
                check_part(attribute)?;
                value = attr::get(&value, attribute)?;
                rest = after;
            }
            '[' => {
                let Some(end) = rest.find(']') else {
                    return Err(Fault::value_error("Missing ']' in format string"));
                };
                let key = &rest[..end];
                let idx = index(key)?;
                check_part(key)?;
                value = ops::getitem(&value, &idx.map_or_else(|| Value::str(key), Value::usize))?;
                rest = &rest[end + 1..];
            }
            _ => {
                return Err(Fault::value_error("Only '.' or '[' may follow ']' in format field specifier"));
            }
        }
    }
    Ok(value)
}

fn check_part(part: &str) -> Res<()> {
    if part.is_empty() { Err(Fault::value_error("Empty attribute in format string")) } else { Ok(()) }
}

/// The position that the first part of a field name stands for; `None` for a key.
fn position(first: &str, source: &mut Source<'_>) -> Res<Option<usize>> {
    let given = index(first)?;
    if given.is_none() && !first.is_empty() {
        return Ok(None);
    }
    match (source.numbering, given) {
        (Numbering::Automatic(_), Some(_)) => Err(Fault::value_error(
            "cannot switch from automatic field numbering to manual field specification",
        )),
        (Numbering::Manual, None) => Err(Fault::value_error(
            "cannot switch from manual field specification to automatic field numbering",
        )),
        (_, Some(idx)) => {
            source.numbering = Numbering::Manual;
            Ok(Some(idx))
        }
        (numbering, None) => {
            let next = if let Numbering::Automatic(next) = numbering { next } else { 0 };
            source.numbering = Numbering::Automatic(next + 1);
            Ok(Some(next))
        }
    }
}

/// The character of a code, for `%c` and the like.
pub fn char_of(code: i64) -> Res<Option<char>> {
    match u32::try_from(code) {
        Ok(code) if code < 0x11_0000 => char::from_u32(code).map(Some).ok_or_else(surrogate_refusal),
        _ => Ok(None),
    }
}
