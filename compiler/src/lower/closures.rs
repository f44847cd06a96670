//! Functions and classes, where they are made.

use super::stmt::shared;
use super::{Lower, Val};
use crate::ir::{Operand, VReg};
use crate::types::{ClosureTy, Ty};
use afar_lang::ast::{self, Arg, Class, Function, StmtKind};
use afar_runtime::Value;
use afar_runtime::abi::Rt;
use afar_runtime::object::class::{ANNOTATED, FIRST};
use std::sync::Arc;

impl<'t> Lower<'_, 't> {
    /// A function, without its decorators.
    pub(super) fn make_function(&mut self, f: &'t Arc<Function>) -> Val {
        let outer = self.code.clone();
        let in_class = self.find_var("__class__").is_some();
        let code_id = self.comp.register_function(f, &outer, in_class);
        let code = self.comp.code(code_id);
        let defaults: Vec<Option<Val>> =
            f.params.iter().map(|p| p.default.as_ref().map(|e| self.eval(e))).collect();
        for (_, annotation) in crate::annotations::in_order(f) {
            self.try_annotation(annotation);
        }
        if self.dead {
            return Val::never();
        }
        let captures: Vec<Val> = code
            .captures
            .iter()
            .map(|c| {
                let own = (0..defaults.len()).find(|i| c.name == crate::compiler::default_name(*i));
                match own.and_then(|i| defaults[i].as_ref()) {
                    Some(default) => super::stmt::shared(default),
                    None => self.capture(&c.name, c.is_cell),
                }
            })
            .collect();
        if self.dead {
            return Val::never();
        }
        let closure = ClosureTy {
            code: code_id,
            captures: captures.iter().map(|v| v.ty.clone()).collect(),
            defaults: defaults.iter().map(|d| d.as_ref().map(|v| v.ty.clone())).collect(),
        };
        let identity = Val::int(self.rt_int(Rt::new_identity, vec![]));
        let components = std::iter::once(&identity).chain(&captures).chain(defaults.iter().flatten());
        let parts = components.flat_map(|v| v.parts.clone()).collect();
        let value = Val { ty: Ty::Closure(Arc::new(closure)), parts };
        if self.boxed() || value.ty.clone().capped() == Ty::Any {
            return self.to_any(value);
        }
        value
    }

    /// What an inner function captures under this name.
    fn capture(&mut self, name: &ast::Name, is_cell: bool) -> Val {
        let Some(var) = self.find_var_past_class(name) else {
            return self.eval_outer(name);
        };
        if self.vars[var.0 as usize].is_cell {
            if let (true, Some(shadow)) = (self.on_spot, self.bound_shadow(var)) {
                return self.read_var(shadow);
            }
            let state = self.env[var.0 as usize].clone();
            return match state.loc {
                super::Loc::Borrowed(address) => {
                    Val { ty: Ty::Cell, parts: vec![super::Part::Address(address)] }
                }
                super::Loc::Own => {
                    let regs = self.regs_of(var, &Ty::Cell);
                    Val { ty: Ty::Cell, parts: vec![super::Part::Var(regs[0])] }
                }
            };
        }
        let value = self.read_var(var);
        if is_cell && !self.dead {
            let value = self.boxed_operand(&value);
            return self.rt_value(Rt::new_cell, vec![value]).typed(Ty::Cell);
        }
        value
    }

    /// Makes a closure into a boxed function.
    pub(super) fn box_closure(&mut self, slot: VReg, closure: &ClosureTy, value: &Val) {
        let values = value.split(closure.components().iter());
        let (identity, values) = values.split_at(1);
        let (captures, given) = values.split_at(closure.captures.len());
        let mut given = given.iter();
        let defaults: Vec<Val> = closure
            .defaults
            .iter()
            .map(
                |d| if d.is_some() { given.next().cloned().unwrap_or_else(Val::never) } else { Val::never() },
            )
            .collect();
        let (first_capture, n_captures) = self.run_of(captures);
        let (first_default, n_defaults) = self.run_of(&defaults);
        let args = vec![
            Operand::Imm(i64::from(closure.code.0)),
            Operand::Reg(first_capture),
            Operand::Imm(n_captures),
            Operand::Reg(first_default),
            Operand::Imm(n_defaults),
            Self::part_operand(identity[0].parts[0]),
        ];
        self.rt_into(slot, Rt::make_func, args);
    }

    /// `def`: the function, decorated.
    pub(super) fn decorated_function(&mut self, f: &'t Arc<Function>) -> Val {
        let decorators: Vec<Val> = f.decorators.iter().map(|d| self.eval(d)).collect();
        if self.dead {
            return Val::never();
        }
        let value = self.make_function(f);
        self.decorate(&f.decorators, decorators, value)
    }

    fn decorate(&mut self, written: &[ast::Expr], decorators: Vec<Val>, mut value: Val) -> Val {
        for (expr, decorator) in written.iter().zip(decorators).rev() {
            if self.dead {
                return Val::never();
            }
            let given = super::calls::Given { pos: vec![value], kw: Vec::new() };
            value = self.with_span(expr.span, |s| s.call_given(decorator, given));
        }
        value
    }

    /// `class`.
    pub(super) fn make_class(&mut self, class: &'t Arc<Class>) -> Val {
        let decorators: Vec<Val> = class.decorators.iter().map(|d| self.eval(d)).collect();
        let bases = self.rt_value(Rt::new_list, vec![]);
        let keywords = self.rt_value(Rt::new_dict, vec![]);
        let (bases, keywords) = (Self::part_operand(bases.parts[0]), Self::part_operand(keywords.parts[0]));
        for arg in &class.args {
            match arg {
                Arg::Positional(e) => {
                    let value = self.eval(e);
                    let value = self.boxed_operand(&value);
                    self.rt(Rt::list_push, vec![bases, value]);
                }
                Arg::Star(e) => {
                    let value = self.eval(e);
                    let value = self.boxed_operand(&value);
                    self.rt(Rt::list_extend, vec![bases, value]);
                }
                Arg::Keyword(name, e) => {
                    let value = self.eval(e);
                    let (value, name) = (self.boxed_operand(&value), self.name_const(&name.name));
                    self.rt(Rt::dict_insert, vec![keywords, name, value]);
                }
                Arg::DoubleStar(e) => {
                    let value = self.eval(e);
                    let value = self.boxed_operand(&value);
                    self.rt(Rt::dict_merge, vec![keywords, value]);
                }
            }
        }
        if self.dead {
            return Val::never();
        }
        if !class.args.is_empty() {
            let info = self.class_info(class);
            self.rt(Rt::begin_class, vec![info, bases]);
        }
        let built = self.class_body(class, bases, keywords);
        self.decorate(&class.decorators, decorators, built)
    }

    fn class_body(&mut self, class: &'t Arc<Class>, bases: Operand, keywords: Operand) -> Val {
        self.scopes.push(rustc_hash::FxHashMap::default());
        let cell_name: ast::Name = "__class__".into();
        let cell = self.declare_in(class.id, &cell_name, true);
        self.env[cell.0 as usize] = super::VarState::unbound();
        self.make_cell(cell);
        let scope = class.scope.get().cloned().unwrap_or_default();
        let vars: Vec<_> = scope
            .locals
            .iter()
            .map(|l| {
                let var = self.declare_in(class.id, &l.name, false);
                self.env[var.0 as usize] = super::VarState::unbound();
                (l.name.clone(), var)
            })
            .collect();
        self.class_scopes.push(self.scopes.len() - 1);
        let enum_body = self.begin_enum_body(class, bases);
        let outer = std::mem::replace(&mut self.enum_body, enum_body);
        let qualname = class.qualname.get().unwrap_or(&class.name.name);
        let own = [
            ("__module__", Value::Str(self.code.info.module.clone())),
            ("__qualname__", Value::str(&**qualname)),
        ];
        for (name, value) in own {
            let is_it = |e: &ast::Expr| matches!(&e.kind, ast::ExprKind::Name(n) if &**n == name);
            if vars.iter().all(|(n, _)| &**n != name) && crate::tree::any_expr(&class.body, &is_it) {
                let var = self.declare_in(class.id, &name.into(), false);
                self.env[var.0 as usize] = super::VarState::unbound();
                let value = self.comp.constant(value);
                self.write_var(var, Val::constant(value));
            }
        }
        let mut annotated = Vec::new();
        for stmt in &class.body {
            if let Some((name, annotation)) = annotation_of(stmt) {
                let text = crate::annotations::text(annotation);
                annotated.extend([Value::str(name), text]);
            }
        }
        self.inlined.push(super::Inlined { func: class.name.name.clone(), outer: Some(class.span) });
        let twice = rebound(&class.body);
        let mut firsts: Vec<(&str, super::VReg)> = Vec::new();
        let mut eager: Vec<(&str, super::VReg)> = Vec::new();
        for stmt in &class.body {
            self.stmts(std::slice::from_ref(stmt));
            let is_bound = |name: &str| vars.iter().any(|(n, _)| &**n == name);
            // The last annotation of a name is the one that counts.
            if let Some((name, _)) = annotation_of(stmt) {
                eager.retain(|(annotated, _)| *annotated != name);
            }
            if let Some(found) = self.annotation_in_place(stmt, &is_bound) {
                eager.push(found);
            }
            for name in bound_by(stmt).into_iter().filter(|n| twice.contains(n)) {
                if !self.dead
                    && !firsts.iter().any(|(n, _)| *n == name)
                    && let Some((_, var)) = vars.iter().find(|(n, _)| &**n == name)
                {
                    let value = self.read_for_export(*var);
                    let slot = self.func.reg(crate::types::Reg::Slot);
                    self.box_into(slot, &shared(&value));
                    firsts.push((name, slot));
                }
            }
        }
        self.inlined.pop();
        self.enum_body = outer;
        if self.dead {
            self.class_scopes.pop();
            self.scopes.pop();
            return Val::never();
        }
        let mut values = Vec::new();
        for (_, var) in &vars {
            values.push(self.read_for_export(*var));
        }
        self.class_scopes.pop();
        self.scopes.pop();
        let mut names: Vec<Value> = vars.iter().map(|(n, _)| Value::str(n)).collect();
        for (name, slot) in firsts {
            names.push(Value::string(format!("{FIRST}{name}")));
            values.push(Val { ty: Ty::Any, parts: vec![super::Part::Var(slot)] });
        }
        for (name, slot) in eager {
            names.push(Value::string(format!("{ANNOTATED}{name}")));
            values.push(Val { ty: Ty::Any, parts: vec![super::Part::Var(slot)] });
        }
        let names = Operand::Const(self.comp.constant(Value::tuple(names)));
        let annotated = Operand::Const(self.comp.constant(Value::tuple(annotated)));
        let (first, n) = self.run_of(&values);
        let info = self.class_info(class);
        let built = self.rt_value(
            Rt::build_class,
            vec![info, bases, keywords, names, Operand::Reg(first), Operand::Imm(n), annotated],
        );
        let operand = self.boxed_operand(&built);
        let regs = self.regs_of(cell, &Ty::Cell);
        self.rt(Rt::cell_set, vec![Operand::Reg(regs[0]), operand]);
        built
    }

    /// The value of an annotation of a class body that must be evaluated where it stands.
    fn annotation_in_place(
        &mut self,
        stmt: &'t ast::Stmt,
        is_bound: &dyn Fn(&str) -> bool,
    ) -> Option<(&'t str, VReg)> {
        let (name, annotation) = annotation_of(stmt)?;
        if self.dead || self.keeps_texts() || !crate::annotations::is_eager(annotation, is_bound) {
            return None;
        }
        let value = self.eval(annotation);
        if self.dead {
            return None;
        }
        let slot = self.func.reg(crate::types::Reg::Slot);
        self.box_into(slot, &shared(&value));
        Some((name, slot))
    }

    /// Evaluates an annotation that may fail, for that alone.
    pub(super) fn try_annotation(&mut self, annotation: &'t ast::Expr) {
        if !self.dead && !self.keeps_texts() && crate::annotations::is_eager(annotation, &|_| false) {
            self.eval(annotation);
        }
    }

    /// Keeps the module its annotations as texts.
    fn keeps_texts(&self) -> bool {
        self.code.globals.find_own(crate::annotations::LAZY).is_some()
    }

    /// Name, qualified name, module and docstring, as a constant tuple.
    fn class_info(&mut self, class: &Class) -> Operand {
        let qualname = class.qualname.get().unwrap_or(&class.name.name);
        let doc = class.doc.as_ref().map_or(Value::None, |d| Value::str(&**d));
        let module = Value::Str(self.code.info.module.clone());
        let rebound = Value::tuple(rebound(&class.body).into_iter().map(Value::str).collect::<Vec<_>>());
        let asks_itself = Value::Bool(crate::tree::asks_class(&class.body, false));
        let name = Value::str(&*class.name.name);
        let info = Value::tuple(vec![name, Value::str(qualname), module, doc, rebound, asks_itself]);
        Operand::Const(self.comp.constant(info))
    }

    /// The value of a variable, `Unbound` where it is not bound.
    pub(super) fn read_for_export(&mut self, var: super::VarId) -> Val {
        match self.env[var.0 as usize].bound {
            super::Bound::No => {
                let slot = self.temp();
                self.emit(crate::ir::Inst::Clear(slot));
                Val::temp(slot)
            }
            super::Bound::Yes => self.read_var(var),
            super::Bound::Maybe => {
                let regs = self.regs_of(var, &Ty::Any);
                Val { ty: Ty::Any, parts: vec![super::Part::Var(regs[0])] }
            }
        }
    }
}

