//! The methods of the members of enums and flags.

use super::class::{class_ref, unwrap};
use super::enums::{Boundary, EnumInfo, FlagInfo, bits, single_flags};
use super::func::ParamKind;
use super::native_method::signature;
use super::{attr, call, slots};
use crate::value::{Args, Builtin};
use crate::{Fault, Res, Value, ops};

/// Of every member.
pub(super) static ENUM: &[Builtin] = &[
    Builtin { name: "__init__", owner: "Enum", call: |_| Ok(Value::None) },
    Builtin { name: "__repr__", owner: "Enum", call: repr },
    Builtin { name: "__str__", owner: "Enum", call: str },
    Builtin { name: "__format__", owner: "Enum", call: format },
    Builtin { name: "__hash__", owner: "Enum", call: hash },
];

/// Of flags, besides.
pub(super) static FLAG: &[Builtin] = &[
    Builtin { name: "__repr__", owner: "Flag", call: repr },
    Builtin { name: "__str__", owner: "Flag", call: flag_str },
    Builtin { name: "__or__", owner: "Flag", call: or },
    Builtin { name: "__and__", owner: "Flag", call: and },
    Builtin { name: "__xor__", owner: "Flag", call: xor },
    Builtin { name: "__ror__", owner: "Flag", call: or },
    Builtin { name: "__rand__", owner: "Flag", call: and },
    Builtin { name: "__rxor__", owner: "Flag", call: xor },
    Builtin { name: "__invert__", owner: "Flag", call: invert },
    Builtin { name: "__contains__", owner: "Flag", call: contains },
    Builtin { name: "__iter__", owner: "Flag", call: iter },
    Builtin { name: "__len__", owner: "Flag", call: len },
    Builtin { name: "__bool__", owner: "Flag", call: bool },
];

/// Of enums as classes.
pub(super) static META: &[Builtin] = &[
    Builtin {
        name: "__len__",
        owner: "EnumType",
        call: |args| of_class(args, "__len__", "", |c, _| length(c)),
    },
    Builtin {
        name: "__iter__",
        owner: "EnumType",
        call: |args| of_class(args, "__iter__", "", |c, _| ops::iter(c)),
    },
    Builtin {
        name: "__reversed__",
        owner: "EnumType",
        call: |args| of_class(args, "__reversed__", "", |c, _| reversed(c)),
    },
    Builtin {
        name: "__bool__",
        owner: "EnumType",
        call: |args| of_class(args, "__bool__", "", |_, _| Ok(Value::Bool(true))),
    },
    Builtin {
        name: "__getitem__",
        owner: "EnumType",
        call: |args| of_class(args, "__getitem__", "name", ops::getitem),
    },
    Builtin {
        name: "__contains__",
        owner: "EnumType",
        call: |args| of_class(args, "__contains__", "member", |c, x| ops::contains(c, x).map(Value::Bool)),
    },
];

/// A method of an enum as a class, with the parameter of this name, if any.
fn of_class(args: &Args<'_>, name: &str, param: &str, run: fn(&Value, &Value) -> Res) -> Res {
    let mut params = vec![("cls".into(), ParamKind::Normal, Value::Unbound)];
    if !param.is_empty() {
        params.push((param.into(), ParamKind::Normal, Value::Unbound));
    }
    let bound = call::bind(&signature(format!("EnumType.{name}"), params), args)?;
    run(&bound[0], bound.get(1).unwrap_or(&Value::None))
}

fn length(class: &Value) -> Res {
    ops::len(class).map(Value::usize)
}

fn reversed(class: &Value) -> Res {
    crate::iter::reversed(&Value::tuple(ops::collect(class)?))
}

/// Of enums that show as what is mixed in.
pub(super) static INT_ENUM: &[Builtin] = &[
    Builtin { name: "__repr__", owner: "IntEnum", call: repr },
    Builtin { name: "__str__", owner: "IntEnum", call: payload_str },
    Builtin { name: "__format__", owner: "IntEnum", call: payload_format },
];

/// As [`INT_ENUM`], for text.
pub(super) static STR_ENUM: &[Builtin] = &[
    Builtin { name: "__repr__", owner: "StrEnum", call: repr },
    Builtin { name: "__str__", owner: "StrEnum", call: payload_str },
    Builtin { name: "__format__", owner: "StrEnum", call: payload_format },
];

fn value_of(member: &Value) -> Res {
    attr::get(member, "_value_")
}

fn repr(args: &Args<'_>) -> Res {
    let member = args.receiver();
    let class = &class_ref(member).name;
    let value = super::enum_data::repr_value(class_ref(member), &value_of(member)?)?;
    Ok(Value::string(match attr::get(member, "_name_")? {
        Value::None => format!("<{class}: {value}>"),
        name => format!("<{class}.{}: {value}>", ops::to_str(&name)?),
    }))
}

fn str(args: &Args<'_>) -> Res {
    let member = args.receiver();
    Ok(Value::string(format!("{}.{}", class_ref(member).name, ops::to_str(&attr::get(member, "_name_")?)?)))
}

/// A method of enums, called with something else: CPython's are functions, which take anything.
pub(super) fn of_stranger(method: &Builtin, args: &Args<'_>) -> Res {
    let this = args.receiver();
    let class = class_ref(this);
    match method.name {
        "__repr__" => {
            let shows = attr::get(&Value::Class(class.clone()), "_value_repr_")?;
            let name = ops::to_str(&attr::get(this, "_name_")?)?;
            let value = value_of(this)?;
            let shown = match ops::truthy(&shows)? {
                true => ops::to_str(&call::call(&shows, &Args::positional(&[value]))?)?.to_string(),
                false => ops::repr(&value)?,
            };
            Ok(Value::string(format!("<{}.{name}: {shown}>", class.name)))
        }
        "__str__" => str(args),
        "__hash__" => hash(args),
        name => Err(Fault::not_pure(format!("`{}.{name}` of what is no member of an enum", method.owner))),
    }
}

