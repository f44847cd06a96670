//! The first byte of everything.

/// Before the items of a list: tag, kind of item, padding, number.
pub(super) const LIST_HEAD: usize = 16;

macro_rules! tags {
    ($($name:ident = $n:literal,)*) => {
        $(pub(super) const $name: u8 = $n;)*
    };
}

tags! {
    UNBOUND = 0,
    NONE = 1,
    ELLIPSIS = 2,
    NOT_IMPLEMENTED = 3,
    FALSE = 4,
    TRUE = 5,
    INT = 6,
    BIG_INT = 7,
    FLOAT = 8,
    COMPLEX = 9,
    STR = 10,
    BYTES = 11,
    TUPLE = 12,
    LIST = 13,
    DICT = 14,
    SET = 15,
    RANGE = 16,
    SLICE = 17,
    VIEW = 18,
    FUNC = 19,
    METHOD = 20,
    CLASS = 21,
    BUILTIN_CLASS = 22,
    INSTANCE = 23,
    BUILTIN = 24,
    MODULE = 25,
    CELL = 26,
    AGAIN = 27,
    REFERENCE = 28,
    PROXY = 29,
    PLACE = 30,
    MEMBER = 31,
    REMADE = 32,
    REMADE_CLASS = 33,
    HELD = 34,
    // What follows the value.
    CONTENT = 40,
    BINDING = 41,
    END = 42,
    // What an instance holds besides its fields.
    PLAIN = 50,
    PAYLOAD = 51,
    LATE = 52,
    EXCEPTION = 53,
    PROPERTY = 54,
    STATIC = 55,
    CLASS_METHOD = 56,
    TUPLE_FIELD = 57,
    SLOT = 58,
    LAZY = 59,
}
