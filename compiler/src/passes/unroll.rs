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
/// So many instructions without a poll nobody notices: some tens of microseconds.
const SOON_DONE: usize = 1 << 16;

/// Writes out loops of few rounds, inner ones first; says whether there were any.
pub(super) fn unroll(func: &mut Func) -> bool {
    if func.kind != FuncKind::Plain {
        return false;
    }
    let mut room = MAX_SIZE;
    let mut found = false;
    while let Some((mut next, rounds)) = next_of(func, room) {
        let before = size(func, &next);
        for _ in 0..rounds {
            // The blocks of the loop itself stay where they are; those that were added belong to no round of it.
            next.has.resize(func.blocks.len(), false);
            peel(func, &next);
        }
        room = room.saturating_sub(before * usize::try_from(rounds).unwrap_or(usize::MAX));
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
    let blocks = func.blocks.iter().zip(&found.has).filter_map(|(b, has)| has.then_some(b));
    blocks.map(|b| 1 + b.insts.len()).sum()
}

/// A loop without loops in it that runs so few times that it may be written out.
fn next_of(func: &Func, room: usize) -> Option<(Loop, i64)> {
    let loops = Loops::of(func).0;
    let heads: Vec<BlockId> = loops.iter().map(|l| l.head).collect();
    loops.into_iter().find_map(|l| {
        let is_inner = heads.iter().all(|h| *h == l.head || !l.has[h.0 as usize]);
        let rounds = if is_inner { rounds(func, &l)? } else { return None };
        let fits =
            (1..=MAX_ROUNDS).contains(&rounds) && size(func, &l) * usize::try_from(rounds).ok()? <= room;
        fits.then_some((l, rounds))
    })
}

/// How often a loop runs that counts from one constant to another, and is left in no other way but by faults and results.
fn rounds(func: &Func, found: &Loop) -> Option<i64> {
    let head = &func.blocks[found.head.0 as usize];
    let is_caught = func.blocks.iter().any(|b| b.handler.is_some_and(|h| found.has[h.0 as usize]));
    let Term::Branch { cond, then, orelse } = head.term else { return None };
    if is_caught || !found.has[then.0 as usize] || found.has[orelse.0 as usize] {
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
    for (at, found) in loops.0.iter().enumerate() {
        let is_inner = loops.0.iter().enumerate().all(|(i, l)| i == at || !found.has[l.head.0 as usize]);
        let calls = |inst: &Inst| matches!(inst, Inst::Rt { .. } | Inst::Call { .. } | Inst::ForkPush { .. });
        let blocks = func.blocks.iter().zip(&found.has).filter_map(|(b, has)| has.then_some(b));
        if !is_inner || blocks.flat_map(|b| &b.insts).any(calls) {
            continue;
        }
        let n = rounds(func, found).and_then(|n| usize::try_from(n).ok()).unwrap_or(usize::MAX);
        if size(func, found).saturating_mul(n) <= SOON_DONE {
            for (block, _) in func.blocks.iter_mut().zip(&found.has).filter(|(_, has)| **has) {
                block.insts.retain(|inst| !matches!(inst, Inst::Poll { .. }));
            }
        }
    }
}

/// Registers that are written once, with a number.
fn constants(func: &Func) -> FxHashMap<VReg, i64> {
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
    for (block, _) in func.blocks.iter().zip(&found.has).filter(|(_, has)| !**has) {
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
    for (at, block) in (0u32..).zip(&func.blocks).filter(|(at, _)| found.has[*at as usize]) {
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
    for (block, _) in func.blocks.iter_mut().zip(&found.has).filter(|(_, has)| !**has) {
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
    for (at, _) in (0u32..).zip(&found.has).filter(|(_, has)| **has) {
        let id = u32::try_from(n + number.len()).unwrap_or(u32::MAX);
        number.insert(BlockId(at), BlockId(id));
    }
    for at in (0..n).filter(|at| found.has[*at]) {
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
