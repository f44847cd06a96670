//! Finds entries by hash: what dicts and sets share. The entries themselves, and their order, are their owner's.

use crate::{Res, Value};
use hashbrown::HashTable;

/// Up to this many entries are found by looking at each of them.
const LINEAR: usize = 8;

/// From hashes to places of entries; empty up to [`LINEAR`] entries.
#[derive(Clone, Default)]
pub(super) struct Index(HashTable<u32>);

/// Hashes of small ints may differ in few bits; the table uses the lowest and the highest.
pub(super) fn spread(hash: u64) -> u64 {
    let h = hash.wrapping_mul(0x9E37_79B9_7F4A_7C15);
    h ^ (h >> 32)
}

fn narrow(idx: usize) -> u32 {
    u32::try_from(idx).unwrap_or(u32::MAX)
}

/// May comparing a key run code of the program.
pub(super) fn runs_code(key: &Value) -> bool {
    match key {
        Value::Instance(_) | Value::Set(_) => true,
        Value::Tuple(items) => items.iter().any(runs_code),
        _ => false,
    }
}

impl Index {
    /// The most entries that can be told apart.
    pub(super) const MAX: usize = u32::MAX as usize;

    /// The place of the first entry, of `n`, that `is_match` accepts; it is asked about those that may have this hash,
    /// and checks the hash itself.
    pub(super) fn find(
        &self,
        hash: u64,
        n: usize,
        mut is_match: impl FnMut(usize) -> Res<bool>,
    ) -> Res<Option<usize>> {
        if n <= LINEAR {
            for idx in 0..n {
                if is_match(idx)? {
                    return Ok(Some(idx));
                }
            }
            return Ok(None);
        }
        let mut fault = None;
        let found = self.0.find(spread(hash), |&idx| {
            is_match(idx as usize).unwrap_or_else(|e| {
                fault = Some(e);
                true
            })
        });
        match fault {
            Some(e) => Err(e),
            None => Ok(found.map(|&idx| idx as usize)),
        }
    }

    /// As [`Index::find`], where what is asked may run code of the program: the entries are asked in their order, which is that in
    /// which CPython's tables come to entries of one hash.
    pub(super) fn find_in_order(
        &self,
        hash: u64,
        n: usize,
        mut is_match: impl FnMut(usize) -> Res<bool>,
    ) -> Res<Option<usize>> {
        if n <= LINEAR {
            return self.find(hash, n, is_match);
        }
        let mut candidates: Vec<u32> = self.0.iter_hash(spread(hash)).copied().collect();
        candidates.sort_unstable();
        for idx in candidates {
            if is_match(idx as usize)? {
                return Ok(Some(idx as usize));
            }
        }
        Ok(None)
    }

    /// Takes note of the last of `n` entries.
    pub(super) fn added(&mut self, n: usize, hash_at: impl Fn(usize) -> u64) {
        if n == LINEAR + 1 {
            self.rebuild(n, hash_at);
        } else if n > LINEAR {
            let idx = n - 1;
            self.0.insert_unique(spread(hash_at(idx)), narrow(idx), |&i| spread(hash_at(i as usize)));
        }
    }

    /// Starts again with `n` entries.
    pub(super) fn rebuild(&mut self, n: usize, hash_at: impl Fn(usize) -> u64) {
        self.0.clear();
        if n > LINEAR {
            self.0.reserve(n, |&i| spread(hash_at(i as usize)));
            for idx in 0..n {
                self.0.insert_unique(spread(hash_at(idx)), narrow(idx), |&i| spread(hash_at(i as usize)));
            }
        }
    }

    /// Makes room for `n` entries.
    pub(super) fn reserve(&mut self, n: usize, hash_at: impl Fn(usize) -> u64) {
        if n > LINEAR {
            self.0.reserve(n.saturating_sub(self.0.len()), |&i| spread(hash_at(i as usize)));
        }
    }
}
