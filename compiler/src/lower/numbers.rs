//! Arithmetic and comparison: machine instructions where the types allow it, the runtime where they do not.

use super::{Lower, Part, Val};
use crate::ir::{CheckedOp, Cmp, FloatFn, FloatOp, FloatUnary, Inst, IntOp, Lasts, Operand, Term, VReg};
use crate::types::{Reg, Ty, join};
use afar_lang::ast::{BinOp, CmpOp, NodeId, UnaryOp};
use afar_runtime::abi::Rt;

/// No list is longer: there are not so many addresses.
const MAX_LEN: i64 = 1 << 48;

/// The number by which the runtime knows an operator.
pub(super) fn op_number(op: BinOp) -> i64 {
    match op {
        BinOp::Add => 0,
        BinOp::Sub => 1,
        BinOp::Mul => 2,
        BinOp::Div => 3,
        BinOp::FloorDiv => 4,
        BinOp::Mod => 5,
        BinOp::Pow => 6,
        BinOp::MatMul => 7,
        BinOp::LShift => 8,
        BinOp::RShift => 9,
        BinOp::BitAnd => 10,
        BinOp::BitOr => 11,
        BinOp::BitXor => 12,
    }
}

impl Lower<'_, '_> {
    /// An int or bool as an int in a register.
    pub(super) fn as_int(&mut self, value: &Val) -> VReg {
        match (&value.ty, value.reg()) {
            (Ty::Bool, Some(reg)) => {
                let out = self.func.reg(Reg::Int);
                self.emit(Inst::BoolToInt(out, reg));
                out
            }
            (_, Some(reg)) => reg,
            (_, None) => self.int(0),
        }
    }

    /// A number as a float in a register.
    pub(super) fn as_float(&mut self, value: &Val) -> VReg {
        if let (Ty::Float, Some(reg)) = (&value.ty, value.reg()) {
            return reg;
        }
        let out = self.func.reg(Reg::Float);
        if let Some(n) = self.known_int(value).filter(|n| n.unsigned_abs() <= 1 << 53) {
            #[expect(clippy::cast_precision_loss, reason = "at most 53 bits")]
            self.emit(Inst::Float(out, n as f64));
            return out;
        }
        let int = self.as_int(value);
        self.emit(Inst::IntToFloat(out, int));
        out
    }

    pub(super) fn known_int(&self, value: &Val) -> Option<i64> {
        let reg = value.reg()?;
        // A constant was just emitted into the current block.
        self.func.blocks[self.current.0 as usize].insts.iter().rev().take(8).find_map(|inst| match inst {
            Inst::Int(r, n) if *r == reg => Some(*n),
            _ => None,
        })
    }

    pub(super) fn binary(&mut self, op: BinOp, a: Val, b: Val, node: NodeId) -> Val {
        if self.dead || a.ty == Ty::Never || b.ty == Ty::Never {
            return self.never();
        }
        if let Some(value) = self.word_binary(op, &a, &b) {
            return value;
        }
        if a.ty.is_number() && b.ty.is_number() && !self.boxed() {
            if a.ty != Ty::Float && b.ty != Ty::Float {
                return self.int_binary(op, &a, &b, node);
            }
            if let Some(value) = self.float_binary(op, &a, &b) {
                return value;
            }
            if let Some(value) = self.float_pow(op, &a, &b, node) {
                return value;
            }
        }
        if op == BinOp::Mod
            && !self.boxed()
            && let Some(text) = self.percent(&a, &b)
        {
            return text;
        }
        self.boxed_binary(op, &a, &b)
    }

    /// Nothing comes here.
    pub(super) fn never(&mut self) -> Val {
        if !self.dead {
            self.end(Term::Unreachable);
        }
        Val::never()
    }

