//! Instructions whose result nothing reads, and that do nothing else, are left out.

use super::slots;
use crate::ir::regs::{Access, each_of_term, each_reg};
use crate::ir::{Func, Inst, VReg};

/// Leaves out what is not read: in numbers, and in slots that hold nothing that is counted.
pub(super) fn remove(func: &mut Func) {
    let plain = slots::plain_slots(func);
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
                let is_dead = written(&inst, &plain).is_some_and(|reg| reads[reg.0 as usize] == 0);
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
fn written(inst: &Inst, plain: &[bool]) -> Option<VReg> {
    match inst {
        Inst::Int(d, _)
        | Inst::Float(d, _)
        | Inst::Bool(d, _)
        | Inst::Copy(d, _)
        | Inst::IntOp { dst: d, .. }
        | Inst::FloatOp { dst: d, .. }
        | Inst::FloatUnary { dst: d, .. }
        | Inst::IntCmp { dst: d, .. }
        | Inst::Below { dst: d, .. }
        | Inst::FloatCmp { dst: d, .. }
        | Inst::IntToFloat(d, _)
        | Inst::BoolToInt(d, _)
        | Inst::Not(d, _)
        | Inst::IntToBool(d, _)
        | Inst::Unbox(d, _)
        | Inst::HasTag { dst: d, .. }
        | Inst::Address(d, _)
        | Inst::Load { dst: d, .. } => Some(*d),
        // A move empties where it comes from: of a plain slot nobody can tell.
        Inst::Box(d, _) | Inst::SetNone(d) | Inst::Clear(d) | Inst::Clone(d, _) | Inst::Move(d, _)
            if plain[d.0 as usize] =>
        {
            Some(*d)
        }
        _ => None,
    }
}
