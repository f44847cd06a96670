//! The methods and attributes of ints, floats and complex numbers.

use super::{Num, float, hexfloat, int, num, ops_index, payload, type_name, word_arg};
use crate::ops::{self, BinOp, CmpOp, UnaryOp};
use crate::value::Args;
use crate::{Builtin, Fault, Res, Value};
use num_bigint::{BigInt, Sign};
use num_traits::Signed;

/// `value.name` for the data attributes of numbers.
pub fn attr(value: &Value, name: &str) -> Option<Value> {
    let as_int = |value: &Value| match value {
        Value::Bool(b) => Value::Int(i64::from(*b)),
        _ => value.clone(),
    };
    Some(match (num(value)?, name) {
        (Num::Complex(c), "real") => Value::Float(c.re),
        (Num::Complex(c), "imag") => Value::Float(c.im),
        (Num::Complex(_), _) => return None,
        (_, "real") => as_int(value),
        (Num::Float(_), "imag") => Value::Float(0.0),
        (Num::Float(_), _) => return None,
        (_, "imag") => Value::Int(0),
        (_, "numerator") => as_int(value),
        (_, "denominator") => Value::Int(1),
        _ => return None,
    })
}

/// A method of `int` (and `bool`), `float` or `complex`.
pub fn method(type_name: &str, name: &str) -> Option<&'static Builtin> {
    methods(type_name).iter().find(|method| method.name == name)
}

/// All methods of `int` (and `bool`), `float` or `complex`.
pub fn methods(type_name: &str) -> &'static [Builtin] {
    match type_name {
        "int" | "bool" => INT,
        "float" => FLOAT,
        "complex" => COMPLEX,
        _ => &[],
    }
}

/// A function of a type that needs no receiver: `int.from_bytes`, `float.fromhex`. It gets no class.
pub fn static_method(type_name: &str, name: &str) -> Option<&'static Builtin> {
    match (type_name, name) {
        ("int" | "bool", "from_bytes") => Some(&INT_FROM_BYTES),
        ("float", "fromhex") => Some(&FLOAT_FROMHEX),
        _ => None,
    }
}

/// The receiver as an int.
fn int_receiver<'a>(args: &Args<'a>, name: &str) -> Res<Num<'a>> {
    let value = payload(args.receiver());
    match num(value) {
        Some(n @ (Num::Int(_) | Num::Big(_))) => Ok(n),
        _ => Err(wrong_receiver(name, "int", args.receiver())),
    }
}

fn float_receiver(args: &Args<'_>, name: &str) -> Res<f64> {
    match payload(args.receiver()) {
        Value::Float(x) => Ok(*x),
        _ => Err(wrong_receiver(name, "float", args.receiver())),
    }
}

fn wrong_receiver(name: &str, owner: &str, receiver: &Value) -> Fault {
    Fault::type_error(format!(
        "descriptor '{name}' for '{owner}' objects doesn't apply to a '{}' object",
        type_name(receiver)
    ))
}

/// A binary or reflected operator as a method: `NotImplemented` for what is not of the type's own family.
fn operator(args: &Args<'_>, op: BinOp, reflected: bool) -> Res {
    if args.pos.len() != 2 {
        return Err(slot_count(args, 1));
    }
    let (a, b) = (payload(args.receiver()), payload(&args.pos[1]));
    // The receiver's type knows no wider type: `(1).__add__(1.5)` is `NotImplemented`.
    if matches!(
        (a, b),
        (Value::Int(_) | Value::BigInt(_) | Value::Bool(_), Value::Float(_) | Value::Complex(_))
            | (Value::Float(_), Value::Complex(_))
    ) {
        return Ok(Value::NotImplemented);
    }
    let result = if reflected { super::binary(op, b, a) } else { super::binary(op, a, b) };
    result.unwrap_or(Ok(Value::NotImplemented))
}

fn slot_count(args: &Args<'_>, expected: usize) -> Fault {
    let s = if expected == 1 { "" } else { "s" };
    Fault::type_error(format!("expected {expected} argument{s}, got {}", args.pos.len() - 1))
}

