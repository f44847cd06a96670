//! Abstract classes: `abc`, and who is an instance of the classes of `collections.abc` and of protocols without being
//! derived from them.

use super::class::{Class, Namespace, class_ref, mro, unwrap};
use super::descriptor::{self, Descriptor};
use super::{Host, HostObject, attr, call, typing};
use crate::collections::Set;
use crate::value::{Args, Builtin, Str};
use crate::{Fault, Ref, Res, Value, ops};
use std::any::Any;

/// Where a class keeps the names of its abstract methods, as in CPython.
const ABSTRACT: &str = "__abstractmethods__";

/// `abc.abstractmethod`.
pub static ABSTRACT_METHOD: Builtin = Builtin { name: "abstractmethod", owner: "", call: abstract_method };

/// A function that was declared abstract, until a class is made of the body that it stands in.
struct Abstract(Value);

fn abstract_method(args: &Args<'_>) -> Res {
    args.count("abstractmethod", 1, 1)?;
    Ok(match &args.pos[0] {
        func @ Value::Func(_) => Host::value(Abstract(func.clone())),
        other => other.clone(),
    })
}

impl HostObject for Abstract {
    fn type_name(&self) -> &str {
        "function"
    }

    fn repr(&self) -> Res<String> {
        Err(Fault::not_pure("the default repr of a `function` object shows its address"))
    }

    fn get_attr(&self, _: &Ref<Host>, name: &str) -> Res<Option<Value>> {
        match name {
            "__isabstractmethod__" => Ok(Some(Value::Bool(true))),
            _ => attr::find(&self.0, name),
        }
    }

    fn binds(&self) -> bool {
        true
    }

    fn wrapped(&self) -> Option<Value> {
        Some(self.0.clone())
    }

    fn is_callable(&self) -> bool {
        true
    }

