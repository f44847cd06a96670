//! A program as a tree that can be made smaller without knowing what it means, and its texts for CPython and for Afar.

/// A piece of an expression: its text, with expressions in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expr(pub Vec<Part>);

/// A part of an expression.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    /// Text as it stands.
    Text(String),
    /// An expression that another may stand for.
    Sub(Expr),
}

/// A statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stmt {
    /// One line.
    Line(Expr),
    /// One line that ends a loop or the like: it is taken away only with what is around it.
    Fixed(Expr),
    /// A compound statement.
    Block(Vec<Clause>),
    /// A `remotely` block; for CPython, the statements alone.
    Remote(Vec<Stmt>),
}

/// A head, as `while x`, with what is below it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Clause {
    /// Without the colon.
    pub head: Expr,
    /// The statements.
    pub body: Vec<Stmt>,
    /// May it be left out, as `else`.
    pub is_optional: bool,
}

/// Whose text is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reader {
    /// CPython.
    Python,
    /// Afar.
    Afar,
}

impl Expr {
    /// Text alone.
    pub fn text(text: impl Into<String>) -> Self {
        Self(vec![Part::Text(text.into())])
    }

    /// A text in which each `$` is one of these expressions, in order.
    pub fn of(template: &str, subs: Vec<Self>) -> Self {
        let mut parts = Vec::new();
        let mut subs = subs.into_iter();
        for (at, text) in template.split('$').enumerate() {
            if at > 0 {
                let sub = subs.next().map(|sub| if text.starts_with('.') { sub.before_dot() } else { sub });
                parts.extend(sub.map(Part::Sub));
            }
            if !text.is_empty() {
                parts.push(Part::Text(text.to_owned()));
            }
        }
        debug_assert!(subs.next().is_none(), "more expressions than places in {template}");
        Self(parts)
    }

    /// Such that a dot may follow.
    fn before_dot(self) -> Self {
        if self.show().starts_with(|c: char| c.is_ascii_digit() || c == '-') {
            Self::of("($)", vec![self])
        } else {
            self
        }
    }

    /// These, parted by commas.
    pub fn list(items: Vec<Self>) -> Self {
        Self::of(&vec!["$"; items.len()].join(", "), items)
    }

    /// Appends its text.
    pub fn write(&self, out: &mut String) {
        for part in &self.0 {
            match part {
                Part::Text(text) => out.push_str(text),
                Part::Sub(sub) => sub.write(out),
            }
        }
    }

    /// Its text.
    pub fn show(&self) -> String {
        let mut out = String::new();
        self.write(&mut out);
        out
    }

    /// The expressions directly in it.
    pub fn subs(&self) -> impl Iterator<Item = &Self> {
        self.0.iter().filter_map(|p| match p {
            Part::Sub(sub) => Some(sub),
            Part::Text(_) => None,
        })
    }

    /// The expressions directly in it.
    pub fn subs_mut(&mut self) -> impl Iterator<Item = &mut Self> {
        self.0.iter_mut().filter_map(|p| match p {
            Part::Sub(sub) => Some(sub),
            Part::Text(_) => None,
        })
    }
}

impl Stmt {
    /// A compound statement of one clause.
    pub fn block(head: Expr, body: Vec<Self>) -> Self {
        Self::Block(vec![Clause::new(head, body)])
    }

    /// A line.
    pub fn line(template: &str, subs: Vec<Expr>) -> Self {
        Self::Line(Expr::of(template, subs))
    }
}

impl Clause {
    /// A clause that must stay.
    pub fn new(head: Expr, body: Vec<Stmt>) -> Self {
        Self { head, body, is_optional: false }
    }

    /// A clause that may be left out.
    pub fn optional(head: Expr, body: Vec<Stmt>) -> Self {
        Self { head, body, is_optional: true }
    }
}

/// The text of a program.
pub fn render(program: &[Stmt], reader: Reader) -> String {
    let mut out = String::new();
    write(program, reader, 0, &mut out);
    out
}

fn write(body: &[Stmt], reader: Reader, depth: usize, out: &mut String) {
    let indent = "    ".repeat(depth);
    if body.is_empty() && depth > 0 {
        out.push_str(&format!("{indent}pass\n"));
    }
    for stmt in body {
        match stmt {
            Stmt::Line(line) | Stmt::Fixed(line) => out.push_str(&format!("{indent}{}\n", line.show())),
            Stmt::Block(clauses) => {
                for clause in clauses {
                    // Decorators are lines of their own.
                    let head = clause.head.show();
                    let lines: Vec<String> =
                        head.lines().map(|line| format!("{indent}{}", line.trim_start())).collect();
                    out.push_str(&format!("{}:\n", lines.join("\n")));
                    write(&clause.body, reader, depth + 1, out);
                }
            }
            Stmt::Remote(body) if reader == Reader::Python => {
                out.push_str(&format!("{indent}if True:\n"));
                write(body, reader, depth + 1, out);
            }
            Stmt::Remote(body) => {
                out.push_str(&format!("{indent}remotely <\n"));
                write(body, reader, depth + 1, out);
                out.push_str(&format!("{indent}>\n"));
            }
        }
    }
}
