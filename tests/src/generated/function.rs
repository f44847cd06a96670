//! Functions, generators and classes: their definitions, and calls of them.

use super::scope::{Class, Func, Gen};
use super::tree::{Clause, Expr, Part, Stmt};
use super::types::Ty;

impl Gen {
    /// A call that gives this type.
    pub fn call(&mut self, ty: &Ty) -> Option<Expr> {
        let fitting: Vec<usize> = (0..self.funcs.len())
            .filter(|i| {
                let func = &self.funcs[*i];
                !func.is_generator && ty.takes(&func.ret) && self.is_cheap(func.cost)
            })
            .collect();
        if fitting.is_empty() {
            return None;
        }
        let func = self.funcs[*self.random.pick(&fitting)].clone();
        Some(self.call_of(&func))
    }

    /// A call of this function.
    pub fn call_of(&mut self, func: &Func) -> Expr {
        self.cost = self.cost.saturating_add(self.multiplicity.saturating_mul(func.cost));
        let mut subs = Vec::new();
        let mut words = Vec::new();
        let n_given = func.params.len() - if self.random.chance(50) { func.n_defaults } else { 0 };
        let is_keyword = func.rest.is_none() && self.random.chance(15);
        if is_keyword {
            for (name, ty) in func.params[..n_given].iter().rev() {
                words.push(format!("{name}=$"));
                subs.push(self.argument(ty));
            }
        } else if func.rest.is_none() && n_given > 0 && self.random.chance(10) {
            let items = func.params[..n_given].iter().map(|(_, t)| self.argument(t)).collect();
            words.push("*[$]".to_owned());
            subs.push(Expr::list(items));
        } else {
            for (_, ty) in &func.params[..n_given] {
                words.push("$".to_owned());
                subs.push(self.argument(ty));
            }
            if let Some(rest) = func.rest.clone().filter(|_| n_given == func.params.len()) {
                for _ in 0..self.random.below(3) {
                    words.push("$".to_owned());
                    subs.push(self.argument(&rest));
                }
                if self.random.chance(25) {
                    words.push("*$".to_owned());
                    subs.push(self.expr(&Ty::list(rest)));
                }
            }
        }
        for (name, ty) in &func.keywords {
            if self.random.chance(50) {
                words.push(format!("{name}=$"));
                subs.push(self.argument(ty));
            }
        }
        Expr::of(&format!("{}({})", func.name, words.join(", ")), subs)
    }

    /// An argument: now and then of another type of number than is said, so that code is specialised anew.
    fn argument(&mut self, ty: &Ty) -> Expr {
        match ty {
            Ty::Int if self.random.chance(6) => self.expr(&Ty::Num),
            _ => self.expr(ty),
        }
    }

    /// The head of a new function, whose parameters come into scope.
    fn signature(&mut self, prefix: &str) -> (Func, Expr) {
        let mut func = Func {
            name: self.fresh(prefix),
            params: Vec::new(),
            n_defaults: 0,
            rest: None,
            keywords: Vec::new(),
            ret: Ty::variable(&mut self.random),
            is_generator: false,
            cost: 1,
        };
        if matches!(func.ret, Ty::Set(_) | Ty::Frozen(_)) && self.random.chance(50) {
            func.ret = Ty::Int;
        }
        let mut words = Vec::new();
        let mut subs = Vec::new();
        for at in 0..self.random.between(0, 3) {
            let (name, ty) = (self.fresh("p"), Ty::variable(&mut self.random));
            let is_default = func.n_defaults > 0 || at > 0 && self.random.chance(25);
            words.push(if is_default { format!("{name}=$") } else { name.clone() });
            if is_default {
                func.n_defaults += 1;
                subs.push(self.default(&ty));
            }
            func.params.push((name, ty));
        }
        if self.random.chance(15) {
            let (name, ty) = (self.fresh("r"), Ty::scalar(&mut self.random));
            words.push(format!("*{name}"));
            self.bind(&name, Ty::Many(Box::new(ty.clone())));
            func.rest = Some(ty);
        }
        if self.random.chance(15) {
            let (name, ty) = (self.fresh("k"), Ty::scalar(&mut self.random));
            if func.rest.is_none() {
                words.push("*".to_owned());
            }
            words.push(format!("{name}=$"));
            subs.push(self.default(&ty));
            self.bind(&name, ty.clone());
            func.keywords.push((name, ty));
        }
        for (name, ty) in func.params.clone() {
            self.bind(&name, ty);
        }
        let head = format!("def {}({})", func.name, words.join(", "));
        (func, Expr::of(&head, subs))
    }

    /// A default, which sees no fields.
    fn default(&mut self, ty: &Ty) -> Expr {
        let vars = std::mem::take(&mut self.vars);
        let value = self.literal(ty);
        self.vars = vars;
        value
    }

