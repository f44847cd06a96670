//! Loops, and what they run over.

use super::streams::{Order, Step};
use super::{Bound, Cleanup, Edges, Lower, Part, Val, VarId, VarState};
use crate::ir::{BlockId, Cmp, Inst, IntOp, Operand, Term, VReg};
use crate::types::{Reg, Ty};
use afar_lang::ast::{Arg, Expr, Stmt};
use afar_runtime::abi::Rt;

/// A loop that is being lowered.
pub(super) struct LoopFrame {
    breaks: Edges,
    continues: Edges,
    /// How many cleanups were there when it began.
    cleanups: usize,
}

/// The bounds of a range, where they are constants.
#[derive(Clone, Copy, Debug)]
pub(super) struct KnownRange {
    pub(super) start: Option<i64>,
    pub(super) stop: Option<i64>,
    pub(super) step: Option<i64>,
}

impl KnownRange {
    /// How many items there are, or one too many.
    pub(super) fn len(&self) -> Option<i64> {
        let (lo, hi) = self.items()?;
        hi.checked_sub(lo)?.checked_div(self.step?.checked_abs()?)?.checked_add(1)
    }

    /// Of the same items, the last one first.
    pub(super) fn backward(self) -> Self {
        let none = Self { start: None, stop: None, step: None };
        let (Some((lo, hi)), Some(step)) = (self.items(), self.step) else { return none };
        let Some(step) = step.checked_neg() else { return none };
        let (first, last) = if step > 0 { (lo, hi) } else { (hi, lo) };
        Self { start: Some(first), stop: last.checked_add(step.signum()), step: Some(step) }
    }

    /// The least and the greatest item, if there is any.
    pub(super) fn items(&self) -> Option<(i64, i64)> {
        let (start, stop, step) = (self.start?, self.stop?, self.step?);
        let n = if step > 0 { stop.checked_sub(start)? } else { start.checked_sub(stop)? };
        let by = i64::try_from(step.unsigned_abs()).ok().filter(|by| *by > 0)?;
        let last = start.checked_add((n.saturating_sub(1).max(0) / by).checked_mul(step)?)?;
        Some((start.min(last), start.max(last)))
    }
}

/// What a loop runs over.
#[derive(Clone)]
pub(super) enum Source {
    /// A range: the next value, the number of items left where the step is not one, the stop, the step.
    Range { next: VReg, left: Option<VReg>, stop: VReg, step: VReg, known: KnownRange },
    /// A list or text: itself, the type of its items, the next index.
    List { list: Val, item: Ty, next: VReg, order: Order },
    /// Several at once, to the end of the shortest.
    Zip(Vec<Source>),
    /// Numbered, from `first` on.
    Enumerate { count: VReg, first: i64, source: Box<Source> },
    /// What a function gives for items of these: for each apart, or for those of one item that is a tuple.
    Map { step: Step, all: Vec<Source>, spreads: bool },
    /// The items for which a function holds, or does not.
    Filter { step: Step, keep: bool, source: Box<Source> },
    /// The items up to the first for which a function does not hold.
    While { step: Step, source: Box<Source> },
    /// What a function gives for what it gave before and each item; whether it has begun is in a register.
    Accumulate { step: Step, acc: VarId, begun: VReg, has_initial: bool, source: Box<Source> },
    /// Any iterator, in a slot.
    Iter { slot: VReg, item: Ty },
}

/// The state of lowering, to come back to.
pub(super) struct Snapshot {
    n_blocks: usize,
    n_insts: usize,
    current: BlockId,
    env: Vec<VarState>,
    live: usize,
    sites: usize,
}

