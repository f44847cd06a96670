//! `str(...)`, `bytes(...)`, and `format(text, spec)`.

use super::codec;
use super::receiver::{bytes_of, str_of};
use crate::number::spec;
use crate::number::{ops_index, payload, type_name};
use crate::object::{attr, call};
use crate::value::Args;
use crate::{Fault, Res, Value, budget, hooks, ops};

/// `str(object='', encoding='utf-8', errors='strict')`.
pub fn construct_str(args: &Args<'_>) -> Res {
    if let ([value], []) = (args.pos, args.kw) {
        return ops::to_str(value).map(Value::Str);
    }
    let [object, encoding, errors] = args.bind("str", ["object", "encoding", "errors"], 0, 0, 3)?;
    let Some(object) = object else {
        codec::name_arg("str", "encoding", encoding, "utf-8")?;
        codec::name_arg("str", "errors", errors, "strict")?;
        return Ok(Value::str(""));
    };
    if encoding.is_none() && errors.is_none() {
        return ops::to_str(object).map(Value::Str);
    }
    let encoding = codec::name_arg("str", "encoding", encoding, "utf-8")?;
    let errors = codec::name_arg("str", "errors", errors, "strict")?;
    if let Some(bytes) = bytes_of(object) {
        return codec::decode(bytes, encoding, errors).map(Value::string);
    }
    Err(Fault::type_error(if str_of(object).is_some() {
        "decoding str is not supported".to_owned()
    } else {
        format!("decoding to str: need a bytes-like object, {} found", type_name(object))
    }))
}

/// `bytes(source=b'', encoding=..., errors=...)`.
pub fn construct_bytes(args: &Args<'_>) -> Res {
    let [source, encoding, errors] = args.bind("bytes", ["source", "encoding", "errors"], 0, 0, 3)?;
    let Some(source) = source else {
        codec::name_arg("bytes", "encoding", encoding, "")?;
        codec::name_arg("bytes", "errors", errors, "strict")?;
        return match (encoding, errors) {
            (None, None) => Ok(Value::bytes(Vec::new())),
            (Some(_), _) => Err(Fault::type_error("encoding without a string argument")),
            (None, Some(_)) => Err(Fault::type_error("errors without a string argument")),
        };
    };
    if encoding.is_some() || errors.is_some() {
        let names = (
            codec::name_arg("bytes", "encoding", encoding, "")?,
            codec::name_arg("bytes", "errors", errors, "strict")?,
        );
        return match (str_of(source), encoding) {
            (Some(text), Some(_)) => codec::encode(text, names.0, names.1).map(Value::bytes),
            (Some(_), None) => Err(Fault::type_error("string argument without an encoding")),
            (None, Some(_)) => Err(Fault::type_error("encoding without a string argument")),
            (None, None) => Err(Fault::type_error("errors without a string argument")),
        };
    }
    if matches!(source, Value::Instance(_) | Value::Host(_))
        && attr::find_special(source, "__bytes__")?.is_some()
    {
        let result = call::call_method(source, "__bytes__", &Args::positional(&[]))?;
        return match bytes_of(&result) {
            Some(_) => Ok(payload(&result).clone()),
            None => {
                Err(Fault::type_error(format!("__bytes__ returned non-bytes (type {})", type_name(&result))))
            }
        };
    }
    match payload(source) {
        value @ Value::Bytes(_) => return Ok(value.clone()),
        Value::Str(_) => return Err(Fault::type_error("string argument without an encoding")),
        Value::Int(_) | Value::BigInt(_) | Value::Bool(_) => return zeros(source),
        Value::Instance(_) if attr::find_special(source, "__index__")?.is_some() => match zeros(source) {
            // What is no size may be an iterable.
            Err(fault) if fault.is("TypeError") => {}
            made => return made,
        },
        _ => {}
    }
    of_iterable(source)
}

fn zeros(count: &Value) -> Res {
    let n = match ops_index(count)? {
        Value::Int(n) => n,
        _ => {
            return Err(Fault::overflow(format!(
                "cannot fit '{}' into an index-sized integer",
                type_name(count)
            )));
        }
    };
    let n = usize::try_from(n).map_err(|_| Fault::value_error("negative count"))?;
    budget::check(n, 1, &format!("{n} bytes"))?;
    Ok(Value::bytes(vec![0; n]))
}

fn of_iterable(source: &Value) -> Res {
    if let Value::Range(range) = source {
        let n = range.len_small().ok_or_else(budget::no_length)?;
        budget::check(n, 1, &format!("{n} bytes"))?;
    }
    let iterator = match ops::iter(source) {
        Ok(iterator) => iterator,
        Err(fault) if fault.is("TypeError") => {
            return Err(Fault::type_error(format!("cannot convert '{}' object to bytes", type_name(source))));
        }
        Err(fault) => return Err(fault),
    };
    if matches!(source, Value::Instance(_)) {
        ops::length_hint(source)?;
    }
    let mut out = Vec::new();
    while let Some(item) = ops::next(&iterator)? {
        let byte = match ops_index(&item)? {
            Value::Int(n) => u8::try_from(n).ok(),
            _ => None,
        };
        out.push(byte.ok_or_else(|| Fault::value_error("bytes must be in range(0, 256)"))?);
        if out.len() % 4096 == 0 {
            hooks::poll()?;
        }
    }
    Ok(Value::bytes(out))
}

/// `format(text, spec)`.
pub fn format_str(value: &Value, text: &str) -> Res<String> {
    let receiver = str_of(value).map_or("", |text| text.as_str());
    if text.is_empty() {
        return Ok(receiver.to_owned());
    }
    let type_name = type_name(value);
    let spec = spec::parse(text, '<', 's', &type_name)?;
    if let Some(kind) = spec.kind.filter(|kind| *kind != 's') {
        return Err(spec::unknown_kind(kind, &type_name));
    }
    let refused = match spec.sign {
        Some(' ') => Some("Space not allowed in string format specifier"),
        Some(_) => Some("Sign not allowed in string format specifier"),
        None if spec.no_negative_zero => {
            Some("Negative zero coercion (z) not allowed in string format specifier")
        }
        None if spec.alternate => Some("Alternate form (#) not allowed in string format specifier"),
        None if spec.align == '=' => Some("'=' alignment not allowed in string format specifier"),
        None => None,
    };
    if let Some(message) = refused {
        return Err(Fault::value_error(message));
    }
    let shown = match spec.precision {
        Some(precision) => receiver.char_indices().nth(precision).map_or(receiver, |(at, _)| &receiver[..at]),
        None => receiver,
    };
    spec::pad(shown.to_owned(), shown.chars().count(), &spec)
}
