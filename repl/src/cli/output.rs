//! Where text goes: results to stdout, all else to stderr. A reader that went away ends everything quietly.

use super::{OK, RAISED, progress};
use afar_runtime::abi::{self, Sink};
use std::io::{ErrorKind, IsTerminal, Write};
use std::sync::{Mutex, PoisonError};

/// How much is held back where stdout is no terminal.
const BUFFER_BYTES: usize = 1 << 16;

/// Why stdout takes no more text, where it is not that nobody reads it.
static FAILED: Mutex<Option<String>> = Mutex::new(None);

struct Stdout {
    out: std::io::BufWriter<std::io::Stdout>,
    is_terminal: bool,
}

impl Stdout {
    fn note(result: std::io::Result<()>) -> std::io::Result<()> {
        if let Err(e) = &result
            && e.kind() != ErrorKind::BrokenPipe
        {
            *FAILED.lock().unwrap_or_else(PoisonError::into_inner) = Some(e.to_string());
        }
        result
    }
}

impl Sink for Stdout {
    fn write(&mut self, text: &str, is_error: bool) -> std::io::Result<()> {
        let mut held = progress::hold();
        if is_error || self.is_terminal {
            held.wrote(text);
        }
        if is_error {
            // What was printed before comes first, also where both go to one terminal.
            Self::note(self.out.flush())?;
            return std::io::stderr().write_all(text.as_bytes());
        }
        Self::note(self.out.write_all(text.as_bytes()))?;
        if self.is_terminal { Self::note(self.out.flush()) } else { Ok(()) }
    }

    fn flush(&mut self) -> std::io::Result<()> {
        let _held = progress::hold();
        let done = self.out.flush().and_then(|()| std::io::stdout().flush());
        Self::note(done)
    }
}

/// Lets programs print to this process's stdout.
pub fn install() {
    let out = std::io::BufWriter::with_capacity(BUFFER_BYTES, std::io::stdout());
    abi::set_sink(Box::new(Stdout { out, is_terminal: std::io::stdout().is_terminal() }));
}

/// Lets programs print to this process's stderr, where stdout has something else to say.
pub fn install_on_stderr() {
    abi::set_sink(Box::new(Stderr));
}

struct Stderr;

impl Sink for Stderr {
    fn write(&mut self, text: &str, _is_error: bool) -> std::io::Result<()> {
        let mut held = progress::hold();
        held.wrote(text);
        std::io::stderr().write_all(text.as_bytes())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Hands on all that was printed. Where stdout failed for another reason than that nobody reads it, says so.
///
/// # Errors
///
/// Why stdout failed, which was said already.
pub fn finish() -> Result<(), String> {
    abi::flush();
    match FAILED.lock().unwrap_or_else(PoisonError::into_inner).take() {
        None => Ok(()),
        Some(why) => {
            super::complain(&format!("stdout takes no more text: {why}"), "", None);
            Err(why)
        }
    }
}

/// Writes a result of the command itself to stdout; gives the exit status.
pub fn result(text: &str) -> i32 {
    let _held = progress::hold();
    let mut out = std::io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Ok(()) => OK,
        Err(e) if e.kind() == ErrorKind::BrokenPipe => OK,
        Err(_) => RAISED,
    }
}

/// Writes to stderr.
pub fn error(text: &str) {
    let mut held = progress::hold();
    held.wrote(text);
    // There is nowhere left to say that it failed.
    let _ = std::io::stderr().write_all(text.as_bytes());
}
