//! `singledispatch`, `singledispatchmethod` and `partialmethod`.

use crate::native::{bind_python, method, receiver};
use afar_runtime::object::{Class, Host, HostObject, abstracts, attr, call, class, exception, typing};
use afar_runtime::{Args, Builtin, Fault, Ref, Res, Str, Value, ops};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{PoisonError, RwLock};

/// A function that chooses by the class of its first argument.
///
/// What it chooses from grows while the program defines its functions, and is final from the first call on, so that no
/// call can tell when a function was registered.
struct Dispatcher {
    default: Value,
    registry: RwLock<Vec<(Ref<Class>, Value)>>,
    is_final: AtomicBool,
    /// Which argument it chooses by: the first, or for a method the one behind the object.
    at: usize,
}

static METHODS: &[Builtin] = &[
    Builtin { name: "dispatch", owner: "functools", call: dispatch },
    Builtin { name: "register", owner: "functools", call: register },
];

/// `singledispatch(function)`.
pub fn singledispatch(args: &Args<'_>) -> Res {
    let [func] = bind_python(args, "singledispatch", ["func"], 1)?;
    Ok(Host::value(Dispatcher {
        default: func.cloned().unwrap_or_default(),
        registry: RwLock::default(),
        is_final: AtomicBool::new(false),
        at: 0,
    }))
}

/// `singledispatchmethod(function)`.
pub fn singledispatchmethod(args: &Args<'_>) -> Res {
    let [func] = args.bind_method("singledispatchmethod.__init__", ["func"], 1, 1)?;
    let default = func.cloned().unwrap_or_default();
    if !matches!(default, Value::Func(_)) {
        return Err(Fault::not_pure("`singledispatchmethod` is supported for functions"));
    }
    let (registry, is_final) = (RwLock::default(), AtomicBool::new(false));
    Ok(Host::value(Dispatcher { default, registry, is_final, at: 1 }))
}

impl Dispatcher {
    /// The function for values of a class: that of the first class in its order of resolution that has one.
    fn choose(&self, class: &Ref<Class>) -> Value {
        self.is_final.store(true, Ordering::Release);
        let registry = self.registry.read().unwrap_or_else(PoisonError::into_inner);
        let find = |base: &Ref<Class>| registry.iter().find(|(c, _)| Ref::ptr_eq(c, base));
        class::mro(class).find_map(find).map_or_else(|| self.default.clone(), |(_, func)| func.clone())
    }

    fn add(&self, class: &Ref<Class>, func: &Value) -> Res<()> {
        let mut registry = self.registry.write().unwrap_or_else(PoisonError::into_inner);
        let is_known =
            registry.iter().find(|(c, _)| Ref::ptr_eq(c, class)).map(|(_, known)| match (known, func) {
                // Work that is run again registers the same code again.
                (Value::Func(known), Value::Func(func)) => known.info.code == func.info.code,
                (known, func) => ops::is_same_object(known, func),
            });
        match is_known {
            Some(true) => Ok(()),
            Some(false) => Err(Fault::not_pure(format!(
                "two functions are registered for `{}`, and the later would replace the earlier",
                class.name
            ))),
            None if self.is_final.load(Ordering::Acquire) => Err(Fault::not_pure(
                "a function is registered after the first call: `register` belongs behind the definition",
            )),
            None => {
                registry.push((class.clone(), func.clone()));
                Ok(())
            }
        }
    }
}

/// The classes that `register` is for: one, or those of a union.
fn classes(value: &Value) -> Res<Option<Vec<Ref<Class>>>> {
    match value {
        Value::Class(class)
            if class.module.as_str() == "collections.abc" || abstracts::is_protocol(class) =>
        {
            refuse_abc()
        }
        Value::Class(class) => Ok(Some(vec![class.clone()])),
        Value::Host(host) if host.0.type_name() == "UnionType" => {
            let parts = attr::get(value, "__args__")?;
            let mut all = Vec::new();
            for part in afar_runtime::collections::collect(&parts)? {
                match part {
                    Value::Class(class) => all.push(class),
                    Value::None => all.push(class::class_of(&Value::None)),
                    _ => return refuse_abc(),
                }
            }
            Ok(Some(all))
        }
        Value::Host(host) if host.0.is_class_of(&Value::None).is_some() => refuse_abc(),
        _ => Ok(None),
    }
}

fn refuse_abc<T>() -> Res<T> {
    Err(Fault::not_pure("`register` takes classes here, no abstract ones of collections.abc or typing"))
}

/// `register(function)`: for the class that its first annotation names.
fn by_annotation(this: &Value, func: &Value) -> Res {
    let annotations = attr::find(func, "__annotations__")?;
    let hints = match &annotations {
        Some(Value::Dict(dict)) if !dict.is_empty() => Some(typing::type_hints(func)?),
        _ => None,
    };
    let first = match &hints {
        Some(Value::Dict(dict)) => dict.iter().next().map(|(name, value)| (name.clone(), value.clone())),
        _ => None,
    };
    let Some((name, class)) = first else {
        return Err(Fault::type_error(format!(
            "Invalid first argument to `register()`: {}. Use either `@register(some_class)` or plain `@register` on an annotated function.",
            ops::repr(func)?
        )));
    };
    let class = if class.is_none() { Value::Class(class::class_of(&Value::None)) } else { class };
    if classes(&class)?.is_none() {
        let what = if matches!(&class, Value::Host(h) if h.0.type_name() == "UnionType") {
            "not all arguments are classes"
        } else {
            "is not a class"
        };
        return Err(Fault::type_error(format!(
            "Invalid annotation for {}. {} {what}.",
            ops::repr(&name)?,
            ops::repr(&class)?
        )));
    }
    register(&Args::positional(&[this.clone(), class, func.clone()]))
}

