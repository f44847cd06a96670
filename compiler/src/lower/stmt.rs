//! Statements.

use super::exceptions::Clauses;
use super::{Cleanup, Edges, Lower, Mode, Val};
use crate::ir::{Operand, Term};
use crate::program::Body;
use crate::types::Ty;
use afar_lang::ast::{Alias, Expr, Stmt, StmtKind};
use afar_runtime::abi::Rt;

impl<'t> Lower<'_, 't> {
    pub(super) fn stmts(&mut self, stmts: &'t [Stmt]) {
        let mut rest = stmts;
        while let (Some((first, others)), false) = (rest.split_first(), self.dead) {
            match self.forked_assignments(rest) {
                0 => {
                    self.stmt(first);
                    rest = others;
                }
                n => rest = &rest[n..],
            }
        }
    }

    pub(super) fn stmt(&mut self, stmt: &'t Stmt) {
        let mark = self.mark();
        let before = std::mem::replace(&mut self.span, stmt.span);
        self.mark_place();
        self.stmt_inner(stmt);
        self.span = before;
        self.release(mark);
    }

    fn stmt_inner(&mut self, stmt: &'t Stmt) {
        match &stmt.kind {
            StmtKind::Expr(e) => {
                if self.mode != Mode::Edge || !self.effect(e) {
                    self.eval(e);
                }
            }
            StmtKind::Assign { targets, value } => {
                if let [target] = targets.as_slice()
                    && self.update_in_place(target, value)
                {
                    return;
                }
                let value = self.eval(value);
                if self.dead {
                    return;
                }
                if targets.len() > 1 {
                    let value = self.steady(value);
                    for target in targets {
                        // Each target gets its own reference.
                        self.assign(target, shared(&value));
                    }
                    return;
                }
                for target in targets {
                    self.assign(target, value.clone());
                }
            }
            StmtKind::AnnAssign { target, annotation, value } => {
                if let Some(value) = value {
                    let value = self.eval(value);
                    self.assign(target, value);
                }
                // One of a class body is kept, and evaluated there; one in a function never is.
                if self.class_scopes.is_empty() && !matches!(self.code.body, Body::Function(_)) {
                    self.try_annotation(annotation);
                }
            }
            StmtKind::Def(f) => {
                let value = self.decorated_function(f);
                if !self.dead {
                    self.bind_name(&f.name.name, value);
                }
            }
            StmtKind::Class(class) => {
                let value = self.make_class(class);
                if !self.dead {
                    self.bind_name(&class.name.name, value);
                }
            }
            StmtKind::Return(value) => {
                let value = value.as_ref().map_or_else(Val::none, |e| self.eval(e));
                if !self.dead {
                    self.return_through_cleanups(value);
                }
            }
            StmtKind::If { test, body, orelse } => self.if_stmt(test, body, orelse),
            StmtKind::While { test, body, orelse } => {
                self.outside_enum_body(|s| s.while_stmt(test, body, orelse));
            }
            StmtKind::For { target, iter, body, orelse, .. } => {
                self.outside_enum_body(|s| s.for_stmt(target, iter, body, orelse));
            }
            StmtKind::Break => self.leave_loop(true),
            StmtKind::Continue => self.leave_loop(false),
            StmtKind::Pass => {}
            StmtKind::Assert { test, message } => self.assert(test, message.as_ref()),
            StmtKind::Raise { exception, cause } => self.raise(exception.as_ref(), cause.as_ref()),
            StmtKind::Try { body, handlers, orelse, finally, is_star } => {
                let clauses = if *is_star { Clauses::Parts(handlers) } else { Clauses::Whole(handlers) };
                self.try_stmt(body, clauses, orelse, finally);
            }
            StmtKind::With { items, body, .. } => self.with_stmt(items, body),
            StmtKind::Match { subject, cases } => self.match_stmt(subject, cases),
            StmtKind::Import(names) => self.import(names),
            StmtKind::ImportFrom { module, level, names } => {
                let dots = ".".repeat(*level as usize);
                let module = module.as_ref().map_or(String::new(), |m| m.name.to_string());
                self.import_from(&format!("{dots}{module}"), names);
            }
            StmtKind::Block(block) => {
                self.eval_block(block, false);
            }
            StmtKind::AugAssign { .. }
            | StmtKind::Global(_)
            | StmtKind::Nonlocal(_)
            | StmtKind::Delete(_) => {
                self.refuse("this statement is not pure");
            }
        }
    }

    /// `return value`, once all cleanups have run.
    pub(super) fn return_value(&mut self, value: Val) {
        if self.dead {
            return;
        }
        if self.mode == Mode::Generator {
            let value = self.boxed_operand(&value);
            self.rt(Rt::generator_return, vec![value]);
            self.end(Term::Return(Vec::new()));
            return;
        }
        self.ret = self.join(&self.ret, &value.ty).capped();
        let to = self.join(&self.ret_assumed, &self.ret);
        if to != self.ret_assumed {
            // This round will be repeated with the wider type.
            self.ret = to;
            self.end(Term::Unreachable);
            return;
        }
        let value = self.convert(value, &to);
        self.end_with(value);
    }

    /// Ends the function with a value of the type of its result.
    pub(super) fn end_with(&mut self, value: Val) {
        let mut regs = Vec::new();
        for part in value.parts {
            match part {
                super::Part::Reg(r) => regs.push(r),
                super::Part::Temp(slot) => regs.push(slot),
                part => {
                    let slot = self.temp();
                    self.emit(crate::ir::Inst::Clone(slot, Self::part_operand(part)));
                    regs.push(slot);
                }
            }
        }
        self.end(Term::Return(regs));
    }

    fn return_through_cleanups(&mut self, value: Val) {
        if self.cleanups.iter().any(|c| !matches!(c, Cleanup::Loop)) {
            let value = self.to_any(value);
            let slot = self.func.reg(crate::types::Reg::Slot);
            self.box_into(slot, &value);
            self.run_cleanups(0);
            self.return_value(Val { ty: Ty::Any, parts: vec![super::Part::Temp(slot)] });
            return;
        }
        self.return_value(value);
    }

    fn if_stmt(&mut self, test: &'t Expr, body: &'t [Stmt], orelse: &'t [Stmt]) {
        let mark = self.mark();
        let test = self.eval(test);
        if self.dead {
            return;
        }
        let (truth, known) = self.truth_or_known(&test);
        self.release(mark);
        if let Some(known) = known {
            self.stmts(if known { body } else { orelse });
            return;
        }
        let (then, other) = (self.new_block(), self.new_block());
        self.branch(truth, then, other);
        let env = self.env.clone();
        let mut ends = Edges::default();
        for (block, stmts) in [(then, body), (other, orelse)] {
            self.enter(block);
            self.env = env.clone();
            self.stmts(stmts);
            self.edge(&mut ends);
        }
        self.meet(ends);
    }

    fn assert(&mut self, test: &'t Expr, message: Option<&'t Expr>) {
        let place = test.span;
        let test = self.eval(test);
        if self.dead {
            return;
        }
        let truth = self.truth(&test);
        let (good, bad) = (self.new_block(), self.new_block());
        self.branch(truth, good, bad);
        let env = self.env.clone();
        self.enter(bad);
        let message = match message {
            Some(e) => self.eval(e),
            None => {
                let slot = self.temp();
                Val::temp(slot)
            }
        };
        if !self.dead {
            let message = self.boxed_operand(&message);
            self.with_span(place, |s| s.rt(Rt::raise_assertion, vec![message]));
            self.end(Term::Unreachable);
        }
        self.enter(good);
        self.env = env;
    }

    fn raise(&mut self, exception: Option<&'t Expr>, cause: Option<&'t Expr>) {
        let Some(exception) = exception else {
            self.rt(Rt::need_handled, vec![]);
            self.unseen(Rt::reraise, vec![]);
            self.end(Term::Unreachable);
            return;
        };
        let exception = self.eval(exception);
        let cause = cause.map(|e| self.eval(e));
        if self.dead {
            return;
        }
        let exception = self.boxed_operand(&exception);
        match cause {
            Some(cause) => {
                let cause = self.boxed_operand(&cause);
                self.rt(Rt::raise_from, vec![exception, cause]);
            }
            None => self.rt(Rt::raise, vec![exception]),
        }
        self.end(Term::Unreachable);
    }

    fn import(&mut self, names: &'t [Alias]) {
        for alias in names {
            let top = alias.name.name.split('.').next().unwrap_or_default();
            let wanted = if alias.asname.is_some() { &*alias.name.name } else { top };
            let value = self.import_module(&alias.name.name, wanted);
            let bound = alias.asname.as_ref().map_or_else(|| top.into(), |a| a.name.clone());
            self.bind_name(&bound, value);
        }
    }

    /// Loads a module, and gives it or the package at its top.
    fn import_module(&mut self, name: &str, wanted: &str) -> Val {
        let from = Operand::Imm(i64::from(self.code.globals.id));
        let (name, wanted) = (self.text_const(name), self.text_const(wanted));
        self.rt_value(Rt::import_module, vec![from, name, wanted])
    }

    fn import_from(&mut self, module: &str, names: &'t [Alias]) {
        if module == "__future__" {
            if names.iter().any(|n| &*n.name.name == "annotations") {
                self.store_global(&crate::annotations::LAZY.into(), Val::none());
            }
            return;
        }
        let value = self.import_module(module, module);
        let module = self.own_slot(&value);
        if names.is_empty() {
            let globals = Operand::Imm(i64::from(self.code.globals.id));
            self.rt(Rt::import_all, vec![Operand::Reg(module), globals]);
            return;
        }
        for alias in names {
            let name = self.name_const(&alias.name.name);
            let value = self.rt_value(Rt::import_name, vec![Operand::Reg(module), name]);
            let bound = alias.asname.as_ref().unwrap_or(&alias.name);
            self.bind_name(&bound.name, value);
        }
    }
}

/// The same value, whose temporaries may not be moved from.
pub(super) fn shared(value: &Val) -> Val {
    let parts = value
        .parts
        .iter()
        .map(|p| match p {
            super::Part::Temp(slot) => super::Part::Var(*slot),
            other => *other,
        })
        .collect();
    Val { ty: value.ty.clone(), parts }
}
