//! The base case of a recursion, looked at before the call: where a function returns at once, no frame is made for it. And two
//! bodies for one function: where there is plenty to give away already, nothing of it waits for its turn.

use super::flow::renumber;
use super::inline::pass;
use crate::ir::regs::{each_of_term, each_reg, map_regs, map_term_regs};
use crate::ir::{Block, BlockId, Func, FuncKind, Inst, Operand, SpecId, Term, VReg};
use crate::types::Reg;
use rustc_hash::{FxHashMap, FxHashSet};
use std::sync::Arc;

/// The head of a function has at most so many instructions, and so has the way from there to where it returns.
const MAX_INSTS: usize = 8;
/// So many calls are looked at in one function.
const MAX_CALLS: usize = 32;

/// How a function begins: what it looks at, and what it returns where that is all.
#[derive(Debug)]
pub(crate) struct Head {
    params: Vec<VReg>,
    regs: Vec<Reg>,
    /// The first block, then those of the way to the return.
    blocks: Vec<Block>,
    is_exit_then: bool,
}

/// Does an instruction nothing but make a number of others, without a check.
fn is_plain(inst: &Inst) -> bool {
    matches!(
        inst,
        Inst::Int(..)
            | Inst::Float(..)
            | Inst::Bool(..)
            | Inst::Copy(..)
            | Inst::Not(..)
            | Inst::IntCmp { .. }
            | Inst::FloatCmp { .. }
            | Inst::IntOp { .. }
            | Inst::FloatOp { .. }
    )
}

/// The head of a function, where it has one.
pub(crate) fn head(func: &Func) -> Option<Head> {
    let numbers = |regs: &[VReg]| regs.iter().all(|r| func.kind_of(*r) != Reg::Slot);
    let first = func.blocks.first()?;
    let Term::Branch { then, orelse, .. } = first.term else { return None };
    if func.kind != FuncKind::Plain || !numbers(&func.params) || first.insts.len() > MAX_INSTS {
        return None;
    }
    let way_from = |start: BlockId| {
        let (mut way, mut at) = (Vec::new(), start);
        loop {
            let block = &func.blocks[at.0 as usize];
            way.push(block.clone());
            let n_insts: usize = way.iter().map(|b| b.insts.len()).sum();
            match &block.term {
                Term::Return(values) if numbers(values) && n_insts <= MAX_INSTS => return Some(way),
                Term::Jump(next) if way.len() <= MAX_INSTS => at = *next,
                _ => return None,
            }
        }
    };
    let exit = way_from(then).map(|way| (true, way));
    let (is_exit_then, way) = exit.or_else(|| Some((false, way_from(orelse)?)))?;
    let mut blocks: Vec<Block> = std::iter::once(first.clone()).chain(way).collect();
    if !blocks.iter().flat_map(|b| &b.insts).all(is_plain) {
        return None;
    }
    let mut regs = Vec::new();
    let mut name: FxHashMap<VReg, VReg> = FxHashMap::default();
    let mut give = |old: VReg| {
        name.entry(old).or_insert_with(|| {
            regs.push(func.kind_of(old));
            VReg(u32::try_from(regs.len() - 1).unwrap_or(u32::MAX))
        });
    };
    func.params.iter().for_each(|r| give(*r));
    for block in &blocks {
        block.insts.iter().for_each(|inst| each_reg(inst, &mut |r, _| give(r)));
        each_of_term(&block.term, &mut |r, _| give(r));
    }
    let new = |r: VReg| name.get(&r).copied().unwrap_or(r);
    for block in &mut blocks {
        block.insts.iter_mut().for_each(|inst| map_regs(inst, &new));
        map_term_regs(&mut block.term, &new);
    }
    Some(Head { params: func.params.iter().map(|r| new(*r)).collect(), regs, blocks, is_exit_then })
}

/// Looks at the heads that `find` gives before the calls of their functions.
pub(crate) fn peel(func: &mut Func, find: &mut dyn FnMut(SpecId) -> Option<Arc<Head>>) {
    if func.kind != FuncKind::Plain {
        return;
    }
    let mut left = MAX_CALLS;
    // What comes behind a call is in a block of its own, which comes later, and so is the call, which stays as it is.
    let mut calls = FxHashSet::default();
    let mut at = 0;
    while at < func.blocks.len() && left > 0 {
        let found = func.blocks[at].insts.iter().enumerate().find_map(|(i, inst)| match inst {
            Inst::Call { spec, .. } => Some((i, find(*spec)?)),
            _ => None,
        });
        if let Some((i, head)) = found.filter(|_| !func.blocks[at].is_cold && !calls.contains(&at)) {
            calls.insert(before_call(func, at, i, &head));
            left -= 1;
        }
        at += 1;
    }
}

