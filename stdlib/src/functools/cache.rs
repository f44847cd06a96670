//! `cache` and `lru_cache`: results by arguments, in a bounded table. Since calls are pure, what it has forgotten is
//! computed again, and nobody can tell.

use crate::native::bind_python;
use afar_runtime::collections::Dict;
use afar_runtime::object::{Host, HostObject, Remake, attr, call, class};
use afar_runtime::{Args, Builtin, Fault, Ref, Res, Str, Value, ops};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// How many results a cache keeps before it starts again.
const MAX_RESULTS: usize = 1 << 21;

/// `cache(function)`.
pub fn cache(args: &Args<'_>) -> Res {
    let [func] = bind_python(args, "cache", ["user_function"], 1)?;
    wrap(func.unwrap_or(&Value::None), &Value::None, false)
}

/// `lru_cache(function)`, `lru_cache(maxsize=128, typed=False)`.
pub fn lru_cache(args: &Args<'_>) -> Res {
    let [size, typed] = bind_python(args, "lru_cache", ["maxsize", "typed"], 0)?;
    let typed_value = typed.cloned().unwrap_or(Value::Bool(false));
    let typed = ops::truthy(&typed_value)?;
    let is_int = |v: &&Value| matches!(v, Value::Int(_) | Value::Bool(_) | Value::BigInt(_));
    match size.map(class::unwrap).filter(is_int).or(size) {
        None => Ok(Host::value(Decorator { size: Value::Int(128), typed })),
        Some(Value::Int(n)) if *n < 0 => Ok(Host::value(Decorator { size: Value::Int(0), typed })),
        Some(size @ (Value::Int(_) | Value::Bool(_) | Value::BigInt(_) | Value::None)) => {
            Ok(Host::value(Decorator { size: size.clone(), typed }))
        }
        Some(func) if call::is_callable(func) && matches!(typed_value, Value::Bool(_)) => {
            wrap(func, &Value::Int(128), typed)
        }
        Some(_) => Err(Fault::type_error("Expected first argument to be an integer, a callable, or None")),
    }
}

fn wrap(func: &Value, size: &Value, typed: bool) -> Res {
    if !call::is_callable(func) {
        return Err(Fault::type_error("the first argument must be callable"));
    }
    Ok(Host::value(Cached {
        func: func.clone(),
        size: size.clone(),
        typed,
        results: Mutex::new(Dict::new()),
    }))
}

/// `lru_cache(...)`, to be called with the function.
struct Decorator {
    size: Value,
    typed: bool,
}

impl HostObject for Decorator {
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
        let [func] = bind_python(args, "lru_cache.<locals>.decorating_function", ["user_function"], 1)?;
        wrap(func.unwrap_or(&Value::None), &self.size, self.typed)
    }

    fn remake(&self) -> Option<Remake> {
        let pos = vec![self.size.clone(), Value::Bool(self.typed)];
        Some(Remake::new(crate::lookup("functools", "lru_cache")?, pos))
    }

    fn as_any(&self) -> &dyn std::any::Any {
        self
    }
}

/// A function with the results that it gave.
struct Cached {
    func: Value,
    size: Value,
    typed: bool,
    results: Mutex<Dict>,
}

/// Parts the positional arguments from the keywords in a key.
static MARK: Builtin = Builtin { name: "", owner: "functools", call: |_| Ok(Value::None) };

impl Cached {
    fn lock(&self) -> MutexGuard<'_, Dict> {
        self.results.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What CPython looks results up by: an int or text alone stands for itself.
    fn key(&self, args: &Args<'_>) -> Value {
        if !self.typed
            && args.kw.is_empty()
            && let [one @ (Value::Int(_) | Value::BigInt(_) | Value::Str(_))] = args.pos
        {
            return one.clone();
        }
        let mut parts = args.pos.to_vec();
        if !args.kw.is_empty() {
            parts.push(Value::Builtin(&MARK));
            for (name, value) in args.kw {
                parts.push(Value::Str(name.clone()));
                parts.push(value.clone());
            }
        }
        if self.typed {
            let values = args.pos.iter().chain(args.kw.iter().map(|(_, v)| v));
            let classes: Vec<Value> =
                values.map(|v| Value::Class(afar_runtime::object::class_of(v))).collect();
            parts.extend(classes);
        }
        Value::tuple(parts)
    }
}

