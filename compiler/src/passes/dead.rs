//! Instructions whose result nothing reads, and that do nothing else, are left out.

use super::slots;
use crate::ir::regs::{Access, each_of_term, each_reg, each_written};
use crate::ir::{Func, Inst, VReg};
use crate::types::Reg;

/// Leaves out what is not read: in numbers, and in slots that hold nothing that is counted.
pub(super) fn remove(func: &mut Func) {
    let plain = slots::plain_slots(func);
    let kinds = func.regs.clone();
    let mut reads = vec![0u32; func.regs.len()];
    let count = |reads: &mut Vec<u32>, inst: &Inst, by: i32| {
        each_reg(inst, &mut |reg, access| {
            if access == Access::Read {
                let n = &mut reads[reg.0 as usize];
                *n = n.saturating_add_signed(by);
            }
        });
    };
    for block in &func.blocks {
        block.insts.iter().for_each(|inst| count(&mut reads, inst, 1));
        each_of_term(&block.term, &mut |reg, _| reads[reg.0 as usize] += 1);
    }
    loop {
        let mut found = false;
        for block in &mut func.blocks {
            let mut kept = Vec::with_capacity(block.insts.len());
            // Backwards, so that what only a dead instruction reads is dead in the same round.
            for inst in block.insts.drain(..).rev() {
                let is_dead = written(&inst, &kinds, &plain).is_some_and(|reg| reads[reg.0 as usize] == 0);
                if is_dead {
                    count(&mut reads, &inst, -1);
                    found = true;
                } else {
                    kept.push(inst);
                }
            }
            kept.reverse();
            block.insts = kept;
        }
        if !found {
            return;
        }
    }
}

/// The register that an instruction writes, where that is all that it does.
fn written(inst: &Inst, kinds: &[Reg], plain: &[bool]) -> Option<VReg> {
    let does_more = matches!(
        inst,
        Inst::Checked { .. }
            | Inst::Divide { .. }
            | Inst::ClearRun(..)
            | Inst::Recycle { .. }
            | Inst::Call { .. }
            | Inst::Rt { .. }
            | Inst::FrameMemory { .. }
            | Inst::SpecAddress { .. }
            | Inst::ForkPop { .. }
    );
    let mut found = None;
    each_written(inst, &mut |reg| found = Some(reg));
    // A move empties where it comes from: of a plain slot nobody can tell. What another slot held before would be dropped.
    found.filter(|reg| !does_more && (plain[reg.0 as usize] || kinds[reg.0 as usize] != Reg::Slot))
}