fn flag_str(args: &Args<'_>) -> Res {
    let member = args.receiver();
    let class = &class_ref(member).name;
    Ok(Value::string(match attr::get(member, "_name_")? {
        Value::None => format!("{class}({})", ops::repr(&value_of(member)?)?),
        name => format!("{class}.{}", ops::to_str(&name)?),
    }))
}

fn spec_of<'a>(args: &Args<'a>) -> Res<&'a str> {
    args.rest().count("__format__", 1, 1)?;
    unwrap(&args.pos[1]).as_str().ok_or_else(|| Fault::type_error("a format specification must be a str"))
}

fn format(args: &Args<'_>) -> Res {
    let text = ops::to_str(args.receiver())?;
    Ok(Value::Str(ops::format(&Value::Str(text), spec_of(args)?)?))
}

fn hash(args: &Args<'_>) -> Res {
    Ok(slots::hash_value(ops::hash(&attr::get(args.receiver(), "_name_")?)?))
}

fn payload_str(args: &Args<'_>) -> Res {
    Ok(Value::Str(ops::to_str(unwrap(args.receiver()))?))
}

fn payload_format(args: &Args<'_>) -> Res {
    slots::format_native(args.receiver(), spec_of(args)?)
}

/// The class of a flag, what it knows, and the bits of the member.
fn flag(member: &Value) -> Res<(&EnumInfo, &FlagInfo, i64)> {
    let info = class_ref(member).enum_info.get();
    let bits = bits(&value_of(member)?);
    match (info.and_then(|i| i.flag.as_ref().map(|f| (i, f))), bits) {
        (Some((info, flag)), Some(bits)) => Ok((info, flag, bits)),
        _ => Err(Fault::type_error("a member of a flag is needed")),
    }
}

fn make(member: &Value, value: i64) -> Res {
    call::call(&Value::Class(class_ref(member).clone()), &Args::positional(&[Value::Int(value)]))
}

fn combine(args: &Args<'_>, how: fn(i64, i64) -> i64) -> Res {
    has_other(args, "__or__")?;
    let (member, other) = (&args.pos[0], &args.pos[1]);
    let class = class_ref(member);
    let is_member = class_ref(other).is_subclass(class);
    if !is_member && (class.layout.is_empty() || !class_ref(other).is_subclass_of(class.layout)) {
        return Ok(Value::NotImplemented);
    }
    let right = if is_member { bits(&value_of(other)?) } else { bits(other) };
    let (_, _, left) = flag(member)?;
    match right {
        Some(right) => make(member, how(left, right)),
        None => Ok(Value::NotImplemented),
    }
}

fn or(args: &Args<'_>) -> Res {
    combine(args, |a, b| a | b)
}

fn and(args: &Args<'_>) -> Res {
    combine(args, |a, b| a & b)
}

fn xor(args: &Args<'_>) -> Res {
    combine(args, |a, b| a ^ b)
}

fn invert(args: &Args<'_>) -> Res {
    let member = args.receiver();
    let (_, flag, value) = flag(member)?;
    match flag.boundary {
        Boundary::Eject | Boundary::Keep => make(member, !value),
        Boundary::Strict | Boundary::Conform => make(member, flag.singles & !value),
    }
}

/// Refuses a method that needs another operand without one, as its `def` in CPython does.
fn has_other(args: &Args<'_>, name: &str) -> Res<()> {
    match args.pos {
        [_] => {
            Err(Fault::type_error(format!("Flag.{name}() missing 1 required positional argument: 'other'")))
        }
        _ => args.rest().count(name, 1, 1),
    }
}

fn contains(args: &Args<'_>) -> Res {
    has_other(args, "__contains__")?;
    let (member, other) = (&args.pos[0], &args.pos[1]);
    if !class_ref(other).is_subclass(class_ref(member)) {
        return Err(Fault::type_error(format!(
            "unsupported operand type(s) for 'in': '{}' and '{}'",
            class_ref(other).qualname,
            class_ref(member).qualname
        )));
    }
    let ((_, _, whole), (_, _, part)) = (flag(member)?, flag(other)?);
    Ok(Value::Bool(part & whole == part))
}

fn iter(args: &Args<'_>) -> Res {
    let (info, flag, value) = flag(args.receiver())?;
    if value & flag.mask & !flag.singles != 0 {
        return Err(Fault::not_pure(
            "iterating over a flag of which a bit has no name: what stands for it is what was made before",
        ));
    }
    ops::iter(&Value::tuple(single_flags(info, value)))
}

fn len(args: &Args<'_>) -> Res {
    let (_, _, value) = flag(args.receiver())?;
    Ok(Value::Int(i64::from(value.unsigned_abs().count_ones())))
}

fn bool(args: &Args<'_>) -> Res {
    let (_, _, value) = flag(args.receiver())?;
    Ok(Value::Bool(value != 0))
}

fn name(args: &Args<'_>) -> Res {
    attr::get(args.receiver(), "_name_")
}

fn value(args: &Args<'_>) -> Res {
    value_of(args.receiver())
}

static NAME: Builtin = Builtin { name: "name", owner: "", call: name };
static VALUE: Builtin = Builtin { name: "value", owner: "", call: value };

/// The getters of `member.name` and `member.value`.
pub(super) fn getters() -> [(&'static str, &'static Builtin); 2] {
    [("name", &NAME), ("value", &VALUE)]
}