    fn boxed_binary(&mut self, op: BinOp, a: &Val, b: &Val) -> Val {
        let ty = match (op, &a.ty, &b.ty) {
            (BinOp::Add, Ty::Str, Ty::Str) => Some(Ty::Str),
            (BinOp::Add, Ty::List(_), Ty::List(_)) => Some(join(&a.ty, &b.ty)),
            (BinOp::Mul, Ty::List(_) | Ty::Str, Ty::Int | Ty::Bool) => Some(a.ty.clone()),
            (BinOp::Mul, Ty::Int | Ty::Bool, Ty::List(_) | Ty::Str) => Some(b.ty.clone()),
            (BinOp::Mod, Ty::Str, _) => Some(Ty::Str),
            (BinOp::Add | BinOp::Sub | BinOp::Mul | BinOp::Div, Ty::Float, Ty::Int | Ty::Float) => {
                Some(Ty::Float)
            }
            _ => None,
        };
        if op == BinOp::Add
            && let (Ty::Tuple(_), Ty::Tuple(_)) = (&a.ty, &b.ty)
            && let (Some(x), Some(y)) = (a.items(), b.items())
        {
            let all: Vec<Val> = x.into_iter().chain(y).collect();
            let tuple = Val::tuple(&all);
            if tuple.ty.clone().capped() != Ty::Any {
                return tuple;
            }
        }
        if ty.is_none()
            && let Some(value) = self.quick_binary(op, op_number(op), a, b)
        {
            return value;
        }
        let (x, y) = (self.boxed_operand(a), self.boxed_operand(b));
        let out = self.rt_value(Rt::binary, vec![Operand::Imm(op_number(op)), x, y]);
        match ty {
            Some(Ty::Float) => self.unbox(Self::part_operand(out.parts[0]), &Ty::Float),
            Some(ty) => out.typed(ty),
            None => out,
        }
    }

    fn int_binary(&mut self, op: BinOp, a: &Val, b: &Val, node: NodeId) -> Val {
        if a.ty == Ty::Bool && b.ty == Ty::Bool && matches!(op, BinOp::BitAnd | BinOp::BitOr | BinOp::BitXor)
        {
            let (x, y) = (self.as_int(a), self.as_int(b));
            let bits = self.func.reg(Reg::Int);
            self.emit(Inst::IntOp { op: bit_op(op), dst: bits, a: x, b: Operand::Reg(y) });
            let out = self.func.reg(Reg::Bool);
            self.emit(Inst::IntToBool(out, bits));
            return Val::bool(out);
        }
        let known = self.known_int(b);
        let site = self.site(node);
        if self.comp.is_wide(site) && !matches!(op, BinOp::BitAnd | BinOp::BitOr | BinOp::BitXor) {
            return self.boxed_binary(op, a, b);
        }
        let (x, y) = (self.as_int(a), self.as_int(b));
        let checked = match op {
            BinOp::Add => Some(CheckedOp::Add),
            BinOp::Sub => Some(CheckedOp::Sub),
            BinOp::Mul => Some(CheckedOp::Mul),
            BinOp::LShift if known.is_some_and(|n| (0..63).contains(&n)) => Some(CheckedOp::Shl),
            _ => None,
        };
        let out = self.func.reg(Reg::Int);
        if let Some(op) = checked {
            self.emit(Inst::Checked { op, dst: out, a: x, b: y, site });
            return Val::int(out);
        }
        match op {
            BinOp::FloorDiv | BinOp::Mod => {
                let loc = self.place();
                let (is_mod, by) = (op == BinOp::Mod, crate::ir::Quotient::Any);
                self.emit(Inst::Divide { is_mod, by, dst: out, a: x, b: y, site, loc });
                Val::int(out)
            }
            BinOp::BitAnd | BinOp::BitOr | BinOp::BitXor => {
                self.emit(Inst::IntOp { op: bit_op(op), dst: out, a: x, b: Operand::Reg(y) });
                Val::int(out)
            }
            BinOp::RShift if known.is_some_and(|n| (0..64).contains(&n)) => {
                self.emit(Inst::IntOp { op: IntOp::Sar, dst: out, a: x, b: Operand::Reg(y) });
                Val::int(out)
            }
            BinOp::Div => Val::float(self.rt_float(Rt::int_div, vec![Operand::Reg(x), Operand::Reg(y)])),
            BinOp::Pow if known == Some(2) => {
                self.emit(Inst::Checked { op: CheckedOp::Mul, dst: out, a: x, b: x, site });
                Val::int(out)
            }
            BinOp::Pow => self.rt_site_int(Rt::int_pow, x, y, site),
            BinOp::LShift => self.rt_site_int(Rt::int_shl, x, y, site),
            BinOp::RShift => self.rt_site_int(Rt::int_shr, x, y, site),
            _ => self.boxed_binary(op, a, b),
        }
    }

    fn rt_site_int(&mut self, rt: Rt, x: VReg, y: VReg, site: u32) -> Val {
        let args = vec![Operand::Reg(x), Operand::Reg(y), Operand::Imm(i64::from(site))];
        Val::int(self.rt_int(rt, args))
    }

