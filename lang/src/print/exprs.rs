//! Expressions and patterns as text, with the parentheses that precedence asks for.

use super::literals;
use crate::ast::*;

/// How tightly an expression must bind in its place.
pub(super) const TUPLE: u8 = 0;
pub(super) const NAMED: u8 = 1;
pub(super) const TEST: u8 = 2;
const OR: u8 = 3;
const AND: u8 = 4;
const NOT: u8 = 5;
const COMPARE: u8 = 6;
const BIT_OR: u8 = 7;
const UNARY: u8 = 13;
const POWER: u8 = 14;
const AWAIT: u8 = 15;
pub(super) const ATOM: u8 = 16;

/// The sign of an operator, and how tightly it binds.
pub(super) fn binary(op: BinOp) -> (&'static str, u8) {
    match op {
        BinOp::BitOr => ("|", BIT_OR),
        BinOp::BitXor => ("^", 8),
        BinOp::BitAnd => ("&", 9),
        BinOp::LShift => ("<<", 10),
        BinOp::RShift => (">>", 10),
        BinOp::Add => ("+", 11),
        BinOp::Sub => ("-", 11),
        BinOp::Mul => ("*", 12),
        BinOp::Div => ("/", 12),
        BinOp::FloorDiv => ("//", 12),
        BinOp::Mod => ("%", 12),
        BinOp::MatMul => ("@", 12),
        BinOp::Pow => ("**", POWER),
    }
}

fn comparison(op: CmpOp) -> &'static str {
    match op {
        CmpOp::Eq => "==",
        CmpOp::NotEq => "!=",
        CmpOp::Lt => "<",
        CmpOp::LtE => "<=",
        CmpOp::Gt => ">",
        CmpOp::GtE => ">=",
        CmpOp::Is => "is",
        CmpOp::IsNot => "is not",
        CmpOp::In => "in",
        CmpOp::NotIn => "not in",
    }
}

/// The text of an expression where something of this tightness must stand.
pub(super) fn text(e: &Expr, wanted: u8) -> String {
    let (text, level) = plain(e);
    if level < wanted { format!("({text})") } else { text }
}

/// A target: its tuples need parentheses only within others.
pub(super) fn target(e: &Expr) -> String {
    text(e, TUPLE)
}

fn list(values: &[Expr]) -> String {
    values.iter().map(|v| text(v, NAMED)).collect::<Vec<_>>().join(", ")
}

