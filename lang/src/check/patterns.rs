//! `match`: what CPython refuses in patterns.

use super::Checker;
use crate::ast::*;
use crate::diagnostics::syntax;
use crate::span::Span;
use crate::visit;
use std::collections::{BTreeMap, BTreeSet};

impl<'a> Checker<'a> {
    pub(super) fn match_stmt(&mut self, subject: &'a Expr, cases: &'a [MatchCase]) {
        self.expr(subject);
        for (i, case) in cases.iter().enumerate() {
            if i + 1 < cases.len()
                && case.guard.is_none()
                && let Some(span) = irrefutable(&case.pattern)
            {
                self.report(syntax::pattern(
                    "this pattern always matches: the cases after it are unreachable",
                    span,
                ));
            }
            let mut values = Vec::new();
            visit::pattern(&case.pattern, &mut |e| values.push(e), &mut |_| {});
            values.into_iter().for_each(|e| self.expr(e));
            self.pattern(&case.pattern, &mut BTreeMap::new());
            case.guard.iter().for_each(|g| self.expr(g));
            self.body(&case.body);
        }
    }

    /// Names that are bound twice, alternatives that bind different names, repeated keys.
    fn pattern(&mut self, p: &'a Pattern, seen: &mut BTreeMap<&'a str, Span>) {
        match &p.kind {
            PatternKind::Value(_) | PatternKind::Singleton(_) => {}
            PatternKind::Sequence(parts) => parts.iter().for_each(|part| self.pattern(part, seen)),
            PatternKind::Mapping { keys, patterns, rest } => {
                self.keys(keys);
                patterns.iter().for_each(|part| self.pattern(part, seen));
                rest.iter().for_each(|name| self.capture(name, seen));
            }
            PatternKind::Class { positional, keywords, .. } => {
                let mut attrs = BTreeSet::new();
                for (name, _) in keywords {
                    if !attrs.insert(&name.name) {
                        let message = format!("the attribute `{}` is repeated", name.name);
                        self.report(syntax::pattern(&message, name.span));
                    }
                }
                positional.iter().for_each(|part| self.pattern(part, seen));
                keywords.iter().for_each(|(_, part)| self.pattern(part, seen));
            }
            PatternKind::Star(name) => name.iter().for_each(|name| self.capture(name, seen)),
            PatternKind::As { pattern, name } => {
                pattern.iter().for_each(|part| self.pattern(part, seen));
                name.iter().for_each(|name| self.capture(name, seen));
            }
            PatternKind::Or(parts) => self.alternatives(p, parts, seen),
        }
    }

    fn alternatives(&mut self, p: &'a Pattern, parts: &'a [Pattern], seen: &mut BTreeMap<&'a str, Span>) {
        let mut first: Option<BTreeSet<&str>> = None;
        let mut all = seen.clone();
        for (i, part) in parts.iter().enumerate() {
            if i + 1 < parts.len()
                && let Some(span) = irrefutable(part)
            {
                self.report(syntax::pattern(
                    "this pattern always matches: those after it are unreachable",
                    span,
                ));
            }
            let mut own = seen.clone();
            self.pattern(part, &mut own);
            let names: BTreeSet<&str> = own.keys().copied().filter(|n| !seen.contains_key(n)).collect();
            match &first {
                Some(first) if *first != names => {
                    self.report(syntax::pattern("the alternatives bind different names", p.span));
                    break;
                }
                Some(_) => {}
                None => first = Some(names),
            }
            all.extend(own);
        }
        *seen = all;
    }

    fn capture(&mut self, name: &'a Ident, seen: &mut BTreeMap<&'a str, Span>) {
        if seen.insert(&name.name, name.span).is_some() {
            let message = format!("`{}` is bound twice in one pattern", name.name);
            self.report(syntax::pattern(&message, name.span));
        }
    }

    fn keys(&mut self, keys: &'a [Expr]) {
        let mut seen = BTreeSet::new();
        for key in keys {
            let is_literal = matches!(key.kind, ExprKind::Constant(_) | ExprKind::Unary { .. });
            if is_literal
                && !seen.insert(number(key).map_or_else(|| crate::print::expr(key), |n| n.to_string()))
            {
                self.report(syntax::pattern("the pattern looks up one key twice", key.span));
            }
        }
    }
}

/// The place of a pattern that matches anything.
fn irrefutable(p: &Pattern) -> Option<Span> {
    match &p.kind {
        PatternKind::As { pattern: None, .. } => Some(p.span),
        PatternKind::As { pattern: Some(inner), .. } => irrefutable(inner),
        PatternKind::Or(parts) => parts.iter().find_map(irrefutable),
        _ => None,
    }
}

/// The value of a small real number, so that `1`, `1.0` and `True` are one key.
fn number(e: &Expr) -> Option<i64> {
    match &e.kind {
        ExprKind::Constant(Constant::Int(value)) => Some(*value),
        ExprKind::Constant(Constant::Bool(value)) => Some(i64::from(*value)),
        ExprKind::Constant(Constant::Imaginary(0.0)) => Some(0),
        ExprKind::Constant(Constant::Float(value)) => format!("{value}").parse().ok(),
        ExprKind::Unary { op: UnaryOp::Neg, operand } => number(operand)?.checked_neg(),
        _ => None,
    }
}
