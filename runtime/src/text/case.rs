//! Upper, lower and title case of text.

use super::chars::{is_case_ignorable, is_cased, is_lower, is_title, is_upper};
use super::unicode_tables::{FOLD_SPECIAL, LOWER, LOWER_SPECIAL, TITLE_SPECIAL, UPPER, UPPER_SPECIAL};

fn special(table: &'static [(char, &'static str)], c: char) -> Option<&'static str> {
    table.binary_search_by_key(&c, |(from, _)| *from).ok().map(|idx| table[idx].1)
}

fn simple(table: &[(u32, u32, u8, i32)], c: char) -> char {
    let code = u32::from(c);
    // Runs with a step of two may interleave, so the ones that start before are looked at from the back.
    let after = table.partition_point(|run| run.0 <= code);
    for (first, last, step, difference) in table[..after].iter().rev().take(3) {
        if code <= *last && (code - first) % u32::from(*step) == 0 {
            return code.checked_add_signed(*difference).and_then(char::from_u32).unwrap_or(c);
        }
    }
    c
}

fn push_upper(c: char, out: &mut String) {
    if c.is_ascii() {
        return out.push(c.to_ascii_uppercase());
    }
    match special(UPPER_SPECIAL, c) {
        Some(text) => out.push_str(text),
        None => out.push(simple(UPPER, c)),
    }
}

fn push_lower_plain(c: char, out: &mut String) {
    if c.is_ascii() {
        return out.push(c.to_ascii_lowercase());
    }
    match special(LOWER_SPECIAL, c) {
        Some(text) => out.push_str(text),
        None => out.push(simple(LOWER, c)),
    }
}

fn push_title(c: char, out: &mut String) {
    match special(TITLE_SPECIAL, c) {
        Some(text) => out.push_str(text),
        None => push_upper(c, out),
    }
}

/// Lower case of the character at a byte offset: a capital sigma at the end of a word is a final one.
fn push_lower(text: &str, at: usize, c: char, out: &mut String) {
    if c == 'Σ' {
        let before = text[..at].chars().rev().find(|c| !is_case_ignorable(*c)).is_some_and(is_cased);
        let after = text[at + c.len_utf8()..].chars().find(|c| !is_case_ignorable(*c)).is_some_and(is_cased);
        return out.push(if before && !after { 'ς' } else { 'σ' });
    }
    push_lower_plain(c, out);
}

/// `str.lower`.
pub fn lower(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    let mut out = String::with_capacity(text.len());
    for (at, c) in text.char_indices() {
        push_lower(text, at, c, &mut out);
    }
    out
}

/// `str.upper`.
pub fn upper(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_uppercase();
    }
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        push_upper(c, &mut out);
    }
    out
}

/// `str.casefold`.
pub fn casefold(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match special(FOLD_SPECIAL, c) {
            Some(folded) => out.push_str(folded),
            None => push_lower_plain(c, &mut out),
        }
    }
    out
}

/// `str.capitalize`.
pub fn capitalize(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for (at, c) in text.char_indices() {
        if at == 0 {
            push_title(c, &mut out);
        } else {
            push_lower(text, at, c, &mut out);
        }
    }
    out
}

/// `str.title`.
pub fn title(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut in_word = false;
    for (at, c) in text.char_indices() {
        if in_word {
            push_lower(text, at, c, &mut out);
        } else {
            push_title(c, &mut out);
        }
        in_word = is_cased(c);
    }
    out
}

/// `str.swapcase`.
pub fn swapcase(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for (at, c) in text.char_indices() {
        if is_upper(c) {
            push_lower(text, at, c, &mut out);
        } else if is_lower(c) {
            push_upper(c, &mut out);
        } else {
            out.push(c);
        }
    }
    out
}

/// `str.islower`.
pub fn text_is_lower(text: &str) -> bool {
    let mut any = false;
    for c in text.chars() {
        if is_upper(c) || is_title(c) {
            return false;
        }
        any |= is_lower(c);
    }
    any
}

/// `str.isupper`.
pub fn text_is_upper(text: &str) -> bool {
    let mut any = false;
    for c in text.chars() {
        if is_lower(c) || is_title(c) {
            return false;
        }
        any |= is_upper(c);
    }
    any
}

/// `str.istitle`.
pub fn text_is_title(text: &str) -> bool {
    let (mut any, mut in_word) = (false, false);
    for c in text.chars() {
        if is_upper(c) || is_title(c) {
            if in_word {
                return false;
            }
            (any, in_word) = (true, true);
        } else if is_lower(c) {
            if !in_word {
                return false;
            }
            any = true;
        } else {
            in_word = false;
        }
    }
    any
}
