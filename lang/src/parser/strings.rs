//! String literals: prefixes, escapes, and the joining of adjacent ones.

use super::actions::Ctx;
use super::format;
use crate::ast::*;
use crate::diagnostic::Diagnostic;
use crate::span::Span;
use crate::token::offset;
use std::sync::Arc;

/// A string literal taken apart.
struct Part {
    is_raw: bool,
    is_bytes: bool,
    is_format: bool,
    /// What stands between the quotes.
    body: Span,
}

fn part(ctx: &Ctx<'_>, span: Span) -> Part {
    let text = ctx.text(span);
    let quote_at = text.find(['"', '\'']).unwrap_or(0);
    let prefix = text[..quote_at].to_ascii_lowercase();
    let quotes = &text[quote_at..];
    let width =
        if quotes.len() >= 6 && (quotes.starts_with("\"\"\"") || quotes.starts_with("'''")) { 3 } else { 1 };
    let start = span.start + offset(quote_at) + width;
    Part {
        is_raw: prefix.contains('r'),
        is_bytes: prefix.contains('b'),
        is_format: prefix.contains('f'),
        body: Span::new(start, span.end.saturating_sub(width).max(start)),
    }
}

/// The value of adjacent string literals.
pub(crate) fn literal(ctx: &Ctx<'_>, spans: &[Span]) -> Expr {
    let (Some(first), Some(last)) = (spans.first(), spans.last()) else { return ctx.error_expr(0, 0) };
    let (l, r) = (first.start, last.end);
    let parts: Vec<Part> = spans.iter().map(|s| part(ctx, *s)).collect();
    let n_bytes = parts.iter().filter(|p| p.is_bytes).count();
    if n_bytes > 0 && n_bytes < parts.len() {
        let error = Diagnostic::error("syntax/string", "bytes and text beside one another", Span::new(l, r));
        ctx.report(error.help("join two of a kind"));
        return ctx.error_expr(l, r);
    }
    if n_bytes > 0 {
        let bytes: Vec<u8> = parts.iter().flat_map(|p| bytes(ctx, p.body, p.is_raw)).collect();
        return ctx.expr(l, r, ExprKind::Constant(Constant::Bytes(bytes.into())));
    }
    if !parts.iter().any(|p| p.is_format) {
        let text: String = parts.iter().map(|p| text(ctx, p.body, p.is_raw)).collect();
        return ctx.expr(l, r, ExprKind::Constant(Constant::Str(text.into())));
    }
    let mut out: Vec<FormatPart> = Vec::new();
    for p in &parts {
        if p.is_format {
            for piece in format::parts(ctx, p.body, p.is_raw) {
                push(&mut out, piece);
            }
        } else {
            push(&mut out, FormatPart::Text(text(ctx, p.body, p.is_raw).into()));
        }
    }
    ctx.expr(l, r, ExprKind::Format(out))
}

/// Adds a piece, joining text to text.
pub(crate) fn push(out: &mut Vec<FormatPart>, piece: FormatPart) {
    match (out.last_mut(), piece) {
        (_, FormatPart::Text(new)) if new.is_empty() => {}
        (Some(FormatPart::Text(old)), FormatPart::Text(new)) => *old = Arc::from(format!("{old}{new}")),
        (_, piece) => out.push(piece),
    }
}

/// Line ends as Python reads them.
pub(crate) fn unix_lines(text: &str) -> String {
    if text.contains('\r') { text.replace("\r\n", "\n").replace('\r', "\n") } else { text.to_owned() }
}

/// The text that a piece of a literal stands for.
pub(crate) fn text(ctx: &Ctx<'_>, body: Span, is_raw: bool) -> String {
    let source = ctx.text(body);
    if is_raw || !source.contains('\\') {
        return unix_lines(source);
    }
    let mut out = String::with_capacity(source.len());
    let mut rest = source;
    while let Some(at) = rest.find('\\') {
        out.push_str(&unix_lines(&rest[..at]));
        let escape = &rest[at..];
        let start = body.start + offset(source.len() - escape.len());
        let used = one_escape(ctx, escape, start, &mut out);
        rest = &escape[used..];
    }
    out.push_str(&unix_lines(rest));
    out
}

/// Undoes the escape that `text` begins with; gives its length.
fn one_escape(ctx: &Ctx<'_>, text: &str, start: u32, out: &mut String) -> usize {
    let Some(c) = text[1..].chars().next() else {
        out.push('\\');
        return 1;
    };
    match c {
        '\r' if text[2..].starts_with('\n') => 3,
        '\n' | '\r' => 2,
        'N' => named(ctx, text, start, out),
        'x' => numbered(ctx, text, 2, start, out),
        'u' => numbered(ctx, text, 4, start, out),
        'U' => numbered(ctx, text, 8, start, out),
        '0'..='7' => {
            let (value, length) = octal(&text[1..]);
            out.push(char::from_u32(value).unwrap_or('\u{fffd}'));
            1 + length
        }
        _ => {
            match simple(c) {
                Some(value) => out.push(value),
                None => {
                    out.push('\\');
                    out.push(c);
                }
            }
            1 + c.len_utf8()
        }
    }
}

