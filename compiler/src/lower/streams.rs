//! What is run over by way of `zip`, `enumerate`, `map`, `filter`, `accumulate` and their like, where the compiler knows them: steps
//! of the loop itself, on typed values, with no iterator between.

use super::loops::Source;
use super::{Bound, Edges, Lower, Part, Val, VarId, VarState};
use crate::ir::{BlockId, Inst, IntOp, Operand, Term, VReg};
use crate::types::{ConstId, Reg, Ty};
use afar_lang::ast::{Arg, BinOp, Expr, ExprKind, Name, NodeId};
use afar_runtime::Value;
use afar_runtime::abi::Rt;

/// A function that a loop calls for the items that it runs over.
#[derive(Clone)]
pub(super) struct Step {
    /// The function, kept alive; `None` stands for truth, or for a sum.
    pub(super) func: Val,
    /// The call that names it, whose ints may not fit.
    pub(super) node: NodeId,
    /// The site that says that a `StopIteration` came out of the function: then the program's own iterator is made.
    pub(super) site: u32,
}

/// Which items of a list a loop gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Order {
    /// From this one on.
    From(i64),
    /// The last one first.
    Backward,
}

/// The arguments of a known iterator.
pub(super) struct Given<'t> {
    pub(super) pos: Vec<&'t Expr>,
    pub(super) kw: Vec<(&'t str, &'t Expr)>,
}

/// What an argument gives to run over: made already, or a value.
pub(super) enum Pending {
    Source(Source),
    Value(Val),
}

/// The name of a known iterator.
fn iterator_of(value: &Value) -> Option<String> {
    match value {
        Value::Class(c) if &*c.module == "builtins" => Some(c.name.to_string()),
        Value::Builtin(b) if b.owner.is_empty() => Some(b.name.to_owned()),
        Value::Host(host) => Some(host.0.class_shown()?.strip_prefix("itertools.")?.to_owned()),
        _ => None,
    }
}

/// The arguments, where none is starred.
pub(super) fn given(args: &[Arg]) -> Option<Given<'_>> {
    let mut given = Given { pos: Vec::new(), kw: Vec::new() };
    for arg in args {
        match arg {
            Arg::Positional(e) => given.pos.push(e),
            Arg::Keyword(name, e) => given.kw.push((&name.name, e)),
            Arg::Star(_) | Arg::DoubleStar(_) => return None,
        }
    }
    Some(given)
}

/// The operation that a function of `operator` is.
fn operation(value: &Value) -> Option<BinOp> {
    let Value::Builtin(b) = value else { return None };
    Some(match (b.owner, b.name) {
        ("operator", "add") => BinOp::Add,
        ("operator", "sub") => BinOp::Sub,
        ("operator", "mul") => BinOp::Mul,
        ("operator", "and_") => BinOp::BitAnd,
        ("operator", "or_") => BinOp::BitOr,
        ("operator", "xor") => BinOp::BitXor,
        _ => return None,
    })
}

impl Source {
    /// May an item be left out, so that the next round begins at once.
    pub(super) fn skips(&self) -> bool {
        match self {
            Self::Filter { .. } => true,
            Self::Range { .. } | Self::List { .. } | Self::Iter { .. } => false,
            Self::Enumerate { source, .. } | Self::While { source, .. } | Self::Accumulate { source, .. } => {
                source.skips()
            }
            Self::Zip(all) | Self::Map { all, .. } => all.iter().any(Self::skips),
        }
    }

    /// Is none of it an iterator of the runtime: then it is there as soon as its arguments are.
    pub(super) fn is_typed(&self) -> bool {
        match self {
            Self::Range { .. } | Self::List { .. } => true,
            Self::Iter { .. } => false,
            Self::Filter { source, .. }
            | Self::Enumerate { source, .. }
            | Self::While { source, .. }
            | Self::Accumulate { source, .. } => source.is_typed(),
            Self::Zip(all) | Self::Map { all, .. } => all.iter().all(Self::is_typed),
        }
    }

