//! Subscripted types: `list[int]`, `Optional[T]`, `int | None`.

use super::form::{FORMS, Form};
use super::variable::{self, Sort, Variable};
use super::{all_shown, check_count, checked, converted, downcast, host, parts_of, shown};
use crate::object::class::{Class, class_ref};
use crate::object::{Host, HostObject, Remake, attr, call, relation};
use crate::value::{Args, Builtin};
use crate::{Fault, Ref, Res, Value, ops};
use std::any::Any;

/// What a subscripted type is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    /// `list[int]`.
    Builtin,
    /// `List[int]`, `ClassVar[int]`, `G[int]`.
    Typing,
    /// `Union[int, str]`.
    Union,
    /// `Literal[1]`.
    Literal,
    /// `Callable[[int], str]`, of `typing` or of `collections.abc`.
    Callable,
    /// `Annotated[int, "meta"]`.
    Annotated,
}

const SHAPES: [Shape; 6] =
    [Shape::Builtin, Shape::Typing, Shape::Union, Shape::Literal, Shape::Callable, Shape::Annotated];

/// What makes types of this kind anew from their parts; no program knows their names.
pub static REMAKERS: [Builtin; 3] = [
    Builtin { name: "alias", owner: "(typing)", call: alias_again },
    Builtin { name: "union", owner: "(typing)", call: |args| Ok(host(Union { parts: args.pos.to_vec() })) },
    Builtin { name: "NewType", owner: "(typing)", call: variable::new_type },
];

fn alias_again(args: &Args<'_>) -> Res {
    let [
        Value::Int(shape),
        origin,
        Value::Tuple(parts),
        name,
        Value::Tuple(metadata),
        Value::Bool(is_starred),
    ] = args.pos
    else {
        return Err(Fault::type_error("a type that is no type"));
    };
    let shape = usize::try_from(*shape).ok().and_then(|n| SHAPES.get(n)).copied().unwrap_or(Shape::Builtin);
    let name = name.as_str().and_then(|name| FORMS.iter().find(|form| form.name == name)).map(|f| f.name);
    Ok(host(Alias {
        shape,
        origin: origin.clone(),
        args: parts.to_vec(),
        name,
        metadata: metadata.to_vec(),
        is_starred: *is_starred,
    }))
}

/// A type that was subscripted, and with what.
pub(super) struct Alias {
    pub(super) shape: Shape,
    pub(super) origin: Value,
    pub(super) args: Vec<Value>,
    /// What `typing` calls it, where that is not what it stands for.
    pub(super) name: Option<&'static str>,
    pub(super) metadata: Vec<Value>,
    /// Is it what iterating over the type gives: `*tuple[int]`.
    pub(super) is_starred: bool,
}

/// `int | str`.
struct Union {
    parts: Vec<Value>,
}

impl Alias {
    pub(super) fn new(shape: Shape, origin: Value, args: Vec<Value>) -> Self {
        Self { shape, origin, args, name: None, metadata: Vec::new(), is_starred: false }
    }

    fn is_of_typing(&self) -> bool {
        self.shape != Shape::Builtin && !(self.shape == Shape::Callable && self.name.is_none())
    }

    /// Is it of a callable that takes whatever is given.
    pub(super) fn is_of_all_params(&self) -> bool {
        matches!(self.args.as_slice(), [first, _] if is_params(first))
    }

    fn parameters(&self) -> Vec<Value> {
        let mut found = Vec::new();
        if self.shape != Shape::Literal {
            self.args.iter().for_each(|arg| variable::collect(arg, &mut found));
        }
        found
    }

    /// The same with other arguments.
    fn with(&self, args: Vec<Value>) -> Res {
        match self.shape {
            Shape::Union => super::form::union_of(&args),
            _ => Ok(host(Self {
                shape: self.shape,
                origin: if self.shape == Shape::Annotated {
                    args.first().cloned().unwrap_or_default()
                } else {
                    self.origin.clone()
                },
                args,
                name: self.name,
                metadata: self.metadata.clone(),
                is_starred: self.is_starred,
            })),
        }
    }

    fn text(&self) -> Res<String> {
        if let (Some(form), [one]) = (downcast::<Form>(&self.origin), self.args.as_slice())
            && form.name == "Unpack"
        {
            return Ok(format!("*{}", ops::repr(one)?));
        }
        Ok(format!("{}{}", if self.is_starred { "*" } else { "" }, self.plain_text()?))
    }

