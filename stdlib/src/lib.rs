//! The modules of the standard library that have native parts: each gives its names as values.

pub mod bisect;
pub mod cmath;
pub mod collections;
pub mod functools;
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

mod native;

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
        "bisect" => bisect::lookup(name),
        "cmath" => cmath::lookup(name),
        "collections" => collections::lookup(name),
        "functools" => functools::lookup(name),
        "heapq" => heapq::lookup(name),
        "itertools" => itertools::lookup(name),
        "math" => math::lookup(name),
        "operator" => operator::lookup(name),
        "re" | "_re" => re::lookup(name),
        "_json" => json::lookup(name),
        "_string" => string::lookup(name),
        _ => None,
    }
}

/// The names and values of a module.
pub fn module(name: &str) -> Option<Vec<(Str, Value)>> {
    let names = match name {
        "afar" => refuse::NAMES,
        "afar.io" => io::NAMES,
        "afar.random" => random::NAMES,
        "cmath" => cmath::NAMES,
        "math" => math::NAMES,
        "bisect" => bisect::NAMES,
        "collections" => collections::NAMES,
        "functools" => functools::NAMES,
        "heapq" => heapq::NAMES,
        "itertools" => itertools::NAMES,
        "operator" => operator::NAMES,
        "_re" => re::NAMES,
        "_json" => json::NAMES,
        "_string" => string::NAMES,
        _ => return None,
    };
    Some(names.iter().filter_map(|n| Some((Str::new(n), lookup(name, n)?))).collect())
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
    ("json", json::SOURCE),
    ("re", re::SOURCE),
    ("string", string::SOURCE),
    ("textwrap", include_str!("textwrap.afr")),
    ("fractions", include_str!("afr/fractions.afr")),
    ("statistics", include_str!("afr/statistics.afr")),
];
