//! Attribute look-up on any value.

use super::class::{Class, Instance, Native, class_ref};
use super::descriptor::{self, Descriptor};
use super::{Method, call, derived, exception, native_attr, reflect};
use crate::value::{Args, Str};
use crate::{Fault, Ref, Res, Value, ops};

/// `value.name`.
pub fn get(value: &Value, name: &str) -> Res {
    if let Value::Instance(instance) = value {
        match instance_get(instance, value, name) {
            Ok(Some(found)) => return Ok(found),
            Ok(None) => {}
            Err(fault) => {
                exception::tell_attribute(&fault, value, name);
                return Err(fault);
            }
        }
    } else if let Some(found) = generic(value, name)? {
        return Ok(found);
    }
    Err(missing(value, name))
}

/// `value.name`, `None` where there is no such attribute.
pub fn find(value: &Value, name: &str) -> Res<Option<Value>> {
    let found = match value {
        Value::Instance(instance) => instance_get(instance, value, name),
        other => generic(other, name),
    };
    match found {
        Err(fault) if fault.is("AttributeError") => Ok(None),
        found => found,
    }
}

/// [`find`] as the program asks: what CPython has and is not kept here is refused.
pub fn find_kept(value: &Value, name: &str) -> Res<Option<Value>> {
    match find(value, name)? {
        None => reflect::not_kept(value, name).map_or(Ok(None), Err),
        found => Ok(found),
    }
}

/// With `__getattribute__` and `__getattr__` of the program.
fn instance_get(instance: &Ref<Instance>, value: &Value, name: &str) -> Res<Option<Value>> {
    let class = &instance.class;
    if class.is_builtin {
        return generic(value, name);
    }
    let name_arg = || [Value::str(name)];
    let found = match class.special("__getattribute__") {
        Some(hook) => call::call_attr(hook, value, &Args::positional(&name_arg())).map(Some),
        None => generic(value, name),
    };
    let absent = match &found {
        Ok(None) => true,
        Err(fault) => fault.is("AttributeError"),
        Ok(Some(_)) => false,
    };
    if absent && let Some(hook) = class.special("__getattr__") {
        return call::call_attr(hook, value, &Args::positional(&name_arg())).map(Some);
    }
    found
}

/// What `object.__getattribute__` finds.
pub(super) fn generic(value: &Value, name: &str) -> Res<Option<Value>> {
    match value {
        Value::Instance(instance) => generic_instance(instance, value, name),
        Value::Class(class) => class_get(class, name),
        Value::Module(module) => match (super::lazy::attribute(module, name)?, name) {
            (Some(found), _) => Ok(Some(found)),
            (None, "__name__") => Ok(Some(Value::Str(module.name.clone()))),
            _ if !module.is_ready() => Err(Fault::not_pure(format!(
                "the module `{}` is used before it has run: modules that import each other need each other too early",
                module.name
            ))),
            (None, "__doc__") if module.running.is_some() => Ok(Some(Value::None)),
            (
                None,
                "__file__" | "__dict__" | "__doc__" | "__loader__" | "__spec__" | "__path__" | "__cached__",
            ) => Err(Fault::not_pure(format!("`{name}` of a module is not kept"))),
            (None, "abc") if module.name.as_str() == "collections" => {
                const ABC: &str = "collections.abc";
                crate::hooks::session()?.import(0, ABC, ABC).map(Some)
            }
            (None, _) if super::modules::is_absent(module, name) => {
                Err(Fault::not_pure(format!("`{}.{name}` is not there", module.name)))
            }
            (None, "__package__") => Err(Fault::not_pure("`__package__` of a module is not kept")),
            _ => Ok(None),
        },
        Value::Host(host) => {
            if let Some(found) = host.0.get_attr(host, name)? {
                return Ok(Some(found));
            }
            if let Some(message) = host.0.refusal() {
                return Err(Fault::type_error(message));
            }
            match of_class(value, name)? {
                None if name == "__call__" && host.0.is_callable() && host.0.type_name() != "type" => {
                    Ok(super::class::builtin("function").lookup(name).map(|call| method(call, Some(value))))
                }
                None if name == "__module__"
                    && host.0.module() != "builtins"
                    && class_shown(value).is_none() =>
                {
                    Ok(Some(Value::str(host.0.module())))
                }
                found => Ok(found),
            }
        }
        _ => {
            if let Some(found) = native_attr::get(value, name)? {
                return Ok(Some(found));
            }
            of_class(value, name)
        }
    }
}

