//! What is changed: all programs of the repository, cut into pieces, and fragments of the grammar.

use crate::generated::random::Random;
use crate::generated::tree::{Reader, render};
use crate::generated::{Mode, program};
use crate::listing::files;

/// A piece of a program is about so long, where the parser alone sees it.
const PIECE: usize = 400;
/// A program is no longer than this, where it is run.
const PROGRAM: usize = 4_000;

/// Fragments of the grammar, which the programs of the repository may lack.
const FRAGMENTS: &[&str] = &[
    "lambda a, /, b=1, *c, d, e=2, **f: (a, b)\n",
    "def f(a: int, /, *, b: str = 'x', **kw) -> 'None':\n    \"doc\"\n    return (yield a)\n",
    "@d.e(1)\n@(lambda f: f)\nclass C(A, metaclass=M, **kw):\n    x: int = 1\n    __slots__ = ()\n",
    "async def f():\n    async with a as b, c:\n        async for x in y: await z\n    return [x async for x in y]\n",
    "match x, *y:\n    case [1, -2.5, 3+4j, *_] | {'a': None, **r} if r: pass\n    case C(a, b=D()) as e: pass\n    case a.b.c | (x) | ('s' 't'): pass\n    case _: ...\n",
    "try:\n    pass\nexcept* (A, B) as e:\n    raise\nelse:\n    pass\nfinally:\n    pass\n",
    "with (open(a) as f, b as (c, *d),):\n    pass\n",
    "x = f'{a!r:>{w}.{p}} {b=} {{}} {c:%Y-%m} {lambda x: 1}' rf'\\d{x}' \"é\" 'b'\n",
    "print(f\"{x = !s:^10}\", f'''{\n1}''', F'{a[\"b\"]}', f'{x:{y:{z}}}')\n",
    "(a, *b), [c, d] = e = *f, g\n",
    "x = [y := 1, y**-2, *a, *b]; {**a, 'b': 1}; {*a, *b}; (yield)\n",
    "x[1:2, ::3, ..., *a] = x[:]\nx.y.z += 1; a @= b; a //= c; a **= d; a >>= 1\n",
    "a if b else c if d else e or f and not g in h not in i is not j\n",
    "1_000 + 0x_FF + 0b1_0 + 0o17 + 1e-1_0 + .5 + 5. + 1j + 1e5j + 00 + 0_0\n",
    "b'\\xff' rb'\\' BR\"a\" '\\N{BULLET}\\u00e9\\U0001F600\\x41\\101\\\n'\n",
    "'''a\n\"'b\\''''; \"\"\"\n\"\"\" r'''\\'''\n",
    "if x:\n\ty\nelif z: w; v\nelse:\n  while a: break\n  else: continue\n",
    "for x, in *a, b: pass\nfor (x) in y: pass\nelse: pass\n",
    "from . import a; from ..b.c import (d as e, f,); import g.h as i, j\nfrom a import *\n",
    "global a, b; nonlocal c; del a, b[1], (c, [d]); assert a, b; raise a from b; return *a, b\n",
    "f(*a, b, c=1, *d, **e, f=2); f(x for x in y); f(a, (x for x in y)); f(a := 1)\n",
    "{x: y for x in a if b if c for y in d}; {x for x, *y in z}; (x for x in (y for y in z))\n",
    "remotely <\n    x = 1\n    y = x > 2\n>\nz = remotely < x + 1 >\nwith remotely.download_all('a'):\n    b = 1\n",
    "remotely.remote_all('x', timeout=1) < x = 1; y = 2 >\n",
    "x = \\\n  1 + \\\n  2\n(a\n # comment\n + b)\n\x0c\nif 1:\n    pass\n    # c\n  # d\n",
    "-a ** -b ** ~c; not -a; a @ b % c // d; a < b == c >= d != e; a | b ^ c & d << e\n",
    "x: (yield); (x): int = 1; x.y: 'a'; x[0]: int\nlambda: (yield)\n",
    "match = case = _ = type = 1; match[case]; match(case); match.case; print(match, case)\n",
    "class A:\n    def __init__(self): self.__x, self.y = 1, 2\n    @property\n    def x(self): return self.__x\n",
    "def g():\n    x = yield\n    y = yield x, 1\n    yield from (yield)\n    return\n",
];

