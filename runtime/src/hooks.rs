//! What the runtime asks of those above it: the compiler, which runs functions, and the session, which acts on the world.

use crate::object::{Class, Func};
use crate::{Fault, Ref, Res, Str, Value};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

/// What the runtime needs of the compiler.
pub trait Hooks: Send + Sync {
    /// Runs a function of the program. `args` has one value for each of its parameters, in order: the packed tuple for
    /// `*args`, the packed dict for `**kwargs`. A generator function gives its generator.
    fn call(&self, func: &Ref<Func>, args: &[Value]) -> Res;

    /// Runs the code of a unit of the edge with what it captured.
    fn call_unit(&self, code: u32, captures: &[Value]) -> Res;

    /// A function value of this code.
    fn make_func(&self, code: u32, captures: &[Value], defaults: &[Value], identity: u64) -> Res;

    /// A generator of this code, which starts with these values in its frame. With a `source`, each of its items comes from
    /// one item of that iterator alone, so that it may hide the order as that does.
    fn make_generator(&self, code: u32, values: &[Value], source: Option<&Value>) -> Res;

    /// The body of a range compiled anew, with ints of any size at these sites; for the same environment, gathering its
    /// elements as [`crate::pool::Reduce::wide`] says. Its address; none where it cannot be compiled apart from its unit.
    fn wide_range(&self, range: u32, sites: &[u32]) -> Option<usize>;

    /// Is a result of a range of the type that the code behind the range takes it for.
    fn range_fits(&self, range: u32, result: &Value) -> bool;

    /// What a range in this environment computes, whichever version of the code it belongs to.
    fn range_key(&self, range: u32, env: &[Value]) -> Option<RangeKey>;

    /// These sites under names that all processes use; none where one of them is not known.
    fn name_sites(&self, sites: &[u32]) -> Option<Vec<Site>> {
        sites.is_empty().then(Vec::new)
    }

    /// The sites of these names that code here has.
    fn sites_named(&self, _sites: &[Site]) -> Vec<u32> {
        Vec::new()
    }

    /// Those sites of these names that code here has, and whose ints are not wide yet.
    fn narrow_sites_named(&self, _sites: &[Site]) -> Vec<u32> {
        Vec::new()
    }

    /// What the expression computes whose body has this address, for what it captured; none where only this process can tell.
    fn waiting_key(&self, _body: usize, _captured: &[Value]) -> Option<RangeKey> {
        None
    }

    /// The value of an expression from the components that the body of this address gave.
    fn waiting_value(&self, _body: usize, _components: &[Value]) -> Option<Value> {
        None
    }

    /// The components of a value, as the body of this address would give them; none where it would give another kind of value.
    fn waiting_components(&self, _body: usize, _value: &Value) -> Option<Vec<Value>> {
        None
    }

    /// The names that a function captures, by its code, in the order of its captures.
    fn captured(&self, _code: u32) -> Vec<Str> {
        Vec::new()
    }

    /// The annotations of a function by its code, in CPython's order: names, and the texts of expressions.
    fn annotations(&self, _code: u32) -> Vec<(Str, Str)> {
        Vec::new()
    }

    /// The value of the text of an annotation in a module, in the body of a class where there is one.
    fn annotation(&self, _module: &str, text: &str, _class: Option<&Ref<Class>>) -> Res {
        Err(Fault::not_pure(format!("the annotation `{text}` is not kept")))
    }

    /// As [`Hooks::annotation`], of a text that stands for a type, also where the module keeps its annotations as texts.
    fn type_of_text(&self, module: &str, text: &str, class: Option<&Ref<Class>>) -> Res {
        self.annotation(module, text, class)
    }

    /// Is a text one expression.
    fn is_expression(&self, _text: &str) -> bool {
        true
    }

    /// Ints did not fit at these sites: from the next time that they are compiled they are wide.
    fn widen(&self, sites: &[u32]);
}

/// What a range, or an expression that waits, computes: the same code for the same inputs gives the same result.
#[derive(Clone)]
pub struct RangeKey {
    /// The code that it stands in, by its number.
    pub code: u32,
    /// The expression in it.
    pub node: u32,
    /// What it runs over, and what it uses.
    pub inputs: Vec<Value>,
}

/// A place at which an int may not fit, as all processes call it. Where two places had one name, code would be wider than
/// it needs to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Site {
    /// The file of its code.
    pub file: Str,
    /// The expression in it.
    pub node: u32,
}

/// What the runtime needs of the session.
pub trait SessionHooks: Send + Sync {
    /// Shows the value of an expression that stands alone at the edge.
    fn show(&self, value: &Value) -> Res<()>;

    /// Loads a module; relative names (`.x`) are of the package of the namespace that asks. Gives the module named `wanted`.
    fn import(&self, globals: i64, name: &str, wanted: &str) -> Res;

    /// The module and the name there of what the library has in Rust.
    fn place_of(&self, _value: &Value) -> Option<(Str, Str)> {
        None
    }

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

/// Somebody wants a look: for work, or since somebody is to stop. Compiled code polls this one flag, and asks [`poll`].
static ATTENTION: AtomicBool = AtomicBool::new(false);
/// The edge is to stop.
static INTERRUPTED: AtomicBool = AtomicBool::new(false);
/// How many units are to stop and have not yet.
static STOPPING: AtomicUsize = AtomicUsize::new(0);

/// Asks the edge, and what it runs, to stop at the next poll. Units that were sent away have flags of their own.
pub fn cancel() {
    INTERRUPTED.store(true, Ordering::SeqCst);
    ATTENTION.store(true, Ordering::SeqCst);
}

/// Lets the edge run again.
pub fn resume() {
    INTERRUPTED.store(false, Ordering::SeqCst);
}

/// Asks a unit to stop at its next poll: false where it was asked before, or has ended.
pub fn cancel_task(flag: &AtomicBool) -> bool {
    let is_first = !flag.swap(true, Ordering::SeqCst);
    if is_first {
        STOPPING.fetch_add(1, Ordering::SeqCst);
        ATTENTION.store(true, Ordering::SeqCst);
    }
    is_first
}

/// A unit has ended: to be called once. From then on asking it to stop changes nothing.
pub fn end_task(flag: &AtomicBool) {
    if flag.swap(true, Ordering::SeqCst) {
        STOPPING.fetch_sub(1, Ordering::SeqCst);
    }
}

/// Is anybody asked to stop: the edge, or a unit.
pub fn is_cancelled() -> bool {
    INTERRUPTED.load(Ordering::SeqCst) || STOPPING.load(Ordering::SeqCst) > 0
}

/// The flag that compiled code polls: somebody wants a look, for a cancel or for work.
pub fn attention_flag() -> &'static AtomicBool {
    &ATTENTION
}

/// Asks whoever polls for a look.
pub fn look() {
    ATTENTION.store(true, Ordering::SeqCst);
}

/// To be called at least every 20 ms by anything that runs long.
///
/// # Errors
///
/// `Cancelled`, where the work is not wanted any more; `MemoryError`, where the memory is full.
pub fn poll() -> Res<()> {
    if crate::budget::is_over() {
        crate::budget::raise_over()?;
    }
    // Who clears `ATTENTION` asks `is_cancelled` before; what is set in between is seen here.
    if is_cancelled() && crate::task::is_cancelled().unwrap_or_else(|| INTERRUPTED.load(Ordering::SeqCst)) {
        return Err(Fault::new(crate::fault::FaultKind::Cancelled));
    }
    Ok(())
}
