//! `for` statements whose carried variables are reductions, run in parts: beside the loop itself stands a range, which takes what is left of
//! its rounds. Where it is known what a round takes, and there are many, it does so at once. Else the loop runs in order until workers
//! have asked for work some times since it began: one that is soon done never starts a range, and of loops within each other
//! those become ranges that live long.

use super::again::{Recipe, Rounds};
use super::indexed::{Indexed, is_indexed};
use super::loops::Source;
use super::reductions::{self, Fold, How, Plan};
use super::{Bound, Decision, Edges, Loc, Lower, Mode, Part, Reason, Val, VarId, VarState};
use crate::ir::{Cmp, Func, Inst, IntOp, Operand, SpecId, Term, VReg};
use crate::program::Body;
use crate::types::{Reg, Ty};
use afar_lang::ast::{Expr, Name, NodeId, Stmt};
use afar_runtime::Value;
use afar_runtime::abi::Rt;
use afar_runtime::pool::{FoldOp, Reduce, cuts_always};

/// So many loops within each other are split.
const MAX_DEPTH: u32 = 2;

/// Rounds of more steps than this together are worth a range: starting one takes some thousand.
const WORTH_A_RANGE: u64 = 60_000;

/// A loop is worth a range when workers have asked for work so often since it began.
const LONG_LIVED: i64 = 2;

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

/// A loop that is split.
pub(super) struct Split {
    plan: Plan,
    when: When,
    here: Option<Here>,
}

/// Where a loop is.
struct Here {
    /// What it runs over, as it was before the first round.
    parts: Vec<Val>,
    /// How many rounds there are.
    n: VReg,
    /// How many have begun; none where they are counted by nobody, and none has.
    at: Option<VReg>,
    /// What the workers' clock said before the first round, for [`When::InTime`].
    since: Option<VReg>,
}

/// When what is left of a loop becomes a range.
#[derive(Clone, Copy, Debug)]
enum When {
    /// At once, where there are so many rounds.
    Many(i64),
    /// When it has run for a while, and a worker has nothing to do.
    InTime,
}