    fn call(&self, args: &Args<'_>) -> Res {
        call::call(&self.0, args)
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

fn abstract_of(value: &Value) -> Option<&Abstract> {
    match value {
        Value::Host(host) => host.downcast(),
        _ => None,
    }
}

/// Is it abstract, or a property, class method or the like of something abstract.
fn is_abstract(value: &Value) -> bool {
    if abstract_of(value).is_some() {
        return true;
    }
    match descriptor::of(value) {
        Some(Descriptor::Property { get, set, delete, .. }) => {
            [get, set, delete].into_iter().any(is_abstract)
        }
        Some(Descriptor::Static(inner) | Descriptor::Class(inner) | Descriptor::Lazy(inner)) => {
            is_abstract(inner)
        }
        _ => false,
    }
}

/// Names the abstract methods of a class in its namespace, where its class is `ABCMeta`, by itself or by a base.
pub(super) fn mark(bases: &[Ref<Class>], has_meta: bool, namespace: &mut Namespace) -> Res<()> {
    let is_abc = has_meta || bases.iter().any(|base| is_abc(base));
    let mut names: Vec<Str> = Vec::new();
    if is_abc {
        names.extend(namespace.iter().filter(|(_, v)| is_abstract(v)).map(|(n, _)| n.clone()));
        for base in bases {
            for name in abstract_methods(base) {
                if !names.contains(&name) && !defines(namespace, bases, &name) {
                    names.push(name);
                }
            }
        }
    }
    for (_, value) in namespace.iter_mut() {
        if let Some(inner) = abstract_of(value).map(|a| a.0.clone()) {
            *value = inner;
        }
    }
    if is_abc {
        refuse_hooks(bases, namespace)?;
        let names: Vec<Value> = names.into_iter().map(Value::Str).collect();
        namespace.push((ABSTRACT.into(), Value::Set(Ref::new(Set::from_values(true, names)?))));
    }
    Ok(())
}

/// Does the body, or a base before the one that declares it, give the method.
fn defines(namespace: &Namespace, bases: &[Ref<Class>], name: &Str) -> bool {
    if namespace.iter().any(|(n, _)| n == name) {
        return true;
    }
    let owner = bases.iter().flat_map(mro).find(|class| class.own(name).is_some());
    owner.is_some_and(|class| !abstract_methods(class).contains(name))
}

/// A `__subclasshook__` of a class is also asked for the abstract classes above it, which know nothing of those below them.
fn refuse_hooks(bases: &[Ref<Class>], namespace: &Namespace) -> Res<()> {
    let has_hook = namespace.iter().any(|(n, _)| n.as_str() == "__subclasshook__");
    let is_plain = |base: &Ref<Class>| base.module.as_str() == "abc" || !is_abc(base);
    if has_hook && !bases.iter().all(is_plain) {
        return Err(Fault::not_pure(
            "a `__subclasshook__` in a class that is derived from another abstract class",
        ));
    }
    Ok(())
}

/// Is `ABCMeta` the class of this class.
pub fn is_abc(class: &Class) -> bool {
    !class.is_builtin && class.lookup(ABSTRACT).is_some()
}

/// The names of the methods that are still abstract in a class.
fn abstract_methods(class: &Class) -> Vec<Str> {
    let Some(Value::Set(set)) = class.lookup(ABSTRACT) else { return Vec::new() };
    let mut names: Vec<Str> = set
        .iter_unordered()
        .filter_map(|name| match name {
            Value::Str(name) => Some(name.clone()),
            _ => None,
        })
        .collect();
    names.sort();
    names
}

/// Refuses an instance of a class with abstract methods.
pub(super) fn check_instance(class: &Class) -> Res<()> {
    match class.lookup(ABSTRACT) {
        Some(Value::Set(set)) if !set.is_empty() => {}
        _ => return Ok(()),
    }
    let names = abstract_methods(class);
    let s = if names.len() > 1 { "s" } else { "" };
    let list = names.join(", ");
    Err(Fault::type_error(format!(
        "Can't instantiate abstract class {} with abstract method{s} {list}",
        class.name
    )))
}

/// Is it one of the classes of `collections.abc` themselves.
pub fn is_of_library(class: &Class) -> bool {
    !class.is_builtin && class.module.as_str() == "collections.abc"
}

/// `isinstance`, where the class of the value is not derived from the class.
pub(super) fn is_virtual_instance(value: &Value, class: &Ref<Class>) -> Res<bool> {
    if is_of_library(class) {
        return match value {
            Value::Iter(iter) => Ok(has_iterator(iter.with(|i| Ok(i.type_name()))?, &class.name)),
            Value::Host(host) => has_host(host, &class.name),
            _ => virtual_subclass(class_ref(value), class),
        };
    }
    if is_protocol(class) {
        return protocol_instance(value, class);
    }
    virtual_subclass(class_ref(value), class)
}

/// `issubclass`, where the one class is not derived from the other.
pub(super) fn virtual_subclass(class: &Ref<Class>, of: &Ref<Class>) -> Res<bool> {
    if is_of_library(of) {
        return is_shaped(class, &of.name);
    }
    if is_protocol(of) {
        return protocol_subclass(class, of);
    }
    match of.special("__subclasshook__") {
        Some(hook) if is_abc(of) => {
            let bound = attr::bind(hook, None, of)?;
            let answer = call::call(&bound, &Args::positional(&[Value::Class(class.clone())]))?;
            Ok(matches!(answer, Value::Bool(true)))
        }
        _ => Ok(false),
    }
}

/// The methods that every class is an instance of an abstract class by; none where it has to be derived or registered.
fn methods(name: &str) -> &'static [&'static str] {
    match name {
        "AsyncGenerator" => &["__aiter__", "__anext__", "asend", "athrow", "aclose"],
        "AsyncIterable" => &["__aiter__"],
        "AsyncIterator" => &["__anext__", "__aiter__"],
        "Awaitable" => &["__await__"],
        "Callable" => &["__call__"],
        "Collection" => &["__len__", "__iter__", "__contains__"],
        "Container" => &["__contains__"],
        "Coroutine" => &["__await__", "send", "throw", "close"],
        "Generator" => &["__iter__", "__next__", "send", "throw", "close"],
        "Hashable" => &["__hash__"],
        "Iterable" => &["__iter__"],
        "Iterator" => &["__iter__", "__next__"],
        "Reversible" => &["__reversed__", "__iter__"],
        "Sized" => &["__len__"],
        _ => &[],
    }
}

/// The built-in classes that are such a class, by registration or by what they have.
fn registered(name: &str) -> &'static [&'static str] {
    match name {
        "ByteString" => &["bytes"],
        "Sequence" => &["tuple", "str", "range", "bytes", "list"],
        "MutableSequence" => &["list"],
        "Set" => &["frozenset", "set", "dict_keys", "dict_items"],
        "MutableSet" => &["set"],
        "Mapping" | "MutableMapping" => &["dict"],
        "MappingView" => &["dict_keys", "dict_values", "dict_items"],
        "KeysView" => &["dict_keys"],
        "ValuesView" => &["dict_values"],
        "ItemsView" => &["dict_items"],
        "Generator" => &["generator"],
        "Callable" => &["function", "builtin_function_or_method", "method", "method_descriptor", "type"],
        "Iterator" => &["generator", "zip", "map", "filter", "enumerate", "reversed"],
        "Reversible" => {
            &["tuple", "str", "range", "bytes", "list", "dict", "dict_keys", "dict_values", "dict_items"]
        }
        "Sized" | "Container" | "Collection" | "Iterable" => &[
            "tuple",
            "str",
            "range",
            "bytes",
            "list",
            "frozenset",
            "set",
            "dict",
            "dict_keys",
            "dict_values",
            "dict_items",
        ],
        _ => &[],
    }
}

