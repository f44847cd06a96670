//! `remotely`: blocks, and the client's verbs.

mod resources;
mod verbs;

use afar_compiler::compiler;
use afar_compiler::program::Code;
use afar_distrib::client::{BlockRequest, EngineKind, Options, client as cluster, set_engine};
use afar_distrib::engine::{Processes, UnitId};
use afar_distrib::future::{Handle, HeldValue};
use afar_distrib::gateway::{Address, RemoteError, ScriptHash, script_hash};
use afar_distrib::hub::Nodes;
use afar_distrib::proxy::{absent, seconds};
use afar_lang::ast::{Block, Name, StmtKind};
use afar_runtime::abi::Globals;
use afar_runtime::fault::FaultKind;
use afar_runtime::{Fault, Res, Str, Value, hooks, ops};
use std::sync::{Arc, OnceLock};

pub use verbs::client;
pub(crate) use verbs::is_client;

/// So many bytes are small, where `bytecount=` says nothing else.
const SMALL: usize = 102_400;

/// Chooses the engine: that of the settings, or the one that `AFAR_ENGINE` names.
pub(crate) fn configure() {
    use crate::config::{Engine, settings};
    if settings().cluster.is_some() {
        // It is connected before anything runs.
        return;
    }
    let named = match std::env::var("AFAR_ENGINE").as_deref() {
        Ok("wire") => Engine::Wire,
        Ok("processes") => Engine::Processes,
        _ => Engine::Embedded,
    };
    let engine = Some(settings().engine).filter(|e| *e != Engine::Embedded).unwrap_or(named);
    set_engine(match engine {
        Engine::Embedded => EngineKind::Embedded,
        Engine::Wire => EngineKind::Wire,
        Engine::Processes => EngineKind::Processes(nodes()),
    });
}

/// Connects to the cluster that the settings name, if they do.
///
/// # Errors
///
/// Where it does not answer, or does not let us in.
pub fn join_cluster() -> Result<(), RemoteError> {
    if let Some(url) = &crate::config::settings().cluster {
        set_engine(EngineKind::Cluster(connect(url)?));
    }
    Ok(())
}

/// The nodes of this machine: this program, with its share of the cores and of the memory.
fn nodes() -> Nodes {
    let mut nodes = nodes_without_folder(crate::config::settings().n_nodes);
    nodes.args.extend(["--folder".to_owned(), crate::modules::folder().display().to_string()]);
    nodes
}

/// As [`nodes`], for scripts in any folder.
pub(crate) fn nodes_without_folder(n_nodes: usize) -> Nodes {
    let settings = crate::config::settings();
    let mut args = vec![
        "node".to_owned(),
        "--workers".to_owned(),
        (settings.n_workers / n_nodes).max(1).to_string(),
        "--memory".to_owned(),
        (settings.memory / n_nodes).to_string(),
    ];
    if let Some(bytes) = settings.spill {
        args.extend(["--spill".to_owned(), (bytes / n_nodes).to_string()]);
    }
    if !settings.resources.is_empty() {
        args.extend(["--resources".to_owned(), settings.resources.to_string()]);
    }
    // Where the program is not known, `afar` on the path will do.
    let program = std::env::current_exe().unwrap_or_else(|_| "afar".into());
    Nodes { n_nodes, program, args }
}

/// What is run here, for a cluster that may be asked for the same again.
static SCRIPT: OnceLock<ScriptHash> = OnceLock::new();

/// The folder of the program, as other processes find it. Where it is gone, no module is found in it either.
fn folder() -> String {
    let folder = crate::modules::folder().canonicalize();
    folder.unwrap_or_else(|_| "/".into()).display().to_string()
}

/// A script is run: the same one, run again after this process was lost, goes on with what a cluster has computed for it.
pub(crate) fn set_script(file: &str, text: &str) {
    let argv = &crate::config::settings().argv;
    let folder = folder();
    let parts = [file, text, &folder].into_iter().chain(argv.iter().map(String::as_str));
    // A process runs one.
    let _ = SCRIPT.set(script_hash(parts));
}

/// This process ends: a cluster need not keep anything for it.
pub(crate) fn leave() {
    afar_distrib::client::leave();
}

/// A cluster, by its address.
///
/// # Errors
///
/// Where it does not answer, or does not let us in.
pub(crate) fn connect(url: &str) -> Result<Arc<Processes>, RemoteError> {
    let host = Address::host_of(url)?;
    let token = crate::cli::cluster::token_of(&host);
    let name = crate::config::settings().argv.first().filter(|n| !n.is_empty()).cloned();
    Processes::connect(Address {
        host,
        token,
        name: format!("{} ({})", name.unwrap_or_else(|| "a session".to_owned()), std::process::id()),
        folder: folder(),
        script: SCRIPT.get().copied(),
    })
}

/// Waits for the blocks that print and that nobody has waited for: the end of a script.
///
/// # Errors
///
/// `Cancelled`, where the edge was interrupted.
pub fn finish() -> Res<()> {
    cluster().finish()
}

/// What a block's names become.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mode {
    /// Values.
    All,
    /// Proxies, at once.
    Remote,
    /// Values of at most so many bytes, else proxies.
    Small(usize),
}

/// A block's mode, the names asked for, and how it is to be run.
struct Request {
    mode: Mode,
    names: Option<Vec<Name>>,
    options: Options,
}

