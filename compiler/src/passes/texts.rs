//! A text of numbers, `f"w{i}"`, that is only added to the text of a range, is written there piece by piece, and is no text of its own.

use super::flow;
use super::slots::each_in_runs;
use crate::ir::regs::{Access, each_of_term, each_reg, each_written};
use crate::ir::{Func, FuncKind, Inst, Loc, Operand, Term, VReg};
use crate::types::{ConstId, Reg};
use afar_runtime::abi::Rt;

/// A text of more numbers is left as it is.
const MAX_NUMBERS: i64 = 8;
/// So many blocks may lie between where a text is made and where it is added.
const MAX_BLOCKS: usize = 4;

/// An instruction, by its block and its place there.
type At = (usize, usize);

/// A text that is made of numbers, and added.
struct Text {
    template: ConstId,
    numbers: Vec<VReg>,
    /// What is not needed any more.
    dropped: Vec<At>,
}

/// Writes texts where they are added.
pub(super) fn write_in_place(func: &mut Func) {
    if func.kind != FuncKind::Plain {
        return;
    }
    while let Some((at, acc, loc, text)) = next(func) {
        let kinds = func.regs.clone();
        let pieces = text.numbers.iter().zip(0i64..).map(|(number, i)| {
            let rt =
                if kinds[number.0 as usize] == Reg::Float { Rt::acc_fill_float } else { Rt::acc_fill_int };
            let args = vec![acc, Operand::Const(text.template), Operand::Imm(i), Operand::Reg(*number)];
            Inst::Rt { rt, args, out: None, loc }
        });
        func.blocks[at.0].insts.splice(at.1..=at.1, pieces);
        // What was made lies before where it is added, in a block of its own or further up in the same one.
        let mut dropped = text.dropped;
        dropped.sort_unstable();
        for (block, inst) in dropped.into_iter().rev() {
            func.blocks[block].insts.remove(inst);
        }
        forget_unused(func);
    }
}

/// The next text that can be written where it is added.
fn next(func: &Func) -> Option<(At, Operand, Loc, Text)> {
    let mut added = (0..func.blocks.len()).flat_map(|b| (0..func.blocks[b].insts.len()).map(move |i| (b, i)));
    added.find_map(|at| match &func.blocks[at.0].insts[at.1] {
        Inst::Rt { rt: Rt::acc_text, args, loc, .. } => match args.as_slice() {
            [acc, Operand::Reg(slot)] => made(func, at, *slot).map(|text| (at, *acc, *loc, text)),
            _ => None,
        },
        _ => None,
    })
}

/// What a text in a slot was made of, which is added at a place.
fn made(func: &Func, added: At, slot: VReg) -> Option<Text> {
    let path = before(func, added);
    let mut slot = slot;
    let mut dropped = Vec::new();
    for (i, &(block, inst)) in path.iter().enumerate() {
        if n_readers(func, slot) != 1 {
            return None;
        }
        match &func.blocks[block].insts[inst] {
            Inst::Move(dst, src) if *dst == slot => {
                dropped.push((block, inst));
                slot = *src;
            }
            Inst::Rt { rt: Rt::fill_text, args, out: Some(out), .. } if *out == slot => {
                dropped.push((block, inst));
                let [Operand::Const(template), Operand::Reg(first), Operand::Imm(n)] = args[..] else {
                    return None;
                };
                let numbers = numbers(func, &path, i, first, n, &mut dropped)?;
                return Some(Text { template, numbers, dropped });
            }
            other if touches(func, other, slot) => return None,
            _ => {}
        }
    }
    None
}

/// The instructions before one, the last first, as far as there is one way to it.
fn before(func: &Func, at: At) -> Vec<At> {
    let mut path: Vec<At> = (0..at.1).rev().map(|i| (at.0, i)).collect();
    let mut block = at.0;
    for _ in 0..MAX_BLOCKS {
        let leads_here = |b: &usize| {
            let from = &func.blocks[*b];
            let ways = flow::successors(&from.term).into_iter().chain([from.handler]);
            ways.flatten().any(|to| to.0 as usize == block)
        };
        let mut all = (0..func.blocks.len()).filter(leads_here);
        let (Some(only), None) = (all.next(), all.next()) else { break };
        if only == at.0 || !matches!(func.blocks[only].term, Term::Jump(_)) {
            break;
        }
        path.extend((0..func.blocks[only].insts.len()).rev().map(|i| (only, i)));
        block = only;
    }
    path
}

