//! Arithmetic of ints: 64 bits first, more where they overflow.

use super::{Num, big, float};
use crate::ops::BinOp;
use crate::{Fault, Res, Value};
use num_bigint::BigInt;
use num_integer::Integer;
use num_traits::{One, Signed, Zero};
use std::borrow::Cow;

/// The prime of CPython's numeric hash.
pub const HASH_MODULUS: u64 = (1 << 61) - 1;

/// `a op b`; `None` for `@`.
#[inline]
pub fn binary(op: BinOp, a: i64, b: i64) -> Option<Res> {
    Some(Ok(match op {
        BinOp::Add => {
            a.checked_add(b).map_or_else(|| Value::int128(i128::from(a) + i128::from(b)), Value::Int)
        }
        BinOp::Sub => {
            a.checked_sub(b).map_or_else(|| Value::int128(i128::from(a) - i128::from(b)), Value::Int)
        }
        BinOp::Mul => {
            a.checked_mul(b).map_or_else(|| Value::int128(i128::from(a) * i128::from(b)), Value::Int)
        }
        BinOp::BitAnd => Value::Int(a & b),
        BinOp::BitOr => Value::Int(a | b),
        BinOp::BitXor => Value::Int(a ^ b),
        BinOp::FloorDiv => return Some(floor_div(a, b)),
        BinOp::Mod => return Some(floor_mod(a, b)),
        BinOp::Div => return Some(true_div(Num::Int(a), Num::Int(b))),
        BinOp::Pow => return Some(pow(Num::Int(a), Num::Int(b))),
        BinOp::LShift => return Some(shift_left(Num::Int(a), Num::Int(b))),
        BinOp::RShift => return Some(shift_right(Num::Int(a), Num::Int(b))),
        BinOp::MatMul => return None,
    }))
}

fn floor_div(a: i64, b: i64) -> Res {
    if b == 0 {
        return Err(Fault::zero_division("integer division or modulo by zero"));
    }
    if b == -1 {
        return Ok(Value::int128(-i128::from(a)));
    }
    Ok(Value::Int(Integer::div_floor(&a, &b)))
}

fn floor_mod(a: i64, b: i64) -> Res {
    match b {
        0 => Err(Fault::zero_division("integer modulo by zero")),
        -1 => Ok(Value::Int(0)),
        _ => Ok(Value::Int(Integer::mod_floor(&a, &b))),
    }
}

