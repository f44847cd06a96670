//! Loops of few rounds are written out, one round after the other.
//!
//! Only loops that count from one constant to another, so that it is known that each round begins, and that no more come.

use super::flow;
use super::loops::{Loop, Loops};
use crate::ir::regs::{each_written, local, map_regs, map_term_regs};
use crate::ir::{Block, BlockId, Cmp, Func, FuncKind, Inst, IntOp, Operand, Term, VReg};
use rustc_hash::FxHashMap;

/// So many rounds are written out at most.
const MAX_ROUNDS: i64 = 8;
/// So many instructions they have together.
const MAX_SIZE: usize = 400;
/// So many where they are arithmetic with roots and divisions of floats, which are then made two at a time.
pub(super) const MAX_HEAVY: usize = 4000;
/// So many instructions without a poll nobody notices: some tens of microseconds.
const SOON_DONE: usize = 1 << 16;

/// Writes out loops of few rounds, inner ones first, of heavy arithmetic up to so many instructions; says whether there were any.
pub(super) fn unroll(func: &mut Func, heavy: usize) -> bool {
    if func.kind != FuncKind::Plain {
        return false;
    }
    // For all, and for what is heavy.
    let mut room = [MAX_SIZE, heavy.max(MAX_SIZE)];
    let mut found = false;
    while let Some((next, rounds)) = next_of(func, room) {
        let before = size(func, &next);
        for _ in 0..rounds {
            // The blocks of the loop itself stay where they are; those that were added belong to no round of it.
            peel(func, &next);
        }
        let taken = before * usize::try_from(rounds).unwrap_or(usize::MAX);
        let kind = usize::from(is_heavy(func, &next));
        room[kind] = room[kind].saturating_sub(taken);
        found = true;
        // The loop that is left is none: its counter is at the end.
        let head = &mut func.blocks[next.head.0 as usize];
        head.insts.retain(|inst| !matches!(inst, Inst::Poll { .. }));
        if let Term::Branch { orelse, .. } = head.term {
            head.term = Term::Jump(orelse);
        }
    }
    found
}

fn size(func: &Func, found: &Loop) -> usize {
    found.blocks(func).map(|b| 1 + b.insts.len()).sum()
}

/// Is a loop nothing but arithmetic, some of which takes long.
fn is_heavy(func: &Func, found: &Loop) -> bool {
    let insts = || found.blocks(func).flat_map(|b| &b.insts);
    let calls = |inst: &Inst| matches!(inst, Inst::Rt { .. } | Inst::Call { .. } | Inst::ForkPush { .. });
    insts().any(super::straight::is_heavy) && !insts().any(calls)
}

/// A loop without loops in it that runs so few times that it may be written out.
fn next_of(func: &Func, room: [usize; 2]) -> Option<(Loop, i64)> {
    let loops = Loops::of(func);
    let inner: Vec<bool> = loops.0.iter().map(|l| loops.is_inner(l)).collect();
    loops.0.into_iter().zip(inner).find_map(|(l, is_inner)| {
        let rounds = if is_inner { rounds(func, &l)? } else { return None };
        let room = room[usize::from(is_heavy(func, &l))];
        let fits =
            (1..=MAX_ROUNDS).contains(&rounds) && size(func, &l) * usize::try_from(rounds).ok()? <= room;
        fits.then_some((l, rounds))
    })
}

/// How often a loop runs that counts from one constant to another, and is left in no other way but by faults and results.
fn rounds(func: &Func, found: &Loop) -> Option<i64> {
    let head = &func.blocks[found.head.0 as usize];
    let Term::Branch { cond, then, orelse } = head.term else { return None };
    if found.is_caught(func) || !found.contains(then) || found.contains(orelse) {
        return None;
    }
    let [poll @ .., Inst::IntCmp { cmp: Cmp::Lt, dst, a: counter, b: stop }] = head.insts.as_slice() else {
        return None;
    };
    if *dst != cond || !poll.iter().all(|i| matches!(i, Inst::Poll { .. })) {
        return None;
    }
    let constants = constants(func);
    let stop = match stop {
        Operand::Imm(n) => *n,
        Operand::Reg(r) => *constants.get(r)?,
        Operand::Const(_) => return None,
    };
    let start = starts_at(func, found, *counter, &constants)?;
    let step = steps_by(func, found, *counter, then)?;
    let n = i128::from(stop) - i128::from(start);
    let rounds = (n.max(0) + i128::from(step) - 1) / i128::from(step);
    i64::try_from(rounds).ok()
}

/// Leaves out the polls of loops without loops or calls in them that are soon done.
pub(super) fn leave_out_polls(func: &mut Func) {
    if func.kind != FuncKind::Plain {
        return;
    }
    let loops = Loops::of(func);
    for found in loops.0.iter().filter(|l| loops.is_inner(l)) {
        let calls = |inst: &Inst| matches!(inst, Inst::Rt { .. } | Inst::Call { .. } | Inst::ForkPush { .. });
        if found.blocks(func).flat_map(|b| &b.insts).any(calls) {
            continue;
        }
        let n = rounds(func, found).and_then(|n| usize::try_from(n).ok()).unwrap_or(usize::MAX);
        if size(func, found).saturating_mul(n) <= SOON_DONE {
            for at in found.places() {
                func.blocks[at].insts.retain(|inst| !matches!(inst, Inst::Poll { .. }));
            }
        }
    }
}

