//! Comprehensions, and generator expressions that are used up where they stand: loops without intermediate iterators.

use super::{Edges, Inlined, Lower, Part, Reason, Val};
use crate::ir::{CheckedOp, Cmp, Inst, IntOp, Operand, VReg};
use crate::types::{Reg, Ty};
use afar_lang::ast::{Comprehension, ComprehensionKind, Expr, NodeId};
use afar_runtime::abi::Rt;
use afar_runtime::pool::Reduce;

/// What becomes of the elements.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sink {
    /// Nothing: to learn their type.
    Probe,
    /// Given out of the generator.
    Yield,
    /// Added to the list in the slot.
    List(VReg),
    /// Added to the list in the slot, in any order.
    Bag(VReg),
    /// Written at the address in the register, where there is room for all: numbers, or rows, of this form.
    Room { at: VReg, form: i64 },
    /// Added to the set in the slot.
    Set(VReg),
    /// Added to the dict in the slot.
    Dict(VReg),
    /// Written where the register says, or added to what the accumulator at the address has: see [`super::region::Written`].
    Part { acc: VReg, at: VReg, kind: Reduce, grows: bool },
    /// Counted in the `Counter` in the slot.
    Count(VReg),
    /// Added to the int in the register, which widens at the site.
    SumInt { total: VReg, site: u32, op: CheckedOp },
    /// Added to the exact sum at the address, and counted.
    SumFloat { sum: VReg, count: VReg },
    /// Added, in order, to the value in the slot.
    SumAny(VReg),
    /// The flag is set, and the loop left, by the first element whose truth is this.
    Decide { flag: VReg, by: bool },
    /// `any`: the flag is set, and the loop left, by the first true one.
    Any(VReg),
    /// `all`: the flag is cleared, and the loop left, by the first false one.
    All(VReg),
    /// The least or greatest int so far; the flag tells whether there is one.
    BestInt { best: VReg, some: VReg, is_max: bool },
    /// The least or greatest float so far.
    BestFloat { best: VReg, some: VReg, is_max: bool },
}

impl Sink {
    /// Does the order of the elements show in what becomes of them.
    fn keeps_order(self) -> bool {
        matches!(
            self,
            Self::Probe
                | Self::Yield
                | Self::List(_)
                | Self::Room { .. }
                | Self::Dict(_)
                | Self::Part { .. }
                | Self::Count(_)
        )
    }
}

/// How `list_begin` names what a list of such items holds, where it can be written without a call.
fn room_form(item: &Ty) -> Option<i64> {
    match item {
        Ty::Int => Some(-1),
        Ty::Float => Some(-2),
        _ => item.row().map(|form| i64::from(afar_runtime::collections::rows::form_id(&form))),
    }
}

/// Does any clause run over an iterator: only that can be a set's.
fn has_iterator(source: &super::loops::Source, c: &Comprehension) -> bool {
    source.iterator().is_some() || c.clauses.len() > 1
}

/// The name of its frame in a traceback.
pub(super) fn frame_name(c: &Comprehension) -> &'static str {
    match &c.kind {
        ComprehensionKind::List(_) => "<listcomp>",
        ComprehensionKind::Set(_) => "<setcomp>",
        ComprehensionKind::Dict(..) => "<dictcomp>",
        ComprehensionKind::Generator(_) => "<genexpr>",
    }
}

