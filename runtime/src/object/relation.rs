//! `isinstance` and `issubclass`.

use super::class::{Class, class_ref};
use crate::{Fault, Ref, Res, Value};

/// `isinstance(value, class)`; `class` may be a union, or a tuple of what it may be.
pub fn is_instance(value: &Value, class: &Value) -> Res<bool> {
    match class {
        Value::Class(class) => {
            let own = class_ref(value);
            if let Some(held) = super::registered::holds_value(value, class) {
                return held;
            }
            if super::protocol::is_one(class) {
                return super::protocol::holds_value(value, class);
            }
            Ok(super::abstracts::holds(own, class)?.unwrap_or_else(|| own.is_subclass(class)))
        }
        Value::Tuple(classes) => {
            for class in classes.iter() {
                if is_instance(value, class)? {
                    return Ok(true);
                }
            }
            Ok(false)
        }
        Value::Builtin(builtin) if crate::ops::class_module(builtin).is_some() => {
            let own = class_ref(value);
            Ok(own.name.as_str() == builtin.name
                && crate::ops::class_module(builtin) == Some(own.module.as_str()))
        }
        Value::Host(host) if host.0.is_class_of(value).is_some() => {
            host.0.is_class_of(value).unwrap_or(Ok(false))
        }
        _ => Err(Fault::type_error("isinstance() arg 2 must be a type, a tuple of types, or a union")),
    }
}

/// `issubclass(class, of)`.
pub fn is_subclass(class: &Value, of: &Value) -> Res<bool> {
    if super::attr::class_shown(class).is_some() {
        let is_object =
            |v: &Value| matches!(v, Value::Class(c) if c.is_builtin && c.name.as_str() == "object");
        return match of {
            Value::Class(_) => Ok(is_object(of)),
            of if super::attr::class_shown(of).is_some() => Ok(crate::ops::is_same_object(class, of)),
            _ => Err(Fault::type_error("issubclass() arg 2 must be a class, a tuple of classes, or a union")),
        };
    }
    let Value::Class(class) = class else {
        return Err(Fault::type_error("issubclass() arg 1 must be a class"));
    };
    subclass_of(class, of)
}

fn subclass_of(class: &Ref<Class>, of: &Value) -> Res<bool> {
    match of {
        Value::Class(of) if super::registered::holds_class(class, of).is_some() => {
            super::registered::holds_class(class, of).unwrap_or(Ok(false))
        }
        Value::Class(of) if super::protocol::is_one(of) => super::protocol::holds_class(class, of),
        Value::Class(of) => Ok(super::abstracts::holds(class, of)?.unwrap_or_else(|| class.is_subclass(of))),
        Value::Tuple(all) => {
            for of in all.iter() {
                if subclass_of(class, of)? {
                    return Ok(true);
                }
            }
            Ok(false)
        }
        Value::Host(_) if super::typing::union_parts(of).is_some() => {
            let parts = super::typing::union_parts(of).unwrap_or_default();
            for part in &parts {
                if subclass_of(class, part)? {
                    return Ok(true);
                }
            }
            Ok(false)
        }
        Value::Host(_) | Value::Builtin(_) if super::attr::class_shown(of).is_some() => Ok(false),
        Value::Host(host) if host.0.is_base_of(class).is_some() => {
            host.0.is_base_of(class).unwrap_or(Ok(false))
        }
        _ => Err(Fault::type_error("issubclass() arg 2 must be a class, a tuple of classes, or a union")),
    }
}
