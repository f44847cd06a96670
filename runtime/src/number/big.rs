//! Big ints: multiplication, division, power, conversion, so that a long one can be cancelled and none outgrows memory.

use super::int::{HASH_MODULUS, finish_hash};
use crate::{Fault, Res, budget, hooks};
use num_bigint::{BigInt, BigUint, Sign};
use num_integer::Integer;
use num_traits::{One, Signed, ToPrimitive, Zero};

/// The longest decimal text of an int, as in CPython (`sys.get_int_max_str_digits()`).
pub const MAX_STR_DIGITS: usize = 4300;

/// Below this many bits a product takes a few milliseconds and is not cut.
const PIECE_BITS: u64 = 1 << 19;

/// Below this many bits of the divisor a division step is not cut.
const DIV_PIECE_BITS: u64 = 1 << 14;

/// Is it below zero.
pub fn is_negative(n: &BigInt) -> bool {
    n.sign() == Sign::Minus
}

/// Refuses an int of that many bits where it cannot fit the memory.
pub fn check_bits(bits: u64) -> Res<()> {
    check_room(bits, 1)
}

/// As [`check_bits`] for a product, whose parts take twice its room besides.
fn check_product_bits(bits: u64) -> Res<()> {
    check_room(bits, 3)
}

fn check_room(bits: u64, times: usize) -> Res<()> {
    if bits < 1 << 20 {
        return Ok(());
    }
    let bytes = usize::try_from(bits / 8).unwrap_or(usize::MAX);
    // Nothing of this size can be addressed, whatever the limit.
    let times = if bytes > isize::MAX.unsigned_abs() / 8 { usize::MAX } else { times };
    budget::check(bytes, times, &format!("an int of {bits} bits"))
}

/// The least number of bits of a power.
fn power_bits(base: &BigInt, exponent: u64) -> u64 {
    // The base is at least its first 53 bits, with zeros behind them.
    let bits = base.bits();
    let dropped = bits.saturating_sub(53);
    let top = (base.magnitude() >> dropped).to_f64().unwrap_or(1.0).log2();
    let estimate = (dropped as f64 + top) * exponent as f64;
    // Saturates where the exponent is beyond all bounds.
    estimate as u64
}

/// `a * b`.
pub fn mul(a: &BigInt, b: &BigInt) -> Res<BigInt> {
    if a.bits().min(b.bits()) <= PIECE_BITS && a.bits() + b.bits() <= 4 * PIECE_BITS {
        return Ok(a * b);
    }
    check_product_bits(a.bits().saturating_add(b.bits()))?;
    let magnitude = mul_magnitude(a.magnitude(), b.magnitude())?;
    Ok(BigInt::from_biguint(
        if is_negative(a) == is_negative(b) { Sign::Plus } else { Sign::Minus },
        magnitude,
    ))
}

/// Karatsuba at the top, the library's own multiplication for pieces, a poll between them.
fn mul_magnitude(a: &BigUint, b: &BigUint) -> Res<BigUint> {
    let (a, b) = if a.bits() < b.bits() { (b, a) } else { (a, b) };
    if a.bits() <= PIECE_BITS || b.is_zero() {
        hooks::poll()?;
        return Ok(a * b);
    }
    let half = (a.bits() / 2).next_multiple_of(64);
    if b.bits() <= half {
        // Unbalanced: only the longer one is cut.
        let high = mul_magnitude(&(a >> half), b)?;
        return Ok((high << half) + mul_magnitude(&bits_of(a, 0, half), b)?);
    }
    let (a_high, b_high) = (a >> half, b >> half);
    let (a_low, b_low) = (bits_of(a, 0, half), bits_of(b, 0, half));
    let low = mul_magnitude(&a_low, &b_low)?;
    let high = mul_magnitude(&a_high, &b_high)?;
    let middle = mul_magnitude(&(a_low + &a_high), &(b_low + &b_high))? - &low - &high;
    Ok((((high << half) + middle) << half) + low)
}

/// The bits from `start` on, `len` of them.
fn bits_of(n: &BigUint, start: u64, len: u64) -> BigUint {
    debug_assert!(start.is_multiple_of(64) && len.is_multiple_of(64));
    let first = usize::try_from(start / 32).unwrap_or(usize::MAX);
    let count = usize::try_from(len / 32).unwrap_or(usize::MAX);
    BigUint::new(n.iter_u32_digits().skip(first).take(count).collect())
}

/// `divmod(a, b)` with the signs of Python; `b` is not zero.
pub fn div_mod_floor(a: &BigInt, b: &BigInt) -> Res<(BigInt, BigInt)> {
    if a.bits() <= DIV_PIECE_BITS || b.bits() <= DIV_PIECE_BITS && a.bits() <= PIECE_BITS {
        return Ok(a.div_mod_floor(b));
    }
    let (q, r) = div_rem(a.magnitude(), b.magnitude())?;
    let (q, r) = (BigInt::from(q), BigInt::from(r));
    Ok(match (is_negative(a), is_negative(b)) {
        (false, false) => (q, r),
        (true, true) => (q, -r),
        _ if r.is_zero() => (-q, r),
        (true, false) => (-q - 1, b - r),
        (false, true) => (-q - 1, b + r),
    })
}

