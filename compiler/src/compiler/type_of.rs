//! The types of values that are there when code is compiled.

use crate::types::{Ty, join};
use afar_runtime::Value;
use afar_runtime::collections::Items;

/// The type of a value, looking into containers to a depth.
pub fn type_of(value: &Value, depth: usize) -> Ty {
    match value {
        Value::Unbound => Ty::Never,
        Value::None => Ty::None,
        Value::Bool(_) => Ty::Bool,
        Value::Int(_) => Ty::Int,
        Value::Float(_) => Ty::Float,
        Value::Str(_) => Ty::Str,
        Value::Cell(_) => Ty::Cell,
        Value::Tuple(items) if depth > 0 && items.len() <= 8 => {
            Ty::tuple(items.iter().map(|v| type_of(v, depth - 1)).collect()).capped()
        }
        Value::List(list) => match list.items() {
            Items::Int(_) => Ty::list(Ty::Int),
            Items::Float(_) => Ty::list(Ty::Float),
            Items::Rows(rows) => Ty::list(Ty::of_form(rows.form())),
            Items::Any(items) if items.is_empty() => Ty::list(Ty::Never),
            Items::Any(items) if depth > 2 && items.len() <= MOST_LOOKED_AT => {
                Ty::list(item_type(items, depth))
            }
            Items::Any(_) => Ty::list(Ty::Any),
        },
        Value::Range(range) => match (&range.start, &range.stop, &range.step) {
            (Value::Int(_), Value::Int(_), Value::Int(_)) => Ty::Range,
            _ => Ty::Any,
        },
        _ => Ty::Any,
    }
}

/// Is this the type of a value, as [`type_of`] tells it: without making the type.
pub fn is_of(value: &Value, ty: &Ty, depth: usize) -> bool {
    match (value, ty) {
        (Value::None, Ty::None)
        | (Value::Bool(_), Ty::Bool)
        | (Value::Int(_), Ty::Int)
        | (Value::Float(_), Ty::Float)
        | (Value::Str(_), Ty::Str) => true,
        (Value::Tuple(items), Ty::Tuple(types)) => {
            depth > 0
                && items.len() == types.len()
                && items.iter().zip(types.iter()).all(|(item, ty)| is_of(item, ty, depth - 1))
        }
        (Value::Instance(_) | Value::Dict(_) | Value::Func(_) | Value::Class(_), ty) => *ty == Ty::Any,
        (Value::Tuple(items), ty) if depth == 0 || items.len() > 8 => *ty == Ty::Any,
        (Value::List(list), Ty::List(item)) if depth <= 2 => match list.items() {
            Items::Int(_) => **item == Ty::Int,
            Items::Float(_) => **item == Ty::Float,
            Items::Any(items) => **item == if items.is_empty() { Ty::Never } else { Ty::Any },
            Items::Rows(_) => type_of(value, depth) == *ty,
        },
        _ => type_of(value, depth) == *ty,
    }
}

/// The type of an argument of a function without loops, where much is not worth to be known: of a tuple, only if all of it is numbers
/// and texts.
pub fn shallow_type_of(value: &Value) -> Ty {
    match value {
        Value::Tuple(items) if !items.iter().all(is_flat) || items.len() > 8 => Ty::Any,
        _ => type_of(value, 1),
    }
}

/// Is this what [`shallow_type_of`] tells.
pub fn is_shallow(value: &Value, ty: &Ty) -> bool {
    match (value, ty) {
        (Value::Tuple(items), Ty::Tuple(_)) => items.len() <= 8 && is_of(value, ty, 1),
        (Value::Tuple(items), _) => *ty == Ty::Any && (items.len() > 8 || !items.iter().all(is_flat)),
        _ => is_of(value, ty, 1),
    }
}

fn is_flat(value: &Value) -> bool {
    matches!(value, Value::None | Value::Bool(_) | Value::Int(_) | Value::Float(_) | Value::Str(_))
}

/// The items of a longer list are not looked at when code is compiled.
const MOST_LOOKED_AT: usize = 1 << 23;

fn item_type(items: &[Value], depth: usize) -> Ty {
    if let Some(Value::Str(_)) = items.first()
        && items.iter().all(|v| matches!(v, Value::Str(_)))
    {
        return Ty::Str;
    }
    let mut ty = Ty::Never;
    for item in items.iter().take(100_001) {
        ty = join(&ty, &type_of(item, depth - 1));
        if ty == Ty::Any {
            break;
        }
    }
    if items.len() > 100_000 { Ty::Any } else { stored(ty) }
}

/// The type of boxed items: ints and floats among others are no known form.
fn stored(ty: Ty) -> Ty {
    match ty {
        Ty::Tuple(_) if ty.row().is_some() => Ty::Any,
        Ty::Str | Ty::Bool | Ty::List(_) | Ty::Tuple(_) | Ty::Never => ty.stored(),
        _ => Ty::Any,
    }
}
