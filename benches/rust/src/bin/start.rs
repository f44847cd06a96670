//! The kernel of the same name, by hand.
use rayon::prelude::*;

fn is_prime(p: i64) -> i64 {
    let mut x = 2;
    while x * x <= p {
        if p % x == 0 {
            return 0;
        }
        x += 1;
    }
    1
}

fn main() {
    println!("{}", (0..reference::size()).into_par_iter().map(is_prime).sum::<i64>());
}
