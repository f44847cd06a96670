//! The module `cmath`, in CPython's formulas.

mod tables;

use crate::math::libm::asinh;
use crate::math::{domain_error, range_error};
use afar_runtime::number::{self, complex_of, real_arg, type_name};
use afar_runtime::ops::BinOp;
use afar_runtime::value::Complex;
use afar_runtime::{Args, Builtin, Fault, Res, Value};
use std::f64::consts::{E, LN_2, LN_10, PI};
use tables::Table;

const LARGE: f64 = f64::MAX / 4.0;

macro_rules! functions {
    ($($name:literal => $call:expr),* $(,)?) => {
        static FUNCTIONS: &[Builtin] = &[$(Builtin { name: $name, owner: "cmath", call: $call }),*];

        /// What the module holds.
        pub const NAMES: &[&str] = &[$($name,)* "e", "inf", "infj", "nan", "nanj", "pi", "tau"];
    };
}

functions!(
    "acos" => |a| mapped(a, "acos", acos),
    "acosh" => |a| mapped(a, "acosh", acosh),
    "asin" => |a| mapped(a, "asin", |z| turned(z, asinh_of)),
    "asinh" => |a| mapped(a, "asinh", asinh_of),
    "atan" => |a| mapped(a, "atan", |z| turned(z, atanh)),
    "atanh" => |a| mapped(a, "atanh", atanh),
    "cos" => |a| mapped(a, "cos", |z| cosh(complex(-z.im, z.re))),
    "cosh" => |a| mapped(a, "cosh", cosh),
    "exp" => |a| mapped(a, "exp", exp),
    "isclose" => isclose,
    "isfinite" => |a| one(a, "isfinite").map(|z| Value::Bool(z.re.is_finite() && z.im.is_finite())),
    "isinf" => |a| one(a, "isinf").map(|z| Value::Bool(z.re.is_infinite() || z.im.is_infinite())),
    "isnan" => |a| one(a, "isnan").map(|z| Value::Bool(z.re.is_nan() || z.im.is_nan())),
    "log" => log,
    "log10" => |a| mapped(a, "log10", |z| log_of(z).map(|r| complex(r.re / LN_10, r.im / LN_10))),
    "phase" => phase,
    "polar" => polar,
    "rect" => rect,
    "sin" => |a| mapped(a, "sin", |z| turned(z, sinh)),
    "sinh" => |a| mapped(a, "sinh", sinh),
    "sqrt" => |a| mapped(a, "sqrt", sqrt),
    "tan" => |a| mapped(a, "tan", |z| turned(z, tanh)),
    "tanh" => |a| mapped(a, "tanh", tanh),
);

/// A function or constant of the module.
pub fn lookup(name: &str) -> Option<Value> {
    Some(match name {
        "infj" => Value::complex(0.0, f64::INFINITY),
        "nanj" => Value::complex(0.0, f64::NAN),
        "nan" => Value::Float(number::nan::CMATH),
        "pi" | "e" | "tau" | "inf" => return crate::math::lookup(name),
        _ => return FUNCTIONS.iter().find(|func| func.name == name).map(Value::Builtin),
    })
}

fn complex(re: f64, im: f64) -> Complex {
    Complex { re, im }
}

/// An argument as a complex number.
fn argument(value: &Value) -> Res<Complex> {
    complex_of(value)?
        .ok_or_else(|| Fault::type_error(format!("must be real number, not {}", type_name(value))))
}

fn one(args: &Args<'_>, name: &str) -> Res<Complex> {
    args.count(&format!("cmath.{name}"), 1, 1)?;
    argument(&args.pos[0])
}

fn mapped(args: &Args<'_>, name: &str, func: impl Fn(Complex) -> Res<Complex>) -> Res {
    func(one(args, name)?).map(|z| Value::complex(z.re, z.im))
}

/// `-i f(i z)`: a circular function by its hyperbolic one.
fn turned(z: Complex, func: fn(Complex) -> Res<Complex>) -> Res<Complex> {
    let s = func(complex(-z.im, z.re))?;
    Ok(complex(s.im, -s.re))
}

fn kind(x: f64) -> usize {
    if x.is_nan() {
        6
    } else if x.is_infinite() {
        if x > 0.0 { 5 } else { 0 }
    } else if x == 0.0 {
        if x.is_sign_positive() { 3 } else { 2 }
    } else if x > 0.0 {
        4
    } else {
        1
    }
}

