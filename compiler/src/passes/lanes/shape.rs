//! How the numbers of neighboring lanes differ.

use crate::ir::regs::{Access, each_reg, each_written};
use crate::ir::{BlockId, Func, Inst, IntOp, Operand, VReg};
use rustc_hash::{FxHashMap, FxHashSet};

/// How what a register holds differs from lane to lane.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    /// Not at all.
    Same,
    /// It is an int, by so much greater in each lane than in the one before.
    Linear(i64),
    /// In any way.
    Varying,
}

/// The shapes of the registers that a round writes; all others are the same.
#[derive(Default)]
pub(super) struct Shapes(FxHashMap<VReg, Shape>);

impl Shapes {
    /// Of what is written in these blocks, where lanes begin with neighboring numbers in the counter.
    pub(super) fn of(
        func: &Func,
        blocks: &[BlockId],
        counter: VReg,
        constants: &FxHashMap<VReg, i64>,
    ) -> Self {
        let insts = || blocks.iter().flat_map(|b| &func.blocks[b.0 as usize].insts);
        let mut unknown: FxHashSet<VReg> = FxHashSet::default();
        insts().for_each(|inst| {
            each_written(inst, &mut |r| {
                unknown.insert(r);
            });
        });
        unknown.remove(&counter);
        let mut shapes = Self(FxHashMap::default());
        shapes.0.insert(counter, Shape::Linear(1));
        let mut changed = true;
        while std::mem::take(&mut changed) {
            for inst in insts() {
                let mut is_known = true;
                each_reg(inst, &mut |r, access| is_known &= access == Access::Write || !unknown.contains(&r));
                if !is_known {
                    continue;
                }
                let made = shapes.made(inst, constants);
                each_written(inst, &mut |r| {
                    unknown.remove(&r);
                });
                each_written(inst, &mut |reg| {
                    let joined = match shapes.0.get(&reg) {
                        None => made,
                        Some(known) if *known == made => made,
                        Some(_) => Shape::Varying,
                    };
                    changed |= shapes.0.insert(reg, joined) != Some(joined);
                });
            }
        }
        shapes
    }

    /// Is it written in a round at all.
    pub(super) fn is_written(&self, reg: VReg) -> bool {
        self.0.contains_key(&reg)
    }

    /// Of what a register holds.
    pub(super) fn of_reg(&self, reg: VReg) -> Shape {
        self.0.get(&reg).copied().unwrap_or(Shape::Same)
    }

    fn of_operand(&self, operand: Operand) -> Shape {
        match operand {
            Operand::Reg(reg) => self.of_reg(reg),
            Operand::Imm(_) | Operand::Const(_) => Shape::Same,
        }
    }

    /// Of what an instruction writes.
    fn made(&self, inst: &Inst, constants: &FxHashMap<VReg, i64>) -> Shape {
        let mut is_same = true;
        each_reg(inst, &mut |reg, access| {
            is_same &= access == Access::Write || self.of_reg(reg) == Shape::Same;
        });
        if is_same {
            return Shape::Same;
        }
        let number = |o: Operand| match o {
            Operand::Imm(n) => Some(n),
            Operand::Reg(r) => constants.get(&r).copied(),
            Operand::Const(_) => None,
        };
        let step = |o: Operand| match self.of_operand(o) {
            Shape::Same => Some(0),
            Shape::Linear(by) => Some(by),
            Shape::Varying => None,
        };
        let by = match inst {
            Inst::Copy(_, from) => return self.of_reg(*from),
            Inst::IntOp { op: IntOp::Add, a, b, .. } => sum(step(Operand::Reg(*a)), step(*b)),
            Inst::IntOp { op: IntOp::Sub, a, b, .. } => {
                sum(step(Operand::Reg(*a)), step(*b).and_then(i64::checked_neg))
            }
            Inst::IntOp { op: IntOp::Mul, a, b, .. } => match (number(Operand::Reg(*a)), number(*b)) {
                (_, Some(n)) => step(Operand::Reg(*a)).and_then(|by| by.checked_mul(n)),
                (Some(n), _) => step(*b).and_then(|by| by.checked_mul(n)),
                _ => None,
            },
            Inst::IntOp { op: IntOp::Shl, a, b, .. } => match number(*b) {
                Some(n @ 0..32) => step(Operand::Reg(*a)).and_then(|by| by.checked_mul(1 << n)),
                _ => None,
            },
            _ => None,
        };
        // So small that no lane is far from the first.
        by.filter(|by| by.unsigned_abs() < 1 << 40).map_or(Shape::Varying, Shape::Linear)
    }
}

fn sum(a: Option<i64>, b: Option<i64>) -> Option<i64> {
    a?.checked_add(b?)
}
