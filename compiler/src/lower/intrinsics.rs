//! Calls of built-in functions whose meaning the compiler knows.

use super::comprehension::Sink;
use super::loops::positional;
use super::{Lower, Part, Val};
use crate::ir::{Cmp, FloatFn, FloatOp, FloatUnary, Inst, IntOp, Operand, VReg};
use crate::types::{ConstId, Reg, Ty, join};
use afar_lang::ast::{Arg, Comprehension, Expr, ExprKind, Name, NodeId};
use afar_runtime::Value;
use afar_runtime::abi::Rt;
use afar_runtime::abi::libm::MathFn;
use afar_runtime::pool::Reduce;
use std::f64::consts::PI;

/// The built-in that a constant is: its module (empty for built-ins) and name.
pub(super) fn builtin_name(value: &Value) -> Option<(String, String)> {
    match value {
        Value::Builtin(b) => Some((b.owner.to_owned(), b.name.to_owned())),
        Value::Class(c) if &*c.module == "builtins" => Some((String::new(), c.name.to_string())),
        _ => None,
    }
}

/// Is it typed code where its arguments are.
fn is_known(owner: &str, name: &str, n_args: usize) -> bool {
    matches!(
        (owner, name, n_args),
        ("", "range", 1..=3)
            | ("", "len" | "abs" | "float" | "int" | "bool" | "str" | "list" | "sum", 1)
            | ("", "min" | "max", 2..)
            | ("math", "sqrt" | "isqrt" | "floor" | "ceil" | "fabs" | "degrees" | "radians", 1)
            | ("math", "gcd", 2)
    ) || (owner, n_args) == ("math", 1) && MathFn::ALL.iter().any(|func| func.name() == name)
}

/// Is it a built-in that uses up its argument, and that may be lowered together with it.
fn uses_up(name: &str) -> bool {
    matches!(name, "list" | "sorted" | "tuple" | "set" | "dict" | "any" | "all" | "sum" | "min" | "max")
}

