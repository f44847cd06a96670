//! `math` against CPython: every function over a grid of numbers.

use afar_runtime::object::Native;
use afar_runtime::{Args, Res, Value, number, text};
use std::io::Write;
use std::process::{Command, Stdio};

/// Calls: a function and its arguments, as Python writes them.
pub fn check(module: &str, lookup: fn(&str) -> Option<Value>, calls: &[(String, Vec<String>)]) {
    let lines: Vec<String> =
        calls.iter().map(|(f, args)| format!("{module}.{f}({})", args.join(", "))).collect();
    let Some(expected) = python(&lines) else { return };
    let mut differences = String::new();
    for ((call, line), expected) in calls.iter().zip(&lines).zip(&expected) {
        let found = run(lookup, call);
        if &found != expected {
            differences.push_str(&format!("{line}\n  python: {expected}\n  here:   {found}\n"));
        }
    }
    assert!(differences.is_empty(), "\n{differences}");
}

fn python(lines: &[String]) -> Option<Vec<String>> {
    const PROGRAM: &str = r#"
import sys, math, cmath
if sys.version_info[:2] != (3, 11): sys.exit(3)
inf, nan = float("inf"), float("nan")
for line in sys.stdin.read().split("\n"):
    try:
        print(repr(eval(line)))
    except Exception as e:
        print(type(e).__name__ + " " + repr(e.args))
"#;
    let mut child = Command::new("python3")
        .args(["-c", PROGRAM])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .ok()?;
    let mut stdin = child.stdin.take()?;
    let input = lines.join("\n");
    let writer = std::thread::spawn(move || stdin.write_all(input.as_bytes()));
    let output = child.wait_with_output().ok()?;
    let _ = writer.join();
    if output.status.code() == Some(3) {
        return None;
    }
    let found: Vec<String> = String::from_utf8_lossy(&output.stdout).lines().map(str::to_owned).collect();
    assert_eq!(found.len(), lines.len());
    Some(found)
}

fn run(lookup: fn(&str) -> Option<Value>, (name, args): &(String, Vec<String>)) -> String {
    let (mut pos, mut kw) = (vec![], vec![]);
    for arg in args {
        match arg.split_once('=') {
            Some((key, arg)) => kw.push((key.into(), literal(arg))),
            None => pos.push(literal(arg)),
        }
    }
    let Some(Value::Builtin(builtin)) = lookup(name) else { return format!("no {name}") };
    outcome((builtin.call)(&Args { pos: &pos, kw: &kw }))
}

fn literal(text: &str) -> Value {
    if let Some(inner) = text.strip_prefix('[').and_then(|t| t.strip_suffix(']')) {
        return Value::tuple(
            inner
                .split(' ')
                .filter(|t| !t.is_empty())
                .map(|t| literal(t.trim_end_matches(',')))
                .collect::<Vec<_>>(),
        );
    }
    if let Some(inner) = text.strip_prefix("complex(").and_then(|t| t.strip_suffix(')')) {
        let (re, im) = inner.split_once(' ').unwrap_or((inner, "0"));
        let part = |t: &str| number::parse_float(t.trim_end_matches(',')).unwrap_or(0.0);
        return Value::complex(part(re), part(im));
    }
    if let Some(inner) = text.strip_prefix('\'') {
        return Value::str(inner.trim_end_matches('\''));
    }
    if let Some((base, exponent)) = text.split_once("**") {
        let (sign, base) = base.strip_prefix('-').map_or((1, base), |base| (-1, base));
        let base = num_bigint::BigInt::from(base.parse::<i64>().unwrap_or(0));
        return Value::big(base.pow(exponent.parse().unwrap_or(0)) * sign);
    }
    match text {
        "None" => Value::None,
        "True" => Value::Bool(true),
        _ => match number::parse_int(text, 10) {
            Ok(Some(n)) => n,
            _ => Value::Float(number::parse_float(text).unwrap_or_else(|| panic!("literal {text}"))),
        },
    }
}

fn outcome(result: Res) -> String {
    match result {
        Ok(value) => show(&value),
        Err(fault) => match fault.as_exception() {
            Some(Value::Instance(instance)) => match &instance.native {
                Native::Exception(state) => {
                    let args = state.args.read().map(|args| args.clone()).unwrap_or_default();
                    format!("{} {}", instance.class.name, show(&Value::tuple(args)))
                }
                _ => format!("{fault:?}"),
            },
            _ => format!("{fault:?}"),
        },
    }
}

