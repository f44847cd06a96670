//! `sum`: exact over ints, exact and rounded once over floats; anything else is added in order.

use crate::collections::{self, Items, Range};
use crate::number::exact_sum::ExactSum;
use crate::ops::BinOp;
use crate::{Args, Fault, Res, Value, hooks, ops};
use num_bigint::BigInt;

/// A running sum.
enum Total {
    /// Only ints so far.
    Int(i128, Option<Box<BigInt>>),
    /// Floats, perhaps with ints among them.
    Float(Box<ExactSum>),
    /// Anything, added in order.
    Any(Value),
}

impl Total {
    fn start(value: Value) -> Self {
        match value {
            Value::Int(n) => Self::Int(i128::from(n), None),
            Value::Bool(b) => Self::Int(i128::from(b), None),
            Value::BigInt(n) => Self::Int(0, Some(Box::new(BigInt::clone(&n)))),
            Value::Float(x) => {
                let mut sum = ExactSum::new();
                sum.add_f64(x);
                Self::Float(Box::new(sum))
            }
            other => Self::Any(other),
        }
    }

    fn finish(self) -> Value {
        match self {
            Self::Int(n, None) => Value::int128(n),
            Self::Int(n, Some(big)) => Value::big(*big + n),
            Self::Float(sum) => Value::Float(sum.finish()),
            Self::Any(value) => value,
        }
    }

    fn add_int(&mut self, n: i64) {
        match self {
            Self::Int(total, large) => match total.checked_add(i128::from(n)) {
                Some(sum) => *total = sum,
                None => {
                    **large.get_or_insert_default() += *total;
                    *total = i128::from(n);
                }
            },
            Self::Float(sum) => sum.add_int(&Value::Int(n)),
            Self::Any(_) => {}
        }
    }

    fn add_float(&mut self, x: f64) {
        if let Self::Int(..) = self {
            let mut sum = ExactSum::new();
            sum.add_int(&std::mem::replace(self, Self::Any(Value::None)).finish());
            *self = Self::Float(Box::new(sum));
        }
        if let Self::Float(sum) = self {
            sum.add_f64(x);
        }
    }

    fn add(&mut self, item: &Value) -> Res<()> {
        match (&mut *self, item) {
            (Self::Int(..) | Self::Float(_), Value::Int(n)) => self.add_int(*n),
            (Self::Int(..) | Self::Float(_), Value::Float(x)) => self.add_float(*x),
            (Self::Int(..) | Self::Float(_), Value::Bool(b)) => self.add_int(i64::from(*b)),
            (Self::Int(_, large), Value::BigInt(n)) => **large.get_or_insert_default() += &**n,
            (Self::Float(sum), Value::BigInt(_)) => sum.add_int(item),
            _ => {
                let total = std::mem::replace(self, Self::Any(Value::None)).finish();
                let mut total = total;
                *self = Self::Any(match (&total, item) {
                    (Value::List(_), Value::List(_)) => {
                        collections::binary_in_place(BinOp::Add, &mut total, item)?
                    }
                    _ => ops::binary(BinOp::Add, &total, item)?,
                });
            }
        }
        Ok(())
    }
}

/// `sum(iterable, start=0)`.
pub fn sum(args: &Args<'_>) -> Res {
    let n = args.pos.len();
    if n == 0 {
        return Err(Fault::type_error("sum() takes at least 1 positional argument (0 given)"));
    }
    let given = n + args.kw.len();
    if given > 2 {
        return Err(Fault::type_error(format!("sum() takes at most 2 arguments ({given} given)")));
    }
    let mut start = args.pos.get(1);
    for (key, value) in args.kw {
        match key.as_str() {
            "start" if start.is_none() => start = Some(value),
            _ => {
                return Err(Fault::type_error(format!("'{key}' is an invalid keyword argument for sum()")));
            }
        }
    }
    let source = &args.pos[0];
    let start = start.cloned().unwrap_or(Value::Int(0));
    if matches!(collections::payload(&start), Value::Str(_) | Value::Bytes(_)) {
        super::of(source)?;
        return Err(Fault::type_error(match collections::payload(&start) {
            Value::Str(_) => "sum() can't sum strings [use ''.join(seq) instead]",
            _ => "sum() can't sum bytes [use b''.join(seq) instead]",
        }));
    }
    of(source, start)
}

/// The sum of what an iterable gives.
pub fn of(source: &Value, start: Value) -> Res {
    if let Some(items) = super::unordered_items(source)? {
        return of_unordered(items, start);
    }
    match source {
        Value::List(list) => match list.items() {
            Items::Int(v) if matches!(start, Value::Int(_) | Value::Float(_)) => {
                let mut total = Total::start(start);
                if let Total::Int(..) = total {
                    for part in v.chunks(1 << 16) {
                        hooks::poll()?;
                        let sum: i128 = part.iter().map(|n| i128::from(*n)).sum();
                        match &mut total {
                            // A list has less than 2**63 items: the sum fits.
                            Total::Int(n, _) => *n += sum,
                            Total::Float(_) | Total::Any(_) => {}
                        }
                    }
                } else {
                    v.iter().for_each(|n| total.add_int(*n));
                }
                Ok(total.finish())
            }
            Items::Float(v) if matches!(start, Value::Int(_) | Value::Float(_)) => {
                let mut total = Total::start(start);
                for part in v.chunks(1 << 16) {
                    hooks::poll()?;
                    part.iter().for_each(|x| total.add_float(*x));
                }
                Ok(total.finish())
            }
            _ => of_values(list.to_values(), start),
        },
        Value::Range(range) if matches!(start, Value::Int(_) | Value::BigInt(_)) => {
            let mut total = Total::start(start);
            total.add(&of_range(range))?;
            Ok(total.finish())
        }
        _ => of_iterator(source, start),
    }
}

/// The sum of items whose order must not show: `NotPure` but for numbers, which add up to the same in any.
pub fn of_unordered(items: Vec<Value>, start: Value) -> Res {
    let numbers =
        |v: &Value| matches!(v, Value::Int(_) | Value::Bool(_) | Value::BigInt(_) | Value::Float(_));
    if numbers(&start) && items.iter().all(numbers) || items.len() < 2 {
        return of_values(items, start);
    }
    Err(collections::order_hidden())
}

fn of_iterator(source: &Value, start: Value) -> Res {
    let it = super::of(source)?;
    let mut total = None;
    let mut n = 0_u32;
    while let Some(item) = super::advance(&it)? {
        total.get_or_insert_with(|| Total::start(start.clone())).add(&item)?;
        n = n.wrapping_add(1);
        if n.is_multiple_of(4096) {
            hooks::poll()?;
        }
    }
    Ok(total.map_or(start, Total::finish))
}

/// The sum of these values.
pub fn of_values(items: Vec<Value>, start: Value) -> Res {
    if items.is_empty() {
        return Ok(start);
    }
    let mut total = Total::start(start);
    for (n, item) in items.iter().enumerate() {
        if n % 4096 == 4095 {
            hooks::poll()?;
        }
        total.add(item)?;
    }
    Ok(total.finish())
}

/// `n * (first + last) / 2`.
fn of_range(range: &Range) -> Value {
    let len = range.len_big();
    if len == BigInt::default() {
        return Value::Int(0);
    }
    let int = |v: &Value| match v {
        Value::Int(n) => BigInt::from(*n),
        Value::BigInt(n) => BigInt::clone(n),
        _ => BigInt::default(),
    };
    let (first, step) = (int(&range.start), int(&range.step));
    let last = &first + &step * (&len - 1_i32);
    Value::big(len * (first + last) / 2_i32)
}
