//! The methods by which built-in types answer for themselves: how a value would be made anew, what a descriptor gives,
//! and those that CPython has for its own use, which refuse.

use super::class::{Class, class_ref, unwrap};
use super::{attr, relation, typing};
use crate::value::Args;
use crate::{Fault, Res, Value, ops};

/// A method, and what it does.
type Slot = (&'static str, fn(&Args<'_>) -> Res);

/// What every object has and nothing here can answer.
pub(super) const OBJECT: &[Slot] = &[
    ("__dir__", |_| refused("`__dir__` shows what CPython's implementation has")),
    ("__sizeof__", |_| refused("`__sizeof__` is the size of CPython's object")),
    ("__reduce__", |_| refused("`__reduce__` serves pickling, which is not there")),
    ("__reduce_ex__", |_| refused("`__reduce_ex__` serves pickling, which is not there")),
    ("__getstate__", |_| refused("`__getstate__` serves pickling, which is not there")),
];
/// Of exceptions and iterators.
pub(super) const SETSTATE: &[Slot] =
    &[("__setstate__", |_| refused("`__setstate__` changes the object in place"))];
/// Of generators.
pub(super) const DEL: &[Slot] = &[("__del__", |_| refused("`__del__` ends a generator: call `close`"))];
/// Of numbers, text and tuples.
pub(super) const NEW_ARGS: &[Slot] = &[("__getnewargs__", new_args)];
/// Of iterators that know how long they are.
pub(super) const LENGTH_HINT: &[Slot] = &[("__length_hint__", length_hint)];
/// Of what a class may hold.
pub(super) const GET: &[Slot] = &[("__get__", get)];
/// Of classes.
pub(super) const TYPE: &[Slot] = &[
    ("__or__", |args| union(&args.pos[0], &args.pos[1])),
    ("__ror__", |args| union(&args.pos[1], &args.pos[0])),
    ("__instancecheck__", instance_check),
    ("__subclasscheck__", subclass_check),
    ("__prepare__", |_| refused("`__prepare__` makes the namespace of a class, which is not kept")),
];
/// Of lists.
pub(super) const LIST: &[Slot] = &[
    ("__setitem__", |_| in_place("__setitem__", "list", "write `a[:i] + [x] + a[i + 1:]`")),
    ("__delitem__", |_| in_place("__delitem__", "list", "write `a[:i] + a[i + 1:]`")),
    ("__iadd__", |_| in_place("__iadd__", "list", "write `a = a + list(b)`")),
    ("__imul__", |_| in_place("__imul__", "list", "write `a = a * n`")),
];
/// Of dicts.
pub(super) const DICT: &[Slot] = &[
    ("__setitem__", |_| in_place("__setitem__", "dict", "write `{**d, k: v}`")),
    ("__delitem__", |_| in_place("__delitem__", "dict", "write `{k: v for k, v in d.items() if k != x}`")),
    ("__ior__", |_| in_place("__ior__", "dict", "write `d = d | e`")),
];
/// Of sets.
pub(super) const SET: &[Slot] = &[
    ("__ior__", |_| in_place("__ior__", "set", "write `a = a | b`")),
    ("__iand__", |_| in_place("__iand__", "set", "write `a = a & b`")),
    ("__isub__", |_| in_place("__isub__", "set", "write `a = a - b`")),
    ("__ixor__", |_| in_place("__ixor__", "set", "write `a = a ^ b`")),
];

fn refused(why: &str) -> Res {
    Err(Fault::not_pure(why))
}

fn in_place(name: &str, owner: &str, instead: &str) -> Res {
    Err(Fault::not_pure(format!("`{owner}.{name}` changes the {owner} in place: {instead}")))
}

/// The refusal of an attribute that CPython's types have, and that is not kept here; `None` for any other name.
pub(super) fn not_kept(value: &Value, name: &str) -> Option<Fault> {
    let of = match name {
        "gi_frame" | "gi_code" | "gi_running" | "gi_suspended" | "gi_yieldfrom" => "generator",
        "__text_signature__" => {
            "builtin_function_or_method method_descriptor wrapper_descriptor method-wrapper type"
        }
        "__basicsize__" | "__dictoffset__" | "__flags__" | "__itemsize__" | "__weakrefoffset__" => "type",
        "__builtins__" | "__type_params__" => "function",
        "__isabstractmethod__" => "property staticmethod classmethod",
        "__set__" | "__delete__" | "__set_name__" => "property",
        "__getformat__" => "float",
        "__get__" => "super",
        "__weakref__" if is_of_program(value) => return Some(kept_not(name)),
        "real" | "imag" | "numerator" | "denominator" if matches!(value, Value::Class(_)) => "type",
        "start" | "stop" | "step" if is_class_among(value, &["range", "slice"]) => "type",
        "__subclasshook__" => "object",
        _ => return is_of_library(value, name).then(|| kept_not(name)),
    };
    let has = |of: &str| {
        class_ref(value).is_subclass_of(of)
            || matches!(value, Value::Class(class) if of != "type" && class.is_subclass_of(of))
    };
    of.split(' ').any(has).then(|| kept_not(name))
}

