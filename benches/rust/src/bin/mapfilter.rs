//! The kernel of the same name, by hand.
use rayon::prelude::*;

fn main() {
    let xs: Vec<f64> = (0..reference::size()).into_par_iter().map(|i| (i * 7919 % 1000003) as f64 / 1000003.0).collect();
    println!("{:.4}", xs.par_iter().filter(|&&x| x > 0.5).map(|x| x.sqrt() * 2.0 + 1.0).sum::<f64>());
}
