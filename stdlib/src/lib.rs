//! afar-stdlib.

pub mod cmath;
pub mod math;
