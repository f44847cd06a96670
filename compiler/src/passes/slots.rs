//! Slots that never hold anything that is counted.

use crate::ir::regs::{each_of_term, each_reg, each_written};
use crate::ir::{Func, Inst, Operand, VReg};
use crate::types::Reg;

/// Of each register: is it a slot that only ever holds numbers, booleans, `None`, or nothing: what it holds need not be dropped.
pub(crate) fn plain_slots(func: &Func) -> Vec<bool> {
    let mut plain: Vec<bool> = func.regs.iter().map(|kind| *kind == Reg::Slot).collect();
    if func.kind != crate::ir::FuncKind::Plain {
        plain.fill(false);
        return plain;
    }
    let insts = || func.blocks.iter().flat_map(|b| &b.insts);
    for inst in insts() {
        match inst {
            Inst::Rt { args, .. } | Inst::Call { args, .. } | Inst::ForkPush { captured: args, .. } => {
                each_in_runs(func, args, &mut |reg| plain[reg.0 as usize] = false);
            }
            Inst::ClearRun(first, n) => {
                for reg in first.0..first.0 + n {
                    plain[reg as usize] = false;
                }
            }
            Inst::Address(_, Operand::Reg(slot)) => plain[slot.0 as usize] = false,
            Inst::Recycle { dst, src, .. } => {
                plain[dst.0 as usize] = false;
                plain[src.0 as usize] = false;
            }
            Inst::Clone(slot, Operand::Const(_) | Operand::Imm(_)) => plain[slot.0 as usize] = false,
            _ => {}
        }
        if let Inst::Rt { .. } | Inst::Call { .. } = inst {
            each_written(inst, &mut |reg| plain[reg.0 as usize] = false);
        }
    }
    for block in &func.blocks {
        each_of_term(&block.term, &mut |reg, _| plain[reg.0 as usize] = false);
    }
    // What is copied from a slot that is not plain, or from an address, may be counted.
    loop {
        let mut changed = false;
        for inst in insts() {
            if let Inst::Move(dst, src) | Inst::Clone(dst, Operand::Reg(src)) = inst
                && plain[dst.0 as usize]
                && !plain[src.0 as usize]
            {
                plain[dst.0 as usize] = false;
                changed = true;
            }
        }
        if !changed {
            return plain;
        }
    }
}

/// Of each register: is it a slot that anything is done with. The others need no room.
pub(crate) fn used_slots(func: &Func) -> Vec<bool> {
    if func.kind != crate::ir::FuncKind::Plain {
        return vec![true; func.regs.len()];
    }
    let mut used = vec![false; func.regs.len()];
    for inst in func.blocks.iter().flat_map(|b| &b.insts) {
        each_reg(inst, &mut |reg, _| used[reg.0 as usize] = true);
        match inst {
            Inst::Rt { args, .. } | Inst::Call { args, .. } | Inst::ForkPush { captured: args, .. } => {
                each_in_runs(func, args, &mut |reg| used[reg.0 as usize] = true);
            }
            Inst::ClearRun(first, n) => {
                used[first.0 as usize..(first.0 + n) as usize].fill(true);
            }
            _ => {}
        }
    }
    for block in &func.blocks {
        each_of_term(&block.term, &mut |reg, _| used[reg.0 as usize] = true);
    }
    used
}

/// Calls `f` on every slot that these arguments may lead to: each one itself, and, where a count is among them, those behind it.
pub(super) fn each_in_runs(func: &Func, args: &[Operand], f: &mut dyn FnMut(VReg)) {
    let longest =
        args.iter().filter_map(|a| if let Operand::Imm(n) = a { u32::try_from(*n).ok() } else { None });
    let longest = longest.max().unwrap_or(0).max(1);
    for arg in args {
        let Operand::Reg(first) = arg else { continue };
        for reg in first.0..first.0.saturating_add(longest) {
            if func.regs.get(reg as usize) != Some(&Reg::Slot) {
                break;
            }
            f(VReg(reg));
        }
    }
}
