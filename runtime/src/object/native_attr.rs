//! The attributes of values that are no instances: functions, classes, numbers, ranges, and of descriptors.

use super::class::Class;
use super::descriptor::Descriptor;
use super::func::ParamKind;
use super::{Func, Mark, attr};
use crate::collections::Dict;

use crate::{Fault, Ref, Res, Value};

/// An attribute that the value itself brings, before its class is asked.
pub(super) fn get(value: &Value, name: &str) -> Res<Option<Value>> {
    match value {
        Value::Func(func) => of_func(func, name),
        Value::Builtin(builtin) => Ok(match name {
            "__name__" => Some(Value::str(builtin.name)),
            "__qualname__" if super::class::builtin_opt(builtin.owner).is_none() => {
                Some(Value::str(builtin.name))
            }
            "__qualname__" => Some(Value::string(format!("{}.{}", builtin.owner, builtin.name))),
            "__module__" if builtin.owner.is_empty() => Some(Value::str(module_of(builtin))),
            "__module__" if super::table::is_method(builtin) => None,
            "__module__" => match builtin.owner {
                "math" | "cmath" | "zlib" | "binascii" | "unicodedata" | "base64" | "_hashlib" => {
                    Some(Value::str(builtin.owner))
                }
                _ => return Err(Fault::not_pure("the module of a native function is not kept")),
            },
            "__self__" if builtin.owner.is_empty() && module_of(builtin) == "builtins" => {
                return Err(Fault::not_pure("the module of a native function is not kept"));
            }
            "__self__" if builtin.owner.is_empty() => None,
            "__self__" if !super::table::is_method(builtin) => owner_class(builtin),
            "__objclass__" if super::table::is_method(builtin) => owner_class(builtin),
            _ => None,
        }),
        Value::Method(method) => match name {
            "__func__" if !matches!(method.func, Value::Builtin(_)) => Ok(Some(method.func.clone())),
            "__module__" if matches!(method.func, Value::Builtin(b) if !super::is_wrapper(b)) => {
                Ok(Some(Value::None))
            }
            "__objclass__" if !matches!(method.func, Value::Builtin(b) if super::is_wrapper(b)) => Ok(None),
            "__func__" => Ok(None),
            "__self__" => Ok(Some(method.receiver.clone())),
            "__call__" | "__class__" => Ok(None),
            "__get__" if matches!(method.func, Value::Builtin(_)) => Ok(None),
            _ => attr::find(&method.func, name),
        },
        Value::Bool(_) | Value::Int(_) | Value::BigInt(_) | Value::Float(_) | Value::Complex(_) => {
            Ok(crate::number::attr(value, name))
        }
        Value::Range(range) => Ok(part(&range.start, &range.stop, &range.step, name)),
        Value::Slice(slice) => Ok(part(&slice.start, &slice.stop, &slice.step, name)),
        Value::View(_) if name == "mapping" => {
            Err(Fault::not_pure("`mapping` of a view is a mappingproxy: use the dict itself"))
        }
        Value::Iter(iter) if matches!(name, "__name__" | "__qualname__") => {
            let in_use = || Fault::not_pure("the name of a generator that is running is not known");
            iter.with(|i| Ok(i.attr(name))).unwrap_or_else(|_| Err(in_use()))
        }
        Value::Iter(iter) if !name.starts_with("__") => match iter.with(|i| Ok(i.attr(name))) {
            Ok(found) => found,
            // It is in use up the stack: a generator, which has no attributes of its own.
            Err(_) => Ok(None),
        },
        _ => Ok(None),
    }
}