    fn plain_text(&self) -> Res<String> {
        match self.shape {
            Shape::Union if self.args.len() == 2 && self.args.iter().any(is_none_type) => {
                let other = self.args.iter().find(|arg| !is_none_type(arg)).unwrap_or(&Value::None);
                Ok(format!("typing.Optional[{}]", shown(other)?))
            }
            Shape::Callable if !self.is_of_all_params() => {
                let (result, args) = self.args.split_last().unwrap_or((&Value::None, &[]));
                let module = if self.name.is_some() { "typing" } else { "collections.abc" };
                Ok(format!("{module}.Callable[[{}], {}]", all_shown(args)?, shown(result)?))
            }
            Shape::Annotated => {
                let metadata: Res<Vec<String>> = self.metadata.iter().map(ops::repr).collect();
                Ok(format!("typing.Annotated[{}, {}]", shown(&self.origin)?, metadata?.join(", ")))
            }
            _ => {
                let name = match self.name {
                    Some(name) => format!("typing.{name}"),
                    None => {
                        let class = shown(&self.origin)?;
                        let name = class.strip_prefix("<class '").and_then(|rest| rest.strip_suffix("'>"));
                        name.map(str::to_owned).unwrap_or(class)
                    }
                };
                let args = match self.shape {
                    _ if self.args.is_empty() => "()".to_owned(),
                    Shape::Builtin => {
                        self.args.iter().map(named_or_shown).collect::<Res<Vec<_>>>()?.join(", ")
                    }
                    _ => all_shown(&self.args)?,
                };
                Ok(format!("{name}[{args}]"))
            }
        }
    }

    fn named(&self, name: &str) -> Res<Option<Value>> {
        match (self.shape, self.name) {
            (Shape::Builtin | Shape::Annotated, _) => attr::find(&self.origin, name),
            (Shape::Union, _) if self.args.len() == 2 && self.args.iter().any(is_none_type) => {
                Ok(Some(Value::str("Optional")))
            }
            (_, Some(own)) => Ok(Some(Value::str(own))),
            _ => attr::find(&self.origin, name),
        }
    }
}

/// How a subscripted built-in type shows an argument: functions by their full names, lists as such.
fn named_or_shown(value: &Value) -> Res<String> {
    match value {
        Value::List(_) | Value::Tuple(_) => ops::repr(value),
        Value::Func(func) if func.info.module.as_str() == "builtins" => Ok(func.info.qualname.to_string()),
        Value::Func(func) => Ok(format!("{}.{}", func.info.module, func.info.qualname)),
        Value::Builtin(function) if function.owner.is_empty() => Ok(function.name.to_owned()),
        other => shown(other),
    }
}

fn is_none_type(value: &Value) -> bool {
    matches!(value, Value::Class(c) if c.is_builtin && c.name.as_str() == "NoneType")
}

/// Does it stand for all parameters of a callable: `...`, a `ParamSpec`, `Concatenate[...]`.
fn is_params(value: &Value) -> bool {
    matches!(value, Value::Ellipsis)
        || downcast::<Variable>(value).is_some_and(|v| v.sort == Sort::Params)
        || downcast::<Alias>(value)
            .is_some_and(|a| downcast::<Form>(&a.origin).is_some_and(|f| f.name == "Concatenate"))
}

impl HostObject for Alias {
    fn type_name(&self) -> &str {
        match self.shape {
            Shape::Builtin => "GenericAlias",
            Shape::Typing if downcast::<Form>(&self.origin).is_some_and(|form| form.name == "Unpack") => {
                "_UnpackGenericAlias"
            }
            Shape::Typing => "_GenericAlias",
            Shape::Union => "_UnionGenericAlias",
            Shape::Literal => "_LiteralGenericAlias",
            Shape::Callable => "_CallableGenericAlias",
            Shape::Annotated => "_AnnotatedAlias",
        }
    }

    fn module(&self) -> &str {
        match self.shape {
            Shape::Builtin => "types",
            Shape::Callable if self.name.is_none() => "collections.abc",
            _ => "typing",
        }
    }

    fn repr(&self) -> Res<String> {
        self.text()
    }

