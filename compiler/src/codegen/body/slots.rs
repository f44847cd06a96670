//! Boxed values in the slots of a frame: what is copied is counted, and what is left or written over is dropped.

use super::{Emit, VALUE_BYTES};
use crate::ir::VReg;
use crate::types::Reg;
use afar_runtime::Value as Boxed;
use afar_runtime::abi::Rt;
use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{self, InstBuilder, Value, types};

impl Emit<'_, '_> {
    /// Drops what the slots hold.
    pub(super) fn epilogue(&mut self) {
        let holds = self.plain.iter().zip(&self.ir.regs).any(|(plain, kind)| *kind == Reg::Slot && !plain);
        if let Some(frame) = self.frame.filter(|_| holds) {
            let base = self.b.ins().stack_addr(types::I64, frame, 0);
            let n = self.b.ins().iconst(types::I64, i64::try_from(self.n_slots).unwrap_or(0));
            self.rt_call(Rt::drop_run, &[base, n], None);
        }
    }

    /// Drops what slots can hold at this place.
    pub(super) fn drop_rest(&mut self) {
        let held = (0..).map(VReg).zip(&self.ir.regs).filter(|(reg, kind)| {
            **kind == Reg::Slot && !self.plain[reg.0 as usize] && !self.holdings.is_plain(&self.slots, *reg)
        });
        let places: Vec<i32> = held.map(|(reg, _)| self.slot_at[reg.0 as usize]).collect();
        let (Some(from), Some(to), Some(frame)) = (places.iter().min(), places.iter().max(), self.frame)
        else {
            return;
        };
        let n = (to - from) / VALUE_BYTES.cast_signed() + 1;
        let base = self.b.ins().stack_addr(types::I64, frame, *from);
        let n = self.b.ins().iconst(types::I64, i64::from(n));
        self.rt_call(Rt::drop_run, &[base, n], None);
    }

    pub(super) fn copy_words(&mut self, dst: Value, src: Value) {
        for at in [0, 8] {
            let word = self.b.ins().load(types::I64, Self::flags(), src, at);
            self.b.ins().store(Self::flags(), word, dst, at);
        }
    }

    /// Copies a value into a slot, and counts it. What the slot held may be all that keeps the place alive that is copied from.
    pub(super) fn clone_words(&mut self, reg: VReg, dst: Value, src: Value) {
        let words = [0, 8].map(|at| self.b.ins().load(types::I64, Self::flags(), src, at));
        let (count, go) = (self.b.create_block(), self.b.create_block());
        let counted = self.is_counted(src);
        self.b.ins().brif(counted, count, &[], go, &[]);
        self.b.switch_to_block(count);
        self.b.seal_block(count);
        let one = self.b.ins().iconst(types::I64, 1);
        self.b.ins().atomic_rmw(types::I64, Self::flags(), ir::AtomicRmwOp::Add, words[1], one);
        self.b.ins().jump(go, &[]);
        self.b.switch_to_block(go);
        self.b.seal_block(go);
        self.drop_old(reg, dst);
        for (word, at) in words.into_iter().zip([0, 8]) {
            self.b.ins().store(Self::flags(), word, dst, at);
        }
    }

    /// Is the payload of the value at an address a counted reference.
    pub(super) fn is_counted(&mut self, value: Value) -> Value {
        let tag = self.b.ins().load(types::I8, Self::flags(), value, 0);
        self.b.ins().icmp_imm_u(IntCC::UnsignedGreaterThanOrEqual, tag, i64::from(Boxed::FIRST_COUNTED))
    }

    /// Drops a counted value that a slot holds; the slot is written next.
    pub(in crate::codegen) fn drop_old(&mut self, reg: VReg, slot: Value) {
        if self.plain[reg.0 as usize] || self.holdings.is_plain(&self.slots, reg) {
            return;
        }
        if self.is_long {
            // Three blocks each would make up most of a long function.
            let one = self.b.ins().iconst(types::I64, 1);
            self.rt_call(Rt::drop_run, &[slot, one], None);
            return;
        }
        self.drop_counted(slot);
    }

    /// Drops the value at an address, which is written next.
    pub(super) fn drop_counted(&mut self, slot: Value) {
        let counted = self.is_counted(slot);
        let (drop, go) = (self.b.create_block(), self.b.create_block());
        self.b.ins().brif(counted, drop, &[], go, &[]);
        self.b.switch_to_block(drop);
        self.b.seal_block(drop);
        let one = self.b.ins().iconst(types::I64, 1);
        self.quiet_call(self.quiet.drop_run, &[slot, one]);
        self.b.ins().jump(go, &[]);
        self.b.switch_to_block(go);
        self.b.seal_block(go);
    }
}
