//! Where compiled code finds what it reads of the runtime's objects.

use afar_runtime::collections::List;

/// How far the payload of a counted reference lies behind its address.
const COUNT_BYTES: usize = 8;

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    reason = "offsets in small structures"
)]
const fn offset(n: usize) -> i32 {
    (COUNT_BYTES + n) as i32
}

/// The address of a list's first item.
pub const LIST_DATA: i32 = offset(List::DATA_OFFSET);
/// How a list's items are stored.
pub const LIST_FORM: i32 = offset(List::FORM_OFFSET);
/// The number of a list's items.
pub const LIST_LEN: i32 = offset(List::LEN_OFFSET);
