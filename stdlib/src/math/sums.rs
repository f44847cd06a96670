//! `fsum` and `prod`.

use afar_runtime::number::real_arg;
use afar_runtime::ops::{self, BinOp};
use afar_runtime::{Args, Fault, Res, Value, hooks};

/// `math.fsum(iterable)`: Shewchuk's exact partial sums.
pub fn fsum(args: &Args<'_>) -> Res {
    args.count("math.fsum", 1, 1)?;
    let iterator = ops::iter(&args.pos[0])?;
    let mut partials: Vec<f64> = Vec::with_capacity(32);
    let (mut special, mut infinite) = (0.0, 0.0);
    let mut n = 0u32;
    while let Some(item) = ops::next(&iterator)? {
        let given = real_arg(&item)?;
        let mut x = given;
        let mut kept = 0;
        for idx in 0..partials.len() {
            let mut y = partials[idx];
            if x.abs() < y.abs() {
                std::mem::swap(&mut x, &mut y);
            }
            let high = x + y;
            let low = y - (high - x);
            if low != 0.0 {
                partials[kept] = low;
                kept += 1;
            }
            x = high;
        }
        partials.truncate(kept);
        if x != 0.0 {
            if x.is_finite() {
                partials.push(x);
            } else if given.is_finite() {
                return Err(Fault::overflow("intermediate overflow in fsum"));
            } else {
                if given.is_infinite() {
                    infinite += given;
                }
                special += given;
                partials.clear();
            }
        }
        n = n.wrapping_add(1);
        if n.is_multiple_of(4096) {
            hooks::poll()?;
        }
    }
    if special != 0.0 {
        return if f64::is_nan(infinite) {
            Err(Fault::value_error("-inf + inf in fsum"))
        } else {
            Ok(Value::Float(special))
        };
    }
    Ok(Value::Float(round_partials(&partials)))
}

/// The sum of partials that do not overlap, rounded once.
fn round_partials(partials: &[f64]) -> f64 {
    let Some((last, mut rest)) = partials.split_last() else { return 0.0 };
    let mut high = *last;
    let mut low = 0.0;
    while let Some((y, before)) = rest.split_last() {
        rest = before;
        let x = high;
        high = x + y;
        low = y - (high - x);
        if low != 0.0 {
            break;
        }
    }
    // Half way, and more of the same sign is to come: rounded to even so far.
    if rest.last().is_some_and(|next| low < 0.0 && *next < 0.0 || low > 0.0 && *next > 0.0) {
        let twice = low * 2.0;
        let x = high + twice;
        if twice == x - high {
            high = x;
        }
    }
    high
}

/// `math.prod(iterable, /, *, start=1)`.
pub fn prod(args: &Args<'_>) -> Res {
    if args.pos.len() > 2 {
        let n = args.pos.len();
        return Err(Fault::type_error(format!("prod() takes at most 2 arguments ({n} given)")));
    }
    if args.pos.len() != 1 {
        return Err(Fault::type_error(format!(
            "prod() takes exactly 1 positional argument ({} given)",
            args.pos.len()
        )));
    }
    let [iterable, start] = args.bind("prod", ["", "start"], 1, 1, 1)?;
    let iterator = ops::iter(iterable.unwrap_or(&Value::None))?;
    let mut product = start.cloned().unwrap_or(Value::Int(1));
    while let Some(item) = ops::next(&iterator)? {
        hooks::poll()?;
        product = ops::binary(BinOp::Mul, &product, &item)?;
    }
    Ok(product)
}