    fn get_attr(&self, _this: &Ref<Host>, name: &str) -> Res<Option<Value>> {
        match name {
            "__origin__" => Ok(Some(self.origin.clone())),
            "__args__" => Ok(Some(Value::tuple(self.args.clone()))),
            "__parameters__" => Ok(Some(Value::tuple(self.parameters()))),
            "__metadata__" if self.shape == Shape::Annotated => Ok(Some(Value::tuple(self.metadata.clone()))),
            "__name__" | "__qualname__" => self.named(name),
            "__module__" if self.name.is_some() => Ok(Some(Value::str("typing"))),
            "__module__" => attr::find(&self.origin, name),
            "copy_with" if self.is_of_typing() => {
                Err(Fault::not_pure("`copy_with` of a generic type is not supported: subscript it anew"))
            }
            "__unpacked__" if !self.is_of_typing() => Ok(Some(Value::Bool(self.is_starred))),
            "__mro_entries__" | "__typing_unpacked_tuple_args__" | "__getitem__" | "__or__" | "__ror__" => {
                Err(Fault::not_pure(format!("`{name}` of a generic type is not kept")))
            }
            "__class__" | "__bases__" | "__reduce__" | "__reduce_ex__" | "__copy__" | "__deepcopy__" => {
                Ok(None)
            }
            _ if name.starts_with("__") && self.is_of_typing() => Ok(None),
            _ => match attr::find(&self.origin, name)? {
                Some(found) => Ok(Some(found)),
                None => crate::object::reflect::not_kept(&self.origin, name).map_or(Ok(None), Err),
            },
        }
    }

    fn missing_of(&self, name: &str) -> Option<Value> {
        let is_dunder = name.starts_with("__") && name.ends_with("__");
        (!self.is_of_typing() || !is_dunder).then(|| self.origin.clone())
    }

    fn is_bare_name_missing(&self, _name: &str) -> bool {
        self.is_of_typing()
    }

    fn call(&self, args: &Args<'_>) -> Res {
        if let Some(name) = self.name
            && let Value::Class(class) = &self.origin
            && super::form::is_no_maker(name)
        {
            return Err(Fault::type_error(format!(
                "Type {name} cannot be instantiated; use {}() instead",
                class.name
            )));
        }
        call::call(&self.origin, args)
    }

    fn is_callable(&self) -> bool {
        true
    }

    fn getitem(&self, index: &Value) -> Option<Res> {
        Some(substituted(self, index))
    }

    fn is_iterable(&self) -> bool {
        !(self.is_of_typing() && matches!(self.shape, Shape::Union | Shape::Annotated | Shape::Callable))
    }

    fn iter(&self, this: &Ref<Host>) -> Option<Res> {
        if !self.is_iterable() {
            return None;
        }
        if self.is_of_typing() {
            return Some(unpacked(&Value::Host(this.clone())));
        }
        let starred =
            Self { is_starred: true, ..Self::new(self.shape, self.origin.clone(), self.args.clone()) };
        Some(ops::iter(&Value::tuple(vec![host(starred)])))
    }

    fn eq(&self, other: &Value) -> Option<Res<bool>> {
        let Some(other_alias) = downcast::<Self>(other) else {
            return Some(match union_parts(other) {
                Some(parts) if self.shape == Shape::Union => same_set(&self.args, &parts),
                _ => Ok(false),
            });
        };
        Some(self.is_equal(other_alias))
    }

    fn hash(&self) -> Option<Res<u64>> {
        let is_set = matches!(self.shape, Shape::Union | Shape::Literal);
        Some(combined_hash(if is_set { None } else { Some(&self.origin) }, &self.args))
    }

    fn is_class_of(&self, value: &Value) -> Option<Res<bool>> {
        match self.shape {
            Shape::Union => Some(any_base_of(&self.args, class_ref(value))),
            Shape::Builtin => {
                Some(Err(Fault::type_error("isinstance() argument 2 cannot be a parameterized generic")))
            }
            _ if self.is_of_typing() => Some(Err(Fault::type_error(
                "Subscripted generics cannot be used with class and instance checks",
            ))),
            _ => Some(Err(Fault::type_error("isinstance() argument 2 cannot be a parameterized generic"))),
        }
    }

    fn is_base_of(&self, class: &Ref<Class>) -> Option<Res<bool>> {
        match self.shape {
            Shape::Union => Some(any_base_of(&self.args, class)),
            _ if self.is_of_typing() => Some(Err(Fault::type_error(
                "Subscripted generics cannot be used with class and instance checks",
            ))),
            _ => Some(Err(Fault::type_error("issubclass() argument 2 cannot be a parameterized generic"))),
        }
    }

