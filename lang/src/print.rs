//! A tree back into text. Parsing the text gives the tree again; comments and layout are not kept.

mod exprs;
mod literals;

use crate::ast::*;

/// The text of a module.
pub fn module(module: &Module) -> String {
    let mut out = Printer { out: String::new(), level: 0 };
    out.body(&module.body);
    out.out
}

/// The text of an expression.
pub fn expr(e: &Expr) -> String {
    exprs::text(e, exprs::TEST)
}

struct Printer {
    out: String,
    level: usize,
}

fn idents(names: &[Ident]) -> String {
    names.iter().map(|n| &*n.name).collect::<Vec<_>>().join(", ")
}

fn aliases(names: &[Alias]) -> String {
    let one = |a: &Alias| match &a.asname {
        Some(asname) => format!("{} as {}", a.name.name, asname.name),
        None => a.name.name.to_string(),
    };
    names.iter().map(one).collect::<Vec<_>>().join(", ")
}

impl Printer {
    fn line(&mut self, text: &str) {
        for _ in 0..self.level {
            self.out.push_str("    ");
        }
        self.out.push_str(text);
        self.out.push('\n');
    }

    fn body(&mut self, body: &[Stmt]) {
        body.iter().for_each(|s| self.stmt(s));
    }

    fn block(&mut self, head: &str, body: &[Stmt]) {
        self.line(&format!("{head}:"));
        self.level += 1;
        self.body(body);
        self.level -= 1;
    }

    fn orelse(&mut self, orelse: &[Stmt]) {
        if !orelse.is_empty() {
            self.block("else", orelse);
        }
    }

    fn stmt(&mut self, s: &Stmt) {
        match &s.kind {
            StmtKind::Assign { .. } | StmtKind::AnnAssign { .. } => self.assign(s),
            StmtKind::Def(f) => self.def(f),
            StmtKind::Class(c) => self.class(c),
            StmtKind::If { test, body, orelse } => self.if_stmt(test, body, orelse),
            StmtKind::While { test, body, orelse } => {
                self.block(&format!("while {}", exprs::text(test, exprs::NAMED)), body);
                self.orelse(orelse);
            }
            StmtKind::For { is_async, target, iter, body, orelse } => {
                let word = if *is_async { "async for" } else { "for" };
                let (target, iter) = (exprs::target(target), exprs::text(iter, exprs::TUPLE));
                self.block(&format!("{word} {target} in {iter}"), body);
                self.orelse(orelse);
            }
            StmtKind::Try { .. } => self.try_stmt(s),
            StmtKind::With { is_async, items, body } => {
                let items: Vec<String> = items
                    .iter()
                    .map(|i| match &i.target {
                        Some(t) => format!(
                            "{} as {}",
                            exprs::text(&i.context, exprs::TEST),
                            exprs::text(t, exprs::ATOM)
                        ),
                        None => exprs::text(&i.context, exprs::TEST),
                    })
                    .collect();
                let word = if *is_async { "async with" } else { "with" };
                self.block(&format!("{word} ({},)", items.join(", ")), body);
            }
            StmtKind::Match { subject, cases } => {
                self.line(&format!("match {}:", exprs::text(subject, exprs::TUPLE)));
                self.level += 1;
                for case in cases {
                    let guard = case.guard.iter().map(|g| format!(" if {}", exprs::text(g, exprs::NAMED)));
                    let head = format!("case {}{}", exprs::pattern(&case.pattern), guard.collect::<String>());
                    self.block(&head, &case.body);
                }
                self.level -= 1;
            }
            StmtKind::Block(b) => self.remotely("", b),
            StmtKind::Return(Some(Expr { kind: ExprKind::Block(b), .. })) => self.remotely("return ", b),
            _ => {
                let text = simple(&s.kind);
                self.line(&text);
            }
        }
    }

    fn assign(&mut self, s: &Stmt) {
        let (head, value) = match &s.kind {
            StmtKind::Assign { targets, value } => {
                (targets.iter().map(|t| format!("{} = ", exprs::target(t))).collect::<String>(), Some(value))
            }
            StmtKind::AnnAssign { target, annotation, value } => {
                let head =
                    format!("{}: {}", exprs::text(target, exprs::ATOM), exprs::text(annotation, exprs::TEST));
                (if value.is_some() { format!("{head} = ") } else { head }, value.as_ref())
            }
            _ => return,
        };
        match value {
            Some(Expr { kind: ExprKind::Block(b), .. }) => self.remotely(&head, b),
            Some(value) => self.line(&format!("{head}{}", exprs::text(value, exprs::TUPLE))),
            None => self.line(&head),
        }
    }

