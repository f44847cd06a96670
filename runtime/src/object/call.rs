//! Calls of any value, and the binding of arguments to the parameters of functions of the program.

use super::Func;
use crate::{Args, Ref, Res, Value};

/// `func(*args.pos, **args.kw)`.
pub fn call(func: &Value, args: &Args<'_>) -> Res {
    let _ = (func, args);
    unimplemented!()
}

/// `receiver.name(*args.pos, **args.kw)`, without making the bound method where that can be avoided.
pub fn call_method(receiver: &Value, name: &str, args: &Args<'_>) -> Res {
    let _ = (receiver, name, args);
    unimplemented!()
}

/// One value for each parameter, in order; with CPython's messages where the arguments do not fit.
pub fn bind(func: &Ref<Func>, args: &Args<'_>) -> Res<Vec<Value>> {
    let _ = (func, args);
    unimplemented!()
}
