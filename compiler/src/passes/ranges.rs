//! Which numbers an int can be: checks that cannot fire are left out, and divisions are made narrow.
//!
//! An interval for each register where each block begins, by abstract interpretation: branches narrow what they compare, loops
//! are widened to a few thresholds and then narrowed again. In a block values are numbered, so that what a branch tells of a copy,
//! a square or a sum holds for what it was made of.

use super::counters;
use super::flow::successors;
use super::loops::Loops;
use crate::ir::regs::each_written;
use crate::ir::{BlockId, CheckedOp, Cmp, Func, Inst, IntOp, Operand, Quotient, Term, VReg};
use crate::types::Reg;
use afar_runtime::pool::MAX_STRIP;
use rustc_hash::FxHashMap;

/// No number is outside of this.
const ALL: Span = Span { lo: i64::MIN, hi: i64::MAX };

/// Where the ends of an interval that keeps growing go to.
const STEPS: [i64; 7] = [0, 1 << 15, (1 << 31) - 1, (1 << 32) - 1, 3_037_000_499, 1 << 53, i64::MAX];

/// So many of them as a strip has certainly fit.
const MAX_TERM: i64 = i64::MAX / MAX_STRIP;

/// More than this is not looked at: registers times blocks.
const MAX_CELLS: usize = 1 << 20;

/// The numbers from `lo` to `hi`, both included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) lo: i64,
    pub(super) hi: i64,
}

impl Span {
    /// No number is outside of this.
    pub(super) const ALL: Self = ALL;

    /// The numbers whose size is less than two to this.
    pub(super) fn to_bits(bits: u32) -> Self {
        Self { lo: -(1 << bits), hi: (1 << bits) - 1 }
    }

    pub(super) fn one(n: i64) -> Self {
        Self { lo: n, hi: n }
    }

    fn join(self, other: Self) -> Self {
        Self { lo: self.lo.min(other.lo), hi: self.hi.max(other.hi) }
    }

    /// What is in both, where that is anything.
    fn meet(self, other: Self) -> Option<Self> {
        let both = Self { lo: self.lo.max(other.lo), hi: self.hi.min(other.hi) };
        (both.lo <= both.hi).then_some(both)
    }

    /// The interval between these, where it fits.
    fn of(ends: impl IntoIterator<Item = i128>) -> Option<Self> {
        let (mut lo, mut hi) = (i128::MAX, i128::MIN);
        for end in ends {
            (lo, hi) = (lo.min(end), hi.max(end));
        }
        Some(Self { lo: i64::try_from(lo).ok()?, hi: i64::try_from(hi).ok()? })
    }

    /// Is the size of all of them at most this.
    fn is_below(self, most: i64) -> bool {
        self.lo >= -most && self.hi <= most
    }

    fn is_natural(self) -> bool {
        self.lo >= 0
    }

    /// Of a counter, what it can be.
    fn held(self, is_counter: bool) -> Self {
        if !is_counter {
            return self;
        }
        self.meet(Self { lo: -counters::LIMIT, hi: counters::LIMIT }).unwrap_or(self)
    }

    /// To the next thresholds on the sides on which it grew.
    fn widened(self, from: Self) -> Self {
        let lo = if self.lo < from.lo {
            STEPS.iter().map(|n| -n).find(|n| *n <= self.lo).unwrap_or(i64::MIN)
        } else {
            self.lo
        };
        let hi = if self.hi > from.hi {
            STEPS.iter().copied().find(|n| *n >= self.hi).unwrap_or(i64::MAX)
        } else {
            self.hi
        };
        Self { lo: if lo == -i64::MAX { i64::MIN } else { lo }, hi }
    }
}

/// The exact result of an operation on these, where it is known to fit.
pub(super) fn exact(op: IntOp, a: Span, b: Span) -> Option<Span> {
    let (al, ah, bl, bh) = (i128::from(a.lo), i128::from(a.hi), i128::from(b.lo), i128::from(b.hi));
    match op {
        IntOp::Add => Span::of([al + bl, ah + bh]),
        IntOp::Sub => Span::of([al - bh, ah - bl]),
        IntOp::Mul => Span::of([al * bl, al * bh, ah * bl, ah * bh]),
        IntOp::Shl if b.lo == b.hi && (0..63).contains(&b.lo) => Span::of([al << b.lo, ah << b.lo]),
        IntOp::Shl => None,
        IntOp::Sar if b.lo == b.hi && (0..64).contains(&b.lo) => {
            Some(Span { lo: a.lo >> b.lo, hi: a.hi >> b.lo })
        }
        IntOp::Sar => Some(Span { lo: a.lo.min(0), hi: a.hi.max(0) }.meet(ALL).unwrap_or(ALL)),
        IntOp::And => Some(match (a.is_natural(), b.is_natural()) {
            (true, true) => Span { lo: 0, hi: a.hi.min(b.hi) },
            (true, false) => Span { lo: 0, hi: a.hi },
            (false, true) => Span { lo: 0, hi: b.hi },
            (false, false) => ALL,
        }),
        IntOp::Or | IntOp::Xor if a.is_natural() && b.is_natural() => {
            let bits = 64 - (a.hi | b.hi).leading_zeros();
            Some(Span { lo: 0, hi: if bits >= 63 { i64::MAX } else { (1 << bits) - 1 } })
        }
        IntOp::Or | IntOp::Xor => Some(ALL),
        IntOp::Min => Some(Span { lo: a.lo.min(b.lo), hi: a.hi.min(b.hi) }),
        IntOp::Max => Some(Span { lo: a.lo.max(b.lo), hi: a.hi.max(b.hi) }),
        IntOp::Shr => (a.is_natural() && b.lo == b.hi && (0..64).contains(&b.lo))
            .then(|| Span { lo: a.lo >> b.lo, hi: a.hi >> b.lo })
            .or_else(|| {
                (b.lo == b.hi && (1..64).contains(&b.lo))
                    .then(|| Span { lo: 0, hi: i64::try_from(u64::MAX >> b.lo).unwrap_or(i64::MAX) })
            }),
    }
}

