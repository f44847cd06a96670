//! The operator methods of built-in types as attributes: `(3).__add__`, `object.__init__`, `super().__eq__(other)`.
//!
//! Each is one function for all types that have it; a receiver that is an instance of a subclass arrives as the value of
//! the built-in type (see [`super::call`]), so that `super().__add__(x)` never comes back to the subclass.

use super::{call, construct, descriptor, enums, exception, reflect};
use crate::ops::{self, BinOp, CmpOp, UnaryOp};
use crate::value::{Args, Builtin};
use crate::{Fault, Res, Value};

/// The layout of classes of iterators.
pub const LAYOUT_ITER: &str = "iterator";
/// The layout of classes of iterators that know how long they are.
pub const LAYOUT_SIZED: &str = "sized_iterator";

/// Refuses a wrong number of arguments, receiver included: [`super::wrapper::check`] has said so before in a call.
fn exactly(args: &Args<'_>, n: usize) -> Res<()> {
    if args.pos.len() == n + 1 {
        return Ok(());
    }
    let s = if n == 1 { "" } else { "s" };
    Err(Fault::type_error(format!("expected {n} argument{s}, got {}", args.pos.len().saturating_sub(1))))
}

macro_rules! binary {
    ($($name:ident $reflected:ident $op:ident),*) => {
        $(
            fn $name(args: &Args<'_>) -> Res {
                exactly(args, 1)?;
                ops::native_binary(BinOp::$op, &args.pos[0], super::class::unwrap(&args.pos[1]))
                    .unwrap_or(Ok(Value::NotImplemented))
            }
            fn $reflected(args: &Args<'_>) -> Res {
                exactly(args, 1)?;
                ops::native_binary(BinOp::$op, super::class::unwrap(&args.pos[1]), &args.pos[0])
                    .unwrap_or(Ok(Value::NotImplemented))
            }
        )*
    };
}
binary!(add radd Add, sub rsub Sub, mul rmul Mul, truediv rtruediv Div, floordiv rfloordiv FloorDiv, modulo rmodulo Mod,
    pow rpow Pow, lshift rlshift LShift, rshift rrshift RShift, bitand rbitand BitAnd, bitor rbitor BitOr,
    bitxor rbitxor BitXor);

macro_rules! unary {
    ($($name:ident $op:ident),*) => {
        $(fn $name(args: &Args<'_>) -> Res {
            exactly(args, 0)?;
            ops::unary(UnaryOp::$op, &args.pos[0])
        })*
    };
}
unary!(neg Neg, pos Pos, invert Invert);

macro_rules! compare {
    ($($name:ident $op:ident),*) => {
        $(fn $name(args: &Args<'_>) -> Res {
            exactly(args, 1)?;
            match ops::native_compare(CmpOp::$op, &args.pos[0], super::class::unwrap(&args.pos[1])) {
                Some(result) => Ok(Value::Bool(result?)),
                None => Ok(Value::NotImplemented),
            }
        })*
    };
}
compare!(eq Eq, ne Ne, lt Lt, le Le, gt Gt, ge Ge);

macro_rules! one {
    ($($name:ident = $body:expr;)*) => {
        $(fn $name(args: &Args<'_>) -> Res {
            exactly(args, 0)?;
            let f: fn(&Value) -> Res = $body;
            f(&args.pos[0])
        })*
    };
}
one! {
    len = |v| Ok(Value::usize(ops::len(v)?));
    iter = ops::iter;
    repr = |v| Ok(Value::string(ops::repr(v)?));
    str_ = |v| Ok(Value::Str(ops::to_str(v)?));
    bool_ = |v| Ok(Value::Bool(ops::truthy(v)?));
    hash = |v| Ok(hash_value(ops::hash(v)?));
    reversed = |v| construct::construct_reversed(&Args::positional(std::slice::from_ref(v)));
    abs = |v| crate::number::abs(v).unwrap_or(Ok(Value::NotImplemented));
    int = |v| crate::number::construct_int(&Args::positional(std::slice::from_ref(v)));
    float = |v| crate::number::construct_float(&Args::positional(std::slice::from_ref(v)));
    index = ops::index;
    itself = |v| Ok(v.clone());
    next = |v| ops::next(v)?.ok_or_else(|| stop(v));
    trunc = |v| crate::number::construct_int(&Args::positional(std::slice::from_ref(v)));
}

