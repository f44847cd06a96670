//! What ranges come to: the kinds of accumulators.

/// What becomes of the elements of a range.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reduce {
    /// A list of them, in order.
    List,
    /// The sum of ints.
    SumInt,
    /// The exact sum of floats.
    SumFloat,
    /// Is any true.
    Any,
    /// Are all true.
    All,
    /// The least int.
    MinInt,
    /// The greatest int.
    MaxInt,
    /// The least float.
    MinFloat,
    /// The greatest float.
    MaxFloat,
    /// A set.
    Set,
    /// A dict.
    Dict,
    /// The sum, in order, of values of any kind.
    SumAny,
    /// The least of values of any kind.
    MinAny,
    /// The greatest of values of any kind.
    MaxAny,
    /// A list of ints.
    Ints,
    /// A list of floats.
    Floats,
    /// A list of ints, one for each index.
    EachInt,
    /// A list of floats, one for each index.
    EachFloat,
    /// A `Counter` of values of any kind.
    Count,
    /// A `Counter` of ints.
    CountInt,
    /// The texts as one, with a separator between them.
    Join,
    /// A `Counter` of the words of a text.
    CountWords,
    /// What the variables of a loop come to, each in its own way: a tuple.
    Fold,
    /// The least of values in an order that is total but for NaN.
    MinTotal,
    /// The greatest of values in an order that is total but for NaN.
    MaxTotal,
    /// Of pairs, what stands behind the least in such an order.
    MinKeyed,
    /// Of pairs, what stands behind the greatest in such an order.
    MaxKeyed,
}

impl Reduce {
    /// All kinds, by the number that compiled code gives.
    pub const ALL: [Self; 27] = [
        Self::List,
        Self::SumInt,
        Self::SumFloat,
        Self::Any,
        Self::All,
        Self::MinInt,
        Self::MaxInt,
        Self::MinFloat,
        Self::MaxFloat,
        Self::Set,
        Self::Dict,
        Self::SumAny,
        Self::MinAny,
        Self::MaxAny,
        Self::Ints,
        Self::Floats,
        Self::EachInt,
        Self::EachFloat,
        Self::Count,
        Self::CountInt,
        Self::Join,
        Self::CountWords,
        Self::Fold,
        Self::MinTotal,
        Self::MaxTotal,
        Self::MinKeyed,
        Self::MaxKeyed,
    ];

    /// A number of a kind has at most so many bits.
    pub const BITS: u32 = 8;

    /// The number by which compiled code names it.
    pub fn number(self) -> i64 {
        Self::ALL.iter().position(|k| *k == self).and_then(|n| i64::try_from(n).ok()).unwrap_or(0)
    }

    pub(super) fn is_max(self) -> bool {
        matches!(self, Self::MaxInt | Self::MaxFloat | Self::MaxAny | Self::MaxTotal | Self::MaxKeyed)
    }

    /// How a body that is compiled for ints of any size gathers its elements, for [`Acc::take_in`].
    #[must_use]
    pub fn wide(self) -> Self {
        match self {
            Self::Any
            | Self::All
            | Self::Set
            | Self::Dict
            | Self::Count
            | Self::Join
            | Self::CountWords
            | Self::Fold => self,
            Self::CountInt => Self::Count,
            _ => Self::List,
        }
    }

    /// The same for all kinds that give the same value, whatever is known of the elements.
    #[must_use]
    pub fn family(self) -> Self {
        match self {
            Self::SumInt | Self::SumFloat | Self::SumAny => Self::SumAny,
            Self::MinInt | Self::MinFloat | Self::MinAny | Self::MinTotal => Self::MinAny,
            Self::MaxInt | Self::MaxFloat | Self::MaxAny | Self::MaxTotal => Self::MaxAny,
            Self::Ints | Self::Floats | Self::EachInt | Self::EachFloat => Self::List,
            Self::CountInt => Self::Count,
            _ => self,
        }
    }

    /// How many elements a strip may have: what it writes is taken from there at its end, and should be in the cache still.
    pub(super) fn most_elements(self) -> i64 {
        if matches!(self, Self::SumFloat | Self::CountInt) { 1 << 13 } else { i64::MAX }
    }

    /// Is only the best kept of what a list gathers.
    pub(super) fn keeps_best(self) -> bool {
        matches!(self, Self::MinTotal | Self::MaxTotal | Self::MinKeyed | Self::MaxKeyed)
    }

    /// Are the elements gathered in a list, and combined in order when all are there.
    pub(super) fn is_deferred(self) -> bool {
        matches!(self, Self::SumAny | Self::MinAny | Self::MaxAny)
    }
}