fn simple(c: char) -> Option<char> {
    Some(match c {
        '\\' | '\'' | '"' => c,
        'a' => '\x07',
        'b' => '\x08',
        'f' => '\x0c',
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        'v' => '\x0b',
        _ => return None,
    })
}

fn octal(text: &str) -> (u32, usize) {
    let digits: String = text.chars().take(3).take_while(|c| ('0'..='7').contains(c)).collect();
    (u32::from_str_radix(&digits, 8).unwrap_or(0), digits.len())
}

fn escape_error(ctx: &Ctx<'_>, message: impl Into<String>, start: u32, length: usize) {
    ctx.report(Diagnostic::error("syntax/string", message, Span::new(start, start + offset(length))));
}

fn numbered(ctx: &Ctx<'_>, text: &str, width: usize, start: u32, out: &mut String) -> usize {
    let digits: String = text[2..].chars().take(width).take_while(char::is_ascii_hexdigit).collect();
    let used = 2 + digits.len();
    if digits.len() < width {
        escape_error(ctx, format!("this escape needs {width} hexadecimal digits"), start, used);
        return used;
    }
    let value = u32::from_str_radix(&digits, 16).unwrap_or(0);
    match char::from_u32(value) {
        Some(c) => out.push(c),
        None if (0xd800..0xe000).contains(&value) => {
            let end = start + offset(used);
            ctx.report(
                Diagnostic::error(
                    "syntax/lone-surrogate",
                    "half of a surrogate pair is no character",
                    Span::new(start, end),
                )
                .help("write the character itself, as `\\U0001F600`"),
            );
        }
        None => escape_error(ctx, "no such character", start, used),
    }
    used
}

fn named(ctx: &Ctx<'_>, text: &str, start: u32, out: &mut String) -> usize {
    let name = text[2..].strip_prefix('{').and_then(|rest| rest.split_once('}')).map(|(name, _)| name);
    let Some(name) = name else {
        escape_error(ctx, "a character's name stands in braces: `\\N{BULLET}`", start, 2);
        return 2;
    };
    let used = name.len() + 4;
    match unicode_names2::character(name) {
        Some(c) => out.push(c),
        None => escape_error(ctx, format!("no character is named `{name}`"), start, used),
    }
    used
}

fn bytes(ctx: &Ctx<'_>, body: Span, is_raw: bool) -> Vec<u8> {
    let source = ctx.text(body);
    if let Some((at, c)) = source.char_indices().find(|(_, c)| !c.is_ascii()) {
        escape_error(ctx, "bytes hold ASCII characters only", body.start + offset(at), c.len_utf8());
        return Vec::new();
    }
    if is_raw {
        return unix_lines(source).into_bytes();
    }
    let mut out = Vec::with_capacity(source.len());
    let mut rest = source;
    while let Some(at) = rest.find('\\') {
        out.extend_from_slice(unix_lines(&rest[..at]).as_bytes());
        let escape = &rest[at..];
        let start = body.start + offset(source.len() - escape.len());
        let used = byte_escape(ctx, escape, start, &mut out);
        rest = &escape[used..];
    }
    out.extend_from_slice(unix_lines(rest).as_bytes());
    out
}

fn byte_escape(ctx: &Ctx<'_>, text: &str, start: u32, out: &mut Vec<u8>) -> usize {
    match text.as_bytes().get(1) {
        None => {
            out.push(b'\\');
            1
        }
        Some(b'\r') if text[2..].starts_with('\n') => 3,
        Some(b'\n' | b'\r') => 2,
        Some(b'x') => {
            let value = text.get(2..4).and_then(|digits| u8::from_str_radix(digits, 16).ok());
            let Some(value) = value.filter(|_| text.as_bytes()[2] != b'+') else {
                escape_error(ctx, "this escape needs 2 hexadecimal digits", start, 2);
                return 2;
            };
            out.push(value);
            4
        }
        Some(b'0'..=b'7') => {
            let (value, length) = octal(&text[1..]);
            out.push((value & 0xff) as u8);
            1 + length
        }
        Some(byte) => {
            match simple(char::from(*byte)).and_then(|c| u8::try_from(c).ok()) {
                Some(value) => out.push(value),
                None => out.extend_from_slice(&[b'\\', *byte]),
            }
            2
        }
    }
}
