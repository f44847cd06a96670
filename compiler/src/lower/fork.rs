//! Expressions that wait for their turn, so that another worker may compute them: `f(n - 1) + f(n - 2)`.
//!
//! Of expressions that are evaluated one after the other, each but the first that is worth it is lowered twice: in place, as if
//! there was nothing else; and as a body of its own, which takes the variables that it uses. A record of the body is put into
//! the frame before the first is evaluated. Whoever runs the body evaluates the whole expression, so that nothing of it happens
//! before its turn, but in work that can be thrown away.

use super::{Edges, Lower, Mode, Part, Reason, Val, VarId};
use crate::ir::{BlockId, Func, Inst, IntOp, Operand, SpecId, Term};
use crate::types::{CodeId, NO_PAIRS, Reg, Ty};
use crate::weight::Weight;
use afar_lang::ast::{Expr, ExprKind, Name, Stmt, StmtKind};
use afar_runtime::Value;
use afar_runtime::abi::Rt;
use afar_runtime::pool::fork::{Record, Shape, Word};

/// The largest expression, in nodes of the tree, that is lowered twice: of calls nested a thousand deep each would be lowered
/// as often as it lies deep.
const MAX_NODES: usize = 400;
/// Bytes of a boxed value.
const VALUE_BYTES: i64 = 16;

/// An expression whose record was put into the frame.
pub(super) struct Fork {
    at: u32,
    shape: u64,
    ty: Ty,
    /// The body that other workers run.
    pub(super) body: SpecId,
}

