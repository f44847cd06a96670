//! `repr`, `str`, `ascii`, `format`.

use super::{nested, type_name};
use crate::object::c_calls::{self, NativeKind};
use crate::object::call::call_attr;
use crate::object::class::{Native, unwrap};
use crate::object::descriptor::Descriptor;
use crate::object::{Instance, exception};
use crate::value::Str;
use crate::{Args, Fault, Res, Value};

/// `repr(value)`.
pub fn repr(value: &Value) -> Res<String> {
    match value {
        Value::Int(n) => Ok(itoa::Buffer::new().format(*n).to_owned()),
        Value::Str(s) => Ok(crate::text::repr_str(s)),
        Value::None => Ok("None".to_owned()),
        _ => nested(crate::collections::repr::too_deep, || repr_nested(value)),
    }
}

fn repr_nested(value: &Value) -> Res<String> {
    match value {
        Value::Bool(b) => Ok(if *b { "True" } else { "False" }.to_owned()),
        Value::Ellipsis => Ok("Ellipsis".to_owned()),
        Value::NotImplemented => Ok("NotImplemented".to_owned()),
        Value::Bytes(bytes) => Ok(crate::text::repr_bytes(bytes)),
        Value::Instance(instance) => repr_instance(value, instance),
        Value::Class(class) => Ok(if !crate::object::enums::is_enum(class) {
            format!("<class '{}'>", class.full_name())
        } else if class.is_subclass_of("Flag") {
            format!("<flag '{}'>", class.name)
        } else {
            format!("<enum '{}'>", class.name)
        }),
        Value::Builtin(builtin) => Ok(if crate::object::table::is_method(builtin) {
            let kind = if crate::object::is_wrapper(builtin) { "slot wrapper" } else { "method" };
            format!("<{kind} '{}' of '{}' objects>", builtin.name, builtin.owner)
        } else if let Some(module) = class_module(builtin) {
            format!("<class '{module}.{}'>", builtin.name)
        } else if crate::object::class::builtin_opt(builtin.owner).is_some() || is_written_in_python(builtin)
        {
            return Err(no_address(value));
        } else {
            format!("<built-in function {}>", builtin.name)
        }),
        Value::Func(func) => match c_calls::native_kind(func) {
            Some(NativeKind::Function) => Ok(format!("<built-in function {}>", func.info.name)),
            Some(kind) => {
                let kind = if kind == NativeKind::Wrapper { "slot wrapper" } else { "method" };
                let class = func.info.qualname.split('.').next().unwrap_or_default();
                let module = func.info.module.trim_start_matches('_');
                Ok(format!("<{kind} '{}' of '{module}.{class}' objects>", func.info.name))
            }
            None => Err(no_address(value)),
        },
        Value::Method(method) => match &method.func {
            Value::Func(func) if c_calls::native_kind(func).is_some() => Err(no_address(value)),
            Value::Func(func) => {
                Ok(format!("<bound method {} of {}>", func.info.qualname, repr(&method.receiver)?))
            }
            _ => Err(no_address(value)),
        },
        Value::Host(host) => host.0.repr(),
        _ => match crate::number::try_repr(value) {
            Some(text) => text,
            None => crate::collections::repr(value).unwrap_or_else(|| Err(no_address(value))),
        },
    }
}

/// The module of a class of CPython's library that is a function here.
pub(crate) fn class_module(builtin: &crate::Builtin) -> Option<&'static str> {
    Some(match (builtin.owner, builtin.name) {
        (
            "",
            "TypeVar" | "ParamSpec" | "TypeVarTuple" | "ParamSpecArgs" | "ParamSpecKwargs" | "NewType"
            | "ForwardRef",
        ) => "typing",
        ("", "member" | "nonmember" | "verify") => "enum",
        ("functools", "partialmethod" | "cached_property" | "singledispatchmethod") => "functools",
        _ => return None,
    })
}

/// Is it a function that CPython's library has in Python, whose `repr` shows its address; or a class that is a function here.
pub(crate) fn is_written_in_python(builtin: &crate::Builtin) -> bool {
    match builtin.owner {
        "" => !matches!(crate::builtins::lookup(builtin.name), Some(Value::Builtin(_))),
        "functools" => !matches!(builtin.name, "reduce" | "cmp_to_key"),
        "heapq" => matches!(builtin.name, "merge" | "nlargest" | "nsmallest"),
        "base64" | "dataclasses" | "hashlib" | "json" | "re" => true,
        _ => false,
    }
}

/// The default `repr` has an address, which CPython answers differently from run to run.
pub fn no_address(value: &Value) -> Fault {
    Fault::not_pure(format!("the default repr of a `{}` object shows its address", type_name(value)))
}

/// The text that a method of the program gives for a value; `asked` is the method that was asked for.
fn text_of(method: &Value, value: &Value, asked: &str) -> Res<Str> {
    let given = call_attr(method, value, &Args::positional(&[]))?;
    match (unwrap(&given), &given) {
        (Value::Str(text), _) => Ok(text.clone()),
        (_, other) => {
            Err(Fault::type_error(format!("{asked} returned non-string (type {})", type_name(other))))
        }
    }
}

fn repr_instance(value: &Value, instance: &Instance) -> Res<String> {
    if let Some(method) = instance.class.special("__repr__") {
        return text_of(method, value, "__repr__").map(|text| text.to_string());
    }
    native_repr(value, instance)
}

