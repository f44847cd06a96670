//! Expressions that are containers: displays, comprehensions, and what the library makes of iterables.

use super::expr::{MAX_STEPS, Row};
use super::scope::Gen;
use super::tree::Expr;
use super::types::Ty;

/// Rows that give a range.
pub const RANGE: &[Row] = &[
    ("range($)", "k"),
    ("range($, $)", "kk"),
    ("range($, $, 2)", "kk"),
    ("range($, -3, -1)", "k"),
    ("range(7)[$]", "l"),
    ("range($, $, $)", "kkk"),
    ("range(2 ** 63 - 2, 2 ** 63 + $)", "k"),
];

/// Rows that give a slice.
pub const SLICE: &[Row] = &[
    ("slice($)", "q"),
    ("slice($, $)", "qq"),
    ("slice($, $, $)", "qqq"),
    ("slice(None, None, -1)", ""),
    ("slice(None, $, 2)", "q"),
    ("slice($, None, -2)", "q"),
];

/// Rows that give a list of any one type.
const LIST: &[Row] = &[
    ("($ + $)", "EE"),
    ("^($ * $)", "Ek"),
    ("$[$]", "El"),
    ("$[$:$]", "Eqq"),
    ("$[::$]", "Eq"),
    ("$[$:$:$]", "Eqqq"),
    ("[*$, *$]", "EM"),
    ("[$, *$]", "TE"),
    ("list($)", "M"),
    ("list($)", "E"),
    ("list(reversed($))", "E"),
    ("list(g for g in $)", "E"),
    ("list(filter($, $))", "pE"),
    ("list(itertools.chain($, $))", "EM"),
    ("list(itertools.islice($, $))", "Ek"),
    ("list(itertools.takewhile($, $))", "pE"),
    ("list(itertools.dropwhile($, $))", "pE"),
    ("sorted($, key=$)", "Em"),
    ("sorted($, key=$, reverse=True)", "Em"),
    ("sorted($, key=repr)", "E"),
    ("list(itertools.accumulate($, $))", "Ex"),
    ("[v for v in $]", "g"),
    ("([$] * $)", "Tk"),
    ("list(map(lambda v: v, $))", "E"),
    ("[v for _ in range($) for v in $]", "kE"),
    ("[v for v in $ if v not in $]", "EE"),
    ("list(h for h in $ if h == $)", "ET"),
    ("[*$]", "g"),
    ("list(itertools.compress($, $))", "EI"),
    ("[v for w in [$, $] for v in w]", "EE"),
    ("list($.values())", "H"),
    ("$.copy()", "E"),
    ("($ or [$])", "ET"),
];

/// Rows that give a list of ints.
const INTS: &[Row] = &[
    ("list($)", "R"),
    ("list($)", "y"),
    ("sorted($)", "I"),
    ("sorted($)", "Z"),
    ("sorted($, reverse=True)", "I"),
    ("list(map($, $))", "WI"),
    ("list(map(len, $))", "S"),
    ("list(itertools.accumulate($))", "I"),
    ("list(map(operator.add, $, $))", "II"),
    ("[ord(v) for v in $]", "s"),
    ("list(map(int, $))", "S"),
    ("[i * v for i, v in enumerate($)]", "I"),
    ("[p + q for p, q in zip($, $)]", "II"),
    ("sorted($ | $)", "ZZ"),
    ("list($)", "G"),
    ("[n for n in $ if n % 2]", "I"),
];

/// Rows that give a list of strings.
const STRS: &[Row] = &[
    ("$.split($)", "ss"),
    ("$.split()", "s"),
    ("$.rsplit($, $)", "ssk"),
    ("$.splitlines()", "s"),
    ("list($)", "s"),
    ("sorted($)", "S"),
    ("list(map(str, $))", "I"),
    ("sorted($)", "s"),
    ("list($)", "D"),
    ("sorted($.keys(), reverse=True)", "D"),
    ("list($.partition($))", "ss"),
    ("[v.upper() for v in $]", "S"),
    ("list(map(repr, $))", "F"),
    ("$.splitlines(True)", "s"),
    ("[k + str(n) for k, n in $.items()]", "D"),
    ("sorted($, key=str.lower)", "S"),
];

/// Rows that give a list of pairs of an int and a string.
const PAIRS: &[Row] = &[
    ("list(enumerate($))", "S"),
    ("list(zip($, $))", "IS"),
    ("[(n, k) for k, n in $.items()]", "D"),
    ("list(enumerate($, $))", "si"),
    ("list(zip($, $, strict=True))", "IS"),
    ("[(len(k), k) for k in $]", "S"),
    ("list(zip(range($), $))", "ks"),
    ("sorted(zip($, $))", "IS"),
    ("[(len(list(g)), k) for k, g in itertools.groupby($)]", "s"),
];