impl HostObject for Cached {
    fn type_name(&self) -> &str {
        "_lru_cache_wrapper"
    }

    fn module(&self) -> &str {
        "functools"
    }

    fn repr(&self) -> Res<String> {
        Err(Fault::not_pure("the default repr of a `_lru_cache_wrapper` object shows its address"))
    }

    fn get_attr(&self, this: &Ref<Host>, name: &str) -> Res<Option<Value>> {
        match name {
            "__wrapped__" => Ok(Some(self.func.clone())),
            "__name__" | "__qualname__" | "__module__" | "__doc__" => attr::find(&self.func, name),
            "cache_info" | "cache_clear" => Err(Fault::not_pure(format!(
                "`{name}` shows or changes what a cache holds, which depends on how the work was done"
            ))),
            "cache_parameters" => Ok(Some(Host::value(Parameters(this.clone())))),
            _ => Ok(None),
        }
    }

    fn binds(&self) -> bool {
        true
    }

    fn wrapped(&self) -> Option<Value> {
        Some(self.func.clone())
    }

    fn is_callable(&self) -> bool {
        true
    }

    fn call(&self, args: &Args<'_>) -> Res {
        if matches!(self.size, Value::Int(0) | Value::Bool(false)) {
            return call::call(&self.func, args);
        }
        let key = self.key(args);
        let hash = ops::hash(&key)?;
        // Comparing keys may run functions of the program, this one among them: not while the table is locked.
        let is_plain = is_plain(&key, 0);
        if is_plain {
            if let Some(found) = self.lock().get_hashed(hash, &key)? {
                return Ok(found.clone());
            }
        } else {
            let snapshot = self.lock().same_hash(hash);
            for (known, found) in snapshot {
                if ops::eq(&known, &key)? {
                    return Ok(found);
                }
            }
        }
        let result = call::call(&self.func, args)?;
        let mut results = self.lock();
        if results.len() >= MAX_RESULTS {
            *results = Dict::new();
        }
        if is_plain {
            results.insert_hashed(hash, key, result.clone())?;
        } else {
            results.insert_apart(hash, key, result.clone())?;
        }
        Ok(result)
    }

    fn remake(&self) -> Option<Remake> {
        let decorator = Host::value(Decorator { size: self.size.clone(), typed: self.typed });
        Some(Remake::new(decorator, vec![self.func.clone()]))
    }

    fn as_any(&self) -> &dyn std::any::Any {
        self
    }
}

/// Is it compared without asking the program.
fn is_plain(key: &Value, depth: u32) -> bool {
    match key {
        Value::Instance(_) | Value::Host(_) | Value::Iter(_) => false,
        Value::Tuple(items) => depth < 8 && items.iter().all(|v| is_plain(v, depth + 1)),
        Value::Set(set) => depth < 8 && set.iter_unordered().all(|v| is_plain(v, depth + 1)),
        _ => true,
    }
}

/// `f.cache_parameters`.
struct Parameters(Ref<Host>);

impl HostObject for Parameters {
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

    fn call(&self, _: &Args<'_>) -> Res {
        let mut dict = Dict::new();
        if let Some(cached) = self.0.downcast::<Cached>() {
            dict.insert(Value::Str(Str::new("maxsize")), cached.size.clone())?;
            dict.insert(Value::Str(Str::new("typed")), Value::Bool(cached.typed))?;
        }
        Ok(Value::Dict(Ref::new(dict)))
    }

    fn as_any(&self) -> &dyn std::any::Any {
        self
    }
}
