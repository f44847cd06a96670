//! Text and bytes against CPython: grids of receivers, methods and arguments.

use crate::number::tests::eval::check;

const TEXTS: &[&str] = &[
    "''",
    "'a'",
    "'abc'",
    "'Hello World'",
    "'aaaa'",
    "' a  b\\tc\\n'",
    "'a,b,,c'",
    "'\\u2003x\\u00a0y'",
    "'日本語'",
    "'a😀b😀c'",
    "'ß'",
    "'ΑΣ'",
    "'ΑΣ Σ ΑΣ1'",
    "'İ'",
    "'ﬁ'",
    "'ǆ'",
    "'ǅabc'",
    "\"they're bill's\"",
    "'123'",
    "'½²٣'",
    "'_x1'",
    "'x\\x0by\\x0cz\\u2028w'",
    "'a\\r\\nb\\rc\\n\\n'",
    "'+12'",
    "'-'",
    "'\\t\\tx'",
    "'say \"hi\"'",
    "'it\\'s'",
    "'\\x7f\\u200b\\0'",
    "'\\U000e0001'",
    "'ⅷ'",
    "'ʰa'",
    "'é'",
];

const BYTES: &[&str] = &[
    "b''",
    "b'a'",
    "b'abc'",
    "b'Hello World'",
    "b'aaaa'",
    "b' a  b\\tc\\n'",
    "b'a,b,,c'",
    "b'\\xff\\x00q\\''",
    "b'a\\r\\nb\\rc\\n\\n'",
    "b'123'",
    "b'+12'",
    "b'a\\x0bb\\x1cc'",
    "b'\"'",
    "b'aB cD'",
];

fn methods(receivers: &[&str], calls: &[&str]) -> Vec<String> {
    receivers.iter().flat_map(|r| calls.iter().map(move |c| format!("{r}.{c}"))).collect()
}

#[test]
fn methods_without_arguments() {
    let common = [
        "capitalize()",
        "expandtabs()",
        "expandtabs(4)",
        "expandtabs(0)",
        "expandtabs(tabsize=-1)",
        "isalnum()",
        "isalpha()",
        "isascii()",
        "isdigit()",
        "islower()",
        "isspace()",
        "istitle()",
        "isupper()",
        "lower()",
        "lstrip()",
        "rstrip()",
        "strip()",
        "split()",
        "rsplit()",
        "split(None, 1)",
        "rsplit(None, 1)",
        "rsplit(maxsplit=0)",
        "split(None, 2)",
        "splitlines()",
        "splitlines(True)",
        "splitlines(keepends=1)",
        "swapcase()",
        "title()",
        "upper()",
        "zfill(5)",
        "zfill(-1)",
        "center(7)",
        "ljust(6)",
        "rjust(6)",
        "upper(1)",
        "center()",
        "center('x')",
        "zfill('x')",
        "split(1, 2, 3)",
        "split(x=1)",
    ];
    check(&methods(TEXTS, &common));
    check(&methods(BYTES, &common));
    check(&methods(
        TEXTS,
        &[
            "casefold()",
            "isdecimal()",
            "isidentifier()",
            "isnumeric()",
            "isprintable()",
            "encode()",
            "upper().lower()",
            "encode('latin-1', 'replace')",
            "encode('ascii', 'backslashreplace')",
            "encode('ascii')",
            "encode('utf-16')",
            "encode('utf_16_be')",
            "encode('UTF-32')",
            "encode('utf-8-sig')",
            "encode('cp1252', 'xmlcharrefreplace')",
            "encode('cp1252')",
            "encode('ascii', 'ignore')",
            "encode('latin1')",
            "encode('ascii', 'x')",
            "encode('xx')",
            "encode(5)",
            "encode(errors=5)",
            "encode('utf-8', 'x')",
        ],
    ));
    check(&methods(
        BYTES,
        &[
            "hex()",
            "hex(' ')",
            "hex(':', 2)",
            "hex('-', -3)",
            "hex('ab')",
            "hex('é')",
            "hex(5)",
            "hex(b' ', 0)",
            "decode()",
            "decode('ascii')",
            "decode('latin-1')",
            "decode('ascii', 'replace')",
            "decode('utf-8', 'ignore')",
            "decode('utf-8', 'backslashreplace')",
            "decode('cp1252')",
            "decode('utf-16')",
            "decode('utf-32-be')",
            "decode('ascii', 'xmlcharrefreplace')",
            "decode(errors='replace')",
            "decode('nope')",
            "decode('ascii', 'nope')",
        ],
    ));
    let all: Vec<String> = TEXTS
        .iter()
        .chain(BYTES)
        .flat_map(|t| [format!("repr({t})"), format!("ascii({t})"), t.to_string()])
        .collect();
    check(&all);
}

