//! The runtime of Afar: values, their operations, collections, exceptions, and the pool of workers that runs units.
//!
//! Everything here works on boxed [`Value`]s and gives CPython 3.11's answers and messages. Compiled code reaches it through
//! [`abi`]; the runtime reaches compiled code through the [`hooks`] that a session installs.

pub mod abi;
pub mod value;

pub mod budget;
pub mod clock;
pub mod fault;
pub mod hooks;
pub mod task;

pub mod builtins;
pub mod collections;
pub mod iter;
pub mod number;
pub mod object;
pub mod ops;
pub mod pool;
pub mod stack;
pub mod text;

pub use fault::{Fault, Res};
pub use value::{Args, Builtin, Ref, Str, Value};