/// Puts a head before the call at this place, and gives the block where that is then. The blocks that are added: the rest of the
/// head, the call, and what is behind it.
fn before_call(func: &mut Func, at: usize, inst: usize, head: &Head) -> usize {
    let id = |n: usize| BlockId(u32::try_from(n).unwrap_or(u32::MAX));
    let first_reg = u32::try_from(func.regs.len()).unwrap_or(u32::MAX);
    let reg = |r: VReg| VReg(r.0 + first_reg);
    func.regs.extend_from_slice(&head.regs);
    let block = &mut func.blocks[at];
    let rest = block.insts.split_off(inst + 1);
    let call = block.insts.pop();
    let Some(Inst::Call { args, outs, .. }) = call.clone() else { return at };
    let (handler, is_cold) = (block.handler, block.is_cold);
    let term = std::mem::replace(&mut block.term, Term::Unreachable);
    let first_exit = func.blocks.len();
    let call_at = id(first_exit + head.blocks.len() - 1);
    let next = id(first_exit + head.blocks.len());
    for (param, arg) in head.params.iter().zip(&args) {
        let inst = pass(func, reg(*param), *arg);
        func.blocks[at].insts.push(inst);
    }
    for (i, block) in head.blocks.iter().enumerate() {
        let mut copy = block.clone();
        copy.insts.iter_mut().for_each(|inst| map_regs(inst, &reg));
        map_term_regs(&mut copy.term, &reg);
        match &mut copy.term {
            Term::Branch { then, orelse, .. } => {
                let exit = id(first_exit);
                (*then, *orelse) = if head.is_exit_then { (exit, call_at) } else { (call_at, exit) };
            }
            Term::Return(values) => {
                let results = outs.iter().zip(values.iter()).map(|(out, value)| Inst::Copy(*out, *value));
                copy.insts.extend(results);
                copy.term = Term::Jump(next);
            }
            term => *term = Term::Jump(id(first_exit + i)),
        }
        if i == 0 {
            func.blocks[at].insts.append(&mut copy.insts);
            func.blocks[at].term = copy.term;
        } else {
            func.blocks.push(Block { handler, is_cold, ..copy });
        }
    }
    func.blocks.push(Block { insts: call.into_iter().collect(), term: Term::Jump(next), handler, is_cold });
    func.blocks.push(Block { insts: rest, term, handler, is_cold });
    call_at.0 as usize
}

/// A function that runs as `alone` where so much waits already that it is not worth waiting for its turn.
pub(crate) fn unless_plenty(func: &mut Func, alone: &Func) {
    let id = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    let (first_reg, first_block) = (id(func.regs.len()), id(func.blocks.len()) + 1);
    let reg = |r: VReg| VReg(r.0 + first_reg);
    func.regs.extend_from_slice(&alone.regs);
    let is_plenty = func.reg(Reg::Bool);
    // The first block looks; what was first comes behind all others.
    let old = std::mem::replace(
        &mut func.blocks[0],
        Block { insts: Vec::new(), term: Term::Unreachable, handler: None, is_cold: false },
    );
    func.blocks.push(old);
    for block in &mut func.blocks {
        renumber(block, &|b| if b.0 == 0 { BlockId(first_block - 1) } else { b });
    }
    for (param, arg) in alone.params.iter().zip(&func.params.clone()) {
        let inst = pass(func, reg(*param), Operand::Reg(*arg));
        func.blocks[0].insts.push(inst);
    }
    func.blocks[0].insts.push(Inst::Plenty(is_plenty));
    func.blocks[0].term =
        Term::Branch { cond: is_plenty, then: BlockId(first_block), orelse: BlockId(first_block - 1) };
    for block in &alone.blocks {
        let mut copy = block.clone();
        renumber(&mut copy, &|b| BlockId(b.0 + first_block));
        copy.insts.iter_mut().for_each(|inst| map_regs(inst, &reg));
        map_term_regs(&mut copy.term, &reg);
        func.blocks.push(copy);
    }
}

#[cfg(test)]
mod tests;
