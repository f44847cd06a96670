//! The kernel of the same name, by hand.
use rayon::prelude::*;

fn main() {
    println!("{}", (0..reference::size()).into_par_iter().map(|i| i * i & 1023).sum::<i64>());
}
