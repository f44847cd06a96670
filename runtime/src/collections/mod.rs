//! Lists, tuples, dicts, sets, ranges, slices and views.

mod dict;
mod list;
mod range;
mod set;
mod tuple;

pub use dict::{Dict, DictFlavour, View, ViewKind};
pub use list::{Items, List};
pub use range::{Range, Slice};
pub use set::Set;