/// A hash as the integer that a `__hash__` gives.
#[expect(clippy::cast_possible_wrap, reason = "all 64 bits count")]
pub fn hash_value(hash: u64) -> Value {
    Value::Int(hash as i64)
}

/// The `StopIteration` of an iterator at its end, with the value of a generator.
pub fn stop(iterator: &Value) -> Fault {
    let value = match iterator {
        Value::Iter(iter) => iter.with(|i| Ok(i.return_value())).unwrap_or(Value::None),
        _ => Value::None,
    };
    Fault::stop_iteration(value)
}

/// `str.__rmod__`, which formats only by text of its own kind.
fn format_reflected(args: &Args<'_>) -> Res {
    exactly(args, 1)?;
    match (super::class::unwrap(&args.pos[1]), &args.pos[0]) {
        (Value::Str(_), Value::Str(_)) | (Value::Bytes(_), Value::Bytes(_)) => rmodulo(args),
        _ => Ok(Value::NotImplemented),
    }
}

fn contains(args: &Args<'_>) -> Res {
    exactly(args, 1)?;
    Ok(Value::Bool(ops::contains(&args.pos[0], &args.pos[1])?))
}

fn getitem(args: &Args<'_>) -> Res {
    exactly(args, 1)?;
    ops::getitem(&args.pos[0], &args.pos[1])
}

fn format(args: &Args<'_>) -> Res {
    args.rest().count("__format__", 1, 1)?;
    let Some(spec) = super::class::unwrap(&args.pos[1]).as_str() else {
        return Err(Fault::type_error(format!(
            "__format__() argument must be str, not {}",
            crate::number::clinic_name(&args.pos[1])
        )));
    };
    format_native(&args.pos[0], spec)
}

/// What the `__format__` of the built-in type says of an instance, whatever its class says.
pub(crate) fn format_native(value: &Value, spec: &str) -> Res {
    if spec.is_empty() {
        return Ok(Value::Str(ops::to_str(value)?));
    }
    let made = crate::number::format(value, spec).unwrap_or_else(|| crate::text::format_str(value, spec))?;
    Ok(Value::string(made))
}

fn divmod(args: &Args<'_>) -> Res {
    exactly(args, 1)?;
    crate::number::divmod(&args.pos[0], super::class::unwrap(&args.pos[1]))
        .unwrap_or(Ok(Value::NotImplemented))
}

fn rdivmod(args: &Args<'_>) -> Res {
    exactly(args, 1)?;
    crate::number::divmod(super::class::unwrap(&args.pos[1]), &args.pos[0])
        .unwrap_or(Ok(Value::NotImplemented))
}

fn round(args: &Args<'_>) -> Res {
    args.rest().count("__round__", 0, 1)?;
    crate::number::round(&args.pos[0], args.pos.get(1)).unwrap_or(Ok(Value::NotImplemented))
}

fn call_(args: &Args<'_>) -> Res {
    call::call(args.receiver(), &args.rest())
}

fn mro(args: &Args<'_>) -> Res {
    match args.receiver() {
        Value::Class(class) => {
            Ok(Value::list(super::class::mro(class).map(|c| Value::Class(c.clone())).collect()))
        }
        _ => Err(Fault::type_error("mro() needs a class")),
    }
}

type Slot = (&'static str, fn(&Args<'_>) -> Res);

const COMPARE: &[Slot] =
    &[("__eq__", eq), ("__ne__", ne), ("__lt__", lt), ("__le__", le), ("__gt__", gt), ("__ge__", ge)];
