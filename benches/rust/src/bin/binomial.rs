//! A tree for each option, the options in parallel.
use rayon::prelude::*;

const STEPS: usize = 400;

fn price(strike: f64) -> f64 {
    let steps = STEPS as f64;
    let up = (0.3 * (1.0 / steps).sqrt()).exp();
    let down = 1.0 / up;
    let p = ((0.03 / steps).exp() - down) / (up - down);
    let discount = (-0.03 / steps).exp();
    let power = |n: i64| up.powf(n as f64);
    let spots = (0..=STEPS).map(|j| 100.0 * power(2 * j as i64 - STEPS as i64));
    let mut values: Vec<f64> = spots.map(|s| f64::max(strike - s, 0.0)).collect();
    for level in (0..STEPS).rev() {
        let (mut spot, square) = (100.0 * power(-(level as i64)), up * up);
        let mut fresh = Vec::new();
        for j in 0..=level {
            let held = discount * (p * values[j + 1] + (1.0 - p) * values[j]);
            fresh.push(f64::max(held, strike - spot));
            spot *= square;
        }
        values = fresh;
    }
    values[0]
}

fn main() {
    let n = reference::size();
    let all = (0..n).into_par_iter().map(|k| price(80.0 + 40.0 * k as f64 / n as f64));
    println!("{:.4}", all.sum::<f64>());
}
