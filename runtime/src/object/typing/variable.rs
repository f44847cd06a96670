//! Type variables, new types, and references to types by name.

use super::alias::Alias;
use super::{checked, downcast, host, union_parts};
use crate::object::{Host, HostObject, Remake};
use crate::ops;
use crate::value::{Args, Builtin, Str};
use crate::{Fault, Ref, Res, Value};
use std::any::Any;

/// Which kind of variable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sort {
    /// `TypeVar`.
    Type,
    /// `ParamSpec`.
    Params,
    /// `TypeVarTuple`.
    Tuple,
}

/// A type variable.
pub(super) struct Variable {
    pub(super) name: Str,
    pub(super) sort: Sort,
    constraints: Vec<Value>,
    bound: Value,
    covariant: bool,
    contravariant: bool,
}

/// What makes variables.
pub(crate) static VARIABLES: &[Builtin] = &[
    Builtin { name: "TypeVar", owner: "", call: type_var },
    Builtin { name: "ParamSpec", owner: "", call: param_spec },
    Builtin { name: "TypeVarTuple", owner: "", call: type_var_tuple },
    Builtin { name: "ParamSpecArgs", owner: "", call: |args| part(args, "args") },
    Builtin { name: "ParamSpecKwargs", owner: "", call: |args| part(args, "kwargs") },
];

/// A plain variable of this name.
pub(crate) fn named_variable(name: &str) -> Value {
    let (covariant, contravariant) = (name.ends_with("_co"), name.ends_with("_contra"));
    let constraints = match name {
        "AnyStr" => ["bytes", "str"].map(|c| Value::Class(crate::object::class::builtin(c))).to_vec(),
        _ => Vec::new(),
    };
    let bound = match name {
        "CT_co" => Value::Class(crate::object::class::builtin("type")),
        _ => Value::None,
    };
    host(Variable { name: name.into(), sort: Sort::Type, constraints, bound, covariant, contravariant })
}

fn name_of(args: &Args<'_>, class: &str) -> Res<Str> {
    let init = format!("{class}.__init__");
    match class {
        "TypeVarTuple" => {
            args.bind_method(&init, ["name"], 1, 1)?;
        }
        "ParamSpec" => {
            args.bind_method(&init, ["name", "bound", "covariant", "contravariant"], 1, 1)?;
        }
        _ => {
            let first = Args { pos: args.pos.get(..1).unwrap_or_default(), kw: args.kw };
            first.bind_method(&init, ["name", "bound", "covariant", "contravariant"], 1, 1)?;
        }
    }
    match args.pos.first().or_else(|| args.kw.iter().find(|(k, _)| k.as_str() == "name").map(|(_, v)| v)) {
        Some(Value::Str(name)) => Ok(name.clone()),
        Some(_) => Err(Fault::not_pure(format!("a `{class}` whose name is no text"))),
        None => Err(Fault::type_error(format!(
            "{class}.__init__() missing 1 required positional argument: 'name'"
        ))),
    }
}

fn type_var(args: &Args<'_>) -> Res {
    let name = name_of(args, "TypeVar")?;
    let mut variable = Variable {
        name,
        sort: Sort::Type,
        constraints: Vec::new(),
        bound: Value::None,
        covariant: false,
        contravariant: false,
    };
    let constraints = args.pos.get(1..).unwrap_or_default();
    let (has_bound, rest) = keywords(&mut variable, args)?;
    if let Some(key) = rest {
        return Err(Fault::type_error(format!(
            "TypeVar.__init__() got an unexpected keyword argument '{key}'"
        )));
    }
    if variable.covariant && variable.contravariant {
        return Err(Fault::value_error("Bivariant types are not supported."));
    }
    if has_bound && !constraints.is_empty() {
        return Err(Fault::type_error("Constraints cannot be combined with bound=..."));
    }
    if constraints.len() == 1 {
        return Err(Fault::type_error("A single constraint is not allowed"));
    }
    variable.constraints =
        super::all_checked(constraints, "TypeVar(name, constraint, ...): constraints must be types.")?;
    Ok(host(variable))
}

/// Takes the keywords that all variables have; whether there is a bound, and the first that is unknown.
fn keywords(variable: &mut Variable, args: &Args<'_>) -> Res<(bool, Option<Str>)> {
    let mut has_bound = false;
    for (key, value) in args.kw {
        match key.as_str() {
            "name" if args.pos.is_empty() => {}
            "bound" if !value.is_none() => {
                variable.bound = checked(value, "Bound must be a type.")?;
                has_bound = true;
            }
            "bound" => {}
            "covariant" if variable.sort != Sort::Tuple => variable.covariant = ops::truthy(value)?,
            "contravariant" => variable.contravariant = ops::truthy(value)?,
            _ => return Ok((has_bound, Some(key.clone()))),
        }
    }
    Ok((has_bound, None))
}

