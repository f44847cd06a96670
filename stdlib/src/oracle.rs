//! For tests: evaluates Python expressions over the runtime, from the tree that `python3` parses, beside what `python3`
//! itself answers.

use afar_runtime::collections::{Dict, Set, Slice};
use afar_runtime::fault::FaultKind;
use afar_runtime::iter::{self, Iter, Iterate};
use afar_runtime::object::{Host, HostObject, attr, call, exception};
use afar_runtime::ops::{self, BinOp, CmpOp, UnaryOp};
use afar_runtime::{Args, Fault, Ref, Res, Str, Value, builtins};
use std::io::Write;
use std::process::{Command, Stdio};
use std::sync::Arc;

const SCRIPT: &str = include_str!("oracle.py");

/// A node of the tree: a kind, an optional text, children.
#[derive(Debug)]
struct Node {
    kind: String,
    text: String,
    kids: Vec<Arc<Node>>,
}

/// Variables, innermost first.
#[derive(Default)]
struct Env {
    names: Vec<(String, Value)>,
    parent: Option<Arc<Env>>,
}

impl Env {
    fn get(&self, name: &str) -> Option<Value> {
        match self.names.iter().rev().find(|(n, _)| n == name) {
            Some((_, v)) => Some(v.clone()),
            None => self.parent.as_ref().and_then(|p| p.get(name)),
        }
    }
}

fn parse<'a>(tokens: &mut impl Iterator<Item = &'a str>) -> Arc<Node> {
    let kind = tokens.next().expect("a kind").to_owned();
    let text = unhex(tokens.next().expect("a text"));
    let n: usize = tokens.next().expect("a count").parse().expect("a number");
    Arc::new(Node { kind, text, kids: (0..n).map(|_| parse(tokens)).collect() })
}

fn unhex(hex: &str) -> String {
    let bytes = (0..hex.len() / 2).map(|i| u8::from_str_radix(&hex[2 * i..2 * i + 2], 16).expect("hex"));
    String::from_utf8(bytes.collect()).expect("UTF-8")
}

/// Runs each line under `python3` and over the runtime; both answers must be equal to the byte. A line that starts with
/// `! ` must be `NotPure`.
#[track_caller]
pub fn check(lines: &str) {
    let lines: Vec<&str> =
        lines.lines().map(str::trim).filter(|l| !l.is_empty() && !l.starts_with('#')).collect();
    let sources: Vec<&str> = lines.iter().map(|l| l.strip_prefix("! ").unwrap_or(l)).collect();
    let mut child = Command::new("python3")
        .args(["-W", "ignore", "-c", SCRIPT])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("python3 is on the path");
    let text = sources.join("\n");
    child.stdin.take().expect("a pipe").write_all(text.as_bytes()).expect("python3 reads");
    let out = child.wait_with_output().expect("python3 ends");
    let out = String::from_utf8(out.stdout).expect("UTF-8");
    let mut wrong = String::new();
    let answers: Vec<&str> = out.lines().collect();
    assert_eq!(answers.len(), lines.len(), "python3 answers each line");
    for (line, answer) in lines.iter().zip(answers) {
        let (expected, tree) = answer.split_once(' ').expect("two parts");
        let expected = unhex(expected);
        let found = outcome(&parse(&mut tree.split(' ')));
        let is_right = match line.strip_prefix("! ") {
            Some(_) => found.starts_with("NotPure: "),
            None => found == expected,
        };
        if !is_right {
            wrong.push_str(&format!("{line}\n    python3 {expected}\n    afar    {found}\n"));
        }
    }
    assert!(wrong.is_empty(), "\n{wrong}");
}

fn outcome(tree: &Node) -> String {
    let result = eval(tree, &Arc::new(Env::default())).and_then(|v| ops::repr(&v));
    match result {
        Ok(text) => text,
        Err(fault) => match fault.as_exception() {
            Some(e) => exception::summary(e).unwrap_or_else(|f| format!("{f:?}")),
            None => match &*fault.0 {
                FaultKind::NotPure { message, .. } => format!("NotPure: {message:?}"),
                other => format!("{other:?}"),
            },
        },
    }
}

