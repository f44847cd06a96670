//! Functions of the system's libm that Rust's standard library computes in another way, or not at all.
#![expect(unsafe_code, reason = "declarations of C functions without any condition on their arguments")]

// SAFETY: these are functions of C's <math.h>, with these types, defined for every argument.
unsafe extern "C" {
    /// Inverse hyperbolic cosine.
    pub safe fn acosh(x: f64) -> f64;
    /// Inverse hyperbolic sine.
    pub safe fn asinh(x: f64) -> f64;
    /// Inverse hyperbolic tangent.
    pub safe fn atanh(x: f64) -> f64;
}

/// Cube root.
///
/// Rust links `cbrt` to one of its own that rounds better; glibc's, which CPython calls, has a second name.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
pub fn cbrt(x: f64) -> f64 {
    // SAFETY: a function of glibc's <math.h>, with these types, defined for every argument.
    unsafe extern "C" {
        safe fn cbrtf64(x: f64) -> f64;
    }
    cbrtf64(x)
}

/// Cube root.
#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
pub fn cbrt(x: f64) -> f64 {
    x.cbrt()
}
