//! Classes, instances, functions, exceptions, modules: what has attributes.

pub mod attr;
pub mod call;
pub mod class;
pub mod exception;
pub mod func;

pub use class::{Class, Instance, Native, class_of};
pub use func::{Func, FuncInfo, Method, ParamInfo};

use crate::value::Str;
use crate::{Args, Ref, Res, Value};
use std::sync::OnceLock;

/// A variable that an inner function shares with its owner. Written by its owner only, which is one unit.
#[derive(Default)]
pub struct Cell(std::sync::RwLock<Value>);

impl Cell {
    /// A cell with a value, or with [`Value::Unbound`].
    pub fn new(value: Value) -> Self {
        Self(std::sync::RwLock::new(value))
    }

    /// Its value.
    pub fn get(&self) -> Value {
        self.0.read().unwrap_or_else(std::sync::PoisonError::into_inner).clone()
    }

    /// Binds it anew.
    pub fn set(&self, value: Value) {
        *self.0.write().unwrap_or_else(std::sync::PoisonError::into_inner) = value;
    }
}

/// A module: a name and what it holds.
pub struct Module {
    /// Its dotted name.
    pub name: Str,
    /// Its attributes, in order of definition; set once, when the module has run.
    pub attrs: OnceLock<Vec<(Str, Value)>>,
}

impl Module {
    /// An attribute.
    pub fn get(&self, name: &str) -> Option<Value> {
        self.attrs.get()?.iter().find(|(n, _)| n.as_str() == name).map(|(_, v)| v.clone())
    }
}

/// What a native object of the standard library or the cluster can do.
pub trait HostObject: Send + Sync + std::any::Any {
    /// `type(x).__name__`.
    fn type_name(&self) -> &str;

    /// `repr(x)`.
    fn repr(&self) -> Res<String>;

    /// An attribute or bound method; `None` where there is none.
    fn get_attr(&self, this: &Ref<Host>, name: &str) -> Res<Option<Value>>;

    /// A call of the object itself.
    fn call(&self, _args: &Args<'_>) -> Res {
        Err(crate::Fault::type_error(format!("'{}' object is not callable", self.type_name())))
    }

    /// `x == y`; `None` where identity decides.
    fn eq(&self, _other: &Value) -> Option<Res<bool>> {
        None
    }

    /// `hash(x)`; `None` where identity decides.
    fn hash(&self) -> Option<Res<u64>> {
        None
    }

    /// Why any use of it as a value is refused (a proxy), else `None`.
    fn refusal(&self) -> Option<String> {
        None
    }

    /// `len(x)`.
    fn len(&self) -> Option<Res<usize>> {
        None
    }

    /// For downcasts.
    fn as_any(&self) -> &dyn std::any::Any;
}

/// A native object.
pub struct Host(pub Box<dyn HostObject>);
