//! A small evaluator of Python expressions over numbers and text, and their comparison with what `python3` says.
//!
//! It knows literals, operators, calls of the constructors and of methods; no names but those of built-in functions.

use crate::collections::{Dict, Slice};
use crate::object::Native;
use crate::ops::{BinOp, CmpOp, UnaryOp};
use crate::value::Args;
use crate::{Fault, Ref, Res, Str, Value, number, text};
use std::io::Write;
use std::process::{Command, Stdio};

/// Positional arguments, and keywords.
type Arguments = (Vec<Value>, Vec<(Str, Value)>);

/// Evaluates every expression here and in `python3`, and fails with all differences.
#[track_caller]
pub fn check(expressions: &[String]) {
    let Some(expected) = python(expressions) else { return };
    let mut differences = String::new();
    for (expression, expected) in expressions.iter().zip(&expected) {
        let found = outcome(expression);
        if &found != expected {
            differences.push_str(&format!("{expression}\n  python: {expected}\n  here:   {found}\n"));
        }
    }
    assert!(differences.is_empty(), "\n{differences}");
}

/// What `python3` 3.11 says to each expression; `None` where there is no such interpreter.
fn python(expressions: &[String]) -> Option<Vec<String>> {
    const PROGRAM: &str = r#"
import sys
if sys.version_info[:2] != (3, 11): sys.exit(3)
inf, nan = float("inf"), float("nan")
for line in sys.stdin.read().split("\n"):
    try:
        print(repr(eval(line)).replace("\n", " "))
    except Exception as e:
        print((type(e).__name__ + " " + repr(e.args)).replace("\n", " "))
"#;
    let mut child = Command::new("python3")
        .args(["-c", PROGRAM])
        .env("PYTHONIOENCODING", "utf-8")
        .env("PYTHONWARNINGS", "ignore")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .ok()?;
    let mut stdin = child.stdin.take()?;
    let input = expressions.join("\n");
    let writer = std::thread::spawn(move || stdin.write_all(input.as_bytes()));
    let output = child.wait_with_output().ok()?;
    let _ = writer.join();
    if output.status.code() == Some(3) {
        return None;
    }
    let lines: Vec<String> = String::from_utf8_lossy(&output.stdout).split('\n').map(str::to_owned).collect();
    assert_eq!(lines.len(), expressions.len() + 1, "one line for each expression");
    Some(lines)
}

/// `repr` of the value, or class and arguments of the exception.
pub fn outcome(expression: &str) -> String {
    let mut parser = Parser { chars: expression.chars().collect(), at: 0 };
    match parser.expression(0).map(|value| show(&value)) {
        Ok(text) => text,
        Err(fault) => describe(&fault),
    }
}

fn describe(fault: &Fault) -> String {
    match fault.as_exception() {
        Some(Value::Instance(instance)) => {
            let args = match &instance.native {
                Native::Exception(state) => state.args.read().map(|args| args.clone()).unwrap_or_default(),
                _ => Vec::new(),
            };
            format!("{} {}", instance.class.name, show(&Value::tuple(args)))
        }
        _ => format!("{fault:?}"),
    }
}

/// `repr`, of containers too.
pub fn show(value: &Value) -> String {
    let all = |items: &[Value]| items.iter().map(show).collect::<Vec<_>>().join(", ");
    match value {
        Value::None => "None".to_owned(),
        Value::NotImplemented => "NotImplemented".to_owned(),
        Value::Str(text) => text::repr_str(text),
        Value::Bytes(bytes) => text::repr_bytes(bytes),
        Value::Tuple(items) if items.len() == 1 => format!("({},)", show(&items[0])),
        Value::Tuple(items) => format!("({})", all(items)),
        Value::List(list) => format!("[{}]", all(&list.to_values())),
        Value::Dict(dict) => {
            let entries: Vec<_> = dict.iter().map(|(k, v)| format!("{}: {}", show(k), show(v))).collect();
            format!("{{{}}}", entries.join(", "))
        }
        _ => match number::try_repr(value) {
            Some(Ok(text)) => text,
            Some(Err(fault)) => describe(&fault),
            None => format!("{value:?}"),
        },
    }
}

struct Parser {
    chars: Vec<char>,
    at: usize,
}

