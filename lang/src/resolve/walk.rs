//! The walk that collects bindings and uses, in the order of evaluation.

use super::cells::RegionId;
use super::{Outer, Resolver, ScopeKind};
use crate::ast::*;
use crate::visit;

/// A place in the walk: the scope, and the branch or loop in it.
pub(super) struct Walk<'r, 'a> {
    pub r: &'r mut Resolver<'a>,
    pub scope: usize,
    pub region: RegionId,
    /// The scope that was opened last.
    pub inner: Option<usize>,
}

impl<'a> Walk<'_, 'a> {
    fn bind(&mut self, name: &Name) {
        let site = self.r.site(self.region);
        self.r.bind(self.scope, name, site);
        // What a block binds comes back to the edge.
        if self.r.scopes[self.scope].kind == ScopeKind::Block
            && let Some(outer) = self.r.scopes[self.scope].outer
        {
            self.r.bind(outer.scope, name, site);
        }
    }

    fn within(&mut self, is_loop: bool, f: impl FnOnce(&mut Self)) {
        let region = self.r.regions.add(self.region, is_loop);
        let before = std::mem::replace(&mut self.region, region);
        f(self);
        self.region = before;
    }

    fn branch(&mut self, body: &'a [Stmt]) {
        if !body.is_empty() {
            self.within(false, |w| w.body(body));
        }
    }

    pub fn body(&mut self, body: &'a [Stmt]) {
        for s in body {
            self.stmt(s);
        }
    }

    fn stmt(&mut self, s: &'a Stmt) {
        match &s.kind {
            StmtKind::Expr(e) => self.expr(e),
            StmtKind::Assign { targets, value } => {
                self.expr(value);
                targets.iter().for_each(|t| self.target(t));
            }
            StmtKind::AugAssign { target, value, .. } => {
                if let ExprKind::Name(name) = &target.kind {
                    self.r.use_name(self.scope, name);
                }
                self.expr(value);
                self.target(target);
            }
            StmtKind::AnnAssign { target, value, .. } => {
                value.iter().for_each(|v| self.expr(v));
                self.target(target);
            }
            StmtKind::Def(f) => {
                self.function(f);
                if f.decorators.is_empty() {
                    self.bind_definition(&f.name.name);
                } else {
                    // What it finds under its own name is what the decorators made of it.
                    self.bind(&f.name.name);
                }
            }
            StmtKind::Class(c) => {
                self.class(c);
                self.bind(&c.name.name);
            }
            StmtKind::Return(value) => value.iter().for_each(|v| self.expr(v)),
            StmtKind::If { test, body, orelse } => {
                self.expr(test);
                self.branch(body);
                self.branch(orelse);
            }
            StmtKind::While { test, body, orelse } => {
                self.within(true, |w| {
                    w.expr(test);
                    w.body(body);
                });
                self.branch(orelse);
            }
            StmtKind::For { target, iter, body, orelse, .. } => {
                self.expr(iter);
                self.within(true, |w| {
                    w.target(target);
                    w.body(body);
                });
                self.branch(orelse);
            }
            StmtKind::Break | StmtKind::Continue | StmtKind::Pass => {}
            StmtKind::Assert { test, message } => {
                self.expr(test);
                message.iter().for_each(|m| self.expr(m));
            }
            StmtKind::Raise { exception, cause } => {
                exception.iter().chain(cause).for_each(|e| self.expr(e));
            }
            StmtKind::Try { body, handlers, orelse, finally, .. } => {
                self.branch(body);
                handlers.iter().for_each(|h| self.handler(h));
                self.branch(orelse);
                self.branch(finally);
            }
            StmtKind::With { items, body, .. } => {
                for item in items {
                    self.expr(&item.context);
                    item.target.iter().for_each(|t| self.target(t));
                }
                self.branch(body);
            }
            StmtKind::Match { subject, cases } => {
                self.expr(subject);
                cases.iter().for_each(|c| self.case(c));
            }
            StmtKind::Import(names) => {
                names.iter().for_each(|alias| self.bind(&visit::imported(alias, false).name));
            }
            StmtKind::ImportFrom { names, .. } => {
                names.iter().for_each(|alias| self.bind(&visit::imported(alias, true).name));
            }
            StmtKind::Global(names) | StmtKind::Nonlocal(names) => {
                let declared = names.iter().map(|n| n.name.clone());
                self.r.scopes[self.scope].declared.extend(declared);
                names.iter().for_each(|n| self.r.use_name(self.scope, &n.name));
            }
            StmtKind::Delete(values) => values.iter().for_each(|v| self.target(v)),
            StmtKind::Block(b) => self.block(b),
        }
    }

    fn bind_definition(&mut self, name: &Name) {
        if let Some(inner) = self.inner {
            self.r.scopes[self.scope].defs.insert(name.clone(), inner);
        }
        self.bind(name);
    }

    fn handler(&mut self, h: &'a Handler) {
        self.within(false, |w| {
            h.class.iter().for_each(|c| w.expr(c));
            h.name.iter().for_each(|n| w.bind(&n.name));
            w.body(&h.body);
            // At its end the handler unbinds the name.
            h.name.iter().for_each(|n| w.bind(&n.name));
        });
    }

    fn case(&mut self, case: &'a MatchCase) {
        let (mut values, mut names) = (Vec::new(), Vec::new());
        visit::pattern(&case.pattern, &mut |e| values.push(e), &mut |n| names.push(n));
        self.within(false, |w| {
            values.into_iter().for_each(|e| w.expr(e));
            names.into_iter().for_each(|n| w.bind(&n.name));
            case.guard.iter().for_each(|g| w.expr(g));
            w.body(&case.body);
        });
    }

    fn target(&mut self, t: &'a Expr) {
        match &t.kind {
            ExprKind::Name(name) => self.bind(name),
            ExprKind::Tuple(values) | ExprKind::List(values) => values.iter().for_each(|v| self.target(v)),
            ExprKind::Starred(value) => self.target(value),
            _ => self.expr(t),
        }
    }

    fn expr(&mut self, e: &'a Expr) {
        match &e.kind {
            ExprKind::Name(name) => self.r.use_name(self.scope, name),
            ExprKind::Binary { .. } => visit::operands(e).into_iter().for_each(|o| self.expr(o)),
            ExprKind::Lambda(f) => self.function(f),
            ExprKind::Comprehension(c) => self.comprehension(c),
            ExprKind::Block(b) => self.block(b),
            ExprKind::Walrus { target, value } => {
                self.expr(value);
                self.walrus(&target.name);
            }
            ExprKind::Yield(_) | ExprKind::YieldFrom(_) => {
                let scope = self.r.walrus_scope(self.scope);
                self.r.scopes[scope].is_generator = self.r.scopes[scope].kind == ScopeKind::Function;
                visit::children(e, &mut |child| self.expr(child));
            }
            _ => visit::children(e, &mut |child| self.expr(child)),
        }
    }

    fn walrus(&mut self, name: &Name) {
        // It may stand where it is not always reached.
        let region = self.r.regions.add(self.region, false);
        let site = self.r.site(region);
        let owner = self.r.walrus_scope(self.scope);
        self.r.bind(owner, name, site);
        if self.r.scopes[owner].kind == ScopeKind::Block
            && let Some(outer) = self.r.scopes[owner].outer
        {
            self.r.bind(outer.scope, name, site);
        }
        if owner != self.scope {
            self.r.use_name(self.scope, name);
            self.r.scopes[owner].forced_cells.insert(name.clone());
        }
    }

    /// Enters a scope that stands here.
    fn enter(
        &mut self,
        kind: ScopeKind,
        slot: &'a std::sync::OnceLock<Scope>,
        name: &str,
        runs_late: bool,
    ) -> Walk<'_, 'a> {
        let site = self.r.site(self.region);
        let outer = Outer { scope: self.scope, site, runs_late };
        let prefix = match kind {
            ScopeKind::Class => format!("{}{name}.", self.r.scopes[self.scope].prefix),
            ScopeKind::Edge | ScopeKind::Block => String::new(),
            ScopeKind::Function => format!("{}{name}.<locals>.", self.r.scopes[self.scope].prefix),
            ScopeKind::Comprehension => format!("{}{name}.", self.r.scopes[self.scope].prefix),
        };
        let scope = self.r.open(kind, slot, Some(outer), &prefix);
        self.inner = Some(scope);
        // A function's straight line is its own: loops around it do not run its body again within one call.
        let region = match kind {
            ScopeKind::Function | ScopeKind::Edge => RegionId::ROOT,
            ScopeKind::Class | ScopeKind::Block | ScopeKind::Comprehension => self.region,
        };
        Walk { r: &mut *self.r, scope, region, inner: None }
    }

    fn function(&mut self, f: &'a Function) {
        f.decorators.iter().for_each(|d| self.expr(d));
        f.params.iter().filter_map(|p| p.default.as_ref()).for_each(|d| self.expr(d));
        let qualname = format!("{}{}", self.r.scopes[self.scope].prefix, f.name.name);
        let _ = f.qualname.set(qualname.into());
        let mut inner = self.enter(ScopeKind::Function, &f.scope, &f.name.name, true);
        f.params.iter().for_each(|p| inner.bind(&p.name.name));
        inner.body(&f.body);
        let scope = inner.scope;
        self.r.close(scope);
    }

    fn class(&mut self, c: &'a Class) {
        c.decorators.iter().for_each(|d| self.expr(d));
        c.args.iter().for_each(|a| self.expr(visit::argument(a)));
        let qualname = format!("{}{}", self.r.scopes[self.scope].prefix, c.name.name);
        let _ = c.qualname.set(qualname.into());
        let mut inner = self.enter(ScopeKind::Class, &c.scope, &c.name.name, false);
        inner.body(&c.body);
        let scope = inner.scope;
        self.r.close(scope);
    }

    fn block(&mut self, b: &'a Block) {
        b.args.iter().for_each(|a| self.expr(visit::argument(a)));
        let mut inner = self.enter(ScopeKind::Block, &b.scope, "", false);
        inner.body(&b.body);
        let scope = inner.scope;
        self.r.close(scope);
    }

    fn comprehension(&mut self, c: &'a Comprehension) {
        let (name, runs_late) = match c.kind {
            ComprehensionKind::List(_) => ("<listcomp>", false),
            ComprehensionKind::Set(_) => ("<setcomp>", false),
            ComprehensionKind::Dict(..) => ("<dictcomp>", false),
            ComprehensionKind::Generator(_) => ("<genexpr>", true),
        };
        c.clauses.iter().take(1).for_each(|clause| self.expr(&clause.iter));
        let mut inner = self.enter(ScopeKind::Comprehension, &c.scope, name, runs_late);
        inner.within(true, |w| {
            for (i, clause) in c.clauses.iter().enumerate() {
                if i > 0 {
                    w.expr(&clause.iter);
                }
                w.target(&clause.target);
                clause.conditions.iter().for_each(|e| w.expr(e));
            }
            visit::elements(&c.kind).into_iter().for_each(|e| w.expr(e));
        });
        let scope = inner.scope;
        self.r.close(scope);
    }
}
