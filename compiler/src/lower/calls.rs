//! Calls: direct ones of known functions, through the runtime of anything else.

use super::{Lower, Part, Val};
use crate::ir::{Inst, Operand, Term, VReg};
use crate::types::{ClosureTy, CodeId, Reg, Ty};
use afar_lang::ast::{self, Arg, Expr, ExprKind, Name};
use afar_runtime::abi::Rt;
use afar_runtime::builtins;
use afar_runtime::object::c_calls::checks_receiver;
use afar_runtime::object::func::ParamKind;
use afar_runtime::ops::is_same_object;
use afar_runtime::{Str, Value};

/// The arguments of a call, evaluated: by position, then by name.
pub(super) struct Given {
    pub(super) pos: Vec<Val>,
    pub(super) kw: Vec<(Name, Val)>,
}

impl<'t> Lower<'_, 't> {
    pub(super) fn eval_call(&mut self, expr: &'t Expr, func: &'t Expr, args: &'t [Arg]) -> Val {
        if let ExprKind::Name(name) = &func.kind
            && &**name == "super"
            && args.is_empty()
            && self.find_var("super").is_none()
            && !self.is_rebound(name)
        {
            return self.eval_super();
        }
        self.note_consumer(func, args);
        if let ExprKind::Attribute { value, attr } = &func.kind {
            return self.eval_method_call(expr, value, attr, args);
        }
        let callee = self.eval(func);
        self.call_value(expr, callee, args)
    }

    /// Does the name of a built-in stand for something else in this module.
    fn is_rebound(&mut self, name: &Name) -> bool {
        let code = self.code.clone();
        let found = match self.comp.global_constant(&code, name) {
            Some(id) => Some(self.comp.const_value(id).clone()),
            None => code.globals.find(name).map(|found| found.value),
        };
        let own = builtins::lookup(name);
        found.is_some_and(|found| own.is_none_or(|own| !is_same_object(&found, &own)))
    }

    fn eval_super(&mut self) -> Val {
        let class = self.find_var("__class__");
        let first = self.code.param_names.first().cloned().and_then(|n| self.find_function_var(&n));
        let (Some(class), Some(first)) = (class, first) else {
            let text =
                if first.is_some() { "super(): __class__ cell not found" } else { "super(): no arguments" };
            let text = self.text_const(text);
            self.rt(Rt::raise_runtime_error, vec![text]);
            return self.never();
        };
        let class = self.read_var(class);
        let receiver = self.read_var(first);
        let (class, receiver) = (self.boxed_operand(&class), self.boxed_operand(&receiver));
        self.rt_value(Rt::make_super, vec![class, receiver])
    }

    /// A call of a value that is there already.
    pub(super) fn call_value(&mut self, expr: &'t Expr, callee: Val, args: &'t [Arg]) -> Val {
        if self.dead {
            return Val::never();
        }
        if let Ty::Const(id) = callee.ty
            && !self.boxed()
            && let Some(value) = self.intrinsic(expr, id, args)
        {
            return value;
        }
        if args.iter().any(|a| matches!(a, Arg::Star(_) | Arg::DoubleStar(_))) {
            let callee = self.hold(callee);
            return self.call_spread(&callee, args);
        }
        let callee = self.hold(callee);
        let given = self.eval_args(args);
        if self.dead {
            return Val::never();
        }
        self.call_given(callee, given)
    }

    /// Calls with evaluated arguments.
    pub(super) fn call_given(&mut self, callee: Val, given: Given) -> Val {
        self.refuse_proxies(&callee, &given);
        if self.dead {
            return Val::never();
        }
        if !self.boxed() {
            match &callee.ty {
                Ty::Const(id) => {
                    if let Some(result) = self.call_const(*id, &given) {
                        return result;
                    }
                }
                Ty::Closure(closure) => {
                    let closure = closure.clone();
                    if let Some(result) = self.call_closure(&closure, &callee, &given) {
                        return result;
                    }
                }
                _ => {}
            }
        }
        self.call_typed(&callee, &given)
    }

    /// A call through the runtime, whose result may be known to be of some type.
    pub(super) fn call_typed(&mut self, callee: &Val, given: &Given) -> Val {
        let result = self.call_dynamic(callee, given);
        match self.known_result(callee, given) {
            Some(ty) if !self.dead && !self.boxed() => self.taken_for(result, &ty),
            _ => result,
        }
    }

    /// A boxed value that certainly has this type.
    pub(super) fn taken_for(&mut self, value: Val, ty: &Ty) -> Val {
        if ty.is_slot() {
            value.typed(ty.clone())
        } else {
            self.unbox(Self::part_operand(value.parts[0]), ty)
        }
    }

    /// The type of what a built-in function certainly gives for such arguments, where it gives something.
    fn known_result(&self, callee: &Val, given: &Given) -> Option<Ty> {
        let Ty::Const(id) = callee.ty else { return None };
        let (owner, name) = super::intrinsics::builtin_name(self.comp.const_value(id))?;
        if !owner.is_empty() {
            return None;
        }
        let first = given.pos.first().map(|v| &v.ty);
        let is_keyed = |name: &str| given.kw.iter().any(|(key, _)| &**key == name);
        match (name.as_str(), first, given.pos.len()) {
            ("sorted", Some(list @ Ty::List(item)), 1) if **item != Ty::Never => Some(list.clone()),
            ("sorted" | "list", Some(Ty::Str), 1) => Some(Ty::list(Ty::Str)),
            ("list", Some(Ty::Range), 1) => Some(Ty::list(Ty::Int)),
            ("max" | "min", Some(Ty::List(item)), 1) if !matches!(**item, Ty::Any | Ty::Never) => {
                (!is_keyed("default")).then(|| (**item).clone())
            }
            ("isinstance" | "issubclass" | "callable" | "hasattr", Some(_), _) => Some(Ty::Bool),
            ("any" | "all", Some(_), 1) => Some(Ty::Bool),
            ("chr" | "hex" | "bin" | "oct", Some(_), _) => Some(Ty::Str),
            // What a class of the program gives may be of a class derived from `str`.
            ("repr" | "ascii" | "format", Some(ty), _) if !matches!(ty, Ty::Any | Ty::Const(_)) => {
                Some(Ty::Str)
            }
            ("ord", Some(Ty::Str), 1) => Some(Ty::Int),
            ("round", Some(Ty::Float), 2) => Some(Ty::Float).filter(|_| given.pos[1].ty == Ty::Int),
            _ => None,
        }
    }

    /// At the edge, where proxies are, none may become the argument of a function of the program, or of a method.
    fn refuse_proxies(&mut self, callee: &Val, given: &Given) {
        if !self.code.is_edge || matches!(self.code.owner, crate::program::Owner::Block(_)) {
            return;
        }
        let is_native = match &callee.ty {
            Ty::Const(id) => matches!(self.comp.const_value(*id), Value::Builtin(_)),
            Ty::Closure(_) | Ty::Any => false,
            _ => true,
        };
        let may_be_proxy = |ty: &Ty| match ty {
            Ty::Const(id) => matches!(self.comp.const_value(*id), Value::Host(_)),
            ty => *ty == Ty::Any,
        };
        let suspects: Vec<Val> = given
            .pos
            .iter()
            .chain(given.kw.iter().map(|(_, v)| v))
            .filter(|v| may_be_proxy(&v.ty))
            .cloned()
            .collect();
        if is_native || suspects.is_empty() {
            return;
        }
        // The call needs them as well: nothing of them is moved away.
        let callee = self.boxed_operand(&super::stmt::shared(callee));
        for value in suspects {
            let value = self.boxed_operand(&super::stmt::shared(&value));
            self.rt(Rt::refuse_proxy, vec![callee, value]);
        }
    }

    /// A value that stays what it is while arguments are evaluated.
    fn hold(&mut self, value: Val) -> Val {
        value
    }

    pub(super) fn eval_args(&mut self, args: &'t [Arg]) -> Given {
        let mut given = Given { pos: Vec::new(), kw: Vec::new() };
        let values = self.eval_each(&args.iter().map(crate::tree::arg_value).collect::<Vec<_>>());
        for (arg, value) in args.iter().zip(values) {
            match arg {
                Arg::Positional(_) => given.pos.push(value),
                Arg::Keyword(name, _) => given.kw.push((name.name.clone(), value)),
                Arg::Star(_) | Arg::DoubleStar(_) => {}
            }
        }
        given
    }

    /// The arguments of a method, which is looked up before them: where one of them raises, that there is no such method comes first.
    fn eval_method_args(&mut self, receiver: &Val, name: &Name, args: &'t [Arg]) -> Given {
        let is_there = match receiver.ty {
            Ty::Str => afar_runtime::text::method("str", name).is_some(),
            Ty::List(_) => afar_runtime::collections::method("list", name).is_some(),
            _ => false,
        };
        if is_there || args.iter().all(|arg| self.is_quiet(arg)) {
            return self.eval_args(args);
        }
        let operand = self.boxed_operand(receiver);
        let at_entry = self.env.clone();
        let mut given = Given { pos: Vec::new(), kw: Vec::new() };
        let catch = self.guarded(|s| given = s.eval_args(args));
        let (current, env, dead) = (self.current, std::mem::replace(&mut self.env, at_entry), self.dead);
        self.enter(catch);
        let text = self.name_const(name);
        let is_missing = self.func.reg(Reg::Bool);
        let answer = self.rt_int(Rt::lacks_attr, vec![operand, text]);
        self.emit(Inst::IntToBool(is_missing, answer));
        let (missing, raised) = (self.new_block(), self.new_block());
        self.branch(is_missing, missing, raised);
        self.enter(missing);
        self.rt_value(Rt::get_attr, vec![operand, text]);
        self.end(Term::Unreachable);
        self.enter(raised);
        let loc = self.place();
        self.end(Term::Fail { loc, trace: false });
        (self.current, self.env, self.dead) = (current, env, dead);
        given
    }

    /// Does an argument certainly not raise.
    fn is_quiet(&self, arg: &Arg) -> bool {
        let is_quiet = |e: &Expr| match &e.kind {
            ExprKind::Constant(_) | ExprKind::Lambda(_) => true,
            ExprKind::Name(name) => match self.find_var(name) {
                Some(var) => self.is_bound(var),
                None => {
                    self.code.self_name.as_ref() == Some(name)
                        || self.code.globals.find(name).is_some()
                        || afar_runtime::builtins::lookup(name).is_some()
                }
            },
            _ => false,
        };
        match arg {
            Arg::Positional(e) | Arg::Keyword(_, e) => is_quiet(e),
            Arg::Star(_) | Arg::DoubleStar(_) => false,
        }
    }

    fn call_const(&mut self, id: crate::types::ConstId, given: &Given) -> Option<Val> {
        let Value::Func(func) = self.comp.const_value(id).clone() else { return None };
        if func.info.is_generator {
            return None;
        }
        let captures: Vec<Val> = func
            .captures
            .iter()
            .map(|v| match v {
                Value::Cell(_) => {
                    let id = self.comp.constant(v.clone());
                    Val { ty: Ty::Cell, parts: vec![Part::Const(id)] }
                }
                v => {
                    let id = self.comp.constant(v.clone());
                    self.value_of_const(id)
                }
            })
            .collect();
        let defaults: Vec<Option<Val>> = func
            .defaults
            .iter()
            .map(|v| {
                v.is_bound().then(|| {
                    let id = self.comp.constant(v.clone());
                    self.value_of_const(id)
                })
            })
            .collect();
        self.call_static(CodeId(func.info.code), captures, defaults, given)
    }

    fn call_closure(&mut self, closure: &ClosureTy, callee: &Val, given: &Given) -> Option<Val> {
        let mut values = callee.split(closure.components().iter()).into_iter().skip(1);
        let captures: Vec<Val> = values.by_ref().take(closure.captures.len()).collect();
        let mut defaults = Vec::new();
        for default in &closure.defaults {
            defaults.push(if default.is_some() { values.next() } else { None });
        }
        self.call_static(closure.code, captures, defaults, given)
    }

    /// A direct call, where the arguments fit the parameters; else the runtime raises what is to be raised.
    fn call_static(
        &mut self,
        code_id: CodeId,
        captures: Vec<Val>,
        defaults: Vec<Option<Val>>,
        given: &Given,
    ) -> Option<Val> {
        let code = self.comp.code(code_id);
        if code.info.is_generator || checks_receiver(&code.info) {
            return None;
        }
        let args = self.bind_static(&code.info.params, defaults, given)?;
        let params: Vec<Ty> = args.iter().map(|v| v.ty.clone().capped()).collect();
        let capture_types: Vec<Ty> = captures.iter().map(|v| v.ty.clone().capped()).collect();
        // What is boxed may be something faster at run time: the dispatch finds out. Where it has found before that nothing more is
        // known of such values, and where there is too little to gain, it is not asked.
        if args.iter().any(|a| is_opaque(&a.ty))
            && !self.comp.has_spec(code_id, &params, &capture_types)
            && !crate::weight::is_tiny(self.comp, code_id)
        {
            return None;
        }
        let (spec, ret) = self.comp.spec(code_id, params.clone(), capture_types.clone());
        let (params, capture_types) = self.comp.spec_types(spec);
        let mut operands = Vec::new();
        for (value, ty) in args.into_iter().zip(&params).chain(captures.into_iter().zip(&capture_types)) {
            let value = self.convert(value, ty);
            operands.extend(value.parts.iter().map(|p| Self::part_operand(*p)));
        }
        Some(self.emit_call(spec, operands, &ret))
    }

    pub(super) fn emit_call(&mut self, spec: crate::ir::SpecId, args: Vec<Operand>, ret: &Ty) -> Val {
        let outs: Vec<VReg> = ret
            .regs()
            .into_iter()
            .map(|kind| if kind == Reg::Slot { self.temp() } else { self.func.reg(kind) })
            .collect();
        let loc = self.place();
        self.emit(Inst::Call { spec, args, outs: outs.clone(), loc });
        if *ret == Ty::Never {
            return self.never();
        }
        let parts = outs
            .into_iter()
            .map(|r| if self.func.kind_of(r) == Reg::Slot { Part::Temp(r) } else { Part::Reg(r) })
            .collect();
        Val { ty: ret.clone(), parts }
    }

    /// One value for each parameter, where the arguments certainly fit.
    fn bind_static(
        &mut self,
        params: &[afar_runtime::object::ParamInfo],
        defaults: Vec<Option<Val>>,
        given: &Given,
    ) -> Option<Vec<Val>> {
        let mut used_kw = vec![false; given.kw.len()];
        let mut pos = given.pos.iter();
        let mut out = Vec::new();
        for (param, default) in params.iter().zip(defaults) {
            let by_name = |used: &mut Vec<bool>| {
                let at = given.kw.iter().position(|(n, _)| **n == *param.name.as_str())?;
                used[at] = true;
                Some(given.kw[at].1.clone())
            };
            let value = match param.kind {
                ParamKind::PositionalOnly => pos.next().cloned().or(default)?,
                ParamKind::Normal => match pos.next() {
                    Some(v) if given.kw.iter().any(|(n, _)| **n == *param.name.as_str()) => {
                        let _ = v;
                        return None;
                    }
                    Some(v) => v.clone(),
                    None => by_name(&mut used_kw).or(default)?,
                },
                ParamKind::Star => {
                    let rest: Vec<Val> = pos.by_ref().cloned().collect();
                    Val::tuple(&rest)
                }
                ParamKind::KeywordOnly => by_name(&mut used_kw).or(default)?,
                ParamKind::DoubleStar => return None,
            };
            out.push(value);
        }
        if pos.next().is_some() || used_kw.contains(&false) {
            return None;
        }
        Some(out)
    }

    pub(super) fn call_dynamic(&mut self, callee: &Val, given: &Given) -> Val {
        let func = self.boxed_operand(callee);
        let values: Vec<Val> = given.pos.iter().chain(given.kw.iter().map(|(_, v)| v)).cloned().collect();
        let (first, n) = self.run_of(&values);
        let names = self.kw_names(&given.kw);
        self.rt_value(Rt::call, vec![func, Operand::Reg(first), Operand::Imm(n), names])
    }

    fn kw_names(&mut self, kw: &[(Name, Val)]) -> Operand {
        let names: Vec<Value> = kw.iter().map(|(n, _)| Value::Str(Str::new(n))).collect();
        Operand::Const(self.comp.constant(Value::tuple(names)))
    }

    /// A call with `*` or `**`.
    fn call_spread(&mut self, callee: &Val, args: &'t [Arg]) -> Val {
        let (list, dict) = self.spread(callee, args);
        let func = self.boxed_operand(callee);
        self.rt_value(Rt::call_spread, vec![func, list, dict])
    }

    /// All positional arguments in a list and all keywords in a dict that are being built.
    fn spread(&mut self, callee: &Val, args: &'t [Arg]) -> (Operand, Operand) {
        let func = self.boxed_operand(callee);
        let list = self.rt_value(Rt::new_list, vec![]);
        let dict = self.rt_value(Rt::new_dict, vec![]);
        let (list, dict) = (Self::part_operand(list.parts[0]), Self::part_operand(dict.parts[0]));
        // As CPython: what is given by position comes first, wherever it stands; a star that stands alone is looked into last.
        let positional: Vec<&'t Arg> =
            args.iter().filter(|a| matches!(a, Arg::Positional(_) | Arg::Star(_))).collect();
        let mut lone = None;
        for arg in &positional {
            let (Arg::Positional(e) | Arg::Star(e)) = arg else { continue };
            let mark = self.mark();
            let value = self.eval(e);
            if let ([Arg::Star(_)], false) = (positional.as_slice(), self.dead) {
                lone = Some(self.to_any(value));
                break;
            }
            let value = self.boxed_operand(&value);
            let rt = if matches!(arg, Arg::Star(_)) { Rt::list_extend } else { Rt::list_push };
            self.rt(rt, vec![list, value]);
            self.release(mark);
        }
        let keywords: Vec<&'t Arg> =
            args.iter().filter(|a| matches!(a, Arg::Keyword(..) | Arg::DoubleStar(_))).collect();
        for group in keywords.chunk_by(|a, b| matches!((a, b), (Arg::Keyword(..), Arg::Keyword(..)))) {
            self.spread_keywords(group, dict, func);
        }
        if let Some(value) = lone {
            let value = self.boxed_operand(&value);
            self.rt(Rt::spread_positional, vec![list, value, func]);
        }
        (list, dict)
    }

    /// Keywords that stand together, all evaluated before any is added; or one `**mapping`.
    fn spread_keywords(&mut self, group: &[&'t Arg], dict: Operand, func: Operand) {
        let mark = self.mark();
        let mut named = Vec::new();
        for arg in group {
            match arg {
                Arg::Keyword(name, e) => {
                    let value = self.eval(e);
                    named.push((name, self.to_any(value)));
                }
                Arg::DoubleStar(e) => {
                    let value = self.eval(e);
                    let value = self.boxed_operand(&value);
                    self.rt(Rt::spread_keywords, vec![dict, value, func]);
                }
                Arg::Positional(_) | Arg::Star(_) => {}
            }
        }
        for (name, value) in named {
            let value = self.boxed_operand(&value);
            let name = self.name_const(&name.name);
            self.rt(Rt::spread_keyword, vec![dict, name, value, func]);
        }
        self.release(mark);
    }

    fn eval_method_call(
        &mut self,
        expr: &'t Expr,
        receiver: &'t Expr,
        attr: &'t ast::Ident,
        args: &'t [Arg],
    ) -> Val {
        let receiver = self.eval(receiver);
        if self.dead {
            return Val::never();
        }
        if let Ty::Const(id) = receiver.ty
            && let Some(found) = self.comp.const_attribute(id, &attr.name)
        {
            let callee = self.value_of_const(found);
            return self.call_value(expr, callee, args);
        }
        if args.iter().any(|a| matches!(a, Arg::Star(_) | Arg::DoubleStar(_))) {
            let callee = self.attribute(receiver, &attr.name);
            return self.call_spread(&callee, args);
        }
        if let Some(value) = self.method_intrinsic(expr, &receiver, &attr.name, args) {
            return value;
        }
        // What an argument binds stays bound, so that there is no such method is found out before.
        if args.iter().any(|arg| crate::tree::binds(crate::tree::arg_value(arg))) {
            let callee = self.attribute(receiver, &attr.name);
            return self.call_value(expr, callee, args);
        }
        let given = self.eval_method_args(&receiver, &attr.name, args);
        if self.dead {
            return Val::never();
        }
        self.refuse_proxies(&receiver, &given);
        if self.dead {
            return Val::never();
        }
        let operand = self.boxed_operand(&receiver);
        let name = self.name_const(&attr.name);
        let values: Vec<Val> = given.pos.iter().chain(given.kw.iter().map(|(_, v)| v)).cloned().collect();
        let (first, n) = self.run_of(&values);
        let names = self.kw_names(&given.kw);
        let result =
            self.rt_value(Rt::call_method, vec![operand, name, Operand::Reg(first), Operand::Imm(n), names]);
        match method_result(&receiver.ty, &attr.name) {
            Some(ty) => self.taken_for(result, &ty),
            None => result,
        }
    }
}

