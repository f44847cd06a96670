//! Expressions that are numbers.

use super::expr::Row;
use super::scope::Gen;
use super::tree::Expr;

/// Floats on whose account mistakes are made.
pub const FLOATS: &[&str] = &[
    "0.0", "(-0.0)", "1.0", "0.5", "1.5", "2.5", "-2.5", "0.1", "3.0", "-7.25", "1e16", "1e22", "1e308", "5e-324", "1e-7", "123456.789",
    "float('inf')", "float('-inf')", "float('nan')", "9007199254740993.0", "2.0 ** 63", "0.30000000000000004", "1e15", "-1.0", "100.0",
];

/// Complex numbers.
pub const COMPLEXES: &[&str] =
    &["1j", "(1+2j)", "(0.5-1.5j)", "0j", "complex(-0.0, 0.0)", "(3+0j)", "complex(float('inf'), 1)", "(1e308+1e308j)", "(-2j)"];

/// Ints at the borders of what machines hold.
const EDGES: &[&str] = &[
    "255", "256", "1000", "2147483647", "2147483648", "(-2147483648)", "4294967296", "9007199254740991", "9007199254740993", "4611686018427387904",
    "9223372036854775807", "(-9223372036854775808)", "9223372036854775808", "(-9223372036854775809)", "18446744073709551615", "18446744073709551616",
    "170141183460469231731687303715884105728", "(2 ** 127 - 1)", "(-2 ** 63)", "(2 ** 62 + 1)", "3037000500", "10 ** 18", "(10 ** 19)", "4611686018427387903",
];

/// Rows that give an int.
pub const INT: &[Row] = &[
    ("($ + $)", "ii"), ("($ + $)", "ii"), ("($ - $)", "ii"), ("($ - $)", "ii"), ("^($ * $)", "ii"), ("^($ * $)", "ii"), ("($ * 3)", "i"),
    ("($ // $)", "ii"), ("($ % $)", "ii"), ("($ // 7)", "i"), ("($ % 10)", "i"), ("($ // -3)", "i"), ("($ % -5)", "i"),
    ("($ & $)", "ii"), ("($ | $)", "ii"), ("($ ^ $)", "ii"), ("^($ << $)", "ik"), ("^($ << ($ & 63))", "ii"), ("($ >> $)", "ik"), ("($ >> ($ & 127))", "ii"),
    ("^($ ** $)", "ik"), ("^($ ** 2)", "i"), ("pow($, $, $)", "iki"), ("pow($, $, 1000007)", "ii"), ("(-$)", "i"), ("(~$)", "i"), ("(+$)", "b"), ("abs($)", "i"),
    ("len($)", "L"), ("len($)", "s"), ("len($)", "y"), ("len($)", "D"), ("len($)", "Z"), ("len($)", "R"), ("int($)", "b"), ("int($)", "f"), ("round($)", "f"), ("int($)", "n"),
    ("round($, $)", "iq"), ("min($, $)", "ii"), ("max($, $, $)", "iii"), ("max($, key=$)", "IW"), ("min($, default=$)", "Ii"), ("max($, default=$)", "Ii"),
    ("sum($)", "I"), ("sum($, $)", "Ii"), ("sum($)", "G"), ("sum($)", "G"), ("sum($)", "Z"), ("sum($)", "B"), ("max($, default=0)", "G"), ("min($, default=0)", "G"),
    ("len(list($))", "g"), ("sum(1 for _ in $)", "R"), ("$[$]", "Iq"), ("$[$]", "Rq"), ("$[$]", "yq"), ("$['a']", "D"), ("$.get($, $)", "Dsi"), ("divmod($, $)[0]", "ii"), ("divmod($, $)[1]", "ii"),
    ("($ + $)", "bb"), ("($ * $)", "bi"), ("($ - $)", "bi"), ("$.count($)", "ss"), ("$.find($)", "ss"), ("$.index($)", "ss"), ("$.rfind($, $)", "ssq"), ("ord($[$])", "sq"),
    ("int(str($))", "i"), ("int($)", "s"), ("int($, $)", "sk"), ("$.bit_length()", "i"), ("math.gcd($, $)", "ii"), ("math.comb($, $)", "kk"), ("math.isqrt(abs($))", "i"), ("math.floor($)", "f"),
    ("math.ceil($)", "f"), ("math.trunc($)", "f"), ("math.prod($)", "I"), ("functools.reduce($, $)", "wI"), ("functools.reduce($, $, $)", "wIi"), ("functools.reduce(operator.add, $, $)", "Ii"),
    ("$.index($)", "Ii"), ("$.count($)", "Ii"), ("$.count($)", "Ei"), ("int.from_bytes($, 'big')", "y"), ("int.from_bytes($, 'little', signed=True)", "y"), ("next(iter($), $)", "Ii"),
    ("operator.mul($, 2)", "i"), ("min($)", "Z"), ("max($, default=0)", "Z"), ("sum(map($, $))", "WI"), ("sum($ for _ in range($))", "ik"), ("len($[$])", "Sl"), ("len($[$])", "sl"),
    ("sum(len(v) for v in $)", "S"), ("sum($.values())", "D"), ("len({*$, *$})", "II"), ("max($, $, key=$)", "iiW"), ("($).real", "i"), ("($).numerator", "b"), ("[*$, 0][0]", "R"), ("int($ $ $)", "iOi"),
];

