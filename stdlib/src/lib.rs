//! The modules of the standard library that have native parts: each gives its names as values.

pub mod cmath;
pub mod math;

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
        _ => None,
    }
}

/// The names and values of a module.
pub fn module(name: &str) -> Option<Vec<(Str, Value)>> {
    let names = match name {
        "cmath" => cmath::NAMES,
        "math" => math::NAMES,
        _ => return None,
    };
    Some(names.iter().filter_map(|item| Some((Str::new(item), lookup(name, item)?))).collect())
}
