//! Rounds of a loop that has loops in it are run side by side, as many as there are lanes.
//!
//! Where a loop counts up, and what a round does until its inner loop ends is nothing but arithmetic on numbers, the rounds of
//! that inner loop are the same for neighbors but for the numbers. So four of them go through it together: floats lie in pairs,
//! what is the same for all four is computed once. The sums of each lane are added up in the order in which they always were.
//!
//! A way out of the loop, by which a fault leaves, is one to the loop as it was: it runs the round again alone, and comes to the
//! fault in its turn, if at all. Until the inner loop is done nothing has been written but registers of this pass. What a round
//! does behind it is done for one lane after the other.
//!
//! Lanes may leave the inner loop at different times: those that are through keep what they had when they left, and nobody asks
//! what becomes of their numbers while the others go on. These others may have very long to go, or for ever, while what comes behind
//! the inner loop of the first would end it all. So after some time the round as it was goes on alone.

mod emit;
mod shape;

use super::flow::successors;
use super::hoist::written_in;
use super::live::Live;
use super::loops::{Loop, Loops};
use super::unroll::{constants, steps_by};
use crate::ir::regs::{Access, each_of_term, each_reg, each_written};
use crate::ir::{BlockId, Cmp, Func, FuncKind, Inst, Lasts, Operand, Quotient, Term, VReg};
use crate::types::Reg;
use rustc_hash::{FxHashMap, FxHashSet};
use shape::{Shape, Shapes};

/// Pairs of lanes.
const PAIRS: usize = 2;
/// So many rounds go side by side.
const LANES: usize = 2 * PAIRS;
/// Longer rounds are left as they are: they are written out once more, and what is behind the inner loop once for each lane.
const MAX_ROUND: usize = 300;
const MAX_REST: usize = 60;

/// So many rounds of an inner loop lanes go side by side that may leave it at different times.
const PATIENCE: i64 = 1 << 20;

/// Runs rounds of loops side by side where that is worth it.
pub(super) fn side_by_side(func: &mut Func) {
    if func.kind != FuncKind::Plain {
        return;
    }
    let mut done: FxHashSet<BlockId> = FxHashSet::default();
    loop {
        let loops = Loops::of(func);
        if loops.0.len() < 2 {
            return;
        }
        let Some(live) = Live::of(func) else { return };
        let is_new = |l: &&Loop| l.places().all(|at| !done.contains(&BlockId(count(at))));
        let plan = loops.0.iter().filter(is_new).find_map(|l| Plan::of(func, &loops, l, &live));
        let Some(plan) = plan else { return };
        done.insert(plan.head);
        let first = count(func.blocks.len());
        emit::write_out(func, &plan);
        done.extend((first..count(func.blocks.len())).map(BlockId));
    }
}