const OPERATORS: &[(&str, u8)] = &[
    (" not in ", 1),
    (" in ", 1),
    ("==", 1),
    ("!=", 1),
    ("<=", 1),
    (">=", 1),
    ("<<", 5),
    (">>", 5),
    ("**", 9),
    ("//", 7),
    ("<", 1),
    (">", 1),
    ("|", 2),
    ("^", 3),
    ("&", 4),
    ("+", 6),
    ("-", 6),
    ("*", 7),
    ("/", 7),
    ("%", 7),
];

impl Parser {
    fn peek(&self) -> char {
        self.chars.get(self.at).copied().unwrap_or('\0')
    }

    fn looking_at(&self, text: &str) -> bool {
        text.chars().enumerate().all(|(i, c)| self.chars.get(self.at + i) == Some(&c))
    }

    fn take(&mut self, text: &str) -> bool {
        let found = self.looking_at(text);
        if found {
            self.at += text.chars().count();
        }
        found
    }

    fn space(&mut self) {
        while self.peek() == ' ' {
            self.at += 1;
        }
    }

    fn expression(&mut self, least: u8) -> Res {
        self.space();
        let mut left = self.unary()?;
        loop {
            let start = self.at;
            let found = OPERATORS.iter().find(|(op, _)| op.starts_with(' ') && self.looking_at(op));
            let found = found.or_else(|| {
                self.space();
                OPERATORS.iter().find(|(op, _)| self.looking_at(op))
            });
            let Some((op, level)) = found.filter(|(_, level)| *level >= least) else {
                self.at = start;
                return Ok(left);
            };
            self.at += op.chars().count();
            let right = self.expression(if *op == "**" { *level } else { level + 1 })?;
            left = operate(op, &left, &right)?;
        }
    }

    fn unary(&mut self) -> Res {
        for (sign, op) in [("-", UnaryOp::Neg), ("+", UnaryOp::Pos), ("~", UnaryOp::Invert)] {
            if self.take(sign) {
                let value = self.expression(8)?;
                return number::unary(op, &value)
                    .unwrap_or_else(|| Err(Fault::type_error("bad operand type")));
            }
        }
        self.postfix()
    }

    fn postfix(&mut self) -> Res {
        let mut value = self.atom()?;
        loop {
            if self.take(".") {
                let name = self.name();
                value = if self.take("(") {
                    self.call_method(value, &name)?
                } else {
                    number::attr(&value, &name).unwrap_or(Value::None)
                };
            } else if self.take("[") {
                let index = self.subscript()?;
                value = match &value {
                    Value::Str(_) | Value::Bytes(_) => {
                        text::getitem(&value, &index).unwrap_or(Ok(Value::None))?
                    }
                    Value::Tuple(items) => {
                        items[usize::try_from(number::index_arg(&index)?).unwrap_or(0)].clone()
                    }
                    _ => Value::None,
                };
            } else {
                return Ok(value);
            }
        }
    }

    fn subscript(&mut self) -> Res {
        let mut parts = vec![];
        let mut slice = false;
        loop {
            self.space();
            let part = if matches!(self.peek(), ':' | ']') { Value::None } else { self.expression(0)? };
            parts.push(part);
            self.space();
            if self.take("]") {
                break;
            }
            assert!(self.take(":"), "`:` or `]`");
            slice = true;
        }
        if !slice {
            return Ok(parts.remove(0));
        }
        parts.resize(3, Value::None);
        let [start, stop, step] = <[Value; 3]>::try_from(parts).unwrap_or_default();
        Ok(Value::Slice(Ref::new(Slice { start, stop, step })))
    }

    fn call_method(&mut self, receiver: Value, name: &str) -> Res {
        let (mut pos, kw) = self.arguments()?;
        let builtin = if let Value::Module(module) = &receiver {
            let owner = module.name.as_str();
            let find = number::static_method(owner, name).or_else(|| text::static_method(owner, name));
            find.or_else(|| number::method(owner, name)).or_else(|| text::method(owner, name))
        } else {
            let owner = number::type_name(&receiver);
            pos.insert(0, receiver);
            number::method(&owner, name).or_else(|| text::method(&owner, name))
        };
        let builtin = builtin.unwrap_or_else(|| panic!("no method {name}"));
        (builtin.call)(&Args { pos: &pos, kw: &kw })
    }

