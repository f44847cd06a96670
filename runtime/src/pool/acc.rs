//! What a part of a range comes to, and how two parts become one.

use crate::collections::{Dict, Items, List, Set};
use crate::fault::FaultKind;
use crate::number::exact_sum::ExactSum;
use crate::{Fault, Ref, Res, Value};

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
}

impl Reduce {
    /// All kinds, by the number that compiled code gives.
    pub const ALL: [Self; 12] = [
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
    ];

    /// The number by which compiled code names it.
    pub fn number(self) -> i64 {
        Self::ALL.iter().position(|k| *k == self).and_then(|n| i64::try_from(n).ok()).unwrap_or(0)
    }

    fn is_max(self) -> bool {
        matches!(self, Self::MaxInt | Self::MaxFloat)
    }
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
            Reduce::List | Reduce::SumAny => Value::list(Vec::new()),
            Reduce::SumInt | Reduce::MinInt | Reduce::MaxInt => Value::Int(0),
            Reduce::MinFloat | Reduce::MaxFloat => Value::Float(0.0),
            Reduce::Set => Value::Set(Ref::new(Set::new(false))),
            Reduce::Dict => Value::Dict(Ref::new(Dict::new())),
            Reduce::SumFloat | Reduce::Any | Reduce::All => Value::None,
        };
        Self { value, count: 0, flag: 0, sum: ExactSum::new() }
    }

    /// Has the deciding element been met.
    pub fn is_decided(&self, kind: Reduce) -> bool {
        matches!(kind, Reduce::Any | Reduce::All) && self.flag != 0
    }

    /// Takes in the part that comes right behind this one.
    ///
    /// # Errors
    ///
    /// What a comparison or hash of the program raises, for sets and dicts; `Widen` where a sum does not fit.
    pub fn append(&mut self, kind: Reduce, more: Self, site: u32) -> Res<()> {
        match kind {
            Reduce::List | Reduce::SumAny => self.append_list(more.value),
            Reduce::SumInt => {
                let (Value::Int(a), Value::Int(b)) = (&self.value, &more.value) else { return Ok(()) };
                match a.checked_add(*b) {
                    Some(sum) => self.value = Value::Int(sum),
                    None => return Err(Fault::new(FaultKind::Widen(site))),
                }
            }
            Reduce::SumFloat => {
                self.count += more.count;
                self.sum.merge(&more.sum);
            }
            Reduce::Any | Reduce::All => self.flag |= more.flag,
            Reduce::MinInt | Reduce::MaxInt | Reduce::MinFloat | Reduce::MaxFloat => {
                self.keep_best(kind, more)
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
    fn keep_best(&mut self, kind: Reduce, more: Self) {
        if more.flag == 0 {
            return;
        }
        let better = self.flag == 0
            || match (&self.value, &more.value) {
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
            self.value = more.value;
            self.flag = 1;
        }
    }

    /// The result.
    ///
    /// # Errors
    ///
    /// `ValueError` for the least or greatest of nothing.
    pub fn finish(mut self, kind: Reduce) -> Res {
        Ok(match kind {
            Reduce::List | Reduce::SumInt | Reduce::Set | Reduce::Dict => self.value,
            Reduce::SumAny => crate::iter::sum::of(&self.value, Value::Int(0))?,
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

    /// Does a part of this kind depend on what lies before it by more than `append` knows: a NaN in the first place of the
    /// whole range would stay, one in the first place of a part would hide the rest of that part.
    pub fn is_splittable(kind: Reduce) -> bool {
        !matches!(kind, Reduce::MinFloat | Reduce::MaxFloat)
    }
}
