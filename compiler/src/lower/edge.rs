//! The edge: effects in order, everything pure as a unit of its own.

use super::{Lower, Mode, Part, Val};
use crate::ir::{Operand, Term};
use crate::program::{Body, Owner};
use crate::types::Ty;
use afar_lang::ast::{Arg, Block, Comprehension, Expr, ExprKind, Name, Stmt, StmtKind};
use afar_runtime::abi::Rt;
use std::sync::Arc;

/// The name, none that a program could have, under which a block keeps the value of its last expression.
pub const BLOCK_VALUE: &str = ".value";

impl<'t> Lower<'_, 't> {
    /// A statement of the edge.
    pub(super) fn edge_body(&mut self, owner: &'t Owner, at: usize, as_unit: bool) {
        let Some(stmt) = owner.stmts().get(at) else { return };
        if as_unit && is_compound(stmt) && !has_effect(std::slice::from_ref(stmt)) {
            let mut names = Vec::new();
            crate::tree::assigned(std::slice::from_ref(stmt), &mut names);
            if !self.comp.is_read_by_functions(&self.code.clone(), &names) {
                self.call_unit_stmt(owner, at, names);
                self.finish_edge();
                return;
            }
        }
        self.stmt(stmt);
        self.finish_edge();
    }

    fn finish_edge(&mut self) {
        if !self.dead {
            self.end(Term::Return(Vec::new()));
        }
    }

    fn call_unit_stmt(&mut self, owner: &'t Owner, at: usize, names: Vec<Name>) {
        let outer = self.code.clone();
        let (code_id, bound) = self.comp.register_unit(owner, at, &names, &outer);
        let values: Vec<Val> =
            bound.iter().map(|n| self.eval_global(n)).map(|v| super::stmt::shared(&v)).collect();
        let (run, n) = self.run_of(&values);
        let code = Operand::Imm(i64::from(code_id.0));
        let result = self.call_unit(vec![code, Operand::Reg(run), Operand::Imm(n)]);
        let globals = Operand::Imm(i64::from(self.code.globals.id));
        let all: Vec<_> = names.iter().map(afar_runtime::Value::str).collect();
        let all = Operand::Const(self.comp.constant(afar_runtime::Value::tuple(all)));
        self.rt(Rt::store_globals, vec![globals, all, Self::part_operand(result.parts[0])]);
    }

    /// The body of a statement that is a unit: its names as a tuple, `Unbound` where they are not bound.
    pub(super) fn unit_body(&mut self, stmt: &'t Stmt, names: &[Name]) {
        self.stmt(stmt);
        if self.dead {
            return;
        }
        let values: Vec<Val> = names
            .iter()
            .map(|n| match self.find_var(n) {
                Some(var) => self.read_for_export(var),
                None => Val::none(),
            })
            .collect();
        let (first, n) = self.run_of(&values);
        let tuple = self.rt_value(Rt::make_tuple, vec![Operand::Reg(first), Operand::Imm(n)]);
        self.return_value(tuple);
    }

    /// An expression at the edge: boxed in place where it is simple or has effects, else a unit.
    pub(super) fn eval_edge(&mut self, expr: &'t Expr) -> Val {
        let facts = self.facts(expr);
        if facts.is_simple || facts.has_effect || facts.has_walrus {
            return self.eval_inner(expr);
        }
        if matches!(expr.kind, ExprKind::Lambda(_)) {
            return self.eval_inner(expr);
        }
        self.hidden(expr)
    }

    /// What decides how an expression is done, found once for each in it: long ones nest deeply.
    fn facts(&mut self, expr: &'t Expr) -> Facts {
        if let Some(known) = self.facts.get(&expr.id) {
            return *known;
        }
        let mut facts =
            Facts { is_simple: true, has_effect: is_effect(expr), has_walrus: crate::tree::is_walrus(expr) };
        crate::tree::each_child(expr, true, &mut |e| {
            let inner = self.facts(e);
            facts.is_simple &= inner.is_simple;
            facts.has_effect |= inner.has_effect;
            facts.has_walrus |= inner.has_walrus;
        });
        facts.is_simple = is_simple(expr, facts.is_simple);
        self.facts.insert(expr.id, facts);
        facts
    }

    /// An expression as a unit of its own: typed, and run again where ints turn out large.
    pub(super) fn hidden(&mut self, expr: &'t Expr) -> Val {
        // In the body of a class, what is a function within the expression must not see the names of the class: a unit
        // would hand them all to it.
        let in_class_body = self.class_scopes.last().is_some_and(|class| class + 1 == self.scopes.len());
        if in_class_body || self.facts(expr).has_walrus {
            return self.inline_boxed(expr);
        }
        let mut names = Vec::new();
        crate::tree::mentioned(expr, &mut names);
        let mut captures = Vec::new();
        let mut values = Vec::new();
        for name in names {
            if let Some(var) = self.find_var(&name) {
                let is_cell = self.vars[var.0 as usize].is_cell;
                if is_cell {
                    let regs = self.regs_of(var, &Ty::Cell);
                    values.push(Val { ty: Ty::Cell, parts: vec![Part::Var(regs[0])] });
                } else if self.is_bound(var) {
                    values.push(self.read_var(var));
                } else {
                    values.push(self.read_for_export(var));
                }
                captures.push((name, is_cell));
            } else if self.code.volatile.contains(&name) {
                let globals = Operand::Imm(i64::from(self.code.globals.id));
                let text = self.name_const(&name);
                values.push(self.rt_value(Rt::peek_global, vec![globals, text]));
                captures.push((name, false));
            }
        }
        let outer = self.code.clone();
        let code_id = self.comp.register_expr(expr, captures, &outer);
        let (run, n) = self.run_of(&values);
        let code = Operand::Imm(i64::from(code_id.0));
        self.call_unit(vec![code, Operand::Reg(run), Operand::Imm(n)])
    }

    /// A call of a unit, which is the same frame for the user.
    fn call_unit(&mut self, args: Vec<Operand>) -> Val {
        self.untraced = true;
        let value = self.rt_value(Rt::call_unit, args);
        self.untraced = false;
        value
    }

    /// A comprehension with an assignment expression, in boxed code.
    fn inline_boxed(&mut self, expr: &'t Expr) -> Val {
        let ExprKind::Comprehension(c) = &expr.kind else { return self.eval_inner(expr) };
        match &c.kind {
            afar_lang::ast::ComprehensionKind::List(_) => self.build_list(c),
            // It binds names of the edge when, and as far as, somebody asks it for elements.
            afar_lang::ast::ComprehensionKind::Generator(_) => self.make_generator(c, expr),
            afar_lang::ast::ComprehensionKind::Set(_) => {
                let slot = self.new_collection(Rt::new_set);
                self.run_comprehension(c, super::comprehension::Sink::Set(slot));
                self.finish_collection(slot, Ty::Any)
            }
            afar_lang::ast::ComprehensionKind::Dict(..) => {
                let slot = self.new_collection(Rt::new_dict);
                self.run_comprehension(c, super::comprehension::Sink::Dict(slot));
                self.finish_collection(slot, Ty::Any)
            }
        }
    }

    /// The body of a generator expression: parameter 0 is the iterator of the first clause.
    pub(super) fn generator_expression(&mut self, c: &'t Comprehension) {
        let iter = self.find_var(".0").map(|var| self.regs_of(var, &Ty::Any));
        let Some(slot) = iter.and_then(|regs| regs.first().copied()) else { return };
        let source = super::loops::Source::Iter { slot, item: Ty::Any };
        self.run_from(c, &source, super::comprehension::Sink::Yield);
        if !self.dead {
            self.return_value(Val::none());
        }
    }

    /// A statement that is an expression: in a session, its value is shown.
    pub(super) fn effect(&mut self, expr: &'t Expr) -> bool {
        if self.ends_block() {
            let value = self.eval(expr);
            if !self.dead {
                self.store_global(&BLOCK_VALUE.into(), value);
            }
            return true;
        }
        if !self.comp.shows(&self.code.clone()) {
            return false;
        }
        let value = self.eval(expr);
        if !self.dead {
            let value = self.boxed_operand(&value);
            self.rt(Rt::show, vec![value]);
        }
        true
    }

    /// Is this the last statement of a block, whose value is that of the block.
    fn ends_block(&self) -> bool {
        match &self.code.body {
            Body::Edge { owner: owner @ Owner::Block(_), stmt, .. } => {
                *stmt + 1 == owner.stmts().len()
                    && matches!(owner.stmts().last().map(|s| &s.kind), Some(StmtKind::Expr(_)))
            }
            _ => false,
        }
    }

    /// A `remotely` block.
    pub(super) fn eval_block(&mut self, block: &'t Arc<Block>, is_expr: bool) -> Val {
        if self.mode != Mode::Edge {
            return self.refuse("`remotely` stands at the edge only");
        }
        let given = self.eval_args(&block.args);
        if self.dead {
            return Val::never();
        }
        let values: Vec<Val> = given.pos.iter().chain(given.kw.iter().map(|(_, v)| v)).cloned().collect();
        let (first, n) = self.run_of(&values);
        let names: Vec<_> = given.kw.iter().map(|(n, _)| afar_runtime::Value::str(n)).collect();
        let names = Operand::Const(self.comp.constant(afar_runtime::Value::tuple(names)));
        let outer = self.code.clone();
        let number = self.comp.register_block(block, &outer);
        let mode = block.mode.as_ref().map_or("", |m| &m.name);
        let mode = self.text_const(mode);
        let args = vec![
            Operand::Imm(i64::from(number)),
            mode,
            Operand::Reg(first),
            Operand::Imm(n),
            names,
            Operand::Imm(i64::from(is_expr)),
        ];
        self.rt_value(Rt::run_block, args)
    }

    /// Gives an element out of a generator.
    pub(super) fn yield_element(&mut self, value: &Val) {
        let value = self.to_any(value.clone());
        let slot = self.own_slot(&value);
        let resume = self.new_block();
        self.end(Term::Yield { value: slot, resume });
        self.enter(resume);
        // What is sent into a generator expression has no reader; what is thrown is raised here.
        self.rt_value(Rt::resume_value, vec![]);
    }
}

