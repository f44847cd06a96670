//! What the check must know of the whole text beforehand: imports, the methods of its classes.

use crate::ast::*;
use crate::visit;
use std::collections::{BTreeMap, BTreeSet};

/// What a look over the whole text gives.
#[derive(Default)]
pub(super) struct Survey<'a> {
    /// Names that are bound to a module, or to a thing in one, with the dotted name.
    pub imports: BTreeMap<String, String>,
    /// Names that import a module.
    pub modules: BTreeSet<String>,
    /// The methods of all classes.
    pub methods: BTreeSet<&'a str>,
    /// Names bound to `remotely.as_completed(...)`, whose `add` is a verb.
    pub completions: BTreeSet<&'a str>,
    /// Names that an assignment binds to a list made for them, which no other name holds.
    pub lists: BTreeSet<&'a str>,
    /// `from __future__ import annotations`.
    pub has_lazy_annotations: bool,
    /// Imports from `__future__` begin no later than here.
    pub future_end: u32,
}

pub(super) fn survey(module: &Module) -> Survey<'_> {
    let mut survey = Survey::default();
    survey.body(&module.body, false);
    let leading = module.body.iter().enumerate().take_while(|(i, s)| match &s.kind {
        StmtKind::Expr(e) => *i == 0 && matches!(e.kind, ExprKind::Constant(Constant::Str(_))),
        StmtKind::ImportFrom { module: Some(module), .. } => &*module.name == "__future__",
        _ => false,
    });
    survey.future_end = leading.last().map_or(0, |(_, s)| s.span.start);
    survey
}

impl<'a> Survey<'a> {
    fn body(&mut self, body: &'a [Stmt], in_class: bool) {
        for s in body {
            self.stmt(s, in_class);
        }
    }

    fn stmt(&mut self, s: &'a Stmt, in_class: bool) {
        match &s.kind {
            StmtKind::Import(names) => names.iter().for_each(|alias| {
                let bound = visit::imported(alias, false).name;
                let target = if alias.asname.is_some() { &alias.name.name } else { &bound };
                self.imports.insert(bound.to_string(), target.to_string());
                self.modules.insert(bound.to_string());
            }),
            StmtKind::ImportFrom { module: Some(module), level: 0, names } => {
                for alias in names {
                    let bound = visit::imported(alias, true).name;
                    let target = format!("{}.{}", module.name, alias.name.name);
                    self.has_lazy_annotations |= target == "__future__.annotations";
                    if crate::builtins::is_pure_module(&target) {
                        self.modules.insert(bound.to_string());
                    }
                    self.imports.insert(bound.to_string(), target);
                }
            }
            StmtKind::Assign { targets, value } => {
                if let [Expr { kind: ExprKind::Name(name), .. }] = targets.as_slice() {
                    if is_as_completed(value) {
                        self.completions.insert(name);
                    }
                    if is_new_list(value) {
                        self.lists.insert(name);
                    }
                }
            }
            StmtKind::Def(f) => {
                if in_class {
                    self.methods.insert(&f.name.name);
                }
                self.body(&f.body, false);
            }
            StmtKind::Class(c) => self.body(&c.body, true),
            StmtKind::If { body, orelse, .. }
            | StmtKind::While { body, orelse, .. }
            | StmtKind::For { body, orelse, .. } => {
                self.body(body, in_class);
                self.body(orelse, in_class);
            }
            StmtKind::Try { body, handlers, orelse, finally, .. } => {
                self.body(body, in_class);
                handlers.iter().for_each(|h| self.body(&h.body, in_class));
                self.body(orelse, in_class);
                self.body(finally, in_class);
            }
            StmtKind::With { body, .. } => self.body(body, in_class),
            StmtKind::Match { cases, .. } => cases.iter().for_each(|c| self.body(&c.body, in_class)),
            StmtKind::Block(b) => self.body(&b.body, in_class),
            _ => {}
        }
    }

    /// The dotted name that an expression means, if it begins with an import.
    pub fn dotted(&self, e: &Expr) -> Option<String> {
        match &e.kind {
            ExprKind::Name(name) => self.imports.get(&**name).cloned(),
            ExprKind::Attribute { value, attr } => Some(format!("{}.{}", self.dotted(value)?, attr.name)),
            _ => None,
        }
    }
}

/// Does this make a list: a display, a comprehension, `list(...)`, `sorted(...)`, a display with more, or repeated?
fn is_new_list(e: &Expr) -> bool {
    match &e.kind {
        ExprKind::List(_) => true,
        ExprKind::Comprehension(c) => matches!(c.kind, ComprehensionKind::List(_)),
        ExprKind::Call { func, .. } => {
            matches!(&func.kind, ExprKind::Name(name) if matches!(&**name, "list" | "sorted"))
        }
        // One step deep: a chain of operators may be long.
        ExprKind::Binary { op: BinOp::Add | BinOp::Mul, left, right } => {
            [left, right].iter().any(|e| matches!(e.kind, ExprKind::List(_)))
        }
        _ => false,
    }
}

fn is_as_completed(e: &Expr) -> bool {
    let ExprKind::Call { func, .. } = &e.kind else { return false };
    let ExprKind::Attribute { value, attr } = &func.kind else { return false };
    &*attr.name == "as_completed" && matches!(&value.kind, ExprKind::Name(n) if &**n == "remotely")
}
