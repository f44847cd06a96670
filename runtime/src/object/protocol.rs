//! `typing.Protocol`: what `isinstance` and `issubclass` say of a class that is a protocol.

use super::class::{Class, class_ref, mro};
use super::{attr, call};
use crate::value::{Args, Str};
use crate::{Fault, Ref, Res, Value, ops};

const RUNTIME: &str = "_is_runtime_protocol";

/// Is it a protocol itself, not a class that derives from one.
pub(super) fn is_one(class: &Class) -> bool {
    !class.is_builtin && class.bases.iter().any(|b| b.is_builtin && b.name.as_str() == "Protocol")
}

/// Is one of the classes that it derives from a protocol.
pub(super) fn derives_from_one(class: &Ref<Class>) -> bool {
    mro(class).any(|c| is_one(c))
}

/// `runtime_checkable(class)`.
pub(super) fn runtime_checkable(args: &Args<'_>) -> Res {
    match args.only("runtime_checkable", "cls")? {
        Value::Class(class) if is_one(class) => {
            class.put_over(std::iter::once((Str::new(RUNTIME), Value::Bool(true))).collect());
            Ok(Value::Class(class.clone()))
        }
        other if !matches!(other, Value::Class(_)) => {
            Err(Fault::type_error("issubclass() arg 1 must be a class"))
        }
        other => Err(Fault::type_error(format!(
            "@runtime_checkable can be only applied to protocol classes, got {}",
            ops::repr(other)?
        ))),
    }
}

/// Refuses an instance of a protocol that has no `__init__` of its own.
pub(super) fn check_instance(class: &Ref<Class>) -> Res<()> {
    if is_one(class) && class.special("__init__").is_none() {
        return Err(Fault::type_error("Protocols cannot be instantiated"));
    }
    Ok(())
}

/// The names that a protocol asks for, each once.
fn members(class: &Ref<Class>) -> Vec<Str> {
    const EXCLUDED: &[&str] = &[
        "__abstractmethods__",
        "__annotations__",
        "__dict__",
        "__doc__",
        "__init__",
        "__module__",
        "__new__",
        "__slots__",
        "__subclasshook__",
        "__weakref__",
        "__class_getitem__",
        "__match_args__",
        RUNTIME,
    ];
    let mut all: Vec<Str> = Vec::new();
    for base in mro(class).filter(|c| !c.is_builtin) {
        let mut add = |name: &Str| {
            if !EXCLUDED.contains(&name.as_str()) && !all.contains(name) {
                all.push(name.clone());
            }
        };
        base.attrs.get().into_iter().flatten().for_each(|(name, _)| add(name));
        if let Some(Value::Dict(annotations)) = base.own("__annotations__") {
            for (name, _) in annotations.iter() {
                if let Value::Str(name) = name {
                    add(name);
                }
            }
        }
    }
    all
}

/// Is every member of the protocol a method.
fn has_methods_only(class: &Ref<Class>) -> Res<bool> {
    for name in members(class) {
        let found = attr::find(&Value::Class(class.clone()), &name)?;
        if !found.is_some_and(|v| call::is_callable(&v)) {
            return Ok(false);
        }
    }
    Ok(true)
}

fn check_runtime(of: &Ref<Class>) -> Res<()> {
    if of.own(RUNTIME).is_some() {
        return Ok(());
    }
    Err(Fault::type_error("Instance and class checks can only be used with @runtime_checkable protocols"))
}

/// `isinstance(value, protocol)`.
pub(super) fn holds_value(value: &Value, of: &Ref<Class>) -> Res<bool> {
    check_runtime(of)?;
    let class = class_ref(value);
    if class.is_subclass(of) {
        return Ok(true);
    }
    if has_methods_only(of)? && holds_class(class, of)? {
        return Ok(true);
    }
    for name in members(of) {
        let Some(found) = attr::find(value, &name)? else { return Ok(false) };
        let asked = attr::find(&Value::Class(of.clone()), &name)?;
        if found.is_none() && asked.is_some_and(|v| call::is_callable(&v)) {
            return Ok(false);
        }
    }
    Ok(true)
}

/// `issubclass(class, protocol)`.
pub(super) fn holds_class(class: &Ref<Class>, of: &Ref<Class>) -> Res<bool> {
    check_runtime(of)?;
    if !has_methods_only(of)? {
        return Err(Fault::type_error("Protocols with non-method members don't support issubclass()"));
    }
    if class.is_subclass(of) {
        return Ok(true);
    }
    Ok(members(of).iter().all(|name| class.lookup(name).is_some_and(|found| !found.is_none())))
}