/// What `__repr__` of the built-in type of an instance says, whatever its class says.
pub(crate) fn native_repr(value: &Value, instance: &Instance) -> Res<String> {
    match &instance.native {
        Native::Exception(_) => exception::repr(value),
        Native::Descriptor(Descriptor::Static(inner) | Descriptor::Class(inner)) => {
            Ok(format!("<{}({})>", instance.class.name, repr(inner)?))
        }
        Native::Descriptor(Descriptor::TupleField(idx)) => {
            Ok(format!("_tuplegetter({idx}, 'Alias for field number {idx}')"))
        }
        Native::None | Native::Descriptor(_) | Native::Auto(_) => Err(no_address(value)),
        Native::Value(_) | Native::Late(_) => match instance.payload() {
            // These show the class of the instance.
            Some(Value::Set(set)) if !set.is_empty() && instance.class.special("__iter__").is_some() => {
                let shown = repr(&Value::list(super::collect(value)?))?;
                let items = shown.trim_start_matches('[').trim_end_matches(']');
                Ok(format!("{}({{{items}}})", instance.class.name))
            }
            Some(Value::Set(set)) => {
                let shown = repr(&Value::Set(set.clone()))?;
                let name = &instance.class.name;
                Ok(match (set.is_empty(), set.frozen) {
                    (true, _) => format!("{name}()"),
                    (false, true) => format!("{name}{}", shown.trim_start_matches("frozenset")),
                    (false, false) => format!("{name}({shown})"),
                })
            }
            Some(payload @ Value::Dict(dict)) if dict.flavour != crate::collections::DictFlavour::Plain => {
                if let Some(shown) = crate::collections::counter::repr_by_methods(value, instance, dict)? {
                    return Ok(shown);
                }
                let shown = repr(payload)?;
                Ok(format!("{}{}", instance.class.name, &shown[shown.find('(').unwrap_or(0)..]))
            }
            Some(payload) => repr(payload),
            None => Err(no_address(value)),
        },
    }
}

/// `str(value)`.
pub fn to_str(value: &Value) -> Res<Str> {
    match value {
        Value::Str(text) => Ok(text.clone()),
        Value::Instance(instance) => {
            if let Some(method) = instance.class.special("__str__") {
                return text_of(method, value, "__str__");
            }
            if let Some(method) = instance.class.special("__repr__")
                && !matches!(instance.payload(), Some(Value::Str(_) | Value::Bytes(_)))
            {
                if let Native::Exception(_) = &instance.native {
                    return Ok(exception::text(value)?.into());
                }
                return text_of(method, value, "__str__");
            }
            match (&instance.native, instance.payload()) {
                (Native::Exception(_), _) => Ok(exception::text(value)?.into()),
                (_, Some(Value::Str(text))) => Ok(text.clone()),
                (_, Some(bytes @ Value::Bytes(_))) => Ok(repr(bytes)?.into()),
                _ => Ok(repr(value)?.into()),
            }
        }
        Value::Host(host) => match host.0.refusal() {
            None => match host.0.str() {
                Some(text) => Ok(text?.into()),
                None => Ok(host.0.repr()?.into()),
            },
            Some(_) => Ok(host.0.repr()?.into()),
        },
        other => Ok(repr(other)?.into()),
    }
}

/// `ascii(value)`.
pub fn ascii(value: &Value) -> Res<String> {
    let shown = repr(value)?;
    if shown.is_ascii() {
        return Ok(shown);
    }
    let mut out = String::with_capacity(shown.len() * 2);
    for c in shown.chars() {
        match u32::from(c) {
            0..=0x7f => out.push(c),
            n @ 0x80..=0xff => out.push_str(&format!("\\x{n:02x}")),
            n @ 0x100..=0xffff => out.push_str(&format!("\\u{n:04x}")),
            n => out.push_str(&format!("\\U{n:08x}")),
        }
    }
    Ok(out)
}

/// `format(value, spec)`.
pub fn format(value: &Value, spec: &str) -> Res<Str> {
    match value {
        Value::Str(text) if spec.is_empty() => return Ok(text.clone()),
        Value::Instance(instance) => {
            if let Some(method) = instance.class.special("__format__") {
                return match unwrap(&call_attr(method, value, &Args::positional(&[Value::str(spec)]))?) {
                    Value::Str(text) => Ok(text.clone()),
                    other => Err(Fault::type_error(format!(
                        "__format__ must return a str, not {}",
                        type_name(other)
                    ))),
                };
            }
            if spec.is_empty() {
                return to_str(value);
            }
        }
        Value::Host(host) => {
            if let Some(message) = host.0.refusal() {
                return Err(Fault::type_error(message));
            }
            if let Some(result) = host.0.format(spec) {
                return result.map(Str::from);
            }
        }
        _ => {}
    }
    if spec.is_empty() {
        return to_str(value);
    }
    if let Some(result) = crate::number::format(value, spec) {
        return result.map(Str::from);
    }
    match unwrap(value) {
        Value::Str(_) => crate::text::format_str(value, spec).map(Str::from),
        _ => Err(Fault::type_error(format!(
            "unsupported format string passed to {}.__format__",
            type_name(value)
        ))),
    }
}
