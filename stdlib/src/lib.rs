//! The modules of the standard library that have native parts: each gives its names as values.

pub mod bisect;
pub mod cmath;
pub mod collections;
pub mod functools;
pub mod heapq;
pub mod itertools;
pub mod json;
pub mod math;
pub mod operator;
pub mod re;
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
        "cmath" => cmath::lookup(name),
        "math" => math::lookup(name),
        "bisect" => bisect::lookup(name),
        "collections" => collections::lookup(name),
        "functools" => functools::lookup(name),
        "heapq" => heapq::lookup(name),
        "itertools" => itertools::lookup(name),
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
    ("re", re::SOURCE),
    ("json", json::SOURCE),
    ("string", string::SOURCE),
    ("textwrap", include_str!("textwrap.afr")),
];
