//! The wire format: values, functions, classes, exceptions and units as bytes, and back.
//!
//! A value is written depth first. What may be met again, since it is shared or holds itself, gets a number when it is
//! opened, in the order of the text; a later mention is that number. Instances and classes are opened before what they
//! hold, so they may hold themselves; the contents of cells, through which functions hold themselves, come at the end.
//!
//! Functions travel as the name of the text that they stand in, the number of their node, and what they captured; what a
//! module has travels as its place there. What has an identity has one name in all processes ([`Names`]), so that whoever
//! has it already takes his own; and bytes can be kept, and sent on, by somebody who does not look into them.

mod bytes;
mod content;
mod decode;
mod encode;
mod names;
mod place;
mod sent;
mod tags;
#[cfg(test)]
mod tests;
mod units;

pub use content::{content, range_content, waiting_content};
pub use encode::{About, Blob};
pub use names::{Names, Shelf, Side, TextHash, Uid, add_text, text_of};
pub use sent::Sent;
pub use units::{decode_fault, decode_unit, encode_fault, encode_unit};

use crate::engine::Meta;
use afar_runtime::collections::Items;
use afar_runtime::{Res, Value, ops};

/// A value as bytes.
///
/// # Errors
///
/// `NotPure` for what cannot leave the process.
pub fn encode(names: &mut Names, value: &Value) -> Res<Blob> {
    encode::Encoder::sending(names).finish(value)
}

/// The value that was encoded elsewhere.
///
/// # Errors
///
/// What is wrong with the bytes; what a `__hash__` or `__eq__` of the program raised.
pub fn decode(names: &mut Names, bytes: &[u8]) -> Res {
    decode::Decoder::new(names, bytes).finish()
}

/// What is known of a value without looking at it again, and what its functions reach. Its things are named on the way.
pub(crate) fn meta(names: &mut Names, value: &Value) -> (Meta, About) {
    let len = match value {
        Value::Instance(_) | Value::Host(_) | Value::Class(_) => None,
        _ => ops::len(value).ok(),
    };
    let (nbytes, about) = measure(names, value);
    (Meta { type_name: type_text(value), len, nbytes, reaches: Vec::new() }, about)
}

/// The length of the canonical encoding of a value, where it has one.
fn measure(names: &mut Names, value: &Value) -> (Option<usize>, About) {
    if let Value::List(list) = value
        && let Items::Int(_) | Items::Float(_) = list.items()
    {
        return (Some(tags::LIST_HEAD + 8 * list.len()), About::default());
    }
    let mut encoder = encode::Encoder::counting(names);
    let length = encoder.length(value).ok();
    (length, encoder.about)
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