fn eval_all(kids: &[Arc<Node>], env: &Arc<Env>) -> Res<Vec<Value>> {
    let mut out = Vec::new();
    for kid in kids {
        if kid.kind == "Starred" {
            let source = eval(&kid.kids[0], env)?;
            out.extend(afar_runtime::collections::collect(&source)?);
        } else {
            out.push(eval(kid, env)?);
        }
    }
    Ok(out)
}

fn number(text: &str) -> Value {
    match text.parse::<i64>() {
        Ok(n) => Value::Int(n),
        Err(_) => {
            afar_runtime::number::construct_int(&Args::positional(&[Value::str(text)])).expect("an int")
        }
    }
}

fn eval(node: &Node, env: &Arc<Env>) -> Res {
    let kids = &node.kids;
    let at = |i: usize| eval(&kids[i], env);
    match node.kind.as_str() {
        "int" => Ok(number(&node.text)),
        "float" => Ok(Value::Float(node.text.parse().expect("a float"))),
        "complex" => {
            let (re, im) = node.text.split_once(',').expect("two parts");
            Ok(Value::complex(re.parse().expect("a float"), im.parse().expect("a float")))
        }
        "str" => Ok(Value::str(&node.text)),
        "bytes" => Ok(Value::bytes(node.text.chars().map(|c| c as u8).collect::<Vec<u8>>())),
        "const" => Ok(match node.text.as_str() {
            "True" => Value::Bool(true),
            "False" => Value::Bool(false),
            "Ellipsis" => Value::Ellipsis,
            _ => Value::None,
        }),
        "Name" => match env.get(&node.text).or_else(|| builtins::lookup(&node.text)) {
            Some(v) => Ok(v),
            None => Err(Fault::exception("NameError", format!("name '{}' is not defined", node.text))),
        },
        "List" => Ok(Value::list(eval_all(kids, env)?)),
        "Tuple" => Ok(Value::tuple(eval_all(kids, env)?)),
        "Set" => Ok(Value::Set(Ref::new(Set::from_values(false, eval_all(kids, env)?)?))),
        "Dict" => {
            let mut dict = Dict::new();
            for pair in kids.chunks(2) {
                if pair[0].kind == "none" {
                    match eval(&pair[1], env)? {
                        Value::Dict(other) => dict.update(&other)?,
                        _ => return Err(Fault::not_pure("harness: ** of no dict")),
                    }
                } else {
                    let key = eval(&pair[0], env)?;
                    dict.insert(key, eval(&pair[1], env)?)?;
                }
            }
            Ok(Value::Dict(Ref::new(dict)))
        }
        "Attribute" => {
            if kids[0].kind == "Name"
                && env.get(&kids[0].text).is_none()
                && let Some(found) = crate::lookup(&kids[0].text, &node.text)
            {
                return Ok(found);
            }
            attr::get(&at(0)?, &node.text)
        }
        "Subscript" => ops::getitem(&at(0)?, &at(1)?),
        "Slice" => Ok(Value::Slice(Ref::new(Slice { start: at(0)?, stop: at(1)?, step: at(2)? }))),
        "none" => Ok(Value::None),
        "IfExp" => {
            if ops::truthy(&at(0)?)? {
                at(1)
            } else {
                at(2)
            }
        }
        "BinOp" => ops::binary(binary_op(&node.text), &at(0)?, &at(1)?),
        "UnaryOp" => {
            let value = at(0)?;
            match node.text.as_str() {
                "Not" => Ok(Value::Bool(!ops::truthy(&value)?)),
                "USub" => ops::unary(UnaryOp::Neg, &value),
                "UAdd" => ops::unary(UnaryOp::Pos, &value),
                _ => ops::unary(UnaryOp::Invert, &value),
            }
        }
        "BoolOp" => {
            let mut value = at(0)?;
            for kid in &kids[1..] {
                if ops::truthy(&value)? != (node.text == "And") {
                    break;
                }
                value = eval(kid, env)?;
            }
            Ok(value)
        }
        "Compare" => compare(node, env),
        "Call" => {
            let func = at(0)?;
            let (mut pos, mut named) = (Vec::new(), Dict::new());
            for kid in &kids[1..] {
                match kid.kind.as_str() {
                    "keyword" if kid.text.is_empty() => {
                        call::unpack_double_star(&func, &eval(&kid.kids[0], env)?, &mut named)?;
                    }
                    "keyword" => named.insert(Value::str(&kid.text), eval(&kid.kids[0], env)?)?,
                    "Starred" => pos.extend(afar_runtime::collections::collect(&eval(&kid.kids[0], env)?)?),
                    _ => pos.push(eval(kid, env)?),
                }
            }
            let keyword = |(key, value): (&Value, &Value)| match key {
                Value::Str(name) => Ok((name.clone(), value.clone())),
                _ => Err(Fault::type_error("keywords must be strings")),
            };
            let kw: Vec<(Str, Value)> = named.iter().map(keyword).collect::<Res<_>>()?;
            call::call(&func, &Args { pos: &pos, kw: &kw })
        }
        "Lambda" => {
            let params = node.text.split(',').filter(|p| !p.is_empty()).map(str::to_owned).collect();
            Ok(Host::value(Lambda { params, body: kids[0].clone(), env: env.clone() }))
        }
        "ListComp" | "SetComp" | "DictComp" | "GeneratorExp" => comprehension(node, env),
        other => Err(Fault::not_pure(format!("harness: no {other}"))),
    }
}