fn plain(e: &Expr) -> (String, u8) {
    match &e.kind {
        ExprKind::Constant(c) => literals::constant(c),
        ExprKind::Name(name) => (name.to_string(), ATOM),
        ExprKind::Binary { .. } => chain(e),
        ExprKind::Unary { op: UnaryOp::Not, operand } => (format!("not {}", text(operand, NOT)), NOT),
        ExprKind::Unary { op, operand } => {
            let sign = match op {
                UnaryOp::Neg => "-",
                UnaryOp::Pos => "+",
                UnaryOp::Invert => "~",
                UnaryOp::Not => "not ",
            };
            (format!("{sign}{}", text(operand, UNARY)), UNARY)
        }
        ExprKind::Bool { op, values } => {
            let (word, level) = if *op == BoolOp::Or { (" or ", OR) } else { (" and ", AND) };
            (values.iter().map(|v| text(v, level + 1)).collect::<Vec<_>>().join(word), level)
        }
        ExprKind::Compare { first, ops, rest } => {
            let tail =
                ops.iter().zip(rest).map(|(op, e)| format!(" {} {}", comparison(*op), text(e, BIT_OR)));
            (format!("{}{}", text(first, BIT_OR), tail.collect::<String>()), COMPARE)
        }
        ExprKind::Call { func, args: list } => {
            let args = match list.as_slice() {
                [Arg::Positional(e)] if is_generator(e) => text(e, ATOM),
                list => format!("({})", args(list)),
            };
            (format!("{}{args}", text(func, ATOM)), ATOM)
        }
        ExprKind::Attribute { value, attr } => {
            let is_int = matches!(value.kind, ExprKind::Constant(Constant::Int(_) | Constant::BigInt(_)));
            let value = text(value, ATOM);
            let dot = if is_int { " ." } else { "." };
            (format!("{value}{dot}{}", attr.name), ATOM)
        }
        ExprKind::Subscript { value, index } => {
            (format!("{}[{}]", text(value, ATOM), subscript(index)), ATOM)
        }
        ExprKind::Slice { lower, upper, step } => {
            let part = |e: &Option<Box<Expr>>| e.as_ref().map_or(String::new(), |e| text(e, TEST));
            let step = step.as_ref().map_or(String::new(), |e| format!(":{}", text(e, TEST)));
            (format!("{}:{}{step}", part(lower), part(upper)), TUPLE)
        }
        ExprKind::Tuple(values) if values.is_empty() => ("()".to_owned(), ATOM),
        ExprKind::Tuple(values) => {
            let comma = if values.len() == 1 { "," } else { "" };
            (format!("({}{comma})", list(values)), ATOM)
        }
        ExprKind::List(values) => (format!("[{}]", list(values)), ATOM),
        ExprKind::Set(values) => (format!("{{{}}}", list(values)), ATOM),
        ExprKind::Dict(items) => (format!("{{{}}}", dict(items)), ATOM),
        ExprKind::IfElse { test, body, orelse } => {
            (format!("{} if {} else {}", text(body, OR), text(test, OR), text(orelse, TEST)), TEST)
        }
        ExprKind::Lambda(f) => lambda(f),
        ExprKind::Comprehension(c) => (comprehension(c), ATOM),
        ExprKind::Walrus { target, value } => (format!("({} := {})", target.name, text(value, TEST)), ATOM),
        ExprKind::Starred(value) => (format!("*{}", text(value, BIT_OR)), NAMED),
        ExprKind::Yield(Some(value)) => (format!("(yield {})", text(value, TUPLE)), ATOM),
        ExprKind::Yield(None) => ("(yield)".to_owned(), ATOM),
        ExprKind::YieldFrom(value) => (format!("(yield from {})", text(value, TEST)), ATOM),
        ExprKind::Await(value) => (format!("await {}", text(value, ATOM)), AWAIT),
        ExprKind::Format(parts) => (literals::format(parts), ATOM),
        // Only a statement prints a block; this is no text that parses.
        ExprKind::Block(_) => ("remotely < ... >".to_owned(), ATOM),
        ExprKind::Error => ("<error>".to_owned(), ATOM),
    }
}

/// Operators that bind to the left, however many.
fn chain(e: &Expr) -> (String, u8) {
    let mut links = Vec::new();
    let mut current = e;
    let mut outer = match &e.kind {
        ExprKind::Binary { op, .. } => binary(*op).1,
        _ => ATOM,
    };
    let top = outer;
    loop {
        match &current.kind {
            ExprKind::Binary { op: BinOp::Pow, left, right } if links.is_empty() => {
                return (format!("{} ** {}", text(left, AWAIT), text(right, POWER)), POWER);
            }
            ExprKind::Binary { op, left, right } if *op != BinOp::Pow && binary(*op).1 >= outer => {
                let (sign, level) = binary(*op);
                links.push(format!(" {sign} {}", text(right, level + 1)));
                outer = level;
                current = left;
            }
            _ => break,
        }
    }
    let mut out = text(current, outer);
    links.iter().rev().for_each(|link| out.push_str(link));
    (out, top)
}

fn subscript(index: &Expr) -> String {
    match &index.kind {
        ExprKind::Tuple(values) if !values.is_empty() => {
            let comma = if values.len() == 1 { "," } else { "" };
            let values: Vec<String> = values.iter().map(|v| text(v, TUPLE)).collect();
            format!("{}{comma}", values.join(", "))
        }
        _ => text(index, TUPLE),
    }
}

fn dict(items: &[(Option<Expr>, Expr)]) -> String {
    let one = |(key, value): &(Option<Expr>, Expr)| match key {
        Some(key) => format!("{}: {}", text(key, TEST), text(value, TEST)),
        None => format!("**{}", text(value, BIT_OR)),
    };
    items.iter().map(one).collect::<Vec<_>>().join(", ")
}

fn lambda(f: &Function) -> (String, u8) {
    let body = match f.body.first().map(|s| &s.kind) {
        Some(StmtKind::Return(Some(value))) => text(value, TEST),
        _ => "None".to_owned(),
    };
    let space = if f.params.is_empty() { "" } else { " " };
    (format!("lambda{space}{}: {body}", params(&f.params)), TEST)
}