/// The operation without its check.
pub(super) fn plain(op: CheckedOp) -> IntOp {
    match op {
        CheckedOp::Add | CheckedOp::Sum => IntOp::Add,
        CheckedOp::Sub => IntOp::Sub,
        CheckedOp::Mul => IntOp::Mul,
        CheckedOp::Shl => IntOp::Shl,
    }
}

/// What floor division, or its remainder, of these can be.
fn divided(is_mod: bool, a: Span, b: Span) -> Span {
    if b.lo < 1 {
        return if is_mod { Span { lo: (b.lo + 1).min(0), hi: b.hi.saturating_sub(1).max(0) } } else { ALL };
    }
    if is_mod {
        let hi = if a.is_natural() { a.hi.min(b.hi - 1) } else { b.hi - 1 };
        return Span { lo: 0, hi };
    }
    let ends = [a.lo.div_euclid(b.lo), a.lo.div_euclid(b.hi), a.hi.div_euclid(b.lo), a.hi.div_euclid(b.hi)];
    Span::of(ends.map(i128::from)).unwrap_or(ALL)
}

/// What is known where a block begins; none where nothing comes there.
type State = Option<Vec<Span>>;

/// How a value of a block was made.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Made {
    Sum(usize, i64),
    Product(usize, usize),
    Compared(Cmp, usize, usize),
    Inside(usize, usize),
    Other,
}

/// The values of one block as it is walked through.
struct Walk {
    spans: Vec<Span>,
    /// The value that each register has.
    number: FxHashMap<VReg, usize>,
    made: Vec<Made>,
    known: Vec<Span>,
}

impl Walk {
    fn new(spans: Vec<Span>) -> Self {
        Self { spans, number: FxHashMap::default(), made: Vec::new(), known: Vec::new() }
    }

    fn span(&self, reg: VReg) -> Span {
        self.spans[reg.0 as usize]
    }

    fn operand(&self, o: Operand) -> Span {
        match o {
            Operand::Reg(r) => self.span(r),
            Operand::Imm(n) => Span::one(n),
            Operand::Const(_) => ALL,
        }
    }

    /// The number of the value in a register.
    fn value(&mut self, reg: VReg) -> usize {
        if let Some(n) = self.number.get(&reg) {
            return *n;
        }
        let span = self.span(reg);
        let n = self.fresh(Made::Other, span);
        self.number.insert(reg, n);
        n
    }

    fn fresh(&mut self, made: Made, span: Span) -> usize {
        self.made.push(made);
        self.known.push(span);
        self.made.len() - 1
    }