fn binary_op(name: &str) -> BinOp {
    match name {
        "Add" => BinOp::Add,
        "Sub" => BinOp::Sub,
        "Mult" => BinOp::Mul,
        "Div" => BinOp::Div,
        "FloorDiv" => BinOp::FloorDiv,
        "Mod" => BinOp::Mod,
        "Pow" => BinOp::Pow,
        "LShift" => BinOp::LShift,
        "RShift" => BinOp::RShift,
        "BitAnd" => BinOp::BitAnd,
        "BitOr" => BinOp::BitOr,
        "BitXor" => BinOp::BitXor,
        _ => BinOp::MatMul,
    }
}

fn compare(node: &Node, env: &Arc<Env>) -> Res {
    let mut left = eval(&node.kids[0], env)?;
    let mut result = Value::None;
    for (op, kid) in node.text.split(',').zip(&node.kids[1..]) {
        let right = eval(kid, env)?;
        result = match op {
            "Eq" => ops::compare(CmpOp::Eq, &left, &right)?,
            "NotEq" => ops::compare(CmpOp::Ne, &left, &right)?,
            "Lt" => ops::compare(CmpOp::Lt, &left, &right)?,
            "LtE" => ops::compare(CmpOp::Le, &left, &right)?,
            "Gt" => ops::compare(CmpOp::Gt, &left, &right)?,
            "GtE" => ops::compare(CmpOp::Ge, &left, &right)?,
            "In" => Value::Bool(ops::contains(&right, &left)?),
            "NotIn" => Value::Bool(!ops::contains(&right, &left)?),
            "Is" => Value::Bool(ops::is(&left, &right)?),
            _ => Value::Bool(!ops::is(&left, &right)?),
        };
        if !ops::truthy(&result)? {
            break;
        }
        left = right;
    }
    Ok(result)
}

fn bind(target: &Node, value: &Value, names: &mut Vec<(String, Value)>) -> Res<()> {
    if target.kind == "Name" {
        names.push((target.text.clone(), value.clone()));
        return Ok(());
    }
    let items = afar_runtime::collections::collect(value)?;
    for (target, item) in target.kids.iter().zip(&items) {
        bind(target, item, names)?;
    }
    Ok(())
}

/// Children: element (two for a dict), then for each `for` a node of target, source and conditions.
struct Walk {
    node: Arc<Node>,
    n_elements: usize,
    stack: Vec<(Value, Arc<Env>)>,
    done: bool,
}

impl Walk {
    fn new(node: &Node, env: &Arc<Env>) -> Res<Self> {
        let n_elements = if node.kind == "DictComp" { 2 } else { 1 };
        let first = eval(&node.kids[n_elements].kids[1], env)?;
        let node = Arc::new(Node { kind: node.kind.clone(), text: String::new(), kids: node.kids.clone() });
        Ok(Self { node, n_elements, stack: vec![(iter::of(&first)?, env.clone())], done: false })
    }

