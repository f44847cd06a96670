//! The one boxed value: 16 bytes, a tag and a payload, with a layout that compiled code relies on.

mod args;
mod string;

pub use args::Args;
pub use string::{Str, StrObj};

use crate::Res;
use crate::collections::{Dict, List, Range, Set, Slice, View};
use crate::iter::Iter;
use crate::object::{Cell, Class, Func, Host, Instance, Method, Module};
use num_bigint::BigInt;

/// A counted reference. Its count lies before the payload, where compiled code finds it.
pub type Ref<T> = triomphe::Arc<T>;

/// An immutable sequence of values.
pub type Tuple = Box<[Value]>;

/// A complex number: real and imaginary part.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Complex {
    /// Real part.
    pub re: f64,
    /// Imaginary part.
    pub im: f64,
}

/// A value of the language.
///
/// Layout: the tag is the first byte, the payload lies at offset 8; from [`Value::FIRST_COUNTED`] on the payload is
/// a [`Ref`]. Compiled code reads and writes `None`, `Bool`, `Int` and `Float` by itself.
#[repr(C, u8)]
#[derive(Clone, Default)]
pub enum Value {
    /// No value: a name that is not bound. No operation ever sees it.
    #[default]
    Unbound = 0,
    /// `None`.
    None = 1,
    /// `...`.
    Ellipsis = 2,
    /// `NotImplemented`.
    NotImplemented = 3,
    /// `True`, `False`.
    Bool(bool) = 4,
    /// An integer that fits 64 bits; always in this form where it does.
    Int(i64) = 5,
    /// A float.
    Float(f64) = 6,
    /// A built-in function, or a method of a built-in type without its receiver.
    Builtin(&'static Builtin) = 7,
    /// An integer that does not fit 64 bits.
    BigInt(Ref<BigInt>) = 8,
    /// A complex number.
    Complex(Ref<Complex>) = 9,
    /// Text.
    Str(Str) = 10,
    /// Bytes.
    Bytes(Ref<Box<[u8]>>) = 11,
    /// A tuple.
    Tuple(Ref<Tuple>) = 12,
    /// A list.
    List(Ref<List>) = 13,
    /// A dict (also `Counter`, `OrderedDict`: see [`Dict::flavour`]).
    Dict(Ref<Dict>) = 14,
    /// A set or frozenset.
    Set(Ref<Set>) = 15,
    /// A range.
    Range(Ref<Range>) = 16,
    /// A slice.
    Slice(Ref<Slice>) = 17,
    /// A function of the program, with what it captured.
    Func(Ref<Func>) = 18,
    /// A function or built-in method with its receiver.
    Method(Ref<Method>) = 19,
    /// A class, built-in ones (`int`, `ValueError`) included.
    Class(Ref<Class>) = 20,
    /// An instance of a class: also every exception, enum member, named tuple.
    Instance(Ref<Instance>) = 21,
    /// An iterator or generator.
    Iter(Ref<Iter>) = 22,
    /// `d.keys()`, `d.values()`, `d.items()`.
    View(Ref<View>) = 23,
    /// A module.
    Module(Ref<Module>) = 24,
    /// A variable that is shared with an inner function. No operation ever sees it.
    Cell(Ref<Cell>) = 25,
    /// A native object of the standard library or the cluster: a compiled pattern, a proxy.
    Host(Ref<Host>) = 26,
}

/// A function written in Rust.
pub struct Builtin {
    /// Its name, as messages show it: `len`, `append`.
    pub name: &'static str,
    /// The type or module it belongs to: `str`, `math`; empty for a built-in function.
    pub owner: &'static str,
    /// What it does. A method finds its receiver as the first positional argument.
    pub call: fn(&Args<'_>) -> Res,
}

impl Value {
    /// The first tag whose payload is a counted reference.
    pub const FIRST_COUNTED: u8 = 8;
    /// The tag of a list.
    pub const LIST: u8 = 13;

