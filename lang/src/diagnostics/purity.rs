//! What changes something in place, or reaches outside: the ids, and the pure ways to write it.

use super::Explanation;
use crate::ast::*;
use crate::diagnostic::Diagnostic;
use crate::span::Span;

#[path = "purity_explained.rs"]
mod explained;
pub(crate) use explained::ALL;

pub(crate) type Explanations = &'static [Explanation];

/// `at` is the text of the index.
pub(crate) fn item_assignment(span: Span, receiver: &str, index: &Expr, at: &str) -> Diagnostic {
    let is_slice = matches!(index.kind, ExprKind::Slice { .. });
    let what = if is_slice { "a slice" } else { "an item" };
    let r = receiver;
    let in_list = match (at, at.parse::<u32>()) {
        ("0", _) => format!("{r} = [value] + {r}[1:]"),
        ("-1", _) => format!("{r} = {r}[:-1] + [value]"),
        (_, Ok(n)) => format!("{r} = {r}[:{n}] + [value] + {r}[{}:]", u64::from(n) + 1),
        _ => format!("{r} = {r}[:i] + [value] + {r}[i + 1:]"),
    };
    let key = if at.len() < 40 && !at.contains('\n') { at } else { "key" };
    let in_dict = format!("{r} = {r} | {{{key}: value}}");
    let help = match () {
        () if is_slice => format!("make a new list: `{r} = {r}[:i] + new + {r}[j:]`"),
        () if at.starts_with(['"', '\'']) => format!("make a new dict: `{in_dict}`"),
        () => format!("make a new value: `{in_list}` for a list, `{in_dict}` for a dict"),
    };
    Diagnostic::error("purity/item-assignment", format!("assignment to {what}"), span)
        .label("values never change")
        .help(help)
}

pub(crate) fn attribute_assignment(span: Span, receiver: &str, attr: &str, in_method: bool) -> Diagnostic {
    let help = if in_method && receiver == "self" {
        format!("return a new instance, with the new `{attr}`; only `__init__` sets the attributes of `self`")
    } else {
        format!(
            "make a new instance with the new `{attr}`, as `dataclasses.replace({receiver}, {attr}=...)` does"
        )
    };
    Diagnostic::error("purity/attribute-assignment", format!("assignment to the attribute `{attr}`"), span)
        .label("instances never change once they are made")
        .help(help)
}

pub(crate) fn special_method(span: Span, attr: &str) -> Diagnostic {
    Diagnostic::error("purity/attribute-assignment", format!("`{attr}` changes what it is called on"), span)
        .label("values never change")
        .help("make a new value")
}

fn sign(op: BinOp) -> &'static str {
    match op {
        BinOp::Add => "+",
        BinOp::Sub => "-",
        BinOp::Mul => "*",
        BinOp::Div => "/",
        BinOp::FloorDiv => "//",
        BinOp::Mod => "%",
        BinOp::Pow => "**",
        BinOp::MatMul => "@",
        BinOp::LShift => "<<",
        BinOp::RShift => ">>",
        BinOp::BitAnd => "&",
        BinOp::BitOr => "|",
        BinOp::BitXor => "^",
    }
}

/// Needs this parentheses to the right of an operator, whichever it is?
fn needs_parentheses(e: &Expr) -> bool {
    !matches!(
        e.kind,
        ExprKind::Constant(_)
            | ExprKind::Name(_)
            | ExprKind::Call { .. }
            | ExprKind::Attribute { .. }
            | ExprKind::Subscript { .. }
            | ExprKind::List(_)
            | ExprKind::Set(_)
            | ExprKind::Dict(_)
            | ExprKind::Format(_)
            | ExprKind::Comprehension(_)
    )
}

/// A product to the right of a sum stands as it is.
fn is_tighter(value: &Expr, op: BinOp) -> bool {
    let product = |op| matches!(op, BinOp::Mul | BinOp::Div | BinOp::FloorDiv | BinOp::Mod | BinOp::Pow);
    matches!(op, BinOp::Add | BinOp::Sub) && matches!(value.kind, ExprKind::Binary { op, .. } if product(op))
}

