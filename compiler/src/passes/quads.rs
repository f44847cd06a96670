//! Short loops that add up small numbers do four rounds at once, in lanes of 32 bits.
//!
//! What is masked is known by its lower bits alone, and those of sums and products follow from the lower bits of what they are made
//! of. So where all that a round adds to a sum is masked in the end, four rounds go in the lanes of one vector, and several vectors
//! follow each other without a test. The loop as it was does the rest.

use super::fours::{self, Short};
use super::loops::Loops;
use super::unroll::constants;
use crate::ir::regs::{Access, each_reg, each_written, local};
use crate::ir::{Block, BlockId, Func, FuncKind, Inst, IntOp, Operand, Term, VReg};
use crate::types::Reg;
use rustc_hash::FxHashMap;

/// How many rounds go in one vector.
const LANES: usize = 4;
/// How many vectors follow each other without a test.
const VECTORS: usize = 8;
/// Bits of a lane.
const BITS: i64 = 32;
/// The most that a round may add, so that a lane holds what all vectors add to it.
const MAX_TERM: u64 = (u32::MAX as u64) / (VECTORS as u64);

/// Writes loops that add up small numbers out for many rounds at once.
pub(super) fn by_lanes(func: &mut Func) {
    if func.kind != FuncKind::Plain || !can_multiply() {
        return;
    }
    for found in Loops::of(func).0 {
        if let Some(plan) = fours::short(func, &found).and_then(|short| Plan::of(func, short)) {
            plan.write_out(func);
        }
    }
}

/// Has the processor an instruction that multiplies lanes.
fn can_multiply() -> bool {
    #[cfg(target_arch = "x86_64")]
    return std::arch::is_x86_feature_detected!("sse4.1");
    #[cfg(not(target_arch = "x86_64"))]
    true
}

/// A loop, with what each of its instructions is in lanes.
struct Plan {
    short: Short,
    steps: Vec<Step>,
}

/// What becomes of an instruction.
enum Step {
    /// The same is done with lanes.
    Lanes(Inst),
    /// What it adds to a sum is added to that of its lane.
    Term { sum: VReg, term: VReg },
}

/// The most that a number may be which is known from its lane, without a sign; none where the lane has its lower bits alone.
type Most = Option<u64>;

impl Plan {
    fn of(func: &Func, short: Short) -> Option<Self> {
        let insts = &func.blocks[short.body.0 as usize].insts;
        let is_local = local(func);
        let constants = constants(func);
        let mut reads: FxHashMap<VReg, u32> = FxHashMap::default();
        let mut writes: FxHashMap<VReg, u32> = FxHashMap::default();
        for inst in insts {
            each_reg(inst, &mut |reg, access| {
                let counts = if access == Access::Read { &mut reads } else { &mut writes };
                *counts.entry(reg).or_default() += 1;
            });
        }
        let is_sum = |reg: VReg| {
            reg != short.counter
                && !is_local[reg.0 as usize]
                && reads.get(&reg) == Some(&1)
                && writes.get(&reg) == Some(&1)
        };
        let mut known: FxHashMap<VReg, Most> = FxHashMap::default();
        let (mut steps, mut n_sums) = (Vec::new(), 0);
        for inst in insts {
            let mut written = None;
            each_written(inst, &mut |reg| written = Some(reg));
            let dst = written?;
            let most = |reg: VReg| match known.get(&reg) {
                Some(most) => *most,
                None => constants.get(&reg).copied().and_then(small),
            };
            let of = |operand: Operand| match operand {
                Operand::Reg(reg) => most(reg),
                Operand::Imm(n) => small(n),
                Operand::Const(_) => None,
            };
            if let Inst::IntOp { op: IntOp::Add, a, b: Operand::Reg(b), .. } = inst
                && is_sum(dst)
                && (*a == dst) != (*b == dst)
            {
                let term = if *a == dst { *b } else { *a };
                let is_small = known.contains_key(&term) && most(term).is_some_and(|most| most <= MAX_TERM);
                steps.push(is_small.then_some(Step::Term { sum: dst, term })?);
                n_sums += 1;
                continue;
            }
            let made = match inst {
                Inst::Copy(_, src) => most(*src),
                Inst::Int(_, n) => small(*n),
                Inst::IntOp { op, a, b, .. } => made(*op, most(*a), of(*b), *b)?,
                _ => return None,
            };
            if !is_local[dst.0 as usize] && dst != short.counter || func.kind_of(dst) != Reg::Int {
                return None;
            }
            known.insert(dst, made);
            steps.push(Step::Lanes(inst.clone()));
        }
        (n_sums > 0).then_some(Self { short, steps })
    }

