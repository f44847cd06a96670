//! `abc`: which methods a class leaves to those derived from it, and what belongs to a class without deriving from it.

use super::class::{Class, builtin, class_ref, mro};
use super::descriptor::{self, Descriptor};
use super::{Mark, attr, build};
use crate::collections::Set;
use crate::value::{Args, Builtin, Str};
use crate::{Fault, Ref, Res, Value, ops};

const LIST: &str = "__abstractmethods__";

/// The list of the abstract methods of a class that has none.
pub(super) fn none() -> Value {
    Value::Set(Ref::new(Set::new(true)))
}

/// Is it a protocol itself, not a class that derives from one.
pub fn is_protocol(class: &Class) -> bool {
    super::protocol::is_one(class)
}

/// Is its class `ABCMeta`.
pub(super) fn is_abstract(class: &Ref<Class>) -> bool {
    class.lookup(LIST).is_some() || !class.is_builtin && mro(class).any(|c| is_of_numbers(c))
}

/// Does it derive from the tower of numbers in CPython.
fn is_of_numbers(class: &Class) -> bool {
    class.name.as_str() == "Fraction" && class.module.as_str() == "fractions"
}

/// The class of a class that is made by `ABCMeta`.
pub(super) fn metaclass(class: &Ref<Class>) -> Option<&'static Ref<Class>> {
    let name = if class.is_subclass_of("Protocol") { "_ProtocolMeta" } else { "ABCMeta" };
    is_abstract(class).then(|| super::class::builtin_opt(name)).flatten()
}

/// The names of the abstract methods of a class, in the order of the alphabet.
fn methods(class: &Class) -> Vec<Str> {
    let Some(Value::Set(set)) = class.lookup(LIST) else { return Vec::new() };
    let mut names: Vec<Str> = set
        .iter_unordered()
        .filter_map(|v| match v {
            Value::Str(name) => Some(name.clone()),
            _ => None,
        })
        .collect();
    names.sort_by(|a, b| a.as_str().cmp(b.as_str()));
    names
}

/// Did `abstractmethod` mark this, or the function in it.
fn is_marked(value: &Value) -> Res<bool> {
    match value {
        Value::Func(func) => Ok(func.marks.has(Mark::Abstract)),
        Value::Instance(_) => match descriptor::of(value) {
            Some(d) => Ok(is_marked_part(d)),
            None => attr::find(value, "__isabstractmethod__")?.map_or(Ok(false), |v| ops::truthy(&v)),
        },
        _ => Ok(false),
    }
}

/// Is a function in the descriptor abstract.
pub(super) fn is_marked_part(d: &Descriptor) -> bool {
    let is_func = |v: &Value| is_marked(v).unwrap_or(false);
    match d {
        Descriptor::Property { get, set, delete, .. } => is_func(get) || is_func(set) || is_func(delete),
        Descriptor::Static(inner) | Descriptor::Class(inner) => is_func(inner),
        _ => false,
    }
}

/// Is what a class inherits under a name abstract: does the class that defines it say so.
fn is_inherited_abstract(class: &Ref<Class>, name: &Str) -> Res<bool> {
    for base in &class.mro_tail {
        let Some(found) = base.own(name) else { continue };
        let says =
            matches!(base.own(LIST), Some(Value::Set(set)) if set.contains(&Value::Str(name.clone()))?);
        return Ok(says || is_marked(found)?);
    }
    Ok(false)
}

/// Gives a class that is being made the list of its abstract methods.
pub(super) fn list_methods(class: &Ref<Class>, namespace: &mut build::Namespace) -> Res<()> {
    let mut set = Set::new(true);
    for (name, value) in namespace.iter() {
        if is_marked(value)? {
            set.insert(Value::Str(name.clone()))?;
        }
    }
    for name in class.bases.iter().flat_map(|b| methods(b)) {
        if !namespace.iter().any(|(n, _)| *n == name) && is_inherited_abstract(class, &name)? {
            set.insert(Value::Str(name))?;
        }
    }
    namespace.push((LIST.into(), Value::Set(Ref::new(set))));
    Ok(())
}