#[test]
fn methods_with_parts() {
    let mut all = vec![];
    for (receivers, parts) in [
        (TEXTS, ["''", "'a'", "'b,'", "'o'", "'aa'", "'\\n'", "'é'", "' '", "5", "None"]),
        (BYTES, ["b''", "b'a'", "b'b,'", "b'o'", "b'aa'", "b'\\n'", "'x'", "97", "300", "None"]),
    ] {
        for r in receivers {
            for p in parts {
                for m in ["count", "find", "rfind", "index", "rindex", "startswith", "endswith"] {
                    for window in ["", ", 1", ", 1, -1", ", -2", ", 5, 2", ", None, 3", ", 0, 100", ", 100"] {
                        all.push(format!("{r}.{m}({p}{window})"));
                    }
                }
                for m in [
                    "split",
                    "rsplit",
                    "partition",
                    "rpartition",
                    "removeprefix",
                    "removesuffix",
                    "strip",
                    "lstrip",
                    "rstrip",
                ] {
                    all.push(format!("{r}.{m}({p})"));
                }
                for m in ["split", "rsplit"] {
                    for n in ["0", "1", "2", "-1"] {
                        all.push(format!("{r}.{m}({p}, {n})"));
                    }
                }
                for q in [parts[0], parts[1], parts[2], "5"] {
                    for n in ["", ", 0", ", 1", ", 2", ", -1"] {
                        all.push(format!("{r}.replace({p}, {q}{n})"));
                    }
                }
                all.push(format!("{p} in {r}"));
                all.push(format!("{r} + {p}"));
                all.push(format!("{r} < {p}"));
                all.push(format!("{r} == {p}"));
            }
            for n in ["0", "1", "3", "-1", "True", "1.5", "'a'"] {
                all.push(format!("{r} * {n}"));
                all.push(format!("{n} * {r}"));
            }
        }
    }
    check(&all);
}

#[test]
fn slices() {
    let mut all = vec![];
    let bounds = ["", "-5", "-2", "0", "1", "3", "8", "10**30", "-(10**30)"];
    for t in ["''", "'x'", "'aé'", "'日本語'", "'a😀b😀c'", "'hello'", "b'abcdefg'"] {
        for a in bounds {
            for b in bounds {
                for s in ["", ":1", ":2", ":4", ":-1", ":-2", ":-10**20", ":0"] {
                    all.push(format!("{t}[{a}:{b}{s}]"));
                }
            }
        }
        for i in ["0", "1", "-1", "4", "-5", "7", "True", "1.0", "'a'", "None", "10**30"] {
            all.push(format!("{t}[{i}]"));
        }
        all.push(format!("{t}['a':]"));
    }
    check(&all);
}

