//! `enum.auto()` in the body of a class: its value, and that of `READ | WRITE`, is known when the class is made.

use super::class::{Instance, Native, builtin};
use crate::ops::{self, BinOp, UnaryOp};
use crate::value::Args;
use crate::{Fault, Res, Value};

/// A value that is computed when the class of the enum is made.
pub enum Deferred {
    /// `auto()`.
    Auto,
    /// `auto(value)`.
    Given(Value),
    /// `op a`.
    Unary(UnaryOp, Value),
    /// `a op b`.
    Binary(BinOp, Value, Value),
}

/// `auto()`.
pub fn construct_auto(args: &Args<'_>) -> Res {
    let [value] = args.bind_method("auto.__init__", ["value"], 0, 1)?;
    Ok(make(value.map_or(Deferred::Auto, |value| Deferred::Given(value.clone()))))
}

fn make(deferred: Deferred) -> Value {
    Instance::value(builtin("auto"), Native::Deferred(deferred))
}

fn of(value: &Value) -> Option<&Deferred> {
    match value {
        Value::Instance(instance) => match &instance.native {
            Native::Deferred(deferred) => Some(deferred),
            _ => None,
        },
        _ => None,
    }
}

/// Is it `auto()`, or computed from one.
pub(super) fn is_deferred(value: &Value) -> bool {
    of(value).is_some()
}

/// `a op b` where one of them is deferred.
pub fn deferred_binary(op: BinOp, a: &Value, b: &Value) -> Option<Res> {
    (is_deferred(a) || is_deferred(b)).then(|| Ok(make(Deferred::Binary(op, a.clone(), b.clone()))))
}

/// `op a` where it is deferred.
pub fn deferred_unary(op: UnaryOp, a: &Value) -> Option<Res> {
    is_deferred(a).then(|| Ok(make(Deferred::Unary(op, a.clone()))))
}

/// Is it an `auto()` that no name was given to: it is no number then.
fn is_nameless(value: &Value, known: &[(Value, Value)]) -> bool {
    matches!(of(value), Some(Deferred::Auto | Deferred::Given(_)))
        && !known.iter().any(|(d, _)| ops::is_same_object(d, value))
}

/// The value of what may be deferred. `known` holds what was resolved before; `next` generates the value of an `auto()`.
pub(super) fn resolve(value: &Value, known: &mut Vec<(Value, Value)>, next: &mut dyn FnMut() -> Res) -> Res {
    let Some(deferred) = of(value) else {
        return Ok(value.clone());
    };
    if let Some((_, found)) = known.iter().find(|(d, _)| ops::is_same_object(d, value)) {
        return Ok(found.clone());
    }
    let found = match deferred {
        Deferred::Auto => next()?,
        Deferred::Given(value) => value.clone(),
        Deferred::Unary(op, a) => {
            if is_nameless(a, known) {
                let symbol = match op {
                    UnaryOp::Neg => "-",
                    UnaryOp::Pos => "+",
                    UnaryOp::Invert => "~",
                };
                return Err(Fault::type_error(format!("bad operand type for unary {symbol}: 'auto'")));
            }
            ops::unary(*op, &resolve(a, known, next)?)?
        }
        Deferred::Binary(op, a, b) => {
            if is_nameless(a, known) || is_nameless(b, known) {
                let (left, right) = (ops::type_name(a), ops::type_name(b));
                let symbol = op.symbol();
                return Err(Fault::type_error(format!(
                    "unsupported operand type(s) for {symbol}: '{left}' and '{right}'"
                )));
            }
            let a = resolve(a, known, next)?;
            let b = resolve(b, known, next)?;
            ops::binary(*op, &a, &b)?
        }
    };
    known.push((value.clone(), found.clone()));
    Ok(found)
}
