//! From the tree of a pattern to the steps that the matcher takes.

use super::charset::{Fold, Set};
use super::tree::{
    ASCII, At, DOTALL, Greed, IGNORECASE, Item, MAX_REPEAT, MULTILINE, Node, Parsed, TYPE_FLAGS, UNICODE,
    Wrong, width,
};
use afar_runtime::Fault;

/// What one character is compared with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// This character.
    Char(u32),
    /// Any but a line feed.
    Any,
    /// Any.
    All,
    /// Those of a set.
    Set(usize),
}

/// A step. Targets are places in [`Program::ops`], slots are registers that going back restores.
#[derive(Clone, Debug)]
pub enum Op {
    /// One character.
    One(Unit),
    /// A place; the flag says whether words are those of Unicode.
    At(At, bool),
    /// Notes the place in a slot.
    Mark(usize),
    /// A group is closed: notes the place and the number of the group.
    Close(usize),
    /// Tries the next step, then this one.
    Fork(usize),
    /// Goes on there.
    Jump(usize),
    /// One character, repeated.
    Repeat(Unit, Greed, usize, usize),
    /// Before a loop: its count is zero.
    LoopStart(usize),
    /// The head of a loop, whose body follows.
    Loop {
        /// Its slots: the count, the place of the last iteration, the height of the stack.
        slot: usize,
        /// The least count.
        min: u64,
        /// The greatest count.
        max: u64,
        /// How it repeats.
        greed: Greed,
        /// Where it goes on.
        exit: usize,
    },
    /// Notes the height of the stack.
    Keep(usize),
    /// Forgets the alternatives since the height was noted.
    Commit(usize),
    /// Starts a look: its slot for the height and, behind it, the place; how far it goes back; where to go on if it is
    /// negative and nothing matches.
    Look(usize, usize, Option<usize>),
    /// Ends a look that found what it wants.
    LookEnd(usize),
    /// Ends a negative look that found what it does not want.
    LookWrong(usize),
    /// What a group matched.
    Ref(usize, Fold),
    /// Goes there unless the group matched.
    Unless(usize, usize),
    /// The end of the pattern.
    Match,
}

/// The steps of a pattern.
#[derive(Debug)]
pub struct Program {
    /// The steps.
    pub ops: Vec<Op>,
    /// The sets that they name.
    pub sets: Vec<Set>,
    /// The number of groups, the whole match not counted.
    pub n_groups: usize,
    /// How many slots there are: two for each group, then the number of the last group, then those of loops and looks.
    pub n_slots: usize,
    /// What the first character must be, where that is known.
    pub first: Option<Unit>,
}

/// Makes the steps of a pattern. `groups` has the widths of its groups.
pub fn compile(seq: &[Node], flags: u32, groups: &[Option<(u128, u128)>]) -> Parsed<Program> {
    let n_groups = groups.len() - 1;
    let program =
        Program { ops: Vec::new(), sets: Vec::new(), n_groups, n_slots: 2 * n_groups + 1, first: None };
    let mut maker = Maker { program, groups };
    maker.seq(seq, flags)?;
    let mut program = maker.program;
    program.ops.push(Op::Match);
    program.first = first_unit(&program.ops);
    Ok(program)
}

fn first_unit(ops: &[Op]) -> Option<Unit> {
    for op in ops {
        match op {
            Op::Mark(_) => {}
            Op::One(unit) => return Some(*unit),
            Op::Repeat(unit, _, min, _) if *min > 0 => return Some(*unit),
            _ => return None,
        }
    }
    None
}

