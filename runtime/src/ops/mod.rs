//! The operations of the language on any values: operators, protocols, conversions.

mod binary;
mod compare;
mod identity;
mod protocol;
mod show;
mod unpack;

pub use binary::{binary, divmod, native_binary, pow, unary};
pub use compare::{compare, eq, lt, native_compare};
pub use identity::{hash, identity_hash, is, is_same_object};
pub use protocol::{
    abs, collect, collect_sized, contains, getitem, index, is_iterable, iter, iter_object, len, length_hint,
    next, refuse_to_iterate, round, truthy,
};
pub use show::{ascii, format, no_address, repr, to_str};
pub(crate) use show::{class_module, is_written_in_python, native_repr};
pub use unpack::unpack;

use crate::value::Str;
use crate::{Fault, Res, Value};
use std::cell::Cell;

/// Binary operators.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
#[expect(missing_docs, reason = "named after the operators")]
pub enum BinOp {
    Add,
    Sub,
    Mul,
    Div,
    FloorDiv,
    Mod,
    Pow,
    MatMul,
    LShift,
    RShift,
    BitAnd,
    BitOr,
    BitXor,
}

/// Unary operators but `not`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
#[expect(missing_docs, reason = "named after the operators")]
pub enum UnaryOp {
    Neg,
    Pos,
    Invert,
}

/// Comparison operators.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
#[expect(missing_docs, reason = "named after the operators")]
pub enum CmpOp {
    Eq,
    Ne,
    Lt,
    Le,
    Gt,
    Ge,
}

impl BinOp {
    /// As messages show it: `+`, `** or pow()`.
    pub fn symbol(self) -> &'static str {
        match self {
            Self::Add => "+",
            Self::Sub => "-",
            Self::Mul => "*",
            Self::Div => "/",
            Self::FloorDiv => "//",
            Self::Mod => "%",
            Self::Pow => "** or pow()",
            Self::MatMul => "@",
            Self::LShift => "<<",
            Self::RShift => ">>",
            Self::BitAnd => "&",
            Self::BitOr => "|",
            Self::BitXor => "^",
        }
    }

    /// The names of its method and of the reflected one.
    pub fn methods(self) -> (&'static str, &'static str) {
        match self {
            Self::Add => ("__add__", "__radd__"),
            Self::Sub => ("__sub__", "__rsub__"),
            Self::Mul => ("__mul__", "__rmul__"),
            Self::Div => ("__truediv__", "__rtruediv__"),
            Self::FloorDiv => ("__floordiv__", "__rfloordiv__"),
            Self::Mod => ("__mod__", "__rmod__"),
            Self::Pow => ("__pow__", "__rpow__"),
            Self::MatMul => ("__matmul__", "__rmatmul__"),
            Self::LShift => ("__lshift__", "__rlshift__"),
            Self::RShift => ("__rshift__", "__rrshift__"),
            Self::BitAnd => ("__and__", "__rand__"),
            Self::BitOr => ("__or__", "__ror__"),
            Self::BitXor => ("__xor__", "__rxor__"),
        }
    }
}

impl CmpOp {
    /// As messages show it.
    pub fn symbol(self) -> &'static str {
        match self {
            Self::Eq => "==",
            Self::Ne => "!=",
            Self::Lt => "<",
            Self::Le => "<=",
            Self::Gt => ">",
            Self::Ge => ">=",
        }
    }

    /// The name of its method.
    pub fn method(self) -> &'static str {
        match self {
            Self::Eq => "__eq__",
            Self::Ne => "__ne__",
            Self::Lt => "__lt__",
            Self::Le => "__le__",
            Self::Gt => "__gt__",
            Self::Ge => "__ge__",
        }
    }

    /// The operator that says the same with its sides exchanged.
    pub fn reflected(self) -> Self {
        match self {
            Self::Eq => Self::Eq,
            Self::Ne => Self::Ne,
            Self::Lt => Self::Gt,
            Self::Le => Self::Ge,
            Self::Gt => Self::Lt,
            Self::Ge => Self::Le,
        }
    }
}

/// How deep `==`, `repr` and hashing go into nested values before they give up, as CPython does at 1,000.
const MAX_DEPTH: u32 = 1000;

thread_local! {
    static DEPTH: Cell<u32> = const { Cell::new(0) };
}

/// What is said of a recursion over a value that is too deep.
fn too_deep(doing: &str) -> Fault {
    Fault::exception("RecursionError", format!("maximum recursion depth exceeded{doing}"))
}

/// Runs one level of a recursion over a value; `RecursionError` where it is too deep.
fn nested<T>(too_deep: impl FnOnce() -> Fault, run: impl FnOnce() -> Res<T>) -> Res<T> {
    let depth = DEPTH.get();
    if depth >= MAX_DEPTH {
        return Err(too_deep());
    }
    DEPTH.set(depth + 1);
    let result = run();
    DEPTH.set(depth);
    result
}

/// What messages call the type of a value.
pub fn type_name(value: &Value) -> Str {
    crate::object::class::class_ref(value).shown.clone()
}

/// The name of the type of a value without its module: its `__name__`.
pub fn short_type_name(value: &Value) -> Str {
    crate::object::class::class_ref(value).name.clone()
}

/// Calls with positional arguments.
pub fn call(func: &Value, args: &[Value]) -> Res {
    crate::object::call::call(func, &crate::Args::positional(args))
}
