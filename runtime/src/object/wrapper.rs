//! Which methods of built-in types CPython makes of the slots of a type, and in which words their calls go wrong.

use crate::value::{Args, Builtin};
use crate::{Fault, Res, ops};

/// How many arguments a slot takes besides the receiver, in the words that its wrapper has for another number.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Arity {
    /// So many: `expected 1 argument, got 0`.
    Exactly(usize),
    /// Any number, and keywords.
    Any,
    /// Counted by the method itself.
    Itself,
}

/// The wrapper of a slot; `None` for a method that stands in the type's own table.
fn arity(owner: &str, name: &str) -> Option<Arity> {
    if !is_core(owner) {
        return None;
    }
    let is_sequence = matches!(owner, "str" | "bytes" | "tuple" | "list");
    Some(match name {
        "__repr__" | "__str__" | "__hash__" | "__len__" | "__iter__" | "__next__" | "__neg__" | "__pos__"
        | "__abs__" | "__invert__" | "__bool__" | "__int__" | "__float__" | "__index__" => Arity::Exactly(0),
        "__contains__" if matches!(owner, "dict" | "set" | "frozenset") => return None,
        "__getitem__" if matches!(owner, "list" | "dict") => return None,
        "__mul__" | "__rmul__" if is_sequence => Arity::Itself,
        "__contains__" | "__getitem__" | "__getattribute__" | "__delattr__" | "__delitem__" | "__lt__"
        | "__le__" | "__eq__" | "__ne__" | "__gt__" | "__ge__" => Arity::Exactly(1),
        "__setattr__" | "__setitem__" => Arity::Exactly(2),
        "__pow__" | "__rpow__" | "__get__" => Arity::Itself,
        "__init__" | "__call__" => Arity::Any,
        _ if is_binary(name) => Arity::Exactly(1),
        _ => return None,
    })
}

fn is_binary(name: &str) -> bool {
    let plain = name.strip_prefix("__").and_then(|n| n.strip_suffix("__")).unwrap_or_default();
    const OPS: [&str; 12] =
        ["add", "sub", "mul", "truediv", "floordiv", "mod", "divmod", "lshift", "rshift", "and", "or", "xor"];
    OPS.contains(&plain) || plain.strip_prefix(['r', 'i']).is_some_and(|n| OPS.contains(&n))
}

/// Is it a type that CPython writes in C, with slots.
fn is_core(owner: &str) -> bool {
    matches!(
        owner,
        "object"
            | "type"
            | "int"
            | "bool"
            | "float"
            | "complex"
            | "str"
            | "bytes"
            | "tuple"
            | "list"
            | "dict"
            | "set"
            | "frozenset"
            | "range"
            | "slice"
            | "NoneType"
            | "ellipsis"
            | "NotImplementedType"
            | "BaseException"
            | "function"
            | "method"
            | "method_descriptor"
            | "builtin_function_or_method"
            | "generator"
            | "iterator"
            | "sized_iterator"
            | "zip"
            | "map"
            | "filter"
            | "enumerate"
            | "reversed"
            | "dict_keys"
            | "dict_values"
            | "dict_items"
    )
}

/// Does CPython make this method of a slot.
pub(crate) fn is_wrapper(builtin: &Builtin) -> bool {
    builtin.name.starts_with("__") && arity(builtin.owner, builtin.name).is_some()
}

/// Refuses what a slot's wrapper, or an operator method of a type's table, does not take; `args` has the receiver first.
pub(super) fn check(builtin: &Builtin, args: &Args<'_>) -> Res<()> {
    let (owner, name) = (builtin.owner, builtin.name);
    let given = args.pos.len().saturating_sub(1);
    match arity(owner, name) {
        Some(Arity::Any) => Ok(()),
        Some(_) if !args.kw.is_empty() => {
            Err(Fault::type_error(format!("wrapper {name}() takes no keyword arguments")))
        }
        Some(Arity::Exactly(n)) if given != n => {
            let s = if n == 1 { "" } else { "s" };
            Err(Fault::type_error(format!("expected {n} argument{s}, got {given}")))
        }
        Some(Arity::Itself) if matches!(name, "__mul__" | "__rmul__") => {
            crate::collections::arity("", given, 1, 1)?;
            ops::index(&args.pos[1]).map(|_| ())
        }
        Some(_) => Ok(()),
        None if is_core(owner) => {
            let full = format!("{owner}.{name}");
            match name {
                "__format__" | "__contains__" | "__getitem__" => args.rest().count(&full, 1, 1),
                "__trunc__" | "__floor__" | "__ceil__" | "__complex__" | "__bytes__" | "__reversed__"
                | "__getnewargs__" => args.rest().count(&full, 0, 0),
                "__round__" => args.rest().no_keywords(&full),
                _ => Ok(()),
            }
        }
        None => Ok(()),
    }
}