    fn remotely(&mut self, head: &str, b: &Block) {
        if b.mode.is_none() && !b.args.is_empty() {
            // No block is called like this; one that was is refused, as it was written.
            return self.block(&format!("with remotely({})", exprs::args(&b.args)), &b.body);
        }
        let mode = match &b.mode {
            Some(mode) => format!(".{}({})", mode.name, exprs::args(&b.args)),
            None => String::new(),
        };
        self.line(&format!("{head}remotely{mode} <"));
        self.level += 1;
        self.body(&b.body);
        self.level -= 1;
        self.line(">");
    }

    fn def(&mut self, f: &Function) {
        f.decorators.iter().for_each(|d| self.line(&format!("@{}", exprs::text(d, exprs::NAMED))));
        let word = if f.is_async { "async def" } else { "def" };
        let returns =
            f.returns.iter().map(|r| format!(" -> {}", exprs::text(r, exprs::TEST))).collect::<String>();
        self.block(&format!("{word} {}({}){returns}", f.name.name, exprs::params(&f.params)), &f.body);
    }

    fn class(&mut self, c: &Class) {
        c.decorators.iter().for_each(|d| self.line(&format!("@{}", exprs::text(d, exprs::NAMED))));
        self.block(&format!("class {}({})", c.name.name, exprs::args(&c.args)), &c.body);
    }

    fn if_stmt(&mut self, test: &Expr, body: &[Stmt], orelse: &[Stmt]) {
        self.block(&format!("if {}", exprs::text(test, exprs::NAMED)), body);
        let mut rest = orelse;
        while let [Stmt { kind: StmtKind::If { test, body, orelse }, .. }] = rest {
            self.block(&format!("elif {}", exprs::text(test, exprs::NAMED)), body);
            rest = orelse;
        }
        self.orelse(rest);
    }

    fn try_stmt(&mut self, s: &Stmt) {
        let StmtKind::Try { body, handlers, orelse, finally, is_star } = &s.kind else { return };
        self.block("try", body);
        for h in handlers {
            let star = if *is_star { "*" } else { "" };
            let class =
                h.class.iter().map(|c| format!(" {}", exprs::text(c, exprs::TEST))).collect::<String>();
            let name = h.name.iter().map(|n| format!(" as {}", n.name)).collect::<String>();
            self.block(&format!("except{star}{class}{name}"), &h.body);
        }
        self.orelse(orelse);
        if !finally.is_empty() {
            self.block("finally", finally);
        }
    }
}

/// A statement that is one line.
fn simple(kind: &StmtKind) -> String {
    match kind {
        StmtKind::Expr(e) => exprs::text(e, exprs::TUPLE),
        StmtKind::AugAssign { target, op, value } => {
            format!(
                "{} {}= {}",
                exprs::text(target, exprs::ATOM),
                exprs::binary(*op).0,
                exprs::text(value, exprs::TUPLE)
            )
        }
        StmtKind::Return(Some(value)) => format!("return {}", exprs::text(value, exprs::TUPLE)),
        StmtKind::Return(None) => "return".to_owned(),
        StmtKind::Break => "break".to_owned(),
        StmtKind::Continue => "continue".to_owned(),
        StmtKind::Assert { test, message } => {
            let message =
                message.iter().map(|m| format!(", {}", exprs::text(m, exprs::TEST))).collect::<String>();
            format!("assert {}{message}", exprs::text(test, exprs::TEST))
        }
        StmtKind::Raise { exception, cause } => {
            let exception =
                exception.iter().map(|e| format!(" {}", exprs::text(e, exprs::TEST))).collect::<String>();
            let cause =
                cause.iter().map(|e| format!(" from {}", exprs::text(e, exprs::TEST))).collect::<String>();
            format!("raise{exception}{cause}")
        }
        StmtKind::Import(names) => format!("import {}", aliases(names)),
        StmtKind::ImportFrom { module, level, names } => {
            let dots = ".".repeat(*level as usize);
            let module = module.as_ref().map_or("", |m| &*m.name);
            let names = if names.is_empty() { "*".to_owned() } else { aliases(names) };
            format!("from {dots}{module} import {names}")
        }
        StmtKind::Global(names) => format!("global {}", idents(names)),
        StmtKind::Nonlocal(names) => format!("nonlocal {}", idents(names)),
        StmtKind::Delete(values) => {
            let values: Vec<String> = values.iter().map(|v| exprs::text(v, exprs::ATOM)).collect();
            format!("del {}", values.join(", "))
        }
        _ => "pass".to_owned(),
    }
}
