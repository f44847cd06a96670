//! Which iterators may be used here: not those from before this work was given away, nor, while the order of a set's elements
//! is hidden, those from before it began to be.

use std::cell::Cell;
use std::sync::atomic::{AtomicU64, Ordering};

/// Grows with everything that is given away, and with every order that is hidden.
static LAST_STAMP: AtomicU64 = AtomicU64::new(0);

thread_local! {
    /// Iterators from before this moment are not to be used. 0 for none.
    static SINCE: Cell<u64> = const { Cell::new(0) };
    /// The stamp of the innermost work that was given away and runs on this thread, at most `SINCE`. 0 for none.
    static GIVEN: Cell<u64> = const { Cell::new(0) };
}

/// Why an iterator is not to be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Barred {
    /// It was made outside of the work that runs on this thread, where that was given away. It may be in use elsewhere: the
    /// work must be left to whoever gave it away, who does it in its turn.
    NotHere,
    /// How far it gets would show the order of a set's elements.
    OrderHidden,
}

/// A new moment, after all that went before.
pub(super) fn next_stamp() -> u64 {
    LAST_STAMP.fetch_add(1, Ordering::Relaxed) + 1
}

/// The moment, for what has a state: see [`is_barred`].
pub fn stamp() -> u64 {
    LAST_STAMP.load(Ordering::Relaxed)
}

/// Is something that was made at this moment not to be used now.
#[inline]
pub fn is_barred(made: u64) -> bool {
    made < SINCE.get()
}

/// Why something that was made at this moment is not to be used now.
#[cold]
pub fn why_barred(made: u64) -> Barred {
    if made < GIVEN.get() { Barred::NotHere } else { Barred::OrderHidden }
}

/// Runs work that was given away at this moment.
pub(super) fn given_at<T>(stamp: u64, run: impl FnOnce() -> T) -> T {
    let (since, given) = (SINCE.replace(stamp), GIVEN.replace(stamp));
    let result = run();
    SINCE.set(since);
    GIVEN.set(given);
    result
}

/// From here on what runs sees the elements of a set in an order that must not show. Gives what [`show_order`] wants.
pub fn hide_order() -> u64 {
    SINCE.replace(next_stamp())
}

/// The order does not show any more, as far as it was so when [`hide_order`] or [`order_shown`] gave this.
pub fn show_order(since: u64) {
    SINCE.set(since);
}

/// What [`show_order`] wants, to come back to where no order more than now is hidden.
pub fn order_shown() -> u64 {
    SINCE.get()
}

/// An order is hidden as long as this lives.
#[derive(Debug)]
pub struct OrderHidden {
    since: u64,
}

impl OrderHidden {
    /// Hides the order, where it must be.
    pub fn when(hides: bool) -> Option<Self> {
        hides.then(|| Self { since: hide_order() })
    }
}

impl Drop for OrderHidden {
    fn drop(&mut self) {
        show_order(self.since);
    }
}
