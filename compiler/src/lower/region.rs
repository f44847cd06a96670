//! Comprehensions over ranges and lists as bodies of their own, which the runtime runs in parts, on all workers.

use super::again::Recipe;
use super::comprehension::Sink;
use super::indexed::{Indexed, is_indexed};
use super::loops::Source;
use super::streams::Order;
use super::{Bound, Edges, Inlined, Loc, Lower, Mode, Part, Reason, Val, VarId, VarState};
use crate::ir::{CheckedOp, Cmp, Func, Inst, IntOp, Lasts, Operand, SpecId, Term, VReg};
use crate::types::{NO_PAIRS, Reg, Ty};
use afar_lang::ast::{Clause, Comprehension, ComprehensionKind, Expr, Name};
use afar_runtime::abi::Rt;
use afar_runtime::pool::{Acc, Reduce};

/// Does a function of the runtime take little time, whatever it is given.
fn is_quick(rt: Rt) -> bool {
    let adds = matches!(
        rt,
        Rt::list_push
            | Rt::list_push_int
            | Rt::list_push_float
            | Rt::list_add_row
            | Rt::list_begin
            | Rt::list_close
            | Rt::elements_grow
            | Rt::acc_text
            | Rt::acc_fold
            | Rt::exact_add
    );
    let takes =
        matches!(rt, Rt::list_at | Rt::char_at | Rt::tuple_item | Rt::len | Rt::text_eq | Rt::is_same);
    let computes = matches!(
        rt,
        Rt::int_div
            | Rt::int_pow
            | Rt::int_isqrt
            | Rt::int_gcd
            | Rt::float_pow
            | Rt::float_mod
            | Rt::float_floordiv
    );
    let makes =
        matches!(rt, Rt::make_tuple | Rt::fill_text | Rt::box_word | Rt::unbox_word | Rt::clone_value);
    let ends = matches!(rt, Rt::at_element | Rt::leave_generator | Rt::takes_stop)
        || rt.info().name.starts_with("raise_");
    adds || takes || computes || makes || ends
}

/// Bytes of a boxed value.
const VALUE_BYTES: i64 = 16;

/// What the state of a lowering is while another function is lowered inside of it.
pub(super) struct Outer<'t> {
    func: Func,
    current: crate::ir::BlockId,
    dead: bool,
    handler: Option<crate::ir::BlockId>,
    env: Vec<VarState>,
    var_regs: rustc_hash::FxHashMap<(VarId, Ty), Vec<VReg>>,
    free_temps: Vec<VReg>,
    live_temps: Vec<VReg>,
    steady: rustc_hash::FxHashSet<VReg>,
    heads: rustc_hash::FxHashMap<(u32, u32), Vec<VarState>>,
    cleanups: Vec<super::Cleanup<'t>>,
    loops: Vec<super::loops::LoopFrame>,
}

/// The registers of a body's sink, and where they come from and go to in the accumulator.
struct BodySink {
    sink: Sink,
    saved: Vec<(VReg, usize)>,
    /// The sum of the elements of this strip alone, which is added to that in the accumulator, and its site.
    sum: Option<(VReg, u32)>,
}

/// How the body that was lowered last gives its elements to the accumulator.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Written {
    /// Boxed.
    #[default]
    Boxed,
    /// As ints, in words.
    Ints,
    /// As floats, in words.
    Floats,
}

fn offset(n: usize) -> i32 {
    i32::try_from(n).unwrap_or(i32::MAX)
}

