//! What simulated elements cost, and what comes of them: functions of the seed and the index alone, as those of real code are.

use super::rng::{mix, unit};
use crate::ledger::Kind;

/// How cost is spread over a range.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// Each element costs the same.
    Uniform,
    /// All of it is in the last hundredth.
    AtTheEnd,
    /// A few elements cost much more than the others: Pareto, with the exponent 1.5, up to 200 times the least.
    HeavyTail,
    /// One element costs this much, whatever the others do.
    OneLong(u64),
}

/// What an element does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Does {
    /// It gives a number.
    Returns,
    /// It raises.
    Raises,
    /// It decides a range that short-circuits.
    Decides,
    /// It kills its node.
    Kills,
    /// It waits for an inner range.
    Waits,
}

/// The code of a range.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Work {
    /// Of costs and results.
    pub seed: u64,
    /// How many elements.
    pub len: u64,
    /// How partials become a result.
    pub kind: Kind,
    /// How cost is spread.
    pub shape: Shape,
    /// What an element costs on average, except for the long one.
    pub mean_us: u64,
    /// Elements that do something else than to return.
    pub special: Vec<(u64, Does)>,
    /// Elements of inner ranges; 0 where there are none.
    pub inner_len: u64,
    /// How much a partial takes, besides eight bytes for each element.
    pub partial_bytes: u64,
}

impl Work {
    /// What an element costs on one core.
    pub fn cost_us(&self, index: u64) -> u64 {
        let bits = mix(self.seed ^ mix(index));
        let mean = self.mean_us as f64;
        let cost = match self.shape {
            Shape::Uniform => mean,
            Shape::AtTheEnd if index < self.len - self.len / 100 => 1.0,
            Shape::AtTheEnd => mean * 100.0,
            // The mean of this one, cut at 200, is 2.79 times the least.
            Shape::HeavyTail => mean / 2.79 * (1.0 - unit(bits)).powf(-1.0 / 1.5).min(200.0),
            Shape::OneLong(us) if index == mix(self.seed ^ 0x5555) % self.len => return us,
            Shape::OneLong(_) => mean,
        };
        (cost as u64).max(1)
    }

    /// What an element does.
    pub fn does(&self, index: u64) -> Does {
        self.special.iter().find(|(at, _)| *at == index).map_or(Does::Returns, |(_, does)| *does)
    }

    /// The inner range that an element waits for.
    pub fn inner(&self, index: u64) -> Self {
        Self {
            seed: mix(self.seed ^ index),
            len: self.inner_len,
            kind: Kind::Combine,
            shape: Shape::HeavyTail,
            mean_us: self.mean_us,
            special: Vec::new(),
            inner_len: 0,
            partial_bytes: self.partial_bytes,
        }
    }

    /// The answer of a plain loop: the number of elements in it, or which one raises or kills.
    pub fn answer(&self) -> Answer {
        let first = self
            .special
            .iter()
            .filter(|(at, does)| *at < self.len && *does != Does::Waits)
            .min_by_key(|s| s.0);
        match first {
            None => Answer::Done(self.len),
            Some(&(at, Does::Decides)) => Answer::Done(at + 1),
            Some(&(at, Does::Kills)) => Answer::Killed(at),
            Some(&(at, _)) => Answer::Raised(at),
        }
    }

    /// What all of it costs on one core.
    pub fn total_us(&self) -> u64 {
        (0..self.len).map(|index| self.cost_us(index)).sum()
    }
}

/// How a range ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// All up to this index is in it.
    Done(u64),
    /// This element raised.
    Raised(u64),
    /// This element kills nodes.
    Killed(u64),
}
