//! One round of a loop that looks for divisors, in which it finds none: what its registers hold, by what they held before it.

use super::super::hoist::written_in;
use super::super::loops::Loop;
use super::super::unroll::constants;
use super::{MAX_STEP, SMALL, WIDTH};
use crate::ir::regs::each_written;
use crate::ir::{BlockId, CheckedOp, Cmp, Func, Inst, IntOp, Operand, Quotient, Term, VReg};
use rustc_hash::{FxHashMap, FxHashSet};
use std::collections::BTreeMap;

/// A number that is linear in a counter: so many times what the counter holds where the round begins, what a register holds that the
/// loop does not write, and a constant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Linear {
    pub(super) base: Option<(VReg, i64)>,
    pub(super) plus: Option<VReg>,
    pub(super) k: i64,
}

impl Linear {
    /// What a register of the loop holds where the round begins.
    pub(super) fn base(reg: VReg) -> Self {
        Self { base: Some((reg, 1)), plus: None, k: 0 }
    }

    fn number(k: i64) -> Self {
        Self { base: None, plus: None, k }
    }

    pub(super) fn constant(&self) -> Option<i64> {
        (self.base.is_none() && self.plus.is_none()).then_some(self.k)
    }

    /// This much more.
    pub(super) fn plus(self, n: i64) -> Option<Self> {
        let k = self.k.checked_add(n).filter(|k| k.checked_abs().is_some_and(|k| k <= SMALL))?;
        Some(Self { k, ..self })
    }

    /// How much more it is than another one, where that does not change.
    pub(super) fn minus(&self, other: &Self) -> Option<i64> {
        let is_same = self.base == other.base && self.plus == other.plus;
        is_same.then(|| self.k.checked_sub(other.k))?
    }

    /// Less a constant.
    pub(super) fn less(self, other: &Self) -> Option<Self> {
        self.plus(other.constant()?.checked_neg()?)
    }

    fn sum(self, other: Self) -> Option<Self> {
        let (base, plus) = (self.base.or(other.base), self.plus.or(other.plus));
        let is_twice =
            self.base.is_some() && other.base.is_some() || self.plus.is_some() && other.plus.is_some();
        (!is_twice).then(|| Self { base, plus, ..self }.plus(other.k))?
    }

    fn times(self, n: i64) -> Option<Self> {
        let base = match self.base {
            Some((reg, scale)) => {
                Some((reg, scale.checked_mul(n).filter(|scale| (1..=MAX_STEP).contains(scale))?))
            }
            None => None,
        };
        let k = self.k.checked_mul(n)?;
        self.plus.is_none().then(|| Self { base, plus: None, k: 0 }.plus(k))?
    }
}

/// A number that may be the product of two that differ by a constant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    Linear(Linear),
    Product(Linear, Linear),
}

/// The loop goes on while this holds.
pub(super) struct Test {
    pub(super) cmp: Cmp,
    pub(super) left: Form,
    pub(super) right: Form,
}

impl Test {
    /// The test, the other way round where that brings what does not change to the right.
    pub(super) fn against(&self, steps: &Steps) -> Option<(Cmp, Form, Linear)> {
        match (self.left, self.right) {
            (left, Form::Linear(right)) if steps.is_fixed(&right) => Some((self.cmp, left, right)),
            (Form::Linear(left), right) if steps.is_fixed(&left) => Some((self.cmp.swapped(), right, left)),
            _ => None,
        }
    }
}

/// What is tested for being divided, and by what.
pub(super) struct Trial {
    pub(super) dividend: Linear,
    pub(super) divisor: Linear,
    pub(super) by: Quotient,
}

/// What is known of what a register holds.
#[derive(Clone, Copy)]
pub(super) enum Known {
    Form(Form),
    /// The remainder of this trial.
    Rest(usize),
    /// Whether this trial found a divisor, or whether it did not.
    Found(usize, bool),
    Compared(Cmp, Form, Form),
    /// Nothing.
    Other,
}

impl Known {
    pub(super) fn linear(&self) -> Option<&Linear> {
        if let Self::Form(Form::Linear(linear)) = self { Some(linear) } else { None }
    }
}

/// By how much registers of the loop are more after each round; none of those that are not counters.
pub(super) struct Steps(FxHashMap<VReg, Option<i64>>);

