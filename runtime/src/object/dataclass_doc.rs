//! The `__doc__` of a dataclass that has none of its own: its name with the signature of its `__init__`.

use super::annotations;
use super::class::{Class, class_ref};
use super::dataclass::{Field, FieldKind};
use crate::{Fault, Ref, Res, Value, ops};

/// The text; `fields` are those of the dataclass, bases first.
///
/// # Errors
///
/// `NotPure` where `__init__` is a function of the program, and what an annotation or the `repr` of a default raises.
pub(super) fn doc(class: &Ref<Class>, fields: &[Field]) -> Res {
    let parameters = match class.lookup("__init__") {
        _ if class.special("__new__").is_some() => {
            return Err(Fault::not_pure(format!(
                "the documentation that CPython makes for `{}`",
                class.name
            )));
        }
        Some(Value::Func(_)) => {
            return Err(Fault::not_pure(format!(
                "the documentation that CPython makes for `{}`",
                class.name
            )));
        }
        Some(Value::Builtin(_)) | None => Vec::new(),
        Some(_) => parameters(class, fields)?,
    };
    Ok(Value::string(format!("{}({})", class.name, parameters.join(", "))))
}

fn parameters(class: &Ref<Class>, fields: &[Field]) -> Res<Vec<String>> {
    let taken = |f: &&Field| f.init && matches!(f.kind, FieldKind::Field | FieldKind::InitVar);
    let (last, first): (Vec<&Field>, Vec<&Field>) =
        fields.iter().filter(taken).partition(|f| f.kw_only == Some(true));
    let mut all = Vec::new();
    for field in first {
        all.push(parameter(class, field)?);
    }
    if !last.is_empty() {
        all.push("*".to_owned());
    }
    for field in last {
        all.push(parameter(class, field)?);
    }
    Ok(all)
}

fn parameter(class: &Ref<Class>, field: &Field) -> Res<String> {
    let ty = annotation(&annotations::value_of(&field.module, &field.ty, Some(class))?)?;
    let default = if field.factory.is_bound() {
        " = <factory>".to_owned()
    } else if field.default.is_bound() {
        format!(" = {}", ops::repr(&field.default)?)
    } else {
        String::new()
    };
    Ok(format!("{}: {ty}{default}", field.name))
}

/// An annotation as `inspect` shows it.
fn annotation(ty: &Value) -> Res<String> {
    match ty {
        Value::Class(class) if class.module.as_str() == "builtins" => Ok(class.qualname.to_string()),
        Value::Class(class) => Ok(format!("{}.{}", class.module, class.qualname)),
        other if class_ref(other).module.as_str() == "typing" => Ok(ops::repr(other)?.replace("typing.", "")),
        other => Ok(ops::repr(other)?.to_string()),
    }
}
