//! Arithmetic of ints in machine words: plain, and with a check that leads to wider code.

use super::Emit;
use crate::ir::{CheckedOp, IntOp, Operand, VReg};
use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{BlockArg, InstBuilder, Value, types};

impl Emit<'_, '_> {
    pub(super) fn int_op(&mut self, op: IntOp, dst: VReg, a: VReg, b: Operand) {
        let x = self.get(a);
        // An addition may leave its operand where it is.
        let (op, b) = match (op, b) {
            (IntOp::Sub, Operand::Imm(n)) => (IntOp::Add, Operand::Imm(n.wrapping_neg())),
            same => same,
        };
        let y = self.operand(b);
        let v = match (op, self.address_factor(Operand::Reg(a)), self.address_factor(b)) {
            (IntOp::Mul, _, Some(shift)) => self.scaled(x, shift),
            (IntOp::Mul, Some(shift), _) => self.scaled(y, shift),
            _ => self.arithmetic(op, x, y),
        };
        self.set(dst, v);
    }

    /// Of a factor of one more than 2, 4 or 8, which of them: by those an address is computed, sooner than a product.
    pub(super) fn address_factor(&self, factor: Operand) -> Option<i64> {
        let known = match factor {
            Operand::Imm(n) => n,
            Operand::Reg(reg) => *self.consts.get(&reg)?,
            Operand::Const(_) => return None,
        };
        [1, 2, 3].into_iter().find(|shift| known == (1 << shift) + 1)
    }

    pub(super) fn scaled(&mut self, x: Value, shift: i64) -> Value {
        let more = self.b.ins().ishl_imm_u(x, shift);
        self.b.ins().iadd(x, more)
    }

    /// Of numbers, or lane by lane.
    pub(in crate::codegen) fn arithmetic(&mut self, op: IntOp, x: Value, y: Value) -> Value {
        match op {
            IntOp::Add => self.b.ins().iadd(x, y),
            IntOp::Sub => self.b.ins().isub(x, y),
            IntOp::Mul => self.b.ins().imul(x, y),
            IntOp::And => self.b.ins().band(x, y),
            IntOp::Or => self.b.ins().bor(x, y),
            IntOp::Xor => self.b.ins().bxor(x, y),
            IntOp::Sar => self.b.ins().sshr(x, y),
            IntOp::Shr => self.b.ins().ushr(x, y),
            IntOp::Shl => self.b.ins().ishl(x, y),
            IntOp::Min => self.b.ins().smin(x, y),
            IntOp::Max => self.b.ins().smax(x, y),
        }
    }

    pub(in crate::codegen) fn widen_if(&mut self, cond: Value, site: u32) {
        let widen = self.widen_block();
        let [out, go] = [(); 2].map(|()| self.b.create_block());
        self.b.ins().brif(cond, out, &[], go, &[]);
        // The way on does without the number of the site.
        self.b.set_cold_block(out);
        self.b.switch_to_block(out);
        self.b.seal_block(out);
        let site = self.b.ins().iconst(types::I64, i64::from(site));
        self.b.ins().jump(widen, &[BlockArg::Value(site)]);
        self.b.switch_to_block(go);
        self.b.seal_block(go);
    }

    pub(super) fn checked(&mut self, op: CheckedOp, dst: VReg, a: VReg, b: VReg, site: u32) {
        let (x, y) = (self.get(a), self.get(b));
        let (v, overflow) = match op {
            CheckedOp::Add | CheckedOp::Sum => self.b.ins().sadd_overflow(x, y),
            CheckedOp::Sub => self.b.ins().ssub_overflow(x, y),
            CheckedOp::Mul => self.b.ins().smul_overflow(x, y),
            CheckedOp::Shl => {
                let v = self.b.ins().ishl(x, y);
                let back = self.b.ins().sshr(v, y);
                let lost = self.b.ins().icmp(IntCC::NotEqual, back, x);
                (v, lost)
            }
        };
        self.widen_if(overflow, site);
        self.set(dst, v);
    }
}
