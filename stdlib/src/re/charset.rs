//! Sets of characters: membership, with and without regard to case.

use super::case_tables::{CASED, EXTRA, LOWER, UPPER_WIDE};
use super::tree::{Category, Item};
use afar_runtime::text;

/// How case is disregarded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fold {
    /// It is not.
    None,
    /// For ASCII letters.
    Ascii,
    /// For all letters.
    Unicode,
}

fn mapped(table: &[(u32, u32, u32, i32)], c: u32) -> u32 {
    let after = table.partition_point(|run| run.0 <= c);
    for (first, last, step, difference) in table[..after].iter().rev().take(3) {
        if c <= *last && (c - first).is_multiple_of(*step) {
            return c.wrapping_add_signed(*difference);
        }
    }
    c
}

impl Fold {
    /// The lower case of a character.
    pub fn lower(self, c: u32) -> u32 {
        match self {
            Self::None => c,
            _ if c < 128 => u32::from((c as u8).to_ascii_lowercase()),
            Self::Ascii => c,
            Self::Unicode => mapped(LOWER, c),
        }
    }

    /// Has the character another case.
    pub fn is_cased(self, c: u32) -> bool {
        match self {
            Self::None => false,
            Self::Ascii => c < 128 && (c as u8).is_ascii_alphabetic(),
            Self::Unicode => {
                let after = CASED.partition_point(|range| range.0 <= c);
                after > 0 && c <= CASED[after - 1].1
            }
        }
    }

    /// The characters that match a lower case character besides itself.
    pub fn extra(self, c: u32) -> &'static [u32] {
        if self != Self::Unicode {
            return &[];
        }
        EXTRA.binary_search_by_key(&c, |(from, _)| *from).map_or(&[], |at| EXTRA[at].1)
    }
}

/// A part of a set beyond its ranges.
#[derive(Clone, Copy, Debug)]
enum Part {
    Class(Category, bool),
    /// A range beyond the basic plane, of which the upper case counts too.
    RangeAnyCase(u32, u32),
}

/// A set of characters.
#[derive(Debug)]
pub struct Set {
    /// Which of the first 256 characters match: the answer for them.
    low: [bool; 256],
    ranges: Vec<(u32, u32)>,
    parts: Vec<Part>,
    negate: bool,
    fold: Fold,
    is_unicode: bool,
}

impl Set {
    /// The set of these items.
    pub fn new(negate: bool, items: &[Item], fold: Fold, is_unicode: bool) -> Self {
        let mut set =
            Self { low: [false; 256], ranges: Vec::new(), parts: Vec::new(), negate, fold, is_unicode };
        let mut has_case = false;
        for item in items {
            has_case |= set.add(*item, fold);
        }
        if !has_case {
            set.fold = Fold::None;
        }
        set.finish();
        set
    }

    /// The set of exactly these characters, each looked for in the lower case of what is there.
    pub fn of_lower(negate: bool, chars: &[u32], fold: Fold) -> Self {
        let ranges = chars.iter().map(|c| (*c, *c)).collect();
        let mut set = Self { low: [false; 256], ranges, parts: Vec::new(), negate, fold, is_unicode: true };
        set.finish();
        set
    }

    /// Adds an item; has it a case.
    fn add(&mut self, item: Item, fold: Fold) -> bool {
        const WIDE: u32 = 0x1_0000;
        match item {
            Item::Class(category, negate) => {
                self.parts.push(Part::Class(category, negate));
                false
            }
            Item::Lit(c) if fold == Fold::None => {
                self.ranges.push((c, c));
                false
            }
            Item::Range(lo, hi) if fold == Fold::None => {
                self.ranges.push((lo, hi));
                false
            }
            Item::Lit(c) => self.add_folded(c, c, fold),
            Item::Range(lo, hi) => {
                let has_case = lo < WIDE && self.add_folded(lo, hi.min(WIDE - 1), fold);
                if hi < WIDE {
                    return has_case;
                }
                self.parts.push(Part::RangeAnyCase(lo, hi));
                true
            }
        }
    }

    fn add_folded(&mut self, lo: u32, hi: u32, fold: Fold) -> bool {
        const WIDE: u32 = 0x1_0000;
        let mut has_case = false;
        for c in lo..=hi {
            let lower = fold.lower(c);
            if lower >= WIDE {
                // CPython keeps a character beyond the basic plane as it stands.
                self.ranges.push((c, c));
                return true;
            }
            self.ranges.push((lower, lower));
            self.ranges.extend(fold.extra(lower).iter().map(|k| (*k, *k)));
            has_case |= fold.is_cased(c);
        }
        has_case
    }

    fn finish(&mut self) {
        self.ranges.sort_unstable();
        let mut joined: Vec<(u32, u32)> = Vec::new();
        for &(lo, hi) in &self.ranges {
            match joined.last_mut() {
                Some(last) if lo <= last.1.saturating_add(1) => last.1 = last.1.max(hi),
                _ => joined.push((lo, hi)),
            }
        }
        self.ranges = joined;
        for c in 0..256 {
            self.low[c as usize] = self.holds_slow(c);
        }
    }

    /// Is the character in the set.
    #[inline]
    pub fn holds(&self, c: u32) -> bool {
        match self.low.get(c as usize) {
            Some(answer) => *answer,
            None => self.holds_slow(c),
        }
    }

    fn holds_slow(&self, c: u32) -> bool {
        let c = self.fold.lower(c);
        let after = self.ranges.partition_point(|range| range.0 <= c);
        let in_range = after > 0 && c <= self.ranges[after - 1].1;
        let found = in_range
            || self.parts.iter().any(|part| match part {
                Part::Class(category, negate) => is_in(*category, c, self.is_unicode) != *negate,
                Part::RangeAnyCase(lo, hi) => {
                    let upper = mapped(UPPER_WIDE, c);
                    (*lo..=*hi).contains(&c) || (*lo..=*hi).contains(&upper)
                }
            });
        found != self.negate
    }
}

/// Is a character of this class.
pub fn is_in(category: Category, c: u32, is_unicode: bool) -> bool {
    let Some(c) = char::from_u32(c) else { return false };
    if !is_unicode || c.is_ascii() && category != Category::Space {
        return match category {
            Category::Digit => c.is_ascii_digit(),
            Category::Space => matches!(c, ' ' | '\t'..='\r'),
            Category::Word => c.is_ascii_alphanumeric() || c == '_',
        };
    }
    match category {
        Category::Digit => text::is_decimal(c),
        Category::Space => text::is_space(c),
        Category::Word => text::is_alnum(c) || c == '_',
    }
}
