//! The modules of the standard library that are about classes: `dataclasses`, `enum`, `typing`.

use super::class::builtin;
use super::{Module, abstracts, dataclass, dataclass_functions, enums, typing};
use crate::value::{Args, Builtin, Str};
use crate::{Ref, Res, Value};
use std::sync::OnceLock;

/// The names that [`module`] knows.
pub const NAMES: &[&str] = &["abc", "dataclasses", "enum", "typing"];

/// What CPython has in modules of the standard library, and Afar has not.
#[rustfmt::skip]
const ABSENT: &[(&str, &str)] = &[
    ("abc", "abstractclassmethod abstractproperty abstractstaticmethod get_cache_token"),
    ("collections", "UserDict UserList UserString"),
    ("enum", "global_enum global_enum_repr global_flag_repr global_str pickle_by_enum_name pickle_by_global_name \
              show_flag_values"),
    ("functools", "recursive_repr"),
    ("re", "Scanner"),
    ("typing", "AsyncContextManager AsyncGenerator AsyncIterable AsyncIterator Awaitable BinaryIO ByteString ChainMap \
                ContextManager Coroutine DefaultDict Deque ForwardRef IO MappingView Match MutableSet ParamSpecArgs \
                ParamSpecKwargs Pattern SupportsBytes SupportsComplex SupportsRound TextIO TypedDict assert_never \
                assert_type clear_overloads dataclass_transform get_overloads \
                is_typeddict no_type_check_decorator reveal_type"),
];

/// Is it a name that CPython's module has, and ours has not.
pub fn is_absent(module: &Module, name: &str) -> bool {
    module.file.is_none()
        && ABSENT
            .iter()
            .any(|(m, names)| *m == module.name.as_str() && names.split_whitespace().any(|n| n == name))
}

/// One of these modules.
pub fn module(name: &str) -> Option<Ref<Module>> {
    static MADE: OnceLock<Vec<Ref<Module>>> = OnceLock::new();
    let made = MADE.get_or_init(|| NAMES.iter().map(|name| make(name)).collect());
    made.iter().find(|m| m.name.as_str() == name).cloned()
}

fn make(name: &str) -> Ref<Module> {
    let attrs = match name {
        "abc" => abstracts::module(),
        "dataclasses" => dataclasses(),
        "enum" => enums::module(),
        _ => typing_names(),
    };
    Ref::new(Module::new(name, attrs))
}

fn dataclasses() -> Vec<(Str, Value)> {
    let mut all: Vec<(Str, Value)> = vec![
        ("dataclass".into(), Value::Builtin(&dataclass::DATACLASS)),
        ("field".into(), Value::Builtin(&dataclass::FIELD)),
        ("FrozenInstanceError".into(), Value::Class(builtin("FrozenInstanceError"))),
        ("Field".into(), Value::Class(super::table::named("Field", "host", "dataclasses").clone())),
        ("InitVar".into(), typing::special("InitVar", "")),
        ("KW_ONLY".into(), typing::marker("KW_ONLY")),
        ("MISSING".into(), dataclass::missing()),
    ];
    all.extend(dataclass_functions::FUNCTIONS.iter().map(|f| (f.name.into(), Value::Builtin(f))));
    all
}

fn typing_names() -> Vec<(Str, Value)> {
    let mut all = typing::specials();
    all.extend(FUNCTIONS.iter().map(|f| (f.name.into(), Value::Builtin(f))));
    all.extend(super::typing_functions::FUNCTIONS.iter().map(|f| (f.name.into(), Value::Builtin(f))));
    all.push(("TYPE_CHECKING".into(), Value::Bool(false)));
    all
}

static FUNCTIONS: &[Builtin] = &[
    Builtin { name: "TypeVar", owner: "", call: typing::type_var },
    Builtin { name: "ParamSpec", owner: "", call: typing::type_var },
    Builtin { name: "TypeVarTuple", owner: "", call: typing::type_var },
    Builtin { name: "assert_never", owner: "", call: assert_never },
    Builtin { name: "assert_type", owner: "", call: asserted },
    Builtin { name: "cast", owner: "", call: second },
    Builtin { name: "overload", owner: "", call: first },
    Builtin { name: "final", owner: "", call: first },
    Builtin { name: "override", owner: "", call: first },
    Builtin { name: "no_type_check", owner: "", call: first },
    Builtin { name: "runtime_checkable", owner: "", call: super::protocol::runtime_checkable },
];

fn first(args: &Args<'_>) -> Res {
    args.count("typing", 1, 1)?;
    Ok(args.pos[0].clone())
}

/// `assert_type(value, type)`: the value.
fn asserted(args: &Args<'_>) -> Res {
    args.count("assert_type", 2, 2)?;
    Ok(args.pos[0].clone())
}

/// `assert_never(value)`: raises, with the value cut short.
fn assert_never(args: &Args<'_>) -> Res {
    args.count("assert_never", 1, 1)?;
    let mut shown = crate::ops::repr(&args.pos[0])?;
    if shown.chars().count() > 100 {
        shown = shown.chars().take(100).collect::<String>() + "...";
    }
    Err(crate::Fault::exception(
        "AssertionError",
        format!("Expected code to be unreachable, but got: {shown}"),
    ))
}

fn second(args: &Args<'_>) -> Res {
    args.count("cast", 2, 2)?;
    Ok(args.pos[1].clone())
}