impl<'t> Lower<'_, 't> {
    /// Runs a comprehension as a body of its own, where its first clause runs over something with an index; the result, and the
    /// type of its elements. Nothing is lowered where it gives none.
    pub(super) fn region(
        &mut self,
        c: &'t Comprehension,
        source: &Source,
        kind: Reduce,
        site: u32,
    ) -> Option<(Val, Ty)> {
        self.region_with(c, source, kind, site, None)
    }

    /// As `region`, with a value that the runtime needs to combine the elements.
    pub(super) fn region_with(
        &mut self,
        c: &'t Comprehension,
        source: &Source,
        kind: Reduce,
        site: u32,
        extra: Option<Val>,
    ) -> Option<(Val, Ty)> {
        if let Some(reason) = self.why_whole(c, source) {
            self.note_whole(c, reason);
            return None;
        }
        let mut values = Vec::new();
        self.source_values(source, &mut values);
        let n = self.source_len(source);
        let names = self.captured(c);
        for var in &names {
            let value = self.raw_value(*var);
            values.push(value);
        }
        let mut leaves: Vec<Val> = values.iter().flat_map(|v| self.leaves(v)).collect();
        leaves.extend(extra);
        let (env, n_env) = self.run_of(&leaves);
        let mut recipe = Recipe {
            node: c.id,
            made: super::made::shape(c).zip(c.clauses.first().map(|clause| clause.iter.span)),
            kind,
            site,
            source: source.clone(),
            types: values.iter().map(|v| v.ty.clone()).collect(),
            bounds: names.iter().map(|v| self.env[v.0 as usize].bound).collect(),
            names,
            item: Ty::Never,
            rounds: None,
            scene: self.scene(),
        };
        let (func, item) = self.region_body(c, &recipe, kind, Gathers::Words);
        recipe.item = item.clone();
        let kind = refined(kind, self.written, c, source);
        recipe.kind = kind;
        let spec = self.comp.add_region(self.code_id, func, Some(recipe));
        self.note_range(c, kind, spec);
        let n_env = if leaves.is_empty() { 0 } else { n_env };
        let how = kind.number() | self.grain(c, source, spec) << Reduce::BITS;
        let args = self.range_args(spec, (env, n_env), n, how, site);
        let mut value = Val::never();
        match source.calls() {
            Some(site) => self.until_stopped(site, |s| value = s.rt_value(Rt::parallel, args)),
            None => value = self.rt_value(Rt::parallel, args),
        }
        Some((value, item))
    }

    /// What `parallel` is given: the body, where its environment begins and how long that is, how many elements there are, what becomes of
    /// them with their grain, and the site at which that may not fit.
    pub(super) fn range_args(
        &mut self,
        body: SpecId,
        (env, n_env): (VReg, i64),
        n: VReg,
        how: i64,
        site: u32,
    ) -> Vec<Operand> {
        let address = self.func.reg(Reg::Int);
        self.emit(Inst::SpecAddress { dst: address, spec: body });
        vec![
            Operand::Reg(address),
            Operand::Imm(i64::from(body.0)),
            Operand::Reg(env),
            Operand::Imm(n_env),
            Operand::Reg(n),
            Operand::Imm(how),
            Operand::Imm(i64::from(site)),
        ]
    }

    /// How many elements are certainly done in some microseconds: one, where that is not known.
    fn grain(&self, c: &Comprehension, source: &Source, body: SpecId) -> i64 {
        let [clause] = c.clauses.as_slice() else { return 1 };
        if source.calls().is_some() {
            return 1;
        }
        let elements: Vec<&Expr> = match &c.kind {
            ComprehensionKind::Dict(key, value) => vec![key, value],
            ComprehensionKind::List(e) | ComprehensionKind::Set(e) | ComprehensionKind::Generator(e) => {
                vec![e]
            }
        };
        let steps = |e: &Expr| crate::weight::steps(self.comp, &self.code, e);
        let all = clause.conditions.iter().chain(elements).map(steps).sum::<Option<u64>>();
        self.grain_of(all, body)
    }

    /// As `grain`, for elements of so many steps, where that is known.
    pub(super) fn grain_of(&self, steps: Option<u64>, body: SpecId) -> i64 {
        /// So many steps are.
        const SOON_DONE: u64 = 2048;
        // What is done with values of any type may be done by a class of the program's.
        let is_quick = self.comp.ir(body).is_ok_and(|func| {
            func.blocks.iter().flat_map(|b| &b.insts).all(|inst| match inst {
                Inst::Rt { rt, .. } => is_quick(*rt),
                _ => true,
            })
        });
        match steps {
            Some(n) if is_quick => i64::try_from(SOON_DONE / (n + 4)).unwrap_or(1).max(1),
            _ => 1,
        }
    }

    /// Why a comprehension cannot be run in parts; none where it can.
    fn why_whole(&self, c: &Comprehension, source: &Source) -> Option<Reason> {
        let shares = c.scope.get().is_some_and(|s| s.locals.iter().any(|l| l.is_cell));
        if self.mode != Mode::Unit {
            Some(Reason::Generator)
        } else if !is_indexed(source) {
            Some(Reason::NoIndex)
        } else if crate::tree::holds_in(c, &crate::tree::is_walrus) {
            Some(Reason::BindsName)
        } else if carries(c) {
            Some(Reason::CarriedCondition)
        } else if shares {
            Some(Reason::SharedVariable)
        } else {
            None
        }
    }

    /// The variables of this function that a comprehension uses.
    fn captured(&self, c: &Comprehension) -> Vec<VarId> {
        let mut names = Vec::new();
        for Clause { target, iter, conditions, .. } in &c.clauses {
            crate::tree::mentioned(iter, &mut names);
            crate::tree::mentioned(target, &mut names);
            conditions.iter().for_each(|e| crate::tree::mentioned(e, &mut names));
        }
        match &c.kind {
            ComprehensionKind::Dict(k, v) => {
                crate::tree::mentioned(k, &mut names);
                crate::tree::mentioned(v, &mut names);
            }
            ComprehensionKind::List(e) | ComprehensionKind::Set(e) | ComprehensionKind::Generator(e) => {
                crate::tree::mentioned(e, &mut names);
            }
        }
        self.captured_of(names)
    }

    /// The variables of this function that an expression uses which mentions these names.
    pub(super) fn captured_of(&self, mut names: Vec<Name>) -> Vec<VarId> {
        if let Some(name) = &self.code.self_name
            && names.contains(name)
        {
            names.extend(self.code.captures.iter().map(|c| c.name.clone()));
        }
        if names.iter().any(|n| &**n == "super") {
            names.push("__class__".into());
            names.extend(self.code.param_names.first().cloned());
        }
        let mut vars: Vec<VarId> = names.iter().filter_map(|n| self.find_var_past_class(n)).collect();
        vars.extend(vars.clone().into_iter().filter_map(|var| self.bound_shadow(var)));
        vars.sort_unstable();
        vars.dedup();
        vars.retain(|v| self.env.get(v.0 as usize).is_some_and(|s| s.bound != Bound::No));
        vars
    }

    /// The value of a variable as it lies, cells as cells, `Unbound` where it may be that.
    pub(super) fn raw_value(&mut self, var: VarId) -> Val {
        let state = self.env[var.0 as usize].clone();
        match state.loc {
            Loc::Borrowed(address) => Val { ty: state.ty, parts: vec![Part::Address(address)] },
            Loc::Own => {
                let regs = self.regs_of(var, &state.ty);
                let parts = regs
                    .into_iter()
                    .map(|r| if self.func.kind_of(r) == Reg::Slot { Part::Var(r) } else { Part::Reg(r) })
                    .collect();
                Val { ty: state.ty, parts }
            }
        }
    }

    /// Each component as a value of its own.
    pub(super) fn leaves(&self, value: &Val) -> Vec<Val> {
        let parts = value.parts.iter();
        value
            .ty
            .regs()
            .into_iter()
            .zip(parts)
            .map(|(kind, part)| {
                let ty = match kind {
                    Reg::Int => Ty::Int,
                    Reg::Float => Ty::Float,
                    Reg::Bool => Ty::Bool,
                    Reg::Slot => Ty::Any,
                    Reg::Pair | Reg::Quad => unreachable!("{NO_PAIRS}"),
                };
                let part = if let Part::Temp(slot) = part { Part::Var(*slot) } else { *part };
                Val { ty, parts: vec![part] }
            })
            .collect()
    }

    pub(super) fn source_values(&mut self, source: &Source, out: &mut Vec<Val>) {
        match source {
            Source::Range { next, step, .. } => {
                let start = self.func.reg(Reg::Int);
                self.emit(Inst::Copy(start, *next));
                out.push(Val::int(start));
                out.push(Val::int(*step));
            }
            Source::List { list, .. } => out.push(list.clone()),
            Source::Zip(all) => all.iter().for_each(|s| self.source_values(s, out)),
            Source::Enumerate { source, .. } => self.source_values(source, out),
            Source::Map { step, all, .. } => {
                out.push(step.func.clone());
                all.iter().for_each(|s| self.source_values(s, out));
            }
            Source::Filter { step, source, .. } => {
                out.push(step.func.clone());
                self.source_values(source, out);
            }
            Source::While { .. } | Source::Accumulate { .. } | Source::Iter { .. } => {}
        }
    }

    pub(super) fn source_len(&mut self, source: &Source) -> VReg {
        match source {
            Source::Range { next, left: None, stop, .. } => {
                let (a, b, one) = (Operand::Reg(*next), Operand::Reg(*stop), Operand::Imm(1));
                self.rt_int(Rt::range_len, vec![a, b, one])
            }
            Source::Range { left: Some(left), .. } => {
                let n = self.func.reg(Reg::Int);
                self.emit(Inst::Copy(n, *left));
                n
            }
            Source::List { list, order, .. } => {
                let len = self.list_len(list);
                let Order::From(from @ 1..) = order else { return len };
                let [left, n] = [(); 2].map(|()| self.func.reg(Reg::Int));
                self.emit(Inst::IntOp { op: IntOp::Sub, dst: left, a: len, b: Operand::Imm(*from) });
                self.emit(Inst::IntOp { op: IntOp::Max, dst: n, a: left, b: Operand::Imm(0) });
                n
            }
            Source::Zip(all) | Source::Map { all, .. } => {
                let lens: Vec<VReg> = all.iter().map(|s| self.source_len(s)).collect();
                lens.into_iter()
                    .reduce(|a, b| {
                        let least = self.func.reg(Reg::Int);
                        self.emit(Inst::IntOp { op: IntOp::Min, dst: least, a, b: Operand::Reg(b) });
                        least
                    })
                    .unwrap_or_else(|| self.int(0))
            }
            Source::Enumerate { source, .. } | Source::Filter { source, .. } => self.source_len(source),
            Source::While { .. } | Source::Accumulate { .. } | Source::Iter { .. } => self.int(0),
        }
    }

    pub(super) fn swap(&mut self, name: String) -> Outer<'t> {
        let outer = Outer {
            func: std::mem::replace(&mut self.func, Func::new(name)),
            current: self.current,
            dead: self.dead,
            handler: self.handler.take(),
            env: std::mem::take(&mut self.env),
            var_regs: std::mem::take(&mut self.var_regs),
            free_temps: std::mem::take(&mut self.free_temps),
            live_temps: std::mem::take(&mut self.live_temps),
            steady: std::mem::take(&mut self.steady),
            heads: std::mem::take(&mut self.heads),
            cleanups: std::mem::take(&mut self.cleanups),
            loops: std::mem::take(&mut self.loops),
        };
        self.env = vec![VarState::unbound(); self.vars.len()];
        self.current = self.new_block();
        self.dead = false;
        outer
    }

    pub(super) fn swap_back(&mut self, outer: Outer<'t>) -> Func {
        let func = std::mem::replace(&mut self.func, outer.func);
        self.current = outer.current;
        self.dead = outer.dead;
        self.handler = outer.handler;
        self.env = outer.env;
        self.var_regs = outer.var_regs;
        self.free_temps = outer.free_temps;
        self.live_temps = outer.live_temps;
        self.steady = outer.steady;
        self.heads = outer.heads;
        self.cleanups = outer.cleanups;
        self.loops = outer.loops;
        self.env.resize(self.vars.len(), VarState::unbound());
        func
    }

    /// Lowers the body: a function of the environment, the bounds, and the accumulator.
    pub(super) fn region_body(
        &mut self,
        c: &'t Comprehension,
        recipe: &Recipe,
        kind: Reduce,
        gathers: Gathers,
    ) -> (Func, Ty) {
        let outer_hidden = self.hidden.take();
        let outer = self.swap(format!("{}.<part>", self.func.name));
        let inlined = Inlined { func: super::comprehension::frame_name(c).into(), outer: None };
        let is_made = super::made::shape(c).is_some();
        let outer_inlined =
            std::mem::replace(&mut self.inlined, if is_made { Vec::new() } else { vec![inlined] });
        let outer_untraced = std::mem::replace(&mut self.untraced, is_made);
        let ([_, lo, hi, acc], loaded) = self.enter_part(recipe);
        let index = self.func.reg(Reg::Int);
        self.emit(Inst::Copy(index, lo));
        let indexed = Indexed::of(&recipe.source, &mut loaded.into_iter());
        let grows = c.clauses.len() > 1;
        let body_sink = match (kind, gathers) {
            (Reduce::List | Reduce::SumFloat | Reduce::Count, Gathers::Words)
            | (Reduce::Count | Reduce::Join, _) => self.part_sink(kind, acc, grows),
            (Reduce::SumInt, _) if !grows => self.strip_sum(recipe.site),
            _ => self.body_sink(kind, acc, recipe.site),
        };
        self.written = Written::Boxed;
        let mut item = Ty::Never;
        let catch = self.guarded(|s| item = s.region_loop(c, &indexed, index, hi, &body_sink, acc));
        self.enter(catch);
        self.rt(Rt::at_element, vec![Operand::Reg(index)]);
        let loc = self.place();
        self.end(Term::Fail { loc, trace: false });
        let func = self.swap_back(outer);
        self.inlined = outer_inlined;
        self.untraced = outer_untraced;
        self.hidden = outer_hidden;
        (func, item)
    }

    /// Begins the body of a range: its parameters (the environment, the bounds, the accumulator), and the values of what it runs over.
    /// The variables that it uses are bound.
    pub(super) fn enter_part(&mut self, recipe: &Recipe) -> ([VReg; 4], Vec<Val>) {
        let params = [(); 4].map(|()| self.func.reg(Reg::Int));
        self.func.params = params.to_vec();
        let mut at = 0i64;
        let mut loaded: Vec<Val> = Vec::new();
        for ty in &recipe.types {
            let parts = ty.regs().iter().map(|kind| self.load_leaf(params[0], &mut at, *kind)).collect();
            loaded.push(Val { ty: ty.clone(), parts });
        }
        let n_source = loaded.len() - recipe.names.len();
        for ((var, bound), value) in recipe.names.iter().zip(&recipe.bounds).zip(&loaded[n_source..]) {
            self.adopt(*var, *bound, value);
        }
        loaded.truncate(n_source);
        (params, loaded)
    }

    pub(super) fn load_leaf(&mut self, env: VReg, at: &mut i64, kind: Reg) -> Part {
        let address = self.func.reg(Reg::Int);
        self.emit(Inst::IntOp { op: IntOp::Add, dst: address, a: env, b: Operand::Imm(*at) });
        *at += VALUE_BYTES;
        if kind == Reg::Slot {
            self.steady.insert(address);
            return Part::Address(address);
        }
        let reg = self.func.reg(kind);
        self.emit(Inst::Unbox(reg, Operand::Reg(address)));
        Part::Reg(reg)
    }

    /// The number that a register has, which is then counted up.
    pub(super) fn count(&mut self, index: VReg) -> VReg {
        let at = self.func.reg(Reg::Int);
        self.emit(Inst::Copy(at, index));
        self.emit(Inst::Known { reg: at, lo: 0, hi: i64::MAX });
        self.emit(Inst::IntOp { op: IntOp::Add, dst: index, a: index, b: Operand::Imm(1) });
        at
    }

    pub(super) fn adopt(&mut self, var: VarId, bound: Bound, value: &Val) {
        if let (true, Part::Address(address)) =
            (value.ty.is_slot(), value.parts.first().copied().unwrap_or(Part::Reg(VReg(0))))
        {
            self.env[var.0 as usize] = VarState { bound, ty: value.ty.clone(), loc: Loc::Borrowed(address) };
            return;
        }
        let regs = self.regs_of(var, &value.ty);
        self.store_regs(&regs, value);
        self.env[var.0 as usize] = VarState { bound, ty: value.ty.clone(), loc: Loc::Own };
    }

    /// The sum of the elements of one strip, from zero on: of small ones it certainly fits.
    fn strip_sum(&mut self, site: u32) -> BodySink {
        let total = self.func.reg(Reg::Int);
        self.emit(Inst::Int(total, 0));
        let sink = Sink::SumInt { total, site, op: CheckedOp::Sum };
        BodySink { sink, saved: Vec::new(), sum: Some((total, site)) }
    }

    fn body_sink(&mut self, kind: Reduce, acc: VReg, site: u32) -> BodySink {
        let mut saved = Vec::new();
        let sink = match kind {
            Reduce::Set => Sink::Set(acc),
            Reduce::Dict => Sink::Dict(acc),
            Reduce::SumInt => {
                let total = self.field(acc, Reg::Int, Acc::PAYLOAD, &mut saved);
                Sink::SumInt { total, site, op: CheckedOp::Add }
            }
            Reduce::Any | Reduce::All => {
                let flag = self.func.reg(Reg::Bool);
                self.emit(Inst::Bool(flag, false));
                saved.push((flag, Acc::FLAG));
                Sink::Decide { flag, by: kind == Reduce::Any }
            }
            Reduce::MinInt | Reduce::MaxInt => {
                let best = self.field(acc, Reg::Int, Acc::PAYLOAD, &mut saved);
                let some = self.flag_field(acc, &mut saved);
                Sink::BestInt { best, some, is_max: kind == Reduce::MaxInt }
            }
            Reduce::MinFloat | Reduce::MaxFloat => {
                let best = self.field(acc, Reg::Float, Acc::PAYLOAD, &mut saved);
                let some = self.flag_field(acc, &mut saved);
                Sink::BestFloat { best, some, is_max: kind == Reduce::MaxFloat }
            }
            // What a list gathers, in the order of the elements.
            _ => Sink::List(acc),
        };
        BodySink { sink, saved, sum: None }
    }

    fn part_sink(&mut self, kind: Reduce, acc: VReg, grows: bool) -> BodySink {
        let mut saved = Vec::new();
        let at = self.field(acc, Reg::Int, Acc::AT, &mut saved);
        BodySink { sink: Sink::Part { acc, at, kind, grows }, saved, sum: None }
    }

    /// Gives an element to the accumulator: as a word where it is an int or a float of machine size.
    pub(super) fn sink_part(&mut self, acc: VReg, at: VReg, kind: Reduce, grows: bool, value: &Val) {
        let (form, word) = match (kind, &value.ty, value.reg()) {
            (Reduce::SumFloat, _, _) => (Written::Floats, self.as_float(value)),
            (Reduce::List | Reduce::Count, Ty::Int, Some(reg)) => (Written::Ints, reg),
            (Reduce::List, Ty::Float, Some(reg)) => (Written::Floats, reg),
            _ => {
                self.written = Written::Boxed;
                if kind == Reduce::Count && self.add_tuple(Rt::acc_count_tuple, acc, value) {
                    return;
                }
                let operand = self.boxed_operand(value);
                let rt = match kind {
                    Reduce::Count => Rt::acc_count,
                    Reduce::Join => Rt::acc_text,
                    _ => Rt::list_push,
                };
                self.rt(rt, vec![Operand::Reg(acc), operand]);
                return;
            }
        };
        self.written = form;
        if grows {
            let end = self.func.reg(Reg::Int);
            self.emit(Inst::Load { dst: end, address: acc, offset: offset(Acc::END), lasts: Lasts::No });
            let has_room = self.func.reg(Reg::Bool);
            self.emit(Inst::IntCmp { cmp: Cmp::Lt, dst: has_room, a: at, b: Operand::Reg(end) });
            let (full, go) = (self.new_block(), self.new_block());
            self.branch(has_room, go, full);
            self.enter(full);
            self.emit(Inst::Store { src: at, address: acc, offset: offset(Acc::AT) });
            self.rt(Rt::elements_grow, vec![Operand::Reg(acc)]);
            self.emit(Inst::Load { dst: at, address: acc, offset: offset(Acc::AT), lasts: Lasts::No });
            self.jump_to(go);
            self.enter(go);
        }
        self.emit(Inst::Store { src: word, address: at, offset: 0 });
        self.emit(Inst::IntOp { op: IntOp::Add, dst: at, a: at, b: Operand::Imm(8) });
    }

    fn field(&mut self, acc: VReg, kind: Reg, at: usize, saved: &mut Vec<(VReg, usize)>) -> VReg {
        let reg = self.func.reg(kind);
        self.emit(Inst::Load { dst: reg, address: acc, offset: offset(at), lasts: Lasts::No });
        saved.push((reg, at));
        reg
    }

    fn flag_field(&mut self, acc: VReg, saved: &mut Vec<(VReg, usize)>) -> VReg {
        let word = self.func.reg(Reg::Int);
        self.emit(Inst::Load { dst: word, address: acc, offset: offset(Acc::FLAG), lasts: Lasts::No });
        let flag = self.func.reg(Reg::Bool);
        self.emit(Inst::IntToBool(flag, word));
        saved.push((flag, Acc::FLAG));
        flag
    }

    fn region_loop(
        &mut self,
        c: &'t Comprehension,
        indexed: &Indexed,
        index: VReg,
        hi: VReg,
        body: &BodySink,
        acc: VReg,
    ) -> Ty {
        self.scopes.push(rustc_hash::FxHashMap::default());
        let locals = c.scope.get().map(|s| s.locals.clone()).unwrap_or_default();
        for local in &locals {
            let var = self.declare_in(c.id, &local.name, local.is_cell);
            self.env[var.0 as usize] = VarState::unbound();
            if local.is_cell {
                self.make_cell(var);
            }
        }
        let run = |s: &mut Self| {
            let mut found = Ty::Never;
            let mut left = Edges::default();
            s.clause_with(c, 0, body.sink, &mut found, &mut left, |s, skip, out| {
                let more = s.func.reg(Reg::Bool);
                s.emit(Inst::IntCmp { cmp: Cmp::Lt, dst: more, a: index, b: Operand::Reg(hi) });
                s.stop_unless(more, out);
                let at = s.count(index);
                indexed.item(s, at, skip)
            });
            s.scopes.pop();
            s.edge(&mut left);
            s.meet(left);
            found
        };
        // A later clause may run over a set, whose order a set does not show.
        let is_hiding = matches!(body.sink, Sink::Set(_))
            && c.clauses.len() > 1
            && !crate::tree::holds_in(c, &crate::tree::is_walrus);
        let found =
            self.as_generator(c, body.sink, |s| if is_hiding { s.hiding(|s, _| run(s)) } else { run(s) });
        if !self.dead {
            if let Some((total, site)) = body.sum {
                let [before, sum] = [(); 2].map(|()| self.func.reg(Reg::Int));
                let at = offset(Acc::PAYLOAD);
                self.emit(Inst::Load { dst: before, address: acc, offset: at, lasts: Lasts::No });
                self.emit(Inst::Checked { op: CheckedOp::Add, dst: sum, a: before, b: total, site });
                self.emit(Inst::Store { src: sum, address: acc, offset: at });
            }
            for (reg, at) in &body.saved {
                let src = if self.func.kind_of(*reg) == Reg::Bool {
                    let word = self.func.reg(Reg::Int);
                    self.emit(Inst::BoolToInt(word, *reg));
                    word
                } else {
                    *reg
                };
                self.emit(Inst::Store { src, address: acc, offset: offset(*at) });
            }
            self.end(Term::Return(Vec::new()));
        }
        found
    }
}

