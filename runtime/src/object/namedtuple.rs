//! `collections.namedtuple` and `typing.NamedTuple`.

use super::class::{Class, Instance, Namespace, Native, Origin, builtin, class_ref, mro, unwrap};
use super::func::ParamKind;
use super::native_method::{NativeMethod, signature};
use super::{Func, annotations, attr, build, call, descriptor, typing};
use crate::collections::Dict;
use crate::value::{Args, Builtin, Str};
use crate::{Fault, Ref, Res, Value, ops};

/// What a named tuple's class knows of its fields.
pub struct NamedTupleInfo {
    /// Their names.
    pub fields: Vec<Str>,
    /// Their defaults, [`Value::Unbound`] where there is none.
    pub defaults: Vec<Value>,
    /// `__new__`, to bind arguments to.
    new: Ref<Func>,
}

/// `collections.namedtuple`.
pub static NAMEDTUPLE: Builtin = Builtin { name: "namedtuple", owner: "", call: namedtuple };

/// Is it `typing.NamedTuple`, as a base.
pub fn is_named_tuple_base(base: &Value) -> bool {
    typing::is_named_tuple(base)
}

/// What the class, or the first of its ancestors that is a named tuple, knows of its fields.
pub fn info(class: &Ref<Class>) -> Option<&NamedTupleInfo> {
    mro(class).find_map(|c| c.namedtuple.get())
}

pub(super) const KEYWORDS: &[&str] = &[
    "False", "None", "True", "and", "as", "assert", "async", "await", "break", "class", "continue", "def",
    "del", "elif", "else", "except", "finally", "for", "from", "global", "if", "import", "in", "is",
    "lambda", "nonlocal", "not", "or", "pass", "raise", "return", "try", "while", "with", "yield",
];

fn is_identifier(name: &str) -> bool {
    let mut chars = name.chars();
    chars.next().is_some_and(|c| c == '_' || unicode_ident::is_xid_start(c))
        && chars.all(unicode_ident::is_xid_continue)
}

/// `namedtuple(typename, field_names, *, rename=False, defaults=None, module=None)`.
fn namedtuple(args: &Args<'_>) -> Res {
    let names = ["typename", "field_names", "rename", "defaults", "module"];
    let params = names
        .iter()
        .enumerate()
        .map(|(i, name)| {
            let kind = if i < 2 { ParamKind::Normal } else { ParamKind::KeywordOnly };
            let default = match i {
                0 | 1 => Value::Unbound,
                2 => Value::Bool(false),
                _ => Value::None,
            };
            (Str::new(name), kind, default)
        })
        .collect();
    let bound = call::bind(&signature("namedtuple".to_owned(), params), args)?;
    let [name, fields, rename, defaults, module] = bound.as_slice() else {
        return Err(Fault::type_error("namedtuple() needs a name and fields"));
    };
    let name = ops::to_str(name)?;
    let fields: Vec<Value> = match unwrap(fields) {
        Value::Str(text) => text.replace(',', " ").split_whitespace().map(Value::str).collect(),
        other => ops::collect(other)?,
    };
    let mut fields = fields.iter().map(ops::to_str).collect::<Res<Vec<Str>>>()?;
    if ops::truthy(rename)? {
        let mut seen: Vec<Str> = Vec::new();
        for (i, field) in fields.iter_mut().enumerate() {
            let bad = !is_identifier(field)
                || KEYWORDS.contains(&field.as_str())
                || field.starts_with('_')
                || seen.contains(field);
            if bad {
                *field = format!("_{i}").into();
            }
            seen.push(field.clone());
        }
    }
    check_names(&name, &fields, ops::truthy(rename)?)?;
    let defaults = match defaults {
        Value::None => Vec::new(),
        other => ops::collect(other)?,
    };
    if defaults.len() > fields.len() {
        return Err(Fault::type_error("Got more default values than field names"));
    }
    let mut all = vec![Value::Unbound; fields.len() - defaults.len()];
    all.extend(defaults);
    let module = match module {
        Value::None => Str::new("__main__"),
        other => ops::to_str(other)?,
    };
    let names = build::Names::plain(name.clone(), name, module);
    make(names, vec![builtin("tuple")], fields, all, Vec::new())
}

