//! Large values that are sent once: from then on a number stands for them.
//!
//! A value is known by where it lies, as long as it lives, and by what it is: one that was made anew is not sent again either. Only what
//! holds nothing that has an identity is known in this way.

use super::encode::{Blob, Encoder};
use super::names::Names;
use afar_runtime::collections::Items;
use afar_runtime::pool::spread::is_plain;
use afar_runtime::{Ref, Value};
use rustc_hash::FxHashMap;

/// A value of fewer items, or of a text of so many bytes, is sent each time.
const LARGE: usize = 512;
const LARGE_TEXT: usize = 4096;

/// A value that was sent.
struct Pinned {
    /// While it is here nothing else lies at its address.
    value: Value,
    content: [u8; 32],
}

/// What was sent, and is known by its number.
#[derive(Default)]
pub struct Sent {
    by_address: FxHashMap<usize, Pinned>,
    /// The number, and how many values of this content there are.
    by_content: FxHashMap<[u8; 32], (u64, usize)>,
}

impl Sent {
    /// The number of a value, where it is large. One that was not sent before goes to `put`, which gives its number.
    pub fn number_of(&mut self, value: &Value, put: &mut dyn FnMut(Blob) -> u64) -> Option<u64> {
        let address = address_of_large(value)?;
        if let Some(pinned) = self.by_address.get(&address) {
            return self.by_content.get(&pinned.content).map(|(key, _)| *key);
        }
        if !is_plain(value) {
            return None;
        }
        let blob = Encoder::sending(&mut Names::default()).finish(value).ok()?;
        let content = *blake3::hash(&blob.bytes).as_bytes();
        let (key, n) = self.by_content.entry(content).or_insert_with(|| (put(blob), 0));
        *n += 1;
        let key = *key;
        self.by_address.insert(address, Pinned { value: value.clone(), content });
        Some(key)
    }

    /// The numbers of values that nobody else has any more.
    pub fn sweep(&mut self) -> Vec<u64> {
        let gone: Vec<usize> =
            self.by_address.iter().filter(|(_, p)| is_last(&p.value)).map(|(address, _)| *address).collect();
        let mut keys = Vec::new();
        for address in gone {
            let Some(pinned) = self.by_address.remove(&address) else { continue };
            if let Some((key, n)) = self.by_content.get_mut(&pinned.content) {
                *n -= 1;
                if *n == 0 {
                    keys.push(*key);
                    self.by_content.remove(&pinned.content);
                }
            }
        }
        keys.sort_unstable();
        keys
    }
}

/// Where a value lies that is large enough.
fn address_of_large(value: &Value) -> Option<usize> {
    match value {
        Value::List(list) => {
            let is_large = match list.items() {
                Items::Int(v) => v.len() >= LARGE,
                Items::Float(v) => v.len() >= LARGE,
                Items::Rows(rows) => rows.words().len() >= LARGE,
                Items::Any(v) => v.len() >= LARGE,
            };
            is_large.then(|| Ref::as_ptr(list).addr())
        }
        Value::Dict(dict) => (dict.len() >= LARGE).then(|| Ref::as_ptr(dict).addr()),
        Value::Set(set) => (set.len() >= LARGE).then(|| Ref::as_ptr(set).addr()),
        Value::Str(text) => (text.len() >= LARGE_TEXT).then(|| text.address()),
        _ => None,
    }
}

fn is_last(value: &Value) -> bool {
    match value {
        Value::List(list) => Ref::is_unique(list),
        Value::Dict(dict) => Ref::is_unique(dict),
        Value::Set(set) => Ref::is_unique(set),
        Value::Str(text) => text.is_unique(),
        _ => true,
    }
}
