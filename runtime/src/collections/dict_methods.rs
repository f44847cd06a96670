//! The methods of `dict`. Those that change the dict refuse, and say how to write it.

use super::{
    Dict, View, ViewKind, arity, construct, method_table, payload, refuse, rest, special, wrong_receiver,
};
use crate::value::Builtin;
use crate::{Args, Fault, Ref, Res, Value};

pub(super) static METHODS: &[Builtin] = method_table! { "dict";
    "__contains__" => special::contains,
    "__eq__" => special::eq,
    "__getitem__" => special::getitem,
    "__iter__" => special::iter,
    "__len__" => special::len,
    "__ne__" => special::ne,
    "__or__" => special::or,
    "__repr__" => special::repr,
    "__reversed__" => special::reversed,
    "__ror__" => special::ror,
    "clear" => refuse!("dict", "clear", "write `d = {}`"),
    "copy" => copy,
    "get" => get,
    "items" => |args| view(args, "items", ViewKind::Items),
    "keys" => |args| view(args, "keys", ViewKind::Keys),
    "pop" => refuse!("dict", "pop", "write `x = d[k]` and `d = {a: b for a, b in d.items() if a != k}`"),
    "popitem" => refuse!("dict", "popitem", "take `list(d.items())[-1]`, and `dict(list(d.items())[:-1])` for the rest"),
    "setdefault" => refuse!("dict", "setdefault", "write `d = d if k in d else {**d, k: x}`"),
    "update" => refuse!("dict", "update", "write `d = d | e`"),
    "values" => |args| view(args, "values", ViewKind::Values),
};

/// `dict.fromkeys`.
pub(super) static FROMKEYS: Builtin = Builtin { name: "fromkeys", owner: "dict", call: fromkeys };

fn receiver<'a>(args: &Args<'a>, name: &str) -> Res<&'a Ref<Dict>> {
    match payload(args.receiver()) {
        Value::Dict(dict) => Ok(dict),
        _ => Err(wrong_receiver(args, "dict", name)),
    }
}

fn copy(args: &Args<'_>) -> Res {
    let dict = receiver(args, "copy")?;
    rest(args, "dict", "copy", 0, 0)?;
    Ok(Value::Dict(dict.clone()))
}

fn get(args: &Args<'_>) -> Res {
    let dict = receiver(args, "get")?;
    let given = rest(args, "dict", "get", 1, 2)?;
    match dict.get(&given[0])? {
        Some(found) => Ok(found.clone()),
        None => Ok(given.get(1).cloned().unwrap_or(Value::None)),
    }
}

fn view(args: &Args<'_>, name: &'static str, kind: ViewKind) -> Res {
    let dict = receiver(args, name)?;
    rest(args, "dict", name, 0, 0)?;
    Ok(Value::View(Ref::new(View { kind, dict: dict.clone() })))
}

/// `dict.fromkeys(iterable, value)`: no receiver.
fn fromkeys(args: &Args<'_>) -> Res {
    if !args.kw.is_empty() {
        return Err(Fault::type_error("dict.fromkeys() takes no keyword arguments"));
    }
    arity("fromkeys", args.pos.len(), 1, 2)?;
    let value = args.pos.get(1).cloned().unwrap_or(Value::None);
    let mut dict = Dict::new();
    construct::each(&args.pos[0], |key| dict.insert(key, value.clone()))?;
    Ok(Value::Dict(Ref::new(dict)))
}
