//! Expressions of a type: a table for each, and what no table can say.
//!
//! A row is a template and the types of its places, a letter each: see [`Gen::place`]. `^` before a template says that its value may be far
//! larger than what it is made of.

use super::numbers;
use super::scope::Gen;
use super::sequences;
use super::text;
use super::tree::Expr;
use super::types::Ty;

/// A template, and the types of its places.
pub type Row = (&'static str, &'static str);

/// How many steps a piece of a program may take.
pub const MAX_STEPS: usize = 6_000;

impl Gen {
    /// An expression of this type.
    pub fn expr(&mut self, ty: &Ty) -> Expr {
        if self.random.below(400) == 0 {
            // What is not of the type: both sides raise the same.
            let other = Ty::any(&mut self.random, 1);
            return self.expr_of(&other);
        }
        self.expr_of(ty)
    }

    fn expr_of(&mut self, ty: &Ty) -> Expr {
        if self.fuel == 0 || self.random.chance(20) {
            return self.leaf(ty);
        }
        self.fuel -= 1;
        match self.random.below(20) {
            0..=2 => self.var(ty).unwrap_or_else(|| self.made(ty)),
            3 => self.call(ty).unwrap_or_else(|| self.made(ty)),
            4 => self.of_object(ty).unwrap_or_else(|| self.made(ty)),
            5 => self.general(ty),
            _ => self.made(ty),
        }
    }

    /// A variable, or a literal.
    pub fn leaf(&mut self, ty: &Ty) -> Expr {
        if self.random.chance(65)
            && let Some(var) = self.var(ty)
        {
            return var;
        }
        self.literal(ty)
    }

    /// A literal.
    pub fn literal(&mut self, ty: &Ty) -> Expr {
        match ty {
            Ty::Int => self.int_literal(),
            Ty::Small => Expr::text(self.random.below(7).to_string()),
            Ty::Bool => Expr::text(if self.random.chance(50) { "True" } else { "False" }),
            Ty::Float => Expr::text(*self.random.pick(numbers::FLOATS)),
            Ty::Complex => Expr::text(*self.random.pick(numbers::COMPLEXES)),
            Ty::Str => Expr::text(*self.random.pick(text::STRINGS)),
            Ty::Bytes => Expr::text(*self.random.pick(text::BYTES)),
            Ty::Nil => Expr::text("None"),
            Ty::Num => {
                let ty = self.random.pick(&[Ty::Int, Ty::Int, Ty::Float, Ty::Bool]).clone();
                self.literal(&ty)
            }
            Ty::Any => {
                let ty = Ty::any(&mut self.random, 1);
                if ty == Ty::Any { Expr::text("None") } else { self.leaf(&ty) }
            }
            Ty::Tuple(items) => {
                let items: Vec<Expr> = items.iter().map(|t| self.leaf(t)).collect();
                Expr::of(&format!("({})", "$, ".repeat(items.len())), items)
            }
            Ty::Many(item) => {
                let items = self.leaves(item);
                Expr::of(&format!("({})", "$, ".repeat(items.len())), items)
            }
            Ty::List(item) => {
                let items = self.leaves(item);
                Expr::of("[$]", vec![Expr::list(items)])
            }
            Ty::Dict(key, value) => {
                let n = self.random.below(4);
                let items =
                    (0..n).map(|_| Expr::of("$: $", vec![self.leaf(key), self.leaf(value)])).collect();
                Expr::of("{$}", vec![Expr::list(items)])
            }
            Ty::Set(item) => {
                let items = self.leaves(item);
                if items.is_empty() { Expr::text("set()") } else { Expr::of("{$}", vec![Expr::list(items)]) }
            }
            Ty::Frozen(item) => {
                let items = self.leaves(item);
                Expr::of("frozenset([$])", vec![Expr::list(items)])
            }
            Ty::Range => self.rows(sequences::RANGE, ty),
            Ty::Slice => self.rows(sequences::SLICE, ty),
            Ty::Object(class) => self.instance(*class),
        }
    }

