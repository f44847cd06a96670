//! `operator`: the operators as functions, and getters as values.

mod getters;

use crate::native::refusal;
use afar_runtime::collections::arity;
use afar_runtime::iter::{advance, of};
use afar_runtime::object::{call, exception};
use afar_runtime::ops::{self, BinOp, CmpOp, UnaryOp};
use afar_runtime::{Args, Builtin, Fault, Res, Value};

/// What the module holds.
pub const NAMES: &[&str] = &[
    "abs",
    "add",
    "and_",
    "attrgetter",
    "call",
    "concat",
    "contains",
    "countOf",
    "delitem",
    "eq",
    "floordiv",
    "ge",
    "getitem",
    "gt",
    "iadd",
    "iand",
    "iconcat",
    "ifloordiv",
    "ilshift",
    "imatmul",
    "imod",
    "imul",
    "index",
    "indexOf",
    "inv",
    "invert",
    "ior",
    "ipow",
    "irshift",
    "is_",
    "is_not",
    "isub",
    "itemgetter",
    "itruediv",
    "ixor",
    "le",
    "length_hint",
    "lshift",
    "lt",
    "matmul",
    "methodcaller",
    "mod",
    "mul",
    "ne",
    "neg",
    "not_",
    "or_",
    "pos",
    "pow",
    "rshift",
    "setitem",
    "sub",
    "truediv",
    "truth",
    "xor",
    "__abs__",
    "__add__",
    "__and__",
    "__call__",
    "__concat__",
    "__contains__",
    "__delitem__",
    "__eq__",
    "__floordiv__",
    "__ge__",
    "__getitem__",
    "__gt__",
    "__iadd__",
    "__iand__",
    "__iconcat__",
    "__ifloordiv__",
    "__ilshift__",
    "__imatmul__",
    "__imod__",
    "__imul__",
    "__index__",
    "__inv__",
    "__invert__",
    "__ior__",
    "__ipow__",
    "__irshift__",
    "__isub__",
    "__itruediv__",
    "__ixor__",
    "__le__",
    "__lshift__",
    "__lt__",
    "__matmul__",
    "__mod__",
    "__mul__",
    "__ne__",
    "__neg__",
    "__not__",
    "__or__",
    "__pos__",
    "__pow__",
    "__rshift__",
    "__setitem__",
    "__sub__",
    "__truediv__",
    "__xor__",
];

/// A name of the module.
pub fn lookup(name: &str) -> Option<Value> {
    if let Some(class) = getters::lookup(name) {
        return Some(class);
    }
    let name = match name.strip_prefix("__").and_then(|inner| inner.strip_suffix("__")) {
        Some("and") => "and_",
        Some("not") => "not_",
        Some("or") => "or_",
        Some(inner) => inner,
        None => name,
    };
    BUILTINS.iter().find(|b| b.name == name).map(Value::Builtin)
}

fn two<'a>(args: &Args<'a>, name: &str) -> Res<(&'a Value, &'a Value)> {
    if !args.kw.is_empty() {
        return Err(Fault::type_error(format!("_operator.{name}() takes no keyword arguments")));
    }
    arity(name, args.pos.len(), 2, 2)?;
    Ok((&args.pos[0], &args.pos[1]))
}

fn one<'a>(args: &Args<'a>, name: &str) -> Res<&'a Value> {
    if !args.kw.is_empty() {
        return Err(Fault::type_error(format!("_operator.{name}() takes no keyword arguments")));
    }
    if args.pos.len() != 1 {
        return Err(Fault::type_error(format!(
            "_operator.{name}() takes exactly one argument ({} given)",
            args.pos.len()
        )));
    }
    Ok(&args.pos[0])
}

/// `a op b`, where `a` is not changed in place by CPython.
fn in_place(op: BinOp, a: &Value, b: &Value, name: &str) -> Res {
    match a {
        Value::List(_) | Value::Dict(_) => {
            Err(refusal(&format!("operator.{name}"), "use the operator that makes a new value"))
        }
        Value::Set(set) if !set.frozen => {
            Err(refusal(&format!("operator.{name}"), "use the operator that makes a new value"))
        }
        _ => {
            let special = format!("__i{}__", name.trim_start_matches('i').trim_end_matches('_'));
            if name != "iconcat"
                && let Value::Instance(instance) = a
                && let Some(method) = instance.class.special(&special)
            {
                let result = call::call_attr(method, a, &Args::positional(std::slice::from_ref(b)))?;
                if !matches!(result, Value::NotImplemented) {
                    return Ok(result);
                }
            }
            if name == "iconcat" && !is_sequence(a) {
                return Err(Fault::type_error(format!(
                    "'{}' object can't be concatenated",
                    ops::type_name(a)
                )));
            }
            ops::binary(op, a, b).map_err(|fault| said_in_place(op, fault))
        }
    }
}

