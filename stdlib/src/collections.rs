//! `collections`: `Counter`, `OrderedDict`, `ChainMap`; what changes in place (`deque`, `defaultdict`) is refused.
//! `namedtuple` makes classes and is with them, in the runtime.

pub mod abc;
mod chain_map;

use afar_runtime::object::Host;
use afar_runtime::{Builtin, Fault, Res, Value};
use std::sync::OnceLock;

/// What the module holds.
pub const NAMES: &[&str] = &[
    "ChainMap",
    "Counter",
    "OrderedDict",
    "UserDict",
    "UserList",
    "UserString",
    "defaultdict",
    "deque",
    "namedtuple",
];

static USER: [Builtin; 3] = [
    Builtin { name: "UserDict", owner: "collections", call: |_| derive("dict") },
    Builtin { name: "UserList", owner: "collections", call: |_| derive("list") },
    Builtin { name: "UserString", owner: "collections", call: |_| derive("str") },
];

fn derive(class: &str) -> Res {
    Err(Fault::not_pure(format!(
        "a class of `collections` that wraps a {class} is not supported: derive from {class}"
    )))
}

static DEFAULTDICT: Builtin = Builtin {
    name: "defaultdict",
    owner: "collections",
    call: |_| {
        Err(Fault::not_pure(
            "`collections.defaultdict` changes when it is read: use `d.get(key, default)`, `Counter`, or `{**d, key: value}`",
        ))
    },
};

static DEQUE: Builtin = Builtin {
    name: "deque",
    owner: "collections",
    call: |_| {
        Err(Fault::not_pure(
            "`collections.deque` is changed in place: use a list, with `a + [x]`, `a[0]` and `a[1:]`",
        ))
    },
};

/// A name of the module.
pub fn lookup(name: &str) -> Option<Value> {
    static CHAIN_MAP: OnceLock<Value> = OnceLock::new();
    match name {
        "ChainMap" => Some(CHAIN_MAP.get_or_init(|| Host::value(&chain_map::CLASS)).clone()),
        "Counter" => Some(afar_runtime::collections::class_counter()),
        "OrderedDict" => Some(afar_runtime::collections::class_ordered_dict()),
        "UserDict" => Some(Value::Builtin(&USER[0])),
        "UserList" => Some(Value::Builtin(&USER[1])),
        "UserString" => Some(Value::Builtin(&USER[2])),
        "defaultdict" => Some(Value::Builtin(&DEFAULTDICT)),
        "deque" => Some(Value::Builtin(&DEQUE)),
        "namedtuple" => Some(Value::Builtin(&afar_runtime::object::namedtuple::NAMEDTUPLE)),
        _ => None,
    }
}
