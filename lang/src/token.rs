//! Text into raw tokens. Lines, indentation and blocks are `layout`'s business.

use crate::span::Span;
use logos::{Lexer, Logos};
use std::collections::BTreeSet;

/// What a token is. Those without a pattern are made by the layout.
#[derive(Logos, Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[logos(skip r"[ \t\x0c]+")]
#[expect(missing_docs, reason = "a token's name says what it is")]
pub enum Kind {
    #[regex(r"[A-Za-z_\u{80}-\u{10FFFF}][A-Za-z0-9_\u{80}-\u{10FFFF}]*")]
    Name,
    #[regex(r"0[xX](_?[0-9a-fA-F])+")]
    #[regex(r"0[oO](_?[0-7])+")]
    #[regex(r"0[bB](_?[01])+")]
    #[regex(r"[0-9](_?[0-9])*")]
    Int,
    #[regex(r"[0-9](_?[0-9])*\.([0-9](_?[0-9])*)?([eE][+-]?[0-9](_?[0-9])*)?")]
    #[regex(r"\.[0-9](_?[0-9])*([eE][+-]?[0-9](_?[0-9])*)?")]
    #[regex(r"[0-9](_?[0-9])*[eE][+-]?[0-9](_?[0-9])*")]
    Float,
    #[regex(r"[0-9](_?[0-9])*[jJ]")]
    #[regex(r"[0-9](_?[0-9])*\.([0-9](_?[0-9])*)?([eE][+-]?[0-9](_?[0-9])*)?[jJ]")]
    #[regex(r"\.[0-9](_?[0-9])*([eE][+-]?[0-9](_?[0-9])*)?[jJ]")]
    #[regex(r"[0-9](_?[0-9])*[eE][+-]?[0-9](_?[0-9])*[jJ]")]
    Imaginary,
    #[regex(r#"([rR]|[uU]|[bB]|[fF]|[bB][rR]|[rR][bB]|[fF][rR]|[rR][fF])?("|'|"""|''')"#, scan_string)]
    Str,
    /// A string that the line, or the text, ends before its quote.
    UnterminatedStr,
    #[regex(r"#[^\r\n]*", allow_greedy = true)]
    Comment,
    #[regex(r"\r\n|\n|\r")]
    Line,
    #[regex(r"\\(\r\n|\n|\r)")]
    Join,
    #[token("\\")]
    Backslash,
    /// A character that begins no token.
    Bad,

    #[token("False")]
    False,
    #[token("None")]
    None,
    #[token("True")]
    True,
    #[token("and")]
    And,
    #[token("as")]
    As,
    #[token("assert")]
    Assert,
    #[token("async")]
    Async,
    #[token("await")]
    Await,
    #[token("break")]
    Break,
    #[token("class")]
    Class,
    #[token("continue")]
    Continue,
    #[token("def")]
    Def,
    #[token("del")]
    Del,
    #[token("elif")]
    Elif,
    #[token("else")]
    Else,
    #[token("except")]
    Except,
    #[token("finally")]
    Finally,
    #[token("for")]
    For,
    #[token("from")]
    From,
    #[token("global")]
    Global,
    #[token("if")]
    If,
    #[token("import")]
    Import,
    #[token("in")]
    In,
    #[token("is")]
    Is,
    #[token("lambda")]
    Lambda,
    #[token("nonlocal")]
    Nonlocal,
    #[token("not")]
    Not,
    #[token("or")]
    Or,
    #[token("pass")]
    Pass,
    #[token("raise")]
    Raise,
    #[token("return")]
    Return,
    #[token("try")]
    Try,
    #[token("while")]
    While,
    #[token("with")]
    With,
    #[token("yield")]
    Yield,

    #[token("+")]
    Plus,
    #[token("-")]
    Minus,
    #[token("*")]
    Star,
    #[token("**")]
    DoubleStar,
    #[token("/")]
    Slash,
    #[token("//")]
    DoubleSlash,
    #[token("%")]
    Percent,
    #[token("@")]
    At,
    #[token("<<")]
    LShift,
    #[token(">>")]
    RShift,
    #[token("&")]
    Amper,
    #[token("|")]
    Bar,
    #[token("^")]
    Caret,
    #[token("~")]
    Tilde,
    #[token(":=")]
    Walrus,
    #[token("<")]
    Less,
    #[token(">")]
    Greater,
    #[token("<=")]
    LessEq,
    #[token(">=")]
    GreaterEq,
    #[token("==")]
    EqEq,
    #[token("!=")]
    NotEq,
    #[token("(")]
    LParen,
    #[token(")")]
    RParen,
    #[token("[")]
    LBracket,
    #[token("]")]
    RBracket,
    #[token("{")]
    LBrace,
    #[token("}")]
    RBrace,
    #[token(",")]
    Comma,
    #[token(":")]
    Colon,
    #[token(".")]
    Dot,
    #[token("...")]
    Ellipsis,
    #[token(";")]
    Semicolon,
    #[token("=")]
    Equal,
    #[token("->")]
    Arrow,
    #[token("+=")]
    PlusEq,
    #[token("-=")]
    MinusEq,
    #[token("*=")]
    StarEq,
    #[token("/=")]
    SlashEq,
    #[token("//=")]
    DoubleSlashEq,
    #[token("%=")]
    PercentEq,
    #[token("@=")]
    AtEq,
    #[token("&=")]
    AmperEq,
    #[token("|=")]
    BarEq,
    #[token("^=")]
    CaretEq,
    #[token(">>=")]
    RShiftEq,
    #[token("<<=")]
    LShiftEq,
    #[token("**=")]
    DoubleStarEq,

