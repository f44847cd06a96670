//! The modules of the standard library that have native parts: each gives its names as values.

pub mod base64;
pub mod binascii;
pub mod bisect;
pub mod cmath;
pub mod collections;
pub mod csv;
pub mod functools;
pub mod hashlib;
pub mod heapq;
pub mod io;
pub mod itertools;
pub mod json;
pub mod math;
pub mod operator;
pub mod random;
pub mod re;
pub mod refuse;
mod shortcut;
pub mod string;
pub mod structs;
pub mod unicodedata;
pub mod zlib;

mod native;
mod proxy;

#[cfg(test)]
mod oracle;
#[cfg(test)]
mod tests;

use afar_runtime::{Str, Value};

/// What a module holds under a name; `None` where there is no such module or name.
pub fn lookup(module: &str, name: &str) -> Option<Value> {
    match module {
        "afar" => refuse::lookup(name),
        "afar.io" => io::lookup(name),
        "afar.random" => random::lookup(name),
        "base64" => base64::lookup(name),
        "binascii" => binascii::lookup(name),
        "bisect" => bisect::lookup(name),
        "cmath" => cmath::lookup(name),
        "collections" => collections::lookup(name),
        "csv" | "_csv" => csv::lookup(name),
        "functools" => functools::lookup(name),
        "hashlib" => hashlib::lookup(name),
        "_hashlib" => hashlib::native_lookup(name),
        "heapq" => heapq::lookup(name),
        "itertools" => itertools::lookup(name),
        "math" => math::lookup(name),
        "operator" => operator::lookup(name),
        "re" | "_re" => re::lookup(name),
        "struct" => structs::lookup(name),
        "unicodedata" => unicodedata::lookup(name),
        "zlib" => zlib::lookup(name),
        "_json" => json::lookup(name),
        "_string" => string::lookup(name),
        _ => None,
    }
}

/// The names and values of a module.
pub fn module(name: &str) -> Option<Vec<(Str, Value)>> {
    let names = match name {
        "zlib" => return Some(named(name, zlib::names())),
        "afar" => refuse::NAMES,
        "afar.io" => io::NAMES,
        "afar.random" => random::NAMES,
        "cmath" => cmath::NAMES,
        "math" => math::NAMES,
        "base64" => base64::NAMES,
        "binascii" => binascii::NAMES,
        "bisect" => bisect::NAMES,
        "collections" => collections::NAMES,
        "_csv" => csv::NAMES,
        "functools" => functools::NAMES,
        "hashlib" => hashlib::NAMES,
        "_hashlib" => hashlib::NATIVE_NAMES,
        "heapq" => heapq::NAMES,
        "itertools" => itertools::NAMES,
        "operator" => operator::NAMES,
        "struct" => structs::NAMES,
        "unicodedata" => unicodedata::NAMES,
        "_re" => re::NAMES,
        "_json" => json::NAMES,
        "_string" => string::NAMES,
        _ => return None,
    };
    Some(named(name, names.iter().copied()))
}

fn named(module: &str, names: impl Iterator<Item = &'static str>) -> Vec<(Str, Value)> {
    let mut found: Vec<(Str, Value)> =
        names.filter_map(|name| Some((Str::new(name), lookup(module, name)?))).collect();
    if let Some((_, all)) = ALL.iter().find(|(m, _)| *m == module) {
        let names = all.iter().map(|name| Value::str(*name));
        let names = if module == "hashlib" {
            Value::tuple(names.collect::<Vec<_>>())
        } else {
            Value::list(names.collect())
        };
        found.push((Str::new("__all__"), names));
    }
    found
}

/// The `__all__` of native modules, in CPython's order.
#[rustfmt::skip]
const ALL: &[(&str, &[&str])] = &[
    (
        "functools",
        &[
            "update_wrapper", "wraps", "WRAPPER_ASSIGNMENTS", "WRAPPER_UPDATES", "total_ordering", "cache",
            "cmp_to_key", "lru_cache", "reduce", "partial", "partialmethod", "singledispatch",
            "singledispatchmethod", "cached_property",
        ],
    ),
    (
        "operator",
        &[
            "abs", "add", "and_", "attrgetter", "call", "concat", "contains", "countOf", "delitem", "eq",
            "floordiv", "ge", "getitem", "gt", "iadd", "iand", "iconcat", "ifloordiv", "ilshift", "imatmul",
            "imod", "imul", "index", "indexOf", "inv", "invert", "ior", "ipow", "irshift", "is_", "is_not",
            "isub", "itemgetter", "itruediv", "ixor", "le", "length_hint", "lshift", "lt", "matmul",
            "methodcaller", "mod", "mul", "ne", "neg", "not_", "or_", "pos", "pow", "rshift", "setitem", "sub",
            "truediv", "truth", "xor",
        ],
    ),
    (
        "heapq",
        &[
            "heappush", "heappop", "heapify", "heapreplace", "merge", "nlargest", "nsmallest", "heappushpop",
        ],
    ),
    (
        "hashlib",
        &[
            "md5", "sha1", "sha224", "sha256", "sha384", "sha512", "blake2b", "blake2s", "sha3_224", "sha3_256",
            "sha3_384", "sha3_512", "shake_128", "shake_256", "new", "algorithms_guaranteed",
            "algorithms_available", "pbkdf2_hmac", "file_digest",
        ],
    ),
    (
        "base64",
        &[
            "encode", "decode", "encodebytes", "decodebytes", "b64encode", "b64decode", "b32encode",
            "b32decode", "b32hexencode", "b32hexdecode", "b16encode", "b16decode", "b85encode", "b85decode",
            "a85encode", "a85decode", "standard_b64encode", "standard_b64decode", "urlsafe_b64encode",
            "urlsafe_b64decode",
        ],
    ),
    (
        "struct",
        &[
            "calcsize", "pack", "pack_into", "unpack", "unpack_from", "iter_unpack", "Struct", "error",
        ],
    ),
];

/// The text of a module that is written in Afar. It finds bound what [`module`] gives for its name with a `_` before it.
pub fn source(name: &str) -> Option<&'static str> {
    SOURCES.iter().find(|(n, _)| *n == name).map(|(_, text)| *text)
}

/// The modules written in Afar. A text that begins with `#\u{1}` is one whose classes CPython has in C, and that show nothing of how
/// they are made.
const SOURCES: &[(&str, &str)] = &[
    (
        "datetime",
        concat!(
            "#\u{1}\n",
            include_str!("afr/datetime.afr"),
            include_str!("afr/datetime_moment.afr"),
            include_str!("afr/datetime_text.afr")
        ),
    ),
    (
        "decimal",
        concat!(
            "#\u{1}\n",
            include_str!("afr/decimal.afr"),
            include_str!("afr/decimal_number.afr"),
            include_str!("afr/decimal_real.afr"),
            include_str!("afr/decimal_class.afr")
        ),
    ),
    ("collections.abc", include_str!("afr/collections_abc.afr")),
    (collections::CLASSES, collections::SOURCE),
    ("csv", csv::SOURCE),
    ("json", json::SOURCE),
    ("re", re::SOURCE),
    ("string", string::SOURCE),
    ("textwrap", include_str!("textwrap.afr")),
    ("fractions", include_str!("afr/fractions.afr")),
    ("statistics", include_str!("afr/statistics.afr")),
];
