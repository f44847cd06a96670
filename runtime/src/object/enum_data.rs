//! The type of the values of an enum that mixes one in, and how such values are shown.

use super::class::{Class, Instance, mro};
use super::enums::is_enum;
use super::{attr, call};
use crate::value::Args;
use crate::{Ref, Res, Value, ops};

/// What an enum mixes in makes its values: `_member_type_`; `None` for `object`.
pub(super) fn member_type(class: &Class) -> Option<Ref<Class>> {
    class.bases.iter().find_map(of_chain)
}

/// The type that one base of an enum brings: the first class that makes its own instances, or the one that stands first on the way there.
pub(super) fn of_chain(base: &Ref<Class>) -> Option<Ref<Class>> {
    let mut candidate = None;
    for class in mro(base) {
        if is_enum(class) {
            if let Some(found) = member_type(class) {
                return Some(found);
            }
        } else if class.dataclass.get().is_some() || makes_instances(class) {
            return Some(candidate.unwrap_or(class).clone());
        } else if !is_object(class) {
            candidate = candidate.or(Some(class));
        }
    }
    None
}

fn is_object(class: &Class) -> bool {
    class.is_builtin && class.name.as_str() == "object"
}

/// Has CPython a `__new__` in the class itself.
fn makes_instances(class: &Class) -> bool {
    if is_object(class) {
        return false;
    }
    let is_of_c = class.is_builtin && (class.construct.is_some() || class.layout == "BaseException");
    is_of_c || is_value_of_library(class) || class.own("__new__").is_some()
}

/// A class of numbers, times or the like of the library, which here may have an `__init__` instead.
fn is_value_of_library(class: &Class) -> bool {
    matches!(
        (class.module.as_str(), class.name.as_str()),
        ("fractions", "Fraction") | ("decimal", "Decimal" | "Context")
    ) || matches!(class.module.as_str(), "datetime" | "collections" | "_collections")
        && class.shown.contains('.')
}

/// The class whose `__repr__` shows the values: `_value_repr_`.
fn shows_values(class: &Class) -> Option<Ref<Class>> {
    for base in &class.bases {
        for class in mro(base) {
            if is_enum(class) {
                return shows_values(class);
            }
            let is_shown = class.own("__repr__").is_some() || class.dataclass.get().is_some();
            if is_shown && !is_object(class) {
                return Some(class.clone());
            }
        }
    }
    None
}

/// The value of a member as its repr has it.
pub(super) fn repr_value(class: &Class, value: &Value) -> Res<String> {
    let Some(shows) = shows_values(class) else { return ops::repr(value) };
    let is_plain = |i: &Instance| i.class.is_subclass(&shows);
    match shows.own("__repr__") {
        Some(method) if !matches!(value, Value::Instance(i) if Ref::ptr_eq(&i.class, &shows)) => {
            let method = attr::bind(method, None, &shows)?;
            Ok(ops::to_str(&call::call(&method, &Args::positional(std::slice::from_ref(value)))?)?
                .to_string())
        }
        // A dataclass shows any value that has its fields.
        None if !matches!(value, Value::Instance(i) if is_plain(i)) => Err(crate::Fault::not_pure(format!(
            "a `{}` that is shown as a `{}`",
            ops::type_name(value),
            shows.name
        ))),
        _ => ops::repr(value),
    }
}
