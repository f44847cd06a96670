//! The kernel of the same name, by hand.
use rayon::prelude::*;
use rustc_hash::FxHashMap;

type Counts<'a> = FxHashMap<&'a str, i64>;

fn count<'a>(mut counts: Counts<'a>, word: &'a str) -> Counts<'a> {
    *counts.entry(word).or_insert(0) += 1;
    counts
}

fn merge<'a>(mut a: Counts<'a>, b: Counts<'a>) -> Counts<'a> {
    for (word, n) in b {
        *a.entry(word).or_insert(0) += n;
    }
    a
}

fn main() {
    let words: Vec<String> = (0..reference::size()).into_par_iter().map(|i| format!("w{}", i * 7919 % 5003)).collect();
    let text = words.join(" ");
    let counts = text.par_split(' ').fold(Counts::default, count).reduce(Counts::default, merge);
    let (word, n) = counts.iter().max_by_key(|&(word, n)| (n, word)).expect("there are words");
    println!("{} {} ('{}', {})", text.len(), counts.len(), word, n);
}
