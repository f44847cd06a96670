//! Modules: the pure standard library, and files beside the script.

use afar_runtime::hooks::SessionHooks;
use afar_runtime::object::{Host, Module};
use afar_runtime::{Fault, Ref, Res, Str, Value};
use std::sync::{Mutex, OnceLock, PoisonError};

static LOADED: Mutex<Vec<(String, Value)>> = Mutex::new(Vec::new());

/// Is there a module of this name that a pure program may import.
pub fn exists(name: &str) -> bool {
    afar_lang::builtins::is_pure_module(name)
}

fn standard(name: &str) -> Option<Ref<Module>> {
    if let Some(module) = afar_runtime::object::modules::module(name) {
        return Some(module);
    }
    let attrs = if name == "sys" { crate::sys::attributes() } else { afar_stdlib::module(name)? };
    let module = Module { name: Str::new(name), attrs: OnceLock::new() };
    // A module that was just made has no attributes yet.
    let _ = module.attrs.set(attrs);
    Some(Ref::new(module))
}

/// Loads a module once.
pub fn load(name: &str) -> Res {
    let mut loaded = LOADED.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some((_, module)) = loaded.iter().find(|(n, _)| n == name) {
        return Ok(module.clone());
    }
    match standard(name) {
        Some(module) => {
            let value = Value::Module(module);
            loaded.push((name.to_owned(), value.clone()));
            Ok(value)
        }
        None if exists(name) => Err(Fault::not_pure(format!("the module `{name}` is not there yet"))),
        None => Err(Fault::exception("ModuleNotFoundError", format!("No module named '{name}'"))),
    }
}

struct TheSession;

impl SessionHooks for TheSession {
    fn show(&self, value: &Value) -> Res<()> {
        if value.is_none() {
            return Ok(());
        }
        crate::line::shown(value)
    }

    fn import(&self, _globals: i64, name: &str, wanted: &str) -> Res {
        let module = load(name)?;
        if name == wanted { Ok(module) } else { load(wanted) }
    }

    fn run_block(&self, block: u32, mode: &str, args: &[Value], names: &[Str], is_expr: bool) -> Res {
        crate::remotely::run_block(block, mode, args, names, is_expr)
    }
}

/// Gives the runtime its session.
pub fn install() {
    static SESSION: TheSession = TheSession;
    afar_runtime::hooks::install_session(&SESSION);
}

/// The type of native objects, which some modules give.
pub type Native = Host;