/// Is a statement run as a unit, where nothing speaks against it.
pub fn runs_as_unit(stmt: &Stmt) -> bool {
    is_compound(stmt) && !has_effect(std::slice::from_ref(stmt))
}

/// Statements whose parts run more than once, or not at all.
fn is_compound(stmt: &Stmt) -> bool {
    matches!(
        stmt.kind,
        StmtKind::For { .. } | StmtKind::While { .. } | StmtKind::If { .. } | StmtKind::Match { .. }
    )
}

/// Does any of these statements do more than compute and bind.
pub fn has_effect(stmts: &[Stmt]) -> bool {
    let mut found = false;
    crate::tree::each_expr(stmts, &mut |e| found = found || mentions_effect(e));
    found || stmts.iter().any(defines)
}

/// Does a statement define, import, or hold a block.
fn defines(stmt: &Stmt) -> bool {
    match &stmt.kind {
        StmtKind::Def(_)
        | StmtKind::Class(_)
        | StmtKind::Import(_)
        | StmtKind::ImportFrom { .. }
        | StmtKind::Block(_)
        | StmtKind::Try { .. }
        | StmtKind::With { .. } => true,
        StmtKind::If { body, orelse, .. }
        | StmtKind::While { body, orelse, .. }
        | StmtKind::For { body, orelse, .. } => body.iter().chain(orelse).any(defines),
        StmtKind::Match { cases, .. } => cases.iter().any(|c| c.body.iter().any(defines)),
        _ => false,
    }
}

