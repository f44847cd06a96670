//! Small functions written out where they are called.
//!
//! A fault in such a piece first adds the frame of the function that it came from, then goes on as one of the call does: its
//! blocks have a handler, which fails at the place of the call.

use super::flow;
use crate::ir::regs::{each_written, map_regs, map_term_regs};
use crate::ir::{Block, BlockId, Func, FuncKind, Inst, IntOp, Lasts, Operand, SpecId, Term, VReg, marks};
use crate::types::Reg;
use rustc_hash::{FxHashMap, FxHashSet};
use std::sync::Arc;

/// A function that is written out has at most so many instructions.
const MAX_CALLEE: usize = 80;
/// One with loops in it, where it is called in a loop: rounds may then go side by side.
const MAX_LOOPED: usize = 200;
/// So many instructions are written out in one function.
const MAX_GROWTH: usize = 600;

/// A function that may be written out where it is called.
pub(crate) type Callee = Arc<Func>;

/// Writes out calls of functions that `find` gives.
pub(crate) fn inline(func: &mut Func, find: &mut dyn FnMut(SpecId) -> Option<Callee>) {
    if func.kind != FuncKind::Plain {
        return;
    }
    let mut room = MAX_GROWTH;
    let mut at = 0;
    let loops = super::Loops::of(func);
    let mut in_loop: Vec<bool> = (0..func.blocks.len()).map(|at| loops.around(at).is_some()).collect();
    // What was written out stays as it is: the calls in it are others' to look at.
    let mut is_copy = vec![false; func.blocks.len()];
    while at < func.blocks.len() {
        if is_copy[at] {
            at += 1;
            continue;
        }
        let call = func.blocks[at].insts.iter().enumerate().find_map(|(i, inst)| match inst {
            Inst::Call { spec, .. } => {
                let callee = find(*spec).filter(|c| fits(func, at, in_loop[at], c) && size(c) <= room)?;
                Some((i, callee))
            }
            _ => None,
        });
        match call {
            Some((i, callee)) => {
                room -= size(&callee);
                write_out(func, at, i, &callee);
                is_copy.resize(func.blocks.len() - 1, true);
                is_copy.push(false);
                in_loop.resize(func.blocks.len(), in_loop[at]);
                // What follows the call is a block of its own, which comes later.
            }
            None => at += 1,
        }
    }
}

/// How many instructions a function has, with the ends of its blocks.
pub(crate) fn size(func: &Func) -> usize {
    func.blocks.iter().map(|b| 1 + b.insts.len()).sum()
}

/// Can a function be written out in another at all.
pub(crate) fn is_small(callee: &Func) -> bool {
    callee.kind == FuncKind::Plain
        && callee.fork_bytes == 0
        && size(callee) <= MAX_LOOPED
        && callee
            .blocks
            .iter()
            .all(|b| b.insts.iter().all(|i| !matches!(i, Inst::FrameMemory { .. } | Inst::ForkPush { .. })))
}

/// The function as it is where nothing of it may be given away: what waits for its turn has its turn at once.
pub(crate) fn without_forks(func: &Func) -> Func {
    let mut alone = func.clone();
    for block in &mut alone.blocks {
        block.insts.retain(|inst| !matches!(inst, Inst::ForkPush { .. }));
        for inst in &mut block.insts {
            if let Inst::ForkPop { dst, .. } = inst {
                *inst = Inst::Bool(*dst, false);
            }
        }
    }
    alone.fork_bytes = 0;
    super::tidy(&mut alone);
    alone
}

/// Can it be written out at this place.
fn fits(func: &Func, at: usize, is_in_loop: bool, callee: &Func) -> bool {
    if size(callee) > MAX_CALLEE && !(is_in_loop && crate::codegen::has_loop(callee)) {
        return false;
    }
    // A fault that is caught in a frame ends what waits in it.
    let catches = callee.blocks.iter().any(|b| b.handler.is_some());
    !(func.blocks[at].is_cold || catches && func.fork_bytes > 0)
}

