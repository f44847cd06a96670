//! The names of `typing` that stand for themselves until they are subscripted.

use super::alias::{self, Alias, Shape};
use super::variable::Variable;
use super::{all_checked, check_count, checked, downcast, host, parts_of};
use crate::object::class::{Class, builtin_opt};
use crate::object::{Host, HostObject, call, lazy, relation};
use crate::value::Args;
use crate::{Fault, Ref, Res, Value, ops};
use std::any::Any;

/// What a name is.
pub(crate) enum Kind {
    /// A form without arguments: `NoReturn`, `Self`.
    Plain,
    /// `Any`.
    Any,
    /// `ClassVar`, `Final` and the like: of one type.
    OfOne,
    Union,
    Optional,
    Literal,
    Annotated,
    Concatenate,
    Unpack,
    /// `List`, `Iterable`: what it stands for, and how many arguments it takes.
    Container {
        origin: &'static str,
        n_args: usize,
    },
    Tuple,
    Callable,
    /// `SupportsInt`: the protocol of one method.
    Supports(&'static str),
    /// `IO`, `TextIO`, `BinaryIO`.
    File,
    NamedTuple,
    TypedDict,
    /// `dataclasses.InitVar`.
    InitVar,
}

/// A name of `typing`.
pub(crate) struct Form {
    pub(super) name: &'static str,
    pub(super) kind: Kind,
}

const fn container(name: &'static str, origin: &'static str, n_args: usize) -> Form {
    Form { name, kind: Kind::Container { origin, n_args } }
}

const fn plain(name: &'static str) -> Form {
    Form { name, kind: Kind::Plain }
}

const fn form(name: &'static str, kind: Kind) -> Form {
    Form { name, kind }
}

/// All of them. What an origin names with a dot is a class of a module written in Afar.
#[rustfmt::skip]
pub(crate) static FORMS: &[Form] = &[
    plain("NoReturn"), plain("Never"), plain("Self"), plain("LiteralString"), plain("TypeAlias"),
    form("Any", Kind::Any),
    form("ClassVar", Kind::OfOne), form("Final", Kind::OfOne), form("TypeGuard", Kind::OfOne),
    form("Required", Kind::OfOne), form("NotRequired", Kind::OfOne),
    form("Union", Kind::Union), form("Optional", Kind::Optional), form("Literal", Kind::Literal),
    form("Annotated", Kind::Annotated), form("Concatenate", Kind::Concatenate), form("Unpack", Kind::Unpack),
    form("Tuple", Kind::Tuple), form("Callable", Kind::Callable),
    form("SupportsInt", Kind::Supports("__int__")), form("SupportsFloat", Kind::Supports("__float__")),
    form("SupportsComplex", Kind::Supports("__complex__")), form("SupportsBytes", Kind::Supports("__bytes__")),
    form("SupportsIndex", Kind::Supports("__index__")), form("SupportsAbs", Kind::Supports("__abs__")),
    form("SupportsRound", Kind::Supports("__round__")),
    form("IO", Kind::File), form("TextIO", Kind::File), form("BinaryIO", Kind::File),
    form("NamedTuple", Kind::NamedTuple), form("TypedDict", Kind::TypedDict),
    container("List", "list", 1), container("Dict", "dict", 2), container("Set", "set", 1),
    container("FrozenSet", "frozenset", 1), container("Type", "type", 1),
    container("Counter", "Counter", 1), container("OrderedDict", "OrderedDict", 2),
    container("Deque", "collections.deque", 1), container("DefaultDict", "collections.defaultdict", 2),
    container("ChainMap", "collections.ChainMap", 2),
    container("Pattern", "re.Pattern", 1), container("Match", "re.Match", 1),
    container("Hashable", "collections.abc.Hashable", 0), container("Sized", "collections.abc.Sized", 0),
    container("ByteString", "collections.abc.ByteString", 0),
    container("Awaitable", "collections.abc.Awaitable", 1), container("Coroutine", "collections.abc.Coroutine", 3),
    container("AsyncIterable", "collections.abc.AsyncIterable", 1),
    container("AsyncIterator", "collections.abc.AsyncIterator", 1),
    container("AsyncGenerator", "collections.abc.AsyncGenerator", 2),
    container("Iterable", "collections.abc.Iterable", 1), container("Iterator", "collections.abc.Iterator", 1),
    container("Generator", "collections.abc.Generator", 3), container("Reversible", "collections.abc.Reversible", 1),
    container("Container", "collections.abc.Container", 1), container("Collection", "collections.abc.Collection", 1),
    container("AbstractSet", "collections.abc.Set", 1), container("MutableSet", "collections.abc.MutableSet", 1),
    container("Mapping", "collections.abc.Mapping", 2),
    container("MutableMapping", "collections.abc.MutableMapping", 2),
    container("Sequence", "collections.abc.Sequence", 1),
    container("MutableSequence", "collections.abc.MutableSequence", 1),
    container("MappingView", "collections.abc.MappingView", 1), container("KeysView", "collections.abc.KeysView", 1),
    container("ItemsView", "collections.abc.ItemsView", 2), container("ValuesView", "collections.abc.ValuesView", 1),
    container("ContextManager", "contextlib.AbstractContextManager", 1),
    container("AsyncContextManager", "contextlib.AbstractAsyncContextManager", 1),
];

/// `dataclasses.InitVar`.
pub(crate) fn init_var() -> Value {
    static INIT_VAR: Form = form("InitVar", Kind::InitVar);
    host(&INIT_VAR)
}

/// The form of this name, as a value.
pub(crate) fn value(of: &'static Form) -> Value {
    host(of)
}

/// May what `typing` calls so not be called.
pub(super) fn is_no_maker(name: &str) -> bool {
    const MAKERS: &[&str] = &["Counter", "OrderedDict", "Deque", "DefaultDict", "ChainMap"];
    let is_container =
        |form: &Form| matches!(&form.kind, Kind::Container { origin, .. } if !origin.contains(".abc."));
    !MAKERS.contains(&name)
        && (name == "Tuple" || FORMS.iter().any(|form| form.name == name && is_container(form)))
}

impl Form {
    /// Its name.
    pub(crate) fn name(&self) -> &'static str {
        self.name
    }

