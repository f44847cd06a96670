//! Floor division and its remainder, as Python has them.

use super::body::Emit;
use crate::ir::{Precision, Quotient, VReg};
use afar_runtime::abi::Rt;
use cranelift_codegen::ir::condcodes::{FloatCC, IntCC};
use cranelift_codegen::ir::{BlockArg, InstBuilder, Value, types};

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

    /// Whether one of four numbers divides another one, by divisions of floats: what is cut off the quotient is nothing where there is
    /// no remainder. Where there is one, an exact dividend is too small for the quotient to be rounded to a whole number.
    pub(super) fn any_divides(&mut self, dst: VReg, a: VReg, b: VReg, more: [i32; 4], by: Precision) {
        let (lane, lanes) = match by {
            Precision::Single => (types::F32, types::F32X4),
            Precision::Double => (types::F64, types::F64X2),
        };
        let [a, b] = [a, b].map(|reg| {
            let n = self.get(reg);
            let n = self.b.ins().fcvt_from_sint(lane, n);
            self.b.ins().splat(lanes, n)
        });
        let mut any = None;
        for more in more.chunks(lanes.lane_count() as usize) {
            let more = self.steps_of(more, by);
            let divisors = self.b.ins().fadd(b, more);
            let quotients = self.b.ins().fdiv(a, divisors);
            let whole = self.b.ins().trunc(quotients);
            let same = self.b.ins().fcmp(FloatCC::Equal, quotients, whole);
            any = Some(any.map_or(same, |any| self.b.ins().bor(any, same)));
        }
        let any = any.map_or_else(|| unreachable!("there are four"), |any| self.b.ins().vany_true(any));
        self.set(dst, any);
    }

    /// A vector of whole numbers.
    fn steps_of(&mut self, steps: &[i32], by: Precision) -> Value {
        #[expect(clippy::cast_precision_loss, reason = "steps are less than 2**24")]
        let bytes: Vec<u8> = match by {
            Precision::Single => steps.iter().flat_map(|n| (*n as f32).to_le_bytes()).collect(),
            Precision::Double => steps.iter().flat_map(|n| f64::from(*n).to_le_bytes()).collect(),
        };
        let constant = self.b.func.dfg.constants.insert(bytes.into());
        let lanes = if by == Precision::Single { types::F32X4 } else { types::F64X2 };
        self.b.ins().vconst(lanes, constant)
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