    pub(super) fn float_binary(&mut self, op: BinOp, a: &Val, b: &Val) -> Option<Val> {
        let float_op = match op {
            BinOp::Add => FloatOp::Add,
            BinOp::Sub => FloatOp::Sub,
            BinOp::Mul => FloatOp::Mul,
            BinOp::Div => FloatOp::Div,
            BinOp::FloorDiv | BinOp::Mod => {
                let (x, y) = (self.as_float(a), self.as_float(b));
                let rt = if op == BinOp::Mod { Rt::float_mod } else { Rt::float_floordiv };
                return Some(Val::float(self.rt_float(rt, vec![Operand::Reg(x), Operand::Reg(y)])));
            }
            _ => return None,
        };
        let (x, y) = (self.as_float(a), self.as_float(b));
        if op == BinOp::Div {
            self.check_float_divisor(y);
        }
        let out = self.func.reg(Reg::Float);
        self.emit(Inst::FloatOp { op: float_op, dst: out, a: x, b: y });
        Some(Val::float(out))
    }

    /// `a ** b` where one is a float: a float, but for a negative number to a power that is not whole.
    fn float_pow(&mut self, op: BinOp, a: &Val, b: &Val, node: NodeId) -> Option<Val> {
        let site = if op == BinOp::Pow { self.site(node) } else { return None };
        if self.comp.is_wide(site) {
            return None;
        }
        let (x, y) = (self.as_float(a), self.as_float(b));
        let args = vec![Operand::Reg(x), Operand::Reg(y), Operand::Imm(i64::from(site))];
        let (zero, is_positive) = (self.func.reg(Reg::Float), self.func.reg(Reg::Bool));
        self.emit(Inst::Float(zero, 0.0));
        self.emit(Inst::FloatCmp { cmp: Cmp::Gt, dst: is_positive, a: x, b: zero });
        Some(self.float_call((FloatFn::Pow, x, Some(y)), Some(is_positive), (Rt::float_pow, args)))
    }

    fn check_float_divisor(&mut self, divisor: VReg) {
        let known =
            self.func.blocks[self.current.0 as usize].insts.iter().rev().take(6).find_map(
                |inst| match inst {
                    Inst::Float(r, x) if *r == divisor => Some(*x),
                    _ => None,
                },
            );
        if known.is_some_and(|x| x != 0.0) {
            return;
        }
        let zero = self.func.reg(Reg::Float);
        self.emit(Inst::Float(zero, 0.0));
        let is_zero = self.func.reg(Reg::Bool);
        self.emit(Inst::FloatCmp { cmp: Cmp::Eq, dst: is_zero, a: divisor, b: zero });
        let (bad, good) = (self.new_block(), self.new_block());
        self.branch(is_zero, bad, good);
        self.enter(bad);
        self.rt(Rt::raise_float_zero, vec![]);
        self.end(Term::Unreachable);
        self.enter(good);
    }

    pub(super) fn unary(&mut self, op: UnaryOp, value: Val, node: NodeId) -> Val {
        if self.dead || value.ty == Ty::Never {
            return self.never();
        }
        if !self.boxed() {
            match (op, &value.ty) {
                (UnaryOp::Neg, Ty::Float) => {
                    let x = self.as_float(&value);
                    let out = self.func.reg(Reg::Float);
                    self.emit(Inst::FloatUnary { op: FloatUnary::Neg, dst: out, a: x });
                    return Val::float(out);
                }
                (UnaryOp::Pos, Ty::Float | Ty::Int) => return value,
                (UnaryOp::Pos, Ty::Bool) => return Val::int(self.as_int(&value)),
                (UnaryOp::Neg, Ty::Int | Ty::Bool) => {
                    if let Some(n) = self.known_int(&value).and_then(i64::checked_neg) {
                        return Val::int(self.int(n));
                    }
                    let site = self.site(node);
                    if !self.comp.is_wide(site) {
                        let x = self.as_int(&value);
                        let zero = self.int(0);
                        let out = self.func.reg(Reg::Int);
                        self.emit(Inst::Checked { op: CheckedOp::Sub, dst: out, a: zero, b: x, site });
                        return Val::int(out);
                    }
                }
                (UnaryOp::Invert, Ty::Int | Ty::Bool) => {
                    let x = self.as_int(&value);
                    let out = self.func.reg(Reg::Int);
                    self.emit(Inst::IntOp { op: IntOp::Xor, dst: out, a: x, b: Operand::Imm(-1) });
                    return Val::int(out);
                }
                _ => {}
            }
        }
        let number = match op {
            UnaryOp::Neg => 0,
            UnaryOp::Pos => 1,
            UnaryOp::Invert | UnaryOp::Not => 2,
        };
        let operand = self.boxed_operand(&value);
        self.rt_value(Rt::unary, vec![Operand::Imm(number), operand])
    }

