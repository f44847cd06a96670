//! Allocations in files: what they hold stays, however they grow and shrink, and nothing of them is left.
//!
//! A process of its own, since the budget and the files are the process's.

#![expect(unsafe_code, reason = "an allocator is unsafe by its nature")]

use afar_runtime::budget::spill::{fits, in_files, limit, set};
use afar_runtime::budget::{Counted, set_limit};
use std::alloc::{GlobalAlloc, Layout};

const MB: usize = 1 << 20;

/// An allocation into each page of which a number was written.
struct Pages {
    place: *mut u8,
    layout: Layout,
}

impl Pages {
    fn new(bytes: usize) -> Self {
        let layout = Layout::from_size_align(bytes, 8).expect("a layout");
        // SAFETY: no test asks for nothing.
        let place = unsafe { Counted.alloc(layout) };
        assert!(!place.is_null(), "there is room for {bytes} bytes");
        let pages = Self { place, layout };
        pages.write(0);
        pages
    }

    fn write(&self, from: usize) {
        for at in (from.next_multiple_of(4096)..self.layout.size()).step_by(4096) {
            // SAFETY: it is so long.
            unsafe { self.place.add(at).write((at / 4096 % 251) as u8) };
        }
    }

    fn resize(&mut self, bytes: usize) {
        let old = self.layout;
        // SAFETY: it is of this layout, and the old place is forgotten.
        self.place = unsafe { Counted.realloc(self.place, old, bytes) };
        assert!(!self.place.is_null(), "there is room for {bytes} bytes");
        self.layout = Layout::from_size_align(bytes, 8).expect("a layout");
        self.write(old.size().min(bytes));
    }

    /// Does each page hold what was written.
    fn is_whole(&self) -> bool {
        let pages = (0..self.layout.size()).step_by(4096);
        // SAFETY: it is so long, and was written.
        pages.into_iter().all(|at| unsafe { self.place.add(at).read() } == (at / 4096 % 251) as u8)
    }
}

impl Drop for Pages {
    fn drop(&mut self) {
        // SAFETY: it is of this layout, and nobody uses it any more.
        unsafe { Counted.dealloc(self.place, self.layout) };
    }
}

/// How much lies in files once an allocation has had each of these sizes, one after the other, beside what each of them is.
#[track_caller]
fn sizes(steps: &[(usize, usize)]) {
    let mut pages = Pages::new(steps[0].0);
    for (i, (bytes, spilled)) in steps.iter().enumerate() {
        if i > 0 {
            pages.resize(*bytes);
        }
        assert!(pages.is_whole(), "step {i} of {steps:?}");
        assert_eq!(in_files(), *spilled, "step {i} of {steps:?}");
    }
    drop(pages);
    assert_eq!(in_files(), 0, "what was in files is gone");
}

#[test]
fn what_is_beyond_the_budget_lies_in_files() {
    let folder = std::env::var_os("CARGO_TARGET_TMPDIR").unwrap_or_else(|| "/var/tmp".into());
    set_limit(4096 * MB);
    sizes(&[(64 * MB, 0)]);
    assert!(set(std::path::Path::new("/proc"), MB).is_err(), "there are no files to be made");
    assert_eq!(set(folder.as_ref(), 256 * MB).expect("a disk"), 256 * MB);
    sizes(&[(64 * MB, 0), (128 * MB, 0)]);
    set_limit(32 * MB);
    assert!(fits(200 * MB) && !fits(300 * MB) && !fits(MB - 1) && limit() == 256 * MB);
    // What is too much for the files, and what is small, lies in memory.
    sizes(&[(300 * MB, 0)]);
    sizes(&[(MB - 1, 0)]);
    // It grows and shrinks where it is, leaves its file as it gets small, and comes back.
    sizes(&[
        (64 * MB, 64 * MB),
        (200 * MB, 200 * MB),
        (20 * MB, 20 * MB),
        (MB / 2, 0),
        (100 * MB, 100 * MB),
        (300 * MB, 0),
    ]);
    // A file without a descriptor cannot grow: what lies in it moves.
    sizes(&[(48 * MB, 48 * MB), (96 * MB, 96 * MB)]);
}
