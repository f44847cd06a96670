//! Decompositions and normal forms.

use super::is_assigned;
use crate::native::arity;
use afar_runtime::number::clinic_name;
use afar_runtime::{Args, Fault, Res, Value, text};
use std::sync::OnceLock;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::canonical_combining_class;

/// The canonical combining class.
pub fn class(c: char) -> u8 {
    if is_assigned(c) { canonical_combining_class(c) } else { 0 }
}

/// A line of the table: first and last character, tag, and what the first becomes.
struct Line {
    first: u32,
    last: u32,
    tag: &'static str,
    parts: &'static str,
}

fn lines() -> &'static [Line] {
    static LINES: OnceLock<Vec<Line>> = OnceLock::new();
    LINES.get_or_init(|| include_str!("decompositions.txt").lines().filter_map(line).collect())
}

fn line(text: &'static str) -> Option<Line> {
    let mut fields = text.split(';');
    let (run, tag, parts) = (fields.next()?, fields.next()?, fields.next()?);
    let (first, last) = run.split_once('-').unwrap_or((run, run));
    let code = |hex| u32::from_str_radix(hex, 16).ok();
    Some(Line { first: code(first)?, last: code(last)?, tag, parts })
}

/// The decomposition of a character, as the character database has it.
pub fn decomposition(c: char) -> String {
    let code = u32::from(c);
    let lines = lines();
    let after = lines.partition_point(|line| line.first <= code);
    let Some(line) = after.checked_sub(1).map(|at| &lines[at]).filter(|line| code <= line.last) else {
        return String::new();
    };
    let parts = if line.first == line.last {
        line.parts.to_owned()
    } else {
        let first = u32::from_str_radix(line.parts, 16).unwrap_or(0);
        format!("{:04X}", first + (code - line.first))
    };
    if line.tag.is_empty() { parts } else { format!("{} {parts}", line.tag) }
}

/// A text in a normal form; `None` where there is no such form.
fn normal(form: &str, text: &str) -> Option<String> {
    let run: fn(&str) -> String = match form {
        "NFC" => |part| part.nfc().collect(),
        "NFD" => |part| part.nfd().collect(),
        "NFKC" => |part| part.nfkc().collect(),
        "NFKD" => |part| part.nfkd().collect(),
        _ => return None,
    };
    if text.is_ascii() {
        return Some(text.to_owned());
    }
    // A character that is not of Unicode 14.0 stays as it is, and nothing moves or combines over it.
    let mut out = String::with_capacity(text.len());
    for part in text.split_inclusive(|c| !is_assigned(c)) {
        let stranger = part.chars().next_back().filter(|c| !is_assigned(*c));
        out.push_str(&run(&part[..part.len() - stranger.map_or(0, char::len_utf8)]));
        out.extend(stranger);
    }
    Some(out)
}

/// The two texts that are the arguments.
fn texts<'a>(args: &Args<'a>, name: &str) -> Res<(&'a str, &'a str)> {
    arity(args, "unicodedata", name, 2, 2)?;
    let text = |i: usize| match text::str_of(&args.pos[i]) {
        Some(text) => Ok(text.as_str()),
        None => {
            let given = clinic_name(&args.pos[i]);
            Err(Fault::type_error(format!("{name}() argument {} must be str, not {given}", i + 1)))
        }
    };
    Ok((text(0)?, text(1)?))
}

fn normalized(form: &str, text: &str) -> Res<String> {
    normal(form, text).ok_or_else(|| Fault::value_error("invalid normalization form"))
}

/// `normalize(form, text)`.
pub fn normalize(args: &Args<'_>) -> Res {
    let (form, text) = texts(args, "normalize")?;
    if text.is_empty() {
        return Ok(args.pos[1].clone());
    }
    normalized(form, text).map(Value::string)
}

/// `is_normalized(form, text)`.
pub fn is_normalized(args: &Args<'_>) -> Res {
    let (form, text) = texts(args, "is_normalized")?;
    if text.is_empty() {
        return Ok(Value::Bool(true));
    }
    Ok(Value::Bool(normalized(form, text)? == text))
}
