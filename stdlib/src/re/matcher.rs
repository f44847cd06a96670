//! The matcher: takes the steps of a program over a subject, and goes back to the last alternative where one fails.
//!
//! Everything that is written (groups, counts of loops) lies in slots; the stack holds the alternatives that are left and the
//! old values of slots, so that going back restores them.

use super::charset::{Fold, is_in};
use super::program::{Op, Program, Unit};
use super::tree::{At, Category, Greed};
use afar_runtime::{Res, budget, hooks};

/// What is searched: characters by index.
pub trait Subject {
    /// One of them.
    fn at(&self, idx: usize) -> u32;
}

impl Subject for [u8] {
    #[inline]
    fn at(&self, idx: usize) -> u32 {
        u32::from(self[idx])
    }
}

impl Subject for [u32] {
    #[inline]
    fn at(&self, idx: usize) -> u32 {
        self[idx]
    }
}

/// No value in a slot.
pub const UNSET: usize = usize::MAX;

/// Where and how to look.
#[derive(Clone, Copy)]
pub struct Request {
    /// Where to start.
    pub start: usize,
    /// Where the subject ends.
    pub end: usize,
    /// Must the match reach the end.
    pub is_full: bool,
    /// Must a match at the start not be empty.
    pub must_advance: bool,
}

/// A match: its span, then the slots of its groups.
pub struct Found {
    /// Where it starts.
    pub start: usize,
    /// Where it ends.
    pub end: usize,
    /// Start and end of each group, then the number of the last group that was closed.
    pub slots: Vec<usize>,
}

enum Entry {
    /// Go on at this step and place.
    Other(usize, usize),
    /// A greedy repetition: the step behind it, the least place, the place before which to try next.
    Fewer(usize, usize, usize),
    /// A lazy repetition: its step, the place, how many more it may take.
    More(usize, usize, usize),
    /// A lazy loop: its head, the place at which to try one more iteration.
    Again(usize, usize),
    /// The old value of a slot.
    Old(usize, usize),
}

struct Run<'a, S: ?Sized> {
    program: &'a Program,
    subject: &'a S,
    end: usize,
    slots: Vec<usize>,
    stack: Vec<Entry>,
    n_steps: u32,
}

/// The first match at or behind the start.
pub fn search<S: Subject + ?Sized>(program: &Program, subject: &S, request: Request) -> Res<Option<Found>> {
    let mut run = Run::new(program, subject, request.end);
    let mut at = request.start;
    while at <= request.end {
        if let Some(first) = program.first {
            match (at..request.end).find(|i| run.holds(first, subject.at(*i))) {
                Some(next) => at = next,
                None => return Ok(None),
            }
        }
        let must_advance = request.must_advance && at == request.start;
        if let Some(found) = run.run(at, request.is_full, must_advance)? {
            return Ok(Some(found));
        }
        at += 1;
    }
    Ok(None)
}

/// The match at the start.
pub fn match_at<S: Subject + ?Sized>(program: &Program, subject: &S, request: Request) -> Res<Option<Found>> {
    if request.start > request.end {
        return Ok(None);
    }
    Run::new(program, subject, request.end).run(request.start, request.is_full, request.must_advance)
}

impl<'a, S: Subject + ?Sized> Run<'a, S> {
    fn new(program: &'a Program, subject: &'a S, end: usize) -> Self {
        Self { program, subject, end, slots: vec![UNSET; program.n_slots], stack: Vec::new(), n_steps: 0 }
    }

    #[inline]
    fn holds(&self, unit: Unit, c: u32) -> bool {
        match unit {
            Unit::Char(d) => c == d,
            Unit::Any => c != 10,
            Unit::All => true,
            Unit::Set(set) => self.program.sets[set].holds(c),
        }
    }

    /// Writes a slot; the old value comes back with what lies below it on the stack.
    #[inline]
    fn write(&mut self, slot: usize, value: usize) {
        if !self.stack.is_empty() {
            self.stack.push(Entry::Old(slot, self.slots[slot]));
        }
        self.slots[slot] = value;
    }

    fn tick(&mut self) -> Res<()> {
        self.n_steps = self.n_steps.wrapping_add(1);
        if self.n_steps.is_multiple_of(16384) {
            hooks::poll()?;
            budget::check(self.stack.len(), size_of::<Entry>(), "the matching of a regular expression")?;
        }
        Ok(())
    }

