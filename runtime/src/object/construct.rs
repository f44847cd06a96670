//! Calls of classes: `__new__`, `__init__`, the constructors of built-in types that are not another owner's, and what
//! `object` itself can do.

use super::class::{Class, Instance, Native, builtin, class_of, class_ref, unwrap};
use super::maker::Maker;
use super::{attr, build, call, exception};
use crate::value::{Args, Builtin, Str};
use crate::{Fault, Ref, Res, Value, ops};
use std::sync::OnceLock;

/// `class(*args)`.
pub fn call_class(class: &Ref<Class>, args: &Args<'_>) -> Res {
    if class.is_builtin
        && let Some(construct) = class.construct
    {
        return construct(args);
    }
    if let Some(made) = super::cache::make(class, args) {
        return made;
    }
    if super::enums::is_enum(class) {
        return super::enums::call_class(class, args);
    }
    let value = match class.special("__new__") {
        Some(new) if let Some(maker) = Maker::of(new) => maker.make(class, args)?,
        Some(new) => {
            let new = attr::bind(new, None, class)?;
            let cls = Value::Class(class.clone());
            let value = call::call_with(&new, &cls, args)?;
            if !class_ref(&value).is_subclass(class) {
                return Ok(value);
            }
            value
        }
        None => native_new(class, args)?,
    };
    init(&value, args)?;
    if let Value::Instance(instance) = &value {
        instance.seal();
    }
    Ok(value)
}

/// Runs `__init__`.
fn init(value: &Value, args: &Args<'_>) -> Res<()> {
    let class = class_ref(value);
    let Some(init) = class.special("__init__") else {
        // A `__new__` of the program may have given it other arguments.
        if class.layout == "BaseException" && class.special("__new__").is_some() {
            exception::init_with(value, args)?;
        }
        return init_native(value, args);
    };
    let result = call::call_attr(init, value, args)?;
    if result.is_none() {
        return Ok(());
    }
    Err(Fault::type_error(format!("__init__() should return None, not '{}'", ops::type_name(&result))))
}

/// Runs the `__init__` of a built-in collection, where a `__new__` of the program made the instance.
fn init_native(value: &Value, args: &Args<'_>) -> Res<()> {
    if let Value::Instance(instance) = value
        && let Native::Late(late) = &instance.native
        && late.get().is_none()
        && !instance.is_sealed()
    {
        // Nobody else sees the instance yet.
        let _ = late.set(native_value(&instance.class, args)?);
    }
    Ok(())
}

/// What the `__new__` of the built-in layout makes of the class.
pub(super) fn native_new(class: &Ref<Class>, args: &Args<'_>) -> Res {
    let narrower = os_error(class, args);
    let class = narrower.as_ref().unwrap_or(class);
    if class.layout == "BaseException" && class.is_subclass_of("BaseExceptionGroup") {
        return Ok(Value::Instance(Ref::new(super::group::instance(class, args)?)));
    }
    let native = match class.layout {
        "" => {
            check_object_new(class, args)?;
            super::abstracts::check_instance(class)?;
            Native::None
        }
        "BaseException" if exception::begins_in_init(class) => {
            Native::Exception(exception::State::new(Vec::new()))
        }
        "BaseException" => Native::Exception(exception::State::new(args.pos.to_vec())),
        "list" | "dict" | "set" if ["__init__", "__new__"].iter().any(|n| class.special(n).is_some()) => {
            Native::Late(OnceLock::new())
        }
        // Where an `__init__` of the program takes keywords, these types do not look at them.
        "float" | "tuple" | "frozenset" if class.special("__init__").is_some() => {
            Native::Value(native_value(class, &Args::positional(args.pos))?)
        }
        _ => Native::Value(native_value(class, args)?),
    };
    let instance = Instance::new(class.clone(), native);
    if class.layout == "BaseException" {
        exception::fill(&instance, args)?;
    }
    Ok(Value::Instance(Ref::new(instance)))
}

