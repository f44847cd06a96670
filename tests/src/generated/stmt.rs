//! Statements, in functions and at the edge.

use super::scope::{Func, Gen};
use super::tree::{Clause, Expr, Stmt};
use super::types::Ty;

/// Exceptions that programs raise and catch.
const EXCEPTIONS: &[&str] = &[
    "ValueError",
    "ZeroDivisionError",
    "KeyError",
    "IndexError",
    "TypeError",
    "OverflowError",
    "Exception",
    "ArithmeticError",
    "LookupError",
    "(ValueError, TypeError)",
    "StopIteration",
    "AssertionError",
];

impl Gen {
    /// A statement, with others in it to this depth; within a function, of which it may return or yield.
    pub fn stmt(&mut self, depth: usize, func: Option<&Func>) -> Vec<Stmt> {
        self.fuel = 6;
        let kind = if depth == 0 { self.random.below(9) } else { self.random.below(22) };
        match kind {
            0..=4 => vec![self.assignment()],
            5 => vec![self.rebinding()],
            6 => self.unpacking(),
            7 => self.leaving(func),
            8 => vec![self.assertion()],
            9..=12 => vec![self.choice(depth, func)],
            13..=15 => vec![self.for_loop(depth, func)],
            16 => self.while_loop(depth, func),
            17 | 18 => vec![self.attempt(depth, func)],
            19 => vec![self.matching(depth, func)],
            20 => self.fold(),
            _ => vec![self.closure()],
        }
    }

    /// Statements at one depth; what they bind may be unbound behind them.
    fn stmts(&mut self, depth: usize, func: Option<&Func>) -> Vec<Stmt> {
        let n_vars = self.vars.len();
        let n = self.random.between(1, 2);
        let made = (0..n).flat_map(|_| self.stmt(depth, func)).collect();
        self.vars.truncate(n_vars);
        made
    }

    fn assignment(&mut self) -> Stmt {
        let ty = Ty::variable(&mut self.random);
        let value = self.expr(&ty);
        let name = self.fresh("x");
        self.bind(&name, ty);
        let annotation = if self.random.chance(8) { ": object" } else { "" };
        Stmt::line(&format!("{name}{annotation} = $"), vec![value])
    }

    /// A variable gets a new value: of its type mostly, at times of another.
    fn rebinding(&mut self) -> Stmt {
        let names: Vec<usize> = (0..self.vars.len()).filter(|i| self.vars[*i].is_assignable).collect();
        if names.is_empty() {
            return self.assignment();
        }
        let var = self.vars[*self.random.pick(&names)].clone();
        let wanted = if self.random.chance(20) { Ty::any(&mut self.random, 1) } else { var.ty.clone() };
        let value = self.expr(&wanted);
        let value = if self.is_loop { self.bounded(value, &wanted) } else { value };
        Stmt::line(&format!("{} = $", var.name), vec![value])
    }

    /// Keeps what is carried around a loop from growing without bound.
    fn bounded(&mut self, value: Expr, ty: &Ty) -> Expr {
        match ty {
            Ty::Str | Ty::Bytes | Ty::List(_) | Ty::Many(_) => Expr::of("$[-12:]", vec![value]),
            Ty::Int if self.random.chance(30) => Expr::of("$ % 1000003", vec![value]),
            Ty::Int if self.random.chance(20) => Expr::of("$ & 0xFFFFFFFFFFFFFFFF", vec![value]),
            _ => value,
        }
    }

    fn unpacking(&mut self) -> Vec<Stmt> {
        let (a, b) = (self.fresh("x"), self.fresh("x"));
        let item = Ty::any(&mut self.random, 1);
        let other = Ty::any(&mut self.random, 1);
        let line = match self.random.below(5) {
            0 => {
                let subs = vec![self.expr(&item), self.expr(&other)];
                self.bind(&a, item);
                self.bind(&b, other);
                Stmt::line(&format!("{a}, {b} = $, $"), subs)
            }
            1 => {
                let value = self.expr(&Ty::Tuple(vec![item.clone(), other.clone()]));
                self.bind(&a, item);
                self.bind(&b, other);
                Stmt::line(&format!("{a}, {b} = $"), vec![value])
            }
            2 => {
                let value = self.expr(&Ty::list(item.clone()));
                self.bind(&a, item.clone());
                self.bind(&b, Ty::list(item));
                Stmt::line(&format!("{a}, *{b} = $"), vec![value])
            }
            3 => {
                let value = self.expr(&Ty::Str);
                self.bind(&b, Ty::Str);
                self.bind(&a, Ty::list(Ty::Str));
                Stmt::line(&format!("*{a}, {b} = $"), vec![value])
            }
            _ => {
                let value = self.expr(&item);
                self.bind(&a, item.clone());
                self.bind(&b, item);
                Stmt::line(&format!("{a} = {b} = $"), vec![value])
            }
        };
        vec![line]
    }

