//! The module `math`.

mod integer;
pub(crate) mod libm;
mod norm;
mod special;
mod sums;

use afar_runtime::abi::libm::MathFn;
use afar_runtime::number::{Num, big_arg, nan, num, payload, real_arg, type_name};
use afar_runtime::object::{attr, call};
use afar_runtime::{Args, Builtin, Fault, Res, Value, number};

macro_rules! functions {
    ($($name:literal => $call:expr),* $(,)?) => {
        static FUNCTIONS: &[Builtin] = &[$(Builtin { name: $name, owner: "math", call: $call }),*];

        /// What the module holds.
        pub const NAMES: &[&str] = &[$($name,)* "e", "inf", "nan", "pi", "tau"];
    };
}

functions!(
    "acos" => |a| of_libm(a, MathFn::Acos),
    "acosh" => |a| real_to_real(a, "acosh", |x| libm::acosh(x)),
    "asin" => |a| of_libm(a, MathFn::Asin),
    "asinh" => |a| real_to_real(a, "asinh", |x| libm::asinh(x)),
    "atan" => |a| of_libm(a, MathFn::Atan),
    "atan2" => |a| two_reals(a, "atan2", f64::atan2),
    "atanh" => |a| real_to_real(a, "atanh", |x| libm::atanh(x)),
    "cbrt" => |a| real_to_real(a, "cbrt", libm::cbrt),
    "ceil" => |a| to_int(a, "ceil", "__ceil__", f64::ceil),
    "comb" => integer::comb,
    "copysign" => |a| two_reals(a, "copysign", f64::copysign),
    "cos" => |a| of_libm(a, MathFn::Cos),
    "cosh" => |a| of_libm(a, MathFn::Cosh),
    "degrees" => |a| one(a, "degrees").map(|x| Value::Float(x * (180.0 / std::f64::consts::PI))),
    "dist" => norm::dist,
    "erf" => |a| of_libm(a, MathFn::Erf),
    "erfc" => |a| of_libm(a, MathFn::Erfc),
    "exp" => |a| of_libm(a, MathFn::Exp),
    "exp2" => |a| of_libm(a, MathFn::Exp2),
    "expm1" => |a| of_libm(a, MathFn::Expm1),
    "fabs" => |a| one(a, "fabs").map(|x| Value::Float(x.abs())),
    "factorial" => integer::factorial,
    "floor" => |a| to_int(a, "floor", "__floor__", f64::floor),
    "fmod" => fmod,
    "frexp" => frexp,
    "fsum" => sums::fsum,
    "gamma" => |a| one(a, "gamma").and_then(special::gamma),
    "gcd" => integer::gcd,
    "hypot" => norm::hypot,
    "isclose" => isclose,
    "isfinite" => |a| one(a, "isfinite").map(|x| Value::Bool(x.is_finite())),
    "isinf" => |a| one(a, "isinf").map(|x| Value::Bool(x.is_infinite())),
    "isnan" => |a| one(a, "isnan").map(|x| Value::Bool(x.is_nan())),
    "isqrt" => integer::isqrt,
    "lcm" => integer::lcm,
    "ldexp" => ldexp,
    "lgamma" => |a| one(a, "lgamma").and_then(special::lgamma),
    "log" => log,
    "log10" => |a| logarithm_of_one(a, "log10", f64::log10),
    "log1p" => |a| of_libm(a, MathFn::Log1p),
    "log2" => |a| logarithm_of_one(a, "log2", f64::log2),
    "modf" => modf,
    "nextafter" => nextafter,
    "perm" => integer::perm,
    "pow" => pow,
    "prod" => sums::prod,
    "radians" => |a| one(a, "radians").map(|x| Value::Float(x * (std::f64::consts::PI / 180.0))),
    "remainder" => remainder,
    "sin" => |a| of_libm(a, MathFn::Sin),
    "sinh" => |a| of_libm(a, MathFn::Sinh),
    "sqrt" => |a| real_to_real(a, "sqrt", f64::sqrt),
    "tan" => |a| of_libm(a, MathFn::Tan),
    "tanh" => |a| of_libm(a, MathFn::Tanh),
    "trunc" => trunc,
    "ulp" => |a| one(a, "ulp").map(|x| Value::Float(ulp(x))),
);

