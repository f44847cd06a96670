//! Small processes have small pages: a large page is two megabytes, and most of the time of a short program would go into
//! filling the first few with zeros.
//!
//! Until so much is held, the kernel gives small pages only; from then on large ones where the allocator asks for them.

#![expect(unsafe_code, reason = "libc's `prctl` is a foreign function")]

use std::sync::atomic::{AtomicBool, Ordering};

/// From so much on large pages are worth their zeros, in bytes.
const LARGE: usize = 16 << 20;

static ARE_SMALL: AtomicBool = AtomicBool::new(false);
static IS_LARGE: AtomicBool = AtomicBool::new(false);

/// Called where a thread allocates for the first time.
pub(super) fn begin() {
    if !IS_LARGE.load(Ordering::Relaxed) && !ARE_SMALL.swap(true, Ordering::Relaxed) {
        set(true);
    }
}

/// Called where it was found that so many bytes are held.
pub(super) fn note(held: usize) {
    if held >= LARGE && !IS_LARGE.load(Ordering::Relaxed) && !IS_LARGE.swap(true, Ordering::Relaxed) {
        set(false);
    }
}

fn set(are_small: bool) {
    let on = libc::c_ulong::from(are_small);
    let none: libc::c_ulong = 0;
    // SAFETY: the call takes these numbers and no addresses. Where the kernel does not know it, pages are as they were.
    unsafe { libc::prctl(libc::PR_SET_THP_DISABLE, on, none, none, none) };
}
