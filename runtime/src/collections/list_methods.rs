//! The methods of `list`. Those that change the list refuse, and say how to write it.

use super::seq::{self, Seq};
use super::{as_index, clamp, method_table, payload, refuse, rest, special, wrong_receiver};
use crate::value::Builtin;
use crate::{Args, Fault, Res, Value, ops};

pub(super) static METHODS: &[Builtin] = method_table! { "list";
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
    "__reversed__" => special::reversed,
    "__rmul__" => special::mul,
    "append" => refuse!("list", "append", "write `a = a + [x]`"),
    "clear" => refuse!("list", "clear", "write `a = []`"),
    "copy" => copy,
    "count" => |args| count(args, "list"),
    "extend" => refuse!("list", "extend", "write `a = a + list(b)`"),
    "index" => |args| index(args, "list"),
    "insert" => refuse!("list", "insert", "write `a = a[:i] + [x] + a[i:]`"),
    "pop" => refuse!("list", "pop", "write `x, a = a[-1], a[:-1]`"),
    "remove" => refuse!("list", "remove", "write `i = a.index(x)` and `a = a[:i] + a[i + 1:]`"),
    "reverse" => refuse!("list", "reverse", "write `a = a[::-1]`"),
    "sort" => refuse!("list", "sort", "write `a = sorted(a)`"),
};

fn copy(args: &Args<'_>) -> Res {
    rest(args, "list", "copy", 0, 0)?;
    match payload(args.receiver()) {
        list @ Value::List(_) => Ok(list.clone()),
        _ => Err(wrong_receiver(args, "list", "copy")),
    }
}

fn receiver<'a>(args: &Args<'a>, owner: &str, name: &str) -> Res<Seq<'a>> {
    match (payload(args.receiver()), owner) {
        (list @ Value::List(_), "list") | (list @ Value::Tuple(_), "tuple") => {
            Seq::of(list).ok_or_else(|| wrong_receiver(args, owner, name))
        }
        _ => Err(wrong_receiver(args, owner, name)),
    }
}

/// `a.count(x)` of a list or tuple.
pub(super) fn count(args: &Args<'_>, owner: &str) -> Res {
    let seq = receiver(args, owner, "count")?;
    let item = rest(args, owner, "count", 1, 1)?;
    seq::count(seq, &item[0]).map(Value::usize)
}

/// `a.index(x, start, stop)` of a list or tuple.
pub(super) fn index(args: &Args<'_>, owner: &str) -> Res {
    let seq = receiver(args, owner, "index")?;
    let given = rest(args, owner, "index", 1, 3)?;
    let bound = |at: usize, default: usize| -> Res<usize> {
        let Some(value) = given.get(at) else { return Ok(default) };
        let Some(n) = as_index(value)? else {
            return Err(Fault::type_error("slice indices must be integers or have an __index__ method"));
        };
        let n = clamp(&n);
        let len = i64::try_from(seq.len()).unwrap_or(i64::MAX);
        let n = if n < 0 { n.saturating_add(len).max(0) } else { n };
        Ok(usize::try_from(n).unwrap_or(usize::MAX))
    };
    let (start, end) = (bound(1, 0)?, bound(2, usize::MAX)?);
    match seq.position(&given[0], start, end)? {
        Some(at) => Ok(Value::usize(at)),
        None if owner == "tuple" => Err(Fault::value_error("tuple.index(x): x not in tuple")),
        None => Err(Fault::value_error(format!("{} is not in list", ops::repr(&given[0])?))),
    }
}