    pub(super) fn shown(&self) -> String {
        match self.kind {
            Kind::Supports(_) | Kind::File | Kind::Annotated => format!("<class 'typing.{}'>", self.name),
            Kind::InitVar => "<class 'dataclasses.InitVar'>".to_owned(),
            _ => format!("typing.{}", self.name),
        }
    }

    /// Is it shown by its name when it is subscripted.
    fn has_name(&self) -> bool {
        !matches!(self.kind, Kind::InitVar)
    }

    /// May it not stand as an argument of a type, since it is nothing without arguments of its own.
    pub(super) fn is_no_argument(&self) -> bool {
        matches!(
            self.kind,
            Kind::OfOne | Kind::Union | Kind::Optional | Kind::Literal | Kind::Concatenate | Kind::Unpack
        )
    }

    /// Has it an operator `|`.
    pub(super) fn is_type(&self) -> bool {
        !matches!(self.kind, Kind::NamedTuple | Kind::TypedDict)
    }

    /// What it stands for.
    pub(super) fn origin(&self) -> Res<Option<Value>> {
        let origin = match self.kind {
            Kind::Container { origin, .. } => origin,
            Kind::Tuple => "tuple",
            Kind::Callable => "collections.abc.Callable",
            _ => return Ok(None),
        };
        match origin.rsplit_once('.') {
            None => Ok(builtin_opt(origin).map(|c| Value::Class(c.clone()))),
            Some(("contextlib", _)) => {
                Err(Fault::not_pure(format!("`typing.{}` is there to annotate", self.name)))
            }
            Some(("collections", name)) => {
                let module = lazy::imported("collections", "")?;
                crate::object::attr::get(&module, name).map(Some)
            }
            Some((module, name)) => lazy::imported(module, name).map(Some),
        }
    }

    /// The class that it stands for.
    pub(super) fn origin_class(&self) -> Res<Ref<Class>> {
        match self.origin()? {
            Some(Value::Class(class)) => Ok(class),
            _ => Err(Fault::not_pure(format!("`typing.{}` as a base of a class", self.name))),
        }
    }

