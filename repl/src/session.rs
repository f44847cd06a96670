//! A session: text in, values or diagnostics out. The façade that the command line, the line editor and tests use.

use afar_compiler::compiler;
use afar_compiler::program::{Owner, Source};
use afar_compiler::survey::{Survey, survey};
use afar_lang::ast::{Module, Name, StmtKind};
use afar_lang::diagnostic::Diagnostic;
use afar_lang::{CheckEnv, check, parse};
use afar_runtime::abi::Globals;
use afar_runtime::fault::FaultKind;
use afar_runtime::object::exception::Frame;
use afar_runtime::{Fault, Value};
use std::sync::{Arc, Mutex, PoisonError};

/// Whether the values of expressions that stand alone are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Interactive {
    /// A session: they are.
    Yes,
    /// `-c`: only that of the last statement is.
    Last,
    /// A script: they are not.
    No,
}

/// Why a program gave no answer.
#[derive(Debug)]
pub enum Trouble {
    /// It is refused before it runs.
    Refused(Vec<Diagnostic>),
    /// It raised, or met something that Afar cannot do, or was interrupted.
    Fault(Fault),
}

/// The sources of this process, by file name, for tracebacks.
static SOURCES: Mutex<Vec<Arc<Source>>> = Mutex::new(Vec::new());

/// A source, by the name that it was given.
pub fn source(file: &str) -> Option<Arc<Source>> {
    let all = SOURCES.lock().unwrap_or_else(PoisonError::into_inner);
    all.iter().rev().find(|s| s.file.as_str() == file).cloned()
}

/// What is shown of the source of a frame: its line, and marks under it; `missing` is an attribute that was not found there.
pub fn source_line(frame: &Frame, missing: Option<&str>) -> Option<String> {
    let source = source(&frame.file)?;
    let start = source.lines.get(usize::try_from(frame.line).ok()?.checked_sub(1)?)?;
    Some(crate::marks::shown(&source.text, usize::try_from(*start).ok()?, frame, missing))
}

/// An edge, and what it has bound.
pub struct Session {
    globals: Arc<Globals>,
    interactive: Interactive,
}

impl Session {
    /// A session with nothing bound.
    pub fn new(interactive: Interactive) -> Self {
        afar_compiler::install();
        crate::modules::install();
        compiler().interactive = interactive != Interactive::No;
        // Where there is nobody to take a call, none waits.
        compiler().forks = afar_runtime::pool::n_workers() > 1 || crate::config::settings().keeps_splitting;
        let globals = Globals::new("__main__", None);
        globals.set("__name__", Value::str("__main__"));
        globals.set("__doc__", Value::None);
        crate::remotely::configure();
        globals.set("remotely", crate::remotely::client());
        afar_distrib::client::set_source_lines(source_line);
        Self { globals, interactive }
    }

    /// The namespace of the edge.
    pub fn globals(&self) -> &Arc<Globals> {
        &self.globals
    }

    /// Parses and checks a text, and runs it if it is right.
    ///
    /// # Errors
    ///
    /// What is wrong with it, or what it raised.
    pub fn run(&self, file: &str, text: &str) -> Result<(), Trouble> {
        let module = self.load(text).map_err(Trouble::Refused)?;
        // What an earlier fault left behind is not about this text.
        drop(afar_runtime::abi::take_trail());
        if self.interactive == Interactive::Last
            && let Some((before, last)) = split_last(&module, text)
        {
            compiler().interactive = false;
            // The names of the whole text are known to both parts, bound or not.
            let scope = module.scope.get();
            let mut known: Vec<Name> =
                scope.iter().flat_map(|s| s.locals.iter().map(|l| l.name.clone())).collect();
            known.extend(self.known());
            for (part, shows) in [(before, false), (last, true)] {
                let module = Arc::new(load(&part, &known).map_err(Trouble::Refused)?);
                compiler().interactive = shows;
                run_module(&module, file, &part, &self.globals).map_err(Trouble::Fault)?;
            }
        } else {
            if self.interactive == Interactive::No {
                self.globals.set("__doc__", crate::modules::docstring(&module));
            }
            run_module(&Arc::new(module), file, text, &self.globals).map_err(Trouble::Fault)?;
        }
        match self.interactive {
            Interactive::Yes => Ok(()),
            Interactive::No | Interactive::Last => crate::remotely::finish().map_err(Trouble::Fault),
        }
    }