/// Replaces the call at this place by the blocks of the callee.
fn write_out(func: &mut Func, at: usize, inst: usize, callee: &Func) {
    let (first_reg, first_block) = (count(func.regs.len()), count(func.blocks.len()));
    let reg = |r: VReg| VReg(r.0 + first_reg);
    let steady = steady_args(func, at, inst, callee);
    func.regs.extend_from_slice(&callee.regs);
    let rest = func.blocks[at].insts.split_off(inst + 1);
    let Some(Inst::Call { args, outs, loc, .. }) = func.blocks[at].insts.pop() else { return };
    let is_marked = callee.blocks.iter().flat_map(|b| &b.insts).any(|i| matches!(i, Inst::Mark { .. }));
    let handler = func.blocks[at].handler;
    let is_cold = func.blocks[at].is_cold;
    let pad = BlockId(first_block + count(callee.blocks.len()));
    let next = BlockId(pad.0 + 1);
    let slots = slot_runs(callee, first_reg);
    let entry = Term::Jump(BlockId(first_block));
    let term = std::mem::replace(&mut func.blocks[at].term, entry);
    for (param, arg) in callee.params.iter().zip(&args) {
        let inst = pass(func, reg(*param), *arg);
        func.blocks[at].insts.push(inst);
    }
    let clears = slots.iter().map(|(first, n)| Inst::ClearRun(*first, *n));
    func.blocks[at].insts.extend(clears.clone());
    for block in &callee.blocks {
        let mut copy = block.clone();
        flow::renumber(&mut copy, &|id| BlockId(id.0 + first_block));
        copy.handler = copy.handler.or(Some(pad));
        copy.is_cold |= is_cold;
        for inst in &mut copy.insts {
            map_regs(inst, &reg);
            if let Inst::Mark { mark } = inst {
                *mark = marks::within(loc, *mark);
            }
            if let Inst::Load { dst, lasts: lasts @ Lasts::Call, .. } = inst
                && !steady.contains(&VReg(dst.0 - first_reg))
            {
                *lasts = Lasts::Value;
            }
        }
        map_term_regs(&mut copy.term, &reg);
        if let Term::Return(values) = &copy.term {
            for (out, value) in outs.iter().zip(values) {
                copy.insts.push(match func.regs[out.0 as usize] {
                    Reg::Slot => Inst::Move(*out, *value),
                    _ => Inst::Copy(*out, *value),
                });
            }
            copy.insts.extend(clears.clone());
            copy.term = Term::Jump(next);
        }
        func.blocks.push(copy);
    }
    let fail = Term::Fail { loc, trace: true };
    func.blocks.push(Block { insts: Vec::new(), term: fail, handler, is_cold: true });
    let rest = if is_marked {
        std::iter::once(Inst::Mark { mark: marks::at(loc) }).chain(rest).collect()
    } else {
        rest
    };
    func.blocks.push(Block { insts: rest, term, handler, is_cold });
}

fn count(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

/// Gives an argument to a parameter: a number, or the address of a value.
pub(super) fn pass(func: &Func, param: VReg, arg: Operand) -> Inst {
    match arg {
        Operand::Imm(n) => Inst::Int(param, n),
        Operand::Reg(r) if func.kind_of(r) != Reg::Slot => Inst::Copy(param, r),
        address => Inst::Address(param, address),
    }
}

/// The slots of a function that are to be empty when it starts, as runs of registers in the function around it.
fn slot_runs(callee: &Func, first_reg: u32) -> Vec<(VReg, u32)> {
    let plain = super::plain_slots(callee);
    let mut runs: Vec<(VReg, u32)> = Vec::new();
    for (at, kind) in (0u32..).zip(&callee.regs) {
        if *kind != Reg::Slot || plain[at as usize] {
            continue;
        }
        match runs.last_mut() {
            Some((first, n)) if first.0 + *n == first_reg + at => *n += 1,
            _ => runs.push((VReg(first_reg + at), 1)),
        }
    }
    runs
}

/// The loads of the callee that nothing can change while the function around it runs: of constants, and of what lies at addresses
/// that this one has for all of its time. What belongs to the call alone may be gone behind it.
fn steady_args(func: &Func, at: usize, inst: usize, callee: &Func) -> FxHashSet<VReg> {
    let Inst::Call { args, .. } = &func.blocks[at].insts[inst] else { return FxHashSet::default() };
    let own = steady_addresses(func);
    let mut roots: FxHashMap<VReg, bool> = callee
        .params
        .iter()
        .zip(args)
        .map(|(param, arg)| {
            let is_steady = match arg {
                Operand::Reg(r) => own.contains(r),
                Operand::Const(_) => true,
                Operand::Imm(_) => false,
            };
            (*param, is_steady)
        })
        .collect();
    let mut steady = FxHashSet::default();
    for inst in callee.blocks.iter().flat_map(|b| &b.insts) {
        match inst {
            Inst::Copy(dst, src) | Inst::Address(dst, Operand::Reg(src)) => {
                if let Some(root) = roots.get(src).copied() {
                    roots.insert(*dst, root);
                }
            }
            Inst::Address(dst, Operand::Const(_)) => {
                roots.insert(*dst, true);
            }
            Inst::Load { dst, address, lasts: Lasts::Call, .. } if roots.get(address) == Some(&true) => {
                roots.insert(*dst, true);
                steady.insert(*dst);
            }
            _ => {}
        }
    }
    steady
}

/// The addresses of values that stay what they are for as long as a function runs: those that it was given, and those behind the
/// environment of a range.
fn steady_addresses(func: &Func) -> FxHashSet<VReg> {
    let mut writes: FxHashMap<VReg, u32> = FxHashMap::default();
    for block in &func.blocks {
        for inst in &block.insts {
            each_written(inst, &mut |r| *writes.entry(r).or_default() += 1);
        }
    }
    let is_once = |r: &VReg, n: u32| writes.get(r).copied().unwrap_or(0) == n;
    let mut steady: FxHashSet<VReg> = func.params.iter().filter(|p| is_once(p, 0)).copied().collect();
    for inst in func.blocks.iter().flat_map(|b| &b.insts) {
        if let Inst::IntOp { op: IntOp::Add, dst, a, b: Operand::Imm(_) } = inst
            && steady.contains(a)
            && is_once(dst, 1)
        {
            steady.insert(*dst);
        }
        if let Inst::Copy(dst, src) | Inst::Address(dst, Operand::Reg(src)) = inst
            && steady.contains(src)
            && is_once(dst, 1)
        {
            steady.insert(*dst);
        }
    }
    steady
}