    /// A way out of what is around: a return, a raise.
    fn leaving(&mut self, func: Option<&Func>) -> Vec<Stmt> {
        let test = self.expr(&Ty::Bool);
        let body = match func {
            Some(func) if !func.is_generator && self.random.chance(60) => {
                let value = self.expr(&func.ret.clone());
                Stmt::line("return $", vec![value])
            }
            _ => {
                let value = self.expr(&Ty::Any);
                let class = *self.random.pick(&[
                    "ValueError",
                    "KeyError",
                    "ZeroDivisionError",
                    "IndexError",
                    "RuntimeError",
                ]);
                Stmt::line(&format!("raise {class}($)"), vec![value])
            }
        };
        vec![Stmt::block(Expr::of("if $", vec![test]), vec![body])]
    }

    fn assertion(&mut self) -> Stmt {
        if self.random.chance(60) {
            return self.assignment();
        }
        let subs = vec![self.expr(&Ty::Bool), self.expr(&Ty::Str)];
        Stmt::line("assert $ or len(str(0)), $", subs)
    }

    fn choice(&mut self, depth: usize, func: Option<&Func>) -> Stmt {
        // A name that both ways bind is known behind them, with whatever type.
        let shared = self
            .random
            .chance(40)
            .then(|| (self.fresh("x"), Ty::scalar(&mut self.random), Ty::scalar(&mut self.random)));
        let test = self.expr(&Ty::Bool);
        let mut body = self.stmts(depth - 1, func);
        let mut clauses = Vec::new();
        if let Some((name, ty, _)) = &shared {
            let value = self.expr(ty);
            body.push(Stmt::line(&format!("{name} = $"), vec![value]));
        }
        clauses.push(Clause::new(Expr::of("if $", vec![test]), body));
        if shared.is_none() && self.random.chance(30) {
            self.fuel = 3;
            let test = self.expr(&Ty::Bool);
            clauses.push(Clause::optional(Expr::of("elif $", vec![test]), self.stmts(depth - 1, func)));
        }
        if shared.is_some() || self.random.chance(50) {
            let mut body = self.stmts(depth - 1, func);
            if let Some((name, _, ty)) = &shared {
                let value = self.expr(ty);
                body.push(Stmt::line(&format!("{name} = $"), vec![value]));
            }
            clauses.push(Clause::optional(Expr::text("else"), body));
        }
        if let Some((name, a, b)) = shared {
            self.bind(&name, if a == b { a } else { Ty::Any });
        }
        Stmt::Block(clauses)
    }

    fn for_loop(&mut self, depth: usize, func: Option<&Func>) -> Stmt {
        let was_loop = std::mem::replace(&mut self.is_loop, true);
        let made = self.inner(1, |this| {
            let (target, iterable, n) = this.iteration();
            this.multiplicity = this.multiplicity.saturating_mul(n);
            let mut body = this.stmts(depth - 1, func);
            if this.random.chance(60) {
                body.push(this.rebinding());
            }
            if this.random.chance(30) {
                this.fuel = 3;
                let test = this.expr(&Ty::Bool);
                let word = if this.random.chance(50) { "break" } else { "continue" };
                body.insert(
                    this.random.below(body.len() + 1),
                    Stmt::block(Expr::of("if $", vec![test]), vec![Stmt::line(word, vec![])]),
                );
            }
            let mut clauses =
                vec![Clause::new(Expr::of(&format!("for {target} in $"), vec![iterable]), body)];
            if this.random.chance(15) {
                clauses.push(Clause::optional(Expr::text("else"), this.stmts(depth - 1, func)));
            }
            Stmt::Block(clauses)
        });
        self.is_loop = was_loop;
        made
    }