/// The class that `OSError(errno, text)` makes an instance of, where it is a narrower one.
fn os_error(class: &Ref<Class>, args: &Args<'_>) -> Option<Ref<Class>> {
    if !class.is_builtin || class.name.as_str() != "OSError" || !(2..=5).contains(&args.pos.len()) {
        return None;
    }
    let errno = match args.pos.first() {
        Some(Value::Int(errno)) => *errno,
        Some(Value::Bool(errno)) => i64::from(*errno),
        _ => return None,
    };
    let name = match errno {
        1 | 13 => "PermissionError",
        2 => "FileNotFoundError",
        3 => "ProcessLookupError",
        4 => "InterruptedError",
        10 => "ChildProcessError",
        11 | 114 | 115 => "BlockingIOError",
        17 => "FileExistsError",
        20 => "NotADirectoryError",
        21 => "IsADirectoryError",
        32 | 108 => "BrokenPipeError",
        103 => "ConnectionAbortedError",
        104 => "ConnectionResetError",
        110 => "TimeoutError",
        111 => "ConnectionRefusedError",
        _ => return None,
    };
    Some(builtin(name))
}

/// The nearest built-in class among a class and its ancestors that makes values.
fn maker(class: &Class) -> Option<&Class> {
    let chain = std::iter::once(class).chain(class.mro_tail.iter().map(|c| &**c));
    chain.into_iter().find(|c| c.is_builtin && c.construct.is_some())
}

/// The value of the built-in type under a class that these arguments make.
pub(super) fn native_value(class: &Class, args: &Args<'_>) -> Res {
    if matches!(class.layout, "set" | "frozenset") && args.pos.len() > 1 {
        let n = args.pos.len();
        return Err(Fault::type_error(format!("{} expected at most 1 argument, got {n}", class.name)));
    }
    refuse_own_steps(class, args)?;
    match maker(class).and_then(|c| c.construct) {
        Some(construct) => Ok(unwrap(&construct(args)?).clone()),
        None if class.is_builtin && class.name.as_str() == "ABC" => {
            Err(if args.pos.is_empty() && args.kw.is_empty() {
                Fault::not_pure("an instance of `abc.ABC` itself: derive a class from it")
            } else {
                Fault::type_error("ABC() takes no arguments")
            })
        }
        None if class.layout == "host" => Err(Fault::not_pure(format!(
            "a call of the class of a `{}`, which is reached through it",
            class.shown
        ))),
        None => Err(Fault::type_error(format!("cannot create '{}' instances", class.shown))),
    }
}

/// Refuses to fill a `Counter` of a class with methods of its own by which CPython's `Counter` would do it.
fn refuse_own_steps(class: &Class, args: &Args<'_>) -> Res<()> {
    if class.is_builtin || (args.pos.is_empty() && args.kw.is_empty()) || !class.is_subclass_of("Counter") {
        return Ok(());
    }
    let is_own = |name: &&&str| class.lookup(name).is_some_and(|found| !matches!(found, Value::Builtin(_)));
    match ["get", "update", "__setitem__"].iter().find(is_own) {
        Some(name) => Err(Fault::not_pure(format!(
            "`{}` has a `{name}` of its own, which `Counter` calls as it counts: count first, and add what is special in a function",
            class.name
        ))),
        None => Ok(()),
    }
}

/// What an instance of a class holds whose `__init__` does not call that of the built-in type.
pub(super) fn empty(class: &Class) -> Value {
    native_value(class, &Args::positional(&[])).unwrap_or_else(|_| Value::tuple(Vec::new()))
}

