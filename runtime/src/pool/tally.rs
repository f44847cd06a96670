//! How often each int, or each word of a text, comes: tables for keys in machine words, in the order of their first coming.

mod words;

pub use words::WordTally;

use crate::collections::{Dict, DictFlavour};
use crate::{Res, Value, ops};

/// The least number of places, as a power of two.
const LEAST_BITS: u32 = 6;

/// A place of the table; it is free where the count is zero.
#[derive(Clone, Copy, Default)]
struct Place {
    key: i64,
    count: i64,
}

/// Counts of ints.
pub struct IntTally {
    places: Box<[Place]>,
    /// The places are found by as many of the highest bits of a product as their number has.
    shift: u32,
    /// All keys, the first that came first.
    keys: Vec<i64>,
}

impl Default for IntTally {
    fn default() -> Self {
        Self { places: Box::default(), shift: 64 - LEAST_BITS, keys: Vec::new() }
    }
}

impl IntTally {
    fn with_bits(bits: u32) -> Self {
        let places = vec![Place::default(); 1 << bits].into_boxed_slice();
        Self { places, shift: 64 - bits, keys: Vec::new() }
    }

    fn first_place(&self, key: i64) -> usize {
        let product = key.cast_unsigned().wrapping_mul(0x9E37_79B9_7F4A_7C15);
        usize::try_from(product >> self.shift).unwrap_or(0)
    }

    /// Counts each of them once.
    pub fn add_all(&mut self, keys: &[i64]) {
        for key in keys {
            let at = self.first_place(*key);
            match self.places.get_mut(at) {
                Some(place) if place.key == *key && place.count != 0 => place.count += 1,
                _ => self.add(*key, 1),
            }
        }
    }

    /// Counts a key so many times.
    #[inline(never)]
    pub fn add(&mut self, key: i64, n: i64) {
        if self.places.is_empty() {
            *self = Self::with_bits(LEAST_BITS);
        }
        let mask = self.places.len() - 1;
        let mut at = self.first_place(key);
        loop {
            let place = &mut self.places[at];
            if place.count == 0 {
                *place = Place { key, count: n };
                self.keys.push(key);
                if self.keys.len() * 2 > self.places.len() {
                    self.grow();
                }
                return;
            }
            if place.key == key {
                place.count += n;
                return;
            }
            at = (at + 1) & mask;
        }
    }

    fn grow(&mut self) {
        let mut larger = Self::with_bits(64 - self.shift + 1);
        let mask = larger.places.len() - 1;
        for place in self.places.iter().filter(|p| p.count != 0) {
            let mut at = larger.first_place(place.key);
            while larger.places[at].count != 0 {
                at = (at + 1) & mask;
            }
            larger.places[at] = *place;
        }
        (self.places, self.shift) = (larger.places, larger.shift);
    }

    fn count_of(&self, key: i64) -> i64 {
        let mask = self.places.len() - 1;
        let mut at = self.first_place(key);
        loop {
            let place = self.places[at];
            if place.count == 0 || place.key == key {
                return place.count;
            }
            at = (at + 1) & mask;
        }
    }

    /// The keys with their counts, in the order of their first coming.
    pub fn counts(&self) -> impl Iterator<Item = (i64, i64)> {
        self.keys.iter().map(|key| (*key, self.count_of(*key)))
    }

    /// Adds the counts of what came behind.
    pub fn merge(&mut self, more: &Self) {
        more.counts().for_each(|(key, n)| self.add(key, n));
    }

    /// A `Counter` of them.
    ///
    /// # Errors
    ///
    /// `MemoryError`.
    pub fn to_counter(&self) -> Res<Dict> {
        let mut dict = Dict::with_capacity(self.keys.len());
        dict.flavour = DictFlavour::Counter;
        for (key, n) in self.counts() {
            let key = Value::Int(key);
            dict.insert_apart(ops::hash(&key)?, key, Value::Int(n))?;
        }
        Ok(dict)
    }
}