fn comparison(args: &Args<'_>, op: CmpOp) -> Res {
    if args.pos.len() != 2 {
        return Err(slot_count(args, 1));
    }
    let (a, b) = (payload(args.receiver()), payload(&args.pos[1]));
    if matches!(a, Value::Int(_) | Value::BigInt(_) | Value::Bool(_))
        && matches!(b, Value::Float(_) | Value::Complex(_))
    {
        return Ok(Value::NotImplemented);
    }
    match super::compare(op, a, b) {
        Some(result) => result.map(Value::Bool),
        None => Ok(Value::NotImplemented),
    }
}

fn nullary(args: &Args<'_>, run: impl FnOnce(&Value) -> Res) -> Res {
    if args.pos.len() != 1 {
        return Err(slot_count(args, 0));
    }
    run(payload(args.receiver()))
}

macro_rules! builtins {
    ($owner:literal: $($name:literal => $call:expr),* $(,)?) => {
        &[$(Builtin { name: $name, owner: $owner, call: $call }),*]
    };
}

macro_rules! with_common {
    ($owner:literal: $($name:literal => $call:expr),* $(,)?) => {
        builtins!($owner:
            $($name => $call,)*
            "__add__" => |a| operator(a, BinOp::Add, false),
            "__radd__" => |a| operator(a, BinOp::Add, true),
            "__sub__" => |a| operator(a, BinOp::Sub, false),
            "__rsub__" => |a| operator(a, BinOp::Sub, true),
            "__mul__" => |a| operator(a, BinOp::Mul, false),
            "__rmul__" => |a| operator(a, BinOp::Mul, true),
            "__truediv__" => |a| operator(a, BinOp::Div, false),
            "__rtruediv__" => |a| operator(a, BinOp::Div, true),
            "__pow__" => |a| power(a, false),
            "__rpow__" => |a| power(a, true),
            "__neg__" => |a| nullary(a, |v| super::unary(UnaryOp::Neg, v).unwrap_or(Ok(Value::NotImplemented))),
            "__pos__" => |a| nullary(a, |v| super::unary(UnaryOp::Pos, v).unwrap_or(Ok(Value::NotImplemented))),
            "__abs__" => |a| nullary(a, |v| super::abs(v).unwrap_or(Ok(Value::NotImplemented))),
            "__bool__" => |a| nullary(a, |v| Ok(Value::Bool(super::truthy(v).unwrap_or(true)))),
            "__repr__" => |a| nullary(a, |v| super::try_repr(v).unwrap_or(Ok(String::new())).map(Value::string)),
            "__str__" => |a| nullary(a, |v| super::try_repr(v).unwrap_or(Ok(String::new())).map(Value::string)),
            "__format__" => format_method,
            "__eq__" => |a| comparison(a, CmpOp::Eq),
            "__ne__" => |a| comparison(a, CmpOp::Ne),
            "__lt__" => |a| comparison(a, CmpOp::Lt),
            "__le__" => |a| comparison(a, CmpOp::Le),
            "__gt__" => |a| comparison(a, CmpOp::Gt),
            "__ge__" => |a| comparison(a, CmpOp::Ge),
            "__hash__" => |a| nullary(a, |v| Ok(Value::Int(super::hash(v).unwrap_or(0).cast_signed()))),
        )
    };
}

macro_rules! with_real {
    ($owner:literal: $($name:literal => $call:expr),* $(,)?) => {
        with_common!($owner:
            $($name => $call,)*
            "__floordiv__" => |a| operator(a, BinOp::FloorDiv, false),
            "__rfloordiv__" => |a| operator(a, BinOp::FloorDiv, true),
            "__mod__" => |a| operator(a, BinOp::Mod, false),
            "__rmod__" => |a| operator(a, BinOp::Mod, true),
            "__divmod__" => |a| divmod_method(a, false),
            "__rdivmod__" => |a| divmod_method(a, true),
            "__round__" => round_method,
        )
    };
}

