//! Numbers: arithmetic, parsing, rendering, the format mini-language for them, and their methods.
//!
//! Every function that gives an `Option` gives `None` where the operands are not numbers, or not numbers for which the
//! operator is defined; the caller then tries the methods of instances or words the `TypeError`.

pub mod big;
mod complex;
mod construct;
pub mod exact_sum;
pub mod float;
mod format;
mod hexfloat;
mod int;
mod methods;
pub mod nan;
mod parse;
pub mod render;
pub(crate) mod spec;

#[cfg(test)]
pub(crate) mod tests;

pub use complex::{complex_pow, complex_repr};
pub use construct::{complex_of, construct_complex, construct_float, construct_int, real_arg};
pub use exact_sum::ExactSum;
pub use float::compare_int as compare_int_float;
pub use format::magnitude;
pub use methods::{attr, big_arg, method, methods, static_method};
pub use parse::{float as parse_float, int as parse_int};

use crate::collections::DictFlavour;
use crate::object::Native;
use crate::ops::{self, BinOp, CmpOp, UnaryOp};
use crate::value::Complex;
use crate::{Fault, Res, Value};
use num_bigint::BigInt;
use std::borrow::Cow;
use std::cmp::Ordering;

/// A number, whatever its form; a `bool` is an int here.
#[derive(Clone, Copy)]
pub enum Num<'a> {
    /// An int or bool of 64 bits.
    Int(i64),
    /// A larger int.
    Big(&'a BigInt),
    /// A float.
    Float(f64),
    /// A complex number.
    Complex(Complex),
}

/// The number that a value is.
#[inline]
pub fn num(value: &Value) -> Option<Num<'_>> {
    Some(match value {
        Value::Int(n) => Num::Int(*n),
        Value::Float(x) => Num::Float(*x),
        Value::Bool(b) => Num::Int(i64::from(*b)),
        Value::BigInt(n) => Num::Big(n),
        Value::Complex(c) => Num::Complex(**c),
        _ => return None,
    })
}

/// The built-in value in an instance of a class that derives from a built-in type; any other value is itself.
pub fn payload(value: &Value) -> &Value {
    match value {
        Value::Instance(instance) => match &instance.native {
            Native::Value(inner) => inner,
            _ => value,
        },
        _ => value,
    }
}

/// What messages call the type of a value, without asking for the class where the tag tells.
pub fn type_name(value: &Value) -> Cow<'static, str> {
    Cow::Borrowed(match value {
        Value::None => "NoneType",
        Value::Ellipsis => "ellipsis",
        Value::NotImplemented => "NotImplementedType",
        Value::Bool(_) => "bool",
        Value::Int(_) | Value::BigInt(_) => "int",
        Value::Float(_) => "float",
        Value::Complex(_) => "complex",
        Value::Str(_) => "str",
        Value::Bytes(_) => "bytes",
        Value::Tuple(_) => "tuple",
        Value::List(_) => "list",
        Value::Range(_) => "range",
        Value::Slice(_) => "slice",
        Value::Func(_) => "function",
        Value::Module(_) => "module",
        Value::Dict(d) => match d.flavour {
            DictFlavour::Plain => "dict",
            DictFlavour::Counter => "Counter",
            DictFlavour::Ordered => "collections.OrderedDict",
        },
        Value::Set(s) if s.frozen => "frozenset",
        Value::Set(_) => "set",
        _ => return Cow::Owned(ops::type_name(value).as_str().to_owned()),
    })
}

/// As [`type_name`], but `None` for `None`: the wording of CPython's Argument Clinic.
pub fn clinic_name(value: &Value) -> Cow<'static, str> {
    if value.is_none() { Cow::Borrowed("None") } else { type_name(value) }
}

/// An int of any size as a [`BigInt`]; `None` where it is not an int.
pub fn to_big(value: &Value) -> Option<Cow<'_, BigInt>> {
    match num(value)? {
        Num::Int(n) => Some(Cow::Owned(BigInt::from(n))),
        Num::Big(n) => Some(Cow::Borrowed(n)),
        _ => None,
    }
}

/// `a op b` for numbers. `None` where one is none, or the operator is not defined for them.
#[inline]
pub fn binary(op: BinOp, a: &Value, b: &Value) -> Option<Res> {
    match (a, b) {
        (Value::Int(x), Value::Int(y)) => int::binary(op, *x, *y),
        (Value::Float(x), Value::Float(y)) => float::binary(op, *x, *y),
        (Value::Bool(x), Value::Bool(y)) if matches!(op, BinOp::BitAnd | BinOp::BitOr | BinOp::BitXor) => {
            Some(Ok(Value::Bool(match op {
                BinOp::BitAnd => x & y,
                BinOp::BitOr => x | y,
                _ => x ^ y,
            })))
        }
        _ => mixed(op, num(a)?, num(b)?),
    }
}

