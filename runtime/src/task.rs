//! What a unit takes along to every thread that runs a part of it: how it sees the edge, and whether it is still wanted.
//!
//! Whoever hands work to another thread takes [`current`] there, and runs it inside [`enter`].

use crate::abi::View;
use crate::pool::spread::Spreader;
use std::cell::RefCell;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// A unit as its threads know it. Without anything: the edge itself.
#[derive(Clone, Default)]
pub struct Task {
    /// The names of the edge as the block that is being run sees them.
    pub view: Option<Arc<View>>,
    /// Is the work not wanted any more.
    pub cancel: Option<Arc<AtomicBool>>,
    /// Whoever shares its ranges with other processes.
    pub spreader: Option<Arc<dyn Spreader>>,
}

thread_local! {
    static CURRENT: RefCell<Task> = RefCell::default();
}

/// The unit that runs on this thread.
pub fn current() -> Task {
    CURRENT.with_borrow(Clone::clone)
}

/// Runs something as a part of this unit.
pub fn enter<T>(task: Task, run: impl FnOnce() -> T) -> T {
    let outer = CURRENT.replace(task);
    let result = run();
    let inner = CURRENT.replace(outer);
    // What it held may run code of its own when it goes: not while the cell is borrowed.
    drop(inner);
    result
}

/// Is the work of this thread cancelled; `None` where it belongs to no unit that could be.
pub(crate) fn is_cancelled() -> Option<bool> {
    CURRENT.with_borrow(|task| task.cancel.as_ref().map(|flag| flag.load(Ordering::Relaxed)))
}

/// Whoever shares the ranges of this thread's unit.
pub(crate) fn spreader() -> Option<Arc<dyn Spreader>> {
    CURRENT.with_borrow(|task| task.spreader.clone())
}

/// The view of this thread.
pub(crate) fn with_view<T>(ask: impl FnOnce(Option<&View>) -> T) -> T {
    CURRENT.with_borrow(|task| ask(task.view.as_deref()))
}