    /// Adds the blocks that do as many rounds as there are lanes, where so many are left.
    fn write_out(&self, func: &mut Func) {
        let Short { head, body, counter, stop } = self.short;
        let start = BlockId(u32::try_from(func.blocks.len()).unwrap_or(u32::MAX));
        let rounds = i64::try_from(LANES * VECTORS).unwrap_or(0);
        let Some((insts, enough)) = fours::enough_left(func, counter, stop, rounds) else { return };
        let wide = BlockId(start.0 + 1);
        let term = Term::Branch { cond: enough, then: wide, orelse: body };
        let handler = func.blocks[body.0 as usize].handler;
        func.blocks.push(Block { insts, term, handler: None, is_cold: false });
        super::flow::retarget(&mut func.blocks[head.0 as usize].term, body, start);
        let mut lanes = Lanes { func, insts: Vec::new(), at: FxHashMap::default(), sums: Vec::new() };
        let first = lanes.func.reg(Reg::Quad);
        lanes.insts.push(Inst::Steps(first, counter));
        for i in 0..VECTORS {
            let offset = i64::try_from(i * LANES).unwrap_or(0);
            let here = lanes.func.reg(Reg::Quad);
            lanes.insts.push(Inst::IntOp { op: IntOp::Add, dst: here, a: first, b: Operand::Imm(offset) });
            lanes.at.insert(counter, here);
            self.steps.iter().for_each(|step| lanes.step(step));
        }
        lanes.finish();
        let mut insts = lanes.insts;
        insts.push(Inst::IntOp { op: IntOp::Add, dst: counter, a: counter, b: Operand::Imm(rounds) });
        func.blocks.push(Block { insts, term: Term::Jump(head), handler, is_cold: false });
    }
}

/// A number that a lane holds.
fn small(n: i64) -> Most {
    u64::try_from(n).ok().filter(|n| *n <= u64::from(u32::MAX))
}

/// What is known of the result of an operation, where its lower bits follow from those of its operands; none where they do not.
fn made(op: IntOp, a: Most, b: Most, by: Operand) -> Option<Most> {
    let both = a.zip(b);
    let fits = |n: Option<u64>| n.filter(|n| *n <= u64::from(u32::MAX));
    let shift = match by {
        Operand::Imm(n @ 0..BITS) => u32::try_from(n).ok(),
        _ => None,
    };
    Some(match op {
        IntOp::Add => fits(both.and_then(|(a, b)| a.checked_add(b))),
        IntOp::Mul => fits(both.and_then(|(a, b)| a.checked_mul(b))),
        IntOp::Sub => None,
        IntOp::And => match (a, b) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        },
        IntOp::Or | IntOp::Xor => {
            both.map(|(a, b)| (a | b).checked_add(1).map_or(u64::MAX, u64::next_power_of_two) - 1)
        }
        IntOp::Shl => {
            let by = shift?;
            fits(a.and_then(|a| a.checked_mul(1 << by)))
        }
        // What is shifted in must be known.
        IntOp::Sar | IntOp::Shr => Some(a? >> shift?),
        IntOp::Min | IntOp::Max => return None,
    })
}

/// What is written out.
struct Lanes<'a> {
    func: &'a mut Func,
    insts: Vec<Inst>,
    /// The vector with what a register holds in each round of it.
    at: FxHashMap<VReg, VReg>,
    /// The sums, each with that of its lanes.
    sums: Vec<(VReg, VReg)>,
}

impl Lanes<'_> {
    fn of(&mut self, reg: VReg) -> VReg {
        if let Some(quad) = self.at.get(&reg) {
            return *quad;
        }
        let quad = self.func.reg(Reg::Quad);
        self.insts.push(Inst::Splat(quad, reg));
        self.at.insert(reg, quad);
        quad
    }

    fn step(&mut self, step: &Step) {
        match step {
            Step::Lanes(inst) => self.inst(inst),
            Step::Term { sum, term } => {
                let term = self.of(*term);
                match self.sums.iter().position(|(known, _)| known == sum) {
                    None => self.sums.push((*sum, term)),
                    Some(i) => {
                        let (so_far, more) = (self.sums[i].1, self.func.reg(Reg::Quad));
                        let add = Inst::IntOp { op: IntOp::Add, dst: more, a: so_far, b: Operand::Reg(term) };
                        self.insts.push(add);
                        self.sums[i].1 = more;
                    }
                }
            }
        }
    }

    fn inst(&mut self, inst: &Inst) {
        match inst {
            Inst::Copy(dst, src) => {
                let quad = self.of(*src);
                self.at.insert(*dst, quad);
            }
            Inst::Int(dst, n) => {
                let (number, quad) = (self.func.reg(Reg::Int), self.func.reg(Reg::Quad));
                self.insts.extend([Inst::Int(number, *n), Inst::Splat(quad, number)]);
                self.at.insert(*dst, quad);
            }
            Inst::IntOp { op, dst, a, b } => {
                let a = self.of(*a);
                let b = if let Operand::Reg(b) = b { Operand::Reg(self.of(*b)) } else { *b };
                let quad = self.func.reg(Reg::Quad);
                // A lane has no sign.
                let op = if *op == IntOp::Sar { IntOp::Shr } else { *op };
                self.insts.push(Inst::IntOp { op, dst: quad, a, b });
                self.at.insert(*dst, quad);
            }
            _ => unreachable!("a plan has nothing else in lanes"),
        }
    }

    /// Adds the sums of the lanes to those of the loop.
    fn finish(&mut self) {
        for (sum, lanes) in std::mem::take(&mut self.sums) {
            let all = self.func.reg(Reg::Int);
            self.insts.push(Inst::SumLanes(all, lanes));
            self.insts.push(Inst::IntOp { op: IntOp::Add, dst: sum, a: sum, b: Operand::Reg(all) });
        }
    }
}

#[cfg(test)]
mod tests;
