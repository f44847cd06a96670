//! Grids: every operator, method, slice and format over tables of values, as programs that print a line for each.
//!
//! The programs are short, since they go through the tables themselves. What one refuses stops that one alone.

use super::grid_values::{
    BYTES, CONSTANTS, CONTAINERS, DICT_ARGUMENTS, FLOATS, INTS, KEYS, LIST_ARGUMENTS, MIXED, NUMBERS, SMALL,
    STRINGS, TEXT_ARGUMENTS,
};
use super::text;

/// A grid.
#[derive(Clone, Debug)]
pub struct Grid {
    /// What it goes through.
    pub name: String,
    /// The program.
    pub text: String,
}

/// What every grid begins with.
pub(super) const PRELUDE: &str = "\
inf = float('inf')
nan = float('nan')

def show(v):
    if isinstance(v, (set, frozenset)):
        return type(v).__name__ + str(sorted(map(repr, v)))
    if isinstance(v, (tuple, list)):
        return type(v).__name__ + '(' + ', '.join([show(x) for x in v]) + ')'
    if isinstance(v, dict):
        return '{' + ', '.join([show(k) + ': ' + show(x) for k, x in v.items()]) + '}'
    if isinstance(v, slice):
        return 'slice' + show((v.start, v.stop, v.step))
    if callable(v):
        return 'function'
    if type(v).__name__ in ('dict_keys', 'dict_values', 'dict_items'):
        return show(list(v))
    return repr(v)

def attempt(f, *args):
    try:
        return show(f(*args))
    except Exception as e:
        return type(e).__name__ + ': ' + str(e)

";

const BINARY: [&str; 22] = [
    "a + b",
    "a - b",
    "a * b",
    "a / b",
    "a // b",
    "a % b",
    "a ** b",
    "a @ b",
    "a << b",
    "a >> b",
    "a & b",
    "a | b",
    "a ^ b",
    "a == b",
    "a != b",
    "a < b",
    "a <= b",
    "a > b",
    "a >= b",
    "a in b",
    "divmod(a, b)",
    "pow(a, b)",
];
const UNARY: [&str; 30] = [
    "-a",
    "+a",
    "~a",
    "not a",
    "abs(a)",
    "int(a)",
    "float(a)",
    "complex(a)",
    "str(a)",
    "bool(a)",
    "round(a)",
    "len(a)",
    "list(a)",
    "tuple(a)",
    "dict(a)",
    "set(a)",
    "frozenset(a)",
    "bytes(a)",
    "sorted(a)",
    "sum(a)",
    "min(a)",
    "max(a)",
    "any(a)",
    "hex(a)",
    "chr(a)",
    "ord(a)",
    "range(a)",
    "iter(a) and 0",
    "ascii(a)",
    "list(reversed(a))",
];

/// Grows beyond all measure where an operand is large.
fn is_growing(op: &str) -> bool {
    ["a ** b", "a << b", "pow(a, b)", "a * b"].contains(&op)
}

fn grid(name: impl Into<String>, body: &str) -> Grid {
    Grid { name: name.into(), text: format!("{PRELUDE}{body}") }
}

/// All grids.
pub fn all() -> Vec<Grid> {
    let mut all = Vec::new();
    all.extend(BINARY.map(|op| binary(op, "mixed", if is_growing(op) { SMALL } else { MIXED })));
    all.extend(BINARY.map(|op| binary(op, "numbers", if is_growing(op) { SMALL } else { NUMBERS })));
    all.extend(BINARY.map(with_constants));
    all.extend(UNARY.map(unary));
    all.push(slices());
    all.push(conversions());
    all.push(powers());
    all.extend(formats());
    all.extend(percents());
    all.extend(methods());
    all.extend(super::calls::all());
    all.extend(super::library_calls::all());
    all
}

fn binary(op: &str, name: &str, table: &str) -> Grid {
    let body = format!(
        "VALUES = {table}\nOTHERS = {table}\ndef op(a, b):\n    return {op}\n\
         def row(a):\n    return [show(a) + ' | ' + show(b) + ' : ' + attempt(op, a, b) for b in OTHERS]\n\
         for a in VALUES:\n    print('\\n'.join(row(a)))\n"
    );
    grid(format!("{op} over {name}"), &body)
}

