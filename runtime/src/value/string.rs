//! Text: UTF-8 with its length in characters, indexed in constant time. Short text lies in the object itself.

#![expect(unsafe_code, reason = "short text is kept as bytes")]

use crate::Ref;
use std::cell::OnceCell;
use std::sync::OnceLock;

/// Every how many characters the index of a text that is not ASCII has an entry.
const STRIDE: usize = 32;

/// Up to so many bytes are kept in the object.
const SHORT: usize = 30;

/// What a [`Str`] refers to.
pub struct StrObj {
    text: Text,
    n_chars: usize,
    /// The byte offset of every `STRIDE`th character; made when first asked for; never for ASCII.
    index: OnceLock<Box<Box<[u32]>>>,
}

thread_local! {
    static ASCII: [OnceCell<Str>; 128] = const { [const { OnceCell::new() }; 128] };
}

enum Text {
    /// The first `len` bytes are UTF-8.
    Short { len: u8, bytes: [u8; SHORT] },
    /// With room behind it where the text has grown.
    Long(String),
}

impl Text {
    fn new(text: &str) -> Self {
        Self::short(text).unwrap_or_else(|| Self::Long(text.to_owned()))
    }

    fn short(text: &str) -> Option<Self> {
        let len = u8::try_from(text.len()).ok()?;
        let mut bytes = [0; SHORT];
        bytes.get_mut(..text.len())?.copy_from_slice(text.as_bytes());
        Some(Self::Short { len, bytes })
    }

    fn as_str(&self) -> &str {
        match self {
            // SAFETY: `short` has copied so many bytes from a text, and nothing changes them.
            Self::Short { len, bytes } => unsafe {
                std::str::from_utf8_unchecked(bytes.get_unchecked(..usize::from(*len)))
            },
            Self::Long(text) => text,
        }
    }

    fn capacity(&self) -> usize {
        match self {
            Self::Short { .. } => SHORT,
            Self::Long(text) => text.capacity(),
        }
    }

    fn push_str(&mut self, more: &str) {
        if let Self::Long(text) = self {
            text.push_str(more);
            return;
        }
        let mut text = String::with_capacity(self.as_str().len() + more.len());
        text.push_str(self.as_str());
        text.push_str(more);
        *self = Self::short(&text).unwrap_or(Self::Long(text));
    }
}

fn count_chars(text: &str) -> usize {
    if text.is_ascii() { text.len() } else { text.chars().count() }
}

/// Immutable, shared text.
#[derive(Clone)]
#[repr(transparent)]
pub struct Str(Ref<StrObj>);

impl Str {
    /// A copy of this text.
    pub fn new(text: &str) -> Self {
        Self::of(Text::new(text), count_chars(text))
    }

    /// Does nobody else have it.
    pub fn is_unique(&self) -> bool {
        Ref::is_unique(&self.0)
    }

    /// A text of one character. Each thread keeps those of ASCII.
    pub fn of_char(c: char) -> Self {
        let text = |c: char| Self::new(c.encode_utf8(&mut [0; 4]));
        match u8::try_from(c) {
            Ok(byte) if byte.is_ascii() => ASCII
                .try_with(|all| all[usize::from(byte)].get_or_init(|| text(c)).clone())
                .unwrap_or_else(|_| text(c)),
            _ => text(c),
        }
    }

    fn of(text: Text, n_chars: usize) -> Self {
        Self(Ref::new(StrObj { text, n_chars, index: OnceLock::new() }))
    }

    /// Adds more text where this is the only reference to it, which makes growing amortized O(`more`). `check` is asked before the
    /// text moves to a larger place, and told its new length in bytes.
    pub fn append_own<E>(
        &mut self,
        more: &Self,
        check: impl FnOnce(usize) -> Result<(), E>,
    ) -> Result<bool, E> {
        let Some(own) = Ref::get_mut(&mut self.0) else { return Ok(false) };
        let n_bytes = own.text.as_str().len() + more.len();
        if n_bytes > own.text.capacity() {
            check(n_bytes)?;
        }
        own.text.push_str(more);
        own.n_chars += more.n_chars();
        own.index = OnceLock::new();
        Ok(true)
    }

    /// Where it lies, which tells it from all other texts that are there.
    pub fn address(&self) -> usize {
        Ref::as_ptr(&self.0).addr()
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        self.0.text.as_str()
    }

    /// Its length in characters, which is Python's `len`.
    pub fn n_chars(&self) -> usize {
        self.0.n_chars
    }

    /// Are all characters ASCII; then characters are bytes.
    pub fn is_ascii(&self) -> bool {
        self.0.n_chars == self.as_str().len()
    }

    /// The byte offset of a character; that of the end for `n_chars` and beyond. Constant time.
    pub fn byte_of(&self, char_idx: usize) -> usize {
        let text = self.as_str();
        if self.is_ascii() || char_idx >= self.0.n_chars {
            return char_idx.min(text.len()).max(if char_idx >= self.0.n_chars { text.len() } else { 0 });
        }
        let index = self.0.index.get_or_init(|| {
            let places =
                text.char_indices().step_by(STRIDE).map(|(at, _)| u32::try_from(at).unwrap_or(u32::MAX));
            Box::new(places.collect())
        });
        let start = index[char_idx / STRIDE] as usize;
        text[start..].char_indices().nth(char_idx % STRIDE).map_or(text.len(), |(at, _)| start + at)
    }

    /// The character at an index.
    pub fn char_at(&self, char_idx: usize) -> Option<char> {
        if char_idx >= self.0.n_chars {
            return None;
        }
        self.as_str()[self.byte_of(char_idx)..].chars().next()
    }

    /// The characters from `start` up to, and without, `end`, both clamped.
    pub fn slice(&self, start: usize, end: usize) -> &str {
        if start >= end {
            return "";
        }
        &self.as_str()[self.byte_of(start)..self.byte_of(end)]
    }
}

impl From<Box<str>> for Str {
    fn from(text: Box<str>) -> Self {
        Self::from(text.into_string())
    }
}

impl From<String> for Str {
    fn from(mut text: String) -> Self {
        let n_chars = count_chars(&text);
        let text = Text::short(&text).unwrap_or_else(|| {
            text.shrink_to_fit();
            Text::Long(text)
        });
        Self::of(text, n_chars)
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
