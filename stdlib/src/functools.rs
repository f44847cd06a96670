//! `functools`: `reduce`, `partial`, `cmp_to_key`, caches, and what decorates functions and classes.

mod cache;
mod decorate;
mod dispatch;

use crate::native::NativeClass;
use afar_runtime::collections::{Dict, arity};
use afar_runtime::iter::{advance, of};
use afar_runtime::object::{Host, HostObject, Remake, call};
use afar_runtime::ops::{self, CmpOp};
use afar_runtime::{Args, Builtin, Fault, Ref, Res, Str, Value, hooks};
use std::sync::OnceLock;

/// What the module holds.
pub const NAMES: &[&str] = &[
    "cache",
    "cached_property",
    "cmp_to_key",
    "lru_cache",
    "partial",
    "partialmethod",
    "reduce",
    "singledispatch",
    "singledispatchmethod",
    "total_ordering",
    "update_wrapper",
    "wraps",
    "WRAPPER_ASSIGNMENTS",
    "WRAPPER_UPDATES",
];

static BUILTINS: &[Builtin] = &[
    Builtin { name: "cache", owner: "functools", call: cache::cache },
    Builtin { name: "cached_property", owner: "functools", call: decorate::cached_property },
    Builtin { name: "cmp_to_key", owner: "functools", call: cmp_to_key },
    Builtin { name: "lru_cache", owner: "functools", call: cache::lru_cache },
    Builtin { name: "reduce", owner: "functools", call: reduce },
    Builtin { name: "partialmethod", owner: "functools", call: dispatch::partialmethod },
    Builtin { name: "singledispatch", owner: "functools", call: dispatch::singledispatch },
    Builtin { name: "singledispatchmethod", owner: "functools", call: dispatch::singledispatchmethod },
    Builtin { name: "total_ordering", owner: "functools", call: decorate::total_ordering },
    Builtin { name: "update_wrapper", owner: "functools", call: decorate::update_wrapper },
    Builtin { name: "wraps", owner: "functools", call: decorate::wraps },
];

static PARTIAL: NativeClass =
    NativeClass { module: "functools", name: "partial", construct: partial, statics: &[], constants: &[] };

/// A name of the module.
pub fn lookup(name: &str) -> Option<Value> {
    static PARTIAL_VALUE: OnceLock<Value> = OnceLock::new();
    match name {
        "partial" => Some(PARTIAL_VALUE.get_or_init(|| Host::value(&PARTIAL)).clone()),
        "WRAPPER_ASSIGNMENTS" => Some(Value::tuple(
            ["__module__", "__name__", "__qualname__", "__doc__", "__annotations__"]
                .map(Value::from)
                .to_vec(),
        )),
        "WRAPPER_UPDATES" => Some(Value::tuple(vec![Value::str("__dict__")])),
        _ => BUILTINS.iter().find(|b| b.name == name).map(Value::Builtin),
    }
}

/// `reduce(function, iterable, initial)`.
fn reduce(args: &Args<'_>) -> Res {
    args.no_keywords("reduce")?;
    arity("reduce", args.pos.len(), 2, 3)?;
    let (func, source) = (&args.pos[0], &args.pos[1]);
    let it = of(source).map_err(|e| {
        if e.is("TypeError") { Fault::type_error("reduce() arg 2 must support iteration") } else { e }
    })?;
    let first = match args.pos.get(2) {
        Some(initial) => Some(initial.clone()),
        None => advance(&it)?,
    };
    let Some(mut total) = first else {
        return Err(Fault::type_error("reduce() of empty iterable with no initial value"));
    };
    let mut n = 0_u32;
    while let Some(item) = advance(&it)? {
        // The total is handed over, so that what grows it can reuse it.
        let pair = [std::mem::take(&mut total), item];
        total = ops::call(func, &pair)?;
        n = n.wrapping_add(1);
        if n.is_multiple_of(4096) {
            hooks::poll()?;
        }
    }
    Ok(total)
}

/// `partial(func, *args, **keywords)`.
fn partial(args: &Args<'_>) -> Res {
    let [func, pos @ ..] = args.pos else {
        return Err(Fault::type_error("type 'partial' takes at least one argument"));
    };
    if !call::is_callable(func) {
        return Err(Fault::type_error("the first argument must be callable"));
    }
    if let Value::Host(host) = func
        && let Some(inner) = host.downcast::<Partial>()
    {
        let mut all = inner.pos.clone();
        all.extend_from_slice(pos);
        return Ok(Host::value(Partial {
            func: inner.func.clone(),
            pos: all,
            kw: merged(&inner.kw, args.kw),
        }));
    }
    Ok(Host::value(Partial { func: func.clone(), pos: pos.to_vec(), kw: args.kw.to_vec() }))
}