fn check_names(name: &Str, fields: &[Str], renamed: bool) -> Res<()> {
    let shown = |n: &Str| crate::text::repr_str(n);
    for n in std::iter::once(name).chain(fields) {
        if !is_identifier(n) {
            return Err(Fault::value_error(format!(
                "Type names and field names must be valid identifiers: {}",
                shown(n)
            )));
        }
        if KEYWORDS.contains(&n.as_str()) {
            return Err(Fault::value_error(format!(
                "Type names and field names cannot be a keyword: {}",
                shown(n)
            )));
        }
    }
    for (i, field) in fields.iter().enumerate() {
        if field.starts_with('_') && !renamed {
            return Err(Fault::value_error(format!(
                "Field names cannot start with an underscore: {}",
                shown(field)
            )));
        }
        if fields[..i].contains(field) {
            return Err(Fault::value_error(format!("Encountered duplicate field name: {}", shown(field))));
        }
    }
    Ok(())
}

/// `class Employee(NamedTuple): ...`.
pub(super) fn build_class(names: build::Names, bases: &[Value], namespace: Namespace) -> Res {
    const FIXED: &[&str] = &[
        "__new__",
        "__init__",
        "__slots__",
        "__getnewargs__",
        "_fields",
        "_field_defaults",
        "_field_types",
        "_make",
        "_replace",
        "_asdict",
        "_source",
    ];
    if bases.iter().any(|b| !is_named_tuple_base(b) && !typing::is_generic_base(b)) {
        return Err(Fault::type_error("can only inherit from a NamedTuple type and Generic"));
    }
    if names.asks_itself {
        return Err(Fault::not_pure(format!(
            "`super` or `__class__` in `{}`, which is made anew as a named tuple: name the class",
            names.name
        )));
    }
    check_types(&names.module, &namespace)?;
    let annotated = build::annotated(&namespace);
    let mut with_default: Vec<Str> = Vec::new();
    for (field, default) in &annotated {
        if default.is_some() {
            with_default.push(field.clone());
        } else if !with_default.is_empty() {
            let s = if with_default.len() > 1 { "s" } else { "" };
            return Err(Fault::type_error(format!(
                "Non-default namedtuple field {field} cannot follow default field{s} {}",
                with_default.join(", ")
            )));
        }
    }
    let fields: Vec<Str> = annotated.iter().map(|(n, _)| n.clone()).collect();
    check_names(&names.name, &fields, false)?;
    let defaults = annotated.into_iter().map(|(_, v)| v.unwrap_or(Value::Unbound)).collect();
    for (n, _) in &namespace {
        if FIXED.contains(&n.as_str()) {
            return Err(Fault::attribute_error(format!("Cannot overwrite NamedTuple attribute {n}")));
        }
    }
    let others = namespace.into_iter().filter(|(n, _)| !fields.contains(n)).collect();
    let tuple = builtin("tuple");
    let is_generic = bases.iter().any(typing::is_generic_base);
    let classes = if is_generic { vec![tuple, builtin("Generic")] } else { vec![tuple] };
    let class = make(names, classes, fields, defaults, others)?;
    if let Value::Class(class) = &class {
        typing::check_bases(class, bases.to_vec())?;
    }
    Ok(class)
}

/// Refuses annotations that are no types, as far as they can be evaluated before the class is there.
fn check_types(module: &Str, namespace: &Namespace) -> Res<()> {
    let all = namespace.iter().find(|(n, _)| n.as_str() == "__annotations__");
    let Some((_, Value::Dict(all))) = all else { return Ok(()) };
    for (name, text) in all.iter() {
        if let Ok(value) = annotations::value_of(module, text, None) {
            typing::checked(&value, &format!("field {} annotation must be a type", ops::to_str(name)?))?;
        }
    }
    Ok(())
}

