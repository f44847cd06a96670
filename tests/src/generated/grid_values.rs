//! The tables of values that grids go through, as text of the language.

/// A few of every type.
pub const MIXED: &str = "[None, True, False, 0, 1, -1, 2, 7, 255, 2**31, 2**53 + 1, 2**63 - 1, 2**63, -2**63, -2**63 - 1, 2**127, 0.0, -0.0, 0.5, -2.5, 1e16, 1e308, inf, -inf, nan, 1+2j, 0j, '', 'a', 'abc', '12', '%s', 'é😀', b'', b'a', b'abc', (), (1,), (1, 'a'), [], [1, 2], ['a'], [1.5], {}, {'a': 1}, {1: 2}, set(), {1}, frozenset({1}), frozenset(), range(3), range(0), slice(1), int, len, ValueError, Ellipsis, NotImplemented]";
/// The same, with nothing large.
pub const SMALL: &str = "[None, True, False, 0, 1, -1, 2, 3, -7, 10, 62, 63, 64, 65, 0.0, -0.0, 0.5, -2.5, 3.0, 1e300, inf, -inf, nan, 1+2j, 0j, -1j, '', 'a', 'ab%d', b'', b'a', (), (1, 'a'), [], [1, 2], ['a'], [1.5], {}, {'a': 1}, {1}, frozenset(), range(3), int]";
/// Numbers at the borders of what machines hold.
pub const NUMBERS: &str = "[0, 1, -1, 2, -2, 3, 5, -7, 10, 63, 64, 255, 2**31 - 1, 2**31, -2**31, 2**32, 3037000499, 3037000500, 2**53 - 1, 2**53, 2**53 + 1, -2**53 - 1, 2**62, -2**62, 2**63 - 1, 2**63 - 2, 2**63, 2**63 + 1025, -2**63, -2**63 + 1, -2**63 - 1, 2**64 - 1, 2**64, 2**127 - 1, 2**127, -2**127, 10**30, True, False, 0.0, -0.0, 0.5, -0.5, 1.0, 1.5, 2.5, -2.5, 0.1, 1e-5, 1e15, 1e16, 1e22, 2.0**53, 2.0**63, 2.0**64, -2.0**63, 1e308, 5e-324, 2.2250738585072014e-308, inf, -inf, nan, 123456789.125]";
/// Ints.
pub const INTS: &str =
    "[0, 1, -1, 7, 65, -12, 255, 1000, 12345678, 2**31, 2**63 - 1, -2**63, 2**64, -10**20, 10**30, True]";
/// Floats.
pub const FLOATS: &str = "[0.0, -0.0, 0.5, 1.0, -1.5, 2.5, 3.5, 0.1, 123.456, 1e-5, 0.0001, 123456.0, 1234567.0, 9999999.5, 1e15, 1e16, 123456789012345680.0, 1e22, 1e100, 1.7976931348623157e308, 5e-324, inf, -inf, nan, 0.05, 0.15, 99.95, 1/3, 2/3]";
/// Strings.
pub const STRINGS: &str = "['', 'a', 'abc', 'aXbXc', 'Hello World', ' a b  c ', 'a,b,,c', 'ß', 'İ', 'éa', '日本', '😀x', 'ǆ', 'ﬁ', '٣', '²', 'Σας', 'a\\tb\\n', 'x\\r\\ny\\x0bz\\x1c', '12', '-7', '_x1', 'aaa', 'ab\\x00', \"it's\", 'ÀÉ', '{}', '{0}{a}']";
/// Bytes.
pub const BYTES: &str = "[b'', b'a', b'abc', b'Hello World', b' a b  c ', b'a,b,,c', b'\\x00\\xff', b'12', b'-7', b'aaa', b'a\\tb\\r\\nc', b'\\xc3\\xa9', b'tEST one']";
/// What string methods are given.
pub const TEXT_ARGUMENTS: &str = "['', 'a', 'X', ' ', ',', 'é', 0, 3, 8, -2, None, True, 'utf-8', 'ascii', b'a', ['x', 'y'], ('a', 'H'), {97: 'Z', 98: None}, 1.5]";
/// What methods of sequences are given.
pub const LIST_ARGUMENTS: &str = "[0, 1, 2, -1, 1.0, True, 'a', None, (1,), [1], nan, 2**63, 2**63 + 1]";
/// What methods of dicts are given.
pub const DICT_ARGUMENTS: &str = "['a', 1, 1.0, 2.5, (1, 2), [1], None, 'ab']";
/// Operands that are known when code is compiled.
pub const CONSTANTS: &[&str] = &[
    "0",
    "1",
    "-1",
    "2",
    "-2",
    "3",
    "-7",
    "8",
    "10",
    "63",
    "64",
    "255",
    "9223372036854775807",
    "-9223372036854775808",
    "9223372036854775808",
    "18446744073709551616",
    "0.0",
    "-0.0",
    "0.5",
    "-2.5",
    "1e16",
    "True",
    "False",
    "1j",
];
/// Keys that are equal across types.
pub const KEYS: &str = "[0, False, 0.0, -0.0, 1, True, 1.0, 1+0j, 2**53, 2.0**53, 2**63, 2.0**63, 'a', b'a', (), (1,), (1.0,), (True,), None, frozenset([1]), frozenset([1.0]), range(3), range(0, 3, 1)]";
/// Containers, and what is none.
pub const CONTAINERS: &str = "[0, 1, -1, 'ab', '', b'ab', (1, 2), (), [1, 2], [], ['a', 'b'], [1.5], [[1], [2]], {'a': 1}, {1: 'x'}, {}, {2}, {'a'}, set(), frozenset([1]), range(2), range(0), slice(0, 1), int, None, 'real', len]";
