//! Which variables a round of a loop takes over from the round before.

use crate::tree;
use afar_lang::ast::{Expr, ExprKind, Name, Stmt, StmtKind};

/// The variables that the body of a loop binds, and that a round may read before it has bound them: by name, in the order in which
/// they are read. `over` is what is evaluated at the head: the test of a `while`, which is read in each round, or what a `for` runs over.
pub(super) fn carried(target: Option<&Expr>, over: &Expr, body: &[Stmt]) -> Vec<Name> {
    round_of(target, over, body).found
}

/// What a round of a loop does with the variables that its body binds.
pub(super) fn round_of(target: Option<&Expr>, over: &Expr, body: &[Stmt]) -> Round {
    let mut round = Round { bound: Vec::new(), found: Vec::new() };
    tree::assigned(body, &mut round.bound);
    let mut set = Vec::new();
    match target {
        Some(target) => tree::target_names(target, &mut set),
        None => round.read(over, &mut set),
    }
    round.stmts(body, &mut set);
    round
}

/// What a round does with the variables that the body binds.
pub(super) struct Round {
    /// What the body binds.
    pub(super) bound: Vec<Name>,
    /// What is read before the round has bound it, in the order in which it is read.
    pub(super) found: Vec<Name>,
}

impl Round {
    /// `set` are the names that are bound in this round on all ways that lead here.
    fn read(&mut self, expr: &Expr, set: &mut Vec<Name>) {
        let mut read = Vec::new();
        tree::mentioned(expr, &mut read);
        for name in read {
            if self.bound.contains(&name) && !set.contains(&name) && !self.found.contains(&name) {
                self.found.push(name);
            }
        }
        walruses(expr, set);
    }

    /// Statements; true where nothing comes behind them.
    fn stmts(&mut self, stmts: &[Stmt], set: &mut Vec<Name>) -> bool {
        stmts.iter().any(|stmt| self.stmt(stmt, set))
    }

    fn stmt(&mut self, stmt: &Stmt, set: &mut Vec<Name>) -> bool {
        match &stmt.kind {
            StmtKind::Assign { targets, value } => {
                self.read(value, set);
                targets.iter().for_each(|t| tree::target_names(t, set));
            }
            StmtKind::AnnAssign { target, value: Some(value), .. } => {
                self.read(value, set);
                tree::target_names(target, set);
            }
            StmtKind::If { test, body, orelse } => {
                self.read(test, set);
                let mut other = set.clone();
                let ends = [self.stmts(body, set), self.stmts(orelse, &mut other)];
                match ends {
                    [true, true] => return true,
                    [true, false] => *set = other,
                    [false, true] => {}
                    [false, false] => set.retain(|n| other.contains(n)),
                }
            }
            StmtKind::For { target, iter, body, orelse, .. } => {
                self.read(iter, set);
                let mut inner = set.clone();
                tree::target_names(target, &mut inner);
                self.stmts(body, &mut inner);
                self.stmts(orelse, &mut set.clone());
            }
            StmtKind::With { body, .. } => {
                tree::own_exprs(stmt, &mut |e| self.read(e, set));
                return self.stmts(body, set);
            }
            StmtKind::Break | StmtKind::Continue | StmtKind::Return(_) | StmtKind::Raise { .. } => {
                tree::own_exprs(stmt, &mut |e| self.read(e, set));
                return true;
            }
            _ => {
                tree::own_exprs(stmt, &mut |e| self.read(e, set));
                tree::each_body(stmt, &mut |body| {
                    self.stmts(body, &mut set.clone());
                });
            }
        }
        false
    }
}

fn walruses(expr: &Expr, set: &mut Vec<Name>) {
    if let ExprKind::Walrus { target, .. } = &expr.kind {
        set.push(target.name.clone());
    }
    tree::each_child(expr, false, &mut |e| walruses(e, set));
}
