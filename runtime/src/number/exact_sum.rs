//! The exact sum of floats and ints: every addend counts with all its bits, and the total is rounded once.
//!
//! The result does not depend on order or on how the addends were split between sums that are merged.

use super::{Num, big, float, num};
use crate::Value;
use num_bigint::BigInt;
use num_traits::Zero;

/// Limbs of 32 bits from `2**-1074` up to beyond the largest float.
const N_LIMBS: usize = 68;

/// A limb takes this many additions of less than `2**32` before its carry has to move on.
const MAX_PENDING: u32 = 1 << 30;

/// So many addends are summed at a time as floats, without rounding.
const BLOCK: usize = 1024;
/// How many sums run side by side.
const LANES: usize = 4;

/// A sum that is exact until [`ExactSum::finish`] rounds it.
#[derive(Clone)]
pub struct ExactSum {
    limbs: [i64; N_LIMBS],
    pending: u32,
    small: i128,
    large: Option<Box<BigInt>>,
    positive_infinity: bool,
    negative_infinity: bool,
    nan: bool,
    /// Has anything but `-0.0` been added; is anything added at all.
    not_negative_zero: bool,
    any: bool,
}

impl Default for ExactSum {
    fn default() -> Self {
        Self::new()
    }
}

impl ExactSum {
    /// The sum of nothing. Python's `sum` starts with the int 0, which the caller adds: it makes `-0.0` a `0.0`.
    pub fn new() -> Self {
        Self {
            limbs: [0; N_LIMBS],
            pending: 0,
            small: 0,
            large: None,
            positive_infinity: false,
            negative_infinity: false,
            nan: false,
            not_negative_zero: false,
            any: false,
        }
    }

    /// Adds a float.
    #[inline]
    pub fn add_f64(&mut self, x: f64) {
        self.any = true;
        if !x.is_finite() {
            self.not_negative_zero = true;
            self.nan |= x.is_nan();
            self.positive_infinity |= x == f64::INFINITY;
            self.negative_infinity |= x == f64::NEG_INFINITY;
            return;
        }
        let (mantissa, exponent) = float::decompose(x);
        if mantissa == 0 {
            self.not_negative_zero |= x.is_sign_positive();
            return;
        }
        self.not_negative_zero = true;
        let at = (exponent + 1074).unsigned_abs();
        let wide = u128::from(mantissa) << (at & 31);
        let idx = usize::try_from(at >> 5).unwrap_or(0);
        let sign = if x < 0.0 { -1 } else { 1 };
        for (limb, shift) in self.limbs[idx..idx + 3].iter_mut().zip([0, 32, 64]) {
            #[expect(clippy::cast_possible_truncation, reason = "32 bits are meant")]
            let piece = i64::from((wide >> shift) as u32);
            *limb += sign * piece;
        }
        self.pending += 1;
        if self.pending >= MAX_PENDING {
            self.carry();
        }
    }

    /// Adds floats.
    pub fn add_slice(&mut self, all: &[f64]) {
        for block in all.chunks(BLOCK) {
            if !self.add_block(block) {
                block.iter().for_each(|x| self.add_f64(*x));
            }
        }
    }

    /// Adds up to [`BLOCK`] floats by parts that floats add without rounding; false, and nothing is done, where that cannot be.
    ///
    /// `(sigma + x) - sigma` is what `x` has of multiples of the unit in the last place of `sigma`. The units are 42 bits below the
    /// largest addend: 1,024 such multiples add up to less than 2**53 units. Of what is left the same is done again.
    ///
    /// Source: Rump, Ogita and Oishi, Accurate floating-point summation, SIAM J. Sci. Comput. 2008.
    fn add_block(&mut self, block: &[f64]) -> bool {
        let Some((first, second)) = splitters(largest(block)) else { return false };
        let (mut high, mut low, mut rest) = ([0.0; LANES], [0.0; LANES], [0.0; LANES]);
        let (whole, end) = block.as_chunks::<LANES>();
        let mut last = [0.0; LANES];
        last[..end.len()].copy_from_slice(end);
        for x in whole.iter().chain(std::iter::once(&last)) {
            for i in 0..LANES {
                let upper = (first + x[i]) - first;
                let below = x[i] - upper;
                let middle = (second + below) - second;
                high[i] += upper;
                low[i] += middle;
                rest[i] += (below - middle).abs();
            }
        }
        if high.iter().any(|x| x.is_nan()) {
            return false;
        }
        high.iter().chain(&low).for_each(|x| self.add_f64(*x));
        if rest.iter().any(|x| *x != 0.0) {
            for x in block {
                let below = x - ((first + x) - first);
                self.add_f64(below - ((second + below) - second));
            }
        }
        self.not_negative_zero = true;
        true
    }

