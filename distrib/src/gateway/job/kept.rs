//! Values that an edge was sent, kept for one that may come back: the newest, up to a size.

use crate::wire::Blob;
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

/// So many bytes are kept of one job.
const MAX_BYTES: u64 = 256 << 20;

/// Values by their numbers.
#[derive(Default)]
pub(super) struct Kept {
    values: BTreeMap<u64, Arc<Blob>>,
    order: VecDeque<u64>,
    nbytes: u64,
}

impl Kept {
    /// Keeps a value; others may have to go.
    pub(super) fn insert(&mut self, key: u64, value: Arc<Blob>) {
        let nbytes = value.bytes.len() as u64;
        if nbytes > MAX_BYTES || self.values.contains_key(&key) {
            return;
        }
        self.nbytes += nbytes;
        self.values.insert(key, value);
        self.order.push_back(key);
        while self.nbytes > MAX_BYTES {
            let Some(oldest) = self.order.pop_front() else { return };
            let gone = self.values.remove(&oldest).map_or(0, |value| value.bytes.len() as u64);
            self.nbytes -= gone;
        }
    }

    pub(super) fn get(&self, key: u64) -> Option<&Arc<Blob>> {
        self.values.get(&key)
    }

    /// How many bytes they are.
    pub(super) fn nbytes(&self) -> u64 {
        self.nbytes
    }
}

#[cfg(test)]
mod tests {
    use super::{Kept, MAX_BYTES};
    use crate::wire::Blob;
    use std::sync::Arc;

    #[test]
    fn the_oldest_go() {
        let value = |nbytes: u64| {
            let bytes = vec![0; usize::try_from(nbytes).unwrap_or(0)];
            Arc::new(Blob { bytes, ..Blob::default() })
        };
        let mut kept = Kept::default();
        kept.insert(1, value(MAX_BYTES / 2));
        kept.insert(2, value(MAX_BYTES / 2));
        assert!(kept.get(1).is_some() && kept.get(2).is_some());
        kept.insert(3, value(1));
        assert!(kept.get(1).is_none() && kept.get(2).is_some() && kept.get(3).is_some());
        kept.insert(4, value(MAX_BYTES + 1));
        assert!(kept.get(4).is_none() && kept.nbytes() == MAX_BYTES / 2 + 1);
    }
}