/// An int as a [`BigInt`].
pub fn as_big(n: Num<'_>) -> Cow<'_, BigInt> {
    match n {
        Num::Int(n) => Cow::Owned(BigInt::from(n)),
        Num::Big(n) => Cow::Borrowed(n),
        Num::Float(_) | Num::Complex(_) => unreachable!("callers pass ints"),
    }
}

/// `a op b` where at least one is big; `None` for `@`.
pub fn binary_big(op: BinOp, a: Num<'_>, b: Num<'_>) -> Option<Res> {
    let value = match op {
        BinOp::Add => match (a, b) {
            (Num::Big(x), Num::Int(y)) | (Num::Int(y), Num::Big(x)) => x + y,
            _ => as_big(a).as_ref() + as_big(b).as_ref(),
        },
        BinOp::Sub => match (a, b) {
            (Num::Big(x), Num::Int(y)) => x - y,
            _ => as_big(a).as_ref() - as_big(b).as_ref(),
        },
        BinOp::Mul => match (a, b) {
            (Num::Big(x), Num::Int(y)) | (Num::Int(y), Num::Big(x)) => x * y,
            _ => return Some(big::mul(&as_big(a), &as_big(b)).map(Value::big)),
        },
        BinOp::BitAnd => as_big(a).as_ref() & as_big(b).as_ref(),
        BinOp::BitOr => as_big(a).as_ref() | as_big(b).as_ref(),
        BinOp::BitXor => as_big(a).as_ref() ^ as_big(b).as_ref(),
        BinOp::FloorDiv => {
            if matches!(b, Num::Int(0)) {
                return Some(Err(Fault::zero_division("integer division or modulo by zero")));
            }
            return Some(big::div_mod_floor(&as_big(a), &as_big(b)).map(|(q, _)| Value::big(q)));
        }
        BinOp::Mod => {
            if matches!(b, Num::Int(0)) {
                return Some(Err(Fault::zero_division("integer modulo by zero")));
            }
            return Some(big::div_mod_floor(&as_big(a), &as_big(b)).map(|(_, r)| Value::big(r)));
        }
        BinOp::Div => return Some(true_div(a, b)),
        BinOp::Pow => return Some(pow(a, b)),
        BinOp::LShift => return Some(shift_left(a, b)),
        BinOp::RShift => return Some(shift_right(a, b)),
        BinOp::MatMul => return None,
    };
    Some(Ok(Value::big(value)))
}

/// `divmod(a, b)` of ints.
pub fn divmod(a: Num<'_>, b: Num<'_>) -> Res {
    if matches!(b, Num::Int(0)) {
        return Err(Fault::zero_division("integer division or modulo by zero"));
    }
    let (q, r) = match (a, b) {
        (Num::Int(x), Num::Int(y)) => (floor_div(x, y)?, floor_mod(x, y)?),
        _ => {
            let (q, r) = big::div_mod_floor(&as_big(a), &as_big(b))?;
            (Value::big(q), Value::big(r))
        }
    };
    Ok(Value::tuple(vec![q, r]))
}

/// `a / b`, rounded once.
fn true_div(a: Num<'_>, b: Num<'_>) -> Res {
    const EXACT: u64 = 1 << 53;
    if matches!(b, Num::Int(0)) {
        return Err(Fault::zero_division("division by zero"));
    }
    if let (Num::Int(x), Num::Int(y)) = (a, b)
        && x.unsigned_abs() <= EXACT
        && y.unsigned_abs() <= EXACT
    {
        #[expect(clippy::cast_precision_loss, reason = "exact below 2**53")]
        return Ok(Value::Float(x as f64 / y as f64));
    }
    big::true_div(&as_big(a), &as_big(b))
        .map(Value::Float)
        .ok_or_else(|| Fault::overflow("integer division result too large for a float"))
}

/// `a ** b`.
fn pow(a: Num<'_>, b: Num<'_>) -> Res {
    let exponent = match b {
        Num::Int(n) if n >= 0 => n.unsigned_abs(),
        Num::Big(n) if !n.is_negative() => u64::MAX,
        _ => return float::pow(super::num_f64(a)?, super::num_f64(b)?),
    };
    if let Num::Int(base) = a {
        if let Some(result) = u32::try_from(exponent).ok().and_then(|e| base.checked_pow(e)) {
            return Ok(Value::Int(result));
        }
        match base {
            0 | 1 => return Ok(Value::Int(base)),
            -1 => {
                let odd = matches!(b, Num::Int(n) if n & 1 == 1) || matches!(b, Num::Big(n) if n.is_odd());
                return Ok(Value::Int(if odd { -1 } else { 1 }));
            }
            _ => {}
        }
    }
    big::pow(&as_big(a), exponent).map(Value::big)
}

/// `pow(a, b, m)` of ints.
pub fn pow_mod(a: Num<'_>, b: Num<'_>, m: Num<'_>) -> Res {
    let (base, exponent, modulus) = (as_big(a), as_big(b), as_big(m));
    if modulus.is_zero() {
        return Err(Fault::value_error("pow() 3rd argument cannot be 0"));
    }
    let positive = modulus.abs();
    let result = if exponent.is_negative() {
        let gcd = base.extended_gcd(&positive);
        if positive.is_one() {
            BigInt::zero()
        } else if !gcd.gcd.is_one() {
            return Err(Fault::value_error("base is not invertible for the given modulus"));
        } else {
            big::pow_mod(&gcd.x, &-exponent.as_ref(), &positive)?
        }
    } else {
        big::pow_mod(&base, &exponent, &positive)?
    };
    // The result has the sign of the modulus.
    let result = if modulus.is_negative() && !result.is_zero() { result + modulus.as_ref() } else { result };
    Ok(Value::big(result))
}

fn shift_left(a: Num<'_>, b: Num<'_>) -> Res {
    let by = match b {
        Num::Int(n) if n >= 0 => n.unsigned_abs(),
        Num::Big(n) if !n.is_negative() => {
            return if matches!(a, Num::Int(0)) {
                Ok(Value::Int(0))
            } else {
                Err(Fault::overflow("too many digits in integer"))
            };
        }
        _ => return Err(Fault::value_error("negative shift count")),
    };
    match a {
        Num::Int(0) => Ok(Value::Int(0)),
        Num::Int(n) if by < 63 && (n << by) >> by == n => Ok(Value::Int(n << by)),
        _ => {
            let n = as_big(a);
            big::check_bits(n.bits().saturating_add(by))?;
            Ok(Value::big(n.as_ref() << by))
        }
    }
}

fn shift_right(a: Num<'_>, b: Num<'_>) -> Res {
    let by = match b {
        Num::Int(n) if n >= 0 => n.unsigned_abs(),
        Num::Big(n) if !n.is_negative() => u64::MAX,
        _ => return Err(Fault::value_error("negative shift count")),
    };
    Ok(match a {
        Num::Int(n) => Value::Int(n >> by.min(63)),
        Num::Big(n) if by >= n.bits() => Value::Int(if n.is_negative() { -1 } else { 0 }),
        _ => Value::big(as_big(a).as_ref() >> by),
    })
}

/// `round(n, ndigits)`: to a multiple of a power of ten, half to even.
pub fn round(n: Num<'_>, ndigits: &Value) -> Res {
    let digits = match ndigits {
        Value::Int(d) if *d < 0 => d.unsigned_abs(),
        Value::BigInt(d) if d.is_negative() => u64::MAX,
        _ => return Ok(Value::big(as_big(n).into_owned())),
    };
    let value = as_big(n);
    // Beyond twice the number's digits nothing is left.
    if digits > value.bits().saturating_add(2) {
        return Ok(Value::Int(0));
    }
    let unit = big::pow(&BigInt::from(10), digits)?;
    let (quotient, remainder) = big::div_mod_floor(&value, &unit)?;
    let twice: BigInt = &remainder * 2;
    let up = match twice.cmp(&unit) {
        std::cmp::Ordering::Greater => true,
        std::cmp::Ordering::Equal => quotient.is_odd(),
        std::cmp::Ordering::Less => false,
    };
    let quotient = if up { quotient + 1 } else { quotient };
    Ok(Value::big(quotient * unit))
}

/// CPython's hash of an int.
#[inline]
pub fn hash(n: i64) -> u64 {
    let rest = n.unsigned_abs() % HASH_MODULUS;
    finish_hash(rest, n < 0)
}

/// A residue and a sign as a hash: `-1` stands for an error in CPython, so it is `-2`.
pub fn finish_hash(residue: u64, negative: bool) -> u64 {
    let hash = if negative { residue.wrapping_neg() } else { residue };
    if hash == u64::MAX { u64::MAX - 1 } else { hash }
}
