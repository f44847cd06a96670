//! What is found in a module by its name: every process loads its modules itself, so the name is enough.

use afar_runtime::abi::Globals;
use afar_runtime::object::{Module, lazy};
use afar_runtime::{Ref, Res, Str, Value, hooks};

use super::bytes::broken;
use super::names::identity;

/// The module and the dotted name in it where a value is found, if it is; nothing of the script itself is.
pub(super) fn of(value: &Value) -> Option<(Str, Str)> {
    let (module, path) = match value {
        Value::Func(func) => (&func.info.module, &func.info.qualname),
        Value::Class(class) => (&class.module, &class.qualname),
        Value::Instance(instance) => return of_instance(value, &instance.class.module),
        Value::Builtin(_) | Value::Host(_) => return hooks::session().ok()?.place_of(value),
        _ => return None,
    };
    if !is_named(module) || path.contains('<') {
        return None;
    }
    modules(module).find_map(|module| {
        let found = in_module(&module, path)?;
        (identity(&found) == identity(value)).then(|| (module.name.clone(), path.clone()))
    })
}

/// Is it the name of a module that is imported.
fn is_named(module: &str) -> bool {
    !matches!(module, "__main__" | "builtins" | "")
}

/// The module of that name, or the first one above it that there is: `json.decoder` is a part of `json`.
fn modules(name: &str) -> impl Iterator<Item = Ref<Module>> {
    let above = std::iter::successors(Some(name), |name| name.rsplit_once('.').map(|(above, _)| above));
    above.filter_map(|name| load(name).ok())
}

fn load(name: &str) -> Res<Ref<Module>> {
    match hooks::session()?.import(0, name, name)? {
        Value::Module(module) => Ok(module),
        _ => Err(broken("a module")),
    }
}

fn in_module(module: &Ref<Module>, path: &str) -> Option<Value> {
    let mut parts = path.split('.');
    let name = parts.next()?;
    let first = match module.get_now(name) {
        Some(found) => found,
        // Another module may have to be loaded for it.
        None => lazy::attribute(module, name).ok()??,
    };
    parts.try_fold(first, |value, name| match value {
        Value::Class(class) => class.own(name).cloned(),
        _ => None,
    })
}

/// An instance that a module, or a class of it, has under a name.
fn of_instance(value: &Value, module: &str) -> Option<(Str, Str)> {
    if !is_named(module) {
        return None;
    }
    let module = modules(module).next()?;
    let attrs = module.attrs.get()?;
    let is_it = |other: &Value| matches!(other, Value::Instance(_)) && identity(other) == identity(value);
    let found = attrs.iter().find_map(|(name, other)| match other {
        other if is_it(other) => Some(name.clone()),
        Value::Class(class) if class.module == module.name => {
            let (own, _) = class.attrs.get()?.iter().find(|(_, v)| is_it(v))?;
            Some(Str::from(format!("{name}.{own}")))
        }
        _ => None,
    });
    found.map(|path| (module.name.clone(), path))
}

/// What is found there.
pub(super) fn find(module: &str, path: &str) -> Res {
    in_module(&load(module)?, path).ok_or_else(|| broken("a name that its module has not"))
}

/// Is it the namespace of a module.
pub(super) fn is_module(globals: &Globals) -> bool {
    is_named(&globals.name)
        && globals.parent().is_none()
        && load(&globals.name).is_ok_and(|m| m.running.as_ref().is_some_and(|g| g.id == globals.id))
}

/// The namespace of a module.
pub(super) fn globals_of(module: &str) -> Res<std::sync::Arc<Globals>> {
    load(module)?.running.clone().ok_or_else(|| broken("a module without a namespace"))
}
