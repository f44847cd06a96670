//! Grids of calls that are wrong: too few arguments, too many, of wrong types, with names that are none.

use super::grids::{Grid, PRELUDE};

/// What is put between the parentheses.
const SHAPES: &[&str] = &[
    "",
    "None",
    "5",
    "1.5",
    "'a'",
    "b'a'",
    "[1]",
    "(1,)",
    "{1: 2}",
    "range(2)",
    "kk",
    "None, None",
    "5, 5",
    "'a', 1",
    "b'a', 1",
    "1, 'a'",
    "'a', 'b'",
    "[1], [2]",
    "'a', 1, 2",
    "1, 2, 3, 4, 5",
    "nope=1",
    "1, nope=1",
    "a=1, b=2, c=3, d=4, e=5",
    "sep='a'",
    "maxsplit='a'",
    "encoding='a'",
    "byteorder='a', length=1",
    "key=1",
    "[1], key=1",
    "default=1",
];

/// Built-in functions and classes.
const FUNCTIONS: &str = "abs all any ascii bin bool bytes callable chr classmethod complex dict divmod enumerate filter float format frozenset getattr hasattr hex int isinstance issubclass iter len list map max min next object oct ord pow property range repr reversed round set slice sorted staticmethod str super tuple type zip KeyError OSError StopIteration SystemExit SyntaxError UnicodeDecodeError UnicodeEncodeError UnicodeTranslateError ImportError NameError AttributeError";

/// Values, and their methods. Those that change them are refused, and stand in no grid.
const METHODS: &[(&str, &str)] = &[
    ("None", "__bool__ __eq__ __repr__ __str__ __format__"),
    ("True", "__and__ __rxor__ __repr__ bit_length from_bytes __getnewargs__"),
    (
        "5",
        "as_integer_ratio bit_count bit_length conjugate from_bytes to_bytes __add__ __radd__ __pow__ __rpow__ __divmod__ __neg__ __bool__ __round__ __ceil__ __trunc__ __index__ __lt__ __eq__ __format__ __getnewargs__",
    ),
    (
        "1.5",
        "as_integer_ratio conjugate fromhex hex is_integer __add__ __mod__ __rpow__ __floor__ __round__ __int__ __ge__ __format__ __getnewargs__",
    ),
    ("1j", "conjugate __add__ __complex__ __abs__ __eq__ __lt__ __format__ __getnewargs__"),
    (
        "'ab'",
        "capitalize casefold center count encode endswith expandtabs find format_map index isalnum isidentifier join ljust lower lstrip maketrans partition removeprefix replace rfind rjust rpartition rsplit split splitlines startswith strip title translate zfill __add__ __mul__ __mod__ __rmod__ __contains__ __getitem__ __len__ __iter__ __lt__ __format__ __getnewargs__",
    ),
    (
        "b'ab'",
        "capitalize center count decode endswith expandtabs find fromhex hex index isalnum join ljust lower lstrip maketrans partition removeprefix replace rfind rjust rsplit split splitlines startswith strip title translate zfill __add__ __mul__ __mod__ __contains__ __getitem__ __bytes__ __getnewargs__",
    ),
    (
        "(1,)",
        "count index __add__ __mul__ __contains__ __getitem__ __len__ __eq__ __lt__ __getnewargs__ __class_getitem__",
    ),
    (
        "[1]",
        "copy count index __add__ __mul__ __contains__ __getitem__ __reversed__ __eq__ __class_getitem__",
    ),
    (
        "{1: 2}",
        "copy fromkeys get items keys values __contains__ __getitem__ __or__ __ror__ __reversed__ __eq__ __lt__",
    ),
    (
        "{1}",
        "copy difference intersection isdisjoint issubset issuperset symmetric_difference union __and__ __contains__ __sub__ __le__",
    ),
    ("frozenset([1])", "copy difference intersection union __or__ __contains__"),
    ("range(3)", "count index __bool__ __getitem__ __contains__ __reversed__ __len__"),
    ("slice(3)", "indices __eq__ __repr__"),
    ("{1: 2}.keys()", "isdisjoint __and__ __contains__ __reversed__ __le__"),
    ("{1: 2}.items()", "isdisjoint __or__ __contains__ __reversed__"),
    ("ValueError('a')", "add_note with_traceback __str__ __repr__"),
    ("gen()", "send throw close __next__ __iter__"),
    ("iter((1,))", "__next__ __iter__ __length_hint__"),
    ("kk", "__eq__ __ne__ __lt__ __str__ __format__ __getattribute__ m"),
    ("K", "__eq__ __or__ m"),
    ("str", "upper __add__ __len__ maketrans"),
    ("int", "bit_length __ceil__ __add__ from_bytes"),
    ("bool", "__and__ __or__ bit_length"),
    ("dict", "get keys __contains__ __getitem__ fromkeys"),
    ("list", "copy __add__ __getitem__ __reversed__"),
];

const CLASS: &str = "\
class K:
    def m(self):
        return 1
    def __repr__(self):
        return 'kk'
kk = K()
def gen():
    yield 1
def told(f):
    try:
        value = f()
    except Exception as error:
        return type(error).__name__ + ': ' + str(error)
    shown = isinstance(value, (int, float, complex, str, bytes))
    return repr(value) if shown else type(value).__name__
";

fn grid(name: String, calls: impl Iterator<Item = String>) -> Grid {
    let calls: String = calls.map(|call| format!("    lambda: {call},\n")).collect();
    let body = format!(
        "{CLASS}CALLS = [\n{calls}]\nprint('\\n'.join([str(i) + ' ' + told(f) for i, f in enumerate(CALLS)]))\n"
    );
    Grid { name, text: format!("{PRELUDE}{body}") }
}

/// All of them: one for each function, and for each value.
pub fn all() -> Vec<Grid> {
    let functions: Vec<&str> = FUNCTIONS.split_whitespace().collect();
    let mut all: Vec<Grid> = functions
        .chunks(12)
        .map(|names| {
            let calls =
                names.iter().flat_map(|name| SHAPES.iter().map(move |args| format!("{name}({args})")));
            grid(format!("wrong calls of {}", names.join(", ")), calls)
        })
        .collect();
    for (value, names) in METHODS {
        let names: Vec<&str> = names.split_whitespace().collect();
        for names in names.chunks(16) {
            let calls = names
                .iter()
                .flat_map(|name| SHAPES.iter().map(move |args| format!("({value}).{name}({args})")));
            all.push(grid(format!("wrong calls of {value}.{}", names.join(", ")), calls));
        }
    }
    all
}
