//! Which numbers an int can be: checks that cannot fire are left out, and divisions are made narrow.
//!
//! An interval for each register where each block begins, by abstract interpretation: branches narrow what they compare, loops
//! are widened to a few thresholds and then narrowed again. In a block values are numbered, so that what a branch tells of a copy,
//! a square or a sum holds for what it was made of.

mod span;
mod walk;

pub(super) use span::{Span, exact};

use super::counters;
use super::flow::successors;
use super::live::Live;
use super::loops::Loops;
use crate::ir::{BlockId, CheckedOp, Cmp, Func, Inst, IntOp, Operand, Quotient, Term, VReg};
use crate::types::Reg;
use afar_runtime::pool::MAX_STRIP;
use span::ALL;
use std::collections::BTreeSet;
use walk::Walk;

/// So many of them as a strip has certainly fit.
const MAX_TERM: i64 = i64::MAX / MAX_STRIP;

/// More than this is not looked at: registers that are carried from block to block, times blocks.
const MAX_CELLS: usize = 1 << 20;

/// The operation without its check.
pub(super) fn plain(op: CheckedOp) -> IntOp {
    match op {
        CheckedOp::Add | CheckedOp::Sum => IntOp::Add,
        CheckedOp::Sub => IntOp::Sub,
        CheckedOp::Mul => IntOp::Mul,
        CheckedOp::Shl => IntOp::Shl,
    }
}

/// What each of the ints that are carried from block to block can be where one begins; none where nothing comes there.
type State = Option<Vec<Span>>;

/// Goes through a block, and calls `to` with each block that it leads to, and what is known there.
fn run_block(
    func: &Func,
    at: usize,
    carried: &[VReg],
    walk: &mut Walk,
    to: &mut dyn FnMut(BlockId, &[Span]),
) {
    let block = &func.blocks[at];
    for inst in &block.insts {
        walk.step(func, inst);
    }
    let mut spans = Vec::new();
    match &block.term {
        Term::Branch { cond, then, orelse } => {
            for (next, is_true) in [(then, true), (orelse, false)] {
                if walk.behind(*cond, is_true, carried, &mut spans) {
                    to(*next, &spans);
                }
            }
        }
        term => {
            walk.spans_of(carried, &mut spans);
            for next in successors(term).into_iter().flatten() {
                to(next, &spans);
            }
        }
    }
}

/// The ints that some block reads before it writes them.
fn carried(func: &Func) -> Option<Vec<VReg>> {
    let live = Live::of(func)?;
    let ints = (0..).map(VReg).zip(&func.regs).filter(|(_, kind)| **kind == Reg::Int);
    let is_carried = |reg: &VReg| (0..func.blocks.len()).any(|block| live.has(block, *reg));
    let carried: Vec<VReg> = ints.map(|(reg, _)| reg).filter(is_carried).collect();
    (carried.len() * func.blocks.len() <= MAX_CELLS).then_some(carried)
}

/// How the numbers of the registers that are carried come to rest.
struct Solver<'a> {
    func: &'a Func,
    carried: &'a [VReg],
    is_counter: Vec<bool>,
    is_head: Vec<bool>,
    /// The blocks of which it cannot be told where they are come to from.
    is_fixed: Vec<bool>,
    states: Vec<State>,
    visits: Vec<u32>,
}