fn is_generator(e: &Expr) -> bool {
    matches!(&e.kind, ExprKind::Comprehension(c) if matches!(c.kind, ComprehensionKind::Generator(_)))
}

fn comprehension(c: &Comprehension) -> String {
    let clauses = c.clauses.iter().map(clause).collect::<String>();
    match &c.kind {
        ComprehensionKind::List(e) => format!("[{}{clauses}]", text(e, NAMED)),
        ComprehensionKind::Set(e) => format!("{{{}{clauses}}}", text(e, NAMED)),
        ComprehensionKind::Dict(k, v) => format!("{{{}: {}{clauses}}}", text(k, TEST), text(v, TEST)),
        ComprehensionKind::Generator(e) => format!("({}{clauses})", text(e, NAMED)),
    }
}

fn clause(c: &Clause) -> String {
    let word = if c.is_async { " async for" } else { " for" };
    let conditions = c.conditions.iter().map(|e| format!(" if {}", text(e, OR))).collect::<String>();
    format!("{word} {} in {}{conditions}", target(&c.target), text(&c.iter, OR))
}

pub(super) fn args(args: &[Arg]) -> String {
    let one = |a: &Arg| match a {
        Arg::Positional(e) => text(e, NAMED),
        Arg::Star(e) => format!("*{}", text(e, TEST)),
        Arg::Keyword(name, e) => format!("{}={}", name.name, text(e, TEST)),
        Arg::DoubleStar(e) => format!("**{}", text(e, TEST)),
    };
    args.iter().map(one).collect::<Vec<_>>().join(", ")
}

pub(super) fn params(params: &[Param]) -> String {
    let mut out: Vec<String> = Vec::new();
    let mut has_star = false;
    for (i, p) in params.iter().enumerate() {
        if p.kind == ParamKind::KeywordOnly && !has_star {
            out.push("*".to_owned());
            has_star = true;
        }
        let star = match p.kind {
            ParamKind::Star => {
                has_star = true;
                "*"
            }
            ParamKind::DoubleStar => "**",
            _ => "",
        };
        let annotation = p.annotation.iter().map(|a| format!(": {}", text(a, NAMED))).collect::<String>();
        let default = p.default.iter().map(|d| format!("={}", text(d, TEST))).collect::<String>();
        out.push(format!("{star}{}{annotation}{default}", p.name.name));
        let next = params.get(i + 1).map(|n| n.kind);
        if p.kind == ParamKind::PositionalOnly && next != Some(ParamKind::PositionalOnly) {
            out.push("/".to_owned());
        }
    }
    out.join(", ")
}

pub(super) fn pattern(p: &Pattern) -> String {
    let all = |parts: &[Pattern]| parts.iter().map(pattern).collect::<Vec<_>>().join(", ");
    let name_of = |name: &Option<Ident>| name.as_ref().map_or("_".to_owned(), |n| n.name.to_string());
    match &p.kind {
        PatternKind::Value(e) => text(e, TEST),
        PatternKind::Singleton(c) => literals::constant(c).0,
        PatternKind::Sequence(parts) => format!("[{}]", all(parts)),
        PatternKind::Mapping { keys, patterns, rest } => {
            let items = keys.iter().zip(patterns).map(|(k, p)| format!("{}: {}", text(k, TEST), pattern(p)));
            let rest = rest.iter().map(|r| format!("**{}", r.name));
            format!("{{{}}}", items.chain(rest).collect::<Vec<_>>().join(", "))
        }
        PatternKind::Class { class, positional, keywords } => {
            let items = positional.iter().map(pattern);
            let keywords = keywords.iter().map(|(n, p)| format!("{}={}", n.name, pattern(p)));
            format!("{}({})", text(class, ATOM), items.chain(keywords).collect::<Vec<_>>().join(", "))
        }
        PatternKind::Star(name) => format!("*{}", name_of(name)),
        PatternKind::As { pattern: Some(inner), name } => {
            format!("({} as {})", pattern(inner), name_of(name))
        }
        PatternKind::As { pattern: None, name } => name_of(name),
        PatternKind::Or(parts) => {
            let parts: Vec<String> = parts.iter().map(pattern).collect();
            format!("({})", parts.join(" | "))
        }
    }
}
