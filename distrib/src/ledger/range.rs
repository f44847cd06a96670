//! The extents of one range: which elements are todo, leased, done. It knows nothing of nodes or time.
//!
//! Every index below `end` lies in exactly one extent; an extent that is leased may be leased to two attempts.

use super::event::{AttemptId, Kind, NodeId, Offer, Part, Partial, RangeId, Why};
use crate::planner::Cost;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

/// Elements that nobody runs, since they may have killed a node: they will be run alone.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Suspect {
    pub(super) hi: u64,
    pub(super) kills: Kills,
}

/// What elements are suspected of.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Kills {
    /// How many attempts at just these elements killed their node.
    pub(super) n: u8,
    /// Does it come out of more elements that did: then it is not mixed with others again.
    pub(super) is_apart: bool,
}

impl Kills {
    /// What a part inherits: an element is blamed only for what it did alone.
    pub(super) fn of_part(self, n_part: u64, n_whole: u64) -> Self {
        if n_part == 1 && n_whole > 1 { Self { n: 0, is_apart: self != Self::default() } } else { self }
    }
}

/// Elements that are done.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Done {
    pub(super) hi: u64,
    /// What came of them; `None` where it cannot be wanted any more.
    pub(super) partial: Option<Partial>,
}

/// What stands at the end of a range.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum End {
    /// The last element, or the one that decides.
    Reached,
    /// An element that fails.
    Failed(Why),
}

impl End {
    /// How the element there failed; `None` where none did.
    pub(super) fn why(self) -> Option<Why> {
        match self {
            Self::Reached => None,
            Self::Failed(why) => Some(why),
        }
    }
}

/// In which order ranges are served: by priority, inner ones first, older ones first.
pub(super) type Rank = (Reverse<i64>, Reverse<u32>, RangeId);

/// A part that is taken out to be leased.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Taken {
    pub(super) lo: u64,
    pub(super) hi: u64,
    pub(super) kills: Kills,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Range {
    pub(super) offer: Offer,
    /// How many ranges it is nested in.
    pub(super) depth: u32,
    pub(super) offered_ms: u64,
    /// Elements at and behind it are not wanted.
    pub(super) end: u64,
    pub(super) what_ends: End,
    /// From the first element to behind the last. No two touch.
    pub(super) todo: BTreeMap<u64, u64>,
    pub(super) suspects: BTreeMap<u64, Suspect>,
    pub(super) done: BTreeMap<u64, Done>,
    /// By first element.
    pub(super) leased: BTreeSet<(u64, AttemptId)>,
    pub(super) n_todo: u64,
    pub(super) n_done: u64,
    pub(super) cost: Cost,
    /// May every node have a part, or only the home.
    pub(super) is_open: bool,
    /// Since when it has nobody who waits for it.
    pub(super) orphaned_ms: Option<u64>,
}

impl Range {
    pub(super) fn new(offer: Offer, depth: u32, now_ms: u64) -> Self {
        let len = offer.len;
        let mut range = Self {
            depth,
            offered_ms: now_ms,
            end: len,
            what_ends: End::Reached,
            todo: BTreeMap::new(),
            suspects: BTreeMap::new(),
            done: BTreeMap::new(),
            leased: BTreeSet::new(),
            n_todo: 0,
            n_done: 0,
            cost: offer.cost_ns.map_or_else(Cost::default, Cost::hint),
            is_open: false,
            orphaned_ms: None,
            offer,
        };
        range.add_todo(0, len, Kills::default(), len);
        range
    }

    pub(super) fn rank(&self) -> Rank {
        (Reverse(self.offer.priority), Reverse(self.depth), self.offer.range)
    }

    pub(super) fn home(&self) -> Option<NodeId> {
        self.offer.home
    }

    pub(super) fn is_finished(&self) -> bool {
        self.n_done == self.end
    }

    /// What this many cores would take for what is todo.
    pub(super) fn todo_ms(&self, n_cores: u64) -> Option<f64> {
        self.cost.ms(self.n_todo, n_cores)
    }

    /// Gives elements back that were a part of so many.
    pub(super) fn add_todo(&mut self, lo: u64, hi: u64, kills: Kills, n_whole: u64) {
        let hi = hi.min(self.end);
        if lo >= hi {
            return;
        }
        let kills = kills.of_part(hi - lo, n_whole);
        if kills != Kills::default() {
            self.suspects.insert(lo, Suspect { hi, kills });
            return;
        }
        self.n_todo += hi - lo;
        let before = self.todo.range(..lo).next_back().filter(|(_, end)| **end == lo).map(|(&lo, _)| lo);
        let behind = self.todo.remove(&hi);
        self.todo.insert(before.unwrap_or(lo), behind.unwrap_or(hi));
    }