/// Built-in classes whose instances have no hash.
const UNHASHABLE: &[&str] = &["list", "dict", "set", "slice", "dict_keys", "dict_items"];

/// Is a class such a class of `collections.abc` by what it has, or by what it is derived from.
fn is_shaped(class: &Ref<Class>, name: &str) -> Res<bool> {
    if name == "Hashable" {
        return is_hashable(class);
    }
    let is_iterator = name == "Iterable" && is_shaped(class, "Iterator")?;
    let is_known = |base: &Ref<Class>| base.is_builtin && registered(name).contains(&base.name.as_str());
    if is_iterator || mro(class).any(is_known) {
        return Ok(true);
    }
    let library =
        mro(class).find(|base| base.module.as_str() == "collections").filter(|base| !base.is_builtin);
    if library.is_some_and(|base| base.name.as_str() == "deque") && name == "MutableSequence" {
        return Ok(true);
    }
    let wanted = methods(name);
    let has = |method: &&str| class.lookup(method).is_some_and(|found| !found.is_none());
    Ok(match name {
        "Sequence" => library.is_some_and(|base| base.name.as_str() == "deque"),
        _ => !class.is_builtin && !wanted.is_empty() && wanted.iter().all(has),
    })
}

fn is_hashable(class: &Ref<Class>) -> Res<bool> {
    for base in mro(class) {
        if base.is_builtin {
            return Ok(!UNHASHABLE.contains(&base.name.as_str()));
        }
        if base.dataclass.get().is_some() {
            return Err(Fault::not_pure("whether a dataclass is `Hashable` is not known here"));
        }
        match base.own("__hash__") {
            Some(hash) => return Ok(!hash.is_none()),
            None if base.own("__eq__").is_some() => return Ok(false),
            None => {}
        }
    }
    Ok(true)
}

fn has_iterator(type_name: &str, name: &str) -> bool {
    match name {
        "Iterator" | "Iterable" | "Hashable" => true,
        "Generator" => type_name == "generator",
        _ => false,
    }
}

