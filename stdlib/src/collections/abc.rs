//! `collections.abc`: the names, for `isinstance` and `issubclass`, and to annotate with.

use afar_runtime::object::{Class, Host, HostObject, Module, class};
use afar_runtime::{Fault, Ref, Res, Str, Value};
use std::sync::OnceLock;

/// What the module holds.
pub const NAMES: &[&str] = &[
    "ByteString",
    "Callable",
    "Collection",
    "Container",
    "Generator",
    "Hashable",
    "ItemsView",
    "Iterable",
    "Iterator",
    "KeysView",
    "Mapping",
    "MappingView",
    "MutableMapping",
    "MutableSequence",
    "MutableSet",
    "Reversible",
    "Sequence",
    "Set",
    "Sized",
    "ValuesView",
];

/// A name of the module.
pub fn lookup(name: &str) -> Option<Value> {
    static MADE: OnceLock<Vec<Value>> = OnceLock::new();
    let made = MADE.get_or_init(|| NAMES.iter().map(|name| Host::value(Abstract(name))).collect());
    NAMES.iter().position(|n| *n == name).map(|at| made[at].clone())
}

/// The module itself, which `collections` holds.
pub fn module() -> Value {
    let attrs: Vec<(Str, Value)> =
        NAMES.iter().filter_map(|name| Some((Str::new(name), lookup(name)?))).collect();
    Value::Module(Ref::new(Module::new("collections.abc", attrs)))
}

/// An abstract class.
struct Abstract(&'static str);

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
        "Reversible" => {
            &["tuple", "str", "range", "bytes", "list", "dict", "dict_keys", "dict_values", "dict_items"]
        }
        "Iterable" | "Sized" | "Container" | "Collection" => COLLECTIONS,
        _ => &[],
    }
}

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
const UNHASHABLE: &[&str] = &["list", "dict", "set", "slice", "dict_keys", "dict_items"];

/// The methods that make a class of a program such a class; none where it has to be derived.
fn methods(name: &str) -> &'static [&'static str] {
    match name {
        "Callable" => &["__call__"],
        "Collection" => &["__len__", "__iter__", "__contains__"],
        "Container" => &["__contains__"],
        "Generator" => &["__iter__", "__next__", "send", "throw", "close"],
        "Iterable" => &["__iter__"],
        "Iterator" => &["__iter__", "__next__"],
        "Reversible" => &["__reversed__", "__iter__"],
        "Sized" => &["__len__"],
        _ => &[],
    }
}

fn is_hashable(class: &Ref<Class>) -> Res<bool> {
    for base in class::mro(class) {
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

impl Abstract {
    fn has(&self, class: &Ref<Class>) -> Res<bool> {
        let name = self.0;
        if name == "Hashable" {
            return is_hashable(class);
        }
        let is_known = |base: &Ref<Class>| base.is_builtin && registered(name).contains(&base.name.as_str());
        let wanted = methods(name);
        let is_shaped = |class: &Ref<Class>| {
            !class.is_builtin
                && !wanted.is_empty()
                && wanted.iter().all(|m| class.lookup(m).is_some_and(|found| !found.is_none()))
        };
        Ok(class::mro(class).any(is_known) || is_shaped(class))
    }
}

impl HostObject for Abstract {
    fn type_name(&self) -> &str {
        "ABCMeta"
    }

    fn module(&self) -> &str {
        "abc"
    }

    fn repr(&self) -> Res<String> {
        Ok(format!("<class 'collections.abc.{}'>", self.0))
    }

    fn get_attr(&self, _: &Ref<Host>, name: &str) -> Res<Option<Value>> {
        Ok(match name {
            "__name__" | "__qualname__" => Some(Value::str(self.0)),
            "__module__" => Some(Value::str("collections.abc")),
            "register" => {
                return Err(Fault::not_pure("`register` of an abstract class changes it: derive from it"));
            }
            _ => None,
        })
    }

    fn call(&self, _: &afar_runtime::Args<'_>) -> Res {
        Err(Fault::not_pure(format!("`collections.abc.{}` has no instances of its own", self.0)))
    }

    fn is_callable(&self) -> bool {
        true
    }

    fn getitem(&self, index: &Value) -> Option<Res> {
        let this = lookup(self.0).unwrap_or_default();
        Some(Ok(afar_runtime::object::typing::alias(this, index)))
    }

    fn is_class_of(&self, value: &Value) -> Option<Res<bool>> {
        let is_function =
            matches!(value, Value::Func(_) | Value::Builtin(_) | Value::Method(_) | Value::Class(_));
        Some(match (self.0, value) {
            ("Callable", _) if is_function => Ok(true),
            ("Iterator" | "Iterable", Value::Iter(_)) => Ok(true),
            ("Callable", Value::Host(host)) => Ok(host.0.is_callable()),
            (_, Value::Host(_)) => {
                Err(Fault::not_pure(format!("whether this object is `{}` is not known here", self.0)))
            }
            _ => self.has(class::class_ref(value)),
        })
    }

    fn is_base_of(&self, class: &Ref<Class>) -> Option<Res<bool>> {
        Some(self.has(class))
    }

    fn as_any(&self) -> &dyn std::any::Any {
        self
    }
}
