//! The clock of a hub, which stands still while the process does: a hub that was stopped must not take its nodes for silent.

use std::time::{Duration, Instant};

/// A hub looks at its clock several times a second: what is longer than this, it did not live through.
const LONGEST: Duration = Duration::from_secs(1);

/// Milliseconds that the process has lived through.
#[derive(Debug)]
pub(super) struct Clock {
    last: Instant,
    lived: Duration,
}

impl Clock {
    /// Begins at 0.
    pub(super) fn start() -> Self {
        Self { last: Instant::now(), lived: Duration::ZERO }
    }

    /// So many milliseconds have been lived through.
    pub(super) fn now_ms(&mut self) -> u64 {
        self.at(Instant::now())
    }

    fn at(&mut self, now: Instant) -> u64 {
        self.lived += now.saturating_duration_since(self.last).min(LONGEST);
        self.last = now;
        u64::try_from(self.lived.as_millis()).unwrap_or(u64::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::Clock;
    use std::time::Duration;

    #[test]
    fn a_process_that_was_stopped_has_not_lived_through_it() {
        let mut clock = Clock::start();
        let began = clock.last;
        let mut at = |ms| clock.at(began + Duration::from_millis(ms));
        assert_eq!((at(0), at(250), at(1250)), (0, 250, 1250));
        assert_eq!((at(21_250), at(21_500)), (2250, 2500));
    }
}