fn mixed(op: BinOp, a: Num<'_>, b: Num<'_>) -> Option<Res> {
    match (a, b) {
        (Num::Int(x), Num::Int(y)) => int::binary(op, x, y),
        (Num::Float(x), Num::Float(y)) => float::binary(op, x, y),
        (Num::Complex(_), _) | (_, Num::Complex(_)) => {
            if !complex::has(op) {
                return None;
            }
            Some(num_complex(a).and_then(|x| num_complex(b).and_then(|y| complex::binary(op, x, y))))
        }
        (Num::Float(_), _) | (_, Num::Float(_)) => {
            if !float::has(op) {
                return None;
            }
            let operands = num_f64(a).and_then(|x| Ok((x, num_f64(b)?)));
            match operands {
                Ok((x, y)) => float::binary(op, x, y),
                Err(fault) => Some(Err(fault)),
            }
        }
        _ => int::binary_big(op, a, b),
    }
}

/// `op a` for numbers.
pub fn unary(op: UnaryOp, a: &Value) -> Option<Res> {
    Some(Ok(match (op, num(a)?) {
        (UnaryOp::Neg, Num::Int(n)) => {
            n.checked_neg().map_or_else(|| Value::int128(-i128::from(n)), Value::Int)
        }
        (UnaryOp::Neg, Num::Big(n)) => Value::big(-n),
        (UnaryOp::Neg, Num::Float(x)) => Value::Float(nan::plain(-x)),
        (UnaryOp::Neg, Num::Complex(c)) => Value::complex(-c.re, -c.im),
        (UnaryOp::Pos, Num::Int(n)) => Value::Int(n),
        (UnaryOp::Pos, _) => a.clone(),
        (UnaryOp::Invert, Num::Int(n)) => Value::Int(!n),
        (UnaryOp::Invert, Num::Big(n)) => Value::big(!n),
        (UnaryOp::Invert, _) => return None,
    }))
}

/// `a op b` for numbers; `None` too for the order of complex numbers.
#[inline]
pub fn compare(op: CmpOp, a: &Value, b: &Value) -> Option<Res<bool>> {
    match (a, b) {
        (Value::Int(x), Value::Int(y)) => return Some(Ok(test(op, Some(x.cmp(y))))),
        (Value::Float(x), Value::Float(y)) => return Some(Ok(test(op, x.partial_cmp(y)))),
        _ => {}
    }
    match op {
        CmpOp::Eq => eq(a, b).map(Ok),
        CmpOp::Ne => eq(a, b).map(|same| Ok(!same)),
        _ => order(num(a)?, num(b)?).map(|ordering| Ok(test(op, ordering))),
    }
}

fn test(op: CmpOp, ordering: Option<Ordering>) -> bool {
    match op {
        CmpOp::Eq => ordering == Some(Ordering::Equal),
        CmpOp::Ne => ordering != Some(Ordering::Equal),
        CmpOp::Lt => ordering == Some(Ordering::Less),
        CmpOp::Le => matches!(ordering, Some(Ordering::Less | Ordering::Equal)),
        CmpOp::Gt => ordering == Some(Ordering::Greater),
        CmpOp::Ge => matches!(ordering, Some(Ordering::Greater | Ordering::Equal)),
    }
}

/// `None` where complex numbers have no order; inside, `None` where NaN has none.
fn order(a: Num<'_>, b: Num<'_>) -> Option<Option<Ordering>> {
    Some(match (a, b) {
        (Num::Complex(_), _) | (_, Num::Complex(_)) => return None,
        (Num::Int(x), Num::Int(y)) => Some(x.cmp(&y)),
        (Num::Float(x), Num::Float(y)) => x.partial_cmp(&y),
        (Num::Int(x), Num::Float(y)) => float::compare_int(x, y),
        (Num::Float(x), Num::Int(y)) => float::compare_int(y, x).map(Ordering::reverse),
        (Num::Big(x), Num::Float(y)) => float::compare_big(x, y),
        (Num::Float(x), Num::Big(y)) => float::compare_big(y, x).map(Ordering::reverse),
        (Num::Big(x), Num::Big(y)) => Some(x.cmp(y)),
        // A big int is beyond every int of 64 bits.
        (Num::Big(x), Num::Int(_)) => {
            Some(if big::is_negative(x) { Ordering::Less } else { Ordering::Greater })
        }
        (Num::Int(_), Num::Big(y)) => {
            Some(if big::is_negative(y) { Ordering::Greater } else { Ordering::Less })
        }
    })
}