/// `register(class, function=None)`.
fn register(args: &Args<'_>) -> Res {
    let this: &Dispatcher = receiver(args)?;
    let [class, func] = bind_python(&args.rest(), "singledispatch.<locals>.register", ["cls", "func"], 1)?;
    let class = class.unwrap_or(&Value::None);
    let Some(classes) = classes(class)? else {
        if func.is_none_or(Value::is_none) {
            return by_annotation(&args.pos[0], class);
        }
        let shown = ops::repr(class)?;
        return Err(Fault::type_error(format!(
            "Invalid first argument to `register()`. {shown} is not a class or union type."
        )));
    };
    match func.filter(|f| !f.is_none()) {
        Some(func) => {
            for class in &classes {
                this.add(class, func)?;
            }
            Ok(func.clone())
        }
        None => Ok(Host::value(Register { dispatcher: args.pos[0].clone(), class: class.clone() })),
    }
}

/// `dispatch(class)`.
fn dispatch(args: &Args<'_>) -> Res {
    let this: &Dispatcher = receiver(args)?;
    bind_python(&args.rest(), "singledispatch.<locals>.dispatch", ["cls"], 1)?;
    match args.pos.get(1).unwrap_or(&Value::None) {
        Value::Class(class) => Ok(this.choose(class)),
        _ => Err(Fault::type_error("dispatch() needs a class")),
    }
}

impl HostObject for Dispatcher {
    fn type_name(&self) -> &str {
        "function"
    }

    fn repr(&self) -> Res<String> {
        ops::repr(&self.default)
    }

    fn get_attr(&self, this: &Ref<Host>, name: &str) -> Res<Option<Value>> {
        Ok(match name {
            "registry" => {
                return Err(Fault::not_pure("the registry of a dispatcher changes: use dispatch(class)"));
            }
            "__wrapped__" => Some(self.default.clone()),
            "__name__" | "__qualname__" | "__doc__" | "__module__" => attr::find(&self.default, name)?,
            _ => method(METHODS, this, name),
        })
    }

    fn binds(&self) -> bool {
        true
    }

    fn is_callable(&self) -> bool {
        true
    }

    fn call(&self, args: &Args<'_>) -> Res {
        let Some(first) = args.pos.get(self.at) else {
            if self.at > 0 {
                return Err(Fault::index_error("tuple index out of range"));
            }
            let name = ops::to_str(&attr::get(&self.default, "__name__")?)?;
            return Err(Fault::type_error(format!("{name} requires at least 1 positional argument")));
        };
        call::call(&self.choose(&class::class_of(first)), args)
    }

    fn as_any(&self) -> &dyn std::any::Any {
        self
    }
}

/// `register(class)`, to be called with the function.
struct Register {
    dispatcher: Value,
    class: Value,
}

impl HostObject for Register {
    fn type_name(&self) -> &str {
        "function"
    }

    fn repr(&self) -> Res<String> {
        Err(Fault::not_pure("the default repr of a `function` object shows its address"))
    }

    fn get_attr(&self, _: &Ref<Host>, _: &str) -> Res<Option<Value>> {
        Ok(None)
    }

    fn is_callable(&self) -> bool {
        true
    }

    fn call(&self, args: &Args<'_>) -> Res {
        let [func] = bind_python(args, "<lambda>", ["f"], 1)?;
        let func = func.cloned().unwrap_or_default();
        register(&Args::positional(&[self.dispatcher.clone(), self.class.clone(), func]))
    }

    fn as_any(&self) -> &dyn std::any::Any {
        self
    }
}

/// `partialmethod(function, *args, **keywords)`.
pub fn partialmethod(args: &Args<'_>) -> Res {
    let Some((func, pos)) = args.pos.split_first() else {
        return Err(Fault::type_error(
            "partialmethod.__init__() missing 1 required positional argument: 'func'",
        ));
    };
    if !call::is_callable(func) || exception::state(func).is_some() {
        return Err(Fault::not_pure("`partialmethod` is supported for functions"));
    }
    Ok(Host::value(PartialMethod { func: func.clone(), pos: pos.to_vec(), kw: args.kw.to_vec() }))
}

/// A method with some arguments given already.
struct PartialMethod {
    func: Value,
    pos: Vec<Value>,
    kw: Vec<(Str, Value)>,
}

impl HostObject for PartialMethod {
    fn type_name(&self) -> &str {
        "partialmethod"
    }

    fn module(&self) -> &str {
        "functools"
    }

    fn repr(&self) -> Res<String> {
        Err(Fault::not_pure("the repr of a `partialmethod` shows an address"))
    }

    fn get_attr(&self, _: &Ref<Host>, name: &str) -> Res<Option<Value>> {
        Ok(match name {
            "func" => Some(self.func.clone()),
            "args" => Some(Value::tuple(self.pos.clone())),
            _ => None,
        })
    }

    fn binds(&self) -> bool {
        true
    }

    fn call(&self, args: &Args<'_>) -> Res {
        let Some((this, rest)) = args.pos.split_first() else {
            return Err(Fault::type_error(
                "partialmethod._make_unbound_method.<locals>._method() missing 1 required positional argument: 'cls_or_self'",
            ));
        };
        let pos: Vec<Value> = std::iter::once(this).chain(&self.pos).chain(rest).cloned().collect();
        let mut kw = self.kw.clone();
        for (key, value) in args.kw {
            match kw.iter_mut().find(|(k, _)| k == key) {
                Some((_, known)) => *known = value.clone(),
                None => kw.push((key.clone(), value.clone())),
            }
        }
        call::call(&self.func, &Args { pos: &pos, kw: &kw })
    }

    fn as_any(&self) -> &dyn std::any::Any {
        self
    }
}
