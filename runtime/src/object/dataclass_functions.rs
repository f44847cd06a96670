//! `fields`, `replace`, `asdict`, `astuple`, `is_dataclass`.

use super::class::{Instance, Native, unwrap};
use super::dataclass::{FieldKind, FieldObject, OPTIONS, info_of, info_of_any, remake};
use super::{Host, attr, namedtuple};
use crate::collections::Dict;
use crate::value::{Args, Builtin, Str};
use crate::{Fault, Ref, Res, Value, ops};

/// The functions of the module.
pub(super) static FUNCTIONS: &[Builtin] = &[
    Builtin { name: "fields", owner: "", call: fields },
    Builtin { name: "replace", owner: "", call: replace },
    Builtin { name: "asdict", owner: "", call: asdict },
    Builtin { name: "astuple", owner: "", call: astuple },
    Builtin { name: "is_dataclass", owner: "", call: is_dataclass },
    Builtin { name: "make_dataclass", owner: "", call: make_dataclass },
];

/// `fields(class_or_instance)`.
fn fields(args: &Args<'_>) -> Res {
    match info_of_any(args.only("fields", "class_or_instance")?) {
        Some(info) => {
            let fields = info.fields.iter().filter(|f| f.kind == FieldKind::Field);
            Ok(Value::tuple(fields.map(|f| Host::value(FieldObject(f.clone()))).collect::<Vec<_>>()))
        }
        None => Err(Fault::type_error("must be called with a dataclass type or instance")),
    }
}

/// `is_dataclass(x)`.
fn is_dataclass(args: &Args<'_>) -> Res {
    Ok(Value::Bool(info_of_any(args.only("is_dataclass", "obj")?).is_some()))
}

/// `make_dataclass(name, fields, *, bases=(), namespace=None, **options)`.
fn make_dataclass(args: &Args<'_>) -> Res {
    const OWN: [&str; 4] = ["cls_name", "fields", "bases", "namespace"];
    let params: [&str; 14] =
        std::array::from_fn(|i| OWN.get(i).copied().unwrap_or_else(|| OPTIONS[i - OWN.len()]));
    let [name, fields, bases, namespace, ..] = args.bind_python("make_dataclass", params, 2, 2)?;
    let (Some(name), Some(fields)) = (name, fields) else { return Ok(Value::None) };
    let is_option = |key: &str| OPTIONS.contains(&key);
    let options: Vec<(Str, Value)> = args.kw.iter().filter(|(k, _)| is_option(k.as_str())).cloned().collect();
    let mut annotations = Dict::new();
    let mut entries: Vec<(Str, Value)> = Vec::new();
    for item in ops::collect(fields)? {
        let parts = match &item {
            Value::Str(_) => vec![item.clone(), Value::str("'typing.Any'")],
            other if matches!(ops::len(other)?, 2 | 3) => ops::collect(other)?,
            _ => Vec::new(),
        };
        let (field, ty, default) = match parts.as_slice() {
            [field, ty] => (field, ty, None),
            [field, ty, default] => (field, ty, Some(default)),
            _ => return Err(Fault::type_error(format!("Invalid field: {}", ops::repr(&item)?))),
        };
        if default.is_some() {
            // It becomes a key before it is looked at.
            ops::hash(field)?;
        }
        let Value::Str(field) = unwrap(field) else {
            return Err(Fault::type_error(
                "Field names must be valid identifiers: ".to_owned() + &ops::repr(field)?,
            ));
        };
        check_name(field, &annotations)?;
        annotations.insert(Value::Str(field.clone()), ty.clone())?;
        entries.extend(default.map(|d| (field.clone(), d.clone())));
    }
    let dict = Value::Class(super::class::builtin("dict"));
    let namespace =
        namespace.filter(|v| !v.is_none()).map(|v| ops::call(&dict, std::slice::from_ref(v))).transpose()?;
    if let Some(Value::Dict(more)) = &namespace {
        for (key, value) in more.iter() {
            entries.push((ops::to_str(key)?, value.clone()));
        }
    }
    entries.insert(0, ("__annotations__".into(), Value::Dict(Ref::new(annotations))));
    let bases = bases.map_or(Ok(Vec::new()), tuple_of_bases)?;
    let Value::Str(name) = unwrap(name) else {
        let found = ops::type_name(name);
        return Err(Fault::type_error(format!("type.__new__() argument 1 must be str, not {found}")));
    };
    let class =
        super::class::build(name.clone(), name.clone(), Str::new("types"), bases, entries, Vec::new())?;
    (super::dataclass::DATACLASS.call)(&Args { pos: &[class], kw: &options })
}

/// The bases, which `types.new_class` takes from a tuple alone.
fn tuple_of_bases(bases: &Value) -> Res<Vec<Value>> {
    if let Value::Tuple(bases) = unwrap(bases) {
        return Ok(bases.to_vec());
    }
    ops::iter(bases)?;
    if ops::truthy(bases)? {
        ops::getitem(bases, &Value::Int(0))?;
    }
    let given = crate::number::clinic_name(bases);
    Err(Fault::type_error(format!("type.__new__() argument 2 must be tuple, not {given}")))
}

