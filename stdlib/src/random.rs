//! `afar.random`: numbers that look random and are a function of a seed and an index, so that any piece can be drawn
//! anywhere, in any order. There is no generator with a state.
//!
//! Source: Philox4x32-10 of Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC 2011. The
//! seed is the key, the counter is the index, the kind of draw and the number of the block.

use afar_runtime::{Args, Builtin, Fault, Res, Value, collections, number, ops};
use num_bigint::{BigInt, BigUint, Sign};

/// What the module holds.
pub const NAMES: &[&str] = &["uniform", "randint", "normal", "choice", "shuffle", "split"];

static BUILTINS: &[Builtin] = &[
    Builtin { name: "uniform", owner: "afar.random", call: uniform },
    Builtin { name: "randint", owner: "afar.random", call: randint },
    Builtin { name: "normal", owner: "afar.random", call: normal },
    Builtin { name: "choice", owner: "afar.random", call: choice },
    Builtin { name: "shuffle", owner: "afar.random", call: shuffle },
    Builtin { name: "split", owner: "afar.random", call: split },
];

/// A name of the module.
pub fn lookup(name: &str) -> Option<Value> {
    BUILTINS.iter().find(|b| b.name == name).map(Value::Builtin)
}

/// What a draw is for: draws of different kinds at the same index are independent.
#[derive(Clone, Copy)]
enum Kind {
    Uniform = 0,
    Integer = 1,
    Normal = 2,
    Shuffle = 3,
    Split = 4,
}

/// Ten rounds of Philox over a counter of four words, with a key of two.
fn philox(mut counter: [u32; 4], mut key: [u32; 2]) -> [u32; 4] {
    let halves = |a: u32, b: u32| {
        let bytes = (u64::from(a) * u64::from(b)).to_le_bytes();
        let word = |at: usize| u32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]]);
        (word(4), word(0))
    };
    for _ in 0..10 {
        let (high0, low0) = halves(0xD251_1F53, counter[0]);
        let (high1, low1) = halves(0xCD9E_8D57, counter[2]);
        counter = [high1 ^ counter[1] ^ key[0], low1, high0 ^ counter[3] ^ key[1], low0];
        key = [key[0].wrapping_add(0x9E37_79B9), key[1].wrapping_add(0xBB67_AE85)];
    }
    counter
}

/// The low and the high word of a number.
fn words(n: u64) -> [u32; 2] {
    let bytes = n.to_le_bytes();
    [
        u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]),
        u32::from_le_bytes([bytes[4], bytes[5], bytes[6], bytes[7]]),
    ]
}

/// The two 64-bit numbers of a block.
fn block(kind: Kind, seed: u64, index: u64, number: u32) -> [u64; 2] {
    let [low, high] = words(index);
    let out = philox([low, high, kind as u32, number], words(seed));
    let join = |low: u32, high: u32| u64::from(low) | u64::from(high) << 32;
    [join(out[0], out[1]), join(out[2], out[3])]
}

/// A float of 53 bits in `[0, 1)`.
#[expect(clippy::cast_precision_loss, reason = "53 bits are exact")]
fn unit(bits: u64) -> f64 {
    (bits >> 11) as f64 * (-53f64).exp2()
}

/// A seed or an index: any int, of which the low 64 bits count.
fn bits_of(value: &Value) -> Res<u64> {
    match ops::index(value)? {
        Value::Int(n) => Ok(u64::from_le_bytes(n.to_le_bytes())),
        other => {
            let n = number::big_arg(&other)?;
            let mask = BigInt::from(u64::MAX);
            Ok((n & mask).iter_u64_digits().next().unwrap_or(0))
        }
    }
}