    fn step(&mut self) -> Res<Option<Arc<Env>>> {
        let n_fors = self.node.kids.len() - self.n_elements;
        while let Some((it, env)) = self.stack.last().cloned() {
            let clause = self.node.kids[self.n_elements + self.stack.len() - 1].clone();
            let Some(item) = iter::advance(&it)? else {
                self.stack.pop();
                continue;
            };
            let mut names = Vec::new();
            bind(&clause.kids[0], &item, &mut names)?;
            let inner = Arc::new(Env { names, parent: Some(env) });
            let mut keeps = true;
            for condition in &clause.kids[2..] {
                keeps = keeps && ops::truthy(&eval(condition, &inner)?)?;
            }
            if !keeps {
                continue;
            }
            if self.stack.len() == n_fors {
                return Ok(Some(inner));
            }
            let source = eval(&self.node.kids[self.n_elements + self.stack.len()].kids[1], &inner)?;
            self.stack.push((iter::of(&source)?, inner));
        }
        Ok(None)
    }
}

impl Iterate for Walk {
    fn next(&mut self) -> Res<Option<Value>> {
        if self.done {
            return Ok(None);
        }
        let result = match self.step() {
            Ok(Some(env)) => eval(&self.node.kids[0], &env).map(Some),
            Ok(None) => Ok(None),
            Err(e) => Err(e),
        };
        self.done = !matches!(result, Ok(Some(_)));
        result
    }

    fn type_name(&self) -> &'static str {
        "generator"
    }
}

fn comprehension(node: &Node, env: &Arc<Env>) -> Res {
    let mut walk = Walk::new(node, env)?;
    if node.kind == "GeneratorExp" {
        return Ok(Iter::value(walk));
    }
    let (mut items, mut dict) = (Vec::new(), Dict::new());
    while let Some(env) = walk.step()? {
        let first = eval(&node.kids[0], &env)?;
        if node.kind == "DictComp" {
            dict.insert(first, eval(&node.kids[1], &env)?)?;
        } else {
            items.push(first);
        }
    }
    match node.kind.as_str() {
        "ListComp" => Ok(Value::list(items)),
        "SetComp" => Ok(Value::Set(Ref::new(Set::from_values(false, items)?))),
        _ => Ok(Value::Dict(Ref::new(dict))),
    }
}

struct Lambda {
    params: Vec<String>,
    body: Arc<Node>,
    env: Arc<Env>,
}

impl HostObject for Lambda {
    fn type_name(&self) -> &str {
        "function"
    }

    fn repr(&self) -> Res<String> {
        Ok("<function <lambda>>".to_owned())
    }

    fn get_attr(&self, _: &Ref<Host>, name: &str) -> Res<Option<Value>> {
        Ok((name == "__name__").then(|| Value::str("<lambda>")))
    }

    fn is_callable(&self) -> bool {
        true
    }

    fn binds(&self) -> bool {
        true
    }

    fn call(&self, args: &Args<'_>) -> Res {
        let mut names = Vec::new();
        let mut pos = args.pos.iter();
        for param in &self.params {
            if let Some(star) = param.strip_prefix("**") {
                let mut dict = Dict::new();
                for (k, v) in args.kw.iter().filter(|(k, _)| !names.iter().any(|(n, _)| n == k.as_str())) {
                    dict.insert(Value::Str(k.clone()), v.clone())?;
                }
                names.push((star.to_owned(), Value::Dict(Ref::new(dict))));
            } else if let Some(star) = param.strip_prefix('*') {
                names.push((star.to_owned(), Value::tuple(pos.by_ref().cloned().collect::<Vec<_>>())));
            } else if let Some(value) = pos.next() {
                names.push((param.clone(), value.clone()));
            } else if let Some((_, value)) = args.kw.iter().find(|(k, _)| k.as_str() == param) {
                names.push((param.clone(), value.clone()));
            } else {
                return Err(Fault::type_error(format!(
                    "<lambda>() missing 1 required positional argument: '{param}'"
                )));
            }
        }
        if pos.next().is_some() {
            return Err(Fault::type_error(format!(
                "<lambda>() takes {} positional argument{} but {} were given",
                self.params.len(),
                if self.params.len() == 1 { "" } else { "s" },
                args.pos.len()
            )));
        }
        eval(&self.body, &Arc::new(Env { names, parent: Some(self.env.clone()) }))
    }

    fn as_any(&self) -> &dyn std::any::Any {
        self
    }
}