/// Division in digits of many bits each, with a poll for each.
fn div_rem(a: &BigUint, b: &BigUint) -> Res<(BigUint, BigUint)> {
    if a < b {
        return Ok((BigUint::zero(), a.clone()));
    }
    if b.bits() <= DIV_PIECE_BITS {
        return long_division(a, PIECE_BITS, |digit| Ok(digit.div_rem(b)));
    }
    // A digit has an even number of halves all the way down to pieces that are not cut.
    let n = b.bits().next_multiple_of(64);
    let mut levels = 0;
    while (n >> levels) > DIV_PIECE_BITS {
        levels += 1;
    }
    let n = n.next_multiple_of(64 << levels);
    // The divisor, shifted, is one digit with its top bit set.
    let shift = n - b.bits();
    let (a, b) = (a << shift, b << shift);
    let (quotient, rest) = long_division(&a, n, |digit| div_2_by_1(digit, &b, n))?;
    Ok((quotient, rest >> shift))
}

/// Long division by digits of `n` bits: `divide` takes the rest so far with the next digit behind it.
fn long_division(
    a: &BigUint,
    n: u64,
    divide: impl Fn(&BigUint) -> Res<(BigUint, BigUint)>,
) -> Res<(BigUint, BigUint)> {
    let n_digits = a.bits() / n + 1;
    let n_words = usize::try_from(n / 32).unwrap_or(usize::MAX);
    let mut quotient = vec![0u32; usize::try_from(n_digits).unwrap_or(usize::MAX).saturating_mul(n_words)];
    let mut rest = BigUint::zero();
    for (idx, words) in quotient.chunks_mut(n_words).enumerate().rev() {
        hooks::poll()?;
        let (q, r) = divide(&((rest << n) + bits_of(a, idx as u64 * n, n)))?;
        for (word, digit) in words.iter_mut().zip(q.iter_u32_digits()) {
            *word = digit;
        }
        rest = r;
    }
    Ok((BigUint::new(quotient), rest))
}

/// A number of up to `2n` bits, less than `b << n`, by one of exactly `n` bits, by recursive halves (Burnikel and
/// Ziegler), so that it takes the time of a few products.
fn div_2_by_1(a: &BigUint, b: &BigUint, n: u64) -> Res<(BigUint, BigUint)> {
    if n <= DIV_PIECE_BITS || !n.is_multiple_of(128) || a.bits() <= DIV_PIECE_BITS {
        hooks::poll()?;
        return Ok(a.div_rem(b));
    }
    let half = n / 2;
    let (q1, r1) = div_3_by_2(&(a >> half), b, half)?;
    let (q0, r0) = div_3_by_2(&((r1 << half) + bits_of(a, 0, half)), b, half)?;
    Ok(((q1 << half) + q0, r0))
}

/// Three halves by two.
fn div_3_by_2(a: &BigUint, b: &BigUint, half: u64) -> Res<(BigUint, BigUint)> {
    let (b_high, b_low) = (b >> half, bits_of(b, 0, half));
    let high = a >> half;
    let (mut q, c) = if &high >> half < b_high {
        div_2_by_1(&high, &b_high, half)?
    } else {
        // The quotient would have one bit too many: take the largest that fits.
        let q = (BigUint::one() << half) - 1u32;
        let c = high + &b_high - (&b_high << half);
        (q, c)
    };
    let subtract = mul_magnitude(&q, &b_low)?;
    let mut rest = (c << half) + bits_of(a, 0, half);
    while rest < subtract {
        rest += b;
        q -= 1u32;
    }
    Ok((q, rest - subtract))
}

/// `base ** exponent`; the base is none of 0, 1, -1 where the exponent is huge.
pub fn pow(base: &BigInt, exponent: u64) -> Res<BigInt> {
    if exponent == 0 {
        return Ok(BigInt::one());
    }
    check_product_bits(power_bits(base, exponent))?;
    let zeros = base.trailing_zeros().unwrap_or(0);
    let odd = base >> zeros;
    let mut result = BigInt::one();
    if odd.magnitude().is_one() {
        result = if is_negative(&odd) && exponent & 1 == 1 { -result } else { result };
    } else {
        for bit in (0..64 - exponent.leading_zeros()).rev() {
            result = mul(&result, &result)?;
            if exponent >> bit & 1 == 1 {
                result = mul(&result, &odd)?;
            }
        }
    }
    Ok(if zeros == 0 { result } else { result << (zeros * exponent) })
}

