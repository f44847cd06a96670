//! The loop written out for all lanes: beside the one that is there, which does what is left, and what is not so simple.

use super::shape::Shape;
use super::{LANES, PAIRS, PATIENCE, Plan, behind};
use crate::ir::regs::{Access, each_of_term, each_reg, each_written, map_regs};
use crate::ir::{Block, BlockId, Cmp, Func, Inst, IntOp, Lasts, Operand, Term, VReg};
use crate::passes::flow::{renumber, retarget};
use crate::types::Reg;
use rustc_hash::FxHashMap;

/// Of an int whose bits stand for lanes: all of them.
const ALL: i64 = (1 << LANES) - 1;

/// How a register of a round is held for all lanes.
#[derive(Clone, Copy)]
enum Home {
    /// In one register: it is the same for all, or follows from the one of the first lane.
    One(VReg),
    /// Floats, in pairs.
    Pairs([VReg; PAIRS]),
    /// Ints, one by one.
    Ints([VReg; LANES]),
    /// Booleans, as the bits of an int.
    Bits(VReg),
}

struct Emit<'a> {
    func: &'a mut Func,
    plan: &'a Plan,
    homes: FxHashMap<VReg, Home>,
    /// The blocks of the round, by those that they stand for.
    number: FxHashMap<BlockId, BlockId>,
    /// The lanes that are still under way, as bits.
    active: VReg,
    /// How many rounds of a loop that lanes leave at different times are left to them.
    patience: VReg,
    /// What the lanes have where they meet, in the order of what is kept.
    at_join: Vec<[VReg; LANES]>,
    /// Where they meet.
    met: BlockId,
    /// The block that is being written.
    at: BlockId,
}

/// Writes the loop out for all lanes.
pub(super) fn write_out(func: &mut Func, plan: &Plan) {
    let [active, patience] = [(); 2].map(|()| func.reg(Reg::Int));
    let met = empty(func);
    let mut at_join = Vec::new();
    for kept in &plan.kept {
        let kind = func.kind_of(*kept);
        at_join.push([(); LANES].map(|()| func.reg(kind)));
    }
    let number: FxHashMap<BlockId, BlockId> = plan.round.iter().map(|b| (*b, empty(func))).collect();
    let homes = FxHashMap::default();
    let mut emit = Emit { func, plan, homes, number, active, patience, at_join, met, at: met };
    emit.begin();
    for block in &plan.round {
        emit.block(*block);
    }
    emit.rest();
}

/// A block to be written.
fn empty(func: &mut Func) -> BlockId {
    let block = Block { insts: Vec::new(), term: Term::Unreachable, handler: None, is_cold: false };
    func.blocks.push(block);
    BlockId(super::count(func.blocks.len() - 1))
}

/// The bit of a lane.
fn bit(lane: usize) -> i64 {
    1 << lane
}