    fn run(&mut self, start: usize, is_full: bool, must_advance: bool) -> Res<Option<Found>> {
        self.stack.clear();
        self.slots.fill(UNSET);
        let program = self.program;
        let (mut pc, mut at) = (0, start);
        loop {
            self.tick()?;
            let next = match &program.ops[pc] {
                Op::One(unit) if at < self.end && self.holds(*unit, self.subject.at(at)) => {
                    at += 1;
                    Some(pc + 1)
                }
                Op::One(_) => None,
                Op::Match => {
                    if (is_full && at != self.end) || (must_advance && at == start) {
                        None
                    } else {
                        let slots = self.slots[..=2 * program.n_groups].to_vec();
                        return Ok(Some(Found { start, end: at, slots }));
                    }
                }
                Op::Repeat(unit, greed, min, max) => {
                    let more = self.repeat(pc, &mut at, *unit, *greed, (*min, *max));
                    more.then_some(pc + 1)
                }
                op => self.step(op, pc, &mut at),
            };
            match next {
                Some(next) => pc = next,
                None => match self.back()? {
                    Some((next, place)) => (pc, at) = (next, place),
                    None => return Ok(None),
                },
            }
        }
    }

    /// Goes back to the last alternative.
    fn back(&mut self) -> Res<Option<(usize, usize)>> {
        loop {
            match self.stack.pop() {
                None => return Ok(None),
                Some(Entry::Old(slot, value)) => self.slots[slot] = value,
                Some(Entry::Other(pc, at)) => return Ok(Some((pc, at))),
                Some(Entry::Fewer(pc, least, before)) => {
                    let Some(at) = self.fewer(pc, least, before) else { continue };
                    if at > least {
                        self.stack.push(Entry::Fewer(pc, least, at));
                    }
                    return Ok(Some((pc, at)));
                }
                Some(Entry::Again(pc, at)) => {
                    let Op::Loop { slot, .. } = self.program.ops[pc] else { continue };
                    self.write(slot, self.slots[slot] + 1);
                    self.write(slot + 1, at);
                    return Ok(Some((pc + 1, at)));
                }
                Some(Entry::More(pc, at, left)) => {
                    self.tick()?;
                    let Op::Repeat(unit, ..) = self.program.ops[pc] else { continue };
                    if at < self.end && self.holds(unit, self.subject.at(at)) {
                        if left > 1 {
                            self.stack.push(Entry::More(pc, at + 1, left - 1));
                        }
                        return Ok(Some((pc + 1, at + 1)));
                    }
                }
            }
        }
    }

    /// The next place, going back, where what follows a greedy repetition can match.
    fn fewer(&self, pc: usize, least: usize, before: usize) -> Option<usize> {
        match self.program.ops[pc] {
            Op::One(unit) => {
                (least..before).rev().find(|i| *i < self.end && self.holds(unit, self.subject.at(*i)))
            }
            _ => before.checked_sub(1).filter(|at| *at >= least),
        }
    }

    /// Repeats one character; false where that fails.
    fn repeat(
        &mut self,
        pc: usize,
        at: &mut usize,
        unit: Unit,
        greed: Greed,
        bounds: (usize, usize),
    ) -> bool {
        let (min, max) = bounds;
        let left = self.end - *at;
        if left < min {
            return false;
        }
        let wanted = if greed == Greed::Lazy { min } else { max.min(left) };
        let stop = *at + wanted;
        let reached = match unit {
            Unit::All => stop,
            unit => (*at..stop).find(|i| !self.holds(unit, self.subject.at(*i))).unwrap_or(stop),
        };
        if reached - *at < min {
            return false;
        }
        let least = *at + min;
        *at = reached;
        match greed {
            Greed::Greedy if reached > least => self.stack.push(Entry::Fewer(pc + 1, least, reached)),
            Greed::Lazy if max > min => self.stack.push(Entry::More(pc, reached, max - min)),
            Greed::Greedy | Greed::Lazy | Greed::Possessive => {}
        }
        true
    }

