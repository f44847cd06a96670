//! `json`: the scanner and the encoder; the classes around them are written in Afar (`json.afr`).
//!
//! Strings with lone surrogates, `dump` to a file and the pieces of `iterencode` are refused.

mod decode;
mod encode;

use afar_runtime::fault::FaultKind;
use afar_runtime::{Args, Builtin, Fault, Res, Str, Value, number, ops, text};
use std::sync::{PoisonError, RwLock};

/// The part of the module that is written in Afar.
pub const SOURCE: &str = include_str!("json.afr");

/// What the module holds natively.
pub const NAMES: &[&str] = &["_decode", "_encode", "_refuse", "_scan", "_set_error"];

static BUILTINS: &[Builtin] = &[
    Builtin { name: "_decode", owner: "json", call: decode_all },
    Builtin { name: "_encode", owner: "json", call: encode_all },
    Builtin { name: "_refuse", owner: "json", call: refuse },
    Builtin { name: "_scan", owner: "json", call: scan },
    Builtin { name: "_set_error", owner: "json", call: set_error },
];

/// A name of the module.
pub fn lookup(name: &str) -> Option<Value> {
    BUILTINS.iter().find(|b| b.name == name).map(Value::Builtin)
}

/// The class `JSONDecodeError`, which the part in Afar makes.
static ERROR: RwLock<Value> = RwLock::new(Value::None);

fn set_error(args: &Args<'_>) -> Res {
    args.count("_set_error", 1, 1)?;
    *ERROR.write().unwrap_or_else(PoisonError::into_inner) = args.pos[0].clone();
    Ok(Value::None)
}

/// A `JSONDecodeError` at a character of a document.
fn raise(message: &str, document: &Value, at: usize) -> Fault {
    let class = ERROR.read().unwrap_or_else(PoisonError::into_inner).clone();
    if class.is_none() {
        return Fault::value_error(message);
    }
    ops::call(&class, &[Value::str(message), document.clone(), Value::usize(at)])
        .map_or_else(|fault| fault, |error| Fault::new(FaultKind::Exception(error)))
}

fn refuse(args: &Args<'_>) -> Res {
    let what = args.pos.first().and_then(Value::as_str).unwrap_or("this");
    Err(Fault::not_pure(what))
}

/// The text to read, and the hooks: `text, strict, object_hook, pairs_hook, parse_float, parse_int, parse_constant`.
fn document<'a>(args: &Args<'a>) -> Res<(&'a Value, &'a Str, decode::Hooks<'a>)> {
    args.count("_decode", 7, 8)?;
    let source = &args.pos[0];
    let Some(document) = text::str_of(source) else {
        return Err(Fault::type_error(match text::bytes_of(source) {
            Some(_) => "cannot use a string pattern on a bytes-like object".to_owned(),
            None => format!("expected string or bytes-like object, got '{}'", ops::type_name(source)),
        }));
    };
    let hook = |i: usize| Some(&args.pos[i]).filter(|v| !v.is_none());
    let truthy_hook = |i: usize| -> Res<Option<&'a Value>> {
        let value = &args.pos[i];
        Ok(if ops::truthy(value)? { Some(value) } else { None })
    };
    let found = decode::Hooks {
        is_strict: ops::truthy(&args.pos[1])?,
        object: hook(2),
        pairs: hook(3),
        float: truthy_hook(4)?,
        int: truthy_hook(5)?,
        constant: truthy_hook(6)?,
    };
    Ok((source, document, found))
}

/// Reads a whole document.
fn decode_all(args: &Args<'_>) -> Res {
    let (source, document, wanted) = document(args)?;
    let bytes = document.as_bytes();
    let (value, end) = decode::read(source, document, decode::skip_space(bytes, 0), &wanted)?;
    let end = decode::skip_space(bytes, end);
    if end != bytes.len() {
        return Err(raise("Extra data", source, decode::char_of(document, end)));
    }
    Ok(value)
}

/// Reads a value at an index: the value, and the index behind it.
fn scan(args: &Args<'_>) -> Res {
    let (source, document, wanted) = document(args)?;
    let at = number::word_arg(args.pos.get(7).unwrap_or(&Value::Int(0)))?;
    let Ok(at) = usize::try_from(at) else { return Err(Fault::value_error("idx cannot be negative")) };
    if at >= document.n_chars() {
        return Err(raise("Expecting value", source, at));
    }
    let (value, end) = decode::read(source, document, document.byte_of(at), &wanted)?;
    Ok(Value::tuple(vec![value, Value::usize(decode::char_of(document, end))]))
}

/// `_encode(value, default, ensure_ascii, allow_nan, sort_keys, skipkeys, check_circular, indent, item_separator,
/// key_separator)`.
fn encode_all(args: &Args<'_>) -> Res {
    args.count("_encode", 10, 10)?;
    let value = &args.pos[0];
    let flag = |i: usize| ops::truthy(&args.pos[i]);
    let is_ascii = flag(2)?;
    if let Some(text) = encode::text_of(value) {
        let mut out = String::new();
        encode::string(&mut out, text, is_ascii);
        return Ok(Value::string(out));
    }
    let separator = |i: usize, name: &str| {
        encode::text_of(&args.pos[i]).ok_or_else(|| {
            let found = match &args.pos[i] {
                Value::None => "None".into(),
                other => ops::type_name(other),
            };
            let place = if name == "item_separator" { 6 } else { 5 };
            Fault::type_error(format!("make_encoder() argument {place} must be str, not {found}"))
        })
    };
    let options = encode::Options {
        default: Some(&args.pos[1]).filter(|v| !v.is_none()),
        is_ascii,
        allows_nan: flag(3)?,
        sorts_keys: flag(4)?,
        skips_keys: flag(5)?,
        checks_circular: flag(6)?,
        indent: encode::text_of(&args.pos[7]),
        key_separator: separator(9, "key_separator")?,
        item_separator: separator(8, "item_separator")?,
    };
    encode::write(value, &options).map(Value::string)
}
