//! What the functions of `cmath` give where a part of the argument is not finite, by the kinds of both parts.
//!
//! Written by a program that asks CPython 3.11; `None` is a domain error, or a pair of finite parts.
#![expect(clippy::approx_constant, reason = "as Python writes them")]

const INF: f64 = f64::INFINITY;
const NAN: f64 = f64::NAN;

/// Rows: the real part is `-inf`, negative, `-0.0`, `0.0`, positive, `inf`, NaN; columns: the imaginary part likewise.
pub type Table = [[Option<(f64, f64)>; 7]; 7];

/// `cmath.acos`.
#[rustfmt::skip]
pub const ACOS: Table = [
    [Some((2.356194490192345, INF)), Some((3.141592653589793, INF)), Some((3.141592653589793, INF)), Some((3.141592653589793, -INF)), Some((3.141592653589793, -INF)), Some((2.356194490192345, -INF)), Some((NAN, INF))],
    [Some((1.5707963267948966, INF)), None, None, None, None, Some((1.5707963267948966, -INF)), Some((NAN, NAN))],
    [Some((1.5707963267948966, INF)), None, None, None, None, Some((1.5707963267948966, -INF)), Some((1.5707963267948966, NAN))],
    [Some((1.5707963267948966, INF)), None, None, None, None, Some((1.5707963267948966, -INF)), Some((1.5707963267948966, NAN))],
    [Some((1.5707963267948966, INF)), None, None, None, None, Some((1.5707963267948966, -INF)), Some((NAN, NAN))],
    [Some((0.7853981633974483, INF)), Some((0.0, INF)), Some((0.0, INF)), Some((0.0, -INF)), Some((0.0, -INF)), Some((0.7853981633974483, -INF)), Some((NAN, INF))],
    [Some((NAN, INF)), Some((NAN, NAN)), Some((NAN, NAN)), Some((NAN, NAN)), Some((NAN, NAN)), Some((NAN, -INF)), Some((NAN, NAN))],
];

/// `cmath.acosh`.
#[rustfmt::skip]
pub const ACOSH: Table = [
    [Some((INF, -2.356194490192345)), Some((INF, -3.141592653589793)), Some((INF, -3.141592653589793)), Some((INF, 3.141592653589793)), Some((INF, 3.141592653589793)), Some((INF, 2.356194490192345)), Some((INF, NAN))],
    [Some((INF, -1.5707963267948966)), None, None, None, None, Some((INF, 1.5707963267948966)), Some((NAN, NAN))],
    [Some((INF, -1.5707963267948966)), None, None, None, None, Some((INF, 1.5707963267948966)), Some((NAN, NAN))],
    [Some((INF, -1.5707963267948966)), None, None, None, None, Some((INF, 1.5707963267948966)), Some((NAN, NAN))],
    [Some((INF, -1.5707963267948966)), None, None, None, None, Some((INF, 1.5707963267948966)), Some((NAN, NAN))],
    [Some((INF, -0.7853981633974483)), Some((INF, -0.0)), Some((INF, -0.0)), Some((INF, 0.0)), Some((INF, 0.0)), Some((INF, 0.7853981633974483)), Some((INF, NAN))],
    [Some((INF, NAN)), Some((NAN, NAN)), Some((NAN, NAN)), Some((NAN, NAN)), Some((NAN, NAN)), Some((INF, NAN)), Some((NAN, NAN))],
];

/// `cmath.asinh`.
#[rustfmt::skip]
pub const ASINH: Table = [
    [Some((-INF, -0.7853981633974483)), Some((-INF, -0.0)), Some((-INF, -0.0)), Some((-INF, 0.0)), Some((-INF, 0.0)), Some((-INF, 0.7853981633974483)), Some((-INF, NAN))],
    [Some((-INF, -1.5707963267948966)), None, None, None, None, Some((-INF, 1.5707963267948966)), Some((NAN, NAN))],
    [Some((-INF, -1.5707963267948966)), None, None, None, None, Some((-INF, 1.5707963267948966)), Some((NAN, NAN))],
    [Some((INF, -1.5707963267948966)), None, None, None, None, Some((INF, 1.5707963267948966)), Some((NAN, NAN))],
    [Some((INF, -1.5707963267948966)), None, None, None, None, Some((INF, 1.5707963267948966)), Some((NAN, NAN))],
    [Some((INF, -0.7853981633974483)), Some((INF, -0.0)), Some((INF, -0.0)), Some((INF, 0.0)), Some((INF, 0.0)), Some((INF, 0.7853981633974483)), Some((INF, NAN))],
    [Some((INF, NAN)), Some((NAN, NAN)), Some((NAN, -0.0)), Some((NAN, 0.0)), Some((NAN, NAN)), Some((INF, NAN)), Some((NAN, NAN))],
];