    /// Takes any other step: the next one, or `None` where it fails.
    fn step(&mut self, op: &Op, pc: usize, at: &mut usize) -> Option<usize> {
        match op {
            Op::At(place, is_unicode) => return self.is_at(*place, *at, *is_unicode).then_some(pc + 1),
            Op::Mark(slot) => self.write(*slot, *at),
            Op::Close(group) => {
                self.write(group * 2 - 1, *at);
                self.write(2 * self.program.n_groups, *group);
            }
            Op::Fork(other) => self.stack.push(Entry::Other(*other, *at)),
            Op::Jump(to) => return Some(*to),
            Op::LoopStart(slot) => {
                self.write(*slot, 0);
                self.write(slot + 1, UNSET);
            }
            Op::Loop { slot, min, max, greed, exit } => {
                return Some(self.next_iteration(pc, *at, *slot, (*min, *max), *greed, *exit));
            }
            Op::Keep(slot) => self.write(*slot, self.stack.len()),
            Op::Commit(slot) => self.commit(self.slots[*slot]),
            Op::Look(slot, back, other) => {
                let Some(from) = at.checked_sub(*back) else { return *other };
                self.write(slot + 1, *at);
                self.write(*slot, self.stack.len());
                if let Some(other) = other {
                    self.stack.push(Entry::Other(*other, *at));
                }
                *at = from;
            }
            Op::LookEnd(slot) => {
                *at = self.slots[slot + 1];
                self.commit(self.slots[*slot]);
            }
            Op::LookWrong(slot) => {
                self.unwind(self.slots[*slot]);
                return None;
            }
            Op::Ref(group, fold) => return self.reference(*group, *fold, at).then_some(pc + 1),
            Op::Unless(group, other) => {
                let (from, to) = (self.slots[group * 2 - 2], self.slots[group * 2 - 1]);
                let is_set = from != UNSET && to != UNSET && from <= to;
                return Some(if is_set { pc + 1 } else { *other });
            }
            Op::One(_) | Op::Repeat(..) | Op::Match => unreachable!("these are taken in the loop"),
        }
        Some(pc + 1)
    }

    /// Drops the alternatives above a height of the stack; what slots held stays.
    fn commit(&mut self, height: usize) {
        let mut kept = height;
        for i in height..self.stack.len() {
            if matches!(self.stack[i], Entry::Old(..)) {
                self.stack.swap(kept, i);
                kept += 1;
            }
        }
        self.stack.truncate(kept);
    }

    /// Drops all above a height of the stack and restores the slots.
    fn unwind(&mut self, height: usize) {
        while self.stack.len() > height {
            if let Some(Entry::Old(slot, value)) = self.stack.pop() {
                self.slots[slot] = value;
            }
        }
    }

    /// At the head of a loop: into the body, or out of it.
    fn next_iteration(
        &mut self,
        pc: usize,
        at: usize,
        slot: usize,
        bounds: (u64, u64),
        greed: Greed,
        exit: usize,
    ) -> usize {
        let count = self.slots[slot];
        let (min, max) = bounds;
        if (count as u64) < min {
            self.write(slot, count + 1);
            if greed == Greed::Possessive {
                self.write(slot + 2, self.stack.len());
            }
            return pc + 1;
        }
        let is_unbounded = max == super::tree::MAX_REPEAT;
        if !(is_unbounded || (count as u64) < max) || self.slots[slot + 1] == at {
            return exit;
        }
        match greed {
            Greed::Lazy => {
                self.stack.push(Entry::Again(pc, at));
                return exit;
            }
            Greed::Possessive => {
                let height = self.stack.len();
                self.stack.push(Entry::Other(exit, at));
                self.write(slot + 2, height);
            }
            Greed::Greedy => self.stack.push(Entry::Other(exit, at)),
        }
        self.write(slot, count + 1);
        self.write(slot + 1, at);
        pc + 1
    }

    fn is_at(&self, place: At, at: usize, is_unicode: bool) -> bool {
        let is_word = |i: usize| is_in(Category::Word, self.subject.at(i), is_unicode);
        match place {
            At::Beginning | At::StringBeginning => at == 0,
            At::LineBeginning => at == 0 || self.subject.at(at - 1) == 10,
            At::End => at == self.end || (at + 1 == self.end && self.subject.at(at) == 10),
            At::LineEnd => at == self.end || self.subject.at(at) == 10,
            At::StringEnd => at == self.end,
            At::Boundary(negate) => {
                if self.end == 0 {
                    return false;
                }
                let before = at > 0 && is_word(at - 1);
                let behind = at < self.end && is_word(at);
                (before != behind) != negate
            }
        }
    }

    fn reference(&self, group: usize, fold: Fold, at: &mut usize) -> bool {
        let (from, to) = (self.slots[group * 2 - 2], self.slots[group * 2 - 1]);
        if from == UNSET || to == UNSET || to < from {
            return false;
        }
        let n = to - from;
        if self.end - *at < n {
            return false;
        }
        let same = (0..n).all(|i| {
            let (a, b) = (self.subject.at(from + i), self.subject.at(*at + i));
            a == b || fold.lower(a) == fold.lower(b)
        });
        if same {
            *at += n;
        }
        same
    }
}
