//! Which registers are read from a place on before they are written.

use super::flow::successors;
use crate::ir::regs::{Access, each_of_term, each_reg};
use crate::ir::{Block, Func, VReg};

/// More than this is not looked at: registers times blocks.
const MAX_CELLS: usize = 1 << 22;

/// Of each block: the registers whose values somebody behind its start may read. Slots are not asked for.
pub(super) struct Live(Vec<Vec<u64>>);

impl Live {
    /// None where the function is too long to ask.
    pub(super) fn of(func: &Func) -> Option<Self> {
        if func.regs.len() * func.blocks.len() > MAX_CELLS {
            return None;
        }
        let words = func.regs.len().div_ceil(64);
        let (reads, writes): (Vec<_>, Vec<_>) = func.blocks.iter().map(|b| first_uses(b, words)).unzip();
        let mut live = reads.clone();
        let mut changed = true;
        while std::mem::take(&mut changed) {
            for at in (0..func.blocks.len()).rev() {
                let block = &func.blocks[at];
                let mut all = vec![0; words];
                for next in successors(&block.term).into_iter().flatten() {
                    all.iter_mut().zip(&live[next.0 as usize]).for_each(|(a, b)| *a |= b);
                }
                for ((all, read), written) in all.iter_mut().zip(&reads[at]).zip(&writes[at]) {
                    *all = *all & !written | read;
                }
                // A fault may leave a block before anything is written in it.
                if let Some(handler) = block.handler {
                    all.iter_mut().zip(&live[handler.0 as usize]).for_each(|(a, b)| *a |= b);
                }
                if all != live[at] {
                    live[at] = all;
                    changed = true;
                }
            }
        }
        Some(Self(live))
    }

    /// Is the value that a register has where a block begins read behind that.
    pub(super) fn has(&self, block: usize, reg: VReg) -> bool {
        self.0[block][reg.0 as usize / 64] >> (reg.0 % 64) & 1 == 1
    }
}

/// The registers that a block reads before it writes them, and those that it writes.
fn first_uses(block: &Block, words: usize) -> (Vec<u64>, Vec<u64>) {
    let (mut reads, mut writes) = (vec![0; words], vec![0; words]);
    let mut note = |reg: VReg, access| {
        let (word, bit) = (reg.0 as usize / 64, 1 << (reg.0 % 64));
        match access {
            Access::Read if writes[word] & bit == 0 => reads[word] |= bit,
            Access::Read => {}
            Access::Write => writes[word] |= bit,
        }
    };
    block.insts.iter().for_each(|inst| each_reg(inst, &mut note));
    each_of_term(&block.term, &mut note);
    (reads, writes)
}
