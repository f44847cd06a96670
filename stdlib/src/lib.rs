//! The modules of the standard library that have native parts: each gives its names as values.

pub mod bisect;
pub mod collections;
pub mod functools;
pub mod heapq;
pub mod itertools;
pub mod operator;

mod native;

#[cfg(test)]
mod oracle;
#[cfg(test)]
mod tests;

use afar_runtime::Value;

/// What a module holds under a name; `None` where there is no such module or name.
pub fn lookup(module: &str, name: &str) -> Option<Value> {
    match module {
        "bisect" => bisect::lookup(name),
        "collections" => collections::lookup(name),
        "functools" => functools::lookup(name),
        "heapq" => heapq::lookup(name),
        "itertools" => itertools::lookup(name),
        "operator" => operator::lookup(name),
        _ => None,
    }
}
