//! What annotations are made of: `list[int]`, `int | None`, the names of `typing`, type variables.
//!
//! Annotations themselves are not evaluated, so what would show them (`get_type_hints`) is refused.

mod alias;
mod form;
mod functions;
mod marker;
mod typed_dict;
mod variable;

pub use alias::{REMAKERS, alias};
pub(super) use alias::{class_getitem, generic_getitem};
pub(crate) use alias::{generic_alias, union, union_parts};
pub(super) use form::{FORMS, init_var, value as form};
pub(super) use functions::{FUNCTIONS, NAMES};

pub(super) use marker::{is_marker, marker};
pub(super) use typed_dict::{build_class as build_typed_dict, is_base as is_typed_dict_base};
pub(super) use variable::{VARIABLES, named_variable, new_type};

use super::Host;
use super::class::{Class, builtin};
use crate::value::Str;
use crate::{Args, Fault, Ref, Res, Value, ops};
use alias::Alias;
use form::{Form, Kind};

/// `typing.get_type_hints(value)`.
pub fn type_hints(value: &Value) -> Res {
    functions::get_type_hints(&Args::positional(std::slice::from_ref(value)))
}

/// How annotations show a type.
fn shown(value: &Value) -> Res<String> {
    match value {
        Value::Class(class) => Ok(class.full_name()),
        Value::Host(host) if host.0.type_name() == "type" && downcast::<Form>(value).is_none() => {
            let part =
                |name: &str| super::attr::get(value, name).map(|v| v.as_str().unwrap_or_default().to_owned());
            Ok(format!("{}.{}", part("__module__")?, part("__qualname__")?))
        }
        Value::Ellipsis => Ok("...".to_owned()),
        Value::Func(func) => Ok(func.info.name.to_string()),
        Value::List(items) => Ok(format!("[{}]", all_shown(&items.to_values())?)),
        other => ops::repr(other),
    }
}

fn all_shown(values: &[Value]) -> Res<String> {
    let parts: Res<Vec<String>> = values.iter().map(shown).collect();
    Ok(parts?.join(", "))
}

/// The text of a key.
pub(super) fn text(value: &Value) -> Option<Str> {
    match value {
        Value::Str(text) => Some(text.clone()),
        _ => None,
    }
}

fn downcast<T: 'static>(value: &Value) -> Option<&T> {
    match value {
        Value::Host(host) => host.downcast(),
        _ => None,
    }
}

/// What an index of a subscript is: its parts where it is a tuple, else itself.
fn parts_of(index: &Value) -> Vec<Value> {
    match crate::object::class::unwrap(index) {
        Value::Tuple(parts) => parts.to_vec(),
        _ => vec![index.clone()],
    }
}

/// May the class be subscripted because the program derived it from `Generic`, or because it is a collection.
pub(crate) fn is_generic(class: &Class) -> bool {
    let is_one = |c: &Class| {
        c.is_builtin && matches!(c.name.as_str(), "Generic" | "Protocol")
            || super::registered::is_one(c) && !matches!(c.name.as_str(), "Hashable" | "Sized")
    };
    is_one(class) || class.mro_tail.iter().any(|c| is_one(c))
}

/// The classes that a base that is no class stands for, where other bases stand behind it; `None` where it cannot be one.
pub(super) fn bases_of(value: &Value, behind: &[Value]) -> Res<Option<Vec<Ref<Class>>>> {
    let brings_generic = |base: &Value| match base {
        Value::Class(class) => class.is_subclass_of("Generic"),
        other => downcast::<Alias>(other).is_some() || downcast::<Form>(other).is_some(),
    };
    let with_generic = |class: Ref<Class>| {
        if class.is_subclass_of("Generic") || behind.iter().any(brings_generic) {
            vec![class]
        } else {
            vec![class, builtin("Generic")]
        }
    };
    if let Some(form) = downcast::<Form>(value) {
        return match &form.kind {
            Kind::Any => Ok(Some(Vec::new())),
            Kind::Container { .. } => Ok(Some(with_generic(form.origin_class()?))),
            Kind::Supports(_) => Ok(Some(Vec::new())),
            _ => Err(Fault::type_error(format!("Cannot subclass {}", form.shown()))),
        };
    }
    let Some(alias) = downcast::<Alias>(value) else { return Ok(None) };
    match &alias.origin {
        Value::Class(class) if class.is_builtin && class.name.as_str() == "Generic" => {
            let is_hidden = behind.iter().any(|b| downcast::<Alias>(b).is_some());
            Ok(Some(if is_hidden { Vec::new() } else { vec![class.clone()] }))
        }
        Value::Class(class) if alias.name.is_some() => Ok(Some(with_generic(class.clone()))),
        Value::Class(class) => Ok(Some(vec![class.clone()])),
        _ => Err(Fault::type_error(format!("Cannot subclass {}", ops::repr(value)?))),
    }
}