    fn leaves(&mut self, item: &Ty) -> Vec<Expr> {
        (0..self.random.below(5)).map(|_| self.leaf(item)).collect()
    }

    /// Something that is made of other things.
    fn made(&mut self, ty: &Ty) -> Expr {
        let table = match ty {
            Ty::Int => numbers::INT,
            Ty::Small => numbers::SMALL,
            Ty::Bool => numbers::BOOL,
            Ty::Float => numbers::FLOAT,
            Ty::Complex => numbers::COMPLEX,
            Ty::Str => text::STR,
            Ty::Bytes => text::BYTES_ROWS,
            Ty::Nil => &[("None", "")],
            Ty::Num => numbers::NUM,
            Ty::Any => {
                let ty = Ty::any(&mut self.random, 2);
                return if ty == Ty::Any { self.leaf(&ty) } else { self.expr(&ty) };
            }
            Ty::Range => sequences::RANGE,
            Ty::Slice => sequences::SLICE,
            Ty::Tuple(items) => {
                let items: Vec<Expr> = items.clone().iter().map(|t| self.expr(t)).collect();
                return Expr::of(&format!("({})", "$, ".repeat(items.len())), items);
            }
            Ty::Object(class) => return self.object(*class),
            Ty::Many(_) | Ty::List(_) | Ty::Dict(..) | Ty::Set(_) | Ty::Frozen(_) => {
                return self.container(ty);
            }
        };
        self.rows(table, ty)
    }

    /// One row of a table, filled in.
    pub fn rows(&mut self, table: &[Row], ty: &Ty) -> Expr {
        let (template, places) = loop {
            let row = *self.random.pick(table);
            if !(self.is_loop && row.0.starts_with('^')) {
                break row;
            }
        };
        self.row(template.trim_start_matches('^'), places, ty)
    }

    /// A row, filled in; `ty` is what it gives.
    pub fn row(&mut self, template: &str, places: &str, ty: &Ty) -> Expr {
        let item = match ty {
            Ty::List(item) | Ty::Many(item) | Ty::Set(item) | Ty::Frozen(item) | Ty::Dict(item, _) => {
                (**item).clone()
            }
            _ => Ty::any(&mut self.random, 1),
        };
        // What a comprehension goes through binds no names.
        let may_walrus = self.may_walrus;
        self.may_walrus = may_walrus && !template.contains(" for ");
        let subs = places.chars().map(|p| self.place(p, ty, &item)).collect();
        self.may_walrus = may_walrus;
        Expr::of(template, subs)
    }

    /// What stands at a place outside of any row.
    pub fn at_place(&mut self, letter: char) -> Expr {
        let item = Ty::any(&mut self.random, 1);
        self.place(letter, &item, &item)
    }

    /// What stands at a place.
    fn place(&mut self, letter: char, ty: &Ty, item: &Ty) -> Expr {
        let ty = match letter {
            'i' => Ty::Int,
            'b' => Ty::Bool,
            'f' => Ty::Float,
            'c' => Ty::Complex,
            's' => Ty::Str,
            'y' => Ty::Bytes,
            'n' => Ty::Num,
            'a' => Ty::Any,
            'k' => Ty::Small,
            'q' => return Expr::text((i64::try_from(self.random.below(13)).unwrap_or(0) - 6).to_string()),
            // The type itself, what it is made of, and lists of that.
            '.' => ty.clone(),
            'T' => item.clone(),
            'E' => Ty::list(item.clone()),
            'M' => Ty::Many(Box::new(item.clone())),
            'I' => Ty::list(Ty::Int),
            'S' => Ty::list(Ty::Str),
            'F' => Ty::list(Ty::Float),
            'N' => Ty::list(Ty::Num),
            'R' => Ty::Range,
            'D' => Ty::Dict(Box::new(Ty::Str), Box::new(Ty::Int)),
            'Z' => Ty::Set(Box::new(Ty::Int)),
            'z' => Ty::Frozen(Box::new(Ty::Int)),
            'L' => Ty::list(Ty::any(&mut self.random, 1)),
            'u' => Ty::any(&mut self.random, 1),
            'o' => Ty::ordered(&mut self.random),
            'H' => Ty::Dict(Box::new(Ty::key(&mut self.random)), Box::new(item.clone())),
            'j' => Ty::Set(Box::new(item.clone())),
            'h' => Ty::Dict(Box::new(item.clone()), Box::new(Ty::scalar(&mut self.random))),
            'l' => Ty::Slice,
            _ => return self.special_place(letter, item),
        };
        self.expr(&ty)
    }