fn show(value: &Value) -> String {
    match value {
        Value::None => "None".to_owned(),
        Value::Str(text) => text::repr_str(text),
        Value::Tuple(items) if items.len() == 1 => format!("({},)", show(&items[0])),
        Value::Tuple(items) => format!("({})", items.iter().map(show).collect::<Vec<_>>().join(", ")),
        _ => match number::try_repr(value) {
            Some(Ok(text)) => text,
            _ => format!("{value:?}"),
        },
    }
}

const NUMBERS: &[&str] = &[
    "0.0",
    "-0.0",
    "0",
    "1",
    "-1",
    "0.5",
    "-0.5",
    "1.5",
    "2.5",
    "-2.5",
    "3.0",
    "7",
    "1e-5",
    "-1e-10",
    "1e20",
    "1e300",
    "-1e300",
    "5e-324",
    "2.2250738585072014e-308",
    "1e-320",
    "1.7976931348623157e308",
    "inf",
    "-inf",
    "nan",
    "100.5",
    "-100.5",
    "171.0",
    "171.7",
    "-171.5",
    "-180.5",
    "-300.5",
    "710",
    "-745.5",
    "10**30",
    "10**400",
    "-10**400",
    "True",
    "'a'",
    "None",
    "complex(1.0, 2.0)",
    "23",
    "24",
    "0.9999999999999999",
    "1.0000000000000002",
    "123456789.123",
];

const UNARY: &[&str] = &[
    "acos", "acosh", "asin", "asinh", "atan", "atanh", "cbrt", "ceil", "cos", "cosh", "degrees", "erf",
    "erfc", "exp", "exp2", "expm1", "fabs", "floor", "frexp", "gamma", "isfinite", "isinf", "isnan", "isqrt",
    "lgamma", "log", "log10", "log1p", "log2", "modf", "radians", "sin", "sinh", "sqrt", "tan", "tanh",
    "trunc", "ulp", "gcd", "lcm", "hypot",
];

const BINARY: &[&str] = &[
    "atan2",
    "copysign",
    "fmod",
    "isclose",
    "log",
    "nextafter",
    "pow",
    "remainder",
    "ldexp",
    "hypot",
    "comb",
    "perm",
    "gcd",
    "lcm",
];

