//! A unit that has not ended, as the edge knows it.

use crate::engine::Unit;
use crate::future::{Future, Handle};
use afar_runtime::Value;
use std::sync::Arc;

/// One of the names that a unit may bind.
pub(super) struct Place {
    pub(super) future: Arc<Future>,
    /// What the name was bound to before.
    pub(super) earlier: Option<Value>,
}

/// A unit that has not ended.
pub(super) struct Job {
    /// What runs; it keeps its inputs, so that it can be run again.
    pub(super) unit: Option<Unit>,
    pub(super) places: Vec<Place>,
    /// What it is computed from.
    pub(super) deps: Vec<Arc<Handle>>,
    /// How many of these are not there yet.
    pub(super) n_waits: usize,
    /// How many want its results.
    pub(super) n_wanted: usize,
    /// The edge waits for it, or did: its prints are shown as they come.
    pub(super) is_awaited: bool,
    /// It prints, so it runs to its end even if nobody wants its names.
    pub(super) shows: bool,
    /// The edge binds what it bound, and nothing else.
    pub(super) delivers: bool,
    /// What was printed and not yet shown.
    pub(super) printed: Vec<(String, bool)>,
    /// What it computes, where an equal call shares it.
    pub(super) content: Option<[u8; 32]>,
}

impl Job {
    /// What failed, to be run again.
    pub(super) fn recipe(&self) -> Option<Arc<Unit>> {
        self.unit.clone().map(Arc::new)
    }
}
