//! Names of native modules that a module written in Afar gives: it is loaded when the first of them is asked for.

use super::{Host, HostObject, Module};
use crate::{Fault, Ref, Res, Value, hooks};
use std::any::Any;
use std::sync::{Mutex, OnceLock, PoisonError};

/// What stands in a module for a name of another one.
struct Lazy {
    module: &'static str,
    name: &'static str,
    value: OnceLock<Value>,
    /// Held while the module is loaded, so that no other worker sees it half made.
    loading: Mutex<()>,
}

/// The name of another module, to be looked up when it is asked for.
pub fn lazy(module: &'static str, name: &'static str) -> Value {
    Host::value(Lazy { module, name, value: OnceLock::new(), loading: Mutex::new(()) })
}

impl Lazy {
    fn load(&self) -> Res {
        if let Some(value) = self.value.get() {
            return Ok(value.clone());
        }
        let _guard = self.loading.lock().unwrap_or_else(PoisonError::into_inner);
        let found = imported(self.module, self.name)?;
        Ok(self.value.get_or_init(|| found).clone())
    }
}

/// What a module holds under a name; the module is loaded where it is not yet.
pub fn imported(module: &str, name: &str) -> Res {
    let loaded = hooks::session()?.import(-1, module, module)?;
    match &loaded {
        Value::Module(m) if name.is_empty() || m.name.as_str() != module => Ok(loaded),
        Value::Module(m) => m
            .get_now(name)
            .ok_or_else(|| Fault::not_pure(format!("`{name}` of `{module}` is asked for before it has run"))),
        _ => Ok(loaded),
    }
}

fn of(value: &Value) -> Option<&Lazy> {
    match value {
        Value::Host(host) => host.downcast(),
        _ => None,
    }
}

/// The value itself, or what it stands for where that is loaded.
pub(super) fn loaded(value: &Value) -> Option<Value> {
    match of(value) {
        Some(lazy) => lazy.value.get().cloned(),
        None => Some(value.clone()),
    }
}

/// An attribute of a module, which another module may have to be loaded for.
pub fn attribute(module: &Ref<Module>, name: &str) -> Res<Option<Value>> {
    if let Some(found) = module.get(name) {
        return Ok(Some(found));
    }
    let attrs = module.attrs.get();
    let waiting = attrs.and_then(|all| all.iter().find(|(n, _)| n.as_str() == name));
    waiting.and_then(|(_, value)| of(value)).map(Lazy::load).transpose()
}

impl HostObject for Lazy {
    fn type_name(&self) -> &str {
        "module"
    }

    fn repr(&self) -> Res<String> {
        Ok(format!("{}.{}", self.module, self.name))
    }

    fn get_attr(&self, _: &Ref<Host>, _: &str) -> Res<Option<Value>> {
        Ok(None)
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}
