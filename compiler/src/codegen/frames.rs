//! Where functions are, for a profile: in code that is compiled for that, each function has a frame in a list of the thread, and
//! writes into it at which mark it is. The thread itself reads it, when it is asked where it is.

use afar_runtime::abi::Ctx;
use afar_runtime::pool::sample::Frame;
use cranelift_codegen::ir::{
    InstBuilder, MemFlagsData as MemFlags, StackSlot, StackSlotData, StackSlotKind, Value, types,
};
use cranelift_frontend::FunctionBuilder;
use std::sync::atomic::{AtomicBool, Ordering};

static KEEPS: AtomicBool = AtomicBool::new(false);

/// Functions say where they are, in all code that is compiled from here on.
pub fn keep_frames() {
    KEEPS.store(true, Ordering::Relaxed);
}

/// Do functions say where they are.
pub(crate) fn keeps_frames() -> bool {
    KEEPS.load(Ordering::Relaxed)
}

fn offset(n: usize) -> i32 {
    i32::try_from(n).unwrap_or(i32::MAX)
}

/// The frame of a function.
pub(super) struct Listed {
    slot: StackSlot,
}

impl Listed {
    /// A frame at the head of the list, where frames are kept.
    pub(super) fn new(b: &mut FunctionBuilder<'_>, ctx: Value) -> Option<Self> {
        if !keeps_frames() {
            return None;
        }
        let bytes = u32::try_from(size_of::<Frame>()).ok()?;
        let slot = b.create_sized_stack_slot(StackSlotData::new(StackSlotKind::ExplicitSlot, bytes, 4));
        let frame = b.ins().stack_addr(types::I64, slot, 0);
        let outer = b.ins().load(types::I64, MemFlags::trusted(), ctx, offset(Ctx::FRAME));
        b.ins().store(MemFlags::trusted(), outer, frame, offset(Frame::OUTER));
        let nowhere = b.ins().iconst(types::I32, 0);
        b.ins().store(MemFlags::trusted(), nowhere, frame, offset(Frame::MARK));
        b.ins().store(MemFlags::trusted(), frame, ctx, offset(Ctx::FRAME));
        Some(Self { slot })
    }

    /// The function has come to this mark.
    pub(super) fn mark(&self, b: &mut FunctionBuilder<'_>, mark: u32) {
        let frame = b.ins().stack_addr(types::I64, self.slot, 0);
        let mark = b.ins().iconst(types::I32, i64::from(mark));
        b.ins().store(MemFlags::trusted(), mark, frame, offset(Frame::MARK));
    }

    /// Takes the frame off the list, on the way out.
    pub(super) fn leave(&self, b: &mut FunctionBuilder<'_>, ctx: Value) {
        let frame = b.ins().stack_addr(types::I64, self.slot, 0);
        let outer = b.ins().load(types::I64, MemFlags::trusted(), frame, offset(Frame::OUTER));
        b.ins().store(MemFlags::trusted(), outer, ctx, offset(Ctx::FRAME));
    }
}