impl<'t> Lower<'_, 't> {
    /// Is the only argument a call of `range`, by its name: what is made of one is told, or refused, by its length.
    fn is_range(&self, args: &[Arg]) -> bool {
        let [Arg::Positional(Expr { kind: ExprKind::Call { func, .. }, .. })] = args else { return false };
        matches!(&func.kind, ExprKind::Name(name) if &**name == "range")
    }

    /// A call of a known built-in in typed code; none where the runtime does it.
    pub(super) fn intrinsic(&mut self, expr: &'t Expr, callee: ConstId, args: &'t [Arg]) -> Option<Val> {
        if let Value::Class(class) = self.comp.const_value(callee)
            && let Value::Class(counter) = afar_runtime::collections::class_counter()
            && afar_runtime::Ref::ptr_eq(class, &counter)
        {
            return match self.only_generator(args) {
                Some(c) => Some(self.build(c, Reduce::Count).0),
                None => self.count_words(args),
            };
        }
        let (owner, name) = builtin_name(self.comp.const_value(callee))?;
        if owner.is_empty()
            && uses_up(&name)
            && !self.is_range(args)
            && let Some(c) = self.only_generator(args)
            && let Some(value) = self.reduce(expr, &name, c)
        {
            return Some(value);
        }
        if let ("", "min" | "max", [Arg::Positional(over), Arg::Keyword(word, by)]) =
            (owner.as_str(), name.as_str(), args)
            && &*word.name == "key"
            && let Some(value) = self.best_keyed(expr, name == "max", over, by)
        {
            return Some(value);
        }
        if (owner.as_str(), name.as_str()) == ("functools", "reduce") {
            return self.reduced(expr, args);
        }
        if !args.iter().all(|a| matches!(a, Arg::Positional(_))) {
            return None;
        }
        if !is_known(&owner, &name, args.len()) {
            return None;
        }
        let values = self.eval_each(&args.iter().filter_map(positional).collect::<Vec<_>>());
        if self.dead {
            return Some(Val::never());
        }
        if let Some(value) = self.known_call(&owner, &name, &values, expr.id) {
            return Some(value);
        }
        let given = super::calls::Given { pos: values, kw: Vec::new() };
        Some(self.call_typed(&Val::constant(callee), &given))
    }

    /// A call of a built-in with these arguments, where it is typed code.
    pub(super) fn known_builtin(
        &mut self,
        owner: &str,
        name: &str,
        values: &[Val],
        node: NodeId,
    ) -> Option<Val> {
        if is_known(owner, name, values.len()) { self.known_call(owner, name, values, node) } else { None }
    }

    fn known_call(&mut self, owner: &str, name: &str, values: &[Val], node: NodeId) -> Option<Val> {
        match (owner, name, values) {
            ("", "range", _) => self.make_range(values),
            ("", "len", [v]) => match &v.ty {
                Ty::List(_) => Some(Val::int(self.list_len(v))),
                Ty::Tuple(items) => {
                    let n = i64::try_from(items.len()).ok()?;
                    Some(Val::int(self.int(n)))
                }
                Ty::Str | Ty::Any => {
                    let operand = self.boxed_operand(v);
                    Some(Val::int(self.rt_int(Rt::len, vec![operand])))
                }
                _ => None,
            },
            ("", "abs", [v]) if v.ty == Ty::Float => {
                let x = self.as_float(v);
                let out = self.func.reg(Reg::Float);
                self.emit(Inst::FloatUnary { op: FloatUnary::Abs, dst: out, a: x });
                Some(Val::float(out))
            }
            ("", "abs", [v]) if v.ty == Ty::Int => {
                let site = self.site(node);
                if self.comp.is_wide(site) {
                    return None;
                }
                let x = self.as_int(v);
                let zero = self.int(0);
                let negative = self.func.reg(Reg::Int);
                self.emit(Inst::Checked {
                    op: crate::ir::CheckedOp::Sub,
                    dst: negative,
                    a: zero,
                    b: x,
                    site,
                });
                let out = self.func.reg(Reg::Int);
                self.emit(Inst::IntOp { op: IntOp::Max, dst: out, a: x, b: Operand::Reg(negative) });
                Some(Val::int(out))
            }
            ("", "str", [v]) => self.text_of(v),
            ("", "list", [v]) if matches!(v.ty, Ty::List(_)) => Some(v.clone()),
            ("", "float", [v]) if v.ty == Ty::Str => {
                let text = self.boxed_operand(v);
                Some(Val::float(self.rt_float(Rt::text_to_float, vec![text])))
            }
            ("", "int", [v]) if v.ty == Ty::Str => {
                let site = self.site(node);
                if self.comp.is_wide(site) {
                    return None;
                }
                let text = self.boxed_operand(v);
                Some(Val::int(self.rt_int(Rt::text_to_int, vec![text, Operand::Imm(i64::from(site))])))
            }
            ("", "float", [v]) if v.ty == Ty::Float => Some(v.clone()),
            ("", "float", [v]) if v.ty.is_number() => Some(Val::float(self.as_float(v))),
            ("", "int", [v]) if v.ty == Ty::Int => Some(v.clone()),
            ("", "int", [v]) if v.ty == Ty::Bool => Some(Val::int(self.as_int(v))),
            ("", "int", [v]) if v.ty == Ty::Float => {
                let site = self.site(node);
                if self.comp.is_wide(site) {
                    return None;
                }
                let x = self.as_float(v);
                Some(Val::int(
                    self.rt_int(Rt::float_to_int, vec![Operand::Reg(x), Operand::Imm(i64::from(site))]),
                ))
            }
            ("", "bool", [v]) => Some(Val::bool(self.truth(v))),
            ("", "min" | "max", _) => self.best_of(values, name == "max"),
            ("", "sum", [v]) => self.sum_of(v, node),
            ("math", "isqrt", [v]) if matches!(v.ty, Ty::Int | Ty::Bool) => {
                let n = self.as_int(v);
                Some(Val::int(self.rt_int(Rt::int_isqrt, vec![Operand::Reg(n)])))
            }
            ("math", "gcd", [a, b]) if a.ty == Ty::Int && b.ty == Ty::Int => {
                let site = self.site(node);
                if self.comp.is_wide(site) {
                    return None;
                }
                let (a, b) = (self.as_int(a), self.as_int(b));
                let args = vec![Operand::Reg(a), Operand::Reg(b), Operand::Imm(i64::from(site))];
                Some(Val::int(self.rt_int(Rt::int_gcd, args)))
            }
            ("math", _, [v]) => self.math_call(name, v, node),
            _ => None,
        }
    }

    fn make_range(&mut self, values: &[Val]) -> Option<Val> {
        if !values.iter().all(|v| matches!(v.ty, Ty::Int | Ty::Bool)) {
            return None;
        }
        let regs: Vec<VReg> = values.iter().map(|v| self.as_int(v)).collect();
        let (start, stop, step) = match regs.as_slice() {
            [stop] => (self.int(0), *stop, self.int(1)),
            [start, stop] => (*start, *stop, self.int(1)),
            [start, stop, step] => {
                self.rt(Rt::check_step, vec![Operand::Reg(*step)]);
                (*start, *stop, *step)
            }
            _ => return None,
        };
        Some(Val { ty: Ty::Range, parts: vec![Part::Reg(start), Part::Reg(stop), Part::Reg(step)] })
    }

    fn best_of(&mut self, values: &[Val], is_max: bool) -> Option<Val> {
        let ty = values.iter().fold(Ty::Never, |ty, v| join(&ty, &v.ty));
        match ty {
            Ty::Int => {
                let mut best = self.as_int(&values[0]);
                for v in &values[1..] {
                    let x = self.as_int(v);
                    let out = self.func.reg(Reg::Int);
                    let op = if is_max { IntOp::Max } else { IntOp::Min };
                    self.emit(Inst::IntOp { op, dst: out, a: best, b: Operand::Reg(x) });
                    best = out;
                }
                Some(Val::int(best))
            }
            Ty::Float => {
                let best = self.func.reg(Reg::Float);
                let first = self.as_float(&values[0]);
                self.emit(Inst::Copy(best, first));
                for v in &values[1..] {
                    let x = self.as_float(v);
                    let better = self.func.reg(Reg::Bool);
                    let cmp = if is_max { Cmp::Gt } else { Cmp::Lt };
                    self.emit(Inst::FloatCmp { cmp, dst: better, a: x, b: best });
                    let (replace, done) = (self.new_block(), self.new_block());
                    self.branch(better, replace, done);
                    self.enter(replace);
                    self.emit(Inst::Copy(best, x));
                    self.jump_to(done);
                    self.enter(done);
                }
                Some(Val::float(best))
            }
            _ => None,
        }
    }

    fn sum_of(&mut self, value: &Val, node: NodeId) -> Option<Val> {
        match &value.ty {
            Ty::List(item) if **item == Ty::Float => {
                let operand = self.boxed_operand(value);
                // Of an empty list: the int 0, so the result is boxed.
                Some(self.rt_value(Rt::sum_list, vec![operand, Operand::Imm(0)]))
            }
            Ty::List(item) if **item == Ty::Int => {
                let site = self.site(node);
                if self.comp.is_wide(site) {
                    return None;
                }
                let operand = self.boxed_operand(value);
                Some(Val::int(self.rt_int(Rt::sum_ints, vec![operand, Operand::Imm(i64::from(site))])))
            }
            Ty::Range => {
                let site = self.site(node);
                if self.comp.is_wide(site) {
                    return None;
                }
                let mut args: Vec<Operand> = value.parts.iter().map(|p| Self::part_operand(*p)).collect();
                args.push(Operand::Imm(i64::from(site)));
                Some(Val::int(self.rt_int(Rt::sum_range, args)))
            }
            _ => None,
        }
    }

    fn math_call(&mut self, name: &str, value: &Val, node: NodeId) -> Option<Val> {
        if !value.ty.is_number() {
            return None;
        }
        match name {
            "degrees" | "radians" => {
                let by = if name == "degrees" { 180.0 / PI } else { PI / 180.0 };
                let x = self.as_float(value);
                let (factor, dst) = (self.func.reg(Reg::Float), self.func.reg(Reg::Float));
                self.emit(Inst::Float(factor, by));
                self.emit(Inst::FloatOp { op: FloatOp::Mul, dst, a: x, b: factor });
                return Some(Val::float(dst));
            }
            "fabs" => {
                let x = self.as_float(value);
                let out = self.func.reg(Reg::Float);
                self.emit(Inst::FloatUnary { op: FloatUnary::Abs, dst: out, a: x });
                return Some(Val::float(out));
            }
            "floor" | "ceil" => {
                if value.ty != Ty::Float {
                    return Some(Val::int(self.as_int(value)));
                }
                let site = self.site(node);
                if self.comp.is_wide(site) {
                    return None;
                }
                let x = self.as_float(value);
                let rt = if name == "floor" { Rt::float_floor } else { Rt::float_ceil };
                return Some(Val::int(self.rt_int(rt, vec![Operand::Reg(x), Operand::Imm(i64::from(site))])));
            }
            _ => {}
        }
        // An int beyond 2**53 is rounded once, as CPython does; logarithms of an int are exact for any size.
        if name.starts_with("log") && value.ty != Ty::Float {
            return None;
        }
        if name == "sqrt" {
            let x = self.as_float(value);
            return Some(self.square_root(x));
        }
        let number = MathFn::ALL.iter().position(|func| func.name() == name)?;
        let x = self.as_float(value);
        let func = FloatFn::Unary(MathFn::ALL[number]);
        let args = vec![Operand::Imm(i64::try_from(number).unwrap_or(-1)), Operand::Reg(x)];
        Some(self.float_call((func, x, None), None, (Rt::math_unary, args)))
    }

    /// A call of libm, whose result is taken where it is finite, and the condition holds; else the runtime computes it, or raises.
    pub(super) fn float_call(
        &mut self,
        (func, a, b): (FloatFn, VReg, Option<VReg>),
        condition: Option<VReg>,
        (slow, args): (Rt, Vec<Operand>),
    ) -> Val {
        let [out, rest, zero] = [(); 3].map(|()| self.func.reg(Reg::Float));
        let is_finite = self.func.reg(Reg::Bool);
        let (odd, go) = (self.new_block(), self.new_block());
        if let Some(condition) = condition {
            let usual = self.new_block();
            self.branch(condition, usual, odd);
            self.enter(usual);
        }
        self.emit(Inst::FloatCall { func, dst: out, a, b });
        // What is not finite is not nothing less than itself.
        self.emit(Inst::FloatOp { op: FloatOp::Sub, dst: rest, a: out, b: out });
        self.emit(Inst::Float(zero, 0.0));
        self.emit(Inst::FloatCmp { cmp: Cmp::Eq, dst: is_finite, a: rest, b: zero });
        self.branch(is_finite, go, odd);
        self.enter(odd);
        self.func.blocks[odd.0 as usize].is_cold = true;
        let checked = self.rt_float(slow, args);
        self.emit(Inst::Copy(out, checked));
        self.jump_to(go);
        self.enter(go);
        Val::float(out)
    }

    fn square_root(&mut self, x: VReg) -> Val {
        let zero = self.func.reg(Reg::Float);
        self.emit(Inst::Float(zero, 0.0));
        let negative = self.func.reg(Reg::Bool);
        self.emit(Inst::FloatCmp { cmp: Cmp::Lt, dst: negative, a: x, b: zero });
        let (bad, good) = (self.new_block(), self.new_block());
        self.branch(negative, bad, good);
        self.enter(bad);
        self.rt(Rt::raise_domain, vec![]);
        self.end(crate::ir::Term::Unreachable);
        self.enter(good);
        let out = self.func.reg(Reg::Float);
        self.emit(Inst::FloatUnary { op: FloatUnary::Sqrt, dst: out, a: x });
        Val::float(out)
    }

    /// A built-in that uses up a generator expression on the spot.
    fn reduce(&mut self, expr: &'t Expr, name: &str, c: &'t Comprehension) -> Option<Val> {
        match name {
            "list" => Some(self.build_list(c)),
            "sorted" => self.sorted_generator(c),
            "tuple" => {
                let list = self.build_list(c);
                if self.dead {
                    return Some(Val::never());
                }
                let operand = self.boxed_operand(&list);
                Some(self.rt_value(Rt::list_to_tuple, vec![operand]))
            }
            "set" => Some(self.build(c, Reduce::Set).0),
            "dict" => {
                let pairs = self.as_pairs(c)?;
                Some(self.build(pairs, Reduce::Dict).0)
            }
            "any" | "all" => {
                let kind = if name == "any" { Reduce::Any } else { Reduce::All };
                let Some(source) = self.first_source(c) else { return Some(Val::never()) };
                if let Some((value, _)) = self.region(c, &source, kind, 0) {
                    return Some(self.unbox(Self::part_operand(value.parts[0]), &Ty::Bool));
                }
                let flag = self.func.reg(Reg::Bool);
                self.emit(Inst::Bool(flag, name == "all"));
                let sink = if name == "any" { Sink::Any(flag) } else { Sink::All(flag) };
                self.run_from(c, &source, sink);
                if self.dead {
                    return Some(Val::never());
                }
                let out = self.func.reg(Reg::Bool);
                self.emit(Inst::Copy(out, flag));
                Some(Val::bool(out))
            }
            "sum" => Some(self.sum_generator(expr, c)),
            "min" | "max" => self.best_generator(name, c),
            _ => None,
        }
    }

    /// `sorted` of a generator expression: over a set too, where the order of the result is total.
    fn sorted_generator(&mut self, c: &'t Comprehension) -> Option<Val> {
        let Some(source) = self.first_source(c) else { return Some(Val::never()) };
        let (list, item, hidden) = match self.region(c, &source, Reduce::List, 0) {
            Some((list, item)) => (list, item, Operand::Imm(0)),
            None => {
                let slot = self.new_collection(Rt::new_list);
                self.was_hidden = None;
                let item = self.run_from(c, &source, Sink::Bag(slot));
                let hidden = self.was_hidden.map_or(Operand::Imm(0), Operand::Reg);
                (Val { ty: Ty::Any, parts: vec![Part::Var(slot)] }, item, hidden)
            }
        };
        if self.dead {
            return Some(Val::never());
        }
        let operand = self.boxed_operand(&list);
        let ty = Ty::list(item.stored());
        Some(self.rt_value(Rt::sorted_list, vec![operand, hidden]).typed(ty))
    }

    fn sum_generator(&mut self, expr: &'t Expr, c: &'t Comprehension) -> Val {
        let site = self.site(expr.id);
        let item = self.probe(c);
        let ty = match item {
            Ty::Int | Ty::Bool | Ty::Never if !self.comp.is_wide(site) => Ty::Int,
            Ty::Float => Ty::Float,
            _ => Ty::Any,
        };
        let start = self.snapshot();
        let Some(source) = self.first_source(c) else { return Val::never() };
        let kind = match ty {
            Ty::Int => Reduce::SumInt,
            Ty::Float => Reduce::SumFloat,
            _ => Reduce::SumAny,
        };
        let split = self.region(c, &source, kind, site);
        let (value, found) = match ty {
            Ty::Int if split.is_some() => {
                let (value, found) = split.unwrap_or_else(|| (Val::never(), Ty::Never));
                (self.unbox(Self::part_operand(value.parts[0]), &Ty::Int), found)
            }
            Ty::Float if split.is_some() => split.unwrap_or_else(|| (Val::never(), Ty::Never)),
            _ if split.is_some() => split.unwrap_or_else(|| (Val::never(), Ty::Never)),
            Ty::Int => {
                let total = self.func.reg(Reg::Int);
                self.emit(Inst::Int(total, 0));
                let found =
                    self.run_from(c, &source, Sink::SumInt { total, site, op: crate::ir::CheckedOp::Add });
                let out = self.func.reg(Reg::Int);
                self.emit(Inst::Copy(out, total));
                (Val::int(out), found)
            }
            Ty::Float => {
                let sum = self.func.reg(Reg::Int);
                let bytes = u32::try_from(afar_runtime::abi::EXACT_SUM_BYTES).unwrap_or(u32::MAX);
                self.emit(Inst::FrameMemory { dst: sum, bytes });
                self.rt(Rt::exact_new, vec![Operand::Reg(sum)]);
                let count = self.func.reg(Reg::Int);
                self.emit(Inst::Int(count, 0));
                let found = self.run_from(c, &source, Sink::SumFloat { sum, count });
                (self.rt_value(Rt::exact_finish, vec![Operand::Reg(sum), Operand::Reg(count)]), found)
            }
            _ => {
                let slot = self.new_collection(Rt::new_list);
                self.was_hidden = None;
                let found = self.filter_faults(Rt::sum_fault, vec![Operand::Reg(slot)], |s| {
                    s.run_from(c, &source, Sink::SumAny(slot))
                });
                let hidden = self.was_hidden.map_or(Operand::Imm(0), Operand::Reg);
                (self.rt_value(Rt::sum_list, vec![Operand::Reg(slot), hidden]), found)
            }
        };
        if join(&item, &found) != item {
            // Deeper in a loop the elements turned out wider: again.
            self.roll_back(&start);
            let wider = join(&item, &found);
            self.forget_probe(c.id, wider);
            return self.sum_generator(expr, c);
        }
        if self.dead { Val::never() } else { value }
    }

    pub(super) fn raise_if_empty(&mut self, some: VReg, name: &str) {
        let (good, bad) = (self.new_block(), self.new_block());
        self.branch(some, good, bad);
        let env = self.env.clone();
        self.enter(bad);
        let text = self.text_const(&format!("{name}() arg is an empty sequence"));
        self.rt(Rt::raise_value_error, vec![text]);
        self.end(crate::ir::Term::Unreachable);
        self.enter(good);
        self.env = env;
    }

    /// A method of a known kind of value.
    pub(super) fn method_intrinsic(
        &mut self,
        _expr: &'t Expr,
        receiver: &Val,
        name: &Name,
        args: &'t [Arg],
    ) -> Option<Val> {
        if self.boxed() || receiver.ty != Ty::Str || &**name != "join" {
            return None;
        }
        let c = self.only_generator(args)?;
        if let Some(joined) = self.join_texts(receiver, c) {
            return Some(joined);
        }
        let list = self.build_list(c);
        if self.dead {
            return Some(Val::never());
        }
        let (receiver, list) = (self.boxed_operand(receiver), self.boxed_operand(&list));
        let name = self.name_const(name);
        let slots = self.temp_run(1);
        self.emit(Inst::Clone(slots[0], list));
        let none = Operand::Const(self.comp.constant(Value::tuple(vec![])));
        let args = vec![receiver, name, Operand::Reg(slots[0]), Operand::Imm(1), none];
        Some(self.rt_value(Rt::call_method, args).typed(Ty::Str))
    }

    /// `Counter(text.split())`: the words are counted where they stand.
    fn count_words(&mut self, args: &'t [Arg]) -> Option<Val> {
        let [Arg::Positional(Expr { kind: ExprKind::Call { func, args: inner }, .. })] = args else {
            return None;
        };
        let ExprKind::Attribute { value, attr } = &func.kind else { return None };
        if &*attr.name != "split" || !inner.is_empty() {
            return None;
        }
        let start = self.snapshot();
        let text = self.eval(value);
        if !self.dead && text.ty == Ty::Str {
            let text = self.boxed_operand(&text);
            return Some(self.rt_value(Rt::count_words, vec![text]));
        }
        self.roll_back(&start);
        None
    }

    /// `separator.join(...)` of texts that a range gives: each part of it appends them to a text of its own.
    fn join_texts(&mut self, separator: &Val, c: &'t Comprehension) -> Option<Val> {
        if self.mode != super::Mode::Unit || self.probe(c) != Ty::Str || self.dead {
            return None;
        }
        let start = self.snapshot();
        let Some(source) = self.first_source(c) else { return Some(Val::never()) };
        let separator = super::stmt::shared(separator);
        let done = self.region_with(c, &source, Reduce::Join, 0, Some(separator));
        match done {
            Some((value, Ty::Str | Ty::Never)) => {
                Some(if self.dead { Val::never() } else { value.typed(Ty::Str) })
            }
            _ => {
                self.roll_back(&start);
                None
            }
        }
    }
}