fn check_object_new(class: &Ref<Class>, args: &Args<'_>) -> Res<()> {
    if class.is_builtin && matches!(class.name.as_str(), "ABC" | "Generic" | "Protocol") {
        return Err(if args.pos.is_empty() && args.kw.is_empty() {
            Fault::not_pure(format!("an instance of `{}` itself: derive a class from it", class.full_name()))
        } else {
            Fault::type_error(format!("{}() takes no arguments", class.name))
        });
    }
    if class.is_builtin && class.name.as_str() != "object" {
        return Err(Fault::type_error(format!("cannot create '{}' instances", class.name)));
    }
    if args.pos.is_empty() && args.kw.is_empty() {
        return Ok(());
    }
    if class.special("__new__").is_some() {
        return Err(Fault::type_error(
            "object.__new__() takes exactly one argument (the type to instantiate)",
        ));
    }
    if class.special("__init__").is_none() {
        // A protocol has an `__init__`, which refuses.
        if super::protocol::is_one(class) {
            super::abstracts::check_instance(class)?;
        } else if super::protocol::derives_from_one(class) {
            // The first call takes that `__init__` away.
            return Err(Fault::not_pure(format!(
                "arguments for `{}`, which derives from a protocol and has no `__init__`: what CPython says of them hangs on whether it was \
                 called before",
                class.name
            )));
        }
        return Err(Fault::type_error(format!("{}() takes no arguments", class.name)));
    }
    Ok(())
}