static INT: &[Builtin] = with_real!("int":
    "bit_length" => bit_length,
    "bit_count" => bit_count,
    "to_bytes" => to_bytes,
    "conjugate" => |a| no_args(a, "int", "conjugate").and_then(|()| int_value(a, "conjugate")),
    "as_integer_ratio" => |a| {
        no_args(a, "int", "as_integer_ratio")?;
        Ok(Value::tuple(vec![int_value(a, "as_integer_ratio")?, Value::Int(1)]))
    },
    "__index__" => |a| nullary(a, |_| int_value(a, "__index__")),
    "__int__" => |a| nullary(a, |_| int_value(a, "__int__")),
    "__trunc__" => |a| nullary(a, |_| int_value(a, "__trunc__")),
    "__floor__" => |a| nullary(a, |_| int_value(a, "__floor__")),
    "__ceil__" => |a| nullary(a, |_| int_value(a, "__ceil__")),
    "__float__" => |a| nullary(a, |v| super::to_f64(v).unwrap_or(Ok(0.0)).map(Value::Float)),
    "__invert__" => |a| nullary(a, |v| super::unary(UnaryOp::Invert, v).unwrap_or(Ok(Value::NotImplemented))),
    "__and__" => |a| operator(a, BinOp::BitAnd, false),
    "__rand__" => |a| operator(a, BinOp::BitAnd, true),
    "__or__" => |a| operator(a, BinOp::BitOr, false),
    "__ror__" => |a| operator(a, BinOp::BitOr, true),
    "__xor__" => |a| operator(a, BinOp::BitXor, false),
    "__rxor__" => |a| operator(a, BinOp::BitXor, true),
    "__lshift__" => |a| operator(a, BinOp::LShift, false),
    "__rlshift__" => |a| operator(a, BinOp::LShift, true),
    "__rshift__" => |a| operator(a, BinOp::RShift, false),
    "__rrshift__" => |a| operator(a, BinOp::RShift, true),
);

static FLOAT: &[Builtin] = with_real!("float":
    "is_integer" => |a| {
        no_args(a, "float", "is_integer")?;
        let x = float_receiver(a, "is_integer")?;
        Ok(Value::Bool(x.is_finite() && x == x.trunc()))
    },
    "hex" => |a| {
        no_args(a, "float", "hex")?;
        float_receiver(a, "hex").map(|x| Value::string(hexfloat::hex(x)))
    },
    "as_integer_ratio" => float_ratio,
    "conjugate" => |a| {
        no_args(a, "float", "conjugate")?;
        float_receiver(a, "conjugate").map(Value::Float)
    },
    "__float__" => |a| nullary(a, |v| Ok(v.clone())),
    "__int__" => |a| nullary(a, |_| float::to_int(float_receiver(a, "__int__")?)),
    "__trunc__" => |a| {
        no_args(a, "float", "__trunc__")?;
        float::to_int(float_receiver(a, "__trunc__")?)
    },
    "__floor__" => |a| {
        no_args(a, "float", "__floor__")?;
        float::to_int(float_receiver(a, "__floor__")?.floor())
    },
    "__ceil__" => |a| {
        no_args(a, "float", "__ceil__")?;
        float::to_int(float_receiver(a, "__ceil__")?.ceil())
    },
);

static COMPLEX: &[Builtin] = with_common!("complex":
    "conjugate" => |a| {
        no_args(a, "complex", "conjugate")?;
        match payload(a.receiver()) {
            Value::Complex(c) => Ok(Value::complex(c.re, -c.im)),
            _ => Err(wrong_receiver("conjugate", "complex", a.receiver())),
        }
    },
    "__complex__" => |a| nullary(a, |v| Ok(v.clone())),
);

static INT_FROM_BYTES: Builtin = Builtin { name: "from_bytes", owner: "int", call: from_bytes };
static FLOAT_FROMHEX: Builtin = Builtin { name: "fromhex", owner: "float", call: from_hex };

fn no_args(args: &Args<'_>, owner: &str, name: &str) -> Res<()> {
    if args.pos.len() == 1 && args.kw.is_empty() {
        return Ok(());
    }
    args.rest().count(&format!("{owner}.{name}"), 0, 0)
}

