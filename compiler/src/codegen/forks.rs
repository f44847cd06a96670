//! Expressions that wait for their turn: their records in the frame, and the list of them.

use super::body::Emit;
use crate::ir::{Func, Inst, Operand, SpecId, Term, VReg};
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
    pub(super) fn fork_push(&mut self, at: u32, body: SpecId, shape: u64, captured: &[Operand], loc: u32) {
        let Some(id) = self.funcs.get(&body) else { return };
        afar_runtime::pool::expect_calls();
        if self.is_recursive && !polls_at_start(self.ir) {
            self.poll(loc);
        }
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
        let depth = self.depth_around();
        self.b.ins().store(flags, depth, record, offset(Record::DEPTH_LEFT));
        let newest = offset(Ctx::WAITING + Waiting::TOP);
        let prev = self.b.ins().load(types::I64, flags, self.ctx, newest);
        self.b.ins().store(flags, prev, record, offset(Record::PREV));
        let ordinal = self.b.ins().load(types::I64, flags, prev, offset(Record::ORDINAL));
        let ordinal = self.b.ins().iadd_imm_s(ordinal, 1);
        self.b.ins().store(flags, ordinal, record, offset(Record::ORDINAL));
        self.b.ins().store(flags, record, prev, offset(Record::NEXT));
        self.b.ins().store(flags, record, self.ctx, newest);
    }

    /// Do so many wait that are nobody's yet that there is enough to give away.
    pub(super) fn plenty(&mut self, dst: VReg) {
        let flags = Self::flags();
        let newest = self.b.ins().load(types::I64, flags, self.ctx, offset(Ctx::WAITING + Waiting::TOP));
        let ordinal = self.b.ins().load(types::I64, flags, newest, offset(Record::ORDINAL));
        let enough = self.b.ins().load(types::I64, flags, self.ctx, offset(Ctx::WAITING + Waiting::ENOUGH));
        let is_plenty = self.b.ins().icmp(IntCC::SignedGreaterThanOrEqual, ordinal, enough);
        self.set(dst, is_plenty);
    }

    /// Unlinks the record, which is the newest.
    pub(super) fn fork_pop(&mut self, dst: VReg, at: u32, shape: u64) {
        let Some(slot) = self.forks else { return };
        let flags = Self::flags();
        let field = |n: usize| offset(at as usize + n);
        let prev = self.b.ins().stack_load(types::I64, types::I64, slot, field(Record::PREV));
        self.b.ins().store(flags, prev, self.ctx, offset(Ctx::WAITING + Waiting::TOP));
        let found = self.b.ins().stack_load(types::I64, types::I64, slot, field(Record::SHAPE));
        let is_given = self.b.ins().icmp_imm_u(IntCC::NotEqual, found, shape.cast_signed());
        self.set(dst, is_given);
    }

    /// How many more calls could nest around this one.
    fn depth_around(&mut self) -> Value {
        if let Some(depth) = self.depth {
            return depth;
        }
        let depth = self.b.ins().load(types::I64, Self::flags(), self.ctx, offset(Ctx::DEPTH_LEFT));
        self.b.ins().iadd_imm_s(depth, 1)
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

/// Does a function that calls itself have to poll at its start: where it may come to a call before it comes to a fork, which
/// polls.
pub(super) fn polls_at_start(ir: &Func) -> bool {
    let mut seen = vec![false; ir.blocks.len()];
    let mut todo = vec![0usize];
    while let Some(at) = todo.pop() {
        if std::mem::replace(&mut seen[at], true) {
            continue;
        }
        let block = &ir.blocks[at];
        match block.insts.iter().find(|i| matches!(i, Inst::Call { .. } | Inst::ForkPush { .. })) {
            Some(Inst::Call { .. }) => return true,
            Some(_) => continue,
            None => {}
        }
        match &block.term {
            Term::Jump(next) => todo.push(next.0 as usize),
            Term::Branch { then, orelse, .. } => todo.extend([then.0 as usize, orelse.0 as usize]),
            _ => {}
        }
        todo.extend(block.handler.map(|h| h.0 as usize));
    }
    false
}