/// What is said of operands that do not go together, of the operator in place.
fn said_in_place(op: BinOp, fault: Fault) -> Fault {
    const BEGIN: &str = "unsupported operand type(s) for ";
    let symbol = if op == BinOp::Pow { "** or pow()" } else { op.symbol() };
    if !fault.is("TypeError") {
        return fault;
    }
    let text = fault.as_exception().and_then(|e| exception::text(e).ok()).unwrap_or_default();
    match text.strip_prefix(BEGIN).and_then(|t| t.strip_prefix(symbol)) {
        Some(rest) => {
            let shown = if op == BinOp::Pow { "**" } else { symbol };
            Fault::type_error(format!("{BEGIN}{shown}={rest}"))
        }
        None => fault,
    }
}

macro_rules! table {
    ($(binary $b:literal $bop:ident;)* $(in_place $i:literal $iop:ident;)* $(compare $c:literal $cop:ident;)*
     $(unary $u:literal $uop:ident;)* $(other $o:literal $f:expr;)*) => {
        &[
            $(Builtin { name: $b, owner: "operator", call: |args| {
                let (a, b) = two(args, $b)?;
                ops::binary(BinOp::$bop, a, b)
            } },)*
            $(Builtin { name: $i, owner: "operator", call: |args| {
                let (a, b) = two(args, $i)?;
                in_place(BinOp::$iop, a, b, $i)
            } },)*
            $(Builtin { name: $c, owner: "operator", call: |args| {
                let (a, b) = two(args, $c)?;
                ops::compare(CmpOp::$cop, a, b)
            } },)*
            $(Builtin { name: $u, owner: "operator", call: |args| ops::unary(UnaryOp::$uop, one(args, $u)?) },)*
            $(Builtin { name: $o, owner: "operator", call: $f },)*
        ]
    };
}

static BUILTINS: &[Builtin] = table! {
    binary "add" Add;
    binary "and_" BitAnd;
    binary "floordiv" FloorDiv;
    binary "lshift" LShift;
    binary "matmul" MatMul;
    binary "mod" Mod;
    binary "mul" Mul;
    binary "or_" BitOr;
    binary "pow" Pow;
    binary "rshift" RShift;
    binary "sub" Sub;
    binary "truediv" Div;
    binary "xor" BitXor;
    in_place "iadd" Add;
    in_place "iand" BitAnd;
    in_place "iconcat" Add;
    in_place "ifloordiv" FloorDiv;
    in_place "ilshift" LShift;
    in_place "imatmul" MatMul;
    in_place "imod" Mod;
    in_place "imul" Mul;
    in_place "ior" BitOr;
    in_place "ipow" Pow;
    in_place "irshift" RShift;
    in_place "isub" Sub;
    in_place "itruediv" Div;
    in_place "ixor" BitXor;
    compare "eq" Eq;
    compare "ge" Ge;
    compare "gt" Gt;
    compare "le" Le;
    compare "lt" Lt;
    compare "ne" Ne;
    unary "inv" Invert;
    unary "invert" Invert;
    unary "neg" Neg;
    unary "pos" Pos;
    other "abs" |args| ops::abs(one(args, "abs")?);
    other "call" |args| match args.pos {
        [func, rest @ ..] => call::call(func, &Args { pos: rest, kw: args.kw }),
        [] => Err(Fault::type_error("call expected at least 1 argument, got 0")),
    };
    other "concat" concat;
    other "contains" |args| {
        let (a, b) = two(args, "contains")?;
        ops::contains(a, b).map(Value::Bool)
    };
    other "countOf" |args| {
        let (a, b) = two(args, "countOf")?;
        count_of(a, b)
    };
    other "delitem" |_| Err(refusal("operator.delitem", "make a new value without the item"));
    other "getitem" |args| {
        let (a, b) = two(args, "getitem")?;
        ops::getitem(a, b)
    };
    other "index" |args| ops::index(one(args, "index")?);
    other "indexOf" |args| {
        let (a, b) = two(args, "indexOf")?;
        index_of(a, b)
    };
    other "is_" |args| {
        let (a, b) = two(args, "is_")?;
        ops::is(a, b).map(Value::Bool)
    };
    other "is_not" |args| {
        let (a, b) = two(args, "is_not")?;
        ops::is(a, b).map(|same| Value::Bool(!same))
    };
    other "length_hint" length_hint;
    other "not_" |args| ops::truthy(one(args, "not_")?).map(|t| Value::Bool(!t));
    other "setitem" |_| Err(refusal("operator.setitem", "make a new value with the item"));
    other "truth" |args| ops::truthy(one(args, "truth")?).map(Value::Bool);
};

