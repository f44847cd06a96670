//! Choices between cheap values, as `n // 2 if n % 2 == 0 else 3 * n + 1`: both are computed and one is taken, since a processor
//! that guesses such a way wrong loses more than that.
//!
//! What does not fit 64 bits on the way that is not taken must not show: where the numbers that it is made of are so large that
//! this could be, the two ways stay.

use super::flow::{lone_predecessors, reachable, shorten};
use super::live::Live;
use super::ranges::{Span, exact, plain};
use crate::ir::regs::{Access, each_written, visit_mut};
use crate::ir::{Block, BlockId, CheckedOp, Func, FuncKind, Inst, IntOp, Operand, Term, VReg};
use crate::types::Reg;
use rustc_hash::FxHashMap;

/// What both ways together may cost, in about cycles.
const MAX_COST: usize = 8;

/// More values than this are not chosen by one condition.
const MAX_CHOSEN: usize = 3;

/// The sizes of more numbers than this are not asked for.
const MAX_ASKED: usize = 3;

/// Numbers are asked whether they are of less than so many bits.
const BITS: [u32; 3] = [61, 52, 31];

/// How often choices within choices are looked for.
const MAX_DEPTH: usize = 3;

/// Takes one of two values where there were two ways.
pub(super) fn choose(func: &mut Func) {
    if func.kind != FuncKind::Plain {
        return;
    }
    for _ in 0..MAX_DEPTH {
        let seen = reachable(func);
        let lone = lone_predecessors(func, &seen);
        let all = (0..func.blocks.len()).filter(|at| seen[*at]);
        let found: Vec<Fork> = all.filter_map(|at| Fork::at(func, &lone, at)).collect();
        if found.is_empty() {
            return;
        }
        let Some(live) = Live::of(func) else { return };
        let mut changed = false;
        for fork in found {
            changed |= fork.join(func, &live);
        }
        if !changed {
            return;
        }
        shorten(func);
    }
}

/// Two ways that part at the end of a block and meet again at once.
struct Fork {
    at: usize,
    cond: VReg,
    /// The block of each way, where it has one.
    ways: [Option<BlockId>; 2],
    meet: BlockId,
}

/// What an instruction costs, in about cycles, where it may be carried out though nobody wants its value.
fn cost(inst: &Inst) -> Option<usize> {
    match inst {
        Inst::Int(..)
        | Inst::Float(..)
        | Inst::Bool(..)
        | Inst::Copy(..)
        | Inst::Known { .. }
        | Inst::Mark { .. } => Some(0),
        Inst::IntOp { op: IntOp::Mul, .. } | Inst::Checked { op: CheckedOp::Mul, .. } => Some(3),
        Inst::IntOp { op: IntOp::Min | IntOp::Max, .. } => Some(2),
        Inst::IntOp { .. }
        | Inst::Checked { op: CheckedOp::Add | CheckedOp::Sub, .. }
        | Inst::IntCmp { .. }
        | Inst::BoolToInt(..)
        | Inst::Not(..)
        | Inst::IntToBool(..) => Some(1),
        _ => None,
    }
}

impl Fork {
    fn at(func: &Func, lone: &[Option<BlockId>], at: usize) -> Option<Self> {
        let Term::Branch { cond, then, orelse } = func.blocks[at].term else { return None };
        let way = |to: BlockId| {
            let block = &func.blocks[to.0 as usize];
            let is_way = lone[to.0 as usize].is_some() && !block.is_cold && to.0 as usize != at;
            match block.term {
                Term::Jump(meet) if is_way && meet != to => Some(meet),
                _ => None,
            }
        };
        let (ways, meet) = match (way(then), way(orelse)) {
            _ if then == orelse => return None,
            (Some(a), Some(b)) if a == b => ([Some(then), Some(orelse)], a),
            (Some(a), _) if a == orelse => ([Some(then), None], a),
            (_, Some(b)) if b == then => ([None, Some(orelse)], b),
            _ => return None,
        };
        let fork = Self { at, cond, ways, meet };
        let total = fork.insts(func).map(cost).sum::<Option<usize>>()?;
        (total <= MAX_COST && !func.blocks[at].is_cold).then_some(fork)
    }