/// What the table says where a part is not finite; `None` where both are.
fn special(table: &Table, re: f64, im: f64) -> Option<Res<Complex>> {
    if re.is_finite() && im.is_finite() {
        return None;
    }
    Some(table[kind(re)][kind(im)].map(|(re, im)| complex(re, im)).ok_or_else(domain_error))
}

/// Is the real part infinite and the imaginary one an angle whose sine and cosine have a sign.
fn has_direction(z: Complex) -> bool {
    z.re.is_infinite() && z.im.is_finite() && z.im != 0.0
}

fn is_large(z: Complex) -> bool {
    z.re.abs() > LARGE || z.im.abs() > LARGE
}

/// The logarithm of twice the size of a large number, without overflow.
fn log_of_large(z: Complex) -> f64 {
    (z.re / 2.0).hypot(z.im / 2.0).ln() + LN_2 * 2.0
}

fn sqrt(z: Complex) -> Res<Complex> {
    if let Some(result) = special(&tables::SQRT, z.re, z.im) {
        return result;
    }
    if z.re == 0.0 && z.im == 0.0 {
        return Ok(complex(0.0, z.im));
    }
    let (re, im) = (z.re.abs(), z.im.abs());
    let s = if re < f64::MIN_POSITIVE && im < f64::MIN_POSITIVE {
        // Scaled up by 2**53: the size would be subnormal.
        let up = 2f64.powi(53);
        let re = re * up;
        (re + re.hypot(im * up)).sqrt() * 2f64.powi(-27)
    } else {
        let re = re / 8.0;
        2.0 * (re + re.hypot(im / 8.0)).sqrt()
    };
    let d = im / (2.0 * s);
    Ok(if z.re >= 0.0 { complex(s, d.copysign(z.im)) } else { complex(d, s.copysign(z.im)) })
}

fn acos(z: Complex) -> Res<Complex> {
    if let Some(result) = special(&tables::ACOS, z.re, z.im) {
        return result;
    }
    if is_large(z) {
        let log = log_of_large(z);
        let im = if z.re < 0.0 { -log.copysign(z.im) } else { log.copysign(-z.im) };
        return Ok(complex(z.im.abs().atan2(z.re), im));
    }
    let s1 = sqrt(complex(1.0 - z.re, -z.im))?;
    let s2 = sqrt(complex(1.0 + z.re, z.im))?;
    Ok(complex(2.0 * s1.re.atan2(s2.re), asinh(s2.re * s1.im - s2.im * s1.re)))
}

fn acosh(z: Complex) -> Res<Complex> {
    if let Some(result) = special(&tables::ACOSH, z.re, z.im) {
        return result;
    }
    if is_large(z) {
        return Ok(complex(log_of_large(z), z.im.atan2(z.re)));
    }
    let s1 = sqrt(complex(z.re - 1.0, z.im))?;
    let s2 = sqrt(complex(z.re + 1.0, z.im))?;
    Ok(complex(asinh(s1.re * s2.re + s1.im * s2.im), 2.0 * s1.im.atan2(s2.re)))
}

fn asinh_of(z: Complex) -> Res<Complex> {
    if let Some(result) = special(&tables::ASINH, z.re, z.im) {
        return result;
    }
    if is_large(z) {
        let log = log_of_large(z);
        let re = if z.im >= 0.0 { log.copysign(z.re) } else { -log.copysign(-z.re) };
        return Ok(complex(re, z.im.atan2(z.re.abs())));
    }
    let s1 = sqrt(complex(1.0 + z.im, -z.re))?;
    let s2 = sqrt(complex(1.0 - z.im, z.re))?;
    Ok(complex(asinh(s1.re * s2.im - s2.re * s1.im), z.im.atan2(s1.re * s2.re - s1.im * s2.im)))
}