impl Steps {
    /// By how much a number is more in the next round.
    pub(super) fn of(&self, number: &Linear) -> Option<i64> {
        let Some((reg, scale)) = number.base else { return Some(0) };
        let step = self.0.get(&reg).copied().unwrap_or(Some(0))?;
        step.checked_mul(scale).filter(|by| by.checked_abs().is_some_and(|by| by <= MAX_STEP))
    }

    pub(super) fn is_fixed(&self, number: &Linear) -> bool {
        self.of(number) == Some(0)
    }
}

/// A round in which no divisor is found.
pub(super) struct Round {
    pub(super) trials: Vec<Trial>,
    pub(super) tests: Vec<Test>,
    /// What it leaves in the registers that it writes.
    pub(super) ends: BTreeMap<VReg, Known>,
    /// Counters that something is added to with a check.
    pub(super) checked: FxHashSet<VReg>,
}

impl Round {
    /// None where such a round does more than to compute what the next one begins with.
    pub(super) fn of(func: &Func, found: &Loop) -> Option<Self> {
        let round = Self {
            trials: Vec::new(),
            tests: Vec::new(),
            ends: BTreeMap::new(),
            checked: FxHashSet::default(),
        };
        let mut walk = Walk { round, written: written_in(func, found), constants: constants(func) };
        let mut at = found.head;
        loop {
            let block = &func.blocks[at.0 as usize];
            block.insts.iter().try_for_each(|inst| walk.step(inst))?;
            at = walk.next(&block.term, found)?;
            if at == found.head {
                return Some(walk.round);
            }
        }
    }

    /// What counts in steps.
    pub(super) fn steps(&self) -> Steps {
        let step = |(reg, end): (&VReg, &Known)| {
            let by = end.linear().filter(|end| end.base == Some((*reg, 1)) && end.plus.is_none());
            (*reg, by.map(|end| end.k))
        };
        Steps(self.ends.iter().map(step).collect())
    }
}

/// The way through a round.
struct Walk {
    round: Round,
    /// What the loop writes.
    written: FxHashSet<VReg>,
    constants: FxHashMap<VReg, i64>,
}

impl Walk {
    fn known(&self, reg: VReg) -> Known {
        if let Some(known) = self.round.ends.get(&reg) {
            return *known;
        }
        let linear = match self.constants.get(&reg) {
            Some(n) => Linear::number(*n),
            None if self.written.contains(&reg) => Linear::base(reg),
            None => Linear { base: None, plus: Some(reg), k: 0 },
        };
        Known::Form(Form::Linear(linear))
    }

    fn operand(&self, operand: Operand) -> Known {
        match operand {
            Operand::Reg(reg) => self.known(reg),
            Operand::Imm(n) => Known::Form(Form::Linear(Linear::number(n))),
            Operand::Const(_) => Known::Other,
        }
    }

    /// None where an instruction does more than to compute something, or may fail.
    fn step(&mut self, inst: &Inst) -> Option<()> {
        let known = match inst {
            Inst::Poll { .. } | Inst::Mark { .. } | Inst::Known { .. } => return Some(()),
            Inst::Int(_, n) => Known::Form(Form::Linear(Linear::number(*n))),
            Inst::Copy(_, src) => self.known(*src),
            Inst::IntOp { op, a, b, .. } => computed(*op, self.known(*a), self.operand(*b)),
            Inst::Checked { op, a, b, .. } => self.checked(*op, *a, *b),
            Inst::Divide { is_mod, by, a, b, .. } => self.divided(*is_mod, *by, *a, *b)?,
            Inst::IntCmp { cmp, a, b, .. } => compared(*cmp, self.known(*a), self.operand(*b)),
            Inst::IntToBool(_, a) => compared(Cmp::Ne, self.known(*a), self.operand(Operand::Imm(0))),
            Inst::Not(_, a) => match self.known(*a) {
                Known::Found(trial, holds) => Known::Found(trial, !holds),
                Known::Compared(cmp, a, b) => Known::Compared(cmp.negated(), a, b),
                Known::Form(_) | Known::Rest(_) | Known::Other => Known::Other,
            },
            Inst::Bool(..)
            | Inst::Float(..)
            | Inst::FloatOp { .. }
            | Inst::FloatUnary { .. }
            | Inst::FloatCmp { .. }
            | Inst::IntToFloat(..)
            | Inst::BoolToInt(..)
            | Inst::Below { .. }
            | Inst::Load { .. } => Known::Other,
            _ => return None,
        };
        each_written(inst, &mut |reg| {
            self.round.ends.insert(reg, known);
        });
        Some(())
    }