    /// The end of a logical line.
    Newline,
    Indent,
    Dedent,
    /// `match` and `case` where they begin a statement.
    Match,
    Case,
    /// `remotely` where it begins a block.
    Remotely,
    /// The `<` of a block over several lines.
    BlockOpen,
    /// The `<` of a block on one line.
    InlineOpen,
    /// The `>` of a block.
    BlockClose,
    /// The `(` of `with (a as b, c): ...`.
    WithParen,
    /// A logical line that is already known to be wrong.
    Wrong,
    /// As `Wrong`, where an indented block follows.
    WrongHeader,
}

/// A token and its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Token {
    /// What it is.
    pub kind: Kind,
    /// Where it stands.
    pub span: Span,
}

fn scan_string(lex: &mut Lexer<'_, Kind>) -> Kind {
    let open = lex.slice().as_bytes();
    let Some(&quote) = open.last() else { return Kind::Bad };
    let triple = open.len() >= 3 && open[open.len() - 3..].iter().all(|b| *b == quote);
    let rest = lex.remainder().as_bytes();
    let mut at = 0;
    let mut found = false;
    while at < rest.len() {
        match rest[at] {
            b'\\' => {
                at += 1;
                if rest.get(at) == Some(&b'\r') && rest.get(at + 1) == Some(&b'\n') {
                    at += 1;
                }
                at += 1;
            }
            b'\n' | b'\r' if !triple => break,
            byte if byte == quote => {
                at += 1;
                if !triple {
                    found = true;
                    break;
                }
                if rest.get(at) == Some(&quote) && rest.get(at + 1) == Some(&quote) {
                    at += 2;
                    found = true;
                    break;
                }
            }
            _ => at += 1,
        }
    }
    let mut at = at.min(rest.len());
    // A backslash may have stepped into the middle of a character.
    while !lex.remainder().is_char_boundary(at) {
        at += 1;
    }
    lex.bump(at);
    if found { Kind::Str } else { Kind::UnterminatedStr }
}

/// The raw tokens of `source[from..to]`, with comments and line ends, without blanks.
pub(crate) fn raw(source: &str, from: u32, to: u32) -> impl Iterator<Item = Token> + '_ {
    let text = source.get(from as usize..to as usize).unwrap_or("");
    Kind::lexer(text).spanned().map(move |(kind, range)| Token {
        kind: kind.unwrap_or(Kind::Bad),
        span: Span::new(from + offset(range.start), from + offset(range.end)),
    })
}

/// A byte offset as spans hold it; sources are refused beyond 4 GB.
pub(crate) fn offset(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}

/// What a piece of text is, for a highlighter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenClass {
    /// `if`, `def`, and `match`, `case`, `remotely` where they are meant as such.
    Keyword,
    /// Any other name.
    Name,
    /// A name of Python's that is built in.
    Builtin,
    /// A number.
    Number,
    /// A string of any kind.
    String,
    /// A comment.
    Comment,
    /// An operator, bracket, comma, ...
    Operator,
    /// What is no token, or a string that does not end.
    Error,
}

/// The pieces of a text for a highlighter, in order, blanks left out. Never fails.
pub fn tokenize(source: &str) -> Vec<(Span, TokenClass)> {
    let soft: BTreeSet<u32> = crate::layout::layout(source)
        .tokens
        .iter()
        .filter(|t| matches!(t.kind, Kind::Match | Kind::Case | Kind::Remotely))
        .map(|t| t.span.start)
        .collect();
    raw(source, 0, offset(source.len()))
        .filter(|t| !matches!(t.kind, Kind::Line | Kind::Join))
        .map(|t| {
            let text = source.get(t.span.start as usize..t.span.end as usize).unwrap_or("");
            (t.span, classify(t.kind, text, soft.contains(&t.span.start)))
        })
        .collect()
}

fn classify(kind: Kind, text: &str, soft_keyword: bool) -> TokenClass {
    match kind {
        Kind::Name if soft_keyword => TokenClass::Keyword,
        Kind::Name if text == "remotely" || crate::builtins::is_builtin(text) => TokenClass::Builtin,
        Kind::Name => TokenClass::Name,
        Kind::Int | Kind::Float | Kind::Imaginary => TokenClass::Number,
        Kind::Str => TokenClass::String,
        Kind::Comment => TokenClass::Comment,
        Kind::Bad | Kind::UnterminatedStr | Kind::Backslash => TokenClass::Error,
        kind if kind >= Kind::False && kind <= Kind::Yield => TokenClass::Keyword,
        _ => TokenClass::Operator,
    }
}
