//! What the built-in types make anew for a class of the program that derives from them: alternative constructors, and
//! copies that keep the class.

use super::class::{Class, Instance, Native, unwrap};
use super::construct::call_class;
use super::descriptor::{self, Descriptor};
use crate::collections::{Dict, DictFlavour};
use crate::value::{Args, Builtin};
use crate::{Fault, Ref, Res, Value};

/// The class methods of built-in types that make an instance of the class through which they are called.
static MAKERS: [Builtin; 3] = [
    Builtin { name: "from_bytes", owner: "", call: |args| made_by("from_bytes", args) },
    Builtin { name: "fromhex", owner: "", call: |args| made_by("fromhex", args) },
    Builtin { name: "fromkeys", owner: "", call: |args| made_by("fromkeys", args) },
];

/// The function that stands for a static one of a built-in type when a class of the program is asked for it; its first
/// argument is that class.
pub(super) fn maker(function: &Value) -> Option<&'static Builtin> {
    match function {
        Value::Builtin(builtin) if !builtin.owner.is_empty() => {
            MAKERS.iter().find(|m| m.name == builtin.name)
        }
        _ => None,
    }
}

fn made_by(name: &str, args: &Args<'_>) -> Res {
    let Some(Value::Class(class)) = args.pos.first() else {
        return Err(Fault::type_error(format!("{name}() needs a class")));
    };
    let native = class.mro_tail.iter().filter(|c| c.is_builtin).find_map(|c| c.own(name));
    let Some(Descriptor::Static(Value::Builtin(native))) = native.and_then(descriptor::of) else {
        return Err(Fault::attribute_error(format!(
            "type object '{}' has no attribute '{name}'",
            class.name
        )));
    };
    let made = (native.call)(&args.rest())?;
    match &made {
        Value::Dict(entries) => filled(class, &[], entries),
        _ => call_class(class, &Args::positional(&[made])),
    }
}

/// `class(*args)`, with more entries.
fn filled(class: &Ref<Class>, args: &[Value], entries: &Ref<Dict>) -> Res {
    if class.special("__setitem__").is_some() {
        return Err(Fault::not_pure(format!("`__setitem__` of `{}` would be called", class.name)));
    }
    let made = call_class(class, &Args::positional(args))?;
    match (&made, unwrap(&made)) {
        (Value::Instance(instance), Value::Dict(dict)) => {
            let payload = Value::Dict(Ref::new(dict.merged(entries)?));
            Ok(with_payload(instance, payload))
        }
        _ => Err(Fault::not_pure(format!("a call of `{}` made no dict", class.name))),
    }
}

/// The instance with another value of its built-in type.
fn with_payload(instance: &Instance, payload: Value) -> Value {
    let made = Instance::new(instance.class.clone(), Native::Value(payload));
    for (name, value) in instance.named_fields() {
        made.set_field(&name, value);
    }
    made.seal();
    Value::Instance(Ref::new(made))
}

/// `copy` of an instance of a subclass of `Counter` or `OrderedDict`; `None` for anything else.
pub(super) fn copy(builtin: &Builtin, instance: &Value) -> Option<Res> {
    let Value::Instance(inner) = instance else { return None };
    match (builtin.owner, builtin.name, unwrap(instance)) {
        ("Counter", "copy", Value::Dict(_)) => {
            Some(call_class(&inner.class, &Args::positional(std::slice::from_ref(instance))))
        }
        ("OrderedDict", "copy", Value::Dict(dict)) => Some(filled(&inner.class, &[], dict)),
        _ => None,
    }
}

/// `a | b` where the left one, or else the right one, is an instance of a subclass of `OrderedDict`; `None` elsewhere.
pub fn merged(a: &Value, b: &Value) -> Option<Res> {
    let is_ordered = |v: &Value| matches!(unwrap(v), Value::Dict(d) if d.flavour == DictFlavour::Ordered);
    let keeper = if is_ordered(a) { a } else { b };
    let (Value::Instance(instance), Value::Dict(more), Value::Dict(_)) = (keeper, unwrap(b), unwrap(a))
    else {
        return None;
    };
    is_ordered(keeper).then(|| filled(&instance.class, std::slice::from_ref(a), more))
}
