//! The modules of the standard library that have native parts: each gives its names as values.

#[cfg(test)]
mod oracle;
#[cfg(test)]
mod tests;

use afar_runtime::Value;

use afar_runtime::Str;

/// The names and values of a module.
pub fn module(name: &str) -> Option<Vec<(Str, Value)>> {
    let _ = name;
    None
}
