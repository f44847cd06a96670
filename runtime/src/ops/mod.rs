//! The operations of the language on any values: operators, protocols, conversions.

use crate::value::Str;
use crate::{Res, Value};

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

/// `a op b`.
pub fn binary(op: BinOp, a: &Value, b: &Value) -> Res {
    let _ = (op, a, b);
    unimplemented!()
}

/// `op a`.
pub fn unary(op: UnaryOp, a: &Value) -> Res {
    let _ = (op, a);
    unimplemented!()
}

/// `a op b` as a value (an instance's method may give anything).
pub fn compare(op: CmpOp, a: &Value, b: &Value) -> Res {
    let _ = (op, a, b);
    unimplemented!()
}

/// `a == b`, as containers ask it: the same object is equal to itself without being asked (NaN, see `language.md`).
pub fn eq(a: &Value, b: &Value) -> Res<bool> {
    let _ = (a, b);
    unimplemented!()
}

/// `bool(a < b)`.
pub fn lt(a: &Value, b: &Value) -> Res<bool> {
    truthy(&compare(CmpOp::Lt, a, b)?)
}

/// `a is b`; `NotPure` where CPython's answer is an accident.
pub fn is(a: &Value, b: &Value) -> Res<bool> {
    let _ = (a, b);
    unimplemented!()
}

/// `item in container`.
pub fn contains(container: &Value, item: &Value) -> Res<bool> {
    let _ = (container, item);
    unimplemented!()
}

/// A hash that agrees with `==`, of our own making; `TypeError: unhashable type: 'list'`.
pub fn hash(value: &Value) -> Res<u64> {
    let _ = value;
    unimplemented!()
}

/// `bool(value)`.
pub fn truthy(value: &Value) -> Res<bool> {
    let _ = value;
    unimplemented!()
}

/// `len(value)`.
pub fn len(value: &Value) -> Res<usize> {
    let _ = value;
    unimplemented!()
}

/// `value[index]`, slices included.
pub fn getitem(value: &Value, index: &Value) -> Res {
    let _ = (value, index);
    unimplemented!()
}

/// `iter(value)`: a [`Value::Iter`].
pub fn iter(value: &Value) -> Res {
    let _ = value;
    unimplemented!()
}

/// `next(iterator)`; `None` at its end.
pub fn next(iterator: &Value) -> Res<Option<Value>> {
    let _ = iterator;
    unimplemented!()
}

/// All items of an iterable, in order.
pub fn collect(iterable: &Value) -> Res<Vec<Value>> {
    let _ = iterable;
    unimplemented!()
}

/// `repr(value)`.
pub fn repr(value: &Value) -> Res<String> {
    let _ = value;
    unimplemented!()
}

/// `str(value)`.
pub fn to_str(value: &Value) -> Res<Str> {
    let _ = value;
    unimplemented!()
}

/// `ascii(value)`.
pub fn ascii(value: &Value) -> Res<String> {
    let _ = value;
    unimplemented!()
}

/// `format(value, spec)`.
pub fn format(value: &Value, spec: &str) -> Res<Str> {
    let _ = (value, spec);
    unimplemented!()
}

/// `operator.index(value)`: an [`Value::Int`] or [`Value::BigInt`].
pub fn index(value: &Value) -> Res {
    let _ = value;
    unimplemented!()
}

/// `type(value).__name__`.
pub fn type_name(value: &Value) -> Str {
    crate::object::class_of(value).name.clone()
}

/// Calls with positional arguments.
pub fn call(func: &Value, args: &[Value]) -> Res {
    crate::object::call::call(func, &crate::Args::positional(args))
}
