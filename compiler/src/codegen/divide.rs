//! Floor division and its remainder, as Python has them.

use super::body::Emit;
use crate::ir::{Quotient, VReg};
use afar_runtime::abi::Rt;
use cranelift_codegen::ir::condcodes::{FloatCC, IntCC};
use cranelift_codegen::ir::{BlockArg, InstBuilder, InstructionData, Opcode, Value, types};

impl Emit<'_, '_> {
    /// Floor division and its remainder by what is known to be positive.
    pub(super) fn divide_known(&mut self, is_mod: bool, by: Quotient, dst: VReg, a: VReg, b: VReg) {
        let (x, y) = (self.get(a), self.get(b));
        let v = match by {
            Quotient::Small => {
                let (p, q) = (self.b.ins().ireduce(types::I32, x), self.b.ins().ireduce(types::I32, y));
                let v = if is_mod { self.b.ins().urem(p, q) } else { self.b.ins().udiv(p, q) };
                self.b.ins().uextend(types::I64, v)
            }
            Quotient::Unsigned => self.unsigned(is_mod, x, y),
            Quotient::Natural | Quotient::Exact if self.consts.contains_key(&b) => {
                self.unsigned(is_mod, x, y)
            }
            Quotient::Natural | Quotient::Exact => {
                let both = self.b.ins().bor(x, y);
                let high = self.b.ins().ushr_imm_u(both, 32);
                let [small, large, done] = [(); 3].map(|()| self.b.create_block());
                self.b.append_block_param(done, types::I64);
                self.b.ins().brif(high, large, &[], small, &[]);
                self.b.seal_block(small);
                self.b.seal_block(large);
                self.b.switch_to_block(small);
                let (p, q) = (self.b.ins().ireduce(types::I32, x), self.b.ins().ireduce(types::I32, y));
                let v = self.unsigned(is_mod, p, q);
                let v = self.b.ins().uextend(types::I64, v);
                self.b.ins().jump(done, &[BlockArg::Value(v)]);
                self.b.switch_to_block(large);
                let v = self.unsigned(is_mod, x, y);
                self.b.ins().jump(done, &[BlockArg::Value(v)]);
                self.b.switch_to_block(done);
                self.b.seal_block(done);
                self.b.block_params(done)[0]
            }
            Quotient::Positive | Quotient::Any => {
                let rest = self.b.ins().srem(x, y);
                let sign = self.b.ins().sshr_imm_u(rest, 63);
                if is_mod {
                    let more = self.b.ins().band(sign, y);
                    self.b.ins().iadd(rest, more)
                } else {
                    let quotient = self.b.ins().sdiv(x, y);
                    self.b.ins().iadd(quotient, sign)
                }
            }
        };
        self.set(dst, v);
    }

    /// Whether each of two numbers divides a third, by one division of floats: what is cut off the quotient of numbers below 2**53
    /// is nothing where there is no remainder, and where there is one, the quotient is too far from a whole number to be rounded to it.
    pub(super) fn divides(&mut self, flags: [VReg; 2], dividend: VReg, divisors: [VReg; 2]) {
        let a = self.float_of(dividend);
        let a = self.b.ins().splat(types::F64X2, a);
        let by = self.floats_of(divisors);
        let quotients = self.b.ins().fdiv(a, by);
        let whole = self.b.ins().trunc(quotients);
        let back = self.b.ins().fmul(whole, by);
        let same = self.b.ins().fcmp(FloatCC::Equal, back, a);
        let bits = self.b.ins().vhigh_bits(types::I32, same);
        for (lane, flag) in flags.into_iter().enumerate() {
            let bit = self.b.ins().band_imm_s(bits, 1 << lane);
            let is_set = self.b.ins().icmp_imm_s(IntCC::NotEqual, bit, 0);
            self.set(flag, is_set);
        }
    }

    fn float_of(&mut self, reg: VReg) -> Value {
        let n = self.get(reg);
        self.b.ins().fcvt_from_sint(types::F64, n)
    }

    /// Two numbers as floats. Where the second is so much more than the first, so it is as a float: there are no more than 53 bits.
    fn floats_of(&mut self, both: [VReg; 2]) -> Value {
        let [first, second] = both.map(|reg| self.get(reg));
        let b = self.float_of(both[0]);
        let b = self.b.ins().splat(types::F64X2, b);
        match self.more_by(first, second) {
            Some(step) => {
                let step = self.floats([0.0, step]);
                self.b.ins().fadd(b, step)
            }
            None => {
                let c = self.float_of(both[1]);
                self.b.ins().insertlane(b, c, 1)
            }
        }
    }

