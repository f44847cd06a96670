//! One value of a layout, written and read.

use super::error;
use super::layout::Mode;
use crate::native::low_word;
use afar_runtime::number::{big_arg, payload, real_arg, to_big};
use afar_runtime::object::attr;
use afar_runtime::{Fault, Res, Value, ops, text};
use num_bigint::BigInt;
use num_traits::ToPrimitive;

fn out_of_range() -> Fault {
    error("argument out of range")
}

/// The int that a value is, or that its `__index__` gives.
fn int(value: &Value) -> Res<BigInt> {
    match payload(value) {
        Value::Int(_) | Value::BigInt(_) | Value::Bool(_) => big_arg(value),
        Value::Instance(_) | Value::Host(_) if attr::find_special(value, "__index__")?.is_some() => {
            big_arg(value)
        }
        _ => Err(error("required argument is not an integer")),
    }
}

fn signed(value: &Value) -> Res<i64> {
    int(value)?.to_i64().ok_or_else(out_of_range)
}

fn unsigned(value: &Value) -> Res<u64> {
    int(value)?.to_u64().ok_or_else(out_of_range)
}

fn within(code: u8, x: i64, low: i64, high: i64) -> Res<u64> {
    if (low..=high).contains(&x) {
        return Ok(x as u64);
    }
    let name = match code {
        b'b' => "byte".to_owned(),
        b'B' => "ubyte".to_owned(),
        b'h' => "short".to_owned(),
        b'H' => "ushort".to_owned(),
        code => format!("'{}'", char::from(code)),
    };
    Err(error(format!("{name} format requires {low} <= number <= {high}")))
}

/// The bits of an int for the formats `>` and `!`, which CPython writes by code of its own, with other words for what does
/// not fit.
fn big_endian_bits(code: u8, value: &Value, size: usize) -> Res<u64> {
    let fits = |x: i64, low: i64, high: i64| match (low..=high).contains(&x) {
        true => Ok(x as u64),
        false => Err(error(format!("'{}' format requires {low} <= number <= {high}", char::from(code)))),
    };
    let too_large = || error("int too large to convert");
    match code {
        b'h' | b'i' | b'l' => {
            let half = 1_i64 << (8 * size - 1);
            fits(signed(value)?, -half, half - 1)
        }
        b'H' | b'I' | b'L' => {
            let x = unsigned(value)?;
            fits(i64::try_from(x).unwrap_or(i64::MAX), 0, (1_i64 << (8 * size)) - 1)
        }
        b'q' => int(value)?.to_i64().map(|x| x as u64).ok_or_else(too_large),
        b'Q' => int(value)?.to_u64().ok_or_else(too_large),
        _ => int_bits(code, value, size),
    }
}

/// The bits of an int, as the code wants it.
fn int_bits(code: u8, value: &Value, size: usize) -> Res<u64> {
    match (code, size) {
        (b'b', _) => within(code, signed(value)?, -128, 127),
        (b'B', _) => within(code, signed(value)?, 0, 255),
        (b'h', _) => within(code, signed(value)?, -32768, 32767),
        (b'H', _) => within(code, signed(value)?, 0, 65535),
        (b'i' | b'l', 4) => within(code, signed(value)?, i32::MIN.into(), i32::MAX.into()),
        (b'I' | b'L', 4) => {
            let x = unsigned(value)?;
            within(code, i64::try_from(x).unwrap_or(i64::MAX), 0, u32::MAX.into())
        }
        (b'L' | b'Q' | b'N', _) => unsigned(value),
        (b'P', _) => {
            let n = int(value)?;
            if n.to_i64().is_none() && n.to_u64().is_none() {
                return Err(error("int too large to convert"));
            }
            Ok(low_word(&n))
        }
        _ => signed(value).map(|x| x as u64),
    }
}

fn float(value: &Value) -> Res<f64> {
    match real_arg(value) {
        Err(fault) if fault.as_exception().is_some() => Err(error("required argument is not a float")),
        found => found,
    }
}

/// The refusal of a number that is finite and would be infinite.
fn too_large(value: &Value, code: char) -> Fault {
    if to_big(payload(value)).is_some() {
        return error("int too large to convert");
    }
    Fault::overflow(format!("float too large to pack with {code} format"))
}