/// What becomes of a list, `Counter` or sum by the form in which its elements come.
fn refined(kind: Reduce, written: Written, c: &Comprehension, source: &Source) -> Reduce {
    let is_each = matches!(c.clauses.as_slice(), [clause] if clause.conditions.is_empty()) && !source.skips();
    match (kind, written) {
        (Reduce::List, Written::Ints) if is_each => Reduce::EachInt,
        (Reduce::List, Written::Ints) => Reduce::Ints,
        (Reduce::List, Written::Floats) if is_each => Reduce::EachFloat,
        (Reduce::List, Written::Floats) => Reduce::Floats,
        (Reduce::Count, Written::Ints) => Reduce::CountInt,
        _ => kind,
    }
}

/// Does a clause read what one behind it has bound in the round before: then rounds are not independent.
fn carries(c: &Comprehension) -> bool {
    let mut read = Vec::new();
    c.clauses.iter().enumerate().any(|(at, clause)| {
        let mut bound = Vec::new();
        crate::tree::mentioned(&clause.target, &mut bound);
        if at > 0 {
            crate::tree::mentioned(&clause.iter, &mut read);
        }
        let reads = at > 0 && bound.iter().any(|name| read.contains(name));
        clause.conditions.iter().for_each(|e| crate::tree::mentioned(e, &mut read));
        reads
    })
}

/// How a body may give its elements to the accumulator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Gathers {
    /// In words where they are numbers of machine size.
    Words,
    /// As values: what is made again for wider ints.
    Values,
}
