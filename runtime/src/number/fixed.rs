//! Floats in fixed notation with few digits, by exact integer arithmetic.

use super::float;
use crate::text::push_int;

const POWERS: [u64; 10] =
    [1, 10, 100, 1_000, 10_000, 100_000, 1_000_000, 10_000_000, 100_000_000, 1_000_000_000];

/// Appends a float with so many digits behind the point, rounded half to even; false, and nothing is done, where that takes more
/// than machine words.
pub fn push_fixed(out: &mut Vec<u8>, x: f64, precision: usize) -> bool {
    let Some(power) = POWERS.get(precision) else { return false };
    let (mantissa, exponent) = float::decompose(x.abs());
    let Some(shift) = u32::try_from(-exponent).ok().filter(|_| x.is_finite()) else { return false };
    // Less than 2**83.
    let scaled = u128::from(mantissa) * u128::from(*power);
    let Ok(rounded) = u64::try_from(shifted(scaled, shift)) else { return false };
    let Ok(whole) = i64::try_from(rounded / power) else { return false };
    if x.is_sign_negative() {
        out.push(b'-');
    }
    push_int(out, whole);
    let mut rest = rounded % power;
    if precision > 0 {
        out.push(b'.');
        let start = out.len();
        out.resize(start + precision, b'0');
        for place in out[start..].iter_mut().rev() {
            *place = b'0' + u8::try_from(rest % 10).unwrap_or(0);
            rest /= 10;
        }
    }
    true
}

/// `n / 2**shift`, rounded half to even.
fn shifted(n: u128, shift: u32) -> u128 {
    match shift {
        0 => n,
        1..=100 => {
            let (below, half) = (n & ((1 << shift) - 1), 1 << (shift - 1));
            let whole = n >> shift;
            whole + u128::from(below > half || below == half && whole & 1 == 1)
        }
        _ => 0,
    }
}
