//! Programs of classes: a few that derive from each other, instances of them, and all that the language does with those.

use super::class_parts::{DERIVED_INITS, INITS, KINDS, MEMBERS};
use super::class_probes::{PROBES, SHARED};
use super::scenes::IMPORTS;
use super::scope::Gen;
use super::tree::{Clause, Expr, Stmt};

/// Types that a class may derive from, besides classes of the program, and how an instance is made.
const BUILTIN: &[(&str, &str)] = &[
    ("int", "(@k)"),
    ("float", "(@n)"),
    ("str", "(@s)"),
    ("tuple", "(@S)"),
    ("list", "(@L)"),
    ("dict", "(@D)"),
    ("frozenset", "(@S)"),
    ("Exception", "(@u, @u)"),
    ("KeyError", "(@u)"),
    ("bytes", "(@y)"),
    ("object", "()"),
    ("D№", "(@s)"),
    ("collections.OrderedDict", "(@D)"),
    ("collections.UserList", "(@L)"),
    ("collections.defaultdict", "(list, @D)"),
    ("collections.deque", "(@L)"),
    ("collections.Counter", "(@s)"),
    ("collections.ChainMap", "(@D, @D)"),
    ("collections.UserDict", "(@D)"),
    ("collections.UserString", "(@s)"),
    ("set", "({@i})"),
    ("complex", "(@n, 1)"),
    ("bool", "(1)"),
    ("datetime.timedelta", "(@k)"),
    ("datetime.datetime", "(2020, 2, 1 + @k, 5)"),
    ("OSError", "(@i, @s)"),
    ("StopIteration", "(@u)"),
    ("ExceptionGroup", "(@s, [ValueError(@u), KeyError(1)])"),
    ("json.JSONEncoder", "()"),
    ("string.Formatter", "()"),
    ("typing.Protocol", "()"),
    ("typing.NamedTuple", "()"),
    ("enum.Enum", "(1)"),
    ("abc.ABC", "()"),
    ("property", "(len)"),
    ("type", "(1)"),
    ("datetime.date", "(2020, 2, 1 + @k)"),
    ("Fraction", "(@i, 7)"),
    ("Decimal", "(@i)"),
];

/// The instances that a program begins with.
const NAMES: &[&str] = &["x1", "x2", "x3"];

/// A class of the program.
struct Made {
    name: String,
    /// What makes an instance.
    maker: String,
    /// May others derive from it.
    is_base: bool,
}

impl Gen {
    /// A few classes, their instances, and what is done with these.
    pub fn class_program(&mut self) -> Vec<Stmt> {
        let mut all: Vec<Stmt> = IMPORTS.iter().map(|line| Stmt::line(line, vec![])).collect();
        all.push(Stmt::line("import abc, collections.abc", vec![]));
        let number = self.fresh("");
        all.extend(self.scene(&SHARED.replace('№', &number), &number));
        let mut classes: Vec<Made> = Vec::new();
        for _ in 0..self.random.between(1, 4) {
            let text = if self.random.chance(25) {
                self.class_of_a_kind(&mut classes)
            } else {
                self.plain_class(&mut classes)
            };
            let made = self.scene(&text.replace('№', &number), &number);
            all.extend(if self.random.chance(12) { vec![guarded(made, None)] } else { made });
        }
        for name in NAMES {
            let maker = self.random.pick(&classes).maker.clone();
            let made = self.scene(&format!("{name} = {maker}"), &number);
            let instead = self.scene(&format!("{name} = @u"), &number);
            all.push(guarded(made, Some(instead)));
        }
        for _ in 0..self.random.between(5, 14) {
            let probe = *self.random.pick(PROBES);
            let text = self.with_names(probe, &classes).replace('№', &number);
            let made = self.scene(&text, &number);
            let is_guarded = matches!(&*made, [Stmt::Block(clauses)] if clauses[0].head.show() == "try");
            all.extend(if is_guarded { made } else { vec![guarded(made, None)] });
        }
        all
    }