/// As [`find`], of a method that the language asks for itself: what the class has, past `__getattr__` and the object's own fields.
pub fn find_special(value: &Value, name: &str) -> Res<Option<Value>> {
    let Value::Instance(instance) = value else { return find(value, name) };
    match instance.class.lookup(name) {
        Some(found) => bind(found, Some(value), &instance.class).map(Some),
        None => Ok(None),
    }
}

/// What the class of a value without fields gives.
fn of_class(value: &Value, name: &str) -> Res<Option<Value>> {
    let class = class_ref(value);
    match class.lookup(name) {
        Some(found) => bind(found, Some(value), class).map(Some),
        None if matches!(name, "__dict__" | "__module__") && matches!(value, Value::Dict(_)) => {
            match (&*class.name, name) {
                ("Counter" | "OrderedDict", "__dict__") => {
                    Ok(Some(Value::Dict(Ref::new(crate::collections::Dict::new()))))
                }
                ("Counter", _) => Ok(Some(Value::Str(class.module.clone()))),
                _ => Ok(None),
            }
        }
        None if name == "__class__" => Ok(Some(Value::Class(class.clone()))),
        None if name == "__doc__" => Err(no_doc(&class.name)),
        None => Ok(None),
    }
}

fn no_doc(name: &str) -> Fault {
    Fault::not_pure(format!("the documentation of the built-in `{name}` is not there"))
}

fn generic_instance(instance: &Ref<Instance>, value: &Value, name: &str) -> Res<Option<Value>> {
    // A field is only ever made where the class has no data descriptor of that name, so fields come first.
    if let Some(found) = instance.field(name) {
        return Ok(Some(found));
    }
    match &instance.native {
        Native::Exception(_) => {
            if let Some(found) = exception::attribute(instance, value, name) {
                return Ok(Some(found));
            }
        }
        Native::Descriptor(Descriptor::Super { start, receiver, class }) => {
            match name {
                "__thisclass__" => return Ok(Some(Value::Class(start.clone()))),
                "__self__" => return Ok(Some(receiver.clone())),
                "__self_class__" => return Ok(Some(Value::Class(class.clone()))),
                _ => {}
            }
            if name != "__class__"
                && let Some(found) = descriptor::super_attr(start, class, receiver, name)?
            {
                return Ok(Some(found));
            }
        }
        Native::Descriptor(d) => {
            if let Some(found) = native_attr::of_descriptor(d, name)? {
                return Ok(Some(found));
            }
        }
        _ => {}
    }
    if name == "__annotations__"
        && let Some(owner) = super::annotations::owner(&instance.class)
    {
        return super::annotations::of_class(owner).map(Some);
    }
    // Each class of a program has a `__doc__` of its own, if only `None`.
    let found = match name {
        "__doc__" if !instance.class.is_builtin => match instance.class.own(name) {
            None if instance.class.dataclass.get().is_some() => return class_get(&instance.class, name),
            found => found,
        },
        _ => instance.class.lookup(name),
    };
    if let Some(found) = found {
        return bind(found, Some(value), &instance.class).map(Some);
    }
    match name {
        "__class__" => Ok(Some(Value::Class(instance.class.clone()))),
        "__dict__" | "__orig_class__"
            if !instance.class.is_builtin && super::typing::is_generic(&instance.class) =>
        {
            Err(Fault::not_pure(format!(
                "`{name}` of a `{}`, which is generic: by which alias it was made is not kept",
                instance.class.name
            )))
        }
        "__dict__" | "__module__" if is_without_dict(instance, name) => Ok(None),
        "__dict__" if !has_slots_only(&instance.class) => instance_dict(instance).map(Some),
        "__doc__" => Ok(Some(Value::None)),
        "__module__" => Ok(Some(Value::Str(instance.class.module.clone()))),
        _ if name != "__members__"
            && instance.class.enum_info.get().is_some()
            && super::enums::class_attribute(&instance.class, name)?.is_some() =>
        {
            super::enums::class_attribute(&instance.class, name)
        }
        _ => match instance.payload() {
            // `real` of an `IntEnum` member.
            Some(payload) => native_attr::get(payload, name),
            None => Ok(None),
        },
    }
}

/// Is it of a type written in C that gives its instances none of these.
fn is_without_dict(instance: &Instance, name: &str) -> bool {
    let class = &instance.class;
    let is_of_c = class.shown.contains('.');
    is_of_c && matches!((&*class.shown, name), ("collections.defaultdict", "__dict__"))
        || is_of_c
            && name == "__module__"
            && matches!(class.module.as_str(), "datetime" | "collections" | "_collections")
        || class.is_builtin
            && class.module.as_str() == "builtins"
            && (name == "__module__" || matches!(class.name.as_str(), "property" | "super"))
}