    fn while_loop(&mut self, depth: usize, func: Option<&Func>) -> Vec<Stmt> {
        let count = self.fresh("i");
        let n = self.random.between(2, 8);
        let was_loop = std::mem::replace(&mut self.is_loop, true);
        let made = self.inner(n, |this| {
            this.bind_fixed(&count, Ty::Int);
            let head = if this.random.chance(50) {
                Expr::text(format!("while {count} < {n}"))
            } else {
                let test = this.expr(&Ty::Bool);
                Expr::of(&format!("while {count} < {n} and $"), vec![test])
            };
            let mut body = vec![Stmt::Fixed(Expr::text(format!("{count} = {count} + 1")))];
            body.extend(this.stmts(depth - 1, func));
            body.push(this.rebinding());
            let mut clauses = vec![Clause::new(head, body)];
            if this.random.chance(15) {
                clauses.push(Clause::optional(Expr::text("else"), this.stmts(depth - 1, func)));
            }
            Stmt::Block(clauses)
        });
        self.is_loop = was_loop;
        vec![Stmt::Fixed(Expr::text(format!("{count} = 0"))), made]
    }

    fn attempt(&mut self, depth: usize, func: Option<&Func>) -> Stmt {
        let mut body = self.stmts(depth - 1, func);
        body.push(self.rebinding());
        let mut clauses = vec![Clause::new(Expr::text("try"), body)];
        let is_finally = self.random.chance(20);
        for _ in 0..self.random.between(usize::from(!is_finally), 2) {
            let class = *self.random.pick(EXCEPTIONS);
            let error = self.fresh("e");
            let n_vars = self.vars.len();
            self.bind_fixed(&format!("str({error})"), Ty::Str);
            self.bind_fixed(&format!("type({error}).__name__"), Ty::Str);
            let mut body = self.stmts(depth - 1, func);
            if self.random.chance(15) {
                body.push(Stmt::line("raise", vec![]));
            } else if self.random.chance(15) {
                self.fuel = 2;
                let value = self.expr(&Ty::Str);
                body.push(Stmt::line(&format!("raise RuntimeError($) from {error}"), vec![value]));
            } else {
                body.push(self.rebinding());
            }
            self.vars.truncate(n_vars);
            clauses.push(Clause::new(Expr::text(format!("except {class} as {error}")), body));
        }
        if clauses.len() > 1 && self.random.chance(25) {
            clauses.push(Clause::optional(Expr::text("else"), self.stmts(depth - 1, func)));
        }
        if is_finally {
            // A return in `finally` swallows what was raised: rare, and worth it.
            let func = func.filter(|_| self.random.chance(10));
            clauses.push(Clause::new(Expr::text("finally"), self.stmts(depth - 1, func)));
        }
        Stmt::Block(clauses)
    }

    fn matching(&mut self, depth: usize, func: Option<&Func>) -> Stmt {
        let ty = if self.random.chance(50) { Ty::Any } else { Ty::any(&mut self.random, 2) };
        let subject = self.expr(&ty);
        let mut cases = Vec::new();
        for _ in 0..self.random.between(1, 3) {
            let n_vars = self.vars.len();
            let pattern = self.pattern(2);
            self.fuel = 4;
            let mut head = format!("case {pattern}");
            let mut subs = Vec::new();
            if self.random.chance(25) {
                head.push_str(" if $");
                subs.push(self.expr(&Ty::Bool));
            }
            let body = self.stmts(depth - 1, func);
            self.vars.truncate(n_vars);
            cases.push(Stmt::block(Expr::of(&head, subs), body));
        }
        cases.push(Stmt::block(Expr::text("case _"), vec![self.rebinding()]));
        Stmt::block(Expr::of("match $", vec![subject]), cases)
    }

