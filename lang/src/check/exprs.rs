//! Expressions.

use super::Checker;
use super::frames::{Frame, FrameKind, Meaning};
use super::stmts::Binding;
use crate::ast::*;
use crate::diagnostics::{blocks, names, purity, syntax};
use crate::span::Span;
use crate::visit;

/// How many comprehensions may stand in one another: the time to compile them doubles with each.
const MAX_COMPREHENSIONS: usize = 12;

impl<'a> Checker<'a> {
    /// An expression whose value is used.
    pub(super) fn expr(&mut self, e: &'a Expr) {
        match &e.kind {
            ExprKind::Name(name) => self.use_name(name, e.span),
            ExprKind::Binary { .. } => visit::operands(e).into_iter().for_each(|o| self.expr(o)),
            ExprKind::Tuple(values) | ExprKind::List(values) | ExprKind::Set(values) => {
                values.iter().for_each(|v| self.element(v));
            }
            ExprKind::Starred(value) => {
                self.report(syntax::starred(e.span));
                self.expr(value);
            }
            ExprKind::Call { func, args } => self.call(e, func, args),
            ExprKind::Attribute { value, .. } => {
                self.attribute(e);
                self.expr(value);
            }
            ExprKind::Lambda(f) => self.lambda(f),
            ExprKind::Comprehension(c) => self.comprehension(e, c),
            ExprKind::Walrus { target, value } => {
                self.expr(value);
                self.walrus(target, e.span);
            }
            ExprKind::Yield(_) | ExprKind::YieldFrom(_) => {
                self.yield_expr(e);
                self.children(e);
            }
            ExprKind::Await(value) => {
                self.report(purity::asynchronous("`await`", e.span, value.span));
                self.expr(value);
            }
            ExprKind::Block(b) => self.block(b),
            ExprKind::Error => self.is_broken = true,
            _ => self.children(e),
        }
    }

    fn children(&mut self, e: &'a Expr) {
        let mut parts = Vec::new();
        visit::children(e, &mut |child| parts.push(child));
        parts.into_iter().for_each(|p| self.expr(p));
    }

    /// An element of a display, where a star may stand.
    fn element(&mut self, e: &'a Expr) {
        match &e.kind {
            ExprKind::Starred(value) => self.expr(value),
            _ => self.expr(e),
        }
    }

    /// A name that is read.
    pub(super) fn use_name(&mut self, name: &'a str, span: Span) {
        match self.meaning(name) {
            Meaning::Bound => {}
            Meaning::Edge => {
                if let Some(dotted) = self.survey.imports.get(name).cloned() {
                    self.edge_only(&dotted, span);
                }
            }
            Meaning::Unbound => self.unbound(name, span),
            Meaning::Builtin => self.builtin(name, span),
        }
    }

    fn builtin(&mut self, name: &str, span: Span) {
        match name {
            "print" => self.report(purity::print(span)),
            "remotely" if !self.is_edge() => self.report(blocks::remotely_in_core(span)),
            "hash" if self.frames.iter().any(|f| f.may_hash) => {}
            _ if crate::builtins::IMPURE.contains(&name) => self.report(purity::impure_builtin(name, span)),
            _ => {}
        }
    }

    fn walrus(&mut self, target: &'a Ident, span: Span) {
        if &*target.name == "__debug__" {
            self.report(names::reserved(&target.name, target.span));
        }
        if self.frame().kind != FrameKind::Comprehension {
            return;
        }
        let inner = self.frames.iter().rev().take_while(|f| f.kind == FrameKind::Comprehension);
        let count = inner.clone().count();
        let mut inner = inner;
        if inner.any(|f| f.scope.local(&target.name).is_some()) {
            self.report(syntax::walrus("`:=` rebinds the variable of a comprehension", target.span));
        }
        let outer = self.frames.len().checked_sub(count + 1).and_then(|i| self.frames.get(i));
        if outer.is_some_and(|f| f.kind == FrameKind::Class) {
            self.report(syntax::walrus("`:=` in a comprehension of a class body", span));
        }
    }

    pub(super) fn yield_expr(&mut self, e: &Expr) {
        match self.frame().kind {
            FrameKind::Function | FrameKind::Lambda => {}
            FrameKind::Block => self.report(blocks::leaves("yield", e.span)),
            FrameKind::Comprehension => self.report(syntax::yield_in_comprehension(e.span)),
            FrameKind::Edge | FrameKind::Class => self.report(syntax::outside_function("yield", e.span)),
        }
    }

    fn comprehension(&mut self, e: &'a Expr, c: &'a Comprehension) {
        if let Some(clause) = c.clauses.iter().find(|clause| clause.is_async) {
            self.report(purity::asynchronous("an `async` comprehension", e.span, clause.target.span));
        }
        for clause in &c.clauses {
            if let Some(span) = walrus_in(&clause.iter) {
                self.report(syntax::walrus("`:=` in what a comprehension iterates over", span));
            }
        }
        c.clauses.iter().take(1).for_each(|clause| self.expr(&clause.iter));
        let around = self.frames.iter().rev().take_while(|f| f.kind == FrameKind::Comprehension);
        if around.count() >= MAX_COMPREHENSIONS {
            self.report(syntax::comprehensions_too_deep(e.span, MAX_COMPREHENSIONS));
            return;
        }
        let frame = Frame::new(FrameKind::Comprehension, Self::scope_of(&c.scope), "");
        self.within(frame, |checker| {
            for (i, clause) in c.clauses.iter().enumerate() {
                if i > 0 {
                    checker.expr(&clause.iter);
                }
                checker.target(&clause.target, Binding::Other);
                clause.conditions.iter().for_each(|e| checker.expr(e));
            }
            visit::elements(&c.kind).into_iter().for_each(|e| checker.element(e));
        });
    }
}

/// A walrus anywhere in an iterable.
fn walrus_in(e: &Expr) -> Option<Span> {
    match &e.kind {
        ExprKind::Walrus { .. } => Some(e.span),
        ExprKind::Binary { .. } => visit::operands(e).into_iter().find_map(walrus_in),
        _ => {
            let mut parts = Vec::new();
            visit::children(e, &mut |child| parts.push(child));
            parts.into_iter().find_map(walrus_in)
        }
    }
}
