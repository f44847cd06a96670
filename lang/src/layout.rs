//! Raw tokens into logical lines: indentation, joining within brackets, soft keywords and `remotely` blocks.
//!
//! Every logical line ends in a `Newline`; blocks stand between `Indent` and `Dedent`. What is wrong with the layout is
//! reported here, the line is marked, and the parser skips it: so one mistake hides no other.

mod chars;
mod lines;
#[cfg(test)]
mod tests;

use crate::diagnostic::Diagnostic;
use crate::span::Span;
use crate::token::{self, Kind, Token};

/// Beyond this, brackets, prefix operators and the like nest too deeply.
pub(crate) const MAX_DEPTH: usize = 20_000;
/// A chain of binary operators, attributes or calls may be as long as this.
pub(crate) const MAX_CHAIN: usize = 250_000;
/// CPython's bound on the levels of indentation.
const MAX_INDENTS: usize = 100;

/// The tokens of a text, by lines.
#[derive(Debug, Default)]
pub(crate) struct Layout {
    pub tokens: Vec<Token>,
    pub lines: Vec<Line>,
    pub errors: Vec<Diagnostic>,
    /// How many of the errors are only that the text ends too early.
    pub ends_early: usize,
}

/// A logical line: `tokens[start..end]`, with its `Newline`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Line {
    pub start: usize,
    pub end: usize,
    /// An error in it was reported; it is not to be parsed.
    pub is_wrong: bool,
    /// It begins a statement, or goes on with one, of the module itself.
    pub is_top: bool,
}

/// What the line before says about the indentation of the next.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Expect {
    Same,
    /// A deeper line is no error of its own.
    Maybe,
    /// Only a deeper line is right: the header's first token.
    Block(Token),
}

#[derive(Clone, Copy, Debug)]
struct Level {
    column: u32,
    /// The column, were a tab one wide: where the two disagree, tabs and blanks are mixed.
    alt_column: u32,
    /// It has an `Indent`; an unexpected one has none.
    is_real: bool,
}

struct OpenBlock {
    opener: Span,
    /// The number of levels around it.
    depth: usize,
}

/// Lays out a text. Never fails.
pub(crate) fn layout(source: &str) -> Layout {
    let start = if source.starts_with('\u{feff}') { 3 } else { 0 };
    let mut state = State {
        source,
        out: Layout::default(),
        levels: vec![Level { column: 0, alt_column: 0, is_real: true }],
        blocks: Vec::new(),
        matches: Vec::new(),
        expect: Expect::Same,
        line: Vec::new(),
        brackets: Vec::new(),
        line_start: start,
        joined_at: None,
        is_wrong: false,
    };
    state.run(start);
    state.out
}

/// The tokens of an expression within an f-string: no lines, no blocks.
pub(crate) fn expression(source: &str, span: Span) -> Vec<Token> {
    token::raw(source, span.start, span.end)
        .filter(|t| !matches!(t.kind, Kind::Line | Kind::Join | Kind::Comment))
        .collect()
}

/// What is wrong with the tokens of such an expression, before any grammar.
pub(crate) fn expression_error(source: &str, tokens: &[Token]) -> Option<Diagnostic> {
    if let Some(span) = lines::too_deep_at(tokens) {
        return Some(too_deep(span));
    }
    let text = |span: Span| source.get(span.start as usize..span.end as usize).unwrap_or("");
    let bad = tokens.iter().find(|t| matches!(t.kind, Kind::Bad | Kind::Backslash | Kind::UnterminatedStr));
    if let Some(bad) = bad {
        let message = format!("invalid character `{}`", text(bad.span));
        return Some(Diagnostic::error("syntax/invalid-token", message, bad.span));
    }
    let alone = tokens.iter().find_map(|t| chars::wrong(*t, text(t.span)));
    alone.or_else(|| tokens.windows(2).find_map(|pair| chars::glued(pair[0], pair[1], &text)))
}

struct State<'s> {
    source: &'s str,
    out: Layout,
    levels: Vec<Level>,
    blocks: Vec<OpenBlock>,
    /// The numbers of levels at which a line may begin with `case`.
    matches: Vec<usize>,
    expect: Expect,
    /// The tokens of the line so far.
    line: Vec<Token>,
    brackets: Vec<Token>,
    /// Where the physical line of the first token begins.
    line_start: u32,
    /// Where a `\\` ends the blanks before the first token.
    joined_at: Option<u32>,
    is_wrong: bool,
}

