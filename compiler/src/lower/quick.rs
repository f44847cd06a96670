//! Operators on boxed values that turn out to be numbers: done in place, without a call of the runtime.

use super::{Lower, Mode, Part, Val};
use crate::ir::{BlockId, Cmp, FloatOp, Inst, IntOp, Operand, VReg};
use crate::types::{Reg, Ty};
use afar_lang::ast::BinOp;
use afar_runtime::Value;
use afar_runtime::abi::Rt;

/// A function of more blocks is compiled as quickly as can be.
const MANY_BLOCKS: usize = 4_000;

/// What is done to two numbers.
#[derive(Clone, Copy)]
enum Op {
    Int(IntOp, FloatOp),
    Compare(Cmp),
}

/// An operand.
#[derive(Clone, Copy)]
enum Side {
    Int(VReg),
    Float(VReg),
    Boxed(Operand),
}

fn side(value: &Val) -> Option<Side> {
    match (&value.ty, value.parts.first()?) {
        (Ty::Int, Part::Reg(reg)) => Some(Side::Int(*reg)),
        (Ty::Float, Part::Reg(reg)) => Some(Side::Float(*reg)),
        (Ty::Any, Part::Temp(reg) | Part::Var(reg) | Part::Address(reg)) => {
            Some(Side::Boxed(Operand::Reg(*reg)))
        }
        _ => None,
    }
}

impl Lower<'_, '_> {
    /// `a op b` where what is boxed may be a number; `number` is what the runtime calls the operation.
    pub(super) fn quick_binary(&mut self, op: BinOp, number: i64, a: &Val, b: &Val) -> Option<Val> {
        let op = match op {
            BinOp::Add => Op::Int(IntOp::Add, FloatOp::Add),
            BinOp::Sub => Op::Int(IntOp::Sub, FloatOp::Sub),
            BinOp::Mul => Op::Int(IntOp::Mul, FloatOp::Mul),
            _ => return None,
        };
        self.quick(op, Rt::binary, number, a, b)
    }

    /// `a cmp b` where what is boxed may be a number.
    pub(super) fn quick_compare(&mut self, cmp: Cmp, number: i64, a: &Val, b: &Val) -> Option<Val> {
        self.quick(Op::Compare(cmp), Rt::compare, number, a, b)
    }

    fn quick(&mut self, op: Op, rt: Rt, number: i64, a: &Val, b: &Val) -> Option<Val> {
        if self.mode != Mode::Unit || self.func.blocks.len() > MANY_BLOCKS {
            return None;
        }
        let sides = [side(a)?, side(b)?];
        let may_be_int = !sides.iter().any(|s| matches!(s, Side::Float(_)));
        let may_be_float = !sides.iter().any(|s| matches!(s, Side::Int(_)));
        let out = self.temp();
        let (slow, done) = (self.new_block(), self.new_block());
        if may_be_int {
            let other = if may_be_float { self.new_block() } else { slow };
            let [x, y] = self.unboxed(sides, Reg::Int, other);
            self.quick_ints(op, x, y, out, slow);
            self.jump_to(done);
            self.enter(other);
        }
        if may_be_float {
            let [x, y] = self.unboxed(sides, Reg::Float, slow);
            self.quick_floats(op, x, y, out);
            self.jump_to(done);
            self.enter(slow);
        }
        let (x, y) = (self.boxed_operand(a), self.boxed_operand(b));
        self.rt_into(out, rt, vec![Operand::Imm(number), x, y]);
        self.jump_to(done);
        self.enter(done);
        Some(Val::temp(out))
    }

    /// Both as numbers of this kind; where one is none, on to `other`.
    fn unboxed(&mut self, sides: [Side; 2], kind: Reg, other: BlockId) -> [VReg; 2] {
        let example = if kind == Reg::Int { Value::Int(0) } else { Value::Float(0.0) };
        for side in sides {
            if let Side::Boxed(value) = side {
                let is_it = self.func.reg(Reg::Bool);
                self.emit(Inst::HasTag { dst: is_it, value, tag: example.tag() });
                let go = self.new_block();
                self.branch(is_it, go, other);
                self.enter(go);
            }
        }
        sides.map(|side| match side {
            Side::Int(reg) | Side::Float(reg) => reg,
            Side::Boxed(value) => {
                let reg = self.func.reg(kind);
                self.emit(Inst::Unbox(reg, value));
                reg
            }
        })
    }

