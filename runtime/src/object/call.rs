//! Calls of any value, and the binding of arguments to the parameters of functions of the program.

use super::class::{Native, class_ref, unwrap};
use super::descriptor::Descriptor;
use super::func::ParamKind;
use super::{Func, attr, c_calls, construct, exception, wrapper};
use crate::collections::Dict;
use crate::value::{Builtin, Str};
use crate::{Args, Fault, Ref, Res, Value, hooks, ops};

pub use super::described::describe;

/// `func(*args.pos, **args.kw)`.
pub fn call(func: &Value, args: &Args<'_>) -> Res {
    match func {
        Value::Func(func) => match c_calls::wrong_receiver(func, args) {
            Some(fault) => Err(fault),
            None => call_func(func, args),
        },
        Value::Builtin(builtin) => call_unbound(builtin, args),
        Value::Method(method) => call_with(&method.func, &method.receiver, args),
        Value::Class(class) => construct::call_class(class, args),
        Value::Host(host) => match host.0.refusal() {
            Some(message) => Err(Fault::type_error(message)),
            None => host.0.call(args),
        },
        Value::Instance(instance) => {
            if let Native::Descriptor(Descriptor::Static(inner)) = &instance.native {
                return call(inner, args);
            }
            match instance.class.lookup("__call__") {
                Some(method) => call_attr(method, func, args),
                None => Err(not_callable(func)),
            }
        }
        _ => Err(not_callable(func)),
    }
}

fn not_callable(func: &Value) -> Fault {
    Fault::type_error(format!("'{}' object is not callable", ops::type_name(func)))
}

/// Can it be called.
pub fn is_callable(value: &Value) -> bool {
    match value {
        Value::Func(_) | Value::Builtin(_) | Value::Method(_) | Value::Class(_) => true,
        Value::Instance(instance) => {
            matches!(&instance.native, Native::Descriptor(Descriptor::Static(_)))
                || instance.class.lookup("__call__").is_some()
        }
        Value::Host(host) => host.0.is_callable(),
        _ => false,
    }
}

/// A call of a function of the program, with all its arguments in `args`.
fn call_func(func: &Ref<Func>, args: &Args<'_>) -> Res {
    if args.kw.is_empty()
        && args.pos.len() == func.info.params.len()
        && func.info.params.iter().all(|p| matches!(p.kind, ParamKind::Normal | ParamKind::PositionalOnly))
    {
        return hooks::call(func, args.pos);
    }
    hooks::call(func, &bind(func, args)?)
}

/// A call of a built-in function, or of a method of a built-in type with its receiver among the arguments.
fn call_unbound(builtin: &'static Builtin, args: &Args<'_>) -> Res {
    if builtin.owner.is_empty() || !super::table::is_method(builtin) {
        return (builtin.call)(args);
    }
    let (owner, name) = (builtin.owner, builtin.name);
    let Some(receiver) = args.pos.first() else {
        return Err(Fault::type_error(if super::enums::is_owner(owner) {
            format!("{owner}.{name}() missing 1 required positional argument: 'self'")
        } else if wrapper::is_wrapper(builtin) {
            format!("descriptor '{name}' of '{owner}' object needs an argument")
        } else {
            format!("unbound method {owner}.{name}() needs an argument")
        }));
    };
    let fits = match super::table::is_of_iterator(builtin) {
        true => matches!(receiver, Value::Iter(_)),
        false => class_ref(receiver).is_subclass_of(owner),
    };
    if !fits && super::enums::is_owner(owner) {
        return super::enum_methods::of_stranger(builtin, args);
    }
    if !fits {
        let ty = ops::type_name(receiver);
        return Err(Fault::type_error(if wrapper::is_wrapper(builtin) {
            format!("descriptor '{name}' requires a '{owner}' object but received a '{ty}'")
        } else {
            format!("descriptor '{name}' for '{owner}' objects doesn't apply to a '{ty}' object")
        }));
    }
    call_builtin(builtin, args)
}

/// A call of a built-in method whose receiver, the first argument, fits.
fn call_builtin(builtin: &'static Builtin, args: &Args<'_>) -> Res {
    if builtin.name.starts_with("__") {
        wrapper::check(builtin, args)?;
    }
    if let Some(Value::Instance(instance)) = args.pos.first()
        && !keeps_instance(builtin)
        && let Some(payload) = instance.payload()
    {
        if let Some(result) = super::derived::copy(builtin, &args.pos[0]) {
            return result;
        }
        // A dict of a derived class asks it for a key that is not there.
        if let (Value::Dict(dict), "__getitem__", [this, key]) = (payload, builtin.name, args.pos)
            && let Some(missing) = instance.class.special("__missing__")
            && dict.get(key)?.is_none()
        {
            return call_attr(missing, this, &Args::positional(std::slice::from_ref(key)));
        }
        // The text of a set shows the class.
        if let (Value::Set(_), "__repr__", [this]) = (payload, builtin.name, args.pos) {
            return ops::native_repr(this, instance).map(Value::string);
        }
        let mut pos = args.pos.to_vec();
        pos[0] = payload.clone();
        return call_native(builtin, &Args { pos: &pos, kw: args.kw });
    }
    call_native(builtin, args)
}