/// `NamedTuple("Point", [("x", int), ("y", int)])`.
pub fn typed(args: &Args<'_>) -> Res {
    let (name, listed) = match args.pos {
        [name] => (name, None),
        [name, Value::None] => (name, None),
        [name, fields] => (name, Some(fields)),
        [] => return Err(call::missing_error("NamedTuple", "positional", &["'typename'".to_owned()])),
        more => {
            return Err(Fault::type_error(format!(
                "NamedTuple() takes from 1 to 2 positional arguments but {} were given",
                more.len()
            )));
        }
    };
    if listed.is_some() && !args.kw.is_empty() {
        return Err(Fault::type_error(
            "Either list of fields or keywords can be provided to NamedTuple, not both",
        ));
    }
    let mut pairs = Vec::new();
    for pair in listed.map_or(Ok(Vec::new()), ops::collect)? {
        let mut parts = [Value::Unbound, Value::Unbound];
        ops::unpack(&pair, &mut parts, -1)?;
        pairs.push(parts);
    }
    pairs.extend(args.kw.iter().map(|(name, ty)| [Value::Str(name.clone()), ty.clone()]));
    let mut annotations = Dict::new();
    for [name, ty] in &pairs {
        let message = format!("field {} annotation must be a type", ops::to_str(name)?);
        annotations.insert(name.clone(), typing::checked(ty, &message)?)?;
    }
    let fields = pairs.iter().map(|[name, _]| ops::to_str(name)).collect::<Res<Vec<Str>>>()?;
    let name = ops::to_str(name)?;
    check_names(&name, &fields, false)?;
    let defaults = vec![Value::Unbound; fields.len()];
    let names = build::Names::plain(name.clone(), name, "__main__".into());
    let annotations = vec![("__annotations__".into(), Value::Dict(Ref::new(annotations)))];
    make(names, vec![builtin("tuple")], fields, defaults, annotations)
}

pub(super) fn make(
    names: build::Names,
    bases: Vec<Ref<Class>>,
    fields: Vec<Str>,
    defaults: Vec<Value>,
    others: Namespace,
) -> Res {
    let name = names.name.clone();
    let origin = Origin {
        bases: bases.clone(),
        namespace: others.clone(),
        keywords: Vec::new(),
        rebound: Value::None,
        fields: Some(fields.iter().cloned().zip(defaults.iter().cloned()).collect()),
    };
    let mut params = vec![(Str::new("_cls"), ParamKind::Normal, Value::Unbound)];
    params.extend(fields.iter().zip(&defaults).map(|(n, d)| (n.clone(), ParamKind::Normal, d.clone())));
    let new = signature(format!("{name}.__new__"), params);
    let mut field_defaults = Dict::new();
    for (field, default) in fields.iter().zip(&defaults).filter(|(_, d)| d.is_bound()) {
        field_defaults.insert(Value::Str(field.clone()), default.clone())?;
    }
    let field_names = Value::tuple(fields.iter().cloned().map(Value::Str).collect::<Vec<_>>());
    let mut attrs: Namespace = others;
    let method = |n: &'static str, f: fn(&(), &Args<'_>) -> Res| NativeMethod::value(&name, n, (), f);
    let named =
        |n: &'static str, f: fn(&Str, &Args<'_>) -> Res| NativeMethod::value(&name, n, name.clone(), f);
    let mut add = |n: &str, value: Value| {
        if !attrs.iter().any(|(given, _)| given.as_str() == n) {
            attrs.push((n.into(), value));
        }
    };
    add("__doc__", Value::string(format!("{name}({})", fields.join(", "))));
    add("__slots__", Value::tuple(Vec::new()));
    add("_fields", field_names.clone());
    add("__match_args__", field_names);
    add("_field_defaults", Value::Dict(Ref::new(field_defaults)));
    add("__new__", descriptor::staticmethod(method("__new__", construct)));
    add("_make", descriptor::classmethod(method("_make", make_from)));
    add("_replace", named("_replace", replace));
    add("_asdict", named("_asdict", asdict));
    add("__repr__", method("__repr__", repr));
    for (i, field) in fields.iter().enumerate() {
        add(field, descriptor::tuple_field(i));
    }
    let body = names.body.clone();
    let class = Ref::new(build::prepare(names, bases, &mut attrs)?);
    let _ = class.namedtuple.set(NamedTupleInfo { fields, defaults, new });
    let _ = class.origin.set(Box::new(origin));
    build::set_attributes(&class, &body, attrs);
    Ok(Value::Class(class))
}

