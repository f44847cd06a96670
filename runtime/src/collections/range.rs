//! Ranges and slices.

use crate::Value;

/// A range. The bounds are [`Value::Int`] or [`Value::BigInt`]; the step is not zero.
pub struct Range {
    /// `start`.
    pub start: Value,
    /// `stop`.
    pub stop: Value,
    /// `step`.
    pub step: Value,
}

/// A slice, its parts as they were given.
pub struct Slice {
    /// `start`.
    pub start: Value,
    /// `stop`.
    pub stop: Value,
    /// `step`.
    pub step: Value,
}
