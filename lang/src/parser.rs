//! The one door to the parser: text in, a tree and what is wrong with the text out.
//!
//! The text is parsed one statement of the module at a time. Where that fails, the line at fault is reported and left out,
//! and the statement is parsed again: so one mistake hides no other, and a good text is parsed once.

pub(crate) mod actions;
mod arguments;
mod format;
mod mangle;
mod numbers;
mod patterns;
mod strings;
mod syntax;
mod targets;
#[cfg(test)]
mod tests;

use crate::ast::{Expr, ExprKind, Module, Stmt, StmtKind};
use crate::diagnostic::Diagnostic;
use crate::grammar::{ChunkParser, FormatValueParser};
use crate::layout::{self, Layout, Line};
use crate::span::Span;
use crate::token::{Kind, Token};
use actions::Ctx;
use lalrpop_util::ParseError;
use std::cell::Cell;

/// How often a statement is parsed again without a line that is wrong.
const MAX_ATTEMPTS: usize = 40;

/// What `parse` gives.
#[derive(Debug, Default)]
pub struct Parsed {
    /// The tree, with `Error` nodes where the text was wrong.
    pub tree: Module,
    /// What is wrong with the text, in its order.
    pub errors: Vec<Diagnostic>,
    /// All that is wrong is that the text ends too early: in a session, more may follow.
    pub incomplete: bool,
}

/// Parses a text. Never fails, never panics, reads nothing else.
pub fn parse(source: &str) -> Parsed {
    parse_as(source, if source.starts_with(SEALED) { Privacy::Hidden } else { Privacy::Shown })
}

/// A module of the library begins so whose classes show nothing of how they are made, as CPython's in C: the attributes `_x` of
/// its instances and classes have names that no program can write. It is a comment, with a character that no program has there.
pub const SEALED: &str = "#\u{1}";

/// Who can name the attributes `_x`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Privacy {
    /// Everybody.
    Shown,
    /// The module itself.
    Hidden,
}

fn parse_as(source: &str, privacy: Privacy) -> Parsed {
    if u32::try_from(source.len()).is_err() {
        let error = Diagnostic::error("syntax/too-deep", "a text of more than 4 GB", Span::default());
        return Parsed { errors: vec![error], ..Parsed::default() };
    }
    let laid_out = layout::layout(source);
    let ctx = Ctx::new(source, mangle::class_bodies(source, &laid_out.tokens), privacy);
    let mut body = Vec::new();
    let mut early = laid_out.ends_early;
    let mut first = 0;
    while first < laid_out.lines.len() {
        let end = chunk_end(&laid_out, first);
        early += parse_chunk(&ctx, &laid_out, first, end, &mut body);
        first = end;
    }
    let mut errors = laid_out.errors;
    errors.append(&mut ctx.errors.borrow_mut());
    errors.sort_by_key(|e| (e.primary.start, e.primary.end));
    errors.dedup();
    let incomplete = !errors.is_empty() && errors.len() <= early;
    Parsed { tree: Module { body, ..Module::default() }, errors, incomplete }
}

/// The line after the statement of the module that begins at line `first`.
fn chunk_end(laid_out: &Layout, first: usize) -> usize {
    let kind = |i: usize| laid_out.tokens.get(laid_out.lines[i].start).map(|t| t.kind);
    let goes_on = |i: usize| matches!(kind(i), Some(Kind::Else | Kind::Elif | Kind::Except | Kind::Finally));
    let mut end = first + 1;
    while end < laid_out.lines.len() {
        let line = laid_out.lines[end];
        if line.is_top && !goes_on(end) && kind(end - 1) != Some(Kind::At) {
            break;
        }
        end += 1;
    }
    end
}