/// Does an expression name something that acts on the world.
fn mentions_effect(expr: &Expr) -> bool {
    crate::tree::any_in(expr, &is_effect)
}

pub(super) fn is_effect(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Name(name) => matches!(&**name, "print" | "remotely" | "write_text" | "exit"),
        ExprKind::Attribute { attr, .. } => matches!(&*attr.name, "write_text" | "exit"),
        ExprKind::Block(_) => true,
        _ => false,
    }
}

/// What decides how an expression of the edge is done.
#[derive(Clone, Copy, Debug)]
pub(super) struct Facts {
    /// It is done faster than a unit is entered.
    is_simple: bool,
    /// Something in it acts on the world.
    has_effect: bool,
    /// There is an assignment expression in it.
    has_walrus: bool,
}

/// Is an expression done faster than a unit is entered, by whether its parts are.
fn is_simple(expr: &Expr, parts: bool) -> bool {
    match &expr.kind {
        ExprKind::Constant(_) | ExprKind::Name(_) => true,
        ExprKind::Tuple(items) | ExprKind::List(items) => items.len() < 50 && parts,
        ExprKind::Unary { .. }
        | ExprKind::Binary { .. }
        | ExprKind::Compare { .. }
        | ExprKind::Attribute { .. }
        | ExprKind::Subscript { .. }
        | ExprKind::Starred(_) => parts,
        ExprKind::Call { func, args } => {
            let is_plain = |a: &Arg| matches!(a, Arg::Positional(_));
            matches!(&func.kind, ExprKind::Name(n) if matches!(&**n, "print" | "len" | "str" | "repr"))
                && args.iter().all(is_plain)
                && parts
        }
        _ => false,
    }
}
