//! Long ways without a choice: blocks that follow each other, which are left on the side only by what raises.
//!
//! Unrolled and written-out code consists of them. In such a way each value has a name of its own; what was computed or loaded
//! before is not again; floats that are stored side by side are computed side by side; and divisions and roots that are alike and
//! do not wait for each other are made two at a time.

mod line;
mod rows;
mod twins;
mod values;

use super::flow::successors;
use super::live::Live;
use crate::ir::regs::{Access, each_written, map_term_regs, visit_mut};
use crate::ir::{BlockId, FloatOp, FloatUnary, Func, FuncKind, Inst, Term, VReg};
use crate::types::Reg;
use rustc_hash::{FxHashMap, FxHashSet};

/// Functions with fewer roots and divisions of floats have nothing to make twins of.
const MIN_HEAVY: usize = 4;

/// Is it one that takes the processor long.
pub(super) fn is_heavy(inst: &Inst) -> bool {
    matches!(inst, Inst::FloatOp { op: FloatOp::Div, .. } | Inst::FloatUnary { op: FloatUnary::Sqrt, .. })
}

/// Makes heavy arithmetic on straight ways two at a time.
pub(super) fn straighten(func: &mut Func) {
    let n_heavy = func.blocks.iter().flat_map(|b| &b.insts).filter(|i| is_heavy(i)).count();
    if func.kind != FuncKind::Plain || n_heavy < MIN_HEAVY || !crate::codegen::has_loop(func) {
        return;
    }
    let mut found = false;
    for way in ways(func) {
        let n = way.iter().flat_map(|b| &func.blocks[b.0 as usize].insts).filter(|i| is_heavy(i)).count();
        if n < MIN_HEAVY {
            continue;
        }
        let Some(live) = Live::of(func) else { return };
        name_apart(func, &way, &live);
        values::number(func, &way);
        found = true;
    }
    if !found {
        return;
    }
    super::tidy(func);
    for way in ways(func) {
        rows::pair(func, &way);
    }
    super::tidy(func);
    for way in ways(func) {
        twins::pair(func, &way);
    }
}

/// Does nothing but a fault come behind a block.
fn is_bad(func: &Func, block: BlockId) -> bool {
    let mut at = block;
    for _ in 0..4 {
        match func.blocks[at.0 as usize].term {
            Term::Fail { .. } | Term::Unreachable | Term::Widen { .. } => return true,
            Term::Jump(next) => at = next,
            _ => return false,
        }
    }
    false
}

/// The straight ways of a function, as long as they are.
fn ways(func: &Func) -> Vec<Vec<BlockId>> {
    let n = func.blocks.len();
    let mut count = vec![0u32; n];
    count[0] += 1;
    for block in &func.blocks {
        for next in successors(&block.term).into_iter().flatten().chain(block.handler) {
            count[next.0 as usize] += 1;
        }
    }
    let next_of = |at: BlockId| {
        let next = match func.blocks[at.0 as usize].term {
            Term::Jump(next) => next,
            Term::Branch { then, orelse, .. } => match (is_bad(func, then), is_bad(func, orelse)) {
                (false, true) => then,
                (true, false) => orelse,
                _ => return None,
            },
            _ => return None,
        };
        (count[next.0 as usize] == 1 && next.0 != 0).then_some(next)
    };
    let mut is_inner = vec![false; n];
    let all: Vec<BlockId> = (0..u32::try_from(n).unwrap_or(0)).map(BlockId).collect();
    for next in all.iter().filter_map(|b| next_of(*b)) {
        is_inner[next.0 as usize] = true;
    }
    let starts = all.into_iter().filter(|b| !is_inner[b.0 as usize]);
    starts
        .map(|start| {
            let mut way = vec![start];
            while let Some(next) = way.last().and_then(|b| next_of(*b)) {
                way.push(next);
            }
            way
        })
        .collect()
}

/// Gives what is written on a way a name of its own each time, where nobody beside the way knows it by the old one.
fn name_apart(func: &mut Func, way: &[BlockId], live: &Live) {
    let mut left: FxHashMap<VReg, u32> = FxHashMap::default();
    for inst in way.iter().flat_map(|b| &func.blocks[b.0 as usize].insts) {
        each_written(inst, &mut |r| *left.entry(r).or_default() += 1);
    }
    let on_way: FxHashSet<BlockId> = way.iter().copied().collect();
    let mut known_beside: FxHashSet<VReg> = FxHashSet::default();
    for block in way {
        let block = &func.blocks[block.0 as usize];
        let beside = successors(&block.term).into_iter().flatten().filter(|b| is_bad(func, *b));
        for next in beside.chain(block.handler).filter(|b| !on_way.contains(b)) {
            known_beside.extend(left.keys().filter(|r| live.has(next.0 as usize, **r)));
        }
    }
    let mut name: FxHashMap<VReg, VReg> = FxHashMap::default();
    // What comes in by a name that is given away on the way goes out by it at the end.
    let carried: FxHashSet<VReg> = left
        .keys()
        .copied()
        .filter(|r| {
            live.has(way[0].0 as usize, *r) && func.kind_of(*r) != Reg::Slot && !known_beside.contains(r)
        })
        .collect();
    for block in way {
        let mut insts = std::mem::take(&mut func.blocks[block.0 as usize].insts);
        for inst in &mut insts {
            rename(func, inst, &mut name, &mut left, [&known_beside, &carried]);
        }
        let block = &mut func.blocks[block.0 as usize];
        block.insts = insts;
        map_term_regs(&mut block.term, &|r| *name.get(&r).unwrap_or(&r));
    }
    let mut carried: Vec<VReg> = carried.into_iter().collect();
    carried.sort_unstable();
    if let Some(last) = way.last() {
        let out = carried.iter().filter_map(|r| Some(Inst::Copy(*r, *name.get(r)?)));
        func.blocks[last.0 as usize].insts.extend(out);
    }
}

fn rename(
    func: &mut Func,
    inst: &mut Inst,
    name: &mut FxHashMap<VReg, VReg>,
    left: &mut FxHashMap<VReg, u32>,
    [known_beside, carried]: [&FxHashSet<VReg>; 2],
) {
    let mut written = Vec::new();
    each_written(inst, &mut |r| written.push(r));
    let mut fresh = FxHashMap::default();
    for reg in written {
        let n = left.entry(reg).or_default();
        *n = n.saturating_sub(1);
        // The last one is what is known by that name behind the way.
        let keeps = *n == 0 && !carried.contains(&reg)
            || func.kind_of(reg) == Reg::Slot
            || known_beside.contains(&reg);
        let new = if keeps { reg } else { func.reg(func.kind_of(reg)) };
        fresh.insert(reg, new);
    }
    visit_mut(inst, &mut |reg, access| match access {
        Access::Read => *reg = *name.get(reg).unwrap_or(reg),
        Access::Write => *reg = *fresh.get(reg).unwrap_or(reg),
    });
    name.extend(fresh);
}

#[cfg(test)]
mod tests;