impl<'t> Lower<'_, 't> {
    /// How a loop is split, if its rounds are independent but for reductions.
    pub(super) fn plan_for(
        &mut self,
        target: &'t Expr,
        iter: &'t Expr,
        body: &'t [Stmt],
        source: &Source,
    ) -> Option<Split> {
        let is_whole = self.whole_loops.contains(&target.id);
        let too_deep = self.n_split_loops >= MAX_DEPTH || !self.inlined.is_empty();
        if self.mode != Mode::Unit || is_whole || too_deep {
            return None;
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
        let plan = reductions::plan(target, iter, body, &is_read)?;
        if let Some(reason) = self.why_in_order(body, &plan, &targets, source) {
            self.note_for(target, iter, reason, Vec::new());
            return None;
        }
        let folded = self.starts(&plan.folds)?;
        let steps = crate::weight::steps_of(self.comp, &self.code, body);
        // A list that grows in place costs less than its parts and their joining, where little is done for each item.
        let grows = folded.iter().any(|f| f.start == Start::Empty);
        if grows && steps.is_some() && !cuts_always() {
            return None;
        }
        let when = match steps {
            None if all.is_none() => When::Many(2),
            Some(_) if cuts_always() => When::Many(2),
            Some(steps) => When::Many(i64::try_from(WORTH_A_RANGE / (steps + 4)).unwrap_or(0).max(2)),
            None => When::InTime,
        };
        Some(Split { plan, when, here: None })
    }

    /// In front of the first round: where there are many, they are taken at once. Else the time from which on the loop runs.
    pub(super) fn before_rounds(
        &mut self,
        node: NodeId,
        split: &mut Split,
        source: &Source,
        away: &mut Edges,
    ) {
        let mut parts = Vec::new();
        self.source_values(source, &mut parts);
        let n = self.rounds_of(source);
        let mut here = Here { parts, n, at: None, since: None };
        match split.when {
            When::Many(least) => self.leave_where(n, least, away),
            When::InTime => {
                let site = i64::from(self.code_id.0) << 32 | i64::from(node.0);
                let since = self.rt_int(Rt::loop_begins, vec![Operand::Imm(site), Operand::Reg(n)]);
                (here.at, here.since) = (Some(self.int(0)), Some(since));
            }
        }
        split.here = Some(here);
    }

    /// In front of each round: where workers have asked for work again and again since the loop began, the rest is taken.
    pub(super) fn leave_in_time(&mut self, split: &Split) -> Edges {
        let mut away = Edges::default();
        let Some(Here { n, at: Some(at), since: Some(since), .. }) = split.here else { return away };
        let [now, lived] = [(); 2].map(|()| self.func.reg(Reg::Int));
        self.emit(Inst::Tick(now));
        self.emit(Inst::IntOp { op: IntOp::Sub, dst: lived, a: now, b: Operand::Reg(since) });
        let is_long = self.func.reg(Reg::Bool);
        self.emit(Inst::IntCmp { cmp: Cmp::Ge, dst: is_long, a: lived, b: Operand::Imm(LONG_LIVED) });
        let (ask, go) = (self.new_block(), self.new_block());
        self.branch(is_long, ask, go);
        let env = self.env.clone();
        self.enter(ask);
        self.func.blocks[ask.0 as usize].is_cold = true;
        let left = self.func.reg(Reg::Int);
        self.emit(Inst::IntOp { op: IntOp::Sub, dst: left, a: n, b: Operand::Reg(at) });
        self.leave_where(left, 2, &mut away);
        self.jump_to(go);
        self.enter(go);
        self.env = env;
        self.emit(Inst::IntOp { op: IntOp::Add, dst: at, a: at, b: Operand::Imm(1) });
        away
    }

    /// A way on which there are at least so many rounds.
    fn leave_where(&mut self, n: VReg, least: i64, away: &mut Edges) {
        let few = self.func.reg(Reg::Bool);
        self.emit(Inst::IntCmp { cmp: Cmp::Lt, dst: few, a: n, b: Operand::Imm(least) });
        self.stop_unless(few, away);
    }

    /// Where the ways out of the loop lead on which the rest of its rounds is a range: behind it they go to its end. False where the
    /// parts of the variables cannot be put together: then the loop is lowered again, as one that is not split.
    pub(super) fn take_rounds(
        &mut self,
        (target, iter, body): (&'t Expr, &'t Expr, &'t [Stmt]),
        source: &Source,
        split: &Split,
        away: Edges,
        ends: &mut Edges,
    ) -> bool {
        self.meet(away);
        let found = self.starts(&split.plan.folds).and_then(|folded| {
            self.func.blocks[self.current.0 as usize].is_cold = true;
            self.n_split_loops += 1;
            let range = self.run_rounds((target, body), source, split, &folded);
            self.n_split_loops -= 1;
            range
        });
        match found {
            Some(range) => {
                self.note_for(target, iter, Reason::Reduction, vec![range]);
                self.edge(ends);
            }
            None => {
                self.whole_loops.insert(target.id);
            }
        }
        found.is_some()
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
    fn why_in_order(
        &self,
        body: &'t [Stmt],
        plan: &Plan,
        targets: &[Name],
        source: &Source,
    ) -> Option<Reason> {
        let mut names = plan.bound.iter().chain(plan.folds.iter().map(|f| &f.name));
        let of = |name: &Name| self.find_var(name).map(|var| &self.vars[var.0 as usize]);
        if !is_indexed(source) || source.calls().is_some() {
            Some(Reason::NoIndex)
        } else if names.clone().chain(targets).any(|name| of(name).is_none_or(|info| info.is_cell)) {
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

    /// Runs the rounds that are left as a range, and binds what they come to. None where the parts cannot be put together.
    fn run_rounds(
        &mut self,
        (target, body): (&'t Expr, &'t [Stmt]),
        source: &Source,
        split: &Split,
        folded: &[Folded],
    ) -> Option<u32> {
        let here = split.here.as_ref()?;
        let at = here.at.unwrap_or_else(|| self.int(0));
        let rounds = self.func.reg(Reg::Int);
        self.emit(Inst::IntOp { op: IntOp::Sub, dst: rounds, a: here.n, b: Operand::Reg(at) });
        let mut values = vec![Val::int(at)];
        values.extend(here.parts.iter().cloned());
        let names = self.used_by(target, body, &split.plan, folded);
        for var in &names {
            let value = self.raw_value(*var);
            values.push(value);
        }
        let leaves: Vec<Val> = values.iter().flat_map(|v| self.leaves(v)).collect();
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
        let (func, types) = self.rounds_body(target, body, &recipe, folded);
        if !folded.iter().zip(&types).all(|(fold, ty)| fold.is_exact(ty)) {
            return None;
        }
        let is_wide = self.comp.is_wide(site);
        let types = folded.iter().zip(&types).map(|(fold, ty)| fold.result(ty, is_wide)).collect();
        let result = Ty::tuple(types);
        recipe.item = result.clone();
        let range = self.comp.add_region(self.code_id, func, Some(recipe));
        let steps = crate::weight::steps_of(self.comp, &self.code, body);
        let kind = Reduce::Fold.number() | self.grain_of(steps, range) << Reduce::BITS;
        let letters: String = folded.iter().map(|f| f.op().letter()).collect();
        let start = self.start_of(&leaves, &letters, (range, kind, site), &result);
        let mut args: Vec<Operand> = leaves.iter().map(|v| Self::part_operand(v.parts[0])).collect();
        args.push(Operand::Reg(rounds));
        // The frames of its rounds are those of this function.
        let untraced = std::mem::replace(&mut self.untraced, true);
        let results = self.emit_call(start, args, &result);
        self.untraced = untraced;
        self.bind_results(target, folded, &results.items().unwrap_or_default());
        if split.plan.needs_target {
            let last = self.func.reg(Reg::Int);
            self.emit(Inst::IntOp { op: IntOp::Sub, dst: last, a: here.n, b: Operand::Imm(1) });
            self.emit(Inst::Known { reg: last, lo: 0, hi: i64::MAX });
            let indexed = Indexed::of(source, &mut here.parts.iter().cloned());
            let item = indexed.item(self, last, &mut Edges::default());
            self.assign(target, item);
        }
        Some(range.0)
    }

    /// How many items a source has. Where that is too many for an int, it is negative.
    fn rounds_of(&mut self, source: &Source) -> VReg {
        let Source::Range { next, left: None, stop, .. } = source else { return self.source_len(source) };
        let some = self.func.reg(Reg::Bool);
        self.emit(Inst::IntCmp { cmp: Cmp::Lt, dst: some, a: *next, b: Operand::Reg(*stop) });
        let [flag, mask, span, n] = [(); 4].map(|()| self.func.reg(Reg::Int));
        self.emit(Inst::BoolToInt(flag, some));
        let zero = self.int(0);
        self.emit(Inst::IntOp { op: IntOp::Sub, dst: mask, a: zero, b: Operand::Reg(flag) });
        self.emit(Inst::IntOp { op: IntOp::Sub, dst: span, a: *stop, b: Operand::Reg(*next) });
        self.emit(Inst::IntOp { op: IntOp::And, dst: n, a: span, b: Operand::Reg(mask) });
        n
    }

    /// The variables whose values the rounds need.
    fn used_by(&self, target: &Expr, body: &[Stmt], plan: &Plan, folded: &[Folded]) -> Vec<VarId> {
        let mut names = Vec::new();
        crate::tree::target_names(target, &mut names);
        let own: Vec<VarId> =
            names.iter().chain(&plan.bound).filter_map(|name| self.find_var(name)).collect();
        let mut used = self.captured_of(reductions::all_names(body));
        used.retain(|var| !own.contains(var));
        let starts = folded.iter().filter(|f| f.start == Start::Own).map(|f| f.var);
        used.extend(starts.filter(|var| self.env[var.0 as usize].bound != Bound::No));
        used
    }

    /// The function that starts the range: of what its environment is made of, and of how many rounds there are. It is one of its own so
    /// that the frame around the loop has no room for that environment.
    fn start_of(
        &mut self,
        leaves: &[Val],
        letters: &str,
        (range, kind, site): (SpecId, i64, u32),
        result: &Ty,
    ) -> SpecId {
        let outer = self.swap(format!("{}.<range>", self.func.name));
        let mut all = Vec::new();
        for leaf in leaves {
            let kind = leaf.ty.regs()[0];
            let param = self.func.reg(if kind == Reg::Slot { Reg::Int } else { kind });
            self.func.params.push(param);
            let part = if kind == Reg::Slot { Part::Address(param) } else { Part::Reg(param) };
            all.push(Val { ty: leaf.ty.clone(), parts: vec![part] });
        }
        let rounds = self.func.reg(Reg::Int);
        self.func.params.push(rounds);
        all.push(self.const_value(Value::str(letters)));
        let (env, n_env) = self.run_of(&all);
        let args = self.range_args(range, (env, n_env), rounds, kind, site);
        let untraced = std::mem::replace(&mut self.untraced, true);
        let tuple = self.rt_value(Rt::parallel, args);
        let found = self.unbox(Self::part_operand(tuple.parts[0]), result);
        self.end_with(found);
        self.untraced = untraced;
        let mut func = self.swap_back(outer);
        func.results = result.regs();
        self.comp.add_region(self.code_id, func, None)
    }

    /// Puts what the rounds came to together with what the variables were before.
    fn bind_results(&mut self, target: &Expr, folded: &[Folded], results: &[Val]) {
        for (fold, value) in folded.iter().zip(results) {
            let value = value.clone();
            let state = self.env[fold.var.0 as usize].clone();
            let op = match fold.how {
                How::Last | How::Beside => {
                    self.bind_if_bound(fold.var, &state, &value);
                    continue;
                }
                How::Best { .. } => {
                    self.write_var(fold.var, value);
                    continue;
                }
                How::Sum { .. } => afar_lang::ast::BinOp::Add,
                How::Product => afar_lang::ast::BinOp::Mul,
                How::And => afar_lang::ast::BinOp::BitAnd,
                How::Or => afar_lang::ast::BinOp::BitOr,
                How::Xor => afar_lang::ast::BinOp::BitXor,
            };
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
    fn bind_if_bound(&mut self, var: VarId, state: &VarState, value: &Val) {
        let found = self.temp();
        let value = self.boxed_operand(value);
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
        let mut parts = loaded.into_iter();
        let first = parts.next().as_ref().and_then(Val::reg);
        let indexed = Indexed::of(&recipe.source, &mut parts);
        let mut ends = Vec::new();
        let catch = self.guarded(|s| {
            let out = s.fixpoint(target.id.0, |s, back, out| {
                let more = s.func.reg(Reg::Bool);
                s.emit(Inst::IntCmp { cmp: Cmp::Lt, dst: more, a: index, b: Operand::Reg(hi) });
                s.stop_unless(more, out);
                let nth = s.count(index);
                let at = s.func.reg(Reg::Int);
                let first = first.unwrap_or(nth);
                s.emit(Inst::IntOp { op: IntOp::Add, dst: at, a: nth, b: Operand::Reg(first) });
                s.emit(Inst::Known { reg: at, lo: 0, hi: i64::MAX });
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