    fn class_of_a_kind(&mut self, classes: &mut Vec<Made>) -> String {
        let name = self.fresh("K");
        let (text, maker) = *self.random.pick(KINDS);
        let mut text = text.replace("§K", &name);
        for _ in 0..self.random.below(3) {
            text.push_str(&self.member(&name, "object", classes));
        }
        classes.push(Made { maker: maker.replace("§K", &name), name, is_base: !text.contains("enum.") });
        text
    }

    fn plain_class(&mut self, classes: &mut Vec<Made>) -> String {
        let name = self.fresh("K");
        let mut bases: Vec<String> = Vec::new();
        let mut maker = format!("{name}(@u)");
        let own: Vec<String> = classes.iter().filter(|c| c.is_base).map(|c| c.name.clone()).collect();
        if !own.is_empty() && self.random.chance(65) {
            // The later ones first, most of the time, so that an order of all exists.
            let mut at = own.len();
            while at > 0 && bases.len() < 3 {
                at -= 1;
                if self.random.chance(60) {
                    bases.push(own[at].clone());
                }
            }
            if self.random.chance(5) {
                bases.reverse();
            }
        } else if self.random.chance(25) {
            let (base, made) = *self.random.pick(BUILTIN);
            bases.push(base.to_owned());
            maker = format!("{name}{made}");
        }
        let is_root = bases.is_empty();
        let first = bases.first().cloned().unwrap_or_else(|| "object".to_owned());
        let keywords = if self.random.chance(5) { ", tag=@q" } else { "" };
        let listed = bases.join(", ") + keywords;
        let mut text = format!("class {name}({}):", listed.trim_start_matches(", "));
        if self.random.chance(if is_root { 90 } else { 35 }) {
            let init = *self.random.pick(if is_root { INITS } else { DERIVED_INITS });
            text.push_str(&self.indented(init, &name, &first, classes));
        } else if self.random.chance(40) {
            text.push_str("\n    a = @u");
        }
        if is_root && self.random.chance(90) {
            text.push_str(&self.indented(
                "def __repr__(self):\n    return f'{type(self).__name__}({self.a!r})'",
                &name,
                &first,
                classes,
            ));
        }
        for _ in 0..self.random.between(1, 6) {
            text.push_str(&self.member(&name, &first, classes));
        }
        classes.push(Made { name, maker, is_base: true });
        text
    }

    fn member(&mut self, name: &str, first: &str, classes: &[Made]) -> String {
        let member = *self.random.pick(MEMBERS);
        // A class without a dict is rarely what the others can derive from.
        if member.starts_with("__slots__") && self.random.chance(70) {
            return String::new();
        }
        self.indented(member, name, first, classes)
    }

    /// A member as it stands in the body of a class.
    fn indented(&mut self, member: &str, name: &str, first: &str, classes: &[Made]) -> String {
        let other = match classes.is_empty() || self.random.chance(85) {
            true => name.to_owned(),
            false => self.random.pick(classes).name.clone(),
        };
        let text = member.replace("§K", &other).replace("§B", first);
        text.lines().map(|line| format!("\n    {line}")).collect()
    }

    /// A text with classes and instances for their marks.
    fn with_names(&mut self, text: &str, classes: &[Made]) -> String {
        let mut out = String::new();
        for (at, part) in text.split('§').enumerate() {
            let rest = match (at, part.chars().next()) {
                (1.., Some('o')) => {
                    let is_new = self.random.chance(15);
                    let made = self.random.pick(classes).maker.clone();
                    out.push_str(if is_new { &made } else { self.random.pick::<&str>(NAMES) });
                    &part[1..]
                }
                (1.., Some('x')) => {
                    out.push_str(self.random.pick::<&str>(NAMES));
                    &part[1..]
                }
                (1.., Some(_)) => {
                    out.push_str(&self.random.pick(classes).name);
                    &part[1..]
                }
                _ => part,
            };
            out.push_str(rest);
        }
        out
    }
}

/// Statements, a line for what they raise, and what is done then.
fn guarded(body: Vec<Stmt>, instead: Option<Vec<Stmt>>) -> Stmt {
    let mut handler = vec![Stmt::Fixed(Expr::text("print(type(error).__name__, error)"))];
    handler.extend(instead.into_iter().flatten());
    Stmt::Block(vec![
        Clause::new(Expr::text("try"), body),
        Clause::new(Expr::text("except Exception as error"), handler),
    ])
}