/// The name that a statement annotates, and how.
fn annotation_of(stmt: &ast::Stmt) -> Option<(&str, &ast::Expr)> {
    match &stmt.kind {
        StmtKind::AnnAssign { target, annotation, .. } => match &target.kind {
            ast::ExprKind::Name(name) => Some((&**name, annotation)),
            _ => None,
        },
        _ => None,
    }
}

/// The names that an assignment or a `def` of a class body binds.
fn bound_by(stmt: &ast::Stmt) -> Vec<&str> {
    match &stmt.kind {
        StmtKind::Assign { targets, .. } => targets
            .iter()
            .filter_map(|t| match &t.kind {
                ast::ExprKind::Name(name) => Some(&**name),
                _ => None,
            })
            .collect(),
        StmtKind::Def(f) => vec![&*f.name.name],
        _ => Vec::new(),
    }
}

/// The names that assignments and functions of a class body bind more than once.
fn rebound(body: &[ast::Stmt]) -> Vec<&str> {
    let mut names: Vec<&str> = Vec::new();
    body.iter().for_each(|stmt| names.extend(bound_by(stmt)));
    let n = |name: &str| names.iter().filter(|other| **other == name).count();
    let mut twice: Vec<&str> = names.iter().copied().filter(|name| n(name) > 1).collect();
    twice.dedup();
    twice
}
