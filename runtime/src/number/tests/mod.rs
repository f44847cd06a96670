//! Numbers against CPython: grids of operands, specifications and texts.

pub mod eval;

use super::ExactSum;
use crate::Value;
use eval::check;

const INTS: &[&str] = &[
    "0",
    "1",
    "-1",
    "2",
    "-7",
    "10",
    "255",
    "4611686018427387904",
    "9223372036854775807",
    "-9223372036854775808",
    "9223372036854775808",
    "18446744073709551616",
    "-170141183460469231731687303715884105728",
    "10**30",
    "-(10**40)",
    "True",
    "3**300",
    "9007199254740993",
];

const FLOATS: &[&str] = &[
    "0.0",
    "-0.0",
    "1.0",
    "-1.0",
    "0.5",
    "2.5",
    "-7.5",
    "1e16",
    "1e22",
    "1e23",
    "1e308",
    "5e-324",
    "0.1",
    "inf",
    "-inf",
    "nan",
    "9007199254740992.0",
    "1.7976931348623157e308",
    "123456789.125",
    "-3.0",
    "1e-5",
];

fn grid(left: &[&str], right: &[&str], operators: &[&str]) -> Vec<String> {
    let mut all = vec![];
    for a in left {
        for b in right {
            for op in operators {
                all.push(format!("({a}) {op} ({b})"));
            }
        }
    }
    all
}

#[test]
fn int_operators() {
    check(&grid(
        INTS,
        INTS,
        &["+", "-", "*", "//", "%", "/", "&", "|", "^", "<", "<=", "==", "!=", ">", ">="],
    ));
    check(&grid(INTS, &["0", "1", "3", "63", "64", "-1", "200"], &["<<", ">>", "**"]));
    check(
        &grid(INTS, INTS, &["@"])
            .iter()
            .map(|e| format!("divmod({})", e.replace('@', ",")))
            .collect::<Vec<_>>(),
    );
}

#[test]
fn int_functions() {
    let mut all = vec![];
    for n in INTS {
        for f in ["-", "+", "~", "abs", "hash", "float", "repr", "str", "bool", "round", "int", "complex"] {
            all.push(format!("{f}({n})"));
        }
        for d in ["-1", "-2", "0", "3", "-40", "None", "1.0"] {
            all.push(format!("round({n}, {d})"));
        }
        for m in [
            "bit_length()",
            "bit_count()",
            "as_integer_ratio()",
            "conjugate()",
            "to_bytes(20, 'big', signed=True)",
            "to_bytes(200, 'little')",
            "to_bytes()",
            "to_bytes(3, 'x')",
            "to_bytes(-1, 'big')",
            "real",
            "imag",
            "denominator",
        ] {
            all.push(format!("({n}).{m}"));
        }
        for (b, m) in [
            ("3", "7"),
            ("-1", "7"),
            ("10**20", "10**30 + 57"),
            ("5", "-13"),
            ("2", "1"),
            ("3", "0"),
            ("-2", "12"),
        ] {
            all.push(format!("pow({n}, {b}, {m})"));
        }
    }
    for e in [
        "int.from_bytes(b'\\xff\\xfe', 'big')",
        "int.from_bytes(b'\\xff\\xfe', 'little', signed=True)",
        "int.from_bytes(b'')",
        "int.from_bytes('a', 'big')",
        "int.from_bytes(5, 'big')",
        "(5).bit_length(1)",
        "2**10000",
        "str(10**4300)",
        "pow(2, 3.0, 5)",
        "pow(2, 3, 'a')",
        "pow(1j, 2, 3)",
        "1 << 10**30",
        "0 << 10**30",
        "1 >> 10**30",
        "10**400 * 1.0",
        "10**400 / 3",
        "10**400/10**399",
        "3/10**400",
        "2 ** 10000.0",
        "(-1) ** 10**30",
        "(10**5000) % 97",
    ] {
        all.push(e.to_owned());
    }
    check(&all);
}

#[test]
fn float_operators() {
    let operators = ["+", "-", "*", "//", "%", "/", "**", "<", "<=", "==", "!=", ">", ">="];
    check(&grid(FLOATS, FLOATS, &operators));
    check(&grid(FLOATS, INTS, &operators));
    check(&grid(INTS, FLOATS, &operators));
    let mut all = vec![];
    for a in FLOATS {
        for b in FLOATS.iter().chain(INTS) {
            all.push(format!("divmod({a}, {b})"));
        }
    }
    check(&all);
}

