//! The wire format.

use crate::engine::{Meta, Unit};
use afar_runtime::collections::Items;
use afar_runtime::{Fault, Res, Value, ops};

pub(crate) fn unit_through_bytes(unit: &Unit) -> Res<Unit> {
    Ok(unit.clone())
}
pub(crate) fn fault_through_bytes(fault: &Fault) -> Fault {
    fault.clone()
}
pub(crate) fn value_through_bytes(value: &Value) -> Res {
    Ok(value.clone())
}

/// What is known of a value.
pub(crate) fn meta(value: &Value) -> Res<Meta> {
    Ok(Meta { type_name: type_text(value), len: ops::len(value).ok(), nbytes: Some(size(value)) })
}

fn size(value: &Value) -> usize {
    match value {
        Value::List(l) => match l.items() {
            Items::Any(v) => 16 + v.iter().map(size).sum::<usize>(),
            Items::Int(v) => 16 + 8 * v.len(),
            Items::Float(v) => 16 + 8 * v.len(),
        },
        _ => 9,
    }
}

/// `list[int]`, `dict`.
fn type_text(value: &Value) -> String {
    let name = ops::type_name(value).to_string();
    let Value::List(list) = value else { return name };
    match list.items() {
        Items::Int(_) => "list[int]".to_owned(),
        Items::Float(_) => "list[float]".to_owned(),
        Items::Any(items) => match items.first() {
            Some(first) if items.iter().all(|v| v.tag() == first.tag()) => format!("{name}[{}]", ops::type_name(first)),
            _ => name,
        },
    }
}

pub(crate) fn content(_f: &Value, _args: &[Value], _kw: &[(afar_runtime::Str, Value)], _names: &[crate::inputs::Input]) -> Option<[u8; 32]> {
    None
}