pub(crate) fn augmented_assignment(
    span: Span,
    target: &Expr,
    op: BinOp,
    value: &Expr,
    source: &str,
) -> Diagnostic {
    let sign = sign(op);
    let text = |span: Span| source.get(span.start as usize..span.end as usize).unwrap_or("");
    let error =
        Diagnostic::error("purity/augmented-assignment", format!("augmented assignment `{sign}=`"), span)
            .label("this would change the value in place");
    let ExprKind::Name(name) = &target.kind else {
        let target = text(target.span);
        return error.help(format!("make a new value that has `{target} {sign} ...` in its place"));
    };
    let rest = text(Span::new(target.span.end, span.end));
    let Some((_, right)) = rest.split_once(&format!("{sign}=")) else { return error };
    let right = right.trim();
    let start = span.end - crate::token::offset(right.len());
    let is_parenthesised = right.starts_with('(') && value.span.start > start;
    let fits = is_parenthesised || right.starts_with('(') && matches!(value.kind, ExprKind::Tuple(_));
    let plain = fits || !needs_parentheses(value) || is_tighter(value, op);
    let right = if plain { right.to_owned() } else { format!("({right})") };
    let replacement = format!("{name} = {name} {sign} {right}");
    error.help(format!("write `{replacement}`")).fix(span, replacement)
}

pub(crate) fn del(span: Span, values: &[Expr]) -> Diagnostic {
    let help = match values.first().map(|v| &v.kind) {
        Some(ExprKind::Name(_)) => "leave it out: what no name needs any more is freed by itself",
        Some(ExprKind::Attribute { .. }) => "make a new instance without it",
        _ => "make a new value: `a[:i] + a[i + 1:]`, or `{k: v for k, v in d.items() if k != key}`",
    };
    Diagnostic::error("purity/del", "`del` is not pure", span)
        .label("values and names stay as they are")
        .help(help)
}

pub(crate) fn global(span: Span) -> Diagnostic {
    Diagnostic::error("purity/global", "`global` is not pure", span)
        .label("a function cannot change what the edge binds")
        .help("return the new value, and bind it where the function is called")
}

pub(crate) fn nonlocal(span: Span) -> Diagnostic {
    Diagnostic::error("purity/nonlocal", "`nonlocal` is not pure", span)
        .label("a function cannot change what a function around it binds")
        .help("take the value as a parameter, and return the new one")
}

pub(crate) fn print(span: Span) -> Diagnostic {
    Diagnostic::error("purity/print", "`print` in pure code", span)
        .label("`print` is a statement of the edge, or of a block's own body")
        .help("return the value, and print it at the top level")
}

pub(crate) fn impure_builtin(name: &str, span: Span) -> Diagnostic {
    let (id, label, help) = match name {
        "open" => {
            ("purity/input-output", "files are not read here", "read files by `afar.io.read_text(path)`")
        }
        "input" => {
            ("purity/input-output", "nobody is asked anything", "take the text from `sys.argv` at the edge")
        }
        "help" | "copyright" | "credits" | "license" => {
            ("purity/input-output", "this is for a person at a prompt", "look it up, and leave it out")
        }
        "exit" | "quit" => (
            "purity/input-output",
            "this ends an interactive session",
            "write `sys.exit(status)`, at the edge",
        ),
        "eval" | "exec" | "compile" => (
            "purity/dynamic-code",
            "code that is made while the program runs cannot be checked",
            "write a function, or a dict of functions",
        ),
        "locals" | "globals" | "vars" => (
            "purity/reflection",
            "this hands out the names themselves",
            "build the dict that is meant: `{\"x\": x}`",
        ),
        "setattr" | "delattr" => (
            "purity/reflection",
            "this would change an instance",
            "make a new instance, as `dataclasses.replace` does",
        ),
        "id" => (
            "purity/identity",
            "it differs from run to run",
            "compare by `==`, or give things a number of your own",
        ),
        "hash" | "__hash__" => (
            "purity/identity",
            "it differs from run to run",
            "use `hashlib`, or put the value into a set or dict; within `__hash__` it is allowed",
        ),
        "bytearray" | "memoryview" => ("purity/mutable-type", "its values change in place", "use `bytes`"),
        "__import__" => ("purity/dynamic-code", "what is imported must be known", "write `import`"),
        _ => ("purity/dynamic-code", "this has no place in a pure program", "leave it out"),
    };
    Diagnostic::error(id, format!("`{name}` is not pure"), span).label(label).help(help)
}