    /// A function, which may be called from then on.
    pub fn function(&mut self) -> Stmt {
        let is_generator = self.random.chance(15);
        let n_vars = self.vars.len();
        let before = (self.multiplicity, self.cost, self.is_loop, self.may_walrus);
        (self.multiplicity, self.cost, self.is_loop, self.may_walrus) = (1, 1, false, true);
        let (mut func, head) = self.signature(if is_generator { "g" } else { "f" });
        func.is_generator = is_generator;
        if is_generator {
            func.ret = Ty::any(&mut self.random, 1);
        }
        let body = self.body(&func);
        func.cost = self.cost;
        (self.multiplicity, self.cost, self.is_loop, self.may_walrus) = before;
        self.vars.truncate(n_vars);
        self.funcs.push(func);
        Stmt::block(head, body)
    }

    fn body(&mut self, func: &Func) -> Vec<Stmt> {
        let mut body = Vec::new();
        for _ in 0..self.random.between(0, 3) {
            body.extend(self.stmt(2, Some(func)));
        }
        if func.is_generator {
            for _ in 0..self.random.between(1, 2) {
                body.push(self.yielding(&func.ret.clone()));
            }
        } else {
            self.fuel = 8;
            let value = self.expr(&func.ret);
            body.push(Stmt::line("return $", vec![value]));
        }
        body
    }

    fn yielding(&mut self, item: &Ty) -> Stmt {
        self.fuel = 5;
        match self.random.below(3) {
            0 => {
                let value = self.expr(item);
                Stmt::line("yield $", vec![value])
            }
            1 => {
                let items = self.expr(&Ty::list(item.clone()));
                Stmt::line("yield from $", vec![items])
            }
            _ => self.inner(1, |this| {
                let (target, iterable, n) = this.iteration();
                this.multiplicity = this.multiplicity.saturating_mul(n);
                let value = this.expr(item);
                Stmt::block(
                    Expr::of(&format!("for {target} in $"), vec![iterable]),
                    vec![Stmt::line("yield $", vec![value])],
                )
            }),
        }
    }

    /// A function that calls itself, or two that call each other; they end since a count goes down.
    pub fn recursive(&mut self) -> Vec<Stmt> {
        let (ret, kind) = (Ty::scalar(&mut self.random), self.random.below(4));
        let (name, other) = (self.fresh("rec"), self.fresh("rec"));
        let extra = Ty::scalar(&mut self.random);
        let n_vars = self.vars.len();
        let saved = (self.is_loop, self.may_walrus, self.multiplicity, self.cost);
        // What goes down deep must not grow on the way.
        (self.is_loop, self.may_walrus, self.multiplicity, self.cost) = (true, false, 20, 1);
        let (n, x, below) = (self.fresh("n"), self.fresh("p"), self.fresh("b"));
        self.bind_fixed(&n, Ty::Int);
        self.bind_fixed(&x, extra.clone());
        self.fuel = 4;
        let (base, next) = (self.expr(&ret), self.expr(&extra));
        self.bind_fixed(&below, ret.clone());
        let result = self.expr(&ret);
        let callee = if kind == 0 { &other } else { &name };
        let stop = Stmt::Block(vec![Clause::new(
            Expr::text(format!("if {n} <= 0")),
            vec![Stmt::line("return $", vec![base])],
        )]);
        let step = if kind == 1 {
            format!("{below} = [{name}({n} - 1, $), {name}({n} - 2, $)][0]")
        } else {
            format!("{below} = {callee}({n} - 1, $)")
        };
        let steps = vec![next.clone(); if kind == 1 { 2 } else { 1 }];
        let def = |name: &str| Expr::text(format!("def {name}({n}, {x})"));
        let mut all = vec![Stmt::block(
            def(&name),
            vec![stop.clone(), Stmt::Fixed(Expr::of(&step, steps)), Stmt::line("return $", vec![result])],
        )];
        if kind == 0 {
            let back = Expr::of(&format!("return {name}({n} - 1, $)"), vec![next]);
            all.push(Stmt::block(def(&other), vec![stop, Stmt::Line(back)]));
        }
        let cost = self.cost.saturating_mul(10);
        (self.is_loop, self.may_walrus, self.multiplicity, self.cost) = saved;
        self.vars.truncate(n_vars);
        let params = vec![(n, Ty::Small), (x, extra)];
        self.funcs.push(Func {
            name,
            params,
            n_defaults: 0,
            rest: None,
            keywords: Vec::new(),
            ret,
            is_generator: false,
            cost,
        });
        all
    }