    /// What does not fit leaves for code in which it does: nothing but what is computed of it can tell.
    fn checked(&mut self, op: CheckedOp, a: VReg, b: VReg) -> Known {
        let op = match op {
            CheckedOp::Add => IntOp::Add,
            CheckedOp::Sub => IntOp::Sub,
            CheckedOp::Mul => IntOp::Mul,
            CheckedOp::Shl | CheckedOp::Sum => return Known::Other,
        };
        let known = computed(op, self.known(a), self.known(b));
        match known {
            // Of one counter and a constant it is known whether it fits.
            Known::Form(Form::Linear(Linear { base: None, plus: None, .. }) | Form::Product(..)) => known,
            Known::Form(Form::Linear(Linear { base: Some((reg, 1)), plus: None, .. })) => {
                self.round.checked.insert(reg);
                known
            }
            Known::Form(_) | Known::Rest(_) | Known::Found(..) | Known::Compared(..) | Known::Other => {
                Known::Other
            }
        }
    }

    fn divided(&mut self, is_mod: bool, by: Quotient, a: VReg, b: VReg) -> Option<Known> {
        if !is_mod {
            return (by != Quotient::Any).then_some(Known::Other);
        }
        let (dividend, divisor) = (*self.known(a).linear()?, *self.known(b).linear()?);
        self.round.trials.push(Trial { dividend, divisor, by });
        (self.round.trials.len() <= WIDTH).then(|| Known::Rest(self.round.trials.len() - 1))
    }

    /// Where the round goes on, in which nothing is found.
    fn next(&mut self, term: &Term, found: &Loop) -> Option<BlockId> {
        if let Term::Jump(next) = term {
            return found.contains(*next).then_some(*next);
        }
        let Term::Branch { cond, then, orelse } = *term else { return None };
        let (next, other, holds) = match self.known(cond) {
            Known::Found(_, true) => (orelse, then, false),
            Known::Found(_, false) => (then, orelse, true),
            _ if found.contains(then) => (then, orelse, true),
            _ => (orelse, then, false),
        };
        match self.known(cond) {
            Known::Found(..) => {}
            Known::Compared(..) if found.contains(other) => return None,
            Known::Compared(cmp, a, b) => {
                let cmp = if holds { cmp } else { cmp.negated() };
                self.round.tests.push(Test { cmp, left: a, right: b });
            }
            Known::Form(_) | Known::Rest(_) | Known::Other => return None,
        }
        found.contains(next).then_some(next)
    }
}

fn computed(op: IntOp, a: Known, b: Known) -> Known {
    let (Some(a), Some(b)) = (a.linear().copied(), b.linear().copied()) else { return Known::Other };
    let linear = match op {
        IntOp::Add => a.sum(b),
        IntOp::Sub => b.constant().and_then(|n| a.plus(n.checked_neg()?)),
        IntOp::Mul => match (a.constant(), b.constant()) {
            (_, Some(n)) => a.times(n),
            (Some(n), None) => b.times(n),
            (None, None) => {
                let is_near = b.minus(&a).and_then(i64::checked_abs).is_some_and(|n| n <= MAX_STEP);
                return if is_near { Known::Form(Form::Product(a, b)) } else { Known::Other };
            }
        },
        _ => None,
    };
    linear.map_or(Known::Other, |linear| Known::Form(Form::Linear(linear)))
}

fn compared(cmp: Cmp, a: Known, b: Known) -> Known {
    match (a, b) {
        (Known::Form(a), Known::Form(b)) => Known::Compared(cmp, a, b),
        (Known::Rest(trial), Known::Form(Form::Linear(n))) if n.constant() == Some(0) => match cmp {
            Cmp::Eq => Known::Found(trial, true),
            Cmp::Ne => Known::Found(trial, false),
            Cmp::Lt | Cmp::Le | Cmp::Gt | Cmp::Ge => Known::Other,
        },
        _ => Known::Other,
    }
}
