//! Classes, instances, functions, exceptions, modules: what has attributes.

pub mod abstracts;
pub mod attr;
pub mod cache;
pub mod call;
pub mod class;
pub mod exception;
pub mod func;
mod protocol;
pub(crate) mod registered;

pub mod group;

mod annotations;
pub mod dataclass;
mod described;
pub mod descriptor;
pub mod enums;
pub mod lazy;
pub mod maker;
pub mod matching;
pub mod modules;
pub mod namedtuple;
pub mod relation;
pub mod typing;

mod build;
pub mod c_calls;
mod class_dict;
mod construct;
mod dataclass_doc;
mod dataclass_functions;
pub(crate) mod derived;
mod enum_checks;
mod enum_data;
mod enum_functional;
mod enum_making;
mod enum_methods;
mod enum_values;
mod exception_args;
mod member;
mod native_attr;
mod native_method;
mod reflect;
pub mod render;
mod slots;
pub(crate) mod table;
mod wrapper;

#[cfg(test)]
mod tests;

pub use class::{Class, Instance, Native, class_of};
pub use func::{Func, FuncInfo, Mark, Marks, Method, ParamInfo};
pub(crate) use slots::{format_native, hash_value as slots_hash};
pub(crate) use wrapper::is_wrapper;

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
    /// Its file, where it has one.
    pub file: Option<Str>,
    /// Its attributes, in order of definition; set once, when the module has run.
    pub attrs: OnceLock<Vec<(Str, Value)>>,
    /// The modules below it that were loaded after it had run; they hide attributes of these names.
    pub below: std::sync::RwLock<Vec<(Str, Value)>>,
    /// Its namespace while it runs.
    pub running: Option<std::sync::Arc<crate::abi::Globals>>,
}

impl Module {
    /// A module that has run, or needs not.
    pub fn new(name: &str, attrs: Vec<(Str, Value)>) -> Self {
        let module = Self::running(name, None, None);
        // It was just made: there are no attributes yet.
        let _ = module.attrs.set(attrs);
        module
    }

    /// A module that is about to run in a namespace.
    pub fn running(
        name: &str,
        file: Option<Str>,
        globals: Option<std::sync::Arc<crate::abi::Globals>>,
    ) -> Self {
        let (attrs, below) = (OnceLock::new(), std::sync::RwLock::default());
        Self { name: Str::new(name), file, attrs, below, running: globals }
    }

    /// Has it run to its end.
    pub fn is_ready(&self) -> bool {
        self.attrs.get().is_some()
    }

    /// An attribute, once it has run; not what another module would have to be loaded for.
    pub fn get(&self, name: &str) -> Option<Value> {
        let below = self.below.read().unwrap_or_else(std::sync::PoisonError::into_inner);
        if let Some((_, module)) = below.iter().find(|(n, _)| n.as_str() == name) {
            return Some(module.clone());
        }
        let (_, found) = self.attrs.get()?.iter().find(|(n, _)| n.as_str() == name)?;
        lazy::loaded(found)
    }

    /// Is there an attribute of this name, loaded or not.
    pub fn holds(&self, name: &str) -> bool {
        self.attrs.get().into_iter().flatten().any(|(n, _)| n.as_str() == name)
    }

    /// What `from module import name` finds, also while the module runs.
    pub fn get_now(&self, name: &str) -> Option<Value> {
        match &self.running {
            Some(globals) if !self.is_ready() => globals.find_own(name).map(|found| found.value),
            _ => self.get(name),
        }
    }

    /// Binds the name of a module below it, which was loaded.
    pub fn bind_below(&self, name: &str, module: Value) {
        if let (Some(globals), false) = (&self.running, self.is_ready()) {
            return globals.set(name, module);
        }
        let mut below = self.below.write().unwrap_or_else(std::sync::PoisonError::into_inner);
        below.retain(|(n, _)| n.as_str() != name);
        below.push((Str::new(name), module));
    }
}

/// A call that makes a value, or changes a class, as was done before.
#[derive(Clone)]
pub struct Remake {
    /// What is called.
    pub func: Value,
    /// The arguments by position.
    pub pos: Vec<Value>,
    /// The arguments by name.
    pub kw: Vec<(Str, Value)>,
}

impl Remake {
    /// A call with arguments by position alone.
    pub fn new(func: Value, pos: Vec<Value>) -> Self {
        Self { func, pos, kw: Vec::new() }
    }

    /// All values of it.
    pub fn values(&self) -> impl Iterator<Item = &Value> {
        std::iter::once(&self.func).chain(&self.pos).chain(self.kw.iter().map(|(_, v)| v))
    }
}