    /// By how much the second of two values is more than the first, where it was made so.
    fn more_by(&self, first: Value, second: Value) -> Option<f64> {
        let def = |v| self.b.func.dfg.value_def(v).inst().map(|inst| self.b.func.dfg.insts[inst]);
        let Some(InstructionData::Binary { opcode: Opcode::Iadd, args: [from, by] }) = def(second) else {
            return None;
        };
        match def(by) {
            Some(InstructionData::UnaryImm { opcode: Opcode::Iconst, imm }) if from == first => {
                i32::try_from(imm.bits()).ok().map(f64::from)
            }
            _ => None,
        }
    }

    fn unsigned(&mut self, is_mod: bool, x: Value, y: Value) -> Value {
        if is_mod { self.b.ins().urem(x, y) } else { self.b.ins().udiv(x, y) }
    }

    /// Floor division and its remainder, with a 32-bit short cut where both operands allow it.
    pub(super) fn divide(&mut self, is_mod: bool, dst: VReg, a: VReg, b: VReg, site: u32, loc: u32) {
        let (x, y) = (self.get(a), self.get(b));
        let known = self.consts.get(&b).copied();
        if known.is_none_or(|n| n == 0) {
            let zero = self.b.ins().icmp_imm_s(IntCC::Equal, y, 0);
            let (bad, good) = (self.b.create_block(), self.b.create_block());
            self.b.ins().brif(zero, bad, &[], good, &[]);
            self.b.set_cold_block(bad);
            self.b.switch_to_block(bad);
            self.b.seal_block(bad);
            let kind = self.b.ins().iconst(types::I64, i64::from(is_mod));
            let status = self.rt_call(Rt::raise_zero_division, &[kind], None);
            self.check(status, loc);
            self.b.ins().jump(good, &[]);
            self.b.switch_to_block(good);
            self.b.seal_block(good);
        }
        let done = self.b.create_block();
        self.b.append_block_param(done, types::I64);
        if known.is_none_or(|n| n > 0 && n >> 31 == 0) {
            let both = self.b.ins().bor(x, y);
            let high = self.b.ins().ushr_imm_u(both, 32);
            let (small, large) = (self.b.create_block(), self.b.create_block());
            self.b.ins().brif(high, large, &[], small, &[]);
            self.b.seal_block(small);
            self.b.seal_block(large);
            self.b.switch_to_block(small);
            let (p, q) = (self.b.ins().ireduce(types::I32, x), self.b.ins().ireduce(types::I32, y));
            let v = if is_mod { self.b.ins().urem(p, q) } else { self.b.ins().udiv(p, q) };
            let v = self.b.ins().uextend(types::I64, v);
            self.b.ins().jump(done, &[BlockArg::Value(v)]);
            self.b.switch_to_block(large);
        }
        if known.is_none_or(|n| n == -1) {
            let minus_one = self.b.ins().icmp_imm_s(IntCC::Equal, y, -1);
            let (special, plain) = (self.b.create_block(), self.b.create_block());
            self.b.ins().brif(minus_one, special, &[], plain, &[]);
            self.b.seal_block(special);
            self.b.seal_block(plain);
            self.b.set_cold_block(special);
            self.b.switch_to_block(special);
            if is_mod {
                let zero = self.b.ins().iconst(types::I64, 0);
                self.b.ins().jump(done, &[BlockArg::Value(zero)]);
            } else {
                let least = self.b.ins().icmp_imm_s(IntCC::Equal, x, i64::MIN);
                self.widen_if(least, site);
                let v = self.b.ins().ineg(x);
                self.b.ins().jump(done, &[BlockArg::Value(v)]);
            }
            self.b.switch_to_block(plain);
        }
        let rest = self.b.ins().srem(x, y);
        // The remainder has the sign of the divisor: where it is not zero and the signs differ, one divisor more.
        let differs = self.b.ins().bxor(rest, y);
        let negative = self.b.ins().icmp_imm_s(IntCC::SignedLessThan, differs, 0);
        let some = self.b.ins().icmp_imm_s(IntCC::NotEqual, rest, 0);
        let fix = self.b.ins().band(negative, some);
        let v = if is_mod {
            let more = self.b.ins().iadd(rest, y);
            self.b.ins().select(fix, more, rest)
        } else {
            let quotient = self.b.ins().sdiv(x, y);
            let fix = self.b.ins().uextend(types::I64, fix);
            self.b.ins().isub(quotient, fix)
        };
        self.b.ins().jump(done, &[BlockArg::Value(v)]);
        self.b.switch_to_block(done);
        self.b.seal_block(done);
        let v = self.b.block_params(done)[0];
        self.set(dst, v);
    }
}
