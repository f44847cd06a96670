//! Modules: the pure standard library, and files beside the script.

use crate::session;
use afar_lang::ast::{Constant, Expr, ExprKind, Name, StmtKind};
use afar_lang::diagnostic::Diagnostic;
use afar_runtime::abi::Globals;
use afar_runtime::hooks::SessionHooks;
use afar_runtime::object::{Host, Module, exception};
use afar_runtime::{Fault, Ref, Res, Str, Value};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

/// The modules that were loaded, and those that are being loaded, by name.
static LOADED: Mutex<Vec<(String, Value)>> = Mutex::new(Vec::new());

/// Where the modules of the program are looked for: the folder of the script.
static FOLDER: Mutex<Option<PathBuf>> = Mutex::new(None);

/// Looks for the modules of the program in this folder.
pub fn set_folder(folder: PathBuf) {
    *FOLDER.lock().unwrap_or_else(PoisonError::into_inner) = Some(folder);
}

/// Where the modules of the program are looked for.
pub fn folder() -> PathBuf {
    FOLDER.lock().unwrap_or_else(PoisonError::into_inner).clone().unwrap_or_else(|| ".".into())
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

/// The package that the relative imports of a namespace start from: the module itself where it is one, else the one around it.
fn package_of(name: &str) -> &str {
    let is_file = afar_stdlib::source(name).is_some()
        || file_of(name).is_some_and(|path| path.file_stem().is_none_or(|stem| stem != "__init__"));
    if is_file { name.rsplit_once('.').map_or("", |(package, _)| package) } else { name }
}

/// The absolute name of a module that a module names with dots before it.
fn absolute(package: &str, name: &str) -> Res<String> {
    let rest = name.trim_start_matches('.');
    let n_dots = name.len() - rest.len();
    if n_dots == 0 {
        return Ok(name.to_owned());
    }
    let error = |text: &str| Fault::exception("ImportError", text);
    if package.is_empty() {
        return Err(error("attempted relative import with no known parent package"));
    }
    let mut base = package;
    for _ in 1..n_dots {
        base = match base.rsplit_once('.') {
            Some((outer, _)) => outer,
            None => return Err(error("attempted relative import beyond top-level package")),
        };
    }
    Ok(if rest.is_empty() { base.to_owned() } else { format!("{base}.{rest}") })
}

/// Is there a module of this name, relative to a package where it begins with dots.
pub fn exists_in(package: &str, name: &str) -> bool {
    absolute(package, name).is_ok_and(|name| exists(&name))
}

/// The names that `from module import *` binds, as far as the text of the module tells.
pub fn exports(package: &str, name: &str) -> Option<Vec<Name>> {
    let name = absolute(package, name).ok()?;
    let is_public = |n: &str| !n.starts_with('_');
    let text = match afar_stdlib::source(&name) {
        Some(text) => text.to_owned(),
        None => match native(&name) {
            Some(attrs) => {
                return Some(
                    attrs.iter().filter(|(n, _)| is_public(n)).map(|(n, _)| n.as_str().into()).collect(),
                );
            }
            None => std::fs::read_to_string(file_of(&name)?).ok()?,
        },
    };
    let tree = afar_lang::parse(&text).tree;
    let _ = afar_lang::check(&tree, &afar_lang::CheckEnv::default(), &text);
    let (mut all, mut listed) = (Vec::new(), None);
    for stmt in &tree.body {
        match &stmt.kind {
            StmtKind::ImportFrom { names, .. } if names.is_empty() => return None,
            StmtKind::Assign { targets, value } if targets.iter().any(|t| is_name(t, "__all__")) => {
                listed = Some(texts(value)?);
            }
            _ => {}
        }
    }
    let scope = tree.scope.get();
    all.extend(scope.iter().flat_map(|s| s.locals.iter().map(|l| l.name.clone())).filter(|n| is_public(n)));
    Some(listed.unwrap_or(all))
}

fn is_name(expr: &Expr, name: &str) -> bool {
    matches!(&expr.kind, ExprKind::Name(n) if &**n == name)
}

/// The texts of a list or tuple of literals.
fn texts(expr: &Expr) -> Option<Vec<Name>> {
    let (ExprKind::List(items) | ExprKind::Tuple(items)) = &expr.kind else { return None };
    let text = |item: &Expr| match &item.kind {
        ExprKind::Constant(Constant::Str(text)) => Some(Name::from(&**text)),
        _ => None,
    };
    items.iter().map(text).collect()
}

/// Runs the text of a module, and gives it its attributes.
fn run(module: &Ref<Module>, file: &str, text: &str, natives: Vec<(Str, Value)>) -> Res<()> {
    let Some(globals) = &module.running else { return Ok(()) };
    let known: Vec<Name> = natives.iter().map(|(n, _)| n.as_str().into()).collect();
    let tree = session::load_in(text, &known, package_of(&module.name))
        .map_err(|wrong| refused(file, text, &wrong))?;
    globals.set("__name__", Value::Str(module.name.clone()));
    globals.set("__doc__", docstring(&tree));
    for (name, value) in natives {
        globals.set(name.as_str(), value);
    }
    // The expressions of a module are not the session's.
    let shows = std::mem::replace(&mut afar_compiler::compiler().interactive, false);
    let done = session::run_module(&Arc::new(tree), file, text, globals);
    afar_compiler::compiler().interactive = shows;
    done?;
    let names = globals.names().into_iter();
    let attrs = names.filter_map(|n| globals.get(n.as_str()).map(|v| (n, v))).collect();
    // It runs once.
    let _ = module.attrs.set(attrs);
    Ok(())
}

pub(crate) fn docstring(tree: &afar_lang::ast::Module) -> Value {
    match tree.body.first().map(|s| &s.kind) {
        Some(StmtKind::Expr(Expr { kind: ExprKind::Constant(Constant::Str(text)), .. })) => {
            Value::str(&**text)
        }
        _ => Value::None,
    }
}

fn refused(file: &str, text: &str, wrong: &[Diagnostic]) -> Fault {
    let Some(first) = wrong.first() else { return Fault::not_pure(format!("{file} cannot be compiled")) };
    let line = text.get(..first.primary.start as usize).map_or(0, |t| t.matches('\n').count()) + 1;
    let help = first.help.as_ref().map_or(String::new(), |h| format!("; {h}"));
    Fault::not_pure(format!("{file}:{line}: {}{help}", first.message))
}

/// What a module runs.
struct Text {
    /// The file, as tracebacks show it.
    file: String,
    /// What stands in it.
    text: String,
}

/// A module that is there to be loaded, not run yet where it has a text; and that text.
fn find(name: &str) -> Res<(Ref<Module>, Option<Text>)> {
    if let Some(text) = afar_stdlib::source(name) {
        let globals = Globals::new(name, None);
        let module = Module::running(name, None, Some(globals));
        let text = Text { file: exception::library_file(name), text: text.to_owned() };
        return Ok((Ref::new(module), Some(text)));
    }
    if let Some(attrs) = native(name) {
        return Ok((Ref::new(Module::new(name, attrs)), None));
    }
    if let Some(path) = file_of(name) {
        let file = path.strip_prefix(".").unwrap_or(&path).display().to_string();
        let text = std::fs::read_to_string(&path)
            .map_err(|e| Fault::exception("ImportError", format!("cannot read {file}: {e}")))?;
        let whole = path.canonicalize().unwrap_or(path).display().to_string();
        let module = Module::running(name, Some(Str::from(whole)), Some(Globals::new(name, None)));
        return Ok((Ref::new(module), Some(Text { file, text })));
    }
    if is_package(name) {
        return Ok((Ref::new(Module::new(name, Vec::new())), None));
    }
    if exists(name) {
        return Err(Fault::not_pure(format!("the module `{name}` is not there yet")));
    }
    Err(not_found(name))
}

/// The error of a module that is not there: in what is no package, nothing is.
fn not_found(name: &str) -> Fault {
    let why = match name.rsplit_once('.') {
        Some((outer, _)) if !is_package(outer) && exists(outer) => format!("; '{outer}' is not a package"),
        _ => String::new(),
    };
    Fault::exception("ModuleNotFoundError", format!("No module named '{name}'{why}"))
}

/// Loads a module once; one that is being loaded is given as it is.
pub fn load(name: &str) -> Res {
    let loaded = || LOADED.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some((_, module)) = loaded().iter().find(|(n, _)| n == name) {
        return Ok(module.clone());
    }
    let (module, text) = find(name)?;
    let value = Value::Module(module.clone());
    loaded().push((name.to_owned(), value.clone()));
    if let Some(text) = text {
        let natives = match &module.file {
            None => native(&format!("_{name}")).unwrap_or_default(),
            Some(_) => Vec::new(),
        };
        if let Err(fault) = run(&module, &text.file, &text.text, natives) {
            loaded().retain(|(n, _)| n != name);
            return Err(fault);
        }
    }
    if let Some((outer, last)) = name.rsplit_once('.')
        && let Some((_, Value::Module(outer))) = loaded().iter().find(|(n, _)| n == outer).cloned()
    {
        outer.bind_below(last, value.clone());
    }
    Ok(value)
}

/// Loads `a.b.c` with the packages above it, and gives `wanted`, one of them.
fn import(name: &str, wanted: &str) -> Res {
    let ends = name.match_indices('.').map(|(at, _)| at).chain([name.len()]);
    for end in ends {
        load(&name[..end])?;
    }
    load(wanted)
}

/// Where a thing of the library is found.
struct Place {
    module: Str,
    name: Str,
    /// While it lives, nothing else has its address.
    _value: Value,
}

/// Where a thing of the library lies that is there once.
fn address(value: &Value) -> Option<usize> {
    match value {
        Value::Builtin(builtin) => Some(std::ptr::from_ref(*builtin).addr()),
        Value::Host(host) => Some(Ref::as_ptr(host).addr()),
        Value::Class(class) => Some(Ref::as_ptr(class).addr()),
        _ => None,
    }
}

/// The module and the name of all that the library has in Rust, by where it lies.
fn places() -> &'static BTreeMap<usize, Place> {
    static PLACES: OnceLock<BTreeMap<usize, Place>> = OnceLock::new();
    PLACES.get_or_init(|| {
        let mut places = BTreeMap::default();
        for module in afar_lang::builtins::MODULES {
            // What a module written in Afar has from Rust it imports under other names: there it cannot be asked for.
            let own = native(module).filter(|_| afar_stdlib::source(module).is_none());
            for (name, value) in own.into_iter().flatten() {
                if let Some(address) = address(&value) {
                    places.entry(address).or_insert(Place { module: Str::new(module), name, _value: value });
                }
            }
        }
        places
    })
}

struct TheSession;

impl SessionHooks for TheSession {
    fn show(&self, value: &Value) -> Res<()> {
        if value.is_none() {
            return Ok(());
        }
        crate::line::shown(value)
    }

    fn import(&self, globals: i64, name: &str, wanted: &str) -> Res {
        if !name.starts_with('.') {
            return import(name, wanted);
        }
        let from = afar_runtime::abi::globals(globals);
        let package =
            from.as_ref().map_or("", |g| if &*g.name == "__main__" { "" } else { package_of(&g.name) });
        let name = absolute(package, name)?;
        import(&name, &name)
    }

    fn place_of(&self, value: &Value) -> Option<(Str, Str)> {
        places().get(&address(value)?).map(|place| (place.module.clone(), place.name.clone()))
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
