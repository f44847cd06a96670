//! The tree of a pattern, the widths of its parts, and why a pattern is refused.

use afar_runtime::{Fault, Res};

/// `re.IGNORECASE`.
pub const IGNORECASE: u32 = 2;
/// `re.LOCALE`.
pub const LOCALE: u32 = 4;
/// `re.MULTILINE`.
pub const MULTILINE: u32 = 8;
/// `re.DOTALL`.
pub const DOTALL: u32 = 16;
/// `re.UNICODE`.
pub const UNICODE: u32 = 32;
/// `re.VERBOSE`.
pub const VERBOSE: u32 = 64;
/// `re.DEBUG`.
pub const DEBUG: u32 = 128;
/// `re.ASCII`.
pub const ASCII: u32 = 256;
/// `re.TEMPLATE`.
pub const TEMPLATE: u32 = 1;
/// The flags of which a pattern has one.
pub const TYPE_FLAGS: u32 = ASCII | LOCALE | UNICODE;

/// No upper bound of a repetition.
pub const MAX_REPEAT: u64 = 4_294_967_295;
/// A width without an upper bound.
pub const MAX_WIDTH: u128 = 1 << 64;

/// Why a pattern or template is refused.
pub enum Wrong {
    /// `re.error`, with its message and position.
    Pattern(String, Option<usize>),
    /// Any other fault.
    Other(Fault),
}

impl From<Fault> for Wrong {
    fn from(fault: Fault) -> Self {
        Self::Other(fault)
    }
}

/// The result of parsing.
pub type Parsed<T> = Result<T, Wrong>;

/// A class of characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Category {
    /// `\d`.
    Digit,
    /// `\s`.
    Space,
    /// `\w`.
    Word,
}

/// A part of a character set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Item {
    /// One character.
    Lit(u32),
    /// A range, both ends in it.
    Range(u32, u32),
    /// A class, or all that is not in it.
    Class(Category, bool),
}

/// A place in the subject.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum At {
    /// `^`.
    Beginning,
    /// `^` with `re.MULTILINE`.
    LineBeginning,
    /// `$`.
    End,
    /// `$` with `re.MULTILINE`.
    LineEnd,
    /// `\A`.
    StringBeginning,
    /// `\Z`.
    StringEnd,
    /// `\b`; `\B` with true.
    Boundary(bool),
}

/// How often a repetition tries to match.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Greed {
    /// As often as it can.
    Greedy,
    /// As rarely as it can.
    Lazy,
    /// As often as it can, for good.
    Possessive,
}

/// A sequence of parts.
pub type Seq = Vec<Node>;

/// A part of a pattern.
#[derive(Clone, Debug)]
pub enum Node {
    /// One character.
    Lit(u32),
    /// Any character but this one.
    NotLit(u32),
    /// `.`.
    Any,
    /// A character of a set, or one that is not in it.
    In(bool, Vec<Item>),
    /// A place.
    At(At),
    /// Alternatives.
    Branch(Vec<Seq>),
    /// A repetition: from, to.
    Repeat(Greed, u64, u64, Seq),
    /// A group: its number, the flags that it adds and removes.
    Group(Option<usize>, u32, u32, Seq),
    /// `(?>...)`.
    Atomic(Seq),
    /// A reference back to a group.
    Ref(usize),
    /// `(?(1)yes|no)`.
    Cond(usize, Seq, Seq),
    /// A look ahead or behind.
    Look {
        /// Does it look behind.
        behind: bool,
        /// Must it not match.
        negative: bool,
        /// What it looks for.
        seq: Seq,
    },
}

impl Node {
    /// Are they the same, for the parts that are moved out of alternatives.
    pub fn same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Lit(a), Self::Lit(b)) | (Self::NotLit(a), Self::NotLit(b)) => a == b,
            (Self::Any, Self::Any) => true,
            (Self::In(a, s), Self::In(b, t)) => a == b && s == t,
            (Self::At(a), Self::At(b)) => a == b,
            (Self::Ref(a), Self::Ref(b)) => a == b,
            _ => false,
        }
    }
}

/// The least and greatest width of a sequence; `groups` has those of the groups that are closed.
pub fn width(seq: &[Node], groups: &[Option<(u128, u128)>]) -> (u128, u128) {
    let (mut lo, mut hi) = (0_u128, 0_u128);
    for node in seq {
        let (i, j) = match node {
            Node::Lit(_) | Node::NotLit(_) | Node::Any | Node::In(..) => (1, 1),
            Node::At(_) | Node::Look { .. } => (0, 0),
            Node::Branch(parts) => {
                let mut all = (MAX_WIDTH, 0);
                for part in parts {
                    let (i, j) = width(part, groups);
                    all = (all.0.min(i), all.1.max(j));
                }
                all
            }
            Node::Repeat(_, min, max, seq) => {
                let (i, j) = width(seq, groups);
                let most =
                    if *max == MAX_REPEAT && j > 0 { MAX_WIDTH } else { j.saturating_mul(u128::from(*max)) };
                (i.saturating_mul(u128::from(*min)), most)
            }
            Node::Group(_, _, _, seq) | Node::Atomic(seq) => width(seq, groups),
            Node::Ref(group) => groups.get(*group).copied().flatten().unwrap_or((0, 0)),
            Node::Cond(_, yes, no) => {
                let ((i, j), (l, h)) = (width(yes, groups), width(no, groups));
                (i.min(l), j.max(h))
            }
        };
        lo = lo.saturating_add(i);
        hi = hi.saturating_add(j);
    }
    (lo.min(MAX_WIDTH), hi.min(MAX_WIDTH))
}

/// The flags of a pattern of text or bytes, checked.
pub fn fix_flags(is_text: bool, flags: u32) -> Res<u32> {
    let wrong = |message: &str| Err(Fault::value_error(message));
    if is_text {
        if flags & LOCALE != 0 {
            return wrong("cannot use LOCALE flag with a str pattern");
        }
        if flags & ASCII == 0 {
            return Ok(flags | UNICODE);
        }
        if flags & UNICODE != 0 {
            return wrong("ASCII and UNICODE flags are incompatible");
        }
        return Ok(flags);
    }
    if flags & UNICODE != 0 {
        return wrong("cannot use UNICODE flag with a bytes pattern");
    }
    if flags & LOCALE != 0 {
        return Err(Fault::not_pure("`re.LOCALE` depends on the machine: leave it out"));
    }
    Ok(flags)
}