/// The module of a function that no class holds, and that does not name it.
fn module_of(builtin: &crate::Builtin) -> &'static str {
    match builtin.name {
        name if matches!(crate::builtins::lookup(name), Some(Value::Builtin(found)) if std::ptr::eq(found, builtin)) => {
            "builtins"
        }
        "asdict" | "astuple" | "dataclass" | "field" | "fields" | "is_dataclass" | "make_dataclass"
        | "replace" => "dataclasses",
        "member" | "nonmember" | "unique" | "verify" => "enum",
        "abstractmethod" | "update_abstractmethods" => "abc",
        "namedtuple" => "collections",
        _ => "typing",
    }
}

/// The built-in class that holds a function.
fn owner_class(builtin: &crate::Builtin) -> Option<Value> {
    super::class::builtin_opt(builtin.owner).map(|class| Value::Class(class.clone()))
}

fn part(start: &Value, stop: &Value, step: &Value, name: &str) -> Option<Value> {
    match name {
        "start" => Some(start.clone()),
        "stop" => Some(stop.clone()),
        "step" => Some(step.clone()),
        _ => None,
    }
}

fn of_func(func: &Ref<Func>, name: &str) -> Res<Option<Value>> {
    let info = &func.info;
    Ok(match name {
        "__name__" => Some(Value::Str(info.name.clone())),
        "__qualname__" => Some(Value::Str(info.qualname.clone())),
        "__module__" => Some(Value::str(super::described::module_of(info))),
        "__doc__" => {
            let own = || info.doc.clone().map_or(Value::None, Value::Str);
            // That of what is built in is not there, and says so.
            let wrapped = match &func.wrapped {
                Value::Unbound | Value::Func(_) => None,
                other => attr::find(other, name)?,
            };
            Some(wrapped.unwrap_or_else(own))
        }
        "__defaults__" => {
            let positional = |k| matches!(k, ParamKind::PositionalOnly | ParamKind::Normal);
            let pairs = info.params.iter().zip(func.defaults.iter());
            let defaults: Vec<Value> =
                pairs.filter(|(p, d)| positional(p.kind) && d.is_bound()).map(|(_, d)| d.clone()).collect();
            Some(if defaults.is_empty() { Value::None } else { Value::tuple(defaults) })
        }
        "__kwdefaults__" => {
            let mut dict = Dict::new();
            for (param, default) in info.params.iter().zip(func.defaults.iter()) {
                if param.kind == ParamKind::KeywordOnly && default.is_bound() {
                    dict.insert(Value::Str(param.name.clone()), default.clone())?;
                }
            }
            Some(if dict.is_empty() { Value::None } else { Value::Dict(Ref::new(dict)) })
        }
        "__annotations__" => Some(super::annotations::of_func(func)?),
        "__code__" | "__globals__" | "__closure__" => {
            return Err(Fault::not_pure(format!("`{name}` of a function is not kept")));
        }
        "__dict__" if func.wrapped.is_bound() => {
            return Err(Fault::not_pure("`__dict__` of a function that wraps another is not kept"));
        }
        "__dict__" => {
            let mut dict = Dict::new();
            for (name, _) in Mark::ALL.iter().filter(|(_, mark)| func.marks.has(*mark)) {
                dict.insert(Value::str(name), Value::Bool(true))?;
            }
            Some(Value::Dict(Ref::new(dict)))
        }
        "__wrapped__" if func.wrapped.is_bound() => Some(func.wrapped.clone()),
        _ => Mark::of_name(name).filter(|mark| func.marks.has(*mark)).map(|_| Value::Bool(true)),
    })
}

