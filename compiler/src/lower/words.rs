//! Words of 64 bits: what a mask gives, as in hashes and generators of random numbers.
//!
//! Under a mask of at most 64 bits, sums, differences, products and shifts to the left need their lowest 64 bits alone, so they
//! wrap without a check. A result that may be 2**63 or more is a word. Where ints meet words, code checks that they are not
//! negative; where a word is wanted as an int of 64 bits, that it fits. What fails such a check is run again without words.

use super::{Lower, Val};
use crate::ir::{Cmp, FloatOp, Inst, IntOp, Operand, Quotient, Term, VReg};
use crate::types::{Reg, Ty, join, join_words};
use afar_lang::ast::{BinOp, Expr, ExprKind, NodeId, UnaryOp};
use afar_runtime::Value;
use afar_runtime::abi::Rt;
use afar_runtime::number::word_of;

impl<'t> Lower<'_, 't> {
    /// The site that all checks of words in this function belong to.
    pub(super) fn word_site(&mut self) -> u32 {
        self.comp.site(self.code_id, NodeId(u32::MAX))
    }

    /// The least type that both belong to.
    pub(super) fn join(&self, a: &Ty, b: &Ty) -> Ty {
        if self.words { join_words(a, b) } else { join(a, b) }
    }

    /// `left & right`, where one is a mask and the other may wrap under it.
    pub(super) fn masked(&mut self, op: BinOp, left: &'t Expr, right: &'t Expr) -> Option<Val> {
        if op != BinOp::BitAnd || self.boxed() || !self.words {
            return None;
        }
        let (mask, other) = match (self.mask(left), self.mask(right)) {
            (None, Some(mask)) => (mask, left),
            (Some(mask), None) => (mask, right),
            _ => return None,
        };
        if !may_wrap(other) {
            return None;
        }
        let start = self.snapshot();
        let Some(word) = self.modular(other) else {
            self.roll_back(&start);
            return None;
        };
        Some(self.under_mask(word, mask))
    }

    fn under_mask(&mut self, word: VReg, mask: u64) -> Val {
        if mask == u64::MAX {
            return Val::word(word);
        }
        let out = self.func.reg(Reg::Int);
        self.emit(Inst::IntOp { op: IntOp::And, dst: out, a: word, b: Operand::Imm(mask.cast_signed()) });
        if mask >> 63 == 0 { Val::int(out) } else { Val::word(out) }
    }

    /// The number that an expression certainly is, where that is a mask: a literal, or a name that does not change.
    fn mask(&mut self, expr: &'t Expr) -> Option<u64> {
        if let Some(value) = self.fold(expr) {
            return word_of(&value);
        }
        match &expr.kind {
            ExprKind::Constant(afar_lang::ast::Constant::Int(n)) => u64::try_from(*n).ok(),
            ExprKind::Constant(afar_lang::ast::Constant::BigInt(digits)) => {
                u64::from_str_radix(digits, 16).ok()
            }
            ExprKind::Name(name) if self.find_var(name).is_none() => {
                let code = self.code.clone();
                let id = self.comp.global_constant(&code, name)?;
                word_of(self.comp.const_value(id))
            }
            _ => None,
        }
    }

    /// The lowest 64 bits of an int.
    fn modular(&mut self, expr: &'t Expr) -> Option<VReg> {
        let is_there = self.later.as_ref().is_some_and(|(node, _)| *node == expr.id);
        match &expr.kind {
            ExprKind::Binary { op, left, right } if wraps(*op) && !is_there => {
                let x = self.modular(left)?;
                let y = self.modular(right)?;
                let op = match op {
                    BinOp::Add => IntOp::Add,
                    BinOp::Sub => IntOp::Sub,
                    BinOp::Mul => IntOp::Mul,
                    BinOp::BitAnd => IntOp::And,
                    BinOp::BitOr => IntOp::Or,
                    _ => IntOp::Xor,
                };
                Some(self.int_op(op, x, Operand::Reg(y)))
            }
            ExprKind::Binary { op: BinOp::LShift, left, right } if !is_there => {
                let by = self.mask(right).filter(|by| *by < 64)?;
                let x = self.modular(left)?;
                Some(self.int_op(IntOp::Shl, x, Operand::Imm(by.cast_signed())))
            }
            ExprKind::Unary { op: UnaryOp::Neg, operand } if !is_there => {
                let x = self.modular(operand)?;
                let zero = self.int(0);
                Some(self.int_op(IntOp::Sub, zero, Operand::Reg(x)))
            }
            ExprKind::Unary { op: UnaryOp::Invert, operand } if !is_there => {
                let x = self.modular(operand)?;
                Some(self.int_op(IntOp::Xor, x, Operand::Imm(-1)))
            }
            _ => {
                if let Some(word) = self.mask(expr) {
                    return Some(self.int(word.cast_signed()));
                }
                let value = self.eval(expr);
                if self.dead {
                    return None;
                }
                match value.ty {
                    Ty::Word => value.reg(),
                    Ty::Int | Ty::Bool => Some(self.as_int(&value)),
                    _ => None,
                }
            }
        }
    }

    fn int_op(&mut self, op: IntOp, a: VReg, b: Operand) -> VReg {
        let dst = self.func.reg(Reg::Int);
        self.emit(Inst::IntOp { op, dst, a, b });
        dst
    }

    /// Arithmetic with a word; none where it is none, or is done boxed.
    pub(super) fn word_binary(&mut self, op: BinOp, a: &Val, b: &Val) -> Option<Val> {
        if a.ty != Ty::Word && b.ty != Ty::Word {
            return None;
        }
        if a.ty == Ty::Word && self.is_whole(b) {
            let known = self.known_int(b);
            match op {
                BinOp::RShift => {
                    let by = known.filter(|n| (0..64).contains(n))?;
                    let out = self.int_op(IntOp::Shr, a.reg()?, Operand::Imm(by));
                    return Some(if by == 0 { Val::word(out) } else { Val::int(out) });
                }
                BinOp::Mod => return self.word_divide(true, a, b),
                BinOp::FloorDiv if known.is_some_and(|n| n >= 2) => return self.word_divide(false, a, b),
                _ => {}
            }
        }
        if let Some(value) = self.word_as_float(op, a, b) {
            return Some(value);
        }
        let op = match op {
            BinOp::BitAnd => IntOp::And,
            BinOp::BitOr => IntOp::Or,
            BinOp::BitXor => IntOp::Xor,
            _ => return None,
        };
        // A constant that is no int of 64 bits has the highest bit set, as a word may have.
        let may_be_large = |v: &Val| matches!(v.ty, Ty::Word | Ty::Any);
        let is_word = may_be_large(a) && may_be_large(b) || op != IntOp::And;
        let (x, y) = (self.as_word(a)?, self.as_word(b)?);
        let out = self.int_op(op, x, Operand::Reg(y));
        Some(if is_word { Val::word(out) } else { Val::int(out) })
    }

    /// Arithmetic of a word and a float; and a word divided by a power of two, which is exact once the word is rounded.
    fn word_as_float(&mut self, op: BinOp, a: &Val, b: &Val) -> Option<Val> {
        if op == BinOp::Div
            && let Some(by) = self.power_of_two(b)
        {
            let x = self.word_to_float(a)?;
            let scale = self.func.reg(Reg::Float);
            self.emit(Inst::Float(scale, 1.0 / by));
            let out = self.func.reg(Reg::Float);
            self.emit(Inst::FloatOp { op: FloatOp::Mul, dst: out, a: x, b: scale });
            return Some(Val::float(out));
        }
        let is_simple = matches!(op, BinOp::Add | BinOp::Sub | BinOp::Mul | BinOp::Div);
        let (x, y) = match (&a.ty, &b.ty) {
            (Ty::Word, Ty::Float) if is_simple => (Val::float(self.word_to_float(a)?), b.clone()),
            (Ty::Float, Ty::Word) if is_simple => (a.clone(), Val::float(self.word_to_float(b)?)),
            _ => return None,
        };
        self.float_binary(op, &x, &y)
    }

    fn word_to_float(&mut self, word: &Val) -> Option<VReg> {
        if word.ty != Ty::Word {
            return None;
        }
        let args = vec![Operand::Reg(word.reg()?)];
        Some(self.rt_float(Rt::word_to_float, args))
    }

    /// The constant that a value is, where that is a power of two that the product with a word of 64 bits can be divided by exactly.
    fn power_of_two(&self, value: &Val) -> Option<f64> {
        let n = match (self.known_int(value), value.parts.first()) {
            (Some(n), _) => u128::try_from(n).ok()?,
            (None, Some(super::Part::Const(id))) => match self.comp.const_value(*id) {
                Value::BigInt(n) => u128::try_from(&**n).ok()?,
                _ => return None,
            },
            _ => return None,
        };
        #[expect(clippy::cast_precision_loss, reason = "a power of two is exact")]
        n.is_power_of_two().then_some(n as f64)
    }

    fn is_whole(&self, value: &Val) -> bool {
        matches!(value.ty, Ty::Int | Ty::Bool)
    }

    /// Division of a word by an int that has to be positive.
    fn word_divide(&mut self, is_mod: bool, a: &Val, b: &Val) -> Option<Val> {
        if !self.words {
            return None;
        }
        let (x, y) = (a.reg()?, self.as_int(b));
        let site = self.word_site();
        self.sites.push(site);
        if self.known_int(b).is_none_or(|n| n <= 0) {
            let good = self.func.reg(Reg::Bool);
            self.emit(Inst::IntCmp { cmp: Cmp::Gt, dst: good, a: y, b: Operand::Imm(0) });
            self.widen_unless(good, site);
        }
        let (out, loc) = (self.func.reg(Reg::Int), self.place());
        self.emit(Inst::Divide { is_mod, by: Quotient::Unsigned, dst: out, a: x, b: y, site, loc });
        Some(Val::int(out))
    }

    /// An int as a word; none where ints are not taken for words here.
    pub(super) fn as_word(&mut self, value: &Val) -> Option<VReg> {
        match value.ty {
            Ty::Word => value.reg(),
            Ty::Bool => Some(self.as_int(value)),
            Ty::Int if self.known_int(value).is_some_and(|n| n >= 0) => value.reg(),
            Ty::Int if self.words => {
                let x = value.reg()?;
                let site = self.word_site();
                self.sites.push(site);
                let good = self.func.reg(Reg::Bool);
                self.emit(Inst::IntCmp { cmp: Cmp::Ge, dst: good, a: x, b: Operand::Imm(0) });
                self.widen_unless(good, site);
                Some(x)
            }
            Ty::Any => match value.parts.first() {
                Some(super::Part::Const(id)) => {
                    let word = word_of(self.comp.const_value(*id))?;
                    Some(self.int(word.cast_signed()))
                }
                _ => None,
            },
            _ => None,
        }
    }

    /// Goes on where this holds; else the site is wide.
    fn widen_unless(&mut self, good: VReg, site: u32) {
        let handler = self.func.blocks[self.current.0 as usize].handler;
        let (go, bad) = (self.new_block(), self.new_block());
        self.func.blocks[go.0 as usize].handler = handler;
        self.func.blocks[bad.0 as usize].is_cold = true;
        self.seal(self.current, Term::Branch { cond: good, then: go, orelse: bad });
        self.seal(bad, Term::Widen { site });
        self.current = go;
    }

    /// Comparison with a word.
    pub(super) fn compare_words(&mut self, cmp: Cmp, a: &Val, b: &Val) -> Option<VReg> {
        if (a.ty != Ty::Word && b.ty != Ty::Word) || self.boxed() {
            return None;
        }
        let (x, y) = (self.as_word(a)?, self.as_word(b)?);
        let out = self.func.reg(Reg::Bool);
        if matches!(cmp, Cmp::Eq | Cmp::Ne) {
            self.emit(Inst::IntCmp { cmp, dst: out, a: x, b: Operand::Reg(y) });
            return Some(out);
        }
        // With the sign bit turned, the order of words is that of ints.
        let x = self.int_op(IntOp::Xor, x, Operand::Imm(i64::MIN));
        let y = self.int_op(IntOp::Xor, y, Operand::Imm(i64::MIN));
        self.emit(Inst::IntCmp { cmp, dst: out, a: x, b: Operand::Reg(y) });
        Some(out)
    }
}

/// Does the result need the lowest bits of the operands alone.
fn wraps(op: BinOp) -> bool {
    matches!(op, BinOp::Add | BinOp::Sub | BinOp::Mul | BinOp::BitAnd | BinOp::BitOr | BinOp::BitXor)
}

/// Is there a sum, product or the like in it that a mask makes wrap.
fn may_wrap(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Binary { op: BinOp::Add | BinOp::Sub | BinOp::Mul | BinOp::LShift, .. } => true,
        ExprKind::Binary { op, left, right } if wraps(*op) => may_wrap(left) || may_wrap(right),
        ExprKind::Unary { op: UnaryOp::Neg | UnaryOp::Invert, operand } => may_wrap(operand),
        _ => false,
    }
}