/// Rows that give a small int.
pub const SMALL: &[Row] = &[
    ("($ % 5)", "i"), ("($ & 3)", "i"), ("int($)", "b"), ("min($, 4)", "k"), ("($ + 1)", "k"), ("len($[:4])", "L"), ("len($[:5])", "s"), ("abs($ - 3)", "k"), ("($ % 3 + 1)", "i"),
];

/// Rows that give a bool.
pub const BOOL: &[Row] = &[
    ("($ $ $)", "iOi"), ("($ $ $)", "iOi"), ("($ $ $)", "fOf"), ("($ $ $)", "nOn"), ("($ $ $)", "iOf"), ("($ $ $)", "sOs"), ("($ $ $)", "yOy"), ("($ $ $)", "bOb"), ("($ < $ < $)", "iii"), ("($ <= $ != $)", "nnn"),
    ("($ == $)", "uu"), ("($ != $)", "uu"), ("($ == $)", "aa"), ("($ $ $)", "IOI"), ("($ $ $)", "SOS"), ("($ $ $)", "ZOZ"), ("($ == $)", "DD"), ("($ == $)", "cc"), ("($ == $)", "RR"), ("($ $ $)", "EOE"),
    ("(not $)", "b"), ("(not $)", "u"), ("(not $)", "a"), ("($ and $)", "bb"), ("($ or $)", "bb"), ("bool($)", "u"), ("bool($)", "f"), ("bool($)", "a"),
    ("($ in $)", "iI"), ("($ not in $)", "iI"), ("($ in $)", "ss"), ("($ in $)", "sS"), ("($ in $)", "iR"), ("($ in $)", "fR"), ("($ in $)", "iZ"), ("($ in $)", "sD"), ("($ in $)", "iy"), ("($ in $)", "nN"), ("($ in $)", "aL"),
    ("isinstance($, int)", "a"), ("isinstance($, (str, float))", "a"), ("any($)", "B"), ("all($)", "B"), ("any($)", "L"), ("all($)", "I"), ("all(map($, $))", "WI"),
    ("$.startswith($)", "ss"), ("$.endswith(($, $))", "sss"), ("$.isdigit()", "s"), ("$.isalpha()", "s"), ("$.isupper()", "s"), ("$.isidentifier()", "s"), ("$.isspace()", "s"), ("$.isnumeric()", "s"), ("$.istitle()", "s"), ("$.isalnum()", "y"),
    ("($ is None)", "a"), ("($ is not None)", "a"), ("math.isnan($)", "f"), ("math.isinf($)", "n"), ("math.isclose($, $)", "ff"), ("$.is_integer()", "f"), ("$.issubset($)", "ZZ"), ("$.isdisjoint($)", "ZI"), ("($ & $)", "bb"), ("($ ^ $)", "bb"), ("($ | $)", "bb"),
    ("any($ for _ in $)", "bR"), ("callable($)", "a"),
];

