//! The kernel of the same name, by hand.
use rayon::prelude::*;

fn escape(cx: f64, cy: f64, limit: i64) -> i64 {
    let (mut x, mut y, mut i) = (0.0, 0.0, 0);
    while i < limit && x * x + y * y <= 4.0 {
        (x, y, i) = (x * x - y * y + cx, 2.0 * x * y + cy, i + 1);
    }
    i
}

fn main() {
    let n = reference::size();
    let row = |r: i64| -> i64 {
        (0..n).map(|c| escape(-2.0 + 3.0 * c as f64 / n as f64, -1.5 + 3.0 * r as f64 / n as f64, 200)).sum()
    };
    println!("{}", (0..n).into_par_iter().map(row).sum::<i64>());
}