/// Rows that give a dict of any types; `T` is the key's.
const DICT: &[Row] = &[
    ("{**$, **$}", ".."),
    ("($ | $)", ".."),
    ("dict($)", "."),
    ("{k: v for k, v in $.items()}", "."),
    ("dict($.items())", "."),
    ("dict(sorted($.items(), key=repr))", "."),
    ("{k: v for k, v in $.items() if k != $}", ".T"),
    ("dict(list($.items())[$:])", ".q"),
];

/// Rows that give a set of any type.
const SET: &[Row] = &[
    ("($ | $)", ".."),
    ("($ & $)", ".."),
    ("($ - $)", ".."),
    ("($ ^ $)", ".."),
    ("set($)", "E"),
    ("{*$, *$}", "EM"),
    ("{v for v in $}", "E"),
    ("{v for v in $ if $}", "Eb"),
    ("$.union($)", ".E"),
    ("$.difference($)", ".E"),
    ("{$, $}", "TT"),
];

/// Rows that give a frozen set of any type.
const FROZEN: &[Row] = &[("frozenset($)", "E"), ("($ | $)", ".j"), ("($ & $)", ".."), ("($ - $)", "..")];

/// Rows that give a tuple of any length.
const MANY: &[Row] = &[
    ("tuple($)", "E"),
    ("($ + $)", ".."),
    ("^($ * $)", ".k"),
    ("$[$]", ".l"),
    ("$[$:$]", ".qq"),
    ("(*$, $)", "ET"),
    ("tuple(v for v in $)", "E"),
    ("tuple($)", "g"),
    ("tuple(sorted($, key=repr))", "."),
    ("(*$, *$)", "EM"),
    ("tuple(reversed($))", "."),
];

impl Gen {
    /// A container that is made of other things.
    pub fn container(&mut self, ty: &Ty) -> Expr {
        match ty {
            Ty::List(item) => self.list(ty, item),
            Ty::Many(_) => self.rows(MANY, ty),
            Ty::Dict(key, value) => match self.random.below(5) {
                0 => self.dict_comprehension(key, value),
                1 => {
                    let subs =
                        vec![self.expr(&Ty::list((**key).clone())), self.expr(&Ty::list((**value).clone()))];
                    Expr::of("dict(zip($, $))", subs)
                }
                2 => self.literal(ty),
                3 => {
                    let subs = vec![self.expr(&Ty::list((**key).clone())), self.expr(value)];
                    Expr::of("dict.fromkeys($, $)", subs)
                }
                _ => self.rows(DICT, ty),
            },
            Ty::Set(item) if self.random.chance(25) => self.comprehension(item, '{', '}'),
            Ty::Set(_) => self.rows(SET, ty),
            _ => self.rows(FROZEN, ty),
        }
    }

    fn list(&mut self, ty: &Ty, item: &Ty) -> Expr {
        let special = match item {
            Ty::Int => Some(INTS),
            Ty::Str => Some(STRS),
            Ty::Tuple(items) if *items == [Ty::Int, Ty::Str] => Some(PAIRS),
            _ => None,
        };
        match (special, self.random.below(10)) {
            (Some(rows), 0..=3) => self.rows(rows, ty),
            (_, 4 | 5) => self.comprehension(item, '[', ']'),
            (_, 6) => {
                let items = (0..self.random.between(1, 4)).map(|_| self.expr(item)).collect();
                Expr::of("[$]", vec![Expr::list(items)])
            }
            (_, 7) => {
                let from = Ty::any(&mut self.random, 1);
                let subs = vec![self.lambda(std::slice::from_ref(&from), item), self.expr(&Ty::list(from))];
                Expr::of("list(map($, $))", subs)
            }
            _ => self.rows(LIST, ty),
        }
    }

    /// A function in place: of these types, to this one.
    pub fn lambda(&mut self, params: &[Ty], ret: &Ty) -> Expr {
        let walrus = std::mem::replace(&mut self.may_walrus, false);
        let made = self.inner(4, |this| {
            let names: Vec<String> = params.iter().map(|_| this.fresh("a")).collect();
            let mut head = names.join(", ");
            for (name, ty) in names.iter().zip(params) {
                this.bind_fixed(name, ty.clone());
            }
            let mut subs = Vec::new();
            if this.random.chance(12) {
                let name = this.fresh("d");
                subs.push(this.literal(&Ty::Int));
                this.bind_fixed(&name, Ty::Int);
                head.push_str(&format!(", {name}=$"));
            }
            subs.push(this.expr(ret));
            Expr::of(&format!("(lambda {head}: $)"), subs)
        });
        self.may_walrus = walrus;
        made
    }

