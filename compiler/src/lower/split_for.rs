//! `for` statements whose carried variables are reductions, run in parts: in front of the loop itself stands a range that takes
//! all of its rounds, where they are enough to be worth it, or all but the last, where what that binds is read behind the loop.

use super::again::{Recipe, Rounds};
use super::loops::Source;
use super::reductions::{self, Fold, How, Plan};
use super::region::{Indexed, is_indexed};
use super::{Bound, Decision, Edges, Loc, Lower, Mode, Part, Reason, Val, VarId, VarState};
use crate::ir::{Cmp, Func, Inst, IntOp, Operand, Term, VReg};
use crate::program::Body;
use crate::types::{Reg, Ty};
use afar_lang::ast::{Expr, Name, Stmt};
use afar_runtime::Value;
use afar_runtime::abi::Rt;
use afar_runtime::pool::{FoldOp, Reduce, cuts_always};

/// So many loops within each other are split.
const MAX_DEPTH: u32 = 2;

/// Rounds of more steps than this together are worth a range.
const WORTH_A_RANGE: u64 = 8_000;

/// So many rounds are worth a range where it is not known how long they take.
const SOME_ROUNDS: i64 = 16;

/// A variable of a loop, and where its parts start.
#[derive(Clone, Copy, Debug)]
pub(super) struct Folded {
    pub(super) var: VarId,
    pub(super) how: How,
    pub(super) start: Start,
}

/// The value of a variable before the first round of a part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Start {
    Int(i64),
    Bool(bool),
    /// A list without items.
    Empty,
    /// What it is before the loop.
    Own,
    Unbound,
}

impl Folded {
    fn op(self) -> FoldOp {
        match self.how {
            How::Sum { .. } => FoldOp::Add,
            How::Product => FoldOp::Mul,
            How::And => FoldOp::And,
            How::Or => FoldOp::Or,
            How::Xor => FoldOp::Xor,
            How::Best { is_max: true, .. } => FoldOp::Max,
            How::Best { is_max: false, .. } => FoldOp::Min,
            How::Beside => FoldOp::Beside,
            How::Last => FoldOp::Last,
        }
    }

    /// Do parts that ended with this type become one as the loop itself would have come to it.
    fn is_exact(self, ends: &Ty) -> bool {
        match (self.start, self.how) {
            (Start::Int(_), _) => matches!(ends, Ty::Int | Ty::Word),
            (Start::Bool(_), _) => *ends == Ty::Bool,
            (Start::Empty, _) => matches!(ends, Ty::List(_)),
            (_, How::Best { of_ints, .. }) => {
                matches!(ends, Ty::Int | Ty::Word) || (!of_ints && matches!(ends, Ty::Float | Ty::Str))
            }
            _ => true,
        }
    }
}

