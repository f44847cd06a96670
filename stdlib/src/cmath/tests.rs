//! `cmath` against CPython: every function over a grid of numbers.

use crate::math::tests::{check, random_float};

#[test]
fn functions() {
    let parts = [
        "0.0", "-0.0", "1.0", "-1.0", "0.5", "-2.5", "1e-310", "-1e-310", "1e308", "-1e308", "1.7e308",
        "710.0", "-710.5", "inf", "-inf", "nan", "1e-200", "1e200",
    ];
    let unary = [
        "acos", "acosh", "asin", "asinh", "atan", "atanh", "cos", "cosh", "exp", "isfinite", "isinf",
        "isnan", "log", "log10", "phase", "polar", "sin", "sinh", "sqrt", "tan", "tanh",
    ];
    let mut calls = vec![];
    for f in unary {
        for re in parts {
            for im in parts {
                calls.push((f.to_owned(), vec![format!("complex({re}, {im})")]));
            }
        }
        for n in 0..300 {
            calls.push((
                f.to_owned(),
                vec![format!("complex({}, {})", random_float(n), random_float(n + 777))],
            ));
        }
        for arg in ["1", "-4", "2.5", "'a'", "None", "10**400", "True"] {
            calls.push((f.to_owned(), vec![arg.to_owned()]));
        }
        calls.push((f.to_owned(), vec![]));
        calls.push((f.to_owned(), vec!["1".to_owned(), "2".to_owned(), "3".to_owned()]));
        calls.push((f.to_owned(), vec!["z=1".to_owned()]));
    }
    for a in parts {
        for b in parts {
            calls.push(("rect".to_owned(), vec![a.to_owned(), b.to_owned()]));
            calls.push(("log".to_owned(), vec![a.to_owned(), b.to_owned()]));
            calls.push(("isclose".to_owned(), vec![a.to_owned(), format!("complex({b}, {a})")]));
        }
    }
    for n in 0..200 {
        calls.push(("rect".to_owned(), vec![random_float(n), random_float(n + 50)]));
    }
    calls.push(("rect".to_owned(), vec!["1".to_owned()]));
    calls.push(("rect".to_owned(), vec!["1j".replace("1j", "'a'"), "1".to_owned()]));
    calls.push(("isclose".to_owned(), vec!["1".to_owned(), "1.1".to_owned(), "rel_tol=0.5".to_owned()]));
    calls.push(("isclose".to_owned(), vec!["1".to_owned(), "1.1".to_owned(), "abs_tol=-1".to_owned()]));
    check("cmath", super::lookup, &calls);
}

#[test]
fn constants_and_names() {
    for name in super::NAMES {
        assert!(super::lookup(name).is_some(), "{name}");
    }
}
