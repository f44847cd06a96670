//! The functions of `typing`, and the list of its public names.

use super::alias::{Alias, Shape};
use super::form::{FORMS, Form};
use super::{downcast, host, typed_dict, union_parts};
use crate::collections::Dict;
use crate::object::class::{Class, mro};
use crate::object::{Host, HostObject, Mark, annotations, protocol};
use crate::value::{Args, Builtin, Str};
use crate::{Fault, Ref, Res, Value, hooks};
use std::any::Any;

/// `typing.__all__`.
#[rustfmt::skip]
pub(crate) const NAMES: &[&str] = &[
    "Annotated", "Any", "Callable", "ClassVar", "Concatenate", "Final", "ForwardRef", "Generic", "Literal", "Optional",
    "ParamSpec", "Protocol", "Tuple", "Type", "TypeVar", "TypeVarTuple", "Union", "AbstractSet", "ByteString",
    "Container", "ContextManager", "Hashable", "ItemsView", "Iterable", "Iterator", "KeysView", "Mapping",
    "MappingView", "MutableMapping", "MutableSequence", "MutableSet", "Sequence", "Sized", "ValuesView", "Awaitable",
    "AsyncIterator", "AsyncIterable", "Coroutine", "Collection", "AsyncGenerator", "AsyncContextManager", "Reversible",
    "SupportsAbs", "SupportsBytes", "SupportsComplex", "SupportsFloat", "SupportsIndex", "SupportsInt",
    "SupportsRound", "ChainMap", "Counter", "Deque", "Dict", "DefaultDict", "List", "OrderedDict", "Set", "FrozenSet",
    "NamedTuple", "TypedDict", "Generator", "BinaryIO", "IO", "Match", "Pattern", "TextIO", "AnyStr", "assert_type",
    "assert_never", "cast", "clear_overloads", "dataclass_transform", "final", "get_args", "get_origin",
    "get_overloads", "get_type_hints", "is_typeddict", "LiteralString", "Never", "NewType", "no_type_check",
    "no_type_check_decorator", "NoReturn", "NotRequired", "overload", "ParamSpecArgs", "ParamSpecKwargs", "Required",
    "reveal_type", "runtime_checkable", "Self", "Text", "TYPE_CHECKING", "TypeAlias", "TypeGuard", "Unpack",
];

/// The functions.
pub(crate) static FUNCTIONS: &[Builtin] = &[
    Builtin { name: "NewType", owner: "", call: super::new_type },
    Builtin { name: "ForwardRef", owner: "", call: forward_ref },
    Builtin { name: "assert_never", owner: "", call: assert_never },
    Builtin { name: "assert_type", owner: "", call: asserted },
    Builtin { name: "cast", owner: "", call: second },
    Builtin { name: "overload", owner: "", call: overload },
    Builtin { name: "final", owner: "", call: |args| marked(args, Mark::Final) },
    Builtin { name: "no_type_check", owner: "", call: |args| marked(args, Mark::NoTypeCheck) },
    Builtin { name: "no_type_check_decorator", owner: "", call: |_| refused("no_type_check_decorator") },
    Builtin { name: "runtime_checkable", owner: "", call: protocol::runtime_checkable },
    Builtin { name: "dataclass_transform", owner: "", call: |_| Ok(Value::Builtin(&SAME)) },
    Builtin { name: "get_args", owner: "", call: get_args },
    Builtin { name: "get_origin", owner: "", call: get_origin },
    Builtin { name: "is_typeddict", owner: "", call: is_typed_dict },
    Builtin { name: "get_type_hints", owner: "", call: get_type_hints },
    Builtin { name: "get_overloads", owner: "", call: |_| refused("get_overloads") },
    Builtin { name: "clear_overloads", owner: "", call: |_| refused("clear_overloads") },
    Builtin { name: "reveal_type", owner: "", call: |_| refused("reveal_type") },
];

static SAME: Builtin = Builtin { name: "decorator", owner: "", call: first };

fn refused(name: &str) -> Res {
    let why = match name {
        "reveal_type" => "prints from within a function",
        "no_type_check_decorator" => "marks a decorator: it has no meaning here",
        _ => "shows or changes a table that `overload` fills",
    };
    Err(Fault::not_pure(format!("`typing.{name}` {why}")))
}