/// The same, where one operand is known when the code is compiled.
fn with_constants(op: &str) -> Grid {
    let mut body = format!("VALUES = {}\nOPS = [\n", if is_growing(op) { SMALL } else { NUMBERS });
    for constant in CONSTANTS.iter().filter(|c| !is_growing(op) || c.len() < 7) {
        let left = op.replace('a', &format!("({constant})")).replace('b', "a");
        let right = op.replace('b', &format!("({constant})"));
        let (left, right) = if op.contains("(a, b)") || op == "a in b" {
            (op.to_owned(), op.to_owned())
        } else {
            (left, right)
        };
        if left != right {
            body.push_str(&format!("    lambda a: {left},\n    lambda a: {right},\n"));
        }
    }
    body.push_str("]\ndef row(a):\n    return [attempt(f, a) for f in OPS]\nfor a in VALUES:\n    print(show(a), '\\n'.join(row(a)))\n");
    grid(format!("{op} with constants"), &body)
}

fn unary(op: &str) -> Grid {
    let body = format!(
        "VALUES = {MIXED}\nNUMBERS = {NUMBERS}\nTEXTS = {STRINGS}\ndef op(a):\n    return {op}\ndef row(table):\n    return [show(a) + ' : ' + attempt(op, a) for a in table]\n\
         print('\\n'.join(row({SMALL})))\nprint('\\n'.join(row(TEXTS)))\n"
    );
    // What makes as many items as its operand says is left to the small ones.
    let grows = ["bytes(a)", "range(a)"].contains(&op);
    let more = if grows { "" } else { "print('\\n'.join(row(VALUES)))\nprint('\\n'.join(row(NUMBERS)))\n" };
    grid(op, &(body + more))
}

fn slices() -> Grid {
    let body = "\
BOUNDS = [None, -9, -4, -3, -1, 0, 1, 2, 3, 5, 2**63, -2**64, True, 'a', 1.5]
STEPS = [None, 1, 2, 3, -1, -2, -3, 0, 2**63, -2**70, 'a']
SUBJECTS = ['', 'a', 'abcd', 'aé日😀', b'', b'abcd', (), (1, 'a', None), [], [1, 2, 3, 4], [1.5, 2.5], ['a', 'b', 'c'], range(0), range(5), range(10, -3, -2), range(2**63, 2**63 + 5)]
def both(v, a, b, c):
    return v[a:b:c]
def two(v, a, b):
    return v[a:b]
def made(v, a, b, c):
    return v[slice(a, b, c)]
def indices(n, a, b, c):
    return slice(a, b, c).indices(n)
def item(v, a):
    return v[a]
def rows(v):
    return [attempt(both, v, a, b, c) + ' ' + attempt(made, v, a, b, c) for a in BOUNDS for b in BOUNDS for c in STEPS]
def pairs(v):
    return [attempt(two, v, a, b) for a in BOUNDS for b in BOUNDS] + [attempt(item, v, a) for a in BOUNDS]
for v in SUBJECTS:
    print('\\n'.join(rows(v)))
    print('\\n'.join(pairs(v)))
print('\\n'.join([attempt(indices, n, a, b, c) for n in [0, 1, 5, 2**65] for a in BOUNDS for b in BOUNDS for c in STEPS]))
";
    grid("slices", body)
}