    /// Adds an int (or bool) of any size; a float too. Other values are none of its business and change nothing.
    pub fn add_int(&mut self, value: &Value) {
        match num(value) {
            Some(Num::Int(n)) => {
                self.any = true;
                self.not_negative_zero = true;
                match self.small.checked_add(i128::from(n)) {
                    Some(sum) => self.small = sum,
                    None => {
                        self.add_large(&BigInt::from(self.small));
                        self.small = i128::from(n);
                    }
                }
            }
            Some(Num::Big(n)) => {
                self.any = true;
                self.not_negative_zero = true;
                self.add_large(n);
            }
            Some(Num::Float(x)) => self.add_f64(x),
            Some(Num::Complex(_)) | None => {}
        }
    }

    fn add_large(&mut self, n: &BigInt) {
        **self.large.get_or_insert_with(Box::default) += n;
    }

    /// Adds another sum.
    pub fn merge(&mut self, other: &Self) {
        self.carry();
        let mut other = other.clone();
        other.carry();
        for (limb, add) in self.limbs.iter_mut().zip(other.limbs) {
            *limb += add;
        }
        self.pending = 2;
        match self.small.checked_add(other.small) {
            Some(sum) => self.small = sum,
            None => self.add_large(&BigInt::from(other.small)),
        }
        if let Some(large) = &other.large {
            self.add_large(large);
        }
        self.positive_infinity |= other.positive_infinity;
        self.negative_infinity |= other.negative_infinity;
        self.nan |= other.nan;
        self.not_negative_zero |= other.not_negative_zero;
        self.any |= other.any;
    }

    /// All that it has come to: limbs, what ints added, and what is known of special values, as bits.
    pub(crate) fn state(&self) -> (Vec<i64>, BigInt, i64) {
        let mut sum = self.clone();
        sum.carry();
        let whole = BigInt::from(sum.small) + sum.large.map_or_else(BigInt::default, |large| *large);
        let bits = [sum.positive_infinity, sum.negative_infinity, sum.nan, sum.not_negative_zero, sum.any];
        let flags = bits.iter().rev().fold(0, |all, bit| all << 1 | i64::from(*bit));
        (sum.limbs.to_vec(), whole, flags)
    }

    /// The sum of a [`ExactSum::state`]; none where it is no such state.
    pub(crate) fn of_state(limbs: &[i64], whole: &Value, flags: i64) -> Option<Self> {
        let mut sum = Self::new();
        sum.limbs = limbs.try_into().ok()?;
        sum.pending = 1;
        sum.add_int(whole);
        let bit = |n: u32| flags >> n & 1 != 0;
        (sum.positive_infinity, sum.negative_infinity, sum.nan) = (bit(0), bit(1), bit(2));
        (sum.not_negative_zero, sum.any) = (bit(3), bit(4));
        Some(sum)
    }

    /// Moves what exceeds 32 bits into the next limb; the top limb keeps its sign.
    fn carry(&mut self) {
        let mut carry = 0;
        for limb in &mut self.limbs[..N_LIMBS - 1] {
            let sum = *limb + carry;
            carry = sum >> 32;
            *limb = sum & 0xffff_ffff;
        }
        self.limbs[N_LIMBS - 1] += carry;
        self.pending = 1;
    }

    /// The sum, rounded once: an infinity where it is beyond the range, `-0.0` where nothing but that was added.
    pub fn finish(&self) -> f64 {
        if self.nan || self.positive_infinity && self.negative_infinity {
            return f64::NAN;
        }
        if self.positive_infinity {
            return f64::INFINITY;
        }
        if self.negative_infinity {
            return f64::NEG_INFINITY;
        }
        if !self.not_negative_zero {
            return if self.any { -0.0 } else { 0.0 };
        }
        let mut sum = self.clone();
        sum.carry();
        let mut total = BigInt::from(sum.limbs[N_LIMBS - 1]);
        for limb in sum.limbs[..N_LIMBS - 1].iter().rev() {
            total = (total << 32) + *limb;
        }
        total += BigInt::from(sum.small) << 1074;
        if let Some(large) = sum.large {
            total += *large << 1074;
        }
        if total.is_zero() {
            return 0.0;
        }
        let size = big::scaled_f64(total.magnitude(), -1074, false).unwrap_or(f64::INFINITY);
        if big::is_negative(&total) { -size } else { size }
    }
}

/// The largest absolute value; a NaN among them may be passed over.
fn largest(block: &[f64]) -> f64 {
    let mut best = [0.0f64; LANES];
    let (whole, end) = block.as_chunks::<LANES>();
    for x in whole {
        for i in 0..LANES {
            let size = x[i].abs();
            best[i] = if size > best[i] { size } else { best[i] };
        }
    }
    best.iter().chain(end).fold(0.0, |a, b| if b.abs() > a { b.abs() } else { a })
}

/// What splits addends up to this size, see [`ExactSum::add_block`]; none where the parts would be too large or too small for that.
fn splitters(largest: f64) -> Option<(f64, f64)> {
    let field = largest.to_bits() >> 52;
    // All are below 2**(field - 1022); the first splitter is 1.5 * 2**10 times that, the second 2**43 below.
    (100..2036).contains(&field).then(|| {
        let splitter = |field: u64| f64::from_bits(field << 52 | 1 << 51);
        (splitter(field + 11), splitter(field + 11 - 43))
    })
}