/// Have the instances of a class no fields but those in `__slots__`.
fn has_slots_only(class: &Class) -> bool {
    class.slots.is_some()
        || class.namedtuple.get().is_some()
        || class.dataclass.get().is_some_and(|info| info.slots)
            && class.bases.iter().all(|b| b.name.as_str() == "object" && b.is_builtin || has_slots_only(b))
}

fn instance_dict(instance: &Instance) -> Res {
    if instance.class.is_reordered.load(std::sync::atomic::Ordering::Relaxed) {
        return Err(Fault::not_pure(format!(
            "`__dict__` of a `{}`: its instances get their attributes in different orders",
            instance.class.name
        )));
    }
    crate::collections::repr::note_instance_dict();
    let mut dict = crate::collections::Dict::new();
    let is_slot = |name: &str| {
        let found = instance.class.lookup(name).and_then(descriptor::of);
        matches!(found, Some(Descriptor::Slot(_)))
    };
    for (name, value) in instance.named_fields() {
        // What a class in C keeps is in no dict.
        if !is_slot(&name) && !name.starts_with('\u{1}') {
            let shown = name.strip_prefix(HIDDEN).map_or_else(|| name.clone(), Str::new);
            dict.insert(Value::Str(shown), value)?;
        }
    }
    Ok(Value::Dict(Ref::new(dict)))
}

/// `class.name`.
fn class_get(class: &Ref<Class>, name: &str) -> Res<Option<Value>> {
    if let Some(found) = native_attr::of_class(class, name)? {
        return Ok(Some(found));
    }
    if let Some(found) = super::enums::class_attribute(class, name)? {
        return Ok(Some(found));
    }
    if matches!(name, "name" | "value") && class.enum_info.get().is_some() {
        return Err(Fault::exception("AttributeError", name));
    }
    if let Some(found) = class.lookup(name) {
        if let Some(Descriptor::Property { .. }) = descriptor::of(found)
            && let Some(owner) = super::class::mro(class).find(|c| c.own(name).is_some())
            && owner.shown.contains('.')
        {
            // C has no properties.
            use super::member::{Kind, of};
            let kind = if name == "default_factory" { Kind::Member } else { Kind::Attribute };
            return Ok(Some(of(name, &owner.shown, kind)));
        }
        return bind(found, None, class).map(Some);
    }
    if let Some(part) = super::member::of_class(class, name) {
        return Ok(Some(part));
    }
    if name == "__doc__" {
        return if class.is_builtin { Err(no_doc(&class.name)) } else { Ok(Some(Value::None)) };
    }
    // What the class is itself an instance of: `mro`, `__call__`.
    let this = Value::Class(class.clone());
    let meta = class_ref(&this);
    match meta.lookup(name) {
        Some(found) => bind(found, Some(&this), meta).map(Some),
        None => Ok(None),
    }
}

/// What an attribute of a class gives when it is looked up through an instance (`receiver`) or through the class.
pub fn bind(found: &Value, receiver: Option<&Value>, class: &Ref<Class>) -> Res {
    match found {
        Value::Func(_) => Ok(method(found, receiver)),
        Value::Builtin(builtin) => Ok(if receiver.is_some() && super::table::is_method(builtin) {
            method(found, receiver)
        } else {
            found.clone()
        }),
        Value::Host(host) if host.0.binds() => Ok(method(found, receiver)),
        Value::Instance(instance) => match &instance.native {
            Native::Descriptor(d) => bind_descriptor(d, found, receiver, class),
            _ => bind_user(instance, found, receiver, class),
        },
        other => Ok(other.clone()),
    }
}

fn method(func: &Value, receiver: Option<&Value>) -> Value {
    match receiver {
        Some(receiver) => Value::Method(Ref::new(Method { func: func.clone(), receiver: receiver.clone() })),
        None => func.clone(),
    }
}