    /// The site of a function that it calls for its items.
    pub(super) fn calls(&self) -> Option<u32> {
        match self {
            Self::Map { step, .. } | Self::Filter { step, .. } | Self::While { step, .. } => Some(step.site),
            Self::Accumulate { step, .. } => Some(step.site),
            Self::Enumerate { source, .. } => source.calls(),
            Self::Zip(all) => all.iter().find_map(Self::calls),
            Self::Range { .. } | Self::List { .. } | Self::Iter { .. } => None,
        }
    }

    /// The iterator whose order it shows as it is.
    pub(super) fn iterator(&self) -> Option<VReg> {
        match self {
            Self::Iter { slot, .. } => Some(*slot),
            Self::Map { all, .. } if all.len() == 1 => all[0].iterator(),
            Self::Filter { source, .. } => source.iterator(),
            _ => None,
        }
    }

    /// The variables that it carries from round to round.
    fn carried(&self, out: &mut Vec<VarId>) {
        match self {
            Self::Accumulate { acc, source, .. } => {
                out.push(*acc);
                source.carried(out);
            }
            Self::Filter { source, .. } | Self::Enumerate { source, .. } | Self::While { source, .. } => {
                source.carried(out);
            }
            Self::Zip(all) | Self::Map { all, .. } => all.iter().for_each(|s| s.carried(out)),
            Self::Range { .. } | Self::List { .. } | Self::Iter { .. } => {}
        }
    }
}

