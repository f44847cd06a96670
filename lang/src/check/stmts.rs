//! Statements.

use super::Checker;
use super::frames::{Frame, FrameKind};
use crate::ast::*;
use crate::diagnostics::{blocks, names, purity, syntax};
use crate::visit;

/// What kind of binding a target belongs to.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Binding {
    /// `=`, annotated or not: in `__init__` it may set the instance's own attributes.
    Assign,
    /// `for`, `with`, a comprehension.
    Other,
}

impl<'a> Checker<'a> {
    pub(super) fn stmt(&mut self, s: &'a Stmt) {
        match &s.kind {
            StmtKind::Expr(e) => self.expr_stmt(s, e),
            StmtKind::Assign { targets, value } => {
                self.value(value);
                targets.iter().for_each(|t| self.target(t, Binding::Assign));
            }
            StmtKind::AugAssign { target, op, value } => self.aug_assign(s, target, *op, value),
            StmtKind::AnnAssign { target, annotation, value } => {
                if !matches!(self.frame().kind, FrameKind::Function | FrameKind::Lambda) {
                    self.annotation(annotation);
                }
                value.iter().for_each(|v| self.value(v));
                self.target(target, Binding::Assign);
            }
            StmtKind::Def(f) => self.function(f),
            StmtKind::Class(c) => self.class(c),
            StmtKind::Return(value) => self.return_stmt(s, value.as_ref()),
            StmtKind::If { test, body, orelse } => self.if_stmt(test, body, orelse),
            StmtKind::While { test, body, orelse } => {
                self.expr(test);
                self.loop_body(body);
                self.body(orelse);
            }
            StmtKind::For { is_async, target, iter, body, orelse } => {
                if *is_async {
                    self.report(purity::asynchronous("`async for`", s.span, target.span));
                }
                self.expr(iter);
                self.target(target, Binding::Other);
                self.loop_body(body);
                self.body(orelse);
            }
            StmtKind::Break => self.in_loop(s, "break"),
            StmtKind::Continue => self.in_loop(s, "continue"),
            StmtKind::Pass => {}
            StmtKind::Assert { test, message } => {
                self.expr(test);
                message.iter().for_each(|m| self.expr(m));
            }
            StmtKind::Raise { exception, cause } => exception.iter().chain(cause).for_each(|e| self.expr(e)),
            StmtKind::Try { .. } => self.try_stmt(s),
            StmtKind::With { is_async, items, body } => {
                if let (true, Some(item)) = (*is_async, items.first()) {
                    self.report(purity::asynchronous("`async with`", s.span, item.context.span));
                }
                for item in items {
                    self.expr(&item.context);
                    item.target.iter().for_each(|t| self.target(t, Binding::Other));
                }
                self.body(body);
            }
            StmtKind::Match { subject, cases } => self.match_stmt(subject, cases),
            StmtKind::Import(aliases) => self.import(aliases),
            StmtKind::ImportFrom { module, level, names } => {
                self.import_from(s, module.as_ref(), *level, names)
            }
            StmtKind::Global(_) => self.report(purity::global(s.span)),
            StmtKind::Nonlocal(_) => self.report(purity::nonlocal(s.span)),
            StmtKind::Delete(values) => self.report(purity::del(s.span, values)),
            StmtKind::Block(b) => self.block(b),
        }
    }

    /// An `elif` is an `If` in `orelse`, and there may be thousands.
    fn if_stmt(&mut self, test: &'a Expr, body: &'a [Stmt], orelse: &'a [Stmt]) {
        self.expr(test);
        self.body(body);
        let mut rest = orelse;
        while let [Stmt { kind: StmtKind::If { test, body, orelse }, .. }] = rest {
            self.expr(test);
            self.body(body);
            rest = orelse;
        }
        self.body(rest);
    }

    fn loop_body(&mut self, body: &'a [Stmt]) {
        self.frame_mut().loops += 1;
        self.body(body);
        self.frame_mut().loops -= 1;
    }

    fn in_loop(&mut self, s: &Stmt, word: &str) {
        let frame = self.frame();
        if frame.loops == 0 {
            self.report(syntax::outside_loop(word, s.span));
        } else if frame.stars.last().is_some_and(|around| *around == frame.loops) {
            self.report(syntax::leaves_star(word, s.span));
        }
    }

    fn return_stmt(&mut self, s: &'a Stmt, value: Option<&'a Expr>) {
        if !self.frame().stars.is_empty() {
            self.report(syntax::leaves_star("return", s.span));
        }
        match self.frame().kind {
            FrameKind::Function | FrameKind::Lambda => {}
            FrameKind::Block => self.report(blocks::leaves("return", s.span)),
            _ => self.report(syntax::outside_function("return", s.span)),
        }
        value.iter().for_each(|v| self.value(v));
    }

    fn try_stmt(&mut self, s: &'a Stmt) {
        let StmtKind::Try { body, handlers, orelse, finally, is_star } = &s.kind else { return };
        self.body(body);
        for h in handlers {
            h.class.iter().for_each(|c| self.expr(c));
            let loops = self.frame().loops;
            if *is_star {
                self.frame_mut().stars.push(loops);
            }
            self.body(&h.body);
            if *is_star {
                self.frame_mut().stars.pop();
            }
        }
        self.body(orelse);
        self.body(finally);
    }

    /// What stands to the right of `=` or behind `return`: here a block may stand.
    fn value(&mut self, e: &'a Expr) {
        match &e.kind {
            ExprKind::Block(b) => {
                self.block(b);
                if !matches!(b.body.last().map(|s| &s.kind), Some(StmtKind::Expr(_))) {
                    self.report(blocks::no_value(b));
                }
            }
            _ => self.expr(e),
        }
    }