fn conversions() -> Grid {
    let body = format!(
        "TEXTS = {STRINGS} + ['0x1f', '0b101', '-0o17', '1_0', '_1', '1__0', '+5', '--5', '1e5', 'inf', '-Infinity', 'NaN', '1.5e-3', '.5', '5.', '.', '1+2j', ' 3j ', '1 + 2j', '(1-1j)', 'j', '٣٤', '1e400', '-1e-400', '0' * 30, '9' * 40, 'z', 'Zz']\n\
         BASES = [0, 1, 2, 8, 10, 16, 36, 37, -1, 2**70]\nDIGITS = [None, 0, 1, 2, -1, -3, 5, 17, 22, 300, -400, 2**31]\nNUMBERS = {NUMBERS}\n\
         def based(t, b):\n    return int(t, b)\ndef rounded(x, n):\n    return round(x, n)\n\
         print('\\n'.join([attempt(f, t) for t in TEXTS for f in (int, float, complex)]))\n\
         print('\\n'.join([attempt(based, t, b) for t in TEXTS for b in BASES]))\n\
         print('\\n'.join([attempt(based, t.encode(), b) for t in TEXTS for b in BASES]))\n\
         print('\\n'.join([attempt(rounded, x, n) for x in NUMBERS for n in DIGITS]))\n\
         print('\\n'.join([attempt(f, x) for x in NUMBERS for f in (int, float, complex, str, repr, bool, round, abs)]))\n\
         print('\\n'.join([attempt(complex, x, y) for x in NUMBERS for y in NUMBERS]))\n"
    );
    grid("conversions", &body)
}

fn powers() -> Grid {
    let body = format!(
        "BASES = {INTS} + [0.5, 'a', None]\nEXPONENTS = [0, 1, 2, 3, 10, -1, -2, 2**64, 1.5]\nMODULI = [1, 2, -5, 7, 0, 2**61 - 1, 2**64, -2**70, 1.5, None]\n\
         def three(a, b, c):\n    return pow(a, b, c)\n\
         for a in BASES:\n    print('\\n'.join([attempt(three, a, b, c) for b in EXPONENTS for c in MODULI if c is not None or b != 2**64]))\n"
    );
    grid("pow of three", &body)
}

fn quoted(specs: &[&str]) -> String {
    let all: Vec<String> = specs.iter().map(|s| format!("'{s}'")).collect();
    format!("[{}]", all.join(", "))
}

fn formats() -> Vec<Grid> {
    let tables = [("ints", INTS), ("floats", FLOATS), ("strings", STRINGS), ("mixed", MIXED)];
    let specs = [text::INT_SPECS, text::FLOAT_SPECS, text::STR_SPECS].concat();
    let more = [
        "<",
        ">",
        "=",
        "^10",
        "x<10",
        "{<5",
        "+010,.3f",
        "-#012x",
        "z",
        "zf",
        "z.1f",
        " _.2e",
        "0",
        "00",
        "01",
        "010",
        "0<10",
        "1.5",
        "1.",
        ".s",
        "5 ",
        "\\x00<5",
        "😀^6",
        "a",
        "E",
        "F",
        "%%",
        "10%",
        "+%",
        ".0%",
        "#g",
        "#.3g",
        ",d",
        "_d",
        ",x",
        "_b",
        ",s",
        ",c",
        "+c",
        ".3d",
        ".3c",
        "#s",
        "=s",
        "99999999999999999999",
        ".99999999999999999999",
    ];
    let specs = quoted(&[specs, more.to_vec()].concat());
    let of = |(name, table): (&str, &str)| {
        let body = format!(
            "SPECS = {specs}\nVALUES = {table}\ndef row(v):\n    return [s + ' : ' + attempt(format, v, s) + ' ' + attempt(f'{{{{:{{s}}}}}}'.format, v) for s in SPECS]\n\
             for v in VALUES:\n    print(show(v), '\\n'.join(row(v)))\n"
        );
        grid(format!("format specs over {name}"), &body)
    };
    tables
        .map(of)
        .into_iter()
        .chain([("complex", "[1j, 1+2j, -0.5-1e20j, complex(nan, inf), 0j]")].map(of))
        .collect()
}