    fn insts<'f>(&self, func: &'f Func) -> impl Iterator<Item = &'f Inst> {
        let ways = self.ways;
        ways.into_iter().flatten().flat_map(|block| &func.blocks[block.0 as usize].insts)
    }

    /// Makes one way of the two, if that can be.
    fn join(self, func: &mut Func, live: &Live) -> bool {
        let mut chosen: Vec<VReg> = Vec::new();
        self.insts(func).for_each(|inst| each_written(inst, &mut |reg| chosen.push(reg)));
        chosen.sort_unstable();
        chosen.dedup();
        chosen.retain(|reg| live.has(self.meet.0 as usize, *reg));
        if chosen.len() > MAX_CHOSEN || chosen.iter().any(|reg| func.kind_of(*reg) != Reg::Int) {
            return false;
        }
        let Some(asked) = self.asked(func) else { return false };
        let ways = self.ways.map(|block| Way::of(func, block));
        let both = self.chosen(func, ways, &chosen);
        let at = &mut func.blocks[self.at];
        if asked.sources.is_empty() {
            at.insts.extend(both);
            at.term = Term::Jump(self.meet);
            return true;
        }
        let term = std::mem::replace(&mut at.term, Term::Open);
        let handler = at.handler;
        let mut add = |insts, term, is_cold| {
            func.blocks.push(Block { insts, term, handler, is_cold });
            BlockId(u32::try_from(func.blocks.len() - 1).unwrap_or(u32::MAX))
        };
        let quick = add(both, Term::Jump(self.meet), false);
        let slow = add(Vec::new(), term, true);
        for way in self.ways.into_iter().flatten() {
            func.blocks[way.0 as usize].is_cold = true;
        }
        asked.ask(func, self.at, quick, slow);
        true
    }

    /// Of which numbers is to be known that they are small, so that all that is computed fits; none where that is not enough.
    fn asked(&self, func: &Func) -> Option<Asked> {
        let known = constants_at(&func.blocks[self.at]);
        let ways = self.ways.into_iter().flatten().map(|way| func.blocks[way.0 as usize].insts.as_slice());
        let ways: Vec<&[Inst]> = ways.collect();
        let mut sources: Vec<VReg> = Vec::new();
        for way in &ways {
            sources.extend(sources_of(way).into_iter().filter(|reg| !known.contains_key(reg)));
        }
        sources.sort_unstable();
        sources.dedup();
        let fits = |bits: &u32| {
            let small = Span::to_bits(*bits);
            ways.iter().all(|way| all_fits(way, &known, &sources, small))
        };
        let bits = BITS.into_iter().find(fits)?;
        (sources.len() <= MAX_ASKED).then_some(Asked { sources, bits })
    }

    /// What both ways compute, and what is taken of it.
    fn chosen(&self, func: &mut Func, ways: [Way; 2], chosen: &[VReg]) -> Vec<Inst> {
        let mut copies = Vec::new();
        let mut choices = Vec::new();
        for dst in chosen {
            let [then, orelse] = ways.each_ref().map(|way| {
                let source = way.name(*dst);
                // What one choice reads may be what another has written.
                if source == *dst || !chosen.contains(&source) {
                    return source;
                }
                let copy = func.reg(Reg::Int);
                copies.push(Inst::Copy(copy, source));
                copy
            });
            choices.push(Inst::Select { dst: *dst, cond: self.cond, then, orelse });
        }
        let computed = ways.into_iter().flat_map(|way| way.insts);
        computed.chain(copies).chain(choices).collect()
    }
}

/// The numbers that a block is known to end with.
fn constants_at(block: &Block) -> FxHashMap<VReg, i64> {
    let mut known = FxHashMap::default();
    for inst in &block.insts {
        each_written(inst, &mut |reg| {
            known.remove(&reg);
        });
        if let Inst::Int(dst, n) = inst {
            known.insert(*dst, *n);
        }
    }
    known
}

/// The numbers that come from before to operations that may not fit.
fn sources_of(way: &[Inst]) -> Vec<VReg> {
    let mut written = Vec::new();
    let mut found = Vec::new();
    for inst in way {
        if let Inst::Checked { a, b, .. } = inst {
            found.extend([*a, *b].into_iter().filter(|reg| !written.contains(reg)));
        }
        each_written(inst, &mut |reg| written.push(reg));
    }
    found
}

