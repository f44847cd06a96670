//! `binascii`: binary data as text, in hexadecimal, base 64, uuencode and quoted-printable; and its checksums.

mod base64_text;
mod printable;
mod uu;

use crate::native::{arity, buffer};
use afar_runtime::number::{self, type_name};
use afar_runtime::object::call;
use afar_runtime::{Args, Builtin, Fault, Res, Value, ops, text};
pub(crate) use base64_text::{decode as decode_base64, encode as encode_base64};

/// What the module holds.
pub const NAMES: &[&str] = &[
    "Error",
    "Incomplete",
    "a2b_base64",
    "a2b_hex",
    "a2b_qp",
    "a2b_uu",
    "b2a_base64",
    "b2a_hex",
    "b2a_qp",
    "b2a_uu",
    "crc32",
    "crc_hqx",
    "hexlify",
    "unhexlify",
];

static BUILTINS: &[Builtin] = &[
    Builtin { name: "a2b_base64", owner: "binascii", call: a2b_base64 },
    Builtin { name: "a2b_hex", owner: "binascii", call: |args| unhexlify(args, "a2b_hex") },
    Builtin { name: "a2b_qp", owner: "binascii", call: a2b_qp },
    Builtin { name: "a2b_uu", owner: "binascii", call: a2b_uu },
    Builtin { name: "b2a_base64", owner: "binascii", call: b2a_base64 },
    Builtin { name: "b2a_hex", owner: "binascii", call: |args| hexlify(args, "b2a_hex") },
    Builtin { name: "b2a_qp", owner: "binascii", call: b2a_qp },
    Builtin { name: "b2a_uu", owner: "binascii", call: b2a_uu },
    Builtin {
        name: "crc32",
        owner: "binascii",
        call: |args| crate::zlib::checksum(args, "binascii", "crc32", 0, crate::zlib::crc32),
    },
    Builtin { name: "crc_hqx", owner: "binascii", call: crc_hqx },
    Builtin { name: "hexlify", owner: "binascii", call: |args| hexlify(args, "hexlify") },
    Builtin { name: "unhexlify", owner: "binascii", call: |args| unhexlify(args, "unhexlify") },
];

/// A name of the module.
pub fn lookup(name: &str) -> Option<Value> {
    match name {
        "Error" => crate::native::exception_class("binascii.Error"),
        "Incomplete" => crate::native::exception_class("binascii.Incomplete"),
        _ => BUILTINS.iter().find(|b| b.name == name).map(Value::Builtin),
    }
}

/// A `binascii.Error`.
pub(crate) fn error(message: impl Into<String>) -> Fault {
    Fault::exception("binascii.Error", message)
}

fn ascii(value: &Value) -> Res<&[u8]> {
    ascii_or(value, "bytes, buffer or ASCII string")
}

/// Bytes, or text that is ASCII; `expected` is what the error of anything else asks for.
pub(crate) fn ascii_or<'v>(value: &'v Value, expected: &str) -> Res<&'v [u8]> {
    if let Some(text) = text::str_of(value) {
        return if text.is_ascii() {
            Ok(text.as_str().as_bytes())
        } else {
            Err(Fault::value_error("string argument should contain only ASCII characters"))
        };
    }
    text::bytes_of(value).ok_or_else(|| {
        let name = if expected.starts_with("a bytes") {
            ops::short_type_name(value).to_string()
        } else {
            type_name(value).to_string()
        };
        Fault::type_error(format!("argument should be {expected}, not '{name}'"))
    })
}

/// A parameter that is true or false.
fn flag(value: Option<&Value>, default: bool) -> Res<bool> {
    value.map_or(Ok(default), |v| Ok(int_flag(v)? != 0))
}

/// What C's `int` makes of a flag.
fn int_flag(value: &Value) -> Res<i32> {
    crate::native::c_int(value)
}

fn truth(value: Option<&Value>, default: bool) -> Res<bool> {
    value.map_or(Ok(default), ops::truthy)
}

fn a2b_base64(args: &Args<'_>) -> Res {
    let [data, strict] = args.bind("a2b_base64", ["", "strict_mode"], 1, 1, 1)?;
    let data = ascii(data.unwrap_or(&Value::None))?;
    decode_base64(data, truth(strict, false)?).map(Value::bytes)
}

