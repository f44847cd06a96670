//! The methods of `tuple`, `range` and `slice`.

use super::range::{big, indices_big};
use super::{list_methods, method_table, payload, rest, special, wrong_receiver};
use crate::value::Builtin;
use crate::{Args, Fault, Res, Value, iter, ops};
use num_traits::Signed;

pub(super) static METHODS: &[Builtin] = method_table! { "tuple";
    "__add__" => special::add,
    "__contains__" => special::contains,
    "__eq__" => special::eq,
    "__ge__" => special::ge,
    "__getitem__" => special::getitem,
    "__gt__" => special::gt,
    "__iter__" => special::iter,
    "__le__" => special::le,
    "__len__" => special::len,
    "__lt__" => special::lt,
    "__mul__" => special::mul,
    "__ne__" => special::ne,
    "__repr__" => special::repr,
    "__rmul__" => special::mul,
    "count" => |args| list_methods::count(args, "tuple"),
    "index" => |args| list_methods::index(args, "tuple"),
};

pub(super) static RANGE: &[Builtin] = method_table! { "range";
    "__contains__" => special::contains,
    "__eq__" => special::eq,
    "__getitem__" => special::getitem,
    "__iter__" => special::iter,
    "__len__" => special::len,
    "__ne__" => special::ne,
    "__repr__" => special::repr,
    "__reversed__" => special::reversed,
    "count" => range_count,
    "index" => range_index,
};

pub(super) static SLICE: &[Builtin] = method_table! { "slice";
    "__eq__" => special::eq,
    "__ne__" => special::ne,
    "__repr__" => special::repr,
    "indices" => slice_indices,
};

fn range_count(args: &Args<'_>) -> Res {
    let Value::Range(range) = payload(args.receiver()) else {
        return Err(wrong_receiver(args, "range", "count"));
    };
    let item = &rest(args, "range", "count", 1, 1)?[0];
    if let Value::Int(_) | Value::BigInt(_) | Value::Bool(_) = item {
        return Ok(Value::Int(i64::from(range.place_of(item).is_some())));
    }
    let it = iter::of(args.receiver())?;
    let mut n = 0;
    while let Some(found) = iter::advance(&it)? {
        n += i64::from(super::same(&found, item)?);
    }
    Ok(Value::Int(n))
}

fn range_index(args: &Args<'_>) -> Res {
    let Value::Range(range) = payload(args.receiver()) else {
        return Err(wrong_receiver(args, "range", "index"));
    };
    let item = &rest(args, "range", "index", 1, 1)?[0];
    if let Value::Int(_) | Value::BigInt(_) | Value::Bool(_) = item {
        return match range.place_of(item) {
            Some(at) => Ok(at),
            None => Err(Fault::value_error(format!("{} is not in range", ops::repr(item)?))),
        };
    }
    let it = iter::of(args.receiver())?;
    let mut at = 0;
    while let Some(found) = iter::advance(&it)? {
        if super::same(&found, item)? {
            return Ok(Value::Int(at));
        }
        at += 1;
    }
    Err(Fault::value_error("sequence.index(x): x not in sequence"))
}

fn slice_indices(args: &Args<'_>) -> Res {
    let Value::Slice(slice) = payload(args.receiver()) else {
        return Err(wrong_receiver(args, "slice", "indices"));
    };
    let len = big(&ops::index(&rest(args, "slice", "indices", 1, 1)?[0])?);
    if len.is_negative() {
        return Err(Fault::value_error("length should not be negative"));
    }
    let (start, stop, step) = indices_big(slice, &len)?;
    Ok(Value::tuple(vec![Value::big(start), Value::big(stop), Value::big(step)]))
}
