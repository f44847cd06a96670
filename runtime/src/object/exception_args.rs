//! The arguments that built-in exception classes check and keep: what a `SyntaxError` is about, what a `UnicodeError` needs.

use super::class::{Class, unwrap};
use crate::number::clinic_name;
use crate::value::Args;
use crate::{Fault, Res, Value, ops};

/// Refuses what the built-in class behind this one does not take by position.
pub(super) fn check(class: &Class, pos: &[Value]) -> Res<()> {
    let is = |name: &str| class.is_subclass_of(name);
    if is("UnicodeDecodeError") {
        parse(pos, "UOnnU")?;
        return match unwrap(&pos[1]) {
            Value::Bytes(_) => Ok(()),
            _ => Err(Fault::type_error(format!(
                "a bytes-like object is required, not '{}'",
                ops::type_name(&pos[1])
            ))),
        };
    }
    if is("UnicodeEncodeError") {
        return parse(pos, "UUnnU");
    }
    if is("UnicodeTranslateError") {
        return parse(pos, "UnnU");
    }
    if is("SyntaxError") && pos.len() == 2 {
        return details(&pos[1]).map(|_| ());
    }
    Ok(())
}

/// Arguments as CPython's `PyArg_ParseTuple` takes them: `U` for text, `n` for a size, `O` for anything.
fn parse(pos: &[Value], kinds: &str) -> Res<()> {
    if pos.len() != kinds.len() {
        let n = kinds.len();
        return Err(Fault::type_error(format!("function takes exactly {n} arguments ({} given)", pos.len())));
    }
    for (i, (value, kind)) in pos.iter().zip(kinds.chars()).enumerate() {
        match (kind, unwrap(value)) {
            ('U', Value::Str(_)) | ('O', _) => {}
            ('U', _) => {
                let given = clinic_name(value);
                return Err(Fault::type_error(format!("argument {} must be str, not {given}", i + 1)));
            }
            _ => {
                if let Value::BigInt(_) = ops::index(value)? {
                    return Err(Fault::overflow("Python int too large to convert to C ssize_t"));
                }
            }
        }
    }
    Ok(())
}

/// An argument of the kind `n` as its attribute gives it.
pub(super) fn size(value: &Value) -> Value {
    ops::index(value).unwrap_or_else(|_| value.clone())
}

/// File, line, offset and text, and where it ends.
fn details(value: &Value) -> Res<Vec<Value>> {
    let all = ops::collect(value)?;
    let message = match all.len() {
        4 | 6 => return Ok(all),
        n @ 0..4 => format!("function takes at least 4 arguments ({n} given)"),
        5 => "end_offset must be provided when end_lineno is provided".to_owned(),
        n => format!("function takes at most 6 arguments ({n} given)"),
    };
    Err(Fault::type_error(message))
}

/// The attributes that come of the arguments.
pub(super) fn attribute(class: &Class, args: &[Value], name: &str) -> Option<Value> {
    let or_none = |found: Option<Value>| Some(found.unwrap_or(Value::None));
    if class.is_subclass_of("SyntaxError") {
        let at = |i: usize| {
            let all = args.get(1).filter(|_| args.len() == 2).and_then(|v| details(v).ok());
            or_none(all.and_then(|all| all.get(i).cloned()))
        };
        return match name {
            "filename" => at(0),
            "lineno" => at(1),
            "offset" => at(2),
            "text" => at(3),
            "end_lineno" => at(4),
            "end_offset" => at(5),
            "print_file_and_line" => Some(Value::None),
            _ => None,
        };
    }
    if class.is_subclass_of("UnicodeTranslateError") {
        return match name {
            "object" => args.first().cloned(),
            "start" => args.get(1).map(size),
            "end" => args.get(2).map(size),
            "reason" => args.get(3).cloned(),
            "encoding" => Some(Value::None),
            _ => None,
        };
    }
    match name {
        "filename2" if class.is_subclass_of("OSError") => or_none(args.get(4).cloned()),
        _ => None,
    }
}

/// `str` of an exception whose class says more than its arguments; `None` for any other.
pub(super) fn text(class: &Class, args: &[Value]) -> Option<Res<String>> {
    if class.is_subclass_of("UnicodeTranslateError") {
        return translate_text(args).map(Ok);
    }
    if !class.is_subclass_of("SyntaxError") {
        return None;
    }
    let file = attribute(class, args, "filename").filter(|v| v.as_str().is_some());
    let line = attribute(class, args, "lineno").filter(|v| matches!(v, Value::Int(_)));
    let message = match args.first() {
        Some(message) => ops::to_str(message).map(|text| text.to_string()),
        None => Ok("None".to_owned()),
    };
    let base = |v: &Value| v.as_str().and_then(|f| f.rsplit('/').next()).unwrap_or_default().to_owned();
    let place = match (&file, &line) {
        (Some(file), Some(line)) => ops::repr(line).map(|line| format!(" ({}, line {line})", base(file))),
        (Some(file), None) => Ok(format!(" ({})", base(file))),
        (None, Some(line)) => ops::repr(line).map(|line| format!(" (line {line})")),
        (None, None) => Ok(String::new()),
    };
    Some(message.and_then(|message| Ok(message + &place?)))
}

/// What text could not be translated, and where.
fn translate_text(args: &[Value]) -> Option<String> {
    let [object, start, end, reason] = args else { return None };
    let (Value::Int(start), Value::Int(end)) = (size(start), size(end)) else { return None };
    let (object, reason) = (unwrap(object).as_str()?, unwrap(reason).as_str()?);
    match usize::try_from(start).ok().and_then(|at| object.chars().nth(at)) {
        Some(c) if end == start + 1 => {
            let shown = crate::text::ascii(&c.to_string());
            let code = match u32::from(c) {
                n @ 0..=0xff => format!("\\x{n:02x}"),
                _ => shown.trim_matches(['\'', '"']).to_owned(),
            };
            Some(format!("can't translate character '{code}' in position {start}: {reason}"))
        }
        _ => Some(format!("can't translate characters in position {start}-{}: {reason}", end - 1)),
    }
}

/// Refuses more keywords than the class knows.
pub(super) fn check_keywords(base: &str, known: usize, args: &Args<'_>) -> Res<()> {
    if args.kw.len() <= known {
        return Ok(());
    }
    let s = if known == 1 { "" } else { "s" };
    Err(Fault::type_error(format!(
        "{base}() takes at most {known} keyword argument{s} ({} given)",
        args.kw.len()
    )))
}