/// Numbers without a pattern.
fn scramble(n: u64) -> u64 {
    let mut x = n.wrapping_mul(0x9e37_79b9_7f4a_7c15).wrapping_add(0x1234_5678_9abc_def1);
    x = (x ^ x >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ x >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ x >> 31
}

/// A float of moderate size.
pub fn random_float(n: u64) -> String {
    let bits = scramble(n);
    let exponent = 1023 - 20 + bits % 28;
    format!("{:?}", f64::from_bits(scramble(n + 99) & !(0x7ff << 52) | exponent << 52))
}

#[test]
fn one_argument() {
    let mut calls = vec![];
    for f in UNARY {
        for x in NUMBERS {
            calls.push(((*f).to_owned(), vec![(*x).to_owned()]));
        }
        calls.push(((*f).to_owned(), vec![]));
        calls.push(((*f).to_owned(), vec!["x=1".to_owned()]));
        calls.push(((*f).to_owned(), vec!["1".to_owned(), "2".to_owned(), "3".to_owned()]));
        if *f != "isqrt" && *f != "gcd" && *f != "lcm" {
            for n in 0..400 {
                calls.push(((*f).to_owned(), vec![random_float(n)]));
            }
        }
    }
    for n in
        ["0", "1", "2", "5", "20", "21", "25", "170", "1000", "-1", "2.0", "10**30", "-10**30", "True", "'a'"]
    {
        calls.push(("factorial".to_owned(), vec![n.to_owned()]));
        calls.push(("isqrt".to_owned(), vec![n.to_owned()]));
        calls.push(("perm".to_owned(), vec![n.to_owned()]));
    }
    for n in ["2**127", "10**31", "3**5000", "7**8001", "10**8001"] {
        calls.push(("isqrt".to_owned(), vec![n.to_owned()]));
        calls.push(("log".to_owned(), vec![n.to_owned()]));
        calls.push(("log2".to_owned(), vec![n.to_owned()]));
    }
    check("math", super::lookup, &calls);
}

#[test]
fn more_arguments() {
    let mut calls = vec![];
    for f in BINARY {
        for x in NUMBERS {
            for y in NUMBERS {
                if !(matches!(*f, "comb" | "perm") && (x.contains("**") || y.contains("**"))) {
                    calls.push(((*f).to_owned(), vec![(*x).to_owned(), (*y).to_owned()]));
                }
            }
        }
        calls.push(((*f).to_owned(), vec!["1".to_owned(); 4]));
        for n in 0..300 {
            if !matches!(*f, "comb" | "perm" | "gcd" | "lcm" | "ldexp") {
                calls.push(((*f).to_owned(), vec![random_float(n), random_float(n + 5000)]));
            }
        }
    }
    for n in 0..200 {
        let (a, b) = (scramble(n) % 200, scramble(n + 1) % 100);
        for f in ["comb", "perm"] {
            calls.push((f.to_owned(), vec![a.to_string(), b.to_string()]));
        }
        calls.push((
            "ldexp".to_owned(),
            vec![random_float(n), (i64::try_from(a * 20).unwrap_or(0) - 2000).to_string()],
        ));
        calls.push(("hypot".to_owned(), (0..5).map(|k| random_float(n * 7 + k)).collect()));
        let list = |from: u64| {
            format!("[{}]", (0..6).map(|k| random_float(from + k)).collect::<Vec<_>>().join(", "))
        };
        calls.push(("fsum".to_owned(), vec![list(n * 31)]));
        calls.push(("dist".to_owned(), vec![list(n), list(n * 3)]));
    }
    for (f, args) in [
        ("comb", "10**30 2"),
        ("comb", "10**30 10**25"),
        ("comb", "5 10**30"),
        ("perm", "10**30 2"),
        ("perm", "5 None"),
        ("perm", "5 -1"),
        ("perm", "3 10**30"),
        ("gcd", "12 18 27"),
        ("gcd", "2**70 6**30"),
        ("gcd", "-9223372036854775808 6"),
        ("lcm", "4 6 10"),
        ("lcm", "2**70 6**30"),
        ("isclose", "0 1e-12 abs_tol=1e-9"),
        ("isclose", "1 1.01 rel_tol=0.1"),
        ("isclose", "1 2 rel_tol=-1"),
        ("isclose", "1"),
        ("isclose", "1 2 3"),
        ("isclose", "1 2 x=3"),
        ("isclose", "a=1 b=1"),
        ("hypot", "inf nan"),
        ("hypot", "1e-320 1e-320"),
        ("hypot", "1e308 1e308"),
        ("ldexp", "1 10**30"),
        ("ldexp", "1 -10**30"),
        ("ldexp", "0.75 4"),
        ("ldexp", "1 1.5"),
        ("log", "8 2"),
        ("log", "2 1"),
        ("log", "10**400 10"),
        ("prod", "5"),
        ("fsum", "5"),
        ("dist", "1 2"),
        ("prod", ""),
        ("fsum", ""),
    ] {
        calls.push((f.to_owned(), args.split(' ').filter(|a| !a.is_empty()).map(str::to_owned).collect()));
    }
    for (f, args) in [
        ("fsum", vec!["[0.1, 0.1, 0.1]"]),
        ("fsum", vec!["[1e16, 1, -1e16]"]),
        ("fsum", vec!["[1e100, 1.0, -1e100, 1e-100]"]),
        ("fsum", vec!["[]"]),
        ("fsum", vec!["[inf, -inf]"]),
        ("fsum", vec!["[nan, inf]"]),
        ("fsum", vec!["[inf, 1]"]),
        ("fsum", vec!["[1e308, 1e308]"]),
        ("fsum", vec!["['a', 1]"]),
        ("prod", vec!["[2, 3, 0.5]"]),
        ("prod", vec!["[]"]),
        ("prod", vec!["[2, 3]", "start=7"]),
        ("prod", vec!["[2, 3]", "7"]),
        ("prod", vec!["[10**30, 10**30]"]),
        ("dist", vec!["[0, 0]", "[6, 8]"]),
        ("dist", vec!["[0, 0]", "[6]"]),
        ("dist", vec!["[1, inf]", "[nan, inf]"]),
        ("dist", vec!["[1]", "['a']"]),
        ("dist", vec!["[]", "[]"]),
    ] {
        calls.push((f.to_owned(), args.into_iter().map(str::to_owned).collect()));
    }
    check("math", super::lookup, &calls);
}

#[test]
fn constants_and_names() {
    for name in super::NAMES {
        assert!(super::lookup(name).is_some(), "{name}");
    }
    assert!(super::lookup("sumprod").is_none());
}