    /// Functions as arguments, and texts that are no expressions.
    fn special_place(&mut self, letter: char, item: &Ty) -> Expr {
        match letter {
            'v' => self.plain_name(),
            'p' => self.lambda(std::slice::from_ref(item), &Ty::Bool),
            'm' => self.lambda(std::slice::from_ref(item), &Ty::Int),
            'w' => self.lambda(&[Ty::Int, Ty::Int], &Ty::Int),
            'W' => self.lambda(&[Ty::Int], &Ty::Int),
            'x' => self.lambda(&[item.clone(), item.clone()], &item.clone()),
            'O' => Expr::text(*self.random.pick(&["==", "!=", "<", "<=", ">", ">="])),
            'e' => Expr::text(*self.random.pick(text::INT_SPECS)),
            'd' => Expr::text(*self.random.pick(text::FLOAT_SPECS)),
            't' => Expr::text(*self.random.pick(text::STR_SPECS)),
            'g' => self.generator_of(item),
            'G' => self.generator_of(&Ty::Int),
            'B' => self.generator_of(&Ty::Bool),
            'Y' => self.generator_of(&Ty::Float),
            'X' => self.generator_of(&Ty::Str),
            other => unreachable!("`{other}` is no place"),
        }
    }

    /// A variable that may stand in an f-string, which takes no quotes; or a number.
    fn plain_name(&mut self) -> Expr {
        let names = self.vars.iter().filter(|v| Ty::Any.takes(&v.ty) && !v.name.contains(['(', '\'']));
        let names: Vec<String> = names.map(|v| v.name.clone()).collect();
        if names.is_empty() { Expr::text("7") } else { Expr::text(self.random.pick(&names).clone()) }
    }

    /// What may stand for any type: a choice, an item of a list, the value of a key.
    fn general(&mut self, ty: &Ty) -> Expr {
        if matches!(ty, Ty::Set(_) | Ty::Frozen(_)) {
            return self.made(ty);
        }
        let item = ty.clone();
        match self.random.below(11) {
            0 | 1 => self.row("($ if $ else $)", ".b.", &item),
            2 => self.row("$[$]", "Eq", &Ty::list(item)),
            3 => self.row("[$, $][$]", "..b", &item),
            4 => self.row("($, $, $)[$]", "...q", &item),
            5 => {
                let key = Ty::key(&mut self.random);
                let dict = Ty::Dict(Box::new(key.clone()), Box::new(item.clone()));
                let subs = vec![self.expr(&dict), self.expr(&key), self.expr(&item)];
                Expr::of("$.get($, $)", subs)
            }
            6 => {
                let key = Ty::key(&mut self.random);
                let dict = Ty::Dict(Box::new(key.clone()), Box::new(item));
                let subs = vec![self.expr(&dict), self.expr(&key)];
                Expr::of("$[$]", subs)
            }
            7 => self.row("next(iter($), $)", "ET", &Ty::list(item)),
            8 => {
                let from = Ty::any(&mut self.random, 1);
                let subs = vec![self.lambda(std::slice::from_ref(&from), &item), self.expr(&from)];
                Expr::of("($)($)", subs)
            }
            9 if self.may_walrus => {
                let value = self.expr(&item);
                let name = self.fresh("w");
                self.bind(&name, item);
                Expr::of(&format!("({name} := $)"), vec![value])
            }
            10 => self.row("next((v for v in $ if $), $)", "EbT", &Ty::list(item)),
            _ => self.row("($ or $)", "..", &item),
        }
    }
}