#[test]
fn translation() {
    let all = [
        "'hello'.translate(str.maketrans('el', 'ip'))",
        "'hello'.translate(str.maketrans('el', 'ip', 'o'))",
        "'hello'.translate({108: None, 111: '0!', 104: 72})",
        "'hello'.translate({104: 1114112})",
        "'hello'.translate({104: 1.5})",
        "'hello'.translate(5)",
        "'hello'.translate('abc')",
        "'\\0\\x01é'.translate('ab')",
        "'\\0\\x01\\x05'.translate([65, None])",
        "str.maketrans('a', 'bc')",
        "str.maketrans('a')",
        "str.maketrans({1: 2, 3: None})",
        "str.maketrans({'ab': 1})",
        "str.maketrans({1.5: 1})",
        "str.maketrans(1, 2)",
        "str.maketrans('a', 2)",
        "str.maketrans('a', 'b', 2)",
        "str.maketrans()",
        "str.maketrans(1, 2, 3, 4)",
        "b'abc'.translate(bytes.maketrans(b'ab', b'xy'))",
        "b'abc'.translate(None, b'a')",
        "b'abc'.translate(None, delete=b'c')",
        "b'abc'.translate(b'a')",
        "b'abc'.translate('a')",
        "b'abc'.translate()",
        "bytes.maketrans(b'a', b'')",
        "bytes.maketrans('a', b'')",
        "bytes.fromhex('DE ad be EF')",
        "bytes.fromhex('abc')",
        "bytes.fromhex('zz')",
        "bytes.fromhex('a')",
        "bytes.fromhex(' a b')",
        "bytes.fromhex('aéb')",
        "bytes.fromhex(5)",
        "bytes.fromhex('')",
    ];
    check(&all.map(str::to_owned));
}

#[test]
fn construction() {
    let all = [
        "bytes()",
        "bytes(3)",
        "bytes(-1)",
        "bytes('x')",
        "bytes('é', 'utf-8')",
        "bytes('é', 'ascii')",
        "bytes([65, 66])",
        "bytes([256])",
        "bytes([-1])",
        "bytes(['a'])",
        "bytes([1.5])",
        "bytes(b'x')",
        "bytes(1.5)",
        "bytes(None)",
        "bytes(10**30)",
        "bytes((1, 2))",
        "bytes(5, 'utf-8')",
        "bytes('x', errors='strict')",
        "bytes(encoding='utf-8')",
        "bytes(5, errors='x')",
        "bytes(True)",
        "bytes('x', 5)",
        "str()",
        "str(b'x')",
        "str(b'x', 'utf-8')",
        "str(b'\\xff', 'utf-8')",
        "str(b'\\xff', errors='ignore')",
        "str('x', 'utf-8')",
        "str(5, 'utf-8')",
        "str(b'a', 5)",
        "','.join(['a', 'b'])",
        "','.join([])",
        "','.join('abc')",
        "','.join([1, 2])",
        "','.join(['a', None])",
        "','.join(5)",
        "','.join(('x',))",
        "','.join()",
        "''.join([1])",
        "','.join(['a'], 1)",
        "b'-'.join([b'x', b'y'])",
        "b'-'.join([b'x', 'y'])",
        "b'-'.join(5)",
        "b'-'.join([])",
        "b'-'.join('ab')",
        "b'-'.join(b'ab')",
        "'ab'.center(5, 'xy')",
        "'ab'.center(5, 5)",
        "'ab'.center(5, '😀')",
        "b'ab'.center(5, b'xy')",
        "b'ab'.center(5, 5)",
        "b'ab'.ljust(5, b'*')",
        "'a'.startswith(('x', 'a'))",
        "'a'.startswith(('x', 5))",
        "b'a'.startswith(('x',))",
        "b'a'.endswith((b'x', b'a'))",
        "'a'.startswith(5)",
        "b'a'.startswith('a')",
        "'a'.find()",
        "'a'.find('a', 'b')",
        "'a'.find('a', 1, 2, 3)",
        "'a'.replace('a')",
        "'a'.replace('a', 'b', 'c')",
        "'a'.replace('a', 'b', count=1)",
        "'a'.join(x=1)",
        "'a'.strip(5)",
        "str.upper(5)",
        "bytes.upper('a')",
        "str.upper('a')",
        "'a'.__add__('b')",
        "'a'.__add__(5)",
        "'abc'.__len__()",
        "'a'.__lt__(5)",
        "'ab'.__getitem__(1)",
        "'a'.__mod__(1)",
        "(5).__add__(3)",
        "(5).__add__(1.5)",
        "(1.5).__add__(5)",
        "(5).__lt__(6)",
        "(5).__eq__('a')",
        "int.bit_length(1.5)",
        "float.hex(1)",
        "(5).__pow__(2, 7)",
        "(5).__radd__(3)",
        "(5).__rsub__(3)",
        "(5.5).__floor__()",
        "(5).__add__()",
        "(5).__neg__(1)",
        "b'\\xe0\\x80'.decode()",
        "b'\\xed\\xa0\\x80'.decode()",
        "b'\\xf0\\x90'.decode()",
        "b'\\xf0\\x90x'.decode()",
        "b'\\xf4\\x90\\x80\\x80'.decode()",
        "b'ab\\xc3'.decode()",
        "b'\\xf0\\x90\\x80\\xff'.decode('utf-8', 'replace')",
        "b'\\xe2\\x82z\\xff'.decode('utf-8', 'backslashreplace')",
        "b'\\xff\\xfea\\x00'.decode('utf-16')",
        "b'\\xfe\\xff\\x00a'.decode('utf-16')",
        "b'\\x00\\xd8a\\x00'.decode('utf-16-le')",
        "b'\\x00\\xdca\\x00'.decode('utf-16-le')",
        "b'\\x00\\xd8'.decode('utf-16-le')",
        "b'\\x00\\xd8a'.decode('utf-16-le', 'replace')",
        "b'a'.decode('utf-16-be')",
        "b'\\xff\\xff\\xff\\xff'.decode('utf-32')",
        "b'\\x00\\xd8\\x00\\x00'.decode('utf-32-le')",
        "b'abc'.decode('utf-32')",
        "b'\\xef\\xbb\\xbfx'.decode('utf-8-sig')",
        "b'\\x80\\x81'.decode('cp1252')",
        "'😀'.encode('utf-16-le')",
        "'€é'.encode('ascii', 'xmlcharrefreplace')",
        "'a€éb😀'.encode('latin-1')",
    ];
    check(&all.map(str::to_owned));
}