/// The numbers in a run of boxes, which the instruction at `filled` of the path reads, as they still are at the path's end. What boxes them for it
/// alone is dropped.
fn numbers(
    func: &Func,
    path: &[At],
    filled: usize,
    first: VReg,
    n: i64,
    dropped: &mut Vec<At>,
) -> Option<Vec<VReg>> {
    if n > MAX_NUMBERS {
        return None;
    }
    let inst = |i: usize| &func.blocks[path[i].0].insts[path[i].1];
    let mut numbers = Vec::new();
    for slot in (first.0..).map(VReg).take(usize::try_from(n).ok()?) {
        let boxed = (filled + 1..path.len()).find(|i| touches(func, inst(*i), slot))?;
        let Inst::Box(to, number) = inst(boxed) else { return None };
        let is_number = matches!(func.regs[number.0 as usize], Reg::Int | Reg::Float);
        let is_changed = (0..boxed).any(|i| writes(inst(i), *number));
        if *to != slot || !is_number || is_changed {
            return None;
        }
        let next = (0..filled).rev().find(|i| touches(func, inst(*i), slot));
        if next.is_some_and(|i| matches!(inst(i), Inst::Clear(_) | Inst::ClearRun(..))) {
            dropped.push(path[boxed]);
        }
        numbers.push(*number);
    }
    Some(numbers)
}

fn writes(inst: &Inst, reg: VReg) -> bool {
    let mut found = false;
    each_written(inst, &mut |r| found |= r == reg);
    found
}

/// Does an instruction read or write a slot, by itself or in a run.
fn touches(func: &Func, inst: &Inst, slot: VReg) -> bool {
    let mut found = false;
    each_reg(inst, &mut |reg, _| found |= reg == slot);
    each_in_run(func, inst, &mut |reg| found |= reg == slot);
    found
}

fn each_in_run(func: &Func, inst: &Inst, f: &mut dyn FnMut(VReg)) {
    match inst {
        Inst::Rt { args, .. } | Inst::Call { args, .. } | Inst::ForkPush { captured: args, .. } => {
            each_in_runs(func, args, f);
        }
        Inst::ClearRun(first, n) => (first.0..first.0 + n).map(VReg).for_each(f),
        _ => {}
    }
}

/// How many instructions, and ends of blocks, read a slot.
fn n_readers(func: &Func, slot: VReg) -> usize {
    let reads = |inst: &&Inst| {
        let mut found = false;
        each_reg(inst, &mut |reg, access| found |= access == Access::Read && reg == slot);
        if !matches!(inst, Inst::ClearRun(..)) {
            each_in_run(func, inst, &mut |reg| found |= reg == slot);
        }
        found
    };
    let n_terms = func.blocks.iter().filter(|b| {
        let mut found = false;
        each_of_term(&b.term, &mut |reg, _| found |= reg == slot);
        found
    });
    func.blocks.iter().flat_map(|b| &b.insts).filter(reads).count() + n_terms.count()
}

/// Leaves slots alone that are only ever emptied.
fn forget_unused(func: &mut Func) {
    let mut used = vec![false; func.regs.len()];
    for block in &func.blocks {
        for inst in block.insts.iter().filter(|i| !matches!(i, Inst::Clear(_) | Inst::ClearRun(..))) {
            each_reg(inst, &mut |reg, _| used[reg.0 as usize] = true);
            each_in_run(func, inst, &mut |reg| used[reg.0 as usize] = true);
        }
        each_of_term(&block.term, &mut |reg, _| used[reg.0 as usize] = true);
    }
    for block in &mut func.blocks {
        block.insts.retain(|inst| match inst {
            Inst::Clear(slot) => used[slot.0 as usize],
            Inst::ClearRun(first, n) => used[first.0 as usize..(first.0 + n) as usize].contains(&true),
            _ => true,
        });
    }
}

#[cfg(test)]
mod tests;
