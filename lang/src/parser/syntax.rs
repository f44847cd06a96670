//! What to say where the grammar does not go on: in the spirit of CPython's messages, never a list of tokens.

use crate::diagnostic::Diagnostic;
use crate::span::Span;
use crate::token::{Kind, Token};

/// The place where parsing stopped.
pub(super) struct Failure<'a> {
    pub source: &'a str,
    pub tokens: &'a [Token],
    /// The token that fits nowhere; one past the last where more was expected.
    pub at: usize,
    /// The names of the terminals that would have fitted, quoted.
    pub expected: &'a [String],
}

impl Failure<'_> {
    fn text(&self, span: Span) -> &str {
        self.source.get(span.start as usize..span.end as usize).unwrap_or("")
    }

    fn expects(&self, terminal: &str) -> bool {
        self.expected.iter().any(|e| e.trim_matches('"') == terminal)
    }

    fn kind(&self, at: usize) -> Option<Kind> {
        self.tokens.get(at).map(|t| t.kind)
    }

    fn before(&self) -> Option<Token> {
        self.at.checked_sub(1).and_then(|i| self.tokens.get(i)).copied()
    }

    fn is_between_lines(&self) -> bool {
        matches!(
            self.kind(self.at),
            None | Some(Kind::Indent | Kind::Dedent | Kind::Wrong | Kind::WrongHeader)
        ) || matches!(self.before().map(|t| t.kind), Some(Kind::Newline | Kind::Dedent | Kind::Indent))
    }

    /// Did the tokens simply end?
    pub fn is_at_end(&self) -> bool {
        self.tokens.get(self.at..).is_none_or(|rest| rest.iter().all(|t| t.kind == Kind::Dedent))
            && self.is_between_lines()
    }

    /// A token of the line to leave out.
    pub fn blamed(&self) -> Option<usize> {
        if self.expects("except") || self.expects("case") || self.is_at_end() {
            return self.header().or(self.at.checked_sub(1));
        }
        (self.at < self.tokens.len()).then_some(self.at).or(self.at.checked_sub(1))
    }

    /// The last token of the line that opened the block which ends before the failure.
    fn header(&self) -> Option<usize> {
        let mut depth = 0_usize;
        let mut at = self.at;
        loop {
            at = at.checked_sub(1)?;
            match self.kind(at)? {
                Kind::Dedent => depth += 1,
                Kind::Indent => {
                    depth = depth.saturating_sub(1);
                    if depth == 0 {
                        return at.checked_sub(1);
                    }
                }
                Kind::Newline if depth == 0 && at + 1 < self.at => return Some(at + 1),
                _ => {}
            }
        }
    }

    fn line_start(&self) -> usize {
        let mut at = self.at.min(self.tokens.len());
        while at > 0 && !matches!(self.kind(at - 1), Some(Kind::Newline | Kind::Indent | Kind::Dedent)) {
            at -= 1;
        }
        at
    }

    /// Says what is wrong.
    pub fn explain(&self) -> Diagnostic {
        let end = self.tokens.last().map_or(Span::default(), |t| Span::new(t.span.end, t.span.end));
        let token = self.tokens.get(self.at).copied().unwrap_or(Token { kind: Kind::Newline, span: end });
        self.structure(token)
            .or_else(|| self.after_keyword(token))
            .or_else(|| self.assignment(token))
            .or_else(|| self.operators(token))
            .or_else(|| self.missing(token))
            .unwrap_or_else(|| self.generic(token))
    }

    /// Blocks, clauses and lines.
    fn structure(&self, token: Token) -> Option<Diagnostic> {
        if self.is_between_lines() && self.expects("except") && self.expects("finally") {
            return Some(
                Diagnostic::error(
                    "syntax/try",
                    "expected an `except` or `finally` block",
                    self.header_span(),
                )
                .label("this `try` has neither"),
            );
        }
        if self.is_between_lines() && self.expects("case") && !self.expects("name") {
            let place = if token.span.start == token.span.end { self.header_span() } else { token.span };
            return Some(
                Diagnostic::error("syntax/expected-block", "expected `case`", place)
                    .label("a `match` holds nothing but `case` clauses"),
            );
        }
        if self.is_at_end() && self.expects("def") && self.expects("class") && self.expects("@") {
            let before = self.before().map_or(token.span, |t| t.span);
            return Some(Diagnostic::error(
                "syntax/decorator",
                "expected a `def` or `class` after the decorator",
                before,
            ));
        }
        let at_line_start = self.at == self.line_start();
        let before = self.before().map(|t| t.kind);
        match token.kind {
            Kind::Else | Kind::Elif | Kind::Except | Kind::Finally | Kind::Case if at_line_start => {
                let word = self.text(token.span);
                let head = if matches!(token.kind, Kind::Except | Kind::Finally) { "try" } else { "if" };
                Some(
                    Diagnostic::error(
                        "syntax/clause",
                        format!("`{word}` belongs to no `{head}`"),
                        token.span,
                    )
                    .label("the line before it, at this indentation, begins nothing that it goes on with"),
                )
            }
            Kind::BlockClose if before == Some(Kind::InlineOpen) => Some(
                Diagnostic::error("syntax/expected-block", "the block is empty", token.span)
                    .help("`pass` does nothing"),
            ),
            Kind::If if before == Some(Kind::Else) => Some(
                Diagnostic::error("syntax/clause", "`else if` is `elif`", token.span).help("write `elif`"),
            ),
            Kind::If | Kind::For | Kind::While | Kind::With | Kind::Try | Kind::Def | Kind::Class
                if matches!(before, Some(Kind::Semicolon | Kind::Colon | Kind::InlineOpen)) =>
            {
                let word = self.text(token.span);
                Some(
                    Diagnostic::error(
                        "syntax/one-line",
                        format!("`{word}` must begin a line of its own"),
                        token.span,
                    )
                    .help("write the block over several lines"),
                )
            }
            _ => None,
        }
    }

    fn header_span(&self) -> Span {
        let Some(mut at) = self.header() else { return self.before().map_or(Span::default(), |t| t.span) };
        while at > 0 && !matches!(self.kind(at - 1), Some(Kind::Newline | Kind::Indent | Kind::Dedent)) {
            at -= 1;
        }
        self.tokens.get(at).map_or(Span::default(), |t| t.span)
    }

    fn after_keyword(&self, token: Token) -> Option<Diagnostic> {
        let before = self.before()?;
        let word = self.text(token.span);
        if before.kind == Kind::Name
            && self.at == self.line_start() + 1
            && matches!(self.text(before.span), "print" | "exec")
            && begins_operand(token.kind)
        {
            let name = self.text(before.span);
            return Some(
                Diagnostic::error(
                    "syntax/print-statement",
                    format!("missing parentheses in the call to `{name}`"),
                    before.span.to(token.span),
                )
                .help(format!("write `{name}(...)`")),
            );
        }
        let wants_name = matches!(
            before.kind,
            Kind::Def
                | Kind::Class
                | Kind::Dot
                | Kind::Global
                | Kind::Nonlocal
                | Kind::As
                | Kind::Import
                | Kind::For
        );
        if wants_name && is_keyword(token.kind) && self.expects("name") {
            return Some(
                Diagnostic::error(
                    "syntax/keyword",
                    format!("`{word}` is a keyword, and cannot be a name"),
                    token.span,
                )
                .help(format!("call it `{word}_`")),
            );
        }
        if token.kind == Kind::Equal && is_keyword(before.kind) {
            let word = self.text(before.span);
            return Some(
                Diagnostic::error(
                    "syntax/keyword",
                    format!("`{word}` is a keyword, and cannot be a name"),
                    before.span,
                )
                .help(format!("call it `{word}_`")),
            );
        }
        None
    }

    fn assignment(&self, token: Token) -> Option<Diagnostic> {
        let id = "syntax/assignment";
        match token.kind {
            Kind::Equal => Some(
                Diagnostic::error(id, "an assignment cannot stand here", token.span)
                    .help("maybe you meant `==`, or `:=` in parentheses"),
            ),
            Kind::Walrus => Some(
                Diagnostic::error(id, "`:=` needs parentheses here", token.span)
                    .help("a statement assigns by `=`; an expression by `(name := value)`"),
            ),
            kind if is_augmented(kind) => Some(
                Diagnostic::error(id, format!("`{}` cannot stand here", self.text(token.span)), token.span)
                    .help("an assignment is a statement of its own"),
            ),
            _ => None,
        }
    }

    /// Operators of other languages, and Python's in the wrong place.
    fn operators(&self, token: Token) -> Option<Diagnostic> {
        let before = self.before()?;
        let both = before.span.to(token.span);
        let adjacent = before.span.end == token.span.start;
        let error = |message: &str, span| Some(Diagnostic::error("syntax/operator", message, span));
        let doubled = self.at >= 2 && self.kind(self.at - 2) == Some(before.kind);
        match (before.kind, token.kind) {
            (Kind::Less, Kind::Greater) if adjacent => {
                error("`<>` is no operator", both).map(|e| e.help("write `!=`"))
            }
            (Kind::Amper, Kind::Amper) => error("`&&` is no operator", both).map(|e| e.help("write `and`")),
            (Kind::Bar, Kind::Bar) => error("`||` is no operator", both).map(|e| e.help("write `or`")),
            (Kind::Plus | Kind::Minus, Kind::Newline) if doubled => {
                error("`++` and `--` are no operators", before.span).map(|e| e.help("write `x = x + 1`"))
            }
            (Kind::Name, Kind::Name) if self.text(before.span) == "not" => None,
            (k, Kind::Not) if is_operator(k) => {
                error("`not` needs parentheses here", token.span).map(|e| e.help("write `(not ...)`"))
            }
            (k, Kind::Lambda | Kind::Yield) if is_operator(k) || k == Kind::Comma => {
                let word = self.text(token.span);
                error(&format!("`{word}` needs parentheses here"), token.span)
            }
            _ => None,
        }
    }

    /// What is missing before this token.
    fn missing(&self, token: Token) -> Option<Diagnostic> {
        let before = self.before()?;
        let gap = Span::new(before.span.end, before.span.end);
        let first = self.kind(self.line_start());
        let is_header = first.is_some_and(|k| {
            use Kind::*;
            matches!(
                k,
                If | Elif
                    | Else
                    | For
                    | While
                    | Try
                    | Except
                    | Finally
                    | With
                    | Def
                    | Class
                    | Async
                    | Match
                    | Case
                    | Lambda
            )
        });
        let starts_statement = matches!(
            token.kind,
            Kind::Newline | Kind::Pass | Kind::Return | Kind::Break | Kind::Continue | Kind::Raise
        );
        if is_header && self.expects(":") && starts_statement {
            return Some(
                Diagnostic::error("syntax/expected-colon", "expected `:`", gap)
                    .help("a `:` ends the head of a block"),
            );
        }
        for closer in [")", "]", "}"] {
            if self.expects(closer) && token.kind == Kind::Newline {
                return Some(Diagnostic::error("syntax/expected", format!("expected `{closer}`"), gap));
            }
        }
        if token.kind == Kind::Newline && self.expects("name") && self.expects("(") {
            return Some(
                Diagnostic::error("syntax/expected-expression", "expected an expression", gap)
                    .label(format!("something must follow `{}`", self.text(before.span))),
            );
        }
        if begins_operand(token.kind) && ends_operand(before.kind) {
            return Some(
                Diagnostic::error(
                    "syntax/missing-operator",
                    "two expressions with nothing between them",
                    before.span.to(token.span),
                )
                .help("a comma or an operator may be missing"),
            );
        }
        None
    }

    fn generic(&self, token: Token) -> Diagnostic {
        let known: Vec<&str> = self.expected.iter().map(|e| e.trim_matches('"')).collect();
        let wanted = match known.as_slice() {
            ["newline" | ";", ..] if known.len() <= 2 => Some("the end of the line".to_owned()),
            [one] => Some(word(one)),
            [one, two] => Some(format!("{} or {}", word(one), word(two))),
            _ => None,
        };
        let label = match token.kind {
            Kind::Newline => "the line ends here".to_owned(),
            Kind::Indent => "a block begins here".to_owned(),
            Kind::Dedent => "the block ends here".to_owned(),
            _ => format!("`{}` does not fit here", self.text(token.span)),
        };
        match wanted {
            Some(wanted) => Diagnostic::error("syntax/expected", format!("expected {wanted}"), token.span),
            None => Diagnostic::error("syntax/invalid", "invalid syntax", token.span),
        }
        .label(label)
    }
}