/// A function or constant of the module.
pub fn lookup(name: &str) -> Option<Value> {
    Some(match name {
        "pi" => Value::Float(std::f64::consts::PI),
        "e" => Value::Float(std::f64::consts::E),
        "tau" => Value::Float(std::f64::consts::TAU),
        "inf" => Value::Float(f64::INFINITY),
        "nan" => Value::Float(nan::MATH),
        _ => return FUNCTIONS.iter().find(|func| func.name == name).map(Value::Builtin),
    })
}

/// `ValueError: math domain error`.
pub(crate) fn domain_error() -> Fault {
    Fault::value_error("math domain error")
}

/// `OverflowError: math range error`.
pub(crate) fn range_error() -> Fault {
    Fault::overflow("math range error")
}

/// The one real argument of a function.
fn one(args: &Args<'_>, name: &str) -> Res<f64> {
    if let ([Value::Float(x)], []) = (args.pos, args.kw) {
        return Ok(nan::plain(*x));
    }
    args.count(&format!("math.{name}"), 1, 1)?;
    real_arg(&args.pos[0])
}

fn two(args: &Args<'_>, name: &str) -> Res<(f64, f64)> {
    if let ([Value::Float(x), Value::Float(y)], []) = (args.pos, args.kw) {
        return Ok((nan::plain(*x), nan::plain(*y)));
    }
    if !args.kw.is_empty() {
        args.no_keywords(&format!("math.{name}"))?;
    }
    args.count(name, 2, 2)?;
    Ok((real_arg(&args.pos[0])?, real_arg(&args.pos[1])?))
}

/// A function that compiled code calls by itself where the argument is known to be a float.
fn of_libm(args: &Args<'_>, func: MathFn) -> Res {
    func.checked(one(args, func.name())?).map(Value::Float)
}

/// A function whose results are never too large: an infinite one of a finite argument is a pole.
fn real_to_real(args: &Args<'_>, name: &str, func: fn(f64) -> f64) -> Res {
    let x = one(args, name)?;
    let result = func(x);
    if result.is_nan() && !x.is_nan() || result.is_infinite() && x.is_finite() {
        return Err(domain_error());
    }
    Ok(Value::Float(result))
}

fn two_reals(args: &Args<'_>, name: &str, func: fn(f64, f64) -> f64) -> Res {
    let (x, y) = two(args, name)?;
    Ok(Value::Float(func(x, y)))
}

/// `floor`, `ceil`: an instance's own method, else of its float.
fn to_int(args: &Args<'_>, name: &str, method: &str, func: fn(f64) -> f64) -> Res {
    args.count(&format!("math.{name}"), 1, 1)?;
    let value = &args.pos[0];
    match value {
        Value::Float(x) => return float_to_int(func(*x)),
        Value::Int(_) | Value::BigInt(_) => return Ok(value.clone()),
        Value::Bool(b) => return Ok(Value::Int(i64::from(*b))),
        Value::Instance(_) | Value::Host(_) if attr::find_special(value, method)?.is_some() => {
            return call::call_method(value, method, &Args::positional(&[]));
        }
        _ => {}
    }
    float_to_int(func(real_arg(value)?))
}

fn float_to_int(x: f64) -> Res {
    number::construct_int(&Args::positional(&[Value::Float(x)]))
}

fn trunc(args: &Args<'_>) -> Res {
    args.count("math.trunc", 1, 1)?;
    let value = &args.pos[0];
    match value {
        Value::Float(x) => float_to_int(*x),
        Value::Int(_) | Value::BigInt(_) => Ok(value.clone()),
        Value::Bool(b) => Ok(Value::Int(i64::from(*b))),
        Value::Instance(_) | Value::Host(_) if attr::find_special(value, "__trunc__")?.is_some() => {
            call::call_method(value, "__trunc__", &Args::positional(&[]))
        }
        _ => Err(Fault::type_error(format!("type {} doesn't define __trunc__ method", type_name(value)))),
    }
}

fn fmod(args: &Args<'_>) -> Res {
    let (x, y) = two(args, "fmod")?;
    let result = x % y;
    if result.is_nan() && !x.is_nan() && !y.is_nan() {
        return Err(domain_error());
    }
    Ok(Value::Float(result))
}