#[test]
fn float_functions() {
    let mut all = vec![];
    for x in FLOATS.iter().chain(&[
        "2.675",
        "1234.5",
        "-0.04",
        "1e15",
        "123456789012345678.0",
        "1e-7",
        "0.375",
        "-1.5e300",
    ]) {
        for f in ["-", "+", "abs", "int", "repr", "str", "bool", "round", "complex"] {
            all.push(format!("{f}({x})"));
        }
        if *x != "nan" {
            all.push(format!("hash({x})"));
        }
        for d in ["-1", "-2", "0", "1", "2", "3", "15", "22", "-308", "-309", "323", "400", "None", "'a'"] {
            all.push(format!("round({x}, {d})"));
        }
        for m in ["is_integer()", "hex()", "as_integer_ratio()", "conjugate()", "real", "imag"] {
            all.push(format!("({x}).{m}"));
        }
    }
    for t in [
        "0x1.8p+1",
        "0x.1p4",
        "1p3",
        "0x1p-1074",
        "0x1p-1075",
        "0x1.8p-1075",
        "0x1.fffffffffffff8p1023",
        "0x1p1024",
        "inf",
        "-nan",
        "x",
        "",
        "0x",
        "0x1.0000000000000800001p0",
        " 1 ",
        "0x1p",
        "0xap+2000000000000000000000",
        "0x0p99999999999999999999999",
    ] {
        all.push(format!("float.fromhex('{t}')"));
    }
    check(&all);
}

#[test]
fn parsing() {
    let mut all = vec![];
    for t in [
        "12a",
        "",
        "1__0",
        "_1",
        "1_",
        "0x10",
        "-0b101",
        "010",
        "00",
        "0",
        "zz",
        " 42 ",
        "٣",
        "+5",
        "--5",
        "1_000",
        "9",
        "0x_f",
        "0x",
        "१२",
        "5\\x00",
        "é",
        "123456789012345678901234567890",
        "0B1",
        "0o17",
    ] {
        for base in ["10", "0", "2", "8", "16", "36", "1", "37", "-1"] {
            all.push(format!("int('{t}', {base})"));
        }
        all.push(format!("int('{t}')"));
    }
    for t in [
        "1.5",
        "",
        " -1.5e3 ",
        "1_0.5",
        "-Infinity",
        "1.2.3",
        "1e",
        "e5",
        ".",
        "1.",
        ".5",
        "+.5e-3",
        "nan",
        "-nan",
        "infinit",
        "1__0",
        "1_.5",
        "1e1_0",
        "٣.٥",
        "1e400",
        "-1e-400",
        "0x1",
        "1 2",
        "1d5",
        "\\u20031\\u2003",
        "é",
        "+-1",
        "1e+",
        "1e5.",
        "in f",
        "_1.0",
    ] {
        all.push(format!("float('{t}')"));
        all.push(format!("complex('{t}')"));
    }
    for t in [
        "1-2j",
        " 3 ",
        "-j",
        "j",
        "+J",
        "(1+2j)",
        "( 1 + 2j )",
        "1 + 2j",
        "1e5+1e-5j",
        "1e5j",
        "nan+infj",
        "(1",
        "1j2",
        "1jj",
        "1+j",
        "--j",
        "inf-nanj",
        "1_0j",
        "(1j )",
    ] {
        all.push(format!("complex('{t}')"));
    }
    for e in [
        "int()",
        "int(None)",
        "int([])",
        "int(1.5, 10)",
        "int(base=10)",
        "int('1', base=2)",
        "int(x=1)",
        "int(1, 2, 3)",
        "int(1j)",
        "int(b'12')",
        "int(b'a')",
        "int(b'1\\xff')",
        "float()",
        "float(None)",
        "float(b'1.5')",
        "float(b'x')",
        "float(1, 2)",
        "float(x=1)",
        "float(10**400)",
        "float(1j)",
        "complex()",
        "complex(None)",
        "complex('1', 2)",
        "complex(1, '2')",
        "complex(1, None)",
        "complex(1j, 2)",
        "complex(1, 2j)",
        "complex(real=1, imag=2)",
        "complex(-0.0, -0.0)",
        "complex(1j, 1j)",
        "int('a' * 300)",
        "int('1' * 5000)",
        "int('1' * 5000, 16) % 1000",
        "int(nan)",
        "int(inf)",
        "int(1, base='a')",
    ] {
        all.push(e.to_owned());
    }
    check(&all);
}

#[test]
fn complex_numbers() {
    let all = [
        "3+4j",
        "1-2j",
        "0j",
        "-0j",
        "1j",
        "complex(-0.0, 1)",
        "complex(inf, nan)",
        "complex(1, inf)",
        "2",
        "0",
        "-1.5",
        "0.5",
        "10**400",
        "-3",
        "101",
        "1e200+1e200j",
        "complex(nan, 0)",
        "True",
    ];
    let mut expressions = grid(&all, &all, &["+", "-", "*", "/", "==", "!="]);
    expressions.extend(grid(&all, &all, &["**"]).into_iter().filter(|e| !e.ends_with("** (10**400)")));
    for c in all {
        for f in ["-", "+", "abs", "repr", "bool"] {
            expressions.push(format!("{f}({c})"));
        }
        if !c.contains("nan") {
            expressions.push(format!("hash({c})"));
        }
        for m in ["real", "imag", "conjugate()"] {
            expressions.push(format!("({c}).{m}"));
        }
    }
    check(&expressions);
}

