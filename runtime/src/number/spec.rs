//! The format mini-language: parsing a specification, padding, grouping.

use crate::{Fault, Res, budget};

/// A parsed specification.
#[derive(Clone, Copy, Debug)]
pub struct Spec {
    /// The character that pads.
    pub fill: char,
    /// `<`, `>`, `^`, `=`.
    pub align: char,
    /// `#`.
    pub alternate: bool,
    /// `z`.
    pub no_negative_zero: bool,
    /// `+`, `-`, a space, if given.
    pub sign: Option<char>,
    /// The least width.
    pub width: usize,
    /// `,` or `_`.
    pub grouping: Option<char>,
    /// Behind the point.
    pub precision: Option<usize>,
    /// The presentation type, if given.
    pub kind: Option<char>,
}

fn is_align(c: char) -> bool {
    matches!(c, '<' | '>' | '=' | '^')
}

/// Parses a specification; `align` is the type's default, `type_name` is for messages.
pub fn parse(text: &str, align: char, default_kind: char, type_name: &str) -> Res<Spec> {
    let mut spec = Spec {
        fill: ' ',
        align,
        alternate: false,
        no_negative_zero: false,
        sign: None,
        width: 0,
        grouping: None,
        precision: None,
        kind: None,
    };
    let mut rest = text.chars();
    let (mut fill_given, mut align_given) = (false, false);
    let mut ahead = rest.clone();
    match (ahead.next(), ahead.next()) {
        (Some(fill), Some(align)) if is_align(align) => {
            spec.fill = fill;
            spec.align = align;
            (fill_given, align_given) = (true, true);
            rest = ahead;
        }
        (Some(align), _) if is_align(align) => {
            spec.align = align;
            align_given = true;
            rest.next();
        }
        _ => {}
    }
    if let Some(sign @ (' ' | '+' | '-')) = peek(&rest) {
        spec.sign = Some(sign);
        rest.next();
    }
    spec.no_negative_zero = take(&mut rest, 'z');
    spec.alternate = take(&mut rest, '#');
    if !fill_given && take(&mut rest, '0') {
        spec.fill = '0';
        if !align_given && align == '>' {
            spec.align = '=';
        }
    }
    spec.width = integer(&mut rest)?.unwrap_or(0);
    if take(&mut rest, ',') {
        spec.grouping = Some(',');
    }
    if take(&mut rest, '_') {
        if spec.grouping.is_some() {
            return Err(both_groupings());
        }
        spec.grouping = Some('_');
    }
    if spec.grouping == Some('_') && peek(&rest) == Some(',') {
        return Err(both_groupings());
    }
    if take(&mut rest, '.') {
        let precision = integer(&mut rest)?;
        spec.precision =
            Some(precision.ok_or_else(|| Fault::value_error("Format specifier missing precision"))?);
    }
    spec.kind = rest.next();
    if rest.next().is_some() {
        return Err(Fault::value_error(format!(
            "Invalid format specifier '{text}' for object of type '{type_name}'"
        )));
    }
    check_grouping(&spec, default_kind)?;
    Ok(spec)
}

fn check_grouping(spec: &Spec, default_kind: char) -> Res<()> {
    let Some(grouping) = spec.grouping else { return Ok(()) };
    let kind = spec.kind.unwrap_or(default_kind);
    match kind {
        'd' | 'e' | 'f' | 'g' | 'E' | 'G' | '%' | 'F' | '\0' => Ok(()),
        'b' | 'o' | 'x' | 'X' if grouping == '_' => Ok(()),
        _ => Err(Fault::value_error(match printable(kind) {
            Some(kind) => format!("Cannot specify '{grouping}' with '{kind}'."),
            None => format!("Cannot specify '{grouping}' with '\\x{:x}'.", u32::from(kind)),
        })),
    }
}

fn printable(kind: char) -> Option<char> {
    (kind > ' ' && kind < '\u{80}').then_some(kind)
}

fn both_groupings() -> Fault {
    Fault::value_error("Cannot specify both ',' and '_'.")
}

fn peek(rest: &std::str::Chars<'_>) -> Option<char> {
    rest.clone().next()
}

fn take(rest: &mut std::str::Chars<'_>, c: char) -> bool {
    let found = peek(rest) == Some(c);
    if found {
        rest.next();
    }
    found
}

