//! Ranges and slices: structure, length, membership, indexing, and the arithmetic of slices.

use super::{as_index, clamp};
use crate::{Fault, Res, Value, ops};
use num_bigint::BigInt;
use num_integer::Integer;
use num_traits::{Signed, ToPrimitive, Zero};

/// A range. The bounds are [`Value::Int`] or [`Value::BigInt`]; the step is not zero.
pub struct Range {
    /// `start`.
    pub start: Value,
    /// `stop`.
    pub stop: Value,
    /// `step`.
    pub step: Value,
}

/// A slice, its parts as they were given.
pub struct Slice {
    /// `start`.
    pub start: Value,
    /// `stop`.
    pub stop: Value,
    /// `step`.
    pub step: Value,
}

/// An int of any size.
pub(super) fn big(value: &Value) -> BigInt {
    match value {
        Value::Int(n) => BigInt::from(*n),
        Value::BigInt(n) => BigInt::clone(n),
        Value::Bool(b) => BigInt::from(u8::from(*b)),
        _ => BigInt::zero(),
    }
}

impl Range {
    /// Start, stop and step, where all of them fit 64 bits.
    pub fn small(&self) -> Option<(i64, i64, i64)> {
        match (&self.start, &self.stop, &self.step) {
            (Value::Int(a), Value::Int(b), Value::Int(c)) => Some((*a, *b, *c)),
            _ => None,
        }
    }

    /// The number of items.
    pub fn len_big(&self) -> BigInt {
        if let Some((start, stop, step)) = self.small() {
            return BigInt::from(small_len(start, stop, step));
        }
        let (start, stop, step) = (big(&self.start), big(&self.stop), big(&self.step));
        let span = if step.is_positive() { stop - start } else { start - stop };
        if span.is_positive() { span.div_ceil(&step.abs()) } else { BigInt::zero() }
    }

    /// The number of items, where it fits 63 bits.
    pub fn len_small(&self) -> Option<usize> {
        match self.small() {
            Some((start, stop, step)) => {
                usize::try_from(small_len(start, stop, step)).ok().filter(|n| *n <= i64::MAX as usize)
            }
            None => self.len_big().to_usize().filter(|n| *n <= i64::MAX as usize),
        }
    }

    /// Has it no items.
    pub fn is_empty(&self) -> bool {
        self.len_big().is_zero()
    }

    /// The item at a place that exists.
    pub fn at(&self, idx: usize) -> Value {
        if let Some((start, _, step)) = self.small() {
            return Value::int128(i128::from(start) + i128::from(step) * idx as i128);
        }
        Value::big(big(&self.start) + big(&self.step) * BigInt::from(idx))
    }

    /// Is this int an item, and at which place.
    pub fn place_of(&self, item: &Value) -> Option<Value> {
        if let (Some((start, stop, step)), Value::Int(n)) = (self.small(), item) {
            let inside = if step > 0 { start <= *n && *n < stop } else { stop < *n && *n <= start };
            let offset = i128::from(*n) - i128::from(start);
            return (inside && offset % i128::from(step) == 0)
                .then(|| Value::int128(offset / i128::from(step)));
        }
        let (n, start, stop, step) = (big(item), big(&self.start), big(&self.stop), big(&self.step));
        let inside = if step.is_positive() { start <= n && n < stop } else { stop < n && n <= start };
        let (place, rest) = (n - start).div_rem(&step);
        (inside && rest.is_zero()).then(|| Value::big(place))
    }

    /// What equality and hashing look at: the length; the start where there are items; the step where there are several.
    pub fn identity(&self) -> [Value; 3] {
        let len = self.len_big();
        let start = if len.is_zero() { Value::None } else { self.start.clone() };
        let step = if len <= BigInt::from(1) { Value::None } else { self.step.clone() };
        [Value::big(len), start, step]
    }

    /// `range[index]`.
    pub(super) fn item(&self, idx: &Value) -> Res {
        let out = || Fault::index_error("range object index out of range");
        if let (Value::Int(i), Some(len)) = (idx, self.len_small()) {
            let len = i64::try_from(len).unwrap_or(i64::MAX);
            let at = if *i < 0 { i.saturating_add(len) } else { *i };
            return match usize::try_from(at) {
                Ok(at) if at < usize::try_from(len).unwrap_or(usize::MAX) => Ok(self.at(at)),
                _ => Err(out()),
            };
        }
        let len = self.len_big();
        let idx = big(idx);
        let at = if idx.is_negative() { idx + &len } else { idx };
        if at.is_negative() || at >= len {
            return Err(out());
        }
        Ok(Value::big(big(&self.start) + big(&self.step) * at))
    }

    /// `range[slice]`, a range.
    pub(super) fn slice(&self, slice: &Slice) -> Res<Self> {
        let (from, to, by) = indices_big(slice, &self.len_big())?;
        let (start, step) = (big(&self.start), big(&self.step));
        Ok(Self {
            start: Value::big(&start + &step * from),
            stop: Value::big(start + &step * to),
            step: Value::big(step * by),
        })
    }
}

