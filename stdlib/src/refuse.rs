//! `afar`: the package. What it holds itself is for the library's modules written in Afar, which refuse what is not pure.

use afar_runtime::{Args, Builtin, Fault, Res, Value};

/// What the module holds.
pub const NAMES: &[&str] = &["_not_pure"];

static NOT_PURE: Builtin = Builtin { name: "_not_pure", owner: "afar", call: not_pure };

/// A name of the module.
pub fn lookup(name: &str) -> Option<Value> {
    (name == "_not_pure").then_some(Value::Builtin(&NOT_PURE))
}

/// `_not_pure(why)`: stops the program with this message.
fn not_pure(args: &Args<'_>) -> Res {
    args.count("not_pure", 1, 1)?;
    Err(Fault::not_pure(args.pos[0].as_str().unwrap_or("this is not pure")))
}
