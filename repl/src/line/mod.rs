//! The session at a prompt: inputs in, values and errors out. It ends when the user says so, and for no other reason.

mod command;
mod complete;
mod editor;
mod input;
mod plain;

use crate::cli::{Counters, begin_stats, interrupt, output, progress, source};
use crate::config::{Colors, settings};
use crate::session::{Interactive, Session, Trouble};
use crate::show::{self, Limits};
use crate::{render, sys};
use afar_runtime::abi::{self, Globals};
use afar_runtime::fault::FaultKind;
use afar_runtime::{Res, Value};
use std::io::IsTerminal;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

/// The namespace whose `_` is the last value shown.
static CURRENT: Mutex<Option<Arc<Globals>>> = Mutex::new(None);
/// Values are cut to a screen, in a session.
static BOUNDED: AtomicBool = AtomicBool::new(false);

/// Shows the value of an expression that stands alone, and binds it to `_` in a session.
///
/// # Errors
///
/// What its `__repr__` raised, or where nobody reads it.
pub fn shown(value: &Value) -> Res<()> {
    if value.is_none() {
        return Ok(());
    }
    let is_session = BOUNDED.load(Ordering::Relaxed);
    let mut text = if is_session || std::io::stdout().is_terminal() {
        show::show(value, screen())?
    } else {
        show::show_all(value)?
    };
    text.push('\n');
    abi::write(&text, false)?;
    let current = CURRENT.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(globals) = current.as_ref() {
        globals.set("_", value.clone());
    }
    Ok(())
}

/// What fits on the terminal, or on one of the usual size.
fn screen() -> Limits {
    let (columns, rows) = size();
    Limits::screen(columns, rows)
}

fn size() -> (usize, usize) {
    let is_terminal = std::io::stdout().is_terminal();
    let found = if is_terminal { crossterm::terminal::size().ok() } else { None };
    let (columns, rows) = found.filter(|(c, r)| *c > 0 && *r > 0).unwrap_or((80, 24));
    (usize::from(columns), usize::from(rows))
}

/// Does the session go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Flow {
    /// It does.
    GoOn,
    /// It ends with this status.
    Quit(i32),
}

/// A session at a prompt.
pub(crate) struct Repl {
    session: Session,
    /// As `session.globals()`, for the completer, which lives beside the session.
    globals: Arc<RwLock<Arc<Globals>>>,
    n_inputs: u32,
}

/// Starts a session; gives its exit status.
pub fn repl() -> i32 {
    output::install();
    begin_stats();
    interrupt::install(interrupt::Ends::Input);
    progress::install();
    BOUNDED.store(true, Ordering::Relaxed);
    crate::modules::set_folder(".".into());
    if !crate::cli::joins_cluster() {
        return crate::cli::REFUSED;
    }
    let before = Counters::now();
    let mut repl = Repl::new();
    let is_terminal = std::io::stdin().is_terminal() && std::io::stdout().is_terminal();
    let is_dumb = std::env::var_os("TERM").is_none_or(|t| t == "dumb");
    let status = if is_terminal && !is_dumb { editor::run(&mut repl) } else { plain::run(&mut repl) };
    if settings().emits_ir {
        output::error(&afar_compiler::compiler().ir_text());
    }
    output::error(&before.since().asked());
    let is_written = output::finish().is_ok();
    crate::remotely::leave();
    std::mem::forget(repl);
    if is_written { status } else { crate::cli::RAISED }
}

impl Repl {
    fn new() -> Self {
        let session = Session::new(Interactive::Yes);
        let globals = Arc::new(RwLock::new(session.globals().clone()));
        *CURRENT.lock().unwrap_or_else(PoisonError::into_inner) = Some(session.globals().clone());
        Self { session, globals, n_inputs: 0 }
    }

    /// Forgets all names.
    fn reset(&mut self) {
        afar_stdlib::io::forget();
        self.session = Session::new(Interactive::Yes);
        *self.globals.write().unwrap_or_else(PoisonError::into_inner) = self.session.globals().clone();
        *CURRENT.lock().unwrap_or_else(PoisonError::into_inner) = Some(self.session.globals().clone());
    }

    /// Does what an input says.
    pub(crate) fn input(&mut self, text: &str) -> Flow {
        if let Some(line) = text.trim().strip_prefix(':') {
            return command::run(self, line);
        }
        self.run(text)
    }

    /// Runs a text as the next input.
    fn run(&mut self, text: &str) -> Flow {
        if text.trim().is_empty() {
            return Flow::GoOn;
        }
        self.n_inputs += 1;
        let name = format!("<input {}>", self.n_inputs);
        self.run_named(&name, text)
    }

    fn run_named(&mut self, name: &str, text: &str) -> Flow {
        let busy = interrupt::busy();
        let outcome = catch_unwind(AssertUnwindSafe(|| self.session.run(name, text)));
        abi::flush();
        drop(busy);
        match outcome {
            Ok(Ok(())) => Flow::GoOn,
            Ok(Err(trouble)) => report(name, text, &trouble),
            Err(_) => {
                let version = env!("CARGO_PKG_VERSION");
                let message =
                    format!("this is a mistake in Afar {version}, not in your program; the session goes on");
                output::error(&render::complaint(&message, name, None, Colors::of_stderr()));
                Flow::GoOn
            }
        }
    }

    /// Runs a script in this session.
    fn load(&mut self, path: &str) -> Flow {
        match source::read(std::path::Path::new(path)) {
            Ok(text) => {
                afar_compiler::compiler().interactive = false;
                let flow = self.run_named(path, &text);
                afar_compiler::compiler().interactive = true;
                if let Flow::Quit(status) = flow {
                    output::error(&format!("`{path}` ended with status {status}; the session goes on\n"));
                }
                Flow::GoOn
            }
            Err(why) => {
                output::error(&render::complaint(
                    &why.message,
                    &why.place,
                    why.help.as_deref(),
                    Colors::of_stderr(),
                ));
                Flow::GoOn
            }
        }
    }

    /// The value of an expression, where it has one; what goes wrong is reported.
    fn value_of(&mut self, expr: &str) -> Option<Value> {
        const NAME: &str = "__value__";
        let globals = self.session.globals().clone();
        globals.delete(NAME);
        self.run(&format!("{NAME} = ({expr})"));
        let value = globals.get(NAME);
        globals.delete(NAME);
        value
    }
}

/// Says on stderr what went wrong.
fn report(name: &str, text: &str, trouble: &Trouble) -> Flow {
    match trouble {
        Trouble::Refused(diagnostics) => {
            if settings().json {
                let lines: String = diagnostics.iter().map(|d| render::json(name, text, d) + "\n").collect();
                output::error(&lines);
            } else {
                output::error(&render::diagnostics(name, text, diagnostics, Colors::of_stderr()));
            }
        }
        Trouble::Fault(fault) => match &*fault.0 {
            FaultKind::Exit(status) => return Flow::Quit(*status),
            FaultKind::Exception(exception) if fault.is("SystemExit") => {
                let (status, said) = sys::status(exception).unwrap_or((crate::cli::RAISED, None));
                output::error(&said.map(|s| s + "\n").unwrap_or_default());
                return Flow::Quit(status);
            }
            _ => output::error(&render::fault(fault, Colors::of_stderr())),
        },
    }
    Flow::GoOn
}