    fn set(&mut self, reg: VReg, made: Made, span: Span) {
        let n = self.fresh(made, span);
        self.number.insert(reg, n);
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
    fn step(&mut self, func: &Func, inst: &Inst) {
        match inst {
            Inst::Int(d, n) => self.set(*d, Made::Other, Span::one(*n)),
            Inst::Copy(d, s) if func.kind_of(*d) == Reg::Int => {
                let n = self.value(*s);
                self.number.insert(*d, n);
                self.spans[d.0 as usize] = self.span(*s);
            }
            Inst::Copy(d, s) => {
                let n = self.value(*s);
                self.number.insert(*d, n);
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
                self.number.insert(*dst, n);
            }
            Inst::Below { dst, a, b } => {
                let (a, b) = (self.value(*a), self.value(*b));
                let n = self.fresh(Made::Inside(a, b), ALL);
                self.number.insert(*dst, n);
            }
            Inst::Known { reg, lo, hi } => {
                let n = self.value(*reg);
                let span = self.span(*reg).meet(Span { lo: *lo, hi: *hi }).unwrap_or(ALL);
                self.known[n] = span;
                self.spans[reg.0 as usize] = span;
            }
            inst => {
                let mut written = Vec::new();
                each_written(inst, &mut |r| written.push(r));
                for reg in written {
                    self.set(reg, Made::Other, ALL);
                }
            }
        }
    }

    /// What is known behind a branch; none where it cannot be taken.
    fn behind(&self, cond: VReg, is_true: bool) -> State {
        let mut known = self.known.clone();
        let made = self.number.get(&cond).map(|n| self.made[*n]);
        let fits = match made {
            Some(Made::Compared(cmp, a, b)) => self.compared(&mut known, cmp, a, b, is_true),
            Some(Made::Inside(a, b)) if is_true => {
                let hi = known[b].hi.saturating_sub(1);
                self.narrow(&mut known, a, Span { lo: 0, hi: hi.max(0) })
            }
            _ => true,
        };
        if !fits {
            return None;
        }
        let mut spans = self.spans.clone();
        #[expect(clippy::iter_over_hash_type, reason = "each register is narrowed by itself, in any order")]
        for (reg, n) in &self.number {
            let span = &mut spans[reg.0 as usize];
            *span = span.meet(known[*n])?;
        }
        Some(spans)
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

/// Goes through a block, and calls `to` with each block that it leads to, and what is known there.
fn run_block(func: &Func, at: usize, spans: Vec<Span>, to: &mut dyn FnMut(BlockId, Vec<Span>)) {
    let block = &func.blocks[at];
    let mut walk = Walk::new(spans);
    for inst in &block.insts {
        walk.step(func, inst);
    }
    match &block.term {
        Term::Branch { cond, then, orelse } => {
            for (next, is_true) in [(then, true), (orelse, false)] {
                if let Some(spans) = walk.behind(*cond, is_true) {
                    to(*next, spans);
                }
            }
        }
        term => {
            for next in successors(term).into_iter().flatten() {
                to(next, walk.spans.clone());
            }
        }
    }
}

/// What is known where each block begins.
fn solve(func: &Func) -> Vec<State> {
    let n = func.blocks.len();
    let top = vec![ALL; func.regs.len()];
    let mut states: Vec<State> = vec![None; n];
    let mut fixed = vec![false; n];
    for entry in func.blocks.iter().filter_map(|b| b.handler).chain([BlockId(0)]) {
        // Where a fault comes from cannot be told.
        states[entry.0 as usize] = Some(top.clone());
        fixed[entry.0 as usize] = true;
    }
    let is_counter = counters::counters(func);
    let heads: Vec<usize> = Loops::of(func).0.iter().map(|l| l.head.0 as usize).collect();
    let mut visits = vec![0u32; n];
    let mut todo: Vec<usize> = (0..n).filter(|at| fixed[*at]).rev().collect();
    while let Some(at) = todo.pop() {
        let Some(spans) = states[at].clone() else { continue };
        run_block(func, at, spans, &mut |next, spans| {
            let next = next.0 as usize;
            if fixed[next] {
                return;
            }
            let joined = match &states[next] {
                None => spans,
                Some(old) => {
                    let joined = old.iter().zip(&spans).map(|(a, b)| a.join(*b));
                    let joined: Vec<Span> =
                        joined.zip(&is_counter).map(|(span, counts)| span.held(*counts)).collect();
                    if joined == *old {
                        return;
                    }
                    visits[next] += 1;
                    // Blocks that are no heads settle once the heads do; the limit is for what is no natural loop.
                    let is_widened = (heads.contains(&next) && visits[next] > 2) || visits[next] > 40;
                    if is_widened {
                        let widened = joined.iter().zip(old).map(|(new, old)| new.widened(*old));
                        widened.zip(&is_counter).map(|(span, counts)| span.held(*counts)).collect()
                    } else {
                        joined
                    }
                }
            };
            states[next] = Some(joined);
            todo.push(next);
        });
    }
    for _ in 0..2 {
        let mut again: Vec<State> = vec![None; n];
        for (at, state) in states.iter().enumerate() {
            let Some(spans) = state.clone() else { continue };
            run_block(func, at, spans, &mut |next, spans| {
                let slot = &mut again[next.0 as usize];
                *slot = Some(match slot.take() {
                    None => spans,
                    Some(old) => old.iter().zip(&spans).map(|(a, b)| a.join(*b)).collect(),
                });
            });
        }
        for at in (0..n).filter(|at| !fixed[*at]) {
            states[at] = again[at].take();
        }
    }
    states
}

/// Leaves out checks that cannot fire.
pub(super) fn narrow(func: &mut Func) {
    let is_arithmetic =
        |i: &Inst| matches!(i, Inst::Checked { .. } | Inst::Divide { .. } | Inst::Below { .. });
    let has_any = func.blocks.iter().flat_map(|b| &b.insts).any(is_arithmetic);
    if !has_any || func.regs.len() * func.blocks.len() > MAX_CELLS {
        return;
    }
    let states = solve(func);
    for (at, state) in states.into_iter().enumerate() {
        let Some(spans) = state else { continue };
        let mut walk = Walk::new(spans);
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
