//! `collections.abc`: written in Afar (`abc.afr`), but for what refuses and what annotates.

use afar_runtime::object::typing;
use afar_runtime::{Builtin, Fault, Res, Value};

/// The part of the module that is written in Afar.
pub const SOURCE: &str = include_str!("abc.afr");

/// What it finds bound.
pub const NAMES: &[&str] = &["_alias", "_changes"];

static BUILTINS: [Builtin; 2] = [
    Builtin {
        name: "_alias",
        owner: "collections.abc",
        call: |args| {
            args.count("__class_getitem__", 2, 2)?;
            Ok(typing::alias(args.pos[0].clone(), &args.pos[1]))
        },
    },
    Builtin { name: "_changes", owner: "collections.abc", call: |_| changes() },
];

fn changes() -> Res {
    Err(Fault::not_pure("this method of an abstract class changes the object in place: make a new object"))
}

/// A name of the module.
pub fn lookup(name: &str) -> Option<Value> {
    BUILTINS.iter().find(|b| b.name == name).map(Value::Builtin)
}
