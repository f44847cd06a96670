//! `base64`: bytes as text in base 64, 32, 16 and 85. What reads and writes files is refused.

mod radix32;
mod radix85;

use crate::binascii::{ascii_or, decode_base64, encode_base64, error, from_hex};
use crate::native::{bind_python, bind_python_keywords, buffer};
use afar_runtime::number::type_name;
use afar_runtime::{Args, Builtin, Fault, Res, Value, ops, text};
use std::borrow::Cow;

macro_rules! functions {
    ($($name:literal => $call:expr),* $(,)?) => {
        static FUNCTIONS: &[Builtin] = &[$(Builtin { name: $name, owner: "base64", call: $call }),*];

        /// What the module holds.
        pub const NAMES: &[&str] = &[$($name),*];
    };
}

functions!(
    "a85decode" => radix85::a85decode,
    "a85encode" => radix85::a85encode,
    "b16decode" => b16decode,
    "b16encode" => b16encode,
    "b32decode" => radix32::b32decode,
    "b32encode" => |args| radix32::encode(args, "b32encode", radix32::PLAIN),
    "b32hexdecode" => radix32::b32hexdecode,
    "b32hexencode" => |args| radix32::encode(args, "b32hexencode", radix32::HEX),
    "b64decode" => b64decode,
    "b64encode" => b64encode,
    "b85decode" => radix85::b85decode,
    "b85encode" => radix85::b85encode,
    "decode" => |_| Err(Fault::not_pure("`base64.decode` writes to a file: use base64.decodebytes")),
    "decodebytes" => decodebytes,
    "encode" => |_| Err(Fault::not_pure("`base64.encode` writes to a file: use base64.encodebytes")),
    "encodebytes" => encodebytes,
    "standard_b64decode" => standard_b64decode,
    "standard_b64encode" => standard_b64encode,
    "urlsafe_b64decode" => urlsafe_b64decode,
    "urlsafe_b64encode" => urlsafe_b64encode,
);

/// A name of the module.
pub fn lookup(name: &str) -> Option<Value> {
    FUNCTIONS.iter().find(|func| func.name == name).map(Value::Builtin)
}

/// What is to be decoded: bytes, or text that is ASCII.
fn source(value: &Value) -> Res<&[u8]> {
    ascii_or(value, "a bytes-like object or ASCII string")
}

/// What is to be encoded, where CPython makes a `memoryview` of it.
fn viewed(value: &Value) -> Res<&[u8]> {
    text::bytes_of(value).ok_or_else(|| {
        let name = type_name(value);
        Fault::type_error(format!("memoryview: a bytes-like object is required, not '{name}'"))
    })
}

/// An `AssertionError` that shows a value.
fn wrong_length<T>(value: &Value) -> Res<T> {
    Err(Fault::exception("AssertionError", ops::repr(value)?))
}

/// These bytes with some replaced by others, each by the one in the same place; the last of equal ones counts.
fn translate(data: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    let mut table: [u8; 256] = std::array::from_fn(|i| i as u8);
    for (from, to) in from.iter().zip(to) {
        table[usize::from(*from)] = *to;
    }
    data.iter().map(|byte| table[usize::from(*byte)]).collect()
}

fn b64encode(args: &Args<'_>) -> Res {
    let [data, other] = bind_python(args, "b64encode", ["s", "altchars"], 1)?;
    let encoded = encode_base64(buffer(data.unwrap_or(&Value::None))?);
    let Some(other) = other.filter(|v| !v.is_none()) else { return Ok(Value::bytes(encoded)) };
    if ops::len(other)? != 2 {
        return wrong_length(other);
    }
    Ok(Value::bytes(translate(&encoded, b"+/", buffer(other)?)))
}

