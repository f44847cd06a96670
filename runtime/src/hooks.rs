//! What the runtime asks of the session above it, and the state of the unit that runs on this thread.

use crate::object::Func;
use crate::{Fault, Ref, Res, Value};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};

/// What the runtime needs from above.
pub trait Hooks: Send + Sync {
    /// Runs a function of the program. `args` has one value for each of its parameters, in order: the packed tuple for
    /// `*args`, the packed dict for `**kwargs`. A generator function gives its generator.
    fn call(&self, func: &Ref<Func>, args: &[Value]) -> Res;
}

static HOOKS: OnceLock<&'static dyn Hooks> = OnceLock::new();

/// Installs the hooks; the first ones stay.
pub fn install(hooks: &'static dyn Hooks) {
    // A second installation comes from a second session in the same process, whose hooks are the same.
    let _ = HOOKS.set(hooks);
}

/// Runs a function of the program with arguments that are bound to its parameters already.
pub fn call(func: &Ref<Func>, args: &[Value]) -> Res {
    match HOOKS.get() {
        Some(hooks) => hooks.call(func, args),
        None => Err(Fault::not_pure("there is no compiler in this process")),
    }
}

static CANCELLED: AtomicBool = AtomicBool::new(false);

/// Asks all running units to stop at their next poll.
pub fn cancel() {
    CANCELLED.store(true, Ordering::Relaxed);
}

/// Lets units run again.
pub fn resume() {
    CANCELLED.store(false, Ordering::Relaxed);
}

/// The address of the flag that compiled code polls.
pub fn cancel_flag() -> &'static AtomicBool {
    &CANCELLED
}

/// To be called at least every 20 ms by anything that runs long.
pub fn poll() -> Res<()> {
    if CANCELLED.load(Ordering::Relaxed) {
        return Err(Fault::new(crate::fault::FaultKind::Cancelled));
    }
    Ok(())
}
