//! Expressions.

use super::{Edges, Lower, Mode, Part, Val};
use crate::ir::{Inst, Operand, Term};
use crate::types::{Reg, Ty, join};
use afar_lang::ast::{Arg, BoolOp, CmpOp, Constant, Expr, ExprKind, Name, UnaryOp};
use afar_lang::span::Span;
use afar_runtime::abi::Rt;
use afar_runtime::{Value, ops};

/// How many entries of a display are evaluated before the first is added.
const MAX_HELD: usize = 15;

impl<'t> Lower<'_, 't> {
    /// The value of an expression.
    pub(super) fn eval(&mut self, expr: &'t Expr) -> Val {
        if self.dead {
            return Val::never();
        }
        if let Some(fork) = self.take_later(expr) {
            return self.eval_forked(expr, &fork);
        }
        let place = self.place_of(expr);
        let before = std::mem::replace(&mut self.span, place);
        let n_any = self.n_any;
        let value = match self.fold(expr) {
            Some(value) => {
                let id = self.comp.constant(value);
                self.value_of_const(id)
            }
            None if self.mode == Mode::Edge => self.eval_edge(expr),
            None => self.eval_inner(expr),
        };
        self.span = before;
        if self.dead {
            return Val::never();
        }
        if self.comp.surveys {
            self.note_origin(expr, &value.ty, n_any);
        }
        if self.mode == Mode::Generator && !matches!(value.ty, Ty::Any | Ty::Const(_)) {
            return self.to_any(value);
        }
        value
    }

    /// Where it is said to be: an attribute, or a method's call, on the line of its name.
    fn place_of(&self, expr: &Expr) -> Span {
        let attr = match &expr.kind {
            ExprKind::Attribute { attr, .. } => attr,
            ExprKind::Call { func, args } => match &func.kind {
                ExprKind::Attribute { attr, .. }
                    if args.iter().all(|a| matches!(a, Arg::Positional(_) | Arg::Keyword(..))) =>
                {
                    attr
                }
                _ => return expr.span,
            },
            _ => return expr.span,
        };
        let line = |at: u32| self.code.source.line(at);
        if line(expr.span.start) == line(attr.span.end) {
            expr.span
        } else {
            Span::new(attr.span.start, expr.span.end)
        }
    }

    pub(super) fn eval_inner(&mut self, expr: &'t Expr) -> Val {
        match &expr.kind {
            ExprKind::Constant(c) => self.constant(c),
            ExprKind::Name(name) => self.eval_name(name),
            ExprKind::Binary { op, left, right } => {
                if let Some(value) = self.masked(*op, left, right) {
                    return value;
                }
                let (left, right) = self.eval_both(left, right);
                self.binary(*op, left, right, expr.id)
            }
            ExprKind::Unary { op: UnaryOp::Not, operand } => {
                let value = self.eval(operand);
                let truth = self.truth(&value);
                if self.dead {
                    return Val::never();
                }
                let out = self.func.reg(Reg::Bool);
                self.emit(Inst::Not(out, truth));
                Val::bool(out)
            }
            ExprKind::Unary { op, operand } => {
                let value = self.eval(operand);
                self.unary(*op, value, expr.id)
            }
            ExprKind::Bool { op, values } => self.eval_bool(*op, values),
            ExprKind::Compare { first, ops, rest } => self.eval_compare(first, ops, rest),
            ExprKind::Call { func, args } => self.eval_call(expr, func, args),
            ExprKind::Attribute { value, attr } => {
                let value = self.eval(value);
                self.attribute(value, &attr.name)
            }
            ExprKind::Subscript { value, index } => self.eval_subscript(value, index),
            ExprKind::Slice { lower, upper, step } => {
                let parts = self.slice_parts([lower, upper, step]);
                self.make_slice(&parts)
            }
            ExprKind::Tuple(items) => self.eval_tuple(items),
            ExprKind::List(items) => self.eval_list(items),
            ExprKind::Set(items) => {
                let set = self.rt_value(Rt::new_set, vec![]);
                // As CPython: what stands before a star, where it is not much, is evaluated before any of it is hashed.
                let n_before = items.iter().take_while(|e| !matches!(e.kind, ExprKind::Starred(_))).count();
                let n_before = if n_before > 2 * MAX_HELD { 0 } else { n_before };
                self.add_evaluated(&set, &items[..n_before]);
                self.fill(&set, &items[n_before..], Rt::set_add, Rt::set_extend);
                self.rt_value(Rt::finish, vec![Self::part_operand(set.parts[0])])
            }
            ExprKind::Dict(entries) => self.eval_dict(entries),
            ExprKind::IfElse { test, body, orelse } => self.eval_if_else(test, body, orelse),
            ExprKind::Lambda(f) => self.make_function(f),
            ExprKind::Comprehension(c) => self.eval_comprehension(c, expr),
            ExprKind::Walrus { target, value } => {
                let value = self.eval(value);
                if self.dead {
                    return Val::never();
                }
                self.bind_function_name(&target.name, value);
                self.eval_function_name(&target.name)
            }
            ExprKind::Starred(inner) => self.eval(inner),
            ExprKind::Yield(value) => self.eval_yield(value.as_deref()),
            ExprKind::YieldFrom(value) => self.eval_yield_from(value),
            ExprKind::Format(parts) => self.eval_format(parts),
            ExprKind::Block(block) => self.eval_block(block, true),
            ExprKind::Await(_) | ExprKind::Error => self.refuse("this expression cannot be compiled"),
        }
    }

    /// Raises `NotPure` at run time: what the checks should have caught, or cannot.
    pub(super) fn refuse(&mut self, why: &str) -> Val {
        let text = self.text_const(why);
        self.rt(Rt::raise_not_pure, vec![text]);
        self.end(Term::Unreachable);
        Val::never()
    }

    fn constant(&mut self, c: &Constant) -> Val {
        match c {
            Constant::None => Val::none(),
            Constant::Bool(b) => {
                let reg = self.func.reg(Reg::Bool);
                self.emit(Inst::Bool(reg, *b));
                Val::bool(reg)
            }
            Constant::Int(n) => Val::int(self.int(*n)),
            Constant::Float(x) => {
                let reg = self.func.reg(Reg::Float);
                self.emit(Inst::Float(reg, *x));
                Val::float(reg)
            }
            Constant::Str(s) => Val { ty: Ty::Str, parts: vec![Part::Const(self.comp.intern(s))] },
            Constant::Ellipsis => self.const_value(Value::Ellipsis),
            Constant::BigInt(digits) => {
                let n = num_bigint::BigInt::parse_bytes(digits.as_bytes(), 16).unwrap_or_default();
                self.pooled(Value::big(n))
            }
            Constant::Imaginary(x) => self.pooled(Value::complex(0.0, *x)),
            Constant::Bytes(b) => self.pooled(Value::bytes(b.to_vec())),
        }
    }

    fn pooled(&mut self, value: Value) -> Val {
        let id = self.comp.constant(value);
        Val { ty: Ty::Any, parts: vec![Part::Const(id)] }
    }

    pub(super) fn eval_name(&mut self, name: &Name) -> Val {
        if let Some(var) = self.find_var(name) {
            let in_class = self.class_scopes.last().is_some_and(|i| self.scopes[*i].get(name) == Some(&var));
            if in_class && !self.is_bound(var) {
                return self.eval_class_name(name, var);
            }
            return self.read_var(var);
        }
        self.eval_outer(name)
    }

    /// A name that the body of a class binds, but not on every way here: what is not bound there is the module's, never that of a
    /// function around the class.
    fn eval_class_name(&mut self, name: &Name, var: super::VarId) -> Val {
        let is_never = self.env[var.0 as usize].bound == super::Bound::No;
        let mut ends = Vec::new();
        if !is_never {
            let (own, other) = (self.new_block(), self.new_block());
            let value = self.read_for_export(var);
            let operand = self.boxed_operand(&value);
            let flag = self.rt_bool(Rt::is_bound, vec![operand]);
            self.branch(flag, own, other);
            let env = self.env.clone();
            self.enter(own);
            let mut edges = Edges::default();
            self.edge(&mut edges);
            ends.push((edges, value));
            self.enter(other);
            self.env = env;
        }
        let outside = match self.find_var_past_class(name).filter(|_| self.code.is_edge) {
            Some(outer) => self.read_var(outer),
            None => self.eval_global(name),
        };
        if is_never {
            return outside;
        }
        if !self.dead {
            let mut edges = Edges::default();
            self.edge(&mut edges);
            ends.push((edges, outside));
        }
        self.merge_values(ends)
    }

    /// A name that is no variable of this function: the function itself, or a name of the edge.
    pub(super) fn eval_outer(&mut self, name: &Name) -> Val {
        if self.code.self_name.as_ref() != Some(name) {
            return self.eval_global(name);
        }
        let code = self.code.clone();
        let captures: Vec<Val> = code
            .captures
            .iter()
            .map(|c| match self.find_var(&c.name) {
                Some(var) if self.vars[var.0 as usize].is_cell => self.raw_value(var),
                Some(var) => self.read_var(var),
                None => Val::never(),
            })
            .collect();
        let defaults: Vec<Option<Val>> = (0..code.info.params.len())
            .map(|i| {
                let var = self.find_var(&crate::compiler::default_name(i))?;
                Some(self.read_var(var))
            })
            .collect();
        let closure = crate::types::ClosureTy {
            code: self.code_id,
            captures: captures.iter().map(|v| v.ty.clone()).collect(),
            defaults: defaults.iter().map(|d| d.as_ref().map(|v| v.ty.clone())).collect(),
        };
        // Which of its closures runs is not among what it captured.
        let identity = Val::int(self.int(0));
        let components = std::iter::once(&identity).chain(&captures).chain(defaults.iter().flatten());
        let parts = components.flat_map(|v| v.parts.clone()).collect();
        Val { ty: Ty::Closure(std::sync::Arc::new(closure)), parts }
    }

    fn eval_function_name(&mut self, name: &Name) -> Val {
        match self.find_function_var(name) {
            Some(var) => self.read_var(var),
            None => self.eval_global(name),
        }
    }

    pub(super) fn bind_function_name(&mut self, name: &Name, value: Val) {
        match self.find_function_var(name) {
            Some(var) => self.write_var(var, value),
            None => self.store_global(name, value),
        }
    }

    pub(super) fn eval_global(&mut self, name: &Name) -> Val {
        if let Some(id) = self.comp.global_constant(&self.code.clone(), name) {
            return self.value_of_const(id);
        }
        let surveyed = self.comp.surveyed(name);
        let globals = Operand::Imm(i64::from(self.code.globals.id));
        let name = self.name_const(name);
        let value = self.rt_value(Rt::load_global, vec![globals, name]);
        match surveyed {
            Some(ty) => {
                let operand = self.boxed_operand(&value);
                self.unbox(operand, &ty)
            }
            None => value,
        }
    }

    pub(super) fn store_global(&mut self, name: &Name, value: Val) {
        let globals = Operand::Imm(i64::from(self.code.globals.id));
        let name = self.name_const(name);
        let value = self.boxed_operand(&value);
        self.rt(Rt::store_global, vec![globals, name, value]);
    }

    /// A known value in its best form: numbers as numbers, lists by their stored form.
    pub(super) fn value_of_const(&mut self, id: crate::types::ConstId) -> Val {
        let value = self.comp.const_value(id).clone();
        match value {
            Value::None => Val::none(),
            Value::Bool(b) => {
                let reg = self.func.reg(Reg::Bool);
                self.emit(Inst::Bool(reg, b));
                Val::bool(reg)
            }
            Value::Int(n) => Val::int(self.int(n)),
            Value::Float(x) => {
                let reg = self.func.reg(Reg::Float);
                self.emit(Inst::Float(reg, x));
                Val::float(reg)
            }
            Value::Str(_) => Val { ty: Ty::Str, parts: vec![Part::Const(id)] },
            Value::List(_) => {
                let ty = self.comp.type_of_const(id);
                Val { ty, parts: vec![Part::Const(id)] }
            }
            Value::Tuple(_) => match self.comp.type_of_const(id) {
                ty @ Ty::Tuple(_) => self.unbox(Operand::Const(id), &ty),
                _ => Val { ty: Ty::Any, parts: vec![Part::Const(id)] },
            },
            Value::Func(_)
            | Value::Class(_)
            | Value::Builtin(_)
            | Value::Module(_)
            | Value::Ellipsis
            | Value::NotImplemented => Val::constant(id),
            _ => Val { ty: Ty::Any, parts: vec![Part::Const(id)] },
        }
    }

    fn eval_bool(&mut self, op: BoolOp, values: &'t [Expr]) -> Val {
        let mut ends: Vec<(Edges, Val)> = Vec::new();
        for (i, value) in values.iter().enumerate() {
            let value = self.eval(value);
            if self.dead {
                break;
            }
            if i + 1 == values.len() {
                let mut edges = Edges::default();
                self.edge(&mut edges);
                ends.push((edges, value));
                break;
            }
            let truth = self.truth(&value);
            if self.dead {
                break;
            }
            let (stop, go) = (self.new_block(), self.new_block());
            match op {
                BoolOp::And => self.branch(truth, go, stop),
                BoolOp::Or => self.branch(truth, stop, go),
            }
            self.enter(stop);
            let mut edges = Edges::default();
            self.edge(&mut edges);
            ends.push((edges, value));
            self.enter(go);
        }
        self.merge_values(ends)
    }

    fn eval_if_else(&mut self, test: &'t Expr, body: &'t Expr, orelse: &'t Expr) -> Val {
        let test = self.eval(test);
        let (truth, known) = self.truth_or_known(&test);
        if self.dead {
            return Val::never();
        }
        if let Some(known) = known {
            return self.eval(if known { body } else { orelse });
        }
        let (then, other) = (self.new_block(), self.new_block());
        self.branch(truth, then, other);
        let env = self.env.clone();
        let mut ends = Vec::new();
        for (block, expr) in [(then, body), (other, orelse)] {
            self.enter(block);
            self.env = env.clone();
            let value = self.eval(expr);
            if !self.dead {
                let mut edges = Edges::default();
                self.edge(&mut edges);
                ends.push((edges, value));
            }
        }
        self.merge_values(ends)
    }

    /// Where several ways each bring a value: one value of the joined type.
    pub(super) fn merge_values(&mut self, ends: Vec<(Edges, Val)>) -> Val {
        let ty = ends.iter().fold(Ty::Never, |ty, (_, v)| self.join(&ty, &v.ty)).capped();
        let ty = if self.boxed() && !matches!(ty, Ty::Never | Ty::Const(_)) { Ty::Any } else { ty };
        let regs: Vec<_> = ty
            .regs()
            .into_iter()
            .map(|kind| if kind == Reg::Slot { self.temp() } else { self.func.reg(kind) })
            .collect();
        let mut all = Edges::default();
        for (edges, value) in ends {
            for (block, env) in edges.0 {
                self.enter(block);
                self.env = env;
                let value = self.convert(value.clone(), &ty);
                self.store_regs(&regs, &value);
                self.edge(&mut all);
            }
        }
        self.meet(all);
        if self.dead {
            return Val::never();
        }
        let parts = regs
            .into_iter()
            .map(|r| if self.func.kind_of(r) == Reg::Slot { Part::Temp(r) } else { Part::Reg(r) })
            .collect();
        Val { ty, parts }
    }

    fn eval_compare(&mut self, first: &'t Expr, ops: &[CmpOp], rest: &'t [Expr]) -> Val {
        if ops.len() == 1 {
            let (left, right) = self.eval_both(first, &rest[0]);
            return self.compare(ops[0], &left, &right);
        }
        let mut left = self.eval(first);
        let mut ends = Vec::new();
        for (i, op) in ops.iter().enumerate() {
            let right = self.eval(&rest[i]);
            let result = self.compare(*op, &left, &right);
            if self.dead {
                break;
            }
            if i + 1 == ops.len() {
                let mut edges = Edges::default();
                self.edge(&mut edges);
                ends.push((edges, result));
                break;
            }
            let truth = self.truth(&result);
            let (stop, go) = (self.new_block(), self.new_block());
            self.branch(truth, go, stop);
            self.enter(stop);
            let mut edges = Edges::default();
            self.edge(&mut edges);
            ends.push((edges, result));
            self.enter(go);
            left = right;
        }
        self.merge_values(ends)
    }

    pub(super) fn attribute(&mut self, value: Val, name: &Name) -> Val {
        if let Ty::Const(id) = value.ty
            && let Some(found) = self.comp.const_attribute(id, name)
        {
            return self.value_of_const(found);
        }
        if value.ty == Ty::Never {
            return value;
        }
        let operand = self.boxed_operand(&value);
        let name = self.name_const(name);
        self.rt_value(Rt::get_attr, vec![operand, name])
    }

    fn eval_tuple(&mut self, items: &'t [Expr]) -> Val {
        if items.iter().any(|e| matches!(e.kind, ExprKind::Starred(_))) {
            let list = self.rt_value(Rt::new_list, vec![]);
            self.fill(&list, items, Rt::list_push, Rt::list_extend);
            return self.rt_value(Rt::list_to_tuple, vec![Self::part_operand(list.parts[0])]);
        }
        let values = self.eval_each(&items.iter().collect::<Vec<_>>());
        if self.dead {
            return Val::never();
        }
        let tuple = Val::tuple(&values);
        if tuple.ty.clone().capped() == Ty::Any || self.boxed() {
            return self.to_any(tuple);
        }
        tuple
    }

    fn eval_list(&mut self, items: &'t [Expr]) -> Val {
        if items.iter().any(|e| matches!(e.kind, ExprKind::Starred(_))) {
            let list = self.rt_value(Rt::new_list, vec![]);
            self.fill(&list, items, Rt::list_push, Rt::list_extend);
            let done = self.rt_value(Rt::finish, vec![Self::part_operand(list.parts[0])]);
            return done.typed(Ty::list(Ty::Any));
        }
        if items.is_empty() {
            let empty = self.comp.constant(Value::list(Vec::new()));
            return Val { ty: Ty::list(Ty::Never), parts: vec![Part::Const(empty)] };
        }
        let values = self.eval_each(&items.iter().collect::<Vec<_>>());
        if self.dead {
            return Val::never();
        }
        let item = self.item_type(&values);
        let (first, n) = self.run_of(&values);
        let list = self.rt_value(Rt::make_list, vec![Operand::Reg(first), Operand::Imm(n)]);
        list.typed(Ty::list(item))
    }

    /// The type of the items of a list of these values, by the form in which it will be stored.
    fn item_type(&self, values: &[Val]) -> Ty {
        let ty = values.iter().fold(Ty::Never, |ty, v| join(&ty, &v.ty));
        ty.stored()
    }

    /// Adds items, starred ones included, to a collection that is being built in a slot.
    pub(super) fn fill(&mut self, into: &Val, items: &'t [Expr], add: Rt, extend: Rt) {
        let target = Self::part_operand(into.parts[0]);
        for item in items {
            let (rt, inner) = match &item.kind {
                ExprKind::Starred(inner) => (extend, &**inner),
                _ => (add, item),
            };
            let mark = self.mark();
            let value = self.eval(inner);
            let operand = self.boxed_operand(&value);
            self.rt(rt, vec![target, operand]);
            self.release(mark);
        }
    }

    /// Evaluates all of these, then adds them to a set.
    fn add_evaluated(&mut self, set: &Val, items: &'t [Expr]) {
        let target = Self::part_operand(set.parts[0]);
        let mark = self.mark();
        let values: Vec<Val> = items.iter().map(|e| self.eval(e)).collect();
        for value in &values {
            let operand = self.boxed_operand(value);
            self.rt(Rt::set_add, vec![target, operand]);
        }
        self.release(mark);
    }

    fn eval_dict(&mut self, entries: &'t [(Option<Expr>, Expr)]) -> Val {
        let (dict, entries) = match entries {
            [(None, first), rest @ ..] if !rest.is_empty() && rest.iter().all(|(key, _)| key.is_some()) => {
                let first = self.eval(first);
                if self.dead {
                    return Val::never();
                }
                let first = self.boxed_operand(&first);
                let n = Operand::Imm(i64::try_from(rest.len()).unwrap_or(i64::MAX));
                (self.rt_value(Rt::dict_display, vec![first, n]), rest)
            }
            _ => (self.rt_value(Rt::new_dict, vec![]), entries),
        };
        let target = Self::part_operand(dict.parts[0]);
        for group in entries.chunk_by(|a, b| a.0.is_some() && b.0.is_some()) {
            // As CPython: entries that stand together, where they are not many, are evaluated before any key is hashed.
            let is_constant = |k: &Expr| matches!(k.kind, ExprKind::Constant(_));
            let cannot_fail = group.iter().all(|(k, _)| k.as_ref().is_some_and(is_constant));
            let size = if cannot_fail || group.len() > MAX_HELD { 1 } else { group.len() };
            for part in group.chunks(size) {
                self.add_entries(target, part);
            }
        }
        self.rt_value(Rt::finish, vec![target])
    }

    /// Evaluates all of these, then adds them to a dict.
    fn add_entries(&mut self, target: Operand, entries: &'t [(Option<Expr>, Expr)]) {
        let mark = self.mark();
        let values: Vec<(Option<Val>, Val)> =
            entries.iter().map(|(k, v)| (k.as_ref().map(|k| self.eval(k)), self.eval(v))).collect();
        for (key, value) in &values {
            let value = self.boxed_operand(value);
            match key {
                Some(key) => {
                    let key = self.boxed_operand(key);
                    self.rt(Rt::dict_insert, vec![target, key, value]);
                }
                None => self.rt(Rt::dict_merge, vec![target, value]),
            }
        }
        self.release(mark);
    }

    fn eval_subscript(&mut self, value: &'t Expr, index: &'t Expr) -> Val {
        let value = self.eval(value);
        if let (Ty::Tuple(types), ExprKind::Constant(Constant::Int(n))) = (&value.ty, &index.kind) {
            let len = i64::try_from(types.len()).unwrap_or(i64::MAX);
            let at = if *n < 0 { n + len } else { *n };
            if let (Some(items), Ok(at)) = (value.items(), usize::try_from(at))
                && let Some(item) = items.get(at)
            {
                return item.clone();
            }
        }
        if let (Ty::Tuple(types), ExprKind::Unary { op: UnaryOp::Neg, operand }) = (&value.ty, &index.kind)
            && let ExprKind::Constant(Constant::Int(n)) = &operand.kind
            && let Some(at) = usize::try_from(*n).ok().and_then(|n| types.len().checked_sub(n))
            && let Some(items) = value.items()
            && let Some(item) = items.get(at)
        {
            return item.clone();
        }
        let is_slice = matches!(index.kind, ExprKind::Slice { .. });
        let index = match &index.kind {
            ExprKind::Slice { lower, upper, step } if matches!(value.ty, Ty::Str | Ty::List(_)) => {
                let parts = self.slice_parts([lower, upper, step]);
                if let Some(part) = self.slice_of(&value, &parts) {
                    return part;
                }
                self.make_slice(&parts)
            }
            _ => self.eval(index),
        };
        if self.dead {
            return Val::never();
        }
        let result = match (&value.ty, &index.ty) {
            (Ty::List(item), Ty::Int | Ty::Bool) if !matches!(**item, Ty::Any | Ty::Never) => {
                let item = (**item).clone();
                return self.list_item(&value, &item, &index);
            }
            (Ty::List(_), _) if is_slice => Some(value.ty.clone()),
            (Ty::Str, Ty::Int | Ty::Bool) => Some(Ty::Str),
            (Ty::Str, _) if is_slice => Some(Ty::Str),
            _ => None,
        };
        let (value, index) = (self.boxed_operand(&value), self.boxed_operand(&index));
        let item = self.rt_value(Rt::get_item, vec![value, index]);
        match result {
            Some(ty) => item.typed(ty),
            None => item,
        }
    }

    fn slice_parts(&mut self, parts: [&'t Option<Box<Expr>>; 3]) -> [Val; 3] {
        parts.map(|p| match p {
            Some(e) => self.eval(e),
            None => Val::none(),
        })
    }

    fn make_slice(&mut self, parts: &[Val; 3]) -> Val {
        if self.dead {
            return Val::never();
        }
        let parts = parts.each_ref().map(|p| self.boxed_operand(p));
        self.rt_value(Rt::make_slice, parts.to_vec())
    }

    /// A part of a text or list between two places that are ints, without the slice itself.
    fn slice_of(&mut self, value: &Val, [lower, upper, step]: &[Val; 3]) -> Option<Val> {
        let is_known = |part: &Val| matches!(part.ty, Ty::Int | Ty::None);
        if self.dead || self.boxed() || !is_known(lower) || !is_known(upper) || step.ty != Ty::None {
            return None;
        }
        let [from, to] = [(lower, 0), (upper, i64::MAX)].map(|(part, default)| match part.reg() {
            Some(reg) => Operand::Reg(reg),
            None => Operand::Imm(default),
        });
        let operand = self.boxed_operand(value);
        Some(self.rt_value(Rt::slice_of, vec![operand, from, to]).typed(value.ty.clone()))
    }

    fn eval_yield(&mut self, value: Option<&'t Expr>) -> Val {
        let value = value.map_or_else(Val::none, |e| self.eval(e));
        if self.dead {
            return Val::never();
        }
        let value = self.to_any(value);
        let slot = self.own_slot(&value);
        let resume = self.new_block();
        self.end(Term::Yield { value: slot, resume });
        self.enter(resume);
        self.rt_value(Rt::resume_value, vec![])
    }

    /// The value in a slot of its own.
    pub(super) fn own_slot(&mut self, value: &Val) -> crate::ir::VReg {
        if let Part::Temp(slot) = value.parts[0] {
            return slot;
        }
        let slot = self.temp();
        self.emit(Inst::Clone(slot, Self::part_operand(value.parts[0])));
        slot
    }

    fn eval_yield_from(&mut self, value: &'t Expr) -> Val {
        let value = self.eval(value);
        if self.dead {
            return Val::never();
        }
        let value = self.boxed_operand(&value);
        let iter = self.func.reg(Reg::Slot);
        self.rt_into(iter, Rt::get_iter, vec![value]);
        let (head, body, done) = (self.new_block(), self.new_block(), self.new_block());
        self.end(Term::Jump(head));
        self.enter(head);
        let item = self.func.reg(Reg::Slot);
        let more = self.rt_bool(Rt::delegate, vec![Operand::Reg(iter), Operand::Reg(item)]);
        self.branch(more, body, done);
        self.enter(body);
        self.end(Term::Yield { value: item, resume: head });
        self.enter(done);
        Val::temp(item)
    }

    /// The truth of a value.
    pub(super) fn truth(&mut self, value: &Val) -> crate::ir::VReg {
        let (reg, _) = self.truth_or_known(value);
        reg
    }

    /// The truth of a value, and what it is where the type tells.
    pub(super) fn truth_or_known(&mut self, value: &Val) -> (crate::ir::VReg, Option<bool>) {
        let out = self.func.reg(Reg::Bool);
        let known = match &value.ty {
            Ty::None => Some(false),
            Ty::Tuple(items) => Some(!items.is_empty()),
            Ty::Closure(_) | Ty::Never => Some(true),
            Ty::Const(id) => ops::truthy(self.comp.const_value(*id)).ok(),
            _ => None,
        };
        if let Some(known) = known {
            self.emit(Inst::Bool(out, known));
            return (out, Some(known));
        }
        match (&value.ty, value.reg()) {
            (Ty::Bool, Some(reg)) => (reg, None),
            (Ty::Int | Ty::Word, Some(reg)) => {
                self.emit(Inst::IntToBool(out, reg));
                (out, None)
            }
            (Ty::Float, Some(reg)) => {
                let zero = self.func.reg(Reg::Float);
                self.emit(Inst::Float(zero, 0.0));
                self.emit(Inst::FloatCmp { cmp: crate::ir::Cmp::Ne, dst: out, a: reg, b: zero });
                (out, None)
            }
            (Ty::List(_), _) => {
                let len = self.list_len(value);
                self.emit(Inst::IntToBool(out, len));
                (out, None)
            }
            (Ty::Any, _) if self.quick_truth(value, out) => (out, None),
            _ => {
                let operand = self.boxed_operand(value);
                (self.rt_bool(Rt::truthy, vec![operand]), None)
            }
        }
    }
}
