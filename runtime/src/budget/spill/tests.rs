//! Allocations in files: what they hold stays, however they grow and shrink, and nothing of them is left.

use super::{Resized, SPILLED, alloc, dealloc, fits, limit, realloc, set};
use crate::budget::{self, Counted};
use std::alloc::{GlobalAlloc, Layout};
use std::sync::atomic::Ordering;

const MB: usize = 1 << 20;

fn layout(bytes: usize) -> Layout {
    Layout::from_size_align(bytes, 8).expect("a layout")
}

/// Writes a number into each page of what lies from one offset to another.
fn write(place: *mut u8, from: usize, to: usize) {
    for at in (from..to).step_by(4096) {
        // SAFETY: the caller has so much.
        unsafe { place.add(at).write((at / 4096 % 251) as u8) };
    }
}

fn holds(place: *mut u8, to: usize) -> bool {
    // SAFETY: the caller has so much, and wrote it.
    (0..to).step_by(4096).all(|at| unsafe { place.add(at).read() } == (at / 4096 % 251) as u8)
}

// One test, since all that it looks at belongs to the process.
#[test]
fn what_is_beyond_the_budget_lies_in_files() {
    let folder = std::env::var_os("CARGO_TARGET_TMPDIR").unwrap_or_else(|| "/var/tmp".into());
    let before = budget::limit();
    assert!(alloc(layout(64 * MB)).is_none(), "nothing lies in files unless that was said");
    assert!(set(std::path::Path::new("/proc"), MB).is_err(), "there are no files to be made");
    assert_eq!(set(folder.as_ref(), 256 * MB).expect("a disk"), 256 * MB);
    assert!(alloc(layout(64 * MB)).is_none(), "there is memory");
    budget::set_limit(32 * MB);
    assert!(fits(200 * MB) && !fits(300 * MB) && !fits(MB - 1) && limit() == 256 * MB);
    assert!(alloc(layout(300 * MB)).is_none() && alloc(layout(MB - 1)).is_none());

    let place = alloc(layout(64 * MB)).expect("a file");
    write(place, 0, 64 * MB);
    // SAFETY: it is of this layout, and the old place is not used again.
    let Resized::Done(place) = (unsafe { realloc(place, layout(64 * MB), 200 * MB) }) else {
        unreachable!("there is room")
    };
    write(place, 64 * MB, 200 * MB);
    assert!(holds(place, 200 * MB));
    assert_eq!(SPILLED.load(Ordering::Relaxed), 200 * MB);
    // SAFETY: as above.
    let too_much = unsafe { realloc(place, layout(200 * MB), 300 * MB) };
    assert!(matches!(too_much, Resized::Moves));
    // SAFETY: as above.
    let Resized::Done(place) = (unsafe { realloc(place, layout(200 * MB), 20 * MB) }) else {
        unreachable!("it is less")
    };
    assert!(holds(place, 20 * MB));
    // SAFETY: as above; what is small lies in memory.
    let place = unsafe { Counted.realloc(place, layout(20 * MB), MB / 2) };
    assert!(holds(place, MB / 2) && SPILLED.load(Ordering::Relaxed) == 0);
    // SAFETY: as above; what grows beyond the budget moves into a file.
    let place = unsafe { Counted.realloc(place, layout(MB / 2), 100 * MB) };
    assert!(holds(place, MB / 2) && SPILLED.load(Ordering::Relaxed) == 100 * MB);
    // SAFETY: nobody uses it any more.
    assert!(unsafe { dealloc(place, layout(100 * MB)) });
    assert_eq!(SPILLED.load(Ordering::Relaxed), 0);
    // SAFETY: nobody uses what there is none of any more.
    assert!(!unsafe { dealloc(place, layout(100 * MB)) });
    budget::set_limit(before);
}
