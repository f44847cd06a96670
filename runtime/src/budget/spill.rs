//! Large allocations beyond the memory budget, which lie in files: the kernel writes what is not used to the disk, and reads
//! it again where it is.
//!
//! Each of them has a file of its own that no name leads to, so nothing of it is left behind, however the process ends. The
//! blocks of the file are taken beforehand: a full disk is noticed here, and never while a value is written. Where a file
//! cannot be had, the allocation is one of memory as any other, and the budget says that it is too much.

#![expect(unsafe_code, reason = "an allocator is unsafe by its nature")]

use rustix::fs::{FallocateFlags, Mode, OFlags, fallocate, fstatvfs, ftruncate, open};
use rustix::mm::{MapFlags, MremapFlags, ProtFlags, mmap, mremap, munmap};
use std::alloc::Layout;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::ptr::null_mut;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Smaller allocations lie in memory always, in bytes.
const LEAST: usize = 1 << 20;
/// Between that and this, an allocation is large that is such a part of the budget: a process may have some ten thousand mappings.
const PART: usize = 4096;
/// As large as this, an allocation is always large, and its file is kept open: it can grow where it is. A process may have some
/// hundred open files.
const HUGE: usize = 64 << 20;
/// So much may lie in files besides what is counted as held, in bytes; zero where nothing may.
static LIMIT: AtomicUsize = AtomicUsize::new(0);
/// How much lies in files.
static SPILLED: AtomicUsize = AtomicUsize::new(0);
static FILES: Mutex<Files> = Mutex::new(Files { folder: None, all: Vec::new() });

/// Of so many parts of the budget, one is kept for what cannot lie in a file.
const KEPT: usize = 4;

/// No more files than this: the list of them stays small enough to lie in memory itself.
const MOST: usize = 30_000;

struct Files {
    folder: Option<PathBuf>,
    /// No more than [`MOST`]. They are looked for one by one, which is little beside the pages of one of them.
    all: Vec<File>,
}

struct File {
    address: usize,
    /// How long the file and its mapping are.
    n_bytes: usize,
    /// The file, where it is open still: the mapping keeps it alive by itself.
    fd: Option<OwnedFd>,
}

fn files() -> MutexGuard<'static, Files> {
    FILES.lock().unwrap_or_else(PoisonError::into_inner)
}

/// From here on large allocations beyond the memory budget lie in files of a folder, up to so many bytes in all, but never
/// more than half of what is free on its disk. Gives how many that are.
///
/// # Errors
///
/// Where there can be no such files: the folder is in memory itself, or its file system has no files without a name.
pub fn set(folder: &Path, bytes: usize) -> std::io::Result<usize> {
    let probe = unnamed(folder)?;
    let kind = rustix::fs::fstatfs(&probe)?.f_type;
    if IN_MEMORY.contains(&kind) {
        return Err(std::io::Error::other("the folder is in memory itself"));
    }
    let disk = fstatvfs(&probe)?;
    let free = usize::try_from(disk.f_bavail.saturating_mul(disk.f_frsize)).unwrap_or(usize::MAX);
    let limit = bytes.min(free / 2);
    files().folder = Some(folder.to_owned());
    LIMIT.store(limit, Ordering::Relaxed);
    Ok(limit)
}

/// The file systems that lie in memory: tmpfs and ramfs.
const IN_MEMORY: [i64; 2] = [0x0102_1994, 0x8584_58f6];

fn unnamed(folder: &Path) -> rustix::io::Result<OwnedFd> {
    open(folder, OFlags::TMPFILE | OFlags::RDWR | OFlags::CLOEXEC, Mode::RUSR | Mode::WUSR)
}

/// How much lies in files, in bytes.
pub fn in_files() -> usize {
    SPILLED.load(Ordering::Relaxed)
}

/// How much may lie in files, in bytes.
pub fn limit() -> usize {
    LIMIT.load(Ordering::Relaxed)
}

/// Is an allocation of so many bytes large.
fn is_large(bytes: usize) -> bool {
    bytes >= (super::limit() / PART).clamp(LEAST, HUGE)
}

/// Would an allocation of so many bytes find room in a file.
pub fn fits(bytes: usize) -> bool {
    is_large(bytes) && bytes <= limit().saturating_sub(in_files())
}

/// Would so much be too much beside what is held.
fn is_beyond(bytes: usize) -> bool {
    super::held().saturating_add(bytes) > super::limit() - super::limit() / KEPT
}

/// Memory in a file for an allocation, filled with zeros; `None` where it is to lie in memory.
#[inline]
pub(super) fn alloc(layout: Layout) -> Option<*mut u8> {
    if layout.size() < LEAST || limit() == 0 || !fits(layout.size()) || !is_beyond(layout.size()) {
        return None;
    }
    new(layout.size())
}