/// Do all results fit where the sources are within these bounds.
fn all_fits(way: &[Inst], known: &FxHashMap<VReg, i64>, sources: &[VReg], small: Span) -> bool {
    let mut spans: FxHashMap<VReg, Span> = known.iter().map(|(reg, n)| (*reg, Span::one(*n))).collect();
    spans.extend(sources.iter().map(|reg| (*reg, small)));
    for inst in way {
        let of = |reg: VReg| spans.get(&reg).copied().unwrap_or(Span::ALL);
        let span = match inst {
            Inst::Int(_, n) => Some(Span::one(*n)),
            Inst::Copy(_, from) => Some(of(*from)),
            Inst::Checked { op, a, b, .. } => match exact(plain(*op), of(*a), of(*b)) {
                None => return false,
                found => found,
            },
            Inst::IntOp { op, a, b, .. } => exact(
                *op,
                of(*a),
                match b {
                    Operand::Reg(b) => of(*b),
                    Operand::Imm(n) => Span::one(*n),
                    Operand::Const(_) => Span::ALL,
                },
            ),
            Inst::BoolToInt(..) => Some(Span { lo: 0, hi: 1 }),
            _ => None,
        };
        each_written(inst, &mut |reg| {
            spans.insert(reg, span.unwrap_or(Span::ALL));
        });
    }
    true
}

/// Numbers that are asked for their size.
struct Asked {
    sources: Vec<VReg>,
    bits: u32,
}

impl Asked {
    /// Ends a block with the question whether all are small: then on to one block, else to another.
    fn ask(self, func: &mut Func, at: usize, small: BlockId, large: BlockId) {
        let [moved, all, limit] = [(); 3].map(|()| func.reg(Reg::Int));
        let fits = func.reg(Reg::Bool);
        let insts = &mut func.blocks[at].insts;
        for (n, source) in self.sources.into_iter().enumerate() {
            // From there on they are numbers without a sign, all below twice the limit.
            let dst = if n == 0 { all } else { moved };
            insts.push(Inst::IntOp { op: IntOp::Add, dst, a: source, b: Operand::Imm(1 << self.bits) });
            if n > 0 {
                insts.push(Inst::IntOp { op: IntOp::Or, dst: all, a: all, b: Operand::Reg(moved) });
            }
        }
        insts.push(Inst::Int(limit, 2 << self.bits));
        insts.push(Inst::Below { dst: fits, a: all, b: limit });
        func.blocks[at].term = Term::Branch { cond: fits, then: small, orelse: large };
    }
}

/// What a way computes, under names of its own, where all of it fits.
#[derive(Default)]
struct Way {
    insts: Vec<Inst>,
    /// What stands for each register that the way writes.
    names: FxHashMap<VReg, VReg>,
}

impl Way {
    fn of(func: &mut Func, block: Option<BlockId>) -> Self {
        let mut way = Self::default();
        let insts = block.map(|b| func.blocks[b.0 as usize].insts.clone()).unwrap_or_default();
        for mut inst in insts {
            visit_mut(&mut inst, &mut |reg, access| match access {
                Access::Read => *reg = way.name(*reg),
                Access::Write => {
                    let name = func.reg(func.kind_of(*reg));
                    way.names.insert(*reg, name);
                    *reg = name;
                }
            });
            match inst {
                Inst::Known { .. } | Inst::Mark { .. } => {}
                // Of numbers that are written once the copy is the same.
                Inst::Copy(dst, source) => way.rename(dst, source),
                Inst::Checked { op, dst, a, b, .. } => {
                    way.insts.push(Inst::IntOp { op: plain(op), dst, a, b: Operand::Reg(b) });
                }
                other => way.insts.push(other),
            }
        }
        way
    }

    /// What stands for a register at the end of the way.
    fn name(&self, reg: VReg) -> VReg {
        self.names.get(&reg).copied().unwrap_or(reg)
    }

    fn rename(&mut self, from: VReg, to: VReg) {
        for name in self.names.values_mut().filter(|name| **name == from) {
            *name = to;
        }
    }
}

#[cfg(test)]
mod tests;