    /// A class, which may be used from then on.
    pub fn class(&mut self) -> Stmt {
        let name = self.fresh("C");
        let bases: Vec<usize> =
            (0..self.classes.len()).filter(|c| !self.classes[*c].name.starts_with("CD")).collect();
        let base = (!bases.is_empty() && self.random.chance(40))
            .then(|| self.classes[*self.random.pick(&bases)].clone());
        let is_data = base.is_none() && self.random.chance(35);
        let name = if is_data { name.replace('C', "CD") } else { name };
        let own: Vec<(String, Ty)> =
            (0..self.random.between(1, 2)).map(|_| (self.fresh("m"), Ty::any(&mut self.random, 1))).collect();
        let mut class = Class {
            name: name.clone(),
            fields: base.iter().flat_map(|b| b.fields.clone()).chain(own.clone()).collect(),
            methods: base.iter().flat_map(|b| b.methods.clone()).collect(),
            operators: base.iter().flat_map(|b| b.operators.clone()).collect(),
            is_ordered: base.as_ref().is_some_and(|b| b.is_ordered),
            is_sequence: base.as_ref().is_some_and(|b| b.is_sequence),
            is_callable: base.as_ref().is_some_and(|b| b.is_callable),
        };
        let mut body = Vec::new();
        let mut head = format!("class {name}");
        if is_data {
            let order = self.random.chance(50);
            class.is_ordered = order;
            head = format!(
                "@dataclasses.dataclass(frozen=True{})\n{head}",
                if order { ", order=True" } else { "" }
            );
            body.extend(class.fields.iter().map(|(f, _)| Stmt::Fixed(Expr::text(format!("{f}: object")))));
        } else {
            body.push(Self::init(&class.fields, base.as_ref(), &own));
            body.push(self.repr_method(&class));
        }
        if let Some(base) = &base {
            head.push_str(&format!("({})", base.name));
        }
        for _ in 0..self.random.between(1, 3) {
            body.push(self.method(&mut class));
        }
        self.classes.push(class);
        Stmt::block(Expr::text(head), body)
    }

    fn init(fields: &[(String, Ty)], base: Option<&Class>, own: &[(String, Ty)]) -> Stmt {
        let names: Vec<&str> = fields.iter().map(|(f, _)| f.as_str()).collect();
        let mut body: Vec<Stmt> = Vec::new();
        if let Some(base) = base {
            let passed: Vec<&str> = base.fields.iter().map(|(f, _)| f.as_str()).collect();
            body.push(Stmt::Fixed(Expr::text(format!("super().__init__({})", passed.join(", ")))));
        }
        body.extend(own.iter().map(|(f, _)| Stmt::Fixed(Expr::text(format!("self.{f} = {f}")))));
        Stmt::block(Expr::text(format!("def __init__(self, {})", names.join(", "))), body)
    }

    fn repr_method(&mut self, class: &Class) -> Stmt {
        let shown: Vec<String> = class.fields.iter().map(|(f, _)| format!("{{self.{f}!r}}")).collect();
        let line = format!("return f'{}({})'", class.name, shown.join(", "));
        let name = if self.random.chance(80) { "__repr__" } else { "__str__" };
        let mut body = vec![Stmt::Fixed(Expr::text(line.clone()))];
        if name == "__str__" {
            body = vec![
                Stmt::Fixed(Expr::text(line)),
                Stmt::block(
                    Expr::text("def __repr__(self)"),
                    vec![Stmt::Fixed(Expr::text("return 'R' + str(self)"))],
                ),
            ];
            let second = body.pop();
            return Stmt::Block(vec![Clause::new(
                Expr::text("if True"),
                [Stmt::block(Expr::text("def __str__(self)"), body)].into_iter().chain(second).collect(),
            )]);
        }
        Stmt::block(Expr::text(format!("def {name}(self)")), body)
    }