#[cold]
fn new(bytes: usize) -> Option<*mut u8> {
    let mut files = files();
    if files.all.len() >= MOST {
        return None;
    }
    let fd = unnamed(files.folder.as_deref()?).ok()?;
    let n_bytes = bytes.next_multiple_of(PAGE);
    fallocate(&fd, FallocateFlags::empty(), 0, n_bytes as u64).ok()?;
    // SAFETY: a new mapping at a place that the kernel chooses touches no memory that is in use.
    let place = unsafe {
        mmap(null_mut(), n_bytes, ProtFlags::READ | ProtFlags::WRITE, MapFlags::SHARED, &fd, 0).ok()?
    };
    SPILLED.fetch_add(n_bytes, Ordering::Relaxed);
    files.all.push(File { address: place.expose_provenance(), n_bytes, fd: (bytes >= HUGE).then_some(fd) });
    Some(place.cast())
}

/// Mappings are of whole pages; they are of this size at most on the machines that there are.
const PAGE: usize = 1 << 16;

/// Takes an allocation back; false where it does not lie in a file.
///
/// # Safety
///
/// Nobody uses the memory any more.
#[inline]
pub(super) unsafe fn dealloc(place: *mut u8, layout: Layout) -> bool {
    // Who frees memory has heard of it from whoever allocated it, and so of this.
    if layout.size() < LEAST || in_files() == 0 {
        return false;
    }
    // SAFETY: the caller's.
    unsafe { drop_file(place) }
}

/// # Safety
///
/// As for [`dealloc`].
#[cold]
unsafe fn drop_file(place: *mut u8) -> bool {
    let mut files = files();
    let Some(at) = files.all.iter().position(|file| file.address == place.addr()) else { return false };
    let file = files.all.swap_remove(at);
    SPILLED.fetch_sub(file.n_bytes, Ordering::Relaxed);
    // SAFETY: the file was mapped here with this length, and the caller says that nobody uses it.
    let unmapped = unsafe { munmap(place.cast(), file.n_bytes) };
    debug_assert!(unmapped.is_ok(), "what was mapped can be unmapped");
    true
}

/// How an allocation that is to have another size gets it.
pub(super) enum Resized {
    /// As any other.
    InMemory,
    /// It did, and lies here.
    Done(*mut u8),
    /// It must be moved, to where [`alloc`] or memory has room.
    Moves,
}

/// Gives an allocation another size.
///
/// # Safety
///
/// The allocation is of this layout, and only its new place is used afterwards.
#[inline]
pub(super) unsafe fn realloc(place: *mut u8, layout: Layout, size: usize) -> Resized {
    if layout.size().max(size) < LEAST || limit() == 0 {
        return Resized::InMemory;
    }
    // SAFETY: the caller's.
    unsafe { resize(place, layout, size) }
}

/// # Safety
///
/// As for [`realloc`].
#[cold]
unsafe fn resize(place: *mut u8, layout: Layout, size: usize) -> Resized {
    let mut files = files();
    let file = files.all.iter_mut().find(|file| file.address == place.addr());
    let Some(file) = file.filter(|_| layout.size() >= LEAST) else {
        drop(files);
        return if fits(size) && is_beyond(size.saturating_sub(layout.size())) {
            Resized::Moves
        } else {
            Resized::InMemory
        };
    };
    let n_bytes = size.next_multiple_of(PAGE);
    let more = n_bytes.saturating_sub(file.n_bytes);
    let Some(fd) = file.fd.as_ref().filter(|_| is_large(size)) else { return Resized::Moves };
    if more > limit().saturating_sub(in_files()) {
        return Resized::Moves;
    }
    if more > 0 && fallocate(fd, FallocateFlags::empty(), file.n_bytes as u64, more as u64).is_err() {
        return Resized::Moves;
    }
    // SAFETY: the file was mapped here with this length, is as long as what is asked for now, and the caller uses the new place alone.
    let moved = unsafe { mremap(place.cast(), file.n_bytes, n_bytes, MremapFlags::MAYMOVE) };
    let Ok(moved) = moved else { return Resized::Moves };
    if n_bytes < file.n_bytes {
        // Where the file keeps its length, its blocks are given back later.
        let _ = ftruncate(fd, n_bytes as u64);
    }
    SPILLED.fetch_add(n_bytes, Ordering::Relaxed);
    SPILLED.fetch_sub(file.n_bytes, Ordering::Relaxed);
    (file.address, file.n_bytes) = (moved.expose_provenance(), n_bytes);
    Resized::Done(moved.cast())
}
