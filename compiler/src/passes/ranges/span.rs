//! Intervals of ints, and what operations make of them.

use crate::ir::IntOp;
use crate::passes::counters;

/// No number is outside of this.
pub(super) const ALL: Span = Span { lo: i64::MIN, hi: i64::MAX };

/// Where the ends of an interval that keeps growing go to.
const STEPS: [i64; 7] = [0, 1 << 15, (1 << 31) - 1, (1 << 32) - 1, 3_037_000_499, 1 << 53, i64::MAX];

/// The numbers from `lo` to `hi`, both included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::passes) struct Span {
    pub(in crate::passes) lo: i64,
    pub(in crate::passes) hi: i64,
}

impl Span {
    /// No number is outside of this.
    pub(in crate::passes) const ALL: Self = ALL;

    /// The numbers whose size is less than two to this.
    pub(in crate::passes) fn to_bits(bits: u32) -> Self {
        Self { lo: -(1 << bits), hi: (1 << bits) - 1 }
    }

    pub(in crate::passes) fn one(n: i64) -> Self {
        Self { lo: n, hi: n }
    }

    pub(super) fn join(self, other: Self) -> Self {
        Self { lo: self.lo.min(other.lo), hi: self.hi.max(other.hi) }
    }

    /// What is in both, where that is anything.
    pub(super) fn meet(self, other: Self) -> Option<Self> {
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
    pub(super) fn is_below(self, most: i64) -> bool {
        self.lo >= -most && self.hi <= most
    }

    pub(super) fn is_natural(self) -> bool {
        self.lo >= 0
    }

    /// Of a counter, what it can be.
    pub(super) fn held(self, is_counter: bool) -> Self {
        if !is_counter {
            return self;
        }
        self.meet(Self { lo: -counters::LIMIT, hi: counters::LIMIT }).unwrap_or(self)
    }

    /// To the next thresholds on the sides on which it grew.
    pub(super) fn widened(self, from: Self) -> Self {
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
pub(in crate::passes) fn exact(op: IntOp, a: Span, b: Span) -> Option<Span> {
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

/// What floor division, or its remainder, of these can be.
pub(super) fn divided(is_mod: bool, a: Span, b: Span) -> Span {
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
