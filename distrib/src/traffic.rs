//! How much this process has sent to nodes, or to the gateway that keeps them.

use std::sync::atomic::{AtomicU64, Ordering};

static N_BYTES: AtomicU64 = AtomicU64::new(0);
static N_SLICES: AtomicU64 = AtomicU64::new(0);
static N_CALLS: AtomicU64 = AtomicU64::new(0);
static CALLS_US: AtomicU64 = AtomicU64::new(0);

/// What was sent since the process began.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Traffic {
    /// Bytes of code and values that the edge sent, each once, however many nodes need them.
    pub n_bytes: u64,
    /// Slices of ranges that a hub of this process has handed out.
    pub n_slices: u64,
    /// Expressions that waited for their turn, and that it has given to other nodes.
    pub n_calls: u64,
    /// How long those ran there that came to a value, in microseconds.
    pub calls_us: u64,
}

/// What was sent so far.
pub fn traffic() -> Traffic {
    let of = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
    Traffic { n_bytes: of(&N_BYTES), n_slices: of(&N_SLICES), n_calls: of(&N_CALLS), calls_us: of(&CALLS_US) }
}

pub(crate) fn sent(n_bytes: usize) {
    N_BYTES.fetch_add(n_bytes as u64, Ordering::Relaxed);
}

pub(crate) fn slice() {
    N_SLICES.fetch_add(1, Ordering::Relaxed);
}

pub(crate) fn call() {
    N_CALLS.fetch_add(1, Ordering::Relaxed);
}

pub(crate) fn called(ran_us: u64) {
    CALLS_US.fetch_add(ran_us, Ordering::Relaxed);
}