const HASH: &[Slot] = &[("__hash__", hash)];
const REPR: &[Slot] = &[("__repr__", repr)];
const NUMBER: &[Slot] = &[
    ("__add__", add),
    ("__radd__", radd),
    ("__sub__", sub),
    ("__rsub__", rsub),
    ("__mul__", mul),
    ("__rmul__", rmul),
    ("__truediv__", truediv),
    ("__rtruediv__", rtruediv),
    ("__pow__", pow),
    ("__rpow__", rpow),
    ("__neg__", neg),
    ("__pos__", pos),
    ("__abs__", abs),
    ("__bool__", bool_),
    ("__hash__", hash),
    ("__repr__", repr),
];
const REAL: &[Slot] = &[
    ("__floordiv__", floordiv),
    ("__rfloordiv__", rfloordiv),
    ("__mod__", modulo),
    ("__rmod__", rmodulo),
    ("__divmod__", divmod),
    ("__rdivmod__", rdivmod),
    ("__int__", int),
    ("__float__", float),
    ("__round__", round),
    ("__trunc__", trunc),
];
const BITS: &[Slot] = &[
    ("__lshift__", lshift),
    ("__rlshift__", rlshift),
    ("__rshift__", rshift),
    ("__rrshift__", rrshift),
    ("__and__", bitand),
    ("__rand__", rbitand),
    ("__or__", bitor),
    ("__ror__", rbitor),
    ("__xor__", bitxor),
    ("__rxor__", rbitxor),
];
const INDEX: &[Slot] = &[("__index__", index), ("__invert__", invert)];
const SEQUENCE: &[Slot] = &[
    ("__len__", len),
    ("__iter__", iter),
    ("__contains__", contains),
    ("__getitem__", getitem),
    ("__add__", add),
    ("__mul__", mul),
    ("__rmul__", rmul),
    ("__repr__", repr),
];
const CONTAINER: &[Slot] =
    &[("__len__", len), ("__iter__", iter), ("__contains__", contains), ("__repr__", repr)];
const VIEW: &[Slot] = &[("__len__", len), ("__iter__", iter), ("__repr__", repr)];
const SETS: &[Slot] = &[
    ("__and__", bitand),
    ("__rand__", rbitand),
    ("__or__", bitor),
    ("__ror__", rbitor),
    ("__xor__", bitxor),
    ("__rxor__", rbitxor),
    ("__sub__", sub),
    ("__rsub__", rsub),
];
const ITEM: &[Slot] = &[("__getitem__", getitem)];
const REVERSED: &[Slot] = &[("__reversed__", reversed)];
const MODULO: &[Slot] = &[("__mod__", modulo), ("__rmod__", format_reflected)];
const FORMAT: &[Slot] = &[("__format__", format)];
const BOOL: &[Slot] = &[("__bool__", bool_)];
const STR: &[Slot] = &[("__str__", str_)];
const ITER: &[Slot] = &[("__iter__", itself), ("__next__", next)];
const CALL: &[Slot] = &[("__call__", call_)];
const DICT: &[Slot] = &[("__or__", bitor), ("__ror__", rbitor)];
const MUTABLE: &[Slot] = &[("__init__", construct::init_late)];

/// The iterators whose place can be set.
const WITH_STATE: &str = "list_iterator tuple_iterator str_iterator str_ascii_iterator bytes_iterator range_iterator \
     longrange_iterator list_reverseiterator accumulate chain combinations combinations_with_replacement cycle dropwhile groupby \
     islice permutations product takewhile _tee zip_longest";

/// As [`of`], for a class that is known by the type of its values.
pub(super) fn of_named(layout: &'static str, name: &str) -> Vec<(&'static str, Value)> {
    let mut all = of(layout);
    if layout != "host" && WITH_STATE.split_whitespace().any(|n| n == name) {
        let (slot, function) = reflect::SETSTATE[0];
        all.push((slot, method(layout, slot, function)));
    }
    all
}

