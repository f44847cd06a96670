//! What does not change leaves the loop: loads of parts of values, with the checks that guard them.
//!
//! Cranelift moves what can be computed anywhere. A load whose address is good only behind a check, and the check itself, it
//! leaves where they are. Here a loop's test is written out before it, so that its body has certainly begun behind that; what the
//! body then does first in any case may as well be done there, once.

use super::flow::successors;
use super::loops::{Loop, Loops};
use super::slots;
use crate::ir::regs::{Access, each_reg, each_written};
use crate::ir::{Block, BlockId, Func, FuncKind, Inst, Lasts, Quotient, Term, VReg};
use crate::types::Reg;
use rustc_hash::FxHashSet;

/// More loops than this are left as they are.
const MAX_LOOPS: usize = 64;
/// The test of a loop that is written out before it has at most so many instructions.
const MAX_TEST: usize = 12;

/// Moves what does not change out of loops, from inner to outer ones.
pub(super) fn hoist(func: &mut Func) {
    if func.kind != FuncKind::Plain {
        return;
    }
    let mut done: FxHashSet<BlockId> = FxHashSet::default();
    for _ in 0..MAX_LOOPS {
        let loops = Loops::of(func);
        let Some(next) = loops.0.into_iter().find(|l| !done.contains(&l.head)) else { return };
        done.insert(next.head);
        done.insert(hoist_from(func, next));
    }
}

/// Of one loop; gives its head, which may be another block by now.
fn hoist_from(func: &mut Func, found: Loop) -> BlockId {
    let head = found.head;
    if found.is_caught(func) || head.0 == 0 {
        return head;
    }
    let Some(start) = begin(func, &found) else { return head };
    let plan = Plan::of(func, &found, start);
    if !plan.is_worth_it {
        return head;
    }
    let before = lead_in(func, &found, start);
    plan.carry_out(func, start, before);
    start
}

/// The block that a loop certainly comes to once its test has let it in: the head itself where it does not leave the loop.
fn begin(func: &Func, found: &Loop) -> Option<BlockId> {
    let head = &func.blocks[found.head.0 as usize];
    let ways: Vec<BlockId> = successors(&head.term).into_iter().flatten().collect();
    let inside: Vec<BlockId> = ways.iter().copied().filter(|w| found.contains(*w)).collect();
    match (ways.len(), inside.as_slice()) {
        (2, [only]) => (*only != found.head && is_test(head)).then_some(*only),
        _ => Some(found.head),
    }
}

/// Can a block be written out once more.
fn is_test(head: &Block) -> bool {
    head.insts.len() <= MAX_TEST
        && head.insts.iter().all(|inst| {
            is_simple(inst) || matches!(inst, Inst::Poll { .. } | Inst::Float(..) | Inst::FloatCmp { .. })
        })
}

/// Does an instruction nothing but compute something from what it reads.
fn is_simple(inst: &Inst) -> bool {
    match inst {
        Inst::Int(..)
        | Inst::Bool(..)
        | Inst::Copy(..)
        | Inst::IntOp { .. }
        | Inst::IntCmp { .. }
        | Inst::Below { .. }
        | Inst::BoolToInt(..)
        | Inst::Not(..)
        | Inst::IntToBool(..)
        | Inst::Address(..)
        | Inst::Unbox(..)
        | Inst::HasTag { .. } => true,
        Inst::Load { lasts, .. } => *lasts != Lasts::No,
        _ => false,
    }
}

/// Is it a load, which may be made only where it would have been.
fn is_load(inst: &Inst) -> bool {
    matches!(inst, Inst::Load { .. } | Inst::Unbox(..) | Inst::HasTag { .. })
}

/// Can what comes behind an instruction be good only because of it, or can it not be written out twice.
fn ends_certainty(inst: &Inst) -> bool {
    match inst {
        Inst::Rt { .. }
        | Inst::Call { .. }
        | Inst::ForkPush { .. }
        | Inst::ForkPop { .. }
        | Inst::FrameMemory { .. } => true,
        Inst::Divide { by, .. } => *by == Quotient::Any,
        _ => false,
    }
}

/// What is written while a loop runs, slots also by what takes their values.
pub(super) fn written_in(func: &Func, found: &Loop) -> FxHashSet<VReg> {
    let mut all = FxHashSet::default();
    for inst in found.blocks(func).flat_map(|b| &b.insts) {
        each_written(inst, &mut |reg| {
            all.insert(reg);
        });
        match inst {
            Inst::Move(_, from) => {
                all.insert(*from);
            }
            Inst::ClearRun(first, n) => all.extend((first.0..first.0 + n).map(VReg)),
            Inst::Rt { args, .. } | Inst::Call { args, .. } | Inst::ForkPush { captured: args, .. } => {
                slots::each_in_runs(func, args, &mut |reg| {
                    all.insert(reg);
                });
            }
            _ => {}
        }
    }
    all
}

/// How many instructions write each register.
fn writes(func: &Func) -> Vec<u32> {
    let mut all = vec![0u32; func.regs.len()];
    for param in &func.params {
        all[param.0 as usize] += 1;
    }
    for inst in func.blocks.iter().flat_map(|b| &b.insts) {
        each_written(inst, &mut |reg| all[reg.0 as usize] += 1);
    }
    all
}

