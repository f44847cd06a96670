//! The types that functions are specialised on.

use afar_runtime::collections::rows::Form;
use std::sync::Arc;

/// Tuples that nest deeper are not looked into where they lie in lists.
const MAX_ROW_DEPTH: usize = 3;

/// A constant of the pool: a value that is known when code is compiled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ConstId(pub u32);

/// A function's code, by its number in the registry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CodeId(pub u32);

/// What is known of a value when code is compiled.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Ty {
    /// No value comes here.
    Never,
    /// `None`.
    None,
    /// `True`, `False`.
    Bool,
    /// An int that fits 64 bits, in a register; one that does not fit widens its site.
    Int,
    /// An int from 0 to 2**64 - 1, in a register: what a mask to 64 bits gives.
    Word,
    /// A float, in a register.
    Float,
    /// Text.
    Str,
    /// A tuple of known length, its items apart.
    Tuple(Arc<[Ty]>),
    /// A list. Of `Int` or `Float`: stored unboxed, or empty. Of `Never`: empty. Of `Any`: stored in any way. Else: stored boxed, all
    /// items of this type.
    List(Arc<Ty>),
    /// A range whose bounds fit 64 bits: start, stop and step apart.
    Range,
    /// A known value: a function, a class, a built-in, a module, text.
    Const(ConstId),
    /// A function made here: its identity, captures and defaults apart.
    Closure(Arc<ClosureTy>),
    /// A cell.
    Cell,
    /// Anything, boxed.
    Any,
}

/// The type of a function made in compiled code.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ClosureTy {
    /// Its code.
    pub code: CodeId,
    /// What it captured.
    pub captures: Vec<Ty>,
    /// The defaults, by parameter.
    pub defaults: Vec<Option<Ty>>,
}

impl ClosureTy {
    /// The types of its components: identity, captures, defaults.
    pub fn components(&self) -> Vec<Ty> {
        let given = self.captures.iter().chain(self.defaults.iter().flatten()).cloned();
        std::iter::once(Ty::Int).chain(given).collect()
    }
}

/// Why values and what is lowered have none of them.
pub(crate) const NO_PAIRS: &str = "passes alone make pairs";

/// A component of a value's representation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Reg {
    /// 64-bit integer, or an address.
    Int,
    /// Float.
    Float,
    /// Two floats side by side: no value of a program, but what passes make of two.
    Pair,
    /// Four ints side by side, of each the lower 32 bits: as little a value as a pair.
    Quad,
    /// Boolean.
    Bool,
    /// A boxed value in memory.
    Slot,
}

impl Ty {
    /// A tuple.
    pub fn tuple(items: Vec<Ty>) -> Self {
        Self::Tuple(items.into())
    }

    /// A list.
    pub fn list(item: Ty) -> Self {
        Self::List(Arc::new(item))
    }

    /// The components that represent it.
    pub fn regs(&self) -> Vec<Reg> {
        let mut out = Vec::new();
        self.push_regs(&mut out);
        out
    }

    fn push_regs(&self, out: &mut Vec<Reg>) {
        match self {
            Self::Never | Self::None | Self::Const(_) => {}
            Self::Bool => out.push(Reg::Bool),
            Self::Int | Self::Word => out.push(Reg::Int),
            Self::Float => out.push(Reg::Float),
            Self::Tuple(items) => items.iter().for_each(|t| t.push_regs(out)),
            Self::Range => out.extend([Reg::Int; 3]),
            Self::Closure(c) => {
                out.push(Reg::Int);
                c.captures.iter().for_each(|t| t.push_regs(out));
                c.defaults.iter().flatten().for_each(|t| t.push_regs(out));
            }
            Self::Str | Self::List(_) | Self::Cell | Self::Any => out.push(Reg::Slot),
        }
    }

    /// Is it held in one boxed slot.
    pub fn is_slot(&self) -> bool {
        matches!(self, Self::Str | Self::List(_) | Self::Cell | Self::Any)
    }

    /// Is it a number of a known machine type (booleans included).
    pub fn is_number(&self) -> bool {
        matches!(self, Self::Bool | Self::Int | Self::Float)
    }

    /// The form of the rows of a list of this type, where that is stored as rows: of a tuple of numbers, booleans and `None`.
    pub fn row(&self) -> Option<Form> {
        match self {
            Self::Tuple(_) if self.depth() <= MAX_ROW_DEPTH => self.form().filter(Form::is_row),
            _ => None,
        }
    }

    fn form(&self) -> Option<Form> {
        Some(match self {
            Self::None => Form::None,
            Self::Bool => Form::Bool,
            Self::Int => Form::Int,
            Self::Float => Form::Float,
            Self::Tuple(items) => Form::Tuple(items.iter().map(Self::form).collect::<Option<_>>()?),
            _ => return None,
        })
    }