fn b2a_base64(args: &Args<'_>) -> Res {
    let [data, newline] = args.bind("b2a_base64", ["", "newline"], 1, 1, 1)?;
    let mut out = encode_base64(buffer(data.unwrap_or(&Value::None))?);
    if truth(newline, true)? {
        out.push(b'\n');
    }
    Ok(Value::bytes(out))
}

fn hexlify(args: &Args<'_>, name: &str) -> Res {
    let [data, separator, group] = args.bind(name, ["data", "sep", "bytes_per_sep"], 0, 1, 3)?;
    let data = data.unwrap_or(&Value::None);
    buffer(data)?;
    // The text of `bytes.hex` is ASCII, and here a separator may be any byte.
    let byte = separator.and_then(wide_separator);
    let ascii = Value::str("-");
    let separator = if byte.is_some() { Some(&ascii) } else { separator };
    let rest: Vec<Value> = [separator, group].into_iter().flatten().cloned().collect();
    let hex = call::call_method(data, "hex", &Args::positional(&rest))?;
    let mut hex = hex.as_str().unwrap_or_default().as_bytes().to_vec();
    if let Some(byte) = byte {
        hex.iter_mut().filter(|b| **b == b'-').for_each(|b| *b = byte);
    }
    Ok(Value::bytes(hex))
}

/// A separator of one byte that is not ASCII.
fn wide_separator(value: &Value) -> Option<u8> {
    let byte = match (text::str_of(value), text::bytes_of(value)) {
        (Some(text), _) if text.n_chars() == 1 => u8::try_from(text.as_str().chars().next()?).ok()?,
        (_, Some([byte])) => *byte,
        _ => return None,
    };
    (!byte.is_ascii()).then_some(byte)
}

fn unhexlify(args: &Args<'_>, name: &str) -> Res {
    arity(args, "binascii", name, 1, 1)?;
    from_hex(ascii(&args.pos[0])?).map(Value::bytes)
}

/// Bytes from pairs of hexadecimal digits.
pub(crate) fn from_hex(text: &[u8]) -> Res<Vec<u8>> {
    if !text.len().is_multiple_of(2) {
        return Err(error("Odd-length string"));
    }
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|d| u8::try_from(d).ok());
    let pair = |pair: &[u8]| Some(digit(pair[0])? << 4 | digit(pair[1])?);
    let bytes: Option<Vec<u8>> = text.chunks_exact(2).map(pair).collect();
    bytes.ok_or_else(|| error("Non-hexadecimal digit found"))
}

fn a2b_uu(args: &Args<'_>) -> Res {
    arity(args, "binascii", "a2b_uu", 1, 1)?;
    uu::decode(ascii(&args.pos[0])?).map(Value::bytes)
}

fn b2a_uu(args: &Args<'_>) -> Res {
    let [data, backtick] = args.bind("b2a_uu", ["", "backtick"], 1, 1, 1)?;
    uu::encode(buffer(data.unwrap_or(&Value::None))?, truth(backtick, false)?).map(Value::bytes)
}

fn a2b_qp(args: &Args<'_>) -> Res {
    let [data, header] = args.bind("a2b_qp", ["data", "header"], 0, 1, 2)?;
    let data = ascii(data.unwrap_or(&Value::None))?;
    Ok(Value::bytes(printable::decode(data, flag(header, false)?)))
}

fn b2a_qp(args: &Args<'_>) -> Res {
    let params = ["data", "quotetabs", "istext", "header"];
    let [data, tabs, is_text, header] = args.bind("b2a_qp", params, 0, 1, 4)?;
    let data = buffer(data.unwrap_or(&Value::None))?;
    let rules = printable::Rules {
        quotes_tabs: flag(tabs, false)?,
        is_text: flag(is_text, true)?,
        is_header: flag(header, false)?,
    };
    Ok(Value::bytes(printable::encode(data, rules)))
}

/// The checksum of BinHex: the polynomial 0x1021 over 16 bits.
fn crc_hqx(args: &Args<'_>) -> Res {
    arity(args, "binascii", "crc_hqx", 2, 2)?;
    let data = buffer(&args.pos[0])?;
    let start = number::ops_index(&args.pos[1])?;
    let mut crc = number::to_big(&start).map_or(0, |n| crate::native::low_word(&n) & 0xffff);
    for byte in data {
        crc ^= u64::from(*byte) << 8;
        for _ in 0..8 {
            crc = (crc << 1) ^ if crc & 0x8000 == 0 { 0 } else { 0x1021 };
            crc &= 0xffff;
        }
    }
    Ok(Value::Int(i64::try_from(crc).unwrap_or(0)))
}