impl<'t> Lower<'_, 't> {
    /// The values of expressions, evaluated in order; those that are worth it may be computed elsewhere meanwhile.
    pub(super) fn eval_each(&mut self, exprs: &[&'t Expr]) -> Vec<Val> {
        let forks = self.push_forks(exprs);
        exprs.iter().zip(forks).map(|(expr, fork)| self.eval_turn(expr, fork)).collect()
    }

    /// As `eval_each`, of two.
    pub(super) fn eval_both(&mut self, left: &'t Expr, right: &'t Expr) -> (Val, Val) {
        let mut forks = self.push_forks(&[left, right]);
        let left = self.eval(left);
        let right = self.eval_turn(right, forks.pop().flatten());
        (left, right)
    }

    fn eval_turn(&mut self, expr: &'t Expr, fork: Option<Fork>) -> Val {
        match fork {
            Some(fork) => self.eval_forked(expr, &fork),
            None => self.eval(expr),
        }
    }

    fn push_forks(&mut self, exprs: &[&'t Expr]) -> Vec<Option<Fork>> {
        let mut forks: Vec<Option<Fork>> = exprs.iter().map(|_| None).collect();
        // The last first: of a long chain of operators, which leans to the left, all but one are settled by their right side.
        if !self.may_fork() || !exprs.iter().skip(1).rev().any(|e| self.weigh(e) == Weight::Heavy) {
            self.note_calls_in_order(exprs);
            return forks;
        }
        let weights: Vec<Weight> = exprs.iter().map(|e| self.weigh(e)).collect();
        let first = weights.iter().position(|w| *w == Weight::Heavy);
        if weights.contains(&Weight::Binds) {
            self.note_group(&self.heavy(exprs), Reason::BindsName, &[]);
            return forks;
        }
        for i in (first.unwrap_or(exprs.len()) + 1..exprs.len()).rev() {
            if weights[i] == Weight::Heavy {
                forks[i] = self.push_fork(exprs[i]);
            }
        }
        self.note_calls(&self.heavy(exprs), &forks.iter().flatten().collect::<Vec<_>>());
        forks
    }

    /// Assignments `a = f(x)`, `b = g(y)` of which none needs what the others bind, and where the next statement has such an
    /// expression too, that: how many statements were lowered.
    pub(super) fn forked_assignments(&mut self, stmts: &'t [Stmt]) -> usize {
        if self.dead || !self.may_fork() {
            return 0;
        }
        let mut bound = Vec::new();
        let group = self.independent(stmts, &mut bound);
        let last = stmts.get(group.len()).filter(|_| !group.is_empty());
        let later = last.and_then(value_of).and_then(|e| self.independent_part(e, &bound));
        if group.len() + usize::from(later.is_some()) < 2 {
            return 0;
        }
        // The newest record is the one whose turn comes first.
        let all: Vec<&'t Expr> = group.iter().map(|(_, value)| *value).chain(later).collect();
        let later = later.and_then(|e| Some((e.id, self.with_span(e.span, |s| s.push_fork(e))?)));
        let mut forks: Vec<Option<Fork>> = group.iter().map(|_| None).collect();
        for i in (1..group.len()).rev() {
            forks[i] = self.with_span(stmts[i].span, |s| s.push_fork(group[i].1));
        }
        let waiting: Vec<&Fork> =
            forks.iter().flatten().chain(later.as_ref().map(|(_, fork)| fork)).collect();
        self.note_calls(&all, &waiting);
        for ((stmt, (target, value)), fork) in stmts.iter().zip(&group).zip(forks) {
            if self.dead {
                break;
            }
            let mark = self.mark();
            let before = std::mem::replace(&mut self.span, stmt.span);
            let value = self.eval_turn(value, fork);
            self.assign(target, value);
            self.span = before;
            self.release(mark);
        }
        if let (Some(later), Some(last), false) = (later, last, self.dead) {
            self.later = Some(later);
            self.stmt(last);
            self.later = None;
            return group.len() + 1;
        }
        group.len()
    }

    /// The longest run of assignments, from the first statement on, that are worth it and independent: targets and values.
    fn independent(&mut self, stmts: &'t [Stmt], bound: &mut Vec<Name>) -> Vec<(&'t Expr, &'t Expr)> {
        let mut group = Vec::new();
        for stmt in stmts {
            let StmtKind::Assign { targets, value } = &stmt.kind else { break };
            let ([target], Weight::Heavy) = (targets.as_slice(), self.weigh(value)) else { break };
            let n_before = bound.len();
            crate::tree::target_names(target, bound);
            let is_own = |n: &Name| self.find_var(n).is_some_and(|v| !self.vars[v.0 as usize].is_cell);
            if !is_plain(target) || uses(value, bound) || !bound.iter().all(is_own) {
                bound.truncate(n_before);
                break;
            }
            group.push((target, value));
        }
        group
    }

    /// The largest part of an expression that is worth it, needs none of these names, is evaluated in any case, and is all of
    /// it that is worth anything.
    fn independent_part(&mut self, expr: &'t Expr, bound: &[Name]) -> Option<&'t Expr> {
        if self.weigh(expr) != Weight::Heavy {
            return None;
        }
        if !uses(expr, bound) {
            return Some(expr);
        }
        let parts: Vec<&'t Expr> = match &expr.kind {
            ExprKind::Binary { left, right, .. } => vec![left, right],
            ExprKind::Unary { operand, .. } => vec![operand],
            ExprKind::Compare { first, ops, rest } if ops.len() == 1 => vec![first, &rest[0]],
            ExprKind::Tuple(items) | ExprKind::List(items) => items.iter().collect(),
            ExprKind::Call { func, args } if matches!(func.kind, ExprKind::Name(_)) => {
                args.iter().map(crate::tree::arg_value).collect()
            }
            _ => return None,
        };
        let mut heavy = parts.into_iter().filter(|e| self.weigh(e) == Weight::Heavy);
        match (heavy.next(), heavy.next()) {
            (Some(part), None) => {
                drop(heavy);
                self.independent_part(part, bound)
            }
            _ => None,
        }
    }

    /// The record of an expression that was put into the frame before an earlier statement.
    pub(super) fn take_later(&mut self, expr: &Expr) -> Option<Fork> {
        self.later.take_if(|(id, _)| *id == expr.id).map(|(_, fork)| fork)
    }

    /// Those of these expressions, which were weighed, that are worth it.
    fn heavy(&self, exprs: &[&'t Expr]) -> Vec<&'t Expr> {
        exprs.iter().filter(|e| self.weights.get(&e.id) == Some(&Weight::Heavy)).copied().collect()
    }

    pub(super) fn may_fork(&self) -> bool {
        let name = self.code.info.name.as_str();
        self.mode == Mode::Unit
            && self.comp.forks
            && !self.in_fork
            && self.hidden.is_none()
            && self.class_scopes.is_empty()
            // What these make is not finished yet.
            && !matches!(name, "__init__" | "__new__" | "__post_init__")
    }

    /// How much an expression may be to compute, and whether it may be moved.
    pub(super) fn weigh(&mut self, expr: &'t Expr) -> Weight {
        if let Some(known) = self.weights.get(&expr.id) {
            return *known;
        }
        let mut weight = match &expr.kind {
            ExprKind::Call { func, .. } if self.is_heavy_callee(func) => Weight::Heavy,
            ExprKind::Walrus { .. }
            | ExprKind::Yield(_)
            | ExprKind::YieldFrom(_)
            | ExprKind::Await(_)
            | ExprKind::Block(_) => Weight::Binds,
            ExprKind::Attribute { attr, .. } if attr.name.starts_with("__") => Weight::Binds,
            _ => Weight::Light,
        };
        let mut children = Vec::new();
        crate::tree::each_child(expr, false, &mut |e| children.push(e));
        for child in children {
            weight = weight.max(self.weigh(child));
        }
        self.weights.insert(expr.id, weight);
        weight
    }

    /// Does a call of this lead to a function that loops or calls itself.
    fn is_heavy_callee(&mut self, func: &Expr) -> bool {
        match &func.kind {
            ExprKind::Name(name) => match self.find_var(name) {
                Some(var) => self.is_heavy_type(&self.env[var.0 as usize].ty.clone()),
                None if self.code.self_name.as_ref() == Some(name) => true,
                None => match self.code.globals.find(name).map(|f| f.value) {
                    Some(Value::Func(func)) => crate::weight::is_heavy(self.comp, CodeId(func.info.code)),
                    _ => false,
                },
            },
            // A method that calls that of the parts of its object.
            ExprKind::Attribute { value, attr } => {
                let name = self.code.info.name.as_str();
                name == &*attr.name || self.is_heavy_member(value, &attr.name)
            }
            _ => false,
        }
    }

    fn is_heavy_member(&mut self, of: &Expr, member: &str) -> bool {
        let ExprKind::Name(name) = &of.kind else { return false };
        if self.find_var(name).is_some() {
            return false;
        }
        match self.code.globals.find(name).map(|f| f.value) {
            Some(Value::Module(module)) => match module.get(member) {
                Some(Value::Func(func)) => crate::weight::is_heavy(self.comp, CodeId(func.info.code)),
                _ => false,
            },
            _ => false,
        }
    }

    fn is_heavy_type(&mut self, ty: &Ty) -> bool {
        match ty {
            Ty::Closure(closure) => crate::weight::is_heavy(self.comp, closure.code),
            Ty::Const(id) => match self.comp.const_value(*id) {
                Value::Func(func) => {
                    let code = CodeId(func.info.code);
                    crate::weight::is_heavy(self.comp, code)
                }
                _ => false,
            },
            _ => false,
        }
    }

    /// Puts the record of an expression into the frame; none where it does not fit, or has no value.
    fn push_fork(&mut self, expr: &'t Expr) -> Option<Fork> {
        if self.dead || !is_small(expr) {
            return None;
        }
        let mut names = Vec::new();
        crate::tree::mentioned(expr, &mut names);
        let vars = self.captured_of(names);
        let values: Vec<Val> = vars.iter().map(|v| self.raw_value(*v)).collect();
        let words: Vec<Word> = values.iter().flat_map(|v| v.ty.regs()).map(word).collect();
        // That it can be described at all: with no components of a result yet.
        Shape::new(&words, 0)?;
        let (func, ty) = self.fork_body(expr, &values, &vars);
        let shape = Shape::new(&words, ty.regs().len())?;
        if ty == Ty::Never {
            return None;
        }
        let body = self.comp.add_region(self.code_id, func, None);
        self.comp.note_waiting(body, expr.id, values.iter().map(|v| v.ty.clone()).collect(), ty.clone());
        let at = self.func.fork_bytes;
        let bytes = u32::try_from(Record::CAPTURED + 8 * words.len()).ok()?;
        self.func.fork_bytes += bytes;
        let captured = values.iter().flat_map(|v| &v.parts).map(|p| Self::part_operand(*p)).collect();
        let loc = self.place();
        self.emit(Inst::ForkPush { at, body, shape: shape.0, captured, loc });
        Some(Fork { at, shape: shape.0, ty, body })
    }

    /// Lowers the expression as a body: a function of what it captured, and of where the components of its value go.
    fn fork_body(&mut self, expr: &'t Expr, values: &[Val], vars: &[VarId]) -> (Func, Ty) {
        let bounds: Vec<super::Bound> = vars.iter().map(|v| self.env[v.0 as usize].bound).collect();
        let outer_hidden = self.hidden.take();
        let outer = self.swap(format!("{}.<later>", self.func.name));
        self.in_fork = true;
        self.func.is_inner = true;
        let (env, out) = (self.func.reg(Reg::Int), self.func.reg(Reg::Int));
        self.func.params = vec![env, out];
        let mut at = 0i64;
        for ((var, bound), value) in vars.iter().zip(bounds).zip(values) {
            let parts = value.ty.regs().iter().map(|kind| self.load_leaf(env, &mut at, *kind)).collect();
            self.adopt(*var, bound, &Val { ty: value.ty.clone(), parts });
        }
        let value = self.eval(expr);
        if !self.dead {
            self.put_result(&value, out);
            self.end(Term::Return(Vec::new()));
        }
        self.in_fork = false;
        let func = self.swap_back(outer);
        self.hidden = outer_hidden;
        (func, value.ty)
    }

    fn put_result(&mut self, value: &Val, out: crate::ir::VReg) {
        let mut at = 0i64;
        for leaf in self.leaves(value) {
            let slot = self.func.reg(Reg::Slot);
            self.box_into(slot, &leaf);
            let address = self.func.reg(Reg::Int);
            self.emit(Inst::IntOp { op: IntOp::Add, dst: address, a: out, b: Operand::Imm(at) });
            self.rt(Rt::move_value, vec![Operand::Reg(address), Operand::Reg(slot)]);
            at += VALUE_BYTES;
        }
    }

    /// The turn of an expression has come: its value from where it was computed, or computed here.
    pub(super) fn eval_forked(&mut self, expr: &'t Expr, fork: &Fork) -> Val {
        if self.dead {
            return Val::never();
        }
        let given = self.func.reg(Reg::Bool);
        self.emit(Inst::ForkPop { dst: given, at: fork.at, shape: fork.shape });
        let (away, there, here) = (self.new_block(), self.new_block(), self.new_block());
        for cold in [away, there] {
            self.func.blocks[cold.0 as usize].is_cold = true;
        }
        self.branch(given, away, here);
        let env = self.env.clone();
        self.enter(away);
        // The frame of the function is in the traceback already.
        let traced = std::mem::replace(&mut self.untraced, true);
        let done = self.rt_bool(Rt::fork_join, vec![]);
        self.branch(done, there, here);
        let elsewhere = self.take_result(there, &fork.ty);
        self.untraced = traced;
        self.enter(here);
        self.env = env;
        let value = self.eval(expr);
        let mut edges = Edges::default();
        let is_dead = self.dead;
        self.edge(&mut edges);
        let mut ends = vec![elsewhere];
        if !is_dead {
            ends.insert(0, (edges, value));
        }
        self.merge_values(ends)
    }

    fn take_result(&mut self, block: BlockId, ty: &Ty) -> (Edges, Val) {
        self.enter(block);
        let mut parts = Vec::new();
        for (i, kind) in ty.regs().into_iter().enumerate() {
            let at = Operand::Imm(i64::try_from(i).unwrap_or(i64::MAX));
            parts.push(match kind {
                Reg::Int => Part::Reg(self.rt_int(Rt::fork_int, vec![at])),
                Reg::Float => Part::Reg(self.rt_float(Rt::fork_float, vec![at])),
                Reg::Bool => Part::Reg(self.rt_bool(Rt::fork_int, vec![at])),
                Reg::Slot => self.rt_value(Rt::fork_value, vec![at]).parts[0],
                Reg::Pair | Reg::Quad => unreachable!("{NO_PAIRS}"),
            });
        }
        let mut edges = Edges::default();
        self.edge(&mut edges);
        (edges, Val { ty: ty.clone(), parts })
    }
}

fn word(kind: Reg) -> Word {
    match kind {
        Reg::Int => Word::Int,
        Reg::Float => Word::Float,
        Reg::Bool => Word::Bool,
        Reg::Slot => Word::Value,
        Reg::Pair | Reg::Quad => unreachable!("{NO_PAIRS}"),
    }
}

/// Are its parts names, which nothing but an assignment binds.
fn is_plain(target: &Expr) -> bool {
    match &target.kind {
        ExprKind::Name(_) => true,
        ExprKind::Tuple(items) => items.iter().all(|e| matches!(e.kind, ExprKind::Name(_))),
        _ => false,
    }
}

fn is_small(expr: &Expr) -> bool {
    fn count(expr: &Expr, left: &mut usize) {
        *left = left.saturating_sub(1);
        if *left > 0 {
            crate::tree::each_child(expr, true, &mut |e| count(e, left));
        }
    }
    let mut left = MAX_NODES;
    count(expr, &mut left);
    left > 0
}

/// Does an expression use one of these names.
fn uses(expr: &Expr, names: &[Name]) -> bool {
    let mut used = Vec::new();
    crate::tree::mentioned(expr, &mut used);
    // `super()` uses the first parameter.
    used.iter().any(|n| names.contains(n) || &**n == "super")
}

/// The expression that a statement evaluates first, where that is all there is to it.
fn value_of(stmt: &Stmt) -> Option<&Expr> {
    match &stmt.kind {
        StmtKind::Return(Some(value)) => Some(value),
        StmtKind::Assign { targets, value } if targets.len() == 1 => Some(value),
        _ => None,
    }
}