/// Refuses an instance of a class with abstract methods.
pub(super) fn check_instance(class: &Ref<Class>) -> Res<()> {
    // CPython's classes that are written in C make their instances themselves, and do not ask.
    if class.is_builtin || super::class::mro(class).any(|c| c.shown.contains('.')) {
        return Ok(());
    }
    let names = methods(class);
    if names.is_empty() {
        return super::protocol::check_instance(class);
    }
    let s = if names.len() == 1 { "" } else { "s" };
    let names: Vec<&str> = names.iter().map(Str::as_str).collect();
    Err(Fault::type_error(format!(
        "Can't instantiate abstract class {} with abstract method{s} {}",
        class.name,
        names.join(", ")
    )))
}

/// What `isinstance` and `issubclass` say of an abstract class, beyond those that derive from it; `None` where it says nothing.
pub(super) fn holds(class: &Ref<Class>, of: &Ref<Class>) -> Res<Option<bool>> {
    if of.is_builtin {
        return Ok(None);
    }
    if let Some(hook) = of.special("__subclasshook__") {
        if !is_abstract(of) {
            return Ok(None);
        }
        let bound = attr::bind(hook, None, of)?;
        let said = super::call::call(&bound, &Args::positional(&[Value::Class(class.clone())]))?;
        return match said {
            Value::NotImplemented => Ok(None),
            Value::Bool(b) => Ok(Some(b)),
            _ => Err(Fault::exception_args("AssertionError", Vec::new())),
        };
    }
    Ok(None)
}

/// The methods of `ABCMeta`.
pub(super) static META: &[Builtin] = &[Builtin { name: "register", owner: "ABCMeta", call: register }];

fn register(args: &Args<'_>) -> Res {
    let class = class_ref(args.receiver());
    let name = match args.receiver() {
        Value::Class(class) => &class.name,
        _ => &class.name,
    };
    Err(Fault::not_pure(format!("`{name}.register` changes the class: derive from `{name}` instead")))
}

/// What the module holds.
pub(super) fn module() -> Vec<(Str, Value)> {
    let mut all: Vec<(Str, Value)> = vec![
        ("ABC".into(), Value::Class(builtin("ABC"))),
        ("ABCMeta".into(), Value::Class(builtin("ABCMeta"))),
    ];
    all.extend(FUNCTIONS.iter().map(|f| (f.name.into(), Value::Builtin(f))));
    all
}

static FUNCTIONS: &[Builtin] = &[
    Builtin { name: "abstractmethod", owner: "", call: abstractmethod },
    Builtin { name: "update_abstractmethods", owner: "", call: update },
];

/// `abstractmethod(function)`: the function, marked.
fn abstractmethod(args: &Args<'_>) -> Res {
    match args.only("abstractmethod", "funcobj")? {
        value @ Value::Func(func) => {
            func.marks.add(Mark::Abstract);
            Ok(value.clone())
        }
        value @ Value::Instance(instance) if descriptor::of(value).is_some() => Err(Fault::attribute_error(
            format!("attribute '__isabstractmethod__' of '{}' objects is not writable", instance.class.name),
        )),
        other => Err(Fault::not_pure(format!(
            "`abstractmethod` of a `{}`: put it right above the `def`",
            ops::type_name(other)
        ))),
    }
}

/// `update_abstractmethods(cls)`.
fn update(args: &Args<'_>) -> Res {
    let given = args.only("update_abstractmethods", "cls")?;
    if let Value::Class(class) = given {
        recount(class)?;
    }
    Ok(given.clone())
}

/// A decorator gave the class methods: those are not abstract any more.
pub(super) fn recount(class: &Ref<Class>) -> Res<()> {
    if class.own(LIST).is_none() {
        return Ok(());
    }
    let mut set = Set::new(true);
    for name in methods(class) {
        let definer = mro(class).find(|c| c.own(&name).is_some());
        let still = match definer {
            Some(c) if Ref::ptr_eq(c, class) => class.own(&name).map_or(Ok(false), is_marked)?,
            Some(_) => true,
            None => false,
        };
        if still {
            set.insert(Value::Str(name))?;
        }
    }
    class.put_over(std::iter::once((Str::new(LIST), Value::Set(Ref::new(set)))).collect());
    Ok(())
}
