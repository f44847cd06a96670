//! Large allocations that grow lie in mappings of their own: more room is a matter of page tables, and no byte is copied.
//!
//! What never grows stays with mimalloc, which keeps freed memory for the next allocation.

#![expect(unsafe_code, reason = "an allocator is unsafe by its nature")]

use rustix::mm::{Advice, MapFlags, MremapFlags, ProtFlags, madvise, mmap_anonymous, mremap, munmap};
use std::alloc::Layout;
use std::ptr::null_mut;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Allocations that grow from less are copied, in bytes.
const LEAST: usize = 8 << 20;
/// Mappings are as long as a whole number of these: large pages where there are such.
const PAGE: usize = 1 << 21;
/// No more mappings than this: they are looked for one by one, and a process may have some ten thousand.
const MOST: usize = 1000;
/// How many mappings there are.
static COUNT: AtomicUsize = AtomicUsize::new(0);
static MAPPINGS: Mutex<Vec<Mapping>> = Mutex::new(Vec::new());

struct Mapping {
    address: usize,
    n_bytes: usize,
}

fn mappings() -> MutexGuard<'static, Vec<Mapping>> {
    MAPPINGS.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Where an allocation that gets another size lies then.
pub(super) enum Grown {
    /// In a mapping, where it was before.
    There(*mut u8),
    /// In a mapping, as a copy: the old place is to be freed.
    Copied(*mut u8),
    /// It was in a mapping, and is to leave it.
    Leaves,
    /// It is none of these.
    No,
}

/// Takes an allocation back; false where it lies in no mapping of its own.
///
/// # Safety
///
/// Nobody uses the memory any more.
#[inline]
pub(super) unsafe fn dealloc(place: *mut u8, layout: Layout) -> bool {
    // Who frees memory has heard of it from whoever allocated it, and so of this.
    if layout.size() < LEAST || COUNT.load(Ordering::Relaxed) == 0 {
        return false;
    }
    // SAFETY: the caller's.
    unsafe { unmap(place) }
}

/// # Safety
///
/// As for [`dealloc`].
#[cold]
unsafe fn unmap(place: *mut u8) -> bool {
    let mut all = mappings();
    let Some(at) = all.iter().position(|m| m.address == place.addr()) else { return false };
    let mapping = all.swap_remove(at);
    COUNT.store(all.len(), Ordering::Relaxed);
    // SAFETY: it was mapped here with this length, and the caller says that nobody uses it.
    let unmapped = unsafe { munmap(place.cast(), mapping.n_bytes) };
    debug_assert!(unmapped.is_ok(), "what was mapped can be unmapped");
    true
}

/// Gives an allocation another size.
///
/// # Safety
///
/// The allocation is of this layout, and only its new place is used afterwards, but where it was copied.
#[inline]
pub(super) unsafe fn realloc(place: *mut u8, layout: Layout, size: usize) -> Grown {
    if layout.size() < LEAST || layout.align() > PAGE {
        return Grown::No;
    }
    // SAFETY: the caller's.
    unsafe { resize(place, layout.size(), size) }
}

/// # Safety
///
/// As for [`realloc`].
#[cold]
unsafe fn resize(place: *mut u8, old: usize, size: usize) -> Grown {
    let Some(n_bytes) = size.checked_next_multiple_of(PAGE) else { return Grown::No };
    let mut all = mappings();
    let known = all.iter_mut().find(|m| m.address == place.addr());
    let Some(mapping) = known else {
        if size <= old || all.len() >= MOST || all.try_reserve(1).is_err() {
            return Grown::No;
        }
        let Some(new) = map(n_bytes) else { return Grown::No };
        all.push(Mapping { address: new.expose_provenance(), n_bytes });
        COUNT.store(all.len(), Ordering::Relaxed);
        // SAFETY: the old place is so long, the new one longer, and a new mapping lies apart from all else.
        unsafe { place.copy_to_nonoverlapping(new, old) };
        return Grown::Copied(new);
    };
    if size < LEAST {
        return Grown::Leaves;
    }
    // SAFETY: it was mapped here with this length, and the caller uses the new place alone.
    let moved = unsafe { mremap(place.cast(), mapping.n_bytes, n_bytes, MremapFlags::MAYMOVE) };
    let Ok(moved) = moved else { return Grown::There(null_mut()) };
    *mapping = Mapping { address: moved.expose_provenance(), n_bytes };
    Grown::There(moved.cast())
}

fn map(n_bytes: usize) -> Option<*mut u8> {
    let access = ProtFlags::READ | ProtFlags::WRITE;
    // SAFETY: a new mapping at a place that the kernel chooses touches no memory that is in use.
    let place = unsafe { mmap_anonymous(null_mut(), n_bytes, access, MapFlags::PRIVATE) }.ok()?;
    // Where there are no large pages, small ones do.
    // SAFETY: this was mapped just now, and the advice changes nothing that can be read there.
    let _ = unsafe { madvise(place, n_bytes, Advice::LinuxHugepage) };
    Some(place.cast())
}

#[cfg(test)]
mod tests;
