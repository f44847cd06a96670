//! The code of a flight: what must hold, the steps over rounds, and the rounds that are left to the loop as it was.

use super::super::flow::retarget;
use super::super::loops::Loop;
use super::super::unroll::second_round;
use super::round::{Form, Linear};
use super::{Goes, Guard, Plan};
use crate::ir::{Block, BlockId, Cmp, Func, Inst, IntOp, Operand, Precision, Term, VReg};
use crate::types::Reg;

/// Loops of more instructions than this are not written out for as many rounds as a flight has.
const MAX_COPIED: usize = 48;

impl Plan {
    /// Adds the flight before a loop.
    pub(super) fn write_out(&self, func: &mut Func, found: &Loop) {
        let start = BlockId(u32::try_from(func.blocks.len()).unwrap_or(u32::MAX));
        let empty = Block { insts: Vec::new(), term: Term::Open, handler: None, is_cold: false };
        func.blocks.push(empty);
        for at in (0..func.blocks.len()).filter(|at| !found.has_place(*at)) {
            retarget(&mut func.blocks[at].term, found.head, start);
        }
        self.rounds_between(func, found, start);
        let mut code = Code { func, at: start, miss: found.head };
        self.guards.iter().for_each(|guard| code.guard(guard));
        let (dividend, is_small) = (code.linear(&self.dividend), code.func.reg(Reg::Bool));
        let limit = code.int(Precision::Single.exact() + 1);
        code.inst(Inst::Below { dst: is_small, a: dividend, b: limit });
        let [single, double] = [(); 2].map(|()| code.block());
        code.end(Term::Branch { cond: is_small, then: single, orelse: double });
        for (begin, by) in [(single, Precision::Single), (double, Precision::Double)] {
            code.at = begin;
            self.fly(&mut code, found, dividend, by);
        }
    }

    /// Where a flight found something, or the end is near, the loop does as many rounds before the next flight.
    fn rounds_between(&self, func: &mut Func, found: &Loop, start: BlockId) {
        let size: usize = found.blocks(func).map(|b| 1 + b.insts.len()).sum();
        let n = if size <= MAX_COPIED { self.n_rounds - 1 } else { 0 };
        let copies: Vec<_> = (0..n).map(|_| second_round(func, found)).collect();
        let mut to = start;
        for copy in copies.iter().rev() {
            for block in (0u32..).take(found.has.len()).filter_map(|at| copy.get(&BlockId(at))) {
                retarget(&mut func.blocks[block.0 as usize].term, found.head, to);
            }
            to = copy[&found.head];
        }
        for at in found.places() {
            retarget(&mut func.blocks[at].term, found.head, to);
        }
    }

    /// Steps over rounds as long as none of them finds anything.
    fn fly(&self, code: &mut Code<'_>, found: &Loop, dividend: VReg, by: Precision) {
        let begin = code.at;
        let last = self.n_rounds - 1;
        for goes in &self.goes {
            let holds = match goes {
                Goes::Counts(count) => {
                    let (last, count) = (code.int(last), code.linear(count));
                    code.below(last, count)
                }
                Goes::While(cmp, left, right) => {
                    let left = match left {
                        Form::Linear(left) => self.after(code, left, last),
                        Form::Product(a, b) => {
                            let (a, b) = (self.after(code, a, last), self.after(code, b, last));
                            code.op(IntOp::Mul, a, Operand::Reg(b))
                        }
                    };
                    let right = code.linear(right);
                    code.compare(*cmp, left, Operand::Reg(right))
                }
            };
            code.only_if(holds);
        }
        let (dst, divisor) = (code.func.reg(Reg::Bool), code.linear(&self.divisor));
        code.inst(Inst::AnyDivides { dst, a: dividend, b: divisor, more: self.more, by });
        let next = code.block();
        code.end(Term::Branch { cond: dst, then: code.miss, orelse: next });
        code.at = next;
        let ends: Vec<(VReg, VReg)> =
            self.ends.iter().map(|(reg, end)| (*reg, self.after(code, end, last))).collect();
        ends.into_iter().for_each(|(reg, end)| code.inst(Inst::Copy(reg, end)));
        let polls = |block: &Block| {
            let poll = block.insts.iter().find(|inst| matches!(inst, Inst::Poll { .. }));
            poll.map(|poll| (poll.clone(), block.handler))
        };
        let poll = found.blocks(code.func).find_map(polls);
        if let Some((poll, handler)) = poll {
            code.inst(poll);
            code.func.blocks[next.0 as usize].handler = handler;
        }
        code.end(Term::Jump(begin));
    }

