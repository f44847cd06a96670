//! A loop that makes a short list of numbers a round, and drops the one of the round before, writes over that one.
//!
//! Where a list that was just made moves into a slot, what the slot held may be handed back in exchange, if it is of the same
//! form and length and nobody else has it: the next round finds it where its list would be made.

use super::loops::{Loop, Loops};
use super::slots;
use crate::ir::regs::{each_of_term, each_reg};
use crate::ir::{Block, BlockId, Cmp, Func, FuncKind, Inst, Lasts, Operand, Term, VReg};
use crate::types::Reg;
use afar_runtime::Value;
use afar_runtime::abi::Rt;
use rustc_hash::FxHashSet;

/// A slot that nothing but lists of one kind are made in.
#[derive(Clone, Copy, PartialEq)]
struct Nest {
    slot: VReg,
    form: i64,
    n: i64,
}

/// Hands lists of one round on to the next, where a loop makes them.
pub(super) fn recycle(func: &mut Func) {
    if func.kind != FuncKind::Plain || begun(func).next().is_none() {
        return;
    }
    let loops = Loops::of(func);
    let mut used: FxHashSet<VReg> = FxHashSet::default();
    for nest in nests(func) {
        for found in &loops.0 {
            if found.blocks(func).flat_map(|b| &b.insts).any(|inst| begins(inst) == Some(nest)) {
                exchange(func, found, nest, &mut used);
            }
        }
    }
    for at in 0..func.blocks.len() {
        keep_what_is_there(func, at, &used);
    }
}

/// What an instruction begins a list in.
fn begins(inst: &Inst) -> Option<Nest> {
    match inst {
        Inst::Rt { rt: Rt::list_begin, args, out: Some(slot), .. } => match args.as_slice() {
            [Operand::Imm(form), Operand::Imm(n)] => Some(Nest { slot: *slot, form: *form, n: *n }),
            _ => None,
        },
        _ => None,
    }
}

fn begun(func: &Func) -> impl Iterator<Item = Nest> + '_ {
    func.blocks.iter().flat_map(|b| &b.insts).filter_map(begins)
}

/// The slots in which lists of one kind are made, that are moved out of them, and that serve for nothing else.
fn nests(func: &Func) -> Vec<Nest> {
    let mut bad: FxHashSet<VReg> = FxHashSet::default();
    for inst in func.blocks.iter().flat_map(|b| &b.insts) {
        match inst {
            Inst::Rt { rt: Rt::list_close, args, .. } if matches!(args.first(), Some(Operand::Reg(_))) => {}
            Inst::Rt { args, .. } | Inst::Call { args, .. } | Inst::ForkPush { captured: args, .. } => {
                slots::each_in_runs(func, args, &mut |reg| {
                    bad.insert(reg);
                });
            }
            _ => {}
        }
        match inst {
            Inst::Clear(_) | Inst::ClearRun(..) | Inst::Address(..) | Inst::Unbox(..) => {}
            Inst::Rt { rt: Rt::list_close, .. } => {}
            inst if begins(inst).is_some() => {}
            // Out of it, but not into it.
            Inst::Move(dst, _) => {
                bad.insert(*dst);
            }
            inst => each_reg(inst, &mut |reg, _| {
                bad.insert(reg);
            }),
        }
    }
    for block in &func.blocks {
        each_of_term(&block.term, &mut |reg, _| {
            bad.insert(reg);
        });
    }
    let mut found: Vec<Nest> = Vec::new();
    for nest in begun(func) {
        match found.iter().find(|other| other.slot == nest.slot) {
            Some(other) if *other == nest => {}
            Some(_) => {
                bad.insert(nest.slot);
            }
            None => found.push(nest),
        }
    }
    found.retain(|nest| !bad.contains(&nest.slot));
    found
}

/// Within a loop, what takes the list of a round gives back the one of the round before.
fn exchange(func: &mut Func, found: &Loop, nest: Nest, used: &mut FxHashSet<VReg>) {
    for at in found.places() {
        let mut is_given = false;
        func.blocks[at].insts.retain_mut(|inst| match *inst {
            Inst::Move(dst, src) if src == nest.slot => {
                *inst = Inst::Recycle { dst, src, form: nest.form, n: nest.n };
                used.insert(src);
                is_given = true;
                true
            }
            // It was empty behind the move.
            Inst::Clear(slot) if slot == nest.slot && is_given => false,
            _ => {
                is_given &= begins(inst) != Some(nest);
                true
            }
        });
    }
}

/// Begins a list only where there is none that may be written over.
fn keep_what_is_there(func: &mut Func, at: usize, used: &FxHashSet<VReg>) {
    let is_begun = |inst: &Inst| begins(inst).filter(|nest| used.contains(&nest.slot));
    let mut at = at;
    loop {
        let block = &func.blocks[at];
        let Some((i, nest)) = block.insts.iter().enumerate().find_map(|(i, inst)| Some((i, is_begun(inst)?)))
        else {
            return;
        };
        let handler = block.handler;
        let mut rest = func.blocks[at].insts.split_off(i);
        let begin: Vec<Inst> = rest.drain(..1).collect();
        let term = std::mem::replace(&mut func.blocks[at].term, Term::Open);
        let (is_cold, here) = (func.blocks[at].is_cold, func.blocks.len());
        let first = u32::try_from(here).unwrap_or(u32::MAX);
        let [on, look, make] = [0, 1, 2].map(|i| BlockId(first.saturating_add(i)));
        func.blocks.push(Block { insts: rest, term, handler, is_cold });
        // One that was closed early, and that a fault left behind, has not the length any more.
        let (list, len) = (func.reg(Reg::Int), func.reg(Reg::Int));
        let (is_list, is_whole) = (func.reg(Reg::Bool), func.reg(Reg::Bool));
        let value = Operand::Reg(nest.slot);
        let insts = vec![
            Inst::Unbox(list, value),
            Inst::Load { dst: len, address: list, offset: crate::layout::LIST_LEN, lasts: Lasts::No },
            Inst::IntCmp { cmp: Cmp::Eq, dst: is_whole, a: len, b: Operand::Imm(nest.n) },
        ];
        let term = Term::Branch { cond: is_whole, then: on, orelse: make };
        func.blocks.push(Block { insts, term, handler, is_cold });
        func.blocks.push(Block { insts: begin, term: Term::Jump(on), handler, is_cold: true });
        func.blocks[at].insts.push(Inst::HasTag { dst: is_list, value, tag: Value::LIST });
        func.blocks[at].term = Term::Branch { cond: is_list, then: look, orelse: make };
        at = here;
    }
}

#[cfg(test)]
mod tests;