/// `cmath.atanh`.
#[rustfmt::skip]
pub const ATANH: Table = [
    [Some((-0.0, -1.5707963267948966)), Some((-0.0, -1.5707963267948966)), Some((-0.0, -1.5707963267948966)), Some((-0.0, 1.5707963267948966)), Some((-0.0, 1.5707963267948966)), Some((-0.0, 1.5707963267948966)), Some((-0.0, NAN))],
    [Some((-0.0, -1.5707963267948966)), None, None, None, None, Some((-0.0, 1.5707963267948966)), Some((NAN, NAN))],
    [Some((-0.0, -1.5707963267948966)), None, None, None, None, Some((-0.0, 1.5707963267948966)), Some((-0.0, NAN))],
    [Some((0.0, -1.5707963267948966)), None, None, None, None, Some((0.0, 1.5707963267948966)), Some((0.0, NAN))],
    [Some((0.0, -1.5707963267948966)), None, None, None, None, Some((0.0, 1.5707963267948966)), Some((NAN, NAN))],
    [Some((0.0, -1.5707963267948966)), Some((0.0, -1.5707963267948966)), Some((0.0, -1.5707963267948966)), Some((0.0, 1.5707963267948966)), Some((0.0, 1.5707963267948966)), Some((0.0, 1.5707963267948966)), Some((0.0, NAN))],
    [Some((0.0, -1.5707963267948966)), Some((NAN, NAN)), Some((NAN, NAN)), Some((NAN, NAN)), Some((NAN, NAN)), Some((0.0, 1.5707963267948966)), Some((NAN, NAN))],
];

/// `cmath.cosh`.
#[rustfmt::skip]
pub const COSH: Table = [
    [None, Some((INF, INF)), Some((INF, 0.0)), Some((INF, -0.0)), Some((INF, -INF)), None, Some((INF, NAN))],
    [None, None, None, None, None, None, Some((NAN, NAN))],
    [None, None, None, None, None, None, Some((NAN, 0.0))],
    [None, None, None, None, None, None, Some((NAN, 0.0))],
    [None, None, None, None, None, None, Some((NAN, NAN))],
    [None, Some((INF, -INF)), Some((INF, -0.0)), Some((INF, 0.0)), Some((INF, INF)), None, Some((INF, NAN))],
    [Some((NAN, NAN)), Some((NAN, NAN)), Some((NAN, 0.0)), Some((NAN, 0.0)), Some((NAN, NAN)), Some((NAN, NAN)), Some((NAN, NAN))],
];

/// `cmath.exp`.
#[rustfmt::skip]
pub const EXP: Table = [
    [Some((0.0, 0.0)), Some((0.0, -0.0)), Some((0.0, -0.0)), Some((0.0, 0.0)), Some((0.0, 0.0)), Some((0.0, 0.0)), Some((0.0, 0.0))],
    [None, None, None, None, None, None, Some((NAN, NAN))],
    [None, None, None, None, None, None, Some((NAN, NAN))],
    [None, None, None, None, None, None, Some((NAN, NAN))],
    [None, None, None, None, None, None, Some((NAN, NAN))],
    [None, Some((INF, -INF)), Some((INF, -0.0)), Some((INF, 0.0)), Some((INF, INF)), None, Some((INF, NAN))],
    [Some((NAN, NAN)), Some((NAN, NAN)), Some((NAN, -0.0)), Some((NAN, 0.0)), Some((NAN, NAN)), Some((NAN, NAN)), Some((NAN, NAN))],
];

/// `cmath.log`.
#[rustfmt::skip]
pub const LOG: Table = [
    [Some((INF, -2.356194490192345)), Some((INF, -3.141592653589793)), Some((INF, -3.141592653589793)), Some((INF, 3.141592653589793)), Some((INF, 3.141592653589793)), Some((INF, 2.356194490192345)), Some((INF, NAN))],
    [Some((INF, -1.5707963267948966)), None, None, None, None, Some((INF, 1.5707963267948966)), Some((NAN, NAN))],
    [Some((INF, -1.5707963267948966)), None, None, None, None, Some((INF, 1.5707963267948966)), Some((NAN, NAN))],
    [Some((INF, -1.5707963267948966)), None, None, None, None, Some((INF, 1.5707963267948966)), Some((NAN, NAN))],
    [Some((INF, -1.5707963267948966)), None, None, None, None, Some((INF, 1.5707963267948966)), Some((NAN, NAN))],
    [Some((INF, -0.7853981633974483)), Some((INF, -0.0)), Some((INF, -0.0)), Some((INF, 0.0)), Some((INF, 0.0)), Some((INF, 0.7853981633974483)), Some((INF, NAN))],
    [Some((INF, NAN)), Some((NAN, NAN)), Some((NAN, NAN)), Some((NAN, NAN)), Some((NAN, NAN)), Some((INF, NAN)), Some((NAN, NAN))],
];