    fn subscripted(&'static self, index: &Value) -> Res {
        let this = value(self);
        match &self.kind {
            Kind::OfOne => {
                let message = format!("{} accepts only single type.", self.shown());
                Ok(host(Alias::new(Shape::Typing, this, vec![checked(index, &message)?])))
            }
            Kind::Union => union(index),
            Kind::Optional => {
                let message = format!("{} requires a single type.", self.shown());
                union_of(&[checked(index, &message)?, Value::None])
            }
            Kind::Literal => literal(this, index),
            Kind::Annotated => annotated(index),
            Kind::Concatenate => concatenate(this, index),
            Kind::Unpack => {
                let item = checked(index, &format!("{} accepts only single type.", self.shown()))?;
                Ok(host(Alias::new(Shape::Typing, this, vec![item])))
            }
            Kind::Tuple => tuple(self, index),
            Kind::Callable => callable(Some(self), index),
            Kind::Container { n_args, .. } => {
                let args = all_checked(&parts_of(index), "Parameters to generic types must be types.")?;
                check_count(args.len(), *n_args, &this)?;
                let origin = self.origin()?.unwrap_or_default();
                Ok(host(Alias { name: Some(self.name), ..Alias::new(Shape::Typing, origin, args) }))
            }
            Kind::InitVar => Ok(host(Alias::new(Shape::Typing, this, vec![index.clone()]))),
            Kind::Supports(_) | Kind::File => {
                let args = all_checked(&parts_of(index), "Parameters to generic types must be types.")?;
                Ok(host(Alias {
                    name: self.has_name().then_some(self.name),
                    ..Alias::new(Shape::Typing, this, args)
                }))
            }
            Kind::Any => Err(Fault::type_error("type 'Any' is not subscriptable")),
            _ => Err(Fault::type_error(format!("{} is not subscriptable", self.shown()))),
        }
    }
}

/// `Union[...]`.
fn union(index: &Value) -> Res {
    let parts = parts_of(index);
    if parts.is_empty() {
        return Err(Fault::type_error("Cannot take a Union of no types."));
    }
    union_of(&parts)
}

/// The union of some types.
pub(super) fn union_of(parts: &[Value]) -> Res {
    let mut all = Vec::new();
    for part in all_checked(parts, "Union[arg, ...]: each arg must be a type.")? {
        match alias::flattened(&part) {
            Some(inner) => inner.into_iter().try_for_each(|part| alias::push_new(&mut all, part))?,
            None => alias::push_new(&mut all, part)?,
        }
    }
    // CPython puts them into a set.
    all.iter().try_for_each(|part| ops::hash(part).map(drop))?;
    if let [one] = all.as_slice() {
        return Ok(one.clone());
    }
    let origin = FORMS.iter().find(|form| form.name == "Union").map(value).unwrap_or_default();
    Ok(host(Alias::new(Shape::Union, origin, all)))
}

fn literal(this: Value, index: &Value) -> Res {
    let mut all: Vec<Value> = Vec::new();
    for part in parts_of(index) {
        let inner = match downcast::<Alias>(&part) {
            Some(alias) if alias.shape == Shape::Literal => alias.args.clone(),
            _ => vec![part],
        };
        for part in inner {
            if !alias::holds_literal(&all, &part)? {
                all.push(part);
            }
        }
    }
    Ok(host(Alias::new(Shape::Literal, this, all)))
}

fn annotated(index: &Value) -> Res {
    let parts = parts_of(index);
    let [of, metadata @ ..] = parts.as_slice() else { return Err(two_at_least()) };
    if metadata.is_empty() || !matches!(index, Value::Tuple(_)) {
        return Err(two_at_least());
    }
    let is_special = downcast::<Form>(of).is_some_and(|form| matches!(form.name, "ClassVar" | "Final"));
    let origin = if is_special { of.clone() } else { checked(of, "Annotated[t, ...]: t must be a type.")? };
    let (origin, mut all) = match downcast::<Alias>(&origin) {
        Some(inner) if inner.shape == Shape::Annotated => (inner.origin.clone(), inner.metadata.clone()),
        _ => (origin, Vec::new()),
    };
    all.extend(metadata.iter().cloned());
    // It takes over the module of its origin.
    crate::object::attr::get(&origin, "__module__")?;
    Ok(host(Alias { metadata: all, ..Alias::new(Shape::Annotated, origin.clone(), vec![origin]) }))
}

fn two_at_least() -> Fault {
    Fault::type_error("Annotated[...] should be used with at least two arguments (a type and an annotation).")
}

fn concatenate(this: Value, index: &Value) -> Res {
    let parts = parts_of(index);
    let Some((last, types)) = parts.split_last() else {
        return Err(Fault::type_error("Cannot take a Concatenate of no types."));
    };
    let is_params = matches!(last, Value::Ellipsis)
        || downcast::<Variable>(last).is_some_and(|v| v.sort == super::variable::Sort::Params);
    if !is_params {
        return Err(Fault::type_error(
            "The last parameter to Concatenate should be a ParamSpec variable or ellipsis.",
        ));
    }
    let mut all = all_checked(types, "Concatenate[arg, ...]: each arg must be a type.")?;
    all.push(last.clone());
    Ok(host(Alias::new(Shape::Typing, this, all)))
}