    /// What a number is in a round of the flight.
    fn after(&self, code: &mut Code<'_>, number: &Linear, n_rounds: i64) -> VReg {
        let more = self.steps.of(number).unwrap_or(0) * n_rounds;
        code.linear(&Linear { k: number.k.wrapping_add(more), ..*number })
    }
}

/// Code that is written.
struct Code<'a> {
    func: &'a mut Func,
    /// The block that is written.
    at: BlockId,
    /// Where the loop does its rounds itself.
    miss: BlockId,
}

impl Code<'_> {
    fn block(&mut self) -> BlockId {
        let block = Block { insts: Vec::new(), term: Term::Open, handler: None, is_cold: false };
        self.func.blocks.push(block);
        BlockId(u32::try_from(self.func.blocks.len() - 1).unwrap_or(u32::MAX))
    }

    fn inst(&mut self, inst: Inst) {
        self.func.blocks[self.at.0 as usize].insts.push(inst);
    }

    fn end(&mut self, term: Term) {
        self.func.blocks[self.at.0 as usize].term = term;
    }

    fn int(&mut self, n: i64) -> VReg {
        let dst = self.func.reg(Reg::Int);
        self.inst(Inst::Int(dst, n));
        dst
    }

    fn op(&mut self, op: IntOp, a: VReg, b: Operand) -> VReg {
        let dst = self.func.reg(Reg::Int);
        self.inst(Inst::IntOp { op, dst, a, b });
        dst
    }

    fn compare(&mut self, cmp: Cmp, a: VReg, b: Operand) -> VReg {
        let dst = self.func.reg(Reg::Bool);
        self.inst(Inst::IntCmp { cmp, dst, a, b });
        dst
    }

    fn below(&mut self, a: VReg, b: VReg) -> VReg {
        let dst = self.func.reg(Reg::Bool);
        self.inst(Inst::Below { dst, a, b });
        dst
    }

    /// What a number is where the registers hold what they do.
    fn linear(&mut self, number: &Linear) -> VReg {
        let base = number.base.map(|(reg, scale)| match scale {
            1 => reg,
            scale => self.op(IntOp::Mul, reg, Operand::Imm(scale)),
        });
        let sum = match (base, number.plus) {
            (Some(base), Some(plus)) => self.op(IntOp::Add, base, Operand::Reg(plus)),
            (Some(one), None) | (None, Some(one)) => one,
            (None, None) => return self.int(number.k),
        };
        if number.k == 0 { sum } else { self.op(IntOp::Add, sum, Operand::Imm(number.k)) }
    }

    fn guard(&mut self, guard: &Guard) {
        let holds = match guard {
            Guard::Below(number, limit) => {
                let (number, limit) = (self.linear(number), self.int(*limit));
                self.below(number, limit)
            }
            Guard::Is(cmp, number, n) => {
                let number = self.linear(number);
                self.compare(*cmp, number, Operand::Imm(*n))
            }
        };
        self.only_if(holds);
    }

    /// Goes on in a new block where that holds, and in the loop itself where it does not.
    fn only_if(&mut self, holds: VReg) {
        let next = self.block();
        self.end(Term::Branch { cond: holds, then: next, orelse: self.miss });
        self.at = next;
    }
}
