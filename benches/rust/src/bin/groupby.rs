//! The kernel of the same name, by hand.
use rayon::prelude::*;
use rustc_hash::FxHashMap;

type Counts = FxHashMap<i64, i64>;

fn count(mut counts: Counts, key: i64) -> Counts {
    *counts.entry(key).or_insert(0) += 1;
    counts
}

fn merge(mut a: Counts, b: Counts) -> Counts {
    for (k, v) in b {
        *a.entry(k).or_insert(0) += v;
    }
    a
}

fn main() {
    let keys = (0..reference::size()).into_par_iter().map(|i| i * 7919 % 1000);
    let counts = keys.fold(Counts::default, count).reduce(Counts::default, merge);
    let total: i64 = counts.iter().map(|(k, v)| k * v).sum();
    println!("{} {} [({}, {}), ({}, {})]", counts.len(), total, 0, counts[&0], 919, counts[&919]);
}
