//! The kernel of the same name, by hand.
use rayon::prelude::*;

fn main() {
    let n = reference::size() as usize;
    let a: Vec<Vec<f64>> = (0..n).map(|i| (0..n).map(|j| ((i * 7 + j * 13) % 101) as f64 / 101.0).collect()).collect();
    let b: Vec<Vec<f64>> = (0..n).map(|i| (0..n).map(|j| ((i * 11 + j * 5) % 97) as f64 / 97.0).collect()).collect();
    let dot = |i: usize, j: usize| (0..n).fold(0.0, |total, k| total + a[i][k] * b[k][j]);
    let c: Vec<Vec<f64>> = (0..n).into_par_iter().map(|i| (0..n).map(|j| dot(i, j)).collect()).collect();
    println!("{} {}", c[17][33], c[n - 1][0]);
}