/// The operator methods of a built-in type, with `None` for `__hash__` where it has none, and its `__new__`.
pub(super) fn of(name: &'static str) -> Vec<(&'static str, Value)> {
    let groups: &[&[Slot]] = match name {
        "object" => &[reflect::OBJECT],
        "NoneType" | "NotImplementedType" => &[REPR, BOOL],
        "ellipsis" => &[REPR],
        "int" => &[NUMBER, REAL, BITS, INDEX, COMPARE, FORMAT, reflect::NEW_ARGS],
        "float" => &[NUMBER, REAL, COMPARE, FORMAT, reflect::NEW_ARGS],
        "complex" => &[NUMBER, COMPARE, FORMAT, reflect::NEW_ARGS],
        "str" => &[SEQUENCE, COMPARE, HASH, MODULO, FORMAT, STR, reflect::NEW_ARGS],
        "bytes" => &[SEQUENCE, COMPARE, HASH, MODULO, reflect::NEW_ARGS],
        "tuple" => &[SEQUENCE, COMPARE, HASH, reflect::NEW_ARGS],
        "list" => &[SEQUENCE, COMPARE, REVERSED, MUTABLE, reflect::LIST],
        "dict" => &[CONTAINER, COMPARE, REVERSED, ITEM, DICT, MUTABLE, reflect::DICT],
        "set" => &[CONTAINER, COMPARE, SETS, MUTABLE, reflect::SET],
        "frozenset" => &[CONTAINER, COMPARE, SETS, HASH],
        "range" => &[CONTAINER, COMPARE, REVERSED, ITEM, HASH, BOOL],
        "dict_keys" | "dict_items" => &[CONTAINER, COMPARE, SETS, REVERSED],
        "dict_values" => &[VIEW, REVERSED],
        "slice" => &[COMPARE, REPR],
        "generator" => &[ITER, reflect::DEL],
        "zip" => &[ITER, reflect::SETSTATE],
        "map" | "filter" | "enumerate" => &[ITER],
        "iterator" => &[ITER],
        "sized_iterator" => &[ITER, reflect::LENGTH_HINT],
        "reversed" => &[ITER, reflect::SETSTATE, reflect::LENGTH_HINT],
        "BaseException" => &[reflect::SETSTATE],
        "function" | "method_descriptor" | "wrapper_descriptor" => &[CALL, reflect::GET],
        "method" | "builtin_function_or_method" | "method-wrapper" => &[CALL],
        "staticmethod" => &[CALL, reflect::GET],
        "classmethod" | "property" | "_tuplegetter" | "cached_property" => &[reflect::GET],
        "type" => &[CALL, REPR, reflect::TYPE],
        _ => &[],
    };
    let mut all: Vec<(&'static str, Value)> = Vec::new();
    for (slot, function) in groups.iter().copied().flatten() {
        all.push((*slot, method(name, slot, *function)));
    }
    if matches!(name, "list" | "dict" | "set" | "slice" | "dict_keys" | "dict_items") {
        all.push(("__hash__", Value::None));
    }
    if let Some(new) = construct::new_of(name) {
        all.push(("__new__", descriptor::native_static(leak(name, "__new__", new))));
    }
    match name {
        "object" => {
            all.push((
                "__init_subclass__",
                descriptor::class_method(Value::Builtin(leak(
                    "",
                    "__init_subclass__",
                    construct::init_subclass,
                ))),
            ));
        }
        "Generic" => {
            let function = leak("", "__class_getitem__", super::typing::generic_getitem);
            all.push(("__class_getitem__", descriptor::class_method(Value::Builtin(function))));
        }
        "ABC" | "Protocol" => all.push(("__abstractmethods__", super::abstracts::none())),
        "Enum" => {
            for (name, getter) in super::enum_methods::getters() {
                all.push((name, descriptor::native_property(getter)));
            }
        }
        "dict" | "list" | "tuple" | "set" | "frozenset" | "enumerate" => {
            let function = leak("", "__class_getitem__", super::typing::class_getitem);
            all.push(("__class_getitem__", descriptor::class_method(Value::Builtin(function))));
        }
        _ => {}
    }
    all
}

fn leak(owner: &'static str, name: &'static str, call: fn(&Args<'_>) -> Res) -> &'static Builtin {
    Box::leak(Box::new(Builtin { name, owner, call }))
}

fn method(owner: &'static str, name: &'static str, call: fn(&Args<'_>) -> Res) -> Value {
    Value::Builtin(leak(owner, name, call))
}

/// The methods of this module's own types, which come before anything else of that name.
pub(super) fn overriding(name: &str) -> &'static [Builtin] {
    match name {
        "object" => construct::OBJECT,
        "type" => TYPE,
        "ABCMeta" => super::abstracts::META,
        "EnumType" => super::enum_methods::META,
        "BaseException" => exception::METHODS,
        "BaseExceptionGroup" => super::group::METHODS,
        "generator" => GENERATOR,
        "Enum" => enums::ENUM,
        "Flag" => enums::FLAG,
        "IntEnum" | "IntFlag" => enums::INT_ENUM,
        "StrEnum" => enums::STR_ENUM,
        "property" => descriptor::PROPERTY,
        "bool" => LOGIC,
        _ => &[],
    }
}

/// What `bool` does otherwise than `int`.
static LOGIC: &[Builtin] = &[
    Builtin { name: "__and__", owner: "bool", call: bitand },
    Builtin { name: "__rand__", owner: "bool", call: rbitand },
    Builtin { name: "__or__", owner: "bool", call: bitor },
    Builtin { name: "__ror__", owner: "bool", call: rbitor },
    Builtin { name: "__xor__", owner: "bool", call: bitxor },
    Builtin { name: "__rxor__", owner: "bool", call: rbitxor },
    Builtin { name: "__repr__", owner: "bool", call: repr },
];

static TYPE: &[Builtin] = &[Builtin { name: "mro", owner: "type", call: mro }];

static GENERATOR: &[Builtin] = &[
    Builtin { name: "send", owner: "generator", call: generator_send },
    Builtin { name: "throw", owner: "generator", call: generator_throw },
    Builtin { name: "close", owner: "generator", call: generator_close },
];

fn resume(generator: &Value, with: crate::iter::Resume) -> Res<Option<Value>> {
    match generator {
        Value::Iter(iter) => iter.with(|i| match i.resume(with) {
            Some(result) => result,
            None => {
                Err(Fault::attribute_error(format!("'{}' object has no attribute 'send'", i.type_name())))
            }
        }),
        _ => Err(Fault::type_error("a generator is needed")),
    }
}

fn generator_send(args: &Args<'_>) -> Res {
    args.rest().count("generator.send", 1, 1)?;
    let generator = args.receiver();
    resume(generator, crate::iter::Resume::Send(args.pos[1].clone()))?.ok_or_else(|| stop(generator))
}

fn generator_throw(args: &Args<'_>) -> Res {
    args.rest().no_keywords("generator.throw")?;
    args.rest().count("throw", 1, 3)?;
    if args.pos.get(3).is_some_and(|t| !t.is_none() && !super::typing::is_marker(t, "traceback")) {
        return Err(Fault::type_error("throw() third argument must be a traceback object"));
    }
    let generator = args.receiver();
    let fault = match (&args.pos[1], args.pos.get(2)) {
        (class @ Value::Class(_), Some(value)) if !value.is_none() => {
            exception::raise_value(&ops::call(class, std::slice::from_ref(value))?)
        }
        (Value::Instance(_), Some(value)) if !value.is_none() => {
            return Err(Fault::type_error("instance exception may not have a separate value"));
        }
        (value, _) => exception::throw_value(value),
    };
    resume(generator, crate::iter::Resume::Throw(fault))?.ok_or_else(|| stop(generator))
}

fn generator_close(args: &Args<'_>) -> Res {
    args.rest().count("generator.close", 0, 0)?;
    let exit = Fault::exception_args("GeneratorExit", Vec::new());
    match resume(args.receiver(), crate::iter::Resume::Throw(exit)) {
        Ok(None) => Ok(Value::None),
        Ok(Some(_)) => Err(Fault::exception("RuntimeError", "generator ignored GeneratorExit")),
        Err(fault) if fault.is("GeneratorExit") || fault.is("StopIteration") => Ok(Value::None),
        Err(fault) => Err(fault),
    }
}
