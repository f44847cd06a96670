//! What the runtime asks of those above it: the compiler, which runs functions, and the session, which acts on the world.

use crate::object::Func;
use crate::{Fault, Ref, Res, Str, Value};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};

/// What the runtime needs of the compiler.
pub trait Hooks: Send + Sync {
    /// Runs a function of the program. `args` has one value for each of its parameters, in order: the packed tuple for
    /// `*args`, the packed dict for `**kwargs`. A generator function gives its generator.
    fn call(&self, func: &Ref<Func>, args: &[Value]) -> Res;

    /// Runs the code of a unit of the edge with what it captured.
    fn call_unit(&self, code: u32, captures: &[Value]) -> Res;

    /// A function value of this code.
    fn make_func(&self, code: u32, captures: &[Value], defaults: &[Value]) -> Res;

    /// A generator of this code, which starts with these values in its frame.
    fn make_generator(&self, code: u32, values: &[Value]) -> Res;
}

/// What the runtime needs of the session.
pub trait SessionHooks: Send + Sync {
    /// Shows the value of an expression that stands alone at the edge.
    fn show(&self, value: &Value) -> Res<()>;

    /// Loads a module; relative names (`.x`) are of the package of the namespace that asks. Gives the module named `wanted`.
    fn import(&self, globals: i64, name: &str, wanted: &str) -> Res;

    /// Runs a `remotely` block; its value where it is an expression.
    fn run_block(&self, block: u32, mode: &str, args: &[Value], names: &[Str], is_expr: bool) -> Res;
}

static HOOKS: OnceLock<&'static dyn Hooks> = OnceLock::new();
static SESSION: OnceLock<&'static dyn SessionHooks> = OnceLock::new();

/// Installs the compiler's hooks; the first ones stay.
pub fn install(hooks: &'static dyn Hooks) {
    // A second installation comes from a second session in the same process, whose hooks are the same.
    let _ = HOOKS.set(hooks);
}

/// Installs the session's hooks; the first ones stay.
pub fn install_session(hooks: &'static dyn SessionHooks) {
    // As above.
    let _ = SESSION.set(hooks);
}

/// The compiler's hooks.
pub fn compiler() -> Res<&'static dyn Hooks> {
    HOOKS.get().copied().ok_or_else(|| Fault::not_pure("there is no compiler in this process"))
}

/// The session's hooks.
pub fn session() -> Res<&'static dyn SessionHooks> {
    SESSION.get().copied().ok_or_else(|| Fault::not_pure("there is no session in this process"))
}

/// Runs a function of the program with arguments that are bound to its parameters already.
pub fn call(func: &Ref<Func>, args: &[Value]) -> Res {
    compiler()?.call(func, args)
}

static CANCELLED: AtomicBool = AtomicBool::new(false);
static ATTENTION: AtomicBool = AtomicBool::new(false);

/// Asks all running units to stop at their next poll.
pub fn cancel() {
    CANCELLED.store(true, Ordering::Relaxed);
    ATTENTION.store(true, Ordering::Relaxed);
}

/// Lets units run again.
pub fn resume() {
    CANCELLED.store(false, Ordering::Relaxed);
}

/// Are units asked to stop.
pub fn is_cancelled() -> bool {
    CANCELLED.load(Ordering::Relaxed)
}

/// The flag that compiled code polls: somebody wants a look, for a cancel or for work.
pub fn attention_flag() -> &'static AtomicBool {
    &ATTENTION
}

/// To be called at least every 20 ms by anything that runs long.
///
/// # Errors
///
/// `Cancelled`, where the work is not wanted any more.
pub fn poll() -> Res<()> {
    if CANCELLED.load(Ordering::Relaxed) {
        return Err(Fault::new(crate::fault::FaultKind::Cancelled));
    }
    Ok(())
}