/// Is there a group with a number that a match of the sequence may leave out.
fn has_optional_group(seq: &[Node], is_optional: bool) -> bool {
    seq.iter().any(|node| match node {
        Node::Group(group, _, _, seq) => {
            is_optional && group.is_some() || has_optional_group(seq, is_optional)
        }
        Node::Atomic(seq) => has_optional_group(seq, is_optional),
        Node::Repeat(_, min, max, seq) => has_optional_group(seq, is_optional || min != max),
        Node::Branch(parts) => parts.iter().any(|part| has_optional_group(part, true)),
        Node::Cond(_, yes, no) => has_optional_group(yes, true) || has_optional_group(no, true),
        Node::Look { seq, .. } => has_optional_group(seq, true),
        Node::Lit(_) | Node::NotLit(_) | Node::Any | Node::In(..) | Node::At(_) | Node::Ref(_) => false,
    })
}

struct Maker<'a> {
    program: Program,
    groups: &'a [Option<(u128, u128)>],
}

fn fold_of(flags: u32) -> Fold {
    match (flags & IGNORECASE != 0, flags & UNICODE != 0) {
        (false, _) => Fold::None,
        (true, true) => Fold::Unicode,
        (true, false) => Fold::Ascii,
    }
}

fn combine(flags: u32, add: u32, remove: u32) -> u32 {
    let kept = if add & TYPE_FLAGS != 0 { flags & !TYPE_FLAGS } else { flags };
    (kept | add) & !remove
}