fn check_name(field: &Str, known: &Dict) -> Res<()> {
    let shown = crate::text::repr_str(field);
    let is_part = |c: char| c == '_' || c.is_alphanumeric();
    let is_name = field.chars().all(is_part) && field.chars().next().is_some_and(|c| !c.is_numeric());
    if !is_name {
        return Err(Fault::type_error(format!("Field names must be valid identifiers: {shown}")));
    }
    if namedtuple::KEYWORDS.contains(&field.as_str()) {
        return Err(Fault::type_error(format!("Field names must not be keywords: {shown}")));
    }
    if known.get(&Value::Str(field.clone()))?.is_some() {
        return Err(Fault::type_error(format!("Field name duplicated: {shown}")));
    }
    Ok(())
}

/// `replace(instance, **changes)`.
fn replace(args: &Args<'_>) -> Res {
    let Some(object) = args.pos.first() else {
        return Err(Fault::type_error("replace() missing 1 required positional argument: 'obj'"));
    };
    if args.pos.len() > 1 {
        let n = args.pos.len();
        return Err(Fault::type_error(format!("replace() takes 1 positional argument but {n} were given")));
    }
    let Some(info) = info_of(object) else {
        return Err(Fault::type_error("replace() should be called on dataclass instances"));
    };
    let mut keywords: Vec<(Str, Value)> = args.kw.to_vec();
    for field in &info.fields {
        let is_given = args.kw.iter().any(|(k, _)| *k == field.name);
        if !field.init {
            if is_given {
                return Err(Fault::value_error(format!(
                    "field {} is declared with init=False, it cannot be specified with replace()",
                    field.name
                )));
            }
            continue;
        }
        if is_given {
            continue;
        }
        if field.kind == FieldKind::InitVar && !field.default.is_bound() {
            return Err(Fault::value_error(format!(
                "InitVar '{}' must be specified with replace()",
                field.name
            )));
        }
        keywords.push((field.name.clone(), attr::get(object, &field.name)?));
    }
    remake(object, &keywords)
}

/// Which of the two functions runs, with its factory.
enum Into<'a> {
    Dict(Option<&'a Value>),
    Tuple(Option<&'a Value>),
}

fn asdict(args: &Args<'_>) -> Res {
    let [object, factory] = args.bind_python("asdict", ["obj", "dict_factory"], 1, 1)?;
    match object.filter(|o| info_of(o).is_some()) {
        Some(object) => convert(object, &Into::Dict(factory)),
        None => Err(Fault::type_error("asdict() should be called on dataclass instances")),
    }
}

fn astuple(args: &Args<'_>) -> Res {
    let [object, factory] = args.bind_python("astuple", ["obj", "tuple_factory"], 1, 1)?;
    match object.filter(|o| info_of(o).is_some()) {
        Some(object) => convert(object, &Into::Tuple(factory)),
        None => Err(Fault::type_error("astuple() should be called on dataclass instances")),
    }
}

fn convert(value: &Value, into: &Into<'_>) -> Res {
    if let Some(info) = info_of(value) {
        let mut pairs = Vec::new();
        for field in info.fields.iter().filter(|f| f.kind == FieldKind::Field) {
            pairs.push((field.name.clone(), convert(&attr::get(value, &field.name)?, into)?));
        }
        return finish(pairs, into);
    }
    match unwrap(value) {
        Value::List(items) => Ok(same_class(value, Value::list(convert_all(&items.to_values(), into)?))),
        Value::Tuple(items) => {
            let items = convert_all(items, into)?;
            Ok(match value {
                Value::Instance(i) if namedtuple::info(&i.class).is_some() => {
                    Instance::value(i.class.clone(), Native::Value(Value::tuple(items)))
                }
                _ => same_class(value, Value::tuple(items)),
            })
        }
        Value::Dict(dict) => {
            let mut made = Dict::new();
            made.flavour = dict.flavour;
            for (key, item) in dict.iter() {
                made.insert(convert(key, into)?, convert(item, into)?)?;
            }
            Ok(same_class(value, Value::Dict(Ref::new(made))))
        }
        _ => Ok(value.clone()),
    }
}

/// A converted container, of the class that it had.
fn same_class(was: &Value, now: Value) -> Value {
    match was {
        Value::Instance(i) => Instance::value(i.class.clone(), Native::Value(now)),
        _ => now,
    }
}

fn convert_all(items: &[Value], into: &Into<'_>) -> Res<Vec<Value>> {
    items.iter().map(|item| convert(item, into)).collect()
}

fn finish(pairs: Vec<(Str, Value)>, into: &Into<'_>) -> Res {
    match into {
        Into::Tuple(factory) => {
            let items: Vec<Value> = pairs.into_iter().map(|(_, v)| v).collect();
            match factory {
                Some(factory) => ops::call(factory, &[Value::list(items)]),
                None => Ok(Value::tuple(items)),
            }
        }
        Into::Dict(Some(factory)) => {
            let items = pairs.into_iter().map(|(n, v)| Value::tuple(vec![Value::Str(n), v])).collect();
            ops::call(factory, &[Value::list(items)])
        }
        Into::Dict(None) => {
            let mut dict = Dict::new();
            for (name, value) in pairs {
                dict.insert(Value::Str(name), value)?;
            }
            Ok(Value::Dict(Ref::new(dict)))
        }
    }
}