    /// A generator expression of this type.
    pub fn generator_of(&mut self, item: &Ty) -> Expr {
        let generators: Vec<usize> = (0..self.funcs.len())
            .filter(|i| {
                self.funcs[*i].is_generator
                    && item.takes(&self.funcs[*i].ret)
                    && self.is_cheap(self.funcs[*i].cost)
            })
            .collect();
        if !generators.is_empty() && self.random.chance(30) {
            let func = self.funcs[*self.random.pick(&generators)].clone();
            return self.call_of(&func);
        }
        self.comprehension(item, '(', ')')
    }

    /// A comprehension of this type, in these brackets.
    pub fn comprehension(&mut self, item: &Ty, open: char, close: char) -> Expr {
        let walrus = std::mem::replace(&mut self.may_walrus, false);
        let made = self.inner(1, |this| {
            let clauses = this.clauses();
            let item = this.expr(item);
            Expr::of(&format!("{open}$ ${close}"), vec![item, clauses])
        });
        self.may_walrus = walrus;
        made
    }

    fn dict_comprehension(&mut self, key: &Ty, value: &Ty) -> Expr {
        let walrus = std::mem::replace(&mut self.may_walrus, false);
        let made = self.inner(1, |this| {
            let clauses = this.clauses();
            let subs = vec![this.expr(key), this.expr(value), clauses];
            Expr::of("{$: $ $}", subs)
        });
        self.may_walrus = walrus;
        made
    }

    /// The `for` and `if` clauses of a comprehension, whose names come into scope.
    fn clauses(&mut self) -> Expr {
        let mut template = String::new();
        let mut subs = Vec::new();
        let n_for = if self.random.chance(25) { 2 } else { 1 };
        for _ in 0..n_for {
            let (target, iterable, n) = self.iteration();
            template.push_str(&format!(" for {target} in $"));
            subs.push(iterable);
            self.multiplicity = self.multiplicity.saturating_mul(n);
            if self.random.chance(30) {
                template.push_str(" if $");
                subs.push(self.expr(&Ty::Bool));
            }
        }
        Expr::of(template.trim_start(), subs)
    }

    /// Something to go through: its targets, which come into scope, what it is, and about how many items it has.
    pub fn iteration(&mut self) -> (String, Expr, usize) {
        let first = self.fresh("v");
        let (iterable, n) = match self.random.below(12) {
            // Long enough to be worth splitting.
            0 | 1 if self.multiplicity <= 2 && self.random.chance(40) => {
                let n = self.random.between(100, 2000);
                self.bind_fixed(&first, Ty::Int);
                (Expr::text(format!("range({n})")), n)
            }
            0..=3 => {
                let range = self.expr(&Ty::Range);
                self.bind_fixed(&first, Ty::Int);
                (range, 4)
            }
            4 => {
                let text = self.expr(&Ty::Str);
                self.bind_fixed(&first, Ty::Str);
                (text, 5)
            }
            5 => return self.pair_iteration(first),
            6 => {
                let item = Ty::any(&mut self.random, 1);
                let items = self.expr(&Ty::Many(Box::new(item.clone())));
                self.bind_fixed(&first, item);
                (items, 4)
            }
            7 => {
                let item = Ty::scalar(&mut self.random);
                let items = self.generator_of(&item);
                self.bind_fixed(&first, item);
                (items, 4)
            }
            _ => {
                let item = Ty::any(&mut self.random, 1);
                let items = self.expr(&Ty::list(item.clone()));
                self.bind_fixed(&first, item);
                (items, 4)
            }
        };
        (first, iterable, n)
    }

    fn pair_iteration(&mut self, first: String) -> (String, Expr, usize) {
        let second = self.fresh("v");
        let item = Ty::any(&mut self.random, 1);
        let (template, key, wanted) = match self.random.below(3) {
            0 => ("enumerate($)", Ty::Int, Ty::list(item.clone())),
            1 => {
                let key = Ty::key(&mut self.random);
                ("$.items()", key.clone(), Ty::Dict(Box::new(key), Box::new(item.clone())))
            }
            _ => {
                let other = Ty::scalar(&mut self.random);
                let subs = vec![self.expr(&Ty::list(other.clone())), self.expr(&Ty::list(item.clone()))];
                self.bind_fixed(&first, other);
                self.bind_fixed(&second, item);
                return (format!("{first}, {second}"), Expr::of("zip($, $)", subs), 3);
            }
        };
        let iterable = self.expr(&wanted);
        self.bind_fixed(&first, key);
        self.bind_fixed(&second, item);
        (format!("{first}, {second}"), Expr::of(template, vec![iterable]), 4)
    }

    /// May something of this cost be called here.
    pub fn is_cheap(&self, cost: usize) -> bool {
        self.multiplicity.saturating_mul(cost) <= MAX_STEPS
    }
}
