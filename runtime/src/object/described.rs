//! How messages about `*` and `**` in a call name what is called: `__main__.f()`.

use super::c_calls::{self, NativeKind};
use super::{FuncInfo, attr, class_of};
use crate::{Builtin, Res, Value, ops};

/// The methods of `Counter` that CPython has in Python.
const OF_COUNTER: [&str; 7] = ["copy", "elements", "fromkeys", "most_common", "subtract", "total", "update"];

/// What is called, with its module.
pub fn describe(func: &Value) -> Res<String> {
    Ok(match func {
        Value::Func(f) if c_calls::native_kind(f).is_some_and(|kind| kind != NativeKind::Function) => {
            format!("{}()", f.info.qualname)
        }
        Value::Func(f) => names(module_of(&f.info), &f.info.qualname),
        Value::Method(m) => {
            let class = || match &m.receiver {
                Value::Class(class) => class.qualname.clone(),
                other => class_of(other).qualname.clone(),
            };
            match &m.func {
                Value::Builtin(b) if b.owner == "Counter" && OF_COUNTER.contains(&b.name) => {
                    names("collections", &format!("Counter.{}", b.name))
                }
                Value::Builtin(b) => format!("{}.{}()", class(), b.name),
                Value::Func(f) if c_calls::native_kind(f).is_some() => {
                    format!("{}.{}()", class(), f.info.name)
                }
                func => describe(func)?,
            }
        }
        Value::Class(c) => names(&c.module, &c.qualname),
        Value::Builtin(b) => builtin(func, b),
        Value::Host(host) => match (host.0.class_shown(), attr::find(func, "__qualname__")) {
            (Some(class), _) => names("", &class),
            (None, Ok(Some(Value::Str(name)))) => names(host.0.module(), &name),
            _ => ops::to_str(func)?.to_string(),
        },
        other => match attr::find(other, "__qualname__") {
            Ok(Some(Value::Str(name))) => format!("{name}()"),
            _ => ops::to_str(other)?.to_string(),
        },
    })
}

fn names(module: &str, qualname: &str) -> String {
    if module.is_empty() || module == "builtins" {
        format!("{qualname}()")
    } else {
        format!("{module}.{qualname}()")
    }
}

/// The module that CPython has a function in.
pub(super) fn module_of(info: &FuncInfo) -> &str {
    match info.module.as_str() {
        "_collections" => "collections",
        "json" if info.qualname.starts_with("JSONDecoder.") => "json.decoder",
        "json" if info.qualname.starts_with("JSONEncoder.") => "json.encoder",
        module => module,
    }
}

fn builtin(func: &Value, b: &Builtin) -> String {
    if let Some(module) = ops::class_module(b) {
        return names(module, b.name);
    }
    if super::class::builtin_opt(b.owner).is_some() {
        return format!("{}.{}()", b.owner, b.name);
    }
    let module = match b.owner {
        "" => match attr::find(func, "__module__") {
            Ok(Some(Value::Str(module))) => return names(&module, b.name),
            _ => "",
        },
        "operator" => "_operator",
        "bisect" => "_bisect",
        "struct" => "_struct",
        "csv" => "_csv",
        "_hashlib" if b.name == "__hash_new" => "hashlib",
        "heapq" if !ops::is_written_in_python(b) => "_heapq",
        "functools" if !ops::is_written_in_python(b) => "_functools",
        owner => owner,
    };
    names(module, b.name)
}
