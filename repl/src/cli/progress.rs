//! A line on the terminal that says how far a program is: half a second after it began, until something is printed or it ends.
//!
//! It is drawn where stderr is a terminal, and only while something runs and the cursor is at the start of a line. Whoever
//! writes to the terminal holds it meanwhile, which takes the line away; so it is never mixed with what a program prints.

use super::interrupt;
use crate::config::settings;
use afar_distrib::hub::Work;
use afar_distrib::work;
use afar_runtime::pool;
use std::io::{IsTerminal, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, OnceLock, TryLockError};
use std::thread::Thread;
use std::time::{Duration, Instant};

/// How long something runs before there is a line.
const PATIENCE: Duration = Duration::from_millis(500);
/// How often the line is drawn.
const PERIOD: Duration = Duration::from_millis(100);
/// How long a range runs before its share is shown: many short ones one after the other would flicker.
const STEADY: Duration = Duration::from_millis(300);
/// A smaller share says nothing of the time that is left.
const LEAST_SHARE: f64 = 0.01;
/// So often somebody who wants to write asks for the terminal, a millisecond apart: who holds it may not come to an end.
const TRIES: u32 = 20;

const ERASE: &[u8] = b"\r\x1b[K";

static IS_ON: AtomicBool = AtomicBool::new(false);
static DRAWER: OnceLock<Thread> = OnceLock::new();
static SCREEN: Mutex<Screen> = Mutex::new(Screen { is_shown: false, is_inside_line: false });

/// What is known of the terminal.
#[derive(Debug)]
pub struct Screen {
    /// The line is there.
    is_shown: bool,
    /// What was written last did not end a line.
    is_inside_line: bool,
}

/// The terminal is somebody's, and shows no line.
#[derive(Debug)]
pub struct Held(Option<MutexGuard<'static, Screen>>);

impl Held {
    /// This text is written to the terminal.
    pub fn wrote(&mut self, text: &str) {
        if let (Some(screen), Some(last)) = (&mut self.0, text.bytes().last()) {
            screen.is_inside_line = last != b'\n';
        }
    }
}

/// Shows lines from here on, where somebody sees them.
pub fn install() {
    let is_dumb = std::env::var_os("TERM").is_none_or(|t| t == "dumb");
    if is_dumb || settings().json || !std::io::stderr().is_terminal() || IS_ON.swap(true, Ordering::SeqCst) {
        return;
    }
    pool::show_progress();
    // Without this thread there is no line, and nothing else is different.
    if let Ok(handle) = std::thread::Builder::new().name("progress".into()).spawn(draw_all) {
        let _ = DRAWER.set(handle.thread().clone());
    }
}

/// Takes the line away, and keeps it away for as long as what this gives lives.
pub fn hold() -> Held {
    if !IS_ON.load(Ordering::Relaxed) {
        return Held(None);
    }
    for _ in 0..TRIES {
        match SCREEN.try_lock() {
            Ok(mut screen) => {
                erase(&mut screen);
                return Held(Some(screen));
            }
            Err(TryLockError::Poisoned(screen)) => return Held(Some(screen.into_inner())),
            Err(TryLockError::WouldBlock) => std::thread::sleep(Duration::from_millis(1)),
        }
    }
    Held(None)
}

/// Something begins to run.
pub fn wake() {
    if let Some(drawer) = DRAWER.get() {
        drawer.unpark();
    }
}

fn erase(screen: &mut Screen) {
    if std::mem::take(&mut screen.is_shown) {
        // A terminal that takes nothing shows nothing.
        let _ = std::io::stderr().write_all(ERASE);
    }
}

/// The life of the thread that draws.
fn draw_all() {
    loop {
        match interrupt::busy_since() {
            None => std::thread::park(),
            Some(since) => match PATIENCE.checked_sub(since.elapsed()).filter(|left| !left.is_zero()) {
                Some(left) => std::thread::sleep(left),
                None => {
                    draw(since);
                    std::thread::sleep(PERIOD);
                }
            },
        }
    }
}

fn draw(since: Instant) {
    let columns = crossterm::terminal::size().map_or(80, |(columns, _)| usize::from(columns));
    let text = match work::latest() {
        Some((Work { n_done, n_all, n_busy, n_nodes, .. }, took)) => {
            let range = (n_all > 0).then_some((n_done, n_all, took));
            line(since.elapsed(), range, &format!("{n_busy} of {n_nodes} nodes"))
        }
        None => {
            let range = pool::progress();
            let count = |n| u64::try_from(n).unwrap_or(0);
            let range = range.map(|at| (count(at.n_done), count(at.n_all), at.took));
            line(since.elapsed(), range, &format!("{} of {} cores", pool::n_busy(), pool::n_workers()))
        }
    };
    let text: String = text.chars().take(columns.saturating_sub(1)).collect();
    let Ok(mut screen) = SCREEN.try_lock() else { return };
    // What ended meanwhile has taken its line away.
    if screen.is_inside_line || interrupt::busy_since() != Some(since) {
        return;
    }
    screen.is_shown = true;
    let _ = std::io::stderr().write_all(&[ERASE, text.as_bytes()].concat());
}

/// How far it is: `43 %  1.2 s, 1.6 s left, 2 of 2 cores`. A range is what is done of it, what it has, and since when.
fn line(elapsed: Duration, range: Option<(u64, u64, Duration)>, who: &str) -> String {
    let mut out = String::new();
    let mut left = None;
    if let Some((n_done, n_all, took)) = range
        && took >= STEADY
    {
        #[expect(clippy::cast_precision_loss, reason = "two digits are shown")]
        let share = n_done as f64 / n_all.max(1) as f64;
        out.push_str(&format!("{:>3.0} %  ", (share * 100.0).floor()));
        if share >= LEAST_SHARE {
            left = Some(took.as_secs_f64() * (1.0 - share) / share);
        }
    }
    out.push_str(&duration(elapsed.as_secs_f64()));
    if let Some(left) = left {
        out.push_str(&format!(", {} left", duration(left)));
    }
    out.push_str(&format!(", {who}"));
    out
}

fn duration(seconds: f64) -> String {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "whole seconds of a time that is shown"
    )]
    let whole = seconds as u64;
    match whole {
        0..100 => format!("{seconds:.1} s"),
        100..6000 => format!("{} min {:02} s", whole / 60, whole % 60),
        _ => format!("{} h {:02} min", whole / 3600, whole / 60 % 60),
    }
}

#[cfg(test)]
mod tests {
    use super::{Duration, line};

    #[track_caller]
    fn check(elapsed_ms: u64, range: Option<(u64, u64, u64)>, expected: &str) {
        let range = range.map(|(n_done, n_all, ms)| (n_done, n_all, Duration::from_millis(ms)));
        assert_eq!(line(Duration::from_millis(elapsed_ms), range, "2 of 4 cores"), expected);
    }

    #[test]
    fn lines() {
        check(700, None, "0.7 s, 2 of 4 cores");
        check(700, Some((1, 2, 100)), "0.7 s, 2 of 4 cores");
        check(1500, Some((1, 4, 1000)), " 25 %  1.5 s, 3.0 s left, 2 of 4 cores");
        check(1500, Some((999, 1000, 1000)), " 99 %  1.5 s, 0.0 s left, 2 of 4 cores");
        check(200_000, Some((0, 1000, 1000)), "  0 %  3 min 20 s, 2 of 4 cores");
        check(20_000, Some((1, 50, 20_000)), "  2 %  20.0 s, 16 min 20 s left, 2 of 4 cores");
        check(8_000_000, None, "2 h 13 min, 2 of 4 cores");
    }
}
