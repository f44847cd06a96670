//! The properties of characters.

use super::unicode_tables::{FLAGS, SPACES, ZEROS};

const ALPHA: u32 = 1;
const DIGIT: u32 = 1 << 1;
const NUMERIC: u32 = 1 << 2;
const LOWER: u32 = 1 << 3;
const UPPER: u32 = 1 << 4;
const TITLE: u32 = 1 << 5;
const CASED: u32 = 1 << 6;
const CASE_IGNORABLE: u32 = 1 << 7;
const PRINTABLE: u32 = 1 << 8;
const ID_START: u32 = 1 << 9;
const ID_CONTINUE: u32 = 1 << 10;

fn has(c: char, flag: u32) -> bool {
    let after = FLAGS.partition_point(|entry| entry >> 11 <= u32::from(c));
    FLAGS[after.saturating_sub(1)] & flag != 0
}

/// `isalpha` of one character.
pub fn is_alpha(c: char) -> bool {
    if c.is_ascii() { c.is_ascii_alphabetic() } else { has(c, ALPHA) }
}

/// `isdecimal` of one character.
pub fn is_decimal(c: char) -> bool {
    decimal_value(c).is_some()
}

/// `isdigit` of one character.
pub fn is_digit(c: char) -> bool {
    if c.is_ascii() { c.is_ascii_digit() } else { has(c, DIGIT) }
}

/// `isnumeric` of one character.
pub fn is_numeric(c: char) -> bool {
    if c.is_ascii() { c.is_ascii_digit() } else { has(c, NUMERIC) }
}

/// `isalnum` of one character.
pub fn is_alnum(c: char) -> bool {
    if c.is_ascii() { c.is_ascii_alphanumeric() } else { has(c, ALPHA | DIGIT | NUMERIC) }
}

/// `islower` of one character.
pub fn is_lower(c: char) -> bool {
    if c.is_ascii() { c.is_ascii_lowercase() } else { has(c, LOWER) }
}

/// `isupper` of one character.
pub fn is_upper(c: char) -> bool {
    if c.is_ascii() { c.is_ascii_uppercase() } else { has(c, UPPER) }
}

/// Is it a title case letter, as `ǅ`.
pub fn is_title(c: char) -> bool {
    !c.is_ascii() && has(c, TITLE)
}

/// Has it a case at all.
pub fn is_cased(c: char) -> bool {
    if c.is_ascii() { c.is_ascii_alphabetic() } else { has(c, CASED) }
}

/// Is it skipped when the neighbors of a capital sigma are looked at.
pub fn is_case_ignorable(c: char) -> bool {
    has(c, CASE_IGNORABLE)
}

/// `isprintable` of one character.
pub fn is_printable(c: char) -> bool {
    if c.is_ascii() { (' '..='~').contains(&c) } else { has(c, PRINTABLE) }
}

/// `isspace` of one character: what `split` and `strip` take for white space.
pub fn is_space(c: char) -> bool {
    if c.is_ascii() {
        matches!(c, '\t'..='\r' | '\u{1c}'..='\u{1f}' | ' ')
    } else {
        SPACES.binary_search(&c).is_ok()
    }
}

/// Does a line end at it.
pub fn is_line_break(c: char) -> bool {
    matches!(c, '\n'..='\r' | '\u{1c}'..='\u{1e}' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

/// `isidentifier`.
pub fn is_identifier(text: &str) -> bool {
    let mut chars = text.chars();
    chars.next().is_some_and(|c| has(c, ID_START)) && chars.all(|c| has(c, ID_CONTINUE))
}

/// The value of a decimal digit of any script.
pub fn decimal_value(c: char) -> Option<u32> {
    if c.is_ascii() {
        return c.to_digit(10);
    }
    let c = u32::from(c);
    let after = ZEROS.partition_point(|zero| *zero <= c);
    let value = c - ZEROS.get(after.checked_sub(1)?)?;
    (value < 10).then_some(value)
}
