//! The classes of `collections.abc`: what belongs to them without deriving from them.

use super::class::{Class, class_ref, mro};
use crate::{Fault, Ref, Res, Value};

const MODULE: &str = "collections.abc";

/// Is it a class of `collections.abc`.
pub(super) fn is_one(class: &Class) -> bool {
    !class.is_builtin && class.module.as_str() == MODULE
}

/// Is the value of a class that derives from this class of `collections.abc`.
pub(crate) fn derives(value: &Value, name: &str) -> bool {
    let Value::Instance(instance) = value else { return false };
    mro(&instance.class).any(|c| is_one(c) && c.name.as_str() == name || name == "Sequence" && is_deque(c))
}

/// Is it `collections.deque`, which is registered for `MutableSequence`.
fn is_deque(class: &Class) -> bool {
    !class.is_builtin && class.module.as_str() == "collections" && class.name.as_str() == "deque"
}

/// Does a class belong to this one of `collections.abc`; `None` where the other is none of them.
pub(super) fn holds_class(class: &Ref<Class>, of: &Ref<Class>) -> Option<Res<bool>> {
    is_one(of).then(|| if class.is_subclass(of) { Ok(true) } else { has(of.name.as_str(), class) })
}

/// Does a value belong to this class of `collections.abc`; `None` where it is none of them.
pub(super) fn holds_value(value: &Value, of: &Ref<Class>) -> Option<Res<bool>> {
    if !is_one(of) {
        return None;
    }
    let name = of.name.as_str();
    let is_function =
        matches!(value, Value::Func(_) | Value::Builtin(_) | Value::Method(_) | Value::Class(_));
    match (name, value) {
        ("Callable", _) if is_function => Some(Ok(true)),
        ("Iterator" | "Iterable", Value::Iter(_)) => Some(Ok(true)),
        ("Callable", Value::Host(host)) => Some(Ok(host.0.is_callable())),
        (_, Value::Host(_)) => {
            Some(Err(Fault::not_pure(format!("whether this object is `{name}` is not known here"))))
        }
        _ => holds_class(class_ref(value), of),
    }
}

/// The built-in classes that are such a class by registration, or by a class that they are registered for.
fn registered(name: &str) -> &'static [&'static str] {
    match name {
        "ByteString" => &["bytes"],
        "Sequence" => &["tuple", "str", "range", "bytes", "list"],
        "MutableSequence" => &["list"],
        "Set" => &["frozenset", "set", "dict_keys", "dict_items"],
        "MutableSet" => &["set"],
        "Mapping" | "MutableMapping" => &["dict"],
        "MappingView" => &["dict_keys", "dict_values", "dict_items"],
        "KeysView" => &["dict_keys"],
        "ValuesView" => &["dict_values"],
        "ItemsView" => &["dict_items"],
        "Generator" => &["generator"],
        "Callable" => &["function", "builtin_function_or_method", "method", "method_descriptor", "type"],
        "Iterator" => ITERATORS,
        "Reversible" => {
            &["tuple", "str", "range", "bytes", "list", "dict", "dict_keys", "dict_values", "dict_items"]
        }
        "Sized" | "Container" | "Collection" => COLLECTIONS,
        _ => &[],
    }
}

const ITERATORS: &[&str] = &["generator", "zip", "map", "filter", "enumerate", "reversed"];

const COLLECTIONS: &[&str] = &[
    "tuple",
    "str",
    "range",
    "bytes",
    "list",
    "frozenset",
    "set",
    "dict",
    "dict_keys",
    "dict_values",
    "dict_items",
];

/// Built-in classes whose instances have no hash.
const UNHASHABLE: &[&str] =
    &["list", "dict", "set", "slice", "dict_keys", "dict_items", "Counter", "OrderedDict"];

/// The methods that make a class of a program such a class; none where it has to be derived.
fn methods(name: &str) -> &'static [&'static str] {
    match name {
        "AsyncGenerator" => &["__aiter__", "__anext__", "asend", "athrow", "aclose"],
        "AsyncIterable" => &["__aiter__"],
        "AsyncIterator" => &["__anext__", "__aiter__"],
        "Awaitable" => &["__await__"],
        "Callable" => &["__call__"],
        "Collection" => &["__len__", "__iter__", "__contains__"],
        "Container" => &["__contains__"],
        "Coroutine" => &["__await__", "send", "throw", "close"],
        "Generator" => &["__iter__", "__next__", "send", "throw", "close"],
        "Iterable" => &["__iter__"],
        "Iterator" => &["__iter__", "__next__"],
        "Reversible" => &["__reversed__", "__iter__"],
        "Sized" => &["__len__"],
        _ => &[],
    }
}

fn is_hashable(class: &Ref<Class>) -> Res<bool> {
    for base in mro(class) {
        if base.is_builtin {
            return Ok(!UNHASHABLE.contains(&base.name.as_str()));
        }
        if base.dataclass.get().is_some() {
            return Err(Fault::not_pure("whether a dataclass is `Hashable` is not known here"));
        }
        match base.own("__hash__") {
            Some(hash) => return Ok(!hash.is_none()),
            None if base.own("__eq__").is_some() => return Ok(false),
            None => {}
        }
    }
    Ok(true)
}

fn has(name: &str, class: &Ref<Class>) -> Res<bool> {
    if name == "Hashable" {
        return is_hashable(class);
    }
    let is_iterable =
        |class: &str| name == "Iterable" && (COLLECTIONS.contains(&class) || ITERATORS.contains(&class));
    let is_known = |base: &Ref<Class>| {
        base.is_builtin && (registered(name).contains(&base.name.as_str()) || is_iterable(base.name.as_str()))
    };
    if matches!(name, "Sequence" | "MutableSequence") && mro(class).any(|c| is_deque(c)) {
        return Ok(true);
    }
    let wanted = methods(name);
    let is_shaped = !class.is_builtin
        && !wanted.is_empty()
        && wanted.iter().all(|m| class.lookup(m).is_some_and(|found| !found.is_none()));
    Ok(mro(class).any(is_known) || is_shaped)
}
