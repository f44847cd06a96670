//! What is wrong with a token by its characters alone, wherever it stands: in a line, or between the braces of an f-string.

use crate::diagnostic::Diagnostic;
use crate::span::Span;
use crate::token::{self, Kind, Token};

/// Characters of names that are newer than Unicode 14, whose tables CPython 3.11 has: first and last, in order.
const NEWER: [(u32, u32); 103] = [
    (0x558, 0x558),
    (0x58b, 0x58c),
    (0x5c8, 0x5c9),
    (0x88f, 0x88f),
    (0x897, 0x897),
    (0xb53, 0xb54),
    (0xc5c, 0xc5c),
    (0xcdc, 0xcdc),
    (0xcf3, 0xcf3),
    (0xece, 0xece),
    (0x1acf, 0x1af0),
    (0x1c89, 0x1c8a),
    (0x200c, 0x200d),
    (0x208f, 0x208f),
    (0x209d, 0x209f),
    (0x30fb, 0x30fb),
    (0xa7cb, 0xa7cf),
    (0xa7d2, 0xa7d2),
    (0xa7d4, 0xa7d4),
    (0xa7da, 0xa7dd),
    (0xa7e2, 0xa7e2),
    (0xa7f1, 0xa7f1),
    (0xab6c, 0xab6d),
    (0xff65, 0xff65),
    (0x105c0, 0x105f3),
    (0x107bb, 0x107bf),
    (0x10940, 0x10959),
    (0x10d40, 0x10d65),
    (0x10d69, 0x10d6d),
    (0x10d6f, 0x10d85),
    (0x10ec2, 0x10ec7),
    (0x10ecb, 0x10ecf),
    (0x10ed9, 0x10eee),
    (0x10ef0, 0x10eff),
    (0x1123f, 0x11241),
    (0x11380, 0x11389),
    (0x1138b, 0x1138b),
    (0x1138e, 0x1138e),
    (0x11390, 0x113b5),
    (0x113b7, 0x113c0),
    (0x113c2, 0x113c2),
    (0x113c5, 0x113c5),
    (0x113c7, 0x113ca),
    (0x113cc, 0x113d3),
    (0x113e1, 0x113e2),
    (0x116d0, 0x116e3),
    (0x11b0a, 0x11b0a),
    (0x11b60, 0x11b67),
    (0x11bc0, 0x11be0),
    (0x11bf0, 0x11bf9),
    (0x11db0, 0x11ddb),
    (0x11de0, 0x11de9),
    (0x11df0, 0x11df1),
    (0x11f00, 0x11f10),
    (0x11f12, 0x11f3a),
    (0x11f3e, 0x11f42),
    (0x11f50, 0x11f5a),
    (0x1246f, 0x1246f),
    (0x12475, 0x1247f),
    (0x12550, 0x12686),
    (0x1342f, 0x1342f),
    (0x13440, 0x13455),
    (0x13460, 0x143fa),
    (0x16100, 0x16139),
    (0x16d40, 0x16d6c),
    (0x16d70, 0x16d79),
    (0x16ea0, 0x16eb8),
    (0x16ebb, 0x16ed3),
    (0x16ff2, 0x16ff6),
    (0x187f8, 0x187ff),
    (0x18cd6, 0x18cda),
    (0x18cff, 0x18cff),
    (0x18d09, 0x18d20),
    (0x18d80, 0x18df2),
    (0x18e00, 0x19191),
    (0x191a0, 0x191d2),
    (0x1b123, 0x1b128),
    (0x1b132, 0x1b132),
    (0x1b155, 0x1b155),
    (0x1b168, 0x1b168),
    (0x1ccf0, 0x1ccf9),
    (0x1d127, 0x1d128),
    (0x1d250, 0x1d252),
    (0x1d25b, 0x1d25c),
    (0x1d25f, 0x1d25f),
    (0x1d280, 0x1d281),
    (0x1d6a6, 0x1d6a6),
    (0x1df1f, 0x1df81),
    (0x1df90, 0x1df96),
    (0x1dfcd, 0x1dfff),
    (0x1e030, 0x1e06d),
    (0x1e08f, 0x1e08f),
    (0x1e4d0, 0x1e4f9),
    (0x1e5d0, 0x1e5fa),
    (0x1e6c0, 0x1e6de),
    (0x1e6e0, 0x1e6f5),
    (0x1e6fe, 0x1e6ff),
    (0x2b739, 0x2b73f),
    (0x2b81e, 0x2b81e),
    (0x2cea2, 0x2cead),
    (0x2ebf0, 0x2ee5d),
    (0x31350, 0x33479),
    (0x3d000, 0x3fc3f),
];