impl<'t> Lower<'_, 't> {
    /// Prepares to run over what a known iterator gives; nothing is lowered where it is none.
    pub(super) fn stream(&mut self, expr: &'t Expr) -> Option<Source> {
        if self.boxed() || self.dead {
            return None;
        }
        let ExprKind::Call { func, args } = &expr.kind else { return None };
        let given = given(args)?;
        let start = self.snapshot();
        let made = match self.iterator_name(func) {
            Some(name) => self.stream_of(&name, func, &given, expr),
            None => None,
        };
        if made.is_none() {
            self.roll_back(&start);
        }
        made
    }

    /// Which iterator of the built-ins or `itertools` a name, or a module's attribute, is.
    fn iterator_name(&mut self, func: &'t Expr) -> Option<String> {
        let base = match &func.kind {
            ExprKind::Attribute { value, .. } => value,
            _ => func,
        };
        let ExprKind::Name(name) = &base.kind else { return None };
        if self.find_var(name).is_some() {
            return None;
        }
        match self.eval(func) {
            Val { ty: Ty::Const(id), .. } => iterator_of(self.comp.const_value(id)),
            Val { ty: Ty::Any, parts } => match parts.first() {
                Some(Part::Const(id)) => iterator_of(self.comp.const_value(*id)),
                _ => None,
            },
            _ => None,
        }
    }

    fn stream_of(&mut self, name: &str, func: &'t Expr, given: &Given<'t>, expr: &'t Expr) -> Option<Source> {
        // Functions' own sites are those of the expressions that name the iterator.
        let site = self.site(func.id);
        if self.comp.is_wide(site) {
            return None;
        }
        match (name, given.pos.as_slice(), given.kw.as_slice()) {
            ("zip", [_, ..], []) => self.zipped(&given.pos),
            ("enumerate", [source], []) => self.numbered(source, None),
            ("enumerate", [source, start], []) | ("enumerate", [source], [("start", start)]) => {
                self.numbered(source, Some(start))
            }
            ("map", [f, _, ..], []) => {
                let step = self.step(f, site, expr);
                let Source::Zip(all) = self.zipped(&given.pos[1..])? else { return None };
                Some(Source::Map { step, all, spreads: false })
            }
            ("starmap", [f, source], []) => {
                let step = self.step(f, site, expr);
                let source = self.source(source);
                if !matches!(self.item_of(&source), Ty::Tuple(_)) {
                    return None;
                }
                Some(Source::Map { step, all: vec![source], spreads: true })
            }
            ("filter" | "filterfalse", [f, source], []) => {
                let step = self.step(f, site, expr);
                // Whether it is `None` must be known.
                if step.func.ty == Ty::Any && !matches!(step.func.parts.first(), Some(Part::Const(_))) {
                    return None;
                }
                let source = Box::new(self.source(source));
                Some(Source::Filter { step, keep: name == "filter", source })
            }
            ("takewhile", [f, source], []) => {
                let step = self.step(f, site, expr);
                let source = Box::new(self.source(source));
                Some(Source::While { step, source })
            }
            ("range", [_] | [_, _] | [_, _, _], []) => {
                let value = self.eval(expr);
                if value.ty != Ty::Range {
                    return None;
                }
                Some(self.source_of(value))
            }
            ("pairwise", [source], []) => self.pairwise(source),
            ("reversed", [source], []) => self.backward(source),
            ("accumulate", [_] | [_, _], _) => self.accumulated(given, site, expr),
            _ => None,
        }
    }

    pub(super) fn pending(&mut self, expr: &'t Expr) -> Pending {
        match self.stream(expr) {
            Some(source) => Pending::Source(source),
            None => Pending::Value(self.eval(expr)),
        }
    }

    pub(super) fn settle(&mut self, pending: Pending) -> Source {
        match pending {
            Pending::Source(source) => source,
            Pending::Value(value) => self.source_of(value),
        }
    }

    /// Several at once: all are evaluated before any is asked for its iterator.
    fn zipped(&mut self, exprs: &[&'t Expr]) -> Option<Source> {
        let all: Vec<Pending> = exprs.iter().map(|e| self.pending(e)).collect();
        let all: Vec<Source> = all.into_iter().map(|p| self.settle(p)).collect();
        // An item that is left out would take those before it along.
        if all.iter().skip(1).any(Source::skips) {
            return None;
        }
        Some(Source::Zip(all))
    }

    fn numbered(&mut self, source: &'t Expr, start: Option<&'t Expr>) -> Option<Source> {
        let source = self.pending(source);
        let first = match start {
            None => 0,
            Some(start) => {
                let value = self.eval(start);
                // Far from what fits 64 bits, however many items there are.
                self.known_int(&value).filter(|n| n.unsigned_abs() < 1 << 40)?
            }
        };
        let source = Box::new(self.settle(source));
        let count = self.func.reg(Reg::Int);
        self.emit(Inst::Int(count, first));
        Some(Source::Enumerate { count, first, source })
    }

    /// Each item with the next one: the list beside itself without its first item.
    fn pairwise(&mut self, source: &'t Expr) -> Option<Source> {
        let source = self.source(source);
        let Source::List { list, item, order: Order::From(from), .. } = &source else { return None };
        let next = self.func.reg(Reg::Int);
        self.emit(Inst::Int(next, from + 1));
        let order = Order::From(from + 1);
        let second = Source::List { list: list.clone(), item: item.clone(), next, order };
        Some(Source::Zip(vec![source, second]))
    }

    fn backward(&mut self, source: &'t Expr) -> Option<Source> {
        let value = self.eval(source);
        match &value.ty {
            Ty::List(_) | Ty::Str | Ty::Range => {}
            _ => return None,
        }
        match self.source_of(value) {
            Source::List { list, item, next, .. } => {
                Some(Source::List { list, item, next, order: Order::Backward })
            }
            Source::Range { next, left, stop, step, known } => {
                Some(self.backward_range(next, left, stop, step, known))
            }
            _ => None,
        }
    }

    fn backward_range(
        &mut self,
        start: VReg,
        left: Option<VReg>,
        stop: VReg,
        step: VReg,
        known: super::loops::KnownRange,
    ) -> Source {
        let n = match left {
            Some(left) => left,
            None => {
                let args = vec![Operand::Reg(start), Operand::Reg(stop), Operand::Imm(1)];
                let len = self.rt_int(Rt::range_len, args);
                let left = self.func.reg(Reg::Int);
                self.emit(Inst::Copy(left, len));
                left
            }
        };
        // Of an empty range these are of no use, and may be anything.
        let by = known.step.map_or(Operand::Reg(step), Operand::Imm);
        let [before, way, last, zero, back] = [(); 5].map(|()| self.func.reg(Reg::Int));
        self.emit(Inst::IntOp { op: IntOp::Sub, dst: before, a: n, b: Operand::Imm(1) });
        self.emit(Inst::IntOp { op: IntOp::Mul, dst: way, a: before, b: by });
        self.emit(Inst::IntOp { op: IntOp::Add, dst: last, a: start, b: Operand::Reg(way) });
        self.emit(Inst::Int(zero, 0));
        self.emit(Inst::IntOp { op: IntOp::Sub, dst: back, a: zero, b: by });
        Source::Range { next: last, left: Some(n), stop, step: back, known: known.backward() }
    }

    /// `accumulate(source, func, initial=first)`.
    fn accumulated(&mut self, given: &Given<'t>, site: u32, expr: &'t Expr) -> Option<Source> {
        let source = self.pending(given.pos[0]);
        let mut func = given.pos.get(1).map(|f| self.eval_step(f));
        let mut initial = None;
        for (name, value) in &given.kw {
            match *name {
                "func" if func.is_none() => func = Some(self.eval_step(value)),
                "initial" if initial.is_none() => initial = Some(self.eval(value)),
                _ => return None,
            }
        }
        // Whether it is `None` must be known.
        let func = func.unwrap_or_else(Val::none);
        if self.dead || func.ty == Ty::Any || initial.as_ref().is_some_and(|v| v.ty == Ty::Any) {
            return None;
        }
        let initial = initial.filter(|v| v.ty != Ty::None);
        let step = Step { func: self.kept(func), node: expr.id, site };
        let acc = self.declare_in(expr.id, &Name::from(".acc"), false);
        let has_initial = initial.is_some();
        let initial = initial.map(|v| super::stmt::shared(&v));
        if let Some(initial) = initial {
            self.write_var(acc, initial);
        }
        let source = Box::new(self.settle(source));
        if !has_initial {
            let ty = self.item_of(&source);
            let first = self.default_of(&ty);
            self.write_var(acc, first);
        }
        let begun = self.func.reg(Reg::Bool);
        self.emit(Inst::Bool(begun, false));
        Some(Source::Accumulate { step, acc, begun, has_initial, source })
    }

    /// The function that a loop is to call.
    fn step(&mut self, func: &'t Expr, site: u32, expr: &'t Expr) -> Step {
        let func = self.eval_step(func);
        Step { func: self.kept(func), node: expr.id, site }
    }

    /// The value of what is called for items: a lambda that stands here is called before any name is bound anew, unless the loop has
    /// a body of statements.
    pub(super) fn eval_step(&mut self, func: &'t Expr) -> Val {
        let on_spot = !self.is_lazy && matches!(func.kind, ExprKind::Lambda(_));
        let outer = std::mem::replace(&mut self.on_spot, on_spot);
        let func = self.eval(func);
        self.on_spot = outer;
        func
    }

    /// A value in registers of its own, which nothing writes while a loop runs.
    pub(super) fn kept(&mut self, value: Val) -> Val {
        let parts = value.parts.iter().map(|part| match part {
            Part::Const(_) => *part,
            Part::Reg(src) => {
                let copy = self.func.reg(self.func.kind_of(*src));
                self.emit(Inst::Copy(copy, *src));
                Part::Reg(copy)
            }
            Part::Temp(src) | Part::Var(src) | Part::Address(src) => {
                let slot = self.func.reg(Reg::Slot);
                self.emit(Inst::Clone(slot, Operand::Reg(*src)));
                Part::Var(slot)
            }
        });
        let parts = parts.collect();
        Val { ty: value.ty, parts }
    }

    /// The type of the items, from a trial.
    pub(super) fn item_of(&mut self, source: &Source) -> Ty {
        if self.dead {
            return Ty::Never;
        }
        let start = self.snapshot();
        let (mut skip, mut out) = (Edges::default(), Edges::default());
        let ty = self.advance(source, &mut skip, &mut out).ty;
        self.roll_back(&start);
        ty
    }

    /// Forgets what a loop has carried from round to round, behind it.
    pub(super) fn forget_carried(&mut self, source: &Source) {
        let mut vars = Vec::new();
        source.carried(&mut vars);
        for var in vars {
            let state = std::mem::replace(&mut self.env[var.0 as usize], VarState::unbound());
            if !self.dead && state.bound == Bound::Yes {
                for reg in self.regs_of(var, &state.ty) {
                    if self.func.kind_of(reg) == Reg::Slot {
                        self.emit(Inst::Clear(reg));
                    }
                }
            }
        }
    }

    /// The next item of what is more than a range, list or iterator.
    pub(super) fn advance_stream(&mut self, source: &Source, skip: &mut Edges, out: &mut Edges) -> Val {
        match source {
            Source::Map { step, all, spreads } => {
                let items: Vec<Val> = all.iter().map(|s| self.advance(s, skip, out)).collect();
                self.mapped(step, items, *spreads)
            }
            Source::Filter { step, keep, source } => {
                let item = self.advance(source, skip, out);
                self.sifted(step, *keep, item, skip)
            }
            Source::While { step, source } => {
                let item = self.advance(source, skip, out);
                self.sifted(step, true, item, out)
            }
            Source::Accumulate { step, acc, begun, has_initial, source } => {
                if *has_initial {
                    self.accumulate_from(step, *acc, *begun, source, skip, out)
                } else {
                    self.accumulate(step, *acc, *begun, source, skip, out)
                }
            }
            Source::Range { .. }
            | Source::List { .. }
            | Source::Zip(_)
            | Source::Enumerate { .. }
            | Source::Iter { .. } => self.advance(source, skip, out),
        }
    }

    /// What the function gives for these items.
    pub(super) fn mapped(&mut self, step: &Step, items: Vec<Val>, spreads: bool) -> Val {
        match items.as_slice() {
            [all] if spreads => {
                let items = all.items().unwrap_or_default();
                self.call_step(step, items)
            }
            _ => self.call_step(step, items),
        }
    }

    /// The item, where the function holds for it, or does not; else on to somewhere else.
    pub(super) fn sifted(&mut self, step: &Step, keep: bool, item: Val, skip: &mut Edges) -> Val {
        if self.dead {
            return Val::never();
        }
        let held = match step.func.ty {
            Ty::None => super::stmt::shared(&item),
            _ => self.call_step(step, vec![super::stmt::shared(&item)]),
        };
        if self.dead {
            return Val::never();
        }
        let truth = self.truth(&held);
        if self.dead {
            return Val::never();
        }
        self.go_on_where(truth, keep, skip);
        item
    }

    /// The first value is given before anything is asked for.
    fn accumulate_from(
        &mut self,
        step: &Step,
        acc: VarId,
        begun: VReg,
        source: &Source,
        skip: &mut Edges,
        out: &mut Edges,
    ) -> Val {
        self.first_or_next(
            begun,
            |_| {},
            |s| {
                let item = s.advance(source, skip, out);
                s.add_to(step, acc, item);
            },
        );
        self.read_var(acc)
    }

    /// The first value is the first item.
    fn accumulate(
        &mut self,
        step: &Step,
        acc: VarId,
        begun: VReg,
        source: &Source,
        skip: &mut Edges,
        out: &mut Edges,
    ) -> Val {
        let item = self.advance(source, skip, out);
        if self.dead {
            return Val::never();
        }
        let first = super::stmt::shared(&item);
        self.first_or_next(begun, |s| s.write_var(acc, first), |s| s.add_to(step, acc, item));
        self.read_var(acc)
    }

    /// One thing in the first round, which a flag then says has begun, and another in all others.
    pub(super) fn first_or_next(
        &mut self,
        begun: VReg,
        first: impl FnOnce(&mut Self),
        next: impl FnOnce(&mut Self),
    ) {
        let (in_first, in_next) = (self.new_block(), self.new_block());
        self.branch(begun, in_next, in_first);
        let env = self.env.clone();
        let mut ends = Edges::default();
        self.enter(in_first);
        self.emit(Inst::Bool(begun, true));
        first(self);
        self.edge(&mut ends);
        self.enter(in_next);
        self.env = env;
        next(self);
        self.edge(&mut ends);
        self.meet(ends);
    }

    /// Takes an item into what was accumulated so far.
    fn add_to(&mut self, step: &Step, acc: VarId, item: Val) {
        if self.dead {
            return;
        }
        let total = self.read_var(acc);
        let value = match step.func.ty {
            Ty::None => {
                let node = step.node;
                self.binary(BinOp::Add, total, item, node)
            }
            _ => self.call_step(step, vec![total, item]),
        };
        self.write_var(acc, value);
    }

    /// Calls a function for a loop. A `StopIteration` that comes out of it ends the iterator, which is rare: then the unit is run
    /// again with the iterator of the runtime.
    pub(super) fn call_step(&mut self, step: &Step, items: Vec<Val>) -> Val {
        if self.dead {
            return Val::never();
        }
        if let Ty::Const(id) = step.func.ty
            && let Some(value) = self.known_step(id, &items, step.node)
        {
            return value;
        }
        let func = super::stmt::shared(&step.func);
        let given = super::calls::Given { pos: items, kw: Vec::new() };
        let mut value = Val::never();
        self.until_stopped(step.site, |s| {
            value = s.call_given(func, given);
        });
        value
    }

    /// Runs code out of which a `StopIteration` makes the site wide.
    pub(super) fn until_stopped(&mut self, site: u32, run: impl FnOnce(&mut Self)) {
        let outer = self.handler;
        let catch = self.guarded(run);
        let (current, dead, env) = (self.current, self.dead, self.env.clone());
        self.handler = outer;
        self.enter(catch);
        self.func.blocks[catch.0 as usize].is_cold = true;
        let stopped = self.rt_bool(Rt::takes_stop, vec![]);
        let (widen, fail) = (self.new_cold_block(), self.new_cold_block());
        self.branch(stopped, widen, fail);
        self.enter(widen);
        self.end(Term::Widen { site });
        self.enter(fail);
        let loc = self.place();
        self.end(Term::Fail { loc, trace: false });
        self.current = current;
        self.dead = dead;
        self.env = env;
    }

    pub(super) fn new_cold_block(&mut self) -> BlockId {
        let block = self.new_block();
        self.func.blocks[block.0 as usize].is_cold = true;
        block
    }

    /// A call of a built-in that is typed code.
    fn known_step(&mut self, id: ConstId, items: &[Val], node: NodeId) -> Option<Val> {
        let value = self.comp.const_value(id).clone();
        if let (Some(op), [a, b]) = (operation(&value), items) {
            return Some(self.binary(op, a.clone(), b.clone(), node));
        }
        let (owner, name) = super::intrinsics::builtin_name(&value)?;
        self.known_builtin(&owner, &name, items, node)
    }

    /// Leads what was left out to the next round.
    pub(super) fn next_round(&mut self, skips: Edges, mark: usize, fresh: &[VarId], back: &mut Edges) {
        let (current, dead, env) = (self.current, self.dead, self.env.clone());
        let temps: Vec<VReg> = self.live_temps[mark..].to_vec();
        for (block, state) in skips.0 {
            self.enter(block);
            self.env = state;
            for temp in &temps {
                self.emit(Inst::Clear(*temp));
            }
            self.forget(fresh);
            self.edge(back);
        }
        self.current = current;
        self.dead = dead;
        self.env = env;
    }
}
