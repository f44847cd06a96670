//! Expressions that are text or bytes.

use super::expr::Row;

/// Strings as literals: every width of character, cases that change length, digits of other scripts, what `repr` escapes.
pub const STRINGS: &[&str] = &[
    "''", "'a'", "'b'", "'abc'", "'Hello, World'", "'ß'", "'İx'", "'é'", "'日本語'", "'😀x'", "'\\n\\t'", "\"it's\"", "'\"q\"'", "'\\'\"'", "'0'", "'12'", "' 12 '", "'1e3'", "'-7'", "'a,b,,c'", "'ABC def'", "'\\x00'", "'e\\u0301'",
    "'ǆ'", "'ﬁn'", "'٣'", "'²'", "'Ως'", "'\\u2028a'", "'a\\r\\nb\\x0bc'", "'_x1'", "'0x1F'", "'nan'", "'1_000'", "'tEsT'", "'\\x7f\\xa0'", "'xx'", "'  pad'",
];

/// Bytes as literals.
pub const BYTES: &[&str] = &["b''", "b'a'", "b'abc'", "b'\\x00\\xff'", "b'12'", "b'a b,c'", "b'Hello'", "b'\\'\"'", "b'\\xc3\\xa9'", "b'  x\\n'"];

/// Format specifications that suit ints.
pub const INT_SPECS: &[&str] = &["", "d", "5", "<8", ">8d", "^9", "+", " d", "08d", ",", "_", "x", "#x", "X", "b", "#b", "o", "e", ".2f", "10.3e", "g", "%", "=+8", "*^12,", "c", "_x", "n", "s", ".3"];

/// Format specifications that suit floats.
pub const FLOAT_SPECS: &[&str] = &["", ".2f", ".0f", "10.3f", "e", ".3e", "g", ".4g", "+.1f", "08.2f", ",.2f", "%", ".1%", "^12.1f", "#.0f", "G", "E", "_.3f", ".17g", "n", " .3", "d", ".10", "<9.2g", "=+9.1f"];

/// Format specifications that suit strings.
pub const STR_SPECS: &[&str] = &["", "s", "5", "<6", ">6", "^7", "*^9", ".2", "6.1", "06", "é<4", "=5", "d"];

/// Rows that give a string.
pub const STR: &[Row] = &[
    ("($ + $)", "ss"), ("($ + $)", "ss"), ("^($ * $)", "sk"), ("^($ * $)", "ks"), ("$[$]", "sq"), ("$[$:$]", "sqq"), ("$[$]", "sl"), ("$[::-1]", "s"), ("$[:$]", "sk"), ("str($)", "i"), ("str($)", "f"), ("str($)", "u"), ("str($)", "a"), ("repr($)", "u"), ("repr($)", "s"), ("repr($)", "f"), ("ascii($)", "s"),
    ("(lambda v: f'{v}')($)", "u"), ("(lambda v: f'{v!r}|{v}')($)", "s"), ("(lambda v: f'{v!a:>8}')($)", "s"), ("(lambda v: f'{v:$}')($)", "ei"), ("(lambda v: f'{v:$}')($)", "df"), ("(lambda v: f'{v:$}')($)", "ts"), ("(lambda v, n: f'{v:>{n}}')($, $)", "ik"), ("(lambda v, n: f'{v!s:<{n}}')($, $)", "uk"), ("f'{$}'", "v"), ("f'{$=}'", "v"), ("f'<{$!r:^12}>{$}'", "vv"),
    ("format($, '$')", "ie"), ("format($, '$')", "fd"), ("format($, '$')", "st"), ("format($, '$')", "nd"), ("'{}|{}'.format($, $)", "us"), ("'{0}{1}{0}'.format($, $)", "ik"), ("'{a:$}'.format(a=$)", "ei"), ("'{:$}'.format($)", "df"), ("'{0[0]}'.format($)", "I"),
    ("('%d' % $)", "i"), ("('%s' % ($,))", "u"), ("('%r|%s' % ($, $))", "ss"), ("('%5.2f' % $)", "f"), ("('%x' % $)", "i"), ("('%05d' % $)", "n"), ("('%-6s|' % $)", "s"), ("('%e' % $)", "n"), ("('%g' % $)", "f"), ("('%c' % $)", "k"), ("('%(a)s' % {'a': $})", "u"), ("('%+d %%' % $)", "i"), ("('%#o' % $)", "i"), ("('%.3s' % $)", "s"),
    ("$.upper()", "s"), ("$.lower()", "s"), ("$.title()", "s"), ("$.capitalize()", "s"), ("$.swapcase()", "s"), ("$.casefold()", "s"), ("$.strip()", "s"), ("$.lstrip($)", "ss"), ("$.rstrip($)", "ss"), ("$.replace($, $)", "sss"), ("$.replace($, $, $)", "sssk"), ("$.center($)", "sk"), ("$.ljust(8, 'é')", "s"), ("$.rjust($, '*')", "sk"), ("$.zfill($)", "sk"),
    ("$.removeprefix($)", "ss"), ("$.removesuffix($)", "ss"), ("$.expandtabs($)", "sk"), ("$.translate({97: 'X', 98: None})", "s"), ("$.partition($)[0]", "ss"), ("$.rpartition($)[2]", "ss"), ("$.join($)", "sS"), ("','.join($)", "X"), ("''.join($)", "X"), ("' '.join(map(str, $))", "I"), ("''.join(reversed($))", "s"), ("''.join(sorted($))", "s"),
    ("chr($ + 97)", "k"), ("chr(abs($) % 1000)", "i"), ("hex($)", "i"), ("bin($)", "i"), ("oct($)", "i"), ("$.decode('latin-1')", "y"), ("$.decode()", "y"), ("$.hex()", "y"), ("$.hex()", "f"), ("$.decode('ascii', 'replace')", "y"), ("min($, $)", "ss"), ("max($)", "S"), ("max($, key=len)", "S"), ("$[$]", "Sq"), ("type($).__name__", "a"), ("str($, 'latin-1')", "y"), ("functools.reduce(operator.add, $, '')", "S"), ("sum($, start='')", "S"),
];

/// Rows that give bytes.
pub const BYTES_ROWS: &[Row] = &[
    ("($ + $)", "yy"), ("^($ * $)", "yk"), ("$[$:$]", "yqq"), ("$[$]", "yl"), ("$.encode()", "s"), ("$.encode('latin-1', 'replace')", "s"), ("$.encode('ascii')", "s"), ("$.encode('utf-16-le')", "s"), ("bytes([$, $])", "kk"), ("bytes($)", "I"), ("bytes($)", "k"), ("$.upper()", "y"), ("$.replace($, $)", "yyy"), ("$.strip()", "y"), ("$.zfill($)", "yk"), ("$.center($, b'-')", "yk"), ("$.title()", "y"), ("b','.join([$, $])", "yy"), ("(b'%d|%s' % ($, $))", "ky"), ("$.partition($)[2]", "yy"), ("bytes(reversed($))", "y"), ("$.to_bytes(16, 'little', signed=True)", "i"), ("bytes.fromhex($.hex())", "y"), ("$.removeprefix($)", "yy"), ("$.swapcase()", "y"),
];
