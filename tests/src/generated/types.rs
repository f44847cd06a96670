//! The types of the programs that are made.

use super::random::Random;

/// A type of values. A promise of the generator to itself, no more: a program may break it, and both sides then raise the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ty {
    /// `int`, of any size.
    Int,
    /// `int`, small enough to count with.
    Small,
    /// `bool`.
    Bool,
    /// `float`.
    Float,
    /// `complex`.
    Complex,
    /// `str`.
    Str,
    /// `bytes`.
    Bytes,
    /// `None`.
    Nil,
    /// Any of `int`, `bool`, `float`: which one changes as the program runs.
    Num,
    /// Anything but a set.
    Any,
    /// A tuple of these.
    Tuple(Vec<Ty>),
    /// A tuple of any length.
    Many(Box<Ty>),
    /// A list.
    List(Box<Ty>),
    /// A dict.
    Dict(Box<Ty>, Box<Ty>),
    /// A set.
    Set(Box<Ty>),
    /// A frozen set.
    Frozen(Box<Ty>),
    /// `range`.
    Range,
    /// `slice`.
    Slice,
    /// An instance of the class of this number.
    Object(usize),
}

impl Ty {
    /// A list of these.
    pub fn list(item: Self) -> Self {
        Self::List(Box::new(item))
    }

    /// May a value of the type `have` stand where this is wanted.
    pub fn takes(&self, have: &Self) -> bool {
        match self {
            Self::Int => matches!(have, Self::Int | Self::Small),
            Self::Num => matches!(have, Self::Int | Self::Small | Self::Bool | Self::Float | Self::Num),
            Self::Any => !matches!(have, Self::Set(_) | Self::Frozen(_)),
            _ => self == have,
        }
    }

    /// A type without parts.
    pub fn scalar(random: &mut Random) -> Self {
        let all = [
            Self::Int,
            Self::Int,
            Self::Int,
            Self::Float,
            Self::Float,
            Self::Str,
            Self::Str,
            Self::Bool,
            Self::Num,
            Self::Bytes,
            Self::Complex,
            Self::Nil,
        ];
        random.pick(&all).clone()
    }

    /// A type of keys: hashable, and equal only where it looks so.
    pub fn key(random: &mut Random) -> Self {
        let pair = Self::Tuple(vec![Self::Int, Self::Str]);
        random
            .pick(&[Self::Int, Self::Int, Self::Str, Self::Str, Self::Bool, Self::Num, Self::Float, pair])
            .clone()
    }

    /// A type whose values have an order.
    pub fn ordered(random: &mut Random) -> Self {
        let pair = Self::Tuple(vec![Self::Int, Self::Str]);
        random.pick(&[Self::Int, Self::Int, Self::Str, Self::Float, Self::Num, Self::Bytes, pair]).clone()
    }

    /// Any type, nested to this depth.
    pub fn any(random: &mut Random, depth: usize) -> Self {
        if depth == 0 || random.chance(45) {
            return Self::scalar(random);
        }
        match random.below(12) {
            0..=3 => Self::list(Self::any(random, depth - 1)),
            4 | 5 => Self::Tuple((0..random.between(1, 3)).map(|_| Self::any(random, depth - 1)).collect()),
            6 => Self::Many(Box::new(Self::any(random, depth - 1))),
            7 | 8 => Self::Dict(Box::new(Self::key(random)), Box::new(Self::any(random, depth - 1))),
            9 => Self::Range,
            10 => Self::Any,
            _ => Self::scalar(random),
        }
    }

    /// A type for a variable: sets too.
    pub fn variable(random: &mut Random) -> Self {
        match random.below(16) {
            0 => Self::Set(Box::new(Self::key(random))),
            1 => Self::Frozen(Box::new(Self::key(random))),
            _ => Self::any(random, 2),
        }
    }
}