/// Rows that give a float.
pub const FLOAT: &[Row] = &[
    ("($ + $)", "ff"), ("($ - $)", "ff"), ("($ * $)", "ff"), ("($ / $)", "ff"), ("($ / $)", "ii"), ("($ / $)", "ik"), ("($ + $)", "fi"), ("($ * $)", "if"), ("($ - $)", "if"), ("($ / $)", "nf"), ("($ + $)", "fb"),
    ("($ // $)", "ff"), ("($ % $)", "ff"), ("($ // $)", "if"), ("($ % $)", "fi"), ("($ ** $)", "fk"), ("($ ** 0.5)", "k"), ("($ ** -1)", "i"), ("($ ** $)", "kf"), ("(-$)", "f"), ("abs($)", "f"), ("(+$)", "f"),
    ("float($)", "i"), ("float($)", "b"), ("float($)", "n"), ("float($)", "s"), ("float(str($))", "f"), ("float(repr($))", "f"), ("round($, $)", "fq"), ("round($, $)", "fk"), ("math.sqrt($)", "n"), ("math.sqrt(abs($))", "f"), ("math.fabs($)", "f"), ("math.floor($) + 0.5", "n"),
    ("math.copysign($, $)", "ff"), ("math.fmod($, $)", "ff"), ("math.hypot($, $)", "ff"), ("math.exp($)", "k"), ("math.log($)", "i"), ("math.log2($)", "i"), ("math.sin($)", "f"), ("math.atan2($, $)", "ff"), ("math.ldexp($, $)", "fq"), ("math.fsum($)", "F"),
    ("sum($)", "F"), ("sum($)", "N"), ("sum($, 0.0)", "I"), ("sum($)", "Y"), ("max($, $)", "ff"), ("min($, $)", "ff"), ("max($, default=0.0)", "F"), ("min($)", "F"), ("$[$]", "Fq"), ("$.real", "c"), ("$.imag", "c"), ("abs($)", "c"), ("divmod($, $)[1]", "ff"), ("divmod($, $)[0]", "fi"),
    ("functools.reduce(lambda p, q: p + q, $, 0.0)", "F"), ("functools.reduce(lambda p, q: p * q, $, 1.0)", "N"), ("math.prod($)", "F"), ("float(len($))", "L"), ("float.fromhex($.hex())", "f"), ("math.dist($[:2], $[:2])", "FF"), ("math.nextafter($, $)", "ff"), ("math.modf($)[0]", "f"), ("math.pow($, $)", "fk"),
];

/// Rows that give a complex number.
pub const COMPLEX: &[Row] = &[
    ("($ + $)", "cc"), ("($ - $)", "cc"), ("($ * $)", "cc"), ("($ / $)", "cc"), ("($ * $)", "cf"), ("($ + $)", "ic"), ("($ / $)", "cn"), ("complex($, $)", "ff"), ("complex($)", "i"), ("complex($, $)", "nn"), ("$.conjugate()", "c"),
    ("(-$)", "c"), ("($ ** 2)", "c"), ("($ ** $)", "ck"), ("sum([$, $])", "cc"), ("($ - $)", "fc"), ("complex(str($))", "c"),
];

/// Rows that give a number of a kind that only the run decides.
pub const NUM: &[Row] = &[
    ("$", "i"), ("$", "f"), ("$", "b"), ("($ + $)", "nn"), ("($ - $)", "nn"), ("^($ * $)", "nn"), ("($ / $)", "nn"), ("($ // $)", "nn"), ("($ % $)", "nn"), ("($ if $ else $)", "ibf"), ("($ if $ else $)", "fbi"), ("abs($)", "n"), ("(-$)", "n"), ("round($)", "n"),
    ("round($, $)", "nq"), ("max($, $)", "nn"), ("min($, $)", "nn"), ("sum($)", "N"), ("$[$]", "Nq"), ("max($, default=0)", "N"), ("min($, key=abs, default=0)", "N"), ("($ and $)", "nn"), ("($ or $)", "nn"), ("divmod($, $)[0]", "nn"), ("^($ ** $)", "nk"), ("functools.reduce(lambda p, q: p + q, $, $)", "Nn"), ("functools.reduce(max, $, $)", "Nn"), ("math.prod($)", "N"),
];

impl Gen {
    /// An int, more often a small one.
    pub fn int_literal(&mut self) -> Expr {
        match self.random.below(10) {
            0..=4 => Expr::text(self.random.below(12).to_string()),
            5 | 6 => Expr::text(format!("(-{})", self.random.between(1, 12))),
            _ => Expr::text(*self.random.pick(EDGES)),
        }
    }
}