#[test]
fn format_specifications() {
    let mut all = vec![];
    for value in ["'abc'", "''", "'日本語'"] {
        for spec in [
            "", "s", "10", "<10", ">10", "^10", "=10", "*^11", "010", ".2", "10.1", ".0", "d", "+", " ", "-",
            "#", "z", ",", "_", ",s", "_d", "10d5", "é>6", "é^7s", "<05", ".", "x",
        ] {
            all.push(format!("format({value}, '{spec}')"));
        }
    }
    check(&all);
}

#[test]
fn templates() {
    let mut all = vec![];
    for t in [
        "",
        "{}",
        "{",
        "}",
        "{{",
        "}}",
        "{{}}",
        "{0}{1}{0}",
        "{a}",
        "{!r}",
        "{!s:>5}",
        "{!a}",
        "{!x}",
        "{!}",
        "{!",
        "{!r",
        "{!rx}",
        "{!r:",
        "{:",
        "{:{}",
        "{:{}}",
        "{:{}{}}",
        "{:{:{}}}",
        "{0:{1}}",
        "{:{a}}",
        "{0.real}",
        "{0.imag!r:>4}",
        "{0.}",
        "{0[}",
        "{0[]}",
        "{0[a]}",
        "{0[0]}",
        "{0[1]x}",
        "{0[1][0]}",
        "{}{0}",
        "{0}{}",
        "{}{}{}{}",
        "{99999999999999999999}",
        "{a{}}",
        "{a.b}",
        "{5}",
        "{-1}",
        "{ 0}",
        "{a!s}",
        "a{}b{}c",
        "{:>5}|{:<5}",
        "{:d}",
        "{:zz}",
        "{0!r:5}",
        "{a:{b}}",
        "x{",
        "x}",
        "}{",
        "{0:}}",
        "{:}}",
        "{0[:]}",
        "{0[!]}",
        "{]}",
        "{[0]}",
        "{.real}",
        "{٣}",
        "{0!\\u00e9}",
    ] {
        for args in ["", "1", "1, 2", "'x', 5, a=7, b=9", "[1, [2]], 3, a='q'", "1.5, 8", "'s', '>4'"] {
            all.push(format!("'{t}'.format({args})"));
        }
        all.push(format!("'{t}'.format_map({{'a': 1, 'b': 'x'}})"));
    }
    check(&all);
}