    /// The type of a form.
    pub fn of_form(form: &Form) -> Self {
        match form {
            Form::None => Self::None,
            Form::Bool => Self::Bool,
            Form::Int => Self::Int,
            Form::Float => Self::Float,
            Form::Tuple(items) => Self::tuple(items.iter().map(Self::of_form).collect()),
        }
    }

    /// The type that the items of a list have once values of this type are stored in it: an item of which too little is known may
    /// turn out to be one that is stored unboxed.
    pub fn stored(self) -> Self {
        match self {
            Self::Int | Self::Float | Self::Never | Self::Str | Self::Bool | Self::List(_) => self,
            Self::Tuple(_)
                if self.depth() <= MAX_ROW_DEPTH && (self.form().is_some() || self.is_boxed_in_lists()) =>
            {
                self
            }
            _ => Self::Any,
        }
    }

    /// Is there certainly something in a tuple that no row can hold.
    fn is_boxed_in_lists(&self) -> bool {
        match self {
            Self::Tuple(items) => items.iter().any(Self::is_boxed_in_lists),
            Self::Str | Self::List(_) | Self::Range | Self::Const(_) | Self::Closure(_) => true,
            Self::Never
            | Self::None
            | Self::Bool
            | Self::Int
            | Self::Word
            | Self::Float
            | Self::Cell
            | Self::Any => false,
        }
    }

    /// How deep it nests.
    pub fn depth(&self) -> usize {
        match self {
            Self::Tuple(items) => 1 + items.iter().map(Self::depth).max().unwrap_or(0),
            Self::List(item) => 1 + item.depth(),
            Self::Closure(c) => {
                1 + c.captures.iter().chain(c.defaults.iter().flatten()).map(Self::depth).max().unwrap_or(0)
            }
            _ => 0,
        }
    }

    /// This type, or `Any` where it nests too deep or has too many components.
    pub fn capped(self) -> Self {
        if self.depth() > 4 || self.regs().len() > 24 { Self::Any } else { self }
    }
}

/// The least type that both belong to.
pub fn join(a: &Ty, b: &Ty) -> Ty {
    join_as(a, b, &Ty::Any)
}

/// As `join`, where an int among words is taken for a word: code checks that it is not negative.
pub fn join_words(a: &Ty, b: &Ty) -> Ty {
    join_as(a, b, &Ty::Word)
}

/// The least type that both belong to, where ints and words make `word`.
fn join_as(a: &Ty, b: &Ty, word: &Ty) -> Ty {
    let join = |a: &Ty, b: &Ty| join_as(a, b, word);
    match (a, b) {
        _ if a == b => a.clone(),
        (Ty::Int, Ty::Word) | (Ty::Word, Ty::Int) => word.clone(),
        (Ty::Never, t) | (t, Ty::Never) => t.clone(),
        (Ty::Tuple(x), Ty::Tuple(y)) if x.len() == y.len() => {
            Ty::tuple(x.iter().zip(y.iter()).map(|(x, y)| join(x, y)).collect())
        }
        (Ty::List(x), Ty::List(y)) => Ty::list(join_items(x, y)),
        (Ty::Closure(x), Ty::Closure(y)) if x.code == y.code && x.defaults == y.defaults => {
            let captures = x.captures.iter().zip(&y.captures).map(|(x, y)| join(x, y)).collect();
            Ty::Closure(Arc::new(ClosureTy { code: x.code, captures, defaults: x.defaults.clone() }))
        }
        _ => Ty::Any,
    }
}

/// The type of the items of a list that is one of these two: where the stored forms differ, `Any`.
fn join_items(a: &Ty, b: &Ty) -> Ty {
    match (a, b) {
        _ if a == b => a.clone(),
        (Ty::Never, t) | (t, Ty::Never) => t.clone(),
        (Ty::List(x), Ty::List(y)) => Ty::list(join_items(x, y)),
        _ => Ty::Any,
    }
}

impl std::fmt::Display for Ty {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Never => f.write_str("never"),
            Self::None => f.write_str("None"),
            Self::Bool => f.write_str("bool"),
            Self::Int => f.write_str("int"),
            Self::Word => f.write_str("word"),
            Self::Float => f.write_str("float"),
            Self::Str => f.write_str("str"),
            Self::Tuple(items) => {
                f.write_str("tuple[")?;
                for (i, t) in items.iter().enumerate() {
                    write!(f, "{}{t}", if i > 0 { ", " } else { "" })?;
                }
                f.write_str("]")
            }
            Self::List(item) => write!(f, "list[{item}]"),
            Self::Range => f.write_str("range"),
            Self::Const(c) => write!(f, "const{}", c.0),
            Self::Closure(c) => {
                write!(f, "fn{}(", c.code.0)?;
                for (i, t) in c.captures.iter().enumerate() {
                    write!(f, "{}{t}", if i > 0 { ", " } else { "" })?;
                }
                f.write_str(")")
            }
            Self::Cell => f.write_str("cell"),
            Self::Any => f.write_str("any"),
        }
    }
}
