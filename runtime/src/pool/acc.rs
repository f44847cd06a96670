//! What a part of a range comes to, and how two parts become one.

use crate::collections::{Dict, Items, List, Set};
use crate::number::exact_sum::ExactSum;
use crate::ops::{self, BinOp};
use crate::{Args, Fault, Ref, Res, Value, iter};

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
}

impl Reduce {
    /// All kinds, by the number that compiled code gives.
    pub const ALL: [Self; 14] = [
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
    ];

    /// The number by which compiled code names it.
    pub fn number(self) -> i64 {
        Self::ALL.iter().position(|k| *k == self).and_then(|n| i64::try_from(n).ok()).unwrap_or(0)
    }

    fn is_max(self) -> bool {
        matches!(self, Self::MaxInt | Self::MaxFloat | Self::MaxAny)
    }

    /// How a body that is compiled for ints of any size gathers its elements, for [`Acc::take_in`].
    #[must_use]
    pub fn wide(self) -> Self {
        match self {
            Self::Any | Self::All | Self::Set | Self::Dict => self,
            _ => Self::List,
        }
    }

    /// The same for all kinds that give the same value, whatever is known of the elements.
    #[must_use]
    pub fn family(self) -> Self {
        match self {
            Self::SumInt | Self::SumFloat | Self::SumAny => Self::SumAny,
            Self::MinInt | Self::MinFloat | Self::MinAny => Self::MinAny,
            Self::MaxInt | Self::MaxFloat | Self::MaxAny => Self::MaxAny,
            _ => self,
        }
    }

    /// Are the elements gathered in a list, and combined in order when all are there.
    pub(super) fn is_deferred(self) -> bool {
        matches!(self, Self::SumAny | Self::MinAny | Self::MaxAny)
    }
}

/// The state of an accumulator before a strip.
#[expect(clippy::large_enum_variant, reason = "there is one a strip, on the stack")]
pub(super) enum Mark {
    /// The strip writes it at its end only.
    Untouched,
    /// This many elements.
    Len(usize),
    /// This sum of floats; how many there were is written at the end.
    Sum(ExactSum),
}

/// The state of one part of a range. Compiled code reads and writes it between strips.
#[repr(C)]
pub struct Acc {
    /// The list, set or dict that is being built; the sum, the least or the greatest so far.
    pub value: Value,
    /// How many elements there were, for `SumFloat`.
    pub count: i64,
    /// For `Any` and `All`: decided. For the least and greatest: there is one.
    pub flag: i64,
    /// For `SumFloat`.
    pub sum: ExactSum,
    /// For sums, the least and the greatest of ints: what did not fit `value`, to be combined with it.
    spill: Option<Value>,
}

impl Acc {
    /// Offset of the payload of `value`.
    pub const PAYLOAD: usize = std::mem::offset_of!(Acc, value) + 8;
    /// Offset of `count`.
    pub const COUNT: usize = std::mem::offset_of!(Acc, count);
    /// Offset of `flag`.
    pub const FLAG: usize = std::mem::offset_of!(Acc, flag);
    /// Offset of `sum`.
    pub const SUM: usize = std::mem::offset_of!(Acc, sum);

    /// Nothing yet.
    pub fn new(kind: Reduce) -> Self {
        let value = match kind {
            Reduce::List | Reduce::SumAny | Reduce::MinAny | Reduce::MaxAny => Value::list(Vec::new()),
            Reduce::SumInt | Reduce::MinInt | Reduce::MaxInt => Value::Int(0),
            Reduce::MinFloat | Reduce::MaxFloat => Value::Float(0.0),
            Reduce::Set => Value::Set(Ref::new(Set::new(false))),
            Reduce::Dict => Value::Dict(Ref::new(Dict::new())),
            Reduce::SumFloat | Reduce::Any | Reduce::All => Value::None,
        };
        Self { value, count: 0, flag: 0, sum: ExactSum::new(), spill: None }
    }