    fn arguments(&mut self) -> Res<Arguments> {
        let (mut pos, mut kw) = (vec![], vec![]);
        loop {
            self.space();
            if self.take(")") {
                return Ok((pos, kw));
            }
            let start = self.at;
            let name = self.name();
            if !name.is_empty() && self.looking_at("=") && !self.looking_at("==") {
                self.at += 1;
                kw.push((Str::new(&name), self.expression(0)?));
            } else {
                self.at = start;
                pos.push(self.expression(0)?);
            }
            self.space();
            self.take(",");
        }
    }

    fn name(&mut self) -> String {
        let start = self.at;
        while self.peek().is_alphanumeric() || self.peek() == '_' {
            self.at += 1;
        }
        self.chars[start..self.at].iter().collect()
    }

    fn atom(&mut self) -> Res {
        match self.peek() {
            '(' => {
                self.at += 1;
                let (items, comma) = self.items(")")?;
                Ok(if items.len() == 1 && !comma { items[0].clone() } else { Value::tuple(items) })
            }
            '[' => {
                self.at += 1;
                Ok(Value::list(self.items("]")?.0))
            }
            '{' => self.dict(),
            '\'' | '"' => self.string().map(Value::string),
            'b' if matches!(self.chars.get(self.at + 1), Some('\'' | '"')) => {
                self.at += 1;
                let text = self.string()?;
                Ok(Value::bytes(text.chars().map(|c| u32::from(c) as u8).collect::<Vec<u8>>()))
            }
            '0'..='9' | '.' => self.number(),
            _ => self.named(),
        }
    }

    fn items(&mut self, end: &str) -> Res<(Vec<Value>, bool)> {
        let (mut items, mut comma) = (vec![], false);
        loop {
            self.space();
            if self.take(end) {
                return Ok((items, comma));
            }
            items.push(self.expression(0)?);
            self.space();
            comma = self.take(",");
        }
    }

    fn dict(&mut self) -> Res {
        self.at += 1;
        let mut dict = Dict::new();
        loop {
            self.space();
            if self.take("}") {
                return Ok(Value::Dict(Ref::new(dict)));
            }
            let key = self.expression(0)?;
            self.space();
            assert!(self.take(":"), "`:`");
            let value = self.expression(0)?;
            dict.insert(key, value)?;
            self.space();
            self.take(",");
        }
    }

    fn string(&mut self) -> Res<String> {
        let quote = self.peek();
        self.at += 1;
        let mut out = String::new();
        while self.peek() != quote {
            let c = self.peek();
            self.at += 1;
            if c != '\\' {
                out.push(c);
                continue;
            }
            let kind = self.peek();
            self.at += 1;
            let n_digits = match kind {
                'x' => 2,
                'u' => 4,
                'U' => 8,
                _ => 0,
            };
            if n_digits > 0 {
                let digits: String = self.chars[self.at..self.at + n_digits].iter().collect();
                self.at += n_digits;
                out.extend(u32::from_str_radix(&digits, 16).ok().and_then(char::from_u32));
            } else {
                out.push(match kind {
                    'n' => '\n',
                    't' => '\t',
                    'r' => '\r',
                    '0' => '\0',
                    other => other,
                });
            }
        }
        self.at += 1;
        Ok(out)
    }

    fn number(&mut self) -> Res {
        let start = self.at;
        let hex = self.peek() == '0' && matches!(self.chars.get(self.at + 1), Some('x' | 'b' | 'o'));
        while self.peek().is_ascii_alphanumeric()
            || matches!(self.peek(), '.' | '_') && !(hex && self.peek() == '.')
            || !hex && matches!(self.peek(), '+' | '-') && matches!(self.chars[self.at - 1], 'e' | 'E')
        {
            self.at += 1;
        }
        let text: String = self.chars[start..self.at].iter().collect();
        if let Some(imaginary) = text.strip_suffix('j') {
            return Ok(Value::complex(0.0, number::parse_float(imaginary).unwrap_or(0.0)));
        }
        if let Some(n) = number::parse_int(&text, 0)? {
            return Ok(n);
        }
        Ok(Value::Float(number::parse_float(&text).unwrap_or_else(|| panic!("number {text}"))))
    }