/// What is to be done at one block of the way that a loop begins with.
struct Step {
    block: BlockId,
    /// Which of its instructions leave the loop.
    leaves: Vec<bool>,
    /// The test at its end does not change: where it goes if it fails.
    guard: Option<(VReg, bool, BlockId)>,
}

/// What leaves a loop.
struct Plan {
    steps: Vec<Step>,
    is_worth_it: bool,
}

impl Plan {
    /// Follows the way that the loop takes in any case.
    fn of(func: &Func, found: &Loop, start: BlockId) -> Self {
        let mut changing = written_in(func, found);
        let writes = writes(func);
        let mut plan = Self { steps: Vec::new(), is_worth_it: false };
        let mut at = start;
        loop {
            let block = &func.blocks[at.0 as usize];
            let mut step = Step { block: at, leaves: vec![false; block.insts.len()], guard: None };
            let mut is_certain = true;
            for (inst, leaves) in block.insts.iter().zip(&mut step.leaves) {
                if ends_certainty(inst) {
                    is_certain = false;
                    break;
                }
                if let Some(dst) = unchanging(func, inst, &changing)
                    && writes[dst.0 as usize] == 1
                {
                    changing.remove(&dst);
                    *leaves = true;
                    plan.is_worth_it |= is_load(inst);
                }
            }
            let next = if is_certain { next_of(found, block, &changing, &mut step) } else { None };
            plan.is_worth_it |= step.guard.is_some();
            plan.steps.push(step);
            match next {
                Some(next) if plan.steps.iter().all(|s| s.block != next) => at = next,
                _ => return plan,
            }
        }
    }

    /// Moves what leaves into the blocks before the loop, the last of which is made here.
    fn carry_out(self, func: &mut Func, start: BlockId, mut before: BlockId) {
        // What the loop has done when a test is made, for where it fails.
        let mut so_far: Vec<Inst> = Vec::new();
        for step in self.steps {
            let insts = std::mem::take(&mut func.blocks[step.block.0 as usize].insts);
            so_far.extend(insts.iter().filter(|inst| !matches!(inst, Inst::Poll { .. })).cloned());
            let (mut gone, mut kept) = (Vec::new(), Vec::new());
            for (inst, leaves) in insts.into_iter().zip(step.leaves) {
                if leaves { gone.push(inst) } else { kept.push(inst) }
            }
            func.blocks[step.block.0 as usize].insts = kept;
            func.blocks[before.0 as usize].insts.extend(gone);
            let Some((cond, good_if, bad)) = step.guard else { continue };
            let Term::Branch { then, orelse, .. } = func.blocks[step.block.0 as usize].term else { continue };
            func.blocks[step.block.0 as usize].term = Term::Jump(if good_if { then } else { orelse });
            let failed = Block { insts: so_far.clone(), term: Term::Jump(bad), handler: None, is_cold: true };
            let failed = add(func, failed);
            let on = Block { insts: Vec::new(), term: Term::Jump(start), handler: None, is_cold: false };
            let on = add(func, on);
            let (then, orelse) = if good_if { (on, failed) } else { (failed, on) };
            func.blocks[before.0 as usize].term = Term::Branch { cond, then, orelse };
            before = on;
        }
    }
}

/// The register of an instruction that computes the same in each round.
fn unchanging(func: &Func, inst: &Inst, changing: &FxHashSet<VReg>) -> Option<VReg> {
    if !is_simple(inst) {
        return None;
    }
    let (mut same, mut dst) = (true, None);
    each_reg(inst, &mut |reg, access| match access {
        Access::Read => same &= !changing.contains(&reg),
        Access::Write => dst = Some(reg),
    });
    dst.filter(|d| same && func.kind_of(*d) != Reg::Slot)
}

/// The block that the way goes on to in any case, behind a test that does not change.
fn next_of(found: &Loop, block: &Block, changing: &FxHashSet<VReg>, step: &mut Step) -> Option<BlockId> {
    match block.term {
        Term::Jump(next) => found.contains(next).then_some(next),
        Term::Branch { cond, then, orelse } if !changing.contains(&cond) => {
            let leaves = |b: BlockId| !found.contains(b);
            let (good_if, good, bad) = match (leaves(then), leaves(orelse)) {
                (false, true) => (true, then, orelse),
                (true, false) => (false, orelse, then),
                _ => return None,
            };
            step.guard = Some((cond, good_if, bad));
            Some(good)
        }
        _ => None,
    }
}

fn add(func: &mut Func, block: Block) -> BlockId {
    func.blocks.push(block);
    BlockId(u32::try_from(func.blocks.len() - 1).unwrap_or(u32::MAX))
}

/// Makes the ways from outside lead to a block of their own, behind the loop's test where it has one.
fn lead_in(func: &mut Func, found: &Loop, start: BlockId) -> BlockId {
    let before = Block { insts: Vec::new(), term: Term::Jump(start), handler: None, is_cold: false };
    let before = add(func, before);
    let entry = if start == found.head {
        before
    } else {
        let mut test = func.blocks[found.head.0 as usize].clone();
        super::flow::retarget(&mut test.term, start, before);
        add(func, test)
    };
    for (block, has) in func.blocks.iter_mut().zip(&found.has) {
        if !has {
            super::flow::retarget(&mut block.term, found.head, entry);
        }
    }
    before
}