/// Methods of text take instances of subclasses of `str` as the text that they are; formatting sees the instances.
fn call_native(builtin: &'static Builtin, args: &Args<'_>) -> Res {
    if matches!(builtin.owner, "str" | "bytes")
        && !matches!(
            (builtin.owner, builtin.name),
            (_, "format" | "format_map" | "join" | "__mod__") | ("str", "translate")
        )
        && args.pos.iter().any(|v| matches!(v, Value::Instance(i) if i.payload().is_some()))
    {
        let pos: Vec<Value> = args.pos.iter().map(|v| unwrap(v).clone()).collect();
        return match (builtin.call)(&Args { pos: &pos, kw: args.kw }) {
            // The message names the class of an instance, not of what is in it.
            Err(fault) if fault.is("TypeError") => {
                let mut named = args.pos.to_vec();
                named[0] = pos[0].clone();
                (builtin.call)(&Args { pos: &named, kw: args.kw })
                    .map_err(|named| if named.is("TypeError") { named } else { fault })
            }
            result => result,
        };
    }
    (builtin.call)(args)
}

/// Does this method work on the instance itself, not on the value of the built-in type in it.
fn keeps_instance(builtin: &Builtin) -> bool {
    matches!(builtin.owner, "" | "object" | "BaseException")
        || super::enums::is_owner(builtin.owner)
        || matches!(builtin.name, "__init__" | "__format__")
}

/// Runs `run` with the receiver put before the arguments.
fn with_receiver<T>(receiver: &Value, args: &Args<'_>, run: impl FnOnce(&Args<'_>) -> T) -> T {
    match args.pos {
        [] => run(&Args { pos: std::slice::from_ref(receiver), kw: args.kw }),
        [a] => run(&Args { pos: &[receiver.clone(), a.clone()], kw: args.kw }),
        [a, b] => run(&Args { pos: &[receiver.clone(), a.clone(), b.clone()], kw: args.kw }),
        rest => {
            let mut pos = Vec::with_capacity(rest.len() + 1);
            pos.push(receiver.clone());
            pos.extend_from_slice(rest);
            run(&Args { pos: &pos, kw: args.kw })
        }
    }
}

/// A call of a method of a built-in type, whose name has no underscores around it, with a receiver of that very type.
pub(super) fn call_own(method: &'static Builtin, receiver: &Value, args: &Args<'_>) -> Res {
    let is_plain = !args.pos.iter().any(|v| matches!(v, Value::Instance(_)));
    with_receiver(receiver, args, |all| if is_plain { (method.call)(all) } else { call_builtin(method, all) })
}

/// A call of a function with its receiver: what a bound method does.
pub fn call_with(func: &Value, receiver: &Value, args: &Args<'_>) -> Res {
    with_receiver(receiver, args, |all| match func {
        Value::Func(func) => call_func(func, all),
        Value::Builtin(builtin) => call_builtin(builtin, all),
        other => call(other, all),
    })
}

/// A call of a class attribute as a method of this receiver: functions are bound, the rest as descriptors say.
pub fn call_attr(attribute: &Value, receiver: &Value, args: &Args<'_>) -> Res {
    match attribute {
        Value::Func(_) => call_with(attribute, receiver, args),
        Value::Builtin(builtin) if super::table::is_method(builtin) => call_with(attribute, receiver, args),
        Value::Host(host) if host.0.binds() => call_with(attribute, receiver, args),
        other => call(&attr::bind(other, Some(receiver), class_ref(receiver))?, args),
    }
}

/// `receiver.name(*args.pos, **args.kw)`, without making the bound method where that can be avoided.
pub fn call_method(receiver: &Value, name: &str, args: &Args<'_>) -> Res {
    match receiver {
        Value::Class(_) | Value::Module(_) | Value::Host(_) | Value::Func(_) | Value::Method(_) => {}
        Value::Instance(instance) => {
            if !matches!(instance.native, Native::Descriptor(_))
                && instance.field(name).is_none()
                && instance.class.special("__getattribute__").is_none()
                // Every class has one of its own.
                && name != "__doc__"
                && let Some(attribute) = instance.class.lookup(name)
            {
                return call_attr(attribute, receiver, args);
            }
        }
        _ => {
            // What a built-in type has under a method's name is the method: it is bound without a look at `is_method`.
            if let Some(method @ Value::Builtin(_)) = class_ref(receiver).lookup(name) {
                return call_with(method, receiver, args);
            }
        }
    }
    call(&attr::get(receiver, name)?, args)
}

