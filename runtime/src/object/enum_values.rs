//! The values of the members of an enum: those that `auto()` generates, and what is computed from them.

use super::class::{Class, Namespace};
use super::enums::{bits, is_flag};
use super::{descriptor, enum_deferred};
use crate::value::Args;
use crate::{Fault, Ref, Res, Value, ops};

/// The values of the members, with `auto()` and what was computed from it resolved in order.
pub(super) fn resolve_values(parent: &Ref<Class>, others: &Namespace, entries: Namespace) -> Res<Namespace> {
    let own = others.iter().find(|(n, _)| n.as_str() == "_generate_next_value_").map(|(_, v)| v.clone());
    let mut known: Vec<(Value, Value)> = Vec::new();
    let mut last: Vec<Value> = Vec::new();
    let mut out: Namespace = Vec::new();
    for (name, value) in entries {
        let before = last.len();
        let count = out.len();
        let next = |last: &mut Vec<Value>| -> Res {
            let value =
                generate(parent, own.as_ref(), &Value::Str(name.clone()), &Value::Int(1), count, last)?;
            last.push(value.clone());
            Ok(value)
        };
        let value = match &value {
            Value::Tuple(items) if items.iter().any(enum_deferred::is_deferred) => {
                let mut made = Vec::with_capacity(items.len());
                for item in items.iter() {
                    made.push(enum_deferred::resolve(item, &mut known, &mut || next(&mut last))?);
                }
                Value::tuple(made)
            }
            value => enum_deferred::resolve(value, &mut known, &mut || next(&mut last))?,
        };
        if last.len() == before {
            last.push(value.clone());
        }
        out.push((name, value));
    }
    Ok(out)
}

/// What `_generate_next_value_` gives.
pub(super) fn generate(
    parent: &Ref<Class>,
    own: Option<&Value>,
    name: &Value,
    start: &Value,
    count: usize,
    last: &[Value],
) -> Res {
    if let Some(hook) = own.or_else(|| parent.special("_generate_next_value_")) {
        let hook = match descriptor::of(hook) {
            Some(descriptor::Descriptor::Static(inner)) => inner,
            _ => hook,
        };
        let args = [name.clone(), start.clone(), Value::usize(count), Value::list(last.to_vec())];
        return ops::call(hook, &args);
    }
    if parent.is_subclass_of("StrEnum") {
        return crate::object::call::call_method(name, "lower", &Args::positional(&[]));
    }
    let Some(mut highest) = last.first().cloned() else {
        return Ok(start.clone());
    };
    if is_flag(parent) {
        for value in &last[1..] {
            if ops::lt(&highest, value)? {
                highest = value.clone();
            }
        }
        return match bits(&highest) {
            Some(value) if (0..1 << 61).contains(&value) => Ok(Value::Int(1 << (64 - value.leading_zeros()))),
            Some(value) if value < 0 => Ok(Value::Int(1 << (64 - value.unsigned_abs().leading_zeros()))),
            Some(_) => Err(Fault::not_pure("a flag of more than 62 bits")),
            None if matches!(super::class::unwrap(&highest), Value::BigInt(_)) => {
                Err(Fault::not_pure("a flag of more than 62 bits"))
            }
            None => Err(Fault::type_error(format!("invalid flag value {}", ops::repr(&highest)?))),
        };
    }
    let one = Value::Int(1);
    for value in &last[1..] {
        match ops::lt(&highest, value) {
            Ok(true) => highest = value.clone(),
            Ok(false) => {}
            Err(fault) if fault.is("TypeError") => {
                let mut sums = last.iter().rev().map(|v| ops::binary(ops::BinOp::Add, v, &one));
                return sums.find(Result::is_ok).unwrap_or_else(|| Ok(start.clone()));
            }
            Err(fault) => return Err(fault),
        }
    }
    match ops::binary(ops::BinOp::Add, &highest, &one) {
        Err(fault) if fault.is("TypeError") => {
            let mut sums = last.iter().rev().map(|v| ops::binary(ops::BinOp::Add, v, &one));
            sums.find(Result::is_ok).unwrap_or_else(|| Ok(start.clone()))
        }
        result => result,
    }
}