/// Runs a block.
///
/// # Errors
///
/// What the block raised; what is wrong with the arguments of its mode.
pub fn run_block(block: u32, mode: &str, args: &[Value], names: &[Str], is_expr: bool) -> Res {
    let found = compiler().block(block);
    let (block, outer) = found.ok_or_else(|| Fault::not_pure("internal error: a block without a number"))?;
    let (positional, given) = args.split_at(args.len().saturating_sub(names.len()));
    let keywords: Vec<(&str, &Value)> = names.iter().map(Str::as_str).zip(given).collect();
    let request = request(&block, mode, positional, &keywords)?;
    let shows =
        compiler().interactive && matches!(block.body.last().map(|s| &s.kind), Some(StmtKind::Expr(_)));
    let is_asked = request.names.is_some();
    let keep = request.names.unwrap_or_else(|| kept(&block));
    let is_background = request.mode == Mode::Remote;
    let handles = cluster().submit_block(BlockRequest {
        block,
        outer: outer.clone(),
        keep: keep.clone(),
        is_background,
        options: request.options,
    })?;
    let value = match request.mode {
        Mode::Remote => {
            for (name, handle) in keep.iter().zip(&handles) {
                outer.globals.set(name, cluster().proxy(handle));
            }
            handles.get(keep.len()).filter(|_| is_expr || shows).map_or(Value::None, |h| cluster().proxy(h))
        }
        mode => deliver(&outer, &keep, &handles, mode, is_asked)?,
    };
    if shows && !is_expr {
        hooks::session()?.show(&value)?;
    }
    Ok(value)
}

/// The names that a block binds and that come back where none are asked for.
fn kept(block: &Block) -> Vec<Name> {
    block.scope.get().map(|s| s.locals.iter().map(|l| l.name.clone()).collect()).unwrap_or_default()
}

/// Waits for a block and binds what it bound; its value.
fn deliver(outer: &Arc<Code>, keep: &[Name], handles: &[Arc<Handle>], mode: Mode, is_asked: bool) -> Res {
    let futures: Vec<_> = handles.iter().map(|h| h.0.clone()).collect();
    if let Err(fault) = cluster().wait_for(&futures, None) {
        if let Some(first) = futures.first() {
            let unit: UnitId = first.unit;
            cluster().cancel(unit);
        }
        return Err(fault);
    }
    let mut failure = None;
    let mut value = Value::None;
    for (at, handle) in handles.iter().enumerate() {
        let (held, fault) = {
            let state = handle.0.state();
            (state.value.clone(), state.fault.clone())
        };
        failure = failure.or(fault);
        let Some(held) = held else { continue };
        let is_small = match mode {
            // What has no bytes has no size that could be too large.
            Mode::Small(limit) => held.meta.nbytes.is_none_or(|n| n <= limit),
            Mode::All | Mode::Remote => true,
        };
        let got = if is_small { fetched(&held, is_asked)? } else { cluster().proxy(handle) };
        match keep.get(at) {
            Some(name) => bind(&outer.globals, name, got),
            None => value = got,
        }
    }
    failure.map_or(Ok(value), Err)
}

/// The value of a name. What cannot leave its node is missed only where it is used, unless it was asked for.
fn fetched(held: &HeldValue, is_asked: bool) -> Res {
    match held.fetch() {
        Err(fault) if !is_asked && matches!(&*fault.0, FaultKind::NotPure { .. }) => Ok(absent(fault)),
        other => other,
    }
}

fn bind(globals: &Globals, name: &Name, value: Value) {
    globals.set(name, value);
}

/// Reads the arguments of a mode.
fn request(block: &Block, mode: &str, names: &[Value], keywords: &[(&str, &Value)]) -> Res<Request> {
    let mut request = Request { mode: Mode::All, names: None, options: Options::default() };
    request.mode = match mode {
        "remote_all" => Mode::Remote,
        "download_small" => Mode::Small(SMALL),
        _ => Mode::All,
    };
    if !names.is_empty() {
        request.names = Some(names.iter().map(|n| asked_name(block, n)).collect::<Res<_>>()?);
    }
    for (key, value) in keywords {
        match *key {
            "timeout" => request.options.timeout = seconds(value)?,
            "priority" => request.options.priority = integer("priority", value)?,
            "name" => request.options.name = label(value)?,
            "resources" => request.options.resources = resources::asked(value)?,
            "bytecount" => {
                let bytes = integer("bytecount", value)?;
                request.mode = Mode::Small(usize::try_from(bytes).unwrap_or(0));
            }
            other => return Err(Fault::type_error(format!("a block takes no argument '{other}'"))),
        }
    }
    Ok(request)
}

fn asked_name(block: &Block, name: &Value) -> Res<Name> {
    let Some(text) = name.as_str() else {
        let kind = ops::type_name(name);
        return Err(Fault::type_error(format!("a block is asked for names, which are text, not '{kind}'")));
    };
    let binds = block.scope.get().is_some_and(|s| s.locals.iter().any(|l| *l.name == *text));
    if binds { Ok(text.into()) } else { Err(Fault::value_error(format!("the block does not bind '{text}'"))) }
}

fn integer(what: &str, value: &Value) -> Res<i64> {
    match value {
        Value::Int(n) => Ok(*n),
        other => Err(Fault::type_error(format!("{what} is an int, not '{}'", ops::type_name(other)))),
    }
}

fn label(value: &Value) -> Res<Option<String>> {
    match value {
        Value::None => Ok(None),
        Value::Str(text) => Ok(Some(text.to_string())),
        other => Err(Fault::type_error(format!("name is text, not '{}'", ops::type_name(other)))),
    }
}
