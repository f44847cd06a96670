//! Exact functions of ints: `factorial`, `comb`, `perm`, `gcd`, `lcm`, `isqrt`.

use afar_runtime::number::big;
use afar_runtime::number::{big_arg, ops_index};
use afar_runtime::{Args, Fault, Res, Value, hooks};
use num_bigint::BigInt;
use num_integer::{Integer, Roots};
use num_traits::{One, Signed, ToPrimitive, Zero};

/// `math.gcd(*integers)`.
pub fn gcd(args: &Args<'_>) -> Res {
    args.no_keywords("math.gcd")?;
    if let [Value::Int(a), Value::Int(b)] = args.pos
        && *a != i64::MIN
        && *b != i64::MIN
    {
        return Ok(Value::Int(a.gcd(b)));
    }
    let mut result = BigInt::zero();
    for value in args.pos {
        result = result.gcd(&big_arg(value)?);
    }
    Ok(Value::big(result))
}

/// `math.lcm(*integers)`.
pub fn lcm(args: &Args<'_>) -> Res {
    args.no_keywords("math.lcm")?;
    let mut result = BigInt::one();
    for value in args.pos {
        let n = big_arg(value)?;
        result = if n.is_zero() || result.is_zero() {
            BigInt::zero()
        } else {
            let gcd = result.gcd(&n);
            big::mul(&(result / gcd), &n)?.abs()
        };
    }
    Ok(Value::big(result))
}

/// The product of `low..=high`, in halves, so that factors are of like size.
fn product(low: u64, high: u64) -> Res<BigInt> {
    if low > high {
        return Ok(BigInt::one());
    }
    if high - low < 16 {
        return Ok((low..=high).fold(BigInt::one(), |product, n| product * n));
    }
    if high - low > 4096 {
        hooks::poll()?;
    }
    let middle = low + (high - low) / 2;
    big::mul(&product(low, middle)?, &product(middle + 1, high)?)
}

fn factorial_of(n: &BigInt) -> Res {
    if n.is_negative() {
        return Err(Fault::value_error("factorial() not defined for negative values"));
    }
    let Some(n) = n.to_i64() else {
        return Err(Fault::overflow("factorial() argument should not exceed 9223372036854775807"));
    };
    let n = n.unsigned_abs();
    // At least this many bits, from n! > (n/3)**n.
    if n > 1 << 16 {
        big::check_bits(n.saturating_mul(u64::from((n / 3).ilog2())))?;
    }
    product(2, n).map(Value::big)
}

/// `math.factorial(n)`.
pub fn factorial(args: &Args<'_>) -> Res {
    args.count("math.factorial", 1, 1)?;
    factorial_of(&big_arg(&args.pos[0])?)
}

/// `math.isqrt(n)`.
pub fn isqrt(args: &Args<'_>) -> Res {
    args.count("math.isqrt", 1, 1)?;
    let value = ops_index(&args.pos[0])?;
    let negative = || Fault::value_error("isqrt() argument must be nonnegative");
    if let Value::Int(n) = value {
        return if n < 0 { Err(negative()) } else { Ok(Value::Int(n.sqrt())) };
    }
    let n = big_arg(&value)?;
    if n.is_negative() {
        return Err(negative());
    }
    isqrt_of(&n).map(Value::big)
}

/// Digit by doubling digits, with divisions that can be cancelled (the algorithm of CPython).
fn isqrt_of(n: &BigInt) -> Res<BigInt> {
    if n.bits() < 1 << 14 {
        return Ok(n.sqrt());
    }
    let c = (n.bits() - 1) / 2;
    let mut root = BigInt::one();
    let mut d = 0;
    for s in (0..64 - c.leading_zeros()).rev() {
        let e = d;
        d = c >> s;
        let (quotient, _) = big::div_mod_floor(&(n >> (2 * c - e - d + 1)), &root)?;
        root = (root << (d - e - 1)) + quotient;
    }
    let square = big::mul(&root, &root)?;
    Ok(if &square > n { root - 1 } else { root })
}

/// `n` and `k` of `comb` and `perm`, checked.
fn arguments(name: &str, args: &Args<'_>, min: usize) -> Res<(BigInt, Option<BigInt>)> {
    args.no_keywords(&format!("math.{name}"))?;
    args.count(name, min, 2)?;
    let n = big_arg(&args.pos[0])?;
    let k = match args.pos.get(1).filter(|k| min == 2 || !k.is_none()) {
        Some(k) => Some(big_arg(k)?),
        None => None,
    };
    Ok((n, k))
}

fn check_signs(n: &BigInt, k: &BigInt) -> Res<()> {
    if n.is_negative() {
        return Err(Fault::value_error("n must be a non-negative integer"));
    }
    if k.is_negative() {
        return Err(Fault::value_error("k must be a non-negative integer"));
    }
    Ok(())
}

/// The product of the `k` numbers from `n` downwards.
fn falling(n: &BigInt, k: u64) -> Res<BigInt> {
    if let Some(n) = n.to_u64() {
        return product(n - k + 1, n);
    }
    if k == 1 {
        return Ok(n.clone());
    }
    big::check_bits(k.saturating_mul(n.bits() - 1))?;
    hooks::poll()?;
    let half = k / 2;
    big::mul(&falling(n, half)?, &falling(&(n - half), k - half)?)
}

/// `math.perm(n, k=None)`.
pub fn perm(args: &Args<'_>) -> Res {
    let (n, Some(k)) = arguments("perm", args, 1)? else {
        return factorial_of(&big_arg(&args.pos[0])?);
    };
    check_signs(&n, &k)?;
    if k > n {
        return Ok(Value::Int(0));
    }
    let Some(k) = k.to_i64() else {
        return Err(Fault::overflow("k must not exceed 9223372036854775807"));
    };
    if k == 0 {
        return Ok(Value::Int(1));
    }
    big::check_bits(k.unsigned_abs().saturating_mul((&n - k).bits().saturating_sub(1)))?;
    falling(&n, k.unsigned_abs()).map(Value::big)
}

/// `math.comb(n, k)`.
pub fn comb(args: &Args<'_>) -> Res {
    let (n, k) = arguments("comb", args, 2)?;
    let k = k.unwrap_or_default();
    check_signs(&n, &k)?;
    if k > n {
        return Ok(Value::Int(0));
    }
    let k = (&n - &k).min(k);
    let Some(k) = k.to_i64() else {
        return Err(Fault::overflow("min(n - k, k) must not exceed 9223372036854775807"));
    };
    let k = k.unsigned_abs();
    if k == 0 {
        return Ok(Value::Int(1));
    }
    big::check_bits(k.saturating_mul((&n / k).bits().saturating_sub(1)))?;
    let (quotient, _) = big::div_mod_floor(&falling(&n, k)?, &product(2, k)?)?;
    Ok(Value::big(quotient))
}