fn is_sequence(value: &Value) -> bool {
    matches!(
        value,
        Value::List(_)
            | Value::Tuple(_)
            | Value::Str(_)
            | Value::Bytes(_)
            | Value::Instance(_)
            | Value::Host(_)
    )
}

fn concat(args: &Args<'_>) -> Res {
    let (a, b) = two(args, "concat")?;
    if !is_sequence(a) {
        return Err(Fault::type_error(format!("'{}' object can't be concatenated", ops::type_name(a))));
    }
    let wrong = || Fault::type_error(format!("'{}' object can't be concatenated", ops::type_name(a)));
    let Value::Instance(instance) = a else { return ops::binary(BinOp::Add, a, b) };
    if instance.payload().is_some_and(|p| !matches!(p, Value::Dict(_) | Value::Set(_))) {
        return ops::binary(BinOp::Add, a, b);
    }
    let has_items = |v: &Value| match v {
        Value::Instance(i) => {
            !matches!(i.payload(), Some(Value::Dict(_))) && i.class.special("__getitem__").is_some()
        }
        other => is_sequence(other),
    };
    if !has_items(a) || !has_items(b) {
        return Err(wrong());
    }
    ops::binary(BinOp::Add, a, b).map_err(|fault| {
        let text = fault.as_exception().and_then(|e| ops::to_str(e).ok());
        match text {
            Some(text) if text.as_str().starts_with("unsupported operand") => wrong(),
            _ => fault,
        }
    })
}

fn items_of(source: &Value) -> Res {
    of(source).map_err(|e| {
        if e.is("TypeError") {
            Fault::type_error(format!("argument of type '{}' is not iterable", ops::type_name(source)))
        } else {
            e
        }
    })
}

fn count_of(source: &Value, wanted: &Value) -> Res {
    let it = items_of(source)?;
    let mut n = 0;
    while let Some(item) = advance(&it)? {
        n += usize::from(ops::eq(&item, wanted)?);
    }
    Ok(Value::usize(n))
}

fn index_of(source: &Value, wanted: &Value) -> Res {
    let it = items_of(source)?;
    let mut at = 0;
    while let Some(item) = advance(&it)? {
        if ops::eq(&item, wanted)? {
            return Ok(Value::usize(at));
        }
        at += 1;
    }
    Err(Fault::value_error("sequence.index(x): x not in sequence"))
}

fn length_hint(args: &Args<'_>) -> Res {
    if !args.kw.is_empty() {
        return Err(Fault::type_error("_operator.length_hint() takes no keyword arguments"));
    }
    arity("length_hint", args.pos.len(), 1, 2)?;
    let default = args.pos.get(1).cloned().unwrap_or(Value::Int(0));
    if afar_runtime::number::num(&default).is_none() || matches!(default, Value::Float(_) | Value::Complex(_))
    {
        return Err(Fault::type_error(format!(
            "'{}' object cannot be interpreted as an integer",
            ops::type_name(&default)
        )));
    }
    match &args.pos[0] {
        Value::Iter(it) => it.with(|it| Ok(Value::usize(it.size_hint()))),
        value => match ops::len(value) {
            Ok(n) => Ok(Value::usize(n)),
            Err(e) if e.is("TypeError") => Ok(default),
            Err(e) => Err(e),
        },
    }
}
