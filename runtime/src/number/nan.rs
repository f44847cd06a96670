//! Which NaN a NaN is: containers take one NaN object for equal to itself, and another one for different.
//!
//! CPython's NaN objects are told apart by where they lie; floats here are bare bits. So a NaN that a program makes by
//! name (`float("nan")`, `math.nan`) is a *signaling* one with a number of its own. Moving and storing a float keeps its
//! bits; any arithmetic makes a signaling NaN quiet, as IEEE 754 and the processors have it, and with that it is another
//! object, as in CPython. What only touches the sign (`-x`, `abs(x)`) or hands its argument on goes through [`plain`].

use std::sync::atomic::{AtomicU64, Ordering};

/// The bits of an infinity: all of the exponent, none of the fraction.
const INFINITY: u64 = 0x7ff0_0000_0000_0000;
/// Set in a NaN that arithmetic made.
const QUIET: u64 = 1 << 51;
/// How many NaNs one process tells apart.
const MAX_COUNT: u64 = 1 << 28;
/// How many processes are told apart.
const MAX_PROCESSES: u64 = 1 << 22;

/// `math.nan`.
pub const MATH: f64 = f64::from_bits(INFINITY | 1);

/// `cmath.nan`.
pub const CMATH: f64 = f64::from_bits(INFINITY | 2);

/// A NaN that is the same as its copies, and as nothing else.
pub fn fresh() -> f64 {
    static COUNT: AtomicU64 = AtomicU64::new(3);
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    if count >= MAX_COUNT {
        return f64::NAN;
    }
    let process = u64::from(std::process::id()) % MAX_PROCESSES;
    f64::from_bits(INFINITY | process << 28 | count)
}

fn number(x: f64) -> Option<u64> {
    let bits = x.to_bits();
    (x.is_nan() && bits & QUIET == 0 && bits >> 63 == 0).then_some(bits)
}

/// Are these two NaNs one object; `None` where it is not known.
pub fn same(a: f64, b: f64) -> Option<bool> {
    Some(number(a)? == number(b)?)
}

/// The value, with its sign, as another object.
pub fn plain(x: f64) -> f64 {
    if x.is_nan() { f64::NAN.copysign(x) } else { x }
}