    fn quick_ints(&mut self, op: Op, x: VReg, y: VReg, out: VReg, slow: BlockId) {
        let (int_op, y_op) = match op {
            Op::Compare(cmp) => {
                let flag = self.func.reg(Reg::Bool);
                self.emit(Inst::IntCmp { cmp, dst: flag, a: x, b: Operand::Reg(y) });
                self.emit(Inst::Box(out, flag));
                return;
            }
            Op::Int(int_op, _) => (int_op, Operand::Reg(y)),
        };
        if int_op == IntOp::Mul {
            for factor in [x, y] {
                let [shifted, high] = [(); 2].map(|()| self.func.reg(Reg::Int));
                let is_small = self.func.reg(Reg::Bool);
                self.emit(Inst::IntOp { op: IntOp::Add, dst: shifted, a: factor, b: Operand::Imm(1 << 31) });
                self.emit(Inst::IntOp { op: IntOp::Shr, dst: high, a: shifted, b: Operand::Imm(32) });
                self.emit(Inst::IntCmp { cmp: Cmp::Eq, dst: is_small, a: high, b: Operand::Imm(0) });
                let go = self.new_block();
                self.branch(is_small, go, slow);
                self.enter(go);
            }
        }
        let result = self.func.reg(Reg::Int);
        self.emit(Inst::IntOp { op: int_op, dst: result, a: x, b: y_op });
        if int_op != IntOp::Mul {
            // It does not fit where its sign is neither that of the one nor, for a sum, that of the other.
            let [first, second, both] = [(); 3].map(|()| self.func.reg(Reg::Int));
            let with = if int_op == IntOp::Add { Operand::Reg(result) } else { Operand::Reg(x) };
            self.emit(Inst::IntOp { op: IntOp::Xor, dst: first, a: x, b: Operand::Reg(result) });
            self.emit(Inst::IntOp { op: IntOp::Xor, dst: second, a: y, b: with });
            self.emit(Inst::IntOp { op: IntOp::And, dst: both, a: first, b: Operand::Reg(second) });
            let is_off = self.func.reg(Reg::Bool);
            self.emit(Inst::IntCmp { cmp: Cmp::Lt, dst: is_off, a: both, b: Operand::Imm(0) });
            let go = self.new_block();
            self.branch(is_off, slow, go);
            self.enter(go);
        }
        self.emit(Inst::Box(out, result));
    }

    fn quick_floats(&mut self, op: Op, x: VReg, y: VReg, out: VReg) {
        match op {
            Op::Compare(cmp) => {
                let flag = self.func.reg(Reg::Bool);
                self.emit(Inst::FloatCmp { cmp, dst: flag, a: x, b: y });
                self.emit(Inst::Box(out, flag));
            }
            Op::Int(_, op) => {
                let result = self.func.reg(Reg::Float);
                self.emit(Inst::FloatOp { op, dst: result, a: x, b: y });
                self.emit(Inst::Box(out, result));
            }
        }
    }

    /// The truth of a boxed value that may be a boolean.
    pub(super) fn quick_truth(&mut self, value: &Val, out: VReg) -> bool {
        let Some(Side::Boxed(operand)) = side(value) else { return false };
        if self.mode != Mode::Unit || self.func.blocks.len() > MANY_BLOCKS {
            return false;
        }
        let is_bool = self.func.reg(Reg::Bool);
        self.emit(Inst::HasTag { dst: is_bool, value: operand, tag: Value::Bool(true).tag() });
        let (yes, no, done) = (self.new_block(), self.new_block(), self.new_block());
        self.branch(is_bool, yes, no);
        self.enter(yes);
        let flag = self.func.reg(Reg::Bool);
        self.emit(Inst::Unbox(flag, operand));
        self.emit(Inst::Copy(out, flag));
        self.jump_to(done);
        self.enter(no);
        let truth = self.rt_bool(Rt::truthy, vec![operand]);
        self.emit(Inst::Copy(out, truth));
        self.jump_to(done);
        self.enter(done);
        true
    }
}
