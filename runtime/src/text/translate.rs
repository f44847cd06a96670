//! `str.maketrans` and `str.translate`.

use super::receiver::str_of;
use crate::collections::Dict;
use crate::number::{clinic_name, payload};
use crate::value::Args;
use crate::{Fault, Ref, Res, Value, budget, hooks, ops};

fn one_char(text: &str) -> Option<char> {
    let mut chars = text.chars();
    chars.next().filter(|_| chars.next().is_none())
}

fn code(c: char) -> Value {
    Value::Int(i64::from(u32::from(c)))
}

/// `str.maketrans(x, y=None, z=None)`.
pub fn maketrans(args: &Args<'_>) -> Res {
    args.no_keywords("str.maketrans")?;
    args.count("maketrans", 1, 3)?;
    let mut table = Dict::new();
    let (first, more) = (&args.pos[0], &args.pos[1..]);
    let [second, deleted @ ..] = more else {
        let Value::Dict(dict) = payload(first) else {
            return Err(Fault::type_error("if you give only one argument to maketrans it must be a dict"));
        };
        for (key, value) in dict.iter() {
            match payload(key) {
                Value::Str(text) => match one_char(text) {
                    Some(c) => table.insert(code(c), value.clone())?,
                    None => {
                        return Err(Fault::value_error("string keys in translate table must be of length 1"));
                    }
                },
                Value::Int(_) | Value::BigInt(_) | Value::Bool(_) => {
                    table.insert(key.clone(), value.clone())?
                }
                _ => return Err(Fault::type_error("keys in translate table must be strings or integers")),
            };
        }
        return Ok(Value::Dict(Ref::new(table)));
    };
    let Some(to) = str_of(second) else {
        return Err(Fault::type_error(format!(
            "maketrans() argument 2 must be str, not {}",
            clinic_name(second)
        )));
    };
    let Some(from) = str_of(first) else {
        return Err(Fault::type_error(
            "first maketrans argument must be a string if there is a second argument",
        ));
    };
    let deleted = match deleted.first() {
        None => "",
        Some(value) => str_of(value)
            .ok_or_else(|| {
                Fault::type_error(format!("maketrans() argument 3 must be str, not {}", clinic_name(value)))
            })?
            .as_str(),
    };
    if from.n_chars() != to.n_chars() {
        return Err(Fault::value_error("the first two maketrans arguments must have equal length"));
    }
    for (from, to) in from.chars().zip(to.chars()) {
        table.insert(code(from), code(to))?;
    }
    for c in deleted.chars() {
        table.insert(code(c), Value::None)?;
    }
    Ok(Value::Dict(Ref::new(table)))
}

/// What a character becomes.
#[derive(Clone)]
enum Mapped {
    Same,
    Char(char),
    Text(crate::Str),
    Nothing,
}

fn map_char(table: &Value, c: char) -> Res<Mapped> {
    let found = match table {
        Value::Dict(dict) if dict.flavour == crate::collections::DictFlavour::Plain => {
            match dict.get(&code(c))? {
                Some(value) => value.clone(),
                None => return Ok(Mapped::Same),
            }
        }
        _ => match ops::getitem(table, &code(c)) {
            Ok(value) => value,
            Err(fault) if fault.is("LookupError") => return Ok(Mapped::Same),
            Err(fault) => return Err(fault),
        },
    };
    match payload(&found) {
        Value::None => Ok(Mapped::Nothing),
        Value::Str(text) => Ok(Mapped::Text(text.clone())),
        Value::Int(n) if (0..0x11_0000).contains(n) => u32::try_from(*n)
            .ok()
            .and_then(char::from_u32)
            .map(Mapped::Char)
            .ok_or_else(super::surrogate_refusal),
        Value::Int(_) | Value::BigInt(_) => {
            Err(Fault::value_error("character mapping must be in range(0x110000)"))
        }
        Value::Bool(b) => Ok(Mapped::Char(char::from(u8::from(*b)))),
        _ => Err(Fault::type_error("character mapping must return integer, None or str")),
    }
}

/// `text.translate(table)`.
pub fn translate(text: &str, table: &Value) -> Res {
    let mut known: [Option<Mapped>; 128] = std::array::from_fn(|_| None);
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        let mapped = match known.get(c as usize) {
            Some(Some(mapped)) => mapped.clone(),
            _ => {
                let mapped = map_char(table, c)?;
                // A table with a method of the program is asked for every character, as CPython does for its effects
                // on errors; a dict answers the same each time.
                if let (Some(slot), Value::Dict(_)) = (known.get_mut(c as usize), table) {
                    *slot = Some(mapped.clone());
                }
                mapped
            }
        };
        match mapped {
            Mapped::Same => out.push(c),
            Mapped::Char(c) => out.push(c),
            Mapped::Text(text) => {
                if text.len() > 4096 {
                    hooks::poll()?;
                    budget::check(out.len() + text.len(), 1, "a translated str")?;
                }
                out.push_str(&text);
            }
            Mapped::Nothing => {}
        }
    }
    Ok(Value::string(out))
}
