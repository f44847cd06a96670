//! `re`: a backtracking matcher with the meaning and the messages of CPython's.
//!
//! The class `re.error` and the flags are written in Afar (`re.afr`); the rest is here. `LOCALE`, `DEBUG`, `TEMPLATE`,
//! named characters and scanners are refused.

mod case_tables;
mod charset;
mod groups;
mod matched;
mod matcher;
mod parse;
mod pattern;
mod program;
mod source;
mod template;
mod tree;

use crate::native::{NativeClass, bind_python};
use afar_runtime::fault::FaultKind;
use afar_runtime::object::Host;
use afar_runtime::{Args, Builtin, Fault, Res, Value, ops};
use std::sync::{OnceLock, PoisonError, RwLock};

/// The part of the module that is written in Afar.
pub const SOURCE: &str = include_str!("re.afr");

/// What the module holds natively.
pub const NAMES: &[&str] = &[
    "Match",
    "Pattern",
    "_set_error",
    "compile",
    "escape",
    "findall",
    "finditer",
    "fullmatch",
    "match",
    "purge",
    "search",
    "split",
    "sub",
    "subn",
    "template",
];

static BUILTINS: &[Builtin] = &[
    Builtin { name: "_set_error", owner: "re", call: set_error },
    Builtin { name: "compile", owner: "re", call: compile },
    Builtin { name: "escape", owner: "re", call: template::escape },
    Builtin { name: "findall", owner: "re", call: |args| on_string(args, "findall", pattern::findall) },
    Builtin { name: "finditer", owner: "re", call: |args| on_string(args, "finditer", pattern::finditer) },
    Builtin {
        name: "fullmatch",
        owner: "re",
        call: |args| on_string(args, "fullmatch", |p, a| pattern::one(p, a, pattern::Kind::Full)),
    },
    Builtin {
        name: "match",
        owner: "re",
        call: |args| on_string(args, "match", |p, a| pattern::one(p, a, pattern::Kind::Match)),
    },
    Builtin { name: "purge", owner: "re", call: |_| Err(Fault::not_pure("`re.purge` changes a cache")) },
    Builtin {
        name: "search",
        owner: "re",
        call: |args| on_string(args, "search", |p, a| pattern::one(p, a, pattern::Kind::Search)),
    },
    Builtin { name: "split", owner: "re", call: split },
    Builtin { name: "sub", owner: "re", call: |args| sub(args, "sub") },
    Builtin { name: "subn", owner: "re", call: |args| sub(args, "subn") },
    Builtin {
        name: "template",
        owner: "re",
        call: |_| Err(Fault::not_pure("`re.template` is not supported")),
    },
];

static PATTERN: NativeClass = NativeClass {
    module: "re",
    name: "Pattern",
    construct: |_| refuse("re.Pattern"),
    statics: &[],
    constants: &[],
};
static MATCH: NativeClass = NativeClass {
    module: "re",
    name: "Match",
    construct: |_| refuse("re.Match"),
    statics: &[],
    constants: &[],
};

fn refuse(name: &str) -> Res {
    Err(Fault::type_error(format!("cannot create '{name}' instances")))
}

/// A name of the module.
pub fn lookup(name: &str) -> Option<Value> {
    static CLASSES: OnceLock<(Value, Value)> = OnceLock::new();
    let classes = CLASSES.get_or_init(|| (Host::value(&PATTERN), Host::value(&MATCH)));
    match name {
        "Pattern" => Some(classes.0.clone()),
        "Match" => Some(classes.1.clone()),
        _ => BUILTINS.iter().find(|b| b.name == name).map(Value::Builtin),
    }
}

/// The class `re.error`, which the part in Afar makes.
static ERROR: RwLock<Value> = RwLock::new(Value::None);

fn set_error(args: &Args<'_>) -> Res {
    args.count("_set_error", 1, 1)?;
    *ERROR.write().unwrap_or_else(PoisonError::into_inner) = args.pos[0].clone();
    Ok(Value::None)
}

/// A `re.error` with this message, at a place of a pattern or template.
fn raise(message: &str, source: &Value, at: Option<usize>) -> Fault {
    let class = ERROR.read().unwrap_or_else(PoisonError::into_inner).clone();
    if class.is_none() {
        return Fault::value_error(message);
    }
    let made = match at {
        Some(at) => ops::call(&class, &[Value::str(message), source.clone(), Value::usize(at)]),
        None => ops::call(&class, &[Value::str(message)]),
    };
    made.map_or_else(|fault| fault, |error| Fault::new(FaultKind::Exception(error)))
}

fn compile(args: &Args<'_>) -> Res {
    let [source, flags] = bind_python(args, "compile", ["pattern", "flags"], 1)?;
    pattern::compiled(source.unwrap_or(&Value::None), flags)
}

/// A function of a pattern, a string and flags.
fn on_string(args: &Args<'_>, name: &str, run: impl Fn(&Value, &Args<'_>) -> Res) -> Res {
    let [source, string, flags] = bind_python(args, name, ["pattern", "string", "flags"], 2)?;
    let pattern = pattern::compiled(source.unwrap_or(&Value::None), flags)?;
    run(&pattern, &Args::positional(&[string.cloned().unwrap_or(Value::None)]))
}

fn split(args: &Args<'_>) -> Res {
    let params = ["pattern", "string", "maxsplit", "flags"];
    let [source, string, limit, flags] = bind_python(args, "split", params, 2)?;
    let pattern = pattern::compiled(source.unwrap_or(&Value::None), flags)?;
    let string = string.cloned().unwrap_or(Value::None);
    pattern::split(&pattern, &Args::positional(&[string, limit.cloned().unwrap_or(Value::Int(0))]))
}

fn sub(args: &Args<'_>, name: &str) -> Res {
    let params = ["pattern", "repl", "string", "count", "flags"];
    let [source, repl, string, count, flags] = bind_python(args, name, params, 3)?;
    let none = &Value::None;
    let pattern = pattern::compiled(source.unwrap_or(none), flags)?;
    let (text, n) = pattern::sub(&pattern, repl.unwrap_or(none), string.unwrap_or(none), count)?;
    Ok(if name == "sub" { text } else { Value::tuple(vec![text, Value::Int(n)]) })
}