fn atanh(z: Complex) -> Res<Complex> {
    if let Some(result) = special(&tables::ATANH, z.re, z.im) {
        return result;
    }
    if z.re.is_sign_negative() {
        let r = atanh(complex(-z.re, -z.im))?;
        return Ok(complex(-r.re, -r.im));
    }
    let im = z.im.abs();
    if z.re > LARGE.sqrt() || im > LARGE.sqrt() {
        let half = (z.re / 2.0).hypot(z.im / 2.0);
        return Ok(complex(z.re / 4.0 / half / half, -(PI / 2.0).copysign(-z.im)));
    }
    if z.re == 1.0 && im < f64::MIN_POSITIVE.sqrt() {
        if im == 0.0 {
            return Err(domain_error());
        }
        let re = -(im.sqrt() / im.hypot(2.0).sqrt()).ln();
        return Ok(complex(re, (2f64.atan2(-im) / 2.0).copysign(z.im)));
    }
    let away = 1.0 - z.re;
    Ok(complex(
        log1p(4.0 * z.re / (away * away + im * im)) / 4.0,
        -(-2.0 * z.im).atan2(away * (1.0 + z.re) - im * im) / 2.0,
    ))
}

fn log1p(x: f64) -> f64 {
    if x == 0.0 { x } else { x.ln_1p() }
}

/// `ERANGE` for an infinite part.
fn in_range(z: Complex) -> Res<Complex> {
    if z.re.is_infinite() || z.im.is_infinite() { Err(range_error()) } else { Ok(z) }
}

fn log_large() -> f64 {
    LARGE.ln()
}

fn cosh(z: Complex) -> Res<Complex> {
    if has_direction(z) {
        let im = f64::INFINITY.copysign(z.im.sin());
        return Ok(complex(f64::INFINITY.copysign(z.im.cos()), if z.re > 0.0 { im } else { -im }));
    }
    if let Some(result) = special(&tables::COSH, z.re, z.im) {
        return result;
    }
    in_range(if z.re.abs() > log_large() {
        let less = z.re - 1f64.copysign(z.re);
        complex(z.im.cos() * less.cosh() * E, z.im.sin() * less.sinh() * E)
    } else {
        complex(z.im.cos() * z.re.cosh(), z.im.sin() * z.re.sinh())
    })
}

fn sinh(z: Complex) -> Res<Complex> {
    if has_direction(z) {
        let re = f64::INFINITY.copysign(z.im.cos());
        return Ok(complex(if z.re > 0.0 { re } else { -re }, f64::INFINITY.copysign(z.im.sin())));
    }
    if let Some(result) = special(&tables::SINH, z.re, z.im) {
        return result;
    }
    in_range(if z.re.abs() > log_large() {
        let less = z.re - 1f64.copysign(z.re);
        complex(z.im.cos() * less.sinh() * E, z.im.sin() * less.cosh() * E)
    } else {
        complex(z.im.cos() * z.re.sinh(), z.im.sin() * z.re.cosh())
    })
}

fn tanh(z: Complex) -> Res<Complex> {
    if has_direction(z) {
        let im = 0f64.copysign(2.0 * z.im.sin() * z.im.cos());
        return Ok(complex(1f64.copysign(z.re), im));
    }
    if let Some(result) = special(&tables::TANH, z.re, z.im) {
        return result;
    }
    if z.re.abs() > log_large() {
        let im = 4.0 * z.im.sin() * z.im.cos() * (-2.0 * z.re.abs()).exp();
        return Ok(complex(1f64.copysign(z.re), im));
    }
    let (tx, ty) = (z.re.tanh(), z.im.tan());
    let cx = 1.0 / z.re.cosh();
    let both = tx * ty;
    let denominator = 1.0 + both * both;
    Ok(complex(tx * (1.0 + ty * ty) / denominator, ((ty / denominator) * cx) * cx))
}

fn exp(z: Complex) -> Res<Complex> {
    if has_direction(z) {
        let size = if z.re > 0.0 { f64::INFINITY } else { 0.0 };
        return Ok(complex(size.copysign(z.im.cos()), size.copysign(z.im.sin())));
    }
    if let Some(result) = special(&tables::EXP, z.re, z.im) {
        return result;
    }
    in_range(if z.re > log_large() {
        let size = (z.re - 1.0).exp();
        complex(size * z.im.cos() * E, size * z.im.sin() * E)
    } else {
        let size = z.re.exp();
        complex(size * z.im.cos(), size * z.im.sin())
    })
}

/// The natural logarithm; a domain error for zero.
fn log_of(z: Complex) -> Res<Complex> {
    if z.re == 0.0 && z.im == 0.0 {
        return Err(domain_error());
    }
    log_unchecked(z)
}

