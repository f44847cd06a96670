//! Finding, counting and replacing parts of text and bytes.

use crate::{Res, hooks};
use memchr::memmem;

pub use memmem::{find, rfind};

/// After how many occurrences somebody may interrupt.
const POLL: usize = 1 << 16;

/// The first places of a needle that is not empty, without overlaps, in order.
fn places(haystack: &[u8], needle: &[u8], limit: usize, mut each: impl FnMut(usize)) -> Res<()> {
    for (n, at) in memmem::find_iter(haystack, needle).take(limit).enumerate() {
        if n % POLL == POLL - 1 {
            hooks::poll()?;
        }
        each(at);
    }
    Ok(())
}

/// How often a needle that is not empty occurs, without overlaps.
pub fn count(haystack: &[u8], needle: &[u8]) -> Res<usize> {
    let mut n = 0;
    places(haystack, needle, usize::MAX, |_| n += 1)?;
    Ok(n)
}

/// Replaces the first `limit` occurrences of a needle that is not empty.
pub fn replace(haystack: &[u8], needle: &[u8], with: &[u8], limit: usize) -> Res<Vec<u8>> {
    let mut out = Vec::with_capacity(haystack.len());
    let mut end = 0;
    places(haystack, needle, limit, |at| {
        out.extend_from_slice(&haystack[end..at]);
        out.extend_from_slice(with);
        end = at + needle.len();
    })?;
    out.extend_from_slice(&haystack[end..]);
    Ok(out)
}
