//! Trial division, two rounds at a time.
//!
//! In a loop that looks for a divisor, each round tests whether the next number divides the same other one. A processor divides two
//! pairs of floats in less time than one of ints. Of ints below 2**53 the rounded quotient, cut to a whole number and multiplied
//! back, is the dividend where the division leaves nothing over, and only there. So the loop is written out for two rounds, and
//! the first one tests for both. What the second one makes of it happens in its turn, if at all.

use super::flow::{retarget, successors};
use super::loops::{Loop, Loops};
use super::unroll::second_round;
use crate::ir::regs::{Access, each_of_term, each_reg, each_written};
use crate::ir::{BlockId, Cmp, Func, FuncKind, Inst, IntOp, Operand, Quotient, VReg};
use crate::types::Reg;

/// Numbers that are divisors in turn are at most so far apart.
const MAX_STEP: i64 = 1 << 20;

/// A division in a loop whose remainder is only compared with zero.
struct Trial {
    /// Its block and its place there.
    at: (usize, usize),
    /// Of the comparison.
    tested_at: (usize, usize),
    dividend: VReg,
    divisor: VReg,
    /// By how much the divisor is greater in the next round.
    step: i64,
}

/// Tests for two divisors at once where a loop tests for one after the other.
pub(super) fn pair(func: &mut Func) {
    if func.kind != FuncKind::Plain || !can_round() {
        return;
    }
    let loops = Loops::of(func);
    for found in loops.0.iter().filter(|l| loops.is_inner(l)) {
        if let Some(trial) = trial(func, found) {
            write_out(func, found, &trial);
        }
    }
}

/// Has the processor an instruction that cuts floats to whole numbers.
fn can_round() -> bool {
    #[cfg(target_arch = "x86_64")]
    return std::arch::is_x86_feature_detected!("sse4.1");
    #[cfg(not(target_arch = "x86_64"))]
    true
}

/// The places of the instructions that write and read a register, and whether the end of a block reads it.
struct Uses {
    writes: Vec<(usize, usize)>,
    reads: Vec<(usize, usize)>,
    is_read_at_end: bool,
}

fn uses(func: &Func, reg: VReg) -> Uses {
    let mut all = Uses { writes: Vec::new(), reads: Vec::new(), is_read_at_end: false };
    for (at, block) in func.blocks.iter().enumerate() {
        for (i, inst) in block.insts.iter().enumerate() {
            each_reg(inst, &mut |r, access| match access {
                Access::Read if r == reg => all.reads.push((at, i)),
                Access::Write if r == reg => all.writes.push((at, i)),
                _ => {}
            });
        }
        each_of_term(&block.term, &mut |r, _| all.is_read_at_end |= r == reg);
    }
    all
}

/// Is it a remainder of numbers that floats are exact for.
fn is_trial(inst: &Inst) -> bool {
    matches!(inst, Inst::Divide { is_mod: true, by: Quotient::Small | Quotient::Exact, .. })
}

/// The one trial division of a loop that has one way round.
fn trial(func: &Func, found: &Loop) -> Option<Trial> {
    is_one_way(func, found)?;
    let mut divisions = Vec::new();
    for at in found.places() {
        for (i, inst) in func.blocks[at].insts.iter().enumerate() {
            if let Inst::Divide { dst, a, b, .. } = inst
                && is_trial(inst)
            {
                divisions.push(((at, i), *dst, *a, *b));
            }
        }
    }
    let [(at, rest, dividend, divisor)] = divisions.as_slice() else { return None };
    let of_rest = uses(func, *rest);
    let [tested_at] = of_rest.reads.as_slice() else { return None };
    let is_test = match &func.blocks[tested_at.0].insts[tested_at.1] {
        Inst::IntCmp { cmp: Cmp::Eq | Cmp::Ne, a, b: Operand::Imm(0), .. } => a == rest,
        Inst::IntToBool(..) => true,
        _ => false,
    };
    let is_only_tested = of_rest.writes.len() == 1 && !of_rest.is_read_at_end;
    let in_order = tested_at.0 == at.0
        && tested_at.1 > at.1
        && !func.blocks[at.0].insts[at.1..tested_at.1].iter().any(|i| matches!(i, Inst::Poll { .. }));
    let is_steady = writes_in(func, found, *dividend).is_empty();
    if !(is_test && is_only_tested && in_order && is_steady) {
        return None;
    }
    let step = step_of(func, found, *divisor)?;
    let (at, tested_at, dividend, divisor) = (*at, *tested_at, *dividend, *divisor);
    Some(Trial { at, tested_at, dividend, divisor, step })
}