impl Solver<'_> {
    /// Takes what is known on one way to a block; true where it tells more than the ways before.
    fn join(&mut self, next: usize, spans: &[Span]) -> bool {
        if self.is_fixed[next] {
            return false;
        }
        let Some(state) = &mut self.states[next] else {
            self.states[next] = Some(spans.to_vec());
            return true;
        };
        let joined = |old: Span, new: Span, counts: bool| old.join(new).held(counts);
        let mut all = state.iter().zip(spans).zip(&self.is_counter);
        if all.all(|((old, new), counts)| joined(*old, *new, *counts) == *old) {
            return false;
        }
        self.visits[next] += 1;
        // Blocks that are no heads settle once the heads do; the limit is for what is no natural loop.
        let is_widened = (self.is_head[next] && self.visits[next] > 2) || self.visits[next] > 40;
        for ((old, new), counts) in state.iter_mut().zip(spans).zip(&self.is_counter) {
            let joined = joined(*old, *new, *counts);
            *old = if is_widened { joined.widened(*old).held(*counts) } else { joined };
        }
        true
    }

    /// A block is gone through when all that leads to it forwards has been.
    fn widen(&mut self, walk: &mut Walk) {
        let (order, rank) = order(self.func);
        let is_fixed = |at: &usize| self.is_fixed[order[*at]];
        let mut todo: BTreeSet<usize> = (0..order.len()).filter(is_fixed).collect();
        while let Some(first) = todo.pop_first() {
            let Some(spans) = &self.states[order[first]] else { continue };
            walk.begin(self.carried, spans);
            run_block(self.func, order[first], self.carried, walk, &mut |next, spans| {
                if self.join(next.0 as usize, spans) {
                    todo.insert(rank[next.0 as usize]);
                }
            });
        }
    }

    fn narrow(&mut self, walk: &mut Walk) {
        let mut again: Vec<State> = vec![None; self.states.len()];
        for (at, state) in self.states.iter().enumerate() {
            let Some(spans) = state else { continue };
            walk.begin(self.carried, spans);
            run_block(
                self.func,
                at,
                self.carried,
                walk,
                &mut |next, spans| match &mut again[next.0 as usize] {
                    None => again[next.0 as usize] = Some(spans.to_vec()),
                    Some(old) => old.iter_mut().zip(spans).for_each(|(a, b)| *a = a.join(*b)),
                },
            );
        }
        for (at, state) in again.into_iter().enumerate().filter(|(at, _)| !self.is_fixed[*at]) {
            self.states[at] = state;
        }
    }
}

/// The blocks that are come to, each before what it leads to but for the ways back of loops; and at which place each of them is.
fn order(func: &Func) -> (Vec<usize>, Vec<usize>) {
    let (mut order, mut rank) = (Vec::new(), vec![usize::MAX; func.blocks.len()]);
    let mut is_seen = vec![false; func.blocks.len()];
    for entry in func.blocks.iter().filter_map(|b| b.handler).chain([BlockId(0)]) {
        // Each block with how many of those that it leads to have been looked at.
        let mut way = vec![(entry.0 as usize, 0)];
        while let Some((at, n)) = way.pop() {
            if n == 0 && std::mem::replace(&mut is_seen[at], true) {
                continue;
            }
            match successors(&func.blocks[at].term).get(n) {
                Some(next) => {
                    way.push((at, n + 1));
                    way.extend(next.map(|next| (next.0 as usize, 0)));
                }
                None => order.push(at),
            }
        }
    }
    order.reverse();
    order.iter().enumerate().for_each(|(i, at)| rank[*at] = i);
    (order, rank)
}

/// What is known where each block begins.
fn solve(func: &Func, carried: &[VReg], walk: &mut Walk) -> Vec<State> {
    let n = func.blocks.len();
    let (mut states, mut is_fixed, mut is_head) = (vec![None; n], vec![false; n], vec![false; n]);
    for entry in func.blocks.iter().filter_map(|b| b.handler).chain([BlockId(0)]) {
        // Where a fault comes from cannot be told.
        states[entry.0 as usize] = Some(vec![ALL; carried.len()]);
        is_fixed[entry.0 as usize] = true;
    }
    Loops::of(func).0.iter().for_each(|l| is_head[l.head.0 as usize] = true);
    let counters = counters::counters(func);
    let is_counter = carried.iter().map(|reg| counters[reg.0 as usize]).collect();
    let mut solver = Solver { func, carried, is_counter, is_head, is_fixed, states, visits: vec![0; n] };
    solver.widen(walk);
    solver.narrow(walk);
    solver.narrow(walk);
    solver.states
}