#[test]
fn percent() {
    let mut all = vec![];
    for kind in
        ["d", "i", "u", "o", "x", "X", "e", "E", "f", "F", "g", "G", "s", "r", "a", "c", "b", "y", "é"]
    {
        for flags in [
            "", "5", "-5", "+", " ", "05", "+05", "#", "#10", "#010", ".3", "10.2", "010.2", "-+8.1", ".0",
            "l", "*", ".",
        ] {
            for value in [
                "5", "-42", "2**70", "3.7", "-0.0", "1e300", "inf", "'a'", "'ab'", "b'x'", "b'xy'", "True",
                "None", "[1]", "(1,)", "(1, 2)", "()", "(5, -3)", "1j", "{'a': 1}", "-1", "1114112",
                "(6, 2.5)", "300",
            ] {
                all.push(format!("'%{flags}{kind}' % {value}"));
                if kind != "é" {
                    all.push(format!("b'%{flags}{kind}' % {value}"));
                }
            }
        }
    }
    for (t, v) in [
        ("%", "1"),
        ("%%", "()"),
        ("%%", "1"),
        ("%%", "{}"),
        ("%5%", "()"),
        ("%5%", "1"),
        ("%(a)%", "{'a': 1}"),
        ("a%", "()"),
        ("%(a)s", "1"),
        ("%(a)s", "{'a': 1}"),
        ("%(a)s %(a)d", "{'a': 1}"),
        ("%(a", "{}"),
        ("%(b)s", "{'a': 1}"),
        ("%((x))s", "{'(x)': 1}"),
        ("%(a)s %s", "{'a': 1}"),
        ("%*d", "(5, 1)"),
        ("%*d", "('a', 1)"),
        ("%-*d|", "(5, 1)"),
        ("%*d|", "(-5, 1)"),
        ("%.*f", "(2, 1.239)"),
        ("%.*d", "('a', 1)"),
        ("%.*f", "(-2, 1.239)"),
        ("a", "1"),
        ("a", "{}"),
        ("a", "[]"),
        ("a", "'x'"),
        ("a", "()"),
        ("a", "(1,)"),
        ("%s %s", "[1, 2]"),
        ("%s %s", "1"),
        ("%d %d %d", "(1, 2)"),
        ("%s", "(1, 2)"),
        ("%s%%%s", "(1, 2)"),
        ("%99999999999999999999d", "1"),
        ("%.99999999999999999999d", "1"),
        ("%(a)*d", "{'a': 1}"),
        ("é%y", "1"),
        ("%hd %ld %Ld", "(1, 2, 3)"),
        ("%lld", "1"),
    ] {
        all.push(format!("'{t}' % {v}"));
        if t.is_ascii() {
            all.push(format!("b'{t}' % {v}"));
        }
    }
    check(&all);
}

/// What the methods say of every character, summed up in blocks.
#[test]
fn every_character() {
    const PROGRAM: &str = r#"
import sys, zlib
if sys.version_info[:2] != (3, 11): sys.exit(3)
def say(c):
    flags = "".join("01"[f] for f in (c.isalnum(), c.isalpha(), c.isdecimal(), c.isdigit(), c.isidentifier(), ("a" + c).isidentifier(),
        c.islower(), c.isnumeric(), c.isprintable(), c.isspace(), c.istitle(), c.isupper()))
    return "|".join([flags, c.lower(), c.upper(), c.title(), c.casefold(), c.swapcase(), ("a" + c + "b").title(), ("aΣ" + c).lower(),
        (c + "Σ").lower(), ascii(c), repr(c), str(len(("x" + c + "y").split())), str(len(("x" + c + "y").splitlines()))])
for start in range(0, 0x110000, 0x400):
    print(start, zlib.crc32("\n".join(say(chr(c)) for c in range(start, start + 0x400) if not 0xd800 <= c < 0xe000).encode()))
"#;
    let Ok(output) = std::process::Command::new("python3").args(["-c", PROGRAM]).output() else { return };
    if output.status.code() == Some(3) {
        return;
    }
    let expected = String::from_utf8_lossy(&output.stdout).into_owned();
    let mut found = String::new();
    for start in (0..0x11_0000).step_by(0x400) {
        let lines: Vec<String> = (start..start + 0x400).filter_map(char::from_u32).map(say).collect();
        found.push_str(&format!("{start} {}\n", crc32(lines.join("\n").as_bytes())));
    }
    assert_eq!(expected.lines().count(), found.lines().count());
    for (expected, found) in expected.lines().zip(found.lines()) {
        assert_eq!(expected, found, "a block of characters differs");
    }
}