fn class_arg<'a>(args: &Args<'a>) -> Res<(&'a Ref<Class>, &'a NamedTupleInfo)> {
    match args.pos.first() {
        Some(Value::Class(class)) => info(class).map(|i| (class, i)),
        Some(value) => {
            let class = class_ref(value);
            info(class).map(|i| (class, i))
        }
        None => None,
    }
    .ok_or_else(|| Fault::type_error("a named tuple is needed"))
}

fn instance(class: &Ref<Class>, items: Vec<Value>) -> Value {
    let instance = Instance::new(class.clone(), Native::Value(Value::tuple(items)));
    Value::Instance(Ref::new(instance))
}

fn sealed(class: &Ref<Class>, items: Vec<Value>) -> Value {
    Instance::value(class.clone(), Native::Value(Value::tuple(items)))
}

/// As [`class_arg`], of a method `name`, which asks its receiver for `asked` first.
fn receiver_arg<'a>(
    args: &Args<'a>,
    class: &str,
    name: &str,
    asked: &str,
) -> Res<(&'a Ref<Class>, &'a NamedTupleInfo)> {
    match args.pos.first() {
        Some(Value::Class(_)) => {
            Err(Fault::not_pure(format!("`{name}` of a class of named tuples, called with a class")))
        }
        Some(value) if info(class_ref(value)).is_none() => Err(attr::missing(value, asked)),
        None => Err(call::missing_error(&format!("{class}.{name}"), "positional", &["'self'".to_owned()])),
        _ => class_arg(args),
    }
}

fn construct((): &(), args: &Args<'_>) -> Res {
    let (class, info) = class_arg(args)?;
    let mut bound = call::bind(&info.new, args)?;
    bound.remove(0);
    Ok(instance(class, bound))
}

fn make_from((): &(), args: &Args<'_>) -> Res {
    args.rest().count("_make", 1, 1)?;
    let (class, info) = class_arg(args)?;
    made_of(class, info, ops::collect(&args.pos[1])?)
}

/// As `_make` makes it: an instance is asked for its length.
fn made_of(class: &Ref<Class>, info: &NamedTupleInfo, items: Vec<Value>) -> Res {
    let made = sealed(class, items);
    let n = ops::len(&made)?;
    if n != info.fields.len() {
        let message = format!("Expected {} arguments, got {}", info.fields.len(), ops::len(&made)?);
        return Err(Fault::type_error(message));
    }
    Ok(made)
}

fn replace(name: &Str, args: &Args<'_>) -> Res {
    let (class, info) = receiver_arg(args, name, "_replace", "_make")?;
    if args.pos.len() > 1 {
        return Err(Fault::type_error(format!(
            "{}._replace() takes 1 positional argument but {} were given",
            class.name,
            args.pos.len()
        )));
    }
    let mut items = ops::collect(args.receiver())?;
    items.truncate(info.fields.len());
    let mut unknown = Vec::new();
    for (key, value) in args.kw {
        match info.fields.iter().position(|f| f == key) {
            Some(i) if i < items.len() => items[i] = value.clone(),
            _ => unknown.push(Value::Str(key.clone())),
        }
    }
    if unknown.is_empty() {
        return made_of(class, info, items);
    }
    made_of(class, info, items)?;
    Err(Fault::value_error(format!("Got unexpected field names: {}", ops::repr(&Value::list(unknown))?)))
}

fn asdict(name: &Str, args: &Args<'_>) -> Res {
    let (_, info) = receiver_arg(args, name, "_asdict", "_fields")?;
    let mut dict = Dict::new();
    for (field, value) in info.fields.iter().zip(ops::collect(args.receiver())?) {
        dict.insert(Value::Str(field.clone()), value)?;
    }
    Ok(Value::Dict(Ref::new(dict)))
}

fn repr((): &(), args: &Args<'_>) -> Res {
    let (class, info) = class_arg(args)?;
    let mut parts = Vec::new();
    for (field, value) in info.fields.iter().zip(ops::collect(unwrap(args.receiver()))?) {
        parts.push(format!("{field}={}", ops::repr(&value)?));
    }
    Ok(Value::string(format!("{}({})", class.name, parts.join(", "))))
}
