//! The kernel of the same name, by hand.
use rayon::prelude::*;

fn mix(i: i64) -> i64 {
    let z = (i as u64).wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
    let z = (z ^ (z >> 30)).wrapping_mul(0xBF58476D1CE4E5B9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94D049BB133111EB);
    ((z ^ (z >> 31)) >> 1) as i64
}

fn main() {
    let mut xs: Vec<i64> = (0..reference::size()).into_par_iter().map(mix).collect();
    xs.par_sort();
    println!("{} {} {}", xs[0], xs[xs.len() / 2], xs[xs.len() - 1]);
}