fn percents() -> Vec<Grid> {
    let conversions =
        ["d", "i", "u", "s", "r", "a", "x", "X", "o", "c", "e", "E", "f", "F", "g", "G", "%", "b", "z", ""];
    let flags =
        ["", "5", "-5", "05", "+", " ", "#", ".2", "+08.3", "-#10.4", "*", ".*", "(a)", "l", "+-", "0-6"];
    let of = |(name, table, prefix): (&str, &str, &str)| {
        let body = format!(
            "SPECS = [{prefix}'%' + f + c for f in {} for c in {}]\nVALUES = {table}\ndef op(s, v):\n    return s % v\n\
             def row(v):\n    return [show(s) + ' : ' + attempt(op, s, v) + ' ' + attempt(op, s, (3, v)) for s in SPECS]\nfor v in VALUES:\n    print(show(v), '\\n'.join(row(v)))\n",
            quoted(&flags),
            quoted(&conversions)
        );
        let body =
            if prefix.is_empty() { body } else { body.replace("[b'%' + f + c", "[('%' + f + c).encode()") };
        grid(format!("percent formats over {name}"), &body)
    };
    [
        ("mixed", MIXED, ""),
        ("floats", FLOATS, ""),
        ("bytes", "[b'', b'abc', 'a', 5, -2**64, 1.5, None, (1, 2), [1], {b'a': 1}, {'a': 1}]", "b"),
    ]
    .map(of)
    .into()
}

fn method(name: &str, owner: &str, receivers: &str, arguments: &str, most: usize) -> Grid {
    // Called as a method, with so many arguments: what is wrong with them is said in other words than of a call with a star.
    let (mut defs, mut lists) = (String::new(), Vec::new());
    for n in 0..=most {
        let names: Vec<String> = (0..n).map(|i| format!("p{i}")).collect();
        let clauses: Vec<String> = names.iter().map(|p| format!(" for {p} in ARGS")).collect();
        defs.push_str(&format!(
            "def op{n}(v{}):\n    return v.{name}({})\n",
            names.iter().map(|p| format!(", {p}")).collect::<String>(),
            names.join(", ")
        ));
        let all: String = names.iter().map(|p| format!("{p}, ")).collect();
        lists.push(if n == 0 {
            "[(op0, ())]".to_owned()
        } else {
            format!("[(op{n}, ({all})){}]", clauses.concat())
        });
    }
    let body = format!(
        "RECEIVERS = {receivers}\nARGS = {arguments}\n{defs}LISTS = {}\n\
         def row(v):\n    return [show(a) + ' : ' + attempt(op, v, *a) for op, a in LISTS]\nfor v in RECEIVERS:\n    print(show(v), '\\n'.join(row(v)))\n",
        lists.join(" + ")
    );
    grid(format!("{owner}.{name}"), &body)
}

