//! The stack of a thread: how much of it is left, so that deep nesting through the runtime ends in `RecursionError`.
//!
//! Calls of compiled code are counted by [`crate::abi::Ctx::depth_left`]. A call that comes back into compiled code through the
//! runtime takes more of the stack than its count says, and asks here.

use crate::{Fault, Res};
use std::cell::Cell;

/// What must be left for the runtime's own work, in bytes.
const RESERVE: usize = 1 << 20;

thread_local! {
    /// The lowest address that may be used; 0 where the thread did not say.
    static LOWEST: Cell<usize> = const { Cell::new(0) };
}

/// Says how large the stack of this thread is, in bytes; called where the thread starts.
pub fn own(bytes: usize) {
    LOWEST.set(here().saturating_sub(bytes.saturating_sub(RESERVE)));
}

/// An address in the frame of whoever asks.
#[inline(never)]
fn here() -> usize {
    let mark = 0u8;
    (&raw const mark).addr()
}

/// # Errors
///
/// `RecursionError` where the stack of this thread is nearly used up.
pub fn check() -> Res<()> {
    if here() < LOWEST.get() {
        return Err(Fault::exception("RecursionError", "maximum recursion depth exceeded"));
    }
    Ok(())
}
