//! A short list of numbers that was just dropped is the next one of its kind: a loop that makes a list a round needs no new memory.

use super::list::{Items, List};
use crate::{Ref, Value};
use std::cell::Cell;

/// Of longer lists the memory is given back.
const MAX_BYTES: usize = 4 << 10;

thread_local! {
    /// The list that this thread has dropped last, if nobody else had it.
    static SPARE: Cell<Option<Ref<List>>> = const { Cell::new(None) };
}

/// Drops a value, or keeps it for `take`.
#[inline]
pub fn drop_or_keep(value: Value) {
    if let Value::List(list) = value {
        keep(list);
    }
}

fn keep(mut list: Ref<List>) {
    let is_plain = match list.items() {
        Items::Int(_) | Items::Float(_) | Items::Rows(_) => {
            list.len() * list.items().item_bytes() <= MAX_BYTES
        }
        Items::Any(_) => false,
    };
    if is_plain && Ref::get_mut(&mut list).is_some() {
        // While a thread ends there is no place for it: then it is dropped.
        let _ = SPARE.try_with(|spare| spare.set(Some(list)));
    }
}

/// A list with this many items of this kind, whatever they are: -1 for ints, -2 for floats, else the number of the form of rows.
#[inline]
pub fn take(form: i64, n: usize) -> Option<Ref<List>> {
    let list = SPARE.try_with(Cell::take).ok()??;
    (list.items().form() == form && list.len() == n).then_some(list)
}
