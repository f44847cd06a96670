//! What annotations are made of, and what does nothing else: `list[int]`, `int | None`, the names of `typing` and `abc`.

use super::class::{Class, builtin_opt, class_ref};
use super::{Host, HostObject, call};
use crate::value::{Args, Str};
use crate::{Fault, Ref, Res, Value, ops};
use std::any::Any;

/// `list[int]`, `Optional[T]`: what is subscripted, and with what.
struct Alias {
    origin: Value,
    args: Vec<Value>,
}

/// `int | str`.
struct Union {
    parts: Vec<Value>,
}

/// A name of `typing`: `Any`, `Optional`, `Callable`, a type variable.
struct Special {
    name: Str,
    /// What calls of it and classes derived from it are, where that is something: `typing.List` is `list`.
    class: Option<Ref<Class>>,
    is_variable: bool,
}

/// How annotations show a type.
fn shown(value: &Value) -> Res<String> {
    match value {
        Value::Class(class) => Ok(class.full_name()),
        Value::Ellipsis => Ok("...".to_owned()),
        Value::List(items) => {
            let mut parts = Vec::new();
            for item in items.to_values() {
                parts.push(shown(&item)?);
            }
            Ok(format!("[{}]", parts.join(", ")))
        }
        other => ops::repr(other),
    }
}

impl HostObject for Alias {
    fn type_name(&self) -> &str {
        if matches!(self.origin, Value::Class(_)) { "GenericAlias" } else { "_GenericAlias" }
    }

    fn module(&self) -> &str {
        if matches!(self.origin, Value::Class(_)) { "types" } else { "typing" }
    }

    fn repr(&self) -> Res<String> {
        let mut parts = Vec::new();
        for arg in &self.args {
            parts.push(shown(arg)?);
        }
        Ok(format!("{}[{}]", shown(&self.origin)?, parts.join(", ")))
    }

    fn get_attr(&self, _this: &Ref<Host>, name: &str) -> Res<Option<Value>> {
        match name {
            "__origin__" => Ok(Some(self.origin.clone())),
            "__args__" => Ok(Some(Value::tuple(self.args.clone()))),
            "__class__" | "__bases__" | "__reduce__" | "__reduce_ex__" | "__copy__" | "__deepcopy__" => {
                Ok(None)
            }
            "__parameters__" if !self.args.iter().any(has_variables) => Ok(Some(Value::tuple(Vec::new()))),
            "__parameters__" | "__mro_entries__" | "__unpacked__" | "__typing_unpacked_tuple_args__" => {
                Err(Fault::not_pure(format!("`{name}` of a generic type is not kept")))
            }
            _ => super::attr::find(&self.origin, name),
        }
    }

    fn call(&self, args: &Args<'_>) -> Res {
        call::call(&self.origin, args)
    }

    fn is_callable(&self) -> bool {
        true
    }

    fn getitem(&self, index: &Value) -> Option<Res> {
        Some(Ok(alias(self.origin.clone(), index)))
    }

    fn eq(&self, other: &Value) -> Option<Res<bool>> {
        let Value::Host(host) = other else { return None };
        let other = host.downcast::<Self>()?;
        let is_equal = ops::eq(&self.origin, &other.origin)
            .and_then(|same| Ok(same && all_equal(&self.args, &other.args)?));
        Some(is_equal)
    }

    fn hash(&self) -> Option<Res<u64>> {
        Some(ops::hash(&self.origin).and_then(|h| Ok(h ^ ops::hash(&Value::tuple(self.args.clone()))?)))
    }