fn param_spec(args: &Args<'_>) -> Res {
    let name = name_of(args, "ParamSpec")?;
    let mut variable = Variable {
        name,
        sort: Sort::Params,
        constraints: Vec::new(),
        bound: Value::None,
        covariant: false,
        contravariant: false,
    };
    let (_, rest) = keywords(&mut variable, args)?;
    if let Some(key) = rest {
        return Err(Fault::type_error(format!(
            "ParamSpec.__init__() got an unexpected keyword argument '{key}'"
        )));
    }
    if variable.covariant && variable.contravariant {
        return Err(Fault::value_error("Bivariant types are not supported."));
    }
    Ok(host(variable))
}

fn type_var_tuple(args: &Args<'_>) -> Res {
    let name = name_of(args, "TypeVarTuple")?;
    Ok(host(Variable {
        name,
        sort: Sort::Tuple,
        constraints: Vec::new(),
        bound: Value::None,
        covariant: false,
        contravariant: false,
    }))
}

impl Variable {
    fn shown(&self) -> String {
        let sign = match self.sort {
            Sort::Tuple => "",
            _ if self.covariant => "+",
            _ if self.contravariant => "-",
            _ => "~",
        };
        format!("{sign}{}", self.name)
    }
}

impl HostObject for Variable {
    fn type_name(&self) -> &str {
        match self.sort {
            Sort::Type => "TypeVar",
            Sort::Params => "ParamSpec",
            Sort::Tuple => "TypeVarTuple",
        }
    }

    fn module(&self) -> &str {
        "typing"
    }

    fn repr(&self) -> Res<String> {
        Ok(self.shown())
    }

    fn get_attr(&self, this: &Ref<Host>, name: &str) -> Res<Option<Value>> {
        let is_tuple = self.sort == Sort::Tuple;
        Ok(match name {
            "__name__" => Some(Value::Str(self.name.clone())),
            "__module__" => return Err(Fault::not_pure("the module of a type variable is not kept")),
            "__bound__" if !is_tuple => Some(self.bound.clone()),
            "__covariant__" if !is_tuple => Some(Value::Bool(self.covariant)),
            "__contravariant__" if !is_tuple => Some(Value::Bool(self.contravariant)),
            "__constraints__" if self.sort == Sort::Type => Some(Value::tuple(self.constraints.clone())),
            "__iter__" if is_tuple => {
                return Err(Fault::not_pure("`__iter__` of a `TypeVarTuple`: iterate over it"));
            }
            "args" | "kwargs" if self.sort == Sort::Params => Some(host(Part {
                of: Value::Host(this.clone()),
                name: if name == "args" { "args" } else { "kwargs" },
            })),
            _ => None,
        })
    }

    fn is_iterable(&self) -> bool {
        self.sort == Sort::Tuple
    }

    fn iter(&self, this: &Ref<Host>) -> Option<Res> {
        self.is_iterable().then(|| super::alias::unpacked(&Value::Host(this.clone())))
    }

