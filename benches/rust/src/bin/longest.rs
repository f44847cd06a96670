//! Tuples compared in parallel.
use rayon::prelude::*;

fn steps(mut n: i64) -> i64 {
    let mut count = 0;
    while n != 1 {
        n = if n % 2 == 0 { n / 2 } else { 3 * n + 1 };
        count += 1;
    }
    count
}

fn main() {
    let n = reference::size();
    let (count, start) = (1..n).into_par_iter().map(|n| (steps(n), -n)).max().expect("there are some");
    let last = (1..n / 10).into_par_iter().max_by_key(|&n| (steps(n) % 100, n)).expect("there are some");
    println!("({count}, {start}) {last}");
}