    /// What [`Acc::roll_back`] needs to know.
    pub(super) fn mark(&self, kind: Reduce) -> Mark {
        match &self.value {
            Value::List(list) => Mark::Len(list.len()),
            Value::Set(set) => Mark::Len(set.len()),
            Value::Dict(dict) => Mark::Len(dict.len()),
            _ if kind == Reduce::SumFloat => Mark::Sum(self.sum.clone()),
            _ => Mark::Untouched,
        }
    }

    /// Takes back what a strip that did not come to its end has added.
    ///
    /// Values that it gave to keys of a dict that were there before stay: the same strip, run again, gives them again.
    pub(super) fn roll_back(&mut self, mark: Mark) {
        match (mark, &mut self.value) {
            (Mark::Len(n), Value::List(list)) => {
                if let Some(list) = Ref::get_mut(list) {
                    list.update(|items| items.truncate(n));
                }
            }
            (Mark::Len(n), Value::Set(set)) => Ref::make_mut(set).truncate(n),
            (Mark::Len(n), Value::Dict(dict)) => Ref::make_mut(dict).truncate(n),
            (Mark::Sum(sum), _) => self.sum = sum,
            _ => {}
        }
    }

    /// Has the deciding element been met.
    pub fn is_decided(&self, kind: Reduce) -> bool {
        matches!(kind, Reduce::Any | Reduce::All) && self.flag != 0
    }

    /// Takes in the part that comes right behind this one.
    ///
    /// # Errors
    ///
    /// What a comparison or hash of the program raises, for sets and dicts.
    pub fn append(&mut self, kind: Reduce, more: Self) -> Res<()> {
        match kind {
            Reduce::List | Reduce::SumAny | Reduce::MinAny | Reduce::MaxAny => self.append_list(more.value),
            Reduce::SumInt => {
                if let (Value::Int(a), Value::Int(b)) = (&self.value, &more.value) {
                    match a.checked_add(*b) {
                        Some(sum) => self.value = Value::Int(sum),
                        None => self.spill(kind, more.value)?,
                    }
                }
                if let Some(big) = more.spill {
                    self.spill(kind, big)?;
                }
            }
            Reduce::SumFloat => {
                self.count += more.count;
                self.sum.merge(&more.sum);
            }
            Reduce::Any | Reduce::All => self.flag |= more.flag,
            Reduce::MinInt | Reduce::MaxInt | Reduce::MinFloat | Reduce::MaxFloat => {
                if more.flag != 0 {
                    self.keep_best(kind, more.value);
                }
                if let Some(big) = more.spill {
                    self.spill(kind, big)?;
                }
            }
            Reduce::Set => {
                if let (Value::Set(set), Value::Set(more)) = (&mut self.value, &more.value) {
                    let set = Ref::make_mut(set);
                    for item in more.iter_unordered() {
                        set.insert(item.clone())?;
                    }
                }
            }
            Reduce::Dict => {
                if let (Value::Dict(dict), Value::Dict(more)) = (&mut self.value, &more.value) {
                    Ref::make_mut(dict).update(more)?;
                }
            }
        }
        Ok(())
    }

    /// Takes in the part right behind this one as [`Reduce::wide`] has gathered it.
    ///
    /// # Errors
    ///
    /// As [`Acc::append`].
    pub(super) fn take_in(&mut self, kind: Reduce, more: Self) -> Res<()> {
        let Value::List(list) = &more.value else { return self.append(kind, more) };
        match kind {
            Reduce::SumInt => {
                let sum = iter::sum::of(&more.value, Value::Int(0))?;
                self.spill(kind, sum)
            }
            Reduce::SumFloat => list.to_values().iter().try_for_each(|item| {
                self.count += 1;
                self.sum.add_f64(float(item)?);
                Ok(())
            }),
            Reduce::MinInt | Reduce::MaxInt => {
                list.to_values().into_iter().try_for_each(|item| self.spill(kind, item))
            }
            Reduce::MinFloat | Reduce::MaxFloat => list.to_values().into_iter().try_for_each(|item| {
                float(&item)?;
                self.keep_best(kind, item);
                Ok(())
            }),
            _ => self.append(kind, more),
        }
    }

