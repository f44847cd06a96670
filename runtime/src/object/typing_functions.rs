//! The functions of `typing` that look into types: `get_type_hints`, `get_origin`, `get_args`, and `NewType`.

use super::class::{Class, class_of, mro};
use super::{Host, HostObject, annotations, attr, typing};
use crate::collections::Dict;
use crate::value::{Args, Builtin, Str};
use crate::{Fault, Ref, Res, Value};
use std::any::Any;

/// The functions.
pub(super) static FUNCTIONS: &[Builtin] = &[
    Builtin { name: "NewType", owner: "", call: new_type },
    Builtin { name: "get_args", owner: "", call: get_args },
    Builtin { name: "get_origin", owner: "", call: get_origin },
    Builtin { name: "get_type_hints", owner: "", call: get_type_hints },
];

/// `NewType("UserId", int)`: a function that gives its argument.
struct NewType {
    name: Str,
    of: Value,
}

impl HostObject for NewType {
    fn type_name(&self) -> &str {
        "NewType"
    }

    fn module(&self) -> &str {
        "typing"
    }

    fn repr(&self) -> Res<String> {
        Ok(format!("__main__.{}", self.name))
    }

    fn get_attr(&self, _this: &Ref<Host>, name: &str) -> Res<Option<Value>> {
        Ok(match name {
            "__name__" | "__qualname__" => Some(Value::Str(self.name.clone())),
            "__supertype__" => Some(self.of.clone()),
            "__module__" => return Err(Fault::not_pure("the module of a `NewType` is not kept")),
            _ => None,
        })
    }

    fn call(&self, args: &Args<'_>) -> Res {
        args.count("NewType.__call__", 1, 1)?;
        Ok(args.pos[0].clone())
    }

    fn is_callable(&self) -> bool {
        true
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

fn new_type(args: &Args<'_>) -> Res {
    args.count("NewType", 2, 2)?;
    match super::class::unwrap(&args.pos[0]) {
        Value::Str(name) => Ok(Host::value(NewType { name: name.clone(), of: args.pos[1].clone() })),
        _ => Err(Fault::type_error("the name of a NewType must be a str")),
    }
}

/// `None` in a type means its class.
fn as_type(value: &Value) -> Value {
    if value.is_none() { Value::Class(class_of(&Value::None)) } else { value.clone() }
}

fn get_origin(args: &Args<'_>) -> Res {
    args.count("get_origin", 1, 1)?;
    Ok(typing::parts(&args.pos[0])?.map_or(Value::None, |(origin, _)| origin))
}

fn get_args(args: &Args<'_>) -> Res {
    args.count("get_args", 1, 1)?;
    let parts = typing::parts(&args.pos[0])?;
    Ok(Value::tuple(parts.map(|(_, args)| args.iter().map(as_type).collect::<Vec<_>>()).unwrap_or_default()))
}

/// The type that a text stands for, or the value itself.
fn resolved(value: Value, module: &Str, class: Option<&Ref<Class>>) -> Res {
    match &value {
        Value::Str(_) => Ok(as_type(&annotations::value_of(module, &value, class)?)),
        _ => Ok(as_type(&value)),
    }
}

fn get_type_hints(args: &Args<'_>) -> Res {
    args.count("get_type_hints", 1, 1)?;
    let mut hints = Dict::new();
    let mut add = |found: &Value, module: &Str, class: Option<&Ref<Class>>| -> Res<()> {
        if let Value::Dict(all) = found {
            for (name, value) in all.iter() {
                hints.insert(name.clone(), resolved(value.clone(), module, class)?)?;
            }
        }
        Ok(())
    };
    match &args.pos[0] {
        Value::Class(class) => {
            for base in mro(class).collect::<Vec<_>>().into_iter().rev().filter(|c| !c.is_builtin) {
                add(&annotations::of_class(base)?, &base.module, Some(base))?;
            }
        }
        other => {
            let module = match attr::find(other, "__module__")? {
                Some(Value::Str(module)) => module,
                _ => Str::new("__main__"),
            };
            match attr::find(other, "__annotations__")? {
                Some(found) => add(&found, &module, None)?,
                None => return Err(Fault::not_pure("`get_type_hints` of an object of this kind")),
            }
        }
    }
    Ok(Value::Dict(Ref::new(hints)))
}