fn integer(rest: &mut std::str::Chars<'_>) -> Res<Option<usize>> {
    let mut value: Option<usize> = None;
    while let Some(digit) = peek(rest).and_then(crate::text::decimal_value) {
        rest.next();
        let next = value
            .unwrap_or(0)
            .checked_mul(10)
            .and_then(|n| n.checked_add(digit as usize))
            .filter(|n| *n <= isize::MAX.unsigned_abs())
            .ok_or_else(|| Fault::value_error("Too many decimal digits in format string"))?;
        value = Some(next);
    }
    Ok(value)
}

/// The error of a presentation type that the type does not have.
pub fn unknown_kind(kind: char, type_name: &str) -> Fault {
    Fault::value_error(match printable(kind) {
        Some(kind) => format!("Unknown format code '{kind}' for object of type '{type_name}'"),
        None => format!("Unknown format code '\\x{:x}' for object of type '{type_name}'", u32::from(kind)),
    })
}

/// Pads text that has no sign apart.
pub fn pad(body: String, n_chars: usize, spec: &Spec) -> Res<String> {
    if n_chars >= spec.width {
        return Ok(body);
    }
    budget::check(spec.width, 1, "a padded text")?;
    let total = spec.width - n_chars;
    let left = match spec.align {
        '<' => 0,
        '^' => total / 2,
        _ => total,
    };
    let mut out = String::with_capacity(body.len() + total * spec.fill.len_utf8());
    out.extend(std::iter::repeat_n(spec.fill, left));
    out.push_str(&body);
    out.extend(std::iter::repeat_n(spec.fill, total - left));
    Ok(out)
}

/// A number in its parts, to be laid out: the digits before the point are grouped.
pub struct Parts<'a> {
    /// `-`, `+`, a space, or nothing.
    pub sign: &'a str,
    /// `0x` and the like.
    pub prefix: &'a str,
    /// The digits before the point.
    pub digits: &'a str,
    /// The rest: point, decimals, exponent, `%`; or `inf`.
    pub rest: &'a str,
    /// Every how many digits the grouping character stands.
    pub group: usize,
}

/// Lays a number out in the width, with sign, prefix, grouping and padding.
pub fn lay_out(parts: &Parts<'_>, spec: &Spec) -> Res<String> {
    budget::check(spec.width, 1, "a padded number")?;
    let around = parts.sign.len() + parts.prefix.len() + parts.rest.len();
    let inside = spec.align == '=';
    let min_digits = if spec.fill == '0' && inside { spec.width.saturating_sub(around) } else { 0 };
    let grouped = match spec.grouping {
        Some(separator) => group(parts.digits, parts.group, separator, min_digits),
        None => {
            let zeros =
                if parts.digits.is_empty() { 0 } else { min_digits.saturating_sub(parts.digits.len()) };
            format!("{}{}", "0".repeat(zeros), parts.digits)
        }
    };
    let len = around + grouped.len();
    if !inside {
        let body = [parts.sign, parts.prefix, &grouped, parts.rest].concat();
        return pad(body, len, spec);
    }
    let mut out = String::with_capacity(spec.width.max(len));
    out.push_str(parts.sign);
    out.push_str(parts.prefix);
    out.extend(std::iter::repeat_n(spec.fill, spec.width.saturating_sub(len)));
    out.push_str(&grouped);
    out.push_str(parts.rest);
    Ok(out)
}

/// Groups digits from the right; zeros fill up to at least `min_width`, separators included. No digits stay none.
fn group(digits: &str, size: usize, separator: char, min_width: usize) -> String {
    if digits.is_empty() {
        return String::new();
    }
    let mut reversed = Vec::with_capacity(digits.len() * 4 / 3 + min_width);
    let mut n_digits = 0;
    let mut left = digits.bytes().rev();
    loop {
        let next = left.next();
        if next.is_none() && reversed.len() >= min_width {
            break;
        }
        if n_digits > 0 && n_digits % size == 0 {
            reversed.push(separator as u8);
        }
        reversed.push(next.unwrap_or(b'0'));
        n_digits += 1;
    }
    reversed.reverse();
    String::from_utf8(reversed).unwrap_or_default()
}
