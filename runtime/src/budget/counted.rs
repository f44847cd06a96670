//! The allocator of the process: mimalloc, counted, mappings for what is large and grows ([`grown`](super::grown)), and files
//! for what is large and beyond the budget ([`spill`](super::spill)).

#![expect(unsafe_code, reason = "an allocator is unsafe by its nature")]

use super::grown::{self, Grown};
use super::pages;
use super::spill::{self, Resized};
use libmimalloc_sys::{
    mi_free, mi_malloc, mi_malloc_aligned, mi_realloc, mi_realloc_aligned, mi_zalloc, mi_zalloc_aligned,
};
use std::alloc::{GlobalAlloc, Layout};
use std::cell::Cell;
use std::ptr::null_mut;
use std::sync::atomic::{AtomicIsize, Ordering};

/// What a thread counts by itself before it says so.
const BATCH: isize = 1 << 18;

/// What all threads have said, in bytes; for a moment it may be less than nothing, as one thread frees what another made.
static HELD: AtomicIsize = AtomicIsize::new(0);
/// The most that all threads have said at once.
static PEAK: AtomicIsize = AtomicIsize::new(0);

/// What a thread that has allocated nothing has to say: so little that it says it at once.
const NEW: isize = isize::MIN / 2;

thread_local! {
    /// What this thread has not said yet.
    static UNSAID: Cell<isize> = const { Cell::new(NEW) };
}

/// What is allocated at the moment, in bytes, to within a quarter of a megabyte a thread.
pub fn held() -> usize {
    usize::try_from(HELD.load(Ordering::Relaxed)).unwrap_or(0)
}

/// The most that was allocated at once, since the process began or that was forgotten; as exact as [`held`].
pub fn peak() -> usize {
    usize::try_from(PEAK.load(Ordering::Relaxed)).unwrap_or(0)
}

/// From here on the most is that of what comes.
pub fn forget_peak() {
    PEAK.store(HELD.load(Ordering::Relaxed), Ordering::Relaxed);
}

/// What an allocation takes of the heap, about.
fn room(bytes: usize) -> isize {
    (bytes + 16).cast_signed()
}

#[inline]
fn count(bytes: isize) {
    // A thread that is ending has no counter any more; what it frees then is little.
    let _ = UNSAID.try_with(|unsaid| {
        let n = unsaid.get() + bytes;
        if (-BATCH..=BATCH).contains(&n) {
            unsaid.set(n);
        } else {
            unsaid.set(0);
            say(n);
        }
    });
}

#[cold]
fn say(bytes: isize) {
    let is_new = bytes < NEW / 2;
    if is_new {
        pages::begin();
    }
    let bytes = if is_new { bytes - NEW } else { bytes };
    let held = HELD.fetch_add(bytes, Ordering::Relaxed) + bytes;
    if held > PEAK.load(Ordering::Relaxed) {
        PEAK.fetch_max(held, Ordering::Relaxed);
    }
    let held = usize::try_from(held).unwrap_or(0);
    pages::note(held);
    super::note_held(held);
}

/// mimalloc, with a count of what is held: no shared counter is touched but once in a quarter of a megabyte.
#[derive(Debug)]
pub struct Counted;

/// What every block of mimalloc's is aligned to, however small it is.
const WORD: usize = 8;

impl Counted {
    /// Gives an allocation another size, at another place.
    ///
    /// # Safety
    ///
    /// As for `realloc`.
    #[cold]
    unsafe fn moved(&self, place: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        let Ok(wanted) = Layout::from_size_align(size, layout.align()) else { return null_mut() };
        // SAFETY: who asks for another size asks for one above zero.
        let new = unsafe { self.alloc(wanted) };
        if new.is_null() {
            return new;
        }
        // SAFETY: both are as long as the shorter of the two, and lie apart, as allocations do.
        unsafe { place.copy_to_nonoverlapping(new, layout.size().min(size)) };
        // SAFETY: the caller uses the new place alone.
        unsafe { self.dealloc(place, layout) };
        new
    }
}

// SAFETY: every call that does not find its memory in a file or mapping is passed on to mimalloc, whose blocks are aligned to a word, and to more by the functions that are told so;
// counting allocates nothing.
unsafe impl GlobalAlloc for Counted {
    #[inline]
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        if let Some(place) = spill::alloc(layout) {
            return place;
        }
        count(room(layout.size()));
        if layout.align() <= WORD {
            // SAFETY: it takes any size.
            return unsafe { mi_malloc(layout.size()) }.cast();
        }
        // SAFETY: it takes any size, and alignments that are powers of two, as those of layouts are.
        unsafe { mi_malloc_aligned(layout.size(), layout.align()) }.cast()
    }

    #[inline]
    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        if let Some(place) = spill::alloc(layout) {
            return place;
        }
        count(room(layout.size()));
        if layout.align() <= WORD {
            // SAFETY: as for `alloc`.
            return unsafe { mi_zalloc(layout.size()) }.cast();
        }
        // SAFETY: as for `alloc`.
        unsafe { mi_zalloc_aligned(layout.size(), layout.align()) }.cast()
    }

    #[inline]
    unsafe fn dealloc(&self, place: *mut u8, layout: Layout) {
        // SAFETY: the caller says that nobody uses it any more.
        if unsafe { spill::dealloc(place, layout) } {
            return;
        }
        count(-room(layout.size()));
        // SAFETY: as above.
        if unsafe { grown::dealloc(place, layout) } {
            return;
        }
        // SAFETY: the caller says that the block came from this allocator.
        unsafe { mi_free(place.cast()) }
    }

    #[inline]
    unsafe fn realloc(&self, place: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // SAFETY: the caller says that it is of this layout, and uses the new place alone.
        match unsafe { spill::realloc(place, layout, size) } {
            Resized::InMemory => {}
            Resized::Done(place) => return place,
            // SAFETY: as above.
            Resized::Moves => return unsafe { self.moved(place, layout, size) },
        }
        count(room(size) - room(layout.size()));
        // SAFETY: as above.
        match unsafe { grown::realloc(place, layout, size) } {
            Grown::No => {}
            Grown::There(place) => return place,
            Grown::Copied(new) => {
                // SAFETY: it lies in no mapping, so it is mimalloc's, and the caller uses the new place alone.
                unsafe { mi_free(place.cast()) };
                return new;
            }
            Grown::Leaves => {
                count(room(layout.size()) - room(size));
                // SAFETY: as above.
                return unsafe { self.moved(place, layout, size) };
            }
        }
        if layout.align() <= WORD {
            // SAFETY: the caller says that the block came from this allocator.
            return unsafe { mi_realloc(place.cast(), size) }.cast();
        }
        // SAFETY: as above.
        unsafe { mi_realloc_aligned(place.cast(), size, layout.align()) }.cast()
    }
}