fn b64decode(args: &Args<'_>) -> Res {
    let [data, other, validate] = bind_python(args, "b64decode", ["s", "altchars", "validate"], 1)?;
    let mut data = Cow::Borrowed(source(data.unwrap_or(&Value::None))?);
    if let Some(other) = other.filter(|v| !v.is_none()) {
        let from = source(other)?;
        if from.len() != 2 {
            return wrong_length(&Value::bytes(from));
        }
        data = Cow::Owned(translate(&data, from, b"+/"));
    }
    let is_strict = validate.map_or(Ok(false), ops::truthy)?;
    decode_base64(&data, is_strict).map(Value::bytes)
}

fn standard_b64encode(args: &Args<'_>) -> Res {
    let [data] = bind_python(args, "standard_b64encode", ["s"], 1)?;
    Ok(Value::bytes(encode_base64(buffer(data.unwrap_or(&Value::None))?)))
}

fn standard_b64decode(args: &Args<'_>) -> Res {
    let [data] = bind_python(args, "standard_b64decode", ["s"], 1)?;
    decode_base64(source(data.unwrap_or(&Value::None))?, false).map(Value::bytes)
}

fn urlsafe_b64encode(args: &Args<'_>) -> Res {
    let [data] = bind_python(args, "urlsafe_b64encode", ["s"], 1)?;
    let encoded = encode_base64(buffer(data.unwrap_or(&Value::None))?);
    Ok(Value::bytes(translate(&encoded, b"+/", b"-_")))
}

fn urlsafe_b64decode(args: &Args<'_>) -> Res {
    let [data] = bind_python(args, "urlsafe_b64decode", ["s"], 1)?;
    let data = translate(source(data.unwrap_or(&Value::None))?, b"-_", b"+/");
    decode_base64(&data, false).map(Value::bytes)
}

fn b16encode(args: &Args<'_>) -> Res {
    let [data] = bind_python(args, "b16encode", ["s"], 1)?;
    let data = buffer(data.unwrap_or(&Value::None))?;
    let digits = b"0123456789ABCDEF";
    let pair = |byte: &u8| [digits[usize::from(byte >> 4)], digits[usize::from(byte & 15)]];
    Ok(Value::bytes(data.iter().flat_map(pair).collect::<Vec<u8>>()))
}

fn b16decode(args: &Args<'_>) -> Res {
    let [data, casefold] = bind_python(args, "b16decode", ["s", "casefold"], 1)?;
    let mut data = Cow::Borrowed(source(data.unwrap_or(&Value::None))?);
    if casefold.map_or(Ok(false), ops::truthy)? {
        data = Cow::Owned(data.to_ascii_uppercase());
    }
    if !data.iter().all(|byte| matches!(byte, b'0'..=b'9' | b'A'..=b'F')) {
        return Err(error("Non-base16 digit found"));
    }
    from_hex(&data).map(Value::bytes)
}

/// The argument of the functions that take lines.
fn lines<'a>(args: &Args<'a>, name: &str) -> Res<&'a [u8]> {
    let [data] = bind_python(args, name, ["s"], 1)?;
    let data = data.unwrap_or(&Value::None);
    text::bytes_of(data)
        .ok_or_else(|| Fault::type_error(format!("expected bytes-like object, not {}", type_name(data))))
}

/// Base 64 in lines of 76 characters.
fn encodebytes(args: &Args<'_>) -> Res {
    let mut out = Vec::new();
    for line in lines(args, "encodebytes")?.chunks(57) {
        out.extend(encode_base64(line));
        out.push(b'\n');
    }
    Ok(Value::bytes(out))
}

fn decodebytes(args: &Args<'_>) -> Res {
    decode_base64(lines(args, "decodebytes")?, false).map(Value::bytes)
}

/// A flag among the arguments.
fn truth(value: Option<&Value>) -> Res<bool> {
    value.map_or(Ok(false), ops::truthy)
}

/// Arguments of which the first is positional and the others are by keyword.
fn options<'a, const N: usize>(
    args: &Args<'a>,
    name: &str,
    params: [&str; N],
) -> Res<[Option<&'a Value>; N]> {
    bind_python_keywords(args, name, params, 1, 1)
}
