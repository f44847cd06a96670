//! Functions, lambdas and classes.

use super::Checker;
use super::frames::{Frame, FrameKind};
use crate::ast::*;
use crate::diagnostics::{names, purity};
use crate::span::Span;
use crate::visit;
use std::collections::{BTreeMap, BTreeSet};

impl<'a> Checker<'a> {
    pub(super) fn function(&mut self, f: &'a Function) {
        if f.is_async {
            self.report(purity::asynchronous("`async def`", f.span, f.name.span));
        }
        f.decorators.iter().for_each(|d| self.expr(d));
        self.params(f);
        for param in &f.params {
            param.annotation.iter().for_each(|a| self.annotation(a));
        }
        f.returns.iter().for_each(|a| self.annotation(a));
        self.mutable_defaults(f);
        self.rebinds(f);
        let in_class = self.frame().kind == FrameKind::Class;
        let mut frame = Frame::new(FrameKind::Function, Self::scope_of(&f.scope), &f.name.name);
        let first = f.params.first();
        let first = first.filter(|p| matches!(p.kind, ParamKind::PositionalOnly | ParamKind::Normal));
        let first = first.map(|p| &*p.name.name);
        if in_class && (is_initializer(&f.name.name) || is_setter(f)) {
            frame.own = first;
        }
        if in_class && &*f.name.name == "__set__" {
            frame.own = f.params.get(1).map(|p| &*p.name.name);
        }
        if in_class && &*f.name.name == "__new__" {
            frame.is_new = true;
            frame.class_param = first;
        }
        frame.may_hash = in_class && &*f.name.name == "__hash__";
        self.within(frame, |c| c.body(&f.body));
    }

    pub(super) fn lambda(&mut self, f: &'a Function) {
        self.params(f);
        let frame = Frame::new(FrameKind::Lambda, Self::scope_of(&f.scope), "<lambda>");
        self.within(frame, |c| c.body(&f.body));
    }

    fn params(&mut self, f: &'a Function) {
        let mut seen: BTreeMap<&str, Span> = BTreeMap::new();
        for param in &f.params {
            if let Some(first) = seen.insert(&param.name.name, param.name.span) {
                self.report(names::duplicate_argument(&param.name, first));
            }
            if &*param.name.name == "__debug__" {
                self.report(names::reserved(&param.name.name, param.name.span));
            }
            param.default.iter().for_each(|d| self.expr(d));
        }
    }

    pub(super) fn class(&mut self, c: &'a Class) {
        c.decorators.iter().for_each(|d| self.expr(d));
        self.args(&c.args);
        let mut frame = Frame::new(FrameKind::Class, Self::scope_of(&c.scope), &c.name.name);
        frame.body = &c.body;
        self.within(frame, |checker| checker.body(&c.body));
    }

    /// A default that is made once, and written to in every call.
    fn mutable_defaults(&mut self, f: &'a Function) {
        for param in &f.params {
            let Some(default) = param.default.as_ref().filter(|d| is_mutable(d)) else { continue };
            let mut found = None;
            writes(&f.body, &param.name.name, &mut found);
            if let Some(write) = found {
                self.report(purity::mutable_default(&param.name, default.span, write));
            }
        }
    }

    /// `x = x + 1` where `x` belongs to a function around this one: it reads what is not bound yet.
    fn rebinds(&mut self, f: &'a Function) {
        let scope = Self::scope_of(&f.scope);
        let mut bound: BTreeSet<&str> = f.params.iter().map(|p| &*p.name.name).collect();
        for s in &f.body {
            let StmtKind::Assign { targets, value } = &s.kind else {
                if matches!(s.kind, StmtKind::Expr(_) | StmtKind::Pass) {
                    continue;
                }
                return;
            };
            let mut read = BTreeSet::new();
            reads(value, &mut read);
            for target in targets {
                if let ExprKind::Name(name) = &target.kind {
                    let owner = self.owner(name).filter(|_| read.contains(&**name));
                    if let Some(owner) =
                        owner.filter(|_| !bound.contains(&**name) && scope.local(name).is_some())
                    {
                        self.report(purity::rebind_captured(name, owner, target.span));
                    }
                    bound.insert(name);
                } else {
                    return;
                }
            }
        }
    }