    pub(super) fn target(&mut self, t: &'a Expr, binding: Binding) {
        match &t.kind {
            ExprKind::Name(name) => {
                if &**name == "__debug__" {
                    self.report(names::reserved(name, t.span));
                }
            }
            ExprKind::Tuple(values) | ExprKind::List(values) => {
                values.iter().for_each(|v| self.target(v, binding));
            }
            ExprKind::Starred(value) => self.target(value, binding),
            ExprKind::Attribute { value, attr } => {
                let frame = self.frame();
                let is_made =
                    |n: &str| frame.is_new && frame.scope.local(n).is_some() && frame.class_param != Some(n);
                let is_own =
                    matches!(&value.kind, ExprKind::Name(n) if Some(&**n) == frame.own || is_made(n));
                if !(is_own && binding == Binding::Assign) {
                    let in_method = self.frame().kind == FrameKind::Function && self.frames.len() > 1;
                    self.report(purity::attribute_assignment(
                        t.span,
                        self.text(value.span),
                        &attr.name,
                        in_method,
                    ));
                }
                self.expr(value);
            }
            ExprKind::Subscript { value, index } => {
                if !(binding == Binding::Assign && self.is_own_dict(value)) {
                    self.report(purity::item_assignment(
                        t.span,
                        self.text(value.span),
                        index,
                        self.text(index.span),
                    ));
                }
                self.expr(value);
                self.expr(index);
            }
            ExprKind::Error => self.is_broken = true,
            _ => self.expr(t),
        }
    }

    /// `self.__dict__` where `self.x = ...` may stand.
    fn is_own_dict(&self, e: &Expr) -> bool {
        match &e.kind {
            ExprKind::Attribute { value, attr } if &*attr.name == "__dict__" => {
                matches!(&value.kind, ExprKind::Name(n) if Some(&**n) == self.frame().own)
            }
            _ => false,
        }
    }

    fn aug_assign(&mut self, s: &'a Stmt, target: &'a Expr, op: BinOp, value: &'a Expr) {
        self.report(purity::augmented_assignment(s.span, target, op, value, self.source));
        self.expr(value);
        match &target.kind {
            ExprKind::Name(name) => self.use_name(name, target.span),
            ExprKind::Attribute { value, .. } => self.expr(value),
            ExprKind::Subscript { value, index } => {
                self.expr(value);
                self.expr(index);
            }
            _ => {}
        }
    }

    fn import(&mut self, aliases: &'a [Alias]) {
        for alias in aliases {
            if !(self.env.is_module)(&alias.name.name) {
                self.report(purity::impure_import(&alias.name.name, alias.name.span));
            }
        }
    }

    fn import_from(&mut self, s: &'a Stmt, module: Option<&'a Ident>, level: u32, aliases: &'a [Alias]) {
        if level > 0 {
            let dots = ".".repeat(level as usize);
            let name = module.map_or(dots.clone(), |m| format!("{dots}{}", m.name));
            return if !(self.env.is_module)(&name) {
                self.report(purity::relative_import(s.span));
            } else if aliases.is_empty() {
                self.import_star(s, &name);
            };
        }
        let Some(module) = module else { return };
        if !(self.env.is_module)(&module.name) {
            return self.report(purity::impure_import(&module.name, module.span));
        }
        if aliases.is_empty() {
            return self.import_star(s, &module.name);
        }
        for alias in aliases {
            let dotted = format!("{}.{}", module.name, alias.name.name);
            if &*module.name == "__future__" {
                if s.span.start > self.survey.future_end {
                    self.report(syntax::late_future(s.span));
                }
                if !FUTURE.contains(&&*alias.name.name) {
                    self.report(syntax::future(&alias.name.name, alias.name.span));
                }
            } else {
                self.impure_member(&dotted, alias.name.span, true);
            }
        }
    }

    /// `from module import *`: fine at the edge, where it can be seen what it binds.
    fn import_star(&mut self, s: &'a Stmt, module: &str) {
        if !self.is_edge() || (self.env.exports)(module).is_none() {
            // It may have bound anything.
            self.is_broken = true;
            self.report(purity::import_star(s.span, module));
        }
    }

    pub(super) fn block(&mut self, b: &'a Block) {
        if self.frames.len() > 1 {
            let is_nested = self.frames.iter().any(|f| f.kind == FrameKind::Block);
            self.report(blocks::position(b, if is_nested { "in another block" } else { "in the core" }));
        }
        if let Some(mode) = &b.mode
            && !BLOCK_MODES.contains(&&*mode.name)
        {
            self.report(blocks::mode(mode));
        }
        let scope = Self::scope_of(&b.scope);
        for arg in &b.args {
            match arg {
                Arg::Keyword(name, _) => {
                    let small = b.mode.as_ref().is_some_and(|m| &*m.name == "download_small");
                    let known = matches!(&*name.name, "resources" | "timeout" | "priority" | "name");
                    if !(known || small && &*name.name == "bytecount") {
                        self.report(blocks::argument(name, small));
                    }
                }
                Arg::Positional(e) => {
                    if let ExprKind::Constant(Constant::Str(name)) = &e.kind
                        && scope.local(name).is_none()
                    {
                        self.report(blocks::unknown_name(name, e.span));
                    }
                }
                _ => {}
            }
            self.expr(visit::argument(arg));
        }
        self.within(Frame::new(FrameKind::Block, scope, ""), |c| c.body(&b.body));
    }
}

static FUTURE: &[&str] = &[
    "annotations",
    "absolute_import",
    "barry_as_FLUFL",
    "division",
    "generator_stop",
    "generators",
    "nested_scopes",
    "print_function",
    "unicode_literals",
    "with_statement",
];