    /// The tag, as compiled code sees it.
    pub fn tag(&self) -> u8 {
        // The discriminant of a `repr(u8)` enum cannot be read by safe code but by a match; `mem::discriminant` hides it.
        match self {
            Self::Unbound => 0,
            Self::None => 1,
            Self::Ellipsis => 2,
            Self::NotImplemented => 3,
            Self::Bool(_) => 4,
            Self::Int(_) => 5,
            Self::Float(_) => 6,
            Self::Builtin(_) => 7,
            Self::BigInt(_) => 8,
            Self::Complex(_) => 9,
            Self::Str(_) => 10,
            Self::Bytes(_) => 11,
            Self::Tuple(_) => 12,
            Self::List(_) => Self::LIST,
            Self::Dict(_) => 14,
            Self::Set(_) => 15,
            Self::Range(_) => 16,
            Self::Slice(_) => 17,
            Self::Func(_) => 18,
            Self::Method(_) => 19,
            Self::Class(_) => 20,
            Self::Instance(_) => 21,
            Self::Iter(_) => 22,
            Self::View(_) => 23,
            Self::Module(_) => 24,
            Self::Cell(_) => 25,
            Self::Host(_) => 26,
        }
    }

    /// Is the payload a counted reference.
    #[inline]
    pub fn is_counted(&self) -> bool {
        self.tag() >= Self::FIRST_COUNTED
    }

    /// Text.
    pub fn str(text: impl AsRef<str>) -> Self {
        Self::Str(Str::new(text.as_ref()))
    }

    /// Text that is owned already.
    pub fn string(text: String) -> Self {
        Self::Str(Str::from(text))
    }

    /// Bytes.
    pub fn bytes(bytes: impl Into<Box<[u8]>>) -> Self {
        Self::Bytes(Ref::new(bytes.into()))
    }

    /// A tuple.
    pub fn tuple(items: impl Into<Tuple>) -> Self {
        Self::Tuple(Ref::new(items.into()))
    }

    /// A list; it is stored unboxed where all items allow it.
    pub fn list(items: Vec<Value>) -> Self {
        Self::List(Ref::new(List::from_values(items)))
    }

    /// A complex number.
    pub fn complex(re: f64, im: f64) -> Self {
        let plain = crate::number::nan::plain;
        Self::Complex(Ref::new(Complex { re: plain(re), im: plain(im) }))
    }

    /// An integer of any size, in its one form.
    pub fn big(n: BigInt) -> Self {
        match i64::try_from(&n) {
            Ok(n) => Self::Int(n),
            Err(_) => Self::BigInt(Ref::new(n)),
        }
    }

    /// An integer, in its one form.
    pub fn int128(n: i128) -> Self {
        match i64::try_from(n) {
            Ok(n) => Self::Int(n),
            Err(_) => Self::BigInt(Ref::new(BigInt::from(n))),
        }
    }

    /// A length or index.
    pub fn usize(n: usize) -> Self {
        match i64::try_from(n) {
            Ok(n) => Self::Int(n),
            Err(_) => Self::BigInt(Ref::new(BigInt::from(n))),
        }
    }

    /// Is it bound.
    pub fn is_bound(&self) -> bool {
        !matches!(self, Self::Unbound)
    }

    /// Is it `None`.
    pub fn is_none(&self) -> bool {
        matches!(self, Self::None)
    }

    /// The text of a `str` (not of an instance of a subclass).
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::Str(s) => Some(s.as_str()),
            _ => None,
        }
    }
}

impl From<bool> for Value {
    fn from(b: bool) -> Self {
        Self::Bool(b)
    }
}

impl From<i64> for Value {
    fn from(n: i64) -> Self {
        Self::Int(n)
    }
}

impl From<f64> for Value {
    fn from(x: f64) -> Self {
        Self::Float(x)
    }
}

impl From<&str> for Value {
    fn from(s: &str) -> Self {
        Self::str(s)
    }
}

impl From<String> for Value {
    fn from(s: String) -> Self {
        Self::string(s)
    }
}

impl From<BigInt> for Value {
    fn from(n: BigInt) -> Self {
        Self::big(n)
    }
}

impl std::fmt::Debug for Value {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Bool(b) => write!(f, "{b}"),
            Self::Int(n) => write!(f, "{n}"),
            Self::Float(x) => write!(f, "{x:?}"),
            Self::Str(s) => write!(f, "{:?}", s.as_str()),
            other => write!(f, "<value of tag {}>", other.tag()),
        }
    }
}