fn say(c: char) -> String {
    use super::{case, chars};
    let text = c.to_string();
    let flags = [
        chars::is_alnum(c),
        chars::is_alpha(c),
        chars::is_decimal(c),
        chars::is_digit(c),
        chars::is_identifier(&text),
        chars::is_identifier(&format!("a{c}")),
        case::text_is_lower(&text),
        chars::is_numeric(c),
        chars::is_printable(c),
        chars::is_space(c),
        case::text_is_title(&text),
        case::text_is_upper(&text),
    ];
    let flags: String = flags.iter().map(|flag| if *flag { '1' } else { '0' }).collect();
    [
        flags,
        case::lower(&text),
        case::upper(&text),
        case::title(&text),
        case::casefold(&text),
        case::swapcase(&text),
        case::title(&format!("a{c}b")),
        case::lower(&format!("aΣ{c}")),
        case::lower(&format!("{c}Σ")),
        super::ascii(&text),
        super::repr_str(&text),
        super::split::by_space(&format!("x{c}y"), usize::MAX).len().to_string(),
        super::split::lines(&format!("x{c}y"), false).len().to_string(),
    ]
    .join("|")
}

fn crc32(bytes: &[u8]) -> u32 {
    let mut crc = u32::MAX;
    for byte in bytes {
        crc ^= u32::from(*byte);
        for _ in 0..8 {
            crc = if crc & 1 == 1 { crc >> 1 ^ 0xedb8_8320 } else { crc >> 1 };
        }
    }
    !crc
}

/// Each of these needs more than 4 GB, which no other test comes near to.
#[test]
fn sizes_that_cannot_fit_are_refused() {
    crate::budget::set_limit(4 << 30);
    for expression in [
        "'ab' * 10 ** 12",
        "b'ab' * 10 ** 12",
        "''.ljust(10 ** 13)",
        "'x'.center(10 ** 13, 'é')",
        "b''.rjust(10 ** 13)",
        "'1'.zfill(10 ** 13)",
        "b'1'.zfill(10 ** 13)",
        "1 << 10 ** 12",
        "1 << 2 ** 63 - 1",
        "10 ** 10 ** 10",
        "10 ** 10 ** 30",
        "(-3) ** 2 ** 64",
        "(2 ** 64) ** 2 ** 62",
        "format(1, '1000000000000')",
        "format(1, '01000000000000,')",
        "format('a', '1000000000000')",
        "'%1000000000000d' % 1",
        "'%1000000000000s' % 1",
        "'%*d' % (10 ** 12, 1)",
        "bytes(10 ** 12)",
        "'\\t\\t\\t'.expandtabs(2 ** 31 - 1)",
        "b'\\t\\t\\t'.expandtabs(2 ** 31 - 1)",
        "('a' * 1000000).replace('a', 'b' * 1000000)",
        "('a' * 1000000).replace('', 'b' * 1000000)",
        "(b'a' * 1000000).replace(b'a', b'b' * 1000000)",
        "(1).to_bytes(10 ** 13, 'big')",
        "('a' * 1000000).join('b' * 1000000)",
        "(b'a' * 1000000).join([b'x', b'y']) * 10000",
        "('a' * 1000000).translate({97: 'b' * 1000000})",
        "'{:{}}'.format(1, 10 ** 12)",
    ] {
        let found = crate::number::tests::eval::outcome(expression);
        assert!(found.starts_with("MemoryError"), "{expression}: {}", &found[..found.len().min(200)]);
    }
}