/// What classes of CPython's library have beside what is here, by the full names of the classes.
const LIBRARY: &[(&str, &str)] =
    &[("json.decoder.JSONDecoder", "memo parse_array parse_object parse_string scan_once")];

/// What native objects of CPython's library have beside what is here: module and name of their types.
const NATIVE: &[(&str, &str, &str)] = &[
    (
        "functools",
        "_lru_cache_wrapper",
        "__dict__ __annotations__ __defaults__ __kwdefaults__ cache_parameters",
    ),
    ("functools", "partial", "__dict__ __reduce__ __setstate__ __vectorcalloffset__"),
];

/// Has CPython's library the attribute: of a class of [`LIBRARY`], or of a class whose instances alone have it here.
fn is_of_library(value: &Value, name: &str) -> bool {
    let class = match value {
        Value::Builtin(builtin) => {
            let known =
                [("ParamSpec", "args"), ("ParamSpec", "kwargs"), ("singledispatchmethod", "register")];
            return known.contains(&(builtin.name, name));
        }
        Value::Class(class) => class,
        Value::Instance(instance) => &instance.class,
        Value::Host(host) => {
            let names = NATIVE
                .iter()
                .find(|(module, name, _)| host.0.module() == *module && host.0.type_name() == *name);
            return names.is_some_and(|(.., names)| names.split(' ').any(|n| n == name));
        }
        _ => return false,
    };
    let of_instances = matches!(value, Value::Class(_))
        && match name {
            "args" => class.is_subclass_of("BaseException"),
            "name" | "obj" => class.is_subclass_of("AttributeError"),
            _ => false,
        };
    let has = |c: &Class| {
        let full = c.full_name();
        LIBRARY.iter().any(|(n, names)| *n == full && names.split(' ').any(|n| n == name))
    };
    of_instances || has(class) || class.mro_tail.iter().any(|c| has(c))
}

fn kept_not(name: &str) -> Fault {
    Fault::not_pure(format!("`{name}` shows CPython's implementation, which is not kept"))
}

fn is_of_program(value: &Value) -> bool {
    match value {
        Value::Instance(instance) => !instance.class.is_builtin && instance.class.slots.is_none(),
        Value::Class(class) => !class.is_builtin && class.slots.is_none(),
        _ => false,
    }
}

fn is_class_among(value: &Value, names: &[&str]) -> bool {
    matches!(value, Value::Class(class) if class.is_builtin && names.contains(&class.name.as_str()))
}

fn new_args(args: &Args<'_>) -> Res {
    let value = unwrap(args.receiver());
    Ok(Value::tuple(match value {
        Value::Complex(c) => vec![Value::Float(c.re), Value::Float(c.im)],
        Value::Bool(b) => vec![Value::Int(i64::from(*b))],
        other => vec![other.clone()],
    }))
}

fn length_hint(args: &Args<'_>) -> Res {
    args.rest().count(&format!("{}.__length_hint__", ops::type_name(args.receiver())), 0, 0)?;
    match args.receiver() {
        Value::Iter(iter) => Ok(Value::usize(iter.with(|i| Ok(i.size_hint()))?)),
        _ => refused("`__length_hint__` of this is not known"),
    }
}

/// `descriptor.__get__(instance, owner)`.
fn get(args: &Args<'_>) -> Res {
    let rest = args.rest();
    rest.count("", 1, 2)?;
    let receiver = Some(&rest.pos[0]).filter(|v| !v.is_none());
    let class = match (rest.pos.get(1), receiver) {
        (Some(Value::Class(class)), _) => class.clone(),
        (_, Some(receiver)) => class_ref(receiver).clone(),
        _ => return Err(Fault::type_error("__get__(None, None) is invalid")),
    };
    attr::bind(args.receiver(), receiver, &class)
}

fn union(a: &Value, b: &Value) -> Res {
    typing::union(a, b).unwrap_or(Ok(Value::NotImplemented))
}

fn instance_check(args: &Args<'_>) -> Res {
    args.rest().count("type.__instancecheck__", 1, 1)?;
    relation::is_instance(&args.pos[1], &args.pos[0]).map(Value::Bool)
}

fn subclass_check(args: &Args<'_>) -> Res {
    args.rest().count("type.__subclasscheck__", 1, 1)?;
    relation::is_subclass(&args.pos[1], &args.pos[0]).map(Value::Bool)
}
