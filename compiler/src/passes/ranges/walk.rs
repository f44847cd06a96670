//! The way through one block: its values are numbered, and what a branch tells of one holds for what it was made of.

use super::plain;
use super::span::{ALL, Span, divided, exact};
use crate::ir::regs::each_written;
use crate::ir::{Cmp, Func, Inst, IntOp, Operand, Quotient, VReg};
use crate::types::Reg;

/// How a value of a block was made.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Made {
    Sum(usize, i64),
    Product(usize, usize),
    Compared(Cmp, usize, usize),
    Inside(usize, usize),
    Other,
}

/// What a register has that was not asked for in this block.
const NONE: usize = usize::MAX;

/// The values of one block as it is walked through.
pub(super) struct Walk {
    /// What each register can be at this place.
    spans: Vec<Span>,
    /// The value that each register has.
    number: Vec<usize>,
    /// The registers that have one.
    numbered: Vec<VReg>,
    made: Vec<Made>,
    known: Vec<Span>,
}

impl Walk {
    pub(super) fn new(func: &Func) -> Self {
        let n = func.regs.len();
        Self {
            spans: vec![ALL; n],
            number: vec![NONE; n],
            numbered: Vec::new(),
            made: Vec::new(),
            known: Vec::new(),
        }
    }

    /// Goes to where a block begins. What is not among the registers that are carried is written in the block before it is read.
    pub(super) fn begin(&mut self, carried: &[VReg], spans: &[Span]) {
        for (reg, span) in carried.iter().zip(spans) {
            self.spans[reg.0 as usize] = *span;
        }
        for reg in self.numbered.drain(..) {
            self.number[reg.0 as usize] = NONE;
        }
        self.made.clear();
        self.known.clear();
    }

    /// What each of these can be.
    pub(super) fn spans_of(&self, carried: &[VReg], to: &mut Vec<Span>) {
        to.clear();
        to.extend(carried.iter().map(|reg| self.span(*reg)));
    }

    pub(super) fn span(&self, reg: VReg) -> Span {
        self.spans[reg.0 as usize]
    }

    pub(super) fn operand(&self, o: Operand) -> Span {
        match o {
            Operand::Reg(r) => self.span(r),
            Operand::Imm(n) => Span::one(n),
            Operand::Const(_) => ALL,
        }
    }

    /// The number of the value in a register.
    fn value(&mut self, reg: VReg) -> usize {
        let n = self.number[reg.0 as usize];
        if n != NONE {
            return n;
        }
        let n = self.fresh(Made::Other, self.span(reg));
        self.give(reg, n);
        n
    }

    fn give(&mut self, reg: VReg, n: usize) {
        if std::mem::replace(&mut self.number[reg.0 as usize], n) == NONE {
            self.numbered.push(reg);
        }
    }

    fn fresh(&mut self, made: Made, span: Span) -> usize {
        self.made.push(made);
        self.known.push(span);
        self.made.len() - 1
    }

    fn set(&mut self, reg: VReg, made: Made, span: Span) {
        let n = self.fresh(made, span);
        self.give(reg, n);
        self.spans[reg.0 as usize] = span;
    }

    fn arithmetic(&mut self, op: IntOp, dst: VReg, a: VReg, b: Operand, is_checked: bool) {
        let (x, y) = (self.span(a), self.operand(b));
        let span = exact(op, x, y);
        let made = match (op, b) {
            _ if span.is_none() && !is_checked => Made::Other,
            (IntOp::Add, _) if y.lo == y.hi => Made::Sum(self.value(a), y.lo),
            (IntOp::Sub, _) if y.lo == y.hi && y.lo != i64::MIN => Made::Sum(self.value(a), -y.lo),
            (IntOp::Mul, Operand::Reg(b)) => Made::Product(self.value(a), self.value(b)),
            _ => Made::Other,
        };
        let clamped = || match op {
            IntOp::Add | IntOp::Mul if x.is_natural() && y.is_natural() => Span { lo: 0, hi: i64::MAX },
            _ => ALL,
        };
        let span = span.unwrap_or_else(|| if is_checked { clamped() } else { ALL });
        self.set(dst, made, span);
    }