fn has_host(host: &Ref<Host>, name: &str) -> Res<bool> {
    match name {
        "Callable" => Ok(host.0.is_callable()),
        "Iterable" | "Iterator" if host.0.is_callable() => Ok(false),
        _ => {
            Err(Fault::not_pure(format!("whether a `{}` is `{name}` is not known here", host.0.type_name())))
        }
    }
}

/// Is it a class of the program that is directly derived from `Protocol`.
pub fn is_protocol(class: &Class) -> bool {
    !class.is_builtin && class.bases.iter().any(|base| base.is_builtin && base.name.as_str() == "Protocol")
}

/// Where `runtime_checkable` notes that it was there.
const CHECKABLE: &str = "_is_runtime_protocol";

/// `typing.runtime_checkable(class)`.
pub(super) fn runtime_checkable(args: &Args<'_>) -> Res {
    args.count("runtime_checkable", 1, 1)?;
    match &args.pos[0] {
        Value::Class(class) if is_protocol(class) => {
            let mark = [(Str::new(CHECKABLE), Value::Bool(true))];
            class.overlay(mark.into_iter().collect())?;
            Ok(args.pos[0].clone())
        }
        other => Err(Fault::type_error(format!(
            "@runtime_checkable can be only applied to protocol classes, got {}",
            ops::repr(other)?
        ))),
    }
}

fn check_protocol(class: &Class) -> Res<()> {
    if class.lookup(CHECKABLE).is_some() {
        return Ok(());
    }
    Err(Fault::type_error("Instance and class checks can only be used with @runtime_checkable protocols"))
}

/// The names that a protocol asks for, and whether all of them are of functions.
fn members(class: &Ref<Class>) -> (Vec<Str>, bool) {
    const NOT_MEMBERS: &[&str] = &[
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
        CHECKABLE,
    ];
    let (mut names, mut are_functions) = (Vec::new(), true);
    for base in mro(class).filter(|base| !base.is_builtin) {
        let annotated = match base.own("__annotations__") {
            Some(Value::Dict(dict)) => dict.iter().filter_map(|(k, _)| typing::text(k)).collect(),
            _ => Vec::new(),
        };
        let own = base.attrs.get().into_iter().flatten().map(|(n, _)| n.clone());
        for name in own.chain(annotated) {
            if NOT_MEMBERS.contains(&name.as_str()) || names.contains(&name) {
                continue;
            }
            are_functions &= class.lookup(&name).is_some_and(call::is_callable);
            names.push(name);
        }
    }
    (names, are_functions)
}

fn protocol_instance(value: &Value, class: &Ref<Class>) -> Res<bool> {
    check_protocol(class)?;
    let (names, _) = members(class);
    for name in &names {
        let Some(found) = attr::find(value, name)? else { return Ok(false) };
        if found.is_none() && class.lookup(name).is_some_and(call::is_callable) {
            return Ok(false);
        }
    }
    Ok(true)
}

fn protocol_subclass(class: &Ref<Class>, of: &Ref<Class>) -> Res<bool> {
    check_protocol(of)?;
    let (names, are_functions) = members(of);
    if !are_functions {
        return Err(Fault::type_error("Protocols with non-method members don't support issubclass()"));
    }
    Ok(names.iter().all(|name| class.lookup(name).is_some_and(|found| !found.is_none())))
}

/// Is it a mapping of the program, or a sequence, by the class of `collections.abc` that it is derived from.
pub(crate) fn is_derived(value: &Value, name: &str) -> bool {
    match unwrap(value) {
        Value::Instance(instance) => {
            instance.class.mro_tail.iter().any(|base| is_of_library(base) && base.name.as_str() == name)
                || (name == "Sequence"
                    && mro(&instance.class).any(|base| {
                        base.module.as_str() == "collections"
                            && base.name.as_str() == "deque"
                            && !base.is_builtin
                    }))
        }
        _ => false,
    }
}