fn tuple(this: &'static Form, index: &Value) -> Res {
    let parts = parts_of(index);
    let origin = this.origin()?.unwrap_or_default();
    let args = match parts.as_slice() {
        [types @ .., Value::Ellipsis] if !types.is_empty() => {
            let mut args = all_checked(types, "Tuple[t, ...]: t must be a type.")?;
            args.push(Value::Ellipsis);
            args
        }
        types => all_checked(types, "Tuple[t0, t1, ...]: each t must be a type.")?,
    };
    Ok(host(Alias { name: Some("Tuple"), ..Alias::new(Shape::Typing, origin, args) }))
}

/// `Callable[[int], str]`, of `typing` or else of `collections.abc`.
pub(super) fn callable(form: Option<&'static Form>, index: &Value) -> Res {
    let parts = parts_of(index);
    let ([params, result], Value::Tuple(_)) = (parts.as_slice(), index) else {
        return Err(Fault::type_error("Callable must be used as Callable[[arg, ...], result]."));
    };
    let origin = lazy::imported("collections.abc", "Callable")?;
    let mut args = match params {
        Value::List(items) => items.to_values().to_vec(),
        Value::Tuple(items) if form.is_none() => items.to_vec(),
        one => vec![one.clone()],
    };
    let is_list = matches!(params, Value::List(_));
    let is_known = matches!(params, Value::Ellipsis)
        || downcast::<Variable>(params).is_some()
        || downcast::<Alias>(params).is_some();
    match form {
        None if !is_list && !is_known && !matches!(params, Value::Tuple(_)) => {
            let shown = ops::repr(params)?;
            return Err(Fault::type_error(format!(
                "Expected a list of types, an ellipsis, ParamSpec, or Concatenate. Got {shown}"
            )));
        }
        None => {}
        Some(_) => args = args.iter().map(super::converted).collect(),
    }
    args.push(match form {
        None => result.clone(),
        Some(_) => checked(result, "Callable[args, result]: result must be a type.")?,
    });
    Ok(host(Alias { name: form.map(|f| f.name), ..Alias::new(Shape::Callable, origin, args) }))
}

impl HostObject for &'static Form {
    fn type_name(&self) -> &str {
        self.kind_name()
    }

    fn module(&self) -> &str {
        "typing"
    }

    fn repr(&self) -> Res<String> {
        match self.kind {
            Kind::NamedTuple | Kind::TypedDict => {
                Err(Fault::not_pure("the default repr of a `function` object shows its address"))
            }
            _ => Ok(self.shown()),
        }
    }

    fn get_attr(&self, _this: &Ref<Host>, name: &str) -> Res<Option<Value>> {
        match self.attribute(name)? {
            None if matches!(self.kind, Kind::Any) && !name.starts_with('_') => {
                Err(Fault::attribute_error(format!("type object 'Any' has no attribute '{name}'")))
            }
            found => Ok(found),
        }
    }

    fn missing_of(&self, name: &str) -> Option<Value> {
        let is_dunder = name.starts_with("__") && name.ends_with("__");
        self.origin().ok().flatten().filter(|_| self.is_alias() && !is_dunder)
    }

    fn is_bare_name_missing(&self, name: &str) -> bool {
        self.kind_name().ends_with("SpecialForm") || self.is_alias() && name.starts_with("__")
    }

    fn call(&self, args: &Args<'_>) -> Res {
        self.called(args)
    }

    fn is_callable(&self) -> bool {
        true
    }

    fn getitem(&self, index: &Value) -> Option<Res> {
        Some(self.subscripted(index))
    }

    fn eq(&self, other: &Value) -> Option<Res<bool>> {
        Some(Ok(downcast::<Form>(other).is_some_and(|form| form.name == self.name)))
    }

    fn hash(&self) -> Option<Res<u64>> {
        Some(ops::hash(&Value::str(self.name)))
    }

    fn is_class_of(&self, value: &Value) -> Option<Res<bool>> {
        self.has_instance(value)
    }

    fn is_base_of(&self, class: &Ref<Class>) -> Option<Res<bool>> {
        self.has_subclass(class)
    }

    fn as_any(&self) -> &dyn Any {
        *self
    }
}

impl Form {
    /// Is it a class in CPython.
    pub(super) fn is_class(&self) -> bool {
        matches!(self.kind, Kind::Any | Kind::Supports(_))
    }