/// Parses `lines[first..end]` into `body`; gives the number of errors that are only that the text ends.
fn parse_chunk(ctx: &Ctx<'_>, laid_out: &Layout, first: usize, end: usize, body: &mut Vec<Stmt>) -> usize {
    let mut lines: Vec<Line> = laid_out.lines[first..end].to_vec();
    let tokens_end = laid_out.lines.get(end).map_or(laid_out.tokens.len(), |l| l.start);
    let kept = ctx.errors.borrow().len();
    let mut found = Vec::new();
    let mut early = 0;
    for _ in 0..MAX_ATTEMPTS {
        let input = chunk_tokens(laid_out, &lines, tokens_end);
        let pulled = Cell::new(0_usize);
        let stream = input.iter().map(|(_, t)| {
            pulled.set(pulled.get() + 1);
            Ok((t.span.start, t.kind, t.span.end))
        });
        let error = match ChunkParser::new().parse(ctx, stream) {
            Ok(statements) => {
                body.extend(statements);
                ctx.errors.borrow_mut().append(&mut found);
                return early;
            }
            Err(error) => error,
        };
        ctx.errors.borrow_mut().truncate(kept);
        let (at, expected) = place(error, pulled.get(), input.len());
        let tokens: Vec<Token> = input.iter().map(|(_, t)| *t).collect();
        let failure = syntax::Failure { source: ctx.source, tokens: &tokens, at, expected: &expected };
        let at_end = end == laid_out.lines.len() && failure.is_at_end();
        let blamed = failure.blamed().and_then(|i| input.get(i)).map(|(line, _)| *line);
        found.push(failure.explain());
        if at_end {
            early += 1;
        }
        match blamed.and_then(|b| lines.iter_mut().find(|l| l.start == b)) {
            Some(line) if !line.is_wrong => line.is_wrong = true,
            _ => break,
        }
    }
    ctx.errors.borrow_mut().append(&mut found);
    let span = laid_out.tokens.get(lines[0].start).map_or(Span::default(), |t| t.span);
    let expr = ctx.error_expr(span.start, span.end);
    body.push(Stmt { span, kind: StmtKind::Expr(expr) });
    early
}

/// The tokens of some lines, each with the start of its line; a line that is wrong is one token.
fn chunk_tokens(laid_out: &Layout, lines: &[Line], end: usize) -> Vec<(usize, Token)> {
    let mut out = Vec::with_capacity(end.saturating_sub(lines[0].start));
    for (i, line) in lines.iter().enumerate() {
        let tokens = &laid_out.tokens[line.start..line.end];
        if line.is_wrong {
            let at = tokens.first().map_or(Span::default(), |t| t.span);
            let has_block = laid_out.tokens.get(line.end).is_some_and(|t| t.kind == Kind::Indent);
            let kind = if has_block { Kind::WrongHeader } else { Kind::Wrong };
            out.push((line.start, Token { kind, span: at }));
            out.extend(tokens.last().map(|t| (line.start, *t)));
        } else {
            out.extend(tokens.iter().map(|t| (line.start, *t)));
        }
        let next = lines.get(i + 1).map_or(end, |l| l.start);
        out.extend(laid_out.tokens[line.end..next].iter().map(|t| (line.start, *t)));
    }
    out
}

/// Which token the parser stumbled over, and what it would have taken instead.
fn place(error: ParseError<u32, Kind, ()>, pulled: usize, count: usize) -> (usize, Vec<String>) {
    match error {
        ParseError::UnrecognizedToken { expected, .. } => (pulled.saturating_sub(1), expected),
        ParseError::UnrecognizedEof { expected, .. } => (count, expected),
        ParseError::InvalidToken { .. } | ParseError::ExtraToken { .. } | ParseError::User { .. } => {
            (pulled.saturating_sub(1), Vec::new())
        }
    }
}

/// Parses what stands between the braces of an f-string.
pub(crate) fn format_value(ctx: &Ctx<'_>, span: Span) -> Expr {
    let tokens = layout::expression(ctx.source, span);
    if let Some(error) = layout::expression_error(ctx.source, &tokens) {
        ctx.report(error);
        return ctx.error_expr(span.start, span.end);
    }
    let pulled = Cell::new(0_usize);
    let stream = tokens.iter().map(|t| {
        pulled.set(pulled.get() + 1);
        Ok((t.span.start, t.kind, t.span.end))
    });
    let kept = ctx.errors.borrow().len();
    match FormatValueParser::new().parse(ctx, stream) {
        Ok(Expr { kind: ExprKind::Starred(value), span, .. }) => {
            ctx.report(Diagnostic::error("syntax/starred", "a starred expression cannot stand here", span));
            *value
        }
        Ok(value) => value,
        Err(error) => {
            ctx.errors.borrow_mut().truncate(kept);
            let (at, expected) = place(error, pulled.get(), tokens.len());
            let failure = syntax::Failure { source: ctx.source, tokens: &tokens, at, expected: &expected };
            ctx.report(failure.explain());
            ctx.error_expr(span.start, span.end)
        }
    }
}