/// The first keywords with the second over them.
fn merged(first: &[(Str, Value)], second: &[(Str, Value)]) -> Vec<(Str, Value)> {
    let mut all = first.to_vec();
    for (key, value) in second {
        match all.iter_mut().find(|(k, _)| k == key) {
            Some((_, slot)) => *slot = value.clone(),
            None => all.push((key.clone(), value.clone())),
        }
    }
    all
}

struct Partial {
    func: Value,
    pos: Vec<Value>,
    kw: Vec<(Str, Value)>,
}

impl HostObject for Partial {
    fn type_name(&self) -> &str {
        "partial"
    }

    fn module(&self) -> &str {
        "functools"
    }

    fn repr(&self) -> Res<String> {
        let mut parts = vec![ops::repr(&self.func)?];
        for value in &self.pos {
            parts.push(ops::repr(value)?);
        }
        for (key, value) in &self.kw {
            parts.push(format!("{key}={}", ops::repr(value)?));
        }
        Ok(format!("functools.partial({})", parts.join(", ")))
    }

    fn get_attr(&self, _: &Ref<Host>, name: &str) -> Res<Option<Value>> {
        Ok(match name {
            "func" => Some(self.func.clone()),
            "args" => Some(Value::tuple(self.pos.clone())),
            "keywords" => {
                let mut dict = Dict::new();
                for (key, value) in &self.kw {
                    dict.insert(Value::Str(key.clone()), value.clone())?;
                }
                Some(Value::Dict(Ref::new(dict)))
            }
            _ if name.starts_with("__") => None,
            _ => {
                return Err(Fault::attribute_error(format!(
                    "'functools.partial' object has no attribute '{name}'"
                )));
            }
        })
    }

    fn is_callable(&self) -> bool {
        true
    }

    fn call(&self, args: &Args<'_>) -> Res {
        if self.kw.is_empty() && args.pos.is_empty() {
            return call::call(&self.func, &Args { pos: &self.pos, kw: args.kw });
        }
        let mut pos = self.pos.clone();
        pos.extend_from_slice(args.pos);
        let kw = if self.kw.is_empty() { args.kw.to_vec() } else { merged(&self.kw, args.kw) };
        call::call(&self.func, &Args { pos: &pos, kw: &kw })
    }

    fn remake(&self) -> Option<Remake> {
        let func = crate::lookup("functools", "partial")?;
        let pos = std::iter::once(&self.func).chain(&self.pos).cloned().collect();
        Some(Remake { func, pos, kw: self.kw.clone() })
    }

    fn as_any(&self) -> &dyn std::any::Any {
        self
    }
}

/// `cmp_to_key(mycmp)`.
fn cmp_to_key(args: &Args<'_>) -> Res {
    let [compare] = args.bind("cmp_to_key", ["mycmp"], 0, 1, 1)?;
    Ok(Host::value(Key { compare: compare.cloned().unwrap_or_default(), object: None }))
}

/// What `cmp_to_key` gives, and, with an object, what calling that gives.
struct Key {
    compare: Value,
    object: Option<Value>,
}

impl HostObject for Key {
    fn type_name(&self) -> &str {
        "KeyWrapper"
    }

    fn module(&self) -> &str {
        "functools"
    }

    fn repr(&self) -> Res<String> {
        Err(Fault::not_pure("the default repr of a `KeyWrapper` object shows its address"))
    }

    fn get_attr(&self, _: &Ref<Host>, name: &str) -> Res<Option<Value>> {
        Ok(if name == "obj" { self.object.clone() } else { None })
    }

    fn is_callable(&self) -> bool {
        true
    }

    fn call(&self, args: &Args<'_>) -> Res {
        let [object] = args.bind("K", ["obj"], 0, 1, 1)?;
        Ok(Host::value(Self { compare: self.compare.clone(), object: object.cloned() }))
    }

    fn compare(&self, op: CmpOp, other: &Value) -> Option<Res> {
        let other = match other {
            Value::Host(host) => host.downcast::<Self>(),
            _ => None,
        };
        let Some(other) = other else {
            return Some(Err(Fault::type_error("other argument must be K instance")));
        };
        let (Some(a), Some(b)) = (&self.object, &other.object) else {
            return Some(Err(Fault::attribute_error("object")));
        };
        let result = ops::call(&self.compare, &[a.clone(), b.clone()]);
        Some(result.and_then(|order| ops::compare(op, &order, &Value::Int(0))))
    }

    fn hash(&self) -> Option<Res<u64>> {
        Some(Err(Fault::type_error("unhashable type: 'functools.KeyWrapper'")))
    }

    fn as_any(&self) -> &dyn std::any::Any {
        self
    }
}
