//! What a gateway says in the log of its cluster: what was lost. An edge has hubs and bridges too, and says nothing of them: its stderr is the user's.

use std::io::Write;
use std::sync::atomic::{AtomicBool, Ordering};

static IS_KEPT: AtomicBool = AtomicBool::new(false);

/// From here on this process has a log, which is its stderr.
pub(crate) fn begin() {
    IS_KEPT.store(true, Ordering::Relaxed);
}

/// Says a line, where there is a log.
pub(crate) fn say(line: &str) {
    if IS_KEPT.load(Ordering::Relaxed) {
        // A log that cannot be written to stops nobody.
        let _ = writeln!(std::io::stderr(), "afar gateway: {line}");
    }
}