/// Leaves out checks that cannot fire.
pub(super) fn narrow(func: &mut Func) {
    let is_arithmetic =
        |i: &Inst| matches!(i, Inst::Checked { .. } | Inst::Divide { .. } | Inst::Below { .. });
    if !func.blocks.iter().flat_map(|b| &b.insts).any(is_arithmetic) {
        return;
    }
    let Some(carried) = carried(func) else { return };
    let mut walk = Walk::new(func);
    let states = solve(func, &carried, &mut walk);
    for (at, state) in states.into_iter().enumerate() {
        let Some(spans) = state else { continue };
        walk.begin(&carried, &spans);
        let mut insts = std::mem::take(&mut func.blocks[at].insts);
        for inst in &mut insts {
            let better = simpler(&walk, inst);
            walk.step(func, inst);
            if let Some(better) = better {
                *inst = better;
            }
        }
        func.blocks[at].insts = insts;
    }
}

/// An instruction that does the same for the numbers that come here.
fn simpler(walk: &Walk, inst: &Inst) -> Option<Inst> {
    match inst {
        Inst::Checked { op: CheckedOp::Sum, dst, a, b, .. } if walk.span(*b).is_below(MAX_TERM) => {
            Some(Inst::IntOp { op: IntOp::Add, dst: *dst, a: *a, b: Operand::Reg(*b) })
        }
        Inst::Checked { op, dst, a, b, .. } => {
            exact(plain(*op), walk.span(*a), walk.span(*b))?;
            Some(Inst::IntOp { op: plain(*op), dst: *dst, a: *a, b: Operand::Reg(*b) })
        }
        Inst::IntOp { op, dst, a, b } => {
            let span = exact(*op, walk.span(*a), walk.operand(*b))?;
            (span.lo == span.hi).then_some(Inst::Int(*dst, span.lo))
        }
        Inst::IntCmp { cmp, dst, a, b } => {
            let (x, y) = (walk.span(*a), walk.operand(*b));
            let known = match cmp {
                Cmp::Lt => decided(x.hi < y.lo, x.lo >= y.hi),
                Cmp::Le => decided(x.hi <= y.lo, x.lo > y.hi),
                Cmp::Gt => decided(x.lo > y.hi, x.hi <= y.lo),
                Cmp::Ge => decided(x.lo >= y.hi, x.hi < y.lo),
                Cmp::Eq => decided(x == y && x.lo == x.hi, x.meet(y).is_none()),
                Cmp::Ne => decided(x.meet(y).is_none(), x == y && x.lo == x.hi),
            };
            Some(Inst::Bool(*dst, known?))
        }
        Inst::Below { dst, a, b } => {
            let (x, y) = (walk.span(*a), walk.span(*b));
            let known = decided(x.is_natural() && x.hi < y.lo, x.hi < 0 || (y.hi >= 0 && x.lo >= y.hi));
            Some(Inst::Bool(*dst, known?))
        }
        Inst::Divide { is_mod, by: Quotient::Any, dst, a, b, site, loc } => {
            let (x, y) = (walk.span(*a), walk.span(*b));
            if y.lo == y.hi && y.lo > 0 && y.lo.count_ones() == 1 {
                // The quotient is rounded down whatever the sign, and the remainder has that of the divisor.
                let (op, by) = match is_mod {
                    true => (IntOp::And, y.lo - 1),
                    false => (IntOp::Sar, i64::from(y.lo.trailing_zeros())),
                };
                return Some(Inst::IntOp { op, dst: *dst, a: *a, b: Operand::Imm(by) });
            }
            let by = match (x.is_natural() && y.lo >= 1, x.hi.max(y.hi)) {
                (true, 0..0x8000_0000) => Quotient::Small,
                (true, 0..0x20_0000_0000_0000) => Quotient::Exact,
                (true, _) => Quotient::Natural,
                (false, _) if y.lo >= 1 => Quotient::Positive,
                _ => return None,
            };
            Some(Inst::Divide { is_mod: *is_mod, by, dst: *dst, a: *a, b: *b, site: *site, loc: *loc })
        }
        _ => None,
    }
}

fn decided(yes: bool, no: bool) -> Option<bool> {
    match (yes, no) {
        (true, _) => Some(true),
        (_, true) => Some(false),
        _ => None,
    }
}
