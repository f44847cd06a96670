//! The memory budget: a size that cannot fit is refused before it is allocated.

use crate::{Fault, Res};
use std::sync::atomic::{AtomicUsize, Ordering};

/// In bytes; set by the session at its start.
static LIMIT: AtomicUsize = AtomicUsize::new(usize::MAX);

/// Sets the limit, in bytes.
pub fn set_limit(bytes: usize) {
    LIMIT.store(bytes, Ordering::Relaxed);
}

/// The limit, in bytes.
pub fn limit() -> usize {
    LIMIT.load(Ordering::Relaxed)
}

/// Refuses an allocation of `count` items of `item_bytes` each that cannot fit. `what` names what asks, as in `list of
/// 1,000,000 items`.
pub fn check(count: usize, item_bytes: usize, what: &str) -> Res<()> {
    match count.checked_mul(item_bytes) {
        Some(bytes) if bytes <= limit() => Ok(()),
        bytes => Err(Fault::memory_error(format!(
            "{what} needs {}, the limit is {}",
            bytes.map_or_else(|| "more than the address space".to_owned(), human),
            human(limit())
        ))),
    }
}

/// A size as people read it: `5.3 MB`.
pub fn human(bytes: usize) -> String {
    const UNITS: [&str; 5] = ["bytes", "KB", "MB", "GB", "TB"];
    #[expect(clippy::cast_precision_loss, reason = "one decimal is shown")]
    let mut size = bytes as f64;
    let mut unit = 0;
    while size >= 1000.0 && unit + 1 < UNITS.len() {
        size /= 1000.0;
        unit += 1;
    }
    if unit == 0 { format!("{bytes} bytes") } else { format!("{size:.1} {}", UNITS[unit]) }
}
