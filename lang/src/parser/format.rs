//! F-strings by the rules of Python 3.11: no backslash, comment or own quote within the braces.

use super::actions::Ctx;
use super::{format_value, strings};
use crate::ast::*;
use crate::diagnostic::Diagnostic;
use crate::span::Span;

const FORMAT: &str = "syntax/f-string";

/// The pieces of an f-string, whose text stands at `body`.
pub(crate) fn parts(ctx: &Ctx<'_>, body: Span, is_raw: bool) -> Vec<FormatPart> {
    let mut scan = Scan { ctx, bytes: ctx.source.as_bytes(), at: body.start, end: body.end, is_raw };
    let (parts, _) = scan.pieces(0);
    parts
}

struct Scan<'a, 's> {
    ctx: &'a Ctx<'s>,
    bytes: &'s [u8],
    at: u32,
    end: u32,
    is_raw: bool,
}

impl Scan<'_, '_> {
    fn peek(&self, ahead: u32) -> u8 {
        let at = self.at + ahead;
        if at < self.end { self.bytes.get(at as usize).copied().unwrap_or(0) } else { 0 }
    }

    fn error(&self, message: impl Into<String>, span: Span) {
        self.ctx.report(Diagnostic::error(FORMAT, message, span));
    }

    /// Text and values up to the end, or, in a specification, up to its `}`. False after an error.
    fn pieces(&mut self, level: u32) -> (Vec<FormatPart>, bool) {
        let mut out = Vec::new();
        loop {
            let text = self.literal(level);
            strings::push(&mut out, FormatPart::Text(text.into()));
            if self.at >= self.end || self.peek(0) == b'}' {
                return (out, true);
            }
            match self.value(level) {
                Some(value) => out.push(value),
                None => return (out, false),
            }
        }
    }

    /// Plain text up to a brace that means something.
    fn literal(&mut self, level: u32) -> String {
        let mut out = String::new();
        let mut start = self.at;
        while self.at < self.end {
            match self.peek(0) {
                b'\\' if !self.is_raw => {
                    if self.peek(1) == b'N' && self.peek(2) == b'{' {
                        while self.at < self.end && self.peek(0) != b'}' {
                            self.at += 1;
                        }
                        self.at = (self.at + 1).min(self.end);
                    } else if matches!(self.peek(1), b'{' | b'}') {
                        self.at += 1;
                    } else {
                        self.at = (self.at + 2).min(self.end);
                    }
                }
                brace @ (b'{' | b'}') => {
                    if level == 0 && self.peek(1) == brace {
                        // The first of the two is text.
                        out.push_str(&strings::text(self.ctx, Span::new(start, self.at + 1), self.is_raw));
                        self.at += 2;
                        start = self.at;
                    } else if level == 0 && brace == b'}' {
                        self.error("a single `}` in an f-string", Span::new(self.at, self.at + 1));
                        self.at = self.end;
                        return out;
                    } else {
                        break;
                    }
                }
                _ => self.at += 1,
            }
        }
        let span = Span::new(start, self.at);
        out.push_str(&strings::text(self.ctx, span, self.is_raw));
        out
    }

    /// `{value = !r : spec}`.
    fn value(&mut self, level: u32) -> Option<FormatPart> {
        let open = Span::new(self.at, self.at + 1);
        if level >= 2 {
            self.error("the values of this f-string nest too deeply", open);
            return None;
        }
        self.at += 1;
        let start = self.at;
        if !self.skip_expression(open) {
            return None;
        }
        let span = Span::new(start, self.at);
        if self.ctx.text(span).trim().is_empty() {
            self.error("nothing between the braces of an f-string", open.to(span));
            return None;
        }
        let value = format_value(self.ctx, span);
        let mut debug = None;
        if self.peek(0) == b'=' {
            self.at += 1;
            while matches!(self.peek(0), b' ' | b'\t' | b'\n' | b'\r' | b'\x0c') {
                self.at += 1;
            }
            debug = Some(strings::unix_lines(self.ctx.text(Span::new(start, self.at))).into());
        }
        let mut conversion = None;
        if self.peek(0) == b'!' {
            conversion = Some(self.conversion()?);
        }
        let mut spec = None;
        if self.peek(0) == b':' {
            self.at += 1;
            let (parts, fine) = self.pieces(level + 1);
            if !fine {
                return None;
            }
            spec = Some(parts);
        }
        if self.peek(0) != b'}' {
            self.error("expected `}` in an f-string", open);
            return None;
        }
        self.at += 1;
        if debug.is_some() && spec.is_none() && conversion.is_none() {
            conversion = Some(Conversion::Repr);
        }
        Some(FormatPart::Value { value, debug, conversion, spec })
    }

    fn conversion(&mut self) -> Option<Conversion> {
        let conversion = match self.peek(1) {
            b'r' => Conversion::Repr,
            b's' => Conversion::Str,
            b'a' => Conversion::Ascii,
            _ => {
                self.error("expected `r`, `s` or `a` after `!`", Span::new(self.at, self.at + 1));
                return None;
            }
        };
        self.at += 2;
        Some(conversion)
    }

    /// Steps to the `=`, `!`, `:` or `}` that ends an expression.
    fn skip_expression(&mut self, open: Span) -> bool {
        let mut quote: Option<(u8, u32)> = None;
        let mut nested: Vec<(u8, u32)> = Vec::new();
        while self.at < self.end {
            let byte = self.peek(0);
            let here = Span::new(self.at, self.at + 1);
            if byte == b'\\' {
                self.error("a backslash between the braces of an f-string", here);
                return false;
            }
            if let Some((q, width)) = quote {
                if byte == q && (width == 1 || (self.peek(1) == q && self.peek(2) == q)) {
                    self.at += width;
                    quote = None;
                } else {
                    self.at += 1;
                }
                continue;
            }
            match byte {
                b'"' | b'\'' => {
                    let width = if self.peek(1) == byte && self.peek(2) == byte { 3 } else { 1 };
                    quote = Some((byte, width));
                    self.at += width - 1;
                }
                b'(' | b'[' | b'{' => nested.push((byte, self.at)),
                b'#' => {
                    self.error("a comment between the braces of an f-string", here);
                    return false;
                }
                b'!' | b'=' | b'<' | b'>' if nested.is_empty() && self.peek(1) == b'=' => self.at += 1,
                b'!' | b'=' | b':' | b'}' if nested.is_empty() => return true,
                b')' | b']' | b'}' => {
                    let open = nested.pop().map(|(b, _)| b);
                    if !matches!((open, byte), (Some(b'('), b')') | (Some(b'['), b']') | (Some(b'{'), b'}')) {
                        self.error(format!("unmatched `{}` in an f-string", char::from(byte)), here);
                        return false;
                    }
                }
                _ => {}
            }
            self.at += 1;
        }
        match nested.last() {
            Some((byte, at)) => {
                self.error(format!("`{}` was never closed", char::from(*byte)), Span::new(*at, *at + 1))
            }
            None if quote.is_some() => self.error("the string in an f-string is never closed", open),
            None => self.error("expected `}` in an f-string", open),
        }
        false
    }
}
