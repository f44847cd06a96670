//! Patterns of `match`.

use super::actions::{Ctx, unless_wildcard};
use crate::ast::*;
use crate::diagnostic::Diagnostic;
use crate::span::Span;

const PATTERN: &str = "syntax/pattern";

impl Ctx<'_> {
    pub(crate) fn pattern(&self, l: u32, r: u32, kind: PatternKind) -> Pattern {
        Pattern { span: Span::new(l, r), kind }
    }

    /// `(a)`, `(a, b)`, `a, b`: a pattern, or a sequence of them.
    pub(crate) fn group_pattern(
        &self,
        l: u32,
        r: u32,
        mut parts: Vec<Pattern>,
        is_sequence: bool,
    ) -> Pattern {
        if parts.len() == 1
            && !is_sequence
            && let Some(part) = parts.pop()
        {
            if matches!(part.kind, PatternKind::Star(_)) {
                self.report(
                    Diagnostic::error(PATTERN, "a starred pattern must stand in a sequence", part.span)
                        .help("write `[*rest]`"),
                );
            }
            return part;
        }
        let mut stars = parts.iter().filter(|p| matches!(p.kind, PatternKind::Star(_)));
        if let (Some(first), Some(second)) = (stars.next(), stars.next()) {
            self.report(
                Diagnostic::error(PATTERN, "two starred patterns in one sequence", second.span)
                    .also(first.span, "this one takes all that is left"),
            );
        }
        self.pattern(l, r, PatternKind::Sequence(parts))
    }

    pub(crate) fn as_pattern(&self, l: u32, r: u32, pattern: Pattern, name: Ident) -> Pattern {
        if &*name.name == "_" {
            self.report(Diagnostic::error(PATTERN, "`_` cannot be a target behind `as`", name.span));
        }
        let name = unless_wildcard(name);
        self.pattern(l, r, PatternKind::As { pattern: Some(Box::new(pattern)), name })
    }

    /// A name binds; a dotted name is a value.
    pub(crate) fn name_pattern(&self, l: u32, r: u32, value: Expr) -> Pattern {
        let kind = match value.kind {
            ExprKind::Name(name) => {
                PatternKind::As { pattern: None, name: unless_wildcard(Ident { name, span: value.span }) }
            }
            _ => PatternKind::Value(value),
        };
        self.pattern(l, r, kind)
    }

    /// Text in a pattern is plain.
    pub(crate) fn text_pattern(&self, text: Expr) -> Expr {
        if matches!(text.kind, ExprKind::Format(_)) {
            self.report(
                Diagnostic::error(PATTERN, "an f-string cannot be a pattern", text.span)
                    .help("compare in a guard: `case x if x == f\"...\":`"),
            );
        }
        text
    }

    pub(crate) fn complex_pattern(&self, l: u32, r: u32, real: Expr, op: BinOp, imaginary: Expr) -> Expr {
        let is_imaginary = |e: &Expr| matches!(e.kind, ExprKind::Constant(Constant::Imaginary(_)));
        let negated = match &real.kind {
            ExprKind::Unary { operand, .. } => is_imaginary(operand),
            _ => is_imaginary(&real),
        };
        if negated {
            self.report(Diagnostic::error(
                PATTERN,
                "a real number is required in a complex literal",
                real.span,
            ));
        }
        if !is_imaginary(&imaginary) {
            self.report(Diagnostic::error(
                PATTERN,
                "an imaginary number is required in a complex literal",
                imaginary.span,
            ));
        }
        self.binary(l, r, op, real, imaginary)
    }

    pub(crate) fn mapping_key(&self, key: Expr) -> Expr {
        if matches!(key.kind, ExprKind::Name(_)) {
            self.report(
                Diagnostic::error(PATTERN, "a key must be a literal or a dotted name", key.span)
                    .help("compare in a guard: `case {...} if ...:`"),
            );
        }
        key
    }

    pub(crate) fn rest_pattern(&self, l: u32, r: u32, name: Ident) -> Pattern {
        if &*name.name == "_" {
            self.report(
                Diagnostic::error(PATTERN, "`**_` is not allowed", Span::new(l, r)).help("leave it out"),
            );
        }
        self.pattern(l, r, PatternKind::Star(Some(name)))
    }

    pub(crate) fn mapping_pattern(&self, l: u32, r: u32, items: Vec<(Option<Expr>, Pattern)>) -> Pattern {
        let (mut keys, mut patterns, mut rest) = (Vec::new(), Vec::new(), None);
        for (key, pattern) in items {
            if rest.is_some() {
                self.report(Diagnostic::error(PATTERN, "`**rest` must be the last", pattern.span));
            }
            match (key, pattern.kind) {
                (Some(key), kind) => {
                    keys.push(key);
                    patterns.push(Pattern { span: pattern.span, kind });
                }
                (None, PatternKind::Star(name)) => rest = name,
                (None, _) => {}
            }
        }
        self.pattern(l, r, PatternKind::Mapping { keys, patterns, rest })
    }

    pub(crate) fn class_pattern(
        &self,
        l: u32,
        r: u32,
        class: Expr,
        args: Vec<(Option<Ident>, Pattern)>,
    ) -> Pattern {
        let (mut positional, mut keywords) = (Vec::new(), Vec::new());
        for (name, pattern) in args {
            match name {
                Some(name) => keywords.push((name, pattern)),
                None => {
                    if !keywords.is_empty() {
                        self.report(Diagnostic::error(
                            PATTERN,
                            "a positional pattern after a keyword pattern",
                            pattern.span,
                        ));
                    }
                    positional.push(pattern);
                }
            }
        }
        self.pattern(l, r, PatternKind::Class { class, positional, keywords })
    }

    pub(crate) fn wrong_case(&self, l: u32, r: u32, body: Vec<Stmt>) -> MatchCase {
        let pattern = self.pattern(l, l, PatternKind::As { pattern: None, name: None });
        let end = body.last().map_or(r, |s| s.span.end);
        MatchCase { span: Span::new(l, end), pattern, guard: Some(self.error_expr(l, l)), body }
    }
}