impl Emit<'_> {
    fn push(&mut self, inst: Inst) {
        self.func.blocks[self.at.0 as usize].insts.push(inst);
    }

    fn end(&mut self, term: Term) {
        self.func.blocks[self.at.0 as usize].term = term;
    }

    fn int(&mut self) -> VReg {
        self.func.reg(Reg::Int)
    }

    /// An int made of a register and another operand.
    fn made(&mut self, op: IntOp, a: VReg, b: Operand) -> VReg {
        let dst = self.int();
        self.push(Inst::IntOp { op, dst, a, b });
        dst
    }

    fn test(&mut self, cmp: Cmp, a: VReg, b: Operand) -> VReg {
        let dst = self.func.reg(Reg::Bool);
        self.push(Inst::IntCmp { cmp, dst, a, b });
        dst
    }

    /// Where enough rounds are left, they go side by side.
    fn begin(&mut self) {
        let plan = self.plan;
        let start = empty(self.func);
        let body = plan.body;
        retarget(&mut self.func.blocks[plan.head.0 as usize].term, body, start);
        self.at = start;
        let [left, more] = [(); 2].map(|()| self.int());
        self.push(match plan.stop {
            Operand::Imm(n) => Inst::Int(left, n),
            Operand::Reg(stop) => Inst::Copy(left, stop),
            Operand::Const(_) => unreachable!("loops up to constants of the pool have no plan"),
        });
        self.push(Inst::IntOp { op: IntOp::Sub, dst: left, a: left, b: Operand::Reg(plan.counter) });
        self.push(Inst::Int(more, i64::try_from(LANES - 1).unwrap_or(0)));
        let enough = self.func.reg(Reg::Bool);
        // As numbers without a sign, so many are left, wherever the loop counts from: it is known to be at least one.
        self.push(Inst::Below { dst: enough, a: more, b: left });
        let first = empty(self.func);
        self.end(Term::Branch { cond: enough, then: first, orelse: body });
        self.at = first;
        let Home::One(counter) = self.home(plan.counter) else { return };
        self.push(Inst::Copy(counter, plan.counter));
        self.push(Inst::Int(self.active, ALL));
        self.push(Inst::Int(self.patience, PATIENCE));
        self.end(Term::Jump(self.number[&body]));
    }

    /// How a register that a round writes is held.
    fn home(&mut self, reg: VReg) -> Home {
        if let Some(home) = self.homes.get(&reg) {
            return *home;
        }
        let kind = self.func.kind_of(reg);
        let home = match (self.plan.shapes.of_reg(reg), kind) {
            (Shape::Varying, Reg::Float) => Home::Pairs([(); PAIRS].map(|()| self.func.reg(Reg::Pair))),
            (Shape::Varying, Reg::Int) => Home::Ints([(); LANES].map(|()| self.func.reg(Reg::Int))),
            (Shape::Varying, _) => Home::Bits(self.func.reg(Reg::Int)),
            _ => Home::One(self.func.reg(kind)),
        };
        self.homes.insert(reg, home);
        home
    }

    /// The register for what is the same for all lanes, or for the first.
    fn one(&mut self, reg: VReg) -> VReg {
        if !self.plan.shapes.is_written(reg) {
            return reg;
        }
        match self.home(reg) {
            Home::One(one) | Home::Bits(one) => one,
            Home::Pairs(_) | Home::Ints(_) => unreachable!("what varies is not asked for as one"),
        }
    }

    fn is_varying(&self, reg: VReg) -> bool {
        self.plan.shapes.of_reg(reg) == Shape::Varying
    }

    /// Two lanes of a float.
    fn pair(&mut self, reg: VReg, pair: usize) -> VReg {
        if self.is_varying(reg)
            && let Home::Pairs(pairs) = self.home(reg)
        {
            return pairs[pair];
        }
        let (dst, one) = (self.func.reg(Reg::Pair), self.one(reg));
        self.push(Inst::Splat(dst, one));
        dst
    }

    /// One lane of an int.
    fn lane(&mut self, reg: VReg, lane: usize) -> VReg {
        match self.plan.shapes.of_reg(reg) {
            Shape::Same => self.one(reg),
            Shape::Linear(by) => {
                let one = self.one(reg);
                let by = by.wrapping_mul(i64::try_from(lane).unwrap_or(0));
                if lane == 0 { one } else { self.made(IntOp::Add, one, Operand::Imm(by)) }
            }
            Shape::Varying => match self.home(reg) {
                Home::Ints(all) => all[lane],
                Home::One(one) | Home::Bits(one) => one,
                Home::Pairs(all) => all[0],
            },
        }
    }

    fn lane_of(&mut self, operand: Operand, lane: usize) -> Operand {
        match operand {
            Operand::Reg(reg) => Operand::Reg(self.lane(reg, lane)),
            other => other,
        }
    }

    /// A block of the round, for all lanes.
    fn block(&mut self, block: BlockId) {
        self.at = self.number[&block];
        let from = self.func.blocks[block.0 as usize].clone();
        if from.insts.iter().any(|inst| matches!(inst, Inst::Poll { .. })) {
            self.func.blocks[self.at.0 as usize].handler = from.handler;
        }
        if self.plan.parting_heads.contains(&block) {
            let patience = self.patience;
            self.push(Inst::IntOp { op: IntOp::Sub, dst: patience, a: patience, b: Operand::Imm(1) });
            let is_left = self.test(Cmp::Ge, patience, Operand::Imm(0));
            let on = empty(self.func);
            self.func.blocks[on.0 as usize].handler = self.func.blocks[self.at.0 as usize].handler;
            self.end(Term::Branch { cond: is_left, then: on, orelse: self.plan.body });
            self.at = on;
        }
        let check = self.last_check(block, &from);
        for (i, inst) in from.insts.iter().enumerate() {
            if check.is_none_or(|(at, ..)| at != i) {
                self.inst(inst);
            }
        }
        if let (Some((_, a, b)), Term::Branch { then, .. }) = (check, &from.term) {
            return self.all_below(a, b, self.number[then]);
        }
        self.term(block, &from.term);
    }

    fn inst(&mut self, inst: &Inst) {
        let mut dst = None;
        each_written(inst, &mut |reg| dst = Some(reg));
        let Some(dst) = dst else {
            if matches!(inst, Inst::Poll { .. }) {
                self.push(inst.clone());
            }
            return;
        };
        if self.is_varying(dst) {
            match self.home(dst) {
                Home::Pairs(all) => self.pairs_inst(inst, all),
                Home::Ints(all) => self.ints_inst(inst, all),
                Home::Bits(bits) => self.bits_inst(inst, bits),
                Home::One(_) => {}
            }
            return;
        }
        let mut all = Vec::new();
        each_reg(inst, &mut |reg, _| all.push(reg));
        let names: FxHashMap<VReg, VReg> = all.into_iter().map(|reg| (reg, self.one(reg))).collect();
        let mut copy = inst.clone();
        map_regs(&mut copy, &|reg| names[&reg]);
        self.push(copy);
    }

    /// Writes floats.
    fn pairs_inst(&mut self, inst: &Inst, all: [VReg; PAIRS]) {
        match inst {
            Inst::Float(_, x) => {
                let one = self.func.reg(Reg::Float);
                self.push(Inst::Float(one, *x));
                all.into_iter().for_each(|dst| self.push(Inst::Splat(dst, one)));
            }
            Inst::Load { address, offset, lasts, .. }
                if self.plan.shapes.of_reg(*address) == Shape::Linear(8) =>
            {
                let address = self.one(*address);
                // Where one of them may be read, its neighbor need not be there any time.
                let lasts = (*lasts).min(Lasts::Value);
                for (dst, at) in all.into_iter().zip((*offset..).step_by(16)) {
                    self.push(Inst::Load { dst, address, offset: at, lasts });
                }
            }
            Inst::Load { .. } | Inst::IntToFloat(..) => {
                for (i, dst) in all.into_iter().enumerate() {
                    let two = [2 * i, 2 * i + 1].map(|lane| {
                        let float = self.func.reg(Reg::Float);
                        match inst {
                            Inst::Load { address, offset, lasts, .. } => {
                                let (address, offset, lasts) = (self.lane(*address, lane), *offset, *lasts);
                                self.push(Inst::Load { dst: float, address, offset, lasts });
                            }
                            Inst::IntToFloat(_, from) => {
                                let int = self.lane(*from, lane);
                                self.push(Inst::IntToFloat(float, int));
                            }
                            _ => {}
                        }
                        float
                    });
                    self.push(Inst::Pack(dst, two[0], two[1]));
                }
            }
            _ => {
                for (i, dst) in all.into_iter().enumerate() {
                    let made = match inst {
                        Inst::Copy(_, from) => Inst::Copy(dst, self.pair(*from, i)),
                        Inst::FloatUnary { op, a, .. } => {
                            Inst::FloatUnary { op: *op, dst, a: self.pair(*a, i) }
                        }
                        Inst::FloatOp { op, a, b, .. } => {
                            Inst::FloatOp { op: *op, dst, a: self.pair(*a, i), b: self.pair(*b, i) }
                        }
                        _ => unreachable!("the plan has found all instructions to be of these"),
                    };
                    self.push(made);
                }
            }
        }
    }

    /// Writes ints.
    fn ints_inst(&mut self, inst: &Inst, all: [VReg; LANES]) {
        for (lane, dst) in all.into_iter().enumerate() {
            let made = match inst {
                Inst::Int(_, n) => Inst::Int(dst, *n),
                Inst::Copy(_, from) => Inst::Copy(dst, self.lane(*from, lane)),
                Inst::IntOp { op, a, b, .. } => {
                    Inst::IntOp { op: *op, dst, a: self.lane(*a, lane), b: self.lane_of(*b, lane) }
                }
                Inst::Checked { op, a, b, site, .. } => {
                    let (a, b) = (self.lane(*a, lane), self.lane(*b, lane));
                    Inst::Checked { op: *op, dst, a, b, site: *site }
                }
                Inst::Divide { is_mod, by, a, b, site, loc, .. } => {
                    let (a, b) = (self.lane(*a, lane), self.lane(*b, lane));
                    Inst::Divide { is_mod: *is_mod, by: *by, dst, a, b, site: *site, loc: *loc }
                }
                Inst::Load { address, offset, lasts, .. } => {
                    let address = self.lane(*address, lane);
                    Inst::Load { dst, address, offset: *offset, lasts: *lasts }
                }
                // What is the same in all lanes here, and not elsewhere.
                other if lane == 0 => {
                    let mut first = other.clone();
                    let names = self.names(other);
                    map_regs(&mut first, &|reg| *names.get(&reg).unwrap_or(&dst));
                    first
                }
                _ => Inst::Copy(dst, all[0]),
            };
            self.push(made);
        }
    }

    /// The registers that an instruction reads, where they are the same for all.
    fn names(&mut self, inst: &Inst) -> FxHashMap<VReg, VReg> {
        let mut read = Vec::new();
        each_reg(inst, &mut |reg, access| {
            if access == Access::Read {
                read.push(reg);
            }
        });
        read.into_iter().map(|reg| (reg, self.one(reg))).collect()
    }

    /// Writes booleans.
    fn bits_inst(&mut self, inst: &Inst, bits: VReg) {
        match inst {
            Inst::Bool(_, known) => self.push(Inst::Int(bits, if *known { ALL } else { 0 })),
            Inst::Copy(_, from) if self.is_varying(*from) => {
                let from = self.one(*from);
                self.push(Inst::Copy(bits, from));
            }
            Inst::FloatCmp { cmp, a, b, .. } => {
                let mut found = None;
                for i in 0..PAIRS {
                    let (a, b) = (self.pair(*a, i), self.pair(*b, i));
                    let two = self.int();
                    self.push(Inst::PairCmp { cmp: *cmp, dst: two, a, b });
                    found = Some(self.with_bits(found, two, 2 * i));
                }
                found.into_iter().for_each(|found| self.push(Inst::Copy(bits, found)));
            }
            _ => {
                let mut found = None;
                for lane in 0..LANES {
                    let dst = self.func.reg(Reg::Bool);
                    let made = match inst {
                        Inst::IntCmp { cmp, a, b, .. } => {
                            Inst::IntCmp { cmp: *cmp, dst, a: self.lane(*a, lane), b: self.lane_of(*b, lane) }
                        }
                        Inst::Below { a, b, .. } => {
                            Inst::Below { dst, a: self.lane(*a, lane), b: self.lane(*b, lane) }
                        }
                        other => {
                            let names = self.names(other);
                            let mut same = other.clone();
                            map_regs(&mut same, &|reg| *names.get(&reg).unwrap_or(&dst));
                            same
                        }
                    };
                    self.push(made);
                    let one = self.int();
                    self.push(Inst::BoolToInt(one, dst));
                    found = Some(self.with_bits(found, one, lane));
                }
                found.into_iter().for_each(|found| self.push(Inst::Copy(bits, found)));
            }
        }
    }

    /// More bits, which belong at this place.
    fn with_bits(&mut self, found: Option<VReg>, more: VReg, at: usize) -> VReg {
        let Some(found) = found else { return more };
        let by = Operand::Imm(i64::try_from(at).unwrap_or(0));
        let more = self.made(IntOp::Shl, more, by);
        self.made(IntOp::Or, found, Operand::Reg(more))
    }

    /// A block ends by asking whether an index that grows from lane to lane is in bounds: where, and which index in which bounds.
    fn last_check(&self, block: BlockId, from: &Block) -> Option<(usize, VReg, VReg)> {
        let Term::Branch { cond, then, orelse } = from.term else { return None };
        let at = from.insts.len().checked_sub(1)?;
        let Inst::Below { dst, a, b } = from.insts[at] else { return None };
        let is_growing = matches!(self.plan.shapes.of_reg(a), Shape::Linear(1..));
        let is_good = dst == cond
            && is_growing
            && self.plan.shapes.of_reg(b) == Shape::Same
            && !self.plan.parting.contains(&block)
            && self.plan.round.contains(&then)
            && !self.plan.contains(orelse);
        let blocks = &self.func.blocks;
        let mut reads = 0;
        for b in blocks {
            b.insts.iter().for_each(|i| {
                each_reg(i, &mut |r, access| {
                    reads += u32::from(r == dst && access == Access::Read);
                });
            });
            each_of_term(&b.term, &mut |r, _| reads += u32::from(r == dst));
        }
        (is_good && reads == 1).then_some((at, a, b))
    }

    /// Goes on where an index is in bounds for the first and the last lane: then it is for all between.
    fn all_below(&mut self, a: VReg, b: VReg, good: BlockId) {
        let bound = self.one(b);
        for lane in [0, LANES - 1] {
            let index = self.lane(a, lane);
            let dst = self.func.reg(Reg::Bool);
            self.push(Inst::Below { dst, a: index, b: bound });
            let then = if lane == 0 { empty(self.func) } else { good };
            self.end(Term::Branch { cond: dst, then, orelse: self.plan.body });
            self.at = then;
        }
    }

    /// How a block of the round ends.
    fn term(&mut self, block: BlockId, term: &Term) {
        let parts = self.plan.parting.contains(&block);
        match term {
            Term::Jump(next) => {
                let next = self.way(*next, parts);
                self.end(Term::Jump(next));
            }
            Term::Branch { cond, then, orelse } if !self.is_varying(*cond) => {
                let [then, orelse] = [*then, *orelse].map(|next| self.way(next, parts));
                let cond = self.one(*cond);
                self.end(Term::Branch { cond, then, orelse });
            }
            Term::Branch { cond, then, orelse } => self.varying_branch(*cond, [*then, *orelse], parts),
            _ => {}
        }
    }

    /// Where a way of the round leads to for all lanes.
    fn way(&mut self, next: BlockId, parts: bool) -> BlockId {
        if behind(self.func, next) == self.plan.join {
            let here = self.at;
            let block = empty(self.func);
            self.at = block;
            if parts {
                self.keep_of(self.active);
            } else {
                self.keep_all();
            }
            self.end(Term::Jump(self.met));
            self.at = here;
            return block;
        }
        // A way out of the loop is one to the round as it was, which has not begun.
        self.number.get(&next).copied().unwrap_or(self.plan.body)
    }

    fn varying_branch(&mut self, cond: VReg, ways: [BlockId; 2], parts: bool) {
        let bits = self.one(cond);
        // Where lanes leave the inner loop, and where they leave for good: on which side.
        let real = ways.map(|way| behind(self.func, way));
        let join = self.plan.join;
        let stays_if = !real[0].eq(&join) && self.plan.contains(real[0]);
        let stay = ways[usize::from(!stays_if)];
        let flipped = if stays_if { bits } else { self.made(IntOp::Xor, bits, Operand::Imm(ALL)) };
        let active = if parts { Operand::Reg(self.active) } else { Operand::Imm(ALL) };
        let staying = self.made(IntOp::And, flipped, active);
        let all = self.test(Cmp::Eq, staying, active);
        let on = self.number[&stay];
        if real[usize::from(stays_if)] != join {
            return self.end(Term::Branch { cond: all, then: on, orelse: self.plan.body });
        }
        let part = empty(self.func);
        self.end(Term::Branch { cond: all, then: on, orelse: part });
        self.at = part;
        let gone = self.made(IntOp::Xor, staying, Operand::Reg(self.active));
        self.keep_of(gone);
        self.push(Inst::Copy(self.active, staying));
        let any = self.test(Cmp::Ne, staying, Operand::Imm(0));
        self.end(Term::Branch { cond: any, then: on, orelse: self.met });
    }

    /// Keeps what all lanes have by now.
    fn keep_all(&mut self) {
        for lane in 0..LANES {
            self.keep(lane);
        }
    }

    /// Keeps what those lanes have by now whose bits are set.
    fn keep_of(&mut self, bits: VReg) {
        for lane in 0..LANES {
            let one = self.made(IntOp::And, bits, Operand::Imm(bit(lane)));
            let is_set = self.test(Cmp::Ne, one, Operand::Imm(0));
            let (keep, next) = (empty(self.func), empty(self.func));
            self.end(Term::Branch { cond: is_set, then: keep, orelse: next });
            self.at = keep;
            self.keep(lane);
            self.end(Term::Jump(next));
            self.at = next;
        }
    }

    /// Keeps what a lane has by now.
    fn keep(&mut self, lane: usize) {
        for (i, reg) in self.plan.kept.iter().enumerate() {
            let dst = self.at_join[i][lane];
            if self.is_varying(*reg) && self.func.kind_of(*reg) == Reg::Float {
                let pair = self.pair(*reg, lane / 2);
                self.push(Inst::Lane { dst, pair, is_second: lane % 2 == 1 });
            } else {
                let value = self.lane(*reg, lane);
                self.push(Inst::Copy(dst, value));
            }
        }
    }

    /// What is behind the inner loops, for one lane after the other.
    fn rest(&mut self) {
        let plan = self.plan;
        self.at = self.met;
        for lane in 0..LANES {
            for (reg, at_join) in plan.kept.iter().zip(self.at_join.clone()) {
                self.push(Inst::Copy(*reg, at_join[lane]));
            }
            if lane == LANES - 1 {
                self.end(Term::Jump(plan.join));
                return;
            }
            let number: FxHashMap<BlockId, BlockId> =
                plan.rest.iter().map(|b| (*b, empty(self.func))).collect();
            self.end(Term::Jump(number[&plan.join]));
            let next = empty(self.func);
            for block in &plan.rest {
                let mut copy = self.func.blocks[block.0 as usize].clone();
                // Faults lead out of the loop, as they did.
                let handler = copy.handler;
                renumber(&mut copy, &|id| {
                    if id == plan.head { next } else { *number.get(&id).unwrap_or(&id) }
                });
                copy.handler = handler;
                self.func.blocks[number[block].0 as usize] = copy;
            }
            self.at = next;
        }
    }
}
