//! Expressions that wait for their turn: their records in the frame, and the list of them.

use super::body::Emit;
use crate::ir::{Operand, SpecId, VReg};
use crate::types::Reg;
use afar_runtime::abi::{Ctx, Rt};
use afar_runtime::pool::fork::{Record, Waiting};
use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{InstBuilder, StackSlotData, StackSlotKind, Value, types};
use cranelift_module::Module;

fn offset(n: usize) -> i32 {
    i32::try_from(n).unwrap_or(i32::MAX)
}

impl Emit<'_, '_> {
    pub(super) fn prepare_forks(&mut self) {
        if self.ir.fork_bytes > 0 {
            let data = StackSlotData::new(StackSlotKind::ExplicitSlot, self.ir.fork_bytes, 4);
            self.forks = Some(self.b.create_sized_stack_slot(data));
        }
    }

    fn record(&mut self, at: u32) -> Value {
        match self.forks {
            Some(slot) => self.b.ins().stack_addr(types::I64, slot, offset(at as usize)),
            None => self.ctx,
        }
    }

    /// Fills in the record and links it behind the newest.
    pub(super) fn fork_push(&mut self, at: u32, body: SpecId, shape: u64, captured: &[Operand]) {
        let Some(id) = self.funcs.get(&body) else { return };
        afar_runtime::pool::expect_calls();
        let flags = Self::flags();
        let record = self.record(at);
        for (i, operand) in captured.iter().enumerate() {
            let word = match operand {
                Operand::Reg(reg) if self.ir.kind_of(*reg) == Reg::Float => self.get(*reg),
                other => self.operand(*other),
            };
            self.b.ins().store(flags, word, record, offset(Record::CAPTURED + 8 * i));
        }
        let callee = self.module.declare_func_in_func(*id, self.b.func);
        let body = self.b.ins().func_addr(types::I64, callee);
        self.b.ins().store(flags, body, record, offset(Record::BODY));
        let shape = self.b.ins().iconst(types::I64, shape.cast_signed());
        self.b.ins().store(flags, shape, record, offset(Record::SHAPE));
        let depth = self.b.ins().load(types::I64, flags, self.ctx, offset(Ctx::DEPTH_LEFT));
        self.b.ins().store(flags, depth, record, offset(Record::DEPTH_LEFT));
        let newest = offset(Ctx::WAITING + Waiting::TOP);
        let prev = self.b.ins().load(types::I64, flags, self.ctx, newest);
        self.b.ins().store(flags, prev, record, offset(Record::PREV));
        self.b.ins().store(flags, record, prev, offset(Record::NEXT));
        self.b.ins().store(flags, record, self.ctx, newest);
    }

    /// Unlinks the record, which is the newest.
    pub(super) fn fork_pop(&mut self, dst: VReg, address: VReg, at: u32) {
        let flags = Self::flags();
        let record = self.record(at);
        let prev = self.b.ins().load(types::I64, flags, record, offset(Record::PREV));
        self.b.ins().store(flags, prev, self.ctx, offset(Ctx::WAITING + Waiting::TOP));
        let given = self.b.ins().load(types::I64, flags, self.ctx, offset(Ctx::WAITING + Waiting::GIVEN));
        let is_given = self.b.ins().icmp(IntCC::Equal, given, record);
        self.set(dst, is_given);
        self.set(address, record);
    }

    /// The frame is left with a fault: nothing of it waits any more.
    pub(super) fn abandon_forks(&mut self) {
        if self.forks.is_some() {
            let record = self.record(0);
            let n_bytes = self.b.ins().iconst(types::I64, i64::from(self.ir.fork_bytes));
            self.rt_call(Rt::fork_abandon, &[record, n_bytes], None);
        }
    }
}