fn word(terminal: &str) -> String {
    match terminal {
        "name" => "a name".to_owned(),
        "int" | "float" | "imaginary" => "a number".to_owned(),
        "string" => "a string".to_owned(),
        "newline" => "the end of the line".to_owned(),
        "indent" => "an indented block".to_owned(),
        "dedent" => "the end of the block".to_owned(),
        "block>" => "`>`".to_owned(),
        "block<" | "inline<" => "`<`".to_owned(),
        "with(" => "`(`".to_owned(),
        other => format!("`{other}`"),
    }
}

fn is_keyword(kind: Kind) -> bool {
    (Kind::False..=Kind::Yield).contains(&kind)
}

fn is_augmented(kind: Kind) -> bool {
    (Kind::PlusEq..=Kind::DoubleStarEq).contains(&kind)
}

fn is_operator(kind: Kind) -> bool {
    (Kind::Plus..=Kind::Tilde).contains(&kind) || (Kind::Less..=Kind::NotEq).contains(&kind)
}

fn begins_operand(kind: Kind) -> bool {
    use Kind::*;
    matches!(
        kind,
        Name | Int
            | Float
            | Imaginary
            | Str
            | LParen
            | LBracket
            | LBrace
            | None
            | True
            | False
            | Ellipsis
            | Not
            | Lambda
            | Await
    )
}

fn ends_operand(kind: Kind) -> bool {
    use Kind::*;
    matches!(
        kind,
        Name | Int | Float | Imaginary | Str | RParen | RBracket | RBrace | None | True | False | Ellipsis
    )
}
