//! How long this process has computed, on all its threads.

#![expect(unsafe_code, reason = "the standard library does not ask the system for that")]

use std::time::Duration;

/// The time for which cores have worked for this process so far: seconds of one core each. Zero where the system does not say.
#[cfg(unix)]
pub fn core_time() -> Duration {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: the pointer is to a value of the type that is written there.
    let failed = unsafe { libc::clock_gettime(libc::CLOCK_PROCESS_CPUTIME_ID, &raw mut time) } != 0;
    if failed {
        return Duration::ZERO;
    }
    Duration::new(u64::try_from(time.tv_sec).unwrap_or(0), u32::try_from(time.tv_nsec).unwrap_or(0))
}

/// As above: this system is not asked.
#[cfg(not(unix))]
pub fn core_time() -> Duration {
    Duration::ZERO
}