pub(crate) fn impure_import(module: &str, span: Span) -> Diagnostic {
    let root = module.split('.').next().unwrap_or("");
    let help = match root {
        "random" | "secrets" => "use `afar.random`: `afar.random.uniform(seed, i)` is the same in every run",
        "os" | "pathlib" | "io" | "glob" | "shutil" | "tempfile" | "fileinput" => {
            "read files by `afar.io.read_text`, and write them at the edge by `afar.io.write_text`"
        }
        "time" => "leave it out: a pure program cannot tell the time; `afar run --stats` measures it",
        "numpy" | "pandas" | "scipy" => {
            "write loops and comprehensions over lists: they are compiled, and run on all cores"
        }
        "pickle" | "marshal" | "shelve" => "leave it out, or use `json`: values travel by themselves",
        "threading" | "multiprocessing" | "concurrent" | "asyncio" | "queue" | "subprocess" | "dask"
        | "ray" => {
            "leave it out: what is independent runs in parallel by itself, and `remotely` on a cluster"
        }
        "logging" | "warnings" => "return what is to be said, and `print` it at the edge",
        "uuid" => "use `hashlib` over what makes the thing unique",
        "urllib" | "http" | "requests" | "socket" => "read from object stores by `afar.io`",
        "copy" => "leave it out: values never change, so a copy is the value itself",
        "contextlib" => "write a class with `__enter__` and `__exit__`, or `try` and `finally`",
        "inspect" | "weakref" | "gc" | "traceback" => "leave it out: it shows what the implementation has",
        "array" => "use a list: lists of numbers are stored as arrays",
        _ => "a program can import the pure standard library, `afar`, and files beside the script",
    };
    Diagnostic::error(
        "purity/impure-import",
        format!("the module `{module}` is not pure, or not known"),
        span,
    )
    .label("it cannot be imported")
    .help(help)
}

pub(crate) fn impure_member(dotted: &str, span: Span) -> Diagnostic {
    let (label, help) = if dotted.starts_with("datetime.") {
        (
            "it differs from run to run",
            "take the time as an argument, and give it at the edge, as `datetime.fromisoformat(sys.argv[1])`",
        )
    } else {
        (
            "this part of the module is left out",
            "of `sys` there are `argv`, `stderr`, `exit` at the edge, and constants as `maxsize`, `version_info` anywhere",
        )
    };
    Diagnostic::error("purity/impure-member", format!("`{dotted}` is not pure"), span).label(label).help(help)
}

pub(crate) fn relative_import(span: Span) -> Diagnostic {
    Diagnostic::error("purity/impure-import", "a relative import", span)
        .help("import the file beside the script by its name")
}

pub(crate) fn import_star(span: Span, module: &str) -> Diagnostic {
    Diagnostic::error("purity/import-star", "an import of everything", span)
        .label("what this binds cannot be seen")
        .help(format!("name what is used: `from {module} import a, b`"))
}

pub(crate) fn asynchronous(what: &str, span: Span, near: Span) -> Diagnostic {
    Diagnostic::error(
        "purity/async",
        format!("{what} is not pure"),
        Span::new(span.start, near.end.max(span.start)),
    )
    .label("what waits depends on time")
    .help("write it without: what is independent runs in parallel by itself")
}