    fn named(&mut self) -> Res {
        let name = self.name();
        if matches!(name.as_str(), "int" | "float" | "complex" | "str" | "bytes") && self.looking_at(".") {
            return Ok(Value::Module(Ref::new(crate::object::Module::new(&name, Vec::new()))));
        }
        if self.take("(") {
            let (pos, kw) = self.arguments()?;
            return call(&name, &Args { pos: &pos, kw: &kw });
        }
        Ok(match name.as_str() {
            "True" => Value::Bool(true),
            "False" => Value::Bool(false),
            "None" => Value::None,
            "inf" => Value::Float(f64::INFINITY),
            "nan" => Value::Float(f64::NAN),
            _ => panic!("name {name:?} at {} in {:?}", self.at, self.chars.iter().collect::<String>()),
        })
    }
}

fn call(name: &str, args: &Args<'_>) -> Res {
    let arg = |idx: usize| args.pos.get(idx).cloned().unwrap_or(Value::None);
    let none = || Err(Fault::type_error("not for numbers"));
    match name {
        "int" => number::construct_int(args),
        "float" => number::construct_float(args),
        "complex" => number::construct_complex(args),
        "str" => match args.pos {
            [one] if args.kw.is_empty() => match one {
                Value::Str(_) => Ok(one.clone()),
                _ => number::try_repr(one).unwrap_or_else(|| Ok(show(one))).map(Value::string),
            },
            _ => text::construct_str(args),
        },
        "bytes" => text::construct_bytes(args),
        "bool" => Ok(Value::Bool(number::truthy(&arg(0)).unwrap_or(false))),
        "repr" => match number::try_repr(&arg(0)) {
            Some(result) => result.map(Value::string),
            None => Ok(Value::string(show(&arg(0)))),
        },
        "ascii" => Ok(Value::string(text::ascii_of_repr(&show(&arg(0))))),
        "abs" => number::abs(&arg(0)).unwrap_or_else(none),
        "divmod" => number::divmod(&arg(0), &arg(1)).unwrap_or_else(none),
        "pow" => number::pow_mod(&arg(0), &arg(1), &arg(2)),
        "round" => number::round(&arg(0), args.pos.get(1)).unwrap_or_else(none),
        "hash" => Ok(Value::Int(number::hash(&arg(0)).unwrap_or(0).cast_signed())),
        "format" => {
            let (value, spec) = (arg(0), arg(1));
            let spec = spec.as_str().unwrap_or("");
            match &value {
                Value::Str(_) => text::format_str(&value, spec).map(Value::string),
                _ => number::format(&value, spec).unwrap_or_else(|| Ok(show(&value))).map(Value::string),
            }
        }
        _ => panic!("no function {name}"),
    }
}

fn operate(op: &str, a: &Value, b: &Value) -> Res {
    let binary = match op {
        "+" => BinOp::Add,
        "-" => BinOp::Sub,
        "*" => BinOp::Mul,
        "/" => BinOp::Div,
        "//" => BinOp::FloorDiv,
        "%" => BinOp::Mod,
        "**" => BinOp::Pow,
        "<<" => BinOp::LShift,
        ">>" => BinOp::RShift,
        "&" => BinOp::BitAnd,
        "|" => BinOp::BitOr,
        "^" => BinOp::BitXor,
        _ => return relate(op.trim(), a, b),
    };
    let shown = if op == "**" { "** or pow()" } else { op };
    number::binary(binary, a, b).or_else(|| text::binary(binary, a, b)).unwrap_or_else(|| {
        Err(Fault::type_error(format!(
            "unsupported operand type(s) for {shown}: '{}' and '{}'",
            number::type_name(a),
            number::type_name(b)
        )))
    })
}

fn relate(op: &str, a: &Value, b: &Value) -> Res {
    if op.ends_with("in") {
        let found = text::contains(b, a).unwrap_or(Ok(false))?;
        return Ok(Value::Bool(found != op.starts_with("not")));
    }
    let compare = match op {
        "==" => CmpOp::Eq,
        "!=" => CmpOp::Ne,
        "<" => CmpOp::Lt,
        "<=" => CmpOp::Le,
        ">" => CmpOp::Gt,
        _ => CmpOp::Ge,
    };
    let result = number::compare(compare, a, b).or_else(|| text::compare(compare, a, b));
    result.map(|result| result.map(Value::Bool)).unwrap_or_else(|| match compare {
        CmpOp::Eq => Ok(Value::Bool(false)),
        CmpOp::Ne => Ok(Value::Bool(true)),
        _ => Err(Fault::type_error(format!(
            "'{op}' not supported between instances of '{}' and '{}'",
            number::type_name(a),
            number::type_name(b)
        ))),
    })
}