fn bind_descriptor(d: &Descriptor, found: &Value, receiver: Option<&Value>, class: &Ref<Class>) -> Res {
    match (d, receiver) {
        (Descriptor::Static(function), _) => match derived::maker(function) {
            Some(maker) if !class.is_builtin || class.layout == "bool" => {
                let receiver = Value::Class(class.clone());
                Ok(Value::Method(Ref::new(Method { func: Value::Builtin(maker), receiver })))
            }
            _ => Ok(function.clone()),
        },
        (Descriptor::Class(function), receiver) => {
            let class = match receiver {
                Some(Value::Class(class)) => class,
                _ => class,
            };
            // What it holds may be a descriptor itself.
            if descriptor::of(function).is_some() {
                return bind(function, Some(&Value::Class(class.clone())), class);
            }
            let bound = Method { func: function.clone(), receiver: Value::Class(class.clone()) };
            Ok(Value::Method(Ref::new(bound)))
        }
        (Descriptor::Property { get, .. }, Some(receiver)) => {
            if get.is_none() {
                return Err(Fault::attribute_error(format!(
                    "property{} of '{}' object has no getter",
                    property_name(found, class),
                    class.qualname
                )));
            }
            call::call_with(get, receiver, &Args::positional(&[]))
        }
        (Descriptor::Lazy(function), Some(receiver)) => {
            call::call_with(function, receiver, &Args::positional(&[]))
        }
        (Descriptor::TupleField(idx), Some(receiver)) => {
            ops::getitem(super::class::unwrap(receiver), &Value::usize(*idx))
        }
        (Descriptor::Slot(name), Some(receiver)) => Err(missing(receiver, name)),
        (Descriptor::Slot(name), None) => {
            let owner = super::class::mro(class).find(|c| c.own(name).is_some()).unwrap_or(class);
            Ok(super::member::of(name, &owner.name, super::member::Kind::Member))
        }
        _ => Ok(found.clone()),
    }
}

/// A descriptor that the program defines: `__get__`.
fn bind_user(instance: &Ref<Instance>, found: &Value, receiver: Option<&Value>, class: &Ref<Class>) -> Res {
    let Some(get) = instance.class.special("__get__") else {
        return Ok(found.clone());
    };
    let receiver = receiver.cloned().unwrap_or(Value::None);
    call::call_attr(get, found, &Args::positional(&[receiver, Value::Class(class.clone())]))
}

/// Under which name a class holds this property, as messages show it: ` 'area'`.
fn property_name(property: &Value, class: &Ref<Class>) -> String {
    let held = super::class::mro(class).find_map(|c| {
        let mut attrs = c.attrs.get().into_iter().flatten();
        attrs.find(|(_, v)| ops::is_same_object(v, property)).map(|(n, _)| n.clone())
    });
    held.map(|n| format!(" '{n}'")).unwrap_or_default()
}

/// The error of an attribute that is not there.
pub fn missing(value: &Value, name: &str) -> Fault {
    if let Some(refusal) = reflect::not_kept(value, name) {
        return refusal;
    }
    // A bound method asks its function.
    let other = if let Value::Host(host) = value { host.0.missing_of(name) } else { None };
    let asked = match value {
        Value::Method(method) if matches!(method.func, Value::Func(_) | Value::Host(_)) => &method.func,
        Value::Host(_) => other.as_ref().unwrap_or(value),
        _ => value,
    };
    let message = match asked {
        Value::Class(class) if super::enums::is_enum(class) || name == "__abstractmethods__" => {
            name.to_owned()
        }
        Value::Class(class) => format!("type object '{}' has no attribute '{name}'", class.shown),
        Value::Host(host) if host.0.is_bare_name_missing(name) => name.to_owned(),
        Value::Host(_) | Value::Builtin(_) if class_shown(asked).is_some() => {
            let class = class_shown(asked).unwrap_or_default();
            format!("type object '{class}' has no attribute '{name}'")
        }
        Value::Module(module) => format!("module '{}' has no attribute '{name}'", module.name),
        other => format!("'{}' object has no attribute '{name}'", ops::type_name(other)),
    };
    exception::attribute_error(message, value, name)
}

/// What messages call a class that is a native object or a function here.
pub(crate) fn class_shown(value: &Value) -> Option<String> {
    match value {
        Value::Host(host) => host.0.class_shown(),
        Value::Builtin(builtin) => ops::class_module(builtin).map(|_| builtin.name.to_owned()),
        _ => None,
    }
}

/// `self.name = value` in `__init__`.
pub fn set(value: &Value, name: &str, to: Value) -> Res<()> {
    if let Value::Instance(instance) = value
        && let Some(hook) = instance.class.special("__setattr__")
    {
        return call::call_attr(hook, value, &Args::positional(&[Value::str(name), to])).map(|_| ());
    }
    set_generic(value, name, to)
}

/// What stands before the name of a field that a descriptor of the class hides: only `__dict__` shows it.
const HIDDEN: char = '\0';

