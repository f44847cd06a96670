//! Why an operation has no value: an exception of the program, or one of the few things that no `except` catches.

use crate::Value;
use crate::object::exception;
use crate::value::Builtin;

/// The result of an operation.
pub type Res<T = Value> = Result<T, Fault>;

/// Why there is no value. One word wide.
#[derive(Clone, Debug)]
pub struct Fault(pub Box<FaultKind>);

/// The kinds of fault.
#[derive(Clone, Debug)]
pub enum FaultKind {
    /// An exception of the program: an instance of a class that derives from `BaseException`.
    Exception(Value),
    /// Something that Afar cannot do faithfully; no `except` of the program catches it.
    NotPure {
        /// What, and what to write instead.
        message: String,
        /// The places that it passed, innermost first.
        frames: Vec<exception::Frame>,
    },
    /// The user interrupted, or the work is not wanted any more.
    Cancelled,
    /// `sys.exit`.
    Exit(i32),
    /// A fast version of a unit met an integer that does not fit 64 bits, at this site; the unit is run again.
    Widen(u32),
    /// Work that was given away needs the state of an iterator from outside of it: whoever gave it away does it in its turn.
    NotHere,
}

impl Fault {
    /// A fault of this kind.
    pub fn new(kind: FaultKind) -> Self {
        Self(Box::new(kind))
    }

    /// An exception with its message as the one argument. `class` is the name of a built-in exception class.
    pub fn exception(class: &'static str, message: impl Into<String>) -> Self {
        Self::new(FaultKind::Exception(exception::instance(class, vec![Value::string(message.into())])))
    }

    /// An exception with any arguments.
    pub fn exception_args(class: &'static str, args: Vec<Value>) -> Self {
        Self::new(FaultKind::Exception(exception::instance(class, args)))
    }

    /// `TypeError`.
    pub fn type_error(message: impl Into<String>) -> Self {
        Self::exception("TypeError", message)
    }

    /// `ValueError`.
    pub fn value_error(message: impl Into<String>) -> Self {
        Self::exception("ValueError", message)
    }

    /// `IndexError`.
    pub fn index_error(message: impl Into<String>) -> Self {
        Self::exception("IndexError", message)
    }

    /// `KeyError` with the key itself.
    pub fn key_error(key: Value) -> Self {
        Self::exception_args("KeyError", vec![key])
    }

    /// `AttributeError`.
    pub fn attribute_error(message: impl Into<String>) -> Self {
        Self::exception("AttributeError", message)
    }

    /// `ZeroDivisionError`.
    pub fn zero_division(message: impl Into<String>) -> Self {
        Self::exception("ZeroDivisionError", message)
    }

    /// `OverflowError`.
    pub fn overflow(message: impl Into<String>) -> Self {
        Self::exception("OverflowError", message)
    }

    /// `MemoryError`.
    pub fn memory_error(message: impl Into<String>) -> Self {
        Self::exception("MemoryError", message)
    }

    /// `StopIteration` with a value.
    pub fn stop_iteration(value: Value) -> Self {
        Self::exception_args("StopIteration", if value.is_none() { vec![] } else { vec![value] })
    }

    /// What Afar cannot do faithfully: no `except` catches it.
    pub fn not_pure(message: impl Into<String>) -> Self {
        Self::new(FaultKind::NotPure { message: message.into(), frames: Vec::new() })
    }

    /// The refusal of a method that changes its receiver, with the pure way to write it.
    pub fn mutating(method: &Builtin, instead: &str) -> Self {
        Self::not_pure(format!("`{}.{}` changes the {0} in place: {instead}", method.owner, method.name))
    }

    /// Is the work to be done by whoever gave it away.
    pub fn is_not_here(&self) -> bool {
        matches!(*self.0, FaultKind::NotHere)
    }

    /// The exception, where it is one.
    pub fn as_exception(&self) -> Option<&Value> {
        match &*self.0 {
            FaultKind::Exception(e) => Some(e),
            _ => None,
        }
    }

    /// Is it an exception of this built-in class or of one derived from it.
    pub fn is(&self, class: &str) -> bool {
        self.as_exception().is_some_and(|e| exception::is_instance(e, class))
    }
}