impl<'t> Lower<'_, 't> {
    pub(super) fn snapshot(&self) -> Snapshot {
        Snapshot {
            n_blocks: self.func.blocks.len(),
            n_insts: self.func.blocks[self.current.0 as usize].insts.len(),
            current: self.current,
            env: self.env.clone(),
            live: self.live_temps.len(),
            sites: self.sites.len(),
        }
    }

    pub(super) fn roll_back(&mut self, to: &Snapshot) {
        self.func.blocks.truncate(to.n_blocks);
        let block = &mut self.func.blocks[to.current.0 as usize];
        block.insts.truncate(to.n_insts);
        block.term = Term::Open;
        self.current = to.current;
        self.dead = false;
        self.env.clone_from(&to.env);
        while self.live_temps.len() > to.live {
            if let Some(slot) = self.live_temps.pop() {
                self.free(slot);
            }
        }
        self.sites.truncate(to.sites);
    }

    /// Lowers a loop until the types at its head do not change. `body` lowers one round from the head: it ends with the way
    /// back open, and puts the ways out into the edges that it is given.
    pub(super) fn fixpoint(
        &mut self,
        key: u32,
        mut body: impl FnMut(&mut Self, &mut Edges, &mut Edges),
    ) -> Edges {
        let start = self.snapshot();
        let seed = self.heads.get(&(key, self.depth_key())).cloned();
        let mut head = match seed {
            Some(seed) => {
                let env = self.env.clone();
                let mut joined = self.join_envs(&env, &seed);
                joined.truncate(self.vars.len());
                joined
            }
            None => self.env.clone(),
        };
        loop {
            let entry = self.current;
            let from = self.env.clone();
            let target = self.new_block();
            head.resize(self.vars.len(), VarState::unbound());
            self.convert_edge(entry, &from, &head, target);
            self.enter(target);
            self.env.clone_from(&head);
            let (mut back, mut out) = (Edges::default(), Edges::default());
            body(self, &mut back, &mut out);
            self.edge(&mut back);
            let mut wider = head.clone();
            for (_, env) in &back.0 {
                wider = self.join_envs(&wider, env);
            }
            wider.resize(self.vars.len(), VarState::unbound());
            let mut same = head.clone();
            same.resize(self.vars.len(), VarState::unbound());
            if wider == same {
                for (block, env) in back.0 {
                    self.convert_edge(block, &env, &same, target);
                }
                self.heads.insert((key, self.depth_key()), same);
                return out;
            }
            self.roll_back(&start);
            head = wider;
        }
    }

    fn depth_key(&self) -> u32 {
        u32::try_from(self.scopes.len()).unwrap_or(0)
    }

    pub(super) fn while_stmt(&mut self, test: &'t Expr, body: &'t [Stmt], orelse: &'t [Stmt]) {
        self.note_loop(None, test, body);
        let key = test.id.0;
        let mut broken = Edges::default();
        let ends = self.fixpoint(key, |s, back, out| {
            s.poll();
            s.with_span(test.span, Self::mark_place);
            let mark = s.mark();
            let value = s.eval(test);
            if s.dead {
                return;
            }
            let (truth, known) = s.truth_or_known(&value);
            s.release(mark);
            if known != Some(true) {
                s.stop_unless(truth, out);
            }
            broken = s.loop_body(body, back);
        });
        self.after_loop(ends, orelse, broken);
    }

    pub(super) fn loop_body(&mut self, body: &'t [Stmt], back: &mut Edges) -> Edges {
        self.begin_loop();
        self.stmts(body);
        let frame = self.end_loop();
        back.0.extend(frame.continues.0);
        frame.breaks
    }

    pub(super) fn begin_loop(&mut self) {
        self.loops.push(LoopFrame {
            breaks: Edges::default(),
            continues: Edges::default(),
            cleanups: self.cleanups.len(),
        });
        self.cleanups.push(Cleanup::Loop);
    }

    pub(super) fn end_loop(&mut self) -> LoopFrame {
        self.cleanups.pop();
        self.loops.pop().unwrap_or(LoopFrame {
            breaks: Edges::default(),
            continues: Edges::default(),
            cleanups: 0,
        })
    }

    fn after_loop(&mut self, ends: Edges, orelse: &'t [Stmt], broken: Edges) {
        self.meet(ends);
        if !self.dead {
            self.stmts(orelse);
        }
        let mut all = broken;
        self.edge(&mut all);
        self.meet(all);
    }

    /// `break` or `continue`.
    pub(super) fn leave_loop(&mut self, is_break: bool) {
        let Some(frame) = self.loops.last() else { return };
        let depth = frame.cleanups + 1;
        self.run_cleanups(depth);
        let Some(mut frame) = self.loops.pop() else { return };
        self.edge(if is_break { &mut frame.breaks } else { &mut frame.continues });
        self.loops.push(frame);
    }

    /// How many of the loops began when there were fewer cleanups than these.
    pub(super) fn loops_around(&self, n_cleanups: usize) -> usize {
        self.loops.iter().take_while(|frame| frame.cleanups < n_cleanups).count()
    }

    pub(super) fn poll(&mut self) {
        let loc = self.place();
        self.emit(Inst::Poll { loc });
    }

    pub(super) fn for_stmt(
        &mut self,
        target: &'t Expr,
        iter: &'t Expr,
        body: &'t [Stmt],
        orelse: &'t [Stmt],
    ) {
        self.note_loop(Some(target), iter, body);
        let was_lazy = std::mem::replace(&mut self.is_lazy, true);
        let source = self.source(iter);
        self.is_lazy = was_lazy;
        if self.dead {
            return;
        }
        let start = self.snapshot();
        let mut split = self.plan_for(target, iter, body, &source);
        loop {
            let (mut broken, mut promoted, mut away) = Default::default();
            if let Some(split) = &mut split {
                self.before_rounds(target.id, split, &source, &mut away);
            }
            let mut ends = self.fixpoint(target.id.0, |s, back, out| {
                s.poll();
                promoted = split.as_ref().map_or_else(Edges::default, |split| s.leave_in_time(split));
                let mark = s.mark();
                let mut skip = Edges::default();
                let item = s.advance(&source, &mut skip, out);
                s.next_round(skip, mark, &[], back);
                if s.dead {
                    return;
                }
                s.assign(target, item);
                s.release(mark);
                broken = s.loop_body(body, back);
            });
            away.0.extend(promoted.0);
            if let Some(split) = split.take()
                && !self.take_rounds((target, iter, body), &source, &split, away, &mut ends)
            {
                self.roll_back(&start);
                continue;
            }
            self.after_loop(ends, orelse, broken);
            return self.forget_carried(&source);
        }
    }

    /// Prepares to run over the value of an expression.
    pub(super) fn source(&mut self, expr: &'t Expr) -> Source {
        if let Some(stream) = self.stream(expr) {
            return stream;
        }
        let value = self.eval(expr);
        self.source_of(value)
    }

    /// Prepares to run over a value.
    pub(super) fn source_of(&mut self, value: Val) -> Source {
        if self.dead {
            return Source::Zip(Vec::new());
        }
        match &value.ty {
            Ty::Range => {
                let parts: Vec<VReg> = value
                    .parts
                    .iter()
                    .filter_map(|p| if let Part::Reg(r) = p { Some(*r) } else { None })
                    .collect();
                self.range_source(parts[0], parts[1], parts[2])
            }
            Ty::List(_) | Ty::Str if value.ty != Ty::list(Ty::Never) => {
                let item = if let Ty::List(item) = &value.ty { (**item).clone() } else { Ty::Str };
                let next = self.func.reg(Reg::Int);
                self.emit(Inst::Int(next, 0));
                let list = self.keep(value);
                Source::List { list, item, next, order: Order::From(0) }
            }
            _ => {
                let item = match &value.ty {
                    Ty::Tuple(items) if !items.is_empty() && items.iter().all(|t| *t == items[0]) => {
                        items[0].clone()
                    }
                    _ => Ty::Any,
                };
                let operand = self.boxed_operand(&value);
                let slot = self.func.reg(Reg::Slot);
                self.rt_into(slot, Rt::get_iter, vec![operand]);
                Source::Iter { slot, item }
            }
        }
    }

    /// A boxed value that stays alive and the same while a loop runs over it.
    fn keep(&mut self, value: Val) -> Val {
        if matches!(value.parts[0], Part::Const(_)) {
            return value;
        }
        let slot = self.func.reg(Reg::Slot);
        self.store_regs(&[slot], &value);
        Val { ty: value.ty, parts: vec![Part::Var(slot)] }
    }

    fn range_source(&mut self, start: VReg, stop: VReg, step: VReg) -> Source {
        let [first, last, by] = [start, stop, step].map(|r| self.known_int(&Val::int(r)));
        let known = KnownRange { start: first, stop: last, step: by };
        let next = self.func.reg(Reg::Int);
        self.emit(Inst::Copy(next, start));
        if self.known_int(&Val::int(step)) == Some(1) {
            return Source::Range { next, left: None, stop, step, known };
        }
        let args = vec![Operand::Reg(start), Operand::Reg(stop), Operand::Reg(step)];
        let len = self.rt_int(Rt::range_len, args);
        let left = self.func.reg(Reg::Int);
        self.emit(Inst::Copy(left, len));
        Source::Range { next, left: Some(left), stop, step, known }
    }

    /// The next item; at the end, out; where it is left out, to the next round.
    pub(super) fn advance(&mut self, source: &Source, skip: &mut Edges, out: &mut Edges) -> Val {
        if self.dead {
            return Val::never();
        }
        match source {
            Source::Range { next, left, stop, step, known } => {
                let more = self.func.reg(Reg::Bool);
                match left {
                    None => {
                        self.emit(Inst::IntCmp { cmp: Cmp::Lt, dst: more, a: *next, b: Operand::Reg(*stop) })
                    }
                    Some(left) => {
                        self.emit(Inst::IntCmp { cmp: Cmp::Ne, dst: more, a: *left, b: Operand::Imm(0) });
                    }
                }
                self.stop_unless(more, out);
                let item = self.func.reg(Reg::Int);
                self.emit(Inst::Copy(item, *next));
                if let Some((lo, hi)) = known.items() {
                    self.emit(Inst::Known { reg: item, lo, hi });
                }
                let by = known.step.map_or(Operand::Reg(*step), Operand::Imm);
                self.emit(Inst::IntOp { op: IntOp::Add, dst: *next, a: *next, b: by });
                if let Some(left) = left {
                    self.emit(Inst::IntOp { op: IntOp::Sub, dst: *left, a: *left, b: Operand::Imm(1) });
                }
                Val::int(item)
            }
            Source::List { list, item, next, order } => {
                let len = self.list_len(list);
                let more = self.func.reg(Reg::Bool);
                self.emit(Inst::IntCmp { cmp: Cmp::Lt, dst: more, a: *next, b: Operand::Reg(len) });
                self.stop_unless(more, out);
                let at = self.func.reg(Reg::Int);
                self.emit(Inst::Copy(at, *next));
                self.emit(Inst::IntOp { op: IntOp::Add, dst: *next, a: *next, b: Operand::Imm(1) });
                let at = if *order == Order::Backward { self.place_in(list, *order, at) } else { at };
                self.list_item_unchecked(list, item, at)
            }
            Source::Zip(sources) => {
                let items: Vec<Val> = sources.iter().map(|s| self.advance(s, skip, out)).collect();
                Val::tuple(&items)
            }
            Source::Enumerate { count, source, .. } => {
                let item = self.advance(source, skip, out);
                let number = self.func.reg(Reg::Int);
                self.emit(Inst::Copy(number, *count));
                self.emit(Inst::IntOp { op: IntOp::Add, dst: *count, a: *count, b: Operand::Imm(1) });
                Val::tuple(&[Val::int(number), item])
            }
            Source::Map { .. } | Source::Filter { .. } | Source::While { .. } | Source::Accumulate { .. } => {
                self.advance_stream(source, skip, out)
            }
            Source::Iter { slot, item } => {
                let next = self.temp();
                let more = self.rt_bool(Rt::next_item, vec![Operand::Reg(*slot), Operand::Reg(next)]);
                self.stop_unless(more, out);
                if *item == Ty::Any {
                    return Val::temp(next);
                }
                self.unbox(Operand::Reg(next), item)
            }
        }
    }

    /// The place in a list of what comes at this place of the loop.
    pub(super) fn place_in(&mut self, list: &Val, order: Order, at: VReg) -> VReg {
        match order {
            Order::From(0) => at,
            Order::From(from) => {
                let place = self.func.reg(Reg::Int);
                self.emit(Inst::IntOp { op: IntOp::Add, dst: place, a: at, b: Operand::Imm(from) });
                place
            }
            Order::Backward => {
                let len = self.list_len(list);
                let [behind, place] = [(); 2].map(|()| self.func.reg(Reg::Int));
                self.emit(Inst::IntOp { op: IntOp::Sub, dst: behind, a: len, b: Operand::Reg(at) });
                self.emit(Inst::IntOp { op: IntOp::Sub, dst: place, a: behind, b: Operand::Imm(1) });
                place
            }
        }
    }

    /// Goes on where the condition holds, else out.
    pub(super) fn stop_unless(&mut self, more: VReg, out: &mut Edges) {
        self.go_on_where(more, true, out);
    }

    /// Goes on where a condition is this, else out.
    pub(super) fn go_on_where(&mut self, cond: VReg, is: bool, out: &mut Edges) {
        let (go, stop) = (self.new_block(), self.new_block());
        if is {
            self.branch(cond, go, stop);
        } else {
            self.branch(cond, stop, go);
        }
        let env = self.env.clone();
        self.enter(stop);
        self.edge(out);
        self.enter(go);
        self.env = env;
    }

    /// Is a variable bound on all ways here.
    pub(super) fn is_bound(&self, var: super::VarId) -> bool {
        self.env[var.0 as usize].bound == Bound::Yes
    }
}

/// A positional argument.
pub(super) fn positional(arg: &Arg) -> Option<&Expr> {
    match arg {
        Arg::Positional(e) => Some(e),
        _ => None,
    }
}
