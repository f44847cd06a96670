//! How often each word of a text comes. Short words, which most are, are compared and found as two machine words.

use crate::collections::{Dict, DictFlavour};
use crate::text::hash_bytes;
use crate::{Res, Value};
use hashbrown::HashTable;
use std::ops::Range;

/// The bytes of the longest word that is short: one less than a key has, whose last is the length.
const MAX_SHORT: usize = 15;
/// The least number of places for short words, as a power of two.
const LEAST_BITS: u32 = 6;

/// A word of a text: where it is, and how often it comes.
struct Word {
    at: Range<usize>,
    count: i64,
}

/// A place of the table of short words; it is free where the key is zero.
#[derive(Clone, Copy, Default)]
struct Place {
    key: u128,
    /// The word by its number.
    word: u32,
}

/// Counts of the words of one text.
#[derive(Default)]
pub struct WordTally {
    /// In the order of their first coming.
    words: Vec<Word>,
    places: Box<[Place]>,
    /// Places that are taken.
    n_short: usize,
    long: HashTable<u32>,
}

/// The bytes of a short word and their number.
fn key_of(text: &[u8], at: &Range<usize>) -> u128 {
    let n = at.len();
    let bytes = match text.get(at.start..at.start + 16).and_then(|b| b.try_into().ok()) {
        Some(bytes) => u128::from_le_bytes(bytes) & ((1 << (8 * n)) - 1),
        None => {
            let mut bytes = [0; 16];
            bytes[..n].copy_from_slice(&text[at.clone()]);
            u128::from_le_bytes(bytes)
        }
    };
    bytes | (n as u128) << 120
}

/// The first of so many places to look for a key at.
fn first_place(key: u128, n_places: usize) -> usize {
    let (low, high) = (key as u64, (key >> 64) as u64);
    let product = u128::from(low ^ 0x9E37_79B9_7F4A_7C15) * u128::from(high ^ 0xD6E8_FEB8_6659_FD93);
    ((product >> 64) as u64 ^ product as u64) as usize & (n_places - 1)
}

impl WordTally {
    /// Counts the word that is there.
    #[inline]
    pub fn add(&mut self, text: &str, at: Range<usize>) {
        self.add_times(text.as_bytes(), at, 1);
    }

    #[inline]
    fn add_times(&mut self, text: &[u8], at: Range<usize>, n: i64) {
        if at.len() > MAX_SHORT {
            return self.add_long(text, at, n);
        }
        let key = key_of(text, &at);
        if self.places.is_empty() {
            self.places = vec![Place::default(); 1 << LEAST_BITS].into_boxed_slice();
        }
        let n_places = self.places.len();
        let mut place = first_place(key, n_places);
        loop {
            let found = self.places[place];
            if found.key == key {
                self.words[found.word as usize].count += n;
                return;
            }
            if found.key == 0 {
                return self.insert_short(key, place, Word { at, count: n });
            }
            place = (place + 1) & (n_places - 1);
        }
    }

    /// Adds a word that comes for the first time.
    #[cold]
    fn insert_short(&mut self, key: u128, place: usize, word: Word) {
        self.places[place] = Place { key, word: self.push(word) };
        self.n_short += 1;
        if self.n_short * 2 > self.places.len() {
            let mut larger = vec![Place::default(); self.places.len() * 2].into_boxed_slice();
            for old in self.places.iter().filter(|p| p.key != 0) {
                let mut at = first_place(old.key, larger.len());
                while larger[at].key != 0 {
                    at = (at + 1) & (larger.len() - 1);
                }
                larger[at] = *old;
            }
            self.places = larger;
        }
    }

    fn push(&mut self, word: Word) -> u32 {
        self.words.push(word);
        u32::try_from(self.words.len() - 1).unwrap_or(u32::MAX)
    }

    #[inline(never)]
    fn add_long(&mut self, text: &[u8], at: Range<usize>, n: i64) {
        let Self { words, long, .. } = self;
        let hash = hash_bytes(&text[at.clone()]);
        if let Some(i) = long.find(hash, |&i| text[words[i as usize].at.clone()] == text[at.clone()]) {
            words[*i as usize].count += n;
            return;
        }
        let i = self.push(Word { at, count: n });
        let words = &self.words;
        self.long.insert_unique(hash, i, |&i| hash_bytes(&text[words[i as usize].at.clone()]));
    }

    /// Adds the counts of what came behind.
    pub fn merge(&mut self, text: &str, more: &Self) {
        more.words.iter().for_each(|w| self.add_times(text.as_bytes(), w.at.clone(), w.count));
    }

    /// A `Counter` of them.
    ///
    /// # Errors
    ///
    /// `MemoryError`.
    pub fn to_counter(&self, text: &str) -> Res<Dict> {
        let mut dict = Dict::with_capacity(self.words.len());
        dict.flavour = DictFlavour::Counter;
        for Word { at, count } in &self.words {
            let word = &text[at.clone()];
            dict.insert_apart(hash_bytes(word.as_bytes()), Value::str(word), Value::Int(*count))?;
        }
        Ok(dict)
    }
}

#[cfg(test)]
mod tests {
    use super::WordTally;
    use std::collections::BTreeMap;

    #[test]
    fn words_are_counted_in_the_order_of_their_first_coming() {
        let word = |i: usize| "a\0b".repeat(i % 7 * (i % 3) + 1)[..(i % 7 * (i % 3) + 1) * 2].to_owned();
        let all: Vec<String> = (0..5000).map(|i| format!("{}{}", word(i), i * i % 301)).collect();
        let text = all.join(" ");
        let mut tallies = [WordTally::default(), WordTally::default()];
        let mut at = 0;
        for (i, word) in all.iter().enumerate() {
            tallies[usize::from(i >= 3000)].add(&text, at..at + word.len());
            at += word.len() + 1;
        }
        let [mut tally, more] = tallies;
        tally.merge(&text, &more);
        let mut first = BTreeMap::new();
        all.iter().enumerate().for_each(|(i, word)| {
            first.entry(word.as_str()).or_insert((i, 0)).1 += 1;
        });
        let mut expected: Vec<_> = first.into_iter().map(|(word, (i, n))| (i, word, n)).collect();
        expected.sort_unstable();
        let found: Vec<_> = tally.words.iter().map(|w| (&text[w.at.clone()], w.count)).collect();
        assert_eq!(found, expected.iter().map(|(_, word, n)| (*word, *n)).collect::<Vec<_>>());
        assert!(
            found.iter().any(|(word, _)| word.len() > 15) && found.iter().any(|(word, _)| word.len() < 15)
        );
    }
}