/// `object.__dict__[key] = to`, past all descriptors.
pub fn set_dict_item(object: &Value, key: &Value, to: Value) -> Res<()> {
    let Value::Instance(instance) = object else {
        return Err(Fault::not_pure("the `__dict__` of an object that is no instance is written"));
    };
    let Value::Str(name) = super::class::unwrap(key) else {
        return Err(Fault::not_pure("a key of `__dict__` that is no text is written"));
    };
    if instance.class.slots.is_some() {
        return Err(missing(object, "__dict__"));
    }
    if instance.is_sealed() {
        return Err(Fault::not_pure(format!(
            "`{name}` of a `{}` is written after its `__init__`: make a new instance instead",
            instance.class.name
        )));
    }
    let is_hidden = instance.class.lookup(name).is_some_and(|found| match found {
        Value::Instance(d) => descriptor::of(found).is_some() || d.class.special("__set__").is_some(),
        _ => false,
    });
    if is_hidden {
        instance.set_field(&format!("{HIDDEN}{name}"), to);
    } else {
        instance.set_field(name, to);
    }
    Ok(())
}

/// What `object.__setattr__` does.
pub(super) fn set_generic(value: &Value, name: &str, to: Value) -> Res<()> {
    let instance = match value {
        Value::Instance(instance) => instance,
        Value::Class(class) if class.is_open.load(std::sync::atomic::Ordering::Relaxed) => {
            class.put_over(std::iter::once((Str::new(name), to)).collect());
            return Ok(());
        }
        Value::Class(class) if !class.is_builtin => return Err(written(name, "a class")),
        Value::Func(_) => return Err(written(name, "a function")),
        Value::Module(_) => return Err(written(name, "a module")),
        _ => return Err(read_only(value, name)),
    };
    let class = &instance.class;
    if let Some(found) = class.lookup(name) {
        match descriptor::of(found) {
            Some(Descriptor::Property { set, .. }) => {
                if set.is_none() {
                    return Err(Fault::attribute_error(format!(
                        "property{} of '{}' object has no setter",
                        property_name(found, class),
                        class.qualname
                    )));
                }
                return call::call_with(set, value, &Args::positional(&[to])).map(|_| ());
            }
            Some(Descriptor::TupleField(_)) => return Err(Fault::attribute_error("can't set attribute")),
            Some(_) => {}
            None => {
                if let Value::Instance(d) = found
                    && let Some(hook) = d.class.special("__set__")
                {
                    return call::call_attr(hook, found, &Args::positional(&[value.clone(), to])).map(|_| ());
                }
            }
        }
    }
    if let Some(slots) = &class.slots
        && !slots.iter().any(|s| s.as_str() == name)
    {
        return Err(if class.lookup(name).is_some() { read_only(value, name) } else { missing(value, name) });
    }
    if class.slots.is_none() && class.dataclass.get().is_some_and(|info| info.slots) && has_slots_only(class)
    {
        let fields = class.dataclass.get().map(|info| info.fields.as_slice()).unwrap_or_default();
        if !fields.iter().any(|f| f.name.as_str() == name) {
            return Err(missing(value, name));
        }
    }
    if class.is_builtin && !matches!(instance.native, Native::Exception(_)) {
        return Err(if class.lookup(name).is_some() { read_only(value, name) } else { missing(value, name) });
    }
    if instance.is_sealed() {
        return Err(Fault::not_pure(format!(
            "`{name}` of a `{}` is written after its `__init__`: make a new instance instead",
            class.name
        )));
    }
    if let Native::Exception(state) = &instance.native
        && exception::set_attribute(state, name, &to)?
    {
        return Ok(());
    }
    instance.set_field(name, to);
    Ok(())
}

fn written(name: &str, of: &str) -> Fault {
    Fault::not_pure(format!("`{name}` of {of} is written: bind a name of its own instead"))
}

fn read_only(value: &Value, name: &str) -> Fault {
    let ty = ops::type_name(value);
    match find(value, name) {
        Ok(Some(_)) => Fault::attribute_error(format!("'{ty}' object attribute '{name}' is read-only")),
        _ => missing(value, name),
    }
}

/// The names that look-ups on this value find: what messages suggest from.
pub fn names(value: &Value) -> Vec<Str> {
    let mut all: Vec<Str> = Vec::new();
    let class = match value {
        Value::Class(class) => class.clone(),
        other => class_ref(other).clone(),
    };
    if let Value::Instance(instance) = value {
        all.extend(instance.named_fields().into_iter().map(|(n, _)| n));
    }
    if let Value::Module(module) = value {
        all.extend(module.attrs.get().into_iter().flatten().map(|(n, _)| n.clone()));
    }
    for class in super::class::mro(&class) {
        all.extend(class.attrs.get().into_iter().flatten().map(|(n, _)| n.clone()));
        for overlay in class.overlays() {
            all.extend(overlay.iter().filter(|(_, v)| v.is_bound()).map(|(n, _)| n.clone()));
        }
    }
    all.sort();
    all.dedup();
    all
}