/// Mantissa from 0.5 to 1 and exponent.
pub(crate) fn split_exponent(x: f64) -> (f64, i32) {
    if x == 0.0 || !x.is_finite() {
        return (x, 0);
    }
    // A subnormal is made normal first.
    let (scaled, shift) = if x.abs() < f64::MIN_POSITIVE { (x * 2f64.powi(64), -64) } else { (x, 0) };
    let bits = scaled.to_bits();
    let exponent = (bits >> 52 & 0x7ff) as i32 - 1022;
    (f64::from_bits(bits & !(0x7ff << 52) | 1022 << 52), exponent + shift)
}

fn frexp(args: &Args<'_>) -> Res {
    let (mantissa, exponent) = split_exponent(one(args, "frexp")?);
    Ok(Value::tuple(vec![Value::Float(mantissa), Value::Int(i64::from(exponent))]))
}

fn ldexp(args: &Args<'_>) -> Res {
    args.no_keywords("math.ldexp")?;
    args.count("ldexp", 2, 2)?;
    let x = real_arg(&args.pos[0])?;
    let exponent = match num(payload(&args.pos[1])) {
        Some(Num::Int(n)) => n,
        Some(Num::Big(n)) => {
            if number::big::is_negative(n) {
                i64::MIN
            } else {
                i64::MAX
            }
        }
        _ => return Err(Fault::type_error("Expected an int as second argument to ldexp.")),
    };
    let result = scale(x, exponent);
    if result.is_infinite() && x.is_finite() {
        return Err(range_error());
    }
    Ok(Value::Float(result))
}

/// `x * 2**exponent`, rounded once.
pub(crate) fn scale(x: f64, exponent: i64) -> f64 {
    if x == 0.0 || !x.is_finite() {
        return x;
    }
    let (mantissa, own) = split_exponent(x);
    let total = exponent.saturating_add(i64::from(own));
    if total > 1024 {
        return f64::INFINITY.copysign(x);
    }
    if total < -1080 {
        return 0.0f64.copysign(x);
    }
    #[expect(clippy::cast_possible_truncation, reason = "within -1080..=1024")]
    let total = total as i32;
    if total > -1021 {
        mantissa * 2.0 * 2f64.powi(total - 1)
    } else {
        // One exact step into the normal range, one that rounds.
        mantissa * 2f64.powi(-1000) * 2f64.powi(total + 1000)
    }
}

fn modf(args: &Args<'_>) -> Res {
    let x = one(args, "modf")?;
    let (fraction, whole) = if x.is_infinite() {
        (0.0f64.copysign(x), x)
    } else if x.is_nan() {
        (x, x)
    } else {
        ((x - x.trunc()).copysign(x), x.trunc())
    };
    Ok(Value::tuple(vec![Value::Float(fraction), Value::Float(whole)]))
}

fn nextafter(args: &Args<'_>) -> Res {
    let (x, y) = two(args, "nextafter")?;
    Ok(Value::Float(if x.is_nan() || y.is_nan() {
        x + y
    } else if x == y {
        y
    } else if x < y {
        x.next_up()
    } else {
        x.next_down()
    }))
}

fn ulp(x: f64) -> f64 {
    let x = x.abs();
    if !x.is_finite() {
        return x;
    }
    let next = x.next_up();
    if next.is_infinite() { x - x.next_down() } else { next - x }
}

fn remainder(args: &Args<'_>) -> Res {
    let (x, y) = two(args, "remainder")?;
    if x.is_nan() || y.is_nan() {
        return Ok(Value::Float(x + y));
    }
    if x.is_infinite() || y == 0.0 {
        return Err(domain_error());
    }
    if y.is_infinite() {
        return Ok(Value::Float(x));
    }
    let (size, unit) = (x.abs(), y.abs());
    let rest = size % unit;
    let complement = unit - rest;
    let nearest = if rest < complement {
        rest
    } else if rest > complement {
        -complement
    } else {
        // Half way: to the even multiple.
        rest - 2.0 * ((0.5 * (size - rest)) % unit)
    };
    Ok(Value::Float(1f64.copysign(x) * nearest))
}

