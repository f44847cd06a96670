//! A stream of choices that a seed decides, the same on every machine.

use rand_core::{Rng, SeedableRng};
use rand_xorshift::XorShiftRng;

/// A source of choices.
#[derive(Clone, Debug)]
pub struct Random(XorShiftRng);

impl Random {
    /// The choices of the program of this number, of this seed.
    pub fn new(seed: u64, number: u64) -> Self {
        // Neighbors share nothing: the constant is that of Fibonacci hashing.
        Self(XorShiftRng::seed_from_u64(seed.rotate_left(32) ^ number.wrapping_mul(0x9E37_79B9_7F4A_7C15)))
    }

    /// A number below `n`, which is not 0.
    pub fn below(&mut self, n: usize) -> usize {
        usize::try_from(self.0.next_u64() >> 11).unwrap_or(0) % n.max(1)
    }

    /// A number from `low` to `high`, both included.
    pub fn between(&mut self, low: usize, high: usize) -> usize {
        low + self.below(high - low + 1)
    }

    /// Yes, in so many of a hundred.
    pub fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    /// One of these.
    pub fn pick<'a, T>(&mut self, all: &'a [T]) -> &'a T {
        &all[self.below(all.len())]
    }
}