    fn remake(&self) -> Option<Remake> {
        let shape = SHAPES.iter().position(|s| *s == self.shape)?;
        let pos = vec![
            Value::usize(shape),
            self.origin.clone(),
            Value::tuple(self.args.clone()),
            self.name.map_or(Value::None, Value::str),
            Value::tuple(self.metadata.clone()),
            Value::Bool(self.is_starred),
        ];
        Some(Remake::new(Value::Builtin(&REMAKERS[0]), pos))
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

impl Alias {
    fn is_equal(&self, other: &Self) -> Res<bool> {
        match (self.shape, other.shape) {
            (Shape::Union, Shape::Union) => same_set(&self.args, &other.args),
            (Shape::Literal, Shape::Literal) => {
                let covers = |a: &[Value], b: &[Value]| -> Res<bool> {
                    for x in a {
                        if !holds_literal(b, x)? {
                            return Ok(false);
                        }
                    }
                    Ok(true)
                };
                Ok(covers(&self.args, &other.args)? && covers(&other.args, &self.args)?)
            }
            (a, b) if a != b || self.is_starred != other.is_starred => Ok(false),
            _ => Ok(self.args.len() == other.args.len()
                && ops::eq(&self.origin, &other.origin)?
                && all_equal(&self.args, &other.args)?
                && all_equal(&self.metadata, &other.metadata)?
                && self.metadata.len() == other.metadata.len()),
        }
    }
}

/// What iterating over a type of `typing` gives: `Unpack[this]`.
pub(super) fn unpacked(this: &Value) -> Res {
    super::checked(this, "typing.Unpack accepts only single type.")?;
    let unpack = super::functions::named("Unpack");
    ops::iter(&Value::tuple(vec![host(Alias::new(Shape::Typing, unpack, vec![this.clone()]))]))
}

/// Is a value of the same class among the arguments of a `Literal`.
pub(super) fn holds_literal(all: &[Value], value: &Value) -> Res<bool> {
    for other in all {
        let is_same = Ref::ptr_eq(&crate::object::class_of(other), &crate::object::class_of(value));
        if is_same && ops::eq(other, value)? {
            return Ok(true);
        }
    }
    Ok(false)
}

fn all_equal(a: &[Value], b: &[Value]) -> Res<bool> {
    for (a, b) in a.iter().zip(b) {
        if !ops::eq(a, b)? {
            return Ok(false);
        }
    }
    Ok(true)
}

fn holds(all: &[Value], value: &Value) -> Res<bool> {
    for other in all {
        if ops::eq(other, value)? {
            return Ok(true);
        }
    }
    Ok(false)
}

fn same_set(a: &[Value], b: &[Value]) -> Res<bool> {
    for (some, others) in [(a, b), (b, a)] {
        for one in some {
            if !holds(others, one)? {
                return Ok(false);
            }
        }
    }
    Ok(true)
}

/// A hash that does not depend on the order of the arguments.
fn combined_hash(origin: Option<&Value>, args: &[Value]) -> Res<u64> {
    let mut hash = origin.map_or(Ok(17), ops::hash)?;
    for arg in args {
        let one = match arg {
            Value::List(_) | Value::Dict(_) => 1,
            other => ops::hash(other)?,
        };
        hash = hash.wrapping_add(one.wrapping_mul(0x9E37_79B9_7F4A_7C15));
    }
    Ok(hash)
}

fn any_class_of(parts: &[Value], value: &Value) -> Res<bool> {
    for part in parts {
        if relation::is_instance(value, part)? {
            return Ok(true);
        }
    }
    Ok(false)
}

fn any_base_of(parts: &[Value], class: &Ref<Class>) -> Res<bool> {
    for part in parts {
        if relation::is_subclass(&Value::Class(class.clone()), part)? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// `alias[index]`: its variables replaced.
fn substituted(alias: &Alias, index: &Value) -> Res {
    if alias.is_of_typing()
        && matches!(&alias.origin, Value::Class(c) if c.is_builtin && matches!(c.name.as_str(), "Generic" | "Protocol"))
    {
        return Err(Fault::type_error(format!("Cannot subscript already-subscripted {}", alias.text()?)));
    }
    let parameters = alias.parameters();
    let is_odd = |p: &Value| downcast::<Variable>(p).is_some_and(|v| v.sort != Sort::Type);
    if parameters.iter().any(is_odd) {
        return Err(Fault::not_pure("the substitution of a `ParamSpec` or `TypeVarTuple` is not supported"));
    }
    let given = parts_of(index);
    let what = alias.with(alias.args.clone())?;
    check_count(given.len(), parameters.len(), &what)?;
    let mut args = Vec::with_capacity(given.len());
    for value in &given {
        args.push(checked(value, "Parameters to generic types must be types.")?);
    }
    replaced(&what, &parameters, &args)
}

fn replaced(value: &Value, parameters: &[Value], args: &[Value]) -> Res {
    if let Some(at) = parameters.iter().position(|p| ops::is_same_object(p, value)) {
        return Ok(args[at].clone());
    }
    let all = |parts: &[Value]| -> Res<Vec<Value>> {
        parts.iter().map(|p| replaced(p, parameters, args)).collect()
    };
    if let Some(alias) = downcast::<Alias>(value) {
        return if alias.shape == Shape::Literal { Ok(value.clone()) } else { alias.with(all(&alias.args)?) };
    }
    match union_parts(value) {
        Some(parts) => {
            let parts = all(&parts)?;
            let (first, rest) = parts.split_first().map_or((Value::None, &[][..]), |(f, r)| (f.clone(), r));
            rest.iter().try_fold(first, |sum, part| {
                union(&sum, part).unwrap_or_else(|| Err(Fault::type_error("a union of what is no type")))
            })
        }
        None => Ok(value.clone()),
    }
}

impl HostObject for Union {
    fn type_name(&self) -> &str {
        "UnionType"
    }

    fn module(&self) -> &str {
        "types"
    }

    fn repr(&self) -> Res<String> {
        let parts: Res<Vec<String>> = self
            .parts
            .iter()
            .map(|p| if is_none_type(p) { Ok("None".to_owned()) } else { shown(p) })
            .collect();
        Ok(parts?.join(" | "))
    }

    fn get_attr(&self, _this: &Ref<Host>, name: &str) -> Res<Option<Value>> {
        Ok(match name {
            "__args__" => Some(Value::tuple(self.parts.clone())),
            "__parameters__" => {
                let mut found = Vec::new();
                self.parts.iter().for_each(|part| variable::collect(part, &mut found));
                Some(Value::tuple(found))
            }
            "__getitem__" | "__or__" | "__ror__" => {
                return Err(Fault::not_pure(format!("`{name}` of a union of types is not kept")));
            }
            _ => None,
        })
    }

    fn getitem(&self, index: &Value) -> Option<Res> {
        let alias = Alias::new(Shape::Builtin, Value::None, self.parts.clone());
        let parameters = alias.parameters();
        let given = parts_of(index);
        let this = host(Self { parts: self.parts.clone() });
        Some(check_count(given.len(), parameters.len(), &this).and_then(|()| {
            let args: Vec<Value> = given.iter().map(converted).collect();
            replaced(&this, &parameters, &args)
        }))
    }

    fn eq(&self, other: &Value) -> Option<Res<bool>> {
        let parts = union_parts(other).or_else(|| {
            downcast::<Alias>(other)
                .filter(|alias| alias.shape == Shape::Union)
                .map(|alias| alias.args.clone())
        });
        Some(parts.map_or(Ok(false), |parts| same_set(&self.parts, &parts)))
    }

    fn hash(&self) -> Option<Res<u64>> {
        Some(combined_hash(None, &self.parts))
    }

    fn is_class_of(&self, value: &Value) -> Option<Res<bool>> {
        Some(any_class_of(&self.parts, value))
    }

    fn is_base_of(&self, class: &Ref<Class>) -> Option<Res<bool>> {
        Some(any_base_of(&self.parts, class))
    }

    fn remake(&self) -> Option<Remake> {
        Some(Remake::new(Value::Builtin(&REMAKERS[1]), self.parts.clone()))
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

/// `origin[index]` of a class that is not of `typing`.
pub fn alias(origin: Value, index: &Value) -> Value {
    host(Alias::new(Shape::Builtin, origin, parts_of(index)))
}

/// `list.__class_getitem__(item)`.
pub(crate) fn class_getitem(args: &Args<'_>) -> Res {
    let Some(Value::Class(class)) = args.pos.first() else {
        return Err(Fault::type_error("__class_getitem__() needs a class"));
    };
    args.rest().count(&format!("{}.__class_getitem__", class.qualname), 1, 1)?;
    Ok(alias(args.pos[0].clone(), &args.pos[1]))
}

/// `Generic.__class_getitem__(item)`, which a class derived from it calls by `super()`.
pub(crate) fn generic_getitem(args: &Args<'_>) -> Res {
    let Some(Value::Class(class)) = args.pos.first() else {
        return Err(Fault::type_error("__class_getitem__() needs a class"));
    };
    args.rest().count(&format!("{}.__class_getitem__", class.qualname), 1, 1)?;
    generic_alias(class, &args.pos[1])
}

/// `G[index]` of `Generic`, of a class derived from it, or of an abstract class of collections.
pub(crate) fn generic_alias(class: &Ref<Class>, index: &Value) -> Res {
    let this = Value::Class(class.clone());
    if crate::object::registered::is_one(class) {
        if class.name.as_str() == "Callable" {
            return super::form::callable(None, index);
        }
        return Ok(alias(this, index));
    }
    if !class.is_builtin && !class.is_subclass_of("Generic") {
        return Ok(alias(this, index));
    }
    let given = parts_of(index);
    if class.is_builtin {
        let name = &class.name;
        if given.is_empty() {
            return Err(Fault::type_error(format!("Parameter list to {name}[...] cannot be empty")));
        }
        if !given.iter().all(|p| downcast::<Variable>(p).is_some()) {
            return Err(Fault::type_error(format!(
                "Parameters to {name}[...] must all be type variables or parameter specification variables."
            )));
        }
        let is_twice = |at: usize| given[..at].iter().any(|p| ops::is_same_object(p, &given[at]));
        if (1..given.len()).any(is_twice) {
            return Err(Fault::type_error(format!("Parameters to {name}[...] must all be unique")));
        }
        return Ok(host(Alias::new(Shape::Typing, this, given)));
    }
    let args: Vec<Value> = given.iter().map(converted).collect();
    if let Some(parameters) = super::parameters_of_class(class) {
        let is_odd = |p: &Value| downcast::<Variable>(p).is_some_and(|v| v.sort != Sort::Type);
        if parameters.iter().any(is_odd) {
            return Ok(host(Alias::new(Shape::Typing, this, args)));
        }
        check_count(args.len(), parameters.len(), &this)?;
    }
    Ok(host(Alias::new(Shape::Typing, this, args)))
}

/// `a | b` of types; `None` where one is no type.
pub(crate) fn union(a: &Value, b: &Value) -> Option<Res> {
    let is_plain = |v: &Value| match v {
        Value::Class(_) => true,
        other => {
            downcast::<Alias>(other).is_some_and(|alias| !alias.is_of_typing())
                || downcast::<Union>(other).is_some()
                || downcast::<Form>(other).is_some_and(|form| form.is_class())
        }
    };
    let is_typing = |v: &Value| {
        downcast::<Alias>(v).is_some_and(Alias::is_of_typing)
            || downcast::<Variable>(v).is_some()
            || variable::is_new_type(v)
            || variable::is_forward_ref(v)
            || downcast::<Form>(v).is_some_and(|form| form.is_type() && !form.is_class())
    };
    if is_typing(a) || is_typing(b) {
        return Some(super::form::union_of(&[a.clone(), b.clone()]));
    }
    if !(is_plain(a) && (is_plain(b) || b.is_none()) || a.is_none() && is_plain(b)) {
        return None;
    }
    let mut parts: Vec<Value> = Vec::new();
    for side in [a, b] {
        for part in union_parts(side).unwrap_or_else(|| vec![converted(side)]) {
            if !holds(&parts, &part).unwrap_or(false) {
                parts.push(part);
            }
        }
    }
    match parts.as_slice() {
        [one] => Some(Ok(one.clone())),
        _ => Some(Ok(host(Union { parts }))),
    }
}

/// The types of `a | b`.
pub(crate) fn union_parts(value: &Value) -> Option<Vec<Value>> {
    downcast::<Union>(value).map(|union| union.parts.clone())
}

/// The types of a union of either kind.
pub(super) fn flattened(value: &Value) -> Option<Vec<Value>> {
    union_parts(value).or_else(|| {
        downcast::<Alias>(value).filter(|alias| alias.shape == Shape::Union).map(|alias| alias.args.clone())
    })
}

/// Adds what is not there yet.
pub(super) fn push_new(all: &mut Vec<Value>, value: Value) -> Res<()> {
    if !holds(all, &value)? {
        all.push(value);
    }
    Ok(())
}
