//! Whole programs: definitions, then an edge that calls, prints and binds anew.

use super::scope::Gen;
use super::tree::{Clause, Expr, Stmt};
use super::types::Ty;

const IMPORTS: [&str; 5] =
    ["import math", "import functools", "import itertools", "import operator", "import dataclasses"];

/// The program of this number, of this seed.
pub fn program(seed: u64, number: u64) -> Vec<Stmt> {
    let mut generator = Gen::new(seed, number);
    let mut all: Vec<Stmt> = IMPORTS.iter().map(|line| Stmt::line(line, vec![])).collect();
    match number % 5 {
        1 => {
            all.extend(if number.is_multiple_of(2) { generator.folding_loop() } else { generator.kernel() });
            return all;
        }
        3 => {
            all.extend(generator.class_program());
            return all;
        }
        2 | 4 => {
            all.extend(generator.scenes());
            return all;
        }
        _ => {}
    }
    // Many small programs show more than few large ones.
    let is_small = generator.random.chance(75);
    for _ in 0..generator.random.between(0, 2) {
        all.push(generator.global());
    }
    for _ in 0..generator.random.between(1, if is_small { 2 } else { 4 }) {
        match generator.random.below(8) {
            0 | 1 => all.push(generator.class()),
            2 => all.extend(generator.recursive()),
            _ => all.push(generator.function()),
        }
    }
    let n = if is_small { generator.random.between(1, 4) } else { generator.random.between(3, 7) };
    for _ in 0..n {
        all.extend(generator.edge());
    }
    all
}

impl Gen {
    fn global(&mut self) -> Stmt {
        let (name, ty) = (self.fresh("G"), Ty::variable(&mut self.random));
        let value = self.literal(&ty);
        self.bind(&name, ty);
        Stmt::line(&format!("{name} = $"), vec![value])
    }

    /// A statement of the edge, or a few.
    fn edge(&mut self) -> Vec<Stmt> {
        self.fuel = 10;
        self.is_loop = false;
        self.may_walrus = true;
        match self.random.below(14) {
            0 | 1 => vec![self.global()],
            2 => {
                let n_vars = self.vars.len();
                let made = self.stmt(1, None);
                // What it binds may be unbound behind it.
                self.vars.truncate(n_vars);
                vec![guarded(made)]
            }
            3 => vec![self.shown_loop()],
            4 | 5 => self.remote(),
            6 => self.rebound(),
            7 => vec![self.several_types()],
            _ => vec![self.shown()],
        }
    }

    /// A print, and what it raises.
    fn shown(&mut self) -> Stmt {
        let line = self.print();
        if self.random.chance(3) { line } else { guarded(vec![line]) }
    }

    fn print(&mut self) -> Stmt {
        let ty = Ty::variable(&mut self.random);
        let value = if self.random.chance(60) {
            self.any_call().unwrap_or_else(|| (self.expr(&ty), ty))
        } else {
            (self.expr(&ty), ty)
        };
        Stmt::line("print($)", vec![visible(value.0, &value.1)])
    }

    /// A call of some function.
    fn any_call(&mut self) -> Option<(Expr, Ty)> {
        if self.funcs.is_empty() {
            return None;
        }
        let func = self.funcs[self.random.below(self.funcs.len())].clone();
        let call = self.call_of(&func);
        Some(if func.is_generator {
            (Expr::of("list($)", vec![call]), Ty::list(func.ret))
        } else {
            (call, func.ret)
        })
    }

    fn shown_loop(&mut self) -> Stmt {
        let made = self.inner(1, |this| {
            this.fuel = 5;
            let (target, iterable, n) = this.iteration();
            this.multiplicity = this.multiplicity.saturating_mul(n);
            let line = this.print();
            let iterable = if n > 50 { Expr::text("range(3)") } else { iterable };
            Stmt::block(Expr::of(&format!("for {target} in $"), vec![iterable]), vec![line])
        });
        guarded(vec![made])
    }

    /// A block on the cluster, that binds and prints.
    fn remote(&mut self) -> Vec<Stmt> {
        let (mut body, mut before) = (Vec::new(), Vec::new());
        for _ in 0..self.random.between(1, 2) {
            let (name, ty) = (self.fresh("B"), Ty::variable(&mut self.random));
            let value = self.expr(&ty);
            if self.random.chance(85) {
                // Bound also where the block raises.
                let first = self.literal(&ty);
                before.push(Stmt::line(&format!("{name} = $"), vec![first]));
            }
            self.bind(&name, ty);
            body.push(Stmt::line(&format!("{name} = $"), vec![value]));
        }
        if self.random.chance(40) {
            body.push(self.print());
        }
        before.push(guarded(vec![Stmt::Remote(body)]));
        before
    }

    /// A name that functions see gets another value between two calls.
    fn rebound(&mut self) -> Vec<Stmt> {
        let globals: Vec<usize> =
            (0..self.vars.len()).filter(|i| self.vars[*i].name.starts_with('G')).collect();
        if globals.is_empty() {
            return vec![self.shown()];
        }
        let var = self.vars[*self.random.pick(&globals)].clone();
        let wanted = if self.random.chance(30) { Ty::scalar(&mut self.random) } else { var.ty.clone() };
        let before = self.print();
        let value = self.expr(&wanted);
        let again = before.clone();
        vec![
            guarded(vec![before]),
            guarded(vec![Stmt::line(&format!("{} = $", var.name), vec![value])]),
            guarded(vec![again]),
        ]
    }

    /// One function, called with arguments of several types.
    fn several_types(&mut self) -> Stmt {
        let name = self.fresh("u");
        let (x, y) = (self.fresh("p"), self.fresh("p"));
        let outer = self.vars.clone();
        self.freeze();
        self.bind(&x, Ty::Num);
        self.bind(&y, Ty::Num);
        let mut body = self.stmt(1, None);
        self.fuel = 8;
        let ret = self.random.pick(&[Ty::Num, Ty::Bool, Ty::Int, Ty::Tuple(vec![Ty::Num, Ty::Num])]).clone();
        let value = self.expr(&ret);
        body.push(Stmt::line("return $", vec![value]));
        self.vars = outer;
        let def = Stmt::block(Expr::text(format!("def {name}({x}, {y})")), body);
        let mut all = vec![def];
        for _ in 0..self.random.between(3, 6) {
            self.fuel = 0;
            let types = [Ty::Int, Ty::Float, Ty::Bool, Ty::Num, Ty::Int, Ty::Str, Ty::Nil, Ty::list(Ty::Int)];
            let (a, b) = (self.random.pick(&types).clone(), self.random.pick(&types[..5]).clone());
            let subs = vec![self.leaf(&a), self.leaf(&b)];
            all.push(guarded(vec![Stmt::line(&format!("print({name}($, $))"), subs)]));
        }
        Stmt::Block(vec![Clause::new(Expr::text("if True"), all)])
    }
}

/// What an expression of this type shows without showing the order of a set.
fn visible(value: Expr, ty: &Ty) -> Expr {
    match ty {
        Ty::Set(_) | Ty::Frozen(_) => Expr::of("sorted(map(repr, $))", vec![value]),
        _ => Expr::of("repr($)", vec![value]),
    }
}

/// Statements, with a line for what they raise.
fn guarded(body: Vec<Stmt>) -> Stmt {
    let handler = Stmt::Fixed(Expr::text("print(type(error).__name__, error)"));
    Stmt::Block(vec![
        Clause::new(Expr::text("try"), body),
        Clause::new(Expr::text("except Exception as error"), vec![handler]),
    ])
}