/// `a == b` for numbers.
#[inline]
pub fn eq(a: &Value, b: &Value) -> Option<bool> {
    if let (Value::Int(x), Value::Int(y)) = (a, b) {
        return Some(x == y);
    }
    let (a, b) = (num(a)?, num(b)?);
    Some(match (a, b) {
        (Num::Complex(x), Num::Complex(y)) => x.re == y.re && x.im == y.im,
        (Num::Complex(c), other) | (other, Num::Complex(c)) => {
            c.im == 0.0 && order(Num::Float(c.re), other) == Some(Some(Ordering::Equal))
        }
        _ => order(a, b) == Some(Some(Ordering::Equal)),
    })
}

/// The hash of a number, CPython's own: the same for equal numbers of any type.
#[inline]
pub fn hash(value: &Value) -> Option<u64> {
    Some(match num(value)? {
        Num::Int(n) => int::hash(n),
        Num::Big(n) => big::hash(n),
        Num::Float(x) => float::hash(x),
        Num::Complex(c) => complex::hash(c),
    })
}

/// `bool(value)` of a number.
pub fn truthy(value: &Value) -> Option<bool> {
    Some(match num(value)? {
        Num::Int(n) => n != 0,
        Num::Big(_) => true,
        Num::Float(x) => x != 0.0,
        Num::Complex(c) => c.re != 0.0 || c.im != 0.0,
    })
}

/// `repr(value)` of a number, of any length. `repr` and `str` of the program are [`try_repr`].
pub fn repr(value: &Value) -> Option<String> {
    Some(match value {
        Value::Bool(b) => if *b { "True" } else { "False" }.to_owned(),
        _ => match num(value)? {
            Num::Int(n) => n.to_string(),
            Num::Big(n) => n.to_string(),
            Num::Float(x) => render::repr(x),
            Num::Complex(c) => complex::complex_repr(c),
        },
    })
}

/// `repr(value)` of a number; `ValueError` for an int of more than 4300 digits.
pub fn try_repr(value: &Value) -> Option<Res<String>> {
    match value {
        Value::BigInt(n) => Some(big::to_decimal(n)),
        _ => repr(value).map(Ok),
    }
}

/// `format(value, spec)` of a number.
pub fn format(value: &Value, spec: &str) -> Option<Res<String>> {
    let native = payload(value);
    if spec.is_empty() {
        return try_repr(native);
    }
    let number = num(native)?;
    let type_name = type_name(value);
    Some(match number {
        Num::Float(x) => format::float(x, spec, &type_name),
        Num::Complex(c) => format::complex(c, spec, &type_name),
        n => format::int(n, spec, &type_name),
    })
}

/// `abs(value)` of a number.
pub fn abs(value: &Value) -> Option<Res> {
    Some(match num(value)? {
        Num::Int(n) => Ok(n.checked_abs().map_or_else(|| Value::int128(-i128::from(n)), Value::Int)),
        Num::Big(n) => Ok(Value::big(BigInt::from(n.magnitude().clone()))),
        Num::Float(x) => Ok(Value::Float(nan::plain(x.abs()))),
        Num::Complex(c) => complex::abs(c),
    })
}

/// `divmod(a, b)` for numbers but complex ones.
pub fn divmod(a: &Value, b: &Value) -> Option<Res> {
    let (x, y) = (num(a)?, num(b)?);
    match (x, y) {
        (Num::Complex(_), _) | (_, Num::Complex(_)) => None,
        (Num::Float(_), _) | (_, Num::Float(_)) => {
            Some(num_f64(x).and_then(|x| num_f64(y).and_then(|y| float::divmod(x, y))))
        }
        _ => Some(int::divmod(x, y)),
    }
}

/// `round(value)`, `round(value, ndigits)` for ints and floats.
pub fn round(value: &Value, ndigits: Option<&Value>) -> Option<Res> {
    let ndigits = ndigits.filter(|n| !n.is_none());
    let number = num(value)?;
    if let Num::Complex(_) = number {
        return None;
    }
    let Some(ndigits) = ndigits else {
        return Some(match number {
            Num::Int(n) => Ok(Value::Int(n)),
            Num::Float(x) => float::to_int(x.round_ties_even()),
            _ => Ok(value.clone()),
        });
    };
    Some(ops_index(ndigits).and_then(|ndigits| match number {
        Num::Float(x) => float::round(x, &ndigits),
        _ => int::round(number, &ndigits),
    }))
}

/// `pow(a, b, m)`.
pub fn pow_mod(a: &Value, b: &Value, m: &Value) -> Res {
    if m.is_none() {
        return match binary(BinOp::Pow, a, b) {
            Some(result) => result,
            None => ops::binary(BinOp::Pow, a, b),
        };
    }
    // As CPython: each operand's type is asked, and a float refuses before it looks at the others.
    for asked in [a, b, m] {
        match pow_method(asked, a, b, m)? {
            Value::NotImplemented => {}
            result => return Ok(result),
        }
    }
    Err(Fault::type_error(format!(
        "unsupported operand type(s) for ** or pow(): '{}', '{}', '{}'",
        type_name(a),
        type_name(b),
        type_name(m)
    )))
}