    fn is_class_of(&self, _value: &Value) -> Option<Res<bool>> {
        Some(Err(Fault::type_error("isinstance() argument 2 cannot be a parameterized generic")))
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

/// May a type hold type variables.
fn has_variables(value: &Value) -> bool {
    !matches!(value, Value::Class(_) | Value::None | Value::Ellipsis)
}

/// Are these the same types in the same order.
fn all_equal(a: &[Value], b: &[Value]) -> Res<bool> {
    for (a, b) in a.iter().zip(b) {
        if !ops::eq(a, b)? {
            return Ok(false);
        }
    }
    Ok(a.len() == b.len())
}

/// Are these the same types in any order.
fn same_set(a: &[Value], b: &[Value]) -> Res<bool> {
    for (all, of) in [(a, b), (b, a)] {
        for one in all {
            let mut is_there = false;
            for other in of {
                is_there = is_there || ops::eq(one, other)?;
            }
            if !is_there {
                return Ok(false);
            }
        }
    }
    Ok(true)
}

impl HostObject for Union {
    fn type_name(&self) -> &str {
        "UnionType"
    }

    fn module(&self) -> &str {
        "types"
    }

    fn repr(&self) -> Res<String> {
        let mut parts = Vec::new();
        for part in &self.parts {
            parts.push(shown(part)?);
        }
        Ok(parts.join(" | "))
    }

    fn get_attr(&self, _this: &Ref<Host>, name: &str) -> Res<Option<Value>> {
        match name {
            "__args__" => Ok(Some(Value::tuple(self.parts.clone()))),
            "__parameters__" if !self.parts.iter().any(has_variables) => Ok(Some(Value::tuple(Vec::new()))),
            "__parameters__" | "__getitem__" | "__or__" | "__ror__" => {
                Err(Fault::not_pure(format!("`{name}` of a union of types is not kept")))
            }
            _ => Ok(None),
        }
    }

    fn eq(&self, other: &Value) -> Option<Res<bool>> {
        let parts = union_parts(other)?;
        Some(same_set(&self.parts, &parts))
    }

    fn hash(&self) -> Option<Res<u64>> {
        // Of any order the same.
        Some(self.parts.iter().try_fold(0, |sum: u64, part| Ok(sum.wrapping_add(ops::hash(part)?))))
    }

    fn is_class_of(&self, value: &Value) -> Option<Res<bool>> {
        for part in &self.parts {
            let is_one = match part {
                Value::None => Ok(value.is_none()),
                part => super::relation::is_instance(value, part),
            };
            match is_one {
                Ok(false) => {}
                decided => return Some(decided),
            }
        }
        Some(Ok(false))
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

impl HostObject for Special {
    fn type_name(&self) -> &str {
        if self.is_variable { "TypeVar" } else { "_SpecialForm" }
    }

    fn module(&self) -> &str {
        "typing"
    }

    fn repr(&self) -> Res<String> {
        Ok(if self.is_variable { format!("~{}", self.name) } else { format!("typing.{}", self.name) })
    }

    fn get_attr(&self, _this: &Ref<Host>, name: &str) -> Res<Option<Value>> {
        Ok((name == "__name__").then(|| Value::Str(self.name.clone())))
    }

    fn call(&self, args: &Args<'_>) -> Res {
        if self.name.as_str() == "NamedTuple" {
            return super::namedtuple::typed(args);
        }
        Err(Fault::type_error(format!("Cannot instantiate typing.{}", self.name)))
    }

    fn is_callable(&self) -> bool {
        true
    }

    fn getitem(&self, index: &Value) -> Option<Res> {
        let this = Self { name: self.name.clone(), class: self.class.clone(), is_variable: self.is_variable };
        Some(Ok(alias(Host::value(this), index)))
    }

    fn is_class_of(&self, value: &Value) -> Option<Res<bool>> {
        match &self.class {
            Some(class) => Some(Ok(class_ref(value).is_subclass(class))),
            None => abstract_class(self).map(|c| super::relation::is_instance(value, &Value::Class(c))),
        }
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

/// `origin[index]`.
pub fn alias(origin: Value, index: &Value) -> Value {
    let args = match index {
        Value::Tuple(args) => args.to_vec(),
        one => vec![one.clone()],
    };
    Host::value(Alias { origin, args })
}

/// What `get_origin` and `get_args` say of a type; `None` where it has no parts.
pub(super) fn parts(value: &Value) -> Res<Option<(Value, Vec<Value>)>> {
    let Value::Host(host) = value else { return Ok(None) };
    if host.downcast::<Union>().is_some() {
        let class = super::table::named("UnionType", "host", "types").clone();
        return Ok(Some((Value::Class(class), union_parts(value).unwrap_or_default())));
    }
    let Some(alias) = host.downcast::<Alias>() else { return Ok(None) };
    let Value::Host(origin) = &alias.origin else {
        return Ok(Some((alias.origin.clone(), alias.args.clone())));
    };
    let Some(special) = origin.downcast::<Special>() else {
        return Ok(Some((alias.origin.clone(), alias.args.clone())));
    };
    if special.name.as_str() == "Optional" {
        let args = alias.args.iter().cloned().chain([Value::None]).collect();
        return Ok(Some((super::typing::named("Union")?, args)));
    }
    let class = special.class.clone().or_else(|| abstract_class(special));
    Ok(Some((class.map_or_else(|| alias.origin.clone(), Value::Class), alias.args.clone())))
}

/// A name of the module itself.
fn named(name: &str) -> Res {
    let module = super::modules::module("typing").ok_or_else(|| Fault::not_pure("`typing` is not there"))?;
    module.get(name).ok_or_else(|| Fault::not_pure(format!("`typing.{name}` is not there")))
}

/// `list.__class_getitem__(item)`.
pub(super) fn class_getitem(args: &Args<'_>) -> Res {
    let Some(Value::Class(class)) = args.pos.first() else {
        return Err(Fault::type_error("__class_getitem__() needs a class"));
    };
    args.rest().count(&format!("{}.__class_getitem__", class.qualname), 1, 1)?;
    Ok(alias(args.pos[0].clone(), &args.pos[1]))
}

/// May the class be subscripted because the program derived it from `Generic`, or because it is a collection.
pub(crate) fn is_generic(class: &Class) -> bool {
    class.mro_tail.iter().any(|c| c.is_builtin && c.name.as_str() == "Generic")
}

/// `a | b` of types; `None` where one is no type.
pub(crate) fn union(a: &Value, b: &Value) -> Option<Value> {
    let is_type = |v: &Value| match v {
        Value::Class(_) => true,
        Value::Host(h) => {
            h.downcast::<Alias>().is_some()
                || h.downcast::<Union>().is_some()
                || h.downcast::<Special>().is_some()
        }
        _ => false,
    };
    if !(is_type(a) && (is_type(b) || b.is_none()) || a.is_none() && is_type(b)) {
        return None;
    }
    let mut parts: Vec<Value> = Vec::new();
    for side in [a, b] {
        for part in union_parts(side).unwrap_or_else(|| vec![side.clone()]) {
            if !parts.iter().any(|p| ops::is_same_object(p, &part)) {
                parts.push(part);
            }
        }
    }
    match parts.as_slice() {
        [one] => Some(one.clone()),
        _ => Some(Host::value(Union { parts })),
    }
}

/// The types of a union.
pub(crate) fn union_parts(value: &Value) -> Option<Vec<Value>> {
    match value {
        Value::Host(host) => host.downcast::<Union>().map(|u| u.parts.clone()),
        _ => None,
    }
}

/// The class that a base that is no class stands for: `Some(None)` for what only annotates.
pub(super) fn base_of(value: &Value) -> Option<Option<Ref<Class>>> {
    let Value::Host(host) = value else { return None };
    if let Some(special) = host.downcast::<Special>() {
        return Some(special.class.clone().or_else(|| abstract_class(special)));
    }
    let alias = host.downcast::<Alias>()?;
    match &alias.origin {
        Value::Class(class) => Some(Some(class.clone())),
        other => base_of(other),
    }
}

/// The class of `collections.abc` that a name of `typing` stands for.
fn abstract_class(special: &Special) -> Option<Ref<Class>> {
    const NAMES: &[&str] = &[
        "ByteString",
        "Callable",
        "Collection",
        "Container",
        "Generator",
        "Hashable",
        "ItemsView",
        "Iterable",
        "Iterator",
        "KeysView",
        "Mapping",
        "MappingView",
        "MutableMapping",
        "MutableSequence",
        "MutableSet",
        "Reversible",
        "Sequence",
        "Sized",
        "ValuesView",
    ];
    let name = match special.name.as_str() {
        "AbstractSet" => "Set",
        name => *NAMES.iter().find(|n| **n == name)?,
    };
    match super::registered::class(name) {
        Ok(Value::Class(class)) if !special.is_variable => Some(class),
        _ => None,
    }
}

/// Is it `Generic[...]`, as a base.
pub(super) fn is_generic_base(value: &Value) -> bool {
    matches!(base_of(value), Some(Some(class)) if class.is_builtin && class.name.as_str() == "Generic")
}

/// Is it `typing.NamedTuple`.
pub(super) fn is_named_tuple(value: &Value) -> bool {
    matches!(value, Value::Host(host) if host.downcast::<Special>().is_some_and(|s| s.name.as_str() == "NamedTuple"))
}

const SPECIALS: &[(&str, &str)] = &[
    ("Any", ""),
    ("Optional", ""),
    ("Union", ""),
    ("Callable", ""),
    ("Literal", ""),
    ("Final", ""),
    ("ClassVar", ""),
    ("Generic", "Generic"),
    ("Protocol", "Protocol"),
    ("NoReturn", ""),
    ("Never", ""),
    ("Self", ""),
    ("TypeAlias", ""),
    ("Annotated", ""),
    ("Concatenate", ""),
    ("TypeGuard", ""),
    ("NamedTuple", ""),
    ("Iterable", ""),
    ("Iterator", ""),
    ("Sequence", ""),
    ("Mapping", ""),
    ("MutableMapping", ""),
    ("MutableSequence", ""),
    ("Collection", ""),
    ("Container", ""),
    ("Hashable", ""),
    ("Sized", ""),
    ("Reversible", ""),
    ("Generator", ""),
    ("AnyStr", ""),
    ("SupportsInt", ""),
    ("SupportsFloat", ""),
    ("SupportsIndex", ""),
    ("SupportsAbs", ""),
    ("LiteralString", ""),
    ("Required", ""),
    ("NotRequired", ""),
    ("Unpack", ""),
    ("AbstractSet", ""),
    ("KeysView", ""),
    ("ValuesView", ""),
    ("ItemsView", ""),
    ("List", "list"),
    ("Dict", "dict"),
    ("Set", "set"),
    ("FrozenSet", "frozenset"),
    ("Tuple", "tuple"),
    ("Type", "type"),
    ("Text", "str"),
    ("Counter", "Counter"),
    ("OrderedDict", "OrderedDict"),
    ("AsyncContextManager", ""),
    ("AsyncGenerator", ""),
    ("AsyncIterable", ""),
    ("AsyncIterator", ""),
    ("Awaitable", ""),
    ("BinaryIO", ""),
    ("ByteString", ""),
    ("ChainMap", ""),
    ("ContextManager", ""),
    ("Coroutine", ""),
    ("DefaultDict", ""),
    ("Deque", ""),
    ("IO", ""),
    ("MappingView", ""),
    ("Match", ""),
    ("MutableSet", ""),
    ("Pattern", ""),
    ("SupportsBytes", ""),
    ("SupportsComplex", ""),
    ("SupportsRound", ""),
    ("TextIO", ""),
];

/// What `typing` holds under a name that does nothing.
pub(super) fn specials() -> Vec<(Str, Value)> {
    SPECIALS.iter().map(|(name, class)| (Str::new(name), special(name, class))).collect()
}

/// A name that does nothing.
pub(super) fn special(name: &str, class: &str) -> Value {
    Host::value(Special { name: name.into(), class: builtin_opt(class).cloned(), is_variable: false })
}

/// `TypeVar("T", ...)`, `ParamSpec("P")`, `NewType`'s first argument.
pub(super) fn type_var(args: &Args<'_>) -> Res {
    match args.pos.first() {
        Some(Value::Str(name)) => {
            Ok(Host::value(Special { name: name.clone(), class: None, is_variable: true }))
        }
        _ => Err(Fault::type_error("TypeVar() needs a name")),
    }
}

/// A value that is nothing but itself: `MISSING`, `KW_ONLY`.
struct Marker(&'static str);

impl HostObject for Marker {
    fn type_name(&self) -> &str {
        match self.0 {
            "MISSING" => "_MISSING_TYPE",
            "traceback" => "traceback",
            _ => "_KW_ONLY_TYPE",
        }
    }

    fn module(&self) -> &str {
        "dataclasses"
    }

    fn repr(&self) -> Res<String> {
        Err(Fault::not_pure(format!("the default repr of `{}` shows its address", self.0)))
    }

    fn get_attr(&self, _this: &Ref<Host>, name: &str) -> Res<Option<Value>> {
        if self.0 == "traceback" && name.starts_with("tb_") {
            return Err(Fault::not_pure(format!("`{name}` of a traceback is not kept")));
        }
        Ok(None)
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

/// A value that is nothing but itself.
pub(super) fn marker(name: &'static str) -> Value {
    Host::value(Marker(name))
}

/// Is it the marker of that name.
pub(super) fn is_marker(value: &Value, name: &str) -> bool {
    matches!(value, Value::Host(host) if host.downcast::<Marker>().is_some_and(|m| m.0 == name))
}

/// Does an annotation say this: as a value, or as the text of the source.
pub(super) fn annotates(annotation: &Value, name: &str) -> bool {
    match annotation {
        Value::Str(text) => {
            let text = text.trim_matches(['\'', '"']);
            let head = text.split('[').next().unwrap_or_default().trim();
            head.rsplit('.').next() == Some(name)
        }
        Value::Host(host) => {
            is_marker(annotation, name)
                || host.downcast::<Special>().is_some_and(|s| s.name.as_str() == name)
                || host.downcast::<Alias>().is_some_and(|a| annotates(&a.origin, name))
        }
        _ => false,
    }
}
