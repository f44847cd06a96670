//! `unicodedata`: what Unicode 14.0, CPython 3.11's version, says of characters.

mod names;
mod normal;
mod tables;

use crate::native::arity;
use afar_runtime::number::clinic_name;
use afar_runtime::{Args, Builtin, Fault, Res, Value, text};
use tables::{KINDS, NUMBERS, RUNS};

/// What the module holds.
pub const NAMES: &[&str] = &[
    "bidirectional",
    "category",
    "combining",
    "decimal",
    "decomposition",
    "digit",
    "east_asian_width",
    "is_normalized",
    "lookup",
    "mirrored",
    "name",
    "normalize",
    "numeric",
    "unidata_version",
];

static BUILTINS: &[Builtin] = &[
    Builtin {
        name: "bidirectional",
        owner: "unicodedata",
        call: |args| one(args, "bidirectional").map(|c| Value::str(kind(c).1)),
    },
    Builtin {
        name: "category",
        owner: "unicodedata",
        call: |args| one(args, "category").map(|c| Value::str(kind(c).0)),
    },
    Builtin {
        name: "combining",
        owner: "unicodedata",
        call: |args| one(args, "combining").map(|c| Value::Int(normal::class(c).into())),
    },
    Builtin {
        name: "decimal",
        owner: "unicodedata",
        call: |args| {
            let value = |c| text::decimal_value(c).map(|n| Value::Int(n.into()));
            or_default(args, "decimal", "not a decimal", value)
        },
    },
    Builtin {
        name: "decomposition",
        owner: "unicodedata",
        call: |args| one(args, "decomposition").map(|c| Value::string(normal::decomposition(c))),
    },
    Builtin {
        name: "digit",
        owner: "unicodedata",
        call: |args| or_default(args, "digit", "not a digit", digit),
    },
    Builtin {
        name: "east_asian_width",
        owner: "unicodedata",
        call: |args| one(args, "east_asian_width").map(|c| Value::str(kind(c).2)),
    },
    Builtin { name: "is_normalized", owner: "unicodedata", call: normal::is_normalized },
    Builtin { name: "lookup", owner: "unicodedata", call: names::lookup },
    Builtin {
        name: "mirrored",
        owner: "unicodedata",
        call: |args| one(args, "mirrored").map(|c| Value::Int(kind(c).3.into())),
    },
    Builtin {
        name: "name",
        owner: "unicodedata",
        call: |args| or_default(args, "name", "no such name", |c| names::name(c).map(Value::string)),
    },
    Builtin { name: "normalize", owner: "unicodedata", call: normal::normalize },
    Builtin {
        name: "numeric",
        owner: "unicodedata",
        call: |args| or_default(args, "numeric", "not a numeric character", |c| numeric(c).map(Value::Float)),
    },
];

pub use names::named;

/// A name of the module.
pub fn lookup(name: &str) -> Option<Value> {
    if name == "unidata_version" {
        return Some(Value::str("14.0.0"));
    }
    BUILTINS.iter().find(|b| b.name == name).map(Value::Builtin)
}

/// Category, direction, width and whether mirrored.
fn kind(c: char) -> (&'static str, &'static str, &'static str, u8) {
    let after = RUNS.partition_point(|run| run >> 8 <= u32::from(c));
    let run = RUNS[after.saturating_sub(1)];
    KINDS[(run & 255) as usize]
}

/// Is it a character of Unicode 14.0.
fn is_assigned(c: char) -> bool {
    kind(c).0 != "Cn"
}

fn numeric(c: char) -> Option<f64> {
    let code = u32::from(c);
    let after = NUMBERS.partition_point(|(first, ..)| *first <= code);
    let (first, last, value, step) = *NUMBERS.get(after.checked_sub(1)?)?;
    (code <= last).then(|| value + f64::from(u32::from(step) * (code - first)))
}

fn digit(c: char) -> Option<Value> {
    if !text::is_digit(c) {
        return None;
    }
    // The values of digits are whole and below ten.
    numeric(c).map(|n| Value::Int(n as i64))
}

/// The character that an argument is.
fn letter(value: &Value, name: &str, place: &str) -> Res<char> {
    let mut chars = text::str_of(value).map(|text| text.as_str().chars());
    match chars.as_mut().map(|chars| (chars.next(), chars.next())) {
        Some((Some(c), None)) => Ok(c),
        _ => {
            let given = clinic_name(value);
            Err(Fault::type_error(format!(
                "{name}() argument{place} must be a unicode character, not {given}"
            )))
        }
    }
}

fn one(args: &Args<'_>, name: &str) -> Res<char> {
    arity(args, "unicodedata", name, 1, 1)?;
    letter(&args.pos[0], name, "")
}

/// What is known of a character, or the default, or a `ValueError`.
fn or_default(args: &Args<'_>, name: &str, message: &str, find: impl Fn(char) -> Option<Value>) -> Res {
    arity(args, "unicodedata", name, 1, 2)?;
    let c = letter(&args.pos[0], name, " 1")?;
    match find(c).or_else(|| args.pos.get(1).cloned()) {
        Some(found) => Ok(found),
        None => Err(Fault::value_error(message)),
    }
}