/// What a class has as an object: its names and its place among the classes.
pub(super) fn of_class(class: &Ref<Class>, name: &str) -> Res<Option<Value>> {
    let all = |classes: Vec<Ref<Class>>| {
        Some(Value::tuple(classes.into_iter().map(Value::Class).collect::<Vec<_>>()))
    };
    Ok(match name {
        "__name__" => Some(Value::Str(class.name.clone())),
        "__qualname__" => Some(Value::Str(class.qualname.clone())),
        "__module__" => Some(Value::Str(class.module.clone())),
        "__mro__" | "__bases__" | "__base__" if is_numeric(class, name) => {
            return Err(Fault::not_pure(format!(
                "`{name}` of `{}`: that of `Fraction` shows classes of `numbers`, which are not there",
                class.name
            )));
        }
        "__bases__" => all(class.bases.clone()),
        "__parameters__" if super::typing::is_generic(class) && !class.is_builtin => {
            match super::typing::parameters_of_class(class) {
                Some(parameters) => Some(Value::tuple(parameters)),
                None => {
                    return Err(Fault::not_pure(
                        "`__parameters__` of a class that came from elsewhere is not kept",
                    ));
                }
            }
        }
        "__orig_bases__" if class.orig_bases.get().is_some() => {
            class.orig_bases.get().map(|bases| Value::tuple(bases.clone()))
        }
        "__base__" => {
            let laid = class.bases.iter().find(|b| !b.layout.is_empty() && b.layout == class.layout);
            Some(laid.or(class.bases.first()).map_or(Value::None, |c| Value::Class(c.clone())))
        }
        "__mro__" => all(super::class::mro(class).cloned().collect()),
        "__class__" => Some(Value::Class(super::class_of(&Value::Class(class.clone())))),
        "__doc__" => match class.own("__doc__") {
            Some(doc) => Some(doc.clone()),
            None if class.is_builtin => None,
            None if class.dataclass.get().is_some() => {
                let fields = class.dataclass.get().map(|info| info.fields.as_slice()).unwrap_or_default();
                Some(super::dataclass_doc::doc(class, fields)?)
            }
            None => Some(Value::None),
        },
        "_is_protocol" if !class.is_builtin && class.is_subclass_of("Protocol") => {
            Some(Value::Bool(super::protocol::is_one(class)))
        }
        "__annotations__" if !class.is_builtin => Some(super::annotations::of_class(class)?),
        "__annotations__" => None,
        "__dict__" if !class.is_builtin => Some(super::class_dict::of(class)),
        "__dict__" | "__subclasses__" => {
            return Err(Fault::not_pure(format!("`{name}` of a class is not kept")));
        }
        _ => None,
    })
}

/// The attributes of properties and methods as they stand in a class.
pub(super) fn of_descriptor(d: &Descriptor, name: &str) -> Res<Option<Value>> {
    if name == "__isabstractmethod__" && !matches!(d, Descriptor::Super { .. }) {
        return Ok(Some(Value::Bool(super::abstracts::is_marked_part(d))));
    }
    match d {
        Descriptor::Property { get, set, delete, doc } => match name {
            "fget" => Ok(Some(get.clone())),
            "fset" => Ok(Some(set.clone())),
            "fdel" => Ok(Some(delete.clone())),
            "__doc__" if doc.is_none() && !get.is_none() => attr::find(get, "__doc__"),
            "__doc__" => Ok(Some(doc.clone())),
            _ => Ok(None),
        },
        Descriptor::Lazy(inner) => match name {
            "func" => Ok(Some(inner.clone())),
            "__doc__" => attr::find(inner, name),
            _ => Ok(None),
        },
        Descriptor::Static(inner) | Descriptor::Class(inner) => match name {
            "__func__" | "__wrapped__" => Ok(Some(inner.clone())),
            "__name__" | "__qualname__" | "__doc__" | "__module__" | "__annotations__" => {
                attr::find(inner, name)
            }
            _ => Ok(None),
        },
        Descriptor::TupleField(idx) if name == "__doc__" => {
            Ok(Some(Value::string(format!("Alias for field number {idx}"))))
        }
        _ => Ok(None),
    }
}

/// Would this show a class of `numbers` in CPython.
fn is_numeric(class: &Class, name: &str) -> bool {
    let is_it = |c: &Class| c.name.as_str() == "Fraction" && c.module.as_str() == "fractions";
    is_it(class) || name == "__mro__" && class.mro_tail.iter().any(|c| is_it(c))
}