/// Is nothing known of it.
fn is_opaque(ty: &Ty) -> bool {
    match ty {
        Ty::Any => true,
        Ty::List(item) => **item == Ty::Any,
        Ty::Tuple(items) => items.iter().any(is_opaque),
        _ => false,
    }
}

/// The type of what a method of text gives.
fn method_result(receiver: &Ty, name: &str) -> Option<Ty> {
    if let (Ty::List(_), "index" | "count") = (receiver, name) {
        return Some(Ty::Int);
    }
    if *receiver != Ty::Str {
        return None;
    }
    match name {
        "split" | "rsplit" | "splitlines" => Some(Ty::list(Ty::Str)),
        "partition" | "rpartition" => Some(Ty::tuple(vec![Ty::Str; 3])),
        "upper" | "lower" | "strip" | "lstrip" | "rstrip" | "replace" | "join" | "title" | "capitalize"
        | "swapcase" | "center" | "ljust" | "rjust" | "zfill" | "format" | "casefold" | "expandtabs"
        | "removeprefix" | "removesuffix" | "translate" => Some(Ty::Str),
        "find" | "rfind" | "index" | "rindex" | "count" => Some(Ty::Int),
        "startswith" | "endswith" | "isdigit" | "isalpha" | "isalnum" | "isupper" | "islower" | "isspace"
        | "isdecimal" | "isnumeric" | "isidentifier" | "isascii" | "isprintable" | "istitle" => {
            Some(Ty::Bool)
        }
        _ => None,
    }
}