    /// The function around this place that binds the name.
    fn owner(&self, name: &str) -> Option<&'a str> {
        let mut functions = self.frames.iter().rev().filter(|f| f.kind == FrameKind::Function);
        functions.find(|f| f.scope.local(name).is_some()).map(|f| f.name)
    }
}

fn is_mutable(e: &Expr) -> bool {
    match &e.kind {
        ExprKind::List(_) | ExprKind::Dict(_) | ExprKind::Set(_) => true,
        ExprKind::Comprehension(c) => !matches!(c.kind, ComprehensionKind::Generator(_)),
        ExprKind::Call { func, .. } => {
            matches!(&func.kind, ExprKind::Name(n) if matches!(&**n, "list" | "dict" | "set"))
        }
        _ => false,
    }
}

fn is_name(e: &Expr, name: &str) -> bool {
    matches!(&e.kind, ExprKind::Name(n) if &**n == name)
}

/// The first statement that writes to the value of `name`.
fn writes(body: &[Stmt], name: &str, found: &mut Option<Span>) {
    for s in body {
        if found.is_some() {
            return;
        }
        let hit = match &s.kind {
            StmtKind::Expr(Expr { kind: ExprKind::Call { func, .. }, .. }) => match &func.kind {
                ExprKind::Attribute { value, attr } => {
                    is_name(value, name) && super::calls::MUTATING.contains(&&*attr.name)
                }
                _ => false,
            },
            StmtKind::Assign { targets, .. } => targets.iter().any(|t| writes_item(t, name)),
            StmtKind::AugAssign { target, .. } => is_name(target, name) || writes_item(target, name),
            StmtKind::Delete(values) => values.iter().any(|t| writes_item(t, name)),
            _ => false,
        };
        if hit {
            *found = Some(s.span);
            return;
        }
        match &s.kind {
            StmtKind::If { body, orelse, .. }
            | StmtKind::While { body, orelse, .. }
            | StmtKind::For { body, orelse, .. } => {
                writes(body, name, found);
                writes(orelse, name, found);
            }
            StmtKind::With { body, .. } => writes(body, name, found),
            StmtKind::Try { body, handlers, orelse, finally, .. } => {
                writes(body, name, found);
                handlers.iter().for_each(|h| writes(&h.body, name, found));
                writes(orelse, name, found);
                writes(finally, name, found);
            }
            StmtKind::Match { cases, .. } => cases.iter().for_each(|c| writes(&c.body, name, found)),
            _ => {}
        }
    }
}

fn writes_item(t: &Expr, name: &str) -> bool {
    match &t.kind {
        ExprKind::Subscript { value, .. } => is_name(value, name),
        ExprKind::Tuple(values) | ExprKind::List(values) => values.iter().any(|v| writes_item(v, name)),
        _ => false,
    }
}

/// The names that an expression reads for certain.
fn reads<'a>(e: &'a Expr, out: &mut BTreeSet<&'a str>) {
    match &e.kind {
        ExprKind::Name(name) => {
            out.insert(name);
        }
        ExprKind::Binary { .. } => visit::operands(e).into_iter().for_each(|o| reads(o, out)),
        ExprKind::Bool { values, .. } => values.iter().take(1).for_each(|v| reads(v, out)),
        ExprKind::IfElse { test, .. } => reads(test, out),
        // What binds while it is evaluated is left to run time.
        ExprKind::Walrus { .. } => {}
        ExprKind::Comprehension(c) => c.clauses.iter().take(1).for_each(|clause| reads(&clause.iter, out)),
        _ => visit::children(e, &mut |child| reads(child, out)),
    }
}

/// Is it called to complete its first parameter: an instance, a descriptor, or a class.
fn is_initializer(name: &str) -> bool {
    matches!(name, "__init__" | "__post_init__" | "__set_name__" | "__init_subclass__")
}

/// Is it the setter of a property, which `__init__` may call; where others do, the write is refused when it runs.
fn is_setter(f: &Function) -> bool {
    f.decorators
        .iter()
        .any(|d| matches!(&d.kind, ExprKind::Attribute { attr, .. } if &*attr.name == "setter"))
}
