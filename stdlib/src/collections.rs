//! `collections`: `Counter`, `OrderedDict` and `namedtuple`, which are in the runtime, and the names of the classes that
//! are written in Afar, which are loaded when they are asked for.

use afar_runtime::Value;
use afar_runtime::object::lazy::lazy;
use std::sync::OnceLock;

/// What the module holds.
pub const NAMES: &[&str] = &[
    "ChainMap",
    "Counter",
    "OrderedDict",
    "UserDict",
    "UserList",
    "UserString",
    "__all__",
    "abc",
    "defaultdict",
    "deque",
    "namedtuple",
];

/// `__all__`, in CPython's order.
const ALL: &[&str] = &[
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

/// The module that holds the classes written in Afar.
pub const CLASSES: &str = "_collections";

/// The text of that module.
pub const SOURCE: &str = concat!("#\u{1}\n", include_str!("afr/collections.afr"));

/// A name of the module.
pub fn lookup(name: &str) -> Option<Value> {
    static LAZY: OnceLock<Vec<(&str, Value)>> = OnceLock::new();
    match name {
        "Counter" => return Some(afar_runtime::collections::class_counter()),
        "OrderedDict" => return Some(afar_runtime::collections::class_ordered_dict()),
        "namedtuple" => return Some(Value::Builtin(&afar_runtime::object::namedtuple::NAMEDTUPLE)),
        "__all__" => return Some(Value::list(ALL.iter().map(|n| Value::str(*n)).collect())),
        _ => {}
    }
    let lazy = LAZY.get_or_init(|| {
        let classes = ["ChainMap", "UserDict", "UserList", "UserString", "defaultdict", "deque"];
        let mut all: Vec<(&str, Value)> = classes.iter().map(|name| (*name, lazy(CLASSES, name))).collect();
        all.push(("abc", lazy("collections.abc", "")));
        all
    });
    lazy.iter().find(|(n, _)| *n == name).map(|(_, value)| value.clone())
}
