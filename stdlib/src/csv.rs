//! `csv`: rows from lines, and lines from rows. What registers a dialect changes a table, and is refused.

mod dialect;
mod dict_reader;
mod reader;

use crate::native::{NativeClass, arity};
use afar_runtime::object::Host;
use afar_runtime::{Args, Builtin, Fault, Res, Value};
use std::sync::OnceLock;

/// The part of the module that is written in Afar.
pub const SOURCE: &str = include_str!("csv.afr");

/// What the module holds natively.
pub const NAMES: &[&str] = &[
    "DictReader",
    "Error",
    "__version__",
    "_checked",
    "field_size_limit",
    "get_dialect",
    "list_dialects",
    "reader",
    "register_dialect",
    "unregister_dialect",
];

static BUILTINS: &[Builtin] = &[
    Builtin { name: "_checked", owner: "csv", call: checked },
    Builtin { name: "field_size_limit", owner: "csv", call: limit },
    Builtin { name: "get_dialect", owner: "csv", call: get_dialect },
    Builtin { name: "list_dialects", owner: "csv", call: list_dialects },
    Builtin { name: "reader", owner: "csv", call: |args| reader::make(args) },
    Builtin {
        name: "register_dialect",
        owner: "csv",
        call: |_| refused("register_dialect", "changes a table: give the reader the dialect itself"),
    },
    Builtin {
        name: "unregister_dialect",
        owner: "csv",
        call: |_| refused("unregister_dialect", "changes a table"),
    },
];

static DICT_READER: NativeClass = NativeClass {
    module: "csv",
    name: "DictReader",
    construct: dict_reader::make,
    statics: &[],
    constants: &[],
};

/// A name of the module.
pub fn lookup(name: &str) -> Option<Value> {
    static CLASS: OnceLock<Value> = OnceLock::new();
    match name {
        "Error" => crate::native::exception_class("_csv.Error"),
        "DictReader" => Some(CLASS.get_or_init(|| Host::value(&DICT_READER)).clone()),
        "__version__" => Some(Value::str("1.0")),
        _ => BUILTINS.iter().find(|b| b.name == name).map(Value::Builtin),
    }
}

fn refused(what: &str, why: &str) -> Res {
    Err(Fault::not_pure(format!("`csv.{what}` {why}")))
}

fn error(message: impl Into<String>) -> Fault {
    Fault::exception("_csv.Error", message)
}

/// `_checked(dialect)`: raises what is wrong with a dialect.
fn checked(args: &Args<'_>) -> Res {
    args.count("_checked", 1, 1)?;
    dialect::of(Some(&args.pos[0]), &[])?;
    Ok(Value::None)
}

fn limit(args: &Args<'_>) -> Res {
    args.bind("field_size_limit", ["limit"], 0, 0, 1)?;
    match args.pos.first() {
        None => Ok(Value::usize(reader::LIMIT)),
        Some(Value::Int(_) | Value::Bool(_)) => {
            refused("field_size_limit", "with an argument changes a setting")
        }
        Some(_) => Err(Fault::type_error("limit must be an integer")),
    }
}

fn get_dialect(args: &Args<'_>) -> Res {
    let [name] = args.bind("get_dialect", ["name"], 0, 1, 1)?;
    let name = name.unwrap_or(&Value::None);
    afar_runtime::ops::hash(name)?;
    match name.as_str().and_then(dialect::registered) {
        Some(dialect) => Ok(Host::value(dialect)),
        None => Err(error("unknown dialect")),
    }
}

fn list_dialects(args: &Args<'_>) -> Res {
    arity(args, "_csv", "list_dialects", 0, 0)?;
    Ok(Value::list(dialect::NAMES.map(Value::str).to_vec()))
}