#[test]
fn formatting() {
    let mut all = vec![];
    let mut specs = vec![];
    for kind in
        ["", "d", "b", "o", "x", "X", "n", "c", "e", "E", "f", "F", "g", "G", "%", "s", "q", "é", "\\x01"]
    {
        for body in [
            "", "+", " ", "-", "#", "z", "10", "<10", ">10", "^10", "=10", "*^12", "x=9", "010", "+010",
            "#010", ",", "_", "012,", "015_", ".0", ".1", ".3", ".10", "10.2", "+.2", "#.0", "#.3", "z.1",
            "08.1", "<08", ",.2", "_.3", ",_", "_,", "·^9", "é>9", "0=+12", "{", "5.",
        ] {
            specs.push(format!("{body}{kind}"));
        }
    }
    for spec in &specs {
        for value in [
            "0",
            "65",
            "-42",
            "1234567",
            "2**70",
            "True",
            "0.0",
            "-0.0",
            "3.14159",
            "-0.04",
            "1234567.891",
            "1e16",
            "1e-7",
            "1.5e300",
            "5e-324",
            "inf",
            "-inf",
            "nan",
            "1+2j",
            "-0.5j",
            "complex(-0.0, inf)",
        ] {
            all.push(format!("format({value}, '{spec}')"));
        }
    }
    for e in [
        "format(1, '10d5')",
        "format(1.5, '99999999999999999999')",
        "format(1.5, '.99999999999999999999f')",
        "format(1.5, '.2147483648f')",
        "format(2**1100, 'f')",
        "format(2**1100, '.3')",
        "format(10**4500, ',')",
        "format(1114112, 'c')",
        "format(-1, 'c')",
        "format(2**70, 'c')",
        "format(0.1, '.60f')",
        "format(0.1, '.60e')",
        "format(0.1, '.60g')",
        "format(1e308, '.1f')",
        "format(5e-324, '.1080f')",
        "format(5e-324, '.800e')",
        "format(5e-324, '.1200g')",
        "format(5, '٥')",
        "format(0.5, '.٥f')",
    ] {
        all.push(e.to_owned());
    }
    check(&all);
}