fn first(args: &Args<'_>) -> Res {
    args.count("typing", 1, 1)?;
    Ok(args.pos[0].clone())
}

/// `final(thing)`, `no_type_check(thing)`: the thing, marked where it can be.
fn marked(args: &Args<'_>, mark: Mark) -> Res {
    let thing = match mark {
        Mark::NoTypeCheck => args.only("no_type_check", "arg")?,
        _ => args.only("final", "f")?,
    };
    match thing {
        Value::Func(func) => func.marks.add(mark),
        Value::Class(class) if !class.is_builtin => {
            class.put_over(std::iter::once((Str::new(mark.name()), Value::Bool(true))).collect());
        }
        Value::None
        | Value::Bool(_)
        | Value::Int(_)
        | Value::BigInt(_)
        | Value::Float(_)
        | Value::Str(_)
        | Value::Bytes(_)
        | Value::List(_)
        | Value::Tuple(_)
        | Value::Dict(_)
        | Value::Set(_)
            if mark == Mark::NoTypeCheck =>
        {
            return Err(super::super::attr::missing(thing, mark.name()));
        }
        _ => {}
    }
    Ok(thing.clone())
}

/// `assert_type(value, type)`: the value.
fn asserted(args: &Args<'_>) -> Res {
    let [value, _] = args.bind_python("assert_type", ["val", "typ"], 2, 2)?;
    Ok(value.cloned().unwrap_or_default())
}

fn second(args: &Args<'_>) -> Res {
    let [_, value] = args.bind_python("cast", ["typ", "val"], 2, 2)?;
    Ok(value.cloned().unwrap_or_default())
}

/// `assert_never(value)`: raises, with the value cut short.
fn assert_never(args: &Args<'_>) -> Res {
    let mut shown = crate::ops::repr(args.only("assert_never", "arg")?)?;
    if shown.chars().count() > 100 {
        shown = shown.chars().take(100).collect::<String>() + "...";
    }
    Err(Fault::exception("AssertionError", format!("Expected code to be unreachable, but got: {shown}")))
}

fn overload(args: &Args<'_>) -> Res {
    args.only("overload", "func")?;
    Ok(host(Overloaded))
}

/// What `overload` leaves of a function.
struct Overloaded;

impl HostObject for Overloaded {
    fn type_name(&self) -> &str {
        "function"
    }

    fn repr(&self) -> Res<String> {
        Err(Fault::not_pure("the default repr of a `function` object shows its address"))
    }

    fn get_attr(&self, _: &Ref<Host>, name: &str) -> Res<Option<Value>> {
        Ok(matches!(name, "__name__" | "__qualname__").then(|| Value::str("_overload_dummy")))
    }

    fn binds(&self) -> bool {
        true
    }

    fn is_callable(&self) -> bool {
        true
    }

