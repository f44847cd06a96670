//! Functions of the system's libm that compiled code calls by itself. What it finds finite is right; for anything else it asks
//! [`MathFn::checked`], which tells a result from an error as CPython's `math` does.
#![expect(unsafe_code, reason = "declarations of C functions without any condition on their arguments")]

use crate::number::nan;
use crate::{Fault, Res};

// SAFETY: these are functions of C's <math.h>, with these types, defined for every argument.
unsafe extern "C" {
    safe fn sin(x: f64) -> f64;
    safe fn cos(x: f64) -> f64;
    safe fn tan(x: f64) -> f64;
    safe fn asin(x: f64) -> f64;
    safe fn acos(x: f64) -> f64;
    safe fn atan(x: f64) -> f64;
    safe fn sinh(x: f64) -> f64;
    safe fn cosh(x: f64) -> f64;
    safe fn tanh(x: f64) -> f64;
    safe fn exp(x: f64) -> f64;
    safe fn exp2(x: f64) -> f64;
    safe fn expm1(x: f64) -> f64;
    safe fn log(x: f64) -> f64;
    safe fn log1p(x: f64) -> f64;
    safe fn log2(x: f64) -> f64;
    safe fn log10(x: f64) -> f64;
    safe fn erf(x: f64) -> f64;
    safe fn erfc(x: f64) -> f64;
    safe fn pow(x: f64, y: f64) -> f64;
}

/// A function of one float, by CPython's name for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "named after the functions")]
pub enum MathFn {
    Sin,
    Cos,
    Tan,
    Asin,
    Acos,
    Atan,
    Sinh,
    Cosh,
    Tanh,
    Exp,
    Exp2,
    Expm1,
    Log,
    Log1p,
    Log2,
    Log10,
    Erf,
    Erfc,
}

impl MathFn {
    /// All of them, by their numbers.
    pub const ALL: [Self; 18] = [
        Self::Sin,
        Self::Cos,
        Self::Tan,
        Self::Asin,
        Self::Acos,
        Self::Atan,
        Self::Sinh,
        Self::Cosh,
        Self::Tanh,
        Self::Exp,
        Self::Exp2,
        Self::Expm1,
        Self::Log,
        Self::Log1p,
        Self::Log2,
        Self::Log10,
        Self::Erf,
        Self::Erfc,
    ];

    /// What `math` calls it.
    pub fn name(self) -> &'static str {
        self.entry().0
    }

    /// What C's function gives.
    pub fn call(self, x: f64) -> f64 {
        (self.entry().1)(x)
    }

    /// Where its code is: it takes a float and gives one, as C does.
    pub fn address(self) -> usize {
        (self.entry().1 as *const ()).expose_provenance()
    }

    fn entry(self) -> (&'static str, extern "C" fn(f64) -> f64) {
        match self {
            Self::Sin => ("sin", sin),
            Self::Cos => ("cos", cos),
            Self::Tan => ("tan", tan),
            Self::Asin => ("asin", asin),
            Self::Acos => ("acos", acos),
            Self::Atan => ("atan", atan),
            Self::Sinh => ("sinh", sinh),
            Self::Cosh => ("cosh", cosh),
            Self::Tanh => ("tanh", tanh),
            Self::Exp => ("exp", exp),
            Self::Exp2 => ("exp2", exp2),
            Self::Expm1 => ("expm1", expm1),
            Self::Log => ("log", log),
            Self::Log1p => ("log1p", log1p),
            Self::Log2 => ("log2", log2),
            Self::Log10 => ("log10", log10),
            Self::Erf => ("erf", erf),
            Self::Erfc => ("erfc", erfc),
        }
    }

    /// Is an infinite result of a finite argument too large, and not a pole.
    fn can_overflow(self) -> bool {
        matches!(self, Self::Exp | Self::Exp2 | Self::Expm1 | Self::Sinh | Self::Cosh)
    }

    /// The result, as `math` gives it.
    ///
    /// # Errors
    ///
    /// `ValueError: math domain error` where the function is not defined, `OverflowError: math range error` where the result is too large.
    pub fn checked(self, x: f64) -> Res<f64> {
        let x = nan::plain(x);
        let result = self.call(x);
        if result.is_nan() && !x.is_nan() || result.is_infinite() && x.is_finite() && !self.can_overflow() {
            return Err(Fault::value_error("math domain error"));
        }
        if result.is_infinite() && x.is_finite() {
            return Err(Fault::overflow("math range error"));
        }
        Ok(result)
    }
}

/// Where C's `pow` is.
pub fn pow_address() -> usize {
    (pow as extern "C" fn(f64, f64) -> f64 as *const ()).expose_provenance()
}

/// What C's `pow` gives.
pub fn power(x: f64, y: f64) -> f64 {
    pow(x, y)
}