fn count(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

/// How a loop is to be written out.
struct Plan {
    head: BlockId,
    /// Where a round begins.
    body: BlockId,
    counter: VReg,
    stop: Operand,
    /// The blocks of a round until its inner loops are done.
    round: Vec<BlockId>,
    /// Those of the loop that lanes leave at different times.
    parting: FxHashSet<BlockId>,
    /// Where rounds of those begin.
    parting_heads: Vec<BlockId>,
    /// Where a round goes on behind its inner loops, and all that follows.
    join: BlockId,
    rest: Vec<BlockId>,
    /// The blocks of the loop.
    inside: Vec<bool>,
    shapes: Shapes,
    /// What is read behind the inner loops of what was written before.
    kept: Vec<VReg>,
}

/// The block that an empty one leads to.
fn behind(func: &Func, mut block: BlockId) -> BlockId {
    for _ in 0..8 {
        match &func.blocks[block.0 as usize] {
            b if !b.insts.is_empty() => break,
            b => match b.term {
                Term::Jump(next) => block = next,
                _ => break,
            },
        }
    }
    block
}

impl Plan {
    fn of(func: &Func, loops: &Loops, found: &Loop, live: &Live) -> Option<Self> {
        let head = &func.blocks[found.head.0 as usize];
        let Term::Branch { cond, then: body, orelse } = head.term else { return None };
        let [polls @ .., Inst::IntCmp { cmp: Cmp::Lt, dst, a: counter, b: stop }] = head.insts.as_slice()
        else {
            return None;
        };
        let is_test = *dst == cond && polls.iter().all(|i| matches!(i, Inst::Poll { .. }));
        let is_counted = found.contains(body) && !found.contains(orelse) && !found.is_caught(func);
        if !is_test || !is_counted || found.head.0 == 0 || steps_by(func, found, *counter, body) != Some(1) {
            return None;
        }
        let written = written_in(func, found);
        if matches!(stop, Operand::Const(_)) || matches!(stop, Operand::Reg(r) if written.contains(r)) {
            return None;
        }
        let inner: Vec<&Loop> =
            loops.0.iter().filter(|l| l.head != found.head && found.contains(l.head)).collect();
        let (join, rest) = join(func, found, &inner)?;
        let ids = found.places().map(|at| BlockId(count(at)));
        let round: Vec<BlockId> = ids.filter(|b| *b != found.head && !rest.contains(b)).collect();
        let constants = constants(func);
        let mut plan = Self {
            head: found.head,
            body,
            counter: *counter,
            stop: *stop,
            round,
            parting: FxHashSet::default(),
            parting_heads: Vec::new(),
            join,
            rest,
            inside: found.has.clone(),
            shapes: Shapes::default(),
            kept: Vec::new(),
        };
        if !plan.is_apart(func, live) {
            return None;
        }
        plan.shapes = Shapes::of(func, &plan.round, *counter, &constants);
        plan.find_parting(func, &inner)?;
        let is_good = plan.round.iter().all(|b| plan.fits(func, *b, &written)) && plan.pays(func, &inner);
        is_good.then_some(plan)
    }

    /// Is nothing carried from one round to the next but the counter and what is behind the inner loops; notes what is read there.
    fn is_apart(&mut self, func: &Func, live: &Live) -> bool {
        let size = |all: &[BlockId]| -> usize {
            all.iter().map(|b| 1 + func.blocks[b.0 as usize].insts.len()).sum()
        };
        if size(&self.round) > MAX_ROUND || size(&self.rest) > MAX_REST || !self.round.contains(&self.body) {
            return false;
        }
        let is_way = |next: BlockId| {
            let real = behind(func, next);
            real == self.join || self.round.contains(&next) || !self.contains(next)
        };
        let terms = || self.round.iter().map(|b| &func.blocks[b.0 as usize].term);
        if !terms().all(|term| successors(term).into_iter().flatten().all(is_way)) {
            return false;
        }
        let insts = |all: &[BlockId]| {
            all.iter().flat_map(|b| &func.blocks[b.0 as usize].insts).cloned().collect::<Vec<_>>()
        };
        let mut written: Vec<VReg> = Vec::new();
        insts(&self.round).iter().for_each(|inst| each_written(inst, &mut |r| written.push(r)));
        written.sort_unstable();
        written.dedup();
        let mut read: FxHashSet<VReg> = FxHashSet::default();
        let mut note = |reg, access| {
            if access == Access::Read {
                read.insert(reg);
            }
        };
        insts(&self.round).iter().for_each(|inst| each_reg(inst, &mut note));
        terms().for_each(|term| each_of_term(term, &mut note));
        let head = self.head.0 as usize;
        let mut is_apart = written.iter().all(|r| *r == self.counter || !live.has(head, *r));
        for inst in insts(&self.rest) {
            each_written(&inst, &mut |r| is_apart &= !(read.contains(&r) && live.has(head, r)));
        }
        self.kept = written.into_iter().filter(|r| live.has(self.join.0 as usize, *r)).collect();
        is_apart
    }

    /// Does a block belong to the loop.
    fn contains(&self, block: BlockId) -> bool {
        self.inside.get(block.0 as usize).is_some_and(|has| *has)
    }

    /// Finds the loops that lanes leave at different times: those are left only to where all meet. None where lanes part elsewhere.
    fn find_parting(&mut self, func: &Func, inner: &[&Loop]) -> Option<()> {
        for block in &self.round {
            let Term::Branch { cond, then, orelse } = func.blocks[block.0 as usize].term else { continue };
            if self.shapes.of_reg(cond) != Shape::Varying {
                continue;
            }
            let ways = [then, orelse].map(|b| behind(func, b));
            match ways.map(|b| (self.contains(b), b == self.join)) {
                [(false, _), (true, false)] | [(true, false), (false, _)] => {}
                [(true, true), (true, false)] | [(true, false), (true, true)] => {
                    let at = block.0 as usize;
                    let innermost = inner.iter().find(|l| l.has_place(at))?;
                    let is_lone = inner.iter().filter(|l| l.has_place(at)).count() == 1;
                    if !is_lone {
                        return None;
                    }
                    self.parting_heads.push(innermost.head);
                    self.parting.extend(innermost.places().map(|at| BlockId(count(at))));
                }
                _ => return None,
            }
        }
        let is_way =
            |b: BlockId| self.parting.contains(&b) || behind(func, b) == self.join || !self.contains(b);
        let stays =
            |b: &BlockId| successors(&func.blocks[b.0 as usize].term).into_iter().flatten().all(is_way);
        self.parting.iter().all(stays).then_some(())?;
        self.kept.iter().all(|r| func.kind_of(*r) != Reg::Bool || !self.varies(*r)).then_some(())
    }

    fn varies(&self, reg: VReg) -> bool {
        self.shapes.of_reg(reg) == Shape::Varying
    }

    /// Can a block be carried out for all lanes at once.
    fn fits(&self, func: &Func, block: BlockId, written: &FxHashSet<VReg>) -> bool {
        let parts = self.parting.contains(&block);
        func.blocks[block.0 as usize].insts.iter().all(|inst| {
            let (mut is_same, mut is_steady) = (true, true);
            each_reg(inst, &mut |reg, access| {
                is_same &= self.shapes.of_reg(reg) == Shape::Same;
                is_steady &=
                    func.kind_of(reg) != Reg::Slot || access == Access::Read && !written.contains(&reg);
            });
            is_steady
                && match inst {
                    Inst::Int(..)
                    | Inst::Float(..)
                    | Inst::Bool(..)
                    | Inst::Copy(..)
                    | Inst::IntOp { .. }
                    | Inst::FloatOp { .. }
                    | Inst::FloatUnary { .. }
                    | Inst::IntCmp { .. }
                    | Inst::FloatCmp { .. }
                    | Inst::Below { .. }
                    | Inst::IntToFloat(..)
                    | Inst::Known { .. }
                    | Inst::Poll { .. } => true,
                    // What a lane that has left would compute must do no harm.
                    Inst::Checked { dst, .. } => is_same || !parts && self.varies(*dst),
                    Inst::Divide { dst, by, .. } => {
                        *by != Quotient::Any && (is_same || !parts && self.varies(*dst))
                    }
                    Inst::Load { lasts, dst, .. } => {
                        *lasts != Lasts::No && (is_same || !parts && func.kind_of(*dst) != Reg::Bool)
                    }
                    Inst::Unbox(..)
                    | Inst::HasTag { .. }
                    | Inst::Address(..)
                    | Inst::Not(..)
                    | Inst::BoolToInt(..)
                    | Inst::IntToBool(..) => is_same,
                    _ => false,
                }
        })
    }

    /// Is a round of all lanes in the inner loops clearly less work than a round of each.
    fn pays(&self, func: &Func, inner: &[&Loop]) -> bool {
        let (mut together, mut apart, mut is_any) = (0, 0, false);
        let is_inner = |b: &&BlockId| inner.iter().any(|l| l.contains(**b));
        for inst in self.round.iter().filter(is_inner).flat_map(|b| &func.blocks[b.0 as usize].insts) {
            let mut written = None;
            each_written(inst, &mut |r| written = Some(r));
            let Some(dst) = written else { continue };
            apart += LANES;
            together += match (self.shapes.of_reg(dst), inst) {
                (Shape::Varying, Inst::FloatOp { .. } | Inst::FloatUnary { .. }) => {
                    is_any = true;
                    PAIRS
                }
                (Shape::Varying, Inst::Load { address, .. })
                    if self.shapes.of_reg(*address) == Shape::Linear(8) =>
                {
                    PAIRS
                }
                (Shape::Varying, Inst::Copy(..)) if func.kind_of(dst) == Reg::Float => PAIRS,
                (Shape::Varying, Inst::FloatCmp { .. } | Inst::Below { .. }) => PAIRS + 1,
                (Shape::Varying, _) => LANES + 1,
                _ => 1,
            };
        }
        is_any && together * 4 <= apart * 3
    }
}

/// Where the last inner loops of a round lead to, and the blocks from there to the end of the round.
fn join(func: &Func, found: &Loop, inner: &[&Loop]) -> Option<(BlockId, Vec<BlockId>)> {
    let mut all: FxHashMap<BlockId, Vec<BlockId>> = FxHashMap::default();
    let mut order = Vec::new();
    for child in inner {
        let ways = child.blocks(func).flat_map(|b| successors(&b.term)).flatten();
        let outs = ways.map(|b| behind(func, b)).filter(|b| !child.contains(*b) && found.contains(*b));
        for out in outs.filter(|b| *b != found.head).collect::<Vec<_>>() {
            if all.contains_key(&out) {
                continue;
            }
            let rest = reach(func, found, out);
            if !rest.iter().any(|b| inner.iter().any(|l| l.contains(*b))) {
                order.push(out);
                all.insert(out, rest);
            }
        }
    }
    let [join] = order.as_slice() else { return None };
    all.remove(join).map(|rest| (*join, rest))
}

/// The blocks of a loop that a round comes to from one of them on.
fn reach(func: &Func, found: &Loop, from: BlockId) -> Vec<BlockId> {
    let mut seen = vec![from];
    let mut at = 0;
    while let Some(block) = seen.get(at) {
        for next in successors(&func.blocks[block.0 as usize].term).into_iter().flatten() {
            if found.contains(next) && next != found.head && !seen.contains(&next) {
                seen.push(next);
            }
        }
        at += 1;
    }
    seen
}