/// One value for each parameter, in order; with CPython's messages where the arguments do not fit.
pub fn bind(func: &Ref<Func>, args: &Args<'_>) -> Res<Vec<Value>> {
    bind_parameters(func, args).map_err(|fault| c_calls::wrong_call(func, args).unwrap_or(fault))
}

fn bind_parameters(func: &Ref<Func>, args: &Args<'_>) -> Res<Vec<Value>> {
    let params = &func.info.params;
    let positional = |kind| matches!(kind, ParamKind::PositionalOnly | ParamKind::Normal);
    let n_positional = params.iter().take_while(|p| positional(p.kind)).count();
    let mut slots = vec![Value::Unbound; params.len()];
    let n = args.pos.len().min(n_positional);
    slots[..n].clone_from_slice(&args.pos[..n]);
    let star = params.iter().position(|p| p.kind == ParamKind::Star);
    if let Some(star) = star {
        slots[star] = Value::tuple(args.pos[n..].to_vec());
    }
    bind_keywords(func, args, &mut slots)?;
    if args.pos.len() > n_positional && star.is_none() {
        return Err(too_many(func, args.pos.len(), n_positional, &slots));
    }
    for (slot, default) in slots.iter_mut().zip(func.defaults.iter()) {
        if !slot.is_bound() {
            *slot = default.clone();
        }
    }
    missing(func, &slots)?;
    Ok(slots)
}

fn bind_keywords(func: &Ref<Func>, args: &Args<'_>, slots: &mut [Value]) -> Res<()> {
    let params = &func.info.params;
    let double = params.iter().position(|p| p.kind == ParamKind::DoubleStar);
    if args.kw.is_empty() && double.is_none() {
        return Ok(());
    }
    let mut more = crate::collections::Dict::new();
    for (key, value) in args.kw {
        let by_name = |k: ParamKind| matches!(k, ParamKind::Normal | ParamKind::KeywordOnly);
        match params.iter().position(|p| by_name(p.kind) && p.name == *key) {
            Some(i) if slots[i].is_bound() => {
                return Err(Fault::type_error(format!(
                    "{}() got multiple values for argument '{key}'",
                    func.info.qualname
                )));
            }
            Some(i) => slots[i] = value.clone(),
            None if double.is_some() => {
                if more.get(&Value::Str(key.clone()))?.is_some() {
                    return Err(Fault::type_error(format!(
                        "{}() got multiple values for keyword argument '{key}'",
                        func.info.qualname
                    )));
                }
                more.insert(Value::Str(key.clone()), value.clone())?;
            }
            None => return Err(unexpected_keyword(func, args, key)),
        }
    }
    if let Some(double) = double {
        slots[double] = Value::Dict(Ref::new(more));
    }
    Ok(())
}

fn unexpected_keyword(func: &Ref<Func>, args: &Args<'_>, key: &Str) -> Fault {
    let params = func.info.params.iter().filter(|p| p.kind == ParamKind::PositionalOnly);
    let wrong: Vec<&str> =
        params.filter(|p| args.kw.iter().any(|(k, _)| *k == p.name)).map(|p| p.name.as_str()).collect();
    let name = &func.info.qualname;
    Fault::type_error(if wrong.is_empty() {
        format!("{name}() got an unexpected keyword argument '{key}'")
    } else {
        format!(
            "{name}() got some positional-only arguments passed as keyword arguments: '{}'",
            wrong.join(", ")
        )
    })
}

fn too_many(func: &Ref<Func>, given: usize, n_positional: usize, slots: &[Value]) -> Fault {
    let params = &func.info.params;
    let n_defaults = func.defaults.iter().take(n_positional).filter(|d| d.is_bound()).count();
    let n_keyword_only =
        params.iter().zip(slots).filter(|(p, v)| p.kind == ParamKind::KeywordOnly && v.is_bound()).count();
    let s = |n: usize| if n == 1 { "" } else { "s" };
    let takes = if n_defaults > 0 {
        format!("from {} to {n_positional}", n_positional - n_defaults)
    } else {
        n_positional.to_string()
    };
    let keywords = if n_keyword_only > 0 {
        format!(
            " positional argument{} (and {n_keyword_only} keyword-only argument{})",
            s(given),
            s(n_keyword_only)
        )
    } else {
        String::new()
    };
    let plural = if n_defaults > 0 || n_positional != 1 { "s" } else { "" };
    let were = if given == 1 && n_keyword_only == 0 { "was" } else { "were" };
    Fault::type_error(format!(
        "{}() takes {takes} positional argument{plural} but {given}{keywords} {were} given",
        func.info.qualname
    ))
}

