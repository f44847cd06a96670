//! The workers, and the splitting of ranges among them.
//!
//! A range runs on the worker that meets it, strip by strip. A worker without work says so; a busy one, at its next poll,
//! gives away the upper half of the outermost range that it has left. See the README beside this file.

#![expect(
    unsafe_code,
    reason = "calls machine code, and lends a frame to other workers until they are joined"
)]

mod acc;
mod again;
mod elements;
pub mod errand;
mod folds;
pub mod fork;
mod ledger;
mod moment;
mod piece;
mod reduce;
pub mod sample;
pub mod spread;
mod tally;
#[cfg(test)]
mod tests;
mod ticket;
mod watch;
mod workers;

pub use acc::Acc;
pub use again::{Redone, redone, run_unit};
pub use folds::FoldOp;
pub use moment::{Barred, OrderHidden, hide_order, is_barred, order_shown, show_order, stamp, why_barred};
pub use piece::{Body, Code, MAX_STRIP, UNKNOWN, poll, run_range};
pub use reduce::Reduce;
pub use tally::IntTally;
pub use watch::{Measured, Progress, calls_given, measure, measured, n_busy, progress, show_progress};
pub use workers::{Stats, configure, cut_always, cuts_always, expect_calls, n_workers, stats, ticks};
