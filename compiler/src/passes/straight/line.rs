//! A straight way as one line of instructions, and where values become known on it.

use crate::ir::regs::{Access, each_reg, each_written};
use crate::ir::{BlockId, Func, Inst, VReg};
use crate::types::Reg;
use rustc_hash::{FxHashMap, FxHashSet};

/// The instructions of a way, one after the other.
pub(super) struct Line {
    pub(super) insts: Vec<Inst>,
    /// Where each register that is written once is written.
    pub(super) at: FxHashMap<VReg, usize>,
    /// Registers whose values change on the way.
    unsteady: FxHashSet<VReg>,
    /// Where registers are written that are read only before that.
    pub(super) until: FxHashMap<VReg, usize>,
}

/// The float that an instruction makes.
pub(super) fn result(inst: &Inst) -> Option<VReg> {
    match inst {
        Inst::FloatOp { dst, .. } | Inst::FloatUnary { dst, .. } => Some(*dst),
        _ => None,
    }
}

/// What a step reads.
pub(super) fn sides(inst: &Inst) -> [Option<VReg>; 2] {
    match inst {
        Inst::FloatOp { a, b, .. } => [Some(*a), Some(*b)],
        Inst::FloatUnary { a, .. } => [Some(*a), None],
        _ => [None, None],
    }
}

/// Are two steps alike.
pub(super) fn alike(a: &Inst, b: &Inst) -> bool {
    match (a, b) {
        (Inst::FloatOp { op: x, .. }, Inst::FloatOp { op: y, .. }) => x == y,
        (Inst::FloatUnary { op: x, .. }, Inst::FloatUnary { op: y, .. }) => x == y,
        _ => false,
    }
}

impl Line {
    /// Of the blocks of a way.
    pub(super) fn of(func: &Func, way: &[BlockId]) -> Self {
        let insts: Vec<Inst> = way.iter().flat_map(|b| func.blocks[b.0 as usize].insts.clone()).collect();
        let counts = writes(func, way);
        let mut at = FxHashMap::default();
        for (i, inst) in insts.iter().enumerate() {
            each_written(inst, &mut |r| {
                if counts.get(&r) == Some(&1) {
                    at.insert(r, i);
                }
            });
        }
        let unsteady = counts.keys().copied().filter(|r| !at.contains_key(r)).collect();
        let mut line = Self { insts, at, unsteady, until: FxHashMap::default() };
        // Pairs that are there already are left alone.
        for inst in &line.insts {
            each_reg(inst, &mut |r, _| {
                if func.kind_of(r) == Reg::Pair {
                    line.unsteady.insert(r);
                }
            });
        }
        line.note_early();
        line
    }

    /// What is written once on the way and read before that is something else there.
    fn note_early(&mut self) {
        let (mut early, mut late) = (FxHashSet::default(), FxHashSet::default());
        for (i, inst) in self.insts.iter().enumerate() {
            each_reg(inst, &mut |reg, access| match self.at.get(&reg) {
                Some(at) if access == Access::Read => {
                    if *at >= i {
                        early.insert(reg)
                    } else {
                        late.insert(reg)
                    };
                }
                _ => {}
            });
        }
        let mut early: Vec<VReg> = early.into_iter().collect();
        early.sort_unstable();
        for reg in early {
            let at = self.at.remove(&reg);
            if late.contains(&reg) {
                self.unsteady.insert(reg);
            } else if let Some(at) = at {
                self.until.insert(reg, at);
            }
        }
    }

    /// Behind which instruction a register has its value; none where that changes.
    pub(super) fn ready(&self, reg: VReg) -> Option<usize> {
        if self.unsteady.contains(&reg) {
            return None;
        }
        Some(self.at.get(&reg).map_or(0, |at| at + 1))
    }

    /// The step that makes a float.
    pub(super) fn step(&self, reg: VReg) -> Option<(usize, &Inst)> {
        if self.unsteady.contains(&reg) {
            return None;
        }
        let at = *self.at.get(&reg)?;
        Some((at, &self.insts[at]))
    }
}

/// How often the instructions of a way write each register.
fn writes(func: &Func, way: &[BlockId]) -> FxHashMap<VReg, u32> {
    let mut all = FxHashMap::default();
    for inst in way.iter().flat_map(|b| &func.blocks[b.0 as usize].insts) {
        each_reg(inst, &mut |r, access| {
            if access == Access::Write {
                *all.entry(r).or_default() += 1;
            }
        });
    }
    all
}