impl Maker<'_> {
    fn here(&self) -> usize {
        self.program.ops.len()
    }

    fn emit(&mut self, op: Op) -> usize {
        self.program.ops.push(op);
        self.here() - 1
    }

    fn slots(&mut self, n: usize) -> usize {
        self.program.n_slots += n;
        self.program.n_slots - n
    }

    fn set(&mut self, set: Set) -> Unit {
        self.program.sets.push(set);
        Unit::Set(self.program.sets.len() - 1)
    }

    fn seq(&mut self, seq: &[Node], flags: u32) -> Parsed<()> {
        seq.iter().try_for_each(|node| self.node(node, flags))
    }

    /// What a node compares one character with; `None` where it is more than that.
    fn unit(&mut self, node: &Node, flags: u32) -> Option<Unit> {
        let fold = fold_of(flags);
        let is_unicode = flags & UNICODE != 0 && flags & ASCII == 0;
        Some(match node {
            Node::Lit(c) => self.literal(*c, false, fold),
            Node::NotLit(c) => self.literal(*c, true, fold),
            Node::In(negate, items) => self.set(Set::new(*negate, items, fold, is_unicode)),
            Node::Any if flags & DOTALL != 0 => Unit::All,
            Node::Any => Unit::Any,
            _ => return None,
        })
    }

    fn literal(&mut self, c: u32, negate: bool, fold: Fold) -> Unit {
        if !fold.is_cased(c) {
            return if negate {
                self.set(Set::new(true, &[Item::Lit(c)], Fold::None, true))
            } else {
                Unit::Char(c)
            };
        }
        let lower = fold.lower(c);
        let mut chars = vec![lower];
        chars.extend_from_slice(fold.extra(lower));
        self.set(Set::of_lower(negate, &chars, fold))
    }

    /// The one character that a sequence is.
    fn simple(&mut self, seq: &[Node], flags: u32) -> Option<Unit> {
        match seq {
            [Node::Group(None, add, remove, inner)] => self.simple(inner, combine(flags, *add, *remove)),
            [node] => self.unit(node, flags),
            _ => None,
        }
    }

    fn node(&mut self, node: &Node, flags: u32) -> Parsed<()> {
        if let Some(unit) = self.unit(node, flags) {
            self.emit(Op::One(unit));
            return Ok(());
        }
        match node {
            Node::At(at) => self.at(*at, flags),
            Node::Branch(parts) => return self.branch(parts, flags),
            Node::Repeat(greed, min, max, seq) => return self.repeat(*greed, *min, *max, seq, flags),
            Node::Group(group, add, remove, seq) => {
                let flags = combine(flags, *add, *remove);
                if let Some(group) = group {
                    self.emit(Op::Mark((group - 1) * 2));
                }
                self.seq(seq, flags)?;
                if let Some(group) = group {
                    self.emit(Op::Close(*group));
                }
            }
            Node::Atomic(seq) => {
                let slot = self.slots(1);
                self.emit(Op::Keep(slot));
                self.seq(seq, flags)?;
                self.emit(Op::Commit(slot));
            }
            Node::Ref(group) => {
                self.emit(Op::Ref(*group, fold_of(flags)));
            }
            Node::Cond(group, yes, no) => {
                let test = self.emit(Op::Unless(*group, 0));
                self.seq(yes, flags)?;
                let jump = self.emit(Op::Jump(0));
                let other = self.here();
                self.seq(no, flags)?;
                let end = self.here();
                self.program.ops[test] = Op::Unless(*group, other);
                self.program.ops[jump] = Op::Jump(end);
            }
            Node::Look { behind, negative, seq } => return self.look(*behind, *negative, seq, flags),
            Node::Lit(_) | Node::NotLit(_) | Node::Any | Node::In(..) => {}
        }
        Ok(())
    }

    fn at(&mut self, at: At, flags: u32) {
        let at = match at {
            At::Beginning if flags & MULTILINE != 0 => At::LineBeginning,
            At::End if flags & MULTILINE != 0 => At::LineEnd,
            at => at,
        };
        self.emit(Op::At(at, flags & UNICODE != 0));
    }

    fn branch(&mut self, parts: &[Vec<Node>], flags: u32) -> Parsed<()> {
        let mut jumps = Vec::new();
        for (i, part) in parts.iter().enumerate() {
            if i + 1 == parts.len() {
                self.seq(part, flags)?;
                break;
            }
            let fork = self.emit(Op::Fork(0));
            self.seq(part, flags)?;
            jumps.push(self.emit(Op::Jump(0)));
            self.program.ops[fork] = Op::Fork(self.here());
        }
        let end = self.here();
        for jump in jumps {
            self.program.ops[jump] = Op::Jump(end);
        }
        Ok(())
    }

    fn repeat(&mut self, greed: Greed, min: u64, max: u64, seq: &[Node], flags: u32) -> Parsed<()> {
        if let Some(unit) = self.simple(seq, flags) {
            let bound =
                |n: u64| if n == MAX_REPEAT { usize::MAX } else { usize::try_from(n).unwrap_or(usize::MAX) };
            self.emit(Op::Repeat(unit, greed, bound(min), bound(max)));
            return Ok(());
        }
        if greed == Greed::Possessive && max > 1 && has_optional_group(seq, false) {
            // CPython forgets to restore such a group in some cases; which ones is an accident of its implementation.
            let message = "a group that may be skipped in a possessive repetition, as in `(?:(a)|b)++`, is not supported";
            return Err(Fault::not_pure(message).into());
        }
        let slot = self.slots(3);
        self.emit(Op::LoopStart(slot));
        let head = self.emit(Op::Jump(0));
        self.seq(seq, flags)?;
        if greed == Greed::Possessive {
            self.emit(Op::Commit(slot + 2));
        }
        self.emit(Op::Jump(head));
        let exit = self.here();
        self.program.ops[head] = Op::Loop { slot, min, max, greed, exit };
        Ok(())
    }

    fn look(&mut self, behind: bool, negative: bool, seq: &[Node], flags: u32) -> Parsed<()> {
        let mut back = 0;
        if behind {
            let (lo, hi) = width(seq, self.groups);
            if lo > u128::from(MAX_REPEAT) {
                return Err(Wrong::Pattern("looks too much behind".into(), None));
            }
            if lo != hi {
                return Err(Wrong::Pattern("look-behind requires fixed-width pattern".into(), None));
            }
            back = usize::try_from(lo).unwrap_or(usize::MAX);
        }
        let slot = self.slots(2);
        let start = self.emit(Op::Look(slot, back, None));
        self.seq(seq, flags)?;
        if negative {
            self.emit(Op::LookWrong(slot));
            self.program.ops[start] = Op::Look(slot, back, Some(self.here()));
        } else {
            self.emit(Op::LookEnd(slot));
        }
        Ok(())
    }
}
