//! `remotely`: blocks, and the client's verbs.

use afar_runtime::{Fault, Res, Str, Value};

/// The object behind the name `remotely`.
pub fn client() -> Value {
    Value::None
}

/// Runs a block.
pub fn run_block(_block: u32, _mode: &str, _args: &[Value], _names: &[Str], _is_expr: bool) -> Res {
    Err(Fault::not_pure("`remotely` is not there yet"))
}