    /// A pattern, whose names come into scope.
    fn pattern(&mut self, depth: usize) -> String {
        let kind = if depth == 0 { self.random.below(7) } else { self.random.below(13) };
        match kind {
            0 => self.random.pick(&["0", "1", "-1", "2.5", "9223372036854775808", "1+2j"]).to_string(),
            1 => self.random.pick(&["''", "'a'", "b'a'", "'abc'", "'b' | 'c'"]).to_string(),
            2 => self.random.pick(&["None", "True", "False", "0 | 1", "True | None"]).to_string(),
            3 | 4 => {
                let name = self.fresh("c");
                let (class, ty) = self
                    .random
                    .pick(&[
                        ("int", Ty::Int),
                        ("str", Ty::Str),
                        ("float", Ty::Float),
                        ("bool", Ty::Bool),
                        ("list", Ty::list(Ty::Any)),
                        ("bytes", Ty::Bytes),
                    ])
                    .clone();
                self.bind(&name, ty);
                format!("{class}({name})")
            }
            5 | 6 => {
                let name = self.fresh("c");
                self.bind(&name, Ty::Any);
                // A name alone takes everything: only the last case may.
                format!("[{name}]")
            }
            7 | 8 => {
                let (first, rest) = (self.pattern(depth - 1), self.fresh("c"));
                self.bind(&rest, Ty::list(Ty::Any));
                if self.random.chance(50) {
                    format!("[{first}, *{rest}]")
                } else {
                    format!("({first}, *{rest}, _)")
                }
            }
            9 => {
                let (a, b) = (self.pattern(depth - 1), self.pattern(depth - 1));
                format!("({a}, {b})")
            }
            10 => {
                let (value, rest) = (self.pattern(depth - 1), self.fresh("c"));
                self.bind(&rest, Ty::Dict(Box::new(Ty::Str), Box::new(Ty::Any)));
                format!("{{'a': {value}, **{rest}}}")
            }
            11 => {
                let name = self.fresh("c");
                let inner = self.pattern(depth - 1);
                self.bind(&name, Ty::Any);
                format!("({inner}) as {name}")
            }
            _ => match self.classes.is_empty() {
                true => "()".to_owned(),
                false => {
                    let at = self.random.below(self.classes.len());
                    let class = self.classes[at].clone();
                    let inner = self.pattern(depth - 1);
                    format!("{}({}={inner})", class.name, class.fields[0].0)
                }
            },
        }
    }

    /// A loop that carries a value, as reductions are written by hand; the value may change its type on the way.
    fn fold(&mut self) -> Vec<Stmt> {
        let total = self.fresh("t");
        let ty = self
            .random
            .pick(&[Ty::Int, Ty::Int, Ty::Num, Ty::Float, Ty::Str, Ty::list(Ty::Int), Ty::list(Ty::Any)])
            .clone();
        let start = self.literal(&ty);
        let was_loop = std::mem::replace(&mut self.is_loop, true);
        let (head, line) = self.inner(1, |this| {
            let (target, iterable, n) = this.iteration();
            this.multiplicity = this.multiplicity.saturating_mul(n);
            this.bind_fixed(&total, ty.clone());
            let head = Expr::of(&format!("for {target} in $"), vec![iterable]);
            let line = match &ty {
                Ty::Str => {
                    let value = this.expr(&Ty::Str);
                    Expr::of(&format!("{total} = ({total} + $)[-40:]"), vec![value])
                }
                Ty::List(item) => {
                    let value = this.expr(item);
                    Expr::of(&format!("{total} = {total} + [$]"), vec![value])
                }
                _ if this.random.chance(40) => {
                    let value = this.expr(&ty);
                    Expr::of(&format!("{total} = {total} + $"), vec![value])
                }
                Ty::Int if this.random.chance(50) => {
                    Expr::text(format!("{total} = {total} * 3 + 1 if {total} < 10 ** 25 else {total} // 2"))
                }
                _ => {
                    let value = this.expr(&ty);
                    Expr::of(&format!("{total} = $"), vec![value])
                }
            };
            (head, line)
        });
        self.is_loop = was_loop;
        self.bind(&total, ty);
        vec![Stmt::line(&format!("{total} = $"), vec![start]), Stmt::block(head, vec![Stmt::Line(line)])]
    }

    /// A function within, which sees the names around it.
    fn closure(&mut self) -> Stmt {
        let name = self.fresh("h");
        let (param, ret) = (Ty::scalar(&mut self.random), Ty::scalar(&mut self.random));
        let x = self.fresh("p");
        let n_vars = self.vars.len();
        let before = self.cost;
        for var in &mut self.vars {
            var.is_assignable = false;
        }
        self.bind(&x, param.clone());
        let mut body: Vec<Stmt> = if self.random.chance(30) { vec![self.assignment()] } else { Vec::new() };
        let value = self.expr(&ret);
        body.push(Stmt::line("return $", vec![value]));
        self.vars.truncate(n_vars);
        let cost = (self.cost - before).max(1) / self.multiplicity.max(1) + 1;
        self.cost = before;
        // Called in place, since it goes out of scope with the block.
        let call = format!("{name}($)");
        let argument = self.expr(&param);
        let def = Stmt::block(Expr::text(format!("def {name}({x})")), body);
        self.cost = self.cost.saturating_add(cost.saturating_mul(self.multiplicity));
        let result = self.fresh("x");
        self.bind(&result, ret);
        Stmt::Block(vec![Clause::new(
            Expr::text("if True"),
            vec![def, Stmt::line(&format!("{result} = {call}"), vec![argument])],
        )])
    }
}