    /// Is it a generic class that may be subscripted.
    fn is_alias(&self) -> bool {
        matches!(self.kind, Kind::Container { .. } | Kind::Tuple | Kind::Callable)
    }

    fn kind_name(&self) -> &'static str {
        match self.kind {
            Kind::Any => "_AnyMeta",
            Kind::Container { .. } => "_SpecialGenericAlias",
            Kind::Tuple => "_TupleType",
            Kind::Callable => "_CallableType",
            Kind::Literal => "_LiteralSpecialForm",
            Kind::Supports(_) => "_ProtocolMeta",
            Kind::File | Kind::Annotated | Kind::InitVar => "type",
            Kind::NamedTuple | Kind::TypedDict => "function",
            _ => "_SpecialForm",
        }
    }

    fn attribute(&self, name: &str) -> Res<Option<Value>> {
        match name {
            "__name__" | "__qualname__" => Ok(Some(Value::str(self.name))),
            "__module__" => Ok(Some(Value::str("typing"))),
            "__origin__" => self.origin(),
            "_name" => Ok(Some(Value::str(self.name))),
            _ if matches!(self.kind, Kind::File) => Err(Fault::not_pure(format!(
                "`typing.{}` is there to annotate: files are not read by it",
                self.name
            ))),
            "type" if matches!(self.kind, Kind::InitVar) => {
                Err(Fault::not_pure("`type` of `InitVar` is not kept"))
            }
            _ if name.starts_with("__") => Ok(None),
            _ => match self.origin()? {
                Some(origin) => crate::object::attr::find(&origin, name),
                None => Ok(None),
            },
        }
    }

    fn called(&self, args: &Args<'_>) -> Res {
        match &self.kind {
            Kind::NamedTuple => crate::object::namedtuple::typed(args),
            Kind::TypedDict => super::typed_dict::functional(args),
            Kind::Any => Err(Fault::type_error("Any cannot be instantiated")),
            Kind::Annotated => Err(Fault::type_error("Type Annotated cannot be instantiated.")),
            Kind::Supports(method) => Err(Fault::type_error(format!(
                "Can't instantiate abstract class {} with abstract method {method}",
                self.name
            ))),
            Kind::InitVar | Kind::File => Err(Fault::not_pure(format!("a call of `{}`", self.name))),
            Kind::Container { .. } | Kind::Tuple if is_no_maker(self.name) => {
                let class = self.origin_class()?;
                Err(Fault::type_error(format!(
                    "Type {} cannot be instantiated; use {}() instead",
                    self.name, class.name
                )))
            }
            Kind::Container { .. } => call::call(&self.origin()?.unwrap_or_default(), args),
            Kind::Callable => {
                Err(Fault::type_error("Type Callable cannot be instantiated; use Callable() instead"))
            }
            _ => Err(Fault::type_error(format!("Cannot instantiate {}", self.shown()))),
        }
    }

    fn has_instance(&self, value: &Value) -> Option<Res<bool>> {
        match &self.kind {
            Kind::Container { .. } | Kind::Tuple | Kind::Callable => {
                Some(self.origin().and_then(|origin| match origin {
                    Some(origin) => relation::is_instance(value, &origin),
                    None => Ok(false),
                }))
            }
            Kind::Supports(method) => {
                Some(crate::object::attr::find(value, method).map(|found| found.is_some()))
            }
            Kind::NamedTuple | Kind::TypedDict => None,
            Kind::InitVar | Kind::File => Some(Ok(false)),
            Kind::Annotated => Some(Ok(false)),
            _ => Some(Err(Fault::type_error(format!("{} cannot be used with isinstance()", self.shown())))),
        }
    }

    fn has_subclass(&self, class: &Ref<Class>) -> Option<Res<bool>> {
        let this = Value::Class(class.clone());
        match &self.kind {
            Kind::Container { .. } | Kind::Tuple | Kind::Callable => {
                Some(self.origin().and_then(|origin| match origin {
                    Some(origin) => relation::is_subclass(&this, &origin),
                    None => Ok(false),
                }))
            }
            Kind::Supports(method) => Some(Ok(class.lookup(method).is_some())),
            Kind::NamedTuple | Kind::TypedDict => None,
            Kind::InitVar | Kind::File | Kind::Annotated => Some(Ok(false)),
            Kind::Any => Some(Ok(false)),
            _ => Some(Err(Fault::type_error(format!("{} cannot be used with issubclass()", self.shown())))),
        }
    }
}
