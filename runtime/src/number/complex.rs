//! Arithmetic and rendering of complex numbers, in CPython's formulas.

use super::render;
use crate::ops::BinOp;
use crate::value::Complex;
use crate::{Fault, Res, Value};

/// Is the operator defined for complex numbers.
pub fn has(op: BinOp) -> bool {
    matches!(op, BinOp::Add | BinOp::Sub | BinOp::Mul | BinOp::Div | BinOp::Pow)
}

/// `a op b` for the operators that [`has`] knows.
pub fn binary(op: BinOp, a: Complex, b: Complex) -> Res {
    let result = match op {
        BinOp::Add => Complex { re: a.re + b.re, im: a.im + b.im },
        BinOp::Sub => Complex { re: a.re - b.re, im: a.im - b.im },
        BinOp::Mul => product(a, b),
        BinOp::Div => quotient(a, b).ok_or_else(|| Fault::zero_division("complex division by zero"))?,
        _ => complex_pow(a, b)?,
    };
    Ok(Value::complex(result.re, result.im))
}

fn product(a: Complex, b: Complex) -> Complex {
    Complex { re: a.re * b.re - a.im * b.im, im: a.re * b.im + a.im * b.re }
}

/// Smith's division; `None` by zero.
fn quotient(a: Complex, b: Complex) -> Option<Complex> {
    let (re, im) = (b.re.abs(), b.im.abs());
    if re >= im {
        if re == 0.0 {
            return None;
        }
        let ratio = b.im / b.re;
        let divisor = b.re + b.im * ratio;
        Some(Complex { re: (a.re + a.im * ratio) / divisor, im: (a.im - a.re * ratio) / divisor })
    } else if im >= re {
        let ratio = b.re / b.im;
        let divisor = b.re * ratio + b.im;
        Some(Complex { re: (a.re * ratio + a.im) / divisor, im: (a.im * ratio - a.re) / divisor })
    } else {
        Some(Complex { re: f64::NAN, im: f64::NAN })
    }
}

/// `a ** b`.
pub fn complex_pow(a: Complex, b: Complex) -> Res<Complex> {
    let zero_division = || Fault::zero_division("0.0 to a negative or complex power");
    let result = if b.im == 0.0 && b.re == b.re.floor() && b.re.abs() <= 100.0 {
        #[expect(clippy::cast_possible_truncation, reason = "an integer of at most 100")]
        let n = b.re as i64;
        if n > 0 {
            unsigned_pow(a, n.unsigned_abs())
        } else {
            // A zero exponent gives one over one.
            quotient(Complex { re: 1.0, im: 0.0 }, unsigned_pow(a, n.unsigned_abs()))
                .ok_or_else(zero_division)?
        }
    } else if b.re == 0.0 && b.im == 0.0 {
        Complex { re: 1.0, im: 0.0 }
    } else if a.re == 0.0 && a.im == 0.0 {
        if b.im != 0.0 || b.re < 0.0 {
            return Err(zero_division());
        }
        Complex { re: 0.0, im: 0.0 }
    } else {
        let size = a.re.hypot(a.im);
        let mut len = size.powf(b.re);
        let angle = a.im.atan2(a.re);
        let mut phase = angle * b.re;
        if b.im != 0.0 {
            len /= (angle * b.im).exp();
            phase += b.im * size.ln();
        }
        // The domain error of the sine of an infinity, in the words of CPython.
        if phase.is_infinite() {
            return Err(zero_division());
        }
        Complex { re: len * phase.cos(), im: len * phase.sin() }
    };
    if result.re.is_infinite() || result.im.is_infinite() {
        return Err(Fault::overflow("complex exponentiation"));
    }
    Ok(result)
}

fn unsigned_pow(base: Complex, n: u64) -> Complex {
    let mut result = Complex { re: 1.0, im: 0.0 };
    let mut power = base;
    let mut mask = 1;
    while mask > 0 && n >= mask {
        if n & mask != 0 {
            result = product(result, power);
        }
        mask <<= 1;
        power = product(power, power);
    }
    result
}

/// `abs(c)`.
pub fn abs(c: Complex) -> Res {
    let size = c.re.hypot(c.im);
    if size.is_infinite() && c.re.is_finite() && c.im.is_finite() {
        return Err(Fault::overflow("absolute value too large"));
    }
    Ok(Value::Float(size))
}

/// `repr(c)`: without parentheses where the real part is a positive zero.
pub fn complex_repr(c: Complex) -> String {
    if c.re == 0.0 && c.re.is_sign_positive() {
        return format!("{}j", render::short(c.im));
    }
    let sign = if c.im.is_nan() || c.im.is_sign_positive() { "+" } else { "" };
    format!("({}{sign}{}j)", render::short(c.re), render::short(c.im))
}

/// CPython's hash of a complex number.
pub fn hash(c: Complex) -> u64 {
    let hash = super::float::hash(c.re).wrapping_add(super::float::hash(c.im).wrapping_mul(1_000_003));
    if hash == u64::MAX { u64::MAX - 1 } else { hash }
}
