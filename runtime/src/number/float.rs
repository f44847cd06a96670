//! Arithmetic of floats, and their exact comparison with ints.

use super::{big, int};
use crate::ops::BinOp;
use crate::{Fault, Res, Value};
use num_bigint::BigInt;
use num_traits::FromPrimitive;
use std::cmp::Ordering;

/// Is the operator defined for floats.
pub fn has(op: BinOp) -> bool {
    matches!(
        op,
        BinOp::Add | BinOp::Sub | BinOp::Mul | BinOp::Div | BinOp::FloorDiv | BinOp::Mod | BinOp::Pow
    )
}

/// `a op b`; `None` where the operator is not defined for floats.
#[inline]
pub fn binary(op: BinOp, a: f64, b: f64) -> Option<Res> {
    Some(match op {
        BinOp::Add => Ok(Value::Float(a + b)),
        BinOp::Sub => Ok(Value::Float(a - b)),
        BinOp::Mul => Ok(Value::Float(a * b)),
        BinOp::Div if b == 0.0 => Err(Fault::zero_division("float division by zero")),
        BinOp::Div => Ok(Value::Float(a / b)),
        BinOp::FloorDiv if b == 0.0 => Err(Fault::zero_division("float floor division by zero")),
        BinOp::FloorDiv => Ok(Value::Float(floor_divmod(a, b).0)),
        BinOp::Mod if b == 0.0 => Err(Fault::zero_division("float modulo")),
        BinOp::Mod => Ok(Value::Float(floor_mod(a, b))),
        BinOp::Pow => pow(a, b),
        _ => return None,
    })
}

/// `a % b` with the sign of `b`, which is not zero.
fn floor_mod(a: f64, b: f64) -> f64 {
    let rest = a % b;
    if rest == 0.0 {
        0.0f64.copysign(b)
    } else if (b < 0.0) != (rest < 0.0) {
        rest + b
    } else {
        rest
    }
}

/// Quotient and rest, as CPython computes them: the quotient is rounded from the exact multiple.
fn floor_divmod(a: f64, b: f64) -> (f64, f64) {
    let mut rest = a % b;
    let mut quotient = (a - rest) / b;
    if rest == 0.0 {
        rest = 0.0f64.copysign(b);
    } else if (b < 0.0) != (rest < 0.0) {
        rest += b;
        quotient -= 1.0;
    }
    let floor = if quotient == 0.0 {
        0.0f64.copysign(a / b)
    } else {
        let floor = quotient.floor();
        if quotient - floor > 0.5 { floor + 1.0 } else { floor }
    };
    (floor, rest)
}

/// `divmod(a, b)`.
pub fn divmod(a: f64, b: f64) -> Res {
    if b == 0.0 {
        return Err(Fault::zero_division("float divmod()"));
    }
    let (q, r) = floor_divmod(a, b);
    Ok(Value::tuple(vec![Value::Float(q), Value::Float(r)]))
}

/// The error of a result beyond the range, as C's `errno` words it.
pub fn range_error() -> Fault {
    Fault::exception_args("OverflowError", vec![Value::Int(34), Value::str("Numerical result out of range")])
}

/// `a ** b`; complex where `a` is negative and `b` no integer.
pub fn pow(a: f64, b: f64) -> Res {
    if a > 0.0 {
        let value = a.powf(b);
        if value.is_finite() {
            return Ok(Value::Float(value));
        }
    }
    let odd = b.abs() % 2.0 == 1.0;
    let value = if b == 0.0 || a == 1.0 {
        1.0
    } else if a.is_nan() || b.is_nan() {
        f64::NAN
    } else if b.is_infinite() {
        let size = a.abs();
        if size == 1.0 {
            1.0
        } else if (b > 0.0) == (size > 1.0) {
            b.abs()
        } else {
            0.0
        }
    } else if a.is_infinite() {
        match (b > 0.0, odd) {
            (true, true) => a,
            (true, false) => a.abs(),
            (false, true) => 0.0f64.copysign(a),
            (false, false) => 0.0,
        }
    } else if a == 0.0 {
        if b < 0.0 {
            return Err(Fault::zero_division("0.0 cannot be raised to a negative power"));
        }
        if odd { a } else { 0.0 }
    } else if a < 0.0 && b != b.floor() {
        let (base, exponent) = (super::Complex { re: a, im: 0.0 }, super::Complex { re: b, im: 0.0 });
        return super::complex::binary(BinOp::Pow, base, exponent);
    } else if a == -1.0 {
        if odd { -1.0 } else { 1.0 }
    } else {
        let size = a.abs().powf(b);
        if size.is_infinite() {
            return Err(range_error());
        }
        if a < 0.0 && odd { -size } else { size }
    };
    Ok(Value::Float(value))
}