impl<'t> Lower<'_, 't> {
    pub(super) fn eval_comprehension(&mut self, c: &'t Comprehension, expr: &'t Expr) -> Val {
        if self.boxed() {
            return self.hidden(expr);
        }
        match &c.kind {
            ComprehensionKind::List(_) => self.build_list(c),
            ComprehensionKind::Set(_) => self.build(c, Reduce::Set).0,
            ComprehensionKind::Dict(..) => self.build(c, Reduce::Dict).0,
            ComprehensionKind::Generator(_) => self.make_generator(c, expr),
        }
    }

    pub(super) fn new_collection(&mut self, rt: Rt) -> VReg {
        let slot = self.func.reg(Reg::Slot);
        self.rt_into(slot, rt, vec![]);
        slot
    }

    pub(super) fn finish_collection(&mut self, slot: VReg, ty: Ty) -> Val {
        if self.dead {
            return Val::never();
        }
        self.rt_value(Rt::finish, vec![Operand::Reg(slot)]).typed(ty)
    }

    /// A list of the elements.
    pub(super) fn build_list(&mut self, c: &'t Comprehension) -> Val {
        let (value, item) = self.build(c, Reduce::List);
        if self.dead { Val::never() } else { value.typed(Ty::list(item.stored())) }
    }

    /// Is it done before another worker could take a part of it.
    fn is_small(&self, c: &Comprehension, source: &super::loops::Source) -> bool {
        let super::loops::Source::Range { known, .. } = source else { return false };
        let (Some((lo, hi)), [clause]) = (known.items(), c.clauses.as_slice()) else { return false };
        let element = match &c.kind {
            ComprehensionKind::Dict(..) => return false,
            ComprehensionKind::List(e) | ComprehensionKind::Set(e) | ComprehensionKind::Generator(e) => e,
        };
        let steps = |e: &Expr| crate::weight::steps(self.comp, &self.code, e);
        let all = clause.conditions.iter().chain([element]).map(steps).sum::<Option<u64>>();
        let n = lo.abs_diff(hi).saturating_add(1);
        // Of more elements, and in blocks, a traceback tells which one raised.
        !matches!(self.code.owner, crate::program::Owner::Block(_))
            && n < afar_runtime::object::exception::MANY
            && all.is_some_and(|steps| crate::weight::is_small(n, steps))
    }

    /// A list, set or dict of the elements; and their type.
    pub(super) fn build(&mut self, c: &'t Comprehension, kind: Reduce) -> (Val, Ty) {
        let Some(source) = self.first_source(c) else { return (Val::never(), Ty::Never) };
        let is_small = self.is_small(c, &source);
        if is_small {
            self.note_whole(c, Reason::TooLittleWork);
        }
        if !is_small && let Some(done) = self.region(c, &source, kind, 0) {
            return done;
        }
        if is_small
            && kind == Reduce::List
            && let Some(done) = self.build_in_room(c, &source)
        {
            return done;
        }
        let (rt, sink): (Rt, fn(VReg) -> Sink) = match kind {
            Reduce::Set => (Rt::new_set, Sink::Set),
            Reduce::Dict => (Rt::new_dict, Sink::Dict),
            Reduce::Count => (Rt::new_counter, Sink::Count),
            _ => (Rt::new_list, Sink::List),
        };
        let slot = self.new_collection(rt);
        let item = self.run_from(c, &source, sink(slot));
        (self.finish_collection(slot, Ty::Any), item)
    }

    /// A list of numbers, or of rows, of at most as many elements as a known range has: written where they will lie.
    fn build_in_room(&mut self, c: &'t Comprehension, source: &super::loops::Source) -> Option<(Val, Ty)> {
        let super::loops::Source::Range { known, .. } = source else { return None };
        let n = known.len()?;
        let found = self.probe(c);
        let form = room_form(&found)?;
        let bytes = n.checked_mul(8 * i64::try_from(found.row().map_or(1, |form| form.width())).ok()?)?;
        let start = self.snapshot();
        let slot = self.lone_temp();
        self.rt_into(slot, Rt::list_begin, vec![Operand::Imm(form), Operand::Imm(n)]);
        let list = Val { ty: Ty::Any, parts: vec![Part::Var(slot)] };
        let first = self.list_data(&list);
        let at = self.func.reg(Reg::Int);
        self.emit(Inst::Copy(at, first));
        let outer = std::mem::take(&mut self.misfits);
        let item = self.run_from(c, source, Sink::Room { at, form });
        if std::mem::replace(&mut self.misfits, outer) {
            self.roll_back(&start);
            return None;
        }
        if self.dead {
            return Some((Val::never(), item));
        }
        self.close_room(slot, [first, at], bytes);
        Some((Val::temp(slot), item))
    }

    /// Tells a list where it ends, unless it was written over to the end: so many bytes.
    fn close_room(&mut self, list: VReg, [first, at]: [VReg; 2], bytes: i64) {
        let (end, is_full) = (self.func.reg(Reg::Int), self.func.reg(Reg::Bool));
        self.emit(Inst::IntOp { op: IntOp::Add, dst: end, a: first, b: Operand::Imm(bytes) });
        self.emit(Inst::IntCmp { cmp: Cmp::Eq, dst: is_full, a: at, b: Operand::Reg(end) });
        let (close, on) = (self.new_block(), self.new_block());
        self.branch(is_full, on, close);
        self.func.blocks[close.0 as usize].is_cold = true;
        self.enter(close);
        self.rt(Rt::list_close, vec![Operand::Reg(list), Operand::Reg(at)]);
        self.jump_to(on);
        self.enter(on);
    }

    /// The type of the elements, from a trial.
    pub(super) fn probe(&mut self, c: &'t Comprehension) -> Ty {
        if let Some(ty) = self.probed.get(&c.id) {
            return ty.clone();
        }
        let start = self.snapshot();
        let ty = self.run_comprehension(c, Sink::Probe);
        self.roll_back(&start);
        self.probed.insert(c.id, ty.clone());
        ty
    }

    pub(super) fn forget_probe(&mut self, id: NodeId, ty: Ty) {
        self.probed.insert(id, ty);
    }

    /// Runs a comprehension into a sink; gives the joined type of its elements.
    pub(super) fn run_comprehension(&mut self, c: &'t Comprehension, sink: Sink) -> Ty {
        let Some(source) = self.first_source(c) else { return Ty::Never };
        self.run_from(c, &source, sink)
    }

    /// As `run_comprehension`, over a source that is there already.
    pub(super) fn run_from(&mut self, c: &'t Comprehension, source: &super::loops::Source, sink: Sink) -> Ty {
        let outer_hidden = self.hidden.take();
        let is_frame_itself = sink == Sink::Yield || super::made::shape(c).is_some();
        if !is_frame_itself {
            self.inlined.push(Inlined { func: frame_name(c).into(), outer: Some(self.span) });
        }
        let found = self.as_generator(c, sink, |s| {
            if sink.keeps_order()
                || !has_iterator(source, c)
                || crate::tree::holds_in(c, &crate::tree::is_walrus)
            {
                s.run_ordered(c, source, sink)
            } else {
                s.run_unordered(c, source, sink)
            }
        });
        if !is_frame_itself {
            self.inlined.pop();
        }
        self.hidden = outer_hidden;
        if !self.dead {
            self.mark_place();
        }
        found
    }

    /// Runs a comprehension whose sink does not show the order, which may run over sets. Which element raises would show it.
    fn run_unordered(&mut self, c: &'t Comprehension, source: &super::loops::Source, sink: Sink) -> Ty {
        self.hiding(|s, hidden| {
            s.was_hidden = Some(hidden);
            s.note_hidden(source);
            s.run_ordered(c, source, sink)
        })
    }

    /// Runs loops of which those over sets must not show their order. Which element raises would show it.
    pub(super) fn hiding(&mut self, run: impl FnOnce(&mut Self, VReg) -> Ty) -> Ty {
        let hidden = self.func.reg(Reg::Bool);
        self.emit(Inst::Bool(hidden, false));
        self.hidden = Some(hidden);
        let since = self.rt_int(Rt::order_shown, vec![]);
        let found =
            self.filter_faults(Rt::hide_fault, vec![Operand::Reg(hidden), Operand::Reg(since)], |s| {
                run(s, hidden)
            });
        if !self.dead {
            self.rt(Rt::show_order, vec![Operand::Reg(since)]);
        }
        found
    }

    /// Runs the loops of a comprehension: of a generator expression that is used up here, a `StopIteration` becomes what it becomes
    /// where it leaves a generator.
    pub(super) fn as_generator(
        &mut self,
        c: &Comprehension,
        sink: Sink,
        run: impl FnOnce(&mut Self) -> Ty,
    ) -> Ty {
        let is_here = !matches!(sink, Sink::Probe | Sink::Yield);
        if is_here && matches!(c.kind, ComprehensionKind::Generator(_)) {
            self.filter_faults(Rt::leave_generator, vec![Operand::Imm(0)], run)
        } else {
            run(self)
        }
    }

    /// Runs a region whose faults pass through a function of the runtime on their way out.
    pub(super) fn filter_faults(
        &mut self,
        rt: Rt,
        args: Vec<Operand>,
        run: impl FnOnce(&mut Self) -> Ty,
    ) -> Ty {
        let outer = self.handler;
        let mut found = Ty::Never;
        let catch = self.guarded(|s| found = run(s));
        let (current, dead, env) = (self.current, self.dead, self.env.clone());
        self.handler = outer;
        self.enter(catch);
        self.rt(rt, args);
        let loc = self.place();
        self.end(crate::ir::Term::Fail { loc, trace: false });
        self.current = current;
        self.dead = dead;
        self.env = env;
        found
    }

    /// Notes whether the order of a source must not show. Gives what `show_order` wants behind the loop over it.
    pub(super) fn note_hidden(&mut self, source: &super::loops::Source) -> Option<VReg> {
        let (Some(hidden), Some(slot)) = (self.hidden, source.iterator()) else { return None };
        let since = self.rt_int(Rt::order_shown, vec![]);
        let hides = self.rt_int(Rt::hides_order, vec![Operand::Reg(slot)]);
        let so_far = self.func.reg(Reg::Int);
        self.emit(Inst::BoolToInt(so_far, hidden));
        let both = self.func.reg(Reg::Int);
        self.emit(Inst::IntOp { op: IntOp::Or, dst: both, a: so_far, b: Operand::Reg(hides) });
        self.emit(Inst::IntToBool(hidden, both));
        Some(since)
    }

    fn run_ordered(&mut self, c: &'t Comprehension, source: &super::loops::Source, sink: Sink) -> Ty {
        self.scopes.push(rustc_hash::FxHashMap::default());
        let locals = c.scope.get().map(|s| s.locals.clone()).unwrap_or_default();
        for local in &locals {
            let var = self.declare_in(c.id, &local.name, local.is_cell);
            self.env[var.0 as usize] = super::VarState::unbound();
            if local.is_cell {
                self.make_cell(var);
            }
        }
        let mut found = Ty::Never;
        let mut left = Edges::default();
        self.clause(c, 0, source, sink, &mut found, &mut left);
        self.scopes.pop();
        self.edge(&mut left);
        self.meet(left);
        found
    }

    /// Lowers one `for` clause and all within it. `left` collects the ways out of the whole comprehension.
    fn clause(
        &mut self,
        c: &'t Comprehension,
        at: usize,
        source: &super::loops::Source,
        sink: Sink,
        found: &mut Ty,
        left: &mut Edges,
    ) {
        self.clause_with(c, at, sink, found, left, |s, skip, out| {
            s.poll();
            s.advance(source, skip, out)
        });
        self.forget_carried(source);
    }

    /// As `clause`, where the next item comes from `advance`.
    pub(super) fn clause_with(
        &mut self,
        c: &'t Comprehension,
        at: usize,
        sink: Sink,
        found: &mut Ty,
        left: &mut Edges,
        advance: impl Fn(&mut Self, &mut Edges, &mut Edges) -> Val,
    ) {
        let clause = &c.clauses[at];
        let fresh = self.fresh_each_round(c, at);
        let mut inner_left = Edges::default();
        let ends = self.fixpoint(clause.target.id.0, |s, back, out| {
            inner_left = Edges::default();
            let mark = s.mark();
            let mut skip = Edges::default();
            let item = advance(s, &mut skip, out);
            s.next_round(skip, mark, &fresh, back);
            if s.dead {
                return;
            }
            s.assign(&clause.target, item);
            for condition in &clause.conditions {
                if s.dead {
                    return;
                }
                s.with_span(condition.span, Self::mark_place);
                let value = s.eval(condition);
                if s.dead {
                    return;
                }
                let (truth, known) = s.truth_or_known(&value);
                if known == Some(true) {
                    continue;
                }
                let (go, skip) = (s.new_block(), s.new_block());
                s.branch(truth, go, skip);
                let env = s.env.clone();
                s.enter(skip);
                let temps: Vec<VReg> = s.live_temps[mark..].to_vec();
                for temp in temps {
                    s.emit(Inst::Clear(temp));
                }
                s.forget(&fresh);
                s.edge(back);
                s.enter(go);
                s.env = env;
            }
            if at + 1 < c.clauses.len() {
                let next = s.source(&c.clauses[at + 1].iter);
                if !s.dead {
                    let since = s.note_hidden(&next);
                    s.clause(c, at + 1, &next, sink, found, &mut inner_left);
                    if let (Some(since), false) = (since, s.dead) {
                        s.rt(Rt::show_order, vec![Operand::Reg(since)]);
                    }
                }
            } else {
                s.element(c, sink, found, &mut inner_left);
            }
            s.release(mark);
            s.forget(&fresh);
        });
        self.meet(ends);
        left.0.extend(inner_left.0);
    }

    /// The variables of a clause that nothing reads between the end of one round and the next item: what they were bound to need
    /// not be carried along.
    fn fresh_each_round(&self, c: &Comprehension, at: usize) -> Vec<super::VarId> {
        let mut before = Vec::new();
        for clause in &c.clauses[..at] {
            crate::tree::mentioned(&clause.iter, &mut before);
            clause.conditions.iter().for_each(|e| crate::tree::mentioned(e, &mut before));
            crate::tree::mentioned(&clause.target, &mut before);
        }
        let clause = &c.clauses[at];
        crate::tree::mentioned(&clause.iter, &mut before);
        let mut names = Vec::new();
        crate::tree::mentioned(&clause.target, &mut names);
        let is_fresh = |name: &&afar_lang::ast::Name| !before.contains(name);
        let Some(scope) = self.scopes.last() else { return Vec::new() };
        let vars = names.iter().filter(is_fresh).filter_map(|name| scope.get(name).copied());
        vars.filter(|var| !self.vars[var.0 as usize].is_cell).collect()
    }

    pub(super) fn forget(&mut self, vars: &[super::VarId]) {
        for var in vars {
            self.env[var.0 as usize] = super::VarState::unbound();
        }
    }

    fn element(&mut self, c: &'t Comprehension, sink: Sink, found: &mut Ty, left: &mut Edges) {
        match &c.kind {
            ComprehensionKind::Dict(key, value) => {
                let hidden = self.hidden.take();
                self.with_span(key.span, Self::mark_place);
                let key = self.eval(key);
                let value = self.eval(value);
                self.hidden = hidden;
                if let (Sink::Dict(slot), false) = (sink, self.dead) {
                    let (key, value) = (self.boxed_operand(&key), self.boxed_operand(&value));
                    self.rt(Rt::dict_insert, vec![Operand::Reg(slot), key, value]);
                }
            }
            ComprehensionKind::List(e) | ComprehensionKind::Set(e) | ComprehensionKind::Generator(e) => {
                let hidden = self.hidden.take();
                self.with_span(e.span, Self::mark_place);
                let value = self.eval(e);
                self.hidden = hidden;
                if self.dead {
                    return;
                }
                *found = self.join(found, &value.ty);
                self.with_span(e.span, |s| match (&c.kind, sink) {
                    (ComprehensionKind::Generator(_), Sink::Yield)
                    | (ComprehensionKind::List(_) | ComprehensionKind::Set(_), _) => {
                        s.sink(sink, &value, left)
                    }
                    _ => s.outside(|s| s.sink(sink, &value, left)),
                });
            }
        }
    }

    /// Emits what is done with an element of a generator expression: by the function around it, not by the expression.
    fn outside(&mut self, run: impl FnOnce(&mut Self)) {
        let Some(inlined) = self.inlined.pop() else { return run(self) };
        let untraced = std::mem::replace(&mut self.untraced, inlined.outer.is_none());
        self.with_span(inlined.outer.unwrap_or(self.span), run);
        self.untraced = untraced;
        self.inlined.push(inlined);
    }

    /// Gives one element to the sink.
    pub(super) fn sink(&mut self, sink: Sink, value: &Val, left: &mut Edges) {
        match sink {
            Sink::Probe => {}
            Sink::Yield => self.yield_element(value),
            Sink::List(slot) | Sink::Bag(slot) => match (&value.ty, value.reg()) {
                (Ty::Int, Some(reg)) => {
                    self.rt(Rt::list_push_int, vec![Operand::Reg(slot), Operand::Reg(reg)])
                }
                (Ty::Float, Some(reg)) => {
                    self.rt(Rt::list_push_float, vec![Operand::Reg(slot), Operand::Reg(reg)]);
                }
                _ => {
                    if !self.push_row(slot, value) {
                        self.add_boxed(Rt::list_push, slot, value);
                    }
                }
            },
            Sink::Room { at, form } => {
                if room_form(&value.ty) == Some(form) {
                    let bytes = self.write_words(value, at);
                    self.emit(Inst::IntOp { op: IntOp::Add, dst: at, a: at, b: Operand::Imm(bytes) });
                } else {
                    self.misfits = true;
                }
            }
            Sink::Part { acc, at, kind, grows } => self.sink_part(acc, at, kind, grows, value),
            Sink::Count(slot) => {
                if !self.add_tuple(Rt::count_tuple, slot, value) {
                    self.add_boxed(Rt::count_item, slot, value);
                }
            }
            Sink::Set(slot) => match self.hidden {
                Some(hidden) => {
                    let operand = self.boxed_operand(value);
                    self.rt(Rt::set_add_hidden, vec![Operand::Reg(slot), operand, Operand::Reg(hidden)]);
                }
                None => {
                    if !self.add_tuple(Rt::set_add_tuple, slot, value) {
                        self.add_boxed(Rt::set_add, slot, value);
                    }
                }
            },
            Sink::Dict(_) => {}
            Sink::SumInt { total, site, op } => {
                let x = self.as_int(value);
                self.emit(Inst::Checked { op, dst: total, a: total, b: x, site });
            }
            Sink::SumFloat { sum, count } => {
                let x = self.as_float(value);
                self.emit(Inst::IntOp { op: IntOp::Add, dst: count, a: count, b: Operand::Imm(1) });
                self.rt(Rt::exact_add, vec![Operand::Reg(sum), Operand::Reg(x)]);
            }
            Sink::SumAny(slot) => self.add_boxed(Rt::list_push, slot, value),
            Sink::Any(flag) => self.short_circuit(value, flag, true, true, left),
            Sink::All(flag) => self.short_circuit(value, flag, false, false, left),
            Sink::Decide { flag, by } => self.short_circuit(value, flag, by, true, left),
            Sink::BestInt { best, some, is_max } => self.best(value, best, some, is_max, false),
            Sink::BestFloat { best, some, is_max } => self.best(value, best, some, is_max, true),
        }
    }

    pub(super) fn add_boxed(&mut self, rt: Rt, slot: VReg, value: &Val) {
        let operand = self.boxed_operand(value);
        self.rt(rt, vec![Operand::Reg(slot), operand]);
    }

    /// Adds a tuple whose items are known one by one: it is only made where it is new.
    pub(super) fn add_tuple(&mut self, rt: Rt, target: VReg, value: &Val) -> bool {
        let Some(items) = value.items().filter(|items| !items.is_empty()) else { return false };
        let (first, n) = self.run_of(&items);
        self.rt(rt, vec![Operand::Reg(target), Operand::Reg(first), Operand::Imm(n)]);
        true
    }

    fn short_circuit(&mut self, value: &Val, flag: VReg, by: bool, sets: bool, left: &mut Edges) {
        let truth = self.truth(value);
        if self.dead {
            return;
        }
        let (stop, go) = (self.new_block(), self.new_block());
        if by {
            self.branch(truth, stop, go);
        } else {
            self.branch(truth, go, stop);
        }
        let env = self.env.clone();
        self.enter(stop);
        self.emit(Inst::Bool(flag, sets));
        if let Some(hidden) = self.hidden {
            // All elements are looked at, so that it does not show which came first.
            let out = self.new_block();
            self.branch(hidden, go, out);
            self.enter(out);
        }
        self.edge(left);
        self.enter(go);
        self.env = env;
    }

    /// Keeps the first of the least or greatest, as CPython's loop does: also for NaN.
    fn best(&mut self, value: &Val, best: VReg, some: VReg, is_max: bool, is_float: bool) {
        let x = if is_float { self.as_float(value) } else { self.as_int(value) };
        let (compare, replace, done) = (self.new_block(), self.new_block(), self.new_block());
        self.branch(some, compare, replace);
        self.enter(compare);
        let better = self.func.reg(Reg::Bool);
        let cmp = if is_max { crate::ir::Cmp::Gt } else { crate::ir::Cmp::Lt };
        if is_float {
            self.emit(Inst::FloatCmp { cmp, dst: better, a: x, b: best });
        } else {
            self.emit(Inst::IntCmp { cmp, dst: better, a: x, b: Operand::Reg(best) });
        }
        let env = self.env.clone();
        self.branch(better, replace, done);
        self.enter(replace);
        self.emit(Inst::Copy(best, x));
        self.emit(Inst::Bool(some, true));
        self.jump_to(done);
        self.enter(done);
        self.env = env;
    }

    /// A generator expression that is not used up on the spot: a generator of a function of its own.
    pub(super) fn make_generator(&mut self, c: &'t Comprehension, expr: &'t Expr) -> Val {
        self.note_generator(c);
        let Some(first) = c.clauses.first() else { return Val::never() };
        let iterable = self.eval(&first.iter);
        if self.dead {
            return Val::never();
        }
        let operand = self.boxed_operand(&iterable);
        let iter = self.with_span(first.iter.span, |s| s.rt_value(Rt::get_iter, vec![operand]));
        let outer = self.code.clone();
        let (code_id, captured) = self.comp.register_generator(c, expr, &outer);
        let mut values = vec![iter];
        for (name, _) in &captured {
            let value = self.capture_for_generator(name);
            values.push(value);
        }
        if self.dead {
            return Val::never();
        }
        let (run, n) = self.run_of(&values);
        let code = Operand::Imm(i64::from(code_id.0));
        let maps = Operand::Imm(i64::from(!crate::tree::holds_in(c, &crate::tree::is_walrus)));
        self.rt_value(Rt::make_generator, vec![code, Operand::Reg(run), Operand::Imm(n), maps])
    }

    /// What a generator expression captures: cells as such, so that it sees later bindings.
    fn capture_for_generator(&mut self, name: &afar_lang::ast::Name) -> Val {
        let Some(var) = self.find_var_past_class(name) else { return self.eval_outer(name) };
        if self.vars[var.0 as usize].is_cell {
            let state = self.env[var.0 as usize].clone();
            return match state.loc {
                super::Loc::Borrowed(a) => Val { ty: Ty::Cell, parts: vec![super::Part::Address(a)] },
                super::Loc::Own => {
                    let regs = self.regs_of(var, &Ty::Cell);
                    Val { ty: Ty::Cell, parts: vec![super::Part::Var(regs[0])] }
                }
            };
        }
        self.read_for_export(var)
    }
}
