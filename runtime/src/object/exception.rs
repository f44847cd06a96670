//! Exceptions: the built-in classes, the state of an instance, and what is shown of one.

use crate::value::Str;
use crate::{Res, Value};
use std::sync::RwLock;

/// A frame of a traceback.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    /// The file, as the user named it.
    pub file: Str,
    /// The line, from 1.
    pub line: u32,
    /// The function: `<module>`, `f`, `<lambda>`, `<listcomp>`.
    pub func: Str,
    /// Byte offsets of the expression in the file.
    pub start: u32,
    /// Byte offsets of the expression in the file.
    pub end: u32,
}

/// What an exception holds besides its fields. `raise` writes it; locks, since it is shared with whoever catches it.
#[derive(Default)]
pub struct State {
    /// `args`.
    pub args: RwLock<Vec<Value>>,
    /// `__cause__`.
    pub cause: RwLock<Value>,
    /// `__context__`.
    pub context: RwLock<Value>,
    /// `__suppress_context__`.
    pub suppress_context: RwLock<bool>,
    /// `__traceback__`, innermost frame first.
    pub frames: RwLock<Vec<Frame>>,
}

/// An instance of a built-in exception class.
pub fn instance(class: &'static str, args: Vec<Value>) -> Value {
    let _ = (class, args);
    unimplemented!()
}

/// Is this an instance of the built-in class of that name, or of a class derived from it.
pub fn is_instance(value: &Value, class: &str) -> bool {
    let _ = (value, class);
    unimplemented!()
}

/// The last line of a traceback: `ValueError: text`, or `Name` alone where the text is empty.
pub fn summary(exception: &Value) -> Res<String> {
    let _ = exception;
    unimplemented!()
}
