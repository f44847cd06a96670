//! Ctrl-C: asks what runs to stop, and sees to it that the answer comes.
//!
//! The flag that compiled code polls is set at once. A script that has not ended after [`GRACE`] is ended from here; a session
//! is ended only if the user insists for a while, since that loses what it holds.

use super::{INTERRUPTED, output, progress};
use afar_runtime::{abi, hooks};
use signal_hook::consts::SIGINT;
use signal_hook::iterator::Signals;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// What an interrupt ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ends {
    /// The process.
    Process,
    /// What the session runs at the moment.
    Input,
}

/// How long a script has to stop by itself.
const GRACE: Duration = Duration::from_millis(60);
/// How long what it printed has to be handed on.
const FLUSH_GRACE: Duration = Duration::from_millis(15);
/// From when on a second interrupt ends a session that does not stop.
const PATIENCE: Duration = Duration::from_secs(2);

static BUSY: AtomicBool = AtomicBool::new(false);
/// When what runs began.
static SINCE: Mutex<Option<Instant>> = Mutex::new(None);
/// Counts what ran, so that an old interrupt is not held against what runs later.
static RUN: AtomicU64 = AtomicU64::new(0);
/// A session that waits for a pipe is ended by Ctrl-C, as any filter is.
static ENDS_WHEN_IDLE: AtomicBool = AtomicBool::new(false);
/// Somebody says already that the process is interrupted.
static ENDING: AtomicBool = AtomicBool::new(false);

/// Listens for Ctrl-C from here on.
pub fn install(ends: Ends) {
    let Ok(mut signals) = Signals::new([SIGINT]) else { return };
    let listen = move || {
        let mut first: Option<(u64, Instant)> = None;
        for _ in signals.forever() {
            interrupted(ends, &mut first);
        }
    };
    // Without this thread Ctrl-C ends the process, as ever.
    let _ = std::thread::Builder::new().name("interrupt".into()).spawn(listen);
}

fn interrupted(ends: Ends, first: &mut Option<(u64, Instant)>) {
    let run = RUN.load(Ordering::SeqCst);
    let is_busy = BUSY.load(Ordering::SeqCst);
    let again = first.filter(|(r, _)| *r == run).map(|(_, at)| at.elapsed());
    match (ends, again) {
        (Ends::Process, None) => {
            hooks::cancel();
            *first = Some((run, Instant::now()));
            // The watch is a thread of its own, so that a second interrupt is heard.
            let _ = std::thread::Builder::new().name("grace".into()).spawn(|| {
                std::thread::sleep(GRACE);
                end_process();
            });
        }
        (Ends::Process, Some(_)) => end_process(),
        (Ends::Input, _) if !is_busy => {
            if ENDS_WHEN_IDLE.load(Ordering::SeqCst) {
                end_process();
            }
        }
        (Ends::Input, Some(waited)) if waited > PATIENCE => end_process(),
        (Ends::Input, Some(_)) => hooks::cancel(),
        (Ends::Input, None) => {
            hooks::cancel();
            *first = Some((run, Instant::now()));
            watch(run);
        }
    }
}

/// Says, where a session does not stop, what the user can do.
fn watch(run: u64) {
    let wait = move || {
        std::thread::sleep(PATIENCE);
        if BUSY.load(Ordering::SeqCst) && RUN.load(Ordering::SeqCst) == run {
            output::error("still busy; Ctrl-C once more ends the session\n");
        }
    };
    let _ = std::thread::Builder::new().name("patience".into()).spawn(wait);
}

/// From here on, an interrupt while nothing runs ends the process.
pub fn end_when_idle() {
    ENDS_WHEN_IDLE.store(true, Ordering::SeqCst);
}

fn end_process() {
    if !claim_end() {
        return;
    }
    // The sink may be held by a write that blocks.
    let _ = std::thread::Builder::new().name("flush".into()).spawn(abi::flush);
    let _ = std::thread::Builder::new().name("leave".into()).spawn(crate::remotely::leave);
    std::thread::sleep(FLUSH_GRACE);
    output::error("KeyboardInterrupt\n");
    std::process::exit(INTERRUPTED);
}

/// True for the first who wants to end the process; whoever asks later waits for the end.
pub fn claim_end() -> bool {
    !ENDING.swap(true, Ordering::SeqCst)
}

/// Something runs from here on, until the guard is dropped.
pub fn busy() -> Busy {
    RUN.fetch_add(1, Ordering::SeqCst);
    hooks::resume();
    BUSY.store(true, Ordering::SeqCst);
    *SINCE.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
    progress::wake();
    Busy(())
}

/// When what runs began; none where nothing runs.
pub fn busy_since() -> Option<Instant> {
    *SINCE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What ran has ended, for those who look on: nothing on the terminal tells of it any more.
pub fn rest() {
    *SINCE.lock().unwrap_or_else(PoisonError::into_inner) = None;
    drop(progress::hold());
}

/// While it lives, Ctrl-C stops what runs.
#[derive(Debug)]
pub struct Busy(());

impl Drop for Busy {
    fn drop(&mut self) {
        BUSY.store(false, Ordering::SeqCst);
        rest();
        hooks::resume();
    }
}
