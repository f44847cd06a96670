//! Properties, static and class methods, the fields of named tuples, and `super`.

use super::class::{Class, Instance, Native, builtin, class_ref};
use super::{attr, call};
use crate::value::{Args, Builtin};
use crate::{Fault, Ref, Res, Value, ops};

/// What stands in a class and decides what looking it up gives.
pub enum Descriptor {
    /// `property`; each part is [`Value::None`] where absent.
    Property {
        /// `fget`.
        get: Value,
        /// `fset`.
        set: Value,
        /// `fdel`.
        delete: Value,
        /// `__doc__`.
        doc: Value,
    },
    /// `staticmethod`.
    Static(Value),
    /// `classmethod`.
    Class(Value),
    /// A field of a named tuple.
    TupleField(usize),
    /// A name in `__slots__`.
    Slot(crate::Str),
    /// A property that fields of an instance hide: computed anew at each use, as `functools.cached_property`.
    Lazy(Value),
    /// `super(start, receiver)`: look-up begins behind `start` in the MRO of `class`.
    Super {
        /// Behind which class look-up begins.
        start: Ref<Class>,
        /// To what methods are bound.
        receiver: Value,
        /// Whose MRO it is.
        class: Ref<Class>,
    },
}

fn make(class: &str, descriptor: Descriptor) -> Value {
    Instance::value(builtin(class), Native::Descriptor(descriptor))
}

/// The descriptor in a value, if it is one.
pub fn of(value: &Value) -> Option<&Descriptor> {
    match value {
        Value::Instance(instance) => match &instance.native {
            Native::Descriptor(descriptor) => Some(descriptor),
            _ => None,
        },
        _ => None,
    }
}

/// A built-in function as a static method of a built-in class.
pub(super) fn native_static(function: &'static Builtin) -> Value {
    // The table of classes is being made: `builtin` would wait for itself.
    static_of(Value::Builtin(function))
}

fn raw(name: &'static str, descriptor: Descriptor) -> Value {
    let class = super::table::class(name, "builtins", Vec::new(), name, None);
    Instance::value(Ref::new(class), Native::Descriptor(descriptor))
}

fn static_of(function: Value) -> Value {
    raw("staticmethod", Descriptor::Static(function))
}

/// A property of a built-in class.
pub(super) fn native_property(getter: &'static Builtin) -> Value {
    let (set, delete, doc) = (Value::None, Value::None, Value::None);
    raw("property", Descriptor::Property { get: Value::Builtin(getter), set, delete, doc })
}

/// A class method of a built-in class.
pub(super) fn class_method(function: Value) -> Value {
    raw("classmethod", Descriptor::Class(function))
}

/// A class method of a class of the program, as `classmethod(f)` gives it.
pub fn classmethod(function: Value) -> Value {
    make("classmethod", Descriptor::Class(function))
}

/// A static method of a class of the program, as `staticmethod(f)` gives it.
pub fn staticmethod(function: Value) -> Value {
    make("staticmethod", Descriptor::Static(function))
}

/// The field of a named tuple at this index.
pub(super) fn tuple_field(idx: usize) -> Value {
    make("_tuplegetter", Descriptor::TupleField(idx))
}

/// A name in `__slots__`.
pub(super) fn slot(name: crate::Str) -> Value {
    make("property", Descriptor::Slot(name))
}

/// What a class holds under `functools.cached_property`.
pub fn lazy_property(function: Value) -> Value {
    make("cached_property", Descriptor::Lazy(function))
}

/// `property(fget, fset, fdel, doc)`.
pub(super) fn construct_property(args: &Args<'_>) -> Res {
    let [get, set, delete, doc] = args.bind("property", ["fget", "fset", "fdel", "doc"], 0, 0, 4)?;
    let part = |v: Option<&Value>| v.cloned().unwrap_or(Value::None);
    Ok(property(part(get), part(set), part(delete), part(doc)))
}

fn property(get: Value, set: Value, delete: Value, doc: Value) -> Value {
    make("property", Descriptor::Property { get, set, delete, doc })
}

/// `staticmethod(f)`.
pub(super) fn construct_static(args: &Args<'_>) -> Res {
    args.no_keywords("staticmethod")?;
    crate::collections::arity("staticmethod", args.pos.len(), 1, 1)?;
    Ok(staticmethod(args.pos[0].clone()))
}

/// `classmethod(f)`.
pub(super) fn construct_class(args: &Args<'_>) -> Res {
    args.no_keywords("classmethod")?;
    crate::collections::arity("classmethod", args.pos.len(), 1, 1)?;
    Ok(classmethod(args.pos[0].clone()))
}