    fn remake(&self) -> Option<Remake> {
        let maker = match self.sort {
            Sort::Type => 0,
            Sort::Params => 1,
            Sort::Tuple => 2,
        };
        let name = Value::Str(self.name.clone());
        let pos = std::iter::once(name).chain(self.constraints.iter().cloned()).collect();
        let flag = |name: &str, on: bool| on.then(|| (Str::new(name), Value::Bool(true)));
        let bound = (!self.bound.is_none()).then(|| (Str::new("bound"), self.bound.clone()));
        let flags = [flag("covariant", self.covariant), flag("contravariant", self.contravariant)];
        let kw = bound.into_iter().chain(flags.into_iter().flatten()).collect();
        Some(Remake { func: Value::Builtin(&VARIABLES[maker]), pos, kw })
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

/// `ParamSpecArgs(P)`.
fn part(args: &Args<'_>, name: &'static str) -> Res {
    let class = if name == "args" { "ParamSpecArgs" } else { "ParamSpecKwargs" };
    let [of] = args.bind_method(&format!("{class}.__init__"), ["origin"], 1, 1)?;
    Ok(host(Part { of: of.cloned().unwrap_or_default(), name }))
}

/// `P.args`, `P.kwargs`.
struct Part {
    of: Value,
    name: &'static str,
}

impl HostObject for Part {
    fn type_name(&self) -> &str {
        if self.name == "args" { "ParamSpecArgs" } else { "ParamSpecKwargs" }
    }

    fn module(&self) -> &str {
        "typing"
    }

    fn repr(&self) -> Res<String> {
        let name = downcast::<Variable>(&self.of).map_or("", |v| v.name.as_str());
        Ok(format!("{name}.{}", self.name))
    }

    fn get_attr(&self, _: &Ref<Host>, name: &str) -> Res<Option<Value>> {
        Ok((name == "__origin__").then(|| self.of.clone()))
    }

    fn eq(&self, other: &Value) -> Option<Res<bool>> {
        let same = downcast::<Self>(other)
            .is_some_and(|part| part.name == self.name && ops::is_same_object(&part.of, &self.of));
        Some(Ok(same))
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

/// Adds the variables of a type, each once, in order.
pub(super) fn collect(value: &Value, found: &mut Vec<Value>) {
    if downcast::<Variable>(value).is_some() {
        if !found.iter().any(|v| ops::is_same_object(v, value)) {
            found.push(value.clone());
        }
    } else if let Some(alias) = downcast::<Alias>(value) {
        alias.args.iter().for_each(|arg| collect(arg, found));
    } else if let Some(parts) = union_parts(value) {
        parts.iter().for_each(|part| collect(part, found));
    } else if let Value::Tuple(items) = value {
        items.iter().for_each(|item| collect(item, found));
    }
}

/// `NewType("UserId", int)`.
struct NewType {
    name: Str,
    of: Value,
}

/// `NewType(name, tp)`.
pub(crate) fn new_type(args: &Args<'_>) -> Res {
    let [name, of] = args.bind_method("NewType.__init__", ["name", "tp"], 2, 2)?;
    match (name, of) {
        (Some(Value::Str(name)), Some(of)) => Ok(host(NewType { name: name.clone(), of: of.clone() })),
        _ => Err(Fault::not_pure("a `NewType` whose name is no text")),
    }
}

impl HostObject for NewType {
    fn type_name(&self) -> &str {
        "NewType"
    }

    fn module(&self) -> &str {
        "typing"
    }

    fn repr(&self) -> Res<String> {
        Ok(format!("__main__.{}", self.name))
    }

    fn get_attr(&self, _: &Ref<Host>, name: &str) -> Res<Option<Value>> {
        Ok(match name {
            "__name__" => Some(Value::str(self.name.rsplit('.').next().unwrap_or_default())),
            "__qualname__" => Some(Value::Str(self.name.clone())),
            "__module__" => Some(Value::str("__main__")),
            "__supertype__" => Some(self.of.clone()),
            _ => None,
        })
    }

    fn is_callable(&self) -> bool {
        true
    }

    fn call(&self, args: &Args<'_>) -> Res {
        args.count("_typing._idfunc", 1, 1)?;
        Ok(args.pos[0].clone())
    }

    fn remake(&self) -> Option<Remake> {
        let maker = Value::Builtin(&super::alias::REMAKERS[2]);
        Some(Remake::new(maker, vec![Value::Str(self.name.clone()), self.of.clone()]))
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

/// Is it a new type.
pub(super) fn is_new_type(value: &Value) -> bool {
    downcast::<NewType>(value).is_some()
}

/// A reference to a type by its name.
struct ForwardRef(Str);

/// A reference to a type by its name.
pub(super) fn forward_ref(name: Str) -> Value {
    host(ForwardRef(name))
}

/// Refuses a text that is no expression.
pub(super) fn check_reference(text: &Str) -> Res<()> {
    if text.is_empty() {
        return Err(Fault::index_error("string index out of range"));
    }
    let starred = text.strip_prefix('*').map(|_| format!("({text},)[0]"));
    let is_expression = |text: &str| crate::hooks::compiler().is_ok_and(|c| c.is_expression(text));
    if is_expression(starred.as_deref().unwrap_or(text)) {
        return Ok(());
    }
    let shown = crate::text::repr_str(text);
    Err(Fault::exception("SyntaxError", format!("Forward reference must be an expression -- got {shown}")))
}

/// The text of a reference by name.
pub(super) fn referred(value: &Value) -> Option<&Str> {
    downcast::<ForwardRef>(value).map(|reference| &reference.0)
}

/// Is it a reference by name.
pub(super) fn is_forward_ref(value: &Value) -> bool {
    downcast::<ForwardRef>(value).is_some()
}

impl HostObject for ForwardRef {
    fn type_name(&self) -> &str {
        "ForwardRef"
    }

    fn module(&self) -> &str {
        "typing"
    }

    fn repr(&self) -> Res<String> {
        Ok(format!("ForwardRef({})", ops::repr(&Value::Str(self.0.clone()))?))
    }

    fn get_attr(&self, _: &Ref<Host>, name: &str) -> Res<Option<Value>> {
        Ok(match name {
            "__forward_arg__" => Some(Value::Str(self.0.clone())),
            "__forward_evaluated__" => Some(Value::Bool(false)),
            "__forward_is_argument__" => Some(Value::Bool(true)),
            "__forward_is_class__" => Some(Value::Bool(false)),
            "__forward_value__" | "__forward_module__" => Some(Value::None),
            "__forward_code__" => return Err(Fault::not_pure("the code of a reference by name is not kept")),
            _ => None,
        })
    }

    fn eq(&self, other: &Value) -> Option<Res<bool>> {
        Some(Ok(downcast::<Self>(other).is_some_and(|r| r.0 == self.0)))
    }

    fn hash(&self) -> Option<Res<u64>> {
        Some(crate::ops::hash(&Value::Str(self.0.clone())))
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}
