//! Maps and sets of a part each, merged.
use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};

const COLORS: [&str; 5] = ["red", "green", "blue", "black", "white"];

type Key = (i64, &'static str, bool);
type Counts = FxHashMap<Key, i64>;
type Pairs = FxHashSet<(i64, char)>;

fn count(mut counts: Counts, key: Key) -> Counts {
    *counts.entry(key).or_insert(0) += 1;
    counts
}

fn merge(mut a: Counts, b: Counts) -> Counts {
    for (k, v) in b {
        *a.entry(k).or_insert(0) += v;
    }
    a
}

fn insert(mut pairs: Pairs, pair: (i64, char)) -> Pairs {
    pairs.insert(pair);
    pairs
}

fn unite(mut a: Pairs, b: Pairs) -> Pairs {
    a.extend(b);
    a
}

fn main() {
    let n = reference::size();
    let keys = (0..n).into_par_iter().map(|i| (i * i % 97, COLORS[(i % 5) as usize], i % 3 == 0));
    let counts = keys.fold(Counts::default, count).reduce(Counts::default, merge);
    let first = |i: i64| COLORS[(i % 5) as usize].chars().next().expect("no color is empty");
    let pairs = (0..n).into_par_iter().map(|i| (i * 31 % 4099, first(i)));
    let pairs = pairs.fold(Pairs::default, insert).reduce(Pairs::default, unite);
    let (top, most) = counts.iter().map(|(k, v)| (*k, *v)).max_by_key(|(k, v)| (*v, *k)).expect("there are some");
    let truth = if top.2 { "True" } else { "False" };
    let total: i64 = pairs.iter().map(|(a, _)| a).sum();
    println!("{} (({}, '{}', {truth}), {most}) {} {total}", counts.len(), top.0, top.1, pairs.len());
}