/// What a native object of the standard library or the cluster can do.
#[expect(clippy::len_without_is_empty, reason = "`len` is Python's, which few objects have")]
pub trait HostObject: Send + Sync + std::any::Any {
    /// `type(x).__name__`.
    fn type_name(&self) -> &str;

    /// `repr(x)`.
    fn repr(&self) -> Res<String>;

    /// An attribute or bound method; `None` where there is none.
    fn get_attr(&self, this: &Ref<Host>, name: &str) -> Res<Option<Value>>;

    /// A call of the object itself.
    fn call(&self, _args: &Args<'_>) -> Res {
        let module = self.module();
        let name = self.type_name();
        let shown =
            if table::is_native_module(module, name) { format!("{module}.{name}") } else { name.to_owned() };
        Err(crate::Fault::type_error(format!("'{shown}' object is not callable")))
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

    /// What it stands for inside of a block (a proxy), else `None`.
    fn stands_for(&self) -> Option<Res> {
        None
    }

    /// `len(x)`; also asked of what refuses to be a value.
    fn len(&self) -> Option<Res<usize>> {
        None
    }

    /// The module of its class, as `repr` of the class shows it.
    fn module(&self) -> &str {
        "builtins"
    }

    /// What messages call it, where it is a class.
    fn class_shown(&self) -> Option<String> {
        None
    }

    /// Whose attribute is missing, where look-up goes on in another value.
    fn missing_of(&self, _name: &str) -> Option<Value> {
        None
    }

    /// Is the missing of such an attribute told by its bare name.
    fn is_bare_name_missing(&self, _name: &str) -> bool {
        false
    }

    /// Does looking it up through an instance of a class that holds it bind it, as a function.
    fn binds(&self) -> bool {
        false
    }

    /// What makes an equal one anew, in another process too; `None` where nothing does.
    fn remake(&self) -> Option<Remake> {
        None
    }

    /// What it wraps, where it stands for a function (a cache around one).
    fn wrapped(&self) -> Option<Value> {
        None
    }

    /// `callable(x)`.
    fn is_callable(&self) -> bool {
        false
    }

    /// `str(x)`; `None` where it is the `repr`.
    fn str(&self) -> Option<Res<String>> {
        None
    }

    /// `format(x, spec)`; `None` where only an empty specification will do.
    fn format(&self, _spec: &str) -> Option<Res<String>> {
        None
    }

    /// `bool(x)`; `None` where the length decides.
    fn truthy(&self) -> Option<Res<bool>> {
        None
    }

    /// `x < y` and the like, `==` too where [`HostObject::eq`] is not enough; `None` where it is not known.
    fn compare(&self, _op: crate::ops::CmpOp, _other: &Value) -> Option<Res> {
        None
    }

    /// `x op other`, or `other op x` where it stands on the right; `None` for `NotImplemented`.
    fn binary(&self, _op: crate::ops::BinOp, _other: &Value, _side: Side) -> Option<Res> {
        None
    }

    /// `divmod(x, other)`, or `divmod(other, x)`.
    fn divmod(&self, _other: &Value, _side: Side) -> Option<Res> {
        None
    }

    /// `op x`.
    fn unary(&self, _op: crate::ops::UnaryOp) -> Option<Res> {
        None
    }

    /// `abs(x)`.
    fn abs(&self) -> Option<Res> {
        None
    }

    /// `x[index]`.
    fn getitem(&self, _index: &Value) -> Option<Res> {
        None
    }

    /// `item in x`.
    fn contains(&self, _item: &Value) -> Option<Res<bool>> {
        None
    }

    /// Can `iter` be called on it.
    fn is_iterable(&self) -> bool {
        false
    }

    /// `iter(x)`: a [`Value::Iter`].
    fn iter(&self, _this: &Ref<Host>) -> Option<Res> {
        None
    }

    /// `next(x)`.
    fn next(&self) -> Option<Res<Option<Value>>> {
        None
    }

    /// `isinstance(value, x)`.
    fn is_class_of(&self, _value: &Value) -> Option<Res<bool>> {
        None
    }

    /// `issubclass(class, x)`; `None` where it is no class.
    fn is_base_of(&self, _class: &Ref<Class>) -> Option<Res<bool>> {
        None
    }

    /// For downcasts.
    fn as_any(&self) -> &dyn std::any::Any;
}

/// On which side of an operator an operand stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// `x op other`.
    Left,
    /// `other op x`.
    Right,
}

/// A native object.
pub struct Host(pub Box<dyn HostObject>);

impl Host {
    /// A native object as a value.
    pub fn value(object: impl HostObject + 'static) -> Value {
        Value::Host(Ref::new(Self(Box::new(object))))
    }

    /// The object, if it is of this type.
    pub fn downcast<T: 'static>(&self) -> Option<&T> {
        self.0.as_any().downcast_ref()
    }
}