    /// Takes up to so many of the first elements that are todo.
    pub(super) fn take_todo(&mut self, n: u64) -> Option<Taken> {
        let (lo, end) = self.todo.pop_first()?;
        let hi = lo + n.clamp(1, end - lo);
        if hi < end {
            self.todo.insert(hi, end);
        }
        self.n_todo -= hi - lo;
        Some(Taken { lo, hi, kills: Kills::default() })
    }

    /// Takes the first elements that are under suspicion.
    pub(super) fn take_suspect(&mut self) -> Option<Taken> {
        let (lo, Suspect { hi, kills }) = self.suspects.pop_first()?;
        Some(Taken { lo, hi, kills })
    }

    /// Takes these elements out of what is todo, as far as they are.
    pub(super) fn remove_todo(&mut self, lo: u64, hi: u64) {
        if lo >= hi {
            return;
        }
        let first =
            |from: Option<(&u64, u64)>| from.filter(|(_, end)| *end > lo).map_or(lo, |(&from, _)| from);
        let from = first(self.todo.range(..lo).next_back().map(|(from, &end)| (from, end)));
        let touched: Vec<(u64, u64)> = self.todo.range(from..hi).map(|(&from, &end)| (from, end)).collect();
        for (from, end) in touched {
            self.todo.remove(&from);
            self.n_todo -= end - from;
            self.add_todo(from, lo, Kills::default(), 0);
            self.add_todo(hi, end, Kills::default(), 0);
        }
        let from = first(self.suspects.range(..lo).next_back().map(|(from, suspect)| (from, suspect.hi)));
        let touched: Vec<(u64, Suspect)> =
            self.suspects.range(from..hi).map(|(&from, &s)| (from, s)).collect();
        for (from, suspect) in touched {
            self.suspects.remove(&from);
            self.add_todo(from, lo, suspect.kills, suspect.hi - from);
            self.add_todo(hi, suspect.hi, suspect.kills, suspect.hi - from);
        }
    }

    /// Is one of these elements done.
    pub(super) fn is_touched(&self, lo: u64, hi: u64) -> bool {
        self.done.range(..hi).next_back().is_some_and(|(_, done)| done.hi > lo)
    }

    pub(super) fn add_done(&mut self, lo: u64, hi: u64, partial: Option<Partial>) {
        if lo >= hi {
            return;
        }
        self.n_done += hi - lo;
        // What has no partial needs no border.
        if partial.is_none()
            && let Some((_, done)) = self.done.range_mut(..lo).next_back()
            && done.hi == lo
            && done.partial.is_none()
        {
            done.hi = hi;
            return;
        }
        self.done.insert(lo, Done { hi, partial });
    }

    /// Nothing at and behind `end` is wanted; gives back the partials that nobody will read.
    ///
    /// The leases are the caller's to cut.
    pub(super) fn bound(&mut self, end: u64, what_ends: End) -> Vec<Partial> {
        self.remove_todo(end, self.end);
        self.end = end;
        self.what_ends = what_ends;
        let dropped = self.done.split_off(&end);
        self.n_done -= dropped.iter().map(|(lo, done)| done.hi - lo).sum::<u64>();
        let mut released: Vec<Partial> = dropped.into_values().filter_map(|done| done.partial).collect();
        if self.is_bound_to_fail() {
            released.extend(self.done.values_mut().filter_map(|done| done.partial.take()));
        }
        released
    }

    /// Is it certain that partials are not wanted. Where a range short-circuits, an earlier element may yet decide.
    pub(super) fn is_bound_to_fail(&self) -> bool {
        matches!(self.what_ends, End::Failed(_)) && self.offer.kind == Kind::Combine
    }

    /// Every partial that it has.
    pub(super) fn partials(&self) -> impl Iterator<Item = Partial> {
        self.done.values().filter_map(|done| done.partial)
    }

    /// The parts of a result, in order.
    pub(super) fn parts(&self) -> Vec<Part> {
        let part = |(&lo, done): (&u64, &Done)| done.partial.map(|partial| Part { lo, hi: done.hi, partial });
        self.done.iter().filter_map(part).collect()
    }

    /// A partial is gone: its elements are todo again. Tells whether there was one.
    pub(super) fn lose_partial(&mut self, id: u64) -> bool {
        let is_it = |done: &Done| done.partial.is_some_and(|partial| partial.id == id);
        let Some((&lo, &done)) = self.done.iter().find(|(_, done)| is_it(done)) else { return false };
        self.done.remove(&lo);
        self.n_done -= done.hi - lo;
        self.add_todo(lo, done.hi, Kills::default(), done.hi - lo);
        true
    }
}