/// A generator of numbers that need no seed but their place.
fn scramble(n: u64) -> u64 {
    let mut x = n.wrapping_mul(0x9e37_79b9_7f4a_7c15).wrapping_add(0x1234_5678_9abc_def1);
    x = (x ^ x >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ x >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ x >> 31
}

#[test]
fn random_floats() {
    let mut all = vec![];
    for n in 0..3000 {
        let x = f64::from_bits(scramble(n));
        if !x.is_finite() {
            continue;
        }
        let hex = super::hexfloat::hex(x);
        all.push(format!("repr(float.fromhex('{hex}'))"));
        let y = f64::from_bits(scramble(n) >> 12 | 0x4090_0000_0000_0000) - 1024.0;
        all.push(format!("round({y:?}, {})", scramble(n + 7) % 12));
        all.push(format!("format({y:?}, '.{}g')", scramble(n + 7) % 20));
        all.push(format!("format({y:?}, '.{}f')", scramble(n + 8) % 20));
        all.push(format!("format({y:?}, '.{}e')", scramble(n + 9) % 20));
        all.push(format!("round({y:?}, -{})", scramble(n + 7) % 4));
        all.push(format!(
            "({y:?}) ** {:?}",
            f64::from_bits(scramble(n + 3) >> 12 | 0x4010_0000_0000_0000) - 6.0
        ));
    }
    check(&all);
}

#[test]
fn random_big_ints() {
    let mut all = vec![];
    for n in 0..300 {
        let digits = |k: u64| -> String {
            let len = scramble(n * 31 + k) % 60 + 1;
            let sign = if scramble(n * 17 + k).is_multiple_of(3) { "-" } else { "" };
            format!(
                "({sign}{})",
                (0..len)
                    .map(|i| char::from(b'1' + (scramble(n * 1000 + i + k * 77) % 9) as u8))
                    .collect::<String>()
            )
        };
        let (a, b, c) = (digits(1), digits(2), digits(3));
        for op in ["+", "-", "*", "//", "%", "/", "&", "|", "^", "<", "=="] {
            all.push(format!("{a} {op} {b}"));
        }
        all.push(format!("pow({a}, abs({b}), {c})"));
        all.push(format!("pow({a}, {}, {c})", scramble(n) % 100));
        all.push(format!("{a} >> {}", scramble(n) % 200));
        all.push(format!("{a} << {}", scramble(n) % 200));
        all.push(format!("round({a}, -{})", scramble(n) % 70));
        all.push(format!("float({a})"));
        all.push(format!("hash({a})"));
        all.push(format!("({a}) * 2.0 == {a} + {a}"));
        all.push(format!("(({a}) << 60000) // (({b}) << 30011) % 1000000007"));
        all.push(format!("(({a}) << 70000) % (({b}) * {c} << 20011) % 1000000007"));
        all.push(format!("(({a}) << 700000) // (({b}) * {c} | 1) % 1000000007"));
        all.push(format!("(({a}) << 700000) % (({b}) * {c} | 1)"));
        all.push(format!("(({a}) ** 3000) // (({b}) ** 700 + {c}) % 1000000007"));
        all.push(format!("(({a}) ** 3000) % (({b}) ** 700 + {c}) % 1000000007"));
    }
    check(&all);
}

#[test]
fn huge_products_agree_with_the_library() {
    use num_bigint::BigInt;
    let a = super::big::pow(&BigInt::from(3), 1_000_003).unwrap_or_default() + 7;
    let b = super::big::pow(&BigInt::from(7), 900_001).unwrap_or_default() - 5;
    let product = super::big::mul(&a, &-&b).unwrap_or_default();
    let expected: BigInt = &a * &b;
    assert!(product == -expected);
    let (q, r) = super::big::div_mod_floor(&(&product + 12345), &a).unwrap_or_default();
    assert!(q == -&b && r == BigInt::from(12345));
    let small = super::big::mul(&a, &BigInt::from(-3)).unwrap_or_default();
    assert!(small == &a * -3);
}

#[test]
fn exact_sums() {
    let sum = |items: &[&str]| {
        let mut sum = ExactSum::new();
        let mut parts = ExactSum::new();
        for (idx, item) in items.iter().enumerate() {
            let value = Value::Float(super::parse_float(item).unwrap_or(0.0));
            if idx % 2 == 0 { sum.add_int(&value) } else { parts.add_int(&value) }
        }
        sum.merge(&parts);
        super::render::repr(sum.finish())
    };
    assert_eq!(sum(&["0.1"; 10]), "1.0");
    assert_eq!(sum(&["1e16", "1", "-1e16"]), "1.0");
    assert_eq!(sum(&["1e100", "1.0", "-1e100", "1e-100"]), "1.0");
    assert_eq!(sum(&["1e308", "1e308", "-1e308"]), "1e+308");
    assert_eq!(sum(&["1e308", "1e308"]), "inf");
    assert_eq!(sum(&["5e-324", "5e-324"]), "1e-323");
    assert_eq!(sum(&["-0.0", "-0.0"]), "-0.0");
    assert_eq!(sum(&["-0.0", "0.0"]), "0.0");
    assert_eq!(sum(&["1.5", "-1.5"]), "0.0");
    assert_eq!(sum(&[]), "0.0");
    assert_eq!(sum(&["inf", "1"]), "inf");
    assert_eq!(sum(&["inf", "-inf"]), "nan");
    assert_eq!(sum(&["nan", "inf"]), "nan");
    let mut mixed = ExactSum::new();
    mixed.add_int(&Value::big(num_bigint::BigInt::from(1) << 3000));
    mixed.add_f64(0.5);
    mixed.add_int(&Value::Int(3));
    mixed.add_int(&Value::big(num_bigint::BigInt::from(-1) << 3000));
    assert_eq!(super::render::repr(mixed.finish()), "3.5");
}

proptest::proptest! {
    /// Floats that are added by the block come to the same as one by one: of all sizes, and of like sizes.
    #[test]
    fn exact_sums_of_slices_are_those_of_elements(
        wild in proptest::collection::vec(proptest::num::f64::ANY, 0..40),
        bits in proptest::collection::vec(proptest::num::u64::ANY, 0..3000),
        exponent in 0u64..2046,
        spread in 1u64..80,
    ) {
        let near = bits.iter().map(|b| {
            let field = (exponent + (b >> 52) % spread).min(2046);
            f64::from_bits(b & (1 << 63) | field << 52 | b & ((1 << 52) - 1))
        });
        let all: Vec<f64> = near.chain(wild).collect();
        let (mut one, mut many) = (ExactSum::new(), ExactSum::new());
        all.iter().for_each(|x| one.add_f64(*x));
        many.add_slice(&all);
        proptest::prop_assert_eq!(one.finish().to_bits(), many.finish().to_bits());
    }
}
