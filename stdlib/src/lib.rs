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
    names.filter_map(|name| Some((Str::new(name), lookup(module, name)?))).collect()
}

/// The text of a module that is written in Afar. It finds bound what [`module`] gives for its name with a `_` before it.
pub fn source(name: &str) -> Option<&'static str> {
    SOURCES.iter().find(|(n, _)| *n == name).map(|(_, text)| *text)
}

/// The modules written in Afar.
const SOURCES: &[(&str, &str)] = &[
    (
        "datetime",
        concat!(
            include_str!("afr/datetime.afr"),
            include_str!("afr/datetime_moment.afr"),
            include_str!("afr/datetime_text.afr")
        ),
    ),
    (
        "decimal",
        concat!(
            include_str!("afr/decimal.afr"),
            include_str!("afr/decimal_number.afr"),
            include_str!("afr/decimal_real.afr"),
            include_str!("afr/decimal_class.afr")
        ),
    ),
    ("abc", include_str!("afr/abc.afr")),
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
