//! The wire format: values, functions, classes, exceptions and units as bytes, and back.
//!
//! A value is written depth first. What may be met again, since it is shared or holds itself, gets a number when it is
//! opened, in the order of the text; a later mention is that number. Instances and classes are opened before what they
//! hold, so they may hold themselves; the contents of cells, through which functions hold themselves, come at the end.
//!
//! Functions travel as the text that they stand in, the number of their node, and what they captured. What both ends of a
//! [`Link`] know already (functions, classes, instances, namespaces, texts) is not sent again.

mod bytes;
mod decode;
mod encode;
mod link;
mod tags;
#[cfg(test)]
mod tests;
mod units;

pub use link::{End, Link};
pub use units::{Wire, content};

use crate::engine::Meta;
use afar_runtime::collections::Items;
use afar_runtime::{Res, Value, ops};

/// A value as bytes, at one end of a link.
///
/// # Errors
///
/// `NotPure` for what cannot leave the process.
pub fn encode(link: &mut Link, from: End, value: &Value) -> Res<Vec<u8>> {
    encode::Encoder::sending(link, from).finish(value)
}

/// The value that was encoded at the other end.
///
/// # Errors
///
/// What is wrong with the bytes; what a `__hash__` or `__eq__` of the program raised.
pub fn decode(link: &mut Link, at: End, bytes: &[u8]) -> Res {
    decode::Decoder::new(link, at, bytes).finish()
}

/// What is known of a value without looking at it again.
pub(crate) fn meta(value: &Value) -> Meta {
    let len = match value {
        Value::Instance(_) | Value::Host(_) | Value::Class(_) => None,
        _ => ops::len(value).ok(),
    };
    Meta { type_name: type_text(value), len, nbytes: measure(value) }
}

/// The length of the canonical encoding of a value, where it has one.
fn measure(value: &Value) -> Option<usize> {
    if let Value::List(list) = value {
        match list.items() {
            Items::Int(items) => return Some(tags::LIST_HEAD + 8 * items.len()),
            Items::Float(items) => return Some(tags::LIST_HEAD + 8 * items.len()),
            Items::Rows(_) | Items::Any(_) => {}
        }
    }
    let mut link = Link::default();
    encode::Encoder::counting(&mut link).length(value).ok()
}

/// `list[int]`, `dict`.
fn type_text(value: &Value) -> String {
    let name = ops::type_name(value).to_string();
    let Value::List(list) = value else { return name };
    match list.items() {
        Items::Int(_) => "list[int]".to_owned(),
        Items::Float(_) => "list[float]".to_owned(),
        Items::Rows(_) => "list[tuple]".to_owned(),
        Items::Any(items) => match items.first().map(ops::type_name) {
            Some(first) if items.iter().all(|v| ops::type_name(v) == first) => format!("list[{first}]"),
            _ => name,
        },
    }
}