    pub(super) fn compare(&mut self, op: CmpOp, a: &Val, b: &Val) -> Val {
        if self.dead || a.ty == Ty::Never || b.ty == Ty::Never {
            return self.never();
        }
        let cmp = match op {
            CmpOp::Is | CmpOp::IsNot => return self.identity(op == CmpOp::Is, a, b),
            CmpOp::In | CmpOp::NotIn => {
                let (item, container) = (self.boxed_operand(a), self.boxed_operand(b));
                let flag = self.rt_bool(Rt::contains, vec![container, item]);
                return self.flag(flag, op == CmpOp::In);
            }
            CmpOp::Eq => Cmp::Eq,
            CmpOp::NotEq => Cmp::Ne,
            CmpOp::Lt => Cmp::Lt,
            CmpOp::LtE => Cmp::Le,
            CmpOp::Gt => Cmp::Gt,
            CmpOp::GtE => Cmp::Ge,
        };
        if let Some(flag) = self.compare_words(cmp, a, b) {
            return Val::bool(flag);
        }
        if a.ty.is_number()
            && b.ty.is_number()
            && let Some(flag) = self.compare_numbers(cmp, a, b)
        {
            return Val::bool(flag);
        }
        let number = match cmp {
            Cmp::Eq => 0,
            Cmp::Ne => 1,
            Cmp::Lt => 2,
            Cmp::Le => 3,
            Cmp::Gt => 4,
            Cmp::Ge => 5,
        };
        if let Some(value) = self.quick_compare(cmp, number, a, b) {
            return value;
        }
        let gives_bool = (plain(&a.ty) || self.is_text(a)) && (plain(&b.ty) || self.is_text(b));
        let are_texts = self.is_text(a) && self.is_text(b);
        let (x, y) = (self.boxed_operand(a), self.boxed_operand(b));
        if let (true, Cmp::Eq | Cmp::Ne) = (are_texts, cmp) {
            let flag = self.rt_bool(Rt::text_eq, vec![x, y]);
            return self.flag(flag, cmp == Cmp::Eq);
        }
        let args = vec![Operand::Imm(number), x, y];
        if gives_bool {
            return Val::bool(self.rt_bool(Rt::compare_bool, args));
        }
        self.rt_value(Rt::compare, args)
    }

    /// Is it certainly a text.
    fn is_text(&self, value: &Val) -> bool {
        match value.ty {
            Ty::Str => true,
            Ty::Const(id) => self.comp.const_value(id).as_str().is_some(),
            _ => false,
        }
    }

    fn compare_numbers(&mut self, cmp: Cmp, a: &Val, b: &Val) -> Option<VReg> {
        let out = self.func.reg(Reg::Bool);
        if a.ty != Ty::Float && b.ty != Ty::Float {
            let (x, y) = (self.as_int(a), self.as_int(b));
            self.emit(Inst::IntCmp { cmp, dst: out, a: x, b: Operand::Reg(y) });
            return Some(out);
        }
        let exact = |s: &Self, v: &Val| {
            v.ty != Ty::Int || s.known_int(v).is_some_and(|n| n.unsigned_abs() <= 1 << 53)
        };
        if exact(self, a) && exact(self, b) {
            let (x, y) = (self.as_float(a), self.as_float(b));
            self.emit(Inst::FloatCmp { cmp, dst: out, a: x, b: y });
            return Some(out);
        }
        None
    }

    fn flag(&mut self, flag: VReg, positive: bool) -> Val {
        if positive {
            return Val::bool(flag);
        }
        let out = self.func.reg(Reg::Bool);
        self.emit(Inst::Not(out, flag));
        Val::bool(out)
    }

