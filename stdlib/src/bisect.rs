//! `bisect`: searching sorted sequences.

use crate::native::refusal;
use afar_runtime::collections::Items;
use afar_runtime::{Args, Builtin, Fault, Res, Value, ops};

/// What the module holds.
pub const NAMES: &[&str] =
    &["bisect", "bisect_left", "bisect_right", "insort", "insort_left", "insort_right"];

static BUILTINS: &[Builtin] = &[
    Builtin { name: "bisect_left", owner: "bisect", call: |args| search(args, "bisect_left", Side::Left) },
    Builtin { name: "bisect_right", owner: "bisect", call: |args| search(args, "bisect_right", Side::Right) },
    Builtin { name: "insort_left", owner: "bisect", call: |_| Err(insorted()) },
    Builtin { name: "insort_right", owner: "bisect", call: |_| Err(insorted()) },
];

/// A name of the module.
pub fn lookup(name: &str) -> Option<Value> {
    let name = match name {
        "bisect" => "bisect_right",
        "insort" => "insort_right",
        other => other,
    };
    BUILTINS.iter().find(|b| b.name == name).map(Value::Builtin)
}

fn insorted() -> Fault {
    refusal("bisect.insort", "write `i = bisect(a, x)` and `a[:i] + [x] + a[i:]`")
}

/// On which side of equal items.
#[derive(Clone, Copy, PartialEq)]
enum Side {
    Left,
    Right,
}

fn bound(value: Option<&Value>) -> Res<Option<i64>> {
    match value {
        None | Some(Value::None) => Ok(None),
        Some(value) => match ops::index(value)? {
            Value::Int(n) => Ok(Some(n)),
            _ => Err(Fault::overflow("Python int too large to convert to C ssize_t")),
        },
    }
}

fn search(args: &Args<'_>, name: &str, side: Side) -> Res {
    let [items, x, lo, hi, key] = args.bind(name, ["a", "x", "lo", "hi", "key"], 0, 2, 4)?;
    let (items, x) = (items.unwrap_or(&Value::None), x.unwrap_or(&Value::None));
    let key = key.filter(|k| !k.is_none());
    let lo = match lo {
        Some(lo) => match ops::index(lo)? {
            Value::Int(n) => n,
            _ => return Err(Fault::overflow("Python int too large to convert to C ssize_t")),
        },
        None => 0,
    };
    let hi = bound(hi)?;
    let Ok(mut lo) = usize::try_from(lo) else { return Err(Fault::value_error("lo must be non-negative")) };
    let mut hi = match hi {
        Some(hi) if hi != -1 => usize::try_from(hi).unwrap_or(0),
        _ => {
            if matches!(items, Value::Dict(_)) {
                return Err(Fault::type_error("dict is not a sequence"));
            }
            ops::len(items)?
        }
    };
    if let (Value::List(list), Value::Int(x), None) = (items, x, key)
        && let Items::Int(v) = list.items()
        && lo <= hi
        && hi <= v.len()
    {
        let v = &v[lo..hi];
        let at =
            if side == Side::Left { v.partition_point(|n| n < x) } else { v.partition_point(|n| n <= x) };
        return Ok(Value::usize(lo + at));
    }
    while lo < hi {
        let mid = lo + (hi - lo) / 2;
        let mut item = ops::getitem(items, &Value::usize(mid))?;
        if let Some(key) = key {
            item = ops::call(key, &[item])?;
        }
        let is_below = match side {
            Side::Left => ops::lt(&item, x)?,
            Side::Right => !ops::lt(x, &item)?,
        };
        if is_below {
            lo = mid + 1;
        } else {
            hi = mid;
        }
    }
    Ok(Value::usize(lo))
}