/// What a method would change.
#[derive(Clone, Copy)]
pub(crate) enum Receiver<'a> {
    /// A name that can be bound again here.
    Name(&'a str),
    /// Anything else, as it is written.
    Other(&'a str),
}

/// `item` is the text of the only argument, where there is one; of `sort`, that of all of them.
pub(crate) fn mutating_method(
    span: Span,
    receiver: Receiver<'_>,
    method: &str,
    item: Option<&str>,
) -> Diagnostic {
    let (Receiver::Name(r) | Receiver::Other(r)) = receiver;
    let x = item.filter(|text| text.len() < 40 && !text.contains('\n')).unwrap_or("x");
    let help = match method {
        "append" => format!("write `{r} = {r} + [{x}]`"),
        "appendleft" => format!("write `{r} = [{x}] + {r}`"),
        "extend" | "extendleft" => format!("write `{r} = {r} + list({x})`"),
        "insert" => format!("write `{r} = {r}[:i] + [x] + {r}[i:]`"),
        "popleft" => format!("read `{r}[0]`, and go on with `{r}[1:]`"),
        "pop" if item.is_none() => format!("read `{r}[-1]`, and go on with `{r}[:-1]`"),
        "pop" => format!(
            "read `{r}[{x}]`, and go on with `{r}[:i] + {r}[i + 1:]` of a list, \
             `{{k: v for k, v in {r}.items() if k != {x}}}` of a dict"
        ),
        "popitem" => format!("build a new dict without the item: `{{k: v for k, v in {r}.items() if ...}}`"),
        "remove" => format!(
            "write `i = {r}.index({x})` and `{r} = {r}[:i] + {r}[i + 1:]` for a list, `{r} = {r} - {{{x}}}` for a set"
        ),
        "discard" => format!("write `{r} = {r} - {{{x}}}`"),
        "clear" => "bind an empty value".to_owned(),
        "sort" if item.is_some() => format!("write `{r} = sorted({r}, {x})`"),
        "sort" => format!("write `{r} = sorted({r})`"),
        "reverse" => format!("write `{r} = {r}[::-1]`"),
        "rotate" => format!("write `{r} = {r}[-n:] + {r}[:-n]`"),
        "add" => format!("write `{r} = {r} | {{{x}}}`"),
        "update" => format!("write `{r} = {r} | {x}` for a dict, `{r} = {r}.union({x})` for a set"),
        "setdefault" => format!("write `{r} = {{**{r}, key: {r}.get(key, default)}}`"),
        "move_to_end" => "build a new dict in the order that is meant".to_owned(),
        _ => "use the operator that makes a new value: `|`, `&`, `-`, `^`".to_owned(),
    };
    let help = match receiver {
        Receiver::Name(_) => help,
        Receiver::Other(_) => {
            help.replace(&format!("write `{r} = "), "make a new value: `").replace(&format!("`{r} = "), "`")
        }
    };
    Diagnostic::error("purity/mutating-method", format!("`{method}` changes a value in place"), span)
        .label("values never change")
        .help(help)
}

pub(crate) fn mutable_default(param: &Ident, default: Span, write: Span) -> Diagnostic {
    let name = &param.name;
    Diagnostic::error("purity/mutable-default", format!("the default of `{name}` is written to"), default)
        .label("made once, and shared by all calls")
        .also(write, "written to here")
        .help(format!("pass `{name}` in, and return the new value beside the result"))
}

pub(crate) fn rebind_captured(name: &str, owner: &str, span: Span) -> Diagnostic {
    Diagnostic::error("purity/rebind-captured", format!("`{name}` belongs to `{owner}`"), span)
        .label("this binds a name of its own, and reads it before it is bound")
        .help(format!("bind another name: `new_{name} = {name} ...`"))
}