    fn identity(&mut self, positive: bool, a: &Val, b: &Val) -> Val {
        let known = match (&a.ty, &b.ty) {
            (Ty::None, Ty::None) => Some(true),
            (Ty::None, t) | (t, Ty::None) if !matches!(t, Ty::Any) => Some(false),
            _ => None,
        };
        if let Some(known) = known {
            let out = self.func.reg(Reg::Bool);
            self.emit(Inst::Bool(out, known == positive));
            return Val::bool(out);
        }
        if a.ty == Ty::None || b.ty == Ty::None {
            let value = self.boxed_operand(if a.ty == Ty::None { b } else { a });
            let out = self.func.reg(Reg::Bool);
            self.emit(Inst::HasTag { dst: out, value, tag: 1 });
            return self.flag(out, positive);
        }
        let (x, y) = (self.boxed_operand(a), self.boxed_operand(b));
        let flag = self.rt_bool(Rt::is_same, vec![x, y]);
        self.flag(flag, positive)
    }

    /// The address of what a boxed value refers to, past its count.
    fn payload(&mut self, value: &Val) -> VReg {
        let out = self.func.reg(Reg::Int);
        let address = self.func.reg(Reg::Int);
        let operand = Self::part_operand(value.parts[0]);
        self.emit(Inst::Address(address, operand));
        self.emit(Inst::Load { dst: out, address, offset: 8, lasts: self.lasts(value.parts[0]) });
        out
    }

    /// How long the parts of a value stay what they are: for as long as this function runs, where it is a constant, or whoever
    /// called keeps it.
    fn lasts(&self, part: Part) -> Lasts {
        match part {
            Part::Const(_) => Lasts::Call,
            Part::Address(address) if self.steady.contains(&address) => Lasts::Call,
            Part::Address(_) | Part::Reg(_) | Part::Temp(_) | Part::Var(_) => Lasts::Value,
        }
    }

    /// The number of items of a list.
    pub(super) fn list_len(&mut self, list: &Val) -> VReg {
        if list.ty == Ty::Str {
            let text = self.boxed_operand(list);
            return self.rt_int(Rt::len, vec![text]);
        }
        if let Part::Const(id) = list.parts[0]
            && let afar_runtime::Value::List(l) = self.comp.const_value(id)
        {
            let n = i64::try_from(l.len()).unwrap_or(i64::MAX);
            return self.int(n);
        }
        let object = self.payload(list);
        let out = self.func.reg(Reg::Int);
        self.emit(Inst::Load {
            dst: out,
            address: object,
            offset: crate::layout::LIST_LEN,
            lasts: self.lasts(list.parts[0]),
        });
        self.emit(Inst::Known { reg: out, lo: 0, hi: MAX_LEN });
        out
    }

    /// The address of the first item of a list of a known stored form.
    pub(super) fn list_data(&mut self, list: &Val) -> VReg {
        let object = self.payload(list);
        let out = self.func.reg(Reg::Int);
        self.emit(Inst::Load {
            dst: out,
            address: object,
            offset: crate::layout::LIST_DATA,
            lasts: self.lasts(list.parts[0]),
        });
        out
    }

    /// `list[index]` for a list of a known stored form.
    pub(super) fn list_item(&mut self, list: &Val, item: &Ty, index: &Val) -> Val {
        let len = self.list_len(list);
        // Before the check, so that both are known to be good wherever the one is.
        let data = (list.ty != Ty::Str && *item != Ty::Any).then(|| self.list_data(list));
        let index = self.as_int(index);
        let sign = self.func.reg(Reg::Int);
        self.emit(Inst::IntOp { op: IntOp::Sar, dst: sign, a: index, b: Operand::Imm(63) });
        let wrap = self.func.reg(Reg::Int);
        self.emit(Inst::IntOp { op: IntOp::And, dst: wrap, a: sign, b: Operand::Reg(len) });
        let at = self.func.reg(Reg::Int);
        self.emit(Inst::IntOp { op: IntOp::Add, dst: at, a: index, b: Operand::Reg(wrap) });
        let inside = self.func.reg(Reg::Bool);
        self.emit(Inst::Below { dst: inside, a: at, b: len });
        let (good, bad) = (self.new_block(), self.new_block());
        self.branch(inside, good, bad);
        self.enter(bad);
        self.rt(Rt::raise_list_index, vec![]);
        self.end(Term::Unreachable);
        self.enter(good);
        match data {
            Some(data) => self.item_at(data, item, at),
            None => self.list_item_unchecked(list, item, at),
        }
    }

