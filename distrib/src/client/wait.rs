//! Waiting at the edge.

use super::{Client, show};
use crate::engine::UnitId;
use crate::future::Future;
use afar_runtime::{Fault, Res, hooks};
use std::sync::{Arc, PoisonError};
use std::time::{Duration, Instant};

/// So often whoever waits looks whether the edge was interrupted.
const LOOK: Duration = Duration::from_millis(20);

impl Client {
    /// Waits until all of these have ended; false where that took too long. What they print is shown.
    ///
    /// # Errors
    ///
    /// `Cancelled`, where the edge was interrupted.
    pub fn wait_for(&self, futures: &[Arc<Future>], deadline: Option<Instant>) -> Res<bool> {
        self.wait(futures, deadline, |n_ended| n_ended == futures.len())
    }

    /// Waits until one of these has ended.
    ///
    /// # Errors
    ///
    /// `Cancelled`, where the edge was interrupted.
    pub fn wait_first(&self, futures: &[Arc<Future>], deadline: Option<Instant>) -> Res<bool> {
        self.wait(futures, deadline, |n_ended| n_ended > 0 || futures.is_empty())
    }

    fn wait(
        &self,
        futures: &[Arc<Future>],
        deadline: Option<Instant>,
        enough: impl Fn(usize) -> bool,
    ) -> Res<bool> {
        self.show_prints(futures)?;
        let mut board = self.board();
        loop {
            if enough(futures.iter().filter(|f| f.status().is_final()).count()) {
                return Ok(true);
            }
            hooks::poll()?;
            let left = deadline.map(|d| d.saturating_duration_since(Instant::now()));
            if left.is_some_and(|left| left.is_zero()) {
                return Ok(false);
            }
            let nap = left.map_or(LOOK, |left| left.min(LOOK));
            board = self.bell.wait_timeout(board, nap).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// Shows what these have printed, and from now on what they print.
    fn show_prints(&self, futures: &[Arc<Future>]) -> Res<()> {
        let mut board = self.board();
        for future in futures {
            if let Some(job) = board.jobs.get_mut(&future.unit) {
                job.is_awaited = true;
                show(std::mem::take(&mut job.printed))?;
            }
        }
        Ok(())
    }

    /// Lets a unit end in time or not at all.
    pub(super) fn limit(&'static self, id: UnitId, seconds: f64) {
        let Ok(limit) = Duration::try_from_secs_f64(seconds.max(0.0)) else { return };
        let deadline = Instant::now() + limit;
        let watch = move || {
            let mut board = self.board();
            while board.jobs.contains_key(&id) {
                let left = deadline.saturating_duration_since(Instant::now());
                if left.is_zero() {
                    drop(board);
                    let message = format!("the work took longer than {seconds} s");
                    return self.give_up(id, Fault::exception("TimeoutError", message));
                }
                board = self.bell.wait_timeout(board, left).unwrap_or_else(PoisonError::into_inner).0;
            }
        };
        // Without a thread there is no watch, and the work has all the time that it wants.
        let _ = std::thread::Builder::new().name("timeout".to_owned()).spawn(watch);
    }

    /// Waits, at the end of a session, for the units that print.
    ///
    /// # Errors
    ///
    /// `Cancelled`, where the edge was interrupted.
    pub fn finish(&self) -> Res<()> {
        loop {
            let future = self
                .board()
                .jobs
                .values()
                .find(|j| j.shows)
                .and_then(|j| Some(j.places.first()?.future.clone()));
            match future {
                Some(future) => self.wait_for(&[future], None)?,
                None => return Ok(()),
            };
        }
    }
}