fn methods() -> Vec<Grid> {
    let words = |text: &str| -> Vec<String> { text.split_whitespace().map(str::to_owned).collect() };
    let both = "capitalize expandtabs isalnum isalpha isascii isdigit islower isspace istitle isupper lower swapcase title upper splitlines center ljust rjust zfill count endswith find index rfind rindex startswith join lstrip rstrip strip partition rpartition removeprefix removesuffix replace split rsplit";
    let mut all = Vec::new();
    for name in words(both)
        .into_iter()
        .chain(words("casefold isdecimal isidentifier isnumeric isprintable encode format translate"))
    {
        let most = if ["replace", "count", "find", "index", "rfind", "rindex", "startswith", "endswith"]
            .contains(&name.as_str())
        {
            3
        } else {
            2
        };
        all.push(method(
            &name,
            "str",
            STRINGS,
            if most == 3 { "['', 'a', 'b', 'ab', 1, -1, None, ('a', 'é')]" } else { TEXT_ARGUMENTS },
            most,
        ));
    }
    for name in words(both).into_iter().chain(words("decode hex translate")) {
        let most = if ["replace", "count", "find", "startswith"].contains(&name.as_str()) { 3 } else { 2 };
        all.push(method(&name, "bytes", BYTES, if most == 3 { "[b'', b'a', b'bc', 97, 1, -1, None, 'a']" } else { "[b'', b'a', b',', b' ', 97, 0, 3, -2, None, 'a', 'ascii', b'bc', True, [b'x', b'y'], (b'a', b'H')]" }, most));
    }
    all.extend(words("count index copy").iter().map(|n| {
        method(
            n,
            "list",
            "[[], [1, 2, 1], [1.5, 2.0], ['a', 'b', 'a'], [None, True, 1.0, 'a'], [[1], [2]]]",
            LIST_ARGUMENTS,
            3,
        )
    }));
    all.extend(
        words("count index")
            .iter()
            .map(|n| method(n, "tuple", "[(), (1, 2, 1), ('a', None, 2.0), ((1,), 1)]", LIST_ARGUMENTS, 3)),
    );
    all.extend(words("count index").iter().map(|n| {
        method(
            n,
            "range",
            "[range(0), range(5), range(5, 0, -2), range(2**63, 2**63 + 3)]",
            LIST_ARGUMENTS,
            1,
        )
    }));
    all.extend(
        words("get keys values items copy fromkeys")
            .iter()
            .map(|n| method(n, "dict", "[{}, {'a': 1}, {1: 'x', 2.5: None, (1, 2): []}]", DICT_ARGUMENTS, 2)),
    );
    for name in
        words("union intersection difference symmetric_difference issubset issuperset isdisjoint copy")
    {
        for owner in ["set", "frozenset"] {
            let receivers = format!("[{owner}(), {owner}([1]), {owner}([1, 2, 'a'])]");
            all.push(method(
                &name,
                owner,
                &receivers,
                "[set(), {1}, {2, 3}, frozenset(['a']), [1, 1], (), 'ab', {'a': 1}, 5, None, [[1]]]",
                2,
            ));
        }
    }
    for name in words(
        "bit_length bit_count conjugate as_integer_ratio to_bytes __index__ __add__ __eq__ __lt__ __str__ __format__ __bool__ __pow__ __neg__ __mod__ __rsub__",
    ) {
        all.push(method(
            &name,
            "int",
            "[0, 1, -1, 255, -256, 2**63 - 1, -2**63, 2**64, True]",
            "[0, 1, 2, 8, 17, 'big', 'little', 'x', -1, 2.5, None]",
            2,
        ));
    }
    for name in words(
        "is_integer as_integer_ratio hex conjugate __add__ __floor__ __ceil__ __trunc__ __round__ __eq__ __lt__ __divmod__ __format__ __float__ __int__",
    ) {
        all.push(method(&name, "float", FLOATS, "[0, 1, 2.5, -1, 'a', None, '.2f', 2**70]", 1));
    }
    all.push(containers("keys", KEYS));
    all.push(containers("containers", CONTAINERS));
    all
}

/// What containers and built-in functions make of each other.
fn containers(name: &str, table: &str) -> Grid {
    let body = format!(
        "VALUES = {table}\nOPS = [lambda a, b: a + b, lambda a, b: a | b, lambda a, b: a & b, lambda a, b: a - b, lambda a, b: a ^ b, lambda a, b: a == b, lambda a, b: a < b, lambda a, b: a <= b, lambda a, b: b in a,\n\
         lambda a, b: [a, b] == [b, a], lambda a, b: (a, b) < (b, a), lambda a, b: {{a: b}}, lambda a, b: {{a: 1, b: 2}}, lambda a, b: {{a, b}} == {{b, a}}, lambda a, b: a[b], lambda a, b: [*a, *b], lambda a, b: {{**a, **b}}, lambda a, b: dict(zip(a, b)),\n\
         lambda a, b: list(zip(a, b)), lambda a, b: list(zip(a, b, strict=True)), lambda a, b: sorted([a, b]), lambda a, b: min(a, b), lambda a, b: max([a, b]), lambda a, b: list(map(max, a, b)), lambda a, b: list(enumerate(a, b)), lambda a, b: sum(a, b), lambda a, b: isinstance(a, b), lambda a, b: a.join(b), lambda a, b: a % b,\n\
         lambda a, b: getattr(a, b), lambda a, b: a(b), lambda a, b: slice(a, b), lambda a, b: range(a, b), lambda a, b: list(filter(a, b)), lambda a, b: max(a, default=b), lambda a, b: (lambda *p, **k: (p, k))(*a, **b)]\n\
         def row(a):\n    return [str(i) + ' ' + attempt(f, a, b) for b in VALUES for i, f in enumerate(OPS)]\nfor a in VALUES:\n    print(show(a), '\\n'.join(row(a)))\n"
    );
    grid(format!("{name} with each other"), &body)
}
