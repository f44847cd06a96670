//! `hypot` and `dist`: norms without loss by overflow, underflow or rounding, as CPython computes them.

use super::split_exponent;
use afar_runtime::number::{payload, real_arg};
use afar_runtime::{Args, Fault, Res, Value, ops};

/// `math.hypot(*coordinates)`.
pub fn hypot(args: &Args<'_>) -> Res {
    args.no_keywords("math.hypot")?;
    let parts = args.pos.iter().map(|value| real_arg(value).map(f64::abs)).collect::<Res<Vec<f64>>>()?;
    Ok(Value::Float(norm(&parts)))
}

/// `math.dist(p, q)`.
pub fn dist(args: &Args<'_>) -> Res {
    args.no_keywords("math.dist")?;
    args.count("dist", 2, 2)?;
    let point = |value: &Value| -> Res<Vec<Value>> {
        match payload(value) {
            Value::Tuple(items) => Ok(items.to_vec()),
            _ => ops::collect(value),
        }
    };
    let (p, q) = (point(&args.pos[0])?, point(&args.pos[1])?);
    if p.len() != q.len() {
        return Err(Fault::value_error("both points must have the same number of dimensions"));
    }
    let mut parts = Vec::with_capacity(p.len());
    for (a, b) in p.iter().zip(&q) {
        parts.push((real_arg(a)? - real_arg(b)?).abs());
    }
    Ok(Value::Float(norm(&parts)))
}

/// A sum with what rounding took from it.
struct Sum {
    total: f64,
    lost: [f64; 3],
}

impl Sum {
    fn add(&mut self, x: f64, slot: usize) {
        let old = self.total;
        self.total += x;
        self.lost[slot] += (old - self.total) + x;
    }

    fn value(&self) -> f64 {
        self.total - 1.0 + (self.lost[0] + self.lost[1] + self.lost[2])
    }
}

/// High and low half of the bits (Veltkamp).
fn halves(x: f64) -> (f64, f64) {
    const SPLITTER: f64 = 134_217_729.0;
    let t = x * SPLITTER;
    let high = t - (t - x);
    (high, x - high)
}

/// The Euclidean norm of sizes.
fn norm(parts: &[f64]) -> f64 {
    let max = parts.iter().copied().fold(0.0, |max: f64, x| if x > max { x } else { max });
    if max.is_infinite() {
        return max;
    }
    if parts.iter().any(|x| x.is_nan()) {
        return f64::NAN;
    }
    if max == 0.0 || parts.len() <= 1 {
        return max;
    }
    let (_, exponent) = split_exponent(max);
    let mut sum = Sum { total: 1.0, lost: [0.0; 3] };
    if exponent < -1023 {
        // The scale would overflow: divided instead.
        for x in parts {
            let x = x / max;
            sum.add(x * x, 0);
        }
        return max * (sum.total - 1.0 + sum.lost[0]).sqrt();
    }
    let scale = super::scale(1.0, -i64::from(exponent));
    for x in parts {
        let (high, low) = halves(x * scale);
        sum.add(high * high, 0);
        sum.add(2.0 * high * low, 1);
        sum.lost[2] += low * low;
    }
    // One step of Newton's method on the root.
    let root = sum.value().sqrt();
    let (high, low) = halves(root);
    sum.add(-high * high, 0);
    sum.add(-2.0 * high * low, 1);
    sum.add(-low * low, 2);
    (root + sum.value() / (2.0 * root)) / scale
}