fn int_value(args: &Args<'_>, name: &str) -> Res {
    Ok(match int_receiver(args, name)? {
        Num::Int(n) => Value::Int(n),
        _ => payload(args.receiver()).clone(),
    })
}

fn bit_length(args: &Args<'_>) -> Res {
    no_args(args, "int", "bit_length")?;
    Ok(match int_receiver(args, "bit_length")? {
        Num::Int(n) => Value::Int(i64::from(64 - n.unsigned_abs().leading_zeros())),
        n => Value::int128(i128::from(int::as_big(n).bits())),
    })
}

fn bit_count(args: &Args<'_>) -> Res {
    no_args(args, "int", "bit_count")?;
    Ok(match int_receiver(args, "bit_count")? {
        Num::Int(n) => Value::Int(i64::from(n.unsigned_abs().count_ones())),
        n => Value::int128(i128::from(int::as_big(n).magnitude().count_ones())),
    })
}

/// `little` or `big`: is it little.
fn is_little(order: Option<&Value>, function: &str) -> Res<bool> {
    match order.map(payload) {
        None => Ok(false),
        Some(Value::Str(order)) if order.as_str() == "little" => Ok(true),
        Some(Value::Str(order)) if order.as_str() == "big" => Ok(false),
        Some(Value::Str(_)) => Err(Fault::value_error("byteorder must be either 'little' or 'big'")),
        Some(other) => Err(Fault::type_error(format!(
            "{function}() argument 'byteorder' must be str, not {}",
            super::clinic_name(other)
        ))),
    }
}

fn signed_arg(value: Option<&Value>) -> Res<bool> {
    value.map_or(Ok(false), |value| match value {
        Value::Bool(b) => Ok(*b),
        _ => ops::truthy(value),
    })
}

fn to_bytes(args: &Args<'_>) -> Res {
    let n = int_receiver(args, "to_bytes")?;
    let [length, order, signed] = args.rest().bind("to_bytes", ["length", "byteorder", "signed"], 0, 0, 2)?;
    let length = length.map_or(Ok(1), word_arg)?;
    let little = is_little(order, "to_bytes")?;
    let signed = signed_arg(signed)?;
    let length =
        usize::try_from(length).map_err(|_| Fault::value_error("length argument must be non-negative"))?;
    crate::budget::check(length, 1, "bytes")?;
    let value = int::as_big(n);
    let negative = value.is_negative();
    if negative && !signed {
        return Err(Fault::overflow("can't convert negative int to unsigned"));
    }
    let mut bytes = if signed { value.to_signed_bytes_le() } else { value.magnitude().to_bytes_le() };
    // In no bytes at all CPython finds room for -1, as for 0.
    if bytes == [0] || length == 0 && negative && bytes == [0xff] {
        bytes.clear();
    }
    if bytes.len() > length {
        return Err(Fault::overflow("int too big to convert"));
    }
    bytes.resize(length, if negative { 0xff } else { 0 });
    if !little {
        bytes.reverse();
    }
    Ok(Value::bytes(bytes))
}

fn from_bytes(args: &Args<'_>) -> Res {
    let [data, order, signed] = args.bind("from_bytes", ["bytes", "byteorder", "signed"], 0, 1, 2)?;
    let little = is_little(order, "from_bytes")?;
    let signed = signed_arg(signed)?;
    let data = data.unwrap_or(&Value::None);
    let bytes: Vec<u8> = match payload(data) {
        Value::Bytes(bytes) => bytes.to_vec(),
        Value::Str(_) | Value::Int(_) | Value::BigInt(_) | Value::Bool(_) => {
            return Err(Fault::type_error(format!("cannot convert '{}' object to bytes", type_name(data))));
        }
        _ => match crate::text::construct_bytes(&Args::positional(std::slice::from_ref(data))) {
            Ok(Value::Bytes(bytes)) => bytes.to_vec(),
            Ok(_) => {
                return Err(Fault::type_error(format!(
                    "cannot convert '{}' object to bytes",
                    type_name(data)
                )));
            }
            Err(fault) => return Err(fault),
        },
    };
    Ok(Value::big(match (little, signed) {
        (true, true) => BigInt::from_signed_bytes_le(&bytes),
        (false, true) => BigInt::from_signed_bytes_be(&bytes),
        (true, false) => BigInt::from_bytes_le(Sign::Plus, &bytes),
        (false, false) => BigInt::from_bytes_be(Sign::Plus, &bytes),
    }))
}

