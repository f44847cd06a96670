//! The modules of the standard library that have native parts: each gives its names as values.

pub mod cmath;
pub mod math;

#[cfg(test)]
mod oracle;
#[cfg(test)]
mod tests;

use afar_runtime::Value;

use afar_runtime::Str;

/// The names and values of a module.
pub fn module(name: &str) -> Option<Vec<(Str, Value)>> {
    let (names, lookup): (&[&str], fn(&str) -> Option<Value>) = match name {
        "cmath" => (cmath::NAMES, cmath::lookup),
        "math" => (math::NAMES, math::lookup),
        _ => return None,
    };
    Some(names.iter().filter_map(|name| Some((Str::new(name), lookup(name)?))).collect())
}
