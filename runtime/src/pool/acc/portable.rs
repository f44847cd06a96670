//! What a part of a range came to, as a value that may leave the process, and back.

use super::{Acc, ledger};
use crate::collections::{Items, List};
use crate::number::exact_sum::ExactSum;
use crate::pool::elements;
use crate::pool::reduce::Reduce;
use crate::{Fault, Ref, Res, Value};

impl Reduce {
    /// Can parts of this kind be run by other processes: they are plain values where their elements are.
    pub(in crate::pool) fn is_portable(self) -> bool {
        Acc::is_splittable(self) && self != Self::CountWords
    }
}

impl Acc {
    /// The part that this is of the elements from `lo` up to `hi`, as a value; none where it holds what has an identity.
    pub(in crate::pool) fn to_portable(&self, lo: i64, hi: i64) -> Option<Value> {
        let spill = || self.spill.clone().unwrap_or(Value::None);
        let value = match self.kind {
            Reduce::Ints | Reduce::Floats | Reduce::EachInt | Reduce::EachFloat if self.whole != 0 => {
                elements::written(self.whole, self.kind == Reduce::EachInt, (lo, hi), &self.apart)
            }
            Reduce::Ints | Reduce::Floats | Reduce::EachInt | Reduce::EachFloat => {
                let items = self.elements.as_ref()?.items().clone();
                Value::List(Ref::new(List::new(items)))
            }
            Reduce::SumInt => Value::tuple([self.value.clone(), spill()]),
            Reduce::SumFloat => {
                let sum = self.sum.as_ref().map_or(Value::None, |sum| sum.to_value());
                Value::tuple([Value::Int(self.count), sum])
            }
            Reduce::Any | Reduce::All => Value::Int(self.flag),
            Reduce::MinInt | Reduce::MaxInt => {
                Value::tuple([Value::Int(self.flag), self.value.clone(), spill()])
            }
            Reduce::CountInt if !matches!(self.value, Value::Dict(_)) => {
                Value::Dict(Ref::new(self.tally.to_counter().ok()?))
            }
            Reduce::Join => Value::tuple([Value::Int(self.count), Value::str(&self.text)]),
            Reduce::Fold => Value::tuple(self.folds.as_ref()?.values().to_vec()),
            Reduce::List
            | Reduce::Set
            | Reduce::Dict
            | Reduce::SumAny
            | Reduce::MinAny
            | Reduce::MaxAny
            | Reduce::Count
            | Reduce::CountInt => self.value.clone(),
            Reduce::MinTotal | Reduce::MaxTotal | Reduce::MinKeyed | Reduce::MaxKeyed => {
                Value::list(self.kept.clone())
            }
            Reduce::MinFloat | Reduce::MaxFloat | Reduce::CountWords => return None,
        };
        ledger::is_plain(&value, 0).then_some(value)
    }

    /// Takes in the part right behind this one, from index `lo` on, that another process has computed.
    ///
    /// # Errors
    ///
    /// `MemoryError`; that the value is no such part.
    pub(in crate::pool) fn take_portable(&mut self, lo: i64, value: Value) -> Res<()> {
        let kind = self.kind;
        let mut more = Self::new(kind);
        match (kind, value) {
            (Reduce::Ints | Reduce::Floats | Reduce::EachInt | Reduce::EachFloat, value @ Value::List(_)) => {
                more.value = value;
                return self.take_in(kind, lo, more);
            }
            (Reduce::SumInt, Value::Tuple(parts)) if parts.len() == 2 => {
                more.value = parts[0].clone();
                more.spill = Some(&parts[1]).filter(|v| !v.is_none()).cloned();
            }
            (Reduce::SumFloat, Value::Tuple(parts)) if parts.len() == 2 => {
                more.count = int(&parts[0])?;
                more.sum = ExactSum::from_value(&parts[1]).map(Box::new);
            }
            (Reduce::Any | Reduce::All, Value::Int(flag)) => more.flag = flag,
            (Reduce::MinInt | Reduce::MaxInt, Value::Tuple(parts)) if parts.len() == 3 => {
                more.flag = int(&parts[0])?;
                more.value = parts[1].clone();
                more.spill = Some(&parts[2]).filter(|v| !v.is_none()).cloned();
            }
            (Reduce::Join, Value::Tuple(parts)) if parts.len() == 2 => {
                more.count = int(&parts[0])?;
                more.text = parts[1].as_str().ok_or_else(broken)?.to_owned();
            }
            (Reduce::Fold, Value::Tuple(parts)) => {
                if !parts.is_empty() {
                    self.fold(parts.to_vec())?;
                }
                return Ok(());
            }
            (Reduce::List | Reduce::SumAny | Reduce::MinAny | Reduce::MaxAny, value @ Value::List(_))
            | (
                Reduce::MinTotal | Reduce::MaxTotal | Reduce::MinKeyed | Reduce::MaxKeyed,
                value @ Value::List(_),
            )
            | (Reduce::Set, value @ Value::Set(_))
            | (Reduce::Dict | Reduce::Count | Reduce::CountInt, value @ Value::Dict(_)) => more.value = value,
            _ => return Err(broken()),
        }
        self.append(kind, more)
    }

    /// Is nothing behind this part wanted.
    pub(in crate::pool) fn decides(&self) -> bool {
        self.is_decided(self.kind)
    }
}

fn int(value: &Value) -> Res<i64> {
    if let Value::Int(n) = value { Ok(*n) } else { Err(broken()) }
}

fn broken() -> Fault {
    Fault::not_pure("internal error: a part of a range that is none")
}

impl ExactSum {
    /// Its state, for [`ExactSum::from_value`].
    fn to_value(&self) -> Value {
        let (limbs, whole, flags) = self.state();
        Value::tuple([
            Value::List(Ref::new(List::new(Items::Int(limbs)))),
            Value::big(whole),
            Value::Int(flags),
        ])
    }

    fn from_value(value: &Value) -> Option<Self> {
        let Value::Tuple(parts) = value else { return None };
        let [Value::List(limbs), whole, Value::Int(flags)] = &parts[..] else { return None };
        let Items::Int(limbs) = limbs.items() else { return None };
        Self::of_state(limbs, whole, *flags)
    }
}
