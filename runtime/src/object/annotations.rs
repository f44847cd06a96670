//! Annotations as values: they are kept as text, and evaluated when somebody asks.

use super::{Class, Func, typing};
use crate::collections::Dict;
use crate::value::Str;
use crate::{Ref, Res, Value, hooks};

/// `f.__annotations__`.
pub(super) fn of_func(func: &Func) -> Res {
    if func.wrapped.is_bound()
        && let Some(found) = super::attr::find(&func.wrapped, "__annotations__")?
    {
        return Ok(found);
    }
    let class = match func.owner.get() {
        Some(Value::Class(class)) => Some(class),
        _ => None,
    };
    let compiler = hooks::compiler()?;
    let mut dict = Dict::new();
    for (name, text) in compiler.annotations(func.info.code) {
        let value = compiler.annotation(&func.info.module, &text, class)?;
        dict.insert(Value::Str(name), value)?;
    }
    Ok(Value::Dict(Ref::new(dict)))
}

/// `C.__annotations__`: those of the class itself.
pub(super) fn of_class(class: &Ref<Class>) -> Res {
    let mut dict = Dict::new();
    if let Some(Value::Dict(texts)) = class.own("__annotations__") {
        for (name, text) in texts.iter() {
            let value = value_of(&class.module, text, Some(class))?;
            // A named tuple takes its annotations for types.
            let value = if class.namedtuple.get().is_some() { typing::converted(&value) } else { value };
            dict.insert(name.clone(), value)?;
        }
    }
    Ok(Value::Dict(Ref::new(dict)))
}

/// The class whose annotations an instance of `class` shows: the first that has any.
pub(super) fn owner(class: &Ref<Class>) -> Option<&Ref<Class>> {
    super::class::mro(class).find(|c| !c.is_builtin && c.own("__annotations__").is_some())
}

/// The value of what a class keeps of an annotation.
pub(super) fn value_of(module: &Str, text: &Value, class: Option<&Ref<Class>>) -> Res {
    match text {
        Value::Str(text) => hooks::compiler()?.annotation(module, text, class),
        other => Ok(other.clone()),
    }
}