fn float_bits(code: u8, value: &Value, mode: Mode) -> Res<u64> {
    let x = float(value)?;
    match code {
        b'd' => Ok(x.to_bits()),
        b'f' => {
            let single = x as f32;
            if single.is_infinite() && x.is_finite() && mode != Mode::Native {
                return Err(too_large(value, 'f'));
            }
            Ok(single.to_bits().into())
        }
        _ => half_bits(x).map(u64::from).ok_or_else(|| too_large(value, 'e')),
    }
}

/// The bits of the nearest float of 16 bits, half to even; `None` where it is too large.
fn half_bits(x: f64) -> Option<u16> {
    let sign = if x.is_sign_negative() { 0x8000 } else { 0 };
    let size = x.abs();
    if x.is_nan() {
        return Some(sign | 0x7e00);
    }
    if size.is_infinite() {
        return Some(sign | 0x7c00);
    }
    // In units of the last place: 2^-24 below the normal numbers, else by the exponent.
    let exponent = (((size.to_bits() >> 52) & 0x7ff) as i32 - 1023).max(-14);
    let units = (size * 2f64.powi(10 - exponent)).round_ties_even();
    // A mantissa that is rounded up to the next power carries into the exponent.
    let bits = (exponent + 14) as u32 * 1024 + units as u32;
    if exponent > 15 || bits >= 0x7c00 { None } else { Some(sign | bits as u16) }
}

fn half_value(bits: u16) -> f64 {
    let (exponent, mantissa) = (i32::from(bits >> 10 & 31), f64::from(bits & 1023));
    let size = match exponent {
        0 => mantissa * 2f64.powi(-24),
        31 if mantissa == 0.0 => f64::INFINITY,
        31 => f64::NAN,
        _ => (mantissa + 1024.0) * 2f64.powi(exponent - 25),
    };
    if bits & 0x8000 == 0 { size } else { -size }
}

fn bytes<'a>(value: &'a Value, message: &str) -> Res<&'a [u8]> {
    text::bytes_of(value).ok_or_else(|| error(message))
}

/// Writes a value into its bytes, which are zero.
pub fn write(code: u8, value: &Value, out: &mut [u8], mode: Mode) -> Res<()> {
    let bits = match code {
        b'c' => {
            let message = "char format requires a bytes object of length 1";
            let [byte] = *bytes(value, message)? else { return Err(error(message)) };
            byte.into()
        }
        b's' => {
            let data = bytes(value, "argument for 's' must be a bytes object")?;
            let n = data.len().min(out.len());
            out[..n].copy_from_slice(&data[..n]);
            return Ok(());
        }
        b'p' => {
            let data = bytes(value, "argument for 'p' must be a bytes object")?;
            let n = data.len().min(out.len() - 1);
            out[1..=n].copy_from_slice(&data[..n]);
            out[0] = u8::try_from(n).unwrap_or(255);
            return Ok(());
        }
        b'?' => u64::from(ops::truthy(value)?),
        b'e' | b'f' | b'd' => float_bits(code, value, mode)?,
        _ if mode == Mode::Big => big_endian_bits(code, value, out.len())?,
        _ => int_bits(code, value, out.len())?,
    };
    let n = out.len();
    if mode.is_big() {
        out.copy_from_slice(&bits.to_be_bytes()[8 - n..]);
    } else {
        out.copy_from_slice(&bits.to_le_bytes()[..n]);
    }
    Ok(())
}

/// The value in these bytes.
pub fn read(code: u8, data: &[u8], mode: Mode) -> Res {
    match code {
        b'c' | b's' => return Ok(Value::bytes(data)),
        b'p' => {
            let n = usize::from(data[0]).min(data.len() - 1);
            return Ok(Value::bytes(&data[1..=n]));
        }
        _ => {}
    }
    let push = |bits: u64, byte: &u8| bits << 8 | u64::from(*byte);
    let bits = if mode.is_big() { data.iter().fold(0, push) } else { data.iter().rev().fold(0, push) };
    Ok(match code {
        b'?' => Value::Bool(bits != 0),
        b'd' => Value::Float(f64::from_bits(bits)),
        b'f' => Value::Float(f32::from_bits(bits as u32).into()),
        b'e' => Value::Float(half_value(bits as u16)),
        b'b' | b'h' | b'i' | b'l' | b'q' | b'n' => {
            let unused = 64 - 8 * data.len();
            Value::Int((bits << unused).cast_signed() >> unused)
        }
        _ => Value::int128(bits.into()),
    })
}
