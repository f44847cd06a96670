//! Copies of numbers within a block: what reads a copy reads what it was made of. What is boxed only to be moved is boxed where
//! it goes.

use crate::ir::regs::{Access, each_of_term, each_written, map_term_regs, visit_mut};
use crate::ir::{Func, Inst, Operand, VReg};
use crate::types::Reg;
use rustc_hash::{FxHashMap, FxHashSet};

/// What a register is known to be the same as.
#[derive(Clone, Copy)]
enum Same {
    Reg(VReg),
    Int(i64),
}

/// The copies that hold at a place of a block.
struct Copies {
    same: FxHashMap<VReg, Same>,
    /// The registers that others are copies of.
    sources: FxHashSet<VReg>,
}

/// Reads the source of each copy instead of the copy.
pub(super) fn forward(func: &mut Func) {
    let kinds = std::mem::take(&mut func.regs);
    for block in &mut func.blocks {
        let mut copies = Copies { same: FxHashMap::default(), sources: FxHashSet::default() };
        for inst in &mut block.insts {
            copies.step(inst, &kinds);
        }
        box_in_place(&mut block.insts);
        let mut reads = false;
        each_of_term(&block.term, &mut |_, _| reads = true);
        if reads {
            map_term_regs(&mut block.term, &|reg| copies.of(reg));
        }
    }
    func.regs = kinds;
}

/// A box that moves on at once is made where it goes.
fn box_in_place(insts: &mut [Inst]) {
    for at in 1..insts.len() {
        if let (Inst::Box(made, number), Inst::Move(dst, src)) = (&insts[at - 1], &insts[at])
            && made == src
            && dst != src
        {
            let (emptied, boxed) = (Inst::Clear(*src), Inst::Box(*dst, *number));
            (insts[at - 1], insts[at]) = (emptied, boxed);
        }
    }
}

impl Copies {
    fn of(&self, reg: VReg) -> VReg {
        match self.same.get(&reg) {
            Some(Same::Reg(source)) => *source,
            _ => reg,
        }
    }

    fn step(&mut self, inst: &mut Inst, kinds: &[Reg]) {
        visit_mut(inst, &mut |reg, access| {
            if access == Access::Read {
                *reg = self.of(*reg);
            }
        });
        if let Inst::Copy(dst, source) = inst
            && let Some(Same::Int(n)) = self.same.get(source)
        {
            *inst = Inst::Int(*dst, *n);
        }
        if let Inst::IntOp { b: b @ Operand::Reg(_), .. } | Inst::IntCmp { b: b @ Operand::Reg(_), .. } = inst
            && let Operand::Reg(reg) = *b
            && let Some(Same::Int(n)) = self.same.get(&reg)
        {
            *b = Operand::Imm(*n);
        }
        each_written(inst, &mut |reg| self.forget(reg));
        match inst {
            Inst::Copy(dst, source) if dst != source && kinds[dst.0 as usize] != Reg::Slot => {
                self.same.insert(*dst, Same::Reg(*source));
                self.sources.insert(*source);
            }
            Inst::Int(dst, n) => {
                self.same.insert(*dst, Same::Int(*n));
            }
            _ => {}
        }
    }

    /// The register is something else from here on.
    fn forget(&mut self, reg: VReg) {
        self.same.remove(&reg);
        if self.sources.remove(&reg) {
            self.same.retain(|_, same| !matches!(same, Same::Reg(source) if *source == reg));
        }
    }
}
