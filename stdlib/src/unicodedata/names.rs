//! The names of characters. Those that are newer than Unicode 14.0 are not known here.

use super::is_assigned;
use afar_runtime::number::type_name;
use afar_runtime::{Args, Fault, Res, Value, text};

/// The name of a character.
pub fn name(c: char) -> Option<String> {
    unicode_names2::name(c).filter(|_| is_assigned(c)).map(|name| name.to_string())
}

/// How the names of sequences of characters begin, which are names for `lookup` too.
const SEQUENCES: &[&str] = &[
    "BENGALI ",
    "ETHIOPIC ",
    "GEORGIAN ",
    "GUJARATI ",
    "HIRAGANA ",
    "KATAKANA ",
    "KEYCAP ",
    "KHMER ",
    "LATIN ",
    "MODIFIER ",
    "SINHALA ",
    "TAMIL ",
];

/// `lookup(name)`.
pub fn lookup(args: &Args<'_>) -> Res {
    args.count("unicodedata.lookup", 1, 1)?;
    let wanted = &args.pos[0];
    let Some(text) = text::str_of(wanted) else {
        if text::bytes_of(wanted).is_some() {
            return Err(Fault::not_pure("`unicodedata.lookup` of bytes is not supported: use a str"));
        }
        return Err(Fault::type_error(format!(
            "a bytes-like object is required, not '{}'",
            type_name(wanted)
        )));
    };
    named(text.as_str()).map(|c| Value::string(c.to_string()))
}

/// The character of this name.
pub fn named(text: &str) -> Res<char> {
    let upper = text.to_ascii_uppercase();
    let found = unicode_names2::character(&upper).filter(|c| is_assigned(*c));
    // The search knows more spellings than CPython does; names of controls are aliases.
    let is_exact = |c: char| name(c).is_none_or(|name| name == upper);
    match found {
        Some(c) if is_exact(c) => Ok(c),
        _ if found.is_some() || SEQUENCES.iter().any(|start| upper.starts_with(start)) => {
            Err(Fault::not_pure(format!(
                "`unicodedata.lookup` of {text:?}: names of sequences, and aliases, are not all known"
            )))
        }
        _ => Err(Fault::exception("KeyError", format!("undefined character name '{text}'"))),
    }
}