fn from_hex(args: &Args<'_>) -> Res {
    args.count("float.fromhex", 1, 1)?;
    match payload(&args.pos[0]) {
        Value::Str(text) => hexfloat::from_hex(text).map(Value::Float),
        _ => Err(Fault::type_error("bad argument type for built-in operation")),
    }
}

fn float_ratio(args: &Args<'_>) -> Res {
    no_args(args, "float", "as_integer_ratio")?;
    let x = float_receiver(args, "as_integer_ratio")?;
    if x.is_nan() {
        return Err(Fault::value_error("cannot convert NaN to integer ratio"));
    }
    if x.is_infinite() {
        return Err(Fault::overflow("cannot convert Infinity to integer ratio"));
    }
    let (mantissa, exponent) = float::decompose(x);
    let zeros = if mantissa == 0 { 0 } else { i64::from(mantissa.trailing_zeros()) };
    let (mantissa, exponent) =
        (BigInt::from(mantissa >> zeros), if mantissa == 0 { 0 } else { exponent + zeros });
    let mantissa = if x < 0.0 { -mantissa } else { mantissa };
    let (numerator, denominator) = if exponent >= 0 {
        (mantissa << exponent.unsigned_abs(), BigInt::from(1))
    } else {
        (mantissa, BigInt::from(1) << exponent.unsigned_abs())
    };
    Ok(Value::tuple(vec![Value::big(numerator), Value::big(denominator)]))
}

fn power(args: &Args<'_>, reflected: bool) -> Res {
    match args.pos {
        [_, _] => operator(args, BinOp::Pow, reflected),
        [a, b, m] if reflected => super::pow_method(a, b, a, m),
        [a, b, m] => super::pow_method(a, a, b, m),
        [_] => Err(Fault::type_error(" expected at least 1 argument, got 0")),
        all => Err(Fault::type_error(format!(" expected at most 2 arguments, got {}", all.len() - 1))),
    }
}

fn divmod_method(args: &Args<'_>, reflected: bool) -> Res {
    let [a, b] = args.pos else { return Err(slot_count(args, 1)) };
    let (a, b) = (payload(a), payload(b));
    if matches!(a, Value::Int(_) | Value::BigInt(_) | Value::Bool(_)) && matches!(b, Value::Float(_)) {
        return Ok(Value::NotImplemented);
    }
    let result = if reflected { super::divmod(b, a) } else { super::divmod(a, b) };
    result.unwrap_or(Ok(Value::NotImplemented))
}

fn round_method(args: &Args<'_>) -> Res {
    args.rest().count("__round__", 0, 1)?;
    if let (Num::Int(_) | Num::Big(_), Some(digits @ Value::None)) =
        (num(payload(args.receiver())).unwrap_or(Num::Int(0)), args.pos.get(1))
    {
        return crate::ops::index(digits);
    }
    let result = super::round(payload(args.receiver()), args.pos.get(1));
    result.unwrap_or(Ok(Value::NotImplemented))
}

fn format_method(args: &Args<'_>) -> Res {
    let value = payload(args.receiver());
    let owner = if matches!(value, Value::Bool(_)) { "int".into() } else { type_name(value) };
    args.rest().count(&format!("{owner}.__format__"), 1, 1)?;
    match payload(&args.pos[1]) {
        Value::Str(spec) => super::format(value, spec).unwrap_or(Ok(String::new())).map(Value::string),
        other => Err(Fault::type_error(format!(
            "__format__() argument must be str, not {}",
            super::clinic_name(other)
        ))),
    }
}

/// An int argument of any size.
pub fn big_arg(value: &Value) -> Res<BigInt> {
    let n = ops_index(value)?;
    Ok(super::to_big(&n).map(std::borrow::Cow::into_owned).unwrap_or_default())
}