    /// The item of a list of a known stored form at an index that is known to be inside.
    pub(super) fn list_item_unchecked(&mut self, list: &Val, item: &Ty, at: VReg) -> Val {
        if list.ty == Ty::Str {
            let text = self.boxed_operand(list);
            return self.rt_value(Rt::char_at, vec![text, Operand::Reg(at)]).typed(Ty::Str);
        }
        if *item == Ty::Any {
            let list = self.boxed_operand(list);
            return self.rt_value(Rt::list_at, vec![list, Operand::Reg(at)]);
        }
        let data = self.list_data(list);
        self.item_at(data, item, at)
    }

    /// The item at an index from the address of the first one.
    pub(super) fn item_at(&mut self, data: VReg, item: &Ty, at: VReg) -> Val {
        if let Some(form) = item.row() {
            return self.row_at(data, item, at, form.width());
        }
        let shift = if matches!(item, Ty::Int | Ty::Float) { 3 } else { 4 };
        let scaled = self.func.reg(Reg::Int);
        self.emit(Inst::IntOp { op: IntOp::Shl, dst: scaled, a: at, b: Operand::Imm(shift) });
        let address = self.func.reg(Reg::Int);
        self.emit(Inst::IntOp { op: IntOp::Add, dst: address, a: data, b: Operand::Reg(scaled) });
        match item {
            Ty::Int | Ty::Float => {
                let out = self.func.reg(item.regs()[0]);
                self.emit(Inst::Load { dst: out, address, offset: 0, lasts: Lasts::Value });
                Val { ty: item.clone(), parts: vec![Part::Reg(out)] }
            }
            _ => self.unbox(Operand::Reg(address), item),
        }
    }
}

impl Lower<'_, '_> {
    /// The row at an index from the address of the first one, of so many words.
    fn row_at(&mut self, data: VReg, item: &Ty, at: VReg, width: usize) -> Val {
        let bytes = i64::try_from(width * 8).unwrap_or(0);
        let scaled = self.func.reg(Reg::Int);
        self.emit(Inst::IntOp { op: IntOp::Mul, dst: scaled, a: at, b: Operand::Imm(bytes) });
        let address = self.func.reg(Reg::Int);
        self.emit(Inst::IntOp { op: IntOp::Add, dst: address, a: data, b: Operand::Reg(scaled) });
        let mut offset = 0;
        let mut parts = Vec::new();
        for kind in item.regs() {
            let word = self.func.reg(if kind == Reg::Bool { Reg::Int } else { kind });
            self.emit(Inst::Load { dst: word, address, offset, lasts: Lasts::Value });
            offset += 8;
            parts.push(Part::Reg(if kind == Reg::Bool {
                let flag = self.func.reg(Reg::Bool);
                self.emit(Inst::IntToBool(flag, word));
                flag
            } else {
                word
            }));
        }
        Val { ty: item.clone(), parts }
    }

    /// Adds a row to the list in a slot, where the value is one.
    pub(super) fn push_row(&mut self, slot: VReg, value: &Val) -> bool {
        let Some(form) = value.ty.row() else { return false };
        let form = Operand::Imm(i64::from(afar_runtime::collections::rows::form_id(&form)));
        let address = self.rt_int(Rt::list_add_row, vec![Operand::Reg(slot), form]);
        self.write_words(value, address);
        true
    }

    /// Writes the numbers and booleans of a value at an address: how many bytes.
    pub(super) fn write_words(&mut self, value: &Val, address: VReg) -> i64 {
        let mut offset = 0;
        for part in &value.parts {
            let Part::Reg(reg) = *part else { continue };
            let src = if self.func.kind_of(reg) == Reg::Bool {
                let word = self.func.reg(Reg::Int);
                self.emit(Inst::BoolToInt(word, reg));
                word
            } else {
                reg
            };
            self.emit(Inst::Store { src, address, offset });
            offset += 8;
        }
        i64::from(offset)
    }
}

fn bit_op(op: BinOp) -> IntOp {
    match op {
        BinOp::BitAnd => IntOp::And,
        BinOp::BitOr => IntOp::Or,
        _ => IntOp::Xor,
    }
}

/// Does a comparison of such values give a bool.
fn plain(ty: &Ty) -> bool {
    match ty {
        Ty::None | Ty::Bool | Ty::Int | Ty::Word | Ty::Float | Ty::Str | Ty::Range => true,
        Ty::Tuple(items) => items.iter().all(plain),
        Ty::List(item) => plain(item) || **item == Ty::Never,
        Ty::Never | Ty::Const(_) | Ty::Closure(_) | Ty::Cell | Ty::Any => false,
    }
}