fn small_len(start: i64, stop: i64, step: i64) -> u128 {
    let span =
        if step > 0 { i128::from(stop) - i128::from(start) } else { i128::from(start) - i128::from(stop) };
    match u128::try_from(span) {
        Ok(span) => span.div_ceil(u128::from(step.unsigned_abs())),
        Err(_) => 0,
    }
}

/// `range(stop)`, `range(start, stop)`, `range(start, stop, step)`.
pub fn construct_range(args: &crate::Args<'_>) -> Res {
    args.no_keywords("range")?;
    super::arity("range", args.pos.len(), 1, 3)?;
    let (start, stop, step) = match args.pos {
        [stop] => (Value::Int(0), ops_index(stop)?, Value::Int(1)),
        [start, stop] => (ops_index(start)?, ops_index(stop)?, Value::Int(1)),
        [start, stop, step, ..] => (ops_index(start)?, ops_index(stop)?, ops_index(step)?),
        [] => unreachable!("the number of arguments was checked"),
    };
    if matches!(step, Value::Int(0)) {
        return Err(Fault::value_error("range() arg 3 must not be zero"));
    }
    Ok(Value::Range(crate::Ref::new(Range { start, stop, step })))
}

fn ops_index(value: &Value) -> Res {
    match value {
        Value::Int(_) => Ok(value.clone()),
        _ => ops::index(value),
    }
}

/// `slice(stop)`, `slice(start, stop)`, `slice(start, stop, step)`.
pub fn construct_slice(args: &crate::Args<'_>) -> Res {
    args.no_keywords("slice")?;
    super::arity("slice", args.pos.len(), 1, 3)?;
    let none = || Value::None;
    let slice = match args.pos {
        [stop] => Slice { start: none(), stop: stop.clone(), step: none() },
        [start, stop] => Slice { start: start.clone(), stop: stop.clone(), step: none() },
        [start, stop, step, ..] => Slice { start: start.clone(), stop: stop.clone(), step: step.clone() },
        [] => unreachable!("the number of arguments was checked"),
    };
    Ok(Value::Slice(crate::Ref::new(slice)))
}

fn part(value: &Value) -> Res<Option<Value>> {
    match value {
        Value::None => Ok(None),
        Value::Int(_) => Ok(Some(value.clone())),
        _ => match as_index(value)? {
            Some(n) => Ok(Some(n)),
            None => {
                Err(Fault::type_error("slice indices must be integers or None or have an __index__ method"))
            }
        },
    }
}

fn step_zero() -> Fault {
    Fault::value_error("slice step cannot be zero")
}

/// Start, stop and step of a slice over this many items, as `PySlice_AdjustIndices` gives them.
pub fn slice_indices(slice: &Slice, len: usize) -> Res<(i64, i64, i64)> {
    let step = match part(&slice.step)? {
        None => 1,
        Some(step) => clamp(&step).max(-i64::MAX),
    };
    if step == 0 {
        return Err(step_zero());
    }
    let len = i64::try_from(len).unwrap_or(i64::MAX);
    let (low, high) = if step < 0 { (-1, len - 1) } else { (0, len) };
    let bound = |value: &Value, default: i64| -> Res<i64> {
        Ok(match part(value)? {
            None => default,
            Some(n) => {
                let n = clamp(&n);
                if n < 0 { n.saturating_add(len).max(low) } else { n.min(high) }
            }
        })
    };
    let start = bound(&slice.start, if step < 0 { high } else { low })?;
    let stop = bound(&slice.stop, if step < 0 { low } else { high })?;
    Ok((start, stop, step))
}

/// How many items such a slice has.
pub fn slice_len(start: i64, stop: i64, step: i64) -> usize {
    usize::try_from(small_len(start, stop, step)).unwrap_or(usize::MAX)
}

/// [`slice_indices`] over any length: `slice.indices` and slices of long ranges.
pub(super) fn indices_big(slice: &Slice, len: &BigInt) -> Res<(BigInt, BigInt, BigInt)> {
    let step = part(&slice.step)?.map_or_else(|| BigInt::from(1), |s| big(&s));
    if step.is_zero() {
        return Err(step_zero());
    }
    let (low, high) =
        if step.is_negative() { (BigInt::from(-1), len - 1_i32) } else { (BigInt::zero(), len.clone()) };
    let bound = |value: &Value, default: &BigInt| -> Res<BigInt> {
        Ok(match part(value)? {
            None => default.clone(),
            Some(n) => {
                let n = big(&n);
                if n.is_negative() { (n + len).max(low.clone()) } else { n.min(high.clone()) }
            }
        })
    };
    let start = bound(&slice.start, if step.is_negative() { &high } else { &low })?;
    let stop = bound(&slice.stop, if step.is_negative() { &low } else { &high })?;
    Ok((start, stop, step))
}