    /// Combines an int of any size with those that did not fit. Of ints it does not show in which order they are combined.
    fn spill(&mut self, kind: Reduce, more: Value) -> Res<()> {
        let both = match self.spill.take() {
            None => more,
            Some(so_far) => combine(kind, so_far, more)?,
        };
        self.spill = Some(both);
        Ok(())
    }

    fn append_list(&mut self, more: Value) {
        let (Value::List(list), Value::List(more)) = (&mut self.value, more) else { return };
        if list.is_empty() {
            *list = more;
            return;
        }
        match Ref::get_mut(list) {
            Some(own) => own.update(|items| items.extend(more.items())),
            None => {
                let mut items: Items = list.items().clone();
                items.extend(more.items());
                *list = Ref::new(List::new(items));
            }
        }
    }

    /// The first of equals stays; of floats the sequential loop is `x > best`, false for NaN: only a first NaN stays.
    fn keep_best(&mut self, kind: Reduce, item: Value) {
        let better = self.flag == 0
            || match (&self.value, &item) {
                (Value::Int(a), Value::Int(b)) => {
                    if kind.is_max() {
                        b > a
                    } else {
                        b < a
                    }
                }
                (Value::Float(a), Value::Float(b)) => {
                    if kind.is_max() {
                        b > a
                    } else {
                        b < a
                    }
                }
                _ => false,
            };
        if better {
            self.value = item;
            self.flag = 1;
        }
    }

    /// The result.
    ///
    /// # Errors
    ///
    /// `ValueError` for the least or greatest of nothing.
    pub fn finish(mut self, kind: Reduce) -> Res {
        if let Some(big) = self.spill.take() {
            let has_more = kind == Reduce::SumInt || self.flag != 0;
            return if has_more { combine(kind, self.value, big) } else { Ok(big) };
        }
        Ok(match kind {
            Reduce::List | Reduce::SumInt | Reduce::Set | Reduce::Dict => self.value,
            Reduce::SumAny => iter::sum::of(&self.value, Value::Int(0))?,
            Reduce::MinAny => iter::min(&Args::positional(&[self.value]))?,
            Reduce::MaxAny => iter::max(&Args::positional(&[self.value]))?,
            Reduce::SumFloat if self.count == 0 => Value::Int(0),
            Reduce::SumFloat => {
                self.sum.add_int(&Value::Int(0));
                Value::Float(self.sum.finish())
            }
            Reduce::Any => Value::Bool(self.flag != 0),
            Reduce::All => Value::Bool(self.flag == 0),
            Reduce::MinInt | Reduce::MaxInt | Reduce::MinFloat | Reduce::MaxFloat => {
                if self.flag == 0 {
                    let name = if kind.is_max() { "max" } else { "min" };
                    return Err(Fault::value_error(format!("{name}() arg is an empty sequence")));
                }
                self.value
            }
        })
    }

    /// What the elements before one that raises come to: the fault where they cannot be combined, which comes first.
    pub(super) fn raised_before(self, kind: Reduce) -> Res<()> {
        let is_empty = matches!(&self.value, Value::List(list) if list.is_empty());
        if kind.is_deferred() && !is_empty { self.finish(kind).map(|_| ()) } else { Ok(()) }
    }

    /// Does a part of this kind depend on what lies before it by more than `append` knows: a NaN in the first place of the
    /// whole range would stay, one in the first place of a part would hide the rest of that part.
    pub fn is_splittable(kind: Reduce) -> bool {
        !matches!(kind, Reduce::MinFloat | Reduce::MaxFloat)
    }
}

/// Two ints, of any size, as one.
fn combine(kind: Reduce, a: Value, b: Value) -> Res {
    if kind == Reduce::SumInt {
        return ops::binary(BinOp::Add, &a, &b);
    }
    let op = if kind.is_max() { ops::CmpOp::Gt } else { ops::CmpOp::Lt };
    Ok(if ops::truthy(&ops::compare(op, &b, &a)?)? { b } else { a })
}

/// An element that is a float in every version of the code.
fn float(item: &Value) -> Res<f64> {
    match item {
        Value::Float(x) => Ok(*x),
        _ => Err(Fault::not_pure("internal error: an element that should be a float")),
    }
}