    /// A method of a class that is being written.
    fn method(&mut self, class: &mut Class) -> Stmt {
        let n_vars = self.vars.len();
        let saved = (self.multiplicity, self.cost, self.may_walrus);
        (self.multiplicity, self.cost, self.may_walrus) = (1, 1, true);
        for (field, ty) in class.fields.clone() {
            self.bind_fixed(&format!("self.{field}"), ty);
        }
        self.fuel = 6;
        let stmt = match self.random.below(9) {
            0 => {
                class.is_ordered = true;
                let field = &class.fields[0].0;
                self.simple_method(
                    "__lt__(self, other)",
                    &Expr::text(format!("self.{field} < other.{field}")),
                )
            }
            1 => {
                let field = &class.fields[0].0;
                let line = format!("isinstance(other, {}) and self.{field} == other.{field}", class.name);
                self.simple_method("__eq__(self, other)", &Expr::text(line))
            }
            2 => {
                class.is_sequence = true;
                let item = self.expr(&Ty::Int);
                let n = self.expr(&Ty::Small);
                let get = self.simple_method("__getitem__(self, i)", &Expr::of("[$, 2, 3][i]", vec![item]));
                let len = self.simple_method("__len__(self)", &n);
                Stmt::Block(vec![Clause::new(Expr::text("if True"), vec![get, len])])
            }
            3 => {
                class.is_callable = true;
                self.bind_fixed("x", Ty::Int);
                let value = self.expr(&Ty::Int);
                self.simple_method("__call__(self, x)", &value)
            }
            4 => {
                let op = *self.random.pick(&["+", "-", "*"]);
                let word = if op == "+" {
                    "__add__"
                } else if op == "-" {
                    "__sub__"
                } else {
                    "__mul__"
                };
                class.operators.push(op);
                let fields: Vec<Ty> = class.fields.iter().map(|(_, t)| t.clone()).collect();
                let values = fields.iter().map(|t| self.expr(t)).collect();
                let made = Expr::of(&format!("{}($)", class.name), vec![Expr::list(values)]);
                self.simple_method(&format!("{word}(self, other)"), &made)
            }
            5 => {
                let value = self.expr(&Ty::Bool);
                self.simple_method("__bool__(self)", &value)
            }
            _ => {
                let (mut func, head) = self.signature("m");
                func.ret = Ty::any(&mut self.random, 1);
                let body = self.body(&func);
                func.cost = self.cost;
                let mut head = head;
                if let Some(Part::Text(text)) = head.0.first_mut() {
                    *text = text.replace(
                        '(',
                        if func.params.is_empty() && func.rest.is_none() && func.keywords.is_empty() {
                            "(self"
                        } else {
                            "(self, "
                        },
                    );
                }
                class.methods.push(func);
                Stmt::block(head, body)
            }
        };
        (self.multiplicity, self.cost, self.may_walrus) = saved;
        self.vars.truncate(n_vars);
        stmt
    }

    fn simple_method(&mut self, head: &str, value: &Expr) -> Stmt {
        Stmt::block(Expr::text(format!("def {head}")), vec![Stmt::line("return $", vec![value.clone()])])
    }

    /// An instance made of literals.
    pub fn instance(&mut self, class: usize) -> Expr {
        let class = self.classes[class].clone();
        let values = class.fields.iter().map(|(_, t)| self.leaf(t)).collect();
        Expr::of(&format!("{}($)", class.name), vec![Expr::list(values)])
    }

    /// An instance.
    pub fn object(&mut self, at: usize) -> Expr {
        let class = self.classes[at].clone();
        if !class.operators.is_empty() && self.random.chance(40) {
            let op = *self.random.pick(&class.operators);
            let subs = vec![self.expr(&Ty::Object(at)), self.expr(&Ty::Object(at))];
            return Expr::of(&format!("($ {op} $)"), subs);
        }
        let values = class.fields.iter().map(|(_, t)| self.expr(t)).collect();
        Expr::of(&format!("{}($)", class.name), vec![Expr::list(values)])
    }

    /// Something of this type that an instance gives.
    pub fn of_object(&mut self, ty: &Ty) -> Option<Expr> {
        if self.classes.is_empty() {
            return None;
        }
        let at = self.random.below(self.classes.len());
        let class = self.classes[at].clone();
        let methods: Vec<&Func> =
            class.methods.iter().filter(|m| ty.takes(&m.ret) && self.is_cheap(m.cost)).collect();
        let fields: Vec<&String> = class.fields.iter().filter(|(_, t)| ty.takes(t)).map(|(f, _)| f).collect();
        let object = Ty::Object(at);
        if !methods.is_empty() && self.random.chance(60) {
            let method = (*self.random.pick(&methods)).clone();
            let on = self.expr(&object);
            let mut call = self.call_of(&method);
            call.0.insert(0, Part::Text(".".to_owned()));
            call.0.insert(0, Part::Sub(on));
            return Some(call);
        }
        if !fields.is_empty() && self.random.chance(70) {
            let field = (*self.random.pick(&fields)).clone();
            let on = self.expr(&object);
            return Some(Expr::of(&format!("$.{field}"), vec![on]));
        }
        let template = match ty {
            Ty::Int if class.is_sequence && self.random.chance(50) => ("$[$]", "ok"),
            Ty::Int if class.is_sequence => ("len($)", "o"),
            Ty::Int if class.is_callable => ("$($)", "oi"),
            Ty::Bool if class.is_ordered && self.random.chance(50) => ("($ < $)", "oo"),
            Ty::Bool if self.random.chance(50) => ("($ == $)", "oo"),
            Ty::Bool => ("bool($)", "o"),
            Ty::Str => ("repr($)", "o"),
            Ty::List(item) if **item == Ty::Int && class.is_sequence => ("list($)", "o"),
            _ => return None,
        };
        let subs = template.1.chars().map(|c| match c {
            'o' => self.expr(&object),
            'k' => self.expr(&Ty::Small),
            _ => self.expr(&Ty::Int),
        });
        Some(Expr::of(template.0, subs.collect()))
    }
}
