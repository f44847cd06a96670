//! Modules: the pure standard library, and files beside the script.

use crate::session;
use afar_lang::diagnostic::Diagnostic;
use afar_runtime::abi::Globals;
use afar_runtime::hooks::SessionHooks;
use afar_runtime::object::{Host, Module};
use afar_runtime::{Fault, Ref, Res, Str, Value};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

/// The modules that were loaded, by name; `None` while one is being loaded.
static LOADED: Mutex<Vec<(String, Option<Value>)>> = Mutex::new(Vec::new());

/// Where the modules of the program are looked for: the folder of the script.
static FOLDER: Mutex<Option<PathBuf>> = Mutex::new(None);

/// Looks for the modules of the program in this folder.
pub fn set_folder(folder: PathBuf) {
    *FOLDER.lock().unwrap_or_else(PoisonError::into_inner) = Some(folder);
}

/// The file of a module of the program: `a.b` is `a/b.afr`, `a/b.py`, or an `__init__` in `a/b`.
fn file_of(name: &str) -> Option<PathBuf> {
    let folder = FOLDER.lock().unwrap_or_else(PoisonError::into_inner).clone()?;
    let stem = name.split('.').fold(folder, |path, part| path.join(part));
    let beside = ["afr", "py"].map(|ending| stem.with_extension(ending));
    let inside = ["__init__.afr", "__init__.py"].map(|file| stem.join(file));
    beside.into_iter().chain(inside).find(|path| path.is_file())
}

/// Is there a module of this name that a pure program may import.
pub fn exists(name: &str) -> bool {
    afar_lang::builtins::is_pure_module(name) || file_of(name).is_some() || is_package(name)
}

/// Is it a folder of modules without an `__init__`.
fn is_package(name: &str) -> bool {
    let folder = FOLDER.lock().unwrap_or_else(PoisonError::into_inner).clone();
    folder.is_some_and(|f| !name.is_empty() && name.split('.').fold(f, |path, part| path.join(part)).is_dir())
}

/// The names that a module of the standard library has from Rust.
fn native(name: &str) -> Option<Vec<(Str, Value)>> {
    if let Some(module) = afar_runtime::object::modules::module(name) {
        return module.attrs.get().cloned();
    }
    if name == "sys" { Some(crate::sys::attributes()) } else { afar_stdlib::module(name) }
}

fn made(name: &str, attrs: Vec<(Str, Value)>) -> Value {
    let module = Module { name: Str::new(name), attrs: OnceLock::new() };
    // A module that was just made has no attributes yet.
    let _ = module.attrs.set(attrs);
    Value::Module(Ref::new(module))
}

/// Runs the text of a module, and gives the names that it binds.
fn run(name: &str, file: &str, text: &str, is_library: bool) -> Res<Vec<(Str, Value)>> {
    let module = session::load(text, &[]).map_err(|wrong| refused(file, text, &wrong))?;
    let globals = Globals::new(name, None);
    globals.set("__name__", Value::str(name));
    if is_library {
        for (name, value) in native(&format!("_{name}")).unwrap_or_default() {
            globals.set(name.as_str(), value);
        }
    }
    // The expressions of a module are not the session's.
    let shows = std::mem::replace(&mut afar_compiler::compiler().interactive, false);
    let done = session::run_module(&Arc::new(module), file, text, &globals);
    afar_compiler::compiler().interactive = shows;
    done?;
    Ok(globals.names().into_iter().filter_map(|n| globals.get(n.as_str()).map(|v| (n, v))).collect())
}

fn refused(file: &str, text: &str, wrong: &[Diagnostic]) -> Fault {
    let Some(first) = wrong.first() else { return Fault::not_pure(format!("{file} cannot be compiled")) };
    let line = text.get(..first.primary.start as usize).map_or(0, |t| t.matches('\n').count()) + 1;
    let help = first.help.as_ref().map_or(String::new(), |h| format!("; {h}"));
    Fault::not_pure(format!("{file}:{line}: {}{help}", first.message))
}

fn read(name: &str) -> Res<Vec<(Str, Value)>> {
    if let Some(text) = afar_stdlib::source(name) {
        return run(name, &format!("<{name}>"), text, true);
    }
    if let Some(attrs) = native(name) {
        return Ok(attrs);
    }
    if let Some(path) = file_of(name) {
        let file = path.display().to_string();
        let text = std::fs::read_to_string(&path)
            .map_err(|e| Fault::exception("ImportError", format!("cannot read {file}: {e}")))?;
        return run(name, &file, &text, false);
    }
    if is_package(name) {
        return Ok(Vec::new());
    }
    if exists(name) {
        return Err(Fault::not_pure(format!("the module `{name}` is not there yet")));
    }
    Err(Fault::exception("ModuleNotFoundError", format!("No module named '{name}'")))
}

/// Loads a module once.
pub fn load(name: &str) -> Res {
    {
        let mut loaded = LOADED.lock().unwrap_or_else(PoisonError::into_inner);
        match loaded.iter().find(|(n, _)| n == name) {
            Some((_, Some(module))) => return Ok(module.clone()),
            Some((_, None)) => {
                return Err(Fault::not_pure(format!(
                    "the module `{name}` imports itself, directly or through others"
                )));
            }
            None => loaded.push((name.to_owned(), None)),
        }
    }
    let result = read(name).map(|attrs| made(name, attrs));
    let mut loaded = LOADED.lock().unwrap_or_else(PoisonError::into_inner);
    loaded.retain(|(n, _)| n != name);
    if let Ok(module) = &result {
        loaded.push((name.to_owned(), Some(module.clone())));
    }
    result
}

/// Loads `a.b.c` with the packages above it, and gives `wanted`, which knows the modules below it that were loaded.
fn import(name: &str, wanted: &str) -> Res {
    let mut whole = String::new();
    for part in name.split('.') {
        if !whole.is_empty() {
            whole.push('.');
        }
        whole.push_str(part);
        load(&whole)?;
    }
    let found = load(wanted)?;
    if name == wanted {
        return Ok(found);
    }
    let Value::Module(module) = &found else { return Ok(found) };
    let below = name[wanted.len()..].trim_start_matches('.');
    let next = below.split('.').next().unwrap_or_default();
    let inner = import(name, &format!("{wanted}.{next}"))?;
    let mut attrs: Vec<(Str, Value)> = module.attrs.get().cloned().unwrap_or_default();
    attrs.retain(|(n, _)| n.as_str() != next);
    attrs.push((Str::new(next), inner));
    Ok(made(wanted, attrs))
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
        import(name, wanted)
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
