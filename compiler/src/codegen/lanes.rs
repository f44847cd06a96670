//! Numbers side by side: pairs of floats, and quads of ints.

use super::body::{Emit, float_cc};
use crate::ir::{Inst, IntOp, Operand, VReg};
use crate::types::Reg;
use cranelift_codegen::ir::{Endianness, InstBuilder, InstructionData, MemFlagsData, Opcode, Value, types};

/// The places of the bytes of one lane of two, of the first or second of two vectors.
fn bytes(is_of_second: bool, is_second: bool) -> impl Iterator<Item = u8> {
    let first = 16 * u8::from(is_of_second) + 8 * u8::from(is_second);
    first..first + 8
}

impl Emit<'_, '_> {
    /// What makes pairs and quads, and takes them apart.
    pub(super) fn lanes_inst(&mut self, inst: &Inst) {
        let (dst, v) = match inst {
            Inst::Splat(dst, a) if self.ir.kind_of(*dst) == Reg::Quad => {
                let x = self.get(*a);
                (dst, self.quad(x))
            }
            Inst::Splat(dst, a) => {
                let x = self.get(*a);
                let is_second = self.lane_of(x).is_some_and(|(_, is_second)| is_second);
                (dst, if is_second { self.pack(x, x) } else { self.b.ins().splat(types::F64X2, x) })
            }
            Inst::Steps(dst, a) => {
                let x = self.get(*a);
                let (all, steps) = (self.quad(x), self.quad_of([0, 1, 2, 3]));
                (dst, self.b.ins().iadd(all, steps))
            }
            Inst::SumLanes(dst, a) => {
                let x = self.get(*a);
                let (low, high) = (self.b.ins().uwiden_low(x), self.b.ins().uwiden_high(x));
                let both = self.b.ins().iadd(low, high);
                let [first, second] = [0, 1].map(|lane| self.b.ins().extractlane(both, lane));
                (dst, self.b.ins().iadd(first, second))
            }
            Inst::Pack(dst, a, b) => {
                let (x, y) = (self.get(*a), self.get(*b));
                (dst, self.pack(x, y))
            }
            Inst::Lane { dst, pair, is_second } => {
                let x = self.get(*pair);
                (dst, self.b.ins().extractlane(x, u8::from(*is_second)))
            }
            Inst::PairCmp { cmp, dst, a, b } => {
                let (x, y) = (self.get(*a), self.get(*b));
                let found = self.b.ins().fcmp(float_cc(*cmp), x, y);
                (dst, self.b.ins().vhigh_bits(types::I64, found))
            }
            _ => return,
        };
        self.set(*dst, v);
    }

    /// A pair of two floats: what comes out of pairs goes into others without becoming a float by itself.
    fn pack(&mut self, x: Value, y: Value) -> Value {
        match (self.lane_of(x), self.lane_of(y)) {
            (Some((p, first)), Some((q, second))) => {
                let order: Vec<u8> = bytes(false, first).chain(bytes(true, second)).collect();
                let order = self.b.func.dfg.immediates.push(order.into());
                let flags = MemFlagsData::new().with_endianness(Endianness::Little);
                let [p, q] = [p, q].map(|v| self.b.ins().bitcast(types::I8X16, flags, v));
                let both = self.b.ins().shuffle(p, q, order);
                self.b.ins().bitcast(types::F64X2, flags, both)
            }
            (Some((p, false)), None) => self.b.ins().insertlane(p, y, 1),
            (None, Some((q, true))) => self.b.ins().insertlane(q, x, 0),
            // Not `scalar_to_vector`, which takes the trouble to make the other one zero.
            _ => {
                let first = self.b.ins().splat(types::F64X2, x);
                self.b.ins().insertlane(first, y, 1)
            }
        }
    }

    /// The pair that a float comes out of, and whether it is the second of it.
    fn lane_of(&self, x: Value) -> Option<(Value, bool)> {
        let def = self.b.func.dfg.value_def(x).inst()?;
        match self.b.func.dfg.insts[def] {
            InstructionData::BinaryImm8 { opcode: Opcode::Extractlane, arg, imm } => Some((arg, imm == 1)),
            _ => None,
        }
    }

    /// Four times the lower 32 bits of a number.
    fn quad(&mut self, x: Value) -> Value {
        let low = self.b.ins().ireduce(types::I32, x);
        self.b.ins().splat(types::I32X4, low)
    }

    fn quad_of(&mut self, lanes: [i64; 4]) -> Value {
        // The lower 32 bits of each.
        let bytes: Vec<u8> = lanes.iter().flat_map(|n| n.to_le_bytes().into_iter().take(4)).collect();
        let bytes = self.b.func.dfg.constants.insert(bytes.into());
        self.b.ins().vconst(types::I32X4, bytes)
    }

    /// Integer arithmetic on quads.
    pub(super) fn quad_op(&mut self, op: IntOp, dst: VReg, a: VReg, b: Operand) {
        let x = self.get(a);
        let v = match (op, b) {
            (IntOp::Shl, Operand::Imm(by)) => self.b.ins().ishl_imm_u(x, by),
            (IntOp::Shr, Operand::Imm(by)) => self.b.ins().ushr_imm_u(x, by),
            (op, b) => {
                let y = match b {
                    Operand::Imm(n) => self.quad_of([n; 4]),
                    b => self.operand(b),
                };
                self.arithmetic(op, x, y)
            }
        };
        self.set(dst, v);
    }
}
