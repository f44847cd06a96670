//! Functions of the program, as values.

use super::attr;
use crate::value::Str;
use crate::{Ref, Res, Value};
use std::cell::Cell;
use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};

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
    /// Which execution of its `def` made it: compiled code may box one function several times. 0 where that is not known.
    pub identity: u64,
    /// What decorators marked it as.
    pub marks: Marks,
    /// What it wraps, as `functools.wraps` says; [`Value::Unbound`] where it says nothing.
    pub wrapped: Value,
}

/// The attributes that decorators of the library set to `True` on a function.
#[derive(Debug, Default)]
pub struct Marks(AtomicU8);

/// One of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    /// `__isabstractmethod__`, of `abc.abstractmethod`.
    Abstract = 1,
    /// `__final__`, of `typing.final`.
    Final = 2,
    /// `__no_type_check__`, of `typing.no_type_check`.
    NoTypeCheck = 4,
}

impl Mark {
    pub(super) const ALL: [(&'static str, Self); 3] = [
        ("__isabstractmethod__", Self::Abstract),
        ("__final__", Self::Final),
        ("__no_type_check__", Self::NoTypeCheck),
    ];

    /// The attribute.
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(_, mark)| *mark == self).map_or("", |(name, _)| name)
    }

    /// That of an attribute.
    pub fn of_name(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|(n, _)| *n == name).map(|(_, mark)| *mark)
    }
}

impl Marks {
    /// Sets one.
    pub fn add(&self, mark: Mark) {
        self.0.fetch_or(mark as u8, Ordering::Relaxed);
    }

    /// Is it set.
    pub fn has(&self, mark: Mark) -> bool {
        self.0.load(Ordering::Relaxed) & mark as u8 != 0
    }

    fn add_all(&self, others: &Self) {
        self.0.fetch_or(others.0.load(Ordering::Relaxed), Ordering::Relaxed);
    }
}

impl Clone for Marks {
    fn clone(&self) -> Self {
        Self(AtomicU8::new(self.0.load(Ordering::Relaxed)))
    }
}

/// Set in the identity of a function that came from another process, where it may have others of the same object.
const FOREIGN: u64 = 1 << 62;

impl Func {
    /// The same code under the names of what it wraps, as `functools.wraps` makes it.
    pub fn wrapping(&self, wrapped: &Value) -> Res {
        let text = |name: &str, own: &Str| -> Res<Str> {
            match attr::find(wrapped, name) {
                Ok(Some(Value::Str(text))) => Ok(text),
                // The documentation of built-in functions is not there.
                Ok(_) => Ok(own.clone()),
                Err(fault) => Err(fault),
            }
        };
        let marks = self.marks.clone();
        let doc = match wrapped {
            Value::Func(wrapped) => {
                marks.add_all(&wrapped.marks);
                wrapped.info.doc.clone()
            }
            _ => self.info.doc.clone(),
        };
        let info = FuncInfo {
            name: text("__name__", &self.info.name)?,
            qualname: text("__qualname__", &self.info.qualname)?,
            module: text("__module__", &self.info.module)?,
            doc,
            params: self.info.params.clone(),
            is_generator: self.info.is_generator,
            code: self.info.code,
        };
        Ok(Value::Func(Ref::new(Self {
            info: Ref::new(info),
            defaults: self.defaults.clone(),
            captures: self.captures.clone(),
            owner: self.owner.clone(),
            identity: self.identity,
            marks,
            wrapped: wrapped.clone(),
        })))
    }

    /// A number for the function that a `def` or `lambda` makes: its copies share it, and nothing else does.
    pub fn new_identity() -> u64 {
        const BLOCK: u64 = 1 << 16;
        static NEXT_BLOCK: AtomicU64 = AtomicU64::new(1);
        thread_local! {
            static NEXT: Cell<u64> = const { Cell::new(0) };
        }
        NEXT.with(|next| {
            if next.get() % BLOCK == 0 {
                next.set(NEXT_BLOCK.fetch_add(1, Ordering::Relaxed) * BLOCK);
            }
            next.set(next.get() + 1);
            next.get()
        })
    }

    /// As [`Func::new_identity`], for a function that came from another process.
    pub fn foreign_identity() -> u64 {
        Self::new_identity() | FOREIGN
    }

    /// Are these one object; `None` where it is not known.
    pub fn is_same(&self, other: &Self) -> Option<bool> {
        if std::ptr::eq(self, other) || (self.identity == other.identity && self.identity != 0) {
            return Some(true);
        }
        let is_known = |func: &Self| func.identity != 0 && func.identity & FOREIGN == 0;
        (self.info.code != other.info.code || (is_known(self) && is_known(other))).then_some(false)
    }
}

/// A function with its receiver.
pub struct Method {
    /// A [`Value::Func`] or [`Value::Builtin`], or anything callable.
    pub func: Value,
    /// The receiver.
    pub receiver: Value,
}