/// Is it `Generic[...]`, as a base.
pub(super) fn is_generic_base(value: &Value) -> bool {
    let is_it = |v: &Value| matches!(v, Value::Class(c) if c.is_builtin && c.name.as_str() == "Generic");
    is_it(value) || downcast::<Alias>(value).is_some_and(|a| is_it(&a.origin))
}

/// Is it `typing.NamedTuple`.
pub(super) fn is_named_tuple(value: &Value) -> bool {
    downcast::<Form>(value).is_some_and(|form| matches!(form.kind, Kind::NamedTuple))
}

/// Does an annotation say this: as a value, or as the text of the source.
pub(super) fn annotates(annotation: &Value, name: &str) -> bool {
    match annotation {
        Value::Str(text) => {
            let text = text.trim_matches(['\'', '"']);
            let head = text.split('[').next().unwrap_or_default().trim();
            head.rsplit('.').next() == Some(name)
        }
        Value::Host(_) => {
            is_marker(annotation, name)
                || downcast::<Form>(annotation).is_some_and(|form| form.name == name)
                || downcast::<Alias>(annotation).is_some_and(|a| annotates(&a.origin, name))
        }
        _ => false,
    }
}

/// The type variables of what a class is derived from, in order.
pub(super) fn parameters_of_class(class: &Class) -> Option<Vec<Value>> {
    let Some(bases) = class.orig_bases.get() else {
        return (!class.is_builtin && class.bases.iter().all(|b| b.is_builtin)).then(Vec::new);
    };
    let mut found = Vec::new();
    if let Some(generic) = bases.iter().find(|b| is_generic_base(b)) {
        variable::collect(generic, &mut found);
        return Some(found);
    }
    for base in bases {
        variable::collect(base, &mut found);
    }
    Some(found)
}

/// Keeps the bases of a class as they were written, and checks what `Generic` says of them.
pub(super) fn check_bases(class: &Ref<Class>, written: Vec<Value>) -> Res<()> {
    let is_plain = |b: &Value| matches!(b, Value::Class(c) if c.is_builtin && c.name.as_str() == "Generic");
    if written.iter().any(is_plain) {
        return Err(Fault::type_error("Cannot inherit from plain Generic"));
    }
    if written.iter().any(|base| matches!(base, Value::Host(_))) {
        // It was just made: nothing is there yet.
        let _ = class.orig_bases.set(written);
    }
    Ok(())
}

/// What a type stands for as an argument of another: `None` is its class, text a reference to be resolved later.
pub(super) fn converted(value: &Value) -> Value {
    match value {
        Value::None => Value::Class(builtin("NoneType")),
        Value::Str(text) => variable::forward_ref(text.clone()),
        other => other.clone(),
    }
}

/// Checks an argument of a generic type.
pub(super) fn checked(value: &Value, message: &str) -> Res {
    if let Value::Str(text) = value {
        variable::check_reference(text)?;
    }
    let value = converted(value);
    if let Some(alias) = downcast::<Alias>(&value) {
        let is_wrong = is_generic_base(&alias.origin)
            || matches!(&alias.origin, Value::Class(c) if c.is_builtin && c.name.as_str() == "Protocol")
            || downcast::<Form>(&alias.origin).is_some_and(|f| matches!(f.name, "ClassVar" | "Final"));
        if is_wrong {
            return Err(Fault::type_error(format!("{} is not valid as type argument", ops::repr(&value)?)));
        }
    }
    let is_plain = match &value {
        Value::Class(c) => c.is_builtin && matches!(c.name.as_str(), "Generic" | "Protocol"),
        other => downcast::<Form>(other).is_some_and(Form::is_no_argument),
    };
    if is_plain {
        return Err(Fault::type_error(format!("Plain {} is not valid as type argument", ops::repr(&value)?)));
    }
    if let Value::Tuple(_) = value {
        let shown: String = ops::repr(&value)?.chars().take(100).collect();
        return Err(Fault::type_error(format!("{message} Got {shown}.")));
    }
    Ok(value)
}

fn all_checked(values: &[Value], message: &str) -> Res<Vec<Value>> {
    values.iter().map(|value| checked(value, message)).collect()
}

/// Is there as much as is wanted; `what` is shown.
fn check_count(n: usize, expected: usize, what: &Value) -> Res<()> {
    if expected == 0 {
        return Err(Fault::type_error(format!("{} is not a generic class", ops::repr(what)?)));
    }
    if n == expected {
        return Ok(());
    }
    let how = if n > expected { "many" } else { "few" };
    Err(Fault::type_error(format!(
        "Too {how} arguments for {}; actual {n}, expected {expected}",
        ops::repr(what)?
    )))
}

/// A native object of this module as a value.
fn host(object: impl super::HostObject + 'static) -> Value {
    Host::value(object)
}
