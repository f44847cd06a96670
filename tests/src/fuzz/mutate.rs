//! Changing a text at random: bytes, tokens, lines, indentation, nesting.

use super::corpus::PIECES;
use crate::generated::random::Random;

/// No text grows beyond this.
const MAX_LEN: usize = 6_000;

/// Changes a text in a few places, without regard to what it means; `other` lends pieces of itself.
pub fn anyhow(text: &str, other: &str, random: &mut Random) -> String {
    let mut text = text.to_owned();
    let n = if random.chance(60) { random.between(1, 2) } else { random.between(3, 8) };
    for _ in 0..n {
        text = match random.below(13) {
            0 | 1 => with_tokens(&text, random, false),
            2 => with_bytes(&text, random),
            3 => with_line(&text, random),
            4 => splice(&text, other, random),
            5 => indent(&text, random),
            6 => nest(&text, random),
            7 => text[..boundary(&text, random)].to_owned(),
            8..=10 => insert(&text, random),
            _ => with_tokens(&text, random, true),
        };
        if text.len() > MAX_LEN {
            let mut end = MAX_LEN;
            while !text.is_char_boundary(end) {
                end -= 1;
            }
            text.truncate(end);
        }
    }
    text
}

/// Changes a program such that it mostly stays one.
pub fn softly(text: &str, random: &mut Random) -> String {
    let mut text = text.to_owned();
    for _ in 0..random.between(1, 4) {
        text = match random.below(16) {
            0 => with_line(&text, random),
            1 => with_tokens(&text, random, true),
            _ => swap(&text, random),
        };
    }
    text
}