impl State<'_> {
    fn text(&self, span: Span) -> &str {
        self.source.get(span.start as usize..span.end as usize).unwrap_or("")
    }

    fn error(&mut self, error: Diagnostic) {
        self.out.errors.push(error);
        self.is_wrong = true;
    }

    fn ends_early(&mut self, error: Diagnostic) {
        self.out.ends_early += 1;
        self.error(error);
    }

    fn run(&mut self, start: u32) {
        let end = token::offset(self.source.len());
        let mut at_line_start = true;
        for t in token::raw(self.source, start, end) {
            match t.kind {
                Kind::Comment => {
                    let error = chars::null(t, self.text(t.span));
                    error.into_iter().for_each(|error| self.error(error));
                }
                Kind::Join => {
                    if t.span.end == end {
                        self.after_backslash(t.span);
                    }
                    if self.line.is_empty() && self.joined_at.is_none() {
                        // A line is indented as its first part is, unless that begins in the first column.
                        if self.columns(t.span.start).0 > 0 {
                            self.joined_at = Some(t.span.start);
                        } else {
                            self.line_start = t.span.end;
                        }
                    }
                }
                Kind::Line => {
                    if self.brackets.is_empty() {
                        self.finish_line();
                    }
                    at_line_start = true;
                    if self.line.is_empty() {
                        self.line_start = t.span.end;
                        self.joined_at = None;
                    }
                }
                _ => {
                    if at_line_start && begins_statement(t.kind) && !self.brackets.is_empty() {
                        self.never_closed(false);
                        self.finish_line();
                        self.line_start = self.start_of_line(t.span.start);
                    }
                    at_line_start = false;
                    self.token(t, end);
                }
            }
        }
        if !self.brackets.is_empty() {
            self.never_closed(true);
        }
        self.finish_line();
        self.finish(end);
    }

    fn start_of_line(&self, at: u32) -> u32 {
        let before = self.text(Span::new(0, at));
        token::offset(before.rfind(['\n', '\r']).map_or(0, |i| i + 1))
    }

    fn after_backslash(&mut self, span: Span) {
        self.ends_early(
            Diagnostic::error("syntax/unexpected-end", "the text ends after a `\\`", span)
                .label("this joins the next line, and there is none"),
        );
    }

    fn token(&mut self, t: Token, end: u32) {
        match t.kind {
            Kind::LParen | Kind::LBracket | Kind::LBrace => {
                self.brackets.push(t);
            }
            Kind::RParen | Kind::RBracket | Kind::RBrace => self.close(t),
            Kind::Bad => self.bad_character(t.span),
            Kind::Backslash if t.span.end == end => self.after_backslash(t.span),
            Kind::Backslash => self.error(
                Diagnostic::error("syntax/invalid-token", "unexpected character after `\\`", t.span)
                    .label("a `\\` joins two lines and is the last character of the first"),
            ),
            Kind::UnterminatedStr => self.unterminated(t.span, end),
            _ => {}
        }
        let alone = chars::wrong(t, self.text(t.span));
        let last = self.line.last().copied();
        let glued = last.and_then(|last| chars::glued(last, t, &|span| self.text(span)));
        alone.into_iter().chain(glued).for_each(|error| self.error(error));
        if !matches!(t.kind, Kind::Bad | Kind::Backslash) {
            self.line.push(t);
        }
    }

    fn close(&mut self, t: Token) {
        let text = self.text(t.span).to_owned();
        let Some(open) = self.brackets.last().copied() else {
            return self.error(
                Diagnostic::error("syntax/unmatched-bracket", format!("unmatched `{text}`"), t.span)
                    .label("this closes nothing"),
            );
        };
        if closes(open.kind, t.kind) {
            self.brackets.pop();
            return;
        }
        let open_text = self.text(open.span).to_owned();
        self.error(
            Diagnostic::error(
                "syntax/unmatched-bracket",
                format!("closing `{text}` does not match opening `{open_text}`"),
                t.span,
            )
            .also(open.span, "opened here"),
        );
        if self.brackets.iter().any(|b| closes(b.kind, t.kind)) {
            while self.brackets.pop().is_some_and(|b| !closes(b.kind, t.kind)) {}
        } else {
            self.brackets.pop();
        }
    }

    fn never_closed(&mut self, at_end: bool) {
        let open = self.brackets.last().copied();
        self.brackets.clear();
        let Some(open) = open else { return };
        let text = self.text(open.span).to_owned();
        let error =
            Diagnostic::error("syntax/unclosed-bracket", format!("`{text}` was never closed"), open.span);
        if at_end { self.ends_early(error) } else { self.error(error) }
    }

    fn bad_character(&mut self, span: Span) {
        let text = self.text(span);
        let message = match text.chars().next() {
            Some(c) if c.is_control() => format!("invalid non-printable character U+{:04X}", u32::from(c)),
            _ => format!("invalid character `{text}`"),
        };
        self.error(
            Diagnostic::error("syntax/invalid-token", message, span).label("no token begins with this"),
        );
    }

    fn unterminated(&mut self, span: Span, end: u32) {
        let text = self.text(span);
        let quote_at = text.find(['"', '\'']).unwrap_or(0);
        let is_triple = text[quote_at..].starts_with("\"\"\"") || text[quote_at..].starts_with("'''");
        let width = quote_at + if is_triple { 3 } else { 1 };
        let is_joined = text.ends_with("\\\n") || text.ends_with('\\');
        let opening = Span::new(span.start, span.start + token::offset(width));
        let quote = text.get(quote_at..width).unwrap_or("\"").to_owned();
        let error = Diagnostic::error("syntax/unterminated-string", "the string is never closed", opening)
            .help(format!("close it with {quote}"));
        if span.end == end && (is_triple || is_joined) { self.ends_early(error) } else { self.error(error) }
    }
}

fn closes(open: Kind, close: Kind) -> bool {
    matches!(
        (open, close),
        (Kind::LParen, Kind::RParen) | (Kind::LBracket, Kind::RBracket) | (Kind::LBrace, Kind::RBrace)
    )
}

/// Keywords that cannot stand within brackets: there, a bracket was forgotten.
fn begins_statement(kind: Kind) -> bool {
    use Kind::*;
    matches!(
        kind,
        Assert
            | Break
            | Class
            | Continue
            | Def
            | Del
            | Elif
            | Except
            | Finally
            | Global
            | Import
            | Nonlocal
            | Pass
            | Raise
            | Return
            | Try
            | While
            | With
    )
}

fn too_deep(span: Span) -> Diagnostic {
    Diagnostic::error("syntax/too-deep", "this nests too deeply", span)
        .help(format!("no more than {MAX_DEPTH} levels can stand in one another: give a part a name"))
}
