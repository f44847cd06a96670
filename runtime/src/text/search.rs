//! Finding, counting and replacing parts of text and bytes.

/// The first place of `needle` in `haystack`, as a byte offset.
pub fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    let [first, rest @ ..] = needle else { return Some(0) };
    if rest.is_empty() {
        return haystack.iter().position(|byte| byte == first);
    }
    if needle.len() > haystack.len() {
        return None;
    }
    if needle.len() > 32 && haystack.len() > 4096 {
        return find_long(haystack, needle);
    }
    let last = haystack.len() - needle.len();
    let mut at = 0;
    while at <= last {
        let step = haystack[at..=last].iter().position(|byte| byte == first)?;
        at += step;
        if &haystack[at + 1..at + needle.len()] == rest {
            return Some(at);
        }
        at += 1;
    }
    None
}

/// Knuth, Morris and Pratt: linear for long needles, whatever they repeat.
fn find_long(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    let mut fall = vec![0usize; needle.len()];
    let mut matched = 0;
    for at in 1..needle.len() {
        while matched > 0 && needle[at] != needle[matched] {
            matched = fall[matched - 1];
        }
        matched += usize::from(needle[at] == needle[matched]);
        fall[at] = matched;
    }
    matched = 0;
    for (at, byte) in haystack.iter().enumerate() {
        while matched > 0 && *byte != needle[matched] {
            matched = fall[matched - 1];
        }
        matched += usize::from(*byte == needle[matched]);
        if matched == needle.len() {
            return Some(at + 1 - needle.len());
        }
    }
    None
}

/// The last place of `needle`.
pub fn rfind(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    let [.., last] = needle else { return Some(haystack.len()) };
    let mut end = haystack.len();
    while end >= needle.len() {
        let at = haystack[..end].iter().rposition(|byte| byte == last)?;
        let stop = at + 1;
        if stop < needle.len() {
            return None;
        }
        if &haystack[stop - needle.len()..stop] == needle {
            return Some(stop - needle.len());
        }
        end = at;
    }
    None
}

/// How often a needle that is not empty occurs, without overlaps.
pub fn count(haystack: &[u8], needle: &[u8]) -> usize {
    if let [byte] = needle {
        return haystack.iter().filter(|b| *b == byte).count();
    }
    let (mut n, mut rest) = (0, haystack);
    while let Some(at) = find(rest, needle) {
        n += 1;
        rest = &rest[at + needle.len()..];
    }
    n
}

/// Replaces the first `limit` occurrences of a needle that is not empty.
pub fn replace(haystack: &[u8], needle: &[u8], with: &[u8], limit: usize) -> Vec<u8> {
    let mut out = Vec::with_capacity(haystack.len());
    let mut rest = haystack;
    let mut left = limit;
    while left > 0 {
        let Some(at) = find(rest, needle) else { break };
        out.extend_from_slice(&rest[..at]);
        out.extend_from_slice(with);
        rest = &rest[at + needle.len()..];
        left -= 1;
    }
    out.extend_from_slice(rest);
    out
}