/// What is wrong with a token by itself.
pub(super) fn wrong(t: Token, text: &str) -> Option<Diagnostic> {
    match t.kind {
        Kind::Name => name(t.span, text),
        Kind::Int if text.starts_with('0') => zeros(t.span, text),
        Kind::Str => null(t, text),
        _ => None,
    }
}

/// A null byte, which CPython refuses even in strings and comments.
pub(super) fn null(t: Token, text: &str) -> Option<Diagnostic> {
    let start = t.span.start + token::offset(text.find('\0')?);
    let message = "the text contains a null byte";
    Some(
        Diagnostic::error("syntax/invalid-token", message, Span::new(start, start + 1))
            .help("write `\\0` in a string"),
    )
}

fn is_newer(c: char) -> bool {
    let at = NEWER.partition_point(|(_, last)| *last < u32::from(c));
    NEWER.get(at).is_some_and(|(first, _)| *first <= u32::from(c))
}

fn name(span: Span, text: &str) -> Option<Diagnostic> {
    if text.is_ascii() {
        return None;
    }
    let (i, c) = text.char_indices().find(|(i, c)| {
        let fits = if *i == 0 { unicode_ident::is_xid_start(*c) } else { unicode_ident::is_xid_continue(*c) };
        (!fits || is_newer(*c)) && *c != '_'
    })?;
    let start = span.start + token::offset(i);
    let span = Span::new(start, start + token::offset(c.len_utf8()));
    let code = u32::from(c);
    let message = if c.is_control() || c.is_whitespace() {
        format!("invalid non-printable character U+{code:04X}")
    } else {
        format!("invalid character `{c}` (U+{code:04X})")
    };
    Some(Diagnostic::error("syntax/invalid-token", message, span))
}

fn zeros(span: Span, text: &str) -> Option<Diagnostic> {
    let is_decimal = text.bytes().all(|b| b.is_ascii_digit() || b == b'_');
    if !is_decimal || text.bytes().all(|b| !b.is_ascii_digit() || b == b'0') {
        return None;
    }
    let octal = text.trim_start_matches(['0', '_']);
    Some(
        Diagnostic::error("syntax/invalid-number", "leading zeros in a decimal number", span)
            .help(format!("write `{octal}`, or `0o{octal}` for an octal number")),
    )
}

/// A number with a letter or another number glued to it.
pub(super) fn glued<'s>(last: Token, t: Token, text: &dyn Fn(Span) -> &'s str) -> Option<Diagnostic> {
    if last.span.end != t.span.start || !matches!(last.kind, Kind::Int | Kind::Float | Kind::Imaginary) {
        return None;
    }
    let number = text(last.span);
    let bad = match t.kind {
        Kind::Name | Kind::Int | Kind::Float | Kind::Imaginary => true,
        Kind::And | Kind::Else | Kind::For | Kind::If | Kind::In | Kind::Is | Kind::Or | Kind::Not => false,
        kind => kind >= Kind::False && kind <= Kind::Yield,
    };
    if !bad {
        return None;
    }
    let next = text(t.span);
    let base = match number.get(..2).map(str::to_ascii_lowercase).as_deref() {
        Some("0x") => "hexadecimal",
        Some("0o") => "octal",
        Some("0b") => "binary",
        _ if number == "0" && next.starts_with(['x', 'X']) => "hexadecimal",
        _ if number == "0" && next.starts_with(['o', 'O']) => "octal",
        _ if number == "0" && next.starts_with(['b', 'B']) => "binary",
        _ => "decimal",
    };
    let span = last.span.to(t.span);
    Some(Diagnostic::error("syntax/invalid-number", format!("invalid {base} number"), span))
}