/// Words and signs that are put into a text.
pub const PIECES: &[&str] = &[
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    "<",
    ">",
    ":",
    ";",
    ",",
    ".",
    "=",
    "==",
    "!=",
    "<=",
    ">=",
    "->",
    ":=",
    "+",
    "-",
    "*",
    "**",
    "/",
    "//",
    "%",
    "@",
    "&",
    "|",
    "^",
    "~",
    "<<",
    ">>",
    "+=",
    "...",
    "!",
    "$",
    "?",
    "`",
    "\\",
    "\\\n",
    "\n",
    "\r\n",
    "\r",
    "\t",
    "    ",
    " ",
    "\x0c",
    "\0",
    "#",
    "'",
    "\"",
    "'''",
    "\"\"\"",
    "f'",
    "f'{",
    "}'",
    "b'",
    "rb\"",
    "u''",
    "0",
    "1",
    "0x",
    "0b1",
    "1e",
    "1_",
    "1.5",
    "9999999999999999999",
    "1j",
    "0777",
    "\u{feff}",
    "é",
    "日本",
    "😀",
    "\u{a0}",
    "\u{2028}",
    "ﬁ",
    "\u{301}",
    "²",
    "None",
    "True",
    "False",
    "and",
    "as",
    "assert",
    "async",
    "await",
    "break",
    "class",
    "continue",
    "def",
    "del",
    "elif",
    "else",
    "except",
    "finally",
    "for",
    "from",
    "global",
    "if",
    "import",
    "in",
    "is",
    "lambda",
    "nonlocal",
    "not",
    "or",
    "pass",
    "raise",
    "return",
    "try",
    "while",
    "with",
    "yield",
    "match",
    "case",
    "_",
    "type",
    "remotely",
    "remotely <",
    "self",
    "__x",
    "x",
    "lambda x:",
    "*a",
    "**k",
    "/,",
    "*,",
    "not in",
    "is not",
    "if x:\n    pass\n",
    "else:\n",
    "x = ",
    "(yield)",
    "@x\n",
    "def f():\n    ",
    "{x for x in y}",
    "\\N{DIGIT ONE}",
    "\\u00",
    "{{",
    "}}",
    "!r",
    "{x!r:>{w}}",
];

/// Texts to be changed.
pub struct Corpus {
    /// Short pieces of programs.
    pub pieces: Vec<String>,
    /// Programs that run.
    pub programs: Vec<String>,
    /// Where programs that run come from.
    pub source: Programs,
}

/// Where the programs come from that are changed and run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Programs {
    /// Half of them from the repository.
    All,
    /// All made up: what is made of a seed stays the same when the repository changes.
    MadeUp,
}

impl Corpus {
    /// All that there is.
    pub fn load() -> Self {
        let root = crate::root();
        let mut texts = Vec::new();
        for folder in ["tests", "examples", "benches", "stdlib", "distrib"] {
            for suffix in [".afr", ".py"] {
                texts.extend(files(&root.join(folder), suffix));
            }
        }
        let texts = texts.iter().filter_map(|path| std::fs::read_to_string(path).ok());
        let cases: Vec<String> = texts.flat_map(|text| cases(&text)).collect();
        let mut pieces: Vec<String> = FRAGMENTS.iter().map(|f| (*f).to_owned()).collect();
        cases.iter().for_each(|case| cut(case, &mut pieces));
        let programs = cases.into_iter().filter(|c| c.len() < PROGRAM && is_whole(c)).collect();
        Self { pieces, programs, source: Programs::All }
    }

    /// A piece.
    pub fn piece(&self, random: &mut Random) -> &str {
        random.pick::<String>(&self.pieces)
    }

    /// A program that runs: one of the repository, or one that is made up.
    pub fn program(&self, random: &mut Random) -> String {
        if self.source == Programs::All && random.chance(50) {
            return random.pick(&self.programs).clone();
        }
        let (seed, number) = (random.below(1 << 40), random.below(1 << 20));
        let seed = u64::try_from(seed).unwrap_or_default();
        render(&program::program(seed, u64::try_from(number).unwrap_or_default()), Reader::Python)
    }

    /// The mode of a run.
    pub fn mode(random: &mut Random) -> Mode {
        *random.pick(&[Mode::Default, Mode::Cut, Mode::Alone, Mode::Wide, Mode::Wire])
    }
}

/// The cases of a file, or the file, without what they are to print.
fn cases(text: &str) -> Vec<String> {
    let mut all = vec![String::new()];
    for line in text.split_inclusive('\n') {
        if line.starts_with("# ---") {
            all.push(String::new());
        } else if !line.starts_with('#')
            && let Some(last) = all.last_mut()
        {
            last.push_str(line);
        }
    }
    all.retain(|case| !case.trim().is_empty());
    all
}

/// Cuts a text into pieces, each of whole statements of the module.
fn cut(text: &str, pieces: &mut Vec<String>) {
    let mut piece = String::new();
    for line in text.split_inclusive('\n') {
        let is_top = line.starts_with(|c: char| !c.is_whitespace());
        if piece.len() > 2 * PIECE || is_top && piece.len() > PIECE / 2 {
            pieces.push(std::mem::take(&mut piece));
        }
        piece.push_str(line);
    }
    pieces.push(piece);
}

/// Does it need no other file, and is it a program of CPython.
fn is_whole(text: &str) -> bool {
    const OWN: [&str; 5] = ["afar", "remotely", "#=", "cannot_be_there", "nothing_like_this"];
    !OWN.iter().any(|word| text.contains(word))
}