/// `super(type, object_or_type)`.
pub(super) fn construct_super(args: &Args<'_>) -> Res {
    args.no_keywords("super")?;
    if args.pos.len() > 2 {
        let given = args.pos.len();
        return Err(Fault::type_error(format!("super() expected at most 2 arguments, got {given}")));
    }
    match args.pos {
        [] => Err(Fault::exception("RuntimeError", "super(): no arguments")),
        [start @ Value::Class(_), receiver] => super_of(start, receiver),
        [Value::Class(_)] => Err(Fault::not_pure("`super` with one argument: give it two")),
        [other, ..] => Err(Fault::type_error(format!(
            "super() argument 1 must be a type, not {}",
            ops::type_name(other)
        ))),
    }
}

/// `super()` in a method whose class is `owner` (from `Func.owner`), with its first argument.
pub fn super_of(owner: &Value, receiver: &Value) -> Res {
    let Value::Class(start) = owner else {
        return Err(Fault::exception("RuntimeError", "super(): __class__ cell not found"));
    };
    let class = super_class(start, receiver)?;
    Ok(make("super", Descriptor::Super { start: start.clone(), receiver: receiver.clone(), class }))
}

/// In whose MRO `super(start, receiver)` looks.
fn super_class(start: &Ref<Class>, receiver: &Value) -> Res<Ref<Class>> {
    if let Value::Class(class) = receiver
        && class.is_subclass(start)
    {
        return Ok(class.clone());
    }
    let class = class_ref(receiver);
    if class.is_subclass(start) {
        return Ok(class.clone());
    }
    if receiver.is_none() {
        return Err(Fault::not_pure("`super(C, None)` stands for no object: give it one"));
    }
    Err(Fault::type_error("super(type, obj): obj must be an instance or subtype of type"))
}

/// The attribute that `super(start, receiver).name` finds, not bound.
fn super_lookup<'a>(start: &Class, class: &'a Ref<Class>, name: &str) -> Option<&'a Value> {
    super::class::mro(class).skip_while(|c| !std::ptr::eq(&***c, start)).skip(1).find_map(|c| c.own(name))
}

/// `super(start, receiver).name`; `None` where no ancestor has it.
pub(super) fn super_attr(
    start: &Ref<Class>,
    class: &Ref<Class>,
    receiver: &Value,
    name: &str,
) -> Res<Option<Value>> {
    match super_lookup(start, class, name) {
        // Through a class (`super()` in a class method) functions stay plain.
        Some(found) if is_class_receiver(receiver, class) => attr::bind(found, None, class).map(Some),
        Some(found) => attr::bind(found, Some(receiver), class).map(Some),
        None => Ok(None),
    }
}

fn is_class_receiver(receiver: &Value, class: &Ref<Class>) -> bool {
    matches!(receiver, Value::Class(c) if Ref::ptr_eq(c, class))
}

/// `super().name(*args)` in a method of `owner`, without making the `super` object and the bound method.
pub fn call_super(owner: &Value, receiver: &Value, name: &str, args: &Args<'_>) -> Res {
    let Value::Class(start) = owner else {
        return Err(Fault::exception("RuntimeError", "super(): __class__ cell not found"));
    };
    let class = super_class(start, receiver)?;
    match super_lookup(start, &class, name) {
        Some(found) if !is_class_receiver(receiver, &class) => call::call_attr(found, receiver, args),
        Some(found) => call::call(&attr::bind(found, None, &class)?, args),
        None => Err(super_missing(name)),
    }
}

/// The error of an attribute that no ancestor has.
pub(super) fn super_missing(name: &str) -> Fault {
    Fault::attribute_error(format!("'super' object has no attribute '{name}'"))
}

/// The methods of a property that make a new one.
pub(super) static PROPERTY: &[Builtin] = &[
    Builtin {
        name: "__init__",
        owner: "property",
        call: |_| {
            Err(Fault::not_pure("`property.__init__` changes a property in place: give all when it is made"))
        },
    },
    Builtin { name: "getter", owner: "property", call: with_getter },
    Builtin { name: "setter", owner: "property", call: with_setter },
    Builtin { name: "deleter", owner: "property", call: with_deleter },
];

fn changed(args: &Args<'_>, name: &str, change: impl FnOnce(&mut [Value; 4], Value)) -> Res {
    args.rest().count(&format!("property.{name}"), 1, 1)?;
    let Some(Descriptor::Property { get, set, delete, doc }) = of(args.receiver()) else {
        return Err(Fault::type_error("a property is needed"));
    };
    let mut parts = [get.clone(), set.clone(), delete.clone(), doc.clone()];
    change(&mut parts, args.pos[1].clone());
    let [get, set, delete, doc] = parts;
    Ok(property(get, set, delete, doc))
}

fn with_getter(args: &Args<'_>) -> Res {
    changed(args, "getter", |parts, f| parts[0] = f)
}

fn with_setter(args: &Args<'_>) -> Res {
    changed(args, "setter", |parts, f| parts[1] = f)
}

fn with_deleter(args: &Args<'_>) -> Res {
    changed(args, "deleter", |parts, f| parts[2] = f)
}
