//! Iterators: the one kind of value with a state.

use crate::{Fault, Res, Value};
use std::sync::Mutex;

/// What an iterator does.
pub trait Iterate: Send {
    /// The next item; `None` at the end, and from then on.
    fn next(&mut self) -> Res<Option<Value>>;

    /// `type(x).__name__`: `list_iterator`, `zip`, `generator`.
    fn type_name(&self) -> &'static str;

    /// How many items are certainly left, where that is known cheaply.
    fn size_hint(&self) -> usize {
        0
    }

    /// `generator.send`, `throw` and `close`: `None` where this is no generator.
    fn resume(&mut self, _with: Resume) -> Option<Res<Option<Value>>> {
        None
    }

    /// The value of a finished generator's `return`.
    fn return_value(&mut self) -> Value {
        Value::None
    }
}

/// How a generator is resumed.
pub enum Resume {
    /// With the value of its `yield`.
    Send(Value),
    /// With an exception at its `yield`.
    Throw(Fault),
}

/// An iterator.
pub struct Iter(Mutex<Box<dyn Iterate>>);

impl Iter {
    /// An iterator as a value.
    pub fn value(iterate: impl Iterate + 'static) -> Value {
        Value::Iter(crate::Ref::new(Self(Mutex::new(Box::new(iterate)))))
    }

    /// Uses the state; `ValueError: generator already executing` where it is in use up the stack.
    pub fn with<T>(&self, run: impl FnOnce(&mut dyn Iterate) -> Res<T>) -> Res<T> {
        match self.0.try_lock() {
            Ok(mut iterate) => run(&mut **iterate),
            Err(_) => Err(Fault::value_error("generator already executing")),
        }
    }
}
