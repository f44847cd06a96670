//! The state of the generator: what is in scope, and how much may still be written.

use super::random::Random;
use super::tree::Expr;
use super::types::Ty;

/// A name that an expression may use; `self.x` and `str(error)` are names here.
#[derive(Clone, Debug)]
pub struct Var {
    /// As it is written.
    pub name: String,
    /// Its type.
    pub ty: Ty,
    /// May it be bound anew here.
    pub is_assignable: bool,
}

/// A function that may be called.
#[derive(Clone, Debug)]
pub struct Func {
    /// As it is written.
    pub name: String,
    /// Its plain parameters.
    pub params: Vec<(String, Ty)>,
    /// How many of them have defaults, from the right.
    pub n_defaults: usize,
    /// The type of `*rest`, if it takes it.
    pub rest: Option<Ty>,
    /// Parameters by keyword only, all with defaults.
    pub keywords: Vec<(String, Ty)>,
    /// What it gives: the items, of a generator.
    pub ret: Ty,
    /// Does it yield.
    pub is_generator: bool,
    /// About how many steps a call takes.
    pub cost: usize,
}

/// A class.
#[derive(Clone, Debug)]
pub struct Class {
    /// Its name.
    pub name: String,
    /// What it is made of, those of its base first.
    pub fields: Vec<(String, Ty)>,
    /// Its methods, without `self`.
    pub methods: Vec<Func>,
    /// Operators that give an instance of it again: `+`, `*`.
    pub operators: Vec<&'static str>,
    /// May it be compared by `<`.
    pub is_ordered: bool,
    /// Has it `__len__` and `__getitem__`.
    pub is_sequence: bool,
    /// Has it `__call__`, of an int.
    pub is_callable: bool,
}

/// The generator.
pub struct Gen {
    /// Where choices come from.
    pub random: Random,
    /// What is in scope, the innermost last.
    pub vars: Vec<Var>,
    /// The functions made so far.
    pub funcs: Vec<Func>,
    /// The classes made so far.
    pub classes: Vec<Class>,
    /// How many names were made up.
    pub n_names: usize,
    /// How often what is written now is run, about.
    pub multiplicity: usize,
    /// The steps of a call of the function that is written now.
    pub cost: usize,
    /// How many more compound expressions there may be here.
    pub fuel: usize,
    /// Is this in a loop, whose variables must not grow without bound.
    pub is_loop: bool,
    /// May a name be bound by `:=` here.
    pub may_walrus: bool,
}

impl Gen {
    /// A generator for the program of this number.
    pub fn new(seed: u64, number: u64) -> Self {
        Self {
            random: Random::new(seed, number),
            vars: Vec::new(),
            funcs: Vec::new(),
            classes: Vec::new(),
            n_names: 0,
            multiplicity: 1,
            cost: 1,
            fuel: 0,
            is_loop: false,
            may_walrus: false,
        }
    }

    /// A name that nothing has yet.
    pub fn fresh(&mut self, prefix: &str) -> String {
        self.n_names += 1;
        format!("{prefix}{}", self.n_names)
    }

    /// Adds a name to the scope.
    pub fn bind(&mut self, name: &str, ty: Ty) {
        self.vars.push(Var { name: name.to_owned(), ty, is_assignable: true });
    }

    /// Adds a name that must not be bound anew.
    pub fn bind_fixed(&mut self, name: &str, ty: Ty) {
        self.vars.push(Var { name: name.to_owned(), ty, is_assignable: false });
    }

    /// A variable that may stand for this type.
    pub fn var(&mut self, ty: &Ty) -> Option<Expr> {
        let fitting: Vec<usize> = (0..self.vars.len()).filter(|i| ty.takes(&self.vars[*i].ty)).collect();
        if fitting.is_empty() {
            return None;
        }
        // The innermost are the most interesting.
        let last = fitting.len() - 1;
        let at = if self.random.chance(50) {
            last - self.random.below(fitting.len().min(3))
        } else {
            self.random.below(fitting.len())
        };
        Some(Expr::text(self.vars[fitting[at]].name.clone()))
    }

    /// Writes something that is run so often as what is around it, times `n`, with what it binds out of scope behind it.
    pub fn inner<T>(&mut self, n: usize, write: impl FnOnce(&mut Self) -> T) -> T {
        let (n_vars, before) = (self.vars.len(), self.multiplicity);
        self.multiplicity = before.saturating_mul(n.max(1));
        self.cost = self.cost.saturating_add(self.multiplicity);
        let result = write(self);
        self.multiplicity = before;
        self.vars.truncate(n_vars);
        result
    }
}