/// `pow(base, exponent, modulus)` with a positive modulus and an exponent that is not negative.
pub fn pow_mod(base: &BigInt, exponent: &BigInt, modulus: &BigInt) -> Res<BigInt> {
    if modulus.is_one() {
        return Ok(BigInt::zero());
    }
    let base = div_mod_floor(base, modulus)?.1;
    if let (Some(b), Some(m)) = (base.to_u64(), modulus.to_u64())
        && let Some(e) = exponent.to_u64()
    {
        return Ok(BigInt::from(pow_mod_small(b, e, m)));
    }
    let work = u128::from(exponent.bits()) * u128::from(modulus.bits()) * u128::from(modulus.bits());
    if work < 1 << 34 {
        return Ok(base.modpow(exponent, modulus));
    }
    let mut result = BigInt::one();
    for bit in (0..exponent.bits()).rev() {
        hooks::poll()?;
        result = div_mod_floor(&mul(&result, &result)?, modulus)?.1;
        if exponent.bit(bit) {
            result = div_mod_floor(&mul(&result, &base)?, modulus)?.1;
        }
    }
    Ok(result)
}

fn pow_mod_small(mut base: u64, mut exponent: u64, modulus: u64) -> u64 {
    let times =
        |a: u64, b: u64| u64::try_from(u128::from(a) * u128::from(b) % u128::from(modulus)).unwrap_or(0);
    let mut result = 1 % modulus;
    while exponent > 0 {
        if exponent & 1 == 1 {
            result = times(result, base);
        }
        base = times(base, base);
        exponent >>= 1;
    }
    result
}

/// The nearest float, half to even; `None` beyond the range.
pub fn to_f64(n: &BigInt) -> Option<f64> {
    let magnitude = scaled_f64(n.magnitude(), 0, false)?;
    Some(if is_negative(n) { -magnitude } else { magnitude })
}

/// The float nearest to `(n + rest) * 2**exponent`, where `rest` is between 0 and 1 and `sticky` says that it is not 0.
/// `None` beyond the range.
pub fn scaled_f64(n: &BigUint, exponent: i64, sticky: bool) -> Option<f64> {
    let bits = i64::try_from(n.bits()).ok()?;
    if bits == 0 {
        return Some(0.0);
    }
    // The weight of the last bit that is kept: 53 bits, fewer below the normal range.
    let last = (bits + exponent - 53).max(-1074);
    let drop = last - exponent;
    let (mut kept, half, below) = if drop <= 0 {
        ((n << drop.unsigned_abs()).to_u64()?, false, sticky)
    } else {
        let drop = drop.unsigned_abs();
        let kept = if drop > n.bits() { 0 } else { (n >> drop).to_u64()? };
        let zeros = n.trailing_zeros().unwrap_or(0);
        (kept, n.bit(drop - 1), sticky || zeros < drop - 1)
    };
    if half && (below || kept & 1 == 1) {
        kept += 1;
    }
    let value = ldexp(kept, last);
    value.is_finite().then_some(value)
}

/// `kept * 2**exponent`, exact where it is in the range; `kept` has at most 54 bits.
fn ldexp(kept: u64, exponent: i64) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "at most 2**53, exact")]
    let mut value = kept as f64;
    let mut exponent = exponent;
    while exponent > 1000 {
        value *= 2f64.powi(1000);
        exponent -= 1000;
        if !value.is_finite() {
            return value;
        }
    }
    if exponent < -1000 {
        value *= 2f64.powi(-1000);
        exponent += 1000;
    }
    #[expect(clippy::cast_possible_truncation, reason = "within -1000..=1000")]
    let exponent = exponent as i32;
    value * 2f64.powi(exponent)
}

/// `a / b` rounded once; `None` beyond the range; `b` is not zero.
pub fn true_div(a: &BigInt, b: &BigInt) -> Option<f64> {
    let negative = is_negative(a) != is_negative(b);
    let (a, b) = (a.magnitude(), b.magnitude());
    if a.is_zero() {
        return Some(if negative { -0.0 } else { 0.0 });
    }
    // A quotient of at least 65 bits holds all that rounding needs; what is left over is the sticky bit.
    let shift = i64::try_from(b.bits()).ok()? - i64::try_from(a.bits()).ok()? + 66;
    let (q, r) = if shift >= 0 {
        (a << shift.unsigned_abs()).div_rem(b)
    } else {
        a.div_rem(&(b << shift.unsigned_abs()))
    };
    let magnitude = scaled_f64(&q, -shift, !r.is_zero())?;
    Some(if negative { -magnitude } else { magnitude })
}

/// The decimal text; `ValueError` beyond [`MAX_STR_DIGITS`].
pub fn to_decimal(n: &BigInt) -> Res<String> {
    let too_long = || {
        Fault::value_error(format!(
            "Exceeds the limit ({MAX_STR_DIGITS} digits) for integer string conversion; use sys.set_int_max_str_digits() to increase the limit"
        ))
    };
    // 4300 digits are at most 14285 bits.
    if n.bits() > 14_285 {
        return Err(too_long());
    }
    let text = n.to_string();
    if text.len() - usize::from(is_negative(n)) > MAX_STR_DIGITS { Err(too_long()) } else { Ok(text) }
}

/// CPython's hash of a big int.
pub fn hash(n: &BigInt) -> u64 {
    let residue = (n.magnitude() % HASH_MODULUS).to_u64().unwrap_or(0);
    finish_hash(residue, n.is_negative())
}