/// `cmath.rect`.
#[rustfmt::skip]
pub const RECT: Table = [
    [None, Some((-INF, INF)), Some((-INF, 0.0)), Some((-INF, -0.0)), Some((-INF, -INF)), None, Some((INF, NAN))],
    [None, None, None, None, None, None, Some((NAN, NAN))],
    [Some((0.0, 0.0)), None, None, None, None, Some((0.0, 0.0)), Some((0.0, 0.0))],
    [Some((0.0, 0.0)), None, None, None, None, Some((0.0, 0.0)), Some((0.0, 0.0))],
    [None, None, None, None, None, None, Some((NAN, NAN))],
    [None, Some((INF, -INF)), Some((INF, -0.0)), Some((INF, 0.0)), Some((INF, INF)), None, Some((INF, NAN))],
    [Some((NAN, NAN)), Some((NAN, NAN)), Some((NAN, 0.0)), Some((NAN, 0.0)), Some((NAN, NAN)), Some((NAN, NAN)), Some((NAN, NAN))],
];

/// `cmath.sinh`.
#[rustfmt::skip]
pub const SINH: Table = [
    [None, Some((-INF, -INF)), Some((-INF, -0.0)), Some((-INF, 0.0)), Some((-INF, INF)), None, Some((INF, NAN))],
    [None, None, None, None, None, None, Some((NAN, NAN))],
    [None, None, None, None, None, None, Some((0.0, NAN))],
    [None, None, None, None, None, None, Some((0.0, NAN))],
    [None, None, None, None, None, None, Some((NAN, NAN))],
    [None, Some((INF, -INF)), Some((INF, -0.0)), Some((INF, 0.0)), Some((INF, INF)), None, Some((INF, NAN))],
    [Some((NAN, NAN)), Some((NAN, NAN)), Some((NAN, -0.0)), Some((NAN, 0.0)), Some((NAN, NAN)), Some((NAN, NAN)), Some((NAN, NAN))],
];

/// `cmath.sqrt`.
#[rustfmt::skip]
pub const SQRT: Table = [
    [Some((INF, -INF)), Some((0.0, -INF)), Some((0.0, -INF)), Some((0.0, INF)), Some((0.0, INF)), Some((INF, INF)), Some((NAN, INF))],
    [Some((INF, -INF)), None, None, None, None, Some((INF, INF)), Some((NAN, NAN))],
    [Some((INF, -INF)), None, None, None, None, Some((INF, INF)), Some((NAN, NAN))],
    [Some((INF, -INF)), None, None, None, None, Some((INF, INF)), Some((NAN, NAN))],
    [Some((INF, -INF)), None, None, None, None, Some((INF, INF)), Some((NAN, NAN))],
    [Some((INF, -INF)), Some((INF, -0.0)), Some((INF, -0.0)), Some((INF, 0.0)), Some((INF, 0.0)), Some((INF, INF)), Some((INF, NAN))],
    [Some((INF, -INF)), Some((NAN, NAN)), Some((NAN, NAN)), Some((NAN, NAN)), Some((NAN, NAN)), Some((INF, INF)), Some((NAN, NAN))],
];

/// `cmath.tanh`.
#[rustfmt::skip]
pub const TANH: Table = [
    [Some((-1.0, 0.0)), Some((-1.0, -0.0)), Some((-1.0, -0.0)), Some((-1.0, 0.0)), Some((-1.0, 0.0)), Some((-1.0, 0.0)), Some((-1.0, 0.0))],
    [None, None, None, None, None, None, Some((NAN, NAN))],
    [None, None, None, None, None, None, Some((NAN, NAN))],
    [None, None, None, None, None, None, Some((NAN, NAN))],
    [None, None, None, None, None, None, Some((NAN, NAN))],
    [Some((1.0, 0.0)), Some((1.0, -0.0)), Some((1.0, -0.0)), Some((1.0, 0.0)), Some((1.0, 0.0)), Some((1.0, 0.0)), Some((1.0, 0.0))],
    [Some((NAN, NAN)), Some((NAN, NAN)), Some((NAN, -0.0)), Some((NAN, 0.0)), Some((NAN, NAN)), Some((NAN, NAN)), Some((NAN, NAN))],
];