/// Binds all parameters as a Python function does, and gives seed and index.
fn drawn<'a, const N: usize>(
    args: &Args<'a>,
    name: &str,
    params: [&str; N],
    required: usize,
) -> Res<(u64, u64, [Option<&'a Value>; N])> {
    let found = crate::native::bind_python(args, name, params, required)?;
    let part = |i: usize| found[i].map_or(Ok(0), bits_of);
    Ok((part(0)?, part(1)?, found))
}

/// `uniform(seed, i)`: a float in `[0, 1)`; `uniform(seed, i, a, b)`: one between `a` and `b`.
fn uniform(args: &Args<'_>) -> Res {
    let (seed, index, [_, _, a, b]) = drawn(args, "uniform", ["seed", "i", "a", "b"], 2)?;
    let x = unit(block(Kind::Uniform, seed, index, 0)[0]);
    let bound = |v: Option<&Value>, default: f64| v.map_or(Ok(default), number::real_arg);
    if a.is_none() && b.is_none() {
        return Ok(Value::Float(x));
    }
    let (a, b) = (bound(a, 0.0)?, bound(b, 1.0)?);
    Ok(Value::Float(a + (b - a) * x))
}

/// A number below `n` (at least 1), without a bias: numbers of as many bits are drawn until one is below.
fn below(kind: Kind, seed: u64, index: u64, n: u64) -> u64 {
    let shift = (n - 1).leading_zeros();
    if shift == 64 {
        return 0;
    }
    let mut number = 0;
    loop {
        for bits in block(kind, seed, index, number) {
            if bits >> shift < n {
                return bits >> shift;
            }
        }
        number += 1;
    }
}

/// As [`below`], for numbers of any size.
fn below_big(seed: u64, index: u64, n: &BigUint) -> BigUint {
    let n_bits = (n - 1u32).bits();
    let mut number = 0;
    loop {
        let mut found = BigUint::ZERO;
        let mut got = 0;
        while got < n_bits {
            for bits in block(Kind::Integer, seed, index, number) {
                found = (found << 64u32) + bits;
            }
            number += 1;
            got += 128;
        }
        found >>= got - n_bits;
        if found < *n {
            return found;
        }
    }
}

/// `randint(seed, i, a, b)`: an int from `a` to `b`, both included.
fn randint(args: &Args<'_>) -> Res {
    let (seed, index, [_, _, a, b]) = drawn(args, "randint", ["seed", "i", "a", "b"], 4)?;
    let (a, b) = (ops::index(a.unwrap_or(&Value::None))?, ops::index(b.unwrap_or(&Value::None))?);
    let empty = || Fault::value_error("randint() needs `a` to be at most `b`");
    if let (Value::Int(a), Value::Int(b)) = (&a, &b)
        && let Some(width) = b.checked_sub(*a)
    {
        let width = u64::try_from(width).map_err(|_| empty())?;
        let found = below(Kind::Integer, seed, index, width + 1);
        return Ok(Value::int128(i128::from(*a) + i128::from(found)));
    }
    let (a, b) = (number::big_arg(&a)?, number::big_arg(&b)?);
    let width: BigInt = &b - &a + 1;
    if width.sign() != Sign::Plus {
        return Err(empty());
    }
    let found = below_big(seed, index, width.magnitude());
    Ok(Value::big(a + BigInt::from(found)))
}

/// `normal(seed, i, mu=0.0, sigma=1.0)`: a float of the normal distribution, by the method of Box and Muller.
fn normal(args: &Args<'_>) -> Res {
    let (seed, index, [_, _, mu, sigma]) = drawn(args, "normal", ["seed", "i", "mu", "sigma"], 2)?;
    let [first, second] = block(Kind::Normal, seed, index, 0);
    let radius = (-2.0 * (1.0 - unit(first)).ln()).sqrt();
    let x = radius * (std::f64::consts::TAU * unit(second)).cos();
    let mu = mu.map_or(Ok(0.0), number::real_arg)?;
    let sigma = sigma.map_or(Ok(1.0), number::real_arg)?;
    Ok(Value::Float(mu + x * sigma))
}

/// `choice(seed, i, seq)`: an item of a sequence that is not empty.
fn choice(args: &Args<'_>) -> Res {
    let (seed, index, [_, _, items]) = drawn(args, "choice", ["seed", "i", "seq"], 3)?;
    let items = items.unwrap_or(&Value::None);
    let n = ops::len(items)?;
    if n == 0 {
        return Err(Fault::index_error("Cannot choose from an empty sequence"));
    }
    let at = below(Kind::Integer, seed, index, n as u64);
    ops::getitem(items, &Value::int128(i128::from(at)))
}

/// `shuffle(seed, seq)`: a list of the same items in another order, by Fisher and Yates.
fn shuffle(args: &Args<'_>) -> Res {
    let [seed, items] = crate::native::bind_python(args, "shuffle", ["seed", "seq"], 2)?;
    let seed = bits_of(seed.unwrap_or(&Value::None))?;
    let mut items = collections::collect(items.unwrap_or(&Value::None))?;
    for i in (1..items.len()).rev() {
        let at = below(Kind::Shuffle, seed, i as u64, i as u64 + 1);
        items.swap(i, usize::try_from(at).unwrap_or(i));
    }
    Ok(Value::list(items))
}

/// `split(seed, i)`: the seed of an independent stream, an int of 63 bits.
fn split(args: &Args<'_>) -> Res {
    let (seed, index, _) = drawn(args, "split", ["seed", "i"], 2)?;
    Ok(Value::int128(i128::from(block(Kind::Split, seed, index, 0)[0] >> 1)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_published_vectors_hold() {
        let ones = [u32::MAX; 4];
        assert_eq!(philox([0; 4], [0; 2]), [0x6627_E8D5, 0xE169_C58D, 0xBC57_AC4C, 0x9B00_DBD8]);
        assert_eq!(philox(ones, [u32::MAX; 2]), [0x408F_276D, 0x41C8_3B0E, 0xA20B_C7C6, 0x6D54_51FD]);
        let pi = [0x243F_6A88, 0x85A3_08D3, 0x1319_8A2E, 0x0370_7344];
        let found = philox(pi, [0xA409_3822, 0x299F_31D0]);
        assert_eq!(found, [0xD16C_FE09, 0x94FD_CCEB, 0x5001_E420, 0x2412_6EA1]);
    }

    #[test]
    fn draws_fill_their_range_evenly() {
        let mut counts = [0; 6];
        for i in 0..6000 {
            counts[usize::try_from(below(Kind::Integer, 7, i, 6)).unwrap_or(0)] += 1;
        }
        assert!(counts.iter().all(|c| (900..1100).contains(c)), "{counts:?}");
        let big = BigUint::from(3u32) << 200u32;
        assert!((0..100).all(|i| below_big(1, i, &big) < big));
        let mean: f64 =
            (0..10_000u32).map(|i| unit(block(Kind::Uniform, 1, i.into(), 0)[0])).sum::<f64>() / 10_000.0;
        assert!((mean - 0.5).abs() < 0.01, "{mean}");
    }
}
