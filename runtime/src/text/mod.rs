//! Text and bytes: methods, codecs, `%` formatting and `str.format`.
//!
//! Text is a sequence of Unicode scalar values: what would need a lone surrogate is refused as `NotPure`.

mod bytes;
mod bytes_case;
mod bytes_methods;
mod case;
mod chars;
mod codec;
mod codec_escape;
mod codec_names;
mod codec_tables;
mod codec_wide;
mod construct;
mod fill;
mod index;
mod operators;
mod percent;
mod receiver;
mod repr;
mod search;
mod split;
mod str_methods;
mod template;
mod translate;
mod unicode_tables;
pub mod words;

#[cfg(test)]
mod tests;

pub use chars::{
    decimal_value, is_alnum, is_alpha, is_decimal, is_digit, is_identifier, is_lower, is_numeric,
    is_printable, is_space, is_upper,
};
pub use codec::{decode, encode};
pub use construct::{construct_bytes, construct_str, format_str};
pub use fill::{filled, push_int, with_formatted};
pub use index::{getitem, slice_bounds, str_slice};
pub use operators::{append_own, binary, compare, concat_error, contains, hash, hash_bytes};
pub use receiver::{bytes_of, str_of};
pub use repr::{ascii, ascii_of_repr, repr_bytes, repr_str};

use crate::{Builtin, Fault};

/// A method of `str` or `bytes`.
pub fn method(type_name: &str, name: &str) -> Option<&'static Builtin> {
    methods(type_name).iter().find(|method| method.name == name)
}

/// All methods of `str` or `bytes`.
pub fn methods(type_name: &str) -> &'static [Builtin] {
    match type_name {
        "str" => str_methods::METHODS,
        "bytes" => bytes_methods::METHODS,
        _ => &[],
    }
}

/// A function of `str` or `bytes` that needs no receiver: `maketrans`, `bytes.fromhex`.
pub fn static_method(type_name: &str, name: &str) -> Option<&'static Builtin> {
    let table = match type_name {
        "str" => str_methods::STATIC,
        "bytes" => bytes_methods::STATIC,
        _ => return None,
    };
    table.iter().find(|method| method.name == name)
}

/// The refusal of text that would have a lone surrogate.
pub fn surrogate_refusal() -> Fault {
    Fault::not_pure("text with a lone surrogate (U+D800 to U+DFFF) cannot be represented")
}