/// A place between two characters.
fn boundary(text: &str, random: &mut Random) -> usize {
    let mut at = random.below(text.len() + 1);
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

fn insert(text: &str, random: &mut Random) -> String {
    let at = boundary(text, random);
    let piece = if random.chance(90) {
        (*random.pick::<&str>(PIECES)).to_owned()
    } else {
        let code = u32::try_from(random.below(0x11_0000)).unwrap_or(0);
        char::from_u32(code).unwrap_or('\u{fffd}').to_string()
    };
    let blank = if random.chance(40) { " " } else { "" };
    format!("{}{blank}{piece}{blank}{}", &text[..at], &text[at..])
}

/// Bytes changed; what is no UTF-8 then becomes a mark.
fn with_bytes(text: &str, random: &mut Random) -> String {
    let mut bytes = text.as_bytes().to_vec();
    if bytes.is_empty() {
        return text.to_owned();
    }
    let at = random.below(bytes.len());
    match random.below(4) {
        0 => drop(bytes.remove(at)),
        1 => bytes.insert(at, u8::try_from(random.below(256)).unwrap_or(0)),
        2 => bytes[at] ^= 1 << random.below(8),
        _ => bytes[at] = u8::try_from(random.below(128)).unwrap_or(0),
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// The tokens of a text, about: each with the blanks before it.
pub fn tokens(text: &str) -> Vec<&str> {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    let mut all = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let blank = rest.len() - rest.trim_start_matches([' ', '\t']).len();
        let first = rest[blank..].chars().next().unwrap_or(' ');
        let body = &rest[blank..];
        let n = if is_word(first) {
            body.find(|c| !is_word(c)).unwrap_or(body.len())
        } else if matches!(first, '\'' | '"') {
            body[1..].find([first, '\n']).map_or(body.len(), |at| at + 2)
        } else {
            first.len_utf8()
        };
        let (token, left) = rest.split_at((blank + n).min(rest.len()));
        all.push(token);
        rest = left;
    }
    all
}

/// A text with another name where one stands that is not called.
pub fn without_name(text: &str, name: &str, other: &str) -> String {
    let all = tokens(text);
    let is_called = |at: usize| all.get(at + 1).is_some_and(|next| next.trim_start().starts_with('('));
    let renamed = all.iter().enumerate().map(|(at, token)| match token.trim_start() {
        word if word == name && !is_called(at) => token.replace(name, other),
        _ => (*token).to_owned(),
    });
    renamed.collect()
}

fn with_tokens(text: &str, random: &mut Random, is_small: bool) -> String {
    let mut all = tokens(text);
    if all.is_empty() {
        return text.to_owned();
    }
    let at = random.below(all.len());
    let n = random.between(1, if is_small { 2 } else { 12 }).min(all.len() - at);
    match random.below(4) {
        0 => drop(all.drain(at..at + n)),
        1 => {
            let copy = all[at..at + n].to_vec();
            let to = random.below(all.len() + 1);
            all.splice(to..to, copy);
        }
        2 => {
            let to = random.below(all.len());
            all.swap(at, to);
        }
        _ => all[at] = *random.pick::<&str>(PIECES),
    }
    all.concat()
}

fn with_line(text: &str, random: &mut Random) -> String {
    let mut lines: Vec<&str> = text.split_inclusive('\n').collect();
    if lines.is_empty() {
        return text.to_owned();
    }
    let at = random.below(lines.len());
    match random.below(3) {
        0 => drop(lines.remove(at)),
        1 => lines.insert(random.below(lines.len() + 1), lines[at]),
        _ => {
            let to = random.below(lines.len());
            lines.swap(at, to);
        }
    }
    lines.concat()
}

fn splice(text: &str, other: &str, random: &mut Random) -> String {
    let at = boundary(text, random);
    let (mut from, mut to) = (boundary(other, random), boundary(other, random));
    if from > to {
        (from, to) = (to, from);
    }
    let end = if random.chance(50) { text.len() } else { at };
    format!("{}{}{}", &text[..at], &other[from..to], &text[end..])
}

fn indent(text: &str, random: &mut Random) -> String {
    let mut lines: Vec<String> = text.split_inclusive('\n').map(str::to_owned).collect();
    if lines.is_empty() {
        return text.to_owned();
    }
    let at = random.below(lines.len());
    let n = random.between(1, 4).min(lines.len() - at);
    let by = *random.pick(&["    ", " ", "\t", "  ", "\x0c"]);
    let is_out = random.chance(50);
    for line in &mut lines[at..at + n] {
        *line = if is_out {
            line.strip_prefix("    ").or_else(|| line.strip_prefix(' ')).unwrap_or(line).to_owned()
        } else {
            format!("{by}{line}")
        };
    }
    lines.concat()
}

/// A piece of the text within many brackets or the like; now and then the brackets are not closed.
fn nest(text: &str, random: &mut Random) -> String {
    const PAIRS: &[(&str, &str)] = &[
        ("(", ")"),
        ("[", "]"),
        ("{", "}"),
        ("f(", ")"),
        ("-", ""),
        ("not ", ""),
        ("lambda: ", ""),
        ("x if y else ", ""),
        ("(yield ", ")"),
        ("[*", "]"),
        ("a.", ""),
        ("1 + ", ""),
        ("**", ""),
        ("f'{", "}'"),
        ("{1: ", "}"),
        ("a < ", ""),
    ];
    let at = boundary(text, random);
    let end = at + boundary(&text[at..], random).min(20);
    let end = if text.is_char_boundary(end) { end } else { at };
    let (open, close) = *random.pick(PAIRS);
    let n = if random.chance(80) { random.between(1, 6) } else { random.between(7, 400) };
    let close = if random.chance(80) { close } else { "" };
    format!("{}{}{}{}{}", &text[..at], open.repeat(n), &text[at..end], close.repeat(n), &text[end..])
}

/// One token becomes another one of its kind.
fn swap(text: &str, random: &mut Random) -> String {
    const KINDS: &[&[&str]] = &[
        &["+", "-", "*", "/", "//", "%", "&", "|", "^", "**", ">>", "<<"],
        &["==", "!=", "<", ">", "<=", ">=", "in", "not in"],
        &["and", "or"],
        &["break", "continue", "pass", "return"],
        &["True", "False", "None", "0", "1", "-1", "''", "[]", "()", "{}", "0.5"],
        &["sum", "max", "min", "sorted", "list", "tuple", "set", "len", "any", "all", "str", "repr"],
        &["int", "float", "bool", "str", "complex", "abs", "round", "bytes"],
        &[
            "ValueError",
            "TypeError",
            "KeyError",
            "IndexError",
            "Exception",
            "ZeroDivisionError",
            "StopIteration",
            "ArithmeticError",
        ],
        &["append", "index", "count", "get", "items", "keys", "values", "copy", "split", "join"],
    ];
    const VALUES: &[&str] = &[
        "0",
        "1",
        "-1",
        "2",
        "3",
        "7",
        "255",
        "2147483648",
        "9007199254740993",
        "4611686018427387904",
        "9223372036854775807",
        "9223372036854775808",
        "18446744073709551616",
        "-9223372036854775808",
        "10 ** 30",
        "0.0",
        "-0.0",
        "0.1",
        "1e308",
        "5e-324",
        "float('inf')",
        "float('nan')",
        "None",
        "True",
        "''",
        "'a'",
        "'é😀'",
        "b''",
        "b'\\xff'",
        "[]",
        "()",
        "{}",
        "1j",
        "[1, 2]",
        "(1, 'a')",
        "{'a': 1}",
        "range(3)",
        "...",
        "int",
        "print",
    ];
    let mut all = tokens(text);
    if all.is_empty() {
        return text.to_owned();
    }
    let mut fresh = String::new();
    for _ in 0..12 {
        let at = random.below(all.len());
        let token = all[at].trim_start();
        let blank = &all[at][..all[at].len() - token.len()];
        let Some(first) = token.chars().next() else { continue };
        let kind = KINDS.iter().find(|kind| kind.contains(&token));
        let new = if let Some(kind) = kind {
            *random.pick::<&str>(kind)
        } else if first.is_ascii_digit() || matches!(first, '\'' | '"') {
            *random.pick::<&str>(VALUES)
        } else if first.is_alphabetic() && random.chance(20) {
            // Another name of the program.
            let names: Vec<&str> =
                all.iter().map(|t| t.trim_start()).filter(|t| t.starts_with(char::is_alphabetic)).collect();
            *random.pick::<&str>(&names)
        } else {
            continue;
        };
        fresh.push_str(blank);
        fresh.push_str(new);
        all[at] = &fresh;
        return all.concat();
    }
    text.to_owned()
}