    fn call(&self, _: &Args<'_>) -> Res {
        Err(Fault::exception(
            "NotImplementedError",
            "You should not call an overloaded function. A series of @overload-decorated functions outside a stub \
             module should always be followed by an implementation that is not @overload-ed.",
        ))
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

fn forward_ref(args: &Args<'_>) -> Res {
    match (args.pos, args.kw) {
        ([Value::Str(name)], []) => {
            super::variable::check_reference(name)?;
            Ok(super::variable::forward_ref(name.clone()))
        }
        ([other], []) => Err(Fault::type_error(format!(
            "Forward reference must be a string -- got {}",
            crate::ops::repr(other)?
        ))),
        _ => Err(Fault::not_pure("a `ForwardRef` with more than its text")),
    }
}

/// `get_type_hints(object)`: its annotations, with what is text evaluated.
pub(super) fn get_type_hints(args: &Args<'_>) -> Res {
    if args.pos.len() != 1 || !args.kw.is_empty() {
        return Err(Fault::not_pure("`typing.get_type_hints` with namespaces or extras is not supported"));
    }
    let mut hints = Dict::new();
    let mut add = |annotations: Value, module: &Str, class: Option<&Ref<Class>>| -> Res<()> {
        let Value::Dict(all) = annotations else { return Ok(()) };
        for (name, value) in all.iter() {
            hints.insert(name.clone(), hint(value, module, class)?)?;
        }
        Ok(())
    };
    match &args.pos[0] {
        Value::Func(func) => add(annotations::of_func(func)?, &func.info.module, None)?,
        Value::Class(class) => {
            let own: Vec<&Ref<Class>> = mro(class).filter(|c| !c.is_builtin).collect();
            for base in own.into_iter().rev() {
                add(annotations::of_class(base)?, &base.module, Some(base))?;
            }
        }
        other => {
            return Err(Fault::not_pure(format!(
                "`typing.get_type_hints` of a `{}`: give it a function or class",
                crate::ops::type_name(other)
            )));
        }
    }
    Ok(Value::Dict(Ref::new(hints)))
}

fn hint(value: &Value, module: &Str, class: Option<&Ref<Class>>) -> Res {
    let value = match (value, super::variable::referred(value)) {
        (Value::Str(text), _) | (_, Some(text)) => hooks::compiler()?.type_of_text(module, text, class)?,
        (other, None) => other.clone(),
    };
    if has_extras(&value) {
        return Err(Fault::not_pure("`typing.get_type_hints` of `Annotated`, or of names within a type"));
    }
    Ok(super::converted(&value))
}

/// Is something in it that `get_type_hints` takes away, or resolves.
fn has_extras(value: &Value) -> bool {
    super::variable::is_forward_ref(value)
        || union_parts(value).is_some_and(|parts| parts.iter().any(has_extras))
        || downcast::<Alias>(value).is_some_and(|alias| {
            let is_extra = |f: &Form| matches!(f.name, "Required" | "NotRequired");
            alias.shape == Shape::Annotated
                || downcast::<Form>(&alias.origin).is_some_and(is_extra)
                || alias.args.iter().any(|arg| has_extras(arg) || matches!(arg, Value::Str(_)))
                    && alias.shape != Shape::Literal
        })
}

fn get_args(args: &Args<'_>) -> Res {
    let value = args.only("get_args", "tp")?;
    if let Some(parts) = union_parts(value) {
        return Ok(Value::tuple(parts));
    }
    let Some(alias) = downcast::<Alias>(value) else { return Ok(Value::tuple(Vec::new())) };
    let mut all = alias.args.clone();
    match alias.shape {
        Shape::Annotated => all.extend(alias.metadata.iter().cloned()),
        Shape::Callable if !alias.is_of_all_params() => {
            let result = all.pop().unwrap_or_default();
            all = vec![Value::list(all), result];
        }
        _ => {}
    }
    Ok(Value::tuple(all))
}

fn get_origin(args: &Args<'_>) -> Res {
    let value = args.only("get_origin", "tp")?;
    if union_parts(value).is_some() {
        return Ok(host(UnionType));
    }
    if let Some(alias) = downcast::<Alias>(value) {
        return Ok(match alias.shape {
            Shape::Annotated => named("Annotated"),
            _ => alias.origin.clone(),
        });
    }
    if let Some(form) = downcast::<Form>(value) {
        return Ok(form.origin()?.unwrap_or(Value::None));
    }
    Ok(match value {
        Value::Class(class) if class.is_builtin && class.name.as_str() == "Generic" => value.clone(),
        _ => Value::None,
    })
}

/// The form of this name.
pub(super) fn named(name: &str) -> Value {
    FORMS.iter().find(|form| form.name == name).map(super::form::value).unwrap_or_default()
}

fn is_typed_dict(args: &Args<'_>) -> Res {
    Ok(Value::Bool(typed_dict::is_typed_dict(args.only("is_typeddict", "tp")?)))
}

/// `types.UnionType`, which only `get_origin` gives.
struct UnionType;

impl HostObject for UnionType {
    fn type_name(&self) -> &str {
        "type"
    }

    fn repr(&self) -> Res<String> {
        Ok("<class 'types.UnionType'>".to_owned())
    }

    fn get_attr(&self, _: &Ref<Host>, name: &str) -> Res<Option<Value>> {
        Ok(match name {
            "__name__" | "__qualname__" => Some(Value::str("UnionType")),
            "__module__" => Some(Value::str("types")),
            _ => None,
        })
    }

    fn eq(&self, other: &Value) -> Option<Res<bool>> {
        Some(Ok(downcast::<Self>(other).is_some()))
    }

    fn hash(&self) -> Option<Res<u64>> {
        Some(Ok(0x0055_4E49_4F4E))
    }

    fn is_class_of(&self, value: &Value) -> Option<Res<bool>> {
        Some(Ok(union_parts(value).is_some()))
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}
