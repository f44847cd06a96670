//! Classes and instances.

use crate::value::Str;
use crate::{Ref, Res, Value};
use std::sync::{OnceLock, RwLock};

/// A class: of the program, or built in.
pub struct Class {
    /// `__name__`.
    pub name: Str,
    /// `__qualname__`.
    pub qualname: Str,
    /// `__module__`; `builtins` for built-in ones.
    pub module: Str,
    /// The direct bases.
    pub bases: Vec<Ref<Class>>,
    /// The method resolution order without the class itself.
    pub mro_tail: Vec<Ref<Class>>,
    /// Its own attributes, in order of definition; final once the class is made (methods get their `owner` after that).
    pub attrs: OnceLock<Vec<(Str, Value)>>,
    /// For a built-in class that calls run in Rust: `int(x)`, `list(x)`.
    pub construct: Option<fn(&crate::Args<'_>) -> Res>,
    /// The built-in layout of the instances of this class and of those derived from it (`int`, `tuple`, `dict`,
    /// `BaseException`), empty for `object`.
    pub layout: &'static str,
    /// The names of instance fields seen so far; an instance stores its fields in this order.
    pub fields: RwLock<Vec<Str>>,
}

/// What an instance holds besides its fields.
pub enum Native {
    /// Nothing.
    None,
    /// The value of the built-in type that the class derives from: the int of an `IntEnum` member, the tuple of a
    /// `NamedTuple`, the dict of a subclass of `dict`.
    Value(Value),
    /// The state of an exception.
    Exception(super::exception::State),
}

/// An instance. Its fields are written while `__init__` (or the like) runs, by one unit, and never after.
pub struct Instance {
    /// Its class.
    pub class: Ref<Class>,
    /// The fields, by the place of their names in [`Class::fields`]; [`Value::Unbound`] where absent.
    pub fields: RwLock<Vec<Value>>,
    /// The rest.
    pub native: Native,
}

/// The class of any value: `type(x)`.
pub fn class_of(value: &Value) -> Ref<Class> {
    let _ = value;
    unimplemented!()
}

/// A built-in class by name: `int`, `ValueError`, `object`. A programming error where there is none.
pub fn builtin(name: &str) -> Ref<Class> {
    let _ = name;
    unimplemented!()
}