/// Registers that are written once, with a number.
pub(super) fn constants(func: &Func) -> FxHashMap<VReg, i64> {
    let mut found = FxHashMap::default();
    let mut n_writes: FxHashMap<VReg, u32> = FxHashMap::default();
    for inst in func.blocks.iter().flat_map(|b| &b.insts) {
        each_written(inst, &mut |r| *n_writes.entry(r).or_default() += 1);
        if let Inst::Int(r, n) = inst {
            found.insert(*r, *n);
        }
    }
    found.retain(|r, _| n_writes[r] == 1 && !func.params.contains(r));
    found
}

/// The number that the counter has on all ways into the loop.
fn starts_at(func: &Func, found: &Loop, counter: VReg, constants: &FxHashMap<VReg, i64>) -> Option<i64> {
    let mut start = None;
    for (_, block) in func.blocks.iter().enumerate().filter(|(at, _)| !found.has_place(*at)) {
        if !flow::successors(&block.term).into_iter().flatten().any(|next| next == found.head) {
            continue;
        }
        let n = block.insts.iter().rev().find_map(|inst| {
            let mut writes = false;
            each_written(inst, &mut |r| writes |= r == counter);
            writes.then_some(match inst {
                Inst::Int(_, n) => Some(*n),
                Inst::Copy(_, from) => constants.get(from).copied(),
                _ => None,
            })
        })??;
        if start.is_some_and(|known| known != n) {
            return None;
        }
        start = Some(n);
    }
    start
}

/// What is added to the counter once in each round, at its start, and nowhere else.
pub(super) fn steps_by(func: &Func, found: &Loop, counter: VReg, first: BlockId) -> Option<i64> {
    let mut step = None;
    for (at, block) in (0u32..).zip(&func.blocks).filter(|(at, _)| found.contains(BlockId(*at))) {
        for inst in &block.insts {
            let mut writes = false;
            each_written(inst, &mut |r| writes |= r == counter);
            if !writes {
                continue;
            }
            match inst {
                Inst::IntOp { op: IntOp::Add, a, b: Operand::Imm(by), .. }
                    if *a == counter && *by > 0 && BlockId(at) == first && step.is_none() =>
                {
                    step = Some(*by);
                }
                _ => return None,
            }
        }
    }
    // The first block of a round is that of each: nothing but the head leads to it.
    let leads = |b: &crate::ir::Block| flow::successors(&b.term).into_iter().flatten().any(|n| n == first);
    (func.blocks.iter().filter(|b| leads(b)).count() == 1).then_some(step?)
}

/// Writes out one round of a loop before it.
fn peel(func: &mut Func, found: &Loop) {
    let number = second_round(func, found);
    let first = number[&found.head];
    // Not those of this round, which lead back to the loop itself.
    let outside = func.blocks.iter_mut().take(number[&found.head].0 as usize).enumerate();
    for (_, block) in outside.filter(|(at, _)| !found.has_place(*at)) {
        flow::retarget(&mut block.term, found.head, first);
    }
    let first = &mut func.blocks[first.0 as usize];
    if let Term::Branch { then, .. } = first.term {
        first.term = Term::Jump(then);
    }
}

/// Writes the blocks of a loop once more, without their polls: they lead back to its head. Nothing leads to them yet.
pub(super) fn second_round(func: &mut Func, found: &Loop) -> FxHashMap<BlockId, BlockId> {
    let is_local = local(func);
    let n = func.blocks.len();
    let mut number: FxHashMap<BlockId, BlockId> = FxHashMap::default();
    for at in (0u32..).take(n).filter(|at| found.contains(BlockId(*at))) {
        let id = u32::try_from(n + number.len()).unwrap_or(u32::MAX);
        number.insert(BlockId(at), BlockId(id));
    }
    for at in found.places() {
        let mut copy = copy_of(func, at, &is_local);
        flow::renumber(&mut copy, &|id| if id == found.head { id } else { *number.get(&id).unwrap_or(&id) });
        func.blocks.push(copy);
    }
    number
}

/// A block with names of its own for what it alone knows, and without its polls.
pub(super) fn copy_of(func: &mut Func, block: usize, is_local: &[bool]) -> Block {
    let mut copy = func.blocks[block].clone();
    copy.insts.retain(|inst| !matches!(inst, Inst::Poll { .. }));
    let names = fresh_names(func, &copy.insts, is_local);
    let to = |reg: VReg| *names.get(&reg).unwrap_or(&reg);
    copy.insts.iter_mut().for_each(|inst| map_regs(inst, &to));
    map_term_regs(&mut copy.term, &to);
    copy
}

/// Registers of its own for what one block alone knows.
fn fresh_names(func: &mut Func, insts: &[Inst], is_local: &[bool]) -> FxHashMap<VReg, VReg> {
    let mut names = FxHashMap::default();
    for inst in insts {
        each_written(inst, &mut |reg| {
            if is_local[reg.0 as usize] && !names.contains_key(&reg) {
                let kind = func.kind_of(reg);
                names.insert(reg, func.reg(kind));
            }
        });
    }
    names
}
