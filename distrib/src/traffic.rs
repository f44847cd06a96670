//! How much this process has sent to nodes, or to the gateway that keeps them.

use std::sync::atomic::{AtomicU64, Ordering};

static N_BYTES: AtomicU64 = AtomicU64::new(0);
static N_SLICES: AtomicU64 = AtomicU64::new(0);

/// What was sent since the process began.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Traffic {
    /// Bytes of code and values that the edge sent, each once, however many nodes need them.
    pub n_bytes: u64,
    /// Slices of ranges that a hub of this process has handed out.
    pub n_slices: u64,
}

/// What was sent so far.
pub fn traffic() -> Traffic {
    Traffic { n_bytes: N_BYTES.load(Ordering::Relaxed), n_slices: N_SLICES.load(Ordering::Relaxed) }
}

pub(crate) fn sent(n_bytes: usize) {
    N_BYTES.fetch_add(n_bytes as u64, Ordering::Relaxed);
}

pub(crate) fn slice() {
    N_SLICES.fetch_add(1, Ordering::Relaxed);
}