fn pow(args: &Args<'_>) -> Res {
    let (x, y) = two(args, "pow")?;
    if !x.is_finite() || !y.is_finite() {
        return Ok(Value::Float(special_pow(x, y)));
    }
    let result = x.powf(y);
    if result.is_nan() || result.is_infinite() && x == 0.0 {
        return Err(domain_error());
    }
    if result.is_infinite() {
        return Err(range_error());
    }
    Ok(Value::Float(result))
}

fn special_pow(x: f64, y: f64) -> f64 {
    if x.is_nan() {
        return if y == 0.0 { 1.0 } else { x };
    }
    if y.is_nan() {
        return if x == 1.0 { 1.0 } else { y };
    }
    if x.is_infinite() {
        let odd = y.is_finite() && y.abs() % 2.0 == 1.0;
        return match (y > 0.0, y == 0.0, odd) {
            (true, _, true) => x,
            (true, _, false) => x.abs(),
            (_, true, _) => 1.0,
            (_, _, true) => 0.0f64.copysign(x),
            _ => 0.0,
        };
    }
    let size = x.abs();
    if size == 1.0 {
        1.0
    } else if (y > 0.0) == (size > 1.0) {
        y.abs()
    } else {
        0.0
    }
}

/// A logarithm of a number; ints of any size count.
fn logarithm(value: &Value, func: fn(f64) -> f64) -> Res<f64> {
    if let Value::BigInt(_) = payload(value) {
        let n = big_arg(payload(value))?;
        if number::big::is_negative(&n) {
            return Err(domain_error());
        }
        return Ok(match number::big::to_f64(&n) {
            Some(x) => func(x),
            None => {
                let bits = n.bits();
                let mantissa =
                    number::big::scaled_f64(n.magnitude(), -i64::try_from(bits).unwrap_or(0), false);
                #[expect(clippy::cast_precision_loss, reason = "as CPython does")]
                let exponent = bits as f64;
                // The mantissa may be rounded up to one.
                let (mantissa, exponent) = match mantissa {
                    Some(1.0) => (0.5, exponent + 1.0),
                    other => (other.unwrap_or(0.5), exponent),
                };
                func(mantissa) + func(2.0) * exponent
            }
        });
    }
    let x = real_arg(value)?;
    if x.is_nan() || x == f64::INFINITY {
        return Ok(x);
    }
    if x <= 0.0 {
        return Err(domain_error());
    }
    Ok(func(x))
}

fn logarithm_of_one(args: &Args<'_>, name: &str, func: fn(f64) -> f64) -> Res {
    args.count(&format!("math.{name}"), 1, 1)?;
    logarithm(&args.pos[0], func).map(Value::Float)
}

fn log(args: &Args<'_>) -> Res {
    args.no_keywords("log")?;
    match args.pos {
        [x] => logarithm(x, f64::ln).map(Value::Float),
        [x, base] => {
            let (x, base) = (logarithm(x, f64::ln)?, logarithm(base, f64::ln)?);
            if base == 0.0 {
                return Err(Fault::zero_division("float division by zero"));
            }
            Ok(Value::Float(x / base))
        }
        _ => Err(Fault::type_error("math.log requires 1 to 2 arguments")),
    }
}

fn isclose(args: &Args<'_>) -> Res {
    let [a, b, relative, absolute] = args.bind("isclose", ["a", "b", "rel_tol", "abs_tol"], 0, 2, 2)?;
    let real = |value: Option<&Value>, default: f64| value.map_or(Ok(default), real_arg);
    let (a, b) = (real(a, 0.0)?, real(b, 0.0)?);
    let (relative, absolute) = (real(relative, 1e-9)?, real(absolute, 0.0)?);
    if relative < 0.0 || absolute < 0.0 {
        return Err(Fault::value_error("tolerances must be non-negative"));
    }
    if a == b {
        return Ok(Value::Bool(true));
    }
    if a.is_infinite() || b.is_infinite() {
        return Ok(Value::Bool(false));
    }
    let difference = (b - a).abs();
    Ok(Value::Bool(
        difference <= (relative * b).abs() || difference <= (relative * a).abs() || difference <= absolute,
    ))
}

#[cfg(test)]
pub(crate) mod tests;
