//! `int(...)`, `float(...)`, `complex(...)`.

use super::{Num, float, nan, num, num_complex, num_f64, ops_index, parse, payload, type_name};
use crate::object::{attr, call};
use crate::value::{Args, Complex};
use crate::{Fault, Res, Value};
use std::borrow::Cow;

/// Calls a conversion method of an instance; `None` where it has none.
fn convert(value: &Value, method: &str) -> Res<Option<Value>> {
    if !matches!(value, Value::Instance(_) | Value::Host(_)) {
        return Ok(None);
    }
    let found = attr::find_special(value, method)?;
    found.map(|method| call::call(&method, &Args::positional(&[]))).transpose()
}

/// `int(x=0, /, base=10)`.
pub fn construct_int(args: &Args<'_>) -> Res {
    if let ([value], []) = (args.pos, args.kw) {
        return int_of(value);
    }
    if args.pos.len() > 2 {
        let n = args.pos.len() + args.kw.len();
        return Err(Fault::type_error(format!("int() takes at most 2 arguments ({n} given)")));
    }
    let [value, base] = args.bind("int", ["", "base"], 1, 0, 2)?;
    match (value, base) {
        (None, None) => Ok(Value::Int(0)),
        (None, Some(_)) => Err(Fault::type_error("int() missing string argument")),
        (Some(value), None) => int_of(value),
        (Some(value), Some(base)) => {
            let base = super::index_arg(base)?;
            let base = u32::try_from(base)
                .ok()
                .filter(|base| *base == 0 || (2..=36).contains(base))
                .ok_or_else(|| Fault::value_error("int() base must be >= 2 and <= 36, or 0"))?;
            match payload(value) {
                Value::Str(text) => int_of_text(text, base, value),
                Value::Bytes(bytes) => int_of_text(&latin(bytes), base, value),
                _ => Err(Fault::type_error("int() can't convert non-string with explicit base")),
            }
        }
    }
}

fn int_of(value: &Value) -> Res {
    match value {
        Value::Int(_) | Value::BigInt(_) => return Ok(value.clone()),
        Value::Float(x) => return float::to_int(*x),
        Value::Bool(b) => return Ok(Value::Int(i64::from(*b))),
        Value::Str(text) => return int_of_text(text, 10, value),
        _ => {}
    }
    for method in ["__int__", "__index__", "__trunc__"] {
        if let Some(result) = convert(value, method)? {
            return match payload(&result) {
                Value::Int(_) | Value::BigInt(_) => Ok(payload(&result).clone()),
                Value::Bool(b) => Ok(Value::Int(i64::from(*b))),
                _ if method == "__trunc__" => Err(Fault::type_error(format!(
                    "__trunc__ returned non-Integral (type {})",
                    type_name(&result)
                ))),
                _ => {
                    Err(Fault::type_error(format!("{method} returned non-int (type {})", type_name(&result))))
                }
            };
        }
    }
    match payload(value) {
        Value::Int(_) | Value::BigInt(_) => Ok(payload(value).clone()),
        Value::Float(x) => float::to_int(*x),
        Value::Str(text) => int_of_text(text, 10, value),
        Value::Bytes(bytes) => int_of_text(&latin(bytes), 10, value),
        _ => Err(Fault::type_error(format!(
            "int() argument must be a string, a bytes-like object or a real number, not '{}'",
            type_name(value)
        ))),
    }
}

/// Bytes beyond ASCII are in no number; as Latin-1 they stay apart from the digits of other scripts.
fn latin(bytes: &[u8]) -> Cow<'_, str> {
    match std::str::from_utf8(bytes) {
        Ok(text) if text.is_ascii() => Cow::Borrowed(text),
        _ => Cow::Owned(bytes.iter().map(|b| if b.is_ascii() { char::from(*b) } else { '?' }).collect()),
    }
}

fn int_of_text(text: &str, base: u32, value: &Value) -> Res {
    match parse::int(text, base)? {
        Some(n) => Ok(n),
        None => {
            let repr: String = crate::ops::repr(value)?.chars().take(200).collect();
            Err(Fault::value_error(format!("invalid literal for int() with base {base}: {repr}")))
        }
    }
}

/// `float(x=0.0, /)`.
pub fn construct_float(args: &Args<'_>) -> Res {
    args.no_keywords("float")?;
    let value = match args.pos {
        [] => return Ok(Value::Float(0.0)),
        [value] => value,
        more => {
            return Err(Fault::type_error(format!("float expected at most 1 argument, got {}", more.len())));
        }
    };
    match value {
        Value::Float(_) => return Ok(value.clone()),
        Value::Int(_) | Value::BigInt(_) | Value::Bool(_) => {
            return num_f64(num(value).unwrap_or(Num::Int(0))).map(Value::Float);
        }
        _ => {}
    }
    if let Some(x) = instance_float(value)? {
        return Ok(Value::Float(x));
    }
    let text = match payload(value) {
        Value::Str(text) => Cow::Borrowed(text.as_str()),
        Value::Bytes(bytes) => latin(bytes),
        Value::Float(x) => return Ok(Value::Float(nan::plain(*x))),
        Value::Int(_) | Value::BigInt(_) => {
            return num_f64(num(payload(value)).unwrap_or(Num::Int(0))).map(Value::Float);
        }
        _ => {
            return Err(Fault::type_error(format!(
                "float() argument must be a string or a real number, not '{}'",
                type_name(value)
            )));
        }
    };
    match parse::float(&text) {
        Some(x) => Ok(Value::Float(if x.is_nan() && x.is_sign_positive() { nan::fresh() } else { x })),
        None => {
            let repr = crate::ops::repr(value)?;
            Err(Fault::value_error(format!("could not convert string to float: {repr}")))
        }
    }
}