fn log_unchecked(z: Complex) -> Res<Complex> {
    if let Some(result) = special(&tables::LOG, z.re, z.im) {
        return result;
    }
    let (re, im) = (z.re.abs(), z.im.abs());
    let log = if re > LARGE || im > LARGE {
        (re / 2.0).hypot(im / 2.0).ln() + LN_2
    } else if re < f64::MIN_POSITIVE && im < f64::MIN_POSITIVE {
        if re == 0.0 && im == 0.0 {
            f64::NEG_INFINITY
        } else {
            let up = 2f64.powi(53);
            (re * up).hypot(im * up).ln() - 53.0 * LN_2
        }
    } else {
        let size = re.hypot(im);
        if (0.71..=1.73).contains(&size) {
            let (most, least) = if re > im { (re, im) } else { (im, re) };
            log1p((most - 1.0) * (most + 1.0) + least * least) / 2.0
        } else {
            size.ln()
        }
    };
    Ok(complex(log, z.im.atan2(z.re)))
}

/// `cmath.log(z, base)`.
fn log(args: &Args<'_>) -> Res {
    args.no_keywords("cmath.log")?;
    args.count("log", 1, 2)?;
    let z = argument(&args.pos[0])?;
    let Some(base) = args.pos.get(1) else {
        return log_of(z).map(|r| Value::complex(r.re, r.im));
    };
    // The logarithm of the base forgets that of a zero was an error.
    let (x, y) = (log_unchecked(z)?, log_of(argument(base)?)?);
    let quotient = number::binary(BinOp::Div, &Value::complex(x.re, x.im), &Value::complex(y.re, y.im));
    match quotient {
        Some(Ok(value)) => Ok(value),
        _ => Err(domain_error()),
    }
}

fn size(z: Complex) -> Res<f64> {
    let size = z.re.hypot(z.im);
    if size.is_infinite() && z.re.is_finite() && z.im.is_finite() { Err(range_error()) } else { Ok(size) }
}

/// `cmath.phase(z)`: an angle too small for a float is an error, since C's `atan2` says so.
fn phase(args: &Args<'_>) -> Res {
    let z = one(args, "phase")?;
    let angle = z.im.atan2(z.re);
    if angle == 0.0 && z.im != 0.0 && z.re.is_finite() {
        return Err(range_error());
    }
    Ok(Value::Float(angle))
}

/// `cmath.polar(z)`.
fn polar(args: &Args<'_>) -> Res {
    let z = one(args, "polar")?;
    Ok(Value::tuple(vec![Value::Float(size(z)?), Value::Float(z.im.atan2(z.re))]))
}

/// `cmath.rect(r, phi)`.
fn rect(args: &Args<'_>) -> Res {
    args.no_keywords("cmath.rect")?;
    args.count("rect", 2, 2)?;
    let (r, phi) = (real_arg(&args.pos[0])?, real_arg(&args.pos[1])?);
    if has_direction(complex(r, phi)) {
        return Ok(Value::complex(r.copysign(r * phi.cos()), r.copysign(r * phi.sin())));
    }
    if let Some(result) = special(&tables::RECT, r, phi) {
        return result.map(|z| Value::complex(z.re, z.im));
    }
    // `r * phi` keeps the sign of a zero.
    Ok(if phi == 0.0 { Value::complex(r, r * phi) } else { Value::complex(r * phi.cos(), r * phi.sin()) })
}

fn isclose(args: &Args<'_>) -> Res {
    let [a, b, relative, absolute] = args.bind("isclose", ["a", "b", "rel_tol", "abs_tol"], 0, 2, 2)?;
    let number = |value: Option<&Value>| value.map_or(Ok(complex(0.0, 0.0)), argument);
    let real = |value: Option<&Value>, default: f64| value.map_or(Ok(default), real_arg);
    let (a, b) = (number(a)?, number(b)?);
    let (relative, absolute) = (real(relative, 1e-9)?, real(absolute, 0.0)?);
    if relative < 0.0 || absolute < 0.0 {
        return Err(Fault::value_error("tolerances must be non-negative"));
    }
    if a.re == b.re && a.im == b.im {
        return Ok(Value::Bool(true));
    }
    if [a.re, a.im, b.re, b.im].iter().any(|x| x.is_infinite()) {
        return Ok(Value::Bool(false));
    }
    let difference = (a.re - b.re).hypot(a.im - b.im);
    Ok(Value::Bool(
        difference <= relative * b.re.hypot(b.im)
            || difference <= relative * a.re.hypot(a.im)
            || difference <= absolute,
    ))
}

#[cfg(test)]
mod tests;