/// `pow(a, b, m)` as the type of `asked` does it; `NotImplemented` where it does not know the operands.
pub fn pow_method(asked: &Value, a: &Value, b: &Value, m: &Value) -> Res {
    let is_int = |n: &Num<'_>| matches!(n, Num::Int(_) | Num::Big(_));
    let (x, y, z) = (num(payload(a)), num(payload(b)), num(payload(m)));
    match num(payload(asked)) {
        Some(Num::Float(_)) if !m.is_none() => {
            Err(Fault::type_error("pow() 3rd argument not allowed unless all arguments are integers"))
        }
        Some(Num::Complex(_)) if x.is_some() && y.is_some() && !m.is_none() => {
            Err(Fault::value_error("complex modulo"))
        }
        Some(n) if is_int(&n) => match (x.filter(is_int), y.filter(is_int), z.filter(is_int)) {
            (Some(x), Some(y), Some(z)) => int::pow_mod(x, y, z),
            (Some(_), Some(_), None) if m.is_none() => pow_mod(a, b, m),
            _ => Ok(Value::NotImplemented),
        },
        _ => Ok(Value::NotImplemented),
    }
}

/// `float(value)` of a number but a complex one; `OverflowError` for an int that is too large.
pub fn to_f64(value: &Value) -> Option<Res<f64>> {
    match num(value)? {
        Num::Complex(_) => None,
        number => Some(num_f64(number)),
    }
}

fn num_f64(number: Num<'_>) -> Res<f64> {
    match number {
        #[expect(clippy::cast_precision_loss, reason = "rounds half to even, as CPython does")]
        Num::Int(n) => Ok(n as f64),
        Num::Float(x) => Ok(x),
        Num::Big(n) => big::to_f64(n).ok_or_else(|| Fault::overflow("int too large to convert to float")),
        Num::Complex(c) => Ok(c.re),
    }
}

fn num_complex(number: Num<'_>) -> Res<Complex> {
    match number {
        Num::Complex(c) => Ok(c),
        real => Ok(Complex { re: num_f64(real)?, im: 0.0 }),
    }
}

/// An int clamped to 64 bits; `None` where it is no int.
pub fn to_index(value: &Value) -> Option<i64> {
    match num(value)? {
        Num::Int(n) => Some(n),
        Num::Big(n) => Some(if big::is_negative(n) { i64::MIN } else { i64::MAX }),
        _ => None,
    }
}

/// `operator.index(value)`, an int in its one form, without a call where it is an int already.
pub fn ops_index(value: &Value) -> Res {
    match payload(value) {
        Value::Int(n) => Ok(Value::Int(*n)),
        Value::Bool(b) => Ok(Value::Int(i64::from(*b))),
        Value::BigInt(n) => Ok(Value::BigInt(n.clone())),
        Value::Instance(_) => ops::index(value),
        _ => Err(Fault::type_error(format!(
            "'{}' object cannot be interpreted as an integer",
            type_name(value)
        ))),
    }
}

/// An argument that is an index or a count, clamped to 64 bits.
pub fn index_arg(value: &Value) -> Res<i64> {
    match value {
        Value::Int(n) => Ok(*n),
        _ => ops_index(value).map(|n| to_index(&n).unwrap_or(0)),
    }
}

/// An argument that must fit 32 bits; `OverflowError` where it does not.
pub fn c_int_arg(value: &Value) -> Res<i32> {
    let n = match ops_index(value)? {
        Value::Int(n) => i32::try_from(n).ok(),
        _ => None,
    };
    n.ok_or_else(|| Fault::overflow("Python int too large to convert to C int"))
}

/// An argument that must fit a machine word; `OverflowError` where it does not.
pub fn word_arg(value: &Value) -> Res<i64> {
    match value {
        Value::Int(n) => Ok(*n),
        _ => match ops_index(value)? {
            Value::Int(n) => Ok(n),
            _ => Err(Fault::overflow("Python int too large to convert to C ssize_t")),
        },
    }
}

/// An int of 64 bits without a sign as a value.
pub fn word_value(word: u64) -> Value {
    i64::try_from(word).map_or_else(|_| Value::big(word.into()), Value::Int)
}

/// The int of 64 bits without a sign that a value is; none where it is no int, or does not fit.
pub fn word_of(value: &Value) -> Option<u64> {
    match value {
        Value::Int(n) => u64::try_from(*n).ok(),
        Value::BigInt(n) => u64::try_from(&**n).ok(),
        _ => None,
    }
}
