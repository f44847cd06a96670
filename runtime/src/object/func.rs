//! Functions of the program, as values.

use crate::value::Str;
use crate::{Ref, Value};

/// How a parameter takes its argument.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ParamKind {
    /// Before `/`.
    PositionalOnly,
    /// By position or by name.
    Normal,
    /// `*args`.
    Star,
    /// Behind `*`.
    KeywordOnly,
    /// `**kwargs`.
    DoubleStar,
}

/// One parameter.
#[derive(Clone, Debug)]
pub struct ParamInfo {
    /// Its name.
    pub name: Str,
    /// How it takes its argument.
    pub kind: ParamKind,
}

/// What is known of a function before it is made: the same for all closures of one `def`.
#[derive(Debug)]
pub struct FuncInfo {
    /// `__name__`.
    pub name: Str,
    /// `__qualname__`.
    pub qualname: Str,
    /// `__module__`.
    pub module: Str,
    /// `__doc__`.
    pub doc: Option<Str>,
    /// The parameters, in the order of the tree: positional-only, normal, star, keyword-only, double star.
    pub params: Vec<ParamInfo>,
    /// Does a call make a generator.
    pub is_generator: bool,
    /// The number by which the compiler knows the code.
    pub code: u32,
}

/// A function of the program: code, defaults and captured values.
pub struct Func {
    /// What all its closures share.
    pub info: Ref<FuncInfo>,
    /// One for each parameter; [`Value::Unbound`] where there is none.
    pub defaults: Box<[Value]>,
    /// What it captured, in the order of its scope; cells as [`Value::Cell`].
    pub captures: Box<[Value]>,
    /// The class whose body defined it, for `super()` and `__class__`; set when the class is made.
    pub owner: std::sync::OnceLock<Value>,
}

/// A function with its receiver.
pub struct Method {
    /// A [`Value::Func`] or [`Value::Builtin`], or anything callable.
    pub func: Value,
    /// The receiver.
    pub receiver: Value,
}