fn missing(func: &Ref<Func>, slots: &[Value]) -> Res<()> {
    for (what, wanted) in [("positional", false), ("keyword-only", true)] {
        let names: Vec<String> = func
            .info
            .params
            .iter()
            .zip(slots)
            .filter(|(p, v)| !v.is_bound() && (p.kind == ParamKind::KeywordOnly) == wanted)
            .filter(|(p, _)| !matches!(p.kind, ParamKind::Star | ParamKind::DoubleStar))
            .map(|(p, _)| format!("'{}'", p.name))
            .collect();
        if !names.is_empty() {
            return Err(missing_error(&func.info.qualname, what, &names));
        }
    }
    Ok(())
}

/// The message of missing arguments, whose names come quoted.
pub(crate) fn missing_error(func: &str, what: &str, names: &[String]) -> Fault {
    let list = match names {
        [one] => one.clone(),
        [a, b] => format!("{a} and {b}"),
        [init @ .., last] => format!("{}, and {last}", init.join(", ")),
        [] => String::new(),
    };
    let s = if names.len() == 1 { "" } else { "s" };
    Fault::type_error(format!("{func}() missing {} required {what} argument{s}: {list}", names.len()))
}

/// `func(*value)`: adds the items to the positional arguments.
pub fn unpack_star(func: &Value, value: &Value, into: &mut Vec<Value>) -> Res<()> {
    let is_iterable = match value {
        Value::Tuple(_) | Value::List(_) => true,
        other => ops::is_iterable(other),
    };
    if !is_iterable {
        ops::refuse_to_iterate(value)?;
        return Err(Fault::type_error(format!(
            "{} argument after * must be an iterable, not {}",
            describe(func)?,
            ops::type_name(value)
        )));
    }
    into.extend(ops::collect_sized(value)?);
    Ok(())
}

/// `[*value]`, `(*value,)`, `{*value}`: adds the items.
pub fn unpack_display(value: &Value, into: &mut Vec<Value>) -> Res<()> {
    if !ops::is_iterable(value) {
        ops::refuse_to_iterate(value)?;
        return Err(Fault::type_error(format!(
            "Value after * must be an iterable, not {}",
            ops::type_name(value)
        )));
    }
    into.extend(ops::collect_sized(value)?);
    Ok(())
}

/// What CPython says of a fault that came while it took the entries of a mapping: a missing attribute makes it no mapping, and a
/// `KeyError` that no `raise` raised is taken for one about the arguments.
fn of_no_mapping(func: &Value, value: &Value, fault: Fault) -> Fault {
    let shown = |text: String| match describe(func) {
        Ok(name) => Fault::type_error(name + &text),
        Err(wrong) => wrong,
    };
    if fault.is("AttributeError") {
        return shown(format!(" argument after ** must be a mapping, not {}", ops::type_name(value)));
    }
    let Some(state) = fault.as_exception().filter(|_| fault.is("KeyError")).and_then(exception::state) else {
        return fault;
    };
    match state.args().as_slice() {
        [key] if !state.was_raised() && state.context().is_none() => match ops::to_str(key) {
            Ok(key) => shown(format!(" got multiple values for keyword argument '{key}'")),
            Err(wrong) => wrong,
        },
        _ => fault,
    }
}

/// `func(**value)`: adds the entries of a mapping to the keywords. That they are text is asked when the call is made.
pub fn unpack_double_star(func: &Value, value: &Value, into: &mut Dict) -> Res<()> {
    let mut add = |key: &Value, value: &dyn Fn() -> Res| {
        if into.contains_key(key)? {
            return Err(Fault::type_error(format!(
                "{} got multiple values for keyword argument '{}'",
                describe(func)?,
                ops::to_str(key)?
            )));
        }
        into.insert(unwrap(key).clone(), value()?)
    };
    if let Some(dict) = crate::collections::direct_entries(value) {
        for (key, value) in dict.iter() {
            add(key, &|| Ok(value.clone()))?;
        }
        return Ok(());
    }
    crate::collections::each_key(value, |key| add(&key, &|| ops::getitem(value, &key)))
        .map_err(|fault| of_no_mapping(func, value, fault))
}
