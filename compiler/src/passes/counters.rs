//! Counters: numbers that begin small and change by a little at a time. None of them gets as far as 2**62, since each step takes an
//! instruction: that would be years.

use crate::ir::regs::each_written;
use crate::ir::{CheckedOp, Func, Inst, IntOp, Operand, VReg};
use crate::types::Reg;

/// No counter is further from zero than this.
pub(super) const LIMIT: i64 = 1 << 62;

/// What a counter begins with, at most.
const MAX_START: i64 = 1 << 61;

/// By how much a counter changes at a time, at most.
const MAX_STEP: i64 = 16;

/// How a register is written.
enum Write {
    Start(i64),
    /// Another one, and what is added to it.
    Step(VReg, Option<VReg>),
    Other,
}

/// Of each register: is it a counter.
pub(super) fn counters(func: &Func) -> Vec<bool> {
    let mut is_counter: Vec<bool> = func.regs.iter().map(|kind| *kind == Reg::Int).collect();
    let mut writes: Vec<Vec<Write>> = func.regs.iter().map(|_| Vec::new()).collect();
    for param in &func.params {
        is_counter[param.0 as usize] = false;
    }
    for inst in func.blocks.iter().flat_map(|b| &b.insts) {
        each_written(inst, &mut |reg| writes[reg.0 as usize].push(write(inst)));
    }
    let is_small = |reg: VReg| {
        let all = &writes[reg.0 as usize];
        !all.is_empty() && all.iter().all(|w| matches!(w, Write::Start(n) if is_within(*n, MAX_STEP)))
    };
    let mut changed = true;
    while std::mem::take(&mut changed) {
        for (at, writes) in writes.iter().enumerate() {
            let holds = writes.iter().all(|write| match write {
                Write::Start(n) => is_within(*n, MAX_START),
                Write::Step(from, by) => is_counter[from.0 as usize] && by.is_none_or(is_small),
                Write::Other => false,
            });
            if is_counter[at] && !holds {
                is_counter[at] = false;
                changed = true;
            }
        }
    }
    is_counter
}

/// Is a number no further from zero than this.
fn is_within(n: i64, most: i64) -> bool {
    n.unsigned_abs() <= most.unsigned_abs()
}

fn write(inst: &Inst) -> Write {
    match inst {
        Inst::Int(_, n) => Write::Start(*n),
        Inst::Copy(_, from) => Write::Step(*from, None),
        Inst::Checked { op: CheckedOp::Add | CheckedOp::Sub, a, b, .. } => Write::Step(*a, Some(*b)),
        Inst::IntOp { op: IntOp::Add | IntOp::Sub, a, b, .. } => match b {
            Operand::Reg(b) => Write::Step(*a, Some(*b)),
            Operand::Imm(n) if is_within(*n, MAX_STEP) => Write::Step(*a, None),
            _ => Write::Other,
        },
        _ => Write::Other,
    }
}

#[cfg(test)]
mod tests;