    /// Goes over one instruction.
    pub(super) fn step(&mut self, func: &Func, inst: &Inst) {
        match inst {
            Inst::Int(d, n) => self.set(*d, Made::Other, Span::one(*n)),
            Inst::Copy(d, s) if func.kind_of(*d) == Reg::Int => {
                let n = self.value(*s);
                self.give(*d, n);
                self.spans[d.0 as usize] = self.span(*s);
            }
            Inst::Copy(d, s) => {
                let n = self.value(*s);
                self.give(*d, n);
            }
            Inst::IntOp { op, dst, a, b } => self.arithmetic(*op, *dst, *a, *b, false),
            Inst::Checked { op, dst, a, b, .. } => {
                self.arithmetic(plain(*op), *dst, *a, Operand::Reg(*b), true);
            }
            Inst::Divide { is_mod, by: Quotient::Unsigned, dst, b, .. } => {
                let y = self.span(*b);
                let span = if *is_mod && y.lo >= 1 { Span { lo: 0, hi: y.hi - 1 } } else { ALL };
                self.set(*dst, Made::Other, span);
            }
            Inst::Divide { is_mod, dst, a, b, .. } => {
                let span = divided(*is_mod, self.span(*a), self.span(*b));
                self.set(*dst, Made::Other, span);
            }
            Inst::BoolToInt(d, _) => self.set(*d, Made::Other, Span { lo: 0, hi: 1 }),
            Inst::IntCmp { cmp, dst, a, b } => {
                let a = self.value(*a);
                let b = match b {
                    Operand::Reg(b) => self.value(*b),
                    b => {
                        let span = self.operand(*b);
                        self.fresh(Made::Other, span)
                    }
                };
                let n = self.fresh(Made::Compared(*cmp, a, b), ALL);
                self.give(*dst, n);
            }
            Inst::Below { dst, a, b } => {
                let (a, b) = (self.value(*a), self.value(*b));
                let n = self.fresh(Made::Inside(a, b), ALL);
                self.give(*dst, n);
            }
            Inst::Known { reg, lo, hi } => {
                let n = self.value(*reg);
                let span = self.span(*reg).meet(Span { lo: *lo, hi: *hi }).unwrap_or(ALL);
                self.known[n] = span;
                self.spans[reg.0 as usize] = span;
            }
            inst => {
                each_written(inst, &mut |reg| self.set(reg, Made::Other, ALL));
            }
        }
    }

    /// What these can be behind a branch; false where it cannot be taken.
    pub(super) fn behind(&self, cond: VReg, is_true: bool, carried: &[VReg], to: &mut Vec<Span>) -> bool {
        let mut known = self.known.clone();
        let made = self.made.get(self.number[cond.0 as usize]);
        let fits = match made.copied() {
            Some(Made::Compared(cmp, a, b)) => self.compared(&mut known, cmp, a, b, is_true),
            Some(Made::Inside(a, b)) if is_true => {
                let hi = known[b].hi.saturating_sub(1);
                self.narrow(&mut known, a, Span { lo: 0, hi: hi.max(0) })
            }
            _ => true,
        };
        let spans = |reg: &VReg| {
            let span = self.span(*reg);
            known.get(self.number[reg.0 as usize]).map_or(Some(span), |known| span.meet(*known))
        };
        to.clear();
        fits && self.numbered.iter().all(|reg| spans(reg).is_some()) && {
            to.extend(carried.iter().filter_map(spans));
            true
        }
    }

    fn compared(&self, known: &mut [Span], cmp: Cmp, a: usize, b: usize, is_true: bool) -> bool {
        let cmp = if is_true { cmp } else { cmp.negated() };
        let (x, y) = (known[a], known[b]);
        let below = |hi: i64| Span { lo: i64::MIN, hi };
        let above = |lo: i64| Span { lo, hi: i64::MAX };
        match cmp {
            Cmp::Lt => {
                self.narrow(known, a, below(y.hi.saturating_sub(1)))
                    && self.narrow(known, b, above(x.lo.saturating_add(1)))
            }
            Cmp::Le => self.narrow(known, a, below(y.hi)) && self.narrow(known, b, above(x.lo)),
            Cmp::Gt => {
                self.narrow(known, a, above(y.lo.saturating_add(1)))
                    && self.narrow(known, b, below(x.hi.saturating_sub(1)))
            }
            Cmp::Ge => self.narrow(known, a, above(y.lo)) && self.narrow(known, b, below(x.hi)),
            Cmp::Eq => self.narrow(known, a, y) && self.narrow(known, b, x),
            Cmp::Ne => {
                let cut = |span: Span, other: Span| match (other.lo == other.hi, span) {
                    (true, s) if s.lo == other.lo && s.lo < s.hi => Span { lo: s.lo + 1, hi: s.hi },
                    (true, s) if s.hi == other.lo && s.lo < s.hi => Span { lo: s.lo, hi: s.hi - 1 },
                    (_, s) => s,
                };
                self.narrow(known, a, cut(x, y)) && self.narrow(known, b, cut(y, x))
            }
        }
    }

    /// Narrows a value, and what it was made of; false where nothing is left of it.
    fn narrow(&self, known: &mut [Span], value: usize, to: Span) -> bool {
        let Some(span) = known[value].meet(to) else { return false };
        known[value] = span;
        match self.made[value] {
            Made::Sum(of, by) => {
                let ends = [i128::from(span.lo) - i128::from(by), i128::from(span.hi) - i128::from(by)];
                let clamp = |n: i128| i64::try_from(n).unwrap_or(if n < 0 { i64::MIN } else { i64::MAX });
                self.narrow(known, of, Span { lo: clamp(ends[0]), hi: clamp(ends[1]) })
            }
            Made::Product(a, b) if a == b && span.hi >= 0 => {
                let root = i64::try_from(span.hi.unsigned_abs().isqrt()).unwrap_or(i64::MAX);
                self.narrow(known, a, Span { lo: -root, hi: root })
            }
            _ => true,
        }
    }
}
