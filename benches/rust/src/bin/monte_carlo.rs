//! Paths in parallel.
use rayon::prelude::*;

const DAYS: i64 = 64;

fn mix(i: i64) -> u64 {
    let z = (i as u64).wrapping_mul(0x9E3779B97F4A7C15);
    let z = (z ^ (z >> 30)).wrapping_mul(0xBF58476D1CE4E5B9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94D049BB133111EB);
    z ^ (z >> 31)
}

fn uniform(i: i64) -> f64 {
    ((mix(i) >> 11) as f64 + 0.5) / 9007199254740992.0
}

fn normal(i: i64) -> f64 {
    (-2.0 * uniform(2 * i + 1).ln()).sqrt() * (6.283185307179586 * uniform(2 * i + 2)).cos()
}

fn payoff(path: i64) -> f64 {
    let (mut price, mut total) = (100.0, 0.0);
    for day in 0..DAYS {
        price *= (0.0001 + 0.0125 * normal(path * DAYS + day)).exp();
        total += price;
    }
    f64::max(total / DAYS as f64 - 100.0, 0.0)
}

fn main() {
    let n = reference::size();
    println!("{:.6}", (0..n).into_par_iter().map(payoff).sum::<f64>() / n as f64);
}