/// What `__float__` or `__index__` of an instance gives.
fn instance_float(value: &Value) -> Res<Option<f64>> {
    if let Some(result) = convert(value, "__float__")? {
        return match payload(&result) {
            Value::Float(x) => Ok(Some(*x)),
            _ => Err(Fault::type_error(format!(
                "{}.__float__ returned non-float (type {})",
                type_name(value),
                type_name(&result)
            ))),
        };
    }
    match convert(value, "__index__")? {
        Some(_) => ops_index(value).and_then(|n| num_f64(num(&n).unwrap_or(Num::Int(0)))).map(Some),
        None => Ok(None),
    }
}

/// A real argument of a function of `math` and the like: `TypeError: must be real number, not str`.
pub fn real_arg(value: &Value) -> Res<f64> {
    match num(value) {
        Some(Num::Float(x)) => return Ok(nan::plain(x)),
        Some(n @ (Num::Int(_) | Num::Big(_))) => return num_f64(n),
        _ => {}
    }
    if let Some(x) = instance_float(value)? {
        return Ok(nan::plain(x));
    }
    match num(payload(value)) {
        Some(Num::Complex(_)) | None => {
            Err(Fault::type_error(format!("must be real number, not {}", type_name(value))))
        }
        Some(n) => num_f64(n).map(nan::plain),
    }
}

/// The number that `complex(value)` and the functions of `cmath` see in an argument; `None` where it is none.
pub fn complex_of(value: &Value) -> Res<Option<Complex>> {
    if let Some(n) = num(value) {
        return num_complex(n).map(Some);
    }
    if let Some(result) = convert(value, "__complex__")? {
        return match payload(&result) {
            Value::Complex(c) => Ok(Some(**c)),
            _ => Err(Fault::type_error(format!(
                "__complex__ returned non-complex (type {})",
                type_name(&result)
            ))),
        };
    }
    if let Some(n) = num(payload(value)) {
        return num_complex(n).map(Some);
    }
    Ok(instance_float(value)?.map(|re| Complex { re, im: 0.0 }))
}

/// `complex(real=0, imag=0)`.
pub fn construct_complex(args: &Args<'_>) -> Res {
    let [real, imag] = args.bind("complex", ["real", "imag"], 0, 0, 2)?;
    if let Some(Value::Str(text)) = real.map(payload) {
        if imag.is_some() {
            return Err(Fault::type_error("complex() can't take second arg if first is a string"));
        }
        return match parse::complex(text) {
            Some((re, im)) => Ok(Value::complex(re, im)),
            None if parse::has_wrong_underscore(text) => Err(Fault::value_error(format!(
                "could not convert string to complex: {}",
                crate::text::repr_str(text)
            ))),
            None => Err(Fault::value_error("complex() arg is a malformed string")),
        };
    }
    if let Some(Value::Str(_)) = imag.map(payload) {
        return Err(Fault::type_error("complex() second arg can't be a string"));
    }
    if let (Some(value @ Value::Complex(_)), None) = (real, imag) {
        return Ok(value.clone());
    }
    let first = match real {
        Some(value) => complex_of(value)?.ok_or_else(|| {
            Fault::type_error(format!(
                "complex() first argument must be a string or a number, not '{}'",
                type_name(value)
            ))
        })?,
        None => Complex { re: 0.0, im: 0.0 },
    };
    let Some(value) = imag else { return Ok(Value::complex(first.re, first.im)) };
    // `__complex__` of the second argument is not asked.
    let second = match num(payload(value)) {
        Some(n) => num_complex(n)?,
        None => match instance_float(value)? {
            Some(re) => Complex { re, im: 0.0 },
            None => {
                return Err(Fault::type_error(format!(
                    "complex() second argument must be a number, not '{}'",
                    type_name(value)
                )));
            }
        },
    };
    // Only what is complex contributes: a real part stays a signed zero.
    let second_is_complex = matches!(payload(value), Value::Complex(_));
    let first_is_complex = real.is_some_and(|value| matches!(payload(value), Value::Complex(_)));
    let re = if second_is_complex { first.re - second.im } else { first.re };
    let im = if first_is_complex { second.re + first.im } else { second.re };
    Ok(Value::complex(re, im))
}
