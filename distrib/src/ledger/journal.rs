//! What must outlive the process: the ranges that are under way, and what is done of them. Nodes and leases are not in it, since they end with
//! the process.

use super::Ledger;
use super::event::{Action, Event, Offer, Partial, RangeId, Why};
use super::range::{End, Range};
use crate::planner::Tuning;

/// A line of the journal. `Accepted` and `Bounded` are the actions of these names, written down as they come; a range that is done, failed or
/// cancelled needs its lines no more.
#[derive(Clone, Debug, PartialEq)]
pub enum Entry {
    /// A range was offered.
    Offered(Offer),
    /// Elements of it were accepted.
    Accepted {
        /// Of which range.
        range: RangeId,
        /// The first.
        lo: u64,
        /// Behind the last.
        hi: u64,
        /// What came of them.
        partial: Option<Partial>,
    },
    /// Nothing behind an index is wanted.
    Bounded {
        /// Of which range.
        range: RangeId,
        /// The index.
        end: u64,
        /// Which element failed there, and how; `None` where the one before it decided.
        why: Option<Why>,
    },
}

impl Ledger {
    /// The journal of what is under way, as short as it can be.
    pub fn journal(&self) -> Vec<Entry> {
        self.ranges.values().flat_map(entries).collect()
    }

    /// A ledger that goes on from a journal. Every range waits for the next life of whoever offered it.
    ///
    /// Entries that contradict the ones before them change nothing. Ranges all of whose elements are done end when they are offered again.
    pub fn resume(tuning: Tuning, now_ms: u64, journal: impl IntoIterator<Item = Entry>) -> Self {
        let mut ledger = Self::new(tuning);
        ledger.now_ms = now_ms;
        for entry in journal {
            ledger.resume_entry(entry);
        }
        let all: Vec<RangeId> = ledger.ranges.keys().copied().collect();
        all.into_iter().for_each(|range| ledger.orphan(range));
        ledger
    }

    fn resume_entry(&mut self, entry: Entry) {
        match entry {
            Entry::Offered(offer) => {
                let id = offer.range;
                self.ranges.entry(id).or_insert_with(|| Range::new(offer, 0, self.now_ms));
            }
            Entry::Accepted { range, lo, hi, partial } => {
                if let Some(range) = self.ranges.get_mut(&range)
                    && hi <= range.end
                    && !range.is_touched(lo, hi)
                {
                    range.remove_todo(lo, hi);
                    range.add_done(lo, hi, partial);
                }
            }
            Entry::Bounded { range, end, why } => {
                if let Some(range) = self.ranges.get_mut(&range)
                    && end <= range.end
                {
                    range.bound(end, why.map_or(End::Reached, End::Failed));
                }
            }
        }
    }
}

fn entries(range: &Range) -> Vec<Entry> {
    let id = range.offer.range;
    let mut entries = vec![Entry::Offered(range.offer.clone())];
    let why = range.what_ends.why();
    let accepted = |(&lo, done): (&u64, &super::range::Done)| Entry::Accepted {
        range: id,
        lo,
        hi: done.hi,
        partial: done.partial,
    };
    entries.extend(range.done.iter().map(accepted));
    if range.end < range.offer.len || why.is_some() {
        entries.push(Entry::Bounded { range: id, end: range.end, why });
    }
    entries
}

/// The state that events lead to.
pub fn replay(tuning: Tuning, events: impl IntoIterator<Item = (u64, Event)>) -> Ledger {
    let mut ledger = Ledger::new(tuning);
    let mut actions: Vec<Action> = Vec::new();
    for (now_ms, event) in events {
        ledger.step(now_ms, event, &mut actions);
        actions.clear();
    }
    ledger
}
