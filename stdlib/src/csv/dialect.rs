//! Dialects: what parts the fields, and how they are quoted.

use super::error;
use afar_runtime::number::type_name;
use afar_runtime::object::{Host, HostObject, attr};
use afar_runtime::{Fault, Ref, Res, Str, Value, ops, text};

/// When a field is in quotes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quoting {
    /// Where it must be.
    Minimal,
    /// Always.
    All,
    /// Where it is no number; the others are floats.
    NonNumeric,
    /// Never.
    None,
}

/// A dialect.
#[derive(Clone, Debug)]
pub struct Dialect {
    /// Between fields.
    pub delimiter: char,
    /// Around a field.
    pub quote: Option<char>,
    /// Before what would have a meaning.
    pub escape: Option<char>,
    /// Is a quote within quotes doubled.
    pub doubles: bool,
    /// Are spaces behind a delimiter skipped.
    pub skips_spaces: bool,
    /// When a field is in quotes.
    pub quoting: Quoting,
    /// Is bad input an error.
    pub is_strict: bool,
    terminator: String,
}

/// The dialects that have names.
pub const NAMES: [&str; 3] = ["excel", "excel-tab", "unix"];

/// The dialect of this name.
pub fn registered(name: &str) -> Option<Dialect> {
    let excel = Dialect {
        delimiter: ',',
        quote: Some('"'),
        escape: None,
        doubles: true,
        skips_spaces: false,
        quoting: Quoting::Minimal,
        is_strict: false,
        terminator: "\r\n".to_owned(),
    };
    match name {
        "excel" => Some(excel),
        "excel-tab" => Some(Dialect { delimiter: '\t', ..excel }),
        "unix" => Some(Dialect { quoting: Quoting::All, terminator: "\n".to_owned(), ..excel }),
        _ => None,
    }
}

/// The parameters, in the order in which CPython looks at them.
const PARAMS: [&str; 8] = [
    "delimiter",
    "doublequote",
    "escapechar",
    "lineterminator",
    "quotechar",
    "quoting",
    "skipinitialspace",
    "strict",
];

/// A character, `None` for none; the default where nothing is given.
fn letter(name: &str, value: Option<&Value>, default: Option<char>) -> Res<Option<char>> {
    let Some(value) = value else { return Ok(default) };
    if value.is_none() && name != "delimiter" {
        return Ok(None);
    }
    let Some(text) = text::str_of(value) else {
        let or = if name == "delimiter" { "string" } else { "string or None" };
        return Err(Fault::type_error(format!("\"{name}\" must be {or}, not {}", type_name(value))));
    };
    let mut chars = text.as_str().chars();
    match (chars.next(), chars.next()) {
        (Some(letter), None) => Ok(Some(letter)),
        _ => Err(Fault::type_error(format!("\"{name}\" must be a 1-character string"))),
    }
}

fn quoting_of(value: Option<&Value>) -> Res<Quoting> {
    match value {
        None | Some(Value::Int(0)) => Ok(Quoting::Minimal),
        Some(Value::Int(1)) => Ok(Quoting::All),
        Some(Value::Int(2)) => Ok(Quoting::NonNumeric),
        Some(Value::Int(3)) => Ok(Quoting::None),
        Some(Value::Int(_)) => Err(Fault::type_error("bad \"quoting\" value")),
        Some(_) => Err(Fault::type_error("\"quoting\" must be an integer")),
    }
}

/// The dialect of a reader: a name, an object with attributes, or nothing, and what keywords say.
pub fn of(dialect: Option<&Value>, keywords: &[(Str, Value)]) -> Res<Dialect> {
    let named = match dialect.and_then(text::str_of) {
        Some(name) => Some(Host::value(registered(name).ok_or_else(|| error("unknown dialect"))?)),
        None => None,
    };
    let dialect = named.as_ref().or(dialect).filter(|d| !d.is_none());
    let mut found: [Option<Value>; 8] = Default::default();
    for (key, value) in keywords {
        let Some(place) = PARAMS.iter().position(|p| *p == key.as_str()) else {
            return Err(Fault::type_error(format!(
                "'{key}' is an invalid keyword argument for this function"
            )));
        };
        found[place] = Some(value.clone());
    }
    if let Some(dialect) = dialect {
        for (slot, name) in found.iter_mut().zip(PARAMS) {
            if slot.is_none() {
                *slot = attr::find(dialect, name)?;
            }
        }
    }
    checked(&found)
}

fn checked(found: &[Option<Value>; 8]) -> Res<Dialect> {
    let [delimiter, doubles, escape, terminator, quote, quoting, skips, strict] =
        found.each_ref().map(Option::as_ref);
    let truth = |value: Option<&Value>, default| value.map_or(Ok(default), ops::truthy);
    let delimiter = letter("delimiter", delimiter, Some(','))?;
    let doubles = truth(doubles, true)?;
    let escape = letter("escapechar", escape, None)?;
    let terminator = match terminator {
        None => Some("\r\n".to_owned()),
        Some(Value::None) => None,
        Some(value) => match text::str_of(value) {
            Some(text) => Some(text.as_str().to_owned()),
            None => return Err(Fault::type_error("\"lineterminator\" must be a string")),
        },
    };
    let mark = letter("quotechar", quote, Some('"'))?;
    let is_open = quoting.is_none() && quote.is_some_and(Value::is_none);
    let quoting = if is_open { Quoting::None } else { quoting_of(quoting)? };
    let (skips_spaces, is_strict) = (truth(skips, false)?, truth(strict, false)?);
    if quoting != Quoting::None && mark.is_none() {
        return Err(Fault::type_error("quotechar must be set if quoting enabled"));
    }
    let Some(terminator) = terminator else {
        return Err(Fault::type_error("lineterminator must be set"));
    };
    let delimiter = delimiter.unwrap_or(',');
    Ok(Dialect { delimiter, quote: mark, escape, doubles, skips_spaces, quoting, is_strict, terminator })
}

impl HostObject for Dialect {
    fn type_name(&self) -> &str {
        "Dialect"
    }

    fn module(&self) -> &str {
        "_csv"
    }

    fn repr(&self) -> Res<String> {
        Err(Fault::not_pure("the repr of a dialect shows its address"))
    }

    fn get_attr(&self, _: &Ref<Host>, name: &str) -> Res<Option<Value>> {
        let letter = |c: Option<char>| c.map_or(Value::None, |c| Value::string(c.to_string()));
        Ok(Some(match name {
            "delimiter" => letter(Some(self.delimiter)),
            "doublequote" => Value::Bool(self.doubles),
            "escapechar" => letter(self.escape),
            "lineterminator" => Value::str(&self.terminator),
            "quotechar" => letter(self.quote),
            "quoting" => Value::Int(self.quoting as i64),
            "skipinitialspace" => Value::Bool(self.skips_spaces),
            "strict" => Value::Bool(self.is_strict),
            _ if name.starts_with("__") => return Ok(None),
            _ => {
                let message = format!("'_csv.Dialect' object has no attribute '{name}'");
                return Err(Fault::attribute_error(message));
            }
        }))
    }

    fn as_any(&self) -> &dyn std::any::Any {
        self
    }
}