    /// What the functions of a script are specialised to, found without running it. The script is known to be right.
    ///
    /// # Errors
    ///
    /// What a definition in it raised.
    pub fn survey(&self, file: &str, text: &str) -> Result<Survey, Fault> {
        let Ok(module) = self.load(text) else { return Ok(Survey::default()) };
        let source = Arc::new(Source::new(file, text));
        SOURCES.lock().unwrap_or_else(PoisonError::into_inner).push(source.clone());
        survey(&Owner::Module(Arc::new(module)), &source, &self.globals)
    }

    /// Parses and checks a text.
    ///
    /// # Errors
    ///
    /// What is wrong with it.
    pub fn load(&self, text: &str) -> Result<Module, Vec<Diagnostic>> {
        load(text, &self.known())
    }

    /// The names that a text finds bound. `remotely` is none of them while it is the client, of which the checker knows more.
    fn known(&self) -> Vec<Name> {
        let is_client = self.globals.get("remotely").is_some_and(|v| crate::remotely::is_client(&v));
        let names = self.globals.names().into_iter().filter(|n| !(is_client && n.as_str() == "remotely"));
        names.map(|n| n.as_str().into()).collect()
    }

    /// Is this a session that shows values.
    pub fn interactive(&self) -> Interactive {
        self.interactive
    }
}

/// The text before the last statement, and that statement on its line, where it is an expression and not alone.
fn split_last(module: &Module, text: &str) -> Option<(String, String)> {
    let last = module.body.last().filter(|s| matches!(s.kind, StmtKind::Expr(_)))?;
    let at = last.span.start as usize;
    let before = text.get(..at)?;
    let lines = "\n".repeat(before.matches('\n').count());
    Some((before.to_owned(), lines + text.get(at..)?))
}

/// Parses and checks a text that finds these names bound.
pub(crate) fn load(text: &str, known: &[Name]) -> Result<Module, Vec<Diagnostic>> {
    load_in(text, known, "")
}

/// As [`load`], for a text whose relative imports start from this package.
pub(crate) fn load_in(text: &str, known: &[Name], package: &str) -> Result<Module, Vec<Diagnostic>> {
    let parsed = parse(text);
    let is_module = |name: &str| crate::modules::exists_in(package, name);
    let exports = |name: &str| crate::modules::exports(package, name);
    let env = CheckEnv { globals: known, is_module: &is_module, exports: &exports };
    let mut diagnostics = parsed.errors;
    diagnostics.extend(check(&parsed.tree, &env, text));
    diagnostics.sort_by_key(|d| (d.primary.start, d.primary.end));
    if diagnostics.iter().any(|d| d.severity == afar_lang::diagnostic::Severity::Error) {
        return Err(diagnostics);
    }
    Ok(parsed.tree)
}

/// Runs the statements of a module in a namespace.
pub(crate) fn run_module(
    module: &Arc<Module>,
    file: &str,
    text: &str,
    globals: &Arc<Globals>,
) -> Result<(), Fault> {
    let source = Arc::new(Source::new(file, text));
    SOURCES.lock().unwrap_or_else(PoisonError::into_inner).push(source.clone());
    let owner = Owner::Module(module.clone());
    run_stmts(&owner, &source, globals)
}

/// Runs statements of the edge, one after the other.
pub(crate) fn run_stmts(owner: &Owner, source: &Arc<Source>, globals: &Arc<Globals>) -> Result<(), Fault> {
    (0..owner.stmts().len()).try_for_each(|at| afar_compiler::run_statement(owner, at, source, globals))
}

/// The text of an exception that nobody caught, as CPython shows it.
pub fn render_fault(fault: &Fault) -> String {
    match &*fault.0 {
        FaultKind::Exception(exception) => afar_runtime::object::render::render(exception, &source_line)
            .unwrap_or_else(|_| "an exception that cannot be shown".to_owned()),
        FaultKind::NotPure { message, frames } => {
            let mut out = format!("NotPure: {message}");
            for frame in frames {
                out.push_str(&format!("\n --> {}:{}, in {}", frame.file, frame.line, frame.func));
            }
            out
        }
        FaultKind::Cancelled => "interrupted".to_owned(),
        FaultKind::Exit(_) => String::new(),
        FaultKind::Widen(_) => "internal error: a wide int came to the edge".to_owned(),
        FaultKind::NotHere => "internal error: work that belongs elsewhere came to the edge".to_owned(),
    }
}