/// Does each block of a loop lead to just one of it.
fn is_one_way(func: &Func, found: &Loop) -> Option<()> {
    for block in found.blocks(func) {
        let inside = successors(&block.term).into_iter().flatten().filter(|b| found.contains(*b));
        if inside.count() != 1 {
            return None;
        }
    }
    (!found.is_caught(func) && found.head.0 != 0).then_some(())
}

/// The instructions of a loop that write a register.
fn writes_in(func: &Func, found: &Loop, reg: VReg) -> Vec<(usize, usize)> {
    let mut all = Vec::new();
    for at in found.places() {
        for (i, inst) in func.blocks[at].insts.iter().enumerate() {
            each_written(inst, &mut |r| {
                if r == reg {
                    all.push((at, i));
                }
            });
        }
    }
    all
}

/// By how much a register is greater in each round than in the one before: it, or what it is a copy of, is added to once.
fn step_of(func: &Func, found: &Loop, reg: VReg) -> Option<i64> {
    let [(at, i)] = writes_in(func, found, reg)[..] else { return None };
    let added = |inst: &Inst, to: VReg| match inst {
        Inst::IntOp { op: IntOp::Add, a, b: Operand::Imm(n), .. } if *a == to => Some(*n),
        _ => None,
    };
    let block = &func.blocks[at];
    let step = match &block.insts[i] {
        Inst::Copy(_, from) => match writes_in(func, found, *from)[..] {
            // `t = x + 1`, then `x = t`.
            [(b, j)] if b == at && j < i && added(&block.insts[j], reg).is_some() => {
                added(&block.insts[j], reg)
            }
            // `x` is the counter as it is in this round.
            [(b, j)] => added(&func.blocks[b].insts[j], *from),
            _ => None,
        },
        inst => added(inst, reg),
    };
    step.filter(|n| (1..=MAX_STEP).contains(n))
}

/// Writes the loop out for two rounds, the first of which tests for both.
fn write_out(func: &mut Func, found: &Loop, trial: &Trial) {
    let number = second_round(func, found);
    for at in found.places() {
        retarget(&mut func.blocks[at].term, found.head, number[&found.head]);
    }
    let [first, second] = [(); 2].map(|()| func.reg(Reg::Bool));
    let next = func.reg(Reg::Int);
    let copy_of = |at: usize| number[&BlockId(u32::try_from(at).unwrap_or(u32::MAX))].0 as usize;
    for (block, flag) in [(trial.tested_at.0, first), (copy_of(trial.tested_at.0), second)] {
        // A copy has no polls; nothing else is missing in it.
        let insts = &mut func.blocks[block].insts;
        let division = insts.iter().position(is_trial);
        let Some(division) = division else { continue };
        let test = division + trial.tested_at.1 - trial.at.1;
        insts[test] = match &insts[test] {
            Inst::IntCmp { cmp: Cmp::Eq, dst, .. } => Inst::Copy(*dst, flag),
            Inst::IntCmp { dst, .. } | Inst::IntToBool(dst, _) => Inst::Not(*dst, flag),
            _ => unreachable!("the test of the first round is one of these, and the second is its copy"),
        };
        if flag == second {
            insts.remove(division);
            continue;
        }
        let (a, b) = (trial.dividend, trial.divisor);
        let both = Inst::Divides { first, second, a, b, c: next };
        let add = Inst::IntOp { op: IntOp::Add, dst: next, a: b, b: Operand::Imm(trial.step) };
        insts.splice(division..=division, [add, both]);
    }
}