/// The order of an int and a float, exact; `None` for NaN.
pub fn compare_int(n: i64, x: f64) -> Option<Ordering> {
    const LIMIT: f64 = 9_223_372_036_854_775_808.0;
    if x.is_nan() {
        return None;
    }
    if x >= LIMIT {
        return Some(Ordering::Less);
    }
    if x < -LIMIT {
        return Some(Ordering::Greater);
    }
    let whole = x.trunc();
    #[expect(clippy::cast_possible_truncation, reason = "in range by the tests above")]
    let order = n.cmp(&(whole as i64));
    Some(if order == Ordering::Equal { 0.0f64.partial_cmp(&(x - whole))? } else { order })
}

/// The order of a big int and a float, exact; `None` for NaN.
pub fn compare_big(n: &BigInt, x: f64) -> Option<Ordering> {
    if x.is_nan() {
        return None;
    }
    if x.is_infinite() {
        return Some(if x > 0.0 { Ordering::Less } else { Ordering::Greater });
    }
    let whole = BigInt::from_f64(x.trunc())?;
    let order = n.cmp(&whole);
    Some(if order == Ordering::Equal { 0.0f64.partial_cmp(&(x - x.trunc()))? } else { order })
}

/// The int that a float without a fraction is; an error for infinities and NaN.
pub fn to_int(x: f64) -> Res {
    if x.is_nan() {
        return Err(Fault::value_error("cannot convert float NaN to integer"));
    }
    if x.is_infinite() {
        return Err(Fault::overflow("cannot convert float infinity to integer"));
    }
    let whole = x.trunc();
    if whole.abs() < 9.0e18 {
        #[expect(clippy::cast_possible_truncation, reason = "in range by the test above")]
        return Ok(Value::Int(whole as i64));
    }
    Ok(Value::big(BigInt::from_f64(whole).unwrap_or_default()))
}

/// `round(x, ndigits)`: the float nearest to the exact decimal rounding.
pub fn round(x: f64, ndigits: &Value) -> Res {
    if !x.is_finite() || x == 0.0 {
        return Ok(Value::Float(super::nan::plain(x)));
    }
    let digits = super::to_index(ndigits).unwrap_or(0);
    if digits > 323 {
        return Ok(Value::Float(x));
    }
    if digits < -308 {
        return Ok(Value::Float(0.0 * x));
    }
    let rounded = if digits >= 0 {
        format!("{x:.*}", usize::try_from(digits).unwrap_or(0)).parse().unwrap_or(x)
    } else {
        round_left(x, digits.unsigned_abs())
    };
    if rounded.is_infinite() {
        return Err(Fault::overflow("rounded value too large to represent"));
    }
    Ok(Value::Float(rounded))
}

/// Rounds to a multiple of `10**digits`, half to even.
fn round_left(x: f64, digits: u64) -> f64 {
    let size = x.abs();
    let whole = BigInt::from_f64(size.trunc()).unwrap_or_default();
    let unit = BigInt::from(10).pow(u32::try_from(digits).unwrap_or(308));
    let (quotient, rest) = num_integer::Integer::div_rem(&whole, &unit);
    let order =
        (&rest * 2_u32).cmp(&unit).then(if size.fract() > 0.0 { Ordering::Greater } else { Ordering::Equal });
    let up =
        order == Ordering::Greater || order == Ordering::Equal && num_integer::Integer::is_odd(&quotient);
    let rounded = (if up { quotient + 1 } else { quotient }) * unit;
    big::to_f64(&rounded).unwrap_or(f64::INFINITY).copysign(x)
}

/// Mantissa (an integer of at most 53 bits) and binary exponent of a finite float, without its sign.
pub fn decompose(x: f64) -> (u64, i64) {
    let bits = x.to_bits();
    let fraction = bits & ((1 << 52) - 1);
    #[expect(clippy::cast_possible_wrap, reason = "11 bits")]
    let exponent = (bits >> 52 & 0x7ff) as i64;
    if exponent == 0 { (fraction, -1074) } else { (fraction | 1 << 52, exponent - 1075) }
}

/// CPython's hash of a float: that of the equal int where there is one.
pub fn hash(x: f64) -> u64 {
    if x.is_nan() {
        return 0;
    }
    if x.is_infinite() {
        return int::finish_hash(314_159, x < 0.0);
    }
    let (mantissa, exponent) = decompose(x);
    // Multiplying by 2**k is a rotation of 61 bits modulo 2**61 - 1.
    let residue = mantissa % int::HASH_MODULUS;
    let by = exponent.rem_euclid(61).unsigned_abs();
    let rotated = (residue << by | residue >> (61 - by)) & int::HASH_MODULUS;
    int::finish_hash(if rotated == int::HASH_MODULUS { 0 } else { rotated }, x < 0.0)
}
