//! Text: UTF-8 with its length in characters, indexed in constant time.

use crate::Ref;
use std::sync::OnceLock;

/// Every how many characters the index of a text that is not ASCII has an entry.
const STRIDE: usize = 32;

/// What a [`Str`] refers to.
pub struct StrObj {
    /// With room behind it where the text has grown.
    text: String,
    n_chars: usize,
    /// The byte offset of every `STRIDE`th character; made when first asked for; never for ASCII.
    index: OnceLock<Box<[u32]>>,
}

/// Immutable, shared text.
#[derive(Clone)]
#[repr(transparent)]
pub struct Str(Ref<StrObj>);

impl Str {
    /// A copy of this text.
    pub fn new(text: &str) -> Self {
        Self::from(text.to_owned())
    }

    /// Adds more text where this is the only reference to it, which makes growing amortized O(`more`). `check` is asked before the
    /// text moves to a larger place, and told its new length in bytes.
    pub fn append_own<E>(
        &mut self,
        more: &Self,
        check: impl FnOnce(usize) -> Result<(), E>,
    ) -> Result<bool, E> {
        let Some(own) = Ref::get_mut(&mut self.0) else { return Ok(false) };
        let n_bytes = own.text.len() + more.len();
        if n_bytes > own.text.capacity() {
            check(n_bytes)?;
        }
        own.text.push_str(more);
        own.n_chars += more.n_chars();
        own.index = OnceLock::new();
        Ok(true)
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0.text
    }

    /// Its length in characters, which is Python's `len`.
    pub fn n_chars(&self) -> usize {
        self.0.n_chars
    }

    /// Are all characters ASCII; then characters are bytes.
    pub fn is_ascii(&self) -> bool {
        self.0.n_chars == self.0.text.len()
    }

    /// The byte offset of a character; that of the end for `n_chars` and beyond. Constant time.
    pub fn byte_of(&self, char_idx: usize) -> usize {
        let text = &*self.0.text;
        if self.is_ascii() || char_idx >= self.0.n_chars {
            return char_idx.min(text.len()).max(if char_idx >= self.0.n_chars { text.len() } else { 0 });
        }
        let index = self.0.index.get_or_init(|| {
            text.char_indices().step_by(STRIDE).map(|(at, _)| u32::try_from(at).unwrap_or(u32::MAX)).collect()
        });
        let start = index[char_idx / STRIDE] as usize;
        text[start..].char_indices().nth(char_idx % STRIDE).map_or(text.len(), |(at, _)| start + at)
    }

    /// The character at an index.
    pub fn char_at(&self, char_idx: usize) -> Option<char> {
        if char_idx >= self.0.n_chars {
            return None;
        }
        self.0.text[self.byte_of(char_idx)..].chars().next()
    }

    /// The characters from `start` up to, and without, `end`, both clamped.
    pub fn slice(&self, start: usize, end: usize) -> &str {
        if start >= end {
            return "";
        }
        &self.0.text[self.byte_of(start)..self.byte_of(end)]
    }
}

impl From<Box<str>> for Str {
    fn from(text: Box<str>) -> Self {
        Self::from(text.into_string())
    }
}

impl From<String> for Str {
    fn from(mut text: String) -> Self {
        text.shrink_to_fit();
        let n_chars = if text.is_ascii() { text.len() } else { text.chars().count() };
        Self(Ref::new(StrObj { text, n_chars, index: OnceLock::new() }))
    }
}

impl From<&str> for Str {
    fn from(text: &str) -> Self {
        Self::new(text)
    }
}

impl std::ops::Deref for Str {
    type Target = str;

    fn deref(&self) -> &str {
        self.as_str()
    }
}

impl PartialEq for Str {
    fn eq(&self, other: &Self) -> bool {
        Ref::ptr_eq(&self.0, &other.0) || self.as_str() == other.as_str()
    }
}

impl Eq for Str {}

impl PartialOrd for Str {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Str {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        // UTF-8 keeps the order of code points.
        self.as_str().cmp(other.as_str())
    }
}

impl std::hash::Hash for Str {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.as_str().hash(state);
    }
}

impl std::borrow::Borrow<str> for Str {
    fn borrow(&self) -> &str {
        self.as_str()
    }
}

impl std::fmt::Display for Str {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

impl std::fmt::Debug for Str {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:?}", self.as_str())
    }
}