impl<'t> Lower<'_, 't> {
    /// Puts a range in front of a loop over an indexed source, if its rounds are independent but for reductions.
    pub(super) fn split_for(&mut self, target: &'t Expr, iter: &'t Expr, body: &'t [Stmt], source: &Source) {
        if self.mode != Mode::Unit || self.dead || self.n_split_loops >= MAX_DEPTH || !self.inlined.is_empty()
        {
            return;
        }
        let all = self.names_of_code();
        let within = reductions::all_names(body);
        let mut targets = Vec::new();
        crate::tree::target_names(target, &mut targets);
        let count = |names: &[Name], name: &Name| names.iter().filter(|n| *n == name).count();
        let is_read = |name: &Name| {
            let own = count(&within, name) + usize::from(targets.contains(name));
            all.as_ref().is_none_or(|all| count(all, name) > own)
        };
        let Some(plan) = reductions::plan(target, iter, body, &is_read) else { return };
        if let Some(reason) = self.why_in_order(body, &plan, source) {
            self.note_for(target, iter, reason, Vec::new());
            return;
        }
        let Some(folded) = self.starts(&plan.folds) else { return };
        let start = self.snapshot();
        self.n_split_loops += 1;
        let range = self.range_before(target, body, source, &plan, &folded);
        self.n_split_loops -= 1;
        match range {
            Some(range) => self.note_for(target, iter, Reason::Reduction, vec![range]),
            None => self.roll_back(&start),
        }
    }

    /// All names that the code mentions, as often as it does; none where all that it binds is read elsewhere.
    fn names_of_code(&self) -> Option<Vec<Name>> {
        match &self.code.body {
            Body::Function(f) => Some(reductions::all_names(&f.body)),
            _ => None,
        }
    }

    fn note_for(&mut self, target: &Expr, iter: &Expr, reason: Reason, ranges: Vec<u32>) {
        if self.comp.surveys {
            let what = super::decisions::for_text(target, iter);
            let decision = Decision { span: self.span, what, reason, names: Vec::new(), ranges };
            self.note_again(target.id, decision);
        }
    }

    /// Why a loop whose text has a plan is not split.
    fn why_in_order(&self, body: &'t [Stmt], plan: &Plan, source: &Source) -> Option<Reason> {
        let mut names = plan.bound.iter().chain(plan.folds.iter().map(|f| &f.name));
        let of = |name: &Name| self.find_var(name).map(|var| &self.vars[var.0 as usize]);
        // What is called for the items may end the loop, or leave some out.
        if !is_indexed(source) || source.calls().is_some() {
            Some(Reason::NoIndex)
        } else if names.clone().any(|name| of(name).is_none_or(|info| info.is_cell)) {
            Some(Reason::SharedVariable)
        } else if names.any(|name| of(name).is_some_and(|info| info.forced)) {
            Some(Reason::Statement)
        } else if self.is_soon_done(body, source) {
            Some(Reason::TooLittleWork)
        } else {
            None
        }
    }

    fn is_soon_done(&self, body: &'t [Stmt], source: &Source) -> bool {
        let Source::Range { known, .. } = source else { return false };
        let rounds = known.len().and_then(|n| u64::try_from(n).ok());
        let steps = crate::weight::steps_of(self.comp, &self.code, body);
        !cuts_always()
            && matches!((rounds, steps), (Some(n), Some(steps)) if n.saturating_mul(steps) <= WORTH_A_RANGE)
    }

    /// So many rounds are worth a range.
    fn enough_rounds(&mut self, body: &'t [Stmt]) -> i64 {
        if cuts_always() {
            return 2;
        }
        if let Some(steps) = crate::weight::steps_of(self.comp, &self.code, body) {
            return i64::try_from(WORTH_A_RANGE / (steps + 4)).unwrap_or(0).max(2);
        }
        let mut all = Vec::new();
        crate::tree::each_expr(body, &mut |e| all.push(e));
        let is_heavy = all.into_iter().any(|e| self.weigh(e) == crate::weight::Weight::Heavy);
        if is_heavy { 2 } else { SOME_ROUNDS }
    }

    /// Where the parts of the variables start; none where what they are now is not what such rounds are exact for.
    fn starts(&self, folds: &[Fold]) -> Option<Vec<Folded>> {
        let is_python =
            |name: &str| self.find_var(&Name::from(name)).is_none() && self.code.globals.find(name).is_none();
        folds
            .iter()
            .map(|fold| {
                let var = self.find_var(&fold.name)?;
                let state = &self.env[var.0 as usize];
                let ty = (state.bound == Bound::Yes).then_some(&state.ty);
                let start = match (fold.how, ty) {
                    (How::Sum { .. }, Some(Ty::Int | Ty::Word)) => Start::Int(0),
                    (How::Sum { in_order: true }, Some(Ty::List(_))) => Start::Empty,
                    (How::Product, Some(Ty::Int | Ty::Word)) => Start::Int(1),
                    (How::And, Some(Ty::Int | Ty::Word)) => Start::Int(-1),
                    (How::And, Some(Ty::Bool)) => Start::Bool(true),
                    (How::Or | How::Xor, Some(Ty::Int | Ty::Word)) => Start::Int(0),
                    (How::Or | How::Xor, Some(Ty::Bool)) => Start::Bool(false),
                    (How::Best { .. }, Some(_)) if is_python("max") && is_python("min") => Start::Own,
                    (How::Beside, _) => Start::Own,
                    (How::Last, _) => Start::Unbound,
                    _ => return None,
                };
                let folded = Folded { var, how: fold.how, start };
                let is_possible = start != Start::Own || ty.is_none_or(|ty| folded.is_exact(ty));
                is_possible.then_some(folded)
            })
            .collect()
    }

    /// The range; its number. None where the parts of its variables cannot be put together.
    fn range_before(
        &mut self,
        target: &'t Expr,
        body: &'t [Stmt],
        source: &Source,
        plan: &Plan,
        folded: &[Folded],
    ) -> Option<u32> {
        let n = self.source_len(source);
        let least = self.enough_rounds(body);
        let few = self.func.reg(Reg::Bool);
        self.emit(Inst::IntCmp { cmp: Cmp::Lt, dst: few, a: n, b: Operand::Imm(least) });
        let (go, plain) = (self.new_block(), self.new_block());
        self.branch(few, plain, go);
        let env = self.env.clone();
        let mut ways = Edges::default();
        self.enter(plain);
        self.edge(&mut ways);
        self.enter(go);
        self.env = env;
        let rounds = self.func.reg(Reg::Int);
        let left = i64::from(plan.needs_last);
        self.emit(Inst::IntOp { op: IntOp::Sub, dst: rounds, a: n, b: Operand::Imm(left) });
        let range = self.run_rounds(target, body, source, plan, folded, rounds)?;
        self.skip_rounds(source, rounds);
        self.edge(&mut ways);
        self.meet(ways);
        Some(range)
    }

    /// Runs so many rounds as a range, and binds what they come to.
    fn run_rounds(
        &mut self,
        target: &'t Expr,
        body: &'t [Stmt],
        source: &Source,
        plan: &Plan,
        folded: &[Folded],
        rounds: VReg,
    ) -> Option<u32> {
        let mut values = Vec::new();
        self.source_values(source, &mut values);
        let n_source = values.len();
        let own = folded.iter().filter(|f| f.start == Start::Own).map(|f| f.var);
        let bound: Vec<VarId> = plan.bound.iter().filter_map(|name| self.find_var(name)).collect();
        let mut names = self.captured_of(reductions::all_names(body));
        let mut targets = Vec::new();
        crate::tree::target_names(target, &mut targets);
        let targets: Vec<VarId> = targets.iter().filter_map(|name| self.find_var(name)).collect();
        names.retain(|var| !bound.contains(var) && !targets.contains(var));
        names.extend(own.filter(|var| self.env[var.0 as usize].bound != Bound::No));
        for var in &names {
            let value = self.raw_value(*var);
            values.push(value);
        }
        let mut leaves: Vec<Val> = values.iter().flat_map(|v| self.leaves(v)).collect();
        let letters: String = folded.iter().map(|f| f.op().letter()).collect();
        leaves.push(self.const_value(Value::str(&*letters)));
        let (env, n_env) = self.run_of(&leaves);
        let site = self.site(target.id);
        let mut recipe = Recipe {
            node: target.id,
            made: None,
            kind: Reduce::Fold,
            site,
            source: source.clone(),
            types: values.iter().map(|v| v.ty.clone()).collect(),
            bounds: names.iter().map(|v| self.env[v.0 as usize].bound).collect(),
            names,
            item: Ty::Never,
            rounds: Some(Rounds { folded: folded.into(), n_split: self.n_split_loops }),
            scene: self.scene(),
        };
        let (func, ends) = self.rounds_body(target, body, &recipe, folded);
        if !folded.iter().zip(&ends).all(|(fold, ty)| fold.is_exact(ty)) {
            return None;
        }
        let is_wide = self.comp.is_wide(site);
        let types: Vec<Ty> = folded.iter().zip(&ends).map(|(fold, ty)| fold.result(ty, is_wide)).collect();
        recipe.item = Ty::tuple(types.clone());
        let spec = self.comp.add_region(self.code_id, func, Some(recipe));
        let address = self.func.reg(Reg::Int);
        self.emit(Inst::SpecAddress { dst: address, spec });
        let steps = crate::weight::steps_of(self.comp, &self.code, body);
        let args = vec![
            Operand::Reg(address),
            Operand::Imm(i64::from(spec.0)),
            Operand::Reg(env),
            Operand::Imm(n_env),
            Operand::Reg(rounds),
            Operand::Imm(Reduce::Fold.number() | self.grain_of(steps, spec) << Reduce::BITS),
            Operand::Imm(i64::from(site)),
        ];
        // The frames of its rounds are those of this function.
        let untraced = std::mem::replace(&mut self.untraced, true);
        let result = self.rt_value(Rt::parallel, args);
        self.untraced = untraced;
        self.bind_results(target, folded, &types, &result);
        if plan.needs_target && !plan.needs_last {
            let last = self.func.reg(Reg::Int);
            self.emit(Inst::IntOp { op: IntOp::Sub, dst: last, a: rounds, b: Operand::Imm(1) });
            self.emit(Inst::Known { reg: last, lo: 0, hi: i64::MAX });
            let mut parts = values[..n_source].iter().cloned();
            let item = Indexed::of(source, &mut parts).item(self, last, &mut Edges::default());
            self.assign(target, item);
        }
        Some(spec.0)
    }

    /// Puts what the rounds came to together with what the variables were before.
    fn bind_results(&mut self, target: &Expr, folded: &[Folded], types: &[Ty], result: &Val) {
        let tuple = Self::part_operand(result.parts[0]);
        for ((fold, ty), at) in folded.iter().zip(types).zip(0i64..) {
            let item = self.rt_value(Rt::tuple_item, vec![tuple, Operand::Imm(at)]);
            let operand = Self::part_operand(item.parts[0]);
            let state = self.env[fold.var.0 as usize].clone();
            let op = match fold.how {
                How::Last | How::Beside => {
                    self.bind_if_bound(fold.var, &state, operand);
                    continue;
                }
                How::Best { .. } => {
                    let value = self.unbox(operand, ty);
                    self.write_var(fold.var, value);
                    continue;
                }
                How::Sum { .. } => afar_lang::ast::BinOp::Add,
                How::Product => afar_lang::ast::BinOp::Mul,
                How::And => afar_lang::ast::BinOp::BitAnd,
                How::Or => afar_lang::ast::BinOp::BitOr,
                How::Xor => afar_lang::ast::BinOp::BitXor,
            };
            let value = self.unbox(operand, ty);
            let before = self.raw_value(fold.var);
            let both = if state.ty == Ty::list(Ty::Never) {
                value
            } else {
                self.binary(op, before, value, target.id)
            };
            self.write_var(fold.var, both);
        }
    }

    /// Binds a variable to a value, where that is one.
    fn bind_if_bound(&mut self, var: VarId, state: &VarState, value: Operand) {
        let found = self.temp();
        if state.bound == Bound::No {
            self.emit(Inst::Clone(found, value));
        } else {
            let before = self.raw_value(var);
            let before = self.boxed_operand(&before);
            self.rt_into(found, Rt::bound_or, vec![value, before]);
        }
        let slot = self.regs_of(var, &Ty::Any)[0];
        self.emit(Inst::Move(slot, found));
        let bound = if state.bound == Bound::Yes { Bound::Yes } else { Bound::Maybe };
        self.env[var.0 as usize] = VarState { bound, ty: Ty::Any, loc: Loc::Own };
    }

    /// Goes over so many items of a source.
    fn skip_rounds(&mut self, source: &Source, n: VReg) {
        let add = |s: &mut Self, to: VReg, n: VReg| {
            s.emit(Inst::IntOp { op: IntOp::Add, dst: to, a: to, b: Operand::Reg(n) });
        };
        match source {
            Source::Range { next, left, step, known, .. } => {
                let by = self.func.reg(Reg::Int);
                let step = known.step.map_or(Operand::Reg(*step), Operand::Imm);
                self.emit(Inst::IntOp { op: IntOp::Mul, dst: by, a: n, b: step });
                add(self, *next, by);
                if let Some(left) = left {
                    self.emit(Inst::IntOp { op: IntOp::Sub, dst: *left, a: *left, b: Operand::Reg(n) });
                }
            }
            Source::List { next, .. } => add(self, *next, n),
            Source::Zip(all) => all.iter().for_each(|s| self.skip_rounds(s, n)),
            Source::Enumerate { count, source, .. } => {
                add(self, *count, n);
                self.skip_rounds(source, n);
            }
            Source::Map { .. }
            | Source::Filter { .. }
            | Source::While { .. }
            | Source::Accumulate { .. }
            | Source::Iter { .. } => {}
        }
    }

    /// Lowers the rounds: a function of the environment, the bounds, and the accumulator. Gives the types that the variables end with.
    pub(super) fn rounds_body(
        &mut self,
        target: &'t Expr,
        body: &'t [Stmt],
        recipe: &Recipe,
        folded: &[Folded],
    ) -> (Func, Vec<Ty>) {
        let outer_hidden = self.hidden.take();
        let outer = self.swap(format!("{}.<rounds>", self.func.name));
        let (params, loaded) = self.enter_part(recipe);
        let [_, lo, hi, acc] = params;
        for fold in folded {
            let value = match fold.start {
                Start::Int(n) => Val::int(self.int(n)),
                Start::Bool(b) => {
                    let reg = self.func.reg(Reg::Bool);
                    self.emit(Inst::Bool(reg, b));
                    Val::bool(reg)
                }
                Start::Empty => {
                    let empty = self.comp.constant(Value::list(Vec::new()));
                    Val { ty: Ty::list(Ty::Never), parts: vec![Part::Const(empty)] }
                }
                Start::Own | Start::Unbound => continue,
            };
            self.write_var(fold.var, value);
        }
        let index = self.func.reg(Reg::Int);
        self.emit(Inst::Copy(index, lo));
        let indexed = Indexed::of(&recipe.source, &mut loaded.into_iter());
        let mut ends = Vec::new();
        let catch = self.guarded(|s| {
            let out = s.fixpoint(target.id.0, |s, back, out| {
                let more = s.func.reg(Reg::Bool);
                s.emit(Inst::IntCmp { cmp: Cmp::Lt, dst: more, a: index, b: Operand::Reg(hi) });
                s.stop_unless(more, out);
                let at = indexed.next(s, index);
                let mark = s.mark();
                let item = indexed.item(s, at, &mut Edges::default());
                s.assign(target, item);
                s.release(mark);
                s.loop_body(body, back);
            });
            s.meet(out);
            ends = s.give_folds(folded, acc);
        });
        self.enter(catch);
        self.rt(Rt::at_element, vec![Operand::Reg(index)]);
        let loc = self.place();
        self.end(Term::Fail { loc, trace: false });
        let func = self.swap_back(outer);
        self.hidden = outer_hidden;
        (func, ends)
    }

    /// Gives the accumulator what the variables came to; their types.
    fn give_folds(&mut self, folded: &[Folded], acc: VReg) -> Vec<Ty> {
        if self.dead {
            return vec![Ty::Never; folded.len()];
        }
        let mut values = Vec::new();
        for fold in folded {
            let state = self.env[fold.var.0 as usize].clone();
            if state.bound == Bound::No {
                let slot = self.temp();
                self.emit(Inst::Clear(slot));
                values.push(Val { ty: Ty::Any, parts: vec![Part::Var(slot)] });
            } else {
                values.push(self.raw_value(fold.var));
            }
        }
        if !values.is_empty() {
            let (first, n) = self.run_of(&values);
            let args = vec![Operand::Reg(acc), Operand::Reg(first), Operand::Imm(n)];
            self.rt(Rt::acc_fold, args);
        }
        self.end(Term::Return(Vec::new()));
        values.into_iter().map(|v| v.ty).collect()
    }
}

impl Folded {
    /// The type of what the parts come to.
    fn result(self, ends: &Ty, is_wide: bool) -> Ty {
        match ends {
            Ty::Int | Ty::Word if is_wide => Ty::Any,
            _ if matches!(self.how, How::Last | How::Beside) => Ty::Any,
            ends => ends.clone(),
        }
    }
}
