//! The words and fields of a text that begin in a part of it, so that parts can be looked at apart.

use std::ops::Range;

/// Is it ASCII white space, as `str.split` has it.
fn is_space(byte: u8) -> bool {
    matches!(byte, b'\t'..=b'\r' | 0x1c..=b' ')
}

/// The words of an ASCII text that begin in this part of it, by their places; they may end behind it.
pub fn starting_in(text: &str, part: Range<usize>, mut found: impl FnMut(Range<usize>)) {
    let bytes = text.as_bytes();
    let mut at = part.start;
    if at > 0 && bytes.get(at - 1).is_some_and(|b| !is_space(*b)) {
        at = end_of_word(bytes, at);
    }
    while at < part.end {
        if is_space(bytes[at]) {
            at += 1;
            continue;
        }
        let end = end_of_word(bytes, at + 1);
        found(at..end);
        at = end + 1;
    }
}

/// Where the word has its end that an ASCII text has from here on.
#[inline]
fn end_of_word(bytes: &[u8], from: usize) -> usize {
    /// Each byte of a machine word.
    const EACH: u64 = 0x0101_0101_0101_0101;
    let mut at = from;
    // Eight at a time: the bytes of ASCII that are at most a blank, of which few are no white space.
    while let Some(eight) = bytes.get(at..at + 8).and_then(|b| b.try_into().ok()) {
        let above_blank = (u64::from_le_bytes(eight) | EACH << 7) - EACH * 0x21;
        let mut low = !above_blank & EACH << 7;
        while low != 0 {
            let found = at + low.trailing_zeros() as usize / 8;
            if is_space(bytes[found]) {
                return found;
            }
            low &= low - 1;
        }
        at += 8;
    }
    let rest = bytes.get(at..).unwrap_or_default();
    at + rest.iter().position(|b| is_space(*b)).unwrap_or(rest.len())
}

/// The fields of a text, between separators of one ASCII character, that begin in this part of it, by their places. The text has as
/// many places for beginnings as bytes, and one behind the last.
pub fn fields_starting_in(
    text: &str,
    separator: u8,
    part: Range<usize>,
    mut found: impl FnMut(Range<usize>),
) {
    let bytes = text.as_bytes();
    let end_of = |from: usize| {
        let rest = bytes.get(from..).unwrap_or_default();
        from + memchr::memchr(separator, rest).unwrap_or(rest.len())
    };
    let mut at = part.start;
    if at > 0 && bytes.get(at - 1).is_some_and(|b| *b != separator) {
        at = end_of(at) + 1;
    }
    while at < part.end {
        let end = end_of(at);
        found(at..end);
        at = end + 1;
    }
}
