//! Allocations that grow and shrink across mappings.

use super::{COUNT, LEAST};
use crate::budget::Counted;
use std::alloc::{GlobalAlloc, Layout};
use std::sync::atomic::Ordering;

/// An allocation whose words are numbered.
struct Words {
    place: *mut u8,
    layout: Layout,
}

impl Words {
    fn new(bytes: usize) -> Option<Self> {
        let layout = Layout::from_size_align(bytes, 8).ok()?;
        // SAFETY: no test asks for nothing.
        let place = unsafe { Counted.alloc(layout) };
        let words = Self { place, layout };
        words.number(0);
        Some(words)
    }

    /// Writes its words from one on.
    fn number(&self, from: usize) {
        for i in from..self.layout.size() / 8 {
            // SAFETY: it is so many words long, and aligned to them.
            unsafe { self.place.cast::<usize>().add(i).write(i) };
        }
    }

    fn resize(&mut self, bytes: usize) -> Option<()> {
        let (old, layout) = (self.layout.size(), Layout::from_size_align(bytes, 8).ok()?);
        // SAFETY: it is of this layout, and the old place is forgotten.
        self.place = unsafe { Counted.realloc(self.place, self.layout, bytes) };
        self.layout = layout;
        self.number(old.min(bytes) / 8);
        Some(())
    }

    /// Is each word what it was.
    fn is_whole(&self) -> bool {
        // SAFETY: it is so many words long, and aligned to them.
        (0..self.layout.size() / 8).all(|i| unsafe { self.place.cast::<usize>().add(i).read() } == i)
    }
}

impl Drop for Words {
    fn drop(&mut self) {
        // SAFETY: it is of this layout, and nobody uses it any more.
        unsafe { Counted.dealloc(self.place, self.layout) };
    }
}

// One test, since all that it looks at belongs to the process.
#[test]
fn what_grows_keeps_its_bytes_whatever_it_lies_in() {
    let before = COUNT.load(Ordering::Relaxed);
    for sizes in [
        [LEAST / 2, LEAST, 2 * LEAST, 5 * LEAST, 3 * LEAST],
        [LEAST, LEAST + 8, 4 * LEAST, LEAST / 4, LEAST],
        [3 * LEAST, LEAST, 3 * LEAST, 64, 2 * LEAST],
    ] {
        let mut words = Words::new(sizes[0]).expect("a size");
        for size in &sizes[1..] {
            words.resize(*size).expect("a size");
            assert!(words.is_whole(), "{size} of {sizes:?}");
        }
    }
    assert_eq!(COUNT.load(Ordering::Relaxed), before, "what was mapped is unmapped");
    a_mapping_is_entered_and_left();
}

fn a_mapping_is_entered_and_left() {
    let mut words = Words::new(LEAST).expect("a size");
    let is_mapped = |words: &Words| super::mappings().iter().any(|m| m.address == words.place.addr());
    assert!(!is_mapped(&words));
    words.resize(2 * LEAST);
    assert!(is_mapped(&words));
    words.resize(LEAST / 2);
    assert!(!is_mapped(&words));
    assert!(words.is_whole());
}