/// Makes the list of the types that have a `__new__` of their own, and of what that is.
macro_rules! with_new {
    ($($name:literal)*) => {
        const WITH_NEW: &[(&str, fn(&Args<'_>) -> Res)] = &[$(($name, |args| new($name, args))),*];
    };
}

with_new! {
    "object" "int" "bool" "float" "complex" "str" "bytes" "tuple" "list" "dict" "set" "frozenset" "range"
    "BaseException" "BaseExceptionGroup" "Exception" "GeneratorExit" "KeyboardInterrupt" "ArithmeticError"
    "AssertionError" "BufferError" "EOFError" "LookupError" "MemoryError" "OSError" "ReferenceError"
    "RuntimeError" "StopAsyncIteration" "SystemError" "TypeError" "ValueError" "Warning" "FloatingPointError"
    "OverflowError" "ZeroDivisionError" "BytesWarning" "DeprecationWarning" "EncodingWarning" "FutureWarning"
    "ImportWarning" "PendingDeprecationWarning" "ResourceWarning" "RuntimeWarning" "SyntaxWarning"
    "UnicodeWarning" "UserWarning" "IndexError" "NotImplementedError" "RecursionError" "UnicodeError"
    "UnicodeDecodeError" "UnicodeEncodeError" "UnicodeTranslateError"
}

/// The `__new__` of a built-in type, if it has one of its own.
pub(super) fn new_of(name: &str) -> Option<fn(&Args<'_>) -> Res> {
    WITH_NEW.iter().find(|(known, _)| *known == name).map(|(_, new)| *new)
}

/// Of the exceptions, those that are made otherwise than the rest.
const MADE_OTHERWISE: [&str; 3] = ["OSError", "MemoryError", "BaseExceptionGroup"];

/// By which type's function instances are made.
fn maker_of(class: &Class) -> &'static str {
    let otherwise =
        MADE_OTHERWISE.iter().find(|n| class.layout == "BaseException" && class.is_subclass_of(n));
    otherwise.copied().unwrap_or(if new_of(class.layout).is_some() { class.layout } else { "object" })
}

fn maker_of_name(name: &str) -> &'static str {
    match super::table::builtin_opt(name) {
        Some(class) if class.layout == "BaseException" => maker_of(class),
        _ => WITH_NEW.iter().find(|(known, _)| *known == name).map_or("object", |(known, _)| *known),
    }
}

/// `object.__new__(cls, ...)`, `int.__new__(cls, ...)`, `tuple.__new__(cls, ...)`.
fn new(owner: &str, args: &Args<'_>) -> Res {
    let class = match args.pos.first() {
        Some(Value::Class(class)) => class,
        Some(other) => {
            return Err(Fault::type_error(format!(
                "{owner}.__new__(X): X is not a type object ({})",
                ops::type_name(other)
            )));
        }
        None => return Err(Fault::type_error(format!("{owner}.__new__(): not enough arguments"))),
    };
    let name = &class.name;
    if !class.is_subclass_of(owner) {
        return Err(Fault::type_error(format!(
            "{owner}.__new__({name}): {name} is not a subtype of {owner}"
        )));
    }
    let maker = maker_of(class);
    if maker != "object" && maker != maker_of_name(owner) {
        let layout = super::class::mro(class).find(|c| c.is_builtin).map_or("object", |c| c.name.as_str());
        return Err(Fault::type_error(format!(
            "{owner}.__new__({name}) is not safe, use {layout}.__new__()"
        )));
    }
    let rest = args.rest();
    match (class.is_builtin, class.layout) {
        // Their `__init__` takes what is given.
        (true, "list" | "dict" | "set") => call_class(class, &Args::positional(&[])),
        // What they show is written by their `__init__`.
        (true, "BaseException") if exception::takes_attributes(class) && !rest.pos.is_empty() => {
            Err(Fault::not_pure(format!(
                "`{name}.__new__` alone leaves an exception that knows only its `args`: call the class"
            )))
        }
        (true, _) => call_class(class, &rest),
        (false, _) => native_new(class, &rest),
    }
}

/// `list.__init__(self, ...)` and the like, for a subclass that defines `__init__`.
pub(super) fn init_late(args: &Args<'_>) -> Res {
    if let Value::Instance(instance) = args.receiver()
        && let Native::Late(value) = &instance.native
        && !instance.is_sealed()
    {
        let made = native_value(&instance.class, &args.rest())?;
        return match value.set(made) {
            Ok(()) => Ok(Value::None),
            Err(_) => {
                Err(Fault::not_pure(format!("`{}.__init__` is called a second time", instance.class.layout)))
            }
        };
    }
    Err(Fault::not_pure("`__init__` of a built-in type changes what is complete"))
}

/// `__init_subclass__` of `object`: a class method.
pub(super) fn init_subclass(args: &Args<'_>) -> Res {
    let name = match args.pos.first() {
        Some(Value::Class(class)) => class.qualname.clone(),
        _ => Str::new("object"),
    };
    if args.kw.is_empty() && args.pos.len() == 1 {
        return Ok(Value::None);
    }
    Err(Fault::type_error(if args.kw.is_empty() {
        format!("{name}.__init_subclass__() takes no arguments ({} given)", args.pos.len() - 1)
    } else {
        format!("{name}.__init_subclass__() takes no keyword arguments")
    }))
}

/// The methods of `object`, which see the instance as an object, whatever its class says.
pub(super) static OBJECT: &[Builtin] = &[
    Builtin { name: "__init__", owner: "object", call: object_init },
    Builtin { name: "__repr__", owner: "object", call: object_repr },
    Builtin { name: "__str__", owner: "object", call: object_str },
    Builtin { name: "__format__", owner: "object", call: object_format },
    Builtin { name: "__eq__", owner: "object", call: object_eq },
    Builtin { name: "__ne__", owner: "object", call: object_ne },
    Builtin { name: "__lt__", owner: "object", call: not_implemented },
    Builtin { name: "__le__", owner: "object", call: not_implemented },
    Builtin { name: "__gt__", owner: "object", call: not_implemented },
    Builtin { name: "__ge__", owner: "object", call: not_implemented },
    Builtin { name: "__hash__", owner: "object", call: object_hash },
    Builtin { name: "__getattribute__", owner: "object", call: object_getattribute },
    Builtin { name: "__setattr__", owner: "object", call: object_setattr },
    Builtin { name: "__delattr__", owner: "object", call: object_delattr },
];

fn object_init(args: &Args<'_>) -> Res {
    let rest = args.rest();
    let class = class_ref(args.receiver());
    if !rest.pos.is_empty() || !rest.kw.is_empty() {
        if class.special("__init__").is_some() {
            return Err(Fault::type_error(
                "object.__init__() takes exactly one argument (the instance to initialize)",
            ));
        }
        if class.special("__new__").is_none() && class.layout.is_empty() {
            return Err(Fault::type_error(format!(
                "{}.__init__() takes exactly one argument (the instance to initialize)",
                class.name
            )));
        }
    }
    Ok(Value::None)
}

fn object_repr(args: &Args<'_>) -> Res {
    Err(ops::no_address(args.receiver()))
}

fn object_str(args: &Args<'_>) -> Res {
    Ok(Value::string(ops::repr(args.receiver())?))
}

fn object_format(args: &Args<'_>) -> Res {
    match unwrap(&args.pos[1]).as_str() {
        Some("") => Ok(Value::Str(ops::to_str(args.receiver())?)),
        Some(_) => Err(Fault::type_error(format!(
            "unsupported format string passed to {}.__format__",
            ops::type_name(args.receiver())
        ))),
        None => Err(Fault::type_error(format!(
            "__format__() argument must be str, not {}",
            crate::number::clinic_name(&args.pos[1])
        ))),
    }
}

fn object_eq(args: &Args<'_>) -> Res {
    Ok(if ops::is_same_object(&args.pos[0], &args.pos[1]) {
        Value::Bool(true)
    } else {
        Value::NotImplemented
    })
}

fn object_ne(args: &Args<'_>) -> Res {
    if matches!(args.pos[0], Value::Class(_)) {
        return Ok(if ops::is_same_object(&args.pos[0], &args.pos[1]) {
            Value::Bool(false)
        } else {
            Value::NotImplemented
        });
    }
    match call::call_method(&args.pos[0], "__eq__", &args.rest())? {
        Value::NotImplemented => Ok(Value::NotImplemented),
        other => Ok(Value::Bool(!ops::truthy(&other)?)),
    }
}

fn not_implemented(_: &Args<'_>) -> Res {
    Ok(Value::NotImplemented)
}

fn object_hash(args: &Args<'_>) -> Res {
    Ok(super::slots::hash_value(ops::identity_hash(args.receiver())))
}

fn object_getattribute(args: &Args<'_>) -> Res {
    match unwrap(&args.pos[1]).as_str() {
        Some(name) => attr::generic(&args.pos[0], name)?.ok_or_else(|| attr::missing(&args.pos[0], name)),
        None => Err(Fault::type_error(format!(
            "attribute name must be string, not '{}'",
            ops::type_name(&args.pos[1])
        ))),
    }
}

fn object_setattr(args: &Args<'_>) -> Res {
    match unwrap(&args.pos[1]).as_str() {
        Some(name) => attr::set_generic(&args.pos[0], name, args.pos[2].clone()).map(|()| Value::None),
        None => Err(Fault::type_error(format!(
            "attribute name must be string, not '{}'",
            ops::type_name(&args.pos[1])
        ))),
    }
}

fn object_delattr(_: &Args<'_>) -> Res {
    Err(Fault::not_pure("`del` of an attribute changes the object in place"))
}

/// `bool(x)`.
pub(super) fn construct_bool(args: &Args<'_>) -> Res {
    args.no_keywords("bool")?;
    args.count("bool", 0, 1)?;
    match args.pos.first() {
        Some(value) => Ok(Value::Bool(ops::truthy(value)?)),
        None => Ok(Value::Bool(false)),
    }
}

/// `type(x)`, `type(name, bases, namespace)`.
pub(super) fn construct_type(args: &Args<'_>) -> Res {
    if let [value] = args.pos
        && args.kw.is_empty()
    {
        return Ok(Value::Class(class_of(value)));
    }
    let [name, bases, namespace] = args.pos else {
        return Err(Fault::type_error(if args.pos.len() == 1 {
            "type() takes no keyword arguments"
        } else {
            "type() takes 1 or 3 arguments"
        }));
    };
    let wrong = |i: usize, ty: &str, value: &Value| {
        let given = crate::number::clinic_name(value);
        Fault::type_error(format!("type.__new__() argument {i} must be {ty}, not {given}"))
    };
    let Value::Str(name) = unwrap(name) else { return Err(wrong(1, "str", name)) };
    let Value::Tuple(bases) = unwrap(bases) else { return Err(wrong(2, "tuple", bases)) };
    let Value::Dict(dict) = unwrap(namespace) else { return Err(wrong(3, "dict", namespace)) };
    let mut entries = Vec::new();
    for (key, value) in dict.iter() {
        match key {
            Value::Str(key) => entries.push((key.clone(), value.clone())),
            _ => return Err(Fault::not_pure("a class with a name that is no string among its attributes")),
        }
    }
    build::begin_by_type(bases)?;
    super::class::build(
        name.clone(),
        name.clone(),
        Str::new("__main__"),
        bases.to_vec(),
        entries,
        args.kw.to_vec(),
    )
}

/// A call of a metaclass whose `__new__` CPython has in Python.
pub(super) fn construct_meta(args: &Args<'_>, class: &str, params: [&str; 3]) -> Res {
    // Other keywords are for the class that is made.
    let kw: Vec<(Str, Value)> =
        args.kw.iter().filter(|(k, _)| params.contains(&k.as_str())).cloned().collect();
    Args { pos: args.pos, kw: &kw }.bind_method(&format!("{class}.__new__"), params, 3, 3)?;
    construct_type(args)
}

/// The one value of its type, whatever is not given.
fn single(value: Value, name: &str, args: &Args<'_>) -> Res {
    if args.pos.is_empty() && args.kw.is_empty() {
        Ok(value)
    } else {
        Err(Fault::type_error(format!("{name} takes no arguments")))
    }
}

/// `type(f)(code, globals)`: there are no codes, so one of the arguments is wrong.
pub(super) fn construct_function(args: &Args<'_>) -> Res {
    let names = ["code", "globals", "name", "argdefs", "closure"];
    let [code, ..] = args.bind("function", names, 0, 2, 5)?;
    let given = crate::number::clinic_name(code.unwrap_or(&Value::None));
    Err(Fault::type_error(format!("function() argument 'code' must be code, not {given}")))
}

/// `type(module)(name, doc=None)`.
pub(super) fn construct_module(args: &Args<'_>) -> Res {
    let [name, _] = args.bind("module", ["name", "doc"], 0, 1, 2)?;
    if let Some(name) = name.filter(|name| unwrap(name).as_str().is_none()) {
        let given = crate::number::clinic_name(name);
        return Err(Fault::type_error(format!("module() argument 'name' must be str, not {given}")));
    }
    Err(Fault::not_pure("a module is made by a file beside the script"))
}

/// `type(None)()`.
pub(super) fn construct_none(args: &Args<'_>) -> Res {
    single(Value::None, "NoneType", args)
}

/// `type(...)()`.
pub(super) fn construct_ellipsis(args: &Args<'_>) -> Res {
    single(Value::Ellipsis, "EllipsisType", args)
}

/// `type(NotImplemented)()`.
pub(super) fn construct_not_implemented(args: &Args<'_>) -> Res {
    single(Value::NotImplemented, "NotImplementedType", args)
}

fn from_iter(name: &str, args: &Args<'_>) -> Res {
    match crate::iter::builtin(name) {
        Some(builtin) => (builtin.call)(args),
        None => Err(Fault::not_pure(format!("`{name}` is not there"))),
    }
}

/// `zip(...)`.
pub(super) fn construct_zip(args: &Args<'_>) -> Res {
    from_iter("zip", args)
}

/// `map(...)`.
pub(super) fn construct_map(args: &Args<'_>) -> Res {
    from_iter("map", args)
}

/// `filter(...)`.
pub(super) fn construct_filter(args: &Args<'_>) -> Res {
    from_iter("filter", args)
}

/// `enumerate(...)`.
pub(super) fn construct_enumerate(args: &Args<'_>) -> Res {
    from_iter("enumerate", args)
}

/// `reversed(...)`.
pub(super) fn construct_reversed(args: &Args<'_>) -> Res {
    if let [Value::Class(class)] = args.pos
        && let Some(mut members) = super::enums::members(class)
    {
        members.reverse();
        return ops::iter(&Value::tuple(members));
    }
    from_iter("reversed", args)
}
